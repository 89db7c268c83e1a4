//! What the control of access is asked and how it answers: `docs/shep/kdp.xsd`, element by element.
//!
//! The words of its status are not public, so none has a meaning here: see `mod.rs`.

use domain::Iin;
use roxmltree::Node;

use crate::shep::{Children, Unfit, Writer};

use super::KdpSettings;

/// Namespace of the control's types.
const NAMESPACE: &str = "http://service.2fa-chain.kz/ns/kdp";
/// Longest token or key.
const PROOF_CHARACTERS_MAX: usize = 8_192;

/// What `data` of the question is declared as.
pub(super) fn declared() -> String {
    format!(
        "xmlns:k=\"{NAMESPACE}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:type=\"k:getUserDataRequest\""
    )
}

/// Writes the question about a person.
pub(super) fn request(data: &mut Writer, settings: &KdpSettings, person: Iin, omit_sms: bool) {
    data.text("uin", &person.digits());
    data.text("company", &settings.company);
    data.text("company_bin", &settings.company_bin.digits());
    data.text("company_responsible", &settings.company_responsible);
    data.optional("employee_name", settings.employee_name.as_deref());
    for name in &settings.access_names {
        data.text("access_name", name);
    }
    data.text("personal_data_name", &settings.personal_data_name);
    data.text("expiresIn", &settings.validity.as_millis().to_string());
    data.text("omit-sms", if omit_sms { "true" } else { "false" });
}

/// An answer.
pub(super) struct Said {
    pub(super) status: String,
    pub(super) token: Option<String>,
    pub(super) public_key: Option<String>,
}

/// Reads the data of an answer.
pub(super) fn answer(data: Node<'_, '_>) -> Result<Said, Unfit> {
    let mut fields = Children::of(data, None)?;
    let status = fields.text("status")?;
    let token = fields.optional_text("code")?.map(|text| proof(text, "code")).transpose()?;
    let public_key = fields.optional_text("public-key")?;
    let public_key = public_key.map(|text| proof(text, "public-key")).transpose()?;
    fields.end()?;
    if status.is_empty() { Err(Unfit("status")) } else { Ok(Said { status, token, public_key }) }
}

fn proof(text: String, place: &'static str) -> Result<String, Unfit> {
    let length = text.chars().count();
    if (1..=PROOF_CHARACTERS_MAX).contains(&length) { Ok(text) } else { Err(Unfit(place)) }
}
