//! What the people who serve do: sign in, each in his role, and work on their department's records.
//!
//! A service of its own beside that of the people: an installation without a list of officers has none. Knows no file
//! format. Read next: `sign_in.rs`.

mod combined;
mod looking;
mod passkeys;
mod people;
mod proposals;
mod readings;
mod records;
mod roles;
mod sign_in;

use std::sync::Arc;

use domain::Provider;
use jiff::{SignedDuration, Timestamp};

use crate::keepers::Keepers;
use crate::ports::{
    Clock, DepartmentFiles, Ids, OfficeStore, Passkeys, Registry, SignatureVerifier, StaffList,
    StaffMember, Store, Workplace,
};
use crate::providers::Providers;
use crate::statement::StatementTexts;

use combined::WithAppointed;
pub use looking::{Look, Stage};
pub use passkeys::{PasskeyError, PasskeyInvitation};
pub use people::{AppointError, AppointmentOrder, Decide, People};
pub(crate) use proposals::said;
pub use proposals::{ProposalError, ProposalOrder, REASON_CHARS_MAX};
use readings::Readings;
pub use readings::{Previewed, Progress, Readable, Reading};
pub use roles::{Act, Permit, StaffAct, StaffRole, StaffRoles, Territory, acts};
pub(crate) use sign_in::CHALLENGE_PREFIX;
pub use sign_in::{Entry, OfficerSignInError, SignedInMember};

/// Everything the officers' service is made of.
pub struct StaffParts {
    /// Keeps one-time texts.
    pub store: Arc<dyn Store>,
    /// Keeps sessions and proposals.
    pub office: Arc<dyn OfficeStore>,
    /// The departments' records.
    pub registry: Arc<dyn Registry>,
    /// Reads departments' files.
    pub files: Arc<dyn DepartmentFiles>,
    /// The operator's list of who serves; who was appointed besides is in the store.
    pub people: Arc<dyn StaffList>,
    /// Judge of their signatures.
    pub verifier: Arc<dyn SignatureVerifier>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub ids: Arc<dyn Ids>,
    /// The departments.
    pub providers: Providers,
    /// Address of the portal without a trailing slash.
    pub public_url: String,
}

/// The officers' use cases over their ports.
pub struct Staff {
    pub(crate) parts: StaffParts,
    pub(crate) texts: StatementTexts,
    pub(crate) keepers: Keepers,
    /// The operator's list alone; that of the parts has the appointments behind it.
    named: Arc<dyn StaffList>,
    passkeys: Option<Arc<dyn Passkeys>>,
    readings: Readings,
}

impl Staff {
    /// Joins the parts.
    #[must_use]
    pub fn new(mut parts: StaffParts) -> Self {
        let named = Arc::clone(&parts.people);
        let register = Arc::clone(&parts.store);
        parts.people = Arc::new(WithAppointed { named: Arc::clone(&named), register });
        let keepers = Keepers::of_list(parts.providers.clone());
        let (texts, readings) = (StatementTexts::default(), Readings::default());
        Self { parts, texts, keepers, named, passkeys: None, readings }
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// The department somebody serves in.
    #[must_use]
    pub fn provider_of(&self, member: &StaffMember) -> Option<&Provider> {
        let Workplace::Department(kato) = &member.workplace else { return None };
        self.parts.providers.all().iter().find(|one| one.kato == *kato)
    }

    /// The departments somebody may serve in.
    #[must_use]
    pub fn departments(&self) -> &[Provider] {
        self.parts.providers.all()
    }

    /// Departments' files.
    #[must_use]
    pub fn files(&self) -> Arc<dyn DepartmentFiles> {
        Arc::clone(&self.parts.files)
    }

    pub(crate) fn after(&self, duration: SignedDuration) -> Timestamp {
        self.now().checked_add(duration).unwrap_or(Timestamp::MAX)
    }
}
