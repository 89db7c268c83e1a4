//! Erasing answered requests with their certificate.
//!
//! What is left of them is read and put down first; then the triggers let the rest go. Read next: `erased.rs`.

use app::{
    Asker, AuditRow, Erasable, ErasedDocumentRow, ErasedRequest, RequestErasure, StoreError,
    erased_token, read_erased,
};
use domain::Number;
use jiff::Timestamp;
use sqlx::{query, query_as};

use crate::PostgresStore;
use crate::audit::{append, lock_journal, rows_about};
use crate::codec::{moment, number, to_ms};
use crate::erased::{
    ConsentColumns, DocumentColumns, RequestColumns, consent_row, request_row, texts_of,
};
use crate::session::Session;

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
    store: &PostgresStore,
    wanted: &Erasable,
) -> Result<Vec<(Number, Timestamp)>, StoreError> {
    let select = match wanted.asker {
        Asker::Person => erasable!("0"),
        Asker::Synthetic => erasable!("1"),
    };
    let select = query_as(select)
        .bind(to_ms(wanted.behind))
        .bind(to_ms(wanted.before))
        .bind(to_ms(wanted.at))
        .bind(i64::from(wanted.limit));
    let rows: Vec<(String, i64)> = store.all(select).await?;
    rows.into_iter().map(|(text, ended_at)| Ok((number(&text)?, moment(ended_at)?))).collect()
}

pub(crate) async fn wait_to_erase(
    store: &PostgresStore,
    waits: &[(Number, Timestamp)],
) -> Result<(), StoreError> {
    let insert = query(
        "INSERT INTO erasure_waits (number, until)
         SELECT * FROM unnest($1::text[], $2::bigint[]) ORDER BY 1
         ON CONFLICT (number) DO UPDATE SET until = excluded.until",
    )
    .bind(waits.iter().map(|(number, _)| number.as_str().to_owned()).collect::<Vec<_>>())
    .bind(waits.iter().map(|(_, until)| to_ms(*until)).collect::<Vec<_>>());
    store.execute(insert).await?;
    Ok(())
}

pub(crate) async fn erase_requests(
    store: &PostgresStore,
    erasure: &RequestErasure,
) -> Result<u64, StoreError> {
    let mut transaction = store.write().await?;
    let outcome = erase_in(&mut transaction, erasure).await;
    transaction.end(outcome).await
}

/// First what lies beside the requests and has a time of its own, because whoever erases that, too, waits for the journal with it in
/// his hands; then the requests, as everybody locks them who adds to one, and what will be left of them is read. All nodes wait for
/// the journal, so its lock comes last, that no row about them comes between.
async fn erase_in(transaction: &mut Session, erasure: &RequestErasure) -> Result<u64, StoreError> {
    for lock in BESIDE {
        transaction.execute(query(lock).bind(texts_of(&erasure.numbers))).await?;
    }
    let lock = query_as(
        "SELECT number FROM requests WHERE number = ANY($1) ORDER BY number FOR UPDATE SKIP LOCKED",
    );
    let locked: Vec<(String,)> = transaction.all(lock.bind(texts_of(&erasure.numbers))).await?;
    let locked: Vec<String> = locked.into_iter().map(|(number,)| number).collect();
    let mut left = left(transaction, erasure, locked).await?;
    if left.is_empty() {
        return Ok(0);
    }
    let certificate = lock_journal(transaction).await? + 1;
    for one in &mut left {
        one.certificate = certificate;
    }
    let numbers: Vec<String> = left.iter().map(|one| one.number.as_str().to_owned()).collect();
    let rows: Vec<AuditRow> = rows_about(transaction, numbers.clone()).await?;
    append(transaction, &[erasure.event(&left, &rows)]).await?;
    put_down(transaction, &left).await?;
    for statement in EMPTYING {
        transaction.execute(query(statement).bind(numbers.clone())).await?;
    }
    Ok(u64::try_from(left.len()).unwrap_or(u64::MAX))
}

