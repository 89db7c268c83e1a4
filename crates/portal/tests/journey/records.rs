//! A refused person asks for the repair of his record and hears of it, and officers work at the registry: without JavaScript
//! and in every language.

use std::sync::Arc;

use app::testing::samples::{batch, kato, provider, registry_row};
use app::testing::{FakeStaffList, FakeVerifier, of_department};
use app::{OthersRecords, Registry, RegistryRow, StaffRole};
use domain::{Iin, PersonName};

use super::*;

const PURPOSE: &str = "өтініш бойынша тексеру";

fn officer_iin() -> Iin {
    iin(700)
}

/// A browser of an officer at the same portal.
fn office(world: &World) -> Browser {
    let officers = Arc::new(FakeStaffList::default());
    let name = "ҮЛГІ ҚЫЗМЕТКЕР";
    officers.list(&[of_department(officer_iin(), name, &kato(), &[StaffRole::Officer])]);
    let config = portal::PortalConfig { staff: Some(world.staff(officers)), ..World::config(URL) };
    Browser::over(world, config)
}

async fn sign_in(browser: &Browser, language: &str) {
    let html = browser.get(&format!("/{language}/staff/sign-in")).await.text();
    let signed = FakeVerifier::sign_for(provider().bin, officer_iin(), &document(&html));
    let (token, challenge) = (field(&html, "token"), field(&html, "challenge"));
    let signature = STANDARD.encode(signed);
    let fields = [
        ("token", token.as_str()),
        ("challenge", &challenge),
        ("next", "/staff"),
        ("signature", &signature),
    ];
    let answer = browser.post(&format!("/{language}/staff/sign-in"), &fields).await;
    assert_eq!(location(&answer), format!("/{language}/staff"));
}

async fn import(world: &World, seconds: i64, rows: &[RegistryRow]) {
    let mut batch = batch(seconds, rows.to_vec());
    batch.terms.others = OthersRecords::Taken;
    let registry = world.memory();
    registry.apply_import(&batch).await.unwrap().taken_in().unwrap();
    for row in rows {
        world.bank.know(registry.guardian_record(row.guardian.iin).await.unwrap().unwrap());
    }
}

fn named(index: u32, surname: &str, ward: &str) -> RegistryRow {
    let mut row = registry_row(iin(index), ward);
    row.guardian.name = PersonName::parse(surname, "Үсен", "").unwrap();
    row.ward.placement.act.number = format!("{index}-Ө");
    row
}

/// What else a record says, in a language.
fn facts_of_a_record(language: &str) -> [&'static str; 4] {
    match language {
        "kk" => [
            "Орналастыру нысаны",
            "қорғаншылық немесе қамқоршылық",
            "есептен шығарылды",
            "Мүлік тізімдемесі",
        ],
        "ru" => ["Форма устройства", "опека или попечительство", "снят с учёта", "Опись имущества"],
        _ => [
            "Form of placement",
            "guardianship or custodianship",
            "taken off the account",
            "Property inventory",
        ],
    }
}

#[tokio::test]
async fn a_record_entered_in_error_does_not_read_as_a_guardianship_that_ended() {
    for (language, told, ended) in [
        ("kk", "Бірде-бір күн күшінде болмаған", "наурыз аяқталған"),
        ("ru", "Не действовала ни дня", "Окончено"),
        ("en", "In force on no day", "Ended on"),
    ] {
        let (world, _) = portal();
        let browser = office(&world);
        sign_in(&browser, language).await;
        let mut wrong = named(3, "Қатеев", "c");
        let placement = &mut wrong.ward.placement;
        placement.end = Some(domain::EndOfPlacement {
            on: placement.start,
            reason: "ЖСН қате енгізілген".to_owned(),
        });
        import(&world, 1, std::slice::from_ref(&wrong)).await;
        let path = format!("/{language}/staff/records");
        let token = field(&browser.get(&path).await.text(), "token");
        let fields =
            [("token", token.as_str()), ("purpose", PURPOSE), ("iin", ""), ("surname", "қатеев")];
        let found = browser.post(&path, &fields).await.text();
        let record = format!("{path}/{}", wrong.record_key());
        let opened = browser.post(&record, &fields[..2]).await.text();
        for html in [found, opened] {
            assert!(html.contains(told) && !html.contains(ended), "{html}");
        }
    }
}

