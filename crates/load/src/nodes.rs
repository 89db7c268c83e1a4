//! Processes of the program that serve and work, and one client for each.

use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use anyqtama::demo::client::ApiClient;
use rustix::process::{Pid, Signal, kill_process};

use crate::installation::Installation;

const LOOK_AGAIN: Duration = Duration::from_millis(20);
const LOOKS: u32 = 3_000;

/// A running process. Dropped, it is killed.
pub struct Node {
    process: Child,
    /// Speaks to it.
    pub client: ApiClient,
    /// Where it listens.
    pub address: String,
    /// The secret of API clients.
    pub token: String,
}

impl Node {
    /// Starts one and waits until it answers.
    pub async fn start(installation: &Installation, index: usize) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = installation.config_file(&format!("node{index}"), port)?;
        let mut serve = installation.command(&config, &["serve"]);
        let process = serve.stdout(Stdio::null()).spawn().context("the program under load")?;
        let address = format!("http://127.0.0.1:{port}");
        let token = installation.token()?;
        let client = ApiClient::new(&address, &token)?;
        let mut node = Self { process, client, address, token };
        node.wait_until_ready().await?;
        Ok(node)
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        for _ in 0..LOOKS {
            let ready = reqwest::get(format!("{}/health/ready", self.address)).await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("the program ended while starting: {status}");
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        bail!("the program does not become ready")
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Has it end in good order.
    pub fn end(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.process), Signal::TERM)?;
        let status = self.process.wait()?;
        if !status.success() {
            bail!("the program ended with {status}");
        }
        Ok(())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It has ended already, or the measurement has failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
