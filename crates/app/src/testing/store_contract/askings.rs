//! Questions to persons about their consent.

use domain::Iin;

use super::Fixture;
use crate::audit::{AuditAction, AuditEvent, verify_chain};
use crate::ports::{
    ASKINGS_MAX, AccessProof, AskingTurn, ConsentAsking, ConsentOutcome, Heard, KeptProof,
};
use crate::testing::samples::{draft, event, iin, moment, registration};

/// A question about a draft, begun at `moment(seconds)` with five minutes for its answer.
fn asking(id: &str, challenge: &str, person: Iin, seconds: i64) -> ConsentAsking {
    ConsentAsking {
        id: id.to_owned(),
        challenge: challenge.to_owned(),
        iin: person,
        asked_at: moment(seconds),
        until: moment(seconds + 300),
        run_at: moment(seconds),
        exchanges: 0,
        heard: Heard::Nothing,
        is_sent: false,
        answer: None,
        proof: None,
        forget_at: moment(seconds + 86_400),
    }
}

fn audit(person: Iin) -> AuditEvent {
    event(AuditAction::ConsentAsked, None, Some(person))
}

fn kept(seconds: i64) -> KeptProof {
    let proof = AccessProof { token: "token".to_owned(), public_key: "key".to_owned() };
    KeptProof { proof, valid_until: moment(seconds) }
}

/// Of parallel wishes to ask one is begun, with one journal row.
pub async fn a_question_is_begun_once_even_in_parallel(fixture: Fixture) {
    let store = fixture.store;
    let calls: Vec<_> = (0..4)
        .map(|index| {
            let store = store.clone();
            let one = asking(&format!("id-{index}"), "challenge", iin(1), index);
            tokio::spawn(async move { store.begin_asking(&one, &audit(iin(1))).await.unwrap() })
        })
        .collect();
    let mut begun = 0;
    for call in calls {
        match call.await.unwrap() {
            AskingTurn::Begun => begun += 1,
            AskingTurn::Running(open) => assert_eq!(open.challenge, "challenge"),
            AskingTurn::Wait(_) => panic!("there is no need to wait"),
        }
    }
    assert_eq!(begun, 1);
    let rows = store.audit_from(1, 10).await.unwrap();
    verify_chain(&rows, 1, "").unwrap();
    assert_eq!(rows.len(), 1);
    let open = store.asking("challenge").await.unwrap().unwrap();
    assert_eq!(open, ConsentAsking { exchanges: 0, ..open.clone() });
    assert_eq!(store.asking("another").await.unwrap(), None);
}

/// Whoever takes it has it until then.
pub async fn a_question_is_taken_by_one_and_again_when_its_turn_comes(fixture: Fixture) {
    let store = fixture.store;
    let one = asking("id", "challenge", iin(1), 0);
    assert_eq!(store.begin_asking(&one, &audit(iin(1))).await.unwrap(), AskingTurn::Begun);
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(
                async move { store.take_asking("id", moment(0), moment(30)).await.unwrap() },
            )
        })
        .collect();
    let mut taken = 0;
    for call in calls {
        taken += u32::from(call.await.unwrap());
    }
    assert_eq!(taken, 1);
    assert!(!store.take_asking("id", moment(29), moment(60)).await.unwrap());
    // Whoever had it is gone: the next one goes on.
    assert!(store.take_asking("id", moment(30), moment(60)).await.unwrap());
    store.note_asking("id", Heard::Pending, moment(40)).await.unwrap();
    let open = store.asking("challenge").await.unwrap().unwrap();
    let sent = ConsentAsking { is_sent: true, ..one };
    let noted = ConsentAsking { exchanges: 2, heard: Heard::Pending, run_at: moment(40), ..sent };
    assert_eq!(open, noted);
    assert!(!store.take_asking("id", moment(39), moment(60)).await.unwrap());
    assert!(store.take_asking("id", moment(40), moment(60)).await.unwrap());
    assert!(!store.take_asking("nobody", moment(40), moment(60)).await.unwrap());
}

