//! Every door of the portal, tried by nobody, by a person, by a program without its token and by each role: whoever may not
//! come through sees nothing, and the table in `docs/permissions.md` is the doors as they are.

use std::collections::BTreeSet;
use std::sync::Arc;

use app::testing::samples::{iin, kato, provider};
use app::testing::{FakeStaffList, FakeVerifier, of_department, of_organisation};
use app::{StaffAct, StaffMember, StaffRole, Workplace};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Bin;
use portal::{Door, PortalConfig, Who};

use crate::world::World;
use crate::world::browser::{Browser, document, field, location};

const URL: &str = "http://127.0.0.1:8080";
const TABLE: &str = include_str!("../../../../docs/permissions.md");

/// Pages that exist for who may open them only where there is something behind their parameter.
const NEED_A_CASE: &[&str] = &[
    "/{language}/staff/proposals/{id}",
    "/{language}/staff/proposals/{id}/state",
    "/{language}/staff/annulments/{id}",
    "/{language}/staff/requests/{number}",
    "/{language}/staff/templates/{id}",
    "/{language}/staff/templates/{id}/specimens/{specimen}",
    "/{language}/staff/reviews/{number}",
    "/{language}/staff/complaints/{number}",
    "/{language}/staff/quality-complaints/{number}",
];

/// What somebody wrote is not lost where his session ended: he is shown the way in with it.
const KEEP_ANSWERS: &[&str] = &["/{language}/request"];

/// The key of a record that nobody has.
const KEY: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn organisation() -> Bin {
    Bin::parse("200140009018").unwrap()
}

fn member(role: StaffRole) -> StaffMember {
    let seed = u32::try_from(StaffRole::ALL.iter().position(|one| *one == role).unwrap()).unwrap();
    let who = iin(600 + seed);
    if role.is_of_department() {
        of_department(who, role.code(), &kato(), &[role])
    } else {
        of_organisation(who, role.code(), organisation(), role)
    }
}

struct House {
    world: World,
    config: PortalConfig,
}

impl House {
    fn new() -> Self {
        let world = World::new(URL);
        let people = Arc::new(FakeStaffList::default());
        people.list(&StaffRole::ALL.map(member));
        let staff = Some(world.staff(people));
        let config = PortalConfig { staff, ..World::config(URL) };
        Self { world, config }
    }

    fn doors(&self) -> Vec<Door> {
        portal::doors(self.world.service.clone(), self.config.clone())
    }

    fn stranger(&self) -> Browser {
        Browser::over(&self.world, self.config.clone())
    }

    async fn person(&self) -> Browser {
        let browser = self.stranger();
        browser.sign_in("kk", self.world.guardian()).await;
        browser
    }

    async fn desk(&self, role: StaffRole) -> Browser {
        let (browser, member) = (self.stranger(), member(role));
        let bin = match member.workplace {
            Workplace::Department(_) => provider().bin,
            Workplace::Organisation(bin) => bin,
        };
        let html = browser.get("/kk/staff/sign-in").await.text();
        let cms = FakeVerifier::sign_for(bin, member.iin, &document(&html));
        let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
        let signature = STANDARD.encode(cms);
        let fields = [("token", &*token), ("challenge", &*challenge), ("signature", &*signature)];
        browser.post("/kk/staff/sign-in", &fields).await.assert_status_see_other();
        browser
    }
}

