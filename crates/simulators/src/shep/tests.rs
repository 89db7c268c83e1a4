//! The gateway tells nobody anything who is not allowed, or does not ask as the schemas say; and lies as it is told.

use std::net::SocketAddr;
use std::sync::Arc;

use domain::Iin;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;
use signature::Moment;
use signature::wss::{Soap, verify};

use super::*;
use crate::authority::{Algorithm, Authority, KeyHolder};
use crate::people::population;

const SENDER_ID: &str = "asker";
const PASSWORD: &str = "a password";
const SERVICE: &str = "A_SERVICE";

fn now() -> Timestamp {
    "2026-11-23T10:10:05Z".parse().unwrap()
}

/// The gateway, and somebody who may ask.
struct World {
    url: String,
    fault_url: String,
    asker: KeyHolder,
    stranger: KeyHolder,
    gateway: Pinned,
    known: Iin,
}

impl World {
    async fn new() -> Self {
        let random = &mut StdRng::seed_from_u64(11);
        let authority = Authority::establish(now(), random).unwrap();
        let keys = authority.issue_shep_keys(Algorithm::Gost, now(), random).unwrap();
        let mut key =
            || authority.issue_system_key("asker", "210140000016", now(), random).unwrap();
        let (asker, stranger) = (key(), key());
        let people = population(5, domain::astana_date(now()), 20).unwrap();
        let sender = Sender {
            id: SENDER_ID.to_owned(),
            password: PASSWORD.to_owned(),
            certificate: asker.certificate().to_vec(),
            service_id: SERVICE.to_owned(),
        };
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let gateway = Pinned::read(keys.certificate()).unwrap();
        let bank = Bank::new(&people.records);
        let shep = Shep::bind(anywhere, keys, sender, bank, Arc::new(now)).await.unwrap();
        let url = shep.url();
        let fault_url = url.replace("/sync", "/fault");
        tokio::spawn(shep.serve(std::future::pending()));
        let known = people.records[0].guardian.iin;
        Self { url, fault_url, asker, stranger, gateway, known }
    }

    /// A question, unsigned.
    fn question(&self, message_id: &str) -> String {
        format!(
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
             <s:SendMessage xmlns:s=\"{}\"><request><requestInfo><messageId>{message_id}</messageId>\
             <serviceId>{SERVICE}</serviceId><messageDate>{}</messageDate><sender>\
             <senderId>{SENDER_ID}</senderId><password>{PASSWORD}</password></sender></requestInfo>\
             <requestData><data><g:guardianshipsRequest xmlns:g=\"{}\"><g:guardianIin>{}\
             </g:guardianIin></g:guardianshipsRequest></data></requestData></request>\
             </s:SendMessage></soap:Body></soap:Envelope>",
            asking::CHANNEL,
            now(),
            asking::CONTRACT,
            self.known.digits(),
        )
    }

    async fn send(&self, envelope: Vec<u8>) -> (u16, String) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.post(&self.url).body(envelope).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn ask(&self, envelope: &str) -> (u16, String) {
        self.send(self.asker.sign_message(envelope, "id-1").unwrap()).await
    }
}

#[tokio::test]
async fn who_asks_as_agreed_is_answered_under_the_gateways_signature() {
    let world = World::new().await;
    let (status, answer) = world.ask(&world.question("q-1")).await;
    assert_eq!(status, 200);
    let at = Moment(now().as_second());
    let body = verify(answer.as_bytes(), Soap::V1_1, &world.gateway, at).unwrap().canonical;
    let body = String::from_utf8(body).unwrap();
    assert!(body.contains("<correlationId>q-1</correlationId>"));
    assert!(body.contains(&format!("<g:guardianIin>{}</g:guardianIin>", world.known.digits())));
    assert!(body.contains("<g:record>"));
}

#[tokio::test]
async fn who_asks_otherwise_gets_a_fault_of_the_channel() {
    let world = World::new().await;
    let refused = |(status, text): (u16, String), code: &str| {
        assert_eq!(status, 500, "{text}");
        assert!(text.contains(&format!("<errorCode>{code}</errorCode>")), "{code}: {text}");
        assert!(!text.contains("record"));
    };
    let plain = world.question("q-1");
    refused(world.send(plain.clone().into_bytes()).await, "SBF-AD-2");
    refused(world.send(world.stranger.sign_message(&plain, "id-1").unwrap()).await, "SBF-AD-2");
    let yesterday = (now() - SignedDuration::from_hours(24)).to_string();
    for (number, (from, to, code)) in [
        (PASSWORD, "another", "SBF-AD-1"),
        (SENDER_ID, "another", "SBF-AD-1"),
        (SERVICE, "ANOTHER", "SBF-AD-1"),
        (&*now().to_string(), &*yesterday, "SBF-VE-1"),
        ("<serviceId>", "<x/><serviceId>", "VAL-R-004"),
        ("g:guardianIin>", "g:iin>", "VAL-R-004"),
        (&*world.known.digits(), "12", "VAL-R-004"),
    ]
    .into_iter()
    .enumerate()
    {
        let spoilt = plain.replace(from, to).replace("q-1", &format!("spoilt-{number}"));
        refused(world.ask(&spoilt).await, code);
    }
    assert_eq!(world.ask(&plain).await.0, 200);
    refused(world.ask(&plain).await, "SBF-VE-2");
}

#[tokio::test]
async fn it_is_told_to_fail_by_name_while_it_runs() {
    let world = World::new().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let told = async |name: &'static str| {
        client.put(&world.fault_url).body(name).send().await.unwrap().status().as_u16()
    };
    assert_eq!(told("source_down").await, 204);
    assert!(world.ask(&world.question("q-1")).await.1.contains("FAULT-015"));
    assert_eq!(told("no_such_fault").await, 422);
    assert!(world.ask(&world.question("q-2")).await.1.contains("FAULT-015"));
    assert_eq!(told("").await, 204);
    assert!(world.ask(&world.question("q-3")).await.1.contains("SCSS001"));
    for fault in Fault::ALL {
        assert_eq!(Fault::named(fault.name()), Some(*fault));
    }
}
