//! Lines of figures: one for each request, at each step what it ought to be, and together what the journal says.

use std::collections::BTreeMap;

use domain::{DocumentContent, Language, Number, NumberKind, RefusalGround, RequestState};
use jiff::SignedDuration;

use super::Fixture;
use crate::evidence::registration_digest;
use crate::figures::{FigurePeriod, FigureResult};
use crate::ports::{
    Channel, Effect, FigureGroup, FigureLine, PlannedResult, Registered, Registration, Store,
};
use crate::testing::samples::{
    decision, documents, draft, iin, kato, last_step, moment, number, planned_certificate,
    planned_refusal, registered_at, registration, step, stored,
};
use crate::testing::service_over;

/// Beyond the end of every history: a lease until then is given to nobody else.
const EVER: i64 = 1_000_000_000;

/// Randomness that is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

async fn line_of(store: &dyn Store, number: &Number) -> FigureLine {
    let mut lines = store.figures_of(std::slice::from_ref(number)).await.unwrap();
    let (found, line) = lines.pop().expect("a line");
    assert_eq!((&found, lines.len()), (number, 0));
    line
}

/// From registration to answer; what is looked for by time is found by time.
pub async fn a_request_has_its_line_of_figures_at_every_step(fixture: Fixture) {
    let store = fixture.store;
    assert_eq!(store.first_figure().await.unwrap(), None);
    assert_eq!(store.figures_between(moment(-1), moment(90 * 24 * 3_600)).await.unwrap(), []);
    let mut draft = draft(iin(1), "challenge");
    draft.request.language = Language::Ru;
    draft.request.provider = Some(domain::Kato::parse("750000000").unwrap());
    store.put_draft(&draft).await.unwrap();
    let mut registration =
        Registration { channel: Channel::EgovPortal, ..registration(&draft, 1, "key") };
    registration.audit.evidence = registration_digest(&registration).unwrap();
    assert_eq!(store.register(&registration).await.unwrap(), Registered::New);
    let number = registration.number.clone();
    let begun = FigureLine {
        clock: registration.clock,
        ended_at: None,
        channel: Channel::EgovPortal,
        language: Some(Language::Ru),
        addressed: draft.request.provider.clone(),
        answered_by: None,
        certificates: 0,
        refusals: 0,
        ground: None,
        is_synthetic: false,
    };
    assert_eq!(line_of(&*store, &number).await, begun);
    let lease = store.lease_job(moment(1), moment(60)).await.unwrap().unwrap();
    let planned =
        vec![planned_certificate(&number, iin(1), 1), planned_refusal(&number, iin(1), 2)];
    crate::testing::samples::decide(&store, &lease, planned).await;
    let decided = FigureLine {
        answered_by: Some(kato()),
        certificates: 1,
        refusals: 1,
        ground: Some(RefusalGround::NoGuardianRecord),
        ..begun
    };
    assert_eq!(line_of(&*store, &number).await, decided);
    crate::testing::samples::intend(&store, &lease).await;
    crate::testing::samples::issue(&store, &lease, RequestState::Granted).await;
    let ended = FigureLine { ended_at: Some(moment(2)), ..decided };
    assert_eq!(line_of(&*store, &number).await, ended);
    // Forty days later, so that no one statement reads both.
    let later = moment(40 * 24 * 3_600);
    registered_at(&store, 2, 2, later).await;
    let found = async |from, until| {
        let groups = store.figures_between(from, until).await.unwrap();
        groups.iter().map(|group| group.lines.len()).sum::<usize>()
    };
    assert_eq!(found(moment(0), later).await, 1);
    assert_eq!(found(moment(1), later + SignedDuration::from_millis(1)).await, 1);
    assert_eq!(found(moment(-1), moment(90 * 24 * 3_600)).await, 2);
    let answered = store.figures_between(moment(0), later).await.unwrap();
    assert_eq!(answered, FigureGroup::of(&[ended]));
    assert_eq!(store.first_figure().await.unwrap(), Some(moment(0)));
    assert_eq!(store.figures_of(&[]).await.unwrap(), []);
}

/// What a request is to come to.
struct Fate {
    registration: Registration,
    planned: Vec<PlannedResult>,
    /// Steps it takes: 0 waits, 1 is decided, 2 has its documents, 3 is answered.
    steps: u64,
    took: SignedDuration,
}

fn fate(dice: &mut Dice, index: u32) -> Fate {
    let mut draft = draft(iin(index), &format!("challenge-{index}"));
    draft.request.language = Language::ALL[usize::try_from(dice.roll(3)).unwrap()];
    draft.request.provider = (dice.roll(2) == 0).then(kato);
    let mut registration = registration(&draft, index.into(), &format!("key-{index}"));
    registration.channel = Channel::ALL[usize::try_from(dice.roll(3)).unwrap()];
    let seconds = i64::try_from(dice.roll(70 * 24 * 3_600)).unwrap();
    registration.clock = domain::LegalClock::start(moment(seconds));
    registration.audit.at = registration.clock.accepted_at;
    registration.audit.evidence = registration_digest(&registration).unwrap();
    let (number, base) = (registration.number.clone(), u64::from(index) * 10);
    let mut planned: Vec<PlannedResult> = (0..dice.roll(3))
        .map(|place| planned_certificate(&number, iin(index), base + place))
        .collect();
    if planned.is_empty() || dice.roll(4) == 0 {
        let mut refusal = planned_refusal(&number, iin(index), base + 9);
        if let DocumentContent::Refusal(content) = &mut refusal.content
            && planned.is_empty()
            && dice.roll(2) == 0
        {
            content.ground = RefusalGround::NoConsent;
        }
        planned.push(refusal);
    }
    let took = SignedDuration::from_millis(i64::try_from(dice.roll(3_000_000)).unwrap());
    Fate { registration, planned, steps: dice.roll(8).min(3), took }
}

