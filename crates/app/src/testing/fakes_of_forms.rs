//! Forms with few texts, for who makes up documents.

use domain::{Bilingual, FormVersion, FormWording, Specimen, WordingFault};

use super::fakes::{FakeRenderer, UNPRINTABLE};
use crate::ports::{FormMaker, RenderError};

/// Prescribed by the law.
const TITLE: &str = "certificate.title";

impl FormMaker for FakeRenderer {
    fn built_in(&self) -> FormVersion {
        FormVersion::FIRST
    }

    fn built_in_wording(&self) -> Result<FormWording, RenderError> {
        let texts = [
            (TITLE, "Анықтама", "Справка"),
            ("certificate.check", "Тексеру: {domain}", "Проверка: {domain}"),
            ("refusal.repair.again", "Қайта жүгіну", "Обратиться снова"),
            ("answer.title.review", "Жауап", "Ответ"),
        ];
        let text = |(key, kk, ru): (&str, &str, &str)| {
            (key.to_owned(), Bilingual { kk: kk.to_owned(), ru: ru.to_owned() })
        };
        Ok(FormWording(texts.map(text).into()))
    }

    fn is_fixed_by_law(&self, key: &str) -> bool {
        key == TITLE
    }

    fn wording_faults(&self, wording: &FormWording) -> Result<Vec<WordingFault>, RenderError> {
        let built_in = self.built_in_wording()?;
        let missing = built_in.0.keys().filter(|key| !wording.0.contains_key(*key));
        let missing = missing.map(|key| WordingFault { key: key.clone(), code: "missing" });
        let texts = wording.0.iter().flat_map(|(key, text)| {
            [(format!("{key}.kk"), &text.kk), (format!("{key}.ru"), &text.ru)]
        });
        let unprintable = texts.filter(|(_, text)| text.contains(UNPRINTABLE));
        let unprintable = unprintable.map(|(key, _)| WordingFault { key, code: "unprintable" });
        Ok(missing.chain(unprintable).collect())
    }

    fn specimen(&self, wording: &FormWording, specimen: Specimen) -> Result<Vec<u8>, RenderError> {
        let words = serde_json::to_vec(wording).unwrap();
        Ok([b"%PDF specimen ".as_slice(), specimen.code().as_bytes(), &words].concat())
    }
}
