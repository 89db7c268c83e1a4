//! Short messages and the base of mobile citizens against their simulators, in every way these can fail.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it is broken"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use adapters::{
    HttpMobileCitizensBase, HttpSmsGateway, HttpSmsSettings, JsonServiceSettings, SmppGateway,
    SmppSettings, SmppSetupError,
};
use app::testing::samples::{iin, moment};
use app::{MobileCitizensBase, SmsFault, SmsGateway};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Answer, PhoneNumber};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use simulators::authority::LoopbackCertificate;
use simulators::ncalayer::tls;
use simulators::sms::{
    BaseFault, BaseState, GatewayFault, GatewayState, MobileBase, Phone, Phones, SmsHttpGateway,
    Smsc, SmscFault, SmscHandle,
};

const NUMBER: &str = "+77000000042";
const TOKEN: &str = "a-token";
const PATIENCE: Duration = Duration::from_millis(800);

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn number() -> PhoneNumber {
    PhoneNumber::parse(NUMBER).unwrap()
}

fn phones() -> Arc<Phones> {
    let phone = |person, number: Option<&str>| Phone {
        iin: iin(person),
        name: "Үсен".to_owned(),
        number: number.map(str::to_owned),
    };
    let all = vec![phone(1, Some(NUMBER)), phone(2, None)];
    Arc::new(Phones::new(all, Arc::new(|| moment(0))))
}

async fn smsc(phones: &Arc<Phones>) -> (String, SmscHandle) {
    let smsc = Smsc::bind(anywhere(), ("anyqtama", "secret"), phones.clone()).await.unwrap();
    let (address, handle) = (smsc.address().to_string(), smsc.handle());
    tokio::spawn(smsc.serve(std::future::pending()));
    (address, handle)
}

fn settings(addresses: Vec<String>) -> SmppSettings {
    SmppSettings {
        addresses,
        system_id: "anyqtama".to_owned(),
        password: "secret".to_owned(),
        sender: "1414".to_owned(),
        patience: PATIENCE,
        keep_alive: Duration::from_secs(30),
    }
}

fn is_unreachable(outcome: &Result<(), SmsFault>) -> bool {
    matches!(outcome, Err(SmsFault::Unreachable(_)))
}

#[tokio::test]
async fn messages_of_any_length_reach_the_telephone_over_one_connection() {
    let phones = phones();
    let (address, smsc) = smsc(&phones).await;
    let gateway = SmppGateway::new(settings(vec![address])).unwrap();
    let long = format!("{} 😀 #123456", "Қысқа емес хабарлама – ұзын. ".repeat(12));
    for text in ["Һәкім: 123456", &long] {
        gateway.send(&number(), text).await.unwrap();
        let received = phones.received(NUMBER);
        assert_eq!((received[0].text.as_str(), received[0].from.as_str()), (text, "1414"));
    }
    assert_eq!(smsc.binds(), 1);
}

#[tokio::test]
async fn whatever_the_smsc_says_is_told_apart_and_it_is_found_again_afterwards() {
    let phones = phones();
    let (address, smsc) = smsc(&phones).await;
    let gateway = SmppGateway::new(settings(vec![address])).unwrap();
    gateway.send(&number(), "before").await.unwrap();
    for (fault, expected) in [
        (SmscFault::Throttle, Err(SmsFault::TryLater)),
        (SmscFault::QueueFull, Err(SmsFault::TryLater)),
        (SmscFault::RefuseNumber, Err(SmsFault::NumberRefused)),
    ] {
        smsc.fail(Some(fault));
        assert_eq!(gateway.send(&number(), "text").await, expected, "{fault:?}");
    }
    for fault in [SmscFault::SystemError, SmscFault::Drop, SmscFault::Silent] {
        smsc.fail(Some(fault));
        let outcome = gateway.send(&number(), "text").await;
        assert!(is_unreachable(&outcome), "{fault:?}: {outcome:?}");
        smsc.fail(None);
        gateway.send(&number(), "behind it").await.unwrap();
    }
    assert_eq!(phones.received(NUMBER).len(), 1 + 3, "nothing was sent twice");
}

