//! From an old address to the units since 1 July 2025, never guessed and never back.

#[cfg(test)]
mod tests;

use jiff::civil::Date;

use super::changes::Step;
use super::table::{Row, find_number};
use super::{Reading, Successor, Unit, UnitLevel, UnitTable, Units};
use crate::citizen::Address;

impl Units {
    /// The new units of an address that was written before the reform (admin-units README §3 rule 4).
    ///
    /// Only an address that [`Units::resolve`] explains with the old table is converted; a new one never is,
    /// and nothing is converted back (rule 6). A commune has a sure successor when exactly one line of it has kind `unchanged`, `renamed`
    /// or `merged` (§2): 9,654 of 10,035. The people of the other 381 went to several new communes; these are the
    /// choices, and neither the largest nor the first is meant. Units that got only land are no choices.
    ///
    /// Without a commune the province alone is answered, and only if all communes of the old province went to one new
    /// province; so did all 63. A district that had no communes (Côn Đảo and four more) is answered like a commune. Of
    /// any other district nothing follows: it is not converted, and without the province's code there is no answer.
    ///
    /// Names are those of the day `on`; before the reform the new units have the names of 1 July 2025. Place of birth
    /// and home place are facts of the past: for them the answer may be offered, never put in place (rule 5).
    pub fn successor(&self, address: &Address, on: Date) -> Successor<'_> {
        let Reading::Placed(UnitTable::Before, place) = self.read(address) else { return Successor::None };
        if let Some(commune) = place.at(UnitLevel::Xa) {
            return self.answer(self.changes.of_commune(commune.code), on);
        }
        let island = place.at(UnitLevel::Huyen).map(|district| self.changes.of_island(district.code));
        if let Some(island) = island.filter(|steps| !steps.is_empty()) {
            return self.answer(island, on);
        }
        let province = place.at(UnitLevel::Tinh).and_then(|province| self.changes.of_province(province.code));
        match province.and_then(|code| find_number(&self.since.provinces, code)) {
            Some(row) => Successor::Sure { tinh: self.new_unit(UnitLevel::Tinh, row, on), xa: None },
            None => Successor::None,
        }
    }

    /// The new communes of one old unit; the reader has proved that they lie in one province.
    fn answer(&self, steps: &[Step], on: Date) -> Successor<'_> {
        let rows: Vec<Row> = steps.iter().filter_map(|step| find_number(&self.since.communes, step.new)).collect();
        let province = rows.first().and_then(|row| find_number(&self.since.provinces, u32::from(row.parent)));
        let Some(province) = province else { return Successor::None };
        let tinh = self.new_unit(UnitLevel::Tinh, province, on);
        match rows.as_slice() {
            [only] => Successor::Sure { tinh, xa: Some(self.new_unit(UnitLevel::Xa, *only, on)) },
            several => {
                let xa = several.iter().map(|row| self.new_unit(UnitLevel::Xa, *row, on)).collect();
                Successor::Choices { tinh, xa }
            }
        }
    }

    fn new_unit(&self, level: UnitLevel, row: Row, on: Date) -> Unit<'_> {
        Unit { code: self.since.code(level, row), name: self.name(UnitTable::Since, level, row, on) }
    }
}
