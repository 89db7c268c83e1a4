//! Every reason and every doubt, each reached by an input that differs from a good one in one thing.

use cms::cert::IssuerAndSerialNumber;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfos};
use der::asn1::{OctetString, SetOfVec};
use der::{Any, Decode, Encode};
use signature::cms::{Content, INPUT_BYTES_MAX, Policy, Purpose, Signed, Signer, verify};
use signature::signing::{ContentPlace, KeyUses, OcspStatement, ShortGostKey, SigningAlgorithm};
use signature::trust::{TrustStore, TrustUse, TrustUses};
use signature::{Doubt, Moment, Reason, Verdict};

use crate::authorities::{
    Authorities, Holder, NOW, Wish, authority, days, gost_key, issue, list, under_algorithm,
};
use crate::online;
use crate::other_keys::{p256, rsa};
use crate::xml_faults::faults_of_xml;

const GOVERNMENT: &str = "УДОСТОВЕРЯЮЩИЙ ЦЕНТР ГОСУДАРСТВЕННЫХ ОРГАНОВ (GOST)";
const TEXT: &[u8] = b"<request><nonce>7</nonce></request>";
const DOCUMENT: Policy = Policy { purpose: Purpose::Document, signer: Signer::Individual };
const SIGN_IN: Policy = Policy { purpose: Purpose::SignIn, signer: Signer::Individual };
const ANYBODY: Policy = Policy { purpose: Purpose::Document, signer: Signer::Anybody };

/// A CMS changed after it was signed.
pub fn changed(cms: &[u8], change: impl FnOnce(&mut SignedData)) -> Vec<u8> {
    let mut outer = ContentInfo::from_der(cms).unwrap();
    let mut data: SignedData = outer.content.decode_as().unwrap();
    change(&mut data);
    outer.content = Any::encode_from(&data).unwrap();
    outer.to_der().unwrap()
}

fn with_signers(cms: &[u8], count: usize) -> Vec<u8> {
    changed(cms, |data| {
        let signer = data.signer_infos.0.as_slice()[0].clone();
        let signers = (0..count).map(|number| {
            let mut signer = signer.clone();
            signer.signature = OctetString::new(vec![u8::try_from(number).unwrap(); 128]).unwrap();
            signer
        });
        data.signer_infos = SignerInfos(SetOfVec::try_from(signers.collect::<Vec<_>>()).unwrap());
    })
}

/// Changes the only signer.
fn with_signer(cms: &[u8], change: impl FnOnce(&mut cms::signed_data::SignerInfo)) -> Vec<u8> {
    changed(cms, |data| {
        let mut signer = data.signer_infos.0.as_slice()[0].clone();
        change(&mut signer);
        data.signer_infos = SignerInfos(SetOfVec::try_from(vec![signer]).unwrap());
    })
}

fn with_digest(cms: &[u8], oid: &str) -> Vec<u8> {
    let oid = oid.parse().unwrap();
    changed(cms, |data| {
        let mut signer = data.signer_infos.0.as_slice()[0].clone();
        signer.digest_alg.oid = oid;
        data.digest_algorithms = SetOfVec::try_from(vec![signer.digest_alg.clone()]).unwrap();
        data.signer_infos = SignerInfos(SetOfVec::try_from(vec![signer]).unwrap());
    })
}

struct Judge {
    trust: TrustStore,
    at: Moment,
    policy: Policy,
}

impl Judge {
    fn says(&self, cms: &[u8], content: Content<'_>) -> Verdict {
        verify(cms, content, self.policy, &self.trust, self.at)
    }

    fn reason(&self, cms: &[u8]) -> Reason {
        reason(self.says(cms, Content::Attached(TEXT)))
    }
}

fn judge(authorities: &Authorities) -> Judge {
    Judge { trust: authorities.trust(), at: NOW, policy: DOCUMENT }
}

fn reason(verdict: Verdict) -> Reason {
    match verdict {
        Verdict::Invalid(reason) => reason,
        other => panic!("{other:?}"),
    }
}

fn signed(verdict: Verdict) -> Signed {
    match verdict {
        Verdict::Valid(signed) => *signed,
        other => panic!("{other:?}"),
    }
}

