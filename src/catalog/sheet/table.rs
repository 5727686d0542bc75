//! CSV bytes to rows and back: header, separators, byte order mark, formula guards.

use super::{BadCell, COLUMNS, Row};
use crate::catalog::layout::nfc;
use crate::strict_json::nearest;

/// A table that was read: its rows, and where each of [`COLUMNS`] stands in this file.
pub struct Table {
    pub rows: Vec<Row>,
    places: [usize; COLUMNS.len()],
}

impl Table {
    /// Cells in row order, with the letters of their columns in this file.
    pub(super) fn placed(&self, mut cells: Vec<BadCell>) -> Vec<BadCell> {
        for cell in &mut cells {
            let column = COLUMNS.iter().position(|column| *column == cell.column);
            cell.letter = column.and_then(|column| letter(self.places[column]));
        }
        cells.sort_by_key(|cell| (cell.row, cell.letter));
        cells
    }
}

/// Signs with which a spreadsheet takes a cell for a formula, full-width forms included.
const FORMULA_SIGNS: &[char] = &['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
/// What separates cells in files that spreadsheets save, by language of the machine.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// Whether a cell, after quotes already put before it, begins like a formula.
fn guarded(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(FORMULA_SIGNS)
}

fn guard(cell: &str) -> String {
    if guarded(cell) { format!("'{cell}") } else { cell.to_owned() }
}

fn unguard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if guarded(rest) => rest,
        _ => cell,
    }
}

/// The table as CSV in UTF-8 (RFC 4180, lines end in LF); `bom`: with the byte order mark that spreadsheets ask for.
pub fn write_table(rows: &[Row], bom: bool) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().from_writer(if bom { "\u{feff}".into() } else { Vec::new() });
    // Writing to memory does not fail.
    let _ = writer.write_record(COLUMNS);
    for row in rows {
        let _ = writer.write_record(row.cells().map(guard));
    }
    writer.into_inner().unwrap_or_default()
}

/// The rows of a table that a spreadsheet saved: comma, semicolon or tab between cells, any order of columns.
///
/// # Errors
/// Everything that is wrong with the table as such.
pub fn read_table(bytes: &[u8]) -> Result<Table, Vec<BadCell>> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        let (vi, en) =
            ("Tệp không phải UTF-8: lưu lại dạng “CSV UTF-8”.", "The file is not UTF-8: save as “CSV UTF-8”.");
        return Err(vec![BadCell::new(1, "", vi, en)]);
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let heading = text.lines().next().unwrap_or_default();
    let count = |separator: u8| heading.bytes().filter(|byte| *byte == separator).count();
    let separator = SEPARATORS.into_iter().max_by_key(|separator| (count(*separator), *separator == b','));
    let mut records = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator.unwrap_or(b','))
        .from_reader(text.as_bytes())
        .into_records();
    let header = match records.next() {
        Some(Ok(header)) => header,
        _ => return Err(vec![BadCell::new(1, "", "Tệp trống.", "The file is empty.")]),
    };
    let places = columns(&header)?;
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    for (index, record) in records.enumerate() {
        let number = index + 2;
        let Ok(record) = record else {
            bad.push(BadCell::new(number, "", "Dòng CSV không đọc được.", "This row is not readable CSV."));
            continue;
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if record.len() != header.len() {
            bad.push(BadCell::new(
                number,
                "",
                format!("Dòng có {} ô, tiêu đề có {}.", record.len(), header.len()),
                format!("The row has {} cells, the heading {}.", record.len(), header.len()),
            ));
            continue;
        }
        rows.push(row(number, &record, &places));
    }
    if bad.is_empty() { Ok(Table { rows, places }) } else { Err(bad) }
}

/// Where each of [`COLUMNS`] stands in this file.
fn columns(header: &csv::StringRecord) -> Result<[usize; COLUMNS.len()], Vec<BadCell>> {
    let names: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    let mut bad = Vec::new();
    for (index, name) in names.iter().enumerate() {
        if !COLUMNS.contains(&name.as_str()) {
            let mut cell = BadCell::new(
                1,
                "",
                format!("Cột lạ. Các cột: {}.", COLUMNS.join(", ")),
                format!("Unknown column. Columns: {}.", COLUMNS.join(", ")),
            );
            cell.did_you_mean = nearest(name, COLUMNS);
            cell.letter = letter(index);
            bad.push(cell);
        } else if names[..index].contains(name) {
            let mut cell = BadCell::new(1, "", "Cột này có hai lần.", "This column stands twice.");
            cell.letter = letter(index);
            bad.push(cell);
        }
    }
    let mut places = [0; COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        match names.iter().position(|name| name == column) {
            Some(index) => *place = index,
            None => bad.push(BadCell::new(1, column, "Thiếu cột này.", "This column is missing.")),
        }
    }
    if bad.is_empty() { Ok(places) } else { Err(bad) }
}

fn row(number: usize, record: &csv::StringRecord, places: &[usize; COLUMNS.len()]) -> Row {
    let cell = |column: usize| {
        let cell = record.get(places[column]).unwrap_or_default().replace("\r\n", "\n");
        nfc(unguard(&cell)).into_owned()
    };
    let word = |column: usize| cell(column).trim().to_owned();
    Row {
        number,
        form: word(0),
        order: word(1),
        section: cell(2),
        target: word(3),
        label: cell(4),
        source: word(5),
        how: word(6),
        lock: word(7).to_lowercase(),
        note: cell(8),
    }
}

/// The letter of a column.
fn letter(index: usize) -> Option<char> {
    u8::try_from(index).ok().filter(|index| *index < 26).map(|index| char::from(b'A' + index))
}
