//! No page of ours makes a browser ask anybody else: what is loaded or sent is ours alone, and of the links that a person may
//! follow only a few lead out, to the state's own places, without telling them from where.

use std::collections::BTreeSet;

use app::StaffRole;
use axum::http::header;
use portal::Door;

use super::address;
use super::house::House;
use crate::world::browser::{Browser, between};

/// Where links may lead: the certification authority's help, the signer on the same computer, and signing by telephone.
const OUTWARD: [&str; 4] = [
    "https://ncl.pki.gov.kz/",
    "https://pki.gov.kz/",
    "https://127.0.0.1:13579",
    "https://m.egov.kz/mobileSign",
];

/// Attributes by which a browser asks for something without being told to by a person, or sends a form.
const ASKING: [&str; 9] = [
    "src",
    "srcset",
    "action",
    "formaction",
    "poster",
    "background",
    "manifest",
    "ping",
    "xlink:href",
];

fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let head = format!(" {attribute}=\"");
    html.split(head.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn is_ours(address: &str) -> bool {
    let is_inside = address.starts_with('/') && !address.starts_with("//");
    // An empty action is the page's own address; a picture within the page is no question to anybody.
    is_inside
        || address.is_empty()
        || address.starts_with(['#', '?'])
        || address.starts_with("data:image/")
}

fn judge(page: &str, place: &str) {
    for attribute in ASKING {
        for address in values(page, attribute) {
            assert!(is_ours(address), "{place}: {attribute}={address}");
        }
    }
    for tag in page.split("<link ").skip(1) {
        let tag = format!(" {}", tag.split('>').next().unwrap());
        assert!(values(&tag, "href").iter().all(|address| is_ours(address)), "{place}: {tag}");
    }
    for forbidden in ["<iframe", "<object", "<embed", "<base", "<style", " style=\"", " onclick="] {
        assert!(!page.contains(forbidden), "{place}: {forbidden}");
    }
    for tag in page.split("<a ").skip(1) {
        let tag = format!(" {}", tag.split('>').next().unwrap());
        for link in values(&tag, "href").into_iter().filter(|link| !is_ours(link)) {
            let is_known = OUTWARD.iter().any(|known| link.starts_with(known))
                || ["mailto:", "tel:", "data:application/json", "http://127.0.0.1:8080/"]
                    .iter()
                    .any(|own| link.starts_with(own));
            assert!(is_known, "{place}: a link to {link}");
            assert!(
                !link.starts_with("https://ncl") || tag.contains("noreferrer"),
                "{place}: {tag}"
            );
        }
    }
}

/// Reads each page that opens; what is no page is passed by. Answers how many were read.
async fn read(browser: &Browser, doors: &[Door], who: &str) -> usize {
    let mut read = 0;
    for door in doors.iter().filter(|door| door.method == "GET") {
        let answer = browser.get(&address(door)).await;
        let kind = answer.maybe_header(header::CONTENT_TYPE);
        let is_page = kind.is_some_and(|kind| kind.to_str().unwrap().starts_with("text/html"));
        if is_page {
            judge(&answer.text(), &format!("{who} {}", door.path));
            read += 1;
        }
    }
    read
}

#[tokio::test]
async fn no_page_names_an_origin_that_is_not_ours() {
    let house = House::new();
    // Whoever signs out is somebody else behind it.
    let doors: Vec<Door> =
        house.doors().into_iter().filter(|door| !door.path.ends_with("/sign-out")).collect();
    let stranger = house.stranger();
    assert!(read(&stranger, &doors, "nobody").await > 10);
    for role in StaffRole::ALL {
        assert!(read(&house.desk(role).await, &doors, role.code()).await > 10);
    }
    let person = house.stranger();
    let request = person.ask("kk", house.world.guardian(), "give").await;
    house.world.work().await;
    assert!(read(&person, &doors, "a person").await > 10);
    for place in [request.clone(), format!("{request}/consent"), format!("{request}/complaint")] {
        judge(&person.get(&place).await.text(), &place);
    }
    let sign = person.prepare("kk", "give").await;
    let page = person.get(&sign).await.text();
    judge(&page, &sign);
    let token = between(&page, "name=\"token\" value=\"", "\"");
    let phone = person.post(&format!("{sign}/phone"), &[("token", &token)]).await;
    phone.assert_status_ok();
    judge(&phone.text(), "signing by telephone");
    let assets: BTreeSet<&str> =
        values(&page, "src").into_iter().chain(values(&page, "href")).collect();
    for asset in assets.into_iter().filter(|place| place.starts_with("/assets/")) {
        let text = person.get(asset).await.text().replace("http://www.w3.org/", "");
        // What a style sheet says of links that lead out asks for nothing.
        let text = text.replace("[href^=\"https://\"]", "").replace("[href^=\"http://\"]", "");
        for scheme in ["https://", "http://", "url(//", "@import", "importScripts", "eval("] {
            assert!(!text.contains(scheme), "{asset}: {scheme}");
        }
    }
}
