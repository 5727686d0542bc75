//! A form as JSON Schema 2020-12 (`schemas/forms/<form>.schema.json`): its properties in the order of the paper, what
//! kind of box each one is, and a validator without `required` (a prefilled form is not yet complete).

use std::ops::Range;

use serde_json::Value;

use crate::citizen::PartialDate;
use crate::citizen::units::UnitLevel;
use crate::strict_json::{Finding, Kind, Node, ObjectReader, escape};

/// The pattern of a box that takes a year, a year and month, or a full date.
pub const PARTIAL_DATE_PATTERN: &str = "^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$";

/// What kind of box a property is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyKind {
    Text,
    /// A code of the list named by `x-code-list`.
    Code(Box<str>),
    UnitCode(UnitLevel),
    /// `format: date`.
    Date,
    PartialDate,
    /// `$ref` to `#/$defs/dia_chi`.
    Address,
    Integer,
    Number,
    Boolean,
    List,
}

impl PropertyKind {
    /// The word used in messages.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Code(_) | Self::UnitCode(_) => "code",
            Self::Date => "date",
            Self::PartialDate => "partial date",
            Self::Address => "address",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::List => "list",
        }
    }
}

/// One box of the form.
pub struct Property {
    pub key: Box<str>,
    /// Where the key stands in the schema file, for findings.
    pub key_span: Range<usize>,
    pub title: Box<str>,
    pub kind: PropertyKind,
    /// The schema restricts the value beyond its kind (length, own pattern, enum): filled values are checked.
    pub restricted: bool,
    pub required: bool,
    /// Of a list: the columns of a row, in order.
    pub columns: Vec<Property>,
}

/// A form.
pub struct FormSchema {
    pub title: Box<str>,
    pub properties: Vec<Property>,
    /// The file as published, for `GET /v1/forms/{id}`.
    pub published: Value,
    /// The schema without `required`, formats checked, patterns in a linear-time engine.
    pub validator: jsonschema::Validator,
}

const KEYWORDS: &[&str] = &[
    "$schema",
    "$id",
    "$ref",
    "$defs",
    "$comment",
    "title",
    "description",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "enum",
    "const",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "examples",
    "default",
    "x-code-list",
    "x-person",
    "x-print",
];

impl FormSchema {
    /// Reads and compiles a form schema; `None` when there are findings.
    pub fn read(root: &Node, findings: &mut Vec<Finding>) -> Option<Self> {
        let before = findings.len();
        check_keywords(root, &mut String::new(), findings);
        let mut top = ObjectReader::new(root, "", findings)?;
        let dialect = top.required_text("$schema");
        let title = top.required_text("title");
        let properties = top.required_node("properties");
        let closed = top.required_node("additionalProperties");
        let required: Vec<&str> = top.texts("required").into_iter().map(|(key, _)| key).collect();
        if dialect.is_some_and(|dialect| dialect != "https://json-schema.org/draft/2020-12/schema") {
            top.findings().push(at(root, "schema_dialect", "Dùng JSON Schema 2020-12.", "Use JSON Schema 2020-12."));
        }
        if closed.is_some_and(|node| !matches!(node.kind, Kind::Bool(false))) {
            let (vi, en) = ("`additionalProperties` phải là false.", "`additionalProperties` must be false.");
            top.findings().push(at(root, "schema_open", vi, en));
        }
        let mut boxes = Vec::new();
        for member in properties?.as_object().unwrap_or_default() {
            let pointer = format!("/properties/{}", escape(&member.key));
            if let Some(property) = read_property(&member.key, &member.key_span, &member.value, &pointer, findings) {
                boxes.push(Property { required: required.contains(&&*property.key), ..property });
            }
        }
        for key in &required {
            if !boxes.iter().any(|property| &&*property.key == key) {
                findings.push(
                    at(
                        root,
                        "required_unknown",
                        "`required` nêu một trường không có.",
                        "`required` names no property.",
                    )
                    .suggesting(key, boxes.iter().map(|property| &*property.key)),
                );
            }
        }
        let published = root.to_value();
        let mut relaxed = published.clone();
        if let Some(object) = relaxed.as_object_mut() {
            object.remove("required");
        }
        let built = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .with_pattern_options(jsonschema::PatternOptions::regex())
            .build(&relaxed);
        match built {
            Ok(validator) if findings.len() == before => {
                Some(Self { title: title?.into(), properties: boxes, published, validator })
            }
            Ok(_) => None,
            Err(error) => {
                let en = format!("Not a valid JSON Schema at {}.", error.instance_path());
                findings.push(at(root, "schema_invalid", "Không phải JSON Schema hợp lệ.", &en));
                None
            }
        }
    }

    /// Whether a value in a partial-date box exists in the calendar (the pattern alone lets 30 February pass); other
    /// boxes are not asked.
    pub fn is_real_date(&self, key: &str, value: &Value) -> bool {
        let partial = self.properties.iter().any(|p| *p.key == *key && p.kind == PropertyKind::PartialDate);
        !partial || value.as_str().is_some_and(|text| PartialDate::from_iso(text).is_ok())
    }

    /// Whether a value may stand in this box.
    pub fn accepts(&self, key: &str, value: &Value) -> bool {
        let mut form = serde_json::Map::new();
        form.insert(key.to_owned(), value.clone());
        self.validator.is_valid(&Value::Object(form))
    }
}

