//! Whom one trusts: roots, authorities under them, other kinds of keys, and what their certificates forbid.

use der::asn1::BitString;
use der::{Any, Decode, Encode};
use signature::signing::{KeyUses, SigningAlgorithm, SigningKey};
use signature::trust::{TrustError, TrustStore};
use signature::x509::{Certificate, KeyKind};
use signature::{Objection, Reason};

use crate::authorities::{Authorities, Holder, NOW, Wish, authority, days, gost_key, issue, list};
use crate::other_keys::{p256, rsa};

type MakeKey = fn() -> Box<dyn SigningKey>;

fn under(issuer: &Holder, name: &'static str) -> Holder {
    authority(name, Box::new(gost_key(name)), Some(issuer))
}

#[test]
fn the_order_of_intake_does_not_matter_and_twice_is_once() {
    let authorities = Authorities::new();
    let (root, issuing) = (&authorities.root.certificate, &authorities.issuing.certificate);
    let mut trust = TrustStore::default();
    assert!(trust.is_empty());
    trust.add_authorities(vec![issuing.clone(), root.clone(), issuing.clone()]).unwrap();
    assert_eq!(trust.len(), 2);
}

#[test]
fn an_authority_without_its_root_is_not_taken_in_unless_pinned() {
    let authorities = Authorities::new();
    let issuing = authorities.issuing.certificate.clone();
    let mut trust = TrustStore::default();
    assert_eq!(trust.add_authorities(vec![issuing.clone()]), Err(TrustError::IssuerUnknown));
    trust.pin_authority(issuing).unwrap();
    trust.add_list(list(&authorities.issuing, days(-1), days(1), &[])).unwrap();
    let evidence = trust.judge(&authorities.person().certificate, NOW).unwrap();
    assert_eq!(evidence.authorities, [authorities.issuing.certificate.fingerprint()]);
}

#[test]
fn a_person_is_no_authority() {
    let authorities = Authorities::new();
    let person = authorities.person();
    let mut trust = authorities.bare_trust();
    let taken = trust.add_authorities(vec![person.certificate.clone()]);
    assert_eq!(taken, Err(TrustError::NotAnAuthority));
    assert_eq!(trust.pin_authority(person.certificate.clone()), Err(TrustError::NotAnAuthority));
    // What a person issues is nobody's, even while his own certificate is beyond doubt.
    let victim = issue(Wish::default(), Box::new(gost_key("forged")), Some(&person));
    let judged = authorities.trust().judge(&victim.certificate, NOW);
    assert_eq!(judged, Err(Objection::Invalid(Reason::UnknownIssuer)));
}

#[test]
fn an_authority_of_the_same_name_with_another_key_is_another() {
    let authorities = Authorities::new();
    let impostor = authority("ОРТАЛЫҚ", Box::new(gost_key("impostor")), None);
    let forged = issue(Wish::default(), Box::new(gost_key("person")), Some(&impostor));
    let judged = authorities.trust().judge(&forged.certificate, NOW);
    assert_eq!(judged, Err(Objection::Invalid(Reason::UnknownIssuer)));
}

#[test]
fn four_authorities_may_stand_above_each_other_and_a_fifth_may_not() {
    let root = authority("1", Box::new(gost_key("1")), None);
    let second = under(&root, "2");
    let third = under(&second, "3");
    let fourth = under(&third, "4");
    let fifth = under(&fourth, "5");
    let mut trust = TrustStore::default();
    let four = [&root, &second, &third, &fourth].map(|one| one.certificate.clone());
    trust.add_authorities(four.to_vec()).unwrap();
    trust.add_list(list(&fourth, days(-1), days(1), &[])).unwrap();
    let person = issue(Wish::default(), Box::new(gost_key("person")), Some(&fourth));
    assert_eq!(trust.judge(&person.certificate, NOW).unwrap().authorities.len(), 4);
    let taken = trust.add_authorities(vec![fifth.certificate]);
    assert_eq!(taken, Err(TrustError::ChainTooLong));
}

