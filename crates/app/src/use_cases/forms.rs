//! Other words for documents: proposed by one, released by another, and what is written by them.

use domain::{Bilingual, Bin, FormVersion, FormWording, Specimen};

use super::*;
use crate::staff::{Permit, StaffRole, acts};
use crate::testing::of_organisation;
use crate::{FormError, FormId, FormMaker, FormOrder, FormOutcome, FormVersions, StoreError};

fn administrator(seed: u32) -> Permit<acts::ReleaseTemplates> {
    let bin = Bin::parse("210140000026").unwrap();
    let name = format!("Administrator {seed}");
    let member = of_organisation(iin(800 + seed), &name, bin, StaffRole::Administrator);
    Permit::of(member).unwrap()
}

/// An order of the last version's words with one of them changed.
async fn order(world: &World, key: &str, ru: &str) -> FormOrder {
    let (based_on, mut wording) = world.service.last_form(&administrator(1)).await.unwrap();
    ru.clone_into(&mut wording.0.get_mut(key).unwrap().ru);
    let reason = "короче".to_owned();
    FormOrder { based_on, wording, basis: String::new(), reason }
}

async fn proposed(world: &World, ru: &str) -> FormId {
    let order = order(world, "refusal.repair.again", ru).await;
    world.service.propose_form(&administrator(1), order).await.unwrap()
}

async fn released(world: &World, ru: &str) -> u32 {
    let id = proposed(world, ru).await;
    world.service.release_form(&administrator(2), &id, None).await.unwrap()
}

async fn form_of(world: &World, number: &Number) -> FormVersion {
    let view = world.service.request_view(number, None).await.unwrap().unwrap();
    view.results[0].content.form_version()
}

/// The code of why an order is not kept.
async fn refused(world: &World, order: FormOrder) -> &'static str {
    world.service.propose_form(&administrator(1), order).await.unwrap_err().code()
}

#[tokio::test]
async fn documents_are_written_by_the_built_in_form_until_another_is_released() {
    let world = world();
    let person = known_guardian(&world);
    let number = world.ask(person).await;
    world.work().await;
    assert_eq!(form_of(&world, &number).await, FormVersion::FIRST);
    assert_eq!(world.service.present_form(&administrator(1)).await.unwrap(), FormVersion::FIRST);
    let id = proposed(&world, "Приходите").await;
    assert_eq!(world.service.present_form(&administrator(1)).await.unwrap(), FormVersion::FIRST);
    world.service.release_form(&administrator(2), &id, None).await.unwrap();
    let second = number_of(
        world
            .submit("second", world.signed(person, WardsAsked::All, ConsentDecision::Given).await)
            .await
            .unwrap(),
    );
    world.work().await;
    assert_eq!(form_of(&world, &second).await, FormVersion::Released(1));
    assert_eq!(form_of(&world, &number).await, FormVersion::FIRST, "what was issued stays");
    let unsealed = world.sealer.sealed();
    let has = |bytes: &[u8], words: &str| {
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    };
    assert!(!has(&unsealed[0], "Приходите") && has(&unsealed[1], "Приходите"));
}

#[tokio::test]
async fn what_was_decided_is_written_by_the_form_of_then_after_a_crash_too() {
    let world = world();
    let person = known_guardian(&world);
    assert_eq!(released(&world, "Первая").await, 1);
    world.renderer.fail(Some(RenderError::Failed("planted".into())));
    let number = world.ask(person).await;
    world.work().await;
    assert_eq!(world.state(&number).await, RequestState::Checking(None));
    assert_eq!(released(&world, "Вторая").await, 2);
    world.renderer.fail(None);
    world.clock.advance(SignedDuration::from_secs(60));
    world.work().await;
    assert_eq!(form_of(&world, &number).await, FormVersion::Released(1));
    let [unsealed] = world.sealer.sealed().try_into().unwrap();
    let text = String::from_utf8_lossy(&unsealed).into_owned();
    assert!(text.contains("Первая") && !text.contains("Вторая"), "{text}");
}

