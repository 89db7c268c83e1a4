//! Passkeys of people who serve: made after a signature, good for reading and working, and for nothing that needs two.

use std::sync::Arc;

use domain::{Bin, Language};

use crate::ports::{Passkey, PasskeyId, StaffMember};
use crate::staff::{
    Act, Entry, OfficerSignInError, PasskeyError, PasskeyInvitation, Permit, Staff, StaffParts,
    StaffRole, acts,
};
use crate::testing::samples::{iin, kato, moment, provider};
use crate::testing::{
    FakeFiles, FakePasskeys, FakeStaffList, FakeVerifier, FixedClock, MemoryStore, SeededIds,
    of_department, of_organisation,
};
use crate::{Providers, Store};

type Desk = Permit<acts::OpenDesk>;

struct House {
    staff: Arc<Staff>,
    store: Arc<MemoryStore>,
    people: Arc<FakeStaffList>,
    clock: Arc<FixedClock>,
}

fn operator() -> Bin {
    Bin::parse("200140009038").unwrap()
}

fn officer(seed: u32) -> StaffMember {
    of_department(iin(seed), "Айжан", &kato(), &[StaffRole::Officer])
}

fn administrator() -> StaffMember {
    of_organisation(iin(803), "Әкімші", operator(), StaffRole::Administrator)
}

fn house() -> House {
    let store = Arc::new(MemoryStore::default());
    let people = Arc::new(FakeStaffList::default());
    people.list(&[officer(501), officer(502), administrator()]);
    let clock = Arc::new(FixedClock::new(moment(0)));
    let staff = Staff::new(StaffParts {
        store: store.clone(),
        office: store.clone(),
        registry: store.clone(),
        files: Arc::new(FakeFiles),
        people: people.clone(),
        verifier: Arc::new(FakeVerifier::default()),
        clock: clock.clone(),
        ids: Arc::new(SeededIds::new(7)),
        providers: Providers::new(vec![provider()], &kato()).unwrap(),
        public_url: "https://anyqtama.example".to_owned(),
    });
    let staff = staff.with_passkeys(Some(Arc::new(FakePasskeys::default())));
    House { staff: Arc::new(staff), store, people, clock }
}

impl House {
    async fn signed(&self, bin: Bin, seed: u32) -> Desk {
        let challenge = self.staff.prepare_sign_in(Language::Kk).await.unwrap();
        let cms = FakeVerifier::sign_for(bin, iin(seed), &challenge.document);
        let cookie = self.staff.sign_in(&challenge.id, &cms).await.unwrap().cookie;
        self.granted(&cookie).await
    }

    async fn granted<A: Act>(&self, cookie: &str) -> Permit<A> {
        match self.staff.enter(cookie).await.unwrap() {
            Entry::Granted(permit) => permit,
            _ => panic!("he may"),
        }
    }

    /// Makes a passkey and answers with its handle.
    async fn made(&self, desk: &Desk, credential: &str) -> String {
        let PasskeyInvitation { id, options } = self.staff.begin_passkey(desk).await.unwrap();
        let handle = FakePasskeys::handle(&options);
        let answer = FakePasskeys::answer(&options, &handle, credential, 0);
        self.staff.add_passkey(desk, &id, &answer, " Менің  кілтім ").await.unwrap();
        handle
    }

    /// The cookie of whoever uses this credential.
    async fn used(
        &self,
        handle: &str,
        credential: &str,
        counter: u32,
    ) -> Result<String, OfficerSignInError> {
        let invitation = self.staff.begin_passkey_sign_in().await.unwrap().unwrap();
        let answer = FakePasskeys::answer(&invitation.options, handle, credential, counter);
        let came = self.staff.sign_in_by_passkey(&invitation.id, &answer).await;
        came.map(|came| came.cookie)
    }

    async fn own(&self, desk: &Desk) -> Vec<Passkey> {
        self.staff.passkeys(desk).await.unwrap()
    }
}

fn code<T>(outcome: Result<T, PasskeyError>) -> &'static str {
    outcome.map_or_else(|error| error.code(), |_| "done")
}

fn why<T>(outcome: Result<T, OfficerSignInError>) -> &'static str {
    outcome.map_or_else(|error| error.code(), |_| "in")
}

#[tokio::test]
async fn a_passkey_made_after_a_signature_opens_the_desk_and_the_journal_tells_the_way() {
    let house = house();
    let desk = house.signed(provider().bin, 501).await;
    let handle = house.made(&desk, "a").await;
    assert_eq!(house.own(&desk).await[0].name, "Менің кілтім");
    assert_eq!(house.made(&desk, "b").await, handle, "a device knows him by one handle");
    let cookie = house.used(&handle, "a", 1).await.unwrap();
    let by_passkey: Desk = house.granted(&cookie).await;
    assert_eq!(by_passkey.member(), desk.member());
    assert!(!by_passkey.is_signed() && desk.is_signed());
    let records: Permit<acts::KeepRecords> = house.granted(&cookie).await;
    assert!(!records.officer().unwrap().is_signed);
    let used: Vec<_> = house.own(&desk).await.iter().map(|one| one.used_at).collect();
    assert!(used.contains(&Some(moment(0))) && used.contains(&None), "one of the two: {used:?}");
    let rows = house.store.audit_from(1, 20).await.unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.action.as_str(), row.detail.as_str())).collect();
    assert_eq!(
        told[1..],
        [("passkey_added", "passkey"), ("passkey_added", "passkey"), ("signed_in", "passkey"),]
    );
}

