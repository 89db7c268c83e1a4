//! The use cases together, over in-memory ports with a clock that stands still: what people and the law expect.

mod askings;
mod backlog;
mod consents;
mod console;
mod erasing;
mod figures;
mod forms;
mod notices;
mod one_time_passwords;
mod passkeys;
mod people;
mod phone;
mod portal_consent;
mod portal_exchange;
mod proof;
mod proof_meanwhile;
mod recheck;
mod records;
mod recourses;
mod repairs;
mod replica;
mod staff;
mod term;

use std::sync::Arc;

use domain::{
    Answer, ConsentDecision, Consents, DocumentContent, Iin, Kato, Language, Number, RefusalGround,
    RequestState, Role, Term, WaitingFor, WardsAsked,
};
use jiff::SignedDuration;

use crate::audit::AuditAction;
use crate::testing::samples::{self, guardian_record, iin, moment};
use crate::testing::{
    FakeConsents, FakeDataBank, FakeDocumentVerifier, FakeFactsSigner, FakeRecordFiles,
    FakeRenderer, FakeSealer, FakeVerifier, FixedClock, MemoryStore, SeededIds, UNPRINTABLE,
};
use crate::{
    Channel, CheckToken, DocumentCheck, DraftOrder, Entrance, IdempotencyKey, Operator, Providers,
    RenderError, Replayed, ResultKind, SealError, SealTerm, Service, ServiceParts, Settings,
    Standing, Store, Submission, SubmitError, Submitted, Worker, verify_chain,
};

struct World {
    service: Arc<Service>,
    worker: Worker,
    clock: Arc<FixedClock>,
    store: Arc<MemoryStore>,
    bank: Arc<FakeDataBank>,
    renderer: Arc<FakeRenderer>,
    sealer: Arc<FakeSealer>,
    verifier: Arc<FakeVerifier>,
}

fn world() -> World {
    world_with(|_| {})
}

/// The same with other parts.
fn world_with(change: impl FnOnce(&mut ServiceParts)) -> World {
    let clock = Arc::new(FixedClock::new(moment(0)));
    let store = Arc::new(MemoryStore::default());
    let bank = Arc::new(FakeDataBank::default());
    let renderer = Arc::new(FakeRenderer::default());
    let sealer = Arc::new(FakeSealer::default());
    let verifier = Arc::new(FakeVerifier::default());
    let provider = samples::provider();
    let operator = Operator { name: provider.name.clone(), bin: provider.bin };
    let mut parts = ServiceParts {
        store: store.clone(),
        desk: store.clone(),
        record_files: Arc::new(FakeRecordFiles),
        replica: None,
        data_bank: bank.clone(),
        consents: Arc::new(FakeConsents::default()),
        verifier: verifier.clone(),
        identity_provider: None,
        document_verifier: Arc::new(FakeDocumentVerifier),
        renderer: renderer.clone(),
        sealer: sealer.clone(),
        facts_signer: None,
        time_stamper: None,
        one_time_passwords: None,
        mail: None,
        number_class: domain::NumberClass::FIRST,
        clock: clock.clone(),
        ids: Arc::new(SeededIds::new(1)),
        providers: Providers::new(vec![provider], &samples::kato()).unwrap(),
        settings: Settings::new("https://anyqtama.example", operator),
    };
    change(&mut parts);
    let service = Arc::new(Service::new(parts));
    let worker = Worker::new(service.clone());
    World { service, worker, clock, store, bank, renderer, sealer, verifier }
}

impl World {
    async fn signed(&self, applicant: Iin, wards: WardsAsked, consent: ConsentDecision) -> Vec<u8> {
        let consents =
            Consents { restricted_data: consent, protected_secret: ConsentDecision::Given };
        let language = Language::Kk;
        let order = DraftOrder { applicant, language, wards, consents, provider: None };
        let draft = self.service.prepare_draft(order).await.unwrap();
        FakeVerifier::sign(applicant, &draft.document)
    }

    async fn submit(&self, key: &str, cms: Vec<u8>) -> Result<Submitted, SubmitError> {
        let key = IdempotencyKey(key.to_owned());
        let submission = Submission { key, cms, channel: Channel::Api, signed_in: None };
        self.service.submit(submission).await
    }

