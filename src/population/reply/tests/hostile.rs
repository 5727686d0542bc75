//! Bodies that want to cost something (RISKS T8, U4, U20): each ends with its cause, at a limit that is counted.
//!
//! No allocator is measured (that takes `unsafe`): what a tree holds is bounded by its own accounting.

use super::super::plan::Plan;
use super::super::{
    HttpReply, MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, MAX_KEPT, MAX_TEXT, json, read_reply, read_token, xml,
};
use super::{adult_with, asked, envelope_with, name_of, noticed, sample, told};
use crate::citizen::AttributeSet;
use crate::config::ReplySettings;

const MIB: usize = 1024 * 1024;
const BOMB: &str = "<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>\
                    <Envelope><Body>&b;</Body></Envelope>";

fn bare(person: &str) -> String {
    format!("{{\"Body\":{{\"CongdanCollection\":{{\"CongDan\":{{\"SoDinhDanh\":\"999085000001\",{person}}}}}}}}}")
}

/// Name, body and the cause that it ends with when the connection lets it through whole.
fn bodies() -> Vec<(&'static str, String, &'static str)> {
    let fat = "x".repeat(5 * MIB);
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(10_000), close.repeat(10_000));
    let attributes: String = (0..2_000_000).map(|number| format!(" a{number}=\"\"")).collect();
    vec![
        ("an entity bomb", BOMB.to_owned(), "malformed/doctype"),
        ("5 MiB of one wanted text", envelope_with(&format!("<SoSoHoKhau>{fat}</SoSoHoKhau>")), "malformed/too_large"),
        ("5 MiB of one unknown text", envelope_with(&format!("<La>{fat}</La>")), "found"),
        ("5 MiB of one wanted text in JSON", bare(&format!("\"SoSoHoKhau\":\"{fat}\"")), "malformed/too_large"),
        ("5 MiB of one unknown text in JSON", bare(&format!("\"La\":\"{fat}\"")), "found"),
        ("5 MiB of white space", format!("{}{}", " ".repeat(5 * MIB), envelope_with("")), "found"),
        ("5 MiB of a comment", envelope_with(&format!("<!--{fat}-->")), "found"),
        ("5 MiB of one attribute", envelope_with(&format!("<La a=\"{fat}\"/>")), "found"),
        ("5 MiB of one name", envelope_with(&format!("<{fat}/>")), "found"),
        ("5 MiB that do not end", format!("<Envelope><{fat}"), "malformed/not_well_formed"),
        ("5 MiB of one text that does not end", format!("{{\"Body\":\"{fat}"), "malformed/truncated"),
        ("10,000 levels", nested("<a>", "</a>"), "malformed/too_deep"),
        ("10,000 levels of what nobody reads", envelope_with(&nested("<a>", "</a>")), "malformed/too_deep"),
        ("10,000 levels of objects", nested("{\"a\":", "}").replace("}}", "}1}"), "malformed/too_deep"),
        ("10,000 levels of an attribute", bare(&format!("\"@a\":{}", nested("[", "]"))), "malformed/too_deep"),
        ("10,000 levels of lists", bare(&format!("\"La\":{}", nested("[", "]"))), "malformed/too_deep"),
        (
            "10,000 levels of text nodes",
            bare(&format!("\"Cha\":{}1", "{\"#text\":".repeat(10_000))),
            "malformed/too_deep",
        ),
        ("2,000,000 attributes", format!("<Envelope{attributes}/>"), "malformed/too_large"),
        ("1,000,000 elements", envelope_with(&"<a/>".repeat(1_000_000)), "malformed/too_large"),
        (
            "1,000,000 persons",
            bare("\"a\":1").replace("{\"SoDinhDanh", &format!("[{}{{\"SoDinhDanh", "{},".repeat(1_000_000))),
            "malformed/too_large",
        ),
        (
            "1,000,000 members",
            bare(&(0..1_000_000).map(|number| format!("\"a{number}\":1")).collect::<Vec<_>>().join(",")),
            "malformed/too_large",
        ),
        (
            "1,000,000 references",
            envelope_with(&format!("<La>{}</La>", "&#65;".repeat(1_000_000))),
            "malformed/too_large",
        ),
    ]
}

/// Lets everything through that the transport would have cut.
fn open_settings() -> ReplySettings {
    ReplySettings { max_bytes: 64 * MIB, ..ReplySettings::default() }
}

#[test]
fn every_hostile_body_ends_with_its_cause() {
    for (what, body, expected) in bodies() {
        let reply = HttpReply { status: 200, content_type: None, retry_after: None, body: body.as_bytes() };
        let told_open = name_of(&read_reply(&reply, &asked(super::ADULT), &open_settings()).0);
        assert_eq!(told_open, expected, "{what}");
        // By default nothing above 1 MiB is read at all, whatever it is.
        if body.len() > MAX_BYTES {
            assert_eq!(told(&body), "malformed/too_large", "{what}");
        }
        assert!(read_token(&reply).is_err(), "{what}");
    }
}

