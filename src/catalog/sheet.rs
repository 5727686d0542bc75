//! Mappings as a table for spreadsheets (CSV), and back without loss.
//!
//! One row a role, a property, a source of knowledge; columns [`COLUMNS`]. What stands in `how`:
//!
//! ```text
//! form                                     the form itself; note: the mapping's note
//! person; lookup; filer                    target: role, label: its Vietnamese name
//! applicant                                source: role
//! applicant; ask                           source: role | role | none
//! applicant; by_gender                     source: 1=role | 2=role
//! from                                     source: role.attribute
//! first_of                                 source: path | path (suggest)
//! compose; separator=", "                  source: path + path
//! rows                                     source: role; its columns are rows with the target  list/column
//! manual                                   nobody but a person fills it
//! provenance; confidence=high; required_basis=judged      source: one text a row
//! ```
//!
//! `from`, `first_of` and `compose` also take `format=NAME`, `suggest`, and `when PATH=CODE,CODE` (several are "and").
//! Words with blanks or signs stand in double quotes, written like a JSON text. `order` puts rows in order whatever the
//! spreadsheet did to them; `section` and `label` of a property come from the form and cannot be changed here.
//!
//! A cell that a spreadsheet would take for a formula (`= + - @`, tab) gets a leading `'`, which reading takes away
//! again (RISKS T20). Pure: bytes and parsed files in, bytes and texts out.

mod build;
mod head;
mod how;
mod locate;
mod properties;
mod read;
mod table;
#[cfg(test)]
mod tests;
mod write;

pub use read::{ReadMapping, read_mappings};
pub use table::{Table, read_table, write_table};
pub use write::rows_of;

/// The syntax of the table, for the help of the commands.
pub const HELP: &str = "\
Bảng / the table: form, order, section, target, label, source, how, lock, note. Cột how / what stands in how:

  form                               note: ghi chú của ánh xạ (the mapping's note)
  person; lookup; filer              target: vai (role), label: tên vai
  applicant                          source: vai
  applicant; ask                     source: vai | vai | none
  applicant; by_gender               source: 1=vai | 2=vai
  from                               source: vai.thuoc_tinh (role.attribute)
  first_of                           source: vai.a | vai.b (suggest)
  compose; separator=\", \"           source: vai.a + vai.b
  rows                               source: vai; cột của danh sách là dòng target danh_sach/cot
  manual                             người điền (filled by a person)
  provenance; confidence=high; required_basis=judged      source: một nguồn mỗi dòng

from, first_of, compose nhận thêm / also take: format=NAME; suggest; when vai.thuoc_tinh=mã,mã
lock: true, false hoặc để trống (or empty). order: thứ tự dòng (the order of the rows).
section và label của trường thuộc tờ khai, không đổi ở đây (belong to the form and are not changed here).
Ô bắt đầu bằng = + - @ có dấu ' đứng trước (cells that begin like a formula have a leading ').";

/// The columns, in order.
pub const COLUMNS: [&str; 9] = ["form", "order", "section", "target", "label", "source", "how", "lock", "note"];

/// One row of the table; cells as the maintainer means them (without formula guards, in NFC).
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Row {
    /// The row of the spreadsheet; the heading is row 1.
    pub number: usize,
    pub form: String,
    pub order: String,
    pub section: String,
    pub target: String,
    pub label: String,
    pub source: String,
    pub how: String,
    pub lock: String,
    pub note: String,
}

impl Row {
    fn cells(&self) -> [&str; COLUMNS.len()] {
        [
            &self.form,
            &self.order,
            &self.section,
            &self.target,
            &self.label,
            &self.source,
            &self.how,
            &self.lock,
            &self.note,
        ]
    }
}

/// A cell that cannot be taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCell {
    /// The row of the spreadsheet; the heading is row 1.
    pub row: usize,
    /// One of [`COLUMNS`], or empty when the whole row is meant.
    pub column: &'static str,
    /// The letter of the column in this file, when the file has it.
    pub letter: Option<char>,
    pub vi: String,
    pub en: String,
    pub did_you_mean: Option<String>,
}

impl BadCell {
    fn new(row: usize, column: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { row, column, letter: None, vi: vi.into(), en: en.into(), did_you_mean: None }
    }

    fn suggesting<'w>(mut self, wrong: &str, right: impl IntoIterator<Item = &'w str>) -> Self {
        self.did_you_mean = crate::strict_json::nearest(wrong, right);
        self
    }
}

impl std::fmt::Display for BadCell {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "dòng {}", self.row)?;
        if let Some(letter) = self.letter {
            write!(formatter, ", cột {letter}")?;
        }
        if !self.column.is_empty() {
            write!(formatter, " ({})", self.column)?;
        }
        write!(formatter, ": {} / {}", self.vi, self.en)?;
        match &self.did_you_mean {
            Some(word) => write!(formatter, " — có phải `{word}`? (did you mean `{word}`?)"),
            None => Ok(()),
        }
    }
}
