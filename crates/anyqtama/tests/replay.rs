//! `replay` of decisions that somebody changed, or the evidence they were made from: it says so, one by one and among all.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]

mod installation;

use app::{StoredDecision, stored_json};
use domain::{AccountingStatus, Answer, ConsentDecision, Number, Outcome, RefusalGround};
use installation::{Installation, asked, free_port};
use serde_json::{Value, json};
use sqlx::sqlite::SqlitePool;
use sqlx::{Executor, query};

/// Puts another decision in a stored one's place, past the triggers.
async fn put(installation: &Installation, number: &str, decision: &StoredDecision) {
    let config = installation.config("tamper", free_port(), |_| {});
    let url = anyqtama::config::Config::load(&config).unwrap().database.url;
    let raw = SqlitePool::connect(&url).await.unwrap();
    raw.execute("DROP TRIGGER IF EXISTS decisions_fixed").await.unwrap();
    // Sealed as the program does it: by somebody who has the key.
    let open = installation.store().await;
    let place = ("decisions.decision", number);
    let sealed = open.vault().seal(place, &stored_json(decision).unwrap());
    open.close().await;
    let update = query("UPDATE decisions SET decision = $1 WHERE number = $2");
    let update = update.bind(sealed).bind(number).execute(&raw);
    assert_eq!(update.await.unwrap().rows_affected(), 1);
    raw.close().await;
}

async fn stored(installation: &Installation, number: &str) -> StoredDecision {
    let open = installation.store().await;
    let decision = open.store.decision(&Number::parse(number).unwrap()).await.unwrap();
    open.close().await;
    decision.unwrap()
}

/// What `replay` tells programs, with its status.
fn replay(installation: &Installation, words: &[&str]) -> (Value, Option<i32>) {
    let config = installation.config("replay", free_port(), |_| {});
    let output = installation.run(&[&["replay", "--json"], words].concat(), &config);
    (serde_json::from_slice(&output.stdout).unwrap(), output.status.code())
}

#[tokio::test]
async fn a_decision_that_does_not_follow_from_its_evidence_is_told() {
    let installation = Installation::on_sqlite().await;
    let node = installation.node("first", None).await;
    let mut numbers = Vec::new();
    for person in installation.granted().take(3) {
        let number = asked(&node.client, person).await;
        node.client.answer(&number).await.unwrap();
        numbers.push(number);
    }
    node.end_gracefully().await;
    let [first, second, _] = numbers.as_slice() else { panic!("three") };
    let all = |same: u64, different: &[&String]| json!({ "same": same, "undecided": 0, "erased": 0, "different": different });
    assert_eq!(replay(&installation, &["--all"]), (all(3, &[]), Some(0)));

    let honest = stored(&installation, first).await;
    for forged in forgeries(&honest) {
        put(&installation, first, &forged).await;
        let told = json!({ "number": first, "replay": "different" });
        assert_eq!(replay(&installation, &[first]), (told, Some(1)), "{forged:?}");
        assert_eq!(replay(&installation, &["--all"]), (all(2, &[first]), Some(1)));
        let same = json!({ "number": second, "replay": "same" });
        assert_eq!(replay(&installation, &[second]), (same, Some(0)));
    }
    // To people it is told in words, each number by its own.
    let other = stored(&installation, second).await;
    put(&installation, second, &forgeries(&other)[0]).await;
    let config = installation.config("replay", free_port(), |_| {});
    let output = installation.run(&["replay", "--all"], &config);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert_eq!(told.matches("leads to ANOTHER answer").count(), 2, "{told}");
    assert!(told.contains(first) && told.contains(second), "{told}");
    let output = installation.run(&["replay", first], &config);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("leads to ANOTHER answer"));
    // The journal's digests know it too.
    let verified = installation.run(&["audit", "verify"], &config);
    assert_eq!(verified.status.code(), Some(1));

    put(&installation, first, &honest).await;
    put(&installation, second, &other).await;
    assert_eq!(replay(&installation, &["--all"]), (all(3, &[]), Some(0)));
}

/// Other evidence for the same outcome, and another outcome of the same evidence.
fn forgeries(honest: &StoredDecision) -> Vec<StoredDecision> {
    let mut absent = honest.clone();
    absent.evidence.data_bank = Some(Answer::Absent);
    let mut without_consent = honest.clone();
    let Answer::Known(consents) = &mut without_consent.evidence.consent else { panic!("known") };
    consents.restricted_data = ConsentDecision::Refused;
    let mut of_another = honest.clone();
    let Some(Answer::Known(record)) = &mut of_another.evidence.data_bank else { panic!("known") };
    record.wards.pop();
    let mut refused = honest.clone();
    refused.outcome =
        Outcome::Refused { ground: RefusalGround::NoGuardianRecord, record_kept_by: None };
    let mut later = honest.clone();
    later.decided_at = honest.decided_at + jiff::SignedDuration::from_hours(24 * 366 * 19);
    vec![absent, without_consent, of_another, refused, later]
}

/// What decides nothing may differ; the journal's digest finds it, and the decision is the same.
#[tokio::test]
async fn what_decides_nothing_changes_no_answer_and_is_found_by_the_journal() {
    let installation = Installation::on_sqlite().await;
    let node = installation.node("first", None).await;
    let number = asked(&node.client, installation.granted().next().unwrap()).await;
    node.client.answer(&number).await.unwrap();
    node.end_gracefully().await;
    let mut decision = stored(&installation, &number).await;
    let Some(Answer::Known(record)) = &mut decision.evidence.data_bank else { panic!("known") };
    record.accounting = match record.accounting {
        AccountingStatus::Ended => AccountingStatus::Active,
        _ => AccountingStatus::Ended,
    };
    put(&installation, &number, &decision).await;
    assert_eq!(replay(&installation, &[&number]).1, Some(0));
    let config = installation.config("audit", free_port(), |_| {});
    assert_eq!(installation.run(&["audit", "verify"], &config).status.code(), Some(1));
}
