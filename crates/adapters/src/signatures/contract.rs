//! What every judge of citizens' signatures must say about the same signatures: run over ours, over NCANode and over both.

use app::{SignaturePurpose, SignatureVerdict, SignatureVerifier};
use jiff::Timestamp;
use simulators::authority::PersonKey;
use simulators::people::{DemoPerson, KeyKind};

const TEXT: &[u8] = "сұрау".as_bytes();

/// Keys of every kind, and the moment of signing and judging.
pub(super) struct Signers<'a> {
    pub(super) people: &'a [DemoPerson],
    pub(super) keys: &'a [PersonKey],
    pub(super) at: Timestamp,
}

impl Signers<'_> {
    fn key(&self, kind: KeyKind) -> &PersonKey {
        let place = self.people.iter().position(|person| person.key == kind).unwrap();
        &self.keys[place]
    }

    pub(super) fn cms(&self, kind: KeyKind) -> Vec<u8> {
        self.key(kind).sign(TEXT, true, self.at).unwrap()
    }

    pub(super) async fn code(
        &self,
        verifier: &dyn SignatureVerifier,
        cms: &[u8],
        expected: &[u8],
    ) -> &'static str {
        match verifier.verify(cms, expected, SignaturePurpose::Request, self.at).await {
            SignatureVerdict::Valid(_) => "valid",
            SignatureVerdict::Invalid(code) | SignatureVerdict::CannotTell(code) => code,
        }
    }
}

/// The suite.
pub(super) async fn holds(verifier: &dyn SignatureVerifier, signers: &Signers<'_>) {
    for (kind, expected) in [
        (KeyKind::Gost, "valid"),
        (KeyKind::Rsa, "valid"),
        (KeyKind::Expired, "expired"),
        (KeyKind::Revoked, "revoked"),
        (KeyKind::Organisation, "wrong_role"),
        (KeyKind::Foreign, "unknown_issuer"),
    ] {
        let cms = signers.cms(kind);
        assert_eq!(signers.code(verifier, &cms, TEXT).await, expected, "{kind:?}");
        assert_eq!(verifier.content(&cms).unwrap(), TEXT);
    }
    whose_it_is(verifier, signers).await;
    altered(verifier, signers).await;
    misshapen(verifier, signers).await;
}

async fn whose_it_is(verifier: &dyn SignatureVerifier, signers: &Signers<'_>) {
    let cms = signers.cms(KeyKind::Gost);
    let verdict = verifier.verify(&cms, TEXT, SignaturePurpose::SignIn, signers.at).await;
    let SignatureVerdict::Valid(signer) = verdict else { panic!("{verdict:?}") };
    let key = signers.key(KeyKind::Gost);
    assert_eq!(Some(signer.iin.digits().as_str()), key.iin());
    assert_eq!(signer.name, key.name());
    let evidence: serde_json::Value = serde_json::from_str(&signer.evidence).unwrap();
    assert!(evidence["certificate"].is_string());
}

async fn altered(verifier: &dyn SignatureVerifier, signers: &Signers<'_>) {
    for kind in [KeyKind::Gost, KeyKind::Rsa] {
        let cms = signers.cms(kind);
        assert_eq!(signers.code(verifier, &cms, b"other").await, "wrong_content");
        let mut other_signature = cms.clone();
        *other_signature.last_mut().unwrap() ^= 1;
        assert_eq!(signers.code(verifier, &other_signature, TEXT).await, "signature_mismatch");
        let mut other_text = cms.clone();
        let place = cms.windows(TEXT.len()).position(|window| window == TEXT).unwrap();
        other_text[place + 1] ^= 1;
        let expected = other_text[place..place + TEXT.len()].to_vec();
        assert_eq!(signers.code(verifier, &other_text, &expected).await, "digest_mismatch");
    }
}

async fn misshapen(verifier: &dyn SignatureVerifier, signers: &Signers<'_>) {
    let (one, other) = (signers.cms(KeyKind::Gost), signers.cms(KeyKind::Expired));
    let both = with_signer_of(&one, &other);
    assert_eq!(signers.code(verifier, &both, TEXT).await, "several_signers");
    let detached = signers.key(KeyKind::Gost).sign(TEXT, false, signers.at).unwrap();
    assert_eq!(signers.code(verifier, &detached, TEXT).await, "detached");
    assert_eq!(signers.code(verifier, b"", TEXT).await, "empty");
    for garbage in [&b"text"[..], &one[..one.len() / 2], &[0x30; 64]] {
        assert_eq!(signers.code(verifier, garbage, TEXT).await, "malformed");
    }
}

/// A value of DER: its tag and what is inside.
type Value = (u8, Vec<u8>);

fn values(mut der: &[u8]) -> Vec<Value> {
    let mut found = Vec::new();
    while let [tag, length, rest @ ..] = der {
        let more = if *length < 0x80 { 0 } else { usize::from(length & 0x7f) };
        let (long, rest) = rest.split_at(more);
        let short = if more == 0 { usize::from(*length) } else { 0 };
        let length = long.iter().fold(short, |sum, byte| (sum << 8) | usize::from(*byte));
        let (inside, after) = rest.split_at(length);
        found.push((*tag, inside.to_vec()));
        der = after;
    }
    found
}

fn written(values: &[Value]) -> Vec<u8> {
    let mut der = Vec::new();
    for (tag, inside) in values {
        der.push(*tag);
        match inside.len() {
            length @ 0..0x80 => der.push(u8::try_from(length).unwrap()),
            length => {
                der.push(0x82);
                der.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
        }
        der.extend(inside);
    }
    der
}

/// The CMS with the signer of another beside its own.
fn with_signer_of(cms: &[u8], other: &[u8]) -> Vec<u8> {
    let signed_data = |cms: &[u8]| values(&values(&values(&values(cms)[0].1)[1].1)[0].1);
    let signers = |cms: &[u8]| values(&signed_data(cms).last().unwrap().1);
    let mut all: Vec<Vec<u8>> = [signers(cms), signers(other)]
        .concat()
        .iter()
        .map(|one| written(std::slice::from_ref(one)))
        .collect();
    all.sort();
    let mut parts = signed_data(cms);
    parts.last_mut().unwrap().1 = all.concat();
    let mut outer = values(&values(cms)[0].1);
    outer[1].1 = written(&[(0x30, written(&parts))]);
    written(&[(0x30, written(&outer))])
}
