//! An errand: one use case on one node, that may be held up in the middle, go on later, or never.
//!
//! Knows no invariant. Read next: `world.rs`.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use app::testing::samples::iin;
use app::{
    BreakError, BreakOrder, Channel, DocumentCheck, Draft, DraftError, DraftOrder, IdempotencyKey,
    ResultId, ResultView, RootError, Store, StoreError, Submission, SubmitError, Submitted,
    TechnicalBreak, Worker,
};
use domain::{ConsentDecision, Consents, Iin, Language, Number};
use jiff::SignedDuration;

use crate::facts::Asked;
use crate::gate::Gate;
use crate::node::Node;
use crate::submissions::Attempt;

/// What somebody set out to do.
#[derive(Clone)]
pub(crate) enum Errand {
    Prepare { person: u32, asked: Asked, consents: bool },
    Submit(Attempt),
    Work,
    Watch,
    Tidy,
    Stamp,
    Download { id: ResultId, holder: Iin, bytes: Vec<u8> },
    Check { number: Number, holder: Iin },
    Announce { starts_min: u8, lasts_min: u8 },
    Withdraw { id: String },
}

/// What came of it.
pub(crate) enum Done {
    Prepared(Result<Draft, DraftError>),
    Submitted(Box<Result<Submitted, SubmitError>>),
    Worked(Result<bool, StoreError>),
    Watched(Result<u64, StoreError>),
    Tidied(Result<(), StoreError>),
    Stamped(Result<(), RootError>),
    Downloaded(Box<Result<Option<Downloaded>, StoreError>>),
    Checked(Result<DocumentCheck, StoreError>),
    Announced(Result<TechnicalBreak, BreakError>),
    Withdrawn(Result<bool, StoreError>),
}

/// What is shown of a document, and its bytes.
pub(crate) type Downloaded = (ResultView, Vec<u8>);

type Doing = Pin<Box<dyn Future<Output = Done>>>;

/// An errand under way.
pub(crate) struct Running {
    pub(crate) id: u64,
    pub(crate) node: usize,
    pub(crate) errand: Errand,
    /// Where it was held last; nothing before.
    pub(crate) held_at: Option<&'static str>,
    doing: Doing,
}

impl Running {
    pub(crate) fn new(id: u64, place: usize, node: &Node, errand: Errand) -> Self {
        let doing = begin(node, errand.clone());
        Self { id, node: place, errand, held_at: None, doing }
    }

    /// Goes on until it is done, or `None` where it is held up.
    pub(crate) async fn go_on(&mut self, gate: &Gate, hold: Option<u8>) -> Option<Done> {
        gate.enter(self.id, hold.map(u32::from));
        let doing = &mut self.doing;
        let held_at = &mut self.held_at;
        poll_fn(|context| match doing.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => match gate.held_at() {
                Some(place) => {
                    *held_at = Some(place);
                    Poll::Ready(None)
                }
                // Something real is waited for, such as the thread that draws documents.
                None => Poll::Pending,
            },
        })
        .await
    }
}

fn begin(node: &Node, errand: Errand) -> Doing {
    let service = Arc::clone(&node.service);
    let store: Arc<dyn Store> = Arc::clone(&node.store);
    match errand {
        Errand::Prepare { person, asked, consents } => Box::pin(async move {
            Done::Prepared(service.prepare_draft(order(person, asked, consents)).await)
        }),
        Errand::Submit(attempt) => {
            Box::pin(
                async move { Done::Submitted(Box::new(service.submit(submission(attempt)).await)) },
            )
        }
        Errand::Work => {
            Box::pin(async move { Done::Worked(Worker::new(service).work_once().await) })
        }
        Errand::Watch => Box::pin(async move { Done::Watched(service.raise_alarms().await) }),
        Errand::Tidy => {
            Box::pin(async move { Done::Tidied(store.remove_expired(service.now()).await) })
        }
        Errand::Stamp => Box::pin(async move { Done::Stamped(service.stamp_roots().await) }),
        Errand::Download { id, holder, .. } => Box::pin(async move {
            Done::Downloaded(Box::new(service.download(&id, Some(holder)).await))
        }),
        Errand::Check { number, holder } => {
            Box::pin(async move { Done::Checked(service.check_by_number(&number, holder).await) })
        }
        Errand::Announce { starts_min, lasts_min } => Box::pin(async move {
            let starts_at = service.now() + SignedDuration::from_mins(starts_min.into());
            let ends_at = starts_at + SignedDuration::from_mins(lasts_min.into());
            let reason = || "Жабдықты ауыстыру".to_owned();
            let (reason_kk, reason_ru, reason_en) = (reason(), reason(), reason());
            let order = BreakOrder { starts_at, ends_at, reason_kk, reason_ru, reason_en };
            Done::Announced(service.announce_break(order).await)
        }),
        Errand::Withdraw { id } => {
            Box::pin(async move { Done::Withdrawn(service.withdraw_break(&id).await) })
        }
    }
}

fn order(person: u32, asked: Asked, consents: bool) -> DraftOrder {
    DraftOrder {
        applicant: iin(person),
        language: Language::Kk,
        wards: asked.wards(person),
        consents: Consents {
            restricted_data: ConsentDecision::from_answer(consents),
            protected_secret: ConsentDecision::from_answer(person.is_multiple_of(3)),
        },
        provider: None,
    }
}

fn submission(attempt: Attempt) -> Submission {
    Submission {
        key: IdempotencyKey(attempt.key),
        cms: attempt.body,
        channel: Channel::Api,
        signed_in: attempt.signed_in,
    }
}
