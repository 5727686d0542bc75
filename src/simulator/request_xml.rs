//! Reading a request that came as SOAP (PROTOCOL §4): envelope, operation, which fields stand where.

use super::forms::Rules;
use super::request::{self, Fields, Operation, RequestRefusal, SearchRequest};
use super::xml::{self, Element};

/// Namespace of the operations (PROTOCOL §2).
const OPERATION_NAMESPACE: &str = "http://dancuquocgia.bca";
/// SOAP 1.1 envelope.
const SOAP_NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

type FieldSet = &'static [(&'static str, Place)];

/// The children of the operation in their order; the two numbers share one place (PROTOCOL §4).
const FIELDS: FieldSet = &[
    ("MaYeuCau", Place::Required(0)),
    ("MaDVC", Place::Required(1)),
    ("MaTichHop", Place::Required(2)),
    ("MaCanBo", Place::Required(3)),
    ("MaDonVi", Place::Optional(4)),
    ("TaiKhoan", Place::Optional(5)),
    ("SoDienThoai", Place::Optional(6)),
    ("SoDinhDanh", Place::Number(7)),
    ("SoCMND", Place::Number(7)),
    ("HoVaTen", Place::Required(8)),
    (BIRTH, Place::Required(9)),
];

/// The later field set of 033, without service number and birth date (PROTOCOL §4, last paragraph). It names both
/// numbers; that the other one may stand there empty is an assumption (ASM), taken from `json-pascal`.
const LATER_FIELDS: FieldSet = &[
    ("MaYeuCau", Place::Required(0)),
    ("MaDichVu", Place::Required(1)),
    ("MaCanBo", Place::Required(2)),
    ("SoDinhDanh", Place::Optional(3)),
    ("SoCMND", Place::Optional(4)),
    ("HoVaTen", Place::Required(5)),
];

const BIRTH: &str = "NgayThangNamSinh";

#[derive(Clone, Copy)]
enum Place {
    Required(u8),
    Optional(u8),
    /// One of the two numbers.
    Number(u8),
}

impl Place {
    fn position(self) -> u8 {
        match self {
            Self::Required(position) | Self::Optional(position) | Self::Number(position) => position,
        }
    }
}

/// Reads a request body.
///
/// # Errors
/// The first rule that is broken.
pub fn read(body: &[u8], operation: Operation, rules: Rules) -> Result<SearchRequest, RequestRefusal> {
    let envelope = xml::read(body)?;
    let children = operation_element(&envelope, operation)?.group().ok_or(RequestRefusal::Unknown)?;
    let later = operation == Operation::Verification && find(children, "MaDichVu").is_some();
    let set = if later { LATER_FIELDS } else { FIELDS };
    check_places(children, set, rules.strict)?;
    let mut fields = Fields(Vec::new());
    for (name, _) in set {
        let Some(child) = find(children, name) else { continue };
        if *name == BIRTH {
            fields.0.push(birth(child)?);
            continue;
        }
        let text = child.leaf().ok_or(RequestRefusal::Form(name))?;
        if !(later && text.is_empty() && matches!(*name, "SoDinhDanh" | "SoCMND")) {
            fields.0.push((name, text));
        }
    }
    request::search(&fields, operation, rules)
}

/// The one operation element in the body; the header may be absent (SOAP 1.1) but must be empty (PROTOCOL §4).
fn operation_element(envelope: &Element, operation: Operation) -> Result<&Element, RequestRefusal> {
    if !envelope.is(SOAP_NAMESPACE, "Envelope") {
        return Err(RequestRefusal::Envelope);
    }
    let body = match envelope.group() {
        Some([header, body]) if header.is(SOAP_NAMESPACE, "Header") && header.group().is_some_and(<[_]>::is_empty) => {
            body
        }
        Some([body]) => body,
        _ => return Err(RequestRefusal::Envelope),
    };
    if !body.is(SOAP_NAMESPACE, "Body") {
        return Err(RequestRefusal::Envelope);
    }
    match body.group() {
        Some([element]) if element.is(OPERATION_NAMESPACE, operation.element()) => Ok(element),
        _ => Err(RequestRefusal::Operation(operation.element())),
    }
}

/// Every required field is there and none twice; strictly, every child is also known and in its place.
fn check_places(children: &[Element], set: FieldSet, strict: bool) -> Result<(), RequestRefusal> {
    let mut next = 0;
    let mut numbers = 0;
    let mut seen = Vec::new();
    for child in children {
        let known = set.iter().find(|(name, _)| child.is(OPERATION_NAMESPACE, name));
        let (name, place) = match known {
            Some(known) => *known,
            None if strict => return Err(RequestRefusal::Unknown),
            None => continue,
        };
        if matches!(place, Place::Number(_)) {
            numbers += 1;
            if numbers > 1 {
                return Err(RequestRefusal::OneNumber);
            }
        }
        if strict && place.position() < next {
            return Err(RequestRefusal::Order(name));
        }
        if seen.contains(&name) {
            return Err(RequestRefusal::Twice(name));
        }
        seen.push(name);
        next = place.position() + 1;
    }
    let missing = set.iter().find(|(name, place)| matches!(place, Place::Required(_)) && !seen.contains(name));
    missing.map_or(Ok(()), |(name, _)| Err(RequestRefusal::Missing(name)))
}

/// Exactly one child: `NgayThangNam` or `Nam` (PROTOCOL §4).
fn birth(group: &Element) -> Result<(&'static str, &str), RequestRefusal> {
    let Some([child]) = group.group() else { return Err(RequestRefusal::OneBirthDate) };
    let name = ["NgayThangNam", "Nam"].into_iter().find(|name| child.is(OPERATION_NAMESPACE, name));
    let name = name.ok_or(RequestRefusal::OneBirthDate)?;
    Ok((name, child.leaf().ok_or(RequestRefusal::Form(name))?))
}

fn find<'a>(children: &'a [Element], name: &str) -> Option<&'a Element> {
    children.iter().find(|child| child.is(OPERATION_NAMESPACE, name))
}

#[cfg(test)]
#[path = "request_xml_tests.rs"]
mod tests;
