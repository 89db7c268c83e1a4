//! Forms of documents at the desks of two administrators, and what somebody tries who would do without the other.

use std::sync::Arc;

use app::testing::samples::iin;
use app::testing::{FakeStaffList, FakeVerifier, UNPRINTABLE, of_organisation};
use app::{DocumentCheck, StaffMember, StaffRole};
use axum::http::StatusCode;
use axum_test::TestResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Bin, FormVersion};
use portal::PortalConfig;

use crate::world::World;
use crate::world::browser::{Browser, document, field, location};

const URL: &str = "http://127.0.0.1:8080";
/// The texts of the fake forms, as the page has them.
const TEXTS: [(&str, &str); 8] = [
    ("certificate.title.kk", "Анықтама"),
    ("certificate.title.ru", "Справка"),
    ("certificate.check.kk", "Тексеру: {domain}"),
    ("certificate.check.ru", "Проверка: {domain}"),
    ("refusal.repair.again.kk", "Қайта жүгіну"),
    ("refusal.repair.again.ru", "Обратиться снова"),
    ("answer.title.review.kk", "Жауап"),
    ("answer.title.review.ru", "Ответ"),
];
const CHANGE: (&str, &str) = ("refusal.repair.again.ru", "Обратитесь <b>снова</b>");

struct House {
    world: World,
    config: PortalConfig,
}

fn bin() -> Bin {
    Bin::parse("200140009018").unwrap()
}

fn administrator(seed: u32) -> StaffMember {
    let names = ["<i>Айжан</i>", "Ерлан"];
    let name = names[usize::try_from(seed % 2).unwrap()];
    of_organisation(iin(700 + seed), name, bin(), StaffRole::Administrator)
}

fn house() -> House {
    let world = World::new(URL);
    let people = Arc::new(FakeStaffList::default());
    people.list(&[administrator(1), administrator(2)]);
    let staff = Some(world.staff(people));
    House { world, config: PortalConfig { staff, ..World::config(URL) } }
}

impl House {
    async fn desk(&self, seed: u32) -> Browser {
        let browser = Browser::over(&self.world, self.config.clone());
        let html = browser.get("/kk/staff/sign-in").await.text();
        let cms = FakeVerifier::sign_for(bin(), administrator(seed).iin, &document(&html));
        let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
        let signature = STANDARD.encode(cms);
        let fields = [("token", &*token), ("challenge", &*challenge), ("signature", &*signature)];
        browser.post("/kk/staff/sign-in", &fields).await.assert_status_see_other();
        browser
    }
}

/// Hands in the form with these fields changed.
async fn hand_in(desk: &Browser, changes: &[(&str, &str)]) -> TestResponse {
    let html = desk.get("/kk/staff/templates/new").await.text();
    let (token, based_on) = (field(&html, "token"), field(&html, "based_on"));
    for (name, _) in TEXTS {
        assert!(html.contains(&format!("name=\"{name}\"")), "{name} would come back empty");
    }
    let before = [("token", &*token), ("based_on", &*based_on), ("reason", "Қысқа"), ("basis", "")];
    let fields: Vec<(&str, &str)> = before
        .into_iter()
        .chain(TEXTS)
        .map(|(name, value)| {
            let changed = changes.iter().find(|(changed, _)| *changed == name);
            (name, changed.map_or(value, |(_, value)| *value))
        })
        .collect();
    desk.post("/kk/staff/templates", &fields).await
}

pub(crate) async fn proposed(desk: &Browser) -> String {
    let answer = hand_in(desk, &[CHANGE]).await;
    answer.assert_status_see_other();
    location(&answer)
}

async fn press(desk: &Browser, address: &str, action: &str, field_: (&str, &str)) -> TestResponse {
    let token = field(&desk.get(address).await.text(), "token");
    desk.post(&format!("{address}/{action}"), &[("token", token.as_str()), field_]).await
}

