//! Answering without HTTP: the same desk over a loaded catalogue and the invented people, for commands and checks.
//!
//! Nothing is decided here: a request goes through [`AutofillRequest`] and [`Desk::autofill`] as one that came over the
//! network does. Today's date is always a parameter, so that what was shown yesterday can be shown again.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use super::desk::Desk;
use super::refusal::Refusal;
use super::register::{Numbers, Register};
use super::request::AutofillRequest;
use crate::cache::{CacheSettings, RecordCache};
use crate::catalog::{Catalog, CatalogHandle, FormPlan};
use crate::citizen::PersonName;
use crate::citizen::person_file::Person;
use crate::population::{Connections, SandboxSource};
use crate::strict_json::Finding;
use crate::telemetry::Metrics;

/// Why a desk without HTTP could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    #[error("this machine gives no random numbers")]
    Random,
    #[error("runtime: {0}")]
    Runtime(#[from] std::io::Error),
    #[error("metrics: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// Why a request got no answer.
pub enum Unanswered {
    /// The request itself cannot be read.
    Request(Vec<Finding>),
    /// The desk refused it.
    Refused(Refusal),
    /// The answer is no JSON (a programming error).
    Answer(serde_json::Error),
}

/// An invented person as commands name one; everything is from a file whose numbers start with 999.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventedPerson {
    pub number: String,
    pub name: String,
    /// What the person is for, in Vietnamese.
    pub note: String,
}

/// A desk over the invented people, without network and without cache.
pub struct Offline {
    catalog: Arc<Catalog>,
    desk: Desk,
    runtime: Runtime,
    people: Vec<InventedPerson>,
}

impl Offline {
    /// A desk over this catalogue (forms that no service uses can be tried too) and these people.
    ///
    /// # Errors
    /// The machine gives no random numbers or no runtime.
    pub fn new(catalog: Catalog, people: Vec<Person>) -> Result<Self, OfflineError> {
        let mut known: Vec<InventedPerson> = people.iter().map(InventedPerson::of).collect();
        known.sort_by(|a, b| a.number.cmp(&b.number));
        // Two files may carry one number: the register then answers "several people".
        known.dedup_by(|a, b| a.number == b.number);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let cache = RecordCache::new(CacheSettings { ttl: Duration::ZERO, max_bytes: 1 << 20 });
        let handle = CatalogHandle::new(catalog.offering_unused());
        let catalog = handle.current();
        let desk = Desk {
            catalog: Arc::new(handle),
            register: Register {
                connections: Connections::only(Arc::new(SandboxSource::new(people))),
                cache: Arc::new(cache.ok_or(OfflineError::Random)?),
                numbers: Numbers::InventedOnly,
                metrics: Arc::new(Metrics::new()?),
                runtime: runtime.handle().clone(),
            },
            journal: None,
            signing: None,
        };
        Ok(Self { catalog, desk, runtime, people: known })
    }

    /// The catalogue.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The invented people, each number once, in order.
    pub fn people(&self) -> &[InventedPerson] {
        &self.people
    }

    /// Answers the body of a `POST /v1/autofill` as if today were that day.
    ///
    /// # Errors
    /// Why there is no filled form.
    pub fn answer(&self, body: &Value, today: Date) -> Result<Value, Unanswered> {
        let request = AutofillRequest::read(&body.to_string(), today).map_err(Unanswered::Request)?;
        let answered = self.runtime.block_on(self.desk.autofill(&request, "offline", today, None));
        let text = answered.map_err(Unanswered::Refused)?;
        serde_json::from_str(&text).map_err(Unanswered::Answer)
    }

    /// A request for a form on a day where it is in force, for the person with this number; nothing is said of roles.
    pub fn request_for(&self, form: &FormPlan, number: &str, today: Date) -> Value {
        let (service, day) = self.catalog().occasion(&form.id, today);
        json!({
            "service": service,
            "citizen": { "id": number },
            "form": &*form.id,
            "dossier_date": day.to_string(),
        })
    }
}

