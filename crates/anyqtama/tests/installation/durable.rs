//! Every durable step of the program, and where a crash before and after it is drilled. What is missing here fails
//! `crash.rs`; what stands here and is not drilled fails the drill it stands with. Exchanges with the portal of the
//! e-government, a port of their own, are drilled in `shep/egov_portal.rs`; so is the outbox, in `crash_beside.rs`.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeSet;

/// Points on the way of a request from its draft to its answer, in their order, and round what makes the documents
/// between them: `crash.rs`.
pub const ON_THE_WAY: [&str; 17] = [
    "before:put_draft",
    "after:put_draft",
    "before:register",
    "after:register",
    "after:lease_job",
    "before:commit_decided",
    "after:commit_decided",
    "before:sign_facts",
    "after:sign_facts",
    "before:render",
    "after:render",
    "before:commit_intended",
    "after:commit_intended",
    "before:seal",
    "after:seal",
    "before:commit_issued",
    "after:commit_issued",
];

/// Calls beside this way, while the data bank is silent: `crash_beside.rs`.
pub const IN_SILENCE: [&str; 3] = ["commit_waiting", "raise_alarm", "release_waiting"];

/// Calls beside this way, of the worker, the watchdog and those who check: `crash_beside.rs`.
pub const OF_DUTY: [&str; 6] =
    ["append_audit", "erase_requests", "postpone_job", "put_root", "remove_expired", "stamp_root"];

/// Calls of commands and of people who sign in: `crash_commands.rs`.
pub const BY_COMMANDS: [&str; 8] = [
    "apply_import",
    "close_session",
    "load",
    "open_session",
    "put_break",
    "put_challenge",
    "start_number_class",
    "withdraw_break",
];

/// Calls of signing by telephone: `crash_phone.rs`.
pub const BY_TELEPHONE: [&str; 3] =
    ["accept_phone_signature", "put_phone_signing", "refuse_phone_signature"];
/// Calls for officers, in the order in which they are drilled: `crash/office.rs`.
pub const BY_OFFICERS: [&str; 12] = [
    "open_officer_session",
    "prolong_officer_session",
    "close_officer_session",
    "put_proposal",
    "note_preview",
    "ask_second_person",
    "close_proposal",
    "note_look",
    "open_repair",
    "answer_repair",
    "tell_repaired",
    "put_repair_mark",
];
/// Why not round these: what a process leaves behind there lives for minutes.
const PASSWORDS: &str = "one row that counts for an hour at most; without it, or with it and no message, another is sent";
const SECOND_STEP: &str =
    "one transaction like that of `open_session`; whoever is cut off signs in again";

const ASKING: &str = "nothing is registered yet; the next look at the page goes on with the question where its lease ended";
const WITHDRAWAL: &str = "one transaction, and twice is the same as once: whoever heard nothing presses the button again";
const CASE: &str = "one transaction of a form, which the second time changes nothing and says so";
const NOTE: &str = "one transaction; whoever is cut off sees whether his note is there";
const RECOURSE: &str = "one transaction of a form, which the second time changes nothing, or a step of the watchdog's round that has \
                        one place: the next round goes on behind the last step (`app/src/use_cases/recourses.rs`)";
const FORM: &str = "one transaction of a form; who heard nothing opens the page again, which shows whether it is done";
const PEOPLE: &str = "one transaction of a form; whoever heard nothing finds it in the list, and the second time changes nothing";
const PASSKEY: &str = "one transaction that uses its challenge up; whoever is cut off begins anew, and sees whether his passkey is there";
const KEYS: &str = "made again from the records by the next round of any node";
const SYNTHETIC: &str =
    "one row, written again by whoever starts; nobody asks as this person before it is there";
const ERASURE: &str =
    "one transaction of what is no evidence; the next round of any node goes on with what is left";
const WAIT: &str = "no evidence; the next round finds the same of the certificates";
const ATTEMPT: &str =
    "a number that lives for an hour; where it is lost somebody may try once more";
const CALLER: &str =
    "one transaction before anything is told or done; whoever is cut off is asked again";

