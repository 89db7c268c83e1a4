//! The record desk in memory: keys are made of the records whenever they are asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use domain::{DocumentContent, Iin, Kato, Number, RequestState};
use jiff::Timestamp;

use super::MemoryStore;
use super::memory_state::State;
use crate::StoreError;
use crate::audit::AuditEvent;
use crate::ports::{
    KeyedPage, LookWords, PresentRecord, RecordDesk, RecordLook, RecordQuery, RepairAnswer,
    RepairMark, RepairOutcome, RepairRequest, StoredRequest, StoredResult,
};
use crate::record_keys::RecordKeys;

#[derive(Clone)]
pub(super) struct DeskState {
    pub(super) looks: Vec<RecordLook>,
    pub(super) repairs: BTreeMap<Number, RepairRequest>,
    pub(super) told: BTreeMap<Number, (Iin, Timestamp)>,
    mark: RepairMark,
}

impl Default for DeskState {
    fn default() -> Self {
        let mark = RepairMark { import: 0, refused_until: Timestamp::UNIX_EPOCH };
        Self { looks: vec![], repairs: BTreeMap::new(), told: BTreeMap::new(), mark }
    }
}

fn is_sought(record: &PresentRecord, query: &RecordQuery) -> bool {
    let keys = RecordKeys::of(&record.row);
    let among = |keepers: &[Kato]| keepers.iter().any(|kato| kato.as_str() == keys.provider);
    match query {
        RecordQuery::Iin(iin) => {
            record.row.guardian.iin == *iin || record.row.ward.ward.iin == Some(*iin)
        }
        RecordQuery::Name { prefix, keepers } => {
            let names = [&keys.guardian_name, &keys.ward_name];
            among(keepers) && names.iter().any(|name| name.starts_with(prefix))
        }
        RecordQuery::Act { prefix, keepers } => among(keepers) && keys.act.starts_with(prefix),
    }
}

fn first<T>(found: impl Iterator<Item = T>, limit: u32) -> Vec<T> {
    found.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect()
}

/// Requests whose people were not told, in the order of their numbers.
fn untold(
    state: &State,
    after: Option<&Number>,
    limit: u32,
    which: impl Fn(&StoredRequest) -> bool,
) -> Vec<Number> {
    let wanted = state
        .requests
        .values()
        .filter(|one| after.is_none_or(|after| one.number > *after))
        .filter(|one| !state.desk.told.contains_key(&one.number) && which(one));
    first(wanted.map(|one| one.number.clone()), limit)
}

/// Whether the whole of it was refused, or a part beside certificates.
fn has_refusal(state: &State, one: &StoredRequest) -> bool {
    let is_refusal =
        |stored: &StoredResult| matches!(stored.planned.content, DocumentContent::Refusal(_));
    match one.state {
        RequestState::Refused => true,
        RequestState::Granted => state.results_of(&one.number).any(is_refusal),
        RequestState::Accepted | RequestState::Checking(_) => false,
    }
}

#[async_trait]
impl RecordDesk for MemoryStore {
    async fn keepers(&self) -> Result<Vec<Kato>, StoreError> {
        let keeper = |one: PresentRecord| one.row.ward.placement.provider;
        self.read(|state| {
            let all: BTreeSet<Kato> = state.registry.all_present().map(keeper).collect();
            all.into_iter().collect()
        })
    }

    async fn write_missing_keys(&self, _: &str, _: u32) -> Result<KeyedPage, StoreError> {
        self.read(|_| KeyedPage::default())
    }

    async fn find_records(
        &self,
        query: &RecordQuery,
        limit: u32,
    ) -> Result<Vec<PresentRecord>, StoreError> {
        self.read(|state| {
            first(state.registry.all_present().filter(|one| is_sought(one, query)), limit)
        })
    }

