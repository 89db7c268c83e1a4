//! Role × action × territory: the doors of staff with a real case behind each, tried at the department that the case belongs to
//! and at one elsewhere.

use app::testing::samples::iin;
use app::{StaffAct, StaffRole, Store};
use axum::http::StatusCode;
use axum_test::TestResponse;
use portal::{Door, Who};

use super::cases::{Cases, fields};
use super::house::{House, far_member, member};
use crate::world::browser::{Browser, field};

/// The data bank is one for the republic: whoever keeps records finds any record, and shows no more of it than may be seen.
const REPUBLICS: &str = "/{language}/staff/records/{key}";

/// Correcting a record of another department is refused, and noted as the look that it was meant to be.
const NOTED: &str = "/{language}/staff/records/{key}/correction";

/// Somebody at his desk.
struct Official {
    role: StaffRole,
    is_far: bool,
    browser: Browser,
    token: String,
}

impl Official {
    async fn of(house: &House, role: StaffRole, is_far: bool) -> Self {
        let member = if is_far { far_member(role) } else { member(role) };
        let browser = house.desk_of(&member).await;
        let token = field(&browser.get("/kk/staff").await.text(), "token");
        Self { role, is_far, browser, token }
    }

    async fn post(&self, address: &str, fields: &[(&str, &str)]) -> TestResponse {
        let token = std::iter::once(("token", &*self.token));
        let fields: Vec<_> = token.chain(fields.iter().copied()).collect();
        self.browser.post(address, &fields).await
    }

    async fn goes_through(&self, door: &Door, cases: &Cases) -> StatusCode {
        let address = cases.address(door);
        let answer = match door.method {
            "GET" => self.browser.get(&address).await,
            "POST" => self.post(&address, &fields(door)).await,
            other => panic!("{other}"),
        };
        answer.status_code()
    }

    /// Whether the table and the territory let him through.
    fn may(&self, door: &Door, act: StaffAct) -> bool {
        self.role.may(act) && (!self.is_far || door.path == REPUBLICS || is_ones_own(door))
    }
}

/// What belongs to nobody but who comes: somebody's passkeys.
fn is_ones_own(door: &Door) -> bool {
    door.path.contains("/staff/passkeys/")
}

/// Whoever may not come first, so that what is shut to him is still there to be seen.
async fn officials(house: &House) -> Vec<Official> {
    let mut all = Vec::new();
    for role in StaffRole::ALL.into_iter().filter(|role| role.is_of_department()) {
        all.push(Official::of(house, role, true).await);
    }
    for role in StaffRole::ALL {
        all.push(Official::of(house, role, false).await);
    }
    all
}

async fn rows(house: &House) -> usize {
    house.world.store().audit_from(1, 10_000).await.unwrap().len()
}

#[tokio::test]
async fn a_case_opens_at_its_own_department_and_for_the_republic_and_nowhere_else() {
    let house = House::new();
    let cases = Cases::of(&house).await;
    let officials = officials(&house).await;
    let doors = house.doors().into_iter().filter_map(|door| match door.who {
        Who::Staff(act) => Some((door, act)),
        _ => None,
    });
    let has_case = |door: &Door| door.path.replacen("{language}", "", 1).contains('{');
    let mut tried = 0;
    for (door, act) in doors.filter(|(door, _)| has_case(door)) {
        let (outside, inside): (Vec<_>, Vec<_>) =
            officials.iter().partition(|one| !one.may(&door, act));
        for one in &outside {
            let before = rows(&house).await;
            let status = one.goes_through(&door, &cases).await;
            let told = told(one, &door, status);
            assert_eq!(status, StatusCode::NOT_FOUND, "{told}");
            let is_noted = door.path == NOTED && door.method == "POST" && one.role.may(act);
            assert_eq!(rows(&house).await > before, is_noted, "rows: {told}");
        }
        assert!(!inside.is_empty(), "{}", door.path);
        for one in &inside {
            let status = one.goes_through(&door, &cases).await;
            let told = told(one, &door, status);
            // What a colleague did just before is told by 409 and the page.
            let is_good = match door.method {
                "GET" => status == StatusCode::OK,
                _ => {
                    status.is_success() || status.is_redirection() || status == StatusCode::CONFLICT
                }
            };
            assert!(is_good, "{told}");
        }
        tried += outside.len() + inside.len();
    }
    assert!(tried > 300, "{tried}");
}

fn told(one: &Official, door: &Door, status: StatusCode) -> String {
    let place = if one.is_far { "elsewhere" } else { "at home" };
    format!("{} {place}: {} {}: {status}", one.role.code(), door.method, door.path)
}

#[tokio::test]
async fn nothing_of_another_territory_is_on_a_list_or_answers_to_a_number_in_a_form() {
    let house = House::new();
    let cases = Cases::of(&house).await;
    for (role, list, case) in [
        (StaffRole::Officer, "proposals", &cases.proposal),
        (StaffRole::Officer, "repairs", &cases.repair),
        (StaffRole::Officer, "annulments", &cases.annulment),
        (StaffRole::Reviewer, "reviews", &cases.review),
        (StaffRole::Head, "complaints", &cases.complaint),
    ] {
        for is_far in [true, false] {
            let official = Official::of(&house, role, is_far).await;
            let page = official.browser.get(&format!("/kk/staff/{list}")).await;
            page.assert_status_ok();
            assert_eq!(page.text().contains(case.as_str()), !is_far, "{list} {is_far}");
        }
    }
    let far = Official::of(&house, StaffRole::Officer, true).await;
    let correction = [("key", &*cases.record), ("purpose", "тексеру"), ("reason", "№ 5")];
    far.post("/kk/staff/record", &correction).await.assert_status_not_found();
    let before = rows(&house).await;
    let annulment =
        [("certificate", &*cases.certificate), ("reason", "wrong_facts"), ("words", "қате")];
    let refused = far.post("/kk/staff/annulments", &annulment).await;
    refused.assert_status_unprocessable_entity();
    let sought = [("number", &*cases.request), ("purpose", "тексеру")];
    let found = far.post("/kk/staff/requests", &sought).await;
    found.assert_status_unprocessable_entity();
    assert_eq!(rows(&house).await, before);
    let digits = house.world.guardian().digits();
    let found = far.post("/kk/staff/requests", &[("iin", &digits), ("purpose", "тексеру")]).await;
    assert!(!found.text().contains(&cases.request) && iin(1).digits() == digits);
    let home = Official::of(&house, StaffRole::Officer, false).await;
    let found = home.post("/kk/staff/requests", &[("iin", &digits), ("purpose", "тексеру")]).await;
    assert!(found.text().contains(&cases.request));
}
