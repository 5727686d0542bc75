//! `diensan audit …` and `diensan key new` as operators use them, on journals that are written here byte by byte with
//! another implementation of the format: what the documentation says is enough to read and prove a journal.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use aws_lc_rs::{digest, hmac};
use serde_json::{Value, json};

use crate::configuration::diensan;
use crate::harness::{people, personal_data_in, root};

const MAC_KEY: [u8; 32] = [0x11; 32];
const CITIZEN_KEY: [u8; 32] = [0x22; 32];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn mac(key: &[u8; 32], text: &[u8]) -> String {
    hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref())
}

fn key_id(key: &[u8; 32]) -> String {
    let text = [b"diensan journal key id\n".as_slice(), key].concat();
    hex(digest::digest(&digest::SHA256, &text).as_ref())[..8].to_owned()
}

pub fn token(number: &str) -> String {
    format!("{}:{}", key_id(&CITIZEN_KEY), mac(&CITIZEN_KEY, number.as_bytes()))
}

/// Seals lines and heads with the key of these tests.
pub struct Sealer {
    key: hmac::Key,
    key_id: String,
}

impl Sealer {
    pub fn new() -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &MAC_KEY), key_id: key_id(&MAC_KEY) }
    }

    /// The key as its file holds it.
    pub fn mac_key(&self) -> String {
        hex(&MAC_KEY)
    }

    /// A line with its line feed, and its MAC; `body` is everything between `seq` and the chain.
    pub fn line(&self, time: &str, seq: usize, body: &str, prev: &str) -> (String, String) {
        let signed =
            format!("{{\"time\":\"{time}\",\"seq\":{seq},{body},\"key\":\"{}\",\"prev\":\"{prev}\"", self.key_id);
        let mac = self.mac(&signed);
        (format!("{signed},\"mac\":\"{mac}\"}}\n"), mac)
    }

    /// A head of the chain without line feed.
    pub fn head(&self, seq: usize, mac: &str, time: &str) -> String {
        let signed = format!(
            "{{\"head\":{seq},\"mac\":\"{mac}\",\"time\":\"{time}\",\"taken\":\"{time}\",\"key\":\"{}\"",
            self.key_id
        );
        let seal = self.mac(&signed);
        format!("{signed},\"seal\":\"{seal}\"}}")
    }

    /// The head that pruning leaves, with one segment removed.
    pub fn sealed(&self, seq: usize, mac: &str, time: &str) -> String {
        let signed = format!(
            "{{\"head\":{seq},\"mac\":\"{mac}\",\"time\":\"{time}\",\"taken\":\"{time}\",\
             \"removed_segments\":1,\"removed_from\":\"{time}\",\"key\":\"{}\"",
            self.key_id
        );
        let seal = self.mac(&signed);
        format!("{signed},\"seal\":\"{seal}\"}}")
    }

    fn mac(&self, text: &str) -> String {
        hex(hmac::sign(&self.key, text.as_bytes()).as_ref())
    }
}

/// Writes a file that only its owner may read.
pub fn private_file(path: &Path, text: &str) {
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("mode 600");
}

/// A journal in a folder, with its keys beside it.
struct Sample {
    folder: tempfile::TempDir,
    text: String,
    seq: u64,
    prev: String,
}

