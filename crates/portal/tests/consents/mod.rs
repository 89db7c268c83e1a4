//! What a person does about his consent and his data in the cabinet: who read them, withdrawal, receipt.

use app::testing::samples::{event, iin};
use app::{Actor, AuditAction, AuditEvent, Channel, Store};
use axum_test::TestResponse;
use sha2::{Digest, Sha256};

use super::world::TOKEN;
use super::world::browser::{Browser, between, field, location};
use super::{LANGUAGES, URL, assert_is_a_good_page, portal};

/// Number and address of the first result of a request's page.
fn result_of(page: &TestResponse) -> (String, String) {
    let address = between(&page.text(), "lead-box", "/document\"");
    let address = address.rsplit('"').next().unwrap().to_owned();
    let number = between(&page.text(), "lead-box", "</h3>");
    (between(&number, "class=\"number\">", "<"), address)
}

/// A check of a certificate by somebody without a session.
async fn check(browser: &Browser, number: &str, holder: &str) -> TestResponse {
    let fields = [("number", number), ("iin", holder), ("by", "number")];
    browser.post("/en/check", &fields).await
}

#[tokio::test]
async fn the_cabinet_tells_who_read_the_persons_data_when_why_and_how() {
    for (language, asked, checked, who, qr) in [
        (
            "kk",
            "деректер банкінен сіз туралы",
            "тексерілді",
            "кім екені қызметке белгісіз",
            "QR-код",
        ),
        ("ru", "Запрос о вас", "Проверен документ", "кто именно, услуге неизвестно", "QR-коду"),
        ("en", "Data Bank was asked", "was checked", "does not know who that is", "QR code"),
    ] {
        let (world, browser) = portal();
        let person = world.guardian();
        let address = browser.ask(language, person, "give").await;
        world.work().await;
        let (number, result) = result_of(&browser.get(&address).await);
        browser.get(&format!("{result}/document")).await.assert_status_ok();
        let checker = Browser::new(&world, URL);
        check(&checker, &number, &person.digits()).await.assert_status_ok();
        let token = world.service.request_view(&request_of(&address), None).await.unwrap().unwrap();
        let domain::DocumentContent::Certificate(content) = &token.results[0].content else {
            panic!("a certificate")
        };
        let token = content.check_url.rsplit('/').next().unwrap();
        checker.get(&format!("/{language}/c/{token}")).await.assert_status_ok();
        let id = result.rsplit('/').next().unwrap();
        let document = checker.server.get(&format!("/api/v1/results/{id}/document"));
        document.authorization_bearer(TOKEN).await.assert_status_ok();
        let page = browser.get(&format!("/{language}/cabinet/access")).await;
        assert_is_a_good_page(&page, language, "access");
        let html = page.text();
        assert!(html.contains(asked) && html.contains(checked) && html.contains(who), "{html}");
        assert!(html.contains(qr) && html.contains("API"));
        assert_eq!(
            html.matches("requests__item").count(),
            6,
            "asked, 2 checks, 2 downloads, sign-in"
        );
        let (newest, oldest) = (html.find("API").unwrap(), html.rfind("requests__item").unwrap());
        assert!(newest < oldest, "newest first");
        assert!(
            browser.get(&format!("/{language}/cabinet")).await.text().contains("/cabinet/access")
        );
    }
}

fn request_of(address: &str) -> domain::Number {
    domain::Number::parse(address.rsplit('/').next().unwrap()).unwrap()
}

#[tokio::test]
async fn officers_and_what_this_program_does_not_know_yet_are_told_in_general_words() {
    let (world, browser) = portal();
    let person = world.guardian();
    let row = |actor, action| AuditEvent {
        actor,
        detail: "word_of_a_newer_program".to_owned(),
        ..event(action, None, Some(person))
    };
    world.store().append_audit(&row(Actor::Officer, AuditAction::Imported)).await.unwrap();
    world.store().append_audit(&row(Actor::Operator, AuditAction::Downloaded)).await.unwrap();
    browser.sign_in("en", person).await;
    let html = browser.get("/en/cabinet/access").await.text();
    assert!(html.contains("Somebody who serves in this state service worked with your data"));
    assert!(html.contains("An employee of an education department"));
    assert!(html.contains("An employee of the operator"));
    assert!(!html.contains('⟦') && !html.contains("word_of_a_newer_program"));
}

