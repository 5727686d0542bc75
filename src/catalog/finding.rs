//! What is wrong in the catalogue's files, with file, line, column, sentence and the mend.

use std::fmt;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::strict_json::Finding;

/// A [`Finding`] in one file of the catalogue.
#[derive(Clone, Debug)]
pub struct FileFinding {
    /// Path relative to the catalogue's parent, as a maintainer names it.
    pub file: Arc<str>,
    /// The whole text of the file, for the caret; empty when it could not be read.
    pub text: Arc<str>,
    pub finding: Finding,
}

impl FileFinding {
    /// Line and column, both from 1; the column counts characters.
    pub fn line_and_column(&self) -> (usize, usize) {
        let start = self.finding.span.start.min(self.text.len());
        let before = self.text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The finding with a caret under the text, plain (no colour), in Vietnamese with the English sentence as a note.
    pub fn render(&self) -> String {
        let title = format!("[{}] {}", self.finding.rule, self.finding.vi);
        let (line, column) = self.line_and_column();
        let mut note = format!("{}:{line}:{column}: {}", self.file, self.finding.en);
        if let Some(word) = &self.finding.did_you_mean {
            note.push_str(&format!("\ncó phải `{word}`? (did you mean `{word}`?)"));
        }
        let end = self.finding.span.end.clamp(self.finding.span.start, self.text.len());
        let span = self.finding.span.start.min(end)..end;
        let mut group = Group::with_title(Level::ERROR.primary_title(title));
        if !self.text.is_empty() && self.text.is_char_boundary(span.start) && self.text.is_char_boundary(span.end) {
            let snippet = Snippet::source(&*self.text).path(&*self.file).annotation(AnnotationKind::Primary.span(span));
            group = group.element(snippet);
        }
        Renderer::plain().render(&[group.element(Level::NOTE.message(note))])
    }
}

/// The catalogue was refused: every finding of the run.
#[derive(Debug)]
pub struct CatalogRefused(pub Vec<FileFinding>);

impl fmt::Display for CatalogRefused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.0 {
            writeln!(formatter, "{}\n", finding.render())?;
        }
        write!(formatter, "danh mục bị từ chối: {} lỗi (catalogue refused: {} findings)", self.0.len(), self.0.len())
    }
}

impl std::error::Error for CatalogRefused {}
