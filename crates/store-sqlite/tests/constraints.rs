//! What may never happen is forbidden by the database itself, even to somebody who writes SQL by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it is broken")]

use std::sync::Arc;

use app::testing::samples::{
    answered, batch, decide, draft, ended, event, form_end, form_proposal, iin, intend, leased,
    moment, number, planned_certificate, registered, registration, registry_row,
};
use app::{
    Actor, AuditAction, AuditEvent, AuditFault, FormOutcome, NewPassword, PasswordBinding,
    PasswordPurpose, Registration, Registry, RequestErasure, Store, verify_chain,
};
use domain::{NumberKind, PhoneNumber};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{AssertSqlSafe, query, query_as, query_scalar};
use store_sqlite::SqliteStore;

struct Database {
    store: Arc<dyn Store>,
    registry: SqliteStore,
    raw: SqlitePool,
    _folder: tempfile::TempDir,
}

async fn database() -> Database {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anyqtama.db");
    let store = SqliteStore::open(&format!("sqlite://{}", path.display())).await.unwrap();
    store.migrate().await.unwrap();
    let options = SqliteConnectOptions::new().filename(&path).foreign_keys(true);
    let raw = SqlitePool::connect_with(options).await.unwrap();
    Database { store: Arc::new(store.clone()), registry: store, raw, _folder: folder }
}

impl Database {
    async fn run(&self, sql: &str) -> Result<u64, String> {
        let done = query(AssertSqlSafe(sql.to_owned())).execute(&self.raw).await;
        done.map(|done| done.rows_affected()).map_err(|error| error.to_string())
    }

    /// Each statement must fail by the constraint named before it.
    async fn assert_forbidden(&self, statements: &[(&str, &str)]) {
        for (constraint, sql) in statements {
            let error = self.run(sql).await.expect_err(sql);
            assert!(error.contains(constraint), "{sql}: {error}");
        }
    }
}

#[tokio::test]
async fn an_ended_request_never_changes() {
    let database = database().await;
    let number = registered(&database.store, 1).await;
    answered(&database.store, &number, 1).await;
    database
        .assert_forbidden(&[
            ("requests_forward", "UPDATE requests SET state = 'refused', version = version + 1"),
            (
                "requests_forward",
                "UPDATE requests SET state = 'accepted', step = 'registered', ended_at = NULL,
                 version = version + 1",
            ),
            ("requests_kept", "DELETE FROM requests"),
        ])
        .await;
}

#[tokio::test]
async fn an_open_request_goes_forward_only_and_only_with_its_documents() {
    let database = database().await;
    let number = registered(&database.store, 1).await;
    let decided = "UPDATE requests SET step = 'decided', version = version + 1";
    let intended = "UPDATE requests SET step = 'intended', version = version + 1";
    let issued = "UPDATE requests SET step = 'issued', state = 'granted', ended_at = 1,
                  version = version + 1";
    database
        .assert_forbidden(&[
            ("requests_decided", decided),
            ("requests_forward", intended),
            ("requests_forward", issued),
            ("requests_forward", "UPDATE requests SET version = version + 2"),
            ("requests_forward", "UPDATE requests SET due_at = due_at + 1, version = version + 1"),
            ("requests_forward", "UPDATE requests SET applicant = '', version = version + 1"),
            ("requests_forward", "UPDATE requests SET asked_language = '', version = version + 1"),
            ("requests_end", "UPDATE requests SET state = 'refused', version = version + 1"),
            ("requests_end", "UPDATE requests SET ended_at = 1, version = version + 1"),
            ("requests_state", "UPDATE requests SET state = 'lost', version = version + 1"),
            ("jobs_until_answered", "DELETE FROM jobs"),
            ("FOREIGN KEY", "INSERT INTO jobs (number, run_at) VALUES ('S-2222-2222-2', 1)"),
        ])
        .await;
    let lease = leased(&database.store, 1).await;
    decide(&database.store, &lease, vec![planned_certificate(&number, iin(1), 1)]).await;
    database
        .assert_forbidden(&[
            ("requests_intended", intended),
            ("requests_forward", "UPDATE requests SET step = 'registered', version = version + 1"),
        ])
        .await;
    intend(&database.store, &lease).await;
    database.assert_forbidden(&[("requests_issued", issued)]).await;
}

