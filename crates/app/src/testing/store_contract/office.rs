//! Officers: their sessions, and proposals that are taken in once or not at all.

use std::collections::HashMap;

use domain::{Bin, Iin, Kato};

use super::Fixture;
use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::import::{ImportBatch, ImportOutcome, ImportRefusal, ImportSummary};
use crate::ports::{
    ClosedBy, NewProposal, OfficerSession, Proposal, ProposalEnd, ProposalId, ProposalKind,
    ProposalPreview, ProposalState, SessionToken, SessionWay, SignInChallenge, StoreError,
    Workplace,
};
use crate::testing::samples::{batch, ended, iin, kato, moment, registry_row};

fn session(token: &str) -> OfficerSession {
    OfficerSession {
        token: SessionToken(token.to_owned()),
        iin: iin(501),
        workplace: Workplace::Department(kato()),
        way: SessionWay::Signature,
        signed_in_at: moment(0),
        expires_at: moment(100),
        ends_at: moment(250),
    }
}

fn signed_in() -> AuditEvent {
    AuditEvent {
        at: moment(0),
        actor: Actor::Officer,
        action: AuditAction::SignedIn,
        request: None,
        subject: Some(iin(501)),
        detail: kato().as_str().to_owned(),
        evidence: String::new(),
    }
}

/// Idle time is counted anew, a working day is not.
pub async fn an_officers_session_is_opened_once_and_never_outlives_its_last_moment(
    fixture: Fixture,
) {
    let (store, office) = (&fixture.store, &fixture.office);
    let (id, document) = ("officer-1".to_owned(), b"{}".to_vec());
    let challenge = SignInChallenge { id, document, expires_at: moment(60) };
    store.put_challenge(&challenge).await.unwrap();
    let session = session("one");
    office.open_officer_session("officer-1", &session, &signed_in()).await.unwrap();
    let token = SessionToken("two".to_owned());
    let workplace = Workplace::Organisation(Bin::parse("210140000026").unwrap());
    let way = SessionWay::Passkey;
    let other = OfficerSession { token, workplace, way, ..session.clone() };
    let again = office.open_officer_session("officer-1", &other, &signed_in()).await;
    assert!(matches!(again, Err(StoreError::AlreadyUsed)));
    assert_eq!(store.audit_from(1, 10).await.unwrap().len(), 1);
    let (id, document) = ("officer-2".to_owned(), b"{}".to_vec());
    store.put_challenge(&SignInChallenge { id, document, expires_at: moment(60) }).await.unwrap();
    office.open_officer_session("officer-2", &other, &signed_in()).await.unwrap();
    let found = office.officer_session(&other.token, moment(99)).await.unwrap();
    assert_eq!(found, Some(other));
    let seen = async |at: i64| office.officer_session(&session.token, moment(at)).await.unwrap();
    assert_eq!(seen(99).await.as_ref(), Some(&session));
    assert_eq!(seen(100).await, None);
    assert_eq!(store.session(&session.token, moment(1)).await.unwrap(), None);
    for (prolonged, ends) in [(200, 200), (150, 200), (300, 250)] {
        office.prolong_officer_session(&session.token, moment(prolonged)).await.unwrap();
        assert_eq!(seen(1).await.unwrap().expires_at, moment(ends));
    }
    store.remove_expired(moment(249)).await.unwrap();
    assert!(seen(249).await.is_some());
    office.close_officer_session(&session.token).await.unwrap();
    office.close_officer_session(&session.token).await.unwrap();
    assert_eq!(seen(1).await, None);
    office.prolong_officer_session(&session.token, moment(240)).await.unwrap();
    assert_eq!(seen(1).await, None);
}

fn proposal(id: &str, officer: Iin) -> NewProposal {
    NewProposal {
        id: ProposalId(id.to_owned()),
        provider: kato(),
        officer,
        kind: ProposalKind::File,
        file_name: "тізілім.xlsx".to_owned(),
        file_digest: format!("{:064x}", 5),
        content: vec![0, 255, 7],
        reason: None,
        proposed_at: moment(1),
        kept_until: moment(1_000),
    }
}

