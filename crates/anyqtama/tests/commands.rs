//! The commands as scripts use them: what they print for programs, and their exit statuses.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken expectation must stop the test where it is"
)]

#[path = "commands/doctor.rs"]
mod doctor;
#[path = "commands/master_key.rs"]
mod master_key;
#[path = "installation/prepared.rs"]
mod prepared;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyqtama::demo::prepare::Prepared;
use anyqtama::system::SystemClock;
use anyqtama::wiring;
use app::{Channel, DraftOrder, IdempotencyKey, Submission, Submitted, Worker};
use domain::{ConsentDecision, Consents, Language, WardsAsked};
use prepared::prepared;
use signature::ocsp::{CertificateId, Request};
use signature::x509::Certificate;
use simulators::authority::{KeyHolder, revoked_keys};
use simulators::ocsp::Ocsp;
use simulators::people::KeyKind;

struct Place {
    _root: tempfile::TempDir,
    folder: PathBuf,
    pdf: PathBuf,
    number: String,
}

/// The demo's operator, whose key signs the facts.
const OPERATOR_BIN: &str = "210140099997";

impl Place {
    /// A demo folder with one issued certificate in it.
    async fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("demo");
        let nowhere = ([127, 0, 0, 1], 8080).into();
        let prepared = prepared(&folder, nowhere).await;
        let (number, bytes) = issue(&prepared).await;
        let pdf = root.path().join("certificate.pdf");
        std::fs::write(&pdf, bytes).unwrap();
        Self { _root: root, folder, pdf, number }
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.folder.join(name), bytes).unwrap();
        self.path(name)
    }

    fn verify(&self, file: &Path, more: &[&str]) -> Output {
        let operator = ["--operator-bin", OPERATOR_BIN];
        self.verify_for(file, &[&operator[..], more].concat())
    }

    /// Without the operator's BIN, as somebody who knows the providers alone.
    fn verify_for(&self, file: &Path, more: &[&str]) -> Output {
        let (file, anchors) = (file.display().to_string(), self.path("anchors"));
        run(&[&["verify", &file, "--anchors", &anchors, "--json"], more].concat())
    }
}

async fn issue(prepared: &Prepared) -> (String, Vec<u8>) {
    let store = wiring::open_store(&prepared.config).await.unwrap();
    let service = wiring::service(&prepared.config, &store).await.unwrap();
    let given = ConsentDecision::Given;
    let (person, key) = (prepared.people.first().unwrap(), prepared.keys.first().unwrap());
    let draft = service.prepare_draft(DraftOrder {
        applicant: person.iin,
        language: Language::Kk,
        wards: WardsAsked::All,
        consents: Consents { restricted_data: given, protected_secret: given },
        provider: None,
    });
    let document = draft.await.unwrap().document;
    let cms = key.sign(&document, true, app::Clock::now(&SystemClock)).unwrap();
    let key = IdempotencyKey("k".into());
    let submission = Submission { key, cms, channel: Channel::Api, signed_in: None };
    let Submitted::New(stored) = service.submit(submission).await.unwrap() else { panic!("new") };
    while Worker::new(service.clone()).work_once().await.unwrap() {}
    let view = service.request_view(&stored.number, None).await.unwrap().unwrap();
    let id = &view.results.first().unwrap().id;
    let bytes = service.download(id, None).await.unwrap().unwrap().1;
    store.close().await;
    (stored.number.to_string(), bytes)
}

