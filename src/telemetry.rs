//! Logs and metrics.
//!
//! The logging law: never a citizen's number, name, date, address or any other attribute value; never a body, a query
//! string or a secret. Metric labels come from closed sets (route template, outcome, reason, service code), never from
//! text that a caller or the register sent. Names, units and the bound on series: docs/metrics.md.

mod access;
mod catalog_reloads;
mod journal;
mod phases;
mod process;
mod readings;
mod shared_tier;
pub mod traces;
pub mod upstream;

use std::borrow::Cow;
use std::time::Duration;

use access::AccessCollector;
pub use access::{AccessState, AlarmState};
use catalog_reloads::CatalogReloads;
pub use journal::JournalState;
pub use phases::Phase;
use phases::Phases;
use process::ProcessCollector;
use prometheus::{HistogramOpts, HistogramTimer, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};
pub use readings::Readings;
pub use shared_tier::SharedTierMetrics;
use upstream::{ConnectionMetrics, UpstreamMetrics};

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For a terminal.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Starts logging to standard error. `filter` is a `tracing` directive such as `info` or `diensan=debug`.
///
/// # Errors
/// The filter cannot be read.
pub fn start_logging(format: LogFormat, filter: &str) -> anyhow::Result<()> {
    const LEVELS: &[&str] = &["off", "error", "warn", "info", "debug", "trace"];
    // A bare word that is no level would be taken as the name of a target, and everything else be silent.
    let misspelt = filter
        .split(',')
        .map(str::trim)
        .find(|word| !word.contains(['=', ':', '[']) && !LEVELS.contains(&word.to_ascii_lowercase().as_str()));
    if let Some(word) = misspelt {
        anyhow::bail!(
            "DIENSAN_LOG: `{}` is no level; allowed: error, warn, info, debug, trace, or target=level",
            word.escape_debug()
        );
    }
    let filter = tracing_subscriber::EnvFilter::builder().parse(filter).map_err(|error| {
        anyhow::anyhow!("DIENSAN_LOG: {error}; allowed: error, warn, info, debug, trace, or target=level")
    })?;
    // A log that cannot be written (a full disk) would be reported to the same standard error, with a panic.
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    let started = match format {
        LogFormat::Pretty => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging could not be started: {error}"))
}

/// All metrics of the service.
pub struct Metrics {
    registry: Registry,
    http_requests: IntCounterVec,
    http_duration: HistogramVec,
    requests: IntCounterVec,
    phases: Phases,
    lookups: IntCounterVec,
    lookup_duration: HistogramVec,
    cache_requests: IntCounterVec,
    cache_bytes: IntGauge,
    cache_limit: IntGauge,
    fields: IntCounterVec,
    verdicts: IntCounterVec,
    catalog: IntGaugeVec,
    reloads: CatalogReloads,
    upstream: UpstreamMetrics,
    server_certificate: IntGaugeVec,
}

impl Metrics {
    /// Registers every metric.
    ///
    /// # Errors
    /// A name is registered twice (a programming error that the first start shows).
    pub fn new() -> prometheus::Result<Self> {
        let phases = Phases::new()?;
        let metrics = Self {
            registry: Registry::new(),
            http_requests: IntCounterVec::new(
                Opts::new(
                    "diensan_http_requests_total",
                    "Answered HTTP requests by route template, method and status.",
                ),
                &["route", "method", "status"],
            )?,
            http_duration: HistogramVec::new(
                HistogramOpts::new("diensan_http_request_duration_seconds", "Time from request head to answer.")
                    .buckets(vec![
                        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 12.0, 25.0,
                    ]),
                &["route"],
            )?,
            requests: IntCounterVec::new(
                Opts::new(
                    "diensan_requests_total",
                    "Requests for forms, verdicts and records by configured caller and result: answered, or why not.",
                ),
                &["caller", "operation", "result"],
            )?,
            phases: phases.clone(),
            lookups: IntCounterVec::new(
                Opts::new(
                    "diensan_lookups_total",
                    "Look-ups sent to the population source by outcome and cause (hits of the cache are not look-ups).",
                ),
                &["connection", "outcome", "cause"],
            )?,
            lookup_duration: HistogramVec::new(
                HistogramOpts::new(
                    "diensan_lookup_duration_seconds",
                    "Time that one look-up took, with token and repeat.",
                )
                .buckets(vec![0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 25.0]),
                &["connection"],
            )?,
            cache_requests: IntCounterVec::new(
                Opts::new(
                    "diensan_cache_requests_total",
                    "Look-ups through the record cache: hit, miss, refresh, off.",
                ),
                &["result"],
            )?,
            cache_bytes: IntGauge::new("diensan_cache_bytes", "Weighed bytes of the records held in the local tier.")?,
            cache_limit: IntGauge::new("diensan_cache_limit_bytes", "Most bytes that the local tier holds.")?,
            fields: IntCounterVec::new(
                Opts::new(
                    "diensan_fields_total",
                    "Fields of answered forms by service and result: a state, or the reason of an empty field.",
                ),
                &["service", "result"],
            )?,
            verdicts: IntCounterVec::new(
                Opts::new(
                    "diensan_verified_fields_total",
                    "Typed values compared with the register by service and result.",
                ),
                &["service", "result"],
            )?,
            catalog: IntGaugeVec::new(
                Opts::new("diensan_catalog_entries", "Entries of the loaded catalogue by kind."),
                &["kind"],
            )?,
            reloads: CatalogReloads::new()?,
            upstream: UpstreamMetrics::new(phases)?,
            // A vector, so that a door without TLS has no series.
            server_certificate: IntGaugeVec::new(
                Opts::new(
                    "diensan_server_certificate_expires_timestamp_seconds",
                    "When the certificate of our own door ends.",
                ),
                &[],
            )?,
        };
        let build =
            IntGaugeVec::new(Opts::new("diensan_build_info", "Always 1; the version is the label."), &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        metrics.registry.register(Box::new(build))?;
        metrics.registry.register(Box::new(metrics.http_requests.clone()))?;
        metrics.registry.register(Box::new(metrics.http_duration.clone()))?;
        metrics.registry.register(Box::new(metrics.requests.clone()))?;
        metrics.phases.register(&metrics.registry)?;
        metrics.registry.register(Box::new(metrics.lookups.clone()))?;
        metrics.registry.register(Box::new(metrics.lookup_duration.clone()))?;
        metrics.registry.register(Box::new(metrics.cache_requests.clone()))?;
        metrics.registry.register(Box::new(metrics.cache_bytes.clone()))?;
        metrics.registry.register(Box::new(metrics.cache_limit.clone()))?;
        metrics.registry.register(Box::new(metrics.fields.clone()))?;
        metrics.registry.register(Box::new(metrics.verdicts.clone()))?;
        metrics.registry.register(Box::new(metrics.catalog.clone()))?;
        metrics.reloads.register(&metrics.registry)?;
        metrics.upstream.register(&metrics.registry)?;
        metrics.registry.register(Box::new(metrics.server_certificate.clone()))?;
        metrics.registry.register(Box::new(ProcessCollector::new()?))?;
        Ok(metrics)
    }

    /// An HTTP request was answered.
    pub fn http_request(&self, route: &str, method: &str, status: u16, took: Duration) {
        self.http_requests.with_label_values(&[route, method, &status.to_string()]).inc();
        self.http_duration.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// A request for a form, verdicts or a record ended. `caller` is a configured name (empty: none are configured),
    /// `result` of a closed set.
    pub fn request(&self, caller: &str, operation: &str, result: &str) {
        self.requests.with_label_values(&[caller, operation, result]).inc();
    }

    /// Observes a phase of our own from now until the timer is dropped, also when the request is broken off.
    pub fn phase(&self, phase: Phase) -> HistogramTimer {
        self.phases.own(phase).start_timer()
    }

    /// A phase of our own that was measured.
    pub fn phase_took(&self, phase: Phase, took: Duration) {
        self.phases.own(phase).observe(took.as_secs_f64());
    }

    /// When the certificate of our own door ends, in seconds since 1970.
    pub fn server_certificate_ends(&self, second: i64) {
        self.server_certificate.with_label_values::<&str>(&[]).set(second);
    }

    /// A look-up came back.
    pub fn look_up(&self, connection: &str, outcome: &str, cause: Option<&str>, took: Duration) {
        self.lookups.with_label_values(&[connection, outcome, cause.unwrap_or("")]).inc();
        self.lookup_duration.with_label_values(&[connection]).observe(took.as_secs_f64());
    }

    /// The cache served a look-up.
    pub fn cache_request(&self, result: &str) {
        self.cache_requests.with_label_values(&[result]).inc();
    }

    /// Bytes held by the cache now, and how many it may hold.
    pub fn cache_bytes(&self, bytes: u64, limit: u64) {
        self.cache_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        self.cache_limit.set(i64::try_from(limit).unwrap_or(i64::MAX));
    }

    /// The fields of an answered form by their results. `service` is a code of the catalogue, never one that a caller sent.
    pub fn fields(&self, service: &str, results: impl Iterator<Item = Cow<'static, str>>) {
        // A form has dozens of fields and few results: every series is looked up once.
        let mut counts: Vec<(Cow<'static, str>, u64)> = Vec::with_capacity(8);
        for result in results {
            match counts.iter_mut().find(|(counted, _)| *counted == result) {
                Some((_, count)) => *count += 1,
                None => counts.push((result, 1)),
            }
        }
        for (result, count) in counts {
            self.fields.with_label_values(&[service, &result]).inc_by(count);
        }
    }

    /// A typed value that was compared. `service` is a code of the catalogue, never one that a caller sent.
    pub fn verdict(&self, service: &str, result: &str) {
        self.verdicts.with_label_values(&[service, result]).inc();
    }

    /// The size of the loaded catalogue.
    pub fn catalog(&self, kind: &str, count: usize) {
        self.catalog.with_label_values(&[kind]).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// The version of the catalogue in use.
    pub fn catalog_version(&self, version: &str) {
        self.reloads.version(version);
    }

    /// A reload of the catalogue ended (`result`: ok, failed) at this second.
    pub fn catalog_reload(&self, result: &'static str, good: bool, second: i64) {
        self.reloads.ended(result, good, second);
    }

    /// The metrics of a connection to upstream.
    pub fn upstream(&self, connection: &str) -> ConnectionMetrics {
        self.upstream.connection(connection)
    }

    /// Metrics of the tier that replicas share.
    ///
    /// # Errors
    /// They are registered already.
    pub fn shared_tier(&self) -> prometheus::Result<SharedTierMetrics> {
        SharedTierMetrics::register(&self.registry)
    }

    /// Metrics of the access room, which is asked at every scrape.
    ///
    /// # Errors
    /// They are registered already.
    pub fn access(&self, read: impl Fn() -> AccessState + Send + Sync + 'static) -> prometheus::Result<()> {
        self.registry.register(Box::new(AccessCollector::new(read)?))
    }

    /// What becomes of spans, where traces are on.
    ///
    /// # Errors
    /// They are counted already.
    pub fn spans(&self) -> prometheus::Result<traces::SpanCounts> {
        traces::SpanCounts::new(&self.registry)
    }

    /// Everything now; with the journal's metrics when there is one.
    pub fn read(&self, journal: Option<JournalState>) -> Readings {
        let mut families = self.registry.gather();
        families.extend(journal.and_then(|state| journal::families(state).ok()).unwrap_or_default());
        Readings(families)
    }
}
