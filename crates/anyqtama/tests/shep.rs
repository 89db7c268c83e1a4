//! The real program asks a data bank behind the gateway SHEP: its outages make a request wait and are told to those who
//! run the service, its answer comes when the gateway is itself again, and nothing it says without proof counts.
//!
//! Every single way to fail: `adapters/src/data_bank/shep/tests.rs`. The demo's journey over the gateway: `cargo xtask test`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]

#[path = "shep/egov_portal.rs"]
mod egov_portal;
mod installation;
#[path = "shep/person_register.rs"]
mod person_register;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyqtama::config::{
    Config, ConsentConfig, ConsentSource, DataBankConfig, DataBankSource, KdpConfig,
    KdpWordsConfig, ShepConfig, ShepStatusConfig,
};
use anyqtama::demo::client::SubmissionAnswer;
use anyqtama::demo::prepare::SEED;
use anyqtama::system::randomness;
use installation::{Installation, Node, asked, free_port, now, serve, signed, until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use simulators::authority::Algorithm;
use simulators::people::{GUARDIANSHIPS, population};
use simulators::shep::{Bank, Fault, Gateway, KDP_SERVICE, Manner, Sender, Shep};

const PASSWORD: &str = "a password";
const SERVICE: &str = "GUARDIANSHIPS_BY_GUARDIAN";

/// A change of the configuration, and what is told of it.
type Change<'a> = (&'a dyn Fn(&mut ShepConfig), &'a str);

/// A gateway of the installation's own country, listening, and how it is configured.
async fn gateway(installation: &Installation) -> (Arc<Gateway>, ShepConfig) {
    let (authority, random) = (&installation.authority, &mut randomness());
    let keys = authority.issue_shep_keys(Algorithm::Gost, now(), random).unwrap();
    let ours = authority.issue_system_key("anyqtama", "210140000016", now(), random).unwrap();
    let file = |name: &str, content: &[u8]| -> PathBuf {
        let path = installation.folder().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let sender = Sender {
        id: "anyqtama".to_owned(),
        password: PASSWORD.to_owned(),
        certificate: ours.certificate().to_vec(),
        service_id: SERVICE.to_owned(),
    };
    let config = ShepConfig {
        url: String::new(),
        service_id: SERVICE.to_owned(),
        route_id: None,
        sender_id: "anyqtama".to_owned(),
        password_file: Some(file("shep-password", PASSWORD.as_bytes())),
        key_file: file("shep.key", ours.key_pem().unwrap().as_bytes()),
        certificate_file: file("shep.cer", ours.certificate()),
        gateway_certificates: vec![file("shep-gateway.cer", keys.certificate())],
        authorities_file: None,
        patience_seconds: 1,
        freshness_seconds: 300,
        correlates: true,
        status: ShepStatusConfig::default(),
    };
    let day = domain::astana_date(now());
    let bank = Bank::new(&population(SEED, day, GUARDIANSHIPS).unwrap().records);
    let anywhere = "127.0.0.1:0".parse().unwrap();
    let shep = Shep::bind(anywhere, keys, sender, bank, Arc::new(now)).await.unwrap();
    let (gateway, url) = (shep.gateway(), shep.url());
    tokio::spawn(shep.serve(std::future::pending()));
    (gateway, ShepConfig { url, ..config })
}

fn over(shep: &ShepConfig) -> impl FnOnce(&mut Config) + use<> {
    let (source, shep) = (DataBankSource::Shep, Some(shep.clone()));
    move |config| config.data_bank = DataBankConfig { source, shep, person_register: None }
}

/// A node over the gateway, and where it writes its log.
async fn node(installation: &Installation, shep: &ShepConfig) -> (Node, PathBuf) {
    let port = free_port();
    let config = installation.config("over-shep", port, over(shep));
    let log = installation.folder().join("over-shep.log");
    let file = std::fs::File::create(&log).unwrap();
    let mut command = serve(&config);
    command.stdout(Stdio::from(file.try_clone().unwrap())).stderr(Stdio::from(file));
    let mut node = installation.node_of(command, port);
    node.wait_until_it_answers().await;
    (node, log)
}

async fn data_bank_health(node: &Node) -> Value {
    let ready = reqwest::get(format!("{}/health/ready", node.portal)).await.unwrap();
    assert!(
        ready.status().is_success(),
        "an outage of the data bank keeps nobody from being served"
    );
    let told: Value = ready.json().await.unwrap();
    told["dependencies"]["data_bank"]["ok"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_of_the_gateway_is_waited_for_and_nobody_is_refused() {
    let installation = Installation::on_sqlite().await;
    let (gateway, shep) = gateway(&installation).await;
    let (node, log) = node(&installation, &shep).await;
    let of =
        |slug: &str| installation.people.iter().find(|(person, _)| person.slug == slug).unwrap();
    let (known, unknown) = (of("three_wards"), of("not_in_bank"));
    let mut numbers = Vec::new();
    // A signed answer of no use holds up its own request and is no outage; the log tells what it was.
    for (fault, is_at_work) in [
        (Fault::SourceDown, true),
        (Fault::Unsigned, false),
        (Fault::NotFoundCode, true),
        (Fault::Unsigned, false),
        (Fault::SomebodyElse, true),
    ] {
        gateway.fail(Some(fault));
        let before = gateway.asked();
        if numbers.is_empty() {
            numbers.push(asked(&node.client, known).await);
            numbers.push(asked(&node.client, unknown).await);
        }
        until("asked again", async || gateway.asked() > before).await;
        until("told", async || data_bank_health(&node).await == Value::Bool(is_at_work)).await;
        for number in &numbers {
            let state = node.client.request(number).await.unwrap().state;
            assert!(state.starts_with("waiting") || state.contains("check"), "{fault:?}: {state}");
        }
    }
    gateway.fail(None);
    installation.assert_answered_once(&known.0, &numbers[0], &node).await;
    assert_eq!(node.client.answer(&numbers[1]).await.unwrap().state, "refused");
    assert_eq!(data_bank_health(&node).await, Value::Bool(true));
    node.end_gracefully().await;

    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("the data bank gave no answer over SHEP"), "{log}");
    assert!(log.contains("FAULT-015"), "{log}");
    for (person, _) in [known, unknown] {
        assert!(!log.contains(&person.iin.digits()) && !log.contains(person.name.surname.as_str()));
    }
    installation.assert_integrity();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_config_reads_what_the_gateway_needs() {
    let installation = Installation::on_sqlite().await;
    let (gateway, shep) = gateway(&installation).await;
    let told = |change: &dyn Fn(&mut ShepConfig)| {
        let mut shep = shep.clone();
        change(&mut shep);
        let config = installation.config("check", free_port(), over(&shep));
        let output = installation.run(&["check-config"], &config);
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (ok, words) = told(&|_| {});
    assert!(ok, "{words}");
    let absent = PathBuf::from("/no/such/file");
    let changes: [Change<'_>; 5] = [
        (&|shep| shep.url = "http://shep.example/".to_owned(), "no address"),
        (&|shep| shep.key_file = absent.clone(), "key_file"),
        (&|shep| shep.certificate_file = shep.gateway_certificates[0].clone(), "does not belong"),
        (&|shep| shep.gateway_certificates = vec![shep.key_file.clone()], "gateway_certificates"),
        (&|shep| shep.password_file = Some(absent.clone()), "cannot read the secret"),
    ];
    for (change, words) in changes {
        let (ok, told) = told(change);
        assert!(!ok && told.contains("data_bank.shep") && told.contains(words), "{told}");
    }
    let config = installation.config("idle", free_port(), |config| {
        config.data_bank.shep = Some(shep.clone());
    });
    let idle = installation.run(&["check-config"], &config);
    let words = String::from_utf8_lossy(&idle.stderr);
    assert!(idle.status.success() && words.contains("never asked"), "{words}");
    assert_eq!(gateway.asked(), 0, "nobody is asked about anybody");
}

/// The control of access behind the same gateway, by the words of its simulator.
fn control() -> ConsentConfig {
    let list = |word: &str| vec![word.to_owned()];
    let kdp = KdpConfig {
        service_id: KDP_SERVICE.to_owned(),
        route_id: None,
        company: None,
        company_bin: None,
        company_responsible: "Дербес деректерге жауапты тұлға".to_owned(),
        employee_name: None,
        access_names: list(SERVICE),
        personal_data_name: "Қорғаншылық туралы мәліметтер".to_owned(),
        expires_in_seconds: 600,
        patience_seconds: 3,
        exchange_seconds: 2,
        pause_seconds: 1,
        omit_sms: false,
        answered: list("SCSS001"),
        words: KdpWordsConfig {
            given: list("VALID"),
            refused: list("INVALID"),
            pending: list("PENDING"),
            no_answer: list("TIMEOUT"),
        },
    };
    ConsentConfig { source: ConsentSource::Kdp, kdp: Some(kdp) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn persons_answer_1414_before_anything_is_registered_and_the_data_bank_sees_their_consent() {
    let installation = Installation::on_sqlite().await;
    let (gateway, shep) = gateway(&installation).await;
    gateway.want_proof(true);
    let port = free_port();
    let config = installation.config("kdp", port, |config| {
        over(&shep)(config);
        config.consent = control();
    });
    let log = installation.folder().join("kdp.log");
    let file = std::fs::File::create(&log).unwrap();
    let mut command = serve(&config);
    command.stdout(Stdio::from(file.try_clone().unwrap())).stderr(Stdio::from(file));
    let mut node = installation.node_of(command, port);
    node.wait_until_it_answers().await;
    let known = installation.people.iter().find(|(one, _)| one.slug == "three_wards").unwrap();
    let iin = known.0.iin;
    let sent = async |key: &str| {
        let cms = signed(&node.client, &known.0, &known.1).await.unwrap();
        node.client.submit(key, &cms).await
    };
    for (manner, fault, code) in [
        (Manner::Refuses, None, "consent_refused"),
        (Manner::KeepsSilent, None, "consent_no_answer"),
        (Manner::Gives, Some(Fault::Stranger), "consent_service_unavailable"),
    ] {
        gateway.person(iin, manner);
        gateway.fail(fault);
        let told = match sent(code).await {
            Ok(SubmissionAnswer::Rejected(problem)) => problem.code,
            Ok(SubmissionAnswer::Accepted(number)) => panic!("{code}: {number}"),
            Err(outage) => outage.to_string(),
        };
        assert!(told.ends_with(code), "{manner:?}: {told}");
    }
    assert_eq!(gateway.last_proof(), None, "the data bank was not asked");
    gateway.fail(None);
    gateway
        .person(iin, Manner::GivesAfter(u32::try_from(gateway.persons_asked().len()).unwrap() + 1));
    let SubmissionAnswer::Accepted(number) = sent("given").await.unwrap() else {
        panic!("accepted")
    };
    installation.assert_answered_once(&known.0, &number, &node).await;
    let (token, key) = gateway.last_proof().expect("the consent was shown");
    node.end_gracefully().await;
    installation.assert_integrity();
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("the control of access gave no answer over SHEP"), "{log}");
    for secret in [token.as_str(), &key, &iin.digits()] {
        assert!(!log.contains(secret), "{log}");
    }
}

/// A demo over the gateway, and the gateway's address.
async fn demo(folder: &Path) -> (Child, String) {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_anyqtama"));
    let anywhere = "127.0.0.1:0";
    demo.args(["demo", "--sources", "shep", "--listen", anywhere, "--signer-listen", anywhere]);
    demo.args(["--phone-listen", anywhere, "--phones-listen", anywhere]).arg("--data").arg(folder);
    let demo = demo.stdout(Stdio::null()).spawn().unwrap();
    let addresses = folder.join("addresses.json");
    until("the demo is there", async || addresses.exists()).await;
    let mut told = Value::Null;
    until("addresses are told", async || {
        told = std::fs::read(&addresses)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        told["shep"].is_string()
    })
    .await;
    std::fs::remove_file(&addresses).unwrap();
    (demo, told["shep"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demos_gateway_is_a_process_that_never_outlives_the_demo() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("demo");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for signal in [Signal::INT, Signal::KILL] {
        let (mut demo, url) = demo(&folder).await;
        let fault = url.replace("/sync", "/fault");
        let told = client.put(&fault).body("source_down").send().await.unwrap();
        assert_eq!(told.status().as_u16(), 204, "it can be made to fail");
        kill_process(Pid::from_child(&demo), signal).unwrap();
        let ended = demo.wait().unwrap();
        assert_eq!(ended.success(), signal == Signal::INT, "{ended}");
        until("it is gone", async || client.get(&fault).send().await.is_err()).await;
    }
}
