//! Erasing answered requests with their certificate.
//!
//! What is left of them is read and put down first; then the triggers let the rest go. Read next: `erased.rs`.

use app::{
    Asker, AuditRow, Erasable, ErasedDocumentRow, ErasedRequest, RequestErasure, StoreError,
    erased_token, read_erased,
};
use domain::Number;
use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::{SqliteConnection, query, query_as};

use crate::SqliteStore;
use crate::audit::{append, journal_end, rows_about};
use crate::codec::{moment, number, to_ms};
use crate::erased::{
    ConsentColumns, DocumentColumns, RequestColumns, consent_row, json_of, request_row,
};
use crate::error::fault;

/// Which requests may go that were answered before `$2`, and everything of them; the end differs.
macro_rules! over {
    ($start:expr, $end:expr) => {
        concat!(
            $start,
            "request.step = 'issued' AND request.request <> '' AND request.ended_at < $2
             AND NOT EXISTS (SELECT 1 FROM recourses AS one
                 JOIN open_recourses AS open ON open.recourse = one.number
                 WHERE one.request = request.number)
             AND NOT EXISTS (SELECT 1 FROM recourses AS one
                 JOIN recourse_steps AS step ON step.recourse = one.number
                 WHERE one.request = request.number AND step.at_ms >= $2)
             AND NOT EXISTS (SELECT 1 FROM annulments AS one WHERE one.request = request.number
                 AND (one.outcome IS NULL OR one.ended_at >= $2))
             AND NOT EXISTS (SELECT 1 FROM repair_requests AS one WHERE one.number = request.number
                 AND (one.outcome IS NULL OR one.answered_at >= $2))
             AND NOT EXISTS (SELECT 1 FROM portal_exchanges AS one
                 WHERE one.number = request.number
                 AND (one.closed_at IS NULL OR one.closed_at >= $2))
             AND NOT EXISTS (SELECT 1 FROM caller_acts AS one
                 WHERE one.number = request.number AND one.at_ms >= $2)",
            $end
        )
    };
}

/// Behind `$1`, before `$2`, at `$3`, some.
macro_rules! erasable {
    ($synthetic:literal) => {
        over!(
            concat!(
                "SELECT request.number, request.ended_at FROM figures AS line
                 JOIN requests AS request ON request.number = line.number
                 WHERE line.ended_at IS NOT NULL AND line.synthetic = ",
                $synthetic,
                " AND line.ended_at > $1 AND line.ended_at < $2
                     AND NOT EXISTS (SELECT 1 FROM erasure_waits AS wait
                         WHERE wait.number = line.number AND wait.until > $3)
                     AND "
            ),
            " ORDER BY line.ended_at LIMIT $4"
        )
    };
}

pub(crate) async fn erasable(
    store: &SqliteStore,
    wanted: &Erasable,
) -> Result<Vec<(Number, Timestamp)>, StoreError> {
    let select = match wanted.asker {
        Asker::Person => erasable!("0"),
        Asker::Synthetic => erasable!("1"),
    };
    let rows: Vec<(String, i64)> = query_as(select)
        .bind(to_ms(wanted.behind))
        .bind(to_ms(wanted.before))
        .bind(to_ms(wanted.at))
        .bind(wanted.limit)
        .fetch_all(store.read())
        .await
        .map_err(fault)?;
    rows.into_iter().map(|(text, ended_at)| Ok((number(&text)?, moment(ended_at)?))).collect()
}

pub(crate) async fn wait_to_erase(
    store: &SqliteStore,
    waits: &[(Number, Timestamp)],
) -> Result<(), StoreError> {
    let rows = waits.iter().map(|(number, until)| json!([number.as_str(), to_ms(*until)]));
    query(
        "INSERT INTO erasure_waits (number, until)
         SELECT value ->> 0, value ->> 1 FROM json_each($1) WHERE true
         ON CONFLICT (number) DO UPDATE SET until = excluded.until",
    )
    .bind(Value::from(rows.collect::<Vec<_>>()).to_string())
    .execute(store.write_once())
    .await
    .map_err(fault)?;
    Ok(())
}

