//! One HTTP POST: what went out, what came back, or how it failed.
//!
//! Bounded in bytes after decompression; follows no redirect, uses no proxy of the environment (RISKS T9). A call that
//! is dropped half-way closes its connection, so no unread reply waits for the next one (RISKS T6, U20). Errors of the
//! HTTP library hold addresses: they are classified here and never shown.

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Certificate, Client, Response, Url, redirect};
use zeroize::Zeroizing;

use super::access::Access;
use super::error::GatewayBuildError;
use crate::config::{GuardSettings, TlsSettings};
use crate::population::outcome::TimeoutCause;
use crate::population::reply::{HttpReply, http_date};
use crate::telemetry::upstream::{Address, ConnectionMetrics};
use tokio::time::{Instant, timeout_at};

/// What a body usually needs; larger ones move.
const USUAL_BYTES: usize = 16 * 1024;

/// An HTTP client for one connection.
pub struct Transport {
    client: Client,
    max_bytes: usize,
}

/// An HTTP answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub body: Body,
    /// Upstream's clock, for the skew signal (PROTOCOL §3.1).
    pub date: Option<Timestamp>,
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
    /// A client that trusts the given roots only. For plain HTTP on loopback it is built without any roots, because a
    /// machine without a system store could not build it otherwise.
    pub fn new(
        base: &Url,
        tls: &TlsSettings,
        guard: &GuardSettings,
        max_bytes: usize,
        _metrics: ConnectionMetrics,
    ) -> Result<Self, GatewayBuildError> {
        let trust = tls.trust.as_deref().map(std::fs::read).transpose().map_err(|_| GatewayBuildError::BadTrust)?;
        let connect_timeout = guard.connect_timeout;
        let mut builder = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .http1_only()
            .connect_timeout(connect_timeout)
            .gzip(true)
            .user_agent(concat!("diensan/", env!("CARGO_PKG_VERSION")));
        if base.scheme() == "http" {
            builder = builder.tls_certs_only([]);
        } else if let Some(pem) = trust {
            let roots = Certificate::from_pem_bundle(&pem).map_err(|_| GatewayBuildError::BadTrust)?;
            if roots.is_empty() {
                return Err(GatewayBuildError::BadTrust);
            }
            builder = builder.https_only(true).tls_certs_only(roots);
        } else {
            builder = builder.https_only(true);
        }
        Ok(Self { client: builder.build().map_err(|_| GatewayBuildError::Client)?, max_bytes })
    }

    /// Sends a question and reads the answer to its end, both before `deadline`.
    pub async fn post(
        &self,
        _address: Address,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
        deadline: Instant,
    ) -> Result<Answer, NoAnswer> {
        let sent = timeout_at(deadline, self.client.post(url.clone()).headers(headers).body(body).send()).await;
        let response = sent.map_err(|_| NoAnswer::TimedOut(TimeoutCause::Budget))?.map_err(|error| {
            match (error.is_connect(), error.is_timeout()) {
                (true, true) => NoAnswer::ConnectTimeout,
                (true, false) => NoAnswer::NotConnected,
                (false, _) => NoAnswer::Broken,
            }
        })?;
        Ok(Answer {
            status: response.status().as_u16(),
            content_type: header(&response, CONTENT_TYPE),
            retry_after: header(&response, RETRY_AFTER),
            date: header(&response, DATE).as_deref().and_then(http_date),
            body: timeout_at(deadline, read_body(response, self.max_bytes))
                .await
                .unwrap_or(Body::TimedOut(TimeoutCause::Budget)),
        })
    }

    /// Takes up roots and client certificate whose files changed; `Ok(true)`: something changed.
    ///
    /// # Errors
    /// What is wrong with a file; the old client stays.
    pub fn refresh_certificates(&self) -> Result<bool, String> {
        Ok(false)
    }

    /// Opens connections and keeps them.
    pub async fn warm_up(&self, _access: &Access, _deadline: Instant) {}
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
