//! What the application eGov Mobile asks of us: the invitation behind a QR code (API 1), the document and the signature
//! (API 2).
//!
//! The application is no browser: it has no cookie and no language in the address. Knows no page; those are
//! `pages/phone_signing.rs`. Read next: `links.rs`, `answers.rs`, `take.rs`.

mod answers;
mod links;
mod qr;
mod take;

pub use answers::invitation;
pub use links::Links;
pub use qr::QrPicture;
pub use take::{document, document_by_signature, take};

use app::{PhoneAuth, PhoneMethod, PhoneWay};

/// How eGov Mobile is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EgovMobile {
    /// How the application shows that it may have the document.
    pub auth: PhoneAuth,
    /// How it signs.
    pub method: PhoneMethod,
    /// Where a telephone opens the application by a link.
    pub link_url: String,
}

impl EgovMobile {
    /// The same for the use cases.
    #[must_use]
    pub fn way(&self) -> PhoneWay {
        PhoneWay { auth: self.auth, method: self.method }
    }
}
