//! Requests to repair a record: a person refused for want of one asks the office that made the act, the office answers, and
//! whoever's record is there by now is told, once.
//!
//! Who is to be told is found out by looking through imports and refusals, each from where the last look ended, and not
//! within an import: so an import costs no more, and a crash at any point leaves at most a look to be repeated. An import that
//! came before a refusal is met by the look through refusals, one that came behind it by the look through imports.
//! Read next: `asked_again.rs`, `ports/record_desk.rs`, `watchdog.rs`.

use domain::{
    DocumentContent, Iin, Kato, Number, RefusalContent, RefusalGround, RequestState, WardRecord,
};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::asked_again::AskedAgain;
use crate::audit::{Actor, AuditAction, AuditEvent};
use crate::ports::{
    LookWay, Notice, NoticeKind, RepairAnswer, RepairMark, RepairOutcome, RepairRequest,
    StoreError, StoredNotice, StoredRequest,
};
use crate::records::AtDesk;
use crate::service::Service;

/// Requests looked at with one question to the store.
const PAGE: u32 = 200;
/// Requests to repair on a department's page.
const REPAIRS_MAX: u32 = 200;
/// Clocks of nodes differ by seconds, and a refusal takes up to a lease to be written: refusals are looked through this far
/// back again.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// Longest text of an act's number or an answer, in characters.
const ACT_NUMBER_MAX: usize = 100;
const WORDS_MAX: usize = 1_000;

/// What a person knows of the act that appointed him.
#[derive(Clone, Copy, Default)]
pub struct ActRecalled<'a> {
    /// Its number.
    pub number: &'a str,
    /// Its date.
    pub date: Option<Date>,
    /// Territory of the department that made it, or of its successor.
    pub department: Option<&'a Kato>,
}

/// How it stands with the repair of the record of a refused person.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RepairView {
    /// Whether the request was refused for want of a record, so that its repair can be asked for.
    pub can_ask: bool,
    /// The request to repair, once there is one.
    pub repair: Option<RepairRequest>,
    /// When the person was told that the record is there now.
    pub told_at: Option<Timestamp>,
}

/// What became of telling one person.
enum Telling {
    Told,
    NotToBeTold,
    /// A source was silent: he is looked at again.
    Unheard,
}

/// What became of telling some.
#[derive(Default)]
struct Tellings {
    told: u64,
    /// Whether somebody is to be looked at again.
    is_unheard: bool,
}

