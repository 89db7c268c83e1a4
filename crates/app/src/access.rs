//! Who read a person's data: every look at them and every question about them, as the journal has it.
//!
//! A row is told where somebody else looked or asked, and where somebody who signed in as the person did; what the
//! person and the program did to answer his request stands in the history of that request. Rows of a kind this program
//! does not know (a newer one works beside it) are told in general words rather than not at all.
//!
//! Knows no words. Read next: `audit/mod.rs` for the journal.

use std::collections::{HashMap, HashSet};

use domain::{Iin, Number};
use jiff::Timestamp;

use crate::audit::{Actor, AuditAction, AuditRow};
use crate::ports::{LookWords, RecordLook, StoreError, Workplace};
use crate::service::Service;

/// What a person may find on that page, and each is told in words of its own: looks and questions, and what staff did about
/// him. Whatever else somebody of staff did about a person stands there too, in general words.
pub const ACCESSES: [AuditAction; 23] = [
    AuditAction::SignedIn,
    AuditAction::DataBankAsked,
    AuditAction::Downloaded,
    AuditAction::Checked,
    AuditAction::ConsentAsked,
    AuditAction::RecordLookedAt,
    AuditAction::RequestLookedAt,
    AuditAction::RequestExported,
    AuditAction::JournalRead,
    AuditAction::RepairAnswered,
    AuditAction::AnnulmentProposed,
    AuditAction::CertificateAnnulled,
    AuditAction::AnnulmentDropped,
    AuditAction::RequestNoted,
    AuditAction::ToldByPhone,
    AuditAction::CallerNotRecognised,
    AuditAction::NoticeSentAgain,
    AuditAction::RecourseForwarded,
    AuditAction::RecourseAnswered,
    AuditAction::AppointmentProposed,
    AuditAction::AppointmentDecided,
    AuditAction::PasskeyAdded,
    AuditAction::PasskeyRemoved,
];

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
    /// Whether he asked it himself, and can open it; a ward reads of requests about him.
    pub is_own_request: bool,
    /// Which document was looked at.
    pub document: Option<Number>,
    /// Word of the way, or what else the row says of it; empty where there is but one.
    pub way: String,
    /// Where whoever looked serves, where that is kept.
    pub workplace: Option<Workplace>,
    /// What for, in the words of whoever looked; empty where nobody asked him.
    pub purpose: String,
}

impl Access {
    /// Whether this is somebody of staff at his own account: he signed in to serve, or keeps his passkeys.
    #[must_use]
    pub fn is_own_of_staff(&self) -> bool {
        let is_staff = Actor::parse(&self.actor).is_some_and(Actor::is_staff);
        let own = [AuditAction::SignedIn, AuditAction::PasskeyAdded, AuditAction::PasskeyRemoved];
        is_staff && AuditAction::parse(&self.action).is_some_and(|action| own.contains(&action))
    }
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
        let (found, older) = self.access_rows(person, before).await?;
        let looks: Vec<String> = found.iter().filter_map(|(_, look)| look.clone()).collect();
        let mut words = HashMap::new();
        if !looks.is_empty() {
            words = self.desk().look_words(&looks).await?;
        }
        let own = self.own_requests(person, &found).await?;
        let line = |(line, look): (Access, Option<String>)| {
            let is_own_request = line.request.as_ref().is_some_and(|number| own.contains(number));
            let line = Access { is_own_request, ..line };
            let of_look = look.and_then(|id| words.get(&id).cloned());
            of_look.map_or(line.clone(), |LookWords { workplace, purpose }| Access {
                workplace,
                purpose,
                ..line
            })
        };
        Ok(AccessPage { lines: found.into_iter().map(line).collect(), older })
    }

    /// Which of the requests named there the person asked himself.
    async fn own_requests(
        &self,
        person: Iin,
        lines: &[(Access, Option<String>)],
    ) -> Result<HashSet<Number>, StoreError> {
        let named: HashSet<_> = lines.iter().filter_map(|(line, _)| line.request.clone()).collect();
        let mut own = HashSet::new();
        for number in named {
            let request = self.store().request(&number).await?;
            if request.is_some_and(|one| one.request.applicant == person) {
                own.insert(number);
            }
        }
        Ok(own)
    }

    /// Each with the identifier of its look, where it is one.
    async fn access_rows(
        &self,
        person: Iin,
        before: Option<i64>,
    ) -> Result<(Vec<(Access, Option<String>)>, Option<i64>), StoreError> {
        let (mut found, mut older) = (Vec::new(), before);
        loop {
            let rows = self.store().audit_of_subject(person, older, ROWS).await?;
            let is_last = rows.len() < usize::try_from(ROWS).unwrap_or(usize::MAX);
            for row in rows {
                older = Some(row.sequence);
                found.extend(access(row));
                if found.len() == PAGE {
                    return Ok((found, older));
                }
            }
            if is_last {
                return Ok((found, None));
            }
        }
    }
}

