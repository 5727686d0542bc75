//! What a citizen is to this program: a record, a query, a name, a partial date, an address, a personal number.
//!
//! Pure: no I/O, no async, no clock (today is always a parameter), no configuration. Rules and their sources are in
//! the docstrings; the guiding rule is that nothing is ever completed, corrected or concluded from the digits of a
//! number. This room must not know of forms, callers, gateways or files.

pub mod attribute;
pub mod card;
#[cfg(test)]
mod fuzz;
pub mod name;
pub mod number;
pub mod partial_date;
pub mod person_file;
pub mod personal_text;
pub mod query;
pub mod record;
pub mod units;

pub use attribute::{Attribute, AttributeSet};
pub use card::{Card, ScannedCard};
pub use name::Name;
pub use number::Number;
pub use partial_date::{DateEquality, PartialDate};
pub use personal_text::PersonalText;
pub use query::Query;
pub use record::{Address, BirthDate, Given, Hint, HouseholdHead, PersonName, Record, Relative};
