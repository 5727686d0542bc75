//! Where a file's facts come from and how sure they are.

use crate::strict_json::{Finding, Node, ObjectReader};

/// How sure a form or service row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// The text, or its live electronic form, was seen.
    High,
    /// Seen in part or through a description.
    Medium,
    /// Not sighted, recalled: never locks a field.
    Low,
}

impl Confidence {
    /// The word in files and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// A `provenance` object.
#[derive(Clone)]
pub struct Provenance {
    pub confidence: Confidence,
    pub origin: Origin,
}

/// What a file was written from.
#[derive(Clone, Default)]
pub struct Origin {
    pub sources: Vec<Box<str>>,
    /// What is doubtful about it, in Vietnamese.
    pub note: Option<Box<str>>,
}

/// Reads a `provenance` object.
pub fn read_provenance(node: &Node, findings: &mut Vec<Finding>) -> Option<Provenance> {
    let mut provenance = ObjectReader::new(node, "/provenance", findings)?;
    let sources = provenance.texts("source").into_iter().map(|(text, _)| text.into()).collect();
    let confidence = provenance.required_spanned("confidence");
    provenance.node("required_basis");
    let note = provenance.text("note").map(Box::from);
    provenance.finish();
    let (word, span) = confidence?;
    let confidence = match word.as_str() {
        "high" => Some(Confidence::High),
        "medium" => Some(Confidence::Medium),
        "low" => Some(Confidence::Low),
        other => {
            findings.push(
                Finding::new(
                    "confidence",
                    "/provenance/confidence",
                    span,
                    "`confidence` là high, medium hoặc low.",
                    "`confidence` is high, medium or low.",
                )
                .suggesting(other, ["high", "medium", "low"]),
            );
            None
        }
    };
    Some(Provenance { confidence: confidence?, origin: Origin { sources, note } })
}
