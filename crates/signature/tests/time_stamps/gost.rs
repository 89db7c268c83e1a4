//! Stamps made with GOST keys under a root and an issuing authority, with the clock in the test's hands.

use signature::signing::{KeyUses, TimeStampOrder, granted, issue_time_stamp, refused};
use signature::trust::TrustStore;
use signature::tsp::{
    Failure, Refusal, Request, Response, Status, Verdict, read_response, verify, verify_answer,
};
use signature::{Moment, Reason};

use crate::authorities::{Authorities, Holder, NOW, Wish, authority, days, gost_key, list};
use crate::{assert_nothing_can_change, code};

const DIGEST: [u8; 32] = [0x5a; 32];
const SERIAL: [u8; 20] = [0x61; 20];

fn request() -> Request {
    Request { digest: DIGEST, nonce: u64::MAX, policy: None }
}

fn wish() -> Wish {
    let term = (days(-100), days(265));
    Wish {
        name: "УАҚЫТ БЕЛГІСІ",
        iin: None,
        serial: SERIAL,
        uses: KeyUses::TimeStamping,
        term,
        public_key: None,
    }
}

fn stamp(holder: &Holder, made_at: Moment) -> Vec<u8> {
    let policy = "1.2.398.3.3.2.6.4".parse().unwrap();
    let order = TimeStampOrder { request: &request(), policy, serial: &[0, 0x8f, 1], made_at };
    issue_time_stamp(&order, &holder.certificate, &*holder.key).unwrap()
}

fn judged(token: &[u8], trust: &TrustStore, at: Moment) -> &'static str {
    code(&verify(token, &DIGEST, trust, at))
}