impl Sample {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        fs::create_dir(folder.path().join("journal")).expect("folder");
        for (name, key) in [("mac", MAC_KEY), ("citizen", CITIZEN_KEY)] {
            let path = folder.path().join(name);
            fs::write(&path, hex(&key)).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode");
        }
        Self { folder, text: String::new(), seq: 0, prev: "0".repeat(64) }
    }

    /// Appends a line; `body` is everything between `seq` and the chain.
    fn line(&mut self, time: &str, body: &Value) {
        self.seq += 1;
        let body = body.to_string();
        let body = &body[1..body.len() - 1];
        let (seq, key, prev) = (self.seq, key_id(&MAC_KEY), &self.prev);
        let signed = format!("{{\"time\":\"{time}\",\"seq\":{seq},{body},\"key\":\"{key}\",\"prev\":\"{prev}\"");
        self.prev = mac(&MAC_KEY, signed.as_bytes());
        let _ = writeln!(self.text, "{signed},\"mac\":\"{}\"}}", self.prev);
    }

    fn disclosure(&mut self, time: &str, number: &str, more: &Value) {
        let mut body = json!({
            "kind": "disclosure", "request_id": format!("r-{}", self.seq + 1), "caller": "mot-cua-tinh",
            "officer": "cb-0123", "agency": "H01.12", "dossier": "H01.12-261120-0007", "service": "1.000894",
            "form": "to-khai-dang-ky-ket-hon",
            "people": [{ "role": "ben_nam", "citizen": token(number), "outcome": "found", "cached": false,
                         "connection": "lgsp-tinh", "calls": ["call-1"], "attributes": ["ho_va_ten", "ngay_sinh"] }],
            "status": 200, "took_us": 1200, "catalog": "0123456789ab"
        });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        self.line(time, &body);
    }

    fn write(&self) {
        fs::write(self.segment(), &self.text).expect("written");
    }

    fn segment(&self) -> PathBuf {
        self.folder.path().join("journal/journal-000001.jsonl")
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let path = |name: &str| self.folder.path().join(name);
        let mut command = Command::new(diensan());
        command.arg("audit").args(arguments).arg("--directory").arg(path("journal"));
        command.arg("--mac-key-file").arg(path("mac")).arg("--citizen-key-file").arg(path("citizen"));
        piped(command.current_dir(root()), input)
    }

    fn text_of(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }
}

fn piped(command: &mut Command, input: &str) -> Output {
    command.env_remove("DIENSAN_CONFIG").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    // A command that needs no input may have ended already.
    let _ = child.stdin.take().expect("standard input").write_all(input.as_bytes());
    child.wait_with_output().expect("an end")
}

fn somebody(index: usize) -> &'static str {
    let mut numbers: Vec<&str> = people().iter().map(|person| person.number.as_str()).collect();
    numbers.dedup();
    numbers[index]
}

/// A month of a small office: two citizens, two officers, a refusal, an alarm, a formula for a dossier.
fn month() -> Sample {
    let mut sample = Sample::new();
    sample.line("2026-10-31T16:00:00.000Z", &json!({ "kind": "start" }));
    sample.disclosure("2026-10-31T17:30:00.000Z", somebody(0), &json!({}));
    sample.disclosure("2026-11-02T02:00:00.000Z", somebody(1), &json!({ "officer": "cb-0456" }));
    sample.disclosure(
        "2026-11-03T02:00:00.000Z",
        somebody(0),
        &json!({
        "officer": "=HYPERLINK(\"x\")", "dossier": "@SUM(1)",
        "people": [
            { "role": "ben_nam", "citizen": token(somebody(0)), "outcome": "found", "cached": true,
              "connection": "lgsp-tinh", "attributes": ["dan_toc"] },
            { "role": "ben_nu", "citizen": token(somebody(1)), "outcome": "found", "cached": false,
              "connection": "lgsp-tinh", "attributes": ["ho_va_ten"] }] }),
    );
    sample.line(
        "2026-11-04T02:00:00.000Z",
        &json!({
        "kind": "refusal", "request_id": "r-5", "caller": "mot-cua-tinh", "officer": "cb-0123", "agency": "H01.12",
        "service": "1.000894", "refusal": "not_licensed", "status": 403 }),
    );
    sample.line(
        "2026-11-05T02:00:00.000Z",
        &json!({
        "kind": "alarm", "caller": "mot-cua-tinh", "officer": "cb-0123", "alarm": "citizens_per_officer_hour" }),
    );
    sample.disclosure("2026-11-30T17:30:00.000Z", somebody(1), &json!({}));
    sample.write();
    sample
}

