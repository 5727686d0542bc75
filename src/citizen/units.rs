//! Provinces, districts and communes by dated tables, and what an address says with them.
//!
//! The reform of 1 July 2025 abolished the districts and gave most codes another meaning: 1,836 commune codes and 7
//! province codes stand for another name since then (admin-units README §3). A code is therefore never read without
//! deciding for a table first, and the codes of two address groups are never mixed.

mod changes;
mod load;
mod rows;
mod successor;
mod table;
#[cfg(test)]
mod tests;
mod wording;

use std::borrow::Cow;

use jiff::civil::Date;

use super::name::tidied;
use super::{Address, PersonalText};
use changes::Changes;

pub use rows::{UnitsError, UnitsFile, UnitsProblem};
use table::{Amendment, Place, Row, Table};
use wording::{Named, Words};

/// The day from which there are 34 provinces and no districts (Resolution 202/2025/QH15).
pub const REFORM: Date = jiff::civil::date(2025, 7, 1);

/// The table of units in which an address was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitTable {
    /// 63 provinces, districts, communes: until 30 June 2025.
    Before,
    /// 34 provinces and communes: since 1 July 2025.
    Since,
}

/// The level of an administrative unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitLevel {
    /// Province or city under the central government, 2 digits.
    Tinh,
    /// District, 3 digits; only before the reform.
    Huyen,
    /// Commune, 5 digits.
    Xa,
}

/// A unit as printed. No `Debug`: it is part of somebody's address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Unit<'a> {
    /// With its leading zeros.
    pub code: &'a str,
    /// With the type word in front (`Phường …`), as of the date asked for.
    pub name: &'a str,
}

/// What the codes of an address mean together.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Resolved<'a> {
    /// The table that explains the codes; `None` when none are given, they clash, or the address is abroad.
    pub table: Option<UnitTable>,
    /// The province, if its code is given; it is not concluded from the other codes.
    pub tinh: Option<Unit<'a>>,
    /// The district, if its code is given.
    pub huyen: Option<Unit<'a>>,
    /// The commune, if its code is given.
    pub xa: Option<Unit<'a>>,
    /// Given codes that do not belong together, or that no table has: only the text line may be used (RISKS U12).
    pub clash: bool,
    /// The country is given and is not Viet Nam: codes mean nothing (RISKS U13).
    pub foreign: bool,
}

/// The answer for a pick list of a form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pick<'a> {
    /// The code to choose.
    Code(&'a str),
    /// The address has no code of this level, or is abroad.
    NotGiven,
    /// The unit is known but does not stand in the form's list, or not surely under this code.
    NotInList,
    /// The address contradicts itself.
    Clash,
}

/// What became of the units of an old address on 1 July 2025, see [`Units::successor`].
#[derive(Clone, PartialEq, Eq)]
pub enum Successor<'a> {
    /// Nothing to convert: no commune and no province code, abroad, codes clash, or already in the new units.
    None,
    /// Exactly one new unit.
    Sure {
        /// The new province.
        tinh: Unit<'a>,
        /// The new commune; `None` when the old address names none.
        xa: Option<Unit<'a>>,
    },
    /// The people of the old commune went to several new ones: the officer chooses, the program never does.
    Choices {
        /// The new province, which is one and sure.
        tinh: Unit<'a>,
        /// The new communes, two or more, by code.
        xa: Vec<Unit<'a>>,
    },
}

/// The dated tables of administrative units.
pub struct Units {
    before: Table,
    since: Table,
    changes: Changes,
    /// By level, code, date.
    amendments: Vec<Amendment>,
    /// Codes of the provinces that the reform left alone, see [`Units::pick`].
    undivided: Vec<u32>,
}

/// What the codes of an address come to, before names are looked at.
enum Reading {
    Foreign,
    NoCodes,
    Clash,
    Placed(UnitTable, Place),
}

impl Units {
    /// Loads the four CSV files of `administrative-units/`; the first problem is told with file and line.
    pub fn load(
        before_csv: &str,
        since_csv: &str,
        amendments_csv: &str,
        changes_csv: &str,
    ) -> Result<Self, UnitsError> {
        load::load(before_csv, since_csv, amendments_csv, changes_csv)
    }

