//! Who holds which role: the citizen at the counter, further people, and roles that are the same person.

use super::refusal::{Choice, Refusal};
use super::request::{AskedPerson, AutofillRequest, PersonInput};
use crate::catalog::{Applicant, FormPlan};
use crate::strict_json::{escape, printable};

/// Whose record fills a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Citizen,
    /// Index into [`Roles::further`].
    Further(usize),
}

/// Which role the citizen holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CitizenRole {
    /// A role, or none at all (files for somebody else).
    Fixed(Option<usize>),
    /// The record's gender decides.
    ByGender,
}

/// The roles of one request.
pub struct Roles<'q> {
    citizen: CitizenRole,
    /// What `persons` says of each role.
    named: Vec<Option<Named>>,
    /// Further people to look up, with their role; the rows of a list follow each other.
    pub further: Vec<(usize, &'q AskedPerson)>,
}

#[derive(Clone, Copy)]
enum Named {
    Further(usize),
    SameAsCitizen,
    SameAsRole(usize),
    /// The role of a list; its people are in `further`.
    Rows,
}

impl<'q> Roles<'q> {
    /// Reads the roles of a request; nobody is looked up yet.
    ///
    /// # Errors
    /// Unknown roles, look-ups that the mapping does not license, `same_as` to nobody, and a question that only the
    /// officer can answer.
    pub fn read(plan: &FormPlan, request: &'q AutofillRequest) -> Result<Self, Refusal> {
        let mut roles = Self {
            citizen: citizen_role(plan, request.citizen_role.as_deref())?,
            named: vec![None; plan.roles.len()],
            further: Vec::new(),
        };
        for (slug, person) in &request.persons {
            let pointer = printable(&format!("/persons/{}", escape(slug)));
            let Some(role) = plan.role(slug) else {
                return Err(Refusal::RoleUnknown { pointer, choices: role_choices(plan) });
            };
            roles.named[role] = Some(match person {
                PersonInput::Query(_) | PersonInput::Rows(_) if !plan.roles[role].lookup => {
                    return Err(Refusal::LookupNotLicensed { pointer });
                }
                PersonInput::Query(_) | PersonInput::SameAs(_) if plan.roles[role].rows => {
                    return Err(Refusal::RowsShape { pointer, list: true });
                }
                PersonInput::Rows(_) if !plan.roles[role].rows => {
                    return Err(Refusal::RowsShape { pointer, list: false });
                }
                PersonInput::Rows(people) => {
                    roles.further.extend(people.iter().map(|person| (role, person)));
                    Named::Rows
                }
                PersonInput::Query(person) => {
                    roles.further.push((role, person));
                    Named::Further(roles.further.len() - 1)
                }
                PersonInput::SameAs(other) if other == "citizen" => Named::SameAsCitizen,
                PersonInput::SameAs(other) => match plan.role(other) {
                    Some(other) => Named::SameAsRole(other),
                    None => return Err(Refusal::SameAsBroken { pointer }),
                },
            });
        }
        if let CitizenRole::Fixed(held) = roles.citizen {
            roles.check(plan, held)?;
        }
        Ok(roles)
    }

    /// Whether the citizen's record is needed at all.
    pub fn needs_citizen(&self) -> bool {
        self.citizen != CitizenRole::Fixed(None)
            || self.named.iter().any(|named| matches!(named, Some(Named::SameAsCitizen)))
    }

    /// Whether the citizen's role is only known from the record.
    pub fn by_gender(&self) -> bool {
        self.citizen == CitizenRole::ByGender
    }

    /// The role for an agent or a known applicant; `None` while gender decides.
    pub fn fixed(&self) -> Option<usize> {
        match self.citizen {
            CitizenRole::Fixed(held) => held,
            CitizenRole::ByGender => None,
        }
    }

    /// Who holds each role once the citizen's role is known.
    ///
    /// # Errors
    /// The citizen's role was also given to somebody else, or `same_as` leads in a circle or to nobody.
    pub fn holders(&self, plan: &FormPlan, citizen: Option<usize>) -> Result<Vec<Option<Holder>>, Refusal> {
        self.check(plan, citizen)?;
        (0..plan.roles.len()).map(|role| self.holder(plan, role, citizen)).collect()
    }

