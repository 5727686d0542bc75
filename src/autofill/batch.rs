//! Several people of one dossier in one request: what is shared is said once, each item is a request of its own.

use jiff::civil::Date;

use super::request::AutofillRequest;
use crate::strict_json::{self, Finding, Kind, Member, Node, ObjectReader};

/// Most items: a household (ASM; the largest in the invented people has nine).
pub const MAX_ITEMS: usize = 20;

/// Said once for all items.
const SHARED: [&str; 8] = ["service", "form", "officer", "agency", "dossier", "dossier_date", "refresh", "sign"];
/// Said in each item.
const OWN: [&str; 5] = ["citizen", "citizen_role", "persons", "typed", "signed"];

/// Reads the body of a batch into one request an item.
///
/// # Errors
/// Every finding of the body; nothing is asked for when one item cannot be read.
pub fn read_batch(body: &str, today: Date) -> Result<Vec<AutofillRequest>, Vec<Finding>> {
    strict_json::read(body, |root, findings| read_root(root, today, findings))
}

fn read_root(root: &Node, today: Date, findings: &mut Vec<Finding>) -> Option<Vec<AutofillRequest>> {
    let mut body = ObjectReader::new(root, "", findings)?;
    for shared in SHARED {
        body.node(shared);
    }
    let items = body.required_node("items");
    body.finish();
    let list = items?;
    let count = list.as_list().map(<[Node]>::len);
    let items = match list.as_list() {
        Some(items) if (1..=MAX_ITEMS).contains(&items.len()) => items,
        _ => {
            let (code, vi, en) = match count {
                None => ("expected_list", "Phải là danh sách.", "Must be a list."),
                Some(0) => ("items_count", "Danh sách không được rỗng.", "The list must not be empty."),
                Some(_) => ("items_count", "Tối đa 20 người trong một yêu cầu.", "At most 20 people in one request."),
            };
            findings.push(Finding::new(code, "/items", list.span.clone(), vi, en));
            return None;
        }
    };
    let shared: Vec<Member> =
        root.as_object()?.iter().filter(|member| SHARED.contains(&member.key.as_str())).cloned().collect();
    Some(items.iter().enumerate().filter_map(|(at, item)| read_item(at, item, &shared, today, findings)).collect())
}

fn read_item(
    at: usize,
    item: &Node,
    shared: &[Member],
    today: Date,
    findings: &mut Vec<Finding>,
) -> Option<AutofillRequest> {
    let place = format!("/items/{at}");
    let before = findings.len();
    let mut reader = ObjectReader::new(item, place.as_str(), findings)?;
    for own in OWN {
        reader.node(own);
    }
    reader.finish();
    if findings.len() > before {
        return None;
    }
    let members = shared.iter().chain(item.as_object()?).cloned().collect();
    let whole = Node { kind: Kind::Object(members), span: item.span.clone() };
    let mut own_findings = Vec::new();
    let request = AutofillRequest::of_node(&whole, today, &mut own_findings);
    for mut finding in own_findings {
        let first = finding.pointer.split('/').nth(1).unwrap_or_default();
        if !SHARED.contains(&first) {
            finding.pointer.insert_str(0, &place);
        } else if findings.iter().any(|told| told.pointer == finding.pointer) {
            // What is shared is told once.
            continue;
        }
        findings.push(finding);
    }
    request
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn places(body: &serde_json::Value) -> Vec<(String, &'static str)> {
        let today = jiff::civil::date(2026, 11, 20);
        let findings = read_batch(&body.to_string(), today).err().unwrap_or_default();
        findings.into_iter().map(|finding| (finding.pointer, finding.rule)).collect()
    }

    fn told(pointer: &str, rule: &'static str) -> Vec<(String, &'static str)> {
        vec![(pointer.to_owned(), rule)]
    }

    #[test]
    fn every_item_is_a_request_with_what_is_shared() {
        let body = json!({ "service": "1.005392", "dossier": "H01-1", "sign": true,
            "items": [{ "citizen": { "id": "999085000001" } }, { "citizen": { "id": "999187000004" }, "typed": { "a": "b" } }] });
        let requests = read_batch(&body.to_string(), jiff::civil::date(2026, 11, 20)).expect("requests");
        assert_eq!(requests.len(), 2);
        assert!(requests.iter().all(|request| request.dossier.as_deref() == Some("H01-1") && request.sign));
        assert_eq!((requests[0].typed.len(), requests[1].typed.len()), (0, 1));
    }

    #[test]
    fn a_finding_of_an_item_names_its_place_and_one_of_what_is_shared_is_told_once() {
        let good = json!({ "citizen": { "id": "999085000001" } });
        let of = |items: serde_json::Value| json!({ "service": "1.005392", "items": items });
        let bad_number = json!({ "citizen": { "id": "12" } });
        assert_eq!(places(&of(json!([good, bad_number])))[0].0, "/items/1/citizen/id");
        assert_eq!(
            places(&of(json!([good, { "citizen": { "id": "999085000001" }, "dossier": "x" }]))),
            told("/items/1/dossier", "unknown_member")
        );
        assert_eq!(places(&of(json!([good, 1]))), told("/items/1", "expected_object"));
        assert_eq!(places(&of(json!([{}]))), told("/items/0", "missing_member"));
        assert_eq!(places(&of(json!({}))), told("/items", "expected_list"));
        assert_eq!(places(&of(json!([]))), told("/items", "items_count"));
        assert_eq!(places(&of(json!(vec![good.clone(); 21]))), told("/items", "items_count"));
        let undated = json!({ "service": "1.005392", "dossier_date": "20-11-2026", "items": [good, good] });
        assert_eq!(places(&undated), told("/dossier_date", "date_form"));
        assert_eq!(
            places(&json!({ "service": "1.005392", "items": [good], "citizen": {} }))[0],
            ("/citizen".to_owned(), "unknown_member")
        );
        let nothing = json!({ "items": [good, good] });
        assert!(places(&nothing).iter().all(|(_, rule)| *rule == "missing_member"), "{:?}", places(&nothing));
    }
}
