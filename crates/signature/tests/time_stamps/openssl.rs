//! Stamps of OpenSSL's authority, and what OpenSSL thinks of our requests and of the same tokens.

use signature::trust::TrustStore;
use signature::tsp::{Failure, Refusal, Request, Response, Status, Verdict, verify, verify_answer};
use signature::x509::Certificate;

use crate::fixture::{DIGEST, P256, POLICY, RSA, World, granted, now, request};
use crate::{assert_nothing_can_change, code};

#[test]
fn a_stamp_just_received_is_valid_and_says_when_and_by_whom() {
    for key in [RSA, P256] {
        let Some(world) = World::new(key) else { return };
        for section in ["default", "bare"] {
            let asked_at = now();
            let token = granted(world.answer(&request(), "tsa", section));
            let trust = world.trust();
            match verify_answer(&token, &request(), asked_at, &trust, now()) {
                Verdict::Valid(stamp) => {
                    assert!(asked_at <= stamp.made_at && stamp.made_at <= now());
                    assert_eq!(stamp.policy.to_string(), POLICY);
                    assert_eq!(stamp.authority, "CN=tsa,C=KZ");
                    assert!(!stamp.serial.is_empty());
                    assert_eq!(stamp.evidence.authorities.len(), 1);
                }
                other => panic!("{key}, {section}: {other:?}"),
            }
            assert_eq!(code(&verify(&token, &DIGEST, &trust, now())), "valid");
            assert!(world.openssl_takes(&token, &DIGEST, "root"));
        }
    }
}

#[test]
fn a_stamp_with_its_chain_inside_and_longer_digests_is_valid() {
    let Some(world) = World::new(RSA) else { return };
    world.write("request", &request().to_der().unwrap());
    world.openssl(
        "ts -reply -config x.cnf -section strong -queryfile request -signer tsa.crt -inkey tsa.key -chain root.crt -token_out -out token",
    );
    let token = world.read("token");
    assert_eq!(code(&verify(&token, &DIGEST, &world.trust(), now())), "valid");
    assert!(world.openssl_takes(&token, &DIGEST, "root"));
    let root = Certificate::all_from(&world.read("root.crt")).unwrap().remove(0);
    let place = token.windows(root.der().len()).position(|window| window == root.der()).unwrap();
    let mut altered = token;
    altered[place + root.der().len() - 1] ^= 1;
    let verdict = verify(&altered, &DIGEST, &world.trust(), now());
    assert_eq!(code(&verdict), "unknown_issuer", "a certificate beside it that nobody knows");
}

