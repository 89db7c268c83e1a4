//! Officers at their desk, and what somebody tries who wants there or past a second pair of eyes.

mod figures;

mod corrections;

use std::sync::Arc;

use app::testing::samples::{ended, iin, kato, provider, registry_row};
use app::testing::{FakeFiles, FakeStaffList, FakeVerifier, of_department};
use app::{Registry, RegistryRow, StaffMember, StaffRole};
use axum_test::TestResponse;
use axum_test::multipart::{MultipartForm, Part};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Kato, PersonName};
use portal::PortalConfig;

use crate::world::World;
use crate::world::browser::{Browser, document, field, location};

const URL: &str = "http://127.0.0.1:8080";

pub(crate) struct Office {
    pub(crate) world: World,
    pub(crate) officers: Arc<FakeStaffList>,
    config: PortalConfig,
}

pub(crate) fn officer(seed: u32) -> StaffMember {
    let names = ["<i>Айжан</i>", "Ерлан"];
    let name = names[usize::try_from(seed % 2).unwrap()];
    of_department(iin(500 + seed), name, &kato(), &[StaffRole::Officer])
}

pub(crate) fn office() -> Office {
    let world = World::new(URL);
    let officers = Arc::new(FakeStaffList::default());
    officers.list(&[officer(1), officer(2)]);
    let staff = Some(world.staff(officers.clone()));
    Office { world, officers, config: PortalConfig { staff, ..World::config(URL) } }
}

impl Office {
    pub(crate) fn browser(&self) -> Browser {
        Browser::over(&self.world, self.config.clone())
    }

    /// A browser in which an officer has signed in.
    pub(crate) async fn desk(&self, seed: u32) -> Browser {
        let browser = self.browser();
        let came = sign_in(&browser, seed).await;
        assert_eq!(location(&came), "/kk/staff");
        browser
    }

    async fn imports(&self) -> usize {
        self.world.store().import_digests().await.unwrap().len()
    }
}

async fn sign_in(browser: &Browser, seed: u32) -> TestResponse {
    let html = browser.get("/kk/staff/sign-in").await.text();
    let cms = FakeVerifier::sign_for(provider().bin, officer(seed).iin, &document(&html));
    let fields = [
        ("token", field(&html, "token")),
        ("challenge", field(&html, "challenge")),
        ("next", "/staff".to_owned()),
        ("signature", STANDARD.encode(cms)),
    ];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post("/kk/staff/sign-in", &fields).await
}

/// A browser in which an officer of the department elsewhere has signed in.
pub(crate) async fn far_desk(office: &Office) -> Browser {
    let elsewhere = Kato::parse("750000000").unwrap();
    let far = of_department(iin(509), "Ли", &elsewhere, &[StaffRole::Officer]);
    office.officers.list(&[officer(1), far.clone()]);
    let browser = office.browser();
    let html = browser.get("/kk/staff/sign-in").await.text();
    let cms = FakeVerifier::sign_for(office.world.far_bin(), far.iin, &document(&html));
    let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
    let signature = STANDARD.encode(cms);
    let fields = [("token", &*token), ("challenge", &*challenge), ("signature", &*signature)];
    browser.post("/kk/staff/sign-in", &fields).await.assert_status_see_other();
    browser
}

/// Hands a file in; answers the address of its proposal.
async fn upload(desk: &Browser, bytes: Vec<u8>) -> TestResponse {
    let token = field(&desk.get("/kk/staff/upload").await.text(), "token");
    let part = Part::bytes(bytes).file_name("тізілім <1>.xlsx");
    let form = MultipartForm::new().add_text("token", token).add_part("file", part);
    desk.server.post("/kk/staff/proposals").multipart(form).await
}

pub(crate) async fn propose(desk: &Browser, rows: &[RegistryRow]) -> String {
    let answer = upload(desk, FakeFiles::file(rows)).await;
    answer.assert_status_see_other();
    location(&answer)
}

