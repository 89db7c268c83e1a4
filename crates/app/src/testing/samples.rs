//! Synthetic people, requests and documents. No IIN here belongs to anybody: they are counted up, not collected.

use std::sync::Arc;

use domain::{
    AccountingStatus, Act, ActKind, Answer, Bilingual, Bin, CertificateContent, ConsentDecision,
    ConsentKind, ConsentRecord, Consents, DocumentContent, ElectronicRequest, EndOfPlacement,
    Evidence, FormOfPlacement, FormVersion, FormWording, Guardian, GuardianRecord, Iin, Kato,
    Language, LegalClock, Number, NumberKind, Outcome, PersonName, Placement, Provider,
    RULE_VERSION, RefusalContent, RefusalGround, RequestState, Role, Ward, WardId, WardRecord,
    WardsAsked,
};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::evidence::{effect_digest, registration_digest};
use crate::import::{ImportBatch, ImportOrigin, ImportTerms, RegistryRow};
use crate::ports::{
    Annulment, AnnulmentEnd, AnnulmentId, AnnulmentOutcome, AnnulmentReason, Channel, CheckToken,
    Draft, Effect, FormEnd, FormId, FormOutcome, FormProposal, IdempotencyKey, JobNext, Lease,
    Notice, NoticeKind, PlannedResult, Registered, Registration, RequestNote, ResultId, Store,
    StoredDecision, StoredRequest, Transition, WardKey, Workplace,
};

/// The moment the samples begin, and seconds after it.
#[must_use]
pub fn moment(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-11-23T05:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(seconds)
}

/// One of some 80 000 different IINs, of people born in 1985.
#[must_use]
pub fn iin(index: u32) -> Iin {
    // Some numbers have no check digit, so each index has three to choose from.
    let (day, serial) = (1 + index / 3_000 % 28, index % 3_000 * 3);
    (serial..serial + 3).find_map(|serial| checked(&format!("8501{day:02}3{serial:04}"))).unwrap()
}

fn checked(eleven: &str) -> Option<Iin> {
    (0..10).find_map(|digit| Iin::parse(&format!("{eleven}{digit}")).ok())
}

/// A number for an index.
#[must_use]
pub fn number(kind: NumberKind, index: u64) -> Number {
    Number::from_random(kind, index)
}

/// A provider.
#[must_use]
pub fn provider() -> Provider {
    let bin = (0..10).find_map(|digit| Bin::parse(&format!("05014000123{digit}")).ok());
    let text = |kk: &str, ru: &str| Bilingual { kk: kk.to_owned(), ru: ru.to_owned() };
    Provider {
        kato: kato(),
        bin: bin.unwrap(),
        name: text("Семей қаласының білім бөлімі", "Отдел образования города Семей"),
        address: text("Семей қаласы", "город Семей"),
        phone: "+7 7222 00 00 00".to_owned(),
        head: None,
        email: None,
        hours: None,
    }
}

/// Its territory.
#[must_use]
pub fn kato() -> Kato {
    Kato::parse("101010000").unwrap()
}

/// A name.
#[must_use]
pub fn name() -> PersonName {
    PersonName::parse("Әлімқұлов", "Үсен", "Һәкімұлы").unwrap()
}

/// A request for all wards with both consents.
#[must_use]
pub fn request(applicant: Iin) -> ElectronicRequest {
    let given = ConsentDecision::Given;
    ElectronicRequest {
        applicant,
        wards: WardsAsked::All,
        consents: Consents { restricted_data: given, protected_secret: given },
        language: Language::Kk,
        provider: None,
    }
}

/// Both consents as shown.
#[must_use]
pub fn consents() -> Vec<ConsentRecord> {
    let record = |kind, decision, text: &str| ConsentRecord {
        kind,
        decision,
        text_version: "1".to_owned(),
        language: Language::Kk,
        text: text.to_owned(),
        items: None,
        confirmation: None,
    };
    vec![
        record(ConsentKind::RestrictedData, ConsentDecision::Given, "1. Кім жинайды …\n2. …"),
        record(ConsentKind::ProtectedSecret, ConsentDecision::Refused, "Құпия мәліметтер …"),
    ]
}

