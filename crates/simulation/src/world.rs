//! The stage: nodes over one store, people, sources, and time. It plays one operation after another and looks at
//! everything after each.
//!
//! Read next: `errand.rs` for what nodes do, `invariants.rs` for what is looked at, `recovery.rs` for the end.

use std::sync::Arc;

use app::testing::samples::{kato, moment};
use app::testing::{FakeRenderer, FakeVerifier, MemoryStore, Moment};
use app::{
    ImportBatch, ImportOrigin, ImportTerms, NoticeKind, OthersRecords, Registry, RegistryRow,
    RenderError, Service, Store, TechnicalBreak,
};
use domain::{DocumentContent, Term};
use jiff::SignedDuration;

use crate::breach::{Breach, require};
use crate::coverage::{Counter, Coverage};
use crate::documents::WatchedSealer;
use crate::errand::{Errand, Running};
use crate::facts::Fact;
use crate::gate::Gate;
use crate::invariants::Ledger;
use crate::node::{Fault, Ground, Node};
use crate::operation::{Hold, NODES, Operation};
use crate::planted::Plant;
use crate::sources::{Bank, Consenting, Truth};
use crate::submissions::{Attempt, People};
use crate::watched_store::WatchedStore;
use crate::weather::{Weather, WorldIds};

/// Errands held up at one time; beyond it nothing new is held.
const HELD_MAX: usize = 6;
/// Jobs one node does in a row.
const JOBS_MAX: u32 = 60;
/// Numbers to draw from in every second run: few, so that they collide.
const FEW_NUMBERS: u64 = 256;

/// Everything.
pub(crate) struct World {
    pub(crate) ground: Ground,
    pub(crate) nodes: Vec<Node>,
    pub(crate) held: Vec<Running>,
    pub(crate) ledger: Ledger,
    pub(crate) people: People,
    pub(crate) truth: Truth,
    pub(crate) auditor: Arc<Service>,
    pub(crate) memory: Arc<MemoryStore>,
    sealer: Arc<WatchedSealer>,
    watched: Arc<WatchedStore>,
    pub(crate) breaks: Vec<TechnicalBreak>,
    errands: u64,
    imports: u64,
}

/// What became of an errand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// Held up.
    Held,
    /// Done, and there was something to do.
    Through,
    /// Done: nothing to do, or a fault.
    ToNothing,
}

impl World {
    pub(crate) fn new(seed: u64, plant: Option<Plant>) -> Self {
        let memory = Arc::new(MemoryStore::default());
        let watched = Arc::new(WatchedStore::new(memory.clone(), plant));
        let store: Arc<dyn Store> = watched.clone();
        let (gate, counter) = (Gate::default(), Counter::default());
        let weather = Weather::new(moment(0));
        let truth = Truth::new(gate.clone(), weather.clone(), counter.clone());
        let sealer = Arc::new(WatchedSealer::new(
            Arc::clone(&store),
            gate.clone(),
            weather.clone(),
            counter.clone(),
        ));
        let numbers = if seed.is_multiple_of(2) { u64::MAX } else { FEW_NUMBERS };
        let ground = Ground {
            store: Arc::clone(&store),
            desk: memory.clone(),
            data_bank: Plant::data_bank(plant, Arc::new(Bank(truth.clone()))),
            consents: Arc::new(Consenting(truth.clone())),
            sealer: sealer.clone(),
            renderer: Arc::new(FakeRenderer::default()),
            verifier: Arc::new(FakeVerifier::default()),
            ids: Arc::new(WorldIds::new(seed, numbers)),
            gate,
            weather,
            counter,
        };
        let nodes = (0..NODES).map(|_| ground.node(None)).collect();
        let auditor = ground.auditor();
        let ledger = Ledger::new(store, Arc::clone(&auditor), truth.clone());
        let (held, breaks, people) = (Vec::new(), Vec::new(), People::default());
        let (errands, imports) = (0, 0);
        Self {
            ground,
            nodes,
            held,
            ledger,
            people,
            truth,
            auditor,
            memory,
            sealer,
            watched,
            breaks,
            errands,
            imports,
        }
    }

