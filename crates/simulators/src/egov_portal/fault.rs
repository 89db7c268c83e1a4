//! Ways in which the gateway fails the service, each with its name.

use crate::shep::Spoil;

/// Ways to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortalFault {
    /// Nobody answers connections.
    Down,
    /// It answers after a minute.
    Slow,
    /// It ends the connection in the middle of an answer; the message was taken.
    HangsUp,
    /// The same with a RESPONSE alone.
    HangsUpOnResponse,
    /// A proxy's status 502.
    ServerError,
    /// A fault of the channel.
    SoapFault,
    /// The same, signed.
    SignedSoapFault,
    /// The message is taken, and the answer says nothing of use.
    BrokenAnswer,
    /// A receipt for another chain.
    OtherChain,
    /// A receipt of yesterday.
    OldDate,
    /// The first receipt there ever was of this chain, again.
    Replayed,
    /// The first RESPONSE is declined, later ones are taken.
    DeclinesOneResponse,
    /// The answer is spoilt.
    Spoilt(Spoil),
}

impl PortalFault {
    /// All of them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let own = [
            Self::Down,
            Self::Slow,
            Self::HangsUp,
            Self::HangsUpOnResponse,
            Self::ServerError,
            Self::SoapFault,
            Self::SignedSoapFault,
            Self::BrokenAnswer,
            Self::OtherChain,
            Self::OldDate,
            Self::Replayed,
            Self::DeclinesOneResponse,
        ];
        own.into_iter().chain(Spoil::ALL.map(Self::Spoilt)).collect()
    }

    /// Name, as `PUT /fault` takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Slow => "slow",
            Self::HangsUp => "hangs_up",
            Self::HangsUpOnResponse => "hangs_up_on_response",
            Self::ServerError => "server_error",
            Self::SoapFault => "soap_fault",
            Self::SignedSoapFault => "signed_soap_fault",
            Self::BrokenAnswer => "broken_answer",
            Self::OtherChain => "other_chain",
            Self::OldDate => "old_date",
            Self::Replayed => "replayed",
            Self::DeclinesOneResponse => "declines_one_response",
            Self::Spoilt(Spoil::Unsigned) => "unsigned",
            Self::Spoilt(Spoil::Stranger) => "stranger",
            Self::Spoilt(Spoil::Forger) => "forger",
            Self::Spoilt(Spoil::BrokenXml) => "broken_xml",
            Self::Spoilt(Spoil::Altered) => "altered",
            Self::Spoilt(Spoil::BodyInHeader) => "body_in_header",
            Self::Spoilt(Spoil::SameId) => "same_id",
            Self::Spoilt(Spoil::TwoBodies) => "two_bodies",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|fault| fault.name() == name)
    }
}
