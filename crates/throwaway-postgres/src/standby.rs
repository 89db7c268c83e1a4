//! A second server that follows the first by streaming, and takes its place when told to.

use std::env;

use crate::programs::{command, run};
use crate::{Cluster, Error};

impl Cluster {
    /// Makes a standby of this server and starts it. It calls itself `name`, by which this server's
    /// `synchronous_standby_names` can ask for it.
    ///
    /// # Errors
    /// [`Error`].
    pub fn standby(&self, name: &str) -> Result<Self, Error> {
        let mut standby = Self::in_new_folder(&env::temp_dir())?;
        let mut copy = command(&self.programs.join("pg_basebackup"));
        copy.args([
            "--write-recovery-conf",
            "--wal-method=stream",
            "--checkpoint=fast",
            "--no-sync",
        ]);
        let source =
            format!("host=127.0.0.1 port={} user=postgres application_name={name}", self.port);
        run(copy.args(["--dbname", &source]).arg("--pgdata").arg(standby.data()))?;
        standby.first_start()?;
        Ok(standby)
    }

    /// Has each commit of this server wait until that standby has it on its disk as well.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub fn wait_for_standby(&self, name: &str) -> Result<(), Error> {
        self.set("synchronous_standby_names", &format!("FIRST 1 ({name})"))
    }

    /// Makes a standby the one that takes writes; returns when it does.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub fn promote(&self) -> Result<(), Error> {
        let mut control = command(&self.programs.join("pg_ctl"));
        run(control.args(["promote", "--wait", "--pgdata"]).arg(self.data())).map(drop)
    }
}
