//! `diensan audit search`.

use std::io::{self, BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::csv_cell;
use super::place::{Place, local, moment};
use crate::audit::{self, Entry, Wanted};
use crate::cli::screen::{Lang, Progress};

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
    let opened = options.place.open()?;
    let wanted = Wanted {
        citizen: options.citizen_from.as_deref().map(|file| opened.tokens(file)).transpose()?,
        officer: options.officer.clone(),
        dossier: options.dossier.clone(),
        caller: options.caller.clone(),
        since: options.since.as_deref().map(|text| moment(text, false)).transpose().context("--since")?,
        until: options.until.as_deref().map(|text| moment(text, true)).transpose().context("--until")?,
        kinds: Vec::new(),
    };
    let shown = opened.directory.display();
    let total = audit::segment_count(&opened.directory).with_context(|| format!("{shown}"))?;
    let mut progress = Progress::new(total);
    let mut out = BufWriter::new(io::stdout().lock());
    let mut written = write(&mut out, &header(options));
    let searched = audit::search(&opened.directory, &wanted, &mut |name| progress.step(name), &mut |entry| {
        if written.is_ok() {
            written = rendered(&entry, options.format).and_then(|text| write(&mut out, &text));
        }
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    drop(progress);
    let searched = searched.with_context(|| format!("{shown}"))?;
    written?;
    out.flush()?;
    if searched.unreadable > 0 {
        eprintln!("{} unreadable line(s) were passed over: run `diensan audit verify`", searched.unreadable);
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

fn header(options: &Options) -> String {
    let words = COLUMNS.map(|(vi, en)| if options.place.lang == Lang::Vi { vi } else { en });
    match options.format {
        Format::Json => String::new(),
        // Programs read CSV, so its names do not depend on the language.
        Format::Csv => format!("{}\n", COLUMNS.map(|(_, en)| en).join(",")),
        Format::Table => format!("{}\n", words.join(" │ ")),
    }
}

fn rendered(entry: &Entry, format: Format) -> anyhow::Result<String> {
    if format == Format::Json {
        return Ok(format!("{}\n", serde_json::to_string(entry)?));
    }
    let mut text = String::new();
    let nobody = [audit::Person::default()];
    for person in if entry.people.is_empty() { &nobody[..] } else { &entry.people } {
        let word = |text: &Option<String>| text.clone().unwrap_or_default();
        let outcome = match &person.cause {
            Some(cause) => format!("{}/{cause}", person.outcome),
            None => person.outcome.clone(),
        };
        let cells = [
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
        text.push_str(&match format {
            Format::Csv => csv_cell::line(&cells)?,
            // Control characters of a journal line must not drive the terminal.
            _ => format!("{}\n", cells.map(|cell| cell.replace(char::is_control, "\u{fffd}")).join(" │ ")),
        });
    }
    Ok(text)
}
