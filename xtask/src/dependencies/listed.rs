//! Licences, sources and bans of `deny.toml`, held against `cargo metadata`: what of cargo-deny needs no program that takes minutes
//! to build. Where cargo-deny is there too, both must agree.
//! Knows of `deny.toml` no more than it names here.

use std::collections::BTreeSet;

use anyhow::{Context, Result, anyhow};
use serde_json::Value;
use spdx::{Expression, Licensee, ParseMode};

/// The registry that `unknown-registry = "deny"` leaves.
const REGISTRIES: [&str; 2] =
    ["registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/"];

/// What `deny.toml` allows and forbids.
pub struct Rules {
    allowed: Vec<Licensee>,
    banned: BTreeSet<String>,
}

impl Rules {
    /// Of the file's text.
    pub fn parse(text: &str) -> Result<Self> {
        let file: toml::Table = text.parse().context("deny.toml")?;
        let list = |section: &str, key: &str| {
            let list = file.get(section).and_then(|section| section.get(key));
            let list = list.and_then(toml::Value::as_array);
            list.with_context(|| format!("deny.toml lacks {section}.{key}"))
        };
        let licensee = |value: &toml::Value| {
            let name = value.as_str().context("deny.toml: licenses.allow")?;
            Licensee::parse(name).map_err(|error| anyhow!("deny.toml: {name}: {error}"))
        };
        let banned = |value: &toml::Value| {
            let name = value.get("crate").and_then(toml::Value::as_str);
            name.map(str::to_owned).context("deny.toml: bans.deny")
        };
        Ok(Self {
            allowed: list("licenses", "allow")?.iter().map(licensee).collect::<Result<_>>()?,
            banned: list("bans", "deny")?.iter().map(banned).collect::<Result<_>>()?,
        })
    }

    /// What is wrong in the tree, and how many crates of others there are.
    pub fn judge(&self, metadata: &Value) -> Result<(usize, Vec<String>)> {
        let packages = metadata.get("packages").and_then(Value::as_array);
        let packages = packages.context("cargo metadata lacks packages")?;
        let (own, others): (Vec<_>, Vec<_>) =
            packages.iter().partition(|package| package.get("source").is_none_or(Value::is_null));
        let mut wrong: Vec<String> = others.iter().flat_map(|one| self.faults(one)).collect();
        wrong.extend(own.iter().flat_map(|one| wildcards(one)));
        Ok((others.len(), wrong))
    }

    fn faults(&self, package: &Value) -> Vec<String> {
        let text = |key: &str| package.get(key).and_then(Value::as_str).unwrap_or_default();
        let named = format!("{} {}", text("name"), text("version"));
        let mut faults = Vec::new();
        if !REGISTRIES.contains(&text("source")) {
            faults.push(format!("{named} comes from {}", text("source")));
        }
        if self.banned.contains(text("name")) {
            faults.push(format!("{named} is banned"));
        }
        // The slash is how OR was written before there were expressions.
        let licence = text("license");
        match Expression::parse_mode(licence, ParseMode::LAX) {
            Ok(expression) if expression.evaluate(|needed| self.allows(needed)) => {}
            Ok(_) => faults.push(format!("{named} has a licence that is not allowed: {licence}")),
            Err(_) => faults.push(format!("{named} has no licence that can be read: {licence:?}")),
        }
        faults
    }

    fn allows(&self, needed: &spdx::LicenseReq) -> bool {
        self.allowed.iter().any(|licensee| licensee.satisfies(needed))
    }
}

/// Of our crates, those that would take any version of another's.
fn wildcards(package: &Value) -> Vec<String> {
    let text = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let needs = package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
    let open = needs.filter(|need| text(need, "req") == "*" && need.get("path").is_none());
    open.map(|need| format!("{} takes any {}", text(package, "name"), text(need, "name"))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, source: &str, licence: &str) -> Value {
        json!({ "name": name, "version": "1.0.0", "source": source, "license": licence })
    }

    fn wrong(packages: &[Value]) -> Vec<String> {
        let rules = Rules::parse(include_str!("../../../deny.toml")).unwrap();
        rules.judge(&json!({ "packages": packages })).unwrap().1
    }

    #[test]
    fn a_licence_a_source_or_a_crate_that_is_not_allowed_is_found() {
        let index = REGISTRIES[0];
        for licence in [
            "MIT",
            "MIT/Apache-2.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "GPL-3.0-only OR MIT",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert_eq!(wrong(&[package("fine", index, licence)]), [""; 0], "{licence}");
        }
        for licence in ["GPL-3.0-only", "MIT AND AGPL-3.0-only", "", "whatever"] {
            assert_eq!(wrong(&[package("bad", index, licence)]).len(), 1, "{licence:?}");
        }
        let git = "git+https://example.kz/crate?rev=1#1";
        assert!(wrong(&[package("moved", git, "MIT")])[0].contains("comes from git"));
        assert!(wrong(&[package("openssl-sys", index, "MIT")])[0].contains("banned"));
        let open =
            json!([{ "name": "any", "req": "*" }, { "name": "ours", "req": "*", "path": "/x" }]);
        let own = json!({ "name": "own", "source": null, "dependencies": open });
        assert_eq!(wrong(&[own]), ["own takes any any"]);
    }
}
