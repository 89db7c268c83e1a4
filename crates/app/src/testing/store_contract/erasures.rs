//! Erasing what has been kept for long enough.

use jiff::{SignedDuration, Timestamp};

use super::Fixture;
use crate::audit::{AuditAction, AuditEvent, AuditRow, verify_chain};
use crate::ports::{
    CallLine, CallerAct, CallerActKind, Erasure, ExchangeProgress, ExchangeWork, ExternalId,
    FaultReport, FaultReportKind, KeptKind, NewExchange, Store,
};
use crate::testing::samples::{draft, event, iin, moment, registration};

const DAY: i64 = 86_400;

fn erasure(kind: KeptKind, before: Timestamp) -> Erasure {
    Erasure { kind, before, limit: 2, at: moment(100 * DAY) }
}

fn report(index: i64) -> FaultReport {
    FaultReport {
        id: format!("{index}"),
        at: moment(index),
        operator: "operator".to_owned(),
        line: CallLine::Desk,
        kind: FaultReportKind::Other,
        words: "…".to_owned(),
    }
}

async fn erased_rows(store: &dyn Store) -> Vec<AuditRow> {
    let rows = store.audit_from(1, 100).await.unwrap();
    verify_chain(&rows, 1, "").unwrap();
    rows.into_iter().filter(|row| row.action == AuditAction::Erased.code()).collect()
}

/// Some at a time, what is younger stays, and the journal tells how many of what went up to when, and of nobody.
pub async fn what_is_outdated_is_erased_with_its_row_of_the_journal(fixture: Fixture) {
    let store = fixture.store;
    let row: AuditEvent = event(AuditAction::FaultReported, None, None);
    for index in 0..4 {
        store.put_fault_report(&report(index), &row).await.unwrap();
    }
    let order = erasure(KeptKind::FaultReports, moment(3));
    assert_eq!(store.erase(&order).await.unwrap(), 2);
    assert_eq!(store.erase(&order).await.unwrap(), 1);
    assert_eq!(store.erase(&order).await.unwrap(), 0);
    let left = store.fault_reports(moment(0), 10).await.unwrap();
    assert!(left == [report(3)]);
    let rows = erased_rows(&*store).await;
    assert_eq!(rows.len(), 2);
    let day = (moment(3)).to_string();
    assert_eq!(rows[0].detail, format!("fault_reports 2 {}", day.split_once('T').unwrap().0));
    assert!(rows.iter().all(|row| row.subject.is_empty() && row.request.is_empty()));
}

/// The request and what was signed stay; the second copy of it goes.
pub async fn a_submitted_draft_is_erased_and_its_request_stays(fixture: Fixture) {
    let store = fixture.store;
    let (submitted, open) = (draft(iin(1), "submitted"), draft(iin(2), "open"));
    store.put_draft(&submitted).await.unwrap();
    store.put_draft(&open).await.unwrap();
    let registered = registration(&submitted, 1, "key");
    store.register(&registered).await.unwrap();
    let late = submitted.expires_at + SignedDuration::from_hours(1);
    assert_eq!(store.erase(&erasure(KeptKind::SubmittedDrafts, moment(-DAY))).await.unwrap(), 0);
    assert_eq!(store.erase(&erasure(KeptKind::SubmittedDrafts, late)).await.unwrap(), 1);
    assert!(store.draft("submitted").await.unwrap().is_none());
    assert!(store.draft("open").await.unwrap().is_some(), "it expires in its own way");
    assert!(store.request(&registered.number).await.unwrap().is_some());
    let evidence = store.evidence(&registered.number).await.unwrap().unwrap();
    assert_eq!(evidence.registration, registered.audit.evidence);
}

/// What was done for a caller, and an exchange that is closed; one that is not stays.
pub async fn acts_for_callers_and_closed_exchanges_are_erased(fixture: Fixture) {
    let store = fixture.store;
    let kept = draft(iin(1), "challenge");
    store.put_draft(&kept).await.unwrap();
    let registered = registration(&kept, 1, "key");
    store.register(&registered).await.unwrap();
    let act = CallerAct {
        id: "1".to_owned(),
        at: moment(0),
        operator: "operator".to_owned(),
        line: CallLine::Desk,
        kind: CallerActKind::SentAgain,
        person: iin(1),
        number: Some(registered.number.clone()),
    };
    let row = event(AuditAction::NoticeSentAgain, None, Some(iin(1)));
    store.note_caller_act(&act, &row).await.unwrap();
    assert_eq!(store.erase(&erasure(KeptKind::CallerActs, moment(1))).await.unwrap(), 1);
    assert_eq!(store.notices_sent_again(iin(1), 10).await.unwrap(), []);

    let exchanges = fixture.exchanges;
    let id = |index: u64| ExternalId::parse(&format!("1010{index:010}")).unwrap();
    for index in [1, 2] {
        let new = NewExchange {
            external_id: id(index),
            external_chain: "chain".to_owned(),
            chain: "{chain}".to_owned(),
            message: format!("{{message-{index}}}"),
            applicant: iin(1),
            body_digest: "digest".to_owned(),
            signature: vec![1],
            received_at: moment(0),
        };
        exchanges.take_exchange(&new).await.unwrap();
    }
    let work = ExchangeWork::Register;
    let lease = exchanges.lease_exchange(work, moment(1), moment(21)).await.unwrap().unwrap();
    let closed = ExchangeProgress {
        fault: Some("draft_unknown".to_owned()),
        closed_at: Some(moment(2)),
        ..ExchangeProgress::default()
    };
    exchanges.settle_exchange(&lease, &closed, moment(2)).await.unwrap();
    let order = erasure(KeptKind::PortalExchanges, moment(3));
    assert_eq!(store.erase(&order).await.unwrap(), 1);
    let left =
        [exchanges.exchange(&id(1)).await.unwrap(), exchanges.exchange(&id(2)).await.unwrap()];
    assert_eq!(left.iter().flatten().count(), 1);
    assert!(left.iter().flatten().all(|one| one.progress.closed_at.is_none()));
}
