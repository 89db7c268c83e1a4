//! Programs that are not ours, as second opinions.

use std::path::Path;
use std::process::Command;

/// Says loudly that a test did not run; where tools are required it fails.
pub fn skip(tool: &str) {
    let required = std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!required, "{tool} is required and missing");
    eprintln!("SKIPPED: {tool} is missing");
}

/// How it ended and what it said; `None` where there is no such program.
pub fn run(program: &str, arguments: &[&str], folder: &Path) -> Option<(bool, String)> {
    let output = Command::new(program).args(arguments).current_dir(folder).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    Some((output.status.success(), text.into_owned()))
}

/// A Python that has lxml.
pub fn python_with_lxml(folder: &Path) -> Option<String> {
    let python = std::env::var("ANYQTAMA_PYTHON").unwrap_or_else(|_| "python3".into());
    let found = run(&python, &["-c", "import lxml.etree"], folder);
    matches!(found, Some((true, _))).then_some(python)
}
