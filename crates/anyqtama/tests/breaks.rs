//! Technical breaks and the exception list as operators and scripts use them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]

#[path = "installation/prepared.rs"]
mod prepared;

use std::process::{Command, Output};

use anyqtama::demo::prepare::Prepared;
use anyqtama::system::SystemClock;
use anyqtama::wiring;
use app::{
    Actor, AuditAction, AuditEvent, Channel, DraftOrder, IdempotencyKey, Notice, NoticeKind,
    Submission, Submitted,
};
use domain::{Alarm, ConsentDecision, Consents, Language, WardsAsked};
use jiff::{SignedDuration, Timestamp};
use prepared::prepared;
use serde_json::{Value, json};

struct Place {
    _root: tempfile::TempDir,
    config: String,
    prepared: Prepared,
}

impl Place {
    async fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("demo");
        let nowhere = ([127, 0, 0, 1], 8080).into();
        let prepared = prepared(&folder, nowhere).await;
        let config = folder.join("anyqtama.toml").display().to_string();
        Self { _root: root, config, prepared }
    }

    fn run(&self, words: &[&str]) -> Output {
        let program = env!("CARGO_BIN_EXE_anyqtama");
        Command::new(program).args(words).args(["--config", &self.config]).output().unwrap()
    }

    fn announce(&self, from: Timestamp, to: Timestamp, kk: &str) -> Output {
        let (from, to) = (from.to_string(), to.to_string());
        let words = ["--ru", "обновление", "--en", "renewal", "--json"];
        self.run(
            &[&["break", "announce", "--from", &from, "--to", &to, "--kk", kk], &words[..]]
                .concat(),
        )
    }

    fn list(&self) -> Value {
        let listed = self.run(&["break", "list", "--json"]);
        assert_eq!(status(&listed), 0);
        printed(&listed)
    }

    /// A request nobody works on, whose applicant was told that the term has passed.
    async fn untimely_request(&self) -> (String, Timestamp) {
        let store = wiring::open_store(&self.prepared.config).await.unwrap();
        let service = wiring::service(&self.prepared.config, &store).await.unwrap();
        let given = ConsentDecision::Given;
        let (person, key) = (&self.prepared.people[0], &self.prepared.keys[0]);
        let order = DraftOrder {
            applicant: person.iin,
            language: Language::Kk,
            wards: WardsAsked::All,
            consents: Consents { restricted_data: given, protected_secret: given },
            provider: None,
        };
        let document = service.prepare_draft(order).await.unwrap().document;
        let cms = key.sign(&document, true, now()).unwrap();
        let key = IdempotencyKey("k".into());
        let submission = Submission { key, cms, channel: Channel::Api, signed_in: None };
        let Submitted::New(stored) = service.submit(submission).await.unwrap() else {
            panic!("new")
        };
        let at = stored.clock.due_at.checked_add(SignedDuration::from_secs(1)).unwrap();
        let audit = AuditEvent {
            at,
            actor: Actor::System,
            action: AuditAction::Overdue,
            request: Some(stored.number.clone()),
            subject: Some(person.iin),
            detail: Alarm::Overdue.code().to_owned(),
            evidence: String::new(),
        };
        let notice = Some(Notice { kind: NoticeKind::Overdue, at });
        let number = &stored.number;
        assert!(store.store.raise_alarm(number, Alarm::Overdue, notice, &audit).await.unwrap());
        store.close().await;
        (number.to_string(), at)
    }
}

fn now() -> Timestamp {
    app::Clock::now(&SystemClock)
}

fn in_minutes(minutes: i64) -> Timestamp {
    now().checked_add(SignedDuration::from_mins(minutes)).unwrap()
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn printed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn a_break_is_announced_listed_and_taken_back() {
    let place = Place::new().await;
    assert_eq!(place.list(), json!([]));
    let announced = place.announce(in_minutes(60), in_minutes(90), "жаңарту");
    assert_eq!(status(&announced), 0);
    let announced = printed(&announced);
    assert_eq!(
        announced["reason"],
        json!({ "kk": "жаңарту", "ru": "обновление", "en": "renewal" })
    );
    assert_eq!(place.list()[0]["id"], announced["id"]);
    assert_eq!(place.list()[0]["state"], "announced");
    let words = String::from_utf8(place.run(&["break", "list"]).stdout).unwrap();
    assert!(words.contains("UTC+5") && words.contains("renewal"), "{words}");

    let id = announced["id"].as_str().unwrap();
    assert_eq!(status(&place.run(&["break", "withdraw", id])), 0);
    assert_eq!(place.list(), json!([]));
    assert_eq!(status(&place.run(&["break", "withdraw", id])), 1, "it does not stand any more");
    assert_eq!(status(&place.run(&["break", "withdraw", "nothing"])), 1);
    assert_eq!(status(&place.run(&["audit", "verify"])), 0);
}

#[tokio::test]
async fn a_break_that_cannot_be_announced_is_refused_with_the_reason() {
    let place = Place::new().await;
    for (refused, reason) in [
        (place.announce(in_minutes(29), in_minutes(90), "жаңарту"), "30 minutes"),
        (place.announce(in_minutes(90), in_minutes(60), "жаңарту"), "end after it begins"),
        (place.announce(in_minutes(60), in_minutes(90), " "), "in Kazakh"),
    ] {
        assert_eq!(status(&refused), 1);
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(told.contains(reason), "{told}");
    }
    let wrong = ["break", "announce", "--from", "tomorrow", "--to", "then"];
    assert_eq!(status(&place.run(&wrong)), 2);
    assert_eq!(place.list(), json!([]));
}

#[tokio::test]
async fn the_exception_list_names_requests_and_no_person() {
    let place = Place::new().await;
    let none = place.run(&["exceptions", "--json"]);
    assert_eq!((status(&none), printed(&none)), (0, json!([])));
    let (number, told_at) = place.untimely_request().await;
    let listed = place.run(&["exceptions", "--json"]);
    assert_eq!(status(&listed), 0);
    let one = &printed(&listed)[0];
    assert_eq!(one["number"], number.as_str());
    assert_eq!(one["told_at"], json!(told_at));
    assert_eq!((&one["state"], &one["ended_at"]), (&json!("accepted"), &Value::Null));
    let words = place.run(&["exceptions"]).stdout;
    let person = &place.prepared.people[0];
    for output in [words, listed.stdout] {
        let text = String::from_utf8(output).unwrap();
        assert!(text.contains(&number), "{text}");
        assert!(!text.contains(&person.iin.digits()), "{text}");
    }
    let before = ["exceptions", "--json", "--before", &told_at.to_string()];
    assert_eq!(printed(&place.run(&before)), json!([]), "the next page begins before the last row");
}