fn other_department() -> Kato {
    Kato::parse("750000000").unwrap()
}

async fn found(fixture: &Fixture, id: &str) -> Proposal {
    let id = ProposalId(id.to_owned());
    fixture.office.proposal(&id, &kato()).await.unwrap().unwrap()
}

/// Nobody else finds it, and what is closed stays as it is.
pub async fn a_proposal_is_its_departments_and_drops_its_bytes_when_it_is_closed(fixture: Fixture) {
    let office = &fixture.office;
    for (id, at) in [("a", 1), ("b", 2), ("c", 3)] {
        let new = NewProposal { proposed_at: moment(at), ..proposal(id, iin(501)) };
        office.put_proposal(&new).await.unwrap();
    }
    let elsewhere = NewProposal { provider: other_department(), ..proposal("d", iin(503)) };
    office.put_proposal(&elsewhere).await.unwrap();
    let id = ProposalId("c".to_owned());
    assert_eq!(office.proposal(&id, &other_department()).await.unwrap(), None);
    assert_eq!(office.proposal_content(&id).await.unwrap(), Some(vec![0, 255, 7]));
    let fresh = found(&fixture, "c").await;
    assert_eq!((fresh.state, fresh.preview, fresh.asked_at), (ProposalState::Open, None, None));
    assert_eq!(fresh.file_name, "тізілім.xlsx");
    assert!(office.note_preview(&id, &ProposalPreview::Faulty(3)).await.unwrap());
    assert_eq!(found(&fixture, "c").await.preview, Some(ProposalPreview::Faulty(3)));
    let summary = ImportSummary { new: 1, changed: 3, ended: 2, unchanged: 4 };
    let preview = ProposalPreview::Readable { summary, digest: "digest".to_owned() };
    assert!(office.note_preview(&id, &preview).await.unwrap());
    assert!(office.ask_second_person(&id, "себеп", moment(5)).await.unwrap());
    assert!(!office.ask_second_person(&id, "басқа себеп", moment(6)).await.unwrap());
    let waiting = found(&fixture, "c").await;
    assert_eq!((waiting.reason.as_deref(), waiting.asked_at), (Some("себеп"), Some(moment(5))));
    assert_eq!(waiting.preview, Some(preview.clone()));
    let by = ClosedBy { officer: iin(502), at: moment(9), remark: Some("жоқ".to_owned()) };
    let end = ProposalEnd { state: ProposalState::Rejected, by: by.clone() };
    assert!(office.close_proposal(&id, &end).await.unwrap());
    assert!(!office.close_proposal(&id, &end).await.unwrap());
    assert!(!office.note_preview(&id, &preview).await.unwrap());
    let closed = found(&fixture, "c").await;
    assert_eq!((closed.state, closed.closed), (ProposalState::Rejected, Some(by)));
    assert_eq!(office.proposal_content(&id).await.unwrap(), None);
    let listed = office.proposals_of(&kato(), 10).await.unwrap();
    let ids: Vec<&str> = listed.iter().map(|one| one.id.0.as_str()).collect();
    assert_eq!(ids, ["b", "a", "c"]);
    assert_eq!(office.proposals_of(&kato(), 2).await.unwrap().len(), 2);
    fixture.store.remove_expired(moment(1_000)).await.unwrap();
    assert!(office.proposals_of(&kato(), 10).await.unwrap().is_empty());
}

/// A batch of the proposal's bytes by its proposer.
fn taking(id: &str, confirmed_by: Option<Iin>) -> ImportBatch {
    let mut taking = batch(5, vec![registry_row(iin(1), "ward-a")]);
    taking.origin.officer = Some(iin(501));
    taking.origin.confirmed_by = confirmed_by;
    taking.origin.reason = confirmed_by.map(|_| "себеп".to_owned());
    taking.terms.proposal = Some(ProposalId(id.to_owned()));
    taking
}

