//! A signed message, or one spoilt on purpose. Read next: `answering.rs`, `egov_portal`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::uuid;
use crate::authority::{Answering, MessageError, ShepKeys};

/// Ways to spoil a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoil {
    /// Without its signature.
    Unsigned,
    /// Signed by another under the gateway's name.
    Stranger,
    /// Signed by another, with the gateway's certificate beside it.
    Forger,
    /// Cut in the middle.
    BrokenXml,
    /// Changed after it was signed.
    Altered,
    /// The signed body in the header, another in its place.
    BodyInHeader,
    /// The same, and the other has the signed one's identifier.
    SameId,
    /// Another body behind the signed one.
    TwoBodies,
}

impl Spoil {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Unsigned,
        Self::Stranger,
        Self::Forger,
        Self::BrokenXml,
        Self::Altered,
        Self::BodyInHeader,
        Self::SameId,
        Self::TwoBodies,
    ];
}

/// The envelope signed by the gateway, or as `spoil` says.
pub(crate) fn signed(
    keys: &ShepKeys,
    text: &str,
    spoil: Option<Spoil>,
) -> Result<Vec<u8>, MessageError> {
    let id = format!("id-{}", uuid());
    let sign = |who| keys.sign(who, text, &id);
    let bytes = match spoil {
        Some(Spoil::Unsigned) => return Ok(text.as_bytes().to_vec()),
        Some(Spoil::Stranger) => return sign(Answering::Stranger),
        Some(Spoil::Forger) => {
            let signed = String::from_utf8_lossy(&sign(Answering::Stranger)?).into_owned();
            let certificates = [keys.strangers_certificate(), keys.certificate()];
            let [own, gateway] = certificates.map(|der| STANDARD.encode(der));
            return Ok(signed.replace(&own, &gateway).into_bytes());
        }
        _ => sign(Answering::Gateway)?,
    };
    let signed = String::from_utf8_lossy(&bytes).into_owned();
    Ok(match spoil {
        Some(Spoil::BrokenXml) => bytes.iter().copied().take(bytes.len() / 2).collect(),
        Some(Spoil::Altered) => signed.replacen("Date>20", "Date>19", 1).into_bytes(),
        Some(Spoil::BodyInHeader) => wrapped(&signed, text, None),
        Some(Spoil::SameId) => wrapped(&signed, text, Some(&id)),
        Some(Spoil::TwoBodies) => {
            let (_, body, _) = split(text);
            let end = "</soap:Envelope>";
            signed.replace(end, &format!("{body}{end}")).into_bytes()
        }
        _ => bytes,
    })
}

/// The signed envelope with its body put away in the header, and an unsigned one where it stood.
fn wrapped(signed: &str, unsigned: &str, id: Option<&str>) -> Vec<u8> {
    let (before, body, after) = split(signed);
    let (_, other, _) = split(unsigned);
    let attribute = id.map(|id| format!(" Id=\"{id}\"")).unwrap_or_default();
    let other = other.replacen("<soap:Body", &format!("<soap:Body{attribute}"), 1);
    let header = "</soap:Header>";
    let before =
        before.replacen(header, &format!("<w:put xmlns:w=\"urn:w\">{body}</w:put>{header}"), 1);
    [before.as_str(), &other, after].concat().into_bytes()
}

/// What stands before, in and after the body.
fn split(envelope: &str) -> (&str, &str, &str) {
    let end = "</soap:Body>";
    let from = envelope.find("<soap:Body").unwrap_or_default();
    let to = envelope.find(end).map_or(envelope.len(), |place| place + end.len());
    let part = |range: std::ops::Range<usize>| envelope.get(range).unwrap_or_default();
    (part(0..from), part(from..to), part(to..envelope.len()))
}
