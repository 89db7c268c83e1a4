//! Signing by telephone, with the process killed round every durable step of it: what the telephone sends again comes
//! right, and a request is registered once.
//!
//! Next: `phone.rs` for what telephones do, `crash_commands.rs` for signing in otherwise.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]
#![cfg(feature = "fault-injection")]

mod installation;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyqtama::config::Config;
use anyqtama::system::randomness;
use anyqtama::wiring;
use app::{
    DraftOrder, PhoneAuth, PhoneBegun, PhoneMethod, PhonePurpose, PhoneState, PhoneWay, Service,
};
use domain::{ConsentDecision, Consents, Language, WardsAsked};
use installation::durable::{BY_TELEPHONE, around};
use installation::{CRASH_AT, Installation, Node, free_port, now};
use simulators::authority::PersonKey;
use simulators::egov_mobile::{Answer, Fault, Phone, PhoneError, PhoneKey};
use simulators::people::DemoPerson;

const SECRET: &str = "the browser's cookie";

#[tokio::test]
async fn on_sqlite_a_crash_amid_a_signature_by_telephone_loses_and_doubles_nothing() {
    Drill::on(Installation::on_sqlite().await).run().await;
}

#[tokio::test]
async fn on_postgres_a_crash_amid_a_signature_by_telephone_loses_and_doubles_nothing() {
    let server = throwaway_postgres::Cluster::start(throwaway_postgres::Settings::durable());
    let server = server.unwrap();
    server.create_database("telephone").unwrap();
    Drill::on(Installation::on_postgres(&server.url("telephone")).await).run().await;
}

struct Drill {
    installation: Installation,
    /// Points at which a process died.
    died: BTreeSet<String>,
}

impl Drill {
    fn on(installation: Installation) -> Self {
        Self { installation, died: BTreeSet::new() }
    }

    async fn run(mut self) {
        let people: Vec<_> = self.installation.granted().take(4).cloned().collect();
        for (when, people) in ["before", "after"].into_iter().zip(people.chunks(2)) {
            self.begun(when).await;
            self.signed(when, &people[0]).await;
            self.refused(when, &people[1]).await;
        }
        self.installation.assert_integrity();
        assert_eq!(self.died, around(&BY_TELEPHONE));
    }

    /// A node whose address is that of its portal, as the telephone wants it.
    async fn node(&self, crash_at: Option<&str>) -> Node {
        let port = free_port();
        let url = format!("http://127.0.0.1:{port}");
        let config = self.installation.config("telephone", port, |config| {
            config.portal.public_url = url;
        });
        let faults: Vec<_> = crash_at.map(|point| (CRASH_AT, point)).into_iter().collect();
        let mut node = self.installation.start(&config, port, &faults);
        node.wait_until_it_answers().await;
        node
    }

    async fn died_at(&mut self, node: &mut Node, point: String) {
        node.assert_killed_itself(&point).await;
        self.died.insert(point);
    }

    /// A code is asked for, and the process dies round keeping it: the next one is as good.
    async fn begun(&mut self, when: &str) {
        let point = format!("{when}:put_phone_signing");
        let mut node = self.node(Some(&point)).await;
        let client = reqwest::Client::builder().no_proxy().cookie_store(true).build().unwrap();
        let page = client.get(format!("{}/kk/sign-in", node.portal)).send().await.unwrap();
        let html = page.text().await.unwrap();
        let field = |name: &str| {
            let (_, rest) = html.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
            rest.split_once('"').unwrap().0.to_owned()
        };
        let form = [("token", field("token")), ("challenge", field("challenge"))];
        let begin = client.post(format!("{}/kk/sign-in/phone", node.portal)).form(&form);
        assert!(begin.send().await.is_err(), "{point}");
        self.died_at(&mut node, point).await;
        let node = self.node(None).await;
        let begin = client.post(format!("{}/kk/sign-in/phone", node.portal)).form(&form);
        let again = begin.send().await.unwrap();
        assert_eq!(again.status(), 200);
        assert!(again.text().await.unwrap().contains("class=\"qr\""));
        node.end_gracefully().await;
    }

