//! Proving a whole journal: every line, every link, and what heads and anchors know of it. Needs no server.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::finding::{Fault, Finding};
use super::head::{self, HEAD_FILE, Head, HeadFile, SEALED_FILE};
use super::keys::MacKeys;
use super::line::Chain;
use super::scan::{Known, Scanned, scan};
use super::segments::{Segment, list};

/// What verifying came to.
pub struct Verified {
    /// In the order of the files; at most a thousand a file.
    pub findings: Vec<Finding>,
    /// All findings that are no notices.
    pub faults: usize,
    pub segments: usize,
    pub lines: u64,
    pub bytes: u64,
    /// The last proven line.
    pub last: Option<Chain>,
    /// Where pruning left off.
    pub sealed: Option<Head>,
    /// Heads and anchors that were compared.
    pub anchors: usize,
}

/// Verifies a journal; `anchors` are files that hold heads, one a line, as the anchor file or a log collector has them.
/// `tick` is told after each segment.
///
/// # Errors
/// The directory or an anchor file cannot be read.
pub fn verify(
    directory: &Path,
    keys: &MacKeys,
    anchors: &[PathBuf],
    tick: &(dyn Fn(&str) + Sync),
) -> io::Result<Verified> {
    // Before the lines: a head that is newer than what was read would look like a cut tail.
    let mut outside = Outside::read(directory, keys, anchors)?;
    let segments = list(directory)?;
    let under_way = is_being_written(directory);
    Ok(judge(&segments, keys, &mut outside, under_way, tick))
}

/// Verifies only these segments, as far as the directory's own heads go; for pruning.
pub fn verify_some(directory: &Path, segments: &[Segment], keys: &MacKeys) -> io::Result<Verified> {
    let mut outside = Outside::read(directory, keys, &[])?;
    let last = segments.last().map_or(0, |segment| segment.index);
    let all = list(directory)?.last().map_or(0, |segment| segment.index);
    if last < all {
        // What comes later cannot be missed here.
        outside.known.retain(|known| known.source == SEALED_FILE);
    }
    Ok(judge(segments, keys, &mut outside, false, &|_| ()))
}

/// What is known of the chain beside its lines.
struct Outside {
    known: Vec<Known>,
    sealed: Option<Head>,
    findings: Vec<Finding>,
}

impl Outside {
    fn read(directory: &Path, keys: &MacKeys, anchors: &[PathBuf]) -> io::Result<Self> {
        let mut outside = Self { known: Vec::new(), sealed: None, findings: Vec::new() };
        match head::read_file(&directory.join(SEALED_FILE), keys)? {
            HeadFile::Absent => {}
            HeadFile::Bad(what) => outside.find(SEALED_FILE, 1, Fault::BadHead(what)),
            HeadFile::Good(head) => {
                outside.know(&head, SEALED_FILE);
                outside.sealed = Some(head);
            }
        }
        match head::read_file(&directory.join(HEAD_FILE), keys)? {
            HeadFile::Absent => outside.find(HEAD_FILE, 0, Fault::NoHead),
            HeadFile::Bad(what) => outside.find(HEAD_FILE, 1, Fault::BadHead(what)),
            HeadFile::Good(head) => outside.know(&head, HEAD_FILE),
        }
        for path in anchors {
            outside.read_anchors(path, keys)?;
        }
        outside.known.sort_by_key(|known| known.seq);
        Ok(outside)
    }

    fn read_anchors(&mut self, path: &Path, keys: &MacKeys) -> io::Result<()> {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let mut reader = BufReader::new(File::open(path)?);
        let mut line = Vec::new();
        let mut number = 0;
        while reader.read_until(b'\n', &mut line)? > 0 {
            number += 1;
            match Head::read(&String::from_utf8_lossy(&line), keys) {
                Ok(Some(head)) => self.know(&head, &name),
                Ok(None) => {}
                Err(what) => self.find(&name, number, Fault::BadHead(what)),
            }
            line.clear();
        }
        Ok(())
    }

    fn know(&mut self, head: &Head, source: &str) {
        self.known.push(Known { seq: head.seq, mac: head.mac, taken: head.taken, source: source.to_owned() });
    }

    fn find(&mut self, file: &str, line: u64, fault: Fault) {
        self.findings.push(Finding { file: file.to_owned(), line, fault });
    }
}

/// Whether a writer holds the journal.
fn is_being_written(directory: &Path) -> bool {
    let lock = File::open(directory.join("journal.lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)))
}

fn judge(
    segments: &[Segment],
    keys: &MacKeys,
    outside: &mut Outside,
    under_way: bool,
    tick: &(dyn Fn(&str) + Sync),
) -> Verified {
    let mut scanned = scan_all(segments, keys, &outside.known, tick);
    if let Some((last, earlier)) = scanned.split_last_mut() {
        last.judge_tail(under_way);
        earlier.iter_mut().for_each(|segment| segment.judge_tail(false));
    }
    let sealed = outside.sealed.as_ref();
    let mut before = sealed.map_or(Chain::START, Head::chain);
    let mut skipped = 0;
    let mut begun = false;
    for segment in &mut scanned {
        // Pruning that was interrupted leaves segments below the sealed head; the head stands inside them then.
        let inside = |sealed: &Head| segment.first.as_ref().is_some_and(|first| first.chain.seq <= sealed.seq);
        if begun || !sealed.is_some_and(inside) {
            segment.link(&before, skipped);
        }
        skipped = segment.skipped(skipped);
        if let Some(last) = segment.last {
            begun = true;
            if last.seq > before.seq {
                before = last;
            }
        }
    }
    let (end_file, end_line) = scanned.last().map_or((String::new(), 0), |last| (last.name.clone(), last.lines + 1));
    let mut findings = std::mem::take(&mut outside.findings);
    let mut faults = findings.iter().filter(|finding| !finding.fault.is_notice()).count();
    for segment in &mut scanned {
        let notices = segment.findings.iter().filter(|finding| finding.fault.is_notice()).count();
        faults += segment.found - notices;
        segment.findings.sort_by_key(|finding| finding.line);
        findings.append(&mut segment.findings);
    }
    // The furthest is enough: an anchor file has one a minute.
    if let Some(known) = outside.known.last().filter(|known| known.seq > before.seq) {
        faults += 1;
        let fault = Fault::CutTail { seq: known.seq, taken: known.taken, source: known.source.clone() };
        findings.push(Finding { file: end_file, line: end_line, fault });
    }
    Verified {
        findings,
        faults,
        segments: scanned.len(),
        lines: scanned.iter().map(|segment| segment.lines).sum(),
        bytes: scanned.iter().map(|segment| segment.bytes).sum(),
        last: (before.seq > 0).then_some(before),
        sealed: outside.sealed.take(),
        anchors: outside.known.len(),
    }
}

/// Segments do not wait for each other; the links between them are looked at afterwards.
fn scan_all(segments: &[Segment], keys: &MacKeys, known: &[Known], tick: &(dyn Fn(&str) + Sync)) -> Vec<Scanned> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Scanned)>> = Mutex::new(Vec::with_capacity(segments.len()));
    let work = || {
        while let Some((index, segment)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            segments.get(index).map(|segment| (index, segment))
        } {
            let scanned = scan(segment, keys, known).unwrap_or_else(|error| Scanned::unreadable(segment, &error));
            done.lock().unwrap_or_else(PoisonError::into_inner).push((index, scanned));
            tick(&segment.name());
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(segments.len());
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, scanned)| scanned).collect()
}