#[tokio::test]
async fn a_person_has_one_open_request_and_a_draft_becomes_one_request() {
    let database = database().await;
    registered(&database.store, 1).await;
    let second = "INSERT INTO requests SELECT 'S-other', applicant, applicant_name, request,
                  accepted_at, due_at, channel, state, step, version, ended_at, asked_language,
                  asked_provider FROM requests";
    database
        .assert_forbidden(&[
            ("UNIQUE constraint failed: requests.applicant", second),
            ("drafts_used_once", "UPDATE drafts SET became = NULL"),
        ])
        .await;
}

#[tokio::test]
async fn a_draft_that_led_to_the_open_request_leads_there_for_good() {
    let database = database().await;
    registered(&database.store, 1).await;
    let late = draft(iin(1), "late");
    database.store.put_draft(&late).await.unwrap();
    database.store.register(&registration(&late, 9, "late")).await.unwrap();
    let led = "WHERE challenge = 'late'";
    let both =
        "INSERT INTO drafts SELECT 'both', applicant, request, consents, document, prepared_at,
                expires_at, led_to, led_to FROM drafts WHERE challenge = 'late'";
    let nowhere = "INSERT INTO drafts SELECT 'nowhere', applicant, request, consents, document,
                   prepared_at, expires_at, NULL, 'S-none' FROM drafts WHERE challenge = 'late'";
    database
        .assert_forbidden(&[
            ("drafts_led_once", &format!("UPDATE drafts SET led_to = NULL {led}")),
            ("drafts_led_once", &format!("UPDATE drafts SET became = led_to, led_to = NULL {led}")),
            ("drafts_one_end", both),
            ("FOREIGN KEY", nowhere),
        ])
        .await;
}

#[tokio::test]
async fn what_was_signed_and_decided_never_changes() {
    let database = database().await;
    let number = registered(&database.store, 1).await;
    answered(&database.store, &number, 1).await;
    database
        .assert_forbidden(&[
            ("signed_requests_fixed", "UPDATE signed_requests SET cms = x'00'"),
            ("signed_requests_kept", "DELETE FROM signed_requests"),
            ("consents_fixed", "UPDATE consents SET decision = 'refused'"),
            ("consents_kept", "DELETE FROM consents"),
            ("decisions_fixed", "UPDATE decisions SET decision = '{}'"),
            ("decisions_kept", "DELETE FROM decisions"),
        ])
        .await;
}

#[tokio::test]
async fn what_was_signed_is_kept_byte_for_byte_with_its_evidence() {
    let database = database().await;
    let mut draft = draft(iin(1), "challenge");
    draft.document = (0..=255).collect();
    database.store.put_draft(&draft).await.unwrap();
    let mut registration = registration(&draft, 1, "key");
    registration.cms = (0..=255).rev().collect();
    registration.signature_evidence = r#"{"chain":["…"]}"#.to_owned();
    database.store.register(&registration).await.unwrap();
    let kept: (String, Vec<u8>, Vec<u8>, String) =
        sqlx::query_as("SELECT number, document, cms, signature_evidence FROM signed_requests")
            .fetch_one(&database.raw)
            .await
            .unwrap();
    let Registration { number, document, cms, signature_evidence, .. } = registration;
    assert_eq!(kept, (number.to_string(), document, cms, signature_evidence));
}

