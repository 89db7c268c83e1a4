//! The demo's folder: anchors, lists, people's keys, seals, `people.json`, and the authorities' own keys.
//!
//! What is there is kept, so that documents of yesterday's demo are still genuine today; what is missing is issued;
//! revocation lists are always made anew. Read next: `mod.rs`.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rand::Rng;
use signature::x509::Certificate;

use super::center::{Center, moment};
use super::holder::{KeyHolder, PersonKey};
use super::{
    Authority, AuthorityError, Employer, FOREIGN, GOST_ISSUING, GOST_ROOT, RSA_ISSUING, RSA_ROOT,
    SealHolder,
};
use crate::people::{DemoMember, DemoPerson, KeyKind};

/// A folder of the demo's keys and certificates.
#[derive(Clone, Debug)]
pub struct DemoFolder(PathBuf);

/// What a furnished folder holds.
pub struct Furnished {
    /// The authorities.
    pub authority: Authority,
    /// The demo people's keys, in their order.
    pub keys: Vec<PersonKey>,
}

impl DemoFolder {
    /// A folder, existing or not.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Roots and issuing authorities.
    #[must_use]
    pub fn anchors(&self) -> PathBuf {
        self.0.join("anchors")
    }

    /// Revocation lists.
    #[must_use]
    pub fn lists(&self) -> PathBuf {
        self.0.join("crl")
    }

    /// Keys of the demo people.
    #[must_use]
    pub fn people(&self) -> PathBuf {
        self.0.join("people")
    }

    /// Keys of the seals: `NAME.pem` with certificates and key, `NAME.key` with the key alone.
    #[must_use]
    pub fn seals(&self) -> PathBuf {
        self.0.join("seal")
    }

    /// The key that signs the facts of documents: `facts.pem` with certificates and key, `facts.key` with the key alone.
    #[must_use]
    pub fn facts_key(&self) -> PathBuf {
        self.0.join("facts")
    }

    /// Who is in which situation.
    #[must_use]
    pub fn people_json(&self) -> PathBuf {
        self.0.join("people.json")
    }

    fn authorities(&self) -> PathBuf {
        self.0.join("authority")
    }

