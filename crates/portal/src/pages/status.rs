//! How far a request is, in words: state, next step, times, results, and past the term the law's consequence.
//!
//! Shared by the request page, its renewing parts, the receipt and the cabinet.

use app::{AuditAction, RequestView};
use domain::{DocumentContent, RefusalGround, RequestState, Term};
use jiff::Timestamp;

use crate::page::Page;
use crate::pages::repair::again;
use crate::times::date_words;

/// Seconds a pending request's page waits before it asks again.
const ASK_AGAIN_S: u32 = 5;
const ASK_AGAIN_LATE_S: u32 = 30;

/// A request's status as shown.
pub struct Status {
    /// Number of the request.
    pub number: String,
    /// Changes whenever the block must be shown anew.
    pub mark: String,
    /// State in words.
    pub state: String,
    /// What happens next, or what to do.
    pub next: String,
    /// Whether the answer is there.
    pub is_final: bool,
    /// Whether the term is over or was when the answer came.
    pub is_late: bool,
    /// Since when a source's answer is waited for, where it is.
    pub waiting_since: Option<Timestamp>,
    /// The body the request is addressed to, where the person chose one.
    pub provider: Option<String>,
    /// Accepted.
    pub accepted_at: Timestamp,
    /// Due.
    pub due_at: Timestamp,
    /// Issued documents.
    pub results: Vec<ResultLine>,
    /// The refusal, where it is one.
    pub refusal: Option<Refusal>,
}

/// One issued document.
pub struct ResultLine {
    /// Address of its facts.
    pub address: String,
    /// «Certificate» or «Reasoned refusal».
    pub kind: String,
    /// Its number.
    pub number: String,
    /// The ward of a certificate.
    pub ward: Option<String>,
    /// That and since when it is annulled, where it is.
    pub annulled: Option<String>,
}

/// A refusal in words.
pub struct Refusal {
    /// The ground by the law.
    pub ground: String,
    /// What the person can do.
    pub todo: String,
    /// Who keeps the record.
    pub provider: String,
    /// Where.
    pub address: String,
    /// Telephone.
    pub phone: String,
}

impl Status {
    /// The status of a request on a page.
    #[must_use]
    pub fn of(view: &RequestView, page: &Page) -> Self {
        let request = &view.request;
        let code = request.state.code();
        let is_late = view.term == Term::Exceeded;
        let refusal = view.results.iter().find_map(|result| refusal_of(&result.content, page));
        Self {
            number: request.number.to_string(),
            mark: format!("{code}{}", if is_late { "-late" } else { "" }),
            state: page.t(&format!("state-{code}")),
            next: page.t(&format!("next-{code}")),
            is_final: request.state.is_final(),
            is_late,
            waiting_since: waiting_since(view),
            provider: request.request.provider.as_ref().and_then(|kato| page.provider(kato)),
            accepted_at: request.clock.accepted_at,
            due_at: request.clock.due_at,
            results: view.results.iter().map(|result| line_of(view, result, page)).collect(),
            refusal,
        }
    }

    /// When to ask again, while the answer is not there.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u32> {
        let pending = if self.is_late { ASK_AGAIN_LATE_S } else { ASK_AGAIN_S };
        (!self.is_final).then_some(pending)
    }
}

/// The journal has one line for the beginning of each wait.
fn waiting_since(view: &RequestView) -> Option<Timestamp> {
    let RequestState::Checking(Some(_)) = view.request.state else { return None };
    let began = |line: &&app::HistoryLine| line.action == AuditAction::Waiting.code();
    view.history.iter().rev().find(began).map(|line| line.at)
}

fn line_of(view: &RequestView, result: &app::ResultView, page: &Page) -> ResultLine {
    let place = format!("/requests/{}/results/{}", view.request.number, result.id.0);
    let ward = match &result.content {
        DocumentContent::Certificate(certificate) => Some(certificate.ward_name.full()),
        DocumentContent::Refusal(_) | DocumentContent::Answer(_) => None,
    };
    ResultLine {
        address: page.link(&place),
        kind: page.t(&format!("kind-{}", result.kind.code())),
        number: result.number.to_string(),
        ward,
        annulled: Annulled::of(result, page).map(|one| one.title),
    }
}

/// An annulment as its holder is told of it.
pub struct Annulled {
    /// That and since when.
    pub title: String,
    /// Why, by the list.
    pub reason: String,
    /// Why, in the officer's words.
    pub words: String,
    /// Where to ask again.
    pub again: String,
}

impl Annulled {
    /// Of a document; nothing where it is not annulled.
    #[must_use]
    pub fn of(result: &app::ResultView, page: &Page) -> Option<Self> {
        let annulment = result.annulment.as_ref()?;
        let day = date_words(page.texts(), domain::astana_date(annulment.annulled_at()?));
        Some(Self {
            title: page.with("verdict-annulled", "day", &day),
            reason: page.t(&format!("annulment-reason-{}", annulment.reason.code())),
            words: annulment.words.clone(),
            again: again(page, &annulment.request),
        })
    }
}

/// A refusal's ground and the way to repair it.
#[must_use]
pub fn refusal_of(content: &DocumentContent, page: &Page) -> Option<Refusal> {
    let DocumentContent::Refusal(refusal) = content else { return None };
    let ground: RefusalGround = refusal.ground;
    let provider = &refusal.provider;
    Some(Refusal {
        ground: page.t(&format!("ground-{}", ground.code())),
        todo: page.t(&format!("refusal-do-{}", ground.code())),
        provider: provider.name.on_screen(page.language).to_owned(),
        address: provider.address.on_screen(page.language).to_owned(),
        phone: provider.phone.clone(),
    })
}
