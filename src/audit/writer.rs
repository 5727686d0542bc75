//! The one writer: a thread that puts whatever waits on disk together, and tells everybody only then.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::anchor::Anchors;
use super::event::{Event, Kind};
use super::head::Head;
use super::health::{Failing, Health};
use super::keys::{CitizenKeys, MacKeys};
use super::line::{MAX_LINE, time_text};
use super::recover::JournalRefused;
use super::sink::{Committed, Sink};
use crate::config::JournalSettings;

/// Most events that wait; one more is refused at once (ASM: seconds of work for a slow disk).
const MOST_WAITING: usize = 4096;
/// Most events of one group: bounds what one failed write refuses.
const MOST_IN_GROUP: usize = 512;
/// How often the head of the chain is told (DESIGN §7).
const ANCHOR_EVERY: Duration = Duration::from_secs(60);
/// How often a failing journal is tried while nobody asks: the balancer may have taken the service out.
const PROBE_EVERY: Duration = Duration::from_secs(1);
/// How long the writer waits for more lines when many come: one wait for the disk then serves all of them. Of the order of
/// what the disk needs by itself; docs/performance.md tells what it brings.
const GATHER: Duration = Duration::from_millis(1);
/// Lines that come within [`GATHER`], at the least, for waiting to pay.
const WORTH_GATHERING: f64 = 4.0;
/// Room in a line for what the writer adds.
const ROOM: usize = 512;

/// Why an event is not on record. Nothing may be disclosed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWritable {
    /// The disk refused; the reason is the operating system's.
    #[error("the journal cannot be written: {0}")]
    Failing(Arc<str>),
    /// Too many events wait.
    #[error("the journal is too slow: {MOST_WAITING} events wait")]
    Busy,
    /// The event is longer than any line may be.
    #[error("the event is too long for a line")]
    TooLong,
    /// The journal was closed.
    #[error("the journal is closed")]
    Closed,
}

struct Job {
    body: String,
    since: Instant,
    done: oneshot::Sender<Result<u64, NotWritable>>,
}

/// The journal of one process.
pub struct Journal {
    sender: Mutex<Option<SyncSender<Job>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    health: Arc<Mutex<Health>>,
    /// Hides numbers for the lines of this journal.
    pub citizens: CitizenKeys,
}

