//! The whole way of one request over the API, and what it came to.
//!
//! What a person says of his consent is said as it is in production: in the document he signs, to 1414 behind the gateway
//! before he signs it, or by withdrawing it from a registered request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use adapters::SignedConsent;
use app::testing::{
    FakeDocumentVerifier, FakeRecordFiles, FakeRenderer, FakeSealer, FakeVerifier, MemoryStore,
    SeededIds, samples,
};
use app::{
    AccessProof, Channel, ConsentService, DataBank, Operator, Providers, Reply, Service,
    ServiceParts, Settings, Worker,
};
use async_trait::async_trait;
use axum_test::TestServer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{DocumentContent, GuardianRecord, Iin, Number, NumberClass, WardsAsked};
use jiff::SignedDuration;
use portal::PortalConfig;
use serde_json::{Value, json};
use simulators::shep::{Fault, Manner};

use crate::cases::Case;
use crate::sources::BehindShep;
use crate::{Behind, Cell, NOW, Said, in_order, word_of};

const URL: &str = "http://127.0.0.1:8080";
const TOKEN: &str = "a-token-of-the-configuration";

/// What a person got, and whether the data bank was asked about him for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Answered {
    pub word: String,
    bank_was_asked: bool,
}

impl Answered {
    /// What the matrix says. Without consent, or where none is left, the data bank is not asked (Law 94-V, Article 8).
    pub fn of(cell: &Cell) -> Self {
        let stands = cell.said.restricted_data && cell.said.behind == Behind::Nothing;
        let bank_was_asked = stands || cell.expected == "told";
        Self { word: cell.expected.clone(), bank_was_asked }
    }
}

/// What 1414 brought before registration, and the answer, where the person goes on to one.
#[derive(Debug, PartialEq, Eq)]
pub struct ByTelephone {
    pub word: String,
    pub answered: Option<Answered>,
}

/// What stands around one person.
pub struct Around<'a> {
    pub bank: Arc<dyn DataBank>,
    /// Where 1414 is, and perhaps the data bank too.
    pub gateway: &'a BehindShep,
    /// How that gateway fails once he has answered 1414.
    pub fault: Option<Fault>,
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

    async fn guardian_by(&self, iin: Iin, proof: &AccessProof) -> Reply<GuardianRecord> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.bank.guardian_by(iin, proof).await
    }
}

/// An installation with one person in it.
struct Installation {
    server: TestServer,
    worker: Worker,
    bank: Arc<Counted>,
    service: Arc<Service>,
}

