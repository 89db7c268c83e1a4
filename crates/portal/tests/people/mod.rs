//! Administrators at the list of who serves, and what one of them tries alone.

use std::sync::Arc;

use app::testing::samples::{iin, kato, provider};
use app::testing::{FakeStaffList, FakeVerifier, of_organisation};
use app::{StaffMember, StaffRole};
use axum_test::TestResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Bin, Iin};
use portal::PortalConfig;

use crate::world::World;
use crate::world::browser::{Browser, between, document, field, location};

const URL: &str = "http://127.0.0.1:8080";
const LANGUAGES: [&str; 3] = ["kk", "ru", "en"];

struct House {
    world: World,
    named: Arc<FakeStaffList>,
    config: PortalConfig,
}

fn operator() -> Bin {
    Bin::parse("200140009038").unwrap()
}

fn administrator(seed: u32) -> StaffMember {
    of_organisation(iin(seed), &format!("<i>{seed}"), operator(), StaffRole::Administrator)
}

fn house() -> House {
    let world = World::new(URL);
    let named = Arc::new(FakeStaffList::default());
    named.list(&[administrator(801), administrator(802)]);
    let staff = Some(world.staff(named.clone()));
    House { world, named, config: PortalConfig { staff, ..World::config(URL) } }
}

async fn sign_in(browser: &Browser, bin: Bin, who: Iin) -> TestResponse {
    let html = browser.get("/kk/staff/sign-in").await.text();
    let signature = STANDARD.encode(FakeVerifier::sign_for(bin, who, &document(&html)));
    let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
    let fields = [("token", &*token), ("challenge", &*challenge), ("signature", &*signature)];
    browser.post("/kk/staff/sign-in", &fields).await
}

impl House {
    fn browser(&self) -> Browser {
        Browser::over(&self.world, self.config.clone())
    }

    async fn desk(&self, seed: u32) -> Browser {
        let browser = self.browser();
        sign_in(&browser, operator(), iin(seed)).await.assert_status_see_other();
        browser
    }
}

pub(crate) async fn propose(desk: &Browser, language: &str, more: &[(&str, &str)]) -> TestResponse {
    let address = format!("/{language}/staff/people");
    let token = field(&desk.get(&format!("{address}/new")).await.text(), "token");
    let digits = iin(1).digits();
    let (kato, name) = (kato(), "<b>Әлімқұлова</b> Гүлнәр");
    let mut fields = vec![("token", &*token), ("iin", &*digits), ("name", name)];
    fields.extend([("provider", kato.as_str()), ("role", "officer"), ("role", "head")]);
    fields.push(("reason", "№ 5 бұйрық"));
    for (name, value) in more {
        fields.retain(|(field, _)| field != name);
        fields.push((*name, *value));
    }
    desk.post(&address, &fields).await
}

/// Presses a button of the list, by the address of its form.
async fn press(desk: &Browser, action: &str, fields: &[(&str, &str)]) -> TestResponse {
    let html = desk.get("/kk/staff/people").await.text();
    let id = between(&html, "action=\"/kk/staff/people/", &format!("/{action}\""));
    let token = field(&html, "token");
    let mut all = vec![("token", &*token)];
    all.extend_from_slice(fields);
    // Between the first form and the one looked for others may stand.
    let id = id.rsplit("/people/").next().unwrap();
    desk.post(&format!("/kk/staff/people/{id}/{action}"), &all).await
}