#[tokio::test]
async fn a_refused_person_asks_for_the_repair_and_is_led_to_ask_again() {
    for language in LANGUAGES {
        let (world, browser) = portal();
        let address = browser.ask(language, iin(1), "give").await;
        world.work().await;
        let refused = browser.get(&address).await;
        assert_is_a_good_page(&refused, language, "refused");
        let html = refused.text();
        assert!(html.contains("id=\"repair\""));
        let renewed: serde_json::Value = browser.get(&format!("{address}/state")).await.json();
        let renewed = renewed["progress"]["html"].as_str().unwrap();
        assert!(renewed.contains("id=\"repair\""), "whoever waited on the page sees it too");
        let token = field(&html[html.find("/repair\"").unwrap()..], "token");
        let repair = format!("{address}/repair");
        let forged = browser.post(&repair, &[("token", "x")]).await;
        forged.assert_status_forbidden();
        let department = kato();
        assert!(html.contains(&format!("<option value=\"{}\">", department.as_str())));
        let fields = [
            ("token", token.as_str()),
            ("act_number", "17-Ө"),
            ("act_date", "2020-03-02"),
            ("department", department.as_str()),
        ];
        for _ in 0..2 {
            let asked = browser.post(&repair, &fields).await;
            assert_eq!(location(&asked), format!("{address}#repair"));
        }
        let asked = browser.get(&address).await;
        assert_is_a_good_page(&asked, language, "asked");
        assert!(!asked.text().contains("name=\"act_number\""), "once asked, it waits");
        let foreign = Browser::new(&world, URL);
        foreign.sign_in(language, iin(2)).await;
        let token = field(&foreign.get(&format!("/{language}/request")).await.text(), "token");
        let foreign = foreign.post(&repair, &[("token", token.as_str())]).await;
        foreign.assert_status_not_found();

        import(&world, 100, &[registry_row(iin(1), "w1")]).await;
        assert_eq!(world.service.tell_repaired().await.unwrap(), 1);
        let number = address.rsplit('/').next().unwrap();
        let again = format!("/{language}/request?again={number}");
        for page in ["cabinet", "messages"] {
            let told = browser.get(&format!("/{language}/{page}")).await;
            assert_is_a_good_page(&told, language, page);
            assert!(told.text().contains(&format!("href=\"{again}\"")), "{page}");
        }
        let told = browser.get(&address).await;
        assert_is_a_good_page(&told, language, "told");
        assert!(told.text().contains(&format!("href=\"{again}\"")));
        let form = browser.get(&again).await;
        assert_is_a_good_page(&form, language, "again");
        let chosen = form.text().split("<input ").any(|input| {
            input.contains("value=\"all\"") && input.split('>').next().unwrap().contains("checked")
        });
        assert!(chosen, "what was asked for is filled in");
    }
}

#[tokio::test]
async fn an_officer_searches_with_a_purpose_and_reads_a_records_history() {
    for language in LANGUAGES {
        let (world, _) = portal();
        let browser = office(&world);
        let path = format!("/{language}/staff/records");
        assert!(location(&browser.get(&path).await).contains("/staff/sign-in"), "signed in only");
        sign_in(&browser, language).await;
        let first = named(1, "Қалиев", "a");
        let mut moved = first.clone();
        moved.guardian.address = "Алматы қаласы".to_owned();
        import(&world, 1, &[first.clone(), named(2, "Басқа", "b")]).await;
        import(&world, 2, &[moved]).await;
        let form = browser.get(&path).await;
        assert_is_a_good_page(&form, language, "search");
        let token = field(&form.text(), "token");
        let search = async |purpose: &str, iin: &str, surname: &str| {
            let fields = [
                ("token", token.as_str()),
                ("purpose", purpose),
                ("iin", iin),
                ("surname", surname),
            ];
            browser.post(&path, &fields).await
        };
        let looks = async || {
            let rows = app::Store::audit_from(world.store(), 1, 1_000).await.unwrap();
            rows.into_iter().filter(|row| row.action == "record_looked_at").count()
        };
        for (purpose, iin, surname) in
            [("", "", "кал"), (PURPOSE, "", ""), (PURPOSE, "123", ""), ("-", "", "кал")]
        {
            let refused = search(purpose, iin, surname).await;
            refused.assert_status_unprocessable_entity();
            assert_is_a_good_page(&refused, language, "refused search");
            assert!(!refused.text().contains("Қалиев"));
        }
        assert_eq!(looks().await, 0);
        let found = search(PURPOSE, "", "калиев").await;
        found.assert_status_ok();
        assert_is_a_good_page(&found, language, "found");
        let html = found.text();
        assert!(html.contains("Қалиев Үсен") && !html.contains("Басқа"));
        assert!(!html.contains(&iin(1).digits()), "the IIN is masked in a list");
        assert_eq!(looks().await, 1);
        assert!(search(PURPOSE, &iin(2).digits(), "").await.text().contains("Басқа"));

        let record = format!("{path}/{}", first.record_key());
        let asks = browser.get(&record).await;
        assert_is_a_good_page(&asks, language, "purpose of one record");
        assert!(!asks.text().contains("Қалиев"), "nothing is shown before");
        let open = async |purpose: &str| {
            browser.post(&record, &[("token", token.as_str()), ("purpose", purpose)]).await
        };
        open("").await.assert_status_unprocessable_entity();
        let before = looks().await;
        let shown = open(PURPOSE).await;
        assert_is_a_good_page(&shown, language, "record");
        let html = shown.text();
        let office = provider().name;
        let office = if language == "kk" { office.kk } else { office.ru };
        for part in ["Алматы қаласы", "Семей қаласы, Абай көшесі, 1", &iin(1).digits(), &office]
            .into_iter()
            .chain(facts_of_a_record(language))
        {
            assert!(html.contains(part), "{part}");
        }
        assert_eq!(looks().await, before + 1);
        for (day, is_known) in [("2026-11-22", false), ("2026-11-23", true)] {
            let fields = [("token", token.as_str()), ("purpose", PURPOSE), ("known_on", day)];
            let then = browser.post(&record, &fields).await;
            assert_is_a_good_page(&then, language, "record of a day");
            let html = then.text();
            assert!(html.contains(&format!("<time datetime=\"{day}\">")));
            assert_eq!(html.contains(&iin(1).digits()), is_known, "{day}");
            assert_eq!(html.contains("id=\"person-then\""), is_known, "{day}");
        }
        for (time, is_known) in [("09:59", false), ("10:00", true)] {
            let (day, purpose) = (("known_on", "2026-11-23"), ("purpose", PURPOSE));
            let fields = [("token", token.as_str()), purpose, day, ("known_at", time)];
            let html = browser.post(&record, &fields).await.text();
            assert!(html.contains(&format!("<time datetime=\"{time}\">")));
            assert_eq!(html.contains("id=\"person-then\""), is_known, "{time}");
        }
        browser.get(&format!("{path}/{}", "0".repeat(63))).await.assert_status_not_found();
    }
}