#[tokio::test]
async fn what_needs_two_pairs_of_eyes_and_another_passkey_need_a_signature() {
    let house = house();
    let desk = house.signed(operator(), 803).await;
    let handle = house.made(&desk, "a").await;
    let cookie = house.used(&handle, "a", 0).await.unwrap();
    let entry: Entry<acts::ManagePeople> = house.staff.enter(&cookie).await.unwrap();
    assert!(matches!(entry, Entry::NeedsSignature));
    let entry: Entry<acts::KeepRecords> = house.staff.enter(&cookie).await.unwrap();
    assert!(matches!(entry, Entry::NotAllowed), "who may not is told nothing more");
    let _: Permit<acts::ReadFigures> = house.granted(&cookie).await;
    let by_passkey: Desk = house.granted(&cookie).await;
    assert_eq!(code(house.staff.begin_passkey(&by_passkey).await), "signature_needed");
    let begun = house.staff.begin_passkey(&desk).await.unwrap();
    let answer = FakePasskeys::answer(&begun.options, &handle, "b", 0);
    let added = house.staff.add_passkey(&by_passkey, &begun.id, &answer, "x").await;
    assert_eq!(code(added), "signature_needed");
    let own = house.own(&by_passkey).await;
    house.staff.remove_passkey(&by_passkey, &own[0].id).await.unwrap();
    assert_eq!(why(house.used(&handle, "a", 0).await), "passkey_unknown");
}

#[tokio::test]
async fn who_left_the_list_has_a_passkey_that_opens_nothing() {
    let house = house();
    let desk = house.signed(provider().bin, 501).await;
    let handle = house.made(&desk, "a").await;
    house.people.break_down();
    assert_eq!(why(house.used(&handle, "a", 1).await), "officers_unavailable");
    house.people.list(&[officer(502)]);
    assert_eq!(why(house.used(&handle, "a", 1).await), "not_an_officer");
    house.people.list(&[officer(501)]);
    assert_eq!(why(house.used(&handle, "a", 1).await), "in");
}

#[tokio::test]
async fn a_copied_or_foreign_credential_and_a_used_or_old_ceremony_open_nothing() {
    let house = house();
    let desk = house.signed(provider().bin, 501).await;
    let handle = house.made(&desk, "a").await;
    assert_eq!(why(house.used(&handle, "a", 5).await), "in");
    for behind in [0, 4, 5] {
        assert_eq!(why(house.used(&handle, "a", behind).await), "passkey_cloned", "{behind}");
    }
    assert_eq!(why(house.used(&"0".repeat(32), "a", 6).await), "passkey_unknown");
    assert_eq!(why(house.used(&handle, "x", 6).await), "passkey_unknown");
    let staff = &house.staff;
    let begun = staff.begin_passkey_sign_in().await.unwrap().unwrap();
    let answer = FakePasskeys::answer(&begun.options, &handle, "a", 6);
    assert_eq!(why(staff.sign_in_by_passkey(&begun.id, "{").await), "passkey_malformed");
    let other = staff.begin_passkey_sign_in().await.unwrap().unwrap();
    assert_eq!(why(staff.sign_in_by_passkey(&other.id, &answer).await), "passkey_refused");
    assert_eq!(why(staff.sign_in_by_passkey(&begun.id, &answer).await), "in");
    let again = FakePasskeys::answer(&begun.options, &handle, "a", 7);
    assert_eq!(why(staff.sign_in_by_passkey(&begun.id, &again).await), "challenge_unknown");
    let old = staff.begin_passkey_sign_in().await.unwrap().unwrap();
    let answer = FakePasskeys::answer(&old.options, &handle, "a", 8);
    house.clock.set(moment(301));
    assert_eq!(why(staff.sign_in_by_passkey(&old.id, &answer).await), "challenge_unknown");
}

#[tokio::test]
async fn one_ceremony_is_not_taken_for_another() {
    let house = house();
    let (one, two) =
        (house.signed(provider().bin, 501).await, house.signed(provider().bin, 502).await);
    let staff = &house.staff;
    let begun = staff.begin_passkey(&one).await.unwrap();
    let handle = FakePasskeys::handle(&begun.options);
    let answer = FakePasskeys::answer(&begun.options, &handle, "a", 0);
    let theirs = staff.add_passkey(&two, &begun.id, &answer, "x").await;
    assert_eq!(code(theirs), "passkey_expired", "it was begun for another");
    assert_eq!(why(staff.sign_in_by_passkey(&begun.id, &answer).await), "challenge_unknown");
    let cms = FakeVerifier::sign_for(provider().bin, iin(501), b"{}");
    assert_eq!(why(staff.sign_in(&begun.id, &cms).await), "challenge_unknown");
    for bad in ["", " \u{202e} ", &"я".repeat(61)] {
        let added = staff.add_passkey(&one, &begun.id, &answer, bad).await;
        assert_eq!(code(added), "passkey_name");
    }
    staff.add_passkey(&one, &begun.id, &answer, "x").await.unwrap();
    assert_eq!(code(staff.add_passkey(&one, &begun.id, &answer, "x").await), "passkey_expired");
    let signing = staff.prepare_sign_in(Language::Kk).await.unwrap();
    assert_eq!(code(staff.add_passkey(&one, &signing.id, &answer, "x").await), "passkey_expired");
    let nobody = PasskeyId("x".to_owned());
    assert_eq!(code(staff.remove_passkey(&one, &nobody).await), "passkey_unknown");
    let id = house.own(&one).await[0].id.clone();
    assert_eq!(code(staff.remove_passkey(&two, &id).await), "passkey_unknown");
}

#[tokio::test]
async fn nobody_keeps_more_passkeys_than_he_needs() {
    let house = house();
    let desk = house.signed(provider().bin, 501).await;
    for index in 0..10 {
        house.made(&desk, &format!("credential {index}")).await;
    }
    assert_eq!(code(house.staff.begin_passkey(&desk).await), "passkey_too_many");
}
