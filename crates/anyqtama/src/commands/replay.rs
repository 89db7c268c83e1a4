//! `replay`: a decision made again from its stored evidence.

use anyhow::Result;
use app::Replayed;
use domain::Number;
use serde_json::json;

use crate::cli::ReplayArguments;
use crate::commands::Status;
use crate::config::Config;
use crate::output::{complain, say, say_json};
use crate::wiring;

/// `replay NUMBER`
pub async fn replay(arguments: &ReplayArguments) -> Result<Status> {
    let number = match Number::parse(&arguments.number) {
        Ok(number) => number,
        Err(error) => {
            complain(error);
            return Ok(Status::WrongUse);
        }
    };
    let config = Config::load(&arguments.config.config)?;
    let service = wiring::service(&config, &wiring::open_store(&config).await?).await?;
    let (word, status) = match service.replay(&number).await? {
        Replayed::Unknown => ("unknown", Status::Refused),
        Replayed::Undecided => ("undecided", Status::Refused),
        Replayed::Same(_) => ("same", Status::Done),
        Replayed::Different { .. } => ("different", Status::Refused),
    };
    if arguments.json {
        say_json(&json!({ "number": number.as_str(), "replay": word }))?;
    } else {
        say(match word {
            "unknown" => "no such request",
            "undecided" => "the request is not decided yet",
            "same" => "the stored evidence leads to the stored answer",
            _ => "the stored evidence leads to ANOTHER answer than the stored one",
        });
    }
    Ok(status)
}