    pub(crate) fn coverage(&self) -> Coverage {
        self.ground.counter.read()
    }

    /// Plays one operation and looks at everything.
    pub(crate) async fn play(&mut self, operation: Operation) -> Result<(), Breach> {
        self.ground.counter.count("operations", operation.code());
        self.happen(operation).await?;
        self.look().await
    }

    /// Looks at everything.
    pub(crate) async fn look(&mut self) -> Result<(), Breach> {
        let breach = self.truth.lock().breach();
        let breach = breach.or_else(|| self.sealer.breach()).or_else(|| self.watched.breach());
        if let Some(breach) = breach {
            return Err(breach);
        }
        self.ledger.look(&self.people.acknowledged).await
    }

    async fn happen(&mut self, operation: Operation) -> Result<(), Breach> {
        match operation {
            Operation::Prepare { node, person, asked, consents, hold } => {
                self.start(node, Errand::Prepare { person, asked, consents }, hold).await?;
            }
            Operation::Submit { node, what, how, hold } => {
                if let Some(attempt) = self.people.compose(what, how) {
                    self.submit(node, attempt, hold).await?;
                }
            }
            Operation::Work { node, hold } => {
                self.start(node, Errand::Work, hold).await?;
            }
            Operation::WorkAll { node } => self.work_all(node).await?,
            Operation::WorkAndDie { node, hold } => {
                self.start(node, Errand::Work, Some(hold)).await?;
                self.crash(node);
            }
            Operation::Watch { node, hold } => self.watch(node, hold).await?,
            Operation::Tidy { node } => {
                self.start(node, Errand::Tidy, None).await?;
            }
            Operation::Stamp { node, hold } => {
                self.start(node, Errand::Stamp, hold).await?;
            }
            Operation::Resume { which, hold } => self.resume(which, hold).await?,
            Operation::Crash { node } => self.crash(node),
            Operation::Upgrade => self.replace_nodes().await?,
            Operation::AnnounceBreak { node, starts_min, lasts_min } => {
                let errand = Errand::Announce { starts_min, lasts_min };
                self.start(node, errand, None).await?;
            }
            Operation::WithdrawBreak { node, which } => self.withdraw(node, which).await?,
            Operation::Download { node, which } => self.download(node, which).await?,
            Operation::Check { node, which } => self.check(node, which).await?,
            Operation::Import { person, fact } => self.import(person, fact).await,
            Operation::Repair => self.repair(),
            Operation::Verify => self.verify().await?,
            other => self.turn(other),
        }
        Ok(())
    }

    /// What changes in the world without anybody's errand.
    fn turn(&mut self, operation: Operation) {
        let weather = &self.ground.weather;
        let fault = |calls: u8, moment| Some(Fault { calls: calls.into(), moment });
        match operation {
            Operation::Tick { ms } => weather.clock.advance(SignedDuration::from_millis(ms)),
            Operation::SetClockWrong { node, ms } => self.node(node).clock.set_wrong_by(ms),
            Operation::Bank(mood) => weather.moods().bank = mood,
            Operation::Consents(mood) => weather.moods().consents = mood,
            Operation::Seal(mood) => weather.moods().sealer = mood,
            Operation::Stamper(mood) => weather.moods().stamper = mood,
            Operation::Store { is_down } => weather.moods().store_is_down = is_down,
            Operation::Renderer { fails } => {
                let fault = RenderError::Failed("no memory".to_owned());
                self.ground.renderer.fail(fails.then_some(fault));
            }
            Operation::Verifier { fails: true } => self.ground.verifier.go_down("ocsp_away"),
            Operation::Verifier { fails: false } => self.ground.verifier.come_up(),
            Operation::FailBefore { node, calls } => {
                self.node(node).line.arm(fault(calls, Moment::Before));
            }
            Operation::FailAfter { node, calls } => {
                self.node(node).line.arm(fault(calls, Moment::After));
            }
            Operation::Withhold { person, withheld } => {
                self.truth.lock().set_withheld(person, withheld);
            }
            _ => {}
        }
    }

