//! From the end of a span to the collector: a bounded queue, and one task that sends.
//!
//! Nothing here is waited for by a request. A queue that is full drops the span and counts it; a batch that the collector
//! does not take is counted and gone: traces are not worth memory.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter as _, SpanProcessor};
use prometheus::{IntCounterVec, Opts, Registry};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

/// Spans that may wait; about 2 MiB.
const WAITING: usize = 4096;
/// Spans of one call to the collector.
const BATCH: usize = 512;
/// How long a span waits for others.
const GATHER: Duration = Duration::from_secs(1);
/// How long one call to the collector may take, all told.
const CALL: Duration = Duration::from_secs(10);

/// What became of the spans: sent, failed (the collector did not take them), dropped (the queue was full).
#[derive(Clone)]
pub struct SpanCounts(IntCounterVec);

impl SpanCounts {
    /// Registers the metric.
    ///
    /// # Errors
    /// It is registered already.
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
        let counts = IntCounterVec::new(
            Opts::new(
                "diensan_trace_spans_total",
                "Spans by what became of them: sent, failed (not taken by the collector), dropped (the queue was full).",
            ),
            &["result"],
        )?;
        for result in ["sent", "failed", "dropped"] {
            counts.with_label_values(&[result]);
        }
        registry.register(Box::new(counts.clone()))?;
        Ok(Self(counts))
    }

    fn add(&self, result: &str, spans: usize) {
        self.0.with_label_values(&[result]).inc_by(u64::try_from(spans).unwrap_or(u64::MAX));
    }
}

/// Takes the spans that end.
pub struct Queue {
    spans: mpsc::Sender<SpanData>,
    counts: SpanCounts,
}

impl Queue {
    /// The queue, and the task that empties it.
    pub fn start(exporter: SpanExporter, counts: SpanCounts) -> (Self, Sending) {
        let (spans, waiting) = mpsc::channel(WAITING);
        let (stop, stopped) = oneshot::channel();
        let inbox = Inbox { waiting, stopped: Some(stopped) };
        let task = tokio::spawn(send_all(inbox, exporter, counts.clone()));
        (Self { spans, counts }, Sending { stop, task })
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Queue")
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.spans.try_send(span).is_err() {
            self.counts.add("dropped", 1);
        }
    }

    /// Nobody waits for the collector; [`Sending::finish`] is the only flush.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// The task that sends.
pub struct Sending {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Sending {
    /// Sends what waits, for at most this long; what is left then is lost.
    pub async fn finish(self, limit: Duration) {
        let Self { stop, mut task } = self;
        // The task ended by itself: there is nobody to tell.
        let _ = stop.send(());
        if timeout(limit, &mut task).await.is_err() {
            task.abort();
            tracing::warn!("the last traces could not be delivered in time");
        }
    }
}

struct Inbox {
    waiting: mpsc::Receiver<SpanData>,
    /// Gone when no more spans are taken.
    stopped: Option<oneshot::Receiver<()>>,
}

impl Inbox {
    /// The next span; `None` after the stop when all were given.
    async fn next(&mut self) -> Option<SpanData> {
        if let Some(stopped) = &mut self.stopped {
            tokio::select! {
                span = self.waiting.recv() => return span,
                _ = stopped => {}
            }
            self.stopped = None;
            self.waiting.close();
        }
        self.waiting.recv().await
    }
}

async fn send_all(mut inbox: Inbox, exporter: SpanExporter, counts: SpanCounts) {
    let mut failing = false;
    while let Some(first) = inbox.next().await {
        let mut batch = vec![first];
        let until = Instant::now() + GATHER;
        while batch.len() < BATCH
            && let Ok(Some(span)) = timeout_at(until, inbox.next()).await
        {
            batch.push(span);
        }
        let spans = batch.len();
        let sent = matches!(timeout(CALL, exporter.export(batch)).await, Ok(Ok(())));
        counts.add(if sent { "sent" } else { "failed" }, spans);
        if sent == failing {
            failing = !sent;
            if failing {
                tracing::warn!("the collector does not take our traces; requests are answered as before");
            } else {
                tracing::info!("the collector takes our traces again");
            }
        }
    }
}
