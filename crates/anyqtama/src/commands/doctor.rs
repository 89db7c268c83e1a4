//! `doctor`.

use std::path::Path;

use anyhow::Result;
use serde_json::json;

use crate::cli::DoctorArguments;
use crate::commands::Status;
use crate::config::Config;
use crate::doctor::{Findings, Gravity, examine, unreadable};
use crate::output::{complain, say, say_json};

/// `doctor`
pub async fn doctor(arguments: &DoctorArguments) -> Result<Status> {
    let path = &arguments.config.config;
    if let Err(error) = std::fs::metadata(path) {
        complain(format!("--config: {}: {error}", path.display()));
        return Ok(Status::WrongUse);
    }
    let found = findings(path).await;
    if arguments.json {
        let all: Vec<_> = found.iter().collect();
        say_json(&json!({ "ok": !found.is_anything_wrong(), "findings": all }))?;
    } else {
        tell(&found);
    }
    Ok(if found.is_anything_wrong() { Status::Refused } else { Status::Done })
}

async fn findings(path: &Path) -> Findings {
    match Config::read(path) {
        Ok(config) => examine(&config).await,
        Err(error) => unreadable(path, &error),
    }
}

fn tell(found: &Findings) {
    for one in found.iter() {
        let gravity = match one.gravity {
            Gravity::Wrong => "wrong",
            Gravity::Soon => "soon",
        };
        say(format!("{gravity}: {} [{}]", one.what, one.code));
        say(format!("    What it means: {}", one.means));
        say(format!("    What to do:    {}", one.remedy));
    }
    if found.iter().next().is_none() {
        say("nothing is wrong");
    }
}
