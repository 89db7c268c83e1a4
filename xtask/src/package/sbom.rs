//! The bill of materials (CycloneDX 1.5): every crate that is linked into the program, with version, licence, digest and who
//! needs whom, from `cargo metadata` and `Cargo.lock`. The same tree gives the same bytes.
//! Knows nothing of packages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::shell;
use crate::workspace::Workspace;

/// Writes it.
pub fn write(workspace: &Workspace, file: &Path, epoch: u64) -> Result<()> {
    let host = shell::text_of(workspace.program("rustc").arg("-vV"))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: "));
    let mut cargo = workspace.cargo();
    cargo.args(["metadata", "--locked", "--format-version", "1", "--filter-platform"]);
    let metadata = shell::text_of(cargo.arg(host.context("rustc names no host")?))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata is no JSON")?;
    let lock = fs::read_to_string(workspace.root().join("Cargo.lock"))?;
    let mut date = Command::new("date");
    let moment = shell::text_of(date.args(["-u", "+%FT%TZ", "-d", &format!("@{epoch}")]))?;
    let bill = bill(&metadata, &digests(&lock), moment.trim())?;
    fs::write(file, format!("{bill:#}\n")).with_context(|| file.display().to_string())
}

/// Digests of the published crates, by name and version.
fn digests(lock: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for block in lock.split("[[package]]") {
        let value = |key: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(key))?;
            Some(line.strip_prefix(" = ")?.trim_matches('"').to_owned())
        };
        if let (Some(name), Some(version), Some(digest)) =
            (value("name"), value("version"), value("checksum"))
        {
            all.insert(format!("{name}@{version}"), digest);
        }
    }
    all
}

fn bill(metadata: &Value, digests: &BTreeMap<String, String>, moment: &str) -> Result<Value> {
    let list = |value: &Value, path: &str| -> Result<Vec<Value>> {
        let found = value.pointer(path).and_then(Value::as_array);
        Ok(found.with_context(|| format!("cargo metadata lacks {path}"))?.clone())
    };
    let packages: BTreeMap<String, Value> =
        list(metadata, "/packages")?.into_iter().map(|one| (text(&one, "id"), one)).collect();
    let needs: BTreeMap<String, BTreeSet<String>> = list(metadata, "/resolve/nodes")?
        .iter()
        .map(|node| (text(node, "id"), linked(node)))
        .collect();
    let root = packages.iter().find(|(_, one)| text(one, "name") == "anyqtama");
    let (root, program) = root.context("cargo metadata lacks anyqtama")?;
    let all = reached(root, &needs);
    let reference = |id: &String| packages.get(id).map(purl).unwrap_or_default();
    let parts = all.iter().filter(|id| *id != root).filter_map(|id| packages.get(id));
    let mut components: Vec<Value> = parts.map(|one| component(one, digests)).collect();
    components.sort_by_key(|one| text(one, "bom-ref"));
    let mut dependencies: Vec<Value> = all
        .iter()
        .map(|id| {
            let needed = needs.get(id).into_iter().flatten().map(reference);
            json!({ "ref": reference(id), "dependsOn": needed.collect::<BTreeSet<_>>() })
        })
        .collect();
    dependencies.sort_by_key(|one| text(one, "ref"));
    let subject = with(component(program, digests), "type", "application".into());
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "timestamp": moment, "component": subject },
        "components": components,
        "dependencies": dependencies,
    }))
}

/// What is linked, and not only used to build or to test.
fn linked(node: &Value) -> BTreeSet<String> {
    let is_linked = |dependency: &&Value| {
        let kinds = dependency.get("dep_kinds").and_then(Value::as_array);
        kinds.into_iter().flatten().any(|kind| kind.get("kind").is_some_and(Value::is_null))
    };
    let all = node.get("deps").and_then(Value::as_array).into_iter().flatten();
    all.filter(is_linked).map(|dependency| text(dependency, "pkg")).collect()
}

fn reached(root: &str, needs: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut open = vec![root.to_owned()];
    while let Some(id) = open.pop() {
        if all.insert(id.clone()) {
            open.extend(needs.get(&id).into_iter().flatten().cloned());
        }
    }
    all
}

fn component(package: &Value, digests: &BTreeMap<String, String>) -> Value {
    let (name, version) = (text(package, "name"), text(package, "version"));
    let mut component = json!({
        "type": "library",
        "bom-ref": purl(package),
        "name": name,
        "version": version,
        "purl": purl(package),
    });
    if let Some(licence) = package.get("license").and_then(Value::as_str) {
        // Older crates part two licences with a stroke.
        let parts: Vec<&str> = licence.split('/').map(str::trim).collect();
        let expression = parts.join(" OR ");
        component = with(component, "licenses", json!([{ "expression": expression }]));
    }
    let is_published = !package.get("source").is_none_or(Value::is_null);
    if let Some(digest) = digests.get(&format!("{name}@{version}")).filter(|_| is_published) {
        component = with(component, "hashes", json!([{ "alg": "SHA-256", "content": digest }]));
    }
    component
}

fn with(mut object: Value, key: &str, value: Value) -> Value {
    if let Some(keys) = object.as_object_mut() {
        keys.insert(key.to_owned(), value);
    }
    object
}

fn purl(package: &Value) -> String {
    format!("pkg:cargo/{}@{}{}", text(package, "name"), text(package, "version"), ours(package))
}

/// A crate of ours is in no registry, and may have the name of one that is.
fn ours(package: &Value) -> &'static str {
    if package.get("source").is_none_or(Value::is_null) { "?repository=anyqtama" } else { "" }
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_stands_in_the_bill_with_its_digest_and_what_only_tests_use_does_not() {
        let needs = |id: &str, kind: Value| json!({ "pkg": id, "dep_kinds": [{ "kind": kind }] });
        let package = |name: &str, source: Value| json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0", "source": source });
        let metadata = json!({
            "packages": [
                package("anyqtama", Value::Null),
                package("domain", Value::Null),
                package("serde", "registry".into()),
                package("insta", "registry".into()),
            ],
            "resolve": { "nodes": [
                { "id": "anyqtama", "deps": [needs("domain", Value::Null), needs("insta", "dev".into())] },
                { "id": "domain", "deps": [needs("serde", Value::Null)] },
                { "id": "serde", "deps": [] },
            ]},
        });
        let lock = "[[package]]\nname = \"serde\"\nversion = \"1.0.0\"\nchecksum = \"abc\"\n";
        let bill = bill(&metadata, &digests(lock), "2026-11-29T00:00:00Z").unwrap();
        let names: Vec<_> = bill["components"].as_array().unwrap().iter().collect();
        assert_eq!(names.len(), 2);
        assert_eq!(bill["components"][1]["hashes"][0]["content"], "abc");
        assert_eq!(bill["components"][1]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(bill["metadata"]["component"]["type"], "application");
        assert!(!bill.to_string().contains("insta\""));
    }
}
