//! Filling one form: a pure function from plan, records and typed values to what stands in every box and why.

use jiff::civil::Date;

use crate::catalog::{
    Condition, Fitted, FormPlan, Input, Mapped, Source, Step, Target, TransformContext, Unfit, Value,
};
use crate::citizen::name::{self, NameEquality};
use crate::citizen::{Attribute, BirthDate, Record};

/// What is known of the person in one role.
#[derive(Clone, Copy)]
pub enum PersonState<'r> {
    /// Nobody was named for the role.
    NotAsked,
    /// The look-up failed; the outcome's label.
    Failed(&'static str),
    /// The register says dead or missing: nothing is filled (PROTOCOL §9).
    Blocked,
    Found(&'r Record),
}

/// What filling needs besides the records.
pub struct FillContext<'a> {
    pub transform: TransformContext<'a>,
    pub officer: Option<&'a str>,
    pub agency: Option<&'a str>,
    pub today: Date,
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
    /// A condition of the mapping does not hold.
    Condition,
    /// Nobody was named for the role.
    PersonNotAsked,
    /// The person is dead or missing.
    RecordBlocked,
    /// The look-up failed with this outcome.
    Lookup(&'static str),
}

impl Reason {
    /// The word of a reason that does not depend on an outcome; a failed look-up is `lookup_<outcome>`.
    pub fn word(self) -> String {
        match self {
            Self::Manual => "manual".to_owned(),
            Self::NotGiven => "not_given".to_owned(),
            Self::UnknownCode => "unknown_code".to_owned(),
            Self::NotInList => "not_in_list".to_owned(),
            Self::DoesNotFit => "does_not_fit".to_owned(),
            Self::PartialDate => "partial_date".to_owned(),
            Self::Conflict => "conflict".to_owned(),
            Self::Condition => "condition".to_owned(),
            Self::PersonNotAsked => "person_not_asked".to_owned(),
            Self::RecordBlocked => "record_blocked".to_owned(),
            Self::Lookup(outcome) => format!("lookup_{outcome}"),
        }
    }
}

/// How a typed value differs from the register's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Only in diacritics or letter case: offered as a correction.
    Spelling,
    Value,
}

/// The value for a box and the sources it came from.
pub struct Proposal<'p> {
    pub fitted: Fitted,
    pub sources: Vec<&'p str>,
    suggest: bool,
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
        shown: Option<String>,
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
            FieldState::Kept { register: None, .. } | FieldState::Empty { .. } => None,
        }
    }

    /// The label for the fill metric: the state, or for an empty box the reason.
    pub fn metric_label(&self) -> String {
        match &self.state {
            FieldState::Filled { .. } => "filled".to_owned(),
            FieldState::Suggested { .. } => "suggested".to_owned(),
            FieldState::Kept { .. } => "kept".to_owned(),
            FieldState::Empty { reason, .. } => reason.word(),
        }
    }
}

/// Fills a form; `persons` has one state a role, `typed` holds values that are never overwritten.
pub fn fill<'p>(
    plan: &'p FormPlan,
    persons: &[PersonState<'_>],
    typed: &[(String, serde_json::Value)],
    context: &FillContext<'_>,
) -> Vec<FieldAnswer<'p>> {
    let mut answers = Vec::with_capacity(plan.targets.len());
    for target in &plan.targets {
        let proposed = match &target.mapped {
            None => Err((Reason::Manual, None)),
            Some(mapped) => propose(mapped, persons, context),
        };
        let proposed = proposed.and_then(|proposal| match fits(plan, target, &proposal.fitted.value) {
            true => Ok(proposal),
            false => Err((Reason::DoesNotFit, shown(&proposal.fitted))),
        });
        let typed = typed.iter().find(|(key, _)| **key == *target.key).map(|(_, value)| value);
        let state = match (typed, proposed) {
            (Some(typed), proposed) => keep(typed, proposed.ok()),
            (None, Ok(proposal)) if proposal.suggest => FieldState::Suggested { proposal },
            (None, Ok(proposal)) => {
                let locked = target.mapped.as_ref().is_some_and(|mapped| mapped.lock);
                FieldState::Filled { proposal, locked }
            }
            (None, Err((reason, shown))) => FieldState::Empty { reason, shown },
        };
        answers.push(FieldAnswer { target, state });
    }
    answers
}

type Unfilled = (Reason, Option<String>);

fn propose<'p>(
    mapped: &'p Mapped,
    persons: &[PersonState<'_>],
    context: &FillContext<'_>,
) -> Result<Proposal<'p>, Unfilled> {
    for condition in &mapped.conditions {
        check(condition, persons)?;
    }
    match &mapped.separator {
        Some(separator) => compose(mapped, separator, persons, context),
        None => first_given(mapped, persons, context),
    }
}

/// The first source that is given. When none is, the reason of the first source is told.
fn first_given<'p>(
    mapped: &'p Mapped,
    persons: &[PersonState<'_>],
    context: &FillContext<'_>,
) -> Result<Proposal<'p>, Unfilled> {
    let mut first_reason = None;
    for source in &mapped.sources {
        match value_of(source, persons, context) {
            Ok(fitted) => {
                let suggest = mapped.suggest || source.slot.suggest || fitted.suggest;
                return Ok(Proposal { fitted, sources: vec![&source.slot.path], suggest });
            }
            // A value that is there but cannot be used is not replaced by the next best one: that would be a guess.
            Err((reason, shown)) if !matches!(reason, Reason::NotGiven | Reason::PersonNotAsked) => {
                return Err(first_reason.unwrap_or((reason, shown)));
            }
            Err(unfilled) => first_reason = first_reason.or(Some(unfilled)),
        }
    }
    let unfilled = first_reason.unwrap_or((Reason::NotGiven, None));
    match (mapped.when_missing, unfilled.0) {
        (Some(infer), Reason::NotGiven) => {
            let sources = mapped.sources.iter().map(|source| &*source.slot.path).take(1).collect();
            Ok(Proposal { fitted: infer(), sources, suggest: true })
        }
        _ => Err(unfilled),
    }
}

