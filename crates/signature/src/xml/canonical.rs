//! The canonical form: Canonical XML 1.0 and Exclusive XML Canonicalization 1.0, each with and without comments, of a
//! whole document or of one element. Knows no signature. Read next: `signature.rs`.

use roxmltree::{Document, Node, NodeId, NodeType};

use super::document::{XML_NAMESPACE, attribute_name, element_name, parse, prefix_of};
use super::references::element_by_id;
use super::text::text_of;
use crate::verdict::Reason;

/// Largest canonical form, in bytes: declarations repeated at each element may make it larger than what came in.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// How something is brought into canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canonicalization {
    /// By which rules.
    pub form: Form,
    /// Whether comments belong to it.
    pub comments: Comments,
}

/// The rules of a canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Canonical XML 1.0: an element brings along every namespace known at its place.
    Inclusive,
    /// Exclusive XML Canonicalization 1.0: only namespaces in use, and those of these prefixes (`""`: the default one).
    Exclusive(Vec<String>),
}

/// What becomes of comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comments {
    /// They stay.
    Kept,
    /// They are left out.
    Left,
}

/// Which part of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// All of it.
    Whole,
    /// The element with this Id.
    Element(&'a str),
}

/// The canonical form of a part of a document.
///
/// # Errors
/// [`Reason`] why there is none.
pub fn canonical_form(
    input: &[u8],
    part: Part<'_>,
    canonicalization: &Canonicalization,
) -> Result<Vec<u8>, Reason> {
    let text = text_of(input)?;
    let document = parse(&text)?;
    let subset = match part {
        Part::Whole => Subset::whole(&document),
        Part::Element(id) => Subset::element(element_by_id(&document, id)?),
    };
    written(subset, canonicalization)
}

/// What is written: a node with everything under it, but for one element.
#[derive(Clone, Copy)]
pub(crate) struct Subset<'a, 'input> {
    apex: Node<'a, 'input>,
    without: Option<NodeId>,
}

impl<'a, 'input> Subset<'a, 'input> {
    pub(crate) fn whole(document: &'a Document<'input>) -> Self {
        Self { apex: document.root(), without: None }
    }

    pub(crate) fn element(apex: Node<'a, 'input>) -> Self {
        Self { apex, without: None }
    }

    pub(crate) fn without(self, element: Node<'_, '_>) -> Self {
        Self { without: Some(element.id()), ..self }
    }
}

/// Writes the canonical form.
pub(crate) fn written(
    subset: Subset<'_, '_>,
    canonicalization: &Canonicalization,
) -> Result<Vec<u8>, Reason> {
    let without = subset.without;
    let mut writer = Writer { canonicalization, without, out: String::new(), declared: Vec::new() };
    if subset.apex.is_root() {
        writer.document(subset.apex)?;
    } else {
        let inherited = match canonicalization.form {
            Form::Inclusive => inherited(subset.apex),
            Form::Exclusive(_) => Vec::new(),
        };
        writer.element(subset.apex, inherited)?;
    }
    Ok(writer.out.into_bytes())
}

struct Writer<'a> {
    canonicalization: &'a Canonicalization,
    without: Option<NodeId>,
    out: String,
    /// What prefixes mean in what is written, at this place: each once, however often it was declared further out, so that
    /// there are never more than one element may know.
    declared: Vec<(&'a str, &'a str)>,
}

/// An attribute; the order of its parts is the order of attributes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Attribute<'a> {
    namespace: &'a str,
    local: &'a str,
    name: String,
    value: &'a str,
}

impl<'a> Writer<'a> {
    /// Comments and instructions beside the document element stand on lines of their own.
    fn document(&mut self, root: Node<'a, '_>) -> Result<(), Reason> {
        let mut is_after = false;
        for child in root.children() {
            if child.is_element() {
                self.node(child)?;
                is_after = true;
            } else if !self.is_left_out(child) {
                self.out.push_str(if is_after { "\n" } else { "" });
                self.node(child)?;
                self.out.push_str(if is_after { "" } else { "\n" });
            }
        }
        Ok(())
    }

    fn is_left_out(&self, node: Node<'_, '_>) -> bool {
        let without_comments = self.canonicalization.comments == Comments::Left;
        self.without == Some(node.id()) || (node.is_comment() && without_comments)
    }

    fn node(&mut self, node: Node<'a, '_>) -> Result<(), Reason> {
        if self.is_left_out(node) {
            return Ok(());
        }
        match node.node_type() {
            NodeType::Element => return self.element(node, Vec::new()),
            NodeType::Text => self.text(node.text().unwrap_or_default()),
            NodeType::Comment => self.put(&["<!--", node.text().unwrap_or_default(), "-->"]),
            NodeType::PI => {
                if let Some(instruction) = node.pi() {
                    let value = instruction.value.unwrap_or_default();
                    let space = if value.is_empty() { "" } else { " " };
                    self.put(&["<?", instruction.target, space, value, "?>"]);
                }
            }
            NodeType::Root => {}
        }
        Ok(())
    }

