//! The shape of a problem document (RFC 9457), for the description only.

use serde::Deserialize;
use utoipa::ToSchema;

/// Something to choose from.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceTold {
    value: String,
    label: String,
}

/// One place of a request that could not be read.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorTold {
    code: String,
    pointer: String,
    title: String,
    detail: String,
    #[schema(nullable = false)]
    did_you_mean: Option<String>,
}

/// One of the look-ups that all failed.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailedLookupTold {
    person: String,
    outcome: String,
    cause: Option<String>,
}

/// A signed note that a look-up was tried, and its text for paper.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofTold {
    statement: String,
    jws: String,
    text: String,
}

/// A problem document (RFC 9457).
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    r#type: String,
    /// English, the same for every problem of this code.
    title: String,
    status: u16,
    /// Vietnamese.
    detail: String,
    code: String,
    request_id: String,
    /// Seconds.
    #[schema(nullable = false)]
    retry_after: Option<u64>,
    /// JSON pointer into the request.
    #[schema(nullable = false)]
    pointer: Option<String>,
    #[schema(nullable = false)]
    did_you_mean: Option<String>,
    #[schema(nullable = false)]
    choices: Option<Vec<ChoiceTold>>,
    #[schema(nullable = false)]
    errors: Option<Vec<ErrorTold>>,
    #[schema(nullable = false)]
    outcome: Option<String>,
    #[schema(nullable = false)]
    cause: Option<String>,
    #[schema(nullable = false)]
    lookups: Option<Vec<FailedLookupTold>>,
    #[schema(nullable = false)]
    proof: Option<ProofTold>,
}
