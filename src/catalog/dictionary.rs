//! The closed dictionary of attributes (`service-catalog/attributes.json`): label, type, code list, sensitivity, lock.

use std::collections::{HashMap, HashSet};

use super::code_list::CodeLists;
use super::mapping_file::Spanned;
use super::source::SourceAttribute;
use crate::citizen::units::UnitLevel;
use crate::citizen::{Attribute, AttributeSet};
use crate::strict_json::{Finding, Node, ObjectReader, expected_text};

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

/// All attributes by path; those with mistakes are left out.
#[derive(Default)]
pub struct Dictionary {
    entries: HashMap<SourceAttribute, AttributeEntry>,
    /// Lists that the dictionary names and nobody has: told here, not again by every form.
    pub missing_lists: Vec<Box<str>>,
    /// Attributes of the register that stand there as not sensitive.
    harmless: AttributeSet,
}

/// The code lists, and those that were missed.
struct Lists<'a> {
    known: &'a CodeLists,
    missing: Vec<Box<str>>,
}

impl Dictionary {
    /// Reads the dictionary; every path of [`SourceAttribute`] must stand there exactly once and nothing else may.
    pub fn read(root: &Node, code_lists: &CodeLists, findings: &mut Vec<Finding>) -> Self {
        let mut dictionary = Self::default();
        let mut lists = Lists { known: code_lists, missing: Vec::new() };
        let Some(mut file) = ObjectReader::new(root, "", findings) else { return dictionary };
        file.required_text("$schema");
        let list = file.required_node("attributes");
        file.finish();
        let Some(list) = list else { return dictionary };
        let Some(items) = list.as_list() else {
            findings.push(Finding::new(
                "expected_list",
                "/attributes",
                list.span.clone(),
                "Chỗ này phải là một danh sách [ … ].",
                "This must be a list [ … ].",
            ));
            return dictionary;
        };
        // Attributes that stand there, be it with mistakes, and those that an unknown path probably means.
        let mut seen = HashSet::new();
        for (index, item) in items.iter().enumerate() {
            let pointer = format!("/attributes/{index}");
            let Some(path) = item.member("path").and_then(|member| member.value.as_text()) else {
                read_entry(item, &pointer, &mut lists, findings);
                continue;
            };
            let Some(attribute) = SourceAttribute::from_path(path) else {
                let place = item.member("path").map_or(item.span.clone(), |member| member.value.span.clone());
                let finding = Finding::new(
                    "unknown_attribute",
                    format!("{pointer}/path"),
                    place,
                    "Chương trình không biết thuộc tính này.",
                    "The program does not know this attribute.",
                )
                .suggesting(path, SourceAttribute::all().map(SourceAttribute::path));
                seen.extend(finding.did_you_mean.as_deref().and_then(SourceAttribute::from_path));
                findings.push(finding);
                continue;
            };
            let entry = read_entry(item, &pointer, &mut lists, findings);
            seen.insert(attribute);
            if let Some(entry) = entry
                && dictionary.entries.insert(attribute, entry).is_some()
            {
                findings.push(Finding::new(
                    "duplicate_attribute",
                    pointer,
                    item.member("path").map_or(item.span.clone(), |member| member.value.span.clone()),
                    "Thuộc tính này đã có trong từ điển.",
                    "This attribute stands twice in the dictionary.",
                ));
            }
        }
        dictionary.missing_lists = lists.missing;
        let harmless =
            |attribute: &Attribute| dictionary.register_entry(*attribute).is_some_and(|entry| !entry.sensitive);
        dictionary.harmless = Attribute::ALL.iter().copied().filter(harmless).collect();
        let missing: Vec<&str> =
            SourceAttribute::all().filter(|attribute| !seen.contains(attribute)).map(SourceAttribute::path).collect();
        if !missing.is_empty() {
            let names = quoted_list(&missing);
            findings.push(Finding::new(
                "missing_attribute",
                "/attributes",
                list.span.start..list.span.start + 1,
                format!("Từ điển thiếu {} thuộc tính: {names}.", missing.len()),
                format!("The dictionary lacks {} attribute(s): {names}.", missing.len()),
            ));
        }
        dictionary
    }

