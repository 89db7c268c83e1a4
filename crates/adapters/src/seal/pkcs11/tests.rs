//! A software token (SoftHSM2) in the place of a device.
//!
//! Its library reads its configuration from the environment and is one for a process. So each test runs itself again, in a
//! process of its own with a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use app::{SealError, Sealer};
use cryptoki::context::Pkcs11;
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use domain::{Kato, Provider};
use signature::pades::{Trust, Verdict, verify};

use super::*;
use crate::samples;
use crate::seal::authority::{RSA_2048, make_key, make_root, run};
use crate::seal::tests::{clock, order, rendered, skip};
use crate::seal::{FileSealer, KeysInFiles, SealFiles, SealSettings, SealerSetupError};

/// Names the folder of a test that runs as a process of its own.
const FOLDER: &str = "ANYQTAMA_TEST_TOKEN_FOLDER";
const LIBRARIES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];
const TOKEN: &str = "anyqtama";
const PIN: &str = "271828";
const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";

fn library() -> Option<PathBuf> {
    LIBRARIES.iter().map(PathBuf::from).find(|path| path.exists())
}

/// A folder with a token, an authority, and certificates of seals.
struct Place(PathBuf);

/// Runs a test in a process of its own, with a token's folder in its environment.
fn on_a_token<F: AsyncFnOnce(&Place)>(test: F) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        return runtime.block_on(test(&Place(folder.into())));
    }
    let folder = tempfile::tempdir().unwrap();
    let tool = run("softhsm2-util", &["--version"], folder.path());
    if library().is_none() || tool.is_none() {
        return skip("softhsm2");
    }
    if !make_root(folder.path()) {
        return skip("openssl");
    }
    let path = folder.path().display();
    let tokens = format!("directories.tokendir = {path}/tokens\nlog.level = ERROR\n");
    std::fs::write(folder.path().join("softhsm2.conf"), tokens).unwrap();
    for name in ["tokens", "seal"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    run_again(std::any::type_name::<F>(), folder.path());
}

