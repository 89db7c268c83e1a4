//! From bytes to the text of a document that every parser reads alike: XML 1.0 in UTF-8, with one kind of line ends.
//! Knows no tree. Read next: `limits.rs`, `document.rs`.

use super::limits;
use crate::cms::INPUT_BYTES_MAX;
use crate::verdict::Reason;

const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
const WHITE: [char; 4] = [' ', '\t', '\r', '\n'];

/// The text of a document, bounded and with line ends as XML's own reader makes them (XML 1.0, 2.11).
pub(crate) fn text_of(input: &[u8]) -> Result<String, Reason> {
    text_within(input, INPUT_BYTES_MAX)
}

/// The same of a document that may be larger, or must be smaller.
pub(crate) fn text_within(input: &[u8], bytes_max: usize) -> Result<String, Reason> {
    if input.len() > bytes_max {
        return Err(Reason::TooLarge);
    }
    let text = std::str::from_utf8(without_mark(input)).map_err(|_| Reason::XmlMalformed)?;
    let text = text.trim_start_matches(WHITE);
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    if !is_plain(text) {
        return Err(Reason::XmlMalformed);
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    limits::check(&text)?;
    Ok(text)
}

pub(super) fn without_mark(input: &[u8]) -> &[u8] {
    input.strip_prefix(BYTE_ORDER_MARK).unwrap_or(input)
}

/// Another version has other rules, and in another encoding the same bytes are another text.
fn is_plain(text: &str) -> bool {
    let declaration = text.strip_prefix("<?xml ").and_then(|rest| rest.split_once("?>"));
    let Some((declaration, _)) = declaration else { return true };
    let is_utf8 = |encoding: &str| encoding.eq_ignore_ascii_case("utf-8");
    declared(declaration, "version") == Some("1.0")
        && declared(declaration, "encoding").is_none_or(is_utf8)
}

/// A value of the XML declaration, whose syntax the parser checks later.
fn declared<'a>(declaration: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = declaration.split_once(name)?;
    let rest = rest.trim_start_matches(WHITE).strip_prefix('=')?.trim_start_matches(WHITE);
    let quote = rest.chars().next()?;
    rest.get(1..)?.split_once(quote).map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_one_and_a_mark_and_blank_lines_before_go() {
        let text = text_of(b"\xef\xbb\xbf\r\n <a>\r\n1\r2\n</a>\r");
        assert_eq!(text.as_deref(), Ok("<a>\n1\n2\n</a>\n"));
    }

    #[test]
    fn only_xml_1_0_in_utf_8_is_read() {
        for good in [
            "<?xml version=\"1.0\"?><a/>",
            "<?xml version = '1.0' encoding = 'utf-8' standalone='no'?><a/>",
            "<a encoding='koi8-r'/>",
        ] {
            assert!(text_of(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [
            "<?xml version=\"1.1\"?><a/>",
            "<?xml version=\"1.0\" encoding=\"windows-1251\"?><a/>",
            "<?xml encoding=\"utf-8\"?><a/>",
        ] {
            assert_eq!(text_of(bad.as_bytes()), Err(Reason::XmlMalformed), "{bad}");
        }
        assert_eq!(text_of(&[b'<', 0xff, b'>']), Err(Reason::XmlMalformed));
    }

    #[test]
    fn nothing_and_too_much_have_reasons_of_their_own() {
        assert_eq!(text_of(b" \r\n"), Err(Reason::Empty));
        assert_eq!(text_of(&vec![b' '; INPUT_BYTES_MAX + 1]), Err(Reason::TooLarge));
    }
}
