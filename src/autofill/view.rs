//! The boxes of an answer as commands show and compare them: one flat list, the columns of rows under their row.

use serde_json::Value;

/// One box of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct FieldView {
    /// JSON pointer into `data`; `/list/0/column` for a column of a row.
    pub path: String,
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What stands in `data`, or is offered for confirmation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// What is printed, where it differs; beside an empty box what the register gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    pub sources: Vec<String>,
    pub locked: bool,
    /// Code and name between which the officer chooses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<(String, String)>,
    /// The new units that are offered beside an address of before the reform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_units: Option<Value>,
}

/// The boxes of an answer in the order of the form. A list that is filled row by row gives its columns, not itself.
pub fn field_views(answer: &Value) -> Vec<FieldView> {
    let mut views = Vec::new();
    collect(&answer["fields"], &answer["data"], "", &mut views);
    views
}

fn collect(fields: &Value, data: &Value, above: &str, views: &mut Vec<FieldView>) {
    for field in list(fields) {
        let pointer = field["path"].as_str().unwrap_or_default();
        let value = data.pointer(pointer);
        match field["rows"].as_array() {
            Some(rows) => collect_rows(rows, value, &format!("{above}{pointer}"), views),
            None => views.push(view(field, value, format!("{above}{pointer}"))),
        }
    }
}

/// Rows without any value stand in `fields` only, so rows are counted on their own in `data`.
fn collect_rows(rows: &[Value], data: Option<&Value>, above: &str, views: &mut Vec<FieldView>) {
    let mut filled = data.and_then(Value::as_array).into_iter().flatten();
    for (index, row) in rows.iter().enumerate() {
        let has_value = list(row).iter().any(|field| matches!(field["state"].as_str(), Some("filled" | "kept")));
        let data = if has_value { filled.next() } else { None };
        collect(row, data.unwrap_or(&Value::Null), &format!("{above}/{index}"), views);
    }
}

fn view(field: &Value, data: Option<&Value>, path: String) -> FieldView {
    let text = |member: &str| field[member].as_str().map(str::to_owned);
    let source = field["source"].as_str().into_iter();
    let sources = source.chain(list(&field["sources"]).iter().filter_map(Value::as_str)).map(str::to_owned);
    let choice = |choice: &Value| Some((choice["value"].as_str()?.to_owned(), choice["label"].as_str()?.to_owned()));
    FieldView {
        path,
        state: text("state").unwrap_or_default(),
        reason: text("reason"),
        value: data.or(field.get("value")).cloned(),
        text: text("text"),
        sources: sources.collect(),
        locked: field["locked"].as_bool().unwrap_or(false),
        choices: list(&field["choices"]).iter().filter_map(choice).collect(),
        new_units: field.get("new_units").cloned(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_of_rows_are_boxes_of_their_own_and_empty_rows_do_not_shift_the_values() {
        let answer = json!({
            "data": { "ten": "MẪU", "con": [{ "ho_ten": "MẪU HAI" }] },
            "fields": [
                { "path": "/ten", "state": "filled", "source": "me.ho_va_ten", "locked": true },
                { "path": "/con", "state": "filled", "locked": false, "rows": [
                    [{ "path": "/ho_ten", "state": "empty", "reason": "lookup_not_found" }],
                    [{ "path": "/ho_ten", "state": "filled", "source": "con.ho_va_ten", "locked": false }]
                ] },
                { "path": "/xa", "state": "empty", "reason": "not_in_list", "text": "Xã Mẫu",
                  "choices": [{ "value": "00001", "label": "Xã Một" }] },
                { "path": "/quoc_tich", "state": "suggested", "source": "me.quoc_tich", "value": "VN", "text": "Việt Nam" }
            ]
        });
        let views = field_views(&answer);
        let shown: Vec<(&str, &str, Option<&Value>)> =
            views.iter().map(|view| (view.path.as_str(), view.state.as_str(), view.value.as_ref())).collect();
        assert_eq!(
            shown,
            [
                ("/ten", "filled", Some(&json!("MẪU"))),
                ("/con/0/ho_ten", "empty", None),
                ("/con/1/ho_ten", "filled", Some(&json!("MẪU HAI"))),
                ("/xa", "empty", None),
                ("/quoc_tich", "suggested", Some(&json!("VN"))),
            ]
        );
        assert!(views[0].locked && !views[2].locked);
        assert_eq!(views[3].choices, [("00001".to_owned(), "Xã Một".to_owned())]);
    }
}
