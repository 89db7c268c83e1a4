//! A document of ours as XML, for signers that sign XML: its statement line by line, and its exact bytes. One document
//! has one form, written as its canonical form is, so that what was signed is compared with it byte for byte.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

const NAMESPACE: &str = "urn:anyqtama:signed-document:v1";
const BEGIN_CONTENT: &str = "<content>";
const END_CONTENT: &str = "</content>";

#[derive(Deserialize)]
struct Readable {
    schema: String,
    challenge: String,
    statement: Vec<String>,
}

/// The XML form of a document; `None` where it is none of ours, or holds a character that XML cannot.
#[must_use]
pub fn document_xml(document: &[u8]) -> Option<Vec<u8>> {
    let readable: Readable = serde_json::from_slice(document).ok()?;
    let mut xml = format!("<document xmlns=\"{NAMESPACE}\">");
    element(&mut xml, "schema", &readable.schema)?;
    element(&mut xml, "challenge", &readable.challenge)?;
    for line in &readable.statement {
        element(&mut xml, "line", line)?;
    }
    write!(xml, "{BEGIN_CONTENT}{}{END_CONTENT}</document>", STANDARD.encode(document)).ok()?;
    Some(xml.into_bytes())
}

/// The document that a signed XML form carries, unjudged: good for looking the stored document up.
#[must_use]
pub fn document_in_xml(xml: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(xml).ok()?;
    let (_, rest) = text.split_once(BEGIN_CONTENT)?;
    let (content, _) = rest.split_once(END_CONTENT)?;
    STANDARD.decode(content).ok()
}

fn element(xml: &mut String, name: &str, text: &str) -> Option<()> {
    write!(xml, "<{name}>").ok()?;
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '\r' => xml.push_str("&#xD;"),
            '\t' | '\n' => xml.push(character),
            '\u{fffe}' | '\u{ffff}' => return None,
            control if control < ' ' => return None,
            other => xml.push(other),
        }
    }
    write!(xml, "</{name}>").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_is_readable_and_the_bytes_are_inside() {
        let document = br#"{"schema":"a.v1","challenge":"c","statement":["1 < 2 & 3 > 2","\r"]}"#;
        let xml = document_xml(document).unwrap();
        let text = String::from_utf8(xml.clone()).unwrap();
        assert!(text.starts_with("<document xmlns=\"urn:anyqtama:signed-document:v1\">"));
        assert!(text.contains("<line>1 &lt; 2 &amp; 3 &gt; 2</line><line>&#xD;</line>"), "{text}");
        assert_eq!(document_in_xml(&xml).unwrap(), document);
    }

    #[test]
    fn what_xml_cannot_hold_and_what_is_not_ours_has_no_such_form() {
        assert_eq!(document_xml(br#"{"schema":"a","challenge":"c","statement":["\u0000"]}"#), None);
        assert_eq!(document_xml(b"{}"), None);
        assert_eq!(document_in_xml(b"<document/>"), None);
    }
}
