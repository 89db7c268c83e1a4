//! The figures at the desk: period, files, pictures and tables, in every language.

use app::testing::samples::guardian_record;

use super::*;
use crate::world::browser::between;

async fn counted(office: &Office) {
    for seed in 1..=3 {
        office.world.bank.know(guardian_record(iin(seed), &["w1"]));
    }
    for seed in 1..=4 {
        let citizen = office.browser();
        citizen.sign_in("ru", iin(seed)).await;
        let address = citizen.prepare("ru", "give").await;
        citizen.sign(&address, iin(seed)).await.assert_status_see_other();
    }
    office.world.work().await;
}

#[tokio::test]
async fn the_figures_are_shown_by_period_with_pictures_and_tables_and_as_files() {
    let office = office();
    counted(&office).await;
    let desk = office.desk(1).await;
    for language in ["kk", "ru", "en"] {
        let page = desk.get(&format!("/{language}/staff/figures")).await;
        page.assert_status_ok();
        let html = page.text();
        assert!(!html.contains('⟦'), "{language}: {}", between(&html, "⟦", "⟧"));
        assert!(!html.contains(" style=") && html.matches("<script").count() == 1);
        // Whole, result, days, channel, language: each picture has its title and its table.
        assert_eq!(html.matches("role=\"img\"").count(), 4, "{language}");
        assert_eq!(html.matches("<title id=").count(), 4);
        assert_eq!(html.matches("<desc id=").count(), 4);
        assert_eq!(html.matches("<caption").count(), 5);
        assert!(!html.contains("<select"), "a department chooses no other");
    }
    let html = desk.get("/en/staff/figures").await.text();
    assert!(html.contains("<strong>4</strong> Requests"), "{html}");
    assert!(html.contains("<strong>3</strong> Certificates issued"));
    assert!(html.contains("<strong>1</strong> Refusals issued"));
    let none = desk.get("/en/staff/figures?from=2020-01-01&to=2020-01-31").await.text();
    assert!(none.contains("<strong>0</strong> Requests"));
    let wrong = desk.get("/en/staff/figures?from=2026-02-02&to=2026-02-01").await;
    assert_eq!(wrong.status_code(), 422);
    assert!(wrong.text().contains("The first day must not be after the last"));
    assert_eq!(desk.get("/en/staff/figures?to=soon").await.status_code(), 422);
    assert_eq!(desk.get("/en/staff/figures?territory=750000000").await.status_code(), 404);
    for format in ["xlsx", "csv"] {
        let file = desk.get(&format!("/en/staff/figures/export?format={format}")).await;
        file.assert_status_ok();
        let name = file.header("content-disposition");
        let name = name.to_str().unwrap();
        assert!(name.contains("figures-") && name.contains(&format!(".{format}")), "{name}");
    }
}
