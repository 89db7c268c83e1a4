//! Both data banks held to the same rows, and every way in which the gateway fails.
#![allow(clippy::as_conversions)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use app::Registry;
use app::testing::{FixedClock, MemoryStore, SeededIds};
use domain::{Kato, PersonName};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use simulators::authority::{
    Algorithm, Authority, LoopbackCertificate, ShepKeys, loopback_certificate,
};
use simulators::people::{BankRecord, Population, population};
use simulators::shep::{Bank, Fault, Gateway, Sender, Shep};
use tempfile::TempDir;

use super::*;
use crate::OwnRegistry;

const PASSWORD: &str = "a password";
const SERVICE: &str = "GUARDIANSHIPS_BY_GUARDIAN";

fn now() -> Timestamp {
    "2026-11-23T10:10:05Z".parse().unwrap()
}

impl ShepDataBank {
    /// The record, or why there is no answer, by the name it has in the log.
    async fn ask(&self, iin: Iin) -> Result<Option<GuardianRecord>, ShepFault> {
        let asked =
            self.channel.ask(&self.service, |data| contract::request(data, iin, None)).await?;
        self.meaning(&asked, iin)
    }
}

/// A gateway with people behind it, and our data bank over it.
struct World {
    people: Population,
    gateway: Arc<Gateway>,
    settings: ShepSettings,
    clock: Arc<FixedClock>,
    seeds: std::sync::atomic::AtomicU64,
    _folder: TempDir,
}

impl World {
    async fn new(algorithm: Algorithm) -> Self {
        Self::over(algorithm, None).await
    }

    async fn over(algorithm: Algorithm, tls: Option<LoopbackCertificate>) -> Self {
        let people = population(5, domain::astana_date(now()), 60).unwrap();
        Self::of(people, algorithm, tls).await
    }

    async fn of(
        people: Population,
        algorithm: Algorithm,
        tls: Option<LoopbackCertificate>,
    ) -> Self {
        let random = &mut StdRng::seed_from_u64(7);
        let authority = Authority::establish(now(), random).unwrap();
        let keys = authority.issue_shep_keys(algorithm, now(), random).unwrap();
        let ours = authority.issue_system_key("anyqtama", "210140000016", now(), random).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path
        };
        let clock = Arc::new(FixedClock::new(now()));
        let (gateway, url) =
            listening(&people, keys.clone(), ours.certificate().to_vec(), &clock, tls).await;
        let settings = ShepSettings {
            url,
            sender_id: "anyqtama".to_owned(),
            password: Some(PASSWORD.to_owned()),
            key_file: file("ours.key", ours.key_pem().unwrap().as_bytes()),
            certificate_file: file("ours.pem", ours.to_pem().unwrap().as_bytes()),
            gateway_certificates: vec![file("gateway.cer", keys.certificate())],
            authorities: None,
            patience: Duration::from_secs(20),
            freshness: SignedDuration::from_mins(5),
        };
        Self { people, gateway, settings, clock, seeds: 1.into(), _folder: folder }
    }

    fn service(&self) -> ShepService {
        ShepService {
            service_id: SERVICE.to_owned(),
            route_id: None,
            correlates: true,
            answered: vec!["SCSS001".to_owned()],
            nothing_found: Vec::new(),
        }
    }

    fn bank(&self) -> ShepDataBank {
        self.bank_with(&self.settings, self.service())
    }

    fn bank_with(&self, settings: &ShepSettings, service: ShepService) -> ShepDataBank {
        let (clock, ids) = (Arc::clone(&self.clock), Arc::new(SeededIds::new(self.seed())));
        ShepDataBank::new(settings, service, clock, ids).unwrap()
    }

    /// Another for each data bank: the gateway takes no identifier twice.
    fn seed(&self) -> u64 {
        self.seeds.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    }

    fn guardian(&self) -> Iin {
        self.people.records[0].guardian.iin
    }

    /// What the embedded registry says after the same people came in as a department's file.
    async fn registry(&self) -> OwnRegistry {
        let file = simulators::data_bank_file::xlsx(&self.people.records).unwrap();
        let department = Kato::parse("710000000").unwrap();
        let store = MemoryStore::default();
        let order = crate::ImportOrder::of_all(department, now());
        crate::import_file(&store, file, order).await.unwrap();
        assert!(store.last_import_at().await.unwrap().is_some());
        OwnRegistry::new(Arc::new(store), Duration::from_secs(20), self.clock.clone())
    }
}

