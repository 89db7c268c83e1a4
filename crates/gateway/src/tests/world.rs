//! A service over ports in memory, the gateway and the portal beside it, and the channel between them.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use adapters::shep::{AsyncChannel, ShepSettings};
use app::testing::samples::{guardian_record, iin, kato, provider};
use app::testing::{
    FakeConsents, FakeDataBank, FakeDocumentVerifier, FakeRecordFiles, FakeRenderer, FakeSealer,
    FakeVerifier, FixedClock, MemoryStore, SeededIds,
};
use app::{
    Clock, ExternalId, Operator, PortalDesk, Providers, Service, ServiceParts, Settings, Worker,
};
use domain::Iin;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;
use simulators::authority::{Algorithm, Authority, KeyHolder};
use simulators::egov_portal::{
    DraftAnswer, DraftAsk, EgovPortal as Simulated, Portal, PortalRequest, SERVICE_TYPE,
    ServiceBehind, Told,
};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{EgovPortal, Gateway, Poll, ShepPortalLine, router};

const PASSWORD: &str = "a password";

/// Made once for all worlds of a process: keys cost more than everything else.
static AUTHORITY: LazyLock<Authority> =
    LazyLock::new(|| Authority::establish(now(), &mut random()).unwrap());
static OURS: LazyLock<KeyHolder> = LazyLock::new(|| {
    AUTHORITY.issue_system_key("anyqtama", "210140000016", now(), &mut random()).unwrap()
});

fn random() -> StdRng {
    StdRng::seed_from_u64(7)
}

pub fn now() -> Timestamp {
    "2026-11-23T10:10:05Z".parse().unwrap()
}

pub struct World {
    pub clock: Arc<FixedClock>,
    pub store: Arc<MemoryStore>,
    pub bank: Arc<FakeDataBank>,
    pub verifier: Arc<FakeVerifier>,
    pub consents: Arc<FakeConsents>,
    pub service: Arc<Service>,
    pub worker: Worker,
    pub desk: Arc<PortalDesk>,
    pub portal: Arc<Portal>,
    pub poll: Poll,
    /// Where we are called.
    pub url: String,
    _folder: TempDir,
}

impl World {
    pub async fn new() -> Self {
        Self::of(Algorithm::Rsa).await
    }

