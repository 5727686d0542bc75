//! A file of lines that only grows, until it is written anew as a whole: what quotas, releases, samples and used tokens
//! leave behind for the next start.
//!
//! **What a crash may lose.** A line is handed to the system before the answer leaves, so a killed process loses
//! nothing. The owner makes the disk write once a second: only a power cut within that second lets a
//! count slip, and who can cut the power does not enumerate citizens at a counter.
//!
//! **What damage does.** Every line carries its own MAC. A torn last line is cut off: that is what crashes leave. Lines
//! in the middle that do not verify are left out and told, and the rest counts: to refuse everything because of one bad
//! line would let a bad sector close the counters. A head that does not verify is another matter: it means a wrong key
//! or a foreign file, no crash makes it, and the start is refused.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::keyed_hash::HashKey;

/// Why there is no state.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("another process uses it")]
    InUse,
    #[error(
        "it is of another key or not a state file: restore the key, or move the file away to begin with empty counts"
    )]
    Foreign,
    #[error("cannot be used: {0}")]
    Io(#[from] std::io::Error),
    #[error("it was deleted while in use, or lines are missing in it")]
    Gone,
}

/// What an existing file held.
pub struct Held {
    pub lines: Vec<String>,
    /// Lines that were left out because they do not verify; the torn last one is not counted.
    pub damaged: usize,
    /// There was no file: a first start, or somebody took it away.
    pub created: bool,
}

/// The open file.
pub struct StateLog {
    path: PathBuf,
    name: &'static str,
    key: Arc<HashKey>,
    file: Arc<File>,
    /// Up to here everything is whole; a failed write leaves more behind, which a restart cuts off as a torn line.
    length: u64,
    lines: usize,
    unsynced: bool,
    /// A line could not be added: the file is behind its owner, who should write it anew.
    failed: bool,
    /// Held for as long as the log lives: two processes would each count half.
    _lock: File,
}

impl StateLog {
    /// Opens or makes the file `name` in a folder, which is made too.
    ///
    /// # Errors
    /// In use, foreign, or not readable and writable.
    pub fn open(folder: &Path, name: &'static str, key: Arc<HashKey>) -> Result<(Self, Held), StateError> {
        make_private(folder)?;
        let lock = private().create(true).truncate(false).write(true).open(folder.join(format!("{name}.lock")))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StateError::InUse),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let path = folder.join(format!("{name}.state"));
        let mut text = Vec::new();
        let created = match File::open(&path) {
            Ok(mut file) => {
                file.read_to_end(&mut text)?;
                false
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            Err(error) => return Err(error.into()),
        };
        if created {
            let (file, length) = write_anew(&path, &head(name, &key), std::iter::empty())?;
            let file = Arc::new(file);
            let log = Self { path, name, key, file, length, lines: 0, unsynced: false, failed: false, _lock: lock };
            return Ok((log, Held { lines: Vec::new(), damaged: 0, created }));
        }
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let mut parts = text[..whole].split(|byte| *byte == b'\n');
        if parts.next().is_none_or(|first| first != head(name, &key).trim_end().as_bytes()) {
            return Err(StateError::Foreign);
        }
        let (mut lines, mut damaged) = (Vec::new(), 0);
        for part in parts.filter(|part| !part.is_empty()) {
            match std::str::from_utf8(part).ok().and_then(|line| verified(name, &key, line)) {
                Some(payload) => lines.push(payload.to_owned()),
                None => damaged += 1,
            }
        }
        let file = Arc::new(OpenOptions::new().append(true).open(&path)?);
        let length = whole as u64;
        file.set_len(length)?;
        let log =
            Self { path, name, key, file, length, lines: lines.len(), unsynced: false, failed: false, _lock: lock };
        Ok((log, Held { lines, damaged, created }))
    }

    /// Adds lines. Afterwards they survive the end of the process.
    ///
    /// # Errors
    /// They are not, or only partly, in the file; nothing more is added until it is written anew.
    pub fn append(&mut self, payloads: &[String]) -> Result<(), StateError> {
        let added = self.try_append(payloads);
        self.failed |= added.is_err();
        added
    }

