//! What an answer says, and everything that makes it say nothing.

use signature::ocsp::{CertificateId, FRESH_SECONDS, Request, Status, judge_answer, judge_kept};
use signature::signing::{
    KeyUses, OcspFailure, OcspStatement, Signature, SigningAlgorithm, SigningKey,
};
use signature::x509::RevocationReason;
use signature::{Doubt, Moment};

use crate::authorities::{Holder, NOW, Wish, authority, days, gost_key, issue};
use crate::fixture::{NONCE, Place, declined, responders_wish};
use crate::other_keys::{p256, rsa};

#[test]
fn responders_with_keys_of_every_kind_say_what_they_know() {
    let keys: [Box<dyn SigningKey>; 4] = [
        Box::new(gost_key("responder")),
        Box::new(rsa(SigningAlgorithm::RsaSha256)),
        Box::new(rsa(SigningAlgorithm::RsaSha512)),
        Box::new(p256()),
    ];
    for key in keys {
        let place = Place::with_responder(key);
        assert_eq!(place.said(OcspStatement::Good).status(), Status::Good);
        assert_eq!(place.said(OcspStatement::NeverIssued).status(), Status::NeverIssued);
        let Status::Revoked(revocation) = place.said(OcspStatement::Revoked(days(-3))).status()
        else {
            panic!("revoked expected")
        };
        assert_eq!(revocation.revoked_at, days(-3));
        assert_eq!(revocation.reason, RevocationReason::Unspecified);
        let unknown = place.answer(OcspStatement::Unknown, |_| {});
        assert_eq!(place.doubt(&unknown), Doubt::OcspUnknown);
    }
}

