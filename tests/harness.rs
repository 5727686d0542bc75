//! Starts the built binary as users do: a real process, a real port. Its log and its metrics are searched for personal
//! data and secrets when it ends, and every problem document when it comes.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

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

/// A running `diensan`; killed when dropped, and its log is searched for personal data.
pub struct Process {
    child: Child,
    pub address: String,
    pub log: PathBuf,
    /// What it printed on standard output after its address.
    pub greeting: Vec<String>,
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
        let mut child = command
            .args(arguments)
            .current_dir(root())
            .env("DIENSAN_LOG", log_level)
            .env("DIENSAN_LOG_FORMAT", "json")
            .env("RUST_BACKTRACE", "full")
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
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut greeting = Vec::new();
        while let Ok(line) = receiver.recv_timeout(std::time::Duration::from_millis(60)) {
            greeting.push(line);
        }
        Self { child, address, log, greeting }
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
        let metrics = last_metrics(&self.address);
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            return;
        }
        assert_clean(&self.log.display().to_string(), &self.log_text());
        assert_clean("the metrics", &metrics);
    }
}

/// The metrics of a process that may have ended, without a runtime and without waiting long; empty when it has none.
fn last_metrics(address: &str) -> String {
    let Some(host) = address.strip_prefix("http://") else { return String::new() };
    let Ok(mut stream) = std::net::TcpStream::connect(host) else { return String::new() };
    let _ = stream.set_read_timeout(Some(std::time::Duration::from_secs(2)));
    let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Neither personal data nor a secret stands in a text; what is found is named, never shown.
pub fn assert_clean(what: &str, text: &str) {
    let found = personal_data_in(text);
    assert!(found.is_empty(), "{what} holds personal data of {found:?}");
    let found = secrets_in(text);
    assert!(found.is_empty(), "{what} holds secrets: {found:?}");
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
        let reply = Self { status, headers, text: response.text().await.expect("a text body") };
        if reply.header("content-type") == "application/problem+json" {
            assert_clean("a problem document", &reply.text);
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

/// Texts of the invented people that must never stand in a log: names, numbers, dates, address details, in six
/// encodings (plain, percent, base64, decomposed, compact, JSON-escaped).
fn canaries() -> &'static [(String, String)] {
    static CANARIES: OnceLock<Vec<(String, String)>> = OnceLock::new();
    CANARIES.get_or_init(|| {
        let mut canaries = Vec::new();
        for person in people() {
            let mut texts = Vec::new();
            personal_texts(&person.record, "", &mut texts);
            texts.push(person.number.clone());
            for text in texts {
                for encoded in encodings(&text) {
                    canaries.push((person.stem.clone(), encoded));
                }
            }
        }
        for text in [
            "999099000",
            "999099009",
            "NGUYENVANMAULOI",
            "NGUYỄN VĂN MẪU LỖI",
            "1999-09-09",
            "19990909",
            "09/09/1999",
            "KHONGCOAITENNHUVAY",
            "KHÔNG CÓ AI TÊN NHƯ VẬY",
        ] {
            canaries.push(("fault numbers".to_owned(), text.to_owned()));
        }
        canaries
    })
}

fn personal_texts(value: &Value, key: &str, texts: &mut Vec<String>) {
    match value {
        Value::String(text) if matches!(key, "ho_va_ten" | "ten" | "chi_tiet" | "so_dinh_danh" | "so_cmnd") => {
            texts.push(text.clone());
        }
        Value::String(text) if matches!(key, "ngay_sinh" | "ngay_thang_nam") && text.len() == 10 => {
            texts.push(text.clone());
            texts.push(text.replace('-', ""));
        }
        Value::Object(members) => members.iter().for_each(|(key, value)| personal_texts(value, key, texts)),
        _ => {}
    }
}

fn encodings(text: &str) -> Vec<String> {
    use base64::Engine as _;
    use unicode_normalization::UnicodeNormalization as _;
    let percent: String = text
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    let compact: String = text.nfd().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    let escaped: String = text
        .encode_utf16()
        .map(|unit| match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
            _ => format!("\\u{unit:04x}"),
        })
        .collect();
    let mut all = vec![
        text.to_owned(),
        percent,
        base64::engine::general_purpose::STANDARD_NO_PAD.encode(text),
        text.nfd().collect(),
        compact,
        escaped,
    ];
    // Very short names (the one-word person) occur inside ordinary words of a log.
    all.retain(|encoded| encoded.chars().count() >= 8);
    all.sort();
    all.dedup();
    all
}

/// Whose data a text holds (file stems only: the test output shows no personal data either).
pub fn personal_data_in(text: &str) -> Vec<String> {
    let mut found: Vec<String> =
        canaries().iter().filter(|(_, canary)| text.contains(canary.as_str())).map(|(stem, _)| stem.clone()).collect();
    found.dedup();
    found
}

/// Every secret of the training accounts and of the tests, by a name that may be shown.
const SECRETS: &[(&str, &str)] = &[
    ("signing secret, password", "khong-phai-bi-mat"),
    (
        "connection string",
        "eyJBY2Nlc3NLZXkiOiJtby1waG9uZyIsIlNlY3JldEtleSI6Imtob25nLXBoYWktYmktbWF0IiwiQXBwTmFtZSI6ImRpZW5zYW4tbW8tcGhvbmci",
    ),
    ("AuthHash", "bW8tcGhvbmc6a2hvbmctcGhhaS1iaS1tYXQ"),
    ("a replaced secret", "CANARY-thay-the"),
    ("a token of a raw peer", "CANARY-token"),
    ("an Authorization header", "Bearer "),
    ("an Authorization header", "Basic "),
];

/// Which secrets a text holds, plain, percent-encoded or in base64: those of the connections, and whatever looks like
/// one of the simulator's tokens (48 hexadecimal digits).
pub fn secrets_in(text: &str) -> Vec<&'static str> {
    use base64::Engine as _;
    let base64 = |secret: &str| base64::engine::general_purpose::STANDARD_NO_PAD.encode(secret);
    let mut found: Vec<&str> = SECRETS
        .iter()
        .filter(|(_, secret)| {
            let percent = secret.replace(' ', "%20").replace('=', "%3D").replace('-', "%2D");
            text.contains(secret) || text.contains(&percent) || text.contains(&base64(secret))
        })
        .map(|(name, _)| *name)
        .collect();
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    if words.any(|word| word.len() == 48 && word.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        found.push("a token");
    }
    found.dedup();
    found
}
