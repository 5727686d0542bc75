//! `diensan audit verify`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

use anyhow::Context as _;
use serde_json::json;

use super::place::{Opened, Place, local};
use crate::audit::{self, Verified, ascii};
use crate::cli::screen::{BAD, GOOD, HEADING, Lang, NOTICE, Progress, paint, print};

const CODES: &str = "\
Exit code: 0 everything proven (notices may stand), 1 something is wrong, 2 could not run.";

/// Options of `audit verify`.
#[derive(clap::Args)]
#[command(after_long_help = CODES)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// Files that hold heads of the chain: the anchor file, or what a log collector kept. Without them nothing is
    /// proven against who has the directory and the key. A head does not say of which chain it is, so with several
    /// journals NAME=FILE says whose heads they are.
    #[arg(long, value_name = "FILE|NAME=FILE")]
    anchors: Vec<PathBuf>,
    /// How the result is printed.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Verifies and prints.
///
/// # Errors
/// The journal, a key or an anchor file cannot be read.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let journals = options.place.open_all()?;
    let anchors = anchors_of(&journals, &options.anchors)?;
    let mut all = Vec::new();
    for (journal, anchors) in journals.iter().zip(&anchors) {
        all.push((journal.name.as_str(), verify(journal, anchors)?));
    }
    let lang = options.place.lang;
    match (options.format, all.as_slice()) {
        (Format::Text, [(_, verified)]) => print(&text(verified, lang, ""))?,
        (Format::Json, [(_, verified)]) => print(&format!("{:#}\n", as_json(verified)))?,
        (Format::Text, several) => {
            let one = |(name, verified): &(&str, Verified)| {
                format!("{}\n{}", paint(HEADING, name), text(verified, lang, &format!("{name}/")))
            };
            print(&several.iter().map(one).collect::<Vec<_>>().join("\n"))?;
        }
        (Format::Json, several) => {
            let one = |(name, verified): &(&str, Verified)| {
                let mut object = serde_json::Map::from_iter([("journal".to_owned(), json!(name))]);
                if let serde_json::Value::Object(members) = as_json(verified) {
                    object.extend(members);
                }
                serde_json::Value::Object(object)
            };
            let faults: usize = several.iter().map(|(_, verified)| verified.faults).sum();
            let journals: Vec<serde_json::Value> = several.iter().map(one).collect();
            print(&format!("{:#}\n", json!({ "faults": faults, "journals": journals })))?;
        }
    }
    let whole = all.iter().all(|(_, verified)| verified.faults == 0);
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The files of heads of each journal.
fn anchors_of(journals: &[Opened], given: &[PathBuf]) -> anyhow::Result<Vec<Vec<PathBuf>>> {
    if journals.len() == 1 {
        return Ok(vec![given.to_vec()]);
    }
    let mut all = vec![Vec::new(); journals.len()];
    for text in given {
        let named = text.to_str().and_then(|text| {
            let of = |journal: &Opened| text.strip_prefix(&journal.name)?.strip_prefix('=').map(PathBuf::from);
            journals.iter().enumerate().find_map(|(index, journal)| Some((index, of(journal)?)))
        });
        let (index, file) = named.with_context(|| {
            let names: Vec<&str> = journals.iter().map(|journal| journal.name.as_str()).collect();
            format!("--anchors {}: whose heads? Write NAME=FILE with one of {}", text.display(), names.join(", "))
        })?;
        all[index].push(file);
    }
    Ok(all)
}

fn verify(journal: &Opened, anchors: &[PathBuf]) -> anyhow::Result<Verified> {
    let keys = journal.mac_keys()?;
    let total = audit::segment_count(&journal.directory).with_context(|| journal.shown())?;
    let progress = Mutex::new(Progress::new(total));
    let tick = |name: &str| {
        if let Ok(mut progress) = progress.lock() {
            progress.step(name);
        }
    };
    audit::verify(&journal.directory, &keys, anchors, &tick)
        .with_context(|| format!("{} or an anchor file", journal.shown()))
}

/// `place` stands before the names of files.
fn text(verified: &Verified, lang: Lang, place: &str) -> String {
    let mut out = String::new();
    for finding in &verified.findings {
        let (vi, en) = finding.fault.words();
        let style = if finding.fault.is_notice() { NOTICE } else { BAD };
        let _ = writeln!(out, "{place}{}:{}: {}", finding.file, finding.line, paint(style, lang.say(&vi, &en)));
    }
    if let Some((segments, from)) = verified.sealed.as_ref().and_then(|head| head.removed) {
        let from = local(&ascii(&from));
        let _ = match lang {
            Lang::Vi => writeln!(out, "đã xóa {segments} tệp hết thời hạn lưu, từ {from}"),
            Lang::En => writeln!(out, "{segments} segments were pruned, from {from} on"),
        };
    }
    let (lines, segments, anchors) = (verified.lines, verified.segments, verified.anchors);
    let _ = match lang {
        Lang::Vi => writeln!(out, "{lines} dòng trong {segments} tệp, đối chiếu {anchors} mốc"),
        Lang::En => writeln!(out, "{lines} lines in {segments} segments, compared with {anchors} heads"),
    };
    if let Some(last) = &verified.last {
        let time = last.time.map_or_else(String::new, |time| local(&ascii(&time)));
        let (seq, mac) = (last.seq, ascii(&last.mac));
        let _ = match lang {
            Lang::Vi => writeln!(out, "dòng cuối: số {seq}, {time}, {mac}"),
            Lang::En => writeln!(out, "last line: number {seq}, {time}, {mac}"),
        };
    }
    let faults = verified.faults;
    let verdict = match (faults, lang) {
        (0, Lang::Vi) => paint(GOOD, "nhật ký nguyên vẹn"),
        (0, Lang::En) => paint(GOOD, "the journal is whole"),
        (_, Lang::Vi) => paint(BAD, &format!("{faults} sai lệch")),
        (_, Lang::En) => paint(BAD, &format!("{faults} fault(s)")),
    };
    let _ = writeln!(out, "{verdict}");
    out
}

fn as_json(verified: &Verified) -> serde_json::Value {
    let findings = verified.findings.iter().map(|finding| {
        let (vi, en) = finding.fault.words();
        json!({ "file": finding.file, "line": finding.line, "code": finding.fault.code(),
                "notice": finding.fault.is_notice(), "vi": vi, "en": en })
    });
    let last = verified
        .last
        .as_ref()
        .map(|last| json!({ "seq": last.seq, "mac": ascii(&last.mac), "time": last.time.map(|time| ascii(&time)) }));
    let removed = verified.sealed.as_ref().and_then(|head| head.removed);
    json!({
        "faults": verified.faults,
        "lines": verified.lines,
        "bytes": verified.bytes,
        "segments": verified.segments,
        "heads": verified.anchors,
        "last": last,
        "pruned_segments": removed.map(|(segments, _)| segments),
        "findings": findings.collect::<Vec<_>>(),
    })
}
