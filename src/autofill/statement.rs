//! What an answer delivered, as a text that can be signed and later be held against what comes back.
//!
//! The statement names every delivered box with its provenance and a salted digest of its value: it proves values
//! without holding them. The holder keeps it with the draft; the service keeps nothing.

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fill::{FieldAnswer, FieldState, json};
use super::request::AutofillRequest;
use crate::citizen::name::tidy;
use crate::signing::{Signed, SigningKeys, Unbelieved};

/// A draft that is older than this is looked up again, whatever the cache holds (RISKS T25; the hour is ASM).
pub const OLD_DRAFT_SECONDS: i64 = 3600;

const ISSUER: &str = "diensan";
const SALT_BYTES: usize = 16;

/// The statement of a delivered answer. Times are seconds since 1970.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    iss: String,
    iat: i64,
    exp: i64,
    request_id: String,
    service: String,
    form: String,
    catalog: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    dossier: Option<String>,
    salt: String,
    fields: Vec<Delivered>,
}

/// One delivered box.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Delivered {
    path: String,
    /// `filled` from its sources, or `kept` as it was typed.
    state: String,
    locked: bool,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    sources: Vec<String>,
    digest: String,
}

/// What an answer is about.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub request: &'a AutofillRequest,
    pub request_id: &'a str,
    pub form: &'a str,
    pub catalog: &'a str,
    pub now: Timestamp,
}

/// The signed statement of an answer; `None`: this machine gives no random numbers, or there is no key.
pub fn sign(keys: &SigningKeys, about: &About<'_>, fields: &[FieldAnswer<'_>]) -> Option<Signed> {
    let mut salt = [0_u8; SALT_BYTES];
    SystemRandom::new().fill(&mut salt).ok()?;
    let now = about.now.as_second();
    let statement = Statement {
        iss: ISSUER.to_owned(),
        iat: now,
        exp: now.saturating_add(keys.valid_for()),
        request_id: about.request_id.to_owned(),
        service: about.request.service.clone(),
        form: about.form.to_owned(),
        catalog: about.catalog.to_owned(),
        dossier: about.request.dossier.clone(),
        salt: URL_SAFE_NO_PAD.encode(salt),
        fields: fields.iter().filter_map(|field| delivered(field, &salt)).collect(),
    };
    let statement = serde_json::to_string(&statement).ok()?;
    let jws = keys.sign(&statement)?;
    Some(Signed { statement, jws })
}

fn delivered(field: &FieldAnswer<'_>, salt: &[u8]) -> Option<Delivered> {
    let path = format!("/{}", field.target.key);
    let (state, locked, sources, value) = match &field.state {
        FieldState::Filled { proposal, locked } => {
            let sources = proposal.sources.paths().iter().map(|source| (*source).to_owned()).collect();
            ("filled", *locked, sources, json(&proposal.fitted.value))
        }
        FieldState::Kept { typed, .. } => ("kept", false, Vec::new(), typed.clone()),
        FieldState::Suggested { .. } | FieldState::Empty { .. } | FieldState::Rows { .. } => return None,
    };
    let digest = digest(salt, &path, &value);
    Some(Delivered { path, state: state.to_owned(), locked, sources, digest })
}

/// SHA-256 over salt, path, a zero byte and the value with its members in order and its texts tidied.
fn digest(salt: &[u8], path: &str, value: &Value) -> String {
    let mut context = Context::new(&SHA256);
    context.update(salt);
    context.update(path.as_bytes());
    context.update(&[0]);
    context.update(canonical(value).to_string().as_bytes());
    URL_SAFE_NO_PAD.encode(context.finish())
}

/// The same value in the same bytes: NFC and spaces are no change of a value, nor is `1987.0` for 1987.
fn canonical(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(tidy(text)),
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            Value::Object(sorted.into_iter().map(|(key, value)| (key.clone(), canonical(value))).collect())
        }
        Value::Number(number) => match number.as_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "only whole numbers that a double holds exactly")]
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => Value::from(float as i64),
            _ => value.clone(),
        },
        Value::Null | Value::Bool(_) => value.clone(),
    }
}

/// What a signature is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    Valid,
    /// Ours, and too old to be relied on.
    Expired,
    /// Ours, about another service, form or dossier.
    OfAnother,
    /// None of our keys made it.
    UnknownKey,
    /// The statement or the signature was changed.
    Changed,
    Malformed,
}

impl Worth {
    /// The word in answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::OfAnother => "of_another",
            Self::UnknownKey => "unknown_key",
            Self::Changed => "changed",
            Self::Malformed => "malformed",
        }
    }

    /// Whether we said what the statement says.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Valid | Self::Expired)
    }
}

/// What the statement is expected to be about; what is not known is not compared.
#[derive(Clone, Copy, Default)]
pub struct Expected<'a> {
    pub service: Option<&'a str>,
    pub form: Option<&'a str>,
    pub dossier: Option<&'a str>,
}

/// What became of a delivered box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Unchanged,
    Changed,
    /// It came back without a value.
    Removed,
}