/// Faults of the message alone.
fn faults_of_form(authorities: &Authorities) -> Vec<(Reason, Reason)> {
    let person = authorities.person();
    let good = person.sign(TEXT);
    let judge = judge(authorities);
    let outer = ContentInfo {
        content_type: "1.2.840.113549.1.7.1".parse().unwrap(),
        content: Any::encode_from(&OctetString::new(TEXT).unwrap()).unwrap(),
    };
    let certificate_missing = changed(&good, |data| data.certificates = None);
    vec![
        (Reason::Empty, judge.reason(b"")),
        (Reason::TooLarge, judge.reason(&vec![b'A'; INPUT_BYTES_MAX + 1])),
        (Reason::Malformed, judge.reason(b"no cms")),
        (Reason::NotSignedData, judge.reason(&outer.to_der().unwrap())),
        (Reason::NoSigner, judge.reason(&with_signers(&good, 0))),
        (Reason::SeveralSigners, judge.reason(&with_signers(&good, 2))),
        (Reason::Detached, judge.reason(&person.sign_in(ContentPlace::Detached, TEXT))),
        (Reason::WrongContent, judge.reason(&person.sign(b"another text"))),
        (Reason::SignerCertificateMissing, judge.reason(&certificate_missing)),
        (Reason::UnsupportedAlgorithm, judge.reason(&with_digest(&good, "1.3.14.3.2.26"))),
    ]
}

/// Faults of digest, signature and key.
fn faults_of_signature(authorities: &Authorities) -> Vec<(Reason, Reason)> {
    let person = authorities.person();
    let judge = judge(authorities);
    let detached = person.sign_in(ContentPlace::Detached, b"another text");
    let digest_mismatch = reason(judge.says(&detached, Content::Detached(TEXT)));
    let signature_mismatch = with_signer(&person.sign(TEXT), |signer| {
        let mut bytes = signer.signature.as_bytes().to_vec();
        bytes[5] ^= 1;
        signer.signature = OctetString::new(bytes).unwrap();
    });
    let old_key = under_algorithm(&*person.key, "1.2.398.3.10.1.1.1.1");
    let old = authorities.issue(Wish { public_key: Some(old_key), ..Wish::default() });
    vec![
        (Reason::DigestMismatch, digest_mismatch),
        (Reason::SignatureMismatch, judge.reason(&signature_mismatch)),
        (Reason::OldGost2004, judge.reason(&old.sign(TEXT))),
    ]
}

/// A person's key of an authority nobody here trusts.
fn of_stranger(name: &'static str) -> Holder {
    let stranger = authority(name, Box::new(gost_key("stranger")), None);
    issue(Wish::default(), Box::new(gost_key("person")), Some(&stranger))
}

/// Faults of the certificate.
fn faults_of_certificate(authorities: &Authorities) -> Vec<(Reason, Reason)> {
    let judge = judge(authorities);
    let of = |wish: Wish| judge.reason(&authorities.issue(wish).sign(TEXT));
    let stranger = authority("БӨТЕН", Box::new(gost_key("stranger")), None);
    let unknown = issue(Wish::default(), Box::new(gost_key("person")), Some(&stranger));
    let outlived = Judge { trust: authorities.trust(), at: days(3_001), policy: DOCUMENT };
    let ageless = authorities.issue(Wish { term: (days(-1), days(5_000)), ..Wish::default() });
    let person = authorities.person();
    let revoked = [(person.certificate.serial().to_vec(), days(-2))];
    let trust = authorities.trust_with(&revoked);
    let after_revocation = Judge { trust, at: NOW, policy: DOCUMENT };
    let authentication = Wish { uses: KeyUses::PersonAuthentication, ..Wish::default() };
    let organisation = Wish { uses: KeyUses::OrganisationSigning, ..Wish::default() };
    vec![
        (Reason::UnknownIssuer, judge.reason(&unknown.sign(TEXT))),
        (Reason::GovernmentAuthority, judge.reason(&of_stranger(GOVERNMENT).sign(TEXT))),
        (Reason::BankAuthority, judge.reason(&of_stranger("АҚ «МЫСАЛ БАНК» КО").sign(TEXT))),
        (Reason::NotYetValid, of(Wish { term: (days(1), days(2)), ..Wish::default() })),
        (Reason::Expired, of(Wish { term: (days(-2), days(-1)), ..Wish::default() })),
        (Reason::IssuerExpired, outlived.reason(&ageless.sign(TEXT))),
        (Reason::Revoked, after_revocation.reason(&person.sign(TEXT))),
        (Reason::WrongKeyUsage, of(authentication)),
        (Reason::NoKeyPurpose, of(Wish { uses: KeyUses::Unlimited, ..Wish::default() })),
        (Reason::WrongRole, of(organisation)),
        (Reason::NoIin, of(Wish { iin: None, ..Wish::default() })),
    ]
}

