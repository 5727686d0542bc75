//! What the register proposes for one box: the first source that is given, or parts joined.

use std::borrow::Cow;

use super::{FillContext, PersonState, Proposal, Reason, Shown, Sources};
use crate::catalog::{CardPart, Condition, Fitted, Input, Mapped, Source, Step, Unfit, Value};
use crate::citizen::card::issue_place;
use crate::citizen::{Attribute, BirthDate, Record, ScannedCard};

/// Why nothing could be proposed, and what is shown beside the empty box.
pub type Unfilled<'p> = (Reason, Shown<'p>);

/// The value for a box, or why there is none.
pub fn propose<'p>(
    mapped: &'p Mapped,
    persons: &[PersonState<'p>],
    context: &FillContext<'p>,
) -> Result<Proposal<'p>, Unfilled<'p>> {
    for condition in &mapped.conditions {
        check(condition, persons, context)?;
    }
    match &mapped.separator {
        Some(separator) => compose(mapped, separator, persons, context),
        None => first_given(mapped, persons, context),
    }
}

/// The first source that is given. When none is, the reason of the first source is told; when one is there but cannot be
/// used, its own.
fn first_given<'p>(
    mapped: &'p Mapped,
    persons: &[PersonState<'p>],
    context: &FillContext<'p>,
) -> Result<Proposal<'p>, Unfilled<'p>> {
    let mut first_reason = None;
    for source in &mapped.sources {
        match value_of(source, persons, context) {
            Ok(fitted) => {
                let suggest = mapped.suggest || source.slot.suggest || fitted.suggest;
                return Ok(Proposal { fitted, sources: Sources::One(&source.slot.path), suggest });
            }
            // A value that is there but cannot be used is not replaced by the next best one: that would be a guess.
            // Its reason is told even after an earlier source without a value: the officer has something to look at.
            Err((reason, shown)) if !matches!(reason, Reason::NotGiven | Reason::PersonNotAsked) => {
                return Err((reason, shown));
            }
            Err(unfilled) => first_reason = first_reason.or(Some(unfilled)),
        }
    }
    let unfilled = first_reason.unwrap_or((Reason::NotGiven, Shown::Nothing));
    match (mapped.when_missing, unfilled.0) {
        (Some(infer), Reason::NotGiven) => {
            let first = mapped.sources.first().map(|source| &*source.slot.path);
            let sources = first.map_or_else(|| Sources::Several(Vec::new()), Sources::One);
            Ok(Proposal { fitted: infer(), sources, suggest: true })
        }
        _ => Err(unfilled),
    }
}

/// The given parts joined; a part that is not given vanishes with its separator.
fn compose<'p>(
    mapped: &'p Mapped,
    separator: &str,
    persons: &[PersonState<'p>],
    context: &FillContext<'p>,
) -> Result<Proposal<'p>, Unfilled<'p>> {
    let mut joined = String::new();
    let mut sources: Vec<&str> = Vec::new();
    let mut suggest = mapped.suggest;
    let (mut remark, mut first_reason) = (None, None);
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
                    remark = remark.or(fitted.remark);
                }
            }
            Err(unfilled @ (Reason::NotGiven, _)) => first_reason = first_reason.or(Some(unfilled)),
            Err(unfilled) => return Err(unfilled),
        }
    }
    if sources.is_empty() {
        return Err(first_reason.unwrap_or((Reason::NotGiven, Shown::Nothing)));
    }
    let fitted = Fitted { suggest, remark, ..Fitted::of(Value::Text(joined.into())) };
    Ok(Proposal { fitted, sources: Sources::Several(sources), suggest })
}

fn record_of<'r>(role: usize, persons: &[PersonState<'r>]) -> Result<&'r Record, Unfilled<'r>> {
    found(role, persons).map(|(record, _)| record)
}

fn found<'r>(role: usize, persons: &[PersonState<'r>]) -> Result<(&'r Record, Option<&'r ScannedCard>), Unfilled<'r>> {
    match persons.get(role) {
        None | Some(PersonState::NotAsked) => Err((Reason::PersonNotAsked, Shown::Nothing)),
        Some(PersonState::Failed(outcome)) => Err((Reason::Lookup(outcome), Shown::Nothing)),
        Some(PersonState::Blocked) => Err((Reason::RecordBlocked, Shown::Nothing)),
        Some(PersonState::Found(record, card)) => Ok((record, *card)),
    }
}

