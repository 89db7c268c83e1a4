//! The ports: what the use cases need from the world. Each trait's contract stands in its comments;
//! `testing` holds the suites that every implementation must pass.

mod access_control;
mod appointment_columns;
mod archive;
mod consent_askings;
mod consent_register;
mod data_bank;
mod department_files;
mod documents;
mod evidence;
mod exchanges;
mod identity;
mod notices;
mod officers;
mod one_time_passwords;
mod passkeys;
mod person_register;
mod phone_signings;
mod proposals;
mod record_desk;
mod record_files;
mod records;
mod repair_requests;
mod signatures;
mod staff_register;
mod steps;
mod store;
mod time_stamps;
mod world;

pub use access_control::{
    AccessControl, AccessProof, AccessQuestion, AccessReply, AccessTerms, KeptProof,
};
pub use appointment_columns::{AppointmentColumns, AppointmentDigests};
pub use archive::{
    ARCHIVED_TABLES, Archive, ArchiveError, ArchiveItem, ArchiveSink, ArchiveSource, ColumnValue,
    NewNumberClass,
};
pub use consent_askings::{
    ASKINGS_MAX, ASKINGS_SPAN, AskingTurn, ConsentAsking, ConsentAskings, ConsentOutcome, Heard,
};
pub use consent_register::{
    ConsentEntry, ConsentPeriod, ConsentRegister, ConsentWithdrawal, Withdrawn, withdrawal_digest,
};
pub use data_bank::{ConsentService, DataBank, Registry, Reply};
pub use department_files::{CellFault, DepartmentFiles, InLanguages, ReadFile, TypedCell};
pub use documents::{
    DocumentVerdict, DocumentVerifier, FactsSigner, RenderError, Renderer, SealError, SealOrder,
    SealTerm, Sealer,
};
pub use evidence::{Fields, JournalHead, JournalRoot, StoredEvidence, UsedNumberClass};
pub use exchanges::{
    ExchangeLease, ExchangeProgress, ExchangeTaken, Exchanges, ExternalId, NewExchange,
    PortalExchange,
};
pub use identity::{
    IdentifiedPerson, IdentityBeginning, IdentityProvider, IdentityReply, IdentityVerdict,
};
pub use notices::{Exception, Notice, NoticeKind, StoredNotice, TechnicalBreak};
pub use officers::{
    OfficeStore, Officer, OfficerSession, SessionWay, StaffList, StaffMember, Workplace,
};
pub use one_time_passwords::{
    EarlierSend, KeptPassword, MobileCitizensBase, NewPassword, PasswordBinding, PasswordPurpose,
    PasswordTried, PasswordTry, PasswordTurn, PasswordUse, PendingSignIn, SmsFault, SmsGateway,
};
pub use passkeys::{
    ClaimedCredential, MadeCredential, Passkey, PasskeyCeremony, PasskeyFault, PasskeyId,
    PasskeyOwner, PasskeyStore, PasskeyUse, Passkeys, UsedCredential,
};
pub use person_register::PersonRegister;
pub use phone_signings::{
    PhoneAccepted, PhoneAuth, PhoneLinkHash, PhoneMethod, PhoneSignature, PhoneSigning,
};
pub use proposals::{
    ClosedBy, NewProposal, Proposal, ProposalEnd, ProposalId, ProposalKind, ProposalPreview,
    ProposalState,
};
pub use record_desk::{
    KeyedPage, KeyedRecord, LookWay, PresentRecord, RecordDesk, RecordLook, RecordQuery,
};
pub use record_files::{ExportFormat, RecordFile, RecordFileError, RecordFiles};
pub use records::{
    Channel, Draft, IdempotencyKey, OpenRequest, Registered, Registration, Session, SessionToken,
    SignInChallenge, Step, StoredRequest,
};
pub use repair_requests::{RepairAnswer, RepairMark, RepairOutcome, RepairRequest};
pub use signatures::{
    OtherJudge, SignaturePurpose, SignatureVerdict, SignatureVerifier, VerifiedSigner,
};
pub use staff_register::{
    Appointment, AppointmentBy, AppointmentDecided, AppointmentDecision, AppointmentEnd,
    AppointmentId, AppointmentKind, AppointmentProposed, AppointmentState, StaffRegister,
};
pub use steps::{
    CheckToken, Effect, JobNext, Lease, PlannedResult, ResultId, ResultKind, StoredDecision,
    StoredResult, Transition, WardKey,
};
pub use store::{Store, StoreError};
pub use time_stamps::{StampError, StampVerdict, TimeStamper};
pub use world::{Clock, Ids};
