//! Canonical forms against lxml, which is libxml2's own: the same bytes for hundreds of generated documents.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use signature::Reason;
use signature::xml::{Canonicalization, Comments, Form, Part, canonical_form};

use crate::faults::form;
use crate::generate::{Generated, document, message};
use crate::tools::{python_with_lxml, skip};

const DOCUMENTS: usize = 600;

/// In the order of `canonical.py`.
fn forms(prefixes: &[&str]) -> [Canonicalization; 5] {
    let named = prefixes.iter().map(|one| (*one).to_owned()).collect();
    [
        form(Form::Inclusive, Comments::Left),
        form(Form::Inclusive, Comments::Kept),
        form(Form::Exclusive(Vec::new()), Comments::Left),
        form(Form::Exclusive(Vec::new()), Comments::Kept),
        form(Form::Exclusive(named), Comments::Left),
    ]
}

fn ours(one: &Generated) -> String {
    let forms = forms(&one.prefixes);
    let written = forms.iter().flat_map(|how| {
        [Part::Whole, Part::Element("target")].map(|part| {
            let form = canonical_form(one.xml.as_bytes(), part, how);
            hex::encode(form.unwrap_or_else(|reason| panic!("{reason}: {}", one.xml)))
        })
    });
    written.collect::<Vec<_>>().join(" ")
}

fn line(one: &Generated) -> String {
    let prefixes = one.prefixes.iter().map(|one| if one.is_empty() { "#default" } else { one });
    let words = [one.xml.as_str()].into_iter().chain(prefixes).map(hex::encode);
    words.collect::<Vec<_>>().join(" ") + "\n"
}

#[test]
fn canonical_forms_are_those_of_lxml() {
    let documents = generated(document());
    if compare_with_lxml(&documents) {
        assert_varied(&documents);
    }
}

/// Of messages above all the Body is taken out, as signing and judging do.
#[test]
fn canonical_forms_of_messages_are_those_of_lxml() {
    compare_with_lxml(&generated(message()));
}

fn generated(any: impl Strategy<Value = Generated>) -> Vec<Generated> {
    let mut runner = TestRunner::deterministic();
    (0..DOCUMENTS).map(|_| any.new_tree(&mut runner).unwrap().current()).collect()
}

/// Whether there is an lxml to compare with.
fn compare_with_lxml(documents: &[Generated]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let Some(python) = python_with_lxml(folder.path()) else {
        skip("lxml (ANYQTAMA_PYTHON names a Python that has it)");
        return false;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/xml/canonical.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: String = documents.iter().map(line).collect();
    let mut input = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success());
    let theirs = String::from_utf8(output.stdout).unwrap();
    assert_eq!(theirs.lines().count(), documents.len());
    for (one, theirs) in documents.iter().zip(theirs.lines()) {
        compare(one, theirs);
    }
    true
}

fn compare(one: &Generated, theirs: &str) {
    let text = |hex: &str| String::from_utf8(hex::decode(hex).unwrap()).unwrap();
    let ours = ours(one);
    for (place, (ours, theirs)) in ours.split(' ').zip(theirs.split(' ')).enumerate() {
        assert_eq!(text(ours), text(theirs), "form {place} of {}", one.xml);
    }
    assert_eq!(ours.split(' ').count(), theirs.split(' ').count());
}

/// What the comparison is for does occur, and often.
fn assert_varied(documents: &[Generated]) {
    let with = |part: &str| documents.iter().filter(|one| one.xml.contains(part)).count();
    for part in [
        "xmlns = \"\"",
        "xmlns = \"urn:a\"",
        "xmlns:a = ",
        "xml:lang=",
        "<!--",
        "<?p",
        "CDATA",
        "&#13;",
        "\r\n",
        "\r\r\n",
        "&#9;",
        "&quot;",
        "]]&gt;",
        " />",
    ] {
        assert!(with(part) > 20, "{part:?} stands in {} documents", with(part));
    }
    let deep = documents.iter().filter(|one| one.xml.matches("xmlns").count() > 4).count();
    assert!(deep > 50, "{deep}");
}

/// What is written canonically is its own canonical form.
#[test]
fn a_canonical_form_stays_as_it_is() {
    let mut runner = TestRunner::deterministic();
    let any = document();
    for _ in 0..100 {
        let one = any.new_tree(&mut runner).unwrap().current();
        for how in forms(&one.prefixes) {
            let first = canonical_form(one.xml.as_bytes(), Part::Whole, &how).unwrap();
            assert_eq!(canonical_form(&first, Part::Whole, &how).as_deref(), Ok(&first[..]));
        }
    }
}

/// As in attributes; lxml cannot be asked, see `generate.rs`.
#[test]
fn namespaces_are_escaped_too() {
    let [how, ..] = forms(&[]);
    let form = canonical_form(b"<a xmlns='u:&amp;\"&lt;'/>", Part::Whole, &how).unwrap();
    assert_eq!(form, b"<a xmlns=\"u:&amp;&quot;&lt;\"></a>");
}

#[test]
fn an_element_nobody_named_has_no_form() {
    let [how, ..] = forms(&[]);
    let form = canonical_form(b"<a Id='x'/>", Part::Element("y"), &how);
    assert_eq!(form, Err(Reason::XmlWrongReference));
}
