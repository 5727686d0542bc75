//! `diensan audit citizen` and `diensan audit inspect`: who looked at one citizen (RISKS R5).
//!
//! The first is handed to the citizen: when, which agency, which procedure, what for, which attributes; no officer, no
//! dossier, nobody else. The second is for the inspector and tells everything that the line knows of this citizen.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::csv_cell;
use super::disclosures::{Folders, Names};
use super::journals;
use super::place::{Place, local, moment, tokens_of};
use crate::audit::{Entry, Person, Wanted, ascii, time_text};
use crate::cli::screen::print;
use crate::clock::now;

/// Options of both commands. What they print is Vietnamese: it is a paper for a citizen or a file.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    folders: Folders,
    /// A file that holds the citizen's number (-: standard input).
    #[arg(long, value_name = "FILE|-")]
    citizen_from: PathBuf,
    /// From this day in Viet Nam, or this moment (RFC 3339), on.
    #[arg(long, value_name = "DAY|TIME")]
    since: Option<String>,
    /// Up to and including this day, or before this moment.
    #[arg(long, value_name = "DAY|TIME")]
    until: Option<String>,
    /// How the list is printed.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Csv,
}

/// Who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Citizen,
    Inspector,
}

/// Names and values of one look-up, in the order in which they are shown.
type Told = Vec<(&'static str, &'static str, String)>;

/// Lists the look-ups.
///
/// # Errors
/// The journal, a key, the number or the catalogue cannot be read.
pub fn run(options: &Options, reader: Reader) -> anyhow::Result<ExitCode> {
    let journals = options.place.open_all()?;
    let tokens = tokens_of(&journals, &options.citizen_from)?;
    let names = options.folders.names()?;
    let is_citizen = |person: &Person| tokens.iter().any(|token| token.text() == person.citizen);
    let wanted = Wanted {
        citizen: Some(tokens.clone()),
        since: options.since.as_deref().map(|text| moment(text, false)).transpose().context("--since")?,
        until: options.until.as_deref().map(|text| moment(text, true)).transpose().context("--until")?,
        kinds: vec!["disclosure", "verify", "refusal"],
        ..Wanted::default()
    };
    let mut all: Vec<Told> = Vec::new();
    journals::search(&journals, &wanted, &mut |_, entry| {
        // Only this citizen's part of the line: others may stand on the same form.
        all.extend(
            entry.people.iter().filter(|person| is_citizen(person)).map(|one| told(&names, &entry, one, reader)),
        );
        ControlFlow::Continue(())
    })?;
    print(&match options.format {
        Format::Text => text(&all, options),
        Format::Json => format!("{:#}\n", Value::Array(all.iter().map(as_json).collect())),
        Format::Csv => csv(&all)?,
    })?;
    Ok(ExitCode::SUCCESS)
}

fn told(names: &Names, entry: &Entry, person: &Person, reader: Reader) -> Told {
    let word = |text: &Option<String>| text.clone().unwrap_or_default();
    let service = word(&entry.service);
    let procedure = match names.service(&service) {
        name if name == service => service.clone(),
        name => format!("{name} ({service})"),
    };
    let mut told = vec![
        ("time", "Thời gian", local(&entry.time)),
        ("agency", "Cơ quan", word(&entry.agency)),
        ("procedure", "Thủ tục", procedure),
        ("purpose", "Mục đích", names.purpose(entry)),
        ("role", "Vai trên tờ khai", names.role(entry.form.as_deref().unwrap_or_default(), &person.role).to_owned()),
        ("given", "Thông tin đã cung cấp", names.result(entry, person)),
        ("request", "Mã yêu cầu", word(&entry.request_id)),
    ];
    if reader == Reader::Inspector {
        let outcome =
            person.cause.as_ref().map_or(person.outcome.clone(), |cause| format!("{}/{cause}", person.outcome));
        told.extend([
            ("officer", "Cán bộ", word(&entry.officer)),
            ("caller", "Hệ thống", word(&entry.caller)),
            ("dossier", "Hồ sơ", word(&entry.dossier)),
            ("outcome", "Kết quả tra cứu", outcome),
            ("source", "Nguồn", format!("{}{}", person.connection, if person.cached { " (bộ nhớ đệm)" } else { "" })),
            ("calls", "Mã yêu cầu gửi lên trên", person.calls.join(", ")),
            ("line", "Dòng nhật ký", entry.seq.to_string()),
        ]);
    }
    told
}

fn text(all: &[Told], options: &Options) -> String {
    let made = local(&ascii(&time_text(now())));
    let mut out = String::from("# Việc khai thác dữ liệu dân cư của một công dân\n\n");
    let from = options.since.as_deref().unwrap_or("đầu nhật ký");
    let to = options.until.as_deref().unwrap_or("nay");
    let _ = writeln!(out, "Lập lúc {made}. Kỳ: từ {from} đến {to}. Số lần: {}.", all.len());
    for (number, told) in (1..).zip(all) {
        let _ = writeln!(out, "\n## {number}\n");
        for (_, label, value) in told.iter().filter(|(_, _, value)| !value.is_empty()) {
            let _ = writeln!(out, "- {label}: {}", value.replace(char::is_control, "\u{fffd}"));
        }
    }
    out
}

fn as_json(told: &Told) -> Value {
    let members = told.iter().map(|(name, _, value)| ((*name).to_owned(), json!(value)));
    Value::Object(members.collect())
}

fn csv(all: &[Told]) -> anyhow::Result<String> {
    let mut out = String::new();
    for (index, told) in all.iter().enumerate() {
        if index == 0 {
            out.push_str(&csv_cell::line(told.iter().map(|(name, ..)| *name))?);
        }
        out.push_str(&csv_cell::line(told.iter().map(|(_, _, value)| value))?);
    }
    Ok(out)
}