#[tokio::test]
async fn one_proposes_another_releases_and_documents_say_so() {
    let house = house();
    let (one, two) = (house.desk(1).await, house.desk(2).await);
    let address = proposed(&one).await;
    for desk in [&one, &two] {
        let html = desk.get(&address).await.text();
        assert!(html.contains("<del>Обратиться снова</del>"), "{html}");
        assert!(html.contains("Обратитесь &#60;b&#62;снова") || html.contains("&lt;b&gt;"));
        assert!(!html.contains("<b>снова") && !html.contains("<i>Айжан"), "{html}");
        let specimen = desk.get(&format!("{address}/specimens/guardian")).await;
        specimen.assert_status_ok();
        assert_eq!(specimen.header("content-type"), "application/pdf");
        assert!(specimen.as_bytes().starts_with(b"%PDF specimen guardian"));
    }
    let unknown = one.get(&format!("{address}/specimens/passport")).await;
    unknown.assert_status_not_found();
    let own = press(&one, &address, "release", ("from", "")).await;
    own.assert_status(StatusCode::CONFLICT);
    press(&two, &address, "release", ("from", "")).await.assert_status_see_other();
    let person = house.world.guardian();
    let browser = Browser::over(&house.world, house.config.clone());
    browser.ask("kk", person, "give").await;
    house.world.work().await;
    let views = house.world.service.requests_of(person, None).await.unwrap();
    let number = views[0].results[0].number.clone();
    let checked = house.world.service.check_by_number(&number, person).await.unwrap();
    let DocumentCheck::Genuine(checked) = checked else { panic!("{checked:?}") };
    assert_eq!(checked.form_version, FormVersion::Released(1));
    let fields = [("number", number.as_str()), ("iin", &*person.digits())];
    let html = browser.post("/en/check", &fields).await.text();
    assert!(html.contains("released, No. 1"), "{html}");
    for language in ["kk", "ru", "en"] {
        for place in ["/staff/templates", "/staff/templates/new"] {
            let html = two.get(&format!("/{language}{place}")).await.text();
            assert!(!html.contains('⟦'), "{language}{place}");
        }
        let html = two.get(&address.replacen("/kk/", &format!("/{language}/"), 1)).await.text();
        assert!(!html.contains('⟦'), "{html}");
    }
}

#[tokio::test]
async fn a_form_that_is_not_kept_comes_back_with_what_was_typed() {
    let house = house();
    let desk = house.desk(1).await;
    let unprintable = format!("Обратитесь {UNPRINTABLE}");
    for (changes, told) in [
        (vec![("refusal.repair.again.ru", &*unprintable)], "href=\"#refusal.repair.again.ru\""),
        (vec![CHANGE, ("reason", " ")], "href=\"#reason\""),
        (vec![("certificate.title.ru", "Бумага")], "href=\"#basis\""),
        (vec![], "govuk-error-summary"),
    ] {
        let answer = hand_in(&desk, &changes).await;
        answer.assert_status(StatusCode::UNPROCESSABLE_ENTITY);
        let html = answer.text();
        assert!(html.contains(told) && !html.contains('⟦'), "{told}: {html}");
        for (name, typed) in changes.iter().filter(|(name, _)| name.contains('.')) {
            let typed = typed.split('<').next().unwrap();
            assert!(html.contains(typed), "{name} is lost");
        }
    }
    let list = desk.get("/en/staff/templates").await.text();
    assert!(list.contains("There are no proposals."), "{list}");
}

#[tokio::test]
async fn a_release_needs_the_token_an_open_proposal_and_a_moment_to_come() {
    let house = house();
    let (one, two) = (house.desk(1).await, house.desk(2).await);
    let address = proposed(&one).await;
    let release = format!("{address}/release");
    let without = two.post(&release, &[("from", "")]).await;
    without.assert_status_forbidden();
    for (from, words) in [("tomorrow", "2026-12-01T09:00"), ("2020-01-01T00:00", "өтіп кетті")]
    {
        let answer = press(&two, &address, "release", ("from", from)).await;
        answer.assert_status(StatusCode::CONFLICT);
        assert!(answer.text().contains(words), "{from}");
    }
    let silent = press(&two, &address, "close", ("words", "")).await;
    silent.assert_status(StatusCode::CONFLICT);
    press(&two, &address, "close", ("words", "Жоқ")).await.assert_status_see_other();
    let late = press(&two, &address, "release", ("from", "")).await;
    late.assert_status(StatusCode::CONFLICT);
    let html = one.get(&address).await.text();
    assert!(html.contains("Жоқ") && !html.contains("/release\""), "{html}");
    let own = proposed(&one).await;
    press(&one, &own, "close", ("words", "")).await.assert_status_see_other();
    assert!(one.get("/en/staff/templates").await.text().contains("Withdrawn"));
}
