//! The data bank and the consent service of the stage. They remember what they truly said, and to whom: that is what
//! a decision is held against.
//!
//! Know no store. Read next: `decisions.rs` for the comparison.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::testing::samples::iin;
use app::{ConsentService, DataBank, Reply};
use async_trait::async_trait;
use domain::{Answer, ConsentDecision, Consents, ElectronicRequest, GuardianRecord, Iin};

use crate::breach::Breach;
use crate::coverage::Counter;
use crate::facts::Fact;
use crate::gate::Gate;
use crate::weather::{Mood, Weather};

/// People of the stage, from 1.
pub(crate) const PEOPLE: u32 = 24;

/// What is true, and what was told of it.
#[derive(Clone)]
pub(crate) struct Truth {
    inner: Arc<Mutex<Told>>,
    pub(crate) gate: Gate,
    pub(crate) weather: Weather,
    pub(crate) counter: Counter,
}

/// Everything told since a person's present request was registered.
#[derive(Default)]
pub(crate) struct Told {
    facts: BTreeMap<u32, Fact>,
    withheld: BTreeSet<u32>,
    told_facts: BTreeMap<u32, BTreeSet<Fact>>,
    told_consents: BTreeMap<u32, Vec<Answer<Consents>>>,
    /// Errands that asked about consent and were told that it is given, with the person.
    consented: BTreeSet<(u64, u32)>,
    /// Errands that need no consent of a request: a certificate is compared, or the draft itself has it.
    excused: BTreeSet<u64>,
    breach: Option<Breach>,
}

impl Truth {
    pub(crate) fn new(gate: Gate, weather: Weather, counter: Counter) -> Self {
        Self { inner: Arc::default(), gate, weather, counter }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Told> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    pub(crate) fn set_fact(&mut self, person: u32, fact: Fact) {
        self.facts.insert(person, fact);
    }

    pub(crate) fn fact(&self, person: u32) -> Fact {
        self.facts.get(&person).copied().unwrap_or(Fact::OneWard)
    }

    /// The consent service has another answer than the request.
    pub(crate) fn set_withheld(&mut self, person: u32, withheld: bool) {
        if withheld {
            self.withheld.insert(person);
        } else {
            self.withheld.remove(&person);
        }
    }

    pub(crate) fn excuse(&mut self, errand: u64) {
        self.excused.insert(errand);
    }

    /// A new request: what was told before is no ground for its answer.
    pub(crate) fn begin(&mut self, person: u32) {
        self.told_facts.remove(&person);
        self.told_consents.remove(&person);
    }

    /// The fact the bank truly told of, if this is its record.
    pub(crate) fn told(&self, person: u32, answer: &Answer<GuardianRecord>) -> Option<Fact> {
        let record = match answer {
            Answer::Known(record) => Some(record),
            Answer::Absent => None,
            Answer::Unavailable => return None,
        };
        let told = self.told_facts.get(&person)?;
        told.iter().copied().find(|fact| fact.record(person).as_ref() == record)
    }

    pub(crate) fn told_consent(&self, person: u32, answer: &Answer<Consents>) -> bool {
        self.told_consents.get(&person).is_some_and(|told| told.contains(answer))
    }

    pub(crate) fn breach(&mut self) -> Option<Breach> {
        self.breach.take()
    }
}

/// The number of a person on the stage.
pub(crate) fn person_of(applicant: Iin) -> Option<u32> {
    (1..=PEOPLE).find(|person| iin(*person) == applicant)
}

/// The data bank.
pub(crate) struct Bank(pub(crate) Truth);

#[async_trait]
impl DataBank for Bank {
    async fn guardian(&self, applicant: Iin) -> Reply<GuardianRecord> {
        let Self(truth) = self;
        let person = person_of(applicant).expect("only people of the stage are asked about");
        let (errand, mood) = (truth.gate.errand(), truth.weather.moods().bank);
        {
            let mut told = truth.lock();
            if !told.excused.contains(&errand) && !told.consented.contains(&(errand, person)) {
                told.breach = Some(Breach::of(
                    "without consent the data bank is not asked",
                    format!("person {person}"),
                ));
            }
        }
        let fact = truth.lock().fact(person);
        match mood {
            Mood::Well => {}
            Mood::Down => {
                truth.counter.count("data bank", "unavailable");
                return Reply::Silent;
            }
            // The answer is as old as the question.
            Mood::Slow => truth.gate.stop("data bank").await,
        }
        truth.counter.count("data bank", fact.code());
        truth.lock().told_facts.entry(person).or_default().insert(fact);
        fact.record(person).map_or(Reply::Absent, Reply::Known)
    }
}

/// The consent service.
pub(crate) struct Consenting(pub(crate) Truth);

#[async_trait]
impl ConsentService for Consenting {
    async fn consents(&self, request: &ElectronicRequest) -> Answer<Consents> {
        let Self(truth) = self;
        let person = person_of(request.applicant).expect("only people of the stage ask");
        let (errand, mood) = (truth.gate.errand(), truth.weather.moods().consents);
        let withheld = truth.lock().withheld.contains(&person);
        match mood {
            Mood::Well => {}
            Mood::Down => {
                truth.counter.count("consent", "unavailable");
                return Answer::Unavailable;
            }
            Mood::Slow => truth.gate.stop("consent").await,
        }
        let refused = ConsentDecision::Refused;
        let answer = match (withheld, person % 2) {
            (false, _) => Answer::Known(request.consents),
            (true, 0) => Answer::Known(Consents { restricted_data: refused, ..request.consents }),
            (true, _) => Answer::Absent,
        };
        let mut told = truth.lock();
        let is_given = is_given(&answer);
        truth.counter.count("consent", if is_given { "given" } else { "withheld" });
        if is_given {
            told.consented.insert((errand, person));
        }
        told.told_consents.entry(person).or_default().push(answer.clone());
        answer
    }
}

/// Whether Article 8 is fulfilled by an answer.
pub(crate) fn is_given(answer: &Answer<Consents>) -> bool {
    match answer {
        Answer::Known(consents) => consents.restricted_data.is_given(),
        Answer::Absent | Answer::Unavailable => false,
    }
}
