//! One HTTP POST: what went out, what came back, or how it failed.
//!
//! Bounded in bytes after decompression; follows no redirect, uses no proxy of the environment (RISKS T9). A call that
//! is dropped half-way closes its connection, so no unread reply waits for the next one (RISKS T6, U20). Errors of the
//! HTTP library hold addresses: they are classified here and never shown.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Client, Response, Url, redirect};
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::connect_timing::{CallClock, TimedConnections};
use super::error::GatewayBuildError;
use super::question::Question;
use super::skew;
use super::tls::Certificates;
use crate::config::{GuardSettings, TlsSettings};
use crate::population::outcome::TimeoutCause;
use crate::population::reply::{HttpReply, http_date};
use crate::telemetry::upstream::{Address, ConnectionMetrics, Phase};

/// What a body usually needs; larger ones move.
const USUAL_BYTES: usize = 16 * 1024;

/// How often TCP asks whether the peer is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// An HTTP client for one connection.
pub struct Transport {
    client: ArcSwap<Client>,
    /// What the client was built from; a change of the files builds another.
    certificates: Mutex<Certificates>,
    tls: TlsSettings,
    https: bool,
    connect_timeout: Duration,
    idle: Duration,
    first_byte: Duration,
    body: Duration,
    max_bytes: usize,
    metrics: ConnectionMetrics,
}

/// An HTTP answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub body: Body,
    /// By how many seconds upstream's clock is ahead of ours (PROTOCOL §3.1), when it told the time.
    pub skew_seconds: Option<i64>,
    content_type: Option<String>,
    retry_after: Option<String>,
}

/// How far the body could be read.
pub enum Body {
    Whole(Zeroizing<Vec<u8>>),
    /// More than the allowed bytes; the rest was not read.
    TooLarge,
    /// The connection broke, or the compression was damaged.
    Broken,
    /// The answer did not end in time.
    TimedOut(TimeoutCause),
}

impl Answer {
    /// The answer as the reply reader wants it; without body when that could not be read.
    pub fn reply(&self) -> HttpReply<'_> {
        let body: &[u8] = match &self.body {
            Body::Whole(bytes) => bytes,
            Body::TooLarge | Body::Broken | Body::TimedOut(_) => &[],
        };
        HttpReply {
            status: self.status,
            content_type: self.content_type.clone(),
            retry_after: self.retry_after.clone(),
            body,
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// No connection: nothing of the question was sent, so it may be repeated.
    NotConnected,
    /// No connection in time; nothing was sent either.
    ConnectTimeout,
    /// The connection broke when the question was, perhaps, on its way already.
    Broken,
    /// The question was sent, perhaps, and no head of an answer came in time.
    TimedOut(TimeoutCause),
}

impl Transport {
    /// A client that trusts the given roots only.
    ///
    /// # Errors
    /// The TLS files cannot be used, or the machine has no roots of its own.
    pub fn new(
        base: &Url,
        tls: &TlsSettings,
        guard: &GuardSettings,
        max_bytes: usize,
        metrics: ConnectionMetrics,
    ) -> Result<Self, GatewayBuildError> {
        let https = base.scheme() == "https";
        let mut certificates = Certificates::read(tls)?;
        let client = build(&certificates, https, (guard.connect_timeout, guard.idle), &metrics)?;
        certificates.show_ends(&metrics);
        Ok(Self {
            client: ArcSwap::from_pointee(client),
            certificates: Mutex::new(certificates),
            tls: tls.clone(),
            https,
            connect_timeout: guard.connect_timeout,
            idle: guard.idle,
            first_byte: guard.first_byte_timeout,
            body: guard.body_timeout,
            max_bytes,
            metrics,
        })
    }

    /// Sends a question and reads the answer to its end, both before `deadline` and within their own limits. A call that
    /// ends early closes its connection.
    pub async fn post(
        &self,
        address: Address,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
        deadline: Instant,
    ) -> Result<Answer, NoAnswer> {
        let answer = self.exchange(url, headers, body, deadline).await;
        let result = match &answer {
            Ok(Answer { body: Body::TimedOut(_), .. }) | Err(NoAnswer::TimedOut(_)) => "timeout",
            Ok(Answer { body: Body::Broken, .. }) | Err(NoAnswer::Broken) => "broken",
            Ok(answer) => status_class(answer.status),
            Err(NoAnswer::NotConnected) => "not_connected",
            Err(NoAnswer::ConnectTimeout) => "connect_timeout",
        };
        self.metrics.call(address, result);
        answer
    }

    async fn exchange(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
        deadline: Instant,
    ) -> Result<Answer, NoAnswer> {
        let clock = CallClock::start();
        let client = self.client.load_full();
        let question = Question::body(body, &clock);
        let sent = clock.run(client.post(url.clone()).headers(headers).body(question).send());
        let response = self.head(sent, &clock, deadline).await?;
        let (begin, seen) = (Instant::now(), Timestamp::now());
        let waited = clock.ready_since().map(|ready| begin.saturating_duration_since(ready));
        if let Some(waited) = waited {
            self.metrics.phase(Phase::FirstByte, waited);
        }
        let date = header(&response, DATE).as_deref().and_then(http_date);
        let (limit, cause) = earlier((begin + self.body, TimeoutCause::Body), (deadline, TimeoutCause::Budget));
        let answer = Answer {
            status: response.status().as_u16(),
            content_type: header(&response, CONTENT_TYPE),
            retry_after: header(&response, RETRY_AFTER),
            skew_seconds: date.map(|date| skew::estimate(date, seen, waited.unwrap_or_default())),
            body: timeout_at(limit, read_body(response, self.max_bytes)).await.unwrap_or(Body::TimedOut(cause)),
        };
        self.metrics.phase(Phase::Body, begin.elapsed());
        Ok(answer)
    }

