//! From what a client sends to DER: PEM with any line ends, base64, DER, or BER; a byte order mark before text is no
//! part of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::ber;
use crate::verdict::Reason;

/// Largest signature accepted, in bytes as sent.
pub const INPUT_BYTES_MAX: usize = 1024 * 1024;
/// Editors of one system put it before every text; neither DER nor BER begins so.
const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// DER of a CMS in any usual wrapping.
pub(super) fn der_of(input: &[u8]) -> Result<Vec<u8>, Reason> {
    if input.len() > INPUT_BYTES_MAX {
        return Err(Reason::TooLarge);
    }
    let input = input.strip_prefix(BYTE_ORDER_MARK).unwrap_or(input);
    if input.trim_ascii().is_empty() {
        return Err(Reason::Empty);
    }
    let from_text;
    let bytes = if is_text(input) {
        from_text = decode_text(input).ok_or(Reason::Malformed)?;
        from_text.as_slice()
    } else {
        input
    };
    ber::to_der(bytes).ok_or(Reason::Malformed)
}

fn is_text(input: &[u8]) -> bool {
    input.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

/// Base64, with or without PEM's frame.
fn decode_text(input: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(input).ok()?;
    let lines = text.lines().filter(|line| !line.trim().starts_with("-----"));
    let base64: String = lines.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(base64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrapping_leads_to_the_same_bytes() {
        let der = [0x30, 3, 0x02, 1, 5];
        for input in [
            &der[..],
            b"MAMCAQU=",
            b"MAMC\r\nAQU=\r\n",
            b"-----BEGIN CMS-----\r\nMAMCAQU=\r\n-----END CMS-----\r\n",
            b"\xef\xbb\xbf\r\n\r\n  -----BEGIN CMS-----\nMAMC \r\n\tAQU=\n-----END CMS-----",
        ] {
            assert_eq!(der_of(input).as_deref(), Ok(&der[..]));
        }
    }

    #[test]
    fn empty_huge_and_broken_inputs_have_reasons() {
        assert_eq!(der_of(b""), Err(Reason::Empty));
        assert_eq!(der_of(b" \r\n"), Err(Reason::Empty));
        assert_eq!(der_of(b"\xef\xbb\xbf\r\n"), Err(Reason::Empty));
        assert_eq!(der_of(b"\xef\xbb\xbf\x30\x03\x02"), Err(Reason::Malformed));
        assert_eq!(der_of(&vec![b'A'; INPUT_BYTES_MAX + 1]), Err(Reason::TooLarge));
        assert_eq!(der_of(b"{\"not\": \"a cms\"}"), Err(Reason::Malformed));
        assert_eq!(der_of(&[0x30, 0x03, 0x02]), Err(Reason::Malformed));
    }
}
