//! Which columns hold personal data, and how: the one list that both stores, archives and the tests go by.

/// How a column is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A text of a kind as a code that is the same for the same text, and can be read ([`crate::Vault::alike`]).
    Alike(&'static str),
    /// A text as a code by which alone it is found ([`crate::Vault::code`]).
    Code,
    /// A text sealed to its row, whose key is in these columns, as in `number, kind`.
    Text(&'static str),
    /// Bytes sealed to their row, whose key is in these columns.
    Bytes(&'static str),
}

use Kept::{Alike, Bytes, Code, Text};

/// IINs.
pub const PERSON: &str = "a person";
/// Telephone numbers.
pub const PHONE: &str = "a telephone number";
/// Keys of wards.
pub const WARD: &str = "a ward";
/// Whoever answers callers: an IIN, or what the software calls him.
pub const CALL_OPERATOR: &str = "an operator";

/// What a row of the journal proves, and its salt: digests over somebody from which he could be guessed.
pub const PROOF: &str = "audit.evidence";

/// Columns with personal data, as `table.column`. Those of other tables hold numbers, codes, moments and digests.
pub const PERSONAL_COLUMNS: [(&str, Kept); 109] = [
    ("annulments.ended_by", Alike(PERSON)),
    ("annulments.holder", Alike(PERSON)),
    ("annulments.proposed_by", Alike(PERSON)),
    ("annulments.remark", Text("id")),
    ("annulments.words", Text("id")),
    (PROOF, Text("sequence")),
    ("audit.subject", Alike(PERSON)),
    ("caller_acts.operator", Alike(CALL_OPERATOR)),
    ("caller_acts.person", Alike(PERSON)),
    ("challenges.document", Bytes("id")),
    ("consent_askings.iin", Alike(PERSON)),
    ("consent_askings.token", Text("iin")),
    ("consents.confirmation", Text("number, kind")),
    ("consents.items", Text("number, kind")),
    ("consents.text", Text("number, kind")),
    ("decisions.decision", Text("number")),
    ("drafts.applicant", Alike(PERSON)),
    ("drafts.consents", Text("challenge")),
    ("drafts.document", Bytes("challenge")),
    ("drafts.request", Text("challenge")),
    ("email_addresses.address", Text("iin")),
    ("email_addresses.iin", Alike(PERSON)),
    ("email_codes.address", Text("id")),
    ("email_codes.iin", Alike(PERSON)),
    ("fault_reports.operator", Alike(CALL_OPERATOR)),
    ("fault_reports.words", Text("id")),
    ("form_ends.ended_by", Alike(PERSON)),
    ("form_ends.ended_name", Text("id")),
    ("form_ends.proposed_by", Alike(PERSON)),
    ("form_ends.words", Text("id")),
    ("form_versions.basis", Text("id")),
    ("form_versions.proposed_by", Alike(PERSON)),
    ("form_versions.proposed_name", Text("id")),
    ("form_versions.reason", Text("id")),
    ("idempotency_keys.applicant", Alike(PERSON)),
    ("import_proposals.closed_by", Alike(PERSON)),
    ("import_proposals.content", Bytes("id")),
    ("import_proposals.file_name", Text("id")),
    ("import_proposals.officer", Alike(PERSON)),
    ("import_proposals.preview", Text("id")),
    ("import_proposals.reason", Text("id")),
    ("import_proposals.remark", Text("id")),
    ("imports.confirmed_by", Alike(PERSON)),
    ("imports.officer", Alike(PERSON)),
    ("imports.reason", Text("id")),
    ("notices.applicant", Alike(PERSON)),
    ("officer_sessions.iin", Alike(PERSON)),
    ("one_time_password_tries.iin", Alike(PERSON)),
    ("one_time_password_tries.phone", Alike(PHONE)),
    ("one_time_passwords.iin", Alike(PERSON)),
    ("one_time_passwords.phone", Alike(PHONE)),
    ("passkeys.iin", Alike(PERSON)),
    ("passkeys.name", Text("id")),
    ("pending_sign_ins.iin", Alike(PERSON)),
    ("pending_sign_ins.name", Text("id")),
    ("phone_signings.accepted", Text("link")),
    ("phone_signings.signature", Bytes("link")),
    ("phone_signings.signer", Alike(PERSON)),
    ("portal_exchanges.applicant", Alike(PERSON)),
    ("portal_exchanges.signature", Bytes("external_id")),
    ("record_looks.officer", Alike(PERSON)),
    ("record_looks.purpose", Text("id")),
    ("recourse_steps.answer", Text("recourse, place")),
    ("recourse_steps.document", Bytes("recourse, place")),
    ("recourse_steps.official", Alike(PERSON)),
    ("recourse_steps.words", Text("recourse, place")),
    ("recourses.applicant", Alike(PERSON)),
    ("recourses.asked", Text("number")),
    ("recourses.cms", Bytes("number")),
    ("recourses.document", Bytes("number")),
    ("recourses.evidence", Text("number")),
    ("registry_keys.guardian_name", Code),
    ("registry_keys.ward", Code),
    ("registry_keys.ward_iin", Alike(PERSON)),
    ("registry_keys.ward_name", Code),
    ("registry_keys.ward_person", Code),
    ("registry_records.guardian", Alike(PERSON)),
    ("registry_versions.payload", Text("record_key, version")),
    ("repair_requests.act_date", Text("number")),
    ("repair_requests.act_number", Text("number")),
    ("repair_requests.applicant", Alike(PERSON)),
    ("repair_requests.officer", Alike(PERSON)),
    ("repair_requests.words", Text("number")),
    ("repairs_told.applicant", Alike(PERSON)),
    ("request_notes.author", Alike(PERSON)),
    ("request_notes.author_name", Text("id")),
    ("request_notes.words", Text("id")),
    ("requests.applicant", Alike(PERSON)),
    ("requests.applicant_name", Text("number")),
    ("requests.request", Text("number")),
    ("results.content", Text("id")),
    ("results.ward_id", Alike(WARD)),
    ("results.ward_key", Alike(WARD)),
    ("sealed_documents.bytes", Bytes("result")),
    ("sessions.iin", Alike(PERSON)),
    ("sessions.name", Text("token")),
    ("signed_requests.cms", Bytes("number")),
    ("signed_requests.document", Bytes("number")),
    ("signed_requests.signature_evidence", Text("number")),
    ("staff_appointments.decided_by", Alike(PERSON)),
    ("staff_appointments.decider_name", Text("id")),
    ("staff_appointments.iin", Alike(PERSON)),
    ("staff_appointments.name", Text("id")),
    ("staff_appointments.proposed_by", Alike(PERSON)),
    ("staff_appointments.proposer_name", Text("id")),
    ("staff_appointments.reason", Text("id")),
    ("staff_appointments.remark", Text("id")),
    ("synthetic_people.iin", Alike(PERSON)),
    ("unsealed_documents.bytes", Bytes("result")),
];