#[tokio::test]
async fn who_may_not_bind_or_finds_nobody_sends_nothing_and_the_next_address_is_tried() {
    let phones = phones();
    let (address, smsc) = smsc(&phones).await;
    for fault in [SmscFault::Down, SmscFault::RefuseBind, SmscFault::Silent] {
        smsc.fail(Some(fault));
        let gateway = SmppGateway::new(settings(vec![address.clone()])).unwrap();
        assert!(is_unreachable(&gateway.send(&number(), "text").await), "{fault:?}");
        let (second, _) = self::smsc(&phones).await;
        let gateway = SmppGateway::new(settings(vec![address.clone(), second])).unwrap();
        gateway.send(&number(), "by the second").await.unwrap();
    }
    smsc.fail(None);
    let wrong = SmppSettings { password: "wrong".to_owned(), ..settings(vec![address]) };
    let outcome = SmppGateway::new(wrong).unwrap().send(&number(), "text").await;
    assert!(is_unreachable(&outcome), "{outcome:?}");
    let closed = SmppGateway::new(settings(vec!["127.0.0.1:1".to_owned()])).unwrap();
    assert!(is_unreachable(&closed.send(&number(), "text").await));
    assert_eq!(phones.received(NUMBER).len(), 3);
}

#[tokio::test]
async fn a_silent_connection_is_asked_whether_it_is_there_and_replaced_when_it_is_not() {
    let phones = phones();
    let (address, smsc) = smsc(&phones).await;
    let keep_alive = Duration::from_millis(100);
    let settings = SmppSettings { keep_alive, ..settings(vec![address]) };
    let gateway = SmppGateway::new(settings).unwrap();
    gateway.send(&number(), "first").await.unwrap();
    let asked = async {
        while smsc.enquired() < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), asked).await.unwrap();
    assert_eq!(smsc.binds(), 1);
    smsc.fail(Some(SmscFault::Silent));
    tokio::time::sleep(keep_alive * 2 + PATIENCE * 2).await;
    smsc.fail(None);
    gateway.send(&number(), "second").await.unwrap();
    assert_eq!((smsc.binds(), phones.received(NUMBER).len()), (2, 2));
}

#[tokio::test]
async fn many_send_at_once_and_share_the_connection() {
    let phones = phones();
    let (address, smsc) = smsc(&phones).await;
    let gateway = Arc::new(SmppGateway::new(settings(vec![address])).unwrap());
    let sends = (0..50).map(|index| {
        let gateway = gateway.clone();
        tokio::spawn(async move { gateway.send(&number(), &format!("text {index}")).await })
    });
    for send in sends.collect::<Vec<_>>() {
        send.await.unwrap().unwrap();
    }
    assert_eq!((smsc.binds(), smsc.submitted(), phones.received(NUMBER).len()), (1, 50, 50));
}

#[tokio::test]
async fn who_waits_for_a_connection_in_vain_waits_no_longer_than_one_of_them() {
    // It takes connections and never says a word.
    let silent = tokio::net::TcpListener::bind(anywhere()).await.unwrap();
    let gateway = SmppGateway::new(settings(vec![silent.local_addr().unwrap().to_string()]));
    let gateway = Arc::new(gateway.unwrap());
    let began = std::time::Instant::now();
    let sends = (0..20).map(|_| {
        let gateway = gateway.clone();
        tokio::spawn(async move { gateway.send(&number(), "text").await })
    });
    for send in sends.collect::<Vec<_>>() {
        assert!(is_unreachable(&send.await.unwrap()));
    }
    assert!(began.elapsed() < PATIENCE * 3, "{:?}", began.elapsed());
    // Whoever comes later tries anew.
    drop(silent);
    let again = gateway.send(&number(), "text").await;
    assert!(matches!(&again, Err(SmsFault::Unreachable(why)) if why.contains("no connection")));
}

#[test]
fn what_smpp_has_no_room_for_is_refused_before_anybody_waits() {
    let of = |change: fn(&mut SmppSettings)| {
        let mut settings = settings(vec!["127.0.0.1:2775".to_owned()]);
        change(&mut settings);
        SmppGateway::new(settings).err()
    };
    assert!(of(|_| {}).is_none());
    assert!(matches!(of(|one| one.addresses.clear()), Some(SmppSetupError::NoAddress)));
    let changes: [fn(&mut SmppSettings); 4] = [
        |one| one.password = "nine_long".to_owned(),
        |one| one.system_id = "sixteen_letters_".to_owned(),
        |one| one.sender = String::new(),
        |one| one.sender = "Анықтама".to_owned(),
    ];
    for change in changes {
        assert!(matches!(of(change), Some(SmppSetupError::Name(_))));
    }
}

