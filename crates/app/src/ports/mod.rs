//! The ports: what the use cases need from the world. Each trait's contract stands in its comments;
//! `testing` holds the suites that every implementation must pass.

mod access_control;
mod annulments;
mod appointment_columns;
mod archive;
mod attempts;
mod caller_desk;
mod case_files;
mod consent_askings;
mod consent_register;
mod data_bank;
mod department_files;
mod documents;
mod emails;
mod erased;
mod erased_columns;
mod erasures;
mod evidence;
mod exchanges;
mod figures;
mod form_maker;
mod form_versions;
mod identity;
mod keyed_records;
mod notices;
mod officers;
mod one_time_passwords;
mod operations;
mod outbox;
mod passkeys;
mod person_register;
mod phone_signings;
mod proposals;
mod record_desk;
mod record_files;
mod record_looks;
mod records;
mod recourse_columns;
mod recourses;
mod repair_requests;
mod sheet_files;
mod signatures;
mod staff_register;
mod steps;
mod store;
mod time_stamps;
mod world;

pub use access_control::{
    AccessControl, AccessProof, AccessQuestion, AccessReply, AccessTerms, KeptProof,
};
pub use annulments::{Annulment, AnnulmentEnd, AnnulmentId, AnnulmentOutcome, AnnulmentReason};
pub use appointment_columns::{AppointmentColumns, AppointmentDigests};
pub use archive::{
    ARCHIVED_TABLES, Archive, ArchiveError, ArchiveItem, ArchiveSink, ArchiveSource, ColumnValue,
    NewNumberClass,
};
pub use attempts::{Attempt, Attempts};
pub use caller_desk::{
    CallLine, CallerAct, CallerActKind, CallerDesk, CallerTurn, EarlierAct, FaultReport,
    FaultReportKind, SENT_AGAIN_MAX, SENT_AGAIN_PAUSE, WRONG_MAX, WRONG_OF_OPERATOR_MAX,
    WRONG_OF_PERSON_MAX, WRONG_SPAN,
};
pub use case_files::{CaseFiles, RequestCounts, RequestNote, case_digests};
pub use consent_askings::{
    ASKINGS_MAX, ASKINGS_SPAN, AskingTurn, ConsentAsking, ConsentAskings, ConsentOutcome, Heard,
};
pub use consent_register::{
    ConsentEntry, ConsentPeriod, ConsentRegister, ConsentWithdrawal, Withdrawn, refused_later,
    withdrawal_digest,
};
pub use data_bank::{ConsentService, DataBank, Registry, Reply};
pub use department_files::{CellFault, DepartmentFiles, InLanguages, ReadFile, TypedCell};
pub use documents::{
    DocumentVerdict, DocumentVerifier, FactsSigner, RenderError, Renderer, SealError, SealOrder,
    SealTerm, Sealer,
};
pub use emails::{
    EMAIL_CODE_KEPT, EMAIL_TRIES_MAX, EmailAddresses, EmailCode, EmailStanding, EmailTried,
    EmailTry, EmailTurn, Letter, MailFault, Mailer,
};
pub use erased::{
    ErasedConsent, ErasedDocument, ErasedKey, ErasedRequest, erased_token, erasure_digest,
    named_with_somebody, without_the_erased,
};
pub use erased_columns::{ErasedConsentRow, ErasedDocumentRow, ErasedRow, read_erased};
pub use erasures::{Asker, ERASED_REQUESTS, Erasable, Erasure, Erasures, KeptKind, RequestErasure};
pub use evidence::{Fields, JournalHead, JournalRoot, StoredEvidence, UsedNumberClass};
pub use exchanges::{
    Delivery, DeliveryNote, ExchangeLease, ExchangeProgress, ExchangeTaken, ExchangeWork,
    Exchanges, ExternalId, NewExchange, PortalExchange,
};
pub use figures::{
    FIGURES_SPAN_MS, FigureGroup, FigureGroups, FigureKind, FigureLine, FigureMoments, Figures,
};
pub use form_maker::{FormChange, FormMaker};
pub use form_versions::{
    FormColumns, FormDigests, FormEnd, FormEndColumns, FormId, FormOutcome, FormProposal,
    FormVersions, StoredForm,
};
pub use identity::{
    IdentifiedPerson, IdentityBeginning, IdentityProvider, IdentityReply, IdentityVerdict,
};
pub use keyed_records::{KeyedPage, KeyedRecord};
pub use notices::{Exception, Notice, NoticeKind, StoredNotice, TechnicalBreak};
pub use officers::{
    OfficeStore, Officer, OfficerSession, SessionWay, StaffList, StaffMember, Workplace,
};
pub use one_time_passwords::{
    EarlierSend, KeptPassword, MobileCitizensBase, NewPassword, PasswordBinding, PasswordPurpose,
    PasswordTried, PasswordTry, PasswordTurn, PasswordUse, PendingSignIn, SmsFault, SmsGateway,
};
pub use operations::{
    ANSWER_CLASSES_MS, AnswerCounts, JobCounts, Measured, MeasuredRow, OpenCounts, Operations,
    due_by, rows_count,
};
pub use outbox::{
    MESSAGE_AGE_MAX, MESSAGE_KEPT, Message, MessageChannel, MessageEnd, MessageLease, MessageTopic,
    NoticeWords, OUTBOX_FILL_ROWS, Outbox, OutboxStanding,
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
pub use record_desk::{PresentRecord, RecordDesk, RecordQuery};
pub use record_files::{ExportFormat, RecordFile, RecordFileError, RecordFiles};
pub use record_looks::{LookWay, LookWords, RecordLook};
pub use records::{
    Channel, Draft, IdempotencyKey, OpenRequest, Registered, Registration, Session, SessionToken,
    SignInChallenge, Step, StoredRequest,
};
pub use recourse_columns::{
    RecourseColumns, RecourseStepColumns, opening_digest, recourse_step_digest,
};
pub use recourses::{
    AnswerBytes, AnswerKey, PlannedAnswer, Recourse, RecourseAsked, RecourseCase,
    RecourseConfirmation, RecourseOpened, RecourseProof, RecourseStep, RecourseStepKind, Recourses,
};
pub use repair_requests::{RepairAnswer, RepairMark, RepairOutcome, RepairRequest};
pub use sheet_files::{Sheet, SheetCell, SheetFiles};
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