/// Opens the form that corrects a record.
async fn correct(desk: &Browser, row: &RegistryRow, purpose: &str) -> TestResponse {
    let token = field(&desk.get("/kk/staff").await.text(), "token");
    let address = format!("/kk/staff/records/{}/correction", row.record_key());
    desk.post(&address, &[("token", &token), ("purpose", purpose)]).await
}

/// Presses a button of a proposal's page, with one field.
async fn press(desk: &Browser, address: &str, action: &str, field_: (&str, &str)) -> TestResponse {
    let token = field(&desk.get(address).await.text(), "token");
    desk.post(&format!("{address}/{action}"), &[("token", token.as_str()), field_]).await
}

async fn digest(desk: &Browser, address: &str) -> String {
    field(&desk.get(address).await.text(), "digest")
}

#[tokio::test]
async fn without_a_list_of_officers_there_is_no_desk() {
    let world = World::new(URL);
    let browser = Browser::new(&world, URL);
    for place in ["/staff", "/kk/staff", "/kk/staff/sign-in", "/kk/staff/proposals/x"] {
        browser.get(place).await.assert_status_not_found();
    }
}

#[tokio::test]
async fn nobody_but_an_officer_opens_a_page_of_officers() {
    let office = office();
    let citizen = office.browser();
    citizen.sign_in("kk", office.world.guardian()).await;
    for place in [
        "",
        "/upload",
        "/template",
        "/proposals",
        "/proposals/x",
        "/record",
        "/records/x/correction",
    ] {
        let answer = citizen.get(&format!("/kk/staff{place}")).await;
        answer.assert_status_see_other();
        assert!(location(&answer).starts_with("/kk/staff/sign-in?next=/staff"), "{place}");
    }
    for place in ["/records", "/records/0", "/proposals/x/take-in", "/export"] {
        let answer = citizen.post(&format!("/kk/staff{place}"), &[]).await;
        let next = "/kk/staff/sign-in?next=/staff";
        assert_eq!(location(&answer), next, "{place}: a form's address shows no page");
    }
    let desk = office.desk(1).await;
    assert!(location(&desk.get("/kk/cabinet").await).contains("/sign-in?"));
    desk.get("/kk/staff").await.assert_status_ok();
    office.officers.break_down();
    assert_eq!(desk.get("/kk/staff").await.status_code(), 503);
    office.officers.list(&[officer(2)]);
    assert!(location(&desk.get("/kk/staff").await).ends_with("&why=ended"));
    let refused = sign_in(&office.browser(), 1).await;
    assert_eq!(refused.status_code(), 422);
}

#[tokio::test]
async fn a_forged_form_does_nothing() {
    let office = office();
    let desk = office.desk(1).await;
    let address = propose(&desk, &[registry_row(iin(1), "w1")]).await;
    let digest = digest(&desk, &address).await;
    for token in ["", "0000", &digest] {
        for action in ["take-in", "ask", "close"] {
            let form = [("token", token), ("digest", &digest), ("reason", "x")];
            let answer = desk.post(&format!("{address}/{action}"), &form).await;
            assert_eq!(answer.status_code(), 403);
        }
        let correction = format!("/kk/staff/records/{}/correction", "0".repeat(64));
        for place in [&correction, "/kk/staff/record", "/kk/staff/sign-out"] {
            let answer = desk.post(place, &[("token", token), ("iin", "000229500008")]).await;
            assert_eq!(answer.status_code(), 403, "{place}");
        }
        let form = MultipartForm::new()
            .add_text("token", token.to_owned())
            .add_part("file", Part::bytes(b"x".to_vec()).file_name("a.csv"));
        let answer = desk.server.post("/kk/staff/proposals").multipart(form).await;
        assert_eq!(answer.status_code(), 403);
    }
    let strange = desk.server.post(&format!("{address}/take-in"));
    let strange = strange.add_header("sec-fetch-site", "cross-site").await;
    assert_eq!(strange.status_code(), 403);
    assert_eq!(office.imports().await, 0);
}

