//! One request, two workers, and every order in which things may happen to them, looked through without exception.
//!
//! The model has the rules of `app` and nothing else: each action names the function it mirrors. It knows no time: a
//! lease may run out whenever it likes. Faults are counted, so that each way through comes to an end, and at every
//! end the request must have its answer. Read next: `crates/app/src/advance.rs`.

#![allow(clippy::indexing_slicing, reason = "workers are places 0 and 1")]

use stateright::{Checker, Model, Property};

const WORKERS: usize = 2;

/// As `app::Step`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Step {
    Registered,
    Decided,
    Intended,
    Issued,
}

/// As `domain::Answer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Answer {
    Known,
    Absent,
    Unavailable,
}

/// What a worker is about to commit, with what he read before; as `app::Effect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Effect {
    Waiting,
    /// By which answer, and whether the source truly gave it.
    Decided {
        granted: bool,
        is_true: bool,
    },
    Intended,
    Issued,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Worker {
    Idle,
    /// Has a lease and is about to read the request.
    Leased {
        fence: u8,
    },
    /// Read the request and is about to ask, render or seal.
    Read {
        fence: u8,
        version: u8,
        step: Step,
    },
    /// Is about to commit.
    Ready {
        fence: u8,
        version: u8,
        effect: Effect,
    },
    /// Met a fault and is about to give the job back.
    Failed {
        fence: u8,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    step: Step,
    version: u8,
    has_job: bool,
    /// The last fence given, and whether its lease still stands, runs out, or was given back.
    fence: u8,
    lease: Lease,
    unsealed_stored: bool,
    truth: Answer,
    workers: [Worker; WORKERS],
    left: Left,
    seen: Seen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Lease {
    None,
    Runs,
    RanOut,
}

/// Faults that may still come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Left {
    outages: u8,
    seal_faults: u8,
    crashes: u8,
    /// Leases that run out although their worker lives: he is slow.
    slow: u8,
    imports: u8,
}

/// What the properties look at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Seen {
    decisions: u8,
    issues: u8,
    refused_by_fault: bool,
    sealed_unstored: bool,
    committed_without_lease: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Action {
    LeaseJob(usize),
    LeaseRunsOut,
    Read(usize),
    AskAnswered(usize),
    AskUnavailable(usize),
    Render(usize),
    Seal(usize),
    SealFails(usize),
    Commit(usize),
    CommitUnheard(usize),
    PutBack(usize),
    Crash(usize),
    Import,
}

/// The rules, each of which can be left out to see what it is for.
#[derive(Clone, Copy, Debug)]
struct Rules {
    /// A commit needs the last fence and a lease that was not given back (`leased_job`).
    fence: bool,
    /// A commit needs the version that was read (`expected_version`).
    version: bool,
    /// A commit needs the step it follows from (`Effect::step_after`).
    step: bool,
    /// An outage is not an absence.
    tri_state: bool,
    /// Sealing waits for the intent.
    intent: bool,
    /// A job that is put off stays.
    job_stays: bool,
    faults: Left,
}

const MANY: Left = Left { outages: 2, seal_faults: 1, crashes: 2, slow: 2, imports: 1 };
/// Enough where rules are left out: it takes one slow worker to do harm.
const FEW: Left = Left { outages: 1, seal_faults: 0, crashes: 0, slow: 2, imports: 1 };

const APP: Rules = Rules {
    fence: true,
    version: true,
    step: true,
    tri_state: true,
    intent: true,
    job_stays: true,
    faults: MANY,
};

impl Model for Rules {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let of = |truth| State {
            step: Step::Registered,
            version: 1,
            has_job: true,
            fence: 0,
            lease: Lease::None,
            unsealed_stored: false,
            truth,
            workers: [Worker::Idle; WORKERS],
            left: self.faults,
            seen: Seen::default(),
        };
        vec![of(Answer::Known), of(Answer::Absent)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for who in 0..WORKERS {
            self.actions_of(who, state, actions);
        }
        let holder_lives = state.workers.iter().any(|worker| fence_of(worker) == Some(state.fence));
        if state.lease == Lease::Runs && (!holder_lives || state.left.slow > 0) {
            actions.push(Action::LeaseRunsOut);
        }
        if state.left.imports > 0 && state.step == Step::Registered {
            actions.push(Action::Import);
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        self.act(&mut state, action);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("at most one answer", |_: &Rules, state: &State| {
                state.seen.decisions <= 1 && state.seen.issues <= 1
            }),
            Property::always("never refused by a fault", |_: &Rules, state: &State| {
                !state.seen.refused_by_fault
            }),
            Property::always("sealed only what was stored", |_: &Rules, state: &State| {
                !state.seen.sealed_unstored
            }),
            Property::always("who lost his lease changes nothing", |_: &Rules, state: &State| {
                !state.seen.committed_without_lease
            }),
            Property::always("who has no answer has a job", |_: &Rules, state: &State| {
                state.has_job != (state.step == Step::Issued)
            }),
            Property::eventually("every accepted request ends", |_: &Rules, state: &State| {
                state.step == Step::Issued
            }),
        ]
    }
}

impl Rules {
    fn actions_of(&self, who: usize, state: &State, actions: &mut Vec<Action>) {
        match state.workers[who] {
            Worker::Idle => {
                if state.has_job && state.lease != Lease::Runs {
                    actions.push(Action::LeaseJob(who));
                }
                return;
            }
            Worker::Leased { .. } => actions.push(Action::Read(who)),
            Worker::Read { step: Step::Registered, .. } => {
                actions.push(Action::AskAnswered(who));
                if state.left.outages > 0 {
                    actions.push(Action::AskUnavailable(who));
                }
            }
            Worker::Read { step: Step::Decided, .. } if self.intent => {
                actions.push(Action::Render(who));
            }
            Worker::Read { .. } => {
                actions.push(Action::Seal(who));
                if state.left.seal_faults > 0 {
                    actions.push(Action::SealFails(who));
                }
            }
            Worker::Ready { .. } => {
                actions.push(Action::Commit(who));
                if state.left.crashes > 0 {
                    actions.push(Action::CommitUnheard(who));
                }
            }
            Worker::Failed { .. } => actions.push(Action::PutBack(who)),
        }
        if state.left.crashes > 0 {
            actions.push(Action::Crash(who));
        }
    }

    fn act(&self, state: &mut State, action: Action) {
        match action {
            Action::LeaseJob(who) => lease_job(state, who),
            Action::LeaseRunsOut => {
                let fence = Some(state.fence);
                let lives = state.workers.iter().any(|worker| fence_of(worker) == fence);
                state.left.slow -= u8::from(lives);
                state.lease = Lease::RanOut;
            }
            Action::Read(who) => read(state, who),
            Action::AskAnswered(who) => {
                let truth = state.truth;
                self.heard(state, who, truth);
            }
            Action::AskUnavailable(who) => {
                state.left.outages -= 1;
                self.heard(state, who, Answer::Unavailable);
            }
            Action::Render(who) => ready(state, who, Effect::Intended),
            Action::Seal(who) => {
                // Sealing reads the stored bytes; where another issued them meanwhile they were stored before.
                let stored = state.unsealed_stored || state.step == Step::Issued;
                state.seen.sealed_unstored |= !stored;
                ready(state, who, Effect::Issued);
            }
            Action::SealFails(who) => {
                state.left.seal_faults -= 1;
                fail(state, who);
            }
            Action::Commit(who) => self.commit(state, who),
            Action::CommitUnheard(who) => {
                // The store does it, and the worker takes the lost answer for a fault (`Worker::put_back`).
                state.left.crashes -= 1;
                let fence = fence_of(&state.workers[who]).unwrap_or_default();
                self.commit(state, who);
                state.workers[who] = Worker::Failed { fence };
            }
            Action::PutBack(who) => self.put_back(state, who),
            Action::Crash(who) => {
                state.left.crashes -= 1;
                state.workers[who] = Worker::Idle;
            }
            Action::Import => {
                state.left.imports -= 1;
                let absent = state.truth == Answer::Absent;
                state.truth = if absent { Answer::Known } else { Answer::Absent };
            }
        }
    }

    /// `Service::decide_request` and `domain::decide`.
    fn heard(&self, state: &mut State, who: usize, answer: Answer) {
        let effect = match answer {
            Answer::Known => Effect::Decided { granted: true, is_true: true },
            Answer::Absent => Effect::Decided { granted: false, is_true: true },
            Answer::Unavailable if self.tri_state => Effect::Waiting,
            Answer::Unavailable => Effect::Decided { granted: false, is_true: false },
        };
        ready(state, who, effect);
    }

    /// `Store::commit`: fence, version and step are looked at in one transaction with the change.
    fn commit(&self, state: &mut State, who: usize) {
        let Worker::Ready { fence, version, effect } = state.workers[who] else { return };
        let has_lease = state.has_job && fence == state.fence && state.lease != Lease::None;
        let from = match effect {
            Effect::Waiting => state.step < Step::Issued,
            Effect::Decided { .. } => state.step == Step::Registered,
            Effect::Intended => state.step == Step::Decided,
            Effect::Issued if self.intent => state.step == Step::Intended,
            Effect::Issued => state.step == Step::Decided || state.step == Step::Intended,
        };
        let refused = (self.fence && !has_lease)
            || (self.version && version != state.version)
            || (self.step && !from);
        if refused {
            // `AdvanceError::Store`, then `Worker::put_back`.
            state.workers[who] = Worker::Failed { fence };
            return;
        }
        state.seen.committed_without_lease |= !has_lease;
        state.version += 1;
        state.workers[who] = Worker::Leased { fence };
        match effect {
            Effect::Waiting => {
                // `JobNext::Again`.
                state.lease = Lease::None;
                state.has_job &= self.job_stays;
                state.workers[who] = Worker::Idle;
            }
            Effect::Decided { granted, is_true } => {
                state.step = Step::Decided;
                state.seen.decisions += 1;
                state.seen.refused_by_fault |= !granted && !is_true;
            }
            Effect::Intended => {
                state.step = Step::Intended;
                state.unsealed_stored = true;
            }
            Effect::Issued => {
                // `JobNext::Done`.
                state.step = Step::Issued;
                state.seen.issues += 1;
                (state.unsealed_stored, state.has_job, state.lease) = (false, false, Lease::None);
                state.workers[who] = Worker::Idle;
            }
        }
    }

    /// `Worker::put_back` and `Store::postpone_job`.
    fn put_back(&self, state: &mut State, who: usize) {
        let fence = fence_of(&state.workers[who]);
        if fence == Some(state.fence) && state.lease != Lease::None {
            state.lease = Lease::None;
            state.has_job &= self.job_stays;
        }
        state.workers[who] = Worker::Idle;
    }
}

fn fence_of(worker: &Worker) -> Option<u8> {
    match *worker {
        Worker::Idle => None,
        Worker::Leased { fence }
        | Worker::Read { fence, .. }
        | Worker::Ready { fence, .. }
        | Worker::Failed { fence } => Some(fence),
    }
}

/// `Store::lease_job`.
fn lease_job(state: &mut State, who: usize) {
    state.fence += 1;
    state.lease = Lease::Runs;
    state.workers[who] = Worker::Leased { fence: state.fence };
}

/// The beginning of each round of `Service::advance`.
fn read(state: &mut State, who: usize) {
    let Worker::Leased { fence } = state.workers[who] else { return };
    let (version, step) = (state.version, state.step);
    state.workers[who] =
        if step == Step::Issued { Worker::Idle } else { Worker::Read { fence, version, step } };
}

fn ready(state: &mut State, who: usize, effect: Effect) {
    if let Worker::Read { fence, version, .. } = state.workers[who] {
        state.workers[who] = Worker::Ready { fence, version, effect };
    }
}

fn fail(state: &mut State, who: usize) {
    if let Some(fence) = fence_of(&state.workers[who]) {
        state.workers[who] = Worker::Failed { fence };
    }
}

const ONE_ANSWER: &str = "at most one answer";

/// The properties that do not hold.
fn broken(rules: Rules) -> Vec<&'static str> {
    let checker = rules.checker().threads(2).spawn_bfs().join();
    let mut broken: Vec<&str> = checker.discoveries().into_keys().collect();
    broken.sort_unstable();
    broken
}

