//! Running other programs: shown, checked, and with their last words kept.
//! Knows no step of the tests. Next: `test.rs`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, ensure};

/// Runs a program with the streams of this one; an exit status other than 0 is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let name = shown(command);
    println!("$ {name}");
    let status = command.status().with_context(|| format!("cannot start `{name}`"))?;
    ensure!(status.success(), "`{name}` ended with {status}");
    Ok(())
}

/// Runs a program and hands back whatever it said, with its exit status unjudged.
pub fn output(command: &mut Command) -> Result<Output> {
    let name = shown(command);
    command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{name}`"))
}

/// What a program wrote; an exit status other than 0 is an error that carries both its streams.
pub fn text_of(command: &mut Command) -> Result<String> {
    let name = shown(command);
    let output = output(command)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{name}` ended with {}\n{said}{complained}", output.status);
    Ok(said)
}

/// Runs a program, passing its standard error on line by line to `watch` as well as to ours.
pub fn run_watched(command: &mut Command, mut watch: impl FnMut(&str)) -> Result<()> {
    let name = shown(command);
    println!("$ {name}");
    let started = command.stderr(Stdio::piped()).spawn();
    let mut child = started.with_context(|| format!("cannot start `{name}`"))?;
    let stream = child.stderr.take().context("standard error is not piped")?;
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        std::io::stderr().write_all(&line)?;
        watch(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']));
        line.clear();
    }
    let status = child.wait()?;
    ensure!(status.success(), "`{name}` ended with {status}");
    Ok(())
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failing_program_is_an_error_that_names_it() {
        let error = run(&mut shell("exit 3")).unwrap_err().to_string();
        assert!(error.contains("sh -c exit 3") && error.contains('3'), "{error}");
    }

    #[test]
    fn a_missing_program_is_an_error_and_no_panic() {
        assert!(run(&mut Command::new("no-such-program-here")).is_err());
    }

    #[test]
    fn the_error_of_a_failing_program_carries_what_it_said() {
        let error = text_of(&mut shell("echo heard; echo complaint >&2; exit 1")).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("heard") && error.contains("complaint"), "{error}");
    }

    #[test]
    fn a_watched_program_is_heard_line_by_line_even_when_it_fails() {
        let mut heard = Vec::new();
        let ended = run_watched(&mut shell("echo one >&2; echo two >&2; exit 4"), |line| {
            heard.push(line.to_owned());
        });
        assert!(ended.is_err());
        assert_eq!(heard, ["one", "two"]);
    }
}
