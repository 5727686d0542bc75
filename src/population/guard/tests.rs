//! The guard as a whole: what is asked in which order, and that everything is given back.

use std::sync::Mutex;
use std::sync::atomic::AtomicI64;

use jiff::civil::DateTime;

use super::*;
use crate::telemetry::Metrics;

const OFFICER: &str = "officer-a";

/// Unlimited but for two permits.
fn settings() -> GuardSettings {
    GuardSettings { permits: 2, calls_per_second: None, officer_at_once: None, ..GuardSettings::default() }
}

fn guard_with(settings: &GuardSettings) -> (Guard, Metrics) {
    let metrics = Metrics::new().expect("metrics");
    (Guard::new(settings, metrics.upstream("test")), metrics)
}

fn guard(change: impl FnOnce(&mut GuardSettings)) -> Guard {
    let mut settings = settings();
    change(&mut settings);
    guard_with(&settings).0
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(12)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Row, cause and wait of a refusal; `None`: it was let through.
fn refusal<T>(result: Result<T, Outcome>) -> Option<(&'static str, Option<&'static str>, Option<Duration>)> {
    result.err().map(|outcome| (outcome.label(), outcome.cause(), outcome.retry_after()))
}

fn throttled(cause: &'static str, wait: Duration) -> Option<(&'static str, Option<&'static str>, Option<Duration>)> {
    Some(("throttled", Some(cause), Some(wait)))
}

fn metric(metrics: &Metrics, line: &str) -> Option<String> {
    let rendered = metrics.read(None).text();
    rendered.lines().find_map(|text| text.strip_prefix(line)).map(|value| value.trim().to_owned())
}

/// A window of one hour that begins at noon, and a clock that shows the noon minus so many seconds.
fn window_at_noon(settings: &GuardSettings, clock: &Arc<AtomicI64>) -> Guard {
    let noon: DateTime = "2026-12-05T12:00:00".parse().expect("noon");
    let window = MaintenanceWindow::Once { from: noon, to: "2026-12-05T13:00:00".parse().expect("end") };
    let settings = GuardSettings { maintenance: vec![window], ..settings.clone() };
    let metrics = Metrics::new().expect("metrics").upstream("test");
    let start: Timestamp = "2026-12-05T12:00:00+07:00".parse().expect("moment");
    let clock = Arc::clone(clock);
    let wall = move || start + jiff::SignedDuration::from_secs(clock.load(Ordering::Relaxed));
    Guard::with_wall_clock(&settings, metrics, Box::new(wall))
}

#[tokio::test(start_paused = true)]
async fn a_maintenance_window_has_its_own_outcome_and_tells_when_it_ends() {
    let clock = Arc::new(AtomicI64::new(0));
    let guard = window_at_noon(&settings(), &clock);
    for (second, wait) in [(-1, None), (0, Some(60)), (3000, Some(60)), (3590, Some(10)), (3600, None)] {
        clock.store(second, Ordering::Relaxed);
        let expected = wait.map(|wait| ("maintenance", None, Some(seconds(wait))));
        assert_eq!(refusal(guard.admit(OFFICER, soon()).await), expected, "{second}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_window_stops_those_who_wait_but_not_those_under_way() {
    let clock = Arc::new(AtomicI64::new(-1));
    let guard = window_at_noon(&GuardSettings { officer_at_once: Some(1), ..settings() }, &clock);
    let under_way = guard.admit(OFFICER, soon()).await.ok().expect("before the window");
    let (waiting, ()) = tokio::join!(guard.admit(OFFICER, soon()), async {
        tokio::task::yield_now().await;
        clock.store(0, Ordering::Relaxed);
        assert!(guard.call(Address::Data).is_ok());
        drop(under_way);
    });
    assert_eq!(refusal(waiting).map(|(row, _, _)| row), Some("maintenance"));
}

#[tokio::test(start_paused = true)]
async fn a_maintenance_window_comes_before_a_pause_a_pause_before_the_officer_and_he_before_the_permit() {
    let clock = Arc::new(AtomicI64::new(0));
    let guard = window_at_noon(&GuardSettings { officer_at_once: Some(1), permits: 1, ..settings() }, &clock);
    guard.hold_back(seconds(5));
    assert_eq!(refusal(guard.admit(OFFICER, soon()).await).map(|(row, _, _)| row), Some("maintenance"));
    clock.store(-1, Ordering::Relaxed);
    assert_eq!(refusal(guard.admit(OFFICER, soon()).await), throttled("held_back", seconds(5)));
    tokio::time::advance(seconds(5)).await;
    let _busy = guard.admit(OFFICER, soon()).await.ok().expect("free");
    assert_eq!(refusal(guard.admit(OFFICER, Instant::now()).await), throttled("officer_busy", BUSY));
    assert_eq!(refusal(guard.admit("officer-b", Instant::now()).await), throttled("no_permit", BUSY));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_so_long_that_no_time_is_left_for_the_call() {
    let guard = guard(|settings| (settings.officer_at_once, settings.calls_per_second) = (Some(1), Some(1)));
    let deadline = soon();
    let _busy = guard.admit(OFFICER, deadline).await.ok().expect("free");
    let begin = Instant::now();
    assert_eq!(refusal(guard.admit(OFFICER, deadline).await), throttled("officer_busy", BUSY));
    assert!(begin.elapsed() < deadline.duration_since(begin));
    let deadline = Instant::now() + Duration::from_millis(1020);
    assert!(guard.pace(deadline).await.is_ok());
    assert_eq!(refusal(guard.pace(deadline).await), throttled("own_limit", seconds(1)));
    // Who need not wait is not asked how much is left.
    tokio::time::advance(seconds(1)).await;
    assert!(guard.admit("officer-b", deadline).await.is_ok() && guard.pace(deadline).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_officer_who_waits_holds_no_permit() {
    let guard = guard(|settings| settings.officer_at_once = Some(1));
    let first = guard.admit(OFFICER, soon()).await.ok().expect("free");
    let mut second = Box::pin(guard.admit(OFFICER, soon()));
    assert!(futures_util::poll!(&mut second).is_pending());
    let other = guard.admit("officer-b", soon()).await.ok().expect("the other permit");
    drop(first);
    assert!(second.await.is_ok());
    drop(other);
}

/// Notes how many permits are free at the moment at which its task is woken.
struct FreeWhenWoken {
    permits: Arc<Semaphore>,
    free: AtomicI64,
}

impl std::task::Wake for FreeWhenWoken {
    fn wake(self: Arc<Self>) {
        let free = i64::try_from(self.permits.available_permits()).expect("few permits");
        self.free.store(free, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_look_up_of_an_officer_finds_the_permit_of_the_last_one() {
    let guard = guard(|settings| (settings.permits, settings.officer_at_once) = (1, Some(1)));
    let first = guard.admit(OFFICER, soon()).await.ok().expect("free");
    let woken = Arc::new(FreeWhenWoken { permits: Arc::clone(&guard.permits), free: AtomicI64::new(-1) });
    let waker = std::task::Waker::from(Arc::clone(&woken));
    let mut second = Box::pin(guard.admit(OFFICER, soon()));
    assert!(second.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
    drop(first);
    assert_eq!(woken.free.load(Ordering::Relaxed), 1);
    assert!(second.await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn permits_are_given_back_also_when_a_task_is_cancelled_and_the_metric_knows() {
    let (guard, metrics) = guard_with(&settings());
    let guard = Arc::new(guard);
    let in_use = || metric(&metrics, "diensan_upstream_permits_in_use{connection=\"test\"}");
    assert_eq!(metric(&metrics, "diensan_upstream_permits{connection=\"test\"}").as_deref(), Some("2"));
    assert_eq!(in_use().as_deref(), Some("0"));
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let guard = Arc::clone(&guard);
            tokio::spawn(async move {
                let _admission = guard.admit(OFFICER, soon()).await.ok().expect("free");
                std::future::pending::<()>().await;
            })
        })
        .collect();
    tokio::task::yield_now().await;
    assert_eq!(in_use().as_deref(), Some("2"));
    assert_eq!(refusal(guard.admit(OFFICER, soon()).await), throttled("no_permit", BUSY));
    for task in tasks {
        task.abort();
        assert!(task.await.is_err());
    }
    assert_eq!(in_use().as_deref(), Some("0"));
    assert!(guard.admit(OFFICER, soon()).await.is_ok());
}

/// One of many tasks: takes what there is, counts the officer's look-ups, gives it back at a point chosen by its number.
async fn busy_task(guard: Arc<Guard>, at_once: Arc<[AtomicI64; 5]>, number: usize) {
    let officer = number % at_once.len();
    let Ok(admission) = guard.admit(&format!("officer-{officer}"), soon()).await else { return };
    let under_way = at_once[officer].fetch_add(1, Ordering::SeqCst) + 1;
    assert!(under_way <= 1, "{under_way} look-ups of one officer");
    let ticket = guard.call(if number.is_multiple_of(2) { Address::Data } else { Address::Token });
    for _ in 0..number % 7 {
        tokio::task::yield_now().await;
    }
    if let (Ok(ticket), true) = (ticket, number.is_multiple_of(3)) {
        ticket.report(if number.is_multiple_of(4) { CallHealth::Bad } else { CallHealth::Good });
    }
    at_once[officer].fetch_sub(1, Ordering::SeqCst);
    drop(admission);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_many_look_ups_and_cancels_everything_is_free_again() {
    let limits = GuardSettings { permits: 3, officer_at_once: Some(1), ..settings() };
    let (guard, metrics) = guard_with(&limits);
    let (guard, at_once) = (Arc::new(guard), Arc::new(<[AtomicI64; 5]>::default()));
    for round in 0..50 {
        let tasks: Vec<_> =
            (0..40).map(|number| tokio::spawn(busy_task(Arc::clone(&guard), Arc::clone(&at_once), number))).collect();
        let waiting: Vec<_> = (0..20)
            .map(|number| {
                let guard = Arc::clone(&guard);
                tokio::spawn(async move {
                    let _admission = guard.admit(&format!("officer-{}", 5 + number % 5), soon()).await;
                    std::future::pending::<()>().await;
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap_or_else(|error| panic!("round {round}: {error}"));
        }
        for task in &waiting {
            task.abort();
        }
        for task in waiting {
            assert!(task.await.is_err());
        }
    }
    let in_use = metric(&metrics, "diensan_upstream_permits_in_use{connection=\"test\"}");
    assert_eq!((guard.permits.available_permits(), in_use.as_deref()), (3, Some("0")));
    assert_eq!(guard.officers.as_ref().map(|officers| officers.present()), Some(0));
}

#[tokio::test(start_paused = true)]
async fn a_pause_stops_look_ups_and_calls_until_it_is_over_and_the_longest_counts() {
    let guard = guard(|settings| settings.calls_per_second = Some(5));
    guard.hold_back(Duration::ZERO);
    assert!(guard.admit(OFFICER, soon()).await.is_ok());
    guard.hold_back(seconds(10));
    guard.hold_back(seconds(3));
    assert_eq!(refusal(guard.admit(OFFICER, soon()).await), throttled("held_back", seconds(10)));
    tokio::time::advance(seconds(4)).await;
    for address in [Address::Data, Address::Token] {
        assert_eq!(refusal(guard.call(address)), throttled("held_back", seconds(6)));
    }
    assert_eq!(refusal(guard.pace(soon()).await), throttled("held_back", seconds(6)));
    guard.hold_back(seconds(8));
    tokio::time::advance(seconds(7)).await;
    assert_eq!(refusal(guard.call(Address::Data)), throttled("held_back", seconds(1)));
    tokio::time::advance(seconds(1)).await;
    assert!(guard.call(Address::Data).is_ok() && guard.admit(OFFICER, soon()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn no_pause_is_longer_than_a_minute() {
    let guard = guard(|_| {});
    guard.hold_back(seconds(86_400));
    assert_eq!(refusal(guard.call(Address::Data)), throttled("held_back", LONGEST_RETRY_AFTER));
    tokio::time::advance(LONGEST_RETRY_AFTER).await;
    assert!(guard.call(Address::Data).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_look_up_that_waited_for_its_officer_does_not_leave_in_a_pause() {
    let guard = guard(|settings| settings.officer_at_once = Some(1));
    let first = guard.admit(OFFICER, soon()).await.ok().expect("free");
    let (waiting, ()) = tokio::join!(guard.admit(OFFICER, soon()), async {
        guard.hold_back(seconds(5));
        drop(first);
    });
    assert_eq!(refusal(waiting), throttled("held_back", seconds(5)));
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_limit_wait_or_are_told_when_they_fit() {
    let guard = guard(|settings| settings.calls_per_second = Some(2));
    assert!(guard.pace(soon()).await.is_ok() && guard.pace(soon()).await.is_ok());
    let half = Duration::from_millis(500);
    assert_eq!(refusal(guard.pace(Instant::now() + half).await), throttled("own_limit", half));
    let begin = Instant::now();
    assert!(guard.pace(soon()).await.is_ok());
    assert!(begin.elapsed() >= half);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_call_that_the_breaker_will_not_make() {
    let guard = guard(|settings| (settings.calls_per_second, settings.breaker.faults) = (Some(1), 1));
    assert!(guard.pace(soon()).await.is_ok());
    guard.call(Address::Data).ok().expect("closed").report(CallHealth::Bad);
    let begin = Instant::now();
    let open = Some(("upstream_fault", Some("breaker_open"), Some(seconds(15))));
    assert_eq!(refusal(guard.pace(soon()).await), open);
    assert_eq!((refusal(guard.call(Address::Data)), begin.elapsed()), (open, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn breakers_of_the_two_addresses_are_apart_and_shown_from_the_start() {
    let (guard, metrics) = guard_with(&settings());
    let state = |address: Address| {
        ["closed", "half_open", "open"].into_iter().find(|state| {
            let labels = format!("connection=\"test\",state=\"{state}\"");
            let line = format!("diensan_upstream_breaker_state{{address=\"{}\",{labels}}}", address.label());
            metric(&metrics, &line).as_deref() == Some("1")
        })
    };
    assert_eq!([state(Address::Data), state(Address::Token)], [Some("closed"), Some("closed")]);
    for (address, other) in [(Address::Data, Address::Token), (Address::Token, Address::Data)] {
        for _ in 0..5 {
            guard.call(address).ok().expect("closed").report(CallHealth::Bad);
        }
        assert!(guard.call(address).is_err() && guard.call(other).is_ok());
        assert_eq!([state(address), state(other)], [Some("open"), Some("closed")]);
        tokio::time::advance(seconds(15)).await;
        // A probe whose task is cancelled is given back at once.
        drop(guard.call(address).ok().expect("a probe"));
        let probe = guard.call(address).ok().expect("the probe again");
        assert!(guard.call(address).is_err());
        assert_eq!(state(address), Some("half_open"));
        probe.report(CallHealth::Good);
        assert_eq!(state(address), Some("closed"));
    }
}

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn each_transition_of_a_breaker_is_one_line_with_connection_address_and_state() {
    let log = Log::default();
    let writer = log.clone();
    let format = tracing_subscriber::fmt().without_time().with_target(false).with_ansi(false);
    let subscriber = format.with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.expect("runtime").block_on(async {
            let guard = guard(|settings| settings.breaker.faults = 2);
            for health in [CallHealth::Bad, CallHealth::Good, CallHealth::Bad] {
                guard.call(Address::Token).ok().expect("closed").report(health);
            }
            assert!(guard.call(Address::Token).is_err());
            tokio::time::advance(seconds(15)).await;
            guard.call(Address::Token).ok().expect("a probe").report(CallHealth::Good);
        });
    });
    let logged = String::from_utf8(log.0.lock().expect("log").clone()).expect("text");
    let lines: Vec<&str> = logged.lines().map(str::trim).collect();
    let line = |level, state| format!("{level} breaker connection=\"test\" address=\"token\" state=\"{state}\"");
    assert_eq!(lines, [line("WARN", "open"), line("INFO", "half_open"), line("INFO", "closed")]);
}