/// A double click is one import.
pub async fn a_proposal_is_taken_in_once_with_its_import_even_in_parallel(fixture: Fixture) {
    fixture.office.put_proposal(&proposal("a", iin(501))).await.unwrap();
    let each = (0..4).map(|_| {
        let registry = fixture.registry.clone();
        tokio::spawn(async move { registry.apply_import(&taking("a", None)).await.unwrap() })
    });
    let each: Vec<_> = each.collect();
    let mut taken_in = 0;
    for outcome in each {
        match outcome.await.unwrap() {
            ImportOutcome::TakenIn(summary) => {
                assert_eq!(summary.new, 1);
                taken_in += 1;
            }
            ImportOutcome::Refused(refusal) => assert_eq!(refusal, ImportRefusal::ProposalClosed),
        }
    }
    assert_eq!((taken_in, fixture.registry.import_digests().await.unwrap().len()), (1, 1));
    let closed = found(&fixture, "a").await;
    assert_eq!(closed.state, ProposalState::TakenIn);
    assert_eq!(closed.closed.unwrap().officer, iin(501));
    let content = fixture.office.proposal_content(&ProposalId("a".to_owned())).await.unwrap();
    assert_eq!(content, None);
}

/// What is confirmed is what was proposed.
pub async fn a_proposal_that_is_anothers_or_of_other_bytes_is_not_taken_in(fixture: Fixture) {
    fixture.office.put_proposal(&proposal("a", iin(501))).await.unwrap();
    let mut other_officer = taking("a", None);
    other_officer.origin.officer = Some(iin(502));
    let mut nobody = taking("a", None);
    nobody.origin.officer = None;
    let other_bytes = ImportBatch { file_digest: "0".repeat(64), ..taking("a", None) };
    let mut elsewhere = taking("a", None);
    elsewhere.entered_by = other_department();
    elsewhere.rows[0].ward.placement.provider = other_department();
    for wrong in [other_officer, nobody, other_bytes, elsewhere, taking("b", None)] {
        let outcome = fixture.registry.apply_import(&wrong).await.unwrap();
        assert_eq!(outcome, ImportOutcome::Refused(ImportRefusal::ProposalClosed));
    }
    assert_eq!(found(&fixture, "a").await.state, ProposalState::Open);
    assert!(fixture.registry.import_digests().await.unwrap().is_empty());
}

/// Ends and corrections need a reason and two people, whatever the pages say.
pub async fn a_proposal_that_is_refused_stays_open(fixture: Fixture) {
    let row = registry_row(iin(1), "ward-a");
    fixture.registry.apply_import(&batch(1, vec![row.clone()])).await.unwrap();
    fixture.office.put_proposal(&proposal("a", iin(501))).await.unwrap();
    let ending = |confirmed_by: Option<Iin>, reason: &str| {
        let mut ending = ImportBatch { rows: vec![ended(&row)], ..taking("a", confirmed_by) };
        ending.origin.reason = Some(reason.to_owned());
        ending
    };
    for alone in
        [ending(None, "себеп"), ending(Some(iin(501)), "себеп"), ending(Some(iin(502)), " ")]
    {
        let outcome = fixture.registry.apply_import(&alone).await.unwrap();
        assert_eq!(outcome, ImportOutcome::Refused(ImportRefusal::SecondPersonMissing));
        assert_eq!(found(&fixture, "a").await.state, ProposalState::Open);
    }
    let outcome = fixture.registry.apply_import(&ending(Some(iin(502)), "себеп")).await.unwrap();
    assert_eq!(outcome.taken_in().unwrap().ended, 1);
    assert_eq!(found(&fixture, "a").await.closed.unwrap().officer, iin(502));
}

/// For the old values beside the new ones.
pub async fn present_records_are_found_by_their_keys(fixture: Fixture) {
    let row = registry_row(iin(1), "ward-a");
    fixture.registry.apply_import(&batch(1, vec![row.clone()])).await.unwrap();
    let now = ended(&row);
    fixture.registry.apply_import(&batch(2, vec![now.clone()])).await.unwrap();
    let keys = [row.record_key(), "nothing".to_owned()];
    let present = fixture.office.present_records(&keys).await.unwrap();
    assert_eq!(present, HashMap::from([(row.record_key(), now)]));
}
