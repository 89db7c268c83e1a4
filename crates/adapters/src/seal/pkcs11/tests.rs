//! Seals by a software token (SoftHSM2) in the place of a device.

use std::any::type_name;
use std::path::Path;
use std::sync::Arc;

use app::{SealError, Sealer};
use cryptoki::context::Pkcs11;
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use domain::{Kato, Provider};
use signature::pades::{Trust, Verdict, verify};
use vault::DataKey;

use super::*;
use crate::seal::authority::{RSA_2048, make_key, make_root};
use crate::seal::tests::{clock, order, rendered, skip};
use crate::seal::{FileSealer, KeysInFiles, SealFiles, SealSettings, SealerSetupError};
use crate::token::testing::{PIN, TOKEN, TokenFolder, alone, end_sessions, library};
use crate::{MasterToken, MasterTokenSettings, samples};

const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";

/// A folder with a token, an authority, and certificates of seals.
struct Place(TokenFolder);

impl std::ops::Deref for Place {
    type Target = TokenFolder;

    fn deref(&self) -> &TokenFolder {
        &self.0
    }
}

/// Runs a test in a process of its own, with a token's folder in its environment.
fn on_a_token<F: AsyncFnOnce(&Place)>(test: F) {
    let furnish = |folder: &Path| {
        std::fs::create_dir(folder.join("seal")).unwrap();
        let is_there = make_root(folder);
        if !is_there {
            skip("openssl");
        }
        is_there
    };
    alone(type_name::<F>(), furnish, async |folder| test(&Place(folder)).await);
}

impl Place {
    /// Brings a private key onto the token.
    fn import(&self, key: &Path, label: &str, id: &str) {
        let key = key.display().to_string();
        let names = ["--token", TOKEN, "--label", label, "--id", id, "--pin", PIN];
        self.softhsm(&[&["--import", &key], &names[..]].concat());
    }

    /// A key with a certificate among the seals; the key is in no file there.
    fn certify(&self, name: &str, kind: &str) -> SealFiles {
        let files = make_key(&self.path, name, kind);
        let pem = self.path.join("seal").join(format!("{name}.pem"));
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
        let TokenAccess { library, token, pin_file } = self.access(PIN);
        TokenSettings {
            library,
            token,
            pin_file,
            sessions: 4,
            mechanism: None,
            facts_mechanism: None,
            labels: BTreeMap::new(),
        }
    }

    fn open(&self, token: TokenSettings) -> Result<FileSealer, SealerSetupError> {
        let (folder, keys_in_files) = (self.path.join("seal"), KeysInFiles::Refused);
        let facts = self.path.join("facts.pem");
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
        let absent = TokenSettings { pin_file: place.path.join("absent"), ..place.settings() };
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
        let other = make_key(&place.path, "other", RSA_2048);
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
        let text = TokenSettings { library: place.path.join("root.crt"), ..place.settings() };
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
        // Master keys of personal data may be on the same token: neither ends the login of the other.
        let access = place.access(PIN);
        let beside = MasterTokenSettings { access, label: "personal data".to_owned() };
        let beside = MasterToken::open(&beside).unwrap();
        beside.make_key(clock().now()).await.unwrap();
        for _ in 0..2 {
            assert_eq!(seal(&sealer).await.unwrap(), before);
            let master = beside.keys().await.unwrap();
            DataKey::first(&master, clock().now()).await.unwrap();
        }
        for _ in 0..2 {
            end_sessions();
            assert_eq!(seal(&sealer).await.unwrap(), before, "its sessions were ended");
        }
        place.rename("tokens", "away");
        end_sessions();
        for _ in 0..3 {
            assert!(matches!(seal(&sealer).await, Err(SealError::Unavailable(_))));
            assert!(beside.keys().await.is_err());
        }
        place.rename("away", "tokens");
        assert_eq!(seal(&sealer).await.unwrap(), before);
        beside.keys().await.unwrap();
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
        let folder = simulators::authority::DemoFolder::new(&place.path);
        let mut random = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(5);
        let now = clock().now();
        let authority = simulators::authority::Authority::establish(now, &mut random).unwrap();
        let holder = simulators::authority::SealHolder {
            file: "facts".to_owned(),
            name: "МӨР".to_owned(),
            bin: samples::provider().bin.digits(),
        };
        folder.furnish_facts_key(&authority, &holder, now, &mut random).unwrap();
        let certificate = place.path.join("facts.pem");
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
