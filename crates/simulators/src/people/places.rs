//! Towns and districts, what they and their regions were called when, and how their bodies sign.
//!
//! An act is kept as printed: Semey's acts before June 2022 name the East Kazakhstan region, Astana's of 2019–2022 name
//! Nur-Sultan. Read next: `acts.rs`.

use jiff::civil::{Date, date};

use super::dice::Dice;

/// Codes of the providers the population is spread over.
pub const PROVIDER_KATO: [&str; 21] = [
    "710000000",
    "750000000",
    "790000000",
    "101010000",
    "111010000",
    "113200000",
    "151010000",
    "191610000",
    "231010000",
    "271010000",
    "311010000",
    "331010000",
    "351010000",
    "391010000",
    "431010000",
    "471010000",
    "551010000",
    "591010000",
    "611010000",
    "621010000",
    "631010000",
];

/// A provider's territory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Code of the provider.
    pub(super) kato: &'static str,
    /// What it was called, oldest first; the last era lasts until today.
    eras: &'static [Era],
}

/// Names in force until a day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Era {
    /// First day of the next names.
    until: Date,
    /// Region in both languages, the Russian one in the genitive; `None` for cities of republican significance.
    region: Option<(&'static str, &'static str)>,
    /// «Семей қаласы», «Ақкөл ауданы».
    pub(super) town_kk: &'static str,
    /// «города Семей», «Аккольского района»: the genitive.
    pub(super) town_ru: &'static str,
    /// «город Семей», «Аккольский район».
    pub(super) town_ru_plain: &'static str,
}

impl Era {
    /// «отдел образования …» in full, as departments print themselves.
    pub(super) fn department(&self, kazakh: bool) -> String {
        let (kk, ru) = (self.town_kk, self.town_ru);
        match (self.region, kazakh) {
            (None, true) => format!("{kk}ның Білім басқармасы"),
            (None, false) => format!("Управление образования {ru}"),
            (Some((region, _)), true) if self.is_district() => {
                format!("{region} білім басқармасының {kk} бойынша білім бөлімі")
            }
            (Some((region, _)), true) => format!("{region} білім басқармасының {kk} білім бөлімі"),
            (Some((_, region)), false) => {
                format!("отдел образования {ru} управления образования {region}")
            }
        }
    }

    /// The akim, who decided in earlier years.
    pub(super) fn akim(&self, kazakh: bool) -> String {
        if kazakh {
            format!("{}ның әкімі", self.town_kk)
        } else {
            format!("Аким {}", self.town_ru)
        }
    }

    /// The akimat, which resolved in earlier years.
    pub(super) fn akimat(&self, kazakh: bool) -> String {
        match (self.region, kazakh) {
            (Some((region, _)), true) => format!("{region} {} әкімдігі", self.town_kk),
            (None, true) => format!("{} әкімдігі", self.town_kk),
            (Some((_, region)), false) => format!("Акимат {} {region}", self.town_ru),
            (None, false) => format!("Акимат {}", self.town_ru),
        }
    }

    fn is_district(&self) -> bool {
        self.town_kk.ends_with("ауданы")
    }
}

impl Place {
    /// The names on a day.
    pub(super) fn era(&self, day: Date) -> Option<&'static Era> {
        self.eras.iter().find(|era| day < era.until).or(self.eras.last())
    }

    /// A demo person's address in the place.
    pub(super) fn home(&self, house: u32) -> String {
        let town = self.eras.last().map_or("", |era| era.town_kk);
        format!("{town}, Абай көшесі, {house}-үй")
    }

    /// An address in the place as it is called today.
    pub(super) fn address(&self, dice: &mut Dice, kazakh: bool) -> String {
        let street = dice.one_of(&STREETS, ("", ""));
        let (house, flat) = (dice.between(1, 180), dice.between(1, 120));
        self.eras.last().map_or_else(String::new, |era| {
            if kazakh {
                format!("{}, {} көшесі, {house}-үй, {flat}-пәтер", era.town_kk, street.0)
            } else {
                format!("{}, улица {}, дом {house}, квартира {flat}", era.town_ru_plain, street.1)
            }
        })
    }
}

/// The place with a code; the first one for a code that is none of ours.
pub(super) fn place(kato: &str) -> &'static Place {
    PLACES.iter().find(|place| place.kato == kato).unwrap_or(&ASTANA)
}

/// Any place.
pub(super) fn draw(dice: &mut Dice) -> &'static Place {
    place(dice.word(&PROVIDER_KATO))
}