async fn listening(
    people: &Population,
    keys: ShepKeys,
    certificate: Vec<u8>,
    clock: &Arc<FixedClock>,
    tls: Option<LoopbackCertificate>,
) -> (Arc<Gateway>, String) {
    let sender = Sender {
        id: "anyqtama".to_owned(),
        password: PASSWORD.to_owned(),
        certificate,
        service_id: SERVICE.to_owned(),
    };
    let clock = Arc::clone(clock);
    let clock = Arc::new(move || clock.now());
    let anywhere = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let bank = Bank::new(&people.records);
    let mut shep = Shep::bind(anywhere, keys, sender, bank, clock).await.unwrap();
    if let Some(own) = tls {
        shep = shep.over_tls(simulators::ncalayer::tls(&own).unwrap());
    }
    let (gateway, url) = (shep.gateway(), shep.url());
    tokio::spawn(shep.serve(std::future::pending()));
    (gateway, url)
}

fn without_reasons(reply: Reply<GuardianRecord>) -> Reply<GuardianRecord> {
    let Reply::Known(mut record) = reply else { return reply };
    for end in record.wards.iter_mut().filter_map(|one| one.placement.end.as_mut()) {
        end.reason.clear();
    }
    Reply::Known(record)
}

#[tokio::test]
async fn what_the_registry_answers_is_answered_over_shep_but_for_reasons_of_ends() {
    for algorithm in [Algorithm::Gost, Algorithm::Rsa] {
        let world = World::new(algorithm).await;
        let (registry, bank) = (world.registry().await, world.bank());
        let mut ended = 0;
        for record in &world.people.records {
            let iin = record.guardian.iin;
            let (known, over_shep) = (registry.guardian(iin).await, bank.guardian(iin).await);
            assert!(matches!(known, Reply::Known(_)));
            ended += usize::from(record.ward.placement.end.is_some());
            assert_eq!(over_shep, without_reasons(known));
        }
        assert!(ended > 0, "some placements have ended");
        let nobody = Iin::parse("800101300016").unwrap();
        assert_eq!(registry.guardian(nobody).await, Reply::Absent);
        assert_eq!(bank.guardian(nobody).await, Reply::Absent);
    }
}

/// What each fault is called in the log. The answer is unavailable every time: never a record, never an absence.
const FAULTS: &[(Fault, &str, &str)] = &[
    (Fault::Down, "connection_broke", ""),
    (Fault::Slow, "timed_out", ""),
    (Fault::HangsUp, "connection_broke", ""),
    (Fault::ServerError, "http_status", "502"),
    (Fault::Page, "media_type", ""),
    (Fault::MediaType, "media_type", ""),
    (Fault::Oversized, "too_large", ""),
    (Fault::BrokenXml, "signature", "xml_malformed"),
    (Fault::NotTheSchema, "not_as_the_schema", "status"),
    (Fault::Unsigned, "signature", "security_missing"),
    (Fault::Stranger, "signature", "not_pinned"),
    (Fault::Forger, "signature", "signature_mismatch"),
    (Fault::Altered, "signature", "digest_mismatch"),
    (Fault::BodyInHeader, "signature", "part_elsewhere"),
    (Fault::SameId, "signature", "part_elsewhere"),
    (Fault::TwoBodies, "signature", "envelope_form"),
    (Fault::Replayed, "other_question", ""),
    (Fault::SameNumber, "repeated", ""),
    (Fault::OldDate, "stale", ""),
    (Fault::FutureDate, "stale", ""),
    (Fault::OtherQuestion, "other_question", ""),
    (Fault::SomebodyElse, "somebody_else", ""),
    (Fault::NotFoundCode, "status", "SCSE001"),
    (Fault::NamelessNotFoundCode, "status", "SCSE001"),
    (Fault::SourceDown, "status", "FAULT-015"),
    (Fault::NoData, "no_data", ""),
    (Fault::SoapFault, "soap_fault", "SBF-VE-8"),
    (Fault::SignedSoapFault, "soap_fault", "SBF-VE-8"),
];

