//! Detached signatures that lie beside their content in a sealed file.

use signature::cms::{
    Content, DetachedError, DetachedSigner, Policy, Purpose, Signer, read_detached, sign_detached,
    verify,
};
use signature::pades::{Kept, Level, SealedBy, judge_inside};
use signature::signing::{GostKey, KeyUses, ShortGostKey, SigningKey};
use signature::trust::TrustStore;
use signature::{Doubt, Moment, Objection, Reason, Verdict};

use crate::authorities::{
    Authorities, DAY, Holder, NOW, Wish, days, gost_key, issue, list, list_der,
};

const FACTS: &[u8] = br#"{"facts_version":1}"#;
const POLICY: Policy = Policy { purpose: Purpose::Document, signer: Signer::Anybody };
const SERIAL: [u8; 20] = [0x53; 20];

fn wish(term: (Moment, Moment)) -> Wish {
    let uses = KeyUses::Seal;
    Wish { name: "ФАКТІЛЕР", iin: None, serial: SERIAL, uses, term, public_key: None }
}

fn holder(authorities: &Authorities) -> Holder {
    authorities.issue(wish((days(-30), days(300))))
}

fn signer(holder: &Holder) -> DetachedSigner {
    DetachedSigner::from_der(holder.certificate.der()).unwrap()
}

fn sign(holder: &Holder, at: Moment) -> Vec<u8> {
    let key = |bytes: &[u8]| holder.key.sign(bytes);
    sign_detached(FACTS, &signer(holder), at, &key).unwrap()
}

/// A seal of which nothing counts here but when it was stamped.
fn seal(stamped_at: Option<Moment>) -> SealedBy {
    SealedBy {
        certificate: Vec::new(),
        subject: String::new(),
        claimed_at: None,
        stamped_at,
        level: Level::Basic,
        kept: Kept::default(),
    }
}

#[test]
fn it_is_read_as_it_was_made_and_is_a_cms_as_any_other() {
    let authorities = Authorities::new();
    let holder = holder(&authorities);
    let cms = sign(&holder, NOW);
    assert_eq!(cms, sign(&holder, NOW), "one content, one moment, one key: one encoding");
    let read = read_detached(&cms, FACTS).unwrap();
    assert_eq!(read.certificate.der(), holder.certificate.der());
    assert_eq!(read.signing_time, NOW);
    let verdict = verify(&cms, Content::Detached(FACTS), POLICY, &authorities.trust(), NOW);
    assert!(matches!(verdict, Verdict::Valid(_)), "{verdict:?}");
}

#[test]
fn a_byte_changed_anywhere_in_it_is_noticed() {
    let cms = sign(&holder(&Authorities::new()), NOW);
    let places: Vec<usize> = (0..cms.len()).collect();
    let cms = &cms;
    std::thread::scope(|threads| {
        for share in places.chunks(cms.len().div_ceil(4)) {
            threads.spawn(move || {
                for place in share {
                    for mask in [0x01, 0x02, 0x20, 0x80, 0xff] {
                        let mut bad = cms.clone();
                        bad[*place] ^= mask;
                        assert!(read_detached(&bad, FACTS).is_err(), "byte {place}, {mask:#x}");
                    }
                }
            });
        }
    });
    for length in 0..cms.len() {
        assert!(read_detached(&cms[..length], FACTS).is_err(), "{length} bytes");
    }
    assert!(read_detached(&[&cms[..], &[0]].concat(), FACTS).is_err());
}

#[test]
fn another_content_or_another_form_has_its_reason() {
    let authorities = Authorities::new();
    let holder = holder(&authorities);
    let cms = sign(&holder, NOW);
    for place in 0..FACTS.len() {
        let mut changed = FACTS.to_vec();
        changed[place] ^= 1;
        assert_eq!(read_detached(&cms, &changed).err(), Some(Reason::DigestMismatch));
    }
    let attached = holder.sign(FACTS);
    assert_eq!(read_detached(&attached, FACTS).err(), Some(Reason::WrongContent));
    // As NCALayer makes it: without the attribute that names the certificate.
    let plain = holder.sign_in(signature::signing::ContentPlace::Detached, FACTS);
    assert_eq!(read_detached(&plain, FACTS).err(), Some(Reason::Malformed));
    assert_eq!(read_detached(b"", FACTS).err(), Some(Reason::Malformed));
}

#[test]
fn only_a_gost_key_that_binds_its_holder_signs_and_only_its_own_signature_is_taken() {
    let authorities = Authorities::new();
    let entry = authorities.issue(Wish { uses: KeyUses::PersonAuthentication, ..Wish::default() });
    let refused = DetachedSigner::from_der(entry.certificate.der()).err();
    assert_eq!(refused, Some(Reason::WrongKeyUsage));
    let short = Box::new(ShortGostKey::from_random(&[7; 32]).unwrap());
    let short = issue(wish((days(-1), days(1))), short, Some(&authorities.issuing));
    let refused = DetachedSigner::from_der(short.certificate.der()).err();
    assert_eq!(refused, Some(Reason::UnsupportedAlgorithm));
    assert_eq!(DetachedSigner::from_der(b"no certificate").err(), Some(Reason::Malformed));
    let signer = signer(&holder(&authorities));
    let other = gost_key("another");
    let signed = sign_detached(FACTS, &signer, NOW, &|bytes: &[u8]| other.sign(bytes));
    assert!(matches!(signed, Err(DetachedError::OtherKey)));
    let away = sign_detached(FACTS, &signer, NOW, &|_| Err("away"));
    assert_eq!(away, Err(DetachedError::Key("away")));
}