#[tokio::test]
async fn sealed_bytes_and_numbers_never_change() {
    let database = database().await;
    let number = registered(&database.store, 1).await;
    answered(&database.store, &number, 1).await;
    let another = "INSERT INTO results (id, request, place, ward_key, token, number, kind, content)
                   SELECT 'x', request, 9, 'another', 'x', 'x', kind, content FROM results";
    database
        .assert_forbidden(&[
            ("sealed_documents_fixed", "UPDATE sealed_documents SET bytes = x'00'"),
            ("sealed_documents_kept", "DELETE FROM sealed_documents"),
            (
                "sealed_documents_after_intent",
                "INSERT OR REPLACE INTO sealed_documents SELECT result, x'00' FROM sealed_documents",
            ),
            ("results_fixed", "UPDATE results SET digest = ''"),
            ("results_fixed", "UPDATE results SET number = 'A-2222-2222-2'"),
            ("results_kept", "DELETE FROM results"),
            ("results_planned_once", another),
        ])
        .await;
}

#[tokio::test]
async fn nothing_is_sealed_that_was_not_stored() {
    let database = database().await;
    let number = registered(&database.store, 1).await;
    let lease = leased(&database.store, 1).await;
    decide(&database.store, &lease, vec![planned_certificate(&number, iin(1), 1)]).await;
    let seal = "INSERT INTO sealed_documents SELECT id, x'00' FROM results";
    database.assert_forbidden(&[("sealed_documents_after_intent", seal)]).await;
    intend(&database.store, &lease).await;
    database
        .assert_forbidden(&[
            ("unsealed_documents_fixed", "UPDATE unsealed_documents SET bytes = x'00'"),
            ("unsealed_documents_until_sealed", "DELETE FROM unsealed_documents"),
        ])
        .await;
}

#[tokio::test]
async fn the_journal_is_appended_to_and_nothing_else() {
    let database = database().await;
    registered(&database.store, 1).await;
    let gap = "INSERT INTO audit SELECT sequence + 2, at_ms, actor, action, request, subject,
               detail, evidence, hash FROM audit";
    database
        .assert_forbidden(&[
            ("audit_fixed", "UPDATE audit SET detail = 'other'"),
            ("audit_kept", "DELETE FROM audit"),
            ("audit_without_gaps", gap),
        ])
        .await;
}

#[tokio::test]
async fn a_journal_altered_by_the_owner_of_the_file_is_found() {
    let database = database().await;
    for index in 1..4 {
        registered(&database.store, index).await;
    }
    database.run("DROP TRIGGER audit_fixed").await.unwrap();
    database.run("UPDATE audit SET subject = '' WHERE sequence = 2").await.unwrap();
    let rows = database.store.audit_from(1, 10).await.unwrap();
    assert_eq!(verify_chain(&rows, 1, ""), Err(AuditFault::Altered(2)));
    database.run("DROP TRIGGER audit_kept").await.unwrap();
    database.run("DELETE FROM audit WHERE sequence = 2").await.unwrap();
    let rows = database.store.audit_from(1, 10).await.unwrap();
    assert_eq!(verify_chain(&rows, 1, ""), Err(AuditFault::Gap(3)));
}

#[tokio::test]
async fn the_registry_keeps_every_version() {
    let database = database().await;
    let row = registry_row(iin(1), "ward-a");
    for (seconds, row) in [(1, row.clone()), (2, row.clone()), (3, ended(&row)), (4, row)] {
        database.registry.apply_import(&batch(seconds, vec![row])).await.unwrap();
    }
    let moments: Vec<i64> =
        query_scalar("SELECT recorded_at FROM registry_versions ORDER BY version")
            .fetch_all(&database.raw)
            .await
            .unwrap();
    assert_eq!(moments, [1, 3, 4].map(|seconds| moment(seconds).as_millisecond()));
    let imports: i64 =
        query_scalar("SELECT COUNT(*) FROM imports").fetch_one(&database.raw).await.unwrap();
    assert_eq!(imports, 4);
    database
        .assert_forbidden(&[
            ("registry_versions_fixed", "UPDATE registry_versions SET payload = '{}'"),
            ("registry_versions_kept", "DELETE FROM registry_versions"),
            ("registry_records_kept", "DELETE FROM registry_records"),
            ("registry_records_forward", "UPDATE registry_records SET present_version = 1"),
            ("FOREIGN KEY", "UPDATE registry_records SET present_version = present_version + 1"),
            ("imports_fixed", "UPDATE imports SET new_count = 0"),
            ("imports_kept", "DELETE FROM imports"),
        ])
        .await;
}

