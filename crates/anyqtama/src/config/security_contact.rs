//! `[portal.security_contact]`: whom to tell of a weakness of this service.

use anyhow::{Result, bail};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Ways an address may begin, after RFC 9116.
const SCHEMES: [&str; 3] = ["mailto:", "https://", "tel:"];

/// Keys of the section.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityContactConfig {
    /// Addresses, the preferred one first.
    pub addresses: Vec<String>,
    /// Until when they are good.
    pub expires: Timestamp,
    /// Where the policy on reports stands.
    pub policy: Option<String>,
}

impl SecurityContactConfig {
    /// What the types cannot hold. That it has expired stops nobody from starting: then it is not shown, and
    /// `check-config` says so.
    ///
    /// # Errors
    /// No address, one of another kind, or one that is no single line.
    pub fn check(&self) -> Result<()> {
        if self.addresses.is_empty() {
            bail!("portal.security_contact.addresses is empty");
        }
        for address in &self.addresses {
            if !SCHEMES.iter().any(|scheme| address.starts_with(scheme)) || !is_one_word(address) {
                bail!("portal.security_contact.addresses: mailto:, https:// or tel:, no spaces");
            }
        }
        if self.policy.as_ref().is_some_and(|url| !url.starts_with("https://") || !is_one_word(url))
        {
            bail!("portal.security_contact.policy must begin with https://");
        }
        Ok(())
    }

    /// As the portal needs it.
    pub fn contact(&self) -> portal::SecurityContact {
        portal::SecurityContact {
            addresses: self.addresses.clone(),
            expires: self.expires,
            policy: self.policy.clone(),
        }
    }
}

fn is_one_word(text: &str) -> bool {
    !text.contains(|letter: char| letter.is_whitespace() || letter.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(addresses: &[&str], policy: Option<&str>) -> String {
        let config = SecurityContactConfig {
            addresses: addresses.iter().map(|one| (*one).to_owned()).collect(),
            expires: "2027-01-01T00:00:00Z".parse().unwrap(),
            policy: policy.map(str::to_owned),
        };
        config.check().err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn whoever_is_named_can_be_reached_and_writes_no_line_of_his_own() {
        let both = ["mailto:security@example.kz", "tel:+77010000000"];
        assert_eq!(told(&both, Some("https://example.kz/policy")), "");
        assert!(told(&[], None).contains("empty"));
        for bad in ["security@example.kz", "http://example.kz", "mailto:a@b\nExpires: 2099", ""] {
            assert!(told(&[bad], None).contains("mailto:"), "{bad:?}");
        }
        assert!(told(&both, Some("http://example.kz")).contains("policy"));
    }
}
