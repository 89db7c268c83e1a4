//! The personal cabinet (items 5 and 10 of the list): a person's requests and results, kept for ever.
//! Another person's request is as if it did not exist.

use domain::{ConsentRecord, DocumentContent, Iin, Number, Term};
use jiff::Timestamp;
use tokio::try_join;

use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{Annulment, ResultId, ResultKind, StoreError, StoredRequest, StoredResult};
use crate::service::Service;

/// Requests shown on one page of the cabinet.
const PAGE: u32 = 50;

/// One line of a request's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    /// When.
    pub at: Timestamp,
    /// Word of [`AuditAction`].
    pub action: String,
}

/// An issued result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultView {
    /// Identifier for its address.
    pub id: ResultId,
    /// Kind.
    pub kind: ResultKind,
    /// Number of the document.
    pub number: Number,
    /// Its facts.
    pub content: DocumentContent,
    /// SHA-256 (hexadecimal) of its bytes.
    pub digest: String,
    /// Its annulment, where it was annulled.
    pub annulment: Option<Annulment>,
}

/// A request with everything its page shows.
#[derive(Clone, Debug)]
pub struct RequestView {
    /// The request.
    pub request: StoredRequest,
    /// Issued results.
    pub results: Vec<ResultView>,
    /// History, oldest first.
    pub history: Vec<HistoryLine>,
    /// Whether the legal term was kept: at its end for an ended request, else now.
    pub term: Term,
    /// Both consents as shown.
    pub consents: Vec<ConsentRecord>,
    /// When the consent under Article 8 was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
    /// When it was refused through the control of access, although it was given with the request.
    pub refused_at: Option<Timestamp>,
}

impl Service {
    /// A person's requests accepted before a moment, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn requests_of(
        &self,
        applicant: Iin,
        before: Option<Timestamp>,
    ) -> Result<Vec<RequestView>, StoreError> {
        let mut views = Vec::new();
        for request in self.store().requests_of(applicant, before, PAGE).await? {
            let results = self.issued(&request.number).await?;
            let term = self.term(&request);
            views.push(RequestView {
                request,
                results,
                history: Vec::new(),
                term,
                consents: Vec::new(),
                withdrawn_at: None,
                refused_at: None,
            });
        }
        Ok(views)
    }

    /// A request for its applicant, or for an API client (`viewer` is `None`); `None` for anybody else.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn request_view(
        &self,
        number: &Number,
        viewer: Option<Iin>,
    ) -> Result<Option<RequestView>, StoreError> {
        let Some(request) = self.store().request(number).await? else { return Ok(None) };
        if viewer.is_some_and(|iin| iin != request.request.applicant) {
            return Ok(None);
        }
        let results = async {
            // While it is worked on somebody asks every moment, and nothing is issued.
            match request.ended_at {
                Some(_) => self.issued(number).await,
                None => Ok(Vec::new()),
            }
        };
        // Whoever looks waits for the slowest of these, and not for one after the other.
        let (results, rows, consents, withdrawal) = try_join!(
            results,
            self.store().audit_of(number),
            self.store().consents_of(number),
            self.store().withdrawal_of(number),
        )?;
        let history: Vec<_> = rows.into_iter().filter_map(history_line).collect();
        let withdrawn_at = withdrawal.map(|one| one.at);
        // Clocks of nodes differ by seconds: who was told that the term has passed is not told afterwards that it had not.
        let was_told = history.iter().any(|line| line.action == AuditAction::Overdue.code());
        let term = if was_told { Term::Exceeded } else { self.term(&request) };
        let refused_at = self.consent_refused_at(&request, withdrawn_at).await?;
        Ok(Some(RequestView {
            request,
            results,
            history,
            term,
            consents,
            withdrawn_at,
            refused_at,
        }))
    }

    /// An issued document for its holder, or for an API client; byte-identical each time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn download(
        &self,
        id: &ResultId,
        viewer: Option<Iin>,
    ) -> Result<Option<(ResultView, Vec<u8>)>, StoreError> {
        let Some(stored) = self.store().result(id).await? else { return Ok(None) };
        let holder = stored.planned.content.holder();
        if viewer.is_some_and(|iin| iin != holder) {
            return Ok(None);
        }
        let (Some(view), Some(bytes)) =
            (issued_view(stored.clone()), self.store().document(id).await?)
        else {
            return Ok(None);
        };
        let event = AuditEvent {
            at: self.now(),
            actor: viewer.map_or(Actor::ApiClient, |_| Actor::Applicant),
            action: AuditAction::Downloaded,
            request: Some(stored.request),
            subject: Some(holder),
            detail: view.number.to_string(),
            evidence: String::new(),
        };
        self.store().append_audit(&event).await?;
        Ok(Some((view, bytes)))
    }

    pub(crate) async fn issued(&self, number: &Number) -> Result<Vec<ResultView>, StoreError> {
        let results = self.store().results_of(number).await?;
        let mut views: Vec<_> = results.into_iter().filter_map(issued_view).collect();
        let annulments = self.store().annulments_of(number).await?;
        for annulment in annulments.into_iter().filter(|one| one.annulled_at().is_some()) {
            if let Some(view) = views.iter_mut().find(|one| one.id == annulment.result) {
                view.annulment = Some(annulment);
            }
        }
        Ok(views)
    }

    fn term(&self, request: &StoredRequest) -> Term {
        request.clock.term_at(request.ended_at.unwrap_or_else(|| self.now()))
    }
}

fn issued_view(stored: StoredResult) -> Option<ResultView> {
    let digest = stored.digest?;
    let content = stored.planned.content;
    Some(ResultView {
        id: stored.planned.id,
        kind: ResultKind::of(&content),
        number: content.number().clone(),
        content,
        digest,
        annulment: None,
    })
}

fn history_line(row: crate::audit::AuditRow) -> Option<HistoryLine> {
    AuditAction::parse(&row.action).filter(|action| action.is_for_the_person())?;
    let at = Timestamp::from_millisecond(row.at_ms).ok()?;
    Some(HistoryLine { at, action: row.action })
}
