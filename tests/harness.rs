//! Starts the built binary as users do: a real process, a real port. What it wrote on standard output and standard error,
//! its metrics and every file that it left are searched for personal data and secrets when it ends (`leaks`), and every
//! error body and every head when it comes.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;

use crate::conformance;
use crate::leaks::Watch;
pub use crate::leaks::{assert_clean, personal_data_in, secrets_in};

/// When this variable is set, the binary that it names is driven in place of the one of the test's own profile.
const BINARY: &str = "DIENSAN_TEST_BINARY";

/// Whether another binary is driven, mostly a release build.
pub fn binary_is_given() -> bool {
    std::env::var_os(BINARY).is_some()
}

/// The binary that is driven.
pub fn binary() -> std::ffi::OsString {
    std::env::var_os(BINARY).unwrap_or_else(|| env!("CARGO_BIN_EXE_diensan").into())
}

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The request of the sandbox's greeting: the one invented number that may stand on standard output.
const GREETED: &str = r#"{"service":"1.000894","citizen":{"id":"999198000022"}}"#;

/// A running `diensan`; killed when dropped, and everything that it left is searched for personal data.
pub struct Process {
    child: Child,
    pub address: String,
    pub log: PathBuf,
    /// What it printed on standard output after its address.
    pub greeting: Vec<String>,
    /// What it printed on standard output, all of it.
    printed: Arc<Mutex<String>>,
    /// A key that may read the metrics, where callers are known.
    pub metrics_key: Option<String>,
    watch: Watch,
    simulates: bool,
}

impl Process {
    /// `diensan serve` on a free port with more arguments.
    pub fn serve(arguments: &[&str]) -> Self {
        let mut all = vec!["serve", "--listen", "127.0.0.1:0"];
        all.extend(arguments);
        Self::start(&all, "debug")
    }

    /// `diensan serve` with a configuration file.
    pub fn serve_configured(config: &Path, log_level: &str) -> Self {
        let config = config.to_str().expect("a path in UTF-8");
        Self::start(&["serve", "--listen", "127.0.0.1:0", "--config", config], log_level)
    }

    /// `diensan simulate` on a free port.
    pub fn simulate() -> Self {
        Self::start(&["simulate", "--listen", "127.0.0.1:0"], "debug")
    }

    /// Starts the binary in the repository's root and waits for its address.
    pub fn start(arguments: &[&str], log_level: &str) -> Self {
        Self::start_by(Command::new(binary()), arguments, log_level)
    }

    /// The same by a command that takes the arguments of the binary, such as one that first gives up rights.
    pub fn start_by(mut command: Command, arguments: &[&str], log_level: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let folder = root().join("target/test-logs");
        std::fs::create_dir_all(&folder).expect("a folder for logs");
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let log = folder.join(format!("{}-{}-{number}.log", arguments[0], std::process::id()));
        let config = arguments.iter().skip_while(|argument| **argument != "--config").nth(1).map(Path::new);
        let watch = Watch::begin(config);
        // Where much is to be logged, everything is: the search then covers every level. One target would be nineteen
        // lines in twenty, all about the states of a connection; tests that ask for `trace` have it too.
        let log_level = if log_level == "debug" { "trace,actix_http::h1::dispatcher=debug" } else { log_level };
        let mut child = command
            .args(arguments)
            .current_dir(root())
            .env("DIENSAN_LOG", log_level)
            .env("DIENSAN_LOG_FORMAT", "json")
            .env("RUST_BACKTRACE", "full")
            .env("TMPDIR", watch.temporary())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("a log file"))
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
        let first = lines.next().and_then(Result::ok).unwrap_or_default();
        let Some(address) = first.strip_prefix("listening on ") else {
            let status = child.wait();
            panic!("not started: {status:?}; log:\n{}", std::fs::read_to_string(&log).unwrap_or_default());
        };
        let address = address.to_owned();
        // Whatever else is printed belongs to the greeting; read it on, or the pipe would fill.
        let (sender, receiver) = std::sync::mpsc::channel();
        let printed = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&printed);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().expect("no panic").push_str(&format!("{line}\n"));
                let _ = sender.send(line);
            }
        });
        let mut greeting = Vec::new();
        while let Ok(line) = receiver.recv_timeout(std::time::Duration::from_millis(60)) {
            greeting.push(line);
        }
        Self { child, address, log, greeting, printed, metrics_key: None, watch, simulates: arguments[0] == "simulate" }
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().expect("kill");
        assert!(sent.success());
    }

    /// The process's number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end and returns the exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().expect("the process ends").code()
    }

    /// The log so far.
    pub fn log_text(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// A POST with a JSON body: status, headers, body.
    pub async fn post(&self, path: &str, body: &str) -> Reply {
        let request = client().post(format!("{}{path}", self.address)).header("Content-Type", "application/json");
        Reply::of(request.body(body.to_owned()).send().await.expect("an answer")).await
    }

    /// A request with any method, and a JSON body when there is one: the simulator's control interface.
    pub async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let method = method.parse().expect("a method");
        let mut request = client().request(method, format!("{}{path}", self.address));
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        Reply::of(request.send().await.expect("an answer")).await
    }

    /// `POST /v1/autofill`.
    pub async fn autofill(&self, body: &Value) -> Reply {
        self.post("/v1/autofill", &body.to_string()).await
    }

    /// A GET.
    pub async fn get(&self, path: &str) -> Reply {
        Reply::of(client().get(format!("{}{path}", self.address)).send().await.expect("an answer")).await
    }

    /// The value of a metric line that starts with these words, or 0.
    pub async fn metric(&self, line: &str) -> f64 {
        let text = self.get("/metrics").await.text;
        let value = text.lines().find_map(|found| found.strip_prefix(line)).map(str::trim);
        value.map_or(0.0, |value| value.parse().expect("a number"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let metrics = last_metrics(&self.address, self.metrics_key.as_deref());
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            return;
        }
        let printed = self.printed.lock().expect("no panic").replace(GREETED, "");
        let log = std::fs::read(&self.log).unwrap_or_default();
        let name = self.log.display().to_string();
        self.watch.assert_clean(&[(name.as_str(), log.as_slice()), ("the metrics", metrics.as_bytes())]);
        // The simulator prints the accounts of its training: no secrets, and whoever trains needs them.
        let found = personal_data_in(&printed);
        assert!(found.is_empty(), "standard output holds personal data of {found:?}");
        let found = if self.simulates { Vec::new() } else { secrets_in(&printed) };
        assert!(found.is_empty(), "standard output holds secrets: {found:?}");
    }
}

