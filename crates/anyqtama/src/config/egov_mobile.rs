//! `[egov_mobile]`: signing with a telephone.

use anyhow::{Result, bail};
use app::{PhoneAuth, PhoneMethod};
use serde::{Deserialize, Serialize};

use super::JudgeConfig;

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
    pub fn check(&self, judge: JudgeConfig) -> Result<()> {
        if !super::address::is_private(&self.link_url) {
            bail!(
                "egov_mobile.link_url must begin with https:// (plain http only on this computer)"
            );
        }
        let needs_xml = self.auth_type == PhoneAuth::Eds || self.sign_method == PhoneMethod::Xml;
        if needs_xml && judge != JudgeConfig::Own {
            bail!(
                "egov_mobile: auth_type \"Eds\" and sign_method \"XML\" need XML signatures, which signatures.judge = \"own\" alone can judge"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_that_need_xml_are_offered_only_where_somebody_can_judge_it() {
        let plain = EgovMobileConfig::default();
        for judge in [JudgeConfig::Own, JudgeConfig::Ncanode, JudgeConfig::Both] {
            plain.check(judge).unwrap();
        }
        for config in [
            EgovMobileConfig { auth_type: PhoneAuth::Eds, ..plain.clone() },
            EgovMobileConfig { sign_method: PhoneMethod::Xml, ..plain.clone() },
        ] {
            config.check(JudgeConfig::Own).unwrap();
            config.check(JudgeConfig::Both).unwrap_err();
            config.check(JudgeConfig::Ncanode).unwrap_err();
        }
    }

    #[test]
    fn a_link_never_leads_over_plain_http_to_elsewhere() {
        let link_url = "http://m.egov.kz/mobileSign".to_owned();
        let config = EgovMobileConfig { link_url, ..EgovMobileConfig::default() };
        config.check(JudgeConfig::Own).unwrap_err();
    }

    #[test]
    fn the_words_are_those_of_the_protocol() {
        let text = "auth_type = \"Eds\"\nsign_method = \"XML\"";
        let config: EgovMobileConfig = toml::from_str(text).unwrap();
        assert_eq!((config.auth_type, config.sign_method), (PhoneAuth::Eds, PhoneMethod::Xml));
        for wrong in ["auth_type = \"token\"", "sign_method = \"CMS_SIGN_ONLY\"", "more = 1"] {
            assert!(toml::from_str::<EgovMobileConfig>(wrong).is_err(), "{wrong}");
        }
    }
}
