//! Asking a real upstream: one connection, one budget, one repeat at most (PROTOCOL §3, §6.1, §7).
//!
//! [`access`], [`direct`] and [`token`] authenticate, [`transport`] moves bytes, [`judge`] says what an answer permits,
//! [`upkeep`] is what happens between calls; this file is the order of the steps. It must not know what a record holds. The futures are `Send` and belong on a
//! multi-thread runtime, because a pooled connection is driven by the runtime that opened it.

mod access;
mod address;
mod connect_timing;
mod direct;
mod error;
mod header;
mod judge;
pub mod probe;
mod question;
mod skew;
#[cfg(test)]
mod tests;
mod tls;
mod token;
mod transport;
mod upkeep;

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Url;
use reqwest::header::HeaderMap;
use tokio::time::{Instant, timeout_at};

use self::access::Access;
pub use self::error::GatewayBuildError;
use self::judge::Attempt;
use self::skew::Skew;
use self::token::Token;
use self::transport::{Answer, Transport};
use self::upkeep::Refusals;
use super::guard::{CallHealth, Guard};
use super::outcome::{Outcome, RejectedCause, TimeoutCause};
use super::reply::TokenReply;
use super::request::{self, Operation, Wording};
use super::{LookUp, Source};
use crate::config::{ConnectionSettings, ReplySettings, RequestSettings};
use crate::telemetry::traces::Step;
use crate::telemetry::upstream::{Address, ConnectionMetrics, Phase, Repeat};

/// One connection to a real upstream.
pub struct GatewaySource {
    name: String,
    transport: Transport,
    access: Access,
    wording: Wording,
    request: RequestSettings,
    reply: ReplySettings,
    guard: Guard,
    budget: Duration,
    repeat: bool,
    repeat_pause: Duration,
    skew: Skew,
    base: Url,
    warm_connections: usize,
    refusals: Refusals,
    metrics: ConnectionMetrics,
}

/// One HTTP call that is to be made.
struct Question<'q> {
    address: Address,
    url: &'q Url,
    headers: HeaderMap,
    body: Bytes,
}

/// What was asked for and read.
enum Read {
    Record(Outcome),
    Existence(bool),
}

impl GatewaySource {
    /// Checks the settings and builds the client; does not call anybody.
    pub fn new(settings: ConnectionSettings, metrics: ConnectionMetrics) -> Result<Self, GatewayBuildError> {
        let ConnectionSettings { name, profile, base, operation_path, headers, request, reply, guard, tls, .. } =
            settings;
        let base = address::base_url(&base)?;
        if guard.permits == 0 || guard.budget.is_zero() {
            return Err(GatewayBuildError::NothingAllowed);
        }
        let wording = access::wording(&profile);
        Ok(Self {
            name,
            transport: Transport::new(&base, &tls, &guard, reply.max_bytes, metrics.clone())?,
            access: Access::new(&base, &operation_path, headers, profile)?,
            wording,
            request,
            reply,
            budget: guard.budget,
            repeat: guard.repeat,
            repeat_pause: guard.repeat_pause,
            guard: Guard::new(&guard, metrics.clone()),
            skew: Skew::unknown(),
            base,
            warm_connections: tls.warm_connections,
            refusals: Refusals::default(),
            metrics,
        })
    }

    /// One question of either kind, within the budget.
    async fn ask(&self, operation: Operation, look_up: &LookUp) -> Result<Read, Outcome> {
        check_purpose(look_up).map_err(Outcome::Rejected)?;
        let deadline = Instant::now() + self.budget;
        // Built before anything is taken: a question that cannot be asked costs no permit.
        request::body(self.wording, operation, &self.request, look_up, &request::request_id())?;
        let _admission = self.guard.admit(&look_up.officer, deadline).await?;
        self.attempts(operation, look_up, deadline).await
    }

    /// The call, one more after a refused token or time stamp, and one more after a fault that permits it. Nothing else
    /// is ever repeated: it would be probing, or lock the province out (RISKS T18).
    async fn attempts(&self, operation: Operation, look_up: &LookUp, deadline: Instant) -> Result<Read, Outcome> {
        let (mut renewed, mut repeated) = (false, !self.repeat);
        loop {
            match self.attempt(operation, look_up, deadline).await {
                Attempt::Done(read) => return Ok(read),
                Attempt::Unauthorised(generation) if !renewed => {
                    renewed = true;
                    self.metrics.repeat(Repeat::Unauthorised);
                    self.forget(generation);
                }
                Attempt::Unauthorised(_) => return Err(Outcome::AuthFailed),
                Attempt::Repeatable(_) if !repeated => {
                    repeated = true;
                    self.metrics.repeat(Repeat::Fault);
                    let pause = tokio::time::sleep(jittered(self.repeat_pause));
                    timeout_at(deadline, pause).await.map_err(|_| Outcome::Timeout(TimeoutCause::Budget))?;
                }
                Attempt::Failed(outcome) | Attempt::Repeatable(outcome) => return Err(outcome),
            }
        }
    }

    /// One call, with a new `MaYeuCau` and fresh headers.
    async fn attempt(&self, operation: Operation, look_up: &LookUp, deadline: Instant) -> Attempt {
        let request_id = request::request_id();
        let attempt = match self.call(operation, look_up, &request_id, deadline).await {
            Ok(attempt) | Err(attempt) => attempt,
        };
        tracing::debug!(connection = %self.name, ma_yeu_cau = %request_id, outcome = attempt.label(), "upstream called");
        attempt
    }

