//! The table of named transforms: the words of the mapping member `format`, and what each goes together with.

use super::date_words::date_words;
use super::places::{address_line, code_label};
use super::{
    Fitted, PropertyKind, SourceKind, Transform, code, date_dmy, document_kind, identity_paper, inferred_nationality,
    title_case, upper_case, year,
};

/// A named transform of the mapping word `format`.
pub struct Format {
    pub name: &'static str,
    pub from: fn(&SourceKind) -> bool,
    pub into: fn(&PropertyKind) -> bool,
    pub apply: Transform,
    /// What to offer when the register gave nothing.
    pub when_missing: Option<fn() -> Fitted<'static>>,
}

fn is_text(kind: &PropertyKind) -> bool {
    *kind == PropertyKind::Text
}

fn is_countries(kind: &PropertyKind) -> bool {
    matches!(kind, PropertyKind::Code(list) if &**list == "quoc-gia")
}

/// All named transforms.
pub const FORMATS: &[Format] = &[
    Format {
        name: "identity_paper",
        from: |kind| *kind == SourceKind::NumberText,
        into: is_text,
        apply: identity_paper,
        when_missing: None,
    },
    Format {
        name: "document_kind",
        from: |kind| *kind == SourceKind::NumberText,
        into: is_text,
        apply: document_kind,
        when_missing: None,
    },
    Format {
        name: "upper_case",
        from: |kind| matches!(kind, SourceKind::Name | SourceKind::Text),
        into: is_text,
        apply: upper_case,
        when_missing: None,
    },
    Format {
        name: "title_case",
        from: |kind| *kind == SourceKind::Name,
        into: is_text,
        apply: title_case,
        when_missing: None,
    },
    Format {
        name: "nationality",
        from: |kind| *kind == SourceKind::Code("quoc-gia".into()),
        into: is_countries,
        apply: code,
        when_missing: Some(inferred_nationality),
    },
    Format {
        name: "code_label",
        from: |kind| matches!(kind, SourceKind::Code(_) | SourceKind::UnitCode(_)),
        into: is_text,
        apply: code_label,
        when_missing: None,
    },
    Format {
        name: "address_line",
        from: |kind| *kind == SourceKind::Address,
        into: is_text,
        apply: address_line,
        when_missing: None,
    },
    Format {
        name: "date_dmy",
        from: |kind| *kind == SourceKind::PartialDate,
        into: is_text,
        apply: date_dmy,
        when_missing: None,
    },
    Format {
        name: "date_words",
        from: |kind| *kind == SourceKind::PartialDate,
        into: is_text,
        apply: date_words,
        when_missing: None,
    },
    Format {
        name: "year",
        from: |kind| matches!(kind, SourceKind::PartialDate | SourceKind::Year),
        into: |kind| *kind == PropertyKind::Integer,
        apply: year,
        when_missing: None,
    },
];