#[tokio::test]
async fn new_records_go_the_whole_way_and_a_double_click_writes_once() {
    let office = office();
    let desk = office.desk(1).await;
    let address = propose(&desk, &[registry_row(iin(1), "w1")]).await;
    let page = desk.get(&address).await.text();
    assert!(page.contains("тізілім &#60;1&#62;.xlsx"), "{page}");
    assert!(page.contains(&iin(1).digits()) && page.contains("Жаңа"), "{page}");
    assert!(!page.contains("⟦"), "{page}");
    let form = [("token", field(&page, "token")), ("digest", field(&page, "digest"))];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let take_in = format!("{address}/take-in");
    let (one, two) = tokio::join!(desk.post(&take_in, &form), desk.post(&take_in, &form));
    let mut statuses = [one.status_code().as_u16(), two.status_code().as_u16()];
    statuses.sort_unstable();
    assert!(statuses == [303, 303] || statuses == [303, 409], "{statuses:?}");
    assert_eq!(office.imports().await, 1);
    assert!(desk.get(&address).await.text().contains("Енгізілді"));
}

#[tokio::test]
async fn an_end_needs_another_officer_who_sees_old_and_new() {
    let office = office();
    let (one, two) = (office.desk(1).await, office.desk(2).await);
    let row = registry_row(iin(1), "w1");
    let address = propose(&one, std::slice::from_ref(&row)).await;
    let shown = digest(&one, &address).await;
    press(&one, &address, "take-in", ("digest", &shown)).await.assert_status_see_other();
    let mut changed = ended(&row);
    changed.guardian.name = PersonName::parse(&"Ә".repeat(100), &"Ү".repeat(100), "").unwrap();
    let address = propose(&one, &[changed]).await;
    let guardian = office.browser();
    guardian.sign_in("kk", iin(1)).await;
    let seen = async || guardian.get("/kk/cabinet/access").await.text();
    assert!(!seen().await.contains("бұрынғы мәндерімен"), "new records show nobody");
    let page = one.get(&address).await.text();
    assert!(page.contains(&row.guardian.name.full()) && page.contains("01.11.2026"), "{page}");
    let access = seen().await;
    assert_eq!(access.matches("бұрынғы мәндерімен").count(), 1, "once for each page: {access}");
    assert!(access.contains("мақсат сұралмайды") && !access.contains('⟦'), "{access}");
    assert!(page.contains(&"Ә".repeat(100)));
    let empty = press(&one, &address, "ask", ("reason", " ")).await;
    assert_eq!(empty.status_code(), 409);
    press(&one, &address, "ask", ("reason", "<b>№ 5</b>")).await.assert_status_see_other();
    let page = two.get(&address).await.text();
    assert!(page.contains("&#60;b&#62;№ 5") && !page.contains("<b>№ 5"), "{page}");
    let shown = field(&page, "digest");
    let own = press(&one, &address, "take-in", ("digest", &shown)).await;
    assert_eq!(own.status_code(), 409);
    assert_eq!(office.imports().await, 1);
    let other = press(&two, &address, "take-in", ("digest", "0")).await;
    assert_eq!(other.status_code(), 409);
    assert!(other.text().contains("тізілім өзгерді"));
    press(&two, &address, "take-in", ("digest", &shown)).await.assert_status_see_other();
    assert_eq!(office.imports().await, 2);
    let start = two.get("/kk/staff").await.text();
    assert!(start.contains("&#60;i&#62;Айжан") && !start.contains("<i>Айжан"), "{start}");
}

