//! The part of `schemas/catalog/mapping.schema.json` that follows from the dictionary and the table of transforms:
//! which sources and formats an editor offers, with their Vietnamese texts. Pure.

use serde_json::{Value, json};

use super::format_docs::FORMAT_DOCS;
use super::layout::pretty;
use super::transform::FORMATS;
use crate::strict_json::{self, Node};

/// The role before the dot, as a pattern and as what an editor puts there for the maintainer to overwrite.
const ROLE: (&str, &str) = ("[a-z][a-z0-9_]*\\.", "${1:vai}.");

/// The whole schema of mappings: the file as it is with the generated definitions in place.
///
/// # Errors
/// The schema or the dictionary lacks what is needed, or a transform has no text for editors.
pub fn mapping_schema(current: &Node, dictionary: &Node) -> Result<String, String> {
    let mut schema = current.to_value();
    let dictionary = dictionary.to_value();
    let attributes = dictionary["attributes"].as_array().ok_or("attributes.json has no list `attributes`")?;
    let definitions = schema.get_mut("$defs").and_then(Value::as_object_mut);
    let definitions = definitions.ok_or("mapping.schema.json has no `$defs`")?;
    for (name, definition) in [("format", formats()?), ("attribute_path", sources(attributes)?)] {
        let place = definitions.get_mut(name).ok_or_else(|| format!("mapping.schema.json has no `$defs/{name}`"))?;
        *place = definition;
    }
    let node = strict_json::parse(&schema.to_string()).map_err(|_| "the schema is not written back as JSON")?;
    Ok(pretty(&node))
}

fn formats() -> Result<Value, String> {
    let mut branches = Vec::new();
    for format in FORMATS {
        let doc = FORMAT_DOCS.iter().find(|doc| doc.name == format.name);
        let doc = doc.ok_or_else(|| format!("the transform `{}` has no text for editors", format.name))?;
        branches.push(json!({ "const": format.name, "description": doc.vi }));
    }
    Ok(json!({ "title": "Cách chuyển đổi", "anyOf": branches }))
}

/// One branch an attribute: its pattern for the check, title and description for the hover, and what is offered while
/// typing (`defaultSnippets`: patterns alone are never offered).
fn sources(attributes: &[Value]) -> Result<Value, String> {
    let (mut of_person, mut of_request, mut branches) = (Vec::new(), Vec::new(), Vec::new());
    for attribute in attributes {
        let text = |value: &Value| {
            value
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| format!("attributes.json: a text is missing in {}", attribute["path"]))
        };
        let (path, label) = (text(&attribute["path"])?, text(&attribute["label"]["vi"])?);
        let remarks = text(&attribute["remarks"])?;
        let escaped = path.replace('.', "\\.");
        let (pattern, body) = match path.strip_prefix("request.") {
            Some(word) => {
                of_request.push(word.to_owned());
                (format!("^{escaped}$"), path.clone())
            }
            None => {
                of_person.push(escaped.clone());
                (format!("^{}{escaped}$", ROLE.0), format!("{}{path}", ROLE.1))
            }
        };
        branches.push(json!({
            "pattern": pattern,
            "title": label,
            "description": remarks,
            "defaultSnippets": [{ "label": format!("{path} · {label}"), "description": format!("{label}. {remarks}"), "body": body }],
        }));
    }
    Ok(json!({
        "title": "Nguồn",
        "description": "Vai trước, thuộc tính sau: vai.thuoc_tinh, ví dụ nguoi_khai.cha.ho_va_ten; hoặc request.officer, request.agency, request.today.",
        "type": "string",
        "pattern": format!("^({}({})|request\\.({}))$", ROLE.0, of_person.join("|"), of_request.join("|")),
        "anyOf": branches,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(file: &str) -> (String, Node) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(path).expect("a text");
        let node = strict_json::parse(&text).expect("JSON");
        (text, node)
    }

    #[test]
    fn the_committed_schema_is_what_the_dictionary_and_the_formats_say() {
        let (text, schema) = node("schemas/catalog/mapping.schema.json");
        let (_, dictionary) = node("service-catalog/attributes.json");
        let generated = mapping_schema(&schema, &dictionary).expect("a schema");
        assert!(generated == text, "run `diensan catalog schema`");
    }

    #[test]
    fn a_new_attribute_and_a_new_label_change_the_schema() {
        let (text, schema) = node("schemas/catalog/mapping.schema.json");
        let (attributes, _) = node("service-catalog/attributes.json");
        for (from, to) in [("\"Họ và tên\"", "\"Tên họ\""), ("\"path\": \"tuoi\"", "\"path\": \"tuoi_tron\"")] {
            assert!(attributes.contains(from));
            let dictionary = strict_json::parse(&attributes.replacen(from, to, 1)).expect("JSON");
            let generated = mapping_schema(&schema, &dictionary).expect("a schema");
            assert_ne!(generated, text);
            assert!(generated.contains(to.rsplit('"').nth(1).expect("a word")), "{to}");
        }
    }

    #[test]
    fn what_is_missing_is_told() {
        let parse = |text: &str| strict_json::parse(text).expect("JSON");
        let (_, dictionary) = node("service-catalog/attributes.json");
        assert!(mapping_schema(&parse("{}"), &dictionary).is_err());
        assert!(mapping_schema(&parse(r#"{"$defs":{"format":{}}}"#), &dictionary).is_err());
        let (_, schema) = node("schemas/catalog/mapping.schema.json");
        assert!(mapping_schema(&schema, &parse(r#"{"attributes":[{"path":"x"}]}"#)).is_err());
    }
}
