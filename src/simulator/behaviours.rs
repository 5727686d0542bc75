//! The ways in which the simulator misbehaves (PROTOCOL §11, §6.1, §6.2), by name.

use std::ops::RangeInclusive;

/// At which addresses a behaviour makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// Look-ups only: it needs a record.
    Data,
    /// Token requests only; no number can trigger it.
    Token,
    /// Look-ups and token requests.
    Both,
}

/// What the parameter of a behaviour counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Milliseconds,
    Seconds,
    Bytes,
    Mebibytes,
    Elements,
    Levels,
    /// A public code of the gateway product.
    Code,
    /// An HTTP status.
    Status,
}

impl Unit {
    /// What is allowed. The bounds keep the simulator itself well: a body is built in memory.
    pub fn range(self) -> RangeInclusive<u32> {
        match self {
            Self::Milliseconds => 0..=600_000,
            Self::Seconds => 0..=31_536_000,
            Self::Bytes => 0..=64 << 20,
            Self::Mebibytes => 1..=4096,
            Self::Elements => 1..=2_000_000,
            Self::Levels => 1..=1_000_000,
            Self::Code => 1..=9_999_999,
            Self::Status => 201..=599,
        }
    }

    /// The word in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Milliseconds => "milliseconds",
            Self::Seconds => "seconds",
            Self::Bytes => "bytes",
            Self::Mebibytes => "MiB",
            Self::Elements => "elements",
            Self::Levels => "levels",
            Self::Code => "a gateway code",
            Self::Status => "an HTTP status",
        }
    }
}

