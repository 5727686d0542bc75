//! Reading the four CSV files of administrative units, strictly: what is wrong in them would end on a form.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::changes::Changes;
use super::rows::{UnitsError, UnitsFile, UnitsProblem, each_record};
use super::table::{Amendment, Row, Table, code_len, code_number, find_number};
use super::{REFORM, UnitLevel, Units};

const BEFORE_COLUMNS: [&str; 7] =
    ["province_code", "province_name", "district_code", "district_name", "commune_code", "commune_name", "type"];
const SINCE_COLUMNS: [&str; 5] = ["province_code", "province_name", "commune_code", "commune_name", "type"];
const AMENDMENT_COLUMNS: [&str; 6] = ["effective_date", "level", "code", "name_before", "name_after", "instrument"];

pub(super) fn load(
    before_csv: &str,
    since_csv: &str,
    amendments_csv: &str,
    changes_csv: &str,
) -> Result<Units, UnitsError> {
    let before = table(UnitsFile::Before, before_csv)?;
    let since = table(UnitsFile::Since, since_csv)?;
    let amendments = amendments(amendments_csv, &since)?;
    let changes = Changes::read(changes_csv, &before, &since)?;
    let undivided = undivided(&before, &since);
    Ok(Units { before, since, changes, amendments, undivided })
}

fn table(file: UnitsFile, csv: &str) -> Result<Table, UnitsError> {
    let districted = file == UnitsFile::Before;
    let columns: &[&str] = if districted { &BEFORE_COLUMNS } else { &SINCE_COLUMNS };
    let mut builder = Builder::default();
    each_record(file, csv, columns, |record| {
        let province = builder.add_once(UnitLevel::Tinh, &record[0], &record[1], 0)?;
        let (parent, at) = if districted {
            (builder.add_once(UnitLevel::Huyen, &record[2], &record[3], province)?, 4)
        } else {
            (province, 2)
        };
        match (&record[at], &record[at + 1]) {
            // Island districts had no commune.
            ("", "") if districted => Ok(()),
            (code, name) => builder.add_commune(code, name, parent),
        }
    })?;
    Ok(builder.finish())
}

#[derive(Default)]
struct Builder {
    table: Table,
    /// Provinces and districts, which stand on many lines.
    known: HashMap<(UnitLevel, u32), Row>,
    communes: HashSet<u32>,
}

impl Builder {
    /// Adds a province or district on its first line and compares it on every further one. Gives its code.
    fn add_once(&mut self, level: UnitLevel, code: &str, name: &str, parent: u16) -> Result<u16, UnitsProblem> {
        let number = code_number(level, code).ok_or(UnitsProblem::Code)?;
        if let Some(row) = self.known.get(&(level, number)).copied() {
            if self.table.name(level, row) != name || row.parent != parent {
                return Err(UnitsProblem::Contradiction);
            }
        } else {
            let row = self.row(level, code, number, name, parent)?;
            self.known.insert((level, number), row);
            match level {
                UnitLevel::Tinh => self.table.provinces.push(row),
                _ => self.table.districts.push(row),
            }
        }
        u16::try_from(number).map_err(|_| UnitsProblem::Code)
    }

    fn add_commune(&mut self, code: &str, name: &str, parent: u16) -> Result<(), UnitsProblem> {
        let number = code_number(UnitLevel::Xa, code).ok_or(UnitsProblem::Code)?;
        if !self.communes.insert(number) {
            return Err(UnitsProblem::Duplicate);
        }
        let row = self.row(UnitLevel::Xa, code, number, name, parent)?;
        self.table.communes.push(row);
        Ok(())
    }

    fn row(&mut self, level: UnitLevel, code: &str, number: u32, name: &str, parent: u16) -> Result<Row, UnitsProblem> {
        if name.trim().is_empty() {
            return Err(UnitsProblem::Name);
        }
        debug_assert_eq!(code.len(), code_len(level));
        let start = u32::try_from(self.table.text.len()).map_err(|_| UnitsProblem::Size)?;
        let name_len = u16::try_from(name.len()).map_err(|_| UnitsProblem::Size)?;
        self.table.text.push_str(code);
        self.table.text.push_str(name);
        Ok(Row { code: number, start, name_len, parent })
    }

    fn finish(mut self) -> Table {
        self.table.finish();
        self.table
    }
}

/// Reads the amendments and proves that they lead, in order of date, to the names in the table (README §1 "Trap").
fn amendments(csv: &str, since: &Table) -> Result<Vec<Amendment>, UnitsError> {
    let mut found: Vec<(Amendment, u64)> = Vec::new();
    let mut line = 1;
    each_record(UnitsFile::Amendments, csv, &AMENDMENT_COLUMNS, |record| {
        line = record.position().map_or(0, csv::Position::line);
        let date: Date = record[0].parse().map_err(|_| UnitsProblem::Date)?;
        let level = match &record[1] {
            "province" => UnitLevel::Tinh,
            "commune" => UnitLevel::Xa,
            _ => return Err(UnitsProblem::Level),
        };
        let code = code_number(level, &record[2]).ok_or(UnitsProblem::Code)?;
        if date <= REFORM {
            return Err(UnitsProblem::Date);
        }
        if record[3].trim().is_empty() || record[4].trim().is_empty() {
            return Err(UnitsProblem::Name);
        }
        since.find(level, &record[2]).ok_or(UnitsProblem::UnknownCode)?;
        let amendment = Amendment { level, code, date, name_before: record[3].into(), name_after: record[4].into() };
        found.push((amendment, line));
        Ok(())
    })?;
    found.sort_by_key(|(amendment, _)| (amendment.level, amendment.code, amendment.date));
    for (index, (amendment, line)) in found.iter().enumerate() {
        let next = found.get(index + 1).map(|(next, _)| next);
        let next = next.filter(|next| (next.level, next.code) == (amendment.level, amendment.code));
        let rows = if amendment.level == UnitLevel::Tinh { &since.provinces } else { &since.communes };
        let name_today = find_number(rows, amendment.code).map(|row| since.name(amendment.level, row));
        let name_until_next = next.map(|next| &*next.name_before).or(name_today);
        if name_until_next != Some(&*amendment.name_after) {
            return Err(UnitsError { file: UnitsFile::Amendments, line: *line, problem: UnitsProblem::Chain });
        }
    }
    Ok(found.into_iter().map(|(amendment, _)| amendment).collect())
}

/// The new provinces whose commune codes, as far as the old table knows them, were all in the old province of the
/// same code: nothing was merged into them.
fn undivided(before: &Table, since: &Table) -> Vec<u32> {
    let was_elsewhere = |commune: &Row| {
        let former = find_number(&before.communes, commune.code).and_then(|row| before.province_of(row));
        former.is_some_and(|former| former != u32::from(commune.parent))
    };
    let merged: Vec<u32> =
        since.communes.iter().filter(|row| was_elsewhere(row)).map(|row| u32::from(row.parent)).collect();
    since.provinces.iter().map(|row| row.code).filter(|code| !merged.contains(code)).collect()
}
