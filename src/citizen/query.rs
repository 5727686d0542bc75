//! What is asked of the register: number, name and birth date together.

use super::partial_date::DateEquality;
use super::{BirthDate, Hint, Name, Number, PartialDate, Record};

/// The search keys for one citizen. The National Population Database answers only to all three together; the
/// embedded sandbox accepts the number alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Query {
    pub number: Number,
    pub name: Option<Name>,
    pub birth_date: Option<PartialDate>,
}

impl Query {
    /// What the officer should know of the stated birth date beside the register's (IDENTITY §6 rules 2 and 3): less
    /// precise, or another month where only the year was asked. Told before the record is reduced to a form's
    /// attributes, so that it does not depend on the form.
    pub fn birth_date_hint(&self, record: &Record) -> Option<Hint> {
        let (Some(asked), BirthDate::Given(held)) = (self.birth_date, record.ngay_sinh) else { return None };
        match asked.equality(held) {
            DateEquality::Equal => None,
            DateEquality::Compatible => Some(Hint::BirthDatePrecision),
            DateEquality::Different => Some(Hint::BirthDateDiffers),
        }
    }

    /// Whether number, name and birth date are all there.
    pub fn is_complete(&self) -> bool {
        self.name.is_some() && self.birth_date.is_some()
    }
}
