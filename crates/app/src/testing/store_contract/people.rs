//! Who serves by appointment: two pairs of eyes, and never none left to appoint.

use domain::Bin;

use super::Fixture;
use crate::audit::{AuditAction, AuditEvent, verify_chain};
use crate::ports::{
    Appointment, AppointmentBy, AppointmentColumns, AppointmentDecided, AppointmentDecision,
    AppointmentEnd, AppointmentId, AppointmentKind, AppointmentProposed, AppointmentState,
    StaffMember,
};
use crate::staff::StaffRole;
use crate::testing::samples::{event, iin, kato, moment};
use crate::testing::{of_department, of_organisation};

fn by(seed: u32, seconds: i64) -> AppointmentBy {
    AppointmentBy { iin: iin(seed), name: format!("Әкімші {seed}"), at: moment(seconds) }
}

fn administrator(seed: u32) -> StaffMember {
    let bin = Bin::parse("210140000026").unwrap();
    of_organisation(iin(seed), "Ү", bin, StaffRole::Administrator)
}

fn officer(roles: &[StaffRole]) -> StaffMember {
    of_department(iin(601), "Әлімқұлова Г.", &kato(), roles)
}

/// Proposed by administrator 701 at that second.
fn appointment(id: &str, member: StaffMember, seconds: i64) -> Appointment {
    Appointment {
        id: AppointmentId(id.to_owned()),
        kind: AppointmentKind::Appointment,
        member,
        replaces: None,
        reason: "№ 5 бұйрық".to_owned(),
        proposed: by(701, seconds),
        end: None,
    }
}

fn release(id: &str, of: &Appointment, seconds: i64) -> Appointment {
    let replaces = Some(of.id.clone());
    let kind = AppointmentKind::Release;
    Appointment { kind, replaces, ..appointment(id, of.member.clone(), seconds) }
}

fn audit(appointment: &Appointment, action: AuditAction) -> AuditEvent {
    let digests = AppointmentColumns::of(appointment).digests();
    let evidence = digests.end.unwrap_or(digests.proposal);
    let row = event(action, None, Some(appointment.member.iin));
    AuditEvent { detail: appointment.id.0.clone(), evidence, ..row }
}

async fn propose(fixture: &Fixture, appointment: &Appointment) -> AppointmentProposed {
    let audit = audit(appointment, AuditAction::AppointmentProposed);
    fixture.store.propose_appointment(appointment, &audit).await.unwrap()
}

fn ending(state: AppointmentState, by: AppointmentBy) -> AppointmentEnd {
    AppointmentEnd { state, by, remark: None }
}

fn decision(
    open: &Appointment,
    end: AppointmentEnd,
    keeps_administrator: bool,
) -> (AppointmentDecision, AuditEvent) {
    let ended = Appointment { end: Some(end.clone()), ..open.clone() };
    let decision = AppointmentDecision { id: open.id.clone(), end, keeps_administrator };
    (decision, audit(&ended, AuditAction::AppointmentDecided))
}

async fn decide(
    fixture: &Fixture,
    open: &Appointment,
    state: AppointmentState,
) -> AppointmentDecided {
    let (decision, audit) = decision(open, ending(state, by(702, 50)), false);
    fixture.store.decide_appointment(&decision, &audit).await.unwrap()
}

/// Proposed, and confirmed by administrator 702.
async fn confirmed(fixture: &Fixture, appointment: &Appointment) {
    assert_eq!(propose(fixture, appointment).await, AppointmentProposed::Kept);
    let decided = decide(fixture, appointment, AppointmentState::Confirmed).await;
    assert_eq!(decided, AppointmentDecided::Done);
}

