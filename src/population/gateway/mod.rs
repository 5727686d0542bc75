//! Asking a real upstream: one connection, one budget, permits, one repeat at most (PROTOCOL §3, §6.1, §7).
//!
//! [`settings`] says what is configured, [`direct`] and [`token`] authenticate, [`transport`] moves bytes; this file is
//! the order of the steps. It must not know what a record holds. The futures are `Send` and belong on a multi-thread
//! runtime, because a pooled connection is driven by the runtime that opened it.

mod direct;
mod settings;
#[cfg(test)]
mod tests;
mod token;
mod transport;

use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use self::direct::{Signer, sensitive};
pub use self::settings::{GatewaySettings, OfficerCode, ProcedureCode, Profile, TimestampUnit};
use self::token::{Token, TokenKeeper};
use self::transport::{Answer, Body, NoAnswer, Transport, is_loopback};
use super::outcome::{FaultCause, MalformedCause, Outcome, RejectedCause};
use super::reply::{TokenReply, read_reply, read_token};
use super::request::{self, Codes, Operation};
use super::{LookUp, Source};

/// Pause before the permitted repeat; half of it up or down by chance (PROTOCOL §7).
const PAUSE: Duration = Duration::from_millis(500);
/// What a caller is told when all permits are taken.
const BUSY: Duration = Duration::from_secs(1);
/// No clock skew was seen yet.
const UNKNOWN_SKEW: i64 = i64::MIN;

/// Why a connection cannot be set up. Holds no value: addresses and secrets stay in the configuration.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum GatewayBuildError {
    #[error("`base` is not an http(s) address without credentials, query and fragment")]
    BadBase,
    #[error("plain http is accepted for loopback only")]
    PlainHttp,
    #[error("a path must begin with `/` and be part of an address")]
    BadPath,
    #[error("`trust` holds no certificate in PEM form")]
    BadTrust,
    #[error("a secret or user name holds characters that cannot travel in a header")]
    BadSecret,
    #[error("`permits` and `budget` must be more than zero")]
    NothingAllowed,
    #[error("the HTTP client could not be built; is there a certificate store on this machine?")]
    Client,
}

/// One connection to a real upstream.
pub struct GatewaySource {
    name: String,
    transport: Transport,
    access: Access,
    procedure_code: ProcedureCode,
    officer_code: OfficerCode,
    budget: Duration,
    permits: Semaphore,
    skew: AtomicI64,
}

/// How calls of this connection are authenticated.
enum Access {
    Direct { url: Url, signer: Signer },
    Lgsp { url: Url, token_url: Url, connection_string: SecretString, auth_hash: SecretString, tokens: TokenKeeper },
}

/// What came of one call, before it is decided whether to call again.
enum Attempt {
    Done(Outcome),
    /// 401, with the generation of the token that was refused.
    Unauthorised(Option<u64>),
    /// One repeat is permitted.
    Repeatable(Outcome),
}

impl GatewaySource {
    /// Checks the settings and builds the client; does not call anybody.
    pub fn new(settings: GatewaySettings) -> Result<Self, GatewayBuildError> {
        let base = base_url(&settings.base)?;
        if settings.permits == 0 || settings.permits > Semaphore::MAX_PERMITS || settings.budget.is_zero() {
            return Err(GatewayBuildError::NothingAllowed);
        }
        let source = Self {
            transport: Transport::new(&base, settings.connect_timeout, settings.trust.as_deref())?,
            access: Access::new(&base, settings.profile)?,
            name: settings.name,
            procedure_code: settings.procedure_code,
            officer_code: settings.officer_code,
            budget: settings.budget,
            permits: Semaphore::new(settings.permits),
            skew: AtomicI64::new(UNKNOWN_SKEW),
        };
        Ok(source)
    }

    async fn within_budget(&self, look_up: &LookUp) -> Outcome {
        if let Err(cause) = check_purpose(look_up) {
            return Outcome::Rejected(cause);
        }
        let Ok(_permit) = self.permits.try_acquire() else { return Outcome::throttled(Some(BUSY)) };
        tokio::time::timeout(self.budget, self.attempts(look_up)).await.unwrap_or(Outcome::Timeout)
    }

