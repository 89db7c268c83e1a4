//! The text a person signs: what he asks and each consent with its answer, word for word as shown.
//!
//! The words are data (`texts/statement.*.ftl`), with a version that is kept with every consent.

use domain::{
    Bilingual, Bin, ConsentDecision, ConsentItems, ConsentKind, ConsentOperator, ConsentRecord,
    ConsentSubject, ElectronicRequest, Language, Provider, WardsAsked,
};
use fluent_bundle::FluentArgs;
use unic_langid::langid;

use crate::texts::Texts;

/// Version of both consent texts; to be raised with every change of their words.
#[must_use]
pub fn consent_version() -> &'static str {
    "2"
}

/// Items 1–8 of Article 8(4) of Law No. 94-V.
const RESTRICTED_DATA: [&str; 9] = [
    "restricted-title",
    "restricted-1",
    SUBJECTS,
    "restricted-3",
    "restricted-4",
    "restricted-5",
    "restricted-6",
    "restricted-7",
    "restricted-8",
];
/// Item 2, where the person's name is not known before he signs; with the name it is [`SUBJECTS_NAMED`].
const SUBJECTS: &str = "restricted-2";
const SUBJECTS_NAMED: &str = "restricted-2-named";
const PROTECTED_SECRET: [&str; 2] = ["secret-title", "secret-1"];

/// The text shown and signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Lines in order.
    pub lines: Vec<String>,
    /// The two consents within it, each with the words shown.
    pub consents: Vec<ConsentRecord>,
}

/// How the person may confirm the text, which says so itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ways {
    /// By a digital signature.
    Signature,
    /// Or by a one-time password.
    SignatureOrPassword,
}

/// Who collects the data: item 1 of a consent under Article 8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Name.
    pub name: Bilingual,
    /// Business identification number.
    pub bin: Bin,
}

/// The texts of the three languages.
pub(crate) struct StatementTexts {
    kk: Texts,
    ru: Texts,
    en: Texts,
}

impl Default for StatementTexts {
    fn default() -> Self {
        Self {
            kk: Texts::load(langid!("kk"), include_str!("../texts/statement.kk.ftl")),
            ru: Texts::load(langid!("ru"), include_str!("../texts/statement.ru.ftl")),
            en: Texts::load(langid!("en"), include_str!("../texts/statement.en.ftl")),
        }
    }
}

impl StatementTexts {
    fn of(&self, language: Language) -> &Texts {
        match language {
            Language::Kk => &self.kk,
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }

    /// The statement of a request.
    pub(crate) fn statement(
        &self,
        request: &ElectronicRequest,
        name: Option<&str>,
        addressee: Option<&Provider>,
        operator: &Operator,
        ways: Ways,
    ) -> Statement {
        let texts = self.of(request.language);
        let mut arguments = arguments(request, addressee, operator);
        if let Some(name) = name {
            arguments.set("name", name.to_owned());
        }
        let line = |key: &str| match (key, name) {
            (SUBJECTS, Some(_)) => texts.text(SUBJECTS_NAMED, &arguments),
            _ => texts.text(key, &arguments),
        };
        let answer = |decision: ConsentDecision| match decision {
            ConsentDecision::Given => line("answer-given"),
            ConsentDecision::Refused => line("answer-refused"),
        };
        let consent = |kind, decision, keys: &[&str], items| ConsentRecord {
            kind,
            decision,
            text_version: consent_version().to_owned(),
            language: request.language,
            text: keys.iter().map(|key| line(key)).collect::<Vec<_>>().join("\n"),
            items,
            confirmation: None,
        };
        let restricted = request.consents.restricted_data;
        let secret = request.consents.protected_secret;
        let ask = match request.wards {
            WardsAsked::All => "ask-all",
            WardsAsked::Named(_) => "ask-named",
        };
        let closing = match ways {
            Ways::Signature => "closing",
            Ways::SignatureOrPassword => "closing-or-password",
        };
        let to = if addressee.is_some() { "addressee" } else { "addressee-open" };
        let lines = ["title", to, "applicant", ask]
            .map(line)
            .into_iter()
            .chain(RESTRICTED_DATA.iter().map(|key| line(key)))
            .chain([answer(restricted)])
            .chain(PROTECTED_SECRET.iter().map(|key| line(key)))
            .chain([answer(secret), line(closing)])
            .collect();
        let consents = vec![
            consent(
                ConsentKind::RestrictedData,
                restricted,
                &RESTRICTED_DATA,
                Some(items(request, name, operator)),
            ),
            consent(ConsentKind::ProtectedSecret, secret, &PROTECTED_SECRET, None),
        ];
        Statement { lines, consents }
    }

    /// The text of an officer's sign-in challenge.
    pub(crate) fn officer_sign_in(&self, language: Language, site: &str) -> Vec<String> {
        let mut arguments = FluentArgs::new();
        arguments.set("site", site.to_owned());
        ["officer-sign-in-title", "sign-in-site", "officer-sign-in-closing"]
            .map(|key| self.of(language).text(key, &arguments))
            .into()
    }

    /// The text of a sign-in challenge.
    pub(crate) fn sign_in(&self, language: Language, site: &str) -> Vec<String> {
        let mut arguments = FluentArgs::new();
        arguments.set("site", site.to_owned());
        ["sign-in-title", "sign-in-site", "sign-in-closing"]
            .map(|key| self.of(language).text(key, &arguments))
            .into()
    }
}

/// The eight items as data. The consent to protected secrets has none: it is no consent under Article 8.
fn items(request: &ElectronicRequest, name: Option<&str>, operator: &Operator) -> ConsentItems {
    let applicant =
        ConsentSubject::Applicant { iin: request.applicant, name: name.map(ToOwned::to_owned) };
    let mut subjects = vec![applicant];
    match &request.wards {
        WardsAsked::All => subjects.push(ConsentSubject::AllWards),
        WardsAsked::Named(wards) => {
            subjects.extend(wards.iter().map(|iin| ConsentSubject::Ward { iin: *iin }));
        }
    }
    let operator = ConsentOperator { name: operator.name.clone(), bin: operator.bin };
    ConsentItems::of(operator, subjects)
}

fn arguments(
    request: &ElectronicRequest,
    addressee: Option<&Provider>,
    operator: &Operator,
) -> FluentArgs<'static> {
    let language = request.language;
    let mut arguments = FluentArgs::new();
    arguments.set("iin", request.applicant.digits());
    arguments.set("operator", operator.name.on_screen(language).to_owned());
    arguments.set("bin", operator.bin.digits());
    if let Some(provider) = addressee {
        arguments.set("provider", provider.name.on_screen(language).to_owned());
    }
    if let WardsAsked::Named(wards) = &request.wards {
        let digits: Vec<String> = wards.iter().map(domain::Iin::digits).collect();
        arguments.set("wards", digits.join(", "));
    }
    arguments
}

