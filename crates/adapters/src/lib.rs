//! Everything that talks to the world except SQL and incoming HTTP: files of departments, keys, documents, time stamps.
//!
//! Each folder implements one port of `app`, `token` none, which is what others have keys on. It knows no use case. Read next: the folder whose port you need.

mod archive;
mod consent;
mod contradictions;
mod data_bank;
mod data_bank_file;
mod documents;
mod exchange;
mod identity_provider;
mod import;
mod json_service;
mod mail;
mod master_token;
mod mobile_citizens;
mod passkeys;
mod person_register;
#[cfg(test)]
mod samples;
mod seal;
pub mod shep;
mod signatures;
mod sms;
mod staff_file;
#[cfg(test)]
mod surviving;
mod time_stamps;
mod tls;
mod token;

pub use archive::{ArchiveReader, ArchiveWriter, Digests, Manifest, TableFile, pipe};
pub use consent::{KdpConsent, KdpSettings, KdpWords, SignedConsent};
pub use data_bank::{OwnRegistry, ShepDataBank, WithRegister};
pub use data_bank_file::{
    Column, FILE_BYTES_MAX, Fault, FaultCode, FileFaults, ReadError, TemplateError, TemplateFiles,
    TemplateRecordFiles, read, read_path, template, template_bytes,
};
pub use documents::{PdfRenderer, RendererSetupError};
pub use exchange::is_on_this_computer;
pub use identity_provider::{
    IdentityProviderSettings, IdentityProviderSetupError, OidcIdentityProvider,
};
pub use import::{FilePreview, ImportError, ImportOrder, ImportWatch, import_file, preview_file};
pub use json_service::{JsonServiceError, JsonServiceSettings};
pub use mail::{MailTls, SmtpMailer, SmtpSettings, SmtpSetupError};
pub use master_token::{MasterToken, MasterTokenSettings};
pub use mobile_citizens::{HttpMobileCitizensBase, MobileCitizensSetupError};
pub use passkeys::{PasskeysSetupError, WebauthnPasskeys};
pub use person_register::{PersonRegisterSettings, ShepPersonRegister};
pub use seal::{
    FactsKey, FileSealer, GostFactsSigner, KeyFault, KeysInFiles, NoSeal, SealFiles, SealLevels,
    SealSettings, SealerSetupError, TokenMechanism, TokenSettings,
};
pub use shep::{ShepService, ShepSettings, ShepSetupError};
pub use signatures::{
    Anchor, AnchorFault, BothVerifiers, FactsSignature, JudgedDocument, ListFetcher,
    ListFetcherSettings, ListFetcherSetupError, ListSource, NcaNodeSettings, NcaNodeSetupError,
    NcaNodeVerifier, OwnDocumentVerifier, OwnVerifier, ResponderSettings, Responders,
    RespondersSetupError, Sealers, SyntheticPersonFault, TrustFolder, TrustFolderError,
    TrustFolders, WithSyntheticPerson,
};
pub use sms::{
    HttpSmsGateway, HttpSmsSettings, HttpSmsSetupError, SmppGateway, SmppSettings, SmppSetupError,
};
pub use staff_file::{StaffFault, StaffFile};
pub use time_stamps::{HttpTimeStamper, TimeStampSettings, TimeStamperSetupError};
pub use token::{TokenAccess, TokenChoice, TokenFault};
