//! Finding the end of the chain on disk, and cutting away what a crash left behind it.
//!
//! Only what cannot be a line is cut: bytes without a line feed at the end (a torn write), or a tail with NUL bytes (a
//! file system that lost power). A whole line that is not proven is no accident: then nothing is touched and the
//! writer does not start.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use aws_lc_rs::digest;

use super::event::CutBytes;
use super::head::{self, HeadFile, SEALED_FILE};
use super::keys::MacKeys;
use super::line::{Chain, Frame, ascii, hex};
use super::segments::{Line, Lines, Segment, list};

/// Why a journal was not opened.
#[derive(Debug, thiserror::Error)]
pub enum JournalRefused {
    /// The directory or a file in it cannot be used.
    #[error("the journal {path} cannot be used: {cause}")]
    Unusable { path: String, cause: io::Error },
    /// Somebody else writes there.
    #[error(
        "the journal {0} is being written by another process: one journal has one writer; stop the other, or give this \
         one a directory of its own"
    )]
    SecondWriter(String),
    /// The end of the chain is not proven.
    #[error(
        "the journal's {file}, line {line}, is not proven ({what}). Nothing was changed. Run `diensan audit verify`; if \
         the key is the right one, keep the directory as evidence and give a new one"
    )]
    NotProven { file: String, line: u64, what: &'static str },
}

/// The end of what is on disk.
pub struct Tail {
    pub chain: Chain,
    /// The last segment and the length of its whole lines.
    pub last: Option<(Segment, u64)>,
    /// What was cut away behind it.
    pub cut: Option<CutBytes>,
    /// The day of the last segment's first line.
    pub day: Option<[u8; 10]>,
}

/// Finds the end of the chain and cuts a torn tail.
///
/// # Errors
/// The files cannot be used, or the end is not proven.
pub fn find_tail(directory: &Path, keys: &MacKeys) -> Result<Tail, JournalRefused> {
    let unusable = |cause| JournalRefused::Unusable { path: directory.display().to_string(), cause };
    let segments = list(directory).map_err(unusable)?;
    let mut chain = match head::read_file(&directory.join(SEALED_FILE), keys).map_err(unusable)? {
        HeadFile::Good(sealed) => sealed.chain(),
        HeadFile::Absent => Chain::START,
        HeadFile::Bad(what) => return Err(JournalRefused::NotProven { file: SEALED_FILE.into(), line: 1, what }),
    };
    let Some((last, earlier)) = segments.split_last() else {
        return Ok(Tail { chain, last: None, cut: None, day: None });
    };
    // A crash between creating a file and its first line leaves it empty; then the end is in the file before.
    let mut found = scan(last, keys)?;
    let length = found.length;
    if found.chain.is_none()
        && let Some(before) = earlier.last()
    {
        found.chain = scan(before, keys)?.chain;
    }
    chain = found.chain.unwrap_or(chain);
    let cut = cut(last, length).map_err(unusable)?;
    Ok(Tail { chain, last: Some((last.clone(), length)), cut, day: found.day })
}

struct Scanned {
    chain: Option<Chain>,
    length: u64,
    day: Option<[u8; 10]>,
}

/// Walks the last segment: it is the only one that can be torn.
fn scan(segment: &Segment, keys: &MacKeys) -> Result<Scanned, JournalRefused> {
    let unusable = |cause| JournalRefused::Unusable { path: segment.path.display().to_string(), cause };
    let mut lines = Lines::open(&segment.path).map_err(unusable)?;
    let mut scanned = Scanned { chain: None, length: 0, day: None };
    let mut number = 0;
    while let Some(line) = lines.next().map_err(unusable)? {
        number += 1;
        let Line::Whole(line) = line else { break };
        let frame = Frame::read(line);
        let what = match frame.as_ref().map(|frame| (frame, frame.is_proven(keys))) {
            Some((frame, Some(true))) if scanned.chain.is_none_or(|before| follows(&before, frame)) => {
                scanned.day = scanned.day.or_else(|| frame.time[..10].try_into().ok());
                scanned.chain = Some(frame.chain());
                scanned.length += line.len() as u64 + 1;
                continue;
            }
            Some((_, Some(true))) => "it does not follow the line before",
            Some((_, None)) => "its key is not among the configured ones",
            Some((_, Some(false))) => "its MAC is wrong",
            None => "it has not the shape of a line",
        };
        if line.contains(&0) && !proven_later(&mut lines, keys).map_err(unusable)? {
            break;
        }
        return Err(JournalRefused::NotProven { file: segment.name(), line: number, what });
    }
    Ok(scanned)
}

fn follows(before: &Chain, frame: &Frame<'_>) -> bool {
    frame.seq == before.seq + 1 && frame.prev == before.mac
}

/// Whether a proven line stands further on; then the damage before it is no torn tail.
fn proven_later(lines: &mut Lines<File>, keys: &MacKeys) -> io::Result<bool> {
    while let Some(line) = lines.next()? {
        if let Line::Whole(line) = line
            && Frame::read(line).is_some_and(|frame| frame.is_proven(keys) == Some(true))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Cuts a segment to this length; says what was behind it.
///
/// # Errors
/// The file cannot be read or cut.
pub fn cut(segment: &Segment, length: u64) -> io::Result<Option<CutBytes>> {
    let mut file = File::options().read(true).write(true).open(&segment.path)?;
    let behind = file.metadata()?.len().saturating_sub(length);
    if behind == 0 {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(length))?;
    let mut context = digest::Context::new(&digest::SHA256);
    let mut buffer = [0; 8192];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => context.update(&buffer[..count]),
        }
    }
    file.set_len(length)?;
    file.sync_all()?;
    let sha256 = ascii(&hex(context.finish().as_ref()));
    Ok(Some(CutBytes { segment: segment.name(), length: behind, sha256 }))
}

/// Whether a segment's last whole line before `length` is the end of this chain.
///
/// # Errors
/// The file cannot be read.
pub fn ends_with(segment: &Segment, length: u64, chain: &Chain) -> io::Result<bool> {
    let mut file = File::open(&segment.path)?;
    if file.metadata()?.len() < length {
        return Ok(false);
    }
    // The MAC stands at a fixed distance from the end: 64 digits, a quote, a brace, a line feed.
    let mut end = [0; 67];
    let Some(start) = length.checked_sub(67) else { return Ok(length == 0) };
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut end)?;
    Ok(end[..64] == chain.mac && end[64..] == *b"\"}\n")
}