/// The write lock is held from the first look on, so nothing is added to a request meanwhile.
pub(crate) async fn erase_requests(
    store: &SqliteStore,
    erasure: &RequestErasure,
) -> Result<u64, StoreError> {
    let mut transaction = store.write().await?;
    let certificate = journal_end(&mut transaction).await? + 1;
    let left = left(&mut transaction, erasure, certificate).await?;
    if left.is_empty() {
        return Ok(0);
    }
    let numbers: Vec<Number> = left.iter().map(|one| one.number.clone()).collect();
    let numbers = json_of(&numbers);
    let rows: Vec<AuditRow> = rows_about(&mut transaction, &store.vault, &numbers).await?;
    append(&mut transaction, &store.vault, &[erasure.event(&left, &rows)]).await?;
    put_down(&mut transaction, &left).await?;
    for statement in EMPTYING {
        query(statement).bind(&numbers).execute(&mut *transaction).await.map_err(fault)?;
    }
    transaction.commit().await.map_err(fault)?;
    Ok(u64::try_from(left.len()).unwrap_or(u64::MAX))
}

/// What will be left of those that may go.
async fn left(
    transaction: &mut SqliteConnection,
    erasure: &RequestErasure,
    certificate: i64,
) -> Result<Vec<ErasedRequest>, StoreError> {
    let requests: Vec<RequestColumns> = query_as(over!(
        "SELECT request.number, $3, $4, request.state, request.channel, request.accepted_at,
             request.due_at, request.ended_at, request.version
         FROM requests AS request
         WHERE request.number IN (SELECT value FROM json_each($1)) AND ",
        ""
    ))
    .bind(json_of(&erasure.numbers))
    .bind(to_ms(erasure.before))
    .bind(to_ms(erasure.at))
    .bind(certificate)
    .fetch_all(&mut *transaction)
    .await
    .map_err(fault)?;
    let numbers: Vec<&str> = requests.iter().map(|columns| columns.0.as_str()).collect();
    let numbers = Value::from(numbers).to_string();
    // Request, number, kind, token itself, digest, annulled.
    let documents: Vec<DocumentColumns> = query_as(
        "SELECT request, number, kind, token, digest, (SELECT annulled.ended_at FROM annulments AS annulled
             WHERE annulled.result = results.id AND annulled.outcome = 'confirmed')
         FROM results WHERE request IN (SELECT value FROM json_each($1)) AND digest IS NOT NULL
         UNION ALL
         SELECT one.request, answered.answer_number, 'answer', answered.token, issued.digest, NULL
         FROM recourses AS one
         JOIN recourse_steps AS answered
             ON answered.recourse = one.number AND answered.kind = 'answered'
         JOIN recourse_steps AS issued ON issued.recourse = one.number AND issued.kind = 'issued'
         WHERE one.request IN (SELECT value FROM json_each($1))",
    )
    .bind(&numbers)
    .fetch_all(&mut *transaction)
    .await
    .map_err(fault)?;
    let consents: Vec<ConsentColumns> = query_as(
        "SELECT consent.number, kind, decision, text_version,
             CASE kind WHEN 'restricted_data' THEN withdrawal.at_ms END
         FROM consents AS consent
         LEFT JOIN consent_withdrawals AS withdrawal ON withdrawal.number = consent.number
         WHERE consent.number IN (SELECT value FROM json_each($1))",
    )
    .bind(&numbers)
    .fetch_all(&mut *transaction)
    .await
    .map_err(fault)?;
    read_erased(
        requests.into_iter().map(request_row).collect(),
        documents.into_iter().map(of_token).collect(),
        consents.into_iter().map(consent_row).collect(),
    )
}

fn of_token(columns: DocumentColumns) -> ErasedDocumentRow {
    let (request, number, kind, token, file_digest, annulled_at) = columns;
    let token_digest = erased_token(&token);
    ErasedDocumentRow { request, number, kind, token_digest, file_digest, annulled_at }
}