/// What PROTOCOL does not limit is limited by the machine: a hostile body must not hold a worker up. In a build without
/// optimisation the parser alone takes longer.
#[cfg(not(debug_assertions))]
#[test]
fn no_hostile_body_takes_longer_than_50_ms() {
    for (what, body, _) in bodies() {
        let reply = HttpReply { status: 200, content_type: None, retry_after: None, body: body.as_bytes() };
        let (look_up, settings) = (asked(super::ADULT), open_settings());
        let mut times: Vec<_> = (0..5)
            .map(|_| {
                let start = std::time::Instant::now();
                drop(read_reply(&reply, &look_up, &settings));
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        println!("{what}: {:?}", times[2]);
        assert!(times[2] < std::time::Duration::from_millis(50), "{what}: {:?}", times[2]);
    }
}

#[test]
fn what_nobody_reads_leaves_nothing_in_the_tree() {
    let plan = Plan::Record(AttributeSet::all());
    let small = xml::read(&envelope_with(""), plan).map(|sifted| sifted.root.heap_bytes()).expect("read");
    let block = format!("<La>{}</La>", "<a b=\"c\">dài</a>".repeat(9_000 / 3));
    let large = xml::read(&envelope_with(&block.repeat(3)), plan).expect("read");
    assert_eq!((large.root.heap_bytes(), large.unknown), (small, 3));
    // A relative that nobody wants leaves its place and its mark.
    let relative = format!("<Cha><HoVaTen>{}</HoVaTen></Cha>", "x".repeat(500_000));
    let unwanted = xml::read(&envelope_with(&relative), Plan::Record(AttributeSet::EMPTY)).expect("read");
    assert!(unwanted.root.heap_bytes() < small + 1024);
    assert!(xml::read(&envelope_with(&relative), plan).is_err());
    let members: Vec<String> = (0..9_000).map(|number| format!("\"la{number}\":\"{}\"", "x".repeat(50))).collect();
    let few = json::read(&bare("\"La\":1"), plan).map(|sifted| sifted.root.heap_bytes()).expect("read");
    let many = json::read(&bare(&members.join(",")), plan).expect("read");
    assert_eq!((many.root.heap_bytes(), many.unknown), (few, 9_000));
}

#[test]
fn the_largest_tree_that_can_come_out_stays_below_four_mebibytes() {
    let plan = Plan::Record(AttributeSet::all());
    let text = "x".repeat(MAX_TEXT / MAX_KEPT - 8);
    // Envelope, body, collection, person and number are kept as well.
    let fill = |elements: usize| envelope_with(&format!("<QuocTich>{text}</QuocTich>").repeat(elements));
    let body = fill(MAX_KEPT - 5);
    let largest = xml::read(&body, plan).expect("read").root.heap_bytes();
    assert!(body.len() < MAX_BYTES && (MAX_TEXT / 2..4 * MIB - MAX_BYTES).contains(&largest), "{largest} bytes");
    assert_eq!(told(&fill(MAX_KEPT - 4)), "malformed/too_large");
    for (length, expected) in [(MAX_TEXT - 12, "found"), (MAX_TEXT - 11, "malformed/too_large")] {
        assert_eq!(told(&envelope_with(&format!("<SoSoHoKhau>{}</SoSoHoKhau>", "x".repeat(length)))), expected);
    }
}

#[test]
fn the_last_element_and_the_last_level_that_are_read_are_those_of_the_limits() {
    let keep = AttributeSet::all();
    for (elements, expected) in [(MAX_ELEMENTS - 5, "found"), (MAX_ELEMENTS - 4, "malformed/too_large")] {
        let body = envelope_with(&"<a/>".repeat(elements));
        assert_eq!(told(&body), expected, "{elements}");
        let noticed = noticed(&body, keep).unknown_elements;
        assert_eq!(noticed, if expected == "found" { elements as u64 } else { 0 });
    }
    for (levels, expected) in [(MAX_DEPTH - 4, "found"), (MAX_DEPTH - 3, "malformed/too_deep")] {
        let body = envelope_with(&format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels)));
        assert_eq!(told(&body), expected, "{levels}");
    }
}

#[test]
fn what_nobody_reads_is_still_held_to_the_rules_of_form() {
    let cases = [
        (adult_with("<ns1:Cha>", "<La>&x;</La><ns1:Cha>"), "malformed/not_well_formed"),
        (adult_with("<ns1:Cha>", "<La><a></La><ns1:Cha>"), "malformed/not_well_formed"),
        (adult_with("<ns1:Cha>", "<y:La/><ns1:Cha>"), "malformed/not_well_formed"),
        (adult_with("<ns1:Cha>", "<La a=\"1\" a=\"2\"/><ns1:Cha>"), "malformed/not_well_formed"),
        (adult_with("<ns1:Cha>", "<La><?x?></La><ns1:Cha>"), "malformed/processing_instruction"),
        (adult_with("<ns1:Cha>", "<La>&#1;</La><ns1:Cha>"), "malformed/not_well_formed"),
        (bare(r#""La":{"a":1,"a":1}"#), "malformed/duplicate_element"),
        (bare(r#""@la":{"a":1,"a":1}"#), "malformed/duplicate_element"),
        (bare(r#""La":"a\u0000""#), "malformed/not_text"),
        (bare(r#""La":tru"#), "malformed/not_well_formed"),
        (bare(r#""La":{"#), "malformed/truncated"),
        // A fraction in what is unknown is not our affair (PROTOCOL §5), in what is known it is (RISKS U17).
        (bare(r#""La":{"a":[1.5,[2e3]]}"#), "found"),
        (bare(r#""GioiTinh":1.5"#), "malformed/bad_number"),
    ];
    for (body, expected) in cases {
        assert_eq!(told(&body), expected, "{body:.120}");
    }
    // The same in a block that is known and that nobody wants.
    let father = sample("response-037-adult-full.xml").replacen("MẪU CHA", "MẪU &x;", 1);
    let reply = HttpReply { status: 200, content_type: None, retry_after: None, body: father.as_bytes() };
    let look_up = crate::population::LookUp { keep: AttributeSet::EMPTY, ..asked(super::ADULT) };
    assert_eq!(name_of(&read_reply(&reply, &look_up, &ReplySettings::default()).0), "malformed/not_well_formed");
}
