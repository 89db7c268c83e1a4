//! The texts that the cells of a workbook share. Whoever opens it holds them all in memory, and makes room beforehand for as
//! many as the part itself claims: both are bounded here, before that.
//!
//! Reads bytes and no XML. Read next: `xlsx.rs`.

use std::io::{ErrorKind, Read};

use super::fault::FaultCode;

/// Most bytes of the part; 200,000 full rows have about 60 MB of texts of their own.
const BYTES_MAX: u64 = 96 << 20;
/// Most texts that the part may claim to have.
const TEXTS_MAX: u64 = 4_000_000;
/// Most elements: a text has at least two.
const ELEMENTS_MAX: u64 = 3 * TEXTS_MAX;
const PIECE: usize = 64 << 10;
/// The claim, as an attribute.
const CLAIM: &[u8] = b"uniqueCount";

/// Whether a part of a workbook is that of its shared texts.
pub(super) fn is_it(name: &str) -> bool {
    name.to_lowercase().ends_with("sharedstrings.xml")
}

/// Reads the part to its end, up to a limit; answers how many bytes it has.
pub(super) fn measure(mut part: impl Read, left: u64) -> Result<u64, FaultCode> {
    let mut scan = Scan::default();
    let mut piece = vec![0; PIECE];
    loop {
        let read = match part.read(&mut piece) {
            Ok(0) => return Ok(scan.bytes),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return Err(FaultCode::FileUnreadable),
        };
        for byte in piece.iter().take(read) {
            scan.take(*byte)?;
        }
        if scan.bytes > left.min(BYTES_MAX) || scan.elements > ELEMENTS_MAX {
            return Err(FaultCode::FileExpands);
        }
    }
}

#[derive(Default)]
struct Scan {
    bytes: u64,
    elements: u64,
    is_open: bool,
    /// So many bytes of the claim's name stand before this one.
    named: usize,
    /// The claim behind its name.
    claim: Claim,
}

#[derive(Default)]
enum Claim {
    #[default]
    None,
    /// Before its first digit.
    Begun,
    Number(u64),
}

impl Scan {
    fn take(&mut self, byte: u8) -> Result<(), FaultCode> {
        self.bytes = self.bytes.saturating_add(1);
        // In another encoding nothing of this would be seen, and nobody writes workbooks so.
        if byte == 0 {
            return Err(FaultCode::FileUnreadable);
        }
        if self.is_open && !matches!(byte, b'/' | b'!' | b'?') {
            self.elements = self.elements.saturating_add(1);
        }
        self.is_open = byte == b'<';
        self.claimed(byte)?;
        let expected = CLAIM.get(self.named).is_some_and(|next| *next == byte);
        self.named = match (expected, CLAIM.first() == Some(&byte)) {
            (true, _) => self.named + 1,
            (false, true) => 1,
            (false, false) => 0,
        };
        if self.named == CLAIM.len() {
            (self.named, self.claim) = (0, Claim::Begun);
        }
        Ok(())
    }

    fn claimed(&mut self, byte: u8) -> Result<(), FaultCode> {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte.wrapping_sub(b'0')));
        self.claim = match (std::mem::take(&mut self.claim), digit) {
            (Claim::Begun, Some(digit)) => Claim::Number(digit),
            (Claim::Begun, None) if matches!(byte, b'=' | b'"' | b'\'' | b'+') => Claim::Begun,
            (Claim::Begun, None) if byte.is_ascii_whitespace() => Claim::Begun,
            (Claim::Number(number), Some(digit)) => {
                Claim::Number(number.saturating_mul(10).saturating_add(digit))
            }
            _ => Claim::None,
        };
        match self.claim {
            Claim::Number(number) if number > TEXTS_MAX => Err(FaultCode::FileExpands),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(text: &[u8]) -> Result<u64, FaultCode> {
        measure(text, u64::MAX)
    }

    #[test]
    fn what_a_part_claims_to_hold_is_bounded_wherever_the_claim_stands() {
        let honest =
            b"<?xml version=\"1.0\"?><sst count=\"9\" uniqueCount=\"2\"><si><t>a</t></si></sst>";
        assert_eq!(measured(honest), Ok(u64::try_from(honest.len()).unwrap()));
        let piece = "x".repeat(PIECE - 5);
        for claim in [
            "uniqueCount=\"4000001\"".to_owned(),
            "uniqueCount = '99999999999999999999999'".to_owned(),
            "uniqueuniqueCount=\"18446744073709551615\"".to_owned(),
            format!("{piece}uniqueCount=\"5000000\""),
        ] {
            let text = format!("<sst {claim}><si><t>a</t></si></sst>");
            assert_eq!(measured(text.as_bytes()), Err(FaultCode::FileExpands), "{claim:.40}");
        }
        assert_eq!(measured(b"<sst uniqueCount=\"4000000\"/>"), Ok(28));
    }

    #[test]
    fn bytes_and_elements_are_bounded_and_another_encoding_is_not_read() {
        let many = "<si/>".repeat(usize::try_from(ELEMENTS_MAX).unwrap() + 1);
        assert_eq!(measured(many.as_bytes()), Err(FaultCode::FileExpands));
        let long = std::io::repeat(b'x').take(BYTES_MAX + 1);
        assert_eq!(measure(long, u64::MAX), Err(FaultCode::FileExpands));
        assert_eq!(measure(&b"xxxx"[..], 3), Err(FaultCode::FileExpands));
        assert_eq!(measured(b"<\0s\0s\0t\0"), Err(FaultCode::FileUnreadable));
        assert!(is_it("xl/SharedStrings.XML") && !is_it("xl/worksheets/sheet1.xml"));
    }
}
