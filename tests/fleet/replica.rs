//! One replica of the built service: always on the same port, with a journal and counters of its own, and with the same
//! keys as the others.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::catalogue::Catalogue;
use super::quiet_port;
use crate::harness::{Process, binary, client, root};
use crate::house;
use crate::road::Road;

/// Far more than a start, a reload or an end takes on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// What may differ between tests.
pub struct Settings<'a> {
    /// How long a record is kept.
    pub ttl: &'a str,
    /// Lines of `[cache.shared]` besides address and keys. A build without optimisation beside other tests needs more than
    /// the usual 5 ms.
    pub tier: &'a str,
    pub drain: &'a str,
    /// Keys of the connection besides the usual ones.
    pub connection: &'a [(&'a str, &'a str)],
}

/// Keys of the callers.
#[derive(Clone)]
pub struct Keys {
    pub caller: String,
    watcher: String,
    /// The lines of the configuration.
    lines: String,
}

impl Keys {
    /// A caller who may ask for everything without meeting a quota, and one who reads the metrics.
    pub fn make() -> Self {
        let (caller, caller_hash) = house::new_key("mot-cua");
        let (watcher, watcher_hash) = house::new_key("giam-sat");
        let lines = format!(
            "[[caller]]\nname = \"mot-cua\"\n{caller_hash}\nscopes = [\"autofill\", \"verify\", \"catalog:read\"]\n\
             agencies = [\"*\"]\nservices = [\"*\"]\nattributes = [\"*\", \"sensitive:*\"]\nquota = {{ requests_per_second = \
             100000, citizens_per_dossier = 100, citizens_per_officer_hour = 10000, citizens_per_officer_day = 100000, \
             citizens_per_day = 1000000 }}\n\
             [[caller]]\nname = \"giam-sat\"\n{watcher_hash}\nscopes = [\"metrics\"]\nquota = {{ requests_per_second = 100000 }}\n"
        );
        Self { caller, watcher, lines }
    }
}

/// One of the three.
pub struct Replica {
    /// As the balancer calls it.
    pub name: String,
    pub port: u16,
    road: Road,
    config: PathBuf,
    watcher: String,
    process: Option<Process>,
    /// The process's number, 0 while there is none; for whoever watches it.
    pub pid: Arc<AtomicU32>,
}

impl Replica {
    /// Writes the configuration; nothing is started.
    pub fn prepare(
        index: usize,
        settings: &Settings<'_>,
        keys: &Keys,
        catalogue: &Catalogue,
        upstream: &str,
        tier: &str,
    ) -> Self {
        let cache = format!(
            "ttl = \"{}\"\n[cache.shared]\nurl = \"{tier}\"\nkeys = [\"cache-key\"]\nhash_key_file = \"cache-names\"\n{}\n",
            settings.ttl, settings.tier
        );
        let mut road = Road::new(&cache);
        for (name, digit) in
            [("cache-key", "a"), ("cache-names", "b"), ("mac", "c"), ("citizen", "d"), ("state-key", "e")]
        {
            road.write_secret(name, &digit.repeat(64));
        }
        road.connection("dan-cu", "direct", upstream, settings.connection);
        let config = road.write();
        let text = fs::read_to_string(&config).expect("a configuration");
        let text = text.replace(&root().display().to_string(), &catalogue.folder().display().to_string());
        let more = format!(
            "[server]\ndrain = \"{}\"\n[journal]\ndirectory = \"journal\"\nmac_key_file = \"mac\"\ncitizen_key_file = \
             \"citizen\"\nsegment_bytes = \"1MiB\"\n[access]\nstate_directory = \"state\"\nstate_key_file = \"state-key\"\n{}",
            settings.drain, keys.lines
        );
        fs::write(&config, format!("{text}{more}")).expect("written");
        let (name, port) = (format!("ban-sao-{}", index + 1), quiet_port());
        let watcher = keys.watcher.clone();
        Self { name, port, road, config, watcher, process: None, pid: Arc::default() }
    }

    /// Starts it; its door is open afterwards.
    pub fn start(&mut self) {
        let listen = format!("127.0.0.1:{}", self.port);
        let config = self.config.to_str().expect("a path in UTF-8");
        let mut process = Process::start(&["serve", "--listen", &listen, "--config", config], "warn");
        process.metrics_key = Some(self.watcher.clone());
        self.pid.store(process.pid(), Ordering::SeqCst);
        self.process = Some(process);
    }

    fn process(&self) -> &Process {
        self.process.as_ref().expect("it runs")
    }

    /// Kills it; the moments between which it ended.
    pub fn kill(&mut self) -> (Instant, Instant) {
        let began = Instant::now();
        self.process().signal("KILL");
        self.end(None);
        (began, Instant::now())
    }

    /// Lets it drain and end well.
    pub fn terminate(&mut self) {
        self.process().terminate();
        self.end(Some(0));
    }

    fn end(&mut self, code: Option<i32>) {
        self.pid.store(0, Ordering::SeqCst);
        let mut process = self.process.take().expect("it runs");
        assert_eq!(process.wait(), code, "{}: {}", self.name, process.log_text());
    }

    /// Brings the files of the catalogue into use, or sees them refused.
    pub async fn reload(&self, result: &str) {
        let line = format!("diensan_catalog_reloads_total{{result=\"{result}\"}} ");
        let before = self.metric(&line).await;
        self.process().signal("HUP");
        let until = Instant::now() + PATIENCE;
        while self.metric(&line).await <= before {
            assert!(Instant::now() < until, "{}: no reload: {}", self.name, self.process().log_text());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The value of a metric line that begins so, or 0.
    pub async fn metric(&self, line: &str) -> f64 {
        let url = format!("http://127.0.0.1:{}/metrics", self.port);
        let asked = client().get(url).header("X-Api-Key", &self.watcher);
        let text = asked.send().await.expect("an answer").text().await.expect("a text");
        let value = text.lines().find_map(|found| found.strip_prefix(line)).map(str::trim);
        value.map_or(0.0, |value| value.parse().expect("a number"))
    }

    /// Every line on record.
    pub fn lines(&self) -> Vec<Value> {
        crate::journal::lines(&self.road.folder().join("journal"))
    }

    /// Files of the journal.
    pub fn journal(&self) -> PathBuf {
        self.road.folder().join("journal")
    }

    /// `diensan audit verify` on its journal.
    pub fn verify(&self) -> Output {
        let mut audit = Command::new(binary());
        audit.args(["audit", "verify", "--config"]).arg(&self.config);
        let output = audit.current_dir(self.road.folder()).output().expect("the program runs");
        assert!(output.status.signal().is_none());
        output
    }
}