impl Fate {
    /// The word in answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// A statement that was handed back.
pub struct HandedBack {
    pub worth: Worth,
    /// Of a statement of ours.
    statement: Option<Statement>,
}

/// Reads a statement and says what its signature is worth.
pub fn read(keys: &SigningKeys, signed: &Signed, expected: Expected<'_>, now: Timestamp) -> HandedBack {
    let worthless = |worth| HandedBack { worth, statement: None };
    match keys.check(&signed.statement, &signed.jws) {
        Ok(()) => {}
        Err(Unbelieved::Malformed) => return worthless(Worth::Malformed),
        Err(Unbelieved::UnknownKey) => return worthless(Worth::UnknownKey),
        Err(Unbelieved::Changed) => return worthless(Worth::Changed),
    }
    let Ok(statement) = serde_json::from_str::<Statement>(&signed.statement) else {
        return worthless(Worth::Malformed);
    };
    let other = |expected: Option<&str>, is: Option<&str>| expected.is_some() && expected != is;
    let of_another = other(expected.service, Some(&statement.service))
        || other(expected.form, Some(&statement.form))
        || (statement.dossier.is_some() && other(expected.dossier, statement.dossier.as_deref()));
    let worth = if of_another {
        Worth::OfAnother
    } else if now.as_second() > statement.exp {
        Worth::Expired
    } else {
        Worth::Valid
    };
    HandedBack { worth, statement: Some(statement) }
}

impl HandedBack {
    /// The request that was answered, and when, in seconds since 1970; only of a statement of ours.
    pub fn origin(&self) -> Option<(&str, i64)> {
        self.statement.as_ref().map(|statement| (statement.request_id.as_str(), statement.iat))
    }

    /// Whether the draft is too old to be answered from the cache.
    pub fn is_old(&self, now: Timestamp) -> bool {
        self.origin().is_some_and(|(_, issued)| now.as_second() - issued > OLD_DRAFT_SECONDS)
    }

    /// What became of each delivered box: path, whether it was locked, fate.
    pub fn fates(&self, typed: &[(String, Value)]) -> Vec<(&str, bool, Fate)> {
        if !self.worth.is_ours() {
            return Vec::new();
        }
        let value =
            |path: &str| typed.iter().find(|(key, _)| path.strip_prefix('/') == Some(key)).map(|(_, value)| value);
        self.each(|path| value(path).cloned())
    }

    /// What the register says otherwise than it did when the statement was made: paths that changed, are gone, are new.
    pub fn since<'s>(&'s self, fields: &[FieldAnswer<'_>]) -> Since<'s> {
        let mut since = Since::default();
        if !self.worth.is_ours() {
            return since;
        }
        let now = |path: &str| {
            let field = fields.iter().find(|field| path.strip_prefix('/') == Some(&field.target.key))?;
            match &field.state {
                FieldState::Filled { proposal, .. } | FieldState::Kept { register: Some((proposal, _)), .. } => {
                    Some(json(&proposal.fitted.value))
                }
                // It agrees with what was typed, or there is nothing to compare with.
                FieldState::Kept { typed, register: None } => Some(typed.clone()),
                FieldState::Suggested { .. } | FieldState::Empty { .. } | FieldState::Rows { .. } => None,
            }
        };
        let from_register = |delivered: &&Delivered| delivered.state == "filled";
        let statement = self.statement.iter().flat_map(|statement| &statement.fields).filter(from_register);
        let known: Vec<&str> = statement.map(|delivered| delivered.path.as_str()).collect();
        for (path, _, fate) in self.each(now).into_iter().filter(|(path, ..)| known.contains(path)) {
            match fate {
                Fate::Unchanged => {}
                Fate::Changed => since.changed.push(path),
                Fate::Removed => since.gone.push(path),
            }
        }
        let filled = fields.iter().filter(|field| matches!(field.state, FieldState::Filled { .. }));
        let paths = filled.map(|field| format!("/{}", field.target.key));
        since.new = paths.filter(|path| !known.contains(&path.as_str())).collect();
        since
    }

    fn each(&self, value: impl Fn(&str) -> Option<Value>) -> Vec<(&str, bool, Fate)> {
        let Some(statement) = &self.statement else { return Vec::new() };
        let salt = URL_SAFE_NO_PAD.decode(&statement.salt).unwrap_or_default();
        let fate = |delivered: &Delivered| match value(&delivered.path) {
            None => Fate::Removed,
            Some(value) if digest(&salt, &delivered.path, &value) == delivered.digest => Fate::Unchanged,
            Some(_) => Fate::Changed,
        };
        statement.fields.iter().map(|delivered| (delivered.path.as_str(), delivered.locked, fate(delivered))).collect()
    }
}

/// How the register differs from what it said when a statement was made.
#[derive(Default)]
pub struct Since<'s> {
    pub changed: Vec<&'s str>,
    pub gone: Vec<&'s str>,
    pub new: Vec<String>,
}
