//! `replay`: decisions made again from their stored evidence.

use anyhow::Result;
use app::{Replayed, Service};
use domain::Number;
use serde_json::json;

use crate::cli::ReplayArguments;
use crate::commands::Status;
use crate::config::Config;
use crate::output::{complain, say, say_json};
use crate::wiring;

/// `replay NUMBER` and `replay --all`
pub async fn replay(arguments: &ReplayArguments) -> Result<Status> {
    let number = match arguments.number.as_deref().map(Number::parse).transpose() {
        Ok(number) => number,
        Err(error) => {
            complain(error);
            return Ok(Status::WrongUse);
        }
    };
    let config = Config::load(&arguments.config.config)?;
    let store = wiring::open_store(&config).await?;
    let service = wiring::service_without_seal(&config, &store).await?;
    let status = match number {
        Some(number) => one(&service, &number, arguments.json).await,
        None => every(&service, arguments.json).await,
    };
    store.close().await;
    status
}

async fn one(service: &Service, number: &Number, json: bool) -> Result<Status> {
    let (word, status) = match service.replay(number).await? {
        Replayed::Unknown => ("unknown", Status::Refused),
        Replayed::Undecided => ("undecided", Status::Refused),
        Replayed::Erased => ("erased", Status::CannotTell),
        Replayed::Same(_) => ("same", Status::Done),
        Replayed::Different { .. } => ("different", Status::Refused),
    };
    if json {
        say_json(&json!({ "number": number.as_str(), "replay": word }))?;
    } else {
        say(match word {
            "unknown" => "no such request",
            "undecided" => "the request is not decided yet",
            "erased" => "the request was erased when its time was over, with its evidence",
            "same" => "the stored evidence leads to the stored answer",
            _ => "the stored evidence leads to ANOTHER answer than the stored one",
        });
    }
    Ok(status)
}

/// What is not decided yet, or erased, is counted and is no fault.
async fn every(service: &Service, json: bool) -> Result<Status> {
    let (mut same, mut undecided, mut erased, mut different) = (0_u64, 0_u64, 0_u64, Vec::new());
    let mut after = None;
    loop {
        let numbers = service.numbers_after(after.as_ref()).await?;
        let Some(last) = numbers.last() else { break };
        after = Some(last.clone());
        for number in numbers {
            match service.replay(&number).await? {
                Replayed::Same(_) => same += 1,
                Replayed::Undecided => undecided += 1,
                Replayed::Erased => erased += 1,
                Replayed::Unknown | Replayed::Different { .. } => different.push(number),
            }
        }
    }
    for number in &different {
        complain(format!(
            "{number}: the stored evidence leads to ANOTHER answer than the stored one"
        ));
    }
    if json {
        let told: Vec<&str> = different.iter().map(Number::as_str).collect();
        say_json(&json!({
            "same": same, "undecided": undecided, "erased": erased, "different": told,
        }))?;
    } else {
        say(format!(
            "{same} decisions the same, {undecided} requests not decided yet, {erased} erased"
        ));
    }
    Ok(if different.is_empty() { Status::Done } else { Status::Refused })
}