#[tokio::test]
async fn a_long_list_goes_on_on_the_next_page_and_nobody_sees_anothers() {
    let (world, browser) = portal();
    let person = world.guardian();
    for _ in 0..60 {
        let looked =
            AuditEvent { actor: Actor::Checker, ..event(AuditAction::Checked, None, Some(person)) };
        world.store().append_audit(&looked).await.unwrap();
    }
    browser.sign_in("en", person).await;
    let first = browser.get("/en/cabinet/access").await.text();
    assert_eq!(first.matches("requests__item").count(), 50);
    let next = between(&first, "/en/cabinet/access?before=", "\"");
    let second = browser.get(&format!("/en/cabinet/access?before={next}")).await.text();
    assert_eq!(second.matches("requests__item").count(), 11);
    assert!(!second.contains("?before="));
    let stranger = Browser::new(&world, URL);
    stranger.sign_in("en", iin(2)).await;
    let html = stranger.get("/en/cabinet/access").await.text();
    assert_eq!(html.matches("requests__item").count(), 1, "signing in alone");
}

#[tokio::test]
async fn a_consent_is_withdrawn_from_the_cabinet_with_its_effect_told_before_and_after() {
    for language in LANGUAGES {
        let (world, browser) = portal();
        let person = world.guardian();
        let address = browser.ask(language, person, "give").await;
        world.work().await;
        let list = browser.get(&format!("/{language}/cabinet/consents")).await;
        assert_is_a_good_page(&list, language, "consents");
        assert!(list.text().contains(&format!("{address}/consent\"")));
        let consent = browser.get(&format!("{address}/consent")).await;
        assert_is_a_good_page(&consent, language, "consent");
        for item in 1..=8 {
            assert!(consent.text().contains(&format!("<p>{item}) ")), "item {item}");
        }
        let ask = browser.get(&format!("{address}/consent/withdrawal")).await;
        assert_is_a_good_page(&ask, language, "withdrawal");
        let effect = between(&ask.text(), "govuk-warning-text__text\">", "</strong>");
        assert!(effect.len() > 60, "the effect is told before: {effect}");
        let withdraw = format!("{address}/consent/withdrawal");
        browser.post(&withdraw, &[("token", "forged")]).await.assert_status_forbidden();
        let token = field(&ask.text(), "token");
        for _ in 0..2 {
            let answer = browser.post(&withdraw, &[("token", token.as_str())]).await;
            answer.assert_status_see_other();
            assert_eq!(location(&answer), format!("{address}/consent"));
        }
        let after = browser.get(&format!("{address}/consent")).await;
        assert_is_a_good_page(&after, language, "withdrawn");
        assert!(after.text().contains("govuk-inset-text"), "the effect is told after");
        assert!(!after.text().contains("/consent/withdrawal"), "there is nothing left to withdraw");
        let again = browser.get(&withdraw).await;
        again.assert_status_see_other();
        let (number, _) = result_of(&browser.get(&address).await);
        let checked = check(&Browser::new(&world, URL), &number, &person.digits()).await.text();
        assert!(checked.contains("It is not compared with the data bank any more"), "{checked}");
        let withdrawn = world.store().audit_of(&request_of(&address)).await.unwrap();
        let withdrawn = withdrawn.iter().filter(|row| row.action == "consent_withdrawn");
        assert_eq!(withdrawn.count(), 1, "twice is the same as once");
    }
}

