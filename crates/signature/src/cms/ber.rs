//! From BER to DER as far as CMS clients need it: indefinite lengths, octet strings in pieces, long forms of lengths.
//! Bounded in depth, and in size by what comes in.

const DEPTH_MAX: u32 = 40;
const OCTET_STRING: u8 = 0x04;
const CONSTRUCTED: u8 = 0x20;
const END_OF_CONTENTS: &[u8] = &[0, 0];

/// The same element in DER; `None` where it is none, or something follows it.
pub(super) fn to_der(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let rest = element(bytes, &mut out, DEPTH_MAX)?;
    rest.is_empty().then_some(out)
}

/// Rewrites one element and returns what follows it.
fn element<'a>(bytes: &'a [u8], out: &mut Vec<u8>, depth: u32) -> Option<&'a [u8]> {
    let depth = depth.checked_sub(1)?;
    let (&tag, rest) = bytes.split_first()?;
    // Tags above 30 do not occur in a CMS.
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (length, rest) = length(rest)?;
    let mut content = Vec::new();
    let rest = match length {
        Some(length) => {
            let (inside, rest) = rest.split_at_checked(length)?;
            if tag & CONSTRUCTED == 0 {
                content.extend_from_slice(inside);
            } else {
                let mut inside = inside;
                while !inside.is_empty() {
                    inside = element(inside, &mut content, depth)?;
                }
            }
            rest
        }
        None if tag & CONSTRUCTED != 0 => {
            let mut inside = rest;
            loop {
                if let Some(rest) = inside.strip_prefix(END_OF_CONTENTS) {
                    break rest;
                }
                inside = element(inside, &mut content, depth)?;
            }
        }
        None => return None,
    };
    if tag == OCTET_STRING | CONSTRUCTED {
        write(OCTET_STRING, &joined(&content)?, out)?;
    } else {
        write(tag, &content, out)?;
    }
    Some(rest)
}

/// The length of an element; `None` inside where it is indefinite.
fn length(bytes: &[u8]) -> Option<(Option<usize>, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    match first {
        0..=0x7f => Some((Some(usize::from(first)), rest)),
        0x80 => Some((None, rest)),
        _ => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits.iter().try_fold(0usize, |sum, digit| {
                sum.checked_mul(256)?.checked_add(usize::from(*digit))
            })?;
            Some((Some(length), rest))
        }
    }
}

/// The contents of octet strings that follow each other, all in DER already.
fn joined(mut pieces: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::with_capacity(pieces.len());
    while let Some((&tag, rest)) = pieces.split_first() {
        if tag != OCTET_STRING {
            return None;
        }
        let (length, rest) = length(rest)?;
        let (piece, rest) = rest.split_at_checked(length?)?;
        whole.extend_from_slice(piece);
        pieces = rest;
    }
    Some(whole)
}

fn write(tag: u8, content: &[u8], out: &mut Vec<u8>) -> Option<()> {
    out.push(tag);
    match u8::try_from(content.len()) {
        Ok(short @ 0..=0x7f) => out.push(short),
        _ => {
            let bytes = content.len().to_be_bytes();
            let digits = bytes.iter().skip_while(|byte| **byte == 0).copied().collect::<Vec<_>>();
            out.push(0x80 | u8::try_from(digits.len()).ok()?);
            out.extend(digits);
        }
    }
    out.extend_from_slice(content);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_lengths_and_pieces_become_der() {
        let ber = [0x30, 0x80, 0x24, 0x80, 0x04, 1, b'a', 0x04, 0x81, 1, b'b', 0, 0, 0x05, 0, 0, 0];
        assert_eq!(to_der(&ber), Some(vec![0x30, 6, 0x04, 2, b'a', b'b', 0x05, 0]));
    }

    #[test]
    fn der_stays_as_it_is_and_rubbish_is_refused() {
        let der = [0x30, 3, 0x02, 1, 5];
        assert_eq!(to_der(&der).as_deref(), Some(&der[..]));
        for rubbish in [&[0x30u8, 4, 0x02, 1, 5][..], &[0x30, 3, 0x02, 1, 5, 0], &[0x30, 0x80], &[]]
        {
            assert_eq!(to_der(rubbish), None);
        }
    }

    #[test]
    fn a_deep_nest_is_refused_without_exhausting_the_stack() {
        let nest: Vec<u8> = std::iter::repeat_n([0x30, 0x80], 100_000).flatten().collect();
        assert_eq!(to_der(&nest), None);
    }
}
