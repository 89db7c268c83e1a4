//! `demo --check`: every demo situation walked over HTTP as a client would, each result verified, all of it reported.
//!
//! Nothing here looks into the server: what is judged is what a client gets.

mod egov_portal;

use std::path::PathBuf;
use std::sync::Arc;

use adapters::OwnDocumentVerifier;
use anyhow::{Context, Result};
use app::{Clock, DocumentVerdict, DocumentVerifier, Ids};
use domain::{DocumentContent, Role};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulators::authority::PersonKey;
use simulators::people::{AskedWards, DemoPerson, Expected};

use crate::demo::client::{ApiClient, RequestAnswer, ResultAnswer, SubmissionAnswer};
use crate::output::say;
use crate::system::{SystemClock, SystemIds};
pub use egov_portal::EgovPortalWalk;

/// What a walk needs.
pub struct Walk {
    /// The API.
    pub client: ApiClient,
    /// Judges what is downloaded.
    pub verifier: Arc<OwnDocumentVerifier>,
    /// The people's keys.
    pub keys: Vec<PersonKey>,
    /// Where documents and report go.
    pub out: PathBuf,
    /// The portal of the e-government, where it is a channel.
    pub egov_portal: Option<EgovPortalWalk>,
}

/// One line of the report.
#[derive(Debug, Serialize)]
pub struct SituationReport {
    situation: String,
    person: String,
    expected: String,
    actual: String,
    /// Whether it ended as the law says and everything about it checked out.
    ok: bool,
    request: Option<String>,
    milliseconds: Option<i64>,
    documents: Vec<DocumentReport>,
    faults: Vec<String>,
}

/// One document of it.
#[derive(Debug, Serialize)]
pub struct DocumentReport {
    number: String,
    kind: String,
    file: String,
    sha256: String,
    role: Option<Role>,
}

impl Walk {
    /// Walks every situation, writes documents, `report.json` and a table; `true` if all ended as the law says.
    pub async fn everybody(&self, people: &[DemoPerson]) -> Result<bool> {
        std::fs::create_dir_all(&self.out)
            .with_context(|| format!("cannot make {}", self.out.display()))?;
        let mut reports = Vec::new();
        for person in people {
            let report = self.situation(person).await;
            reports.push(report.unwrap_or_else(|error| broken(person, &error)));
        }
        if let Some(walk) = &self.egov_portal {
            reports.extend(self.over_the_egov_portal(people, walk).await);
        }
        let ok = reports.iter().all(|report| report.ok);
        let file = self.out.join("report.json");
        let report = json!({ "checked_at": SystemClock.now(), "ok": ok, "situations": reports });
        std::fs::write(&file, serde_json::to_vec_pretty(&report)?)?;
        print_table(&reports);
        say(format!("report: {}", file.display()));
        Ok(ok)
    }

    async fn situation(&self, person: &DemoPerson) -> Result<SituationReport> {
        let prepared = self.client.draft(&draft_body(person)).await?;
        let key = self.keys.iter().find(|key| key.slug() == person.slug).context("no key")?;
        let cms = key.sign(&prepared.document, true, SystemClock.now())?;
        let idempotency_key = SystemIds.token();
        let expected = expected_words(&person.expected);
        let mut report = empty_report(person, expected);
        match self.client.submit(&idempotency_key, &cms).await? {
            SubmissionAnswer::Rejected(problem) => {
                report.actual = format!("rejected before registration: {}", problem.code);
            }
            SubmissionAnswer::Accepted(number) => {
                self.repeat(&idempotency_key, &cms, &number, &mut report).await?;
                let answer = self.client.answer(&number).await?;
                self.ended(person, number, &answer, &mut report).await?;
            }
        }
        report.ok = report.actual == report.expected && report.faults.is_empty();
        Ok(report)
    }

    /// The same submission again must lead to the same request.
    async fn repeat(
        &self,
        key: &str,
        cms: &[u8],
        number: &str,
        report: &mut SituationReport,
    ) -> Result<()> {
        match self.client.submit(key, cms).await? {
            SubmissionAnswer::Accepted(again) if again == number => {}
            _ => report.faults.push("the same submission led elsewhere".to_owned()),
        }
        Ok(())
    }

    async fn ended(
        &self,
        person: &DemoPerson,
        number: String,
        answer: &RequestAnswer,
        report: &mut SituationReport,
    ) -> Result<()> {
        let mut contents = Vec::new();
        for result in &answer.results {
            contents.push(self.document(person, result, report).await?);
        }
        report.actual = actual_words(&answer.state, &contents);
        report.milliseconds = answer.milliseconds();
        report.request = Some(number);
        if answer.due_at.duration_since(answer.accepted_at).as_mins() != 30 {
            report.faults.push("the term is not 30 minutes".to_owned());
        }
        Ok(())
    }

