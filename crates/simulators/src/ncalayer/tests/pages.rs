//! Pages that are not our own tests': npm `ncalayer-js-client`, which others wrote to the real program's recorded
//! messages, and the portal's script. Both run in Node, in `tests/browser/ncalayer.mjs`.

use std::process::Stdio;

use signature::cms::{Policy, Purpose, Signer};
use signature::trust::TrustStore;
use signature::{Moment, Verdict, xml};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::*;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/browser");

/// A page in Node.
struct Script {
    _process: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Script {
    /// Nothing where Node or its packages are missing, said loudly.
    #[allow(clippy::print_stderr, reason = "a test that is left out says so")]
    fn start(who: &str, running: &Running) -> Option<Self> {
        let installed = std::path::Path::new(FOLDER).join("node_modules/ncalayer-js-client");
        let mut command = Command::new("node");
        command.current_dir(FOLDER).args(["ncalayer.mjs", who]).kill_on_drop(true);
        command.arg(format!("ws://{}/", running.address));
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Some(mut process) = spawned.ok().filter(|_| installed.is_dir()) else {
            let required = std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some_and(|one| one == "1");
            assert!(!required, "Node or the packages of tests/browser are missing");
            eprintln!("SKIPPED: no Node, or `npm ci` was not run in tests/browser");
            return None;
        };
        let orders = process.stdin.take()?;
        let answers = BufReader::new(process.stdout.take()?).lines();
        Some(Self { _process: process, orders, answers })
    }

    async fn order(&mut self, order: &Value) {
        self.orders.write_all(format!("{order}\n").as_bytes()).await.unwrap();
    }

    async fn answer(&mut self) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.answers.next_line()).await.unwrap();
        serde_json::from_str(&line.unwrap().unwrap()).unwrap()
    }

    async fn call(&mut self, name: &str, args: Value) -> Value {
        self.order(&json!({ "call": name, "args": args })).await;
        self.answer().await
    }

    /// A call during which somebody acts at the desk.
    async fn served(
        &mut self,
        running: &Running,
        order: Value,
        act: impl FnOnce(&Desk, u64),
    ) -> Value {
        self.order(&order).await;
        act(&running.desk, running.next().await);
        self.answer().await
    }
}

/// The verdict's code about an XML document with a signature inside.
pub(super) fn judged_xml(trust: &TrustStore, signed: &str) -> &'static str {
    let policy = Policy { purpose: Purpose::Document, signer: Signer::Individual };
    let at = Moment(now().as_second());
    match xml::verify(signed.as_bytes(), xml::Content::AnyDocument, policy, trust, at) {
        Verdict::Valid(_) => "valid",
        Verdict::Invalid(reason) => reason.code(),
        Verdict::CannotTell(doubt) => doubt.code(),
    }
}

fn one_ward(desk: &Desk, id: u64) {
    desk.sign(id, "one_ward").unwrap();
}

fn cancel(desk: &Desk, id: u64) {
    desk.cancel(id).unwrap();
}

/// The text "сұрау", signed as the client is asked to.
async fn cms_by_client(script: &mut Script, running: &Running, method: &str) -> Value {
    let data = STANDARD.encode("сұрау");
    let args = match method {
        "basicsSignCMS" => json!([
            "!!basicsStorageAll",
            data,
            "!!basicsCMSParamsAttached",
            "!!basicsSignerSignPerson",
            "kk"
        ]),
        _ => json!(["PKCS12", data, "SIGNATURE", true]),
    };
    script.served(running, json!({ "call": method, "args": args }), one_ward).await
}