/// The metrics of a process that may have ended, without a runtime and without waiting long; empty when it has none.
fn last_metrics(address: &str, key: Option<&str>) -> String {
    let Some(host) = address.strip_prefix("http://") else { return String::new() };
    let Ok(mut stream) = std::net::TcpStream::connect(host) else { return String::new() };
    let _ = stream.set_read_timeout(Some(std::time::Duration::from_secs(2)));
    let key = key.map_or_else(String::new, |key| format!("X-Api-Key: {key}\r\n"));
    let head = format!("GET /metrics HTTP/1.1\r\nHost: x\r\n{key}Connection: close\r\n\r\n");
    let _ = stream.write_all(head.as_bytes());
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// An answer.
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Reply {
    pub async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let path = response.url().path().to_owned();
        let reply = Self { status, headers, text: response.text().await.expect("a text body") };
        conformance::hold(&path, status, reply.header("content-type"), &reply.text);
        if status >= 400 {
            assert_clean("an error body", reply.text.as_bytes());
        }
        for (name, value) in &reply.headers {
            assert_clean(name.as_str(), value.as_bytes());
        }
        reply
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error} in a body of {} bytes", self.text.len()))
    }

    /// The problem code of a problem document.
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json");
        self.json()["code"].as_str().expect("a code").to_owned()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }
}

/// A client for loopback without proxies.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client")
}

/// One invented person's file.
pub struct PersonFile {
    pub stem: String,
    pub number: String,
    pub record: Value,
}

/// All invented people.
pub fn people() -> &'static [PersonFile] {
    static PEOPLE: OnceLock<Vec<PersonFile>> = OnceLock::new();
    PEOPLE.get_or_init(|| {
        let mut people: Vec<PersonFile> = json_files(&root().join("service-catalog/people"))
            .into_iter()
            .map(|(stem, file)| PersonFile {
                stem,
                number: file["number"].as_str().expect("a number").to_owned(),
                record: file["record"].clone(),
            })
            .collect();
        people.sort_by(|a, b| a.stem.cmp(&b.stem));
        people
    })
}

/// The invented person with this file name.
pub fn person(stem: &str) -> &'static PersonFile {
    people().iter().find(|person| person.stem == stem).expect("an invented person")
}

/// The invented person with this number.
pub fn person_of_number(number: &str) -> &'static PersonFile {
    people().iter().find(|person| person.number == number).expect("an invented person")
}

/// Every JSON file of a folder, by stem.
pub fn json_files(folder: &Path) -> Vec<(String, Value)> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = std::fs::read_to_string(&path).expect("a text file");
            let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            files.push((path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned(), value));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

/// The connection's query for a person: number, name, birth date.
pub fn query_of(person: &PersonFile) -> Value {
    let name = match &person.record["ho_va_ten"] {
        Value::String(name) => name.clone(),
        parts => ["ho", "chu_dem", "ten"].iter().filter_map(|part| parts[*part].as_str()).collect::<Vec<_>>().join(" "),
    };
    let birth = match &person.record["ngay_sinh"] {
        Value::String(date) => date.clone(),
        conflict => conflict["nam"].as_str().unwrap_or_default().to_owned(),
    };
    serde_json::json!({ "id": person.number, "name": name, "birth_date": birth })
}