#[tokio::test]
async fn tables_take_no_value_of_another_type() {
    let database = database().await;
    let text_as_moment = "INSERT INTO challenges VALUES ('id', x'00', 'tomorrow')";
    database.assert_forbidden(&[("cannot store TEXT value", text_as_moment)]).await;
    let tables: Vec<(String, i64)> = sqlx::query_as(
        "SELECT name, strict FROM pragma_table_list
         WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\'",
    )
    .fetch_all(&database.raw)
    .await
    .unwrap();
    assert!(tables.len() > 15);
    for (table, strict) in tables {
        assert_eq!(strict, 1, "{table}");
    }
}

#[tokio::test]
async fn a_number_of_another_kind_of_document_is_no_obstacle() {
    let database = database().await;
    let number_of_request = registered(&database.store, 1).await;
    let planned = answered(&database.store, &number_of_request, 1).await;
    assert_eq!(*planned.content.number(), number(NumberKind::Certificate, 1));
}

#[tokio::test]
async fn a_password_is_used_once_and_stays_what_it_is() {
    let database = database().await;
    let binding = PasswordBinding::to(iin(1), PasswordPurpose::Request, b"text");
    let phone = PhoneNumber::parse("+77010000042").unwrap();
    let drawn = ("id".to_owned(), "salt".to_owned(), "123456");
    let password = NewPassword::new(binding, phone, drawn, moment(0));
    database.store.put_password(&password).await.unwrap();
    database
        .assert_forbidden(&[
            ("one_time_passwords_bound", "UPDATE one_time_passwords SET document = 'other'"),
            ("one_time_passwords_bound", "UPDATE one_time_passwords SET hash = 'other'"),
            (
                "one_time_passwords_bound",
                "UPDATE one_time_passwords SET expires_at = expires_at + 1",
            ),
        ])
        .await;
    database.run("UPDATE one_time_passwords SET used_at = 1").await.unwrap();
    database
        .assert_forbidden(&[
            ("one_time_passwords_used_once", "UPDATE one_time_passwords SET used_at = NULL"),
            ("one_time_passwords_used_once", "UPDATE one_time_passwords SET used_at = 2"),
        ])
        .await;
}

#[tokio::test]
async fn reviews_and_complaints_only_get_steps() {
    let database = database().await;
    let number = registered(&database.store, 1).await;
    let insert = |number: &str, request: &str, kind: &str, key: &str| {
        format!(
            "INSERT INTO recourses (number, request, kind, applicant, provider, form_key, opened_at,
                 asked, document, cms, evidence)
             VALUES ('{number}', '{request}', '{kind}', 'a', 'p', '{key}', 1, '{{}}', x'', x'', '')"
        )
    };
    let step = |place: i64, kind: &str, more: &str| {
        format!(
            "INSERT INTO recourse_steps (recourse, place, kind, at_ms, body, due_at, words, official,
                 answer, answer_number, token, document, digest)
             VALUES ('q1', {place}, '{kind}', 1, 'head', 2, '', {more})"
        )
    };
    const NONE: &str = "NULL, NULL, NULL, NULL, NULL, NULL";
    let answer = "NULL, '{}', 'j1', 't1', NULL, NULL";
    let bytes = "NULL, NULL, NULL, NULL, x'', 'd'";
    database.run(&insert("q1", number.as_str(), "review", "f1")).await.unwrap();
    database.run(&step(0, "opened", NONE)).await.unwrap();
    database.run(&step(1, "answered", answer)).await.unwrap();
    database
        .assert_forbidden(&[
            ("recourses.request", &insert("q2", number.as_str(), "review", "f2")),
            (
                "recourses.applicant, recourses.form_key",
                &insert("q2", number.as_str(), "complaint", "f1"),
            ),
            ("recourses_kind", &insert("q2", number.as_str(), "request", "f2")),
            ("FOREIGN KEY", &insert("q2", "none", "complaint", "f2")),
            ("recourses_fixed", "UPDATE recourses SET asked = ''"),
            ("recourses_kept", "DELETE FROM recourses"),
            ("recourse_steps_first", &step(2, "opened", NONE)),
            ("recourse_steps_kind", &step(2, "closed", NONE)),
            ("recourse_steps_answer", &step(2, "overdue", answer)),
            ("recourse_steps_answer", &step(2, "answered", NONE)),
            ("recourse_steps_document", &step(2, "issued", NONE)),
            ("recourse_steps_document", &step(2, "overdue", bytes)),
            ("recourse_steps_fixed", "UPDATE recourse_steps SET words = 'x'"),
            ("recourse_steps_kept", "DELETE FROM recourse_steps"),
        ])
        .await;
}

