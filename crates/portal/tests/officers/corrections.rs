//! What two officers change of one person or one record, each seeing what the other did.

use super::*;

/// Takes rows in as their proposer, and as a second officer where that is asked for.
async fn taken_in(one: &Browser, two: &Browser, rows: &[RegistryRow]) {
    let address = propose(one, rows).await;
    let page = one.get(&address).await.text();
    if page.contains("name=\"digest\"") {
        let shown = field(&page, "digest");
        press(one, &address, "take-in", ("digest", &shown)).await.assert_status_see_other();
        return;
    }
    press(one, &address, "ask", ("reason", "№ 5")).await.assert_status_see_other();
    let shown = digest(two, &address).await;
    press(two, &address, "take-in", ("digest", &shown)).await.assert_status_see_other();
}

#[tokio::test]
async fn a_new_record_shows_what_it_changes_of_the_person_and_of_others_records_only_the_new() {
    let office = office();
    let (one, two) = (office.desk(1).await, office.desk(2).await);
    let mut known = registry_row(iin(1), "w1");
    known.guardian.address = "Құпия көше, 7".to_owned();
    taken_in(&one, &two, std::slice::from_ref(&known)).await;
    let mut moved = registry_row(iin(1), "w2");
    moved.guardian.address = "Жаңа көше, 8".to_owned();
    let address = propose(&one, std::slice::from_ref(&moved)).await;
    let page = one.get(&address).await.text();
    for shown in ["Құпия көше, 7", "Жаңа көше, 8", "name=\"reason\""] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains("name=\"digest\""), "not for one pair of eyes: {page}");
    let alone = press(&one, &address, "take-in", ("digest", "0")).await;
    assert_eq!((alone.status_code().as_u16(), office.imports().await), (409, 1));
    let far = far_desk(&office).await;
    moved.ward.placement.provider = Kato::parse("750000000").unwrap();
    let address = propose(&far, &[moved]).await;
    let page = far.get(&address).await.text();
    assert!(page.contains("Жаңа көше, 8") && !page.contains("Құпия көше"), "{page}");
    assert!(page.contains("оны енгізген орган: "), "{page}");
}

#[tokio::test]
async fn a_correction_of_a_record_that_somebody_changed_meanwhile_is_told_and_nothing_is_lost() {
    let office = office();
    let (one, two) = (office.desk(1).await, office.desk(2).await);
    let row = registry_row(iin(1), "w1");
    taken_in(&one, &two, std::slice::from_ref(&row)).await;
    let page = correct(&one, &row, "№ 7 өтініш").await.text();
    let (token, version) = (field(&page, "token"), field(&page, "version"));
    assert_eq!(version, "1");
    let mut renamed = row.clone();
    renamed.ward.ward.name = PersonName::parse("Серікова", "Іңкәр", "").unwrap();
    taken_in(&two, &one, &[renamed]).await;
    let key = row.record_key();
    let send = async |version: &str| {
        let form = [
            ("token", &*token),
            ("key", &*key),
            ("purpose", "№ 7 өтініш"),
            ("version", version),
            ("reason", "№ 41 бұйрық"),
            ("ward_surname", "Тергенім"),
        ];
        one.post("/kk/staff/record", &form).await
    };
    let told = send("1").await;
    assert_eq!(told.status_code(), 422);
    let page = told.text();
    assert!(page.contains("«Серікова» болып өзгертілді"), "{page}");
    assert!(page.contains("value=\"Тергенім\"") && page.contains("№ 41 бұйрық"), "{page}");
    assert_eq!(field(&page, "version"), "2");
    let again = send("2").await.text();
    assert!(!again.contains("болып өзгертілді"), "he knows it now: {again}");
    for unknown in ["", "0", "9", "x"] {
        let page = send(unknown).await.text();
        assert!(page.contains("басқа нұсқасына") && page.contains("Тергенім"), "{unknown}");
    }
}
