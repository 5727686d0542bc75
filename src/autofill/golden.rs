//! Golden examples (`service-catalog/examples/<form>/<person>.json`): what a form shall hold for an invented person.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::catalog::TRIAL_SERVICE;

/// The parts of an example that are computed.
pub const COMPUTED: [&str; 3] = ["data", "reasons", "suggested"];

/// One line of an example that is not what the program answers; `None`: the line does not stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// A pointer into the example: part and box.
    pub place: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// The request of an example, and the day that stands for today: the dossier's, so that an example never goes stale
/// by itself.
pub fn request_of(example: &Value) -> (Value, Option<Date>) {
    let service = example.get("service").cloned().unwrap_or_else(|| TRIAL_SERVICE.into());
    let mut request = json!({ "service": service, "citizen": { "id": example["person"] }, "form": example["form"] });
    for (key, value) in example["request"].as_object().into_iter().flatten() {
        request[key] = value.clone();
    }
    let day = request["dossier_date"].as_str().and_then(|day| day.parse().ok());
    (request, day)
}

/// The example with its computed parts as answered; the other members and their order stay.
pub fn blessed(example: &Value, answer: &Value) -> Value {
    let mut reasons = Map::new();
    let mut suggested = Map::new();
    collect(&answer["fields"], "", &mut reasons, &mut suggested);
    let mut blessed = example.clone();
    blessed["data"] = answer["data"].clone();
    blessed["reasons"] = Value::Object(reasons);
    blessed["suggested"] = Value::Object(suggested);
    blessed
}

/// The boxes without a value, those of a row under their list (`/list/0/column`).
fn collect(fields: &Value, above: &str, reasons: &mut Map<String, Value>, suggested: &mut Map<String, Value>) {
    for field in fields.as_array().into_iter().flatten() {
        let path = format!("{above}{}", field["path"].as_str().unwrap_or_default());
        match field["state"].as_str() {
            Some("empty") => drop(reasons.insert(path.clone(), field["reason"].clone())),
            Some("suggested") => drop(suggested.insert(path.clone(), field["value"].clone())),
            _ => {}
        }
        for (index, row) in field["rows"].as_array().into_iter().flatten().enumerate() {
            collect(row, &format!("{path}/{index}"), reasons, suggested);
        }
    }
}

/// What differs in the computed parts, part by part and in the order of the form.
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut differences = Vec::new();
    let empty = Map::new();
    for part in COMPUTED {
        let old = before[part].as_object().unwrap_or(&empty);
        let new = after[part].as_object().unwrap_or(&empty);
        let gone = old.keys().filter(|key| !new.contains_key(*key));
        for key in new.keys().chain(gone) {
            let (old, new) = (old.get(key), new.get(key));
            if old != new {
                let place = format!("{part} {}", key.trim_start_matches('/'));
                differences.push(Difference { place, before: old.cloned(), after: new.cloned() });
            }
        }
    }
    differences
}

/// Two spaces, one member a line, a newline at the end: the layout of the files.
///
/// # Errors
/// Never for what was read as JSON.
pub fn layout(example: &Value) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(example)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Value {
        json!({
            "form": "to-khai-mau", "person": "999085000001", "request": { "dossier_date": "2024-05-06" },
            "data": { "ten": "MẪU", "xa": "00001" }, "reasons": { "/so": "manual" }, "suggested": {},
        })
    }

    #[test]
    fn an_example_of_a_form_without_service_asks_the_trial_service_on_its_own_day() {
        let (request, day) = request_of(&example());
        assert_eq!(request["service"], TRIAL_SERVICE);
        assert_eq!(request["citizen"]["id"], "999085000001");
        assert_eq!(day, Some(jiff::civil::date(2024, 5, 6)));
    }

    #[test]
    fn only_the_computed_parts_are_taken_over_and_each_difference_is_told() {
        let answer = json!({
            "data": { "ten": "MẪU HAI" },
            "fields": [
                { "path": "/ten", "state": "filled" },
                { "path": "/so", "state": "empty", "reason": "manual" },
                { "path": "/xa", "state": "suggested", "value": "00004" }
            ],
        });
        let after = blessed(&example(), &answer);
        let keys: Vec<&String> = after.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["form", "person", "request", "data", "reasons", "suggested"]);
        assert_eq!(after["request"], example()["request"]);
        let told: Vec<String> = differences(&example(), &after).into_iter().map(|line| line.place).collect();
        assert_eq!(told, ["data ten", "data xa", "suggested xa"]);
        assert_eq!(differences(&after, &after), []);
    }
}
