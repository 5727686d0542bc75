//! CSV that no spreadsheet takes for a formula (RISKS T20).

use anyhow::Context as _;

/// A cell as text: what a spreadsheet would compute gets an apostrophe in front.
pub fn safe(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

/// One line of CSV, with line feed.
///
/// # Errors
/// It cannot be written (never, in memory).
pub fn line<I: IntoIterator<Item = S>, S: AsRef<str>>(cells: I) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.into_iter().map(|cell| safe(cell.as_ref())))?;
    let bytes = writer.into_inner().map_err(|error| anyhow::anyhow!("{}", error.error())).context("CSV")?;
    Ok(String::from_utf8(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_taken_for_a_formula() {
        for start in ["=1+1", "+1", "-1", "@x", "\tx", "\rx"] {
            assert_eq!(safe(start), format!("'{start}"));
        }
        assert_eq!(safe("H01.12"), "H01.12");
        assert_eq!(line(["=HYPERLINK(\"x\")", "a,b"]).ok().as_deref(), Some("\"'=HYPERLINK(\"\"x\"\")\",\"a,b\"\n"));
    }
}
