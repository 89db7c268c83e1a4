//! Texts for people, from `locales/`: one Fluent bundle a language, loaded once.
//!
//! Knows no page. A missing key shows as `⟦key⟧`, which no test lets through. Read next: `page.rs`.

use std::sync::LazyLock;

use domain::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::{LanguageIdentifier, langid};

/// The files of a language, in the order they are read.
macro_rules! sources {
    ($language:literal) => {
        &[
            include_str!(concat!("../locales/", $language, "/common.ftl")),
            include_str!(concat!("../locales/", $language, "/pages.ftl")),
            include_str!(concat!("../locales/", $language, "/request.ftl")),
            include_str!(concat!("../locales/", $language, "/check.ftl")),
            include_str!(concat!("../locales/", $language, "/faults.ftl")),
            include_str!(concat!("../locales/", $language, "/phone.ftl")),
            include_str!(concat!("../locales/", $language, "/one_time_password.ftl")),
            include_str!(concat!("../locales/", $language, "/repair.ftl")),
            include_str!(concat!("../locales/", $language, "/staff.ftl")),
            include_str!(concat!("../locales/", $language, "/staff_records.ftl")),
            include_str!(concat!("../locales/", $language, "/consent.ftl")),
            include_str!(concat!("../locales/", $language, "/callers.ftl")),
            include_str!(concat!("../locales/", $language, "/recourse.ftl")),
            include_str!(concat!("../locales/", $language, "/providers.ftl")),
            include_str!(concat!("../locales/", $language, "/figures.ftl")),
            include_str!(concat!("../locales/", $language, "/decision.ftl")),
            include_str!(concat!("../locales/", $language, "/console.ftl")),
            include_str!(concat!("../locales/", $language, "/templates.ftl")),
            include_str!(concat!("../locales/", $language, "/people.ftl")),
            include_str!(concat!("../locales/", $language, "/passkeys.ftl")),
            include_str!(concat!("../locales/", $language, "/notices.ftl")),
        ]
    };
}

static KK: LazyLock<Texts> = LazyLock::new(|| Texts::load(Language::Kk));
static RU: LazyLock<Texts> = LazyLock::new(|| Texts::load(Language::Ru));
static EN: LazyLock<Texts> = LazyLock::new(|| Texts::load(Language::En));

/// The texts of one language.
pub struct Texts {
    bundle: FluentBundle<FluentResource>,
}

/// The texts of a language.
#[must_use]
pub fn texts(language: Language) -> &'static Texts {
    match language {
        Language::Kk => &KK,
        Language::Ru => &RU,
        Language::En => &EN,
    }
}

fn sources_of(language: Language) -> &'static [&'static str] {
    match language {
        Language::Kk => sources!("kk"),
        Language::Ru => sources!("ru"),
        Language::En => sources!("en"),
    }
}

fn identifier(language: Language) -> LanguageIdentifier {
    match language {
        Language::Kk => langid!("kk"),
        Language::Ru => langid!("ru"),
        Language::En => langid!("en"),
    }
}

impl Texts {
    fn load(language: Language) -> Self {
        Self::of(language, sources_of(language))
    }

    /// Texts of a language from other sources.
    pub(crate) fn of(language: Language, sources: &[&'static str]) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![identifier(language)]);
        bundle.set_use_isolating(false);
        for source in sources {
            let resource = match FluentResource::try_new((*source).to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            bundle.add_resource_overriding(resource);
        }
        Self { bundle }
    }

    /// A text, if it exists.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<String> {
        self.format(key, None)
    }

    /// A text.
    #[must_use]
    pub fn text(&self, key: &str) -> String {
        self.find(key).unwrap_or_else(|| format!("⟦{key}⟧"))
    }

    /// A text with one place to fill.
    #[must_use]
    pub fn with(&self, key: &str, name: &str, value: &str) -> String {
        self.with_all(key, &[(name, value)])
    }

    /// A text with several places to fill.
    #[must_use]
    pub fn with_all(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut arguments = FluentArgs::new();
        for (name, value) in values {
            arguments.set(*name, *value);
        }
        self.format(key, Some(&arguments)).unwrap_or_else(|| format!("⟦{key}⟧"))
    }

    /// What went wrong and what to do next, for a stable code of a use case.
    #[must_use]
    pub fn fault(&self, code: &str) -> String {
        ["signature-fault", "fault", "iin", "wards-fault"]
            .iter()
            .find_map(|family| self.find(&format!("{family}-{code}")))
            .unwrap_or_else(|| self.with("fault-other", "code", code))
    }

    /// The same for an officer, to whom some codes mean something else.
    #[must_use]
    pub fn staff_fault(&self, code: &str) -> String {
        self.find(&format!("staff-fault-{code}")).unwrap_or_else(|| self.fault(code))
    }

    /// What is wrong with a document somebody checks, and what to do next.
    #[must_use]
    pub fn document_fault(&self, code: &str) -> String {
        self.find(&format!("document-fault-{code}"))
            .unwrap_or_else(|| self.with("document-fault-other", "code", code))
    }

    fn format(&self, key: &str, arguments: Option<&FluentArgs<'_>>) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        Some(self.bundle.format_pattern(pattern, arguments, &mut Vec::new()).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Keys of a language with the places each text fills.
    fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut keys = BTreeMap::new();
        for line in sources_of(language).iter().flat_map(|source| source.lines()) {
            let Some((key, _)) = line.split_once(" =") else { continue };
            if key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
                let places = line.split("{ $").skip(1).filter_map(|rest| rest.split(' ').next());
                let earlier = keys.insert(key.to_owned(), places.map(ToOwned::to_owned).collect());
                assert_eq!(earlier, None, "{language:?}: {key} stands twice");
            }
        }
        keys
    }

