//! Documents about nobody: what somebody looks at before a form is released, and what other words are tried on.
//!
//! A specimen says across each page that it is one. See also `wording`.

use domain::{
    Act, ActKind, AnswerContent, Bilingual, Bin, CertificateContent, Checked, DocumentContent, Iin,
    Kato, Number, NumberKind, PersonName, PropertyInventory, Provider, RULE_VERSION, RecourseBody,
    RecourseOutcome, RefusalContent, RefusalGround, Role, Specimen,
};
use jiff::Timestamp;
use jiff::civil::date;

/// What a specimen says; `None` only where a made-up value is no such value.
pub(crate) fn content_of(specimen: Specimen) -> Option<DocumentContent> {
    Some(match specimen {
        Specimen::Guardian => DocumentContent::Certificate(guardian()?),
        Specimen::Custodian => DocumentContent::Certificate(custodian()?),
        Specimen::NoGuardianRecord => DocumentContent::Refusal(no_guardian_record()?),
        Specimen::NoConsent => DocumentContent::Refusal(no_consent()?),
        Specimen::Answer => DocumentContent::Answer(answer()?),
    })
}

/// A document that words are tried on.
pub(crate) struct Trial {
    pub(crate) name: &'static str,
    pub(crate) content: DocumentContent,
    pub(crate) pages_max: usize,
}

/// Each specimen on one page, and documents with the longest names on two.
pub(crate) fn trials() -> Vec<Trial> {
    let ordinary = Specimen::ALL.into_iter().filter_map(|specimen| {
        Some(Trial { name: specimen.code(), content: content_of(specimen)?, pages_max: 1 })
    });
    let long = [
        long_certificate()
            .map(|content| ("long_certificate", DocumentContent::Certificate(content))),
        long_refusal().map(|content| ("long_refusal", DocumentContent::Refusal(content))),
    ];
    let long = long.into_iter().flatten();
    ordinary.chain(long.map(|(name, content)| Trial { name, content, pages_max: 2 })).collect()
}

fn both(kk: &str, ru: &str) -> Bilingual {
    Bilingual { kk: kk.to_owned(), ru: ru.to_owned() }
}

fn provider() -> Option<Provider> {
    Some(Provider {
        kato: Kato::parse("101010000").ok()?,
        bin: Bin::parse("210140000026").ok()?,
        name: both(
            "Үлгі облысы білім басқармасының Үлгі қаласы білім бөлімі",
            "отдел образования города Образец управления образования области Образец",
        ),
        address: both(
            "000000, Үлгі қаласы, Үлгі көшесі, 1‑үй",
            "000000, город Образец, улица Образцовая, дом 1",
        ),
        phone: "8 (000) 000‑00‑00".to_owned(),
        head: None,
        email: None,
        hours: None,
    })
}

/// The moment all of them are made as of.
fn made_at() -> Option<Timestamp> {
    "2026-11-23T10:10:05Z".parse().ok()
}

const CHECK_URL: &str = "https://anyqtama.example/kk/c/ulgi-obrazec";

fn guardian() -> Option<CertificateContent> {
    Some(CertificateContent {
        number: Number::from_random(NumberKind::Certificate, 1),
        request_number: Number::from_random(NumberKind::Request, 1),
        issued_at: made_at()?,
        guardian_name: PersonName::parse("Үлгіқызы", "Мысал", "Сынаққызы").ok()?,
        guardian_iin: Iin::parse("800101300016").ok()?,
        guardian_address: "Үлгі қаласы, Үлгі көшесі, 2‑үй, 3‑пәтер".to_owned(),
        role: Role::Guardian,
        act: Act {
            kind: ActKind::Order,
            number: "00‑ү".to_owned(),
            date: date(2019, 5, 5),
            issuer: "Үлгі облысы Үлгі қаласының білім бөлімі".to_owned(),
        },
        ward_name: PersonName::parse("Үлгіұлы", "Бала", "").ok()?,
        ward_birth_date: date(2016, 3, 9),
        ward_iin: Some(Iin::parse("150101500011").ok()?),
        inventory: None,
        provider: provider()?,
        check_url: CHECK_URL.to_owned(),
        rule_version: RULE_VERSION.to_owned(),
        form_version: None,
    })
}

