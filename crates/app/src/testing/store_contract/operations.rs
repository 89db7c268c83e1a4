//! What operators measure: answers by their time, what is open by its term, work by its turn; and nobody synthetic.

use domain::RequestState;
use jiff::SignedDuration;

use super::Fixture;
use crate::figures::FigurePeriod;
use crate::operations::AnswerTally;
use crate::ports::{ANSWER_CLASSES_MS, JobCounts, Registered, Store};
use crate::testing::samples::{
    answered, decide, documents, draft, iin, intend, last_step, leased, moment,
    planned_certificate, registered, registered_at, registration, stored,
};
use crate::testing::service_over;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A request answered `took_ms` after it was accepted.
async fn answered_in(store: &std::sync::Arc<dyn Store>, index: u32, took_ms: i64) {
    let number = registered(store, index).await;
    let lease = leased(store, i64::from(index)).await;
    assert_eq!(lease.number, number);
    decide(store, &lease, vec![planned_certificate(&number, iin(index), index.into())]).await;
    intend(store, &lease).await;
    let before = stored(store, &number).await;
    let sealed = documents(store, &number, "sealed").await;
    let mut last = last_step(&before, &lease, RequestState::Granted, sealed);
    last.at = moment(0) + SignedDuration::from_millis(took_ms);
    store.commit(&last).await.unwrap();
}

/// At each end of a class, and one millisecond behind it.
pub async fn answers_are_measured_by_their_time_and_what_is_open_by_its_term(fixture: Fixture) {
    let store = fixture.store;
    let none = store.measured(moment(-1), moment(1), moment(0)).await.unwrap();
    assert_eq!(none, crate::ports::Measured::default());
    let mut index = 0;
    for end in ANSWER_CLASSES_MS {
        for took_ms in [end, end + 1] {
            index += 1;
            answered_in(&store, index, took_ms).await;
        }
    }
    let day = moment(2 * 24 * 3_600);
    let found = store.measured(moment(0), day, day).await.unwrap().answers;
    let mut expected = [2; ANSWER_CLASSES_MS.len() + 1];
    expected[0] = 1;
    expected[ANSWER_CLASSES_MS.len()] = 1;
    assert_eq!((found.by_class, found.all()), (expected, 24));
    // The millisecond behind half an hour, and both of the last class.
    assert_eq!(found.late, 3);
    let took: i64 = ANSWER_CLASSES_MS.iter().map(|end| 2 * end + 1).sum();
    assert_eq!(i64::try_from(found.took_ms).unwrap(), took);
    let parts = [(moment(0), moment(1_800)), (moment(1_800), day)];
    let mut sum = crate::ports::AnswerCounts::default();
    for (from, until) in parts {
        sum = sum.plus(&store.measured(from, until, day).await.unwrap().answers);
    }
    assert_eq!(sum, found, "each answer is in one span");
    registered_at(&store, 90, 90, moment(0)).await;
    registered_at(&store, 91, 91, moment(600)).await;
    for (seconds, past) in
        [(899, (0, 0, 0)), (900, (1, 0, 0)), (1_500, (2, 1, 0)), (1_800, (2, 1, 1))]
    {
        let open = store.measured(day, day, moment(seconds)).await.unwrap().open;
        assert_eq!((open.past_half, open.past_most, open.overdue), past, "{seconds}");
        assert_eq!((open.open, open.oldest_at), (2, Some(moment(0))));
    }
}

/// Whom the store knows as a synthetic person: his request is answered, and is in no figures.
pub async fn what_a_synthetic_person_asks_is_answered_and_counts_nowhere(fixture: Fixture) {
    let store = fixture.store;
    let number = registered(&store, 1).await;
    answered(&store, &number, 1).await;
    assert!(!store.put_synthetic_person(iin(1), moment(0)).await.unwrap(), "he was counted");
    for _ in 0..2 {
        assert!(store.put_synthetic_person(iin(2), moment(0)).await.unwrap());
    }
    let synthetic = registered(&store, 2).await;
    let open = store.measured(moment(-9), moment(9_999), moment(9_999)).await.unwrap();
    assert_eq!((open.open.open, open.accepted(), open.kept_and_missed()), (0, 1, (1, 0)));
    answered(&store, &synthetic, 2).await;
    assert_eq!(stored(&store, &synthetic).await.state, RequestState::Granted);
    assert!(store.put_synthetic_person(iin(2), moment(0)).await.unwrap(), "nothing of his counts");
    let measured = store.measured(moment(-9), moment(9_999), moment(9_999)).await.unwrap();
    assert_eq!((measured.answers.all(), measured.accepted()), (1, 1));
    let counted = store.figures_between(moment(-9), moment(9_999)).await.unwrap();
    assert_eq!((counted.len(), counted[0].lines.len()), (1, 1));
    let lines = store.figures_of(&[number.clone(), synthetic.clone()]).await.unwrap();
    for (one, line) in lines {
        assert_eq!((line.is_synthetic, line.certificates), (one == synthetic, 1));
    }
    let service = service_over(store.clone());
    let day = domain::astana_date(moment(0));
    let period = FigurePeriod::new(day, day).unwrap();
    let check = service.check_figures(period).await.unwrap();
    assert!(check.agrees() && check.by_lines.whole.requests == 1, "{:?}", check.differences);
    let stages = service.stages(0, 100).await.unwrap();
    assert!(stages.is_last && !stages.events.is_empty());
    assert!(stages.events.iter().all(|event| event.number == number), "no stage of his is told");
}

/// All of it, by whose turn has come; and answers are told alike by who began to count at another time.
pub async fn work_that_waits_is_counted_by_its_turn(fixture: Fixture) {
    let store = fixture.store;
    assert_eq!(store.job_counts(moment(0)).await.unwrap(), JobCounts::default());
    let first = registered_at(&store, 1, 1, moment(0)).await;
    registered_at(&store, 2, 2, moment(10)).await;
    let counts = store.job_counts(moment(5)).await.unwrap();
    assert_eq!((counts.jobs, counts.due, counts.due_since), (2, 1, Some(moment(0))));
    assert_eq!(counts.queue_age(moment(5)), SignedDuration::from_secs(5));
    let lease = store.lease_job(moment(20), moment(40)).await.unwrap().unwrap();
    assert_eq!(lease.number, first);
    let counts = store.job_counts(moment(30)).await.unwrap();
    assert_eq!((counts.due, counts.due_since), (1, Some(moment(10))), "one is worked on");
    assert_eq!(store.job_counts(moment(40)).await.unwrap().due, 2, "its lease has ended");

    // The clock of this service stands an hour later.
    let service = service_over(store.clone());
    let mut early = AnswerTally::default();
    let nothing = early.count(&service).await.unwrap();
    assert_eq!((nothing.accepted(), nothing.kept_and_missed()), (2, (0, 2)));
    let draft = draft(iin(3), "third");
    store.put_draft(&draft).await.unwrap();
    let mut third = registration(&draft, 3, "third");
    third.clock = domain::LegalClock::start(moment(0) - HOUR);
    third.audit.at = third.clock.accepted_at;
    third.audit.evidence = crate::evidence::registration_digest(&third).unwrap();
    assert_eq!(store.register(&third).await.unwrap(), Registered::New);
    let mut late = AnswerTally::default();
    for tally in [&mut early, &mut late] {
        let counted = tally.count(&service).await.unwrap();
        assert_eq!((counted.accepted(), counted.kept_and_missed()), (3, (0, 3)));
    }
}
