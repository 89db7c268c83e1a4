//! How the signer behaves: as the program does, or in one of the ways in which it was seen to differ or fail.

/// Behaviour from the next message on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Behaviour {
    /// Form of `body.result`.
    pub shape: ReplyShape,
    /// Form of a signature within it.
    pub cms_text: CmsText,
    /// What goes wrong, if anything.
    pub fault: Option<Fault>,
}

/// Form of `body.result`; version 1.4 answers a list, others were recorded too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplyShape {
    /// A list, also for one document.
    #[default]
    Array,
    /// The bare text of the first signature.
    Text,
    /// An object with `signatures`.
    Object,
}

/// Form of a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CmsText {
    /// `-----BEGIN CMS-----` and lines.
    #[default]
    Pem,
    /// Base64 in one line.
    Base64,
}

/// Ways to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Requests to sign are taken and never answered or shown.
    NeverAnswers,
    /// The connection ends at a request to sign, without a closing frame.
    DropsConnection,
    /// Each request to sign is answered with an error.
    RepliesError,
    /// Other bytes than the page sent are signed.
    SignsOtherContent,
    /// The greeting is that of an old version.
    OldVersion,
}

impl Behaviour {
    /// Behaviour with a fault.
    #[must_use]
    pub fn failing(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    pub(super) fn is_old(self) -> bool {
        self.fault == Some(Fault::OldVersion)
    }
}
