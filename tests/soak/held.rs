//! What the replicas hold: file descriptors and memory, once a second, compared between two spans of time.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::Stage;

/// Memory may be so much higher in the last span than in the first: a share, and an amount for what an allocator keeps.
const SHARE: f64 = 1.10;
const AMOUNT_KB: f64 = 12.0 * 1024.0;
/// Open files that are no sockets.
const FILES: usize = 2;
/// Sockets come and go with the requests under way.
const SOCKETS: usize = 48;

/// What a process held at a moment.
#[derive(Clone, Copy)]
pub struct Sample {
    replica: usize,
    at: Duration,
    rss_kb: u64,
    /// None: only root may see them.
    files: Option<usize>,
    sockets: Option<usize>,
}

/// A line of the report for each replica, and what is wrong.
pub struct Verdict {
    pub lines: Vec<String>,
    pub wrong: Vec<String>,
}

/// Looks once a second, from the moment on from which the replicas stay.
pub async fn watch(pids: Vec<Arc<AtomicU32>>, stage: Arc<Stage>) -> Vec<Sample> {
    let mut samples = Vec::new();
    while stage.begun.elapsed() < stage.length {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if !stage.staying.load(Ordering::SeqCst) {
            continue;
        }
        for (replica, pid) in pids.iter().enumerate() {
            samples.extend(look(replica, pid.load(Ordering::SeqCst), stage.begun.elapsed()));
        }
    }
    samples
}

fn look(replica: usize, pid: u32, at: Duration) -> Option<Sample> {
    let folder = PathBuf::from(format!("/proc/{pid}"));
    let status = std::fs::read_to_string(folder.join("status")).ok()?;
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let rss_kb = rss.trim().trim_end_matches("kB").trim().parse().ok()?;
    let (mut files, mut sockets) = (None, None);
    if let Ok(entries) = std::fs::read_dir(folder.join("fd")) {
        let links = entries.filter_map(Result::ok).filter_map(|entry| std::fs::read_link(entry.path()).ok());
        let (of_sockets, of_files): (Vec<PathBuf>, Vec<PathBuf>) =
            links.partition(|link| link.to_string_lossy().starts_with("socket:["));
        (files, sockets) = (Some(of_files.len()), Some(of_sockets.len()));
    }
    Some(Sample { replica, at, rss_kb, files, sockets })
}

/// Compares the second quarter of what was seen with the last one: in the first caches fill and the allocator settles.
pub fn compare(samples: &[Sample], replicas: usize) -> Verdict {
    let mut verdict = Verdict { lines: Vec::new(), wrong: Vec::new() };
    for replica in 0..replicas {
        let own: Vec<&Sample> = samples.iter().filter(|sample| sample.replica == replica).collect();
        let quarter = own.len() / 4;
        if quarter < 3 {
            verdict.wrong.push(format!("replica {}: {} samples are too few", replica + 1, own.len()));
            continue;
        }
        let (first, last) = (&own[quarter..2 * quarter], &own[own.len() - quarter..]);
        let (rss_first, rss_last) = (middle(first), middle(last));
        let (files_first, files_last) = (most(first, |one| one.files), most(last, |one| one.files));
        let (sockets_first, sockets_last) = (most(first, |one| one.sockets), most(last, |one| one.sockets));
        let shown = |count: Option<usize>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
        verdict.lines.push(format!(
            "replica {}: RSS {:.1} → {:.1} MiB, files {} → {}, sockets {} → {} (seconds {} to {} and {} to {})",
            replica + 1,
            rss_first / 1024.0,
            rss_last / 1024.0,
            shown(files_first),
            shown(files_last),
            shown(sockets_first),
            shown(sockets_last),
            first[0].at.as_secs(),
            first[first.len() - 1].at.as_secs(),
            last[0].at.as_secs(),
            last[last.len() - 1].at.as_secs(),
        ));
        let curve: Vec<String> = own
            .iter()
            .step_by(own.len().div_ceil(10))
            .map(|one| format!("{:.0}", one.rss_kb as f64 / 1024.0))
            .collect();
        verdict.lines.push(format!("replica {}: RSS in MiB, ten times from then on: {}", replica + 1, curve.join(" ")));
        let mut grown = |what: &str, grown: bool| {
            if grown {
                verdict.wrong.push(format!("replica {}: {what} grow", replica + 1));
            }
        };
        grown("memory", rss_last > rss_first * SHARE + AMOUNT_KB);
        grown("open files", files_last > files_first.map(|count| count + FILES));
        grown("sockets", sockets_last > sockets_first.map(|count| count + SOCKETS));
    }
    verdict
}

/// The most of what was seen; none when nothing could be.
fn most(samples: &[&Sample], of: impl Fn(&Sample) -> Option<usize>) -> Option<usize> {
    samples.iter().filter_map(|one| of(one)).max()
}

/// The median of the resident memory, in KiB.
fn middle(samples: &[&Sample]) -> f64 {
    let mut all: Vec<u64> = samples.iter().map(|sample| sample.rss_kb).collect();
    all.sort_unstable();
    all[all.len() / 2] as f64
}

#[test]
fn what_grows_is_seen_and_what_moves_is_not() {
    let samples = |grown: fn(u64) -> (u64, usize)| -> Vec<Sample> {
        let sample = |second| {
            let (rss_kb, files) = grown(second);
            Sample { replica: 0, at: Duration::from_secs(second), rss_kb, files: Some(files), sockets: Some(9) }
        };
        (0..80).map(sample).collect()
    };
    let wrong = |samples: Vec<Sample>| compare(&samples, 1).wrong;
    assert_eq!(wrong(samples(|second| (100_000 + second % 7 * 900, 30))), [""; 0]);
    assert_eq!(wrong(samples(|second| (100_000 + second * 900, 30))), ["replica 1: memory grow"]);
    assert_eq!(wrong(samples(|second| (100_000, 30 + usize::from(second > 70) * 3))), ["replica 1: open files grow"]);
    assert_eq!(wrong(samples(|_| (100_000, 30)).into_iter().take(8).collect()).len(), 1);
}