#[test]
fn a_journal_of_another_implementation_is_proven_by_its_bytes() {
    let sample = month();
    let text = sample.text_of(&["verify"], "");
    assert!(text.contains("7 dòng trong 1 tệp") && text.contains("nhật ký nguyên vẹn"), "{text}");
    assert!(text.contains(&sample.prev), "the head of the chain");
    let changed = sample.text.replacen("cb-0456", "cb-0457", 1);
    fs::write(sample.segment(), changed).expect("written");
    let output = sample.run(&["verify", "--format", "json"], "");
    assert_eq!(output.status.code(), Some(1));
    let read: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(read["faults"], 1);
    let fault = read["findings"].as_array().expect("a list").iter().find(|found| found["notice"] == false);
    let fault = fault.expect("a fault");
    assert_eq!((fault["code"].as_str(), fault["line"].as_u64()), (Some("wrong_mac"), Some(3)));
}

#[test]
fn an_anchor_from_a_log_collector_shows_a_cut_tail() {
    let mut sample = month();
    let (key, prev) = (key_id(&MAC_KEY), sample.prev.clone());
    let signed = format!(
        "{{\"head\":7,\"mac\":\"{prev}\",\"time\":\"2026-11-30T17:30:00.000Z\",\
         \"taken\":\"2026-11-30T17:31:00.000Z\",\"key\":\"{key}\""
    );
    let head = format!("{signed},\"seal\":\"{}\"}}", mac(&MAC_KEY, signed.as_bytes()));
    let anchors = sample.folder.path().join("collector.log");
    fs::write(&anchors, format!("<13>1 - host other - - - x\n<110>1 - host diensan 1 journal-head - {head}\n"))
        .expect("written");
    let anchors = anchors.to_str().expect("a path");
    assert!(sample.run(&["verify", "--anchors", anchors], "").status.success());
    let end = sample.text.trim_end().rfind('\n').expect("lines") + 1;
    sample.text.truncate(end);
    sample.write();
    assert!(sample.run(&["verify"], "").status.success(), "nothing inside shows it");
    let output = sample.run(&["verify", "--lang", "en", "--anchors", anchors], "");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("journal-000001.jsonl:7: the tail was cut: `collector.log` knew of line number 7"), "{text}");
}

#[test]
fn a_citizen_is_found_by_a_number_that_is_no_argument() {
    let sample = month();
    let found = sample.text_of(&["search", "--citizen-from", "-", "--format", "json"], somebody(0));
    let lines: Vec<Value> = found.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.iter().map(|line| line["seq"].as_u64()).collect::<Vec<_>>(), [Some(2), Some(4)]);
    let file = sample.folder.path().join("number");
    fs::write(&file, format!("{}\n", somebody(0))).expect("written");
    let from_file = ["search", "--citizen-from", file.to_str().expect("a path"), "--format", "json"];
    assert_eq!(sample.text_of(&from_file, ""), found);
    assert_eq!(sample.text_of(&["search", "--citizen-from", "-", "--format", "json"], somebody(2)), "");
    let wrong = sample.run(&["search", "--citizen-from", "-"], "khong phai so");
    assert_eq!(wrong.status.code(), Some(2));
    let said = String::from_utf8(wrong.stderr).expect("text");
    assert!(said.contains("number_charset") && !said.contains("khong"), "{said}");
}

#[test]
fn officers_dossiers_and_times_are_found() {
    let sample = month();
    let numbers = |arguments: &[&str]| -> Vec<u64> {
        let found = sample.text_of(&[&["search", "--format", "json"], arguments].concat(), "");
        let line = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["seq"].as_u64().expect("a number");
        found.lines().map(line).collect()
    };
    assert_eq!(numbers(&["--officer", "cb-0456"]), [3]);
    assert_eq!(numbers(&["--officer", "=HYPERLINK(\"x\")"]), [4], "escaped in the line");
    assert_eq!(numbers(&["--dossier", "H01.12-261120-0007"]), [2, 3, 7]);
    assert_eq!(numbers(&["--caller", "mot-cua"]), [0; 0], "no part of a word");
    // A day is a day in Viet Nam: 1 November begins at 17:00 the day before in UTC.
    assert_eq!(numbers(&["--since", "2026-11-01", "--until", "2026-11-02"]), [2, 3]);
    assert_eq!(numbers(&["--since", "2026-11-05T02:00:00Z"]), [6, 7]);
    assert_eq!(numbers(&["--until", "2026-11-05T02:00:00Z", "--officer", "cb-0123"]), [2, 5]);
}

