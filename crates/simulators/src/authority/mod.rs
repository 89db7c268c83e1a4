//! The demo's certification authority, in the shape of the national one: a GOST branch and an RSA branch, each a root
//! and an issuing authority, and a foreign root that nobody trusts.
//!
//! Made from given randomness and a given moment. Knows nothing of the service. Read next: `center.rs` for issuing,
//! `folder.rs` for the files, `holder.rs` for keys.

mod center;
mod folder;
mod holder;
mod loopback;
mod ocsp_keys;
mod rsa_key;
mod shep_keys;
mod stamp_keys;
#[cfg(test)]
pub(crate) mod tests;

use domain::{Iin, PersonName};
use jiff::Timestamp;
use rand::Rng;
use signature::Moment;
use signature::signing::{KeyUses, Subject};

pub use center::Algorithm;
pub use folder::{DemoFolder, Furnished, revoked_keys};
pub use holder::{KeyHolder, PersonKey, SoftwareKey};
pub use loopback::{LoopbackCertificate, loopback_certificate};
pub(crate) use ocsp_keys::Answerer;
pub use ocsp_keys::OcspKeys;
pub use rsa_key::RsaKey;
pub(crate) use shep_keys::Answering;
pub use shep_keys::{MessageError, ShepKeys};
pub use signature::signing::SigningError;
pub use stamp_keys::StampKeys;
pub(crate) use stamp_keys::Stamper;

use crate::people::{DemoMember, DemoPerson, KeyKind};
use center::{Center, Term};

