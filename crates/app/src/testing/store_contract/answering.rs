//! Answers: one per ward, numbers never used again, bytes for ever the same.

use domain::{NumberKind, RequestState};
use sha2::{Digest, Sha256};

use super::Fixture;
use crate::ports::{CheckToken, Effect, ResultId, StoreError, Transition, WardKey};
use crate::testing::samples::{
    answered, decide, decision, documents, iin, intend, issue, last_step, leased, number,
    planned_certificate, planned_refusal, registered, step, stored,
};

/// Two answers for one ward are refused, and the decision with them.
pub async fn a_ward_has_one_answer(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    let before = stored(&store, &number).await;
    let first = planned_certificate(&number, iin(1), 1);
    let mut second = planned_certificate(&number, iin(1), 2);
    second.ward_key = first.ward_key.clone();
    let effect = Effect::Decided(Box::new(decision()), vec![first, second]);
    let error = store.commit(&step(&before, &lease, effect)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert_eq!(stored(&store, &number).await, before);
    assert!(store.results_of(&number).await.unwrap().is_empty());
    let none = Effect::Decided(Box::new(decision()), Vec::new());
    assert!(store.commit(&step(&before, &lease, none)).await.is_err());
    assert_eq!(store.decision(&number).await.unwrap(), None);
}

/// Neither a missing document nor a strange one gets a request forward.
pub async fn every_planned_document_is_needed_and_no_other(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    let planned = [1, 2].map(|index| planned_certificate(&number, iin(1), index));
    decide(&store, &lease, planned.to_vec()).await;
    let all = documents(&store, &number, "unsealed").await;
    let strange = (ResultId("strange".to_owned()), b"bytes".to_vec());
    let wrong = [all[..1].to_vec(), [all.clone(), vec![strange]].concat(), Vec::new()];
    let decided = stored(&store, &number).await;
    for documents in wrong.clone() {
        let intended = step(&decided, &lease, Effect::Intended(documents));
        assert!(store.commit(&intended).await.is_err());
    }
    assert_eq!(stored(&store, &number).await, decided);
    assert_eq!(store.unsealed(&all[0].0).await.unwrap(), None);
    intend(&store, &lease).await;
    let intended = stored(&store, &number).await;
    for documents in wrong {
        let issued = last_step(&intended, &lease, RequestState::Granted, documents);
        assert!(store.commit(&issued).await.is_err());
    }
    assert_eq!(stored(&store, &number).await, intended);
    assert_eq!(store.document(&all[0].0).await.unwrap(), None);
    issue(&store, &lease, RequestState::Granted).await;
}

/// A number, a token or an identifier that exists is drawn again; nothing of the step is kept.
pub async fn numbers_and_tokens_are_never_used_again(fixture: Fixture) {
    let store = fixture.store;
    let first = registered(&store, 1).await;
    let taken = answered(&store, &first, 1).await;
    let second = registered(&store, 2).await;
    let lease = leased(&store, 1).await;
    let before = stored(&store, &second).await;
    let fresh = planned_certificate(&second, iin(2), 2);
    let mut same_number = planned_certificate(&second, iin(2), 1);
    (same_number.id, same_number.token) = (fresh.id.clone(), fresh.token.clone());
    let mut same_token = fresh.clone();
    same_token.token = taken.token.clone();
    let mut same_id = fresh.clone();
    same_id.id = taken.id.clone();
    for planned in [same_number, same_token, same_id] {
        let effect = Effect::Decided(Box::new(decision()), vec![planned]);
        let error = store.commit(&step(&before, &lease, effect)).await.unwrap_err();
        assert!(matches!(error, StoreError::NumberTaken), "{error:?}");
        assert_eq!(stored(&store, &second).await, before);
    }
    decide(&store, &lease, vec![fresh]).await;
}

/// To everybody outside a document exists from its issue on.
pub async fn nothing_is_found_by_number_token_or_digest_before_it_is_issued(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    let planned = planned_certificate(&number, iin(1), 1);
    decide(&store, &lease, vec![planned.clone()]).await;
    intend(&store, &lease).await;
    assert_eq!(store.result_by_number(planned.content.number()).await.unwrap(), None);
    assert_eq!(store.result_by_token(&planned.token).await.unwrap(), None);
    let unsealed = store.unsealed(&planned.id).await.unwrap().unwrap();
    let digest = hex::encode(Sha256::digest(&unsealed));
    assert_eq!(store.result_by_digest(&digest).await.unwrap(), None);
    assert_eq!(store.result_by_digest("").await.unwrap(), None);
    assert_eq!(store.result(&planned.id).await.unwrap().unwrap().digest, None);
    assert_eq!(store.document(&planned.id).await.unwrap(), None);
}

/// What was issued is found in every way and downloads the same; the unsealed bytes are gone.
pub async fn sealed_bytes_are_found_and_stay_the_same(fixture: Fixture) {
    let store = fixture.store;
    let request = registered(&store, 1).await;
    let planned = answered(&store, &request, 1).await;
    let sealed = b"sealed bytes of certificate-1".to_vec();
    let digest = hex::encode(Sha256::digest(&sealed));
    let found = store.result(&planned.id).await.unwrap().unwrap();
    assert_eq!(found.digest.as_deref(), Some(digest.as_str()));
    assert_eq!((&found.planned, &found.request), (&planned, &request));
    let by_number = store.result_by_number(planned.content.number()).await.unwrap();
    let by_token = store.result_by_token(&planned.token).await.unwrap();
    let by_digest = store.result_by_digest(&digest).await.unwrap();
    assert_eq!([by_number, by_token, by_digest], [0; 3].map(|_| Some(found.clone())));
    for _ in 0..3 {
        assert_eq!(store.document(&planned.id).await.unwrap().as_ref(), Some(&sealed));
    }
    assert_eq!(store.unsealed(&planned.id).await.unwrap(), None);
    let unknown = number(NumberKind::Certificate, 99);
    assert_eq!(store.result_by_number(&unknown).await.unwrap(), None);
    let unknown = CheckToken("unknown".to_owned());
    assert_eq!(store.result_by_token(&unknown).await.unwrap(), None);
}

/// As the person reads them; a partial refusal comes with its certificates.
pub async fn results_keep_the_order_they_were_planned_in(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    let lease = leased(&store, 1).await;
    let mut planned: Vec<_> =
        [9, 3, 7].map(|index| planned_certificate(&number, iin(1), index)).to_vec();
    planned.push(planned_refusal(&number, iin(1), 1));
    decide(&store, &lease, planned.clone()).await;
    intend(&store, &lease).await;
    issue(&store, &lease, RequestState::Granted).await;
    let results = store.results_of(&number).await.unwrap();
    let kept: Vec<_> = results.into_iter().map(|one| one.planned).collect();
    assert_eq!(kept, planned);
    assert_eq!(kept[3].ward_key, WardKey("refusal".to_owned()));
}

/// Enough to decide again, as stored.
pub async fn a_decision_is_kept_with_its_evidence(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    assert_eq!(store.decision(&number).await.unwrap(), None);
    let lease = leased(&store, 1).await;
    let before = stored(&store, &number).await;
    let planned = vec![planned_refusal(&number, iin(1), 1)];
    let mut kept = decision();
    kept.evidence.data_bank = Some(domain::Answer::Known(
        crate::testing::samples::guardian_record(iin(1), &["ward-a", "ward-b"]),
    ));
    let effect = Effect::Decided(Box::new(kept.clone()), planned);
    store.commit(&Transition { audit: Vec::new(), ..step(&before, &lease, effect) }).await.unwrap();
    assert_eq!(store.decision(&number).await.unwrap(), Some(kept));
    intend(&store, &lease).await;
    issue(&store, &lease, RequestState::Refused).await;
    assert_eq!(stored(&store, &number).await.state, RequestState::Refused);
}
