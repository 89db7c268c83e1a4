//! What has been kept for long enough goes, with its row of the journal, and nothing else does.

use jiff::SignedDuration;

use super::*;
use crate::erasing::Retention;
use crate::erasing_requests::ErasureLine;
use crate::figures::FigurePeriod;
use crate::integrity::{IntegrityDoubt, IntegrityFault};
use crate::ports::{Asker, KeptKind, StoreError};
use crate::replay::Replayed;
use crate::testing::{Intercepted, Interceptor};

#[tokio::test]
async fn what_was_kept_for_as_long_as_was_set_goes_and_the_answer_stays() {
    let world = world_with(|parts| {
        parts.settings.retention = Retention { submitted_drafts: 40, ..Retention::default() };
    });
    let person = known_guardian(&world);
    let (number, token, _) = issued(&world, person).await;
    assert_eq!(world.service.erase_outdated().await.unwrap(), 0, "nothing is old yet");
    world.clock.advance(SignedDuration::from_hours(39 * 24));
    assert_eq!(world.service.erase_outdated().await.unwrap(), 0);
    world.clock.advance(SignedDuration::from_hours(2 * 24));
    assert_eq!(world.service.erase_outdated().await.unwrap(), 1, "the draft");
    assert_eq!(world.service.erase_outdated().await.unwrap(), 0, "once");
    assert!(matches!(
        world.service.check_by_token(&token).await.unwrap(),
        DocumentCheck::Genuine(_)
    ));
    assert!(matches!(
        world.service.check_by_number(&number, person).await.unwrap(),
        DocumentCheck::Genuine(_)
    ));
    let rows = world.store.audit_from(1, 1_000).await.unwrap();
    let told: Vec<_> = rows.iter().filter(|row| row.action == "erased").collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].detail.starts_with("submitted_drafts 1 "), "{}", told[0].detail);
}

#[test]
fn nothing_is_kept_for_less_than_a_month_whatever_is_set() {
    let none = Retention {
        submitted_drafts: 0,
        caller_acts: 0,
        fault_reports: 0,
        record_looks: 0,
        repair_requests: 0,
        portal_exchanges: 0,
        requests: Some(0),
        synthetic_requests: 0,
    };
    assert_eq!(none.request_days(Asker::Person), Some(366));
    assert_eq!(none.request_days(Asker::Synthetic), Some(31));
    assert_eq!(Retention::default().request_days(Asker::Person), None, "for ever");
    for kind in KeptKind::ALL {
        assert_eq!(none.days(kind), 31, "{}", kind.code());
        assert!(Retention::default().days(kind) >= 365, "{}", kind.code());
    }
}

