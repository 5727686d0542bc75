//! Reading the lines of a journal in their order for somebody else who keeps them: each proven and linked with the one
//! before, or nothing more is given. May run beside the writer for months: it takes no lock, writes nothing, and finds
//! its place again when a segment is followed by a new one or was removed by retention behind it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::finding::{Fault, Finding};
use super::head::{self, HEAD_FILE, Head, HeadFile, SEALED_FILE};
use super::keys::MacKeys;
use super::line::{Chain, Frame, ascii};
use super::scan::{link, time_back};
use super::segments::{Line, Lines, Segment, list};

/// Bytes of lines that are given at once, but for the last of them: lines may be a megabyte long.
const MOST_BYTES: u64 = 8 << 20;

/// A proven line.
#[derive(Clone)]
pub struct ProvenLine {
    /// Without its line feed.
    pub bytes: Vec<u8>,
    pub seq: u64,
    pub mac: String,
    /// The MAC of the line before.
    pub prev: String,
    /// As `2026-11-25T04:25:00.123Z`.
    pub time: String,
}

/// Up to where is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// What the writer cannot take back: closed segments, and of the last what `head.json` knows. A group that is being
    /// written may yet be cut away, and its numbers given to other lines.
    Settled,
    /// Every whole line: for comparing, and when no writer will come back.
    Whole,
}

/// Why no more lines are given.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    #[error("{0}: {1}")]
    Io(String, io::Error),
    /// The journal is not what it should be from here on.
    #[error("{}:{}: {}", .0.file, .0.line, .0.fault.words().1)]
    Fault(Finding),
}

/// Proves a single line by its bytes and takes it apart; `None`: it is not proven.
pub fn prove(line: &[u8], keys: &MacKeys) -> Option<ProvenLine> {
    prove_line(line, keys).ok().map(|(line, _)| line)
}

fn prove_line(line: &[u8], keys: &MacKeys) -> Result<(ProvenLine, Chain), Fault> {
    let frame = Frame::read(line).ok_or(Fault::NotALine)?;
    match frame.is_proven(keys) {
        Some(true) => {}
        Some(false) => return Err(Fault::WrongMac),
        None => return Err(Fault::UnknownKey { id: ascii(frame.key) }),
    }
    let proven = ProvenLine {
        bytes: line.to_owned(),
        seq: frame.seq,
        mac: ascii(frame.mac),
        prev: ascii(frame.prev),
        time: ascii(frame.time),
    };
    Ok((proven, frame.chain()))
}

/// The segment that is being read.
struct Place {
    segment: Segment,
    file: File,
    /// Behind the last line that was given.
    offset: u64,
    line: u64,
}

/// See the module.
pub struct Proven<'k> {
    directory: PathBuf,
    keys: &'k MacKeys,
    end: End,
    place: Option<Place>,
    /// The line before; `None`: the next one has nobody before it here to hang on.
    before: Option<Chain>,
    /// Where the first segment hangs, when something was pruned.
    sealed: Option<Head>,
}

impl<'k> Proven<'k> {
    /// Begins with the segment that holds the line of this number (0: with the first there is), so that it comes again.
    ///
    /// # Errors
    /// The files cannot be read, or `sealed.json` is not proven.
    pub fn open(directory: &Path, keys: &'k MacKeys, from: u64, end: End) -> Result<Self, Stopped> {
        let mut proven = Self { directory: directory.to_owned(), keys, end, place: None, before: None, sealed: None };
        proven.sealed = proven.head(SEALED_FILE)?;
        let mut begin = None;
        for segment in proven.segments()? {
            match first_seq(&segment) {
                Ok(Some(seq)) if seq <= from.max(1) || begin.is_none() => begin = Some((segment, seq)),
                Ok(_) => break,
                // Retention took it while this looked for it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(proven.io(&segment.name(), error)),
            }
        }
        let is_first = |seq: u64| from.max(1) < seq || seq == 1;
        if let Some((segment, seq)) = begin {
            if is_first(seq) {
                proven.before = match &proven.sealed {
                    None => Some(Chain::START),
                    // Pruning that was interrupted leaves segments below the sealed head.
                    Some(sealed) => Some(sealed.chain()).filter(|chain| chain.seq < seq),
                };
            }
            proven.enter(segment)?;
        }
        Ok(proven)
    }

    /// How many segments retention removed, and the number of the last line in them.
    pub fn pruned(&self) -> Option<(u64, u64)> {
        let sealed = self.sealed.as_ref()?;
        Some((sealed.removed.map_or(0, |(segments, _)| segments), sealed.seq))
    }

    /// The next lines, at most so many; none: there are no more for now.
    ///
    /// # Errors
    /// The files cannot be read, or what comes next is not proven.
    pub fn next(&mut self, most: usize) -> Result<Vec<ProvenLine>, Stopped> {
        loop {
            // In this order: what the head knows is in the files that are looked for after it.
            let head = self.head(HEAD_FILE)?;
            let later = self.later()?;
            if self.place.is_none() {
                let Some(first) = later else {
                    let end = self.sealed.as_ref().map_or(0, |sealed| sealed.seq);
                    return head.filter(|head| head.seq > end).map_or(Ok(Vec::new()), |head| Err(self.cut_tail(&head)));
                };
                self.before = self.sealed.as_ref().map_or(Some(Chain::START), |sealed| Some(sealed.chain()));
                self.enter(first)?;
                continue;
            }
            let settled = match (self.end, &later) {
                (End::Settled, None) => head.as_ref().map_or(0, |head| head.seq),
                _ => u64::MAX,
            };
            let (lines, torn) = self.read(most, settled)?;
            if !lines.is_empty() {
                return Ok(lines);
            }
            let Some(segment) = later else {
                let reached = self.before.map_or(0, |chain| chain.seq);
                return match head.filter(|head| head.seq > reached) {
                    Some(head) => Err(self.cut_tail(&head)),
                    None => Ok(lines),
                };
            };
            if torn {
                return Err(self.fault(Fault::Torn));
            }
            self.enter(segment)?;
        }
    }

