//! The state's control of access to personal data over SHEP: the person is asked by 1414, and what the control gives is
//! shown to the sources.
//!
//! Which word of its status means what is configured, and a word nobody named is no answer: a consent must not be made of
//! a guess, nor a refusal. Nothing of what it gives is printed. Read next: `contract.rs`, then `crate::shep`.

mod contract;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use app::{
    AccessControl, AccessProof, AccessQuestion, AccessReply, AccessTerms, Clock, ConsentService,
    Ids,
};
use async_trait::async_trait;
use domain::{Answer, Bin, Consents, ElectronicRequest};
use jiff::SignedDuration;

use crate::shep::{Asked, ShepFault, ShepService, ShepSettings, ShepSetupError, SyncChannel};

/// Longest text of ours in a question.
const TEXT_CHARACTERS_MAX: usize = 250;

/// Validity and patience end before it: so long a question is kept, with what the control gave.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What the control is told of us, and what its words mean.
#[derive(Clone, Debug)]
pub struct KdpSettings {
    /// How its service is called at the gateway.
    pub service_id: String,
    /// Identifier of a route, where one was agreed on.
    pub route_id: Option<String>,
    /// Status codes of the gateway that mean: here is the answer.
    pub answered: Vec<String>,
    /// Who asks.
    pub company: String,
    /// His BIN.
    pub company_bin: Bin,
    /// Who is responsible there.
    pub company_responsible: String,
    /// Who works with the data, where the control wants a person named.
    pub employee_name: Option<String>,
    /// Services the consent is for, as the gateway calls them.
    pub access_names: Vec<String>,
    /// Which data, in words for the person.
    pub personal_data_name: String,
    /// How long what it gives is good.
    pub validity: Duration,
    /// How long a person may take to answer.
    pub patience: SignedDuration,
    /// Between two questions about one answer.
    pub pause: SignedDuration,
    /// Whether even the first question sends no message: where the person is asked by other means.
    pub omit_sms: bool,
    /// What the words of its status mean.
    pub words: KdpWords,
}

/// Words of the control's status; every other one is no answer.
#[derive(Clone, Debug, Default)]
pub struct KdpWords {
    /// The person gave the consent.
    pub given: Vec<String>,
    /// He refused it.
    pub refused: Vec<String>,
    /// He has not answered yet.
    pub pending: Vec<String>,
    /// He did not answer in the control's own time.
    pub no_answer: Vec<String>,
}

impl KdpWords {
    /// Each word once, and at least one that means a consent.
    fn check(&self) -> Result<(), ShepSetupError> {
        if self.given.is_empty() {
            return Err(ShepSetupError::Empty("consent.kdp.words.given"));
        }
        let lists = [&self.given, &self.refused, &self.pending, &self.no_answer];
        let mut words: Vec<&String> = lists.into_iter().flatten().collect();
        words.sort_unstable();
        match words.windows(2).find_map(|pair| match pair {
            [one, other] if one == other => Some(*one),
            _ => None,
        }) {
            Some(word) => Err(ShepSetupError::StatusTwice(word.clone())),
            None => Ok(()),
        }
    }
}

impl KdpSettings {
    fn check(&self) -> Result<(), ShepSetupError> {
        for (name, text) in [
            ("consent.kdp.company", &self.company),
            ("consent.kdp.company_responsible", &self.company_responsible),
            ("consent.kdp.personal_data_name", &self.personal_data_name),
        ] {
            if text.is_empty() {
                return Err(ShepSetupError::Empty(name));
            }
            if text.chars().count() > TEXT_CHARACTERS_MAX {
                return Err(ShepSetupError::Bounds("a text for the control has 250 characters"));
            }
        }
        if self.access_names.iter().all(String::is_empty) {
            return Err(ShepSetupError::Empty("consent.kdp.access_names"));
        }
        if self.validity.is_zero() || self.patience <= SignedDuration::ZERO {
            return Err(ShepSetupError::Bounds("validity and patience are at least a second"));
        }
        let is_kept = SignedDuration::try_from(self.validity).is_ok_and(|validity| validity < DAY);
        if !is_kept || self.patience >= DAY {
            return Err(ShepSetupError::Bounds("validity and patience are less than 24 hours"));
        }
        if self.pause < SignedDuration::from_secs(1) {
            return Err(ShepSetupError::Bounds("the pause is at least a second"));
        }
        self.words.check()
    }

