//! Documents of every kind a canonical form must get right: namespaces nested, redeclared and taken back, attributes that
//! sort by namespace, `xml:` attributes, every escape and line end, comments, instructions, text outside the root.

use std::collections::BTreeMap;
use std::fmt::Write;

use proptest::prelude::*;
use proptest::sample::select;

/// A document with one element whose Id is `target`, and prefixes for the exclusive form's list.
#[derive(Clone, Debug)]
pub struct Generated {
    pub xml: String,
    pub prefixes: Vec<&'static str>,
}

#[derive(Clone, Debug)]
struct Element {
    /// Prefix (empty: the default) and place of its namespace.
    declarations: Vec<(&'static str, usize)>,
    prefix: usize,
    local: &'static str,
    attributes: Vec<(usize, &'static str, Vec<&'static str>)>,
    xml_attributes: Vec<(&'static str, &'static str)>,
    quote: char,
    children: Vec<Child>,
}

#[derive(Clone, Debug)]
enum Child {
    Element(Element),
    /// Anything that stands as it is.
    Raw(String),
}

const PREFIXES: [&str; 5] = ["", "a", "b", "z", "ж"];
/// None with `&`: libxml2 writes that in a namespace as it is, which is no XML any more.
const URIS: [&str; 6] = ["urn:a", "urn:b", "http://example.kz/c", "urn:a+b", "URN:A", "urn:x:y"];
const LOCALS: [&str; 6] = ["a", "B", "c-1", "_d", "өтініш", "é"];
const PIECES: [&str; 22] = [
    "text",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "&lt;",
    "&gt;",
    "&amp;",
    "&#13;",
    "&#9;",
    "&#10;",
    "&#x41;",
    "&quot;",
    "&apos;",
    "қ",
    "𝒳",
    ">",
    "]]&gt;",
    "&#xD;&#xA;",
    "&#1178;",
    "\r\r\n\n",
];

fn joined(pieces: &'static [&'static str], length: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(select(pieces.to_vec()), 0..length).prop_map(|parts| parts.concat())
}

fn comment() -> impl Strategy<Value = String> {
    joined(&["x", " ", "<a>", "&", "\r\n", "\r", "\"", "]]>", "қ"], 5)
        .prop_map(|text| format!("<!--{text}-->"))
}

fn instruction() -> impl Strategy<Value = String> {
    let text = joined(&["x", " ", "<a>", "&amp;", "\r\n", "=\"1\"", "қ", "\t"], 5);
    (select(vec!["p", "xml-style", "ж"]), text).prop_map(|(target, text)| {
        if text.is_empty() { format!("<?{target}?>") } else { format!("<?{target} {text}?>") }
    })
}

fn raw() -> impl Strategy<Value = Child> {
    let cdata = joined(&["<b>", "&amp;", "\r\n", "\r", "]", "қ", "\t"], 5)
        .prop_map(|text| format!("<![CDATA[{text}]]>"));
    prop_oneof![3 => joined(&PIECES, 6), 1 => comment(), 1 => instruction(), 1 => cdata]
        .prop_map(Child::Raw)
}

fn start() -> impl Strategy<Value = Element> {
    let value = prop::collection::vec(select(PIECES.to_vec()), 0..5);
    let attribute = (0..8usize, select(LOCALS.to_vec()), value);
    let xml = (select(vec!["lang", "space", "base"]), select(vec!["kk", "default", "", "urn:b"]));
    (
        prop::collection::vec((select(PREFIXES.to_vec()), 0..URIS.len() + 2), 0..4),
        0..8usize,
        select(LOCALS.to_vec()),
        prop::collection::vec(attribute, 0..5),
        prop::collection::vec(xml, 0..2),
        select(vec!['"', '\'']),
    )
        .prop_map(|(declarations, prefix, local, attributes, xml_attributes, quote)| Element {
            declarations,
            prefix,
            local,
            attributes,
            xml_attributes,
            quote,
            children: Vec::new(),
        })
}

fn element() -> impl Strategy<Value = Element> {
    start().prop_recursive(5, 40, 4, |inner| {
        let child = prop_oneof![2 => inner.prop_map(Child::Element), 1 => raw()];
        (start(), prop::collection::vec(child, 0..5))
            .prop_map(|(element, children)| Element { children, ..element })
    })
}

fn beside() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        comment(),
        instruction(),
        select(vec!["\n", "\r\n ", ""]).prop_map(String::from)
    ];
    prop::collection::vec(one, 0..4).prop_map(|all| all.concat())
}