    /// The call, one more after a refused token or timestamp, and one more after a fault that permits it. Nothing else
    /// is ever repeated: it would be probing, or lock the province out (RISKS T18).
    async fn attempts(&self, look_up: &LookUp) -> Outcome {
        let (mut renewed, mut repeated) = (false, false);
        loop {
            match self.attempt(look_up).await {
                Attempt::Unauthorised(generation) if !renewed => {
                    renewed = true;
                    self.access.forget(generation);
                }
                Attempt::Unauthorised(_) => return Outcome::AuthFailed,
                Attempt::Repeatable(_) if !repeated => {
                    repeated = true;
                    tokio::time::sleep(pause()).await;
                }
                Attempt::Done(outcome) | Attempt::Repeatable(outcome) => return outcome,
            }
        }
    }

    /// One call, with a new `MaYeuCau` and fresh headers.
    async fn attempt(&self, look_up: &LookUp) -> Attempt {
        let request_id = request::request_id();
        let body = match self.body(look_up, &request_id) {
            Ok(body) => body,
            Err(cause) => return Attempt::Done(Outcome::Rejected(cause)),
        };
        let token = match self.token().await {
            Ok(token) => token,
            Err(attempt) => return attempt,
        };
        let Ok((url, headers)) = self.access.headers(token.as_ref()) else {
            return Attempt::Done(Outcome::AuthFailed);
        };
        let attempt = match self.transport.post(url, headers, body).await {
            Err(failure) => no_answer(failure),
            Ok(answer) => {
                self.note_clock(&answer);
                judge(&answer, look_up, token.map(|token| token.generation))
            }
        };
        tracing::debug!(connection = %self.name, ma_yeu_cau = %request_id, outcome = attempt.label(), "upstream called");
        attempt
    }

    fn body(&self, look_up: &LookUp, request_id: &str) -> Result<Bytes, RejectedCause> {
        let procedure = match &self.procedure_code {
            ProcedureCode::Service => &look_up.service,
            ProcedureCode::Fixed(code) => code,
        };
        let officer = match &self.officer_code {
            OfficerCode::Request => &look_up.officer,
            OfficerCode::Fixed(account) => account,
        };
        let codes = Codes { request_id, procedure, officer };
        request::envelope(Operation::Record, &codes, &look_up.query).map(Bytes::from_owner)
    }

    /// The token of this connection, when it needs one.
    async fn token(&self) -> Result<Option<Token>, Attempt> {
        let Access::Lgsp { token_url, connection_string, tokens, .. } = &self.access else { return Ok(None) };
        let renew = || async {
            let headers = token_headers(connection_string).map_err(|_| Attempt::Done(Outcome::AuthFailed))?;
            let body = Bytes::from_static(b"grant_type=client_credentials");
            let answer = self.transport.post(token_url, headers, body).await.map_err(no_answer)?;
            read_token_answer(&answer).map_err(Attempt::Done)
        };
        tokens.token(renew).await.map(Some)
    }

    fn note_clock(&self, answer: &Answer) {
        if let Some(date) = answer.date {
            self.skew.store(date.as_second() - Timestamp::now().as_second(), Ordering::Relaxed);
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
        Some(self.skew.load(Ordering::Relaxed)).filter(|skew| *skew != UNKNOWN_SKEW)
    }

    fn look_up<'a>(&'a self, look_up: &'a LookUp) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(self.within_budget(look_up))
    }
}

impl Access {
    fn new(base: &Url, profile: Profile) -> Result<Self, GatewayBuildError> {
        let access = match profile {
            Profile::Direct { path, user, secret, signing_url, timestamp_unit } => Self::Direct {
                url: below(base, &path)?,
                signer: Signer { user, secret, signing_url, unit: timestamp_unit },
            },
            Profile::LgspSoap { token_path, operation_path, connection_string, auth_hash } => {
                token_headers(&connection_string).map_err(|_| GatewayBuildError::BadSecret)?;
                sensitive(auth_hash.expose_secret()).map_err(|_| GatewayBuildError::BadSecret)?;
                Self::Lgsp {
                    url: below(base, &operation_path)?,
                    token_url: below(base, &token_path)?,
                    connection_string,
                    auth_hash,
                    tokens: TokenKeeper::default(),
                }
            }
        };
        Ok(access)
    }

    fn forget(&self, generation: Option<u64>) {
        if let (Self::Lgsp { tokens, .. }, Some(generation)) = (self, generation) {
            tokens.drop_generation(generation);
        }
    }

