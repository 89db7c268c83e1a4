//! Who read a person's data: every look at them and every question about them, as the journal has it.
//!
//! A row is told where somebody else looked or asked, and where somebody who signed in as the person did; what the
//! person and the program did to answer his request stands in the history of that request. Rows of a kind this program
//! does not know (a newer one works beside it) are told in general words rather than not at all.
//!
//! Knows no words. Read next: `audit/mod.rs` for the journal.

use domain::{Iin, Number};
use jiff::Timestamp;

use crate::audit::{Actor, AuditAction, AuditRow};
use crate::ports::StoreError;
use crate::service::Service;

/// Lines on one page.
const PAGE: usize = 50;
/// Journal rows read with one question to the store.
const ROWS: u32 = 200;

/// One look at a person's data, or one question about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// When.
    pub at: Timestamp,
    /// Word of [`Actor`].
    pub actor: String,
    /// Word of [`AuditAction`].
    pub action: String,
    /// For which request.
    pub request: Option<Number>,
    /// Which document was looked at.
    pub document: Option<Number>,
    /// Word of the way, or what else the row says of it; empty where there is but one.
    pub way: String,
}

/// A page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessPage {
    /// Newest first.
    pub lines: Vec<Access>,
    /// Where the next page begins, if there may be one.
    pub older: Option<i64>,
}

impl Service {
    /// Who read a person's data before a row of the journal.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn accesses_of(
        &self,
        person: Iin,
        before: Option<i64>,
    ) -> Result<AccessPage, StoreError> {
        let mut page = AccessPage { lines: Vec::new(), older: before };
        loop {
            let rows = self.store().audit_of_subject(person, page.older, ROWS).await?;
            let is_last = rows.len() < usize::try_from(ROWS).unwrap_or(usize::MAX);
            for row in rows {
                page.older = Some(row.sequence);
                page.lines.extend(access(row));
                if page.lines.len() == PAGE {
                    return Ok(page);
                }
            }
            if is_last {
                page.older = None;
                return Ok(page);
            }
        }
    }
}

fn access(row: AuditRow) -> Option<Access> {
    if !is_access(&row) {
        return None;
    }
    let at = Timestamp::from_millisecond(row.at_ms).ok()?;
    let request = Number::parse(&row.request).ok();
    let (first, rest) = row.detail.split_once(' ').unwrap_or((&row.detail, ""));
    let document = Number::parse(first).ok();
    let way = if document.is_some() { rest } else { row.detail.as_str() }.to_owned();
    Some(Access { at, actor: row.actor, action: row.action, request, document, way })
}

fn is_access(row: &AuditRow) -> bool {
    if Actor::parse(&row.actor).is_some_and(Actor::is_staff) {
        return true;
    }
    match AuditAction::parse(&row.action) {
        Some(
            AuditAction::SignedIn
            | AuditAction::DataBankAsked
            | AuditAction::Downloaded
            | AuditAction::Checked
            | AuditAction::ConsentAsked,
        )
        | None => true,
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(actor: &str, action: &str, detail: &str) -> AuditRow {
        AuditRow {
            sequence: 1,
            at_ms: 0,
            actor: actor.to_owned(),
            action: action.to_owned(),
            request: String::new(),
            subject: "800101300016".to_owned(),
            detail: detail.to_owned(),
            evidence: String::new(),
            hash: String::new(),
        }
    }

    #[test]
    fn looks_and_questions_are_told_and_the_work_on_a_request_is_not() {
        for (actor, action, is_told) in [
            ("system", "data_bank_asked", true),
            ("checker", "checked", true),
            ("api_client", "downloaded", true),
            ("applicant", "downloaded", true),
            ("applicant", "signed_in", true),
            ("officer", "registered", true),
            ("contact_centre", "told_by_phone", true),
            ("contact_centre", "caller_not_recognised", true),
            ("contact_centre", "notice_sent_again", true),
            ("officer", "looked_into_a_request", true),
            ("contact_centre", "looked_into_a_request", true),
            ("auditor", "record_looked_at", true),
            ("system", "something_new", true),
            ("applicant", "registered", false),
            ("system", "decided", false),
            ("system", "issued", false),
            ("operator", "restored", false),
        ] {
            assert_eq!(access(row(actor, action, "")).is_some(), is_told, "{actor} {action}");
        }
    }

    #[test]
    fn a_detail_is_a_document_and_a_way_or_the_way_alone() {
        let number = Number::from_random(domain::NumberKind::Certificate, 7);
        let checked = access(row("checker", "checked", &format!("{number} qr"))).unwrap();
        assert_eq!((checked.document, checked.way.as_str()), (Some(number.clone()), "qr"));
        let downloaded = access(row("api_client", "downloaded", number.as_str())).unwrap();
        assert_eq!((downloaded.document, downloaded.way.as_str()), (Some(number), ""));
        let asked = access(row("system", "data_bank_asked", "known")).unwrap();
        assert_eq!((asked.document, asked.way.as_str()), (None, "known"));
    }
}