    fn try_append(&mut self, payloads: &[String]) -> Result<(), StateError> {
        if payloads.is_empty() {
            return if self.failed { Err(StateError::Gone) } else { Ok(()) };
        }
        let text: String = payloads.iter().map(|payload| sealed(self.name, &self.key, payload)).collect();
        // Behind its owner, or deleted while in use: nothing more goes into it until it is written anew.
        if self.failed || std::fs::metadata(&self.path)?.len() != self.length {
            return Err(StateError::Gone);
        }
        (&*self.file).write_all(text.as_bytes())?;
        self.length += text.len() as u64;
        self.lines += payloads.len();
        self.unsynced = true;
        Ok(())
    }

    /// The file when something in it may not have reached the disk: the owner calls `sync_data` on it, outside of its
    /// locks. Sees too whether the file is still there.
    ///
    /// # Errors
    /// The file was deleted, or lines are missing in it: it should be written anew.
    pub fn unsynced(&mut self) -> Result<Option<Arc<File>>, StateError> {
        if self.failed || std::fs::metadata(&self.path).map_or(true, |metadata| metadata.len() != self.length) {
            self.failed = true;
            return Err(StateError::Gone);
        }
        Ok(std::mem::take(&mut self.unsynced).then(|| Arc::clone(&self.file)))
    }

    /// The disk refused: whatever was added lately may be lost, so the file should be written anew.
    pub fn distrust(&mut self) {
        self.failed = true;
    }

    /// For small files: [`StateLog::unsynced`] and the disk at once, and written anew when that fails.
    ///
    /// # Errors
    /// Neither works.
    pub fn keep(&mut self, payloads: impl Iterator<Item = String>) -> Result<(), StateError> {
        let synced = self.unsynced().and_then(|file| Ok(file.map_or(Ok(()), |file| file.sync_data())?));
        synced.or_else(|_| self.rewrite(payloads))
    }

    /// Replaces everything; a crash leaves the old file or the new one.
    ///
    /// # Errors
    /// The old file stays.
    pub fn rewrite(&mut self, payloads: impl Iterator<Item = String>) -> Result<(), StateError> {
        let mut lines = 0;
        let sealed = payloads.map(|payload| {
            lines += 1;
            sealed(self.name, &self.key, &payload)
        });
        let (file, length) = write_anew(&self.path, &head(self.name, &self.key), sealed)?;
        (self.file, self.length, self.lines) = (Arc::new(file), length, lines);
        (self.unsynced, self.failed) = (false, false);
        Ok(())
    }

    /// Makes every further write fail, as on a full disk.
    #[cfg(test)]
    pub fn break_for_test(&mut self) {
        self.file = Arc::new(File::open(&self.path).expect("the file"));
    }

    /// Lines in the file, those that are out of date included.
    pub fn lines(&self) -> usize {
        self.lines
    }
}

