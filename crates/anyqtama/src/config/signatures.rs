//! `[signatures]`: whom we trust, who tells who is revoked, and who judges.

use std::path::PathBuf;

use adapters::Anchor;
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use signature::trust::TrustUse;

/// Judging citizens' signatures and sealed documents.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignaturesConfig {
    /// Folder with the certificates of trusted authorities, each for everything.
    pub anchors_dir: Option<PathBuf>,
    /// Folder with their revocation lists; a changed file is read again.
    pub crl_dir: PathBuf,
    /// Addresses of responders (OCSP), asked in turn; without them lists alone tell who is revoked.
    #[serde(default)]
    pub ocsp_urls: Vec<String>,
    /// How many seconds a good answer of a responder is used again.
    #[serde(default = "default_ocsp_keep_seconds")]
    pub ocsp_keep_seconds: u32,
    /// Seconds between two looks for newer revocation lists.
    #[serde(default = "default_crl_every_seconds")]
    pub crl_every_seconds: u32,
    /// Revocation lists that are fetched into `crl_dir`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<ListConfig>,
    /// Whose word about a citizen's signature counts.
    #[serde(default)]
    pub judge: JudgeConfig,
    /// Addresses of NCANode on this computer, asked in turn.
    #[serde(default)]
    pub ncanode_urls: Vec<String>,
    /// Trusted authorities one by one, each with its fingerprint and what it counts for; instead of a folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<AnchorConfig>,
}

/// A revocation list that is fetched.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListConfig {
    /// Name of its file in `signatures.crl_dir`.
    pub file: String,
    /// Addresses, tried in turn.
    pub urls: Vec<String>,
}

/// Whose word about a citizen's signature counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgeConfig {
    /// Our own verification's.
    #[default]
    Own,
    /// NCANode's, which wraps a certified means.
    Ncanode,
    /// Both must say the same.
    Both,
}

/// A trusted authority.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnchorConfig {
    /// What it is called here.
    pub name: String,
    /// Its certificate, DER or PEM, one.
    pub file: PathBuf,
    /// SHA-256 of the certificate (DER), hexadecimal; colons and spaces do not matter.
    pub fingerprint: String,
    /// What certificates under it count for.
    pub purposes: Vec<PurposeConfig>,
}

/// What certificates under an authority count for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurposeConfig {
    /// Citizens' signatures.
    Citizens,
    /// Seals of documents.
    Seals,
    /// Time stamps.
    TimeStamps,
}

impl AnchorConfig {
    /// As the adapters know it.
    #[must_use]
    pub fn anchor(&self) -> Anchor {
        let purpose = |one: &PurposeConfig| match one {
            PurposeConfig::Citizens => TrustUse::Signatures,
            PurposeConfig::Seals => TrustUse::Seals,
            PurposeConfig::TimeStamps => TrustUse::TimeStamps,
        };
        Anchor {
            name: self.name.clone(),
            file: self.file.clone(),
            fingerprint: self.fingerprint.clone(),
            uses: self.purposes.iter().map(purpose).collect(),
        }
    }
}

impl SignaturesConfig {
    /// These folders, and nobody to ask.
    #[must_use]
    pub fn over(anchors_dir: PathBuf, crl_dir: PathBuf) -> Self {
        Self {
            anchors_dir: Some(anchors_dir),
            crl_dir,
            ocsp_urls: Vec::new(),
            ocsp_keep_seconds: default_ocsp_keep_seconds(),
            crl_every_seconds: default_crl_every_seconds(),
            lists: Vec::new(),
            judge: JudgeConfig::default(),
            ncanode_urls: Vec::new(),
            anchors: Vec::new(),
        }
    }

    /// What the types cannot hold.
    pub fn check(&self) -> Result<()> {
        match (&self.anchors_dir, self.anchors.is_empty()) {
            (None, true) => bail!("signatures: neither anchors_dir nor [[signatures.anchors]]"),
            (Some(_), false) => bail!(
                "signatures: either anchors_dir or [[signatures.anchors]]; with both nobody could tell what counts"
            ),
            _ => {}
        }
        match (self.judge, self.ncanode_urls.is_empty()) {
            (JudgeConfig::Own, false) => {
                bail!(
                    "signatures.ncanode_urls are asked only where judge is \"ncanode\" or \"both\""
                )
            }
            (JudgeConfig::Ncanode | JudgeConfig::Both, true) => {
                bail!("signatures.judge needs signatures.ncanode_urls")
            }
            _ => Ok(()),
        }
    }
}

fn default_ocsp_keep_seconds() -> u32 {
    60
}

fn default_crl_every_seconds() -> u32 {
    600
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(change: impl FnOnce(&mut SignaturesConfig)) -> String {
        let mut config = SignaturesConfig::over("anchors".into(), "lists".into());
        config.check().unwrap();
        change(&mut config);
        config.check().map_or_else(|error| error.to_string(), |()| "none".to_owned())
    }

    #[test]
    fn another_judge_is_asked_only_where_it_was_said_and_found_only_where_it_is() {
        let url = || vec!["http://127.0.0.1:14579".to_owned()];
        assert!(complaint(|config| config.judge = JudgeConfig::Both).contains("ncanode_urls"));
        assert!(complaint(|config| config.ncanode_urls = url()).contains("judge"));
        let both = complaint(|config| {
            config.judge = JudgeConfig::Ncanode;
            config.ncanode_urls = url();
        });
        assert_eq!(both, "none");
    }

    #[test]
    fn trust_comes_from_one_place() {
        let anchor = || AnchorConfig {
            name: "A".to_owned(),
            file: "a.cer".into(),
            fingerprint: "00".to_owned(),
            purposes: vec![PurposeConfig::Citizens],
        };
        assert!(complaint(|config| config.anchors.push(anchor())).contains("either"));
        assert!(complaint(|config| config.anchors_dir = None).contains("neither"));
        let named = complaint(|config| {
            config.anchors_dir = None;
            config.anchors.push(anchor());
        });
        assert_eq!(named, "none");
    }
}
