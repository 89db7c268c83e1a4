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
[individual]
keyUsage=critical,digitalSignature,nonRepudiation
extendedKeyUsage=1.3.6.1.5.5.7.3.4,1.2.398.3.3.4.1.1
[organisation]
keyUsage=critical,digitalSignature,nonRepudiation
extendedKeyUsage=1.3.6.1.5.5.7.3.4,1.2.398.3.3.4.1.2
[authentication]
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=1.3.6.1.5.5.7.3.2,1.2.398.3.3.4.1.1
[ca]
default_ca=here
[here]
database=index.txt
crlnumber=crlnumber
default_md=sha256
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
    std::fs::write(folder.join("index.txt"), "").unwrap();
    std::fs::write(folder.join("crlnumber"), "01\n").unwrap();
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
    make_certificate(folder, name, kind, &format!("/C=KZ/CN={name}"), "sealing")
}

/// A key and its certificate with a subject and the extensions of a section above.
pub(crate) fn make_certificate(
    folder: &Path,
    name: &str,
    kind: &str,
    subject: &str,
    extensions: &str,
) -> SealFiles {
    openssl(&format!("genpkey {kind} -out {name}.key"), folder);
    let request = format!("req -new -utf8 -key {name}.key -out {name}.csr -config x.cnf -subj");
    let arguments: Vec<&str> = request.split_whitespace().chain([subject]).collect();
    let (success, said) = run("openssl", &arguments, folder).expect("openssl is installed");
    assert!(success, "{said}");
    openssl(
        &format!(
            "x509 -req -in {name}.csr -CA root.crt -CAkey root.key -days 3650 -extfile x.cnf -extensions {extensions} -out {name}.crt"
        ),
        folder,
    );
    SealFiles {
        key: folder.join(format!("{name}.key")),
        certificates: folder.join(format!("{name}.crt")),
    }
}

/// Revokes a certificate; it counts with the next list.
pub(crate) fn revoke(folder: &Path, name: &str) {
    openssl(&format!("ca -revoke {name}.crt {ISSUER}"), folder);
}

/// Writes the root's list into `folder/file`, valid for so many seconds.
pub(crate) fn make_list(folder: &Path, file: &str, seconds: u32) {
    openssl(&format!("ca -gencrl -crlsec {seconds} -out {file} {ISSUER}"), folder);
}

const ISSUER: &str = "-config x.cnf -keyfile root.key -cert root.crt";

/// A CMS over the file `text`, with the text inside.
pub(crate) fn sign_text(folder: &Path, name: &str, text: &[u8]) -> Vec<u8> {
    std::fs::write(folder.join("text"), text).unwrap();
    openssl(
        &format!(
            "cms -sign -binary -nodetach -nosmimecap -md sha256 -in text -signer {name}.crt -inkey {name}.key -outform DER -out text.cms"
        ),
        folder,
    );
    std::fs::read(folder.join("text.cms")).unwrap()
}

pub(crate) const RSA_2048: &str = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
