//! Revocation: what a list says, which list counts, and what is no list at all.

use const_oid::ObjectIdentifier;
use der::asn1::{BitString, OctetString};
use der::{Decode, Encode};
use signature::trust::TrustError;
use signature::x509::{Crl, RevocationReason};
use signature::{Doubt, Moment, Objection, Reason};
use x509_cert::crl::{CertificateList, TbsCertList};
use x509_cert::ext::Extension;

use crate::authorities::{Authorities, Holder, NOW, authority, days, gost_key, list, list_der};
use signature::signing::{CrlOrder, issue_delta_crl};
use signature::trust::Delta;

const REASON: &str = "2.5.29.21";
const DELTA: &str = "2.5.29.27";
const ISSUING_POINT: &str = "2.5.29.28";

/// A list changed and signed anew.
fn changed(issuer: &Holder, der: &[u8], change: impl FnOnce(&mut TbsCertList)) -> Vec<u8> {
    let mut list = CertificateList::from_der(der).unwrap();
    change(&mut list.tbs_cert_list);
    let signature = issuer.key.sign(&list.tbs_cert_list.to_der().unwrap()).unwrap();
    list.signature = BitString::from_bytes(&signature).unwrap();
    list.to_der().unwrap()
}

fn extension(oid: &str, critical: bool, value: &[u8]) -> Extension {
    let extn_id: ObjectIdentifier = oid.parse().unwrap();
    Extension { extn_id, critical, extn_value: OctetString::new(value).unwrap() }
}

fn serial(holder: &Holder) -> Vec<u8> {
    holder.certificate.serial().to_vec()
}

fn doubt(doubt: Doubt) -> Option<Objection> {
    Some(Objection::CannotTell(doubt))
}

#[test]
fn without_a_list_nothing_can_be_told() {
    let authorities = Authorities::new();
    let person = authorities.person().certificate;
    let trust = authorities.bare_trust();
    assert_eq!(trust.judge(&person, NOW).err(), doubt(Doubt::CrlMissing));
    let emptied = authorities.trust().without_lists();
    assert_eq!(emptied.judge(&person, NOW).err(), doubt(Doubt::CrlMissing));
}

#[test]
fn a_list_speaks_from_its_making_until_the_next_was_announced() {
    let authorities = Authorities::new();
    let person = authorities.person().certificate;
    let trust = authorities.trust();
    for (at, fresh) in [
        (days(-2), false),
        (days(-1).plus_seconds(-301), false),
        (days(-1).plus_seconds(-300), true),
        (days(-1), true),
        (days(6), true),
        (days(6).plus_seconds(1), false),
        (days(100), false),
    ] {
        let expected = if fresh { None } else { doubt(Doubt::CrlStale) };
        assert_eq!(trust.judge(&person, at).err(), expected, "{at:?}");
    }
}

#[test]
fn of_several_lists_the_newest_that_covers_the_moment_counts() {
    let authorities = Authorities::new();
    let person = authorities.person();
    let issuing = &authorities.issuing;
    let mut trust = authorities.trust();
    let revoked = [(serial(&person), days(-3))];
    trust.add_list(list(issuing, days(-30), days(30), &revoked)).unwrap();
    assert!(trust.judge(&person.certificate, NOW).is_ok(), "taken off the list since");
    trust.add_list(list(issuing, NOW, days(7), &revoked)).unwrap();
    let judged = trust.judge(&person.certificate, NOW);
    assert_eq!(judged, Err(Objection::Invalid(Reason::Revoked)));
}

#[test]
fn a_revocation_counts_from_its_moment() {
    let authorities = Authorities::new();
    let person = authorities.person();
    let mut trust = authorities.bare_trust();
    let list = list(&authorities.issuing, days(-9), days(9), &[(serial(&person), NOW)]);
    trust.add_list(list).unwrap();
    assert!(trust.judge(&person.certificate, NOW.plus_seconds(-1)).is_ok());
    for at in [NOW, days(5)] {
        let judged = trust.judge(&person.certificate, at);
        assert_eq!(judged, Err(Objection::Invalid(Reason::Revoked)));
    }
}

#[test]
fn a_revoked_authority_takes_its_people_with_it() {
    let authorities = Authorities::new();
    let mut trust = authorities.trust();
    let revoked = [(serial(&authorities.issuing), days(-2))];
    trust.add_list(list(&authorities.root, days(-1), days(30), &revoked)).unwrap();
    let judged = trust.judge(&authorities.person().certificate, NOW);
    assert_eq!(judged, Err(Objection::Invalid(Reason::UnknownIssuer)));
}

#[test]
fn the_evidence_names_the_list_and_the_authorities() {
    let authorities = Authorities::new();
    let evidence = authorities.trust().judge(&authorities.person().certificate, NOW).unwrap();
    let list = evidence.revocation.list().unwrap();
    assert_eq!(list.made_at, days(-1));
    assert_eq!(list.number, Some(vec![166]));
    assert_eq!(list.delta, None);
    let both = [&authorities.issuing, &authorities.root];
    assert_eq!(evidence.authorities, both.map(|one| one.certificate.fingerprint()));
    assert_eq!(evidence.chain, both.map(|one| one.certificate.der().to_vec()));
}

