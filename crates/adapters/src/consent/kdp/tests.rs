//! The control of access held to what the gateway's simulator says: every manner of a person, every way to fail, and what
//! is shown to the sources.

use std::path::Path;
use std::process::Command;

use app::testing::{FixedClock, SeededIds};
use app::{DataBank, Reply};
use domain::Iin;
use simulators::shep::{Fault, KDP_SERVICE, Manner};

use super::*;
use crate::ShepDataBank;
use crate::shep::simulated::{GUARDIANSHIPS, Simulated, now};

/// A gateway with persons and a data bank behind it, and what we need to ask it.
struct World {
    simulated: Simulated,
    clock: Arc<FixedClock>,
    person: Iin,
}

impl World {
    async fn new() -> Self {
        let simulated = Simulated::new().await;
        let person = simulated.records[0].guardian.iin;
        Self { simulated, clock: Arc::new(FixedClock::new(now())), person }
    }

    fn control(&self) -> KdpConsent {
        self.control_with(&self.simulated.settings, kdp())
    }

    fn control_with(&self, settings: &ShepSettings, kdp: KdpSettings) -> KdpConsent {
        let seed = self.simulated.gateway.asked().saturating_add(1);
        let ids = Arc::new(SeededIds::new(seed));
        KdpConsent::new(settings, kdp, self.clock.clone(), ids).unwrap()
    }

    fn question(&self, is_repeated: bool) -> AccessQuestion {
        AccessQuestion { person: self.person, is_repeated }
    }
}

fn kdp() -> KdpSettings {
    let list = |word: &str| vec![word.to_owned()];
    KdpSettings {
        service_id: KDP_SERVICE.to_owned(),
        route_id: None,
        answered: list("SCSS001"),
        company: "«Оператор» & Ко".to_owned(),
        company_bin: Bin::parse("210140000016").unwrap(),
        company_responsible: "Жауапты тұлға".to_owned(),
        employee_name: None,
        access_names: vec![GUARDIANSHIPS.to_owned(), "ANOTHER".to_owned()],
        personal_data_name: "Қорғаншылық туралы мәліметтер".to_owned(),
        validity: Duration::from_secs(600),
        patience: SignedDuration::from_mins(5),
        pause: SignedDuration::from_secs(5),
        omit_sms: false,
        words: KdpWords {
            given: list("VALID"),
            refused: list("INVALID"),
            pending: list("PENDING"),
            no_answer: list("TIMEOUT"),
        },
    }
}

/// Whether a reply is a consent; its secrets are not compared.
fn word(reply: &AccessReply) -> &'static str {
    match reply {
        AccessReply::Given(_) => "given",
        AccessReply::Refused => "refused",
        AccessReply::Pending => "pending",
        AccessReply::NoAnswer => "no answer",
        AccessReply::Silent => "silent",
    }
}

#[tokio::test]
async fn every_manner_of_a_person_is_told_and_an_unknown_word_is_no_answer() {
    let world = World::new().await;
    let control = world.control();
    for (manner, told) in [
        (Manner::Gives, "given"),
        (Manner::Refuses, "refused"),
        (Manner::KeepsSilent, "pending"),
        (Manner::NeverAnswered, "no answer"),
        (Manner::Mumbles, "silent"),
        (Manner::GivesNothing, "silent"),
        (Manner::RefusesWithToken, "silent"),
    ] {
        world.simulated.gateway.person(world.person, manner);
        let reply = control.ask(&world.question(false)).await;
        assert_eq!(word(&reply), told, "{manner:?}");
        let shown = format!("{reply:?}");
        assert!(!shown.contains("token-") && !shown.contains("key-"), "{shown}");
    }
}

#[tokio::test]
async fn whoever_is_asked_again_gets_no_second_message() {
    let world = World::new().await;
    let control = world.control();
    world.simulated.gateway.person(world.person, Manner::GivesAfter(1));
    assert_eq!(word(&control.ask(&world.question(false)).await), "pending");
    assert_eq!(word(&control.ask(&world.question(true)).await), "given");
    let asked = world.simulated.gateway.persons_asked();
    let by_message: Vec<bool> = asked.iter().map(|one| one.by_message).collect();
    assert_eq!(by_message, [true, false]);
    assert_eq!(asked[0].access_names, [GUARDIANSHIPS, "ANOTHER"]);
    assert_eq!((asked[0].iin, asked[0].expires_in_ms), (world.person, 600_000));
    let quiet = KdpSettings { omit_sms: true, ..kdp() };
    world.control_with(&world.simulated.settings, quiet).ask(&world.question(false)).await;
    assert!(!world.simulated.gateway.persons_asked()[2].by_message);
}