#[test]
fn every_reason_is_reached_by_the_fault_it_names() {
    let authorities = Authorities::new();
    let mut faults = [faults_of_form, faults_of_signature, faults_of_certificate, faults_of_xml]
        .map(|faults| faults(&authorities))
        .concat();
    let never_issued = online::said(&authorities, OcspStatement::NeverIssued);
    faults.push((Reason::NeverIssued, reason(never_issued)));
    for (expected, found) in &faults {
        assert_eq!(expected, found);
    }
    for reason in Reason::ALL {
        assert!(faults.iter().any(|(expected, _)| expected == reason), "{reason:?} is not reached");
    }
}

#[test]
fn every_doubt_is_reached_and_is_neither_valid_nor_invalid() {
    let authorities = Authorities::new();
    let cms = authorities.person().sign(TEXT);
    let doubt = |trust, at| match (Judge { trust, at, policy: DOCUMENT })
        .says(&cms, Content::Attached(TEXT))
    {
        Verdict::CannotTell(doubt) => doubt,
        other => panic!("{other:?}"),
    };
    let mut found = vec![
        (Doubt::CrlMissing, doubt(authorities.bare_trust(), NOW)),
        (Doubt::CrlStale, doubt(authorities.trust(), days(7))),
    ];
    let silence = online::silence(&authorities);
    assert!(matches!(silence, Verdict::CannotTell(Doubt::OcspSilent)));
    found.push((Doubt::OcspSilent, Doubt::OcspSilent));
    found.extend(online::doubts(&authorities));
    for (expected, found) in &found {
        assert_eq!(expected, found);
    }
    let expected: Vec<Doubt> = found.iter().map(|(expected, _)| *expected).collect();
    let (own, of_others) = Doubt::ALL.split_at(expected.len());
    assert_eq!(own, expected);
    // Whoever asks another judge reaches these: `adapters/src/signatures/ncanode/tests.rs`.
    let asked = [Doubt::OtherJudgeSilent, Doubt::OtherJudgeUnclear, Doubt::JudgesDisagree];
    assert_eq!(of_others, asked);
}

#[test]
fn codes_are_plain_words_and_no_two_are_alike() {
    let reasons = Reason::ALL.iter().map(|one| one.code());
    let codes: Vec<_> = reasons.chain(Doubt::ALL.iter().map(|one| one.code())).collect();
    for code in &codes {
        assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
        assert_eq!(codes.iter().filter(|other| *other == code).count(), 1, "{code}");
    }
}

#[test]
fn a_good_signature_says_who_signed_what_and_when() {
    let authorities = Authorities::new();
    let person = authorities.person();
    let signed = signed(judge(&authorities).says(&person.sign(TEXT), Content::Attached(TEXT)));
    assert_eq!(signed.content, TEXT);
    assert_eq!(signed.iin.as_deref(), Some("123456789011"));
    assert_eq!(signed.names.surname.as_deref(), Some("ӘБДІҒАЛИ"));
    assert_eq!(signed.signing_time, Some(NOW));
    assert_eq!(signed.certificate.der(), person.certificate.der());
    assert!(!format!("{signed:?}").contains("123456789011"));
}

#[test]
fn the_text_may_be_beside_or_inside_as_the_caller_demands() {
    let authorities = Authorities::new();
    let (judge, person) = (judge(&authorities), authorities.person());
    let detached = person.sign_in(ContentPlace::Detached, TEXT);
    let attached = person.sign(TEXT);
    signed(judge.says(&detached, Content::Detached(TEXT)));
    signed(judge.says(&attached, Content::Detached(TEXT)));
    signed(judge.says(&attached, Content::AnyAttached));
    let wrong = judge.says(&attached, Content::Detached(b"another text"));
    assert_eq!(reason(wrong), Reason::WrongContent);
    assert_eq!(reason(judge.says(&detached, Content::AnyAttached)), Reason::Detached);
}

#[test]
fn people_with_keys_of_other_kinds_sign_too() {
    let authorities = Authorities::new();
    let keys: [Box<dyn signature::signing::SigningKey>; 4] = [
        Box::new(ShortGostKey::from_random(&[7; 32]).unwrap()),
        Box::new(rsa(SigningAlgorithm::RsaSha256)),
        Box::new(rsa(SigningAlgorithm::RsaSha512)),
        Box::new(p256()),
    ];
    for key in keys {
        let person = issue(Wish::default(), key, Some(&authorities.issuing));
        signed(judge(&authorities).says(&person.sign(TEXT), Content::Attached(TEXT)));
    }
}