#[test]
fn whatever_happens_a_request_ends_once_lawfully_and_sealed_as_stored() {
    let checker = APP.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    assert!(checker.unique_state_count() > 10_000, "{}", checker.unique_state_count());
}

#[test]
fn fence_version_and_step_each_alone_keep_the_answer_one() {
    let none = Rules { fence: false, version: false, step: false, faults: FEW, ..APP };
    for rules in [
        Rules { fence: true, ..none },
        Rules { version: true, ..none },
        Rules { step: true, ..none },
    ] {
        assert!(!broken(rules).contains(&ONE_ANSWER), "{rules:?}");
    }
    assert!(broken(none).contains(&ONE_ANSWER));
}

#[test]
fn only_the_fence_keeps_who_lost_his_lease_from_changing_anything() {
    let without = Rules { fence: false, faults: FEW, ..APP };
    assert!(broken(without).contains(&"who lost his lease changes nothing"));
}

#[test]
fn an_outage_taken_for_absence_refuses() {
    assert!(
        broken(Rules { tri_state: false, faults: FEW, ..APP })
            .contains(&"never refused by a fault")
    );
}

#[test]
fn sealing_without_intent_seals_what_was_not_stored() {
    assert!(
        broken(Rules { intent: false, faults: FEW, ..APP })
            .contains(&"sealed only what was stored")
    );
}

#[test]
fn a_job_lost_when_put_off_leaves_a_request_without_answer() {
    let broken = broken(Rules { job_stays: false, faults: FEW, ..APP });
    assert!(broken.contains(&"every accepted request ends"), "{broken:?}");
    assert!(broken.contains(&"who has no answer has a job"));
}
