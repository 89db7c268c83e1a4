//! What may never happen is forbidden by the database itself, even to somebody who writes SQL by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it is broken")]

mod migrated;

use std::collections::VecDeque;
use std::sync::Arc;

use app::testing::samples::{
    answered, batch, decide, draft, ended, event, form_end, form_proposal, iin, intend, last_step,
    leased, moment, number, planned_certificate, registered, registration, registry_row, step,
    stored, write_note,
};
use app::{
    Actor, Archive, ArchiveError, ArchiveItem, ArchiveSink, ArchiveSource, AuditAction, AuditEvent,
    AuditFault, Effect, Erasure, Erasures, FormOutcome, JournalRoot, KeptKind, NewPassword,
    PasswordBinding, PasswordPurpose, Registration, Registry, RequestErasure, Store,
    TechnicalBreak, verify_chain,
};
use domain::{Iin, Number, NumberKind, PhoneNumber, RequestState};
use sqlx::postgres::{PgDatabaseError, PgPool};
use sqlx::{AssertSqlSafe, query, query_as, query_scalar};
use store_postgres::PostgresStore;
use vault::{KeyringError, MasterKeys, UnlockError};

use crate::migrated::{migrated_database, opened};

struct Database {
    store: Arc<dyn Store>,
    registry: PostgresStore,
    raw: PgPool,
    kept: throwaway_postgres::Database,
}

async fn database() -> Database {
    let database = migrated_database().await;
    let url = database.url();
    let store = opened(&url).await;
    let raw = PgPool::connect(&url).await.unwrap();
    Database { store: Arc::new(store.clone()), registry: store, raw, kept: database }
}

impl Database {
    /// Another node.
    async fn another(&self) -> PostgresStore {
        opened(&self.kept.url()).await
    }

    async fn run(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let done = query(AssertSqlSafe(sql.to_owned())).execute(&self.raw).await;
        done.map(|done| done.rows_affected())
    }