#[tokio::test]
async fn another_departments_officer_sees_no_proposal_and_corrects_nothing() {
    let office = office();
    let desk = office.desk(1).await;
    let row = registry_row(iin(1), "w1");
    let address = propose(&desk, std::slice::from_ref(&row)).await;
    let shown = digest(&desk, &address).await;
    press(&desk, &address, "take-in", ("digest", &shown)).await.assert_status_see_other();
    let open = propose(&desk, &[registry_row(iin(2), "w2")]).await;
    let browser = far_desk(&office).await;
    let token = field(&browser.get("/kk/staff").await.text(), "token");
    for proposal in [&address, &open] {
        browser.get(proposal).await.assert_status_not_found();
        browser.get(&format!("{proposal}/state")).await.assert_status_not_found();
        for action in ["take-in", "ask", "close"] {
            let form = [("token", &*token), ("reason", "x"), ("remark", "x"), ("digest", &shown)];
            let answer = browser.post(&format!("{proposal}/{action}"), &form).await;
            answer.assert_status_not_found();
        }
    }
    let (own, theirs) =
        (correct(&desk, &row, "тексеру").await, correct(&browser, &row, "тексеру").await);
    own.assert_status_ok();
    theirs.assert_status_not_found();
    let form = [("token", &*token), ("key", &*row.record_key()), ("purpose", "тексеру")];
    browser.post("/kk/staff/record", &form).await.assert_status_not_found();
    let digits = iin(1).digits();
    let form = [("token", &*token), ("iin", &*digits), ("purpose", "тексеру")];
    let found = browser.post("/kk/staff/records", &form).await.text();
    assert!(
        found.contains(&row.ward.ward.name.full()) && !found.contains("/correction\""),
        "{found}"
    );
    let address = format!("/kk/staff/records/{}", row.record_key());
    let form = [("token", &*token), ("purpose", "тексеру")];
    let opened = browser.post(&address, &form).await.text();
    assert!(opened.contains("жүргізетін орган ғана") && !opened.contains("/correction\""));
    let form = [
        ("token", &*field(&desk.get("/kk/staff").await.text(), "token")),
        ("iin", &*digits),
        ("purpose", "тексеру"),
    ];
    let found = desk.post("/kk/staff/records", &form).await.text();
    assert!(found.contains(&format!("/kk/staff/records/{}/correction\"", row.record_key())));
    assert!(!browser.get("/kk/staff/proposals").await.text().contains("&#60;1&#62;.xlsx"));
}

#[tokio::test]
async fn a_request_to_repair_is_answered_by_the_department_it_is_for_alone() {
    let office = office();
    let citizen = office.browser();
    let asked = citizen.ask("kk", iin(9), "give").await;
    office.world.work().await;
    let html = citizen.get(&asked).await.text();
    let token = field(&html[html.find("/repair\"").unwrap()..], "token");
    let repair = format!("{asked}/repair");
    citizen.post(&repair, &[("token", token.as_str())]).await.assert_status_see_other();
    let number = asked.rsplit('/').next().unwrap();
    let (desk, far) = (office.desk(1).await, far_desk(&office).await);
    for (browser, status) in [(&far, 404_u16), (&desk, 303), (&far, 404)] {
        let token = field(&browser.get("/kk/staff").await.text(), "token");
        let fields = [("token", token.as_str()), ("outcome", "no_act_found"), ("words", "x")];
        let answer = browser.post(&format!("/kk/staff/repairs/{number}"), &fields).await;
        assert_eq!(answer.status_code(), status);
    }
}

#[tokio::test]
async fn of_another_departments_record_a_preview_shows_the_files_line_and_act_alone() {
    let office = office();
    let mut kept = ended(&registry_row(iin(1), "w1"));
    kept.guardian.address = "Құпия көше, 7".to_owned();
    kept.ward.placement.end.as_mut().unwrap().reason = "құпия себеп".to_owned();
    let desk = office.desk(1).await;
    let address = propose(&desk, std::slice::from_ref(&kept)).await;
    let shown = digest(&desk, &address).await;
    press(&desk, &address, "take-in", ("digest", &shown)).await.assert_status_see_other();
    let mut guessed = registry_row(iin(1), "w1");
    guessed.guardian.name = PersonName::parse("Бөтен", "Үсен", "").unwrap();
    let mut own = registry_row(iin(2), "w2");
    own.ward.placement.provider = Kato::parse("750000000").unwrap();
    let far = far_desk(&office).await;
    let address = propose(&far, &[guessed.clone(), own.clone()]).await;
    let page = far.get(&address).await.text();
    assert!(page.contains("№ 17-Ө") && page.contains("Жүргізетін орган"), "{page}");
    for hidden in [
        "Құпия көше",
        "құпия себеп",
        "01.11.2026",
        &kept.guardian.iin.digits(),
        &guessed.guardian.name.full(),
    ] {
        assert!(!page.contains(hidden), "{hidden}");
    }
    assert!(page.contains(&own.guardian.iin.digits()), "of one's own all is shown");
}

