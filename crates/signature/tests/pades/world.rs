//! A root, an issuing authority, a stamping authority and a sealing key, all made here, with moments as wanted; and a
//! small file sealed by them at each level.

use std::time::Duration;

use der::DateTime;
use signature::Moment;
use signature::pades::{
    Kept, Level, SealCertificates, SealNotes, Unstamped, Verdict, judge_sealer, keep, seal,
    seal_for_stamp, stamp_document, verify,
};
use signature::signing::{KeyUses, SigningAlgorithm, SigningKey, TimeStampOrder, issue_time_stamp};
use signature::trust::TrustStore;
use signature::tsp::Request;
use signature::x509::{Certificate, Crl};

use crate::authorities::{Holder, NOW, Wish, days, issue, list_der};
use crate::fixture::small_pdf;
use crate::other_keys::{p256_of, rsa};

/// Enough for the tokens made here.
pub const ROOM: usize = 1_500;
const YEAR: i64 = 365;

pub struct World {
    pub root: Holder,
    pub issuing: Holder,
    pub tsa: Holder,
    pub sealing: Holder,
    /// A stamping authority under a root nobody trusts.
    pub stranger: Holder,
    foreign: Certificate,
}

fn holder(
    name: &'static str,
    number: u8,
    uses: KeyUses,
    term: (i64, i64),
    key: Box<dyn SigningKey>,
    issuer: Option<&Holder>,
) -> Holder {
    let term = (days(term.0), days(term.1));
    let wish = Wish { name, iin: None, serial: [number; 20], uses, term, public_key: None };
    issue(wish, key, issuer)
}

fn root() -> Holder {
    holder("ROOT", 0x21, KeyUses::Authority, (-900, 20 * YEAR), Box::new(p256_of(1)), None)
}

impl World {
    /// Where the sealing key is RSA, the others P-256. Everything but the root expires within three years.
    pub fn new() -> Self {
        let term = (-800, 3 * YEAR);
        let issuing = |root: &Holder| {
            holder("ISSUING", 0x22, KeyUses::Authority, term, Box::new(p256_of(2)), Some(root))
        };
        Self::under(issuing)
    }

    /// The same where the root issues to everybody.
    pub fn of_root_alone() -> Self {
        Self::under(|_| root())
    }

    fn under(issuing: impl Fn(&Holder) -> Holder) -> Self {
        let key = |number| Box::new(p256_of(number));
        let root = root();
        let issuing = issuing(&root);
        let tsa = holder("TSA", 0x23, KeyUses::TimeStamping, (-30, 700), key(3), Some(&issuing));
        let own = Box::new(rsa(SigningAlgorithm::RsaSha256));
        let sealing = holder("SEALING", 0x24, KeyUses::Seal, (-30, 335), own, Some(&issuing));
        let far = holder("FOREIGN", 0x25, KeyUses::Authority, (-900, 900), key(4), None);
        let stranger = holder("TSA", 0x26, KeyUses::TimeStamping, (-30, 700), key(5), Some(&far));
        let foreign = far.certificate;
        Self { root, issuing, tsa, sealing, stranger, foreign }
    }

    /// Both authorities and no list, as of somebody without a network.
    pub fn anchors(&self) -> TrustStore {
        let mut store = TrustStore::default();
        let both = [&self.root, &self.issuing].map(|one| one.certificate.clone());
        store.add_authorities(both.to_vec()).unwrap();
        store
    }

    /// The stranger's root.
    pub fn foreign_root(&self) -> Certificate {
        self.foreign.clone()
    }

    /// The list of the issuing authority, made some days from now.
    pub fn list(&self, made: i64, revoked: &[(Vec<u8>, Moment)]) -> Vec<u8> {
        list_der(&self.issuing, days(made), days(made + 7), revoked)
    }

    pub fn trust(&self, list: &[u8]) -> TrustStore {
        let mut store = self.anchors();
        store.add_list(Crl::read(list).unwrap()).unwrap();
        store
    }

    /// What the issuing authority of the day says.
    pub fn of_today(&self) -> TrustStore {
        self.trust(&self.list(-1, &[]))
    }

    pub fn token(&self, by: &Holder, digest: [u8; 32], made_at: Moment) -> Vec<u8> {
        let request = Request { digest, nonce: 7, policy: None };
        let policy = "1.2.398.3.3.2.6.2".parse().unwrap();
        let order = TimeStampOrder { request: &request, policy, serial: &[9; 8], made_at };
        issue_time_stamp(&order, &by.certificate, &*by.key).unwrap()
    }

    pub fn kept(&self) -> Kept {
        let der = |holder: &Holder| holder.certificate.der().to_vec();
        Kept {
            certificates: vec![der(&self.issuing), der(&self.root)],
            lists: vec![self.list(-1, &[]), list_der(&self.root, days(-1), days(6), &[])],
            answers: Vec::new(),
        }
    }

    fn certificates(&self) -> SealCertificates {
        let issuing = self.issuing.certificate.der();
        SealCertificates::from_der(self.sealing.certificate.der(), [issuing]).unwrap()
    }

    pub fn basic(&self) -> Vec<u8> {
        let key = &self.sealing.key;
        let sign = |bytes: &[u8]| key.sign(bytes);
        seal(&small_pdf(""), &notes_at(NOW), &self.certificates(), &sign).unwrap()
    }

    pub fn unstamped(&self) -> Unstamped {
        let key = &self.sealing.key;
        let sign = |bytes: &[u8]| key.sign(bytes);
        seal_for_stamp(&small_pdf(""), &notes_at(NOW), &self.certificates(), ROOM, &sign).unwrap()
    }

    /// Stamped half a minute after the claimed time.
    pub fn stamped(&self) -> Vec<u8> {
        let unstamped = self.unstamped();
        unstamped.stamped(&self.token(&self.tsa, unstamped.digest(), stamped_at())).unwrap()
    }

    pub fn archived(&self, file: &[u8], by: &Holder, at: Moment) -> Vec<u8> {
        let unstamped = stamp_document(file, ROOM).unwrap();
        unstamped.stamped(&self.token(by, unstamped.digest(), at)).unwrap()
    }

    pub fn at_level(&self, level: Level) -> Vec<u8> {
        match level {
            Level::Basic => self.basic(),
            Level::Stamped => self.stamped(),
            Level::LongTerm => keep(&self.stamped(), &self.kept()).unwrap(),
            Level::Archived => {
                self.archived(&self.at_level(Level::LongTerm), &self.tsa, stamped_at())
            }
        }
    }
}

pub fn stamped_at() -> Moment {
    NOW.plus_seconds(30)
}

pub fn notes_at(at: Moment) -> SealNotes {
    let since = Duration::from_secs(u64::try_from(at.0).unwrap());
    let sealed_at = DateTime::from_unix_duration(since).unwrap();
    SealNotes {
        sealed_at, name: "Сынақ білім бөлімі".into(), reason: "Анықтама".into()
    }
}

pub fn judged(pdf: &[u8], store: &TrustStore, at: Moment) -> Verdict {
    verify(pdf, &|certificates, proofs| judge_sealer(store, certificates, proofs, at))
}

/// The level of a genuine file, or the code of what is wrong with it.
pub fn told(pdf: &[u8], store: &TrustStore, at: Moment) -> &'static str {
    match judged(pdf, store, at) {
        Verdict::Genuine(by) => by.level.code(),
        Verdict::NotGenuine(reason) => reason.code(),
        Verdict::Unreadable(code) | Verdict::CannotTell(code) => code,
    }
}