/// A draft that expires half an hour after the samples begin.
#[must_use]
pub fn draft(applicant: Iin, challenge: &str) -> Draft {
    Draft {
        challenge: challenge.to_owned(),
        request: request(applicant),
        consents: consents(),
        document: format!("document of {challenge}").into_bytes(),
        prepared_at: moment(0),
        expires_at: moment(1_800),
        became: None,
        led_to: None,
    }
}

/// The registration of a draft under a key, accepted at the beginning of the samples.
#[must_use]
pub fn registration(draft: &Draft, index: u64, key: &str) -> Registration {
    let number = number(NumberKind::Request, index);
    let audit = event(AuditAction::Registered, Some(number.clone()), Some(draft.request.applicant));
    let mut registration = Registration {
        number,
        request: draft.request.clone(),
        applicant_name: "ӘЛІМҚҰЛОВ ҮСЕН".to_owned(),
        clock: LegalClock::start(moment(0)),
        channel: Channel::Portal,
        challenge: draft.challenge.clone(),
        document: draft.document.clone(),
        cms: b"cms".to_vec(),
        signature_evidence: "{}".to_owned(),
        password: None,
        consents: draft.consents.clone(),
        key: IdempotencyKey(key.to_owned()),
        body_digest: format!("digest of {}", draft.challenge),
        audit,
    };
    registration.audit.evidence = registration_digest(&registration).unwrap();
    registration
}

/// An event at the beginning of the samples.
#[must_use]
pub fn event(action: AuditAction, request: Option<Number>, subject: Option<Iin>) -> AuditEvent {
    let (detail, evidence) = ("portal".to_owned(), String::new());
    AuditEvent {
        at: moment(0),
        actor: Actor::Applicant,
        action,
        request,
        subject,
        detail,
        evidence,
    }
}

/// Other words for the forms, proposed at `moment(seconds)`.
#[must_use]
pub fn form_proposal(id: &str, by: Iin, seconds: i64) -> FormProposal {
    let text = Bilingual {
        kk: "Тексеру: {domain}".to_owned(),
        ru: "Проверка: {domain}".to_owned(),
    };
    FormProposal {
        id: FormId(id.to_owned()),
        based_on: FormVersion::FIRST,
        wording: FormWording([("certificate.check".to_owned(), text)].into()),
        basis: String::new(),
        reason: "Қысқарақ".to_owned(),
        proposed_by: by,
        proposed_name: "Әсел".to_owned(),
        proposed_at: moment(seconds),
    }
}

/// The end of a proposal at `moment(seconds)`.
#[must_use]
pub fn form_end(proposal: &FormProposal, outcome: FormOutcome, by: Iin, seconds: i64) -> FormEnd {
    let words = if outcome == FormOutcome::TurnedDown { "Жоқ" } else { "" };
    FormEnd {
        id: proposal.id.clone(),
        proposed_by: proposal.proposed_by,
        outcome,
        words: words.to_owned(),
        by,
        name: "Ерлан".to_owned(),
        at: moment(seconds),
    }
}

/// Registers a fresh request of person number `index`, accepted at `moment(0)`; gives its number.
pub async fn registered(store: &Arc<dyn Store>, index: u32) -> Number {
    registered_at(store, index, index.into(), moment(0)).await
}

/// Registers a request of person number `person` with number `index` at a moment.
pub async fn registered_at(
    store: &Arc<dyn Store>,
    person: u32,
    index: u64,
    at: Timestamp,
) -> Number {
    let draft = draft(iin(person), &format!("challenge-{index}"));
    store.put_draft(&draft).await.unwrap();
    let clock = LegalClock::start(at);
    let mut registration =
        Registration { clock, ..registration(&draft, index, &format!("key-{index}")) };
    registration.audit.evidence = registration_digest(&registration).unwrap();
    assert_eq!(store.register(&registration).await.unwrap(), Registered::New);
    registration.number
}

/// Leases the next job at `moment(seconds)` for a minute; there must be one.
pub async fn leased(store: &Arc<dyn Store>, seconds: i64) -> Lease {
    store.lease_job(moment(seconds), moment(seconds + 60)).await.unwrap().expect("a job is due")
}