macro_rules! behaviours {
    ($($(#[$doc:meta])* $variant:ident = $name:literal $places:ident $(($default:literal $unit:ident))?,)*) => {
        /// What the simulator does in place of a good answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Behaviour {
            $($(#[$doc])* $variant,)*
        }

        impl Behaviour {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in the table, in the control interface and in the counters.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Where it makes sense.
            pub fn places(self) -> Places {
                match self {
                    $(Self::$variant => Places::$places,)*
                }
            }

            /// The parameter that it takes: the value when none is given, and what it counts.
            pub fn parameter(self) -> Option<(u32, Unit)> {
                match self {
                    $(Self::$variant => behaviours!(@parameter $($default $unit)?),)*
                }
            }
        }
    };
    (@parameter) => { None };
    (@parameter $default:literal $unit:ident) => { Some(($default, Unit::$unit)) };
}

behaviours! {
    NotFound = "not-found" Data,
    TwoPersons = "two-persons" Data,
    BadRequest = "bad-request" Both,
    Unprocessable = "unprocessable" Both,
    Unauthorised = "unauthorised" Both,
    TokenExpiredOnce = "token-expired-once" Data,
    Forbidden = "forbidden" Both,
    /// Parameter: seconds of `Retry-After`.
    Throttled = "throttled" Both (7 Seconds),
    /// Parameter: seconds from now to the date in `Retry-After`.
    RetryAfterDate = "retry-after-date" Both (7 Seconds),
    TooManyNoWait = "too-many-no-wait" Both,
    /// What a call gets that repeats a `MaYeuCau` where that is refused (PROTOCOL §11, assumed there).
    ReusedRequestId = "reused-request-id" Data,
    SoapFault = "soap-fault" Data,
    SoapFault200 = "soap-fault-200" Data,
    PlainError = "plain-error" Both,
    BadGateway = "bad-gateway" Both,
    Unavailable = "unavailable" Both,
    PlainUnavailable = "plain-unavailable" Both,
    GatewayTimeout = "gateway-timeout" Both,
    /// Parameter: the code; the status follows from it.
    GatewayXmlFault = "gateway-xml-fault" Both (900_901 Code),
    /// Parameter: the code; the status follows from it.
    GatewayJsonFault = "gateway-json-fault" Both (900_901 Code),
    /// The three members at the top, the code as text. Parameter: the code.
    GatewayJsonTopFault = "gateway-json-top-fault" Both (900_901 Code),
    XRoadFault = "x-road-fault" Both,
    XRoadSoapFault = "x-road-soap-fault" Data,
    Redirect = "redirect" Both,
    /// Parameter: the status.
    UnexpectedStatus = "unexpected-status" Both (418 Status),
    Empty204 = "empty-204" Both,
    ZeroBytes = "zero-bytes" Both,
    LogInPage = "log-in-page" Both,
    Truncated = "truncated" Both,
    TruncatedJson = "truncated-json" Data,
    InvalidUtf8 = "invalid-utf8" Data,
    WrongPerson = "wrong-person" Data,
    WrongName = "wrong-name" Data,
    WrongBirthDate = "wrong-birth-date" Data,
    NoNumber = "no-number" Data,
    DuplicateNumber = "duplicate-number" Data,
    Doctype = "doctype" Data,
    EntityBomb = "entity-bomb" Data,
    /// Parameter: bytes.
    Oversized = "oversized" Data (5_242_880 Bytes),
    /// Parameter: levels.
    DeepNesting = "deep-nesting" Data (10_000 Levels),
    /// Parameter: elements.
    ManyElements = "many-elements" Data (100_000 Elements),
    UnexpectedElement = "unexpected-element" Data,
    UnknownNamespace = "unknown-namespace" Data,
    WrappedError = "wrapped-error" Data,
    ErrorCodeMissing = "error-code-missing" Data,
    Gzip = "gzip" Both,
    /// Parameter: MiB when unpacked.
    GzipBomb = "gzip-bomb" Both (1024 Mebibytes),
    Chunked = "chunked" Both,
    Bom = "bom" Both,
    CData = "cdata" Data,
    OtherPrefix = "other-prefix" Data,
    /// Parameter: milliseconds before the answer.
    Delay = "delay" Both (1000 Milliseconds),
    /// Parameter: milliseconds before giving up.
    Hang = "hang" Both (60_000 Milliseconds),
    /// Parameter: milliseconds a byte of the body.
    Drip = "drip" Both (1000 Milliseconds),
    /// Parameter: milliseconds a byte of the head.
    SlowHead = "slow-head" Both (1000 Milliseconds),
    Reset = "reset" Both,
    ResetBeforeAnswer = "reset-before-answer" Both,
    HalfClose = "half-close" Both,
    TokenWithoutToken = "token-without-token" Token,
    TokenExpiredAtOnce = "token-expired-at-once" Token,
}

impl Behaviour {
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|behaviour| behaviour.name() == name)
    }

    /// The behaviour with its parameter, or with the usual one.
    ///
    /// # Errors
    /// What would be allowed: a parameter that is not wanted, or one out of range.
    pub fn with(self, parameter: Option<u32>) -> Result<Fault, String> {
        let parameter = match (self.parameter(), parameter) {
            (None, None) => 0,
            (None, Some(_)) => return Err(format!("{} takes no parameter", self.name())),
            (Some((usual, _)), None) => usual,
            (Some((_, unit)), Some(given)) if unit.range().contains(&given) => given,
            (Some((_, unit)), Some(_)) => {
                let range = unit.range();
                return Err(format!("{}: {} from {} to {}", self.name(), unit.word(), range.start(), range.end()));
            }
        };
        Ok(Fault { behaviour: self, parameter })
    }
}

/// A behaviour with its parameter (0 where it has none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub behaviour: Behaviour,
    pub parameter: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_usual_parameters_are_allowed() {
        let names: std::collections::BTreeSet<&str> = Behaviour::ALL.iter().map(|behaviour| behaviour.name()).collect();
        assert_eq!(names.len(), Behaviour::ALL.len());
        for behaviour in Behaviour::ALL {
            let usual = behaviour.parameter();
            assert!(usual.is_none_or(|(value, unit)| unit.range().contains(&value)), "{}", behaviour.name());
            assert_eq!(behaviour.with(None).map(|fault| fault.parameter), Ok(usual.map_or(0, |(value, _)| value)));
        }
    }

    #[test]
    fn a_parameter_out_of_range_or_not_wanted_is_refused() {
        assert_eq!(Behaviour::Reset.with(Some(1)), Err("reset takes no parameter".to_owned()));
        let error = Behaviour::Delay.with(Some(600_001));
        assert_eq!(error, Err("delay: milliseconds from 0 to 600000".to_owned()));
    }
}
