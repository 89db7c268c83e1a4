//! What is stored besides requests, against what the journal tells of it: imports, technical breaks, versions of forms,
//! appointments, roots, number classes.
//!
//! Both ways: what the journal told when the verification began is stored, and what is stored the journal tells of
//! when everything was read. Read next: `journal.rs`.

use std::collections::{BTreeMap, BTreeSet};

use domain::NumberClass;
use jiff::Timestamp;

use crate::ports::{
    AppointmentDigests, FormDigests, JournalRoot, Registry, StoreError, TechnicalBreak,
    UsedNumberClass,
};
use crate::service::Service;

use super::journal::Told;
use super::{IntegrityFault, IntegrityReport};

/// Read between the two walks over the journal.
pub(super) struct Stored {
    imports: BTreeMap<i64, String>,
    breaks: Vec<TechnicalBreak>,
    forms: FormDigests,
    appointments: Vec<AppointmentDigests>,
    pub(super) roots: Vec<JournalRoot>,
    classes: Vec<UsedNumberClass>,
}

impl Stored {
    pub(super) async fn read(
        service: &Service,
        registry: &dyn Registry,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            imports: registry.import_digests().await?.into_iter().collect(),
            breaks: service.store().breaks_after(Timestamp::MIN).await?,
            forms: service.store().form_digests().await?,
            appointments: service.store().appointment_digests().await?,
            roots: service.store().roots().await?,
            classes: service.store().number_classes().await?,
        })
    }

    pub(super) fn compare(&self, begun: &Told, ended: &Told, report: &mut IntegrityReport) {
        self.compare_imports(begun, ended, report);
        self.compare_breaks(begun, ended, report);
        self.compare_forms(begun, ended, report);
        self.compare_appointments(begun, ended, report);
        let digests = |root: &JournalRoot| (root.day.clone(), hex::encode(root.digest()));
        let roots = self.roots.iter().map(digests).collect();
        let faulty = unlike(&begun.roots, &roots, &ended.roots);
        report.faults.extend(faulty.into_iter().map(IntegrityFault::Root));
        if !self.are_classes_told(begun, ended) {
            report.faults.push(IntegrityFault::NumberClasses);
        }
    }

    /// The first class, and behind it one for each restoration, in their order.
    fn are_classes_told(&self, begun: &Told, ended: &Told) -> bool {
        let index = |class: NumberClass| class.index().to_string();
        let first = (index(NumberClass::FIRST), 0);
        let told: Vec<_> = std::iter::once(&first).chain(&ended.classes).collect();
        let is_told = |(place, one): (i64, &UsedNumberClass)| {
            let told = usize::try_from(place - 1).ok().and_then(|place| told.get(place));
            one.place == place && told == Some(&&(index(one.class), one.since_ms))
        };
        self.classes.len() > begun.classes.len() && (1..).zip(&self.classes).all(is_told)
    }

    fn compare_imports(&self, begun: &Told, ended: &Told, report: &mut IntegrityReport) {
        let (older, stored): (BTreeMap<i64, String>, BTreeMap<i64, String>) = self
            .imports
            .clone()
            .into_iter()
            .partition(|(import, _)| ended.is_older_than_proof(*import));
        let faulty = unlike(&begun.imports, &stored, &ended.imports);
        let same = stored.keys().filter(|id| !faulty.contains(id)).count();
        report.imports = u64::try_from(same).unwrap_or(u64::MAX);
        report.imports_without_digests = u64::try_from(older.len()).unwrap_or(u64::MAX);
        report.faults.extend(faulty.into_iter().map(IntegrityFault::Import));
    }

    fn compare_forms(&self, begun: &Told, ended: &Told, report: &mut IntegrityReport) {
        let proposals = self.forms.proposals.iter().cloned().collect();
        let ends = self.forms.ends.iter().cloned().collect();
        let mut faulty = unlike(&begun.forms, &proposals, &ended.forms);
        faulty.extend(unlike(&begun.form_ends, &ends, &ended.form_ends));
        report.faults.extend(faulty.into_iter().map(IntegrityFault::Form));
    }

    fn compare_breaks(&self, begun: &Told, ended: &Told, report: &mut IntegrityReport) {
        let digests = self.breaks.iter().map(|one| (one.id.clone(), one.digest())).collect();
        let mut faulty = unlike(&begun.breaks, &digests, &ended.breaks);
        let is_withdrawn_as_told = |one: &&TechnicalBreak| match one.withdrawn_at {
            Some(at) => ended.withdrawn.get(&one.id) == Some(&at.as_millisecond()),
            None => !begun.withdrawn.contains_key(&one.id),
        };
        let others = self.breaks.iter().filter(|one| !is_withdrawn_as_told(one));
        faulty.extend(others.map(|one| one.id.clone()));
        report.faults.extend(faulty.into_iter().map(IntegrityFault::Break));
    }

    fn compare_appointments(&self, begun: &Told, ended: &Told, report: &mut IntegrityReport) {
        let proposal = |one: &AppointmentDigests| (one.id.clone(), one.proposal.clone());
        let end = |one: &AppointmentDigests| Some((one.id.clone(), one.end.clone()?));
        let proposals = self.appointments.iter().map(proposal).collect();
        let ends = self.appointments.iter().filter_map(end).collect();
        let mut faulty = unlike(&begun.appointments, &proposals, &ended.appointments);
        faulty.extend(unlike(&begun.appointment_ends, &ends, &ended.appointment_ends));
        report.faults.extend(faulty.into_iter().map(IntegrityFault::Appointment));
    }
}

/// Keys whose digests are not those told in the beginning, or were not told of in the end.
fn unlike<K: Ord + Clone>(
    begun: &BTreeMap<K, String>,
    stored: &BTreeMap<K, String>,
    ended: &BTreeMap<K, String>,
) -> BTreeSet<K> {
    let missing = begun.iter().filter(|(key, digest)| stored.get(key) != Some(digest));
    let unknown = stored.iter().filter(|(key, digest)| ended.get(key) != Some(digest));
    missing.chain(unknown).map(|(key, _)| key.clone()).collect()
}
