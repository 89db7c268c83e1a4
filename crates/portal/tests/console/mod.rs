//! The console: certificates annulled by two, the story of a request, its signed file, notes, the journal, the first page.

use app::testing::samples::{iin, kato, provider};
use app::testing::{FakeVerifier, of_department, of_organisation};
use app::{ActRecalled, Channel, SealError, StaffMember, StaffRole, Store};
use axum_test::TestResponse;
use axum_test::multipart::{MultipartForm, Part};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Bin, Language, Number};

use crate::officers::{Office, far_desk, office, officer};
use crate::world::CONTACT_CENTRE_TOKEN;
use crate::world::browser::{Browser, between, document, field, location};

/// Somebody of another organisation at his desk.
async fn auditor(office: &Office) -> Browser {
    outside(office, StaffRole::Auditor).await
}

async fn outside(office: &Office, role: StaffRole) -> Browser {
    let bin = Bin::parse("200140009018").unwrap();
    let who = of_organisation(iin(650), "Ким", bin, role);
    signed_in(office, bin, who).await
}

/// Beside two officers, in a browser of his own.
async fn signed_in(office: &Office, bin: Bin, who: StaffMember) -> Browser {
    office.officers.list(&[officer(1), officer(2), who.clone()]);
    let browser = office.browser();
    let html = browser.get("/kk/staff/sign-in").await.text();
    let cms = FakeVerifier::sign_for(bin, who.iin, &document(&html));
    let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
    let signature = STANDARD.encode(cms);
    let fields = [("token", &*token), ("challenge", &*challenge), ("signature", &*signature)];
    browser.post("/kk/staff/sign-in", &fields).await.assert_status_see_other();
    browser
}

/// A person's answered request: his browser, and the address of the request.
async fn answered(office: &Office) -> (Browser, String) {
    let holder = office.browser();
    let request = holder.ask("kk", office.world.guardian(), "give").await;
    office.world.work().await;
    (holder, request)
}

async fn post(desk: &Browser, address: &str, fields: &[(&str, &str)]) -> TestResponse {
    let token = field(&desk.get("/kk/staff").await.text(), "token");
    let fields: Vec<_> =
        std::iter::once(("token", &*token)).chain(fields.iter().copied()).collect();
    desk.post(address, &fields).await
}

/// Two officers annul a certificate: the holder reads why, whoever checks it only that and since when.
#[tokio::test]
async fn a_certificate_is_annulled_by_two_and_everybody_sees_his_part_of_it() {
    let office = office();
    let person = office.world.guardian();
    let (holder, request) = answered(&office).await;
    let page = holder.get(&request).await.text();
    let result = format!("/kk/requests{}", between(&page, "href=\"/kk/requests", "/document"));
    let number = between(&holder.get(&result).await.text(), "class=\"number\">", "<");
    let check = |number: String| {
        let checker = office.browser();
        async move {
            let fields =
                [("number", number.as_str()), ("iin", &*person.digits()), ("by", "number")];
            checker.post("/kk/check", &fields).await.text()
        }
    };
    assert!(check(number.clone()).await.contains("verdict--good"));
    let (one, two) = (office.desk(1).await, office.desk(2).await);
    let token = field(&one.get("/kk/staff/annulments").await.text(), "token");
    let propose = |certificate: String, reason: &'static str, words: &'static str| {
        let (one, token) = (&one, token.clone());
        async move {
            let fields = [
                ("token", token.as_str()),
                ("certificate", &certificate),
                ("reason", reason),
                ("words", words),
            ];
            one.post("/kk/staff/annulments", &fields).await
        }
    };
    for (certificate, reason, words) in [
        ("A-2222-2222-2".to_owned(), "wrong_facts", "x"),
        (number.clone(), "", "x"),
        (number.clone(), "wrong_facts", " "),
    ] {
        let refused = propose(certificate, reason, words).await;
        assert_eq!(refused.status_code(), 422);
        assert!(!refused.text().contains('⟦'), "{}", refused.text());
    }
    let proposed = propose(number.clone(), "false_documents", "<b>бұйрық жалған</b>").await;
    assert_eq!(location(&proposed), "/kk/staff/annulments");
    let list = one.get("/kk/staff/annulments").await.text();
    let address =
        format!("/kk/staff/annulments/{}", between(&list, "href=\"/kk/staff/annulments/", "\""));
    let far = far_desk(&office).await;
    far.get(&address).await.assert_status_not_found();
    office.officers.list(&[officer(1), officer(2)]);
    let own = press_end(&one, &address, "confirmed").await;
    assert_eq!(own.status_code(), 409, "not by who proposed it");
    assert!(check(number.clone()).await.contains("verdict--good"), "not yet");
    let asks = two.get(&address).await.text();
    assert!(asks.contains("name=\"purpose\"") && !asks.contains("бұйрық жалған"), "{asks}");
    assert_eq!(post(&two, &address, &[("purpose", " ")]).await.status_code(), 422);
    let page = post(&two, &address, &[("purpose", "растау № 5")]).await.text();
    assert!(page.contains("&#60;b&#62;бұйрық жалған") && !page.contains('⟦'), "{page}");
    press_end(&two, &address, "confirmed").await.assert_status_see_other();
    assert_eq!(press_end(&two, &address, "confirmed").await.status_code(), 409);
    let checked = check(number.clone()).await;
    assert!(checked.contains("verdict--bad") && checked.contains("Күші жойылды:"), "{checked}");
    assert!(!checked.contains("жалған"), "why is not for those who check: {checked}");
    let shown = holder.get(&result).await.text();
    assert!(shown.contains("бұйрық жалған") && shown.contains("/request?again="), "{shown}");
    assert!(holder.get("/kk/cabinet").await.text().contains("Күші жойылды:"));
    let messages = holder.get("/kk/messages").await.text();
    assert!(messages.contains("Анықтамаңыздың күші жойылды"), "{messages}");
    let access = holder.get("/kk/cabinet/access").await.text();
    assert!(access.contains("анықтамаңыздың күшін жойды"), "{access}");
    assert!(access.contains("растау № 5") && access.contains("күшін жою ұсынысы"), "{access}");
    holder.get(&format!("{result}/document")).await.assert_status_ok();
}

