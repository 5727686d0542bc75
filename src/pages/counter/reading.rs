//! Between what stands in a box as people write it and the value that the form's schema knows.

use serde_json::Value;

use crate::catalog::{Catalog, Property, PropertyKind};
use crate::citizen::PartialDate;
use crate::citizen::name::search_key;

/// The ISO form of a date as people write it: `dd/mm/yyyy`, `mm/yyyy`, `yyyy`, also with `-` or `.`; ISO stays. `None`:
/// it is no such date.
pub fn iso_date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
    if parts.iter().any(|part| part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let iso = match parts.as_slice() {
        [year] if year.len() == 4 => (*year).to_owned(),
        [month, year] if year.len() == 4 && month.len() <= 2 => format!("{year}-{month:0>2}"),
        [year, month] if year.len() == 4 && month.len() <= 2 => format!("{year}-{month:0>2}"),
        [day, month, year] if year.len() == 4 && day.len() <= 2 && month.len() <= 2 => {
            format!("{year}-{month:0>2}-{day:0>2}")
        }
        [year, month, day] if year.len() == 4 && day.len() <= 2 && month.len() <= 2 => {
            format!("{year}-{month:0>2}-{day:0>2}")
        }
        _ => return None,
    };
    PartialDate::from_iso(&iso).ok().map(PartialDate::iso)
}

/// A date as it is printed; what is no date stays as it was typed.
pub fn printed_date(text: &str) -> String {
    let date = iso_date(text).and_then(|iso| PartialDate::from_iso(&iso).ok());
    date.map_or_else(|| text.to_owned(), PartialDate::printed)
}

/// The value of what was typed; `None`: it does not fit this kind of box.
pub fn value_of(property: &Property, text: &str, catalog: &Catalog) -> Option<Value> {
    match &property.kind {
        PropertyKind::Text => Some(Value::from(text)),
        PropertyKind::Code(list) => code_of(list, text, catalog).map(Value::from),
        PropertyKind::UnitCode(_) => text.bytes().all(|byte| byte.is_ascii_digit()).then(|| Value::from(text)),
        PropertyKind::Date => iso_date(text).filter(|iso| iso.len() == 10).map(Value::from),
        PropertyKind::PartialDate => iso_date(text).map(Value::from),
        PropertyKind::Address => Some(serde_json::json!({ "day_du": text })),
        PropertyKind::Integer => text.parse::<i64>().ok().map(Value::from),
        PropertyKind::Number => text.replace(',', ".").parse::<serde_json::Number>().ok().map(Value::from),
        PropertyKind::Boolean => match text {
            "1" => Some(Value::from(true)),
            "0" => Some(Value::from(false)),
            _ => None,
        },
        PropertyKind::List => None,
    }
}

/// The code whose name or code this is; accents and capitals do not matter, two answers are none.
fn code_of(list: &str, text: &str, catalog: &Catalog) -> Option<String> {
    let list = catalog.code_lists.get(list)?;
    if let Some(entry) = list.entries().find(|entry| *entry.code == *text || *entry.name_vi == *text) {
        return Some(entry.code.to_string());
    }
    let key = search_key(text);
    let mut near = list.entries().filter(|entry| search_key(&entry.name_vi) == key);
    let found = near.next()?;
    near.next().is_none().then(|| found.code.to_string())
}

/// A value as it stands on paper; `printed` is what the answer says of it.
pub fn text_of(property: &Property, value: &Value, printed: Option<&str>, catalog: &Catalog) -> String {
    // The page has a choice of yes and no, whatever the words.
    if let Value::Bool(yes) = value {
        return u8::from(*yes).to_string();
    }
    if let Some(printed) = printed {
        return printed.to_owned();
    }
    match (&property.kind, value) {
        (PropertyKind::Code(list), Value::String(code)) => {
            let entry = catalog.code_lists.get(list).and_then(|list| list.find(code));
            entry.map_or_else(|| code.clone(), |entry| entry.name_vi.to_string())
        }
        (PropertyKind::Date | PropertyKind::PartialDate, Value::String(iso)) => {
            PartialDate::from_iso(iso).map_or_else(|_| iso.clone(), PartialDate::printed)
        }
        (PropertyKind::Address, Value::Object(address)) => {
            address.get("day_du").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        (_, Value::String(text)) => text.clone(),
        (_, Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_as_people_here_write_it_and_never_completed() {
        for (typed, iso) in [
            ("12/03/1985", Some("1985-03-12")),
            ("1/3/1985", Some("1985-03-01")),
            ("12-03-1985", Some("1985-03-12")),
            ("12.3.1985", Some("1985-03-12")),
            ("1985-03-12", Some("1985-03-12")),
            ("03/1985", Some("1985-03")),
            ("1985-03", Some("1985-03")),
            ("1985", Some("1985")),
            ("31/02/1985", None),
            ("12/03/85", None),
            ("03/12/xx", None),
            ("12031985", None),
            ("", None),
        ] {
            assert_eq!(iso_date(typed).as_deref(), iso, "{typed}");
        }
    }
}
