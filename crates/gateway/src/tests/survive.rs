//! What the portal of the e-government sends, changed in every way, behind a signature that was good: the gateway itself may be
//! bad. What is done with it follows what `push.rs` and `sync.rs` do.

#![allow(missing_docs, clippy::print_stderr, reason = "a test that says what it measured")]

#[path = "../../../signature/tests/survive/inputs.rs"]
mod inputs;
#[path = "../../../signature/tests/survive/measure.rs"]
mod measure;

use adapters::shep::{message_in, parse};
use measure::{Parser, survive, wanted};

use crate::form::Form;
use crate::push::request_in;
use crate::questions;

/// Inputs of each parser where nobody asks for more.
const FEW: u64 = 400;

fn samples(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[test]
fn requests_of_the_portal_survive_whatever_comes() {
    let texts = [
        include_str!("../../../../docs/shep/examples/egov-request.xml"),
        include_str!("../../../../docs/shep/examples/async-send-message.xml"),
        include_str!("../../../../docs/shep/examples/async-status-changed.xml"),
    ];
    let parser = Parser::new("egov portal, requests", samples(&texts), |input| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        let Ok(document) = parse(text) else { return };
        let Ok(request) = request_in(document.root_element()) else { return };
        if let Ok((_, data)) = message_in(request) {
            let _ = Form::read(data);
        }
    });
    survive(&parser.with_corpus("soap"), wanted(FEW));
}

#[test]
fn questions_of_the_portal_survive_whatever_comes() {
    let texts = [
        include_str!("../../../../docs/shep/examples/egov-draft-question.xml"),
        include_str!("../../../../docs/shep/examples/egov-state-question.xml"),
    ];
    let parser = Parser::new("egov portal, questions", samples(&texts), |input| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        let Ok(document) = parse(text) else { return };
        for data in document.descendants().filter(|node| node.tag_name().name() == "data").take(5) {
            let _ = questions::draft(data);
            let _ = questions::state(data);
        }
    });
    survive(&parser.with_corpus("soap"), wanted(FEW));
}
