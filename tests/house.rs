//! A service with callers, a journal and counters of its own, as a test wants them, over the sandbox's people.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::harness::{Process, Reply, client, root};

/// The issuer in the tokens: a caller that wants them has `jwt = { … }` with it, audience `diensan` and `issuer.pem`.
const ISSUER: &str = "https://sso.example";

/// What is not as always.
#[derive(Default)]
pub struct Plan<'a> {
    /// Another catalogue than the repository's.
    pub services: Option<&'a Path>,
    /// Lines of `[access]` besides the state's folder.
    pub access: &'a str,
    /// Further sections.
    pub more: &'a str,
    /// Names and the lines of each; a caller without `jwt` gets an API key.
    pub callers: &'a [(&'a str, &'a str)],
    /// Extra files beside the configuration, mode 600.
    pub files: &'a [(&'a str, &'a str)],
}

/// A running service and what belongs to it.
pub struct House {
    pub service: Process,
    folder: tempfile::TempDir,
    keys: BTreeMap<String, String>,
    issuer: Issuer,
    client: reqwest::Client,
}

impl House {
    /// Starts it. A caller `watcher` that may read the metrics is always there.
    pub fn start(plan: &Plan<'_>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let issuer = Issuer::new();
        write_secret(folder.path(), "mac", &"a".repeat(64));
        write_secret(folder.path(), "citizen", &"b".repeat(64));
        write_secret(folder.path(), "issuer.pem", &issuer.public);
        for (name, text) in plan.files {
            write_secret(folder.path(), name, text);
        }
        let services = plan.services.map_or_else(|| root().join("service-catalog"), Path::to_owned);
        let mut config = format!(
            "[catalog]\nservices = \"{}\"\nschemas = \"{}/schemas\"\nwatch = false\n[journal]\ndirectory = \"journal\"\n\
             mac_key_file = \"mac\"\ncitizen_key_file = \"citizen\"\n[access]\nstate_directory = \"state\"\n{}\n{}\n",
            services.display(),
            root().display(),
            plan.access,
            plan.more
        );
        let mut keys = BTreeMap::new();
        let watcher = ("watcher", "scopes = [\"metrics\"]\nquota = { requests_per_second = 100000 }");
        for (name, lines) in plan.callers.iter().chain([&watcher]) {
            config.push_str(&format!("[[caller]]\nname = \"{name}\"\n{lines}\n"));
            if !lines.contains("jwt = ") {
                let (key, hash) = new_key(name);
                // Before a table of the caller may follow.
                let at = config.rfind(lines).expect("just written");
                config.insert_str(at, &format!("{hash}\n"));
                keys.insert((*name).to_owned(), key);
            }
        }
        fs::write(folder.path().join("diensan.toml"), config).expect("written");
        let service = run(folder.path(), &keys);
        Self { service, folder, keys, issuer, client: client() }
    }

    /// Ends the process, in order or not, and starts it anew with what it left.
    pub fn restart(&mut self, signal: &str) {
        self.service.signal(signal);
        let _ = self.service.wait();
        self.service = run(self.folder.path(), &self.keys);
    }

    /// A path beside the configuration.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The API key of a caller.
    pub fn key(&self, caller: &str) -> &str {
        self.keys.get(caller).map_or("", String::as_str)
    }

    /// A fresh token that names an officer.
    pub fn token(&self, officer: &str, agency: &str) -> String {
        self.issuer.token(officer, agency)
    }

    /// Any request with a credential.
    pub async fn send(&self, credential: &str, method: &str, path: &str, body: Option<&Value>) -> Reply {
        Reply::of(self.request(credential, method, path, body).send().await.expect("an answer")).await
    }

