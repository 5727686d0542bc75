//! Where a text can stand in the body of a request.

use serde_json::{Value, json};

const PERSON: &str = "999198000022";

/// A body with the string in one place.
pub struct Place {
    pub name: &'static str,
    pub body: Value,
}

/// The body with the string in each place in turn. As a key only where the service does not show it: a key of plain
/// letters is a pointer of the problem document.
pub fn bodies(string: &str) -> Vec<Place> {
    let base = || json!({ "service": "2.000815", "citizen": { "id": PERSON } });
    let with = |name: &'static str, pointer: &str, value: Value| {
        let mut body = base();
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        if body.pointer(parent).is_none() {
            body[parent.trim_start_matches('/')] = json!({});
        }
        body.pointer_mut(parent).expect("an object")[key] = value;
        Place { name, body }
    };
    let mut places: Vec<Place> = [
        ("service", "/service"),
        ("id", "/citizen/id"),
        ("name", "/citizen/name"),
        ("birth date", "/citizen/birth_date"),
        ("officer", "/officer"),
        ("agency", "/agency"),
        ("dossier", "/dossier"),
        ("dossier date", "/dossier_date"),
        ("form", "/form"),
        ("role of the citizen", "/citizen_role"),
        ("typed text", "/typed/nguoi_yeu_cau_ho_ten"),
        ("typed number", "/typed/so_luong_ban"),
        ("typed date", "/typed/nguoi_yeu_cau_ngay_cap"),
    ]
    .into_iter()
    .map(|(name, pointer)| with(name, pointer, string.into()))
    .collect();
    places.push(with("typed address", "/typed/nguoi_yeu_cau_noi_cu_tru", json!({ "chi_tiet": string, "xa": string })));
    places.push(with("same_as", "/persons/me", json!({ "same_as": string })));
    places.push(Place { name: "scan", body: json!({ "service": "2.000815", "citizen": { "qr": string } }) });
    let scan = format!("{PERSON}||{string}|12031985|Nữ|{string}|{string}|{string}");
    places.push(Place { name: "part of a scan", body: json!({ "service": "2.000815", "citizen": { "qr": scan } }) });
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.$~/".contains(letter);
    if !string.chars().all(plain) {
        for (name, parent) in
            [("key", ""), ("key of the citizen", "/citizen"), ("typed key", "/typed"), ("role", "/persons")]
        {
            let mut place = with(name, &format!("{parent}/x"), Value::Null);
            let object = place.body.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
            object.remove("x");
            object.insert(string.to_owned(), json!({ "id": PERSON }));
            places.push(place);
        }
    }
    places
}
