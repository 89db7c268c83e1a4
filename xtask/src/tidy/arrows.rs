//! Which crate may stand on which: the table of ARCHITECTURE.md, checked against what cargo says.
//! Knows nothing of what crosses an arrow. Next: `decisions.rs`.

use anyhow::{Context, Result};
use serde_json::Value;

use super::Finding;

/// One crate and the crates of the house it may use; `tests` are allowed to its tests only.
struct Room {
    name: &'static str,
    uses: &'static [&'static str],
    tests: &'static [&'static str],
}

/// Only the binary names two adapters; only it and the counterparts of its demo may make signatures.
const ROOMS: [Room; 16] = [
    Room { name: "domain", uses: &[], tests: &[] },
    Room { name: "app", uses: &["domain"], tests: &[] },
    Room { name: "signature", uses: &[], tests: &[] },
    Room { name: "certificate", uses: &["domain"], tests: &[] },
    Room { name: "vault", uses: &["app", "domain"], tests: &[] },
    Room { name: "store-sqlite", uses: &["app", "domain", "vault"], tests: &[] },
    Room {
        name: "store-postgres",
        uses: &["app", "domain", "vault"],
        // Held to the schema of its twin.
        tests: &["store-sqlite", "throwaway-postgres"],
    },
    Room { name: "throwaway-postgres", uses: &[], tests: &[] },
    Room {
        name: "adapters",
        uses: &["app", "domain", "signature", "certificate", "vault"],
        tests: &["simulators"],
    },
    Room { name: "portal", uses: &["app", "domain"], tests: &[] },
    // The portal of the e-government as a channel: messages of the adapters, words of our own portal.
    Room {
        name: "gateway",
        uses: &["adapters", "app", "domain", "portal"],
        tests: &["simulators"],
    },
    Room { name: "simulators", uses: &["domain", "signature"], tests: &[] },
    Room {
        name: "anyqtama",
        uses: &[
            "adapters",
            "app",
            "certificate",
            "domain",
            "gateway",
            "portal",
            "signature",
            "simulators",
            "store-postgres",
            "store-sqlite",
            "vault",
        ],
        tests: &["throwaway-postgres"],
    },
    // The use cases over ports in memory: no store, no adapter.
    Room { name: "simulation", uses: &["app", "domain"], tests: &[] },
    // A client of the API with an installation of its own, for measurements.
    Room {
        name: "load",
        uses: &["anyqtama", "app", "domain", "simulators", "throwaway-postgres"],
        tests: &[],
    },
    Room { name: "xtask", uses: &["domain", "throwaway-postgres"], tests: &[] },
];

/// A crate of the house with what it names directly.
#[derive(Debug)]
pub struct HouseCrate {
    /// Its name.
    pub name: String,
    /// Crates it names.
    pub dependencies: Vec<Dependency>,
}

/// One line of a crate's dependencies.
#[derive(Debug)]
pub struct Dependency {
    /// Name in its registry.
    pub name: String,
    /// Whether it comes from this repository.
    pub is_ours: bool,
    /// Whether only tests use it.
    pub is_for_tests: bool,
}

/// The workspace's crates, out of `cargo metadata`.
pub fn crates(metadata: &Value) -> Result<Vec<HouseCrate>> {
    let packages = metadata
        .get("packages")
        .and_then(Value::as_array)
        .context("cargo metadata has no packages")?;
    packages.iter().map(house_crate).collect()
}

fn house_crate(package: &Value) -> Result<HouseCrate> {
    let name = text(package, "name")?;
    let lines = package
        .get("dependencies")
        .and_then(Value::as_array)
        .context("a package has no dependencies")?;
    let dependencies = lines
        .iter()
        .map(|line| {
            Ok(Dependency {
                name: text(line, "name")?,
                is_ours: line.get("path").is_some_and(Value::is_string),
                is_for_tests: line.get("kind").and_then(Value::as_str) == Some("dev"),
            })
        })
        .collect::<Result<_>>()?;
    Ok(HouseCrate { name, dependencies })
}

fn text(value: &Value, key: &str) -> Result<String> {
    let text = value.get(key).and_then(Value::as_str);
    Ok(text.with_context(|| format!("cargo metadata lacks {key}"))?.to_owned())
}

/// Arrows that are not in the table.
pub fn check(crates: &[HouseCrate]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for house_crate in crates {
        let Some(room) = ROOMS.iter().find(|room| room.name == house_crate.name) else {
            findings.push(Finding::new(
                &house_crate.name,
                "is no room of the house: say in ARCHITECTURE.md and in tidy what it may use",
            ));
            continue;
        };
        for used in house_crate.dependencies.iter().filter(|used| used.is_ours) {
            let name = used.name.as_str();
            let itself_for_tests = used.is_for_tests && name == room.name;
            let in_tests = used.is_for_tests && room.tests.contains(&name);
            if !(room.uses.contains(&name) || in_tests || itself_for_tests) {
                findings.push(Finding::new(&house_crate.name, format!("may not use {name}")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(name: &str, used: &str, is_for_tests: bool) -> Vec<Finding> {
        let dependency = Dependency { name: used.into(), is_ours: true, is_for_tests };
        check(&[HouseCrate { name: name.into(), dependencies: vec![dependency] }])
    }

    #[test]
    fn the_law_stands_on_nothing() {
        assert_eq!(uses("domain", "app", false).len(), 1);
        assert_eq!(uses("app", "domain", false), []);
    }

    #[test]
    fn no_adapter_knows_another() {
        assert_eq!(uses("portal", "store-sqlite", false).len(), 1);
        assert_eq!(uses("store-sqlite", "adapters", false).len(), 1);
        assert_eq!(uses("store-postgres", "store-sqlite", false).len(), 1);
        assert_eq!(uses("anyqtama", "store-sqlite", false), []);
    }

    #[test]
    fn what_tests_may_use_the_code_may_not() {
        assert_eq!(uses("adapters", "simulators", true), []);
        assert_eq!(uses("adapters", "simulators", false).len(), 1);
        assert_eq!(uses("store-postgres", "throwaway-postgres", true), []);
        assert_eq!(uses("anyqtama", "throwaway-postgres", false).len(), 1);
    }

    #[test]
    fn a_new_crate_needs_a_room() {
        assert_eq!(uses("newcomer", "domain", false).len(), 1);
    }

    #[test]
    fn cargo_is_understood() {
        let metadata = serde_json::json!({"packages": [{"name": "app", "dependencies": [
            {"name": "domain", "path": "crates/domain", "kind": null},
            {"name": "insta", "kind": "dev"},
        ]}]});
        let crates = crates(&metadata).unwrap();
        let names: Vec<_> = crates[0]
            .dependencies
            .iter()
            .map(|it| (it.name.as_str(), it.is_ours, it.is_for_tests))
            .collect();
        assert_eq!(names, [("domain", true, false), ("insta", false, true)]);
    }

    #[test]
    fn answers_that_are_not_cargos_are_errors() {
        assert!(crates(&serde_json::json!({})).is_err());
    }
}
