//! What may happen, and the list of it that a seed gives. An operation names people, nodes and things by places that
//! are taken modulo what there is, so that a list stays playable when operations are left out of it.
//!
//! Knows nothing of what comes of it. Read next: `world.rs`.

use app::Ids;
use app::testing::SeededIds;

use crate::facts::{Asked, Fact};
use crate::sources::PEOPLE;
use crate::weather::Mood;

/// Nodes of the stage.
pub(crate) const NODES: u8 = 3;

/// One thing that happens. `node`, `person`, `what` and `which` are places; `hold` is where an errand is held up.
#[allow(missing_docs, reason = "the fields' names say it, and the line above")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A person has a request prepared for signing.
    Prepare { node: u8, person: u32, asked: Asked, consents: bool, hold: Hold },
    /// Somebody submits.
    Submit { node: u8, what: u8, how: Manner, hold: Hold },
    /// A worker looks for one job and does it.
    Work { node: u8, hold: Hold },
    /// A worker does all there is.
    WorkAll { node: u8 },
    /// A worker is killed in the middle of a job.
    WorkAndDie { node: u8, hold: u8 },
    /// A watchdog goes its round.
    Watch { node: u8, hold: Hold },
    /// What has expired is removed.
    Tidy { node: u8 },
    /// The journal's roots are looked after.
    Stamp { node: u8, hold: Hold },
    /// Something held up goes on.
    Resume { which: u8, hold: Hold },
    /// A node dies with all it was doing, and comes up again.
    Crash { node: u8 },
    /// All nodes are replaced, one after another, each when it has finished what it had begun.
    Upgrade,
    /// Time goes on.
    Tick { ms: i64 },
    /// A node's clock is set wrong, or right.
    SetClockWrong { node: u8, ms: i64 },
    /// The data bank changes its mood.
    Bank(Mood),
    /// The consent service changes its mood.
    Consents(Mood),
    /// The seal changes its mood.
    Seal(Mood),
    /// The time-stamping authority changes its mood.
    Stamper(Mood),
    /// Documents cannot be made, or can again.
    Renderer { fails: bool },
    /// The judge of signatures cannot tell, or can again.
    Verifier { fails: bool },
    /// The store goes down or comes up.
    Store { is_down: bool },
    /// One call of a node to the store fails before it is made.
    FailBefore { node: u8, calls: u8 },
    /// One call of a node to the store is done and its answer lost.
    FailAfter { node: u8, calls: u8 },
    /// A department's file changes what is true of a person.
    Import { person: u32, fact: Fact },
    /// The consent service learns that a person withdrew, or gave, consent.
    Withhold { person: u32, withheld: bool },
    /// A technical break is announced.
    AnnounceBreak { node: u8, starts_min: u8, lasts_min: u8 },
    /// A technical break is taken back.
    WithdrawBreak { node: u8, which: u8 },
    /// A person downloads a document.
    Download { node: u8, which: u8 },
    /// Somebody checks a certificate by its number.
    Check { node: u8, which: u8 },
    /// Everything that was out of order is in order again; what is true of people stays.
    Repair,
    /// Everything stored is compared with the journal.
    Verify,
}

/// After how many places an errand is held up; `None` for never.
pub type Hold = Option<u8>;

/// How somebody submits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// A signed document under a new key.
    Fresh,
    /// The same once more.
    Again,
    /// A document submitted before, under another key.
    OtherKey,
    /// Another body under a key used before.
    OtherBody,
    /// No signature at all under a key used before.
    Junk,
    /// Signed by somebody else.
    SomeoneElse,
    /// Signed by the applicant in somebody else's session.
    OtherSession,
    /// A signature that is not genuine.
    NotGenuine,
}

impl Operation {
    /// Stable word.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Prepare { .. } => "prepare",
            Self::Submit { .. } => "submit",
            Self::Work { .. } => "work",
            Self::WorkAll { .. } => "work all",
            Self::WorkAndDie { .. } => "work and die",
            Self::Watch { .. } => "watch",
            Self::Tidy { .. } => "tidy",
            Self::Stamp { .. } => "stamp",
            Self::Resume { .. } => "resume",
            Self::Crash { .. } => "crash",
            Self::Upgrade => "upgrade",
            Self::Tick { .. } => "tick",
            Self::SetClockWrong { .. } => "set a clock wrong",
            Self::Bank(_) => "data bank",
            Self::Consents(_) => "consents",
            Self::Seal(_) => "seal",
            Self::Stamper(_) => "time stamps",
            Self::Renderer { .. } => "renderer",
            Self::Verifier { .. } => "verifier",
            Self::Store { .. } => "store",
            Self::FailBefore { .. } => "fail before",
            Self::FailAfter { .. } => "fail after",
            Self::Import { .. } => "import",
            Self::Withhold { .. } => "withhold",
            Self::AnnounceBreak { .. } => "announce a break",
            Self::WithdrawBreak { .. } => "withdraw a break",
            Self::Download { .. } => "download",
            Self::Check { .. } => "check",
            Self::Repair => "repair",
            Self::Verify => "verify",
        }
    }
}

