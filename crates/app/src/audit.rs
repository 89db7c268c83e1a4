//! The journal: an append-only chain of events, written in the same transaction as what it tells of.
//!
//! Each row's hash covers the row and the hash before it, so a change, a deletion or a reordering made behind the
//! program's back breaks the chain. Details carry codes, never personal data; `subject` names whose data it is about.

use domain::{Iin, Number};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// Who acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The person himself.
    Applicant,
    /// The program.
    System,
    /// Anybody who checks a certificate.
    Checker,
    /// A program that bears the API's token.
    ApiClient,
    /// Whoever runs the program's commands.
    Operator,
    /// Somebody of an education department.
    Officer,
    /// Somebody of the authority that controls the quality of state services.
    QualityController,
    /// The contact centre 1414.
    ContactCentre,
    /// Who watches over personal data.
    DataProtectionOfficer,
    /// An auditor.
    Auditor,
    /// Who keeps people and settings.
    Administrator,
}

impl Actor {
    /// Everybody.
    pub const ALL: [Self; 11] = [
        Self::Applicant,
        Self::System,
        Self::Checker,
        Self::ApiClient,
        Self::Operator,
        Self::Officer,
        Self::QualityController,
        Self::ContactCentre,
        Self::DataProtectionOfficer,
        Self::Auditor,
        Self::Administrator,
    ];

    /// Whether he serves: each of his looks at somebody's data is told to that person.
    #[must_use]
    pub fn is_staff(self) -> bool {
        match self {
            Self::Officer
            | Self::QualityController
            | Self::ContactCentre
            | Self::DataProtectionOfficer
            | Self::Auditor
            | Self::Administrator => true,
            Self::Applicant | Self::System | Self::Checker | Self::ApiClient | Self::Operator => {
                false
            }
        }
    }

    /// The actor of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|actor| actor.code() == code)
    }

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::System => "system",
            Self::Checker => "checker",
            Self::ApiClient => "api_client",
            Self::Operator => "operator",
            Self::Officer => "officer",
            Self::QualityController => "quality_controller",
            Self::ContactCentre => "contact_centre",
            Self::DataProtectionOfficer => "data_protection_officer",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditAction {
    /// Signed in; the detail names the way, where it was not a digital signature.
    SignedIn,
    /// A request was registered.
    Registered,
    /// The data bank was asked about the person.
    DataBankAsked,
    /// The request waits for a source.
    Waiting,
    /// The decision was made.
    Decided,
    /// The unsealed documents were stored.
    Intended,
    /// The sealed documents were stored and the request ended.
    Issued,
    /// A document was downloaded by its holder.
    Downloaded,
    /// The documents went to the cabinet of the portal of the e-government.
    Delivered,
    /// A certificate was checked by somebody.
    Checked,
    /// A share of the term went by without an answer.
    Alarmed,
    /// The applicant was told that the term has passed.
    Overdue,
    /// A technical break was announced.
    BreakAnnounced,
    /// A technical break was taken back or ended early.
    BreakWithdrawn,
    /// A department's file was taken into the data bank.
    Imported,
    /// The store was restored from a backup.
    Restored,
    /// The root of a day was noted down.
    RootTaken,
    /// An officer looked at somebody's record in the registry.
    RecordLookedAt,
    /// An officer took a department's records out as a file.
    RecordsExported,
    /// A department was asked to enter or repair a record.
    RepairAsked,
    /// A department answered that.
    RepairAnswered,
    /// A refused person was told that his record is there now.
    RepairTold,
    /// The person withdrew his consent.
    ConsentWithdrawn,
    /// The person was asked for his consent by the state's control of access; the detail says what came of it.
    ConsentAsked,
    /// One of staff proposed to annul a certificate.
    AnnulmentProposed,
    /// Another confirmed that: the certificate is annulled.
    CertificateAnnulled,
    /// A proposal to annul was turned down or taken back.
    AnnulmentDropped,
    /// One of staff wrote a note on a request.
    RequestNoted,
    /// One of staff looked at a request, or at a person's requests.
    RequestLookedAt,
    /// One of staff took the story of a request out as a signed file.
    RequestExported,
    /// One of staff read the journal.
    JournalRead,
    /// A caller was told how the request stands; the detail names the line.
    ToldByPhone,
    /// A caller answered a question about the person's request wrongly.
    CallerNotRecognised,
    /// The person was told again that his answer is ready.
    NoticeSentAgain,
    /// A caller told of a fault; the detail names its kind.
    FaultReported,
    /// A human review was asked for; the detail of these begins with its number.
    ReviewAsked,
    /// A complaint was filed.
    ComplaintFiled,
    /// A complaint went on to another body.
    RecourseForwarded,
    /// The last day of a review's or complaint's term began.
    RecourseAlarmed,
    /// Its term has passed.
    RecourseOverdue,
    /// It was answered.
    RecourseAnswered,
    /// The unsealed document of its answer was stored.
    RecourseIntended,
    /// The sealed document of its answer was stored.
    RecourseIssued,
    /// Other words for the forms of documents were proposed.
    FormProposed,
    /// They were released, by another administrator.
    FormReleased,
    /// They were turned down, or taken back.
    FormClosed,
    /// An administrator proposed to appoint or release somebody; the detail is its identifier, as in the next.
    AppointmentProposed,
    /// A second administrator decided that, or the proposer took it back.
    AppointmentDecided,
    /// Somebody who serves made himself a passkey.
    PasskeyAdded,
    /// He removed one.
    PasskeyRemoved,
}

