//! `diensan openapi`: the description of the API, for those who make clients of it.

use std::io::Write as _;
use std::process::ExitCode;

use crate::http::openapi_document;

/// Prints the description as JSON.
pub fn run() -> anyhow::Result<ExitCode> {
    let text = serde_json::to_string_pretty(&openapi_document())?;
    writeln!(std::io::stdout(), "{text}")?;
    Ok(ExitCode::SUCCESS)
}