#[tokio::test]
async fn every_way_to_fail_is_silence_and_never_a_consent_or_a_refusal() {
    let world = World::new().await;
    let impatient =
        ShepSettings { patience: Duration::from_millis(1_500), ..world.simulated.settings.clone() };
    let control = world.control_with(&impatient, kdp());
    assert_eq!(word(&control.ask(&world.question(false)).await), "given");
    for fault in Fault::ALL {
        // Who answers about somebody else is the data bank's fault alone.
        if *fault == Fault::SomebodyElse {
            continue;
        }
        world.simulated.gateway.fail(Some(*fault));
        for manner in [Manner::Gives, Manner::Refuses] {
            world.simulated.gateway.person(world.person, manner);
            let reply = control.ask(&world.question(true)).await;
            assert_eq!(word(&reply), "silent", "{fault:?}");
        }
    }
}

#[tokio::test]
async fn what_the_control_gave_is_what_the_data_bank_wants_to_see() {
    let world = World::new().await;
    let AccessReply::Given(proof) = world.control().ask(&world.question(false)).await else {
        panic!("given")
    };
    world.simulated.gateway.want_proof(true);
    let service = ShepService {
        service_id: GUARDIANSHIPS.to_owned(),
        route_id: None,
        correlates: true,
        answered: vec!["SCSS001".to_owned()],
        nothing_found: Vec::new(),
    };
    let ids = Arc::new(SeededIds::new(77));
    let bank =
        ShepDataBank::new(&world.simulated.settings, service, world.clock.clone(), ids).unwrap();
    assert_eq!(bank.guardian(world.person).await, Reply::Unusable, "no consent was shown");
    assert!(matches!(bank.guardian_by(world.person, &proof).await, Reply::Known(_)));
    let shown = world.simulated.gateway.last_proof();
    assert_eq!(shown, Some((proof.token.clone(), proof.public_key.clone())));
    let forged = AccessProof { token: "forged".to_owned(), ..proof };
    assert_eq!(bank.guardian_by(world.person, &forged).await, Reply::Unusable);
}

#[test]
fn settings_that_would_make_a_consent_of_a_guess_are_refused() {
    let wrong: [fn(&mut KdpSettings); 9] = [
        |kdp| kdp.words.given.clear(),
        |kdp| kdp.words.refused = kdp.words.given.clone(),
        |kdp| kdp.access_names.clear(),
        |kdp| kdp.company.clear(),
        |kdp| kdp.personal_data_name = "x".repeat(251),
        |kdp| kdp.validity = Duration::ZERO,
        |kdp| kdp.validity = Duration::from_secs(86_400),
        |kdp| kdp.patience = SignedDuration::from_hours(24),
        |kdp| kdp.pause = SignedDuration::ZERO,
    ];
    for (place, spoil) in wrong.iter().enumerate() {
        let mut settings = kdp();
        settings.check().unwrap();
        spoil(&mut settings);
        assert!(settings.check().is_err(), "{place}");
    }
}

/// `xmllint` against our schemas, where it is at hand.
#[allow(clippy::print_stderr, reason = "a skipped judge is told loudly")]
fn is_valid(message: &str) -> Option<bool> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/shep");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), message).unwrap();
    let schema = folder.join("exchange.xsd");
    let judge = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(schema)
        .arg(file.path())
        .output();
    match judge {
        Ok(output) => Some(output.status.success()),
        Err(_) if std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some() => {
            panic!("xmllint is missing")
        }
        Err(_) => {
            eprintln!("SKIPPED: xmllint is missing");
            None
        }
    }
}

/// What stands in the SOAP body.
fn body(envelope: &[u8]) -> String {
    let text = String::from_utf8(envelope.to_vec()).unwrap();
    let (_, rest) = text.split_once("<soap:Body").unwrap();
    let (_, inside) = rest.split_once('>').unwrap();
    inside.split_once("</soap:Body>").unwrap().0.to_owned()
}

#[tokio::test]
async fn questions_and_answers_are_as_the_schemas_say() {
    let world = World::new().await;
    let control = world.control();
    for manner in [Manner::Gives, Manner::Refuses] {
        world.simulated.gateway.person(world.person, manner);
        control.ask(&world.question(false)).await;
        let question = body(&world.simulated.gateway.last_question().unwrap());
        let answer = body(&world.simulated.gateway.last_answer().unwrap());
        for message in [&question, &answer] {
            assert_ne!(is_valid(message), Some(false), "{message}");
        }
        let without = question.replace("<omit-sms>false</omit-sms>", "");
        assert_ne!(is_valid(&without), Some(true), "the schema is held to");
    }
}

#[test]
fn answers_of_the_control_survive_whatever_comes() {
    let samples = [
        include_str!("../../../../../docs/shep/examples/consent-given.xml"),
        include_str!("../../../../../docs/shep/examples/consent-pending.xml"),
    ];
    crate::surviving::survives_texts("SHEP, control of access", &samples, "soap", |text| {
        let Ok(document) = crate::shep::parse(text) else { return };
        let inside = document.descendants().filter(|node| node.tag_name().name() == "data");
        inside.take(5).for_each(|data| drop(contract::answer(data)));
    });
}
