//! What came of one look-up: exactly the rows of PROTOCOL §6.1, never folded into one another.
//!
//! The most harmful mistake seen in other clients is an outage shown as "no such citizen" (PROTOCOL §6.1, §10). So
//! nothing here converts into [`Outcome::NotFound`]; the reply reader makes it in one place, from three shapes only.

use std::time::Duration;

use crate::citizen::Record;

/// The longest wait that is passed on to a caller, whatever upstream says (RISKS U16).
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// The outcome of one look-up. No `Debug`: a found record is personal data.
#[derive(Clone)]
pub enum Outcome {
    /// Exactly one citizen, and it is the one asked for; the record holds only what was to be kept.
    Found(Box<Record>),
    /// The register knows nobody with this number, name and birth date together. It never says which one differs.
    NotFound,
    /// More than one citizen; none is chosen.
    Multiple,
    /// The question was refused, by a local check or upstream (400, 422).
    Rejected(RejectedCause),
    /// The procedure is not licensed for population data.
    NotPermittedProcedure,
    /// The officer may not look up: not in the connection's table of accounts, or refused upstream.
    NotPermittedOfficer,
    /// The connection's own credentials are refused.
    AuthFailed,
    /// Too many questions; the wait is at most [`LONGEST_RETRY_AFTER`].
    Throttled { cause: ThrottleCause, retry_after: Option<Duration> },
    /// Upstream is in trouble or cannot be reached.
    UpstreamFault(FaultCause),
    /// No answer in time.
    Timeout(TimeoutCause),
    /// A maintenance window of the connection, or upstream said that it is in one.
    Maintenance { retry_after: Option<Duration> },
    /// An answer that cannot be trusted or understood.
    Malformed(MalformedCause),
}

/// Why a question was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectedCause {
    /// The name is missing from the query.
    MissingName,
    /// The birth date is missing from the query.
    MissingBirthDate,
    /// No procedure code.
    MissingProcedure,
    /// No officer.
    MissingOfficer,
    /// No agency.
    MissingAgency,
    /// No dossier or counter visit.
    MissingDossier,
    /// A code holds characters that may not travel (control characters, line breaks).
    BadCharacter,
    /// The connection has no address for the operation that was asked for.
    NoOperation,
    /// Upstream answered 400 or 422.
    Upstream,
}

/// Who says that there are too many questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThrottleCause {
    /// Upstream: 429, or a throttling code of the gateway.
    Upstream,
    /// Upstream asked for a pause (`Retry-After`) that is not over; it was not asked again.
    HeldBack,
    /// Our own limit of calls a second (PROTOCOL §7).
    OwnLimit,
    /// This officer's earlier look-ups are still under way (PROTOCOL §7: one at a time).
    OfficerBusy,
    /// All permits of the connection are in use.
    NoPermit,
}

/// Which limit ended the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeoutCause {
    /// The budget of the whole look-up.
    Budget,
    /// No connection in time.
    Connect,
    /// A connection, but no answer.
    FirstByte,
    /// An answer that does not end.
    Body,
}

/// What kind of trouble upstream is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultCause {
    /// A SOAP `Fault`, whatever the HTTP status. Its texts may name the citizen and are never read.
    SoapFault,
    /// A fault of the gateway product, of X-Road, or an `error_code` that is no success.
    GatewayFault,
    /// HTTP 5xx without a shape that is known.
    ServerError,
    /// An HTML page (error page, log-in page, firewall).
    HtmlPage,
    /// No connection, or it broke before any answer.
    ConnectionFailed,
    /// Left alone after faults and time-outs; nothing was asked (PROTOCOL §7). The time until the next probe.
    BreakerOpen { probe_in: Duration },
    /// A redirect; never followed.
    Redirect,
    /// An HTTP status that the protocol does not use.
    UnexpectedStatus,
    /// The look-up itself broke here, on our side.
    Internal,
}

/// Why an answer cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MalformedCause {
    /// Zero bytes, or white space only.
    EmptyBody,
    /// The body ends too early.
    Truncated,
    /// Neither XML nor JSON, or not well-formed.
    NotWellFormed,
    /// An element where it does not belong, or none of the known shapes.
    UnexpectedElement,
    /// The record is not of the person asked for.
    WrongPerson,
    /// A single-valued element with two different values, or a JSON member given twice.
    DuplicateElement,
    /// A document type declaration: refused unread.
    Doctype,
    /// A processing instruction, which SOAP 1.1 §3 forbids.
    ProcessingInstruction,
    /// More bytes, elements or attributes than any honest reply has.
    TooLarge,
    /// Nested deeper than any honest reply.
    TooDeep,
    /// A personal number of wrong shape, or a JSON number with fraction or exponent.
    BadNumber,
    /// A JSON number where text is expected: leading zeros may be lost (PROTOCOL §10, mistake 2).
    NotText,
    /// A record with data but neither number nor name.
    NoIdentity,
}

