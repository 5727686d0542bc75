//! `diensan doctor`: what is wrong on the road to the gateway, in plain words, with the mend.
//!
//! It makes at most one token request and one look-up a connection, repeats nothing, and prints no secret, no token and
//! nothing of a citizen.

mod check;
mod connection;
mod question;
mod shared_tier;
mod tables;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use serde_json::json;

use self::check::{Check, State, say};
use self::connection::{Ask, examine, skipped};
use self::question::Question;
use self::tables::Tables;
use super::screen::{HEADING, Lang, closed_pipe, paint, print};
use crate::catalog;
use crate::config::{ConnectionSettings, Purpose, Settings};
use crate::population::request::Operation;
use crate::telemetry::Metrics;

/// Options of `doctor`.
#[derive(clap::Args)]
pub struct Options {
    /// The configuration file.
    #[arg(long, env = "DIENSAN_CONFIG")]
    config: PathBuf,
    /// Only this connection.
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// Whom to ask for over a real connection: a file of mode 600 (or - for standard input) with seven lines: number, name, birth
    /// date, officer, agency, dossier, service.
    #[arg(long, value_name = "FILE", conflicts_with = "skip_look_up")]
    question_from: Option<PathBuf>,
    /// Ask for nobody.
    #[arg(long)]
    skip_look_up: bool,
    /// Which service of the register is asked.
    #[arg(long, value_enum, default_value = "037")]
    operation: Asked,
    /// The language of the sentences.
    #[arg(long, value_enum, default_value = "vi")]
    lang: Lang,
    /// For people, or for programs.
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Asked {
    /// The record of one citizen.
    #[value(name = "037")]
    Record,
    /// Whether such a citizen exists.
    #[value(name = "033")]
    Existence,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Human,
    Json,
}

/// Examines every connection. Exit code 0: nothing failed, 1: something did.
///
/// # Errors
/// The configuration or the question cannot be read.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut settings = Settings::read(&options.config, Purpose::Examine)?;
    let question = options.question_from.as_deref().map(Question::read).transpose()?;
    let connections = std::mem::take(&mut settings.connections);
    let known: Vec<String> = connections.iter().map(|connection| connection.name.clone()).collect();
    let wanted =
        |connection: &ConnectionSettings| options.connection.as_ref().is_none_or(|name| *name == connection.name);
    let connections: Vec<ConnectionSettings> = connections.into_iter().filter(wanted).collect();
    if let (Some(name), true) = (&options.connection, connections.is_empty()) {
        anyhow::bail!("there is no connection `{name}`; there are: {}", known.join(", "));
    }
    let metrics = Metrics::new().context("metrics")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
    let mut general = general(&settings, &connections);
    if let Some(shared) = &settings.cache_shared {
        general.extend(runtime.block_on(shared_tier::checks(shared)));
    }
    let mut examined: Vec<(String, Vec<Check>)> = Vec::new();
    for connection in connections {
        let name = connection.name.clone();
        let ask = ask(options, &settings, &connection, question.as_ref());
        examined.push((name, runtime.block_on(examine(connection, ask, &metrics))));
    }
    let failed =
        general.iter().chain(examined.iter().flat_map(|(_, checks)| checks)).any(|check| check.state == State::Failed);
    let text = match options.format {
        Format::Human => human(&general, &examined, options.lang),
        Format::Json => {
            let connections: Vec<_> = examined
                .iter()
                .map(|(name, checks)| json!({ "name": name, "checks": checks.iter().map(Check::json).collect::<Vec<_>>() }))
                .collect();
            let general: Vec<_> = general.iter().map(Check::json).collect();
            serde_json::to_string_pretty(&json!({ "version": 1, "checks": general, "connections": connections }))?
                + "\n"
        }
    };
    match print(&text).map_err(anyhow::Error::from) {
        Err(error) if !closed_pipe(&error) => return Err(error),
        _ => {}
    }
    Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Whom to ask for over this connection.
fn ask(options: &Options, settings: &Settings, connection: &ConnectionSettings, given: Option<&Question>) -> Ask {
    if options.skip_look_up {
        return Ask::No(skipped("Không tra cứu, theo yêu cầu.", "Nothing was looked up, as wanted."));
    }
    let operation = match options.operation {
        Asked::Record => Operation::Record,
        Asked::Existence if connection.operation_path.existence.is_some() => Operation::Existence,
        Asked::Existence => {
            return Ask::No(skipped("Chưa khai địa chỉ của dịch vụ 033.", "No address of service 033 is configured."));
        }
    };
    match (given, connection.rehearsal) {
        (Some(question), _) if !question.is_for(connection) => Ask::No(skipped(
            "Không tra cứu: kết nối này không phục vụ dịch vụ và cơ quan trong câu hỏi (`serves`).",
            "Nothing was looked up: this connection does not serve the question's service and agency (`serves`).",
        )),
        (Some(question), rehearsal) if question.is_invented() == rehearsal => {
            Ask::Question(Box::new(question.clone()), operation)
        }
        (Some(_), _) => Ask::No(skipped(
            "Không tra cứu: số 999… chỉ dùng khi diễn tập, số thật chỉ dùng với kết nối thật.",
            "Nothing was looked up: numbers 999… are for rehearsals, real ones for real connections.",
        )),
        (None, true) => match Question::invented(settings, connection) {
            Ok(question) => Ask::Question(Box::new(question), operation),
            Err(_) => Ask::No(skipped("Không đọc được người mẫu.", "The invented people cannot be read.")),
        },
        (None, false) => Ask::No(skipped(
            "Chưa tra cứu: với kết nối thật cần `--question-from` (mỗi lần tra cứu phải có cán bộ và hồ sơ).",
            "Nothing was looked up: over a real connection `--question-from` is needed (a look-up has an officer and a dossier).",
        )),
    }
}

/// What does not depend on a connection.
fn general(settings: &Settings, connections: &[ConnectionSettings]) -> Vec<Check> {
    let count = connections.len();
    let read = say(
        format!("Đọc được cấu hình và các tệp bí mật; {count} kết nối."),
        format!("Configuration and secret files were read; {count} connections."),
    );
    let mut checks = vec![Check::new("configuration", State::Ok, read).fact("connections", count)];
    if connections.iter().any(|connection| !connection.rehearsal) && settings.cache_approved_by.is_none() {
        let undecided =
            say("Chưa ai quyết định thời gian giữ bộ nhớ đệm.", "Nobody decided how long records may be kept.");
        let mend = say("Ghi `ttl` và `approved_by` trong `[cache]`.", "Write `ttl` and `approved_by` into `[cache]`.");
        checks.push(Check::new("cache", State::Warning, undecided).mend(mend));
    }
    checks.push(catalogue(settings));
    checks
}

/// Whether the catalogue loads, as the service loads it, how much its tables hold and how new they are.
fn catalogue(settings: &Settings) -> Check {
    let begun = Instant::now();
    let check = match catalog::load(&settings.services, &settings.schemas) {
        Ok(catalog) => {
            let codes = Tables::count(&settings.services.join("code-lists"));
            let units = Tables::count(&settings.services.join("administrative-units"));
            let newest = codes.newest.max(units.newest);
            let (services, forms) = (catalog.services().len(), catalog.form_count());
            let (total_codes, total_units) = (codes.total, units.total);
            let day = newest.as_deref().unwrap_or("?");
            let loaded = say(
                format!(
                    "Danh mục dùng được: {services} dịch vụ, {forms} tờ khai, {total_codes} mã, {total_units} dòng đơn vị \
                     hành chính; dòng mới nhất từ {day}."
                ),
                format!(
                    "The catalogue can be used: {services} services, {forms} forms, {total_codes} codes, {total_units} rows of \
                     administrative units; the newest row is of {day}."
                ),
            );
            Check::new("catalogue", State::Ok, loaded)
                .fact("version", &*catalog.version)
                .fact("code_lists", codes.rows)
                .fact("administrative_units", units.rows)
                .fact("newest_row", newest)
        }
        Err(refused) => {
            let findings = refused.0.len();
            let sentence =
                say(format!("Danh mục có {findings} lỗi."), format!("The catalogue has {findings} findings."));
            Check::new("catalogue", State::Failed, sentence)
                .mend(say("Chạy `diensan catalog check`.", "Run `diensan catalog check`."))
                .fact("findings", findings)
        }
    };
    check.took(begun.elapsed())
}

fn human(general: &[Check], connections: &[(String, Vec<Check>)], lang: Lang) -> String {
    let mut text = format!("{}\n", paint(HEADING, lang.say("Chung", "In general")));
    general.iter().for_each(|check| text.push_str(&check.lines(lang)));
    for (name, checks) in connections {
        text.push_str(&format!("{}\n", paint(HEADING, &format!("{} `{name}`", lang.say("Kết nối", "Connection")))));
        checks.iter().for_each(|check| text.push_str(&check.lines(lang)));
    }
    text
}
