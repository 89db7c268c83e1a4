//! What may never happen, looked for in the store after every operation, over all requests there are.
//!
//! It remembers what it saw: an answer once given must be there for ever, byte for byte. It reads through the store's
//! port only. Read next: `decisions.rs` for the lawfulness of an answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use app::testing::FakeDocumentVerifier;
use app::{
    DocumentVerdict, DocumentVerifier, NoticeKind, PlannedResult, Replayed, Service, Step, Store,
    StoredNotice, StoredRequest,
};
use domain::{DocumentContent, Iin, Number, RequestState};
use jiff::Timestamp;

use crate::breach::{Breach, require};
use crate::decisions;
use crate::journal::Journal;
use crate::sources::{Truth, person_of};

/// More than any run has.
const ALL: u32 = 1_000_000;
const FOR_EVER: &str = "an ended request never changes";

/// Everything seen so far.
pub(crate) struct Ledger {
    store: Arc<dyn Store>,
    auditor: Arc<Service>,
    truth: Truth,
    seen: BTreeMap<Number, Seen>,
    /// Documents by their numbers, with their requests.
    documents: BTreeMap<Number, Number>,
    notices: BTreeMap<(Number, &'static str), Timestamp>,
    journal: Journal,
    /// Checks and downloads that were answered.
    looks: u64,
}

/// A request as it was seen last.
pub(crate) struct Seen {
    pub(crate) stored: StoredRequest,
    pub(crate) planned: Vec<PlannedResult>,
    pub(crate) sealed: Vec<Vec<u8>>,
}

impl Seen {
    pub(crate) fn is_open(&self) -> bool {
        !self.stored.state.is_final()
    }
}

impl Ledger {
    pub(crate) fn new(store: Arc<dyn Store>, auditor: Arc<Service>, truth: Truth) -> Self {
        let (seen, documents, notices, looks) = Default::default();
        let journal = Journal::new(Arc::clone(&store));
        Self { store, auditor, truth, seen, documents, notices, journal, looks }
    }

    pub(crate) fn requests(&self) -> impl Iterator<Item = &Seen> {
        self.seen.values()
    }

    pub(crate) fn was_told(&self, number: &Number, kind: NoticeKind) -> bool {
        self.notices.contains_key(&(number.clone(), kind.code()))
    }

    /// Somebody was shown a person's document or certificate.
    pub(crate) fn note_look(&mut self) {
        self.looks += 1;
    }

    /// Looks at everything.
    pub(crate) async fn look(&mut self, acknowledged: &BTreeSet<Number>) -> Result<(), Breach> {
        let numbers = self.store.numbers_after(None, ALL).await.expect("the store is read");
        let known = |number: &&Number| numbers.binary_search(number).is_err();
        if let Some(lost) = acknowledged.iter().chain(self.seen.keys()).find(known) {
            return Err(Breach::of("what was accepted is kept for ever", lost.to_string()));
        }
        for number in &numbers {
            self.look_at(number).await?;
        }
        let mut open = BTreeSet::new();
        for seen in self.seen.values().filter(|seen| seen.is_open()) {
            let first = open.insert(seen.stored.request.applicant);
            require(first, "a person has one open request", || seen.stored.number.to_string())?;
        }
        self.look_at_notices().await?;
        self.journal.look().await?;
        // A look whose answer was lost has its row too.
        require(self.journal.looks() >= self.looks, "each look leaves a row", String::new)
    }

