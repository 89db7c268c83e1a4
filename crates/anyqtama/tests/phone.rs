//! Telephones with real keys before the real portal: every way of the protocol, and every way in which a telephone or
//! whoever holds it fails.
//!
//! Lateness is proven where the clock can be set: `portal/tests/phone.rs`. Next: `crash_phone.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]

#[path = "installation/prepared.rs"]
mod prepared;

use std::sync::Arc;

use anyqtama::config::EgovMobileConfig;
use anyqtama::demo::prepare::Prepared;
use anyqtama::system::{SystemClock, randomness};
use anyqtama::wiring;
use app::{
    Clock, DraftOrder, Entrance, PhoneAuth, PhoneBegun, PhoneMethod, PhonePurpose, PhoneState,
    PhoneWay, Service,
};
use domain::{ConsentDecision, Consents, Iin, Language, WardsAsked};
use prepared::prepared;
use simulators::egov_mobile::{Answer, Fault, Phone, PhoneError, PhoneKey};
use tokio::net::TcpListener;

const SECRET: &str = "the browser's cookie";
const AUTHS: [PhoneAuth; 3] = [PhoneAuth::Token, PhoneAuth::Eds, PhoneAuth::None];
const METHODS: [PhoneMethod; 2] = [PhoneMethod::CmsWithData, PhoneMethod::Xml];

/// The installation, once for all ways.
struct Town {
    _root: tempfile::TempDir,
    prepared: Prepared,
    keys: Vec<PhoneKey>,
    service: Arc<Service>,
}

/// A portal that goes about it in one way, and telephones before it.
struct Site<'a> {
    town: &'a Town,
    way: PhoneWay,
    url: String,
    phone: Phone,
}

impl Town {
    async fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let nowhere = ([127, 0, 0, 1], 8080).into();
        let prepared = prepared(&root.path().join("demo"), nowhere).await;
        let store = wiring::open_migrated_store(&prepared.config).await.unwrap();
        let service = wiring::service_without_seal(&prepared.config, &store).await.unwrap();
        let pairs = prepared.people.iter().zip(&prepared.keys);
        let keys = pairs
            .map(|(person, signing)| {
                let (authority, now) = (&prepared.authority, SystemClock.now());
                let entry = authority.issue_entry_key(person, now, &mut randomness()).unwrap();
                PhoneKey { signing: signing.clone(), entry, about: person.about.clone() }
            })
            .collect();
        Self { _root: root, prepared, keys, service }
    }

    async fn site(&self, auth: PhoneAuth, method: PhoneMethod) -> Site<'_> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let mut config = self.prepared.config.clone();
        config.portal.public_url = format!("http://{host}");
        config.egov_mobile = Some(EgovMobileConfig {
            auth_type: auth,
            sign_method: method,
            ..EgovMobileConfig::default()
        });
        let config = wiring::portal_config(&config).unwrap();
        let router = portal::router(self.service.clone(), config);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let url = format!("http://{host}");
        let phone = Phone::new(vec![host], Arc::new(|| SystemClock.now())).unwrap();
        Site { town: self, way: PhoneWay { auth, method }, url, phone }
    }

    fn key(&self, slug: &str) -> &PhoneKey {
        self.keys.iter().find(|key| key.signing.slug() == slug).unwrap()
    }

    fn iin(&self, slug: &str) -> Iin {
        self.prepared.people.iter().find(|person| person.slug == slug).unwrap().iin
    }
}