    /// Each statement must fail by the constraint named before it.
    async fn assert_forbidden(&self, statements: &[(&str, &str)]) {
        for (constraint, sql) in statements {
            let error = self.run(sql).await.expect_err(sql);
            let error = error.into_database_error().unwrap().downcast::<PgDatabaseError>();
            assert_eq!(error.constraint(), Some(*constraint), "{sql}: {error}");
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
            ("requests_kept", "TRUNCATE requests CASCADE"),
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
            ("jobs_not_emptied", "TRUNCATE jobs"),
            ("jobs_request", "INSERT INTO jobs (number, run_at) VALUES ('S-2222-2222-2', 1)"),
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
                  accepted_at, due_at, channel, state, step, version, ended_at FROM requests";
    database
        .assert_forbidden(&[
            ("requests_one_open", second),
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
            ("drafts_led_to_request", nowhere),
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
            ("signed_requests_fixed", "UPDATE signed_requests SET cms = '\\x00'"),
            ("signed_requests_kept", "DELETE FROM signed_requests"),
            ("signed_requests_not_emptied", "TRUNCATE signed_requests"),
            ("consents_fixed", "UPDATE consents SET decision = 'refused'"),
            ("consents_kept", "DELETE FROM consents"),
            ("decisions_fixed", "UPDATE decisions SET decision = '{}'"),
            ("decisions_kept", "DELETE FROM decisions"),
            ("decisions_not_emptied", "TRUNCATE decisions"),
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
            ("sealed_documents_fixed", "UPDATE sealed_documents SET bytes = '\\x00'"),
            ("sealed_documents_kept", "DELETE FROM sealed_documents"),
            ("sealed_documents_not_emptied", "TRUNCATE sealed_documents"),
            (
                "sealed_documents_after_intent",
                "INSERT INTO sealed_documents SELECT result, '\\x00' FROM sealed_documents
                 ON CONFLICT (result) DO UPDATE SET bytes = excluded.bytes",
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
    let seal = "INSERT INTO sealed_documents SELECT id, '\\x00' FROM results";
    database.assert_forbidden(&[("sealed_documents_after_intent", seal)]).await;
    intend(&database.store, &lease).await;
    database
        .assert_forbidden(&[
            ("unsealed_documents_fixed", "UPDATE unsealed_documents SET bytes = '\\x00'"),
            ("unsealed_documents_until_sealed", "DELETE FROM unsealed_documents"),
            ("unsealed_documents_not_emptied", "TRUNCATE unsealed_documents"),
        ])
        .await;
}

#[tokio::test]
async fn the_journal_is_appended_to_and_nothing_else() {
    let database = database().await;
    registered(&database.store, 1).await;
    let gap = "INSERT INTO audit SELECT sequence + 2, at_ms, actor, action, request, subject,
               detail, hash, evidence FROM audit";
    database
        .assert_forbidden(&[
            ("audit_fixed", "UPDATE audit SET detail = 'other'"),
            ("audit_kept", "DELETE FROM audit"),
            ("audit_kept", "TRUNCATE audit"),
            ("audit_without_gaps", gap),
        ])
        .await;
}

#[tokio::test]
async fn a_journal_altered_by_the_owner_of_the_database_is_found() {
    let database = database().await;
    for index in 1..4 {
        registered(&database.store, index).await;
    }
    database.run("DROP TRIGGER audit_fixed ON audit").await.unwrap();
    database.run("UPDATE audit SET subject = '' WHERE sequence = 2").await.unwrap();
    let rows = database.store.audit_from(1, 10).await.unwrap();
    assert_eq!(verify_chain(&rows, 1, ""), Err(AuditFault::Altered(2)));
    database.run("DROP TRIGGER audit_kept ON audit").await.unwrap();
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
            (
                "registry_records_present",
                "UPDATE registry_records SET present_version = present_version + 1",
            ),
            ("imports_fixed", "UPDATE imports SET new_count = 0"),
            ("imports_kept", "DELETE FROM imports"),
        ])
        .await;
}

#[tokio::test]
async fn notices_breaks_roots_and_the_head_of_the_journal_never_change() {
    let database = database().await;
    let number = registered(&database.store, 1).await;
    answered(&database.store, &number, 1).await;
    let planned = TechnicalBreak {
        id: "break".to_owned(),
        starts_at: moment(100),
        ends_at: moment(200),
        reason_kk: "Жабдықты ауыстыру".to_owned(),
        reason_ru: "Замена оборудования".to_owned(),
        reason_en: "New equipment".to_owned(),
        announced_at: moment(0),
        withdrawn_at: None,
    };
    let audit = event(AuditAction::BreakAnnounced, None, None);
    database.store.put_break(&planned, &audit).await.unwrap();
    let head = database.store.journal_head().await.unwrap();
    let root = JournalRoot { day: "2026-11-23".to_owned(), head, stamp: Some(vec![1]) };
    let audit = event(AuditAction::RootTaken, None, None);
    assert!(database.store.put_root(&root, &audit).await.unwrap());
    let backwards = "UPDATE journal_head SET sequence = sequence - 1";
    let second = "INSERT INTO journal_head (id, sequence, hash) VALUES (2, 1, '')";
    let late = "INSERT INTO technical_breaks SELECT 'late', starts_at, ends_at, reason_kk,
                reason_ru, reason_en, starts_at FROM technical_breaks";
    database
        .assert_forbidden(&[
            ("notices_fixed", "UPDATE notices SET at_ms = 0"),
            ("notices_kept", "DELETE FROM notices"),
            ("notices_not_emptied", "TRUNCATE notices"),
            ("notices_pk", "INSERT INTO notices SELECT * FROM notices"),
            ("technical_breaks_fixed", "UPDATE technical_breaks SET ends_at = ends_at + 1"),
            ("technical_breaks_kept", "DELETE FROM technical_breaks"),
            ("technical_breaks_announced", late),
            ("journal_head_forward", backwards),
            ("journal_head_kept", "DELETE FROM journal_head"),
            ("journal_head_one_row", second),
            ("journal_roots_fixed", "UPDATE journal_roots SET stamp = NULL"),
            ("journal_roots_kept", "DELETE FROM journal_roots"),
            ("number_classes_fixed", "UPDATE number_classes SET class = 1"),
            ("number_classes_kept", "DELETE FROM number_classes"),
            ("schema_needs_forward", "UPDATE schema_needs SET oldest = oldest - 1"),
            ("schema_needs_kept", "DELETE FROM schema_needs"),
            ("schema_needs_one_row", "INSERT INTO schema_needs VALUES (2, 9)"),
            ("number_classes_class", "INSERT INTO number_classes VALUES (2, 0, 0)"),
            (
                "jobs_alarmed_percent",
                "INSERT INTO jobs (number, run_at, alarmed_percent)
                 SELECT number, 0, 7 FROM requests",
            ),
        ])
        .await;
}

/// An order of texts that follows the machine's locale changes with its updates, and indexes with it.
#[tokio::test]
async fn no_index_depends_on_the_locale_of_the_machine() {
    let database = database().await;
    let columns: Vec<String> = query_scalar(
        "SELECT DISTINCT format('%s.%s', attribute.attrelid::regclass, attribute.attname)
         FROM pg_index, unnest(indkey, indcollation) AS part (place, collation_id)
         JOIN pg_attribute AS attribute ON true
         WHERE attribute.attrelid = indrelid AND attribute.attnum = part.place
             AND indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
             AND part.collation_id NOT IN (0, 'pg_catalog.\"C\"'::regcollation)",
    )
    .fetch_all(&database.raw)
    .await
    .unwrap();
    assert!(columns.is_empty(), "{columns:?}");
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
             VALUES ('{number}', '{request}', '{kind}', 'a', 'p', '{key}', 1, '{{}}', '', '', '')"
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
    let bytes = "NULL, NULL, NULL, NULL, '', 'd'";
    database.run(&insert("q1", number.as_str(), "review", "f1")).await.unwrap();
    database.run(&step(0, "opened", NONE)).await.unwrap();
    database.run(&step(1, "answered", answer)).await.unwrap();
    database
        .assert_forbidden(&[
            ("recourses_one_review", &insert("q2", number.as_str(), "review", "f2")),
            ("recourses_form", &insert("q2", number.as_str(), "complaint", "f1")),
            ("recourses_kind", &insert("q2", number.as_str(), "request", "f2")),
            ("recourses_request", &insert("q2", "none", "complaint", "f2")),
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
            ("form_ends_form", &*another),
            ("form_ends_number", &*same),
        ])
        .await;
}

const NAMES: [&str; 5] = ["ӘЛІМҚҰЛОВ", "Әлімқұлов", "алимкулов", "Үсенова", "усенова"];

/// A request on its whole way, in documents that name its applicant, and his record.
async fn walked(database: &Database, applicant: Iin) -> Number {
    let store = &database.store;
    let named = format!("{} {}", applicant.digits(), NAMES.join(" ")).into_bytes();
    let draft = app::Draft { document: named.clone(), ..draft(applicant, "challenge") };
    store.put_draft(&draft).await.unwrap();
    let registration = registration(&draft, 1, "key");
    store.register(&registration).await.unwrap();
    let (number, lease) = (registration.number, leased(store, 1).await);
    let planned = planned_certificate(&number, applicant, 1);
    let documents = vec![(planned.id.clone(), named)];
    decide(store, &lease, vec![planned]).await;
    let intended = Effect::Intended(documents.clone());
    let present = stored(store, &number).await;
    store.commit(&step(&present, &lease, intended)).await.unwrap();
    let present = stored(store, &number).await;
    let issued = last_step(&present, &lease, RequestState::Granted, documents);
    store.commit(&issued).await.unwrap();
    write_note(store, &number, "note", 2).await;
    let rows = vec![registry_row(applicant, "ward-a")];
    database.registry.apply_import(&batch(1, rows)).await.unwrap().taken_in().unwrap();
    number
}

/// Columns in which somebody is named, whatever table they are of.
async fn naming(raw: &PgPool, applicant: Iin) -> Vec<String> {
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, data_type::text
         FROM information_schema.columns
         WHERE table_schema = current_schema() AND data_type IN ('text', 'bytea')",
    )
    .fetch_all(raw)
    .await
    .unwrap();
    let marks: Vec<String> =
        NAMES.iter().map(|name| (*name).to_owned()).chain([applicant.digits()]).collect();
    let mut naming = Vec::new();
    for (table, column, kind) in columns {
        let value =
            if kind == "text" { format!("convert_to({column}, 'UTF8')") } else { column.clone() };
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM {table}, unnest($1::text[]) AS mark
             WHERE position(convert_to(mark, 'UTF8') IN {value}) > 0)"
        );
        let names: bool =
            query_scalar(AssertSqlSafe(sql)).bind(&marks).fetch_one(raw).await.unwrap();
        if names {
            naming.push(format!("{table}.{column}"));
        }
    }
    naming.sort_unstable();
    naming
}

