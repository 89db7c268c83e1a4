//! The folder of seals: `NAME.pem` with the certificates of a seal, and `NAME.key` with its private key unless that is on
//! the token. NAME is a provider's KATO code or `system`, and `KATO.2`, `KATO.3`, … for further keys of the same.
//!
//! Read next: `keys.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::Clock;
use domain::Kato;
use signature::cms::DetachedSigner;
use signature::pades::SealCertificates;

use super::facts_signer::{FACTS, GostFactsSigner, certified};
use super::key::{FileKey, KeyFault, certificates};
use super::keys::{Place, SYSTEM, SealKey, SealKeys};
use super::pkcs11::{KeyWork, Token, TokenKey, TokenSettings};
use crate::token::TokenFault;

/// Where the keys and certificates of seals are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealSettings {
    /// Folder of certificates, and of keys in files.
    pub folder: PathBuf,
    /// What is done about private keys in files.
    pub keys_in_files: KeysInFiles,
    /// The device with the other keys.
    pub token: Option<TokenSettings>,
    /// Certificate whose key on the device signs facts, where they are signed by one there.
    pub facts_certificate: Option<PathBuf>,
}

/// What is done about private keys in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysInFiles {
    /// The operator takes the risk: whoever reads the file seals in the provider's name.
    Accepted,
    /// None is used.
    Refused,
}

/// Why the seals cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SealerSetupError {
    /// The folder cannot be read.
    #[error("cannot read the folder of seals {path}: {error}", path = path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file is called neither by a KATO code nor `system`.
    #[error(
        "{path} names no seal: NAME.pem and NAME.key are called by a provider's KATO code or `system`, with `.2`, `.3` \
        and so on for further keys of the same",
        path = path.display()
    )]
    Name {
        /// Which.
        path: PathBuf,
    },
    /// There is no seal for providers without one.
    #[error("there is no system.pem in {path}: the seal of providers without one of their own", path = path.display())]
    NoSystem {
        /// In which folder.
        path: PathBuf,
    },
    /// A key without certificate.
    #[error("the sealing key {path} has no certificate beside it (NAME.pem)", path = path.display())]
    NoCertificate {
        /// Which.
        path: PathBuf,
    },
    /// A certificate without key.
    #[error(
        "the sealing certificate {path} has no key: neither a file beside it (NAME.key) nor a token ([seal.token])",
        path = path.display()
    )]
    NoKey {
        /// Which.
        path: PathBuf,
    },
    /// A private key lies in a file, and nobody said that it may.
    #[error(
        "the sealing key {path} lies in a file, where it can be copied unseen. Keep it in a PKCS #11 device and name that \
        under [seal.token]; or, to seal with keys in files nevertheless, write keys_in_files = \"accepted\" under [seal]",
        path = path.display()
    )]
    KeyInFile {
        /// Which.
        path: PathBuf,
    },
    /// A key or certificate cannot be used.
    #[error("the sealing key {path}: {fault}", path = path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        fault: KeyFault,
    },
    /// The device cannot be used.
    #[error(transparent)]
    Token(#[from] TokenFault),
    /// The key of the test before sealing.
    #[error("no throw-away key could be made: {0}")]
    Rehearsal(String),
}

/// The files of one sealing key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealFiles {
    /// Private key: PEM, PKCS #8, not encrypted; RSA or P-256.
    pub key: PathBuf,
    /// Its certificate and those above it without the root: PEM.
    pub certificates: PathBuf,
}

/// Whose seal it is.
enum Owner {
    System,
    Provider(Kato),
}

/// A certificate of the folder whose key is still to be had.
struct Found {
    name: String,
    owner: Owner,
    path: PathBuf,
    certificates: SealCertificates,
    key: Option<PathBuf>,
}

/// Reads the folder and opens the token; the signer of facts too, where its key is there.
pub(super) fn open(
    settings: &SealSettings,
    clock: Arc<dyn Clock>,
) -> Result<(SealKeys, Option<GostFactsSigner>), SealerSetupError> {
    let found = found(&settings.folder)?;
    if let (Some(path), KeysInFiles::Refused) =
        (found.iter().find_map(|one| one.key.clone()), settings.keys_in_files)
    {
        return Err(SealerSetupError::KeyInFile { path });
    }
    let facts = facts(settings)?;
    let token = token(settings, &found, facts.as_ref())?;
    let mut providers: BTreeMap<Kato, Vec<SealKey>> = BTreeMap::new();
    let mut system = Vec::new();
    for one in found {
        let key = key(&one, token.as_ref())?;
        match one.owner {
            Owner::Provider(kato) => providers.entry(kato).or_default().push(key),
            Owner::System => system.push(key),
        }
    }
    if system.is_empty() {
        return Err(SealerSetupError::NoSystem { path: settings.folder.clone() });
    }
    let facts = match (facts, &token) {
        (Some((path, signer)), Some(token)) => {
            let (token, clock) = (Arc::clone(token), Arc::clone(&clock));
            Some(GostFactsSigner::on_token(path, signer, token, clock)?)
        }
        (Some((path, _)), None) => {
            return Err(SealerSetupError::NoKey { path: path.to_owned() });
        }
        (None, _) => None,
    };
    Ok((SealKeys::new(clock, system, providers, token), facts))
}