#[tokio::test]
async fn an_officer_works_through_contradictions_and_repairs_and_takes_records_out() {
    for language in LANGUAGES {
        let (world, citizen) = portal();
        let browser = office(&world);
        sign_in(&browser, language).await;
        let staff = format!("/{language}/staff");
        for empty in ["conflicts", "repairs", "export"] {
            let page = browser.get(&format!("{staff}/{empty}")).await;
            assert_is_a_good_page(&page, language, empty);
        }
        import(&world, 1, &[named(1, "Қалиев", "a"), named(2, "Басқа", "a")]).await;
        let conflicts = browser.get(&format!("{staff}/conflicts")).await;
        assert_is_a_good_page(&conflicts, language, "conflicts");
        let html = conflicts.text();
        assert_eq!(html.matches("<h2 class=\"govuk-heading-s\">").count(), 2);
        assert!(!html.contains("Үсенова"), "names are masked in the list");

        let address = citizen.ask(language, iin(9), "give").await;
        world.work().await;
        let html = citizen.get(&address).await.text();
        let token = field(&html[html.find("/repair\"").unwrap()..], "token");
        citizen.post(&format!("{address}/repair"), &[("token", token.as_str())]).await;
        let number = address.rsplit('/').next().unwrap();
        let open = browser.get(&format!("{staff}/repairs")).await;
        assert_is_a_good_page(&open, language, "repairs");
        assert!(open.text().contains(number));
        let token = field(&open.text(), "token");
        let digits = iin(9).digits();
        let search = [("token", token.as_str()), ("iin", digits.as_str()), ("purpose", number)];
        let searched = browser.post(&format!("{staff}/records"), &search).await;
        searched.assert_status_ok();
        let answer = [
            ("token", token.as_str()),
            ("outcome", "no_act_found"),
            ("words", "мұндай бұйрық <жоқ>"),
        ];
        let answered = browser.post(&format!("{staff}/repairs/{number}"), &answer).await;
        assert_eq!(location(&answered), format!("{staff}/repairs"));
        let told = citizen.get(&address).await.text();
        assert!(told.contains("мұндай бұйрық &#60;жоқ&#62;"), "the answer, as text");

        let fields = [("token", token.as_str()), ("format", "csv"), ("purpose", "")];
        let refused = browser.post(&format!("{staff}/export"), &fields).await;
        refused.assert_status_unprocessable_entity();
        let fields = [("token", token.as_str()), ("format", "csv"), ("purpose", PURPOSE)];
        let file = browser.post(&format!("{staff}/export"), &fields).await;
        file.assert_status_ok();
        let name = file.header("content-disposition").to_str().unwrap().to_owned();
        assert!(name.contains(&format!("records-{}-", kato().as_str())), "{name}");
        let mut lines: Vec<String> = file.text().lines().map(ToOwned::to_owned).collect();
        assert_eq!(lines.pop().as_deref(), Some("end"));
        lines.sort();
        assert_eq!(lines, ["1-Ө", "2-Ө"]);
    }
}
