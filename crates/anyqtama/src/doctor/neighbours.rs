//! Services of others: whether they answer at all, whether stamps are good and what their time is, until when SHEP's
//! certificates count.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use adapters::TrustFolder;
use app::{Ids, SealAlarm, StampError, seal_covers};
use jiff::Timestamp;
use reqwest::Certificate;
use signature::tsp::Reason;
use tokio::net::TcpStream;

use crate::config::{Config, EmailConfig, JudgeConfig};
use crate::passwords::PasswordsConfig;
use crate::system::SystemIds;
use crate::{shep_certificates, wiring};

use super::faults::Fault;
use super::{Findings, faults};

/// So long a neighbour may take to say anything.
const PATIENCE: Duration = Duration::from_secs(4);
/// Mail servers look up who calls before they say anything.
const MAIL_PATIENCE: Duration = Duration::from_secs(15);

/// All that are configured.
pub async fn look(
    config: &Config,
    trust: Option<&Arc<TrustFolder>>,
    now: Timestamp,
    found: &mut Findings,
) {
    let signatures = &config.signatures;
    for url in &signatures.ocsp_urls {
        ask("signatures.ocsp_urls", url, None, &faults::RESPONDER_SILENT, found).await;
    }
    if signatures.judge != JudgeConfig::Own {
        for url in &signatures.ncanode_urls {
            ask("signatures.ncanode_urls", url, None, &faults::JUDGE_SILENT, found).await;
        }
    }
    if let Some(trust) = trust {
        stamps(config, trust, found).await;
    }
    gateways(config, now, found).await;
    if let Some(provider) = &config.identity_provider {
        let issuer = provider.issuer.trim_end_matches('/');
        let url = format!("{issuer}/.well-known/openid-configuration");
        let authorities = provider.authorities_file.as_deref();
        let key = "identity_provider.issuer";
        ask(key, &url, authorities, &faults::NEIGHBOUR_SILENT, found).await;
    }
    if let Some(passwords) = &config.one_time_passwords {
        messages(passwords, found).await;
    }
    if let Some(email) = &config.email {
        mail(email, found).await;
    }
}

/// The mail server as a letter would find it: its certificate, and whether it lets us in.
async fn mail(section: &EmailConfig, found: &mut Findings) {
    // What cannot be read is told of the file.
    let Ok(mailer) = section.mailer() else { return };
    let reason = match tokio::time::timeout(MAIL_PATIENCE, mailer.call()).await {
        Ok(Ok(())) => return,
        Ok(Err(fault)) => fault.to_string(),
        Err(_) => "time is up".to_owned(),
    };
    found.wrong(&faults::NEIGHBOUR_SILENT, format!("email.host: {}: {reason}", section.host));
}

async fn messages(passwords: &PasswordsConfig, found: &mut Findings) {
    let base = &passwords.mobile_citizens_base;
    let services = [("mobile_citizens_base", Some(base)), ("http", passwords.http.as_ref())];
    for (key, service) in services {
        let Some(service) = service else { continue };
        let key = format!("one_time_passwords.{key}.url");
        let authorities = service.authorities_file.as_deref();
        ask(&key, &service.url, authorities, &faults::NEIGHBOUR_SILENT, found).await;
    }
    for address in passwords.smpp.iter().flat_map(|smpp| &smpp.addresses) {
        let connected = tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await;
        if !matches!(connected, Ok(Ok(_))) {
            let what = format!("one_time_passwords.smpp.addresses: {address} does not answer");
            found.wrong(&faults::NEIGHBOUR_SILENT, what);
        }
    }
}

async fn gateways(config: &Config, now: Timestamp, found: &mut Findings) {
    if let Some(shep) = &config.data_bank.shep
        && !config.data_bank.has_idle_shep(&config.consent)
    {
        let authorities = shep.authorities_file.as_deref();
        ask("data_bank.shep.url", &shep.url, authorities, &faults::GATEWAY_SILENT, found).await;
    }
    if let Some(portal) = &config.egov_portal {
        let authorities = portal.authorities_file.as_deref();
        ask("egov_portal.url", &portal.url, authorities, &faults::GATEWAY_SILENT, found).await;
    }
    let terms = match shep_certificates::terms(config) {
        Ok(terms) => terms,
        Err(error) => return found.wrong(&faults::CONFIGURATION, format!("{error:#}")),
    };
    for cover in seal_covers(&terms, now) {
        let (owner, certificate) = (&cover.owner, &cover.certificate);
        let days = cover.days_left(now);
        let left = format!("{owner}: {days} days left by {certificate}");
        match SealAlarm::at(cover.ends_at, now) {
            None => {}
            Some(SealAlarm::Ended) => {
                let what = format!("{owner}: no certificate is valid now ({certificate})");
                found.wrong(&faults::GATEWAY_CERTIFICATE_ENDED, what);
            }
            Some(SealAlarm::SevenDays) => found.wrong(&faults::GATEWAY_CERTIFICATE_ENDING, left),
            Some(_) => found.soon(&faults::GATEWAY_CERTIFICATE_ENDING, left),
        }
    }
}

/// A real stamp of each list of authorities: it tells whether they answer, whether stamps count here, and what time it is.
async fn stamps(config: &Config, trust: &Arc<TrustFolder>, found: &mut Findings) {
    let stampers = match wiring::stampers(config, trust) {
        Ok(stampers) => stampers,
        Err(error) => return found.wrong(&faults::CONFIGURATION, format!("{error:#}")),
    };
    for (key, stamper) in stampers {
        let mut digest = [0; 32];
        for chunk in digest.chunks_mut(8) {
            chunk.copy_from_slice(&SystemIds.random_u64().to_be_bytes());
        }
        let Err(error) = stamper.stamp(&digest).await else { continue };
        let clocks = [Reason::InFuture.code(), Reason::BeforeRequest.code()];
        let fault = match &error {
            StampError::NotGood(code) if clocks.contains(code) => &faults::CLOCK,
            StampError::NotGood(_) => &faults::STAMP_NOT_GOOD,
            StampError::Unavailable(_) | StampError::Refused(_) => &faults::STAMP_SILENT,
        };
        found.wrong(fault, format!("{key}: {error}"));
    }
}

/// Any answer over HTTP will do: what it says to a question without content is its own business.
async fn ask(
    key: &str,
    url: &str,
    authorities: Option<&Path>,
    fault: &Fault,
    found: &mut Findings,
) {
    if let Err(reason) = answer(url, authorities).await {
        found.wrong(fault, format!("{key}: {url} does not answer: {reason}"));
    }
}

/// Whether anybody answers over HTTP there, and why not.
pub async fn answer(url: &str, authorities: Option<&Path>) -> Result<(), String> {
    let mut client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none());
    if let Some(path) = authorities {
        let pem = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let all = Certificate::from_pem_bundle(&pem).map_err(|error| error.to_string())?;
        client = client.tls_certs_merge(all);
    }
    let client = client.build().map_err(|error| error.to_string())?;
    match client.get(url).send().await {
        Ok(_) => Ok(()),
        Err(error) if error.is_timeout() => Err("time is up".to_owned()),
        Err(error) => Err(last_cause(&error)),
    }
}

/// The innermost reason, which names the fault and not the address again.
fn last_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