/// A lock whose holder panicked still holds counters that are worth reading.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journal {
    /// Opens the journal, writes its `start` event and begins to take events.
    ///
    /// # Errors
    /// It cannot be written, another process writes it, or its end is not proven.
    pub fn open(settings: &JournalSettings) -> Result<Self, JournalRefused> {
        Self::open_with_clock(settings, crate::clock::now)
    }

    /// The same with a clock, for tests.
    pub(super) fn open_with_clock(
        settings: &JournalSettings,
        clock: fn() -> Timestamp,
    ) -> Result<Self, JournalRefused> {
        let unusable = |cause| JournalRefused::Unusable { path: settings.directory.display().to_string(), cause };
        let keys = Arc::new(MacKeys::new(&settings.mac_key, &settings.old_mac_keys));
        let mut sink = Sink::open(&settings.directory, Arc::clone(&keys), settings.segment_bytes)?;
        let health = Arc::new(Mutex::new(Health::default()));
        if let Some(anchors) = &settings.anchor_file {
            sink.compare(anchors).map_err(unusable)?;
        }
        sink.note(&Event::new(Kind::Start));
        let committed = sink.commit(&[], clock()).map_err(unusable)?;
        let anchors = Anchors::start(settings, keys, Arc::clone(&health)).map_err(unusable)?;
        let (sender, receiver) = sync_channel(MOST_WAITING);
        let arrivals = Arrivals::new(Instant::now());
        let mut writer = Writer { sink, health: Arc::clone(&health), clock, anchors, told: 0, arrivals };
        writer.succeeded(&committed);
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.run(&receiver))
            .map_err(unusable)?;
        Ok(Self {
            sender: Mutex::new(Some(sender)),
            writer: Mutex::new(Some(thread)),
            health,
            citizens: CitizenKeys::new(&settings.citizen_key, &settings.old_citizen_keys),
        })
    }

    /// Puts an event on record; the number of its line when the disk has it. The event is taken over before the first
    /// `await`: who stops waiting leaves a line all the same.
    pub fn record(&self, event: &Event<'_>) -> impl Future<Output = Result<u64, NotWritable>> + Send + use<> {
        let waiting = self.submit(event.body());
        async move { waiting?.await.unwrap_or(Err(NotWritable::Closed)) }
    }

    fn submit(&self, body: String) -> Result<oneshot::Receiver<Result<u64, NotWritable>>, NotWritable> {
        if body.len() > MAX_LINE - ROOM {
            return Err(NotWritable::TooLong);
        }
        let (done, waiting) = oneshot::channel();
        let sender = lock(&self.sender).clone().ok_or(NotWritable::Closed)?;
        // Counted before, so that the writer never counts down what was not counted up.
        let since = Instant::now();
        let mut health = lock(&self.health);
        health.waiting += 1;
        health.oldest.get_or_insert(since);
        drop(health);
        sender.try_send(Job { body, since, done }).map_err(|error| {
            lock(&self.health).leave(1);
            match error {
                TrySendError::Full(_) => NotWritable::Busy,
                TrySendError::Disconnected(_) => NotWritable::Closed,
            }
        })?;
        Ok(waiting)
    }

    /// How the journal is now.
    pub fn health(&self) -> Health {
        lock(&self.health).clone()
    }

    /// Writes what waits, the `close` event and the last anchors, and ends. Blocks; further events are refused.
    pub fn close(&self) {
        lock(&self.sender).take();
        if let Some(writer) = lock(&self.writer).take()
            && writer.join().is_err()
        {
            tracing::error!("the journal's writer ended in a panic");
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}

struct Writer {
    sink: Sink,
    health: Arc<Mutex<Health>>,
    clock: fn() -> Timestamp,
    anchors: Anchors,
    /// The last line that the anchors were told of.
    told: u64,
    arrivals: Arrivals,
}

/// How fast lines come, over about the last twentieth of a second.
struct Arrivals {
    per_second: f64,
    counted: Instant,
}

impl Arrivals {
    const MEMORY: Duration = Duration::from_millis(50);

    fn new(now: Instant) -> Self {
        Self { per_second: 0.0, counted: now }
    }

    /// So many lines have come since the last time.
    fn came(&mut self, lines: u32, now: Instant) {
        let since = now.saturating_duration_since(self.counted).as_secs_f64().max(1e-6);
        let weight = since / (since + Self::MEMORY.as_secs_f64());
        self.per_second += weight * (f64::from(lines) / since - self.per_second);
        self.counted = now;
    }

    /// Whether more lines are likely to come while the writer waits for them.
    fn are_many(&self) -> bool {
        self.per_second * GATHER.as_secs_f64() >= WORTH_GATHERING
    }
}

impl Writer {
    fn run(&mut self, receiver: &Receiver<Job>) {
        self.tell_head();
        let mut next_anchor = Instant::now() + ANCHOR_EVERY;
        loop {
            let until_anchor = next_anchor.saturating_duration_since(Instant::now());
            let failing = lock(&self.health).failing.is_some();
            match receiver.recv_timeout(if failing { until_anchor.min(PROBE_EVERY) } else { until_anchor }) {
                Ok(job) => self.group(job, receiver),
                Err(RecvTimeoutError::Timeout) if failing => drop(self.commit(&[])),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if Instant::now() >= next_anchor {
                self.tell_head();
                next_anchor = Instant::now() + ANCHOR_EVERY;
            }
        }
        self.sink.note(&Event::new(Kind::Close));
        let _ = self.commit(&[]);
        self.tell_head();
        self.anchors.stop();
    }

    /// Everything that waits goes to the disk together: one wait for the disk serves all.
    fn group(&mut self, first: Job, receiver: &Receiver<Job>) {
        lock(&self.health).oldest = Some(first.since);
        if self.arrivals.are_many() {
            std::thread::sleep(GATHER);
        }
        let mut jobs = vec![first];
        let mut bytes = 0;
        while jobs.len() < MOST_IN_GROUP && bytes < 8 * MAX_LINE {
            let Ok(job) = receiver.try_recv() else { break };
            bytes += job.body.len();
            jobs.push(job);
        }
        self.arrivals.came(u32::try_from(jobs.len()).unwrap_or(u32::MAX), Instant::now());
        let bodies: Vec<&str> = jobs.iter().map(|job| job.body.as_str()).collect();
        let done = self.commit(&bodies);
        lock(&self.health).leave(jobs.len());
        for (number, job) in (0..).zip(jobs) {
            // Nobody may be waiting any more.
            let _ = job.done.send(done.clone().map(|first| first + number));
        }
    }

    fn commit(&mut self, bodies: &[&str]) -> Result<u64, NotWritable> {
        let now = (self.clock)();
        match self.sink.commit(bodies, now) {
            Ok(committed) => {
                self.succeeded(&committed);
                Ok(committed.first)
            }
            Err(error) => Err(self.failed(&error, now)),
        }
    }

    fn succeeded(&self, committed: &Committed) {
        let (segment, length) = self.sink.position();
        let mut health = lock(&self.health);
        health.lines = self.sink.chain().seq;
        health.bytes += committed.bytes;
        (health.segment, health.segment_bytes) = (segment.unwrap_or(0), length);
        health.last_sync = committed.synced_in;
        if health.failing.take().is_some() {
            tracing::info!("the journal can be written again");
        }
    }

    fn failed(&mut self, error: &std::io::Error, now: Timestamp) -> NotWritable {
        let reason: Arc<str> = error.to_string().into();
        let mut health = lock(&self.health);
        health.failed_groups += 1;
        let since = health.failing.as_ref().map(|failing| failing.since);
        health.failing = Some(Failing { since: since.unwrap_or(now), reason: Arc::clone(&reason) });
        drop(health);
        if since.is_none() {
            tracing::error!(%reason, "the journal cannot be written: nothing is disclosed until it can");
            // Comes before the first line that can be written again: the failure itself is on record.
            let since = time_text(now);
            let since = std::str::from_utf8(&since).unwrap_or_default();
            self.sink.note(&Event { since: Some(since), ..Event::alarm("journal_not_writable") });
        }
        NotWritable::Failing(reason)
    }

    fn tell_head(&mut self) {
        if self.sink.chain().seq == self.told {
            return;
        }
        let now = (self.clock)();
        if let Err(error) = self.sink.leave_head(now) {
            tracing::warn!(%error, "the head of the journal was not left in its directory");
        }
        if let Some(head) = Head::of(self.sink.chain(), now) {
            self.told = head.seq;
            self.anchors.tell(&head);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writer_waits_for_more_lines_only_while_many_come() {
        let start = Instant::now();
        let mut arrivals = Arrivals::new(start);
        assert!(!arrivals.are_many(), "the first line waits for nobody");
        let at = |millis: u64| start + Duration::from_millis(millis);
        // A counter with a line every 20 ms, for two seconds.
        (1..=100).for_each(|step| arrivals.came(1, at(20 * step)));
        assert!(!arrivals.are_many(), "{}", arrivals.per_second);
        // Twenty lines a millisecond, for a fifth of a second.
        (1..=200).for_each(|step| arrivals.came(20, at(2000 + step)));
        assert!(arrivals.are_many(), "{}", arrivals.per_second);
        // And quiet again: the next line comes after half a second.
        arrivals.came(1, at(2700));
        assert!(!arrivals.are_many(), "{}", arrivals.per_second);
    }
}
