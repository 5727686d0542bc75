//! Three replicas behind a balancer through everything that goes wrong in a province at once: killed and restarted
//! replicas, a shared tier that dies, an upstream that fails in every way, catalogues that change. No answer is wrong or
//! about somebody else, every one is on record, none is lost that was not in flight on a replica when it was killed, and
//! nothing grows. `docs/soak.md` says how to read the figures.
//!
//! It lasts three minutes, or as many seconds as `DIENSAN_SOAK_SECONDS` says (`make soak`: half an hour). What is random
//! follows from a seed that is printed; `DIENSAN_SOAK_SEED` sets it.

mod held;
mod judge;
mod record;
mod traffic;
mod trouble;

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::fleet::balancer::Balancer;
use crate::fleet::cast::Cast;
use crate::fleet::replica::{Replica, Settings};
use crate::fleet::{Fleet, REPLICAS};
use judge::Judge;
use traffic::Tally;
use trouble::{Done, Kill, Lifecycle};

const SECONDS: u64 = 180;
const CALLERS: usize = 24;
/// A look-up that upstream answered while it did not find somebody may take so long to come back.
const ON_ITS_WAY: Duration = Duration::from_secs(8);

/// An answer that must be on record.
pub struct Heard {
    pub id: String,
    pub kind: &'static str,
    /// Whom it is about; nobody where another name was asked for.
    pub people: Vec<usize>,
}

/// A time in which upstream did not find somebody who exists.
pub struct Absence {
    pub person: usize,
    pub from: Instant,
    pub until: Instant,
}

/// What everybody can see.
pub struct Stage {
    pub begun: Instant,
    pub length: Duration,
    /// From then on no replica is ended any more, so that what they hold can be compared.
    pub stay_from: Duration,
    pub staying: AtomicBool,
    pub cast: Arc<Cast>,
    pub address: String,
    pub key: String,
    pub stop: AtomicBool,
    /// The version of the catalogue that all replicas have, or a newer one.
    pub catalogue_in_use: AtomicU32,
    /// The number of the next question.
    pub next: AtomicUsize,
    pub absences: Mutex<Vec<Absence>>,
}

/// Numbers that follow from a seed (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % count as u64).expect("below a usize")
    }
}

