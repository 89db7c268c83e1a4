//! Addresses that people's browsers are sent to.

/// Whether what goes there is read by nobody on the way: over TLS, or on this computer.
pub fn is_private(url: &str) -> bool {
    url.starts_with("https://") || adapters::is_on_this_computer(url)
}

/// The name or number of the computer in an address.
pub fn host(url: &str) -> Option<String> {
    reqwest::Url::parse(url).ok()?.host_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::is_private;

    #[test]
    fn plain_http_stays_on_this_computer() {
        for url in
            ["https://a.kz", "http://127.0.0.1:8080", "http://localhost/", "http://localhost"]
        {
            assert!(is_private(url), "{url}");
        }
        for url in
            ["http://a.kz", "http://127.0.0.1.a.kz", "http://localhost@a.kz", "ftp://localhost", ""]
        {
            assert!(!is_private(url), "{url}");
        }
    }
}
