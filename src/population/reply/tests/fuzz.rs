//! Fuzz targets: a reply in SOAP, a reply in JSON, a token reply.

use super::super::{HttpReply, read_existence, read_reply, read_token};
use super::sweep::PERSONS;
use super::{ADULT, asked, name_of, sample};
use crate::citizen::PersonalText;
use crate::config::ReplySettings;
use crate::fuzzing::run;
use crate::population::{LookUp, Outcome};

/// Pieces that matter to a reader.
const PIECES: [&str; 24] = [
    "999085000002",
    "<",
    ">",
    "/>",
    "&#57;",
    "&amp;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<ns1:CongDan>",
    "</ns1:CongDan>",
    "<ns1:SoDinhDanh/>",
    " xmlns:ns1=\"x\"",
    "\"",
    "{",
    "}",
    "[",
    "]",
    "null",
    "\"CongDan\":",
    "\"#text\":",
    "0",
    "\u{feff}",
];

/// Whether somebody else's parser finds the body well-formed.
fn is_well_formed(body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return false };
    let text = text.trim().trim_start_matches('\u{feff}').trim();
    if text.starts_with('{') {
        return serde_json::from_str::<serde_json::Value>(text).is_ok();
    }
    let mut reader = quick_xml::Reader::from_str(text);
    let mut open = 0_usize;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Start(_)) => open += 1,
            Ok(quick_xml::events::Event::End(_)) => open -= 1,
            Ok(quick_xml::events::Event::Eof) => return open == 0,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

/// A record is of the person asked for; nobody is said in a whole document only; neither with a bad status.
fn check_reply(body: &[u8], person: [&str; 3]) {
    let reply = |status| HttpReply { status, content_type: None, retry_after: None, body };
    let settings = ReplySettings::default();
    let wanted = asked(person);
    let few = LookUp { keep: crate::citizen::AttributeSet::EMPTY, ..asked(person) };
    let told = read_reply(&reply(200), &wanted, &settings).0;
    match &told {
        Outcome::Found(record) => {
            assert!(record.so_dinh_danh.as_ref().map(PersonalText::reveal) == Some(person[0]));
            assert!(is_well_formed(body));
        }
        Outcome::NotFound | Outcome::Multiple => assert!(is_well_formed(body)),
        _ => {}
    }
    // What is wanted changes what is kept, never who is found: a block that is read may be refused, no more.
    let told_few = read_reply(&reply(200), &few, &settings).0;
    assert!(
        told.label() == told_few.label() || told.label() == "malformed",
        "{} {}",
        name_of(&told),
        name_of(&told_few)
    );
    for status in [401, 403, 500] {
        let told = read_reply(&reply(status), &wanted, &settings).0;
        assert!(!matches!(told, Outcome::Found(_) | Outcome::NotFound | Outcome::Multiple));
    }
    if read_existence(&reply(200), &settings).is_ok() {
        assert!(is_well_formed(body) && !matches!(told, Outcome::Found(_) | Outcome::NotFound));
    }
}

fn seeds(ending: &str, others: &[&str]) -> Vec<Vec<u8>> {
    let persons = PERSONS.iter().map(|(file, _)| *file).filter(|file| file.ends_with(ending));
    persons.chain(others.iter().copied()).map(|file| sample(file).into_bytes()).collect()
}

#[test]
fn fuzz_a_reply_in_soap() {
    let others = [
        "response-033-true.xml",
        "response-037-name-mismatch.xml",
        "response-037-not-found.xml",
        "response-soap-fault.xml",
        "gateway-401-token-expired.xml",
    ];
    run("SOAP reply", &PIECES, &seeds(".xml", &others), |body| check_reply(body, ADULT));
}

#[test]
fn fuzz_a_reply_in_json() {
    let others = ["response-033-true.bare.json", "response-037-not-found.bare.json", "gateway-401-token-expired.json"];
    run("JSON reply", &PIECES, &seeds(".json", &others), |body| check_reply(body, ADULT));
}

#[test]
fn fuzz_a_token_reply() {
    let files = ["gateway-token-200.json", "gateway-token-camel-200.json", "gateway-401-token-expired.json"];
    let seeds = files.map(|file| sample(file).into_bytes()).to_vec();
    run("token reply", &PIECES, &seeds, |body| {
        for status in [200, 400, 500] {
            let reply = HttpReply { status, content_type: None, retry_after: None, body };
            if read_token(&reply).is_ok() {
                assert!(status == 200 && is_well_formed(body));
            }
        }
    });
}
