//! The reasoned refusal: ground, what was checked, key factor, rights, and where a record can be repaired.
//!
//! It knows no reason why a guardianship ended and no child: it lists only IINs the applicant named himself. Words are
//! in `forms/refusal.toml`. See also `certificate_form`.

use domain::{Bilingual, Checked, Iin, RefusalContent, RefusalGround};
use serde::Deserialize;

use crate::compose::{Composer, FieldValue, PairKind, Rule, Text};
use crate::form::{CommonForm, Values, capitalised, is_fixed};
use crate::render::RenderFault;
use crate::style::Style;

/// Stems of what no refusal says: why a guardianship ended, or what became of a child.
pub(crate) const UNSPEAKABLE: [&str; 11] = [
    "тоқтат",
    "аяқтал",
    "шеттет",
    "босат",
    "қайтыс",
    "асырап",
    "прекращ",
    "отстран",
    "освобожд",
    "умер",
    "усынов",
];

/// `forms/refusal.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefusalForm {
    pub(crate) title: Bilingual,
    labels: LabelsForm,
    decision: SectionForm,
    checked: CheckedForm,
    automated: SectionForm,
    rights: RightsForm,
    repair: RepairForm,
    pub(crate) check: Bilingual,
    pub(crate) law: Bilingual,
    grounds: GroundsForm,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelsForm {
    applicant: Bilingual,
    named_wards: Bilingual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionForm {
    heading: Bilingual,
    text: Bilingual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckedForm {
    heading: Bilingual,
    data_bank: Bilingual,
    consent: Bilingual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RightsForm {
    heading: Bilingual,
    items: Vec<Bilingual>,
    term: Bilingual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RepairForm {
    heading: Bilingual,
    office: Bilingual,
    again: Bilingual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroundsForm {
    no_guardian_record: GroundForm,
    no_consent: GroundForm,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroundForm {
    subitem: String,
    text: Bilingual,
    key_factor: Bilingual,
    key_factor_named: Bilingual,
    repair: Bilingual,
}

impl RefusalForm {
    fn ground(&self, ground: RefusalGround) -> &GroundForm {
        match ground {
            RefusalGround::NoGuardianRecord => &self.grounds.no_guardian_record,
            RefusalGround::NoConsent => &self.grounds.no_consent,
        }
    }

    /// Composes everything above the QR code.
    pub(crate) fn compose(
        &self,
        content: &RefusalContent,
        common: &CommonForm,
        mut values: Values,
        composer: &mut Composer<'_>,
    ) -> Result<Values, RenderFault> {
        self.put_values(content, &mut values);
        self.compose_fields(content, composer)?;
        let decision = [&self.decision.text];
        section(&self.decision.heading, &decision, &values, composer)?;
        self.compose_checked(content, common, composer)?;
        let automated = [&self.automated.text];
        section(&self.automated.heading, &automated, &values, composer)?;
        self.compose_rights(&values, composer)?;
        let repair = &self.ground(content.ground).repair;
        let texts = [repair, &self.repair.office, &self.repair.again];
        section(&self.repair.heading, &texts, &values, composer)?;
        if let Some(row) = composer.last_row() {
            row.space_below = 8.0;
            row.rule = Some(Rule::Hairline);
        }
        Ok(values)
    }

    fn put_values(&self, content: &RefusalContent, values: &mut Values) {
        let ground = self.ground(content.ground);
        values.put_same("request_number", content.request_number.as_str());
        values.put_same("subitem", &ground.subitem);
        values.put("ground", ground.text.clone());
        let about_all = content.named_wards.is_empty();
        let factor = if about_all { &ground.key_factor } else { &ground.key_factor_named };
        values.put("key_factor", factor.clone());
        values.put("provider", capitalised(&content.provider.name));
        values.put("provider_address", content.provider.address.clone());
        values.put_same("provider_phone", &content.provider.phone);
    }

    fn compose_fields(
        &self,
        content: &RefusalContent,
        composer: &mut Composer<'_>,
    ) -> Result<(), RenderFault> {
        if let Some(row) = composer.last_row() {
            row.space_below = 6.0;
            row.rule = Some(Rule::Hairline);
        }
        let labels = &self.labels;
        let name = &content.applicant_name;
        let iin = content.applicant_iin.digits();
        composer.field(&labels.applicant, &FieldValue::Person { name, iin: &iin })?;
        if !content.named_wards.is_empty() {
            let named: Vec<String> = content.named_wards.iter().map(Iin::digits).collect();
            let value = FieldValue::Same(&named.join(", "), Style::Value);
            composer.field(&labels.named_wards, &value)?;
        }
        Ok(())
    }

    fn compose_checked(
        &self,
        content: &RefusalContent,
        common: &CommonForm,
        composer: &mut Composer<'_>,
    ) -> Result<(), RenderFault> {
        heading(&self.checked.heading, composer)?;
        for checked in &content.checked {
            let (template, at) = match checked {
                Checked::Consent { at } => (&self.checked.consent, at),
                Checked::DataBank { at } => (&self.checked.data_bank, at),
            };
            let mut values = Values::default();
            values.put("checked_at", common.instant(*at)?);
            let text = Text { text: values.fill(template)?, fixed: false };
            composer.pair(&text, Style::Paragraph, PairKind::Paragraph)?;
        }
        Ok(())
    }

    fn compose_rights(
        &self,
        values: &Values,
        composer: &mut Composer<'_>,
    ) -> Result<(), RenderFault> {
        heading(&self.rights.heading, composer)?;
        for (place, item) in self.rights.items.iter().enumerate() {
            let numbered = |text: &str| format!("{}) {text}", place + 1);
            let text = Bilingual { kk: numbered(&item.kk), ru: numbered(&item.ru) };
            composer.pair(&Text::fixed(&text), Style::Paragraph, PairKind::Item)?;
        }
        let text =
            Text { text: values.fill(&self.rights.term)?, fixed: is_fixed(&self.rights.term.kk) };
        composer.pair(&text, Style::Paragraph, PairKind::Paragraph)?;
        Ok(())
    }
}

fn heading(text: &Bilingual, composer: &mut Composer<'_>) -> Result<(), RenderFault> {
    let row = composer.pair(&Text::fixed(text), Style::Heading, PairKind::Heading)?;
    row.space_above = 4.0;
    row.space_below = 1.0;
    Ok(())
}

pub(crate) fn section(
    title: &Bilingual,
    templates: &[&Bilingual],
    values: &Values,
    composer: &mut Composer<'_>,
) -> Result<(), RenderFault> {
    heading(title, composer)?;
    for template in templates {
        let fixed = is_fixed(&template.kk) && is_fixed(&template.ru);
        let text = Text { text: values.fill(template)?, fixed };
        composer.pair(&text, Style::Paragraph, PairKind::Paragraph)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::UNSPEAKABLE;
    use crate::form::Forms;

    /// Item 9 of the list of basic requirements, word for word.
    const ITEM_9_1: &str = "Жетім балалардың, ата-аналарының қамқорлығынсыз қалған балалардың және балаларды өз \
                            отбасына тәрбиелеуге қабылдауға тілек білдірген адамдардың республикалық деректер \
                            банкінде қорғаншы немесе қамқоршы туралы мәліметтердің болмауы";
    const ITEM_9_2: &str = "көрсетілетін қызметті алушының мемлекеттік қызмет көрсету үшін талап етілетін, \
                            «Дербес деректер және оларды қорғау туралы» Қазақстан Республикасы Заңының 8-бабына \
                            сәйкес берілетін қолжетімділігі шектеулі дербес деректерге қол жеткізуге келісімі \
                            болмауы";

    #[test]
    fn the_grounds_are_given_in_the_words_of_the_list() {
        let grounds = Forms::embedded().unwrap().refusal.grounds;
        assert_eq!(grounds.no_guardian_record.text.kk, ITEM_9_1);
        assert_eq!(grounds.no_guardian_record.subitem, "1");
        assert_eq!(grounds.no_consent.text.kk, ITEM_9_2);
        assert_eq!(grounds.no_consent.subitem, "2");
    }

    #[test]
    fn the_rights_name_review_by_a_person_both_complaints_and_the_court() {
        let rights = Forms::embedded().unwrap().refusal.rights;
        let all = |text: fn(&domain::Bilingual) -> &str| {
            rights.items.iter().map(text).collect::<Vec<_>>().join(" ")
        };
        for word in ["қайта қарауын", "5 жұмыс күні", "25-бабы", "15 жұмыс күні", "сотқа жүгінуге"]
        {
            assert!(all(|text| &text.kk).contains(word), "{word}");
        }
        for word in ["пересмотра", "5 рабочих дней", "статья 25", "15 рабочих дней", "в суд"]
        {
            assert!(all(|text| &text.ru).contains(word), "{word}");
        }
        assert!(rights.term.kk.contains("3 ай") && rights.term.ru.contains("статья 92"));
    }

    #[test]
    fn no_refusal_speaks_of_ended_guardianships_or_of_what_became_of_a_child() {
        let source = crate::form::SOURCES.iter().find(|source| source.name == "refusal").unwrap();
        let text: String = source
            .text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect::<String>()
            .to_lowercase();
        for word in UNSPEAKABLE {
            assert!(!text.contains(word), "{word}");
        }
    }
}