/// Why something was not issued, written or read.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A key failed, or values do not fit.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// A certificate is none.
    #[error("a certificate cannot be used: {0}")]
    Certificate(&'static str),
    /// A moment left the calendar.
    #[error("a moment lies outside the calendar: {0}")]
    Calendar(#[from] jiff::Error),
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// `people.json` is not what is written here.
    #[error("people.json cannot be read: {0}")]
    People(#[from] serde_json::Error),
    /// The certificate of the signer's own address.
    #[error("the loopback certificate cannot be made: {0}")]
    Loopback(#[from] rcgen::Error),
}

/// Whose seal it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealHolder {
    /// Name of the file: the provider's KATO code, or `system`.
    pub file: String,
    /// Name of the organisation or system.
    pub name: String,
    /// BIN, twelve digits.
    pub bin: String,
}

/// Who gives somebody his key.
#[derive(Clone, Debug)]
pub struct Employer {
    /// Name of the organisation.
    pub name: String,
    /// BIN, twelve digits.
    pub bin: String,
}

/// Names of the authorities: of the file, of the certificate.
const GOST_ROOT: (&str, &str) = ("demo_root_gost", "ДЕМО НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (GOST)");
const GOST_ISSUING: (&str, &str) = ("demo_nca_gost", "ДЕМО ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (GOST)");
const RSA_ROOT: (&str, &str) = ("demo_root_rsa", "ДЕМО НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA)");
const RSA_ISSUING: (&str, &str) = ("demo_nca_rsa", "ДЕМО ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA)");
const FOREIGN: (&str, &str) = ("foreign_gost", "БӨТЕН КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (GOST)");

/// How long after its issue a revoked key was revoked, in seconds.
const REVOKED_AFTER: i64 = 24 * 3_600;

/// The authorities of the demo.
#[derive(Clone)]
pub struct Authority {
    gost_root: Center,
    gost: Center,
    rsa_root: Center,
    rsa: Center,
    foreign: Center,
}

impl Authority {
    /// Makes all authorities.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn establish<R: Rng + ?Sized>(
        now: Timestamp,
        random: &mut R,
    ) -> Result<Self, AuthorityError> {
        let gost_root = Center::root(GOST_ROOT.1, Algorithm::Gost, now, random)?;
        let gost = gost_root.issuing(GOST_ISSUING.1, Algorithm::Gost, now, random)?;
        let rsa_root = Center::root(RSA_ROOT.1, Algorithm::Rsa, now, random)?;
        let rsa = rsa_root.issuing(RSA_ISSUING.1, Algorithm::Rsa, now, random)?;
        let foreign = Center::root(FOREIGN.1, Algorithm::Gost, now, random)?;
        Ok(Self { gost_root, gost, rsa_root, rsa, foreign })
    }

    /// Issues a demo person's key, of the kind his situation has.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn issue_person<R: Rng + ?Sized>(
        &self,
        person: &DemoPerson,
        now: Timestamp,
        random: &mut R,
    ) -> Result<PersonKey, AuthorityError> {
        let (center, algorithm) = match person.key {
            KeyKind::Rsa => (&self.rsa, Algorithm::Rsa),
            KeyKind::Foreign => (&self.foreign, Algorithm::Gost),
            _ => (&self.gost, Algorithm::Gost),
        };
        let uses = match person.key {
            KeyKind::Organisation => KeyUses::OrganisationSigning,
            _ => KeyUses::PersonSigning,
        };
        let term = match person.key {
            KeyKind::Expired => Term::around(now, 400, -35)?,
            _ => Term::around(now, 30, 335)?,
        };
        let subject = subject(person);
        let holder = center.issue(&subject, uses, term, algorithm, random)?;
        Ok(PersonKey::new(&person.slug, holder))
    }

    /// Issues the key that an organisation gives somebody who serves in it.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn issue_member<R: Rng + ?Sized>(
        &self,
        member: &DemoMember,
        employer: &Employer,
        now: Timestamp,
        random: &mut R,
    ) -> Result<PersonKey, AuthorityError> {
        let term = Term::around(now, 30, 335)?;
        let subject = Subject {
            organization: Some(employer.name.clone()),
            bin: Some(employer.bin.clone()),
            ..individual(&member.name, member.iin)
        };
        let uses = KeyUses::OrganisationSigning;
        let holder = self.gost.issue(&subject, uses, term, Algorithm::Gost, random)?;
        Ok(PersonKey::new(&member.slug, holder))
    }

    /// Issues the key with which a demo person signs in and nothing else; he is known by his IIN.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn issue_entry_key<R: Rng + ?Sized>(
        &self,
        person: &DemoPerson,
        now: Timestamp,
        random: &mut R,
    ) -> Result<PersonKey, AuthorityError> {
        let (subject, term) = (subject(person), Term::around(now, 30, 335)?);
        let uses = KeyUses::PersonAuthentication;
        let holder = self.gost.issue(&subject, uses, term, Algorithm::Gost, random)?;
        Ok(PersonKey::new(&person.slug, holder))
    }

    /// Issues the key of a seal: RSA-2048.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn issue_seal<R: Rng + ?Sized>(
        &self,
        seal: &SealHolder,
        now: Timestamp,
        random: &mut R,
    ) -> Result<KeyHolder, AuthorityError> {
        let (subject, term) = (organisation(seal), Term::around(now, 30, 335)?);
        self.rsa.issue(&subject, KeyUses::Seal, term, Algorithm::Rsa, random)
    }

    /// Issues the key that signs the facts of documents: GOST.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn issue_facts_key<R: Rng + ?Sized>(
        &self,
        holder: &SealHolder,
        now: Timestamp,
        random: &mut R,
    ) -> Result<KeyHolder, AuthorityError> {
        let (subject, term) = (organisation(holder), Term::around(now, 30, 335)?);
        self.gost.issue(&subject, KeyUses::Seal, term, Algorithm::Gost, random)
    }

    /// Certificates to trust: name of the file and DER. The foreign authority is not among them.
    #[must_use]
    pub fn anchors(&self) -> Vec<(&'static str, Vec<u8>)> {
        self.trusted().map(|(name, center)| (name, center.certificate().der().to_vec())).to_vec()
    }

    /// Revocation lists of every authority, made now and good for seven days: name of the file and DER.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn revocation_lists(
        &self,
        revoked: &[&PersonKey],
        now: Timestamp,
    ) -> Result<Vec<(&'static str, Vec<u8>)>, AuthorityError> {
        let entries = |center: &Center| -> Vec<(Vec<u8>, Moment)> {
            let issuer = center.certificate().subject();
            let certificates = revoked.iter().map(|key| &key.holder().certificate);
            certificates
                .filter(|one| one.issuer() == issuer)
                .map(|one| (one.serial().to_vec(), one.not_before().plus_seconds(REVOKED_AFTER)))
                .collect()
        };
        let list = |(name, center): (&'static str, &Center)| {
            Ok((name, center.list(&entries(center), now)?))
        };
        self.everyone().map(list).into_iter().collect()
    }

    fn trusted(&self) -> [(&'static str, &Center); 4] {
        let Self { gost_root, gost, rsa_root, rsa, .. } = self;
        [
            (GOST_ROOT.0, gost_root),
            (GOST_ISSUING.0, gost),
            (RSA_ROOT.0, rsa_root),
            (RSA_ISSUING.0, rsa),
        ]
    }

    fn everyone(&self) -> [(&'static str, &Center); 5] {
        let [first, second, third, fourth] = self.trusted();
        [first, second, third, fourth, (FOREIGN.0, &self.foreign)]
    }
}

fn organisation(holder: &SealHolder) -> Subject {
    Subject {
        common_name: holder.name.clone(),
        organization: Some(holder.name.clone()),
        bin: Some(holder.bin.clone()),
        ..Subject::default()
    }
}

fn subject(person: &DemoPerson) -> Subject {
    let organisation = person.key == KeyKind::Organisation;
    Subject {
        organization: organisation.then(|| "ДЕМО ҰЙЫМ".to_owned()),
        bin: organisation.then(|| "210140000016".to_owned()),
        ..individual(&person.name, person.iin)
    }
}

/// CN carries surname and given name, GIVENNAME the patronymic, as the national authority has it.
fn individual(name: &PersonName, iin: Iin) -> Subject {
    let (surname, given) = (name.surname.as_str(), name.given.as_str());
    Subject {
        common_name: format!("{surname} {given}").to_uppercase(),
        surname: Some(surname.to_uppercase()),
        patronymic: name.patronymic.as_ref().map(|part| part.as_str().to_uppercase()),
        iin: Some(iin.digits()),
        ..Subject::default()
    }
}