/// The list of a seed.
#[must_use]
pub fn operations(seed: u64, count: usize) -> Vec<Operation> {
    let mut draw = Draw { ids: SeededIds::new(seed) };
    (0..count).map(|_| draw.operation()).collect()
}

/// Draws from a seed.
struct Draw {
    ids: SeededIds,
}

impl Draw {
    /// From 0 up to, but not including.
    fn below(&mut self, end: u64) -> u64 {
        self.ids.random_u64() % end
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or_default()
    }

    fn small(&mut self, end: u64) -> u8 {
        u8::try_from(self.below(end)).unwrap_or_default()
    }

    fn between(&mut self, from: i64, to: i64) -> i64 {
        let width = u64::try_from(to - from).unwrap_or(1);
        from + i64::try_from(self.below(width)).unwrap_or_default()
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        let count = u64::try_from(choices.len()).unwrap_or(1);
        let place = usize::try_from(self.below(count)).unwrap_or_default();
        *choices.get(place).expect("the place is among the choices")
    }

    fn node(&mut self) -> u8 {
        self.small(NODES.into())
    }

    fn person(&mut self) -> u32 {
        1 + u32::try_from(self.below(PEOPLE.into())).unwrap_or_default()
    }

    fn hold(&mut self) -> Hold {
        if self.one_in(3) { Some(self.small(24)) } else { None }
    }

    /// What is out of order comes back into order sooner than it went out.
    fn mood(&mut self) -> Mood {
        self.of(&[Mood::Well, Mood::Well, Mood::Well, Mood::Well, Mood::Down, Mood::Slow])
    }

    /// Mostly moments; sometimes past a lease, past the term, or into another day.
    fn ms(&mut self) -> i64 {
        match self.below(80) {
            0..=39 => self.between(1, 3_000),
            40..=71 => self.between(3_000, 35_000),
            72..=76 => self.between(35_000, 300_000),
            77..=78 => self.between(300_000, 2_400_000),
            _ => self.between(2_400_000, 30_000_000),
        }
    }

    fn manner(&mut self) -> Manner {
        let fresh = Manner::Fresh;
        let rest = [
            Manner::Again,
            Manner::OtherKey,
            Manner::OtherBody,
            Manner::Junk,
            Manner::SomeoneElse,
            Manner::OtherSession,
            Manner::NotGenuine,
        ];
        match self.below(10) {
            0..=5 => fresh,
            6 | 7 => Manner::Again,
            _ => self.of(&rest),
        }
    }

    fn asked(&mut self) -> Asked {
        if self.one_in(2) { Asked::All } else { self.of(&Asked::ALL) }
    }

    fn operation(&mut self) -> Operation {
        let node = self.node();
        match self.below(1_000) {
            0..=149 => Operation::Prepare {
                node,
                person: self.person(),
                asked: self.asked(),
                consents: !self.one_in(8),
                hold: None,
            },
            150..=309 => {
                let (what, how) = (self.byte(), self.manner());
                Operation::Submit { node, what, how, hold: self.hold() }
            }
            310..=489 => Operation::Work { node, hold: self.hold() },
            490..=539 => Operation::WorkAll { node },
            540..=569 => Operation::WorkAndDie { node, hold: self.small(28) },
            570..=729 => Operation::Tick { ms: self.ms() },
            730..=799 => Operation::Resume { which: self.byte(), hold: self.hold() },
            800..=839 => Operation::Watch { node, hold: self.hold() },
            840..=854 => Operation::Repair,
            855..=934 => self.trouble(node),
            _ => self.daily(node),
        }
    }

    fn trouble(&mut self, node: u8) -> Operation {
        match self.below(20) {
            0..=4 => Operation::Bank(self.mood()),
            5 | 6 => Operation::Consents(self.mood()),
            7 | 8 => Operation::Seal(self.mood()),
            9 => Operation::Renderer { fails: self.one_in(3) },
            10 => Operation::Verifier { fails: self.one_in(3) },
            11 => Operation::Store { is_down: self.one_in(3) },
            12 | 13 => Operation::FailBefore { node, calls: self.small(12) },
            14..=16 => Operation::FailAfter { node, calls: self.small(12) },
            17 => Operation::Crash { node },
            18 if self.one_in(3) => Operation::Upgrade,
            18 => Operation::Stamper(self.mood()),
            // Nodes whose clocks differ by more than half a minute do not start.
            _ => Operation::SetClockWrong { node, ms: self.between(-15_000, 15_000) },
        }
    }

    fn daily(&mut self, node: u8) -> Operation {
        match self.below(24) {
            0..=5 => Operation::Import { person: self.person(), fact: self.of(&Fact::ALL) },
            6 => Operation::Withhold { person: self.person(), withheld: self.one_in(3) },
            7 | 8 => Operation::Stamp { node, hold: self.hold() },
            9 => Operation::AnnounceBreak {
                node,
                starts_min: 25 + self.small(30),
                lasts_min: self.small(15),
            },
            10 => Operation::WithdrawBreak { node, which: self.byte() },
            11..=14 => Operation::Download { node, which: self.byte() },
            15..=18 => Operation::Check { node, which: self.byte() },
            19..=22 => Operation::Tidy { node },
            _ => Operation::Verify,
        }
    }
}