/// Makes a folder that is the service's own, whatever the umask says; one that is there stays as it is.
pub fn make_private(folder: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

fn write_anew(path: &Path, head: &str, lines: impl Iterator<Item = String>) -> Result<(File, u64), StateError> {
    let fresh = path.with_extension("new");
    let mut file = std::io::BufWriter::new(private().create(true).truncate(true).write(true).open(&fresh)?);
    file.write_all(head.as_bytes())?;
    let mut length = head.len() as u64;
    for line in lines {
        file.write_all(line.as_bytes())?;
        length += line.len() as u64;
    }
    file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    std::fs::rename(&fresh, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok((OpenOptions::new().append(true).open(path)?, length))
}

fn head(name: &'static str, key: &HashKey) -> String {
    sealed(name, key, &format!("diensan-state 1 {name}"))
}

fn sealed(name: &'static str, key: &HashKey, payload: &str) -> String {
    format!("{} {payload}\n", key.hash("state line", &[name.as_bytes(), payload.as_bytes()]).text())
}

fn verified<'l>(name: &'static str, key: &HashKey, line: &'l str) -> Option<&'l str> {
    let (tag, payload) = line.split_once(' ')?;
    (tag == key.hash("state line", &[name.as_bytes(), payload.as_bytes()]).text()).then_some(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Arc<HashKey> {
        Arc::new(HashKey::new(&[byte; 32]).expect("a key"))
    }

    #[test]
    fn the_folder_and_its_files_are_the_services_own() {
        use std::os::unix::fs::PermissionsExt as _;
        let outside = tempfile::tempdir().expect("a folder");
        let folder = outside.path().join("state/access");
        let _log = StateLog::open(&folder, "counts", key(1)).expect("opened");
        let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join("counts.state"))), (0o700, 0o600));
    }

    fn texts(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn what_was_added_is_there_after_a_restart() {
        let folder = tempfile::tempdir().expect("folder");
        let (mut log, held) = StateLog::open(folder.path(), "quota", key(1)).expect("open");
        assert!(held.created);
        log.append(&texts(&["a 1", "b 2"])).expect("append");
        drop(log);
        let (mut log, held) = StateLog::open(folder.path(), "quota", key(1)).expect("open");
        assert_eq!((held.lines, held.damaged, held.created), (texts(&["a 1", "b 2"]), 0, false));
        log.rewrite(texts(&["c 3"]).into_iter()).expect("rewrite");
        log.append(&texts(&["d 4"])).expect("append");
        log.keep(std::iter::empty()).expect("sync");
        drop(log);
        let (_, held) = StateLog::open(folder.path(), "quota", key(1)).expect("open");
        assert_eq!(held.lines, texts(&["c 3", "d 4"]));
    }

    #[test]
    fn a_file_cut_anywhere_keeps_every_whole_line() {
        let folder = tempfile::tempdir().expect("folder");
        let (mut log, _) = StateLog::open(folder.path(), "quota", key(1)).expect("open");
        log.append(&texts(&["a 1", "b 2"])).expect("append");
        drop(log);
        let path = folder.path().join("quota.state");
        let whole = std::fs::read(&path).expect("read");
        let ends: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').map(|at| at + 1).collect();
        for cut in ends[0]..whole.len() {
            std::fs::write(&path, &whole[..cut]).expect("write");
            let (mut log, held) = StateLog::open(folder.path(), "quota", key(1)).expect("open");
            assert_eq!(held.lines.len(), ends.iter().filter(|end| **end <= cut).count() - 1, "{cut}");
            assert_eq!(held.damaged, 0);
            log.append(&texts(&["z 9"])).expect("append");
            drop(log);
            let (_, held) = StateLog::open(folder.path(), "quota", key(1)).expect("open");
            assert_eq!(held.lines.last().map(String::as_str), Some("z 9"));
        }
    }

    #[test]
    fn a_changed_line_is_left_out_and_told_and_the_rest_counts() {
        let folder = tempfile::tempdir().expect("folder");
        let (mut log, _) = StateLog::open(folder.path(), "quota", key(1)).expect("open");
        log.append(&texts(&["a 1", "b 2", "c 3"])).expect("append");
        drop(log);
        let path = folder.path().join("quota.state");
        let text = std::fs::read_to_string(&path).expect("read").replace("b 2", "b 7");
        std::fs::write(&path, text).expect("write");
        let (_, held) = StateLog::open(folder.path(), "quota", key(1)).expect("open");
        assert_eq!((held.lines, held.damaged), (texts(&["a 1", "c 3"]), 1));
    }

    #[test]
    fn another_key_another_name_or_an_empty_file_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        drop(StateLog::open(folder.path(), "quota", key(1)).expect("open"));
        assert!(matches!(StateLog::open(folder.path(), "quota", key(2)), Err(StateError::Foreign)));
        let path = folder.path().join("quota.state");
        std::fs::copy(&path, folder.path().join("tokens.state")).expect("copy");
        assert!(matches!(StateLog::open(folder.path(), "tokens", key(1)), Err(StateError::Foreign)));
        std::fs::write(&path, "").expect("write");
        assert!(matches!(StateLog::open(folder.path(), "quota", key(1)), Err(StateError::Foreign)));
    }

    #[test]
    fn a_second_process_cannot_count_beside_the_first() {
        let folder = tempfile::tempdir().expect("folder");
        let first = StateLog::open(folder.path(), "quota", key(1)).expect("open");
        assert!(matches!(StateLog::open(folder.path(), "quota", key(1)), Err(StateError::InUse)));
        drop(first);
        assert!(StateLog::open(folder.path(), "quota", key(1)).is_ok());
    }

    #[test]
    fn a_deleted_file_is_noticed_and_can_be_written_anew() {
        let folder = tempfile::tempdir().expect("folder");
        let (mut log, _) = StateLog::open(folder.path(), "quota", key(1)).expect("open");
        std::fs::remove_file(folder.path().join("quota.state")).expect("remove");
        assert!(matches!(log.unsynced(), Err(StateError::Gone)));
        log.keep(texts(&["a 1"]).into_iter()).expect("written anew");
        assert!(log.unsynced().is_ok());
    }
}
