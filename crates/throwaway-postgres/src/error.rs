//! What keeps a throw-away server from starting or doing what it is told.

/// Why a test has no server; made to be read by whoever runs it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The programs are not on this machine.
    #[error(
        "no PostgreSQL here: neither /usr/lib/postgresql/*/bin nor PATH has `{0}`; install Debian's package `{1}`"
    )]
    NotInstalled(&'static str, &'static str),
    /// A program could not be started.
    #[error("cannot run `{program}`")]
    NotRun {
        /// Its name.
        program: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A program ended with a failure.
    #[error("`{program}` failed: {said}")]
    Failed {
        /// Its name.
        program: String,
        /// What it wrote.
        said: String,
    },
    /// The server does not answer in time or ended at once.
    #[error("the server does not come up; its log: {0}")]
    NotUp(String),
    /// A file, folder or port of the machine.
    #[error("the machine does not give what a server needs")]
    Machine(#[from] std::io::Error),
}
