//! The legal clock in the store: alarms and notices once each, releases oldest first, technical breaks.

use domain::{Alarm, RequestState, WaitingFor};

use super::Fixture;
use crate::audit::AuditAction;
use crate::ports::{Effect, JobNext, Notice, NoticeKind, StoredNotice, TechnicalBreak, Transition};
use crate::testing::samples::{
    answered, event, iin, leased, moment, registered, registered_at, step, stored,
};

const TERM: i64 = 1_800;

fn overdue(seconds: i64) -> Notice {
    Notice { kind: NoticeKind::Overdue, at: moment(seconds) }
}

/// Only what is due, without that alarm yet, the one due first in front.
pub async fn open_requests_are_found_by_term_and_alarm(fixture: Fixture) {
    let store = fixture.store;
    let late = registered_at(&store, 1, 1, moment(60)).await;
    let early = registered_at(&store, 2, 2, moment(0)).await;
    let found = async |alarm, seconds| {
        let open = store.open_requests(alarm, moment(seconds), 10).await.unwrap();
        open.into_iter().map(|one| one.number).collect::<Vec<_>>()
    };
    assert_eq!(found(Alarm::HalfTerm, TERM - 1).await, []);
    assert_eq!(found(Alarm::HalfTerm, TERM).await, std::slice::from_ref(&early));
    assert_eq!(found(Alarm::HalfTerm, TERM + 60).await, [early.clone(), late.clone()]);
    assert_eq!(store.open_requests(Alarm::HalfTerm, moment(9_999), 1).await.unwrap().len(), 1);
    let audit = event(AuditAction::Alarmed, Some(early.clone()), Some(iin(2)));
    assert!(store.raise_alarm(&early, Alarm::MostOfTerm, None, &audit).await.unwrap());
    assert_eq!(found(Alarm::HalfTerm, TERM + 60).await, std::slice::from_ref(&late));
    assert_eq!(found(Alarm::MostOfTerm, TERM + 60).await, std::slice::from_ref(&late));
    assert_eq!(found(Alarm::NearlyDue, TERM + 60).await, [early, late]);
}

/// Watchdogs on any number of nodes tell the applicant once, and the journal has one row of it.
pub async fn an_alarm_is_raised_once_even_in_parallel(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (store, number) = (store.clone(), number.clone());
            let audit = event(AuditAction::Overdue, Some(number.clone()), Some(iin(1)));
            tokio::spawn(async move {
                let notice = Some(overdue(TERM + 1));
                store.raise_alarm(&number, Alarm::Overdue, notice, &audit).await.unwrap()
            })
        })
        .collect();
    let mut raised = 0;
    for task in tasks {
        raised += u32::from(task.await.unwrap());
    }
    assert_eq!(raised, 1);
    let notice = StoredNotice { number: number.clone(), notice: overdue(TERM + 1) };
    assert_eq!(store.notices_of(iin(1), 10).await.unwrap(), [notice]);
    assert_eq!(store.notices_of(iin(2), 10).await.unwrap(), []);
    assert_eq!(store.audit_of(&number).await.unwrap().len(), 2);
    let milder = event(AuditAction::Alarmed, Some(number.clone()), Some(iin(1)));
    assert!(!store.raise_alarm(&number, Alarm::HalfTerm, None, &milder).await.unwrap());
}

/// Who has his answer is not alarmed about.
pub async fn an_ended_request_raises_no_alarm(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    answered(&store, &number, 1).await;
    let rows = store.audit_of(&number).await.unwrap().len();
    let audit = event(AuditAction::Overdue, Some(number.clone()), Some(iin(1)));
    let raised = store.raise_alarm(&number, Alarm::Overdue, Some(overdue(9)), &audit).await;
    assert!(!raised.unwrap());
    assert_eq!(store.audit_of(&number).await.unwrap().len(), rows);
    assert!(store.open_requests(Alarm::HalfTerm, moment(9_999), 10).await.unwrap().is_empty());
    let notices = store.notices_of(iin(1), 10).await.unwrap();
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].notice.kind, NoticeKind::Answered);
}

/// Late cases stay on the list after they were answered, with their end.
pub async fn exceptions_are_those_told_that_the_term_has_passed(fixture: Fixture) {
    let store = fixture.store;
    let mut numbers = Vec::new();
    for index in 1..=3_u32 {
        let number = registered(&store, index).await;
        let audit = event(AuditAction::Overdue, Some(number.clone()), Some(iin(index)));
        let notice = Some(overdue(TERM + i64::from(index)));
        assert!(store.raise_alarm(&number, Alarm::Overdue, notice, &audit).await.unwrap());
        answered(&store, &number, u64::from(index)).await;
        numbers.push(number);
    }
    let timely = registered(&store, 4).await;
    answered(&store, &timely, 4).await;
    let page = store.exceptions(None, 2).await.unwrap();
    let told: Vec<_> = page.iter().map(|one| one.request.number.clone()).collect();
    assert_eq!(told, [numbers[2].clone(), numbers[1].clone()]);
    assert!(page.iter().all(|one| one.request.ended_at.is_some()));
    let rest = store.exceptions(Some(page[1].told_at), 10).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!((&rest[0].request.number, rest[0].told_at), (&numbers[0], moment(TERM + 1)));
}

