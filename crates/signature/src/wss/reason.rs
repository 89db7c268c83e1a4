//! Why a message is not accepted. Told to operators, never to citizens: to these the gateway is silent. Knows no XML.

use crate::verdict::Reason as Fault;

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)*) => {
        /// Why a message is not accepted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
        pub enum Reason {
            /// Its XML, its signature or the pinned certificate's time.
            #[error(transparent)]
            Signature(#[from] Fault),
            $($(#[$doc])* #[error($code)] $variant,)*
        }

        impl Reason {
            /// Each of messages alone, for catalogues and their tests.
            pub const OWN: &'static [Self] = &[$(Self::$variant,)*];

            /// Stable code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    Self::Signature(reason) => reason.code(),
                    $(Self::$variant => $code,)*
                }
            }
        }
    };
}

reasons! {
    /// The document element is not the Envelope of the SOAP version that is spoken.
    NotAnEnvelope = "not_an_envelope",
    /// The Envelope holds something else than one Header and then one Body.
    EnvelopeForm = "envelope_form",
    /// An Envelope, Header or Body stands where none belongs.
    PartElsewhere = "part_elsewhere",
    /// A processing instruction, which SOAP forbids.
    ProcessingInstruction = "processing_instruction",
    /// There is no header Security: nobody signed.
    SecurityMissing = "security_missing",
    /// There are several.
    SeveralSecurityHeaders = "several_security_headers",
    /// It is no child of the Header.
    SecurityElsewhere = "security_elsewhere",
    /// It is for somebody else on the way.
    OtherActor = "other_actor",
    /// It holds something beside its one Signature.
    SecurityForm = "security_form",
    /// The signature does not carry its certificate in the one form that is taken.
    KeyInfoForm = "key_info_form",
    /// The certificate is none of those expected.
    NotPinned = "not_pinned",
}
