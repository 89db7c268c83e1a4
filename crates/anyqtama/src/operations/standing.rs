//! What is told when somebody asks for the metrics: counts of the store, and what this process knows. Nobody outside is asked,
//! and a store that does not answer leaves the rest told.
//!
//! Read next: `metrics.rs` for the list, `app::AnswerTally` for the counts of answers.

use std::sync::Arc;
use std::time::Duration;

use app::{
    ANSWER_CLASSES_MS, AnswerCounts, AnswerTally, Contact, JobCounts, Measured, MessageChannel,
    MessageEnd, Messenger, OutboxStanding, SealTerm, Service, seal_covers,
};
use jiff::{SignedDuration, Timestamp};
use prometheus_client::registry::Registry;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::http::HttpTimes;
use super::metrics::{self, Labels, Samples, Value};
use super::prober::Journeys;
use super::traces::ExportCounts;
use crate::tls::Tls;
use crate::wiring::OpenStore;

/// Longest wait for the store: Prometheus waits ten seconds for all of it.
const PATIENCE: Duration = Duration::from_secs(6);

/// Everything that is told from.
pub struct Standing {
    /// The service of this process.
    pub service: Arc<Service>,
    /// Its database.
    pub store: OpenStore,
    /// Who sends messages, where this process does.
    pub messenger: Option<Arc<Messenger>>,
    /// TLS, where no proxy takes it.
    pub tls: Option<Arc<Tls>>,
    /// Terms of certificates besides those of seals, each with its use.
    pub terms: Vec<(&'static str, SealTerm)>,
    /// Times of requests over HTTP.
    pub http: HttpTimes,
    /// Journeys of the prober, where this process has one.
    pub journeys: Option<Arc<Journeys>>,
    /// Batches sent to the collector, where there is one.
    pub exports: Option<Arc<ExportCounts>>,
    /// All answers.
    pub answers: Mutex<AnswerTally>,
}

impl Standing {
    /// The metrics as Prometheus reads them.
    ///
    /// # Errors
    /// Where the text cannot be written.
    pub async fn text(&self) -> Result<String, std::fmt::Error> {
        let mut samples = Samples::default();
        let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
        samples.many(&metrics::BUILD_INFO, vec![(version, Value::Count(1))]);
        let is_up = self.tell_counts(&mut samples).await;
        self.tell_ended_messages(&mut samples);
        self.tell_sources(is_up, &mut samples);
        self.tell_certificates(&mut samples);
        self.tell_connections(&mut samples);
        if let Some(journeys) = &self.journeys {
            journeys.tell(&mut samples);
        }
        if let Some(exports) = &self.exports {
            samples.many(&metrics::TRACE_EXPORTS, exports.samples());
        }
        let mut registry = Registry::default();
        self.http.register(&mut registry);
        metrics::text(registry, samples)
    }

    /// Whether the store answered.
    async fn tell_counts(&self, samples: &mut Samples) -> bool {
        let counted = async {
            let measured = self.answers.lock().await.count(&self.service).await?;
            let jobs = self.service.job_counts().await?;
            let messages = self.store.outbox.outbox_standing().await?;
            Ok::<_, app::StoreError>((measured, jobs, messages))
        };
        let counted = timeout(PATIENCE, counted).await;
        let Ok(Ok((measured, jobs, messages))) = counted else {
            let error = counted.ok().and_then(Result::err).map(|error| error.to_string());
            tracing::warn!(error, "the store tells no counts");
            return false;
        };
        tell_answers(&measured, self.service.now(), samples);
        tell_jobs(&jobs, self.service.now(), samples);
        tell_messages(&messages, self.service.now(), samples);
        if let Ok(Some(difference)) = self.store.clock_difference().await {
            samples.one(&metrics::CLOCK_DIFFERENCE, Value::Level(difference.as_secs_f64()));
        }
        true
    }

    fn tell_ended_messages(&self, samples: &mut Samples) {
        let Some(messenger) = &self.messenger else { return };
        let ends = MessageChannel::ALL.into_iter().flat_map(|channel| {
            MessageEnd::ALL.into_iter().map(move |end| {
                let labels =
                    vec![("channel", channel.code().to_owned()), ("end", end.code().to_owned())];
                (labels, Value::Count(messenger.ended(channel, end)))
            })
        });
        samples.many(&metrics::MESSAGES_ENDED, ends.collect());
    }

