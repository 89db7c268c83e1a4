//! Documents about people who do not exist, for tests, benches and the sample folder.

#![allow(clippy::unwrap_used, dead_code, reason = "shared by several test programs")]

use domain::{
    Act, ActKind, AnswerContent, Bilingual, Bin, CertificateContent, Checked, DocumentContent,
    FormVersion, Iin, Kato, Number, NumberKind, PersonName, PropertyInventory, Provider,
    RecourseBody, RecourseOutcome, RefusalContent, RefusalGround, Role,
};
use jiff::civil::date;

pub const CHECK_URL: &str = "https://anyqtama.example/tekseru/A-2345-6789-B";

pub fn iin(text: &str) -> Iin {
    Iin::parse(text).unwrap()
}

fn both(kk: &str, ru: &str) -> Bilingual {
    Bilingual { kk: kk.to_owned(), ru: ru.to_owned() }
}

pub fn provider() -> Provider {
    Provider {
        kato: Kato::parse("101010000").unwrap(),
        bin: Bin::parse("000440000003").unwrap_or_else(|_| a_bin()),
        name: both(
            "Абай облысы білім басқармасының Семей қаласы білім бөлімі",
            "отдел образования города Семей управления образования области Абай",
        ),
        address: both(
            "071400, Семей қаласы, Интернациональная көшесі, 25‑үй",
            "071400, город Семей, улица Интернациональная, дом 25",
        ),
        phone: "8 (7222) 00‑00‑00".to_owned(),
        head: None,
        email: None,
        hours: None,
    }
}

fn a_bin() -> Bin {
    (0..100_000).find_map(|tail| Bin::parse(&format!("0004400{tail:05}")).ok()).unwrap()
}

pub fn certificate() -> CertificateContent {
    CertificateContent {
        number: Number::from_random(NumberKind::Certificate, 0x1234_5678_9abc),
        request_number: Number::from_random(NumberKind::Request, 0x1234_5678_9abd),
        issued_at: "2026-11-23T10:10:05Z".parse().unwrap(),
        guardian_name: PersonName::parse("Әлімқұлова", "Үмітгүл", "Һәкімқызы").unwrap(),
        guardian_iin: iin("000229500008"),
        guardian_address: "Семей қаласы, Шәкәрім даңғылы, 12‑үй, 85‑пәтер".to_owned(),
        role: Role::Guardian,
        act: Act {
            kind: ActKind::Order,
            number: "123‑қ".to_owned(),
            date: date(2019, 5, 5),
            issuer: "Шығыс Қазақстан облысы Семей қаласының білім бөлімі".to_owned(),
        },
        ward_name: PersonName::parse("Жұмаділов", "Іңкәр", "Ғабитұлы").unwrap(),
        ward_birth_date: date(2016, 3, 9),
        ward_iin: Some(iin("061211600012")),
        inventory: None,
        provider: provider(),
        check_url: CHECK_URL.to_owned(),
        rule_version: "1".to_owned(),
        form_version: Some(FormVersion::FIRST),
    }
}

pub fn custodian() -> CertificateContent {
    CertificateContent {
        role: Role::Custodian,
        act: Act { kind: ActKind::Resolution, number: "№ 45".to_owned(), ..certificate().act },
        ward_birth_date: date(2012, 11, 23),
        ..certificate()
    }
}

pub fn with_inventory() -> CertificateContent {
    CertificateContent {
        inventory: Some(PropertyInventory { file_number: "7/2019".to_owned(), sheets: 21 }),
        ward_iin: None,
        act: Act { kind: ActKind::Decision, ..certificate().act },
        ..certificate()
    }
}

/// A foreign double name of a hundred letters a part, no patronymic, and an issuer of several lines.
pub fn with_long_names() -> CertificateContent {
    let surname = format!("{}‑{}", "Қожахмет".repeat(6), "Әбдірахманова".repeat(3));
    let given = "Şahnïgäràmüller ".repeat(6);
    CertificateContent {
        guardian_name: PersonName::parse(&surname, &given, "").unwrap(),
        guardian_address: "Қарағанды облысы, Бұқар жырау ауданы, Ботақара кенті, ".repeat(5),
        ward_name: PersonName::parse(&"Щ".repeat(100), "Іңкәр", "Ғабитұлы").unwrap(),
        act: Act { issuer: "Шығыс Қазақстан облысы Семей қаласы әкімдігінің білім, дене шынықтыру және спорт бөлімі ".repeat(8), ..certificate().act },
        ..certificate()
    }
}

