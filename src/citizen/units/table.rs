//! One table of administrative units in compact memory: all texts in one string, 12 bytes a unit beside it.

use std::sync::OnceLock;

use jiff::civil::Date;

use super::UnitLevel;
use super::wording::Form;

/// One unit: its code as a number (the length of codes is fixed for each level), where its texts stand, its parent.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) code: u32,
    /// Where the code begins in the table's text; the name follows it.
    pub(super) start: u32,
    pub(super) name_len: u16,
    /// Code of the unit above: of a district the province, of a commune the district, or the province if there are
    /// no districts. 0 for a province.
    pub(super) parent: u16,
}

/// A dated change of a name; codes do not change.
pub(super) struct Amendment {
    pub(super) level: UnitLevel,
    pub(super) code: u32,
    pub(super) date: Date,
    pub(super) name_before: Box<str>,
    pub(super) name_after: Box<str>,
}

/// The units of one period; each level sorted by code.
#[derive(Default)]
pub(super) struct Table {
    pub(super) text: String,
    pub(super) provinces: Vec<Row>,
    pub(super) districts: Vec<Row>,
    pub(super) communes: Vec<Row>,
    /// How texts may name each unit (provinces, districts, communes in the order of the rows): worked out when an address
    /// first needs it, because that takes longer than everything else of an address, and most units are never asked for.
    forms: Box<[OnceLock<Box<[Form]>>]>,
}

/// The units that the codes of an address name; only levels whose code was given.
#[derive(Clone, Copy)]
pub(super) struct Place {
    tinh: Option<Row>,
    huyen: Option<Row>,
    xa: Option<Row>,
}

impl Place {
    pub(super) fn at(&self, level: UnitLevel) -> Option<Row> {
        match level {
            UnitLevel::Tinh => self.tinh,
            UnitLevel::Huyen => self.huyen,
            UnitLevel::Xa => self.xa,
        }
    }
}

/// Digits of a code of this level.
pub(super) fn code_len(level: UnitLevel) -> usize {
    match level {
        UnitLevel::Tinh => 2,
        UnitLevel::Huyen => 3,
        UnitLevel::Xa => 5,
    }
}

/// The number of a code of this level; `None` when it has another length or other characters. Nothing is padded.
pub(super) fn code_number(level: UnitLevel, code: &str) -> Option<u32> {
    let well_formed = code.len() == code_len(level) && code.bytes().all(|byte| byte.is_ascii_digit());
    if well_formed { code.parse().ok() } else { None }
}

impl Table {
    /// Puts the rows in order; nothing is added afterwards.
    pub(super) fn finish(&mut self) {
        for rows in [&mut self.provinces, &mut self.districts, &mut self.communes] {
            rows.sort_unstable_by_key(|row| row.code);
            rows.shrink_to_fit();
        }
        self.text.shrink_to_fit();
        let units = self.provinces.len() + self.districts.len() + self.communes.len();
        self.forms = std::iter::repeat_with(OnceLock::new).take(units).collect();
    }

    /// How texts may name a unit: by its name here, and by those that it had before.
    pub(super) fn forms<'t>(&'t self, level: UnitLevel, row: Row, before: impl Iterator<Item = &'t str>) -> &'t [Form] {
        let name = self.name(level, row);
        let forms = || std::iter::once(name).chain(before.filter(|other| *other != name)).map(Form::of).collect();
        let above = match level {
            UnitLevel::Tinh => 0,
            UnitLevel::Huyen => self.provinces.len(),
            UnitLevel::Xa => self.provinces.len() + self.districts.len(),
        };
        let index = self.rows(level).binary_search_by_key(&row.code, |row| row.code).map(|index| above + index);
        let place = index.ok().and_then(|index| self.forms.get(index));
        place.map(|place| &**place.get_or_init(forms)).unwrap_or_default()
    }

    pub(super) fn find(&self, level: UnitLevel, code: &str) -> Option<Row> {
        find_number(self.rows(level), code_number(level, code)?)
    }

    pub(super) fn code(&self, level: UnitLevel, row: Row) -> &str {
        let start = row.start as usize;
        &self.text[start..start + code_len(level)]
    }

    pub(super) fn name(&self, level: UnitLevel, row: Row) -> &str {
        let start = row.start as usize + code_len(level);
        &self.text[start..start + usize::from(row.name_len)]
    }

    /// The units of the given codes (province, district, commune), if this table has all of them and they belong
    /// together.
    pub(super) fn place(&self, [tinh, huyen, xa]: [Option<&str>; 3]) -> Option<Place> {
        let find = |level, code: Option<&str>| code.map(|code| self.find(level, code).ok_or(())).transpose().ok();
        let place = Place {
            tinh: find(UnitLevel::Tinh, tinh)?,
            huyen: find(UnitLevel::Huyen, huyen)?,
            xa: find(UnitLevel::Xa, xa)?,
        };
        let inside = |inner: Option<u32>, outer: Option<Row>| match (inner, outer) {
            (Some(inner), Some(outer)) => inner == outer.code,
            _ => true,
        };
        let commune_in_district = inside(place.xa.map(|row| u32::from(row.parent)), place.huyen);
        let commune_in_province = inside(place.xa.and_then(|row| self.province_of(row)), place.tinh);
        let district_in_province = inside(place.huyen.map(|row| u32::from(row.parent)), place.tinh);
        (commune_in_district && commune_in_province && district_in_province).then_some(place)
    }

    /// Code of the province of a commune.
    pub(super) fn province_of(&self, commune: Row) -> Option<u32> {
        let parent = u32::from(commune.parent);
        if self.districts.is_empty() {
            return Some(parent);
        }
        find_number(&self.districts, parent).map(|district| u32::from(district.parent))
    }

    fn rows(&self, level: UnitLevel) -> &[Row] {
        match level {
            UnitLevel::Tinh => &self.provinces,
            UnitLevel::Huyen => &self.districts,
            UnitLevel::Xa => &self.communes,
        }
    }
}

pub(super) fn find_number(rows: &[Row], number: u32) -> Option<Row> {
    rows.binary_search_by_key(&number, |row| row.code).ok().map(|index| rows[index])
}