#[test]
fn a_key_for_authentication_signs_one_in_and_signs_no_document() {
    let authorities = Authorities::new();
    let wish = Wish { uses: KeyUses::PersonAuthentication, ..Wish::default() };
    let cms = authorities.issue(wish).sign(TEXT);
    let judge = |policy| Judge { trust: authorities.trust(), at: NOW, policy };
    assert_eq!(judge(DOCUMENT).reason(&cms), Reason::WrongKeyUsage);
    signed(judge(SIGN_IN).says(&cms, Content::Attached(TEXT)));
    let document_key = authorities.person().sign(TEXT);
    signed(judge(SIGN_IN).says(&document_key, Content::Attached(TEXT)));
}

#[test]
fn an_organisations_key_is_accepted_only_where_anybody_is() {
    let authorities = Authorities::new();
    let judge = |policy| Judge { trust: authorities.trust(), at: NOW, policy };
    for (uses, expected) in [
        (KeyUses::OrganisationSigning, Reason::WrongRole),
        (KeyUses::Unlimited, Reason::NoKeyPurpose),
    ] {
        let cms = authorities.issue(Wish { uses, ..Wish::default() }).sign(TEXT);
        signed(judge(ANYBODY).says(&cms, Content::Attached(TEXT)));
        assert_eq!(judge(DOCUMENT).reason(&cms), expected);
        assert_eq!(judge(SIGN_IN).reason(&cms), expected);
    }
}

#[test]
fn an_authority_known_by_name_is_named_and_its_name_opens_nothing() {
    let authorities = Authorities::new();
    for (name, expected) in [
        ("УЦ ГО", Reason::GovernmentAuthority),
        ("Мемлекеттік органдардың куәландырушы орталығы (GOST)", Reason::GovernmentAuthority),
        ("KISC Root CA", Reason::BankAuthority),
        ("Example Bank CA", Reason::BankAuthority),
        ("УЦ КЦМР", Reason::BankAuthority),
        ("УЦ ГОРОДА", Reason::UnknownIssuer),
        ("KISCA", Reason::UnknownIssuer),
    ] {
        let stranger = of_stranger(name);
        assert_eq!(judge(&authorities).reason(&stranger.sign(TEXT)), expected, "{name}");
        // Once an operator trusts an authority of this name, the name says nothing any more.
        let issuer = authority(name, Box::new(gost_key("stranger")), None);
        let mut trust = TrustStore::default();
        trust.add_authorities(vec![issuer.certificate.clone()]).unwrap();
        trust.add_list(list(&issuer, days(-1), days(1), &[])).unwrap();
        let judge = Judge { trust, at: NOW, policy: DOCUMENT };
        signed(judge.says(&stranger.sign(TEXT), Content::Attached(TEXT)));
    }
}

#[test]
fn an_authority_counts_for_what_it_is_trusted_for_and_for_nothing_else() {
    let authorities = Authorities::new();
    let cms = authorities.person().sign(TEXT);
    let trust = |root: &[TrustUse], issuing: &[TrustUse]| {
        let (one, other) = (&authorities.root.certificate, &authorities.issuing.certificate);
        let mut trust = TrustStore::default();
        let both =
            vec![(one.clone(), TrustUses::of(root)), (other.clone(), TrustUses::of(issuing))];
        trust.add_authorities_for(both).unwrap();
        trust.add_list(list(&authorities.issuing, days(-1), days(1), &[])).unwrap();
        trust
    };
    let (people, seals) = (TrustUse::Signatures, TrustUse::Seals);
    let judged = |trust: TrustStore| {
        let person = authorities.person().certificate;
        let at = |wanted| trust.judge_for(wanted, &person, NOW).is_ok();
        let seal_counts = at(seals);
        let judge = Judge { trust: trust.clone(), at: NOW, policy: DOCUMENT };
        (judge.says(&cms, Content::Attached(TEXT)), seal_counts)
    };
    let (verdict, seal_counts) = judged(trust(&[people], &[people]));
    signed(verdict);
    assert!(!seal_counts);
    for (root, issuing) in
        [(&[seals][..], &[seals][..]), (&[seals], &[people, seals]), (&[people, seals], &[seals])]
    {
        let (verdict, seal_counts) = judged(trust(root, issuing));
        assert_eq!(reason(verdict), Reason::UnknownIssuer);
        assert!(seal_counts);
    }
    assert!(!judged(trust(&[people, seals], &[TrustUse::TimeStamps])).1);
}

