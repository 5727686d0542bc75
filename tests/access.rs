//! Who may ask for what, run against the built service: callers × services × attributes × officers, quotas, and exactly
//! one line on record for each answer. Rows: `tests/permissions.csv`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Process, Reply, client, root};

/// A service with callers, a journal and counters of its own, over the sandbox's people.
pub struct Guarded {
    pub service: Process,
    folder: tempfile::TempDir,
    keys: Vec<(String, String)>,
}

/// Name, scopes, agencies, services, attributes and quota of each caller.
const CALLERS: &[(&str, &str)] = &[
    (
        "everything",
        "scopes = [\"autofill\", \"verify\", \"catalog:read\", \"metrics\"]\nagencies = [\"*\"]\nservices = [\"*\"]\n\
         attributes = [\"*\", \"sensitive:*\"]\nquota = { citizens_per_officer_hour = 1000, citizens_per_officer_day = 1000, \
         citizens_per_day = 1000, citizens_per_dossier = 100 }",
    ),
    ("no-sensitive", "scopes = [\"autofill\"]\nagencies = [\"*\"]\nservices = [\"*\"]\nattributes = [\"*\"]"),
    ("names-only", "scopes = [\"autofill\"]\nagencies = [\"*\"]\nservices = [\"*\"]\nattributes = [\"ho_va_ten\"]"),
    ("one-service", "scopes = [\"autofill\"]\nagencies = [\"*\"]\nservices = [\"1.005099\"]\nattributes = [\"*\"]"),
    ("one-agency", "scopes = [\"autofill\"]\nagencies = [\"H01.*\"]\nservices = [\"*\"]\nattributes = [\"*\"]"),
    ("reader", "scopes = [\"catalog:read\"]\nagencies = [\"*\"]\nservices = [\"*\"]\nattributes = []"),
    ("watcher", "scopes = [\"metrics\"]\nagencies = [\"*\"]\nservices = []\nattributes = []"),
    (
        "verifier",
        "scopes = [\"verify\"]\nagencies = [\"H01.*\"]\nservices = [\"*\"]\nattributes = [\"*\", \"sensitive:*\"]",
    ),
    ("verify-names", "scopes = [\"verify\"]\nagencies = [\"*\"]\nservices = [\"*\"]\nattributes = [\"ho_va_ten\"]"),
    (
        "few",
        "scopes = [\"autofill\"]\nagencies = [\"*\"]\nservices = [\"*\"]\nattributes = [\"*\"]\n\
         quota = { citizens_per_dossier = 2, citizens_per_officer_hour = 3 }",
    ),
];

impl Guarded {
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// With more tables in the configuration.
    pub fn start_with(more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, digit) in [("mac", "a"), ("citizen", "b")] {
            let path = folder.path().join(name);
            fs::write(&path, digit.repeat(64)).expect("a key");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode 600");
        }
        let mut keys = Vec::new();
        let mut callers = String::new();
        for (name, rest) in CALLERS {
            let made = Command::new(env!("CARGO_BIN_EXE_diensan")).args(["key", "new", "--caller", name]).output();
            let made = String::from_utf8(made.expect("ran").stdout).expect("UTF-8");
            let key = made.lines().next().expect("a key").to_owned();
            let hash = made.lines().find(|line| line.starts_with("keys = ")).expect("its hash");
            callers.push_str(&format!("[[caller]]\nname = \"{name}\"\n{hash}\n{rest}\n"));
            keys.push(((*name).to_owned(), key));
        }
        let config = format!(
            "[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n[journal]\ndirectory = \"journal\"\n\
             mac_key_file = \"mac\"\ncitizen_key_file = \"citizen\"\n[access]\nstate_directory = \"state\"\n{more}{callers}",
            root = root().display()
        );
        fs::write(folder.path().join("diensan.toml"), config).expect("written");
        let mut service = Process::serve_configured(&folder.path().join("diensan.toml"), "debug");
        service.metrics_key = keys.iter().find(|(name, _)| name == "watcher").map(|(_, key)| key.clone());
        Self { service, folder, keys }
    }

    pub fn key(&self, caller: &str) -> &str {
        self.keys.iter().find(|(name, _)| name == caller).map_or("", |(_, key)| key)
    }

    async fn ask(&self, caller: &str, body: &Value) -> Reply {
        self.post(caller, "/v1/autofill", body).await
    }

    pub async fn post(&self, caller: &str, path: &str, body: &Value) -> Reply {
        let mut request = client().post(format!("{}{path}", self.service.address));
        if caller != "nobody" {
            request = request.header("Authorization", format!("Bearer {}", self.key(caller)));
        }
        let request = request.header("Content-Type", "application/json").body(body.to_string());
        Reply::of(request.send().await.expect("an answer")).await
    }

    async fn get(&self, caller: &str, path: &str) -> u16 {
        let request = client().get(format!("{}{path}", self.service.address));
        let request = if caller == "nobody" { request } else { request.header("X-Api-Key", self.key(caller)) };
        request.send().await.expect("an answer").status().as_u16()
    }

    /// Every line on record but alarms, which come when a timer tells them.
    pub fn lines(&self) -> Vec<Value> {
        let directory = self.folder.path().join("journal");
        let mut files: Vec<_> = fs::read_dir(directory)
            .expect("the journal")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
            .collect();
        files.sort();
        let text: String = files.iter().map(|file| fs::read_to_string(file).expect("a segment")).collect();
        let lines = text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON"));
        lines.filter(|line: &Value| line["kind"] != "alarm").collect()
    }
}

