//! The real program with the portal of the e-government as a channel: killed and started again while the gateway is away,
//! on both stores, and at each step of an exchange, it registers once, and the answer arrives.

use std::path::PathBuf;
use std::sync::Arc;

use anyqtama::config::{Config, EgovPortalConfig};
use anyqtama::demo::prepare::OPERATOR_BIN;
use anyqtama::system::randomness;
use simulators::authority::Algorithm;
use simulators::egov_portal::{
    DraftAnswer, DraftAsk, EgovPortal, PORTAL, Portal, PortalFault, PortalRequest, SERVICE_TYPE,
    ServiceBehind, Told,
};

use crate::installation::{CRASH_AT, Installation, free_port, now, serve, until};

/// The portal, listening, and how the channel is configured.
async fn portal(installation: &Installation) -> (Arc<Portal>, EgovPortalConfig) {
    let (authority, random) = (&installation.authority, &mut randomness());
    let keys = authority.issue_shep_keys(Algorithm::Gost, now(), random).unwrap();
    let ours = authority.issue_system_key("anyqtama", "210140000016", now(), random).unwrap();
    let file = |name: &str, content: &[u8]| -> PathBuf {
        let path = installation.folder().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let service = ServiceBehind {
        id: "anyqtama".to_owned(),
        password: "a password".to_owned(),
        certificate: ours.certificate().to_vec(),
        draft_service: "DRAFT".to_owned(),
        state_service: "STATE".to_owned(),
        request_service: "REQUEST".to_owned(),
    };
    let gateway_certificates = vec![file("egov-gateway.cer", keys.certificate())];
    let anywhere = "127.0.0.1:0".parse().unwrap();
    let egov = EgovPortal::bind(anywhere, keys, service, Arc::new(now)).await.unwrap();
    let (portal, url) = (egov.portal(), egov.url());
    tokio::spawn(egov.serve(std::future::pending()));
    let config = EgovPortalConfig {
        listen: format!("127.0.0.1:{}", free_port()).parse().unwrap(),
        url,
        draft_service_id: "DRAFT".to_owned(),
        state_service_id: "STATE".to_owned(),
        request_service_id: "REQUEST".to_owned(),
        route_id: None,
        portal_sender_id: PORTAL.to_owned(),
        service_type: SERVICE_TYPE.to_owned(),
        sender_id: "anyqtama".to_owned(),
        password_file: Some(file("egov-password", b"a password")),
        key_file: file("egov.key", ours.key_pem().unwrap().as_bytes()),
        certificate_file: file("egov.cer", ours.certificate()),
        gateway_certificates,
        authorities_file: None,
        patience_seconds: 1,
        freshness_seconds: 300,
        request_age_hours: 24,
        poll_seconds: 1,
    };
    (portal, config)
}

fn over(egov: &EgovPortalConfig) -> impl FnOnce(&mut Config) + use<> {
    let egov = Some(egov.clone());
    |config| config.egov_portal = egov
}

/// What the first person who is granted a certificate signs on the portal.
async fn signed(
    installation: &Installation,
    portal: &Portal,
    url: &str,
    place: usize,
) -> PortalRequest {
    let (person, key) = installation.granted().next().unwrap();
    let ask = DraftAsk {
        iin: person.iin.digits(),
        language: "ru",
        wards: Vec::new(),
        restricted_data: true,
        protected_secret: true,
    };
    let DraftAnswer::Document(document) = portal.ask_draft(url, &ask, None).await.unwrap() else {
        panic!("no document")
    };
    PortalRequest {
        external_id: format!("1010{place:010}"),
        iin: person.iin.digits(),
        provider_bin: OPERATOR_BIN.to_owned(),
        signature: key.sign(&document, true, now()).unwrap(),
    }
}

/// What the portal was told of a request.
fn told_of(portal: &Portal, request: &PortalRequest) -> Vec<Told> {
    let all = portal.told().into_iter();
    all.filter(|told| told.external_id == request.external_id).collect()
}

async fn answered(portal: &Portal, request: &PortalRequest) -> Told {
    let is_answer = |told: &Told| told.kind == "RESPONSE";
    until("answered there", async || told_of(portal, request).last().is_some_and(is_answer)).await;
    let told = told_of(portal, request);
    assert_eq!(told.first().unwrap().state, "accepted");
    assert_eq!(told.iter().filter(|told| is_answer(told)).count(), 1);
    told.last().unwrap().clone()
}

async fn a_request_survives(installation: &Installation) {
    let (portal, egov) = portal(installation).await;
    let url = format!("http://{}", egov.listen);
    let port = free_port();
    let config = installation.config("egov", port, over(&egov));
    let log = installation.folder().join("egov.log");
    let file = std::fs::File::create(&log).unwrap();
    let mut command = serve(&config);
    command.stdout(file.try_clone().unwrap()).stderr(file);
    let mut node = installation.node_of(command, port);
    node.wait_until_it_answers().await;
    let (person, _) = installation.granted().next().unwrap();
    let request = signed(installation, &portal, &url, 1).await;
    // Brought and fetched, and nobody hears of it: the gateway is away, and the program is killed.
    portal.push(&url, &request, None).await.unwrap();
    portal.let_wait(&request);
    portal.fail(Some(PortalFault::Down));
    let known = async || {
        let state = portal.ask_state(&url, &request.iin, &request.external_id).await;
        matches!(state, Ok(Some(state)) if state == "granted")
    };
    until("answered here", known).await;
    // What cannot be told is told to the log, and about nobody.
    let log_text = || std::fs::read_to_string(&log).unwrap();
    until("warned", async || log_text().contains("an exchange with the portal goes on later"))
        .await;
    let text = log_text();
    for personal in [person.iin.digits(), person.name.surname.as_str().to_owned()] {
        assert!(!text.contains(&personal), "{text}");
    }
    node.kill();
    assert!(portal.told().iter().all(|told| told.kind != "RESPONSE"));
    let node = installation.node_with(&config, port).await;
    portal.fail(Some(PortalFault::HangsUpOnResponse));
    until("told, unheard", async || portal.told().iter().any(|told| told.kind == "RESPONSE")).await;
    node.kill();
    let node = installation.node_with(&config, port).await;
    portal.fail(None);
    until("acknowledged", async || !portal.acknowledged().is_empty()).await;
    let answer = answered(&portal, &request).await;
    assert_eq!(answer.resolution, "POSITIVE");
    for document in answer.documents {
        let checked = node.client.check_file(document.bytes).await.unwrap();
        assert_eq!(checked["verdict"], "genuine");
    }
    installation.assert_answered_once(person, answer.number.as_deref().unwrap(), &node).await;
    node.end_gracefully().await;
    installation.assert_integrity();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_of_the_egov_portal_survives_kills_and_a_gateway_that_is_away() {
    a_request_survives(&Installation::on_sqlite().await).await;
    let database = throwaway_postgres::database().unwrap();
    a_request_survives(&Installation::on_postgres(&database.url()).await).await;
}

/// Where the program dies in an exchange, in their order.
const POINTS: [&str; 6] = [
    "after:take_exchange",
    "after:register",
    "before:settle_registered",
    "before:settle_told",
    "before:settle_answered",
    "after:settle_answered",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_at_any_step_of_an_exchange_registers_once_and_is_told_once() {
    let installation = Installation::on_sqlite().await;
    let (portal, mut egov) = portal(&installation).await;
    egov.poll_seconds = 0;
    let url = format!("http://{}", egov.listen);
    let port = free_port();
    let config = installation.config("egov", port, over(&egov));
    let (person, _) = installation.granted().next().unwrap();
    for (place, point) in POINTS.into_iter().enumerate() {
        let mut node = installation.start(&config, port, &[(CRASH_AT, point)]);
        node.wait_until_it_answers().await;
        let request = signed(&installation, &portal, &url, place).await;
        // Where it dies later, its receipt may have been on the way already.
        let brought = portal.push(&url, &request, None).await;
        assert!(brought.is_err() || !point.ends_with("take_exchange"), "{point}");
        node.assert_killed_itself(point).await;
        let node = installation.node_with(&config, port).await;
        // As the gateway does with whatever nobody took.
        portal.push(&url, &request, None).await.unwrap();
        let answer = answered(&portal, &request).await;
        assert_eq!(answer.resolution, "POSITIVE", "{point}");
        installation.assert_answered_once(person, answer.number.as_deref().unwrap(), &node).await;
        node.end_gracefully().await;
    }
    let store = installation.store().await;
    let requests = store.store.requests_of(person.iin, None, 50).await.unwrap();
    assert_eq!(requests.len(), POINTS.len(), "one for each");
    store.close().await;
    installation.assert_integrity();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_config_reads_what_the_portals_channel_needs_and_tells_its_certificates() {
    let installation = Installation::on_sqlite().await;
    let (_, egov) = portal(&installation).await;
    let told = |change: &dyn Fn(&mut EgovPortalConfig)| {
        let mut egov = egov.clone();
        change(&mut egov);
        let config = installation.config("check-egov", free_port(), over(&egov));
        let output = installation.run(&["check-config"], &config);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.success(), text(&output.stdout) + &text(&output.stderr))
    };
    let (ok, words) = told(&|_| {});
    assert!(ok, "{words}");
    for whose in ["ours", "the gateway's"] {
        assert!(words.contains(&format!("messages of egov_portal ({whose}): until")), "{words}");
    }
    let (ok, words) = told(&|egov| egov.key_file = "/no/such/file".into());
    assert!(!ok && words.contains("egov_portal"), "{words}");
}
