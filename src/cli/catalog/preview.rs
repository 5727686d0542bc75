//! `diensan catalog preview`.

use std::fmt::Write as _;
use std::process::ExitCode;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::folders::{Folders, day_or_today, problem_of, unknown};
use super::preview_page::{self, Page};
use crate::autofill::Offline;
use crate::catalog::FormPlan;
use crate::cli::screen::{GOOD, Lang, NOTICE, paint, print};
use crate::http::Problem;

const EXIT: &str = "Exit code: 0 a form was filled, 1 there is none (the role must be said, the person is not found, …), \
2 could not run.";

/// Options of `catalog preview`.
#[derive(clap::Args)]
#[command(after_help = EXIT)]
pub struct Options {
    #[command(flatten)]
    folders: Folders,
    /// The service; or a form, to try it with any service.
    #[arg(value_name = "CODE")]
    code: String,
    /// The invented person at the counter.
    #[arg(long, value_name = "NUMBER")]
    person: String,
    /// The role of the person at the counter; `none`: files for somebody else.
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Who holds another role: a number, `citizen`, or another role; several times for the rows of a list.
    #[arg(long, value_name = "ROLE=ID", value_parser = role_and_person)]
    with: Vec<(String, String)>,
    /// Another form of the service than the default.
    #[arg(long, value_name = "FORM")]
    form: Option<String>,
    /// The day of the dossier, which also stands for today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Date>,
    /// For people, or for programs.
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Human,
    Json,
}

fn role_and_person(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((role, person)) if !role.is_empty() && !person.is_empty() => Ok((role.to_owned(), person.to_owned())),
        _ => Err("vai=số, ví dụ ben_nam=999096000021 (ROLE=ID, for example ben_nam=999096000021)".to_owned()),
    }
}

/// Fills a form and shows it.
///
/// # Errors
/// The catalogue has findings, or there is no such service, form or person.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let lang = options.folders.lang;
    let offline = options.folders.offline()?;
    let people = offline.people().iter().map(|person| person.number.as_str());
    if !people.clone().any(|number| number == options.person) {
        let (vi, en) = ("không có người mẫu này", "there is no such invented person");
        return Err(unknown(lang, vi, en, &options.person, people));
    }
    let day = day_or_today(options.date);
    let request = request(options, &offline, day)?;
    let (text, code) = match offline.answer(&request, day) {
        Ok(answer) => {
            let form = offline.catalog().form(answer["form"]["id"].as_str().unwrap_or_default());
            let form = form.ok_or_else(|| anyhow::anyhow!("the answer names no form"))?;
            let page = Page::new(form, &request, &answer);
            let text = match options.format {
                Format::Human => preview_page::human(&page, lang),
                Format::Json => serde_json::to_string_pretty(&preview_page::json(&page))? + "\n",
            };
            (text, ExitCode::SUCCESS)
        }
        Err(unanswered) => {
            let problem = problem_of(unanswered)?;
            let text = match options.format {
                Format::Human => refusal(&problem, lang),
                Format::Json => serde_json::to_string_pretty(&refusal_json(&request, &problem))? + "\n",
            };
            (text, ExitCode::from(1))
        }
    };
    print(&text)?;
    Ok(code)
}

/// The request that the options describe.
fn request(options: &Options, offline: &Offline, day: Date) -> anyhow::Result<Value> {
    let catalog = offline.catalog();
    let mut request = match (catalog.service(&options.code), catalog.form(&options.code)) {
        (Some(_), _) => json!({
            "service": options.code, "citizen": { "id": options.person }, "dossier_date": day.to_string(),
        }),
        (None, Some(form)) => offline.request_for(form, &options.person, day),
        (None, None) => {
            let services = catalog.services();
            let codes = services.iter().map(|service| service.file.code.0.as_str());
            let forms = catalog.forms().into_iter().map(|form| &*form.id);
            let (vi, en) = ("không có dịch vụ hay tờ khai này", "there is no such service or form");
            return Err(unknown(options.folders.lang, vi, en, &options.code, codes.chain(forms)));
        }
    };
    if let Some(form) = &options.form {
        request["form"] = form.as_str().into();
    }
    if let Some(role) = &options.role {
        request["citizen_role"] = role.as_str().into();
    }
    let persons = persons(options, plan_of(offline, &request, day));
    if !persons.is_empty() {
        request["persons"] = Value::Object(persons);
    }
    Ok(request)
}

/// The form that will be chosen, to know which of its roles are lists.
fn plan_of<'o>(offline: &'o Offline, request: &Value, day: Date) -> Option<&'o FormPlan> {
    let service = offline.catalog().service(request["service"].as_str()?)?;
    let mut forms = service.forms_on(day);
    match request["form"].as_str() {
        Some(id) => forms.find(|form| *form.plan.id == *id),
        None => forms.next(),
    }
    .map(|form| &*form.plan)
}

fn persons(options: &Options, plan: Option<&FormPlan>) -> Map<String, Value> {
    let mut persons = Map::new();
    for (role, person) in &options.with {
        let is_number = person.bytes().all(|byte| byte.is_ascii_digit());
        let somebody = if is_number { json!({ "id": person }) } else { json!({ "same_as": person }) };
        let is_list = plan.is_some_and(|plan| plan.role(role).is_some_and(|index| plan.roles[index].rows));
        if !is_list {
            persons.insert(role.clone(), somebody);
        } else if let Value::Array(rows) = persons.entry(role.clone()).or_insert_with(|| json!([])) {
            rows.push(somebody);
        }
    }
    persons
}

/// The option that answers what a refusal asks for.
fn option_for(problem: &Problem) -> &'static str {
    match problem.place().0 {
        Some("/citizen_role") => "--role ",
        Some("/form") => "--form ",
        Some(pointer) if pointer.starts_with("/persons") => "--with ",
        _ => "",
    }
}

fn refusal(problem: &Problem, lang: Lang) -> String {
    let (en, vi) = problem.sentences();
    let mut out = paint(NOTICE, lang.say(vi, en)) + "\n";
    if let (Some(pointer), _) = problem.place() {
        let _ = writeln!(out, "{} {pointer}", lang.say("Ở:", "At:"));
    }
    let option = option_for(problem);
    if !problem.offered().is_empty() {
        let _ = writeln!(out, "{}", lang.say("Chọn một trong:", "Choose one of:"));
    }
    for (value, label) in problem.offered() {
        let _ = writeln!(out, "  {}  {label}", paint(GOOD, &format!("{option}{value}")));
    }
    out
}

fn refusal_json(request: &Value, problem: &Problem) -> Value {
    let (title, detail) = problem.sentences();
    let (pointer, did_you_mean) = problem.place();
    let choices: Vec<Value> =
        problem.offered().into_iter().map(|(value, label)| json!({ "value": value, "label": label })).collect();
    json!({
        "request": request,
        "problem": {
            "code": problem.code(),
            "title": title,
            "detail": detail,
            "pointer": pointer,
            "did_you_mean": did_you_mean,
            "choices": choices,
        },
    })
}
