//! `exceptions`: requests that were not answered within the term, for the departments. No personal data.

use anyhow::Result;
use app::{EXCEPTIONS_PAGE, Exception};
use serde_json::{Value, json};

use crate::cli::ExceptionsArguments;
use crate::commands::{Status, local_time};
use crate::config::Config;
use crate::output::{say, say_json};
use crate::wiring;

/// `exceptions`
pub async fn exceptions(arguments: &ExceptionsArguments) -> Result<Status> {
    let config = Config::load(&arguments.config.config)?;
    let store = wiring::open_store(&config).await?;
    let exceptions =
        wiring::service_without_seal(&config, &store).await?.exceptions(arguments.before).await?;
    store.close().await;
    if arguments.json {
        say_json(&exceptions.iter().map(fields).collect::<Vec<_>>())?;
    } else if exceptions.is_empty() {
        say("every request was answered in time or still has time");
    } else {
        say(
            "number         accepted             due                  told                 state (UTC+5)",
        );
        exceptions.iter().for_each(|one| say(line(one)));
        let is_full = u32::try_from(exceptions.len()).is_ok_and(|count| count >= EXCEPTIONS_PAGE);
        if let Some(last) = exceptions.last().filter(|_| is_full) {
            say(format!("the next page: --before {}", last.told_at));
        }
    }
    Ok(Status::Done)
}

fn line(one: &Exception) -> String {
    let Exception { request, told_at } = one;
    let (accepted, due) = (request.clock.accepted_at, request.clock.due_at);
    let end = request.ended_at.map(|at| format!(" at {}", local_time(at))).unwrap_or_default();
    let times = [accepted, due, *told_at].map(local_time).join("  ");
    format!("{}  {times}  {}{end}", request.number, request.state.code())
}

fn fields(one: &Exception) -> Value {
    let Exception { request, told_at } = one;
    json!({
        "number": request.number.as_str(),
        "accepted_at": request.clock.accepted_at,
        "due_at": request.clock.due_at,
        "told_at": told_at,
        "state": request.state.code(),
        "ended_at": request.ended_at,
    })
}
