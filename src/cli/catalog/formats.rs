//! `diensan catalog formats`.

use std::fmt::Write as _;
use std::process::ExitCode;

use super::folders::Folders;
use crate::catalog::{FORMAT_DOCS, Filling, FormPlan, Target};
use crate::cli::screen::{FAINT, HEADING, Lang, paint, print};

/// Options of `catalog formats`.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    folders: Folders,
}

/// Lists the transforms, with what they do in both languages, an example, and how often they are used.
///
/// # Errors
/// The catalogue has findings.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let lang = options.folders.lang;
    let catalog = options.folders.load()?;
    let forms = catalog.forms();
    let mut out = String::new();
    for doc in FORMAT_DOCS {
        let boxes: Vec<usize> =
            forms.iter().map(|form| boxes_with(form, doc.name)).filter(|boxes| *boxes > 0).collect();
        let (first, second) = match lang {
            Lang::Vi => (doc.vi, doc.en),
            Lang::En => (doc.en, doc.vi),
        };
        let _ = writeln!(out, "{}\n  {first}\n  {second}", paint(HEADING, doc.name));
        let _ = writeln!(out, "  {} {} → {}", paint(FAINT, doc.attribute), doc.given, doc.filled);
        let (in_boxes, in_forms) = (boxes.iter().sum::<usize>(), boxes.len());
        let used = match lang {
            Lang::Vi => format!("dùng ở {in_boxes} ô của {in_forms} tờ khai"),
            Lang::En => format!("used for {in_boxes} boxes of {in_forms} forms"),
        };
        let _ = writeln!(out, "  {}", paint(FAINT, &used));
    }
    print(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn boxes_with(form: &FormPlan, name: &str) -> usize {
    let uses = |target: &Target| target.mapped().is_some_and(|mapped| mapped.format == Some(name));
    let columns = form.targets.iter().filter_map(|target| match &target.filling {
        Filling::Rows { columns, .. } => Some(columns),
        Filling::Manual | Filling::Mapped(_) => None,
    });
    form.targets.iter().chain(columns.flatten()).filter(|target| uses(target)).count()
}
