//! Reconciling: whether the register has every line of a journal, byte for byte, with the columns that belong to it, each
//! once, and nothing else under the journal's name.

use std::path::Path;

use super::error::RegisterError;
use super::prune::Dropped;
use super::ranges::{Kept, equal, rows};
use super::row::Columns;
use super::server::{Mark, Register, number, signed, within};
use crate::audit::{End, MacKeys, Proven, ProvenLine, prove};

/// Lines whose rows are compared by one hash.
const RANGE: usize = 1000;
/// Rows of older lines that are asked for at once.
const PAGE: i64 = 1000;
/// Differences that are kept; all are counted.
const MOST_KEPT: usize = 1000;

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The journal has the line, the register has not.
    Missing,
    /// The bytes of the line are others.
    OtherBytes,
    /// The line is right, the columns by which it is found are not.
    OtherColumns,
    /// The line stands more than once.
    Twice,
    /// The register has a line that the journal does not have.
    Surplus,
    /// A line that only the register still has is not proven.
    NotProven,
    /// A line that only the register still has does not hang on the one before.
    BrokenLink,
    /// The register's mark of the chain is not that of its line.
    OtherMark,
}

/// A difference, of one line or of several in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    pub from: u64,
    pub to: u64,
    pub kind: Kind,
}

/// What comparing one journal came to. Counts are lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Equal in journal and register.
    pub equal: u64,
    /// Older than what the journal still has, proven from the register alone.
    pub older: u64,
    /// In the journal, and removed from the register by its retention.
    pub retired: u64,
    /// Younger than what was asked to be there, not shipped yet.
    pub waiting: u64,
    /// Segments that the journal's own retention removed.
    pub pruned_segments: u64,
    /// First and last line of the journal; 0: it has none.
    pub first: u64,
    pub last: u64,
    /// The first thousand.
    pub differences: Vec<Difference>,
    /// Lines that differ.
    pub faults: u64,
}

impl Reconciled {
    fn differ(&mut self, from: u64, to: u64, kind: Kind) {
        self.faults += to - from + 1;
        if let Some(last) = self.differences.last_mut()
            && last.kind == kind
            && last.to + 1 == from
        {
            last.to = to;
        } else if self.differences.len() < MOST_KEPT {
            self.differences.push(Difference { from, to, kind });
        }
    }
}

/// Compares a journal with what the register has under its name. Lines from `young` on (a time as the journal writes it)
/// need not have been shipped yet. May run beside the service and beside shipping.
///
/// # Errors
/// The journal is not proven, or the register cannot be asked.
pub async fn reconcile(
    register: &Register,
    name: &str,
    directory: &Path,
    keys: &MacKeys,
    young: &str,
) -> Result<Reconciled, RegisterError> {
    // Before the journal is read: what is shipped meanwhile is then no surplus.
    let mark = register.mark(name).await?;
    let mut lines = Proven::open(directory, keys, 0, End::Whole)?;
    let mut done =
        Reconciled { pruned_segments: lines.pruned().map_or(0, |(segments, _)| segments), ..Default::default() };
    let mut hangs_on = None;
    loop {
        let batch = lines.next(RANGE)?;
        let (Some(first), Some(last)) = (batch.first(), batch.last()) else { break };
        if done.first == 0 {
            done.first = first.seq;
            hangs_on = Some(first.prev.clone());
        }
        done.last = last.seq;
        match &mark {
            Some(mark) => compare(register, mark, &batch, young, &mut done).await?,
            None => batch.iter().for_each(|line| missing(line, young, &mut done)),
        }
    }
    if let Some(mark) = &mark {
        // Without a line the journal ends where retention left off; without that it never began.
        let end = if done.first == 0 { lines.pruned().map_or(0, |(_, seq)| seq) } else { done.last };
        let begin = if done.first == 0 { end + 1 } else { done.first };
        older(register, mark, keys, begin, hangs_on.as_deref(), &mut done).await?;
        surplus(register, mark, end, &mut done).await?;
    }
    Ok(done)
}

fn missing(line: &ProvenLine, young: &str, done: &mut Reconciled) {
    if line.time.as_str() >= young {
        done.waiting += 1;
    } else {
        done.differ(line.seq, line.seq, Kind::Missing);
    }
}

