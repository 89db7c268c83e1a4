//! TLS where no proxy stands in front: 1.2 and 1.3 with aws-lc-rs, HTTP/1.1. A certificate that was renewed is taken up while
//! the program runs; one that cannot be used leaves the one before it in place.
//!
//! Read next: `serve.rs`.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use tokio_rustls::TlsAcceptor;

use crate::config::TlsConfig;

/// The one protocol spoken inside.
const HTTP: &[u8] = b"http/1.1";
/// How often the files are looked at, at most.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Takes TLS connections with the certificate of the day.
pub struct Tls {
    files: TlsConfig,
    current: Mutex<Current>,
}

struct Current {
    looked_at: Instant,
    seen: Option<[SystemTime; 2]>,
    acceptor: TlsAcceptor,
}

impl Tls {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// A file that cannot be read, or a key that does not belong to the certificate.
    pub fn open(files: &TlsConfig) -> Result<Self> {
        let seen = changed_at(files);
        let acceptor = load(files)?.into();
        let current = Current { looked_at: Instant::now(), seen, acceptor };
        Ok(Self { files: files.clone(), current: Mutex::new(current) })
    }

    /// For the next connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if LOOK_AGAIN <= current.looked_at.elapsed() {
            current.looked_at = Instant::now();
            current.renew(&self.files);
        }
        current.acceptor.clone()
    }
}

impl Current {
    fn renew(&mut self, files: &TlsConfig) {
        let seen = changed_at(files);
        if seen == self.seen {
            return;
        }
        match load(files) {
            Ok(config) => {
                self.acceptor = config.into();
                tracing::info!("the certificate of TLS was read anew");
            }
            // Certificate and key are two files: between the first and the second they do not belong together.
            Err(error) => tracing::warn!(%error, "the certificate of TLS stays as it was"),
        }
        self.seen = seen;
    }
}

fn changed_at(files: &TlsConfig) -> Option<[SystemTime; 2]> {
    let of = |path: &Path| std::fs::metadata(path).and_then(|one| one.modified()).ok();
    Some([of(&files.certificate_file)?, of(&files.key_file)?])
}

/// What connections are taken with.
pub fn load(files: &TlsConfig) -> Result<Arc<ServerConfig>> {
    let chain = chain(&files.certificate_file)?;
    let key = &files.key_file;
    let bytes = std::fs::read(key).with_context(|| format!("cannot read {}", key.display()))?;
    let secret = PrivateKeyDer::from_pem_slice(&bytes)
        .map_err(|_| anyhow::anyhow!("{} holds no private key (PEM)", key.display()))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .context("TLS")?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .with_context(|| format!("{} and its certificate", key.display()))?;
    config.alpn_protocols = vec![HTTP.to_vec()];
    Ok(Arc::new(config))
}