#[test]
fn a_hold_is_a_revocation_except_on_the_day_that_means_never_issued() {
    let place = Place::new();
    for at in [Moment(1), days(-3)] {
        match place.said(OcspStatement::OnHold(at)).status() {
            Status::Revoked(revocation) => {
                assert_eq!(revocation.revoked_at, at);
                assert_eq!(revocation.reason, RevocationReason::CertificateHold);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(place.said(OcspStatement::OnHold(Moment(0))).status(), Status::NeverIssued);
    // Without the hold it is a date like any other, however strange.
    let strange = place.said(OcspStatement::Revoked(Moment(0))).status();
    assert!(matches!(strange, Status::Revoked(_)));
}

#[test]
fn an_answer_tells_what_it_is_about_and_when_it_was_made() {
    let place = Place::new();
    let der = place.answer(OcspStatement::Good, |order| order.this_update = NOW.plus_seconds(-60));
    let answer = place.judged(&der, NOW).unwrap();
    assert_eq!(answer.id(), &place.id());
    assert_eq!((answer.this_update(), answer.produced_at()), (NOW.plus_seconds(-60), NOW));
    assert_eq!(answer.der(), der);
}

#[test]
fn the_authority_itself_may_answer() {
    let place = Place::new();
    let own = place.answer_by(&place.authorities.issuing, OcspStatement::Good, |_| {});
    assert_eq!(place.judged(&own, NOW).unwrap().status(), Status::Good);
    let roots = place.answer_by(&place.authorities.root, OcspStatement::Good, |_| {});
    assert_eq!(place.doubt(&roots), Doubt::OcspUntrusted, "the root did not issue the certificate");
}

#[test]
fn nobody_answers_whom_the_authority_did_not_appoint_for_it() {
    let place = Place::new();
    let issuing = &place.authorities.issuing;
    let of = |wish: Wish| issue(wish, Box::new(gost_key("responder")), Some(issuing));
    let said =
        |responder: &Holder| place.doubt(&place.answer_by(responder, OcspStatement::Good, |_| {}));
    for uses in [KeyUses::Seal, KeyUses::TimeStamping, KeyUses::Unlimited, KeyUses::PersonSigning] {
        let other = of(Wish { uses, ..responders_wish() });
        assert_eq!(said(&other), Doubt::OcspUntrusted, "{uses:?}");
    }
    for term in [(days(-9), days(-1)), (days(1), days(9))] {
        let late = of(Wish { term, ..responders_wish() });
        assert_eq!(said(&late), Doubt::OcspUntrusted, "not at that moment");
    }
    let key = || Box::new(gost_key("responder"));
    let by_root = issue(responders_wish(), key(), Some(&place.authorities.root));
    assert_eq!(said(&by_root), Doubt::OcspUntrusted, "appointed by another authority");
    let impostor = authority("ОРТАЛЫҚ", Box::new(gost_key("impostor")), None);
    let by_impostor = issue(responders_wish(), key(), Some(&impostor));
    assert_eq!(said(&by_impostor), Doubt::OcspUntrusted, "an authority of the same name");
    assert_eq!(said(&impostor), Doubt::OcspUntrusted, "that authority itself");
}

#[test]
fn an_answer_not_signed_or_signed_by_another_key_is_nobodys() {
    let place = Place::new();
    let unsigned = place.answer(OcspStatement::Good, |order| order.signature = Signature::Left);
    assert_eq!(place.doubt(&unsigned), Doubt::OcspUntrusted);
    let certificate = place.responder.certificate.clone();
    let thief = Holder { key: Box::new(gost_key("thief")), certificate };
    let stolen = place.answer_by(&thief, OcspStatement::Good, |_| {});
    assert_eq!(place.doubt(&stolen), Doubt::OcspUntrusted);
    let good = place.answer(OcspStatement::Good, |_| {});
    let nobody = judge_answer(&good, &place.request(), &[], NOW);
    assert_eq!(nobody, Err(Doubt::OcspUntrusted), "without an authority nobody is trusted");
}

#[test]
fn a_responder_that_declines_says_nothing() {
    let place = Place::new();
    let later = declined(OcspFailure::TryLater);
    assert_eq!(place.doubt(&later), Doubt::OcspTryLater);
    for failure in [
        OcspFailure::MalformedRequest,
        OcspFailure::InternalError,
        OcspFailure::SignatureRequired,
        OcspFailure::Unauthorized,
    ] {
        assert_eq!(place.doubt(&declined(failure)), Doubt::OcspRefused, "{failure:?}");
    }
}

#[test]
fn what_is_no_answer_cannot_be_read() {
    let place = Place::new();
    let good = place.answer(OcspStatement::Good, |_| {});
    let success_alone = [0x30, 3, 0x0a, 1, 0];
    let unknown_status = [0x30, 3, 0x0a, 1, 4];
    let longer = [&good[..], &[0]].concat();
    for bytes in [&b""[..], b"<html>", &success_alone, &unknown_status, &[0x30; 70_000], &longer] {
        assert_eq!(place.doubt(bytes), Doubt::OcspMalformed);
    }
}

#[test]
fn an_answer_about_another_certificate_says_nothing_about_this_one() {
    let place = Place::new();
    let issuing = &place.authorities.issuing.certificate;
    let others = CertificateId::of_serial(&[0x52; 20], issuing);
    let other = place.about(&others);
    assert_eq!(place.doubt(&other), Doubt::OcspOtherCertificate);
    let serial = place.person.certificate.serial();
    let same_number = CertificateId::of_serial(serial, &place.authorities.root.certificate);
    let other = place.about(&same_number);
    assert_eq!(place.doubt(&other), Doubt::OcspOtherCertificate);
    assert!(place.id().is_of(issuing) && !same_number.is_of(issuing));
}

#[test]
fn the_nonce_comes_back_or_the_answer_is_of_this_very_moment() {
    let place = Place::new();
    let other = place.answer(OcspStatement::Good, |order| order.nonce = Some(&[1; 32]));
    assert_eq!(place.doubt(&other), Doubt::OcspOtherNonce);
    let shorter = place.answer(OcspStatement::Good, |order| order.nonce = Some(&NONCE[..31]));
    assert_eq!(place.doubt(&shorter), Doubt::OcspOtherNonce);
    let without = place.answer(OcspStatement::Good, |order| {
        order.nonce = None;
        order.next_update = Some(days(7));
    });
    for (seconds, fresh) in [(-301, false), (-300, true), (0, true), (900, true), (901, false)] {
        let judged = place.judged(&without, NOW.plus_seconds(seconds));
        let expected = if fresh { Ok(Status::Good) } else { Err(Doubt::OcspStale) };
        assert_eq!(judged.map(|answer| answer.status()), expected, "{seconds}");
    }
    assert_eq!(FRESH_SECONDS, 900);
    // Who sent no nonce has only the time to go by, whatever comes back.
    let with = place.answer(OcspStatement::Good, |_| {});
    let request = Request { nonce: None, ..place.request() };
    let judge = |at| judge_answer(&with, &request, &place.chain(), at).map(|one| one.status());
    assert_eq!(judge(NOW), Ok(Status::Good));
    assert_eq!(judge(NOW.plus_seconds(901)), Err(Doubt::OcspStale));
}

#[test]
fn an_answer_counts_until_the_next_was_announced_or_while_it_is_fresh() {
    let place = Place::new();
    let judge = |this: Moment, next: Option<Moment>| {
        let der = place.answer(OcspStatement::Good, |order| {
            order.this_update = this;
            order.next_update = next;
        });
        place.judged(&der, NOW).map(|answer| answer.status())
    };
    let stale = Err(Doubt::OcspStale);
    assert_eq!(judge(NOW.plus_seconds(-900), None), Ok(Status::Good));
    assert_eq!(judge(NOW.plus_seconds(-901), None), stale);
    assert_eq!(judge(NOW.plus_seconds(300), None), Ok(Status::Good), "clocks differ");
    assert_eq!(judge(NOW.plus_seconds(301), None), stale);
    assert_eq!(judge(days(-3), Some(days(1))), Ok(Status::Good));
    assert_eq!(judge(days(-3), Some(NOW.plus_seconds(-1))), stale);
    assert_eq!(judge(NOW.plus_seconds(301), Some(days(1))), stale);
}

#[test]
fn a_kept_answer_is_judged_as_of_its_day_and_without_its_nonce() {
    let place = Place::new();
    let der = place.answer(OcspStatement::Good, |_| {});
    let judge = |at| judge_kept(&der, &place.id(), &place.chain(), at).map(|one| one.status());
    assert_eq!(judge(NOW), Ok(Status::Good));
    assert_eq!(judge(NOW.plus_seconds(1_500)), Ok(Status::Good), "it may have lain in a cache");
    assert_eq!(judge(NOW.plus_seconds(1_501)), Err(Doubt::OcspStale));
    assert_eq!(judge(days(365)), Err(Doubt::OcspStale));
    assert_eq!(judge(days(-1)), Err(Doubt::OcspStale));
}
