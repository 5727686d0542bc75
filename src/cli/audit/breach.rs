//! `diensan audit breach`: who is affected by a breach in a period (RISKS R10).
//!
//! ASM: the order of the headings is ours; the text of the notice form (number 08) was not at hand when this was
//! written. What the journal cannot know stays a line to be filled in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::process::ExitCode;

use anyhow::Context as _;
use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;

use super::csv_cell;
use super::disclosures::{Folders, Names};
use super::journals;
use super::place::{Place, local, moment};
use crate::audit::{Entry, Wanted, ascii, time_text};
use crate::cli::screen::print;

/// Options of `audit breach`.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    folders: Folders,
    /// From this day in Viet Nam, or this moment (RFC 3339), on.
    #[arg(long, value_name = "DAY|TIME")]
    from: String,
    /// Up to and including this day, or before this moment.
    #[arg(long, value_name = "DAY|TIME")]
    to: String,
    /// Only what this system received.
    #[arg(long)]
    caller: Option<String>,
    /// Only what this officer received.
    #[arg(long)]
    officer: Option<String>,
    /// How the list is printed; csv has one line a citizen.
    #[arg(long, value_enum, default_value = "markdown")]
    format: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Markdown,
    Json,
    Csv,
}

/// One affected citizen.
#[derive(Default, Serialize)]
struct Affected {
    disclosures: u64,
    first: String,
    last: String,
    attributes: BTreeSet<String>,
    callers: BTreeSet<String>,
    agencies: BTreeSet<String>,
}

/// An alarm and when its 72 hours end.
#[derive(Serialize)]
struct Alarm {
    alarm: String,
    starts: String,
    notice_due: String,
}

#[derive(Serialize)]
struct Breach {
    from: String,
    to: String,
    disclosures: u64,
    callers: BTreeSet<String>,
    agencies: BTreeSet<String>,
    officers: BTreeSet<String>,
    services: BTreeSet<String>,
    attributes: BTreeSet<String>,
    alarms: Vec<Alarm>,
    /// By keyed hash: who has the citizen key finds the number's lines, nobody else the number.
    citizens: BTreeMap<String, Affected>,
}

/// Lists who is affected.
///
/// # Errors
/// The journal or the catalogue cannot be read.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let journals = options.place.open_all()?;
    let (since, until) = (moment(&options.from, false).context("--from")?, moment(&options.to, true).context("--to")?);
    let wanted = Wanted {
        since: Some(since),
        until: Some(until),
        kinds: vec!["disclosure", "verify", "alarm"],
        ..Wanted::default()
    };
    let mut breach = Breach {
        from: local(&ascii(&since)),
        to: local(&ascii(&until)),
        disclosures: 0,
        callers: BTreeSet::new(),
        agencies: BTreeSet::new(),
        officers: BTreeSet::new(),
        services: BTreeSet::new(),
        attributes: BTreeSet::new(),
        alarms: Vec::new(),
        citizens: BTreeMap::new(),
    };
    let concerns = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
    journals::search(&journals, &wanted, &mut |_, entry| {
        // Alarms of the period count whoever caused them.
        if entry.kind == "alarm" {
            breach.alarms.push(alarm(&entry));
        } else if concerns(&options.caller, &entry.caller) && concerns(&options.officer, &entry.officer) {
            breach.add(&entry);
        }
        ControlFlow::Continue(())
    })?;
    print(&match options.format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&breach)?),
        Format::Csv => csv(&breach)?,
        Format::Markdown => markdown(&breach, &options.folders.names()?),
    })?;
    Ok(ExitCode::SUCCESS)
}

impl Breach {
    fn add(&mut self, entry: &Entry) {
        let mut disclosed = false;
        for person in entry.people.iter().filter(|person| !person.attributes.is_empty()) {
            disclosed = true;
            let affected = self.citizens.entry(person.citizen.clone()).or_default();
            affected.disclosures += 1;
            if affected.first.is_empty() {
                affected.first.clone_from(&entry.time);
            }
            affected.last.clone_from(&entry.time);
            affected.attributes.extend(person.attributes.iter().cloned());
            affected.callers.extend(entry.caller.clone());
            affected.agencies.extend(entry.agency.clone());
            self.attributes.extend(person.attributes.iter().cloned());
        }
        if disclosed {
            self.disclosures += 1;
            self.callers.extend(entry.caller.clone());
            self.agencies.extend(entry.agency.clone());
            self.officers.extend(entry.officer.clone());
            self.services.extend(entry.service.clone());
        }
    }
}

