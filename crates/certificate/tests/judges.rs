//! Documents before independent judges: `qpdf`, the poppler tools and `zbarimg`.
//!
//! A missing tool is told on the error stream; with `ANYQTAMA_REQUIRE_TOOLS=1` it is a failure.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

mod samples;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use certificate::{FACTS_NAME, Renderer, facts_json};
use domain::{DocumentContent, FormVersion, Specimen};
use tempfile::TempDir;

/// Runs a tool; `None` where it is not installed and need not be.
fn tool<S: AsRef<OsStr>>(name: &str, arguments: &[S]) -> Option<Output> {
    match Command::new(name).args(arguments).output() {
        Ok(output) => Some(output),
        Err(fault) if std::env::var_os("ANYQTAMA_REQUIRE_TOOLS").is_some_and(|set| set == "1") => {
            panic!("{name} is required and cannot be run: {fault}")
        }
        Err(_) => {
            eprintln!("SKIPPED: {name} is not installed, nothing was judged by it");
            None
        }
    }
}

/// Whatever bytes: nobody here looks into them.
const FACTS_SIGNATURE: &[u8] = b"\x30\x03\x02\x01\x05";

struct Written {
    folder: TempDir,
    documents: Vec<(&'static str, DocumentContent, PathBuf)>,
}

fn written() -> Written {
    let folder = TempDir::new().unwrap();
    let renderer = Renderer::new().unwrap();
    let documents = samples::all()
        .into_iter()
        .map(|(name, content)| {
            let path = folder.path().join(format!("{name}.pdf"));
            let pdf = renderer.render(&content, Some(FACTS_SIGNATURE)).unwrap();
            std::fs::write(&path, pdf).unwrap();
            (name, content, path)
        })
        .collect();
    Written { folder, documents }
}

/// The text of a document in the order it is drawn, without line ends and double spaces.
fn text_of(path: &Path) -> Option<String> {
    let output = tool("pdftotext", &[OsStr::new("-raw"), path.as_os_str(), OsStr::new("-")])?;
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn qpdf_finds_no_fault() {
    for (name, _, path) in &written().documents {
        let Some(output) = tool("qpdf", &[OsStr::new("--check"), path.as_os_str()]) else { return };
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn the_foot_tells_the_form_and_a_specimen_says_what_it_is_across_its_page() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("document.pdf");
    let renderer = Renderer::new().unwrap();
    let mut content = samples::certificate();
    for (version, foot) in [
        (None, "Нысан / форма 1 ·"),
        (Some(FormVersion::FIRST), "Нысан / форма 1 ·"),
        (Some(FormVersion::Released(7)), "Нысан / форма № 7 ·"),
    ] {
        content.form_version = version;
        let document = DocumentContent::Certificate(content.clone());
        std::fs::write(&path, renderer.render(&document, None).unwrap()).unwrap();
        let Some(text) = text_of(&path) else { return };
        assert!(text.contains(foot) && !text.contains("ОБРАЗЕЦ"), "{text}");
    }
    for specimen in Specimen::ALL {
        std::fs::write(&path, renderer.specimen(specimen).unwrap()).unwrap();
        let Some(text) = text_of(&path) else { return };
        assert!(text.contains("ҮЛГІ / ОБРАЗЕЦ"), "{specimen:?}: {text}");
        assert!(text.contains("Нысан / форма — ·"), "{specimen:?}: {text}");
        let Some(output) = tool("qpdf", &[OsStr::new("--check"), path.as_os_str()]) else { return };
        assert!(output.status.success(), "{specimen:?}");
    }
}

#[test]
fn names_are_copied_letter_by_letter_in_the_right_order() {
    for (name, content, path) in &written().documents {
        let Some(text) = text_of(path) else { return };
        let (holder, ward) = match content {
            DocumentContent::Certificate(certificate) => {
                (certificate.guardian_name.full(), Some(certificate.ward_name.full()))
            }
            DocumentContent::Refusal(refusal) => (refusal.applicant_name.clone(), None),
            DocumentContent::Answer(answer) => (answer.applicant_name.clone(), None),
        };
        let unbroken = |text: &str| text.replace([' ', '\u{a0}'], "");
        for full_name in std::iter::once(holder).chain(ward) {
            assert!(unbroken(&text).contains(&unbroken(&full_name)), "{name}: {full_name}");
        }
        assert!(text.contains(content.number().as_str()), "{name}");
        assert!(text.contains(&content.holder().digits()), "{name}");
    }
}

#[test]
fn the_certificate_says_what_the_law_wants_in_both_languages() {
    let written = written();
    let text = |wanted: &str| {
        let found = written.documents.iter().find(|(name, _, _)| *name == wanted);
        text_of(&found.unwrap().2)
    };
    let Some(guardian) = text("certificate") else { return };
    for words in [
        "Қорғаншылық және қамқоршылық туралы анықтама",
        "2019 жылғы 5 мамырдағы № 123‑қ бұйрыққа сәйкес",
        "шын мәнінде қорғаншы болып тағайындалғандығы",
        "согласно приказу № 123‑қ от 5 мая 2019 года действительно назначен(-а) опекуном",
        "2016 жылғы 9 наурыз",
        "9 марта 2016 года",
        "2026 жылғы 23 қараша, сағат 15:10, Астана уақыты (UTC+5)",
        "лауазымды адамның қатысуынсыз",
        "без участия должностного лица",
        "7-бабының 1-тармағына сәйкес",
        "anyqtama.example",
    ] {
        assert!(guardian.contains(words), "{words}\n{guardian}");
    }
    assert!(!guardian.contains("мүлкіне") && !guardian.contains("имуществом"), "no inventory");
    assert!(!guardian.contains("попечителем"));
    let custodian = text("custodian").unwrap();
    assert!(
        custodian.contains(
            "постановлению № 45 от 5 мая 2019 года действительно назначен(-а) попечителем"
        )
    );
    assert!(
        custodian.contains("қаулыға сәйкес") && custodian.contains("На попечителя возлагаются")
    );
    assert!(!custodian.contains("опекуном"));
    let inventory = text("inventory").unwrap();
    assert!(inventory.contains("опись имущества в деле № 7/2019, на 21 листе"));
    assert!(inventory.contains("№ 7/2019 істегі мүліктің тізімдемесі, 21 парақта"));
    assert!(inventory.contains("согласно решению"));
}

#[test]
fn the_refusal_tells_ground_factor_rights_and_office_and_nothing_more() {
    let written = written();
    let text = |wanted: &str| {
        let found = written.documents.iter().find(|(name, _, _)| *name == wanted);
        text_of(&found.unwrap().2)
    };
    let Some(no_record) = text("refusal_no_record") else { return };
    for words in [
        "9-тармағының 1) тармақшасы",
        "қорғаншы немесе қамқоршы туралы мәліметтердің болмауы",
        "подпункт 1) пункта 9",
        "23 ноября 2026 года, 15:10: Республиканский банк данных",
        "Ключевой фактор",
        "пересмотра решения человеком",
        "25-бабы",
        "15 рабочих дней",
        "8 (7222) 00‑00‑00",
        "номер и дату акта",
        "бесплатно",
    ] {
        assert!(no_record.contains(words), "{words}\n{no_record}");
    }
    assert!(!no_record.contains("061211600012"));
    let named = text("refusal_named").unwrap();
    assert!(named.contains("061211600012, 000229500909"));
    let no_consent = text("refusal_no_consent").unwrap();
    assert!(
        no_consent.contains("9-тармағының 2) тармақшасы") && no_consent.contains("8-бабына сәйкес")
    );
    assert!(!no_consent.contains("Республиканский банк данных"), "the bank was not asked");
}

#[test]
fn all_fonts_are_embedded_and_subset() {
    for (name, _, path) in &written().documents {
        let Some(output) = tool("pdffonts", &[path]) else { return };
        let list = String::from_utf8(output.stdout).unwrap();
        let fonts: Vec<&str> = list.lines().skip(2).collect();
        assert_eq!(fonts.len(), 2, "{name}: {list}");
        for font in fonts {
            assert!(font.contains("+NotoSerif-"), "{name}: {font}");
            let columns: Vec<&str> = font.split_whitespace().rev().collect();
            assert_eq!(columns.get(2..5), Some(["yes", "yes", "yes"].as_slice()), "{name}: {font}");
        }
    }
}

#[test]
fn the_attachment_is_the_facts() {
    let written = written();
    for (name, content, path) in &written.documents {
        let target = written.folder.path().join("facts");
        let arguments =
            [OsStr::new("-saveall"), OsStr::new("-o"), target.as_os_str(), path.as_os_str()];
        let _ = std::fs::create_dir(&target);
        if tool("pdfdetach", &arguments).is_none() {
            return;
        }
        let facts = std::fs::read(target.join(FACTS_NAME)).unwrap();
        assert_eq!(facts, facts_json(content), "{name}");
    }
}

#[test]
fn the_code_is_read_from_a_page_at_150_dots_an_inch() {
    let written = written();
    for (name, content, path) in &written.documents {
        let target = written.folder.path().join(name);
        let arguments = [
            OsStr::new("-r"),
            OsStr::new("150"),
            OsStr::new("-png"),
            path.as_os_str(),
            target.as_os_str(),
        ];
        if tool("pdftoppm", &arguments).is_none() {
            return;
        }
        let pages = std::fs::read_dir(written.folder.path()).unwrap();
        let is_page = |path: &PathBuf| {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            file.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
                && file.ends_with(".png")
        };
        let mut images: Vec<PathBuf> =
            pages.map(|page| page.unwrap().path()).filter(is_page).collect();
        images.sort();
        let last = images.last().expect("a page");
        let Some(output) =
            tool("zbarimg", &[OsStr::new("-q"), OsStr::new("--raw"), last.as_os_str()])
        else {
            return;
        };
        let expected = match content {
            DocumentContent::Certificate(certificate) => &certificate.check_url,
            DocumentContent::Refusal(refusal) => &refusal.check_url,
            DocumentContent::Answer(answer) => &answer.check_url,
        };
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected, "{name}");
    }
}

#[test]
fn the_file_is_tagged_and_in_kazakh() {
    for (name, _, path) in &written().documents {
        let Some(output) = tool("pdfinfo", &[path]) else { return };
        let info = String::from_utf8(output.stdout).unwrap();
        let field = |field: &str| {
            let line = info.lines().find(|line| line.starts_with(field)).unwrap_or_default();
            line.split_once(':').map_or("", |(_, value)| value.trim()).to_owned()
        };
        assert_eq!(field("Tagged"), "yes", "{name}");
        assert_eq!(field("Encrypted"), "no", "{name}");
        assert_eq!(field("PDF version"), "1.7", "{name}");
        assert!(field("Page size").contains("A4"), "{name}");
        assert!(!field("Title").is_empty(), "{name}");
    }
}

#[test]
fn a_reader_aloud_hears_kazakh_before_russian_and_every_label_with_its_value() {
    let written = written();
    let structure = |wanted: &str| {
        let found = written.documents.iter().find(|(name, _, _)| *name == wanted);
        let path = &found.unwrap().2;
        let output = tool("pdfinfo", &[OsStr::new("-struct-text"), path.as_os_str()])?;
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let in_order = |text: &str, words: &[&str]| {
        let mut rest = text;
        for word in words {
            let at = rest.find(word).unwrap_or_else(|| panic!("{word} is missing or too early"));
            rest = rest.split_at(at + word.len()).1;
        }
    };
    let Some(certificate) = structure("certificate") else { return };
    in_order(
        &certificate,
        &[
            "H1",
            "туралы анықтама\"",
            "H1",
            "Справка",
            "болып тағайындалғандығы",
            "действительно назначен",
            "H2",
            "Table",
            "TR",
            "TH",
            "Тегі, аты",
            "TD",
            "Әлімқұлова Үмітгүл Һәкімқызы",
            "000229500008",
            "Жұмаділов Іңкәр Ғабитұлы",
        ],
    );
    let refusal = structure("refusal_named").unwrap();
    in_order(
        &refusal,
        &[
            "H1",
            "дәлелді жауап",
            "Table",
            "061211600012",
            "H2",
            "мәліметтердің болмауы",
            "LBody",
            "1) шешімді",
            "4) сотқа",
            "жүгіне аласыз",
            "H2",
            "отсутствие сведений",
            "LBody",
            "1) потребовать",
            "бесплатно",
            "Figure",
        ],
    );
}
