//! The words of messages about notices, from the texts of the pages: that something is in the cabinet, and where. No name, no
//! IIN, nothing of what an answer says; of review and complaint the number alone.

use app::{MessageTopic, NoticeWords};
use domain::Language;

use crate::config::domain_of;
use crate::texts::texts;

/// Messages about what is in the cabinet of a portal.
#[derive(Clone, Debug)]
pub struct NoticeTexts {
    public_url: String,
}

impl NoticeTexts {
    /// Of the portal at this address.
    #[must_use]
    pub fn new(public_url: &str) -> Self {
        Self { public_url: public_url.trim_end_matches('/').to_owned() }
    }

    fn told(&self, topic: &MessageTopic, language: Language, place: &str) -> String {
        let key = format!("message-{}", topic.kind.code());
        let values = [("number", topic.number.as_str()), ("address", place)];
        texts(language).with_all(&key, &values)
    }
}

impl NoticeWords for NoticeTexts {
    fn sms(&self, topic: &MessageTopic, language: Language) -> String {
        self.told(topic, language, domain_of(&self.public_url))
    }

    fn letter(&self, topic: &MessageTopic, language: Language) -> (String, String) {
        let texts = texts(language);
        let place = if topic.kind.is_of_recourse() { "recourses" } else { "requests" };
        let cabinet = format!("{}/{}", self.public_url, language.code());
        let told = self.told(topic, language, &format!("{cabinet}/{place}/{}", topic.number));
        let address = format!("{cabinet}/cabinet/email");
        let footer = texts.with("letter-footer", "address", &address);
        let subject = texts.with("letter-subject", "number", topic.number.as_str());
        (subject, format!("{told}\n\n{footer}\n"))
    }
}

#[cfg(test)]
mod tests {
    use app::NoticeKind;
    use domain::{Number, NumberClass, NumberKind};

    use super::*;

    fn topic(kind: NoticeKind) -> MessageTopic {
        let letter = if kind.is_of_recourse() { NumberKind::Recourse } else { NumberKind::Request };
        let number = Number::of_class(letter, NumberClass::FIRST, 7);
        MessageTopic { number, kind, occasion: 0 }
    }

    /// Words that would say what the answer is.
    const RESULTS: [&str; 12] = [
        "анықтама",
        "бас тарт",
        "қорғанш",
        "қамқор",
        "справк",
        "отказ",
        "опек",
        "попечит",
        "certificate",
        "refus",
        "guardian",
        "custod",
    ];

    #[test]
    fn a_message_says_that_something_is_there_and_where_and_nothing_else() {
        let words = NoticeTexts::new("https://anyqtama.kz:8443/");
        for (language, kind) in
            Language::ALL.iter().flat_map(|one| NoticeKind::ALL.map(|kind| (*one, kind)))
        {
            let topic = topic(kind);
            let sms = words.sms(&topic, language);
            assert!(sms.contains(topic.number.as_str()) && !sms.contains('⟦'), "{sms}");
            assert!(sms.ends_with(": anyqtama.kz:8443"), "{sms}");
            // Two parts of a message in UCS-2.
            assert!(sms.encode_utf16().count() <= 2 * 67, "{language:?}: {sms}");
            let (subject, text) = words.letter(&topic, language);
            let place = if kind.is_of_recourse() { "recourses" } else { "requests" };
            let link = format!("/{}/{place}/{}\n", language.code(), topic.number);
            assert!(text.contains(&format!("https://anyqtama.kz:8443{link}")), "{text}");
            assert!(subject.contains(topic.number.as_str()) && !subject.contains('\n'));
            assert!(!subject.contains('⟦') && !text.contains('⟦'), "{text}");
            for said in [sms, subject, text] {
                let said = said.to_lowercase().replace("anyqtama", "");
                let of_result = RESULTS.iter().find(|word| said.contains(**word));
                assert_eq!(of_result, None, "{said}");
            }
        }
    }
}
