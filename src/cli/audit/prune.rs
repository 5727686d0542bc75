//! `diensan audit prune`.

use std::process::ExitCode;

use anyhow::Context as _;

use super::place::{Opened, Place, local};
use super::ship::runtime;
use crate::audit::{self, Pruned, ascii};
use crate::cli::screen::{Lang, print};
use crate::clock::now;
use crate::config::months;
use crate::disclosures::{Register, drop_months};

/// Options of `audit prune`.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// Remove whole months from the central register instead ([disclosures] of the configuration, and its `keep`).
    #[arg(long, conflicts_with = "directory")]
    register: bool,
    /// How long lines are kept, such as 24mo; without it what the configuration's `retention` says.
    #[arg(long, value_name = "MONTHS", value_parser = months_or_mend)]
    keep: Option<u32>,
}

fn months_or_mend(text: &str) -> Result<u32, &'static str> {
    months(text).ok_or("write months such as 24mo, from 1mo to 600mo")
}

/// Removes what is old enough.
///
/// # Errors
/// Nothing says how old, or the files cannot be read or removed.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let opened = options.place.open()?;
    if options.register {
        return of_register(options, &opened);
    }
    let keys = opened.mac_keys()?;
    let configured = opened.settings.as_ref().and_then(|settings| settings.retention_months);
    let keep = options.keep.or(configured).context("how long are lines kept? Give --keep 24mo, or `retention`")?;
    let lang = options.place.lang;
    let pruned = audit::prune(&opened.directory, &keys, keep, now())
        .with_context(|| format!("{}", opened.directory.display()))?;
    match pruned {
        Pruned::Nothing => {
            let (vi, en) = ("không có tệp nào hết thời hạn lưu\n", "nothing is old enough\n");
            print(lang.say(vi, en))?;
            Ok(ExitCode::SUCCESS)
        }
        Pruned::Removed { segments, head } => {
            let (count, seq, time) = (segments.len(), head.seq, local(&ascii(&head.time)));
            print(&match lang {
                Lang::Vi => format!("đã xóa {count} tệp, đến dòng số {seq} ({time})\n"),
                Lang::En => format!("{count} segments removed, up to line number {seq} ({time})\n"),
            })?;
            Ok(ExitCode::SUCCESS)
        }
        Pruned::Refused(findings) => {
            let mut text = String::new();
            for finding in findings.iter().filter(|finding| !finding.fault.is_notice()) {
                let (vi, en) = finding.fault.words();
                text.push_str(&format!("{}:{}: {}\n", finding.file, finding.line, lang.say(&vi, &en)));
            }
            let vi = "không xóa gì: phần cũ không xác thực được, hãy giữ làm chứng cứ\n";
            let en = "nothing was removed: the old part does not verify, keep it as evidence\n";
            text.push_str(lang.say(vi, en));
            print(&text)?;
            Ok(ExitCode::from(1))
        }
    }
}

fn of_register(options: &Options, opened: &Opened) -> anyhow::Result<ExitCode> {
    let settings = opened.register()?;
    let keep = options.keep.or(settings.keep_months);
    let keep = keep.context("how long does the register keep lines? Give --keep 60mo, or `keep` in [disclosures]")?;
    let dropped = runtime()?.block_on(async { drop_months(&Register::connect(settings).await?, keep).await })?;
    let lang = options.place.lang;
    let mut text = String::new();
    for month in &dropped {
        let (name, lines) = (&month.month, month.lines);
        text.push_str(&match lang {
            Lang::Vi => format!("đã xóa tháng {name}: {lines} dòng\n"),
            Lang::En => format!("month {name} removed: {lines} lines\n"),
        });
    }
    if dropped.is_empty() {
        text.push_str(lang.say("không có tháng nào hết thời hạn lưu\n", "no month is old enough\n"));
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
