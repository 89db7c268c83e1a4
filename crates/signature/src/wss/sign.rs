//! Signing the Body of a message. The key stays with the caller, who signs the bytes handed to him: it may live in a
//! device. What is handed out was judged as if it had come in. Read next: `verify.rs`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node};

use super::envelope::{Envelope, Soap};
use super::verify::{is_plain, prove};
use super::{EXCLUSIVE, Reason, SECURITY_EXTENSION, key_info, method_of};
use crate::verdict::Reason as Fault;
use crate::x509::Certificate;
use crate::xml::algorithms::Method;
use crate::xml::{
    SECURITY_UTILITY, SignatureText, Subset, element_by_id, element_name, info_and_value,
    may_be_id, parse, text_within, with_last_child, written,
};

/// As much as a canonical form may have: with documents inside, what we send is larger than what we take.
const MESSAGE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Why a message could not be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignFault {
    /// It is no message of the kind that can be signed.
    #[error("the message cannot be signed: {0}")]
    Message(Reason),
    /// It carries a signature, or room for one, already.
    #[error("the message is signed already")]
    AlreadySigned,
    /// The Body has an Id already.
    #[error("the Body has an Id already")]
    BodyHasId,
    /// The Id is no plain name, or stands in the message already.
    #[error("the Id is not fit for the Body")]
    UnfitId,
    /// Neither RSA nor GOST 34.10-2015 of 512 bit.
    #[error("the certificate's key is neither RSA nor GOST 34.10-2015 of 512 bit")]
    KeyKind,
    /// The signature is not one of the certificate's key.
    #[error("the key does not belong to the certificate")]
    OtherKey,
}

impl<R: Into<Reason>> From<R> for SignFault {
    fn from(reason: R) -> Self {
        Self::Message(reason.into())
    }
}

/// Signing failed: in our hands, or in those of the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError<E> {
    /// The message or the certificate does not fit.
    #[error(transparent)]
    Unsuitable(#[from] SignFault),
    /// The key refused or is not there.
    #[error("the key did not sign")]
    Key(E),
}

/// What the key does: signs bytes or says why not.
pub type Signing<'a, E> = dyn Fn(&[u8]) -> Result<Vec<u8>, E> + 'a;

/// Signs the Body of a message of either version: gives it `body_id` (such as `id-` and a UUID, new for each message),
/// and puts the header Security with the signature and the certificate at the end of the Header.
///
/// `sign` gets the canonical SignedInfo and answers RSA PKCS #1 v1.5 with SHA-256 over it, or GOST 34.10-2015 with
/// Streebog-512 as the NCA writes it (`r‖s`, little-endian), as the certificate's key is.
///
/// # Errors
/// [`SignError`]; nothing of the message is in it.
pub fn sign_body<E>(
    message: &str,
    body_id: &str,
    certificate: &Certificate,
    sign: &Signing<'_, E>,
) -> Result<Vec<u8>, SignError<E>> {
    let method = method_of(certificate).ok_or(SignFault::KeyKind)?;
    let unsigned = prepared(message, body_id, method, certificate)?;
    let value = sign(&signed_info(&unsigned)?).map_err(SignError::Key)?;
    Ok(finished(&unsigned, &value, certificate)?)
}

/// The message with everything but the signature's value.
fn prepared(
    message: &str,
    body_id: &str,
    method: Method,
    certificate: &Certificate,
) -> Result<String, SignFault> {
    let text = text_within(message.as_bytes(), MESSAGE_BYTES_MAX)?;
    let with_id = with_body_id(&parse(&text)?, body_id)?;
    let document = parse(&with_id)?;
    let soap = Soap::of(&document)?;
    let envelope = Envelope::read(&document, soap)?;
    let body = written(Subset::element(envelope.body), &EXCLUSIVE)?;
    let signature = SignatureText {
        uri: &format!("#{body_id}"),
        content: &EXCLUSIVE,
        signed_info: &EXCLUSIVE,
        method,
        digest: &method.digest().of(&body),
        key_info: &key_info::written(certificate.der()),
    };
    with_security(&envelope, soap, &signature.written())
}

/// The message with an Id on the Body that nothing else has.
fn with_body_id(document: &Document<'_>, body_id: &str) -> Result<String, SignFault> {
    let envelope = Envelope::read(document, Soap::of(document)?)?;
    if envelope.is_signed() {
        return Err(SignFault::AlreadySigned);
    }
    if envelope.body.attributes().any(|one| may_be_id(one.name())) {
        return Err(SignFault::BodyHasId);
    }
    if !is_plain(body_id) || element_by_id(document, body_id) != Err(Fault::XmlWrongReference) {
        return Err(SignFault::UnfitId);
    }
    let body = envelope.body;
    let prefix = free_prefix(body)?;
    let place = body.range().start + 1 + element_name(body).len();
    let (before, after) =
        document.input_text().split_at_checked(place).ok_or(Fault::XmlMalformed)?;
    let id = format!(" xmlns:{prefix}=\"{SECURITY_UTILITY}\" {prefix}:Id=\"{body_id}\"");
    Ok([before, &id, after].concat())
}

/// `wsu`, or where that is taken, another that is not: content may speak of prefixes.
fn free_prefix(body: Node<'_, '_>) -> Result<String, Fault> {
    let is_free = |prefix: &String| body.lookup_namespace_uri(Some(prefix)).is_none();
    let mut all = std::iter::once("wsu".to_owned()).chain((1..100).map(|n| format!("wsu{n}")));
    all.find(is_free).ok_or(Fault::XmlMalformed)
}

/// The message with the header Security. All its namespaces are declared on itself, so it touches nothing around it.
fn with_security(
    envelope: &Envelope<'_, '_>,
    soap: Soap,
    signature: &str,
) -> Result<String, SignFault> {
    let namespace = soap.namespace();
    let security = format!(
        "<wsse:Security xmlns:wsse=\"{SECURITY_EXTENSION}\" xmlns:soap=\"{namespace}\" \
        soap:mustUnderstand=\"1\">{signature}</wsse:Security>"
    );
    if let Some(header) = envelope.header {
        return Ok(with_last_child(header, &security)?);
    }
    let body = envelope.body;
    let text = body.document().input_text();
    let (before, after) = text.split_at_checked(body.range().start).ok_or(Fault::XmlMalformed)?;
    let name = element_name(body).strip_suffix("Body").unwrap_or_default();
    let header = format!("{name}Header");
    Ok(format!("{before}<{header}>{security}</{header}>{after}"))
}

fn signed_info(unsigned: &str) -> Result<Vec<u8>, SignFault> {
    let document = parse(unsigned)?;
    let envelope = Envelope::read(&document, Soap::of(&document)?)?;
    let [info, _] = info_and_value(envelope.signature()?)?;
    Ok(written(Subset::element(info), &EXCLUSIVE)?)
}

/// The message with the value; nothing leaves that we would not take ourselves.
fn finished(unsigned: &str, value: &[u8], certificate: &Certificate) -> Result<Vec<u8>, SignFault> {
    let document = parse(unsigned)?;
    let soap = Soap::of(&document)?;
    let [_, place] = info_and_value(Envelope::read(&document, soap)?.signature()?)?;
    let signed = with_last_child(place, &STANDARD.encode(value))?;
    match prove(&parse(&signed)?, soap, std::slice::from_ref(certificate)) {
        Ok(_) => Ok(signed.into_bytes()),
        Err(Reason::Signature(Fault::SignatureMismatch)) => Err(SignFault::OtherKey),
        Err(reason) => Err(SignFault::Message(reason)),
    }
}
