//! A form as JSON Schema 2020-12 (`schemas/forms/<form>.schema.json`): its properties in the order of the paper, what
//! kind of box each one is, and a validator without `required` (a prefilled form is not yet complete).

mod keywords;

use std::ops::Range;

use serde_json::Value;

use super::mapping_file::Spanned;
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
    /// The role named by `x-person`; the place is the whole member.
    pub person: Option<Spanned>,
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

impl FormSchema {
    /// Reads and compiles a form schema; `None` when a box could not be read or no validator could be built. Findings
    /// that leave the boxes readable do not hinder: the mapping is checked all the same.
    pub fn read(root: &Node, findings: &mut Vec<Finding>) -> Option<Self> {
        let before = findings.len();
        keywords::check(root, findings);
        let mut top = ObjectReader::new(root, "", findings)?;
        let dialect = top.required_spanned("$schema");
        let title = top.required_text("title");
        let kind = top.required_spanned("type");
        let properties = top.required_node("properties");
        let closed = top.required_node("additionalProperties");
        let required = top.texts("required");
        if let Some((dialect, span)) = dialect
            && dialect != "https://json-schema.org/draft/2020-12/schema"
        {
            let (vi, en) = ("Dùng JSON Schema 2020-12.", "Use JSON Schema 2020-12.");
            top.findings().push(Finding::new("schema_dialect", "/$schema", span, vi, en));
        }
        if let Some((kind, span)) = kind
            && kind != "object"
            && keywords::TYPES.contains(&kind.as_str())
        {
            let (vi, en) =
                ("Tờ khai là một đối tượng: `type` phải là object.", "A form is an object: `type` must be object.");
            top.findings().push(Finding::new("schema_type", "/type", span, vi, en));
        }
        if let Some(node) = closed.filter(|node| !matches!(node.kind, Kind::Bool(false))) {
            let (vi, en) = ("`additionalProperties` phải là false.", "`additionalProperties` must be false.");
            top.findings().push(Finding::new("schema_open", "/additionalProperties", node.span.clone(), vi, en));
        }
        let properties = properties?;
        let Some(members) = properties.as_object() else {
            ObjectReader::new(properties, "/properties", findings);
            return None;
        };
        let mut boxes = Vec::new();
        let mut complete = true;
        for member in members {
            let pointer = format!("/properties/{}", escape(&member.key));
            match read_property(&member.key, &member.key_span, &member.value, &pointer, findings) {
                Some(property) => {
                    let is_required = required.iter().any(|(key, _)| *key == &*property.key);
                    boxes.push(Property { required: is_required, ..property });
                }
                None => complete = false,
            }
        }
        let keys = || members.iter().map(|member| member.key.as_str());
        for (key, span) in required.iter().filter(|(key, _)| !keys().any(|known| known == *key)) {
            let (vi, en) = ("`required` nêu một trường không có.", "`required` names no property.");
            findings.push(Finding::new("required_unknown", "/required", span.clone(), vi, en).suggesting(key, keys()));
        }
        let published = root.to_value();
        let validator = validator(root, &published, before, findings)?;
        complete.then_some(Self { title: title?.into(), properties: boxes, published, validator })
    }

    /// Whether a value in a partial-date box exists in the calendar (the pattern alone lets 30 February pass), also in
    /// the rows of a list; other boxes are not asked.
    pub fn is_real_date(&self, key: &str, value: &Value) -> bool {
        self.properties.iter().filter(|property| *property.key == *key).all(|property| is_real_date(property, value))
    }

    /// Whether a value may stand in this box.
    pub fn accepts(&self, key: &str, value: &Value) -> bool {
        let mut form = serde_json::Map::new();
        form.insert(key.to_owned(), value.clone());
        self.validator.is_valid(&Value::Object(form))
    }
}

fn is_real_date(property: &Property, value: &Value) -> bool {
    match value {
        Value::Array(rows) => rows.iter().all(|row| {
            property.columns.iter().all(|column| row.get(&*column.key).is_none_or(|value| is_real_date(column, value)))
        }),
        Value::String(text) if property.kind == PropertyKind::PartialDate => PartialDate::from_iso(text).is_ok(),
        _ => property.kind != PropertyKind::PartialDate,
    }
}

/// The validator without `required`; what the keyword check already refused is not reported again.
fn validator(
    root: &Node,
    published: &Value,
    before: usize,
    findings: &mut Vec<Finding>,
) -> Option<jsonschema::Validator> {
    let leaves_the_file = |finding: &Finding| matches!(finding.rule, "schema_reference" | "schema_circle");
    if findings[before..].iter().any(leaves_the_file) {
        return None;
    }
    let mut relaxed = published.clone();
    if let Some(object) = relaxed.as_object_mut() {
        object.remove("required");
    }
    let built = jsonschema::draft202012::options()
        .should_validate_formats(true)
        .with_pattern_options(jsonschema::PatternOptions::regex())
        .build(&relaxed);
    let error = match built {
        Ok(validator) => return Some(validator),
        Err(error) => error,
    };
    let pointer = error.instance_path().as_str().to_owned();
    let place = root.at(&pointer).map_or(0..1, |node| node.span.clone());
    let told = findings[before..].iter().any(|other| other.span.start < place.end && place.start < other.span.end);
    if !told {
        let shown = if pointer.is_empty() { "/" } else { pointer.as_str() };
        let (vi, en) = (
            format!("Giá trị của từ khóa này không hợp lệ theo JSON Schema (tại {shown})."),
            format!("Not a valid JSON Schema at {shown}."),
        );
        findings.push(Finding::new("schema_invalid", pointer, place, vi, en));
    }
    None
}

fn read_property(
    key: &str,
    key_span: &Range<usize>,
    node: &Node,
    pointer: &str,
    findings: &mut Vec<Finding>,
) -> Option<Property> {
    let member = |name: &str| node.member(name).map(|member| &member.value);
    let text = |name: &str| member(name).and_then(Node::as_text);
    let Some(title) = text("title") else {
        if member("title").is_none() {
            findings.push(Finding::new(
                "property_title",
                pointer,
                node.span.clone(),
                "Thiếu `title`: nhãn tiếng Việt như in trên tờ khai.",
                "`title` is missing: the Vietnamese label as printed.",
            ));
        }
        return None;
    };
    // Told with the keywords; as another kind of box it would make the mapping look wrong.
    if member("x-code-list").is_some_and(|list| list.as_text().is_none()) {
        return None;
    }
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
        // An unknown word and a reference to nothing were told with the keywords.
        (None, _, Some(word), ..) if !keywords::TYPES.contains(&word) => return None,
        (Some(target), ..) if target != "#/$defs/dia_chi" && keywords::has_finding(node, findings) => return None,
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
    let person = node.member("x-person").and_then(|member| {
        let place = member.key_span.start..member.value.span.end;
        member.value.as_text().map(|role| (role.to_owned(), place))
    });
    let (key, title, key_span) = (key.into(), title.into(), key_span.clone());
    Some(Property { key, key_span, title, kind, restricted, required: false, person, columns })
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
