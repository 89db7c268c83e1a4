//! That this crate can be built for browsers (wasm32-unknown-unknown), as far as that shows without the target, which
//! cannot be installed everywhere: as resolved for it, none of the crates it is made of links a library of another
//! language, compiles one, or is known to need an operating system; and its own code asks the standard library for
//! nothing a browser lacks. It does not show that each of them compiles.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may fail")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Sockets, threads, clocks, randomness and libraries of operating systems.
const NOT_IN_A_BROWSER: [&str; 19] = [
    "async-std",
    "aws-lc-rs",
    "aws-lc-sys",
    "chrono",
    "getrandom",
    "libc",
    "mio",
    "native-tls",
    "openssl",
    "openssl-sys",
    "polling",
    "rayon",
    "reqwest",
    "ring",
    "rustix",
    "socket2",
    "tokio",
    "wasm-bindgen",
    "windows-sys",
];
/// What builds code of other languages.
const COMPILERS: [&str; 4] = ["bindgen", "cc", "cmake", "pkg-config"];
/// What the standard library only pretends to have there.
const NOT_OF_STD: [&str; 8] = [
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
];

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Names and versions of this crate and everything under it.
fn crates(kinds: &str, target: &str) -> BTreeSet<(String, String)> {
    let tree = cargo(&[
        "tree",
        "--locked",
        "--package",
        "signature@0.1.0",
        "--target",
        target,
        "--edges",
        kinds,
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let words = tree.lines().map(|line| line.split_whitespace());
    words
        .map(|mut words| {
            let name = words.next().unwrap().to_owned();
            (name, words.next().unwrap().trim_start_matches('v').to_owned())
        })
        .collect()
}

fn host() -> String {
    let said = Command::new("rustc").arg("-vV").output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

const BROWSER: &str = "wasm32-unknown-unknown";

#[test]
fn nothing_under_the_verifier_needs_an_operating_system_or_another_language() {
    let all = crates("normal,build", BROWSER);
    assert!(all.len() > 20, "{all:?}");
    for (name, _) in &all {
        assert!(!NOT_IN_A_BROWSER.contains(&name.as_str()), "{name}");
        assert!(!COMPILERS.contains(&name.as_str()), "{name}");
    }
    // The same question asked of this machine finds what it looks for.
    assert!(crates("normal,build,dev", &host()).iter().any(|(name, _)| name == "libc"));
}

#[test]
fn nothing_under_the_verifier_links_a_foreign_library() {
    let host = host();
    let metadata =
        cargo(&["metadata", "--locked", "--format-version", "1", "--filter-platform", &host]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let links = |name: &str, version: &str| {
        let package = packages.iter().find(|one| one["name"] == name && one["version"] == version);
        package.unwrap_or_else(|| panic!("{name} {version} is for browsers alone"))["links"].clone()
    };
    for (name, version) in crates("normal,build", BROWSER) {
        assert_eq!(links(&name, &version), Value::Null, "{name}");
    }
    assert!(packages.iter().any(|one| one["links"] != Value::Null), "some crate here links one");
}

#[test]
fn our_own_code_asks_the_standard_library_for_nothing_a_browser_lacks() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for part in NOT_OF_STD {
                assert!(!text.contains(part), "{}: {part}", path.display());
            }
            files += 1;
        }
    }
    assert!(files > 30, "{files}");
}
