//! Who is looked up: the people of a form as blocks of the page, and as members of the request.

use serde_json::{Map, Value, json};

use super::entry::{Entry, MOST_ROWS};
use super::reading::iso_date;
use super::words::outcome_badge;
use crate::catalog::{Applicant, FormPlan, Language};
use crate::pages::words::Badge;

/// One person to scan or type.
pub struct PersonBlock {
    /// Names of the inputs begin with it: `p.citizen`, `p.me`, `p.con.0`.
    pub prefix: String,
    pub legend: String,
    pub qr: String,
    pub id: String,
    pub name: String,
    pub birth: String,
    /// What came of the look-up.
    pub outcome: Option<Badge>,
    pub is_blank: bool,
}

/// A role that the person at the counter may hold as well.
pub struct SameRole {
    pub name: String,
    pub label: String,
    pub chosen: bool,
}

/// One entry of the choice of the citizen's role.
pub struct RoleChoice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

/// The part of the page where people are named.
pub struct People {
    pub blocks: Vec<PersonBlock>,
    pub same: Vec<SameRole>,
    /// Empty where the blocks themselves say who holds which role.
    pub roles: Vec<RoleChoice>,
}

/// The people whom a form can have.
pub fn people(form: &FormPlan, entry: &Entry, lookups: &Value, lang: Language) -> People {
    let mut outcomes = Outcomes::read(lookups, lang);
    let at_counter = lang.pick("Người tại quầy", "The person at the counter");
    let mut blocks = Vec::new();
    let (mut same, mut roles) = (Vec::new(), Vec::new());
    let held = match &form.applicant {
        Applicant::Role(role) => *role,
        Applicant::ByGender(_) | Applicant::Ask(_) => None,
    };
    if !by_blocks(form) {
        let own = held.map_or("citizen", |role| &*form.roles[role].slug);
        let legend = match held {
            Some(role) => format!("{at_counter}: {}", form.roles[role].label),
            None => at_counter.to_owned(),
        };
        let outcome = outcomes.take("citizen").or_else(|| outcomes.take(own));
        let chosen = form.role(entry.get("citizen_role")).map(|role| &*form.roles[role].slug);
        let outcome = outcome.or_else(|| chosen.and_then(|slug| outcomes.take(slug)));
        blocks.push(block("p.citizen".to_owned(), legend, entry, outcome));
        roles = role_choices(form, held, entry, lang);
        let others = form.roles.iter().enumerate().filter(|(index, role)| Some(*index) != held && !role.rows);
        same = others
            .map(|(_, role)| {
                let name = format!("same.{}", role.slug);
                SameRole { chosen: entry.has(&name), name, label: role.label.to_string() }
            })
            .collect();
    }
    for (index, role) in form.roles.iter().enumerate().filter(|(index, _)| Some(*index) != held) {
        let at_home = by_blocks(form) && is_by_gender(form, index);
        if !(role.lookup || at_home) {
            continue;
        }
        let prefix = format!("p.{}", role.slug);
        if !role.rows {
            let outcome = outcomes.take(&role.slug);
            blocks.push(block(prefix, role.label.to_string(), entry, outcome));
            continue;
        }
        for row in 0..(entry.rows(&prefix) + 1).min(MOST_ROWS) {
            let outcome = outcomes.take(&role.slug);
            blocks.push(block(format!("{prefix}.{row}"), format!("{} {}", role.label, row + 1), entry, outcome));
        }
    }
    People { blocks, same, roles }
}

/// Two people of one form, each with a column of his or her own: their blocks are named by the columns.
fn by_blocks(form: &FormPlan) -> bool {
    matches!(form.applicant, Applicant::ByGender(_))
}

fn is_by_gender(form: &FormPlan, role: usize) -> bool {
    matches!(&form.applicant, Applicant::ByGender(table) if table.iter().any(|(_, held)| *held == role))
}

fn block(prefix: String, legend: String, entry: &Entry, outcome: Option<Badge>) -> PersonBlock {
    let text = |part: &str| entry.get(&format!("{prefix}.{part}")).to_owned();
    let (qr, id, name, birth) = (text("qr"), text("id"), text("name"), text("birth"));
    let is_blank = qr.is_empty() && id.is_empty() && name.is_empty() && birth.is_empty();
    // The look-ups of rows are in the order of the rows that hold anything.
    let outcome = outcome.filter(|_| !is_blank);
    PersonBlock { prefix, legend, qr, id, name, birth, outcome, is_blank }
}