    /// The same, not sent yet.
    pub fn request(&self, credential: &str, method: &str, path: &str, body: Option<&Value>) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.service.address);
        let mut request = self.client.request(method.parse().expect("a method"), url);
        if !credential.is_empty() {
            request = request.header("Authorization", format!("Bearer {credential}"));
        }
        match body {
            Some(body) => request.header("Content-Type", "application/json").body(body.to_string()),
            None => request,
        }
    }

    /// How often each alarm that was raised at all was, since this process began; all of them must be there.
    pub async fn alarms(&self) -> BTreeMap<String, u64> {
        let text = self.send(self.key("watcher"), "GET", "/metrics", None).await.text;
        let lines = text.lines().filter_map(|line| line.strip_prefix("diensan_access_alarms_total{alarm=\""));
        let all: BTreeMap<String, u64> = lines
            .map(|line| line.split_once("\"} ").expect("a series"))
            .map(|(alarm, count)| (alarm.to_owned(), count.parse().expect("a count")))
            .collect();
        assert_eq!(all.len(), 14, "every alarm has its series from the start");
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }

    /// Every line on record.
    pub fn lines(&self) -> Vec<Value> {
        let entries = fs::read_dir(self.path("journal")).expect("the journal");
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
        files.sort();
        let text: String = files.iter().map(|file| fs::read_to_string(file).expect("a segment")).collect();
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    /// The lines of a kind.
    pub fn lines_of(&self, kind: &str) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line["kind"] == kind).collect()
    }
}

fn run(folder: &Path, keys: &BTreeMap<String, String>) -> Process {
    let mut service = Process::serve_configured(&folder.join("diensan.toml"), "info");
    service.metrics_key = keys.get("watcher").cloned();
    service
}

/// Writes a file that only its owner may read.
pub fn write_secret(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::write(&path, text).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode 600");
}

/// A key and its line for the configuration.
pub fn new_key(caller: &str) -> (String, String) {
    let made = Command::new(env!("CARGO_BIN_EXE_diensan")).args(["key", "new", "--caller", caller]).output();
    let made = String::from_utf8(made.expect("ran").stdout).expect("UTF-8");
    let key = made.lines().next().expect("a key").to_owned();
    let hash = made.lines().find(|line| line.starts_with("keys = ")).expect("its hash");
    (key, hash.to_owned())
}

/// Somebody whose tokens are believed.
pub struct Issuer {
    key: EncodingKey,
    /// The public key in PEM.
    pub public: String,
}

impl Issuer {
    pub fn new() -> Self {
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let pair = pair.expect("a pair");
        let read = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pair.as_ref()).expect("a pair");
        let public = STANDARD.encode(read.public_key().as_der().expect("DER").as_ref());
        let public =
            format!("-----BEGIN PUBLIC KEY-----\n{}\n{}\n-----END PUBLIC KEY-----\n", &public[..64], &public[64..]);
        Self { key: EncodingKey::from_ec_der(pair.as_ref()), public }
    }

    /// Good for five minutes and one request.
    pub fn token(&self, officer: &str, agency: &str) -> String {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let claims = json!({
            "iss": ISSUER, "aud": "diensan", "iat": now, "exp": now + 300, "officer": officer, "agency": agency,
            "jti": format!("t-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)),
        });
        jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &self.key).expect("a token")
    }
}

/// A catalogue of its own with the repository's content, but with these numbers as the sandbox's only people.
pub fn catalog_with_people(folder: &Path, numbers: impl IntoIterator<Item = String>) -> PathBuf {
    let copied = folder.join("service-catalog");
    copy(&root().join("service-catalog"), &copied);
    let people = copied.join("people");
    let pattern = fs::read_to_string(people.join("999090000008.json")).expect("a person");
    let mut record: Value = serde_json::from_str(&pattern).expect("JSON");
    fs::remove_dir_all(&people).expect("removed");
    fs::create_dir(&people).expect("a folder");
    for number in numbers {
        record["number"] = number.as_str().into();
        record["record"]["so_dinh_danh"] = number.as_str().into();
        fs::write(people.join(format!("{number}.json")), record.to_string()).expect("a person");
    }
    copied
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("copied");
        }
    }
}