    fn put(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.out.push_str(part));
    }

    /// Calls itself for elements within; how deep that goes is bounded by `limits.rs`.
    fn element(
        &mut self,
        node: Node<'a, '_>,
        mut attributes: Vec<Attribute<'a>>,
    ) -> Result<(), Reason> {
        let name = element_name(node);
        self.put(&["<", name]);
        let new = self.new_namespaces(node);
        let outer = (!new.is_empty()).then(|| self.declared.clone());
        for (prefix, uri) in new {
            let colon = if prefix.is_empty() { "" } else { ":" };
            self.attribute(&["xmlns", colon, prefix], uri);
            self.declared.retain(|(one, _)| *one != prefix);
            self.declared.push((prefix, uri));
        }
        attributes.extend(node.attributes().map(|one| Attribute {
            namespace: one.namespace().unwrap_or_default(),
            local: one.name(),
            name: attribute_name(node, one).to_owned(),
            value: one.value(),
        }));
        attributes.sort();
        attributes.iter().for_each(|one| self.attribute(&[&one.name], one.value));
        self.put(&[">"]);
        if self.out.len() > BYTES_MAX {
            return Err(Reason::TooLarge);
        }
        node.children().try_for_each(|child| self.node(child))?;
        self.put(&["</", name, ">"]);
        if let Some(outer) = outer {
            self.declared = outer;
        }
        Ok(())
    }

    /// What must be declared here because it is not, or differently, further out in what is written.
    fn new_namespaces(&self, node: Node<'a, '_>) -> Vec<(&'a str, &'a str)> {
        let known = node.namespaces().map(|one| (one.name().unwrap_or_default(), one.uri()));
        let wanted: Vec<_> = match &self.canonicalization.form {
            Form::Inclusive => known.collect(),
            Form::Exclusive(prefixes) => {
                let used = prefixes_in_use(node);
                known
                    .filter(|(prefix, _)| {
                        used.contains(prefix) || prefixes.iter().any(|one| one == prefix)
                    })
                    .collect()
            }
        };
        let mut new: Vec<_> =
            wanted.into_iter().filter(|(prefix, uri)| self.declared_as(prefix) != *uri).collect();
        new.sort_unstable();
        new
    }

    /// Empty where nothing is declared, which for the default namespace is the same as the empty one.
    fn declared_as(&self, prefix: &str) -> &str {
        let mut declared = self.declared.iter();
        declared.find(|(one, _)| *one == prefix).map_or("", |(_, uri)| uri)
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '\r' => self.out.push_str("&#xD;"),
                _ => self.out.push(c),
            }
        }
    }

    fn attribute(&mut self, name: &[&str], value: &str) {
        self.out.push(' ');
        self.put(name);
        self.out.push_str("=\"");
        for c in value.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '"' => self.out.push_str("&quot;"),
                '\t' => self.out.push_str("&#x9;"),
                '\n' => self.out.push_str("&#xA;"),
                '\r' => self.out.push_str("&#xD;"),
                _ => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

/// Prefixes an element and its attributes use; an attribute without one is in no namespace.
fn prefixes_in_use<'input>(node: Node<'_, 'input>) -> Vec<&'input str> {
    let attributes = node.attributes().map(|one| prefix_of(attribute_name(node, one)));
    let mut used: Vec<_> = attributes.filter(|prefix| !prefix.is_empty()).collect();
    used.push(prefix_of(element_name(node)));
    used
}

/// `xml:` attributes of the elements around, the nearest of each name: Canonical XML 1.0 gives them to an element that is
/// taken out of its surroundings (section 2.4).
fn inherited<'a>(apex: Node<'a, '_>) -> Vec<Attribute<'a>> {
    let mut found: Vec<Attribute<'a>> = Vec::new();
    for attribute in apex.ancestors().skip(1).flat_map(|one| one.attributes()) {
        let local = attribute.name();
        let is_own = apex.has_attribute((XML_NAMESPACE, local));
        let is_new = !is_own && found.iter().all(|one| one.local != local);
        if attribute.namespace() == Some(XML_NAMESPACE) && is_new {
            let name = format!("xml:{local}");
            found.push(Attribute {
                namespace: XML_NAMESPACE,
                local,
                name,
                value: attribute.value(),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const INCLUSIVE: Canonicalization =
        Canonicalization { form: Form::Inclusive, comments: Comments::Kept };

    #[test]
    fn a_form_larger_than_the_bound_is_refused() {
        let uri = "x".repeat(100_000);
        let input = format!("<a xmlns:b='u:{uri}'>{}</a>", "<b:c/>".repeat(1_000));
        let form = Form::Exclusive(Vec::new());
        let exclusive = Canonicalization { form, comments: Comments::Left };
        let whole = |how| canonical_form(input.as_bytes(), Part::Whole, how);
        assert_eq!(whole(&exclusive), Err(Reason::TooLarge));
        assert!(whole(&INCLUSIVE).is_ok());
    }

    #[test]
    fn an_element_taken_out_brings_along_what_is_known_around_it() {
        let input = b"<a xmlns='u:1' xmlns:b='u:2' xml:lang='kk' xml:space='default'>\
            <c xml:lang='ru' b:e='1' Id='x'><d xmlns=''/></c></a>";
        let form = canonical_form(input, Part::Element("x"), &INCLUSIVE).unwrap();
        let expected = "<c xmlns=\"u:1\" xmlns:b=\"u:2\" Id=\"x\" xml:lang=\"ru\" \
            xml:space=\"default\" b:e=\"1\"><d xmlns=\"\"></d></c>";
        assert_eq!(String::from_utf8(form).unwrap(), expected);
    }
}
