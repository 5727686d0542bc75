//! `diensan catalog schema`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use super::changes::{print, show, write_all};
use crate::catalog::meta_schema::mapping_schema;
use crate::strict_json::{self, Node};

/// Options of `catalog schema`.
#[derive(clap::Args)]
pub struct Options {
    /// Only look whether the file is what would be generated; exit code 1 when it is not.
    #[arg(long)]
    check: bool,
    /// The folder of the catalogue.
    #[arg(long, default_value = "service-catalog")]
    services: PathBuf,
    /// The folder of the schemas.
    #[arg(long, default_value = "schemas")]
    schemas: PathBuf,
}

/// Generates the schema of mappings, or checks it.
///
/// # Errors
/// A file cannot be read or written.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let path = options.schemas.join("catalog/mapping.schema.json");
    let (old, schema) = read(&path)?;
    let (_, dictionary) = read(&options.services.join("attributes.json"))?;
    let new = mapping_schema(&schema, &dictionary).map_err(anyhow::Error::msg)?;
    let name = path.display().to_string();
    if old == new {
        print(format!("{name}: đúng với từ điển (up to date)\n").as_bytes())?;
    } else if options.check {
        print(show(&name, &old, &new).as_bytes())?;
        print(
            format!("{name}: đã cũ, chạy `diensan catalog schema` (stale, run `diensan catalog schema`)\n").as_bytes(),
        )?;
        return Ok(ExitCode::from(1));
    } else {
        write_all(&[(path, new)])?;
        print(format!("{name}: đã sinh lại (generated)\n").as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> anyhow::Result<(String, Node)> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    match strict_json::parse(&text) {
        Ok(root) => Ok((text, root)),
        Err(findings) => {
            let all: Vec<String> =
                findings.into_iter().map(|finding| format!("{} / {}", finding.vi, finding.en)).collect();
            anyhow::bail!("{}: {}", path.display(), all.join("; "))
        }
    }
}
