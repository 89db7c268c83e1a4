//! The register held to what the gateway's simulator says of it: every way to have a person, and every way to fail.

use std::path::Path;
use std::time::Duration;

use app::testing::{FixedClock, SeededIds};
use domain::PersonName;
use simulators::people::BankRecord;
use simulators::shep::schemas::{complaint, content_of};
use simulators::shep::{Fault, PERSONS_SERVICE, Registered};

use super::*;
use crate::shep::simulated::{Simulated, now};

/// A gateway with the register behind it, and what we need to ask it.
struct World {
    simulated: Simulated,
    record: BankRecord,
}

impl World {
    async fn new() -> Self {
        let simulated = Simulated::new().await;
        Self { record: simulated.records[0].clone(), simulated }
    }

    fn register(&self) -> ShepPersonRegister {
        self.register_with(&self.simulated.settings, register())
    }

    fn register_with(
        &self,
        settings: &ShepSettings,
        register: PersonRegisterSettings,
    ) -> ShepPersonRegister {
        // Another for each register: the gateway takes no identifier twice.
        let ids = Arc::new(SeededIds::new(self.simulated.gateway.asked().saturating_add(1)));
        let clock = Arc::new(FixedClock::new(now()));
        ShepPersonRegister::new(settings, register, clock, ids).unwrap()
    }

    fn iin(&self) -> Iin {
        self.record.guardian.iin
    }

    /// The guardian as the data bank has him.
    fn alike(&self) -> RegisteredPerson {
        let guardian = &self.record.guardian;
        let (name, birth_date) = (guardian.name.clone(), guardian.birth_date);
        RegisteredPerson { iin: guardian.iin, name, birth_date, life: LifeStatus::Alive }
    }
}

fn register() -> PersonRegisterSettings {
    let list = |code: &str| vec![code.to_owned()];
    PersonRegisterSettings {
        service: ShepService {
            service_id: PERSONS_SERVICE.to_owned(),
            route_id: None,
            correlates: true,
            answered: list("SCSS001"),
            nothing_found: Vec::new(),
        },
        sender_code: "ANYQTAMA".to_owned(),
        found: list("00000"),
        nobody: list("00007"),
        alive: list("0"),
        died: list("3"),
    }
}

#[tokio::test]
async fn every_way_to_have_a_person_is_known_absent_or_of_no_use() {
    let world = World::new().await;
    let register = world.register();
    let alike = world.alike();
    let name = &alike.name;
    let patronymic = name.patronymic.as_ref().map_or("", |part| part.as_str());
    let renamed = PersonName::parse("Жаңатегі", name.given.as_str(), patronymic).unwrap();
    let tomorrow = alike.birth_date.tomorrow().unwrap();
    for (registered, expected) in [
        (Registered::Alike, Reply::Known(alike.clone())),
        (
            Registered::Died,
            Reply::Known(RegisteredPerson { life: LifeStatus::Died, ..alike.clone() }),
        ),
        (Registered::Renamed, Reply::Known(RegisteredPerson { name: renamed, ..alike.clone() })),
        (
            Registered::BornElsewhen,
            Reply::Known(RegisteredPerson { birth_date: tomorrow, ..alike.clone() }),
        ),
        (Registered::Nobody, Reply::Absent),
        (Registered::NobodyAndHere, Reply::Unusable),
        (Registered::FoundAndNothing, Reply::Unusable),
        (Registered::UnknownLife, Reply::Unusable),
        (Registered::UnknownResult, Reply::Unusable),
        (Registered::SomebodyElse, Reply::Unusable),
        (Registered::Twice, Reply::Unusable),
        (Registered::Unborn, Reply::Unusable),
    ] {
        world.simulated.gateway.register(world.iin(), registered);
        assert_eq!(register.person(world.iin(), None).await, expected, "{registered:?}");
    }
    let stranger = Iin::parse("800101300016").unwrap();
    assert_eq!(register.person(stranger, None).await, Reply::Absent);
    // Where nobody agreed on a code for it, that there is nobody is no answer.
    let unagreed = PersonRegisterSettings { nobody: Vec::new(), ..self::register() };
    let register = world.register_with(&world.simulated.settings, unagreed);
    assert_eq!(register.person(stranger, None).await, Reply::Unusable);
}

#[tokio::test]
async fn every_way_to_fail_is_silence_or_of_no_use_and_never_a_person_or_nobody() {
    let world = World::new().await;
    let impatient =
        ShepSettings { patience: Duration::from_millis(1_500), ..world.simulated.settings.clone() };
    let register = world.register_with(&impatient, register());
    assert_eq!(register.person(world.iin(), None).await, Reply::Known(world.alike()));
    let at_work = [
        Fault::SomebodyElse,
        Fault::NotFoundCode,
        Fault::NamelessNotFoundCode,
        Fault::SourceDown,
        Fault::NoData,
    ];
    for fault in Fault::ALL {
        world.simulated.gateway.fail(Some(*fault));
        world.simulated.gateway.register(world.iin(), Registered::Alike);
        if *fault == Fault::SameNumber {
            // The first of them is a good answer, which names the person.
            assert!(matches!(register.person(world.iin(), None).await, Reply::Known(_)));
        }
        let expected = if at_work.contains(fault) { Reply::Unusable } else { Reply::Silent };
        for registered in [Registered::Alike, Registered::Nobody] {
            world.simulated.gateway.register(world.iin(), registered);
            let reply = register.person(world.iin(), None).await;
            assert_eq!(reply, expected, "{fault:?} {registered:?}");
        }
    }
}