#[test]
fn a_list_of_nobody_we_trust_is_not_taken_in() {
    let authorities = Authorities::new();
    let mut trust = authorities.bare_trust();
    let stranger = authority("БӨТЕН", Box::new(gost_key("stranger")), None);
    let impostor = authority("ОРТАЛЫҚ", Box::new(gost_key("impostor")), None);
    for issuer in [&stranger, &impostor, &authorities.person()] {
        let taken = trust.add_list(list(issuer, days(-1), days(1), &[]));
        assert_eq!(taken, Err(TrustError::ListOfNobody));
    }
}

#[test]
fn a_list_with_one_byte_changed_is_not_taken_in() {
    let authorities = Authorities::new();
    let revoked = [(vec![5; 20], days(-3))];
    let der = list_der(&authorities.issuing, days(-1), days(6), &revoked);
    let trust = authorities.bare_trust();
    for place in 0..der.len() {
        let mut bad = der.clone();
        bad[place] ^= 0x01;
        if let Ok(list) = Crl::read(&bad) {
            assert!(trust.clone().add_list(list).is_err(), "byte {place}");
        }
    }
}

#[test]
fn a_list_of_a_part_or_of_changes_that_are_not_marked_is_none() {
    let authorities = Authorities::new();
    let issuing = &authorities.issuing;
    let whole = list_der(issuing, days(-1), days(6), &[]);
    assert!(Crl::read(&whole).is_ok());
    for one in [
        extension(DELTA, true, &[4, 1, 165]),
        extension(DELTA, false, &[2, 1, 165]),
        extension(ISSUING_POINT, true, &[0x30, 3, 0x81, 1, 0xff]),
        extension("1.2.398.9.9.9", true, &[5, 0]),
    ] {
        let part = changed(issuing, &whole, |body| {
            body.crl_extensions.get_or_insert_default().push(one);
        });
        assert_eq!(Crl::read(&part).err(), Some(Reason::Malformed));
    }
}

#[test]
fn a_list_without_an_end_is_none() {
    let authorities = Authorities::new();
    let issuing = &authorities.issuing;
    let der = list_der(issuing, days(-1), days(6), &[]);
    let endless = changed(issuing, &der, |body| body.next_update = None);
    assert_eq!(Crl::read(&endless).err(), Some(Reason::Malformed));
}

#[test]
fn an_entry_says_why_and_the_earlier_of_two_counts() {
    let authorities = Authorities::new();
    let issuing = &authorities.issuing;
    let revoked = [(vec![7; 20], days(-3)), (vec![8; 20], days(-3)), (vec![7; 20], days(-5))];
    let der = list_der(issuing, days(-1), days(6), &revoked);
    let der = changed(issuing, &der, |body| {
        let entries = body.revoked_certificates.as_mut().unwrap();
        entries[0].crl_entry_extensions = Some(vec![extension(REASON, false, &[0x0a, 1, 1])]);
    });
    let list = Crl::read(&der).unwrap();
    assert_eq!(list.len(), 2);
    let first = list.revocation(&[7; 20]).unwrap();
    assert_eq!(first.reason, RevocationReason::KeyCompromise);
    assert_eq!(first.revoked_at, days(-5));
    assert_eq!(list.revocation(&[8; 20]).unwrap().reason, RevocationReason::Unspecified);
    assert_eq!(list.revocation(&[9; 20]), None);
    let foreign = changed(issuing, &der, |body| {
        let entries = body.revoked_certificates.as_mut().unwrap();
        entries[1].crl_entry_extensions = Some(vec![extension("2.5.29.29", true, &[0x30, 0])]);
    });
    assert_eq!(Crl::read(&foreign).err(), Some(Reason::Malformed));
}

#[test]
fn a_long_list_finds_each_of_its_numbers() {
    let authorities = Authorities::new();
    let number = |index: u32| [&[0x40; 16][..], &index.to_be_bytes()].concat();
    let revoked: Vec<(Vec<u8>, Moment)> = (0..20_000).map(|i| (number(i), days(-3))).collect();
    let list = list(&authorities.issuing, days(-1), days(6), &revoked);
    assert_eq!(list.len(), 20_000);
    assert!([0, 1, 9_999, 19_999].iter().all(|i| list.revocation(&number(*i)).is_some()));
    assert!(list.revocation(&number(20_000)).is_none());
}

#[test]
fn a_list_may_come_as_pem() {
    let authorities = Authorities::new();
    let der = list_der(&authorities.issuing, days(-1), days(6), &[]);
    let pem = der::pem::encode_string("X509 CRL", der::pem::LineEnding::CRLF, &der).unwrap();
    let list = Crl::read(pem.as_bytes()).unwrap();
    assert_eq!((list.this_update(), list.next_update()), (days(-1), days(6)));
    assert_eq!(list.number(), Some(&[166][..]));
    assert!(list.is_empty());
}

