//! Held against `openssl ocsp`: its answers judged by us, our questions understood by it, our answers accepted by it.

use signature::ocsp::{Answer, CertificateId, Request, Status, judge_answer};
use signature::signing::{
    CertificateOrder, KeyUses, OcspOrder, OcspStatement, Signature, SigningAlgorithm, SigningKey,
    Subject, issue_certificate, issue_ocsp_response,
};
use signature::x509::{Certificate, RevocationReason};
use signature::{Doubt, Moment};

use crate::other_keys::{p256, rsa};
use crate::world::{P256, RSA, World, now};

/// What `openssl ca` puts into certificates here: people's, a responder's, one that lacks the permission not to be
/// checked.
const EXTENSIONS: &str = "
[person]
keyUsage = critical,digitalSignature,nonRepudiation
[responder]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
[checked]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
";

fn world(key: &str) -> Option<World> {
    let world = World::new(key)?;
    let configuration = String::from_utf8(world.read("x.cnf")).unwrap();
    world.write("x.cnf", format!("{configuration}{EXTENSIONS}").as_bytes());
    world.certificate("person", key, "person", "");
    world.certificate("responder", key, "responder", "");
    Some(world)
}

fn certificate(world: &World, name: &str) -> Certificate {
    Certificate::all_from(&world.read(&format!("{name}.crt"))).unwrap().remove(0)
}

fn request(world: &World) -> Request {
    let id = CertificateId::of(&certificate(world, "person"), &certificate(world, "root"));
    Request { id, nonce: Some(vec![0xa7; 32]) }
}

/// The answer of `openssl ocsp` to our question.
fn answer(world: &World, signer: &str, options: &str) -> Vec<u8> {
    world.write("question", &request(world).to_der().unwrap());
    world.openssl(&format!(
        "ocsp -index index.txt -CA root.crt -rsigner {signer}.crt -rkey {signer}.key -reqin question -respout answer {options}"
    ));
    world.read("answer")
}

fn judged(world: &World, response: &[u8], at: Moment) -> Result<Answer, Doubt> {
    judge_answer(response, &request(world), &[&certificate(world, "root")], at)
}

fn status(world: &World, response: &[u8]) -> Result<Status, Doubt> {
    judged(world, response, now()).map(|answer| answer.status())
}

#[test]
fn answers_of_an_appointed_responder_and_of_the_authority_itself_are_judged() {
    for key in [RSA, P256] {
        let Some(world) = world(key) else { return };
        for options in ["", "-resp_key_id", "-nmin 5", "-ndays 3"] {
            for signer in ["responder", "root"] {
                let good = answer(&world, signer, options);
                assert_eq!(status(&world, &good), Ok(Status::Good), "{key} {signer} {options}");
            }
        }
        world.revoke("person", "-crl_reason keyCompromise");
        let revoked = answer(&world, "responder", "");
        let Ok(Status::Revoked(revocation)) = status(&world, &revoked) else { panic!("revoked") };
        assert_eq!(revocation.reason, RevocationReason::KeyCompromise);
        assert!((now().0 - revocation.revoked_at.0).abs() < 60);
    }
}

#[test]
fn what_it_answers_wrongly_says_nothing() {
    let Some(world) = world(P256) else { return };
    world.certificate("checked", P256, "checked", "");
    let doubt = |response: &[u8]| status(&world, response).unwrap_err();
    assert_eq!(doubt(&answer(&world, "checked", "")), Doubt::OcspUntrusted, "without nocheck");
    assert_eq!(doubt(&answer(&world, "person", "")), Doubt::OcspUntrusted, "for another use");
    assert_eq!(doubt(&answer(&world, "responder", "-badsig")), Doubt::OcspUntrusted);
    assert_eq!(doubt(&answer(&world, "responder", "-resp_no_certs")), Doubt::OcspUntrusted);
    let stale = answer(&world, "responder", "-nmin 1");
    let later = judged(&world, &stale, now().plus_seconds(120));
    assert_eq!(later, Err(Doubt::OcspStale));
    let Some(other) = crate::openssl::world(P256) else { return };
    assert_eq!(doubt(&answer(&other, "responder", "")), Doubt::OcspUntrusted, "another root's");
    world.write("index.txt", b"");
    assert_eq!(doubt(&answer(&world, "responder", "")), Doubt::OcspUnknown);
}