#[test]
fn no_spreadsheet_computes_what_stands_in_a_cell() {
    let csv = month().text_of(&["search", "--format", "csv"], "");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let cells: Vec<String> =
        reader.records().flat_map(|line| line.expect("a line").iter().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert!(cells.iter().any(|cell| cell == "'=HYPERLINK(\"x\")") && cells.iter().any(|cell| cell == "'@SUM(1)"));
    assert!(cells.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])));
}

#[test]
fn the_export_for_a_citizen_names_no_officer_and_nobody_else() {
    let sample = month();
    let text = sample.text_of(&["citizen", "--citizen-from", "-"], somebody(0));
    for said in ["Số lần: 2", "01/11/2026 00:30:00", "H01.12", "1.000894", "Mục đích: Điền sẵn tờ khai", "Dân tộc"]
    {
        assert!(text.contains(said), "{said} in {text}");
    }
    for hidden in
        ["cb-0123", "HYPERLINK", "0007", "SUM(1)", "ben_nu", "mot-cua", &token(somebody(0)), &token(somebody(1))]
    {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    let json = sample.text_of(&["citizen", "--citizen-from", "-", "--format", "json"], somebody(0));
    let read: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(read.as_array().map(Vec::len), Some(2));
    assert!(read[0].get("officer").is_none() && read[0].get("dossier").is_none());
    assert!(personal_data_in(&text).is_empty() && personal_data_in(&json).is_empty());
}

#[test]
fn the_inspector_sees_officers_and_calls() {
    let sample = month();
    let json = sample.text_of(&["inspect", "--citizen-from", "-", "--format", "json"], somebody(0));
    let read: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(read[0]["officer"], "cb-0123");
    assert_eq!(read[0]["calls"], "call-1");
    assert_eq!(read[0]["line"], "2");
    assert_eq!(read[1]["source"], "lgsp-tinh (bộ nhớ đệm)");
}

#[test]
fn the_supervision_report_counts_a_month_of_viet_nam() {
    let sample = month();
    let json = sample.text_of(&["report", "--month", "2026-11", "--format", "json"], "");
    let read: Value = serde_json::from_str(&json).expect("JSON");
    // Line 1 is of October there, line 7 of December.
    assert_eq!(read["lines"], 5);
    assert_eq!(read["total"], json!({ "disclosures": 3, "verifications": 0, "refusals": 1, "citizens": 2 }));
    assert_eq!(read["officers"]["H01.12 / cb-0123"]["refusals"], 1);
    assert_eq!(read["refusals"], json!({ "not_licensed": 1 }));
    assert_eq!(read["attributes"], json!({ "dan_toc": 1, "ho_va_ten": 3, "ngay_sinh": 2 }));
    assert_eq!(read["alarms"][0]["alarm"], "citizens_per_officer_hour");
    assert_eq!(read["journal"]["faults"], 0);
    assert_eq!(read["journal"]["last_mac"], sample.prev.as_str());
    let text = sample.text_of(&["report", "--month", "2026-11"], "");
    for said in ["tháng 2026-11", "Đã kiểm tra: nguyên vẹn", "Chữ ký", "| not_licensed | 1 |", "đăng ký kết hôn"]
    {
        assert!(text.contains(said), "{said} in {text}");
    }
}

#[test]
fn a_breach_lists_whom_it_affects_by_hash_with_the_hour_of_the_notice() {
    let sample = month();
    let period = ["--from", "2026-11-02", "--to", "2026-11-05"];
    let json = sample.text_of(&[&["breach", "--format", "json"], &period[..]].concat(), "");
    let read: Value = serde_json::from_str(&json).expect("JSON");
    let citizens = read["citizens"].as_object().expect("an object");
    assert_eq!(citizens.len(), 2);
    assert_eq!(citizens[&token(somebody(1))]["attributes"], json!(["ho_va_ten", "ngay_sinh"]));
    assert_eq!(read["alarms"][0]["notice_due"], "08/11/2026 09:00:00");
    let text = sample.text_of(&[&["breach", "--officer", "cb-0456"], &period[..]].concat(), "");
    assert!(text.contains("Chủ thể dữ liệu: 1. Lần cung cấp: 1."), "{text}");
    assert!(text.contains("Mẫu số 08") && text.contains("hạn thông báo 08/11/2026 09:00:00"), "{text}");
    let csv = sample.text_of(&[&["breach", "--format", "csv"], &period[..]].concat(), "");
    assert_eq!(csv.lines().count(), 3);
    assert!(personal_data_in(&(json + &text + &csv)).is_empty());
}

#[test]
fn a_key_is_written_once_and_only_for_its_owner() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("journal-mac");
    let make = |purpose: &str, file: &Path| {
        let mut command = Command::new(diensan());
        piped(command.args(["key", "new", "--purpose", purpose]).arg(file), "")
    };
    let output = make("journal-mac", &file);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty() && String::from_utf8_lossy(&output.stderr).contains("mac_key_file"));
    let key = fs::read_to_string(&file).expect("a key");
    assert_eq!((key.len(), key.trim().len()), (65, 64));
    assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    assert!(!String::from_utf8_lossy(&output.stderr).contains(key.trim()), "never shown");
    let again = make("journal-mac", &file);
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&file).expect("a key"), key, "never written over");
    let other = folder.path().join("journal-citizen");
    assert!(make("journal-citizen", &other).status.success());
    assert_ne!(fs::read_to_string(&other).expect("a key"), key);
}

