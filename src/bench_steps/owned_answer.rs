//! The answer as structs that own their texts, written by `serde_json`: what another program would do, and what our
//! writer is held against. Nothing is looked up, joined or chosen while it writes.

use serde::{Deserialize, Serialize};

/// The answer for `lltp-03-2013`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnedAnswer {
    request_id: String,
    service: Service,
    form: Form,
    status: String,
    data: Data,
    fields: Vec<Field>,
    lookups: Vec<LookUp>,
    warnings: Vec<Warning>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    code: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    successor: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
}

/// The boxes that the invented person fills.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    nguoi_de_nghi_ho_ten: String,
    nguoi_de_nghi_gioi_tinh: String,
    nguoi_de_nghi_ngay_sinh: String,
    nguoi_de_nghi_quoc_tich: String,
    nguoi_de_nghi_dan_toc: String,
    nguoi_de_nghi_thuong_tru: Address,
    nguoi_de_nghi_so_giay_to: String,
    cha_ho_ten: String,
    me_ho_ten: String,
    vo_chong_ho_ten: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Address {
    day_du: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tinh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    huyen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xa: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chi_tiet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quoc_gia: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    path: String,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locked: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_units: Option<NewUnits>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUnits {
    tinh: Unit,
    xa: Vec<Unit>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unit {
    value: String,
    label: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LookUp {
    person: String,
    outcome: String,
    cached: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_s: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Warning {
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    detail: String,
    title: String,
}

impl OwnedAnswer {
    /// The same answer as this text of it.
    ///
    /// # Errors
    /// The text has another shape than these structs.
    pub fn of(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// The text as `serde_json` writes it; empty when it cannot.
    pub fn to_vec(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}
