//! Code lists (`service-catalog/code-lists/<name>.csv`): what a code of the register means and whether it may be filled.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use crate::strict_json::Finding;

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

/// The code lists of a catalogue; a list with mistakes is known, so that nobody else is blamed for it.
#[derive(Default)]
pub struct CodeLists {
    lists: HashMap<Box<str>, Arc<CodeList>>,
    broken: HashSet<Box<str>>,
}

impl CodeLists {
    /// Adds a list; `None`: it exists and could not be read.
    pub fn insert(&mut self, name: &str, list: Option<CodeList>) {
        match list {
            Some(list) => drop(self.lists.insert(name.into(), Arc::new(list))),
            None => drop(self.broken.insert(name.into())),
        }
    }

    /// A list that could be read.
    pub fn get(&self, name: &str) -> Option<&Arc<CodeList>> {
        self.lists.get(name)
    }

    /// Whether there is a list of this name, with or without mistakes.
    pub fn knows(&self, name: &str) -> bool {
        self.lists.contains_key(name) || self.broken.contains(name)
    }

    /// All names, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.lists.keys().chain(&self.broken).map(|name| &**name)
    }
}

const COLUMNS: [&str; 7] = ["code", "name_vi", "name_en", "valid_from", "valid_to", "use", "source"];

impl CodeList {
    /// Reads a list and reports every row that is wrong; `None` when there are findings.
    pub fn read(text: &str, findings: &mut Vec<Finding>) -> Option<Self> {
        let before = findings.len();
        let mut entries: HashMap<Box<str>, CodeEntry> = HashMap::new();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        if !reader.headers().is_ok_and(|header| header.iter().eq(COLUMNS)) {
            let columns = COLUMNS.join(",");
            findings.push(Finding::new(
                "code_list",
                "",
                row_span(text, 1),
                format!("Dòng đầu phải là: {columns}."),
                format!("The first line must be: {columns}."),
            ));
            return None;
        }
        for record in reader.records() {
            let row = match record {
                Ok(record) => {
                    let line = record.position().map_or(1, csv::Position::line);
                    read_row(&record, &entries).map_err(|problem| (line, problem))
                }
                Err(error) => Err((error.position().map_or(1, csv::Position::line), Problem::shape(&error))),
            };
            match row {
                Ok(entry) => drop(entries.insert(entry.code.clone(), entry)),
                Err((line, Problem { rule, vi, en })) => {
                    findings.push(Finding::new(rule, "", row_span(text, line), vi, en));
                }
            }
        }
        if entries.is_empty() && findings.len() == before {
            let (vi, en) = ("Bảng mã không có dòng nào.", "The code list has no row.");
            findings.push(Finding::new("code_list_empty", "", row_span(text, 1), vi, en));
        }
        let widths: Vec<usize> = entries.keys().map(|code| code.len()).collect();
        let digits = entries.keys().all(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
        let padded_width =
            widths.first().copied().filter(|w| *w > 1 && digits && widths.iter().all(|width| width == w));
        (findings.len() == before).then_some(Self { entries, padded_width })
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

    /// All rows, in no order.
    pub fn entries(&self) -> impl Iterator<Item = &CodeEntry> {
        self.entries.values()
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

/// What is wrong with a row.
struct Problem {
    rule: &'static str,
    vi: String,
    en: String,
}

impl Problem {
    fn new(rule: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { rule, vi: vi.into(), en: en.into() }
    }

    fn shape(error: &csv::Error) -> Self {
        match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => Self::new(
                "code_list",
                format!("Dòng có {len} cột, phải có {expected_len}: xem lại dấu phẩy và dấu nháy."),
                format!("The line has {len} fields and must have {expected_len}: look at commas and quotes."),
            ),
            _ => Self::new("code_list", "Dòng không phải CSV hợp lệ.", "The line is no valid CSV."),
        }
    }
}

fn read_row(record: &csv::StringRecord, known: &HashMap<Box<str>, CodeEntry>) -> Result<CodeEntry, Problem> {
    let (code, name) = (&record[0], &record[1]);
    if code.trim().is_empty() || name.trim().is_empty() {
        let (vi, en) = ("Dòng thiếu mã hoặc thiếu tên tiếng Việt.", "The line lacks its code or its Vietnamese name.");
        return Err(Problem::new("code_missing", vi, en));
    }
    if known.contains_key(code) {
        let (vi, en) = ("Mã này đã có ở dòng trên.", "This code stands twice in the list.");
        return Err(Problem::new("code_list", vi, en));
    }
    let code_use = match &record[5] {
        "value" => CodeUse::Value,
        "not_given" => CodeUse::NotGiven,
        "confirm" => CodeUse::Confirm,
        "unknown" => CodeUse::Unknown,
        "local" => CodeUse::Local,
        _ => {
            return Err(Problem::new(
                "code_list",
                "Cột `use` là value, not_given, confirm, unknown hoặc local.",
                "`use` must be value, not_given, confirm, unknown or local.",
            ));
        }
    };
    let (valid_from, valid_to) = (date(&record[3])?, date(&record[4])?);
    if let (Some(from), Some(to)) = (valid_from, valid_to)
        && to < from
    {
        let (vi, en) = ("`valid_to` ở trước `valid_from`.", "`valid_to` is before `valid_from`.");
        return Err(Problem::new("code_period", vi, en));
    }
    Ok(CodeEntry { code: code.into(), name_vi: name.into(), valid_from, valid_to, code_use })
}

fn date(text: &str) -> Result<Option<Date>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        let (vi, en) = ("Ngày phải có dạng yyyy-mm-dd và có thật.", "A day is written yyyy-mm-dd and must exist.");
        Problem::new("code_list", vi, en)
    })
}

