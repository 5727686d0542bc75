//! `diensan catalog import`.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::changes::{print, show, write_all};
use crate::catalog::Workbench;
use crate::catalog::layout::FileKind;
use crate::catalog::sheet::{BadCell, HELP, ReadMapping, Table, read_mappings, read_table};
use crate::strict_json;

/// Options of `catalog import`.
#[derive(clap::Args)]
#[command(after_long_help = HELP)]
pub struct Options {
    /// The table (-: standard input).
    file: PathBuf,
    /// Show what would change and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// The folder of the catalogue.
    #[arg(long, default_value = "service-catalog")]
    services: PathBuf,
    /// The folder of the schemas.
    #[arg(long, default_value = "schemas")]
    schemas: PathBuf,
}

/// Writes the mappings of the table, all or none.
///
/// # Errors
/// A file cannot be read or written.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut bytes = Vec::new();
    if options.file.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes).context("standard input")?;
    } else {
        bytes = std::fs::read(&options.file).with_context(|| format!("cannot read {}", options.file.display()))?;
    }
    let bench = Workbench::open(&options.services, &options.schemas)?;
    let table = match read_table(&bytes) {
        Ok(table) => table,
        Err(bad) => return refuse(options, &bad),
    };
    let mappings = match read(&bench, &table) {
        Ok(mappings) => mappings,
        Err(bad) => return refuse(options, &bad),
    };
    let (mut files, mut shown) = (Vec::new(), String::new());
    for mapping in &mappings {
        let path = options.services.join("mappings").join(format!("{}.json", mapping.form));
        let present = bench.forms.get(mapping.form.as_str()).and_then(|files| files.mapping.as_ref());
        let old = present.map_or("", |(text, _)| &**text);
        anyhow::ensure!(FileKind::of(&path) == Some(FileKind::Mapping), "{} is no place for mappings", path.display());
        if old != mapping.text {
            shown.push_str(&show(&path.display().to_string(), old, &mapping.text));
            files.push((path, mapping.text.clone()));
        }
    }
    let (all, changed) = (mappings.len(), files.len());
    if options.dry_run {
        print(shown.as_bytes())?;
        print(format!("{all} ánh xạ, {changed} sẽ đổi ({all} mappings, {changed} would change)\n").as_bytes())?;
    } else {
        write_all(&files)?;
        print(format!("{all} ánh xạ, {changed} đã đổi ({all} mappings, {changed} changed)\n").as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The mappings of the table as far as they compile.
fn read<'t>(bench: &Workbench, table: &'t Table) -> Result<Vec<ReadMapping<'t>>, Vec<BadCell>> {
    let forms: Vec<&str> = bench.forms.keys().map(|id| &**id).collect();
    let schema = |form: &str| bench.forms.get(form).map(|files| &files.schema);
    let mappings = read_mappings(table, &schema, &forms)?;
    let mut bad = Vec::new();
    for mapping in &mappings {
        let tried = strict_json::parse(&mapping.text);
        let findings = tried.as_ref().map_or_else(Clone::clone, |root| bench.try_mapping(&mapping.form, root));
        bad.extend(mapping.bad_cells(table, tried.as_ref().ok(), &findings));
    }
    if bad.is_empty() { Ok(mappings) } else { Err(bad) }
}

fn refuse(options: &Options, bad: &[BadCell]) -> anyhow::Result<ExitCode> {
    let file = options.file.display();
    let mut text = String::new();
    for cell in bad {
        text.push_str(&format!("{file}: {cell}\n"));
    }
    let count = bad.len();
    text.push_str(&format!("{count} ô sai; không ghi gì cả ({count} bad cells; nothing was written)\n"));
    print(text.as_bytes())?;
    Ok(ExitCode::from(1))
}
