//! Mutated replies: RISKS T7 and T8 and the table U1–U20, as tables of body and outcome.

use super::super::{HttpReply, MAX_BYTES, read_reply};
use super::{ADULT, adult, adult_with, asked, name_of, read_as, sample, told};
use crate::config::ReplySettings;
use crate::population::Outcome;

const NUMBER: &str = "<ns1:SoDinhDanh>999085000001</ns1:SoDinhDanh>";
const COLLECTION: &str = "<ns1:CongdanCollection xmlns:ns1=\"http://www.mic.gov.vn/dancu/1.0\">";

/// The adult's `CongDan` element as text.
fn person() -> String {
    let adult = adult();
    let (start, end) = (adult.find("<ns1:CongDan>").expect("start"), adult.find("</ns1:CongDan>").expect("end"));
    adult[start..end + "</ns1:CongDan>".len()].to_owned()
}

fn json_adult(old: &str, new: &str) -> String {
    let body = sample("response-037-adult-full.envelope.json");
    assert!(body.contains(old), "{old} is not in the sample");
    body.replacen(old, new, 1)
}

fn check(cases: &[(&str, String, &str)]) {
    for (what, body, expected) in cases {
        assert_eq!(told(body), *expected, "{what}");
    }
}

fn wrapped(code: &str, message: &str) -> String {
    serde_json::json!({ "error_code": code, "message": message }).to_string()
}

#[test]
fn mutated_numbers_and_persons() {
    let other = person().replacen("999085000001", "999085000002", 1);
    check(&[
        ("another person's number", adult_with(NUMBER, &NUMBER.replace("001<", "002<")), "malformed/wrong_person"),
        ("same number, other name", adult_with("MẪU MỘT", "MẪU HAI"), "malformed/wrong_person"),
        ("number only in SoCMND", adult_with(NUMBER, ""), "malformed/wrong_person"),
        ("another birth date", adult().replace("19850312", "19850313"), "malformed/wrong_person"),
        ("number twice, equal", adult_with(NUMBER, &NUMBER.repeat(2)), "found"),
        (
            "number twice, different",
            adult_with(NUMBER, &format!("{NUMBER}{}", NUMBER.replace("001<", "002<"))),
            "malformed/duplicate_element",
        ),
        (
            "blank number before the number",
            adult_with(NUMBER, &format!("<ns1:SoDinhDanh/>{NUMBER}")),
            "malformed/duplicate_element",
        ),
        ("comment in the number", adult_with("999085000001", "9990<!-- x -->85000001"), "found"),
        (
            "comment hides another number",
            adult_with(NUMBER, &NUMBER.replace("001<", "00<!--1-->2<")),
            "malformed/wrong_person",
        ),
        ("CDATA in the number", adult_with("999085000001", "<![CDATA[999085]]>000001"), "found"),
        ("references in the number", adult_with("999085000001", "&#57;99085000001"), "found"),
        (
            "processing instruction in the number",
            adult_with("999085000001", "9990<?x?>85000001"),
            "malformed/processing_instruction",
        ),
        ("spaces in and around the number", adult_with("999085000001", "\n 999 085 000001 "), "found"),
        ("eleven digits", adult_with("999085000001", "99908500001"), "malformed/bad_number"),
        ("full-width digits", adult_with("999085000001", "９９９０８５０００００１"), "malformed/bad_number"),
        ("element in the number", adult_with("999085000001", "999085<x/>000001"), "malformed/unexpected_element"),
        ("two persons", adult_with("</ns1:CongDan>", &format!("</ns1:CongDan>{other}")), "multiple"),
        ("the asked one second", adult_with("<ns1:CongDan>", &format!("{other}<ns1:CongDan>")), "multiple"),
        ("same person twice", adult_with("</ns1:CongDan>", &format!("</ns1:CongDan>{}", person())), "multiple"),
        ("unknown elements", adult_with(NUMBER, &format!("{NUMBER}<ns1:La>x</ns1:La><y:La xmlns:y=\"y\"/>")), "found"),
        (
            "foreign number beside the number",
            adult_with(NUMBER, &format!("{NUMBER}<y:SoDinhDanh xmlns:y=\"y\">999085000002</y:SoDinhDanh>")),
            "found",
        ),
        (
            "only a foreign number",
            adult_with(NUMBER, "<y:SoDinhDanh xmlns:y=\"y\">999085000001</y:SoDinhDanh>"),
            "malformed/wrong_person",
        ),
        ("block twice, different", adult_with("<ns1:Cha>", "<ns1:Cha/><ns1:Cha>"), "malformed/duplicate_element"),
        (
            "data without number and name",
            adult_with(&person(), "<ns1:CongDan><ns1:GioiTinh>1</ns1:GioiTinh></ns1:CongDan>"),
            "malformed/no_identity",
        ),
    ]);
}