    fn node(&self, node: u8) -> &Node {
        self.nodes.get(place(node)).expect("there are nodes")
    }

    async fn start(&mut self, node: u8, errand: Errand, hold: Hold) -> Result<Came, Breach> {
        self.errands += 1;
        let excused = match &errand {
            Errand::Check { .. } => true,
            Errand::Submit(attempt) => attempt.consents,
            _ => false,
        };
        if excused {
            self.truth.lock().excuse(self.errands);
        }
        let hold = hold.filter(|_| self.held.len() < HELD_MAX);
        let running = Running::new(self.errands, place(node), self.node(node), errand);
        self.go_on(running, hold).await
    }

    async fn go_on(&mut self, mut running: Running, hold: Hold) -> Result<Came, Breach> {
        match running.go_on(&self.ground.gate, hold).await {
            None => {
                self.ground.counter.count("held at", running.held_at.unwrap_or_default());
                self.held.push(running);
                Ok(Came::Held)
            }
            Some(done) => self.finish(running, done),
        }
    }

    /// Something that was held up goes on.
    pub(crate) async fn resume(&mut self, which: u8, hold: Hold) -> Result<(), Breach> {
        let Some(which) = usize::from(which).checked_rem(self.held.len()) else { return Ok(()) };
        let running = self.held.remove(which);
        self.go_on(running, hold).await.map(drop)
    }

    /// Everything a node was doing is gone, with all it had in memory.
    pub(crate) fn crash(&mut self, node: u8) {
        let node = place(node);
        let (lost, held) =
            std::mem::take(&mut self.held).into_iter().partition(|one: &Running| one.node == node);
        self.held = held;
        let lost: Vec<Running> = lost;
        for one in lost {
            self.ground.counter.count("crashed at", one.held_at.unwrap_or_default());
        }
        if let Some(node) = self.nodes.get_mut(node) {
            *node = self.ground.node(Some(node.clock.clone()));
        }
    }

    /// Each node in turn finishes what it has begun and is replaced, while the one after it works.
    async fn replace_nodes(&mut self) -> Result<(), Breach> {
        for node in 0..NODES {
            let begun = |one: &Running| one.node == place(node);
            while let Some(which) = self.held.iter().position(begun) {
                let running = self.held.remove(which);
                self.go_on(running, None).await?;
                self.look().await?;
            }
            self.crash(node);
            self.start(node + 1, Errand::Work, None).await?;
            self.look().await?;
        }
        Ok(())
    }

    /// One worker until nothing is due for it.
    pub(crate) async fn work_all(&mut self, node: u8) -> Result<(), Breach> {
        for _ in 0..JOBS_MAX {
            if self.start(node, Errand::Work, None).await? != Came::Through {
                break;
            }
            self.look().await?;
        }
        Ok(())
    }

    /// One round of a watchdog; one without fault leaves nobody untold.
    pub(crate) async fn watch(&mut self, node: u8, hold: Hold) -> Result<(), Breach> {
        if self.start(node, Errand::Watch, hold).await? == Came::Through {
            self.look().await?;
            self.require_told(node)?;
        }
        Ok(())
    }

    async fn submit(&mut self, node: u8, attempt: Attempt, hold: Hold) -> Result<(), Breach> {
        let now = self.node(node).service.now();
        let runs = |one: &&TechnicalBreak| one.starts_at <= now && now < one.ends_at;
        let in_break = self.breaks.iter().find(runs).is_some();
        let before = self.ground.counter.so_far("submissions", "new");
        let came = self.start(node, Errand::Submit(attempt), hold).await?;
        let is_new = self.ground.counter.so_far("submissions", "new") > before;
        require(
            !in_break || came == Came::Held || !is_new,
            "nothing is registered in a break",
            || now.to_string(),
        )
    }

