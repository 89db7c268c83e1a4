//! The description of the API is the doors as they are, with who may come through each.

use std::collections::BTreeSet;

use portal::{Door, Who};
use serde_json::{Value, json};

use crate::world::World;
use crate::{Api, URL};

fn doors(api: &Api) -> Vec<Door> {
    let all = portal::doors(api.world.service.clone(), World::config(URL));
    all.into_iter().filter(|door| door.path.starts_with("/api/v1/")).collect()
}

/// Which token an operation asks for.
fn security(who: Who) -> Value {
    match who {
        Who::Anybody => Value::Null,
        Who::ApiClient => json!([{ "bearer": [] }]),
        Who::Monitoring => json!([{ "monitoring": [] }]),
        Who::ContactCentre => json!([{ "contact_centre": [] }]),
        other => panic!("{} has no business at the API", other.code()),
    }
}

#[tokio::test]
async fn the_description_has_every_door_of_the_api_and_no_other() {
    let api = Api::new();
    let description: Value = api.server.get("/api/openapi.json").await.json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let doors = doors(&api);
    let real: BTreeSet<(String, String)> =
        doors.iter().map(|door| (door.path.clone(), door.method.to_lowercase())).collect();
    let mut told = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        let methods =
            item.as_object().unwrap().iter().filter(|(_, one)| one["responses"].is_object());
        told.extend(methods.map(|(method, _)| (path.clone(), method.clone())));
    }
    let (missing, outdated): (Vec<_>, Vec<_>) =
        (real.difference(&told).collect(), told.difference(&real).collect());
    assert!(missing.is_empty() && outdated.is_empty(), "missing: {missing:?}, none: {outdated:?}");
    for door in &doors {
        let operation = &description["paths"][&door.path][door.method.to_lowercase()];
        let told = format!("{} {}", door.method, door.path);
        assert_eq!(operation["security"], security(door.who), "{told}");
        let answers = operation["responses"].as_object().unwrap();
        assert!(answers.len() > 1, "{told}");
        assert_eq!(answers.contains_key("401"), door.who != Who::Anybody, "{told}");
        let named: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|one| one["in"] == "path")
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        let parts = door.path.split('/').filter_map(|part| part.strip_prefix('{'));
        let of_address: BTreeSet<&str> = parts.map(|part| part.trim_end_matches('}')).collect();
        assert_eq!(named, of_address, "{told}");
    }
}

#[tokio::test]
async fn every_reference_of_the_description_leads_somewhere() {
    let api = Api::new();
    let description: Value = api.server.get("/api/openapi.json").await.json();
    for scheme in ["bearer", "monitoring", "contact_centre"] {
        let scheme = &description["components"]["securitySchemes"][scheme];
        assert_eq!(scheme["scheme"], "bearer");
    }
    let text = description.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(description["components"]["schemas"][name].is_object(), "{name}");
    }
}