/// The given parts joined; a part that is not given vanishes with its separator.
fn compose<'p>(
    mapped: &'p Mapped,
    separator: &str,
    persons: &[PersonState<'_>],
    context: &FillContext<'_>,
) -> Result<Proposal<'p>, Unfilled> {
    let mut joined = String::new();
    let mut sources: Vec<&str> = Vec::new();
    let mut suggest = mapped.suggest;
    let mut first_reason = None;
    for source in &mapped.sources {
        match value_of(source, persons, context) {
            Ok(fitted) => {
                if let Value::Text(text) = &fitted.value {
                    if !joined.is_empty() {
                        joined.push_str(separator);
                    }
                    joined.push_str(text);
                    sources.push(&source.slot.path);
                    suggest |= source.slot.suggest || fitted.suggest;
                }
            }
            Err(unfilled @ (Reason::NotGiven, _)) => first_reason = first_reason.or(Some(unfilled)),
            Err(unfilled) => return Err(unfilled),
        }
    }
    if sources.is_empty() {
        return Err(first_reason.unwrap_or((Reason::NotGiven, None)));
    }
    let fitted = Fitted { value: Value::Text(joined), text: None, suggest, remark: None };
    Ok(Proposal { fitted, sources, suggest })
}

fn record_of<'r>(role: usize, persons: &[PersonState<'r>]) -> Result<&'r Record, Unfilled> {
    match persons.get(role) {
        None | Some(PersonState::NotAsked) => Err((Reason::PersonNotAsked, None)),
        Some(PersonState::Failed(outcome)) => Err((Reason::Lookup(outcome), None)),
        Some(PersonState::Blocked) => Err((Reason::RecordBlocked, None)),
        Some(PersonState::Found(record)) => Ok(record),
    }
}

fn value_of(source: &Source, persons: &[PersonState<'_>], context: &FillContext<'_>) -> Result<Fitted, Unfilled> {
    let plain = |text: &str| Fitted { value: Value::Text(text.to_owned()), text: None, suggest: false, remark: None };
    match &source.step {
        Step::Officer => context.officer.map(plain).ok_or((Reason::NotGiven, None)),
        Step::Agency => context.agency.map(plain).ok_or((Reason::NotGiven, None)),
        Step::Today => Ok(Fitted {
            text: Some(context.today.strftime("%d/%m/%Y").to_string()),
            ..plain(&context.today.to_string())
        }),
        Step::Age => {
            let record = record_of(source.slot.role.unwrap_or(usize::MAX), persons)?;
            match record.ngay_sinh {
                BirthDate::NotGiven => Err((Reason::NotGiven, None)),
                BirthDate::Conflict { .. } => Err((Reason::Conflict, None)),
                BirthDate::Given(date) => match date.age_on(context.transform.form_day) {
                    Some(age) => Ok(Fitted { value: Value::Integer(u32::from(age)), ..plain("") }),
                    None => Err((Reason::PartialDate, Some(date.printed()))),
                },
            }
        }
        Step::Register { attribute, transform, list } => {
            let record = record_of(source.slot.role.unwrap_or(usize::MAX), persons)?;
            let given = record.given(*attribute).ok_or((Reason::NotGiven, None))?;
            let input = Input { record, attribute: *attribute, given, list: list.as_deref() };
            transform(&input, &context.transform).map_err(|unfit| match unfit {
                Unfit::NotGiven => (Reason::NotGiven, None),
                Unfit::UnknownCode(code) => (Reason::UnknownCode, Some(code)),
                Unfit::NotInList(text) => (Reason::NotInList, text),
                Unfit::PartialDate(text) => (Reason::PartialDate, Some(text)),
                Unfit::Conflict => (Reason::Conflict, None),
            })
        }
    }
}

fn check(condition: &Condition, persons: &[PersonState<'_>]) -> Result<(), Unfilled> {
    let record = record_of(condition.role, persons)?;
    let code = match record.given(condition.attribute) {
        Some(crate::citizen::Given::Text(code)) => code,
        _ => return Err((Reason::Condition, None)),
    };
    let code = condition.list.as_ref().and_then(|list| list.find(code)).map_or(code, |entry| &*entry.code);
    if condition.codes.iter().any(|accepted| **accepted == *code) { Ok(()) } else { Err((Reason::Condition, None)) }
}

fn fits(plan: &FormPlan, target: &Target, value: &Value) -> bool {
    !target.restricted || plan.schema.accepts(&target.key, &json(value))
}

/// The value as JSON.
pub fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => serde_json::Value::from(text.as_str()),
        Value::Integer(number) => serde_json::Value::from(*number),
        Value::Address(address) => serde_json::to_value(address).unwrap_or_default(),
    }
}

fn shown(fitted: &Fitted) -> Option<String> {
    match (&fitted.text, &fitted.value) {
        (Some(text), _) | (None, Value::Text(text)) => Some(text.clone()),
        (None, Value::Integer(_) | Value::Address(_)) => None,
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

fn difference(typed: &serde_json::Value, register: &Value) -> Option<Difference> {
    if let (serde_json::Value::String(typed), Value::Text(register)) = (typed, register) {
        return match name::equality(typed, register) {
            NameEquality::Identical | NameEquality::SameName => None,
            NameEquality::CompactEqual => Some(Difference::Spelling),
            NameEquality::Different => Some(Difference::Value),
        };
    }
    (*typed != json(register)).then_some(Difference::Value)
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