#[cfg(test)]
mod tests {
    use domain::{Consents, Iin};

    use super::*;

    fn request(language: Language, wards: WardsAsked) -> ElectronicRequest {
        ElectronicRequest {
            applicant: Iin::parse("000229500008").unwrap(),
            wards,
            consents: Consents {
                restricted_data: ConsentDecision::Given,
                protected_secret: ConsentDecision::Refused,
            },
            language,
            provider: None,
        }
    }

    fn operator() -> Operator {
        let name =
            Bilingual { kk: "Оператор кк".into(), ru: "Оператор ру".into() };
        Operator { name, bin: Bin::parse("210140000016").unwrap() }
    }

    #[test]
    fn every_language_has_every_line_and_fills_every_place() {
        let named = WardsAsked::Named(vec![Iin::parse("061211600012").unwrap()]);
        for language in Language::ALL {
            for wards in [WardsAsked::All, named.clone()] {
                let texts = StatementTexts::default();
                let request = request(language, wards);
                for (ways, name) in
                    [(Ways::Signature, None), (Ways::SignatureOrPassword, Some("ҮЛГІ АДАМ"))]
                {
                    let shown = texts.statement(&request, name, None, &operator(), ways);
                    assert_eq!(shown.lines.len(), 18);
                    for line in &shown.lines {
                        assert!(!line.is_empty() && !line.contains('{'), "{language:?}: {line}");
                    }
                    let is_named = shown.lines.iter().any(|line| line.contains("ҮЛГІ АДАМ"));
                    assert_eq!(is_named, name.is_some());
                }
            }
        }
    }

    #[test]
    fn a_consent_is_kept_with_its_eight_items_and_its_answer_is_in_the_signed_text() {
        let texts = StatementTexts::default();
        let request = request(Language::Ru, WardsAsked::All);
        let shown = texts.statement(&request, None, None, &operator(), Ways::Signature);
        let [restricted, secret] = shown.consents.as_slice() else { panic!("two consents") };
        for item in 1..=8 {
            assert!(restricted.text.contains(&format!("\n{item}) ")), "item {item}");
        }
        assert_eq!(restricted.decision, ConsentDecision::Given);
        assert_eq!(secret.decision, ConsentDecision::Refused);
        assert_eq!(secret.items, None, "it is no consent under Article 8");
        assert!(shown.lines.contains(&"Мой ответ: даю согласие.".to_owned()));
        assert!(shown.lines.contains(&"Мой ответ: не даю согласия.".to_owned()));
    }

    #[test]
    fn both_subjects_and_all_items_are_kept_as_data_too() {
        let texts = StatementTexts::default();
        let ward = Iin::parse("061211600012").unwrap();
        let applicant = Iin::parse("000229500008").unwrap();
        for (wards, subject) in [
            (WardsAsked::All, ConsentSubject::AllWards),
            (WardsAsked::Named(vec![ward]), ConsentSubject::Ward { iin: ward }),
        ] {
            let request = request(Language::Kk, wards);
            let shown = texts.statement(&request, None, None, &operator(), Ways::Signature);
            let items = shown.consents[0].items.clone().unwrap();
            let own = ConsentSubject::Applicant { iin: applicant, name: None };
            assert_eq!(items.subjects, [own, subject]);
            assert_eq!(items.operator.bin, operator().bin);
            assert!(!items.cross_border && !items.public_sources);
        }
    }

    #[test]
    fn no_line_of_the_texts_is_broken() {
        for source in [
            include_str!("../texts/statement.kk.ftl"),
            include_str!("../texts/statement.ru.ftl"),
            include_str!("../texts/statement.en.ftl"),
        ] {
            assert!(fluent_bundle::FluentResource::try_new(source.to_owned()).is_ok());
        }
    }
}