async fn press_end(desk: &Browser, address: &str, outcome: &str) -> TestResponse {
    let token = field(&desk.get("/kk/staff/annulments").await.text(), "token");
    let fields =
        [("token", &*token), ("purpose", "шешу"), ("outcome", outcome), ("remark", "қаралды")];
    desk.post(&format!("{address}/end"), &fields).await
}

#[tokio::test]
async fn a_request_is_opened_by_its_territory_for_a_purpose_and_the_person_sees_the_look() {
    let office = office();
    let (holder, request) = answered(&office).await;
    let number = request.rsplit('/').next().unwrap().to_owned();
    let story = format!("/kk/staff/requests/{number}");
    let desk = office.desk(1).await;
    let page = desk.get(&story).await;
    page.assert_status_ok();
    let name = office.world.guardian().digits();
    assert!(!page.text().contains(&name), "nothing before a purpose");
    let empty = post(&desk, &story, &[("purpose", " ")]).await;
    assert_eq!(empty.status_code(), 422);
    for fields in [
        [("number", &*number), ("purpose", "")],
        [("number", "S-1"), ("purpose", "шағым")],
        [("iin", "12"), ("purpose", "шағым")],
    ] {
        let refused = post(&desk, "/kk/staff/requests", &fields).await;
        assert_eq!(refused.status_code(), 422);
        assert!(!refused.text().contains('⟦'), "{}", refused.text());
    }
    let noted = post(&desk, &format!("{story}/notes"), &[("words", "<i>қоңырау шалды</i>")]).await;
    assert_eq!(location(&noted), story);
    let by_number = [("number", &*number), ("purpose", "шағым № 7")];
    let shown = post(&desk, "/kk/staff/requests", &by_number).await.text();
    assert!(shown.contains(&name) && shown.contains("&#60;i&#62;қоңырау шалды"), "{shown}");
    assert!(shown.contains("Деректер банкі сұралды") && !shown.contains('⟦'), "{shown}");
    let by_iin = [("iin", &*name), ("purpose", "іздеу")];
    let found = post(&desk, "/kk/staff/requests", &by_iin).await.text();
    assert!(found.contains(&number) && !found.contains('⟦'), "{found}");
    let access = holder.get("/kk/cabinet/access").await.text();
    assert!(access.contains("сұрауыңызды қарады") && access.contains("ескертпе жазды"), "{access}");
    // What for, where and how, and not who.
    let department = provider().name.on_screen(domain::Language::Kk).to_owned();
    assert!(access.contains("шағым № 7") && access.contains(&department), "{access}");
    assert!(access.contains("Сұраудың тарихы") && access.contains("ЖСН бойынша сұраулар тізімі"));
    assert!(!access.contains("Ерлан") && !access.contains("Айжан") && !access.contains('⟦'));
    let far = far_desk(&office).await;
    far.get(&story).await.assert_status_not_found();
    for (place, fields) in [
        ("", vec![("purpose", "x")]),
        ("/file", vec![("purpose", "x")]),
        ("/notes", vec![("words", "x")]),
    ] {
        let answer = post(&far, &format!("{story}{place}"), &fields).await;
        answer.assert_status_not_found();
    }
}

