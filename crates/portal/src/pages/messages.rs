//! The person's messages: what he is told besides the state of each request, newest first, each leading to its request.

use app::{NoticeKind, StoredNotice};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use crate::failure::Failure;
use crate::page::{Page, html};
use crate::pages::repair::again;
use crate::visitor::Person;

/// A message in words.
pub struct Message {
    /// Number of its request.
    pub number: String,
    /// When it was written.
    pub at: Timestamp,
    /// What it says, in a line.
    pub title: String,
    /// The rest of it.
    pub text: String,
    /// Where to ask again, where that is what it leads to.
    pub again: Option<String>,
    /// Where his reviews and complaints are, where it tells of one.
    pub recourses: Option<String>,
}

#[derive(Template)]
#[template(path = "messages.html")]
struct MessagesPage {
    page: Page,
    messages: Vec<Message>,
}

/// `GET /{language}/messages`
pub async fn show(person: Person) -> Result<Response, Failure> {
    let page = person.page();
    let messages = messages_of(&person, &page).await?;
    html(StatusCode::OK, &MessagesPage { page, messages })
}

/// The person's messages, newest first.
///
/// # Errors
/// [`Failure`] of the store.
pub async fn messages_of(person: &Person, page: &Page) -> Result<Vec<Message>, Failure> {
    let notices = person.visitor.portal.service.notices_of(person.session.iin).await?;
    let message = |stored: &StoredNotice| {
        let code = stored.notice.kind.code();
        Message {
            number: stored.number.to_string(),
            at: stored.notice.at,
            title: page.t(&format!("notice-{code}")),
            text: page.t(&format!("notice-{code}-text")),
            again: leads_to_asking(stored.notice.kind).then(|| again(page, &stored.number)),
            recourses: tells_of_recourse(stored.notice.kind)
                .then(|| page.link("/cabinet/recourses")),
        }
    };
    Ok(notices.iter().map(message).collect())
}

fn leads_to_asking(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::RecordRepaired | NoticeKind::CertificateAnnulled)
}

fn tells_of_recourse(kind: NoticeKind) -> bool {
    use NoticeKind::{RecourseAnswered, RecourseForwarded, RecourseOverdue};
    matches!(kind, RecourseForwarded | RecourseOverdue | RecourseAnswered)
}