fn role_choices(form: &FormPlan, held: Option<usize>, entry: &Entry, lang: Language) -> Vec<RoleChoice> {
    let chosen = entry.get("citizen_role");
    let files = lang.pick("nộp thay, không có trên tờ khai", "files for another, not on the form");
    let usual = match (&form.applicant, held) {
        (Applicant::Role(_), Some(role)) => form.roles[role].label.to_string(),
        (Applicant::Role(_), None) => files.to_owned(),
        _ => lang.pick("— chọn —", "— choose —").to_owned(),
    };
    let mut choices = vec![RoleChoice { value: String::new(), label: usual, chosen: chosen.is_empty() }];
    for (index, role) in form.roles.iter().enumerate().filter(|(_, role)| !role.rows) {
        if Some(index) != held {
            let value = role.slug.to_string();
            choices.push(RoleChoice { chosen: chosen == value, value, label: role.label.to_string() });
        }
    }
    if !matches!(form.applicant, Applicant::Role(None)) {
        let value = "none".to_owned();
        choices.push(RoleChoice { chosen: chosen == value, value, label: files.to_owned() });
    }
    choices
}

/// What came of the look-ups, by role; the rows of a list one after the other.
struct Outcomes {
    left: Vec<(String, Option<Badge>)>,
}

impl Outcomes {
    fn read(lookups: &Value, lang: Language) -> Self {
        let told = lookups.as_array().into_iter().flatten();
        let told = told.filter_map(|one| {
            let outcome = outcome_badge(one["outcome"].as_str()?, lang);
            Some((one["person"].as_str()?.to_owned(), Some(outcome)))
        });
        Self { left: told.collect() }
    }

    fn take(&mut self, person: &str) -> Option<Badge> {
        self.left
            .iter_mut()
            .find(|(named, badge)| named == person && badge.is_some())
            .and_then(|(_, badge)| badge.take())
    }
}

/// The members `citizen`, `citizen_role` and `persons` of the request.
pub fn name_people(request: &mut Map<String, Value>, form: &FormPlan, entry: &Entry) {
    let mut persons = Map::new();
    let mut citizen = None;
    for role in &form.roles {
        let prefix = format!("p.{}", role.slug);
        if entry.has(&format!("same.{}", role.slug)) {
            persons.insert(role.slug.to_string(), json!({ "same_as": "citizen" }));
        } else if role.rows {
            let rows: Vec<Value> =
                (0..entry.rows(&prefix)).filter_map(|row| person(&format!("{prefix}.{row}"), entry)).collect();
            if !rows.is_empty() {
                persons.insert(role.slug.to_string(), Value::from(rows));
            }
        } else if let Some(named) = person(&prefix, entry) {
            if by_blocks(form) && citizen.is_none() {
                request.insert("citizen_role".to_owned(), Value::from(&*role.slug));
                citizen = Some(named);
            } else {
                persons.insert(role.slug.to_string(), named);
            }
        }
    }
    if !by_blocks(form) && entry.has("citizen_role") {
        request.insert("citizen_role".to_owned(), Value::from(entry.get("citizen_role")));
    }
    let citizen = citizen.or_else(|| person("p.citizen", entry));
    // Nobody named: the request then says what is missing.
    request.insert("citizen".to_owned(), citizen.unwrap_or_else(|| json!({ "id": "" })));
    if !persons.is_empty() {
        request.insert("persons".to_owned(), Value::Object(persons));
    }
}

/// One person of a request; `None`: nothing was typed.
fn person(prefix: &str, entry: &Entry) -> Option<Value> {
    let text = |part: &str| entry.get(&format!("{prefix}.{part}"));
    let (qr, id, name, birth) = (text("qr"), text("id"), text("name"), text("birth"));
    if !qr.is_empty() {
        return Some(json!({ "qr": qr }));
    }
    if id.is_empty() && name.is_empty() && birth.is_empty() {
        return None;
    }
    // Some scanners and people put spaces between the digits.
    let digits: String = id.chars().filter(|letter| !letter.is_whitespace()).collect();
    let mut person = Map::from_iter([("id".to_owned(), Value::from(digits))]);
    if !name.is_empty() {
        person.insert("name".to_owned(), Value::from(name));
    }
    if !birth.is_empty() {
        // What is no date is sent as it is: the answer then says so.
        let birth = iso_date(birth).unwrap_or_else(|| birth.to_owned());
        person.insert("birth_date".to_owned(), Value::from(birth));
    }
    Some(Value::Object(person))
}