#[tokio::test]
async fn what_was_proposed_and_decided_about_people_stays_and_needs_two() {
    let database = database().await;
    let insert = |id: &str, who: [u32; 3], state: &str| {
        let [about, proposer, decider] = who;
        let (state, decided) = match state {
            "open" => ("open", "NULL, NULL, NULL".to_owned()),
            state => (state, format!("'{decider}', 'n', 2")),
        };
        format!(
            "INSERT INTO staff_appointments (id, kind, iin, name, workplace, roles, reason,
                 proposed_by, proposer_name, proposed_at, state, decided_by, decider_name, decided_at)
             VALUES ('{id}', 'appointment', '{about}', 'n', 'w', 'officer', 'r', '{proposer}', 'n', 1,
                 '{state}', {decided})"
        )
    };
    database.run(&insert("a", [1, 2, 3], "confirmed")).await.unwrap();
    database.run(&insert("b", [4, 2, 3], "open")).await.unwrap();
    database
        .assert_forbidden(&[
            (
                "staff_appointments_decided_once",
                "UPDATE staff_appointments SET remark = 'x' WHERE id = 'a'",
            ),
            (
                "staff_appointments_fixed",
                "UPDATE staff_appointments SET roles = 'head' WHERE id = 'b'",
            ),
            ("staff_appointments_kept", "DELETE FROM staff_appointments WHERE id = 'b'"),
            (
                "staff_appointments_decided",
                "UPDATE staff_appointments SET state = 'confirmed'
                 WHERE id = 'b'",
            ),
            ("staff_appointments_second_person", &*insert("c", [1, 2, 2], "confirmed")),
            ("staff_appointments_not_oneself", &*insert("c", [1, 1, 3], "open")),
            ("staff_appointments_not_oneself", &*insert("c", [1, 2, 1], "turned_down")),
            ("staff_appointments_state", &*insert("c", [1, 2, 3], "forgotten")),
        ])
        .await;
    database.run(&insert("c", [1, 2, 2], "withdrawn")).await.unwrap();
}

