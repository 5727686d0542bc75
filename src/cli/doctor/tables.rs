//! How much the catalogue's tables hold and how new they are. They were checked when the catalogue was loaded.

use std::path::Path;

use serde_json::{Map, Value};

use crate::catalog;

/// Columns that say since when a row is true.
const SINCE: [&str; 2] = ["valid_from", "effective_date"];

/// The CSV files of a folder.
#[derive(Default)]
pub struct Tables {
    /// Rows by file.
    pub rows: Map<String, Value>,
    pub total: usize,
    /// The latest day since which a row is true, as written (ISO).
    pub newest: Option<String>,
}

impl Tables {
    /// Counts the rows; a file that cannot be read counts nothing.
    pub fn count(folder: &Path) -> Self {
        let mut tables = Self::default();
        for (path, text) in catalog::read_texts(folder, ".csv").unwrap_or_default() {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let since = reader.headers().ok().and_then(|header| header.iter().position(|name| SINCE.contains(&name)));
            let mut count = 0;
            for row in reader.records().filter_map(Result::ok) {
                count += 1;
                let day = since.and_then(|column| row.get(column)).filter(|day| !day.is_empty()).map(str::to_owned);
                tables.newest = day.max(tables.newest.take());
            }
            tables.total += count;
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            tables.rows.insert(stem, count.into());
        }
        tables
    }
}