    async fn look_at(&mut self, number: &Number) -> Result<(), Breach> {
        let detail = || number.to_string();
        let stored = self.store.request(number).await.expect("the store is read");
        let stored = stored.ok_or_else(|| Breach::of("a number has its request", detail()))?;
        let Some(seen) = self.seen.get(number) else {
            return self.first_look(stored).await;
        };
        if !seen.is_open() {
            require(seen.stored == stored, FOR_EVER, detail)?;
            for (planned, bytes) in seen.planned.iter().zip(&seen.sealed) {
                let document = self.store.document(&planned.id).await.expect("the store is read");
                require(document.as_ref() == Some(bytes), FOR_EVER, detail)?;
            }
            return Ok(());
        }
        let changing = StoredRequest {
            state: seen.stored.state,
            step: seen.stored.step,
            version: seen.stored.version,
            ended_at: seen.stored.ended_at,
            ..stored.clone()
        };
        require(changing == seen.stored, "what was asked never changes", detail)?;
        let forward =
            stored.version >= seen.stored.version && place(stored.step) >= place(seen.stored.step);
        require(forward, "a request goes forward only", detail)?;
        if stored.version == seen.stored.version {
            require(stored == seen.stored, "each change has its version", detail)?;
            return self.require_job(&stored).await;
        }
        self.look_at_change(stored).await
    }

    async fn first_look(&mut self, stored: StoredRequest) -> Result<(), Breach> {
        let person = person_of(stored.request.applicant).expect("only people of the stage ask");
        self.truth.lock().begin(person);
        let fresh = stored.step == Step::Registered && stored.state == RequestState::Accepted;
        require(fresh, "a request begins as accepted", || stored.number.to_string())?;
        let number = stored.number.clone();
        let unused = !self.documents.contains_key(&number);
        require(unused, "a number is given once", || number.to_string())?;
        self.require_job(&stored).await?;
        self.seen.insert(number, Seen { stored, planned: Vec::new(), sealed: Vec::new() });
        Ok(())
    }

    async fn require_job(&self, stored: &StoredRequest) -> Result<(), Breach> {
        let evidence = self.store.evidence(&stored.number).await.expect("the store is read");
        let has_job = evidence.is_some_and(|evidence| evidence.alarmed_percent.is_some());
        let needs_job = !stored.state.is_final();
        require(has_job == needs_job, "a request without answer has a job", || {
            stored.number.to_string()
        })
    }

    async fn look_at_change(&mut self, stored: StoredRequest) -> Result<(), Breach> {
        let number = stored.number.clone();
        let detail = || number.to_string();
        let ended = stored.step == Step::Issued;
        let agree = stored.state.is_final() == ended && stored.ended_at.is_some() == ended;
        require(agree, "step, state and end agree", detail)?;
        let results = self.store.results_of(&number).await.expect("the store is read");
        let (planned, digests): (Vec<_>, Vec<_>) =
            results.into_iter().map(|one| (one.planned, one.digest)).unzip();
        let before = self.seen.get(&number).map(|seen| seen.stored.step);
        let before = before.unwrap_or(Step::Registered);
        if stored.step == Step::Registered {
            require(planned.is_empty(), "nothing is planned before the decision", detail)?;
        } else if before == Step::Registered {
            self.look_at_decision(&stored, &planned).await?;
        } else {
            let same = self.seen.get(&number).is_some_and(|seen| seen.planned == planned);
            require(same, "what was decided never changes", detail)?;
        }
        let digested = digests.iter().all(|digest| digest.is_some() == ended);
        require(digested, "documents are issued all at once", detail)?;
        let sealed = self.sealed(&stored, &planned).await?;
        self.require_job(&stored).await?;
        self.seen.insert(number, Seen { stored, planned, sealed });
        Ok(())
    }

    /// One answer, lawful, with numbers nobody had before, and the same when it is made again.
    async fn look_at_decision(
        &mut self,
        stored: &StoredRequest,
        planned: &[PlannedResult],
    ) -> Result<(), Breach> {
        let detail = || stored.number.to_string();
        let decision = self.store.decision(&stored.number).await.expect("the store is read");
        let decision = decision.ok_or_else(|| Breach::of("a decision is kept", detail()))?;
        decisions::check(stored, &decision, planned, &self.truth)?;
        for one in planned {
            let number = one.content.number().clone();
            let before = self.documents.insert(number, stored.number.clone());
            require(before.is_none(), "a number is given once", detail)?;
        }
        let replayed = self.auditor.replay(&stored.number).await.expect("the store is read");
        let same = matches!(replayed, Replayed::Same(_));
        require(same, "a decision can be made again from its evidence", detail)
    }

