//! What the portal is told by the configuration: addresses, the API's secret, a schema made elsewhere, a notice.
//!
//! Knows nothing of files or environment variables. Read next: `lib.rs`.

use std::sync::Arc;

use app::Staff;
use domain::Language;

use crate::egov_mobile::EgovMobile;
use crate::rate::LimitKey;
use crate::security_txt::SecurityContact;

/// Everything the portal needs besides the use cases.
#[derive(Clone)]
pub struct PortalConfig {
    /// Address people see, without trailing slash; `https` makes cookies `Secure` and sends HSTS.
    pub public_url: String,
    /// WebSocket address of NCALayer on the citizen's own computer.
    pub ncalayer_url: String,
    /// How people sign with their telephones; without it they are not offered to.
    pub egov_mobile: Option<EgovMobile>,
    /// Bearer token of API clients; without one the API answers nobody but the public check.
    pub api_token: Option<String>,
    /// Who may read the stages of the service; without it nobody.
    pub monitoring: Option<Monitoring>,
    /// Bearer token of the contact centre's own software and of its machine; without one they are answered nothing.
    pub contact_centre_token: Option<String>,
    /// JSON Schema of `facts.json`, published under `/schemas/`.
    pub facts_schema: String,
    /// What the button of the identity provider says; without a provider there is none.
    pub identity_provider: Option<Notice>,
    /// The officers' use cases; without them there are no pages for officers.
    pub staff: Option<Arc<Staff>>,
    /// Notice on top of every page, as in a demonstration or before a technical break.
    pub notice: Option<Notice>,
    /// Whom to tell of a weakness; without it nobody is named.
    pub security_contact: Option<SecurityContact>,
    /// The key under which attempts are counted in the store for all nodes; without it each process counts for itself.
    pub limit_key: Option<LimitKey>,
}

/// The system that monitors the stages of services.
#[derive(Clone)]
pub struct Monitoring {
    /// Its bearer token.
    pub token: String,
    /// The code under which it knows this service.
    pub service_code: String,
}

/// A notice in three languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// In Kazakh.
    pub kk: String,
    /// In Russian.
    pub ru: String,
    /// In English.
    pub en: String,
    /// Where there is more to see.
    pub link: Option<String>,
}

impl Notice {
    /// The notice in a language.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::Kk => &self.kk,
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

impl PortalConfig {
    /// Whether people reach the portal over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// The domain people should see in the address line.
    #[must_use]
    pub fn domain(&self) -> &str {
        domain_of(&self.public_url)
    }

    /// Every address NCALayer may be reached at: its unencrypted twin only where the portal itself is unencrypted,
    /// as on a developer's own computer.
    #[must_use]
    pub fn ncalayer_addresses(&self) -> Vec<String> {
        let mut addresses = vec![self.ncalayer_url.trim_end_matches('/').to_owned()];
        if let (false, Some(rest)) = (self.is_https(), self.ncalayer_url.strip_prefix("wss://")) {
            addresses.push(format!("ws://{}", rest.trim_end_matches('/')));
        }
        addresses
    }
}

/// The domain, and port where there is one, in an address.
pub(crate) fn domain_of(public_url: &str) -> &str {
    let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(public_url: &str) -> PortalConfig {
        PortalConfig {
            public_url: public_url.to_owned(),
            ncalayer_url: "wss://127.0.0.1:13579/".to_owned(),
            egov_mobile: None,
            api_token: None,
            monitoring: None,
            contact_centre_token: None,
            facts_schema: String::new(),
            identity_provider: None,
            staff: None,
            notice: None,
            security_contact: None,
            limit_key: None,
        }
    }

    #[test]
    fn the_unencrypted_signer_is_reachable_from_an_unencrypted_page_only() {
        assert_eq!(config("https://a.kz").ncalayer_addresses(), ["wss://127.0.0.1:13579"]);
        assert_eq!(
            config("http://127.0.0.1:8080").ncalayer_addresses(),
            ["wss://127.0.0.1:13579", "ws://127.0.0.1:13579"]
        );
    }

    #[test]
    fn the_domain_is_what_stands_in_the_address_line() {
        assert_eq!(config("https://anyqtama.example/portal").domain(), "anyqtama.example");
        assert_eq!(config("http://127.0.0.1:8080").domain(), "127.0.0.1:8080");
    }
}
