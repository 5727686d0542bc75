//! Shapes of the answers to a verification, for the description only.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answers::{FormTold, LookupTold, ServiceTold, SignatureTold, WarningTold};

#[derive(ToSchema, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictTold {
    Match,
    MatchExceptAccents,
    Different,
    NotGiven,
    Unreadable,
    NotComparable,
}

/// One typed value against the register.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifiedTold {
    path: String,
    result: VerdictTold,
    #[schema(nullable = false)]
    reason: Option<String>,
    /// As far as both dates are known.
    #[schema(nullable = false)]
    precision: Option<String>,
    #[schema(nullable = false)]
    source: Option<String>,
    #[schema(nullable = false)]
    hint: Option<String>,
    /// The register's value, only for a caller who may also fill.
    #[schema(nullable = false)]
    register: Option<Value>,
    #[schema(nullable = false)]
    text: Option<String>,
}

#[derive(ToSchema, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FateTold {
    Unchanged,
    Changed,
    Removed,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveredFieldTold {
    path: String,
    locked: bool,
    result: FateTold,
}

/// What became of delivered boxes.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveredTold {
    signature: SignatureTold,
    #[schema(nullable = false)]
    request_id: Option<String>,
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    issued_at: Option<String>,
    /// Boxes that were delivered locked and came back otherwise.
    #[schema(nullable = false)]
    locked_changed: Option<u64>,
    fields: Vec<DeliveredFieldTold>,
}

/// A verdict for every typed value.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdicts {
    request_id: String,
    service: ServiceTold,
    form: FormTold,
    /// How many of each verdict.
    summary: BTreeMap<String, u64>,
    fields: Vec<VerifiedTold>,
    lookups: Vec<LookupTold>,
    warnings: Vec<WarningTold>,
    #[schema(nullable = false)]
    delivered: Option<DeliveredTold>,
}

/// Whether one person exists, or why nobody knows.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExistenceTold {
    person: String,
    #[schema(nullable = false)]
    exists: Option<bool>,
    #[schema(nullable = false)]
    outcome: Option<String>,
    #[schema(nullable = false)]
    cause: Option<String>,
}

/// Whether people exist.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Existences {
    request_id: String,
    service: ServiceTold,
    form: FormTold,
    people: Vec<ExistenceTold>,
}

/// The check of a signature without a look-up.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveredAnswer {
    request_id: String,
    delivered: DeliveredTold,
}

#[derive(ToSchema, Deserialize)]
#[serde(untagged)]
pub enum VerifyAnswer {
    Verdicts(Verdicts),
    Existences(Existences),
    Delivered(DeliveredAnswer),
}
