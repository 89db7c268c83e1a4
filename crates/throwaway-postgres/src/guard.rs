//! Cleans up behind a server, even when the test is killed: a shell waits for the end of a pipe that only this process
//! holds open, then stops the server and removes its folder.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::Error;

/// Waits for the pipe to close. The first line of the pid file is the process; SIGINT is a fast stop to both
/// `postgres` and `pgbouncer`.
const WAIT_THEN_CLEAN: &str = r#"
read -r _
if [ -s "$2" ]; then
    read -r pid < "$2"
    kill -INT "$pid"
    for _ in $(seq 100); do kill -0 "$pid" || break; sleep 0.05; done
    kill -KILL "$pid"
fi
rm -rf "$1"
"#;

/// Held as long as the server is wanted.
#[derive(Debug)]
pub(crate) struct Guard {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Guard {
    /// Guards a folder and the process named in its pid file.
    pub(crate) fn over(folder: &Path, pid_file: &Path) -> Result<Self, Error> {
        let mut shell = Command::new("sh");
        shell.args(["-c", WAIT_THEN_CLEAN, "guard"]).arg(folder).arg(pid_file);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Its own group: what ends the test's group must not end who cleans up behind it.
        let mut shell = shell.process_group(0).current_dir("/").spawn()?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // Nobody is left to be told.
        self.shell.wait().ok();
    }
}
