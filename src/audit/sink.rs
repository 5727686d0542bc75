//! The open journal on disk: writes groups of lines durably or not at all, and finds its way back after a failure.
//!
//! After a failed write nobody knows what reached the disk. So the file is closed, and before anything else is written
//! it is cut back to the last line that was acknowledged. The chain in memory only moves when the disk has moved.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::event::{CutBytes, Event, Kind};
use super::head::{self, HEAD_FILE, Head, HeadFile};
use super::keys::MacKeys;
use super::line::{Chain, MAX_LINE, append, ascii};
use super::recover::{JournalRefused, cut, ends_with, find_tail};
use super::segments::{Segment, list, name, private, replace, sync_directory};

/// The file that the one writer holds a lock on.
const LOCK_FILE: &str = "journal.lock";

/// A group of lines that is on disk.
pub struct Committed {
    /// The number of the first of the lines that were asked for.
    pub first: u64,
    pub bytes: u64,
    /// How long the disk took.
    pub synced_in: Duration,
}

/// The segment that is being written.
struct Active {
    file: File,
    segment: Segment,
    /// Bytes that are acknowledged.
    length: u64,
    day: Option<[u8; 10]>,
}

/// See the module.
pub struct Sink {
    directory: PathBuf,
    keys: Arc<MacKeys>,
    segment_bytes: u64,
    lock: File,
    chain: Chain,
    active: Option<Active>,
    /// Where the acknowledged lines end, also while no file is open.
    durable: Option<(u64, u64)>,
    /// Lines of our own that must come before the next ones.
    noted: Vec<String>,
    /// What was cut and is not on record yet: a full disk leaves a piece at every try.
    cut: Option<CutBytes>,
    buffer: Vec<u8>,
}

impl Sink {
    /// Takes the lock, finds the end of the chain and notes what was cut.
    ///
    /// # Errors
    /// The directory cannot be used, another process writes there, or the end is not proven.
    pub fn open(directory: &Path, keys: Arc<MacKeys>, segment_bytes: u64) -> Result<Self, JournalRefused> {
        let unusable = |cause| JournalRefused::Unusable { path: directory.display().to_string(), cause };
        make_directory(directory).map_err(unusable)?;
        let lock = match take_lock(directory) {
            Ok(lock) => lock,
            Err(TryLockError::WouldBlock) => {
                return Err(JournalRefused::SecondWriter(directory.display().to_string()));
            }
            Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
        };
        let tail = find_tail(directory, &keys)?;
        let mut sink = Self {
            directory: directory.to_owned(),
            keys,
            segment_bytes,
            lock,
            chain: tail.chain,
            active: None,
            durable: None,
            noted: Vec::new(),
            cut: None,
            buffer: Vec::new(),
        };
        if let Some((segment, length)) = tail.last {
            sink.durable = Some((segment.index, length));
            let file = File::options().append(true).open(&segment.path).map_err(unusable)?;
            sink.active = Some(Active { file, segment, length, day: tail.day });
        }
        sink.note_cut(tail.cut);
        sink.compare(&directory.join(HEAD_FILE)).map_err(unusable)?;
        Ok(sink)
    }

