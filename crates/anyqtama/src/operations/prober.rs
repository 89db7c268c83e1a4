//! The prober: every minute the whole journey of a synthetic person against our own public address, as a client has it. Draft,
//! signature, request, answer, document, and the check of it by somebody else.
//!
//! What he asks counts in no statistics (`app::Operations::put_synthetic_person`), and nothing is asked before that is stored.
//! Nothing here looks into the service: what is judged is what a client gets. Read next: adr 39.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use adapters::OwnDocumentVerifier;
use anyhow::{Context, Result, ensure};
use app::{Clock, DocumentVerdict, Ids, SealTerm, Service};
use domain::{DocumentContent, Iin};
use jiff::Timestamp;
use serde_json::json;
use signature::x509::Certificate;
use simulators::authority::KeyHolder;

use super::metrics::{self, Samples, Value};
use crate::api_client::{ApiClient, ResultAnswer, SubmissionAnswer};
use crate::config::{Config, ProberConfig};
use crate::serve::Shutdown;
use crate::system::{SystemClock, SystemIds};
use crate::wiring::{self, read_authorities, read_secret};

/// Before the store is told again who the synthetic person is, where it did not answer.
const AGAIN: Duration = Duration::from_secs(5);

/// Steps of a journey, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The text to be signed is prepared.
    Draft,
    /// It is signed.
    Sign,
    /// The request is registered.
    Submit,
    /// The answer is a certificate.
    Answer,
    /// The document is genuine and his.
    Document,
    /// Whoever checks it is told so.
    Check,
    /// All of it within the time.
    Time,
}

const STEPS: [Step; 7] =
    [Step::Draft, Step::Sign, Step::Submit, Step::Answer, Step::Document, Step::Check, Step::Time];

impl Step {
    /// Stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Sign => "sign",
            Self::Submit => "submit",
            Self::Answer => "answer",
            Self::Document => "document",
            Self::Check => "check",
            Self::Time => "time",
        }
    }
}

/// What became of the journeys of this process.
#[derive(Debug, Default)]
pub struct Journeys(Mutex<Told>);

#[derive(Debug, Default)]
struct Told {
    went_well: u64,
    failed: [u64; STEPS.len()],
    last_success: Option<(Timestamp, Duration)>,
}

impl Journeys {
    fn note(&self, outcome: Result<Duration, Step>) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(took) => {
                told.went_well = told.went_well.saturating_add(1);
                told.last_success = Some((SystemClock.now(), took));
            }
            Err(step) => {
                let place = STEPS.iter().position(|one| *one == step).unwrap_or_default();
                if let Some(count) = told.failed.get_mut(place) {
                    *count = count.saturating_add(1);
                }
            }
        }
    }

    /// As metrics. Every outcome is told from the beginning on, so that its first failure shows as an increase.
    pub fn tell(&self, samples: &mut Samples) {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let label = |outcome: &str| vec![("outcome", outcome.to_owned())];
        let mut runs = vec![(label("ok"), Value::Count(told.went_well))];
        let failed = STEPS.iter().zip(told.failed);
        runs.extend(failed.map(|(step, count)| (label(step.code()), Value::Count(count))));
        samples.many(&metrics::PROBER_RUNS, runs);
        let (at, took) = told.last_success.unwrap_or((Timestamp::UNIX_EPOCH, Duration::ZERO));
        samples.one(&metrics::PROBER_SUCCESS, Value::Number(at.as_second()));
        samples.one(&metrics::PROBER_SECONDS, took);
    }
}

/// Walks the journey.
pub struct Prober {
    iin: Iin,
    key: KeyHolder,
    term: SealTerm,
    client: ApiClient,
    verifier: OwnDocumentVerifier,
    every: Duration,
    patience: Duration,
    journeys: Arc<Journeys>,
}

/// Where a journey broke off, and why; no word of it is anybody's data.
struct Broken(Step, anyhow::Error);

trait At<T> {
    fn at(self, step: Step) -> Result<T, Broken>;
}

impl<T, E: Into<anyhow::Error>> At<T> for Result<T, E> {
    fn at(self, step: Step) -> Result<T, Broken> {
        self.map_err(|error| Broken(step, error.into()))
    }
}

impl Prober {
    /// As configured; none where another process walks.
    ///
    /// # Errors
    /// Files that cannot be read, or a certificate of somebody else.
    pub fn new(section: &ProberConfig, config: &Config) -> Result<Option<Self>> {
        if section.every_seconds == 0 {
            return Ok(None);
        }
        let pem = pem(&section.key_file)?;
        let key = KeyHolder::from_pem(&pem).context("operations.prober.key_file")?;
        let token = config.portal.api_token_file.as_deref().context("portal.api_token_file")?;
        let authorities = section.authorities_file.as_deref().map(read_authorities).transpose()?;
        let (url, token) = (config.portal.public_url.trim_end_matches('/'), read_secret(token)?);
        let client = ApiClient::trusting(url, &token, authorities.as_deref())?;
        Ok(Some(Self {
            iin: section.iin()?,
            term: term(key.certificate())?,
            key,
            client,
            verifier: wiring::document_verifier(config)?,
            every: Duration::from_secs(section.every_seconds.into()),
            patience: Duration::from_secs(section.patience_seconds.into()),
            journeys: Arc::default(),
        }))
    }

