//! Who serves by appointment: two administrators, the operator's list before them, and nobody about himself.

use std::sync::Arc;

use domain::{Answer, Bin, Language};

use crate::ports::{AppointmentId, AppointmentState, StaffMember, Workplace};
use crate::staff::{
    AppointError, AppointmentOrder, Decide, Entry, Permit, Staff, StaffParts, StaffRole, acts,
};
use crate::testing::samples::{iin, kato, moment, provider};
use crate::testing::{
    FakeFiles, FakeStaffList, FakeVerifier, FixedClock, MemoryStore, SeededIds, of_organisation,
    service_over,
};
use crate::{AuditAction, Providers, Store};

type Permitted = Permit<acts::ManagePeople>;

struct House {
    staff: Arc<Staff>,
    store: Arc<MemoryStore>,
    named: Arc<FakeStaffList>,
}

fn bin() -> Bin {
    Bin::parse("200140009038").unwrap()
}

fn administrator(seed: u32) -> StaffMember {
    of_organisation(iin(seed), &format!("Әкімші {seed}"), bin(), StaffRole::Administrator)
}

fn permit(seed: u32) -> Permitted {
    Permit::of(administrator(seed)).unwrap()
}

/// The operator names administrators 801 and 802.
fn house() -> House {
    let store = Arc::new(MemoryStore::default());
    let named = Arc::new(FakeStaffList::default());
    named.list(&[administrator(801), administrator(802)]);
    let staff = Staff::new(StaffParts {
        store: store.clone(),
        office: store.clone(),
        registry: store.clone(),
        files: Arc::new(FakeFiles),
        people: named.clone(),
        verifier: Arc::new(FakeVerifier::default()),
        clock: Arc::new(FixedClock::new(moment(0))),
        ids: Arc::new(SeededIds::new(7)),
        providers: Providers::new(vec![provider()], &kato()).unwrap(),
        public_url: "https://anyqtama.example".to_owned(),
    });
    House { staff: Arc::new(staff), store, named }
}

fn order(seed: u32) -> AppointmentOrder {
    AppointmentOrder {
        iin: iin(seed),
        name: " Әлімқұлова  Гүлнәр ".to_owned(),
        workplace: Workplace::Department(kato()),
        roles: vec![StaffRole::Officer],
        reason: "№ 5 бұйрық".to_owned(),
    }
}

fn of_operator(seed: u32, role: StaffRole) -> AppointmentOrder {
    AppointmentOrder { workplace: Workplace::Organisation(bin()), roles: vec![role], ..order(seed) }
}

impl House {
    async fn propose(
        &self,
        by: u32,
        order: AppointmentOrder,
    ) -> Result<AppointmentId, AppointError> {
        self.staff.propose_appointment(&permit(by), order).await
    }

    async fn decide(&self, by: u32, id: &AppointmentId, how: Decide) -> Result<(), AppointError> {
        self.staff.decide_appointment(&permit(by), id, how, "себеп").await
    }

    /// Appointed by 801 and 802.
    async fn appointed(&self, order: AppointmentOrder) -> AppointmentId {
        let id = self.propose(801, order).await.unwrap();
        self.decide(802, &id, Decide::Confirm).await.unwrap();
        id
    }

    async fn release(&self, by: u32, id: &AppointmentId) -> Result<AppointmentId, AppointError> {
        self.staff.propose_release(&permit(by), id, "№ 6 бұйрық").await
    }

    /// What the list says, as every use case of staff asks it.
    async fn serves(&self, seed: u32) -> Answer<StaffMember> {
        let workplace = Workplace::Department(kato());
        self.staff.parts.people.member(iin(seed), &workplace).await
    }
}

fn code<T>(outcome: Result<T, AppointError>) -> &'static str {
    outcome.map_or_else(|error| error.code(), |_| "done")
}

