//! `diensan catalog formats`.

use std::fmt::Write as _;
use std::process::ExitCode;

use crate::catalog::FORMAT_DOCS;
use crate::cli::screen::{FAINT, HEADING, Lang, paint, print};

/// Options of `catalog formats`.
#[derive(clap::Args)]
pub struct Options {
    /// The language of the descriptions; both when it is left out.
    #[arg(long, value_enum)]
    lang: Option<Lang>,
}

/// Lists the transforms.
///
/// # Errors
/// The list cannot be printed.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut out = String::new();
    for doc in FORMAT_DOCS {
        let _ = writeln!(out, "{}", paint(HEADING, doc.name));
        if options.lang != Some(Lang::En) {
            let _ = writeln!(out, "  {}", doc.vi);
        }
        if options.lang != Some(Lang::Vi) {
            let _ = writeln!(out, "  {}", doc.en);
        }
        let _ = writeln!(out, "  {} {} → {}", paint(FAINT, doc.attribute), doc.given, doc.filled);
    }
    print(&out)?;
    Ok(ExitCode::SUCCESS)
}
