//! Details of the journal's rows in words: the stable codes in them as they are called, numbers and identifiers as they are.
//!
//! Knows of a row no more than its words. Read next: `app/src/audit/action.rs`.

use app::{AuditAction, AuditRow};

use crate::texts::Texts;

/// The detail of a row; of a kind this program does not know, its stable words.
#[must_use]
pub fn detail(texts: &Texts, row: &AuditRow) -> String {
    let Some(action) = AuditAction::parse(&row.action) else { return row.detail.clone() };
    if action == AuditAction::Intended {
        return texts.with("journal-rules", "version", &row.detail);
    }
    let named = |word: &str| {
        let mut families = families(action).iter();
        families.find_map(|family| texts.find(&format!("{family}-{word}")))
    };
    let words = row.detail.split(' ').map(|word| named(word).unwrap_or_else(|| word.to_owned()));
    words.collect::<Vec<_>>().join(", ")
}

/// Where the words of an action's details are found.
fn families(action: AuditAction) -> &'static [&'static str] {
    match action {
        AuditAction::Waiting => &["state"],
        AuditAction::RepairAnswered => &["repair-answer"],
        AuditAction::FaultReported => &["call-kind"],
        AuditAction::MessageTaken
        | AuditAction::MessageRefused
        | AuditAction::MessageHadNoAddress
        | AuditAction::MessageGivenUp => &["notice", "journal-word"],
        action if AuditAction::OF_RECOURSES.contains(&action) => &["recourse-body"],
        _ => &["journal-word"],
    }
}

#[cfg(test)]
mod tests {
    use app::{CallLine, Channel, FaultReportKind, KeptKind, LookWay, NoticeKind, RepairOutcome};
    use domain::{Alarm, Language, RecourseBody};

    use super::*;
    use crate::texts::texts;

    fn row(action: AuditAction, detail: &str) -> AuditRow {
        AuditRow {
            sequence: 1,
            at_ms: 0,
            actor: "system".to_owned(),
            action: action.code().to_owned(),
            request: String::new(),
            subject: String::new(),
            detail: detail.to_owned(),
            evidence: String::new(),
            salt: String::new(),
            hash: String::new(),
        }
    }

    /// Every code that a detail may have, with an action that has it.
    fn codes() -> Vec<(AuditAction, &'static str)> {
        use AuditAction as A;
        let mut codes: Vec<(A, &str)> = vec![
            (A::Registered, "one_time_password"),
            (A::SignedIn, "one_time_password"),
            (A::SignedIn, "identity_provider"),
            (A::SignedIn, "passkey"),
            (A::Waiting, "waiting_for_consent"),
            (A::Waiting, "waiting_for_data_bank"),
        ];
        let mut add = |action: A, words: &[&'static str]| {
            codes.extend(words.iter().map(|word| (action, *word)));
        };
        let bank = ["known", "absent", "unavailable", "known_compared", "unavailable_compared"];
        add(A::DataBankAsked, &bank);
        add(A::ConsentAsked, &["asked", "given", "refused", "no_answer", "unavailable"]);
        add(A::Decided, &["granted", "no_guardian_record", "no_consent"]);
        add(A::Checked, &["number", "qr", "file"]);
        add(A::MessageTaken, &["sms", "email"]);
        add(A::MessageRefused, &NoticeKind::ALL.map(NoticeKind::code));
        add(A::Registered, &Channel::ALL.map(Channel::code));
        add(A::Alarmed, &Alarm::ALL.map(Alarm::code));
        add(A::ToldByPhone, &CallLine::ALL.map(CallLine::code));
        add(A::FaultReported, &FaultReportKind::ALL.map(FaultReportKind::code));
        add(A::Erased, &KeptKind::ALL.map(KeptKind::code));
        add(
            A::RepairAnswered,
            &[RepairOutcome::Entered, RepairOutcome::NoActFound].map(RepairOutcome::code),
        );
        add(A::ComplaintFiled, &RecourseBody::ALL.map(RecourseBody::code));
        codes.extend(LookWay::ALL.map(|way| (way.action(), way.code())));
        codes
    }

    #[test]
    fn whoever_reads_the_journal_reads_no_code() {
        for language in [Language::Kk, Language::Ru, Language::En] {
            let texts = texts(language);
            for (action, code) in codes() {
                let told = detail(texts, &row(action, code));
                assert!(told != code || code == "sms", "{language:?} {}: {code}", action.code());
            }
        }
        let told = |action, words| detail(texts(Language::En), &row(action, words));
        assert_eq!(told(AuditAction::Intended, "1"), "version of the rules: 1");
        assert_eq!(told(AuditAction::Checked, "A-2222-2222-2 qr"), "A-2222-2222-2, by QR code");
        let message = told(AuditAction::MessageTaken, "sms recourse_answered Q-2222-2222-2");
        assert!(message.starts_with("SMS, ") && message.ends_with(", Q-2222-2222-2"), "{message}");
        assert_eq!(
            told(AuditAction::Erased, "caller_acts 3 2023-01-01"),
            "calls to 1414, 3, 2023-01-01"
        );
    }
}
