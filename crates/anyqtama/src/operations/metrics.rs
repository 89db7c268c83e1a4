//! Every metric there is, and how they are written as Prometheus reads them. Knows no source of a number. Read next:
//! `standing.rs`; `docs/operations.md` has the same list for people, which a test compares.

use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

/// What Prometheus is told the text is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Kinds of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows; its samples end with `_total`.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by classes; its samples end with `_bucket`, `_sum` and `_count`.
    Histogram,
}

/// A metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name, of counters without `_total`.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// What it says, without a full stop.
    pub help: &'static str,
}

macro_rules! metrics {
    ($($name:ident: $kind:ident $text:literal $help:literal;)+) => {
        $(
            #[doc = $help]
            pub static $name: Metric = Metric { name: $text, kind: Kind::$kind, help: $help };
        )+
        /// All of them.
        pub static ALL: &[&Metric] = &[$(&$name),+];
    };
}

metrics! {
    BUILD_INFO: Gauge "anyqtama_build_info" "The version that runs";
    ANSWER_SECONDS: Histogram "anyqtama_request_answer_seconds" "Answered requests by the time from acceptance to answer, counted from the store";
    ACCEPTED: Counter "anyqtama_requests_accepted" "Requests accepted, counted from the store";
    TERM: Counter "anyqtama_requests_term" "Requests whose term was kept (answered in time) or missed, counted from the store";
    OPEN: Gauge "anyqtama_requests_open" "Requests without an answer";
    OPEN_AGE: Gauge "anyqtama_requests_open_oldest_age_seconds" "Age of the oldest request without an answer";
    PAST_TERM: Gauge "anyqtama_requests_past_term" "Requests without an answer of whose term so many percent have passed";
    JOBS: Gauge "anyqtama_jobs" "Requests with work left";
    JOBS_DUE: Gauge "anyqtama_jobs_due" "Requests whose turn has come and which nobody works on";
    QUEUE_AGE: Gauge "anyqtama_job_queue_age_seconds" "How long the request waits whose turn came longest ago";
    MESSAGES: Gauge "anyqtama_messages_waiting" "Messages of notices that are not sent yet, by the way they go";
    MESSAGES_AGE: Gauge "anyqtama_messages_oldest_age_seconds" "How long the message waits whose notice was written first, by the way it goes";
    MESSAGES_ENDED: Counter "anyqtama_messages_ended" "Messages this process brought to their end, by way and end";
    SOURCE_UP: Gauge "anyqtama_source_up" "Whether it answered this process when it was asked last";
    SOURCE_SUCCESS: Gauge "anyqtama_source_last_success_timestamp_seconds" "When it answered this process last";
    BREAKER_OPEN: Gauge "anyqtama_breaker_open" "Whether this process leaves it alone because it kept silent";
    JUDGE_DISAGREEMENTS: Counter "anyqtama_judge_disagreements" "Signatures about which two judges disagreed";
    CERTIFICATE_END: Gauge "anyqtama_certificate_end_timestamp_seconds" "When the last certificate of this use and owner ends";
    CLOCK_DIFFERENCE: Gauge "anyqtama_clock_difference_seconds" "By how much the clock of the database server is ahead of this machine's";
    HTTP_SECONDS: Histogram "anyqtama_http_request_seconds" "Requests over HTTP by route, method and class of status";
    CONNECTIONS: Gauge "anyqtama_database_connections" "Connections to the database by what they do";
    CONNECTIONS_MAX: Gauge "anyqtama_database_connections_max" "Most connections to the database";
    TRACE_EXPORTS: Counter "anyqtama_trace_exports" "Batches of spans sent to the collector, by outcome";
    PROBER_RUNS: Counter "anyqtama_prober_runs" "Journeys of the prober, by the step at which they failed or ok";
    PROBER_SUCCESS: Gauge "anyqtama_prober_last_success_timestamp_seconds" "When a journey of the prober went well last";
    PROBER_SECONDS: Gauge "anyqtama_prober_duration_seconds" "How long the last journey of the prober took that went well";
}

/// A number of a metric.
#[derive(Clone, Debug)]
pub enum Value {
    /// Whole and not negative.
    Count(u64),
    /// Whole.
    Number(i64),
    /// Any.
    Level(f64),
    /// By classes, each with its upper end and how many are in it alone.
    Classes {
        /// Sum of all.
        sum: f64,
        /// Number of all.
        count: u64,
        /// Classes; the last has no end (`f64::INFINITY`).
        classes: Vec<(f64, u64)>,
    },
}

impl From<bool> for Value {
    fn from(is_so: bool) -> Self {
        Self::Count(u64::from(is_so))
    }
}

impl From<Duration> for Value {
    fn from(duration: Duration) -> Self {
        Self::Level(duration.as_secs_f64())
    }
}

/// Labels of a sample: never anybody's data, never a number of a request, and of few values each.
pub type Labels = Vec<(&'static str, String)>;

/// Samples gathered at one moment.
#[derive(Debug, Default)]
pub struct Samples(Vec<(&'static Metric, Vec<(Labels, Value)>)>);

impl Samples {
    /// A metric without labels.
    pub fn one(&mut self, metric: &'static Metric, value: impl Into<Value>) {
        self.0.push((metric, vec![(Vec::new(), value.into())]));
    }

    /// A metric with labels; none where there are no samples.
    pub fn many(&mut self, metric: &'static Metric, samples: Vec<(Labels, Value)>) {
        if !samples.is_empty() {
            self.0.push((metric, samples));
        }
    }
}

impl Collector for Samples {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        for (metric, samples) in &self.0 {
            let mut described =
                encoder.encode_descriptor(metric.name, metric.help, None, metric.kind.into())?;
            for (labels, value) in samples {
                if labels.is_empty() {
                    value.encode(metric.kind, &mut described)?;
                } else {
                    value.encode(metric.kind, &mut described.encode_family(labels)?)?;
                }
            }
        }
        Ok(())
    }
}

impl From<Kind> for MetricType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Counter => Self::Counter,
            Kind::Gauge => Self::Gauge,
            Kind::Histogram => Self::Histogram,
        }
    }
}

impl Value {
    fn encode(&self, kind: Kind, encoder: &mut MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        match self {
            Self::Count(count) if kind == Kind::Counter => {
                encoder.encode_counter::<NoLabelSet, u64, u64>(count, None)
            }
            Self::Count(count) => encoder.encode_gauge(count),
            Self::Number(number) => encoder.encode_gauge(number),
            Self::Level(level) => encoder.encode_gauge(level),
            Self::Classes { sum, count, classes } => {
                encoder.encode_histogram::<NoLabelSet>(*sum, *count, classes, None)
            }
        }
    }
}

/// The text of these samples and of what a registry keeps.
///
/// # Errors
/// Where the text cannot be written.
pub fn text(mut registry: Registry, samples: Samples) -> Result<String, std::fmt::Error> {
    registry.register_collector(Box::new(samples));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}