/// Points at which nothing is drilled, each with its reason.
pub const NOT_DRILLED: [(&str, &str); 65] = [
    ("before:erase", ERASURE),
    ("after:erase", ERASURE),
    ("before:wait_to_erase", WAIT),
    ("after:wait_to_erase", WAIT),
    ("before:count_attempt", ATTEMPT),
    ("after:count_attempt", ATTEMPT),
    ("before:take_back_attempt", ATTEMPT),
    ("after:take_back_attempt", ATTEMPT),
    ("before:propose_annulment", CASE),
    ("after:propose_annulment", CASE),
    ("before:end_annulment", CASE),
    ("after:end_annulment", CASE),
    ("before:put_note", NOTE),
    ("after:put_note", NOTE),
    ("before:note_caller_act", CALLER),
    ("after:note_caller_act", CALLER),
    ("before:put_fault_report", CALLER),
    ("after:put_fault_report", CALLER),
    ("before:open_recourse", RECOURSE),
    ("after:open_recourse", RECOURSE),
    ("before:add_recourse_step", RECOURSE),
    ("after:add_recourse_step", RECOURSE),
    ("before:put_synthetic_person", SYNTHETIC),
    ("after:put_synthetic_person", SYNTHETIC),
    ("before:write_missing_keys", KEYS),
    ("after:write_missing_keys", KEYS),
    ("before:lease_job", "an idle worker asks all the time, and before a lease nothing is begun"),
    ("before:ping", "the health check counts its writes; nobody reads them"),
    ("after:ping", "the health check counts its writes; nobody reads them"),
    ("before:begin_asking", ASKING),
    ("after:begin_asking", ASKING),
    ("before:take_asking", ASKING),
    ("after:take_asking", ASKING),
    ("before:note_asking", ASKING),
    ("after:note_asking", ASKING),
    ("before:answer_asking", ASKING),
    ("after:answer_asking", ASKING),
    ("before:forget_proofs", ASKING),
    ("after:forget_proofs", ASKING),
    ("before:withdraw_consent", WITHDRAWAL),
    ("after:withdraw_consent", WITHDRAWAL),
    ("before:propose_form", FORM),
    ("after:propose_form", FORM),
    ("before:end_form", FORM),
    ("after:end_form", FORM),
    ("before:propose_appointment", PEOPLE),
    ("after:propose_appointment", PEOPLE),
    ("before:decide_appointment", PEOPLE),
    ("after:decide_appointment", PEOPLE),
    ("before:add_passkey", PASSKEY),
    ("after:add_passkey", PASSKEY),
    ("before:remove_passkey", PASSKEY),
    ("after:remove_passkey", PASSKEY),
    ("before:open_session_by_passkey", PASSKEY),
    ("after:open_session_by_passkey", PASSKEY),
    ("before:put_password", PASSWORDS),
    ("after:put_password", PASSWORDS),
    ("before:password_not_sent", PASSWORDS),
    ("after:password_not_sent", PASSWORDS),
    ("before:try_password", PASSWORDS),
    ("after:try_password", PASSWORDS),
    ("before:hold_sign_in", SECOND_STEP),
    ("after:hold_sign_in", SECOND_STEP),
    ("before:open_session_by_password", SECOND_STEP),
    ("after:open_session_by_password", SECOND_STEP),
];

/// Methods that write nothing.
pub const READS: [&str; 107] = [
    "annulled_at",
    "annulled_of",
    "annulment",
    "annulments_of",
    "answer_bytes",
    "answered_recourse",
    "appointed",
    "appointment",
    "appointment_digests",
    "appointments_in_force",
    "asking",
    "asking_of",
    "audit_from",
    "audit_of",
    "audit_of_subject",
    "breaks_after",
    "challenge",
    "challenge_of",
    "consents_between",
    "consents_by",
    "consents_of",
    "decision",
    "document",
    "draft",
    "erasable",
    "erased_between",
    "erased_by",
    "erased_document",
    "erased_requests",
    "evidence",
    "exceptions",
    "export",
    "fault_counts",
    "fault_reports",
    "figures_between",
    "figures_of",
    "find_records",
    "first_figure",
    "form",
    "form_digests",
    "form_in_force",
    "forms",
    "guardian_of_record",
    "guardian_record",
    "guardian_record_at",
    "history_of",
    "idempotent",
    "import_digests",
    "job_counts",
    "journal_head",
    "keepers",
    "last_import",
    "last_import_at",
    "last_released_form",
    "latest_appointments",
    "look_words",
    "measured",
    "misplaced_records",
    "notes_of",
    "notices_of",
    "notices_sent_again",
    "number_class",
    "number_classes",
    "numbers_after",
    "officer_session",
    "open_annulments",
    "open_recourses",
    "open_requests",
    "passkey",
    "passkeys_of",
    "passwords",
    "pending_sign_in",
    "phone_signing",
    "present_records",
    "preview_import",
    "proposal",
    "proposal_content",
    "proposals_of",
    "records_kept_by",
    "recourse",
    "recourse_departments",
    "recourse_proof",
    "recourses_at",
    "recourses_by",
    "recourses_of",
    "refused_in_import",
    "refused_since",
    "related_records",
    "released_form",
    "repair_mark",
    "repair_of",
    "repairs_at",
    "repairs_told",
    "request",
    "request_counts",
    "requests_due",
    "requests_of",
    "result",
    "result_by_digest",
    "result_by_number",
    "result_by_token",
    "results_of",
    "roots",
    "schema_version",
    "session",
    "unsealed",
    "withdrawal_of",
];

/// Before and after each of these calls.
pub fn around(calls: &[&str]) -> BTreeSet<String> {
    calls.iter().flat_map(|call| ["before", "after"].map(|when| format!("{when}:{call}"))).collect()
}

/// Methods of a trait, by its name in its file.
pub fn methods(file: &str, name: &str) -> Vec<String> {
    let (_, rest) = file.split_once(&format!("\npub trait {name}:")).unwrap();
    let (body, _) = rest.split_once("\n}\n").unwrap();
    let lines = body.lines().filter_map(|line| line.trim().strip_prefix("async fn "));
    lines.map(|line| line.split(['(', '<']).next().unwrap().to_owned()).collect()
}

/// Names of what a transition may store, as crash points have them.
pub fn commits() -> Vec<String> {
    let intercepted = include_str!("../../../app/src/testing/intercepted.rs");
    let named = intercepted.split("=> \"commit_").skip(1);
    named.map(|rest| format!("commit_{}", rest.split('"').next().unwrap())).collect()
}