/// After these the data bank is not left alone: it spoke, signed, fresh and to our question.
const AT_WORK: &[Fault] = &[
    Fault::SomebodyElse,
    Fault::NotFoundCode,
    Fault::NamelessNotFoundCode,
    Fault::SourceDown,
    Fault::NoData,
];

#[tokio::test]
async fn every_way_to_fail_is_an_outage_with_its_name_and_never_an_answer() {
    let world = World::new(Algorithm::Rsa).await;
    let impatient =
        ShepSettings { patience: Duration::from_millis(1_500), ..world.settings.clone() };
    let bank = world.bank_with(&impatient, world.service());
    let nobody = Iin::parse("800101300016").unwrap();
    assert!(matches!(bank.ask(world.guardian()).await, Ok(Some(_))));
    for (fault, code, detail) in FAULTS {
        if *fault == Fault::SameNumber {
            world.gateway.fail(Some(*fault));
            assert!(matches!(bank.ask(world.guardian()).await, Ok(Some(_))), "the first of them");
        }
        for iin in [world.guardian(), nobody] {
            world.gateway.fail(Some(*fault));
            let told = bank.ask(iin).await.unwrap_err();
            assert_eq!((told.code(), told.detail().as_str()), (*code, *detail), "{fault:?}");
            let shown = format!("{told:?} {} {}", told.code(), told.detail());
            assert!(!shown.contains(&iin.digits()), "{fault:?}");
            let reply = bank.guardian(iin).await;
            let expected = if AT_WORK.contains(fault) { Reply::Unusable } else { Reply::Silent };
            assert_eq!(reply, expected, "{fault:?}");
            assert_eq!(reply.answer(), domain::Answer::Unavailable, "{fault:?}");
        }
    }
    let named: Vec<Fault> = FAULTS.iter().map(|(fault, _, _)| *fault).collect();
    assert_eq!(named, Fault::ALL, "each way to fail stands in the table");
    world.gateway.fail(None);
    assert!(matches!(bank.guardian(world.guardian()).await, Reply::Known(_)));
    assert_eq!(bank.guardian(nobody).await, Reply::Absent);
}

/// Makes the first of somebody's records one that cannot be; he has one more of another ward.
type Spoil = fn(&mut BankRecord, &BankRecord);

const CONTRADICTIONS: &[(&str, Spoil)] = &[
    ("birth_in_future", |record, _| record.ward.ward.birth_date = date(2026, 11, 24)),
    ("birth_date_differs_from_iin", |record, _| {
        record.ward.ward.birth_date = record.ward.ward.birth_date.tomorrow().unwrap();
    }),
    ("birth_date_differs_from_iin", |record, _| {
        record.guardian.birth_date = record.guardian.birth_date.yesterday().unwrap();
    }),
    ("ward_is_guardian", |record, _| {
        record.ward.ward.iin = Some(record.guardian.iin);
        record.ward.ward.birth_date = record.guardian.birth_date;
    }),
    ("ward_unborn_at_start", |record, _| {
        let start = record.ward.ward.birth_date.yesterday().unwrap();
        (record.ward.placement.start, record.ward.placement.act.date) = (start, start);
    }),
    ("ward_adult_at_start", |record, _| {
        record.ward.ward.iin = None;
        record.ward_birth_act = Some("7".to_owned());
        record.ward.ward.birth_date = date(2002, 3, 2);
    }),
    ("start_before_act", |record, _| {
        record.ward.placement.act.date = record.ward.placement.start.tomorrow().unwrap();
    }),
    ("ward_differs", |record, other| {
        record.ward.ward = other.ward.ward.clone();
        record.ward.ward.name = PersonName::parse("Басқа", "Бала", "").unwrap();
    }),
    ("same_placement_twice", |record, other| record.ward = other.ward.clone()),
];