    /// Downloads, verifies, saves, and lets the check say what it thinks of it.
    async fn document(
        &self,
        person: &DemoPerson,
        result: &ResultAnswer,
        report: &mut SituationReport,
    ) -> Result<DocumentContent> {
        let pdf = self.client.document(&result.id).await?;
        if self.client.document(&result.id).await? != pdf {
            report.faults.push("a second download differs".to_owned());
        }
        let file = format!("{}-{}.pdf", person.slug, result.number);
        std::fs::write(self.out.join(&file), &pdf)?;
        let judged = self.verifier.judge(&pdf, SystemClock.now());
        let DocumentVerdict::Genuine(content) = judged.verdict else {
            anyhow::bail!("{file} is not genuine");
        };
        if judged.facts_signature.is_none() {
            report.faults.push("the facts are not signed".to_owned());
        }
        self.altered_is_caught(&pdf, report);
        self.checked(person, result, &pdf, report).await?;
        report.documents.push(DocumentReport {
            number: result.number.clone(),
            kind: result.kind.clone(),
            file,
            sha256: hex::encode(Sha256::digest(&pdf)),
            role: role(&content),
        });
        Ok(*content)
    }

    /// One byte in the middle, changed.
    fn altered_is_caught(&self, pdf: &[u8], report: &mut SituationReport) {
        let mut altered = pdf.to_vec();
        if let Some(byte) = altered.get_mut(pdf.len() / 2) {
            *byte ^= 1;
        }
        let verdict = self.verifier.verify(&altered, SystemClock.now());
        if matches!(verdict, DocumentVerdict::Genuine(_)) {
            report.faults.push("an altered document passed".to_owned());
        }
    }

    /// A certificate is found by number and IIN and by its file; a refusal is no certificate to third parties.
    async fn checked(
        &self,
        person: &DemoPerson,
        result: &ResultAnswer,
        pdf: &[u8],
        report: &mut SituationReport,
    ) -> Result<()> {
        let iin = person.ask.applicant_iin.digits();
        let by_number = self.client.check_number(&result.number, &iin).await?;
        let expected = if result.kind == "certificate" { "genuine" } else { "not_found" };
        if verdict(&by_number) != expected {
            report.faults.push(format!("the check by number says {by_number}"));
        }
        let by_file = self.client.check_file(pdf.to_vec()).await?;
        if verdict(&by_file) != "genuine" {
            report.faults.push(format!("the check by file says {by_file}"));
        }
        Ok(())
    }
}

fn verdict(check: &Value) -> &str {
    check.get("verdict").and_then(Value::as_str).unwrap_or_default()
}

fn draft_body(person: &DemoPerson) -> Value {
    let wards = match &person.ask.wards {
        AskedWards::All => json!("all"),
        AskedWards::Named(named) => named.iter().map(domain::Iin::digits).collect(),
    };
    json!({
        "applicant_iin": person.ask.applicant_iin.digits(),
        "language": "kk",
        "wards": wards,
        "consents": {
            "restricted_data": person.ask.restricted_data,
            "protected_secret": person.ask.protected_secret,
        },
    })
}

fn expected_words(expected: &Expected) -> String {
    match expected {
        Expected::Granted { roles, .. } => granted_words(roles.iter().copied()),
        Expected::Refused { ground } => format!("refused: {}", ground.code()),
        Expected::RejectedBeforeRegistration { code } => {
            format!("rejected before registration: {code}")
        }
    }
}

/// The order of certificates is the data bank's, so roles are counted and not compared in order.
fn granted_words(roles: impl Iterator<Item = Role>) -> String {
    let mut words: Vec<&str> = roles
        .map(|role| match role {
            Role::Guardian => "guardian",
            Role::Custodian => "custodian",
        })
        .collect();
    words.sort_unstable();
    format!("granted: {}", words.join(", "))
}

fn actual_words(state: &str, contents: &[DocumentContent]) -> String {
    let refusal = contents.iter().find_map(|content| match content {
        DocumentContent::Refusal(refusal) => Some(refusal.ground.code()),
        DocumentContent::Certificate(_) | DocumentContent::Answer(_) => None,
    });
    match (state, refusal) {
        ("granted", None) => granted_words(contents.iter().filter_map(role)),
        ("refused", Some(ground)) if contents.len() == 1 => format!("refused: {ground}"),
        _ => format!("{state} with {} documents", contents.len()),
    }
}

fn role(content: &DocumentContent) -> Option<Role> {
    match content {
        DocumentContent::Certificate(certificate) => Some(certificate.role),
        DocumentContent::Refusal(_) | DocumentContent::Answer(_) => None,
    }
}

fn empty_report(person: &DemoPerson, expected: String) -> SituationReport {
    SituationReport {
        situation: person.situation.clone(),
        person: person.slug.clone(),
        expected,
        actual: String::new(),
        ok: false,
        request: None,
        milliseconds: None,
        documents: Vec::new(),
        faults: Vec::new(),
    }
}

fn broken(person: &DemoPerson, error: &anyhow::Error) -> SituationReport {
    let mut report = empty_report(person, expected_words(&person.expected));
    "the walk broke off".clone_into(&mut report.actual);
    report.faults.push(format!("{error:#}"));
    report
}

fn print_table(reports: &[SituationReport]) {
    let mut table = comfy_table::Table::new();
    table.set_header(["", "situation", "as the law says", "what happened", "ms", "documents"]);
    for report in reports {
        let faults = report.faults.join("; ");
        table.add_row([
            if report.ok { "ok" } else { "FAILED" }.to_owned(),
            report.person.clone(),
            report.expected.clone(),
            [report.actual.as_str(), faults.as_str()].join(" ").trim().to_owned(),
            report.milliseconds.map(|ms| ms.to_string()).unwrap_or_default(),
            report.documents.len().to_string(),
        ]);
    }
    say(table);
}