fn alarm(entry: &Entry) -> Alarm {
    let starts = entry.since.as_ref().unwrap_or(&entry.time);
    let due = starts.parse::<Timestamp>().ok().and_then(|time| time.checked_add(72.hours()).ok());
    Alarm {
        alarm: entry.alarm.clone().unwrap_or_default(),
        starts: local(starts),
        notice_due: due.map_or_else(String::new, |due| local(&ascii(&time_text(due)))),
    }
}

fn joined(words: &BTreeSet<String>) -> String {
    let words: Vec<String> = words.iter().map(|word| word.replace(char::is_control, "\u{fffd}")).collect();
    if words.is_empty() { "không có".to_owned() } else { words.join(", ") }
}

fn markdown(breach: &Breach, names: &Names) -> String {
    let mut out = String::from("# Danh sách phục vụ thông báo vi phạm bảo vệ dữ liệu cá nhân\n\n");
    out.push_str("(Thứ tự các mục do chương trình đặt; hãy đối chiếu với Mẫu số 08 trước khi gửi.)\n\n");
    let _ = writeln!(out, "## 1. Thời gian\n\nTừ {} đến {}.\n", breach.from, breach.to);
    let _ = writeln!(out, "## 2. Mô tả vụ việc\n\n(Người lập điền.) ______________________________\n");
    let labels: BTreeSet<String> = breach.attributes.iter().map(|path| names.attribute(path).to_owned()).collect();
    let _ = writeln!(out, "## 3. Loại dữ liệu cá nhân\n\n{}\n", joined(&labels));
    let (citizens, disclosures) = (breach.citizens.len(), breach.disclosures);
    let _ = writeln!(out, "## 4. Số lượng\n\nChủ thể dữ liệu: {citizens}. Lần cung cấp: {disclosures}.\n");
    let _ = writeln!(
        out,
        "## 5. Bên đã nhận dữ liệu\n\n- Hệ thống: {}\n- Cơ quan: {}\n- Cán bộ: {}\n- Thủ tục: {}\n",
        joined(&breach.callers),
        joined(&breach.agencies),
        joined(&breach.officers),
        joined(&breach.services)
    );
    let _ = writeln!(out, "## 6. Cảnh báo và thời hạn 72 giờ\n");
    for Alarm { alarm, starts, notice_due } in &breach.alarms {
        let _ = writeln!(out, "- {alarm}: từ {starts}, hạn thông báo {notice_due}");
    }
    if breach.alarms.is_empty() {
        out.push_str("Không có cảnh báo trong kỳ. Thời hạn tính từ khi phát hiện: ____________________\n");
    }
    out.push_str("\n## 7. Hậu quả có thể xảy ra\n\n(Người lập điền.) ______________________________\n");
    out.push_str("\n## 8. Biện pháp đã và sẽ áp dụng\n\n(Người lập điền.) ______________________________\n");
    out.push_str("\n## 9. Người liên hệ\n\n(Người lập điền.) ______________________________\n");
    out.push_str("\n## 10. Chủ thể dữ liệu bị ảnh hưởng (mã băm của số định danh)\n\n");
    out.push_str("| Mã băm | Số lần | Lần đầu | Lần cuối | Thông tin |\n|---|---:|---|---|---|\n");
    for (citizen, one) in &breach.citizens {
        let labels: Vec<&str> = one.attributes.iter().map(|path| names.attribute(path)).collect();
        let (first, last) = (local(&one.first), local(&one.last));
        let _ = writeln!(out, "| `{citizen}` | {} | {first} | {last} | {} |", one.disclosures, labels.join("; "));
    }
    out
}

fn csv(breach: &Breach) -> anyhow::Result<String> {
    let mut out = csv_cell::line(["citizen", "disclosures", "first", "last", "attributes", "callers", "agencies"])?;
    let words = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
    for (citizen, one) in &breach.citizens {
        out.push_str(&csv_cell::line([
            citizen,
            &one.disclosures.to_string(),
            &one.first,
            &one.last,
            &words(&one.attributes),
            &words(&one.callers),
            &words(&one.agencies),
        ])?);
    }
    Ok(out)
}
