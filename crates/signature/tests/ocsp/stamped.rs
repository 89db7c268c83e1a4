//! A signature with a time stamp over it is judged at the time of the stamp.

use signature::cms::{Content, Policy, Purpose, Signer, examine, verify};
use signature::ocsp::{CertificateId, Request, judge_answer};
use signature::signing::{
    KeyUses, OcspOrder, OcspStatement, Signature, TimeStampOrder, issue_ocsp_response,
    issue_time_stamp, signature_digest, with_time_stamp,
};
use signature::trust::{Online, TrustStore};
use signature::{Moment, Verdict, tsp};

use crate::authorities::{Authorities, Holder, NOW, Wish, days, gost_key, issue, list};
use crate::fixture::responders_wish;

const TEXT: &[u8] = b"<request/>";
const POLICY: Policy = Policy { purpose: Purpose::Document, signer: Signer::Individual };
/// The person's certificate ends here; the stamp is made before, the judgement comes after.
const END: i64 = 10;

struct Place {
    authorities: Authorities,
    person: Holder,
    tsa: Holder,
}

impl Place {
    fn new() -> Self {
        let authorities = Authorities::new();
        let person = authorities.issue(Wish { term: (days(-100), days(END)), ..Wish::default() });
        let wish = Wish {
            name: "УАҚЫТ БЕЛГІСІ",
            serial: [0x61; 20],
            uses: KeyUses::TimeStamping,
            ..responders_wish()
        };
        let tsa = issue(wish, Box::new(gost_key("tsa")), Some(&authorities.issuing));
        Self { authorities, person, tsa }
    }

    fn stamped(&self, made_at: Moment) -> Vec<u8> {
        self.stamped_by(&self.tsa, made_at)
    }

    fn stamped_by(&self, tsa: &Holder, made_at: Moment) -> Vec<u8> {
        let cms = self.person.sign(TEXT);
        let digest = signature_digest(&cms).unwrap();
        with_time_stamp(&cms, &token(tsa, digest, made_at)).unwrap()
    }

    /// Lists of the day of the stamp and of the day of judging, both revoking these.
    fn trust(&self, revoked: &[(Vec<u8>, Moment)]) -> TrustStore {
        let mut trust = self.authorities.trust_with(revoked);
        trust.add_list(list(&self.authorities.issuing, days(19), days(26), revoked)).unwrap();
        trust
    }

    fn revoked(&self, at: Moment) -> [(Vec<u8>, Moment); 1] {
        [(self.person.certificate.serial().to_vec(), at)]
    }
}

fn token(tsa: &Holder, digest: [u8; 32], made_at: Moment) -> Vec<u8> {
    let request = tsp::Request { digest, nonce: 5, policy: None };
    let policy = "1.2.398.3.3.2.6.4".parse().unwrap();
    let order = TimeStampOrder { request: &request, policy, serial: &[1], made_at };
    issue_time_stamp(&order, &tsa.certificate, &*tsa.key).unwrap()
}

fn code(cms: &[u8], trust: &TrustStore, at: Moment) -> &'static str {
    code_of(&verify(cms, Content::Attached(TEXT), POLICY, trust, at))
}

fn code_of(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Valid(_) => "valid",
        Verdict::Invalid(reason) => reason.code(),
        Verdict::CannotTell(doubt) => doubt.code(),
    }
}

