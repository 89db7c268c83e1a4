//! Group commit: what this node has to write into the journal at the same moment goes into one transaction, because
//! the chain lets only one transaction at a time append, and each waits for the disk.
//!
//! Whoever comes while a batch is written joins the next one; who comes alone waits for nobody. A caller hears of his
//! work after the commit that holds it. A batch that fails by one piece's own values is undone and written again piece by
//! piece, so that nobody's fault is another's; a fault that would meet each of them is told to all of them at once.
//! Batches of several nodes follow one another. A batch that gets no answer is given up with its connection, so that a
//! server that vanished holds up nobody behind it.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use app::{AuditEvent, MessageEnd, MessageLease, Registered, Registration, StoreError, Transition};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::PostgresStore;
use crate::audit::append;
use crate::error::{DatabaseFault, unavailable};
use crate::outbox::end_in;
use crate::requests::register_in;
use crate::session::Session;
use crate::transitions::commit_in;

/// Most pieces of one batch: more would keep the first waiting for the last.
const BATCH_MAX: usize = 32;
/// Longest one transaction of a batch takes: shorter than its callers wait, so that the next batch has its turn and they
/// hear of the outcome.
const BATCH: Duration = Duration::from_secs(8);
/// Classes of codes that blame what was to be written: a value the database cannot hold, and what a constraint or a
/// trigger of ours forbids.
const OWN_FAULTS: [&str; 2] = ["22", "23"];
/// The lock by which batches of all nodes follow one another; any constant no other lock has.
const JOURNAL: i64 = 7_310_204_511_908_337_401;

/// What waits to be written, and whose turn it is to write.
#[derive(Default)]
pub(crate) struct Batches {
    waiting: Mutex<Vec<Piece>>,
    turn: tokio::sync::Mutex<()>,
}

/// How many wait, and nothing of what they wait with: names and signatures are in it.
impl fmt::Debug for Batches {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Batches({} waiting)", self.waiting().len())
    }
}

/// One caller's work and where he waits for its outcome.
struct Piece {
    work: Work,
    told: oneshot::Sender<Result<Written, StoreError>>,
}

/// The work, owned: what was begun is written to its end, even if its caller gives up waiting meanwhile.
enum Work {
    Register(Box<Registration>),
    Commit(Box<Transition>),
    Append(Box<AuditEvent>),
    EndMessage(Box<(MessageLease, MessageEnd, AuditEvent)>),
}

/// What came of it.
#[derive(Debug)]
enum Written {
    Registered(Registered),
    Done,
}

impl Batches {
    fn waiting(&self) -> MutexGuard<'_, Vec<Piece>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those who came first. Who gave up waiting was told so: his work is not begun any more.
    fn next(&self) -> Vec<Piece> {
        let mut waiting = self.waiting();
        waiting.retain(|piece| !piece.told.is_closed());
        let count = waiting.len().min(BATCH_MAX);
        waiting.drain(..count).collect()
    }
}

pub(crate) async fn register(
    store: &PostgresStore,
    registration: &Registration,
) -> Result<Registered, StoreError> {
    match in_batch(store, Work::Register(Box::new(registration.clone()))).await? {
        Written::Registered(registered) => Ok(registered),
        Written::Done => Err(StoreError::Corrupt("a registration without its outcome")),
    }
}

pub(crate) async fn commit(store: &PostgresStore, change: &Transition) -> Result<(), StoreError> {
    in_batch(store, Work::Commit(Box::new(change.clone()))).await?;
    Ok(())
}

pub(crate) async fn append_audit(
    store: &PostgresStore,
    event: &AuditEvent,
) -> Result<(), StoreError> {
    in_batch(store, Work::Append(Box::new(event.clone()))).await?;
    Ok(())
}

pub(crate) async fn end_message(
    store: &PostgresStore,
    lease: &MessageLease,
    end: MessageEnd,
    audit: &AuditEvent,
) -> Result<(), StoreError> {
    in_batch(store, Work::EndMessage(Box::new((lease.clone(), end, audit.clone())))).await?;
    Ok(())
}

async fn in_batch(store: &PostgresStore, work: Work) -> Result<Written, StoreError> {
    store.require_open_gate().await?;
    let (told, outcome) = oneshot::channel();
    store.batches.waiting().push(Piece { work, told });
    tokio::spawn(write_next(store.clone()));
    outcome.await.unwrap_or_else(|_| Err(unavailable(DatabaseFault::Driver)))
}

/// Writes whatever waits when its turn comes; often somebody else's batch took it along already.
async fn write_next(store: PostgresStore) {
    let _turn = store.batches.turn.lock().await;
    let pieces = store.batches.next();
    let works: Vec<&Work> = pieces.iter().map(|piece| &piece.work).collect();
    match written(&store, &works).await {
        Err(error) if works.len() > 1 && concerns_one(&error) => one_by_one(&store, pieces).await,
        Err(error) => tell_all(pieces, &error),
        Ok(outcomes) => {
            for (piece, outcome) in pieces.into_iter().zip(outcomes) {
                piece.tell(Ok(outcome));
            }
        }
    }
}