    /// The sensitive attributes of the register (RISKS R3); also those of which nothing is said.
    pub fn sensitive(&self) -> AttributeSet {
        AttributeSet::all().without(self.harmless)
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

/// Up to eight words in backquotes, then an ellipsis: one mistake may concern a hundred.
pub fn quoted_list(words: &[&str]) -> String {
    let mut shown: Vec<String> = words.iter().take(8).map(|word| format!("`{word}`")).collect();
    if words.len() > shown.len() {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

const TYPES: [&str; 9] = ["number_text", "name", "text", "code", "partial_date", "year", "address", "date", "integer"];

fn read_entry(
    item: &Node,
    pointer: &str,
    lists: &mut Lists<'_>,
    findings: &mut Vec<Finding>,
) -> Option<AttributeEntry> {
    let before = findings.len();
    let mut entry = ObjectReader::new(item, pointer, findings)?;
    entry.required_text("path");
    let label = entry.required_node("label");
    let kind = entry.required_spanned("type");
    let code_list = entry.node("code_list");
    let sensitivity = entry.required_spanned("sensitivity");
    let lock = entry.bool("lock");
    entry.required_text("source");
    let remarks = entry.required_text("remarks");
    let example = entry.node("example").map(Node::to_value);
    entry.finish();
    let label = label.and_then(|label| read_label(label, &format!("{pointer}/label"), findings));
    let kind = kind.and_then(|kind| read_kind(&kind, code_list, item, pointer, lists, findings));
    let sensitive = sensitivity.and_then(|(word, span)| match word.as_str() {
        "ordinary" => Some(false),
        "sensitive" => Some(true),
        other => {
            let finding = Finding::new(
                "attribute_sensitivity",
                format!("{pointer}/sensitivity"),
                span,
                "`sensitivity` là `ordinary` hoặc `sensitive`.",
                "`sensitivity` is `ordinary` or `sensitive`.",
            );
            findings.push(finding.suggesting(other, ["ordinary", "sensitive"]));
            None
        }
    });
    if findings.len() > before {
        return None;
    }
    // A list that was told before leaves no finding here.
    let (label_vi, label_en) = label?;
    let lock = lock.unwrap_or(false);
    let remarks = remarks?.into();
    Some(AttributeEntry { label_vi, label_en, kind: kind?, sensitive: sensitive?, lock, remarks, example })
}

fn read_kind(
    (word, span): &Spanned,
    code_list: Option<&Node>,
    item: &Node,
    pointer: &str,
    lists: &mut Lists<'_>,
    findings: &mut Vec<Finding>,
) -> Option<SourceKind> {
    let list = match code_list.map(|node| (node, node.as_text())) {
        Some((node, None)) => {
            findings.push(expected_text(&format!("{pointer}/code_list"), node));
            return None;
        }
        Some((node, Some(name))) => Some((node, name)),
        None => None,
    };
    let mut wrong = |place: &std::ops::Range<usize>, vi: &str, en: &str| {
        let finding = Finding::new("attribute_type", format!("{pointer}/type"), place.clone(), vi, en);
        findings.push(finding.suggesting(word, TYPES));
    };
    Some(match (word.as_str(), list) {
        ("number_text", None) => SourceKind::NumberText,
        ("name", None) => SourceKind::Name,
        ("text", None) => SourceKind::Text,
        ("code", Some((_, "don-vi-hanh-chinh-tinh"))) => SourceKind::UnitCode(UnitLevel::Tinh),
        ("code", Some((_, "don-vi-hanh-chinh-huyen"))) => SourceKind::UnitCode(UnitLevel::Huyen),
        ("code", Some((_, "don-vi-hanh-chinh-xa"))) => SourceKind::UnitCode(UnitLevel::Xa),
        ("code", Some((_, list))) if lists.known.knows(list) => SourceKind::Code(list.into()),
        ("code", Some((_, list))) if lists.missing.iter().any(|told| **told == *list) => return None,
        ("code", Some((node, list))) => {
            lists.missing.push(list.into());
            let finding = Finding::new(
                "unknown_code_list",
                format!("{pointer}/code_list"),
                node.span.clone(),
                "Không có bảng mã này trong code-lists.",
                "There is no such code list in code-lists.",
            );
            findings.push(finding.suggesting(list, lists.known.names()));
            return None;
        }
        ("partial_date", None) => SourceKind::PartialDate,
        ("year", None) => SourceKind::Year,
        ("address", None) => SourceKind::Address,
        ("date", None) => SourceKind::Date,
        ("integer", None) => SourceKind::Integer,
        ("code", None) => {
            let start = item.span.start..item.span.start + 1;
            wrong(&start, "`type` là `code` thì phải có `code_list`.", "The type `code` needs its `code_list`.");
            return None;
        }
        (known, Some((node, _))) if TYPES.contains(&known) => {
            wrong(
                &node.span,
                "`code_list` chỉ đi với `type` là `code`.",
                "`code_list` goes with the type `code` only.",
            );
            return None;
        }
        _ => {
            wrong(span, "`type` này không có.", "There is no such `type`.");
            return None;
        }
    })
}

/// A `{ "vi": …, "en": … }` pair.
pub(super) fn read_label(node: &Node, pointer: &str, findings: &mut Vec<Finding>) -> Option<(Box<str>, Box<str>)> {
    let mut label = ObjectReader::new(node, pointer, findings)?;
    let vi = label.required_text("vi");
    let en = label.required_text("en");
    label.finish();
    Some((vi?.into(), en?.into()))
}