fn access(row: AuditRow) -> Option<(Access, Option<String>)> {
    if !is_access(&row) {
        return None;
    }
    let at = Timestamp::from_millisecond(row.at_ms).ok()?;
    let request = Number::parse(&row.request).ok();
    let Told { document, way, workplace, look } = Told::of(&row);
    let (actor, action, purpose) = (row.actor, row.action, String::new());
    let is_own_request = false;
    let line =
        Access { at, actor, action, request, is_own_request, document, way, workplace, purpose };
    Some((line, look))
}

/// What the detail of a row says.
#[derive(Default)]
struct Told {
    document: Option<Number>,
    way: String,
    workplace: Option<Workplace>,
    look: Option<String>,
}

impl Told {
    fn of(row: &AuditRow) -> Self {
        if let Some((way, id)) = RecordLook::of_row(&row.action, &row.detail) {
            return Self { way: way.code().to_owned(), look: Some(id), ..Self::default() };
        }
        // Staff sign in at their workplace; without a word of the way it was by a signature.
        let is_sign_in = row.action == AuditAction::SignedIn.code();
        if let Some(workplace) = Workplace::parse(&row.detail).filter(|_| is_sign_in) {
            return Self { workplace: Some(workplace), ..Self::default() };
        }
        let (first, rest) = row.detail.split_once(' ').unwrap_or((&row.detail, ""));
        let document = Number::parse(first).ok();
        let way = if document.is_some() { rest } else { row.detail.as_str() }.to_owned();
        Self { document, way, ..Self::default() }
    }
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
            salt: String::new(),
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
        let access = |row| access(row).unwrap().0;
        let checked = access(row("checker", "checked", &format!("{number} qr")));
        assert_eq!((checked.document, checked.way.as_str()), (Some(number.clone()), "qr"));
        let downloaded = access(row("api_client", "downloaded", number.as_str()));
        assert_eq!((downloaded.document, downloaded.way.as_str()), (Some(number), ""));
        let asked = access(row("system", "data_bank_asked", "known"));
        assert_eq!((asked.document, asked.way.as_str()), (None, "known"));
    }

    #[test]
    fn a_look_is_split_into_its_way_and_its_identifier_and_a_sign_in_of_staff_names_the_workplace()
    {
        let (look, id) = access(row("officer", "record_looked_at", "recourse 0a1b")).unwrap();
        assert_eq!((look.way.as_str(), id.as_deref()), ("recourse", Some("0a1b")));
        assert!(!look.is_own_of_staff());
        let (signed_in, id) = access(row("officer", "signed_in", "710000000")).unwrap();
        assert_eq!((signed_in.way.as_str(), id), ("", None));
        assert_eq!(signed_in.workplace, Workplace::parse("710000000"));
        assert!(signed_in.workplace.is_some() && signed_in.is_own_of_staff());
        let (by_passkey, _) = access(row("auditor", "signed_in", "passkey")).unwrap();
        assert_eq!((by_passkey.way.as_str(), by_passkey.workplace.as_ref()), ("passkey", None));
        assert!(by_passkey.is_own_of_staff());
        assert!(!access(row("applicant", "signed_in", "")).unwrap().0.is_own_of_staff());
    }

    #[test]
    fn whatever_is_told_of_others_than_staff_is_on_the_list_of_accesses() {
        for action in AuditAction::ALL {
            let is_told = access(row("system", action.code(), "")).is_some();
            assert!(!is_told || ACCESSES.contains(&action), "{action:?}");
        }
    }
}
