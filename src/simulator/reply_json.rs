//! Writing replies as gateways convert them to JSON (PROTOCOL §6.4), in one of the styles.

use std::io;

use serde_json::{Map, Value, json};

use super::reply::{self, DATA_TIME};
use super::reply_style::{AddressForm, Blank, JsonFlavour, Nobody, PersonShape, Style};
use super::reply_tree::{self, Content, Node};
use crate::citizen::Record;

/// Any fixed one does.
const COLLECTION_ID: &str = "99900000-0000-4000-8000-999000000001";

/// The reply with these people. The namespace only shows in the flavour that holds SOAP text.
pub fn people(records: &[&Record], style: Style, namespace: &str) -> io::Result<Value> {
    let style = settled(style);
    if style.json == JsonFlavour::Wrapped {
        return Ok(wrapped(reply::people(records, style, namespace)?));
    }
    let mut people: Vec<Value> = records.iter().map(|record| person(record, style)).collect();
    let content = match (people.len(), style.person) {
        (1, PersonShape::Object) => people.remove(0),
        _ => Value::Array(people),
    };
    Ok(framed("CongdanCollection", collection(content, records.len(), style), style))
}

/// The reply that says that nobody matches (PROTOCOL §6.1, §11).
pub fn nobody(style: Style) -> io::Result<Value> {
    let style = settled(style);
    Ok(match (style.json, style.nobody) {
        (JsonFlavour::Wrapped, _) => wrapped(reply::nobody(style)?),
        // Without an envelope there is no body that could be empty.
        (JsonFlavour::Qcvn109, Nobody::EmptyCollection | Nobody::NoCollection) => collection(json!([]), 0, style),
        (JsonFlavour::Qcvn109, Nobody::EmptyPerson) => collection(json!(""), 0, style),
        (JsonFlavour::Envelope | JsonFlavour::Bare, Nobody::NoCollection) => enveloped(json!(""), style),
        (JsonFlavour::Envelope | JsonFlavour::Bare, Nobody::EmptyCollection) => {
            framed("CongdanCollection", json!(""), style)
        }
        (JsonFlavour::Envelope | JsonFlavour::Bare, Nobody::EmptyPerson) => {
            framed("CongdanCollection", collection(json!(""), 0, style), style)
        }
    })
}

/// The reply of operation 033: the content of the SOAP reply in the flavour of the door (ASM: no JSON form of it was
/// ever seen).
pub fn existence(exists: bool, style: Style) -> io::Result<Value> {
    if style.json == JsonFlavour::Wrapped {
        return Ok(wrapped(reply::existence(exists, style)?));
    }
    let answer = text(if exists { "true" } else { "false" }, style);
    let result = json!({ "TonTai": answer });
    Ok(match style.json {
        JsonFlavour::Qcvn109 => json!({ "KetQuaXacThuc": result }),
        JsonFlavour::Envelope | JsonFlavour::Bare | JsonFlavour::Wrapped => framed("KetQuaXacThuc", result, style),
    })
}

/// The standard's flavour has the standard's forms.
fn settled(mut style: Style) -> Style {
    if style.json == JsonFlavour::Qcvn109 {
        style.standard_forms = true;
        style.address = AddressForm::Standard;
    }
    style
}

/// SOAP text in a member; the success value is an assumption (PROTOCOL §6.2).
fn wrapped(soap: String) -> Value {
    json!({ "error_code": "0", "message": soap })
}

fn enveloped(body: Value, style: Style) -> Value {
    let envelope = json!({ "Header": "", "Body": body });
    if style.json == JsonFlavour::Envelope { json!({ "Envelope": envelope }) } else { envelope }
}

/// An element in the envelope of the flavour; `qcvn109` has none.
fn framed(name: &str, content: Value, style: Style) -> Value {
    if style.json == JsonFlavour::Qcvn109 { content } else { enveloped(json!({ name: content }), style) }
}

/// What stands around the person: in `qcvn109` the members of the standard; in the others, where the style wants
/// attributes, members with `@` (ASM: a common way of converters).
fn collection(person: Value, count: usize, style: Style) -> Value {
    let count = count.to_string();
    if style.json == JsonFlavour::Qcvn109 {
        return json!({
            "SoCongDan": count, "ThoiDiemDuLieu": DATA_TIME, "GhiChu": "", "Id": COLLECTION_ID, "CongDan": person,
        });
    }
    if style.attributes {
        return json!({ "@SoCongDan": count, "@ThoiDiemDuLieu": DATA_TIME, "CongDan": person });
    }
    json!({ "CongDan": person })
}

fn person(record: &Record, style: Style) -> Value {
    let mut nodes = reply_tree::person(record, &style);
    if style.json == JsonFlavour::Qcvn109 {
        nodes.iter_mut().for_each(drop_year_beside_day);
    }
    object(&nodes, style)
}

/// `qcvn109` has no `Nam` beside a full date (sample); one that contradicts the date stays, or a value would be lost.
fn drop_year_beside_day(node: &mut Node<'_>) {
    let Content::Group { children, .. } = &mut node.content else { return };
    if node.name != "NgayThangNamSinh" {
        return;
    }
    let given = |wanted: &str| {
        children.iter().find(|child| child.name == wanted).and_then(|child| match &child.content {
            Content::Text(Some(text)) => Some(text.to_string()),
            Content::Text(None) | Content::Code(_) | Content::Group { .. } => None,
        })
    };
    if let (Some(year), Some(day)) = (given("Nam"), given("NgayThangNam"))
        && day.starts_with(&format!("{year}-"))
    {
        children.retain(|child| child.name != "Nam");
    }
}

fn object(nodes: &[Node<'_>], style: Style) -> Value {
    let members = nodes.iter().filter_map(|node| Some((node.name.to_owned(), value(&node.content, style)?)));
    Value::Object(members.collect::<Map<String, Value>>())
}

/// `None` leaves the member out.
fn value(content: &Content<'_>, style: Style) -> Option<Value> {
    match content {
        Content::Text(Some(given)) => Some(text(given, style)),
        Content::Code(Some(code)) => Some(number(code, style).unwrap_or_else(|| text(code, style))),
        Content::Text(None) | Content::Code(None) => match style.blank {
            Blank::Absent => None,
            Blank::Empty | Blank::EmptyChildren => Some(json!("")),
            Blank::Spaces => Some(json!(" \n ")),
            Blank::Null => Some(Value::Null),
        },
        Content::Group { given: true, children } => Some(object(children, style)),
        Content::Group { given: false, children } => match style.blank {
            Blank::Absent => None,
            Blank::Empty => Some(json!("")),
            Blank::Null => Some(Value::Null),
            Blank::EmptyChildren | Blank::Spaces => Some(object(children, style)),
        },
    }
}

fn text(given: &str, style: Style) -> Value {
    if style.text_nodes { json!({ "#text": { "__text": given } }) } else { json!(given) }
}

/// A code as a number where the number keeps the text (`qcvn109`).
fn number(code: &str, style: Style) -> Option<Value> {
    let number: u32 = code.parse().ok().filter(|_| style.json == JsonFlavour::Qcvn109)?;
    (number.to_string() == code).then(|| json!(number))
}

#[cfg(test)]
#[path = "reply_json_tests.rs"]
mod tests;
