//! A crash before and after each thing that officers have written down: sessions, proposals, looks, requests to repair. Before,
//! nothing of it is there; behind it, all of it is, and whoever heard nothing and does it again changes nothing.
//!
//! Each step is done by a process of its own, this very test run once more, over the store as the program opens it.

use std::process::{Command, Output};

use anyqtama::config::Config;
use anyqtama::wiring::{self, OpenStore};
use app::testing::samples::{batch, event, iin, kato, moment, registered, registry_row};
use app::{
    Actor, AuditAction, ClosedBy, ImportSummary, LookWay, NewProposal, OfficerSession, ProposalEnd,
    ProposalId, ProposalKind, ProposalPreview, ProposalState, RecordLook, RepairAnswer, RepairMark,
    RepairOutcome, RepairRequest, SessionToken, SessionWay, SignInChallenge, Workplace,
};
use domain::Number;

use crate::installation::durable::BY_OFFICERS;
use crate::installation::{CRASH_AT, Installation, assert_killed_itself, free_port};

const CONFIG: &str = "ANYQTAMA_DRILL_CONFIG";
const STEP: &str = "ANYQTAMA_DRILL_STEP";
const NUMBER: &str = "ANYQTAMA_DRILL_NUMBER";
const PERSON: u32 = 900;
/// Bytes of what is proposed: they are there as long as the proposal is open.
const CONTENT: &[u8] = &[0, 255, 7];

/// Steps in their order, `apply_import` among them, which closes the proposal it takes in.
fn steps() -> impl Iterator<Item = &'static str> {
    let (first, rest) = BY_OFFICERS.split_at(6);
    first.iter().chain(&["apply_import"]).chain(rest).copied()
}

#[tokio::test]
async fn on_sqlite_what_officers_write_is_there_whole_or_not_at_all() {
    drill(&Installation::on_sqlite().await).await;
}

#[tokio::test]
async fn on_postgres_what_officers_write_is_there_whole_or_not_at_all() {
    let server = throwaway_postgres::Cluster::start(throwaway_postgres::Settings::durable());
    let server = server.unwrap();
    server.create_database("office").unwrap();
    let mut installation = Installation::on_sqlite().await;
    installation.use_database(&server.url("office"));
    let config = installation.config("office", free_port(), |_| {});
    assert!(installation.run(&["migrate"], &config).status.success());
    drill(&installation).await;
}

async fn drill(installation: &Installation) {
    let open = installation.store().await;
    let (id, document) = ("challenge".to_owned(), b"{}".to_vec());
    let challenge = SignInChallenge { id, document, expires_at: moment(60) };
    open.store.put_challenge(&challenge).await.unwrap();
    open.office.put_proposal(&proposal("closed")).await.unwrap();
    let number = registered(&open.store, PERSON).await;
    let mut known = seen(&open, &number).await;
    open.close().await;
    let config = installation.config("office", free_port(), |_| {});
    for step in steps() {
        for when in ["before", "after"] {
            let point = format!("{when}:{step}");
            let died = process(&config, step, &number, Some(&point));
            assert_killed_itself(&died, &point);
            let open = installation.store().await;
            let now = seen(&open, &number).await;
            open.close().await;
            assert_eq!(now == known, when == "before", "{point}:\n{known}\n{now}");
            known = now;
        }
        process(&config, step, &number, None);
        let open = installation.store().await;
        assert_eq!(seen(&open, &number).await, known, "{step}, once more");
        open.close().await;
    }
}

fn process(
    config: &std::path::Path,
    step: &str,
    number: &Number,
    crash_at: Option<&str>,
) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "office::one_step_of_an_officer", "--ignored", "--nocapture"]);
    command.env(CONFIG, config).env(STEP, step).env(NUMBER, number.as_str());
    command.envs(crash_at.map(|point| (CRASH_AT, point))).output().unwrap()
}

/// What the store tells of all that is done here.
async fn seen(open: &OpenStore, number: &Number) -> String {
    let session = open.office.officer_session(&token(), moment(1)).await.unwrap();
    let mut seen = format!("session {:?}\n", session.map(|one| one.expires_at));
    for name in ["taken", "closed"] {
        let id = ProposalId(name.to_owned());
        let found = open.office.proposal(&id, &kato()).await.unwrap();
        let told = found.map(|one| (one.state, one.asked_at, one.preview, one.closed.is_some()));
        let content = open.office.proposal_content(&id).await.unwrap();
        assert!(content.as_ref().is_none_or(|bytes| bytes == CONTENT));
        seen += &format!("{name} {told:?} with bytes: {}\n", content.is_some());
    }
    let history = open.registry.history_of(iin(PERSON)).await.unwrap().len();
    let journal = open.store.audit_from(1, 10_000).await.unwrap().len();
    let repair = open.desk.repair_of(number).await.unwrap();
    let repair = repair.map(|one| one.answer.is_some());
    let told = open.desk.repairs_told(iin(PERSON), 10).await.unwrap().len();
    let mark = open.desk.repair_mark().await.unwrap().import;
    seen + &format!("{history} versions, {journal} rows, {repair:?}, told {told}, mark {mark}")
}

