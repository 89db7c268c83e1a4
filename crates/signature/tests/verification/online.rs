//! What responders' answers do to a verdict, each kind once: `tests/ocsp` looks at them closely.

use signature::cms::{Content, Policy, Purpose, Signer, examine};
use signature::ocsp::{CertificateId, Request, judge_answer};
use signature::signing::{
    KeyUses, OcspFailure, OcspOrder, OcspStatement, Signature, issue_ocsp_response, ocsp_failure,
};
use signature::trust::Online;
use signature::{Doubt, Verdict};

use crate::authorities::{Authorities, NOW, Wish, days};

const TEXT: &[u8] = b"<request/>";
const POLICY: Policy = Policy { purpose: Purpose::Document, signer: Signer::Individual };
const NONCE: &[u8] = &[9; 32];

/// The verdict about a good signature after this answer, with no list at hand.
fn concluded(authorities: &Authorities, response: &[u8]) -> Verdict {
    let trust = authorities.bare_trust();
    let cms = authorities.person().sign(TEXT);
    let examined = examine(&cms, Content::Attached(TEXT), POLICY, &trust, NOW).unwrap();
    let chain = examined.chain();
    let id = CertificateId::of(examined.certificate(), chain[0]);
    match judge_answer(response, &Request { id, nonce: Some(NONCE.to_vec()) }, &chain, NOW) {
        Ok(answer) => examined.conclude(Online::Answered(&answer)),
        Err(doubt) => examined.conclude(Online::Failed(doubt)),
    }
}

fn answer(
    authorities: &Authorities,
    statement: OcspStatement,
    change: impl FnOnce(&mut OcspOrder<'_>),
) -> Vec<u8> {
    let person = authorities.person().certificate;
    let id = CertificateId::of(&person, &authorities.issuing.certificate);
    answer_about(&id, authorities, statement, change)
}

fn answer_about(
    id: &CertificateId,
    authorities: &Authorities,
    statement: OcspStatement,
    change: impl FnOnce(&mut OcspOrder<'_>),
) -> Vec<u8> {
    let wish =
        Wish { iin: None, uses: KeyUses::OcspSigning, serial: [0x71; 20], ..Wish::default() };
    let responder = authorities.issue(wish);
    let mut order = OcspOrder {
        id,
        statement,
        produced_at: NOW,
        this_update: NOW,
        next_update: None,
        nonce: Some(NONCE),
        signature: Signature::Made,
    };
    change(&mut order);
    issue_ocsp_response(&order, &responder.certificate, &*responder.key).unwrap()
}

/// The verdict after a responder said this.
pub fn said(authorities: &Authorities, statement: OcspStatement) -> Verdict {
    concluded(authorities, &answer(authorities, statement, |_| {}))
}

/// Every doubt about an answer, expected and found.
pub fn doubts(authorities: &Authorities) -> Vec<(Doubt, Doubt)> {
    let good = OcspStatement::Good;
    let found = |response: &[u8]| match concluded(authorities, response) {
        Verdict::CannotTell(doubt) => doubt,
        other => panic!("{other:?}"),
    };
    let declined = |failure| found(&ocsp_failure(failure).unwrap());
    let changed = |change: fn(&mut OcspOrder<'_>)| found(&answer(authorities, good, change));
    let others = CertificateId::of_serial(&[0x52; 20], &authorities.issuing.certificate);
    let of_another = answer_about(&others, authorities, good, |_| {});
    let unknown = answer(authorities, OcspStatement::Unknown, |_| {});
    vec![
        (Doubt::OcspTryLater, declined(OcspFailure::TryLater)),
        (Doubt::OcspRefused, declined(OcspFailure::InternalError)),
        (Doubt::OcspMalformed, found(b"<html>")),
        (Doubt::OcspUntrusted, changed(|order| order.signature = Signature::Left)),
        (Doubt::OcspOtherCertificate, found(&of_another)),
        (Doubt::OcspOtherNonce, changed(|order| order.nonce = Some(&[8; 32]))),
        (Doubt::OcspStale, changed(|order| order.this_update = days(-1))),
        (Doubt::OcspUnknown, found(&unknown)),
    ]
}

/// The verdict where nobody answers.
pub fn silence(authorities: &Authorities) -> Verdict {
    let trust = authorities.bare_trust();
    let cms = authorities.person().sign(TEXT);
    let examined = examine(&cms, Content::Attached(TEXT), POLICY, &trust, NOW).unwrap();
    examined.conclude(Online::Failed(Doubt::OcspSilent))
}
