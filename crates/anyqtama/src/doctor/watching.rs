//! What operators watch the service by: where metrics are told, whether the collector of traces answers, whether the prober can
//! sign. Read next: `docs/operations.md`.

use std::net::{IpAddr, SocketAddr, TcpListener};

use jiff::Timestamp;

use crate::config::{Config, OperationsConfig, ProberConfig};
use crate::operations::metrics::BUILD_INFO;
use crate::operations::prober;

use super::{Findings, faults, neighbours, place};

/// Days of warning before the prober's certificate ends.
const PROBER_DAYS: i64 = 30;

/// All of `[operations]`.
pub async fn look(config: &Config, now: Timestamp, found: &mut Findings) {
    let Some(section) = &config.operations else { return };
    addresses(section, found).await;
    if let Some(url) = &section.otlp_url
        && let Err(reason) = neighbours::answer(url, None).await
    {
        let what = format!("operations.otlp_url: {url} does not answer: {reason}");
        found.soon(&faults::COLLECTOR_SILENT, what);
    }
    if let Some(section) = &section.prober {
        key(section, now, found);
    }
}

/// Each can be listened at, or this program does so already; and none is for everybody.
async fn addresses(section: &OperationsConfig, found: &mut Findings) {
    let named = [
        ("operations.listen", Some(section.listen)),
        ("operations.worker_listen", section.worker_listen),
    ];
    for (name, address) in named {
        let Some(address) = address else { continue };
        if let Err(error) = TcpListener::bind(address)
            && !place::tells(address, "http", "/metrics", BUILD_INFO.name).await
        {
            found.wrong(&faults::LISTEN_ADDRESS, format!("{name} {address}: {error}"));
        }
        if !is_inner(address) {
            found.soon(&faults::METRICS_OPEN, format!("{name} is {address}"));
        }
    }
}

/// Of this machine or of a network of one's own; where nothing says which, it is of every network there is.
fn is_inner(address: SocketAddr) -> bool {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// A file that is not there is a secret that is missing, and told as such.
fn key(section: &ProberConfig, now: Timestamp, found: &mut Findings) {
    let Ok(pem) = std::fs::read_to_string(&section.key_file) else { return };
    if pem.trim().is_empty() {
        return;
    }
    let shown = format!("operations.prober.key_file: {}", section.key_file.display());
    let certificate = match prober::certificate(&pem) {
        Ok(certificate) => certificate,
        Err(error) => {
            let what = format!("{shown}: {}", error.root_cause());
            return found.wrong(&faults::PROBER, what);
        }
    };
    if certificate.iin().as_ref() != Some(&section.iin) {
        let what = format!("{shown} is not of the person of operations.prober.iin");
        return found.wrong(&faults::PROBER, what);
    }
    let days = place::days_until(certificate.not_after().0, now);
    match days {
        ..0 => found.wrong(&faults::PROBER, format!("{shown} has ended")),
        0..PROBER_DAYS => found.soon(&faults::PROBER, format!("{shown}: {days} days left")),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_every_network_is_nobodys_own() {
        for inner in ["127.0.0.1:1", "10.1.2.3:1", "192.168.0.1:1", "[::1]:1", "[fd00::1]:1"] {
            assert!(is_inner(inner.parse().unwrap()), "{inner}");
        }
        for open in ["0.0.0.0:1", "[::]:1", "85.209.1.1:1", "[::ffff:8.8.8.8]:1"] {
            assert!(!is_inner(open.parse().unwrap()), "{open}");
        }
    }
}
