//! What the catalogue chooses for a request, and whether what was typed fits it; nobody is looked up for that.

use jiff::civil::Date;

use super::refusal::{Choice, Refusal};
use super::request::AutofillRequest;
use super::warning::Warning;
use crate::catalog::{Catalog, Confidence, Filling, FormPlan, Level, Service, ServiceForm};
use crate::citizen::AttributeSet;
use crate::citizen::units::REFORM;
use crate::strict_json::{escape, nearest, printable};

/// What the catalogue chose for a request.
pub struct Chosen<'c> {
    pub catalog: &'c Catalog,
    pub service: &'c Service,
    pub form: &'c ServiceForm,
    pub form_day: Date,
    pub today: Date,
    /// What the caller may receive.
    pub licensed: AttributeSet,
}

/// Service and form for a request.
///
/// # Errors
/// There is none of this name, or not on the dossier's day.
pub fn choose<'c>(catalog: &'c Catalog, request: &AutofillRequest, today: Date) -> Result<Chosen<'c>, Refusal> {
    let service = service(catalog, &request.service)?;
    let form_day = request.dossier_date.unwrap_or(today);
    let form = choose_form(service, request.form.as_deref(), form_day)?;
    Ok(Chosen { catalog, service, form, form_day, today, licensed: AttributeSet::all() })
}

/// The service with this code, or the nearest one that there is.
fn service<'c>(catalog: &'c Catalog, code: &str) -> Result<&'c Service, Refusal> {
    catalog.service(code).ok_or_else(|| {
        let services = catalog.services();
        let codes = services.iter().map(|service| service.file.code.0.as_str());
        Refusal::ServiceUnknown { did_you_mean: nearest(code, codes) }
    })
}

/// The form for the dossier's date: the asked one, or the first in force.
fn choose_form<'c>(service: &'c Service, asked: Option<&str>, day: Date) -> Result<&'c ServiceForm, Refusal> {
    let choices = || service.forms_on(day).map(|form| choice_of(&form.plan)).collect();
    let Some(asked) = asked else {
        return service.forms_on(day).next().ok_or_else(|| Refusal::NoFormForDate { choices: choices() });
    };
    if let Some(form) = service.forms_on(day).find(|form| *form.plan.id == *asked) {
        return Ok(form);
    }
    if service.forms.iter().any(|form| *form.plan.id == *asked) {
        return Err(Refusal::NoFormForDate { choices: choices() });
    }
    Err(Refusal::FormUnknown { choices: service.forms.iter().map(|form| choice_of(&form.plan)).collect() })
}

fn choice_of(plan: &FormPlan) -> Choice {
    Choice { value: plan.id.to_string(), label: plan.schema.title.to_string() }
}

/// Typed values name properties of the form.
pub fn check_typed_paths(plan: &FormPlan, typed: &[(String, serde_json::Value)]) -> Result<(), Refusal> {
    let keys = plan.targets.iter().map(|target| &*target.key);
    match typed.iter().find(|(key, _)| !keys.clone().any(|known| known == key)) {
        Some((key, _)) => Err(Refusal::TypedPath {
            pointer: printable(&format!("/typed/{}", escape(key))),
            did_you_mean: nearest(key, keys),
        }),
        None => Ok(()),
    }
}

/// Typed values name properties of the form and fit them; nothing is overwritten, so nothing may be smuggled in.
pub fn check_typed(plan: &FormPlan, typed: &[(String, serde_json::Value)]) -> Result<(), Refusal> {
    check_typed_paths(plan, typed)?;
    for (key, value) in typed {
        let pointer = printable(&format!("/typed/{}", escape(key)));
        if !plan.schema.accepts(key, value) || !plan.schema.is_real_date(key, value) {
            return Err(Refusal::TypedValue { pointer });
        }
    }
    Ok(())
}

/// What was typed stays: looking people up for a typed list would disclose them for nothing.
pub fn check_typed_rows(plan: &FormPlan, request: &AutofillRequest) -> Result<(), Refusal> {
    for target in &plan.targets {
        let Filling::Rows { role, .. } = &target.filling else { continue };
        let slug = &plan.roles[*role].slug;
        if request.typed.iter().any(|(key, _)| **key == *target.key)
            && request.persons.iter().any(|(named, _)| **named == **slug)
        {
            return Err(Refusal::RowsTyped { pointer: format!("/persons/{slug}") });
        }
    }
    Ok(())
}

pub fn form_warnings<'p>(chosen: &Chosen<'_>) -> Vec<Warning<'p>> {
    let mut warnings = Vec::new();
    match chosen.form.plan.confidence {
        Confidence::High => {}
        Confidence::Medium => warnings.push(Warning { code: "form_medium_confidence", person: None }),
        Confidence::Low => warnings.push(Warning { code: "form_low_confidence", person: None }),
    }
    if chosen.service.file.level == Level::District && chosen.form_day >= REFORM {
        warnings.push(Warning { code: "level_ended", person: None });
    }
    warnings
}
