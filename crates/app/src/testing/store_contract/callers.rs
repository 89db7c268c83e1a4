//! What is done for callers.

use domain::{Iin, Number};

use super::Fixture;
use crate::audit::{AuditAction, AuditEvent, verify_chain};
use crate::ports::{
    CallLine, CallerAct, CallerActKind, CallerTurn, FaultReport, FaultReportKind, WRONG_MAX,
};
use crate::testing::samples::{draft, event, iin, moment, registration};

fn act(id: &str, kind: CallerActKind, person: Iin, seconds: i64) -> CallerAct {
    CallerAct {
        id: id.to_owned(),
        at: moment(seconds),
        operator: "operator".to_owned(),
        line: CallLine::Desk,
        kind,
        person,
        number: None,
    }
}

fn audit(action: AuditAction, person: Iin) -> AuditEvent {
    event(action, None, Some(person))
}

/// Of parallel wrong answers as many are kept as the rule allows, each with its journal row.
pub async fn wrong_answers_of_callers_are_counted_even_in_parallel(fixture: Fixture) {
    let store = fixture.store;
    let calls: Vec<_> = (0..WRONG_MAX + 3)
        .map(|index| {
            let store = store.clone();
            tokio::spawn(async move {
                let one = act(&format!("id-{index}"), CallerActKind::WrongAnswer, iin(1), 0);
                let row = audit(AuditAction::CallerNotRecognised, iin(1));
                store.note_caller_act(&one, &row).await.unwrap()
            })
        })
        .collect();
    let mut kept = 0;
    for call in calls {
        match call.await.unwrap() {
            CallerTurn::Kept => kept += 1,
            CallerTurn::Wait(until) => assert_eq!(until, moment(3_600)),
        }
    }
    assert_eq!(kept, WRONG_MAX);
    let rows = store.audit_from(1, 100).await.unwrap();
    verify_chain(&rows, 1, "").unwrap();
    assert_eq!(rows.len(), WRONG_MAX);
    // Of another person, and by another operator, he may still be asked.
    let other = act("other", CallerActKind::WrongAnswer, iin(2), 1);
    let row = audit(AuditAction::CallerNotRecognised, iin(2));
    assert_eq!(store.note_caller_act(&other, &row).await.unwrap(), CallerTurn::Kept);
    let colleague = CallerAct {
        operator: "colleague".to_owned(),
        ..act("colleague", CallerActKind::WrongAnswer, iin(1), 1)
    };
    let row = audit(AuditAction::CallerNotRecognised, iin(1));
    assert_eq!(store.note_caller_act(&colleague, &row).await.unwrap(), CallerTurn::Kept);
}

/// What was sent again is told to its person alone, the newest first, and no more often than the rule allows.
pub async fn notices_sent_again_are_kept_for_their_person(fixture: Fixture) {
    let store = fixture.store;
    let draft = draft(iin(1), "challenge");
    store.put_draft(&draft).await.unwrap();
    let registered = registration(&draft, 1, "key");
    store.register(&registered).await.unwrap();
    let number = registered.number.clone();
    let sent = |id: &str, seconds| CallerAct {
        number: Some(number.clone()),
        ..act(id, CallerActKind::SentAgain, iin(1), seconds)
    };
    let row = audit(AuditAction::NoticeSentAgain, iin(1));
    assert_eq!(store.note_caller_act(&sent("1", 0), &row).await.unwrap(), CallerTurn::Kept);
    let again = store.note_caller_act(&sent("2", 60), &row).await.unwrap();
    assert_eq!(again, CallerTurn::Wait(moment(600)));
    assert_eq!(store.note_caller_act(&sent("3", 600), &row).await.unwrap(), CallerTurn::Kept);
    let told: Vec<(Number, _)> = store.notices_sent_again(iin(1), 10).await.unwrap();
    assert_eq!(told, [(number.clone(), moment(600)), (number.clone(), moment(0))]);
    assert_eq!(store.notices_sent_again(iin(1), 1).await.unwrap().len(), 1);
    assert_eq!(store.notices_sent_again(iin(2), 10).await.unwrap(), []);
    // Looks are no limit of each other.
    for id in ["4", "5", "6", "7"] {
        let look = CallerAct { kind: CallerActKind::ByNumber, ..sent(id, 601) };
        let row = audit(AuditAction::ToldByPhone, iin(1));
        assert_eq!(store.note_caller_act(&look, &row).await.unwrap(), CallerTurn::Kept);
    }
}

/// Reports are read newest first and counted by kind, since a moment.
pub async fn reported_faults_are_kept_and_counted(fixture: Fixture) {
    let store = fixture.store;
    let report = |id: &str, kind, seconds| FaultReport {
        id: id.to_owned(),
        at: moment(seconds),
        operator: "operator".to_owned(),
        line: CallLine::Software,
        kind,
        words: "NCALayer ашылмайды".to_owned(),
    };
    let reports = [
        report("1", FaultReportKind::Signing, 0),
        report("2", FaultReportKind::Signing, 10),
        report("3", FaultReportKind::Other, 20),
    ];
    for one in &reports {
        let row = event(AuditAction::FaultReported, None, None);
        store.put_fault_report(one, &row).await.unwrap();
    }
    let read = store.fault_reports(moment(10), 10).await.unwrap();
    assert!(read == [reports[2].clone(), reports[1].clone()]);
    assert_eq!(store.fault_reports(moment(0), 1).await.unwrap().len(), 1);
    let counts = store.fault_counts(moment(0)).await.unwrap();
    assert_eq!(counts, [(FaultReportKind::Signing, 2), (FaultReportKind::Other, 1)]);
    assert_eq!(store.fault_counts(moment(21)).await.unwrap(), []);
    assert_eq!(store.audit_from(1, 10).await.unwrap().len(), 3);
}
