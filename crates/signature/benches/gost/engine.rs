//! CPU time of one verification by OpenSSL's gost engine: one process verifies a CMS with very many signers, and another
//! reads the same CMS without verifying. What differs is divided, so that neither the start of a process nor the loading
//! of the engine nor the reading counts.

use std::path::Path;
use std::process::Command;

/// What is signed.
pub const MESSAGE: &str = "GOST 34.10-2012, 512 bit";

const VERIFY: &str = "openssl cms -verify -engine gost -noverify -binary -certfile signer.pem \
    -inform DER -in many.cms -out read";

/// Per verification on id-tc26-gost-3410-12-512-paramSetA, the end of the hash included; `None` where there is no engine.
pub fn milliseconds(signers: u32) -> Option<f64> {
    let folder = tempfile::tempdir().ok()?;
    let folder = folder.path();
    std::fs::write(folder.join("message"), MESSAGE).ok()?;
    let all = " -signer signer.pem -inkey key.pem".repeat(usize::try_from(signers).ok()?);
    for line in [
        "genpkey -engine gost -algorithm gost2012_512 -pkeyopt paramset:A -out key.pem",
        "req -engine gost -x509 -new -key key.pem -md_gost12_512 -subj /CN=bench -out signer.pem",
        &format!(
            "cms -sign -engine gost -md md_gost12_512 -nocerts -noattr -binary -nodetach \
             -in message{all} -outform DER -out many.cms"
        ),
    ] {
        shell(folder, &format!("openssl {line}"))?;
    }
    let spent =
        |more: &str| seconds_of_children(&shell(folder, &format!("{VERIFY}{more} && times"))?);
    let with = spent("")?;
    assert_eq!(std::fs::read_to_string(folder.join("read")).ok()?, MESSAGE);
    Some((with - spent(" -no_content_verify")?) * 1_000.0 / f64::from(signers))
}

fn shell(folder: &Path, line: &str) -> Option<String> {
    let output = Command::new("sh").args(["-c", line]).current_dir(folder).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The last line of `times`: user and system time of the shell's children, as `0m1.25s 0m0.01s`.
fn seconds_of_children(said: &str) -> Option<f64> {
    let seconds = |word: &str| -> Option<f64> {
        let (minutes, seconds) = word.strip_suffix('s')?.split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    said.lines().last()?.split_whitespace().map(seconds).sum()
}
