//! Where and with what the program stands: its addresses, its certificate, the lists that come with it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use adapters::{PdfRenderer, StaffFile};
use app::Workplace;
use jiff::Timestamp;

use crate::config::{self, Config, DatabaseKind};
use crate::tls;

use super::{Findings, faults};

/// Time for the program that listens already to say that it is this one.
const PATIENCE: Duration = Duration::from_secs(3);
/// Days of warning before a certificate of TLS ends: those of public authorities live for 90 or less.
const TLS_DAYS: i64 = 14;
const DAY_SECONDS: i64 = 86_400;
/// The Government names the moved days of a year in the weeks before it.
const LAST_MONTH: i8 = 12;

/// What people's browsers are sent to.
pub fn address(config: &Config, found: &mut Findings) {
    let url = &config.portal.public_url;
    if !config::is_private(url) {
        found.wrong(&faults::PUBLIC_URL, format!("portal.public_url is {url}"));
    }
}

/// How many nodes there are nobody here knows; a file is one machine's, a server may be shared.
pub fn limits(config: &Config, found: &mut Findings) {
    let may_be_shared = matches!(config.database.kind(), Ok(DatabaseKind::Postgres));
    if may_be_shared && config.limits.key_file.is_none() {
        found.soon(&faults::LIMITS_BY_PROCESS, "limits.key_file is not set");
    }
}

/// Departments, and what became of former ones.
pub fn providers(config: &Config, found: &mut Findings) {
    if let Err(error) = config.providers() {
        found.wrong(&faults::PROVIDERS, format!("{error:#}"));
    }
}

/// Those who serve, each in a department there is.
pub fn staff(config: &Config, found: &mut Findings) {
    let Some(section) = &config.staff else { return };
    let people = match StaffFile::new(&section.people_file).read() {
        Ok(people) => people,
        Err(error) => return found.wrong(&faults::STAFF, error.to_string()),
    };
    let Ok(providers) = config.providers() else { return };
    let unknown = people.iter().find_map(|member| match &member.workplace {
        Workplace::Department(kato) if !providers.knows(kato) => Some(kato.as_str().to_owned()),
        _ => None,
    });
    if let Some(kato) = unknown {
        let path = section.people_file.display();
        found.wrong(&faults::STAFF, format!("{path}: no provider has the territory {kato}"));
    }
}

/// Whether terms can be counted this year, and the next where it is near.
pub fn calendar(config: &Config, now: Timestamp, found: &mut Findings) {
    let file = config.service.working_days_file.as_deref();
    let calendar = match config::working_days(file) {
        Ok(calendar) => calendar,
        Err(error) => return found.wrong(&faults::CONFIGURATION, format!("{error:#}")),
    };
    let today = domain::astana_date(now);
    let place = file.unwrap_or(Path::new("the program's own calendar")).display();
    let lacks = |year: i16| format!("{place} does not know the year {year}");
    if !calendar.knows(today.year()) {
        found.wrong(&faults::CALENDAR_ENDED, lacks(today.year()));
    } else if today.month() == LAST_MONTH && !calendar.knows(today.year() + 1) {
        found.soon(&faults::CALENDAR_ENDING, lacks(today.year() + 1));
    }
}

/// Fonts and forms, which are parts of the program.
pub fn forms(found: &mut Findings) {
    if let Err(error) = PdfRenderer::new() {
        found.wrong(&faults::FORMS, error.to_string());
    }
}

/// The certificate that browsers are shown, where no proxy shows one.
pub fn tls(config: &Config, now: Timestamp, found: &mut Findings) {
    let Some(section) = &config.portal.tls else { return };
    if let Err(error) = tls::load(section) {
        return found.wrong(&faults::TLS_CERTIFICATE, format!("{error:#}"));
    }
    let shown = section.certificate_file.display();
    if let Some(days) = tls::ends_at(section).map(|end| days_until(end.as_second(), now)) {
        match days {
            ..0 => found.wrong(&faults::TLS_CERTIFICATE_ENDED, format!("{shown} has ended")),
            0..TLS_DAYS => {
                found.soon(&faults::TLS_CERTIFICATE_ENDING, format!("{shown}: {days} days left"));
            }
            _ => {}
        }
    }
    let name = config::host(&config.portal.public_url).unwrap_or_default();
    if !tls::is_for(section, &name) {
        found.wrong(&faults::TLS_OTHER_NAME, format!("{shown} is not for {name}"));
    }
}

/// Days until a moment in seconds; negative behind it.
pub fn days_until(end: i64, now: Timestamp) -> i64 {
    (end - now.as_second()).div_euclid(DAY_SECONDS)
}

/// Whom strangers tell of a weakness: a file that has expired is not shown.
pub fn security_contact(config: &Config, now: Timestamp, found: &mut Findings) {
    let Some(contact) = &config.portal.security_contact else { return };
    if contact.expires <= now {
        let what = format!("portal.security_contact.expires is {}", contact.expires);
        found.soon(&faults::SECURITY_CONTACT_EXPIRED, what);
    }
}

/// Whether the program can listen where it is to. Where it does so already, all is well.
pub async fn listening(config: &Config, found: &mut Findings) {
    let listen = config.portal.listen;
    if let Err(error) = TcpListener::bind(listen) {
        let scheme = if config.portal.tls.is_some() { "https" } else { "http" };
        if tells(listen, scheme, "/health/live", "\"live\"").await {
            return;
        }
        found.wrong(&faults::LISTEN_ADDRESS, format!("portal.listen {listen}: {error}"));
    }
    let Some(portal) = &config.egov_portal else { return };
    if let Err(error) = TcpListener::bind(portal.listen) {
        let what = format!("egov_portal.listen {}: {error}", portal.listen);
        found.wrong(&faults::LISTEN_ADDRESS, what);
    }
}

/// Whether what this program tells is told there already, whatever certificate is shown.
pub async fn tells(listen: SocketAddr, scheme: &str, path: &str, words: &str) -> bool {
    let host = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let address = SocketAddr::new(host, listen.port());
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .tls_danger_accept_invalid_certs(true)
        .build();
    let Ok(client) = client else { return false };
    let Ok(answer) = client.get(format!("{scheme}://{address}{path}")).send().await else {
        return false;
    };
    answer.text().await.is_ok_and(|text| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::super::Gravity;
    use super::*;

    #[test]
    fn a_calendar_that_ends_is_told_in_the_last_month_and_as_a_fault_from_new_year_on() {
        let config: Config = toml::from_str(config::EXAMPLE).unwrap();
        let told = |moment: &str| {
            let mut found = Findings::default();
            calendar(&config, moment.parse().unwrap(), &mut found);
            found.iter().next().map(|one| (one.code, one.gravity))
        };
        assert_eq!(told("2025-12-20T00:00:00Z"), None);
        assert_eq!(told("2026-11-29T00:00:00Z"), None);
        let ending = Some(("working_days_ending", Gravity::Soon));
        assert_eq!(told("2026-11-30T19:00:00Z"), ending, "in Kazakhstan it is December");
        assert_eq!(told("2027-01-02T00:00:00Z"), Some(("working_days_ended", Gravity::Wrong)));
    }
}
