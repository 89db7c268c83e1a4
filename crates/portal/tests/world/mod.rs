//! A portal over in-memory ports, for stories and for looking at its pages.

#[cfg(test)]
pub mod browser;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::testing::samples::{self, guardian_record, iin, moment};
use app::testing::{
    FakeConsents, FakeDataBank, FakeDocumentVerifier, FakeFiles, FakeMailer,
    FakeMobileCitizensBase, FakePasskeys, FakeRecordFiles, FakeRenderer, FakeSealer,
    FakeSmsGateway, FakeStaffList, FakeVerifier, FixedClock, Intercepted, Interceptor, MemoryStore,
    SeededIds,
};
use app::{
    Actor, Erasures, IdentityProvider, Mail, OneTimePasswords, Operator, PhoneAuth, PhoneMethod,
    Providers, RequestErasure, Service, ServiceParts, Settings, Staff, StaffParts, Store,
    StoreError, Worker,
};
use domain::Iin;
use portal::{EgovMobile, Notice, PortalConfig};

/// The portal's ports and the worker behind it.
pub struct World {
    pub service: Arc<Service>,
    pub worker: Worker,
    pub clock: Arc<FixedClock>,
    pub bank: Arc<FakeDataBank>,
    pub consents: Arc<FakeConsents>,
    pub verifier: Arc<FakeVerifier>,
    pub sealer: Arc<FakeSealer>,
    pub store_line: StoreLine,
    pub numbers: Arc<FakeMobileCitizensBase>,
    pub gateway: Arc<FakeSmsGateway>,
    pub mailer: Arc<FakeMailer>,
    store: Arc<MemoryStore>,
}

/// The way to the store, which can be cut.
#[derive(Clone, Default)]
pub struct StoreLine(Arc<AtomicBool>);