/// What will be left of those that may go, under a certificate that has no place yet.
async fn left(
    transaction: &mut Session,
    erasure: &RequestErasure,
    locked: Vec<String>,
) -> Result<Vec<ErasedRequest>, StoreError> {
    let select = query_as(over!(
        "SELECT request.number, $3::bigint, 0::bigint, request.state, request.channel,
             request.accepted_at, request.due_at, request.ended_at, request.version
         FROM requests AS request
         WHERE request.number = ANY($1) AND ",
        ""
    ))
    .bind(locked)
    .bind(to_ms(erasure.before))
    .bind(to_ms(erasure.at));
    let requests: Vec<RequestColumns> = transaction.all(select).await?;
    let numbers: Vec<String> = requests.iter().map(|columns| columns.0.clone()).collect();
    // Request, number, kind, token itself, digest, annulled.
    let select = query_as(
        "SELECT request, number, kind, token, digest, (SELECT annulled.ended_at FROM annulments AS annulled
             WHERE annulled.result = results.id AND annulled.outcome = 'confirmed')
         FROM results WHERE request = ANY($1) AND digest IS NOT NULL
         UNION ALL
         SELECT one.request, answered.answer_number, 'answer', answered.token, issued.digest, NULL
         FROM recourses AS one
         JOIN recourse_steps AS answered
             ON answered.recourse = one.number AND answered.kind = 'answered'
         JOIN recourse_steps AS issued ON issued.recourse = one.number AND issued.kind = 'issued'
         WHERE one.request = ANY($1)",
    );
    let documents: Vec<DocumentColumns> = transaction.all(select.bind(numbers.clone())).await?;
    let select = query_as(
        "SELECT consent.number, kind, decision, text_version,
             CASE kind WHEN 'restricted_data' THEN withdrawal.at_ms END
         FROM consents AS consent
         LEFT JOIN consent_withdrawals AS withdrawal ON withdrawal.number = consent.number
         WHERE consent.number = ANY($1)",
    );
    let consents: Vec<ConsentColumns> = transaction.all(select.bind(numbers)).await?;
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
async fn put_down(transaction: &mut Session, left: &[ErasedRequest]) -> Result<(), StoreError> {
    let insert = query(
        "INSERT INTO erased_requests (number, erased_at, certificate)
         SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])",
    )
    .bind(left.iter().map(|one| one.number.as_str().to_owned()).collect::<Vec<_>>())
    .bind(left.iter().map(|one| to_ms(one.erased_at)).collect::<Vec<_>>())
    .bind(left.iter().map(|one| one.certificate).collect::<Vec<_>>());
    transaction.execute(insert).await?;
    let documents: Vec<_> = left
        .iter()
        .flat_map(|one| one.documents.iter().map(move |document| (one, document)))
        .collect();
    let insert = query(
        "INSERT INTO erased_results (number, request, kind, token_digest, file_digest, annulled_at)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])",
    )
    .bind(documents.iter().map(|(_, it)| it.number.as_str().to_owned()).collect::<Vec<_>>())
    .bind(documents.iter().map(|(one, _)| one.number.as_str().to_owned()).collect::<Vec<_>>())
    .bind(documents.iter().map(|(_, it)| it.kind.code()).collect::<Vec<_>>())
    .bind(documents.iter().map(|(_, it)| it.token_digest.clone()).collect::<Vec<_>>())
    .bind(documents.iter().map(|(_, it)| it.file_digest.clone()).collect::<Vec<_>>())
    .bind(documents.iter().map(|(_, it)| it.annulled_at.map(to_ms)).collect::<Vec<_>>());
    transaction.execute(insert).await?;
    let consents: Vec<_> = left
        .iter()
        .flat_map(|one| one.consents.iter().map(move |consent| (one, consent)))
        .collect();
    let insert = query(
        "INSERT INTO erased_consents (number, kind, decision, text_version, withdrawn_at)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])",
    )
    .bind(consents.iter().map(|(one, _)| one.number.as_str().to_owned()).collect::<Vec<_>>())
    .bind(consents.iter().map(|(_, it)| it.kind_word()).collect::<Vec<_>>())
    .bind(consents.iter().map(|(_, it)| it.decision_word()).collect::<Vec<_>>())
    .bind(consents.iter().map(|(_, it)| it.text_version.clone()).collect::<Vec<_>>())
    .bind(consents.iter().map(|(_, it)| it.withdrawn_at.map(to_ms)).collect::<Vec<_>>());
    transaction.execute(insert).await?;
    Ok(())
}

/// What else is erased by its own time, in one order for all.
const BESIDE: [&str; 4] = [
    "SELECT 1 FROM drafts WHERE became = ANY($1) OR led_to = ANY($1) ORDER BY challenge FOR UPDATE",
    "SELECT 1 FROM repair_requests WHERE number = ANY($1) ORDER BY number FOR UPDATE",
    "SELECT 1 FROM portal_exchanges WHERE number = ANY($1) ORDER BY external_id FOR UPDATE",
    "SELECT 1 FROM caller_acts WHERE number = ANY($1) ORDER BY id FOR UPDATE",
];

/// In an order that the foreign keys allow; what is left stands in `erased_requests` by now.
const EMPTYING: [&str; 20] = [
    "DELETE FROM drafts WHERE became = ANY($1) OR led_to = ANY($1)",
    "DELETE FROM idempotency_keys WHERE number = ANY($1)
             AND applicant IN (SELECT applicant FROM requests WHERE number = ANY($1))",
    "DELETE FROM signed_requests WHERE number = ANY($1)",
    "DELETE FROM consents WHERE number = ANY($1)",
    "DELETE FROM consent_withdrawals WHERE number = ANY($1)",
    "DELETE FROM decisions WHERE number = ANY($1)",
    "DELETE FROM notices WHERE number = ANY($1)",
    "DELETE FROM request_notes WHERE request = ANY($1)",
    "DELETE FROM annulments WHERE request = ANY($1)",
    "DELETE FROM sealed_documents WHERE result IN (SELECT id FROM results WHERE request = ANY($1))",
    "DELETE FROM results WHERE request = ANY($1)",
    "DELETE FROM recourse_steps
             WHERE recourse IN (SELECT number FROM recourses WHERE request = ANY($1))",
    "DELETE FROM recourses WHERE request = ANY($1)",
    "DELETE FROM repair_requests WHERE number = ANY($1)",
    "DELETE FROM repairs_told WHERE number = ANY($1)",
    "DELETE FROM portal_exchanges WHERE number = ANY($1)",
    "DELETE FROM caller_acts WHERE number = ANY($1)",
    "DELETE FROM erasure_waits WHERE number = ANY($1)",
    "UPDATE requests SET applicant = '', applicant_name = '', request = '', asked_language = '',
             asked_provider = '' WHERE number = ANY($1)",
    "UPDATE audit SET subject = '', evidence = ''
             WHERE request = ANY($1) AND request <> ''
             AND (subject <> '' OR evidence <> '')",
];