#[tokio::test]
async fn who_is_appointed_serves_once_a_second_administrator_confirms_and_until_he_is_released() {
    let house = house();
    let id = house.propose(801, order(1)).await.unwrap();
    assert_eq!(house.serves(1).await, Answer::Absent);
    assert_eq!(code(house.decide(801, &id, Decide::Confirm).await), "appointment_own");
    assert_eq!(house.serves(1).await, Answer::Absent);
    house.decide(802, &id, Decide::Confirm).await.unwrap();
    let Answer::Known(member) = house.serves(1).await else { panic!("he serves") };
    assert_eq!(member.name, "Әлімқұлова Гүлнәр");
    assert_eq!(code(house.decide(802, &id, Decide::Confirm).await), "appointment_closed");
    let cookie = signed_in(&house, 1).await;
    let release = house.release(802, &id).await.unwrap();
    assert_eq!(code(house.decide(802, &release, Decide::Confirm).await), "appointment_own");
    let entry: Entry<acts::KeepRecords> = house.staff.enter(&cookie).await.unwrap();
    assert!(matches!(entry, Entry::Granted(_)), "what is proposed changes nothing");
    house.decide(801, &release, Decide::Confirm).await.unwrap();
    assert_eq!(house.serves(1).await, Answer::Absent);
    let entry: Entry<acts::KeepRecords> = house.staff.enter(&cookie).await.unwrap();
    assert!(matches!(entry, Entry::SignedOut), "he is out at once");
    assert_eq!(code(house.release(801, &id).await), "appointment_changed");
    let rows = house.store.audit_from(1, 20).await.unwrap();
    let told = |action: AuditAction| rows.iter().filter(|row| row.action == action.code()).count();
    assert_eq!(told(AuditAction::AppointmentProposed), 2);
    assert_eq!(told(AuditAction::AppointmentDecided), 2);
    let service = service_over(house.store.clone());
    let report = service.verify_integrity(&*house.store, &[]).await.unwrap();
    assert_eq!(report.faults, vec![]);
}

async fn signed_in(house: &House, seed: u32) -> String {
    let challenge = house.staff.prepare_sign_in(Language::Kk).await.unwrap();
    let cms = FakeVerifier::sign_for(provider().bin, iin(seed), &challenge.document);
    house.staff.sign_in(&challenge.id, &cms).await.unwrap().cookie
}

#[tokio::test]
async fn nobody_appoints_releases_or_turns_down_himself() {
    let house = house();
    let himself = of_operator(801, StaffRole::Auditor);
    assert_eq!(code(house.propose(801, himself).await), "appointment_named");
    assert_eq!(code(house.propose(801, order(801)).await), "appointment_oneself");
    let id = house.propose(801, order(802)).await.unwrap();
    for how in [Decide::Confirm, Decide::Close] {
        assert_eq!(code(house.decide(802, &id, how).await), "appointment_oneself");
    }
    house.decide(801, &id, Decide::Close).await.unwrap();
    let kept = house.staff.people(&permit(801)).await.unwrap().latest;
    assert_eq!(kept[0].state(), AppointmentState::Withdrawn);
    let third = house.appointed(of_operator(803, StaffRole::Administrator)).await;
    assert_eq!(code(house.release(803, &third).await), "appointment_oneself");
    let release = house.release(801, &third).await.unwrap();
    assert_eq!(code(house.decide(803, &release, Decide::Close).await), "appointment_oneself");
}

