//! What a mapping puts into a box, held against what the box takes: lengths, patterns, lists, partial dates, locks.

use std::ops::Range;

use serde_json::Value;

use super::super::code_list::CodeUse;
use super::super::compile::Vocabulary;
use super::super::dictionary::{Dictionary, SourceKind, quoted_list};
use super::super::form_schema::{Property, PropertyKind};
use super::super::mapping_file::{FieldEntry, MappingFile, SourceEntry};
use super::super::plan::FormPlan;
use super::super::source::SourceAttribute;
use crate::strict_json::Finding;

/// What the register gives of everybody whom it finds.
const ALWAYS_GIVEN: [&str; 5] = ["so_dinh_danh", "ho_va_ten", "ngay_sinh", "ngay_sinh.nam", "gioi_tinh"];

/// Checks the lines of a form that was compiled.
pub fn check(mapping: &MappingFile, plan: &FormPlan, vocabulary: &Vocabulary<'_>, findings: &mut Vec<Finding>) {
    for property in &plan.schema.properties {
        let Some(field) = mapping.fields.iter().find(|field| field.target.0 == *property.key) else { continue };
        locked_required(field, property, findings);
        if property.kind == PropertyKind::Date && field.format.is_none() {
            partial_dates(field, vocabulary.dictionary, findings);
        }
        if property.restricted && field.separator.is_none() && field.rows.is_none() {
            for source in &field.sources {
                samples_fit(source, field, property, plan, vocabulary, findings);
            }
        }
    }
}

/// The first line that takes a sensitive attribute, and the attribute.
pub fn first_sensitive(mapping: &MappingFile, dictionary: &Dictionary) -> Option<(Range<usize>, String)> {
    let columns = mapping.fields.iter().filter_map(|field| field.rows.as_ref()).flat_map(|rows| &rows.columns);
    let sources = mapping.fields.iter().chain(columns).flat_map(|field| &field.sources);
    let is_sensitive =
        |source: &SourceEntry| attribute(source).and_then(|found| dictionary.entry(found)).is_some_and(|e| e.sensitive);
    let mut sensitive = sources.filter(|source| is_sensitive(source));
    sensitive.next().map(|source| (source.path.1.clone(), source.path.0.clone()))
}

fn attribute(source: &SourceEntry) -> Option<SourceAttribute> {
    let path = &source.path.0;
    if path.starts_with("request.") {
        return SourceAttribute::from_path(path);
    }
    path.split_once('.').and_then(|(_, attribute)| SourceAttribute::from_path(attribute))
}

/// A line that insists on the lock of a box which must be filled, from something that may be missing.
fn locked_required(field: &FieldEntry, property: &Property, findings: &mut Vec<Finding>) {
    let sure = |source: &SourceEntry| {
        let path = attribute(source).map_or("", SourceAttribute::path);
        !source.suggest && (ALWAYS_GIVEN.contains(&path) || path.starts_with("request."))
    };
    if field.lock == Some(true) && property.required && !field.sources.iter().any(sure) {
        findings.push(Finding::new(
            "locked_required",
            "",
            field.span.clone(),
            "Ô bắt buộc bị khóa, mà cơ sở dữ liệu không phải lúc nào cũng có giá trị này.",
            "A required box is locked, and the register cannot always give this value.",
        ));
    }
}

fn partial_dates(field: &FieldEntry, dictionary: &Dictionary, findings: &mut Vec<Finding>) {
    for source in &field.sources {
        let entry = attribute(source).and_then(|found| dictionary.entry(found));
        if entry.is_some_and(|entry| entry.kind == SourceKind::PartialDate) {
            findings.push(Finding::new(
                "partial_date",
                "",
                source.path.1.clone(),
                "Ô chỉ nhận ngày đầy đủ; người chỉ có năm sinh sẽ để trống. Nếu giấy cho phép, dùng mẫu ngày thiếu.",
                "The box takes full dates only; who has only a year of birth leaves it empty. Use the partial-date pattern if the paper allows it.",
            ));
        }
    }
}

/// Values of a fixed shape are tried out: numbers, dates, codes and their names.
fn samples_fit(
    source: &SourceEntry,
    field: &FieldEntry,
    property: &Property,
    plan: &FormPlan,
    vocabulary: &Vocabulary<'_>,
    findings: &mut Vec<Finding>,
) {
    let Some(attribute) = attribute(source) else { return };
    let Some(entry) = vocabulary.dictionary.entry(attribute) else { return };
    let format = field.format.as_ref().map(|(name, _)| name.as_str());
    let samples = samples(attribute, &entry.kind, format, &property.kind, vocabulary);
    let refused: Vec<&str> = samples
        .iter()
        .filter(|sample| !plan.schema.accepts(&property.key, &Value::from(sample.as_str())))
        .map(String::as_str)
        .collect();
    if refused.is_empty() {
        return;
    }
    let shown = quoted_list(&refused);
    let (rule, vi, en) = if refused.len() == samples.len() {
        (
            "never_fits",
            format!("Giá trị dạng này không bao giờ vào được ô (độ dài, mẫu hoặc danh sách): ví dụ {shown}."),
            format!("A value of this shape never fits the box (length, pattern or enum), for example {shown}."),
        )
    } else if matches!(entry.kind, SourceKind::Code(_)) {
        (
            "list_lacks_values",
            format!("Ô không nhận một số giá trị mà cơ sở dữ liệu có thể gửi: {shown}."),
            format!("The box does not take some values that the register may send: {shown}."),
        )
    } else {
        (
            "may_not_fit",
            format!("Có giá trị không vào được ô (độ dài, mẫu hoặc danh sách): ví dụ {shown}."),
            format!("Some values do not fit the box (length, pattern or enum), for example {shown}."),
        )
    };
    findings.push(Finding::new(rule, "", source.path.1.clone(), vi, en));
}

fn samples(
    attribute: SourceAttribute,
    kind: &SourceKind,
    format: Option<&str>,
    into: &PropertyKind,
    vocabulary: &Vocabulary<'_>,
) -> Vec<String> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    match (kind, format) {
        (SourceKind::NumberText, format) => {
            let old = attribute.path().ends_with("so_cmnd");
            let number = if old { "999000001" } else { "999085000001" };
            let paper =
                if old { "Chứng minh nhân dân (9 số)" } else { "Số định danh cá nhân/Căn cước" };
            match format {
                None => owned(&[number]),
                Some("document_kind") => owned(&[paper]),
                Some("identity_paper") => vec![format!("{paper}: {number}")],
                Some(_) => Vec::new(),
            }
        }
        (SourceKind::PartialDate, Some("date_dmy")) => owned(&["1985", "03/1985", "12/03/1985"]),
        (SourceKind::PartialDate, None) if *into == PropertyKind::Date => owned(&["1985-03-12"]),
        (SourceKind::PartialDate, None) => owned(&["1985", "1985-03", "1985-03-12"]),
        (SourceKind::Date, None) => owned(&["2024-07-01"]),
        (SourceKind::Code(list), None | Some("nationality" | "code_label")) => {
            let Some(list) = vocabulary.code_lists.get(list) else { return Vec::new() };
            let mut values: Vec<String> = list
                .entries()
                .filter(|entry| matches!(entry.code_use, CodeUse::Value | CodeUse::Confirm))
                .map(|entry| if format == Some("code_label") { &entry.name_vi } else { &entry.code })
                .map(ToString::to_string)
                .collect();
            values.sort();
            values
        }
        _ => Vec::new(),
    }
}
