//! A client of the API, as a bank's or a ministry's program would be: HTTP, JSON and a bearer token, nothing shared
//! with the server but the published contract.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

/// Longest wait for an answer; the law allows thirty minutes, a demo should take a second.
const ANSWER: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

/// The API at an address.
pub struct ApiClient {
    http: Client,
    base: String,
    token: String,
}

/// A prepared document.
pub struct Prepared {
    /// The exact bytes to sign.
    pub document: Vec<u8>,
}

/// A refusal to register, as a problem document.
#[derive(Debug, Deserialize)]
pub struct Problem {
    /// Stable code.
    pub code: String,
}

/// What became of a submission.
pub enum SubmissionAnswer {
    /// 202: the number.
    Accepted(String),
    /// 4xx: the problem.
    Rejected(Problem),
}

/// A request as the API tells it.
#[derive(Debug, Deserialize)]
pub struct RequestAnswer {
    /// State.
    pub state: String,
    /// Accepted at.
    pub accepted_at: jiff::Timestamp,
    /// Due at.
    pub due_at: jiff::Timestamp,
    /// When it ended.
    pub ended_at: Option<jiff::Timestamp>,
    /// Results.
    #[serde(default)]
    pub results: Vec<ResultAnswer>,
    /// What happened, oldest first.
    pub history: Vec<HistoryAnswer>,
}

/// A line of a request's history as the API tells it.
#[derive(Debug, Deserialize)]
pub struct HistoryAnswer {
    /// Stable word of what happened.
    pub action: String,
}

/// A result as the API tells it.
#[derive(Debug, Deserialize)]
pub struct ResultAnswer {
    /// Identifier.
    pub id: String,
    /// `certificate` or `refusal`.
    pub kind: String,
    /// Number of the document.
    pub number: String,
}

impl RequestAnswer {
    /// From acceptance to answer.
    pub fn milliseconds(&self) -> Option<i64> {
        let took = self.ended_at?.duration_since(self.accepted_at);
        i64::try_from(took.as_millis()).ok()
    }
}

impl ApiClient {
    /// A client for a base address without trailing slash.
    pub fn new(base: &str, token: &str) -> Result<Self> {
        Self::trusting(base, token, None)
    }

    /// The same, for an address whose TLS certificate may be known by these authorities (PEM) besides the system's.
    pub fn trusting(base: &str, token: &str, authorities: Option<&[u8]>) -> Result<Self> {
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(30));
        let client = match authorities {
            Some(pem) => client.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?),
            None => client,
        };
        Ok(Self { http: client.build()?, base: base.to_owned(), token: token.to_owned() })
    }

    /// `POST /api/v1/drafts`, and where persons are asked for their consent by telephone, until this one has answered.
    pub async fn draft(&self, body: &Value) -> Result<Prepared> {
        let response = self.post("/api/v1/drafts").json(body).send().await?;
        let answer: Value = json_of(response, StatusCode::CREATED).await?;
        if answer.get("asks_consent").and_then(Value::as_bool) == Some(true) {
            let challenge = answer.get("challenge").and_then(Value::as_str);
            self.consent(challenge.context("no challenge")?).await?;
        }
        let document = answer.get("document").and_then(Value::as_str).context("no document")?;
        Ok(Prepared { document: STANDARD.decode(document)? })
    }

    /// `POST` and `GET /api/v1/drafts/{challenge}/consent`: how it stands when nothing is waited for any more.
    pub async fn consent(&self, challenge: &str) -> Result<String> {
        let path = format!("/api/v1/drafts/{challenge}/consent");
        let mut answer: Value =
            json_of(self.post(&path).send().await?, StatusCode::ACCEPTED).await?;
        let wait = async {
            loop {
                let state = answer.get("state").and_then(Value::as_str).context("no state")?;
                if !matches!(state, "asked" | "unheard") {
                    return Ok(state.to_owned());
                }
                tokio::time::sleep(POLL).await;
                answer = json_of(self.get(&path).send().await?, StatusCode::OK).await?;
            }
        };
        tokio::time::timeout(ANSWER, wait).await.context("no answer about consent")?
    }

    /// `POST /api/v1/requests`
    pub async fn submit(&self, key: &str, cms: &[u8]) -> Result<SubmissionAnswer> {
        let body = json!({ "signed_request": STANDARD.encode(cms) });
        let request = self.post("/api/v1/requests").header("Idempotency-Key", key);
        let response = request.json(&body).send().await?;
        if response.status().is_client_error() {
            return Ok(SubmissionAnswer::Rejected(response.json().await?));
        }
        let answer: Value = json_of(response, StatusCode::ACCEPTED).await?;
        let number = answer.get("number").and_then(Value::as_str).context("no number")?;
        Ok(SubmissionAnswer::Accepted(number.to_owned()))
    }

    /// `GET /api/v1/requests/{number}`
    pub async fn request(&self, number: &str) -> Result<RequestAnswer> {
        let response = self.get(&format!("/api/v1/requests/{number}")).send().await?;
        json_of(response, StatusCode::OK).await
    }

    /// Asks until the request has its answer.
    pub async fn answer(&self, number: &str) -> Result<RequestAnswer> {
        let wait = async {
            loop {
                let request = self.request(number).await?;
                if matches!(request.state.as_str(), "granted" | "refused") {
                    return Ok(request);
                }
                tokio::time::sleep(POLL).await;
            }
        };
        tokio::time::timeout(ANSWER, wait).await.context("no answer within a minute")?
    }

    /// `GET /api/v1/results/{id}/document`
    pub async fn document(&self, id: &str) -> Result<Vec<u8>> {
        let response = self.get(&format!("/api/v1/results/{id}/document")).send().await?;
        if response.status() != StatusCode::OK {
            bail!("the document answers {}", response.status());
        }
        Ok(response.bytes().await?.to_vec())
    }

    /// `POST /api/v1/check` by number and IIN
    pub async fn check_number(&self, number: &str, iin: &str) -> Result<Value> {
        let body = json!({ "number": number, "iin": iin });
        self.check(|request| request.json(&body)).await
    }

    /// `POST /api/v1/check` by file
    pub async fn check_file(&self, pdf: Vec<u8>) -> Result<Value> {
        self.check(|request| request.header("Content-Type", "application/pdf").body(pdf.clone()))
            .await
    }

    /// Checks are limited per address; a client that is told to wait waits.
    async fn check(&self, fill: impl Fn(RequestBuilder) -> RequestBuilder) -> Result<Value> {
        loop {
            let request = fill(self.http.post(self.url("/api/v1/check")));
            let response = request.send().await?;
            if response.status() != StatusCode::TOO_MANY_REQUESTS {
                return json_of(response, StatusCode::OK).await;
            }
            let seconds = response.headers().get("Retry-After").context("no Retry-After")?;
            let seconds = seconds.to_str()?.parse().context("Retry-After")?;
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(self.url(path)).bearer_auth(&self.token)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(self.url(path)).bearer_auth(&self.token)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

async fn json_of<T: serde::de::DeserializeOwned>(
    response: Response,
    expected: StatusCode,
) -> Result<T> {
    let status = response.status();
    if status != expected && status != StatusCode::OK {
        let code = response.json::<Problem>().await.map(|problem| problem.code);
        bail!("expected {expected}, got {status} {}", code.unwrap_or_default());
    }
    Ok(response.json().await?)
}