/// A range of the journal.
async fn compare(
    register: &Register,
    mark: &Mark,
    lines: &[ProvenLine],
    young: &str,
    done: &mut Reconciled,
) -> Result<(), RegisterError> {
    if let Some(line) = lines.iter().find(|line| line.seq == mark.last_seq && line.mac != mark.last_mac) {
        done.differ(line.seq, line.seq, Kind::OtherMark);
    }
    if equal(register, mark.id, lines).await? {
        done.equal += lines.len() as u64;
        return Ok(());
    }
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Ok(()) };
    let kept = rows(register, mark.id, first.seq, last.seq, i64::MAX).await?;
    // After the rows: a month that is removed meanwhile is then known.
    let dropped = Dropped::of(register, mark.id).await?;
    for line in lines {
        let start = kept.partition_point(|kept| kept.seq < line.seq);
        let here: Vec<&Kept> = kept[start..].iter().take_while(|kept| kept.seq == line.seq).collect();
        match here.as_slice() {
            [] if line.seq > mark.last_seq => missing(line, young, done),
            [] if dropped.explain(line.seq, line.seq).0 == 1 => done.retired += 1,
            [] => done.differ(line.seq, line.seq, Kind::Missing),
            [one] => match judge(one, line) {
                Some(kind) => done.differ(line.seq, line.seq, kind),
                None => done.equal += 1,
            },
            _ => done.differ(line.seq, line.seq, Kind::Twice),
        }
    }
    Ok(())
}

fn judge(kept: &Kept, line: &ProvenLine) -> Option<Kind> {
    if kept.line != line.bytes {
        return Some(Kind::OtherBytes);
    }
    (kept.text != Columns::of(line).text(line)).then_some(Kind::OtherColumns)
}

/// What the register has of the time before the journal begins: proven by its own bytes up to where the journal hangs.
async fn older(
    register: &Register,
    mark: &Mark,
    keys: &MacKeys,
    before: u64,
    hangs_on: Option<&str>,
    done: &mut Reconciled,
) -> Result<(), RegisterError> {
    let dropped = Dropped::of(register, mark.id).await?;
    let (mut seq, mut mac) = (mark.first_seq.saturating_sub(1), Some(mark.first_prev.clone()));
    loop {
        let mut kept = rows(register, mark.id, seq + 1, before.saturating_sub(1), PAGE).await?;
        let whole = i64::try_from(kept.len()).is_ok_and(|count| count < PAGE);
        // A number that stands twice must not be torn in two.
        if let Some(last) = kept.last().map(|kept| kept.seq).filter(|last| !whole && kept[0].seq < *last) {
            kept.retain(|kept| kept.seq < last);
        }
        for one in kept {
            if one.seq == seq {
                done.differ(seq, seq, Kind::Twice);
                continue;
            }
            if one.seq > seq + 1 {
                gap(&dropped, seq + 1, one.seq - 1, done);
                mac = None;
            }
            seq = one.seq;
            mac = old_line(&one, keys, mac.as_deref(), done);
        }
        if whole {
            break;
        }
    }
    if seq + 1 < before {
        gap(&dropped, seq + 1, before - 1, done);
    } else if let (Some(mac), Some(hangs_on)) = (mac, hangs_on)
        && mac != hangs_on
    {
        done.differ(before, before, Kind::BrokenLink);
    }
    Ok(())
}

/// Proves a line that only the register still has; its MAC, on which the next one must hang.
fn old_line(kept: &Kept, keys: &MacKeys, before: Option<&str>, done: &mut Reconciled) -> Option<String> {
    let seq = kept.seq;
    let Some(line) = prove(&kept.line, keys) else {
        done.differ(seq, seq, Kind::NotProven);
        return None;
    };
    if line.seq != seq {
        done.differ(seq, seq, Kind::OtherBytes);
    } else if before.is_some_and(|before| before != line.prev) {
        done.differ(seq, seq, Kind::BrokenLink);
    } else if let Some(kind) = judge(kept, &line) {
        done.differ(seq, seq, kind);
    } else {
        done.older += 1;
    }
    Some(line.mac)
}

fn gap(dropped: &Dropped, from: u64, to: u64, done: &mut Reconciled) {
    let (_, open) = dropped.explain(from, to);
    for (from, to) in open {
        done.differ(from, to, Kind::Missing);
    }
}

/// Rows behind the journal's last line, and rows that came past the mark.
async fn surplus(register: &Register, mark: &Mark, end: u64, done: &mut Reconciled) -> Result<(), RegisterError> {
    let mut next = end + 1;
    loop {
        let kept = rows(register, mark.id, next, mark.last_seq, PAGE).await?;
        let Some(last) = kept.last() else { break };
        next = last.seq + 1;
        kept.iter().for_each(|kept| done.differ(kept.seq, kept.seq, Kind::Surplus));
    }
    // One statement, one moment: shipping may go on.
    let text = "SELECT seq FROM disclosures.line JOIN disclosures.chain ON chain.id = line.chain \
                WHERE chain.id = $1 AND (seq > greatest(last_seq, $2) OR seq < first_seq) ORDER BY seq LIMIT 1000";
    for row in within(register.client.query(text, &[&mark.id, &signed(end)])).await? {
        let seq = number(&row, 0)?;
        done.differ(seq, seq, Kind::Surplus);
    }
    Ok(())
}