pub fn refusal_no_record() -> RefusalContent {
    RefusalContent {
        number: Number::from_random(NumberKind::Refusal, 0x2234_5678_9abc),
        request_number: Number::from_random(NumberKind::Request, 0x1234_5678_9abd),
        decided_at: "2026-11-23T10:10:05Z".parse().unwrap(),
        applicant_name: "ӘЛІМҚҰЛОВА ҮМІТГҮЛ ҺӘКІМҚЫЗЫ".to_owned(),
        applicant_iin: iin("000229500008"),
        ground: RefusalGround::NoGuardianRecord,
        checked: vec![
            Checked::Consent { at: "2026-11-23T10:08:00Z".parse().unwrap() },
            Checked::DataBank { at: "2026-11-23T10:10:01Z".parse().unwrap() },
        ],
        named_wards: Vec::new(),
        provider: provider(),
        check_url: "https://anyqtama.example/tekseru/B-2345-6789-B".to_owned(),
        rule_version: "1".to_owned(),
        // As in documents from before forms had versions.
        form_version: None,
    }
}

pub fn refusal_named() -> RefusalContent {
    RefusalContent {
        named_wards: vec![iin("061211600012"), iin("000229500909")],
        ..refusal_no_record()
    }
}

pub fn refusal_no_consent() -> RefusalContent {
    RefusalContent {
        ground: RefusalGround::NoConsent,
        checked: vec![Checked::Consent { at: "2026-11-23T10:08:00Z".parse().unwrap() }],
        ..refusal_no_record()
    }
}

pub fn answer() -> AnswerContent {
    AnswerContent {
        number: Number::from_random(NumberKind::Answer, 0x3234_5678_9abc),
        recourse_number: Number::from_random(NumberKind::Recourse, 0x3234_5678_9abd),
        request_number: refusal_no_record().request_number,
        body: RecourseBody::Reviewer,
        registered_at: "2026-11-24T04:00:00Z".parse().unwrap(),
        answered_at: "2026-11-26T09:15:00Z".parse().unwrap(),
        applicant_name: refusal_no_record().applicant_name,
        applicant_iin: refusal_no_record().applicant_iin,
        outcome: RecourseOutcome::Upheld,
        reasons: "Деректер банкінде Сіздің атыңызға қолданыстағы акт жоқ; бөлім мұрағатында да табылмады."
            .to_owned(),
        official_name: "ҚОЖАХМЕТОВА ІҢКӘР".to_owned(),
        provider: provider(),
        check_url: "https://anyqtama.example/tekseru/J-2345-6789-B".to_owned(),
        rule_version: "1".to_owned(),
        form_version: Some(FormVersion::FIRST),
    }
}

/// As long as reasons can be.
pub fn long_answer() -> AnswerContent {
    AnswerContent {
        body: RecourseBody::QualityControl,
        outcome: RecourseOutcome::PartlySatisfied,
        reasons: "Шағымда көрсетілген мән-жайлар тексерілді. ".repeat(70),
        ..answer()
    }
}

/// Every sample with the name of its file.
pub fn all() -> Vec<(&'static str, DocumentContent)> {
    vec![
        ("certificate", DocumentContent::Certificate(certificate())),
        ("custodian", DocumentContent::Certificate(custodian())),
        ("inventory", DocumentContent::Certificate(with_inventory())),
        (
            "custodian_inventory",
            DocumentContent::Certificate(CertificateContent {
                inventory: with_inventory().inventory,
                ..custodian()
            }),
        ),
        ("long_names", DocumentContent::Certificate(with_long_names())),
        ("refusal_no_record", DocumentContent::Refusal(refusal_no_record())),
        ("refusal_named", DocumentContent::Refusal(refusal_named())),
        ("refusal_no_consent", DocumentContent::Refusal(refusal_no_consent())),
        ("answer", DocumentContent::Answer(answer())),
        ("long_answer", DocumentContent::Answer(long_answer())),
    ]
}
