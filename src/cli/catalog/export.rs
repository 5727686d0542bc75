//! `diensan catalog export`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::changes::print;
use crate::catalog::Workbench;
use crate::catalog::sheet::{HELP, rows_of, write_table};
use crate::strict_json::nearest;

/// Options of `catalog export`.
#[derive(clap::Args)]
#[command(after_long_help = HELP)]
pub struct Options {
    /// The forms to write; all of them when none is named.
    forms: Vec<String>,
    /// Where to write the table (-: standard output).
    #[arg(short, long, default_value = "-")]
    output: PathBuf,
    /// Begin with the byte order mark by which spreadsheets know UTF-8.
    #[arg(long)]
    bom: bool,
    /// The folder of the catalogue.
    #[arg(long, default_value = "service-catalog")]
    services: PathBuf,
    /// The folder of the schemas.
    #[arg(long, default_value = "schemas")]
    schemas: PathBuf,
}

/// Writes the table.
///
/// # Errors
/// A file cannot be read, a form is unknown, or a mapping holds what the table cannot say.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let bench = Workbench::open(&options.services, &options.schemas)?;
    let known: Vec<&str> =
        bench.forms.iter().filter(|(_, files)| files.mapping.is_some()).map(|(id, _)| &**id).collect();
    let wanted =
        if options.forms.is_empty() { known.clone() } else { options.forms.iter().map(String::as_str).collect() };
    let mut rows = Vec::new();
    for form in wanted {
        let files = bench.forms.get(form);
        let Some((files, (_, mapping))) = files.and_then(|files| files.mapping.as_ref().map(|found| (files, found)))
        else {
            let near = nearest(form, known.iter().copied());
            let hint = near.map(|near| format!(" — có phải `{near}`? (did you mean `{near}`?)")).unwrap_or_default();
            anyhow::bail!("không có ánh xạ của tờ khai này / no mapping of this form: {form}{hint}");
        };
        rows.extend(rows_of(form, mapping, &files.schema).map_err(|reason| anyhow::anyhow!("{form}: {reason}"))?);
    }
    let table = write_table(&rows, options.bom);
    if options.output.as_os_str() == "-" {
        print(&table)?;
    } else {
        std::fs::write(&options.output, table).with_context(|| format!("cannot write {}", options.output.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
