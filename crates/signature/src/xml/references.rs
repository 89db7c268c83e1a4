//! Which element an Id names. Knows no signature. Read next: `verify.rs`.

use roxmltree::{Document, Node};

use super::document::XML_NAMESPACE;
use crate::verdict::Reason;

/// Where SOAP messages keep their Ids.
pub(crate) const SECURITY_UTILITY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

/// The one element with an Id. Without a schema nothing says which attribute is one, so every attribute whose name ends
/// so counts, whatever its namespace and with white space around its value, and an Id that stands twice names nothing.
/// Found is only what everybody takes for an Id.
pub(crate) fn element_by_id<'a, 'input>(
    document: &'a Document<'input>,
    id: &str,
) -> Result<Node<'a, 'input>, Reason> {
    let mut found = document.descendants().flat_map(|node| {
        node.attributes()
            .filter(|one| may_be_id(one.name()) && one.value().trim_ascii() == id)
            .map(move |one| (node, is_id(one.namespace(), one.name()) && one.value() == id))
    });
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => Err(Reason::XmlDuplicateId),
        (Some((only, true)), None) => Ok(only),
        (Some((_, false)) | None, _) => Err(Reason::XmlWrongReference),
    }
}

/// Whether somebody may take an attribute of this name for an Id.
pub(crate) fn may_be_id(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with("id")
}

fn is_id(namespace: Option<&str>, name: &str) -> bool {
    match namespace {
        None | Some(SECURITY_UTILITY) => name.eq_ignore_ascii_case("id"),
        Some(XML_NAMESPACE) => name == "id",
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_one_element_whatever_its_attribute_is_called() {
        for attribute in ["Id", "ID", "id", "xml:id"] {
            let text = format!("<a><b {attribute}='x'/></a>");
            let document = Document::parse(&text).unwrap();
            let element = element_by_id(&document, "x").unwrap();
            assert_eq!(element.tag_name().name(), "b", "{attribute}");
        }
        let text = format!("<a xmlns:u='{SECURITY_UTILITY}'><b u:Id='x'/></a>");
        assert!(element_by_id(&Document::parse(&text).unwrap(), "x").is_ok());
    }

    #[test]
    fn an_id_that_stands_nowhere_or_twice_names_nothing() {
        let reason = |text: &str| element_by_id(&Document::parse(text).unwrap(), "x").err();
        assert_eq!(reason("<a Name='x' y='x'/>"), Some(Reason::XmlWrongReference));
        assert_eq!(reason("<a><b Id='x'/><c ID='x'/></a>"), Some(Reason::XmlDuplicateId));
        assert_eq!(reason("<a><b Id='x' xml:id='x'/></a>"), Some(Reason::XmlDuplicateId));
        assert_eq!(reason("<a><b Id='x'/><c AssertionID='x'/></a>"), Some(Reason::XmlDuplicateId));
        assert_eq!(reason("<a><b Id='x'/><c xml:id=' x&#10;'/></a>"), Some(Reason::XmlDuplicateId));
        let other = "<a xmlns:o='u:o'><b Id='x'/><c o:id='x'/></a>";
        assert_eq!(reason(other), Some(Reason::XmlDuplicateId));
        assert_eq!(reason("<a><b AssertionID='x'/></a>"), Some(Reason::XmlWrongReference));
        assert_eq!(reason("<a><b Id=' x'/></a>"), Some(Reason::XmlWrongReference));
    }
}
