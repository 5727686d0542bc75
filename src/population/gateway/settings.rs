//! What must be configured for one connection (PROTOCOL §13). No `Debug`: secrets are in it.

use std::time::Duration;

use secrecy::SecretString;

/// One connection to upstream.
pub struct GatewaySettings {
    /// The connection's name, for journal and metrics.
    pub name: String,
    pub profile: Profile,
    /// Scheme, host and port, perhaps a path prefix. Plain `http` is accepted for loopback only.
    pub base: String,
    /// Wall-clock time for one look-up, everything included.
    pub budget: Duration,
    pub connect_timeout: Duration,
    /// Most look-ups at once; one more is throttled.
    pub permits: usize,
    /// PEM bundle of the only roots to trust; without it those of the system.
    pub trust: Option<Vec<u8>>,
    pub procedure_code: ProcedureCode,
    pub officer_code: OfficerCode,
}

/// How the connection authenticates and where the operation is (PROTOCOL §3).
pub enum Profile {
    /// National platform or database adapter, signed header (§3.1).
    Direct {
        path: String,
        user: String,
        secret: SecretString,
        /// The text that is signed instead of the address called: gateways rewrite addresses.
        signing_url: String,
        timestamp_unit: TimestampUnit,
    },
    /// Provincial gateway with token, SOAP passes through (§3.2).
    LgspSoap {
        token_path: String,
        /// Path of operation 037.
        operation_path: String,
        connection_string: SecretString,
        auth_hash: SecretString,
    },
}

/// Unit of the `Timestamp` header (§3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampUnit {
    Milliseconds,
    Seconds,
}

/// What travels as `MaDVC`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcedureCode {
    /// The code of the service asked for.
    Service,
    /// One fixed code.
    Fixed(String),
}

/// What travels as `MaCanBo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfficerCode {
    /// The officer of the request.
    Request,
    /// One fixed account.
    Fixed(String),
}
