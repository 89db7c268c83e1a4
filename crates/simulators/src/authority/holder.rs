//! A private key with its certificate and those above it, in memory and as one PEM file.
//!
//! Read next: `folder.rs` for where the files lie.

use der::Decode;
use der::pem::LineEnding;
use jiff::Timestamp;
use signature::Moment;
use signature::signing::{
    ContentPlace, GostKey, OcspOrder, SigningError, SigningKey, TimeStampOrder, XmlOrder,
    issue_ocsp_response, issue_time_stamp, sign_cms, sign_xml,
};
use signature::x509::Certificate;
use signature::xml::{Canonicalization, Comments, Form, Part};
use x509_cert::ext::pkix::ExtendedKeyUsage;

use super::AuthorityError;
use super::rsa_key::RsaKey;

const BEGIN_KEY: &str = "-----BEGIN PRIVATE KEY-----";

/// A private key of either kind.
#[derive(Clone)]
pub(super) enum Private {
    Gost(GostKey),
    Rsa(RsaKey),
}

impl Private {
    pub(super) fn key(&self) -> &dyn SigningKey {
        match self {
            Self::Gost(key) => key,
            Self::Rsa(key) => key,
        }
    }

    fn to_pem(&self) -> Result<String, SigningError> {
        match self {
            Self::Gost(key) => key.to_pem(),
            Self::Rsa(key) => key.to_pem(),
        }
    }

    fn from_pem(pem: &str) -> Result<Self, SigningError> {
        GostKey::from_pem(pem).map(Self::Gost).or_else(|_| RsaKey::from_pem(pem).map(Self::Rsa))
    }
}

/// A private key without certificates, in the place of one in a device.
#[derive(Clone)]
pub struct SoftwareKey(Private);

impl SoftwareKey {
    /// Reads PKCS #8, PEM.
    ///
    /// # Errors
    /// [`SigningError`].
    pub fn from_pem(pem: &str) -> Result<Self, SigningError> {
        Private::from_pem(pem).map(Self)
    }

    /// The bare signature over some bytes.
    ///
    /// # Errors
    /// [`SigningError`].
    pub fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SigningError> {
        self.0.key().sign(bytes)
    }
}

/// A key and its certificates: of a person, of a seal, of an authority.
#[derive(Clone)]
pub struct KeyHolder {
    pub(super) private: Private,
    pub(super) certificate: Certificate,
    /// The issuing authority first; without the root.
    pub(super) chain: Vec<Certificate>,
}

impl KeyHolder {
    /// Reads the PEM that [`Self::to_pem`] writes: certificates, the holder's first, and a PKCS #8 key.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn from_pem(pem: &str) -> Result<Self, AuthorityError> {
        let mut chain = Certificate::all_from(pem.as_bytes())
            .map_err(|reason| AuthorityError::Certificate(reason.code()))?
            .into_iter();
        let certificate = chain.next().ok_or(AuthorityError::Certificate("missing"))?;
        let key = pem.find(BEGIN_KEY).and_then(|start| pem.get(start..)).unwrap_or_default();
        let private = Private::from_pem(key)?;
        Ok(Self { private, certificate, chain: chain.collect() })
    }

    /// Certificate, those above it without the root, and the private key, as PEM.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn to_pem(&self) -> Result<String, AuthorityError> {
        let mut pem = String::new();
        for certificate in std::iter::once(&self.certificate).chain(&self.chain) {
            pem.push_str(&certificate_pem(certificate)?);
        }
        pem.push_str(&self.key_pem()?);
        Ok(pem)
    }

    /// The private key alone, as PKCS #8 PEM.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn key_pem(&self) -> Result<String, AuthorityError> {
        Ok(self.private.to_pem()?)
    }

    /// The holder's certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        self.certificate.der()
    }

    /// Signs as NCALayer does: CMS with the certificate and signed attributes, DER.
    ///
    /// # Errors
    /// [`SigningError`].
    pub fn sign(
        &self,
        content: &[u8],
        attached: bool,
        at: Timestamp,
    ) -> Result<Vec<u8>, SigningError> {
        let place = if attached { ContentPlace::Attached } else { ContentPlace::Detached };
        sign_cms(content, place, &self.certificate, self.private.key(), Moment(at.as_second()))
    }

    /// The private key alone.
    #[must_use]
    pub fn key(&self) -> SoftwareKey {
        SoftwareKey(self.private.clone())
    }

    /// Signs an XML document as NCALayer does: the signature inside, over all of it.
    ///
    /// # Errors
    /// [`SigningError`].
    pub fn sign_xml(&self, document: &[u8]) -> Result<Vec<u8>, SigningError> {
        let inclusive = |comments| Canonicalization { form: Form::Inclusive, comments };
        let order = XmlOrder {
            document,
            part: Part::Whole,
            content: inclusive(Comments::Kept),
            signed_info: inclusive(Comments::Left),
        };
        sign_xml(&order, &self.certificate, self.private.key())
    }

    /// Makes a time stamp, DER.
    pub(super) fn stamp(&self, order: &TimeStampOrder<'_>) -> Result<Vec<u8>, SigningError> {
        issue_time_stamp(order, &self.certificate, self.private.key())
    }

    /// Answers a question about revocation, DER.
    pub(super) fn answer(&self, order: &OcspOrder<'_>) -> Result<Vec<u8>, SigningError> {
        issue_ocsp_response(order, &self.certificate, self.private.key())
    }

    /// Extended uses of the certificate, dotted.
    pub(super) fn usages(&self) -> Vec<String> {
        let parsed = x509_cert::Certificate::from_der(self.certificate.der());
        let uses = parsed
            .ok()
            .and_then(|one| one.tbs_certificate().get_extension::<ExtendedKeyUsage>().ok()?);
        uses.map_or_else(Vec::new, |(_, uses)| uses.0.iter().map(ToString::to_string).collect())
    }
}

pub(super) fn certificate_pem(certificate: &Certificate) -> Result<String, AuthorityError> {
    der::pem::encode_string("CERTIFICATE", LineEnding::LF, certificate.der())
        .map_err(|_| AuthorityError::Certificate("unprintable"))
}

/// A demo person's key.
#[derive(Clone)]
pub struct PersonKey {
    slug: String,
    name: String,
    iin: Option<String>,
    usages: Vec<String>,
    holder: KeyHolder,
}

impl PersonKey {
    pub(super) fn new(slug: &str, holder: KeyHolder) -> Self {
        let names = holder.certificate.names();
        let name = [names.common_name, names.patronymic].into_iter().flatten();
        Self {
            slug: slug.to_owned(),
            name: name.collect::<Vec<_>>().join(" "),
            iin: holder.certificate.iin(),
            usages: holder.usages(),
            holder,
        }
    }

    /// Name of the key.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Name of the person, as in the certificate.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// IIN of the certificate.
    #[must_use]
    pub fn iin(&self) -> Option<&str> {
        self.iin.as_deref()
    }

    /// Extended uses of the certificate, dotted.
    #[must_use]
    pub fn usages(&self) -> &[String] {
        &self.usages
    }

    /// Key and certificates.
    #[must_use]
    pub fn holder(&self) -> &KeyHolder {
        &self.holder
    }

    /// The certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        self.holder.certificate()
    }

    /// Signs as NCALayer does.
    ///
    /// # Errors
    /// [`SigningError`].
    pub fn sign(
        &self,
        content: &[u8],
        attached: bool,
        at: Timestamp,
    ) -> Result<Vec<u8>, SigningError> {
        self.holder.sign(content, attached, at)
    }
}
