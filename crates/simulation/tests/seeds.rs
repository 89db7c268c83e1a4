//! Seeds small enough for every day; the million of operations is the binary's work.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it is broken")]

use simulation::{
    Asked, Breach, Coverage, Hold, Manner, Mood, Operation, Plant, Run, operations, run,
    run_operations, shrink,
};

const OPERATIONS: usize = 300;

fn of(seed: u64, plant: Option<Plant>) -> Run {
    Run { seed, operations: OPERATIONS, plant }
}

fn played(run: Run, list: &[Operation]) -> Coverage {
    run_operations(run, list).unwrap_or_else(|violation| panic!("{violation:?}"))
}

#[test]
fn thirty_seeds_come_to_nothing_that_may_never_happen() {
    let mut coverage = Coverage::default();
    for seed in 1..=30 {
        coverage.add(&run(of(seed, None)).unwrap_or_else(|violation| panic!("{violation:?}")));
    }
    for (group, name) in [
        ("decisions", "granted"),
        ("decisions", "granted and refused beside"),
        ("decisions", "refused: no consent"),
        ("decisions", "refused: no guardian record"),
        ("store", "lease lost"),
        ("store", "number taken"),
        ("store", "failed after a call"),
        ("seal", "after another had sealed"),
        ("store calls", "release_waiting"),
        ("notices", "overdue"),
        ("submissions", "same"),
        ("submissions", "open"),
        ("submissions", "draft used"),
        ("submissions", "idempotency_key_reused"),
        ("crashed at", "commit_issued"),
    ] {
        assert!(coverage.count(group, name) > 0, "{group}: {name} never came about\n{coverage}");
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    assert_eq!(run(of(7, None)).unwrap(), run(of(7, None)).unwrap());
    assert_ne!(operations(7, OPERATIONS), operations(8, OPERATIONS));
}

/// The first seed that finds a planted bug.
fn found(plant: Plant) -> (u64, Breach) {
    let violation = (1..=20).find_map(|seed| run(of(seed, Some(plant))).err());
    let violation = violation.unwrap_or_else(|| panic!("{plant:?} was not found"));
    (violation.seed, violation.breach)
}

#[test]
fn an_outage_that_refuses_is_found() {
    let (_, breach) = found(Plant::RefusalOnOutage);
    assert_eq!(breach.invariant, "a decision rests on what the sources truly said");
}

#[test]
fn a_document_sealed_twice_is_found() {
    let (_, breach) = found(Plant::DoubleSeal);
    assert_eq!(breach.invariant, "an ended request never changes");
}

#[test]
fn a_lost_job_is_found() {
    let (_, breach) = found(Plant::LostJob);
    assert_eq!(breach.invariant, "a request without answer has a job");
}

#[test]
fn a_list_is_shortened_to_what_shows_the_bug() {
    let (seed, breach) = found(Plant::RefusalOnOutage);
    let run = of(seed, Some(Plant::RefusalOnOutage));
    let violation = simulation::run(run).unwrap_err();
    let short = shrink(run, &violation);
    assert!(short.len() <= 6, "{short:?}");
    assert_eq!(run_operations(run, &short).unwrap_err().breach.invariant, breach.invariant);
}

const NOW: Hold = None;

fn prepare(person: u32) -> Operation {
    Operation::Prepare { node: 0, person, asked: Asked::All, consents: true, hold: NOW }
}

fn submit(hold: Hold) -> Operation {
    Operation::Submit { node: 0, what: 0, how: Manner::Fresh, hold }
}

fn tick(seconds: i64) -> Operation {
    Operation::Tick { ms: seconds * 1_000 }
}

/// The draft is read, its half hour ends, the watchdog takes it away, and only then is it registered.
#[test]
fn a_draft_taken_away_while_it_is_submitted_is_unknown_and_no_fault_of_the_store() {
    let list = [
        prepare(1),
        tick(1_790),
        submit(Some(6)),
        tick(20),
        Operation::Tidy { node: 1 },
        Operation::Resume { which: 0, hold: NOW },
    ];
    let coverage = played(of(2, None), &list);
    assert_eq!(coverage.count("held at", "register"), 1, "{coverage}");
    assert_eq!(coverage.count("submissions", "draft_unknown"), 1, "{coverage}");
}

/// The bank answers after the lease; another worker has answered the request meanwhile.
#[test]
fn a_lease_lost_during_a_slow_call_changes_nothing() {
    let list = [
        prepare(1),
        submit(NOW),
        Operation::Bank(Mood::Slow),
        Operation::Work { node: 0, hold: NOW },
        Operation::Bank(Mood::Well),
        tick(21),
        Operation::Work { node: 1, hold: NOW },
        Operation::Resume { which: 0, hold: NOW },
    ];
    let coverage = played(of(2, None), &list);
    assert_eq!(coverage.count("requests", "granted"), 1, "{coverage}");
    assert_eq!(coverage.count("store", "lease lost"), 2, "the step and the giving back");
}

/// The term ends between the look at the clock and the commit; the watchdog of another node is faster.
#[test]
fn an_alarm_raised_while_the_last_commit_runs_is_told_once() {
    for hold in 0..28 {
        let list = [
            prepare(1),
            submit(NOW),
            tick(1_799),
            Operation::Work { node: 0, hold: Some(hold) },
            tick(2),
            Operation::Watch { node: 1, hold: NOW },
            Operation::Resume { which: 0, hold: NOW },
            Operation::Verify,
        ];
        let coverage = played(of(2, None), &list);
        assert_eq!(coverage.count("requests", "granted"), 1, "held at {hold}: {coverage}");
    }
}

/// A worker dies at each place of a job; the request is answered all the same.
#[test]
fn a_worker_may_die_anywhere() {
    for hold in 0..28 {
        let list = [prepare(1), submit(NOW), Operation::WorkAndDie { node: 0, hold }];
        let coverage = played(of(2, None), &list);
        assert_eq!(coverage.count("requests", "granted"), 1, "died at {hold}: {coverage}");
    }
}

/// In good weather a request is answered long before its term.
#[test]
fn nobody_waits_in_good_weather() {
    let calm = |operation: &Operation| match operation {
        Operation::Tick { ms } => *ms < 3_000,
        Operation::Prepare { .. }
        | Operation::Submit { .. }
        | Operation::Work { .. }
        | Operation::WorkAll { .. }
        | Operation::Resume { .. }
        | Operation::Watch { .. } => true,
        _ => false,
    };
    let list: Vec<Operation> = operations(5, 2_000).into_iter().filter(calm).collect();
    let coverage = played(of(5, None), &list);
    assert!(coverage.count("requests", "granted") > 20, "{coverage}");
    assert_eq!(coverage.count("notices", "overdue"), 0);
}