fn master() -> String {
    MasterKeys::new_line().to_string()
}

#[tokio::test]
async fn whoever_has_the_database_alone_learns_nobodys_name_and_number() {
    let applicant = iin(77);
    let open = database().await;
    walked(&open, applicant).await;
    let naming_openly = naming(&open.raw, applicant).await;
    for column in [
        "audit.subject",
        "drafts.document",
        "registry_versions.payload",
        "requests.applicant_name",
        "results.content",
        "sealed_documents.bytes",
    ] {
        assert!(naming_openly.contains(&column.to_owned()), "{column}: {naming_openly:?}");
    }

    let sealed = database().await;
    let master = MasterKeys::parse(&master()).unwrap();
    sealed.registry.unlock(&master, moment(0)).await.unwrap();
    let number = walked(&sealed, applicant).await;
    assert_eq!(naming(&sealed.raw, applicant).await, Vec::<String>::new());
    let request = stored(&sealed.store, &number).await;
    assert_eq!(request.applicant_name, "ӘЛІМҚҰЛОВ ҮСЕН");
    verify_chain(&sealed.store.audit_from(1, 100).await.unwrap(), 1, "").unwrap();
    let figures = "SELECT language || addressed || answered_by FROM figures";
    let told: Vec<String> = query_scalar(figures).fetch_all(&sealed.raw).await.unwrap();
    let openly: Vec<String> = query_scalar(figures).fetch_all(&open.raw).await.unwrap();
    assert_eq!(told, openly);
}

