//! Whether a record is of the person asked for (PROTOCOL §6.1, last rule; IDENTITY §4; RISKS T6, U6).

use crate::citizen::partial_date::DateEquality;
use crate::citizen::{BirthDate, Number, PartialDate, PersonalText, Query, Record, name};
use crate::population::outcome::MalformedCause;

/// The number must be the one asked for; name and birth date must not differ where both sides know them.
pub fn check(record: &Record, query: &Query) -> Result<(), MalformedCause> {
    let (known, asked) = match &query.number {
        Number::Personal(digits) => (&record.so_dinh_danh, digits),
        Number::OldCard(digits) => (&record.so_cmnd, digits),
    };
    let number_agrees = known.as_ref().map(PersonalText::reveal) == Some(asked.reveal());
    if number_agrees && name_agrees(record, query) && birth_date_agrees(record, query) {
        Ok(())
    } else {
        Err(MalformedCause::WrongPerson)
    }
}

/// Compared in the form that was asked with (PROTOCOL §4.1).
fn name_agrees(record: &Record, query: &Query) -> bool {
    match (&record.ho_va_ten, &query.name) {
        (Some(known), Some(asked)) => name::compact(&known.full()) == asked.compact(),
        _ => true,
    }
}

/// Compared as it was asked: a query without a day travelled as the year alone (PROTOCOL §4.2).
fn birth_date_agrees(record: &Record, query: &Query) -> bool {
    let (BirthDate::Given(known), Some(asked)) = (record.ngay_sinh, query.birth_date) else { return true };
    let asked = if asked.is_full() { Ok(asked) } else { PartialDate::new(asked.year(), None, None) };
    asked.is_ok_and(|asked| known.equality(asked) != DateEquality::Different)
}
