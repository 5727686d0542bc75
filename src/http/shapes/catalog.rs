//! Shapes of what is read of the catalogue, and of health, for the description only.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::ToSchema;

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InTwoLanguages {
    vi: Option<String>,
    en: Option<String>,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSummary {
    code: String,
    name: InTwoLanguages,
    /// `province`, `district` or `commune`.
    level: String,
    field: String,
    /// The forms in force today.
    forms: Vec<String>,
    successor: Option<String>,
    confidence: String,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceList {
    count: u64,
    services: Vec<ServiceSummary>,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleDescribed {
    role: String,
    label: String,
    /// Whether the form licenses a look-up of this person.
    lookup: bool,
    filer: bool,
    /// Whether it is the people of a list, a row each.
    rows: bool,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeDescribed {
    path: String,
    label: InTwoLanguages,
    sensitive: bool,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDescribed {
    path: String,
    title: String,
    required: bool,
    /// Whether nothing of the register belongs there.
    manual: bool,
    #[schema(nullable = false)]
    sources: Option<Vec<String>>,
    #[schema(nullable = false)]
    suggested: Option<bool>,
    #[schema(nullable = false)]
    locked: Option<bool>,
    /// The role whose people are the rows.
    #[schema(nullable = false)]
    rows: Option<String>,
    #[schema(nullable = false, no_recursion)]
    columns: Option<Vec<FieldDescribed>>,
}

/// Which role the person at the counter holds: one, by gender, or one that the officer chooses.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicantDescribed {
    #[schema(nullable = false)]
    role: Option<String>,
    #[schema(nullable = false)]
    by_gender: Option<BTreeMap<String, String>>,
    #[schema(nullable = false)]
    ask: Option<Vec<String>>,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormDescribed {
    id: String,
    title: String,
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    to: Option<String>,
    in_force: bool,
    confidence: String,
    applicant: ApplicantDescribed,
    roles: Vec<RoleDescribed>,
    /// The register attributes that the form takes.
    attributes: Vec<AttributeDescribed>,
    fields: Vec<FieldDescribed>,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceDetail {
    code: String,
    name: InTwoLanguages,
    level: String,
    field: String,
    ministry: Option<String>,
    agency: Option<String>,
    subject: Option<String>,
    legal_basis: Option<serde_json::Value>,
    successor: Option<String>,
    note: Option<String>,
    confidence: String,
    forms: Vec<FormDescribed>,
}

/// A public key (RFC 7517, RFC 8037).
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicKey {
    kty: String,
    crv: String,
    x: String,
    kid: String,
    r#use: String,
    alg: String,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySet {
    keys: Vec<PublicKey>,
}

#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alive {
    status: String,
}

/// Whether requests can be taken; the details only at the door for operators.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readiness {
    /// `ready`, `not_ready` or `draining`.
    status: String,
    journal: Option<serde_json::Value>,
    #[schema(nullable = false)]
    connections: Option<Vec<String>>,
    #[schema(nullable = false)]
    catalog: Option<serde_json::Value>,
}
