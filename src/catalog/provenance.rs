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

/// Reads a `provenance` object and returns its confidence.
pub fn read_confidence(node: &Node, findings: &mut Vec<Finding>) -> Option<Confidence> {
    let mut provenance = ObjectReader::new(node, "/provenance", findings)?;
    provenance.texts("source");
    let confidence = provenance.required_spanned("confidence");
    provenance.node("required_basis");
    provenance.text("note");
    provenance.finish();
    let (word, span) = confidence?;
    match word.as_str() {
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
    }
}
