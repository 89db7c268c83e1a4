//! What each level of a seal proves, and for how long.

use signature::Moment;
use signature::pades::{Kept, SealCertificates};
use signature::pades::{Level, SealFault, Verdict, keep, seal_for_stamp, stamp_document};

use crate::authorities::{DAY, NOW, days};
use crate::fixture::small_pdf;
use crate::world::{ROOM, World, judged, notes_at, stamped_at, told};

const TEN_YEARS: i64 = 3_653;

fn soon() -> Moment {
    NOW.plus_seconds(60)
}

#[test]
fn every_level_is_genuine_and_tells_itself_and_its_time() {
    let world = World::new();
    let store = world.of_today();
    for level in Level::ALL {
        let pdf = world.at_level(level);
        let Verdict::Genuine(by) = judged(&pdf, &store, soon()) else {
            panic!("{level}: {:?}", judged(&pdf, &store, soon()))
        };
        let stamped = (level > Level::Basic).then(stamped_at);
        assert_eq!((by.level, by.stamped_at), (level, stamped));
    }
}

#[test]
fn the_same_input_and_the_same_answers_give_the_same_file() {
    let world = World::new();
    let (once, again) = (world.at_level(Level::Archived), world.at_level(Level::Archived));
    assert!(once == again);
    assert!(once.starts_with(&world.at_level(Level::LongTerm)), "only appended");
}

#[test]
fn ten_years_later_and_with_no_network_what_is_kept_in_the_file_is_enough() {
    let world = World::new();
    let alone = world.anchors();
    let then = days(TEN_YEARS);
    for (level, later) in [
        (Level::Basic, "crl_missing"),
        (Level::Stamped, "crl_missing"),
        (Level::LongTerm, "b-lt"),
        (Level::Archived, "b-lta"),
    ] {
        assert_eq!(told(&world.at_level(level), &alone, then), later, "{level}");
    }
}

#[test]
fn with_no_list_at_hand_a_file_that_keeps_its_own_is_judged_at_once() {
    let world = World::new();
    let alone = world.anchors();
    for (level, at_once) in [
        (Level::Basic, "crl_missing"),
        (Level::Stamped, "crl_missing"),
        (Level::LongTerm, "b-lt"),
        (Level::Archived, "b-lta"),
    ] {
        assert_eq!(told(&world.at_level(level), &alone, soon()), at_once, "{level}");
    }
}

#[test]
fn a_certificate_revoked_or_expired_after_the_stamp_spoils_no_stamped_seal() {
    let world = World::new();
    let serial = world.sealing.certificate.serial().to_vec();
    let after = world.trust(&world.list(9, &[(serial.clone(), days(9))]));
    let before = world.trust(&world.list(9, &[(serial, NOW.plus_seconds(-DAY))]));
    for (level, revoked_after) in [
        (Level::Basic, "revoked"),
        (Level::Stamped, "b-t"),
        (Level::LongTerm, "b-lt"),
        (Level::Archived, "b-lta"),
    ] {
        let pdf = world.at_level(level);
        assert_eq!(told(&pdf, &after, days(10)), revoked_after, "{level}");
        assert_eq!(told(&pdf, &before, days(10)), "revoked", "{level}");
        // Expired, and its last list long gone: those that are kept or at hand for the day of the stamp speak.
        let expired = told(&pdf, &world.of_today(), days(800));
        assert_eq!(expired, level.code(), "{level}");
    }
}

#[test]
fn a_seal_stamped_when_its_certificate_was_no_longer_good_does_not_count() {
    let world = World::new();
    let unstamped = world.unstamped();
    let late = days(336);
    let pdf = unstamped.stamped(&world.token(&world.tsa, unstamped.digest(), days(334))).unwrap();
    assert_eq!(told(&pdf, &world.trust(&world.list(334, &[])), days(334)), "b-t");
    let pdf = unstamped.stamped(&world.token(&world.tsa, unstamped.digest(), late)).unwrap();
    assert_eq!(told(&pdf, &world.trust(&world.list(335, &[])), late), "expired");
    let late = days(701);
    let pdf = unstamped.stamped(&world.token(&world.tsa, unstamped.digest(), late)).unwrap();
    assert_eq!(told(&pdf, &world.trust(&world.list(700, &[])), late), "bad_stamp");
    // A claimed time after the stamp contradicts it.
    let early = NOW.plus_seconds(-3_600);
    let pdf = unstamped.stamped(&world.token(&world.tsa, unstamped.digest(), early)).unwrap();
    assert_eq!(told(&pdf, &world.of_today(), soon()), "sealed_in_future");
}

#[test]
fn an_authority_whose_key_fell_proves_nothing_and_accuses_nobody() {
    let world = World::new();
    let revoked = |serial: &[u8], at| world.trust(&world.list(9, &[(serial.to_vec(), at)]));
    let tsa = world.tsa.certificate.serial();
    let fallen = revoked(tsa, days(9));
    for level in [Level::Stamped, Level::LongTerm, Level::Archived] {
        let pdf = world.at_level(level);
        assert_eq!(told(&pdf, &fallen, days(10)), "b-b", "{level}: by the sealer's word again");
    }
    let both = [tsa, world.sealing.certificate.serial()].map(|one| (one.to_vec(), days(9)));
    let both = world.trust(&world.list(9, &both));
    assert_eq!(told(&world.at_level(Level::Archived), &both, days(10)), "revoked");
}