    fn tell_sources(&self, is_up: bool, samples: &mut Samples) {
        let contacts = self.service.contacts();
        let judge = self.service.other_judge();
        let told = [
            ("consent", Some(contacts.consent)),
            ("data_bank", Some(contacts.data_bank)),
            ("seal", Some(contacts.seal)),
            ("judge", judge.map(|judge| judge.contact)),
        ];
        let mut up = vec![(source("store"), Value::from(is_up))];
        let mut success = Vec::new();
        for (name, contact) in told {
            let Some(Contact { answers, last_success_at }) = contact else { continue };
            up.extend(answers.map(|answers| (source(name), answers.into())));
            success.extend(last_success_at.map(|at| (source(name), Value::Number(at.as_second()))));
        }
        samples.many(&metrics::SOURCE_UP, up);
        samples.many(&metrics::SOURCE_SUCCESS, success);
        let ways = self.messenger.iter().flat_map(|messenger| messenger.left_alone());
        let ways = ways.map(|(channel, alone)| (channel.code(), alone));
        let alone = self.service.left_alone().into_iter().chain(ways);
        let alone = alone.map(|(name, alone)| (source(name), alone.into())).collect();
        samples.many(&metrics::BREAKER_OPEN, alone);
        if let Some(judge) = judge {
            samples.one(&metrics::JUDGE_DISAGREEMENTS, Value::Count(judge.disagreements));
        }
    }

    fn tell_certificates(&self, samples: &mut Samples) {
        let mut told = Vec::new();
        for cover in self.service.seal_covers() {
            told.push(certificate("seal", cover.owner, cover.ends_at));
        }
        if let Some(ends_at) = self.tls.as_ref().and_then(|tls| tls.ends_at()) {
            told.push(certificate("tls", "portal".to_owned(), ends_at));
        }
        let now = self.service.now();
        for usage in ["messages", "prober"] {
            let own = self.terms.iter().filter(|(its, _)| *its == usage);
            let own: Vec<SealTerm> = own.map(|(_, term)| term.clone()).collect();
            for cover in seal_covers(&own, now) {
                told.push(certificate(usage, cover.owner, cover.ends_at));
            }
        }
        samples.many(&metrics::CERTIFICATE_END, told);
    }

    fn tell_connections(&self, samples: &mut Samples) {
        let (mut connections, mut most) = (Vec::new(), Vec::new());
        for pool in self.store.pools() {
            let label = |state: Option<&str>| {
                let mut labels: Labels = vec![("pool", pool.name.to_owned())];
                labels.extend(state.map(|state| ("state", state.to_owned())));
                labels
            };
            connections.push((label(Some("idle")), Value::Count(pool.idle)));
            let used = pool.all.saturating_sub(pool.idle);
            connections.push((label(Some("used")), Value::Count(used)));
            most.push((label(None), Value::Count(pool.most)));
        }
        samples.many(&metrics::CONNECTIONS, connections);
        samples.many(&metrics::CONNECTIONS_MAX, most);
    }
}

fn source(name: &str) -> Labels {
    vec![("source", name.to_owned())]
}

fn certificate(usage: &str, owner: String, ends_at: Timestamp) -> (Labels, Value) {
    let labels = vec![("use", usage.to_owned()), ("owner", owner)];
    (labels, Value::Number(ends_at.as_second()))
}

fn seconds(duration: SignedDuration) -> Value {
    Value::Level(duration.as_secs_f64())
}

fn tell_answers(measured: &Measured, now: Timestamp, samples: &mut Samples) {
    samples.one(&metrics::ANSWER_SECONDS, classes(&measured.answers));
    samples.one(&metrics::ACCEPTED, Value::Count(measured.accepted()));
    let (kept, missed) = measured.kept_and_missed();
    let term = |word: &str, count| (vec![("term", word.to_owned())], Value::Count(count));
    samples.many(&metrics::TERM, vec![term("kept", kept), term("missed", missed)]);
    let open = &measured.open;
    samples.one(&metrics::OPEN, Value::Count(open.open));
    samples.one(&metrics::OPEN_AGE, seconds(open.oldest_age(now)));
    let past = |percent: &str, count| (vec![("percent", percent.to_owned())], Value::Count(count));
    let past =
        vec![past("50", open.past_half), past("80", open.past_most), past("100", open.overdue)];
    samples.many(&metrics::PAST_TERM, past);
}

fn classes(answers: &AnswerCounts) -> Value {
    let ends = ANSWER_CLASSES_MS.iter().map(|ms| SignedDuration::from_millis(*ms).as_secs_f64());
    let ends = ends.chain([f64::INFINITY]);
    Value::Classes {
        sum: Duration::from_millis(answers.took_ms).as_secs_f64(),
        count: answers.all(),
        classes: ends.zip(answers.by_class).collect(),
    }
}

fn tell_jobs(jobs: &JobCounts, now: Timestamp, samples: &mut Samples) {
    samples.one(&metrics::JOBS, Value::Count(jobs.jobs));
    samples.one(&metrics::JOBS_DUE, Value::Count(jobs.due));
    samples.one(&metrics::QUEUE_AGE, seconds(jobs.queue_age(now)));
}

fn tell_messages(standing: &[OutboxStanding], now: Timestamp, samples: &mut Samples) {
    let (mut waiting, mut ages) = (Vec::new(), Vec::new());
    for one in standing {
        let channel = || vec![("channel", one.channel.code().to_owned())];
        waiting.push((channel(), Value::Count(one.waiting)));
        ages.push((channel(), seconds(one.oldest_age(now))));
    }
    samples.many(&metrics::MESSAGES, waiting);
    samples.many(&metrics::MESSAGES_AGE, ages);
}
