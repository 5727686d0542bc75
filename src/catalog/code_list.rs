//! Code lists (`service-catalog/code-lists/<name>.csv`): what a code of the register means and whether it may be filled.

use std::collections::HashMap;

use jiff::civil::Date;

/// What may be done with a code (column `use`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeUse {
    /// May be filled.
    Value,
    /// Says "no information": the same as not given.
    NotGiven,
    /// Disputed between systems: offered for confirmation only.
    Confirm,
    /// Seen, but its meaning is not known: not filled.
    Unknown,
    /// For papers and forms only; never expected from the register, so never filled from it.
    Local,
}

/// One row of a code list.
pub struct CodeEntry {
    pub code: Box<str>,
    pub name_vi: Box<str>,
    pub valid_from: Option<Date>,
    pub valid_to: Option<Date>,
    pub code_use: CodeUse,
}

/// One list; codes are text and keep their leading zeros.
pub struct CodeList {
    entries: HashMap<Box<str>, CodeEntry>,
    /// All codes are digits of this length, so `1` may stand for `01` (PROTOCOL §5.2 rule 4).
    padded_width: Option<usize>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    code: String,
    name_vi: String,
    #[serde(rename = "name_en")]
    _name_en: String,
    valid_from: String,
    valid_to: String,
    r#use: String,
    #[serde(rename = "source")]
    _source: String,
}

impl CodeList {
    /// Reads a list; the error is a line number (from 1) and an English sentence.
    pub fn read(text: &str) -> Result<Self, (u64, String)> {
        let mut entries: HashMap<Box<str>, CodeEntry> = HashMap::new();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for row in reader.deserialize::<Row>() {
            let row = row.map_err(|error| (error.position().map_or(1, csv::Position::line), error.to_string()))?;
            let line = entries.len() as u64 + 2;
            let code_use = match row.r#use.as_str() {
                "value" => CodeUse::Value,
                "not_given" => CodeUse::NotGiven,
                "confirm" => CodeUse::Confirm,
                "unknown" => CodeUse::Unknown,
                "local" => CodeUse::Local,
                _ => return Err((line, "`use` must be value, not_given, confirm, unknown or local".to_owned())),
            };
            let entry = CodeEntry {
                code: row.code.clone().into(),
                name_vi: row.name_vi.into(),
                valid_from: date(&row.valid_from).map_err(|error| (line, error))?,
                valid_to: date(&row.valid_to).map_err(|error| (line, error))?,
                code_use,
            };
            if entries.insert(Box::from(row.code), entry).is_some() {
                return Err((line, "this code stands twice in the list".to_owned()));
            }
        }
        let widths: Vec<usize> = entries.keys().map(|code| code.len()).collect();
        let digits = entries.keys().all(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
        let padded_width =
            widths.first().copied().filter(|w| *w > 1 && digits && widths.iter().all(|width| width == w));
        Ok(Self { entries, padded_width })
    }

    /// The row of a code, compared as text and, for lists of digits, as a number (`1` is `01`).
    pub fn find(&self, code: &str) -> Option<&CodeEntry> {
        if let Some(entry) = self.entries.get(code) {
            return Some(entry);
        }
        let width = self.padded_width?;
        if code.is_empty() || code.len() >= width || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.entries.get(format!("{code:0>width$}").as_str())
    }

    /// All codes, for checks and suggestions.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(|code| &**code)
    }
}

impl CodeEntry {
    /// Whether the code is in force on a day.
    pub fn valid_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }
}

fn date(text: &str) -> Result<Option<Date>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| format!("`{text}` is no date (yyyy-mm-dd)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str =
        "code,name_vi,name_en,valid_from,valid_to,use,source\n01,Kinh,Kinh,,,value,x\n12,Ê-đê,Ede,,,value,x\n";

    #[test]
    fn a_code_is_compared_as_text_and_as_a_number() {
        let list = CodeList::read(LIST).expect("list");
        assert_eq!(list.find("01").map(|entry| &*entry.code), Some("01"));
        assert_eq!(list.find("1").map(|entry| &*entry.code), Some("01"));
        assert!(list.find("77").is_none() && list.find("").is_none() && list.find("001").is_none());
    }

    #[test]
    fn a_one_digit_list_takes_no_padded_code() {
        let list = CodeList::read("code,name_vi,name_en,valid_from,valid_to,use,source\n1,Nam,Male,,,value,x\n")
            .expect("list");
        assert!(list.find("1").is_some() && list.find("01").is_none());
    }

    #[test]
    fn a_bad_row_is_named_by_its_line() {
        let twice = LIST.to_owned() + "01,Kinh,Kinh,,,value,x\n";
        assert_eq!(CodeList::read(&twice).err().map(|(line, _)| line), Some(4));
    }
}
