//! `recheck`: every stored document judged anew, as anybody would judge it who is shown it.
//!
//! One document is in memory at a time. What is told are numbers and codes, nothing of persons.

use anyhow::Result;
use app::{Clock, Rechecked, Service};
use domain::Number;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::RecheckArguments;
use crate::commands::Status;
use crate::config::Config;
use crate::output::{complain, say, say_json};
use crate::system::SystemClock;
use crate::wiring::{self, OpenStore};

/// After how many requests it is told how far the work is.
const PROGRESS: u64 = 1_000;
/// Numbers remembered for the report of each kind; all are counted and told as they are found.
const NAMED_MAX: usize = 1_000;

/// How many documents are how.
#[derive(Default)]
struct Tally {
    requests: u64,
    genuine: u64,
    not_genuine: Named,
    undecided: Named,
}

#[derive(Default)]
struct Named {
    count: u64,
    numbers: Vec<(String, &'static str)>,
}

impl Named {
    fn add(&mut self, number: &Number, code: &'static str) {
        self.count += 1;
        if self.numbers.len() < NAMED_MAX {
            self.numbers.push((number.to_string(), code));
        }
    }

    fn json(&self) -> serde_json::Value {
        let one = |(number, code): &(String, &str)| json!({ "number": number, "code": code });
        json!({ "count": self.count, "documents": self.numbers.iter().map(one).collect::<Vec<_>>() })
    }
}

/// `recheck`
pub async fn recheck(arguments: &RecheckArguments) -> Result<Status> {
    let config = match Config::load(&arguments.config.config) {
        Ok(config) => config,
        Err(error) => {
            complain(format!("{error:#}"));
            return Ok(Status::WrongUse);
        }
    };
    // What was not reached was not checked: that says nothing against it.
    Ok(judge_all(arguments, &config).await.unwrap_or_else(|error| {
        complain(format!("nothing could be checked: {error:#}"));
        Status::CannotTell
    }))
}

async fn judge_all(arguments: &RecheckArguments, config: &Config) -> Result<Status> {
    let store = wiring::open_store(config).await?;
    let service = wiring::service_without_seal(config, &store).await?;
    let at = arguments.at.unwrap_or_else(|| SystemClock.now());
    let mut tally = Tally::default();
    let whole = every(config, (&store, &*service), at, &mut tally).await;
    store.close().await;
    if let Err(error) = &whole {
        complain(format!("not everything could be read: {error:#}"));
    }
    tell(&tally, arguments.json)?;
    Ok(match (tally.not_genuine.count, tally.undecided.count, whole) {
        (0, 0, Ok(())) => Status::Done,
        (0, ..) => Status::CannotTell,
        _ => Status::Refused,
    })
}

async fn every(
    config: &Config,
    (store, service): (&OpenStore, &Service),
    at: Timestamp,
    tally: &mut Tally,
) -> Result<()> {
    let mut after = None;
    loop {
        let numbers = service.numbers_after(after.as_ref()).await?;
        let Some(last) = numbers.last() else { return Ok(()) };
        after = Some(last.clone());
        for request in numbers {
            let recheck = async || service.recheck(&request, at).await;
            for (number, rechecked) in store.with_all_keys(config, recheck).await? {
                take(&number, rechecked, tally);
            }
            tally.requests += 1;
            if tally.requests.is_multiple_of(PROGRESS) {
                complain(format!("{} requests looked at", tally.requests));
            }
        }
    }
}

fn take(number: &Number, rechecked: Rechecked, tally: &mut Tally) {
    match rechecked {
        Rechecked::Genuine => tally.genuine += 1,
        Rechecked::NotGenuine(code) => {
            complain(format!("fault: {number}: not genuine: {code}"));
            tally.not_genuine.add(number, code);
        }
        Rechecked::CannotTell(code) => {
            complain(format!("doubt: {number}: cannot be checked now: {code}"));
            tally.undecided.add(number, code);
        }
    }
}

fn tell(tally: &Tally, as_json: bool) -> Result<()> {
    let Tally { requests, genuine, not_genuine, undecided } = tally;
    if as_json {
        return say_json(&json!({ "requests": requests, "genuine": genuine,
            "not_genuine": not_genuine.json(), "cannot_be_checked_now": undecided.json() }));
    }
    say(format!(
        "{genuine} documents of {requests} requests are genuine, {} are not, {} cannot be checked now",
        not_genuine.count, undecided.count
    ));
    Ok(())
}