#[tokio::test]
async fn a_consent_withdrawn_before_the_answer_ends_in_the_refusal_and_is_said_to() {
    let (world, browser) = portal();
    let person = world.guardian();
    let address = browser.ask("en", person, "give").await;
    let ask = browser.get(&format!("{address}/consent/withdrawal")).await.text();
    assert!(ask.contains("it ends with a reasoned refusal"));
    let token = field(&ask, "token");
    browser.post(&format!("{address}/consent/withdrawal"), &[("token", &token)]).await;
    world.work().await;
    let page = browser.get(&address).await.text();
    assert!(page.contains("Article 8 of the Law") && page.contains("You withdrew your consent"));
    assert_eq!(world.bank.asked(person), 0);
}

#[tokio::test]
async fn nobody_sees_or_withdraws_anothers_consent() {
    let (world, browser) = portal();
    let address = browser.ask("en", world.guardian(), "give").await;
    let stranger = Browser::new(&world, URL);
    stranger.sign_in("en", iin(2)).await;
    for place in ["", "/receipt", "/withdrawal"] {
        stranger.get(&format!("{address}/consent{place}")).await.assert_status_not_found();
    }
    let token = field(&stranger.get("/en/request").await.text(), "token");
    let withdrawal = format!("{address}/consent/withdrawal");
    stranger.post(&withdrawal, &[("token", &token)]).await.assert_status_not_found();
    let refused = browser.get(&format!("{address}/consent")).await.text();
    assert!(refused.contains("/consent/withdrawal"), "it stands");
}

#[tokio::test]
async fn a_refused_consent_is_shown_and_has_nothing_to_withdraw() {
    let (world, browser) = portal();
    let address = browser.ask("en", world.guardian(), "refuse").await;
    let page = browser.get(&format!("{address}/consent")).await.text();
    assert!(page.contains("Not given") && !page.contains("/consent/withdrawal"));
    browser.get(&format!("{address}/consent/withdrawal")).await.assert_status_see_other();
    let token = field(&browser.get("/en/request").await.text(), "token");
    let withdrawal = format!("{address}/consent/withdrawal");
    browser.post(&withdrawal, &[("token", &token)]).await.assert_status_see_other();
    let rows = world.store().audit_of(&request_of(&address)).await.unwrap();
    assert!(rows.iter().all(|row| row.action != "consent_withdrawn"));
}

#[tokio::test]
async fn the_receipt_is_the_same_each_time_and_vouches_for_itself() {
    for (language, title, withdrawn) in [
        ("kk", "келісім туралы түбіртек", "Кері қайтарып алынды:"),
        ("ru", "Квитанция о согласии", "Отозвано:"),
        ("en", "Receipt of a consent", "Withdrawn:"),
    ] {
        let (world, browser) = portal();
        let person = world.guardian();
        let address = browser.ask(language, person, "give").await;
        let receipt = browser.get(&format!("{address}/consent/receipt")).await;
        assert_eq!(receipt.header("content-type"), "text/plain; charset=utf-8");
        let name = receipt.header("content-disposition").to_str().unwrap().to_owned();
        let number = request_of(&address);
        assert_eq!(name, format!("attachment; filename=\"consent-{number}.txt\""));
        let text = receipt.text();
        assert!(text.contains(title) && text.contains(&person.digits()) && !text.contains('⟦'));
        for item in 1..=8 {
            assert!(text.contains(&format!("\n{item}) ")), "item {item}");
        }
        let (body, digest) = text.trim_end().rsplit_once('\n').unwrap();
        assert!(digest.ends_with(&hex::encode(Sha256::digest(body.as_bytes()))), "{digest}");
        assert_eq!(browser.get(&format!("{address}/consent/receipt")).await.text(), text);
        world.service.withdraw_consent(&number, person, Channel::Portal).await.unwrap();
        let after = browser.get(&format!("{address}/consent/receipt")).await.text();
        assert!(after.contains(withdrawn) && after != text);
    }
}

