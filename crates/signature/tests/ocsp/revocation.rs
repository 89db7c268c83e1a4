//! What answers and lists together say about a certificate: a usable answer first, then the lists at hand, then nothing.

use signature::cms::{Content, Policy, Purpose, Signed, Signer, examine};
use signature::ocsp::{CertificateId, judge_answer, judge_kept};
use signature::signing::OcspStatement;
use signature::trust::{Online, RevocationEvidence, TrustStore};
use signature::x509::Certificate;
use signature::{Doubt, Moment, Reason, Verdict};

use crate::authorities::{Authorities, NOW, Wish, days, list};
use crate::fixture::Place;

const TEXT: &[u8] = b"<request/>";
const POLICY: Policy = Policy { purpose: Purpose::Document, signer: Signer::Individual };

fn concluded(place: &Place, trust: &TrustStore, online: Online<'_>) -> Verdict {
    let cms = place.person.sign(TEXT);
    examine(&cms, Content::Attached(TEXT), POLICY, trust, NOW).unwrap().conclude(online)
}

fn signed(verdict: Verdict) -> Signed {
    match verdict {
        Verdict::Valid(signed) => *signed,
        other => panic!("{other:?}"),
    }
}

fn code(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Valid(_) => "valid",
        Verdict::Invalid(reason) => reason.code(),
        Verdict::CannotTell(doubt) => doubt.code(),
    }
}

fn revoking(authorities: &Authorities, place: &Place) -> TrustStore {
    authorities.trust_with(&[(place.person.certificate.serial().to_vec(), days(-2))])
}

#[test]
fn a_good_answer_needs_no_list_and_is_the_evidence() {
    let place = Place::new();
    let answer = place.said(OcspStatement::Good);
    for trust in [place.authorities.bare_trust(), place.authorities.trust()] {
        let evidence = signed(concluded(&place, &trust, Online::Answered(&answer))).evidence;
        let ocsp = evidence.revocation.ocsp().unwrap();
        assert_eq!(ocsp.response, answer.der());
        assert_eq!((ocsp.this_update, ocsp.produced_at), (NOW, NOW));
        assert_eq!(evidence.revocation.list(), None);
        assert_eq!(evidence.chain, place.chain().map(|one| one.der().to_vec()));
    }
}

#[test]
fn a_responder_knows_more_than_a_list() {
    let place = Place::new();
    let trust = revoking(&place.authorities, &place);
    assert_eq!(code(&concluded(&place, &trust, Online::NotAsked)), "revoked");
    let good = place.said(OcspStatement::Good);
    assert_eq!(
        code(&concluded(&place, &trust, Online::Answered(&good))),
        "valid",
        "on hold no more"
    );
    let trust = place.authorities.trust();
    let revoked = place.said(OcspStatement::Revoked(NOW.plus_seconds(-5)));
    let verdict = concluded(&place, &trust, Online::Answered(&revoked));
    assert!(matches!(verdict, Verdict::Invalid(Reason::Revoked)));
}

#[test]
fn what_was_never_issued_is_called_so_and_never_revoked() {
    let place = Place::new();
    let answer = place.said(OcspStatement::NeverIssued);
    let verdict = concluded(&place, &place.authorities.trust(), Online::Answered(&answer));
    assert!(matches!(verdict, Verdict::Invalid(Reason::NeverIssued)));
}

#[test]
fn a_revocation_still_to_come_is_none_yet() {
    let place = Place::new();
    let answer = place.said(OcspStatement::Revoked(days(1)));
    let verdict = concluded(&place, &place.authorities.bare_trust(), Online::Answered(&answer));
    assert_eq!(code(&verdict), "valid");
}

#[test]
fn without_a_usable_answer_the_lists_at_hand_decide() {
    let place = Place::new();
    for doubt in Doubt::ALL {
        let online = Online::Failed(*doubt);
        let evidence = signed(concluded(&place, &place.authorities.trust(), online)).evidence;
        let RevocationEvidence::List(list) = evidence.revocation else { panic!("a list") };
        assert_eq!((list.made_at, list.number, list.delta), (days(-1), Some(vec![166]), None));
        let revoking = revoking(&place.authorities, &place);
        assert_eq!(code(&concluded(&place, &revoking, online)), "revoked");
    }
}

