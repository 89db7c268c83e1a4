//! A certification authority and a time-stamping authority, both of `openssl`.

use std::path::PathBuf;
use std::process::Command;

use signature::Moment;
use signature::trust::TrustStore;
use signature::tsp::{Request, Response, read_response};
use signature::x509::{Certificate, Crl};
use tempfile::TempDir;

pub const RSA: &str = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
pub const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
pub const DIGEST: [u8; 32] = [0xd1; 32];
pub const POLICY: &str = "1.2.398.3.3.2.6.4";

/// Extensions of certificates, the certification authority, and several manners of stamping.
const CONFIGURATION: &str = "
[req]
distinguished_name = none
[none]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[stamping]
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = critical,timeStamping
[no_use]
keyUsage = critical,digitalSignature,nonRepudiation
[plain]
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = timeStamping
[many]
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = critical,timeStamping,emailProtection
[ca]
default_ca = here
[here]
database = index.txt
crlnumber = crlnumber
serial = serial
new_certs_dir = .
default_md = sha256
default_days = 365
policy = anything
email_in_dn = no
unique_subject = no
[anything]
countryName = optional
commonName = supplied
[default]
serial = stamps
signer_digest = sha256
default_policy = 1.2.398.3.3.2.6.4
other_policies = 1.2.398.3.3.2.6.2
digests = sha256
accuracy = secs:1, millisecs:500, microsecs:100
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[bare]
serial = stamps
signer_digest = sha256
default_policy = 1.2.398.3.3.2.6.4
digests = sha256
tsa_name = no
ordering = no
ess_cert_id_chain = no
ess_cert_id_alg = sha1
clock_precision_digits = 6
[strong]
serial = stamps
signer_digest = sha512
default_policy = 1.2.398.3.3.2.6.4
digests = sha256
ess_cert_id_chain = yes
ess_cert_id_alg = sha512
[deaf]
serial = stamps
signer_digest = sha256
default_policy = 1.2.398.3.3.2.6.4
digests = sha512
";

/// The machine's time, which `openssl` stamps with.
#[allow(clippy::disallowed_methods, reason = "the stamps are made by a program with its own clock")]
pub fn now() -> Moment {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    Moment(i64::try_from(since.as_secs()).unwrap())
}

/// A folder with a root, what it issued, and its lists.
pub struct World(TempDir);

impl World {
    /// With a root and the authority `tsa`; nothing where `openssl` is missing and may be.
    pub fn new(key: &str) -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            let required = std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some_and(|set| set == "1");
            assert!(!required, "openssl is required and missing");
            eprintln!("SKIPPED: openssl is missing");
            return None;
        }
        let world = Self(tempfile::tempdir().unwrap());
        std::fs::write(world.file("x.cnf"), CONFIGURATION).unwrap();
        std::fs::write(world.file("index.txt"), "").unwrap();
        for numbers in ["crlnumber", "serial", "stamps"] {
            std::fs::write(world.file(numbers), "0A01\n").unwrap();
        }
        world.make_root("root");
        world.certificate("tsa", key, "stamping", "");
        Some(world)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.file(name)).unwrap()
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.file(name), bytes).unwrap();
    }

    /// Runs `openssl` in the folder; what it said where it fails.
    pub fn try_openssl(&self, arguments: &str) -> Result<String, String> {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let output = Command::new("openssl")
            .args(&arguments)
            .current_dir(self.0.path())
            .env("OPENSSL_CONF", self.file("x.cnf"))
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = format!("{arguments:?}: {}", String::from_utf8_lossy(&said));
        if output.status.success() { Ok(said) } else { Err(said) }
    }

    pub fn openssl(&self, arguments: &str) -> String {
        self.try_openssl(arguments).unwrap_or_else(|said| panic!("{said}"))
    }

    pub fn make_root(&self, name: &str) {
        self.openssl(&format!("genpkey {RSA} -out {name}.key"));
        self.openssl(&format!(
            "req -new -x509 -config x.cnf -key {name}.key -out {name}.crt -days 7300 -subj /C=KZ/CN={name} -extensions root"
        ));
    }

    /// A key and its certificate; `term` as `openssl ca` takes it.
    pub fn certificate(&self, name: &str, key: &str, extensions: &str, term: &str) {
        self.openssl(&format!("genpkey {key} -out {name}.key"));
        self.openssl(&format!(
            "req -new -config x.cnf -key {name}.key -out {name}.csr -subj /C=KZ/CN={name}"
        ));
        self.openssl(&format!(
            "ca -batch -notext -config x.cnf -keyfile root.key -cert root.crt -in {name}.csr -extfile x.cnf -extensions {extensions} {term} -out {name}.crt"
        ));
    }

    /// Revokes a certificate; it counts with the next list.
    pub fn revoke(&self, name: &str, options: &str) {
        self.openssl(&format!(
            "ca -config x.cnf -keyfile root.key -cert root.crt -revoke {name}.crt {options}"
        ));
    }

    pub fn list(&self) -> Crl {
        self.openssl(
            "ca -config x.cnf -keyfile root.key -cert root.crt -gencrl -crlhours 1 -out root.crl",
        );
        Crl::read(&self.read("root.crl")).unwrap()
    }

    /// The root alone.
    pub fn bare_trust(&self) -> TrustStore {
        let mut trust = TrustStore::default();
        trust.add_authorities(Certificate::all_from(&self.read("root.crt")).unwrap()).unwrap();
        trust
    }

    /// The root with its list of now.
    pub fn trust(&self) -> TrustStore {
        let mut trust = self.bare_trust();
        trust.add_list(self.list()).unwrap();
        trust
    }

    /// The answer of `openssl ts -reply` to a request of ours.
    pub fn answer(&self, request: &Request, signer: &str, section: &str) -> Response {
        self.write("request", &request.to_der().unwrap());
        self.openssl(&format!(
            "ts -reply -config x.cnf -section {section} -queryfile request -signer {signer}.crt -inkey {signer}.key -out answer"
        ));
        read_response(&self.read("answer")).unwrap()
    }

    /// A token over [`DIGEST`] in the common case.
    pub fn token(&self, signer: &str) -> Vec<u8> {
        granted(self.answer(&request(), signer, "default"))
    }

    /// Whether `openssl ts -verify` takes a token, at the present moment and without lists.
    pub fn openssl_takes(&self, token: &[u8], digest: &[u8; 32], root: &str) -> bool {
        self.write("token", token);
        let digest = hex::encode(digest);
        let arguments =
            format!("ts -verify -digest {digest} -in token -token_in -CAfile {root}.crt");
        self.try_openssl(&arguments).is_ok()
    }
}

pub fn request() -> Request {
    Request { digest: DIGEST, nonce: 0xfedc_ba98_7654_3210, policy: None }
}

pub fn granted(response: Response) -> Vec<u8> {
    match response {
        Response::Granted(token) => token,
        Response::Refused(refusal) => panic!("{refusal}"),
    }
}
