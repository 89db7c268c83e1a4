//! Addresses of one signing: for the application, for a camera, for a telephone's browser.

use std::fmt::Write;

/// What iOS and Android need to open the application or its page in the store.
const APPLICATION: &str = "isi=1476128386&ibi=kz.egov.mobile&apn=kz.mobile.mgov";

/// The addresses.
pub struct Links {
    /// API 1.
    pub invitation: String,
    /// API 2.
    pub document: String,
}

impl Links {
    /// Under the address people see.
    #[must_use]
    pub fn new(public_url: &str, token: &str) -> Self {
        let invitation = format!("{}/mgovSign/{token}", public_url.trim_end_matches('/'));
        let document = format!("{invitation}/document");
        Self { invitation, document }
    }

    /// The text of the QR code.
    #[must_use]
    pub fn qr_text(&self) -> String {
        format!("mobileSign:{}", self.invitation)
    }

    /// The link that opens the application on the telephone itself.
    #[must_use]
    pub fn deep_link(&self, link_url: &str) -> String {
        format!("{link_url}?link={}&{APPLICATION}", encoded(&self.invitation))
    }
}

fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_links_are_those_of_the_protocol() {
        let links = Links::new("https://anyqtama.example/", "ab");
        assert_eq!(links.qr_text(), "mobileSign:https://anyqtama.example/mgovSign/ab");
        assert_eq!(links.document, "https://anyqtama.example/mgovSign/ab/document");
        assert_eq!(
            links.deep_link("https://m.egov.kz/mobileSign"),
            "https://m.egov.kz/mobileSign?link=https%3A%2F%2Fanyqtama.example%2FmgovSign%2Fab\
             &isi=1476128386&ibi=kz.egov.mobile&apn=kz.mobile.mgov"
        );
    }
}
