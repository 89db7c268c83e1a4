//! Whatever bytes come in, an answer comes out; and a byte changed anywhere never lets another text pass.

use proptest::prelude::*;
use signature::Verdict;
use signature::xml::{Content, verify};

use crate::authorities::{Authorities, NOW};
use crate::faults::{DOCUMENT, TEXT, TRUST, signed};
use crate::generate::document;

/// Bits next to each other, of letters' case, of the long forms of UTF-8.
const MASKS: [u8; 4] = [0x01, 0x02, 0x20, 0x80];

fn content(text: &[u8]) -> Option<Vec<u8>> {
    match verify(text, Content::AnyDocument, DOCUMENT, &TRUST, NOW) {
        Verdict::Valid(signed) => Some(signed.content),
        Verdict::Invalid(_) | Verdict::CannotTell(_) => None,
    }
}

#[test]
fn a_byte_changed_anywhere_lets_no_other_text_pass() {
    let good = signed(&Authorities::new().person(), TEXT).into_bytes();
    assert_eq!(content(&good).as_deref(), Some(TEXT.as_bytes()));
    let places: Vec<usize> = (0..good.len()).collect();
    std::thread::scope(|threads| {
        for share in places.chunks(good.len().div_ceil(4)) {
            threads.spawn(|| share.iter().for_each(|place| never_another(&good, *place)));
        }
    });
}

fn never_another(good: &[u8], place: usize) {
    let mut bad = good.to_vec();
    bad[place] ^= MASKS[place % MASKS.len()];
    if let Some(text) = content(&bad) {
        assert_eq!(text, TEXT.as_bytes(), "byte {place}");
    }
}

#[test]
fn a_document_cut_short_is_refused() {
    let good = signed(&Authorities::new().person(), TEXT).into_bytes();
    assert!((0..good.len()).all(|length| content(&good[..length]).is_none()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(content(&bytes).is_none());
    }

    #[test]
    fn no_markup_makes_the_reader_panic(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "<", ">", "/>", "</", "a", "b:c", "xmlns", "xmlns:b", "=", "'", "\"", " ", "\n",
                "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "&#", "x41;", "&amp;", "<ds:Signature",
                "ұ", "<!DOCTYPE", ":", "\u{feff}", "<?xml ", "u:1",
            ]),
            0..60,
        )
    ) {
        prop_assert!(content(parts.concat().as_bytes()).is_none());
    }

    #[test]
    fn a_damaged_document_is_judged_without_panic(
        text in document(), places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let mut bytes = signed(&Authorities::new().person(), &text.xml).into_bytes();
        for (place, value) in places {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let _ = content(&bytes);
    }
}