#[tokio::test]
async fn a_form_is_released_by_another_than_proposed_it_and_never_changes() {
    let database = database().await;
    let audit = event(AuditAction::FormProposed, None, None);
    for id in ["ended", "open"] {
        let proposal = form_proposal(id, iin(1), 10);
        database.store.propose_form(&proposal, &audit).await.unwrap();
    }
    let released = FormOutcome::Released { number: 1, effective_from: moment(60) };
    let end = form_end(&form_proposal("ended", iin(1), 10), released, iin(2), 20);
    assert!(database.store.end_form(&end, &audit).await.unwrap());
    let insert = |values: &str| {
        format!(
            "INSERT INTO form_ends (id, proposed_by, outcome, number, effective_from, words, ended_by,
                 ended_name, ended_at)
             SELECT 'open', {values} FROM form_ends"
        )
    };
    let own = insert("proposed_by, 'released', 2, effective_from, '', proposed_by, '', ended_at");
    let others = insert("proposed_by, 'withdrawn', NULL, NULL, '', ended_by, '', ended_at");
    let early = insert("proposed_by, 'released', 2, ended_at - 1, '', ended_by, '', ended_at");
    let nameless = insert("proposed_by, 'released', NULL, NULL, '', ended_by, '', ended_at");
    let zeroth = insert("proposed_by, 'released', 0, effective_from, '', ended_by, '', ended_at");
    let strange = insert("proposed_by, 'forgotten', NULL, NULL, '', ended_by, '', ended_at");
    let another = insert("ended_by, 'released', 2, effective_from, '', proposed_by, '', ended_at");
    let same = insert("proposed_by, 'released', 1, effective_from, '', ended_by, '', ended_at");
    database
        .assert_forbidden(&[
            ("form_versions_fixed", "UPDATE form_versions SET wording = '{}'"),
            ("form_versions_kept", "DELETE FROM form_versions"),
            ("form_ends_fixed", "UPDATE form_ends SET ended_by = proposed_by"),
            ("form_ends_kept", "DELETE FROM form_ends"),
            ("form_ends_two_people", &*own),
            ("form_ends_two_people", &*others),
            ("form_ends_forward", &*early),
            ("form_ends_released", &*nameless),
            ("form_ends_from_one", &*zeroth),
            ("form_ends_outcome", &*strange),
            ("FOREIGN KEY", &*another),
            ("UNIQUE constraint failed: form_ends.number", &*same),
        ])
        .await;
}

/// Neither by hand nor by a certificate that names too much; and what is left does not change either.
#[tokio::test]
async fn evidence_goes_with_its_certificate_and_not_otherwise() {
    let database = database().await;
    let number = registered(&database.store, 1).await;
    answered(&database.store, &number, 1).await;
    let open = registered(&database.store, 2).await;
    let certificate = |at: i64, evidence: &str| AuditEvent {
        at: moment(at),
        evidence: evidence.to_owned(),
        ..event(AuditAction::Erased, None, None)
    };
    for row in [
        certificate(86_400, "digest"),
        certificate(99 * 86_400, ""),
        certificate(99 * 86_400, "digest"),
    ] {
        database.store.append_audit(&row).await.unwrap();
    }
    let last = database.store.journal_head().await.unwrap().sequence;
    let erase = |number: &domain::Number, place: i64| {
        format!(
            "INSERT INTO erased_requests SELECT '{number}', at_ms, sequence FROM audit WHERE sequence = {place}"
        )
    };
    let (young, unproven, no_certificate) =
        (erase(&number, last - 2), erase(&number, last - 1), erase(&number, 1));
    let unanswered = erase(&open, last);
    database
        .assert_forbidden(&[
            ("erased_requests_over: the request was not answered long enough ago", &young),
            ("erased_requests_over: no certificate", &unproven),
            ("erased_requests_over: no certificate", &no_certificate),
            ("erased_requests_over: the request was not answered", &unanswered),
            (
                "requests_forward",
                "UPDATE requests SET request = '', applicant = '', applicant_name = ''",
            ),
            ("audit_fixed", "UPDATE audit SET subject = '', evidence = ''"),
        ])
        .await;
    database.run(&erase(&number, last)).await.unwrap();
    database
        .assert_forbidden(&[
            ("erased_requests_kept", "DELETE FROM erased_requests"),
            ("erased_requests_fixed", "UPDATE erased_requests SET certificate = 1"),
            ("signed_requests_kept", &format!("DELETE FROM signed_requests WHERE number = '{open}'")),
            ("consents_kept", "DELETE FROM consents"),
            ("requests_forward", &format!("UPDATE requests SET request = '', applicant = '', applicant_name = '' WHERE number = '{open}'")),
            ("requests_forward", &format!("UPDATE requests SET request = '', applicant = '', applicant_name = '', due_at = 0 WHERE number = '{number}'")),
            ("audit_fixed", &format!("UPDATE audit SET subject = '', evidence = '', detail = 'x' WHERE request = '{number}'")),
            ("audit_fixed", &format!("UPDATE audit SET subject = '' WHERE request = '{number}' AND evidence <> ''")),
            ("audit_fixed", &format!("UPDATE audit SET subject = '', evidence = '' WHERE sequence = {last}")),
        ])
        .await;
    for statement in [
        format!(
            "DELETE FROM sealed_documents WHERE result IN (SELECT id FROM results WHERE request = '{number}')"
        ),
        format!("DELETE FROM results WHERE request = '{number}'"),
        format!("DELETE FROM consents WHERE number = '{number}'"),
        format!("UPDATE audit SET subject = '', evidence = '' WHERE request = '{number}'"),
    ] {
        assert!(database.run(&statement).await.unwrap() > 0, "{statement}");
    }
}

