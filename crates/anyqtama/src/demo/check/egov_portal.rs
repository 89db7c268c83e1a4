//! One person of the demo asks on the portal of the e-government instead: its counterpart, in the gateway's process, asks us
//! for the document, brings what he signed, and is told the answer. Judged is what that portal got.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use app::{Clock, DocumentVerdict};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Iin;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulators::people::{AskedWards, DemoPerson};

use super::{
    DocumentReport, SituationReport, Walk, actual_words, broken, empty_report, expected_words, role,
};
use crate::demo::shep::takes_a_while;
use crate::system::SystemClock;

const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(100);
/// As the portal numbers its requests.
const EXTERNAL_ID: &str = "10100000000001";

/// Where both sides are.
pub struct EgovPortalWalk {
    /// The counterpart, which is moved by JSON.
    pub portal: String,
    /// Where we are called.
    pub service: String,
    /// Whose service it is.
    pub provider_bin: String,
}

impl Walk {
    /// The row of the table.
    pub(super) async fn over_the_egov_portal(
        &self,
        people: &[DemoPerson],
        walk: &EgovPortalWalk,
    ) -> Option<SituationReport> {
        let person = takes_a_while(people)?;
        let report = self.walked(person, walk).await;
        let mut report = report.unwrap_or_else(|error| broken(person, &error));
        report.person = format!("{} (egov portal)", person.slug);
        report.situation = format!("{}, over the portal of the e-government", person.situation);
        Some(report)
    }

    async fn walked(&self, person: &DemoPerson, walk: &EgovPortalWalk) -> Result<SituationReport> {
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let named = match &person.ask.wards {
            AskedWards::All => Vec::new(),
            AskedWards::Named(named) => named.iter().map(Iin::digits).collect(),
        };
        let iin = person.ask.applicant_iin.digits();
        let asked = json!({
            "url": walk.service, "iin": iin, "wards": named,
            "restricted_data": person.ask.restricted_data,
            "protected_secret": person.ask.protected_secret,
        });
        let draft = http.post(format!("{}/drafts", walk.portal)).json(&asked).send().await?;
        let draft: Value = draft.error_for_status()?.json().await?;
        let document = draft.get("document").and_then(Value::as_str).context("no document")?;
        let key = self.keys.iter().find(|key| key.slug() == person.slug).context("no key")?;
        let cms = key.sign(&STANDARD.decode(document)?, true, SystemClock.now())?;
        let request = json!({
            "url": walk.service, "external_id": EXTERNAL_ID, "iin": iin,
            "provider_bin": walk.provider_bin, "signature": STANDARD.encode(cms),
        });
        let sent = http.post(format!("{}/requests", walk.portal)).json(&request).send().await?;
        if !sent.status().is_success() {
            bail!("the request was not taken: {}", sent.text().await?);
        }
        let told = answered(&http, walk).await?;
        self.report(person, &told)
    }

    fn report(&self, person: &DemoPerson, told: &[Value]) -> Result<SituationReport> {
        let mut report = empty_report(person, expected_words(&person.expected));
        let text = |one: &Value, name: &str| {
            one.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let Some(last) = told.last() else { bail!("told nothing") };
        let states: Vec<String> = told.iter().map(|one| text(one, "state")).collect();
        // He is asked by 1414 first, and takes a while to answer.
        if !matches!(states.as_slice(), [asked, accepted, ..] if asked == "consent_asked" && accepted == "accepted")
        {
            report.faults.push(format!("the portal was told {}", states.join(", ")));
        }
        let mut contents = Vec::new();
        for document in last.get("documents").and_then(Value::as_array).into_iter().flatten() {
            let pdf = STANDARD.decode(text(document, "content"))?;
            let number = text(document, "number");
            if hex::encode(Sha256::digest(&pdf)) != text(document, "sha256") {
                report.faults.push(format!("{number} came in other bytes than told"));
            }
            let judged = self.verifier.judge(&pdf, SystemClock.now());
            let DocumentVerdict::Genuine(content) = judged.verdict else {
                bail!("{number} is not genuine");
            };
            let file = format!("{}-egov-{number}.pdf", person.slug);
            std::fs::write(self.out.join(&file), &pdf)?;
            let (kind, sha256) = (text(document, "kind"), text(document, "sha256"));
            let role = role(&content);
            report.documents.push(DocumentReport { number, kind, file, sha256, role });
            contents.push(*content);
        }
        report.actual = actual_words(&text(last, "state"), &contents);
        report.request = Some(text(last, "number"));
        report.ok = report.actual == report.expected && report.faults.is_empty();
        Ok(report)
    }
}

/// Everything the portal was told, once the answer is among it.
async fn answered(http: &reqwest::Client, walk: &EgovPortalWalk) -> Result<Vec<Value>> {
    let wait = async {
        loop {
            let told = http.get(format!("{}/told/{EXTERNAL_ID}", walk.portal)).send().await?;
            let told: Vec<Value> = told.error_for_status()?.json().await?;
            let is_answer =
                |one: &Value| one.get("kind").and_then(Value::as_str) == Some("RESPONSE");
            if told.last().is_some_and(is_answer) {
                return Ok(told);
            }
            tokio::time::sleep(POLL).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .context("the portal got no answer within a minute")?
}
