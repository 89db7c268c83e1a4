//! The journeys in a real browser: seven scripts side by side, each with a demo or previews of its own, because most
//! of their time is spent waiting as people do.
//! Knows no page. Next: `tests/browser/journey.mjs`.

use std::process::Command;
use std::thread;

use anyhow::{Result, anyhow};

use crate::shell;
use crate::workspace::Workspace;

/// Name of the journey, script and its arguments. `consoles.mjs`, which takes longer than all of these, is walked by hand.
const JOURNEYS: [(&str, &[&str]); 7] = [
    ("citizen", &["journey.mjs", "citizen"]),
    ("telephone", &["journey.mjs", "telephone"]),
    ("outages", &["outages.mjs"]),
    ("passwords", &["passwords.mjs"]),
    ("staff", &["staff.mjs"]),
    ("whole-way", &["whole_way.mjs"]),
    ("passkeys", &["passkeys.mjs"]),
];

/// The portal's scripts by themselves first, which takes less than a second; then the journeys. Answers their closing lines.
pub fn walk(workspace: &Workspace) -> Result<Vec<String>> {
    let mut scripts = workspace.program("node");
    shell::run(scripts.current_dir(workspace.root().join("crates/portal/front")).arg("--test"))?;
    shell::run(workspace.program("node").args(["--test", "tests/browser/mocker.test.mjs"]))?;
    let preview = ["build", "--locked", "--workspace", "--all-features", "--example", "preview"];
    // By the same compiler as the tests: another would build all crates beneath it anew.
    shell::run(workspace.linting_cargo().args(preview))?;
    let ended: Vec<Result<String>> = thread::scope(|scope| {
        let walks =
            JOURNEYS.map(|(name, words)| scope.spawn(move || journey(workspace, name, words)));
        walks.into_iter().map(|walk| walk.join().map_err(|_| anyhow!("a walk panicked"))?).collect()
    });
    ended.into_iter().collect()
}

fn journey(workspace: &Workspace, name: &str, words: &[&str]) -> Result<String> {
    let mut command = workspace.program("node");
    command.current_dir(workspace.root().join("tests/browser")).args(words);
    command.env("ANYQTAMA_BINARY", workspace.binary());
    command.env("ANYQTAMA_PREVIEW", workspace.in_target("debug/examples/preview"));
    command.env("ANYQTAMA_SCREENSHOTS", workspace.in_target("screenshots"));
    command.env("ANYQTAMA_BROWSER_DATA", workspace.in_target("browser-demo").join(name));
    Ok(format!("     Browser, {name}: {}", last_line_of(&mut command)?))
}

fn last_line_of(command: &mut Command) -> Result<String> {
    let mut last = String::new();
    shell::run_watched(command, |line| {
        if !line.trim().is_empty() {
            line.clone_into(&mut last);
        }
    })?;
    Ok(last)
}