impl Site<'_> {
    async fn request(&self, slug: &str) -> PhoneBegun {
        let given = ConsentDecision::Given;
        let order = DraftOrder {
            applicant: self.town.iin(slug),
            language: Language::Kk,
            wards: WardsAsked::All,
            consents: Consents { restricted_data: given, protected_secret: given },
            provider: None,
        };
        let draft = self.town.service.prepare_draft(order).await.unwrap();
        self.begin(PhonePurpose::Request(&draft)).await
    }

    async fn sign_in(&self) -> PhoneBegun {
        self.begin(PhonePurpose::SignIn(Language::Ru)).await
    }

    async fn begin(&self, purpose: PhonePurpose<'_>) -> PhoneBegun {
        self.town.service.begin_phone_signing(purpose, self.way, SECRET).await.unwrap()
    }

    async fn state(&self, begun: &PhoneBegun) -> PhoneState {
        let begun = self.town.service.phone_begun(&begun.id, SECRET).await.unwrap().unwrap();
        self.town.service.phone_state(&begun).await.unwrap()
    }

    async fn is_waiting(&self, begun: &PhoneBegun, expected: Option<&str>) -> bool {
        match self.state(begun).await {
            PhoneState::Waiting { refusal, .. } => refusal.as_deref() == expected,
            _ => false,
        }
    }

    async fn run(
        &self,
        begun: &PhoneBegun,
        slug: &str,
        fault: Option<Fault>,
    ) -> Result<Vec<Answer>, PhoneError> {
        let code = format!("mobileSign:{}/mgovSign/{}", self.url, begun.token);
        self.phone.run(&code, self.town.key(slug), fault).await
    }

    /// Statuses with their codes; a refusal before anything was sent counts too.
    async fn answered(
        &self,
        begun: &PhoneBegun,
        slug: &str,
        fault: Option<Fault>,
    ) -> Vec<(u16, Option<String>)> {
        let answers = match self.run(begun, slug, fault).await {
            Ok(answers) => answers,
            Err(PhoneError::Refused(answer)) => vec![answer],
            Err(error) => panic!("{:?} {slug} {fault:?}: {error}", self.way),
        };
        answers.into_iter().map(|answer| (answer.status, answer.code)).collect()
    }

    async fn honest(&self) {
        let begun = self.sign_in().await;
        assert_eq!(self.answered(&begun, "one_ward", None).await, [good()], "{:?}", self.way);
        assert_eq!(self.state(&begun).await, PhoneState::SignedIn);
        let came_in = self.town.service.sign_in_by_phone(&begun.id, SECRET).await.unwrap();
        let Entrance::SignedIn(came_in) = came_in else { panic!("no second step is asked for") };
        assert_eq!(came_in.session.iin, self.town.iin("one_ward"));
        let begun = self.request("one_ward").await;
        assert_eq!(self.answered(&begun, "one_ward", None).await, [good()], "{:?}", self.way);
        assert!(matches!(self.state(&begun).await, PhoneState::Registered(_)));
    }

    async fn faults(&self) {
        let refused = |code: &str| bad(403, code);
        let wrong_token = match self.way.auth {
            PhoneAuth::Token => bad(401, "phone_unauthorized"),
            PhoneAuth::Eds => refused("wrong_content"),
            PhoneAuth::None => good(),
        };
        for (fault, expected) in [
            (Fault::Cancels, vec![]),
            (Fault::BreaksOff, vec![]),
            (Fault::AltersData, vec![refused("wrong_content")]),
            (Fault::SignsWithEntryKey, vec![refused("wrong_key_usage")]),
            (Fault::WrongToken, vec![wrong_token]),
            (Fault::SendsTwice, vec![good(), good()]),
            (Fault::SendsTwiceDifferently, vec![good(), refused("phone_used")]),
        ] {
            let begun = self.request("three_wards").await;
            let told = self.answered(&begun, "three_wards", Some(fault)).await;
            assert_eq!(told, expected, "{:?} {fault:?}", self.way);
            let is_signed = expected.first() == Some(&good());
            let is_registered = matches!(self.state(&begun).await, PhoneState::Registered(_));
            assert_eq!(is_registered, is_signed, "{:?} {fault:?}", self.way);
        }
        let begun = self.sign_in().await;
        let told = self.answered(&begun, "three_wards", Some(Fault::AltersData)).await;
        assert_eq!(told, [refused("wrong_content")]);
        assert!(self.is_waiting(&begun, Some("wrong_content")).await);
        let entry = self.answered(&begun, "three_wards", Some(Fault::SignsWithEntryKey)).await;
        assert_eq!(entry, [good()], "with the key for signing in one signs in");
    }

    async fn wrong_keys(&self) {
        for (slug, code) in [
            ("revoked_key", "revoked"),
            ("expired_key", "expired"),
            ("foreign_ca", "unknown_issuer"),
            ("organisation_key", "wrong_role"),
        ] {
            let begun = self.request(slug).await;
            let told = self.answered(&begun, slug, None).await;
            assert_eq!(told, [bad(403, code)], "{:?} {slug}", self.way);
            assert!(self.is_waiting(&begun, Some(code)).await, "{:?} {slug}", self.way);
            let begun = self.sign_in().await;
            assert_eq!(self.answered(&begun, slug, None).await, [bad(403, code)], "{slug}");
        }
        let begun = self.request("spouse_wife").await;
        let told = self.answered(&begun, "spouse_husband", None).await;
        assert_eq!(told, [bad(403, "someone_elses_signature")], "{:?}", self.way);
        // Where the address had to be signed, he was not even shown the document.
        let was_shown = self.way.auth != PhoneAuth::Eds;
        let refusal = was_shown.then_some("someone_elses_signature");
        assert!(self.is_waiting(&begun, refusal).await, "{:?}", self.way);
    }
}

fn good() -> (u16, Option<String>) {
    (200, None)
}

fn bad(status: u16, code: &str) -> (u16, Option<String>) {
    (status, Some(code.to_owned()))
}

#[tokio::test]
async fn telephones_sign_in_every_way_and_fail_in_every_way() {
    let town = Town::new().await;
    for (auth, method) in AUTHS.iter().flat_map(|auth| METHODS.map(|method| (*auth, method))) {
        // One after another before a portal of its own: nobody is so fast that he meets its limits.
        town.site(auth, method).await.honest().await;
        town.site(auth, method).await.faults().await;
        town.site(auth, method).await.wrong_keys().await;
    }
    // Whom the application does not know it does not talk to.
    let site = town.site(PhoneAuth::Token, PhoneMethod::Xml).await;
    let begun = site.sign_in().await;
    let elsewhere = Phone::new(vec!["elsewhere.kz".to_owned()], Arc::new(|| SystemClock.now()));
    let code = format!("mobileSign:{}/mgovSign/{}", site.url, begun.token);
    let opened = elsewhere.unwrap().open(&code).await;
    assert!(matches!(opened, Err(PhoneError::UnknownSite)));
}
