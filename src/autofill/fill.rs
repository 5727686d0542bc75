//! Filling one form: a pure function from plan, records and typed values to what stands in every box and why.

pub(super) mod propose;

use std::borrow::Cow;

use jiff::civil::Date;

use self::propose::propose;
use crate::catalog::{Filling, Fitted, FormPlan, Target, TransformContext, Value};
use crate::citizen::name::{self, NameEquality};
use crate::citizen::units::Unit;
use crate::citizen::{Attribute, AttributeSet, Record, ScannedCard};

/// What is known of the person in one role.
#[derive(Clone, Copy)]
pub enum PersonState<'r> {
    /// Nobody was named for the role.
    NotAsked,
    /// The look-up failed; the outcome's label.
    Failed(&'static str),
    /// The register says dead or missing: nothing is filled (PROTOCOL §9).
    Blocked,
    /// The record, and the card when one was scanned.
    Found(&'r Record, Option<&'r ScannedCard>),
}

/// The people of the form: one state a role, and for roles of lists one state a row.
pub struct People<'r> {
    pub states: Vec<PersonState<'r>>,
    pub rows: Vec<(usize, Vec<PersonState<'r>>)>,
}

/// What filling needs besides the records.
pub struct FillContext<'a> {
    pub transform: TransformContext<'a>,
    pub officer: Option<&'a str>,
    pub agency: Option<&'a str>,
    pub today: Date,
    /// What the caller may receive of a record; the rest stays empty, with that reason.
    pub licensed: AttributeSet,
}

/// Why a box stayed empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Only people can fill it.
    Manual,
    /// The register (or the request) gave nothing.
    NotGiven,
    /// The register gave a code that no list explains.
    UnknownCode,
    /// The code is not in the form's list on the form's day.
    NotInList,
    /// The value breaks a restriction of the form's schema.
    DoesNotFit,
    /// The box takes a full date and the register knows less.
    PartialDate,
    /// The record contradicts itself.
    Conflict,
    /// The unit codes of an address contradict each other.
    UnitsClash,
    /// A condition of the mapping does not hold.
    Condition,
    /// The caller may not receive the attribute.
    NotLicensed,
    /// Nobody was named for the role.
    PersonNotAsked,
    /// The person is dead or missing.
    RecordBlocked,
    /// The look-up failed with this outcome.
    Lookup(&'static str),
}

impl Reason {
    /// The word of a reason; of a failed look-up `lookup_<outcome>`.
    pub fn word(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Manual => "manual",
            Self::NotGiven => "not_given",
            Self::UnknownCode => "unknown_code",
            Self::NotInList => "not_in_list",
            Self::DoesNotFit => "does_not_fit",
            Self::PartialDate => "partial_date",
            Self::Conflict | Self::UnitsClash => "conflict",
            Self::Condition => "condition",
            Self::NotLicensed => "not_licensed",
            Self::PersonNotAsked => "person_not_asked",
            Self::RecordBlocked => "record_blocked",
            Self::Lookup(outcome) => return Cow::Owned(format!("lookup_{outcome}")),
        })
    }
}

/// How a typed value differs from the register's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Only in diacritics, punctuation or spaces (IDENTITY §5.4, `compact_equal`): offered as a correction. Letter case
    /// and tone placement are no difference.
    Spelling,
    Value,
}

/// The value for a box and the sources it came from.
pub struct Proposal<'p> {
    pub fitted: Fitted<'p>,
    pub sources: Sources<'p>,
    suggest: bool,
}