#[tokio::test]
async fn a_story_is_taken_out_as_a_sealed_file_in_both_languages() {
    let office = office();
    let (holder, request) = answered(&office).await;
    let file = format!("/kk/staff/requests/{}/file", request.rsplit('/').next().unwrap());
    let desk = office.desk(1).await;
    assert_eq!(post(&desk, &file, &[("purpose", "")]).await.status_code(), 422);
    let answer = post(&desk, &file, &[("purpose", "сотқа")]).await;
    answer.assert_status_ok();
    assert_eq!(answer.header("content-type"), "application/pdf");
    assert_eq!(answer.header("cache-control"), "no-store");
    let bytes = answer.as_bytes().to_vec();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("%sealed") && text.contains("\"story_version\": 1"), "{text}");
    assert!(text.contains("Республикалық деректер банкі") && !text.contains('⟦'), "{text}");
    let access = holder.get("/kk/cabinet/access").await.text();
    assert!(access.contains("файл етіп алды"), "{access}");
    let part = Part::bytes(bytes).file_name("story.pdf");
    let form = MultipartForm::new().add_text("by", "document").add_part("document", part);
    let checked = holder.server.post("/kk/check").multipart(form).await.text();
    assert!(!checked.contains("verdict--good"), "a story is no certificate: {checked}");
}

#[tokio::test]
async fn an_auditor_reads_every_territory_and_the_journal_and_changes_nothing() {
    let office = office();
    let (holder, request) = answered(&office).await;
    let number = request.rsplit('/').next().unwrap().to_owned();
    let auditor = auditor(&office).await;
    let story = format!("/kk/staff/requests/{number}");
    let shown = post(&auditor, &story, &[("purpose", "жоспарлы тексеру")]).await.text();
    assert!(shown.contains(&number) && !shown.contains("/notes\""), "{shown}");
    post(&auditor, &format!("{story}/notes"), &[("words", "x")]).await.assert_status_not_found();
    auditor.get("/kk/staff/annulments").await.assert_status_not_found();
    assert!(!auditor.get("/kk/staff/journal").await.text().contains('⟦'));
    let day = domain::astana_date(office.world.service.now()).to_string();
    let iin = office.world.guardian().digits();
    let of_day = post(&auditor, "/kk/staff/journal", &[("day", &day)]).await.text();
    assert!(
        of_day.contains(&number) && !of_day.contains(&iin) && !of_day.contains('⟦'),
        "{of_day}"
    );
    let named = [("number", &*number), ("action", "issued"), ("purpose", "тексеру")];
    let named = post(&auditor, "/kk/staff/journal", &named).await.text();
    assert!(named.contains(&iin), "{named}");
    let wrong = post(&auditor, "/kk/staff/journal", &[("day", "x"), ("number", "y")]).await;
    assert_eq!(wrong.status_code(), 422);
    let rows = office.world.store().audit_from(1, 1_000).await.unwrap();
    let read: Vec<_> = rows.iter().filter(|row| row.action == "journal_read").collect();
    assert_eq!(read.len(), 2);
    assert!(read.iter().all(|row| row.actor == "auditor"));
    assert!(holder.get("/kk/cabinet/access").await.text().contains("журналын оқыды"));
    office.desk(1).await.get("/kk/staff/journal").await.assert_status_not_found();
}

