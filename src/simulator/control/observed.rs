//! What can be seen of a call from outside: headers, and the fields by which a look-up is known.
//!
//! Read apart from the strict reader of requests, and leniently, so that a refused call can be looked at too.

use std::collections::BTreeMap;

use actix_web::http::header::HeaderMap;
use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use serde_json::Value;

use super::super::xml::{self, Element};
use super::received::Entry;

/// Headers that hold credentials (PROTOCOL §3), in lower case.
const SECRET_HEADERS: [&str; 7] =
    ["authorization", "lgspaccesstoken", "authhash", "apikey", "auth", "cookie", "proxy-authorization"];

/// What the log of received calls keeps of a call.
pub fn entry(path: &str, headers: &HeaderMap, body: &[u8]) -> Entry {
    let fields = fields(body);
    let field = |names: &[&str]| names.iter().find_map(|name| fields.get(&name.to_lowercase())).cloned();
    let number = field(&["SoDinhDanh", "SoCMND"]);
    let invented = number.as_ref().is_none_or(|number| number.starts_with("999"));
    let body = if invented { String::from_utf8_lossy(body).into_owned() } else { String::new() };
    Entry {
        at: Timestamp::now().to_string(),
        route: path.to_owned(),
        ma_yeu_cau: field(&["MaYeuCau"]),
        officer: field(&["MaCanBo"]),
        procedure: field(&["MaDVC", "MaDichVu"]),
        number: number.filter(|_| invented),
        headers: headers
            .iter()
            .map(|(name, value)| (name.to_string(), shown(name.as_str(), value.as_bytes())))
            .collect(),
        body,
        ..Entry::default()
    }
}

/// A header's text, or for a credential the beginning of its hash.
fn shown(name: &str, value: &[u8]) -> String {
    if !SECRET_HEADERS.contains(&name) {
        return String::from_utf8_lossy(value).into_owned();
    }
    let hash = digest(&SHA256, value);
    let hex: String = hash.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// The texts of a SOAP operation or of a JSON object that are not blank, by lower-case name.
fn fields(body: &[u8]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if let Ok(Value::Object(members)) = serde_json::from_slice(body) {
        for (name, value) in members {
            if let Value::String(text) = value {
                found.insert(name.to_lowercase(), text);
            }
        }
    } else if let Ok(envelope) = xml::read(body) {
        collect(&envelope, &mut found);
    }
    found.retain(|_, text| !text.trim().is_empty());
    found
}

fn collect(element: &Element, found: &mut BTreeMap<String, String>) {
    match element.leaf() {
        Some(text) => {
            found.entry(element.name.to_lowercase()).or_insert_with(|| text.to_owned());
        }
        None => element.children.iter().for_each(|child| collect(child, found)),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    const REQUEST: &str = include_str!("../samples/request-037-full-date.xml");

    fn seen(body: &str) -> Entry {
        entry("/direct/037", &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn the_fields_of_a_look_up_are_seen_in_xml_and_json() {
        let xml = seen(REQUEST);
        assert_eq!((xml.number.as_deref(), xml.officer.as_deref()), (Some("999085000001"), Some("999080000099")));
        assert!(xml.ma_yeu_cau.is_some() && xml.procedure.is_some() && xml.body == REQUEST);
        for body in [
            r#"{"maYeuCau":"A-1","maDVC":"1.0","maCanBo":"cb","soDinhDanh":"","soCMND":"999000001"}"#,
            r#"{"MaYeuCau":"A-1","MaDVC":"1.0","MaCanBo":"cb","SoDinhDanh":"","SoCMND":"999000001"}"#,
        ] {
            let json = seen(body);
            let fields = [&json.ma_yeu_cau, &json.procedure, &json.officer, &json.number];
            assert_eq!(fields.map(|field| field.as_deref().unwrap_or("")), ["A-1", "1.0", "cb", "999000001"]);
        }
    }

    #[test]
    fn nothing_is_kept_of_a_call_about_a_number_that_is_not_invented() {
        let kept = seen(&REQUEST.replace("999085000001", concat!("001", "0850", "00001")));
        assert_eq!((kept.number, kept.body.as_str()), (None, ""));
        assert!(kept.ma_yeu_cau.is_some());
    }

    #[test]
    fn credentials_are_shown_as_the_beginning_of_a_hash() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("AuthHash", "khong-phai-bi-mat"), ("Timestamp", "1800000000000")] {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            headers.insert(name, HeaderValue::from_static(value));
        }
        let kept = entry("/x", &headers, b"");
        assert_eq!(kept.headers["timestamp"], "1800000000000");
        // printf %s khong-phai-bi-mat | sha256sum
        assert_eq!(kept.headers["authhash"], "sha256:c58fe9bb");
    }
}