#[tokio::test]
async fn nodes_agree_on_the_keys_and_a_new_master_key_wraps_them_anew() {
    let database = database().await;
    let (old, new) = (master(), master());
    let keys = |text: &str| MasterKeys::parse(text).unwrap();
    let other = database.another().await;
    let first = keys(&old);
    let (one, two) =
        tokio::join!(database.registry.unlock(&first, moment(0)), other.unlock(&first, moment(0)));
    one.and(two).unwrap();
    let number = registered(&database.store, 1).await;
    let other: Arc<dyn Store> = Arc::new(other);
    assert_eq!(stored(&other, &number).await, stored(&database.store, &number).await);

    let both = keys(&format!("{new}\n{old}"));
    database.registry.keep_keys(&both, moment(0)).await.unwrap();
    let later = database.another().await;
    let missing = later.unlock(&first, moment(0)).await.unwrap_err();
    assert!(matches!(missing, UnlockError::Keys(KeyringError::MasterMissing(_))), "{missing}");
    later.unlock(&keys(&new), moment(0)).await.unwrap();
    assert!(later.has_data_keys().await.unwrap());

    // A new key of values each ninety days; what the first one sealed is still read.
    let in_a_year = moment(366 * 24 * 3_600);
    later.keep_keys(&keys(&new), in_a_year).await.unwrap();
    let counted: i64 =
        query_scalar("SELECT COUNT(*) FROM data_keys").fetch_one(&database.raw).await.unwrap();
    assert_eq!(counted, 4);
    let later: Arc<dyn Store> = Arc::new(later);
    assert_eq!(stored(&later, &number).await.number, number);
    database
        .assert_forbidden(&[
            ("data_keys_kept", "DELETE FROM data_keys"),
            ("data_keys_fixed", "UPDATE data_keys SET purpose = 'values'"),
            ("data_keys_one", "INSERT INTO data_keys SELECT 9, 'people', since, master, wrapped FROM data_keys WHERE id = 1"),
        ])
        .await;
}

