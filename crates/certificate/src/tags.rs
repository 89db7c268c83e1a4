//! The logical structure of a document: what is a heading, a list, a table, and in which language.
//!
//! It is kept apart from the order of drawing, so that a reader aloud hears a whole section in Kazakh and then in
//! Russian, though the two stand side by side. A leaf is a text; it may be drawn in parts on two pages.

use std::num::NonZeroU16;

use domain::Language;
use krilla::tagging::{
    Identifier, ListNumbering, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};

/// Number of a text in the order of composing.
pub(crate) type Leaf = usize;

/// A node of the structure.
#[derive(Clone, Debug)]
pub(crate) enum TagNode {
    /// A heading with its level and plain text.
    Heading { level: NonZeroU16, title: String, parts: Vec<(Language, Leaf)> },
    /// A paragraph.
    Paragraph { language: Language, leaf: Leaf },
    /// An ordered list of texts.
    List { language: Language, items: Vec<Leaf> },
    /// A section in one language.
    Section { language: Language, nodes: Vec<TagNode> },
    /// Fields, one a row.
    Table(Vec<FieldTags>),
    /// A picture.
    Figure { alt: String, leaf: Leaf },
}

/// The label and the value of a field; a value of both languages has a leaf for each.
#[derive(Clone, Debug)]
pub(crate) struct FieldTags {
    pub(crate) label: Vec<(Language, Leaf)>,
    pub(crate) value: Vec<(Language, Leaf)>,
}

/// Builds the tree of a finished drawing; `drawn` has the pieces of every leaf.
pub(crate) fn tag_tree(nodes: &[TagNode], drawn: &[Vec<Identifier>]) -> TagTree {
    let mut tree = TagTree::new().with_lang(Some(Language::Kk.code().to_owned()));
    for node in nodes {
        tree.push(group_of(node, drawn));
    }
    tree
}

fn group_of(node: &TagNode, drawn: &[Vec<Identifier>]) -> TagGroup {
    match node {
        TagNode::Heading { level, title, parts } => {
            let mut group = TagGroup::new(Tag::Hn(*level, Some(title.clone())));
            push_parts(&mut group, parts, drawn);
            group
        }
        TagNode::Paragraph { language, leaf } => {
            let tag = Tag::P.with_lang(lang(*language));
            with_leaf(tag, *leaf, drawn)
        }
        TagNode::List { language, items } => {
            let tag = Tag::L(ListNumbering::Decimal).with_lang(lang(*language));
            let mut list = TagGroup::new(tag);
            for leaf in items {
                let mut item = TagGroup::new(Tag::LI);
                item.push(with_leaf(Tag::LBody, *leaf, drawn));
                list.push(item);
            }
            list
        }
        TagNode::Section { language, nodes } => {
            let mut section = TagGroup::new(Tag::Section.with_lang(lang(*language)));
            for node in nodes {
                section.push(group_of(node, drawn));
            }
            section
        }
        TagNode::Table(rows) => table_of(rows, drawn),
        TagNode::Figure { alt, leaf } => with_leaf(Tag::Figure(Some(alt.clone())), *leaf, drawn),
    }
}

fn table_of(rows: &[FieldTags], drawn: &[Vec<Identifier>]) -> TagGroup {
    let mut table = TagGroup::new(Tag::Table);
    for row in rows {
        let mut label = TagGroup::new(Tag::TH(TableHeaderScope::Row));
        push_parts(&mut label, &row.label, drawn);
        let mut value = TagGroup::new(Tag::TD);
        push_parts(&mut value, &row.value, drawn);
        let mut group = TagGroup::new(Tag::TR);
        group.push(label);
        group.push(value);
        table.push(group);
    }
    table
}

fn push_parts(group: &mut TagGroup, parts: &[(Language, Leaf)], drawn: &[Vec<Identifier>]) {
    for (language, leaf) in parts {
        group.push(with_leaf(Tag::Span.with_lang(lang(*language)), *leaf, drawn));
    }
}

fn with_leaf(tag: impl Into<TagKind>, leaf: Leaf, drawn: &[Vec<Identifier>]) -> TagGroup {
    let mut group = TagGroup::new(tag);
    for identifier in drawn.get(leaf).into_iter().flatten() {
        group.push(*identifier);
    }
    group
}

fn lang(language: Language) -> Option<String> {
    Some(language.code().to_owned())
}
