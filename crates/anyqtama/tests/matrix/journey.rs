//! The whole way of one request over the API, and what it came to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::testing::{
    FakeConsents, FakeDocumentVerifier, FakeRecordFiles, FakeRenderer, FakeSealer, FakeVerifier,
    FixedClock, MemoryStore, SeededIds, samples,
};
use app::{DataBank, Operator, Providers, Reply, Service, ServiceParts, Settings, Worker};
use async_trait::async_trait;
use axum_test::TestServer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{DocumentContent, GuardianRecord, Iin, NumberClass, WardsAsked};
use portal::PortalConfig;
use serde_json::{Value, json};

use crate::cases::Case;
use crate::{Cell, NOW, Said, in_order, word_of};

const URL: &str = "http://127.0.0.1:8080";
const TOKEN: &str = "a-token-of-the-configuration";

/// What a person got, and whether the data bank was asked about him.
#[derive(Debug, PartialEq, Eq)]
pub struct Answered {
    word: String,
    bank_was_asked: bool,
}

impl Answered {
    /// What the matrix says. Without consent the data bank is not asked (Law 94-V, Article 8).
    pub fn of(cell: &Cell) -> Self {
        Self { word: cell.expected.clone(), bank_was_asked: cell.said.is_given() }
    }
}

/// A data bank that keeps count of the questions.
struct Counted {
    bank: Arc<dyn DataBank>,
    asked: AtomicUsize,
}

#[async_trait]
impl DataBank for Counted {
    async fn guardian(&self, iin: Iin) -> Reply<GuardianRecord> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.bank.guardian(iin).await
    }
}

/// An installation with one person in it.
struct Installation {
    server: TestServer,
    worker: Worker,
    bank: Arc<Counted>,
}

impl Installation {
    fn over(bank: Arc<dyn DataBank>, said: &Said) -> Self {
        let bank = Arc::new(Counted { bank, asked: AtomicUsize::new(0) });
        let consents = FakeConsents::default();
        consents.answer(said.service.clone());
        let provider = samples::provider();
        let operator = Operator { name: provider.name.clone(), bin: provider.bin };
        let store = Arc::new(MemoryStore::default());
        let service = Arc::new(Service::new(ServiceParts {
            store: store.clone(),
            desk: store,
            record_files: Arc::new(FakeRecordFiles),
            replica: None,
            data_bank: bank.clone(),
            consents: Arc::new(consents),
            verifier: Arc::new(FakeVerifier::default()),
            identity_provider: None,
            document_verifier: Arc::new(FakeDocumentVerifier),
            renderer: Arc::new(FakeRenderer::default()),
            sealer: Arc::new(FakeSealer::default()),
            facts_signer: None,
            time_stamper: None,
            one_time_passwords: None,
            number_class: NumberClass::FIRST,
            clock: Arc::new(FixedClock::new(NOW.parse().unwrap())),
            ids: Arc::new(SeededIds::new(1)),
            providers: Providers::new(vec![provider], &samples::kato()).unwrap(),
            settings: Settings::new(URL, operator),
        }));
        let config = PortalConfig {
            public_url: URL.to_owned(),
            ncalayer_url: "wss://127.0.0.1:13579/".to_owned(),
            egov_mobile: None,
            api_token: Some(TOKEN.to_owned()),
            monitoring: None,
            contact_centre_token: None,
            facts_schema: "{}".to_owned(),
            identity_provider: None,
            staff: None,
            notice: None,
        };
        let server = TestServer::new(portal::router(service.clone(), config));
        Self { server, worker: Worker::new(service), bank }
    }

    async fn prepared(&self, case: &Case, said: &Said) -> Vec<u8> {
        let wards = match &case.asked {
            WardsAsked::All => json!("all"),
            WardsAsked::Named(named) => named.iter().map(|iin| json!(iin.digits())).collect(),
        };
        let consents = json!({
            "restricted_data": said.restricted_data,
            "protected_secret": said.protected_secret
        });
        let order = json!({
            "applicant_iin": case.applicant.digits(),
            "language": "kk",
            "wards": wards,
            "consents": consents
        });
        let drafts = self.server.post("/api/v1/drafts").authorization_bearer(TOKEN);
        let draft: Value = drafts.json(&order).await.json();
        STANDARD.decode(draft["document"].as_str().unwrap()).unwrap()
    }

    async fn submitted(&self, cms: &[u8]) -> Value {
        let body = json!({ "signed_request": STANDARD.encode(cms) });
        let request = self.server.post("/api/v1/requests").authorization_bearer(TOKEN);
        request.add_header("idempotency-key", "key").json(&body).await.json()
    }

    async fn read(&self, address: &str) -> Value {
        self.server.get(address).authorization_bearer(TOKEN).await.json()
    }

    async fn document(&self, address: &str) -> DocumentContent {
        let document = self.server.get(address).authorization_bearer(TOKEN).await;
        let text = document.text();
        let facts = text.lines().find(|line| line.starts_with('{')).unwrap();
        serde_json::from_str(facts).unwrap()
    }

    async fn word(&self, case: &Case, said: &Said) -> String {
        let document = self.prepared(case, said).await;
        let submitted = self.submitted(&FakeVerifier::sign(case.applicant, &document)).await;
        if submitted["code"] == "ward_not_found_for_applicant" {
            return "told".to_owned();
        }
        let address = submitted["links"]["self"].as_str().unwrap();
        while self.worker.work_once().await.unwrap() {}
        let request = self.read(address).await;
        if request["state"] == "checking" {
            assert_eq!(request["results"], json!([]));
            return "waits".to_owned();
        }
        let mut words = Vec::new();
        for result in request["results"].as_array().unwrap() {
            words.push(word_of(&self.document(result["document"].as_str().unwrap()).await));
        }
        in_order(words.into_iter())
    }
}

/// Takes a case the whole way.
pub async fn walk(bank: Arc<dyn DataBank>, case: &Case, said: &Said) -> Answered {
    let installation = Installation::over(bank, said);
    let word = installation.word(case, said).await;
    let bank_was_asked = installation.bank.asked.load(Ordering::Relaxed) > 0;
    Answered { word, bank_was_asked }
}
