//! The certificate: which facts stand where, and the case each word of the legal sentence takes.
//!
//! Names are never declined: the sentence points to the fields that carry them. Words are in
//! `forms/certificate.toml`. See also `refusal_form`.

use std::collections::BTreeMap;

use domain::{ActKind, Bilingual, CertificateContent, PropertyInventory, Role};
use serde::Deserialize;

use crate::compose::{Composer, FieldValue, PairKind, Rule, Text};
use crate::form::{CommonForm, MissingValue, Values, is_fixed};
use crate::render::RenderFault;
use crate::style::Style;

/// `forms/certificate.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateForm {
    pub(crate) title: Bilingual,
    statement: StatementForm,
    duties: Bilingual,
    custodian_note: Bilingual,
    as_of: Bilingual,
    pub(crate) check: Bilingual,
    pub(crate) law: Bilingual,
    groups: GroupsForm,
    labels: LabelsForm,
    act_value: Bilingual,
    roles: RolesForm,
    act_kinds: ActKindsForm,
    sheets: SheetsForm,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementForm {
    plain: Bilingual,
    with_inventory: Bilingual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupsForm {
    guardian: Bilingual,
    ward: Bilingual,
    act: Bilingual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelsForm {
    name: Bilingual,
    iin: Bilingual,
    address: Bilingual,
    birth_date: Bilingual,
    act: Bilingual,
    issuer: Bilingual,
}

/// Cases of a word in one language, by name.
type Cases = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    kk: Cases,
    ru: Cases,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RolesForm {
    guardian: Word,
    custodian: Word,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActKindsForm {
    order: Word,
    decision: Word,
    resolution: Word,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SheetsForm {
    one: String,
    many: String,
}

impl Word {
    /// A case that only one of the two languages has stands for nothing in the other.
    fn case(&self, name: &str) -> Bilingual {
        let of = |cases: &Cases| cases.get(name).cloned().unwrap_or_default();
        Bilingual { kk: of(&self.kk), ru: of(&self.ru) }
    }
}

impl CertificateForm {
    /// Composes everything above the QR code.
    pub(crate) fn compose(
        &self,
        content: &CertificateContent,
        common: &CommonForm,
        mut values: Values,
        composer: &mut Composer<'_>,
    ) -> Result<Values, RenderFault> {
        self.put_values(content, common, &mut values)?;
        self.compose_sentence(content, &values, composer)?;
        self.compose_guardian(content, &values, composer)?;
        self.compose_ward(content, common, &values, composer)?;
        self.compose_act(content, &values, composer)?;
        self.compose_closing(content, &values, composer)?;
        Ok(values)
    }

    fn put_values(
        &self,
        content: &CertificateContent,
        common: &CommonForm,
        values: &mut Values,
    ) -> Result<(), MissingValue> {
        let role = match content.role {
            Role::Guardian => &self.roles.guardian,
            Role::Custodian => &self.roles.custodian,
        };
        values.put("role", role.case("nominative"));
        values.put("role_title", role.case("title"));
        values.put("role_dative", role.case("dative"));
        values.put("role_instrumental", role.case("instrumental"));
        values.put("role_accusative", role.case("accusative"));
        values.put("ward_title", role.case("ward_title"));
        let kind = match content.act.kind {
            ActKind::Order => &self.act_kinds.order,
            ActKind::Decision => &self.act_kinds.decision,
            ActKind::Resolution => &self.act_kinds.resolution,
        };
        values.put("act_kind", kind.case("nominative"));
        values.put("act_kind_dative", kind.case("dative"));
        values.put_same("act_number", content.act.number.trim_start_matches(['№', ' ', '\u{a0}']));
        values.put("act_date", common.date(content.act.date)?);
        values.put("act_date_of", common.date_of(content.act.date)?);
        values.put_same("request_number", content.request_number.as_str());
        if let Some(inventory) = &content.inventory {
            self.put_inventory(inventory, values)?;
        }
        Ok(())
    }

    fn put_inventory(
        &self,
        inventory: &PropertyInventory,
        values: &mut Values,
    ) -> Result<(), MissingValue> {
        let file = inventory.file_number.trim_start_matches(['№', ' ', '\u{a0}']);
        values.put_same("inventory_file", file);
        values.put_same("inventory_sheets", &inventory.sheets.to_string());
        let mut count = Values::default();
        count.put_same("count", &inventory.sheets.to_string());
        let form =
            if takes_singular(inventory.sheets) { &self.sheets.one } else { &self.sheets.many };
        let ru = count.fill_one(form, domain::Language::Ru)?;
        let kk = inventory.sheets.to_string();
        values.put("inventory_sheets_prepositional", Bilingual { kk, ru });
        Ok(())
    }

    fn compose_sentence(
        &self,
        content: &CertificateContent,
        values: &Values,
        composer: &mut Composer<'_>,
    ) -> Result<(), RenderFault> {
        let template = match content.inventory {
            Some(_) => &self.statement.with_inventory,
            None => &self.statement.plain,
        };
        let text = Text { text: values.fill(template)?, fixed: false };
        let row = composer.pair(&text, Style::Statement, PairKind::Paragraph)?;
        row.space_above = 8.0;
        row.space_below = 8.0;
        Ok(())
    }

    fn compose_guardian(
        &self,
        content: &CertificateContent,
        values: &Values,
        composer: &mut Composer<'_>,
    ) -> Result<(), RenderFault> {
        composer.group(&values.fill(&self.groups.guardian)?)?;
        let name = content.guardian_name.full();
        composer.field(&self.labels.name, &FieldValue::Same(&name, Style::Name))?;
        let iin = content.guardian_iin.digits();
        composer.field(&self.labels.iin, &FieldValue::Same(&iin, Style::Value))?;
        let address = &content.guardian_address;
        composer.field(&self.labels.address, &FieldValue::Same(address, Style::Value))?;
        Ok(())
    }

    fn compose_ward(
        &self,
        content: &CertificateContent,
        common: &CommonForm,
        values: &Values,
        composer: &mut Composer<'_>,
    ) -> Result<(), RenderFault> {
        composer.group(&values.fill(&self.groups.ward)?)?;
        let name = content.ward_name.full();
        composer.field(&self.labels.name, &FieldValue::Same(&name, Style::Name))?;
        let birth_date = common.date(content.ward_birth_date)?;
        composer.field(&self.labels.birth_date, &FieldValue::Both(&birth_date))?;
        if let Some(iin) = content.ward_iin {
            composer.field(&self.labels.iin, &FieldValue::Same(&iin.digits(), Style::Value))?;
        }
        Ok(())
    }

    fn compose_act(
        &self,
        content: &CertificateContent,
        values: &Values,
        composer: &mut Composer<'_>,
    ) -> Result<(), RenderFault> {
        composer.group(&values.fill(&self.groups.act)?)?;
        let act = values.fill(&self.act_value)?;
        composer.field(&self.labels.act, &FieldValue::Both(&act))?;
        let issuer = &content.act.issuer;
        composer.field(&self.labels.issuer, &FieldValue::Same(issuer, Style::Value))?;
        Ok(())
    }

    fn compose_closing(
        &self,
        content: &CertificateContent,
        values: &Values,
        composer: &mut Composer<'_>,
    ) -> Result<(), RenderFault> {
        let mut closing = vec![&self.duties];
        if content.role == Role::Custodian {
            closing.push(&self.custodian_note);
        }
        closing.push(&self.as_of);
        for template in closing {
            let fixed = is_fixed(&template.kk) && is_fixed(&template.ru);
            let text = Text { text: values.fill(template)?, fixed };
            let row = composer.pair(&text, Style::Closing, PairKind::Paragraph)?;
            row.space_above = 6.0;
        }
        if let Some(row) = composer.last_row() {
            row.space_below = 8.0;
            row.rule = Some(Rule::Hairline);
        }
        Ok(())
    }
}

/// Russian counts 1, 21, 101 in the singular, 11 and 111 not.
fn takes_singular(count: u32) -> bool {
    count % 10 == 1 && count % 100 != 11
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_are_counted_as_russian_counts() {
        for (count, singular) in
            [(1, true), (2, false), (11, false), (21, true), (111, false), (121, true)]
        {
            assert_eq!(takes_singular(count), singular, "{count}");
        }
    }
}
