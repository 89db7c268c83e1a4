//! The law of the service as pure code: who is guardian of whom on a date, which consents were given,
//! and which of the two lawful answers follows. One function, [`decide`], holds the decision.
//!
//! Knows nothing of time, randomness, files, networks or databases: all of these are arguments.
//! Read next: `decide.rs`, then `placement.rs` and `role.rs`; `docs/legal-map.md` joins clauses to functions.

mod check_digit;
mod clock;
mod consent;
mod consent_items;
mod content;
mod decide;
mod dictation;
mod email;
mod evidence;
mod form;
mod identifiers;
mod kato;
mod language;
mod number;
mod person;
mod person_register;
mod phone;
mod placement;
mod provider;
mod recourse;
mod request;
mod role;
mod rules;
mod sheet;
mod state;
mod working_days;

pub use clock::{ASTANA_OFFSET, Alarm, LegalClock, Term, astana_date, astana_time};
pub use consent::{ConsentDecision, ConsentKind, ConsentRecord, Consents};
pub use consent_items::{
    ConsentConfirmation, ConsentItems, ConsentOperator, ConsentSubject, ConsentTerm, OtherTerm,
    PersonalData, ThirdParties,
};
pub use content::{AnswerContent, CertificateContent, Checked, DocumentContent, RefusalContent};
pub use decide::{
    Appointment, Appointments, Decision, Outcome, RULE_VERSION, RefusalGround, Source,
    current_appointments, decide,
};
pub use dictation::{Heard, Misheard, Spoken, Suspect, end_fits, heard, keyed, spelled, spoken};
pub use email::{EmailAddress, EmailAddressError};
pub use evidence::{AccountingStatus, Answer, Evidence, Guardian, GuardianRecord, WardRecord};
pub use form::{FormVersion, FormVersionError, FormWording, Specimen, WordingFault};
pub use identifiers::{Bin, IdentifierError, Iin};
pub use kato::{Kato, KatoError, Region};
pub use language::{Bilingual, Language};
pub use number::{Number, NumberClass, NumberError, NumberKind};
pub use person::{NameError, NamePart, PersonName, clean_text};
pub use person_register::{
    LifeStatus, RegisterChange, RegisterDisagreement, RegisterFact, RegisteredPerson,
    persons_to_ask, with_register,
};
pub use phone::{PhoneNumber, PhoneNumberError};
pub use placement::{
    Act, ActKind, EndOfPlacement, FormOfPlacement, Placement, PlacementFault, PropertyInventory,
};
pub use provider::Provider;
pub use recourse::{
    ComplaintGround, FORWARDING_DAYS, HEAD_DAYS, QUALITY_DAYS, RecourseBody, RecourseKind,
    RecourseOutcome, RecourseTerm, complaint_window, forwarding_term, is_deemed_refused,
    is_nearly_due, recourse_term,
};
pub use request::{ElectronicRequest, WardsAsked, WardsAskedError};
pub use role::{
    FullCapacity, FullCapacityReason, Role, Ward, WardId, age_reached_on, comes_of_age_on, role_on,
};
pub use rules::{RULE_HISTORY, RULE_TEXT, RULES, Rule, RuleChange, RuleEffect};
pub use sheet::{Sheet, SheetLine, SheetPart};
pub use state::{RequestState, WaitingFor};
pub use working_days::{CalendarYear, FixedHoliday, LastDay, WorkingDays, WorkingDaysError};
