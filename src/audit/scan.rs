//! Walking one segment: every line proven by its bytes alone, without reading JSON.

use std::io;

use super::finding::{Fault, Finding};
use super::hex::MacText;
use super::keys::MacKeys;
use super::line::{Chain, Frame, TimeText, ascii};
use super::segments::{Line, Lines, Segment};

/// Findings of one segment that are kept; a file of noise would be a million.
const MOST_KEPT: usize = 1000;

/// A line that something outside the segments knows.
pub struct Known {
    pub seq: u64,
    pub mac: MacText,
    pub taken: TimeText,
    /// The file that says so.
    pub source: String,
}

/// The first proven line of a segment, to be linked with the segment before.
pub struct First {
    line: u64,
    prev: MacText,
    /// What the chain is after it.
    pub chain: Chain,
    says_clock_back: bool,
    skipped: u64,
}

/// What came of one segment.
pub struct Scanned {
    pub name: String,
    pub lines: u64,
    pub bytes: u64,
    pub first: Option<First>,
    /// The proven line with the highest number.
    pub last: Option<Chain>,
    /// Lines behind it that are not proven.
    skipped: u64,
    pub findings: Vec<Finding>,
    /// All findings, also those not kept.
    pub found: usize,
    torn: bool,
}

impl Scanned {
    /// A segment that could not be read.
    pub fn unreadable(segment: &Segment, error: &io::Error) -> Self {
        let mut scanned = Self::new(segment);
        scanned.find(0, Fault::Unreadable(error.to_string()));
        scanned
    }

    fn new(segment: &Segment) -> Self {
        Self {
            name: segment.name(),
            lines: 0,
            bytes: 0,
            first: None,
            last: None,
            skipped: 0,
            findings: Vec::new(),
            found: 0,
            torn: false,
        }
    }

    fn find(&mut self, line: u64, fault: Fault) {
        self.found += 1;
        if self.findings.len() < MOST_KEPT {
            self.findings.push(Finding { file: self.name.clone(), line, fault });
        }
    }

    /// Links this segment with what stands before it; `skipped` lines before it were not proven.
    pub fn link(&mut self, before: &Chain, skipped: u64) {
        let Some(first) = self.first.take() else { return };
        let fault = link(before, first.chain.seq, &first.prev, &first.chain.mac, skipped + first.skipped);
        let back =
            time_back(before, first.chain.time.as_ref().map_or(&[], <[u8; 24]>::as_slice), first.says_clock_back);
        for fault in [fault, back].into_iter().flatten() {
            self.find(first.line, fault);
        }
        self.first = Some(first);
    }

    /// The unproven lines at its end, which the next segment's first line may follow.
    pub fn skipped(&self, before: u64) -> u64 {
        if self.last.is_some() { self.skipped } else { before + self.skipped }
    }

    /// Says whether the bytes behind the last line feed are a fault: only the last segment is still being written.
    pub fn judge_tail(&mut self, under_way: bool) {
        if self.torn {
            self.find(self.lines + 1, if under_way { Fault::UnderWay } else { Fault::Torn });
        }
    }
}

/// Walks a segment. `known` is ordered by number.
///
/// # Errors
/// The file cannot be read.
pub fn scan(segment: &Segment, keys: &MacKeys, known: &[Known]) -> io::Result<Scanned> {
    let mut lines = Lines::open(&segment.path)?;
    let mut scanned = Scanned::new(segment);
    while let Some(line) = lines.next()? {
        let Line::Whole(line) = line else {
            scanned.torn = true;
            break;
        };
        scanned.lines += 1;
        scanned.bytes += line.len() as u64 + 1;
        let number = scanned.lines;
        let frame = match Frame::read(line) {
            None => Err(Fault::NotALine),
            Some(frame) => match frame.is_proven(keys) {
                Some(true) => Ok(frame),
                Some(false) => Err(Fault::WrongMac),
                None => Err(Fault::UnknownKey { id: ascii(frame.key) }),
            },
        };
        match frame {
            Ok(frame) => take(&mut scanned, &frame, number, known),
            Err(fault) => {
                scanned.skipped += 1;
                scanned.find(number, fault);
            }
        }
    }
    Ok(scanned)
}

/// A proven line.
fn take(scanned: &mut Scanned, frame: &Frame<'_>, number: u64, known: &[Known]) {
    let chain = frame.chain();
    let at = known.partition_point(|known| known.seq < chain.seq);
    for known in known[at..].iter().take_while(|known| known.seq == chain.seq) {
        if known.mac != chain.mac {
            scanned.find(number, Fault::OtherThanAnchor { seq: known.seq, source: known.source.clone() });
        }
    }
    let Some(before) = scanned.last else {
        let mut prev = chain.mac;
        prev.copy_from_slice(frame.prev);
        let skipped = std::mem::take(&mut scanned.skipped);
        let says_clock_back = frame.says_clock_back();
        scanned.first = Some(First { line: number, prev, chain, says_clock_back, skipped });
        scanned.last = Some(chain);
        return;
    };
    let fault = link(&before, chain.seq, frame.prev, frame.mac, scanned.skipped);
    if let Some(fault) = time_back(&before, frame.time, frame.says_clock_back()) {
        scanned.find(number, fault);
    }
    if let Some(fault) = fault {
        scanned.find(number, fault);
    }
    // A line from further up moves nothing: what follows the true last line still follows it.
    if chain.seq > before.seq {
        scanned.last = Some(chain);
        scanned.skipped = 0;
    }
}

/// What is wrong with the place of a proven line behind another, when `skipped` lines between were not proven.
pub fn link(before: &Chain, seq: u64, prev: &[u8], mac: &[u8], skipped: u64) -> Option<Fault> {
    let next = before.seq + 1;
    if seq == next && prev == before.mac {
        return None;
    }
    // Lines that are not proven were told already; they may well have had the numbers between.
    if skipped > 0 && seq > before.seq && seq <= next + skipped {
        return None;
    }
    Some(if seq == next {
        Fault::BrokenLink { seq }
    } else if seq > next {
        Fault::Missing { from: next, to: seq - 1 }
    } else if seq == before.seq && mac != before.mac {
        Fault::SecondWriter { seq }
    } else if seq == before.seq {
        Fault::Repeated { seq }
    } else {
        Fault::OutOfOrder { seq, after: before.seq }
    })
}

/// What is wrong with the time of a line behind another.
pub fn time_back(before: &Chain, time: &[u8], says_so: bool) -> Option<Fault> {
    // Times of one form in UTC: the order of the texts is the order of the times.
    let back = before.time.is_some_and(|before| *time < before[..]);
    back.then_some(if says_so { Fault::ClockBack } else { Fault::TimeBack })
}
