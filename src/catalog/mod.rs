//! The catalogue: services, forms, mappings, attributes, code lists — data that maintainers edit — read strictly and
//! compiled to plans.
//!
//! A catalogue is loaded whole or refused whole. This room must not know of HTTP, callers, caches or gateways; it
//! reads files (in [`files`] only) and knows what a citizen record is.

mod again;
mod code_list;
mod compile;
mod coverage;
mod dictionary;
mod files;
mod finding;
mod form_schema;
mod format_docs;
#[cfg(test)]
mod fuzz;
mod handle;
pub mod layout;
pub mod lint;
mod load;
mod mapping_file;
pub mod meta_schema;
mod outline;
mod parallel;
mod places;
mod plan;
mod provenance;
mod read;
mod service_file;
mod severity;
pub mod sheet;
pub mod skeleton;
mod source;
mod stamp;
mod takers;
mod transform;
mod tree;
mod version;
mod workbench;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

pub use again::{overlooked, reload};
pub use code_list::{CodeList, CodeLists};
pub use coverage::{Domain, FieldCounts, FieldUse, domains, gaps};
pub use dictionary::Dictionary;
pub use files::read_texts;
pub use finding::{CatalogRefused, FileFinding, Language, Severity};
pub use form_schema::{Property, PropertyKind};
pub use format_docs::FORMAT_DOCS;
pub use handle::{CatalogHandle, CatalogState, ReloadResult};
pub use load::{load, load_people};
pub use outline::{Line, applicant_words, form_lines, periods, service_lines};
pub use places::{Place, places};
pub use plan::{Applicant, CardPart, Condition, Filling, FormPlan, Mapped, Role, Source, Step, Target};
pub use provenance::{Confidence, Origin};
pub use service_file::{Level, ServiceFile};
pub use source::SourceAttribute;
pub use takers::{attribute_of, boxes_from};
pub use transform::{AddressValue, Fitted, Input, TransformContext, Unfit, Value};
pub use tree::Tree;
pub use workbench::Workbench;

use self::version::Ingredient;
use crate::citizen::units::Units;

/// The code of the unlisted service of [`Catalog::offering_unused`]; no real service has it.
pub const TRIAL_SERVICE: &str = "9.999999";

/// A loaded catalogue.
pub struct Catalog {
    services: HashMap<Box<str>, Service>,
    forms: HashMap<Box<str>, Arc<FormPlan>>,
    pub dictionary: Arc<Dictionary>,
    pub code_lists: Arc<CodeLists>,
    pub countries: Arc<CodeList>,
    pub units: Arc<Units>,
    /// A short hash over the files; other files, other version.
    pub version: Box<str>,
    pub loaded_at: Timestamp,
    /// What it was read from, for [`reload`].
    ingredients: Vec<Ingredient>,
    /// See [`Catalog::offering_unused`].
    trial: Option<Service>,
}

/// A service with its compiled forms.
pub struct Service {
    pub file: Arc<ServiceFile>,
    /// In file order: the first that is in force is the default.
    pub forms: Vec<ServiceForm>,
}

/// A form of a service and the days on which it is in force.
pub struct ServiceForm {
    pub plan: Arc<FormPlan>,
    pub from: Option<Date>,
    pub to: Option<Date>,
}

impl ServiceForm {
    /// Whether a dossier opened on this day uses the form.
    pub fn in_force(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

impl Service {
    /// The forms in force on a day; the first is the default. Never empty for an accepted catalogue.
    pub fn forms_on(&self, day: Date) -> impl Iterator<Item = &ServiceForm> {
        self.forms.iter().filter(move |form| form.in_force(day))
    }
}

impl Catalog {
    /// The service with exactly this code.
    pub fn service(&self, code: &str) -> Option<&Service> {
        self.services.get(code).or_else(|| self.trial.as_ref().filter(|trial| trial.file.code.0 == code))
    }

    /// All services, ordered by level and code.
    pub fn services(&self) -> Vec<&Service> {
        let mut services: Vec<&Service> = self.services.values().collect();
        services.sort_by(|a, b| (a.file.level, &a.file.code.0).cmp(&(b.file.level, &b.file.code.0)));
        services
    }

    /// The form with exactly this id.
    pub fn form(&self, id: &str) -> Option<&Arc<FormPlan>> {
        self.forms.get(id)
    }

    /// The number of forms.
    pub fn form_count(&self) -> usize {
        self.forms.len()
    }

    /// All forms, ordered by id.
    pub fn forms(&self) -> Vec<&Arc<FormPlan>> {
        let mut forms: Vec<_> = self.forms.values().collect();
        forms.sort_by(|a, b| a.id.cmp(&b.id));
        forms
    }

    /// The services that use a form, with the days on which they do, ordered by level and code.
    pub fn users(&self, form: &str) -> Vec<(&Service, &ServiceForm)> {
        let mut users = Vec::new();
        for service in self.services() {
            users.extend(service.forms.iter().filter(|used| *used.plan.id == *form).map(|used| (service, used)));
        }
        users
    }

    /// The same catalogue with one service more that is not listed: it offers the forms that no service uses yet, so
    /// that they can be tried out as well.
    #[must_use]
    pub fn offering_unused(mut self) -> Self {
        let unused = self.forms().into_iter().filter(|form| self.users(&form.id).is_empty());
        let forms = unused.map(|plan| ServiceForm { plan: Arc::clone(plan), from: None, to: None }).collect();
        let file = ServiceFile {
            code: (TRIAL_SERVICE.to_owned(), 0..0),
            name_vi: "Thử tờ khai".into(),
            name_en: "Trying a form".into(),
            level: Level::Commune,
            field: "".into(),
            ministry: "".into(),
            agency: "".into(),
            subject: "citizen".into(),
            legal_basis: Vec::new(),
            forms: Vec::new(),
            note: None,
            successor: None,
            confidence: Confidence::Low,
            origin: Origin::default(),
        };
        self.trial = Some(Service { file: Arc::new(file), forms });
        self
    }

    /// A service and a day with which a form can be tried: today where it is in force, else the nearest day.
    pub fn occasion(&self, form: &str, today: Date) -> (String, Date) {
        let users = self.users(form);
        let current = users.iter().find(|(_, used)| used.in_force(today)).or(users.first());
        match current {
            None => (TRIAL_SERVICE.to_owned(), today),
            Some((service, used)) => {
                let day = today.clamp(used.from.unwrap_or(Date::MIN), used.to.unwrap_or(Date::MAX));
                (service.file.code.0.clone(), day)
            }
        }
    }
}
