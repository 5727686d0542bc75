//! A compiled form: targets in output order, resolved sources, transforms as function pointers, pre-rendered JSON.
//!
//! Nothing in here is looked up by name while answering.

use std::sync::Arc;

use super::code_list::CodeList;
use super::form_schema::FormSchema;
use super::provenance::{Confidence, Origin};
use super::source::SourceSlot;
use super::transform::{Fitted, Transform};
use crate::citizen::{Attribute, AttributeSet};

/// A form ready to be filled.
pub struct FormPlan {
    pub id: Box<str>,
    pub schema: FormSchema,
    pub roles: Vec<Role>,
    pub applicant: Applicant,
    pub targets: Vec<Target>,
    /// The attributes that any role of this form needs; nothing else of a record is kept.
    pub wanted: AttributeSet,
    pub confidence: Confidence,
    pub origin: Origin,
}

/// A person role of the form.
pub struct Role {
    pub slug: Box<str>,
    pub label: Box<str>,
    /// May be looked up as a further person.
    pub lookup: bool,
    /// Given to the person at the counter who files for somebody else.
    pub filer: bool,
    /// The people of a list: given as a list, one row each.
    pub rows: bool,
}

/// Which role the person at the counter holds.
pub enum Applicant {
    /// Always this role; `None`: the person at the counter is on no form field (`"none"`).
    Role(Option<usize>),
    /// By the gender code of the record.
    ByGender(Vec<(Box<str>, usize)>),
    /// Only the officer knows: roles to choose from (`None`: files for somebody else).
    Ask(Vec<Option<usize>>),
}

/// One box of the form.
pub struct Target {
    pub key: Box<str>,
    /// The label as printed.
    pub title: Box<str>,
    /// `"key":` for `data`.
    pub member_json: Box<str>,
    /// `{"path":"/key","state":"` for `fields`.
    pub field_json: Box<str>,
    /// Values are checked against the schema when it restricts more than the kind of box.
    pub restricted: bool,
    pub filling: Filling,
}

/// Who or what fills a box.
pub enum Filling {
    /// Only people.
    Manual,
    Mapped(Mapped),
    /// A list with one row for each person of a role; the targets are the row's columns.
    Rows {
        role: usize,
        columns: Vec<Target>,
    },
}

/// How a box is filled.
pub struct Mapped {
    pub sources: Vec<Source>,
    /// `compose`: join with this separator; `None`: the first that is given.
    pub separator: Option<Box<str>>,
    pub conditions: Vec<Condition>,
    /// The named transform that the mapping asks for.
    pub format: Option<&'static str>,
    pub lock: bool,
    pub suggest: bool,
    /// What to offer when the record gives none of the sources.
    pub when_missing: Option<fn() -> Fitted<'static>>,
}

/// One source with the transform that fits it to the box.
pub struct Source {
    pub slot: SourceSlot,
    pub step: Step,
}

/// How the value is made.
pub enum Step {
    /// A register attribute through a transform; the list explains its codes.
    Register {
        attribute: Attribute,
        transform: Transform,
        list: Option<Arc<CodeList>>,
    },
    /// Of the scanned card; only for a person who was found.
    Card(CardPart),
    /// Age in full years on the dossier's date.
    Age,
    Officer,
    Agency,
    Today,
}

/// What a form asks of the scanned card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardPart {
    Number,
    IssueDate,
    IssuePlace,
}

/// A line of `when`: the attribute's code must be one of these.
pub struct Condition {
    pub role: usize,
    pub attribute: Attribute,
    pub list: Option<Arc<CodeList>>,
    pub codes: Vec<Box<str>>,
}

impl Target {
    /// How the box is filled from attributes; `None` for manual boxes and lists.
    pub fn mapped(&self) -> Option<&Mapped> {
        match &self.filling {
            Filling::Mapped(mapped) => Some(mapped),
            Filling::Manual | Filling::Rows { .. } => None,
        }
    }

    /// Whether only people can fill the box.
    pub fn is_manual(&self) -> bool {
        matches!(self.filling, Filling::Manual)
    }
}

impl FormPlan {
    /// The role with this slug (only used when a request is read).
    pub fn role(&self, slug: &str) -> Option<usize> {
        self.roles.iter().position(|role| &*role.slug == slug)
    }

    /// The role made for somebody who files for another.
    pub fn filer(&self) -> Option<usize> {
        self.roles.iter().position(|role| role.filer)
    }
}
