//! What the public sees: figures of months that are over, and the register of the automated decision.

use super::*;

async fn granted(world: &World, count: u32) {
    for seed in 1..=count {
        world.bank.know(guardian_record(iin(seed), &["w1"]));
        let browser = Browser::new(world, URL);
        browser.sign_in("kk", iin(seed)).await;
        let address = browser.prepare("kk", "give").await;
        browser.sign(&address, iin(seed)).await.assert_status_see_other();
    }
    world.work().await;
}

#[tokio::test]
async fn a_month_that_is_over_is_shown_to_everybody_with_small_numbers_hidden() {
    let (world, browser) = portal();
    granted(&world, 6).await;
    // Two more are refused: one small number, which the total would give away.
    for seed in 11..=12 {
        let citizen = Browser::new(&world, URL);
        citizen.sign_in("ru", iin(seed)).await;
        let address = citizen.prepare("ru", "give").await;
        citizen.sign(&address, iin(seed)).await.assert_status_see_other();
    }
    world.work().await;
    let month = domain::astana_date(moment(0)).strftime("%Y-%m").to_string();
    assert_eq!(browser.get(&format!("/kk/figures/{month}")).await.status_code(), 404);
    world.clock.advance(jiff::SignedDuration::from_hours(24 * 31));
    for language in LANGUAGES {
        let list = browser.get(&format!("/{language}/figures")).await;
        assert_is_a_good_page(&list, language, "months");
        assert!(list.text().contains(&format!("/{language}/figures/{month}")));
        let page = browser.get(&format!("/{language}/figures/{month}")).await;
        assert_is_a_good_page(&page, language, "month");
    }
    let html = browser.get(&format!("/en/figures/{month}")).await.text();
    assert!(html.contains("<strong>8</strong>"), "{html}");
    // Six and two: both are hidden alike, so that nobody can tell which of them is small.
    let file = browser.get(&format!("/en/figures/{month}.csv")).await.text();
    let refused =
        "result,no_guardian_record,\"Refused: no record of a guardian (item 9.1)\",hidden";
    assert!(file.contains(refused), "{file}");
    assert!(file.contains("result,granted,\"Certificates\",hidden"), "{file}");
    assert!(!file.contains(",2") && !html.contains(">2<"), "{file}");
    assert!(!file.contains(",6") && !html.contains(">6<"), "{file}");
    for nowhere in ["2020-01", "2026-13", "0000-00", "x"] {
        assert_eq!(browser.get(&format!("/en/figures/{nowhere}")).await.status_code(), 404);
    }
}

#[tokio::test]
async fn the_automated_decision_is_published_with_its_rules_and_tests() {
    let (_world, browser) = portal();
    for language in LANGUAGES {
        let page = browser.get(&format!("/{language}/automated-decision")).await;
        assert_is_a_good_page(&page, language, "decision");
        let html = page.text();
        for rule in domain::RULES {
            assert!(rule.tests.iter().all(|test| html.contains(test)), "{}", rule.code);
        }
        assert!(html.contains("pub fn decide("), "the very text");
        assert!(html.contains(&format!("<strong>{}</strong>", domain::RULE_VERSION)));
    }
}