/// What is proposed lets nobody serve; another appointment takes the place of the first.
pub async fn an_appointment_is_in_force_from_its_confirmation_to_its_release(fixture: Fixture) {
    let store = &fixture.store;
    let first = appointment("a", officer(&[StaffRole::Officer]), 1);
    let (who, place) = (first.member.iin, first.member.workplace.clone());
    let serves = async || {
        let found = store.appointed(who, &place).await.unwrap();
        found.map(|one| (one.id.0, one.member.roles))
    };
    assert_eq!(propose(&fixture, &first).await, AppointmentProposed::Kept);
    assert_eq!(serves().await, None);
    assert_eq!(store.appointment(&first.id).await.unwrap(), Some(first.clone()));
    let decided = decide(&fixture, &first, AppointmentState::Confirmed).await;
    assert_eq!(decided, AppointmentDecided::Done);
    assert_eq!(serves().await, Some(("a".to_owned(), first.member.roles.clone())));
    let kept = store.appointment(&first.id).await.unwrap().unwrap();
    assert_eq!(kept.end, Some(ending(AppointmentState::Confirmed, by(702, 50))));
    let elsewhere = administrator(601).workplace;
    assert_eq!(store.appointed(who, &elsewhere).await.unwrap(), None);
    let both = [StaffRole::Officer, StaffRole::Head];
    let second = appointment("b", officer(&both), 2);
    assert_eq!(propose(&fixture, &second).await, AppointmentProposed::Changed);
    let second = Appointment { replaces: Some(first.id.clone()), ..second };
    confirmed(&fixture, &second).await;
    assert_eq!(serves().await, Some(("b".to_owned(), second.member.roles.clone())));
    let outdated = release("c", &first, 3);
    assert_eq!(propose(&fixture, &outdated).await, AppointmentProposed::Changed);
    let end = release("c", &second, 3);
    assert_eq!(propose(&fixture, &end).await, AppointmentProposed::Kept);
    assert!(serves().await.is_some());
    decide(&fixture, &end, AppointmentState::Confirmed).await;
    assert_eq!(serves().await, None);
    assert!(store.appointments_in_force().await.unwrap().is_empty());
    let again = appointment("d", officer(&both), 4);
    confirmed(&fixture, &again).await;
    assert_eq!(serves().await.unwrap().0, "d");
    let in_force = store.appointments_in_force().await.unwrap();
    assert_eq!(in_force.iter().map(|one| one.id.0.as_str()).collect::<Vec<_>>(), ["d"]);
}

/// So that nothing is decided about what has changed meanwhile.
pub async fn one_proposal_about_a_person_waits_at_a_time_even_in_parallel(fixture: Fixture) {
    let calls: Vec<_> = ["a", "b", "c", "d"]
        .map(|id| {
            let (store, one) =
                (fixture.store.clone(), appointment(id, officer(&[StaffRole::Officer]), 1));
            let audit = audit(&one, AuditAction::AppointmentProposed);
            tokio::spawn(async move { store.propose_appointment(&one, &audit).await.unwrap() })
        })
        .into();
    let mut kept = 0;
    for call in calls {
        match call.await.unwrap() {
            AppointmentProposed::Kept => kept += 1,
            other => assert_eq!(other, AppointmentProposed::AnotherWaits),
        }
    }
    let latest = fixture.store.latest_appointments(10).await.unwrap();
    let rows = fixture.store.audit_from(1, 10).await.unwrap();
    assert_eq!((kept, latest.len(), rows.len()), (1, 1, 1));
    let other = appointment("e", administrator(601), 9);
    assert_eq!(propose(&fixture, &other).await, AppointmentProposed::Kept);
    decide(&fixture, &latest[0], AppointmentState::TurnedDown).await;
    let anew = appointment("f", officer(&[StaffRole::Reviewer]), 3);
    assert_eq!(propose(&fixture, &anew).await, AppointmentProposed::Kept);
    let listed = fixture.store.latest_appointments(2).await.unwrap();
    assert_eq!(listed.iter().map(|one| one.id.0.as_str()).collect::<Vec<_>>(), ["e", "f"]);
}

/// One decision and one journal row, however often it comes.
pub async fn what_was_decided_of_an_appointment_is_decided_once(fixture: Fixture) {
    let one = appointment("a", officer(&[StaffRole::Officer]), 1);
    propose(&fixture, &one).await;
    let calls = (0..4).map(|index| {
        let state = [AppointmentState::Confirmed, AppointmentState::TurnedDown][index % 2];
        let (store, (decision, audit)) =
            (fixture.store.clone(), decision(&one, ending(state, by(702, 50)), false));
        tokio::spawn(async move { store.decide_appointment(&decision, &audit).await.unwrap() })
    });
    let calls: Vec<_> = calls.collect();
    let mut done = 0;
    for call in calls {
        done += u32::from(call.await.unwrap() == AppointmentDecided::Done);
    }
    let rows = fixture.store.audit_from(1, 10).await.unwrap();
    verify_chain(&rows, 1, "").unwrap();
    assert_eq!((done, rows.len()), (1, 2));
    let unknown = appointment("b", officer(&[StaffRole::Officer]), 1);
    let decided = decide(&fixture, &unknown, AppointmentState::Confirmed).await;
    assert_eq!(decided, AppointmentDecided::Closed);
}