const STREETS: [(&str, &str); 12] = [
    ("Абай", "Абая"),
    ("Мәңгілік Ел", "Мангилик Ел"),
    ("Төле би", "Толе би"),
    ("Қабанбай батыр", "Кабанбай батыра"),
    ("Ғабит Мүсірепов", "Габита Мусрепова"),
    ("Ыбырай Алтынсарин", "Ибрая Алтынсарина"),
    ("Шоқан Уәлиханов", "Чокана Валиханова"),
    ("Бейбітшілік", "Мира"),
    ("Жеңіс", "Победы"),
    ("Өскемен", "Усть-Каменогорская"),
    ("Әл-Фараби", "аль-Фараби"),
    ("Іле", "Илийская"),
];

const TODAY: Date = Date::MAX;
/// Abai, Zhetysu and Ulytau became regions of their own.
const REGIONS_SPLIT: Date = date(2022, 6, 8);
/// Shymkent left its region, which took Turkistan's name.
const TURKISTAN_NAMED: Date = date(2018, 6, 19);
const NUR_SULTAN: Date = date(2019, 3, 23);
const ASTANA_AGAIN: Date = date(2022, 9, 17);

type Names = (&'static str, &'static str, &'static str);
type Region = Option<(&'static str, &'static str)>;

const fn era(until: Date, region: Region, (town_kk, town_ru, town_ru_plain): Names) -> Era {
    Era { until, region, town_kk, town_ru, town_ru_plain }
}

const ASTANA_NAMES: Names = ("Астана қаласы", "города Астаны", "город Астана");
const ASTANA: Place = Place {
    kato: "710000000",
    eras: &[
        era(NUR_SULTAN, None, ASTANA_NAMES),
        era(ASTANA_AGAIN, None, ("Нұр-Сұлтан қаласы", "города Нур-Султана", "город Нур-Султан")),
        era(TODAY, None, ASTANA_NAMES),
    ],
};

const EAST: Region = Some(("Шығыс Қазақстан облысы", "Восточно-Казахстанской области"));
const ALMATY_REGION: Region = Some(("Алматы облысы", "Алматинской области"));
const KARAGANDA_REGION: Region = Some(("Қарағанды облысы", "Карагандинской области"));
const SOUTH: Region = Some(("Оңтүстік Қазақстан облысы", "Южно-Казахстанской области"));
const AKMOLA: Region = Some(("Ақмола облысы", "Акмолинской области"));
const SEMEY: Names = ("Семей қаласы", "города Семей", "город Семей");
const SHYMKENT: Names = ("Шымкент қаласы", "города Шымкента", "город Шымкент");
const TALDYKORGAN: Names = ("Талдықорған қаласы", "города Талдыкоргана", "город Талдыкорган");
const TURKISTAN: Names = ("Түркістан қаласы", "города Туркестана", "город Туркестан");
const ZHEZKAZGAN: Names = ("Жезқазған қаласы", "города Жезказгана", "город Жезказган");

const PLACES: [Place; 21] = [
    ASTANA,
    Place {
        kato: "750000000",
        eras: &[era(TODAY, None, ("Алматы қаласы", "города Алматы", "город Алматы"))],
    },
    Place {
        kato: "790000000",
        eras: &[era(TURKISTAN_NAMED, SOUTH, SHYMKENT), era(TODAY, None, SHYMKENT)],
    },
    Place {
        kato: "101010000",
        eras: &[
            era(REGIONS_SPLIT, EAST, SEMEY),
            era(TODAY, Some(("Абай облысы", "области Абай")), SEMEY),
        ],
    },
    Place {
        kato: "111010000",
        eras: &[era(TODAY, AKMOLA, ("Көкшетау қаласы", "города Кокшетау", "город Кокшетау"))],
    },
    Place {
        kato: "113200000",
        eras: &[era(TODAY, AKMOLA, ("Ақкөл ауданы", "Аккольского района", "Аккольский район"))],
    },
    Place {
        kato: "151010000",
        eras: &[era(
            TODAY,
            Some(("Ақтөбе облысы", "Актюбинской области")),
            ("Ақтөбе қаласы", "города Актобе", "город Актобе"),
        )],
    },
    Place {
        kato: "191610000",
        eras: &[
            era(
                REGIONS_SPLIT,
                ALMATY_REGION,
                ("Қапшағай қаласы", "города Капшагай", "город Капшагай"),
            ),
            era(TODAY, ALMATY_REGION, ("Қонаев қаласы", "города Конаева", "город Конаев")),
        ],
    },
    Place {
        kato: "231010000",
        eras: &[era(
            TODAY,
            Some(("Атырау облысы", "Атырауской области")),
            ("Атырау қаласы", "города Атырау", "город Атырау"),
        )],
    },
    Place {
        kato: "271010000",
        eras: &[era(
            TODAY,
            Some(("Батыс Қазақстан облысы", "Западно-Казахстанской области")),
            ("Орал қаласы", "города Уральска", "город Уральск"),
        )],
    },
    Place {
        kato: "311010000",
        eras: &[era(
            TODAY,
            Some(("Жамбыл облысы", "Жамбылской области")),
            ("Тараз қаласы", "города Тараза", "город Тараз"),
        )],
    },
    Place {
        kato: "331010000",
        eras: &[
            era(REGIONS_SPLIT, ALMATY_REGION, TALDYKORGAN),
            era(TODAY, Some(("Жетісу облысы", "области Жетісу")), TALDYKORGAN),
        ],
    },
    Place {
        kato: "351010000",
        eras: &[era(
            TODAY,
            KARAGANDA_REGION,
            ("Қарағанды қаласы", "города Караганды", "город Караганда"),
        )],
    },
    Place {
        kato: "391010000",
        eras: &[era(
            TODAY,
            Some(("Қостанай облысы", "Костанайской области")),
            ("Қостанай қаласы", "города Костаная", "город Костанай"),
        )],
    },
    Place {
        kato: "431010000",
        eras: &[era(
            TODAY,
            Some(("Қызылорда облысы", "Кызылординской области")),
            ("Қызылорда қаласы", "города Кызылорды", "город Кызылорда"),
        )],
    },
    Place {
        kato: "471010000",
        eras: &[era(
            TODAY,
            Some(("Маңғыстау облысы", "Мангистауской области")),
            ("Ақтау қаласы", "города Актау", "город Актау"),
        )],
    },
    Place {
        kato: "551010000",
        eras: &[era(
            TODAY,
            Some(("Павлодар облысы", "Павлодарской области")),
            ("Павлодар қаласы", "города Павлодара", "город Павлодар"),
        )],
    },
    Place {
        kato: "591010000",
        eras: &[era(
            TODAY,
            Some(("Солтүстік Қазақстан облысы", "Северо-Казахстанской области")),
            ("Петропавл қаласы", "города Петропавловска", "город Петропавловск"),
        )],
    },
    Place {
        kato: "611010000",
        eras: &[
            era(TURKISTAN_NAMED, SOUTH, TURKISTAN),
            era(TODAY, Some(("Түркістан облысы", "Туркестанской области")), TURKISTAN),
        ],
    },
    Place {
        kato: "621010000",
        eras: &[
            era(REGIONS_SPLIT, KARAGANDA_REGION, ZHEZKAZGAN),
            era(TODAY, Some(("Ұлытау облысы", "области Ұлытау")), ZHEZKAZGAN),
        ],
    },
    Place {
        kato: "631010000",
        eras: &[era(
            TODAY,
            EAST,
            ("Өскемен қаласы", "города Усть-Каменогорска", "город Усть-Каменогорск"),
        )],
    },
];

#[cfg(test)]
mod tests {
    use domain::Kato;

    use super::*;

    #[test]
    fn each_provider_has_its_place_and_a_real_region() {
        for (kato, place) in PROVIDER_KATO.iter().zip(&PLACES) {
            assert_eq!(*kato, place.kato);
            assert!(Kato::parse(kato).is_ok());
        }
    }

    #[test]
    fn an_act_names_its_body_as_it_was_called_then() {
        let semey = place("101010000");
        let department = |day| semey.era(day).unwrap().department(false);
        assert_eq!(
            department(date(2022, 6, 7)),
            "отдел образования города Семей управления образования Восточно-Казахстанской области"
        );
        assert!(department(date(2022, 6, 8)).ends_with("области Абай"));
        let astana = |day| ASTANA.era(day).unwrap().department(true);
        assert_eq!(astana(date(2018, 1, 1)), "Астана қаласының Білім басқармасы");
        assert_eq!(astana(date(2020, 1, 1)), "Нұр-Сұлтан қаласының Білім басқармасы");
        assert_eq!(astana(date(2026, 1, 1)), "Астана қаласының Білім басқармасы");
        let akkol = place("113200000").era(date(2025, 1, 1)).unwrap();
        assert_eq!(
            akkol.department(true),
            "Ақмола облысы білім басқармасының Ақкөл ауданы бойынша білім бөлімі"
        );
        assert_eq!(akkol.akim(true), "Ақкөл ауданының әкімі");
    }
}