#[test]
fn pruning_needs_a_decision_and_removes_what_is_old() {
    let mut sample = Sample::new();
    sample.line("2001-01-01T00:00:00.000Z", &json!({ "kind": "start" }));
    sample.write();
    sample.text.clear();
    sample.line("2001-02-01T00:00:00.000Z", &json!({ "kind": "close" }));
    fs::write(sample.folder.path().join("journal/journal-000002.jsonl"), &sample.text).expect("written");
    let undecided = sample.run(&["prune"], "");
    assert_eq!(undecided.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&undecided.stderr).contains("--keep 24mo"));
    assert_eq!(sample.run(&["prune", "--keep", "2y"], "").status.code(), Some(2));
    let said = sample.text_of(&["prune", "--keep", "24mo", "--lang", "en"], "");
    assert!(said.starts_with("1 segments removed, up to line number 1"), "{said}");
    assert!(!sample.segment().exists(), "the first is gone");
    let said = sample.text_of(&["verify", "--lang", "en"], "");
    assert!(said.contains("1 segments were pruned") && said.contains("the journal is whole"), "{said}");
}

#[test]
fn a_command_says_which_option_is_missing() {
    let sample = month();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(diensan());
        let output = piped(command.args(arguments).current_dir(sample.folder.path()), "");
        (output.status.code(), String::from_utf8(output.stderr).expect("text"))
    };
    let (code, said) = run(&["audit", "verify"]);
    assert!(code == Some(2) && said.contains("--config FILE, or --directory DIR"), "{said}");
    let (code, said) = run(&["audit", "verify", "--directory", "journal"]);
    assert!(code == Some(2) && said.contains("--mac-key-file FILE"), "{said}");
    let (code, said) = run(&["audit", "verify", "--directory", "nowhere", "--mac-key-file", "mac"]);
    assert!(code == Some(2) && said.contains("nowhere"), "{said}");
}

#[test]
fn the_configuration_names_journal_and_keys() {
    let sample = month();
    let config = sample.folder.path().join("diensan.toml");
    let text = "[journal]\ndirectory = \"journal\"\nmac_key_file = \"mac\"\ncitizen_key_file = \"citizen\"\n";
    fs::write(&config, text).expect("written");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(diensan());
        piped(command.arg("audit").args(arguments).arg("--config").arg(&config).current_dir(root()), "")
    };
    assert!(run(&["verify"]).status.success());
    fs::write(&config, text.replace("\"citizen\"", "\"mac\"")).expect("written");
    let refused = run(&["verify"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("journal.citizen_key_file` holds the same key"));
}