#[tokio::test]
async fn what_cannot_be_is_told_and_writes_nothing() {
    let house = house();
    let unknown = domain::Kato::parse("750000000").unwrap();
    let cases = [
        (AppointmentOrder { name: " \u{202e} ".to_owned(), ..order(1) }, "appointment_name"),
        (AppointmentOrder { name: "Ү".repeat(201), ..order(1) }, "appointment_name"),
        (AppointmentOrder { roles: vec![], ..order(1) }, "appointment_roles"),
        (AppointmentOrder { roles: vec![StaffRole::Auditor], ..order(1) }, "appointment_roles"),
        (of_operator(1, StaffRole::Officer), "appointment_roles"),
        (
            AppointmentOrder { workplace: Workplace::Department(unknown), ..order(1) },
            "appointment_workplace",
        ),
        (AppointmentOrder { reason: " ".to_owned(), ..order(1) }, "proposal_reason"),
        (of_operator(802, StaffRole::Auditor), "appointment_named"),
    ];
    for (order, expected) in cases {
        assert_eq!(code(house.propose(801, order).await), expected);
    }
    let nobody = AppointmentId("x".to_owned());
    assert_eq!(code(house.decide(801, &nobody, Decide::Confirm).await), "appointment_unknown");
    assert_eq!(code(house.release(801, &nobody).await), "appointment_unknown");
    let id = house.propose(801, order(1)).await.unwrap();
    assert_eq!(code(house.propose(802, order(1)).await), "appointment_another");
    let silent = house.staff.decide_appointment(&permit(802), &id, Decide::Close, " ").await;
    assert_eq!(code(silent), "proposal_reason");
    house.decide(802, &id, Decide::Close).await.unwrap();
    house.appointed(order(1)).await;
    assert_eq!(code(house.propose(801, order(1)).await), "appointment_same");
    let more = AppointmentOrder { roles: vec![StaffRole::Officer, StaffRole::Head], ..order(1) };
    let more = house.appointed(more).await;
    let people = house.staff.people(&permit(801)).await.unwrap();
    let in_force: Vec<_> = people.appointed.iter().map(|one| one.id.clone()).collect();
    assert_eq!((in_force, people.named.len()), (vec![more], 2));
    let rows = house.store.audit_from(1, 20).await.unwrap();
    assert_eq!(rows.len(), 6, "three were proposed and decided");
}

#[tokio::test]
async fn a_fault_of_either_list_lets_nobody_in_and_is_told_as_a_fault() {
    let house = house();
    let id = house.appointed(order(1)).await;
    house.named.break_down();
    assert_eq!(house.serves(1).await, Answer::Unavailable);
    assert_eq!(code(house.propose(801, order(2)).await), "officers_unavailable");
    assert_eq!(code(house.staff.people(&permit(801)).await), "officers_unavailable");
    let release = house.release(801, &id).await.unwrap();
    assert_eq!(code(house.decide(802, &release, Decide::Confirm).await), "officers_unavailable");
    house.decide(802, &release, Decide::Close).await.unwrap();
    house.named.list(&[]);
    house.store.go_down();
    assert_eq!(house.serves(1).await, Answer::Unavailable);
    assert_eq!(house.staff.parts.people.everybody().await, None);
    house.store.come_up();
    assert!(matches!(house.serves(1).await, Answer::Known(_)));
}

#[tokio::test]
async fn the_last_administrator_is_released_only_while_the_operator_names_one() {
    let house = house();
    let third = house.appointed(of_operator(803, StaffRole::Administrator)).await;
    house.named.list(&[]);
    let release = house.release(801, &third).await.unwrap();
    assert_eq!(code(house.decide(802, &release, Decide::Confirm).await), "appointment_last");
    house.decide(802, &release, Decide::Close).await.unwrap();
    let another = of_operator(803, StaffRole::Auditor);
    let another = house.propose(801, another).await.unwrap();
    assert_eq!(code(house.decide(802, &another, Decide::Confirm).await), "appointment_last");
    house.named.list(&[administrator(801)]);
    house.decide(802, &another, Decide::Confirm).await.unwrap();
    let everybody = house.staff.parts.people.everybody().await.unwrap();
    let roles: Vec<StaffRole> = everybody.iter().flat_map(|one| one.roles.iter()).collect();
    assert_eq!(roles, [StaffRole::Administrator, StaffRole::Auditor]);
}