#[test]
fn without_answer_and_list_the_doubt_is_the_responders() {
    let place = Place::new();
    let mut stale = place.authorities.bare_trust();
    stale.add_list(list(&place.authorities.issuing, days(-9), days(-2), &[])).unwrap();
    for doubt in Doubt::ALL {
        for trust in [&place.authorities.bare_trust(), &stale] {
            let verdict = concluded(&place, trust, Online::Failed(*doubt));
            assert_eq!(code(&verdict), doubt.code());
        }
    }
    assert_eq!(code(&concluded(&place, &stale, Online::NotAsked)), "crl_stale");
}

#[test]
fn an_answer_about_somebody_else_counts_for_nothing() {
    let place = Place::new();
    let issuing = &place.authorities.issuing.certificate;
    let id = CertificateId::of_serial(&[0x52; 20], issuing);
    let der = place.about(&id);
    let answer = judge_kept(&der, &id, &place.chain(), NOW).unwrap();
    let bare = place.authorities.bare_trust();
    let verdict = concluded(&place, &bare, Online::Answered(&answer));
    assert_eq!(code(&verdict), "ocsp_other_certificate");
    let revoking = revoking(&place.authorities, &place);
    assert_eq!(code(&concluded(&place, &revoking, Online::Answered(&answer))), "revoked");
}

#[test]
fn a_revoked_authority_takes_its_people_with_it_whatever_the_responder_says() {
    let place = Place::new();
    let mut trust = place.authorities.trust();
    let issuing = (place.authorities.issuing.certificate.serial().to_vec(), days(-2));
    trust.add_list(list(&place.authorities.root, days(-1), days(6), &[issuing])).unwrap();
    let answer = place.said(OcspStatement::Good);
    assert_eq!(code(&concluded(&place, &trust, Online::Answered(&answer))), "unknown_issuer");
}

#[test]
fn what_is_wrong_for_ever_is_said_before_anybody_is_asked() {
    let authorities = Authorities::new();
    let trust = authorities.bare_trust();
    let cms = authorities.issue(Wish { iin: None, ..Wish::default() }).sign(TEXT);
    let examined = examine(&cms, Content::Attached(TEXT), POLICY, &trust, NOW);
    assert_eq!(examined.err(), Some(Reason::NoIin.into()));
}

/// Kept: the CMS, the chain, the answer. Nothing else is there, and years have passed.
#[test]
fn the_evidence_verifies_again_years_later_without_a_network() {
    let place = Place::new();
    let cms = place.person.sign(TEXT);
    let answer = place.said(OcspStatement::Good);
    let online = Online::Answered(&answer);
    let evidence = signed(concluded(&place, &place.authorities.bare_trust(), online)).evidence;
    let kept = evidence.revocation.ocsp().unwrap().response.clone();

    let authorities = evidence.chain.iter().map(|der| Certificate::from_der(der).unwrap());
    let mut trust = TrustStore::default();
    trust.add_authorities(authorities.collect()).unwrap();
    let accepted_at = NOW.plus_seconds(2);
    let examined = examine(&cms, Content::Attached(TEXT), POLICY, &trust, accepted_at).unwrap();
    assert_eq!(signed(examined.conclude_kept(&kept)).evidence, evidence);
    let day_after = examine(&cms, Content::Attached(TEXT), POLICY, &trust, days(1)).unwrap();
    let verdict = day_after.conclude_kept(&kept);
    assert_eq!(code(&verdict), "ocsp_stale", "it says nothing about another day");
}

#[test]
fn an_answer_is_asked_of_the_authority_that_issued() {
    let place = Place::new();
    let trust = place.authorities.bare_trust();
    let cms = place.person.sign(TEXT);
    let examined = examine(&cms, Content::Attached(TEXT), POLICY, &trust, NOW).unwrap();
    let chain = examined.chain();
    let ders =
        |chain: &[&Certificate]| chain.iter().map(|one| one.der().to_vec()).collect::<Vec<_>>();
    assert_eq!(ders(&chain), ders(&place.chain()));
    assert_eq!(CertificateId::of(examined.certificate(), chain[0]), place.id());
    let der = place.answer(OcspStatement::Good, |_| {});
    assert!(judge_answer(&der, &place.request(), &chain, Moment(NOW.0 + 1)).is_ok());
}