fn run(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_anyqtama")).args(words).output().unwrap()
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[tokio::test]
async fn every_command_ends_with_the_status_that_scripts_rely_on() {
    let place = Place::new().await;
    let config = place.path("anyqtama.toml");

    // verify: 0 genuine, 1 not genuine, 2 unreadable, 3 cannot be checked now.
    assert_eq!(status(&place.verify(&place.pdf, &[])), 0);
    let mut altered = std::fs::read(&place.pdf).unwrap();
    let middle = altered.len() / 2;
    *altered.get_mut(middle).unwrap() ^= 1;
    let altered = place.file("altered.pdf", &altered);
    assert_eq!(status(&place.verify(Path::new(&altered), &[])), 1);
    let rubbish = place.file("rubbish.pdf", b"rubbish");
    assert_eq!(status(&place.verify(Path::new(&rubbish), &[])), 2);
    assert_eq!(status(&place.verify(Path::new("/nowhere.pdf"), &[])), 2);
    let later = place.verify(&place.pdf, &["--at", "2027-06-01T00:00:00Z"]);
    assert_eq!(status(&later), 3, "{}", String::from_utf8_lossy(&later.stdout));
    assert_eq!(status(&place.verify(&place.pdf, &["--crl", "/nowhere"])), 2);
    let list = place.path("crl/demo_nca_rsa.crl");
    let one = place.verify(&place.pdf, &["--crl", &list]);
    assert_eq!(
        status(&one),
        3,
        "of the authority that certified the signer of facts there is none"
    );
    assert_eq!(status(&place.verify(&place.pdf, &["--crl", &place.path("crl")])), 0);
    // The operator's key signed the facts: who does not name him knows nobody of that BIN.
    let unnamed = place.verify_for(&place.pdf, &[]);
    assert_eq!(status(&unnamed), 1);
    let told = String::from_utf8_lossy(&unnamed.stdout).into_owned();
    assert!(told.contains("facts_signer_refused") && told.contains("not_a_provider"), "{told}");
    // A provider nobody listed may not seal, whoever issued its certificate.
    let nobody = place.file("nobody.toml", b"provider = []");
    assert_eq!(status(&place.verify(&place.pdf, &["--providers", &nobody])), 1);

    // sign and signature verify
    let document = place.file("paper.txt", "Өтініш".as_bytes());
    let (key, cms) = (place.path("people/one_ward.pem"), place.path("paper.cms"));
    assert_eq!(status(&run(&["sign", "--key", &key, &document, "--out", &cms])), 0);
    let anchors = place.path("anchors");
    let judge = |more: &[&str]| {
        run(&[&["signature", "verify", &cms, "--anchors", &anchors, "--json"], more].concat())
    };
    assert_eq!(status(&judge(&["--content", &document])), 0);
    assert_eq!(status(&judge(&["--content", &rubbish])), 1);
    assert_eq!(status(&judge(&["--at", "2027-06-01T00:00:00Z"])), 3);

    // The same of a signed XML document, which the command knows by its looks.
    let holder = KeyHolder::from_pem(&std::fs::read_to_string(&key).unwrap()).unwrap();
    let signed = holder.sign_xml("<сұрау>1</сұрау>".as_bytes()).unwrap();
    let altered = String::from_utf8(signed.clone()).unwrap().replace(">1<", ">2<");
    let (signed, altered) =
        (place.file("signed.xml", &signed), place.file("altered.xml", altered.as_bytes()));
    let broken = place.file("broken.xml", b"<a><b></a>");
    let judge = |file: &str, more: &[&str]| {
        run(&[&["signature", "verify", file, "--anchors", &anchors, "--json"], more].concat())
    };
    assert_eq!(status(&judge(&signed, &[])), 0);
    assert_eq!(status(&judge(&altered, &[])), 1);
    assert_eq!(status(&judge(&broken, &[])), 2);
    assert_eq!(status(&judge(&signed, &["--content", &document])), 2);
    assert_eq!(status(&judge(&signed, &["--at", "2027-06-01T00:00:00Z"])), 3);

    // replay, audit, check-config
    assert_eq!(status(&run(&["replay", &place.number, "--config", &config])), 0);
    assert_eq!(status(&run(&["replay", "S-2222", "--config", &config])), 2);
    assert_eq!(status(&run(&["audit", "verify", "--config", &config])), 0);
    assert_eq!(status(&run(&["check-config", "--config", &config])), 0);
    assert_eq!(status(&run(&["check-config", "--config", "/nowhere.toml"])), 1);
}

#[tokio::test]
async fn roots_kept_elsewhere_show_whether_the_database_still_has_them() {
    let place = Place::new().await;
    let config = place.path("anyqtama.toml");
    let loaded = anyqtama::config::Config::load(Path::new(&config)).unwrap();
    let store = wiring::open_store(&loaded).await.unwrap();
    let stamped = wiring::service(&loaded, &store).await.unwrap().stamp_roots().await;
    stamped.unwrap();
    store.close().await;
    let printed = run(&["audit", "roots", "--config", &config]);
    assert_eq!(status(&printed), 0);
    let line = String::from_utf8(printed.stdout).unwrap();
    let root: serde_json::Value = serde_json::from_str(&line).unwrap();
    let verify = |name: &str, text: &str| {
        let kept = place.file(name, text.as_bytes());
        run(&["audit", "verify", "--roots", &kept, "--config", &config])
    };
    // The same root day after day in one file, as whoever appends to it will have it.
    let same = verify("same.jsonl", &format!("{line}\n{line}"));
    assert_eq!(status(&same), 0);
    assert!(String::from_utf8_lossy(&same.stdout).contains("2 roots are as they were kept"));
    let (day, hash) = (root["day"].as_str().unwrap(), root["hash"].as_str().unwrap());
    let others = [
        line.replace(day, "2025-01-01"),
        line.replace(hash, &hash.chars().rev().collect::<String>()),
        line.replace("null", "\"c3RhbXA=\""),
    ];
    for other in others {
        let differs = verify("other.jsonl", &other);
        let told = String::from_utf8_lossy(&differs.stderr).into_owned();
        assert_eq!(status(&differs), 1, "{told}");
        assert!(told.contains("fault: the root of") && told.contains("kept elsewhere"), "{told}");
    }
    assert_eq!(status(&verify("rubbish.jsonl", "rubbish")), 2);
    let missing = ["audit", "verify", "--roots", "/nowhere.jsonl", "--config", &config];
    assert_eq!(status(&run(&missing)), 2);
}

#[tokio::test]
async fn a_departments_file_comes_in_whole_or_not_at_all() {
    let place = Place::new().await;
    let config = place.path("anyqtama.toml");
    let import = |file: &str, more: &[&str]| {
        let words =
            ["data-bank", "import", file, "--provider", "710000000", "--config", &config, "--json"];
        run(&[&words, more].concat())
    };
    let again = import(&place.path("data-bank.xlsx"), &[]);
    assert_eq!(status(&again), 0);
    let summary: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(summary["new"], 0, "the same file again changes nothing: {summary}");
    assert_eq!(summary["changed"], 0);

    let corrupt = place.file("corrupt.xlsx", b"PK\x03\x04 no workbook");
    let refused = import(&corrupt, &["--language", "ru"]);
    assert_eq!(status(&refused), 1);
    assert!(String::from_utf8_lossy(&refused.stdout).contains("faults"));
    assert_eq!(status(&import("/nowhere.xlsx", &[])), 2);

    let template = place.path("template.xlsx");
    assert_eq!(status(&run(&["data-bank", "template", &template])), 0);
    assert!(std::fs::read(&template).unwrap().starts_with(b"PK"));
}

#[tokio::test]
async fn keys_in_files_start_nothing_that_issues_unless_the_configuration_accepts_them() {
    let place = Place::new().await;
    let config = place.path("anyqtama.toml");
    let accepted = run(&["check-config", "--config", &config]);
    let said = String::from_utf8_lossy(&accepted.stdout).into_owned();
    assert!(said.contains("seal of system: until ") && said.contains(" days left"), "{said}");
    let text = std::fs::read_to_string(&config).unwrap();
    let line = "keys_in_files = \"accepted\"\n";
    assert!(text.contains(line), "{text}");
    let silent = place.file("silent.toml", text.replace(line, "").as_bytes());
    for command in ["check-config", "serve", "worker"] {
        let refused = run(&[command, "--config", &silent]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(status(&refused), 1, "{said}");
        assert!(said.contains("lies in a file") && said.contains(line.trim()), "{said}");
    }
    // What issues nothing needs no key.
    assert_eq!(status(&run(&["audit", "verify", "--config", &silent])), 0);
    assert_eq!(status(&run(&["replay", &place.number, "--config", &silent])), 0);
    let other = text.replace("\"accepted\"", "\"please\"");
    let other = place.file("other.toml", other.as_bytes());
    assert_eq!(status(&run(&["check-config", "--config", &other])), 1, "no other word will do");
}

#[tokio::test]
async fn named_anchors_are_held_to_their_fingerprints_before_anything_starts() {
    let place = Place::new().await;
    let text = std::fs::read_to_string(place.path("anyqtama.toml")).unwrap();
    let anchors_dir = text.lines().find(|line| line.starts_with("anchors_dir")).unwrap();
    let folder = anchors_dir.split('"').nth(1).unwrap();
    let mut lines = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let read = Certificate::all_from(&std::fs::read(&file).unwrap()).unwrap();
        let digits: String =
            read[0].fingerprint().iter().map(|byte| format!("{byte:02x}")).collect();
        let name = file.file_stem().unwrap().to_str().unwrap();
        lines.push_str(&format!(
            "[[signatures.anchors]]\nname = \"{name}\"\nfile = \"{}\"\nfingerprint = \"{digits}\"\n\
             purposes = [\"citizens\", \"seals\", \"time_stamps\"]\n\n",
            file.display()
        ));
    }
    let bare = text.replace(&format!("{anchors_dir}\n"), "");
    let check = |lines: &str| {
        let config = place.file("named.toml", format!("{bare}\n{lines}").as_bytes());
        let checked = run(&["check-config", "--config", &config]);
        let said = String::from_utf8_lossy(&checked.stderr).into_owned();
        (status(&checked), said)
    };
    assert_eq!(check(&lines).0, 0, "{}", check(&lines).1);
    let (code, said) = check("");
    assert!(code == 1 && said.contains("neither anchors_dir nor"), "{said}");
    let place_of_digits = lines.find("fingerprint = \"").unwrap() + "fingerprint = \"".len();
    let other = if lines[place_of_digits..].starts_with('0') { "1" } else { "0" };
    let mut wrong = lines.clone();
    wrong.replace_range(place_of_digits..=place_of_digits, other);
    let (code, said) = check(&wrong);
    assert!(code == 1 && said.contains("does not have this fingerprint; it has"), "{said}");
    assert!(said.contains("signatures.anchors, demo_"), "{said}");
}

/// The responder's answer about a demo person, as the service would keep it.
async fn kept_answer(prepared: &Prepared, place: usize) -> Vec<u8> {
    let clock = || app::Clock::now(&SystemClock);
    let revoked = revoked_keys(&prepared.people, &prepared.keys);
    let random = &mut anyqtama::system::randomness();
    let keys = prepared.authority.issue_ocsp_keys(&revoked, clock(), random).unwrap();
    let address = ([127, 0, 0, 1], 0).into();
    let ocsp = Ocsp::bind(address, keys, std::sync::Arc::new(clock)).await.unwrap();
    let url = ocsp.url();
    let serving = tokio::spawn(ocsp.serve(std::future::pending()));
    let certificate = Certificate::from_der(prepared.keys[place].certificate()).unwrap();
    let anchors = prepared.authority.anchors();
    let mut anchors = anchors.iter().map(|(_, der)| Certificate::from_der(der).unwrap());
    let issuer = anchors.find(|one| one.subject() == certificate.issuer()).unwrap();
    let request = Request { id: CertificateId::of(&certificate, &issuer), nonce: None };
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let question = client.post(url).header("content-type", "application/ocsp-request");
    let reply = question.body(request.to_der().unwrap()).send().await.unwrap();
    let answer = reply.bytes().await.unwrap().to_vec();
    serving.abort();
    answer
}

#[tokio::test]
async fn a_kept_answer_of_the_responder_tells_what_no_list_does() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("demo");
    let nowhere = ([127, 0, 0, 1], 8080).into();
    let prepared = prepared(&folder, nowhere).await;
    let no_lists = root.path().join("no-lists");
    std::fs::create_dir_all(&no_lists).unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = root.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let (anchors, lists) = (folder.join("anchors"), no_lists.display().to_string());
    let anchors = anchors.display().to_string();
    for (kind, expected) in [(KeyKind::Gost, 0), (KeyKind::Revoked, 1)] {
        let place = prepared.people.iter().position(|person| person.key == kind).unwrap();
        let now = app::Clock::now(&SystemClock);
        let cms = file("signed.cms", &prepared.keys[place].sign(b"text", true, now).unwrap());
        let answer = file("answer.der", &kept_answer(&prepared, place).await);
        let verify = |more: &[&str]| {
            let words = ["signature", "verify", &cms, "--anchors", &anchors, "--crl", &lists];
            status(&run(&[&words, more].concat()))
        };
        let at = now.to_string();
        assert_eq!(verify(&["--at", &at]), 3, "no list, no answer");
        assert_eq!(verify(&["--at", &at, "--ocsp", &answer]), expected);
        let next_day = (now + jiff::SignedDuration::from_hours(24)).to_string();
        assert_eq!(verify(&["--at", &next_day, "--ocsp", &answer]), 3, "of another day");
        assert_eq!(verify(&["--at", &at, "--ocsp", &cms]), 3, "no answer at all");
        assert_eq!(verify(&["--at", &at, "--ocsp", "/nowhere"]), 2);
        assert_eq!(verify(&["--ocsp", &answer]), 2, "of which moment?");
    }
}

