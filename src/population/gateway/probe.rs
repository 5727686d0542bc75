//! What `diensan doctor` asks of a connection, step by step: facts, never sentences.
//!
//! Each step is taken once: at most one token request and one look-up, no repeat (the service's own repeats would make
//! a doctor who is called often a burden upstream). It must not know how facts are told, nor show what upstream sent.

mod certificates;
mod handshake;

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

pub use self::certificates::{CertificateFacts, OwnCertificates};
pub use self::handshake::{TlsFailure, handshake};
use super::judge::Attempt;
use super::{GatewaySource, Read, address, check_purpose};
use crate::config::ConnectionSettings;
use crate::population::request::Operation;
use crate::population::{LookUp, Outcome};

/// Where a connection leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Name or address, without brackets.
    pub host: String,
    pub port: u16,
    pub https: bool,
}

impl Endpoint {
    /// Where the connection's base leads; `None` when that is no address.
    pub fn of(settings: &ConnectionSettings) -> Option<Self> {
        let url = address::base_url(&settings.base).ok()?;
        let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
        Some(Self { host, port: url.port_or_known_default()?, https: url.scheme() == "https" })
    }

    /// Its network addresses, each once, as the machine's resolver gives them.
    ///
    /// # Errors
    /// The resolver knows none, or did not answer within `limit`.
    pub async fn addresses(&self, limit: Duration) -> Result<Vec<SocketAddr>, Unreached> {
        let found = timeout(limit, tokio::net::lookup_host((self.host.as_str(), self.port))).await;
        let found = found.map_err(|_| Unreached::TimedOut)?.map_err(|_| Unreached::NoAddress)?;
        let mut addresses: Vec<SocketAddr> = Vec::new();
        for address in found {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        if addresses.is_empty() { Err(Unreached::NoAddress) } else { Ok(addresses) }
    }
}

/// Why no connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreached {
    /// The name has no address.
    NoAddress,
    /// No answer in time: often a firewall.
    TimedOut,
    /// The machine is there and nothing listens.
    Refused,
    /// No way leads there from here.
    NoRoute,
    /// Something else.
    Other,
}

/// A TCP connection to the first address that takes one; `limit` is for each of them.
///
/// # Errors
/// How the last address failed.
pub async fn connect(addresses: &[SocketAddr], limit: Duration) -> Result<(TcpStream, IpAddr), Unreached> {
    let mut failure = Unreached::NoAddress;
    for address in addresses {
        failure = match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok((stream, address.ip())),
            Ok(Err(error)) => match error.kind() {
                ErrorKind::ConnectionRefused => Unreached::Refused,
                ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Unreached::NoRoute,
                ErrorKind::TimedOut => Unreached::TimedOut,
                _ => Unreached::Other,
            },
            Err(_) => Unreached::TimedOut,
        };
    }
    Err(failure)
}

/// What one question was answered with.
pub enum Answered {
    /// 037.
    Record(Outcome),
    /// 033.
    Exists(bool),
}

impl GatewaySource {
    /// Asks for a token, once; `None`: this connection needs none. How long the token is good, which may be no time at
    /// all.
    pub async fn probe_token(&self) -> Option<Result<Duration, Outcome>> {
        match self.token(Instant::now() + self.budget).await {
            Ok(token) => token.map(|token| Ok(token.time_left())),
            Err(attempt) => Some(Err(failed(attempt))),
        }
    }

    /// Asks one question, once, within the budget of a look-up.
    ///
    /// # Errors
    /// What came of it instead of an answer.
    pub async fn probe_question(&self, operation: Operation, look_up: &LookUp) -> Result<Answered, Outcome> {
        check_purpose(look_up).map_err(Outcome::Rejected)?;
        match self.attempt(operation, look_up, Instant::now() + self.budget).await {
            Attempt::Done(Read::Record(outcome)) => Ok(Answered::Record(outcome)),
            Attempt::Done(Read::Existence(exists)) => Ok(Answered::Exists(exists)),
            other => Err(failed(other)),
        }
    }
}

/// What the service would tell when nothing were repeated.
fn failed(attempt: Attempt) -> Outcome {
    match attempt {
        Attempt::Failed(outcome) | Attempt::Repeatable(outcome) | Attempt::Done(Read::Record(outcome)) => outcome,
        Attempt::Unauthorised(_) => Outcome::AuthFailed,
        // An answer where none was asked for.
        Attempt::Done(Read::Existence(_)) => Outcome::UpstreamFault(super::super::FaultCause::Internal),
    }
}
