//! The messenger over the adapters of production: a gateway by HTTP that is dead, slow or refuses, beside a mail server that
//! works.

use std::sync::Arc;

use adapters::{
    HttpMobileCitizensBase, HttpSmsGateway, HttpSmsSettings, JsonServiceSettings, MailTls,
    SmtpMailer,
};
use app::testing::samples::{answered, draft, iin, moment, registration};
use app::testing::{FakeNoticeWords, FixedClock, MemoryStore, service_sending};
use app::{EmailAddresses, EmailCode, EmailTry, Mail, Messenger, OneTimePasswords, Outbox, Store};
use domain::EmailAddress;
use jiff::SignedDuration;
use simulators::sms::{GatewayFault, GatewayState, MobileBase, Phone, Phones, SmsHttpGateway};

use super::smtp::MailServer;
use super::*;

const TOKEN: &str = "a-token";
const NUMBER: &str = "+77000000042";

struct Stage {
    messenger: Messenger,
    store: Arc<MemoryStore>,
    clock: Arc<FixedClock>,
    phones: Arc<Phones>,
    gateway: Arc<GatewayState>,
}

fn service_at(url: String) -> JsonServiceSettings {
    let (token, patience) = (Some(TOKEN.to_owned()), Duration::from_millis(300));
    JsonServiceSettings { url, token, authorities: None, patience }
}

/// Somebody who has a number and left an address, with an answered request.
async fn stage(server: &MailServer, is_dead: bool) -> Stage {
    let anywhere = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let phone = Phone { iin: iin(1), name: "Үсен".to_owned(), number: Some(NUMBER.to_owned()) };
    let phones = Arc::new(Phones::new(vec![phone], Arc::new(|| moment(0))));
    let base = MobileBase::bind(anywhere, TOKEN, phones.clone()).await.unwrap();
    let sms = SmsHttpGateway::bind(anywhere, TOKEN, phones.clone()).await.unwrap();
    let (base_url, gateway) = (base.url(), sms.state());
    let url = if is_dead { "http://127.0.0.1:1/".to_owned() } else { sms.url() };
    tokio::spawn(base.serve(std::future::pending()));
    tokio::spawn(sms.serve(std::future::pending()));
    let settings = HttpSmsSettings { service: service_at(url), sender: "1414".to_owned() };
    let store = Arc::new(MemoryStore::default());
    let port: Arc<dyn Store> = store.clone();
    let draft = draft(iin(1), "challenge");
    port.put_draft(&draft).await.unwrap();
    let registration = registration(&draft, 1, "key");
    port.register(&registration).await.unwrap();
    leave_address(&store).await;
    answered(&port, &registration.number, 1).await;
    let clock = Arc::new(FixedClock::new(moment(10)));
    let passwords = OneTimePasswords {
        base: Arc::new(HttpMobileCitizensBase::new(service_at(base_url)).unwrap()),
        gateway: Arc::new(HttpSmsGateway::new(settings).unwrap()),
        requests: false,
        second_step: false,
        notices: true,
    };
    let mailer = Arc::new(SmtpMailer::new(server.settings(MailTls::None)).unwrap());
    let mail = Mail { mailer, addresses: store.clone() };
    let service = Arc::new(service_sending(port, clock.clone(), passwords, mail));
    let messenger = Messenger::new(service, store.clone(), Arc::new(FakeNoticeWords));
    Stage { messenger, store, clock, phones, gateway }
}

async fn leave_address(store: &MemoryStore) {
    let address = EmailAddress::parse("aigul@example.kz").unwrap();
    let drawn = ("id".to_owned(), "salt".to_owned(), "123456");
    let code = EmailCode::new(iin(1), address, drawn, moment(0));
    store.put_email_code(&code).await.unwrap();
    let attempt = EmailTry { iin: iin(1), digits: "123456".to_owned(), at: moment(1) };
    let action = app::AuditAction::EmailConfirmed;
    let audit = app::testing::samples::event(action, None, Some(iin(1)));
    store.try_email_code(&attempt, &audit).await.unwrap();
}

impl Stage {
    async fn ends(&self) -> Vec<(String, String)> {
        let rows = self.store.audit_from(1, 100).await.unwrap();
        let told = rows.into_iter().filter(|row| row.action.starts_with("message_"));
        told.map(|row| (row.action, row.detail)).collect()
    }

    async fn waiting(&self) -> u64 {
        self.store.outbox_standing().await.unwrap().iter().map(|one| one.waiting).sum()
    }
}

fn said(end: &str, way: &str) -> (String, String) {
    (format!("message_{end}"), format!("{way} answered"))
}

#[tokio::test]
async fn a_gateway_that_is_slow_or_broken_delays_no_letter_and_gets_its_message_when_it_is_back() {
    let Some(mut server) = MailServer::start("plain", "").await else { return };
    let slow = GatewayFault::Slow(Duration::from_secs(30));
    for fault in [slow, GatewayFault::ServerError, GatewayFault::TooMany] {
        let stage = stage(&server, false).await;
        stage.gateway.fail(Some(fault));
        stage.messenger.work().await.unwrap();
        assert_eq!(server.told().await["to"], json!(["aigul@example.kz"]), "{fault:?}");
        assert_eq!(stage.ends().await, [said("taken", "email")], "{fault:?}");
        assert_eq!((stage.waiting().await, stage.phones.received(NUMBER).len()), (1, 0));
        stage.gateway.fail(None);
        stage.clock.advance(SignedDuration::from_mins(1));
        stage.messenger.work().await.unwrap();
        assert_eq!(stage.ends().await, [said("taken", "email"), said("taken", "sms")]);
        assert_eq!((stage.waiting().await, stage.phones.received(NUMBER).len()), (0, 1));
    }
}

#[tokio::test]
async fn a_gateway_that_refuses_ends_the_message_and_a_dead_one_holds_up_nothing_else() {
    let Some(mut server) = MailServer::start("plain", "").await else { return };
    let stage = stage(&server, false).await;
    stage.gateway.fail(Some(GatewayFault::RefuseNumber));
    stage.messenger.work().await.unwrap();
    assert_eq!(stage.ends().await, [said("refused", "sms"), said("taken", "email")]);
    server.told().await;
    let stage = self::stage(&server, true).await;
    // As it runs: both ways at once, until it is told to end.
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let ending = async {
        let _ = stopped.await;
    };
    let working = stage.messenger.run_until(ending);
    let watching = async {
        assert_eq!(server.told().await["to"], json!(["aigul@example.kz"]));
        stop.send(()).unwrap();
    };
    tokio::join!(working, watching);
    assert_eq!((stage.ends().await, stage.waiting().await), (vec![said("taken", "email")], 1));
}
