//! What the catalogue covers: how the boxes of a form are filled, and whether a service has a form on every day.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::plan::{Filling, FormPlan, Mapped, Target};
use super::{Service, ServiceForm};

/// How a box is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldUse {
    /// From attributes.
    Mapped,
    /// From attributes, always for confirmation only.
    Suggested,
    /// Only by people.
    Manual,
    /// A list with one row for each person of a role.
    Rows,
}

impl FieldUse {
    /// How this box is filled.
    pub fn of(target: &Target) -> Self {
        match &target.filling {
            Filling::Manual => Self::Manual,
            Filling::Rows { .. } => Self::Rows,
            Filling::Mapped(mapped) if only_suggests(mapped) => Self::Suggested,
            Filling::Mapped(_) => Self::Mapped,
        }
    }
}

fn only_suggests(mapped: &Mapped) -> bool {
    mapped.suggest || mapped.sources.iter().all(|source| source.slot.suggest)
}

/// How many boxes are filled in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct FieldCounts {
    pub total: usize,
    pub mapped: usize,
    pub suggested: usize,
    pub manual: usize,
    pub rows: usize,
}

impl FieldCounts {
    /// The boxes of a form; a list counts once.
    pub fn of(plan: &FormPlan) -> Self {
        Self::of_targets(&plan.targets)
    }

    /// The columns of the form's lists that are filled row by row.
    pub fn of_columns(plan: &FormPlan) -> Self {
        let mut counts = Self::default();
        for target in &plan.targets {
            if let Filling::Rows { columns, .. } = &target.filling {
                counts.add(Self::of_targets(columns));
            }
        }
        counts
    }

    fn of_targets(targets: &[Target]) -> Self {
        let mut counts = Self { total: targets.len(), ..Self::default() };
        for target in targets {
            *match FieldUse::of(target) {
                FieldUse::Mapped => &mut counts.mapped,
                FieldUse::Suggested => &mut counts.suggested,
                FieldUse::Manual => &mut counts.manual,
                FieldUse::Rows => &mut counts.rows,
            } += 1;
        }
        counts
    }

    /// Adds another form's boxes.
    pub fn add(&mut self, other: Self) {
        self.total += other.total;
        self.mapped += other.mapped;
        self.suggested += other.suggested;
        self.manual += other.manual;
        self.rows += other.rows;
    }
}

/// What the services of one field (lĩnh vực) have.
#[derive(serde::Serialize)]
pub struct Domain {
    pub field: String,
    pub services: usize,
    pub forms: usize,
    /// Each form counts once.
    pub fields: FieldCounts,
}

/// The fields of these services, in the order of their names.
pub fn domains(services: &[&Service]) -> Vec<Domain> {
    let mut names: Vec<&str> = services.iter().map(|service| &*service.file.field).collect();
    names.sort_unstable();
    names.dedup();
    let domain = |name: &str| {
        let of_domain: Vec<_> = services.iter().filter(|service| *service.file.field == *name).collect();
        let mut forms: BTreeMap<&str, &FormPlan> = BTreeMap::new();
        for form in of_domain.iter().flat_map(|service| &service.forms) {
            forms.insert(&form.plan.id, &form.plan);
        }
        let mut fields = FieldCounts::default();
        forms.values().for_each(|form| fields.add(FieldCounts::of(form)));
        Domain { field: name.to_owned(), services: of_domain.len(), forms: forms.len(), fields }
    };
    names.into_iter().map(domain).collect()
}

/// The periods (both days inclusive) between two days in which a service has no form.
pub fn gaps(service: &Service, first: Date, last: Date) -> Vec<(Date, Date)> {
    let day_after = |form: &ServiceForm| form.to.and_then(|to| to.tomorrow().ok());
    // Whether there is a form changes only on the days on which one begins or has just ended.
    let mut days = vec![first];
    days.extend(service.forms.iter().filter_map(day_after));
    days.extend(service.forms.iter().filter_map(|form| form.from));
    days.retain(|day| first <= *day && *day <= last);
    days.sort();
    days.dedup();
    let ends = days.iter().skip(1).filter_map(|day| day.yesterday().ok()).chain([last]);
    let mut gaps: Vec<(Date, Date)> = Vec::new();
    for (day, end) in days.iter().zip(ends) {
        if service.forms_on(*day).next().is_some() {
            continue;
        }
        match gaps.last_mut() {
            Some(gap) if gap.1.tomorrow().ok() == Some(*day) => gap.1 = end,
            _ => gaps.push((*day, end)),
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use jiff::civil::date;

    use super::*;
    use crate::catalog::{Catalog, load};

    fn catalog() -> Catalog {
        load(Path::new("service-catalog"), Path::new("schemas")).expect("the catalogue")
    }

    #[test]
    fn every_box_is_counted_in_exactly_one_way() {
        for plan in catalog().forms() {
            let counts = FieldCounts::of(plan);
            assert_eq!(counts.mapped + counts.suggested + counts.manual + counts.rows, counts.total, "{}", plan.id);
            assert_eq!(counts.total, plan.schema.properties.len(), "{}", plan.id);
        }
    }

    #[test]
    fn a_gap_is_told_with_its_first_and_last_day() {
        let catalog = catalog().offering_unused();
        let plan = Arc::clone(catalog.forms()[0]);
        let form = |from, to| ServiceForm { plan: Arc::clone(&plan), from, to };
        let (first, last) = (date(2021, 7, 1), date(2026, 11, 20));
        let mut service = catalog.trial.expect("the trial service");
        let mut gaps_of = |forms| {
            service.forms = forms;
            gaps(&service, first, last)
        };
        assert_eq!(gaps_of(vec![form(None, None)]), []);
        assert_eq!(gaps_of(vec![]), [(first, last)]);
        let (early, late) = (form(None, Some(date(2024, 5, 31))), form(Some(date(2024, 7, 1)), None));
        assert_eq!(gaps_of(vec![late, early]), [(date(2024, 6, 1), date(2024, 6, 30))]);
        let neighbours = vec![form(None, Some(date(2024, 5, 31))), form(Some(date(2024, 6, 1)), None)];
        assert_eq!(gaps_of(neighbours), []);
        assert_eq!(gaps_of(vec![form(Some(date(2022, 1, 1)), None)]), [(first, date(2021, 12, 31))]);
        assert_eq!(gaps_of(vec![form(None, Some(date(2026, 11, 20)))]), []);
    }
}
