//! `diensan audit search`.

use std::io::{self, BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::csv_cell;
use super::journals;
use super::place::{Place, local, moment, tokens_of};
use super::ship::runtime;
use crate::audit::{self, Entry, Wanted};
use crate::cli::screen::Lang;
use crate::disclosures::{self, Register};

const FORMATS: &str = "\
--format json prints one object a line, as it stands in the journal without the chain. csv and table have one line for
each person of a found line (one without person for lines that concern nobody). Searching proves nothing: see verify.
Exit code: 0 it was searched, 2 could not run.";

/// Options of `audit search`.
#[derive(clap::Args)]
#[command(after_long_help = FORMATS)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// A file that holds the citizen's number (-: standard input). Never the number itself: arguments stay in
    /// histories.
    #[arg(long, value_name = "FILE|-")]
    citizen_from: Option<PathBuf>,
    /// The officer's code.
    #[arg(long)]
    officer: Option<String>,
    /// The dossier's number.
    #[arg(long)]
    dossier: Option<String>,
    /// The calling system.
    #[arg(long)]
    caller: Option<String>,
    /// From this day in Viet Nam, or this moment (RFC 3339), on.
    #[arg(long, value_name = "DAY|TIME")]
    since: Option<String>,
    /// Up to and including this day, or before this moment.
    #[arg(long, value_name = "DAY|TIME")]
    until: Option<String>,
    /// Ask the central register of all journals instead ([disclosures] of the configuration).
    #[arg(long, conflicts_with = "directory")]
    register: bool,
    /// How lines are printed.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
}

/// Searches and prints each line when it is found.
///
/// # Errors
/// The journal or a key cannot be read.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let journals = options.place.open_all()?;
    let wanted = Wanted {
        citizen: options.citizen_from.as_deref().map(|file| tokens_of(&journals, file)).transpose()?,
        officer: options.officer.clone(),
        dossier: options.dossier.clone(),
        caller: options.caller.clone(),
        since: options.since.as_deref().map(|text| moment(text, false)).transpose().context("--since")?,
        until: options.until.as_deref().map(|text| moment(text, true)).transpose().context("--until")?,
        kinds: Vec::new(),
    };
    // One journal needs no name; the register has several.
    let named = options.register || journals.len() > 1;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut written = write(&mut out, &header(options, named));
    let mut found = |name: &str, entry: Entry| {
        if written.is_ok() {
            let text = rendered(&entry, named.then_some(name), options.format);
            written = text.and_then(|text| write(&mut out, &text));
        }
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let unreadable = if options.register {
        let settings = journals.first().context("which register?")?.register()?;
        runtime()?.block_on(async {
            let register = Register::connect(settings).await?;
            disclosures::search(&register, &wanted, &mut found).await
        })?
    } else {
        journals::search(&journals, &wanted, &mut found)?
    };
    written?;
    out.flush()?;
    if unreadable > 0 {
        eprintln!("{unreadable} unreadable line(s) were passed over: run `diensan audit verify`");
    }
    Ok(ExitCode::SUCCESS)
}

fn write(out: &mut impl io::Write, text: &str) -> anyhow::Result<()> {
    Ok(out.write_all(text.as_bytes())?)
}

const COLUMNS: [(&str, &str); 12] = [
    ("thời gian", "time"),
    ("số dòng", "seq"),
    ("loại", "kind"),
    ("hệ thống", "caller"),
    ("cán bộ", "officer"),
    ("cơ quan", "agency"),
    ("hồ sơ", "dossier"),
    ("thủ tục", "service"),
    ("vai", "role"),
    ("kết quả", "outcome"),
    ("thông tin", "attributes"),
    ("từ chối/cảnh báo", "refusal"),
];

/// The column before the others, where there are several journals.
const JOURNAL: (&str, &str) = ("nhật ký", "journal");

fn header(options: &Options, named: bool) -> String {
    let columns = || named.then_some(JOURNAL).into_iter().chain(COLUMNS);
    // Programs read CSV, so its names do not depend on the language.
    let in_english = options.format == Format::Csv || options.place.lang == Lang::En;
    let words: Vec<&str> = columns().map(|(vi, en)| if in_english { en } else { vi }).collect();
    match options.format {
        Format::Json => String::new(),
        Format::Csv => format!("{}\n", words.join(",")),
        Format::Table => format!("{}\n", words.join(" │ ")),
    }
}

/// A line with the name of its journal.
#[derive(serde::Serialize)]
struct Named<'e> {
    journal: &'e str,
    #[serde(flatten)]
    entry: &'e Entry,
}

fn rendered(entry: &Entry, journal: Option<&str>, format: Format) -> anyhow::Result<String> {
    if format == Format::Json {
        let text = match journal {
            Some(journal) => serde_json::to_string(&Named { journal, entry })?,
            None => serde_json::to_string(entry)?,
        };
        return Ok(format!("{text}\n"));
    }
    let mut text = String::new();
    let nobody = [audit::Person::default()];
    for person in if entry.people.is_empty() { &nobody[..] } else { &entry.people } {
        let word = |text: &Option<String>| text.clone().unwrap_or_default();
        let outcome = match &person.cause {
            Some(cause) => format!("{}/{cause}", person.outcome),
            None => person.outcome.clone(),
        };
        let of_line = [
            if format == Format::Csv { entry.time.clone() } else { local(&entry.time) },
            entry.seq.to_string(),
            entry.kind.clone(),
            word(&entry.caller),
            word(&entry.officer),
            word(&entry.agency),
            word(&entry.dossier),
            word(&entry.service),
            person.role.clone(),
            if person.cached { format!("{outcome} (cached)") } else { outcome },
            person.attributes.join(" "),
            entry.refusal.clone().or_else(|| entry.alarm.clone()).unwrap_or_default(),
        ];
        let cells = journal.map(str::to_owned).into_iter().chain(of_line);
        text.push_str(&match format {
            Format::Csv => csv_cell::line(cells.collect::<Vec<_>>())?,
            // Control characters of a journal line must not drive the terminal.
            _ => {
                let cells: Vec<String> = cells.map(|cell| cell.replace(char::is_control, "\u{fffd}")).collect();
                format!("{}\n", cells.join(" │ "))
            }
        });
    }
    Ok(text)
}