/// Where a value came from: nearly always from one attribute.
pub enum Sources<'p> {
    One(&'p str),
    Several(Vec<&'p str>),
}

impl<'p> Sources<'p> {
    /// Their paths in the order of the mapping.
    pub fn paths(&self) -> &[&'p str] {
        match self {
            Self::One(path) => std::slice::from_ref(path),
            Self::Several(paths) => paths,
        }
    }
}

/// What stands in one box.
pub enum FieldState<'p> {
    Filled {
        proposal: Proposal<'p>,
        locked: bool,
    },
    /// Offered; the officer confirms. Not in `data`.
    Suggested {
        proposal: Proposal<'p>,
    },
    /// The typed value stays; the register's is offered when it differs.
    Kept {
        typed: serde_json::Value,
        register: Option<(Proposal<'p>, Difference)>,
    },
    /// Nothing; `shown` is what the register gave but the box cannot take.
    Empty {
        reason: Reason,
        shown: Shown<'p>,
    },
    /// A list: the boxes of each row, in the order of the people.
    Rows {
        rows: Vec<Vec<FieldAnswer<'p>>>,
    },
}

/// One box of the answer.
pub struct FieldAnswer<'p> {
    pub target: &'p Target,
    pub state: FieldState<'p>,
}

impl FieldAnswer<'_> {
    /// A remark of the value for the answer's warnings.
    pub fn remark(&self) -> Option<&'static str> {
        match &self.state {
            FieldState::Filled { proposal, .. }
            | FieldState::Suggested { proposal }
            | FieldState::Kept { register: Some((proposal, _)), .. } => proposal.fitted.remark,
            FieldState::Empty { reason: Reason::UnitsClash, .. } => Some("unit_codes_clash"),
            FieldState::Kept { register: None, .. } | FieldState::Empty { .. } => None,
            FieldState::Rows { rows } => rows.iter().flatten().find_map(FieldAnswer::remark),
        }
    }

    /// Whether the register says something else than was typed, and not only in another spelling.
    pub fn contradicts(&self) -> bool {
        matches!(self.state, FieldState::Kept { register: Some((_, Difference::Value)), .. })
    }

    /// The label for the fill metric: the state, or for an empty box the reason.
    pub fn metric_label(&self) -> Cow<'static, str> {
        match &self.state {
            FieldState::Filled { .. } => "filled".into(),
            FieldState::Suggested { .. } => "suggested".into(),
            FieldState::Kept { .. } => "kept".into(),
            FieldState::Empty { reason, .. } => reason.word(),
            FieldState::Rows { .. } if self.has_value() => "filled".into(),
            FieldState::Rows { .. } => "not_given".into(),
        }
    }

    /// Whether the box stands in `data`.
    pub fn has_value(&self) -> bool {
        match &self.state {
            FieldState::Filled { .. } | FieldState::Kept { .. } => true,
            FieldState::Suggested { .. } | FieldState::Empty { .. } => false,
            FieldState::Rows { rows } => rows.iter().flatten().any(FieldAnswer::has_value),
        }
    }
}

/// What stands beside an empty box.
#[derive(Default)]
pub enum Shown<'p> {
    #[default]
    Nothing,
    /// What the register gave.
    Text(Cow<'p, str>),
    /// What the register gave, and the units from which the officer chooses.
    Choices(Option<Cow<'p, str>>, Vec<Unit<'p>>),
}

/// Fills a form; `typed` holds values that are never overwritten.
pub fn fill<'p>(
    plan: &'p FormPlan,
    people: &People<'p>,
    typed: &[(String, serde_json::Value)],
    context: &FillContext<'p>,
) -> Vec<FieldAnswer<'p>> {
    let typed_of = |key: &str| typed.iter().find(|(typed, _)| typed == key).map(|(_, value)| value);
    let mut answers = Vec::with_capacity(plan.targets.len());
    for target in &plan.targets {
        let typed = typed_of(&target.key);
        let state = match (&target.filling, typed) {
            (Filling::Rows { role, columns }, None) => fill_rows(plan, *role, columns, people, context),
            _ => fill_one(plan, target, &people.states, typed, context),
        };
        answers.push(FieldAnswer { target, state });
    }
    answers
}

