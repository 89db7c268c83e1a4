//! What has been kept for long enough goes, with its row of the journal, and nothing else does.

use jiff::SignedDuration;

use super::*;
use crate::erasing::Retention;
use crate::ports::KeptKind;

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
    };
    for kind in KeptKind::ALL {
        assert_eq!(none.days(kind), 31, "{}", kind.code());
        assert!(Retention::default().days(kind) >= 365, "{}", kind.code());
    }
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
