//! What became of the units of before 1 July 2025 (`changes.csv`), in compact memory: 8 bytes for every successor.
//!
//! Only successors with people are kept. A piece of land without anybody on it is nobody's new address (admin-units
//! README §2, kind `partial`).

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::UnitLevel;
use super::rows::{UnitsError, UnitsFile, UnitsProblem, each_record};
use super::table::{Row, Table, code_number, find_number};

const COLUMNS: [&str; 6] =
    ["old_commune_code", "new_commune_code", "kind", "old_district_code", "new_province_code", "share"];

/// From the code of an old unit to the code of a new one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    old: u32,
    pub(super) new: u32,
}

/// The step of 1 July 2025 by old code; each list sorted.
pub(super) struct Changes {
    /// Commune to commune: one step when the successor is sure, two or more when the old commune was split.
    communes: Vec<Step>,
    /// District to commune, for the districts that had no communes.
    islands: Vec<Step>,
    /// Province to province; none for an old province whose communes went to several new ones.
    provinces: Vec<Step>,
}

/// What a line says about the people of the old unit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum People {
    /// All of them went this way: `unchanged`, `renamed`, `merged`.
    All,
    /// Some of them did: `split`.
    Some,
    /// None did, only land: `partial`.
    None,
}

struct Line {
    step: Step,
    people: People,
    line: u64,
}

impl Changes {
    /// Reads the file against the two tables that it connects.
    ///
    /// Every code must be known there and every old unit must have its lines, so that the program never stands before
    /// half a conversion. The people of an old commune went either wholly to one new commune (exactly one line of kind
    /// `unchanged`, `renamed` or `merged`) or in parts to several communes of one province (lines of kind `split`);
    /// the official conversion knows nothing else (admin-units README §2), and a file that does is refused.
    pub(super) fn read(csv: &str, before: &Table, since: &Table) -> Result<Self, UnitsError> {
        let (mut communes, mut districts, mut provinces) = (Vec::new(), Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        each_record(UnitsFile::Changes, csv, &COLUMNS, |record| {
            let line = record.position().map_or(0, csv::Position::line);
            let new = known(since, UnitLevel::Xa, &record[1])?;
            let people = people(&record[2], &record[5])?;
            let district = known(before, UnitLevel::Huyen, &record[3])?;
            let new_province = known(since, UnitLevel::Tinh, &record[4])?.code;
            if u32::from(new.parent) != new_province {
                return Err(UnitsProblem::Contradiction);
            }
            let (lines, level, old) = match &record[0] {
                "" => (&mut districts, UnitLevel::Huyen, district.code),
                code => {
                    let commune = known(before, UnitLevel::Xa, code)?;
                    if u32::from(commune.parent) != district.code {
                        return Err(UnitsProblem::Contradiction);
                    }
                    (&mut communes, UnitLevel::Xa, commune.code)
                }
            };
            if !seen.insert((level, old, new.code)) {
                return Err(UnitsProblem::Duplicate);
            }
            lines.push(Line { step: Step { old, new: new.code }, people, line });
            provinces.push(Step { old: u32::from(district.parent), new: new_province });
            Ok(())
        })?;
        let with_communes: HashSet<u32> = before.communes.iter().map(|row| u32::from(row.parent)).collect();
        // Kim Sơn (376) had communes and a coast of its own: what became of the coast is not what became of an address.
        districts.retain(|line: &Line| !with_communes.contains(&line.step.old));
        let islands = before.districts.iter().filter(|row| !with_communes.contains(&row.code));
        Ok(Self {
            communes: settled(communes, before.communes.iter(), since)?,
            islands: settled(districts, islands, since)?,
            provinces: undisputed(provinces),
        })
    }

    /// Where the people of an old commune went, by new code.
    pub(super) fn of_commune(&self, old: u32) -> &[Step] {
        steps(&self.communes, old)
    }

    /// What became of an old district without communes; empty for every other district.
    pub(super) fn of_island(&self, old: u32) -> &[Step] {
        steps(&self.islands, old)
    }

    /// The one new province that all communes of an old one went to.
    pub(super) fn of_province(&self, old: u32) -> Option<u32> {
        steps(&self.provinces, old).first().map(|step| step.new)
    }
}

fn steps(sorted: &[Step], old: u32) -> &[Step] {
    let from = sorted.partition_point(|step| step.old < old);
    let rest = &sorted[from..];
    &rest[..rest.partition_point(|step| step.old == old)]
}

fn known(table: &Table, level: UnitLevel, code: &str) -> Result<Row, UnitsProblem> {
    code_number(level, code).ok_or(UnitsProblem::Code)?;
    table.find(level, code).ok_or(UnitsProblem::UnknownCode)
}

/// Kind and share of a line say the same twice (admin-units README §2); where they do not, neither is believed.
fn people(kind: &str, share: &str) -> Result<People, UnitsProblem> {
    match (kind, share) {
        ("unchanged" | "renamed", "all") => Ok(People::All),
        // `part` stands once, for Phúc Lợi 00136: its people have no other successor (admin-units README §6 doubt 2).
        ("merged", "all" | "residents-all" | "part") => Ok(People::All),
        ("split", "part") => Ok(People::Some),
        ("partial", "land-only") => Ok(People::None),
        _ => Err(UnitsProblem::Kind),
    }
}

/// The steps of people, one group for each of the old units and all groups sound.
fn settled<'a>(
    mut lines: Vec<Line>,
    olds: impl Iterator<Item = &'a Row>,
    since: &Table,
) -> Result<Vec<Step>, UnitsError> {
    lines.sort_unstable_by_key(|line| line.step);
    let error = |line, problem| UnitsError { file: UnitsFile::Changes, line, problem };
    let province = |line: &Line| find_number(&since.communes, line.step.new).map(|row| row.parent);
    let mut settled = Vec::new();
    for group in lines.chunk_by(|line, next| line.step.old == next.step.old) {
        let with_people: Vec<&Line> = group.iter().filter(|line| line.people != People::None).collect();
        let sound = match with_people.as_slice() {
            [] => false,
            [only] => only.people == People::All,
            [first, others @ ..] => {
                first.people == People::Some
                    && others.iter().all(|line| line.people == People::Some && province(line) == province(first))
            }
        };
        if !sound {
            let line = group.iter().map(|line| line.line).max().unwrap_or_default();
            return Err(error(line, UnitsProblem::Rivals));
        }
        settled.extend(with_people.iter().map(|line| line.step));
    }
    for old in olds {
        if steps(&settled, old.code).is_empty() {
            return Err(error(0, UnitsProblem::Missing));
        }
    }
    settled.shrink_to_fit();
    Ok(settled)
}

/// The old provinces that went to one new province with every line.
fn undisputed(mut provinces: Vec<Step>) -> Vec<Step> {
    provinces.sort_unstable();
    provinces.dedup();
    let groups = provinces.chunk_by(|step, next| step.old == next.old);
    groups.filter_map(|group| if let [only] = group { Some(*only) } else { None }).collect()
}
