//! The closed dictionary of attributes (`service-catalog/attributes.json`): label, type, code list, sensitivity, lock.

use std::collections::HashMap;

use super::source::SourceAttribute;
use crate::citizen::Attribute;
use crate::citizen::units::UnitLevel;
use crate::strict_json::{Finding, Node, ObjectReader};

/// What kind of value an attribute gives; decides which boxes of a form it can fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Digits kept as text.
    NumberText,
    Name,
    Text,
    /// A code of the named list.
    Code(Box<str>),
    /// A code of an administrative unit.
    UnitCode(UnitLevel),
    PartialDate,
    Year,
    Address,
    /// A full date (today).
    Date,
    Integer,
}

impl SourceKind {
    /// The word used in messages.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NumberText => "number_text",
            Self::Name => "name",
            Self::Text => "text",
            Self::Code(_) | Self::UnitCode(_) => "code",
            Self::PartialDate => "partial_date",
            Self::Year => "year",
            Self::Address => "address",
            Self::Date => "date",
            Self::Integer => "integer",
        }
    }
}

/// One attribute of the dictionary.
pub struct AttributeEntry {
    pub label_vi: Box<str>,
    pub label_en: Box<str>,
    pub kind: SourceKind,
    /// Sensitive personal data (Decree 356/2025 Article 4; relatives by RISKS R3).
    pub sensitive: bool,
    /// Whether a filled field is locked unless the mapping says otherwise.
    pub lock: bool,
    /// What a maintainer must know of the attribute, in Vietnamese.
    pub remarks: Box<str>,
    pub example: Option<serde_json::Value>,
}

/// All attributes by path.
pub struct Dictionary {
    entries: HashMap<SourceAttribute, AttributeEntry>,
}

impl Dictionary {
    /// Reads the dictionary; every path of [`SourceAttribute`] must stand there exactly once and nothing else may.
    pub fn read(root: &Node, findings: &mut Vec<Finding>) -> Self {
        let mut entries = HashMap::new();
        let mut file = match ObjectReader::new(root, "", findings) {
            Some(file) => file,
            None => return Self { entries },
        };
        file.text("$schema");
        let list = file.required_node("attributes");
        file.finish();
        for (index, item) in list.and_then(Node::as_list).unwrap_or_default().iter().enumerate() {
            let pointer = format!("/attributes/{index}");
            if let Some((attribute, entry)) = read_entry(item, &pointer, findings)
                && entries.insert(attribute, entry).is_some()
            {
                findings.push(Finding::new(
                    "duplicate_attribute",
                    pointer,
                    item.span.clone(),
                    "Thuộc tính này đã có trong từ điển.",
                    "This attribute stands twice in the dictionary.",
                ));
            }
        }
        for attribute in SourceAttribute::all() {
            if !entries.contains_key(&attribute) {
                findings.push(Finding::new(
                    "missing_attribute",
                    "/attributes",
                    list.map_or(0..0, |node| node.span.start..node.span.start + 1),
                    format!("Từ điển thiếu thuộc tính `{}`.", attribute.path()),
                    format!("The dictionary lacks the attribute `{}`.", attribute.path()),
                ));
            }
        }
        Self { entries }
    }

    /// The entry of a register attribute.
    pub fn register_entry(&self, attribute: Attribute) -> Option<&AttributeEntry> {
        self.entry(SourceAttribute::Register(attribute))
    }

    /// The entry of an attribute; present for every attribute once the dictionary was accepted.
    pub fn entry(&self, attribute: SourceAttribute) -> Option<&AttributeEntry> {
        self.entries.get(&attribute)
    }
}

fn read_entry(item: &Node, pointer: &str, findings: &mut Vec<Finding>) -> Option<(SourceAttribute, AttributeEntry)> {
    let mut entry = ObjectReader::new(item, pointer, findings)?;
    let path = entry.required_text("path");
    let label = entry.required_node("label");
    let kind = entry.required_text("type");
    let code_list = entry.text("code_list");
    let sensitivity = entry.required_text("sensitivity");
    let lock = entry.bool("lock");
    entry.required_text("source");
    let remarks = entry.required_text("remarks");
    let example = entry.node("example").map(Node::to_value);
    entry.finish();
    let (label_vi, label_en) = read_label(label?, &format!("{pointer}/label"), findings)?;
    let (path, kind) = (path?, kind?);
    let Some(attribute) = SourceAttribute::from_path(path) else {
        findings.push(
            Finding::new(
                "unknown_attribute",
                format!("{pointer}/path"),
                item.span.clone(),
                "Chương trình không biết thuộc tính này.",
                "The program does not know this attribute.",
            )
            .suggesting(path, SourceAttribute::all().map(SourceAttribute::path)),
        );
        return None;
    };
    let kind = match (kind, code_list) {
        ("number_text", None) => SourceKind::NumberText,
        ("name", None) => SourceKind::Name,
        ("text", None) => SourceKind::Text,
        ("code", Some("don-vi-hanh-chinh-tinh")) => SourceKind::UnitCode(UnitLevel::Tinh),
        ("code", Some("don-vi-hanh-chinh-huyen")) => SourceKind::UnitCode(UnitLevel::Huyen),
        ("code", Some("don-vi-hanh-chinh-xa")) => SourceKind::UnitCode(UnitLevel::Xa),
        ("code", Some(list)) => SourceKind::Code(list.into()),
        ("partial_date", None) => SourceKind::PartialDate,
        ("year", None) => SourceKind::Year,
        ("address", None) => SourceKind::Address,
        ("date", None) => SourceKind::Date,
        ("integer", None) => SourceKind::Integer,
        _ => {
            findings.push(Finding::new(
                "attribute_type",
                format!("{pointer}/type"),
                item.span.clone(),
                "`type` không hợp lệ, hoặc `code` thiếu `code_list`.",
                "`type` is not one of the known types, or `code` lacks its `code_list`.",
            ));
            return None;
        }
    };
    let sensitive = match sensitivity? {
        "ordinary" => false,
        "sensitive" => true,
        _ => {
            findings.push(Finding::new(
                "attribute_sensitivity",
                format!("{pointer}/sensitivity"),
                item.span.clone(),
                "`sensitivity` là `ordinary` hoặc `sensitive`.",
                "`sensitivity` is `ordinary` or `sensitive`.",
            ));
            return None;
        }
    };
    let remarks = remarks?.into();
    let lock = lock.unwrap_or(false);
    Some((attribute, AttributeEntry { label_vi, label_en, kind, sensitive, lock, remarks, example }))
}

/// A `{ "vi": …, "en": … }` pair.
pub(super) fn read_label(node: &Node, pointer: &str, findings: &mut Vec<Finding>) -> Option<(Box<str>, Box<str>)> {
    let mut label = ObjectReader::new(node, pointer, findings)?;
    let vi = label.required_text("vi");
    let en = label.required_text("en");
    label.finish();
    Some((vi?.into(), en?.into()))
}
