//! What changes in a file, shown line by line, and files written whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Lines shown around a change.
const AROUND: usize = 2;

/// The lines that go (`-`) and come (`+`), with a few around them, as `diff -u` shows them.
pub fn show(name: &str, old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let lines = compared(&old, &new);
    let changed = |index: usize| lines.get(index).is_some_and(|(sign, _)| *sign != ' ');
    let mut shown = format!("--- {name}\n+++ {name}\n");
    let mut gap = false;
    for (index, (sign, line)) in lines.iter().enumerate() {
        if (index.saturating_sub(AROUND)..=index + AROUND).any(changed) {
            if gap {
                shown.push_str("@@\n");
            }
            gap = false;
            shown.push_str(&format!("{sign}{line}\n"));
        } else {
            gap = true;
        }
    }
    shown
}

/// The longest common subsequence of lines, marked; files of the catalogue have a few hundred lines.
fn compared<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<(char, &'t str)> {
    let width = new.len() + 1;
    let mut lengths = vec![0_usize; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            lengths[a * width + b] = if old[a] == new[b] {
                lengths[(a + 1) * width + b + 1] + 1
            } else {
                lengths[(a + 1) * width + b].max(lengths[a * width + b + 1])
            };
        }
    }
    let (mut a, mut b, mut lines) = (0, 0, Vec::new());
    while a < old.len() || b < new.len() {
        if a < old.len() && b < new.len() && old[a] == new[b] {
            lines.push((' ', old[a]));
            (a, b) = (a + 1, b + 1);
        } else if b == new.len() || (a < old.len() && lengths[(a + 1) * width + b] >= lengths[a * width + b + 1]) {
            lines.push(('-', old[a]));
            a += 1;
        } else {
            lines.push(('+', new[b]));
            b += 1;
        }
    }
    lines
}

/// Writes all files, or none: every text is first laid beside its file, then all are moved into place.
///
/// # Errors
/// A file could not be written; the files beside are taken away again.
pub fn write_all(files: &[(PathBuf, String)]) -> anyhow::Result<()> {
    let beside = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        path.with_file_name(format!(".{name}.new"))
    };
    let laid = files.iter().try_for_each(|(path, text)| {
        std::fs::write(beside(path), text).with_context(|| format!("cannot write beside {}", path.display()))
    });
    let moved = laid.and_then(|()| {
        files.iter().try_for_each(|(path, _)| {
            std::fs::rename(beside(path), path).with_context(|| format!("cannot replace {}", path.display()))
        })
    });
    if moved.is_err() {
        for (path, _) in files {
            let _ = std::fs::remove_file(beside(path));
        }
    }
    moved
}

/// Writes to standard output; a reader that went away is no error.
///
/// # Errors
/// Standard output does not take the bytes for another reason.
pub fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(bytes).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_shown_with_the_lines_around_them() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let new = "1\n2\n3\nX\n5\n6\n7\n8\n9\n10\n";
        let shown = show("a.json", old, new);
        assert_eq!(shown, "--- a.json\n+++ a.json\n@@\n 2\n 3\n-4\n+X\n 5\n 6\n@@\n 8\n 9\n+10\n");
    }

    #[test]
    fn a_file_that_cannot_be_laid_down_leaves_all_as_they_were() {
        let folder = tempfile::tempdir().expect("a folder");
        let good = folder.path().join("a.json");
        std::fs::write(&good, "old").expect("a file");
        let files = [(good.clone(), "new".to_owned()), (folder.path().join("none/b.json"), "new".to_owned())];
        assert!(write_all(&files).is_err());
        assert_eq!(std::fs::read_to_string(&good).expect("a text"), "old");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
