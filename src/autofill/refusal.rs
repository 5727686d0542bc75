//! Why a request got no form at all. Closed: the HTTP room gives every variant a status, a code and two sentences.

use std::time::Duration;

use super::proof::Proof;
use crate::access::Face;

/// Something to choose from: a word to send and a label to show.
pub struct Choice {
    pub value: String,
    pub label: String,
}

/// One of the look-ups that all failed.
pub struct FailedLookUp {
    /// The role, or `citizen`.
    pub person: String,
    pub outcome: &'static str,
    pub cause: Option<&'static str>,
}

/// The reasons.
pub enum Refusal {
    /// No service of this code; the nearest one.
    ServiceUnknown { did_you_mean: Option<String> },
    /// The service does not use the asked form; what it uses.
    FormUnknown { choices: Vec<Choice> },
    /// The asked form is not in force on the dossier's date; what is.
    NoFormForDate { choices: Vec<Choice> },
    /// Only the officer knows which role the person at the counter holds.
    ApplicantNeeded { choices: Vec<Choice> },
    /// A role that the form does not have (pointer); what it has.
    RoleUnknown { pointer: String, choices: Vec<Choice> },
    /// A role of a list needs a list of people (`list`), any other role one person.
    RowsShape { pointer: String, list: bool },
    /// People were named for the rows of a list that was typed.
    RowsTyped { pointer: String },
    /// The role is already held by the citizen.
    RoleTaken { pointer: String },
    /// The mapping does not license a look-up for this role.
    LookupNotLicensed { pointer: String },
    /// `same_as` leads in a circle or to nobody.
    SameAsBroken { pointer: String },
    /// The connection needs number, name and birth date together.
    QueryIncomplete { pointer: String },
    /// The connection needs officer, agency and dossier.
    DossierIncomplete { missing: &'static str },
    /// No connection is for this service and agency.
    NoConnection,
    /// An invented number (999…) with a real connection, or another one with invented people.
    NumberNotAllowed { pointer: String, invented_only: bool },
    /// `typed` names no property of the form.
    TypedPath { pointer: String, did_you_mean: Option<String> },
    /// A typed value does not fit its property.
    TypedValue { pointer: String },
    /// The record is of somebody who is dead or missing; only where a record is answered as it is.
    RecordBlocked,
    /// The caller may not, or not so much.
    Denied(Face),
    /// A signature was asked for or handed in, and no key is configured.
    SigningOff,
    /// The journal cannot be written, so nothing may be disclosed.
    JournalUnavailable,
    /// The shared tier cannot be reached: other replicas may still keep what should be forgotten.
    NotForgotten,
    /// No record could be had at all; the outcome that weighs most, and every look-up.
    Lookup {
        outcome: &'static str,
        cause: Option<&'static str>,
        retry_after: Option<Duration>,
        lookups: Vec<FailedLookUp>,
        /// For the dossier, when the request asked for it.
        proof: Option<Box<Proof>>,
    },
}

impl Refusal {
    /// A stable word for lists and comparisons; a failed look-up is told by its outcome.
    pub fn word(&self) -> &'static str {
        match self {
            Self::ServiceUnknown { .. } => "service_unknown",
            Self::FormUnknown { .. } => "form_unknown",
            Self::NoFormForDate { .. } => "no_form_for_date",
            Self::ApplicantNeeded { .. } => "citizen_role_needed",
            Self::RoleUnknown { .. } => "role_unknown",
            Self::RowsShape { .. } => "rows_shape",
            Self::RowsTyped { .. } => "rows_typed",
            Self::RoleTaken { .. } => "role_taken",
            Self::LookupNotLicensed { .. } => "lookup_not_licensed",
            Self::SameAsBroken { .. } => "same_as_broken",
            Self::QueryIncomplete { .. } => "query_incomplete",
            Self::DossierIncomplete { .. } => "dossier_incomplete",
            Self::NoConnection => "no_connection",
            Self::NumberNotAllowed { .. } => "number_not_allowed",
            Self::TypedPath { .. } => "typed_path",
            Self::TypedValue { .. } => "typed_value",
            Self::RecordBlocked => "record_blocked",
            Self::Denied(face) => face.code,
            Self::SigningOff => "signing_off",
            Self::JournalUnavailable => "journal_unavailable",
            Self::NotForgotten => "not_forgotten",
            Self::Lookup { outcome, .. } => outcome,
        }
    }
}
