//! The service: the ports joined, and the settings that are no law. The use cases are its methods, one file each.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Number, NumberClass, Provider, Source, WorkingDays};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::backlog::Backlog;
use crate::breaker::Breaker;
use crate::desk_work::ConflictCounts;
use crate::emails::Mail;
use crate::erasing::Retention;
use crate::one_time_password::{OneTimePasswords, SmsTexts};
use crate::ports::{
    Clock, ConsentService, DataBank, DocumentVerifier, FactsSigner, IdentityProvider, Ids,
    OtherJudge, RecordDesk, RecordFiles, Renderer, SealTerm, Sealer, SignatureVerifier, Store,
    TimeStamper,
};
use crate::providers::Providers;
use crate::seal_alarms::{SealCover, seal_covers};
use crate::statement::{Operator, StatementTexts};

/// How long a prepared request can be submitted, where nobody chose otherwise.
pub const DRAFT_LASTS: SignedDuration = SignedDuration::from_mins(30);

/// What an operator may choose. Durations are of our own making; the 30 minutes of the law are not among them.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address of the portal without a trailing slash; QR codes lead there.
    pub public_url: String,
    /// Who collects the data.
    pub operator: Operator,
    /// Length of a session.
    pub session: SignedDuration,
    /// How long a sign-in challenge is good.
    pub challenge: SignedDuration,
    /// How long somebody who has signed may take for the second step.
    pub second_step: SignedDuration,
    /// How long a prepared request can be submitted.
    pub draft: SignedDuration,
    /// How long a link to sign by telephone is good; never beyond its document's own time.
    pub phone: SignedDuration,
    /// How long a worker keeps a job without a sign of life.
    pub lease: SignedDuration,
    /// Requests that may wait for a worker before no more are prepared and registered; as many as come where nothing is set.
    pub waiting_max: Option<u64>,
    /// How long what is no evidence is kept.
    pub retention: Retention,
    /// The calendar by which terms of reviews and complaints count.
    pub working_days: Arc<WorkingDays>,
    /// Working days a reviewer has: the law was not found to say.
    pub review_days: u8,
    /// The authority for assessment and control of the quality of state services, where complaints to it are taken here.
    pub quality_control: Option<Provider>,
}

impl Settings {
    /// The settings a new installation starts with.
    #[must_use]
    pub fn new(public_url: &str, operator: Operator) -> Self {
        Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            operator,
            session: SignedDuration::from_mins(30),
            challenge: SignedDuration::from_mins(5),
            second_step: SignedDuration::from_mins(15),
            draft: DRAFT_LASTS,
            phone: SignedDuration::from_mins(10),
            lease: SignedDuration::from_secs(20),
            waiting_max: None,
            retention: Retention::default(),
            working_days: Arc::default(),
            review_days: 5,
            quality_control: None,
        }
    }
}

/// Everything a service is made of.
pub struct ServiceParts {
    /// What must survive.
    pub store: Arc<dyn Store>,
    /// The registry as officers work with it.
    pub desk: Arc<dyn RecordDesk>,
    /// Makes files of records.
    pub record_files: Arc<dyn RecordFiles>,
    /// A copy of the store that may lag behind, for checks by third parties.
    pub replica: Option<Arc<dyn Store>>,
    /// The data bank.
    pub data_bank: Arc<dyn DataBank>,
    /// Consent.
    pub consents: Arc<dyn ConsentService>,
    /// Judge of citizens' signatures.
    pub verifier: Arc<dyn SignatureVerifier>,
    /// Knows who people are, where one is configured: a second way to sign in.
    pub identity_provider: Option<Arc<dyn IdentityProvider>>,
    /// Judge of sealed documents.
    pub document_verifier: Arc<dyn DocumentVerifier>,
    /// Maker of documents.
    pub renderer: Arc<dyn Renderer>,
    /// The providers' seals.
    pub sealer: Arc<dyn Sealer>,
    /// Signs the facts of documents, where the operator demands that.
    pub facts_signer: Option<Arc<dyn FactsSigner>>,
    /// Stamps the journal's days, where such an authority is configured.
    pub time_stamper: Option<Arc<dyn TimeStamper>>,
    /// One-time passwords by SMS, where the operator offers them.
    pub one_time_passwords: Option<OneTimePasswords>,
    /// Letters, where the operator sends them.
    pub mail: Option<Mail>,
    /// From which class numbers are drawn, as the store says.
    pub number_class: NumberClass,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub ids: Arc<dyn Ids>,
    /// Providers.
    pub providers: Providers,
    /// Settings.
    pub settings: Settings,
}

