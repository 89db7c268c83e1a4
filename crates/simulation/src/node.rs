//! A node: a service of its own over the common store, with its own breakers, a clock that may be wrong, and a way
//! to the store that may fail before a call or after it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::testing::{
    FakeDocumentVerifier, FakeRecordFiles, FakeRenderer, FakeVerifier, Intercepted, Interceptor,
    Moment, samples,
};
use app::{
    ConsentService, DataBank, Ids, Operator, Providers, RecordDesk, Sealer, Service, ServiceParts,
    Settings, Store, StoreError,
};
use async_trait::async_trait;

use crate::coverage::Counter;
use crate::documents::Stamper;
use crate::gate::Gate;
use crate::weather::{NodeClock, Weather};

/// What every node stands on.
pub(crate) struct Ground {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) desk: Arc<dyn RecordDesk>,
    pub(crate) data_bank: Arc<dyn DataBank>,
    pub(crate) consents: Arc<dyn ConsentService>,
    pub(crate) sealer: Arc<dyn Sealer>,
    pub(crate) renderer: Arc<FakeRenderer>,
    pub(crate) verifier: Arc<FakeVerifier>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) gate: Gate,
    pub(crate) weather: Weather,
    pub(crate) counter: Counter,
}

/// A node.
pub(crate) struct Node {
    pub(crate) service: Arc<Service>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: NodeClock,
    pub(crate) line: Line,
}

/// A node's way to the store.
#[derive(Clone)]
pub(crate) struct Line {
    gate: Gate,
    weather: Weather,
    counter: Counter,
    fault: Arc<Mutex<Option<Fault>>>,
}

/// Fails once, after so many calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) calls: u32,
    pub(crate) moment: Moment,
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, Option<Fault>> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn arm(&self, fault: Option<Fault>) {
        *self.lock() = fault;
    }

    fn strikes(&self, moment: Moment) -> bool {
        let mut fault = self.lock();
        match fault.as_mut().filter(|fault| fault.moment == moment) {
            None => false,
            Some(Fault { calls: 0, .. }) => {
                *fault = None;
                true
            }
            Some(fault) => {
                fault.calls -= 1;
                false
            }
        }
    }
}

fn gone(why: &'static str) -> StoreError {
    StoreError::Unavailable(why.into())
}

#[async_trait]
impl Interceptor for Line {
    fn before(&self, _: &'static str) -> Result<(), StoreError> {
        let is_down = self.weather.moods().store_is_down;
        if is_down {
            self.counter.count("store", "down");
            return Err(gone("the store is down"));
        }
        if self.strikes(Moment::Before) {
            self.counter.count("store", "failed before a call");
            return Err(gone("the call did not arrive"));
        }
        Ok(())
    }

    fn after(&self, call: &'static str) -> Result<(), StoreError> {
        if self.strikes(Moment::After) {
            self.counter.count("store", "failed after a call");
            self.counter.count("unheard", call);
            return Err(gone("the answer did not arrive"));
        }
        Ok(())
    }

    async fn hold(&self, _: Moment, call: &'static str) {
        self.gate.pass(call).await;
    }

    fn outcome(&self, call: &'static str, error: Option<&StoreError>) {
        let name = match error {
            None => return self.counter.count("store calls", call),
            Some(StoreError::Stale) => "stale",
            Some(StoreError::LeaseLost) => "lease lost",
            Some(StoreError::AlreadyUsed) => "already used",
            Some(StoreError::NumberTaken) => "number taken",
            Some(StoreError::Unavailable(_)) => "unavailable of itself",
            Some(StoreError::Corrupt(_)) => "corrupt",
        };
        self.counter.count("store", name);
    }
}

impl Ground {
    /// A node as it comes up; its clock goes on as it was where it had one.
    pub(crate) fn node(&self, clock: Option<NodeClock>) -> Node {
        let clock = clock.unwrap_or_else(|| NodeClock::new(self.weather.clock.clone()));
        let line = Line {
            gate: self.gate.clone(),
            weather: self.weather.clone(),
            counter: self.counter.clone(),
            fault: Arc::default(),
        };
        let store: Arc<dyn Store> =
            Arc::new(Intercepted::new(Arc::clone(&self.store), line.clone()));
        let service = self.service(Arc::clone(&store), &clock);
        Node { service, store, clock, line }
    }

    /// A service that reaches the store without fault, for those who audit.
    pub(crate) fn auditor(&self) -> Arc<Service> {
        self.service(Arc::clone(&self.store), &NodeClock::new(self.weather.clock.clone()))
    }

    fn service(&self, store: Arc<dyn Store>, clock: &NodeClock) -> Arc<Service> {
        let provider = samples::provider();
        let operator = Operator { name: provider.name.clone(), bin: provider.bin };
        let stamper = Stamper { weather: self.weather.clone(), gate: self.gate.clone() };
        Arc::new(Service::new(ServiceParts {
            store,
            desk: self.desk.clone(),
            record_files: Arc::new(FakeRecordFiles),
            replica: None,
            data_bank: Arc::clone(&self.data_bank),
            consents: Arc::clone(&self.consents),
            verifier: self.verifier.clone(),
            identity_provider: None,
            document_verifier: Arc::new(FakeDocumentVerifier),
            renderer: self.renderer.clone(),
            sealer: Arc::clone(&self.sealer),
            facts_signer: None,
            time_stamper: Some(Arc::new(stamper)),
            one_time_passwords: None,
            mail: None,
            number_class: domain::NumberClass::FIRST,
            clock: Arc::new(clock.clone()),
            ids: Arc::clone(&self.ids),
            providers: Providers::new(vec![provider], &samples::kato()).expect("one provider"),
            settings: Settings::new("https://anyqtama.example", operator),
        }))
    }
}
