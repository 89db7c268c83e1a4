//! Officers: who comes in, and what becomes of a proposal under two pairs of eyes.

use std::sync::Arc;

use domain::{Answer, Bin, Iin, Kato, Language, PersonName, Provider};

use crate::import::{ImportSummary, RegistryRow, RowField};
use crate::ports::{
    Officer, ProposalId, ProposalKind, ProposalPreview, ProposalState, Registry, SignInChallenge,
};
use crate::staff::{
    OfficerSignInError, ProposalError, ProposalOrder, Reading, Staff, StaffParts, Stage,
};
use crate::testing::samples::{ended, iin, kato, moment, provider, registry_row};
use crate::testing::{
    FakeFiles, FakeStaffList, FakeVerifier, FixedClock, MemoryStore, SeededIds, service_over,
};
use crate::{Actor, AuditAction, Providers, SignInError, Store};

struct Office {
    staff: Arc<Staff>,
    store: Arc<MemoryStore>,
    people: Arc<FakeStaffList>,
    clock: Arc<FixedClock>,
    one: Officer,
    two: Officer,
    far: Officer,
}

fn officer(seed: u32, provider: &Kato) -> Officer {
    let (name, provider) = (format!("Officer {seed}"), provider.clone());
    Officer { iin: iin(seed), name, provider, is_signed: true }
}

fn office() -> Office {
    let clock = Arc::new(FixedClock::new(moment(0)));
    office_over(Arc::default(), Arc::default(), clock)
}

/// A process over what is stored.
fn office_over(
    store: Arc<MemoryStore>,
    people: Arc<FakeStaffList>,
    clock: Arc<FixedClock>,
) -> Office {
    let elsewhere = Kato::parse("750000000").unwrap();
    let bin = Bin::parse("210140000026").unwrap();
    let far = Provider { kato: elsewhere.clone(), bin, ..provider() };
    let (one, two) = (officer(501, &kato()), officer(502, &kato()));
    let stranger = officer(503, &elsewhere);
    people.list(&[(&one).into(), (&two).into(), (&stranger).into()]);
    let staff = Staff::new(StaffParts {
        store: store.clone(),
        office: store.clone(),
        registry: store.clone(),
        files: Arc::new(FakeFiles),
        people: people.clone(),
        verifier: Arc::new(FakeVerifier::default()),
        clock: clock.clone(),
        ids: Arc::new(SeededIds::new(7)),
        providers: Providers::new(vec![provider(), far], &kato()).unwrap(),
        public_url: "https://anyqtama.example".to_owned(),
    });
    Office { staff: Arc::new(staff), store, people, clock, one, two, far: stranger }
}

impl Office {
    async fn challenge(&self) -> SignInChallenge {
        self.staff.prepare_sign_in(Language::Kk).await.unwrap()
    }

    async fn propose(&self, by: &Officer, rows: &[RegistryRow]) -> ProposalId {
        let order = ProposalOrder {
            kind: ProposalKind::File,
            file_name: "a.xlsx".to_owned(),
            content: FakeFiles::file(rows),
            reason: None,
        };
        self.staff.propose(by, order).await.unwrap()
    }

    /// Digest of what is shown of a proposal.
    async fn shown(&self, to: &Officer, id: &ProposalId) -> String {
        let look = self.staff.look(to, id).await.unwrap();
        let Stage::Read(reading) = look.stage else { panic!("not read") };
        let Reading::Readable(readable) = &*reading else { panic!("faulty") };
        readable.previewed.read().await.preview.digest.clone()
    }

    async fn state(&self, id: &ProposalId) -> ProposalState {
        self.staff.look(&self.one, id).await.unwrap().proposal.state
    }

    async fn imports(&self) -> usize {
        self.store.import_digests().await.unwrap().len()
    }

    /// One record in the registry, taken in by its proposer.
    async fn with_record(&self) -> RegistryRow {
        let row = registry_row(iin(1), "ward-a");
        let id = self.propose(&self.one, std::slice::from_ref(&row)).await;
        let shown = self.shown(&self.one, &id).await;
        self.staff.take_in(&self.one, &id, &shown).await.unwrap();
        row
    }
}

