//! Shapes of answers, for the description only: answers are written straight into their buffer. Every answer of the test
//! suite is held against these.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

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

/// Something to choose from.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceTold {
    value: String,
    label: String,
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
