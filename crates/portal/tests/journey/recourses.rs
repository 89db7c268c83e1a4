//! A refused person has a person look again and complains, and those who answer: without JavaScript and in every language.

use std::sync::Arc;

use app::StaffRole;
use app::testing::samples::{kato, provider};
use app::testing::{FakeStaffList, of_department};

use super::*;

/// A browser of somebody of the department who reviews and leads it.
async fn desk(world: &World, language: &str) -> Browser {
    let people = Arc::new(FakeStaffList::default());
    let roles = [StaffRole::Reviewer, StaffRole::Head];
    people.list(&[of_department(iin(700), "ҮЛГІ <i>МАМАН</i>", &kato(), &roles)]);
    let config = portal::PortalConfig { staff: Some(world.staff(people)), ..World::config(URL) };
    let browser = Browser::over(world, config);
    let html = browser.get(&format!("/{language}/staff/sign-in")).await.text();
    let signed = FakeVerifier::sign_for(provider().bin, iin(700), &document(&html));
    let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
    let signature = STANDARD.encode(signed);
    let fields = [("token", &*token), ("challenge", &*challenge), ("signature", &*signature)];
    browser.post(&format!("/{language}/staff/sign-in"), &fields).await.assert_status_see_other();
    browser
}

/// Opens a case with its purpose and answers it; ends on the list.
async fn answer(desk: &Browser, language: &str, case: &str, outcome: &str) {
    let asked = desk.get(case).await;
    assert_is_a_good_page(&asked, language, "purpose");
    let token = field(&asked.text(), "token");
    let mute = desk.post(case, &[("token", &*token), ("purpose", "")]).await;
    mute.assert_status_unprocessable_entity();
    assert_is_a_good_page(&mute, language, "no purpose");
    let opened = desk.post(case, &[("token", &*token), ("purpose", "өтінішті қарау")]).await;
    opened.assert_status_ok();
    assert_is_a_good_page(&opened, language, "case");
    let path = format!("{case}/answer");
    let fields = |reasons: &'static str| {
        [
            ("token", token.clone()),
            ("purpose", "өтінішті қарау".to_owned()),
            ("outcome", outcome.to_owned()),
            ("reasons", reasons.to_owned()),
        ]
    };
    let send = async |reasons| {
        let fields = fields(reasons);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        desk.post(&path, &fields).await
    };
    let mute = send(" ").await;
    mute.assert_status_unprocessable_entity();
    assert_is_a_good_page(&mute, language, "no reasons");
    for _ in 0..2 {
        let done = send("Банкте жазба жоқ").await;
        assert_eq!(location(&done), case.rsplit_once('/').unwrap().0);
    }
    let list = desk.get(case.rsplit_once('/').unwrap().0).await;
    assert_is_a_good_page(&list, language, "list");
}

#[tokio::test]
async fn a_refused_person_asks_for_a_review_and_reads_the_answer() {
    for language in LANGUAGES {
        let (world, browser) = portal();
        let address = browser.ask(language, iin(1), "give").await;
        world.work().await;
        let html = browser.get(&address).await.text();
        let token = field(&html[html.find("/review\"").unwrap()..], "token");
        let review = format!("{address}/review");
        browser.post(&review, &[("token", "x")]).await.assert_status_forbidden();
        let fields = [("token", token.as_str()), ("words", "<b>актім</b> бар")];
        let mut cases = Vec::new();
        for _ in 0..2 {
            cases.push(location(&browser.post(&review, &fields).await));
        }
        assert_eq!(cases[0], cases[1], "a double click is one review");
        let case = browser.get(&cases[0]).await;
        assert_is_a_good_page(&case, language, "asked");
        assert!(case.text().contains("&#60;b&#62;актім") && !case.text().contains("<b>актім"));
        assert!(!browser.get(&address).await.text().contains("/review\""), "once");
        let foreign = Browser::new(&world, URL);
        foreign.sign_in(language, iin(2)).await;
        foreign.get(&cases[0]).await.assert_status_not_found();
        foreign.get(&format!("{}/answer", cases[0])).await.assert_status_not_found();

        let desk = desk(&world, language).await;
        let number = cases[0].rsplit('/').next().unwrap();
        let list = desk.get(&format!("/{language}/staff/reviews")).await;
        assert_is_a_good_page(&list, language, "reviews");
        assert!(list.text().contains(number) && !list.text().contains("актім"));
        answer(&desk, language, &format!("/{language}/staff/reviews/{number}"), "upheld").await;
        let answered = browser.get(&cases[0]).await;
        assert_is_a_good_page(&answered, language, "answered");
        assert!(answered.text().contains("Банкте жазба жоқ"));
        let path = format!("{}/answer", cases[0]);
        browser.get(&path).await.assert_status_not_found();
        world.service.look_after_recourses().await.unwrap();
        let document = browser.get(&path).await;
        document.assert_status_ok();
        assert_eq!(document.header("content-type"), "application/pdf");
        let again = browser.get(&path).await;
        assert_eq!(document.as_bytes(), again.as_bytes());
        for page in ["messages", "cabinet", "cabinet/recourses", "cabinet/access"] {
            let page = browser.get(&format!("/{language}/{page}")).await;
            assert_is_a_good_page(&page, language, "told");
        }
        let form = MultipartForm::new()
            .add_text("by", "document")
            .add_part("document", Part::bytes(document.as_bytes().to_vec()).file_name("j.pdf"));
        let checked = browser.server.post(&format!("/{language}/check")).multipart(form).await;
        assert_is_a_good_page(&checked, language, "checked");
        assert!(checked.text().contains("verdict--good"), "{}", checked.text());
    }
}