#[tokio::test]
async fn a_form_counts_from_its_moment_on_and_follows_the_one_before() {
    let world = world();
    let (one, two) = (administrator(1), administrator(2));
    let id = proposed(&world, "Первая").await;
    let past = Some(moment(-1));
    let early = world.service.release_form(&two, &id, past).await.unwrap_err();
    assert_eq!(early.code(), "form_too_early");
    world.service.release_form(&two, &id, Some(moment(3_600))).await.unwrap();
    assert_eq!(world.service.present_form(&one).await.unwrap(), FormVersion::FIRST);
    let next = proposed(&world, "Вторая").await;
    let before = Some(moment(3_599));
    let early = world.service.release_form(&two, &next, before).await.unwrap_err();
    assert_eq!(early.code(), "form_too_early");
    world.clock.advance(SignedDuration::from_secs(3_600));
    assert_eq!(world.service.present_form(&one).await.unwrap(), FormVersion::Released(1));
    let number = world.service.release_form(&two, &next, None).await.unwrap();
    assert_eq!(number, 2);
    assert_eq!(world.service.present_form(&one).await.unwrap(), FormVersion::Released(2));
}

#[tokio::test]
async fn nobody_releases_his_own_and_what_is_closed_stays_closed() {
    let world = world();
    let (one, two) = (administrator(1), administrator(2));
    let id = proposed(&world, "Приходите").await;
    let own = world.service.release_form(&one, &id, None).await.unwrap_err();
    assert_eq!(own.code(), "form_own");
    let silent = world.service.close_form(&two, &id, "  ").await.unwrap_err();
    assert_eq!(silent.code(), "form_reason");
    world.service.close_form(&two, &id, "Хуже").await.unwrap();
    let closed = world.service.release_form(&two, &id, None).await.unwrap_err();
    assert_eq!(closed.code(), "form_closed");
    assert!(matches!(world.service.close_form(&one, &id, "").await, Err(FormError::Closed)));
    let own = proposed(&world, "Приходите").await;
    world.service.close_form(&one, &own, "").await.unwrap();
    let states: Vec<_> = world
        .service
        .forms(&one)
        .await
        .unwrap()
        .iter()
        .map(|form| form.end.as_ref().unwrap().outcome.code())
        .collect();
    assert!(states.contains(&"turned_down") && states.contains(&"withdrawn"), "{states:?}");
    let unknown = FormId("none".to_owned());
    assert!(matches!(world.service.form_view(&one, &unknown).await, Err(FormError::Unknown)));
    assert_eq!(world.store.form_in_force(moment(9_999)).await.unwrap(), None);
}

#[tokio::test]
async fn what_cannot_be_proposed_is_told_with_its_reason_and_nothing_is_kept() {
    let world = world();
    let again = "refusal.repair.again";
    let unchanged = order(&world, again, "Обратиться снова").await;
    assert_eq!(refused(&world, unchanged).await, "form_unchanged");
    let silent =
        FormOrder { reason: " ".to_owned(), ..order(&world, again, "Приходите").await };
    assert_eq!(refused(&world, silent).await, "form_reason");
    let lawless = order(&world, "certificate.title", "Бумага").await;
    assert_eq!(refused(&world, lawless.clone()).await, "form_basis");
    let mut gone = order(&world, again, "Приходите").await;
    gone.wording.0.remove("certificate.check");
    assert_eq!(refused(&world, gone).await, "form_faulty");
    let strange = order(&world, again, &format!("Приходите {UNPRINTABLE}")).await;
    assert_eq!(refused(&world, strange).await, "form_faulty");
    assert!(world.service.forms(&administrator(1)).await.unwrap().is_empty());
    let basis = "приказ № 1 от 1 января 2027 года".to_owned();
    let lawful = FormOrder { basis: basis.clone(), ..lawless };
    let id = world.service.propose_form(&administrator(1), lawful).await.unwrap();
    let view = world.service.form_view(&administrator(2), &id).await.unwrap();
    assert_eq!(view.form.proposal.basis, basis);
    let [change] = view.changes.as_slice() else { panic!("one text is changed") };
    assert!(change.is_fixed_by_law);
    assert_eq!((change.old.ru.as_str(), change.new.ru.as_str()), ("Справка", "Бумага"));
}