#[tokio::test]
async fn a_faulty_file_names_each_cell_and_an_empty_or_large_one_is_told() {
    let office = office();
    let desk = office.desk(1).await;
    let address = location(&upload(&desk, b"no rows".to_vec()).await);
    let page = desk.get(&address).await.text();
    assert!(page.contains("wrong &#60;b&#62;cell") && !page.contains("name=\"digest\""), "{page}");
    let state = desk.get(&format!("{address}/state")).await.json::<serde_json::Value>();
    assert_eq!(state["read"], true);
    assert_eq!(upload(&desk, Vec::new()).await.status_code(), 422);
    let large = upload(&desk, vec![b'x'; 20 * 1024 * 1024 + 1]).await;
    assert_eq!(large.status_code(), 413);
    let template = desk.get("/kk/staff/template").await;
    assert_eq!(template.as_bytes().as_ref(), b"template");
}

#[tokio::test]
async fn a_form_of_one_record_tells_what_is_wrong_and_a_correction_needs_a_reason() {
    let office = office();
    let desk = office.desk(1).await;
    let row = registry_row(iin(1), "w1");
    let address = propose(&desk, std::slice::from_ref(&row)).await;
    let shown = digest(&desk, &address).await;
    press(&desk, &address, "take-in", ("digest", &shown)).await.assert_status_see_other();
    let html = desk.get("/kk/staff/record").await.text();
    let token = field(&html, "token");
    let wrong = [("token", &*token), ("guardian_iin", "<x>"), ("ward_surname", "Үсен")];
    let answer = desk.post("/kk/staff/record", &wrong).await;
    assert_eq!(answer.status_code(), 422);
    let page = answer.text();
    assert!(page.contains("value=\"&#60;x&#62;\"") && page.contains("wrong &#60;b&#62;cell"));
    let key = row.record_key();
    let looks = async || {
        let rows = app::Store::audit_from(office.world.store(), 1, 1_000).await.unwrap();
        rows.into_iter().filter(|row| row.action == "record_looked_at").count()
    };
    let asks = desk.get(&format!("/kk/staff/records/{key}/correction")).await.text();
    for page in [asks, correct(&desk, &row, "-").await.text()] {
        assert!(page.contains("name=\"purpose\"") && !page.contains(&iin(1).digits()), "{page}");
    }
    assert_eq!(looks().await, 0);
    let page = correct(&desk, &row, "№ 7 өтініш").await.text();
    assert!(page.contains(&iin(1).digits()) && !page.contains("name=\"guardian_iin\""), "{page}");
    assert!(page.contains("name=\"purpose\" value=\"№ 7 өтініш\""));
    assert_eq!(looks().await, 1);
    let form = [("token", &*token), ("key", &*key), ("reason", "№ 41 бұйрық")];
    let answer = desk.post("/kk/staff/record", &form).await;
    assert_eq!(answer.status_code(), 422);
    assert!(!answer.text().contains(&iin(1).digits()), "nothing is shown without a purpose");
    let form = [("token", &*token), ("key", &*key), ("purpose", "№ 7 өтініш"), ("reason", "")];
    let answer = desk.post("/kk/staff/record", &form).await;
    assert_eq!(answer.status_code(), 422);
    assert!(answer.text().contains("href=\"#reason\""));
    assert_eq!(looks().await, 2, "a form that comes back shows the record again");
}
