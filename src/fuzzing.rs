//! What the fuzz targets share; only in tests.
//!
//! Every target's name begins with `fuzz_`. Under `cargo test` each reads a fixed number of inputs; `make fuzz` lets all
//! run for `DURATION` seconds. An input is either the bytes as they come, or a script of changes to one of the target's
//! seeds: bytes alone hardly ever get past the first bracket.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const ITERATIONS: usize = 3_000;
/// Longest script that the engine makes: about 120 changes.
const MAX_LENGTH: usize = 512;
/// No reader may take longer for one input: a thousand times what any takes, so that a busy machine is no finding.
const LONGEST: Duration = Duration::from_secs(30);

/// The seeds of `tests/fuzz-corpus/<name>.json`, a list of texts.
pub fn corpus(name: &str) -> Vec<Vec<u8>> {
    let path = Path::new("tests/fuzz-corpus").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).expect("a corpus");
    let seeds: Vec<String> = serde_json::from_str(&text).expect("a list of texts");
    assert!(!seeds.is_empty());
    seeds.into_iter().map(String::into_bytes).collect()
}

/// Runs a target over its seeds and over what becomes of them, and says how many inputs it read. `pieces` are what
/// matters to its reader.
pub fn run(target: &str, pieces: &[&str], seeds: &[Vec<u8>], check: impl Fn(&[u8])) {
    // A target is run again after a panic only to shrink its input.
    let check = AssertUnwindSafe(check);
    let (read, slowest) = (AtomicU64::new(0), Mutex::new(Duration::ZERO));
    let timed = |input: &[u8]| {
        let started = Instant::now();
        let check = &check;
        (check.0)(input);
        let took = started.elapsed();
        assert!(took < LONGEST, "{took:?} for {} bytes", input.len());
        read.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut slowest) = slowest.lock() {
            *slowest = took.max(*slowest);
        }
    };
    seeds.iter().for_each(|seed| timed(seed));
    bolero::check!()
        .with_iterations(ITERATIONS)
        .with_max_len(MAX_LENGTH)
        .for_each(|script| timed(&input(seeds, pieces, script)));
    let slowest = slowest.lock().map(|slowest| *slowest).unwrap_or_default();
    println!("{target}: {} inputs, the slowest took {slowest:?}", read.load(Ordering::Relaxed));
    assert!(read.load(Ordering::Relaxed) > seeds.len() as u64);
}

/// An input from what the engine gives: the first byte chooses the seed, or none.
fn input(seeds: &[Vec<u8>], pieces: &[&str], script: &[u8]) -> Vec<u8> {
    let Some((choice, script)) = script.split_first() else { return Vec::new() };
    if *choice >= 230 {
        return script.to_vec();
    }
    let mut body = seeds[usize::from(*choice) % seeds.len()].clone();
    for change in script.chunks_exact(4) {
        let at = (usize::from(change[0]) << 8 | usize::from(change[1])) % (body.len() + 1);
        let until = |length: usize| (at + length).min(body.len());
        match change[2] % 6 {
            0 if at < body.len() => body[at] = change[3],
            1 => drop(body.splice(at..until(usize::from(change[3] % 32)), [])),
            2 => {
                let piece = pieces[usize::from(change[3]) % pieces.len()];
                drop(body.splice(at..at, piece.bytes()));
            }
            3 => {
                let copied = body[at..until(usize::from(change[3]))].to_vec();
                drop(body.splice(at..at, copied));
            }
            4 if change[3] == 0 => body.truncate(at),
            _ if at < body.len() => body[at] ^= 1 << (change[3] % 8),
            _ => {}
        }
    }
    body
}