    /// Brings the folder up to these people, seals and moment.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn furnish<R: Rng + ?Sized>(
        &self,
        people: &[DemoPerson],
        seals: &[SealHolder],
        now: Timestamp,
        random: &mut R,
    ) -> Result<Furnished, AuthorityError> {
        let authority = self.authority(now, random)?;
        for (name, der) in authority.anchors() {
            write(&self.anchors().join(format!("{name}.cer")), &der)?;
        }
        let keys = people
            .iter()
            .map(|person| self.person(&authority, person, now, random))
            .collect::<Result<Vec<_>, _>>()?;
        for seal in seals {
            self.seal(&authority, seal, now, random)?;
        }
        self.write_lists(&authority, people, &keys, now)?;
        write(&self.people_json(), &serde_json::to_vec_pretty(people)?)?;
        Ok(Furnished { authority, keys })
    }

    /// Makes the revocation lists anew; a demo that stays up for days does so now and then.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn write_lists(
        &self,
        authority: &Authority,
        people: &[DemoPerson],
        keys: &[PersonKey],
        now: Timestamp,
    ) -> Result<(), AuthorityError> {
        let revoked = revoked_keys(people, keys);
        for (name, der) in authority.revocation_lists(&revoked, now)? {
            // The foreign authority's list is nobody's business here: a store of trust would not take it.
            if name != FOREIGN.0 {
                write(&self.lists().join(format!("{name}.crl")), &der)?;
            }
        }
        Ok(())
    }

    /// The demo people and their keys, as written before.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn load(&self) -> Result<Vec<(DemoPerson, PersonKey)>, AuthorityError> {
        let people: Vec<DemoPerson> = serde_json::from_str(&read(&self.people_json())?)?;
        let with_key = |person: DemoPerson| {
            let holder = KeyHolder::from_pem(&read(&self.key_of(&person))?)?;
            let key = PersonKey::new(&person.slug, holder);
            Ok((person, key))
        };
        people.into_iter().map(with_key).collect()
    }

    fn key_of(&self, person: &DemoPerson) -> PathBuf {
        self.people().join(format!("{}.pem", person.slug))
    }

    fn authority<R: Rng + ?Sized>(
        &self,
        now: Timestamp,
        random: &mut R,
    ) -> Result<Authority, AuthorityError> {
        let file = |name: &str| self.authorities().join(format!("{name}.pem"));
        if file(FOREIGN.0).exists() {
            let center = |(name, _): (&str, &str)| Center::from_pem(&read(&file(name))?);
            return Ok(Authority {
                gost_root: center(GOST_ROOT)?,
                gost: center(GOST_ISSUING)?,
                rsa_root: center(RSA_ROOT)?,
                rsa: center(RSA_ISSUING)?,
                foreign: center(FOREIGN)?,
            });
        }
        let authority = Authority::establish(now, random)?;
        // The foreign one comes last: its file tells that all the others are there.
        for (name, center) in authority.everyone() {
            write(&file(name), center.to_pem()?.as_bytes())?;
        }
        Ok(authority)
    }

    fn person<R: Rng + ?Sized>(
        &self,
        authority: &Authority,
        person: &DemoPerson,
        now: Timestamp,
        random: &mut R,
    ) -> Result<PersonKey, AuthorityError> {
        let path = self.key_of(person);
        if path.exists() {
            let holder = KeyHolder::from_pem(&read(&path)?)?;
            let his = holder.certificate.iin() == Some(person.iin.digits());
            let in_term = is_in_term(&holder.certificate, now) || person.key == KeyKind::Expired;
            if his && in_term {
                return Ok(PersonKey::new(&person.slug, holder));
            }
        }
        let key = authority.issue_person(person, now, random)?;
        write(&path, key.holder().to_pem()?.as_bytes())?;
        Ok(key)
    }

    /// Brings the key of somebody who serves up to him and the moment. It lies among the people's keys.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn furnish_member<R: Rng + ?Sized>(
        &self,
        authority: &Authority,
        member: &DemoMember,
        employer: &Employer,
        now: Timestamp,
        random: &mut R,
    ) -> Result<PersonKey, AuthorityError> {
        let path = self.people().join(format!("{}.pem", member.slug));
        if path.exists() {
            let holder = KeyHolder::from_pem(&read(&path)?)?;
            let his = holder.certificate.iin() == Some(member.iin.digits())
                && holder.certificate.bin().as_ref() == Some(&employer.bin);
            if his && is_in_term(&holder.certificate, now) {
                return Ok(PersonKey::new(&member.slug, holder));
            }
        }
        let key = authority.issue_member(member, employer, now, random)?;
        write(&path, key.holder().to_pem()?.as_bytes())?;
        Ok(key)
    }

    fn seal<R: Rng + ?Sized>(
        &self,
        authority: &Authority,
        seal: &SealHolder,
        now: Timestamp,
        random: &mut R,
    ) -> Result<(), AuthorityError> {
        let issue = || authority.issue_seal(seal, now, random);
        keep(&self.seals(), seal, now, issue)
    }

    /// Brings the key that signs the facts of documents up to its holder and moment; who has none needs none.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn furnish_facts_key<R: Rng + ?Sized>(
        &self,
        authority: &Authority,
        holder: &SealHolder,
        now: Timestamp,
        random: &mut R,
    ) -> Result<(), AuthorityError> {
        let issue = || authority.issue_facts_key(holder, now, random);
        keep(&self.facts_key(), holder, now, issue)
    }
}

/// Keeps an organisation's key that is there and good, and has one issued otherwise.
fn keep(
    folder: &Path,
    holder: &SealHolder,
    now: Timestamp,
    issue: impl FnOnce() -> Result<KeyHolder, AuthorityError>,
) -> Result<(), AuthorityError> {
    let file = |ending: &str| folder.join(format!("{}.{ending}", holder.file));
    let (path, key_path) = (file("pem"), file("key"));
    if path.exists() && key_path.exists() {
        let there = KeyHolder::from_pem(&read(&path)?)?;
        let his = there.certificate.bin().as_ref() == Some(&holder.bin);
        if his && is_in_term(&there.certificate, now) {
            return Ok(());
        }
    }
    let issued = issue()?;
    write(&key_path, issued.key_pem()?.as_bytes())?;
    write(&path, issued.to_pem()?.as_bytes())
}

/// Keys of the people whose situation is that theirs was revoked.
#[must_use]
pub fn revoked_keys<'a>(people: &[DemoPerson], keys: &'a [PersonKey]) -> Vec<&'a PersonKey> {
    let with_keys = people.iter().zip(keys);
    with_keys.filter(|(person, _)| person.key == KeyKind::Revoked).map(|(_, key)| key).collect()
}

fn is_in_term(certificate: &Certificate, now: Timestamp) -> bool {
    let now = moment(now);
    certificate.not_before() <= now && now <= certificate.not_after()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), AuthorityError> {
    let parent = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    parent
        .and_then(|()| std::fs::write(path, bytes))
        .map_err(|error| AuthorityError::File { path: path.to_owned(), error })
}

fn read(path: &Path) -> Result<String, AuthorityError> {
    std::fs::read_to_string(path)
        .map_err(|error| AuthorityError::File { path: path.to_owned(), error })
}