#[tokio::test]
async fn a_complaint_is_written_signed_and_answered() {
    for language in LANGUAGES {
        let (world, browser) = portal();
        let address = browser.ask(language, iin(1), "give").await;
        world.work().await;
        let path = format!("{address}/complaint");
        let form = browser.get(&path).await;
        assert_is_a_good_page(&form, language, "form");
        let (token, key) = (field(&form.text(), "token"), field(&form.text(), "key"));
        let empty = browser.post(&path, &[("token", &*token), ("key", &*key)]).await;
        empty.assert_status_unprocessable_entity();
        assert_is_a_good_page(&empty, language, "empty");
        let fields = [
            ("token", &*token),
            ("key", &*key),
            ("body", "head"),
            ("ground", "unjustified_refusal"),
            ("ground", "other"),
            ("words", "Акт \"бар\" <i>"),
            ("address", "Астана"),
        ];
        let prepared = browser.post(&path, &fields).await;
        prepared.assert_status_ok();
        assert_is_a_good_page(&prepared, language, "to sign");
        let html = prepared.text();
        let bytes = document(&html);
        let signature = STANDARD.encode(FakeVerifier::sign(iin(1), &bytes));
        let prepared_at = field(&html, "prepared_at");
        let send = format!("{path}/send");
        let mut fields = fields.to_vec();
        fields.push(("prepared_at", &prepared_at));
        let nothing = browser.post(&send, &fields).await;
        nothing.assert_status_unprocessable_entity();
        assert_is_a_good_page(&nothing, language, "no signature");
        fields.push(("signature", &signature));
        let mut cases = Vec::new();
        for _ in 0..2 {
            cases.push(location(&browser.post(&send, &fields).await));
        }
        assert_eq!(cases[0], cases[1], "a double click is one complaint");
        let shown = browser.get(&cases[0]).await;
        assert_is_a_good_page(&shown, language, "filed");

        let form = browser.get(&path).await.text();
        let other = field(&form, "key");
        assert_ne!(key, other, "another form is another complaint");
        let session: Vec<_> = fields
            .iter()
            .filter(|(name, _)| !["key", "signature"].contains(name))
            .copied()
            .chain([("key", &*other), ("way", "session")])
            .collect();
        let confirmed = location(&browser.post(&send, &session).await);
        assert_ne!(confirmed, cases[0]);
        assert_is_a_good_page(&browser.get(&confirmed).await, language, "confirmed");

        let desk = desk(&world, language).await;
        let list = desk.get(&format!("/{language}/staff/complaints")).await;
        assert_is_a_good_page(&list, language, "complaints");
        let number = cases[0].rsplit('/').next().unwrap();
        answer(&desk, language, &format!("/{language}/staff/complaints/{number}"), "rejected")
            .await;
        world.service.look_after_recourses().await.unwrap();
        let answered = browser.get(&cases[0]).await;
        assert_is_a_good_page(&answered, language, "answered");
        browser.get(&format!("{}/answer", cases[0])).await.assert_status_ok();
        desk.get(&format!("/{language}/staff/quality-complaints")).await.assert_status_not_found();
    }
}

/// Of two wards that were named the bank knows one: the page of the granted request offers a review of the refusal beside.
#[tokio::test]
async fn a_refusal_of_a_part_is_offered_a_review() {
    let (world, browser) = portal();
    let (person, known, unknown) = (iin(1), "160504600012", "160504600200");
    let with_check = |eleven: &str| {
        (0..10).find_map(|digit| domain::Iin::parse(&format!("{}{digit}", &eleven[..11])).ok())
    };
    let (known, unknown) = (with_check(known).unwrap(), with_check(unknown).unwrap());
    let mut record = guardian_record(person, &["w1"]);
    record.wards[0].ward.iin = Some(known);
    world.bank.know(record);
    browser.sign_in("kk", person).await;
    let token = field(&browser.get("/kk/request").await.text(), "token");
    let (one, other) = (known.digits(), unknown.digits());
    let fields = [
        ("token", token.as_str()),
        ("wards", "named"),
        ("ward", &one),
        ("ward", &other),
        ("provider", ""),
        ("restricted", "give"),
        ("secret", "refuse"),
    ];
    let prepared = location(&browser.post("/kk/request", &fields).await);
    // While the bank is silent nobody can be told beforehand.
    world.bank.go_down();
    let address = location(&browser.sign(&prepared, person).await);
    world.work().await;
    world.bank.come_up();
    world.clock.advance(jiff::SignedDuration::from_secs(60));
    world.work().await;
    let page = browser.get(&address).await;
    assert_is_a_good_page(&page, "kk", "refused in part");
    let html = page.text();
    let token = field(&html[html.find("/review\"").unwrap()..], "token");
    let asked = browser.post(&format!("{address}/review"), &[("token", token.as_str())]).await;
    let case = browser.get(&location(&asked)).await;
    assert_is_a_good_page(&case, "kk", "asked");
    assert!(!browser.get(&address).await.text().contains("/review\""), "once");
}
