//! The application before a small site of its own, and its strictness about what a site says.

use std::sync::Mutex;

use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use serde_json::{Value, json};

use super::*;
use crate::authority::DemoFolder;
use crate::authority::tests::{now, random};
use crate::people::population;

fn invitation() -> Value {
    json!({
        "description": "x",
        "expiry_date": "2022-09-29T16:21:37.06+0600",
        "organisation": {
            "nameRu": "x", "nameKz": "x", "nameEn": "x", "bin": "210140000016",
        },
        "document": { "uri": "https://a.kz/2", "auth_type": "Token", "auth_token": "t" },
    })
}

fn read(invitation: &Value) -> Result<Invitation, String> {
    let from = Url::parse("https://a.kz/1").unwrap();
    Invitation::read(invitation.to_string().as_bytes(), &from)
}

#[test]
fn an_invitation_is_read_as_the_protocol_has_it_and_no_other_way() {
    let good = read(&invitation()).unwrap();
    let end: Timestamp = "2022-09-29T10:21:37.06Z".parse().unwrap();
    assert_eq!((good.expires_at(), good.auth(), good.token()), (Some(end), Auth::Token, "t"));
    for (place, value) in [
        ("/description", json!("")),
        ("/expiry_date", json!("2022-09-29 16:21")),
        ("/organisation/bin", json!("1")),
        ("/organisation", json!({ "nameRu": "x" })),
        ("/document/uri", json!("https://b.kz/2")),
        ("/document/uri", json!("http://a.kz/2")),
        ("/document/auth_type", json!("token")),
        ("/document/auth_type", json!("None")),
        ("/document/auth_token", json!("")),
    ] {
        let mut bad = invitation();
        *bad.pointer_mut(place).unwrap() = value;
        assert!(read(&bad).is_err(), "{place}");
    }
    let mut more = invitation();
    more["more"] = json!(1);
    assert!(read(&more).is_err(), "nothing may be added");
}

fn order(method: &str, document: Value) -> Result<Order, String> {
    let mut document = document;
    for (name, value) in [("id", json!(1)), ("nameRu", json!("x")), ("nameKz", json!("x"))] {
        document[name] = value;
    }
    (document["nameEn"], document["meta"]) =
        (json!("x"), json!([{ "name": "1", "value": "line" }]));
    let order = json!({ "signMethod": method, "documentsToSign": [document] });
    Order::read(order.to_string().as_bytes())
}

#[test]
fn a_document_goes_with_its_method() {
    let file = json!({ "document": { "file": { "mime": "@file/json", "data": "YQ==" } } });
    let cms = order("CMS_WITH_DATA", file.clone()).unwrap();
    assert_eq!(cms.contents().unwrap(), [b"a"]);
    assert_eq!(cms.lines().collect::<Vec<_>>(), ["line"]);
    let xml = order("XML", json!({ "documentXml": "<a/>" })).unwrap();
    assert_eq!(xml.contents().unwrap(), [b"<a/>"]);
    let signed = serde_json::to_value(xml.signed(&[b"<b/>".to_vec()])).unwrap();
    assert_eq!(signed["documentsToSign"][0]["documentXml"], "<b/>");
    assert!(order("XML", file).is_err());
    assert!(order("CMS_WITH_DATA", json!({ "documentXml": "<a/>" })).is_err());
    let mime = json!({ "document": { "file": { "mime": "application/json", "data": "YQ==" } } });
    assert!(order("CMS_WITH_DATA", mime).is_err());
    assert!(Order::read(br#"{"signMethod":"XML","documentsToSign":[]}"#).is_err());
}

#[test]
fn a_code_and_a_link_lead_to_the_same_address() {
    let address = Url::parse("https://a.kz/mgovSign/1").unwrap();
    let link = "https://m.egov.kz/mobileSign?link=https%3A%2F%2Fa.kz%2FmgovSign%2F1&isi=1476128386\
                &ibi=kz.egov.mobile&apn=kz.mobile.mgov";
    for text in ["mobileSign:https://a.kz/mgovSign/1", link] {
        assert_eq!(address_of(text).as_ref(), Some(&address), "{text}");
    }
    for text in ["https://a.kz/mgovSign/1", "mobileSign:", "https://m.egov.kz/?link=https://a.kz"] {
        assert_eq!(address_of(text), None, "{text}");
    }
}

#[test]
fn every_fault_has_a_word_of_its_own() {
    for fault in Fault::ALL {
        assert_eq!(Fault::parse(fault.code()), Some(fault));
    }
    assert_eq!(Fault::parse("unheard of"), None);
}

/// The time by the machine: what comes too late waits for it.
#[allow(clippy::disallowed_methods, reason = "the telephone waits for a moment to pass")]
fn machine_time() -> Timestamp {
    Timestamp::now()
}

#[tokio::test]
async fn who_comes_too_late_sends_after_the_end_of_the_invitation() {
    let files = tempfile::tempdir().unwrap();
    let people = population(1, domain::astana_date(now()), 10).unwrap().demo;
    let folder = DemoFolder::new(files.path());
    let furnished = folder.furnish(&people[..1], &[], now(), &mut random()).unwrap();
    let authority = furnished.authority;
    let entry = authority.issue_entry_key(&people[0], now(), &mut random()).unwrap();
    let about = people[0].about.clone();
    let key = PhoneKey { signing: furnished.keys[0].clone(), entry, about };
    let end = machine_time() + SignedDuration::from_secs(5);
    let arrived = Arc::new(Mutex::new(None));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let mut first = invitation();
    first["document"]["uri"] = json!(format!("http://{host}/2"));
    first["expiry_date"] = json!(end.strftime("%Y-%m-%dT%H:%M:%S%.2f+0000").to_string());
    let second = json!({ "signMethod": "XML", "documentsToSign": [{
        "id": 1, "nameRu": "x", "nameKz": "x", "nameEn": "x", "meta": [], "documentXml": "<a/>",
    }] });
    let noted = arrived.clone();
    let put = async move |_: Bytes| {
        *noted.lock().unwrap() = Some(machine_time());
        (axum::http::StatusCode::FORBIDDEN, r#"{"code":"late"}"#)
    };
    let site = Router::new()
        .route("/1", get(async move || first.to_string()))
        .route("/2", get(async move || second.to_string()).put(put));
    tokio::spawn(async move { axum::serve(listener, site).await.unwrap() });

    let phone = Phone::new(vec![host.clone()], Arc::new(machine_time)).unwrap();
    let code = format!("mobileSign:http://{host}/1");
    let answers = phone.run(&code, &key, Some(Fault::ComesTooLate)).await.unwrap();
    assert_eq!((answers[0].status, answers[0].code.as_deref()), (403, Some("late")));
    assert!(arrived.lock().unwrap().unwrap() > end);
    assert!(matches!(phone.open(&code).await, Err(PhoneError::Expired)));
}