    fn service(&self) -> ShepService {
        ShepService {
            service_id: self.service_id.clone(),
            route_id: self.route_id.clone(),
            correlates: true,
            answered: self.answered.clone(),
            nothing_found: Vec::new(),
        }
    }
}

/// Consent asked through the control of access, besides being signed.
pub struct KdpConsent {
    channel: SyncChannel,
    service: ShepService,
    settings: KdpSettings,
    terms: AccessTerms,
}

impl KdpConsent {
    /// Over these settings. Nobody is asked yet.
    ///
    /// # Errors
    /// [`ShepSetupError`].
    pub fn new(
        gateway: &ShepSettings,
        settings: KdpSettings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, ShepSetupError> {
        let service = settings.service();
        service.check()?;
        settings.check()?;
        let exchange = SignedDuration::try_from(gateway.patience);
        let exchange = exchange.map_err(|_| ShepSetupError::Bounds("the time for an answer"))?;
        let validity = SignedDuration::try_from(settings.validity);
        let terms = AccessTerms {
            service: settings.service_id.clone(),
            patience: settings.patience,
            pause: settings.pause,
            exchange,
            validity: validity.map_err(|_| ShepSetupError::Bounds("the validity"))?,
        };
        let channel = SyncChannel::new(gateway, clock, ids)?;
        Ok(Self { channel, service, settings, terms })
    }

    /// What an answer means.
    fn meaning(&self, asked: &Asked) -> Result<AccessReply, ShepFault> {
        if !self.service.answered.contains(&asked.status) {
            return Err(ShepFault::Status(asked.status.clone()));
        }
        // The answer names no person: it must at least name the question, or another's consent would do.
        if !asked.names_question {
            return Err(ShepFault::OtherQuestion);
        }
        let said = asked.data(contract::answer)?.ok_or(ShepFault::NoData)?;
        let words = &self.settings.words;
        let is = |list: &[String]| list.contains(&said.status);
        if is(&words.given) {
            return match (said.token, said.public_key) {
                (Some(token), Some(public_key)) => {
                    Ok(AccessReply::Given(AccessProof { token, public_key }))
                }
                _ => Err(ShepFault::NoData),
            };
        }
        // A token beside another word than a consent's is a word nobody understood.
        if said.token.is_some() || said.public_key.is_some() {
            return Err(ShepFault::Contradiction);
        }
        if is(&words.refused) {
            Ok(AccessReply::Refused)
        } else if is(&words.pending) {
            Ok(AccessReply::Pending)
        } else if is(&words.no_answer) {
            Ok(AccessReply::NoAnswer)
        } else {
            Err(ShepFault::Status(said.status))
        }
    }

    async fn asked(&self, question: &AccessQuestion) -> Result<AccessReply, ShepFault> {
        let omit_sms = self.settings.omit_sms || question.is_repeated;
        let write = |data: &mut crate::shep::Writer| {
            contract::request(data, &self.settings, question.person, omit_sms);
        };
        let asked = self.channel.ask_typed(&self.service, &contract::declared(), write).await?;
        self.meaning(&asked)
    }
}

#[async_trait]
impl AccessControl for KdpConsent {
    fn terms(&self) -> &AccessTerms {
        &self.terms
    }

    async fn ask(&self, question: &AccessQuestion) -> AccessReply {
        self.asked(question).await.unwrap_or_else(|fault| {
            let (code, detail) = (fault.code(), fault.detail());
            tracing::warn!(code, detail, "the control of access gave no answer over SHEP");
            AccessReply::Silent
        })
    }
}

#[async_trait]
impl ConsentService for KdpConsent {
    /// What the person signed; that he was asked before is looked at where his request is registered.
    async fn consents(&self, request: &ElectronicRequest) -> Answer<Consents> {
        Answer::Known(request.consents)
    }

    fn access_control(&self) -> Option<&dyn AccessControl> {
        Some(self)
    }
}
