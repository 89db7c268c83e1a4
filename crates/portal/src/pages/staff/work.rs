//! What waits for somebody, on the first page of those who serve: a list of lines, each made by a small function of its own.
//!
//! A new kind of work is one more function and its line in `items`. Normal requests are no work: they are counted. Each count is
//! cheap (`app`'s `desk_work.rs`). Read next: `start.rs`.

use app::{AtDesk, RecourseSeat, SeatAct, StaffAct, acts};

use crate::failure::Failure;
use crate::page::Page;
use crate::staff::{DeskVisit, OfficerVisit};
use crate::times::date_words;

type Visit = DeskVisit<acts::OpenDesk>;

/// One line of work.
pub struct WorkItem {
    /// How many; `None` where that is not known yet.
    pub count: Option<usize>,
    /// What, in words.
    pub text: String,
    /// Where it is done, if there is such a place.
    pub address: Option<String>,
    /// Whether it is among what comes first.
    pub is_urgent: bool,
}

impl WorkItem {
    fn of(page: &Page, count: usize, key: &str, place: &str) -> Self {
        Self {
            count: Some(count),
            text: page.t(key),
            address: Some(page.link(place)),
            is_urgent: false,
        }
    }

    fn urgent(self) -> Self {
        let is_urgent = self.count.is_some_and(|count| count > 0);
        Self { is_urgent, ..self }
    }
}

/// Everything that waits for this person, in the order of the page.
///
/// # Errors
/// [`Failure`] of the store.
pub async fn items(
    visit: &Visit,
    officer: Option<&OfficerVisit>,
) -> Result<Vec<WorkItem>, Failure> {
    let page = visit.page();
    let mut items = down(visit, &page);
    items.extend(seals(visit, &page));
    items.extend(due(visit, &page).await?);
    items.extend(annulments(visit, &page).await?);
    items.extend(recourses(visit, &page).await?);
    items.extend(second_administrator(visit, &page).await?);
    items.extend(faults(visit, &page).await?);
    if let Some(officer) = officer {
        items.push(second_person(officer, &page).await?);
        items.push(repairs(officer, &page).await?);
        items.push(conflicts(officer, &page));
    }
    Ok(items)
}

/// Sources and the seal that do not answer.
fn down(visit: &Visit, page: &Page) -> Vec<WorkItem> {
    let down = visit.portal.service.what_is_down().into_iter();
    let line = |one: app::Down| {
        let since = one.last_success_at.map(|at| page.moment(&at));
        let what = page.t(&format!("work-down-{}", one.what));
        let text = match since {
            Some(since) => format!("{what} {}", page.with("work-down-since", "at", &since)),
            None => what,
        };
        WorkItem { count: None, text, address: None, is_urgent: true }
    };
    down.map(line).collect()
}

/// Seals whose certificates end.
fn seals(visit: &Visit, page: &Page) -> Vec<WorkItem> {
    let line = |cover: app::SealCover| {
        let day = date_words(page.texts(), domain::astana_date(cover.ends_at));
        let owner = match domain::Kato::parse(&cover.owner) {
            Ok(kato) => page.provider(&kato).unwrap_or(cover.owner),
            Err(_) => page.t("work-seal-system"),
        };
        let values = [("owner", owner.as_str()), ("day", day.as_str())];
        let text = page.texts().with_all("work-seal", &values);
        WorkItem { count: None, text, address: None, is_urgent: true }
    };
    visit.portal.service.seals_that_end().into_iter().map(line).collect()
}

/// Requests near the end of their term or past it.
async fn due(visit: &Visit, page: &Page) -> Result<Option<WorkItem>, Failure> {
    if !visit.permit.member().roles.may(StaffAct::ReadRequests) {
        return Ok(None);
    }
    let due = visit.portal.service.due_requests(&visit.permit).await?;
    Ok(Some(WorkItem::of(page, due.len(), "work-due", "/staff/requests#due").urgent()))
}

