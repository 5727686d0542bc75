//! An invented person of the catalogue (`service-catalog/people/<number>.json`), read into a record.
//!
//! Sandbox, simulator, examples and tests share these files (DESIGN §2 "Person file"). They are strict where the
//! register is not: unknown keys are refused, codes are text, and every number starts with 999 (IDENTITY §3.2).

use serde::Deserialize;

use super::name::{has_lookalike_letter, tidy};
use super::{Address, BirthDate, Hint, HouseholdHead, Number, PartialDate, PersonName, PersonalText, Record, Relative};

/// One file: the number under which the person is found, what the file is for, and the record.
pub struct Person {
    /// 12 or 9 digits, starting with 999.
    pub number: String,
    /// Vietnamese, for the maintainer; empty when the file has none.
    pub note: String,
    /// What the register would give, complete.
    pub record: Record,
}

/// Why a person file cannot be used. Names the place, never a value.
#[derive(Debug, thiserror::Error)]
pub enum PersonFileError {
    /// Not JSON, an unknown or missing key, or a value that is no text.
    #[error("line {line}, column {column}: {problem}")]
    Json { line: usize, column: usize, problem: String },
    /// A number that is not of 12 (`so_dinh_danh`) or 9 digits (`so_cmnd`).
    #[error("{0}: the number is not well formed")]
    Number(&'static str),
    /// A number that could belong to somebody.
    #[error("{0}: numbers of invented people start with 999")]
    NotInvented(&'static str),
    /// A date that is no ISO date, year-month or year.
    #[error("{0}: the date is not written yyyy, yyyy-mm or yyyy-mm-dd, or does not exist")]
    Date(&'static str),
}

/// Reads a person file. `record.so_dinh_danh` is `number` where the file leaves it out and `number` has 12 digits.
pub fn read(text: &str) -> Result<Person, PersonFileError> {
    let file: PersonFile = serde_json::from_str(text).map_err(|error| PersonFileError::Json {
        line: error.line(),
        column: error.column(),
        problem: problem_of(&error),
    })?;
    let PersonFile { _schema, number, note, record } = file;
    let well_formed = Number::parse(&number).map_err(|_| PersonFileError::Number("number"))?;
    if well_formed.digits() != number {
        return Err(PersonFileError::Number("number"));
    }
    if !well_formed.is_invented() {
        return Err(PersonFileError::NotInvented("number"));
    }
    let mut record = record.into_record()?;
    if record.so_dinh_danh.is_none() && matches!(well_formed, Number::Personal(_)) {
        record.so_dinh_danh = PersonalText::given(number.as_str());
    }
    Ok(Person { number, note, record })
}

/// What serde says, without the value that it quotes in front of "expected".
fn problem_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // serde_json appends the place, which the error has in fields of its own.
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _place)| text);
    match text.split_once(", expected ") {
        Some((wrong, expected)) if wrong.starts_with("invalid ") => format!("expected {expected}"),
        _ => text.to_owned(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonFile {
    #[serde(rename = "$schema")]
    _schema: Option<String>,
    number: String,
    #[serde(default)]
    note: String,
    record: RecordText,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordText {
    so_dinh_danh: Option<String>,
    so_cmnd: Option<String>,
    ho_va_ten: Option<NameText>,
    gioi_tinh: Option<String>,
    dan_toc: Option<String>,
    ton_giao: Option<String>,
    tinh_trang_hon_nhan: Option<String>,
    nhom_mau: Option<String>,
    ngay_sinh: Option<BirthDateText>,
    quoc_tich: Option<String>,
    #[serde(default)]
    noi_dang_ky_khai_sinh: AddressText,
    #[serde(default)]
    que_quan: AddressText,
    #[serde(default)]
    thuong_tru: AddressText,
    #[serde(default)]
    noi_o_hien_tai: AddressText,
    #[serde(default)]
    cha: RelativeText,
    #[serde(default)]
    me: RelativeText,
    #[serde(default)]
    vo_chong: RelativeText,
    #[serde(default)]
    nguoi_dai_dien: RelativeText,
    #[serde(default)]
    chu_ho: HouseholdHeadText,
    so_so_ho_khau: Option<String>,
    trang_thai_cong_dan: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a name as text or as {ho, chu_dem, ten}")]
enum NameText {
    Whole(String),
    Parts(NamePartsText),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamePartsText {
    ho: Option<String>,
    chu_dem: Option<String>,
    ten: Option<String>,
}

/// A date, or the two elements of the register's group where they shall contradict each other.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a date as text or as {nam, ngay_thang_nam}")]
enum BirthDateText {
    One(String),
    Two(BirthDateGroupText),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BirthDateGroupText {
    nam: String,
    ngay_thang_nam: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct AddressText {
    tinh: Option<String>,
    huyen: Option<String>,
    xa: Option<String>,
    chi_tiet: Option<String>,
    quoc_gia: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RelativeText {
    ho_va_ten: Option<NameText>,
    quoc_tich: Option<String>,
    so_dinh_danh: Option<String>,
    so_cmnd: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct HouseholdHeadText {
    ho_va_ten: Option<NameText>,
    so_dinh_danh: Option<String>,
    so_cmnd: Option<String>,
    quan_he: Option<String>,
}

impl RecordText {
    fn into_record(self) -> Result<Record, PersonFileError> {
        let mut hints = Vec::new();
        let ngay_sinh = birth_date(self.ngay_sinh)?;
        if matches!(ngay_sinh, BirthDate::Conflict { .. }) {
            hints.push(Hint::BirthYearConflict);
        }
        let ho_va_ten = self.ho_va_ten.and_then(NameText::into_name);
        // The reply reader gives the same hint for the same letter.
        if ho_va_ten.as_ref().is_some_and(|name| has_lookalike_letter(&name.full())) {
            hints.push(Hint::LookalikeLetter);
        }
        Ok(Record {
            so_dinh_danh: personal_number(self.so_dinh_danh, "record.so_dinh_danh")?,
            so_cmnd: old_number(self.so_cmnd, "record.so_cmnd")?,
            ho_va_ten,
            gioi_tinh: text(self.gioi_tinh),
            dan_toc: text(self.dan_toc),
            ton_giao: text(self.ton_giao),
            tinh_trang_hon_nhan: text(self.tinh_trang_hon_nhan),
            nhom_mau: text(self.nhom_mau),
            ngay_sinh,
            quoc_tich: text(self.quoc_tich),
            noi_dang_ky_khai_sinh: self.noi_dang_ky_khai_sinh.into_address(),
            que_quan: self.que_quan.into_address(),
            thuong_tru: self.thuong_tru.into_address(),
            noi_o_hien_tai: self.noi_o_hien_tai.into_address(),
            cha: self.cha.into_relative("record.cha.so_dinh_danh", "record.cha.so_cmnd")?,
            me: self.me.into_relative("record.me.so_dinh_danh", "record.me.so_cmnd")?,
            vo_chong: self.vo_chong.into_relative("record.vo_chong.so_dinh_danh", "record.vo_chong.so_cmnd")?,
            nguoi_dai_dien: self
                .nguoi_dai_dien
                .into_relative("record.nguoi_dai_dien.so_dinh_danh", "record.nguoi_dai_dien.so_cmnd")?,
            chu_ho: HouseholdHead {
                ho_va_ten: self.chu_ho.ho_va_ten.and_then(NameText::into_name),
                so_dinh_danh: personal_number(self.chu_ho.so_dinh_danh, "record.chu_ho.so_dinh_danh")?,
                so_cmnd: old_number(self.chu_ho.so_cmnd, "record.chu_ho.so_cmnd")?,
                quan_he: text(self.chu_ho.quan_he),
            },
            so_so_ho_khau: text(self.so_so_ho_khau),
            trang_thai_cong_dan: text(self.trang_thai_cong_dan),
            hints,
        })
    }
}

impl NameText {
    fn into_name(self) -> Option<PersonName> {
        let part = |part: Option<String>| part.and_then(|part| PersonalText::given(tidy(&part)));
        match self {
            Self::Whole(name) => PersonName::whole(tidy(&name)),
            Self::Parts(NamePartsText { ho, chu_dem, ten }) => {
                PersonName::from_parts(part(ho), part(chu_dem), part(ten))
            }
        }
    }
}

impl AddressText {
    fn into_address(self) -> Address {
        Address {
            tinh: text(self.tinh),
            huyen: text(self.huyen),
            xa: text(self.xa),
            chi_tiet: text(self.chi_tiet),
            quoc_gia: text(self.quoc_gia),
        }
    }
}

impl RelativeText {
    fn into_relative(self, number: &'static str, card: &'static str) -> Result<Relative, PersonFileError> {
        Ok(Relative {
            ho_va_ten: self.ho_va_ten.and_then(NameText::into_name),
            quoc_tich: text(self.quoc_tich),
            so_dinh_danh: personal_number(self.so_dinh_danh, number)?,
            so_cmnd: old_number(self.so_cmnd, card)?,
        })
    }
}

fn text(value: Option<String>) -> Option<PersonalText> {
    value.and_then(PersonalText::given)
}

fn birth_date(value: Option<BirthDateText>) -> Result<BirthDate, PersonFileError> {
    const PATH: &str = "record.ngay_sinh";
    let date = |iso: &str| PartialDate::from_iso(iso).map_err(|_| PersonFileError::Date(PATH));
    match value {
        None => Ok(BirthDate::NotGiven),
        Some(BirthDateText::One(iso)) if iso.trim().is_empty() => Ok(BirthDate::NotGiven),
        Some(BirthDateText::One(iso)) => date(&iso).map(BirthDate::Given),
        Some(BirthDateText::Two(group)) => {
            let (year, whole) = (date(&group.nam)?, date(&group.ngay_thang_nam)?);
            if year.month().is_some() {
                return Err(PersonFileError::Date(PATH));
            }
            Ok(if year.year() == whole.year() {
                BirthDate::Given(whole)
            } else {
                BirthDate::Conflict { nam: year.year(), ngay_thang_nam: whole }
            })
        }
    }
}

fn personal_number(value: Option<String>, path: &'static str) -> Result<Option<PersonalText>, PersonFileError> {
    invented(value, path, |number| matches!(number, Number::Personal(_)))
}

fn old_number(value: Option<String>, path: &'static str) -> Result<Option<PersonalText>, PersonFileError> {
    invented(value, path, |number| matches!(number, Number::OldCard(_)))
}

fn invented(
    value: Option<String>,
    path: &'static str,
    is_kind: impl Fn(&Number) -> bool,
) -> Result<Option<PersonalText>, PersonFileError> {
    let Some(given) = text(value) else { return Ok(None) };
    match Number::parse(given.reveal()) {
        Ok(number) if is_kind(&number) && number.digits() == given.reveal() => {
            if number.is_invented() {
                Ok(Some(given))
            } else {
                Err(PersonFileError::NotInvented(path))
            }
        }
        _ => Err(PersonFileError::Number(path)),
    }
}

#[cfg(test)]
mod tests;
