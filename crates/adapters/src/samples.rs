//! Documents about people who do not exist, for the tests of this crate.

use domain::{
    Act, ActKind, Bilingual, Bin, CertificateContent, FormVersion, Iin, Kato, Number, NumberKind,
    PersonName, Provider, RULE_VERSION, Role,
};
use jiff::civil::date;

fn both(kk: &str, ru: &str) -> Bilingual {
    Bilingual { kk: kk.to_owned(), ru: ru.to_owned() }
}

pub(crate) fn provider() -> Provider {
    let bin = (0..100_000).find_map(|tail| Bin::parse(&format!("9903400{tail:05}")).ok());
    Provider {
        kato: Kato::parse("710000000").unwrap(),
        bin: bin.unwrap(),
        name: both("Астана қаласының Білім басқармасы", "Управление образования города Астаны"),
        address: both("Астана қаласы", "город Астана"),
        phone: "8 (7172) 00-00-00".into(),
        head: None,
        email: None,
        hours: None,
    }
}

pub(crate) fn certificate() -> CertificateContent {
    CertificateContent {
        number: Number::from_random(NumberKind::Certificate, 0x1234_5678_9abc),
        request_number: Number::from_random(NumberKind::Request, 0x1234_5678_9abd),
        issued_at: "2026-11-23T10:10:05Z".parse().unwrap(),
        guardian_name: PersonName::parse("Үлгіұлы", "Мысал", "Сынақұлы").unwrap(),
        guardian_iin: Iin::parse("800101300016").unwrap(),
        guardian_address: "Астана қаласы, Үлгі көшесі, 1-үй".into(),
        role: Role::Guardian,
        act: Act {
            kind: ActKind::Order,
            number: "А-123".into(),
            date: date(2020, 3, 2),
            issuer: "Астана қаласының Білім басқармасы".into(),
        },
        ward_name: PersonName::parse("Үлгіқызы", "Дана", "").unwrap(),
        ward_birth_date: date(2015, 1, 1),
        ward_iin: Some(Iin::parse("150101500011").unwrap()),
        inventory: None,
        provider: provider(),
        check_url: "https://anyqtama.example/kk/c/0123456789abcdef".into(),
        rule_version: RULE_VERSION.to_owned(),
        form_version: Some(FormVersion::FIRST),
    }
}
