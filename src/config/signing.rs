//! `[signing]`: the keys under which answers are signed on request, and how long a signature counts.

use std::path::Path;
use std::time::Duration;

use super::section::Section;
use super::{JournalKey, JournalSettings};

/// The keys of signed answers. The first signs; all are published, so that older signatures stay readable.
pub struct SigningSettings {
    pub keys: Vec<JournalKey>,
    /// From the moment of signing.
    pub valid_for: Duration,
}

/// A month: drafts and dossiers are older than a day and younger than a season (ASM; no rule names a time).
pub const VALID_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

pub(super) fn read(
    mut section: Section<'_, '_>,
    folder: &Path,
    journal: Option<&JournalSettings>,
) -> Option<SigningSettings> {
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
            Ok(key) if journal.is_some_and(|journal| journal.holds(&key)) => {
                let mend = "holds a key of the journal: one key for two purposes lets one vouch for the other; write a \
                            new one with `diensan key new --purpose answer-signing`";
                section.report(&span, "key_files", mend);
            }
            Ok(key) => keys.push(key),
            Err(message) => section.report(&span, "key_files", message),
        }
    }
    let valid_for = section.duration("valid_for", Duration::from_secs(60)..=LONGEST).unwrap_or(VALID_FOR);
    section.finish();
    (!keys.is_empty()).then_some(SigningSettings { keys, valid_for })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::{Purpose, Settings};

    fn read(text: &str) -> (Option<SigningSettings>, Vec<String>) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, digit) in [("one", "1"), ("again", "1"), ("two", "2"), ("mac", "3"), ("citizen", "4"), ("open", "5")]
        {
            let path = folder.path().join(name);
            std::fs::write(&path, digit.repeat(64)).expect("written");
            let mode = if name == "open" { 0o644 } else { 0o600 };
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("mode");
        }
        let mut problems = Vec::new();
        let settings = Settings::parse(text, folder.path(), Purpose::Examine, &mut problems);
        let said = problems.into_iter().map(|found| format!("{}: {}: {}", found.line, found.key, found.message));
        (settings.and_then(|settings| settings.signing), said.collect())
    }

    #[test]
    fn several_keys_and_a_life_time_are_read_in_their_order() {
        let (settings, problems) = read("[signing]\nkey_files = [\"two\", \"one\"]\nvalid_for = \"7d\"\n");
        assert_eq!(problems, [""; 0]);
        let settings = settings.expect("settings");
        assert!(settings.keys[0].is(&JournalKey::new([0x22; 32])) && settings.keys[1].is(&JournalKey::new([0x11; 32])));
        assert_eq!(settings.valid_for, Duration::from_secs(7 * 24 * 3600));
        assert!(read("").0.is_none(), "without the table nothing is signed");
    }

    #[test]
    fn every_problem_is_told_with_line_and_key() {
        let journal = "[journal]\ndirectory = \"j\"\nmac_key_file = \"mac\"\ncitizen_key_file = \"citizen\"\n";
        let of_the_journal = format!("{journal}[signing]\nkey_files = [\"one\", \"citizen\"]\n");
        for (text, expected) in [
            ("[signing]\n", "1: signing.key_files: is needed"),
            ("[signing]\nkey_files = []\n", "1: signing.key_files: is needed"),
            ("[signing]\nkey_files = [\"none\"]\n", "2: signing.key_files: cannot be read"),
            ("[signing]\nkey_files = [\"open\"]\n", "2: signing.key_files: has mode 644"),
            ("[signing]\nkey_files = [\"one\", \"again\"]\n", "2: signing.key_files: names the same key twice"),
            ("[signing]\nkey_files = [\"one\"]\nvalid_for = \"5s\"\n", "3: signing.valid_for: must be"),
            ("[signing]\nkeys = [\"one\"]\n", "2: signing.keys: is not known"),
            (of_the_journal.as_str(), "6: signing.key_files: holds a key of the journal"),
        ] {
            let (_, problems) = read(text);
            assert!(problems.iter().any(|said| said.starts_with(expected)), "{expected} in {problems:?}");
        }
    }
}
