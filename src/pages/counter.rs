//! `/counter`: the page of an officer at the counter. Choose a service, scan or type the card, see the form as on paper
//! with where every box came from, accept, type the rest, print.
//!
//! The page decides nothing about filling: it makes the request that a program would make, and shows the answer. People
//! stand in bodies only. This part must not know of HTTP.

mod boxes;
mod entry;
mod people;
mod reading;
mod words;

use askama::Template;
use serde_json::{Map, Value};

use self::boxes::{Boxes, Control, Group, Item};
use self::people::{People, name_people, people};
use self::words::{ProblemKind, outcome_badge};
use super::asset::{COUNTER_SCRIPT, COUNTER_STYLE};
use super::services::found;
use super::shell::{Page, Section, Shell};
use super::sorry::missing;
use super::visit::Visit;
use super::words::{alphabetical, level_word, service_name};
use crate::catalog::{Catalog, Filling, FormPlan, Language, PropertyKind, Service};
use crate::clock::today_in_viet_nam;

pub use entry::Entry;
pub use reading::printed_date;

/// What became of the request of the page.
pub enum Told {
    /// Nothing was asked yet.
    Nothing,
    /// The answer of the desk.
    Answer(Value),
    /// The problem document, and its status.
    Problem(Value, u16),
}

#[derive(Template)]
#[template(path = "counter.html")]
struct Search {
    shell: Shell,
    style: String,
    asked: String,
    shown: usize,
    fields: Vec<FieldGroup>,
}

struct FieldGroup {
    name: String,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    name: String,
    code: String,
    level: &'static str,
}

/// The search for a service, by the word `q` of the address.
pub fn counter(catalog: &Catalog, visit: &Visit) -> Page {
    let asked = visit.word("q");
    let services = found(catalog.services(), &asked);
    let mut names: Vec<&str> = services.iter().map(|service| &*service.file.field).collect();
    names.sort_by_cached_key(|name| alphabetical(name));
    names.dedup();
    let row = |service: &&Service| Row {
        href: visit.href(&format!("/counter/{}", service.file.code.0)),
        name: service_name(&service.file, visit.lang).to_owned(),
        code: service.file.code.0.clone(),
        level: level_word(service.file.level, visit.lang),
    };
    let group = |name: &str| FieldGroup {
        name: name.to_owned(),
        rows: services.iter().filter(|service| *service.file.field == *name).map(row).collect(),
    };
    let page = Search {
        shell: Shell::new(visit, Section::Counter, visit.lang.pick("Quầy một cửa", "At the counter")),
        style: COUNTER_STYLE.address(),
        shown: services.len(),
        fields: names.into_iter().map(group).collect(),
        asked,
    };
    Page::of(200, &page)
}

#[derive(Template)]
#[template(path = "counter_form.html")]
struct FormPage<'a> {
    shell: Shell,
    style: String,
    script: String,
    service: String,
    code: &'a str,
    address: String,
    print_address: String,
    form: &'a FormPlan,
    forms: Vec<FormChoice<'a>>,
    people: People,
    officer: &'a str,
    agency: &'a str,
    dossier: &'a str,
    problem: Option<ProblemNote>,
    /// Number of the request, filled boxes, suggestions, empty ones; after an answer only.
    summary: Option<Summary>,
    /// People who were not found, or could not be looked up, beside others who were.
    failures: Vec<String>,
    warnings: Vec<String>,
    groups: Vec<Group>,
    lists: Vec<NameList>,
    focus: Focus,
    person_focus: String,
}

struct FormChoice<'a> {
    id: &'a str,
    title: &'a str,
    chosen: bool,
}

struct Summary {
    request_id: String,
    filled: usize,
    suggested: usize,
    kept: usize,
    empty: usize,
}

struct ProblemNote {
    class: &'static str,
    heading: &'static str,
    detail: String,
    other: String,
    advice: &'static str,
    code: String,
    request_id: String,
    retry_after: u64,
    choices: Vec<String>,
    /// The input that it is about.
    input: String,
}

struct NameList {
    id: String,
    names: Vec<String>,
}

/// Where the page begins for the keyboard.
#[derive(PartialEq, Eq)]
enum Focus {
    Problem,
    Person,
    Accept,
    Summary,
}

/// The plan of the form that a service uses today: the one that is named, or the first.
fn chosen_form<'c>(service: &'c Service, named: &str) -> Option<&'c FormPlan> {
    let mut forms = service.forms_on(today_in_viet_nam());
    let form = if named.is_empty() { forms.next() } else { forms.find(|form| *form.plan.id == *named) };
    form.map(|form| &*form.plan)
}