impl Outcome {
    /// Stable name of the row, for metrics, journal and API.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Found(_) => "found",
            Self::NotFound => "not_found",
            Self::Multiple => "multiple",
            Self::Rejected(_) => "rejected",
            Self::NotPermittedProcedure => "not_permitted_procedure",
            Self::NotPermittedOfficer => "not_permitted_officer",
            Self::AuthFailed => "auth_failed",
            Self::Throttled { .. } => "throttled",
            Self::UpstreamFault(_) => "upstream_fault",
            Self::Timeout(_) => "timeout",
            Self::Maintenance { .. } => "maintenance",
            Self::Malformed(_) => "malformed",
        }
    }

    /// Stable name of the cause, where the row has causes. Never holds anything that upstream sent.
    pub fn cause(&self) -> Option<&'static str> {
        match self {
            Self::Rejected(cause) => Some(cause.code()),
            Self::UpstreamFault(cause) => Some(cause.code()),
            Self::Malformed(cause) => Some(cause.code()),
            Self::Throttled { cause, .. } => Some(cause.code()),
            Self::Timeout(cause) => Some(cause.code()),
            Self::Found(_)
            | Self::NotFound
            | Self::Multiple
            | Self::NotPermittedProcedure
            | Self::NotPermittedOfficer
            | Self::AuthFailed
            | Self::Maintenance { .. } => None,
        }
    }

    /// Throttled, with the wait capped at [`LONGEST_RETRY_AFTER`].
    pub fn throttled(cause: ThrottleCause, retry_after: Option<Duration>) -> Self {
        Self::Throttled { cause, retry_after: retry_after.map(|wait| wait.min(LONGEST_RETRY_AFTER)) }
    }

    /// Maintenance, with the wait capped at [`LONGEST_RETRY_AFTER`].
    pub fn maintenance(retry_after: Option<Duration>) -> Self {
        Self::Maintenance { retry_after: retry_after.map(|wait| wait.min(LONGEST_RETRY_AFTER)) }
    }

    /// When asking again may help, as far as that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after, .. } | Self::Maintenance { retry_after } => *retry_after,
            Self::UpstreamFault(FaultCause::BreakerOpen { probe_in }) => Some(*probe_in),
            _ => None,
        }
    }
}

impl ThrottleCause {
    fn code(self) -> &'static str {
        match self {
            Self::Upstream => "upstream",
            Self::HeldBack => "held_back",
            Self::OwnLimit => "own_limit",
            Self::OfficerBusy => "officer_busy",
            Self::NoPermit => "no_permit",
        }
    }
}

impl TimeoutCause {
    fn code(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Connect => "connect",
            Self::FirstByte => "first_byte",
            Self::Body => "body",
        }
    }
}

impl RejectedCause {
    fn code(self) -> &'static str {
        match self {
            Self::MissingName => "missing_name",
            Self::MissingBirthDate => "missing_birth_date",
            Self::MissingProcedure => "missing_procedure",
            Self::MissingOfficer => "missing_officer",
            Self::MissingAgency => "missing_agency",
            Self::MissingDossier => "missing_dossier",
            Self::BadCharacter => "bad_character",
            Self::NoOperation => "no_operation",
            Self::Upstream => "upstream",
        }
    }
}

impl FaultCause {
    fn code(self) -> &'static str {
        match self {
            Self::SoapFault => "soap_fault",
            Self::GatewayFault => "gateway_fault",
            Self::ServerError => "server_error",
            Self::HtmlPage => "html_page",
            Self::ConnectionFailed => "connection_failed",
            Self::BreakerOpen { .. } => "breaker_open",
            Self::Redirect => "redirect",
            Self::UnexpectedStatus => "unexpected_status",
            Self::Internal => "internal",
        }
    }
}

impl MalformedCause {
    fn code(self) -> &'static str {
        match self {
            Self::EmptyBody => "empty_body",
            Self::Truncated => "truncated",
            Self::NotWellFormed => "not_well_formed",
            Self::UnexpectedElement => "unexpected_element",
            Self::WrongPerson => "wrong_person",
            Self::DuplicateElement => "duplicate_element",
            Self::Doctype => "doctype",
            Self::ProcessingInstruction => "processing_instruction",
            Self::TooLarge => "too_large",
            Self::TooDeep => "too_deep",
            Self::BadNumber => "bad_number",
            Self::NotText => "not_text",
            Self::NoIdentity => "no_identity",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_never_passed_on_longer_than_a_minute() {
        let waits = [(Some(86_400), Some(60)), (Some(5), Some(5)), (None, None)];
        for (given, expected) in waits {
            let outcome = Outcome::throttled(ThrottleCause::Upstream, given.map(Duration::from_secs));
            assert_eq!(outcome.retry_after(), expected.map(Duration::from_secs));
            assert_eq!(outcome.cause(), Some("upstream"));
        }
    }

    #[test]
    fn an_outage_and_nobody_found_have_different_labels() {
        assert_eq!(Outcome::NotFound.label(), "not_found");
        assert_eq!(Outcome::UpstreamFault(FaultCause::ConnectionFailed).label(), "upstream_fault");
        assert_eq!(Outcome::Malformed(MalformedCause::EmptyBody).cause(), Some("empty_body"));
        assert_eq!(Outcome::Timeout(TimeoutCause::Body).cause(), Some("body"));
    }
}
