//! What a connection sets for its replies (PROTOCOL §13): every setting changes what it names, and nothing else.

use super::super::{HttpReply, read_existence, read_reply};
use super::{ADULT, CHILD, YEAR_ONLY, adult, adult_with, asked, envelope_with, name_of, noticed, sample, told_by};
use crate::citizen::{Attribute, AttributeSet, Hint};
use crate::config::{FaultOutcome, FaultRule, NotFoundForms, ReplyFlavour, ReplySettings};
use crate::population::Outcome;

const EMPTY_COLLECTION: &str = r#"{"Body":{"CongdanCollection":""}}"#;
const NO_COLLECTION: &str = r#"{"Body":""}"#;
const EMPTY_PERSON: &str = r#"{"Body":{"CongdanCollection":{"CongDan":{}}}}"#;

fn rules(rules: &[(Option<u16>, Option<&str>, FaultOutcome)]) -> ReplySettings {
    let rule = |(status, code, outcome): &(Option<u16>, Option<&str>, FaultOutcome)| FaultRule {
        status: *status,
        code: code.map(str::to_owned),
        outcome: *outcome,
    };
    ReplySettings { faults: rules.iter().map(rule).collect(), ..ReplySettings::default() }
}

#[test]
fn a_forced_flavour_refuses_every_other_one_and_none_is_told_from_the_content() {
    use ReplyFlavour as F;
    let samples = [
        (F::Soap, "response-037-adult-full.xml", ADULT),
        (F::Envelope, "response-037-adult-full.envelope.json", ADULT),
        (F::Bare, "response-037-child.bare.json", CHILD),
        (F::Wrapped, "response-037-birth-year-only.wrapped.json", YEAR_ONLY),
        (F::Qcvn109, "response-037-adult-full.qcvn109.json", ADULT),
    ];
    for (flavour, file, person) in samples {
        let body = sample(file);
        let reply = HttpReply { status: 200, content_type: None, retry_after: None, body: body.as_bytes() };
        for forced in [None, Some(F::Soap), Some(F::Envelope), Some(F::Bare), Some(F::Wrapped), Some(F::Qcvn109)] {
            let settings = ReplySettings { flavour: forced, ..ReplySettings::default() };
            let expected = match forced {
                Some(other) if other != flavour => "malformed/unexpected_element",
                _ => "found",
            };
            let outcome = read_reply(&reply, &asked(person), &settings).0;
            assert_eq!(name_of(&outcome), expected, "{file} as {forced:?}");
        }
    }
    let forced = ReplySettings { flavour: Some(F::Soap), ..ReplySettings::default() };
    // Nobody in another flavour is not nobody; a fault in another flavour is still a fault.
    assert_eq!(told_by(&forced, 200, NO_COLLECTION), "malformed/unexpected_element");
    assert_eq!(told_by(&forced, 200, &sample("gateway-401-token-expired.json")), "upstream_fault/gateway_fault");
    assert_eq!(told_by(&forced, 200, r#"{"Body":{"Fault":""}}"#), "upstream_fault/soap_fault");
    assert_eq!(told_by(&forced, 200, "<html></html>"), "upstream_fault/html_page");
}

#[test]
fn a_form_of_nobody_that_is_switched_off_is_malformed() {
    let bodies = [EMPTY_COLLECTION, NO_COLLECTION, EMPTY_PERSON];
    for on in 0..8_usize {
        let is_on = |form: usize| on & (1 << form) != 0;
        let not_found = NotFoundForms { empty_collection: is_on(0), no_collection: is_on(1), empty_person: is_on(2) };
        let settings = ReplySettings { not_found, ..ReplySettings::default() };
        for (form, body) in bodies.iter().enumerate() {
            let expected = if is_on(form) { "not_found" } else { "malformed/unexpected_element" };
            assert_eq!(told_by(&settings, 200, body), expected, "{body} with {not_found:?}");
        }
        assert_eq!(told_by(&settings, 200, &adult()), "found");
    }
}

#[test]
fn success_is_what_the_connection_calls_success() {
    let body = |code: &str| format!("{{\"error_code\":{code},\"message\":{}}}", serde_json::json!(adult()));
    let settings = ReplySettings { success_codes: vec!["1".into(), "OK".into()], ..ReplySettings::default() };
    let cases = [
        ("1", "found"),
        ("\"OK\"", "found"),
        ("\" OK \"", "found"),
        ("\"ok\"", "upstream_fault/gateway_fault"),
        ("0", "upstream_fault/gateway_fault"),
        ("\"\"", "upstream_fault/gateway_fault"),
        ("null", "upstream_fault/gateway_fault"),
        ("[]", "upstream_fault/gateway_fault"),
    ];
    for (code, expected) in cases {
        assert_eq!(told_by(&settings, 200, &body(code)), expected, "{code}");
    }
    assert_eq!(told_by(&ReplySettings::default(), 200, &body("null")), "found");
    // A code that is missing is not a blank one: the content decides (RISKS U18).
    let without = serde_json::json!({ "message": adult() }).to_string();
    assert_eq!(told_by(&settings, 200, &without), "found");
}

#[test]
fn the_namespace_of_the_record_is_the_connections() {
    let body = adult().replace("http://www.mic.gov.vn/dancu/1.0", "urn:other");
    let reply = HttpReply { status: 200, content_type: None, retry_after: None, body: body.as_bytes() };
    for (namespace, hints) in [("urn:other", &[][..]), ("urn:another", &[Hint::UnknownNamespace])] {
        let settings = ReplySettings { namespace: namespace.to_owned(), ..ReplySettings::default() };
        let Outcome::Found(record) = read_reply(&reply, &asked(ADULT), &settings).0 else { panic!("found") };
        assert_eq!(record.hints, hints, "{namespace}");
    }
}

#[test]
fn a_body_above_the_limit_of_the_connection_is_not_read() {
    let body = adult();
    for (max_bytes, expected) in [(body.len(), "found"), (body.len() - 1, "malformed/too_large")] {
        assert_eq!(told_by(&ReplySettings { max_bytes, ..ReplySettings::default() }, 200, &body), expected);
    }
    // A bad status says enough without its body.
    assert_eq!(
        told_by(&ReplySettings { max_bytes: 1, ..ReplySettings::default() }, 500, &body),
        "upstream_fault/server_error"
    );
}

#[test]
fn the_first_rule_that_fits_decides_before_what_is_built_in() {
    use FaultOutcome as O;
    let settings = rules(&[
        (Some(500), Some("OFF01"), O::NotPermittedOfficer),
        (Some(500), Some("900901"), O::AuthFailed),
        (None, Some("77"), O::Maintenance),
        (Some(503), None, O::Maintenance),
        (Some(404), None, O::Throttled),
        (Some(403), Some("900908"), O::Rejected),
        (Some(409), None, O::NotPermittedProcedure),
        (Some(429), None, O::UpstreamFault),
        (Some(503), None, O::Rejected),
    ]);
    let gateway = sample("gateway-401-token-expired.json");
    let wrapped = |code: &str| format!(r#"{{"error_code":"{code}","message":"x"}}"#);
    let cases = [
        (500, wrapped("OFF01"), "not_permitted_officer"),
        (500, wrapped("OFF02"), "upstream_fault/server_error"),
        // Status and code must both fit.
        (502, wrapped("OFF01"), "upstream_fault/server_error"),
        (200, wrapped("OFF01"), "upstream_fault/gateway_fault"),
        (500, gateway.clone(), "auth_failed"),
        (500, sample("gateway-401-token-expired.xml"), "auth_failed"),
        (200, gateway.clone(), "upstream_fault/gateway_fault"),
        (200, wrapped("77"), "maintenance"),
        (400, r#"{"code":77,"message":"x"}"#.to_owned(), "maintenance"),
        (503, String::new(), "maintenance"),
        (503, "<html></html>".to_owned(), "maintenance"),
        (404, "{}".to_owned(), "throttled/upstream"),
        (403, r#"{"fault":{"code":"900908"}}"#.to_owned(), "rejected/upstream"),
        (403, gateway, "not_permitted_procedure"),
        (409, String::new(), "not_permitted_procedure"),
        (429, String::new(), "upstream_fault/gateway_fault"),
    ];
    for (status, body, expected) in cases {
        assert_eq!(told_by(&settings, status, &body), expected, "{status} {body:.40}");
    }
}

#[test]
fn a_rule_never_touches_an_answer_without_fault() {
    use FaultOutcome as O;
    let settings =
        rules(&[(Some(200), None, O::Maintenance), (None, Some("0"), O::Rejected), (None, None, O::AuthFailed)]);
    let success = serde_json::json!({ "error_code": "0", "message": adult() }).to_string();
    let cases = [
        (adult(), "found"),
        (success, "found"),
        (NO_COLLECTION.to_owned(), "not_found"),
        (sample("response-soap-fault.xml"), "upstream_fault/soap_fault"),
        ("<html></html>".to_owned(), "upstream_fault/html_page"),
        (String::new(), "malformed/empty_body"),
        (r#"{"error_code":"1","message":""}"#.to_owned(), "maintenance"),
        (r#"{"fault":{"code":1}}"#.to_owned(), "maintenance"),
    ];
    for (body, expected) in cases {
        assert_eq!(told_by(&settings, 200, &body), expected, "{body:.40}");
    }
    let reply = HttpReply { status: 418, content_type: None, retry_after: None, body: b"" };
    assert_eq!(read_existence(&reply, &settings).map_err(|outcome| name_of(&outcome)), Err("auth_failed".to_owned()));
}

#[test]
fn a_rule_that_asks_for_patience_takes_the_wait_from_the_header() {
    for outcome in [FaultOutcome::Throttled, FaultOutcome::Maintenance] {
        let settings = rules(&[(None, None, outcome)]);
        for (header, expected) in [(Some("7"), Some(7)), (Some("86400"), Some(60)), (Some("soon"), None), (None, None)]
        {
            for (status, body) in [(503, ""), (200, r#"{"fault":{"code":1}}"#)] {
                let retry_after = header.map(str::to_owned);
                let reply = HttpReply { status, content_type: None, retry_after, body: body.as_bytes() };
                let told = read_reply(&reply, &asked(ADULT), &settings).0;
                assert_eq!(told.retry_after().map(|wait| wait.as_secs()), expected, "{outcome:?} {header:?} {status}");
            }
        }
    }
}

#[test]
fn unknown_elements_are_counted_in_the_record_and_its_groups_whatever_is_wanted() {
    let cases = [
        ("", 0),
        ("<La/>", 1),
        ("<La>x</La><La2/>", 2),
        // One inside another counts once.
        ("<La><Trong><SoDinhDanh/></Trong></La>", 1),
        ("<y:GioiTinh xmlns:y=\"y\">1</y:GioiTinh>", 1),
        ("<ThuongTru><TenTinhThanh>x</TenTinhThanh><ChiTiet>y</ChiTiet></ThuongTru>", 1),
        ("<Cha><HoVaTen><Dem/></HoVaTen><NamSinh/></Cha>", 2),
        ("<ChuHo><La/></ChuHo><NgayThangNamSinh><Thang/></NgayThangNamSinh>", 2),
        ("<DanToc><MaDanToc>01</MaDanToc><TenGoiKhac/></DanToc>", 0),
        ("<VoChong/><NguoiDaiDien> </NguoiDaiDien>", 0),
    ];
    for (content, expected) in cases {
        for keep in [AttributeSet::all(), AttributeSet::EMPTY, AttributeSet::EMPTY.with(Attribute::ThuongTru)] {
            assert_eq!(noticed(&envelope_with(content), keep).unknown_elements, expected, "{content}");
        }
    }
    let json = sample("response-037-adult-full.envelope.json");
    assert_eq!(noticed(&json, AttributeSet::all()).unknown_elements, 0);
    let json = json.replacen("\"SoCMND\"", "\"@xmlns\":\"x\",\"La\":[1.5,[{\"a\":null}]],\"SoCMND\"", 1);
    // A list is as many elements as it has items.
    assert_eq!(noticed(&json, AttributeSet::all()).unknown_elements, 2);
    let wrapped = serde_json::json!({ "error_code": 0, "x": 1, "message": envelope_with("<La/>") }).to_string();
    assert_eq!(noticed(&wrapped, AttributeSet::all()).unknown_elements, 1);
    for file in ["response-037-adult-full.xml", "response-037-adult-full.qcvn109.json"] {
        assert_eq!(noticed(&sample(file), AttributeSet::all()).unknown_elements, 0, "{file}");
    }
}

#[test]
fn a_block_that_nobody_wants_must_not_contradict_itself_either() {
    let father = "<ns1:Cha>";
    let adult = adult();
    let (start, end) = (adult.find(father).expect("start"), adult.find("</ns1:Cha>").expect("end"));
    let block = format!("{}</ns1:Cha>", &adult[start..end]);
    let spaced = block.replace("><", ">\n <").replace("\n", "\r\n   ");
    let other = block.replace("MẪU CHA", "MẪU ÔNG");
    let shorter = block.replacen("<ns1:QuocTich>VN</ns1:QuocTich>", "", 1);
    assert!(shorter.len() < block.len());
    for keep in [AttributeSet::all(), AttributeSet::EMPTY] {
        let cases = [
            (&block, "found"),
            (&spaced, "found"),
            (&other, "duplicate"),
            (&shorter, "duplicate"),
            (&String::new(), "found"),
        ];
        for (second, expected) in cases {
            let body = adult_with(father, &format!("{second}{father}"));
            let reply = HttpReply { status: 200, content_type: None, retry_after: None, body: body.as_bytes() };
            let look_up = crate::population::LookUp { keep, ..asked(ADULT) };
            let told = name_of(&read_reply(&reply, &look_up, &ReplySettings::default()).0);
            assert_eq!(told, if expected == "found" { "found" } else { "malformed/duplicate_element" }, "{second}");
        }
    }
}
