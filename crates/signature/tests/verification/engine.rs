//! OpenSSL's gost engine as a second opinion: it signs on the same curves with the same hashes, under Russia's names and
//! in the other order of bytes.

use std::path::Path;
use std::process::Command;

use signature::gost::{self, short};

const MESSAGE: &str = "message.txt";

fn openssl(folder: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// Says loudly that a test did not run; where tools are required it fails.
#[allow(clippy::print_stderr, reason = "a skipped test must be seen")]
fn has_engine(folder: &Path) -> bool {
    let found =
        openssl(folder, &["engine", "gost"]).is_some_and(|said| said.starts_with(b"(gost)"));
    if !found {
        let required = std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some_and(|one| one == "1");
        assert!(!required, "OpenSSL's gost engine is required and missing");
        eprintln!("SKIPPED: OpenSSL's gost engine is missing");
    }
    found
}

/// A public key (x‖y) and a signature over the message, both in our order.
fn signed_by_engine(folder: &Path, bits: usize, parameters: &str) -> (Vec<u8>, Vec<u8>) {
    let (algorithm, digest) = (format!("gost2012_{bits}"), format!("-md_gost12_{bits}"));
    let parameters = format!("paramset:{parameters}");
    let run = |arguments: &[&str]| openssl(folder, arguments).unwrap();
    run(&[
        "genpkey",
        "-engine",
        "gost",
        "-algorithm",
        &algorithm,
        "-pkeyopt",
        &parameters,
        "-out",
        "key.pem",
    ]);
    let info = run(&["pkey", "-engine", "gost", "-in", "key.pem", "-pubout", "-outform", "DER"]);
    let mut signature = run(&["dgst", "-engine", "gost", &digest, "-sign", "key.pem", MESSAGE]);
    // s‖r, big-endian (RFC 4491), is r‖s, little-endian, read from the end.
    signature.reverse();
    (info[info.len() - bits / 4..].to_vec(), signature)
}

#[test]
fn what_the_engine_signs_verifies_here_on_both_curves() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if !has_engine(folder) {
        return;
    }
    for number in 0..4 {
        let message = format!("message {number}");
        let other = format!("message {}", number + 1);
        std::fs::write(folder.join(MESSAGE), &message).unwrap();
        let (key, signature) = signed_by_engine(folder, 512, "A");
        let key = gost::PublicKey::from_bytes(&key).unwrap();
        assert!(key.verifies(&gost::streebog(message.as_bytes()), &signature));
        assert!(!key.verifies(&gost::streebog(other.as_bytes()), &signature));
        let (key, signature) = signed_by_engine(folder, 256, "TCA");
        let key = short::PublicKey::from_bytes(&key).unwrap();
        assert!(key.verifies(&short::streebog(message.as_bytes()), &signature));
        assert!(!key.verifies(&short::streebog(other.as_bytes()), &signature));
    }
}
