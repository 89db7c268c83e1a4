//! Reviews and complaints: one of each form, steps that have one place each, answers that are found once they are sealed.

use std::sync::Arc;

use domain::{
    AnswerContent, Language, Number, NumberKind, RULE_VERSION, RecourseBody, RecourseKind,
    RecourseOutcome,
};

use super::Fixture;
use crate::audit::{AuditAction, AuditEvent, verify_chain};
use crate::ports::{
    AnswerBytes, AnswerKey, Channel, CheckToken, PlannedAnswer, Recourse, RecourseAsked,
    RecourseCase, RecourseConfirmation, RecourseOpened, RecourseProof, RecourseStep,
    RecourseStepKind, Store, StoreError, opening_digest, recourse_step_digest,
};
use crate::testing::samples::{event, iin, kato, moment, number, provider, registered};

fn recourse(request: &Number, kind: RecourseKind, index: u64) -> Recourse {
    Recourse {
        number: number(NumberKind::Recourse, index),
        request: request.clone(),
        kind,
        applicant: iin(1),
        provider: kato(),
        form_key: format!("form-{index}"),
        opened_at: moment(i64::try_from(index).unwrap()),
        asked: RecourseAsked {
            applicant_name: "ӘЛІМҚҰЛОВ \"ҮСЕН\"".to_owned(),
            address: "Астана".to_owned(),
            language: Language::Kk,
            channel: Channel::Portal,
            grounds: vec![domain::ComplaintGround::Inaction],
            words: "<сөз> & 'дәлел'".to_owned(),
            is_late: true,
            late_reason: "себеп".to_owned(),
            confirmation: RecourseConfirmation::Signature,
        },
    }
}

fn proof() -> RecourseProof {
    let (document, cms) = (b"document".to_vec(), b"cms".to_vec());
    RecourseProof { document, cms, evidence: "{}".to_owned() }
}

fn opened(recourse: &Recourse, body: RecourseBody) -> RecourseStep {
    RecourseStep {
        recourse: recourse.number.clone(),
        place: 0,
        kind: RecourseStepKind::Opened,
        at: recourse.opened_at,
        body,
        due_at: moment(1_000),
        official: None,
        words: String::new(),
        answer: None,
        document: None,
    }
}

fn later(of: &RecourseStep, place: u32, kind: RecourseStepKind) -> RecourseStep {
    let at = moment(100 + i64::from(place));
    RecourseStep { place, kind, at, official: Some(iin(7)), ..of.clone() }
}

fn answered(of: &RecourseStep, place: u32, request: &Number, index: u64) -> RecourseStep {
    let content = AnswerContent {
        number: number(NumberKind::Answer, index),
        recourse_number: of.recourse.clone(),
        request_number: request.clone(),
        body: of.body,
        registered_at: of.at,
        answered_at: moment(200),
        applicant_name: "ӘЛІМҚҰЛОВ ҮСЕН".to_owned(),
        applicant_iin: iin(1),
        outcome: RecourseOutcome::Upheld,
        reasons: "негіздеме".to_owned(),
        official_name: "СЕЙІТОВА".to_owned(),
        provider: provider(),
        check_url: "https://example.kz/c/1".to_owned(),
        rule_version: RULE_VERSION.to_owned(),
        form_version: None,
    };
    let token = CheckToken(format!("token-of-answer-{index}"));
    let answer = Some(PlannedAnswer { content, token });
    RecourseStep { answer, ..later(of, place, RecourseStepKind::Answered) }
}

fn with_bytes(step: RecourseStep, bytes: &[u8]) -> RecourseStep {
    let digest = format!("digest of {}", String::from_utf8_lossy(bytes));
    RecourseStep { document: Some(AnswerBytes { bytes: bytes.to_vec(), digest }), ..step }
}

