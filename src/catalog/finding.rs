//! What is wrong in the catalogue's files, with file, line, column, sentence and the mend.

pub use super::severity::Severity;
use std::fmt;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::files::{SourceFile, Unreadable};
use super::lint::rules::severity_of;
use crate::strict_json::Finding;

/// More findings than anybody reads at a refused start.
const MAX_SHOWN: usize = 100;

/// The language in which a finding is told first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    Vi,
    En,
}

impl Language {
    /// The text of this language.
    pub fn pick<T>(self, vi: T, en: T) -> T {
        match self {
            Self::Vi => vi,
            Self::En => en,
        }
    }
}

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
    /// A finding in a file that was read.
    pub fn new(file: &SourceFile, finding: Finding) -> Self {
        Self { file: file.path.clone(), text: file.text.clone(), finding }
    }

    /// A file that could not be read.
    pub fn unreadable(error: &Unreadable) -> Self {
        let vi = format!("Không đọc được tệp hoặc thư mục: {}.", error.vi);
        let en = format!("Cannot be read: {}.", error.en);
        Self { file: error.path.clone(), text: "".into(), finding: Finding::new("unreadable", "", 0..0, vi, en) }
    }

    /// By the rule that was broken.
    pub fn severity(&self) -> Severity {
        severity_of(self.finding.rule)
    }

    /// Line and column, both from 1; the column counts characters.
    pub fn line_and_column(&self) -> (usize, usize) {
        let start = self.finding.span.start.min(self.text.len());
        let before = self.text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The finding with a caret under the text; the other language stands in the note.
    pub fn render(&self, language: Language, renderer: &Renderer) -> String {
        let Finding { rule, vi, en, did_you_mean, span, .. } = &self.finding;
        let (first, second) = language.pick((vi, en), (en, vi));
        let (line, column) = self.line_and_column();
        let mut note = format!("{}:{line}:{column}: {second}", self.file);
        if let Some(word) = did_you_mean {
            note.push_str(&match language {
                Language::Vi => format!("\ncó phải `{word}`? (did you mean `{word}`?)"),
                Language::En => format!("\ndid you mean `{word}`? (có phải `{word}`?)"),
            });
        }
        let level = match self.severity() {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(format!("[{rule}] {first}")));
        let span = self.shown_span(span.start, span.end);
        if !self.text.is_empty() && self.text.is_char_boundary(span.start) && self.text.is_char_boundary(span.end) {
            let snippet = Snippet::source(&*self.text).path(&*self.file).annotation(AnnotationKind::Primary.span(span));
            group = group.element(snippet);
        }
        renderer.render(&[group.element(Level::NOTE.message(note))])
    }

    /// At most the first line of the place: a caret under a hundred lines says nothing.
    fn shown_span(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        let start = start.min(self.text.len());
        let end = end.clamp(start, self.text.len());
        let line = self.text.get(start..end).and_then(|text| text.find('\n')).map_or(end, |length| start + length);
        start..line
    }
}

/// In a stable order: by file, then by place, then by rule.
pub fn sort(findings: &mut [FileFinding]) {
    findings.sort_by(|a, b| {
        let key = |found: &FileFinding| (found.finding.span.start, found.finding.span.end, found.finding.rule);
        a.file.cmp(&b.file).then_with(|| key(a).cmp(&key(b)))
    });
}

/// The catalogue was refused: every error of the run.
#[derive(Debug)]
pub struct CatalogRefused(pub Vec<FileFinding>);

impl fmt::Display for CatalogRefused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in self.0.iter().take(MAX_SHOWN) {
            writeln!(formatter, "{}\n", finding.render(Language::Vi, &Renderer::plain()))?;
        }
        write!(formatter, "danh mục bị từ chối: {} lỗi (catalogue refused: {} findings)", self.0.len(), self.0.len())
    }
}

impl std::error::Error for CatalogRefused {}
