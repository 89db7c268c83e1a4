//! The SMPP client against an SMSC that is not ours: npm's `smpp`, run by Node from `tests/sms`. Letters against a mail server that
//! is not ours, and the messenger over both.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops where it is broken, and says loudly when it is skipped"
)]

#[path = "smsc/messenger.rs"]
mod messenger;
#[path = "smsc/smtp.rs"]
mod smtp;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use adapters::{SmppGateway, SmppSettings};
use app::{SmsFault, SmsGateway};
use domain::PhoneNumber;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// A running SMSC; it ends with its standard input.
struct Smsc {
    lines: Lines<BufReader<ChildStdout>>,
    address: String,
    _child: Child,
}

impl Smsc {
    /// `None` where Node or its package is missing, which is a failure where no tool may be.
    async fn start() -> Option<Self> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/sms");
        let is_there = folder.join("node_modules/smpp/package.json").is_file();
        let child = Command::new("node")
            .args(["smsc.mjs", "anyqtama", "secret"])
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let (true, Ok(mut child)) = (is_there, child) else {
            let required = std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some();
            assert!(
                !required,
                "node or tests/sms/node_modules is missing: cargo xtask test --only tools"
            );
            eprintln!("SKIPPED: node or tests/sms/node_modules is missing");
            return None;
        };
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next_line().await.unwrap().expect("it says where it listens");
        let port = serde_json::from_str::<Value>(&first).unwrap()["port"].clone();
        Some(Self { lines, address: format!("127.0.0.1:{port}"), _child: child })
    }

    async fn told(&mut self) -> Value {
        let line = tokio::time::timeout(Duration::from_secs(20), self.lines.next_line()).await;
        serde_json::from_str(&line.unwrap().unwrap().unwrap()).unwrap()
    }

    fn gateway(&self, password: &str, sender: &str) -> SmppGateway {
        SmppGateway::new(SmppSettings {
            addresses: vec![self.address.clone()],
            system_id: "anyqtama".to_owned(),
            password: password.to_owned(),
            sender: sender.to_owned(),
            patience: Duration::from_secs(10),
            keep_alive: Duration::from_millis(500),
        })
        .unwrap()
    }
}

fn number(last: u8) -> PhoneNumber {
    PhoneNumber::parse(&format!("+7700000000{last}")).unwrap()
}

#[tokio::test]
async fn an_smsc_that_is_not_ours_understands_every_letter_of_short_and_long_messages() {
    let Some(mut smsc) = Smsc::start().await else { return };
    let gateway = smsc.gateway("secret", "1414");
    let short = "Әә Іі Ңң Ғғ Үү Ұұ Ққ Өө Һһ – 123456";
    gateway.send(&number(5), short).await.unwrap();
    assert_eq!(smsc.told().await, json!({ "bound": true, "version": 0x34 }));
    let expected = json!({
        "from": "1414", "fromKind": 3, "to": "77000000005", "toKind": 1,
        "coding": 8, "text": short, "parts": null, "status": 0,
    });
    assert_eq!(smsc.told().await, expected);
    let long = "Сұрауды растайтын бір реттік пароль. ".repeat(5);
    gateway.send(&number(5), &long).await.unwrap();
    let mut joined = String::new();
    for place in 1..=3 {
        let part = smsc.told().await;
        let header = part["parts"].as_array().unwrap().clone();
        assert_eq!(header[header.len() - 2..], [json!(3), json!(place)], "{part}");
        joined.push_str(part["text"].as_str().unwrap());
    }
    assert_eq!(joined, long);
    assert_eq!(smsc.told().await, json!({ "enquired": true }));
}

#[tokio::test]
async fn what_an_smsc_that_is_not_ours_refuses_is_understood() {
    let Some(mut smsc) = Smsc::start().await else { return };
    let gateway = smsc.gateway("secret", "Anyqtama");
    assert_eq!(gateway.send(&number(1), "text").await, Err(SmsFault::NumberRefused));
    assert_eq!(gateway.send(&number(2), "text").await, Err(SmsFault::TryLater));
    let dropped = gateway.send(&number(3), "text").await;
    assert!(matches!(dropped, Err(SmsFault::Unreachable(_))), "{dropped:?}");
    gateway.send(&number(5), "text").await.unwrap();
    let refused = smsc.gateway("wrong", "Anyqtama").send(&number(5), "text").await;
    assert!(matches!(refused, Err(SmsFault::Unreachable(_))), "{refused:?}");
    let mut binds = Vec::new();
    while binds.last() != Some(&json!(false)) {
        let told = smsc.told().await;
        if let Some(bound) = told.get("bound") {
            binds.push(bound.clone());
        } else if told.get("from").is_some() {
            assert_eq!((&told["from"], &told["fromKind"]), (&json!("Anyqtama"), &json!(5)));
        }
    }
    assert_eq!(binds, [true, true, false].map(Value::from));
}
