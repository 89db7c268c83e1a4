//! Every door of the portal, tried by nobody, by a person, by programs with each token and by each role: whoever may not come
//! through sees nothing, and the table in `docs/permissions.md` is the doors as they are.
//!
//! Here nothing stands behind the parameters of an address. Read next: `territory.rs` for real cases, at home and elsewhere.

mod cases;
mod house;
mod origins;
mod territory;

use std::collections::BTreeSet;

use app::{StaffAct, StaffRole};
use axum::http::StatusCode;
use portal::{Door, Who};

use crate::world::browser::{Browser, location};
use house::{House, MONITORING_TOKEN};

const TABLE: &str = include_str!("../../../../docs/permissions.md");

/// Pages that exist for who may open them only where there is something behind their parameter: `territory.rs` opens them.
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
    "/{language}/staff/records/{key}/correction",
];

/// What somebody wrote is not lost where his session ended: he is shown the way in with it.
const KEEP_ANSWERS: &[&str] = &["/{language}/request"];

/// The key of a record that nobody has.
const KEY: &str = "0000000000000000000000000000000000000000000000000000000000000000";

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

/// What somebody is answered who does not come through a door.
fn is_shut(door: &Door, status: StatusCode) -> bool {
    match door.who {
        // A question of a script is answered with 401 or 404, a page leads to signing in.
        Who::Person => [StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND, StatusCode::FORBIDDEN]
            .contains(&status),
        Who::ApiClient | Who::Monitoring | Who::ContactCentre | Who::Staff(_) => {
            status == StatusCode::UNAUTHORIZED
        }
        Who::Telephone => status.is_client_error(),
        Who::Anybody => false,
    }
}

/// Everybody's doors are left out: nobody is shut out there.
fn shut_doors(house: &House) -> Vec<Door> {
    house.doors().into_iter().filter(|door| door.who != Who::Anybody).collect()
}

#[tokio::test]
async fn a_door_of_a_program_opens_for_its_own_token_alone() {
    let house = House::new();
    let tokens = [
        (Who::ApiClient, crate::world::TOKEN),
        (Who::Monitoring, MONITORING_TOKEN),
        (Who::ContactCentre, crate::world::CONTACT_CENTRE_TOKEN),
    ];
    let mut opened = BTreeSet::new();
    for (own, token) in tokens {
        let mut program = house.stranger();
        program.server.add_header("authorization", format!("Bearer {token}"));
        for door in shut_doors(&house) {
            let status = try_door(&program, &door).await;
            let told = format!("{}: {} {}: {status}", own.code(), door.method, door.path);
            if door.who == own {
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{told}");
                assert!(!status.is_server_error(), "{told}");
                opened.insert(door);
            } else {
                assert!(is_shut(&door, status), "{told}");
            }
        }
    }
    let is_of_programs = |door: &Door| tokens.iter().any(|(who, _)| *who == door.who);
    let all: BTreeSet<Door> = house.doors().into_iter().filter(is_of_programs).collect();
    assert_eq!(opened, all);
    let person = house.person().await;
    for door in &all {
        let status = try_door(&person, door).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "a person: {} {}", door.method, door.path);
    }
}

#[tokio::test]
async fn a_door_of_a_person_or_a_program_is_shut_for_everybody_else() {
    let house = House::new();
    let mut others = vec![house.stranger()];
    for role in StaffRole::ALL {
        others.push(house.desk(role).await);
    }
    for door in shut_doors(&house).iter().filter(|door| !matches!(door.who, Who::Staff(_))) {
        for (place, visitor) in others.iter().enumerate() {
            let status = try_door(visitor, door).await;
            assert!(is_shut(door, status), "{place}: {} {}: {status}", door.method, door.path);
        }
    }
}