#[tokio::test]
async fn the_first_page_opens_on_what_needs_somebody_in_three_languages() {
    let office = office();
    answered(&office).await;
    let head = of_department(iin(560), "Басшы", &kato(), &[StaffRole::Head]);
    office.officers.list(&[officer(1), officer(2), head]);
    let desk = office.desk(1).await;
    for language in ["kk", "ru", "en"] {
        for place in ["", "/requests", "/annulments"] {
            let page = desk.get(&format!("/{language}/staff{place}")).await.text();
            assert!(!page.contains('⟦'), "{language}{place}: {page}");
        }
    }
    let page = desk.get("/en/staff").await.text();
    assert!(page.contains("today: 1, of them answered: 1; in work now: 0"), "{page}");
    assert!(
        page.contains("/en/staff/requests#due") && page.contains("/en/staff/annulments#waiting")
    );
}

#[tokio::test]
async fn somebody_of_staff_reads_in_his_own_cabinet_that_he_signed_in_to_serve() {
    let office = office();
    office.desk(1).await;
    let cabinet = office.browser();
    cabinet.sign_in("kk", officer(1).iin).await;
    for (language, to_serve, to_the_cabinet) in [
        ("kk", "қызметкердің жұмыс орнына кіру", "жеке кабинетке кіру"),
        ("ru", "Вход на рабочее место сотрудника", "Вход в личный кабинет"),
        ("en", "Signing in to an employee’s desk", "Signing in to the personal cabinet"),
    ] {
        let access = cabinet.get(&format!("/{language}/cabinet/access")).await.text();
        assert_eq!(access.matches("requests__item").count(), 2, "{access}");
        assert_eq!(access.matches(to_serve).count(), 1, "{access}");
        assert_eq!(access.matches(to_the_cabinet).count(), 1, "{access}");
        let place = provider().name.on_screen(domain::Language::ALL[0]).to_owned();
        assert!(!access.contains('⟦') && (language != "kk" || access.contains(&place)), "{access}");
    }
}

#[tokio::test]
async fn an_auditor_is_told_by_his_organisation_and_his_purpose_is_text() {
    let office = office();
    let (holder, request) = answered(&office).await;
    let story = format!("/kk/staff/requests/{}", request.rsplit('/').next().unwrap());
    let auditor = auditor(&office).await;
    post(&auditor, &story, &[("purpose", "<b>тексеру</b>")]).await.assert_status_ok();
    let access = holder.get("/kk/cabinet/access").await.text();
    assert!(access.contains("БСН 200140009018 ұйымы"), "{access}");
    assert!(access.contains("&#60;b&#62;тексеру") && !access.contains("<b>тексеру"), "{access}");
}

/// Each role's lines lead where it is done; what is late comes first.
#[tokio::test]
async fn the_first_page_opens_on_what_waits_for_each_role() {
    let office = office();
    let person = iin(3);
    let request = office.browser().ask("kk", person, "give").await;
    office.world.work().await;
    let number = Number::parse(request.rsplit('/').next().unwrap()).unwrap();
    let way = (Language::Kk, Channel::Portal);
    office.world.service.ask_review(person, &number, "", way).await.unwrap().unwrap();
    let lines = [
        (StaffRole::Reviewer, &["reviews"][..], 1),
        (StaffRole::Head, &["complaints"], 0),
        (StaffRole::QualityController, &["quality-complaints"], 0),
        (StaffRole::Administrator, &["templates", "people"], 0),
        (StaffRole::ContactCentreOperator, &["1414/faults"], 0),
        (StaffRole::DataProtectionOfficer, &["1414/faults"], 0),
    ];
    for (role, places, count) in lines {
        let desk = at_desk(&office, role).await;
        for language in ["kk", "ru", "en"] {
            let page = desk.get(&format!("/{language}/staff")).await.text();
            assert!(!page.contains('⟦'), "{language} {role:?}: {page}");
            for place in places {
                let line = line_of(&page, &format!("/{language}/staff/{place}"));
                assert!(
                    line.contains(&format!("<strong>{count}</strong>")),
                    "{role:?} {place}: {line}"
                );
            }
        }
    }
    office.world.clock.advance(jiff::SignedDuration::from_hours(24 * 9));
    for role in [StaffRole::Reviewer, StaffRole::Head, StaffRole::QualityController] {
        let page = at_desk(&office, role).await.get("/en/staff").await.text();
        let place = match role {
            StaffRole::Reviewer => "reviews",
            StaffRole::Head => "complaints",
            _ => "quality-complaints",
        };
        let line = line_of(&page, &format!("/en/staff/{place}"));
        assert!(line.contains("<strong>1</strong>") && line.contains("urgent"), "{role:?}: {line}");
    }
}

