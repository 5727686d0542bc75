//! People whose look-ups need a second person: the watch list, as a file of keyed hashes (RISKS T2).
//!
//! Who stands on it cannot be read from it. Its key is one of its own: together with the list it would answer "is this
//! number watched?" for all numbers in an afternoon (RISKS T16).

use std::collections::HashSet;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::keyed_hash::{HashKey, KeyedHash};
use crate::citizen::Number;

/// The list in use; replaced whole when its file changes.
pub struct WatchList {
    key: HashKey,
    file: PathBuf,
    watched: ArcSwap<HashSet<KeyedHash>>,
}

impl WatchList {
    /// Reads the list. A missing file is an error: an empty list is an empty file.
    ///
    /// # Errors
    /// A sentence with file and line; never a number.
    pub fn open(file: PathBuf, key: HashKey) -> Result<Self, String> {
        let watched = ArcSwap::from_pointee(read(&file)?);
        Ok(Self { key, file, watched })
    }

    /// Reads the file again; answers how many people are on it.
    ///
    /// # Errors
    /// A sentence; the old list stays.
    pub fn reload(&self) -> Result<usize, String> {
        let watched = read(&self.file)?;
        let count = watched.len();
        self.watched.store(Arc::new(watched));
        Ok(count)
    }

    /// The file, to be watched for changes.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Whether somebody is on the list. Takes the same time for everybody.
    pub fn is_watched(&self, number: &Number) -> bool {
        self.watched.load().contains(&entry(&self.key, number))
    }
}

fn entry(key: &HashKey, number: &Number) -> KeyedHash {
    key.hash("watch list", &[number.digits().as_bytes()])
}

fn read(file: &Path) -> Result<HashSet<KeyedHash>, String> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{shown}: cannot be read: {error}"))?;
    let mut watched = HashSet::new();
    for (index, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // The line is not shown: somebody may have written a number instead of its hash.
        let hash = KeyedHash::from_text(line).ok_or_else(|| {
            format!("{shown}:{}: is no keyed hash; add people with `diensan watch-list add`", index + 1)
        })?;
        watched.insert(hash);
    }
    Ok(watched)
}

/// Adds somebody to the file, which is made when it is not there; `false` when they were on it.
///
/// # Errors
/// A sentence; never the number.
pub fn add(file: &Path, key: &HashKey, number: &Number) -> Result<bool, String> {
    let hash = entry(key, number);
    if file.exists() && read(file)?.contains(&hash) {
        return Ok(false);
    }
    let told = |error| format!("{}: cannot be written: {error}", file.display());
    let mut list = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(file).map_err(told)?;
    // Somebody's last line may have no end.
    let ended = std::fs::read(file).map_err(told)?.last().is_none_or(|last| *last == b'\n');
    let line = format!("{}{}\n", if ended { "" } else { "\n" }, hash.text());
    list.write_all(line.as_bytes()).and_then(|()| list.sync_all()).map_err(told)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> HashKey {
        HashKey::new(&[9; 32]).expect("a key")
    }

    fn number(text: &str) -> Number {
        Number::parse(text).expect("a number")
    }

    #[test]
    fn the_list_knows_people_and_tells_nobody_who_they_are() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("watch-list");
        assert_eq!(add(&file, &key(), &number("999085000001")), Ok(true));
        assert_eq!(add(&file, &key(), &number("999 085 000 001")), Ok(false));
        let list = WatchList::open(file.clone(), key()).expect("a list");
        assert!(list.is_watched(&number("999085000001")) && !list.is_watched(&number("999085000002")));
        assert!(!std::fs::read_to_string(&file).expect("read").contains("999085"));
        std::fs::write(&file, std::fs::read_to_string(&file).expect("read").trim_end()).expect("write");
        assert_eq!(add(&file, &key(), &number("999085000002")), Ok(true));
        assert_eq!(list.reload(), Ok(2));
        assert!(list.is_watched(&number("999085000002")));
        let other = WatchList::open(file, HashKey::new(&[8; 32]).expect("a key")).expect("a list");
        assert!(!other.is_watched(&number("999085000001")));
    }

    #[test]
    fn a_broken_or_missing_file_leaves_the_old_list_and_shows_no_number() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("watch-list");
        add(&file, &key(), &number("999085000001")).expect("added");
        let list = WatchList::open(file.clone(), key()).expect("a list");
        std::fs::write(&file, "# a\n999085000002\n").expect("write");
        let told = list.reload().expect_err("refused");
        assert!(told.contains(":2:") && !told.contains("999085"));
        std::fs::remove_file(&file).expect("remove");
        assert!(list.reload().is_err());
        assert!(list.is_watched(&number("999085000001")));
    }
}
