//! The tree of a document, with what the parser lets pass and other parsers do not refused, and names as they were
//! written: a canonical form repeats prefixes. Read next: `canonical.rs`.

use roxmltree::{Attribute, Document, Node, NodeType, ParsingOptions};

use crate::verdict::Reason;

const NODES_MAX: u32 = 50_000;
/// Namespaces known at one place.
const NAMESPACES_MAX: usize = 32;
pub(super) const XML_NAMESPACE: &str = roxmltree::NS_XML_URI;

/// Parses text that `text_of` gave.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, Reason> {
    let options = ParsingOptions { nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|_| Reason::XmlMalformed)?;
    let is_sound = document.descendants().all(|node| match node.node_type() {
        NodeType::Element => has_sound_names(node),
        NodeType::PI => is_sound_instruction(node),
        NodeType::Root | NodeType::Comment | NodeType::Text => true,
    });
    if is_sound { Ok(document) } else { Err(Reason::XmlMalformed) }
}

/// Namespaces in XML 1.0, and Canonical XML's own demand that namespaces are absolute.
fn has_sound_names(node: Node<'_, '_>) -> bool {
    let namespaces = node.namespaces();
    if namespaces.len() > NAMESPACES_MAX || element_name(node).starts_with(':') {
        return false;
    }
    namespaces.clone().enumerate().all(|(place, one)| {
        let is_repeated = namespaces.clone().take(place).any(|other| other.name() == one.name());
        let is_fit =
            if one.uri().is_empty() { one.name().is_none() } else { is_absolute(one.uri()) };
        is_fit && !is_repeated
    })
}

fn is_absolute(uri: &str) -> bool {
    let Some((scheme, _)) = uri.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

fn is_sound_instruction(node: Node<'_, '_>) -> bool {
    let Some(instruction) = node.pi() else { return false };
    let rest = source_of(node).get(2 + instruction.target.len()..).unwrap_or_default();
    let is_apart = rest.starts_with("?>") || rest.starts_with([' ', '\t', '\n']);
    is_apart && !instruction.target.eq_ignore_ascii_case("xml")
}

fn source_of<'input>(node: Node<'_, 'input>) -> &'input str {
    node.document().input_text().get(node.range()).unwrap_or_default()
}

/// The name of an element as written, with its prefix.
pub(crate) fn element_name<'input>(node: Node<'_, 'input>) -> &'input str {
    let tag = source_of(node).get(1..).unwrap_or_default();
    tag.split([' ', '\t', '\n', '/', '>']).next().unwrap_or_default()
}

/// The name of an attribute as written, with its prefix.
pub(super) fn attribute_name<'input>(
    node: Node<'_, 'input>,
    attribute: Attribute<'_, 'input>,
) -> &'input str {
    node.document().input_text().get(attribute.range_qname()).unwrap_or_default()
}

/// What stands before the colon of a name; empty where there is none.
pub(super) fn prefix_of(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

/// The value of an attribute without prefix.
pub(crate) fn plain_attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let mut attributes = node.attributes();
    attributes.find(|one| one.namespace().is_none() && one.name() == name).map(|one| one.value())
}

/// Whether it is the element of this namespace and name.
pub(crate) fn is_element(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    let tag = node.tag_name();
    node.is_element() && tag.name() == name && tag.namespace().unwrap_or_default() == namespace
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_parsers_refuse_or_read_differently_is_refused() {
        for text in [
            "<a xmlns='u:1' xmlns='u:2'/>",
            "<a xmlns:b=''/>",
            "<a xmlns='relative'/>",
            "<a xmlns:b='/relative'/>",
            "<:a/>",
            "<?xml\tversion='1.0'?><a/>",
            "<a><?XML b?></a>",
            "<a><?b+c?></a>",
            "<a>&b;</a>",
            "<a>\u{1}</a>",
            "<a>&#0;</a>",
            "<a/><b/>",
            "<a>",
            "text",
        ] {
            assert_eq!(parse(text).err(), Some(Reason::XmlMalformed), "{text}");
        }
    }

    #[test]
    fn the_number_of_nodes_and_of_namespaces_at_one_place_is_bounded() {
        assert!(parse(&format!("<a>{}</a>", "<b/>".repeat(60_000))).is_err());
        let declared = |count: usize| {
            (0..count).map(|number| format!(" xmlns:n{number}='u:{number}'")).collect::<String>()
        };
        assert!(parse(&format!("<a{}/>", declared(NAMESPACES_MAX))).is_ok());
        assert!(parse(&format!("<a{}/>", declared(NAMESPACES_MAX + 1))).is_err());
    }

    #[test]
    fn names_are_as_they_were_written() {
        let document = parse("<x:a\n xmlns:x='u:1' xmlns:y='u:1' y:b = '1'/>").unwrap();
        let root = document.root_element();
        let attribute = root.attributes().next().unwrap();
        assert_eq!((element_name(root), attribute_name(root, attribute)), ("x:a", "y:b"));
        assert_eq!((prefix_of("x:a"), prefix_of("a")), ("x", ""));
    }
}
