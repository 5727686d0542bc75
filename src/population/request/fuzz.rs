//! Fuzz target: whatever is written into a question is read out of it again, and nothing else (RISKS T21).

use super::super::reply::{tree::Element, xml};
use super::*;
use crate::citizen::{AttributeSet, Name, Number, PartialDate, Query};
use crate::config::NameForm;
use crate::fuzzing::{corpus, run};

const PIECES: [&str; 24] = [
    "<",
    ">",
    "&",
    "\"",
    "'",
    "</HoVaTen>",
    "<HoVaTen>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&#10;",
    "<?x?>",
    "\r\n",
    "\t",
    "\0",
    "\u{fffe}",
    "\u{85}",
    "\u{2028}",
    "\u{301}",
    "Đ",
    "\\",
    "xmlns=\"x\"",
];

/// Path and text of every leaf, in document order.
fn leaves(element: &Element, found: &mut Vec<(String, String)>) {
    if element.children.is_empty() {
        found.push((element.name.to_string(), element.text.to_string()));
    }
    element.children.iter().for_each(|child| leaves(child, found));
}

#[test]
fn fuzz_what_is_written_upstream() {
    let seeds: Vec<Vec<u8>> = [corpus("names"), corpus("codes")].concat();
    run("question", &PIECES, &seeds, |input| {
        let text = String::from_utf8_lossy(input);
        // As a request's words arrive: trimmed.
        let word = text.trim();
        let name = Name::parse(&text).or_else(|_| Name::parse("MẪU"));
        let (Ok(name), Ok(number)) = (name, Number::parse("999085000001")) else { return };
        let query = Query { number, name: Some(name.clone()), birth_date: PartialDate::from_iso("1985").ok() };
        let look_up = LookUp {
            query,
            keep: AttributeSet::EMPTY,
            service: word.into(),
            officer: word.into(),
            agency: word.into(),
            dossier: word.into(),
            trail: crate::population::CallTrail::default(),
        };
        for name_form in [NameForm::Upper, NameForm::CompactAscii] {
            let settings = RequestSettings { name_form, ..RequestSettings::default() };
            let write = |wording| body(wording, Operation::Record, &settings, &look_up, "r-1");
            let shown =
                if name_form == NameForm::Upper { name.display().to_uppercase() } else { name.compact().to_owned() };
            let Ok(envelope) = write(Wording::Soap) else { continue };
            let envelope = String::from_utf8(envelope.to_vec()).unwrap_or_else(|_| panic!("no UTF-8"));
            let root = xml::parse(&envelope).unwrap_or_else(|_| panic!("not well-formed"));
            let mut found = Vec::new();
            leaves(&root, &mut found);
            let told = |key: &str| {
                found.iter().filter(|(name, _)| name == key).map(|(_, text)| text.as_str()).collect::<Vec<_>>()
            };
            assert!(told("HoVaTen") == [shown.as_str()], "the name is another or there are two");
            assert!(told("SoDinhDanh") == ["999085000001"] && told("MaCanBo") == [word]);
            assert!(!word.chars().any(char::is_control), "a control character travels");
            let Ok(pascal) = write(Wording::JsonPascal) else { panic!("one wording and not the other") };
            let pascal: serde_json::Value = serde_json::from_slice(&pascal).unwrap_or_else(|_| panic!("no JSON"));
            assert!(
                pascal["HoVaTen"] == *shown && pascal["MaCanBo"] == *word && pascal["SoDinhDanh"] == "999085000001"
            );
        }
    });
}