    async fn records_kept_by(
        &self,
        keepers: &[Kato],
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<PresentRecord>, StoreError> {
        self.read(|state| {
            let kept = |one: &PresentRecord| keepers.contains(&one.row.ward.placement.provider);
            let mut found: Vec<PresentRecord> = state
                .registry
                .all_present()
                .filter(kept)
                .filter(|one| after.is_none_or(|after| one.key.as_str() > after))
                .collect();
            found.sort_by(|one, other| one.key.cmp(&other.key));
            first(found.into_iter(), limit)
        })
    }

    async fn related_records(
        &self,
        records: &[PresentRecord],
        limit: u32,
    ) -> Result<Vec<PresentRecord>, StoreError> {
        let keys: Vec<RecordKeys> = records.iter().map(|one| RecordKeys::of(&one.row)).collect();
        let related = |one: &PresentRecord| {
            let own = RecordKeys::of(&one.row);
            let shares = |other: &RecordKeys| {
                own.ward == other.ward
                    || own.ward_person == other.ward_person
                    || own.act == other.act
            };
            keys.iter().any(shares)
        };
        self.read(|state| first(state.registry.all_present().filter(related), limit))
    }

    async fn guardian_of_record(&self, key: &str) -> Result<Option<Iin>, StoreError> {
        self.read(|state| {
            let found = state.registry.all_present().find(|one| one.key == key);
            found.map(|one| one.row.guardian.iin)
        })
    }

    async fn note_look(&self, look: &RecordLook, subjects: &[Iin]) -> Result<(), StoreError> {
        self.write(|state| {
            state.desk.looks.push(look.clone());
            state.append(&look.events(subjects));
            Ok(())
        })
    }

    async fn look_words(&self, ids: &[String]) -> Result<HashMap<String, LookWords>, StoreError> {
        self.read(|state| {
            let found = state.desk.looks.iter().filter(|look| ids.contains(&look.id));
            let words = found.map(|look| {
                let words = LookWords::stored(&look.workplace.code(), look.purpose.clone());
                (look.id.clone(), words)
            });
            words.collect()
        })
    }

    async fn open_repair(
        &self,
        repair: &RepairRequest,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.write(|state| {
            if state.desk.repairs.contains_key(&repair.number) {
                return Ok(false);
            }
            state.require_kept(Some(&repair.number))?;
            state.desk.repairs.insert(repair.number.clone(), repair.clone());
            state.append(std::slice::from_ref(audit));
            Ok(true)
        })
    }

    async fn repair_of(&self, number: &Number) -> Result<Option<RepairRequest>, StoreError> {
        self.read(|state| state.desk.repairs.get(number).cloned())
    }

    async fn repairs_at(
        &self,
        providers: &[Kato],
        limit: u32,
    ) -> Result<Vec<RepairRequest>, StoreError> {
        self.read(|state| {
            let there = state.desk.repairs.values().filter(|one| providers.contains(&one.provider));
            let mut found: Vec<RepairRequest> = there.cloned().collect();
            let answered = |one: &RepairRequest| one.answer.as_ref().map(|answer| answer.at);
            found.sort_by_key(|one| {
                let at = answered(one);
                (at.is_some(), std::cmp::Reverse(at), one.opened_at, one.number.clone())
            });
            first(found.into_iter(), limit)
        })
    }

    async fn answer_repair(
        &self,
        number: &Number,
        answer: &RepairAnswer,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.write(|state| {
            let open = state.desk.repairs.get_mut(number).filter(|one| one.answer.is_none());
            let Some(open) = open else { return Ok(false) };
            open.answer = Some(answer.clone());
            state.append(std::slice::from_ref(audit));
            Ok(true)
        })
    }

    async fn repair_mark(&self) -> Result<RepairMark, StoreError> {
        self.read(|state| state.desk.mark)
    }

    async fn put_repair_mark(&self, mark: &RepairMark) -> Result<(), StoreError> {
        self.write(|state| {
            let own = &mut state.desk.mark;
            own.import = own.import.max(mark.import);
            own.refused_until = own.refused_until.max(mark.refused_until);
            Ok(())
        })
    }

    async fn last_import(&self) -> Result<i64, StoreError> {
        self.read(|state| state.registry.last_import())
    }

    async fn refused_in_import(
        &self,
        import: i64,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<Number>, StoreError> {
        self.read(|state| {
            let people = state.registry.guardians_of(import);
            untold(state, after, limit, |one| {
                people.contains(&one.request.applicant) && has_refusal(state, one)
            })
        })
    }

    async fn refused_since(
        &self,
        moment: Timestamp,
        after: Option<&Number>,
        limit: u32,
    ) -> Result<Vec<Number>, StoreError> {
        let since = |one: &StoredRequest| {
            one.state == RequestState::Refused && one.ended_at.is_some_and(|at| at >= moment)
        };
        self.read(|state| untold(state, after, limit, since))
    }

    async fn tell_repaired(
        &self,
        number: &Number,
        at: Timestamp,
        audit: &AuditEvent,
    ) -> Result<bool, StoreError> {
        self.write(|state| {
            let Some(request) = state.requests.get(number) else { return Ok(false) };
            if state.desk.told.contains_key(number) {
                return Ok(false);
            }
            let applicant = request.request.applicant;
            state.desk.told.insert(number.clone(), (applicant, at));
            let open = state.desk.repairs.get_mut(number).filter(|one| one.answer.is_none());
            if let Some(open) = open {
                let (outcome, words) = (RepairOutcome::Entered, String::new());
                open.answer = Some(RepairAnswer { outcome, at, officer: None, words });
            }
            state.append(std::slice::from_ref(audit));
            Ok(true)
        })
    }

    async fn repairs_told(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<(Number, Timestamp)>, StoreError> {
        self.read(|state| {
            let own = state.desk.told.iter().filter(|(_, (iin, _))| *iin == applicant);
            let mut found: Vec<_> = own.map(|(number, (_, at))| (number.clone(), *at)).collect();
            found.sort_by(|one, other| (other.1, &other.0).cmp(&(one.1, &one.0)));
            first(found.into_iter(), limit)
        })
    }
}
