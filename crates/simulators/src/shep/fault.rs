//! Ways to fail, each with its name.

use super::spoil::Spoil;

/// Why the gateway or a source did not do what was asked, as it says itself.
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: &'static str,
}

/// For no reason of who asked.
pub(super) const UNKNOWN: Refusal = Refusal { code: "SBF-VE-8", message: "Internal error" };

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Ways to fail.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault {
            $($(#[$doc])* $variant,)*
        }

        impl Fault {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Name, as `PUT /fault` takes it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

faults! {
    /// Nobody answers connections.
    Down = "down",
    /// It answers after a minute.
    Slow = "slow",
    /// It ends the connection in the middle of an answer.
    HangsUp = "hangs_up",
    /// A proxy's status 502.
    ServerError = "server_error",
    /// A proxy's page of refusal.
    Page = "page",
    /// The answer under another media type.
    MediaType = "media_type",
    /// An answer larger than any.
    Oversized = "oversized",
    /// An answer cut in the middle.
    BrokenXml = "broken_xml",
    /// A signed answer that is not as the schema says.
    NotTheSchema = "not_the_schema",
    /// The answer without its signature.
    Unsigned = "unsigned",
    /// Signed by another under the gateway's name.
    Stranger = "stranger",
    /// Signed by another, with the gateway's certificate beside it.
    Forger = "forger",
    /// Changed after it was signed.
    Altered = "altered",
    /// The signed body in the header, another in its place.
    BodyInHeader = "body_in_header",
    /// The same, and the other has the signed one's identifier.
    SameId = "same_id",
    /// Another body behind the signed one.
    TwoBodies = "two_bodies",
    /// The first answer it ever gave, again.
    Replayed = "replayed",
    /// Answers that do not name the question, all with one identifier.
    SameNumber = "same_number",
    /// An answer of yesterday.
    OldDate = "old_date",
    /// An answer of tomorrow.
    FutureDate = "future_date",
    /// An answer to another question.
    OtherQuestion = "other_question",
    /// An answer about somebody else.
    SomebodyElse = "somebody_else",
    /// Status SCSE001, which some services have for «not found» and some for an error.
    NotFoundCode = "not_found_code",
    /// The same, naming no question.
    NamelessNotFoundCode = "nameless_not_found_code",
    /// Status FAULT-015: the source is down.
    SourceDown = "source_down",
    /// Success without data.
    NoData = "no_data",
    /// A fault of the channel.
    SoapFault = "soap_fault",
    /// The same, signed.
    SignedSoapFault = "signed_soap_fault",
}

impl Fault {
    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.name() == name)
    }

    /// How a message is spoilt by it, where it is.
    pub(super) fn spoil(self) -> Option<Spoil> {
        Some(match self {
            Self::Unsigned => Spoil::Unsigned,
            Self::Stranger => Spoil::Stranger,
            Self::Forger => Spoil::Forger,
            Self::BrokenXml => Spoil::BrokenXml,
            Self::Altered => Spoil::Altered,
            Self::BodyInHeader => Spoil::BodyInHeader,
            Self::SameId => Spoil::SameId,
            Self::TwoBodies => Spoil::TwoBodies,
            _ => return None,
        })
    }
}