fn value_of<'p>(
    source: &'p Source,
    persons: &[PersonState<'p>],
    context: &FillContext<'p>,
) -> Result<Fitted<'p>, Unfilled<'p>> {
    let plain = |text: &'p str| Fitted::of(Value::Text(Cow::Borrowed(text)));
    match &source.step {
        Step::Officer => context.officer.map(plain).ok_or((Reason::NotGiven, Shown::Nothing)),
        Step::Agency => context.agency.map(plain).ok_or((Reason::NotGiven, Shown::Nothing)),
        Step::Today => Ok(Fitted {
            text: Some(context.today.strftime("%d/%m/%Y").to_string().into()),
            ..Fitted::of(Value::Text(context.today.to_string().into()))
        }),
        Step::Card(part) => {
            let (_, card) = found(source.slot.role.unwrap_or(usize::MAX), persons)?;
            card.and_then(|card| of_card(*part, card)).ok_or((Reason::NotGiven, Shown::Nothing))
        }
        Step::Age => {
            licensed(Attribute::NgaySinh, context)?;
            let record = record_of(source.slot.role.unwrap_or(usize::MAX), persons)?;
            match record.ngay_sinh {
                BirthDate::NotGiven => Err((Reason::NotGiven, Shown::Nothing)),
                BirthDate::Conflict { .. } => Err((Reason::Conflict, Shown::Nothing)),
                BirthDate::Given(date) => match date.age_on(context.transform.form_day) {
                    Some(age) => Ok(Fitted { value: Value::Integer(u32::from(age)), ..plain("") }),
                    None => Err((Reason::PartialDate, Shown::Text(date.printed().into()))),
                },
            }
        }
        Step::Register { attribute, transform, list } => {
            let record = record_of(source.slot.role.unwrap_or(usize::MAX), persons)?;
            licensed(*attribute, context)?;
            let given = record.given(*attribute).ok_or((Reason::NotGiven, Shown::Nothing))?;
            let input = Input { record, attribute: *attribute, given, list: list.as_deref() };
            transform(&input, &context.transform).map_err(|unfit| match unfit {
                Unfit::NotGiven => (Reason::NotGiven, Shown::Nothing),
                Unfit::UnknownCode(code) => (Reason::UnknownCode, Shown::Text(code)),
                Unfit::NotInList(text) => (Reason::NotInList, text.map_or(Shown::Nothing, Shown::Text)),
                Unfit::Choices(text, choices) => (Reason::NotInList, Shown::Choices(text, choices)),
                Unfit::PartialDate(text) => (Reason::PartialDate, Shown::Text(text.into())),
                Unfit::Conflict => (Reason::Conflict, Shown::Nothing),
                Unfit::UnitsClash => (Reason::UnitsClash, Shown::Nothing),
            })
        }
    }
}

fn licensed<'p>(attribute: Attribute, context: &FillContext<'_>) -> Result<(), Unfilled<'p>> {
    if context.licensed.contains(attribute) { Ok(()) } else { Err((Reason::NotLicensed, Shown::Nothing)) }
}

/// From the scan, not from the register.
fn of_card(part: CardPart, card: &ScannedCard) -> Option<Fitted<'_>> {
    let text = |text: Cow<'static, str>| Fitted::of(Value::Text(text));
    match part {
        CardPart::Number => Some(Fitted::of(Value::Text(Cow::Borrowed(card.number.digits())))),
        CardPart::IssueDate => card
            .issue_date
            .filter(|date| date.is_full())
            .map(|date| Fitted { text: Some(date.printed().into()), ..text(date.iso().into()) }),
        CardPart::IssuePlace => {
            card.issue_date.and_then(issue_place).map(|place| Fitted { suggest: true, ..text(place.into()) })
        }
    }
}

fn check<'p>(
    condition: &Condition,
    persons: &[PersonState<'p>],
    context: &FillContext<'_>,
) -> Result<(), Unfilled<'p>> {
    licensed(condition.attribute, context)?;
    let record = record_of(condition.role, persons)?;
    let code = match record.given(condition.attribute) {
        Some(crate::citizen::Given::Text(code)) => code,
        _ => return Err((Reason::Condition, Shown::Nothing)),
    };
    let code = condition.list.as_ref().and_then(|list| list.find(code)).map_or(code, |entry| &*entry.code);
    if condition.codes.iter().any(|accepted| **accepted == *code) {
        Ok(())
    } else {
        Err((Reason::Condition, Shown::Nothing))
    }
}
