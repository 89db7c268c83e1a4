//! `break`: announcing technical breaks for repair work, listing them, and taking them back.

use anyhow::Result;
use app::{BreakError, BreakOrder, TechnicalBreak};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::{
    BreakAnnounceArguments, BreakCommand, BreakListArguments, BreakWithdrawArguments,
};
use crate::commands::{Status, local_time};
use crate::config::Config;
use crate::output::{complain, say, say_json};
use crate::wiring;

/// `break …`
pub async fn run(command: BreakCommand) -> Result<Status> {
    match command {
        BreakCommand::Announce(arguments) => announce(arguments).await,
        BreakCommand::List(arguments) => list(&arguments).await,
        BreakCommand::Withdraw(arguments) => withdraw(&arguments).await,
    }
}

async fn announce(arguments: BreakAnnounceArguments) -> Result<Status> {
    let config = Config::load(&arguments.config.config)?;
    let store = wiring::open_store(&config).await?;
    // «At least 30 minutes before» is counted by this machine's clock.
    store.require_same_clock().await?;
    let service = wiring::service_without_seal(&config, &store).await?;
    let order = BreakOrder {
        starts_at: arguments.from,
        ends_at: arguments.to,
        reason_kk: arguments.kk,
        reason_ru: arguments.ru,
        reason_en: arguments.en,
    };
    let announced = service.announce_break(order).await;
    store.close().await;
    let planned = match announced {
        Ok(planned) => planned,
        Err(BreakError::Store(error)) => return Err(error.into()),
        Err(refused) => {
            complain(refused);
            return Ok(Status::Refused);
        }
    };
    if arguments.json {
        say_json(&fields(&planned, planned.announced_at))?;
    } else {
        say(format!("announced: {}", line(&planned, planned.announced_at)));
    }
    Ok(Status::Done)
}

async fn list(arguments: &BreakListArguments) -> Result<Status> {
    let config = Config::load(&arguments.config.config)?;
    let store = wiring::open_store(&config).await?;
    let service = wiring::service_without_seal(&config, &store).await?;
    let (breaks, now) = (service.breaks().await?, service.now());
    store.close().await;
    if arguments.json {
        say_json(&breaks.iter().map(|one| fields(one, now)).collect::<Vec<_>>())?;
    } else if breaks.is_empty() {
        say("no break runs and none is announced");
    } else {
        breaks.iter().for_each(|one| say(line(one, now)));
    }
    Ok(Status::Done)
}

async fn withdraw(arguments: &BreakWithdrawArguments) -> Result<Status> {
    let config = Config::load(&arguments.config.config)?;
    let store = wiring::open_store(&config).await?;
    store.require_same_clock().await?;
    let service = wiring::service_without_seal(&config, &store).await?;
    let withdrawn = service.withdraw_break(&arguments.id).await?;
    store.close().await;
    if withdrawn {
        say("withdrawn");
        Ok(Status::Done)
    } else {
        complain("no break of this identifier runs or is announced");
        Ok(Status::Refused)
    }
}

fn state(one: &TechnicalBreak, now: Timestamp) -> &'static str {
    if one.starts_at <= now { "running" } else { "announced" }
}

fn line(one: &TechnicalBreak, now: Timestamp) -> String {
    let (from, to) = (local_time(one.starts_at), local_time(one.ends_at));
    format!("{}  {}  {from} to {to} (UTC+5)  {}", one.id, state(one, now), one.reason_en)
}

fn fields(one: &TechnicalBreak, now: Timestamp) -> Value {
    json!({
        "id": one.id,
        "state": state(one, now),
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "announced_at": one.announced_at,
        "reason": { "kk": one.reason_kk, "ru": one.reason_ru, "en": one.reason_en },
    })
}