    /// The gateway's keys; ours are RSA.
    pub async fn of(algorithm: Algorithm) -> Self {
        let keys = AUTHORITY.issue_shep_keys(algorithm, now(), &mut random()).unwrap();
        let ours = &*OURS;
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path
        };
        let clock = Arc::new(FixedClock::new(now()));
        let behind = ServiceBehind {
            id: "anyqtama".to_owned(),
            password: PASSWORD.to_owned(),
            certificate: ours.certificate().to_vec(),
            draft_service: "DRAFT".to_owned(),
            state_service: "STATE".to_owned(),
            request_service: "REQUEST_FORM_IMPORT".to_owned(),
        };
        let ticking = Arc::clone(&clock);
        let anywhere = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let ticking = Arc::new(move || ticking.now());
        let gateway_certificates = vec![file("gateway.cer", keys.certificate())];
        let simulated = Simulated::bind(anywhere, keys, behind, ticking).await.unwrap();
        let settings = ShepSettings {
            url: simulated.url(),
            sender_id: "anyqtama".to_owned(),
            password: Some(PASSWORD.to_owned()),
            key_file: file("ours.key", ours.key_pem().unwrap().as_bytes()),
            certificate_file: file("ours.pem", ours.to_pem().unwrap().as_bytes()),
            gateway_certificates,
            authorities: None,
            patience: Duration::from_secs(2),
            freshness: SignedDuration::from_mins(5),
        };
        let portal = simulated.portal();
        tokio::spawn(simulated.serve(std::future::pending()));
        Self::over(&settings, clock, portal, folder).await
    }

    async fn over(
        settings: &ShepSettings,
        clock: Arc<FixedClock>,
        portal: Arc<Portal>,
        folder: TempDir,
    ) -> Self {
        let store = Arc::new(MemoryStore::default());
        let bank = Arc::new(FakeDataBank::default());
        let verifier = Arc::new(FakeVerifier::default());
        let consents = Arc::new(FakeConsents::default());
        let own = provider();
        let operator = Operator { name: own.name.clone(), bin: own.bin };
        let service = Arc::new(Service::new(ServiceParts {
            store: store.clone(),
            desk: store.clone(),
            record_files: Arc::new(FakeRecordFiles),
            replica: None,
            data_bank: bank.clone(),
            consents: consents.clone(),
            verifier: verifier.clone(),
            identity_provider: None,
            document_verifier: Arc::new(FakeDocumentVerifier),
            renderer: Arc::new(FakeRenderer::default()),
            sealer: Arc::new(FakeSealer::default()),
            facts_signer: None,
            time_stamper: None,
            one_time_passwords: None,
            mail: None,
            number_class: domain::NumberClass::FIRST,
            clock: clock.clone(),
            ids: Arc::new(SeededIds::new(1)),
            providers: Providers::new(vec![own], &kato()).unwrap(),
            settings: Settings {
                waiting_max: Some(3),
                ..Settings::new("https://anyqtama.example", operator)
            },
        }));
        let ids = Arc::new(SeededIds::new(2));
        let channel =
            AsyncChannel::new(settings, "REQUEST_FORM_IMPORT", None, clock.clone(), ids).unwrap();
        let channel = Arc::new(channel);
        let line = Arc::new(ShepPortalLine::new(Arc::clone(&channel)));
        let desk = Arc::new(PortalDesk::new(service.clone(), store.clone(), line));
        let expected = EgovPortal {
            sender_id: simulators::egov_portal::PORTAL.to_owned(),
            draft_service: "DRAFT".to_owned(),
            state_service: "STATE".to_owned(),
            service_type: SERVICE_TYPE.to_owned(),
            provider_bins: vec![provider().bin.digits()],
            request_age: SignedDuration::from_hours(24),
            poll: Some(Duration::from_secs(1)),
        };
        let gateway = Arc::new(Gateway::new(desk.clone(), channel, expected));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (poll, serving) = (Poll::new(gateway.clone()), router(gateway));
        tokio::spawn(async move { axum::serve(listener, serving).await.unwrap() });
        let worker = Worker::new(service.clone());
        Self {
            clock,
            store,
            bank,
            verifier,
            consents,
            service,
            worker,
            desk,
            portal,
            poll,
            url,
            _folder: folder,
        }
    }

    /// A person the bank knows as guardian of one child.
    pub fn guardian(&self) -> Iin {
        self.bank.know(guardian_record(iin(1), &["w1"]));
        iin(1)
    }

    /// What he is to sign, by the portal.
    pub async fn prepared(&self, person: Iin, wards: &[Iin], consent: bool) -> Vec<u8> {
        let ask = ask(person, wards, consent);
        match self.portal.ask_draft(&self.url, &ask, None).await.unwrap() {
            DraftAnswer::Document(document) => document,
            DraftAnswer::Fault(code) => panic!("{code}"),
        }
    }

    /// A request he signed.
    pub async fn request(&self, id: u64, person: Iin) -> PortalRequest {
        let document = self.prepared(person, &[], true).await;
        signed(id, person, FakeVerifier::sign(person, &document))
    }

    pub async fn work(&self) {
        while self.worker.work_once().await.unwrap() {}
    }

    /// One turn, and as many as there are at this moment.
    pub async fn tell(&self) {
        while self.desk.work_once().await.unwrap() {}
    }

    /// Until everything is told, though some tries come to nothing.
    pub async fn tell_in_time(&self) {
        for _ in 0..4 {
            self.tell().await;
            self.work().await;
            self.clock.advance(SignedDuration::from_secs(40));
        }
    }

    pub fn states(&self) -> Vec<String> {
        self.portal.told().iter().map(|told| told.state.clone()).collect()
    }

    pub fn last(&self) -> Told {
        self.portal.told().last().unwrap().clone()
    }

    pub async fn requests(&self, person: Iin) -> usize {
        self.service.requests_of(person, None).await.unwrap().len()
    }
}

pub fn ask(person: Iin, wards: &[Iin], consent: bool) -> DraftAsk {
    DraftAsk {
        iin: person.digits(),
        language: "kk",
        wards: wards.iter().map(Iin::digits).collect(),
        restricted_data: consent,
        protected_secret: true,
    }
}

pub fn external(id: u64) -> ExternalId {
    ExternalId::parse(&format!("1010{id:010}")).unwrap()
}

pub fn signed(id: u64, person: Iin, signature: Vec<u8>) -> PortalRequest {
    PortalRequest {
        external_id: external(id).as_str().to_owned(),
        iin: person.digits(),
        provider_bin: provider().bin.digits(),
        signature,
    }
}
