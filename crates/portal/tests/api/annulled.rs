//! An annulled certificate is told as such wherever somebody meets it: by number, by the file, by its QR code, at its request.

use std::sync::Arc;

use app::testing::samples::{annulment, end_annulment, moment, propose_annulment};
use app::{Annulment, AnnulmentOutcome, Store, StoredResult};
use axum_test::multipart::{MultipartForm, Part};
use domain::{Language, Number};
use serde_json::{Value, json};

use crate::world::browser::Browser;
use crate::{Api, URL};

/// Annuls a certificate as two officers do, a minute after it was asked for.
async fn annul(api: &Api, request: &Number, certificate: &StoredResult) {
    let planned = &certificate.planned;
    let one = Annulment {
        result: planned.id.clone(),
        certificate: planned.content.number().clone(),
        ..annulment(request, planned.content.holder(), 1, 60)
    };
    let store: Arc<dyn Store> = api.world.memory();
    assert!(propose_annulment(&store, &one).await);
    let before: Value = api.get(&format!("/api/v1/requests/{request}")).await.json();
    assert_eq!(before["results"][0]["annulled_at"], Value::Null, "a proposal changes nothing");
    assert!(end_annulment(&store, &one, AnnulmentOutcome::Confirmed, 701).await);
}

fn upload(pdf: &[u8]) -> MultipartForm {
    let part = Part::bytes(pdf.to_vec()).file_name("certificate.pdf");
    MultipartForm::new().add_text("by", "document").add_part("document", part)
}

#[tokio::test]
async fn an_annulled_certificate_is_told_as_such_by_number_by_file_by_code_and_at_its_request() {
    let api = Api::new();
    let granted = api.granted().await;
    let (request, holder) = (granted["number"].as_str().unwrap(), api.world.guardian());
    let request = Number::parse(request).unwrap();
    let certificate = api.world.store().results_of(&request).await.unwrap().remove(0);
    let pdf = api.get(granted["results"][0]["document"].as_str().unwrap()).await.into_bytes();
    annul(&api, &request, &certificate).await;
    let since = moment(60).to_string();

    let number = certificate.planned.content.number().as_str();
    let by_number = json!({ "number": number, "iin": holder.digits() });
    for answer in [
        api.server.post("/api/v1/check").json(&by_number).await,
        api.server.post("/api/v1/check").bytes(pdf.clone()).content_type("application/pdf").await,
        api.server.post("/api/v1/check").multipart(upload(&pdf)).await,
    ] {
        let body: Value = answer.json();
        assert_eq!(body["verdict"], "genuine", "it is the document that was issued");
        assert_eq!(body["document"]["standing"], "annulled");
        assert_eq!(body["document"]["annulled_at"], *since);
        assert!(!answer.text().contains("қате"), "why is not for those who check");
    }
    let read: Value = api.get(&format!("/api/v1/requests/{request}")).await.json();
    assert_eq!(read["results"][0]["annulled_at"], *since);
    assert_eq!(read["state"], "granted", "the decision stays as it was");
    let kinds: Vec<_> =
        read["notices"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert!(kinds.contains(&&json!("certificate_annulled")), "{kinds:?}");
    assert_eq!(
        api.get(granted["results"][0]["document"].as_str().unwrap()).await.into_bytes(),
        pdf
    );

    let checker = Browser::new(&api.world, URL);
    for language in Language::ALL {
        let code = language.code();
        let by_code = checker.get(&format!("/{code}/c/{}", certificate.planned.token.0)).await;
        let by_file = checker.server.post(&format!("/{code}/check")).multipart(upload(&pdf)).await;
        let told = portal::texts_of(language).text("standing-annulled");
        for page in [by_code.text(), by_file.text()] {
            assert!(page.contains("verdict--bad") && page.contains(&told), "{code}: {page}");
            assert!(!page.contains("verdict--good") && !page.contains("қате"), "{code}: {page}");
        }
    }
}