#[test]
fn what_is_wrong_for_ever_is_said_before_what_cannot_be_told_now() {
    let authorities = Authorities::new();
    let judge = Judge { trust: authorities.bare_trust(), at: NOW, policy: DOCUMENT };
    let wish = Wish { uses: KeyUses::PersonAuthentication, ..Wish::default() };
    assert_eq!(judge.reason(&authorities.issue(wish).sign(TEXT)), Reason::WrongKeyUsage);
}

#[test]
fn certificates_of_others_beside_the_signers_change_nothing() {
    let authorities = Authorities::new();
    let good = authorities.person().sign(TEXT);
    let with_chain = changed(&good, |data| {
        let set = data.certificates.as_mut().unwrap();
        for one in [&authorities.issuing, &authorities.root] {
            let parsed = x509_cert::Certificate::from_der(one.certificate.der()).unwrap();
            set.0.insert(cms::cert::CertificateChoices::Certificate(parsed)).unwrap();
        }
    });
    signed(judge(&authorities).says(&with_chain, Content::Attached(TEXT)));
}

/// Somebody brings his own authority, named like ours, inside the message.
#[test]
fn an_authority_somebody_brings_along_is_trusted_by_nobody() {
    let authorities = Authorities::new();
    let root = authority("ТҮБІР", Box::new(gost_key("false root")), None);
    let issuing = authority("ОРТАЛЫҚ", Box::new(gost_key("false issuing")), Some(&root));
    let person = issue(Wish::default(), Box::new(gost_key("person")), Some(&issuing));
    let cms = changed(&person.sign(TEXT), |data| {
        let set = data.certificates.as_mut().unwrap();
        for one in [&issuing, &root] {
            let parsed = x509_cert::Certificate::from_der(one.certificate.der()).unwrap();
            set.0.insert(cms::cert::CertificateChoices::Certificate(parsed)).unwrap();
        }
    });
    assert_eq!(judge(&authorities).reason(&cms), Reason::UnknownIssuer);
}

#[test]
fn another_persons_certificate_in_place_of_the_signers_is_noticed() {
    let authorities = Authorities::new();
    let signer = authorities.person();
    let victim = issue(
        Wish { iin: Some("000000000001"), serial: [0x52; 20], ..Wish::default() },
        Box::new(gost_key("victim")),
        Some(&authorities.issuing),
    );
    let parsed = x509_cert::Certificate::from_der(victim.certificate.der()).unwrap();
    let sid = IssuerAndSerialNumber {
        issuer: parsed.tbs_certificate().issuer().clone(),
        serial_number: parsed.tbs_certificate().serial_number().clone(),
    };
    let cms = with_signer(&signer.sign(TEXT), |info| {
        info.sid = SignerIdentifier::IssuerAndSerialNumber(sid);
    });
    assert_eq!(judge(&authorities).reason(&cms), Reason::SignerCertificateMissing);
    let cms = changed(&cms, |data| {
        let choice = cms::cert::CertificateChoices::Certificate(parsed);
        data.certificates.as_mut().unwrap().0.insert(choice).unwrap();
    });
    assert_eq!(judge(&authorities).reason(&cms), Reason::SignatureMismatch);
}

#[test]
fn a_signature_without_signed_attributes_is_refused() {
    let authorities = Authorities::new();
    let person: Holder = authorities.person();
    let bare = with_signer(&person.sign(TEXT), |signer| {
        signer.signed_attrs = None;
        signer.signature = OctetString::new(person.key.sign(TEXT).unwrap()).unwrap();
    });
    assert_eq!(judge(&authorities).reason(&bare), Reason::Malformed);
}

#[test]
fn a_list_taken_in_later_settles_the_doubt() {
    let authorities = Authorities::new();
    let cms = authorities.person().sign(TEXT);
    let mut trust = authorities.bare_trust();
    trust.add_list(list(&authorities.issuing, days(-1), days(1), &[])).unwrap();
    let judge = Judge { trust, at: NOW, policy: DOCUMENT };
    signed(judge.says(&cms, Content::Attached(TEXT)));
}