    /// The process dies round accepting the signature of a request, which is registered by then.
    async fn signed(&mut self, when: &str, (person, key): &(DemoPerson, PersonKey)) {
        let point = format!("{when}:accept_phone_signature");
        let mut node = self.node(Some(&point)).await;
        let (service, begun) = self.invited(person).await;
        let held = Held::of(&node, key, &self.installation, person);
        assert!(held.run(&begun, None).await.is_err(), "{point}");
        self.died_at(&mut node, point.clone()).await;
        let PhoneState::Registered(number) = state(&service, &begun).await else {
            panic!("{point}: not registered")
        };
        // Within the same second the telephone would make the very same bytes, which are taken again and not refused.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let node = self.node(None).await;
        let held = Held::of(&node, key, &self.installation, person);
        match held.run(&begun, None).await {
            // Its invitation is used up: the telephone is told so.
            Err(PhoneError::Refused(Answer { status: 410, .. })) if when == "after" => {}
            // Signed anew, it is another signature over the same request.
            Ok(answers) if when == "before" => assert_eq!(answers[0].status, 403, "{answers:?}"),
            other => panic!("{point}: {other:?}"),
        }
        assert_eq!(state(&service, &begun).await, PhoneState::Registered(number));
        let requests = service.requests_of(person.iin, None).await.unwrap();
        assert_eq!(requests.len(), 1, "{point}");
        node.end_gracefully().await;
    }

    /// The process dies round noting down why a signature was refused: nothing was registered, and a good one comes right.
    async fn refused(&mut self, when: &str, (person, key): &(DemoPerson, PersonKey)) {
        let point = format!("{when}:refuse_phone_signature");
        let mut node = self.node(Some(&point)).await;
        let (service, begun) = self.invited(person).await;
        let held = Held::of(&node, key, &self.installation, person);
        assert!(held.run(&begun, Some(Fault::AltersData)).await.is_err(), "{point}");
        self.died_at(&mut node, point.clone()).await;
        let PhoneState::Waiting { refusal, .. } = state(&service, &begun).await else {
            panic!("{point}: registered")
        };
        assert_eq!(refusal.is_some(), when == "after", "{point}");
        let node = self.node(None).await;
        let held = Held::of(&node, key, &self.installation, person);
        assert_eq!(held.run(&begun, None).await.unwrap()[0].status, 200, "{point}");
        assert!(matches!(state(&service, &begun).await, PhoneState::Registered(_)));
        node.end_gracefully().await;
    }

    /// A request that waits for its signature by telephone, made past all nodes.
    async fn invited(&self, person: &DemoPerson) -> (Arc<Service>, PhoneBegun) {
        let path = self.installation.config("look", free_port(), |_| {});
        let config = Config::load(&path).unwrap();
        let open = wiring::open_store(&config).await.unwrap();
        let service = wiring::service_without_seal(&config, &open).await.unwrap();
        let given = ConsentDecision::Given;
        let order = DraftOrder {
            applicant: person.iin,
            language: Language::Kk,
            wards: WardsAsked::All,
            consents: Consents { restricted_data: given, protected_secret: given },
            provider: None,
        };
        let draft = service.prepare_draft(order).await.unwrap();
        let way = PhoneWay { auth: PhoneAuth::Token, method: PhoneMethod::CmsWithData };
        let purpose = PhonePurpose::Request(&draft);
        let begun = service.begin_phone_signing(purpose, way, SECRET).await.unwrap();
        (service, begun)
    }
}

async fn state(service: &Service, begun: &PhoneBegun) -> PhoneState {
    let begun = service.phone_begun(&begun.id, SECRET).await.unwrap().unwrap();
    service.phone_state(&begun).await.unwrap()
}

/// Somebody's telephone before a node.
struct Held {
    phone: Phone,
    key: PhoneKey,
    portal: String,
}

impl Held {
    fn of(node: &Node, key: &PersonKey, all: &Installation, person: &DemoPerson) -> Self {
        let entry = all.authority.issue_entry_key(person, now(), &mut randomness()).unwrap();
        let key = PhoneKey { signing: key.clone(), entry, about: person.about.clone() };
        let known = vec![node.portal.trim_start_matches("http://").to_owned()];
        let phone = Phone::new(known, Arc::new(now)).unwrap();
        Self { phone, key, portal: node.portal.clone() }
    }

    async fn run(
        &self,
        begun: &PhoneBegun,
        fault: Option<Fault>,
    ) -> Result<Vec<Answer>, PhoneError> {
        let code = format!("mobileSign:{}/mgovSign/{}", self.portal, begun.token);
        self.phone.run(&code, &self.key, fault).await
    }
}