/// The body of the request that the page stands for; `None`: there is no such service or form.
pub fn request(catalog: &Catalog, code: &str, entry: &Entry) -> Option<Value> {
    let service = catalog.service(code)?;
    let form = chosen_form(service, entry.get("form"))?;
    let mut request =
        Map::from_iter([("service".to_owned(), Value::from(code)), ("form".to_owned(), Value::from(&*form.id))]);
    name_people(&mut request, form, entry);
    for word in ["officer", "agency", "dossier"] {
        if entry.has(word) {
            request.insert(word.to_owned(), Value::from(entry.get(word)));
        }
    }
    let filled: Vec<&str> = form
        .targets
        .iter()
        .filter(|target| match &target.filling {
            Filling::Rows { role, .. } => {
                request.get("persons").is_some_and(|all| all.get(&*form.roles[*role].slug).is_some())
            }
            Filling::Manual | Filling::Mapped(_) => false,
        })
        .map(|target| &*target.key)
        .collect();
    let typed = Boxes::new(catalog, form, entry, &Value::Null, Language::Vi).typed(&filled);
    if !typed.is_empty() {
        request.insert("typed".to_owned(), Value::Object(typed));
    }
    Some(Value::Object(request))
}

/// The page of one service: whom to look up, and the form with what came of it.
pub fn counter_form(catalog: &Catalog, code: &str, entry: &Entry, told: &Told, visit: &Visit) -> Page {
    let lang = visit.lang;
    let word = visit.word("form");
    let named = if entry.has("form") { entry.get("form") } else { &word };
    let service = catalog.service(code);
    let Some((service, form)) = service.and_then(|service| Some((service, chosen_form(service, named)?))) else {
        let (vi, en) = ("Không có dịch vụ hoặc tờ khai này hôm nay.", "There is no such service or form today.");
        return missing(visit, lang.pick(vi, en), None);
    };
    let nothing = Value::Null;
    let (answer, problem, status) = match told {
        Told::Nothing => (&nothing, None, 200),
        Told::Answer(answer) => (answer, None, 200),
        Told::Problem(problem, status) => (&nothing, Some(problem), *status),
    };
    let lookups = problem.map_or(&answer["lookups"], |problem| &problem["lookups"]);
    let people = people(form, entry, lookups, lang);
    let groups = Boxes::new(catalog, form, entry, answer, lang).groups();
    let summary = (!answer.is_null()).then(|| summary(answer, &groups));
    let next = people.blocks.iter().find(|block| block.is_blank).map(|block| block.prefix.clone());
    let waits = answer["fields"].as_array().into_iter().flatten().any(|field| field["reason"] == "person_not_asked");
    let focus = match &summary {
        _ if problem.is_some() => Focus::Problem,
        None => Focus::Person,
        Some(_) if waits && next.is_some() => Focus::Person,
        Some(summary) if summary.suggested > 0 => Focus::Accept,
        Some(_) => Focus::Summary,
    };
    let page = FormPage {
        shell: Shell::new(visit, Section::Counter, &*form.schema.title),
        style: COUNTER_STYLE.address(),
        script: COUNTER_SCRIPT.address(),
        service: service_name(&service.file, lang).to_owned(),
        address: visit.href(&format!("/counter/{}", service.file.code.0)),
        print_address: visit.href(&format!("/counter/{}/print", service.file.code.0)),
        code: &service.file.code.0,
        form,
        forms: forms(service, form),
        people,
        officer: entry.get("officer"),
        agency: entry.get("agency"),
        dossier: entry.get("dossier"),
        problem: problem.map(|problem| problem_note(problem, status, lang)),
        summary,
        failures: failures(answer, form, lang),
        warnings: warnings(answer, form, lang),
        lists: lists(catalog, form),
        groups,
        focus,
        person_focus: next.unwrap_or_default(),
    };
    Page::of(status, &page)
}

fn forms<'a>(service: &'a Service, form: &FormPlan) -> Vec<FormChoice<'a>> {
    let choice = |used: &'a crate::catalog::ServiceForm| FormChoice {
        id: &used.plan.id,
        title: &used.plan.schema.title,
        chosen: used.plan.id == form.id,
    };
    service.forms_on(today_in_viet_nam()).map(choice).collect()
}

