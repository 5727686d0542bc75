//! The request on the wire: which fields, in which order, in which words (PROTOCOL §2, §3.3, §4).
//!
//! [`fields`] says what travels; [`soap`] and [`json`] write it. Written with writers only, never by joining text
//! (PROTOCOL §10, mistake 8; RISKS T21). It must not know of transport or replies.

mod fields;
#[cfg(test)]
mod fuzz;
mod json;
mod soap;
#[cfg(test)]
mod tests;

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{LookUp, Outcome};
use crate::config::{PerOperation, RequestSettings};

/// What is asked; the service number, not the operation's name, selects the contract (PROTOCOL §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// 037: the record of one citizen.
    Record,
    /// 033: whether such a citizen exists.
    Existence,
}

impl Operation {
    /// The value for this operation; 037's where 033 has none of its own.
    fn of<T>(self, values: &PerOperation<T>) -> &T {
        match (self, &values.existence) {
            (Self::Existence, Some(value)) => value,
            _ => &values.record,
        }
    }
}

/// In which words a request is written (PROTOCOL §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// A SOAP 1.1 envelope.
    Soap,
    /// `json-pascal`.
    JsonPascal,
    /// `json-camel`.
    JsonCamel,
}

/// A new `MaYeuCau`: UUID version 7, 36 characters of `0-9 a-f -` (PROTOCOL §4, row 1).
pub fn request_id() -> String {
    Uuid::now_v7().to_string()
}

/// The body of one request as UTF-8 bytes, wiped on drop.
///
/// # Errors
/// The question is incomplete, holds what cannot travel, or the connection's tables do not list its service or officer.
pub fn body(
    wording: Wording,
    operation: Operation,
    settings: &RequestSettings,
    look_up: &LookUp,
    request_id: &str,
) -> Result<Zeroizing<Vec<u8>>, Outcome> {
    let question = fields::question(operation, settings, look_up, request_id)?;
    match wording {
        Wording::Soap => soap::envelope(operation, settings, &question),
        Wording::JsonPascal => json::pascal(&question, settings.empty_members),
        Wording::JsonCamel => json::camel(&question, settings.empty_members),
    }
}
