//! A small certification authority made with the `openssl` command, and a small PDF written by hand.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether a missing tool fails the test instead of skipping it.
pub fn tools_are_required() -> bool {
    std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some_and(|value| value == "1")
}

/// Says loudly that a test did not run.
pub fn skip(tool: &str) {
    assert!(!tools_are_required(), "{tool} is required and missing");
    eprintln!("SKIPPED: {tool} is missing");
}

pub fn run(program: &str, arguments: &[&str], folder: &Path) -> Option<(bool, String)> {
    let output = Command::new(program).args(arguments).current_dir(folder).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    Some((output.status.success(), text.into_owned()))
}

/// Keys and certificates in a folder: `root`, `sealing` (RSA) and `sealing-ec` (P-256), each `.key`, `.crt`, `.der`.
pub struct Authority {
    pub folder: PathBuf,
}

const EXTENSIONS: &str = "
[root]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[sealing]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,nonRepudiation
authorityKeyIdentifier=keyid
[authentication]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment
[ca]
default_ca=here
[here]
database=index.txt
crlnumber=crlnumber
default_md=sha256
default_crl_days=3650
";

impl Authority {
    /// `None` where there is no `openssl`.
    pub fn make(folder: &Path) -> Option<Self> {
        run("openssl", &["version"], folder)?;
        std::fs::write(folder.join("x.cnf"), EXTENSIONS).unwrap();
        let authority = Self { folder: folder.to_owned() };
        authority.key("root", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
        authority.openssl(&[
            "req",
            "-new",
            "-x509",
            "-key",
            "root.key",
            "-out",
            "root.crt",
            "-days",
            "7300",
            "-subj",
            "/C=KZ/CN=DEMO ROOT",
            "-config",
            "x.cnf",
            "-extensions",
            "root",
        ]);
        for (name, extensions) in [("sealing", "sealing"), ("other", "authentication")] {
            authority.key(name, &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
            authority.certify(name, extensions);
        }
        authority.key("sealing-ec", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        authority.certify("sealing-ec", "sealing");
        authority.openssl(&["x509", "-in", "root.crt", "-outform", "DER", "-out", "root.der"]);
        Some(authority)
    }

    fn openssl(&self, arguments: &[&str]) {
        let (success, said) = run("openssl", arguments, &self.folder).unwrap();
        assert!(success, "{arguments:?}: {said}");
    }

    fn key(&self, name: &str, kind: &[&str]) {
        let file = format!("{name}.key");
        self.openssl(&[&["genpkey"], kind, &["-out", &file]].concat());
    }

    fn certify(&self, name: &str, extensions: &str) {
        self.certify_under("root", name, extensions);
    }

    /// An issuing authority under the root with a key `deep` under it, and its empty list `issuing.crl`.
    pub fn make_issuing(&self) {
        let kind = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
        self.key("issuing", &kind);
        self.certify_under("root", "issuing", "root");
        self.key("deep", &kind);
        self.certify_under("issuing", "deep", "sealing");
        std::fs::write(self.folder.join("index.txt"), "").unwrap();
        std::fs::write(self.folder.join("crlnumber"), "01\n").unwrap();
        self.openssl(&[
            "ca",
            "-gencrl",
            "-config",
            "x.cnf",
            "-keyfile",
            "issuing.key",
            "-cert",
            "issuing.crt",
            "-out",
            "issuing.crl",
        ]);
    }

    fn certify_under(&self, issuer: &str, name: &str, extensions: &str) {
        let (key, request, certificate) =
            (format!("{name}.key"), format!("{name}.csr"), format!("{name}.crt"));
        let subject = match name {
            "issuing" => "/C=KZ/CN=DEMO ISSUING".to_owned(),
            _ => "/C=KZ/O=DEMO DEPARTMENT/OU=BIN123456789021/CN=DEMO DEPARTMENT".to_owned(),
        };
        let (issuer_certificate, issuer_key) = (format!("{issuer}.crt"), format!("{issuer}.key"));
        self.openssl(&[
            "req", "-new", "-key", &key, "-out", &request, "-config", "x.cnf", "-utf8", "-subj",
            &subject,
        ]);
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &issuer_certificate,
            "-CAkey",
            &issuer_key,
            "-days",
            "3650",
            "-extfile",
            "x.cnf",
            "-extensions",
            extensions,
            "-out",
            &certificate,
        ]);
        let der = format!("{name}.der");
        self.openssl(&["x509", "-in", &certificate, "-outform", "DER", "-out", &der]);
    }

    pub fn read(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(file)).unwrap()
    }

    /// A signature over the bytes with SHA-256, by a key's usual way.
    pub fn sign(&self, key: &str, bytes: &[u8]) -> Vec<u8> {
        std::fs::write(self.folder.join("signed.bin"), bytes).unwrap();
        self.openssl(&["dgst", "-sha256", "-sign", key, "-out", "signature.bin", "signed.bin"]);
        self.read("signature.bin")
    }
}

/// A page with classic cross-references, as our writer makes them; `page` is put into its dictionary.
pub fn small_pdf(page: &str) -> Vec<u8> {
    let objects = [
        "<</Type/Pages/Count 1/Kids[2 0 R]>>".to_owned(),
        format!("<</Type/Page/Parent 1 0 R/MediaBox[0 0 200 200]/Resources<<>>{page}>>"),
        "<</Producer(test (nested) \\) name)>>".to_owned(),
        "<</Type/Catalog/Pages 1 0 R/Lang(kk)>>".to_owned(),
    ];
    let mut bytes = b"%PDF-1.7\n%\x80\x80\x80\x80\n".to_vec();
    let mut table = String::from("xref\n0 5\n0000000000 65535 f\r\n");
    for (number, object) in (1..).zip(&objects) {
        table.push_str(&format!("{:010} 00000 n\r\n", bytes.len()));
        bytes.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let at = bytes.len();
    bytes.extend(table.bytes());
    bytes.extend(
        format!("trailer\n<</Size 5/Root 4 0 R/Info 3 0 R/ID[(a)(b)]>>\nstartxref\n{at}\n%%EOF")
            .bytes(),
    );
    bytes
}