/// A decision that refuses, from an absent record.
#[must_use]
pub fn decision() -> StoredDecision {
    let given = ConsentDecision::Given;
    StoredDecision {
        evidence: Evidence {
            consent: Answer::Known(Consents { restricted_data: given, protected_secret: given }),
            data_bank: Some(Answer::Absent),
            data_bank_asked_at: Some(moment(1)),
        },
        outcome: Outcome::Refused { ground: RefusalGround::NoGuardianRecord, record_kept_by: None },
        rule_version: RULE_VERSION.to_owned(),
        decided_at: moment(1),
    }
}

/// A planned certificate for one ward; `index` makes its identifiers.
#[must_use]
pub fn planned_certificate(request: &Number, applicant: Iin, index: u64) -> PlannedResult {
    let row = registry_row(applicant, "ward");
    let number = number(NumberKind::Certificate, index);
    PlannedResult {
        id: ResultId(format!("certificate-{index}")),
        ward_key: WardKey(format!("ward-{index}")),
        ward_id: Some(WardId(format!("ward-{index}"))),
        token: CheckToken(format!("token-of-certificate-{index}")),
        content: DocumentContent::Certificate(CertificateContent {
            number,
            request_number: request.clone(),
            issued_at: moment(1),
            guardian_name: row.guardian.name,
            guardian_iin: applicant,
            guardian_address: row.guardian.address,
            role: Role::Guardian,
            act: row.ward.placement.act,
            ward_name: row.ward.ward.name,
            ward_birth_date: row.ward.ward.birth_date,
            ward_iin: None,
            inventory: None,
            provider: provider(),
            check_url: format!("https://example.kz/c/{index}"),
            rule_version: RULE_VERSION.to_owned(),
            form_version: None,
        }),
    }
}

/// A proposal of officer 700 to annul the certificate with this index, made at `moment(seconds)`.
#[must_use]
pub fn annulment(request: &Number, holder: Iin, index: u64, seconds: i64) -> Annulment {
    let planned = planned_certificate(request, holder, index);
    Annulment {
        id: AnnulmentId(format!("annulment-{index}-{seconds}")),
        result: planned.id,
        certificate: planned.content.number().clone(),
        request: request.clone(),
        holder,
        provider: kato(),
        reason: AnnulmentReason::WrongFacts,
        words: "«№ 5» <b>қате</b>".to_owned(),
        proposed_by: iin(700),
        proposed_at: moment(seconds),
        end: None,
    }
}

/// Proposes an annulment, with its journal entry.
pub async fn propose_annulment(store: &Arc<dyn Store>, annulment: &Annulment) -> bool {
    let (request, holder) = (annulment.request.clone(), annulment.holder);
    let row = event(AuditAction::AnnulmentProposed, Some(request), Some(holder));
    let evidence = annulment.proposal_digest();
    let audit = AuditEvent { at: annulment.proposed_at, evidence, ..row };
    store.propose_annulment(annulment, &audit).await.unwrap()
}

/// Ends an annulment as officer number `by`, with its journal entry.
pub async fn end_annulment(
    store: &Arc<dyn Store>,
    annulment: &Annulment,
    outcome: AnnulmentOutcome,
    by: u32,
) -> bool {
    let at = annulment.proposed_at;
    let end = AnnulmentEnd { outcome, by: iin(by), at, remark: "ескерту".to_owned() };
    let (request, holder) = (annulment.request.clone(), annulment.holder);
    let row = event(end.action(), Some(request), Some(holder));
    let audit = AuditEvent { at, evidence: end.digest(&annulment.id), ..row };
    store.end_annulment(&annulment.id, &end, &audit).await.unwrap()
}

/// A note of an officer on a request.
#[must_use]
pub fn note(request: &Number, id: &str, seconds: i64) -> RequestNote {
    RequestNote {
        id: id.to_owned(),
        request: request.clone(),
        author: iin(700),
        author_name: "ӘЛІМҚҰЛОВ <ҮСЕН>".to_owned(),
        workplace: Workplace::Department(kato()),
        at: moment(seconds),
        words: format!("ескертпе {id}"),
    }
}