#[test]
fn mutated_places_and_namespaces() {
    let body_start = "<soapenv:Body xmlns:dan=\"http://dancuquocgia.bca\">";
    let record = format!("{COLLECTION}{}</ns1:CongdanCollection>", person());
    let empty = sample("response-037-name-mismatch.xml");
    let fault = sample("response-soap-fault.xml");
    let in_header = empty.replace(
        "<soapenv:Header xmlns:dan=\"http://dancuquocgia.bca\"/>",
        &format!("<soapenv:Header>{record}</soapenv:Header>"),
    );
    assert!(in_header.len() > empty.len());
    check(&[
        ("record in the header", in_header, "not_found"),
        (
            "record in a fault's detail",
            fault.replace("<detail>", &format!("<detail>{record}")),
            "upstream_fault/soap_fault",
        ),
        (
            "fault beside a record",
            adult_with(body_start, &format!("{body_start}<soapenv:Fault/>")),
            "upstream_fault/soap_fault",
        ),
        (
            "record beside the body",
            adult_with("</soapenv:Body>", &format!("</soapenv:Body>{record}")),
            "malformed/unexpected_element",
        ),
        ("two bodies", adult_with("</soapenv:Body>", "</soapenv:Body><soapenv:Body/>"), "malformed/duplicate_element"),
        ("body of a foreign namespace", adult().replace("soapenv:Body", "dan:Body"), "malformed/unexpected_element"),
        (
            "two collections",
            adult_with(COLLECTION, &format!("{COLLECTION}</ns1:CongdanCollection>{COLLECTION}")),
            "malformed/duplicate_element",
        ),
        (
            "unexpected element in the body",
            adult_with(COLLECTION, &format!("<dan:X/>{COLLECTION}")),
            "malformed/unexpected_element",
        ),
        (
            "only an unexpected element",
            empty.replace("bca\"/>\n</soapenv:Envelope>", "bca\"><x/></soapenv:Body></soapenv:Envelope>"),
            "malformed/unexpected_element",
        ),
        (
            "record as CDATA",
            adult_with(COLLECTION, &format!("{COLLECTION}<![CDATA[<x/>]]>")),
            "malformed/unexpected_element",
        ),
        (
            "person of a foreign namespace",
            adult().replace("<ns1:CongDan>", "<f:CongDan xmlns:f=\"f\">").replace("</ns1:CongDan>", "</f:CongDan>"),
            "malformed/unexpected_element",
        ),
        (
            "second person of a foreign namespace",
            adult_with("<ns1:CongDan>", "<f:CongDan xmlns:f=\"f\"/><ns1:CongDan>"),
            "malformed/unexpected_element",
        ),
        (
            "prefix bound anew below the person",
            adult_with("<ns1:CongDan>", "<ns1:CongDan xmlns:ns1=\"f\">"),
            "malformed/unexpected_element",
        ),
        ("unknown namespace throughout", adult_with("dancu/1.0", "dancu/9.9"), "found"),
        (
            "xsi:type and xsi:nil",
            adult_with(
                "<ns1:CongDan>",
                "<ns1:CongDan xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"x\">",
            ),
            "found",
        ),
        (
            "standard attributes on the collection",
            adult_with("<ns1:CongdanCollection", "<ns1:CongdanCollection SoCongDan=\"1\" Id=\"x\""),
            "found",
        ),
        ("an empty person", adult_with(&person(), "<ns1:CongDan/>"), "not_found"),
        (
            "a blank person",
            adult_with(&person(), "<ns1:CongDan><ns1:SoDinhDanh> </ns1:SoDinhDanh></ns1:CongDan>"),
            "not_found",
        ),
        (
            "a person of one unknown text",
            adult_with(&person(), "<ns1:CongDan><ns1:Loi>x</ns1:Loi></ns1:CongDan>"),
            "malformed/no_identity",
        ),
        ("another root", "<CongdanCollection/>".to_owned(), "malformed/unexpected_element"),
        (
            "no body",
            "<Envelope xmlns=\"http://schemas.xmlsoap.org/soap/envelope/\"/>".to_owned(),
            "malformed/unexpected_element",
        ),
    ]);
}