#[tokio::test]
async fn the_public_client_signs_with_both_modules() {
    let running = running().await;
    let Some(mut script) = Script::start("client", &running) else { return };
    assert_eq!(script.call("connect", json!([])).await, json!({ "value": "1.4" }));
    let valid = format!("valid {}", demo_people()[0].iin.digits());
    let trust = trust(&running.folder);
    for method in ["basicsSignCMS", "createCAdESFromBase64", "createCMSSignatureFromBase64"] {
        let answer = cms_by_client(&mut script, &running, method).await;
        let cms = cms_of(&answer["value"]);
        assert_eq!(judged(&trust, &cms, "сұрау".as_bytes(), now()), valid, "{method}");
    }
    let several = json!({ "call": "basicsSignCMS", "args": [
        "!!basicsStoragePKCS12", [STANDARD.encode("a"), STANDARD.encode("b")],
        { "decode": true, "encapsulate": true, "digested": false }, "!!basicsSignerSignAny", "ru"
    ] });
    let answer = script.served(&running, several, one_ward).await;
    for (text, content) in answer["value"].as_array().unwrap().iter().zip([b"a", b"b"]) {
        assert_eq!(judged(&trust, &cms_of(text), content, now()), valid);
    }
    let basics = json!({ "call": "basicsSignXML", "args": [
        null, "<a>бір</a>", "!!basicsXMLParams", "!!basicsSignerSignAny"
    ] });
    let answer = script.served(&running, basics, one_ward).await;
    assert_eq!(judged_xml(&trust, answer["value"][0].as_str().unwrap()), "valid");
    let legacy = json!({ "call": "signXml", "args": ["PKCS12", "<a>бір</a>"] });
    let answer = script.served(&running, legacy, one_ward).await;
    assert_eq!(judged_xml(&trust, answer["value"].as_str().unwrap()), "valid");
}

#[tokio::test]
async fn the_public_client_understands_the_rest_of_the_older_module() {
    let running = running().await;
    let Some(mut script) = Script::start("client", &running) else { return };
    script.call("connect", json!([])).await;
    assert_eq!(script.call("getActiveTokens", json!([])).await, json!({ "value": [] }));
    running.desk.behave(Behaviour { tokens: &["AKKaztokenStore"], ..Behaviour::default() });
    let tokens = script.call("getActiveTokens", json!([])).await;
    assert_eq!(tokens, json!({ "value": ["AKKaztokenStore"] }));
    assert_eq!(script.call("changeLocale", json!(["en"])).await, json!({ "value": null }));
    let info = json!({ "call": "getKeyInfo", "args": ["PKCS12"] });
    let info = script.served(&running, info, one_ward).await;
    assert!(info["value"]["certNotBefore"].is_string(), "{info}");
    let wrong = script.call("createCAdESFromBase64", json!(["PKCS12", "MTEK", 123])).await;
    let words = "500: java.lang.IllegalArgumentException: argument type mismatch. Method: createCAdESFromBase64";
    assert_eq!(wrong["error"], words);
}

#[tokio::test]
async fn the_public_client_hears_of_cancelling_and_of_errors() {
    let running = running().await;
    let Some(mut script) = Script::start("client", &running) else { return };
    script.call("connect", json!([])).await;
    let basics = json!({ "call": "basicsSignCMS", "args": [
        null, "MTEK", "!!basicsCMSParams", "!!basicsSignerAny"
    ] });
    let legacy = json!({ "call": "createCAdESFromBase64", "args": ["PKCS12", "MTEK"] });
    let answer = script.served(&running, basics.clone(), cancel).await;
    assert_eq!(answer["cancelled"], true);
    let answer = script.served(&running, legacy.clone(), cancel).await;
    assert_eq!(answer["error"], "500: action.canceled");
    running.desk.behave(Behaviour::failing(Fault::KeyExpired));
    for order in [&basics, &legacy] {
        script.order(order).await;
        let answer = script.answer().await;
        assert!(answer["error"].as_str().unwrap().contains("Expired"), "{answer}");
    }
    running.desk.behave(Behaviour::failing(Fault::NoBasics));
    script.order(&basics).await;
    assert!(script.answer().await["error"].as_str().unwrap().contains("no such module"));
    running.desk.behave(Behaviour::failing(Fault::ClosesAfterSigning));
    let answer = script.served(&running, legacy, one_ward).await;
    assert!(answer["error"].is_string(), "{answer}");
}