/// The test of this type's name, alone.
fn run_again(type_name: &str, folder: &Path) {
    let name = type_name.trim_end_matches("::{{closure}}").split_once("::").unwrap().1;
    let output = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(FOLDER, folder)
        .env("SOFTHSM2_CONF", folder.join("softhsm2.conf"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{name}: {said}");
}

impl Place {
    fn softhsm(&self, arguments: &[&str]) {
        let (success, said) = run("softhsm2-util", arguments, &self.0).unwrap();
        assert!(success, "{arguments:?}: {said}");
    }

    fn make_token(&self) {
        let pins = ["--so-pin", "314159", "--pin", PIN];
        self.softhsm(&[&["--init-token", "--free", "--label", TOKEN], &pins[..]].concat());
    }

    /// Brings a private key onto the token.
    fn import(&self, key: &Path, label: &str, id: &str) {
        let key = key.display().to_string();
        let names = ["--token", TOKEN, "--label", label, "--id", id, "--pin", PIN];
        self.softhsm(&[&["--import", &key], &names[..]].concat());
    }

    /// A key with a certificate among the seals; the key is in no file there.
    fn certify(&self, name: &str, kind: &str) -> SealFiles {
        let files = make_key(&self.0, name, kind);
        let pem = self.0.join("seal").join(format!("{name}.pem"));
        std::fs::copy(&files.certificates, pem).unwrap();
        files
    }

    /// A token with the system's key on it.
    fn with_system(&self) -> SealFiles {
        self.make_token();
        let files = self.certify("system", RSA_2048);
        self.import(&files.key, "system", "01");
        files
    }

    fn settings(&self) -> TokenSettings {
        let pin_file = self.0.join("pin");
        std::fs::write(&pin_file, format!("{PIN}\n")).unwrap();
        TokenSettings {
            library: library().unwrap(),
            token: TokenChoice::Label(TOKEN.to_owned()),
            pin_file,
            sessions: 4,
            mechanism: None,
            facts_mechanism: None,
            labels: BTreeMap::new(),
        }
    }

    fn open(&self, token: TokenSettings) -> Result<FileSealer, SealerSetupError> {
        let (folder, keys_in_files) = (self.0.join("seal"), KeysInFiles::Refused);
        let facts = self.0.join("facts.pem");
        let settings = SealSettings {
            folder,
            keys_in_files,
            token: Some(token),
            facts_certificate: facts.exists().then_some(facts),
        };
        FileSealer::open(&settings, clock())
    }

    fn refusal(&self, token: TokenSettings) -> String {
        match self.open(token) {
            Ok(_) => panic!("it opened"),
            Err(error) => error.to_string(),
        }
    }

    /// Takes the token away, or puts it back.
    fn rename(&self, from: &str, to: &str) {
        std::fs::rename(self.0.join(from), self.0.join(to)).unwrap();
    }
}

async fn seal(sealer: &FileSealer) -> Result<Vec<u8>, SealError> {
    sealer.seal(&rendered(), &order(samples::provider())).await
}

fn subject(pdf: &[u8]) -> String {
    match verify(pdf, &|_, _| Trust::Trusted) {
        Verdict::Genuine(by) => by.subject,
        other => panic!("{other:?}"),
    }
}

async fn assert_waits(sealer: &FileSealer, why: &str) {
    match seal(sealer).await {
        Err(SealError::Unavailable(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("{:?}", other.map(|sealed| sealed.len())),
    }
}

/// Ends every session of this process, as a device that is plugged out and in does.
fn end_sessions() {
    Pkcs11::new(library().unwrap()).unwrap().finalize().unwrap();
}

#[test]
fn a_token_seals_as_a_file_does_with_rsa_and_with_p256() {
    on_a_token(async |place| {
        let system = place.with_system();
        let own = place.certify("710000000", P256);
        place.import(&own.key, "seal of 2026", "02");
        let labels = BTreeMap::from([("710000000".to_owned(), "seal of 2026".to_owned())]);
        let settings = TokenSettings { labels, ..place.settings() };
        let sealer = place.open(settings.clone()).unwrap();
        sealer.require_token().unwrap();
        assert!(subject(&seal(&sealer).await.unwrap()).contains("CN=710000000"));
        let elsewhere = Provider { kato: Kato::parse("751010000").unwrap(), ..samples::provider() };
        let order = order(elsewhere);
        let sealed = sealer.seal(&rendered(), &order).await.unwrap();
        assert!(subject(&sealed).contains("CN=system"));
        let by_file = FileSealer::load(&system, &BTreeMap::new(), clock()).unwrap();
        assert_eq!(sealed, by_file.seal(&rendered(), &order).await.unwrap());
        assert_eq!(sealed, sealer.seal(&rendered(), &order).await.unwrap());
    });
}

#[test]
fn each_mechanism_of_rsa_gives_the_same_seal_and_others_are_refused_in_words() {
    on_a_token(async |place| {
        place.with_system();
        let with = |mechanism| TokenSettings { mechanism: Some(mechanism), ..place.settings() };
        let mut sealed = Vec::new();
        for mechanism in [TokenMechanism::RsaPkcs, TokenMechanism::Sha256RsaPkcs] {
            sealed.push(seal(&place.open(with(mechanism)).unwrap()).await.unwrap());
        }
        assert_eq!(sealed[0], sealed[1]);
        for mechanism in [TokenMechanism::Ecdsa, TokenMechanism::Vendor(0x8E00_0014)] {
            assert!(place.refusal(with(mechanism)).contains("offers no mechanism"));
        }
    });
}

#[test]
fn a_token_can_be_named_by_its_slot() {
    on_a_token(async |place| {
        place.with_system();
        let sealer = place.open(place.settings()).unwrap();
        let library = Pkcs11::new(library().unwrap()).unwrap();
        let slots = library.get_slots_with_initialized_token().unwrap();
        let slot = |number| TokenSettings { token: TokenChoice::Slot(number), ..place.settings() };
        let by_slot = place.open(slot(slots[0].id())).unwrap();
        assert_eq!(seal(&by_slot).await.unwrap(), seal(&sealer).await.unwrap());
        let elsewhere = place.open(slot(12_345)).unwrap();
        assert!(elsewhere.require_token().unwrap_err().to_string().contains("in slot 12345"));
    });
}

#[test]
fn a_wrong_pin_is_told_at_the_start() {
    on_a_token(async |place| {
        place.with_system();
        let wrong = place.settings();
        std::fs::write(&wrong.pin_file, "161803").unwrap();
        assert!(place.refusal(wrong).contains("refused the PIN"));
        let absent = TokenSettings { pin_file: place.0.join("absent"), ..place.settings() };
        assert!(place.refusal(absent).contains("PIN cannot be read"));
        seal(&place.open(place.settings()).unwrap()).await.unwrap();
    });
}

#[test]
fn a_pin_that_was_refused_once_is_not_tried_again() {
    on_a_token(async |place| {
        place.with_system();
        let sealer = place.open(place.settings()).unwrap();
        seal(&sealer).await.unwrap();
        let pin = |digits: &str| AuthPin::from(digits.to_owned());
        let other = Pkcs11::new(library().unwrap()).unwrap();
        let slot = other.get_slots_with_initialized_token().unwrap()[0];
        let session = other.open_rw_session(slot).unwrap();
        session.set_pin(&pin(PIN), &pin("161803")).unwrap();
        end_sessions();
        assert_waits(&sealer, "refused the PIN").await;
        // Set back: it would be accepted now, but nobody tries.
        let session = other.open_rw_session(slot).unwrap();
        session.login(UserType::User, Some(&pin("161803"))).unwrap();
        session.set_pin(&pin("161803"), &pin(PIN)).unwrap();
        session.close().unwrap();
        assert_waits(&sealer, "refused the PIN").await;
        seal(&place.open(place.settings()).unwrap()).await.unwrap();
    });
}

#[test]
fn a_key_that_is_not_the_certificates_is_found_at_the_start() {
    on_a_token(async |place| {
        place.make_token();
        let files = place.certify("system", RSA_2048);
        assert!(place.refusal(place.settings()).contains("no private key called system"));
        let other = make_key(&place.0, "other", RSA_2048);
        place.import(&other.key, "system", "01");
        assert!(place.refusal(place.settings()).contains("does not belong"));
        place.import(&files.key, "system", "02");
        assert!(place.refusal(place.settings()).contains("more than one private key"));
    });
}

#[test]
fn a_library_that_is_none_is_told_at_the_start() {
    on_a_token(async |place| {
        place.with_system();
        let text = TokenSettings { library: place.0.join("root.crt"), ..place.settings() };
        assert!(place.refusal(text).contains("library cannot be loaded"));
    });
}

#[test]
fn a_token_that_is_missing_at_the_start_is_waited_for() {
    on_a_token(async |place| {
        let files = place.certify("system", RSA_2048);
        let sealer = place.open(place.settings()).unwrap();
        assert!(sealer.require_token().unwrap_err().may_pass());
        assert_waits(&sealer, "is not there").await;
        place.make_token();
        place.import(&files.key, "system", "01");
        assert!(subject(&seal(&sealer).await.unwrap()).contains("CN=system"));
        sealer.require_token().unwrap();
    });
}

#[test]
fn a_token_that_was_lost_is_found_again() {
    on_a_token(async |place| {
        place.with_system();
        let sealer = place.open(place.settings()).unwrap();
        let before = seal(&sealer).await.unwrap();
        for _ in 0..2 {
            end_sessions();
            assert_eq!(seal(&sealer).await.unwrap(), before, "its sessions were ended");
        }
        place.rename("tokens", "away");
        end_sessions();
        for _ in 0..3 {
            assert!(matches!(seal(&sealer).await, Err(SealError::Unavailable(_))));
        }
        place.rename("away", "tokens");
        assert_eq!(seal(&sealer).await.unwrap(), before);
    });
}

#[test]
fn many_seals_at_once_share_a_few_sessions() {
    on_a_token(async |place| {
        place.with_system();
        let sealer = Arc::new(place.open(place.settings()).unwrap());
        let unsealed = Arc::new(rendered());
        let expected = seal(&sealer).await.unwrap();
        let working: Vec<_> = (0..32)
            .map(|_| {
                let (sealer, unsealed) = (Arc::clone(&sealer), Arc::clone(&unsealed));
                tokio::spawn(
                    async move { sealer.seal(&unsealed, &order(samples::provider())).await },
                )
            })
            .collect();
        for work in working {
            assert_eq!(work.await.unwrap().unwrap(), expected);
        }
    });
}

/// No software token knows the national algorithm, so of a GOST key on a token only this can be seen without a device: its
/// mechanism is looked for as configured, and a token that is away is waited for.
#[test]
fn a_gost_key_for_facts_needs_its_vendor_s_mechanism_and_a_token_that_is_away_is_waited_for() {
    on_a_token(async |place| {
        place.with_system();
        let folder = simulators::authority::DemoFolder::new(&place.0);
        let mut random = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(5);
        let now = clock().now();
        let authority = simulators::authority::Authority::establish(now, &mut random).unwrap();
        let holder = simulators::authority::SealHolder {
            file: "facts".to_owned(),
            name: "МӨР".to_owned(),
            bin: samples::provider().bin.digits(),
        };
        folder.furnish_facts_key(&authority, &holder, now, &mut random).unwrap();
        let certificate = place.0.join("facts.pem");
        std::fs::copy(folder.facts_key().join("facts.pem"), &certificate).unwrap();
        let with = |facts_mechanism| TokenSettings { facts_mechanism, ..place.settings() };
        let vendor = Some(TokenMechanism::Vendor(0x8E00_0014));
        for mechanism in [None, vendor, Some(TokenMechanism::Sha256RsaPkcs)] {
            assert!(place.refusal(with(mechanism)).contains("offers no mechanism"));
        }
        let away = TokenSettings { token: TokenChoice::Label("away".to_owned()), ..with(vendor) };
        let sealer = place.open(away).unwrap();
        assert!(sealer.require_token().is_err());
        let signer = sealer.facts_signer().unwrap();
        let Err(SealError::Unavailable(why)) = app::FactsSigner::sign(&signer, b"facts", now).await
        else {
            panic!("signed without a token")
        };
        assert!(why.contains("the token called away is not there"), "{why}");
        std::fs::remove_file(&certificate).unwrap();
        assert!(place.open(with(None)).unwrap().facts_signer().is_none());
    });
}
