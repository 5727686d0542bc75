//! What an answer, or its absence, means for the look-up: done, one more call, or over (PROTOCOL §6.1).

use std::time::Duration;

use super::Read;
use super::transport::{Answer, Body, NoAnswer};
use crate::config::ReplySettings;
use crate::population::LookUp;
use crate::population::outcome::{FaultCause, MalformedCause, Outcome, ThrottleCause, TimeoutCause};
use crate::population::reply::{TokenReply, read_existence, read_reply, read_token};
use crate::population::request::Operation;
use crate::telemetry::upstream::ConnectionMetrics;

/// What came of one call, before it is decided whether to call again.
pub enum Attempt {
    Done(Read),
    Failed(Outcome),
    /// 401, with the generation of the token that was refused.
    Unauthorised(Option<u64>),
    /// One repeat is permitted.
    Repeatable(Outcome),
}

impl Attempt {
    /// For the log.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Done(Read::Record(outcome)) | Self::Failed(outcome) | Self::Repeatable(outcome) => outcome.label(),
            Self::Done(Read::Existence(_)) => "answered",
            Self::Unauthorised(_) => "unauthorised",
        }
    }

    /// Only faults and time-outs count against an address (PROTOCOL §7).
    pub fn is_bad_health(&self) -> bool {
        match self {
            Self::Failed(outcome) | Self::Repeatable(outcome) => {
                matches!(outcome, Outcome::UpstreamFault(_) | Outcome::Timeout(_))
            }
            Self::Done(_) | Self::Unauthorised(_) => false,
        }
    }

    /// How long upstream wants to be left alone.
    pub fn asks_for_pause(&self) -> Option<Duration> {
        match self {
            Self::Failed(Outcome::Throttled { cause: ThrottleCause::Upstream, retry_after }) => *retry_after,
            _ => None,
        }
    }
}

impl From<NoAnswer> for Attempt {
    /// A failure before the question was sent permits a repeat.
    fn from(failure: NoAnswer) -> Self {
        match failure {
            NoAnswer::NotConnected => Self::Repeatable(Outcome::UpstreamFault(FaultCause::ConnectionFailed)),
            NoAnswer::ConnectTimeout => Self::Repeatable(Outcome::Timeout(TimeoutCause::Connect)),
            NoAnswer::Broken => Self::Failed(Outcome::UpstreamFault(FaultCause::ConnectionFailed)),
            NoAnswer::TimedOut(cause) => Self::Failed(Outcome::Timeout(cause)),
        }
    }
}

/// The answer to 037 or 033. Only 502, 503 and 504 permit a repeat (PROTOCOL §6.1).
pub fn data(
    answer: &Answer,
    operation: Operation,
    look_up: &LookUp,
    settings: &ReplySettings,
    generation: Option<u64>,
    metrics: &ConnectionMetrics,
) -> Attempt {
    if answer.status == 401 {
        return Attempt::Unauthorised(generation);
    }
    if let Some(outcome) = unread(answer) {
        return Attempt::Failed(outcome);
    }
    let reply = answer.reply();
    let read = match operation {
        Operation::Record => {
            let (outcome, notes) = read_reply(&reply, look_up, settings);
            metrics.unknown_elements(notes.unknown_elements);
            match outcome {
                Outcome::Found(_) | Outcome::NotFound | Outcome::Multiple => Ok(Read::Record(outcome)),
                failed => Err(failed),
            }
        }
        Operation::Existence => read_existence(&reply, settings).map(Read::Existence),
    };
    match (answer.status, read) {
        (_, Ok(read)) => Attempt::Done(read),
        (502..=504, Err(outcome @ Outcome::UpstreamFault(_))) => Attempt::Repeatable(outcome),
        (_, Err(outcome)) => Attempt::Failed(outcome),
    }
}

/// The answer of the token address; the same answers permit a repeat.
pub fn token(answer: &Answer) -> Result<TokenReply, Attempt> {
    if let Some(outcome) = unread(answer) {
        return Err(Attempt::Failed(outcome));
    }
    match (answer.status, read_token(&answer.reply())) {
        (_, Ok(reply)) => Ok(reply),
        (502..=504, Err(outcome @ Outcome::UpstreamFault(_))) => Err(Attempt::Repeatable(outcome)),
        (_, Err(outcome)) => Err(Attempt::Failed(outcome)),
    }
}

/// A body that could not be read makes a good status worthless; a bad status says enough without it.
fn unread(answer: &Answer) -> Option<Outcome> {
    match answer.body {
        Body::TimedOut(cause) => Some(Outcome::Timeout(cause)),
        Body::TooLarge if answer.status == 200 => Some(Outcome::Malformed(MalformedCause::TooLarge)),
        Body::Broken if answer.status == 200 => Some(Outcome::Malformed(MalformedCause::Truncated)),
        Body::Whole(_) | Body::TooLarge | Body::Broken => None,
    }
}