#[tokio::test]
async fn a_database_in_use_without_keys_is_not_sealed_by_half() {
    let database = database().await;
    registered(&database.store, 1).await;
    let keys = MasterKeys::parse(&master()).unwrap();
    let refused = database.registry.unlock(&keys, moment(0)).await.unwrap_err();
    assert!(matches!(refused, UnlockError::NotSealed), "{refused}");
    assert!(!database.registry.has_data_keys().await.unwrap());
}

/// A node without a key file that was started before there were keys, and a program that knows nothing of them.
#[tokio::test]
async fn whoever_has_no_keys_stores_nobody_in_a_database_that_has_them() {
    let database = database().await;
    let keys = MasterKeys::parse(&master()).unwrap();
    database.another().await.unlock(&keys, moment(0)).await.unwrap();
    assert!(database.store.put_draft(&draft(iin(77), "challenge")).await.is_err());
    let looked = event(AuditAction::Checked, None, Some(iin(77)));
    assert!(database.store.append_audit(&looked).await.is_err());
    let import = batch(1, vec![registry_row(iin(77), "ward")]);
    assert!(database.registry.apply_import(&import).await.is_err());
    database.store.append_audit(&event(AuditAction::Checked, None, None)).await.unwrap();
    assert_eq!(naming(&database.raw, iin(77)).await, Vec::<String>::new());
}

/// An archive in memory.
#[derive(Default)]
struct Kept(VecDeque<ArchiveItem>);

#[async_trait::async_trait]
impl ArchiveSink for Kept {
    async fn put(&mut self, item: ArchiveItem) -> Result<(), ArchiveError> {
        self.0.push_back(item);
        Ok(())
    }
}

#[async_trait::async_trait]
impl ArchiveSource for Kept {
    async fn next(&mut self) -> Result<Option<ArchiveItem>, ArchiveError> {
        Ok(self.0.pop_front())
    }
}

/// A new database with what another has; each makes keys of its own before.
async fn restored(from: &Database, keys: &MasterKeys) -> Database {
    let (mut archive, restored) = (Kept::default(), database().await);
    from.registry.export(&mut archive).await.unwrap();
    restored.registry.unlock(keys, moment(0)).await.unwrap();
    restored.registry.load(&mut archive, None).await.unwrap();
    assert_eq!(oldest(&restored).await, 28, "who knows nothing of keys is kept out");
    restored.registry.unlock(keys, moment(0)).await.unwrap();
    restored
}

#[tokio::test]
async fn a_database_is_sealed_by_its_restoration_and_a_sealed_one_brings_its_keys() {
    let (applicant, keys) = (iin(77), MasterKeys::parse(&master()).unwrap());
    let open = database().await;
    let number = walked(&open, applicant).await;
    assert!(oldest(&open).await < 28, "an open one is open to older programs");
    let sealed = restored(&open, &keys).await;
    let (mut archive, without) = (Kept::default(), database().await);
    sealed.registry.export(&mut archive).await.unwrap();
    without.registry.load(&mut archive, None).await.unwrap();
    assert_eq!(oldest(&without).await, 28, "also where it was restored without the key file");
    let again = restored(&sealed, &keys).await;
    for database in [&sealed, &again] {
        assert_eq!(naming(&database.raw, applicant).await, Vec::<String>::new());
        let (store, before) = (&database.store, &open.store);
        assert_eq!(stored(store, &number).await, stored(before, &number).await);
        assert!(store.evidence(&number).await.unwrap() == before.evidence(&number).await.unwrap());
        assert_eq!(store.notes_of(&number).await.unwrap(), before.notes_of(&number).await.unwrap());
        let record = database.registry.guardian_record(applicant).await.unwrap();
        assert_eq!(record, open.registry.guardian_record(applicant).await.unwrap());
        assert_eq!(database.registry.misplaced_records().await.unwrap(), 0);
        verify_chain(&store.audit_from(1, 100).await.unwrap(), 1, "").unwrap();
    }
}

