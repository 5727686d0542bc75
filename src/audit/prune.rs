//! Retention: whole segments that are older than decided go, and a sealed head stays from which the rest verifies
//! (RISKS R9). Nothing is pruned that does not verify: what is damaged is evidence.

use std::io;
use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::finding::Finding;
use super::head::{self, Head, HeadFile, SEALED_FILE};
use super::keys::MacKeys;
use super::line::{Frame, TimeText, time_text};
use super::segments::{Line, Lines, Segment, list, replace, sync_directory};
use super::verify::verify_some;

/// What pruning did.
pub enum Pruned {
    /// Nothing is old enough.
    Nothing,
    /// These segments were removed; the chain now begins behind the head.
    Removed { segments: Vec<String>, head: Box<Head> },
    /// The old segments do not verify; nothing was removed.
    Refused(Vec<Finding>),
}

/// Removes the segments of which every line is older than so many months, never the one that is written. May run
/// beside a writer: it touches closed segments only.
///
/// # Errors
/// The directory cannot be read or written.
pub fn prune(directory: &Path, keys: &MacKeys, months: u32, now: Timestamp) -> io::Result<Pruned> {
    let today = TimeZone::UTC.to_datetime(now);
    let limit = today.checked_sub(i64::from(months).months()).map_err(io::Error::other)?;
    let limit = time_text(TimeZone::UTC.to_timestamp(limit).map_err(io::Error::other)?);
    let segments = list(directory)?;
    let mut old = 0;
    while old + 1 < segments.len() && newest(&segments[old])?.is_none_or(|time| time < limit) {
        old += 1;
    }
    let old = &segments[..old];
    if old.is_empty() {
        return Ok(Pruned::Nothing);
    }
    let verified = verify_some(directory, old, keys)?;
    let (true, Some(last)) = (verified.faults == 0, verified.last) else {
        return Ok(Pruned::Refused(verified.findings));
    };
    let (before, from) = match head::read_file(&directory.join(SEALED_FILE), keys)? {
        HeadFile::Good(sealed) => sealed.removed.unwrap_or((0, limit)),
        HeadFile::Absent | HeadFile::Bad(_) => (0, first_time(&old[0])?.unwrap_or(limit)),
    };
    let mut head = Head::of(&last, now).ok_or(io::ErrorKind::InvalidData)?;
    head.removed = Some((before + old.len() as u64, from));
    // The head first: if only it gets to the disk, everything still verifies and the next run removes the rest.
    replace(&directory.join(SEALED_FILE), format!("{}\n", head.text(keys)).as_bytes())?;
    for segment in old {
        std::fs::remove_file(&segment.path)?;
    }
    sync_directory(directory)?;
    Ok(Pruned::Removed { segments: old.iter().map(Segment::name).collect(), head: Box::new(head) })
}

fn first_time(segment: &Segment) -> io::Result<Option<TimeText>> {
    let mut lines = Lines::open(&segment.path)?;
    Ok(match lines.next()? {
        Some(Line::Whole(line)) => Frame::read(line).and_then(|frame| frame.time.try_into().ok()),
        _ => None,
    })
}

/// The latest time of a segment; not always that of its last line, because clocks are set back.
fn newest(segment: &Segment) -> io::Result<Option<TimeText>> {
    let mut lines = Lines::open(&segment.path)?;
    let mut newest: Option<TimeText> = None;
    while let Some(line) = lines.next()? {
        if let Line::Whole(line) = line
            && let Some(time) = Frame::read(line).and_then(|frame| frame.time.try_into().ok())
        {
            newest = newest.max(Some(time));
        }
    }
    Ok(newest)
}