async fn open(
    store: &Arc<dyn Store>,
    recourse: &Recourse,
    body: RecourseBody,
) -> Result<RecourseOpened, StoreError> {
    let (proof, step) = (proof(), opened(recourse, body));
    let row = event(AuditAction::ReviewAsked, Some(recourse.request.clone()), Some(iin(1)));
    let evidence = opening_digest(recourse, &proof, &step)?;
    store.open_recourse(recourse, &proof, &step, &AuditEvent { evidence, ..row }).await
}

async fn add(
    store: &Arc<dyn Store>,
    request: &Number,
    step: &RecourseStep,
) -> Result<(), StoreError> {
    let row = event(AuditAction::RecourseAnswered, Some(request.clone()), Some(iin(1)));
    let evidence = recourse_step_digest(step)?;
    store.add_recourse_step(step, &AuditEvent { evidence, ..row }).await
}

fn names(cases: &[RecourseCase]) -> Vec<Number> {
    cases.iter().map(|case| case.recourse.number.clone()).collect()
}

/// Everything comes back as it went in, and the journal vouches for it.
pub async fn a_complaint_is_kept_with_everything(fixture: Fixture) {
    let store = fixture.store;
    let request = registered(&store, 1).await;
    let complaint = recourse(&request, RecourseKind::Complaint, 1);
    let first = opened(&complaint, RecourseBody::Head);
    assert_eq!(open(&store, &complaint, RecourseBody::Head).await.unwrap(), RecourseOpened::New);
    let kept = store.recourse(&complaint.number).await.unwrap().unwrap();
    assert!(kept == RecourseCase { recourse: complaint.clone(), steps: vec![first.clone()] });
    assert!(store.recourse_proof(&complaint.number).await.unwrap() == Some(proof()));
    let mut forwarded = later(&first, 1, RecourseStepKind::Forwarded);
    forwarded.body = RecourseBody::QualityControl;
    forwarded.words = "неге".to_owned();
    add(&store, &request, &forwarded).await.unwrap();
    let evidence = store.evidence(&request).await.unwrap().unwrap();
    let rows = store.audit_of(&request).await.unwrap();
    let mut told: Vec<String> = rows[1..].iter().map(|row| row.evidence.clone()).collect();
    told.sort_unstable();
    assert_eq!((evidence.recourses.len(), &evidence.recourses), (2, &told));
    let kept = store.recourse(&complaint.number).await.unwrap().unwrap();
    assert!(kept.steps == [first, forwarded] && kept.body() == RecourseBody::QualityControl);
    let unknown = number(NumberKind::Recourse, 9);
    assert!(store.recourse(&unknown).await.unwrap().is_none());
    assert!(store.recourse_proof(&unknown).await.unwrap().is_none());
}

/// The same form in parallel is one; so are reviews of one request, whatever form they come by.
pub async fn the_same_form_and_the_same_review_in_parallel_are_one(fixture: Fixture) {
    let store = fixture.store;
    let request = registered(&store, 1).await;
    let calls: Vec<_> = (1..9)
        .map(|index| {
            let (store, kind) = (
                store.clone(),
                if index < 5 { RecourseKind::Review } else { RecourseKind::Complaint },
            );
            let mut one = recourse(&request, kind, index);
            if kind == RecourseKind::Complaint {
                one.form_key = "same form".to_owned();
            }
            tokio::spawn(
                async move { (kind, open(&store, &one, RecourseBody::Head).await.unwrap()) },
            )
        })
        .collect();
    let mut new = Vec::new();
    for call in calls {
        let (kind, became) = call.await.unwrap();
        new.extend((became == RecourseOpened::New).then_some(kind));
    }
    new.sort_unstable();
    assert_eq!(new, [RecourseKind::Review, RecourseKind::Complaint]);
    let all = store.recourses_of(&request).await.unwrap();
    assert_eq!((all.len(), all[0].steps.len()), (2, 1));
    let again = recourse(&request, RecourseKind::Review, 20);
    let first = all.iter().find(|one| one.recourse.kind == RecourseKind::Review).unwrap();
    let became = open(&store, &again, RecourseBody::Reviewer).await.unwrap();
    assert_eq!(became, RecourseOpened::Before(first.recourse.number.clone()));
    let mut taken = recourse(&request, RecourseKind::Complaint, 21);
    taken.number = first.recourse.number.clone();
    let became = open(&store, &taken, RecourseBody::Head).await;
    assert!(matches!(became, Err(StoreError::NumberTaken)));
    let rows = store.audit_from(1, 100).await.unwrap();
    verify_chain(&rows, 1, "").unwrap();
    assert_eq!(rows.len(), 3, "what was not opened is not in the journal");
}