#[tokio::test]
async fn the_form_and_the_signed_text_name_the_person_and_the_operator() {
    let (world, browser) = portal();
    let person = world.guardian();
    browser.sign_in("en", person).await;
    let form = browser.get("/en/request").await.text();
    let name = between(&form, "govuk-summary-list__value\">", "<");
    let subject = format!("2) Subject: {name}, IIN {}", person.digits());
    assert!(form.contains(&subject), "{form}");
    let sign = browser.get(&browser.prepare("en", "give").await).await.text();
    assert!(sign.contains(&subject));
    assert!(sign.contains("1) Operator: ") && sign.contains("BIN"));
}

/// A portal whose persons are asked by telephone, and somebody signed in.
async fn asking(language: &str) -> (super::World, Browser, domain::Iin) {
    let (world, browser) = portal();
    let person = world.guardian();
    world.consents.ask_persons();
    browser.sign_in(language, person).await;
    (world, browser, person)
}

#[tokio::test]
async fn a_person_answers_1414_before_he_signs_in_every_language() {
    for language in LANGUAGES {
        let (world, browser, person) = asking(language).await;
        let control = world.consents.ask_persons();
        let address = browser.prepare(language, "give").await;
        assert!(address.starts_with(&format!("/{language}/asking/")), "{address}");
        let page = browser.get(&address).await;
        assert_is_a_good_page(&page, language, "not asked");
        assert!(control.asked().is_empty(), "looking asks nobody");
        let sign = address.replace("/asking/", "/sign/");
        assert_eq!(location(&browser.get(&sign).await), address, "not before he answered");
        let token = field(&page.text(), "token");
        for _ in 0..2 {
            let asked = browser.post(&address, &[("token", &token)]).await;
            assert_eq!(location(&asked), address);
        }
        assert_eq!(control.asked().len(), 1, "pressed twice, he is asked once");
        let waiting = browser.get(&address).await;
        assert_is_a_good_page(&waiting, language, "asked");
        assert!(
            waiting.text().contains("http-equiv=\"refresh\"") && waiting.text().contains("1414")
        );
        let state: serde_json::Value = browser.get(&format!("{address}/state")).await.json();
        assert_eq!((&state["state"], &state["final"]), (&"asked".into(), &false.into()));
        world.clock.advance(jiff::SignedDuration::from_secs(6));
        control.gives();
        assert_eq!(location(&browser.get(&address).await), sign);
        let sent = browser.sign(&sign, person).await;
        world.work().await;
        let granted = browser.get(&location(&sent)).await;
        assert_is_a_good_page(&granted, language, "granted");
        assert_eq!(world.bank.shown().len(), 1);
        let access = browser.get(&format!("/{language}/cabinet/access")).await;
        assert_is_a_good_page(&access, language, "access");
        let html = access.text();
        let of_consent = html.split("requests__item").filter(|one| one.contains("1414")).count();
        assert!(of_consent >= 2, "asked, and the consent he gave: {html}");
        let receipt = browser.get(&format!("{}/consent/receipt", location(&sent))).await.text();
        assert!(receipt.contains("1414"), "{receipt}");
    }
}

#[tokio::test]
async fn every_answer_has_its_page_and_registers_nothing_but_a_consent() {
    use app::AccessReply;
    for (language, reply, minutes, can_insist) in [
        ("kk", AccessReply::Refused, 0, true),
        ("ru", AccessReply::NoAnswer, 0, true),
        ("en", AccessReply::Pending, 6, true),
        ("kk", AccessReply::Silent, 6, false),
    ] {
        let (world, browser, person) = asking(language).await;
        world.consents.ask_persons().says(reply.clone());
        let address = browser.prepare(language, "give").await;
        let token = field(&browser.get(&address).await.text(), "token");
        browser.post(&address, &[("token", &token)]).await;
        if minutes > 0 {
            let open = browser.get(&address).await;
            assert_is_a_good_page(&open, language, "open");
            assert!(open.text().contains("data-status="), "{reply:?}");
        }
        world.clock.advance(jiff::SignedDuration::from_mins(minutes));
        let page = browser.get(&address).await;
        assert_is_a_good_page(&page, language, "over");
        let html = page.text();
        assert_eq!(html.contains("/insist"), can_insist, "{reply:?}: a fault is no refusal");
        assert!(!html.contains("data-status=") && html.contains(&format!("/{language}/cabinet\"")));
        assert!(world.service.requests_of(person, None).await.unwrap().is_empty());
        if can_insist {
            let insist = browser.post(&format!("{address}/insist"), &[("token", &token)]).await;
            let sign = location(&insist);
            let sent = browser.sign(&sign, person).await;
            world.work().await;
            let refused = browser.get(&location(&sent)).await.text();
            assert!(refused.contains("lead-box") && !refused.contains('⟦'));
            assert_eq!(world.bank.asked(person), 0);
        }
    }
}