fn summary(answer: &Value, groups: &[Group]) -> Summary {
    let views = crate::autofill::field_views(answer);
    let count = |state: &str| views.iter().filter(|view| view.state == state).count();
    let boxes = groups.iter().flat_map(|group| &group.items).flat_map(|item| match item {
        Item::Box(view) => std::slice::from_ref(&**view).iter().collect::<Vec<_>>(),
        Item::Rows { rows, .. } => rows.iter().flatten().collect(),
    });
    // A suggestion that was accepted is as good as filled.
    let open = boxes.filter(|view| !view.offer.is_empty() && view.text.is_empty()).count();
    let suggested = count("suggested");
    Summary {
        request_id: answer["request_id"].as_str().unwrap_or_default().to_owned(),
        filled: count("filled") + suggested.saturating_sub(open),
        suggested: open,
        kept: count("kept"),
        empty: count("empty"),
    }
}

fn failures(answer: &Value, form: &FormPlan, lang: Language) -> Vec<String> {
    let told = |lookup: &Value| {
        let outcome = lookup["outcome"].as_str().filter(|outcome| *outcome != "found")?;
        let slug = lookup["person"].as_str().unwrap_or_default();
        let person = form
            .role(slug)
            .map_or(lang.pick("Người tại quầy", "The person at the counter"), |role| &form.roles[role].label);
        let what = outcome_badge(outcome, lang).text;
        Some(format!("{person}: {what}. {}", ProblemKind::of_outcome(outcome).advice(lang)))
    };
    answer["lookups"].as_array().into_iter().flatten().filter_map(told).collect()
}

fn warnings(answer: &Value, form: &FormPlan, lang: Language) -> Vec<String> {
    let told = |warning: &Value| {
        let sentence = warning[lang.pick("detail", "title")].as_str().unwrap_or_default();
        match warning["person"].as_str().and_then(|role| form.role(role)) {
            Some(role) => format!("{}: {sentence}", form.roles[role].label),
            None => sentence.to_owned(),
        }
    };
    answer["warnings"].as_array().into_iter().flatten().map(told).collect()
}

fn problem_note(problem: &Value, status: u16, lang: Language) -> ProblemNote {
    let text = |member: &str| problem[member].as_str().unwrap_or_default().to_owned();
    let kind = ProblemKind::of(&text("code"), status);
    let label = |choice: &Value| choice["label"].as_str().unwrap_or_default().to_owned();
    ProblemNote {
        class: if kind == ProblemKind::NotFound { "warn" } else { "bad" },
        heading: kind.heading(lang),
        detail: text(lang.pick("detail", "title")),
        other: text(lang.pick("title", "detail")),
        advice: kind.advice(lang),
        code: text("code"),
        request_id: text("request_id"),
        retry_after: problem["retry_after"].as_u64().unwrap_or(0),
        choices: problem["choices"].as_array().into_iter().flatten().map(label).collect(),
        input: input_of(&text("pointer")),
    }
}

/// The input that a place in the request is typed in; empty when there is none.
fn input_of(pointer: &str) -> String {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    let part = |word: &str| match word {
        "birth_date" => "birth",
        "qr" => "qr",
        "name" => "name",
        _ => "id",
    };
    match parts.as_slice() {
        ["citizen"] => "p.citizen.id".to_owned(),
        ["citizen", word] => format!("p.citizen.{}", part(word)),
        ["persons", role] => format!("p.{role}.id"),
        ["persons", role, word] if word.parse::<usize>().is_err() => format!("p.{role}.{}", part(word)),
        ["persons", role, row] => format!("p.{role}.{row}.id"),
        ["persons", role, row, word] => format!("p.{role}.{row}.{}", part(word)),
        ["typed", key] => format!("f.{key}"),
        ["citizen_role"] => "citizen_role".to_owned(),
        [word @ ("officer" | "agency" | "dossier")] => (*word).to_owned(),
        _ => String::new(),
    }
}

/// The names of the code lists that the form's boxes take, each once.
fn lists(catalog: &Catalog, form: &FormPlan) -> Vec<NameList> {
    let mut lists: Vec<NameList> = Vec::new();
    let properties =
        form.schema.properties.iter().flat_map(|property| std::iter::once(property).chain(&property.columns));
    for property in properties {
        let PropertyKind::Code(name) = &property.kind else { continue };
        let id = format!("list-{name}");
        let Some(list) = catalog.code_lists.get(name).filter(|_| !lists.iter().any(|known| known.id == id)) else {
            continue;
        };
        let mut names: Vec<String> = list.entries().map(|entry| entry.name_vi.to_string()).collect();
        names.sort_by_cached_key(|name| alphabetical(name));
        names.dedup();
        lists.push(NameList { id, names });
    }
    lists
}