/// From here on the triggers let the requests go.
async fn put_down(
    transaction: &mut SqliteConnection,
    left: &[ErasedRequest],
) -> Result<(), StoreError> {
    let requests =
        left.iter().map(|one| json!([one.number.as_str(), to_ms(one.erased_at), one.certificate]));
    let documents = left.iter().flat_map(|one| {
        one.documents.iter().map(|document| {
            json!([
                document.number.as_str(),
                one.number.as_str(),
                document.kind.code(),
                document.token_digest,
                document.file_digest,
                document.annulled_at.map(to_ms)
            ])
        })
    });
    let consents = left.iter().flat_map(|one| {
        one.consents.iter().map(|consent| {
            json!([
                one.number.as_str(),
                consent.kind_word(),
                consent.decision_word(),
                consent.text_version,
                consent.withdrawn_at.map(to_ms)
            ])
        })
    });
    query(
        "INSERT INTO erased_requests (number, erased_at, certificate)
             SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($1);
         INSERT INTO erased_results (number, request, kind, token_digest, file_digest, annulled_at)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
             FROM json_each($2);
         INSERT INTO erased_consents (number, kind, decision, text_version, withdrawn_at)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
             FROM json_each($3);",
    )
    .bind(Value::from(requests.collect::<Vec<_>>()).to_string())
    .bind(Value::from(documents.collect::<Vec<_>>()).to_string())
    .bind(Value::from(consents.collect::<Vec<_>>()).to_string())
    .execute(transaction)
    .await
    .map_err(fault)?;
    Ok(())
}

/// In an order that the foreign keys allow; what is left stands in `erased_requests` by now.
const EMPTYING: [&str; 20] = [
    "DELETE FROM drafts WHERE became IN (SELECT value FROM json_each($1)) OR led_to IN (SELECT value FROM json_each($1))",
    "DELETE FROM idempotency_keys WHERE number IN (SELECT value FROM json_each($1))
             AND applicant IN (SELECT applicant FROM requests WHERE number IN (SELECT value FROM json_each($1)))",
    "DELETE FROM signed_requests WHERE number IN (SELECT value FROM json_each($1))",
    "DELETE FROM consents WHERE number IN (SELECT value FROM json_each($1))",
    "DELETE FROM consent_withdrawals WHERE number IN (SELECT value FROM json_each($1))",
    "DELETE FROM decisions WHERE number IN (SELECT value FROM json_each($1))",
    "DELETE FROM notices WHERE number IN (SELECT value FROM json_each($1))",
    "DELETE FROM request_notes WHERE request IN (SELECT value FROM json_each($1))",
    "DELETE FROM annulments WHERE request IN (SELECT value FROM json_each($1))",
    "DELETE FROM sealed_documents WHERE result IN (SELECT id FROM results WHERE request IN (SELECT value FROM json_each($1)))",
    "DELETE FROM results WHERE request IN (SELECT value FROM json_each($1))",
    "DELETE FROM recourse_steps
             WHERE recourse IN (SELECT number FROM recourses WHERE request IN (SELECT value FROM json_each($1)))",
    "DELETE FROM recourses WHERE request IN (SELECT value FROM json_each($1))",
    "DELETE FROM repair_requests WHERE number IN (SELECT value FROM json_each($1))",
    "DELETE FROM repairs_told WHERE number IN (SELECT value FROM json_each($1))",
    "DELETE FROM portal_exchanges WHERE number IN (SELECT value FROM json_each($1))",
    "DELETE FROM caller_acts WHERE number IN (SELECT value FROM json_each($1))",
    "DELETE FROM erasure_waits WHERE number IN (SELECT value FROM json_each($1))",
    "UPDATE requests SET applicant = '', applicant_name = '', request = '', asked_language = '',
             asked_provider = '' WHERE number IN (SELECT value FROM json_each($1))",
    "UPDATE audit SET subject = '', evidence = ''
             WHERE request IN (SELECT value FROM json_each($1)) AND request <> ''
             AND (subject <> '' OR evidence <> '')",
];