    /// Which units the codes of an address name (PROTOCOL §5.1, admin-units README §3 rules 1 to 3).
    ///
    /// With a district code the old table holds. Without one the new table is tried first, then the old one. All given
    /// codes must belong together, otherwise they clash. A code of zeros or `NULL` is not given. `on` chooses the name:
    /// units renamed later than `on` have their former name.
    pub fn resolve(&self, address: &Address, on: Date) -> Resolved<'_> {
        match self.read(address) {
            Reading::Foreign => Resolved { foreign: true, ..Resolved::default() },
            Reading::Clash => Resolved { clash: true, ..Resolved::default() },
            Reading::NoCodes => Resolved::default(),
            Reading::Placed(table, place) => {
                let unit = |level| {
                    place.at(level).map(|row| Unit {
                        code: self.table(table).code(level, row),
                        name: self.name(table, level, row, on),
                    })
                };
                Resolved {
                    table: Some(table),
                    tinh: unit(UnitLevel::Tinh),
                    huyen: unit(UnitLevel::Huyen),
                    xa: unit(UnitLevel::Xa),
                    clash: false,
                    foreign: false,
                }
            }
        }
    }

    /// The printed address line: the detail text, then the names of commune, district and province that it does not
    /// already contain (PROTOCOL §9 "address line"; compared without case, diacritics and spaces).
    ///
    /// On a clash the detail text alone; abroad the detail text and the country's name. Blanks leave no mark: never
    /// `.` or `..` (PROTOCOL §10 mistake 6). `None` when nothing is left to print.
    pub fn line<'c>(
        &self,
        address: &Address,
        on: Date,
        country_name: impl Fn(&str) -> Option<&'c str>,
    ) -> Option<String> {
        let detail = detail(address);
        let words = Words::of(detail.as_deref().unwrap_or_default());
        let mut parts: Vec<&str> = Vec::new();
        match self.read(address) {
            Reading::Foreign => {
                let country = given_code(address.quoc_gia.as_ref()).and_then(country_name);
                parts.extend(country.filter(|country| !words.mention(country)));
            }
            Reading::NoCodes | Reading::Clash => {}
            Reading::Placed(table, place) => {
                let names = self.names(table, &place, on);
                for named in names.iter().rev() {
                    // Two units of one name, such as a town and its district: the bare name would not tell which.
                    let shared = names.iter().any(|other| other.level != named.level && other.has_bare_name_of(named));
                    if !words.contain(named, shared) {
                        parts.push(named.printed);
                    }
                }
            }
        }
        let Some(detail) = detail else { return (!parts.is_empty()).then(|| parts.join(", ")) };
        if parts.is_empty() {
            return Some(detail.into_owned());
        }
        parts.insert(0, detail.trim_end_matches([',', ' ']));
        Some(parts.join(", "))
    }

    /// The detail text without the names of this address's units at its end, for forms that have pick lists for those.
    ///
    /// Parts between commas are taken off from the end while they are the name of the province, then the district,
    /// then the commune, with or without the type word. Nothing else is ever removed; `None` when nothing remains.
    pub fn street(&self, address: &Address, on: Date) -> Option<String> {
        let detail = detail(address)?;
        let Reading::Placed(table, place) = self.read(address) else { return Some(detail.into_owned()) };
        let mut room = Words::default();
        let mut rest = &*detail;
        for named in self.names(table, &place, on) {
            let (before, last) = rest.rsplit_once(',').unwrap_or(("", rest));
            if named.is_named(last, &mut room) {
                rest = before.trim_end_matches([',', ' ']);
            }
        }
        (!rest.is_empty()).then(|| rest.to_owned())
    }

    /// The code for the pick list of a form dated `list_on` (PROTOCOL §9 "province, ward pick lists").
    ///
    /// An address of the same table gives its code. Of the other table a district or commune never does: codes were
    /// given anew, and a new commune has up to fourteen parents (admin-units README §3 rules 2, 4, 6).
    ///
    /// A province does when its code and its name of 1 July 2025 are the same in both tables. Checked against the
    /// official conversion of all 10,035 communes: each of these 27 old provinces went wholly into the new one of the
    /// same code, so old to new is sound. New to old it is **not** for 16 of them: an address in the present Hồ Chí
    /// Minh City (79) may lie in what was Bình Dương (74). So new to old is answered only for the 11 provinces that the
    /// reform left alone. They are told by their communes: every commune code of the province that the old table knows
    /// too was in the same province; the conversion gives the same 11.
    pub fn pick(&self, level: UnitLevel, address: &Address, list_on: Date) -> Pick<'_> {
        let list = if list_on < REFORM { UnitTable::Before } else { UnitTable::Since };
        let asked = match level {
            UnitLevel::Tinh => &address.tinh,
            UnitLevel::Huyen => &address.huyen,
            UnitLevel::Xa => &address.xa,
        };
        if given_code(asked.as_ref()).is_none() {
            return Pick::NotGiven;
        }
        let (table, row) = match self.read(address) {
            Reading::Foreign | Reading::NoCodes => return Pick::NotGiven,
            Reading::Clash => return Pick::Clash,
            Reading::Placed(table, place) => match place.at(level) {
                Some(row) => (table, row),
                None => return Pick::NotGiven,
            },
        };
        let code = self.table(table).code(level, row);
        let same = table == list || (level == UnitLevel::Tinh && self.is_same_province(code, list));
        if same { Pick::Code(code) } else { Pick::NotInList }
    }

    fn is_same_province(&self, code: &str, list: UnitTable) -> bool {
        let find = |table: UnitTable| self.table(table).find(UnitLevel::Tinh, code);
        let (Some(before), Some(since)) = (find(UnitTable::Before), find(UnitTable::Since)) else { return false };
        let name = |table, row| self.name(table, UnitLevel::Tinh, row, REFORM);
        name(UnitTable::Before, before) == name(UnitTable::Since, since)
            && (list == UnitTable::Since || self.undivided.contains(&since.code))
    }

    fn read(&self, address: &Address) -> Reading {
        if given_code(address.quoc_gia.as_ref()).is_some_and(|country| !country.eq_ignore_ascii_case("VN")) {
            return Reading::Foreign;
        }
        let codes = [&address.tinh, &address.huyen, &address.xa].map(|code| given_code(code.as_ref()));
        if codes == [None; 3] {
            return Reading::NoCodes;
        }
        let place = |table: UnitTable| self.table(table).place(codes).map(|place| (table, place));
        // The new table has no districts, so a district code finds a place in the old one only.
        match place(UnitTable::Since).or_else(|| place(UnitTable::Before)) {
            Some((table, place)) => Reading::Placed(table, place),
            None => Reading::Clash,
        }
    }

    fn table(&self, table: UnitTable) -> &Table {
        match table {
            UnitTable::Before => &self.before,
            UnitTable::Since => &self.since,
        }
    }

    /// The name on a date: the earliest amendment after it knows how the unit was called until then (README §1 "Trap").
    fn name(&self, table: UnitTable, level: UnitLevel, row: Row, on: Date) -> &str {
        self.amendments_of(table, level, row)
            .find(|amendment| amendment.date > on)
            .map_or_else(|| self.table(table).name(level, row), |amendment| &amendment.name_before)
    }

    /// The units of a place from the province down, with every name under which texts may know them.
    fn names(&self, table: UnitTable, place: &Place, on: Date) -> Vec<Named<'_>> {
        let levels = [UnitLevel::Tinh, UnitLevel::Huyen, UnitLevel::Xa];
        let given = levels.into_iter().filter_map(|level| place.at(level).map(|row| (level, row)));
        given
            .map(|(level, row)| {
                let before = self.amendments_of(table, level, row).map(|amendment| &*amendment.name_before);
                let forms = self.table(table).forms(level, row, before);
                Named { level, printed: self.name(table, level, row, on), forms }
            })
            .collect()
    }

    /// The amendments of a unit in order of date; there are none before the reform.
    fn amendments_of(&self, table: UnitTable, level: UnitLevel, row: Row) -> impl Iterator<Item = &Amendment> {
        let amendments = if table == UnitTable::Since { &self.amendments[..] } else { &[] };
        amendments.iter().filter(move |amendment| amendment.level == level && amendment.code == row.code)
    }
}

/// A code that says something: blank, zeros and `NULL` are not given (RISKS U13).
fn given_code(code: Option<&PersonalText>) -> Option<&str> {
    let code = code?.reveal().trim();
    let says_something = !code.bytes().all(|byte| byte == b'0') && !code.eq_ignore_ascii_case("null");
    says_something.then_some(code)
}

/// The detail text, tidied; one without any letter or digit (`.`, `-`) says nothing.
fn detail(address: &Address) -> Option<Cow<'_, str>> {
    let text = tidied(address.chi_tiet.as_ref()?.reveal());
    text.contains(char::is_alphanumeric).then_some(text)
}
