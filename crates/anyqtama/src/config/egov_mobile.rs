//! The section `[egov_mobile]`: signing by telephone.

use anyhow::{Result, bail};
use app::{PhoneAuth, PhoneMethod};
use serde::{Deserialize, Serialize};

/// Signing by telephone, with the application eGov Mobile.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EgovMobileConfig {
    /// How the application shows that it may have the document: `Token`, `Eds` or `None`.
    pub auth_type: PhoneAuth,
    /// How it signs: `CMS_WITH_DATA` or `XML`.
    pub sign_method: PhoneMethod,
    /// Where a telephone opens the application by a link.
    pub link_url: String,
}

impl Default for EgovMobileConfig {
    fn default() -> Self {
        Self {
            auth_type: PhoneAuth::Token,
            sign_method: PhoneMethod::CmsWithData,
            link_url: "https://m.egov.kz/mobileSign".to_owned(),
        }
    }
}

impl EgovMobileConfig {
    /// What the types cannot hold.
    pub(super) fn check(&self) -> Result<()> {
        let url = &self.link_url;
        if !(url.starts_with("https://") || url.starts_with("http://127.0.0.1")) {
            bail!("egov_mobile.link_url must begin with https:// (plain http only on 127.0.0.1)");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_protocol() {
        let text = "auth_type = \"Eds\"\nsign_method = \"XML\"";
        let config: EgovMobileConfig = toml::from_str(text).unwrap();
        assert_eq!((config.auth_type, config.sign_method), (PhoneAuth::Eds, PhoneMethod::Xml));
        config.check().unwrap();
        for wrong in ["auth_type = \"token\"", "sign_method = \"CMS_SIGN_ONLY\"", "more = 1"] {
            assert!(toml::from_str::<EgovMobileConfig>(wrong).is_err(), "{wrong}");
        }
        let plain: EgovMobileConfig = toml::from_str("link_url = \"http://a.kz\"").unwrap();
        assert!(plain.check().is_err());
    }
}