    /// Lines of this segment, and whether bytes stand behind the last line feed.
    fn read(&mut self, most: usize, settled: u64) -> Result<(Vec<ProvenLine>, bool), Stopped> {
        let Some(mut place) = self.place.take() else { return Ok((Vec::new(), false)) };
        let done = self.read_in(&mut place, most, settled);
        let name = place.segment.name();
        self.place = Some(place);
        match done {
            Ok((lines, None, torn)) => Ok((lines, torn)),
            Ok((lines, Some(_), _)) if !lines.is_empty() => Ok((lines, false)),
            Ok((_, Some(fault), _)) => Err(self.fault(fault)),
            Err(error) => Err(self.io(&name, error)),
        }
    }

    fn read_in(
        &mut self,
        place: &mut Place,
        most: usize,
        settled: u64,
    ) -> io::Result<(Vec<ProvenLine>, Option<Fault>, bool)> {
        place.file.seek(SeekFrom::Start(place.offset))?;
        let mut lines = Lines::new(&place.file);
        let mut read = Vec::new();
        let mut bytes = 0;
        while read.len() < most && bytes < MOST_BYTES {
            let line = match lines.next()? {
                None => break,
                Some(Line::Torn) => return Ok((read, None, true)),
                Some(Line::Whole(line)) => line,
            };
            let length = line.len() as u64 + 1;
            let (proven, chain) = match prove_line(line, self.keys) {
                // The group behind the head is the writer's own affair, also where it is not whole yet.
                _ if self.before.is_some_and(|before| before.seq >= settled) => break,
                Ok(proven) => proven,
                Err(fault) => return Ok((read, Some(fault), false)),
            };
            if proven.seq > settled {
                break;
            }
            if let Some(before) = &self.before {
                let back = Frame::read(line).and_then(|frame| {
                    time_back(before, frame.time, frame.says_clock_back()).filter(|fault| !fault.is_notice())
                });
                let fault = link(before, proven.seq, proven.prev.as_bytes(), proven.mac.as_bytes(), 0).or(back);
                if fault.is_some() {
                    return Ok((read, fault, false));
                }
            }
            self.before = Some(chain);
            bytes += length;
            place.offset += length;
            place.line += 1;
            read.push(proven);
        }
        Ok((read, None, false))
    }

    /// The next segment behind this one.
    fn later(&self) -> Result<Option<Segment>, Stopped> {
        let here = self.place.as_ref().map_or(0, |place| place.segment.index);
        Ok(self.segments()?.into_iter().find(|segment| segment.index > here))
    }

    fn enter(&mut self, segment: Segment) -> Result<(), Stopped> {
        let file = File::open(&segment.path).map_err(|error| self.io(&segment.name(), error))?;
        self.place = Some(Place { segment, file, offset: 0, line: 0 });
        Ok(())
    }

    fn segments(&self) -> Result<Vec<Segment>, Stopped> {
        list(&self.directory).map_err(|error| Stopped::Io(self.directory.display().to_string(), error))
    }

    fn head(&self, file: &str) -> Result<Option<Head>, Stopped> {
        match head::read_file(&self.directory.join(file), self.keys).map_err(|error| self.io(file, error))? {
            HeadFile::Absent => Ok(None),
            HeadFile::Good(head) => Ok(Some(head)),
            HeadFile::Bad(what) => {
                Err(Stopped::Fault(Finding { file: file.to_owned(), line: 1, fault: Fault::BadHead(what) }))
            }
        }
    }

    fn cut_tail(&self, head: &Head) -> Stopped {
        self.fault(Fault::CutTail { seq: head.seq, taken: head.taken, source: HEAD_FILE.to_owned() })
    }

    fn fault(&self, fault: Fault) -> Stopped {
        let (file, line) = self.place.as_ref().map_or((String::new(), 0), |at| (at.segment.name(), at.line + 1));
        Stopped::Fault(Finding { file, line, fault })
    }

    fn io(&self, file: &str, error: io::Error) -> Stopped {
        Stopped::Io(self.directory.join(file).display().to_string(), error)
    }
}

/// The number of a segment's first line; `None`: it has none yet.
fn first_seq(segment: &Segment) -> io::Result<Option<u64>> {
    let mut start = Vec::new();
    File::open(&segment.path)?.take(128).read_to_end(&mut start)?;
    // The counter stands at a fixed place, behind the time.
    let digits = start.strip_prefix(b"{\"time\":\"").and_then(|rest| rest.get(24..)?.strip_prefix(b"\",\"seq\":"));
    let digits = digits.map(|rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).copied().collect::<Vec<u8>>());
    Ok(digits.and_then(|digits| String::from_utf8(digits).ok()?.parse().ok()))
}
