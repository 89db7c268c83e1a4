//! TLS where no proxy stands in front: 1.2 and 1.3 with aws-lc-rs, HTTP/1.1. A certificate that was renewed is taken up while
//! the program runs; one that cannot be used leaves the one before it in place.
//!
//! Read next: `serve.rs`.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use signature::x509::Certificate;
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
    ends_at: Option<Timestamp>,
}

impl Tls {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// A file that cannot be read, or a key that does not belong to the certificate.
    pub fn open(files: &TlsConfig) -> Result<Self> {
        let seen = changed_at(files);
        let acceptor = load(files)?.into();
        let ends_at = ends_at(files);
        let current = Current { looked_at: Instant::now(), seen, acceptor, ends_at };
        Ok(Self { files: files.clone(), current: Mutex::new(current) })
    }

    /// For the next connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        self.current().acceptor.clone()
    }

    /// When the certificate that is shown now ends; `None` where it is of a kind whose term this program cannot read.
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.current().ends_at
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if LOOK_AGAIN <= current.looked_at.elapsed() {
            current.looked_at = Instant::now();
            current.renew(&self.files);
        }
        current
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
                self.ends_at = ends_at(files);
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

/// When the certificate in the file ends; `None` where it is of a kind whose term this program cannot read. Browsers can.
pub fn ends_at(files: &TlsConfig) -> Option<Timestamp> {
    let bytes = std::fs::read(&files.certificate_file).ok()?;
    let first = Certificate::all_from(&bytes).ok()?.into_iter().next()?;
    Timestamp::from_second(first.not_after().0).ok()
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let chain = chain.map_err(|_| anyhow::anyhow!("{} is no PEM", path.display()))?;
    ensure!(!chain.is_empty(), "{} holds no certificate (PEM)", path.display());
    Ok(chain)
}