fn custodian() -> Option<CertificateContent> {
    let guardian = guardian()?;
    Some(CertificateContent {
        role: Role::Custodian,
        ward_birth_date: date(2012, 11, 23),
        inventory: Some(PropertyInventory { file_number: "0/2019".to_owned(), sheets: 21 }),
        act: Act { kind: ActKind::Resolution, ..guardian.act.clone() },
        ..guardian
    })
}

/// Names of a hundred letters a part, and an address and an issuer of several lines.
fn long_certificate() -> Option<CertificateContent> {
    let guardian = guardian()?;
    let surname = "Үлгіқызы".repeat(12);
    Some(CertificateContent {
        guardian_name: PersonName::parse(&surname, &"Мысал ".repeat(16), "").ok()?,
        guardian_address: "Үлгі облысы, Үлгі ауданы, Үлгі кенті, Үлгі көшесі, ".repeat(5),
        ward_name: PersonName::parse(&"Щ".repeat(100), "Бала", "Үлгіұлы").ok()?,
        act: Act {
            issuer: "Үлгі облысы Үлгі қаласы әкімдігінің білім, дене шынықтыру және спорт бөлімі "
                .repeat(6),
            ..guardian.act.clone()
        },
        ..guardian
    })
}

fn no_guardian_record() -> Option<RefusalContent> {
    let at = made_at()?;
    Some(RefusalContent {
        number: Number::from_random(NumberKind::Refusal, 1),
        request_number: Number::from_random(NumberKind::Request, 1),
        decided_at: at,
        applicant_name: "ҮЛГІҚЫЗЫ МЫСАЛ СЫНАҚҚЫЗЫ".to_owned(),
        applicant_iin: Iin::parse("800101300016").ok()?,
        ground: RefusalGround::NoGuardianRecord,
        checked: vec![Checked::Consent { at }, Checked::DataBank { at }],
        named_wards: vec![Iin::parse("150101500011").ok()?],
        provider: provider()?,
        check_url: CHECK_URL.to_owned(),
        rule_version: RULE_VERSION.to_owned(),
        form_version: None,
    })
}

fn no_consent() -> Option<RefusalContent> {
    let at = made_at()?;
    Some(RefusalContent {
        ground: RefusalGround::NoConsent,
        checked: vec![Checked::Consent { at }],
        named_wards: Vec::new(),
        ..no_guardian_record()?
    })
}

fn answer() -> Option<AnswerContent> {
    let refusal = no_guardian_record()?;
    Some(AnswerContent {
        number: Number::from_random(NumberKind::Answer, 1),
        recourse_number: Number::from_random(NumberKind::Recourse, 1),
        request_number: refusal.request_number,
        body: RecourseBody::Reviewer,
        registered_at: refusal.decided_at,
        answered_at: refusal.decided_at,
        applicant_name: refusal.applicant_name,
        applicant_iin: refusal.applicant_iin,
        outcome: RecourseOutcome::Upheld,
        reasons: "Үлгі негіздемесі.".to_owned(),
        official_name: "ҮЛГІҰЛЫ ҮЛГІ".to_owned(),
        provider: refusal.provider,
        check_url: refusal.check_url,
        rule_version: refusal.rule_version,
        form_version: None,
    })
}

fn long_refusal() -> Option<RefusalContent> {
    let ward = Iin::parse("150101500011").ok()?;
    Some(RefusalContent {
        applicant_name: "ҮЛГІҚЫЗЫ ".repeat(33).trim_end().to_owned(),
        named_wards: vec![ward; 30],
        ..no_guardian_record()?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_specimen_is_made_up_whole() {
        assert_eq!(trials().len(), Specimen::ALL.len() + 2);
        for specimen in Specimen::ALL {
            assert_eq!(Specimen::parse(specimen.code()), Some(specimen));
        }
        assert_eq!(Specimen::parse("long_refusal"), None);
    }
}
