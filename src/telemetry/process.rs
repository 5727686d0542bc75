//! What the metrics say about the process, under the names that every exporter gives to it. Read from `/proc/self` at every
//! scrape; what cannot be read has no series, because a zero would be a lie.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Counter, Gauge, IntGauge};
use rustix::process::{Resource, getrlimit};

/// Ticks of a second in `/proc/<pid>/stat`: `USER_HZ`, fixed for programs on Linux whatever the kernel's own tick is.
const TICKS: f64 = 100.0;

/// The process at one moment; `None`: not told by this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct State {
    resident_bytes: Option<i64>,
    virtual_bytes: Option<i64>,
    threads: Option<i64>,
    cpu_seconds: Option<f64>,
    open_fds: Option<i64>,
    max_fds: Option<i64>,
}

impl State {
    fn read() -> Self {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let mut state = Self::of(&text("/proc/self/status"), &text("/proc/self/stat"));
        // Without the descriptor that reading the folder takes.
        let fds = fs::read_dir("/proc/self/fd").map(|entries| entries.count().saturating_sub(1));
        state.open_fds = fds.ok().and_then(|count| i64::try_from(count).ok());
        // No limit at all has no series: a share of it cannot be told.
        state.max_fds = getrlimit(Resource::Nofile).current.and_then(|limit| i64::try_from(limit).ok());
        state
    }

    /// From the texts of `/proc/self/status` and `/proc/self/stat` (proc(5)).
    fn of(status: &str, stat: &str) -> Self {
        let line = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
        let kibibytes = |name: &str| Some(line(name)?.parse::<i64>().ok()? * 1024);
        // The name of the program stands in brackets and may hold anything; what counts begins behind the last one.
        let fields: Vec<&str> =
            stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
        // Field 3 of the manual is the first here.
        let ticks = |field: usize| fields.get(field.checked_sub(3)?)?.parse::<f64>().ok();
        Self {
            resident_bytes: kibibytes("VmRSS:"),
            virtual_bytes: kibibytes("VmSize:"),
            threads: line("Threads:").and_then(|count| count.parse().ok()),
            cpu_seconds: ticks(14).zip(ticks(15)).map(|(user, system)| (user + system) / TICKS),
            open_fds: None,
            max_fds: None,
        }
    }

    fn families(self) -> prometheus::Result<Vec<MetricFamily>> {
        let mut families = Vec::new();
        for (name, help, value) in [
            ("process_resident_memory_bytes", "Resident memory size in bytes.", self.resident_bytes),
            ("process_virtual_memory_bytes", "Virtual memory size in bytes.", self.virtual_bytes),
            ("process_threads", "Number of OS threads in the process.", self.threads),
            ("process_open_fds", "Number of open file descriptors.", self.open_fds),
            ("process_max_fds", "Maximum number of open file descriptors.", self.max_fds),
        ] {
            if let Some(value) = value {
                let gauge = IntGauge::new(name, help)?;
                gauge.set(value);
                families.extend(gauge.collect());
            }
        }
        if let Some(value) = self.cpu_seconds {
            let counter =
                Counter::new("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.")?;
            counter.inc_by(value);
            families.extend(counter.collect());
        }
        Ok(families)
    }
}

/// Reads the process at every scrape.
pub struct ProcessCollector {
    started: Gauge,
}

impl ProcessCollector {
    /// For a process that has just been started: its age begins now. The machine's own account of it stands in `/proc/stat`,
    /// which a service that sees only processes cannot read.
    pub fn new() -> prometheus::Result<Self> {
        let started =
            Gauge::new("process_start_time_seconds", "Start time of the process since unix epoch in seconds.")?;
        started.set(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
        Ok(Self { started })
    }
}

impl Collector for ProcessCollector {
    fn desc(&self) -> Vec<&Desc> {
        self.started.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        // The names are constants that a test has accepted.
        let mut families = State::read().families().unwrap_or_default();
        families.extend(self.started.collect());
        families
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_found_behind_a_name_with_brackets_and_blanks() {
        let status = "Name:\ta) b (c\nVmSize:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t7\n";
        let stat = "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 50 13 14 15 16 17 18 6000 20 21";
        let state = State::of(status, stat);
        assert_eq!((state.resident_bytes, state.virtual_bytes), (Some(1 << 20), Some(2 << 20)));
        assert_eq!((state.threads, state.cpu_seconds), (Some(7), Some(2.0)));
    }

    #[test]
    fn what_is_not_told_has_no_series() {
        assert_eq!(State::of("", ""), State::default());
        assert_eq!(State::default().families().expect("names"), []);
    }

    #[test]
    fn this_process_is_told_whole() {
        let registry = prometheus::Registry::new();
        registry.register(Box::new(ProcessCollector::new().expect("a name"))).expect("registered");
        let readings = super::super::Readings(registry.gather());
        let value = |name: &str| readings.value(name, &[]).unwrap_or_else(|| panic!("no {name}"));
        assert!(value("process_resident_memory_bytes") > 1e6);
        assert!(value("process_virtual_memory_bytes") >= value("process_resident_memory_bytes"));
        assert!(value("process_open_fds") >= 3.0 && value("process_open_fds") < value("process_max_fds"));
        assert!(value("process_threads") >= 1.0 && value("process_cpu_seconds_total") >= 0.0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64();
        let age = now - value("process_start_time_seconds");
        assert!((0.0..600.0).contains(&age), "{age}");
    }
}
