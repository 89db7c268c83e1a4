//! A text as short messages: UCS-2, which has Kazakh and Russian letters, in one part or in several that the telephone
//! joins again by their headers (3GPP TS 23.040, concatenated messages).

/// Code units of a message that goes alone, and of a part behind its header of six bytes.
const ALONE: usize = 70;
const PART: usize = 67;
/// Parts are numbered by a byte; no message of ours comes near.
const PARTS_MAX: usize = 255;

/// One `short_message`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Whether it begins with a header.
    pub(super) has_header: bool,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
}

/// Why a text is no message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

/// The parts of a text; `reference` tells its parts from those of other messages to the same telephone.
pub(super) fn parts(text: &str, reference: u8) -> Result<Vec<Part>, TooLong> {
    if text.encode_utf16().count() <= ALONE {
        return Ok(vec![Part { has_header: false, bytes: ucs2(text) }]);
    }
    let pieces = pieces(text);
    let total = u8::try_from(pieces.len()).map_err(|_| TooLong)?;
    if PARTS_MAX < pieces.len() {
        return Err(TooLong);
    }
    let part = |(place, piece): (u8, &&str)| Part {
        has_header: true,
        bytes: [&[5, 0, 3, reference, total, place], ucs2(piece).as_slice()].concat(),
    };
    Ok((1..=u8::MAX).zip(&pieces).map(part).collect())
}

/// As long as they may be, and no character is cut in two.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut start, mut units) = (Vec::new(), 0, 0);
    for (place, character) in text.char_indices() {
        if PART < units + character.len_utf16() {
            pieces.extend(text.get(start..place));
            (start, units) = (place, 0);
        }
        units += character.len_utf16();
    }
    pieces.extend(text.get(start..));
    pieces
}

fn ucs2(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_goes_alone_and_what_does_not_in_numbered_parts() {
        let alone = parts(&"ә".repeat(70), 7).unwrap();
        assert_eq!((alone.len(), alone[0].has_header, alone[0].bytes.len()), (1, false, 140));
        let two = parts(&"ә".repeat(71), 7).unwrap();
        assert_eq!(two.len(), 2);
        assert_eq!(&two[0].bytes[..8], [5, 0, 3, 7, 2, 1, 0x04, 0xd9]);
        assert_eq!(&two[1].bytes[..6], [5, 0, 3, 7, 2, 2]);
        assert_eq!((two[0].bytes.len(), two[1].bytes.len()), (140, 6 + 8));
    }

    #[test]
    fn no_character_is_cut_in_two() {
        let text = format!("{}😀{}", "a".repeat(66), "b".repeat(10));
        let two = parts(&text, 1).unwrap();
        assert_eq!((two[0].bytes.len(), two[1].bytes.len()), (6 + 132, 6 + 24));
    }

    #[test]
    fn a_text_without_end_is_refused() {
        assert_eq!(parts(&"a".repeat(67 * 256), 1), Err(TooLong));
        assert_eq!(parts(&"a".repeat(67 * 255), 1).unwrap().len(), 255);
    }
}