    #[test]
    fn no_line_of_the_texts_is_broken() {
        for language in Language::ALL {
            for source in sources_of(language) {
                let read = FluentResource::try_new((*source).to_owned());
                assert!(read.is_ok(), "{language:?}: {:?}", read.map(|_| ()).map_err(|e| e.1));
            }
        }
    }

    #[test]
    fn every_text_exists_in_all_three_languages_and_fills_the_same_places() {
        let kazakh = keys(Language::Kk);
        for language in [Language::Ru, Language::En] {
            assert_eq!(kazakh, keys(language), "{language:?}");
        }
    }

    /// The codes that judges of signatures and documents and the use cases give, wherever they are defined.
    const CODES: [&str; 98] = [
        "busy",
        "empty",
        "too_large",
        "malformed",
        "not_signed_data",
        "no_signer",
        "several_signers",
        "detached",
        "wrong_content",
        "digest_mismatch",
        "signature_mismatch",
        "signer_certificate_missing",
        "unknown_issuer",
        "government_authority",
        "bank_authority",
        "not_yet_valid",
        "expired",
        "issuer_expired",
        "revoked",
        "never_issued",
        "wrong_key_usage",
        "no_key_purpose",
        "wrong_role",
        "no_iin",
        "old_gost_2004",
        "unsupported_algorithm",
        "xml_malformed",
        "xml_signature_missing",
        "xml_several_signatures",
        "xml_signature_form",
        "xml_unsupported_transform",
        "xml_wrong_reference",
        "xml_duplicate_id",
        "xml_comment",
        "crl_missing",
        "crl_stale",
        "ocsp_silent",
        "ocsp_try_later",
        "ocsp_refused",
        "ocsp_malformed",
        "ocsp_untrusted",
        "ocsp_other_certificate",
        "ocsp_other_nonce",
        "ocsp_stale",
        "ocsp_unknown",
        "other_judge_silent",
        "other_judge_unclear",
        "judges_disagree",
        "challenge_unknown",
        "challenge_expired",
        "identity_unknown",
        "identity_cancelled",
        "identity_unavailable",
        "identity_refused",
        "identity_not_assured",
        "identity_no_iin",
        "identity_no_name",
        "provider_unknown",
        "idempotency_key_reused",
        "document_unknown",
        "draft_unknown",
        "draft_expired",
        "someone_elses_signature",
        "ward_not_found_for_applicant",
        "store_unavailable",
        "technical_break",
        "phone_unknown",
        "phone_unauthorized",
        "phone_expired",
        "phone_used",
        "phone_not_signed_yet",
        "phone_body",
        "password_not_offered",
        "number_not_connected",
        "mobile_citizens_base_unavailable",
        "sms_unreachable",
        "sms_number_refused",
        "sms_try_later",
        "password_wait",
        "password_form",
        "password_none_sent",
        "password_wrong",
        "password_locked",
        "email_not_offered",
        "email_address",
        "email_wait",
        "mail_unreachable",
        "mail_address_refused",
        "mail_try_later",
        "email_code_form",
        "email_none_sent",
        "email_wrong",
        "consent_not_asked",
        "consent_awaited",
        "consent_expired",
        "consent_refused",
        "consent_no_answer",
        "consent_service_unavailable",
    ];
    const DOCUMENT_CODES: [&str; 15] = [
        "not_pdf",
        "pdf_structure",
        "pdf_object",
        "pdf_encrypted",
        "no_seal",
        "other_signature",
        "changed_after_sealing",
        "altered",
        "wrong_signature",
        "seal_form",
        "bad_stamp",
        "facts_signature_wrong",
        "facts_signer_refused",
        "unknown_issuer",
        "not_issued_here",
    ];

    #[test]
    fn every_code_tells_what_to_do_in_words_of_its_own() {
        for language in Language::ALL {
            let texts = texts(language);
            for code in CODES {
                let words = texts.fault(code);
                assert!(words.contains('.'), "{language:?} {code}");
                assert_ne!(words, texts.with("fault-other", "code", code), "{language:?} {code}");
            }
            for code in DOCUMENT_CODES {
                let words = texts.document_fault(code);
                assert_ne!(words, texts.with("document-fault-other", "code", code));
            }
            assert!(texts.fault("unheard_of").contains("unheard_of"));
        }
    }

