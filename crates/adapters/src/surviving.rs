//! Foreign bytes into the parsers of this crate: the measuring is shared with the tests of `signature`.

#![allow(
    missing_docs,
    dead_code,
    clippy::print_stderr,
    reason = "a part of tests, of which each crate uses its own; they say what they measured"
)]

#[path = "../../signature/tests/survive/inputs.rs"]
mod inputs;
#[path = "../../signature/tests/survive/measure.rs"]
mod measure;

use measure::{Parser, survive, wanted};

/// Inputs of each parser where nobody asks for more.
const FEW: u64 = 400;

/// Requires a parser of texts to survive.
pub(crate) fn survives_texts(
    name: &'static str,
    samples: &[&str],
    corpus: &str,
    parse: impl Fn(&str),
) {
    let samples = samples.iter().map(|text| text.as_bytes().to_vec()).collect();
    survives(name, samples, corpus, |input| {
        if let Ok(text) = std::str::from_utf8(input) {
            parse(text);
        }
    });
}

/// Requires a parser to survive.
pub(crate) fn survives(
    name: &'static str,
    samples: Vec<Vec<u8>>,
    corpus: &str,
    parse: impl Fn(&[u8]),
) {
    survive(&Parser::new(name, samples, parse).with_corpus(corpus), wanted(FEW));
}