/// The address of a door, with something in the place of each parameter.
fn address(door: &Door) -> String {
    let parts = door.path.split('/').map(|part| match part {
        "{language}" => "kk",
        "{month}" => "2026-10",
        "{key}" => KEY,
        part if part.starts_with('{') => "0000000000000000",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn try_door(browser: &Browser, door: &Door) -> StatusCode {
    let address = address(door);
    let answer = match door.method {
        "GET" => browser.get(&address).await,
        "POST" => browser.post(&address, &[]).await,
        "PUT" => browser.server.put(&address).json(&serde_json::json!({})).await,
        other => panic!("{other}"),
    };
    let status = answer.status_code();
    if status == StatusCode::SEE_OTHER && location(&answer).contains("/sign-in") {
        return StatusCode::UNAUTHORIZED;
    }
    let is_way_in =
        KEEP_ANSWERS.contains(&door.path.as_str()) && answer.text().contains("name=\"signature\"");
    if is_way_in { StatusCode::UNAUTHORIZED } else { status }
}

fn line_of(door: &Door) -> String {
    format!("| {} | `{}` | {} |", door.method, door.path, door.who.code())
}

#[test]
fn the_table_of_doors_and_roles_is_what_the_program_does() {
    let doors = House::new().doors();
    let real: BTreeSet<String> = doors.iter().map(line_of).collect();
    let is_door = |line: &&str| ["| GET ", "| POST ", "| PUT "].iter().any(|m| line.starts_with(m));
    let told: BTreeSet<String> = TABLE.lines().filter(is_door).map(str::to_owned).collect();
    let missing: Vec<_> = real.difference(&told).collect();
    let outdated: Vec<_> = told.difference(&real).collect();
    assert!(missing.is_empty() && outdated.is_empty(), "missing:\n{missing:#?}\n{outdated:#?}");
    for act in StaffAct::ALL {
        let cells = StaffRole::ALL.map(|role| if role.may(*act) { "yes" } else { "" });
        let line = format!("| {} | {} |", act.code(), cells.join(" | "));
        assert!(TABLE.contains(&line), "{line}");
    }
}

#[tokio::test]
async fn a_door_of_staff_opens_for_the_roles_of_its_act_and_does_not_exist_for_the_others() {
    let house = House::new();
    let doors: Vec<(Door, StaffAct)> = house
        .doors()
        .into_iter()
        .filter_map(|door| match door.who {
            Who::Staff(act) => Some((door, act)),
            _ => None,
        })
        // It ends the session that is tried.
        .filter(|(door, _)| !door.path.ends_with("/sign-out"))
        .collect();
    for role in StaffRole::ALL {
        let desk = house.desk(role).await;
        for (door, act) in &doors {
            let status = try_door(&desk, door).await;
            let told = format!("{} {} {}: {status}", role.code(), door.method, door.path);
            if !role.may(*act) {
                assert_eq!(status, StatusCode::NOT_FOUND, "{told}");
            } else if !NEED_A_CASE.contains(&door.path.as_str()) {
                assert_ne!(status, StatusCode::NOT_FOUND, "{told}");
                assert!(!status.is_server_error(), "{told}");
            }
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{told}");
        }
    }
    for visitor in [house.stranger(), house.person().await] {
        for (door, _) in &doors {
            let status = try_door(&visitor, door).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{} {}", door.method, door.path);
        }
    }
}

#[tokio::test]
async fn a_door_of_a_person_or_a_program_is_shut_for_everybody_else() {
    let house = House::new();
    let mut others = vec![house.stranger()];
    for role in StaffRole::ALL {
        others.push(house.desk(role).await);
    }
    for door in house.doors() {
        for (place, visitor) in others.iter().enumerate() {
            let status = try_door(visitor, &door).await;
            let told = format!("{place}: {} {}: {status}", door.method, door.path);
            match door.who {
                // A question of a script is answered with 401 or 404, a page leads to signing in.
                Who::Person => assert!(
                    [StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND, StatusCode::FORBIDDEN]
                        .contains(&status),
                    "{told}"
                ),
                Who::ApiClient | Who::Monitoring | Who::ContactCentre => {
                    assert_eq!(status, StatusCode::UNAUTHORIZED, "{told}");
                }
                Who::Telephone => assert!(status.is_client_error(), "{told}"),
                Who::Anybody | Who::Staff(_) => {}
            }
        }
    }
}
