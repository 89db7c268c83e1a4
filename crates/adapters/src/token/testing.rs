//! A software token (SoftHSM2) in the place of a device.
//!
//! Its library reads its configuration from the environment and is one for a process. So each test runs itself again, in a
//! process of its own with a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use cryptoki::context::Pkcs11;

use super::{TokenAccess, TokenChoice};
use crate::seal::authority::run;
use crate::seal::tests::skip;

/// Names the folder of a test that runs as a process of its own.
const FOLDER: &str = "ANYQTAMA_TEST_TOKEN_FOLDER";
const LIBRARIES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];
pub(crate) const TOKEN: &str = "anyqtama";
pub(crate) const PIN: &str = "271828";

pub(crate) fn library() -> Option<PathBuf> {
    LIBRARIES.iter().map(PathBuf::from).find(|path| path.exists())
}

/// A folder with room for tokens.
pub(crate) struct TokenFolder {
    pub(crate) path: PathBuf,
}

/// Runs a test in a process of its own, with a folder of tokens in its environment. `furnish` is asked before whether
/// everything else is there.
pub(crate) fn alone<F: AsyncFnOnce(TokenFolder)>(
    test_name: &str,
    furnish: impl FnOnce(&Path) -> bool,
    test: F,
) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        return runtime.block_on(test(TokenFolder { path: folder.into() }));
    }
    let folder = tempfile::tempdir().unwrap();
    let tool = run("softhsm2-util", &["--version"], folder.path());
    if library().is_none() || tool.is_none() {
        return skip("softhsm2");
    }
    if !furnish(folder.path()) {
        return;
    }
    let path = folder.path().display();
    let tokens = format!("directories.tokendir = {path}/tokens\nlog.level = ERROR\n");
    std::fs::write(folder.path().join("softhsm2.conf"), tokens).unwrap();
    std::fs::create_dir(folder.path().join("tokens")).unwrap();
    run_again(test_name, folder.path());
}

/// The test that a closure of this type's name is in, alone.
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

impl TokenFolder {
    pub(crate) fn softhsm(&self, arguments: &[&str]) {
        let (success, said) = run("softhsm2-util", arguments, &self.path).unwrap();
        assert!(success, "{arguments:?}: {said}");
    }

    pub(crate) fn make_token(&self) {
        let pins = ["--so-pin", "314159", "--pin", PIN];
        self.softhsm(&[&["--init-token", "--free", "--label", TOKEN], &pins[..]].concat());
    }

    /// How the token is reached, with a PIN's file.
    pub(crate) fn access(&self, pin: &str) -> TokenAccess {
        let pin_file = self.path.join("pin");
        std::fs::write(&pin_file, format!("{pin}\n")).unwrap();
        let token = TokenChoice::Label(TOKEN.to_owned());
        TokenAccess { library: library().unwrap(), token, pin_file }
    }

    /// Takes the token away, or puts it back.
    pub(crate) fn rename(&self, from: &str, to: &str) {
        std::fs::rename(self.path.join(from), self.path.join(to)).unwrap();
    }
}

/// Ends every session of this process, as a device that is plugged out and in does.
pub(crate) fn end_sessions() {
    Pkcs11::new(library().unwrap()).unwrap().finalize().unwrap();
}