/// Writes a note on a request, with its journal entry.
pub async fn write_note(store: &Arc<dyn Store>, request: &Number, id: &str, seconds: i64) {
    let note = note(request, id, seconds);
    let row = event(AuditAction::RequestNoted, Some(request.clone()), None);
    let audit = AuditEvent { at: note.at, evidence: note.digest(), ..row };
    store.put_note(&note, &audit).await.unwrap();
}

/// A planned refusal.
#[must_use]
pub fn planned_refusal(request: &Number, applicant: Iin, index: u64) -> PlannedResult {
    PlannedResult {
        id: ResultId(format!("refusal-{index}")),
        ward_key: WardKey("refusal".to_owned()),
        ward_id: None,
        token: CheckToken(format!("token-of-refusal-{index}")),
        content: DocumentContent::Refusal(RefusalContent {
            number: number(NumberKind::Refusal, index),
            request_number: request.clone(),
            decided_at: moment(1),
            applicant_name: "ӘЛІМҚҰЛОВ ҮСЕН".to_owned(),
            applicant_iin: applicant,
            ground: RefusalGround::NoGuardianRecord,
            checked: vec![domain::Checked::DataBank { at: moment(1) }],
            named_wards: Vec::new(),
            provider: provider(),
            check_url: format!("https://example.kz/c/{index}"),
            rule_version: RULE_VERSION.to_owned(),
            form_version: None,
        }),
    }
}

/// A step under a lease that goes on with the same lease, with one journal entry.
#[must_use]
pub fn step(stored: &StoredRequest, lease: &Lease, effect: Effect) -> Transition {
    let action = match &effect {
        Effect::Waiting => AuditAction::Waiting,
        Effect::Decided(..) => AuditAction::Decided,
        Effect::Intended(_) => AuditAction::Intended,
        Effect::Issued(_) => AuditAction::Issued,
    };
    let state = RequestState::Checking(None);
    Transition {
        lease: lease.clone(),
        expected_version: stored.version,
        state,
        at: moment(2),
        notices: Vec::new(),
        audit: vec![proven(action, stored, &effect, state)],
        effect,
        job: JobNext::Continue,
    }
}

/// A journal entry with the digest of what its step stores.
fn proven(
    action: AuditAction,
    stored: &StoredRequest,
    effect: &Effect,
    state: RequestState,
) -> AuditEvent {
    let evidence = effect_digest(effect, state, moment(2), stored.version + 1).unwrap();
    let (number, subject) = (stored.number.clone(), stored.request.applicant);
    AuditEvent { at: moment(2), evidence, ..event(action, Some(number), Some(subject)) }
}

/// The last step: the sealed bytes, the final state and the end of the job.
#[must_use]
pub fn last_step(
    stored: &StoredRequest,
    lease: &Lease,
    state: RequestState,
    sealed: Vec<(ResultId, Vec<u8>)>,
) -> Transition {
    let (job, effect) = (JobNext::Done, Effect::Issued(sealed));
    let audit = vec![proven(AuditAction::Issued, stored, &effect, state)];
    let notices = vec![Notice { kind: NoticeKind::Answered, at: moment(2) }];
    Transition { state, job, audit, notices, ..step(stored, lease, effect) }
}

/// Commits a decision with the documents planned.
pub async fn decide(store: &Arc<dyn Store>, lease: &Lease, planned: Vec<PlannedResult>) {
    let stored = stored(store, &lease.number).await;
    let effect = Effect::Decided(Box::new(decision()), planned);
    store.commit(&step(&stored, lease, effect)).await.unwrap();
}

/// Commits the unsealed bytes of everything planned.
pub async fn intend(store: &Arc<dyn Store>, lease: &Lease) {
    let stored = stored(store, &lease.number).await;
    let documents = documents(store, &lease.number, "unsealed").await;
    store.commit(&step(&stored, lease, Effect::Intended(documents))).await.unwrap();
}

