//! The register of natural persons beside the departments' own registry: who has died by it gets no certificate, a changed
//! surname is printed, its outage is waited for, and where both cannot be right nobody is refused.

use anyqtama::config::PersonRegisterConfig;
use domain::Iin;
use simulators::shep::{PERSONS_SERVICE, Registered};

use super::*;

/// A change of the section, and what is told of it.
type Spoilt<'a> = (&'a dyn Fn(&mut DataBankConfig), &'a str);

fn register() -> PersonRegisterConfig {
    let list = |code: &str| vec![code.to_owned()];
    PersonRegisterConfig {
        service_id: PERSONS_SERVICE.to_owned(),
        route_id: None,
        sender_code: "ANYQTAMA".to_owned(),
        answered: list("SCSS001"),
        found: list("00000"),
        nobody: list("00007"),
        alive: list("0"),
        died: list("3"),
    }
}

/// The registry with the register beside it.
fn beside(shep: &ShepConfig, register: PersonRegisterConfig) -> impl FnOnce(&mut Config) + use<> {
    let (shep, person_register) = (Some(shep.clone()), Some(register));
    let source = DataBankSource::Registry;
    move |config| {
        config.data_bank = DataBankConfig { source, shep, person_register };
        // Two exchanges of a second each fit into it.
        config.worker.lease_seconds = 4;
    }
}

fn wards_of(guardian: Iin) -> Vec<Iin> {
    let people = population(SEED, domain::astana_date(now()), GUARDIANSHIPS).unwrap();
    let record = people.record_of(guardian).unwrap();
    record.wards.iter().filter_map(|one| one.ward.iin).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dead_get_no_certificate_and_a_changed_surname_is_printed() {
    let installation = Installation::on_sqlite().await;
    let (gateway, shep) = gateway(&installation).await;
    let port = free_port();
    let config = installation.config("beside", port, beside(&shep, register()));
    let log = installation.folder().join("beside.log");
    let file = std::fs::File::create(&log).unwrap();
    let mut command = serve(&config);
    command.stdout(Stdio::from(file.try_clone().unwrap())).stderr(Stdio::from(file));
    let mut node = installation.node_of(command, port);
    node.wait_until_it_answers().await;
    let of =
        |slug: &str| installation.people.iter().find(|(person, _)| person.slug == slug).unwrap();
    let (known, dead) = (of("three_wards"), of("one_ward"));
    let wards = wards_of(known.0.iin);
    for (iin, registered) in [
        (wards[0], Registered::Died),
        (wards[1], Registered::Renamed),
        (wards[2], Registered::Nobody),
        (dead.0.iin, Registered::Died),
    ] {
        gateway.register(iin, registered);
    }
    gateway.fail(Some(Fault::SourceDown));
    let number = asked(&node.client, known).await;
    until("looked up", async || gateway.looked_up().len() > wards.len()).await;
    let is_open = async |number: &str| {
        let request = node.client.request(number).await.unwrap();
        request.ended_at.is_none() && request.results.is_empty()
    };
    assert!(is_open(&number).await);
    gateway.fail(None);
    let of_the_dead = asked(&node.client, dead).await;
    installation.assert_answered_once(&known.0, &number, &node).await;

    let results = node.client.answer(&number).await.unwrap().results;
    let mut printed = Vec::new();
    for result in &results {
        let document = node.client.document(&result.id).await.unwrap();
        let facts = certificate::extract_facts(&document).unwrap();
        printed.push(String::from_utf8(facts).unwrap());
    }
    assert_eq!(printed.len(), 2, "one of three has died");
    assert!(!printed.iter().any(|facts| facts.contains("Іңкәр")), "{printed:?}");
    assert_eq!(printed.iter().filter(|facts| facts.contains("Жаңатегі")).count(), 1);
    assert_eq!(printed.iter().filter(|facts| facts.contains("Ұлжан")).count(), 1);

    let is_looked_up = |one: Iin| gateway.looked_up().iter().any(|asked| asked.iin == one);
    until("the other is looked up", async || is_looked_up(dead.0.iin)).await;
    let told = || std::fs::read_to_string(&log).unwrap().contains("guardian_died_by_register");
    until("they disagree", async || told()).await;
    assert!(is_open(&of_the_dead).await, "nobody is refused");
    node.end_gracefully().await;
    let log = std::fs::read_to_string(&log).unwrap();
    for told in ["the register of persons gave no answer over SHEP", "guardian_died_by_register"] {
        assert!(log.contains(told), "{told}: {log}");
    }
    for person in wards.iter().chain([&known.0.iin, &dead.0.iin]) {
        assert!(!log.contains(&person.digits()), "{log}");
    }
    assert!(!log.contains("Жаңатегі") && !log.contains("ЖАҢАТЕГІ"), "{log}");
    installation.assert_integrity();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_config_makes_the_register_and_asks_nobody() {
    let installation = Installation::on_sqlite().await;
    let (gateway, shep) = gateway(&installation).await;
    let told = |change: &dyn Fn(&mut DataBankConfig)| {
        let config = installation.config("check", free_port(), |config| {
            beside(&shep, register())(config);
            change(&mut config.data_bank);
        });
        let output = installation.run(&["check-config"], &config);
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (ok, words) = told(&|_| {});
    assert!(ok && !words.contains("never asked"), "{words}");
    let of = |bank: &mut DataBankConfig| bank.person_register.take().unwrap();
    let changes: [Spoilt<'_>; 4] = [
        (&|bank| bank.shep = None, "needs the gateway"),
        (
            &|bank| {
                bank.person_register = Some(PersonRegisterConfig { died: Vec::new(), ..of(bank) });
            },
            "died is empty",
        ),
        (
            &|bank| {
                let alive = vec!["3".to_owned()];
                bank.person_register = Some(PersonRegisterConfig { alive, ..of(bank) });
            },
            "both lists",
        ),
        (
            &|bank| {
                let absent = PathBuf::from("/no/such/file");
                bank.shep.as_mut().unwrap().key_file = absent;
            },
            "key_file",
        ),
    ];
    for (change, words) in changes {
        let (ok, told) = told(change);
        assert!(!ok && told.contains(words), "{words}: {told}");
    }
    assert_eq!(gateway.asked(), 0, "nobody is asked about anybody");
}
