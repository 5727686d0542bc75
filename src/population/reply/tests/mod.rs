//! Tests of the reader as a whole, on the protocol's sample replies and on mutations of them.

mod emptiness;
mod fuzz;
mod hostile;
mod known_mistakes;
mod mutations;
mod properties;
mod rendering;
mod samples;
mod settings;
mod sweep;
mod values;

use super::{HttpReply, ReadNotes, read_reply};
use crate::citizen::{AttributeSet, Name, Number, PartialDate, Query, Record};
use crate::config::ReplySettings;
use crate::population::{LookUp, Outcome};

pub const ADULT: [&str; 3] = ["999085000001", "Nguyễn Văn Mẫu Một", "1985-03-12"];
pub const YEAR_ONLY: [&str; 3] = ["999148000005", "PHẠM THỊ MẪU NĂM", "1948"];
pub const CHILD: [&str; 3] = ["999219000006", "NGUYỄN VĂN MẪU CON", "2019-07-05"];
pub const FOREIGN_BORN: [&str; 3] = ["999301000007", "HOÀNG THỊ MẪU NGOẠI", "2001-11-23"];
pub const PARENTS_CMND: [&str; 3] = ["999090000008", "VÕ VĂN MẪU TÁM", "1990-01-01"];
pub const EMPTY_ELEMENTS: [&str; 3] = ["999095000010", "BÙI VĂN MẪU TRỐNG", "1995-06-30"];

pub fn asked([number, name, birth_date]: [&str; 3]) -> LookUp {
    LookUp {
        query: Query {
            number: Number::parse(number).expect("number"),
            name: Some(Name::parse(name).expect("name")),
            birth_date: Some(PartialDate::from_iso(birth_date).expect("date")),
        },
        keep: AttributeSet::all(),
        service: "9.999999".into(),
        officer: "999080000099".into(),
        agency: "H99.99".into(),
        dossier: "H99.99-1".into(),
        trail: crate::population::CallTrail::default(),
    }
}

pub fn sample(file: &str) -> String {
    let path = format!("{}/tests/upstream-samples/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("sample")
}

pub fn adult() -> String {
    sample("response-037-adult-full.xml")
}

/// The adult's reply with one text replaced; the text must be there.
pub fn adult_with(old: &str, new: &str) -> String {
    let adult = adult();
    assert!(adult.contains(old), "{old} is not in the sample");
    adult.replacen(old, new, 1)
}

pub fn read_as(status: u16, content_type: Option<&str>, body: &[u8], person: [&str; 3]) -> Outcome {
    let reply = HttpReply { status, content_type: content_type.map(str::to_owned), retry_after: None, body };
    read_reply(&reply, &asked(person), &ReplySettings::default()).0
}

/// The outcome of a body with a status for a connection with these settings, when the adult was asked for.
pub fn told_by(settings: &ReplySettings, status: u16, body: &str) -> String {
    let reply = HttpReply { status, content_type: None, retry_after: None, body: body.as_bytes() };
    name_of(&read_reply(&reply, &asked(ADULT), settings).0)
}

/// What was noticed in a body with status 200 when these attributes were to be kept.
pub fn noticed(body: &str, keep: AttributeSet) -> ReadNotes {
    let reply = HttpReply { status: 200, content_type: None, retry_after: None, body: body.as_bytes() };
    read_reply(&reply, &LookUp { keep, ..asked(ADULT) }, &ReplySettings::default()).1
}

/// An envelope with the adult's number and name and with further content of the person.
pub fn envelope_with(more: &str) -> String {
    format!(
        "<Envelope xmlns=\"http://schemas.xmlsoap.org/soap/envelope/\"><Body><CongdanCollection \
         xmlns=\"http://www.mic.gov.vn/dancu/1.0\"><CongDan><SoDinhDanh>{}</SoDinhDanh>{more}</CongDan>\
         </CongdanCollection></Body></Envelope>",
        ADULT[0]
    )
}

/// The outcome of a body with status 200 when the adult was asked for, as `label` or `label/cause`.
pub fn told(body: &str) -> String {
    name_of(&read_as(200, None, body.as_bytes(), ADULT))
}

pub fn name_of(outcome: &Outcome) -> String {
    match outcome.cause() {
        Some(cause) => format!("{}/{cause}", outcome.label()),
        None => outcome.label().to_owned(),
    }
}

/// The record in a body with status 200.
pub fn found(body: &str, person: [&str; 3]) -> Box<Record> {
    match read_as(200, None, body.as_bytes(), person) {
        Outcome::Found(record) => record,
        other => panic!("{}", name_of(&other)),
    }
}
