//! A certification authority of the tests' own, with keys that follow from their names: everything it issues is the
//! same on every run.

use der::Encode;
use signature::Moment;
use signature::gost::streebog;
use signature::signing::{
    CertificateOrder, ContentPlace, CrlOrder, GostKey, KeyUses, SigningKey, Subject,
    issue_certificate, issue_crl, sign_cms,
};
use signature::trust::TrustStore;
use signature::x509::{Certificate, Crl};
use spki::SubjectPublicKeyInfoOwned;

/// 2026-10-01T00:00:00Z
pub const NOW: Moment = Moment(1_790_812_800);
pub const DAY: i64 = 86_400;
/// Breaks the rules of an IIN on purpose: nobody has it.
pub const IIN: &str = "123456789011";
const PERSON_SERIAL: [u8; 20] = [0x51; 20];

pub fn days(count: i64) -> Moment {
    NOW.plus_seconds(count * DAY)
}

pub fn gost_key(name: &str) -> GostKey {
    GostKey::from_random(&streebog(name.as_bytes())).unwrap()
}

/// x‖y of a public key.
pub fn key_bytes(key: &GostKey) -> Vec<u8> {
    key.public_key().unwrap().subject_public_key.as_bytes().unwrap()[3..].to_vec()
}

/// A key of any kind with its certificate.
pub struct Holder {
    pub key: Box<dyn SigningKey>,
    pub certificate: Certificate,
}

impl Holder {
    pub fn sign(&self, content: &[u8]) -> Vec<u8> {
        self.sign_in(ContentPlace::Attached, content)
    }

    pub fn sign_in(&self, place: ContentPlace, content: &[u8]) -> Vec<u8> {
        sign_cms(content, place, &self.certificate, &*self.key, NOW).unwrap()
    }
}

/// What a test wants to be different about a certificate.
pub struct Wish {
    pub name: &'static str,
    pub iin: Option<&'static str>,
    pub serial: [u8; 20],
    pub uses: KeyUses,
    pub term: (Moment, Moment),
    /// Another public key than the one that signs.
    pub public_key: Option<SubjectPublicKeyInfoOwned>,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            name: "ӘБДІҒАЛИ АЙГҮЛ",
            iin: Some(IIN),
            serial: PERSON_SERIAL,
            uses: KeyUses::PersonSigning,
            term: (days(-100), days(265)),
            public_key: None,
        }
    }
}

pub fn issue(wish: Wish, key: Box<dyn SigningKey>, issuer: Option<&Holder>) -> Holder {
    let subject = Subject {
        common_name: wish.name.to_owned(),
        surname: wish.iin.map(|_| "ӘБДІҒАЛИ".to_owned()),
        patronymic: wish.iin.map(|_| "ҚАЙРАТҚЫЗЫ".to_owned()),
        iin: wish.iin.map(str::to_owned),
        ..Subject::default()
    };
    let order = CertificateOrder {
        serial: &wish.serial,
        subject: &subject,
        public_key: wish.public_key.unwrap_or_else(|| key.public_key().unwrap()),
        not_before: wish.term.0,
        not_after: wish.term.1,
        uses: wish.uses,
    };
    let signer = issuer.map_or(&*key, |issuer| &*issuer.key);
    let der = issue_certificate(&order, issuer.map(|one| &one.certificate), signer).unwrap();
    let certificate = Certificate::from_der(&der).unwrap();
    Holder { key, certificate }
}

pub fn authority(name: &'static str, key: Box<dyn SigningKey>, issuer: Option<&Holder>) -> Holder {
    let wish = Wish {
        name,
        iin: None,
        serial: [0x41; 20],
        uses: KeyUses::Authority,
        term: (days(-1_000), days(3_000)),
        public_key: None,
    };
    issue(wish, key, issuer)
}

/// A root and an issuing authority under it.
pub struct Authorities {
    pub root: Holder,
    pub issuing: Holder,
}

impl Authorities {
    pub fn new() -> Self {
        let root = authority("ТҮБІР", Box::new(gost_key("root")), None);
        let issuing = authority("ОРТАЛЫҚ", Box::new(gost_key("issuing")), Some(&root));
        Self { root, issuing }
    }

    pub fn person(&self) -> Holder {
        self.issue(Wish::default())
    }

    pub fn issue(&self, wish: Wish) -> Holder {
        issue(wish, Box::new(gost_key("person")), Some(&self.issuing))
    }

    /// Both authorities and no list.
    pub fn bare_trust(&self) -> TrustStore {
        let mut trust = TrustStore::default();
        let both = vec![self.issuing.certificate.clone(), self.root.certificate.clone()];
        trust.add_authorities(both).unwrap();
        trust
    }

    /// With yesterday's list, which revokes nobody.
    pub fn trust(&self) -> TrustStore {
        self.trust_with(&[])
    }

    /// With yesterday's list.
    pub fn trust_with(&self, revoked: &[(Vec<u8>, Moment)]) -> TrustStore {
        let mut trust = self.bare_trust();
        trust.add_list(list(&self.issuing, days(-1), days(6), revoked)).unwrap();
        trust
    }
}

pub fn list_der(
    issuer: &Holder,
    made: Moment,
    next: Moment,
    revoked: &[(Vec<u8>, Moment)],
) -> Vec<u8> {
    let order = CrlOrder { this_update: made, next_update: next, number: 166, revoked };
    issue_crl(&order, &issuer.certificate, &*issuer.key).unwrap()
}

pub fn list(issuer: &Holder, made: Moment, next: Moment, revoked: &[(Vec<u8>, Moment)]) -> Crl {
    Crl::read(&list_der(issuer, made, next, revoked)).unwrap()
}

/// A public key of the same bytes under another algorithm.
pub fn under_algorithm(key: &dyn SigningKey, oid: &str) -> SubjectPublicKeyInfoOwned {
    let mut info = key.public_key().unwrap();
    info.algorithm.oid = oid.parse().unwrap();
    assert!(info.to_der().is_ok());
    info
}