/// Devices order the numbers of a signature in their own ways.
#[test]
fn a_signature_is_taken_in_whatever_order_a_device_gives_it() {
    let holder = holder(&Authorities::new());
    let signer = signer(&holder);
    let usual = sign(&holder, NOW);
    type Order = fn(Vec<u8>) -> Vec<u8>;
    let backwards: Order = |signature| signature.into_iter().rev().collect();
    let swapped: Order = |signature| [&signature[64..], &signature[..64]].concat();
    let big_endian: Order = |signature| {
        let halves = [&signature[..64], &signature[64..]];
        halves.iter().flat_map(|half| half.iter().rev().copied()).collect()
    };
    for order in [backwards, swapped, big_endian] {
        let key = |bytes: &[u8]| holder.key.sign(bytes).map(order);
        assert_eq!(sign_detached(FACTS, &signer, NOW, &key).unwrap(), usual);
    }
    let key: &GostKey = &gost_key("person");
    let mut broken = key.sign(b"text").unwrap();
    broken[5] ^= 1;
    assert_eq!(signer.in_order(b"text", &broken), None);
    assert_eq!(signer.in_order(b"text", &[]), None);
}

#[test]
fn its_certificate_is_judged_when_the_seal_was_stamped_and_now_without_a_stamp() {
    let authorities = Authorities::new();
    let signature = |holder: &Holder, at| read_detached(&sign(holder, at), FACTS).unwrap();
    let own = signature(&holder(&authorities), days(-2));
    let revoked = |day| vec![(SERIAL.to_vec(), days(day))];
    let judge = |trust: &TrustStore, stamped: Option<i64>| {
        judge_inside(trust, &own, &seal(stamped.map(days)), NOW)
    };
    let wrong = |reason| Err(Objection::Invalid(reason));
    let trust = authorities.trust();
    assert_eq!(judge(&trust, None), Ok(()));
    assert_eq!(judge(&trust, Some(-2)), Ok(()));
    // Signed after the seal that covers it was stamped: nobody can have done that.
    assert_eq!(judge(&trust, Some(-3)), wrong(Reason::NotYetValid));
    let later = authorities.trust_with(&revoked(-1));
    assert_eq!(judge(&later, Some(-2)), Ok(()), "revoked after the stamp");
    assert_eq!(judge(&later, None), wrong(Reason::Revoked));
    assert_eq!(judge(&authorities.trust_with(&revoked(-5)), Some(-2)), wrong(Reason::Revoked));
    let silent = Err(Objection::CannotTell(Doubt::CrlMissing));
    assert_eq!(judge(&authorities.bare_trust(), Some(-2)), silent);
    assert_eq!(judge(&authorities.bare_trust(), None), silent);
    let strangers = Authorities {
        root: crate::authorities::authority("БӨТЕН", Box::new(gost_key("strange")), None),
        issuing: crate::authorities::authority("БӨТЕН", Box::new(gost_key("strange")), None),
    };
    let foreign = signature(&holder(&strangers), NOW);
    let judged = judge_inside(&trust, &foreign, &seal(None), NOW);
    assert_eq!(judged, wrong(Reason::UnknownIssuer));
}

#[test]
fn what_expired_since_is_forgiven_and_what_is_claimed_outside_of_its_term_is_not() {
    let authorities = Authorities::new();
    let past = authorities.issue(wish((days(-30), days(-1))));
    let mut trust = authorities.trust();
    trust.add_list(list(&authorities.issuing, days(-4), days(3), &[])).unwrap();
    let judge = |claimed: i64, stamped: Option<i64>| {
        let signature = read_detached(&sign(&past, days(claimed)), FACTS).unwrap();
        judge_inside(&trust, &signature, &seal(stamped.map(days)), NOW)
    };
    let wrong = |reason| Err(Objection::Invalid(reason));
    assert_eq!(judge(-3, None), Ok(()));
    assert_eq!(judge(-3, Some(-3)), Ok(()));
    assert_eq!(judge(0, None), wrong(Reason::Expired));
    assert_eq!(judge(-31, None), wrong(Reason::NotYetValid));
    assert_eq!(judge(1, None), wrong(Reason::NotYetValid), "claims to come from tomorrow");
    let signature = read_detached(&sign(&past, days(-3)), FACTS).unwrap();
    let soon = judge_inside(&trust, &signature, &seal(Some(days(-3))), NOW.plus_seconds(DAY));
    assert_eq!(soon, Ok(()));
}

#[test]
fn where_no_list_is_at_hand_what_the_file_keeps_tells() {
    let authorities = Authorities::new();
    let signature = read_detached(&sign(&holder(&authorities), days(-2)), FACTS).unwrap();
    let revoked = [(SERIAL.to_vec(), days(-5))];
    let list = |revoked| list_der(&authorities.issuing, days(-3), days(4), revoked);
    let none = Kept::default();
    let good = Kept { lists: vec![list(&[])], ..Kept::default() };
    let bad = Kept { lists: vec![list(&revoked)], ..Kept::default() };
    let judge = |kept: &Kept, at| {
        let seal = SealedBy { kept: kept.clone(), ..seal(Some(days(-2))) };
        judge_inside(&authorities.bare_trust(), &signature, &seal, at)
    };
    for at in [NOW, days(200), days(2_000)] {
        assert_eq!(judge(&none, at), Err(Objection::CannotTell(Doubt::CrlMissing)));
        assert_eq!(judge(&good, at), Ok(()));
        assert_eq!(judge(&bad, at), Err(Objection::Invalid(Reason::Revoked)));
    }
}