/// Whether the certificate may stand for this name. What cannot be read is told otherwise.
pub fn is_for(files: &TlsConfig, name: &str) -> bool {
    let Ok(chain) = chain(&files.certificate_file) else { return true };
    let Some(first) = chain.first() else { return true };
    let (Ok(certificate), Ok(name)) =
        (ParsedCertificate::try_from(first), ServerName::try_from(name))
    else {
        return false;
    };
    verify_server_name(&certificate, &name).is_ok()
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let chain = chain.map_err(|_| anyhow::anyhow!("{} is no PEM", path.display()))?;
    ensure!(!chain.is_empty(), "{} holds no certificate (PEM)", path.display());
    Ok(chain)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use axum::Router;
    use axum::routing::get;
    use reqwest::{Certificate, Client};
    use simulators::authority::loopback_certificate;
    use tokio::io::AsyncReadExt;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::serve::{Shutdown, ShutdownSwitch, serve_over_tls};

    /// Writes a new certificate with its key, dated so many seconds from the beginning of all time.
    fn renew(files: &TlsConfig, age: u64) -> Certificate {
        let now = "2026-11-29T00:00:00Z".parse().unwrap();
        let made = loopback_certificate(now).unwrap();
        let pem = |label: &str, der: &[u8]| {
            use base64::Engine;
            let text = base64::engine::general_purpose::STANDARD.encode(der);
            format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
        };
        for (path, text) in [
            (&files.certificate_file, pem("CERTIFICATE", &made.certificate)),
            (&files.key_file, pem("PRIVATE KEY", &made.key)),
        ] {
            std::fs::write(path, text).unwrap();
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(age)).unwrap();
        }
        Certificate::from_der(&made.certificate).unwrap()
    }

    struct Served {
        url: String,
        files: TlsConfig,
        first: Certificate,
        switch: ShutdownSwitch,
        ended: tokio::task::JoinHandle<Result<()>>,
        _folder: tempfile::TempDir,
    }

    async fn served() -> Served {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsConfig {
            certificate_file: folder.path().join("tls.pem"),
            key_file: folder.path().join("tls.key"),
        };
        let first = renew(&files, 1);
        let tls = Arc::new(Tls::open(&files).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let router = Router::new().route("/", get(async || "hello"));
        let (switch, shutdown) = Shutdown::new();
        let ended = tokio::spawn(serve_over_tls(listener, Some(tls), router, shutdown));
        Served { url, files, first, switch, ended, _folder: folder }
    }

    fn client(trusted: Certificate) -> Client {
        Client::builder().no_proxy().tls_certs_only([trusted]).build().unwrap()
    }

    #[tokio::test]
    async fn a_renewed_certificate_is_taken_up_and_a_broken_one_is_not() {
        let Served { url, files, first, switch, ended, _folder } = served().await;
        let old = client(first.clone());
        assert_eq!(old.get(&url).send().await.unwrap().text().await.unwrap(), "hello");
        // The key alone is renewed: it does not belong to the certificate.
        let before = std::fs::read(&files.certificate_file).unwrap();
        let second = renew(&files, 2);
        let after = std::fs::read(&files.certificate_file).unwrap();
        std::fs::write(&files.certificate_file, before).unwrap();
        tokio::time::sleep(LOOK_AGAIN).await;
        assert!(client(first.clone()).get(&url).send().await.is_ok(), "the one before stays");
        std::fs::write(&files.certificate_file, after).unwrap();
        tokio::time::sleep(LOOK_AGAIN).await;
        assert!(client(second).get(&url).send().await.is_ok(), "without a restart");
        assert!(client(first).get(&url).send().await.is_err());
        drop(old);
        switch.end();
        ended.await.unwrap().unwrap();
    }

    /// Judged by OpenSSL, which shares no line with rustls.
    #[tokio::test]
    async fn nothing_older_than_tls_1_2_is_spoken_and_nothing_but_http_1_1_inside() {
        let Served { url, switch, ended, _folder, .. } = served().await;
        let address = url.trim_start_matches("https://").trim_end_matches('/').to_owned();
        let asked = async |words: &'static [&'static str]| {
            let mut openssl = tokio::process::Command::new("openssl");
            openssl.args(["s_client", "-connect", &address, "-cipher", "ALL:@SECLEVEL=0"]);
            let output = openssl.args(words).stdin(std::process::Stdio::null()).output().await;
            String::from_utf8_lossy(&output.unwrap().stdout).into_owned()
        };
        let modern = asked(&["-tls1_2", "-alpn", "h2,http/1.1"]).await;
        assert!(modern.contains("ALPN protocol: http/1.1"), "{modern}");
        assert!(asked(&["-tls1_3"]).await.contains("TLSv1.3, Cipher is TLS_AES"), "1.3");
        for old in [&["-tls1_1"], &["-tls1"]] {
            assert!(asked(old).await.contains("Cipher is (NONE)"), "{old:?}");
        }
        switch.end();
        ended.await.unwrap().unwrap();
    }

    /// Whoever connects and says nothing, or rubbish, is let go; others are served meanwhile.
    #[tokio::test]
    async fn who_never_shakes_hands_holds_nobody_up() {
        let Served { url, first, switch, ended, _folder, .. } = served().await;
        let address = url.trim_start_matches("https://").trim_end_matches('/').to_owned();
        let silent = TcpStream::connect(&address).await.unwrap();
        let mut plain = TcpStream::connect(&address).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut plain, b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        assert!(client(first).get(&url).send().await.is_ok());
        let mut rest = Vec::new();
        let _ = plain.read_to_end(&mut rest).await;
        assert!(!rest.starts_with(b"HTTP"), "no page without TLS");
        drop(silent);
        switch.end();
        ended.await.unwrap().unwrap();
    }

    #[test]
    fn a_key_of_another_certificate_and_rubbish_are_told_by_their_file() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsConfig {
            certificate_file: folder.path().join("tls.pem"),
            key_file: folder.path().join("tls.key"),
        };
        let told = || format!("{:#}", load(&files).unwrap_err());
        assert!(told().contains("tls.pem"));
        renew(&files, 1);
        assert!(load(&files).is_ok() && is_for(&files, "localhost"));
        assert!(!is_for(&files, "anyqtama.example.kz"));
        let key = std::fs::read(&files.key_file).unwrap();
        renew(&files, 2);
        std::fs::write(&files.key_file, key).unwrap();
        assert!(told().contains("tls.key"), "{}", told());
        std::fs::write(&files.key_file, "rubbish").unwrap();
        assert!(told().contains("no private key"));
        std::fs::write(&files.certificate_file, "rubbish").unwrap();
        assert!(told().contains("holds no certificate"));
    }
}