impl Installation {
    fn over(around: &Around<'_>, consents: Arc<dyn ConsentService>) -> Self {
        let bank = Arc::new(Counted { bank: around.bank.clone(), asked: AtomicUsize::new(0) });
        let provider = samples::provider();
        let operator = Operator { name: provider.name.clone(), bin: provider.bin };
        let store = Arc::new(MemoryStore::default());
        let service = Arc::new(Service::new(ServiceParts {
            store: store.clone(),
            desk: store,
            record_files: Arc::new(FakeRecordFiles),
            replica: None,
            data_bank: bank.clone(),
            consents,
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
            clock: around.gateway.clock.clone(),
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
            security_contact: None,
            limit_key: None,
        };
        let server = TestServer::new(portal::router(service.clone(), config));
        Self { server, worker: Worker::new(service.clone()), bank, service }
    }

    fn questions(&self) -> usize {
        self.bank.asked.load(Ordering::Relaxed)
    }

    async fn prepared(&self, case: &Case, said: &Said) -> Prepared {
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
        Prepared {
            document: STANDARD.decode(draft["document"].as_str().unwrap()).unwrap(),
            challenge: draft["challenge"].as_str().unwrap().to_owned(),
        }
    }

    /// Until nothing is waited for any more that could come by itself.
    async fn ask_by_telephone(&self, prepared: &Prepared) {
        let address = format!("/api/v1/drafts/{}/consent", prepared.challenge);
        let asked = self.server.post(&address).authorization_bearer(TOKEN).await;
        let mut asked: Value = asked.json();
        while asked["state"] == "asked" {
            tokio::time::sleep(Duration::from_millis(20)).await;
            asked = self.read(&address).await;
        }
    }

    async fn sent(&self, case: &Case, prepared: &Prepared) -> Value {
        self.submitted(&FakeVerifier::sign(case.applicant, &prepared.document)).await
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

    /// What becomes of a submission.
    async fn answered(
        &self,
        case: &Case,
        around: &Around<'_>,
        (submitted, behind): (&Value, Behind),
    ) -> (Answered, Vec<DocumentContent>) {
        if submitted["code"] == "ward_not_found_for_applicant" {
            assert_eq!(self.registered(case).await, 0);
            let bank_was_asked = self.questions() > 0;
            return (Answered { word: "told".to_owned(), bank_was_asked }, Vec::new());
        }
        let before = self.questions();
        let number = Number::parse(submitted["number"].as_str().unwrap()).unwrap();
        match behind {
            Behind::Nothing => self.work().await,
            Behind::Withdrawn => {
                let withdrawn =
                    self.service.withdraw_consent(&number, case.applicant, Channel::Api).await;
                withdrawn.unwrap();
                self.work().await;
            }
            Behind::Ended => {
                around.gateway.gateway.fail(Some(Fault::SourceDown));
                let asked = around.gateway.gateway.asked();
                // Longer than what 1414 gave is good, and than a person is left alone; then while he is asked anew.
                for minutes in [31, 1, 1] {
                    around.gateway.clock.advance(SignedDuration::from_mins(minutes));
                    self.work().await;
                }
                assert!(around.gateway.gateway.asked() > asked, "he is asked anew, in vain");
            }
        }
        let documents = self.documents(submitted["links"]["self"].as_str().unwrap(), behind).await;
        let word = match documents.as_slice() {
            [] => "waits".to_owned(),
            documents => in_order(documents.iter().map(word_of)),
        };
        (Answered { word, bank_was_asked: self.questions() > before }, documents)
    }

    async fn work(&self) {
        while self.worker.work_once().await.unwrap() {}
    }

    async fn registered(&self, case: &Case) -> usize {
        self.service.requests_of(case.applicant, None).await.unwrap().len()
    }

    /// None while it waits.
    async fn documents(&self, address: &str, behind: Behind) -> Vec<DocumentContent> {
        let request = self.read(address).await;
        if request["state"] == "checking" {
            assert_eq!(request["results"], json!([]));
            let waits_for_consent = request["sub_state"] == "waiting_for_consent";
            assert_eq!(waits_for_consent, behind == Behind::Ended, "{request}");
            return Vec::new();
        }
        let mut documents = Vec::new();
        for result in request["results"].as_array().unwrap() {
            documents.push(self.document(result["document"].as_str().unwrap()).await);
        }
        documents
    }
}

/// A document to be signed.
struct Prepared {
    document: Vec<u8>,
    challenge: String,
}

/// Takes a case the whole way.
pub async fn walk(around: &Around<'_>, case: &Case, said: &Said) -> Answered {
    walk_to_documents(around, case, said).await.0
}

/// The same, with the documents.
pub async fn walk_to_documents(
    around: &Around<'_>,
    case: &Case,
    said: &Said,
) -> (Answered, Vec<DocumentContent>) {
    let consents: Arc<dyn ConsentService> = match said.behind {
        Behind::Ended => around.gateway.control(),
        Behind::Nothing | Behind::Withdrawn => Arc::new(SignedConsent),
    };
    let installation = Installation::over(around, consents);
    let gateway = &around.gateway.gateway;
    around.gateway.clock.set(NOW.parse().unwrap());
    let prepared = installation.prepared(case, said).await;
    gateway.want_proof(said.behind == Behind::Ended);
    if said.behind == Behind::Ended {
        gateway.person(case.applicant, Manner::Gives);
        gateway.fail(None);
        installation.ask_by_telephone(&prepared).await;
    }
    gateway.fail(around.fault);
    let submitted = installation.sent(case, &prepared).await;
    installation.answered(case, around, (&submitted, said.behind)).await
}

/// Takes a case the whole way where 1414 is asked first. Whoever insists signs another document.
pub async fn walk_by_telephone(
    around: &Around<'_>,
    case: &Case,
    (said, goes_on_as): (&str, Option<&Said>),
) -> ByTelephone {
    let installation = Installation::over(around, around.gateway.control());
    let gateway = &around.gateway.gateway;
    around.gateway.clock.set(NOW.parse().unwrap());
    gateway.want_proof(true);
    let (manner, fault) = match said {
        "given" => (Manner::Gives, None),
        "refused" => (Manner::Refuses, None),
        "no answer" => (Manner::NeverAnswered, None),
        "unreachable" => (Manner::Gives, Some(Fault::HangsUp)),
        unknown => panic!("nobody says {unknown} to 1414"),
    };
    gateway.person(case.applicant, manner);
    gateway.fail(fault);
    let prepared = installation.prepared(case, &Said::of("given")).await;
    installation.ask_by_telephone(&prepared).await;
    gateway.fail(around.fault);
    let mut submitted = installation.sent(case, &prepared).await;
    let code = submitted["code"].as_str().unwrap_or_default().to_owned();
    let is_about_consent = code.starts_with("consent_");
    if is_about_consent {
        assert_eq!(
            (installation.registered(case).await, installation.questions()),
            (0, 0),
            "{code}"
        );
    }
    let word = if is_about_consent { code } else { "given".to_owned() };
    let Some(goes_on_as) = goes_on_as else { return ByTelephone { word, answered: None } };
    if is_about_consent {
        let prepared = installation.prepared(case, goes_on_as).await;
        submitted = installation.sent(case, &prepared).await;
    }
    let (answered, _) = installation.answered(case, around, (&submitted, Behind::Nothing)).await;
    ByTelephone { word, answered: Some(answered) }
}