/// A watchdog tells many at one moment; a page that ended between them would lose the rest.
pub async fn exceptions_of_one_moment_are_on_one_page(fixture: Fixture) {
    let store = fixture.store;
    for (index, told_at) in [(1_u32, TERM + 1), (2, TERM + 2), (3, TERM + 2), (4, TERM + 2)] {
        let number = registered(&store, index).await;
        let audit = event(AuditAction::Overdue, Some(number.clone()), Some(iin(index)));
        let notice = Some(overdue(told_at));
        assert!(store.raise_alarm(&number, Alarm::Overdue, notice, &audit).await.unwrap());
    }
    let page = store.exceptions(None, 2).await.unwrap();
    assert_eq!(page.len(), 3);
    let rest = store.exceptions(Some(page[2].told_at), 2).await.unwrap();
    assert_eq!(rest.iter().map(|one| one.told_at).collect::<Vec<_>>(), [moment(TERM + 1)]);
    assert_eq!(store.exceptions(Some(rest[0].told_at), 2).await.unwrap(), []);
}

/// Those who wait for the source come up now, the oldest first; the others keep their turn.
pub async fn who_waits_for_a_source_is_released_oldest_first(fixture: Fixture) {
    let store = fixture.store;
    let bank = RequestState::Checking(Some(WaitingFor::DataBank));
    let consent = RequestState::Checking(Some(WaitingFor::Consent));
    let mut numbers = Vec::new();
    for (index, state) in [(3_u32, bank), (1, bank), (2, consent)] {
        let number = registered_at(&store, index, index.into(), moment(i64::from(index))).await;
        let lease = leased(&store, 10).await;
        let before = stored(&store, &number).await;
        let job = JobNext::Again(moment(500));
        let waiting = Transition { state, job, ..step(&before, &lease, Effect::Waiting) };
        store.commit(&waiting).await.unwrap();
        numbers.push(number);
    }
    assert!(store.lease_job(moment(20), moment(80)).await.unwrap().is_none());
    let released = store.release_waiting(WaitingFor::DataBank, moment(20)).await.unwrap();
    assert_eq!(released, 2);
    assert_eq!(leased(&store, 20).await.number, numbers[1]);
    assert_eq!(leased(&store, 20).await.number, numbers[0]);
    assert!(store.lease_job(moment(21), moment(80)).await.unwrap().is_none());
    assert_eq!(store.release_waiting(WaitingFor::DataBank, moment(21)).await.unwrap(), 0);
}

/// Announced, listed until its end, and taken back once.
pub async fn technical_breaks_are_announced_and_taken_back_once(fixture: Fixture) {
    let store = fixture.store;
    let planned = |id: &str, from: i64, to: i64| TechnicalBreak {
        id: id.to_owned(),
        starts_at: moment(from),
        ends_at: moment(to),
        reason_kk: "Жабдықты ауыстыру".to_owned(),
        reason_ru: "Замена оборудования".to_owned(),
        reason_en: "New equipment".to_owned(),
        announced_at: moment(0),
        withdrawn_at: None,
    };
    let (late, early) = (planned("late", 500, 600), planned("early", 100, 200));
    let audit = event(AuditAction::BreakAnnounced, None, None);
    store.put_break(&late, &audit).await.unwrap();
    store.put_break(&early, &audit).await.unwrap();
    assert_eq!(store.breaks_after(moment(0)).await.unwrap(), [early.clone(), late.clone()]);
    assert_eq!(store.breaks_after(moment(200)).await.unwrap(), [late]);
    let withdrawn = event(AuditAction::BreakWithdrawn, None, None);
    assert!(store.withdraw_break("early", moment(50), &withdrawn).await.unwrap());
    assert!(!store.withdraw_break("early", moment(60), &withdrawn).await.unwrap());
    assert!(!store.withdraw_break("never", moment(60), &withdrawn).await.unwrap());
    assert!(!store.withdraw_break("late", moment(600), &withdrawn).await.unwrap(), "it is over");
    let listed = store.breaks_after(moment(0)).await.unwrap();
    assert_eq!(listed[0], TechnicalBreak { withdrawn_at: Some(moment(50)), ..early });
    assert_eq!(store.audit_from(1, 10).await.unwrap().len(), 3);
}
