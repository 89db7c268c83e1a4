//! Everything we send is as the schemas say: ours, and the gateway's own where they are at hand.

use std::path::{Path, PathBuf};
use std::process::Command;

use app::testing::FakeVerifier;
use simulators::egov_portal::Wrong;
use simulators::shep::schemas::{complaint, content_of, write_driver};

use super::world::{World, ask, signed};

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/shep")
}

#[allow(clippy::print_stderr, reason = "a judge that is missing must be seen")]
fn xmllint() -> bool {
    let is_there = Command::new("xmllint").arg("--version").output().is_ok();
    let required = std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(is_there || !required, "xmllint is missing");
    if !is_there {
        eprintln!("SKIPPED: xmllint is not installed");
    }
    is_there
}

#[allow(clippy::print_stderr, reason = "schemas that are missing must be seen")]
fn their_schemas() -> Option<PathBuf> {
    let named = std::env::var_os("ANYQTAMA_SHEP_SCHEMAS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/shep");
    let folder = named.unwrap_or(beside);
    let folder = folder.canonicalize().ok().filter(|path| path.join("common/v10/Types").is_dir());
    if folder.is_none() {
        eprintln!("SKIPPED: the gateway's own schemas are not at hand (ANYQTAMA_SHEP_SCHEMAS)");
    }
    folder
}

/// Answers, faults, words, answers with documents, questions for what waits, and what is said of it.
async fn everything_we_send() -> Vec<String> {
    let world = World::new().await;
    let person = world.guardian();
    world.bank.go_down();
    let request = world.request(1, person).await;
    world.portal.push(&world.url, &request, None).await.unwrap();
    world.tell().await;
    world.work().await;
    world.tell().await;
    world.bank.come_up();
    world.tell_in_time().await;
    world.portal.ask_state(&world.url, &person.digits(), &request.external_id).await.unwrap();
    world.portal.ask_state(&world.url, &person.digits(), "10109999999999").await.unwrap();
    let own = ask(person, &[person], true);
    world.portal.ask_draft(&world.url, &own, None).await.unwrap();
    world.portal.ask_draft(&world.url, &own, Some(Wrong::Sender)).await.unwrap_err();
    world.portal.push(&world.url, &request, Some(Wrong::Sender)).await.unwrap_err();
    let message = world.last().message_id;
    world.portal.tell_delivery(&world.url, &message, "DELIVERED").await.unwrap();
    world.portal.tell_delivery(&world.url, &message, "LOST").await.unwrap_err();
    let document = world.prepared(person, &[], true).await;
    world.portal.let_wait(&signed(2, person, FakeVerifier::sign_badly(person, &document)));
    world.poll.once().await.unwrap();
    world.tell().await;
    world.verifier.go_down("ocsp_silent");
    world.portal.let_wait(&signed(3, person, FakeVerifier::sign(person, &document)));
    let mut other = signed(3, person, FakeVerifier::sign(person, b"{}"));
    world.portal.let_wait(&other);
    other.provider_bin = "000000000000".to_owned();
    other.external_id = "10100000000004".to_owned();
    world.portal.let_wait(&other);
    world.poll.once().await.unwrap();
    world.tell_in_time().await;
    world.clock.advance(jiff::SignedDuration::from_mins(1));
    world.desk.ask_deliveries().await.unwrap();
    world.portal.came().iter().map(|envelope| content_of(envelope).unwrap()).collect()
}

#[tokio::test]
async fn everything_we_send_is_as_the_schemas_say() {
    if !xmllint() {
        return;
    }
    let sent = everything_we_send().await;
    let ours = schemas().join("exchange.xsd");
    let driver = tempfile::tempdir().unwrap();
    let theirs = their_schemas().map(|theirs| write_driver(driver.path(), &theirs).unwrap());
    for message in &sent {
        for schema in std::iter::once(&ours).chain(&theirs) {
            assert_eq!(complaint(schema, message).unwrap(), None, "{message}");
        }
    }
    for said in [
        "SendMessageResponse",
        "SendMessageFault1_SendMessageFault",
        "sendMessageFault1_sendMessageFault",
        "changeMassageStatusNotificationResponse",
        "changeMassageStatusNotificationFault1",
        "sendMessageResponse",
        ">NOTIFICATION<",
        ">RESPONSE<",
        "getMessages",
        "getMessageStatus",
        ">MESSAGE_ACCEPTED<",
        ">MESSAGE_NOT_ACCTEPTED<",
        "draftResponse",
        "stateResponse",
        "p:unknown",
        "p:content",
        ">signature_waits<",
        ">not_registered<",
        ">waiting_for_data_bank<",
    ] {
        assert!(sent.iter().any(|message| message.contains(said)), "{said} was never sent");
    }
}

#[tokio::test]
async fn the_schemas_are_strict() {
    if !xmllint() {
        return;
    }
    let world = World::new().await;
    let person = world.guardian();
    let request = world.request(1, person).await;
    world.portal.push(&world.url, &request, None).await.unwrap();
    world.tell().await;
    let word =
        world.portal.came().iter().rev().filter_map(|one| content_of(one)).collect::<Vec<_>>();
    let word = word.iter().find(|word| word.contains(">NOTIFICATION<")).unwrap();
    let ours = schemas().join("exchange.xsd");
    for (from, to) in [
        ("<p:statusId>", "<p:extra></p:extra><p:statusId>"),
        ("NO_RESOLUTION", "MAYBE"),
        ("<p:number>", "<p:number></p:number><p:number>"),
        ("NOTIFICATION", "WORD"),
    ] {
        let spoilt = word.replacen(from, to, 1);
        assert_ne!(&spoilt, word, "{from}");
        assert!(complaint(&ours, &spoilt).unwrap().is_some(), "{from}");
    }
}