/// By whoever looked at the request before it was erased, or writes by hand.
#[tokio::test]
async fn nothing_is_added_to_what_was_erased_and_nothing_of_it_stays() {
    let database = database().await;
    let number = registered(&database.store, 1).await;
    answered(&database.store, &number, 1).await;
    let numbers = vec![number.clone()];
    let (before, at) = (moment(60 * 86_400), moment(100 * 86_400));
    let erasure = RequestErasure { numbers, before, at, actor: Actor::System };
    assert_eq!(database.store.erase_requests(&erasure).await.unwrap(), 1);
    let asked: (String, String) = query_as("SELECT asked_language, asked_provider FROM requests")
        .fetch_one(&database.raw)
        .await
        .unwrap();
    assert_eq!(asked, (String::new(), String::new()));
    database
        .run(
            "INSERT INTO portal_exchanges (external_id, external_chain, chain, message, applicant,
             body_digest, received_at, fault, next_at)
         VALUES ('late', '1', 'c', 'm', '1', 'd', 1, 'draft_unknown', 1)",
        )
        .await
        .unwrap();
    let into = |columns: &str, values: &str| {
        format!("INSERT INTO {columns} VALUES ({})", values.replace('#', &format!("'{number}'")))
    };
    database
        .assert_forbidden(&[
            ("request_notes_not_erased", &into(
                "request_notes (id, request, author, author_name, workplace, at_ms, words)",
                "'late', #, '1', 'name', 'x', 1, 'words'",
            )),
            ("recourses_not_erased", &into(
                "recourses (number, request, kind, applicant, provider, form_key, opened_at, asked,
                     document, cms, evidence)",
                "'Q-1', #, 'review', '1', 'x', 'key', 1, 'asked', X_, X_, 'evidence'",
            ).replace("X_", "x'00'")),
            ("caller_acts_not_erased", &into(
                "caller_acts (id, at_ms, operator, line, kind, person, number)",
                "'late', 1, 'x', '1414_desk', 'by_number', '1', #",
            )),
            ("repair_requests_not_erased", &into(
                "repair_requests (number, applicant, provider, opened_at)",
                "#, '1', 'x', 1",
            )),
            ("repairs_told_not_erased", &into(
                "repairs_told (number, applicant, at_ms)",
                "#, '1', 1",
            )),
            ("consent_withdrawals_not_erased", &into(
                "consent_withdrawals (number, at_ms, channel)",
                "#, 1, 'portal'",
            )),
            (
                "portal_exchanges_not_erased",
                &format!("UPDATE portal_exchanges SET number = '{number}', fault = NULL"),
            ),
            (
                "requests_forward",
                &format!("UPDATE requests SET asked_language = 'kk' WHERE number = '{number}'"),
            ),
        ])
        .await;
}