/// Any document.
pub fn document() -> impl Strategy<Value = Generated> {
    let declaration = select(vec![
        "",
        "<?xml version=\"1.0\"?>",
        "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\r\n",
    ]);
    let prefixes = prop::collection::vec(select(PREFIXES.to_vec()), 0..3);
    (declaration, beside(), element(), beside(), 0..12usize, prefixes).prop_map(
        |(declaration, before, root, after, target, prefixes)| {
            let mut writer = Writer { out: String::new(), target, seen: 0 };
            let count = root.count();
            writer.target = target % count;
            writer.element(&root, &BTreeMap::new());
            let xml = [declaration, &before, &writer.out, &after].concat();
            Generated { xml, prefixes }
        },
    )
}

/// A message whose Body is `target`: namespaces declared around, on the Body and within it, used or not, also the same
/// prefix with several meanings.
pub fn message() -> impl Strategy<Value = Generated> {
    let around = |prefixes: &[&'static str]| {
        let namespaces = [URIS.as_slice(), &["http://www.w3.org/2001/XMLSchema"]].concat();
        let one = (select(prefixes.to_vec()), select(namespaces));
        prop::collection::btree_map(one.0, one.1, 0..3).prop_map(|all| {
            let one = |(prefix, uri): (&str, &str)| match prefix {
                "" => format!(" xmlns='{uri}'"),
                _ => format!(" xmlns:{prefix}='{uri}'"),
            };
            all.into_iter().map(one).collect::<String>()
        })
    };
    let versions =
        ["http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"];
    let space = select(vec!["", "\n", "\r\n  "]);
    let prefixes = prop::collection::vec(select(vec!["", "a", "S", "xs", "wsu"]), 0..3);
    let shell = (select(versions.to_vec()), space, around(&["", "a", "b", "xs"]));
    (shell, around(&["", "a", "z", "wsu"]), element(), prefixes).prop_map(
        |((soap, space, declared), on_body, inside, prefixes)| {
            let mut writer = Writer { out: String::new(), target: usize::MAX, seen: 0 };
            writer.element(&inside, &BTreeMap::new());
            let inside = writer.out;
            let xml = format!(
                "<S:Envelope xmlns:S='{soap}'{declared} xml:lang='kk'>{space}<S:Header/>{space}\
                <S:Body{on_body} Id='target' S:a='1'>{space}{inside}</S:Body></S:Envelope>"
            );
            Generated { xml, prefixes }
        },
    )
}

impl Element {
    fn count(&self) -> usize {
        let inside = self.children.iter().map(|child| match child {
            Child::Element(element) => element.count(),
            Child::Raw(_) => 0,
        });
        1 + inside.sum::<usize>()
    }
}

struct Writer {
    out: String,
    target: usize,
    seen: usize,
}

impl Writer {
    fn element(&mut self, element: &Element, around: &BTreeMap<&'static str, &'static str>) {
        let mut known = around.clone();
        let mut own = BTreeMap::new();
        for (prefix, uri) in &element.declarations {
            // A place behind the last takes the default namespace back; other prefixes cannot be taken back.
            let uri = URIS.get(*uri).copied().or(prefix.is_empty().then_some(""));
            own.extend(uri.map(|uri| (*prefix, uri)));
        }
        known.extend(&own);
        let named = |number: usize| known.keys().copied().nth(number).unwrap_or_default();
        let prefix = named(element.prefix);
        let colon = if prefix.is_empty() { "" } else { ":" };
        let name = format!("{prefix}{colon}{}", element.local);
        write!(self.out, "<{name}").unwrap();
        let quote = element.quote;
        for (prefix, uri) in own.iter().rev() {
            let colon = if prefix.is_empty() { "" } else { ":" };
            write!(self.out, "\r\n xmlns{colon}{prefix} = {quote}{uri}{quote}").unwrap();
        }
        let mut names = vec![("".to_owned(), "Id")];
        for (prefix, local, pieces) in &element.attributes {
            let prefix = named(*prefix);
            let uri = if prefix.is_empty() { "" } else { known[prefix] };
            if names.contains(&(uri.to_owned(), *local)) {
                continue;
            }
            names.push((uri.to_owned(), *local));
            let colon = if prefix.is_empty() { "" } else { ":" };
            let value = pieces.concat();
            write!(self.out, " {prefix}{colon}{local}={quote}{value}{quote}").unwrap();
        }
        let xml: BTreeMap<_, _> = element.xml_attributes.iter().copied().collect();
        for (local, value) in xml {
            write!(self.out, "\txml:{local}={quote}{value}{quote}").unwrap();
        }
        if self.seen == self.target {
            self.out.push_str(" Id='target'");
        }
        self.seen += 1;
        if element.children.is_empty() {
            self.out.push_str(" />");
            return;
        }
        self.out.push('>');
        for child in &element.children {
            match child {
                Child::Element(element) => self.element(element, &known),
                Child::Raw(text) => self.out.push_str(text),
            }
        }
        write!(self.out, "</{name}\n>").unwrap();
    }
}