#[test]
fn damaged_and_hostile_bodies() {
    let cut_number = adult().split_at(adult().find("85000001").expect("number")).0.to_owned();
    let bomb = "<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;\">]>";
    check(&[
        ("zero bytes", String::new(), "malformed/empty_body"),
        ("white space", " \n\t".to_owned(), "malformed/empty_body"),
        ("cut in the number", cut_number, "malformed/truncated"),
        ("cut in a tag", adult()[..adult().len() - 4].to_owned(), "malformed/not_well_formed"),
        ("byte order mark", format!("\u{feff}{}", adult()), "found"),
        ("billion laughs", adult().replacen("?>", &format!("?>{bomb}"), 1), "malformed/doctype"),
        (
            "external entity",
            adult().replacen("?>", "?><!DOCTYPE l [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>", 1),
            "malformed/doctype",
        ),
        (
            "parameter entity",
            adult().replacen("?>", "?><!DOCTYPE l [<!ENTITY % x SYSTEM \"http://127.0.0.1/\">%x;]>", 1),
            "malformed/doctype",
        ),
        ("undeclared entity", adult_with("MẪU MỘT", "&mau;"), "malformed/not_well_formed"),
        (
            "style sheet",
            adult().replacen("?>", "?><?xml-stylesheet href=\"x\"?>", 1),
            "malformed/processing_instruction",
        ),
        ("NUL reference", adult_with("MẪU MỘT", "MẪU&#0; MỘT"), "malformed/not_well_formed"),
        ("nesting", format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000)), "malformed/too_deep"),
        (
            "three megabytes of unknown elements",
            adult_with(NUMBER, &format!("{NUMBER}{}", "<ns1:x>y</ns1:x>".repeat(200_000))),
            "malformed/too_large",
        ),
        (
            "many small elements",
            adult_with(NUMBER, &format!("{NUMBER}{}", "<x/>".repeat(20_000))),
            "malformed/too_large",
        ),
        ("HTML page", "<!doctype html><html><body>Đăng nhập</body></html>".to_owned(), "upstream_fault/html_page"),
        ("XHTML page", "<?xml version=\"1.0\"?><html/>".to_owned(), "upstream_fault/html_page"),
        ("plain text", "OK".to_owned(), "malformed/not_well_formed"),
        ("gateway fault", sample("gateway-401-token-expired.xml"), "upstream_fault/gateway_fault"),
        ("gateway fault in JSON", sample("gateway-401-token-expired.json"), "upstream_fault/gateway_fault"),
        ("gateway throttling", r#"{"fault":{"code":900800,"message":"x"}}"#.to_owned(), "throttled/upstream"),
        (
            "flat gateway fault",
            r#"{"code":"303001","message":"x","description":"y"}"#.to_owned(),
            "upstream_fault/gateway_fault",
        ),
        (
            "X-Road fault",
            r#"{"type":"Server.ServerProxy","message":"x","detail":"y"}"#.to_owned(),
            "upstream_fault/gateway_fault",
        ),
    ]);
    let mut cut_letter = adult().into_bytes();
    cut_letter.truncate(adult().find("Ễ").expect("letter") + 1);
    assert_eq!(name_of(&read_as(200, None, &cut_letter, ADULT)), "malformed/not_well_formed");
    assert_eq!(name_of(&read_as(200, None, &vec![b' '; MAX_BYTES + 1], ADULT)), "malformed/too_large");
    assert_eq!(name_of(&read_as(200, Some("text/html; charset=utf-8"), adult().as_bytes(), ADULT)), "found");
    assert_eq!(name_of(&read_as(200, Some("text/html"), b"<p>x<br></p>", ADULT)), "upstream_fault/html_page");
}