#[tokio::test]
async fn an_officer_comes_in_with_his_departments_key_alone_and_only_from_the_list() {
    let office = office();
    let bin = provider().bin;
    let challenge = office.challenge().await;
    let sign = |who: Iin| FakeVerifier::sign_for(bin, who, &challenge.document);
    let own_key = FakeVerifier::sign(office.one.iin, &challenge.document);
    let code = async |cms: &[u8]| {
        let came = office.staff.sign_in(&challenge.id, cms).await;
        came.map(|_| "in").unwrap_or_else(|error| error.code())
    };
    assert_eq!(code(&own_key).await, "wrong_role");
    assert_eq!(code(&sign(iin(1))).await, "not_an_officer");
    assert_eq!(code(&sign(office.far.iin)).await, "not_an_officer");
    let other_bin = Bin::parse("210140000016").unwrap();
    let cms = FakeVerifier::sign_for(other_bin, office.one.iin, &challenge.document);
    assert_eq!(code(&cms).await, "not_a_provider");
    office.people.break_down();
    assert_eq!(code(&sign(office.one.iin)).await, "officers_unavailable");
    office.people.list(&[(&office.one).into()]);
    let came = office.staff.sign_in(&challenge.id, &sign(office.one.iin)).await.unwrap();
    assert_eq!(came.member, (&office.one).into());
    assert_eq!(code(&sign(office.one.iin)).await, "challenge_unknown");
    let journal = office.store.audit_from(1, 10).await.unwrap();
    let told = (journal[0].actor.as_str(), journal[0].action.as_str());
    assert_eq!(told, (Actor::Officer.code(), AuditAction::SignedIn.code()));
    let found = office.staff.member(&came.cookie).await.unwrap();
    assert_eq!(found, Answer::Known((&office.one).into()));
    office.people.list(&[]);
    assert_eq!(office.staff.member(&came.cookie).await.unwrap(), Answer::Absent);
}

#[tokio::test]
async fn a_text_for_officers_opens_no_cabinet_and_a_citizens_text_no_desk() {
    let office = office();
    let service = service_over(office.store.clone());
    let citizens = service.prepare_sign_in(Language::Kk).await.unwrap();
    let cms = FakeVerifier::sign_for(provider().bin, office.one.iin, &citizens.document);
    let refused = office.staff.sign_in(&citizens.id, &cms).await;
    assert!(matches!(refused, Err(OfficerSignInError::UnknownChallenge)));
    let officers = office.challenge().await;
    let cms = FakeVerifier::sign(office.one.iin, &officers.document);
    let refused = service.sign_in(&officers.id, &cms).await;
    assert!(matches!(refused, Err(SignInError::UnknownChallenge)));
}

#[tokio::test]
async fn a_session_ends_untended_and_after_a_working_day() {
    let office = office();
    let challenge = office.challenge().await;
    let cms = FakeVerifier::sign_for(provider().bin, office.one.iin, &challenge.document);
    let cookie = office.staff.sign_in(&challenge.id, &cms).await.unwrap().cookie;
    let is_in = async |at: i64| {
        office.clock.set(moment(at));
        office.staff.member(&cookie).await.unwrap() != Answer::Absent
    };
    let minutes = (0..8 * 60).step_by(29);
    for minute in minutes {
        assert!(is_in(minute * 60).await, "{minute}");
    }
    assert!(!is_in(8 * 3_600).await);
    let challenge = office.challenge().await;
    let cms = FakeVerifier::sign_for(provider().bin, office.one.iin, &challenge.document);
    let cookie = office.staff.sign_in(&challenge.id, &cms).await.unwrap().cookie;
    office.clock.set(moment(8 * 3_600 + 31 * 60));
    assert_eq!(office.staff.member(&cookie).await.unwrap(), Answer::Absent);
}

#[tokio::test]
async fn new_records_are_taken_in_by_their_proposer_once() {
    let office = office();
    let id = office.propose(&office.one, &[registry_row(iin(1), "ward-a")]).await;
    let shown = office.shown(&office.one, &id).await;
    let refused = office.staff.take_in(&office.two, &id, &shown).await;
    assert!(matches!(refused, Err(ProposalError::NotProposer)));
    let refused = office.staff.take_in(&office.one, &id, "another").await;
    assert!(matches!(refused, Err(ProposalError::Changed)));
    let both = tokio::join!(
        office.staff.take_in(&office.one, &id, &shown),
        office.staff.take_in(&office.one, &id, &shown),
    );
    let taken: Vec<_> = [both.0, both.1].into_iter().filter_map(Result::ok).collect();
    assert_eq!(taken, [ImportSummary { new: 1, ..ImportSummary::default() }]);
    assert_eq!((office.imports().await, office.state(&id).await), (1, ProposalState::TakenIn));
    let again = office.staff.take_in(&office.one, &id, &shown).await;
    assert!(matches!(again, Err(ProposalError::Closed)));
}