/// Changes since list 165, made now: number, revoked, taken off.
fn delta(issuer: &Holder, number: u64, revoked: &[(Vec<u8>, Moment)], off: &[Vec<u8>]) -> Crl {
    delta_since(issuer, 165, number, revoked, off)
}

fn delta_since(
    issuer: &Holder,
    base: u64,
    number: u64,
    revoked: &[(Vec<u8>, Moment)],
    off: &[Vec<u8>],
) -> Crl {
    let order = CrlOrder { this_update: NOW, next_update: days(1), number, revoked };
    let der = issue_delta_crl(&order, base, off, &issuer.certificate, &*issuer.key).unwrap();
    Crl::read(&der).unwrap()
}

#[test]
fn changes_on_top_of_their_base_revoke_and_are_named_as_evidence() {
    let authorities = Authorities::new();
    let (issuing, person) = (&authorities.issuing, authorities.person());
    let mut trust = authorities.trust();
    trust.add_list(delta(issuing, 170, &[], &[])).unwrap();
    let evidence = trust.judge(&person.certificate, NOW).unwrap();
    let list = evidence.revocation.list().unwrap();
    assert_eq!((list.made_at, list.number.as_deref()), (days(-1), Some(&[166][..])));
    assert_eq!(list.delta, Some(Delta { made_at: NOW, number: Some(vec![170]) }));
    trust.add_list(delta(issuing, 171, &[(serial(&person), NOW)], &[])).unwrap();
    let judged = trust.judge(&person.certificate, NOW.plus_seconds(1));
    assert_eq!(judged, Err(Objection::Invalid(Reason::Revoked)));
}

#[test]
fn what_changes_take_off_is_revoked_no_more_unless_they_revoke_it_too() {
    let authorities = Authorities::new();
    let (issuing, person) = (&authorities.issuing, authorities.person());
    let on_hold = [(serial(&person), days(-3))];
    let mut trust = authorities.trust_with(&on_hold);
    assert!(trust.judge(&person.certificate, NOW).is_err());
    trust.add_list(delta(issuing, 170, &[], &[serial(&person)])).unwrap();
    assert!(trust.judge(&person.certificate, NOW).is_ok());
    let mut both = authorities.trust();
    both.add_list(delta(issuing, 170, &on_hold, &[serial(&person)])).unwrap();
    let judged = both.judge(&person.certificate, NOW);
    assert_eq!(judged, Err(Objection::Invalid(Reason::Revoked)));
}

#[test]
fn changes_without_their_base_are_of_no_use() {
    let authorities = Authorities::new();
    let (issuing, person) = (&authorities.issuing, authorities.person());
    let revoked = [(serial(&person), NOW)];
    let mut alone = authorities.bare_trust();
    alone.add_list(delta(issuing, 170, &[], &[])).unwrap();
    assert_eq!(alone.judge(&person.certificate, NOW).err(), doubt(Doubt::CrlMissing));
    // The base is newer than list 166; the changes are older than it; they are of another authority.
    for useless in [
        delta_since(issuing, 167, 170, &revoked, &[]),
        delta(issuing, 166, &revoked, &[]),
        delta(&authorities.root, 170, &revoked, &[]),
    ] {
        let mut trust = authorities.trust();
        trust.add_list(useless).unwrap();
        let evidence = trust.judge(&person.certificate, NOW.plus_seconds(1)).unwrap();
        assert_eq!(evidence.revocation.list().unwrap().delta, None);
    }
    // A base of more digits is larger, not smaller.
    let mut trust = authorities.trust();
    trust.add_list(delta_since(issuing, 0x0100, 0x0101, &revoked, &[])).unwrap();
    assert!(trust.judge(&person.certificate, NOW.plus_seconds(1)).is_ok());
}

#[test]
fn changes_that_are_over_leave_the_whole_list_alone() {
    let authorities = Authorities::new();
    let (issuing, person) = (&authorities.issuing, authorities.person());
    let mut trust = authorities.trust();
    trust.add_list(delta(issuing, 170, &[(serial(&person), NOW)], &[])).unwrap();
    assert!(trust.judge(&person.certificate, days(1)).is_err());
    let evidence = trust.judge(&person.certificate, days(1).plus_seconds(1)).unwrap();
    assert_eq!(evidence.revocation.list().unwrap().delta, None, "as without them, until the next");
}

#[test]
fn a_whole_list_that_takes_off_revokes() {
    let authorities = Authorities::new();
    let issuing = &authorities.issuing;
    let der = list_der(issuing, days(-1), days(6), &[(vec![7; 20], days(-3))]);
    let der = changed(issuing, &der, |body| {
        let entries = body.revoked_certificates.as_mut().unwrap();
        entries[0].crl_entry_extensions = Some(vec![extension(REASON, false, &[0x0a, 1, 8])]);
    });
    let list = Crl::read(&der).unwrap();
    assert_eq!(list.revocation(&[7; 20]).unwrap().reason, RevocationReason::Unspecified);
}
