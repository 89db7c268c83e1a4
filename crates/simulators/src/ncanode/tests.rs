//! The service over a real socket, asked as its own integration tests ask it.

use reqwest::StatusCode;
use signature::cms::{Claim, Content};
use tokio::sync::oneshot;

use super::*;
use crate::authority::tests::{demo_people, now, random, trust};
use crate::authority::{DemoFolder, PersonKey};

struct Running {
    url: String,
    judging: Arc<Judging>,
    keys: Vec<PersonKey>,
    _files: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

async fn running() -> Running {
    let files = tempfile::tempdir().unwrap();
    let folder = DemoFolder::new(files.path());
    let keys = folder.furnish(&demo_people(), &[], now(), &mut random()).unwrap().keys;
    let address = "127.0.0.1:0".parse().unwrap();
    let node = NcaNode::bind(address, trust(&folder), Arc::new(now)).await.unwrap();
    let (url, judging) = (node.url(), node.judging());
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(node.serve(async {
        let _ = stopped.await;
    }));
    Running { url, judging, keys, _files: files, _stop: stop }
}

impl Running {
    async fn verify(&self, cms: &[u8], means: &[&str]) -> (StatusCode, serde_json::Value) {
        use base64::Engine;
        let cms = base64::engine::general_purpose::STANDARD.encode(cms);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let body = json!({ "cms": cms, "revocationCheck": means });
        let url = format!("{}/cms/verify", self.url);
        let response = client.post(url).json(&body).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    fn cms(&self, slug: &str) -> Vec<u8> {
        let key = self.keys.iter().find(|key| key.slug() == slug).unwrap();
        key.sign(b"x", true, now()).unwrap()
    }
}

#[tokio::test]
async fn an_answer_has_the_fields_of_the_real_one() {
    let running = running().await;
    let cms = running.cms("one_ward");
    let (status, answer) = running.verify(&cms, &["OCSP", "CRL"]).await;
    assert_eq!((status, &answer["valid"]), (StatusCode::OK, &json!(true)));
    assert_eq!(answer["message"], "OK");
    let told = &answer["signers"][0]["certificates"][0];
    let certificate = Claim::read(&cms, Content::AnyAttached).unwrap();
    assert_eq!(told["subject"]["iin"], json!(certificate.certificate().iin()));
    assert_eq!(told["revocations"].as_array().unwrap().len(), 2);
    let (_, unasked) = running.verify(&cms, &[]).await;
    assert_eq!(unasked["signers"][0]["certificates"][0]["revocations"], json!([]));
}

#[tokio::test]
async fn what_is_not_valid_is_told_without_a_reason() {
    let running = running().await;
    for (slug, in_revocations) in [("expired_key", false), ("revoked_key", true)] {
        let (_, answer) = running.verify(&running.cms(slug), &["OCSP", "CRL"]).await;
        assert_eq!(answer["valid"], false, "{slug}");
        let told = &answer["signers"][0]["certificates"][0];
        assert_eq!(told["revocations"][1]["revoked"], in_revocations, "{slug}");
    }
    let (status, answer) = running.verify(b"text", &["OCSP"]).await;
    assert_eq!((status, &answer["status"]), (StatusCode::BAD_REQUEST, &json!(400)));
    running.judging.fail(Some(Fault::ServerError));
    let (status, _) = running.verify(b"text", &[]).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(running.judging.asked(), 4);
}