fn at(node: &Node, rule: &'static str, vi: &str, en: &str) -> Finding {
    Finding::new(rule, "", node.span.start..node.span.start + 1, vi, en)
}

fn read_property(
    key: &str,
    key_span: &Range<usize>,
    node: &Node,
    pointer: &str,
    findings: &mut Vec<Finding>,
) -> Option<Property> {
    let member = |name: &str| {
        node.as_object().unwrap_or_default().iter().find(|member| member.key == name).map(|member| &member.value)
    };
    let text = |name: &str| member(name).and_then(Node::as_text);
    let Some(title) = text("title") else {
        findings.push(Finding::new(
            "property_title",
            pointer,
            node.span.clone(),
            "Thiếu `title`: nhãn tiếng Việt như in trên tờ khai.",
            "`title` is missing: the Vietnamese label as printed.",
        ));
        return None;
    };
    let kind = match (text("$ref"), text("x-code-list"), text("type"), text("format"), text("pattern")) {
        (Some("#/$defs/dia_chi"), ..) => PropertyKind::Address,
        (None, Some("don-vi-hanh-chinh-tinh"), Some("string"), ..) => PropertyKind::UnitCode(UnitLevel::Tinh),
        (None, Some("don-vi-hanh-chinh-huyen"), Some("string"), ..) => PropertyKind::UnitCode(UnitLevel::Huyen),
        (None, Some("don-vi-hanh-chinh-xa"), Some("string"), ..) => PropertyKind::UnitCode(UnitLevel::Xa),
        (None, Some(list), Some("string"), ..) => PropertyKind::Code(list.into()),
        (None, None, Some("string"), Some("date"), _) => PropertyKind::Date,
        (None, None, Some("string"), None, Some(PARTIAL_DATE_PATTERN)) => PropertyKind::PartialDate,
        (None, None, Some("string"), ..) => PropertyKind::Text,
        (None, None, Some("integer"), ..) => PropertyKind::Integer,
        (None, None, Some("number"), ..) => PropertyKind::Number,
        (None, None, Some("boolean"), ..) => PropertyKind::Boolean,
        (None, None, Some("array"), ..) => PropertyKind::List,
        _ => {
            findings.push(Finding::new(
                "property_kind",
                pointer,
                node.span.clone(),
                "Không rõ đây là loại ô nào: xem `type`, `$ref`, `x-code-list`.",
                "This is no known kind of box: look at `type`, `$ref`, `x-code-list`.",
            ));
            return None;
        }
    };
    let own_pattern = member("pattern").is_some() && kind != PropertyKind::PartialDate;
    let restricted = own_pattern || ["maxLength", "enum", "const"].iter().any(|keyword| member(keyword).is_some());
    let columns = match &kind {
        PropertyKind::List => read_row(member("items"), pointer, findings),
        _ => Vec::new(),
    };
    let (key, title) = (key.into(), title.into());
    Some(Property { key, key_span: key_span.clone(), title, kind, restricted, required: false, columns })
}

/// The columns of a list whose items are objects with properties.
fn read_row(items: Option<&Node>, pointer: &str, findings: &mut Vec<Finding>) -> Vec<Property> {
    let members = items.and_then(Node::as_object).unwrap_or_default();
    let properties = members.iter().find(|member| member.key == "properties").map(|member| &member.value);
    let mut columns = Vec::new();
    for member in properties.and_then(Node::as_object).unwrap_or_default() {
        let pointer = format!("{pointer}/items/properties/{}", escape(&member.key));
        columns.extend(read_property(&member.key, &member.key_span, &member.value, &pointer, findings));
    }
    columns
}

/// Refuses keywords that a validator would silently ignore, and references that leave the file.
fn check_keywords(node: &Node, pointer: &mut String, findings: &mut Vec<Finding>) {
    for member in node.as_object().unwrap_or_default() {
        let parent = pointer.len();
        pointer.push('/');
        pointer.push_str(&escape(&member.key));
        if !KEYWORDS.contains(&member.key.as_str()) {
            findings.push(
                Finding::new(
                    "schema_keyword",
                    pointer.clone(),
                    member.key_span.clone(),
                    "Từ khóa JSON Schema lạ: bộ kiểm tra sẽ bỏ qua nó.",
                    "Unknown JSON Schema keyword: validators would ignore it.",
                )
                .suggesting(&member.key, KEYWORDS.iter().copied()),
            );
        }
        if member.key == "$ref" && member.value.as_text().is_none_or(|target| !target.starts_with("#/$defs/")) {
            findings.push(Finding::new(
                "schema_reference",
                pointer.clone(),
                member.value.span.clone(),
                "`$ref` chỉ được trỏ vào `#/$defs/…` của chính tệp này.",
                "`$ref` may only point into `#/$defs/…` of this file.",
            ));
        }
        match member.key.as_str() {
            "properties" | "$defs" => {
                for property in member.value.as_object().unwrap_or_default() {
                    let here = pointer.len();
                    pointer.push('/');
                    pointer.push_str(&escape(&property.key));
                    check_keywords(&property.value, pointer, findings);
                    pointer.truncate(here);
                }
            }
            "items" => check_keywords(&member.value, pointer, findings),
            _ => {}
        }
        pointer.truncate(parent);
    }
}
