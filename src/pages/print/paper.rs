//! A form as lines of a sheet of paper. Pure.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::catalog::{Applicant, FormPlan, Property, PropertyKind};
use crate::pages::counter::Entry;
use crate::pages::words::printed_section;

/// Rows that an empty table has, for writing.
const EMPTY_ROWS: usize = 3;
/// Longest label, and longest value, of a box that shares its line with others.
const SHORT: usize = 16;
/// Longest label of boxes to tick that share their line.
const SHORT_TICKS: usize = 22;
/// Boxes for text that share a line on papers all the same.
const SHORT_TEXTS: [&str; 10] =
    ["Giới tính", "Khoa", "Khóa", "Lớp", "Nơi cấp", "Quyển số", "quyển số", "Số điện thoại", "số", "năm"];
/// A line of the sheet has about so many letters.
const LINE: usize = 64;
/// The printed label of the day of signing.
const SIGNING_DAY: &str = "ngày … tháng … năm …";

/// What the paper of one form prints besides its boxes.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paper {
    /// Where the text was seen; kept with the text, not shown.
    #[serde(rename = "source")]
    _source: String,
    /// Two sections that stand side by side in a table.
    #[serde(default)]
    columns: Vec<String>,
    /// What is printed instead of a section's heading; empty: nothing is.
    #[serde(default)]
    headings: HashMap<String, String>,
    /// A sentence before the box of this key.
    #[serde(default)]
    before: HashMap<String, String>,
    #[serde(default)]
    closing: Vec<String>,
    #[serde(default)]
    signatures: Vec<Signature>,
}

/// Who signs.
#[derive(Clone, Deserialize)]
pub struct Signature {
    pub title: String,
    pub hint: String,
}

static PAPERS: LazyLock<HashMap<String, Paper>> =
    LazyLock::new(|| serde_json::from_str(include_str!("papers.json")).unwrap_or_default());

/// One piece of the sheet.
pub enum Item {
    Heading(String),
    Sentence(String),
    /// Who the paper goes to.
    Receiver {
        label: String,
        value: String,
    },
    /// Boxes that share lines where they fit.
    Lines(Vec<Line>),
    Table {
        label: String,
        columns: Vec<String>,
        rows: Vec<Vec<String>>,
    },
    /// Two people side by side.
    Pair {
        heads: Vec<String>,
        rows: Vec<(String, Vec<String>)>,
    },
    /// Place and day of signing: place, day, month, year.
    Day {
        place: String,
        day: String,
        month: String,
        year: String,
    },
}

/// One box.
pub struct Line {
    pub label: String,
    pub value: String,
    pub is_short: bool,
    /// Label and value need more than one line.
    pub is_long: bool,
    /// A box to tick: yes and no.
    pub ticks: Option<(bool, bool)>,
}

/// The sheet of a form with what was typed and filled.
pub fn items(form: &FormPlan, entry: &Entry) -> Vec<Item> {
    let blank = Paper::default();
    let paper = PAPERS.get(&*form.id).unwrap_or(&blank);
    let mut items: Vec<Item> = Vec::new();
    let mut heading = String::new();
    let properties = &form.schema.properties;
    let mut closed = paper.closing.is_empty();
    let mut skip_until = 0;
    for (index, property) in properties.iter().enumerate() {
        if index < skip_until {
            continue;
        }
        let section = printed_section(form, property);
        if paper.columns.first() == Some(&section) {
            let members: Vec<Vec<&Property>> = paper.columns.iter().map(|section| of_section(form, section)).collect();
            skip_until = index + members.iter().map(Vec::len).sum::<usize>();
            items.push(pair(&paper.columns, &members, entry));
            heading = paper.columns.last().cloned().unwrap_or_default();
            continue;
        }
        let signing = is_signing(properties, index);
        if signing && !closed {
            items.extend(paper.closing.iter().cloned().map(Item::Sentence));
            closed = true;
        }
        if let Some(sentence) = paper.before.get(&*property.key) {
            items.push(Item::Sentence(sentence.clone()));
        }
        if section != heading && !signing {
            let printed = paper.headings.get(&section).unwrap_or(&section).clone();
            // A numbered heading that its first box repeats is printed once.
            if !printed.is_empty() && *printed != *property.title {
                items.push(if printed.ends_with(':') { Item::Sentence(printed) } else { Item::Heading(printed) });
            }
            heading = section;
        }
        push(&mut items, property, entry, signing);
    }
    if !closed {
        items.extend(paper.closing.iter().cloned().map(Item::Sentence));
    }
    items
}

