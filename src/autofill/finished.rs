//! A finished form against its schema: what is required and empty, apart from what is wrong. Pure; nobody is looked up.

use jiff::civil::Date;
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::catalog::{Catalog, FormPlan, Property, PropertyKind};
use crate::citizen::units::UnitLevel;
use crate::citizen::{Address, PersonalText};
use crate::strict_json::{escape, nearest, printable};

/// Most faults that one check lists.
const MOST: usize = 200;

/// One box with something to mend. Sentences never repeat what was typed.
pub struct Fault {
    /// JSON pointer into the form.
    pub path: String,
    /// The box as printed, with the row of a list.
    pub label: String,
    /// The keyword of JSON Schema, or `code_unknown`, `date_unreal`, `unknown_property`.
    pub code: String,
    pub vi: String,
    pub en: String,
    pub did_you_mean: Option<String>,
}

/// What a check found; `valid` when both are empty.
#[derive(Default)]
pub struct Finished {
    /// Required by the office and left empty.
    pub missing: Vec<Fault>,
    /// Filled with something that cannot stand there.
    pub wrong: Vec<Fault>,
}

impl Finished {
    /// Whether the form can be handed in.
    pub fn is_valid(&self) -> bool {
        self.missing.is_empty() && self.wrong.is_empty()
    }
}

/// Checks a form as it would be handed in on that day; blank boxes count as empty.
pub fn check(plan: &FormPlan, form: &Value, catalog: &Catalog, day: Date) -> Finished {
    let mut found = Finished::default();
    let properties = &plan.schema.properties;
    for property in properties.iter().filter(|property| property.required) {
        if form.get(&*property.key).is_none_or(Value::is_null) {
            found.missing.push(empty(format!("/{}", escape(&property.key)), property.title.to_string()));
        }
    }
    for error in plan.schema.validator.iter_errors(form).take(MOST) {
        let pointer = error.instance_path().as_str().to_owned();
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let path = format!("{pointer}/{}", escape(property.as_str().unwrap_or_default()));
                let label = label_of(properties, &path);
                found.missing.push(empty(path, label));
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known = keys_at(properties, &pointer);
                for key in unexpected {
                    let path = printable(&format!("{pointer}/{}", escape(key)));
                    let near = nearest(key, known.iter().copied());
                    found.wrong.push(Fault { did_you_mean: near, ..unknown_property(path) });
                }
            }
            _ => found.wrong.push(wrong(&error, label_of(properties, &pointer), pointer)),
        }
    }
    for property in properties {
        if let Some(value) = form.get(&*property.key) {
            meaning(property, value, &format!("/{}", property.key), &property.title, (catalog, day), &mut found.wrong);
        }
    }
    found
}

fn empty(path: String, label: String) -> Fault {
    let vi = format!("Chưa điền: {label}.");
    let code = "required".to_owned();
    Fault { path, label, code, vi, en: "This is required and still empty.".to_owned(), did_you_mean: None }
}

fn unknown_property(path: String) -> Fault {
    Fault {
        path,
        label: String::new(),
        code: "unknown_property".to_owned(),
        vi: "Tờ khai không có ô này.".to_owned(),
        en: "The form has no such property.".to_owned(),
        did_you_mean: None,
    }
}

fn wrong(error: &ValidationError<'_>, label: String, path: String) -> Fault {
    use ValidationErrorKind as K;
    let (vi, en) = match error.kind() {
        K::Type { .. } => ("Sai loại giá trị.".to_owned(), "The value is of the wrong type.".to_owned()),
        K::Format { format } if format == "date" => (
            "Không phải một ngày có thật dạng yyyy-mm-dd.".to_owned(),
            "Not a real day of the form yyyy-mm-dd.".to_owned(),
        ),
        K::Format { .. } | K::Pattern { .. } => {
            ("Viết sai dạng của ô này.".to_owned(), "The value does not have the form of this box.".to_owned())
        }
        K::MinLength { .. } => ("Ô có nhưng không có chữ nào.".to_owned(), "The text is empty.".to_owned()),
        K::MaxLength { limit } => (format!("Dài quá {limit} ký tự."), format!("Longer than {limit} characters.")),
        K::Minimum { limit } => (format!("Nhỏ hơn {limit}."), format!("Less than {limit}.")),
        K::Maximum { limit } => (format!("Lớn hơn {limit}."), format!("More than {limit}.")),
        K::MinItems { limit } => (format!("Cần ít nhất {limit} dòng."), format!("At least {limit} rows are needed.")),
        K::MaxItems { limit } => (format!("Quá {limit} dòng."), format!("More than {limit} rows.")),
        _ => ("Giá trị không hợp với ô này.".to_owned(), "The value does not fit this box.".to_owned()),
    };
    let code = error.kind().keyword().to_owned();
    Fault { path: printable(&path), label, code, vi, en, did_you_mean: None }
}

