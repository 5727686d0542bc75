//! From look-ups to the people of a form: who holds which role, and in what state each is.

use super::fill::{People, PersonState, role_by_gender};
use super::looked_up::Person;
use super::refusal::Refusal;
use super::request::AskedPerson;
use super::roles::{Holder, Roles, gender_choices};
use super::warning::Warning;
use crate::cache::Looked;
use crate::catalog::{Applicant, FormPlan};

/// The roles that each looked-up person holds, in the order of the account: the further people, then the citizen. All
/// people of a list hold its role.
pub fn roles_of_people(
    roles: &Roles<'_>,
    plan: &FormPlan,
    held: Option<usize>,
    further: usize,
) -> Result<Vec<Vec<usize>>, Refusal> {
    let mut of: Vec<Vec<usize>> = vec![Vec::new(); further + 1];
    for (role, holder) in roles.holders(plan, held)?.into_iter().enumerate() {
        match holder {
            Some(Holder::Citizen) => of[further].push(role),
            Some(Holder::Further(index)) => of[index].push(role),
            None => {}
        }
    }
    for (index, (role, _)) in roles.further.iter().enumerate() {
        if !of[index].contains(role) {
            of[index].push(*role);
        }
    }
    Ok(of)
}

/// The state of every role, and of every row of a list.
pub fn people_of<'r>(
    plan: &FormPlan,
    roles: &'r Roles<'_>,
    held: Option<usize>,
    citizen: Option<(&'r Person, &'r AskedPerson)>,
    further: &'r [Person],
) -> Result<People<'r>, Refusal> {
    let state_of = |index: usize| further[index].state(roles.further[index].1.card.as_ref());
    let mut people = People { states: Vec::with_capacity(plan.roles.len()), rows: Vec::new() };
    for holder in roles.holders(plan, held)? {
        people.states.push(match holder {
            // The citizen was asked but not found, so nobody knows which of the two columns is his or hers.
            None if roles.by_gender() && held.is_none() => {
                citizen.map_or(PersonState::NotAsked, |(person, asked)| person.state(asked.card.as_ref()))
            }
            None => PersonState::NotAsked,
            Some(Holder::Citizen) => {
                citizen.map_or(PersonState::NotAsked, |(person, asked)| person.state(asked.card.as_ref()))
            }
            Some(Holder::Further(index)) => state_of(index),
        });
    }
    for role in (0..plan.roles.len()).filter(|role| plan.roles[*role].rows) {
        let of_role = (0..further.len()).filter(|index| roles.further[*index].0 == role);
        people.rows.push((role, of_role.map(state_of).collect()));
    }
    Ok(people)
}

/// The citizen's role: stated, of the form, or chosen by the record's gender. A record without a usable gender
/// leaves the question to the officer: a default gender does not exist.
pub fn citizen_role(plan: &FormPlan, roles: &Roles<'_>, citizen: Option<&Person>) -> Result<Option<usize>, Refusal> {
    if !roles.by_gender() {
        return Ok(roles.fixed());
    }
    let Applicant::ByGender(table) = &plan.applicant else { return Ok(None) };
    match citizen.map(|person| &person.looked) {
        Some(Looked::Found { record, .. }) => match role_by_gender(table, record) {
            Some(role) => Ok(Some(role)),
            None => Err(Refusal::ApplicantNeeded { choices: gender_choices(plan) }),
        },
        _ => Ok(None),
    }
}

/// People in a column that the form keeps for the other gender, as far as the record tells one.
pub fn other_gender<'p>(plan: &'p FormPlan, people: &People<'_>) -> Vec<Warning<'p>> {
    let Applicant::ByGender(table) = &plan.applicant else { return Vec::new() };
    let odd = table.iter().filter(|(_, role)| match people.states.get(*role) {
        Some(PersonState::Found(record, _)) => {
            role_by_gender(table, record).is_some_and(|of_record| of_record != *role)
        }
        _ => false,
    });
    odd.map(|(_, role)| Warning { code: "gender_column", person: Some(&plan.roles[*role].slug) }).collect()
}

/// One number in two roles: mostly a slip (the wife's card scanned for both columns); where it is meant, `same_as` says
/// so.
pub fn twice<'p, 'a>(people: impl Iterator<Item = (&'p str, &'a AskedPerson)>) -> Vec<Warning<'p>> {
    let mut seen: Vec<&AskedPerson> = Vec::new();
    let mut warnings = Vec::new();
    for (role, asked) in people {
        if seen.iter().any(|other| other.query.number == asked.query.number) {
            warnings.push(Warning { code: "same_person_twice", person: Some(role) });
        }
        seen.push(asked);
    }
    warnings
}