/// Answered requests go after a year and a day, drafts never.
fn year_world() -> World {
    world_with(|parts| {
        let (submitted_drafts, requests) = (99_999, Some(366));
        parts.settings.retention = Retention { submitted_drafts, requests, ..Retention::default() };
    })
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// The child of the certificate comes of age in May 2034; until then somebody may be shown it any day.
#[tokio::test]
async fn an_answered_request_goes_when_its_certificate_has_ended_and_the_proof_stays_whole() {
    let world = year_world();
    let person = known_guardian(&world);
    let (number, token, bytes) = issued(&world, person).await;
    let request = world.store.numbers_after(None, 1).await.unwrap()[0].clone();
    world.clock.advance(days(400));
    world.service.stamp_roots().await.unwrap();
    assert_eq!(world.service.erase_outdated().await.unwrap(), 0, "the certificate is in force");
    world.clock.advance(days(7 * 365 + 300));
    assert_eq!(world.service.erase_outdated().await.unwrap(), 1);
    assert_eq!(world.service.erase_outdated().await.unwrap(), 0, "once");

    let gone = DocumentCheck::NoLongerKept { annulled_at: None };
    for holder in [person, iin(77)] {
        let checked = world.service.check_by_number(&number, holder).await.unwrap();
        assert_eq!(checked, gone, "nobody is its holder any more");
    }
    assert_eq!(world.service.check_by_token(&token).await.unwrap(), gone);
    assert_eq!(world.service.check_pdf(&bytes).await.unwrap(), gone);
    assert!(matches!(world.service.replay(&request).await, Ok(Replayed::Erased)));
    assert!(world.service.request_view(&request, Some(person)).await.unwrap().is_none());
    let left = world.service.erased_request(&request).await.unwrap().unwrap();
    assert_eq!(left.state, RequestState::Granted);

    let report = world.service.verify_integrity(&*world.store, &[]).await.unwrap();
    assert_eq!((report.faults, report.doubts), (vec![], vec![]));
    assert_eq!((report.erased, report.requests), (1, 0));
    let rows = world.store.audit_of(&request).await.unwrap();
    assert_eq!(report.emptied_rows, u64::try_from(rows.len()).unwrap());
    let day = domain::astana_date(moment(0));
    let period = FigurePeriod::new(day, day).unwrap();
    let check = world.service.check_figures(period).await.unwrap();
    assert!(check.agrees(), "{:?}", check.differences);
    assert_eq!(check.by_lines.whole.requests, 1);
}

/// A refusal certifies nothing; and where no root had covered what was emptied, that is told.
#[tokio::test]
async fn a_refused_request_goes_after_its_term_and_what_no_root_covered_is_in_doubt() {
    let world = year_world();
    let refused = world.ask(iin(5)).await;
    world.work().await;
    assert_eq!(world.state(&refused).await, RequestState::Refused);
    world.clock.advance(days(365));
    assert_eq!(world.service.erase_outdated().await.unwrap(), 0);
    world.clock.advance(days(2));
    assert_eq!(world.service.erase_outdated().await.unwrap(), 1);
    let report = world.service.verify_integrity(&*world.store, &[]).await.unwrap();
    let certificate = world.service.erased_request(&refused).await.unwrap().unwrap().certificate;
    assert_eq!(report.faults, []);
    assert_eq!(report.doubts, [IntegrityDoubt::ErasedUncovered(certificate)]);
}

/// Does not let the documents of the first request be read that is asked about.
#[derive(Default)]
struct Unreadable(std::sync::atomic::AtomicBool);

impl Interceptor for Arc<Unreadable> {
    fn before(&self, call: &'static str) -> Result<(), StoreError> {
        let is_it = call == "results_of" && self.0.swap(false, std::sync::atomic::Ordering::SeqCst);
        if is_it { Err(StoreError::Corrupt("results.content")) } else { Ok(()) }
    }

    fn after(&self, _: &'static str) -> Result<(), StoreError> {
        Ok(())
    }
}

#[tokio::test]
async fn one_that_cannot_be_read_keeps_no_other_from_going() {
    let unreadable = Arc::new(Unreadable::default());
    let world = world_with(|parts| {
        let retention =
            Retention { submitted_drafts: 99_999, requests: Some(366), ..Retention::default() };
        parts.settings.retention = retention;
        parts.store = Arc::new(Intercepted::new(parts.store.clone(), unreadable.clone()));
    });
    let (first, second) = (world.ask(iin(5)).await, world.ask(iin(6)).await);
    world.work().await;
    world.clock.advance(days(400));
    unreadable.0.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(world.service.erase_outdated().await.unwrap(), 1);
    let left = world.service.erasure_lines(&[first, second]).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(world.service.erase_outdated().await.unwrap(), 0, "somebody sees to it first");
    world.clock.advance(days(8));
    assert_eq!(world.service.erase_outdated().await.unwrap(), 1, "he did");
}

/// A certificate that names nothing is a fault like a row that nothing is stored of.
#[tokio::test]
async fn a_certificate_of_nothing_is_found() {
    let world = year_world();
    let event = samples::event(AuditAction::Erased, None, None);
    let event = crate::AuditEvent { detail: "requests 1 2027-01-01".to_owned(), ..event };
    world.store.append_audit(&event).await.unwrap();
    let report = world.service.verify_integrity(&*world.store, &[]).await.unwrap();
    assert_eq!(report.faults, [IntegrityFault::Erasure(1)]);
}

/// A backup may be older than an erasure: whatever had been erased goes again, and what is open there a person must see to.
#[tokio::test]
async fn what_a_backup_brought_back_is_erased_again() {
    let world = year_world();
    let refused = world.ask(iin(5)).await;
    world.work().await;
    world.clock.advance(days(40));
    let cms = world.signed(iin(6), WardsAsked::All, ConsentDecision::Given).await;
    let open = number_of(world.submit("another", cms).await.unwrap());
    let unknown = samples::number(domain::NumberKind::Request, 999);
    let line = |number: &Number| ErasureLine { number: number.clone(), erased_at: moment(0) };
    let lines = [line(&refused), line(&open), line(&unknown), line(&refused)];
    let came = world.service.erase_again(&lines).await.unwrap();
    assert_eq!((came.erased, came.nothing_left, came.open), (1, 1, vec![open]));
    let came = world.service.erase_again(&lines[..1]).await.unwrap();
    assert_eq!((came.erased, came.nothing_left), (0, 1));
    let told = world.service.erasure_lines(&[refused.clone(), unknown]).await.unwrap();
    assert_eq!(told, [ErasureLine { number: refused, erased_at: world.service.now() }]);
    let report = world.service.verify_integrity(&*world.store, &[]).await.unwrap();
    assert_eq!((report.faults, report.erased), (vec![], 1));
}

/// Whoever has the key of a seal: what it is on was never issued here.
#[tokio::test]
async fn a_good_seal_on_what_was_never_issued_is_not_ours() {
    let (world, elsewhere) = (super::world(), super::world());
    let person = known_guardian(&elsewhere);
    let (_, _, bytes) = issued(&elsewhere, person).await;
    assert!(matches!(elsewhere.service.check_pdf(&bytes).await, Ok(DocumentCheck::Genuine(_))));
    let checked = world.service.check_pdf(&bytes).await.unwrap();
    assert_eq!(checked, DocumentCheck::NotGenuine { code: "not_issued_here" });
}
