//! Letters against a mail server that is not ours: aiosmtpd, run by the tests' Python from `tests/mail`.

use adapters::{MailTls, SmtpMailer, SmtpSettings, SmtpSetupError};
use app::testing::samples::moment;
use app::{Letter, MailFault, Mailer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{EmailAddress, Language};
use rcgen::{CertificateParams, KeyPair};

use super::*;

/// A running mail server with its certificate; it ends with its standard input.
pub struct MailServer {
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
    authority: Vec<u8>,
    _folder: tempfile::TempDir,
    _child: Child,
}

impl MailServer {
    /// `None` where Python or its package is missing, which is a failure where no tool may be.
    pub async fn start(mode: &str, user: &str) -> Option<Self> {
        let python = std::env::var("ANYQTAMA_PYTHON").unwrap_or_else(|_| "python3".into());
        let asked = Command::new(&python).args(["-c", "import aiosmtpd"]).output().await;
        if !asked.is_ok_and(|asked| asked.status.success()) {
            let required = std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some();
            assert!(!required, "aiosmtpd is missing: cargo xtask test --only tools");
            eprintln!("SKIPPED: aiosmtpd (ANYQTAMA_PYTHON names a Python that has it)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("server.pem"), folder.path().join("key.pem"));
        let pair = KeyPair::generate().unwrap();
        let own = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let own = pem("CERTIFICATE", own.self_signed(&pair).unwrap().der());
        std::fs::write(&certificate, &own).unwrap();
        std::fs::write(&key, pem("PRIVATE KEY", &pair.serialize_der())).unwrap();
        let mut child = Command::new(python)
            .arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/mail/server.py"))
            .arg(mode)
            .args([&certificate, &key])
            .args([user, "secret"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next_line().await.unwrap().expect("it says where it listens");
        let port = serde_json::from_str::<Value>(&first).unwrap()["port"].as_u64().unwrap();
        let port = u16::try_from(port).unwrap();
        let authority = own.into_bytes();
        Some(Self { lines, port, authority, _folder: folder, _child: child })
    }

    pub async fn told(&mut self) -> Value {
        let line = tokio::time::timeout(Duration::from_secs(20), self.lines.next_line()).await;
        serde_json::from_str(&line.unwrap().unwrap().unwrap()).unwrap()
    }

    pub fn settings(&self, tls: MailTls) -> SmtpSettings {
        SmtpSettings {
            host: "localhost".to_owned(),
            port: self.port,
            tls,
            authorities: (tls != MailTls::None).then(|| self.authority.clone()),
            from: "Анықтама <noreply@anyqtama.example>".to_owned(),
            login: None,
            patience: Duration::from_secs(10),
        }
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let lines = STANDARD.encode(der);
    let lines = lines.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap());
    let lines: Vec<_> = lines.collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn login(password: &str) -> Option<(String, String)> {
    Some(("anyqtama".to_owned(), password.to_owned()))
}

fn letter(to: &str) -> Letter {
    Letter {
        to: EmailAddress::parse(&format!("{to}@example.kz")).unwrap(),
        subject: "S234-5678-9: жеке кабинетте хабарлама бар, ұзақ тақырып бірнеше жолға бөлінеді"
            .to_owned(),
        text: "Әә Іі Ңң Ғғ Үү Ұұ Ққ Өө Һһ – 123456\n.\nhttps://anyqtama.example/kk\n".to_owned(),
        language: Language::Kk,
        at: moment(0),
        key: "S23456789.answered.0".to_owned(),
    }
}

#[tokio::test]
async fn a_mail_server_that_is_not_ours_understands_every_letter_behind_starttls() {
    let Some(mut server) = MailServer::start("starttls", "anyqtama").await else { return };
    let settings = SmtpSettings { login: login("secret"), ..server.settings(MailTls::Starttls) };
    let mailer = SmtpMailer::new(settings.clone()).unwrap();
    let sent = letter("aigul");
    mailer.send(&sent).await.unwrap();
    let told = server.told().await;
    assert_eq!((&told["encrypted"], &told["signed_in"]), (&json!(true), &json!(true)), "{told}");
    assert_eq!(
        (&told["from"], &told["to"]),
        (&json!("noreply@anyqtama.example"), &json!(["aigul@example.kz"]))
    );
    assert_eq!((&told["hello"], &told["ascii"]), (&json!("anyqtama.example"), &json!(true)));
    assert_eq!(
        told["text"].as_str().unwrap().replace("\r\n", "\n").trim_end(),
        sent.text.trim_end()
    );
    let headers = &told["headers"];
    assert_eq!(headers["Subject"], json!(sent.subject));
    assert_eq!(headers["From"], json!("Анықтама <noreply@anyqtama.example>"));
    assert_eq!(headers["Message-ID"], json!("<S23456789.answered.0@anyqtama.example>"));
    assert_eq!(headers["Auto-Submitted"], json!("auto-generated"));
    assert_eq!(headers["Content-Language"], json!("kk"));
    // Handed over again it is the same letter: a mailbox shows it once.
    mailer.send(&sent).await.unwrap();
    assert_eq!(server.told().await["headers"], *headers);
    // Neither a wrong password nor a certificate of nobody known is anybody's mailbox.
    let wrong = SmtpMailer::new(SmtpSettings { login: login("wrong"), ..settings.clone() });
    let stranger = SmtpMailer::new(SmtpSettings { authorities: None, ..settings });
    for mailer in [wrong, stranger] {
        let refused = mailer.unwrap().send(&sent).await;
        assert!(matches!(refused, Err(MailFault::Unreachable(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn letters_go_behind_tls_from_the_first_byte_or_plainly_on_this_computer_alone() {
    for (mode, tls) in [("implicit", MailTls::Implicit), ("plain", MailTls::None)] {
        let Some(mut server) = MailServer::start(mode, "").await else { return };
        SmtpMailer::new(server.settings(tls)).unwrap().send(&letter("aigul")).await.unwrap();
        assert_eq!(server.told().await["encrypted"], json!(mode == "implicit"));
        if mode == "plain" {
            // Where STARTTLS is asked for and not offered nothing is handed over.
            let mailer = SmtpMailer::new(server.settings(MailTls::Starttls)).unwrap();
            let refused = mailer.send(&letter("aigul")).await;
            assert!(matches!(refused, Err(MailFault::Unreachable(_))), "{refused:?}");
            let away = SmtpSettings { host: "mail.example.kz".to_owned(), ..server.settings(tls) };
            assert!(matches!(SmtpMailer::new(away), Err(SmtpSetupError::Plain)));
            let text = Some(b"no certificate".to_vec());
            let empty = SmtpSettings { authorities: text, ..server.settings(MailTls::Implicit) };
            assert!(matches!(SmtpMailer::new(empty), Err(SmtpSetupError::Authorities(_))));
            let nobody =
                SmtpSettings { from: "Анықтама".to_owned(), ..server.settings(tls) };
            assert!(matches!(SmtpMailer::new(nobody), Err(SmtpSetupError::From)));
        }
    }
}

#[tokio::test]
async fn what_a_mail_server_refuses_or_does_not_say_is_told_apart() {
    let Some(mut server) = MailServer::start("plain", "").await else { return };
    let patience = Duration::from_millis(1_500);
    let settings = SmtpSettings { patience, ..server.settings(MailTls::None) };
    let mailer = SmtpMailer::new(settings.clone()).unwrap();
    assert_eq!(mailer.send(&letter("nobody")).await, Err(MailFault::AddressRefused));
    assert_eq!(mailer.send(&letter("busy")).await, Err(MailFault::TryLater));
    for to in ["policy", "cut", "lost", "slow"] {
        let fault = mailer.send(&letter(to)).await.unwrap_err();
        assert!(matches!(fault, MailFault::Unreachable(_)), "{to}: {fault:?}");
        assert!(!fault.to_string().contains('@') && !format!("{:?}", letter(to)).contains('@'));
    }
    mailer.send(&letter("aigul")).await.unwrap();
    // One came although nobody heard so: that is what can be there twice.
    let mut came = Vec::new();
    for _ in 0..2 {
        came.push(server.told().await["to"][0].clone());
    }
    assert_eq!(came, [json!("lost@example.kz"), json!("aigul@example.kz")]);
    let nobody = SmtpSettings { port: 1, ..settings };
    let dead = SmtpMailer::new(nobody).unwrap().send(&letter("aigul")).await;
    assert!(matches!(dead, Err(MailFault::Unreachable(_))), "{dead:?}");
}
