//! What the service does, as use cases over ports: sign in, prepare and submit a request, advance it to its lawful
//! answer, read the cabinet, check a certificate, import the data bank.
//!
//! Knows no SQL, HTTP, PDF or cryptographic library: those stand behind the traits of `ports`.
//! Read next: `ports/store.rs` for what is kept, then `submit.rs` and `advance.rs` for the way of one request.

mod access;
mod advance;
mod annulments;
mod asked_again;
mod attempts;
mod audit;
mod backlog;
mod breaker;
mod cabinet;
mod callers;
mod check;
mod collation;
mod conflicts;
mod consent;
mod desk_work;
mod draft;
mod emails;
mod erasing;
mod erasing_requests;
mod evidence;
mod figures;
mod form_in_force;
mod forms;
mod gather;
mod identity;
mod import;
mod import_digests;
mod import_people;
mod import_plan;
mod import_words;
mod integrity;
mod journal_reading;
mod keepers;
mod missing_keys;
mod named_wards;
mod one_time_password;
mod operations;
mod outbox;
mod phone_signing;
mod plan;
mod portal_exchange;
mod ports;
mod providers;
mod recheck;
mod record_conflicts;
mod record_export;
mod record_keys;
mod records;
mod recourse;
mod repairs;
mod replay;
mod retry;
mod schema_standing;
mod seal_alarms;
mod service;
mod sign_in;
mod signed_document;
mod staff;
mod statement;
mod story;
mod story_file;
mod submit;
mod successors;
mod technical_break;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod texts;
#[cfg(test)]
mod use_cases;
mod watchdog;
mod worker;

pub use access::{ACCESSES, Access, AccessPage};
pub use advance::{AdvanceError, Advanced};
pub use annulments::AnnulmentError;
pub use asked_again::AskedAgain;
pub use audit::{Actor, AuditAction, AuditEvent, AuditFault, AuditRow, chain_hash, verify_chain};
pub use backlog::Busy;
pub use breaker::{Admission, Breaker};
pub use cabinet::{HistoryLine, RequestView, ResultView};
pub use callers::{
    CallBackAnswer, CallDesk, CallError, CallerStanding, CallerState, FAULT_WORDS_MAX, SentAgain,
    SmsOutcome,
};
pub use check::{CheckedDocument, DocumentCheck, Standing};
pub use collation::kazakh_order;
pub use conflicts::{Conflict, ConflictKind, RelatedRecords, conflicts};
pub use consent::{AskError, ConsentStage, WithdrawError, WithdrawalEffect};
pub use desk_work::{ConflictCount, Down, DueRequest};
pub use draft::{DraftError, DraftOrder};
pub use emails::{EmailError, Mail};
pub use erasing::{KEPT_DAYS_MIN, REQUESTS_KEPT_DAYS_MIN, Retention};
pub use erasing_requests::{ErasedAgain, ErasureLine};
pub use evidence::{
    AnswerColumns, ConsentColumns, RegistrationColumns, RequestColumns, StoredConsent,
    effect_digest, registration_digest, stored_consents, stored_json,
};
pub use figures::{
    Figure, FigureAxis, FigureDifference, FigurePeriod, FigureReport, FigureResult, FigureRow,
    FigureTable, FiguresCheck, Published, PublishedMonth, PublishedRow, PublishedTable,
    RequestStage, SMALL, StageEvent, StagePage, Tally,
};
pub use forms::{FormError, FormOrder, FormView};
pub use identity::{IdentityBegun, IdentityReturn};
pub use import::{
    ImportBatch, ImportOrigin, ImportOutcome, ImportPreview, ImportRefusal, ImportSummary,
    ImportTerms, OthersRecords, PersonChange, RecordVersion, RegistryRow, RowChange, RowEffect,
    RowField, placement_key,
};
pub use import_digests::{ImportColumns, ImportDigests, VersionColumns};
pub use import_people::{KnownPeople, PeopleAsked, PersonRow};
pub use import_plan::{
    ImportPlan, NewVersion, differences, guardian_as_of, guardian_of_rows, read_row,
};
pub use import_words::ImportWords;
pub use integrity::{IntegrityDoubt, IntegrityFault, IntegrityReport};
pub use journal_reading::{JournalPage, JournalQuery};
pub use keepers::Keepers;
pub use one_time_password::{
    Halfway, OneTimePasswords, PasswordError, PasswordSubmission, SecondStep, SentPassword,
};
pub use operations::AnswerTally;
pub use outbox::{MessageTurn, Messenger};
pub use phone_signing::{
    PhoneBegun, PhoneDocument, PhoneError, PhonePurpose, PhoneRight, PhoneState, PhoneWay,
    document_in_xml, document_xml, phone_bearer,
};
pub use portal_exchange::{
    LineFault, PortalDesk, PortalDocument, PortalLine, PortalWord, Said, TakeError,
};
pub use ports::*;
pub use providers::{Providers, ProvidersError};
pub use recheck::Rechecked;
pub use record_conflicts::ConflictsPage;
pub use record_export::RecordExport;
pub use record_keys::{
    NAME_LETTERS, RecordKeys, act_prefix, name_key, name_prefix, prefix_end, text_key,
};
pub use records::{AtDesk, Found, LookError, OwnRecord, RecordHistory, Sought};
pub use recourse::{
    AnswerError, CaseFile, ComplaintDocument, ComplaintError, ComplaintOrder, RECOURSE_WORDS_MAX,
    RecourseSeat, RecourseView, SealedAnswer, SeatAct, SeatError, WaitingRecourses,
};
pub use repairs::{ActRecalled, RepairView};
pub use replay::Replayed;
pub use retry::retry_delay;
pub use schema_standing::{AppliedMigration, SchemaStanding};
pub use seal_alarms::{SealAlarm, SealCover, ToldSealAlarms, seal_covers};
pub use service::{Contact, Contacts, DRAFT_LASTS, Service, ServiceParts, Settings};
pub use sign_in::{Entrance, SignInError, SignedIn};
pub use signed_document::{ELECTRONIC_REQUEST_SCHEMA, SignedDocument, challenge_of};
pub use staff::{
    Act, AppointError, AppointmentOrder, Decide, Entry, Look, OfficerSignInError, PasskeyError,
    PasskeyInvitation, People, Permit, Previewed, Progress, ProposalError, ProposalOrder,
    REASON_CHARS_MAX, Readable, Reading, SignedInMember, Staff, StaffAct, StaffParts, StaffRole,
    StaffRoles, Stage, Territory, acts,
};
pub use statement::{Operator, Statement, consent_version};
pub use story::{NoteError, RequestStory};
pub use story_file::StoryFileError;
pub use submit::{Submission, SubmitError, Submitted};
pub use successors::{Successor, Successors, SuccessorsError};
pub use technical_break::{BreakError, BreakOrder, EXCEPTIONS_PAGE};
pub use watchdog::{RootError, Watchdog};
pub use worker::Worker;
