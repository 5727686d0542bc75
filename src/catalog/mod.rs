//! The catalogue: services, forms, mappings, attributes, code lists — data that maintainers edit — read strictly and
//! compiled to plans.
//!
//! A catalogue is loaded whole or refused whole. This room must not know of HTTP, callers, caches or gateways; it
//! reads files (in [`files`] only) and knows what a citizen record is.

mod code_list;
mod compile;
mod dictionary;
mod files;
mod finding;
mod form_schema;
mod layout;
pub mod lint;
mod load;
mod mapping_file;
mod plan;
mod provenance;
mod read;
mod service_file;
mod source;
mod transform;
mod tree;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;

pub use code_list::CodeList;
pub use dictionary::Dictionary;
pub use finding::{FileFinding, Language, Severity};
pub use load::{load, load_people};
pub use plan::{Applicant, CardPart, Condition, Filling, FormPlan, Mapped, Source, Step, Target};
pub use provenance::Confidence;
pub use service_file::{Level, ServiceFile};
pub use transform::{Fitted, Input, TransformContext, Unfit, Value};
pub use tree::Tree;

use crate::citizen::units::Units;

/// A loaded catalogue.
pub struct Catalog {
    services: HashMap<Box<str>, Service>,
    forms: HashMap<Box<str>, Arc<FormPlan>>,
    pub dictionary: Dictionary,
    pub countries: Arc<CodeList>,
    pub units: Units,
}

/// A service with its compiled forms.
pub struct Service {
    pub file: ServiceFile,
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
        self.services.get(code)
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
}
