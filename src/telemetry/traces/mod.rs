//! Traces: what a request spent its time on, step by step, sent to a collector (OpenTelemetry). Off unless configured.
//!
//! The logging law holds here too, and more strictly: only this file makes spans, their names and the keys of their
//! attributes are fixed in the program, and what stands in them is a word of a closed set, a name of the configuration or of
//! the catalogue, a count, or the request's id. No body, query string, officer, agency, dossier or anything of a citizen
//! is ever handed over (RISKS T12). `docs/traces.md` has the table.
//!
//! Steps find their parent in the task that they run in, so that no signature carries a span. Where traces are off
//! nothing is built: every function here then returns after one atomic read, without an allocation.

mod collector;
mod parent;
mod queue;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

pub use opentelemetry::trace::SpanContext;
use opentelemetry::trace::{FutureExt as _, SpanBuilder, SpanKind, Status, TraceContextExt as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

pub use collector::Collector;
pub use parent::remote_parent;
pub use queue::SpanCounts;
use queue::{Queue, Sending};

/// The one that makes spans; empty where traces are off. One a process, like the log.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// What traces are made of.
pub struct TracesPlan {
    /// Share of the requests without a traced parent that are traced, from 0 to 1.
    pub sample: f64,
    pub service_name: String,
    /// Further attributes of this process, from the configuration.
    pub attributes: Vec<(String, String)>,
    pub collector: Collector,
}

/// Traces that are on.
pub struct Traces(Sending);

impl Traces {
    /// Turns traces on. Needs a tokio runtime, on which spans are sent.
    ///
    /// # Errors
    /// The exporter refuses the address or its environment (`OTEL_…`), or traces are on already.
    pub fn start(plan: TracesPlan, counts: SpanCounts) -> Result<Self, String> {
        let attributes = plan.attributes.into_iter().map(|(name, value)| KeyValue::new(name, value));
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder()
            .with_attribute(version)
            .with_attributes(attributes)
            .with_service_name(plan.service_name)
            .build();
        let (queue, sending) = Queue::start(plan.collector.exporter(&resource)?, counts);
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(plan.sample)));
        let provider = SdkTracerProvider::builder()
            .with_sampler(sampler)
            .with_resource(resource)
            .with_span_processor(queue)
            .build();
        // The tracer keeps the provider.
        TRACER.set(provider.tracer("diensan")).map_err(|_| "traces are on already".to_owned())?;
        Ok(Self(sending))
    }

    /// Sends what is left, for at most this long.
    pub async fn finish(self, limit: Duration) {
        self.0.finish(limit).await;
    }
}

/// Whether traces are on.
pub fn on() -> bool {
    TRACER.get().is_some()
}

/// One timed step; nothing at all where traces are off or the request is not traced. It ends when it is dropped.
pub struct Step(Option<Context>);

impl Step {
    /// A step of ours, within the step that this task is in.
    pub fn begin(name: &'static str) -> Self {
        Self::of_kind(name, SpanKind::Internal)
    }

    /// A call to somebody else. Only its time is ours: the peer is told nothing of the trace.
    pub fn call(name: &'static str) -> Self {
        Self::of_kind(name, SpanKind::Client)
    }

    fn of_kind(name: &'static str, kind: SpanKind) -> Self {
        Self(within(|parent, tracer| {
            parent.with_span(SpanBuilder::from_name(name).with_kind(kind).start_with_context(tracer, parent))
        }))
    }

    /// Says something of this step: a word of a closed set, or a name of the configuration or the catalogue.
    pub fn word(&self, key: &'static str, value: &str) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(KeyValue::new(key, value.to_owned()));
        }
    }

    /// Runs something within this step.
    pub async fn around<F: Future>(&self, inner: F) -> F::Output {
        match &self.0 {
            Some(context) => inner.with_context(context.clone()).await,
            None => inner.await,
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }
}

/// Does something with the step that this task is in, when there is one that is traced.
fn within<T>(act: impl FnOnce(&Context, &SdkTracer) -> T) -> Option<T> {
    let tracer = TRACER.get()?;
    let parent = Context::current();
    parent.span().is_recording().then(|| act(&parent, tracer))
}

/// Says something of the step that this task is in.
pub fn note(key: &'static str, value: &str) {
    within(|current, _| current.span().set_attribute(KeyValue::new(key, value.to_owned())));
}

/// A part of the step that this task is in, which just ended and took this long.
pub fn phase(name: &'static str, took: Duration) {
    within(|parent, tracer| past(name, parent, tracer, SystemTime::now() - took));
}