fn of_section<'f>(form: &'f FormPlan, section: &str) -> Vec<&'f Property> {
    form.schema.properties.iter().filter(|property| printed_section(form, property) == *section).collect()
}

/// Two sections with the same labels in the same order become rows.
fn pair(heads: &[String], members: &[Vec<&Property>], entry: &Entry) -> Item {
    let first = members.first().map(Vec::as_slice).unwrap_or_default();
    let row = |index: usize, property: &&Property| {
        let values = members.iter().map(|of| of.get(index).map(|one| text(one, &one.key, entry)).unwrap_or_default());
        (property.title.to_string(), values.collect())
    };
    let rows = first.iter().enumerate().map(|(index, property)| row(index, property)).collect();
    Item::Pair { heads: heads.to_vec(), rows }
}

/// The day of signing, or the place before it.
fn is_signing(properties: &[Property], index: usize) -> bool {
    let is_day = |property: &Property| &*property.title == SIGNING_DAY;
    properties.get(index).is_some_and(is_day)
        || (is_place(&properties[index]) && properties.get(index + 1).is_some_and(is_day))
}

fn is_place(property: &Property) -> bool {
    property.kind == PropertyKind::Text && (&*property.key == "noi_lap" || &*property.title == "Làm tại")
}

fn push(items: &mut Vec<Item>, property: &Property, entry: &Entry, signing: bool) {
    let value = text(property, &property.key, entry);
    if signing {
        if is_place(property) {
            items.push(Item::Day { place: value, day: String::new(), month: String::new(), year: String::new() });
            return;
        }
        let parts: Vec<&str> = value.split('/').collect();
        let (day, month, year) = match parts.as_slice() {
            [day, month, year] => (*day, *month, *year),
            _ => ("", "", ""),
        };
        let (day, month, year) = (day.to_owned(), month.to_owned(), year.to_owned());
        let place = match items.last() {
            Some(Item::Day { place, .. }) => {
                let place = place.clone();
                items.pop();
                place
            }
            _ => String::new(),
        };
        items.push(Item::Day { place, day, month, year });
        return;
    }
    if &*property.title == "Kính gửi" {
        items.push(Item::Receiver { label: property.title.to_string(), value });
        return;
    }
    if !property.columns.is_empty() {
        items.push(table(property, entry));
        return;
    }
    let line = line(property, value);
    match items.last_mut() {
        Some(Item::Lines(lines)) => lines.push(line),
        _ => items.push(Item::Lines(vec![line])),
    }
}

fn table(property: &Property, entry: &Entry) -> Item {
    let count = entry.rows(&format!("f.{}", property.key)).max(EMPTY_ROWS);
    let row = |row: usize| {
        let column = |column: &Property| text(column, &format!("{}.{row}.{}", property.key, column.key), entry);
        property.columns.iter().map(column).collect()
    };
    Item::Table {
        label: property.title.to_string(),
        columns: property.columns.iter().map(|column| column.title.to_string()).collect(),
        rows: (0..count).map(row).collect(),
    }
}

fn line(property: &Property, value: String) -> Line {
    let label = property.title.trim_end_matches([':', ' ']).to_owned();
    let short_kind = match property.kind {
        PropertyKind::Text => SHORT_TEXTS.contains(&&*label),
        PropertyKind::Date | PropertyKind::PartialDate | PropertyKind::Code(_) => true,
        PropertyKind::Integer | PropertyKind::Number | PropertyKind::Boolean => true,
        PropertyKind::UnitCode(_) | PropertyKind::Address | PropertyKind::List => false,
    };
    let (label_letters, value_letters) = (label.chars().count(), value.chars().count());
    let is_boolean = property.kind == PropertyKind::Boolean;
    let is_short =
        short_kind && label_letters <= if is_boolean { SHORT_TICKS } else { SHORT } && value_letters <= SHORT;
    let is_long = !is_boolean && !value.is_empty() && label_letters + value_letters > LINE;
    let ticks = is_boolean.then(|| (value == "1", value == "0"));
    Line { is_short, is_long, ticks, label, value }
}

