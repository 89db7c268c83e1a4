//! Keys and certificates made with the `openssl` command, for tests and benches.

use std::path::Path;
use std::process::Command;

use crate::SealFiles;

const EXTENSIONS: &str = "
[root]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
[sealing]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,nonRepudiation
";

/// Runs a program; `None` where it is not installed.
pub(crate) fn run(program: &str, arguments: &[&str], folder: &Path) -> Option<(bool, String)> {
    let output = Command::new(program).args(arguments).current_dir(folder).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    Some((output.status.success(), text.into_owned()))
}

fn openssl(arguments: &str, folder: &Path) {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let (success, said) = run("openssl", &arguments, folder).expect("openssl is installed");
    assert!(success, "{arguments:?}: {said}");
}

/// A root in the folder: `root.key`, `root.crt`, `root.der`. `false` where there is no `openssl`.
pub(crate) fn make_root(folder: &Path) -> bool {
    if run("openssl", &["version"], folder).is_none() {
        return false;
    }
    std::fs::write(folder.join("x.cnf"), EXTENSIONS).unwrap();
    openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out root.key", folder);
    openssl(
        "req -new -x509 -key root.key -out root.crt -days 7300 -subj /C=KZ/CN=DEMO-ROOT -config x.cnf -extensions root",
        folder,
    );
    openssl("x509 -in root.crt -outform DER -out root.der", folder);
    true
}

/// A sealing key under the root; `kind` as `openssl genpkey` takes it.
pub(crate) fn make_key(folder: &Path, name: &str, kind: &str) -> SealFiles {
    openssl(&format!("genpkey {kind} -out {name}.key"), folder);
    openssl(
        &format!("req -new -key {name}.key -out {name}.csr -subj /C=KZ/CN={name} -config x.cnf"),
        folder,
    );
    openssl(
        &format!(
            "x509 -req -in {name}.csr -CA root.crt -CAkey root.key -days 3650 -extfile x.cnf -extensions sealing -out {name}.crt"
        ),
        folder,
    );
    SealFiles {
        key: folder.join(format!("{name}.key")),
        certificates: folder.join(format!("{name}.crt")),
    }
}

pub(crate) const RSA_2048: &str = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
