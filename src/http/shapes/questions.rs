//! Shapes of request bodies, for the description only: bodies are read by hand, so that every finding has its place.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Who is asked for, by number. The register answers only to number, name and birth date together; the sandbox also to
/// the number alone.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonByNumber {
    /// Personal number (12 digits) or old card number (9 digits).
    #[schema(example = "999187000004")]
    id: String,
    /// Family name, middle names, given name, in Vietnamese letters.
    #[schema(nullable = false, example = "Lê Thị Mẫu Vợ")]
    name: Option<String>,
    /// `yyyy-mm-dd`, `yyyy-mm` or `yyyy`: as much as is known.
    #[schema(nullable = false, example = "1987-09-21")]
    birth_date: Option<String>,
}

/// Who is asked for, by a scanned card.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonByCard {
    /// The text of the card's QR code: at least seven parts separated by `|`.
    qr: String,
}

/// The same person as another role.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonSameAs {
    /// `citizen`, or a role of the form.
    #[schema(min_length = 1, max_length = 100, example = "citizen")]
    same_as: String,
}

/// One person.
#[derive(ToSchema, Deserialize)]
#[serde(untagged)]
pub enum Person {
    Number(PersonByNumber),
    Card(PersonByCard),
    SameAs(PersonSameAs),
}

/// Somebody to look up.
#[derive(ToSchema, Deserialize)]
#[serde(untagged)]
pub enum SoughtPerson {
    Number(PersonByNumber),
    Card(PersonByCard),
}

/// Who holds a role; for a role of list rows several people, a row each.
#[derive(ToSchema, Deserialize)]
#[serde(untagged)]
pub enum RoleHolders {
    One(Person),
    Rows(PersonRows),
}

/// The people of a list, a row each.
#[derive(ToSchema, Deserialize)]
#[schema(min_items = 1, max_items = 20)]
pub struct PersonRows(Vec<SoughtPerson>);

/// A statement that was signed, with its detached signature.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedStatement {
    /// The signed text, byte for byte.
    statement: String,
    /// Detached JWS (RFC 7515, appendix F), EdDSA; keys at `/.well-known/jwks.json`.
    jws: String,
}

/// One citizen (and further people by role) for one service.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "service": "1.005099", "citizen": { "id": "999187000004" },
    "typed": { "hoc_sinh_ho_ten": "NGUYỄN VĂN MẪU CON" } }))]
pub struct AutofillQuestion {
    /// National procedure code.
    #[schema(min_length = 1, max_length = 100)]
    service: String,
    citizen: Person,
    /// The role that the person at the counter holds, or `none`; needed where only the officer knows.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    citizen_role: Option<String>,
    /// Further people by role.
    #[schema(nullable = false)]
    persons: Option<BTreeMap<String, RoleHolders>>,
    /// Who asks; required with a connection.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    officer: Option<String>,
    /// Of which agency; required with a connection.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    agency: Option<String>,
    /// For which dossier; required with a connection.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    dossier: Option<String>,
    /// Chooses the form version and the administrative units; today (UTC+7) by default.
    #[schema(nullable = false, value_type = Option<String>, format = Date)]
    dossier_date: Option<String>,
    /// One of the service's forms in force; the first by default.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    form: Option<String>,
    /// What was already typed, by property of the form; never overwritten.
    #[schema(nullable = false)]
    typed: Option<BTreeMap<String, Value>>,
    /// `true` asks again instead of using the cache.
    #[schema(nullable = false)]
    refresh: Option<bool>,
    /// `true` adds a signed statement of what was delivered, or to a failed look-up a signed note for the dossier.
    #[schema(nullable = false)]
    sign: Option<bool>,
    /// The signed statement of an earlier answer that this request goes on from.
    #[schema(nullable = false)]
    signed: Option<SignedStatement>,
}

/// A finished form and the statement of what was delivered for it; nobody is looked up.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveredQuestion {
    signed: SignedStatement,
    typed: BTreeMap<String, Value>,
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    service: Option<String>,
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    form: Option<String>,
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    dossier: Option<String>,
}

/// With a `citizen` the typed values are compared with the register (without `typed` and `signed`: whether these people
/// exist); without one, whether delivered boxes were changed.
#[derive(ToSchema, Deserialize)]
#[serde(untagged)]
#[schema(example = json!({ "service": "1.005099", "citizen": { "id": "999187000004" },
    "typed": { "cha_me_ho_ten": "Le Thi Mau Vo" } }))]
pub enum VerifyQuestion {
    People(Box<AutofillQuestion>),
    Delivered(DeliveredQuestion),
}

/// One of the people of a batch.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchItem {
    citizen: Person,
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    citizen_role: Option<String>,
    #[schema(nullable = false)]
    persons: Option<BTreeMap<String, RoleHolders>>,
    #[schema(nullable = false)]
    typed: Option<BTreeMap<String, Value>>,
    #[schema(nullable = false)]
    signed: Option<SignedStatement>,
}

/// Several people of one dossier; what is shared is said once.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "service": "1.005392", "dossier": "H01.12-261120-0007",
    "items": [{ "citizen": { "id": "999085000001" } }, { "citizen": { "id": "999187000004" } }] }))]
pub struct BatchQuestion {
    #[schema(min_length = 1, max_length = 100)]
    service: String,
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    officer: Option<String>,
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    agency: Option<String>,
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    dossier: Option<String>,
    #[schema(nullable = false, value_type = Option<String>, format = Date)]
    dossier_date: Option<String>,
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    form: Option<String>,
    #[schema(nullable = false)]
    refresh: Option<bool>,
    #[schema(nullable = false)]
    sign: Option<bool>,
    #[schema(min_items = 1, max_items = 20)]
    items: Vec<BatchItem>,
}

/// A form as it would be handed in.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "data": { "cha_me_ho_ten": "LÊ THỊ MẪU VỢ" } }))]
pub struct ValidateQuestion {
    /// The form's properties; blanks count as empty.
    data: BTreeMap<String, Value>,
    /// Decides which codes are in force; today (UTC+7) by default.
    #[schema(nullable = false, value_type = Option<String>, format = Date)]
    dossier_date: Option<String>,
}

/// Somebody by number alone: nobody is looked up.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberOnly {
    id: String,
}

/// Lets a colleague look somebody up who may be on the watch list.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "citizen": { "id": "999187000004" }, "dossier": "H01.12-261120-0007" }))]
pub struct ReleaseQuestion {
    citizen: NumberOnly,
    /// The colleague's dossier.
    #[schema(min_length = 1, max_length = 100)]
    dossier: String,
    /// The second officer, as the token names him or her.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    officer: Option<String>,
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    agency: Option<String>,
}

/// Why somebody was looked up.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "Công dân nộp hồ sơ tại quầy số 3.", "officer": "cb-0123" }))]
pub struct ExplanationQuestion {
    /// 10 to 500 characters; no number of a citizen.
    reason: String,
    /// The officer who looked somebody up.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    officer: Option<String>,
}
