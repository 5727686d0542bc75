//! Reading a request that came as JSON, in the two body flavours (PROTOCOL §3.3).
//!
//! An object of texts, each member once. Members that are not used may be `""` or absent.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::forms::Rules;
use super::request::{self, Fields, Operation, RequestRefusal, SearchRequest};

/// The members of a flavour: name in JSON, name of PROTOCOL §4, and whether it must be there.
type Members = &'static [(&'static str, &'static str, bool)];

/// `json-pascal`, service 037 and the older field set of 033.
const PASCAL: Members = &[
    ("MaYeuCau", "MaYeuCau", true),
    ("MaDVC", "MaDVC", true),
    ("MaTichHop", "MaTichHop", true),
    ("MaCanBo", "MaCanBo", true),
    ("SoDinhDanh", "SoDinhDanh", false),
    ("SoCMND", "SoCMND", false),
    ("HoVaTen", "HoVaTen", true),
    ("NgayThangNam", "NgayThangNam", false),
    ("Nam", "Nam", false),
];

/// `json-pascal`, the later field set of 033 (PROTOCOL §4; that gateways convert it so is an assumption, ASM).
const PASCAL_LATER: Members = &[
    ("MaYeuCau", "MaYeuCau", true),
    ("MaDichVu", "MaDichVu", true),
    ("MaCanBo", "MaCanBo", true),
    ("SoDinhDanh", "SoDinhDanh", false),
    ("SoCMND", "SoCMND", false),
    ("HoVaTen", "HoVaTen", true),
];

/// `json-camel`; it has no service number. The address tells 037 from 033 (ASM).
const CAMEL: Members = &[
    ("maYeuCau", "MaYeuCau", true),
    ("maDVC", "MaDVC", true),
    ("maCanBo", "MaCanBo", true),
    ("soDinhDanh", "SoDinhDanh", false),
    ("soCMND", "SoCMND", false),
    ("hoVaTen", "HoVaTen", true),
    ("ngayThangNam", "NgayThangNam", false),
    ("userNameService", "userNameService", true),
];

/// Reads a body of the flavour `json-pascal`.
///
/// # Errors
/// The first rule that is broken.
pub fn read_pascal(body: &[u8], operation: Operation, rules: Rules) -> Result<SearchRequest, RequestRefusal> {
    let object = object(body)?;
    let later = operation == Operation::Verification && object.0.iter().any(|(name, _)| name == "MaDichVu");
    let fields = fields(&object, if later { PASCAL_LATER } else { PASCAL }, rules)?;
    let search = request::search(&fields, operation, rules)?;
    if search.birth.is_none() && !later { Err(RequestRefusal::OneBirthDate) } else { Ok(search) }
}

/// Reads a body of the flavour `json-camel`. It has one member for both birth forms, so four digits there are a year
/// (ASM); 033 may come without (ASM, from the later field set).
///
/// # Errors
/// The first rule that is broken.
pub fn read_camel(body: &[u8], operation: Operation, rules: Rules) -> Result<SearchRequest, RequestRefusal> {
    let object = object(body)?;
    let mut fields = fields(&object, CAMEL, rules)?;
    for (name, text) in &mut fields.0 {
        if *name == "NgayThangNam" && text.len() == 4 {
            *name = "Nam";
        }
    }
    let search = request::search(&fields, operation, rules)?;
    if search.birth.is_none() && operation == Operation::LookUp {
        return Err(RequestRefusal::OneBirthDate);
    }
    Ok(search)
}

/// The members under the names of the protocol; unused ones are left out.
fn fields<'a>(object: &'a Object, members: Members, rules: Rules) -> Result<Fields<'a>, RequestRefusal> {
    let mut fields = Fields(Vec::new());
    for (name, text) in &object.0 {
        let known = members.iter().find(|(json, ..)| json == name);
        let (_, name, required) = match known {
            Some(known) => *known,
            None if rules.strict => return Err(RequestRefusal::Unknown),
            None => continue,
        };
        if fields.0.iter().any(|(seen, _)| *seen == name) {
            return Err(RequestRefusal::Twice(name));
        }
        if required || !text.is_empty() {
            fields.0.push((name, text));
        }
    }
    for (_, name, required) in members {
        if *required && !fields.0.iter().any(|(given, _)| given == name) {
            return Err(RequestRefusal::Missing(name));
        }
    }
    Ok(fields)
}

/// The members as they stand; a map would hide one that is there twice.
struct Object(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Object, A::Error> {
        let mut object = Object(Vec::new());
        while let Some(member) = members.next_entry()? {
            object.0.push(member);
        }
        Ok(object)
    }
}

fn object(body: &[u8]) -> Result<Object, RequestRefusal> {
    serde_json::from_slice(body).map_err(|_| RequestRefusal::NotJson)
}

#[cfg(test)]
#[path = "request_json_tests.rs"]
mod tests;