#[tokio::test]
async fn the_register_of_consents_goes_into_a_file_of_its_owners_and_nowhere_else() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new().await;
    let config = place.path("anyqtama.toml");
    let write = |name: &str, more: &[&str]| {
        let file = place.path(name);
        run(&[&["consents", "register", &file, "--config", &config], more].concat())
    };
    let read = |name: &str| std::fs::read_to_string(place.path(name)).unwrap();
    let told = write("register.csv", &[]);
    assert_eq!(status(&told), 0, "{}", String::from_utf8_lossy(&told.stderr));
    let told = [told.stdout, told.stderr].concat();
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("1 consents are in "), "{told}");
    let table = read("register.csv");
    let lines: Vec<&str> = table.trim_start_matches('\u{feff}').lines().collect();
    let [heading, line] = lines.as_slice() else { panic!("a heading and a line: {table}") };
    let cells: Vec<(&str, &str)> = heading.split(',').zip(line.split(',')).collect();
    let of = |name: &str| cells.iter().find(|(cell, _)| *cell == name).unwrap().1;
    assert_eq!((of("number"), of("decision"), of("withdrawn_at")), (&*place.number, "given", ""));
    assert_eq!((of("cross_border"), of("public_sources")), ("false", "false"));
    assert_eq!((of("term"), of("third_parties")), ("until_answered_and_checked", "checkers"));
    assert_eq!((of("text_version"), of("channel"), of("wards")), ("2", "api", "all"));
    assert_eq!((of("operator_bin"), of("applicant_iin").len()), (OPERATOR_BIN, 12));
    assert!(!of("applicant_name").is_empty());
    for personal in [of("applicant_iin"), of("applicant_name")] {
        assert!(!told.contains(personal), "{told}");
    }
    let mode = std::fs::metadata(place.path("register.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(status(&write("register.csv", &[])), 1, "nothing is overwritten");
    assert_eq!(status(&write("register.json", &["--format", "json"])), 0);
    let json: serde_json::Value = serde_json::from_str(read("register.json").trim()).unwrap();
    assert_eq!(json["applicant_iin"], of("applicant_iin"));
    assert_eq!(json["data"].as_array().unwrap().len(), 9);
    let later = write("later.csv", &["--from", "2100-01-01T00:00:00Z"]);
    assert_eq!(status(&later), 0);
    assert_eq!(read("later.csv").lines().count(), 1, "the heading alone");
}
