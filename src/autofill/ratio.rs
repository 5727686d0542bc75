//! How much of a form one person's record fills.

use serde_json::Value;

use crate::catalog::{FieldUse, FormPlan};

/// Boxes of a form, or of several, for one person or for several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FillCount {
    /// Boxes that the mapping fills outright, from attributes or row by row.
    pub mapped: usize,
    /// Those of them that were filled.
    pub filled: usize,
    /// Boxes, mapped outright or for suggestion, where a value was offered for confirmation.
    pub offered: usize,
}

impl FillCount {
    /// Counts an answer for this form.
    pub fn of(plan: &FormPlan, answer: &Value) -> Self {
        let mut count = Self::default();
        let fields = answer["fields"].as_array().into_iter().flatten();
        for (target, field) in plan.targets.iter().zip(fields) {
            let mapped = matches!(FieldUse::of(target), FieldUse::Mapped | FieldUse::Rows);
            count.mapped += usize::from(mapped);
            count.filled += usize::from(mapped && field["state"] == "filled");
            count.offered += usize::from(field["state"] == "suggested");
        }
        count
    }

    /// Adds another form or person.
    pub fn add(&mut self, other: Self) {
        self.mapped += other.mapped;
        self.filled += other.filled;
        self.offered += other.offered;
    }

    /// The share of the mapped boxes that was filled, to four digits; `None` where nothing is mapped.
    pub fn ratio(self) -> Option<f64> {
        let (filled, mapped) = (u32::try_from(self.filled).ok()?, u32::try_from(self.mapped).ok()?);
        (mapped > 0).then(|| (f64::from(filled) / f64::from(mapped) * 10_000.0).round() / 10_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_of_what_is_mapped_and_nothing_of_nothing_is_no_ratio() {
        let count = FillCount { mapped: 3, filled: 2, offered: 5 };
        assert_eq!(count.ratio(), Some(0.6667));
        assert_eq!(FillCount::default().ratio(), None);
    }
}