    /// Address and headers of one call of the operation (PROTOCOL §3.1, §3.2).
    fn headers(&self, token: Option<&Token>) -> Result<(&Url, HeaderMap), reqwest::header::InvalidHeaderValue> {
        match self {
            Self::Direct { url, signer } => Ok((url, signer.headers(SystemTime::now())?)),
            Self::Lgsp { url, connection_string, auth_hash, .. } => {
                let token = token.map_or("", |token| token.text.expose_secret());
                let bearer = Zeroizing::new(format!("Bearer {token}"));
                let mut headers = HeaderMap::new();
                headers.insert(AUTHORIZATION, sensitive(&bearer)?);
                headers.insert(CONNECTION_STRING, sensitive(connection_string.expose_secret())?);
                headers.insert(HeaderName::from_static("authhash"), sensitive(auth_hash.expose_secret())?);
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
                headers.insert(ACCEPT, HeaderValue::from_static("*"));
                Ok((url, headers))
            }
        }
    }
}

const CONNECTION_STRING: HeaderName = HeaderName::from_static("lgspaccesstoken");

fn token_headers(connection_string: &SecretString) -> Result<HeaderMap, reqwest::header::InvalidHeaderValue> {
    let mut headers = HeaderMap::new();
    headers.insert(CONNECTION_STRING, sensitive(connection_string.expose_secret())?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    Ok(headers)
}

impl Attempt {
    fn label(&self) -> &'static str {
        match self {
            Self::Done(outcome) | Self::Repeatable(outcome) => outcome.label(),
            Self::Unauthorised(_) => "unauthorised",
        }
    }
}

/// Whether an answer permits a repeat, and its outcome. Only 502, 503 and 504 do (PROTOCOL §6.1).
fn judge(answer: &Answer, look_up: &LookUp, generation: Option<u64>) -> Attempt {
    if answer.status == 401 {
        return Attempt::Unauthorised(generation);
    }
    let outcome = match unread(answer) {
        Some(cause) => Outcome::Malformed(cause),
        None => read_reply(&answer.reply(), look_up),
    };
    match (answer.status, &outcome) {
        (502..=504, Outcome::UpstreamFault(_)) => Attempt::Repeatable(outcome),
        _ => Attempt::Done(outcome),
    }
}

fn read_token_answer(answer: &Answer) -> Result<TokenReply, Outcome> {
    match unread(answer) {
        Some(cause) => Err(Outcome::Malformed(cause)),
        None => read_token(&answer.reply()),
    }
}

/// A body that could not be read makes a good status worthless; a bad status says enough without it.
fn unread(answer: &Answer) -> Option<MalformedCause> {
    match answer.body {
        Body::TooLarge if answer.status == 200 => Some(MalformedCause::TooLarge),
        Body::Broken if answer.status == 200 => Some(MalformedCause::Truncated),
        Body::Whole(_) | Body::TooLarge | Body::Broken => None,
    }
}

/// A failure before the question was sent permits a repeat.
fn no_answer(failure: NoAnswer) -> Attempt {
    match failure {
        NoAnswer::NotConnected => Attempt::Repeatable(Outcome::UpstreamFault(FaultCause::ConnectionFailed)),
        NoAnswer::ConnectTimeout => Attempt::Repeatable(Outcome::Timeout),
        NoAnswer::Broken => Attempt::Done(Outcome::UpstreamFault(FaultCause::ConnectionFailed)),
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

fn base_url(text: &str) -> Result<Url, GatewayBuildError> {
    let url = Url::parse(text).map_err(|_| GatewayBuildError::BadBase)?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    match url.scheme() {
        "https" if plain => Ok(url),
        "http" if plain && is_loopback(&url) => Ok(url),
        "http" if plain => Err(GatewayBuildError::PlainHttp),
        _ => Err(GatewayBuildError::BadBase),
    }
}

/// `base` + path, as text: `base` may have a prefix of its own.
fn below(base: &Url, path: &str) -> Result<Url, GatewayBuildError> {
    if !path.starts_with('/') {
        return Err(GatewayBuildError::BadPath);
    }
    let url = Url::parse(&format!("{}{path}", base.as_str().trim_end_matches('/')))
        .map_err(|_| GatewayBuildError::BadPath)?;
    if url.origin() == base.origin() { Ok(url) } else { Err(GatewayBuildError::BadPath) }
}

/// [`PAUSE`] ± 50 %, so that instances do not repeat at the same instant.
fn pause() -> Duration {
    let mut random = [0_u8; 1];
    // Without randomness the pause is the shortest, still one repeat only.
    let _ = aws_lc_rs::rand::fill(&mut random);
    PAUSE / 2 + PAUSE * u32::from(random[0]) / 255
}
