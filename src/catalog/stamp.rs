//! Whether a file on disk is still the one that was read, told without reading it again.
//!
//! What is compared: device and inode (a file put in its place is another one), length, the time of the last write, and
//! the time of the last change, which no program can set and which every write, rename and `utimes` moves on. Times
//! have steps (some milliseconds, on some disks two seconds), and two writes within one step look the same. So a stamp
//! counts only if the file had been at rest for longer than any step when it was read; a younger one is read again.
//! Who writes through a mapping of memory, or under a file system that keeps no such times, is not seen here: that is
//! why [`super::again::overlooked`] reads everything once more when the catalogue is in use.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

use jiff::{SignedDuration, Timestamp};

/// Longer than a step of the times of any file system.
const AT_REST: SignedDuration = SignedDuration::from_secs(3);

/// What a file at rest is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    place: (u64, u64),
    length: u64,
    written: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// The stamp of a file that was looked at at this time; `None`: it changed just before, or will have.
    pub fn of(metadata: &Metadata, now: Timestamp) -> Option<Self> {
        let nanoseconds = i32::try_from(metadata.ctime_nsec()).ok()?;
        let changed = Timestamp::new(metadata.ctime(), nanoseconds).ok()?;
        (now.duration_since(changed) > AT_REST).then(|| Self {
            place: (metadata.dev(), metadata.ino()),
            length: metadata.len(),
            written: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_known_again_only_when_it_was_at_rest() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let metadata = || fs::symlink_metadata(file.path()).expect("metadata");
        let written = Timestamp::now();
        assert_eq!(Stamp::of(&metadata(), written), None);
        assert_eq!(Stamp::of(&metadata(), written - SignedDuration::from_hours(1)), None, "the clock was set back");
        let later = written + AT_REST + AT_REST;
        let stamp = Stamp::of(&metadata(), later);
        assert!(stamp.is_some() && stamp == Stamp::of(&metadata(), later + AT_REST));
    }

    #[test]
    fn the_same_length_and_time_of_writing_do_not_make_another_file_the_same() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let stamp = || {
            let metadata = fs::symlink_metadata(file.path()).expect("metadata");
            Stamp::of(&metadata, Timestamp::now() + AT_REST + AT_REST).expect("at rest by then")
        };
        let time = std::time::SystemTime::UNIX_EPOCH;
        let write = |text: &str| {
            fs::write(file.path(), text).expect("written");
            fs::File::options().write(true).open(file.path()).expect("open").set_modified(time).expect("set");
        };
        write("a");
        let before = stamp();
        // The clock of the file system moves in steps.
        while stamp().changed == before.changed {
            write("b");
        }
        let after = stamp();
        assert_eq!((before.place, before.length, before.written), (after.place, after.length, after.written));
        assert_ne!(before, after);
    }
}