    #[test]
    fn every_word_of_the_domain_and_the_journal_has_its_text() {
        for language in Language::ALL {
            let texts = texts(language);
            for state in domain::RequestState::ALL {
                assert!(texts.find(&format!("state-{}", state.code())).is_some());
                assert!(texts.find(&format!("next-{}", state.code())).is_some());
            }
            for channel in app::Channel::ALL {
                assert!(texts.find(&format!("channel-{}", channel.code())).is_some());
            }
            // What the portal of the e-government is told besides.
            for state in [
                "signature_waits",
                "consent_asked",
                "consent_waits",
                "not_registered",
                "term_passed",
            ] {
                assert!(texts.find(&format!("state-{state}")).is_some());
            }
            for again in app::AskedAgain::ALL {
                let key = format!("staff-recourse-now-{}", again.code());
                assert!(texts.find(&key).is_some());
            }
            for kind in app::ConflictKind::ALL {
                let key = format!("conflict-{}", kind.code());
                assert!(texts.find(&key).is_some() && texts.find(&format!("{key}-todo")).is_some());
            }
            for state in app::AppointmentState::ALL {
                assert!(texts.find(&format!("people-state-{}", state.code())).is_some());
            }
            for kind in app::AppointmentKind::ALL {
                assert!(texts.find(&format!("people-kind-{}", kind.code())).is_some());
            }
            for kind in app::NoticeKind::ALL {
                assert!(texts.find(&format!("message-{}", kind.code())).is_some());
                let key = format!("notice-{}", kind.code());
                assert!(texts.find(&key).is_some() && texts.find(&format!("{key}-text")).is_some());
            }
            for action in app::AuditAction::ALL {
                let key = format!("journal-action-{}", action.code());
                assert!(texts.find(&key).is_some(), "{language:?} {key}");
            }
            for actor in app::Actor::ALL {
                let key = format!("journal-actor-{}", actor.code());
                assert!(texts.find(&key).is_some(), "{language:?} {key}");
            }
            let shown = |action: &app::AuditAction| action.is_for_the_person();
            for action in app::AuditAction::ALL.into_iter().filter(shown) {
                assert!(texts.find(&format!("history-{}", action.code())).is_some());
            }
        }
    }

    #[test]
    fn kazakh_and_russian_keep_guardian_and_custodian_apart() {
        for (language, guardian, custodian) in [
            (Language::Kk, "Қорғаншы", "Қамқоршы"),
            (Language::Ru, "Опекун", "Попечитель"),
            (Language::En, "Guardian", "Custodian"),
        ] {
            assert!(texts(language).text("role-guardian").starts_with(guardian));
            assert!(texts(language).text("role-custodian").starts_with(custodian));
        }
    }

    fn files(folder: &str, found: &mut String) {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/");
        for entry in std::fs::read_dir(format!("{root}{folder}")).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                files(&name, found);
            } else {
                found.push_str(&std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }

    #[test]
    fn every_text_is_used() {
        let families = [
            "signature-fault-",
            "fault-",
            "state-",
            "history-",
            "notice-",
            "message-",
            "error-",
            "month-",
            "standing-",
            "next-",
            "role-",
            "kind-",
            "act-",
            "ground-",
            "verdict-",
            "identity-leaving-",
            "identity-welcome-",
            "signing-",
            "iin-",
            "wards-fault-",
            "refusal-do-",
            "phone-message-",
            "document-fault-",
            "channel-",
            "staff-fault-",
            "conflict-",
            "records-fault-",
            "consent-effect-",
            "asking-",
            "annulment-reason-",
            "annulment-state-",
            "story-",
            "work-",
            "journal-action-",
            "journal-actor-",
            "journal-word-",
            "access-what-",
            "access-who-",
            "access-why-",
            "access-alone-",
            "access-way-",
            "staff-kind-",
            "staff-part-",
            "staff-state-",
            "templates-state-",
            "templates-part-",
            "wording-fault-",
            "specimen-",
            "staff-role-",
            "people-kind-",
            "people-state-",
            "column-",
            "word-",
            "figures-",
            "rule-",
            "call-",
            "complaint-ground-",
            "complaint-to-",
            "recourse-outcome-",
            "recourse-body-",
            "recourse-next-",
            "recourse-step-",
            "recourse-confirmed-",
            "staff-recourse-now-",
        ];
        let mut used = String::new();
        files("src", &mut used);
        files("templates", &mut used);
        for key in keys(Language::Kk).keys() {
            let is_member = families.iter().any(|family| key.starts_with(family));
            assert!(is_member || used.contains(&format!("\"{key}\"")), "{key} is used nowhere");
        }
    }
}
