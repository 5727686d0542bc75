//! `diensan audit verify`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

use anyhow::Context as _;
use serde_json::json;

use super::place::{Place, local};
use crate::audit::{self, Verified, ascii};
use crate::cli::screen::{BAD, GOOD, Lang, NOTICE, Progress, paint, print};

const CODES: &str = "\
Exit code: 0 everything proven (notices may stand), 1 something is wrong, 2 could not run.";

/// Options of `audit verify`.
#[derive(clap::Args)]
#[command(after_long_help = CODES)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// Files that hold heads of the chain: the anchor file, or what a log collector kept. Without them nothing is
    /// proven against who has the directory and the key.
    #[arg(long, value_name = "FILE")]
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
    let opened = options.place.open()?;
    let keys = opened.mac_keys()?;
    let shown = opened.directory.display();
    let total = audit::segment_count(&opened.directory).with_context(|| format!("{shown}"))?;
    let progress = Mutex::new(Progress::new(total));
    let tick = |name: &str| {
        if let Ok(mut progress) = progress.lock() {
            progress.step(name);
        }
    };
    let verified = audit::verify(&opened.directory, &keys, &options.anchors, &tick)
        .with_context(|| format!("{shown} or an anchor file"))?;
    drop(progress);
    match options.format {
        Format::Text => print(&text(&verified, options.place.lang))?,
        Format::Json => print(&format!("{:#}\n", as_json(&verified)))?,
    }
    Ok(if verified.faults == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn text(verified: &Verified, lang: Lang) -> String {
    let mut out = String::new();
    for finding in &verified.findings {
        let (vi, en) = finding.fault.words();
        let style = if finding.fault.is_notice() { NOTICE } else { BAD };
        let _ = writeln!(out, "{}:{}: {}", finding.file, finding.line, paint(style, lang.say(&vi, &en)));
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