#[tokio::test]
async fn an_end_is_taken_in_by_another_officer_with_the_reason() {
    let office = office();
    let row = office.with_record().await;
    let id = office.propose(&office.one, &[ended(&row)]).await;
    let shown = office.shown(&office.one, &id).await;
    let own = office.staff.take_in(&office.one, &id, &shown).await;
    assert!(matches!(own, Err(ProposalError::OwnProposal)));
    let early = office.staff.take_in(&office.two, &id, &shown).await;
    assert!(matches!(early, Err(ProposalError::NotProposer)));
    for bad in ["", " \n ", &"я".repeat(501)] {
        let asked = office.staff.ask_second_person(&office.one, &id, bad).await;
        assert!(matches!(asked, Err(ProposalError::ReasonMissing)));
    }
    let asked = office.staff.ask_second_person(&office.two, &id, "бұйрық").await;
    assert!(matches!(asked, Err(ProposalError::NotProposer)));
    office.staff.ask_second_person(&office.one, &id, "№ 5 бұйрық").await.unwrap();
    let own = office.staff.take_in(&office.one, &id, &shown).await;
    assert!(matches!(own, Err(ProposalError::OwnProposal)));
    let shown = office.shown(&office.two, &id).await;
    office.staff.take_in(&office.two, &id, &shown).await.unwrap();
    let history = office.store.history_of(iin(1)).await.unwrap();
    let origin = &history.last().unwrap().origin;
    assert_eq!(origin.officer, Some(office.one.iin));
    assert_eq!(origin.confirmed_by, Some(office.two.iin));
    assert_eq!(origin.reason.as_deref(), Some("№ 5 бұйрық"));
    assert_eq!(office.state(&id).await, ProposalState::TakenIn);
}

#[tokio::test]
async fn what_changed_since_it_was_shown_is_shown_again() {
    let office = office();
    let row = office.with_record().await;
    let mut renamed = row.clone();
    renamed.ward.ward.name = PersonName::parse(&"Ү".repeat(100), &"І".repeat(100), "").unwrap();
    let id = office.propose(&office.one, &[renamed.clone()]).await;
    office.shown(&office.one, &id).await;
    office.staff.ask_second_person(&office.one, &id, "қате").await.unwrap();
    let shown = office.shown(&office.two, &id).await;
    let other = office.propose(&office.two, &[ended(&row)]).await;
    office.shown(&office.two, &other).await;
    office.staff.ask_second_person(&office.two, &other, "босатылды").await.unwrap();
    let of_other = office.shown(&office.one, &other).await;
    office.staff.take_in(&office.one, &other, &of_other).await.unwrap();
    let refused = office.staff.take_in(&office.two, &id, &shown).await;
    assert!(matches!(refused, Err(ProposalError::Changed)));
    let now = office.shown(&office.two, &id).await;
    assert_ne!(now, shown);
    office.staff.take_in(&office.two, &id, &now).await.unwrap();
    assert_eq!(office.imports().await, 3);
}

#[tokio::test]
async fn another_department_sees_nothing_and_its_records_stay() {
    let office = office();
    let row = office.with_record().await;
    let id = office.propose(&office.one, &[registry_row(iin(2), "ward-b")]).await;
    let unknown =
        |outcome: Result<(), ProposalError>| matches!(outcome, Err(ProposalError::Unknown));
    assert!(unknown(office.staff.look(&office.far, &id).await.map(|_| ())));
    assert!(unknown(office.staff.take_in(&office.far, &id, "").await.map(|_| ())));
    assert!(unknown(office.staff.close(&office.far, &id, "x").await));
    assert!(unknown(office.staff.ask_second_person(&office.far, &id, "x").await));
    assert!(office.staff.proposals(&office.far).await.unwrap().is_empty());
    let theirs = office.propose(&office.far, &[ended(&row)]).await;
    office.shown(&office.far, &theirs).await;
    office.staff.ask_second_person(&office.far, &theirs, "біздікі").await.unwrap();
    let second = officer(504, &office.far.provider);
    let shown = office.shown(&second, &theirs).await;
    let refused = office.staff.take_in(&second, &theirs, &shown).await;
    assert!(matches!(refused, Err(ProposalError::OthersRecords)));
    assert_eq!(office.imports().await, 1);
}