async fn http_gateway(phones: &Arc<Phones>) -> (String, Arc<GatewayState>) {
    let gateway = SmsHttpGateway::bind(anywhere(), TOKEN, phones.clone()).await.unwrap();
    let (url, state) = (gateway.url(), gateway.state());
    tokio::spawn(gateway.serve(std::future::pending()));
    (url, state)
}

fn at(url: &str, token: &str, authorities: Option<&str>) -> JsonServiceSettings {
    JsonServiceSettings {
        url: url.to_owned(),
        token: Some(token.to_owned()),
        authorities: authorities.map(|pem| pem.as_bytes().to_vec()),
        patience: PATIENCE,
    }
}

fn by_http(url: &str, token: &str) -> HttpSmsGateway {
    let service = at(url, token, None);
    HttpSmsGateway::new(HttpSmsSettings { service, sender: "Anyqtama".to_owned() }).unwrap()
}

#[tokio::test]
async fn a_gateway_over_http_takes_messages_and_its_faults_are_told_apart() {
    let phones = phones();
    let (url, state) = http_gateway(&phones).await;
    let gateway = by_http(&url, TOKEN);
    gateway.send(&number(), "Һәкім: 123456").await.unwrap();
    let received = phones.received(NUMBER);
    assert_eq!(
        (received[0].text.as_str(), received[0].from.as_str()),
        ("Һәкім: 123456", "Anyqtama")
    );
    for (fault, expected) in [
        (GatewayFault::TooMany, SmsFault::TryLater),
        (GatewayFault::RefuseNumber, SmsFault::NumberRefused),
    ] {
        state.fail(Some(fault));
        assert_eq!(gateway.send(&number(), "text").await, Err(expected));
    }
    for fault in [GatewayFault::ServerError, GatewayFault::Slow(PATIENCE * 3)] {
        state.fail(Some(fault));
        assert!(is_unreachable(&gateway.send(&number(), "text").await), "{fault:?}");
    }
    state.fail(None);
    assert!(is_unreachable(&by_http(&url, "another").send(&number(), "text").await));
    assert!(is_unreachable(&by_http("http://127.0.0.1:1/", TOKEN).send(&number(), "text").await));
    gateway.send(&number(), "behind it").await.unwrap();
}

async fn base(phones: &Arc<Phones>) -> (String, Arc<BaseState>) {
    let base = MobileBase::bind(anywhere(), TOKEN, phones.clone()).await.unwrap();
    let (url, state) = (base.url(), base.state());
    tokio::spawn(base.serve(std::future::pending()));
    (url, state)
}

fn asking(url: &str, token: &str) -> HttpMobileCitizensBase {
    HttpMobileCitizensBase::new(at(url, token, None)).unwrap()
}

#[tokio::test]
async fn the_base_knows_a_number_or_none_and_a_fault_is_neither() {
    let (url, state) = base(&phones()).await;
    let base = asking(&url, TOKEN);
    assert_eq!(base.number_of(iin(1)).await, Answer::Known(number()));
    assert_eq!(base.number_of(iin(2)).await, Answer::Absent);
    for fault in [
        BaseFault::ServerError,
        BaseFault::Page,
        BaseFault::Garbage,
        BaseFault::WrongNumber,
        BaseFault::Slow(PATIENCE * 3),
    ] {
        state.fail(Some(fault));
        for person in [1, 2] {
            assert_eq!(base.number_of(iin(person)).await, Answer::Unavailable, "{fault:?}");
        }
    }
    state.fail(None);
    assert_eq!(asking(&url, "another").number_of(iin(1)).await, Answer::Unavailable);
    assert_eq!(asking("http://127.0.0.1:1/", TOKEN).number_of(iin(1)).await, Answer::Unavailable);
    assert_eq!(base.number_of(iin(1)).await, Answer::Known(number()));
}