#[test]
fn an_answer_that_carries_the_authoritys_certificate_too_is_read() {
    let Some(world) = world(P256) else { return };
    let good = answer(&world, "responder", "-rother root.crt");
    assert_eq!(status(&world, &good), Ok(Status::Good));
    let stranger = answer(&world, "responder", "-rother person.crt");
    assert_eq!(
        status(&world, &stranger),
        Err(Doubt::OcspUntrusted),
        "a certificate of nobody here"
    );
}

#[test]
fn our_question_is_understood() {
    let Some(world) = world(RSA) else { return };
    world.write("question", &request(&world).to_der().unwrap());
    let text = world.openssl("ocsp -reqin question -req_text -noverify");
    let number = hex::encode_upper(certificate(&world, "person").serial());
    for part in ["Version: 1", "Hash Algorithm: sha256", &number, "OCSP Nonce", "A7A7A7A7"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    world.openssl("ocsp -issuer root.crt -sha256 -cert person.crt -reqout theirs");
    let theirs = Request::from_der(&world.read("theirs")).unwrap();
    assert_eq!(theirs.id, request(&world).id);
    assert!(theirs.nonce.is_some());
    world.openssl("ocsp -issuer root.crt -sha1 -cert person.crt -reqout other");
    assert_eq!(Request::from_der(&world.read("other")), None, "named by another digest");
}

#[test]
fn answers_of_our_maker_are_accepted() {
    let Some(world) = world(RSA) else { return };
    let keys: [Box<dyn SigningKey>; 2] =
        [Box::new(rsa(SigningAlgorithm::RsaSha256)), Box::new(p256())];
    for key in keys {
        let (root, responder, person) = ours(&*key);
        let pem = |certificate: &Certificate| {
            der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, certificate.der())
        };
        world.write("ours.crt", pem(&root).unwrap().as_bytes());
        world.write("our_person.crt", pem(&person).unwrap().as_bytes());
        for (statement, expected) in [
            (OcspStatement::Good, "our_person.crt: good"),
            (OcspStatement::Revoked(now().plus_seconds(-60)), "our_person.crt: revoked"),
            (OcspStatement::OnHold(now().plus_seconds(-60)), "Reason: certificateHold"),
            (OcspStatement::NeverIssued, "Jan  1 00:00:00 1970 GMT"),
            (OcspStatement::Unknown, "our_person.crt: unknown"),
        ] {
            let order = OcspOrder {
                id: &CertificateId::of(&person, &root),
                statement,
                produced_at: now(),
                this_update: now(),
                next_update: None,
                nonce: None,
                signature: Signature::Made,
            };
            world.write("ours", &issue_ocsp_response(&order, &responder, &*key).unwrap());
            let said = world.openssl(
                "ocsp -respin ours -CAfile ours.crt -issuer ours.crt -sha256 -cert our_person.crt",
            );
            assert!(said.contains("Response verify OK"), "{said}");
            assert!(said.contains(expected), "{expected}: {said}");
        }
    }
}

/// A root, a responder it appointed and a person, all of one key.
fn ours(key: &dyn SigningKey) -> (Certificate, Certificate, Certificate) {
    let issue = |name: &str, serial: u8, uses: KeyUses, issuer: Option<&Certificate>| {
        let subject = Subject { common_name: name.to_owned(), ..Subject::default() };
        let order = CertificateOrder {
            serial: &[serial; 8],
            subject: &subject,
            public_key: key.public_key().unwrap(),
            not_before: now().plus_seconds(-3_600),
            not_after: now().plus_seconds(3_600),
            uses,
        };
        Certificate::from_der(&issue_certificate(&order, issuer, key).unwrap()).unwrap()
    };
    let root = issue("root", 0x11, KeyUses::Authority, None);
    let responder = issue("responder", 0x12, KeyUses::OcspSigning, Some(&root));
    let person = issue("person", 0x13, KeyUses::PersonSigning, Some(&root));
    (root, responder, person)
}
