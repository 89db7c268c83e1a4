//! Bounds of a document, checked over its text before a parser works on it: depth, since the writer calls itself for each
//! level; attributes and declarations of namespaces, since each is compared with the others. Knows no tree. Read next:
//! `document.rs`.

use crate::verdict::Reason;

const DEPTH_MAX: usize = 100;
/// Of one element, declarations of namespaces among them.
const ATTRIBUTES_MAX: usize = 200;
/// Of the whole document.
const DECLARATIONS_MAX: usize = 2_000;
const NAME_BYTES_MAX: usize = 1_000;

/// Refuses a document type, whatever it holds: entities and attribute defaults make one text mean several things.
pub(super) fn check(text: &str) -> Result<(), Reason> {
    scan(text).ok_or(Reason::XmlMalformed)
}

fn scan(text: &str) -> Option<()> {
    let (mut depth, mut declarations) = (0usize, 0usize);
    let mut rest = text;
    while let Some((_, markup)) = rest.split_once('<') {
        rest = if let Some(comment) = markup.strip_prefix("!--") {
            after(comment, "-->")?
        } else if let Some(data) = markup.strip_prefix("![CDATA[") {
            after(data, "]]>")?
        } else if let Some(instruction) = markup.strip_prefix('?') {
            after(instruction, "?>")?
        } else if let Some(end) = markup.strip_prefix('/') {
            depth = depth.checked_sub(1)?;
            after(end, ">")?
        } else if markup.starts_with('!') {
            return None;
        } else {
            let tag = Tag::read(markup)?;
            depth += usize::from(tag.is_open);
            declarations += tag.declarations;
            tag.rest
        };
        if depth > DEPTH_MAX || declarations > DECLARATIONS_MAX {
            return None;
        }
    }
    Some(())
}

fn after<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    text.split_once(end).map(|(_, rest)| rest)
}

/// The tag an element begins with.
struct Tag<'a> {
    is_open: bool,
    declarations: usize,
    rest: &'a str,
}

impl<'a> Tag<'a> {
    /// Reads what follows `<`.
    fn read(mut text: &'a str) -> Option<Self> {
        let (mut attributes, mut declarations) = (0usize, 0usize);
        loop {
            let place = text.find(['>', '"', '\''])?;
            let (before, found) = text.split_at_checked(place)?;
            let quote = found.chars().next()?;
            let found = found.get(1..)?;
            if before.split_whitespace().any(|word| word.len() > NAME_BYTES_MAX) {
                return None;
            }
            if quote == '>' {
                return Some(Self { is_open: !before.ends_with('/'), declarations, rest: found });
            }
            attributes += 1;
            declarations += usize::from(is_declaration(name_before(before))?);
            if attributes > ATTRIBUTES_MAX {
                return None;
            }
            text = after(found, quote.encode_utf8(&mut [0; 4]))?;
        }
    }
}

/// The name in ` name = `.
fn name_before(text: &str) -> &str {
    let text = text.trim_end().trim_end_matches('=').trim_end();
    text.rsplit(char::is_whitespace).next().unwrap_or_default()
}

/// Whether an attribute declares a namespace; `None` for names that some parsers take for a declaration and some do not.
fn is_declaration(name: &str) -> Option<bool> {
    let is_doubtful = name.starts_with(':') || name.ends_with(":xmlns");
    (!is_doubtful).then(|| name == "xmlns" || name.starts_with("xmlns:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_bounded(text: &str) -> bool {
        check(text).is_ok()
    }

    fn nested(depth: usize) -> String {
        format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth))
    }

    #[test]
    fn depth_is_bounded_and_only_elements_count() {
        assert!(is_bounded(&nested(DEPTH_MAX)));
        assert!(!is_bounded(&nested(DEPTH_MAX + 1)));
        assert!(!is_bounded(&"<a>".repeat(100_000)));
        assert!(is_bounded(
            &"<!-- <a> --><![CDATA[<a>]]><?p <a>?><a b='<a>' c=\">\"/>".repeat(200)
        ));
    }

    #[test]
    fn attributes_and_declarations_are_bounded() {
        let attributes = |count| format!("<a{}/>", " b='1'".repeat(count));
        assert!(is_bounded(&attributes(ATTRIBUTES_MAX)));
        assert!(!is_bounded(&attributes(ATTRIBUTES_MAX + 1)));
        let declarations = |count| format!("<r>{}</r>", "<a xmlns:b = 'c:d'/>".repeat(count));
        assert!(is_bounded(&declarations(DECLARATIONS_MAX)));
        assert!(!is_bounded(&declarations(DECLARATIONS_MAX + 1)));
        assert!(!is_bounded(&format!("<a {}='1'/>", "b".repeat(NAME_BYTES_MAX + 1))));
    }

    #[test]
    fn a_document_type_is_refused_even_an_empty_one() {
        for text in ["<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<!doctype a>"]
        {
            assert!(!is_bounded(text), "{text}");
        }
    }

    #[test]
    fn attributes_that_may_or_may_not_declare_a_namespace_are_refused() {
        for text in ["<a b:xmlns='c:d'/>", "<a :b='c'/>", "<a xmlns:xmlns='c:d'/>"] {
            assert!(!is_bounded(text), "{text}");
        }
    }
}