/// An authority of TLS certificates.
struct TlsAuthority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl TlsAuthority {
    fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let text = STANDARD.encode(parameters.self_signed(&key).unwrap().der());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        Self { pem, issuer: Issuer::new(parameters, key) }
    }

    /// A certificate for a name, and its key.
    fn certificate(&self, name: &str) -> LoopbackCertificate {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        LoopbackCertificate { certificate, key: key.serialize_der() }
    }
}

#[tokio::test]
async fn the_base_and_a_gateway_are_spoken_to_over_tls_where_their_authority_is_known() {
    let (ours, another) = (TlsAuthority::new("Ours"), TlsAuthority::new("Another"));
    let (phones, key) = (phones(), ours.certificate("127.0.0.1"));
    let base = MobileBase::bind(anywhere(), TOKEN, phones.clone()).await.unwrap();
    let base = base.over_tls(tls(&key).unwrap());
    let base_url = base.url();
    tokio::spawn(base.serve(std::future::pending()));
    let gateway = SmsHttpGateway::bind(anywhere(), TOKEN, phones.clone()).await.unwrap();
    let gateway = gateway.over_tls(tls(&key).unwrap());
    let gateway_url = gateway.url();
    tokio::spawn(gateway.serve(std::future::pending()));
    assert!(base_url.starts_with("https://") && gateway_url.starts_with("https://"));
    let both = format!("{}{}", another.pem, ours.pem);
    for (authorities, is_known) in
        [(Some(&ours.pem), true), (Some(&both), true), (Some(&another.pem), false), (None, false)]
    {
        let authorities = authorities.map(String::as_str);
        let base = HttpMobileCitizensBase::new(at(&base_url, TOKEN, authorities)).unwrap();
        let expected = if is_known { Answer::Known(number()) } else { Answer::Unavailable };
        assert_eq!(base.number_of(iin(1)).await, expected);
        let service = at(&gateway_url, TOKEN, authorities);
        let settings = HttpSmsSettings { service, sender: "Anyqtama".to_owned() };
        let sent = HttpSmsGateway::new(settings).unwrap().send(&number(), "text").await;
        assert_eq!((sent.is_ok(), is_unreachable(&sent)), (is_known, !is_known));
    }
    assert_eq!(phones.received(NUMBER).len(), 2, "nothing was told to a stranger");
    let plainly = asking(&base_url.replace("https", "http"), TOKEN);
    assert_eq!(plainly.number_of(iin(1)).await, Answer::Unavailable);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_the_base() {
    let ours = TlsAuthority::new("Ours");
    let base = MobileBase::bind(anywhere(), TOKEN, phones()).await.unwrap();
    let base = base.over_tls(tls(&ours.certificate("base.example")).unwrap());
    let url = base.url();
    tokio::spawn(base.serve(std::future::pending()));
    let asked = HttpMobileCitizensBase::new(at(&url, TOKEN, Some(&ours.pem))).unwrap();
    assert_eq!(asked.number_of(iin(1)).await, Answer::Unavailable);
}

#[test]
fn an_address_or_authorities_that_cannot_work_are_told_at_the_start() {
    let fault = |url: &str, authorities: Option<&str>| {
        let made = HttpMobileCitizensBase::new(at(url, TOKEN, authorities));
        made.map(drop).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let ours = TlsAuthority::new("Ours").pem;
    assert_eq!(fault("https://base.example/", Some(&ours)), "");
    assert_eq!(fault("http://10.0.0.1/", None), "");
    assert!(fault("ftp://base.example/", None).contains("no address"));
    assert!(fault("http://base.example/", Some(&ours)).contains("https://"));
    for rubbish in ["", "rubbish"] {
        assert!(fault("https://base.example/", Some(rubbish)).contains("authorities_file"));
    }
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----";
    assert_ne!(fault("https://base.example/", Some(no_certificate)), "");
}

#[tokio::test]
async fn no_fault_names_a_number_or_a_text() {
    let phones = phones();
    let (address, smsc) = smsc(&phones).await;
    let gateway = SmppGateway::new(settings(vec![address])).unwrap();
    for fault in
        [SmscFault::Silent, SmscFault::Drop, SmscFault::SystemError, SmscFault::RefuseNumber]
    {
        smsc.fail(Some(fault));
        let told = format!("{:?}", gateway.send(&number(), "123456").await);
        assert!(!told.contains("7700") && !told.contains("123456"), "{told}");
    }
}