#[tokio::test]
async fn somebody_is_appointed_and_released_by_two_and_is_out_at_once() {
    let house = house();
    let (one, two) = (house.desk(801).await, house.desk(802).await);
    assert_eq!(location(&propose(&one, "kk", &[]).await), "/kk/staff/people");
    let refused = sign_in(&house.browser(), provider().bin, iin(1)).await;
    assert_eq!(refused.status_code(), 422);
    let own = press(&one, "decide", &[("outcome", "confirm")]).await;
    assert_eq!(own.status_code(), 409);
    press(&two, "decide", &[("outcome", "confirm")]).await.assert_status_see_other();
    let officer = house.browser();
    sign_in(&officer, provider().bin, iin(1)).await.assert_status_see_other();
    officer.get("/kk/staff/records").await.assert_status_ok();
    officer.get("/kk/staff/people").await.assert_status_not_found();
    let silent = press(&two, "release", &[("reason", " ")]).await;
    assert_eq!(silent.status_code(), 409);
    let released = press(&two, "release", &[("reason", "№ 6 бұйрық")]).await;
    released.assert_status_see_other();
    officer.get("/kk/staff/records").await.assert_status_ok();
    press(&one, "decide", &[("outcome", "confirm")]).await.assert_status_see_other();
    let out = officer.get("/kk/staff/records").await;
    assert!(location(&out).ends_with("&why=ended"), "he is out at once");
}

#[tokio::test]
async fn the_list_and_the_form_are_good_pages_and_show_no_whole_iin() {
    let house = house();
    let one = house.desk(801).await;
    propose(&one, "kk", &[]).await.assert_status_see_other();
    let digits = iin(1).digits();
    for language in LANGUAGES {
        for place in ["people", "people/new"] {
            let html = one.get(&format!("/{language}/staff/{place}")).await.text();
            assert!(!html.contains('⟦'), "{language} {place}: {html}");
            assert!(!html.contains(&digits) && !html.contains("<b>") && !html.contains("<i>"));
            assert!(html.contains(&format!("href=\"/{language}/staff/people\"")), "the menu");
        }
        let html = one.get(&format!("/{language}/staff/people")).await.text();
        assert!(html.contains(&digits[8..]) && html.contains("&#60;b&#62;Әлімқұлова"), "{html}");
    }
    house.named.break_down();
    assert_eq!(one.get("/kk/staff/people").await.status_code(), 503);
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_a_forged_form_does_nothing() {
    let house = house();
    let one = house.desk(801).await;
    let oneself = iin(801).digits();
    for (field, value, place) in [
        ("iin", "123", "iin"),
        ("iin", oneself.as_str(), "iin"),
        ("name", " ", "name"),
        ("provider", "", "provider"),
        ("organisation", "200140009038", "provider"),
        ("role", "auditor", "roles"),
        ("role", "chief", "roles"),
        ("reason", "", "reason"),
    ] {
        let answer = propose(&one, "ru", &[(field, value)]).await;
        assert_eq!(answer.status_code(), 422, "{field} {value}");
        let html = answer.text();
        assert!(html.contains(&format!("href=\"#{place}\"")), "{field} {value}: {html}");
        assert!(!html.contains('⟦') && html.contains("&#60;b&#62;") || field == "name", "{html}");
    }
    propose(&one, "ru", &[]).await.assert_status_see_other();
    let again = propose(&one, "ru", &[]).await;
    assert_eq!(again.status_code(), 422);
    let html = one.get("/kk/staff/people").await.text();
    let id = between(&html, "action=\"/kk/staff/people/", "/decide\"");
    for token in ["", "0000", &id] {
        let form = [("token", token), ("outcome", "close"), ("reason", "x"), ("iin", "1")];
        for place in
            ["people".to_owned(), format!("people/{id}/decide"), format!("people/{id}/release")]
        {
            let answer = one.post(&format!("/kk/staff/{place}"), &form).await;
            assert_eq!(answer.status_code(), 403, "{place}");
        }
    }
    assert_eq!(press(&one, "decide", &[("outcome", "x")]).await.status_code(), 400);
    let token = field(&html, "token");
    let form = [("token", &*token), ("outcome", "close")];
    one.post("/kk/staff/people/nobody/decide", &form).await.assert_status_not_found();
    press(&one, "decide", &[("outcome", "close")]).await.assert_status_see_other();
    let html = one.get("/kk/staff/people").await.text();
    assert!(html.contains("Кері қайтарылды") && !html.contains("/decide\""), "{html}");
}
