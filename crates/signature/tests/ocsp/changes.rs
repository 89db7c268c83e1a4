//! An answer changed anywhere says nothing any more, and no bytes make the reader panic.

use proptest::prelude::*;
use signature::ocsp::{CertificateId, Request, Status};
use signature::signing::OcspStatement;

use crate::authorities::NOW;
use crate::fixture::Place;
use crate::other_keys::p256;

thread_local! {
    /// Keys are no business of several threads, so each has a place of its own.
    static GOST: Place = Place::new();
    static P256: Place = Place::with_responder(Box::new(p256()));
}

#[test]
fn a_byte_changed_anywhere_makes_it_say_nothing() {
    let good = GOST.with(|place| place.answer(OcspStatement::Good, |_| {}));
    assert!(GOST.with(|place| place.judged(&good, NOW).is_ok()));
    let places: Vec<usize> = (0..good.len()).collect();
    std::thread::scope(|threads| {
        for share in places.chunks(good.len().div_ceil(2)) {
            let good = &good;
            threads.spawn(move || {
                for at in share {
                    for mask in [0x01, 0x80] {
                        let mut bad = good.clone();
                        bad[*at] ^= mask;
                        let judged = GOST.with(|place| place.judged(&bad, NOW));
                        assert!(judged.is_err(), "byte {at}, mask {mask:#x}");
                    }
                }
            });
        }
    });
    for length in 0..good.len() {
        assert!(GOST.with(|place| place.judged(&good[..length], NOW)).is_err(), "{length} bytes");
    }
}

#[test]
fn the_same_with_another_kind_of_key_in_every_bit_of_what_is_not_signed() {
    let place = Place::with_responder(Box::new(p256()));
    let good = place.answer(OcspStatement::Good, |_| {});
    for at in 0..good.len() {
        for mask in [0x01, 0x02, 0x20, 0xff] {
            let mut bad = good.clone();
            bad[at] ^= mask;
            assert!(place.judged(&bad, NOW).is_err(), "byte {at}, mask {mask:#x}");
        }
    }
}

#[test]
fn never_issued_and_revoked_do_not_turn_into_good() {
    let place = Place::with_responder(Box::new(p256()));
    for statement in [OcspStatement::NeverIssued, OcspStatement::Revoked(NOW)] {
        let bad = place.answer(statement, |_| {});
        for at in 0..bad.len() {
            let mut changed = bad.clone();
            changed[at] ^= 0x01;
            let judged = place.judged(&changed, NOW).map(|answer| answer.status());
            assert_ne!(judged, Ok(Status::Good), "byte {at}");
        }
    }
}

fn damaged(der: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = der.len();
    let damage = prop::collection::vec((0..length, any::<u8>()), 1..12);
    (damage, 0..length).prop_map(move |(damage, cut)| {
        let mut der = der.clone();
        damage.iter().for_each(|(place, value)| der[*place] = *value);
        if cut % 5 == 0 {
            der.drain(cut / 2..cut);
        }
        der
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(P256.with(|place| place.judged(&bytes, NOW)).is_err());
        let _ = Request::from_der(&bytes);
    }

    #[test]
    fn a_damaged_answer_or_question_is_read_without_panic(
        answer in damaged(P256.with(|place| place.answer(OcspStatement::Good, |_| {}))),
        question in damaged(P256.with(|place| place.request().to_der().unwrap())),
    ) {
        let _ = P256.with(|place| place.judged(&answer, NOW));
        let _ = Request::from_der(&question);
    }

    #[test]
    fn a_question_is_read_as_it_was_written(
        serial in prop::collection::vec(any::<u8>(), 1..20),
        nonce in prop::option::of(prop::collection::vec(any::<u8>(), 1..64)),
    ) {
        let serial = [&[0x51][..], &serial].concat();
        let id = P256.with(|place| {
            CertificateId::of_serial(&serial, &place.authorities.issuing.certificate)
        });
        let request = Request { id, nonce };
        prop_assert_eq!(Request::from_der(&request.to_der().unwrap()), Some(request));
    }
}