fn facts(settings: &SealSettings) -> Result<Option<(&Path, DetachedSigner)>, SealerSetupError> {
    let path = settings.facts_certificate.as_deref();
    path.map(|path| Ok((path, certified(path)?))).transpose()
}

/// Keys in files that are named one by one.
pub(super) fn load(
    system: &SealFiles,
    providers: &BTreeMap<Kato, SealFiles>,
    clock: Arc<dyn Clock>,
) -> Result<SealKeys, SealerSetupError> {
    let named = |name: &str, files: &SealFiles| {
        let at = |fault| SealerSetupError::Key { path: files.key.clone(), fault };
        let read = std::fs::read(&files.certificates).map_err(KeyFault::from);
        let certificates = read.and_then(|pem| certificates(&pem)).map_err(at)?;
        file_key(name.to_owned(), &files.key, certificates)
    };
    let of_providers = providers
        .iter()
        .map(|(kato, files)| Ok((kato.clone(), vec![named(kato.as_str(), files)?])))
        .collect::<Result<_, SealerSetupError>>()?;
    Ok(SealKeys::new(clock, vec![named(SYSTEM, system)?], of_providers, None))
}

fn found(folder: &Path) -> Result<Vec<Found>, SealerSetupError> {
    let names = names(folder)?;
    names.into_iter().map(|name| find(folder, name)).collect()
}

/// Every NAME of the folder, in order.
fn names(folder: &Path) -> Result<BTreeSet<String>, SealerSetupError> {
    let at = |error| SealerSetupError::Folder { path: folder.to_owned(), error };
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).map_err(at)? {
        let path = entry.map_err(at)?.path();
        if path.extension().is_some_and(|kind| kind == "pem" || kind == "key") {
            match path.file_stem().and_then(|name| name.to_str()) {
                Some(name) => names.insert(name.to_owned()),
                None => return Err(SealerSetupError::Name { path }),
            };
        }
    }
    Ok(names)
}

fn find(folder: &Path, name: String) -> Result<Found, SealerSetupError> {
    let (path, key) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
    let owner = owner(&name).ok_or_else(|| SealerSetupError::Name { path: path.clone() })?;
    let key = key.exists().then_some(key);
    if let (false, Some(path)) = (path.exists(), &key) {
        return Err(SealerSetupError::NoCertificate { path: path.clone() });
    }
    let read = std::fs::read(&path).map_err(KeyFault::from);
    let certificates = read.and_then(|pem| certificates(&pem));
    let at = |fault| SealerSetupError::Key { path: path.clone(), fault };
    Ok(Found { certificates: certificates.map_err(at)?, name, owner, path, key })
}

/// Whose seal a NAME is; `None` where it is nobody's.
fn owner(name: &str) -> Option<Owner> {
    let (owner, further) = name.split_once('.').unwrap_or((name, "1"));
    let numbered = !further.is_empty() && further.bytes().all(|byte| byte.is_ascii_digit());
    match owner {
        _ if !numbered => None,
        SYSTEM => Some(Owner::System),
        kato => Kato::parse(kato).ok().map(Owner::Provider),
    }
}

/// The token with all keys that lie in no file, where there are such and it is configured.
fn token(
    settings: &SealSettings,
    found: &[Found],
    facts: Option<&(&Path, DetachedSigner)>,
) -> Result<Option<Arc<Token>>, TokenFault> {
    let elsewhere = found.iter().filter(|one| one.key.is_none());
    let seals = elsewhere.map(|one| TokenKey {
        name: one.name.clone(),
        work: KeyWork::Seals(Box::new(one.certificates.clone())),
    });
    let facts = facts.map(|(_, signer)| TokenKey {
        name: FACTS.to_owned(),
        work: KeyWork::Facts(Box::new(signer.clone())),
    });
    let keys: Vec<TokenKey> = seals.chain(facts).collect();
    match &settings.token {
        Some(token) if !keys.is_empty() => Ok(Some(Arc::new(Token::open(token.clone(), keys)?))),
        _ => Ok(None),
    }
}

fn key(found: &Found, token: Option<&Arc<Token>>) -> Result<SealKey, SealerSetupError> {
    let (name, certificates) = (found.name.clone(), found.certificates.clone());
    match (&found.key, token) {
        (Some(path), _) => file_key(name, path, certificates),
        (None, Some(token)) => {
            let key = SealKey::new(name, Place::Token(Arc::clone(token)), certificates);
            key.map_err(|fault| SealerSetupError::Key { path: found.path.clone(), fault })
        }
        (None, None) => Err(SealerSetupError::NoKey { path: found.path.clone() }),
    }
}

fn file_key(
    name: String,
    path: &Path,
    certificates: SealCertificates,
) -> Result<SealKey, SealerSetupError> {
    let key = FileKey::load(path).and_then(|key| key.prove(&certificates).map(|()| key));
    let key = key.and_then(|key| SealKey::new(name, Place::File(key), certificates));
    key.map_err(|fault| SealerSetupError::Key { path: path.to_owned(), fault })
}