#[test]
fn what_was_stamped_while_the_certificate_was_valid_stays_valid_after_its_end() {
    let place = Place::new();
    let trust = place.trust(&[]);
    let cms = place.stamped(NOW);
    match verify(&cms, Content::Attached(TEXT), POLICY, &trust, days(20)) {
        Verdict::Valid(signed) => {
            let stamp = signed.stamp.unwrap();
            assert_eq!(stamp.stamp.made_at, NOW);
            let digest = signature_digest(&cms).unwrap();
            assert_eq!(stamp.token, token(&place.tsa, digest, NOW));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(code(&cms, &trust, NOW), "valid");
}

#[test]
fn without_a_stamp_the_end_is_the_end() {
    let place = Place::new();
    assert_eq!(code(&place.person.sign(TEXT), &place.trust(&[]), days(20)), "expired");
}

#[test]
fn a_stamp_from_before_or_after_the_certificate_proves_nothing_for_it() {
    let place = Place::new();
    let trust = place.trust(&[]);
    assert_eq!(code(&place.stamped(days(11)), &trust, days(20)), "expired");
    let early = Wish { term: (NOW.plus_seconds(60), days(END)), ..Wish::default() };
    let person = place.authorities.issue(early);
    let place = Place { person, ..place };
    assert_eq!(code(&place.stamped(NOW), &trust, NOW.plus_seconds(120)), "not_yet_valid");
}

#[test]
fn a_revocation_counts_where_it_came_before_the_stamp_and_not_after() {
    let place = Place::new();
    let cms = place.stamped(NOW);
    for at in [NOW.plus_seconds(1), days(1)] {
        for day in [2, 20] {
            assert_eq!(code(&cms, &place.trust(&place.revoked(at)), days(day)), "valid");
        }
    }
    for at in [days(-2), NOW] {
        for day in [2, 20] {
            assert_eq!(code(&cms, &place.trust(&place.revoked(at)), days(day)), "revoked");
        }
    }
    let unstamped = place.person.sign(TEXT);
    let later = place.trust(&place.revoked(days(1)));
    assert_eq!(code(&unstamped, &later, days(2)), "revoked");
}

#[test]
fn a_responder_is_heard_about_the_time_of_the_stamp_too() {
    let place = Place::new();
    let issuing = &place.authorities.issuing;
    let responder = issue(responders_wish(), Box::new(gost_key("responder")), Some(issuing));
    let id = CertificateId::of(&place.person.certificate, &issuing.certificate);
    let trust = place.trust(&[]);
    let said = |statement: OcspStatement, at: Moment| {
        let order = OcspOrder {
            id: &id,
            statement,
            produced_at: at,
            this_update: at,
            next_update: None,
            nonce: None,
            signature: Signature::Made,
        };
        let der = issue_ocsp_response(&order, &responder.certificate, &*responder.key).unwrap();
        let request = Request { id: id.clone(), nonce: None };
        let cms = place.stamped(NOW);
        let examined = examine(&cms, Content::Attached(TEXT), POLICY, &trust, at).unwrap();
        let answer = judge_answer(&der, &request, &examined.chain(), at).unwrap();
        code_of(&examined.conclude(Online::Answered(&answer)))
    };
    assert_eq!(said(OcspStatement::Revoked(days(1)), days(2)), "valid");
    assert_eq!(said(OcspStatement::Revoked(days(-1)), days(2)), "revoked");
    assert_eq!(said(OcspStatement::Revoked(days(-1)), days(20)), "revoked", "also after its end");
    assert_eq!(said(OcspStatement::NeverIssued, days(2)), "never_issued");
    // After its end a responder may have forgotten it; then the list of the day of the stamp speaks.
    assert_eq!(said(OcspStatement::NeverIssued, days(20)), "valid");
    assert_eq!(said(OcspStatement::Good, days(20)), "valid");
}

#[test]
fn a_stamp_that_does_not_stand_up_counts_as_none() {
    let place = Place::new();
    let trust = place.trust(&[]);
    let cms = place.person.sign(TEXT);
    let other = with_time_stamp(&cms, &token(&place.tsa, [7; 32], NOW)).unwrap();
    let thief = Holder { key: Box::new(gost_key("x")), certificate: place.tsa.certificate.clone() };
    let forged = place.stamped_by(&thief, NOW);
    let own = place.stamped_by(&place.person, NOW);
    let future = place.stamped(days(21));
    let rubbish = with_time_stamp(&cms, &[0x30, 0]).unwrap();
    for (name, cms) in [
        ("other", other),
        ("forged", forged),
        ("own", own),
        ("future", future),
        ("rubbish", rubbish),
    ] {
        assert_eq!(code(&cms, &trust, days(20)), "expired", "{name}");
        assert_eq!(code(&cms, &trust, NOW), "valid", "{name}: nobody protects what is beside");
    }
}

#[test]
fn a_stamp_of_which_nothing_can_be_told_is_missed_only_after_the_end() {
    let place = Place::new();
    // The stamp's authority lies under a root of its own, whose list is not here.
    let root = crate::authorities::authority("УАҚЫТ", Box::new(gost_key("stamps")), None);
    let wish = Wish { uses: KeyUses::TimeStamping, ..responders_wish() };
    let tsa = issue(wish, Box::new(gost_key("other tsa")), Some(&root));
    let mut trust = place.trust(&[]);
    trust.add_authorities(vec![root.certificate]).unwrap();
    let cms = place.stamped_by(&tsa, NOW);
    assert_eq!(code(&cms, &trust, NOW), "valid");
    assert_eq!(code(&cms, &trust, days(20)), "crl_missing");
}

#[test]
fn where_it_is_the_stamp_that_makes_it_valid_no_byte_of_all_can_change() {
    let place = Place::new();
    let trust = place.trust(&[]);
    let cms = place.stamped(NOW);
    let is_valid = |cms: &[u8]| code(cms, &trust, days(20)) == "valid";
    assert!(is_valid(&cms));
    // Version 3 in place of 1 means the same, and some clients write it.
    let version = cms.windows(3).position(|window| window == [2, 1, 1]).unwrap() + 2;
    for at in 0..cms.len() {
        let mut bad = cms.clone();
        bad[at] ^= if at == version { 4 } else { 1 };
        assert!(!is_valid(&bad), "byte {at}");
    }
}
