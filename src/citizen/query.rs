//! What is asked of the register: number, name and birth date together.

use super::{Name, Number, PartialDate};

/// The search keys for one citizen. The National Population Database answers only to all three together; the
/// embedded sandbox accepts the number alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Query {
    pub number: Number,
    pub name: Option<Name>,
    pub birth_date: Option<PartialDate>,
}

impl Query {
    /// Whether number, name and birth date are all there.
    pub fn is_complete(&self) -> bool {
        self.name.is_some() && self.birth_date.is_some()
    }
}