/// Proposals to annul a certificate that wait for this person.
async fn annulments(visit: &Visit, page: &Page) -> Result<Option<WorkItem>, Failure> {
    let waiting = visit.portal.service.waiting_annulments(&visit.permit).await?;
    let line = |count| WorkItem::of(page, count, "work-annulments", "/staff/annulments#waiting");
    Ok(waiting.map(line))
}

/// Reviews and complaints without an answer, at each desk of this person.
async fn recourses(visit: &Visit, page: &Page) -> Result<Vec<WorkItem>, Failure> {
    let desks = [
        (seat::<acts::ReviewRefusals>(visit), "work-reviews", "/staff/reviews"),
        (seat::<acts::AnswerComplaints>(visit), "work-complaints", "/staff/complaints"),
        (
            seat::<acts::AnswerQualityComplaints>(visit),
            "work-quality-complaints",
            "/staff/quality-complaints",
        ),
    ];
    let mut items = Vec::new();
    for (seat, key, place) in desks {
        let Some(seat) = seat else { continue };
        let waiting = visit.portal.service.waiting_recourses(&seat).await?;
        let item = WorkItem::of(page, waiting.count, key, place);
        items.push(WorkItem { is_urgent: waiting.late > 0, ..item });
    }
    Ok(items)
}

fn seat<A: SeatAct>(visit: &Visit) -> Option<RecourseSeat> {
    visit.permit.and::<A>().map(|permit| RecourseSeat::of(&permit))
}

/// Forms and appointments that wait for a second administrator.
async fn second_administrator(visit: &Visit, page: &Page) -> Result<Vec<WorkItem>, Failure> {
    let forms = visit.portal.service.waiting_forms(&visit.permit).await?;
    let people = visit.staff.waiting_appointments(&visit.permit).await?;
    let forms = forms.map(|count| WorkItem::of(page, count, "work-forms", "/staff/templates"));
    let people =
        people.map(|count| WorkItem::of(page, count, "work-appointments", "/staff/people"));
    Ok(forms.into_iter().chain(people).collect())
}

/// Faults that callers told of in the last 30 days.
async fn faults(visit: &Visit, page: &Page) -> Result<Option<WorkItem>, Failure> {
    let Some(permit) = visit.permit.and::<acts::ReadFaults>() else { return Ok(None) };
    let count = visit.portal.service.count_faults(&permit).await?;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    Ok(Some(WorkItem::of(page, count, "work-faults", "/staff/1414/faults")))
}

/// Proposals about records that wait for this person.
async fn second_person(officer: &OfficerVisit, page: &Page) -> Result<WorkItem, Failure> {
    let proposals = officer.staff.proposals(&officer.officer).await?;
    let for_me = |one: &&app::Proposal| {
        let is_open = one.state == app::ProposalState::Open && one.asked_at.is_some();
        is_open && one.officer != officer.officer.iin
    };
    let count = proposals.iter().filter(for_me).count();
    Ok(WorkItem::of(page, count, "staff-person-waiting", "/staff#waiting"))
}

/// Requests to repair a record without an answer.
async fn repairs(officer: &OfficerVisit, page: &Page) -> Result<WorkItem, Failure> {
    let count = officer.portal.service.open_repairs(&officer.officer.provider).await?;
    Ok(WorkItem::of(page, count, "staff-person-repairs", "/staff/repairs"))
}

/// Contradictions in the records, as they were counted last.
fn conflicts(officer: &OfficerVisit, page: &Page) -> WorkItem {
    let at_desk =
        AtDesk { officer: officer.officer.iin, department: officer.officer.provider.clone() };
    let counted = officer.portal.service.conflict_count(&at_desk);
    let text = match counted {
        Some(counted) if counted.is_cut => page.t("work-conflicts-more"),
        _ => page.t("staff-person-conflicts"),
    };
    let address = Some(page.link("/staff/conflicts"));
    WorkItem { count: counted.map(|one| one.records), text, address, is_urgent: false }
}