/// The use cases over their ports.
pub struct Service {
    pub(crate) parts: ServiceParts,
    pub(crate) texts: StatementTexts,
    pub(crate) sms_texts: SmsTexts,
    pub(crate) work: Notify,
    pub(crate) conflict_counts: ConflictCounts,
    pub(crate) backlog: Backlog,
    breakers: Breakers,
    contacts: Mutex<Contacts>,
}

/// What this process last heard of something it depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Whether it answered when it was asked last; `None` where this process has not asked it yet.
    pub answers: Option<bool>,
    /// When it answered last.
    pub last_success_at: Option<Timestamp>,
}

/// What this process last heard of the sources and the seal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contacts {
    /// The consent service.
    pub consent: Contact,
    /// The data bank.
    pub data_bank: Contact,
    /// The providers' seals.
    pub seal: Contact,
}

impl Contact {
    fn note(&mut self, answers: bool, now: Timestamp) {
        self.answers = Some(answers);
        if answers {
            self.last_success_at = Some(now);
        }
    }
}

/// One per source.
#[derive(Default)]
struct Breakers {
    consent: Mutex<Breaker>,
    data_bank: Mutex<Breaker>,
    replica: Mutex<Breaker>,
}

impl Service {
    /// Joins the parts.
    #[must_use]
    pub fn new(parts: ServiceParts) -> Self {
        Self {
            parts,
            texts: StatementTexts::default(),
            sms_texts: SmsTexts::default(),
            work: Notify::new(),
            conflict_counts: ConflictCounts::default(),
            backlog: Backlog::default(),
            breakers: Breakers::default(),
            contacts: Mutex::default(),
        }
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// The providers.
    #[must_use]
    pub fn providers(&self) -> &Providers {
        &self.parts.providers
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.parts.settings
    }

    /// Whether the store answers and can write.
    ///
    /// # Errors
    /// [`crate::StoreError`] as the store gives it.
    pub async fn ping_store(&self) -> Result<(), crate::StoreError> {
        self.parts.store.ping().await
    }

    /// What this process last heard of the sources and the seal, without asking them.
    #[must_use]
    pub fn contacts(&self) -> Contacts {
        *self.contacts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it stands with a judge of signatures besides our own, where one is asked.
    #[must_use]
    pub fn other_judge(&self) -> Option<OtherJudge> {
        self.parts.verifier.other_judge()
    }

    /// Until when each seal can be put on, by the certificates this process has.
    #[must_use]
    pub fn seal_covers(&self) -> Vec<SealCover> {
        seal_covers(&self.seal_terms(), self.now())
    }

    /// The terms of all certificates that documents need.
    pub(crate) fn seal_terms(&self) -> Vec<SealTerm> {
        let mut terms = self.parts.sealer.terms();
        terms.extend(self.parts.facts_signer.iter().flat_map(|signer| signer.terms()));
        terms
    }

    pub(crate) fn note_source(&self, source: Source, answers: bool) {
        let now = self.now();
        let mut contacts = self.contacts.lock().unwrap_or_else(PoisonError::into_inner);
        match source {
            Source::Consent => contacts.consent.note(answers, now),
            Source::DataBank => contacts.data_bank.note(answers, now),
        }
    }

    pub(crate) fn note_seal(&self, answers: bool) {
        let now = self.now();
        let mut contacts = self.contacts.lock().unwrap_or_else(PoisonError::into_inner);
        contacts.seal.note(answers, now);
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.parts.store
    }

    pub(crate) fn after(&self, duration: SignedDuration) -> Timestamp {
        self.now().checked_add(duration).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn draw_number(&self, kind: domain::NumberKind) -> Number {
        Number::of_class(kind, self.parts.number_class, self.parts.ids.random_u64())
    }

    /// The breaker of a source.
    pub(crate) fn breaker(&self, source: Source) -> MutexGuard<'_, Breaker> {
        let breaker = match source {
            Source::Consent => &self.breakers.consent,
            Source::DataBank => &self.breakers.data_bank,
        };
        breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The breaker of the replica.
    pub(crate) fn replica_breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breakers.replica.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