    /// Waits for the head of the answer. The limit for it begins when the connection stands; while one is being set up
    /// the client's own limit for connecting holds.
    async fn head(
        &self,
        sent: impl Future<Output = reqwest::Result<Response>>,
        clock: &CallClock,
        deadline: Instant,
    ) -> Result<Response, NoAnswer> {
        let mut sent = std::pin::pin!(sent);
        loop {
            let first_byte = match clock.ready_since() {
                Some(ready) => ready + self.first_byte,
                None => Instant::now() + self.first_byte,
            };
            let (limit, cause) = earlier((first_byte, TimeoutCause::FirstByte), (deadline, TimeoutCause::Budget));
            match timeout_at(limit, &mut sent).await {
                Ok(answered) => return answered.map_err(|error| no_answer(&error)),
                Err(_) if cause == TimeoutCause::Budget => return Err(NoAnswer::TimedOut(cause)),
                Err(_) => {
                    let now = Instant::now();
                    if clock.ready_since().is_some_and(|ready| ready + self.first_byte <= now) {
                        return Err(NoAnswer::TimedOut(cause));
                    }
                }
            }
        }
    }

    /// Takes up roots and client certificate whose files changed; `Ok(true)`: something changed. No new call uses a
    /// connection of the client before.
    ///
    /// # Errors
    /// What is wrong with a file; the old client stays.
    pub fn refresh_certificates(&self) -> Result<bool, String> {
        if !self.https {
            return Ok(false);
        }
        let mut found = Certificates::read(&self.tls).map_err(|refusal| refusal.to_string())?;
        let mut current = self.certificates.lock().unwrap_or_else(PoisonError::into_inner);
        if current.same_files(&found) {
            current.warn_of_ends(self.metrics.connection());
            return Ok(false);
        }
        let client = build(&found, self.https, (self.connect_timeout, self.idle), &self.metrics)
            .map_err(|refusal| refusal.to_string())?;
        found.show_ends(&self.metrics);
        self.client.store(Arc::new(client));
        *current = found;
        Ok(true)
    }

    /// How long warming may take; readiness waits for it.
    pub fn warming_limit(&self) -> Duration {
        self.connect_timeout + WARM_ANSWER
    }

    /// Opens connections and keeps them: a `HEAD` of the base without credentials, any answer will do. A failure is told
    /// by the number of connections that stand.
    pub async fn warm_up(&self, base: &Url, connections: usize, deadline: Instant) -> usize {
        let client = self.client.load_full();
        let opened = (0..connections).map(|_| timeout_at(deadline, client.head(base.clone()).send()));
        let opened = futures_util::future::join_all(opened).await;
        opened.into_iter().filter(|answered| matches!(answered, Ok(Ok(_)))).count()
    }
}

/// How long an answer to the warming request may take, besides connecting.
const WARM_ANSWER: Duration = Duration::from_secs(1);

/// A client for plain HTTP on loopback is built without any roots, because a machine without a system store could not
/// build it otherwise.
fn build(
    certificates: &Certificates,
    https: bool,
    (connect_timeout, idle): (Duration, Duration),
    metrics: &ConnectionMetrics,
) -> Result<Client, GatewayBuildError> {
    let builder = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .http1_only()
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(idle)
        .tcp_keepalive(KEEP_ALIVE)
        .gzip(true)
        .connector_layer(TimedConnections(metrics.clone()))
        .user_agent(concat!("diensan/", env!("CARGO_PKG_VERSION")));
    let builder = if https {
        certificates.apply(builder.https_only(true).tls_version_min(reqwest::tls::Version::TLS_1_2))?
    } else {
        builder.tls_certs_only([])
    };
    builder.build().map_err(|_| GatewayBuildError::Client)
}

fn no_answer(error: &reqwest::Error) -> NoAnswer {
    match (error.is_connect(), error.is_timeout()) {
        (true, true) => NoAnswer::ConnectTimeout,
        (true, false) => NoAnswer::NotConnected,
        (false, _) => NoAnswer::Broken,
    }
}

fn earlier(one: (Instant, TimeoutCause), other: (Instant, TimeoutCause)) -> (Instant, TimeoutCause) {
    if one.0 < other.0 { one } else { other }
}

fn status_class(status: u16) -> &'static str {
    match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

fn header(response: &Response, name: HeaderName) -> Option<String> {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Reads at most the allowed bytes; returning early drops the response and with it the connection.
async fn read_body(mut response: Response, max_bytes: usize) -> Body {
    let mut bytes = Zeroizing::new(Vec::with_capacity(USUAL_BYTES));
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > max_bytes => return Body::TooLarge,
            Ok(Some(chunk)) => append(&mut bytes, &chunk),
            Ok(None) => return Body::Whole(bytes),
            Err(_) => return Body::Broken,
        }
    }
}

/// Appends without leaving an unwiped copy behind when the buffer moves.
fn append(bytes: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    if bytes.capacity() - bytes.len() < chunk.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity((bytes.capacity() * 2).max(bytes.len() + chunk.len())));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.extend_from_slice(chunk);
}