#[tokio::test]
async fn that_there_is_nobody_counts_only_where_the_answer_names_the_question() {
    let world = World::new().await;
    world.simulated.gateway.register(world.iin(), Registered::Nobody);
    world.simulated.gateway.fail(Some(Fault::SameNumber));
    assert_eq!(world.register().person(world.iin(), None).await, Reply::Unusable);
}

#[tokio::test]
async fn the_consent_is_shown_to_the_register() {
    let world = World::new().await;
    let (token, public_key) = ("a <token> & more".to_owned(), "a key".to_owned());
    let proof = AccessProof { token: token.clone(), public_key: public_key.clone() };
    let register = world.register();
    register.person(world.iin(), None).await;
    register.person(world.iin(), Some(&proof)).await;
    world.simulated.gateway.want_proof(true);
    // The control gave nothing of the kind.
    assert_eq!(register.person(world.iin(), Some(&proof)).await, Reply::Unusable);
    let shown: Vec<_> =
        world.simulated.gateway.looked_up().into_iter().map(|one| one.proof).collect();
    let shown_one = Some((token, public_key));
    assert_eq!(shown, [None, shown_one.clone(), shown_one]);
}

#[test]
fn settings_by_which_the_dead_would_be_living_are_refused() {
    let wrong: [fn(&mut PersonRegisterSettings); 8] = [
        |register| register.died.clear(),
        |register| register.alive.clear(),
        |register| register.found.clear(),
        |register| register.sender_code.clear(),
        |register| register.service.service_id.clear(),
        |register| register.service.answered.clear(),
        |register| register.died.push("0".to_owned()),
        |register| register.nobody.push("00000".to_owned()),
    ];
    for (place, spoil) in wrong.iter().enumerate() {
        let mut settings = register();
        settings.check().unwrap();
        spoil(&mut settings);
        assert!(settings.check().is_err(), "{place}");
    }
}

/// `xmllint` against our schemas, where it is at hand.
#[allow(clippy::print_stderr, reason = "a skipped judge is told loudly")]
fn is_valid(message: &str) -> Option<bool> {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/shep/exchange.xsd");
    match complaint(&schema, message) {
        Ok(told) => Some(told.is_none()),
        Err(_) if std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some() => {
            panic!("xmllint is missing")
        }
        Err(_) => {
            eprintln!("SKIPPED: xmllint is missing");
            None
        }
    }
}

#[tokio::test]
async fn questions_and_answers_are_as_the_schemas_say() {
    let world = World::new().await;
    let register = world.register();
    let proof = AccessProof { token: "a token".to_owned(), public_key: "a key".to_owned() };
    for (registered, proof) in [(Registered::Alike, None), (Registered::Nobody, Some(&proof))] {
        world.simulated.gateway.register(world.iin(), registered);
        register.person(world.iin(), proof).await;
        let question = content_of(&world.simulated.gateway.last_question().unwrap()).unwrap();
        let answer = content_of(&world.simulated.gateway.last_answer().unwrap()).unwrap();
        for message in [&question, &answer] {
            assert_ne!(is_valid(message), Some(false), "{message}");
        }
        let spoilt = question.replace("senderCode>", "senderName>");
        assert_ne!(is_valid(&spoilt), Some(true), "the schema is held to");
    }
}

#[test]
fn the_examples_are_what_is_asked_and_read() {
    let text = include_str!("../../../../docs/shep/examples/person-answer.xml");
    let document = roxmltree::Document::parse(text).unwrap();
    let data = document.descendants().find(|node| node.tag_name().name() == "data").unwrap();
    let said = contract::answer(data).ok().unwrap();
    assert_eq!(said.person.unwrap().name.full(), "Үлгіұлы Мысал");
    let asked = include_str!("../../../../docs/shep/examples/person-request.xml");
    let elements: Vec<&str> = ["senderCode", "iin", "kdpToken", "publicKey"].into();
    let places: Vec<_> = elements.iter().map(|name| asked.find(&format!("<{name}>"))).collect();
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{places:?}");
}

#[test]
fn answers_of_the_register_survive_whatever_comes() {
    let samples = [include_str!("../../../../docs/shep/examples/person-answer.xml")];
    crate::surviving::survives_texts("SHEP, natural persons", &samples, "soap", |text| {
        let Ok(document) = crate::shep::parse(text) else { return };
        let inside = document.descendants().filter(|node| node.tag_name().name() == "data");
        inside.take(5).for_each(|data| drop(contract::answer(data)));
    });
}