    async fn ask(&self, applicant: Iin) -> Number {
        let cms = self.signed(applicant, WardsAsked::All, ConsentDecision::Given).await;
        number_of(self.submit("key", cms).await.unwrap())
    }

    async fn work(&self) {
        while self.worker.work_once().await.unwrap() {}
    }

    async fn state(&self, number: &Number) -> RequestState {
        self.service.request_view(number, None).await.unwrap().unwrap().request.state
    }
}

fn number_of(submitted: Submitted) -> Number {
    match submitted {
        Submitted::New(stored)
        | Submitted::Same(stored)
        | Submitted::DraftUsed(stored)
        | Submitted::Open(stored) => stored.number,
    }
}

/// A person the bank knows as guardian of one child.
fn known_guardian(world: &World) -> Iin {
    let person = iin(1);
    world.bank.know(guardian_record(person, &["w1"]));
    person
}

#[tokio::test]
async fn the_whole_way_of_one_request_ends_with_a_sealed_certificate() {
    let world = world();
    let person = known_guardian(&world);
    let number = world.ask(person).await;
    assert_eq!(world.state(&number).await, RequestState::Accepted);
    world.work().await;
    let view = world.service.request_view(&number, Some(person)).await.unwrap().unwrap();
    assert_eq!(view.request.state, RequestState::Granted);
    assert_eq!(view.term, Term::Running);
    let [result] = view.results.as_slice() else { panic!("one result") };
    assert_eq!(result.kind, ResultKind::Certificate);
    let (_, bytes) = world.service.download(&result.id, Some(person)).await.unwrap().unwrap();
    let unsealed = world.sealer.sealed();
    assert!(bytes.starts_with(&unsealed[0]) && bytes.len() > unsealed[0].len());
    let actions: Vec<_> = view.history.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["registered", "data_bank_asked", "decided", "intended", "issued"]);
}

#[tokio::test]
async fn without_consent_the_data_bank_is_not_asked() {
    let world = world();
    let person = known_guardian(&world);
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Refused).await;
    let number = number_of(world.submit("key", cms).await.unwrap());
    world.work().await;
    assert_eq!(world.bank.asked(person), 0);
    let view = world.service.request_view(&number, None).await.unwrap().unwrap();
    assert_eq!(view.request.state, RequestState::Refused);
    let DocumentContent::Refusal(refusal) = &view.results[0].content else { panic!("a refusal") };
    assert_eq!(refusal.ground, RefusalGround::NoConsent);
    assert_eq!(refusal.checked.len(), 1);
}

#[tokio::test]
async fn past_the_term_the_request_still_ends_with_its_real_answer() {
    let world = world();
    let person = known_guardian(&world);
    world.bank.go_down();
    let number = world.ask(person).await;
    for _ in 0..80 {
        world.work().await;
        assert_eq!(world.state(&number).await, RequestState::Checking(Some(WaitingFor::DataBank)));
        world.clock.advance(SignedDuration::from_secs(30));
    }
    let view = world.service.request_view(&number, None).await.unwrap().unwrap();
    assert_eq!(view.term, Term::Exceeded);
    let waiting = view.history.iter().filter(|line| line.action == "waiting").count();
    assert_eq!(waiting, 1, "one clear line, however often it was tried");
    world.bank.come_up();
    world.clock.advance(SignedDuration::from_secs(60));
    world.work().await;
    let view = world.service.request_view(&number, None).await.unwrap().unwrap();
    assert_eq!(view.request.state, RequestState::Granted);
    assert_eq!(view.term, Term::Exceeded, "an answer that came late stays late");
}