    async fn call(
        &self,
        operation: Operation,
        look_up: &LookUp,
        request_id: &str,
        deadline: Instant,
    ) -> Result<Attempt, Attempt> {
        let body =
            request::body(self.wording, operation, &self.request, look_up, request_id).map_err(Attempt::Failed)?;
        let url = self.access.url(operation).ok_or(Attempt::Failed(Outcome::Rejected(RejectedCause::NoOperation)))?;
        let started = Instant::now();
        let token = self.token(deadline).await?;
        if token.is_some() {
            self.metrics.phase(Phase::Token, started.elapsed());
        }
        let headers =
            self.access.headers(operation, token.as_ref()).map_err(|_| Attempt::Failed(Outcome::AuthFailed))?;
        self.guard.pace(deadline).await.map_err(Attempt::Failed)?;
        let generation = token.map(|token| token.generation);
        let question = Question { address: Address::Data, url, headers, body: Bytes::from_owner(body) };
        self.send(
            question,
            deadline,
            || look_up.trail.add(request_id),
            |answer| {
                let started = Instant::now();
                let attempt = judge::data(answer, operation, look_up, &self.reply, generation, &self.metrics);
                self.metrics.phase(Phase::Parse, started.elapsed());
                attempt
            },
        )
        .await
    }

    /// One HTTP call behind the breaker of its address; `leaves` is told when it is let through.
    async fn send(
        &self,
        question: Question<'_>,
        deadline: Instant,
        leaves: impl FnOnce(),
        read: impl FnOnce(&Answer) -> Attempt,
    ) -> Result<Attempt, Attempt> {
        let Question { address, url, headers, body } = question;
        let ticket = self.guard.call(address).map_err(Attempt::Failed)?;
        leaves();
        let step = Step::call("upstream");
        step.word("diensan.connection", &self.name);
        step.word("diensan.address", address.label());
        let answered = async {
            match self.transport.post(address, url, headers, body, deadline).await {
                Err(failure) => failure.into(),
                Ok(answer) => {
                    self.note_clock(&answer);
                    read(&answer)
                }
            }
        };
        let attempt: Attempt = step.around(answered).await;
        step.word("diensan.outcome", attempt.label());
        drop(step);
        // Before the report: a probe that is told to wait closes the breaker, and nobody may slip through between.
        if let Some(pause) = attempt.asks_for_pause() {
            self.guard.hold_back(pause);
        }
        ticket.report(if attempt.is_bad_health() { CallHealth::Bad } else { CallHealth::Good });
        Ok(attempt)
    }

    /// The token of this connection, when it needs one.
    async fn token(&self, deadline: Instant) -> Result<Option<Token>, Attempt> {
        let Some(access) = self.access.tokens() else { return Ok(None) };
        let renew = || async {
            let (headers, body) =
                self.access.token_request(access).map_err(|_| Attempt::Failed(Outcome::AuthFailed))?;
            let mut given: Option<TokenReply> = None;
            let attempt = self
                .send(
                    Question { address: Address::Token, url: &access.url, headers, body },
                    deadline,
                    || {},
                    |answer| match judge::token(answer) {
                        Ok(reply) => {
                            given = Some(reply);
                            Attempt::Done(Read::Existence(true))
                        }
                        Err(attempt) => attempt,
                    },
                )
                .await?;
            given.ok_or(attempt)
        };
        match timeout_at(deadline, access.keeper.token(renew)).await {
            Ok(token) => token.map(Some),
            Err(_) => Err(Attempt::Failed(Outcome::Timeout(TimeoutCause::Budget))),
        }
    }

    fn forget(&self, generation: Option<u64>) {
        if let (Some(access), Some(generation)) = (self.access.tokens(), generation) {
            access.keeper.drop_generation(generation);
        }
    }

    fn note_clock(&self, answer: &Answer) {
        if let Some(seconds) = answer.skew_seconds {
            self.skew.note(&self.name, seconds);
            self.metrics.clock_skew(seconds);
        }
    }
}

impl Source for GatewaySource {
    fn name(&self) -> &str {
        &self.name
    }

    fn needs_complete_query(&self) -> bool {
        true
    }

    fn clock_skew_seconds(&self) -> Option<i64> {
        self.skew.seconds()
    }

    fn exists<'a>(&'a self, look_up: &'a LookUp) -> Pin<Box<dyn Future<Output = Result<bool, Outcome>> + Send + 'a>> {
        Box::pin(async move {
            match self.ask(Operation::Existence, look_up).await? {
                Read::Existence(exists) => Ok(exists),
                Read::Record(_) => Err(Outcome::UpstreamFault(super::FaultCause::Internal)),
            }
        })
    }

    fn look_up<'a>(&'a self, look_up: &'a LookUp) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(async move {
            match self.ask(Operation::Record, look_up).await {
                Ok(Read::Record(outcome)) | Err(outcome) => outcome,
                Ok(Read::Existence(_)) => Outcome::UpstreamFault(super::FaultCause::Internal),
            }
        })
    }
}

/// No call without officer, agency, procedure and dossier (PROTOCOL §8, RISKS R1), whatever the layers above checked.
fn check_purpose(look_up: &LookUp) -> Result<(), RejectedCause> {
    let required = [
        (&look_up.service, RejectedCause::MissingProcedure),
        (&look_up.officer, RejectedCause::MissingOfficer),
        (&look_up.agency, RejectedCause::MissingAgency),
        (&look_up.dossier, RejectedCause::MissingDossier),
    ];
    match required.into_iter().find(|(text, _)| text.trim().is_empty()) {
        Some((_, cause)) => Err(cause),
        None => Ok(()),
    }
}

/// A pause ± 50 %, so that instances do not repeat at the same instant (PROTOCOL §7).
fn jittered(pause: Duration) -> Duration {
    let mut random = [0_u8; 1];
    // Without randomness the pause is the shortest, still one repeat only.
    let _ = aws_lc_rs::rand::fill(&mut random);
    pause / 2 + pause * u32::from(random[0]) / 255
}