/// One lease for all of it, until for ever where it stays unanswered: so the next lease is of the next request.
async fn live(store: &std::sync::Arc<dyn Store>, fate: &Fate) {
    let registration = &fate.registration;
    let name = &registration.challenge;
    let draft = draft(registration.request.applicant, name);
    store
        .put_draft(&crate::ports::Draft { request: registration.request.clone(), ..draft })
        .await
        .unwrap();
    assert_eq!(store.register(registration).await.unwrap(), Registered::New);
    let lease = store.lease_job(moment(EVER), moment(2 * EVER)).await.unwrap().unwrap();
    assert_eq!(lease.number, registration.number);
    let at = registration.clock.accepted_at + fate.took;
    for place in 0..fate.steps {
        let before = stored(store, &lease.number).await;
        let effect = match place {
            0 => Effect::Decided(Box::new(decision()), fate.planned.clone()),
            1 => Effect::Intended(documents(store, &lease.number, "unsealed").await),
            _ => Effect::Issued(documents(store, &lease.number, "sealed").await),
        };
        let mut change = match effect {
            Effect::Issued(sealed) => {
                let certificate = |one: &PlannedResult| one.ward_id.is_some();
                let any = fate.planned.iter().any(certificate);
                let state = if any { RequestState::Granted } else { RequestState::Refused };
                last_step(&before, &lease, state, sealed)
            }
            effect => step(&before, &lease, effect),
        };
        change.at = at;
        for audit in &mut change.audit {
            audit.at = at;
        }
        store.commit(&change).await.unwrap();
    }
}

fn result_of(fate: &Fate) -> FigureResult {
    let certificates = fate.planned.iter().any(|one| one.ward_id.is_some());
    let refusal = fate.planned.iter().find_map(|one| match &one.content {
        DocumentContent::Refusal(refusal) => Some(refusal.ground),
        DocumentContent::Certificate(_) | DocumentContent::Answer(_) => None,
    });
    match (fate.steps, certificates, refusal) {
        (0..3, ..) => FigureResult::Open,
        (_, true, None) => FigureResult::Granted,
        (_, true, Some(_)) => FigureResult::Partly,
        (_, false, Some(RefusalGround::NoGuardianRecord)) => FigureResult::NoGuardianRecord,
        (_, false, Some(RefusalGround::NoConsent)) => FigureResult::NoConsent,
        (_, false, None) => panic!("an answer without a document"),
    }
}

/// Random histories: counted from the lines, from the journal, and here by hand.
pub async fn figures_of_random_histories_are_those_of_the_journal(fixture: Fixture) {
    let store = fixture.store;
    let mut dice = Dice(0x00F1_6053);
    let fates: Vec<Fate> = (1..=60).map(|index| fate(&mut dice, index)).collect();
    for fate in &fates {
        live(&store, fate).await;
    }
    assert_eq!(number(NumberKind::Request, 1), fates[0].registration.number);
    let service = service_over(store.clone());
    let days = |from: i64, to: i64| {
        let day = |days: i64| domain::astana_date(moment(days * 24 * 3_600));
        FigurePeriod::new(day(from), day(to)).unwrap()
    };
    for period in [days(0, 71), days(0, 30), days(7, 7), days(200, 300)] {
        let check = service.check_figures(period).await.unwrap();
        assert_eq!(check.differences, []);
        assert!(check.agrees(), "{period:?}");
        let within: Vec<&Fate> = fates
            .iter()
            .filter(|one| period.contains(one.registration.clock.accepted_at))
            .collect();
        let mut expected: BTreeMap<FigureResult, u64> = BTreeMap::new();
        for fate in &within {
            *expected.entry(result_of(fate)).or_default() += 1;
        }
        let whole = &check.by_lines.whole;
        for result in FigureResult::ALL {
            let expected = expected.get(&result).copied().unwrap_or_default();
            assert_eq!(whole.led_to(result), expected, "{period:?} {result:?}");
        }
        let mut times: Vec<i64> = within
            .iter()
            .filter(|one| one.steps == 3)
            .map(|one| i64::try_from(one.took.as_millis()).unwrap())
            .collect();
        times.sort_unstable();
        let median = times.len().div_ceil(2).checked_sub(1).map(|place| times[place]);
        assert_eq!(whole.median_ms, median);
        for table in &check.by_lines.tables {
            let sum: u64 = table.rows.iter().map(|row| row.tally.requests).sum();
            assert_eq!(sum, whole.requests, "{:?}", table.axis);
        }
    }
}
