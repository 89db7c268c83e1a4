//! What the nightly look at everything issued tells.

use jiff::Timestamp;

use super::*;
use crate::{DocumentVerdict, DocumentVerifier, Rechecked, StoredResult};

/// Judges as told.
struct Told(DocumentVerdict);

impl DocumentVerifier for Told {
    fn verify(&self, _pdf: &[u8], _at: Timestamp) -> DocumentVerdict {
        self.0.clone()
    }
}

/// A guardian of one ward and what was issued to him.
async fn issued(world: &World) -> (Number, StoredResult) {
    world.bank.know(guardian_record(iin(1), &["ward"]));
    let number = world.ask(iin(1)).await;
    world.work().await;
    let result = world.store.results_of(&number).await.unwrap().remove(0);
    (number, result)
}

async fn rechecked(world: &World, number: &Number) -> Vec<(Number, Rechecked)> {
    world.service.recheck(number, moment(0)).await.unwrap()
}

#[tokio::test]
async fn a_document_as_it_was_issued_is_found_genuine() {
    let world = world();
    let (number, result) = issued(&world).await;
    let document = result.planned.content.number().clone();
    assert_eq!(rechecked(&world, &number).await, [(document, Rechecked::Genuine)]);
}

#[tokio::test]
async fn what_is_not_issued_yet_is_not_looked_at() {
    let world = world();
    world.bank.know(guardian_record(iin(1), &["ward"]));
    let number = world.ask(iin(1)).await;
    world.sealer.fail(Some(SealError::Unavailable("away".to_owned())));
    for _ in 0..5 {
        let _ = world.worker.work_once().await;
    }
    assert!(!world.store.results_of(&number).await.unwrap().is_empty());
    assert_eq!(rechecked(&world, &number).await, []);
}

#[tokio::test]
async fn each_verdict_keeps_its_meaning_and_other_facts_are_noticed() {
    let mut other = issued(&world()).await.1.planned.content;
    if let DocumentContent::Certificate(certificate) = &mut other {
        certificate.guardian_address.push('1');
    }
    for (verdict, expected) in [
        (DocumentVerdict::NotGenuine("altered"), Rechecked::NotGenuine("altered")),
        (DocumentVerdict::Unreadable("not_pdf"), Rechecked::NotGenuine("not_pdf")),
        (DocumentVerdict::CannotTell("crl_stale"), Rechecked::CannotTell("crl_stale")),
        (DocumentVerdict::Genuine(Box::new(other)), Rechecked::NotGenuine("other_facts")),
    ] {
        let world = world_with(|parts| parts.document_verifier = Arc::new(Told(verdict)));
        let (number, _) = issued(&world).await;
        let found = rechecked(&world, &number).await;
        assert_eq!(found.iter().map(|(_, one)| *one).collect::<Vec<_>>(), [expected]);
    }
}