fn past(name: &'static str, parent: &Context, tracer: &SdkTracer, began: SystemTime) -> Context {
    let span = SpanBuilder::from_name(name).with_start_time(began).start_with_context(tracer, parent);
    let context = parent.with_span(span);
    context.span().end();
    context
}

/// Takes the step that this task is in along to another task.
pub fn carry<F: Future>(inner: F) -> impl Future<Output = F::Output> {
    let context = within(|current, _| current.clone());
    async move {
        match context {
            Some(context) => inner.with_context(context).await,
            None => inner.await,
        }
    }
}

/// The step that a whole request is. Whose child it is is decided when it is known who calls.
#[derive(Clone, Default)]
pub struct RequestTrace(Option<Arc<Opened>>);

struct Opened {
    began: SystemTime,
    parent: Option<SpanContext>,
    context: OnceLock<Context>,
}

/// What is told of a request when it is answered.
pub struct Ending<'e> {
    pub method: &'static str,
    /// The template, never the address.
    pub route: &'e str,
    pub status: u16,
    /// The problem's code; empty: none.
    pub code: &'static str,
    pub request_id: &'e str,
}

impl RequestTrace {
    /// A request came, with the parent that it names.
    pub fn open(parent: Option<SpanContext>) -> Self {
        Self(on().then(|| Arc::new(Opened { began: SystemTime::now(), parent, context: OnceLock::new() })))
    }

    /// Whether there is anything to carry along.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// It is known whether the request comes from somebody who may call. Only then is the parent believed: nobody else
    /// can decide what is traced, or put his ids into somebody's traces.
    pub fn admit(&self, may_call: bool) {
        if let Some(opened) = &self.0 {
            opened.context(may_call);
        }
    }

    /// The time since the request came was spent on finding out who calls.
    pub fn access(&self, result: &str) {
        let Some((opened, tracer)) = self.0.as_ref().zip(TRACER.get()) else { return };
        let context = opened.context(false);
        if context.span().is_recording() {
            let began = opened.began;
            let span = SpanBuilder::from_name("access")
                .with_start_time(began)
                .with_attributes([KeyValue::new("diensan.result", result.to_owned())])
                .start_with_context(tracer, context);
            drop(span);
        }
    }

    /// The trace's id, for the log line; `None`: this request is not traced.
    pub fn id(&self) -> Option<String> {
        let context = self.0.as_ref()?.context.get()?;
        let span = context.span();
        span.span_context().is_sampled().then(|| span.span_context().trace_id().to_string())
    }

    /// Runs something within the request.
    pub async fn around<F: Future>(&self, inner: F) -> F::Output {
        match self.0.as_ref().and_then(|opened| opened.context.get()) {
            Some(context) => inner.with_context(context.clone()).await,
            None => inner.await,
        }
    }

    /// The request is answered.
    pub fn close(&self, ending: &Ending<'_>) {
        let Some(opened) = &self.0 else { return };
        let span = opened.context(false).span();
        if span.is_recording() {
            span.update_name(format!("{} {}", ending.method, ending.route));
            span.set_attributes([
                KeyValue::new("http.request.method", ending.method),
                KeyValue::new("http.route", ending.route.to_owned()),
                KeyValue::new("http.response.status_code", i64::from(ending.status)),
                KeyValue::new("diensan.request_id", ending.request_id.to_owned()),
            ]);
            if !ending.code.is_empty() {
                span.set_attribute(KeyValue::new("diensan.problem", ending.code));
            }
            if ending.status >= 500 {
                span.set_status(Status::error(ending.code));
            }
        }
        span.end();
    }
}

impl Opened {
    /// The request's own step; the first call decides whose child it is.
    fn context(&self, believe: bool) -> &Context {
        self.context.get_or_init(|| {
            let root = Context::new();
            let parent = self.parent.clone().filter(|_| believe);
            let root = parent.map_or_else(|| root.clone(), |parent| root.with_remote_span_context(parent));
            let Some(tracer) = TRACER.get() else { return root };
            let builder = SpanBuilder::from_name("request").with_kind(SpanKind::Server).with_start_time(self.began);
            root.with_span(builder.start_with_context(tracer, &root))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Nothing in the unit tests turns traces on: what is seen here is what every process without `[traces]` does.
    #[tokio::test]
    async fn where_traces_are_off_nothing_is_built() {
        let parent = remote_parent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let request = RequestTrace::open(parent);
        request.admit(true);
        let inside = request.around(async { (Step::begin("lookup").0.is_none(), Step::call("upstream").0.is_none()) });
        assert_eq!((on(), request.is_on(), inside.await), (false, false, (true, true)));
        assert!(within(|_, _| ()).is_none());
        assert_eq!(std::mem::size_of::<RequestTrace>(), std::mem::size_of::<usize>());
    }
}