    fn check(&self, plan: &FormPlan, citizen: Option<usize>) -> Result<(), Refusal> {
        if let Some(role) = citizen
            && matches!(self.named[role], Some(Named::Further(_) | Named::SameAsRole(_) | Named::Rows))
        {
            return Err(Refusal::RoleTaken { pointer: pointer_of(plan, role) });
        }
        for role in 0..plan.roles.len() {
            self.holder(plan, role, citizen)?;
        }
        Ok(())
    }

    fn holder(&self, plan: &FormPlan, role: usize, citizen: Option<usize>) -> Result<Option<Holder>, Refusal> {
        let mut current = role;
        // A chain longer than the number of roles has met one of them twice.
        for _ in 0..=plan.roles.len() {
            if citizen == Some(current) {
                return Ok(Some(Holder::Citizen));
            }
            match self.named[current] {
                None if current == role => return Ok(None),
                // The role that `same_as` names is held by nobody; while gender decides it may become the citizen's.
                None if self.by_gender() && citizen.is_none() => return Ok(None),
                None => return Err(Refusal::SameAsBroken { pointer: pointer_of(plan, role) }),
                Some(Named::SameAsCitizen) => return Ok(Some(Holder::Citizen)),
                Some(Named::Further(index)) => return Ok(Some(Holder::Further(index))),
                Some(Named::SameAsRole(other)) => current = other,
                // A list is nobody in particular.
                Some(Named::Rows) if current == role => return Ok(None),
                Some(Named::Rows) => return Err(Refusal::SameAsBroken { pointer: pointer_of(plan, role) }),
            }
        }
        Err(Refusal::SameAsBroken { pointer: pointer_of(plan, role) })
    }
}

fn pointer_of(plan: &FormPlan, role: usize) -> String {
    format!("/persons/{}", plan.roles[role].slug)
}

fn citizen_role(plan: &FormPlan, stated: Option<&str>) -> Result<CitizenRole, Refusal> {
    match (stated, &plan.applicant) {
        (Some("none"), _) => Ok(CitizenRole::Fixed(plan.filer())),
        (Some(slug), _) => match plan.role(slug) {
            // Nobody at the counter is a list: the record would be fetched for nothing.
            Some(role) if plan.roles[role].rows => {
                Err(Refusal::RowsShape { pointer: "/citizen_role".to_owned(), list: true })
            }
            Some(role) => Ok(CitizenRole::Fixed(Some(role))),
            None => {
                let pointer = "/citizen_role".to_owned();
                Err(Refusal::RoleUnknown { pointer, choices: with_none(role_choices(plan)) })
            }
        },
        (None, Applicant::Role(role)) => Ok(CitizenRole::Fixed(*role)),
        (None, Applicant::ByGender(_)) => Ok(CitizenRole::ByGender),
        (None, Applicant::Ask(choices)) => {
            let choices = choices.iter().map(|choice| choice.map_or_else(none_choice, |role| choice_of(plan, role)));
            Err(Refusal::ApplicantNeeded { choices: choices.collect() })
        }
    }
}

/// The roles that gender could have decided, for a record without a gender.
pub fn gender_choices(plan: &FormPlan) -> Vec<Choice> {
    match &plan.applicant {
        Applicant::ByGender(table) => with_none(table.iter().map(|(_, role)| choice_of(plan, *role)).collect()),
        Applicant::Role(_) | Applicant::Ask(_) => role_choices(plan),
    }
}

fn role_choices(plan: &FormPlan) -> Vec<Choice> {
    (0..plan.roles.len()).map(|role| choice_of(plan, role)).collect()
}

fn choice_of(plan: &FormPlan, role: usize) -> Choice {
    Choice { value: plan.roles[role].slug.to_string(), label: plan.roles[role].label.to_string() }
}

fn none_choice() -> Choice {
    Choice { value: "none".to_owned(), label: "Nộp thay, không điền dữ liệu của người nộp".to_owned() }
}

fn with_none(mut choices: Vec<Choice>) -> Vec<Choice> {
    choices.push(none_choice());
    choices
}
