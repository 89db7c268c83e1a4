//! The two embedded faces, and which characters can be printed with both of them.
//!
//! Nothing is taken from the machine: the same document comes out everywhere. A character without a glyph would make
//! a hole in a name, so every value is checked here before a page is begun. Next: `shape`.

use std::sync::{Arc, LazyLock};

use krilla::text::Font;
use parley::FontContext;
use parley::fontique::{Blob, Collection, CollectionOptions, SourceCache};

/// Family name inside the font files.
pub(crate) const FAMILY: &str = "Noto Serif";

static REGULAR: &[u8] = include_bytes!("../fonts/NotoSerif-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../fonts/NotoSerif-Bold.ttf");

/// Lowest character looked for; below stand controls.
const FIRST_CHARACTER: u32 = 0x20;
/// Highest character looked for; the trimmed faces end well below.
const LAST_CHARACTER: u32 = 0x2fff;

static FONTS: LazyLock<Option<Fonts>> = LazyLock::new(Fonts::load);

/// A face under its two names: for shaping and for drawing.
struct Face {
    blob: Blob<u8>,
    font: Font,
}

/// Both faces and what they have in common.
pub(crate) struct Fonts {
    faces: [Face; 2],
    /// By code point, up to [`LAST_CHARACTER`].
    printable: Vec<bool>,
}

/// A text that cannot be printed whole. It names no text, because the text may be a person's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text has a character that cannot be printed (U+{code_point:04X})")]
pub struct Unprintable {
    /// The first such character.
    pub code_point: u32,
}

/// Whether every character of a text, cleaned as names are, has a glyph in both faces.
///
/// # Errors
/// The first character that has none: an emoji, an Arabic letter, a private-use sign.
pub fn printable(text: &str) -> Result<(), Unprintable> {
    let known = |character: &char| fonts().is_some_and(|fonts| fonts.prints(*character));
    match domain::clean_text(text).chars().find(|character| !known(character)) {
        Some(character) => Err(Unprintable { code_point: u32::from(character) }),
        None => Ok(()),
    }
}

/// The faces, loaded once for all threads; `None` when the embedded files are damaged.
pub(crate) fn fonts() -> Option<&'static Fonts> {
    FONTS.as_ref()
}

impl Fonts {
    fn load() -> Option<Self> {
        let faces = [Face::load(REGULAR)?, Face::load(BOLD)?];
        let [regular, bold] = [characters_of(&faces[0])?, characters_of(&faces[1])?];
        let printable = regular.iter().zip(&bold).map(|(one, other)| *one && *other).collect();
        Some(Self { faces, printable })
    }

    fn prints(&self, character: char) -> bool {
        let place = usize::try_from(u32::from(character)).ok();
        place.and_then(|place| self.printable.get(place)).is_some_and(|printable| *printable)
    }

    /// A font context that knows these two faces and no other.
    pub(crate) fn context(&self) -> FontContext {
        let mut collection = empty_collection();
        for face in &self.faces {
            collection.register_fonts(face.blob.clone(), None);
        }
        FontContext { collection, source_cache: SourceCache::default() }
    }

    /// The drawing name of the face a run was shaped with.
    pub(crate) fn by_blob(&self, id: u64) -> Option<&Font> {
        self.faces.iter().find(|face| face.blob.id() == id).map(|face| &face.font)
    }
}

impl Face {
    fn load(bytes: &'static [u8]) -> Option<Self> {
        Some(Self { blob: Blob::new(Arc::new(bytes)), font: Font::new(bytes.into(), 0)? })
    }
}

fn empty_collection() -> Collection {
    Collection::new(CollectionOptions { shared: false, system_fonts: false })
}

/// Of each code point, whether the face has a glyph for it.
fn characters_of(face: &Face) -> Option<Vec<bool>> {
    let families = empty_collection().register_fonts(face.blob.clone(), None);
    let (_, infos) = families.first()?;
    let map = infos.first()?.charmap_index().charmap(face.blob.data())?;
    let has_glyph = |character: char| map.map(character).is_some_and(|glyph| glyph != 0);
    let code_points = 0..=LAST_CHARACTER;
    let known = code_points
        .map(|code| code >= FIRST_CHARACTER && char::from_u32(code).is_some_and(has_glyph));
    Some(known.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KAZAKH: &str =
        "АаӘәБбВвГгҒғДдЕеЁёЖжЗзИиЙйКкҚқЛлМмНнҢңОоӨөПпРрСсТтУуҰұҮүФфХхҺһЦцЧчШшЩщЪъЫыІіЬьЭэЮюЯя";
    const LATIN: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const MARKS: &str = "№«»–—‑-…’ʼʻ'“”.,:;()/·@%+&₸ ÄÖÜßÇçĞğİıŞşÉéÑñŁłŽžŐőÅåØøĀāƏəÑƏẞ";

    #[test]
    fn every_letter_of_the_three_languages_and_of_neighbouring_names_has_a_glyph_in_both_faces() {
        for face in &fonts().unwrap().faces {
            let known = characters_of(face).unwrap();
            for character in [KAZAKH, LATIN, MARKS].concat().chars() {
                let place = usize::try_from(u32::from(character)).unwrap();
                assert!(known[place], "{character:?} has no glyph");
            }
        }
    }

    #[test]
    fn every_character_of_the_forms_has_a_glyph() {
        for form in crate::form::SOURCES {
            let text: String = form.text.chars().filter(|character| *character != '\n').collect();
            assert_eq!(printable(&text), Ok(()), "{}", form.name);
        }
    }

    #[test]
    fn emoji_and_foreign_scripts_are_a_fault_that_repeats_no_name() {
        for (text, code_point) in [("Әлім🙂", 0x1f642), ("محمد", 0x645), ("王小明", 0x738b)]
        {
            let fault = printable(text).unwrap_err();
            assert_eq!(fault.code_point, code_point);
            assert!(!fault.to_string().contains("Әлім"));
        }
    }

    #[test]
    fn invisible_characters_are_cleaned_away_before_they_are_judged() {
        assert_eq!(printable("Әлім\u{202e}құлов\u{200d}"), Ok(()));
        assert_eq!(printable("И\u{306}ван"), Ok(()));
    }
}
