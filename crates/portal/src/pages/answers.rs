//! The answers of the request form as typed, and the way from them to an order.
//!
//! Knows the domain's rules about identifiers by their codes only. Read next: `request_form.rs`.

use app::DraftOrder;
use domain::{ConsentDecision, Consents, ElectronicRequest, Iin, Kato, Language, WardsAsked};

use crate::form::FormFields;
use crate::pages::FieldFault;
use crate::texts::{Texts, texts};

/// Fields offered for wards at first, and by the button that asks for more.
const WARD_FIELDS: usize = 3;
/// Most wards the request may name.
const WARD_FIELDS_MAX: usize = 30;

/// Names of the form's fields.
pub const FIELDS: [&str; 5] = ["wards", "ward", "provider", "restricted", "secret"];

/// Stands for answers that contradict each other.
const BOTH: &str = "both";

/// What a person typed, right or wrong.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// `all` or `named`.
    pub wards: String,
    /// IINs of wards, with empty places.
    pub ward_iins: Vec<String>,
    /// KATO of the department, or nothing.
    pub provider: String,
    /// `give`, `refuse`, nothing, or [`BOTH`].
    pub restricted: String,
    /// `give`, `refuse`, nothing, or [`BOTH`].
    pub secret: String,
}

impl Answers {
    /// An empty form: all wards, no answer about consent.
    #[must_use]
    pub fn blank() -> Self {
        Self { wards: "all".to_owned(), ..Self::default() }.with_fields(WARD_FIELDS)
    }

    /// As they came.
    #[must_use]
    pub fn of_form(form: &FormFields) -> Self {
        let answers = Self {
            wards: form.text("wards").to_owned(),
            ward_iins: form.all("ward").map(ToOwned::to_owned).collect(),
            provider: form.text("provider").to_owned(),
            restricted: one_answer(form, "restricted"),
            secret: one_answer(form, "secret"),
        };
        let more = if form.has("more") { WARD_FIELDS } else { 0 };
        let fields = answers.ward_iins.len().saturating_add(more).max(WARD_FIELDS);
        answers.with_fields(fields)
    }

    /// As they were in a draft, to be changed.
    #[must_use]
    pub fn of_draft(draft: &app::Draft) -> Self {
        let word = |decision: ConsentDecision| match decision {
            ConsentDecision::Given => "give".to_owned(),
            ConsentDecision::Refused => "refuse".to_owned(),
        };
        let consents = draft.request.consents;
        Self {
            restricted: word(consents.restricted_data),
            secret: word(consents.protected_secret),
            ..Self::of_earlier(&draft.request)
        }
    }

    /// As they were in an earlier request, without its consents.
    #[must_use]
    pub fn of_earlier(request: &ElectronicRequest) -> Self {
        let (wards, ward_iins) = match &request.wards {
            WardsAsked::All => ("all", Vec::new()),
            WardsAsked::Named(named) => ("named", named.iter().map(Iin::digits).collect()),
        };
        Self {
            wards: wards.to_owned(),
            ward_iins,
            provider: request
                .provider
                .as_ref()
                .map(|kato| kato.as_str().to_owned())
                .unwrap_or_default(),
            ..Self::default()
        }
        .with_fields(WARD_FIELDS)
    }

    /// Whether more fields for wards may be added.
    #[must_use]
    pub fn can_grow(&self) -> bool {
        self.ward_iins.len() < WARD_FIELDS_MAX
    }

    fn with_fields(mut self, fields: usize) -> Self {
        let fields = fields.min(WARD_FIELDS_MAX).max(self.ward_iins.len());
        self.ward_iins.resize(fields, String::new());
        self
    }

    /// The order, or every fault of the answers.
    ///
    /// # Errors
    /// One fault for each wrong field.
    pub fn order(&self, applicant: Iin, language: Language) -> Result<DraftOrder, Vec<FieldFault>> {
        let texts = texts(language);
        let mut faults = Vec::new();
        let wards = self.wards_asked(applicant, texts, &mut faults);
        let provider = self.provider(texts, &mut faults);
        let restricted = consent("restricted", &self.restricted, texts, &mut faults);
        let secret = consent("secret", &self.secret, texts, &mut faults);
        match (wards, restricted, secret) {
            (Some(wards), Some(restricted_data), Some(protected_secret)) if faults.is_empty() => {
                let consents = Consents { restricted_data, protected_secret };
                Ok(DraftOrder { applicant, language, wards, consents, provider })
            }
            _ => Err(faults),
        }
    }

