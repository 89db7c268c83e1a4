//! The published schema and the attached facts agree.

#![allow(clippy::unwrap_used, reason = "tests")]

mod samples;

use certificate::{FACTS_SCHEMA, facts_json};
use serde_json::Value;

fn schema() -> jsonschema::Validator {
    jsonschema::options()
        .should_validate_formats(true)
        .build(&serde_json::from_str(FACTS_SCHEMA).unwrap())
        .unwrap()
}

#[test]
fn every_document_s_facts_satisfy_the_published_schema() {
    let schema = schema();
    for (name, content) in samples::all() {
        let facts: Value = serde_json::from_slice(&facts_json(&content)).unwrap();
        let faults: Vec<String> =
            schema.iter_errors(&facts).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
    }
}

#[test]
fn a_fact_missing_unknown_or_of_another_kind_does_not_satisfy_it() {
    let schema = schema();
    for (_, content) in samples::all() {
        let facts: Value = serde_json::from_slice(&facts_json(&content)).unwrap();
        for name in facts.as_object().unwrap().keys() {
            let mut without = facts.clone();
            without.as_object_mut().unwrap().remove(name);
            // Documents from before forms had versions do not name one.
            assert_eq!(schema.is_valid(&without), name == "form_version", "{name}");
            let mut strange = facts.clone();
            strange.as_object_mut().unwrap().insert(name.clone(), Value::from(7.5));
            assert!(!schema.is_valid(&strange), "{name} may be anything");
        }
        let mut more = facts;
        more.as_object_mut().unwrap().insert("reason_of_end".to_owned(), Value::from("x"));
        assert!(!schema.is_valid(&more));
    }
}