/// Of parallel steps at one place one is made; numbers and tokens of answers are never used again.
pub async fn a_step_has_one_place_and_an_answer_one_number(fixture: Fixture) {
    let store = fixture.store;
    let request = registered(&store, 1).await;
    let (one, other) = (
        recourse(&request, RecourseKind::Review, 1),
        recourse(&request, RecourseKind::Complaint, 2),
    );
    for recourse in [&one, &other] {
        open(&store, recourse, RecourseBody::Head).await.unwrap();
    }
    let first = opened(&one, RecourseBody::Reviewer);
    let calls: Vec<_> = (1..5)
        .map(|index| {
            let (store, request) = (store.clone(), request.clone());
            let step = answered(&first, 1, &request, index);
            tokio::spawn(async move { add(&store, &request, &step).await })
        })
        .collect();
    let mut made = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(()) => made += 1,
            Err(error) => assert!(matches!(error, StoreError::Stale), "{error}"),
        }
    }
    assert_eq!(made, 1);
    let kept = store.recourse(&one.number).await.unwrap().unwrap();
    let used = kept.answer().unwrap().clone();
    let mut again = answered(&opened(&other, RecourseBody::Head), 1, &request, 30);
    again.answer.as_mut().unwrap().content.number = used.content.number;
    let added = add(&store, &request, &again).await;
    assert!(matches!(added, Err(StoreError::NumberTaken)));
    let mut again = answered(&opened(&other, RecourseBody::Head), 1, &request, 31);
    again.answer.as_mut().unwrap().token = used.token;
    assert!(matches!(add(&store, &request, &again).await, Err(StoreError::NumberTaken)));
    assert_eq!(store.recourse(&other.number).await.unwrap().unwrap().steps.len(), 1);
}

/// An answer is found from its seal on, by number, token and digest, and its bytes stay the same.
pub async fn an_answer_is_found_once_it_is_sealed(fixture: Fixture) {
    let store = fixture.store;
    let request = registered(&store, 1).await;
    let review = recourse(&request, RecourseKind::Review, 1);
    open(&store, &review, RecourseBody::Reviewer).await.unwrap();
    let first = opened(&review, RecourseBody::Reviewer);
    let answer = answered(&first, 1, &request, 1);
    let planned = answer.answer.clone().unwrap();
    let unsealed = with_bytes(later(&first, 2, RecourseStepKind::Intended), b"unsealed");
    let sealed = with_bytes(later(&first, 3, RecourseStepKind::Issued), b"sealed");
    let keys = [
        AnswerKey::Number(planned.content.number.clone()),
        AnswerKey::Token(planned.token.clone()),
        AnswerKey::Digest("digest of sealed".to_owned()),
    ];
    for step in [&answer, &unsealed, &sealed] {
        for key in &keys {
            assert!(store.answered_recourse(key).await.unwrap().is_none());
        }
        let open = store.open_recourses(None, 10).await.unwrap();
        assert_eq!(names(&open), std::slice::from_ref(&review.number));
        add(&store, &request, step).await.unwrap();
    }
    for key in &keys {
        let found = store.answered_recourse(key).await.unwrap().unwrap();
        assert!(found.answer() == Some(&planned));
    }
    let of_unsealed = AnswerKey::Digest("digest of unsealed".to_owned());
    assert!(store.answered_recourse(&of_unsealed).await.unwrap().is_none());
    assert!(store.open_recourses(None, 10).await.unwrap().is_empty());
    let bytes = |kind| store.answer_bytes(&review.number, kind);
    assert_eq!(bytes(RecourseStepKind::Intended).await.unwrap().unwrap(), b"unsealed");
    assert_eq!(bytes(RecourseStepKind::Issued).await.unwrap().unwrap(), b"sealed");
    assert_eq!(bytes(RecourseStepKind::Overdue).await.unwrap(), None);
    let more = later(&first, 4, RecourseStepKind::Overdue);
    let _ = add(&store, &request, &more).await;
    let kept = store.recourse(&review.number).await.unwrap().unwrap();
    assert_eq!(
        kept.step(RecourseStepKind::Issued).unwrap().document.as_ref().unwrap().digest,
        "digest of sealed"
    );
}

