//! What a caller is told, sentence by sentence, in his language: read aloud by an operator, by the contact centre's software or
//! by a machine, from the texts of the portal.
//!
//! Knows [`CallerStanding`] and so cannot tell a certificate from a refusal. Read next: `locales/*/callers.ftl`.

use app::{CallError, CallerStanding};
use domain::{Language, Misheard, Suspect, spelled};

use crate::texts::{Texts, texts};
use crate::times::moment_words;

/// The sentences for a request's standing.
#[must_use]
pub fn standing(told: &CallerStanding, language: Language) -> Vec<String> {
    let texts = texts(language);
    let code = told.state.code();
    let mut sentences = vec![
        texts.with("call-number", "number", &spelled(&told.number, language)),
        texts.text(&format!("call-state-{code}")),
    ];
    if told.is_overdue {
        sentences.push(texts.text("call-overdue"));
    } else if let Some(due_at) = told.due_at {
        sentences.push(texts.with("call-due", "moment", &moment_words(texts, due_at)));
    }
    sentences.push(texts.text(&format!("call-next-{code}")));
    sentences
}

/// What to say, and to ask, where nothing can be told.
#[must_use]
pub fn untold(error: &CallError, language: Language) -> Vec<String> {
    let texts = texts(language);
    match error {
        CallError::Misheard(misheard) => vec![said_again(misheard, texts)],
        CallError::Confirm(number) => {
            vec![texts.with("call-confirm_number", "number", &spelled(number, language))]
        }
        CallError::Wait(until) => {
            vec![texts.with("call-too_often", "moment", &moment_words(texts, *until))]
        }
        CallError::DocumentNumber
        | CallError::NotFound
        | CallError::Erased
        | CallError::NoFit
        | CallError::NotReady
        | CallError::Words
        | CallError::Store(_) => vec![texts.text(&format!("call-{}", error.code()))],
    }
}

/// What to ask a caller whose number was not understood; where one character is suspected, for that one.
fn said_again(misheard: &Misheard, texts: &Texts) -> String {
    match misheard {
        Misheard::NoSuchCharacter { place, heard } => {
            let (place, heard) = (place.to_string(), heard.to_string());
            texts.with_all("call-no_such_character", &[("place", &place), ("heard", &heard)])
        }
        Misheard::WrongCharacter(suspects) => match suspects.as_slice() {
            [one] => suspicion(one, texts),
            _ => texts.text("call-misheard_character"),
        },
        Misheard::Nothing | Misheard::WrongLength(_) | Misheard::WrongFirst(_) => {
            texts.text(&format!("call-{}", misheard.code()))
        }
    }
}

/// One suspected character in words.
#[must_use]
pub fn suspicion(one: &Suspect, texts: &Texts) -> String {
    let (place, heard, perhaps) =
        (one.place.to_string(), one.heard.to_string(), one.perhaps.to_string());
    let values = [("place", &*place), ("heard", &*heard), ("perhaps", &*perhaps)];
    texts.with_all("call-suspect", &values)
}

/// Sentences as a document of the Speech Synthesis Markup Language.
#[must_use]
pub fn ssml(sentences: &[String], language: Language) -> String {
    let locale = match language {
        Language::Kk => "kk-KZ",
        Language::Ru => "ru-RU",
        Language::En => "en-US",
    };
    let marked: String = sentences.iter().map(|one| format!("<s>{}</s>", escaped(one))).collect();
    format!(
        "<speak version=\"1.1\" xmlns=\"http://www.w3.org/2001/10/synthesis\" xml:lang=\"{locale}\"><p>{marked}</p></speak>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use app::CallerState;
    use domain::{Number, NumberKind};
    use jiff::Timestamp;

    use super::*;

    fn told(state: CallerState, is_overdue: bool) -> CallerStanding {
        let due_at = (state != CallerState::Answered).then_some(Timestamp::UNIX_EPOCH);
        let number = Number::from_random(NumberKind::Request, 5);
        CallerStanding { number, state, due_at, is_overdue }
    }

    #[test]
    fn every_state_has_its_script_in_each_language_and_no_script_names_a_result() {
        for language in Language::ALL {
            let texts = texts(language);
            for state in CallerState::ALL {
                for is_overdue in [false, true] {
                    let is_answered = state == CallerState::Answered;
                    let sentences = standing(&told(state, is_overdue && !is_answered), language);
                    let whole = sentences.join(" ");
                    assert!(!whole.contains('⟦'), "{language:?} {state:?}: {whole}");
                    assert_eq!(sentences.len(), if is_answered { 3 } else { 4 });
                    assert!(sentences.iter().all(|one| one.ends_with('.')), "{whole}");
                }
            }
            let said = standing(&told(CallerState::Answered, false), language).join(" ");
            for word in ["state-granted", "state-refused"] {
                assert!(!said.contains(&texts.text(word)), "{said}");
            }
        }
    }

    #[test]
    fn every_way_of_telling_nothing_has_its_sentence_in_each_language() {
        let number = Number::from_random(NumberKind::Request, 5);
        let suspect = Suspect { place: 2, heard: 'B', perhaps: 'P' };
        for language in Language::ALL {
            let codes = Misheard::CODES.into_iter().chain(CallError::CODES);
            for code in codes.chain(["store_unavailable"]) {
                assert!(texts(language).find(&format!("call-{code}")).is_some(), "{code}");
            }
            for error in [
                CallError::Misheard(Misheard::Nothing),
                CallError::Misheard(Misheard::WrongLength(3)),
                CallError::Misheard(Misheard::WrongFirst('X')),
                CallError::Misheard(Misheard::NoSuchCharacter { place: 2, heard: '0' }),
                CallError::Misheard(Misheard::WrongCharacter(vec![suspect])),
                CallError::Misheard(Misheard::WrongCharacter(vec![])),
                CallError::Confirm(number.clone()),
                CallError::DocumentNumber,
                CallError::NotFound,
                CallError::Erased,
                CallError::NoFit,
                CallError::Wait(Timestamp::UNIX_EPOCH),
                CallError::NotReady,
                CallError::Words,
            ] {
                let said = untold(&error, language).join(" ");
                assert!(!said.contains('⟦') && !said.is_empty(), "{language:?} {error:?} {said}");
            }
        }
    }

    #[test]
    fn speech_markup_keeps_signs_apart_from_marks() {
        let speech = ssml(&["a < b & c".to_owned()], Language::En);
        assert!(speech.contains("<s>a &lt; b &amp; c</s>"), "{speech}");
        assert!(speech.contains("xml:lang=\"en-US\""));
    }
}