/// Commits the sealed bytes of everything planned and ends the request.
pub async fn issue(store: &Arc<dyn Store>, lease: &Lease, state: RequestState) {
    let stored = stored(store, &lease.number).await;
    let documents = documents(store, &lease.number, "sealed").await;
    store.commit(&last_step(&stored, lease, state, documents)).await.unwrap();
}

/// The whole way of a registered request to one certificate; `index` makes its identifiers.
pub async fn answered(store: &Arc<dyn Store>, number: &Number, index: u64) -> PlannedResult {
    let applicant = stored(store, number).await.request.applicant;
    let lease = leased(store, 1).await;
    assert_eq!(lease.number, *number);
    let planned = planned_certificate(number, applicant, index);
    decide(store, &lease, vec![planned.clone()]).await;
    intend(store, &lease).await;
    issue(store, &lease, RequestState::Granted).await;
    planned
}

/// The request as stored.
pub async fn stored(store: &Arc<dyn Store>, number: &Number) -> StoredRequest {
    store.request(number).await.unwrap().expect("the request is stored")
}

/// Bytes for each planned document, different for each.
pub async fn documents(
    store: &Arc<dyn Store>,
    number: &Number,
    kind: &str,
) -> Vec<(ResultId, Vec<u8>)> {
    let results = store.results_of(number).await.unwrap();
    let bytes = |id: &ResultId| format!("{kind} bytes of {}", id.0).into_bytes();
    results.into_iter().map(|one| (one.planned.id.clone(), bytes(&one.planned.id))).collect()
}

/// A guardian.
#[must_use]
pub fn guardian(iin: Iin) -> Guardian {
    let address = "Семей қаласы, Абай көшесі, 1".to_owned();
    Guardian { iin, name: name(), birth_date: date(1985, 1, 1), address }
}

/// A line of a department's file: a guardianship that runs since 2020.
#[must_use]
pub fn registry_row(guardian_iin: Iin, ward: &str) -> RegistryRow {
    RegistryRow {
        guardian: guardian(guardian_iin),
        accounting: AccountingStatus::Ended,
        ward: ward_record(ward),
        ward_birth_act: None,
    }
}

/// The same line with an end.
#[must_use]
pub fn ended(row: &RegistryRow) -> RegistryRow {
    let mut row = row.clone();
    row.ward.placement.end =
        Some(EndOfPlacement { on: date(2026, 11, 1), reason: "босатылды".to_owned() });
    row
}

/// A ward born in 2016, placed in 2020.
#[must_use]
pub fn ward_record(ward: &str) -> WardRecord {
    let day = date(2020, 3, 2);
    WardRecord {
        ward: Ward {
            id: WardId(ward.to_owned()),
            name: PersonName::parse("Үсенова", "Іңкәр", "").unwrap(),
            iin: None,
            birth_date: date(2016, 5, 4),
            full_capacity: None,
            died_on: None,
        },
        placement: Placement {
            form: FormOfPlacement::Guardianship,
            act: Act {
                kind: ActKind::Order,
                number: "17-Ө".to_owned(),
                date: day,
                issuer: "Семей қаласының білім бөлімі".to_owned(),
            },
            start: day,
            end: None,
            inventory: None,
            provider: kato(),
        },
    }
}

/// The record of a guardian of these wards.
#[must_use]
pub fn guardian_record(iin: Iin, wards: &[&str]) -> GuardianRecord {
    GuardianRecord {
        by_register: Vec::new(),
        guardian: guardian(iin),
        accounting: AccountingStatus::Ended,
        wards: wards.iter().map(|ward| ward_record(ward)).collect(),
    }
}

/// A file of these lines, entered at `moment(seconds)`.
#[must_use]
pub fn batch(seconds: i64, rows: Vec<RegistryRow>) -> ImportBatch {
    let file_digest = format!("{seconds:064x}");
    let origin = ImportOrigin { reason: Some("сынақ".to_owned()), ..ImportOrigin::default() };
    let terms = ImportTerms::default();
    ImportBatch {
        file_digest,
        entered_by: kato(),
        entered_at: moment(seconds),
        origin,
        terms,
        rows,
    }
}