/// The proposer takes back what he proposed, and that is all he may do with it.
pub async fn nobody_decides_about_himself_whatever_the_pages_say(fixture: Fixture) {
    let store = &fixture.store;
    let himself = appointment("a", administrator(701), 1);
    let row = audit(&himself, AuditAction::AppointmentProposed);
    assert!(store.propose_appointment(&himself, &row).await.is_err());
    let one = appointment("b", administrator(703), 1);
    propose(&fixture, &one).await;
    let tries = [
        (AppointmentState::Confirmed, 701),
        (AppointmentState::Confirmed, 703),
        (AppointmentState::TurnedDown, 703),
    ];
    for (state, who) in tries {
        let (decision, audit) = decision(&one, ending(state, by(who, 50)), false);
        assert!(store.decide_appointment(&decision, &audit).await.is_err(), "{state:?} {who}");
    }
    assert_eq!(store.audit_from(1, 10).await.unwrap().len(), 1);
    assert_eq!(store.appointment(&one.id).await.unwrap(), Some(one.clone()));
    let (decision, audit) = decision(&one, ending(AppointmentState::Withdrawn, by(701, 50)), false);
    let decided = store.decide_appointment(&decision, &audit).await.unwrap();
    assert_eq!(decided, AppointmentDecided::Done);
}

/// Where nobody is named elsewhere; an officer's release has nothing to do with it.
pub async fn of_two_releases_in_parallel_one_leaves_an_administrator(fixture: Fixture) {
    let store = &fixture.store;
    let (one, two) =
        (appointment("a", administrator(703), 1), appointment("b", administrator(704), 1));
    confirmed(&fixture, &one).await;
    confirmed(&fixture, &two).await;
    let releases = [release("c", &one, 2), release("d", &two, 2)];
    for release in &releases {
        assert_eq!(propose(&fixture, release).await, AppointmentProposed::Kept);
    }
    let calls = releases.clone().map(|release| {
        let end = ending(AppointmentState::Confirmed, by(702, 50));
        let (store, (decision, audit)) = (store.clone(), decision(&release, end, true));
        tokio::spawn(async move { store.decide_appointment(&decision, &audit).await.unwrap() })
    });
    let mut told = Vec::new();
    for call in calls {
        told.push(call.await.unwrap());
    }
    let is_done = |one: &&AppointmentDecided| **one == AppointmentDecided::Done;
    assert_eq!(told.iter().filter(is_done).count(), 1, "{told:?}");
    assert!(told.contains(&AppointmentDecided::LastAdministrator));
    let left = store.appointments_in_force().await.unwrap();
    assert_eq!(left.len(), 1);
    let officer = appointment("e", officer(&[StaffRole::Officer]), 3);
    confirmed(&fixture, &officer).await;
    let end = ending(AppointmentState::Confirmed, by(702, 50));
    let last = store.latest_appointments(1).await.unwrap().remove(0);
    for (release, keeps, expected) in [
        (release("f", &officer, 4), true, AppointmentDecided::Done),
        (last, false, AppointmentDecided::Done),
    ] {
        if release.id.0 == "f" {
            propose(&fixture, &release).await;
        }
        let (decision, audit) = decision(&release, end.clone(), keeps);
        assert_eq!(store.decide_appointment(&decision, &audit).await.unwrap(), expected);
    }
    assert!(store.appointments_in_force().await.unwrap().is_empty());
}

/// What is stored is what was told, of the proposal and of the decision.
pub async fn appointments_give_the_digests_of_the_journal(fixture: Fixture) {
    let one = appointment("a", officer(&[StaffRole::Officer, StaffRole::Head]), 1);
    confirmed(&fixture, &one).await;
    let mut open = release("b", &one, 2);
    propose(&fixture, &open).await;
    let rows = fixture.store.audit_from(1, 10).await.unwrap();
    let mut stored = fixture.store.appointment_digests().await.unwrap();
    stored.sort_by(|one, other| one.id.cmp(&other.id));
    let told: Vec<&str> = rows.iter().map(|row| row.evidence.as_str()).collect();
    assert_eq!(
        told,
        [&*stored[0].proposal, stored[0].end.as_deref().unwrap(), &*stored[1].proposal]
    );
    assert_eq!(stored[1].end, None);
    open.reason.push('.');
    assert_ne!(AppointmentColumns::of(&open).digests().proposal, stored[1].proposal);
}
