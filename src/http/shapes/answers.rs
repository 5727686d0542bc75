//! Shapes of answers, for the description only: answers are written straight into their buffer. Every answer of the test
//! suite is held against these.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::problem::{ChoiceTold, Problem};
use super::questions::SignedStatement;

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceTold {
    code: String,
    name: String,
    /// Where the service went when the district level ended on 1 July 2025.
    #[schema(nullable = false)]
    successor: Option<String>,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormTold {
    id: String,
    #[schema(nullable = false, value_type = Option<String>, format = Date)]
    from: Option<String>,
    #[schema(nullable = false, value_type = Option<String>, format = Date)]
    to: Option<String>,
}

/// The units since 1 July 2025 in which an older address lies.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUnits {
    tinh: ChoiceTold,
    /// Several when the commune was split.
    xa: Vec<ChoiceTold>,
}

/// One box of the form.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldTold {
    /// JSON pointer into `data`.
    path: String,
    state: FieldStateTold,
    /// Why it is empty: `manual`, `not_given`, `unknown_code`, `not_in_list`, `does_not_fit`, `partial_date`, `conflict`,
    /// `condition`, `not_licensed`, `person_not_asked`, `record_blocked`, or `lookup_` and an outcome.
    #[schema(nullable = false)]
    reason: Option<String>,
    /// Role and attribute.
    #[schema(nullable = false, example = "cha_me.ho_va_ten")]
    source: Option<String>,
    #[schema(nullable = false)]
    sources: Option<Vec<String>>,
    /// Whether the citizen may not change it.
    #[schema(nullable = false)]
    locked: Option<bool>,
    /// As it is printed.
    #[schema(nullable = false)]
    text: Option<String>,
    /// An offered value; it is not in `data`.
    #[schema(nullable = false)]
    value: Option<Value>,
    /// Whether the register says otherwise than was typed.
    #[schema(nullable = false)]
    differs: Option<bool>,
    #[schema(nullable = false)]
    difference: Option<DifferenceTold>,
    #[schema(nullable = false)]
    new_units: Option<NewUnits>,
    #[schema(nullable = false)]
    choices: Option<Vec<ChoiceTold>>,
    /// The boxes of every row of a list.
    #[schema(nullable = false, no_recursion)]
    rows: Option<Vec<Vec<FieldTold>>>,
}

#[derive(ToSchema, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldStateTold {
    Filled,
    Suggested,
    Kept,
    Empty,
}

#[derive(ToSchema, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceTold {
    Spelling,
    Value,
}

#[derive(ToSchema, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusTold {
    Complete,
    Partial,
    Empty,
}

/// How one look-up went.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupTold {
    /// The role, or `citizen`.
    person: String,
    /// `found`, or a row of the outcome table.
    outcome: String,
    #[schema(nullable = false)]
    cause: Option<String>,
    cached: bool,
    /// Seconds since it was looked up.
    #[schema(nullable = false)]
    age_s: Option<u64>,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarningTold {
    code: String,
    #[schema(nullable = false)]
    person: Option<String>,
    /// Vietnamese.
    detail: String,
    /// English.
    title: String,
}

#[derive(ToSchema, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureTold {
    Valid,
    Expired,
    OfAnother,
    UnknownKey,
    Changed,
    Malformed,
}

/// What the register says otherwise than it did when the handed-in statement was signed.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SinceTold {
    signature: SignatureTold,
    #[schema(nullable = false)]
    request_id: Option<String>,
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    issued_at: Option<String>,
    changed: Vec<String>,
    gone: Vec<String>,
    new: Vec<String>,
}

/// The form, filled.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutofillAnswer {
    request_id: String,
    service: ServiceTold,
    form: FormTold,
    status: StatusTold,
    /// Only what is filled or kept; fits the form's schema (`GET /v1/forms/{id}`) without `required`.
    data: BTreeMap<String, Value>,
    /// Every box of the form exactly once.
    fields: Vec<FieldTold>,
    lookups: Vec<LookupTold>,
    warnings: Vec<WarningTold>,
    #[schema(nullable = false)]
    since: Option<SinceTold>,
    #[schema(nullable = false)]
    signed: Option<SignedStatement>,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemAnswered {
    answer: AutofillAnswer,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemFailed {
    problem: Problem,
}

/// What came of one person of a batch.
#[derive(ToSchema, Deserialize)]
#[serde(untagged)]
pub enum ItemOutcome {
    Answered(ItemAnswered),
    Failed(ItemFailed),
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchAnswer {
    request_id: String,
    answered: u64,
    failed: u64,
    /// In the order of the request; their request ids are `<request_id>.1`, `.2`, …
    items: Vec<ItemOutcome>,
}

/// A box with something to mend; the value is never repeated.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultTold {
    path: String,
    code: String,
    /// English.
    title: String,
    /// Vietnamese.
    detail: String,
    /// The box as printed.
    #[schema(nullable = false)]
    label: Option<String>,
    #[schema(nullable = false)]
    did_you_mean: Option<String>,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormIdentity {
    id: String,
    title: String,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidateAnswer {
    request_id: String,
    form: FormIdentity,
    valid: bool,
    /// Required and still empty.
    missing: Vec<FaultTold>,
    /// Filled with something that cannot stand there.
    wrong: Vec<FaultTold>,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseAnswer {
    request_id: String,
    #[schema(value_type = String, format = DateTime)]
    released_until: String,
}

/// A look-up whose officer is asked why.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleTold {
    id: String,
    /// The request of the look-up.
    looked_up: String,
    #[schema(value_type = String, format = DateTime)]
    at: String,
    officer: String,
    agency: String,
    dossier: String,
    service: String,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleList {
    request_id: String,
    /// The oldest open questions of this caller, at most 100; of one officer where the credential names one.
    samples: Vec<SampleTold>,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleAnswer {
    request_id: String,
    sample: String,
    /// `answered`.
    state: String,
}