    async fn withdraw(&mut self, node: u8, which: u8) -> Result<(), Breach> {
        let Some(which) = usize::from(which).checked_rem(self.breaks.len()) else { return Ok(()) };
        // Whether it is withdrawn is known only by the answer; from now on nothing is expected of it.
        let id = self.breaks.remove(which).id;
        self.start(node, Errand::Withdraw { id }, None).await.map(drop)
    }

    async fn download(&mut self, node: u8, which: u8) -> Result<(), Breach> {
        let mut issued = Vec::new();
        for seen in self.ledger.requests() {
            issued.extend(seen.planned.iter().zip(&seen.sealed));
        }
        let place = usize::from(which).checked_rem(issued.len());
        let Some((planned, bytes)) = place.and_then(|place| issued.get(place)) else {
            return Ok(());
        };
        let (id, holder) = (planned.id.clone(), planned.content.holder());
        let errand = Errand::Download { id, holder, bytes: (*bytes).clone() };
        self.start(node, errand, None).await.map(drop)
    }

    async fn check(&mut self, node: u8, which: u8) -> Result<(), Breach> {
        let mut certificates = Vec::new();
        for seen in self.ledger.requests().filter(|seen| !seen.is_open()) {
            let is_certificate =
                |one: &&app::PlannedResult| matches!(one.content, DocumentContent::Certificate(_));
            certificates.extend(seen.planned.iter().filter(is_certificate));
        }
        let place = usize::from(which).checked_rem(certificates.len());
        let Some(planned) = place.and_then(|place| certificates.get(place)) else {
            return Ok(());
        };
        let (number, holder) = (planned.content.number().clone(), planned.content.holder());
        self.start(node, Errand::Check { number, holder }, None).await.map(drop)
    }

    /// A department's file: what is true changes, and the registry takes its rows in.
    pub(crate) async fn import(&mut self, person: u32, fact: Fact) {
        self.truth.lock().set_fact(person, fact);
        let Some(record) = fact.record(person) else { return };
        self.imports += 1;
        let row = |ward| RegistryRow {
            guardian: record.guardian.clone(),
            accounting: record.accounting,
            ward,
            ward_birth_act: None,
        };
        let batch = ImportBatch {
            file_digest: format!("file {}", self.imports),
            entered_by: kato(),
            entered_at: self.auditor.now(),
            origin: ImportOrigin { reason: Some("as it is".to_owned()), ..ImportOrigin::default() },
            terms: ImportTerms { others: OthersRecords::Taken, ..ImportTerms::default() },
            rows: record.wards.clone().into_iter().map(row).collect(),
        };
        let outcome = self.memory.apply_import(&batch).await.expect("the registry is up");
        assert!(outcome.taken_in().is_some(), "{outcome:?}");
    }

    /// What is stored is what the journal says, and the journal is whole.
    pub(crate) async fn verify(&self) -> Result<(), Breach> {
        let registry: &dyn Registry = &*self.memory;
        let report = self.auditor.verify_integrity(registry, &[]).await.expect("the store is read");
        let fault = report.faults.first();
        require(fault.is_none(), "what is stored is what the journal says", || {
            fault.map(ToString::to_string).unwrap_or_default()
        })
    }

    /// After a round without fault: everybody whose term has passed at that node was told.
    fn require_told(&self, node: u8) -> Result<(), Breach> {
        let now = self.node(node).service.now();
        for seen in self.ledger.requests().filter(|seen| seen.is_open()) {
            let exceeded = seen.stored.clock.term_at(now) == Term::Exceeded;
            let told = self.ledger.was_told(&seen.stored.number, NoticeKind::Overdue);
            require(told || !exceeded, "who was not answered in time is told", || {
                seen.stored.number.to_string()
            })?;
        }
        Ok(())
    }
}

fn place(node: u8) -> usize {
    usize::from(node % NODES)
}