impl StoreLine {
    pub fn cut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Interceptor for StoreLine {
    fn before(&self, _: &'static str) -> Result<(), StoreError> {
        let is_cut = self.0.load(Ordering::SeqCst);
        if is_cut { Err(StoreError::Unavailable("the line is cut".into())) } else { Ok(()) }
    }

    fn after(&self, _: &'static str) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The API's secret in these stories.
pub const TOKEN: &str = "a-token-of-the-configuration";

/// The contact centre's secret in these stories.
pub const CONTACT_CENTRE_TOKEN: &str = "a-token-of-the-contact-centre";

impl World {
    /// Without one-time passwords.
    pub fn new(public_url: &str) -> Self {
        Self::made(public_url, None, None, |_| {})
    }

    /// Where complaints to the authority of quality control are taken, too.
    #[cfg(test)]
    pub fn with_quality_control(public_url: &str) -> Self {
        Self::made(public_url, None, None, |settings| {
            settings.quality_control = Some(samples::provider());
        })
    }

    /// Where no more are registered while so many wait.
    #[cfg(test)]
    pub fn with_room_for(public_url: &str, waiting_max: u64) -> Self {
        Self::made(public_url, None, None, |settings| settings.waiting_max = Some(waiting_max))
    }

    /// The same with a second way to sign in.
    #[cfg(test)]
    pub fn with_identity_provider(
        public_url: &str,
        identity_provider: Arc<dyn IdentityProvider>,
    ) -> Self {
        Self::made(public_url, Some(identity_provider), None, |_| {})
    }

    /// What is stored, past the line.
    #[cfg(test)]
    pub fn store(&self) -> &MemoryStore {
        &self.store
    }

    /// The same, for another service over it.
    #[cfg(test)]
    pub fn memory(&self) -> Arc<MemoryStore> {
        self.store.clone()
    }

    /// The officers' use cases over what is stored: of the usual department, and of one elsewhere.
    pub fn staff(&self, officers: Arc<FakeStaffList>) -> Arc<Staff> {
        let kato = domain::Kato::parse("750000000").unwrap();
        let far = domain::Provider { kato, bin: self.far_bin(), ..samples::provider() };
        let providers = Providers::new(vec![samples::provider(), far], &samples::kato()).unwrap();
        let staff = Staff::new(StaffParts {
            store: self.store.clone(),
            office: self.store.clone(),
            registry: self.store.clone(),
            files: Arc::new(FakeFiles),
            people: officers,
            verifier: self.verifier.clone(),
            clock: self.clock.clone(),
            ids: Arc::new(SeededIds::new(9)),
            providers,
            public_url: self.service.settings().public_url.clone(),
        });
        Arc::new(staff.with_passkeys(Some(Arc::new(FakePasskeys::default()))))
    }

    /// BIN of the department elsewhere.
    pub fn far_bin(&self) -> domain::Bin {
        domain::Bin::parse("210140000026").unwrap()
    }

    /// With one-time passwords, and with the second step of signing in or not.
    pub fn with_passwords(public_url: &str, second_step: bool) -> Self {
        Self::made(public_url, None, Some(second_step), |_| {})
    }

    fn made(
        public_url: &str,
        identity_provider: Option<Arc<dyn IdentityProvider>>,
        offer: Option<bool>,
        set: impl FnOnce(&mut Settings),
    ) -> Self {
        let numbers = Arc::new(FakeMobileCitizensBase::default());
        let gateway = Arc::new(FakeSmsGateway::default());
        let mailer = Arc::new(FakeMailer::default());
        let clock = Arc::new(FixedClock::new(moment(0)));
        let bank = Arc::new(FakeDataBank::default());
        let consents = Arc::new(FakeConsents::default());
        let store = Arc::new(MemoryStore::default());
        let store_line = StoreLine::default();
        let verifier = Arc::new(FakeVerifier::default());
        let sealer = Arc::new(FakeSealer::default());
        let provider = samples::provider();
        let operator = Operator { name: provider.name.clone(), bin: provider.bin };
        let mut settings = Settings::new(public_url, operator);
        set(&mut settings);
        let one_time_passwords = offer.map(|second_step| OneTimePasswords {
            base: numbers.clone(),
            gateway: gateway.clone(),
            requests: true,
            second_step,
            notices: true,
        });
        let service = Arc::new(Service::new(ServiceParts {
            store: Arc::new(Intercepted::new(store.clone(), store_line.clone())),
            desk: store.clone(),
            record_files: Arc::new(FakeRecordFiles),
            replica: None,
            data_bank: bank.clone(),
            consents: consents.clone(),
            verifier: verifier.clone(),
            identity_provider,
            document_verifier: Arc::new(FakeDocumentVerifier),
            renderer: Arc::new(FakeRenderer::default()),
            sealer: sealer.clone(),
            facts_signer: None,
            time_stamper: None,
            one_time_passwords,
            mail: Some(Mail { mailer: mailer.clone(), addresses: store.clone() }),
            number_class: domain::NumberClass::FIRST,
            clock: clock.clone(),
            ids: Arc::new(SeededIds::new(1)),
            providers: Providers::new(vec![provider], &samples::kato()).unwrap(),
            settings,
        }));
        let worker = Worker::new(service.clone());
        Self {
            service,
            worker,
            clock,
            bank,
            consents,
            verifier,
            sealer,
            store_line,
            store,
            numbers,
            gateway,
            mailer,
        }
    }

    pub fn config(public_url: &str) -> PortalConfig {
        PortalConfig {
            public_url: public_url.to_owned(),
            ncalayer_url: "wss://127.0.0.1:13579/".to_owned(),
            egov_mobile: Some(EgovMobile {
                auth: PhoneAuth::Token,
                method: PhoneMethod::CmsWithData,
                link_url: "https://m.egov.kz/mobileSign".to_owned(),
            }),
            api_token: Some(TOKEN.to_owned()),
            monitoring: None,
            contact_centre_token: Some(CONTACT_CENTRE_TOKEN.to_owned()),
            facts_schema: r#"{"$id":"urn:anyqtama:facts:v1"}"#.to_owned(),
            identity_provider: None,
            staff: None,
            notice: None,
            security_contact: None,
            limit_key: None,
        }
    }

    /// The same with a notice on top of each page.
    pub fn with_notice(config: PortalConfig) -> PortalConfig {
        let notice = Notice {
            kk: "Көрсетілім: деректердің бәрі ойдан шығарылған.".to_owned(),
            ru: "Демонстрация: все данные вымышлены.".to_owned(),
            en: "Demonstration: all data are invented.".to_owned(),
            link: Some("http://127.0.0.1:13580/".to_owned()),
        };
        PortalConfig { notice: Some(notice), ..config }
    }

    /// A person the bank knows as guardian of one child.
    pub fn guardian(&self) -> Iin {
        let person = iin(1);
        self.bank.know(guardian_record(person, &["w1"]));
        person
    }

    /// Erases every answered request, as if its time were over.
    pub async fn erase_requests(&self) {
        let numbers = self.store.numbers_after(None, 100).await.unwrap();
        let (before, at) = (moment(60 * 86_400), moment(100 * 86_400));
        let erasure = RequestErasure { numbers, before, at, actor: Actor::System };
        assert!(self.store.erase_requests(&erasure).await.unwrap() > 0);
    }

    /// Removes what has expired, as the watchdog does.
    pub async fn expire(&self) {
        self.store.remove_expired(self.service.now()).await.unwrap();
    }

    /// Does everything that is due.
    pub async fn work(&self) {
        while self.worker.work_once().await.unwrap() {}
    }
}