#[tokio::test]
async fn what_is_wrong_before_registration_registers_nothing() {
    let world = world();
    let person = known_guardian(&world);
    let draft_signed_by = async |signer: Iin| {
        let own = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
        let content = serde_json::from_slice::<serde_json::Value>(&own).unwrap();
        let mut content = content.clone();
        content["iin"] = signer.digits().into();
        serde_json::to_vec(&content).unwrap()
    };
    let code = async |cms: Vec<u8>| match world.submit("key", cms).await {
        Err(error) => error.code(),
        Ok(_) => panic!("registered"),
    };
    assert_eq!(code(b"no signature".to_vec()).await, "cms_unreadable");
    assert_eq!(code(FakeVerifier::sign(person, b"some paper")).await, "document_unknown");
    let foreign = br#"{"schema":"electronic-request.v1","challenge":"unknown"}"#;
    assert_eq!(code(FakeVerifier::sign(person, foreign)).await, "draft_unknown");
    assert_eq!(code(draft_signed_by(iin(2)).await).await, "someone_elses_signature");
    world.verifier.go_down("crl_stale");
    assert_eq!(code(draft_signed_by(person).await).await, "crl_stale");
    world.verifier.come_up();
    let named = WardsAsked::named(person, vec![iin(77)]).unwrap();
    let cms = world.signed(person, named, ConsentDecision::Given).await;
    assert_eq!(code(cms).await, "ward_not_found_for_applicant");
    let late = draft_signed_by(person).await;
    world.clock.advance(SignedDuration::from_mins(31));
    assert_eq!(code(late).await, "draft_expired");
    assert!(world.service.requests_of(person, None).await.unwrap().is_empty());
    assert!(!world.worker.work_once().await.unwrap(), "no job without a request");
}

#[tokio::test]
async fn another_session_cannot_submit_for_somebody_else() {
    let world = world();
    let person = known_guardian(&world);
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    let submission = Submission {
        key: IdempotencyKey("key".into()),
        cms,
        channel: Channel::Portal,
        signed_in: Some(iin(2)),
    };
    let error = world.service.submit(submission).await.unwrap_err();
    assert_eq!(error.code(), "someone_elses_signature");
}

#[tokio::test]
async fn a_second_submission_leads_to_the_first_request() {
    let world = world();
    let person = known_guardian(&world);
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    let other = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    let first = number_of(world.submit("key", cms.clone()).await.unwrap());
    assert!(matches!(world.submit("key", cms.clone()).await, Ok(Submitted::Same(_))));
    assert!(matches!(world.submit("tab two", cms).await, Ok(Submitted::DraftUsed(_))));
    assert!(matches!(world.submit("key", other.clone()).await, Err(SubmitError::KeyReused)));
    let Ok(Submitted::Open(open)) = world.submit("key three", other.clone()).await else {
        panic!("the open request expected")
    };
    assert_eq!(open.number, first);
    world.work().await;
    // The same click again is answered as before, although the first has ended; a new document asks anew.
    let Ok(Submitted::Open(again)) = world.submit("key three", other).await else {
        panic!("the same request expected")
    };
    assert_eq!(again.number, first);
    let new = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    let Ok(Submitted::New(second)) = world.submit("key four", new).await else {
        panic!("a new request expected: a refusal or grant is no bar to asking again")
    };
    assert_ne!(second.number, first);
}

#[tokio::test]
async fn named_wards_are_told_apart_before_and_after_registration() {
    let world = world();
    let person = known_guardian(&world);
    let own = guardian_record(person, &["w1"]).wards[0].ward.iin;
    let own = own.unwrap_or_else(|| iin(50));
    let named = WardsAsked::named(person, vec![own, iin(77)]).unwrap();
    let cms = world.signed(person, named.clone(), ConsentDecision::Given).await;
    let Err(SubmitError::WardNotFound { positions }) = world.submit("one", cms).await else {
        panic!("told before registration")
    };
    assert!(positions.contains(&2));
    // While the bank is silent nobody can be told: the request is registered, and answered when the bank returns.
    world.bank.go_down();
    let cms = world.signed(person, named, ConsentDecision::Given).await;
    let number = number_of(world.submit("two", cms).await.unwrap());
    world.work().await;
    world.bank.come_up();
    world.clock.advance(SignedDuration::from_secs(60));
    world.work().await;
    let view = world.service.request_view(&number, None).await.unwrap().unwrap();
    assert!(view.request.state.is_final());
    let refusals =
        view.results.iter().filter(|one| one.kind == ResultKind::Refusal).collect::<Vec<_>>();
    let [refusal] = refusals.as_slice() else { panic!("one refusal for the ward not found") };
    let DocumentContent::Refusal(content) = &refusal.content else { panic!("a refusal") };
    assert!(content.named_wards.contains(&iin(77)));
}

