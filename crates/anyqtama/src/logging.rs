//! Logs: to standard error, as text or one JSON object a line; and spans beside them to a collector of traces, where there is
//! one. Then a line of JSON carries the number of its trace.

use std::fmt;
use std::io::IsTerminal;

use anyhow::{Context as _, Result};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, TraceId};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{Format, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::LogConfig;
use crate::operations::traces::Telemetry;

/// Crates of ours whose spans are traced; what libraries say of themselves is not ours to vouch for.
const TRACED: [&str; 5] = ["anyqtama", "app", "adapters", "gateway", "portal"];

/// Which lines are written.
pub fn filter(config: &LogConfig) -> Result<EnvFilter> {
    let filter = EnvFilter::try_new(&config.filter).context("log.filter")?;
    // It complains of each mechanism of a device that it does not know by name, and of nothing else.
    Ok(filter.add_directive("cryptoki::mechanism=off".parse()?))
}

/// Starts logging, and tracing where there is a collector; once per process.
pub fn start(config: &LogConfig, otlp_url: Option<&str>) -> Result<Telemetry> {
    let filter = filter(config)?;
    let telemetry = otlp_url.map(Telemetry::to).transpose()?.unwrap_or_default();
    let traced = TRACED.map(|name| (name, tracing::Level::INFO));
    let spans = telemetry.tracer().map(|tracer| {
        let spans = tracing_opentelemetry::layer().with_tracer(tracer).with_location(false);
        spans.with_threads(false).with_filter(Targets::new().with_targets(traced))
    });
    let is_seen = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_ansi(is_seen).with_writer(std::io::stderr);
    let lines = if config.json {
        let lines = lines.event_format(WithTrace(Format::default().json()));
        lines.fmt_fields(JsonFields::new()).with_filter(filter).boxed()
    } else {
        lines.with_filter(filter).boxed()
    };
    let started = tracing_subscriber::registry().with(spans).with(lines).try_init();
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))?;
    // What a panic says may hold a person's data: only its place is told.
    std::panic::set_hook(Box::new(|fault| {
        let place = fault.location().map(ToString::to_string);
        tracing::error!(place, "fault of the program");
    }));
    Ok(telemetry)
}

/// Lines of JSON with the number of the trace they belong to, by which they are found from a trace and the other way round.
struct WithTrace(Format<Json>);

impl<S, N> FormatEvent<S, N> for WithTrace
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        // Of the trace this thread is in, whether the filter of lines knows its spans or not.
        let trace = Context::current().span().span_context().trace_id();
        if trace == TraceId::INVALID {
            return self.0.format_event(context, writer, event);
        }
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        match line.trim_end().strip_suffix('}') {
            Some(open) => writeln!(writer, "{open},\"trace_id\":\"{trace}\"}}"),
            None => writer.write_str(&line),
        }
    }
}
