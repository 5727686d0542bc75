//! A question as JSON, in the two flavours of gateways that convert (PROTOCOL §3.3).

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::fields::{Birth, Part, Question};
use crate::citizen::Number;
use crate::population::Outcome;
use crate::population::outcome::RejectedCause;

/// Room for the largest request, so that the buffer does not move and leave copies behind.
const CAPACITY: usize = 4 * 1024;

/// `json-pascal`: the names of PROTOCOL §4 in one flat object.
pub fn pascal(question: &Question<'_>, empty_members: bool) -> Result<Zeroizing<Vec<u8>>, Outcome> {
    written(flat(question, empty_members, true))
}

/// `json-camel`: other names, no service number; a year alone stands where the day would (ASM: the known client has one
/// member for both).
pub fn camel(question: &Question<'_>, empty_members: bool) -> Result<Zeroizing<Vec<u8>>, Outcome> {
    let mut members = Map::new();
    for (name, value) in flat(question, empty_members, false) {
        let name = match name.as_str() {
            "MaYeuCau" => "maYeuCau",
            "MaDVC" | "MaDichVu" => "maDVC",
            "MaCanBo" => "maCanBo",
            "MaDonVi" => "maDonVi",
            "TaiKhoan" => "taiKhoan",
            "SoDienThoai" => "soDienThoai",
            "SoDinhDanh" => "soDinhDanh",
            "SoCMND" => "soCMND",
            "HoVaTen" => "hoVaTen",
            "NgayThangNam" | "Nam" => "ngayThangNam",
            _ => continue,
        };
        members.insert(name.to_owned(), value);
    }
    if let Some(user) = &question.user_name_service {
        members.insert("userNameService".to_owned(), user.as_ref().into());
    }
    written(members)
}

/// The members in the order of the question; both numbers, and both birth members where the flavour has two, so that
/// the unused one can be `""`.
fn flat(question: &Question<'_>, empty_members: bool, two_birth_members: bool) -> Map<String, Value> {
    let mut members = Map::new();
    let mut either = |used: &str, text: &str, unused: Option<&str>| {
        members.insert(used.to_owned(), text.into());
        if let Some(unused) = unused.filter(|_| empty_members) {
            members.insert(unused.to_owned(), "".into());
        }
    };
    for part in &question.parts {
        match part {
            Part::Code(name, text) => either(name, text, None),
            Part::Number(Number::Personal(digits)) => either("SoDinhDanh", digits.reveal(), Some("SoCMND")),
            Part::Number(Number::OldCard(digits)) => either("SoCMND", digits.reveal(), Some("SoDinhDanh")),
            Part::Name(name) => either("HoVaTen", name, None),
            Part::Birth(Birth::Day(day)) => either("NgayThangNam", day, two_birth_members.then_some("Nam")),
            Part::Birth(Birth::Year(year)) => either("Nam", year, two_birth_members.then_some("NgayThangNam")),
        }
    }
    members
}

fn written(members: Map<String, Value>) -> Result<Zeroizing<Vec<u8>>, Outcome> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(CAPACITY));
    let written = serde_json::to_writer(&mut *bytes, &members);
    for value in members.into_values() {
        if let Value::String(text) = value {
            drop(Zeroizing::new(text));
        }
    }
    written.map(|()| bytes).map_err(|_| Outcome::Rejected(RejectedCause::BadCharacter))
}
