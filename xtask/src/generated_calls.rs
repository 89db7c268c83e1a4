//! Thousands of generated calls of the API, right ones and wrong ones, by Schemathesis, which knows of it what the OpenAPI
//! document says and nothing more: no fault of ours may come of them, and no answer that is not described.
//! Knows no operation. Next: `test.rs`.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::shell;
use crate::workspace::Workspace;

/// Calls of one run at least.
const CALLS: u64 = 5_000;
/// Calls tried for each operation.
const EACH: &str = "300";
/// Ways to bear a token, as the OpenAPI document names them, and the file of the demo with the token.
const TOKENS: [(&str, &str); 3] = [
    ("bearer", "api-token"),
    ("monitoring", "monitoring-token"),
    ("contact_centre", "contact-centre-token"),
];
/// Calls are drawn from this seed, so that a failure comes again.
const SEED: &str = "20260601";
/// Checks that would judge what the document does not say: what is well-formed need not be accepted (a signature is not
/// guessed), and what needs no token is not refused for a wrong one.
const NOT_CHECKED: &str = "positive_data_acceptance,ignored_auth";
/// A demonstration is up within this time.
const STARTS: Duration = Duration::from_secs(120);

/// Calls the API of a demo; answers the closing line.
pub fn call(workspace: &Workspace) -> Result<String> {
    let data = workspace.in_target("generated-calls");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    let mut demo = Demo::start(workspace, &data)?;
    let portal = demo.wait(&data)?;
    fs::write(data.join("schemathesis.toml"), tokens_of(&data)?)?;
    let mut command = workspace.program(workspace.in_target("tools/venv/bin/schemathesis"));
    command.current_dir(&data).arg("run").arg(format!("{portal}/api/openapi.json"));
    command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", EACH]);
    command.args(["--checks", "all", "--exclude-checks", NOT_CHECKED, "--seed", SEED]);
    command.args(["--no-shrink", "--continue-on-failure", "--warnings", "off"]);
    let output = shell::output(&mut command)?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "generated calls found faults:\n{said}");
    let count = calls_of(&said).with_context(|| format!("no count of calls in:\n{said}"))?;
    ensure!(count >= CALLS, "{count} calls were generated, and {CALLS} are wanted");
    Ok(format!("       Calls {count} generated: every answer as the OpenAPI document says"))
}

/// What Schemathesis is told of the tokens of a demo.
fn tokens_of(data: &Path) -> Result<String> {
    let mut told = String::new();
    for (way, file) in TOKENS {
        let token = fs::read_to_string(data.join(file)).context(file)?;
        told += &format!("[auth.openapi.{way}]\nbearer = \"{}\"\n", token.trim());
    }
    Ok(told)
}

/// A demo that ends with its owner.
struct Demo(Child);

impl Demo {
    fn start(workspace: &Workspace, data: &Path) -> Result<Self> {
        let mut command = workspace.program(workspace.binary());
        command.args(["demo", "--listen", "127.0.0.1:0", "--signer-listen", "127.0.0.1:0"]);
        command.arg("--data").arg(data).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self(command.spawn().context("the demo does not start")?))
    }

    /// Where its portal is.
    fn wait(&mut self, data: &Path) -> Result<String> {
        let started = Instant::now();
        while started.elapsed() < STARTS {
            ensure!(self.0.try_wait()?.is_none(), "the demo ended by itself");
            let addresses = fs::read(data.join("addresses.json")).unwrap_or_default();
            let addresses: Value = serde_json::from_slice(&addresses).unwrap_or_default();
            if let Some(portal) = addresses.get("portal").and_then(Value::as_str) {
                return Ok(portal.to_owned());
            }
            thread::sleep(Duration::from_millis(200));
        }
        bail!("the demo is not up after {} s", STARTS.as_secs())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Where it has ended there is nothing to stop.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The number before «generated» in the summary.
fn calls_of(said: &str) -> Option<u64> {
    let line = said.lines().find(|line| line.contains(" generated"))?;
    line.split_whitespace().find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_from_the_summary() {
        let said = "Test cases:\n  5287 generated, 5287 passed\n\nSeed: 1\n";
        assert_eq!(calls_of(said), Some(5_287));
        assert_eq!(calls_of("nothing"), None);
    }
}