/// What the portal's script asks for; times are short, so that a test of silence is too.
fn portal_order(storage: Option<&str>) -> Value {
    json!({
        "args": { "document": STANDARD.encode("сұрау"), "oids": [SIGN, INDIVIDUAL], "locale": "kk",
                  "iin": demo_people()[0].iin.digits(), "storage": storage },
        "times": { "greeting": 300, "beat": 60, "missed": 3, "silence": 700 }
    })
}

#[tokio::test]
async fn the_portals_page_signs_with_either_module() {
    let running = running().await;
    let Some(mut script) = Script::start("portal", &running) else { return };
    let valid = format!("valid {}", demo_people()[0].iin.digits());
    let trust = trust(&running.folder);
    let old = Behaviour::failing(Fault::NoBasics);
    let text = Behaviour { shape: ReplyShape::Text, ..Behaviour::default() };
    let object = Behaviour { shape: ReplyShape::Object, ..Behaviour::default() };
    for behaviour in [Behaviour::default(), text, object, old] {
        running.desk.behave(behaviour);
        let answer = script.served(&running, portal_order(None), one_ward).await;
        let cms = cms_of(&answer["value"]);
        assert_eq!(judged(&trust, &cms, "сұрау".as_bytes(), now()), valid, "{behaviour:?}");
    }
    running.desk.behave(Behaviour { tokens: &["AKKaztokenStore"], ..old });
    script.order(&portal_order(None)).await;
    let asked = json!({ "state": "choose_storage", "tokens": ["AKKaztokenStore"] });
    assert_eq!(script.answer().await, asked);
    let chosen = portal_order(Some("AKKaztokenStore"));
    let answer = script.served(&running, chosen, one_ward).await;
    assert!(answer["value"].is_string(), "{answer}");
    // A person may think for longer than a program may be silent: this one says meanwhile that it is there.
    running.desk.behave(Behaviour::default());
    script.order(&portal_order(None)).await;
    let id = running.next().await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    one_ward(&running.desk, id);
    assert!(script.answer().await["value"].is_string());
    // But not for longer than it needs to pass three heartbeats by.
    running.desk.behave(Behaviour::failing(Fault::AnswersLate(Duration::from_millis(900))));
    let answer = script.served(&running, portal_order(None), one_ward).await;
    assert_eq!(answer["state"], "lost");
}

#[tokio::test]
async fn the_portals_page_tells_each_fault_by_its_own_name() {
    let running = running().await;
    let Some(mut script) = Script::start("portal", &running) else { return };
    for (fault, state) in [
        (Fault::SilentAfterOpen, "silent"),
        (Fault::OldVersion, "old"),
        (Fault::NoModules, "old"),
        (Fault::Freezes, "lost"),
        (Fault::DropsConnection, "closed"),
        (Fault::RepliesError, "failed"),
        (Fault::KeyExpired, "key_expired"),
        (Fault::KeyRevoked, "key_revoked"),
        (Fault::StorageFails, "storage"),
    ] {
        running.desk.behave(Behaviour::failing(fault));
        script.order(&portal_order(None)).await;
        assert_eq!(script.answer().await["state"], state, "{fault:?}");
    }
    for (fault, state) in [(Fault::ClosesAfterSigning, "closed"), (Fault::Malformed, "malformed")] {
        running.desk.behave(Behaviour::failing(fault));
        let answer = script.served(&running, portal_order(None), one_ward).await;
        assert_eq!(answer["state"], state, "{fault:?}");
    }
    running.desk.behave(Behaviour::default());
    let answer = script.served(&running, portal_order(None), cancel).await;
    assert_eq!(answer["state"], "cancelled");
    running.desk.behave(Behaviour::failing(Fault::NoBasics));
    let answer = script.served(&running, portal_order(None), cancel).await;
    assert_eq!(answer["state"], "cancelled");
}