/// The oldest migration a program must know that works here.
async fn oldest(database: &Database) -> i64 {
    query_scalar("SELECT oldest FROM schema_needs").fetch_one(&database.raw).await.unwrap()
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
            ("erased_requests_over", &young),
            ("erased_requests_over", &unproven),
            ("erased_requests_over", &no_certificate),
            ("erased_requests_over", &unanswered),
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
            ).replace("X_", "'x'::bytea")),
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

/// A statement of the store that waits for a lock, until it does.
async fn waits(database: &Database, words: &str) {
    let select = "SELECT count(*) FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND datname = current_database() AND position($1 in query) > 0";
    let mut waiting: i64 = 0;
    for _ in 0..500 {
        waiting = query_scalar(select).bind(words).fetch_one(&database.raw).await.unwrap();
        if waiting > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(waiting > 0, "nobody waits at {words}");
}

fn old_erasure(number: &Number) -> RequestErasure {
    let (numbers, actor) = (vec![number.clone()], Actor::System);
    RequestErasure { numbers, before: moment(60 * 86_400), at: moment(100 * 86_400), actor }
}

/// Looked at, erased, written: the note waits for the erasure and comes to nothing, and a look behind it names nobody.
#[tokio::test]
async fn what_is_written_while_a_request_is_erased_comes_to_nothing() {
    let database = database().await;
    let number = registered(&database.store, 1).await;
    answered(&database.store, &number, 1).await;
    let mut held = database.raw.begin().await.unwrap();
    query("SELECT sequence FROM journal_head FOR NO KEY UPDATE").execute(&mut *held).await.unwrap();
    let (store, erasure) = (database.store.clone(), old_erasure(&number));
    let erasing = tokio::spawn(async move { store.erase_requests(&erasure).await });
    waits(&database, "journal_head").await;
    let (store, request) = (database.store.clone(), number.clone());
    let writing = tokio::spawn(async move { write_note(&store, &request, "late", 60).await });
    waits(&database, "INSERT INTO request_notes").await;
    let look = event(AuditAction::Downloaded, Some(number.clone()), Some(iin(1)));
    let (store, behind) = (database.store.clone(), look.clone());
    let looking = tokio::spawn(async move { store.append_audit(&behind).await });
    held.rollback().await.unwrap();
    assert_eq!(erasing.await.unwrap().unwrap(), 1);
    assert!(writing.await.is_err(), "refused");
    looking.await.unwrap().unwrap();
    database.store.append_audit(&look).await.unwrap();
    assert!(database.store.notes_of(&number).await.unwrap().is_empty());
    assert!(database.store.audit_of_subject(iin(1), None, 10).await.unwrap().is_empty());
    let rows = database.store.audit_of(&number).await.unwrap();
    assert!(rows.iter().filter(|row| row.action == look.action.code()).count() == 2);
}

/// Both go at the same hour of the day on two nodes: neither holds what the other waits for.
#[tokio::test]
async fn requests_and_what_lies_beside_them_are_erased_at_the_same_time() {
    let database = database().await;
    let number = registered(&database.store, 1).await;
    answered(&database.store, &number, 1).await;
    let mut held = database.raw.begin().await.unwrap();
    query("SELECT sequence FROM journal_head FOR NO KEY UPDATE").execute(&mut *held).await.unwrap();
    let (store, erasure) = (database.store.clone(), old_erasure(&number));
    let requests = tokio::spawn(async move { store.erase_requests(&erasure).await });
    waits(&database, "journal_head").await;
    let other = database.another().await;
    let (before, at) = (moment(60 * 86_400), moment(100 * 86_400));
    let drafts = Erasure { kind: KeptKind::SubmittedDrafts, before, limit: 10, at };
    let drafts = tokio::spawn(async move { other.erase(&drafts).await });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    held.rollback().await.unwrap();
    assert_eq!(requests.await.unwrap().unwrap(), 1);
    assert_eq!(drafts.await.unwrap().unwrap(), 0, "it went with its request");
}