#[tokio::test]
async fn a_proposal_ends_by_whom_it_is_for_and_drops_its_bytes() {
    let office = office();
    let row = office.with_record().await;
    let withdrawn = office.propose(&office.one, &[registry_row(iin(2), "ward-b")]).await;
    let foreign = office.staff.close(&office.two, &withdrawn, "жоқ").await;
    assert!(matches!(foreign, Err(ProposalError::NotProposer)));
    office.staff.close(&office.one, &withdrawn, "").await.unwrap();
    assert_eq!(office.state(&withdrawn).await, ProposalState::Withdrawn);
    let rejected = office.propose(&office.one, &[ended(&row)]).await;
    office.shown(&office.one, &rejected).await;
    office.staff.ask_second_person(&office.one, &rejected, "себеп").await.unwrap();
    let silent = office.staff.close(&office.two, &rejected, " ").await;
    assert!(matches!(silent, Err(ProposalError::ReasonMissing)));
    office.staff.close(&office.two, &rejected, "бұйрық жоқ").await.unwrap();
    assert_eq!(office.state(&rejected).await, ProposalState::Rejected);
    let overtaken = office.propose(&office.one, &[row]).await;
    office.shown(&office.one, &overtaken).await;
    office.staff.close(&office.one, &overtaken, "").await.unwrap();
    assert_eq!(office.state(&overtaken).await, ProposalState::Overtaken);
    for id in [withdrawn, rejected, overtaken] {
        let office_store: &dyn crate::ports::OfficeStore = &*office.store;
        assert_eq!(office_store.proposal_content(&id).await.unwrap(), None);
        let again = office.staff.close(&office.one, &id, "").await;
        assert!(matches!(again, Err(ProposalError::Closed)));
    }
    assert_eq!(office.imports().await, 1);
}

#[tokio::test]
async fn a_faulty_file_is_told_cell_by_cell_and_can_only_be_withdrawn() {
    let office = office();
    let (kind, file_name) = (ProposalKind::File, "b.csv".to_owned());
    let order = ProposalOrder { kind, file_name, content: b"x".to_vec(), reason: None };
    let id = office.staff.propose(&office.one, order).await.unwrap();
    let look = office.staff.look(&office.one, &id).await.unwrap();
    let Stage::Read(reading) = look.stage else { panic!("not read") };
    assert!(matches!(&*reading, Reading::Faulty(faults) if faults.len() == 1));
    let listed = office.staff.proposals(&office.one).await.unwrap();
    assert_eq!(listed[0].preview, Some(ProposalPreview::Faulty(1)));
    let refused = office.staff.take_in(&office.one, &id, "").await;
    assert!(matches!(refused, Err(ProposalError::NotRead)));
    let refused = office.staff.ask_second_person(&office.one, &id, "себеп").await;
    assert!(matches!(refused, Err(ProposalError::NotRead)));
    office.staff.close(&office.one, &id, "").await.unwrap();
}

#[tokio::test]
async fn after_a_restart_what_was_read_is_read_again_from_the_stored_bytes() {
    let office = office();
    let id = office.propose(&office.one, &[registry_row(iin(1), "ward-a")]).await;
    let shown = office.shown(&office.one, &id).await;
    let (store, people, clock) = (office.store, office.people, office.clock);
    let restarted = office_over(store, people, clock);
    let refused = restarted.staff.take_in(&restarted.one, &id, &shown).await;
    assert!(matches!(refused, Err(ProposalError::NotRead)));
    assert_eq!(restarted.shown(&restarted.one, &id).await, shown);
    restarted.staff.take_in(&restarted.one, &id, &shown).await.unwrap();
    assert_eq!(restarted.imports().await, 1);
}

#[tokio::test]
async fn a_new_record_with_another_address_of_a_known_person_is_not_for_one_officer() {
    let office = office();
    let known = office.with_record().await;
    let mut moved = registry_row(known.guardian.iin, "ward-b");
    moved.guardian.address = "Алматы қаласы".to_owned();
    moved.ward.placement.provider = office.far.provider.clone();
    let id = office.propose(&office.far, std::slice::from_ref(&moved)).await;
    let shown = office.shown(&office.far, &id).await;
    let alone = office.staff.take_in(&office.far, &id, &shown).await;
    assert!(matches!(alone, Err(ProposalError::OwnProposal)));
    assert_eq!(office.imports().await, 1);
    office.staff.ask_second_person(&office.far, &id, "көшті").await.unwrap();
    let second = officer(504, &office.far.provider);
    let look = office.staff.look(&second, &id).await.unwrap();
    let Stage::Read(reading) = look.stage else { panic!("not read") };
    let Reading::Readable(readable) = &*reading else { panic!("faulty") };
    let person = readable.previewed.read().await.preview.changes[0].people[0].clone();
    assert_eq!(person.fields, [RowField::GuardianAddress]);
    assert_eq!(person.known_by, Some(known.ward.placement.provider));
    let taken = office.staff.take_in(&second, &id, &shown).await.unwrap();
    assert_eq!((taken.new, taken.changed), (0, 1));
    let record = office.store.guardian_record(known.guardian.iin).await.unwrap().unwrap();
    assert_eq!(record.guardian.address, moved.guardian.address);
}
