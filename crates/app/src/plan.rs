//! From the outcome to the documents that will be made: numbers, tokens, providers and every printed fact.

use domain::{
    Appointment, CertificateContent, Checked, DocumentContent, Evidence, FormVersion, Guardian,
    Iin, Kato, NumberKind, Outcome, Provider, RULE_VERSION, RefusalContent, RefusalGround,
};
use jiff::Timestamp;

use crate::ports::{CheckToken, PlannedResult, ResultId, StoredRequest, WardKey};
use crate::service::Service;

/// The ward key of a refusal: one per request at most, because the key is unique within it.
const REFUSAL_KEY: &str = "refusal";

/// What all documents of one decision have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    /// The moment of the decision.
    pub(crate) at: Timestamp,
    /// The form in force then: whoever writes the documents later writes them by it.
    pub(crate) by: FormVersion,
}

impl Service {
    /// The documents an outcome calls for, with numbers drawn now and kept from here on.
    pub(crate) fn plan(
        &self,
        stored: &StoredRequest,
        evidence: &Evidence,
        outcome: &Outcome,
        made: Made,
    ) -> Vec<PlannedResult> {
        match outcome {
            Outcome::Granted { guardian, appointments, without_record } => {
                let certificates = appointments
                    .iter()
                    .map(|appointment| self.certificate(stored, guardian, appointment, made));
                let keeper = appointments.iter().next().map(|one| one.provider.clone());
                let ground = RefusalGround::NoGuardianRecord;
                let refused = (!without_record.is_empty()).then(|| {
                    let checked = checked(stored, evidence);
                    self.refusal(stored, ground, keeper, without_record, checked, made)
                });
                certificates.chain(refused).collect()
            }
            Outcome::Refused { ground, record_kept_by } => {
                let named = match &stored.request.wards {
                    domain::WardsAsked::All => &[],
                    domain::WardsAsked::Named(named) => named.as_slice(),
                };
                let checked = checked(stored, evidence);
                let keeper = record_kept_by.clone();
                vec![self.refusal(stored, *ground, keeper, named, checked, made)]
            }
        }
    }

    fn certificate(
        &self,
        stored: &StoredRequest,
        guardian: &Guardian,
        appointment: &Appointment,
        made: Made,
    ) -> PlannedResult {
        let token = CheckToken(self.parts.ids.token());
        let content = CertificateContent {
            number: self.draw_number(NumberKind::Certificate),
            request_number: stored.number.clone(),
            issued_at: made.at,
            guardian_name: guardian.name.clone(),
            guardian_iin: guardian.iin,
            guardian_address: guardian.address.clone(),
            role: appointment.role,
            act: appointment.act.clone(),
            ward_name: appointment.ward_name.clone(),
            ward_birth_date: appointment.ward_birth_date,
            ward_iin: appointment.ward_iin,
            inventory: appointment.inventory.clone(),
            provider: self.providers().of(&appointment.provider).clone(),
            check_url: self.check_url(stored, &token),
            rule_version: RULE_VERSION.to_owned(),
            form_version: Some(made.by),
        };
        PlannedResult {
            id: ResultId(self.parts.ids.token()),
            ward_key: WardKey(appointment.ward_id.0.clone()),
            ward_id: Some(appointment.ward_id.clone()),
            token,
            content: DocumentContent::Certificate(content),
        }
    }

    fn refusal(
        &self,
        stored: &StoredRequest,
        ground: RefusalGround,
        record_kept_by: Option<Kato>,
        named_wards: &[Iin],
        checked: Vec<Checked>,
        made: Made,
    ) -> PlannedResult {
        let token = CheckToken(self.parts.ids.token());
        let content = RefusalContent {
            number: self.draw_number(NumberKind::Refusal),
            request_number: stored.number.clone(),
            decided_at: made.at,
            applicant_name: stored.applicant_name.clone(),
            applicant_iin: stored.request.applicant,
            ground,
            checked,
            named_wards: named_wards.to_vec(),
            provider: self.provider_of_refusal(stored, record_kept_by).clone(),
            check_url: self.check_url(stored, &token),
            rule_version: RULE_VERSION.to_owned(),
            form_version: Some(made.by),
        };
        PlannedResult {
            id: ResultId(self.parts.ids.token()),
            ward_key: WardKey(REFUSAL_KEY.to_owned()),
            ward_id: None,
            token,
            content: DocumentContent::Refusal(content),
        }
    }

    /// Who keeps a record of him, else the department he addressed, else the fallback.
    fn provider_of_refusal(&self, stored: &StoredRequest, keeper: Option<Kato>) -> &Provider {
        let kato = keeper.as_ref().or(stored.request.provider.as_ref());
        kato.map_or_else(|| self.providers().fallback(), |kato| self.providers().of(kato))
    }

    fn check_url(&self, stored: &StoredRequest, token: &CheckToken) -> String {
        let language = stored.request.language.code();
        format!("{}/{language}/c/{}", self.settings().public_url, token.0)
    }
}

/// What was looked at: the consent signed with the request, and the data bank if it was asked.
fn checked(stored: &StoredRequest, evidence: &Evidence) -> Vec<Checked> {
    let consent = Checked::Consent { at: stored.clock.accepted_at };
    let data_bank = evidence.data_bank_asked_at.map(|at| Checked::DataBank { at });
    [Some(consent), data_bank].into_iter().flatten().collect()
}