/// The first answer stands.
pub async fn a_question_is_answered_once_and_keeps_what_the_control_gave(fixture: Fixture) {
    let store = fixture.store;
    let one = asking("id", "challenge", iin(1), 0);
    store.begin_asking(&one, &audit(iin(1))).await.unwrap();
    let given = (ConsentOutcome::Given, moment(20));
    let proof = kept(600);
    assert!(store.answer_asking("id", given, Some(&proof), &audit(iin(1))).await.unwrap());
    let refused = (ConsentOutcome::Refused, moment(21));
    assert!(!store.answer_asking("id", refused, None, &audit(iin(1))).await.unwrap());
    store.note_asking("id", Heard::Silent, moment(40)).await.unwrap();
    assert!(!store.take_asking("id", moment(40), moment(60)).await.unwrap());
    let answered = store.asking("challenge").await.unwrap().unwrap();
    assert_eq!(answered, ConsentAsking { answer: Some(given), proof: Some(proof), ..one });
    assert_eq!(store.audit_from(1, 10).await.unwrap().len(), 2);
}

/// What is over is closed by what was heard of it.
pub async fn a_question_that_nobody_answered_makes_room_for_another(fixture: Fixture) {
    let store = fixture.store;
    use Heard::{Nothing, Pending, Silent};
    for (person, heard, outcome) in [
        (1, &[Pending][..], ConsentOutcome::NoAnswer),
        (2, &[Silent], ConsentOutcome::Unavailable),
        (3, &[Nothing], ConsentOutcome::Unavailable),
        (4, &[Pending, Silent], ConsentOutcome::Unavailable),
        (5, &[Pending, Silent, Pending], ConsentOutcome::NoAnswer),
    ] {
        let challenge = format!("challenge-{person}");
        let first = asking(&format!("first-{person}"), &challenge, iin(person), 0);
        store.begin_asking(&first, &audit(iin(person))).await.unwrap();
        for one in heard {
            store.note_asking(&first.id, *one, moment(5)).await.unwrap();
        }
        let noted = store.asking(&challenge).await.unwrap().unwrap();
        assert_eq!(noted.is_sent, heard.contains(&Pending), "a message sent stays sent");
        let early = asking(&format!("early-{person}"), &challenge, iin(person), 299);
        let turn = store.begin_asking(&early, &audit(iin(person))).await.unwrap();
        let AskingTurn::Running(open) = turn else { panic!("the first is open") };
        assert_eq!(open.outcome_at(moment(299)), None);
        assert_eq!(open.outcome_at(moment(300)), Some(outcome));
        let second = asking(&format!("second-{person}"), &challenge, iin(person), 300);
        let turn = store.begin_asking(&second, &audit(iin(person))).await.unwrap();
        assert_eq!(turn, AskingTurn::Begun);
        assert_eq!(store.asking(&challenge).await.unwrap(), Some(second));
        let late = (ConsentOutcome::Given, moment(301));
        let (proof, row) = (kept(600), audit(iin(person)));
        let told = store.answer_asking(&first.id, late, Some(&proof), &row).await.unwrap();
        assert!(!told, "it was closed");
    }
}

/// Each question is a message on somebody's telephone.
pub async fn a_person_is_asked_five_times_an_hour_and_no_more(fixture: Fixture) {
    let store = fixture.store;
    let begin = async |index: i64, person: u32, seconds: i64| {
        let challenge = format!("challenge-{person}-{index}");
        let one = asking(&format!("id-{person}-{index}"), &challenge, iin(person), seconds);
        store.begin_asking(&one, &audit(iin(person))).await.unwrap()
    };
    for index in 0..i64::try_from(ASKINGS_MAX).unwrap() {
        assert_eq!(begin(index, 1, index).await, AskingTurn::Begun);
    }
    assert_eq!(begin(9, 1, 60).await, AskingTurn::Wait(moment(3_600)));
    assert_eq!(begin(9, 2, 60).await, AskingTurn::Begun, "another person");
    // The first one's time is over, and it is closed although none is begun in its place.
    assert_eq!(begin(0, 1, 400).await, AskingTurn::Wait(moment(3_600)));
    let (late, row) = ((ConsentOutcome::Given, moment(401)), audit(iin(1)));
    assert!(!store.answer_asking("id-1-0", late, Some(&kept(600)), &row).await.unwrap());
    assert_eq!(begin(9, 1, 3_600).await, AskingTurn::Begun);
    assert_eq!(begin(10, 1, 3_600).await, AskingTurn::Wait(moment(3_601)));
    store.remove_expired(moment(86_400 + 60)).await.unwrap();
    assert_eq!(store.asking("challenge-1-0").await.unwrap(), None);
    assert!(store.asking("challenge-1-9").await.unwrap().is_some());
}

