//! The officers' start page: what waits for a person, and where to go on; and the list of all proposals.

use app::{Proposal, ProposalKind, ProposalState, StaffRole, acts};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use crate::failure::Failure;
use crate::page::{Page, html};
use crate::staff::{Desk, DeskVisit, OfficerVisit};

/// A proposal in a list.
pub struct Line {
    address: String,
    title: String,
    state: String,
    is_open: bool,
    proposer: String,
    proposed_at: Timestamp,
}

#[derive(Template)]
#[template(path = "staff/start.html")]
struct StartPage {
    page: Page,
    desk: Desk,
    waiting: Vec<Line>,
    own: Vec<Line>,
    /// Requests to repair without an answer.
    repairs: usize,
}

#[derive(Template)]
#[template(path = "staff/proposals.html")]
struct ProposalsPage {
    page: Page,
    desk: Desk,
    proposals: Vec<Line>,
}

/// What others than officers open: where they may go.
#[derive(Template)]
#[template(path = "staff/places.html")]
struct PlacesPage {
    page: Page,
    desk: Desk,
    roles: Vec<String>,
}

/// `GET /{language}/staff`
pub async fn show(
    visit: DeskVisit<acts::OpenDesk>,
    officer: Result<OfficerVisit, Response>,
) -> Result<Response, Failure> {
    if let Ok(visit) = officer {
        return of_officers(&visit).await;
    }
    let page = visit.page();
    let word = |role: StaffRole| page.t(&format!("staff-role-{}", role.code()));
    let roles = visit.permit.member().roles.iter().map(word).collect();
    html(StatusCode::OK, &PlacesPage { desk: visit.desk(), roles, page })
}

async fn of_officers(visit: &OfficerVisit) -> Result<Response, Failure> {
    let (page, me) = (visit.page(), visit.officer.iin);
    let (mut waiting, mut own) = (Vec::new(), Vec::new());
    for proposal in visit.staff.proposals(&visit.officer).await? {
        if proposal.state != ProposalState::Open {
            continue;
        }
        if proposal.officer == me {
            own.push(line(visit, &page, &proposal).await);
        } else if proposal.asked_at.is_some() {
            waiting.push(line(visit, &page, &proposal).await);
        }
    }
    let repairs = visit.portal.service.open_repairs(&visit.officer.provider).await?;
    html(StatusCode::OK, &StartPage { desk: visit.desk(), waiting, own, repairs, page })
}

/// `GET /{language}/staff/proposals`
pub async fn all(visit: OfficerVisit) -> Result<Response, Failure> {
    let page = visit.page();
    let mut proposals = Vec::new();
    for proposal in visit.staff.proposals(&visit.officer).await? {
        proposals.push(line(&visit, &page, &proposal).await);
    }
    html(StatusCode::OK, &ProposalsPage { desk: visit.desk(), proposals, page })
}

async fn line(visit: &OfficerVisit, page: &Page, proposal: &Proposal) -> Line {
    Line {
        address: page.link(&format!("/staff/proposals/{}", proposal.id.0)),
        title: title(page, proposal),
        state: state(page, proposal),
        is_open: proposal.state == ProposalState::Open,
        proposer: name_of(visit, page, proposal.officer).await,
        proposed_at: proposal.proposed_at,
    }
}

/// What a proposal is called.
pub fn title(page: &Page, proposal: &Proposal) -> String {
    match proposal.kind {
        ProposalKind::File => page.with("staff-proposal-file", "name", &proposal.file_name),
        ProposalKind::Record => page.t("staff-proposal-record"),
    }
}

/// How it stands with a proposal.
pub fn state(page: &Page, proposal: &Proposal) -> String {
    let word = match (proposal.state, proposal.asked_at) {
        (ProposalState::Open, Some(_)) => "waiting",
        (state, _) => state.code(),
    };
    page.t(&format!("staff-state-{word}"))
}

/// An officer's name, or that he is on the list no more.
pub async fn name_of(visit: &OfficerVisit, page: &Page, iin: domain::Iin) -> String {
    let name = visit.staff.name_of(&visit.officer, iin).await;
    name.unwrap_or_else(|| page.t("staff-former-officer"))
}
