//! The catalogue and its tables: whether they load, how much they hold and how old they are.

use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value};

use super::check::{Check, State, words};
use crate::catalog;
use crate::config::Settings;

const ID: &str = "catalogue";

/// Columns that say since when a row is true.
const SINCE: [&str; 2] = ["valid_from", "effective_date"];

/// Loads the catalogue as the service does.
pub fn check(settings: &Settings) -> Check {
    let begin = Instant::now();
    let check = match catalog::load(&settings.services, &settings.schemas) {
        Ok(catalog) => {
            let lists = Tables::count(&settings.services.join("code-lists"));
            let units = Tables::count(&settings.services.join("administrative-units"));
            let newest = lists.newest.clone().max(units.newest.clone());
            let (services, forms) = (catalog.services().len(), catalog.form_count());
            let (codes, rows) = (lists.total, units.total);
            let date = newest.as_deref().unwrap_or("?");
            let said = words(
                format!(
                    "{services} dịch vụ, {forms} tờ khai, {codes} mã, {rows} dòng đơn vị hành chính; dòng mới nhất từ {date}"
                ),
                format!(
                    "{services} services, {forms} forms, {codes} codes, {rows} rows of administrative units; the newest row is of {date}"
                ),
            );
            Check::new(ID, State::Ok, said)
                .fact("services", services)
                .fact("forms", forms)
                .fact("version", &*catalog.version)
                .fact("code_lists", lists.rows)
                .fact("administrative_units", units.rows)
                .fact("newest_row", newest)
        }
        Err(refused) => {
            let count = refused.0.len();
            let said = words(format!("danh mục có {count} lỗi"), format!("the catalogue has {count} mistakes"));
            let mend = words("chạy `diensan catalog check`", "run `diensan catalog check --lang en`");
            Check::new(ID, State::Failed, said).mend(mend).fact("findings", count)
        }
    };
    check.took(begin.elapsed())
}

/// The CSV files of a folder.
#[derive(Default)]
struct Tables {
    /// Rows by file.
    rows: Map<String, Value>,
    total: usize,
    /// The latest day since which a row is true, as written (ISO).
    newest: Option<String>,
}

impl Tables {
    fn count(folder: &Path) -> Self {
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
