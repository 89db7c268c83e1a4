//! Certificates on guardianship and custodianship of children: the one program, as a library for its benchmarks.
//!
//! Runs one command. Read next: `cli.rs`, `wiring.rs`, then `commands/` and `demo/`.

pub mod api_client;
pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
pub mod doctor;
#[cfg(feature = "fault-injection")]
mod fault_injection;
pub mod identity;
mod logging;
mod master_keys;
pub mod operations;
mod output;
pub mod passwords;
mod peers;
mod request_body;
mod sealing;
mod serve;
mod shep_certificates;
#[cfg(test)]
#[path = "../../adapters/src/surviving.rs"]
mod surviving;
pub mod system;
mod systemd;
mod tls;
pub mod wiring;

use std::process::ExitCode;

use crate::cli::{AuditCommand, Cli, Command, SignatureCommand};
use crate::commands::{
    Status, audit, backup, breaks, consents, data_bank, doctor as diagnosis, exceptions, figures,
    keys, maintenance, recheck, replay, serve as serving, sign, verify,
};

/// Runs the command of the command line and names its exit status.
pub async fn main(cli: Cli) -> ExitCode {
    match run(cli.command).await {
        Ok(status) => status.into(),
        Err(error) => {
            output::complain(format!("anyqtama: {error:#}"));
            Status::Refused.into()
        }
    }
}

async fn run(command: Command) -> anyhow::Result<Status> {
    match command {
        Command::Demo(arguments) => demo::run(&arguments).await,
        Command::DemoGateway(arguments) => demo::shep::run(&arguments).await,
        Command::Serve(arguments) => serving::serve(&arguments).await,
        Command::Worker(arguments) => serving::worker(&arguments).await,
        Command::Migrate(arguments) => maintenance::migrate(&arguments).await,
        Command::CheckConfig(arguments) => maintenance::check_config(&arguments).await,
        Command::Doctor(arguments) => diagnosis::doctor(&arguments).await,
        Command::DataBank(command) => data_bank::run(&command).await,
        Command::Verify(arguments) => verify::document(&arguments),
        Command::Signature(SignatureCommand::Verify(arguments)) => verify::signature(&arguments),
        Command::Sign(arguments) => sign::sign(&arguments),
        Command::Recheck(arguments) => recheck::recheck(&arguments).await,
        Command::Replay(arguments) => replay::replay(&arguments).await,
        Command::Audit(AuditCommand::Verify(arguments)) => audit::verify(&arguments).await,
        Command::Audit(AuditCommand::Roots(arguments)) => audit::roots(&arguments).await,
        Command::Audit(AuditCommand::Erasures(arguments)) => audit::erasures(&arguments).await,
        Command::Backup(arguments) => backup::backup(&arguments).await,
        Command::Restore(arguments) => backup::restore(&arguments).await,
        Command::Move(arguments) => backup::move_store(&arguments).await,
        Command::NewNumberClass(arguments) => backup::new_number_class(&arguments).await,
        Command::Break(command) => breaks::run(command).await,
        Command::Consents(command) => consents::run(command).await,
        Command::Exceptions(arguments) => exceptions::exceptions(&arguments).await,
        Command::Figures(arguments) => figures::figures(&arguments).await,
        Command::Keys(command) => keys::keys(&command).await,
    }
}
