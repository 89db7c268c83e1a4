//! A device made of a key and a counter, which answers as browsers do.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::*;

const URL: &str = "https://anyqtama.example";
const HANDLE: &str = "00112233445566778899aabbccddeeff";
/// Flags of a device's answer: somebody is there, he was verified, a credential comes along.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const MADE: u8 = 0x40;

struct Device {
    key: EcdsaKeyPair,
    id: [u8; 16],
    origin: &'static str,
    flags: u8,
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Device {
    fn new(id: u8) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self { key, id: [id; 16], origin: URL, flags: PRESENT | VERIFIED }
    }

    fn client_data(&self, kind: &str, options: &str) -> Vec<u8> {
        let options: Value = serde_json::from_str(options).unwrap();
        let data = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    fn authenticator_data(&self, flags: u8, counter: u32) -> Vec<u8> {
        let domain = Sha256::digest(b"anyqtama.example");
        [domain.as_slice(), &[flags], &counter.to_be_bytes()].concat()
    }

    /// A P-256 key as COSE.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let (x, y) = (&point[1..33], &point[33..65]);
        let start: &[u8] = &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32];
        [start, x, &[0x22, 0x58, 32], y].concat()
    }

    fn makes(&self, options: &str) -> String {
        let mut data = self.authenticator_data(self.flags | MADE, 0);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        data.extend(self.public_key());
        let length = u8::try_from(data.len()).unwrap();
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(length);
        object.extend(data);
        let client_data = self.client_data("webauthn.create", options);
        json!({
            "id": text(&self.id),
            "rawId": text(&self.id),
            "type": "public-key",
            "response": {
                "attestationObject": text(&object),
                "clientDataJSON": text(&client_data),
            },
        })
        .to_string()
    }

    fn uses(&self, options: &str, counter: u32) -> String {
        let data = self.authenticator_data(self.flags, counter);
        let client_data = self.client_data("webauthn.get", options);
        let signed = [data.as_slice(), Sha256::digest(&client_data).as_slice()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        let handle = Uuid::parse_str(HANDLE).unwrap();
        json!({
            "id": text(&self.id),
            "rawId": text(&self.id),
            "type": "public-key",
            "response": {
                "authenticatorData": text(&data),
                "clientDataJSON": text(&client_data),
                "signature": text(signature.as_ref()),
                "userHandle": text(handle.as_bytes()),
            },
        })
        .to_string()
    }
}

fn portal() -> WebauthnPasskeys {
    WebauthnPasskeys::new(URL).unwrap().unwrap()
}

fn owner(known: &[String]) -> PasskeyOwner {
    let (handle, name) = (HANDLE.to_owned(), "Айжан".to_owned());
    PasskeyOwner { handle, name, known: known.to_vec() }
}

fn made(portal: &WebauthnPasskeys, device: &Device) -> Result<MadeCredential, PasskeyFault> {
    let PasskeyCeremony { options, state } = portal.begin_making(&owner(&[])).unwrap();
    portal.finish_making(&state, &device.makes(&options))
}

fn used(
    portal: &WebauthnPasskeys,
    device: &Device,
    counter: u32,
    credential: &str,
) -> Result<UsedCredential, PasskeyFault> {
    let PasskeyCeremony { options, state } = portal.begin_use().unwrap();
    portal.finish_use(&state, &device.uses(&options, counter), credential)
}

fn fault<T>(outcome: Result<T, PasskeyFault>) -> Option<PasskeyFault> {
    outcome.err()
}

#[test]
fn a_credential_is_made_used_and_counts_up() {
    let (portal, device) = (portal(), Device::new(7));
    let made = made(&portal, &device).unwrap();
    assert_eq!(made.credential_id, text(&[7; 16]));
    let PasskeyCeremony { options, state } = portal.begin_use().unwrap();
    let answer = device.uses(&options, 1);
    let claimed = portal.claimed(&answer).unwrap();
    assert_eq!((claimed.credential_id, claimed.handle.as_str()), (made.credential_id, HANDLE));
    let first = portal.finish_use(&state, &answer, &made.credential).unwrap();
    assert_eq!(first.counter, 1);
    let copied = used(&portal, &device, 1, &first.credential);
    assert_eq!(fault(copied), Some(PasskeyFault::Cloned));
    assert_eq!(used(&portal, &device, 2, &first.credential).unwrap().counter, 2);
}

#[test]
fn a_device_that_does_not_count_is_taken_each_time() {
    let (portal, device) = (portal(), Device::new(7));
    let mut credential = made(&portal, &device).unwrap().credential;
    for _ in 0..3 {
        let used = used(&portal, &device, 0, &credential).unwrap();
        assert_eq!(used.counter, 0);
        credential = used.credential;
    }
}