    /// What becomes of its journeys.
    #[must_use]
    pub fn journeys(&self) -> Arc<Journeys> {
        Arc::clone(&self.journeys)
    }

    /// Until when its key can sign.
    #[must_use]
    pub fn term(&self) -> SealTerm {
        self.term.clone()
    }

    /// Walks again and again until the word to end.
    pub async fn run_until(&self, service: &Arc<Service>, shutdown: Shutdown) {
        tokio::select! {
            () = shutdown.wait() => {}
            () = self.run(service) => {}
        }
    }

    async fn run(&self, service: &Arc<Service>) {
        loop {
            match service.put_synthetic_person(self.iin).await {
                Ok(true) => break,
                Ok(false) => {
                    tracing::error!("operations.prober.iin has requests that count: nobody walks");
                    return;
                }
                Err(error) => tracing::warn!(%error, "the prober waits for the store"),
            }
            tokio::time::sleep(AGAIN).await;
        }
        let mut turns = tokio::time::interval(self.every);
        turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            turns.tick().await;
            self.journeys.note(self.walk().await);
        }
    }

    async fn walk(&self) -> Result<Duration, Step> {
        let began = Instant::now();
        let late = || Err(Broken(Step::Time, anyhow::anyhow!("it takes too long")));
        let walked = tokio::time::timeout(self.patience, self.journey()).await;
        match walked.unwrap_or_else(|_| late()) {
            Ok(()) => Ok(began.elapsed()),
            Err(Broken(step, error)) => {
                let (step_code, error) = (step.code(), format!("{error:#}"));
                tracing::error!(step = step_code, error, "a journey of the prober failed");
                Err(step)
            }
        }
    }

    async fn journey(&self) -> Result<(), Broken> {
        let body = json!({
            "applicant_iin": self.iin.digits(),
            "language": "kk",
            "wards": "all",
            "consents": { "restricted_data": true, "protected_secret": true },
        });
        let prepared = self.client.draft(&body).await.at(Step::Draft)?;
        let cms = self.key.sign(&prepared.document, true, SystemClock.now()).at(Step::Sign)?;
        let number = match self.client.submit(&SystemIds.token(), &cms).await.at(Step::Submit)? {
            // Of an earlier journey that is not answered yet, too.
            SubmissionAnswer::Accepted(number) => number,
            SubmissionAnswer::Rejected(problem) => {
                return Err(Broken(Step::Submit, anyhow::anyhow!("{}", problem.code)));
            }
        };
        let answer = self.client.answer(&number).await.at(Step::Answer)?;
        let granted = || {
            ensure!(answer.state == "granted" && !answer.results.is_empty(), "{}", answer.state);
            Ok(())
        };
        granted().at(Step::Answer)?;
        for result in &answer.results {
            self.document(result).await?;
        }
        Ok(())
    }

    async fn document(&self, result: &ResultAnswer) -> Result<(), Broken> {
        let pdf = self.client.document(&result.id).await.at(Step::Document)?;
        self.is_his(&pdf).at(Step::Document)?;
        let checked = self.client.check_file(pdf).await.at(Step::Check)?;
        let verdict = checked.get("verdict").and_then(serde_json::Value::as_str);
        let genuine = || {
            ensure!(verdict == Some("genuine"), "{}", verdict.unwrap_or("no verdict"));
            Ok(())
        };
        genuine().at(Step::Check)
    }

    fn is_his(&self, pdf: &[u8]) -> Result<()> {
        match self.verifier.judge(pdf, SystemClock.now()).verdict {
            DocumentVerdict::Genuine(content) => match *content {
                DocumentContent::Certificate(certificate) => {
                    ensure!(certificate.guardian_iin == self.iin, "another person's certificate");
                    Ok(())
                }
                DocumentContent::Refusal(_) | DocumentContent::Answer(_) => {
                    anyhow::bail!("no certificate")
                }
            },
            DocumentVerdict::NotGenuine(code)
            | DocumentVerdict::Unreadable(code)
            | DocumentVerdict::CannotTell(code) => {
                anyhow::bail!("the document is not genuine: {code}")
            }
        }
    }
}

/// The file with the key and its certificate.
pub fn pem(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The certificate of such a file, whose key must be one that signs.
///
/// # Errors
/// A file that has no such key, or no certificate.
pub fn certificate(pem: &str) -> Result<Certificate> {
    let key = KeyHolder::from_pem(pem).context("operations.prober.key_file")?;
    first(key.certificate())
}

fn first(certificate: &[u8]) -> Result<Certificate> {
    let all = Certificate::all_from(certificate).ok();
    let certificate = all.and_then(|all| all.into_iter().next());
    certificate.context("operations.prober.key_file has no certificate")
}

fn term(certificate: &[u8]) -> Result<SealTerm> {
    let certificate = first(certificate)?;
    Ok(SealTerm {
        owner: "prober".to_owned(),
        certificate: "operations.prober.key_file".to_owned(),
        not_before: Timestamp::from_second(certificate.not_before().0)?,
        not_after: Timestamp::from_second(certificate.not_after().0)?,
    })
}
