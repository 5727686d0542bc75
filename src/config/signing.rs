//! `[signing]`: the keys under which answers are signed on request, and how long a signature counts.

use std::path::Path;
use std::time::Duration;

use super::JournalKey;
use super::section::Section;

/// The keys of signed answers. The first signs; all are published, so that older signatures stay readable.
pub struct SigningSettings {
    pub keys: Vec<JournalKey>,
    /// From the moment of signing.
    pub valid_for: Duration,
}

/// A month: drafts and dossiers are older than a day and younger than a season (ASM; no rule names a time).
pub const VALID_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

pub(super) fn read(mut section: Section<'_, '_>, folder: &Path) -> Option<SigningSettings> {
    let files = section.texts("key_files").unwrap_or_default();
    if files.is_empty() {
        section.missing("key_files", "is needed: the file that `diensan key new --purpose answer-signing FILE` writes");
    }
    let mut keys: Vec<JournalKey> = Vec::new();
    for (path, span) in files {
        match JournalKey::read(&folder.join(path)) {
            Ok(key) if keys.iter().any(|other| other.is(&key)) => {
                section.report(&span, "key_files", "names the same key twice");
            }
            Ok(key) => keys.push(key),
            Err(message) => section.report(&span, "key_files", message),
        }
    }
    let valid_for = section.duration("valid_for", Duration::from_secs(60)..=LONGEST).unwrap_or(VALID_FOR);
    section.finish();
    (!keys.is_empty()).then_some(SigningSettings { keys, valid_for })
}