/// The place of a row in a CSV text. The reader counts empty lines before a row as part of it.
pub fn row_span(text: &str, line: u64) -> Range<usize> {
    let skipped = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let mut start = text.split_inclusive('\n').take(skipped).map(str::len).sum::<usize>();
    while let Some(rest) = text[start..].strip_prefix("\r\n").or_else(|| text[start..].strip_prefix('\n')) {
        start = text.len() - rest.len();
    }
    let end = text[start..].find(['\r', '\n']).map_or(text.len(), |length| start + length);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str =
        "code,name_vi,name_en,valid_from,valid_to,use,source\n01,Kinh,Kinh,,,value,x\n12,Ê-đê,Ede,,,value,x\n";

    fn read(text: &str) -> Result<CodeList, Vec<Finding>> {
        let mut findings = Vec::new();
        CodeList::read(text, &mut findings).ok_or(findings)
    }

    #[test]
    fn a_code_is_compared_as_text_and_as_a_number() {
        let list = read(LIST).expect("list");
        assert_eq!(list.find("01").map(|entry| &*entry.code), Some("01"));
        assert_eq!(list.find("1").map(|entry| &*entry.code), Some("01"));
        assert!(list.find("77").is_none() && list.find("").is_none() && list.find("001").is_none());
    }

    #[test]
    fn a_one_digit_list_takes_no_padded_code() {
        let list = read("code,name_vi,name_en,valid_from,valid_to,use,source\n1,Nam,Male,,,value,x\n").expect("list");
        assert!(list.find("1").is_some() && list.find("01").is_none());
    }

    #[test]
    fn every_bad_row_is_told_at_its_line() {
        let text = LIST.to_owned()
            + "01,Kinh,Kinh,,,value,x\n\n\n13,A,A,,,valu,x\n,A,A,,,value,x\n14,A,A,2024-01-01,2023-01-01,value,x\n15,A\n";
        let findings = read(&text).err().expect("findings");
        let told: Vec<(&str, &str)> = findings
            .iter()
            .map(|found| (found.rule, text[found.span.clone()].split(',').next().unwrap_or("")))
            .collect();
        let expected = [
            ("code_list", "01"),
            ("code_list", "13"),
            ("code_missing", ""),
            ("code_period", "14"),
            ("code_list", "15"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn an_empty_list_and_a_strange_header_are_refused() {
        let rule = |text: &str| read(text).err().expect("findings")[0].rule;
        assert_eq!(rule("code,name_vi,name_en,valid_from,valid_to,use,source\n"), "code_list_empty");
        assert_eq!((rule(""), rule("code,name\n01,x\n")), ("code_list", "code_list"));
    }
}