#[tokio::test]
async fn a_fault_of_writer_or_seal_delays_and_never_changes_the_answer() {
    let world = world();
    let person = known_guardian(&world);
    world.renderer.fail(Some(RenderError::Failed("planted".into())));
    let number = world.ask(person).await;
    world.work().await;
    assert_eq!(world.state(&number).await, RequestState::Checking(None));
    world.renderer.fail(None);
    world.sealer.fail(Some(SealError::Unavailable("planted".into())));
    world.clock.advance(SignedDuration::from_secs(60));
    world.work().await;
    assert_eq!(world.state(&number).await, RequestState::Checking(None));
    world.sealer.fail(None);
    world.clock.advance(SignedDuration::from_secs(60));
    world.work().await;
    assert_eq!(world.state(&number).await, RequestState::Granted);
    assert_eq!(world.renderer.rendered(), 1, "what is stored is not rendered again");
    assert_eq!(world.bank.asked(person), 1, "what is decided is not asked again");
}

#[tokio::test]
async fn without_the_signature_over_its_facts_no_document_leaves_and_nobody_is_refused() {
    let signer = Arc::new(FakeFactsSigner::default());
    let world = world_with(|parts| parts.facts_signer = Some(signer.clone()));
    let person = known_guardian(&world);
    signer.fail(Some(SealError::Unavailable("planted".into())));
    let number = world.ask(person).await;
    world.work().await;
    assert_eq!(world.state(&number).await, RequestState::Checking(None));
    assert_eq!(world.renderer.rendered(), 0, "nothing is stored that lacks it");
    assert_eq!(world.service.contacts().seal.answers, Some(false));
    signer.fail(None);
    world.sealer.fail(Some(SealError::Unavailable("planted".into())));
    world.clock.advance(SignedDuration::from_secs(60));
    world.work().await;
    assert_eq!(signer.signed().len(), 1);
    // From here on the signature is part of what is stored: the signer is not needed any more.
    signer.fail(Some(SealError::Unavailable("planted".into())));
    world.sealer.fail(None);
    world.clock.advance(SignedDuration::from_secs(60));
    world.work().await;
    assert_eq!(world.state(&number).await, RequestState::Granted);
    let view = world.service.request_view(&number, Some(person)).await.unwrap().unwrap();
    let facts = serde_json::to_vec(&view.results[0].content).unwrap();
    assert_eq!(signer.signed(), [facts]);
    let [unsealed] = world.sealer.sealed().try_into().unwrap();
    let end = b"\n%facts signed 1 ";
    assert!(unsealed.windows(end.len()).any(|window| window == end));
    assert_eq!(world.renderer.rendered(), 1);
}

#[tokio::test]
async fn the_certificate_of_the_facts_signer_is_watched_as_those_of_the_seals() {
    let signer = Arc::new(FakeFactsSigner::default());
    let world = world_with(|parts| parts.facts_signer = Some(signer.clone()));
    assert_eq!(world.service.seal_covers(), []);
    let (owner, certificate) = ("facts".to_owned(), "facts".to_owned());
    let (not_before, not_after) = (moment(0), moment(86_400));
    signer.certify(vec![SealTerm { owner, certificate, not_before, not_after }]);
    let covers = world.service.seal_covers();
    assert_eq!(covers.len(), 1);
    assert_eq!((covers[0].owner.as_str(), covers[0].ends_at), ("facts", moment(86_400)));
}

#[tokio::test]
async fn a_record_that_cannot_be_printed_waits_for_its_repair_and_is_then_answered() {
    let world = world();
    let person = iin(1);
    let mut record = guardian_record(person, &["w1"]);
    record.guardian.address = format!("Шығыс {UNPRINTABLE} көшесі");
    world.bank.know(record);
    let number = world.ask(person).await;
    world.work().await;
    let waiting = RequestState::Checking(Some(WaitingFor::DataBank));
    assert_eq!(world.state(&number).await, waiting);
    world.bank.know(guardian_record(person, &["w1"]));
    world.clock.advance(SignedDuration::from_secs(60));
    world.work().await;
    assert_eq!(world.state(&number).await, RequestState::Granted);
}