#[test]
fn an_authority_that_may_have_none_below_it_has_none() {
    let root = authority("ТҮБІР", Box::new(gost_key("root")), None);
    let uses = KeyUses::LastAuthority;
    let wish = Wish { name: "СОҢҒЫ", iin: None, uses, ..Wish::default() };
    let last = issue(wish, Box::new(gost_key("last")), Some(&root));
    let below = under(&last, "ТӨМЕН");
    let mut trust = TrustStore::default();
    let two = [&root, &last].map(|one| one.certificate.clone());
    trust.add_authorities(two.to_vec()).unwrap();
    trust.add_list(list(&last, days(-1), days(1), &[])).unwrap();
    let person = issue(Wish::default(), Box::new(gost_key("person")), Some(&last));
    assert!(trust.judge(&person.certificate, NOW).is_ok());
    assert_eq!(trust.add_authorities(vec![below.certificate]), Err(TrustError::ChainTooLong));
}

/// A certificate whose critical key usage became a critical extension nobody knows, signed anew.
fn with_unknown_limit(certificate: &Certificate, issuer: &Holder) -> Certificate {
    let mut parts: Vec<Any> = Vec::from_der(certificate.der()).unwrap();
    let body = parts[0].to_der().unwrap();
    let key_usage = [0x55, 0x1d, 0x0f];
    let place = body.windows(3).position(|window| window == key_usage).unwrap();
    let mut body = body;
    body[place + 2] = 0x63;
    let signature = BitString::from_bytes(&issuer.key.sign(&body).unwrap()).unwrap();
    parts[0] = Any::from_der(&body).unwrap();
    parts[2] = Any::encode_from(&signature).unwrap();
    Certificate::from_der(&parts.to_der().unwrap()).unwrap()
}

#[test]
fn a_limit_nobody_knows_is_not_ignored() {
    let authorities = Authorities::new();
    let person = with_unknown_limit(&authorities.person().certificate, &authorities.issuing);
    assert_eq!(person.is_issued_by(&authorities.issuing.certificate), Ok(true));
    let judged = authorities.trust().judge(&person, NOW);
    assert_eq!(judged, Err(Objection::Invalid(Reason::WrongKeyUsage)));
    let root = with_unknown_limit(&authorities.root.certificate, &authorities.root);
    let taken = TrustStore::default().add_authorities(vec![root]);
    assert_eq!(taken, Err(TrustError::NotAnAuthority));
}

#[test]
fn authorities_of_every_kind_of_key_issue_to_people_of_every_kind() {
    let keys: [(MakeKey, KeyKind); 4] = [
        (|| Box::new(gost_key("any")), KeyKind::Gost2015),
        (|| Box::new(rsa(SigningAlgorithm::RsaSha256)), KeyKind::Rsa),
        (|| Box::new(rsa(SigningAlgorithm::RsaSha512)), KeyKind::Rsa),
        (|| Box::new(p256()), KeyKind::P256),
    ];
    for (authority_key, authority_kind) in &keys {
        let root = authority("ТҮБІР", authority_key(), None);
        assert_eq!(root.certificate.key().kind(), *authority_kind);
        let mut trust = TrustStore::default();
        trust.add_authorities(vec![root.certificate.clone()]).unwrap();
        trust.add_list(list(&root, days(-1), days(1), &[])).unwrap();
        for (key, kind) in &keys {
            let person = issue(Wish::default(), key(), Some(&root));
            assert_eq!(person.certificate.key().kind(), *kind);
            assert!(trust.judge(&person.certificate, NOW).is_ok());
        }
    }
}

#[test]
fn a_certificate_says_who_its_holder_is() {
    let certificate = Authorities::new().person().certificate;
    assert_eq!(certificate.iin().as_deref(), Some("123456789011"));
    assert_eq!(certificate.bin(), None);
    let names = certificate.names();
    assert_eq!(names.common_name.as_deref(), Some("ӘБДІҒАЛИ АЙГҮЛ"));
    assert_eq!(names.surname.as_deref(), Some("ӘБДІҒАЛИ"));
    assert_eq!(names.patronymic.as_deref(), Some("ҚАЙРАТҚЫЗЫ"));
    assert_eq!((certificate.not_before(), certificate.not_after()), (days(-100), days(265)));
    assert!(!certificate.may_issue());
    let shown = format!("{certificate:?} {names:?}");
    assert!(!shown.contains("123456789011") && !shown.contains("ӘБДІҒАЛИ"), "{shown}");
}

#[test]
fn numbers_that_are_not_twelve_digits_are_none() {
    let authorities = Authorities::new();
    for iin in ["12345678901", "1234567890111", "12345678901A", ""] {
        let person = authorities.issue(Wish { iin: Some(iin), ..Wish::default() });
        assert_eq!(person.certificate.iin(), None, "{iin}");
    }
}