/// The secrets go as soon as nobody is to be asked with them.
pub async fn what_was_given_is_found_by_the_request_and_forgotten_with_it(fixture: Fixture) {
    let store = fixture.store;
    let draft = draft(iin(1), "challenge");
    store.put_draft(&draft).await.unwrap();
    let one = asking("id", "challenge", iin(1), 0);
    store.begin_asking(&one, &audit(iin(1))).await.unwrap();
    let given = (ConsentOutcome::Given, moment(20));
    store.answer_asking("id", given, Some(&kept(600)), &audit(iin(1))).await.unwrap();
    let registration = registration(&draft, 1, "key");
    assert_eq!(store.asking_of(&registration.number).await.unwrap(), None);
    assert_eq!(store.challenge_of(&registration.number).await.unwrap(), None);
    store.register(&registration).await.unwrap();
    let found = store.asking_of(&registration.number).await.unwrap().unwrap();
    assert_eq!((found.answer, found.proof), (Some(given), Some(kept(600))));
    for _ in 0..2 {
        store.forget_proofs(&registration.number).await.unwrap();
        let found = store.asking_of(&registration.number).await.unwrap().unwrap();
        assert_eq!((found.answer, found.proof), (Some(given), None));
    }
    // The question is kept no longer, as in a store that was restored; the draft is.
    store.remove_expired(moment(86_400)).await.unwrap();
    assert_eq!(store.asking_of(&registration.number).await.unwrap(), None);
    let challenge = store.challenge_of(&registration.number).await.unwrap();
    assert_eq!(challenge.as_deref(), Some("challenge"));
}

/// Two drafts of one person are one question to him: one message, and one answer for both, also where the first one's time
/// is over and nobody closed it.
pub async fn open_questions_to_one_person_are_one(fixture: Fixture) {
    let store = fixture.store;
    let first = asking("first", "challenge-1", iin(1), 0);
    store.begin_asking(&first, &audit(iin(1))).await.unwrap();
    let other = asking("other", "challenge-3", iin(2), 0);
    store.begin_asking(&other, &audit(iin(2))).await.unwrap();
    assert!(store.take_asking("first", moment(0), moment(30)).await.unwrap());
    let second = asking("second", "challenge-2", iin(1), 10);
    let turn = store.begin_asking(&second, &audit(iin(1))).await.unwrap();
    assert_eq!(turn, AskingTurn::Begun);
    assert!(!store.take_asking("second", moment(10), moment(40)).await.unwrap(), "under way");
    store.note_asking("first", Heard::Pending, moment(35)).await.unwrap();
    let beside = store.asking("challenge-2").await.unwrap().unwrap();
    assert_eq!((beside.heard, beside.run_at), (Heard::Pending, moment(35)));
    assert!(beside.is_sent, "he has the message");
    assert_eq!(beside.until, second.until, "each has its own time");
    assert!(store.take_asking("second", moment(35), moment(60)).await.unwrap());
    assert!(!store.take_asking("first", moment(35), moment(60)).await.unwrap());
    let (given, proof) = ((ConsentOutcome::Given, moment(305)), kept(900));
    assert!(store.answer_asking("second", given, Some(&proof), &audit(iin(1))).await.unwrap());
    for challenge in ["challenge-1", "challenge-2"] {
        let answered = store.asking(challenge).await.unwrap().unwrap();
        assert_eq!((answered.answer, answered.proof), (Some(given), Some(proof.clone())));
    }
    assert_eq!(store.asking("challenge-3").await.unwrap(), Some(other));
    assert!(!store.answer_asking("first", given, None, &audit(iin(1))).await.unwrap());
    assert_eq!(store.audit_from(1, 10).await.unwrap().len(), 4, "one row for the answer");
}
