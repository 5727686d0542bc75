//! `diensan catalog diff`.

use std::process::ExitCode;

use anyhow::Context as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::diff_page;
use super::folders::{Folders, day_or_today, offline};
use super::materialise::{state, touched};
use crate::autofill::catalog_diff::{CatalogDiff, diff};
use crate::cli::screen::{Progress, print};

const EXIT: &str = "Exit code: 0 nothing changes for anybody, 1 something does, 2 could not run.";

/// Options of `catalog diff`.
#[derive(clap::Args)]
#[command(after_help = EXIT)]
pub struct Options {
    #[command(flatten)]
    folders: Folders,
    /// A folder that holds service-catalog and schemas, or a git revision.
    #[arg(value_name = "OLD")]
    old: String,
    /// As OLD; `.` is what stands here.
    #[arg(value_name = "NEW")]
    new: String,
    /// Markdown to paste under a change request, or JSON.
    #[arg(long, value_enum, default_value = "markdown")]
    format: Format,
    /// The day of the dossiers, which also stands for today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Date>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Markdown,
    Json,
}

/// Compares and prints.
///
/// # Errors
/// One of the states cannot be had or has findings.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let folders = &options.folders;
    let old = state(&options.old, &folders.services, &folders.schemas)?;
    let new = state(&options.new, &folders.services, &folders.schemas)?;
    let touched = touched(&old, &new)?;
    let before = offline(&old.services, &old.schemas).context("OLD")?;
    let after = offline(&new.services, &new.schemas).context("NEW")?;
    let day = day_or_today(options.date);
    let mut progress = Progress::new(touched.forms.len());
    let found = diff(&before, &after, &touched, day, &mut |form| progress.step(form))?;
    drop(progress);
    let text = match options.format {
        Format::Markdown => diff_page::markdown(&found, &options.old, &options.new, folders.lang),
        Format::Json => serde_json::to_string_pretty(&document(options, day, &found)?)? + "\n",
    };
    print(&text)?;
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn document(options: &Options, day: Date, found: &CatalogDiff) -> anyhow::Result<Value> {
    let mut document =
        json!({ "old": options.old, "new": options.new, "date": day.to_string(), "changed": !found.is_empty() });
    if let (Value::Object(document), Value::Object(found)) = (&mut document, serde_json::to_value(found)?) {
        document.extend(found);
    }
    Ok(document)
}