#[tokio::test]
async fn nobody_takes_back_a_release_he_has_not_seen() {
    let world = world();
    let (one, two) = (administrator(1), administrator(2));
    let waiting = proposed(&world, "Первая").await;
    let old = order(&world, "refusal.repair.again", "Вторая").await;
    released(&world, "Третья").await;
    let outdated = world.service.release_form(&two, &waiting, None).await.unwrap_err();
    assert_eq!(outdated.code(), "form_outdated");
    assert_eq!(refused(&world, old).await, "form_outdated");
    let (last, wording) = world.service.last_form(&one).await.unwrap();
    assert_eq!(last, FormVersion::Released(1));
    assert_eq!(wording.0["refusal.repair.again"].ru, "Третья");
}

#[tokio::test]
async fn a_program_with_more_texts_puts_its_own_where_a_release_has_none() {
    let world = world();
    let mut order = order(&world, "refusal.repair.again", "Приходите").await;
    order.wording.0.remove("certificate.check");
    let text = Bilingual { kk: "Ескі".to_owned(), ru: "Старое".to_owned() };
    order.wording.0.insert("certificate.gone".to_owned(), text);
    let mut proposal = samples::form_proposal("old", iin(801), 0);
    proposal.wording = order.wording;
    let audit = samples::event(AuditAction::FormProposed, None, None);
    world.store.propose_form(&proposal, &audit).await.unwrap();
    let outcome = FormOutcome::Released { number: 1, effective_from: moment(0) };
    let end = samples::form_end(&proposal, outcome, iin(802), 0);
    assert!(world.store.end_form(&end, &audit).await.unwrap());
    let (_, FormWording(texts)) = world.service.last_form(&administrator(1)).await.unwrap();
    let built_in = world.renderer.built_in_wording().unwrap().0;
    assert_eq!(texts.keys().collect::<Vec<_>>(), built_in.keys().collect::<Vec<_>>());
    assert_eq!(texts["certificate.check"], built_in["certificate.check"]);
    assert_eq!(texts["refusal.repair.again"].ru, "Приходите");
}

#[tokio::test]
async fn specimens_are_made_by_the_words_proposed() {
    let world = world();
    let id = proposed(&world, "Приходите").await;
    for specimen in Specimen::ALL {
        let made = world.service.specimen(&administrator(2), &id, specimen).await.unwrap();
        let text = String::from_utf8(made).unwrap();
        assert!(text.contains("Приходите") && text.contains(specimen.code()), "{text}");
    }
}

#[tokio::test]
async fn the_journal_tells_of_each_step_and_vouches_for_it() {
    let world = world();
    released(&world, "Первая").await;
    let id = proposed(&world, "Вторая").await;
    world.service.close_form(&administrator(2), &id, "Хуже").await.unwrap();
    let rows = world.store.audit_from(1, 100).await.unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.action.as_str(), row.actor.as_str())).collect();
    let by = |action| (action, "administrator");
    assert_eq!(told, ["form_proposed", "form_released", "form_proposed", "form_closed"].map(by));
    assert!(rows.iter().all(|row| row.subject.is_empty() && row.evidence.len() == 64));
    let report = world.service.verify_integrity(&*world.store, &[]).await.unwrap();
    assert_eq!(report.faults, []);
}

#[tokio::test]
async fn without_the_store_nothing_is_decided_by_a_guess() {
    let world = world();
    world.store.go_down();
    let present = world.service.present_form(&administrator(1)).await;
    assert!(matches!(present, Err(StoreError::Unavailable(_))));
}