#[test]
fn mutated_json() {
    let number = "\"SoDinhDanh\": \"999085000001\"";
    let bare = |person: &str| format!("{{\"Body\":{{\"CongdanCollection\":{{\"CongDan\":{person}}}}}}}");
    let one = r#"{"SoDinhDanh":"999085000001","HoVaTen":"NGUYỄN VĂN MẪU MỘT"}"#;
    check(&[
        ("duplicate member", json_adult(number, &format!("{number},{number}")), "malformed/duplicate_element"),
        ("exponent", json_adult(number, "\"SoDinhDanh\": 9.99085000001e11"), "malformed/bad_number"),
        ("number instead of text", json_adult(number, "\"SoDinhDanh\": 999085000001"), "malformed/not_text"),
        (
            "number instead of a unit code",
            json_adult("\"MaTinhThanh\": \"01\"", "\"MaTinhThanh\": 1"),
            "malformed/not_text",
        ),
        ("text nodes", json_adult(number, r##""SoDinhDanh": {"#text": {"__text": "999085000001"}}"##), "found"),
        (
            "__proto__ in the person",
            json_adult(number, &format!("{number},\"__proto__\":{{\"SoDinhDanh\":\"1\"}}")),
            "found",
        ),
        ("__proto__ in the body", r#"{"Body":{"__proto__":{"x":1}}}"#.to_owned(), "malformed/unexpected_element"),
        ("list of one", bare(&format!("[{one}]")), "found"),
        ("list of two", bare(&format!("[{one},{one}]")), "multiple"),
        ("empty list", bare("[]"), "not_found"),
        ("list of an empty one", bare("[{}]"), "not_found"),
        ("empty text", bare("\"\""), "not_found"),
        ("null", bare("null"), "not_found"),
        ("some text", bare("\"x\""), "malformed/no_identity"),
        ("empty body", r#"{"Header":"","Body":""}"#.to_owned(), "not_found"),
        ("text in the body", r#"{"Body":"loi"}"#.to_owned(), "malformed/unexpected_element"),
        ("fault", r#"{"Body":{"Fault":{"faultstring":"x"}}}"#.to_owned(), "upstream_fault/soap_fault"),
        ("nothing", "{}".to_owned(), "malformed/unexpected_element"),
        ("list", "[]".to_owned(), "malformed/unexpected_element"),
        ("two flavours at once", format!("{{\"Body\":\"\",\"CongDan\":{one}}}"), "malformed/unexpected_element"),
        ("nobody near the standard", r#"{"SoCongDan":"0","CongDan":null}"#.to_owned(), "not_found"),
        ("counted but missing", r#"{"SoCongDan":"1","CongDan":[]}"#.to_owned(), "not_found"),
        (
            "a remark and no person",
            r#"{"Body":{"CongdanCollection":{"GhiChu":"loi"}}}"#.to_owned(),
            "malformed/unexpected_element",
        ),
        (
            "a count and no person",
            r#"{"Body":{"CongdanCollection":{"SoCongDan":"1"}}}"#.to_owned(),
            "malformed/unexpected_element",
        ),
        ("cut", sample("response-037-adult-full.envelope.json").split_at(200).0.to_owned(), "malformed/truncated"),
    ]);
}

#[test]
fn wrapped_replies_are_judged_by_their_code_first() {
    let message = |text: &str| serde_json::json!({ "message": text }).to_string();
    check(&[
        ("success with a record", wrapped("0", &adult()), "found"),
        ("success in words", wrapped("SUCCESSFUL", &adult()), "found"),
        ("empty code", wrapped("", &adult()), "found"),
        ("failure with a record", wrapped("1", &adult()), "upstream_fault/gateway_fault"),
        ("success with a text", wrapped("0", "Lỗi hệ thống"), "malformed/not_well_formed"),
        ("success with nothing", wrapped("0", ""), "malformed/empty_body"),
        ("success with a page", wrapped("0", "<html></html>"), "upstream_fault/html_page"),
        ("missing code", message(&adult()), "found"),
        ("missing code, nobody", message(&sample("response-037-not-found.xml")), "not_found"),
        ("missing code, a text", message("x"), "malformed/unexpected_element"),
        ("number as code", format!("{{\"error_code\":200,\"message\":{}}}", serde_json::json!(adult())), "found"),
        ("fault inside", wrapped("0", &sample("response-soap-fault.xml")), "upstream_fault/soap_fault"),
    ]);
}

#[test]
fn the_status_counts_before_the_content() {
    let throttled = r#"{"fault":{"code":900802,"message":"x"}}"#;
    let page = "<html><body>x</body></html>";
    let fault = sample("response-soap-fault.xml");
    let cases = [
        (200, fault.as_str(), "upstream_fault/soap_fault"),
        (500, &fault, "upstream_fault/soap_fault"),
        (500, "", "upstream_fault/server_error"),
        (502, page, "upstream_fault/html_page"),
        (503, "", "upstream_fault/server_error"),
        (503, throttled, "throttled/upstream"),
        (504, "<a", "upstream_fault/server_error"),
        (500, throttled, "upstream_fault/gateway_fault"),
        (401, &adult(), "auth_failed"),
        (401, page, "auth_failed"),
        (403, "", "upstream_fault/unexpected_status"),
        (403, r#"{"fault":{"code":900908,"message":"x"}}"#, "not_permitted_procedure"),
        (403, throttled, "throttled/upstream"),
        (403, page, "upstream_fault/html_page"),
        (400, "", "rejected/upstream"),
        (422, "{}", "rejected/upstream"),
        (404, "", "upstream_fault/unexpected_status"),
        (404, &sample("response-037-not-found.xml"), "upstream_fault/unexpected_status"),
        (302, &adult(), "upstream_fault/redirect"),
        (204, "", "malformed/empty_body"),
        (206, &adult(), "upstream_fault/unexpected_status"),
        (429, page, "throttled/upstream"),
        (100, "", "upstream_fault/unexpected_status"),
    ];
    for (status, body, expected) in cases {
        assert_eq!(name_of(&read_as(status, None, body.as_bytes(), ADULT)), expected, "{status} {body:.40}");
    }
}

#[test]
fn a_long_wait_is_cut_to_a_minute() {
    for (header, expected) in [("86400", Some(60)), ("7", Some(7)), ("-1", None), ("soon", None)] {
        let reply = HttpReply { status: 429, content_type: None, retry_after: Some(header.to_owned()), body: b"" };
        let (Outcome::Throttled { retry_after, .. }, _) = read_reply(&reply, &asked(ADULT), &ReplySettings::default())
        else {
            panic!("throttled")
        };
        assert_eq!(retry_after.map(|wait| wait.as_secs()), expected, "{header}");
    }
}

#[test]
fn a_query_by_old_card_needs_the_same_card_in_the_record() {
    let person = ["999000001", ADULT[1], ADULT[2]];
    assert_eq!(name_of(&read_as(200, None, adult().as_bytes(), person)), "found");
    let without = adult_with("<ns1:SoCMND>999000001</ns1:SoCMND>", "<ns1:SoCMND/>");
    assert_eq!(name_of(&read_as(200, None, without.as_bytes(), person)), "malformed/wrong_person");
    let other = adult_with("<ns1:SoCMND>999000001</ns1:SoCMND>", "<ns1:SoCMND>999000002</ns1:SoCMND>");
    assert_eq!(name_of(&read_as(200, None, other.as_bytes(), person)), "malformed/wrong_person");
}