pub fn request(service: &str, number: &str, agency: &str, dossier: &str) -> Value {
    json!({ "service": service, "citizen": { "id": number }, "officer": "cb-0123", "agency": agency, "dossier": dossier,
            "dossier_date": "2026-11-20" })
}

/// One row of the table.
#[derive(serde::Deserialize)]
struct Row {
    caller: String,
    service: String,
    citizen: String,
    agency: String,
    status: u16,
    /// Problem code, or `ok`.
    code: String,
    /// `path=state, result or reason`, parted by spaces.
    fields: String,
    /// `autofill`, `verify`, or `exists` (to verify without typed values).
    operation: String,
    /// What was typed, as JSON.
    typed: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_the_permission_table_holds_and_leaves_exactly_one_line() {
    let guarded = Guarded::start();
    let rows: Vec<Row> = csv::Reader::from_path(root().join("tests/permissions.csv"))
        .expect("the table")
        .into_deserialize()
        .collect::<Result<_, _>>()
        .expect("rows");
    assert!(rows.len() >= 60, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let before = guarded.lines().len();
        let mut body = request(&row.service, &row.citizen, &row.agency, &format!("H01.12-261120-{index:04}"));
        if !row.typed.is_empty() {
            body["typed"] = serde_json::from_str(&row.typed).expect("JSON");
        }
        let path = if row.operation == "autofill" { "/v1/autofill" } else { "/v1/verify" };
        let reply = guarded.post(&row.caller, path, &body).await;
        let answer = reply.json();
        let what = format!("row {}: {} {} {}", index + 2, row.caller, row.service, row.agency);
        let code = if reply.status == 200 { "ok".to_owned() } else { reply.code() };
        if (reply.status, code.as_str()) != (row.status, row.code.as_str()) {
            wrong.push(format!("{what}: {} {code}, expected {} {}", reply.status, row.status, row.code));
        }
        for pair in row.fields.split(' ').filter(|pair| !pair.is_empty()) {
            let (path, expected) = pair.split_once('=').expect("path=state");
            let fields = answer["fields"].as_array().cloned().unwrap_or_default();
            let field = fields.iter().find(|field| field["path"] == path);
            let word = |field: &Value| {
                let word = field["reason"].as_str().or(field["state"].as_str()).or(field["result"].as_str());
                word.unwrap_or_default().to_owned()
            };
            let told = field.map(word);
            if told.as_deref() != Some(expected) {
                wrong.push(format!("{what}: {path} is {told:?}, expected {expected}"));
            }
        }
        let lines = guarded.lines();
        let new = &lines[before..];
        let kind = match (row.status, row.operation.as_str()) {
            (200, "autofill") => "disclosure",
            (200, _) => "verify",
            _ => "refusal",
        };
        let known = row.caller != "nobody";
        if new.len() != 1 || new[0]["kind"] != kind || (known && reply.status == 200 && new[0]["caller"] != *row.caller)
        {
            wrong.push(format!(
                "{what}: {} lines, kind {}",
                new.len(),
                new.first().map_or(&Value::Null, |line| &line["kind"])
            ));
        }
    }
    assert!(wrong.is_empty(), "{} deviations:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_but_health_needs_its_scope() {
    let guarded = Guarded::start();
    for (caller, path, status) in [
        ("nobody", "/healthz", 200),
        ("nobody", "/readyz", 200),
        ("nobody", "/metrics", 401),
        ("nobody", "/v1/services", 401),
        ("nobody", "/v1/forms/don-chuyen-truong-tieu-hoc", 401),
        ("watcher", "/metrics", 200),
        ("watcher", "/v1/services", 403),
        ("reader", "/v1/services", 200),
        ("reader", "/v1/services/1.005099", 200),
        ("reader", "/metrics", 403),
        ("everything", "/metrics", 200),
    ] {
        assert_eq!(guarded.get(caller, path).await, status, "{caller} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_credentials_an_unknown_key_and_a_broken_one_are_told_apart() {
    let guarded = Guarded::start();
    let body = request("1.005099", "999187000004", "H01.12", "H01.12-1").to_string();
    let send = async |headers: &[(&str, String)]| {
        let mut request = client().post(format!("{}/v1/autofill", guarded.service.address));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.header("Content-Type", "application/json").body(body.clone());
        let reply = Reply::of(request.send().await.expect("an answer")).await;
        // RFC 9110 §15.5.2: who is not known is told how to make himself known.
        assert_eq!(reply.header("www-authenticate"), if reply.status == 401 { "Bearer" } else { "" });
        (reply.status, reply.code())
    };
    let key = guarded.key("everything");
    let (bearer, unknown) = (format!("Bearer {key}"), format!("Bearer {}x", &key[..key.len() - 1]));
    let told = [
        send(&[]).await,
        send(&[("Authorization", unknown)]).await,
        send(&[("Authorization", bearer), ("X-Api-Key", key.to_owned())]).await,
        send(&[("Authorization", "Basic eA==".to_owned())]).await,
    ];
    let expected = [
        (401, "credentials_missing"),
        (401, "credentials_unknown"),
        (400, "two_credentials"),
        (401, "credentials_malformed"),
    ];
    assert_eq!(told, expected.map(|(status, code)| (status, code.to_owned())));
    let lines = guarded.lines();
    assert_eq!(lines.iter().filter(|line| line["kind"] == "refusal").count(), 4);
    assert!(lines.iter().all(|line| line["people"].is_null()), "nobody was asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_more_citizens_than_the_quota_also_over_a_restart() {
    let mut guarded = Guarded::start();
    let people = ["999187000004", "999198000022", "999085000001", "999090000008"];
    let ask = async |guarded: &Guarded, number: &str, dossier: &str| {
        let reply = guarded.ask("few", &request("1.005099", number, "H01.12", dossier)).await;
        if reply.status == 200 { "ok".to_owned() } else { reply.code() }
    };
    // Three new people an hour: the fourth is refused, those who were asked for are not counted twice.
    for (index, number) in people[..3].iter().enumerate() {
        assert_eq!(ask(&guarded, number, &format!("D-{index}")).await, "ok", "{index}");
    }
    assert_eq!(ask(&guarded, people[0], "D-0").await, "ok", "the same person again");
    let refused = ask(&guarded, people[3], "D-3").await;
    assert!(refused.contains("quota") || refused.contains("limit"), "{refused}");
    guarded.service.terminate();
    assert_eq!(guarded.service.wait(), Some(0));
    guarded.service = Process::serve_configured(&guarded.folder.path().join("diensan.toml"), "debug");
    assert_eq!(ask(&guarded, people[3], "D-4").await, refused, "a restart resets nothing");
    let last = guarded.lines().pop().expect("a line");
    assert_eq!((&last["kind"], &last["refusal"]), (&json!("refusal"), &json!(refused)));
    assert!(last["people"].is_null(), "nothing was fetched");
}