    fn wards_asked(
        &self,
        applicant: Iin,
        texts: &Texts,
        faults: &mut Vec<FieldFault>,
    ) -> Option<WardsAsked> {
        match self.wards.as_str() {
            "all" => return Some(WardsAsked::All),
            "named" => {}
            _ => {
                faults.push(fault("wards-all", texts.text("wards-fault-no_choice")));
                return None;
            }
        }
        let typed = (1..).zip(&self.ward_iins).filter(|(_, text)| !text.is_empty());
        let mut named = Vec::new();
        for (place, text) in typed {
            match Iin::parse(text) {
                Ok(iin) => named.push(iin),
                Err(error) => {
                    let reason = texts.text(&format!("iin-{}", error.code()));
                    let number: usize = place;
                    let place = number.to_string();
                    let text =
                        texts.with_all("ward-fault", &[("place", &place), ("reason", &reason)]);
                    faults.push(fault(&format!("ward-{place}"), text));
                }
            }
        }
        if !faults.is_empty() {
            return None;
        }
        match WardsAsked::named(applicant, named) {
            Ok(wards) => Some(wards),
            Err(error) => {
                let text = texts.text(&format!("wards-fault-{}", error.code()));
                faults.push(fault("ward-1", text));
                None
            }
        }
    }

    fn provider(&self, texts: &Texts, faults: &mut Vec<FieldFault>) -> Option<Kato> {
        if self.provider.is_empty() {
            return None;
        }
        let kato = Kato::parse(&self.provider).ok();
        if kato.is_none() {
            faults.push(fault("provider", texts.fault("provider_unknown")));
        }
        kato
    }
}

/// The answer to a question that has one: of several different ones none is taken for the person's.
fn one_answer(form: &FormFields, field: &str) -> String {
    let mut answers = form.all(field);
    let first = answers.next().unwrap_or_default();
    if answers.all(|other| other == first) { first.to_owned() } else { BOTH.to_owned() }
}

fn consent(
    field: &str,
    answer: &str,
    texts: &Texts,
    faults: &mut Vec<FieldFault>,
) -> Option<ConsentDecision> {
    match answer {
        "give" => Some(ConsentDecision::Given),
        "refuse" => Some(ConsentDecision::Refused),
        _ => {
            let place = format!("{field}-give");
            let number = if field == "restricted" { "1" } else { "2" };
            let key = if answer == BOTH { "consent-both" } else { "consent-fault" };
            faults.push(fault(&place, texts.with(key, "number", number)));
            None
        }
    }
}

fn fault(field: &str, text: String) -> FieldFault {
    FieldFault { field: field.to_owned(), text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> Iin {
        Iin::parse("000229500008").unwrap()
    }

    fn answers(iins: &[&str]) -> Answers {
        Answers {
            wards: "named".to_owned(),
            ward_iins: iins.iter().map(|iin| (*iin).to_owned()).collect(),
            provider: String::new(),
            restricted: "give".to_owned(),
            secret: "refuse".to_owned(),
        }
    }

    #[test]
    fn every_wrong_iin_is_told_at_its_own_field() {
        let typed = answers(&["12", "", "061211600012", "061211600013"]);
        let faults = typed.order(me(), Language::En).unwrap_err();
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["ward-1", "ward-4"]);
        assert!(faults[0].text.contains("12 digits"), "{}", faults[0].text);
    }

    #[test]
    fn refusing_a_consent_is_an_answer_and_saying_nothing_is_none() {
        let order = answers(&["061211600012"]).order(me(), Language::Kk).unwrap();
        assert!(order.consents.restricted_data.is_given());
        assert!(!order.consents.protected_secret.is_given());
        let silent = Answers { restricted: String::new(), ..answers(&["061211600012"]) };
        let faults = silent.order(me(), Language::Kk).unwrap_err();
        assert_eq!(faults[0].field, "restricted-give");
    }

    #[test]
    fn named_wards_need_a_name_and_never_the_applicant() {
        for (typed, language) in
            [(answers(&["", ""]), Language::Ru), (answers(&["000229500008"]), Language::Kk)]
        {
            let faults = typed.order(me(), language).unwrap_err();
            assert_eq!(faults[0].field, "ward-1");
            assert!(!faults[0].text.contains('⟦'), "{}", faults[0].text);
        }
    }
}