#[tokio::test]
async fn a_record_that_contradicts_itself_is_no_answer() {
    let mut people = population(5, domain::astana_date(now()), 60).unwrap();
    let honest = people.records[0].clone();
    let guardians = people.records.iter().map(|record| record.guardian.clone());
    let mut guardians: Vec<_> = guardians.filter(|one| one.birth_date < date(2000, 1, 1)).collect();
    guardians.dedup_by_key(|one| one.iin);
    let child = |iin: &str, act: &str| {
        let mut record = honest.clone();
        record.ward.ward.iin = Some(Iin::parse(iin).unwrap());
        record.ward.ward.birth_date = date(2015, 1, 1);
        record.ward.placement.act.number = act.to_owned();
        record.ward.placement.act.date = date(2020, 3, 2);
        record.ward.placement.start = date(2020, 3, 2);
        record.ward.placement.end = None;
        record
    };
    people.records.clear();
    let mut asked = Vec::new();
    let cases = CONTRADICTIONS.iter().map(|(code, spoil)| (Some(*code), *spoil));
    let untouched: Spoil = |_, _| {};
    // Ordered ahead: the decision waits for this ward alone.
    let ahead: Spoil = |record, _| record.ward.placement.start = date(2026, 11, 30);
    for ((code, spoil), guardian) in cases.chain([(None, untouched), (None, ahead)]).zip(&guardians)
    {
        let mut both = [child("150101500011", "А-1"), child("150101600028", "А-2")];
        both.iter_mut().for_each(|record| record.guardian = guardian.clone());
        let [first, second] = &mut both;
        spoil(first, second);
        people.records.extend(both);
        asked.push((code, guardian.iin));
    }
    assert_eq!(asked.len(), CONTRADICTIONS.len() + 2);
    let world = World::of(people, Algorithm::Rsa, None).await;
    let bank = world.bank();
    for (code, iin) in asked {
        let told = bank.ask(iin).await;
        let Some(code) = code else {
            assert_eq!(told.unwrap().unwrap().wards.len(), 2);
            continue;
        };
        assert_eq!(told, Err(ShepFault::RecordContradictsItself(code)));
        assert_eq!(bank.guardian(iin).await, Reply::Unusable, "{code}");
    }
}

#[tokio::test]
async fn a_code_for_absence_counts_only_where_it_was_agreed_on_and_names_the_question() {
    let world = World::new(Algorithm::Gost).await;
    let agreed = ShepService { nothing_found: vec!["SCSE001".to_owned()], ..world.service() };
    let bank = world.bank_with(&world.settings, agreed);
    for (fault, expected) in [
        (Some(Fault::NotFoundCode), Reply::Absent),
        (Some(Fault::NamelessNotFoundCode), Reply::Unusable),
        (Some(Fault::SourceDown), Reply::Unusable),
    ] {
        world.gateway.fail(fault);
        assert_eq!(bank.guardian(world.guardian()).await, expected, "{fault:?}");
    }
    // Now «done» means that there is nothing, and there is a record.
    let crossed = ShepService {
        answered: vec!["SCSE001".to_owned()],
        nothing_found: vec!["SCSS001".to_owned()],
        ..world.service()
    };
    world.gateway.fail(None);
    let bank = world.bank_with(&world.settings, crossed);
    assert_eq!(bank.ask(world.guardian()).await, Err(ShepFault::Contradiction));
}

#[tokio::test]
async fn where_a_service_names_questions_in_its_own_way_copies_are_known_by_their_own_number() {
    let world = World::new(Algorithm::Rsa).await;
    let nothing_found = vec!["SCSE001".to_owned()];
    let own_way = ShepService { correlates: false, nothing_found, ..world.service() };
    let bank = world.bank_with(&world.settings, own_way);
    world.gateway.fail(Some(Fault::OtherQuestion));
    assert!(matches!(bank.ask(world.guardian()).await, Ok(Some(_))));
    for (fault, expected) in [
        (Fault::Replayed, ShepFault::Repeated),
        (Fault::SomebodyElse, ShepFault::SomebodyElse),
        (Fault::NotFoundCode, ShepFault::NobodysAbsence),
    ] {
        world.gateway.fail(Some(fault));
        assert_eq!(bank.ask(world.guardian()).await, Err(expected), "{fault:?}");
    }
}

#[tokio::test]
async fn whom_the_gateway_does_not_know_it_tells_nothing() {
    let world = World::new(Algorithm::Rsa).await;
    let service = |id: &str| ShepService { service_id: id.to_owned(), ..world.service() };
    let other = ShepSettings { password: Some("another".to_owned()), ..world.settings.clone() };
    let nameless = ShepSettings { password: None, ..world.settings.clone() };
    for (settings, service) in [
        (&other, world.service()),
        (&nameless, world.service()),
        (&world.settings, service("SOMETHING_ELSE")),
    ] {
        let bank = world.bank_with(settings, service);
        let told = bank.ask(world.guardian()).await.unwrap_err();
        assert_eq!(told, ShepFault::SoapFault("SBF-AD-1".to_owned()));
    }
    let routed = ShepService { route_id: Some("R-1".to_owned()), ..world.service() };
    let bank = world.bank_with(&world.settings, routed);
    assert!(matches!(bank.guardian(world.guardian()).await, Reply::Known(_)));
}