    /// The bytes of an ended request; there are none before.
    async fn sealed(
        &self,
        stored: &StoredRequest,
        planned: &[PlannedResult],
    ) -> Result<Vec<Vec<u8>>, Breach> {
        let detail = || stored.number.to_string();
        let mut sealed = Vec::new();
        for one in planned {
            let document = self.store.document(&one.id).await.expect("the store is read");
            let Some(bytes) = document else { continue };
            let verdict = FakeDocumentVerifier.verify(&bytes, stored.clock.accepted_at);
            let genuine = DocumentVerdict::Genuine(Box::new(one.content.clone()));
            require(verdict == genuine, "a document says what was decided", detail)?;
            sealed.push(bytes);
        }
        let ended = stored.step == Step::Issued;
        let whole = if ended { planned.len() } else { 0 };
        require(sealed.len() == whole, "an ended request has its documents", detail)?;
        let is_certificate =
            |one: &PlannedResult| matches!(one.content, DocumentContent::Certificate(_));
        let granted = planned.iter().any(is_certificate);
        let state = if granted { RequestState::Granted } else { RequestState::Refused };
        require(!ended || stored.state == state, "the state says what was given", detail)?;
        if ended {
            self.truth.counter.count("requests", stored.state.code());
        }
        Ok(sealed)
    }

    async fn look_at_notices(&mut self) -> Result<(), Breach> {
        let applicants: BTreeSet<Iin> =
            self.seen.values().map(|seen| seen.stored.request.applicant).collect();
        let mut found = BTreeMap::new();
        for applicant in applicants {
            let notices = self.store.notices_of(applicant, ALL).await.expect("the store is read");
            for one in notices {
                self.look_at_notice(&one)?;
                let key = (one.number.clone(), one.notice.kind.code());
                let first = found.insert(key, one.notice.at).is_none();
                require(first, "a notice of a kind comes once", || one.number.to_string())?;
            }
        }
        for (key, at) in &self.notices {
            let kept = found.get(key) == Some(at);
            require(kept, "a notice stays as it was", || key.0.to_string())?;
        }
        for seen in self.seen.values() {
            let key = (seen.stored.number.clone(), NoticeKind::Answered.code());
            let told = found.get(&key).copied() == seen.stored.ended_at;
            require(told, "who is answered is told", || seen.stored.number.to_string())?;
            let due_at = seen.stored.clock.due_at;
            if seen.stored.ended_at.is_some_and(|ended_at| ended_at > due_at) {
                let key = (seen.stored.number.clone(), NoticeKind::Overdue.code());
                require(found.contains_key(&key), "who is answered late is told so", || {
                    seen.stored.number.to_string()
                })?;
            }
        }
        for (_, kind) in found.keys().filter(|key| !self.notices.contains_key(key)) {
            self.truth.counter.count("notices", kind);
        }
        self.notices = found;
        Ok(())
    }

    fn look_at_notice(&self, one: &StoredNotice) -> Result<(), Breach> {
        let seen = self.seen.get(&one.number);
        let due_at = seen.map(|seen| seen.stored.clock.due_at);
        let early = one.notice.kind == NoticeKind::Overdue && Some(one.notice.at) <= due_at;
        require(!early, "nobody is told too early that the term has passed", || {
            one.number.to_string()
        })
    }

    /// Everything again, from the store's own evidence.
    pub(crate) async fn replay_all(&self) -> Result<(), Breach> {
        for number in self.seen.keys() {
            let replayed = self.auditor.replay(number).await.expect("the store is read");
            let good = matches!(replayed, Replayed::Same(_) | Replayed::Undecided);
            require(good, "a decision can be made again from its evidence", || number.to_string())?;
        }
        Ok(())
    }
}

fn place(step: Step) -> u8 {
    match step {
        Step::Registered => 0,
        Step::Decided => 1,
        Step::Intended => 2,
        Step::Issued => 3,
    }
}