#[tokio::test]
async fn the_same_submission_gets_the_same_answer_even_when_its_key_was_revoked_since() {
    let world = world();
    let person = known_guardian(&world);
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    let number = number_of(world.submit("key", cms.clone()).await.unwrap());
    world.verifier.go_down("crl_stale");
    let Ok(Submitted::Same(again)) = world.submit("key", cms).await else { panic!("the same") };
    assert_eq!(again.number, number);
}

#[tokio::test]
async fn a_store_that_is_down_loses_nothing() {
    let world = world();
    let person = known_guardian(&world);
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    world.store.go_down();
    let error = world.submit("key", cms.clone()).await.unwrap_err();
    assert_eq!(error.code(), "store_unavailable");
    world.store.come_up();
    assert!(matches!(world.submit("key", cms).await, Ok(Submitted::New(_))));
}

#[tokio::test]
async fn the_cabinet_keeps_every_result_and_shows_it_to_nobody_else() {
    let world = world();
    let person = known_guardian(&world);
    let first = world.ask(person).await;
    world.work().await;
    world.clock.advance(SignedDuration::from_hours(24 * 365));
    let cms = world.signed(person, WardsAsked::All, ConsentDecision::Given).await;
    let second = number_of(world.submit("key two", cms).await.unwrap());
    world.work().await;
    let views = world.service.requests_of(person, None).await.unwrap();
    let numbers: Vec<_> = views.iter().map(|view| view.request.number.clone()).collect();
    assert_eq!(numbers, [second, first.clone()], "newest first");
    let stranger = Some(iin(2));
    assert!(world.service.request_view(&first, stranger).await.unwrap().is_none());
    let result = &views[1].results[0];
    assert!(world.service.download(&result.id, stranger).await.unwrap().is_none());
    let once = world.service.download(&result.id, Some(person)).await.unwrap().unwrap().1;
    let again = world.service.download(&result.id, Some(person)).await.unwrap().unwrap().1;
    assert_eq!(once, again);
}

async fn issued(world: &World, person: Iin) -> (Number, CheckToken, Vec<u8>) {
    let number = world.ask(person).await;
    world.work().await;
    let view = world.service.request_view(&number, None).await.unwrap().unwrap();
    let result = &view.results[0];
    let bytes = world.service.download(&result.id, None).await.unwrap().unwrap().1;
    let DocumentContent::Certificate(content) = &result.content else { panic!("a certificate") };
    let token = content.check_url.rsplit('/').next().unwrap().to_owned();
    (result.number.clone(), CheckToken(token), bytes)
}

#[tokio::test]
async fn a_check_tells_genuine_from_not_and_today_from_then() {
    let world = world();
    let person = known_guardian(&world);
    let (number, token, bytes) = issued(&world, person).await;
    let standing = async |world: &World| match world.service.check_by_token(&token).await.unwrap() {
        DocumentCheck::Genuine(checked) => checked.standing,
        other => panic!("genuine expected, got {other:?}"),
    };
    assert_eq!(standing(&world).await, Standing::Matches);
    let by_number = world.service.check_by_number(&number, person).await.unwrap();
    let DocumentCheck::Genuine(checked) = by_number else { panic!("genuine") };
    assert_eq!(checked.role, Some(Role::Guardian));
    assert!(checked.holder_masked.contains('•'));
    let other_holder = world.service.check_by_number(&number, iin(2)).await.unwrap();
    assert_eq!(other_holder, DocumentCheck::NotFound);
    assert!(matches!(world.service.check_pdf(&bytes).await, Ok(DocumentCheck::Genuine(_))));
    let altered = world.service.check_pdf(b"%PDF-fake\n{}").await.unwrap();
    assert_eq!(altered, DocumentCheck::NotGenuine { code: "not_sealed" });
    let rubbish = world.service.check_pdf(b"rubbish").await.unwrap();
    assert_eq!(rubbish, DocumentCheck::Unreadable { code: "not_a_pdf" });

    world.bank.go_down();
    assert_eq!(standing(&world).await, Standing::CannotTell);
    world.bank.come_up();
    let mut older = guardian_record(person, &["w1"]);
    older.wards[0].ward.birth_date = jiff::civil::date(2010, 1, 1);
    world.bank.know(older);
    assert_eq!(standing(&world).await, Standing::RoleChanged);
    world.bank.answer(person, Answer::Absent);
    assert_eq!(standing(&world).await, Standing::NoLongerMatches);
}

