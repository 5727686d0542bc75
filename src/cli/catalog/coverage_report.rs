//! What `catalog coverage` reports.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalog::{Domain, FieldCounts};

/// Everything that is reported; the keys are the interface.
#[derive(Serialize)]
pub struct Report {
    pub date: String,
    pub services: Services,
    pub forms: Forms,
    pub fields: FieldCounts,
    pub row_columns: FieldCounts,
    pub by_confidence: BTreeMap<&'static str, Group>,
    pub by_field: Vec<Domain>,
    pub dates: Dates,
    pub people: Vec<PersonRatio>,
    pub by_form: Vec<FormRatio>,
}

#[derive(Serialize)]
pub struct Services {
    pub total: usize,
    pub by_level: BTreeMap<&'static str, usize>,
    pub by_confidence: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
pub struct Forms {
    pub total: usize,
    pub unused: usize,
    pub by_confidence: BTreeMap<&'static str, usize>,
}

#[derive(Default, Serialize)]
pub struct Group {
    pub forms: usize,
    pub fields: FieldCounts,
}

#[derive(Serialize)]
pub struct Dates {
    pub from: String,
    pub to: String,
    pub complete: bool,
    pub gaps: Vec<Gap>,
}

#[derive(Serialize)]
pub struct Gap {
    pub service: String,
    pub from: String,
    pub to: String,
}

#[derive(Serialize)]
pub struct PersonRatio {
    pub person: String,
    pub forms: usize,
    pub refused: usize,
    pub mapped: usize,
    pub filled: usize,
    pub offered: usize,
    pub ratio: Option<f64>,
    #[serde(skip)]
    pub note: String,
}

#[derive(Serialize)]
pub struct FormRatio {
    pub form: String,
    pub title: String,
    pub confidence: &'static str,
    pub services: usize,
    pub fields: FieldCounts,
    pub mapped: usize,
    pub filled: usize,
    pub offered: usize,
    pub ratio: Option<f64>,
    pub people: BTreeMap<String, Option<f64>>,
}