impl InventedPerson {
    fn of(person: &Person) -> Self {
        let name = person.record.ho_va_ten.as_ref().map(PersonName::full).unwrap_or_default();
        Self { number: person.number.clone(), name: name.into_owned(), note: person.note.clone() }
    }
}

/// Says in a request that the citizen holds every role, and stands in one row of every list that licenses look-ups:
/// every box is then asked of this one record.
pub fn in_every_role(request: &mut Value, form: &FormPlan) {
    let number = request["citizen"]["id"].clone();
    let mut persons = Map::new();
    let mut held = None;
    for role in &form.roles {
        match (role.rows, role.lookup, held) {
            (true, true, _) => {
                persons.insert(role.slug.to_string(), json!([{ "id": number }]));
            }
            (true, false, _) => {}
            (false, _, None) => held = Some(&role.slug),
            (false, _, Some(_)) => {
                persons.insert(role.slug.to_string(), json!({ "same_as": "citizen" }));
            }
        }
    }
    match held {
        Some(slug) => request["citizen_role"] = Value::from(&**slug),
        None => request["citizen_role"] = Value::from("none"),
    }
    if !persons.is_empty() {
        request["persons"] = Value::Object(persons);
    }
}

/// Says in a request that the citizen holds this role and nobody any other; of a list, that the citizen is its one row.
/// `false` when the role is a list that licenses no look-up.
pub fn in_one_role(request: &mut Value, form: &FormPlan, role: usize) -> bool {
    let role = &form.roles[role];
    if !role.rows {
        request["citizen_role"] = Value::from(&*role.slug);
        return true;
    }
    request["citizen_role"] = Value::from("none");
    request["persons"] = json!({ &*role.slug: [{ "id": request["citizen"]["id"] }] });
    role.lookup
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::civil::date;

    use super::*;
    use crate::catalog::{load, load_people};

    fn offline() -> Offline {
        let services = Path::new("service-catalog");
        let catalog = load(services, Path::new("schemas")).expect("the catalogue");
        Offline::new(catalog, load_people(&services.join("people")).expect("people")).expect("a desk")
    }

    #[test]
    fn every_form_is_answered_for_somebody_in_every_role_whether_a_service_uses_it_or_not() {
        let (offline, today) = (offline(), date(2026, 11, 20));
        for form in offline.catalog().forms() {
            let mut request = offline.request_for(form, "999085000001", today);
            in_every_role(&mut request, form);
            let answer = offline.answer(&request, today).ok().unwrap_or_else(|| panic!("{} is not answered", form.id));
            assert_eq!(answer["form"]["id"], *form.id);
            let unasked = answer["fields"].as_array().expect("fields").iter().any(|field| {
                // Of a list whose people may not be looked up nobody can be a row.
                field["reason"] == "person_not_asked" && field["rows"].is_null()
            });
            let lists = form.roles.iter().any(|role| role.rows && !role.lookup);
            assert!(!unasked || lists, "{} asks nobody for a box", form.id);
        }
    }

    #[test]
    fn today_is_what_the_caller_says() {
        let offline = offline();
        let form = offline.catalog().form("to-khai-dang-ky-ket-hon").expect("the form");
        let mut request = offline.request_for(form, "999085000001", date(2024, 5, 6));
        assert_eq!(request["dossier_date"], "2024-05-06");
        request["citizen"]["birth_date"] = "2025-01-01".into();
        let early = offline.answer(&request, date(2024, 5, 6));
        assert!(matches!(early, Err(Unanswered::Request(_))), "born after today");
        assert!(matches!(offline.answer(&request, date(2026, 5, 6)), Err(Unanswered::Refused(_))), "not found");
    }

    #[test]
    fn two_records_of_one_number_are_one_person_who_is_refused() {
        let offline = offline();
        let twins = offline.people().iter().filter(|person| person.number == "999064000031").count();
        assert_eq!(twins, 1);
    }
}