fn number_of(variable: &str, usual: u64) -> u64 {
    let set = std::env::var(variable).ok();
    set.map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{variable} must be a number")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn three_replicas_through_kills_outages_and_reloads_give_no_wrong_answer_and_lose_none() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let (seed, seconds) = (number_of("DIENSAN_SOAK_SEED", now), number_of("DIENSAN_SOAK_SECONDS", SECONDS));
    println!("soak: {seconds} seconds, DIENSAN_SOAK_SEED={seed}");
    let settings = Settings {
        ttl: "3s",
        tier: "timeout = \"100ms\"",
        drain: "4s",
        connection: &[
            ("operation_path", "{ \"037\" = \"/direct/037\", \"033\" = \"/direct/033\" }"),
            ("budget", "\"6s\""),
            ("guard.first_byte_timeout", "\"1500ms\""),
            ("guard.breaker", "{ faults = 25, within = \"10s\", probe_after = \"500ms\" }"),
        ],
    };
    let Fleet { cast, catalogue, simulator, tier, replicas, balancer, keys, people } = Fleet::start(&settings).await;
    let (cast, balancer, simulator) = (Arc::new(cast), Arc::new(balancer), Arc::new(simulator));
    let length = Duration::from_secs(seconds);
    let stage = Arc::new(Stage {
        begun: Instant::now(),
        length,
        stay_from: length * 11 / 20,
        staying: AtomicBool::new(false),
        cast: Arc::clone(&cast),
        address: balancer.address.clone(),
        key: keys.caller.clone(),
        stop: AtomicBool::new(false),
        catalogue_in_use: AtomicU32::new(1),
        next: AtomicUsize::new(0),
        absences: Mutex::default(),
    });
    let dice = |salt: u64| Dice(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ salt << 32);
    let judge = Arc::new(Judge::new(&cast));
    let callers: Vec<_> = (0..CALLERS)
        .map(|index| {
            tokio::spawn(traffic::call(Arc::clone(&stage), Arc::clone(&judge), index, dice(index as u64 + 10)))
        })
        .collect();
    let pids = replicas.iter().map(|replica| Arc::clone(&replica.pid)).collect();
    let samples = tokio::spawn(held::watch(pids, Arc::clone(&stage)));
    let at_tier = tokio::spawn(trouble::trouble_the_tier(tier, Arc::clone(&stage), dice(1)));
    let at_upstream = tokio::spawn(trouble::trouble_upstream(Arc::clone(&simulator), Arc::clone(&stage), dice(2)));
    let lifecycle = Lifecycle {
        replicas,
        balancer: Arc::clone(&balancer),
        catalogue,
        dice: dice(3),
        version: 1,
        done: Done::default(),
    };
    let lifecycle = tokio::spawn(lifecycle.drive(Arc::clone(&stage)));
    // Whoever fails must not leave the others waiting.
    let ended = tokio::try_join!(lifecycle, at_tier, at_upstream, samples);
    stage.stop.store(true, Ordering::SeqCst);
    let (mut lifecycle, at_tier, at_upstream, samples) = ended.expect("no panic of what drives the soak");
    let lasted = stage.begun.elapsed();
    let mut tally = Tally::default();
    for caller in callers {
        tally.add(caller.await.expect("no panic of a caller"));
    }
    tokio::task::block_in_place(|| lifecycle.replicas.iter_mut().for_each(Replica::terminate));
    drop((simulator, people));

    let on_record = tokio::task::block_in_place(|| record::compare(&lifecycle.replicas, &tally.heard));
    let held = held::compare(&samples, REPLICAS);
    let unexplained = unexplained(&tally, &lifecycle.done, &balancer);
    let untrue = untrue(&tally, &stage);
    report(lasted, &mut tally, [&lifecycle.done, &at_tier, &at_upstream], &on_record, &held.lines);

    let wrong: Vec<&String> =
        [&tally.wrong, &untrue, &unexplained, &on_record.wrong, &held.wrong].into_iter().flatten().collect();
    assert!(wrong.is_empty(), "seed {seed}: {} wrong, such as\n{:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
    // What nobody heard was lost with a replica that was killed.
    assert!(on_record.unheard <= tally.lost.len() * 3, "seed {seed}: {} lines too many", on_record.unheard);
    for (done, what) in [
        (&lifecycle.done, "kills"),
        (&lifecycle.done, "rolling restarts"),
        (&lifecycle.done, "reloads"),
        (&at_tier, "tier restarts"),
        (&at_upstream, "faults"),
    ] {
        assert!(done.times(what) > 0, "seed {seed}: no {what}: too short to show anything");
    }
    let good = tally.labels.get("200 ok").copied().unwrap_or(0);
    assert!(good > tally.requests / 2, "seed {seed}: {good} answers of {}", tally.requests);
}

/// Lost requests that were not in flight on a replica when it was killed.
fn unexplained(tally: &Tally, done: &Done, balancer: &Balancer) -> Vec<String> {
    let mut wrong = Vec::new();
    for lost in &tally.lost {
        // Of a request on a connection that was kept HAProxy notes nothing: it closes it, and the caller may ask again.
        let noted = balancer.noted(&lost.mark);
        let on = |kill: &Kill| noted.as_ref().is_none_or(|noted| noted.starts_with(&kill.replica));
        let under = |kill: &Kill| lost.from <= kill.until && lost.until >= kill.from;
        if !done.kills.iter().any(|kill| on(kill) && under(kill)) {
            wrong.push(format!("LOST: {} ({noted:?}), and no replica was killed under it", lost.how));
        }
    }
    wrong
}

/// People of whom it was said that nobody was found although upstream found them at that time.
fn untrue(tally: &Tally, stage: &Stage) -> Vec<String> {
    let absences = stage.absences.lock().expect("no panic");
    let is_true = |missed: &traffic::Missed| {
        absences.iter().any(|absence| {
            absence.person == missed.person && missed.from <= absence.until + ON_ITS_WAY && missed.until >= absence.from
        })
    };
    let untrue = tally.missed.iter().filter(|missed| !is_true(missed));
    untrue.map(|missed| format!("person {} exists, and was told to be nobody", missed.person)).collect()
}

fn report(lasted: Duration, tally: &mut Tally, done: [&Done; 3], on_record: &record::Compared, held: &[String]) {
    let seconds = lasted.as_secs();
    tally.took.sort_unstable();
    let at = |part: usize| tally.took.get(tally.took.len() * part / 1000).map_or(0.0, |took| *took as f64 / 1000.0);
    println!("soak: {} requests in {seconds} s, of {:?}", tally.requests, tally.questions);
    println!(
        "soak: p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms (no check; faults of upstream are in it)",
        at(500),
        at(990),
        at(999)
    );
    for (label, count) in &tally.labels {
        println!("soak: {count:8} × {label}");
    }
    for (what, count) in done.iter().flat_map(|done| &done.counts) {
        println!("soak: {count:8} {what}");
    }
    println!("soak: {:8} requests lost", tally.lost.len());
    println!(
        "soak: {:8} answers not found for a while, {} heard and looked for on record",
        tally.missed.len(),
        tally.heard.len()
    );
    println!(
        "soak: {:8} lines in {} segments, {} starts, {} torn ends cut, {} for answers that nobody heard",
        on_record.lines, on_record.segments, on_record.starts, on_record.cuts, on_record.unheard
    );
    held.iter().for_each(|line| println!("soak: {line}"));
}