#[tokio::test]
async fn a_refusal_told_to_1414_after_the_registration_stands_beside_the_consent() {
    for (language, told) in [
        ("kk", "Қайта сұралғанда 1414 арқылы бас тартылды:"),
        ("ru", "Отказано через 1414 при повторном вопросе:"),
        ("en", "Refused through 1414 when asked anew:"),
    ] {
        let (world, browser, person) = asking(language).await;
        let control = world.consents.ask_persons();
        control.gives();
        let address = browser.prepare(language, "give").await;
        let token = field(&browser.get(&address).await.text(), "token");
        browser.post(&address, &[("token", &token)]).await;
        world.bank.go_down();
        let sent = browser.sign(&address.replace("/asking/", "/sign/"), person).await;
        world.work().await;
        world.clock.advance(jiff::SignedDuration::from_secs(1_900));
        world.bank.come_up();
        control.says(app::AccessReply::Refused);
        for _ in 0..4 {
            world.work().await;
            world.clock.advance(jiff::SignedDuration::from_secs(70));
        }
        browser.sign_in(language, person).await;
        let request = location(&sent);
        for page in [format!("/{language}/cabinet/consents"), format!("{request}/consent")] {
            let page = browser.get(&page).await;
            assert_is_a_good_page(&page, language, "refused afterwards");
            let html = page.text();
            assert!(html.contains(told.trim_end_matches(':')), "{html}");
            assert!(html.contains("govuk-tag--grey") && !html.contains("/consent/withdrawal"));
        }
        let receipt = browser.get(&format!("{request}/consent/receipt")).await.text();
        assert!(receipt.contains(told), "{receipt}");
    }
}

#[tokio::test]
async fn nobody_answers_or_sees_anothers_question_and_forged_forms_ask_nobody() {
    let (world, browser, _) = asking("en").await;
    let address = browser.prepare("en", "give").await;
    let stranger = Browser::new(&world, URL);
    stranger.sign_in("en", iin(2)).await;
    stranger.get(&address).await.assert_status_not_found();
    stranger.get(&format!("{address}/state")).await.assert_status_not_found();
    let token = field(&stranger.get("/en/request").await.text(), "token");
    for place in ["", "/insist"] {
        let path = format!("{address}{place}");
        stranger.post(&path, &[("token", &token)]).await.assert_status_not_found();
        browser.post(&path, &[("token", "forged")]).await.assert_status_forbidden();
    }
    assert!(world.consents.ask_persons().asked().is_empty());
}

#[tokio::test]
async fn who_was_asked_five_times_in_an_hour_is_told_when_he_can_be_asked_again() {
    let (world, browser, _) = asking("en").await;
    world.consents.ask_persons().says(app::AccessReply::Refused);
    let address = browser.prepare("en", "give").await;
    let token = field(&browser.get(&address).await.text(), "token");
    for _ in 0..5 {
        browser.post(&address, &[("token", &token)]).await.assert_status_see_other();
        world.clock.advance(jiff::SignedDuration::from_secs(1));
    }
    let sixth = browser.post(&address, &[("token", &token)]).await;
    assert_eq!(sixth.status_code(), 429);
    assert_is_a_good_page(&sixth, "en", "asked too often");
    assert!(sixth.text().contains("You can be asked again:"));
    assert_eq!(world.consents.ask_persons().asked().len(), 5);
}
