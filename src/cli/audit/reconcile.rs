//! `diensan audit reconcile`.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::place::{Opened, Place};
use super::ship::runtime;
use crate::audit::{ascii, time_text};
use crate::cli::screen::{BAD, GOOD, HEADING, Lang, NOTICE, paint, print};
use crate::clock::now;
use crate::config::duration;
use crate::disclosures::{self, Difference, Kind, Reconciled, Register, RegisterError, chain_names};

const CODES: &str = "\
Exit code: 0 the register has every line of the journals as it stands there, and nothing else under their names; 1 it has
not; 2 could not run. What retention removed on either side is no fault, and is counted.";

/// Options of `audit reconcile`.
#[derive(clap::Args)]
#[command(after_long_help = CODES)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// Younger lines need not have been shipped yet; 0s: every line must be there.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = span)]
    within: Duration,
    /// How the result is printed.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

fn span(text: &str) -> Result<Duration, &'static str> {
    duration(text).ok_or("write a duration such as 0s, 10m, 2h")
}

/// Compares and prints.
///
/// # Errors
/// The configuration or a key cannot be read, a journal does not verify far enough, or the register cannot be asked.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let journals = options.place.open_all()?;
    let young = SignedDuration::try_from(options.within).ok().and_then(|within| now().checked_sub(within).ok());
    let young = young.map_or_else(String::new, |young| ascii(&time_text(young)));
    let runtime = runtime()?;
    let mut all = Vec::new();
    let mut chains: Vec<String> = Vec::new();
    for journal in &journals {
        let name = journal.register_name()?;
        let done = runtime.block_on(one(journal, name, &young))?;
        chains.extend(done.1);
        all.push((name, done.0));
    }
    chains.sort();
    chains.dedup();
    chains.retain(|chain| !all.iter().any(|(name, _)| name == chain));
    print(&match options.format {
        Format::Text => text(&all, &chains, options.place.lang),
        Format::Json => format!("{:#}\n", as_json(&all, &chains)),
    })?;
    let whole = all.iter().all(|(_, done)| matches!(done, Ok(done) if done.faults == 0));
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What a journal came to; the sentence of what stopped it when it is not proven.
type Outcome = Result<Reconciled, String>;

async fn one(journal: &Opened, name: &str, young: &str) -> anyhow::Result<(Outcome, Vec<String>)> {
    let keys = journal.mac_keys()?;
    let register = Register::connect(journal.register()?).await?;
    let done = match disclosures::reconcile(&register, name, &journal.directory, &keys, young).await {
        Ok(done) => Ok(done),
        Err(error @ RegisterError::Journal(_)) if error.is_finding() => Err(error.to_string()),
        Err(error) => return Err(error.into()),
    };
    Ok((done, chain_names(&register).await?))
}

fn words(kind: Kind) -> (&'static str, &'static str, &'static str) {
    match kind {
        Kind::Missing => ("missing", "kho trung tâm không có", "not in the register"),
        Kind::OtherBytes => ("other_bytes", "nội dung trong kho trung tâm khác", "other bytes in the register"),
        Kind::OtherColumns => (
            "other_columns",
            "cột tra cứu trong kho trung tâm không đúng với nội dung dòng",
            "the columns for searching are not those of the line",
        ),
        Kind::Twice => ("twice", "có nhiều hơn một lần", "stands there more than once"),
        Kind::Surplus => ("surplus", "nhật ký không có dòng này", "not in the journal"),
        Kind::NotProven => ("not_proven", "mã xác thực sai", "is not proven"),
        Kind::BrokenLink => ("broken_link", "không nối với dòng trước", "does not hang on the line before"),
        Kind::OtherMark => ("other_mark", "điểm cuối chuỗi đã ghi khác", "the register's mark of the chain is another"),
    }
}

fn text(all: &[(&str, Outcome)], others: &[String], lang: Lang) -> String {
    let mut out = String::new();
    for (name, done) in all {
        let _ = writeln!(out, "{}", paint(HEADING, name));
        let done = match done {
            Ok(done) => done,
            Err(stopped) => {
                let _ = writeln!(out, "{}", paint(BAD, stopped));
                continue;
            }
        };
        for Difference { from, to, kind } in &done.differences {
            let (_, vi, en) = words(*kind);
            let lines = if from == to { from.to_string() } else { format!("{from}–{to}") };
            let _ = writeln!(out, "{name}:{lines}: {}", paint(BAD, lang.say(vi, en)));
        }
        let counts = [
            (done.equal, "dòng khớp từng byte", "lines equal byte for byte"),
            (done.older, "dòng cũ chỉ còn trong kho trung tâm, đã xác thực", "older lines only there, proven"),
            (done.retired, "dòng đã hết thời hạn lưu trong kho trung tâm", "lines past the register's retention"),
            (done.pruned_segments, "tệp nhật ký đã hết thời hạn lưu", "segments past the journal's retention"),
        ];
        for (count, vi, en) in counts.into_iter().filter(|(count, ..)| *count > 0) {
            let _ = writeln!(out, "{count} {}", lang.say(vi, en));
        }
        if done.waiting > 0 {
            let said = format!("{} {}", done.waiting, lang.say("dòng mới chưa chuyển", "young lines not shipped yet"));
            let _ = writeln!(out, "{}", paint(NOTICE, &said));
        }
        let faults = done.faults;
        let _ = writeln!(
            out,
            "{}",
            match (faults, lang) {
                (0, Lang::Vi) => paint(GOOD, "kho trung tâm đủ và đúng"),
                (0, Lang::En) => paint(GOOD, "the register is complete and right"),
                (_, Lang::Vi) => paint(BAD, &format!("{faults} dòng sai lệch")),
                (_, Lang::En) => paint(BAD, &format!("{faults} line(s) differ")),
            }
        );
    }
    if !others.is_empty() {
        let said = lang.say("chưa đối chiếu", "not looked at");
        let _ = writeln!(out, "{}", paint(NOTICE, &format!("{said}: {}", others.join(", "))));
    }
    out
}

fn as_json(all: &[(&str, Outcome)], others: &[String]) -> Value {
    let one = |(name, done): &(&str, Outcome)| match done {
        Err(stopped) => json!({ "journal": name, "stopped": stopped }),
        Ok(done) => {
            let differences = done.differences.iter().map(|Difference { from, to, kind }| {
                let (code, vi, en) = words(*kind);
                json!({ "from": from, "to": to, "code": code, "vi": vi, "en": en })
            });
            json!({
                "journal": name, "faults": done.faults, "equal": done.equal, "older": done.older,
                "retired": done.retired, "waiting": done.waiting, "pruned_segments": done.pruned_segments,
                "first": done.first, "last": done.last, "differences": differences.collect::<Vec<_>>(),
            })
        }
    };
    json!({ "journals": all.iter().map(one).collect::<Vec<_>>(), "not_looked_at": others })
}
