//! A responder under the tests' own authorities.

use signature::Moment;
use signature::ocsp::{Answer, CertificateId, Request, judge_answer};
use signature::signing::{
    KeyUses, OcspOrder, OcspStatement, Signature, SigningKey, issue_ocsp_response,
};
use signature::x509::Certificate;
use signature::{Doubt, signing};

use crate::authorities::{Authorities, Holder, NOW, Wish, days, gost_key, issue};

pub static NONCE: [u8; 32] = [0x4e; 32];

/// A root, an issuing authority, a person of it, and a responder that it appointed.
pub struct Place {
    pub authorities: Authorities,
    pub person: Holder,
    pub responder: Holder,
}

pub fn responders_wish() -> Wish {
    Wish {
        name: "OCSP RESPONDER",
        iin: None,
        serial: [0x71; 20],
        uses: KeyUses::OcspSigning,
        term: (days(-100), days(265)),
        public_key: None,
    }
}

impl Place {
    pub fn new() -> Self {
        Self::with_responder(Box::new(gost_key("responder")))
    }

    pub fn with_responder(key: Box<dyn SigningKey>) -> Self {
        let authorities = Authorities::new();
        let person = authorities.person();
        let responder = issue(responders_wish(), key, Some(&authorities.issuing));
        Self { authorities, person, responder }
    }

    pub fn chain(&self) -> [&Certificate; 2] {
        [&self.authorities.issuing.certificate, &self.authorities.root.certificate]
    }

    pub fn id(&self) -> CertificateId {
        CertificateId::of(&self.person.certificate, &self.authorities.issuing.certificate)
    }

    pub fn request(&self) -> Request {
        Request { id: self.id(), nonce: Some(NONCE.to_vec()) }
    }

    /// An answer in which a test changes one thing.
    pub fn answer(
        &self,
        statement: OcspStatement,
        change: impl FnOnce(&mut OcspOrder<'_>),
    ) -> Vec<u8> {
        self.answer_by(&self.responder, statement, change)
    }

    pub fn answer_by(
        &self,
        responder: &Holder,
        statement: OcspStatement,
        change: impl FnOnce(&mut OcspOrder<'_>),
    ) -> Vec<u8> {
        self.answer_about(&self.id(), responder, statement, change)
    }

    pub fn answer_about(
        &self,
        id: &CertificateId,
        responder: &Holder,
        statement: OcspStatement,
        change: impl FnOnce(&mut OcspOrder<'_>),
    ) -> Vec<u8> {
        let mut order = OcspOrder {
            id,
            statement,
            produced_at: NOW,
            this_update: NOW,
            next_update: None,
            nonce: Some(&NONCE),
            signature: Signature::Made,
        };
        change(&mut order);
        issue_ocsp_response(&order, &responder.certificate, &*responder.key).unwrap()
    }

    /// A good answer about something else.
    pub fn about(&self, id: &CertificateId) -> Vec<u8> {
        self.answer_about(id, &self.responder, OcspStatement::Good, |_| {})
    }

    pub fn judged(&self, response: &[u8], at: Moment) -> Result<Answer, Doubt> {
        judge_answer(response, &self.request(), &self.chain(), at)
    }

    /// The doubt about an answer, now.
    pub fn doubt(&self, response: &[u8]) -> Doubt {
        self.judged(response, NOW).unwrap_err()
    }

    /// The answer of [`Self::answer`], judged.
    pub fn said(&self, statement: OcspStatement) -> Answer {
        self.judged(&self.answer(statement, |_| {}), NOW).unwrap()
    }
}

pub fn declined(failure: signing::OcspFailure) -> Vec<u8> {
    signing::ocsp_failure(failure).unwrap()
}