impl AuditAction {
    /// Every action.
    pub const ALL: [Self; 50] = [
        Self::SignedIn,
        Self::Registered,
        Self::DataBankAsked,
        Self::Waiting,
        Self::Decided,
        Self::Intended,
        Self::Issued,
        Self::Downloaded,
        Self::Delivered,
        Self::Checked,
        Self::Alarmed,
        Self::Overdue,
        Self::BreakAnnounced,
        Self::BreakWithdrawn,
        Self::Imported,
        Self::Restored,
        Self::RootTaken,
        Self::RecordLookedAt,
        Self::RecordsExported,
        Self::RepairAsked,
        Self::RepairAnswered,
        Self::RepairTold,
        Self::ConsentWithdrawn,
        Self::ConsentAsked,
        Self::AnnulmentProposed,
        Self::CertificateAnnulled,
        Self::AnnulmentDropped,
        Self::RequestNoted,
        Self::RequestLookedAt,
        Self::RequestExported,
        Self::JournalRead,
        Self::ToldByPhone,
        Self::CallerNotRecognised,
        Self::NoticeSentAgain,
        Self::FaultReported,
        Self::ReviewAsked,
        Self::ComplaintFiled,
        Self::RecourseForwarded,
        Self::RecourseAlarmed,
        Self::RecourseOverdue,
        Self::RecourseAnswered,
        Self::RecourseIntended,
        Self::RecourseIssued,
        Self::FormProposed,
        Self::FormReleased,
        Self::FormClosed,
        Self::AppointmentProposed,
        Self::AppointmentDecided,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
    ];

    /// Those that vouch for a review or complaint: each carries the digest of one step.
    pub const OF_RECOURSES: [Self; 8] = [
        Self::ReviewAsked,
        Self::ComplaintFiled,
        Self::RecourseForwarded,
        Self::RecourseAlarmed,
        Self::RecourseOverdue,
        Self::RecourseAnswered,
        Self::RecourseIntended,
        Self::RecourseIssued,
    ];

    /// Whether the person may read it in the history of his request; the rest is for those who run the service.
    #[must_use]
    pub fn is_for_the_person(self) -> bool {
        match self {
            Self::SignedIn
            | Self::Registered
            | Self::DataBankAsked
            | Self::Waiting
            | Self::Decided
            | Self::Intended
            | Self::Issued
            | Self::Downloaded
            | Self::Delivered
            | Self::Checked
            | Self::Overdue
            | Self::RepairAsked
            | Self::RepairAnswered
            | Self::RepairTold
            | Self::ConsentWithdrawn
            | Self::ConsentAsked
            | Self::CertificateAnnulled
            | Self::RequestNoted
            | Self::ToldByPhone
            | Self::CallerNotRecognised
            | Self::NoticeSentAgain
            | Self::ReviewAsked
            | Self::ComplaintFiled
            | Self::RecourseForwarded
            | Self::RecourseOverdue
            | Self::RecourseAnswered
            | Self::RecourseIssued => true,
            Self::Alarmed
            | Self::BreakAnnounced
            | Self::BreakWithdrawn
            | Self::Imported
            | Self::Restored
            | Self::RootTaken
            | Self::RecordLookedAt
            | Self::RecordsExported
            | Self::AnnulmentProposed
            | Self::AnnulmentDropped
            | Self::RequestLookedAt
            | Self::RequestExported
            | Self::JournalRead
            | Self::FaultReported
            | Self::RecourseAlarmed
            | Self::RecourseIntended
            | Self::FormProposed
            | Self::FormReleased
            | Self::FormClosed
            | Self::AppointmentProposed
            | Self::AppointmentDecided
            | Self::PasskeyAdded
            | Self::PasskeyRemoved => false,
        }
    }