/// Nothing by itself: [`drill`] runs it, with a point to die at in its environment.
#[tokio::test]
#[ignore = "a process of the drill"]
async fn one_step_of_an_officer() {
    let Ok(config) = std::env::var(CONFIG) else { return };
    let open = wiring::open_store(&Config::load(config.as_ref()).unwrap()).await.unwrap();
    let number = Number::parse(&std::env::var(NUMBER).unwrap()).unwrap();
    // What cannot be done twice says so; the drill looks at what is stored.
    let _ = done(&open, &std::env::var(STEP).unwrap(), &number).await;
    open.close().await;
}

async fn done(open: &OpenStore, step: &str, number: &Number) -> Result<(), app::StoreError> {
    let (office, desk) = (&open.office, &open.desk);
    let id = ProposalId("taken".to_owned());
    let audit = |action| event(action, Some(number.clone()), Some(iin(PERSON)));
    match step {
        "open_officer_session" => {
            let audit = event(AuditAction::SignedIn, None, Some(iin(501)));
            office.open_officer_session("challenge", &session(), &audit).await
        }
        "prolong_officer_session" => office.prolong_officer_session(&token(), moment(200)).await,
        "close_officer_session" => office.close_officer_session(&token()).await,
        "put_proposal" => office.put_proposal(&proposal("taken")).await,
        "note_preview" => {
            let summary = ImportSummary { new: 1, ..ImportSummary::default() };
            let preview = ProposalPreview::Readable { summary, digest: "digest".to_owned() };
            office.note_preview(&id, &preview).await.map(|_| ())
        }
        "ask_second_person" => office.ask_second_person(&id, "бұйрық", moment(3)).await.map(|_| ()),
        "apply_import" => {
            let mut batch = batch(5, vec![registry_row(iin(PERSON), "ward-of-the-drill")]);
            batch.origin.officer = Some(iin(501));
            batch.origin.confirmed_by = Some(iin(502));
            batch.terms.proposal = Some(id);
            open.registry.apply_import(&batch).await.map(|_| ())
        }
        "close_proposal" => {
            let by = ClosedBy { officer: iin(501), at: moment(4), remark: None };
            let end = ProposalEnd { state: ProposalState::Withdrawn, by };
            office.close_proposal(&ProposalId("closed".to_owned()), &end).await.map(|_| ())
        }
        "note_look" => desk.note_look(&look(), &[iin(PERSON), iin(901)]).await,
        "open_repair" => {
            desk.open_repair(&repair(number), &audit(AuditAction::RepairAsked)).await.map(|_| ())
        }
        "answer_repair" => {
            let outcome = RepairOutcome::NoActFound;
            let words = String::new();
            let answer = RepairAnswer { outcome, at: moment(7), officer: Some(iin(501)), words };
            let audit = audit(AuditAction::RepairAnswered);
            desk.answer_repair(number, &answer, &audit).await.map(|_| ())
        }
        "tell_repaired" => {
            let audit = audit(AuditAction::RepairTold);
            desk.tell_repaired(number, moment(8), &audit).await.map(|_| ())
        }
        "put_repair_mark" => {
            let mark = RepairMark { import: i64::from(u32::MAX), refused_until: moment(9) };
            desk.put_repair_mark(&mark).await
        }
        other => panic!("{other} is not drilled"),
    }
}

fn token() -> SessionToken {
    SessionToken("token".to_owned())
}

fn session() -> OfficerSession {
    OfficerSession {
        token: token(),
        iin: iin(501),
        workplace: Workplace::Department(kato()),
        way: SessionWay::Signature,
        signed_in_at: moment(0),
        expires_at: moment(100),
        ends_at: moment(250),
    }
}

fn proposal(id: &str) -> NewProposal {
    NewProposal {
        id: ProposalId(id.to_owned()),
        provider: kato(),
        officer: iin(501),
        kind: ProposalKind::File,
        file_name: "тізілім.xlsx".to_owned(),
        file_digest: batch(5, vec![]).file_digest,
        content: CONTENT.to_vec(),
        reason: None,
        proposed_at: moment(1),
        kept_until: moment(1_000),
    }
}

fn look() -> RecordLook {
    RecordLook {
        id: "look".to_owned(),
        at: moment(6),
        officer: iin(501),
        workplace: Workplace::Department(kato()),
        actor: Actor::Officer,
        way: LookWay::Name,
        purpose: "тексеру".to_owned(),
        request: None,
    }
}

fn repair(number: &Number) -> RepairRequest {
    RepairRequest {
        number: number.clone(),
        applicant: iin(PERSON),
        provider: kato(),
        opened_at: moment(6),
        act_number: None,
        act_date: None,
        answer: None,
    }
}
