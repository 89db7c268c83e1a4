//! The register of natural persons as a second source beside the data bank, asked over the same gateway. Read next:
//! `docs/adr/0029-the-register-of-natural-persons.md`.

use std::sync::Arc;

use adapters::{PersonRegisterSettings, ShepPersonRegister, ShepService, ShepSettings};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::system::{SystemClock, SystemIds};

/// The register behind SHEP.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonRegisterConfig {
    /// How its service is called at the gateway.
    #[serde(default = "default_service_id")]
    pub service_id: String,
    /// How the route is called, where one was agreed on.
    pub route_id: Option<String>,
    /// How the register calls us.
    pub sender_code: String,
    /// Status codes of the gateway that mean: here is the answer.
    #[serde(default = "default_answered")]
    pub answered: Vec<String>,
    /// Codes of a result that mean: here is the person.
    #[serde(default = "default_found")]
    pub found: Vec<String>,
    /// Codes of a result that mean, for sure: nobody has this number.
    #[serde(default)]
    pub nobody: Vec<String>,
    /// Codes of the life status of who lives.
    #[serde(default = "default_alive")]
    pub alive: Vec<String>,
    /// Codes of the life status of who has died. A guess here would give certificates for the dead, so there is none.
    pub died: Vec<String>,
}

fn default_service_id() -> String {
    "GBDFL_UniversalServiceSync".to_owned()
}

fn default_answered() -> Vec<String> {
    vec!["SCSS001".to_owned()]
}

fn default_found() -> Vec<String> {
    vec!["00000".to_owned()]
}

fn default_alive() -> Vec<String> {
    vec!["0".to_owned()]
}

impl PersonRegisterConfig {
    /// The register over a gateway. It is not asked yet.
    pub fn register(&self, gateway: &ShepSettings) -> Result<ShepPersonRegister> {
        let settings = PersonRegisterSettings {
            service: ShepService {
                service_id: self.service_id.clone(),
                route_id: self.route_id.clone(),
                correlates: true,
                answered: self.answered.clone(),
                nothing_found: Vec::new(),
            },
            sender_code: self.sender_code.clone(),
            found: self.found.clone(),
            nobody: self.nobody.clone(),
            alive: self.alive.clone(),
            died: self.died.clone(),
        };
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
        let register = ShepPersonRegister::new(gateway, settings, clock, ids);
        register.context("data_bank.person_register")
    }
}