/// Certificates of TLS are judged by the machine's own clock.
#[allow(clippy::disallowed_methods, reason = "the TLS library asks it too")]
#[tokio::test]
async fn over_tls_only_an_authority_that_is_named_vouches_for_the_gateway() {
    let own = loopback_certificate(Timestamp::now()).unwrap();
    let pem = der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, &own.certificate);
    let world = World::over(Algorithm::Rsa, Some(own)).await;
    assert!(world.settings.url.starts_with("https://"));
    assert_eq!(world.bank().ask(world.guardian()).await, Err(ShepFault::NoConnection));
    assert_eq!(world.gateway.asked(), 0, "nothing was told to whom nobody vouches for");
    let authorities = Some(pem.unwrap().into_bytes());
    let named = ShepSettings { authorities, ..world.settings.clone() };
    let bank = world.bank_with(&named, world.service());
    assert!(matches!(bank.guardian(world.guardian()).await, Reply::Known(_)));
    let empty = ShepSettings { authorities: Some(Vec::new()), ..world.settings.clone() };
    let (clock, ids) = (Arc::clone(&world.clock), Arc::new(SeededIds::new(9)));
    let told = ShepDataBank::new(&empty, world.service(), clock, ids).err().unwrap();
    assert!(told.to_string().contains("authorities_file"), "{told}");
}

#[tokio::test]
async fn questions_and_answers_are_as_the_schemas_say() {
    if !is_there("xmllint") {
        return;
    }
    let world = World::new(Algorithm::Rsa).await;
    let routed = ShepService { route_id: Some("R-1".to_owned()), ..world.service() };
    for service in [world.service(), routed] {
        let bank = world.bank_with(&world.settings, service);
        bank.ask(world.guardian()).await.unwrap();
        let question = world.gateway.last_question().unwrap();
        require_valid(&content_of(&question));
        assert!(!validated(&content_of(&question).replace("<serviceId>", "<x/><serviceId>")));
    }
    for iin in world.people.records.iter().map(|record| record.guardian.iin) {
        world.bank().ask(iin).await.unwrap();
        require_valid(&content_of(&world.gateway.last_answer().unwrap()));
    }
    world.bank().ask(Iin::parse("800101300016").unwrap()).await.unwrap();
    require_valid(&content_of(&world.gateway.last_answer().unwrap()));
    for fault in [Fault::NotFoundCode, Fault::NoData, Fault::SourceDown] {
        world.gateway.fail(Some(fault));
        world.bank().ask(world.guardian()).await.unwrap_err();
        require_valid(&content_of(&world.gateway.last_answer().unwrap()));
    }
}

/// What our schemas let pass, NITEC's let pass; they cannot be carried over, so this needs them at hand.
#[tokio::test]
async fn what_our_schemas_accept_the_gateways_own_accept() {
    let Some(theirs) = their_schemas() else { return };
    if !is_there("xmllint") {
        return;
    }
    let world = World::new(Algorithm::Rsa).await;
    world.bank().ask(world.guardian()).await.unwrap();
    let question = content_of(&world.gateway.last_question().unwrap());
    let answer = content_of(&world.gateway.last_answer().unwrap());
    let examples = std::fs::read_dir(schemas().join("examples")).unwrap();
    let examples = examples.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let driver = tempfile::tempdir().unwrap();
    simulators::shep::schemas::write_driver(driver.path(), &theirs).unwrap();
    let accepts = |text: &str| lint(&driver.path().join("all.xsd"), text).0;
    for text in examples.chain([question.clone(), answer]) {
        require_valid(&text);
        assert!(accepts(&text));
    }
    for spoilt in ["<messageId>x</messageId>", "<sender><senderId>x</senderId></sender>"] {
        let spoilt = question.replacen("<serviceId>", &format!("{spoilt}<serviceId>"), 1);
        assert!(!validated(&spoilt) && !accepts(&spoilt), "both are strict");
    }
}

