//! A service over a store under test, with everything else made up.

use std::sync::Arc;

use domain::NumberClass;

use super::fakes::{
    FakeConsents, FakeDataBank, FakeDocumentVerifier, FakeRenderer, FakeSealer, FakeVerifier,
    FixedClock, SeededIds,
};
use super::fakes_of_records::FakeRecordFiles;
use super::memory_store::MemoryStore;
use super::samples::{kato, moment, provider};
use crate::emails::Mail;
use crate::one_time_password::OneTimePasswords;
use crate::ports::Store;
use crate::providers::Providers;
use crate::service::{Service, ServiceParts, Settings};
use crate::statement::Operator;

/// To replay and to verify what a store has.
#[must_use]
pub fn service_over(store: Arc<dyn Store>) -> Service {
    service_with(store, Providers::new(vec![provider()], &kato()).unwrap())
}

/// The same with other providers.
#[must_use]
pub fn service_with(store: Arc<dyn Store>, providers: Providers) -> Service {
    Service::new(parts(store, providers))
}

/// The same with a clock and ways to send messages.
#[must_use]
pub fn service_sending(
    store: Arc<dyn Store>,
    clock: Arc<FixedClock>,
    passwords: OneTimePasswords,
    mail: Mail,
) -> Service {
    let parts = parts(store, Providers::new(vec![provider()], &kato()).unwrap());
    let (one_time_passwords, mail) = (Some(passwords), Some(mail));
    Service::new(ServiceParts { clock, one_time_passwords, mail, ..parts })
}

fn parts(store: Arc<dyn Store>, providers: Providers) -> ServiceParts {
    let provider = provider();
    let operator = Operator { name: provider.name.clone(), bin: provider.bin };
    ServiceParts {
        store,
        desk: Arc::new(MemoryStore::default()),
        record_files: Arc::new(FakeRecordFiles),
        replica: None,
        data_bank: Arc::new(FakeDataBank::default()),
        consents: Arc::new(FakeConsents::default()),
        verifier: Arc::new(FakeVerifier::default()),
        identity_provider: None,
        document_verifier: Arc::new(FakeDocumentVerifier),
        renderer: Arc::new(FakeRenderer::default()),
        sealer: Arc::new(FakeSealer::default()),
        facts_signer: None,
        time_stamper: None,
        one_time_passwords: None,
        mail: None,
        number_class: NumberClass::FIRST,
        clock: Arc::new(FixedClock::new(moment(3_600))),
        ids: Arc::new(SeededIds::new(1)),
        providers,
        settings: Settings::new("https://anyqtama.example", operator),
    }
}