/// Ends at the first fault that would be the others' too.
async fn one_by_one(store: &PostgresStore, pieces: Vec<Piece>) {
    let mut pieces = pieces.into_iter();
    while let Some(piece) = pieces.next() {
        if piece.told.is_closed() {
            continue;
        }
        let outcome = written(store, &[&piece.work]).await.and_then(|mut written| {
            written.pop().ok_or(StoreError::Corrupt("a batch without an outcome"))
        });
        let of_all = outcome.as_ref().err().filter(|error| !concerns_one(error)).map(again);
        piece.tell(outcome);
        if let Some(error) = of_all {
            return tell_all(pieces, &error);
        }
    }
}

fn tell_all(pieces: impl IntoIterator<Item = Piece>, error: &StoreError) {
    for piece in pieces {
        piece.tell(Err(again(error)));
    }
}

impl Piece {
    /// Who gave up waiting learns of it when he reads.
    fn tell(self, outcome: Result<Written, StoreError>) {
        let _ = self.told.send(outcome);
    }
}

/// One transaction, given up when the server stays silent; its connection is closed then.
async fn written(store: &PostgresStore, works: &[&Work]) -> Result<Vec<Written>, StoreError> {
    let silent = |_| Err(unavailable(DatabaseFault::Silent));
    timeout(BATCH, in_one(store, works)).await.unwrap_or_else(silent)
}

/// One transaction; the journal rows of all come last.
async fn in_one(store: &PostgresStore, works: &[&Work]) -> Result<Vec<Written>, StoreError> {
    if works.is_empty() {
        return Ok(Vec::new());
    }
    let mut transaction = store.write_alone(JOURNAL).await?;
    let outcome = written_in(&mut transaction, works).await;
    transaction.end(outcome).await
}

async fn written_in(
    transaction: &mut Session,
    works: &[&Work],
) -> Result<Vec<Written>, StoreError> {
    let (mut written, mut events) = (Vec::with_capacity(works.len()), Vec::new());
    let mut changes: Vec<&Transition> = Vec::new();
    for work in works {
        written.push(match work {
            Work::Register(registration) => {
                let registered = register_in(transaction, registration).await?;
                if registered == Registered::New {
                    events.push(registration.audit.clone());
                }
                Written::Registered(registered)
            }
            Work::Commit(change) => {
                changes.push(change);
                events.extend_from_slice(&change.audit);
                Written::Done
            }
            Work::Append(event) => {
                events.push(AuditEvent::clone(event));
                Written::Done
            }
            Work::EndMessage(ended) => {
                let (lease, end, audit) = &**ended;
                end_in(transaction, lease, *end, audit.at).await?;
                events.push(audit.clone());
                Written::Done
            }
        });
    }
    commit_in(transaction, &changes).await?;
    append(transaction, &events).await?;
    Ok(written)
}

/// Whether an error is one piece's own: then the others go through without it. A lock not given or a full disk would
/// meet each of them again, one after another.
fn concerns_one(error: &StoreError) -> bool {
    match error {
        StoreError::Stale
        | StoreError::LeaseLost
        | StoreError::AlreadyUsed
        | StoreError::NumberTaken
        | StoreError::Corrupt(_) => true,
        StoreError::Unavailable(source) => match source.downcast_ref() {
            Some(DatabaseFault::Refused { code, .. }) => {
                OWN_FAULTS.iter().any(|class| code.starts_with(class))
            }
            _ => false,
        },
    }
}

/// The same error for another caller.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Stale => StoreError::Stale,
        StoreError::LeaseLost => StoreError::LeaseLost,
        StoreError::AlreadyUsed => StoreError::AlreadyUsed,
        StoreError::NumberTaken => StoreError::NumberTaken,
        StoreError::Corrupt(what) => StoreError::Corrupt(what),
        StoreError::Unavailable(source) => {
            unavailable(source.downcast_ref().map_or(DatabaseFault::Driver, DatabaseFault::clone))
        }
    }
}

#[cfg(test)]
mod tests {
    use app::testing::samples::{draft, iin, registration};

    use super::*;

    #[test]
    fn printed_it_tells_how_many_wait_and_not_with_what() {
        let batches = Batches::default();
        let registration = registration(&draft(iin(1), "challenge"), 1, "key");
        let (told, _outcome) = oneshot::channel();
        batches.waiting().push(Piece { work: Work::Register(Box::new(registration)), told });
        assert_eq!(format!("{batches:?}"), "Batches(1 waiting)");
    }

    #[test]
    fn only_what_blames_the_values_is_one_callers_fault() {
        for (code, own) in [
            ("23505", true),
            ("23514", true),
            ("23000", true),
            ("22021", true),
            ("40P01", false),
            ("53100", false),
            ("55P03", false),
            ("57014", false),
        ] {
            let (code, names) = (code.to_owned(), Vec::new());
            let error = unavailable(DatabaseFault::Refused { code: code.clone(), names });
            assert_eq!(concerns_one(&error), own, "{code}");
        }
        assert!(concerns_one(&StoreError::Stale));
        assert!(!concerns_one(&unavailable(DatabaseFault::Silent)));
    }
}