#[test]
fn browsers_are_asked_for_a_credential_that_is_found_by_itself_and_verifies_its_owner() {
    let (portal, device) = (portal(), Device::new(7));
    let known = made(&portal, &device).unwrap().credential;
    let begun = portal.begin_making(&owner(&[known])).unwrap();
    let options: Value = serde_json::from_str(&begun.options).unwrap();
    let selection = &options["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["requireResidentKey"], true);
    assert_eq!(selection["userVerification"], "required");
    assert_eq!(options["excludeCredentials"][0]["id"], text(&[7; 16]));
    assert_eq!(options["rp"]["id"], "anyqtama.example");
    assert_eq!(options["user"]["id"], text(Uuid::parse_str(HANDLE).unwrap().as_bytes()));
    let options: Value = serde_json::from_str(&portal.begin_use().unwrap().options).unwrap();
    assert_eq!(options["userVerification"], "required");
    assert!(options["allowCredentials"].as_array().is_none_or(Vec::is_empty));
    assert!(options.get("mediation").is_none());
    let twice = portal.finish_making(&begun.state, &device.makes(&begun.options));
    assert_eq!(fault(twice), Some(PasskeyFault::Refused), "a device makes no second one");
}

#[test]
fn an_answer_of_another_place_ceremony_or_credential_or_without_verifying_is_refused() {
    let portal = portal();
    let device = Device::new(7);
    let credential = made(&portal, &device).unwrap().credential;
    let elsewhere = Device { origin: "https://evil.example", ..Device::new(8) };
    let unverified = Device { flags: PRESENT, ..Device::new(9) };
    for odd in [&elsewhere, &unverified] {
        assert_eq!(fault(made(&portal, odd)), Some(PasskeyFault::Refused));
    }
    let Device { key, id, .. } = device;
    let device = Device { key, id, origin: "https://evil.example", flags: PRESENT | VERIFIED };
    let foreign = used(&portal, &device, 1, &credential);
    assert_eq!(fault(foreign), Some(PasskeyFault::Refused));
    let device = Device { origin: URL, flags: PRESENT, ..device };
    let absent = used(&portal, &device, 1, &credential);
    assert_eq!(fault(absent), Some(PasskeyFault::Refused));
    let device = Device { flags: PRESENT | VERIFIED, ..device };
    let (one, other) = (portal.begin_use().unwrap(), portal.begin_use().unwrap());
    let crossed = portal.finish_use(&one.state, &device.uses(&other.options, 1), &credential);
    assert_eq!(fault(crossed), Some(PasskeyFault::Refused));
    let thief = Device { id: device.id, ..Device::new(1) };
    let stolen = used(&portal, &thief, 1, &credential);
    assert_eq!(fault(stolen), Some(PasskeyFault::Refused), "the key is another");
    let other = made(&portal, &Device::new(2)).unwrap().credential;
    let swapped = used(&portal, &device, 1, &other);
    assert_eq!(fault(swapped), Some(PasskeyFault::Refused));
    assert_eq!(used(&portal, &device, 1, &credential).unwrap().counter, 1);
}

#[test]
fn what_is_no_answer_and_what_cannot_be_read_back_are_told_apart() {
    let portal = portal();
    let begun = portal.begin_use().unwrap();
    for nonsense in ["", "{}", "null", "{\"id\":1}"] {
        assert_eq!(fault(portal.claimed(nonsense)), Some(PasskeyFault::Malformed));
        let finished = portal.finish_use(&begun.state, nonsense, "{}");
        assert_eq!(fault(finished), Some(PasskeyFault::Malformed));
    }
    let answer = Device::new(7).uses(&begun.options, 1);
    assert_eq!(fault(portal.finish_use("{}", &answer, "{}")), Some(PasskeyFault::Broken));
    assert_eq!(fault(portal.finish_use(&begun.state, &answer, "{}")), Some(PasskeyFault::Broken));
}

#[test]
fn an_address_without_a_domain_has_no_passkeys() {
    assert!(WebauthnPasskeys::new("http://127.0.0.1:8080").unwrap().is_none());
    assert!(WebauthnPasskeys::new("http://localhost:8080").unwrap().is_some());
    assert!(WebauthnPasskeys::new("nowhere").is_err());
}

#[test]
fn answers_of_devices_survive_whatever_comes() {
    let (portal, device) = (portal(), Device::new(7));
    let credential = made(&portal, &device).unwrap().credential;
    let (making, using) = (portal.begin_making(&owner(&[])).unwrap(), portal.begin_use().unwrap());
    let samples = [device.makes(&making.options), device.uses(&using.options, 1)];
    let samples: Vec<&str> = samples.iter().map(String::as_str).collect();
    crate::surviving::survives_texts("WebAuthn", &samples, "webauthn", |text| {
        let _ = portal.finish_making(&making.state, text);
        let _ = portal.claimed(text);
        let _ = portal.finish_use(&using.state, text, &credential);
    });
    // What lies inside the JSON: bytes in base64, changed there.
    let made = device.makes(&making.options);
    let object: Value = serde_json::from_str(&made).unwrap();
    let object = object["response"]["attestationObject"].as_str().unwrap().to_owned();
    let inside = vec![URL_SAFE_NO_PAD.decode(&object).unwrap()];
    crate::surviving::survives("WebAuthn, attestation", inside, "webauthn", |input| {
        let _ = portal.finish_making(&making.state, &made.replace(&object, &text(input)));
    });
}
