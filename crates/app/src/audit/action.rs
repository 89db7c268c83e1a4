//! What the journal tells of: each action has a word, and either the person may read it or those who run the service alone.

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
    /// What had been kept for long enough was erased: the detail tells what, how many and up to which day.
    Erased,
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
    /// A notice was handed over as a message; the detail of these names the way and the kind of notice, and nobody's number.
    MessageTaken,
    /// The gateway or mail server takes nothing for the person's number or address.
    MessageRefused,
    /// The person has no number, or took his address back.
    MessageHadNoAddress,
    /// It could not be handed over while it was news.
    MessageGivenUp,
    /// The person confirmed an e-mail address for notices.
    EmailConfirmed,
    /// He took it back.
    EmailRemoved,
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
    /// The register of everybody's consents was taken out as a file; the detail is its period.
    ConsentsExported,
}

impl AuditAction {
    /// Every action.
    pub const ALL: [Self; 58] = [
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
        Self::Erased,
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
        Self::MessageTaken,
        Self::MessageRefused,
        Self::MessageHadNoAddress,
        Self::MessageGivenUp,
        Self::EmailConfirmed,
        Self::EmailRemoved,
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
        Self::ConsentsExported,
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
            | Self::MessageTaken
            | Self::MessageRefused
            | Self::MessageHadNoAddress
            | Self::MessageGivenUp
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
            | Self::Erased
            | Self::RootTaken
            | Self::RecordLookedAt
            | Self::RecordsExported
            | Self::AnnulmentProposed
            | Self::AnnulmentDropped
            | Self::RequestLookedAt
            | Self::RequestExported
            | Self::JournalRead
            | Self::EmailConfirmed
            | Self::EmailRemoved
            | Self::FaultReported
            | Self::RecourseAlarmed
            | Self::RecourseIntended
            | Self::FormProposed
            | Self::FormReleased
            | Self::FormClosed
            | Self::AppointmentProposed
            | Self::AppointmentDecided
            | Self::PasskeyAdded
            | Self::PasskeyRemoved
            | Self::ConsentsExported => false,
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
            Self::Erased => "erased",
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
            Self::MessageTaken => "message_taken",
            Self::MessageRefused => "message_refused",
            Self::MessageHadNoAddress => "message_had_no_address",
            Self::MessageGivenUp => "message_given_up",
            Self::EmailConfirmed => "email_confirmed",
            Self::EmailRemoved => "email_removed",
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
            Self::ConsentsExported => "consents_exported",
        }
    }
}
