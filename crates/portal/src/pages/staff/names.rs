//! Names of the people who serve, on pages of those who may know them.

use domain::{Iin, Kato};

use crate::page::Page;
use crate::staff::DeskVisit;

/// The name of somebody of a department, or that he is on the list no more.
pub async fn name_at<A>(visit: &DeskVisit<A>, page: &Page, iin: Iin, provider: &Kato) -> String {
    let found = visit.staff.name_at(iin, page.todays_provider(provider)).await;
    found.unwrap_or_else(|| page.t("staff-former-officer"))
}