impl Service {
    /// How it stands with the repair of a person's record, for one of his requests.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn repair_view(
        &self,
        applicant: Iin,
        number: &Number,
    ) -> Result<RepairView, StoreError> {
        let Some(_) = self.refused_for_want(number, Some(applicant)).await? else {
            return Ok(RepairView::default());
        };
        let told = self.desk().repairs_told(applicant, PAGE).await?;
        let told_at = told.iter().find(|(one, _)| one == number).map(|(_, at)| *at);
        let repair = self.desk().repair_of(number).await?;
        Ok(RepairView { can_ask: repair.is_none() && told_at.is_none(), repair, told_at })
    }

    /// Asks the office that made the act to enter or repair the record: the one he names, else the one that is known. The
    /// second time changes nothing. `false` where there is no such refusal.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ask_repair(
        &self,
        applicant: Iin,
        number: &Number,
        act: ActRecalled<'_>,
    ) -> Result<bool, StoreError> {
        let Some((_, refusal)) = self.refused_for_want(number, Some(applicant)).await? else {
            return Ok(false);
        };
        let named = act.department.and_then(|kato| self.providers().keeper(kato));
        let provider = match named {
            Some(named) => named.kato.clone(),
            None => self.office_that_made_the_act(applicant, &refusal).await?,
        };
        let act_number = cut(act.number, ACT_NUMBER_MAX);
        let opened_at = self.now();
        let repair = RepairRequest {
            number: number.clone(),
            applicant,
            provider,
            opened_at,
            act_number: (!act_number.is_empty()).then_some(act_number),
            act_date: act.date,
            answer: None,
        };
        let (actor, action) = (Actor::Applicant, AuditAction::RepairAsked);
        let detail = repair.provider.as_str().to_owned();
        let audit = self.repair_event(actor, action, number, applicant, detail);
        self.desk().open_repair(&repair, &audit).await?;
        Ok(true)
    }

    /// Today's successor of the office that made the act of the person's last guardianship in the registry; where nothing is
    /// known of him, whom the refusal names.
    async fn office_that_made_the_act(
        &self,
        applicant: Iin,
        refusal: &RefusalContent,
    ) -> Result<Kato, StoreError> {
        let record = self.desk().guardian_record(applicant).await?;
        let wards = record.iter().flat_map(|record| &record.wards);
        let guardianships = wards.filter(|one| one.placement.form.gives_certificate());
        // Where wards were named, one of them is what the refusal is about.
        let is_refused =
            |one: &WardRecord| one.ward.iin.is_some_and(|iin| refusal.named_wards.contains(&iin));
        let last = guardianships.max_by_key(|one| (is_refused(one), one.placement.start));
        let last = last.map(|one| &one.placement);
        Ok(match last {
            Some(last) => self.providers().of_act(&last.act, &last.provider).kato.clone(),
            None => self.providers().of(&refusal.provider.kato).kato.clone(),
        })
    }

    /// Requests to repair at an officer's department: what is open first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn repairs_at(&self, at_desk: &AtDesk) -> Result<Vec<RepairRequest>, StoreError> {
        let kept = self.kept_by(&at_desk.department).await?;
        let repairs = self.desk().repairs_at(&kept, REPAIRS_MAX).await?;
        let subjects = repairs.iter().map(|one| one.applicant).collect();
        self.note(at_desk, LookWay::Repairs, "", subjects).await?;
        Ok(repairs)
    }

    /// How many requests to repair wait for an answer at a department. A number shows nobody, so it is no look.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_repairs(&self, department: &Kato) -> Result<usize, StoreError> {
        let kept = self.kept_by(department).await?;
        let repairs = self.desk().repairs_at(&kept, REPAIRS_MAX).await?;
        Ok(repairs.iter().filter(|one| one.answer.is_none()).count())
    }

    /// Answers a request to repair. `None` where the officer's own department has no such request, `false` where it is
    /// answered already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn answer_repair(
        &self,
        at_desk: &AtDesk,
        number: &Number,
        outcome: RepairOutcome,
        words: &str,
    ) -> Result<Option<bool>, StoreError> {
        let found = self.desk().repair_of(number).await?;
        let is_own =
            |one: &RepairRequest| self.providers().keeps(&at_desk.department, &one.provider);
        let Some(repair) = found.filter(is_own) else { return Ok(None) };
        let answer = RepairAnswer {
            outcome,
            at: self.now(),
            officer: Some(at_desk.officer),
            words: cut(words, WORDS_MAX),
        };
        let (actor, action) = (Actor::Officer, AuditAction::RepairAnswered);
        let detail = outcome.code().to_owned();
        let audit = self.repair_event(actor, action, number, repair.applicant, detail);
        self.desk().answer_repair(number, &answer, &audit).await.map(Some)
    }

    /// Tells every refused person whose record is there by now. Returns how many were told. Where the data bank that decides
    /// is elsewhere, the registry here says nothing about it and nobody is told. A source that is silent ends the round, and
    /// the next begins where this one did.
    ///
    /// # Errors
    /// [`StoreError`]; whoever was told stays told, and the next look goes on from there.
    pub async fn tell_repaired(&self) -> Result<u64, StoreError> {
        if !self.parts.data_bank.is_registry_here() {
            return Ok(0);
        }
        let mark = self.desk().repair_mark().await?;
        let (now, last) = (self.now(), self.desk().last_import().await?);
        let mut told = 0;
        for import in mark.import + 1..=last {
            let mut after = None;
            loop {
                let page = self.desk().refused_in_import(import, after.as_ref(), PAGE).await?;
                let tellings = self.tell_each(&page).await?;
                told += tellings.told;
                if tellings.is_unheard {
                    return Ok(told);
                }
                let Some(end) = page.last() else { break };
                after = Some(end.clone());
            }
            self.desk().put_repair_mark(&RepairMark { import, ..mark }).await?;
        }
        let since = mark.refused_until.checked_sub(OVERLAP).unwrap_or(Timestamp::MIN);
        let mut after = None;
        loop {
            let page = self.desk().refused_since(since, after.as_ref(), PAGE).await?;
            let tellings = self.tell_each(&page).await?;
            told += tellings.told;
            if tellings.is_unheard {
                return Ok(told);
            }
            let Some(end) = page.last() else { break };
            after = Some(end.clone());
        }
        self.desk().put_repair_mark(&RepairMark { import: last, refused_until: now }).await?;
        Ok(told)
    }

    async fn tell_each(&self, numbers: &[Number]) -> Result<Tellings, StoreError> {
        let mut tellings = Tellings::default();
        for number in numbers {
            match self.telling(number).await {
                Ok(Telling::Told) => tellings.told += 1,
                Ok(Telling::NotToBeTold) => {}
                Ok(Telling::Unheard) => {
                    tellings.is_unheard = true;
                    break;
                }
                // One that cannot be read keeps nobody else from being told.
                Err(error @ StoreError::Corrupt(_)) => {
                    tracing::error!(request = %number, %error, "whether a record is repaired cannot be told");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(tellings)
    }

    /// Tells the person, where the same request would be granted now and he has not asked again by himself.
    pub(crate) async fn tell(&self, number: &Number) -> Result<bool, StoreError> {
        Ok(matches!(self.telling(number).await?, Telling::Told))
    }

    async fn telling(&self, number: &Number) -> Result<Telling, StoreError> {
        let Some((stored, _)) = self.refused_for_want(number, None).await? else {
            return Ok(Telling::NotToBeTold);
        };
        let applicant = stored.request.applicant;
        let last = self.store().requests_of(applicant, None, 1).await?;
        if last.first().is_none_or(|last| last.number != *number) {
            return Ok(Telling::NotToBeTold);
        }
        // Whoever was told is looked at again for a while, and no source is asked about him for that.
        let told = self.desk().repairs_told(applicant, PAGE).await?;
        if told.iter().any(|(one, _)| one == number) {
            return Ok(Telling::NotToBeTold);
        }
        match self.asked_again(&stored).await? {
            AskedAgain::Granted => {}
            AskedAgain::Unheard => return Ok(Telling::Unheard),
            AskedAgain::Refused | AskedAgain::ConsentWithdrawn | AskedAgain::Unclear => {
                return Ok(Telling::NotToBeTold);
            }
        }
        let now = self.now();
        let (actor, action) = (Actor::System, AuditAction::RepairTold);
        let audit = self.repair_event(actor, action, number, applicant, String::new());
        let is_told = self.desk().tell_repaired(number, now, &audit).await?;
        Ok(if is_told { Telling::Told } else { Telling::NotToBeTold })
    }

    /// The request, where it was refused for want of a record, the whole or a part, with its refusal; of this applicant, if one
    /// is named.
    async fn refused_for_want(
        &self,
        number: &Number,
        applicant: Option<Iin>,
    ) -> Result<Option<(StoredRequest, RefusalContent)>, StoreError> {
        let Some(stored) = self.store().request(number).await? else { return Ok(None) };
        let is_his = applicant.is_none_or(|iin| iin == stored.request.applicant);
        if !is_his || !matches!(stored.state, RequestState::Refused | RequestState::Granted) {
            return Ok(None);
        }
        let results = self.store().results_of(number).await?;
        let refusal = results.into_iter().find_map(|one| match one.planned.content {
            DocumentContent::Refusal(refusal) => Some(refusal),
            DocumentContent::Certificate(_) | DocumentContent::Answer(_) => None,
        });
        let for_want = |one: &RefusalContent| one.ground == RefusalGround::NoGuardianRecord;
        Ok(refusal.filter(for_want).map(|refusal| (stored, refusal)))
    }

    /// What a person was told of repaired records, as notices.
    pub(crate) async fn repair_notices(
        &self,
        applicant: Iin,
        limit: u32,
    ) -> Result<Vec<StoredNotice>, StoreError> {
        let told = self.desk().repairs_told(applicant, limit).await?;
        let notice = |(number, at)| StoredNotice {
            number,
            notice: Notice { kind: NoticeKind::RecordRepaired, at },
        };
        Ok(told.into_iter().map(notice).collect())
    }

    fn repair_event(
        &self,
        actor: Actor,
        action: AuditAction,
        number: &Number,
        applicant: Iin,
        detail: String,
    ) -> AuditEvent {
        AuditEvent {
            at: self.now(),
            actor,
            action,
            request: Some(number.clone()),
            subject: Some(applicant),
            detail,
            evidence: String::new(),
        }
    }
}

fn cut(text: &str, most: usize) -> String {
    domain::clean_text(text).chars().take(most).collect()
}