/// The line of work that leads to an address: it stands in the page's main part, behind the menu.
fn line_of(page: &str, address: &str) -> String {
    let (_, main) = page.split_once("<main").unwrap();
    let lines = main.split("<li").find(|line| line.contains(&format!("\"{address}\"")));
    lines.unwrap_or_else(|| panic!("no line to {address}: {main}")).to_owned()
}

async fn at_desk(office: &Office, role: StaffRole) -> Browser {
    if role.is_of_department() {
        let who = of_department(iin(660), "Басшы", &kato(), &[role]);
        return signed_in(office, provider().bin, who).await;
    }
    outside(office, role).await
}

/// The same fault stands on the portal, the console and the desk of 1414, and is told to programs.
#[tokio::test]
async fn a_seal_that_cannot_be_put_on_is_a_known_fault_everywhere() {
    let office = office();
    let words = "Documents cannot be sealed now";
    let citizen = office.browser();
    assert!(!citizen.get("/en").await.text().contains(words));
    office.world.sealer.fail(Some(SealError::Unavailable("away".to_owned())));
    let request = citizen.ask("en", office.world.guardian(), "give").await;
    office.world.work().await;
    let calls = outside(&office, StaffRole::ContactCentreOperator).await;
    for (browser, place) in [
        (&citizen, "/en"),
        (&citizen, request.as_str()),
        (&office.desk(1).await, "/en/staff"),
        (&calls, "/en/staff/1414"),
    ] {
        assert!(browser.get(place).await.text().contains(words), "{place}");
    }
    let number = request.rsplit('/').next().unwrap();
    let body = serde_json::json!({ "operator": "op-1", "language": "en", "said": number });
    let told = citizen.server.post("/api/v1/contact-centre/requests");
    let told = told.authorization_bearer(CONTACT_CENTRE_TOKEN).json(&body).await;
    let told: serde_json::Value = told.json();
    assert_eq!(told["known_faults"][0]["code"], "seal_silent", "{told}");
}

/// What was asked for against an answer stands in the page, the file and its data.
#[tokio::test]
async fn a_story_shows_reviews_and_requests_to_repair() {
    let office = office();
    let person = iin(3);
    let request = office.browser().ask("kk", person, "give").await;
    office.world.work().await;
    let number = Number::parse(request.rsplit('/').next().unwrap()).unwrap();
    let (service, way) = (&office.world.service, (Language::Kk, Channel::Portal));
    let review = service.ask_review(person, &number, "<b>актім бар", way).await.unwrap().unwrap();
    assert!(
        service
            .ask_repair(person, &number, ActRecalled { number: "17-Ө", ..ActRecalled::default() })
            .await
            .unwrap()
    );
    let reviewer = at_desk(&office, StaffRole::Reviewer).await;
    let fields = [("outcome", "upheld"), ("reasons", "жазба жоқ"), ("purpose", "қарау")];
    let answered = post(&reviewer, &format!("/kk/staff/reviews/{review}/answer"), &fields).await;
    answered.assert_status_see_other();
    service.look_after_recourses().await.unwrap();
    let case = service.own_recourse(person, &review).await.unwrap().unwrap();
    let answer = case.answer().unwrap().content.number.clone();
    let desk = office.desk(1).await;
    let story = format!("/kk/staff/requests/{number}");
    let page = post(&desk, &story, &[("purpose", "шағым")]).await.text();
    let file = post(&desk, &format!("{story}/file"), &[("purpose", "сотқа")]).await;
    file.assert_status_ok();
    let file = String::from_utf8_lossy(file.as_bytes()).into_owned();
    for text in [review.as_str(), answer.as_str(), "актім бар", "жазба жоқ"] {
        assert!(page.contains(text) && file.contains(text), "{text}");
    }
    assert!(!page.contains("<b>актім") && !page.contains('⟦') && !file.contains('⟦'));
    assert!(file.contains("reviews_and_complaints") && file.contains("17-Ө"), "{file}");
}