fn text(property: &Property, name: &str, entry: &Entry) -> String {
    let text = entry.get(&format!("f.{name}"));
    match property.kind {
        // Dates stand on paper as people here write them, also when somebody typed them otherwise.
        PropertyKind::Date | PropertyKind::PartialDate => crate::pages::counter::printed_date(text),
        _ => text.to_owned(),
    }
}

/// Who signs: as the paper says, else (assumption) the people whom the form makes the applicant.
pub fn signatures(form: &FormPlan) -> Vec<Signature> {
    if let Some(paper) = PAPERS.get(&*form.id).filter(|paper| !paper.signatures.is_empty()) {
        return paper.signatures.clone();
    }
    let hint = "(Ký, ghi rõ họ tên)".to_owned();
    let of_role = |role: usize| Signature { title: form.roles[role].label.to_string(), hint: hint.clone() };
    match &form.applicant {
        Applicant::Role(Some(role)) => vec![of_role(*role)],
        Applicant::ByGender(table) => {
            // As the columns stand on paper.
            let mut roles: Vec<usize> = table.iter().map(|(_, role)| *role).collect();
            roles.sort_unstable();
            roles.into_iter().map(of_role).collect()
        }
        Applicant::Role(None) | Applicant::Ask(_) => vec![Signature { title: "Người khai".to_owned(), hint }],
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::catalog::load;

    fn labels(item: &Item) -> Vec<String> {
        match item {
            Item::Heading(_) | Item::Sentence(_) => Vec::new(),
            Item::Receiver { label, .. } => vec![label.clone()],
            Item::Lines(lines) => lines.iter().map(|line| line.label.clone()).collect(),
            Item::Table { label, columns, .. } => std::iter::once(label).chain(columns).cloned().collect(),
            Item::Pair { heads, rows } => {
                heads.iter().flat_map(|_| rows.iter().map(|(label, _)| label.clone())).collect()
            }
            Item::Day { .. } => Vec::new(),
        }
    }

    #[test]
    fn every_form_prints_every_label_in_the_order_of_the_paper() {
        let catalog = load(Path::new("service-catalog"), Path::new("schemas")).expect("the catalogue");
        for form in catalog.forms() {
            let sheet = items(form, &Entry::default());
            let printed: Vec<String> = sheet.iter().flat_map(labels).collect();
            let properties = &form.schema.properties;
            let mut expected = Vec::new();
            for (index, property) in properties.iter().enumerate().filter(|(index, _)| !is_signing(properties, *index))
            {
                let _ = index;
                expected.push(property.title.trim_end_matches([':', ' ']).to_owned());
                expected.extend(property.columns.iter().map(|column| column.title.to_string()));
            }
            let trimmed: Vec<String> =
                printed.iter().map(|label| label.trim_end_matches([':', ' ']).to_owned()).collect();
            assert_eq!(trimmed, expected, "{}", form.id);
            assert!(!signatures(form).is_empty());
        }
    }

    #[test]
    fn what_papers_print_besides_belongs_to_forms_that_exist() {
        let catalog = load(Path::new("service-catalog"), Path::new("schemas")).expect("the catalogue");
        let papers: HashMap<String, Paper> =
            serde_json::from_str(include_str!("papers.json")).expect("the file is read");
        assert!(papers.len() >= 5);
        for (id, paper) in &papers {
            let form = catalog.form(id).unwrap_or_else(|| panic!("{id} is no form"));
            let sections: Vec<String> =
                form.schema.properties.iter().map(|property| printed_section(form, property)).collect();
            assert!(!paper._source.is_empty());
            for section in paper.columns.iter().chain(paper.headings.keys()) {
                assert!(sections.contains(section), "{id}: {section}");
            }
            for key in paper.before.keys() {
                assert!(form.schema.properties.iter().any(|property| *property.key == **key), "{id}: {key}");
            }
            let columns: Vec<Vec<&str>> = paper
                .columns
                .iter()
                .map(|section| of_section(form, section).iter().map(|property| &*property.title).collect())
                .collect();
            assert!(columns.windows(2).all(|two| two[0] == two[1]), "{id}: the columns differ");
        }
    }
}