#[tokio::test]
async fn a_refusal_is_no_certificate_to_third_parties() {
    let world = world();
    let person = iin(1);
    let number = world.ask(person).await;
    world.work().await;
    let view = world.service.request_view(&number, None).await.unwrap().unwrap();
    assert_eq!(view.request.state, RequestState::Refused);
    let found = world.service.check_by_number(&view.results[0].number, person).await.unwrap();
    assert_eq!(found, DocumentCheck::NotFound);
}

#[tokio::test]
async fn a_decision_is_made_again_from_its_stored_evidence() {
    let world = world();
    let person = known_guardian(&world);
    let number = world.ask(person).await;
    assert!(matches!(world.service.replay(&number).await, Ok(Replayed::Undecided)));
    world.work().await;
    world.bank.answer(person, Answer::Absent);
    assert!(matches!(world.service.replay(&number).await, Ok(Replayed::Same(_))));
    let unknown = samples::number(domain::NumberKind::Request, 999);
    assert!(matches!(world.service.replay(&unknown).await, Ok(Replayed::Unknown)));
}

#[tokio::test]
async fn the_journal_tells_everything_in_one_unbroken_chain() {
    let world = world();
    let person = known_guardian(&world);
    let (number, ..) = issued(&world, person).await;
    world.service.check_by_number(&number, person).await.unwrap();
    let rows = crate::Store::audit_from(&*world.store, 1, 100).await.unwrap();
    assert!(verify_chain(&rows, 1, "").is_ok());
    let checked = rows.last().unwrap();
    assert_eq!((checked.action.as_str(), checked.actor.as_str()), ("checked", "checker"));
    assert_eq!(checked.subject, person.digits(), "the person can see it in his journal");
}

#[tokio::test]
async fn an_addressed_department_must_exist() {
    let world = world();
    let consents = Consents {
        restricted_data: ConsentDecision::Given,
        protected_secret: ConsentDecision::Given,
    };
    let order = DraftOrder {
        applicant: iin(1),
        language: Language::Ru,
        wards: WardsAsked::All,
        consents,
        provider: Kato::parse("750000000").ok(),
    };
    let error = world.service.prepare_draft(order).await.unwrap_err();
    assert_eq!(error.code(), "provider_unknown");
}

#[tokio::test]
async fn signing_in_takes_a_fresh_challenge_once() {
    let world = world();
    let person = iin(1);
    let challenge = world.service.prepare_sign_in(Language::Kk).await.unwrap();
    let cms = FakeVerifier::sign(person, &challenge.document);
    let entrance = world.service.sign_in(&challenge.id, &cms).await.unwrap();
    let Entrance::SignedIn(signed_in) = entrance else { panic!("no second step is asked for") };
    let session = world.service.session(&signed_in.cookie).await.unwrap().unwrap();
    assert_eq!(session.iin, person);
    let again = world.service.sign_in(&challenge.id, &cms).await.unwrap_err();
    assert_eq!(again.code(), "challenge_unknown");
    let second = world.service.prepare_sign_in(Language::Kk).await.unwrap();
    let wrong = world.service.sign_in(&second.id, &cms).await.unwrap_err();
    assert_eq!(wrong.code(), "content_differs", "a signature over another challenge");
    world.clock.advance(SignedDuration::from_mins(6));
    let cms = FakeVerifier::sign(person, &second.document);
    assert_eq!(
        world.service.sign_in(&second.id, &cms).await.unwrap_err().code(),
        "challenge_expired"
    );
    world.service.sign_out(&signed_in.cookie).await.unwrap();
    assert!(world.service.session(&signed_in.cookie).await.unwrap().is_none());
}