#[test]
fn a_doubt_about_the_stamp_is_a_doubt_only_where_the_seal_needs_it() {
    let world = World::new();
    let serial = world.sealing.certificate.serial().to_vec();
    // The stamp is of another branch, whose list is not at hand.
    let mut store = world.trust(&world.list(9, &[]));
    let far = world.foreign_root();
    store.add_authorities(vec![far.clone()]).unwrap();
    let unstamped = world.unstamped();
    let token = world.token(&world.stranger, unstamped.digest(), stamped_at());
    let pdf = unstamped.stamped(&token).unwrap();
    assert_eq!(told(&pdf, &store, days(10)), "b-b");
    let mut revoked = world.trust(&world.list(9, &[(serial, days(9))]));
    revoked.add_authorities(vec![far]).unwrap();
    assert_eq!(told(&pdf, &revoked, days(10)), "crl_missing");
}

#[test]
fn answers_that_are_none_are_read_as_they_were_written_and_let_in_under_no_stamp() {
    let world = World::new();
    let answers = vec![vec![0x30, 0x03, 0x0a, 0x01, 0x00], b"endstream endobj".to_vec()];
    let kept = Kept { answers: answers.clone(), ..world.kept() };
    let pdf = keep(&world.stamped(), &kept).unwrap();
    assert_eq!(told(&pdf, &world.of_today(), soon()), "seal_form");
    let archived = world.archived(&pdf, &world.tsa, stamped_at());
    assert_eq!(told(&archived, &world.of_today(), soon()), "seal_form");
    let found = signature::pades::verify(&archived, &|_, proofs| {
        assert_eq!(proofs.kept.answers, answers);
        assert_eq!(proofs.kept, kept);
        signature::pades::Trust::Trusted
    });
    assert!(matches!(found, Verdict::Genuine(_)));
}

#[test]
fn lists_that_do_not_speak_of_the_day_make_no_level() {
    let world = World::new();
    let kept = Kept { lists: vec![world.list(-20, &[])], ..world.kept() };
    let pdf = keep(&world.stamped(), &kept).unwrap();
    assert_eq!(told(&pdf, &world.of_today(), soon()), "b-t");
    assert_eq!(told(&pdf, &world.anchors(), soon()), "crl_missing");
}

#[test]
fn what_does_not_fit_is_declined_with_its_reason() {
    let world = World::new();
    let stamped = world.stamped();
    let kept = world.kept();
    let long_term = keep(&stamped, &kept).unwrap();
    assert_eq!(keep(&stamped, &Kept::default()), Err(SealFault::NothingKept));
    assert_eq!(keep(&long_term, &kept), Err(SealFault::NotSealed));
    assert_eq!(keep(&small_pdf(""), &kept), Err(SealFault::NotSealed));
    assert_eq!(stamp_document(&small_pdf(""), ROOM).map(|_| ()), Err(SealFault::NotSealed));
    assert!(stamp_document(b"text", ROOM).is_err());
    let unstamped = world.unstamped();
    let token = world.token(&world.tsa, unstamped.digest(), NOW);
    assert_eq!(unstamped.stamped(&vec![0x30; ROOM]), Err(SealFault::Encoding));
    let tight = stamp_document(&stamped, token.len() - 1).unwrap();
    assert_eq!(tight.stamped(&token), Err(SealFault::StampTooLarge));
    let just = stamp_document(&stamped, token.len()).unwrap();
    assert!(just.stamped(&token).is_ok());
    let certificate = world.sealing.certificate.der();
    let certificates = SealCertificates::from_der(certificate, []).unwrap();
    let key = &world.sealing.key;
    for (room, fits) in [(token.len(), true), (token.len() - 64, false)] {
        let sign = |bytes: &[u8]| key.sign(bytes);
        let notes = notes_at(NOW);
        let small = seal_for_stamp(&small_pdf(""), &notes, &certificates, room, &sign).unwrap();
        let token = world.token(&world.tsa, small.digest(), NOW);
        assert_eq!(small.stamped(&token).is_ok(), fits, "{room}");
    }
}

#[test]
fn no_byte_of_an_archived_file_can_be_changed() {
    let world = World::new();
    let pdf = world.at_level(Level::Archived);
    let store = world.of_today();
    let sealed = world.stamped().len();
    // Inside the seal every seventh byte, since `judging.rs` goes through a seal byte by byte; every byte of what
    // follows it.
    let places: Vec<usize> = (0..sealed).step_by(7).chain(sealed..pdf.len()).collect();
    assert_eq!(told(&pdf, &store, soon()), "b-lta");
    std::thread::scope(|threads| {
        for share in places.chunks(places.len().div_ceil(4)) {
            let (pdf, store) = (&pdf, &store);
            threads.spawn(move || {
                let mut changed = pdf.clone();
                for place in share {
                    for mask in [1 << (place % 8), 0x20] {
                        changed[*place] ^= mask;
                        let verdict = judged(&changed, store, soon());
                        assert!(
                            matches!(verdict, Verdict::NotGenuine(_) | Verdict::Unreadable(_)),
                            "byte {place}: {verdict:?}"
                        );
                        changed[*place] = pdf[*place];
                    }
                }
            });
        }
    });
}