/// One row for each person of the role. A row in which nothing could be filled still tells why.
fn fill_rows<'p>(
    plan: &'p FormPlan,
    role: usize,
    columns: &'p [Target],
    people: &People<'p>,
    context: &FillContext<'p>,
) -> FieldState<'p> {
    let named = people.rows.iter().find(|(of, _)| *of == role).map(|(_, states)| states.as_slice());
    let Some(states) = named.filter(|states| !states.is_empty()) else {
        return FieldState::Empty { reason: Reason::PersonNotAsked, shown: Shown::Nothing };
    };
    let mut rows = Vec::with_capacity(states.len());
    for state in states {
        let mut persons = people.states.clone();
        persons[role] = *state;
        let fill = |target| FieldAnswer { target, state: fill_one(plan, target, &persons, None, context) };
        rows.push(columns.iter().map(fill).collect());
    }
    FieldState::Rows { rows }
}

fn fill_one<'p>(
    plan: &'p FormPlan,
    target: &'p Target,
    persons: &[PersonState<'p>],
    typed: Option<&serde_json::Value>,
    context: &FillContext<'p>,
) -> FieldState<'p> {
    let proposed = match &target.filling {
        Filling::Manual | Filling::Rows { .. } => Err((Reason::Manual, Shown::Nothing)),
        Filling::Mapped(mapped) => propose(mapped, persons, context),
    };
    let proposed = proposed.and_then(|proposal| match fits(plan, target, &proposal.fitted.value) {
        true => Ok(proposal),
        false => Err((Reason::DoesNotFit, shown(proposal.fitted))),
    });
    match (typed, proposed) {
        (Some(typed), proposed) => keep(typed, proposed.ok()),
        (None, Ok(proposal)) if proposal.suggest => FieldState::Suggested { proposal },
        (None, Ok(proposal)) => {
            let locked = target.mapped().is_some_and(|mapped| mapped.lock);
            FieldState::Filled { proposal, locked }
        }
        (None, Err((reason, shown))) => FieldState::Empty { reason, shown },
    }
}

fn fits(plan: &FormPlan, target: &Target, value: &Value<'_>) -> bool {
    !target.restricted || plan.schema.accepts(&target.key, &json(value))
}

/// The value as JSON.
pub fn json(value: &Value<'_>) -> serde_json::Value {
    match value {
        Value::Text(text) => serde_json::Value::from(&**text),
        Value::Integer(number) => serde_json::Value::from(*number),
        Value::Address(address) => serde_json::to_value(address).unwrap_or_default(),
    }
}

fn shown(fitted: Fitted<'_>) -> Shown<'_> {
    match (fitted.text, fitted.value) {
        (Some(text), _) | (None, Value::Text(text)) => Shown::Text(text),
        (None, Value::Integer(_) | Value::Address(_)) => Shown::Nothing,
    }
}

/// A typed value is never overwritten; "not given" says nothing against it.
fn keep<'p>(typed: &serde_json::Value, proposal: Option<Proposal<'p>>) -> FieldState<'p> {
    let register = proposal.and_then(|proposal| {
        let difference = difference(typed, &proposal.fitted.value)?;
        Some((proposal, difference))
    });
    FieldState::Kept { typed: typed.clone(), register }
}

fn difference(typed: &serde_json::Value, register: &Value<'_>) -> Option<Difference> {
    if let (serde_json::Value::String(typed), Value::Text(register)) = (typed, register) {
        return match name::equality(typed, register) {
            NameEquality::Identical | NameEquality::SameName => None,
            NameEquality::CompactEqual => Some(Difference::Spelling),
            NameEquality::Different => Some(Difference::Value),
        };
    }
    let same = match (typed.as_f64(), register) {
        // 1987.0 is the integer 1987 for JSON Schema.
        (Some(typed), Value::Integer(register)) => typed == f64::from(*register),
        _ => *typed == json(register),
    };
    (!same).then_some(Difference::Value)
}

/// The role that the record's gender code chooses.
pub fn role_by_gender(table: &[(Box<str>, usize)], record: &Record) -> Option<usize> {
    let code = match record.given(Attribute::GioiTinh)? {
        crate::citizen::Given::Text(code) => code,
        _ => return None,
    };
    table.iter().find(|(accepted, _)| **accepted == *code).map(|(_, role)| *role)
}

#[cfg(test)]
mod tests;
