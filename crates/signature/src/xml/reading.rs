//! Reading on in what was signed. Knows no signature. Read next: `verify.rs`, whose verdict carries the bytes to read.

use super::document::parse;
use super::text::text_of;
use crate::verdict::Reason;

/// The text of the only element with this local name, in whatever namespace.
///
/// # Errors
/// [`Reason::XmlWrongReference`] where there is none, several, or one that holds more than text, and the faults of a
/// document that cannot be read.
pub fn text_of_only(input: &[u8], name: &str) -> Result<String, Reason> {
    let text = text_of(input)?;
    let document = parse(&text)?;
    let mut named = document.descendants().filter(|node| node.tag_name().name() == name);
    let only = named.next().filter(|_| named.next().is_none()).ok_or(Reason::XmlWrongReference)?;
    if only.children().all(|child| child.is_text()) {
        Ok(only.text().unwrap_or_default().to_owned())
    } else {
        Err(Reason::XmlWrongReference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_element_that_stands_once_and_holds_text_is_read() {
        let of = |text: &str| text_of_only(text.as_bytes(), "uri");
        assert_eq!(of("<a><uri>x&amp;y</uri></a>").as_deref(), Ok("x&y"));
        assert_eq!(of("<a xmlns:b='u:1'><b:uri>x</b:uri></a>").as_deref(), Ok("x"));
        for bad in
            ["<a/>", "<a><uri>x</uri><uri>x</uri></a>", "<uri>x<b/></uri>", "<uri><uri/></uri>"]
        {
            assert_eq!(of(bad), Err(Reason::XmlWrongReference), "{bad}");
        }
        assert_eq!(of("<a>"), Err(Reason::XmlMalformed));
    }
}