    /// The action of a word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.code() == code)
    }

    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::Registered => "registered",
            Self::DataBankAsked => "data_bank_asked",
            Self::Waiting => "waiting",
            Self::Decided => "decided",
            Self::Intended => "intended",
            Self::Issued => "issued",
            Self::Downloaded => "downloaded",
            Self::Delivered => "delivered",
            Self::Checked => "checked",
            Self::Alarmed => "alarmed",
            Self::Overdue => "overdue",
            Self::BreakAnnounced => "break_announced",
            Self::BreakWithdrawn => "break_withdrawn",
            Self::Imported => "imported",
            Self::Restored => "restored",
            Self::RootTaken => "root_taken",
            Self::RecordLookedAt => "record_looked_at",
            Self::RecordsExported => "records_exported",
            Self::RepairAsked => "repair_asked",
            Self::RepairAnswered => "repair_answered",
            Self::RepairTold => "repair_told",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::ConsentAsked => "consent_asked",
            Self::AnnulmentProposed => "annulment_proposed",
            Self::CertificateAnnulled => "certificate_annulled",
            Self::AnnulmentDropped => "annulment_dropped",
            Self::RequestNoted => "request_noted",
            Self::RequestLookedAt => "request_looked_at",
            Self::RequestExported => "request_exported",
            Self::JournalRead => "journal_read",
            Self::ToldByPhone => "told_by_phone",
            Self::CallerNotRecognised => "caller_not_recognised",
            Self::NoticeSentAgain => "notice_sent_again",
            Self::FaultReported => "fault_reported",
            Self::ReviewAsked => "review_asked",
            Self::ComplaintFiled => "complaint_filed",
            Self::RecourseForwarded => "recourse_forwarded",
            Self::RecourseAlarmed => "recourse_alarmed",
            Self::RecourseOverdue => "recourse_overdue",
            Self::RecourseAnswered => "recourse_answered",
            Self::RecourseIntended => "recourse_intended",
            Self::RecourseIssued => "recourse_issued",
            Self::FormProposed => "form_proposed",
            Self::FormReleased => "form_released",
            Self::FormClosed => "form_closed",
            Self::AppointmentProposed => "appointment_proposed",
            Self::AppointmentDecided => "appointment_decided",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
        }
    }
}

/// An event to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: AuditAction,
    /// About which request.
    pub request: Option<Number>,
    /// Whose personal data it is about.
    pub subject: Option<Iin>,
    /// A stable code or a number of a document; no personal data.
    pub detail: String,
    /// Digest of what the same transaction stores (see `evidence.rs`), or empty where it stores nothing to prove.
    pub evidence: String,
}

/// A written event, as text: what the chain hash covers.
#[derive(Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Place in the chain, from 1, without gaps.
    pub sequence: i64,
    /// Epoch milliseconds.
    pub at_ms: i64,
    /// Word of [`Actor`].
    pub actor: String,
    /// Word of [`AuditAction`].
    pub action: String,
    /// Number of the request, or empty.
    pub request: String,
    /// IIN of the subject, or empty.
    pub subject: String,
    /// Detail.
    pub detail: String,
    /// Digest of what its transaction stored, or empty.
    pub evidence: String,
    /// Hexadecimal SHA-256 of this row and the hash before it.
    pub hash: String,
}

impl AuditRow {
    /// The row an event becomes behind `previous_hash` (empty for the first).
    #[must_use]
    pub fn chained(event: &AuditEvent, sequence: i64, previous_hash: &str) -> Self {
        let mut row = Self {
            sequence,
            at_ms: event.at.as_millisecond(),
            actor: event.actor.code().to_owned(),
            action: event.action.code().to_owned(),
            request: event.request.as_ref().map(ToString::to_string).unwrap_or_default(),
            subject: event.subject.map(|iin| iin.digits()).unwrap_or_default(),
            detail: event.detail.clone(),
            evidence: event.evidence.clone(),
            hash: String::new(),
        };
        row.hash = chain_hash(&row, previous_hash);
        row
    }
}

/// The hash of a row behind the hash before it. Lengths go in before texts, so no two rows read alike.
#[must_use]
pub fn chain_hash(row: &AuditRow, previous_hash: &str) -> String {
    let mut hash = Sha256::new();
    let (sequence, at_ms) = (row.sequence.to_string(), row.at_ms.to_string());
    // Rows written before there were digests have none, and keep the hash they were written with.
    let evidence = (!row.evidence.is_empty()).then_some(row.evidence.as_str());
    let parts = [
        previous_hash,
        &sequence,
        &at_ms,
        &row.actor,
        &row.action,
        &row.request,
        &row.subject,
        &row.detail,
    ];
    for part in parts.into_iter().chain(evidence) {
        hash.update(part.len().to_string().as_bytes());
        hash.update(b":");
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// Where the chain is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    /// A row is missing or out of place.
    #[error("the journal has a gap before row {0}")]
    Gap(i64),
    /// A row or one before it was altered.
    #[error("the journal was altered at row {0}")]
    Altered(i64),
}

/// Verifies rows in order behind a known hash; returns the last hash.
///
/// # Errors
/// The first [`AuditFault`].
pub fn verify_chain(
    rows: &[AuditRow],
    first_sequence: i64,
    previous_hash: &str,
) -> Result<String, AuditFault> {
    let mut hash = previous_hash.to_owned();
    for (expected, row) in (first_sequence..).zip(rows) {
        if row.sequence != expected {
            return Err(AuditFault::Gap(row.sequence));
        }
        hash = chain_hash(row, &hash);
        if hash != row.hash {
            return Err(AuditFault::Altered(row.sequence));
        }
    }
    Ok(hash)
}