#[test]
fn our_request_is_read_by_openssl_as_it_was_meant() {
    let Some(world) = World::new(P256) else { return };
    let request = Request { policy: Some(POLICY.parse().unwrap()), ..request() };
    world.write("request", &request.to_der().unwrap());
    let text = world.openssl("ts -query -in request -text");
    for part in [
        "Version: 1",
        "Hash Algorithm: sha256",
        "d1 d1 d1 d1",
        "Policy OID: 1.2.398.3.3.2.6.4",
        "Nonce: 0xFEDCBA9876543210",
        "Certificate required: yes",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(Request::from_der(&world.read("request")), Ok(request));
    let digest = hex::encode(DIGEST);
    world.openssl(&format!("ts -query -digest {digest} -sha256 -cert -out theirs"));
    assert_eq!(Request::from_der(&world.read("theirs")).unwrap().digest, DIGEST);
}

#[test]
fn a_request_that_nobody_here_makes_is_answered_with_its_failure() {
    let Some(world) = World::new(P256) else { return };
    let digest = hex::encode([7; 64]);
    world.openssl(&format!("ts -query -digest {digest} -sha512 -cert -out other_digest"));
    world.openssl("ts -query -data x.cnf -sha256 -out without_certificate");
    world.openssl("ts -query -data x.cnf -sha256 -cert -no_nonce -out without_nonce");
    for (file, failure) in [
        ("other_digest", Failure::BadAlg),
        ("without_certificate", Failure::BadRequest),
        ("without_nonce", Failure::BadRequest),
        ("x.cnf", Failure::BadDataFormat),
    ] {
        assert_eq!(Request::from_der(&world.read(file)), Err(failure), "{file}");
    }
}

#[test]
fn a_refusal_tells_how_and_why() {
    let Some(world) = World::new(P256) else { return };
    let unknown = Request { policy: Some("1.2.3.4".parse().unwrap()), ..request() };
    for (request, section, failure) in
        [(unknown, "default", Failure::UnacceptedPolicy), (request(), "deaf", Failure::BadAlg)]
    {
        let refusal = Refusal { status: Status::Rejection, failure: Some(failure) };
        assert_eq!(world.answer(&request, "tsa", section), Response::Refused(refusal));
        assert_eq!(refusal.to_string(), format!("rejection: {}", failure.code()));
    }
    let other = Request { policy: Some("1.2.398.3.3.2.6.2".parse().unwrap()), ..request() };
    let token = granted(world.answer(&other, "tsa", "default"));
    let trust = world.trust();
    assert_eq!(code(&verify_answer(&token, &other, now(), &trust, now())), "valid");
    let demanding = Request { policy: Some(POLICY.parse().unwrap()), ..request() };
    let verdict = verify_answer(&token, &demanding, now(), &trust, now());
    assert_eq!(code(&verdict), "stamp_of_other_policy");
}

#[test]
fn each_fault_has_its_reason() {
    let Some(world) = World::new(P256) else { return };
    let token = world.token("tsa");
    let trust = world.trust();
    assert_eq!(code(&verify(&token, &[0; 32], &trust, now())), "stamp_of_other_digest");
    let other = Request { nonce: 1, ..request() };
    let verdict = verify_answer(&token, &other, now(), &trust, now());
    assert_eq!(code(&verdict), "stamp_of_other_nonce");
    let nobody = TrustStore::default();
    assert_eq!(code(&verify(&token, &DIGEST, &nobody, now())), "unknown_issuer");
    let later = now().plus_seconds(301);
    let verdict = verify_answer(&token, &request(), later, &trust, now());
    assert_eq!(code(&verdict), "stamped_before_request");
    let earlier = now().plus_seconds(-600);
    assert_eq!(code(&verify(&token, &DIGEST, &trust, earlier)), "stamped_in_future");
    assert_eq!(code(&verify(&token, &DIGEST, &world.bare_trust(), now())), "crl_missing");
    let next_day = now().plus_seconds(86_400);
    assert_eq!(code(&verify(&token, &DIGEST, &trust, next_day)), "crl_stale");
    assert_eq!(code(&verify(&[], &DIGEST, &trust, now())), "empty");
    assert_eq!(code(&verify(b"hello", &DIGEST, &trust, now())), "malformed");
    assert_eq!(code(&verify(&[0x30; 70_000], &DIGEST, &trust, now())), "too_large");
    assert_eq!(code(&verify(&world.read("answer"), &DIGEST, &trust, now())), "malformed");
}

/// A token over the statement of another, signed by whomever: `openssl ts` itself would refuse such certificates.
fn resigned(world: &World, statement: &[u8], name: &str, options: &str) -> Vec<u8> {
    world.write("statement", statement);
    world.openssl(&format!(
        "cms -sign -binary -nodetach -nosmimecap -md sha256 -econtent_type 1.2.840.113549.1.9.16.1.4 {options} -in statement -signer {name}.crt -inkey {name}.key -outform DER -out resigned"
    ));
    world.read("resigned")
}

#[test]
fn our_verdict_is_openssls() {
    let Some(world) = World::new(RSA) else { return };
    world.make_root("foreign");
    let past = "-startdate 20200101000000Z -enddate 20210101000000Z";
    for (name, extensions, term) in [
        ("other", "stamping", ""),
        ("no_use", "no_use", ""),
        ("plain", "plain", ""),
        ("many", "many", ""),
        ("past", "stamping", past),
    ] {
        world.certificate(name, P256, extensions, term);
    }
    // Without the name of the authority, so that whoever signs it again states nothing wrong.
    let token = granted(world.answer(&request(), "tsa", "bare"));
    world.write("token", &token);
    world.openssl("ts -reply -in token -token_in -token_out -out token");
    world.openssl("cms -verify -noverify -inform DER -in token -out statement");
    let statement = world.read("statement");
    let named = world.token("tsa");
    world.write("token", &named);
    world.openssl("cms -verify -noverify -inform DER -in token -out named");
    let named = world.read("named");
    let trust = world.trust();
    for (signer, statement, options, expected) in [
        ("tsa", &statement, "-cades", "valid"),
        ("other", &statement, "-cades", "valid"),
        ("other", &named, "-cades", "stamp_of_other_authority"),
        ("other", &statement, "", "stamp_of_other_authority"),
        ("no_use", &statement, "-cades", "not_for_time_stamping"),
        ("plain", &statement, "-cades", "not_for_time_stamping"),
        ("many", &statement, "-cades", "not_for_time_stamping"),
        ("past", &statement, "-cades", "expired"),
        ("tsa", &statement, "-cades -nocerts", "signer_certificate_missing"),
        ("tsa", &statement, "-cades -keyid", "malformed"),
    ] {
        let token = resigned(&world, statement, signer, options);
        let verdict = verify(&token, &DIGEST, &trust, now());
        assert_eq!(code(&verdict), expected, "{signer} {options}");
        let theirs = world.openssl_takes(&token, &DIGEST, "root");
        assert_eq!(theirs, expected == "valid", "{signer} {options}");
    }
    let token = world.token("tsa");
    assert!(!world.openssl_takes(&token, &DIGEST, "foreign"));
    assert!(!world.openssl_takes(&token, &[0; 32], "root"));
}

#[test]
fn a_token_of_two_signers_or_of_something_else_is_no_stamp() {
    let Some(world) = World::new(P256) else { return };
    world.certificate("other", P256, "stamping", "");
    world.write("token", &world.token("tsa"));
    world.openssl("cms -verify -noverify -inform DER -in token -out statement");
    let statement = world.read("statement");
    let trust = world.trust();
    let both = "-cades -signer other.crt -inkey other.key";
    let token = resigned(&world, &statement, "tsa", both);
    assert_eq!(code(&verify(&token, &DIGEST, &trust, now())), "several_signers");
    let token = resigned(&world, b"something else", "tsa", "-cades");
    assert_eq!(code(&verify(&token, &DIGEST, &trust, now())), "malformed");
    world.write("text", &statement);
    world.openssl(
        "cms -sign -binary -nodetach -cades -in text -signer tsa.crt -inkey tsa.key -outform DER -out data",
    );
    assert_eq!(code(&verify(&world.read("data"), &DIGEST, &trust, now())), "malformed");
}

#[test]
fn no_bit_of_a_token_can_change() {
    for key in [RSA, P256] {
        let Some(world) = World::new(key) else { return };
        let token = world.token("tsa");
        let trust = world.trust();
        let at = now();
        assert_nothing_can_change(&token, &[1, 2, 4, 8, 16, 32, 64, 128, 255], &|token| {
            matches!(verify(token, &DIGEST, &trust, at), Verdict::Valid(_))
        });
    }
}