/// Each list has what is its own, in its order.
pub async fn reviews_and_complaints_are_listed_by_body_person_and_term(fixture: Fixture) {
    let store = fixture.store;
    let request = registered(&store, 1).await;
    let mut all = Vec::new();
    for (index, body) in [
        (1, RecourseBody::Head),
        (2, RecourseBody::Head),
        (3, RecourseBody::QualityControl),
        (4, RecourseBody::Head),
    ] {
        let mut one = recourse(&request, RecourseKind::Complaint, index);
        if index == 4 {
            one.provider = domain::Kato::parse("750000000").unwrap();
        }
        let mut step = opened(&one, body);
        step.due_at = moment(2_000 - i64::try_from(index).unwrap());
        let row = event(AuditAction::ComplaintFiled, Some(request.clone()), Some(iin(1)));
        store.open_recourse(&one, &proof(), &step, &row).await.unwrap();
        all.push(one.number.clone());
    }
    let own = [kato()];
    let departments = store.recourse_departments().await.unwrap();
    assert_eq!(departments, [kato(), domain::Kato::parse("750000000").unwrap()]);
    let at_head = store.recourses_at(RecourseBody::Head, Some(&own), 10).await.unwrap();
    assert_eq!(names(&at_head), [all[1].clone(), all[0].clone()], "by their terms");
    let everywhere = store.recourses_at(RecourseBody::Head, None, 10).await.unwrap();
    assert_eq!(names(&everywhere), [all[3].clone(), all[1].clone(), all[0].clone()]);
    assert_eq!(store.recourses_at(RecourseBody::Head, None, 1).await.unwrap().len(), 1);
    assert!(store.recourses_at(RecourseBody::Reviewer, None, 10).await.unwrap().is_empty());
    let of_request = store.recourses_of(&request).await.unwrap();
    assert_eq!(names(&of_request), all);
    let newest = store.recourses_by(iin(1), 2).await.unwrap();
    assert_eq!(names(&newest), [all[3].clone(), all[2].clone()]);
    assert!(store.recourses_by(iin(2), 10).await.unwrap().is_empty());
    let mut sorted = all.clone();
    sorted.sort();
    let mut walked = Vec::new();
    loop {
        let page = store.open_recourses(walked.last(), 3).await.unwrap();
        if page.is_empty() {
            break;
        }
        walked.extend(names(&page));
    }
    assert_eq!(walked, sorted);
}

/// A review of a request, for the promises about erasing: opened, or with a sealed answer too.
pub(super) async fn review_of(store: &Arc<dyn Store>, request: &Number, index: u64, sealed: bool) {
    let review = recourse(request, RecourseKind::Review, index);
    open(store, &review, RecourseBody::Reviewer).await.unwrap();
    if sealed {
        let first = opened(&review, RecourseBody::Reviewer);
        let answer = answered(&first, 1, request, index);
        let unsealed = with_bytes(later(&first, 2, RecourseStepKind::Intended), b"unsealed");
        let sealed = with_bytes(later(&first, 3, RecourseStepKind::Issued), b"sealed");
        for step in [answer, unsealed, sealed] {
            add(store, request, &step).await.unwrap();
        }
    }
}
