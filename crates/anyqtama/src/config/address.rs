//! Addresses that people's browsers are sent to.

/// Whether what goes there is read by nobody on the way: over TLS, or on this very machine.
pub fn is_private(url: &str) -> bool {
    let on_this_machine = |rest: &str| {
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        ["127.0.0.1", "localhost"].contains(&host)
    };
    url.starts_with("https://") || url.strip_prefix("http://").is_some_and(on_this_machine)
}

#[cfg(test)]
mod tests {
    use super::is_private;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for url in
            ["https://a.kz", "http://127.0.0.1:8080", "http://localhost/", "http://localhost"]
        {
            assert!(is_private(url), "{url}");
        }
        for url in [
            "http://a.kz",
            "http://127.0.0.1.a.kz",
            "http://localhost.a.kz:1",
            "ftp://localhost",
            "",
        ] {
            assert!(!is_private(url), "{url}");
        }
    }
}
