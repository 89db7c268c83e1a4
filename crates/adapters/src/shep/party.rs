//! We and the gateway, as each knows the other: our key, its certificates. Signs what we say and judges what comes.
//!
//! The signature covers neither date nor identifier by itself: whoever reads on compares those inside the body. Read next:
//! `channel.rs`, `async_channel.rs`.

use std::path::PathBuf;
use std::sync::Arc;

use app::{Clock, Ids};
use jiff::{SignedDuration, Timestamp};
use signature::Moment;
use signature::wss::{Pinned, Soap, verify};
use signature::x509::Certificate;

use super::fault::{ShepFault, unsigned};
use super::key::{MessageKey, read};
use super::settings::{ShepSettings, ShepSetupError};

/// Both sides of the line.
pub struct ShepParty {
    key: MessageKey,
    gateway: Pinned,
    /// How the gateway calls us.
    pub(super) sender_id: String,
    /// Our password there.
    pub(super) password: Option<String>,
    freshness: SignedDuration,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl ShepParty {
    /// Over these settings.
    ///
    /// # Errors
    /// [`ShepSetupError`].
    pub fn new(
        settings: &ShepSettings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, ShepSetupError> {
        settings.check()?;
        Ok(Self {
            key: MessageKey::load(settings)?,
            gateway: pinned(&settings.gateway_certificates)?,
            sender_id: settings.sender_id.clone(),
            password: settings.password.clone(),
            freshness: settings.freshness,
            clock,
            ids,
        })
    }

    /// The envelope with its body signed by us.
    ///
    /// # Errors
    /// [`ShepFault::NotSignedByUs`].
    pub fn sign(&self, envelope: &str) -> Result<Vec<u8>, ShepFault> {
        let body_id = format!("id-{}", self.uuid());
        self.key.sign(envelope, &body_id).map_err(|_| ShepFault::NotSignedByUs)
    }

    /// The body of a message that the gateway signed: nothing else of it may be read.
    ///
    /// # Errors
    /// [`ShepFault`] why nothing of it may be believed.
    pub fn judged(&self, message: &[u8]) -> Result<String, ShepFault> {
        let signed = verify(message, Soap::V1_1, &self.gateway, Moment(self.now().as_second()));
        let signed = signed.map_err(|reason| unsigned(message, reason))?;
        String::from_utf8(signed.canonical).map_err(|_| ShepFault::Unfit("Body"))
    }

    /// Whether a date lies near our clock.
    #[must_use]
    pub fn is_fresh(&self, date: Timestamp) -> bool {
        self.now().duration_since(date).abs() <= self.freshness
    }

    /// How far a date may lie from our clock.
    #[must_use]
    pub fn freshness(&self) -> SignedDuration {
        self.freshness
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A random identifier, version 4.
    #[must_use]
    pub fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.ids.fill(&mut bytes);
        let random = u128::from_be_bytes(bytes);
        let versioned = random & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let digits = format!("{versioned:032x}");
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
    }
}

fn pinned(files: &[PathBuf]) -> Result<Pinned, ShepSetupError> {
    let mut all: Vec<Certificate> = Vec::new();
    for path in files {
        all.extend_from_slice(Pinned::read(&read(path)?)?.certificates());
    }
    Ok(Pinned::new(all)?)
}
