//! Elements read in the order a schema lists them: what is missing, out of place or unknown makes the whole unfit.
//!
//! An error names the element that was looked for and never what stood there.

use domain::{ASTANA_OFFSET, astana_time};
use jiff::Timestamp;
use jiff::civil::DateTime;
use roxmltree::{Document, Node, ParsingOptions};

const NODES_MAX: u32 = 50_000;

/// Not as the schema says: at this element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit(
    /// Name of the element.
    pub &'static str,
);

/// The tree of text that was signed, and so passed the bounds of signed documents.
///
/// # Errors
/// [`Unfit`].
pub fn parse(text: &str) -> Result<Document<'_>, Unfit> {
    let options = ParsingOptions { nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|_| Unfit("document"))
}

/// The children of an element, taken one by one in their order.
pub struct Children<'a, 'input> {
    rest: Vec<Node<'a, 'input>>,
    /// Namespace of the children; none for unqualified ones.
    namespace: Option<&'static str>,
}

impl<'a, 'input> Children<'a, 'input> {
    /// Of an element that may hold elements only.
    ///
    /// # Errors
    /// [`Unfit`] where there is text too.
    pub fn of(parent: Node<'a, 'input>, namespace: Option<&'static str>) -> Result<Self, Unfit> {
        let is_stray = |node: &Node<'_, '_>| {
            node.is_text() && !node.text().unwrap_or_default().trim().is_empty()
        };
        if parent.children().any(|node| is_stray(&node)) {
            return Err(Unfit("text between elements"));
        }
        let mut rest: Vec<_> = parent.children().filter(Node::is_element).collect();
        rest.reverse();
        Ok(Self { rest, namespace })
    }

    /// The next element if it is of this name.
    pub fn optional(&mut self, name: &str) -> Option<Node<'a, 'input>> {
        let next = self.rest.last()?;
        let is_it = next.tag_name().name() == name && next.tag_name().namespace() == self.namespace;
        if is_it { self.rest.pop() } else { None }
    }

    /// The next element, which must be of this name.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn element(&mut self, name: &'static str) -> Result<Node<'a, 'input>, Unfit> {
        self.optional(name).ok_or(Unfit(name))
    }

    /// The text of the next element, which must be of this name.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn text(&mut self, name: &'static str) -> Result<String, Unfit> {
        text_of(self.element(name)?, name)
    }

    /// The text of the next element if it is of this name.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn optional_text(&mut self, name: &'static str) -> Result<Option<String>, Unfit> {
        self.optional(name).map(|node| text_of(node, name)).transpose()
    }

    /// Nothing more may follow.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn end(self) -> Result<(), Unfit> {
        if self.rest.is_empty() { Ok(()) } else { Err(Unfit("an element too many")) }
    }
}

/// The text of an element that may hold text only.
fn text_of(node: Node<'_, '_>, name: &'static str) -> Result<String, Unfit> {
    if node.children().any(|child| child.is_element()) {
        return Err(Unfit(name));
    }
    Ok(node.children().filter_map(|child| child.text()).collect())
}

/// A moment as messages have it: by the clocks of Kazakhstan, with its zone.
#[must_use]
pub fn written(moment: Timestamp) -> String {
    astana_time(moment).strftime("%Y-%m-%dT%H:%M:%S%.3f+05:00").to_string()
}

/// An `xs:dateTime`; where it has no zone, the clocks of Kazakhstan are meant.
pub fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let is_of_shape = text.char_indices().all(|(place, character)| match place {
        4 | 7 => character == '-',
        10 => character == 'T',
        13 | 16 => character == ':',
        ..19 => character.is_ascii_digit(),
        _ => character.is_ascii_digit() || "+-:.Z".contains(character),
    });
    if !is_of_shape || text.len() < 19 {
        return None;
    }
    let with_zone = text.parse::<Timestamp>();
    with_zone.ok().or_else(|| ASTANA_OFFSET.to_timestamp(text.parse::<DateTime>().ok()?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_and_without_a_zone_and_nothing_else_is() {
        for text in [
            "2026-11-23T15:10:05+05:00",
            " 2026-11-23T10:10:05.000Z\n",
            "2026-11-23T15:10:05",
            "2026-11-23T15:10:05.0000000",
        ] {
            assert_eq!(moment(text), "2026-11-23T10:10:05Z".parse().ok(), "{text}");
        }
        for text in [
            "",
            "2026-11-23",
            "2026-11-23 15:10:05",
            "2026-11-23T15:10",
            "2026-11-23T15:10:05+05:00[Asia/Almaty]",
            "2026-13-23T15:10:05",
            "23.11.2026 15:10:05",
            "2026-11-23T15:10:05 05",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn elements_are_taken_in_their_order_and_nothing_may_be_left() {
        let document = parse("<a><b>1</b><d><e/></d></a>").unwrap();
        let children = || Children::of(document.root_element(), None).unwrap();
        let mut all = children();
        assert_eq!(all.text("b").unwrap(), "1");
        assert_eq!(all.optional_text("c").unwrap(), None);
        assert_eq!(all.text("d"), Err(Unfit("d")), "an element is no text");
        assert_eq!(children().text("d"), Err(Unfit("d")), "out of place");
        assert_eq!(children().end(), Err(Unfit("an element too many")));
        let document = parse("<a>x<b/></a>").unwrap();
        assert!(Children::of(document.root_element(), None).is_err());
        let document = parse("<a xmlns='u:1'><b/></a>").unwrap();
        let mut qualified = Children::of(document.root_element(), None).unwrap();
        assert_eq!(qualified.element("b").err(), Some(Unfit("b")));
    }
}