/// What no schema can say: codes of lists, units, days that exist.
fn meaning(
    property: &Property,
    value: &Value,
    path: &str,
    label: &str,
    (catalog, day): (&Catalog, Date),
    wrong: &mut Vec<Fault>,
) {
    if let Value::Array(rows) = value {
        for (index, row) in rows.iter().enumerate() {
            for column in &property.columns {
                if let Some(value) = row.get(&*column.key) {
                    let label = format!("{label}, dòng {}, {}", index + 1, column.title);
                    meaning(column, value, &format!("{path}/{index}/{}", column.key), &label, (catalog, day), wrong);
                }
            }
        }
        return;
    }
    let Value::String(text) = value else { return };
    let known = match &property.kind {
        PropertyKind::Code(list) => {
            let list = catalog.code_lists.get(list);
            list.is_none_or(|list| list.find(text).is_some_and(|entry| entry.valid_on(day)))
        }
        PropertyKind::UnitCode(level) => is_unit(*level, text, catalog, day),
        PropertyKind::PartialDate => {
            if !plan_date_is_real(text) {
                wrong.push(Fault {
                    path: path.to_owned(),
                    label: label.to_owned(),
                    code: "date_unreal".to_owned(),
                    vi: "Ngày này không có trong lịch.".to_owned(),
                    en: "There is no such day.".to_owned(),
                    did_you_mean: None,
                });
            }
            return;
        }
        _ => return,
    };
    if !known {
        wrong.push(Fault {
            path: path.to_owned(),
            label: label.to_owned(),
            code: "code_unknown".to_owned(),
            vi: "Mã không có trong danh mục vào ngày này.".to_owned(),
            en: "The code is not in its list on this day.".to_owned(),
            did_you_mean: None,
        });
    }
}

/// A text that does not have the form of a date at all is told by the schema.
fn plan_date_is_real(text: &str) -> bool {
    use crate::citizen::partial_date::DateRefusal;
    !matches!(crate::citizen::PartialDate::from_iso(text), Err(DateRefusal::Impossible))
}

fn is_unit(level: UnitLevel, code: &str, catalog: &Catalog, day: Date) -> bool {
    let code = PersonalText::given(code);
    let address = match level {
        UnitLevel::Tinh => Address { tinh: code, ..Address::default() },
        UnitLevel::Huyen => Address { huyen: code, ..Address::default() },
        UnitLevel::Xa => Address { xa: code, ..Address::default() },
    };
    !catalog.units.resolve(&address, day).clash
}

/// The printed label of a place in the form.
fn label_of(properties: &[Property], pointer: &str) -> String {
    let mut label = String::new();
    let mut boxes = properties;
    for part in pointer.split('/').skip(1) {
        let joined = match (boxes.iter().find(|property| *property.key == *part), part.parse::<usize>()) {
            (Some(property), _) => {
                boxes = &property.columns;
                property.title.to_string()
            }
            (None, Ok(row)) => format!("dòng {}", row + 1),
            (None, Err(_)) => break,
        };
        if !label.is_empty() {
            label.push_str(", ");
        }
        label.push_str(&joined);
    }
    label
}

/// The keys that may stand at a place.
fn keys_at<'p>(properties: &'p [Property], pointer: &str) -> Vec<&'p str> {
    let mut boxes = properties;
    for part in pointer.split('/').skip(1).filter(|part| part.parse::<usize>().is_err()) {
        match boxes.iter().find(|property| *property.key == *part) {
            Some(property) => boxes = &property.columns,
            None => return Vec::new(),
        }
    }
    boxes.iter().map(|property| &*property.key).collect()
}