    /// Notes that a head knows of lines that are gone. A head is only written when its lines are on disk, so no crash
    /// explains it; without the note the next head would cover the loss up.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn compare(&mut self, heads: &Path) -> io::Result<()> {
        let (alarm, since) = match head::last_of(heads, &self.keys)? {
            HeadFile::Good(head) if head.seq > self.chain.seq => ("journal_tail_lost", ascii(&head.taken)),
            HeadFile::Bad(_) => ("journal_head_not_proven", String::new()),
            HeadFile::Good(_) | HeadFile::Absent => return Ok(()),
        };
        tracing::error!(alarm, heads = %heads.display(), "run `diensan audit verify`");
        self.note(&Event {
            since: Some(&since).filter(|since| !since.is_empty()).map(String::as_str),
            ..Event::alarm(alarm)
        });
        Ok(())
    }

    /// The last acknowledged line.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The file that is written, and how long it is.
    pub fn position(&self) -> (Option<u64>, u64) {
        self.durable.map_or((None, 0), |(index, length)| (Some(index), length))
    }

    /// A line of our own that comes before the next ones.
    pub fn note(&mut self, event: &Event<'_>) {
        self.noted.push(event.body());
    }

    fn note_cut(&mut self, cut: Option<CutBytes>) {
        let earlier = self.cut.take();
        self.cut = match (cut, earlier) {
            (Some(cut), Some(earlier)) => Some(CutBytes { length: cut.length + earlier.length, ..cut }),
            (cut, earlier) => cut.or(earlier),
        };
    }

    /// Writes lines and returns when the disk has them.
    ///
    /// # Errors
    /// None of them counts as written. The next call tries to recover first.
    pub fn commit(&mut self, bodies: &[&str], now: Timestamp) -> io::Result<Committed> {
        let done = self.try_commit(bodies, now);
        if done.is_err() {
            self.active = None;
        }
        done
    }

    fn try_commit(&mut self, bodies: &[&str], now: Timestamp) -> io::Result<Committed> {
        if self.active.is_none() {
            self.reopen()?;
        }
        let cut = self.cut.clone().map(|cut| Event { cut: Some(cut), ..Event::new(Kind::Cut) }.body());
        let noted = self.noted.len() + usize::from(cut.is_some());
        let mut chain = self.chain;
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        for body in cut.iter().chain(&self.noted).map(String::as_str).chain(bodies.iter().copied()) {
            append(&mut buffer, &mut chain, now, body, &self.keys);
        }
        let written = self.write(&buffer, &chain);
        let bytes = buffer.len() as u64;
        if buffer.capacity() <= 8 * MAX_LINE {
            self.buffer = buffer;
        }
        let synced_in = written?;
        let first = self.chain.seq + 1 + noted as u64;
        self.chain = chain;
        self.noted.clear();
        self.cut = None;
        Ok(Committed { first, bytes, synced_in })
    }

    /// Puts a whole group into one segment and waits for the disk.
    fn write(&mut self, buffer: &[u8], after: &Chain) -> io::Result<Duration> {
        let day: Option<[u8; 10]> = after.time.as_ref().and_then(|time| time[..10].try_into().ok());
        let full = |active: &Active| {
            active.length > 0 && (active.length >= self.segment_bytes || active.day.is_some() && active.day != day)
        };
        if self.active.as_ref().is_none_or(full) {
            self.next_segment()?;
        }
        let Some(active) = &mut self.active else { return Err(io::ErrorKind::NotFound.into()) };
        // Before, so that nothing is mixed into what another writer wrote; after, because a file that was deleted
        // meanwhile takes every write, and its lines would be on no record.
        check_places(&self.directory, &self.lock, active)?;
        let started = Instant::now();
        active.file.write_all(buffer)?;
        active.file.sync_data()?;
        let synced_in = started.elapsed();
        check_places(&self.directory, &self.lock, active)?;
        active.length += buffer.len() as u64;
        active.day = active.day.or(day);
        self.durable = Some((active.segment.index, active.length));
        Ok(synced_in)
    }

    fn next_segment(&mut self) -> io::Result<()> {
        let last = list(&self.directory)?.last().map_or(0, |segment| segment.index);
        let index = last.max(self.durable.map_or(0, |(index, _)| index)) + 1;
        let segment = Segment { index, path: self.directory.join(name(index)) };
        let file = private().append(true).create_new(true).open(&segment.path)?;
        self.durable = Some((index, 0));
        sync_directory(&self.directory)?;
        self.active = Some(Active { file, segment, length: 0, day: None });
        Ok(())
    }

    /// Finds the way back to the last acknowledged line.
    fn reopen(&mut self) -> io::Result<()> {
        if !is_still(&self.directory.join(LOCK_FILE), &self.lock)? {
            // Never creates the directory: where a disk is not mounted, another would be written.
            self.lock = take_lock(&self.directory).map_err(|error| match error {
                TryLockError::WouldBlock => io::Error::new(io::ErrorKind::WouldBlock, "another process writes there"),
                TryLockError::Error(error) => error,
            })?;
            // Somebody else may have gone on meanwhile: then the chain on disk is the one to go on from.
            let tail = find_tail(&self.directory, &self.keys).map_err(io::Error::other)?;
            self.note_cut(tail.cut);
            if tail.chain.seq > self.chain.seq {
                self.chain = tail.chain;
                self.durable = tail.last.as_ref().map(|(segment, length)| (segment.index, *length));
            }
        }
        let Some((index, length)) = self.durable else { return Ok(()) };
        let segment = Segment { index, path: self.directory.join(name(index)) };
        if !segment.path.try_exists()? || !ends_with(&segment, length, &self.chain)? {
            // Acknowledged lines are gone from the disk. A new file goes on with the old chain, so that `audit verify`
            // shows the gap; what is left of the old one is not touched.
            return self.next_segment();
        }
        let cut = cut(&segment, length)?;
        self.note_cut(cut);
        let file = File::options().append(true).open(&segment.path)?;
        let day = first_day(&segment.path)?;
        self.active = Some(Active { file, segment, length, day });
        Ok(())
    }

    /// Leaves the head of the chain in the directory.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn leave_head(&self, now: Timestamp) -> io::Result<()> {
        match Head::of(&self.chain, now) {
            Some(head) => replace(&self.directory.join(HEAD_FILE), format!("{}\n", head.text(&self.keys)).as_bytes()),
            None => Ok(()),
        }
    }
}

fn make_directory(directory: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory)
}

fn take_lock(directory: &Path) -> Result<File, TryLockError> {
    let path = directory.join(LOCK_FILE);
    let file = private().create(true).truncate(false).open(path).map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}

/// Whether lock and segment still lie where everybody else would look for them.
fn check_places(directory: &Path, lock: &File, active: &Active) -> io::Result<()> {
    if !is_still(&active.segment.path, &active.file)? {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the file was deleted or replaced while it was written"));
    }
    if !is_still(&directory.join(LOCK_FILE), lock)? {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the lock was deleted: somebody else may be writing"));
    }
    Ok(())
}

/// Whether this path still leads to this open file. A path that may not be walked is an error of its own: the operator
/// is to read of the permission, not of a deleted file.
fn is_still(path: &Path, file: &File) -> io::Result<bool> {
    let there = match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        there => there?,
    };
    let held = file.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Ok((there.dev(), there.ino()) == (held.dev(), held.ino()))
    }
    #[cfg(not(unix))]
    {
        Ok(there.len() == held.len())
    }
}

/// The day of a segment's first line; `None` for an empty one.
fn first_day(path: &Path) -> io::Result<Option<[u8; 10]>> {
    let mut start = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(File::open(path)?, 19), &mut start)?;
    Ok(start.get(9..).and_then(|day| day.try_into().ok()))
}
