//! Responders' answers kept with a seal: enough to judge it years later with no network, and nothing else is let in.

use signature::Moment;
use signature::ocsp::CertificateId;
use signature::pades::{Kept, keep};
use signature::signing::{KeyUses, OcspOrder, OcspStatement, Signature, issue_ocsp_response};
use signature::x509::Certificate;

use crate::authorities::{Holder, NOW, Wish, days, issue, list_der};
use crate::other_keys::p256_of;
use crate::world::{World, stamped_at, told};

const YEARS: i64 = 10 * 365;

/// A responder that an authority appointed.
fn responder(issuer: &Holder) -> Holder {
    let wish = Wish {
        name: "OCSP RESPONDER",
        iin: None,
        serial: [0x72; 20],
        uses: KeyUses::OcspSigning,
        term: (days(-500), days(500)),
        public_key: None,
    };
    issue(wish, Box::new(p256_of(9)), Some(issuer))
}

struct Place {
    world: World,
    responder: Holder,
}

impl Place {
    fn new() -> Self {
        let world = World::new();
        let responder = responder(&world.issuing);
        Self { world, responder }
    }

    fn said(&self, about: &Certificate, statement: OcspStatement, at: Moment) -> Vec<u8> {
        let id = CertificateId::of(about, &self.world.issuing.certificate);
        answer(&id, &self.responder, statement, at)
    }

    fn good(&self) -> Vec<Vec<u8>> {
        let World { sealing, tsa, .. } = &self.world;
        [sealing, tsa]
            .map(|one| self.said(&one.certificate, OcspStatement::Good, stamped_at()))
            .to_vec()
    }

    /// With the root's list alone, which says nothing about seal or stamp.
    fn long_term(&self, answers: Vec<Vec<u8>>) -> Vec<u8> {
        let lists = vec![list_der(&self.world.root, days(-1), days(6), &[])];
        let kept = Kept { lists, answers, ..self.world.kept() };
        keep(&self.world.stamped(), &kept).unwrap()
    }

    fn archived(&self, answers: Vec<Vec<u8>>) -> Vec<u8> {
        let file = self.long_term(answers);
        self.world.archived(&file, &self.world.tsa, stamped_at())
    }

    /// What is told of both by somebody with the lists of the day, and years later by somebody with none.
    fn told_of(&self, answers: &[Vec<u8>]) -> [[&'static str; 2]; 2] {
        [self.long_term(answers.to_vec()), self.archived(answers.to_vec())].map(|file| {
            [
                told(&file, &self.world.of_today(), NOW.plus_seconds(60)),
                told(&file, &self.world.anchors(), days(YEARS)),
            ]
        })
    }
}

fn answer(id: &CertificateId, by: &Holder, statement: OcspStatement, at: Moment) -> Vec<u8> {
    let order = OcspOrder {
        id,
        statement,
        produced_at: at,
        this_update: at,
        next_update: None,
        nonce: None,
        signature: Signature::Made,
    };
    issue_ocsp_response(&order, &by.certificate, &*by.key).unwrap()
}

#[test]
fn kept_answers_are_enough_to_judge_a_seal_years_later_with_no_network() {
    let place = Place::new();
    let [[now, later], [archived, archived_later]] = place.told_of(&place.good());
    assert_eq!((now, later), ("b-lt", "b-lt"));
    assert_eq!((archived, archived_later), ("b-lta", "b-lta"));
}

#[test]
fn an_answer_about_one_of_both_says_nothing_about_the_other() {
    let place = Place::new();
    for one in place.good() {
        let [[now, later], _] = place.told_of(&[one]);
        assert_eq!(now, "b-t", "by the lists of the day, and less would last");
        assert_eq!(later, "crl_missing");
    }
}

#[test]
fn no_bytes_but_answers_about_seal_and_stamps_may_be_kept() {
    let place = Place::new();
    let World { root, issuing, sealing, stranger, .. } = &place.world;
    let good = OcspStatement::Good;
    let of = |certificate: &Certificate| CertificateId::of(certificate, &issuing.certificate);
    let above = CertificateId::of(&issuing.certificate, &root.certificate);
    let other = CertificateId::of_serial(&[0x66; 20], &issuing.certificate);
    let foreign = responder(stranger);
    let cut = {
        let mut whole = place.said(&sealing.certificate, good, stamped_at());
        whole.pop();
        whole
    };
    for (name, bytes) in [
        ("rubbish", b"rubbish".to_vec()),
        ("nothing", Vec::new()),
        ("cut short", cut),
        ("about the authority itself", answer(&above, &responder(root), good, stamped_at())),
        ("about another certificate", answer(&other, &place.responder, good, stamped_at())),
        ("by a stranger", answer(&of(&sealing.certificate), &foreign, good, stamped_at())),
        ("by the seal itself", answer(&of(&sealing.certificate), sealing, good, stamped_at())),
        ("of another day", place.said(&sealing.certificate, good, days(-1))),
        ("of a later day", place.said(&sealing.certificate, good, days(1))),
    ] {
        let mut answers = place.good();
        answers.push(bytes);
        for told in place.told_of(&answers).concat() {
            assert_eq!(told, "seal_form", "{name}");
        }
    }
}

#[test]
fn a_kept_answer_that_says_revoked_is_heard() {
    let place = Place::new();
    let World { sealing, tsa, .. } = &place.world;
    let revoked = OcspStatement::Revoked(days(-2));
    let said = place.said(&sealing.certificate, revoked, stamped_at());
    let stamp = place.said(&tsa.certificate, OcspStatement::Good, stamped_at());
    for told in place.told_of(&[said, stamp]).concat() {
        assert_eq!(told, "revoked");
    }
}
