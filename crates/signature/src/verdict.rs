//! Verdicts and their reasons. A verdict has three values: what cannot be told now is neither valid nor invalid.

use crate::cms::Signed;

/// The judgement about a signature.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Genuine and fit for its purpose.
    Valid(Box<Signed>),
    /// Not genuine, or not fit.
    Invalid(Reason),
    /// Cannot be told now.
    CannotTell(Doubt),
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
        pub enum $name {
            $($(#[$variant_doc])* #[error($code)] $variant,)*
        }

        impl $name {
            /// Each of them, for catalogues of texts and their tests.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Stable code; texts in several languages hang on it.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }
    };
}

pub(crate) use codes;

codes! {
    /// Why a signature is not accepted.
    Reason {
        /// Nothing was sent.
        Empty = "empty",
        /// Larger than any request.
        TooLarge = "too_large",
        /// No CMS, or one that breaks its own rules.
        Malformed = "malformed",
        /// A CMS of another kind.
        NotSignedData = "not_signed_data",
        /// Nobody signed.
        NoSigner = "no_signer",
        /// More than one person signed.
        SeveralSigners = "several_signers",
        /// The signed text is not inside.
        Detached = "detached",
        /// Another text was signed.
        WrongContent = "wrong_content",
        /// The digest inside does not belong to the text.
        DigestMismatch = "digest_mismatch",
        /// The signature does not belong to the digest.
        SignatureMismatch = "signature_mismatch",
        /// The signer's certificate is not inside.
        SignerCertificateMissing = "signer_certificate_missing",
        /// Issued by an authority that is not trusted here.
        UnknownIssuer = "unknown_issuer",
        /// Issued by the authority of state bodies («УЦ ГО»), which is not trusted here.
        GovernmentAuthority = "government_authority",
        /// Issued by a bank's authority, which is not trusted here.
        BankAuthority = "bank_authority",
        /// The certificate is not valid yet.
        NotYetValid = "not_yet_valid",
        /// The certificate has expired.
        Expired = "expired",
        /// The authority's own certificate has expired.
        IssuerExpired = "issuer_expired",
        /// The certificate was revoked.
        Revoked = "revoked",
        /// The authority says that it never issued the certificate.
        NeverIssued = "never_issued",
        /// The key is not for signing documents.
        WrongKeyUsage = "wrong_key_usage",
        /// The certificate does not say what its key is for, nor whose it is: it has no extended key usage.
        NoKeyPurpose = "no_key_purpose",
        /// The key is not a natural person's.
        WrongRole = "wrong_role",
        /// The certificate names no IIN.
        NoIin = "no_iin",
        /// A key of the old GOST 34.310-2004: it must be renewed at the NCA.
        OldGost2004 = "old_gost_2004",
        /// An algorithm that is not supported.
        UnsupportedAlgorithm = "unsupported_algorithm",
        /// No XML, or such that programs read differently: a document type, another encoding, too deep.
        XmlMalformed = "xml_malformed",
        /// The XML document carries no signature where one belongs.
        XmlSignatureMissing = "xml_signature_missing",
        /// More than one signature in the XML document.
        XmlSeveralSignatures = "xml_several_signatures",
        /// The XML signature has other parts than this form.
        XmlSignatureForm = "xml_signature_form",
        /// What was signed was changed before by a transform that is not allowed here.
        XmlUnsupportedTransform = "xml_unsupported_transform",
        /// The XML signature is over something else, or over several things.
        XmlWrongReference = "xml_wrong_reference",
        /// The Id of what was signed stands twice.
        XmlDuplicateId = "xml_duplicate_id",
        /// The XML document has comments inside, which no signature covers.
        XmlComment = "xml_comment",
    }
}

codes! {
    /// Why it cannot be told.
    Doubt {
        /// No revocation list of the authority is at hand.
        CrlMissing = "crl_missing",
        /// The revocation list at hand is not of this moment.
        CrlStale = "crl_stale",
        /// No responder answered, and the lists at hand cannot tell; so it is with all the following.
        OcspSilent = "ocsp_silent",
        /// The responder asks to be asked later.
        OcspTryLater = "ocsp_try_later",
        /// The responder declines, or has a fault of its own.
        OcspRefused = "ocsp_refused",
        /// Its answer cannot be read.
        OcspMalformed = "ocsp_malformed",
        /// Its answer is signed by nobody who may answer for the authority.
        OcspUntrusted = "ocsp_untrusted",
        /// It answers about another certificate.
        OcspOtherCertificate = "ocsp_other_certificate",
        /// It answers another question.
        OcspOtherNonce = "ocsp_other_nonce",
        /// Its answer is not of this moment.
        OcspStale = "ocsp_stale",
        /// It knows nothing of the certificate, or nothing any more.
        OcspUnknown = "ocsp_unknown",
        /// Another judge that must be heard does not answer; this and the following are told by whoever asks one.
        OtherJudgeSilent = "other_judge_silent",
        /// Its answer cannot be read, lacks something, or contradicts itself or what was asked.
        OtherJudgeUnclear = "other_judge_unclear",
        /// It judges otherwise than we do.
        JudgesDisagree = "judges_disagree",
    }
}

/// What stands in the way of accepting something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objection {
    /// It is not valid.
    Invalid(Reason),
    /// It cannot be told.
    CannotTell(Doubt),
}

impl Objection {
    /// Stable code of the reason or doubt.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Invalid(reason) => reason.code(),
            Self::CannotTell(doubt) => doubt.code(),
        }
    }
}

impl From<Reason> for Objection {
    fn from(reason: Reason) -> Self {
        Self::Invalid(reason)
    }
}

impl From<Doubt> for Objection {
    fn from(doubt: Doubt) -> Self {
        Self::CannotTell(doubt)
    }
}

impl From<Objection> for Verdict {
    fn from(objection: Objection) -> Self {
        match objection {
            Objection::Invalid(reason) => Self::Invalid(reason),
            Objection::CannotTell(doubt) => Self::CannotTell(doubt),
        }
    }
}