#[test]
fn a_stamp_with_a_gost_key_is_valid_and_tells_what_it_rests_on() {
    let authorities = Authorities::new();
    let tsa = authorities.issue(wish());
    let token = stamp(&tsa, NOW);
    let trust = authorities.trust();
    match verify_answer(&token, &request(), NOW, &trust, NOW) {
        Verdict::Valid(stamp) => {
            assert_eq!(stamp.made_at, NOW);
            assert_eq!(stamp.serial, [0x8f, 1]);
            assert_eq!(stamp.certificate.der(), tsa.certificate.der());
            assert_eq!(stamp.evidence.authorities.len(), 2);
            assert!(stamp.authority.contains("УАҚЫТ БЕЛГІСІ"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_byte_of_it_can_change() {
    let authorities = Authorities::new();
    let token = stamp(&authorities.issue(wish()), NOW);
    let trust = authorities.trust();
    // One bit of each byte: these keys are slow, and every bit is tried with others.
    assert_nothing_can_change(&token, &[1], &|token| judged(token, &trust, NOW) == "valid");
}

#[test]
fn answers_are_read_as_they_were_made() {
    let authorities = Authorities::new();
    let token = stamp(&authorities.issue(wish()), NOW);
    let answer = granted(&token).unwrap();
    assert_eq!(read_response(&answer), Ok(Response::Granted(token)));
    for failure in Failure::ALL {
        let refusal = Refusal { status: Status::Rejection, failure: Some(*failure) };
        assert_eq!(read_response(&refused(*failure).unwrap()), Ok(Response::Refused(refusal)));
    }
    assert_eq!(granted(b"hello").map_err(drop), Err(()));
    // Status alone: granted without a token, rejection without a reason, no status of the standard, refusal with a token.
    assert_eq!(read_response(&[0x30, 5, 0x30, 3, 2, 1, 0]), Err(Reason::Malformed));
    for (status, expected) in [
        (2, Status::Rejection),
        (3, Status::Waiting),
        (4, Status::RevocationWarning),
        (5, Status::RevocationNotification),
    ] {
        let refusal = Refusal { status: expected, failure: None };
        let answer = read_response(&[0x30, 5, 0x30, 3, 2, 1, status]);
        assert_eq!(answer, Ok(Response::Refused(refusal)));
    }
    assert_eq!(read_response(&[0x30, 5, 0x30, 3, 2, 1, 6]), Err(Reason::Malformed));
    let status = answer.windows(5).position(|bytes| bytes == [0x30, 3, 2, 1, 0]).unwrap() + 4;
    for (value, is_granted) in [(1, true), (2, false), (7, false)] {
        let mut changed = answer.clone();
        changed[status] = value;
        let read = read_response(&changed);
        assert_eq!(matches!(read, Ok(Response::Granted(_))), is_granted, "{value}");
        assert_eq!(read.is_err(), !is_granted, "{value}");
    }
    assert_eq!(read_response(&[0x30; 70_000]), Err(Reason::TooLarge));
}

#[test]
fn the_certificate_is_judged_at_the_time_stated() {
    let authorities = Authorities::new();
    let tsa = authorities.issue(wish());
    let trust = authorities.trust();
    assert_eq!(judged(&stamp(&tsa, days(-101)), &trust, NOW), "not_yet_valid");
    assert_eq!(judged(&stamp(&tsa, days(-99)), &trust, NOW), "valid");
    assert_eq!(judged(&stamp(&tsa, days(266)), &trust, NOW), "expired");
    assert_eq!(judged(&stamp(&tsa, NOW.plus_seconds(300)), &trust, NOW), "valid");
    assert_eq!(judged(&stamp(&tsa, NOW.plus_seconds(301)), &trust, NOW), "stamped_in_future");
    let old = stamp(&tsa, NOW.plus_seconds(-301));
    let answer = |at| code(&verify_answer(&old, &request(), at, &trust, NOW));
    assert_eq!(answer(NOW), "stamped_before_request");
    assert_eq!(answer(NOW.plus_seconds(-1)), "valid");
}

#[test]
fn a_stamp_outlives_its_authority_as_long_as_a_list_of_its_days_is_kept() {
    let authorities = Authorities::new();
    let token = stamp(&authorities.issue(wish()), NOW);
    let years = days(1_500);
    assert_eq!(judged(&token, &authorities.trust(), years), "valid", "a list of that day");
    let mut at_the_end = authorities.bare_trust();
    at_the_end.add_list(list(&authorities.issuing, days(260), days(267), &[])).unwrap();
    assert_eq!(judged(&token, &at_the_end, years), "valid", "a list of the last days");
    let mut today = authorities.bare_trust();
    today.add_list(list(&authorities.issuing, days(1_499), days(1_506), &[])).unwrap();
    assert_eq!(judged(&token, &today, years), "crl_stale", "lists forget who has expired");
    let compromised = [(SERIAL.to_vec(), days(200))];
    let mut revoked = authorities.bare_trust();
    revoked.add_list(list(&authorities.issuing, days(-1), days(6), &[])).unwrap();
    revoked.add_list(list(&authorities.issuing, days(260), days(267), &compromised)).unwrap();
    assert_eq!(judged(&token, &revoked, years), "revoked", "the later list has the last word");
}

#[test]
fn a_revoked_authority_or_issuer_stamps_nothing() {
    let authorities = Authorities::new();
    let token = stamp(&authorities.issue(wish()), NOW);
    let revoked = authorities.trust_with(&[(SERIAL.to_vec(), days(-2))]);
    assert_eq!(judged(&token, &revoked, NOW), "revoked");
    let mut above = authorities.trust();
    let issuing = (authorities.issuing.certificate.serial().to_vec(), days(-2));
    above.add_list(list(&authorities.root, days(-1), days(6), &[issuing])).unwrap();
    assert_eq!(judged(&token, &above, NOW), "unknown_issuer");
}

#[test]
fn keys_for_other_uses_and_keys_of_others_stamp_nothing() {
    let authorities = Authorities::new();
    let trust = authorities.trust();
    for uses in [KeyUses::Seal, KeyUses::Unlimited, KeyUses::PersonSigning, KeyUses::Authority] {
        let token = stamp(&authorities.issue(Wish { uses, ..wish() }), NOW);
        assert_eq!(judged(&token, &trust, NOW), "not_for_time_stamping", "{uses:?}");
    }
    let tsa = authorities.issue(wish());
    let thief = Holder { key: Box::new(gost_key("thief")), certificate: tsa.certificate };
    assert_eq!(judged(&stamp(&thief, NOW), &trust, NOW), "signature_mismatch");
    let foreign = authority("БӨТЕН", Box::new(gost_key("foreign")), None);
    let foreign = crate::authorities::issue(wish(), Box::new(gost_key("tsa")), Some(&foreign));
    assert_eq!(judged(&stamp(&foreign, NOW), &trust, NOW), "unknown_issuer");
}