#[test]
fn the_examples_are_as_the_schemas_say_and_are_read() {
    let example =
        |name: &str| std::fs::read_to_string(schemas().join("examples").join(name)).unwrap();
    let told = |name: &str| {
        let text = example(name);
        let document = roxmltree::Document::parse(&text).unwrap();
        let data = document.descendants().find(|node| node.tag_name().name() == "data").unwrap();
        contract::answer(data).unwrap()
    };
    let iin = Iin::parse("800101300016").unwrap();
    let nothing = told("answer-nothing.xml");
    assert!(nothing.guardian == iin && matches!(nothing.told, Told::NoRecord));
    let found = told("answer-two-wards.xml");
    let Told::Record(record) = found.told else { panic!("a record") };
    assert_eq!((found.guardian, record.wards.len()), (iin, 2));
    assert_eq!(record.wards[0].ward.iin, Some(Iin::parse("150101500011").unwrap()));
    assert_eq!(record.wards[1].ward.iin, None);
    assert_eq!(record.wards[1].placement.end.as_ref().unwrap().reason, "");
    if !is_there("xmllint") {
        return;
    }
    for entry in std::fs::read_dir(schemas().join("examples")).unwrap() {
        require_valid(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
}

#[test]
fn half_a_record_is_none() {
    let text = std::fs::read_to_string(schemas().join("examples/answer-two-wards.xml")).unwrap();
    let told = |text: &str| {
        let document = roxmltree::Document::parse(text).unwrap();
        let data = document.descendants().find(|node| node.tag_name().name() == "data").unwrap();
        contract::answer(data).map(|_| ())
    };
    assert_eq!(told(&text), Ok(()));
    for (from, to, place) in [
        ("<g:guardianIin>800101300016<", "<g:guardianIin>800101300017<", "guardianIin"),
        ("<g:guardianIin>800101300016<", "<g:guardianIin> 800101300016<", "guardianIin"),
        ("<g:accounting>ended<", "<g:accounting>over<", "accounting"),
        ("<g:surname>Үлгіұлы<", "<g:surname>Үлгіұлы7<", "name"),
        ("<g:birthDate>1980-01-01<", "<g:birthDate>1980-13-01<", "birthDate"),
        ("<g:birthDate>1980-01-01<", "<g:birthDate>1980-01-01Z<", "birthDate"),
        ("<g:birthDate>1980-01-01<", "<g:birthDate>0980-01-01<", "birthDate"),
        ("<g:iin>150101500011</g:iin>", "", "iin or birthAct"),
        ("<g:form>guardianship<", "<g:form>custody<", "form"),
        ("<g:kind>order<", "<g:kind>letter<", "kind"),
        ("<g:number>А-123<", "<g:number> <", "number"),
        ("<g:sheets>4<", "<g:sheets>04<", "sheets"),
        ("<g:sheets>4<", "<g:sheets>+4<", "sheets"),
        ("<g:provider>710000000<", "<g:provider>990000000<", "provider"),
        ("<g:reason>emancipation<", "<g:reason>own wish<", "reason"),
        ("<g:end>2026-02-01</g:end>", "<g:endReason>x</g:endReason>", "provider"),
        ("</g:record>", "</g:record><g:noRecord/>", "an element too many"),
    ] {
        let spoilt = text.replacen(from, to, 1);
        assert_ne!(spoilt, text, "{from}");
        assert_eq!(told(&spoilt), Err(crate::shep::Unfit(place)), "{from} → {to}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_damaged_answer_is_read_or_refused(place in 0.0..1.0_f64, length in 1_usize..40, byte: u8) {
        let path = schemas().join("examples/answer-two-wards.xml");
        let mut bytes = std::fs::read(path).unwrap();
        let from = (bytes.len() as f64 * place) as usize;
        bytes.iter_mut().skip(from).take(length).for_each(|target| *target ^= byte);
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(document) = roxmltree::Document::parse(&text) {
            for node in document.descendants().filter(|node| node.is_element()) {
                let _ = contract::answer(node);
            }
        }
    }
}

#[tokio::test]
async fn settings_that_cannot_work_are_told_at_the_start() {
    let world = World::new(Algorithm::Rsa).await;
    let good = &world.settings;
    let foreign_key = Path::new("/proc/self/status").to_owned();
    let told = |settings: ShepSettings, service: ShepService| {
        let clock = Arc::clone(&world.clock);
        let bank = ShepDataBank::new(&settings, service, clock, Arc::new(SeededIds::new(1)));
        bank.err().map(|error| error.to_string()).unwrap_or_default()
    };
    let at = |url: &str| ShepSettings { url: url.to_owned(), ..good.clone() };
    let service = || world.service();
    let twice = ShepService { nothing_found: service().answered, ..service() };
    for (settings, service, words) in [
        (at("http://shep.example/"), service(), "no address of the gateway"),
        (at("https://user:word@shep.example/"), service(), "no address of the gateway"),
        (ShepSettings { sender_id: String::new(), ..good.clone() }, service(), "sender_id"),
        (ShepSettings { gateway_certificates: vec![], ..good.clone() }, service(), "is empty"),
        (ShepSettings { patience: Duration::ZERO, ..good.clone() }, service(), "1 second"),
        (
            ShepSettings { freshness: SignedDuration::from_hours(2), ..good.clone() },
            service(),
            "3600",
        ),
        (ShepSettings { key_file: foreign_key.clone(), ..good.clone() }, service(), "key_file"),
        (
            ShepSettings { certificate_file: good.key_file.clone(), ..good.clone() },
            service(),
            "certificate_file",
        ),
        (
            ShepSettings { certificate_file: good.gateway_certificates[0].clone(), ..good.clone() },
            service(),
            "does not belong",
        ),
        (
            ShepSettings { gateway_certificates: vec![foreign_key], ..good.clone() },
            service(),
            "gateway_certificates",
        ),
        (good.clone(), ShepService { service_id: String::new(), ..service() }, "service_id"),
        (good.clone(), ShepService { answered: vec![], ..service() }, "status.answered"),
        (good.clone(), twice, "SCSS001"),
    ] {
        let told = told(settings, service);
        assert!(told.contains(words), "{told:?} has no {words:?}");
    }
}

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/shep")
}

/// The message in a SOAP body.
fn content_of(envelope: &[u8]) -> String {
    simulators::shep::schemas::content_of(envelope).unwrap()
}

#[allow(clippy::print_stderr, reason = "a judge that is missing must be seen")]
fn is_there(program: &str) -> bool {
    let is_there = Command::new(program).arg("--version").output().is_ok();
    let required = std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(is_there || !required, "{program} is missing");
    if !is_there {
        eprintln!("SKIPPED: {program} is not installed");
    }
    is_there
}

fn validated(text: &str) -> bool {
    lint(&schemas().join("exchange.xsd"), text).0
}

fn require_valid(text: &str) {
    let (valid, told) = lint(&schemas().join("exchange.xsd"), text);
    assert!(valid, "{told}");
}

fn lint(schema: &Path, text: &str) -> (bool, String) {
    let complaint = simulators::shep::schemas::complaint(schema, text).unwrap();
    (complaint.is_none(), complaint.unwrap_or_default())
}

/// NITEC's folder with `SyncChannel/v10/Types` and `common/v10/Types`.
#[allow(clippy::print_stderr, reason = "schemas that are missing must be seen")]
fn their_schemas() -> Option<PathBuf> {
    let named = std::env::var_os("ANYQTAMA_SHEP_SCHEMAS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/shep");
    let folder = named.unwrap_or(beside);
    let folder = folder.canonicalize().ok().filter(|path| path.join("common/v10/Types").is_dir());
    if folder.is_none() {
        eprintln!("SKIPPED: the gateway's own schemas are not at hand (ANYQTAMA_SHEP_SCHEMAS)");
    }
    folder
}

#[test]
fn records_of_the_data_bank_survive_whatever_comes() {
    let samples = [
        include_str!("../../../../../docs/shep/examples/answer-two-wards.xml"),
        include_str!("../../../../../docs/shep/examples/answer-nothing.xml"),
    ];
    crate::surviving::survives_texts("SHEP, guardianships", &samples, "soap", |text| {
        let Ok(document) = crate::shep::parse(text) else { return };
        let inside = document.descendants().filter(|node| node.tag_name().name() == "data");
        inside.take(5).for_each(|data| drop(contract::answer(data)));
    });
}
