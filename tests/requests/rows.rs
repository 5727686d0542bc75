//! The rows A1–A20 of the register of risks that are more than one bad body: spellings that must be accepted, badly
//! framed requests, tokens, twenty at once (`tests/bad-inputs.json`; the bad bodies stand in `tests/bad-requests.json`).

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::log_without_measures;
use crate::connections::Upstream;
use crate::harness::{Process, Reply, assert_clean, client, root};

/// The simulator answers about this number after a second (and calls it faulty): long enough to hang up meanwhile.
const SLOW: &str = "999099000901";

fn rows() -> Vec<Value> {
    serde_json::from_str(include_str!("../bad-inputs.json")).expect("a list of rows")
}

/// The rows that have a member, which says how they are run.
fn rows_with(member: &str) -> Vec<Value> {
    let rows: Vec<Value> = rows().into_iter().filter(|row| row.get(member).is_some()).collect();
    assert!(!rows.is_empty(), "no row has {member}");
    rows
}

fn text<'r>(row: &'r Value, member: &str) -> &'r str {
    row[member].as_str().unwrap_or_default()
}

/// What is wrong with an answer, by the row's name.
fn judge(row: &Value, status: u16, code: &str) -> Option<String> {
    let expected = row["status"].as_u64().unwrap_or(200);
    // A head that is not even a request is answered by the HTTP library: a status and nothing else.
    let wrong = u64::from(status) != expected || row.get("code").is_some_and(|expected| *expected != code);
    wrong.then(|| format!("{} {}: answered {status} {code}", text(row, "risk"), text(row, "name")))
}

fn assert_right(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn code_of(reply: &Reply) -> String {
    if reply.status < 400 { String::new() } else { reply.code() }
}

#[test]
fn every_row_of_the_register_of_bad_inputs_is_tried() {
    let first_word = |row: &Value| text(row, "name").split(' ').next().unwrap_or_default().to_owned();
    let mut tried: BTreeSet<String> = super::cases().iter().map(first_word).collect();
    tried.extend(rows().iter().map(|row| text(row, "risk").to_owned()));
    let missing: Vec<String> = (1..=20).map(|row| format!("A{row}")).filter(|row| !tried.contains(row)).collect();
    assert_eq!(missing, [""; 0]);
    // A row that no test picks up would be tried by nobody.
    let ways = ["same_as", "warning", "head", "body", "claims", "over_connection", "times", "citizen"];
    for row in rows() {
        assert!(ways.iter().any(|way| row.get(way).is_some()), "{}", text(&row, "name"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_spellings_are_accepted_and_ask_for_the_same_person() {
    let service = Process::serve(&[]);
    let mut wrong = Vec::new();
    for (index, row) in rows_with("citizen").iter().enumerate() {
        // A dossier of its own keeps rows apart; an answer that comes from the cache was asked with the same key.
        let ask =
            |citizen: &Value| json!({ "service": "1.000894", "citizen": citizen, "agency": format!("H01.{index}") });
        let first = match row.get("same_as") {
            Some(plain) => Some(service.autofill(&ask(plain)).await),
            None => None,
        };
        let reply = service.autofill(&ask(&row["citizen"])).await;
        wrong.extend(judge(row, reply.status, &code_of(&reply)));
        if reply.status != 200 {
            continue;
        }
        let answer = reply.json();
        if let Some(first) = first {
            let same = first.json()["data"] == answer["data"] && answer["lookups"][0]["cached"] == true;
            wrong.extend((!same).then(|| format!("{}: another question", text(row, "name"))));
        }
        if let Some(code) = row.get("warning") {
            let told =
                answer["warnings"].as_array().is_some_and(|all| all.iter().any(|warning| warning["code"] == *code));
            wrong.extend((!told).then(|| format!("{}: no warning", text(row, "name"))));
        }
    }
    assert_right(&wrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn dossiers_of_other_times_find_the_form_of_their_day_or_none() {
    let service = Process::serve(&[]);
    let mut wrong = Vec::new();
    for row in rows_with("body") {
        let reply = service.autofill(&row["body"]).await;
        wrong.extend(judge(&row, reply.status, &code_of(&reply)));
    }
    assert_right(&wrong);
}

/// `@repeat <count> <text>` at the end of a piece.
fn expanded(piece: &str) -> String {
    let Some((before, rest)) = piece.split_once("@repeat ") else { return piece.to_owned() };
    let (count, what) = rest.split_once(' ').expect("a count and a text");
    format!("{before}{}", what.repeat(count.parse().expect("a count")))
}

fn bytes_of(row: &Value) -> Vec<u8> {
    let (method, path) = (row["method"].as_str().unwrap_or("POST"), row["path"].as_str().unwrap_or("/v1/autofill"));
    let mut bytes = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n").into_bytes();
    let lines = row["head"].as_array().expect("lines").iter().filter_map(Value::as_str);
    for line in lines.chain((method == "POST").then_some("Content-Type: application/json")) {
        bytes.extend(expanded(line).bytes());
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"\r\n");
    for piece in row["send"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        bytes.extend(expanded(piece).bytes());
    }
    bytes.extend(STANDARD.decode(text(row, "send_base64")).expect("base64"));
    bytes
}

/// Sends bytes and reads one answer: its status and its problem code.
async fn converse(service: &Process, row: &Value) -> (u16, String) {
    let address = service.address.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // The service may answer and close before everything is sent.
    let _ = stream.write_all(&bytes_of(row)).await;
    if text(row, "then") == "close" {
        let _ = stream.shutdown().await;
    }
    let mut answer = Vec::new();
    let reading = async {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            answer.extend_from_slice(&buffer[..count]);
            if is_whole(&answer) {
                break;
            }
        }
    };
    let seconds = row["seconds"].as_u64().unwrap_or(5);
    let _ = tokio::time::timeout(Duration::from_secs(seconds), reading).await;
    let status = std::str::from_utf8(answer.get(9..12).unwrap_or_default()).ok().and_then(|status| status.parse().ok());
    let status = status.unwrap_or(0);
    if status != 200 {
        assert_clean(text(row, "name"), &answer);
    }
    let answer = String::from_utf8_lossy(&answer);
    let code = answer.split_once("\"code\":\"").and_then(|(_, rest)| rest.split_once('"'));
    (status, code.map(|(code, _)| code.to_owned()).unwrap_or_default())
}

/// Whether the head and as much of a body as it tells of have come.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

#[tokio::test(flavor = "multi_thread")]
async fn badly_framed_and_tricky_requests_are_refused_and_nothing_of_them_is_logged() {
    let (open, issuer) = (Process::serve(&[]), Issuer::start());
    let mut wrong = Vec::new();
    let rows = rows_with("head");
    let answers = rows.iter().map(|row| converse(if row["guarded"] == true { &issuer.service } else { &open }, row));
    for (row, (status, code)) in rows.iter().zip(futures_util::future::join_all(answers).await) {
        wrong.extend(judge(row, status, &code));
    }
    assert_right(&wrong);
    for service in [&open, &issuer.service] {
        let log = log_without_measures(service);
        for number in ["999198000022", "192.0.2.1", "444444444444", "cb-", "%E1%BB%84N"] {
            assert!(!log.contains(number), "the log holds what was sent");
        }
        assert_eq!(service.get("/healthz").await.status, 200);
    }
}

/// A service whose caller proves itself by tokens, with a journal.
struct Issuer {
    service: Process,
    key: EncodingKey,
    _folder: tempfile::TempDir,
}

/// Keys for journal and accounts, mode 600.
fn write_keys(folder: &Path) {
    for (name, digit) in [("mac", "a"), ("citizen", "b")] {
        let path = folder.join(name);
        fs::write(&path, digit.repeat(64)).expect("a key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode 600");
    }
}

const JOURNAL: &str = "[journal]\ndirectory = \"journal\"\nmac_key_file = \"mac\"\ncitizen_key_file = \"citizen\"\n";

impl Issuer {
    fn start() -> Self {
        let random = aws_lc_rs::rand::SystemRandom::new();
        let private = Ed25519KeyPair::generate_pkcs8(&random).expect("a pair");
        let pair = Ed25519KeyPair::from_pkcs8(private.as_ref()).expect("a pair");
        let public = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "k1",
                                        "x": URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()) }] });
        let folder = tempfile::tempdir().expect("a folder");
        write_keys(folder.path());
        fs::write(folder.path().join("sso.jwks"), public.to_string()).expect("written");
        let config = format!(
            "[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n{JOURNAL}[access]\n\
             state_directory = \"state\"\n[[caller]]\nname = \"motcua\"\nscopes = [\"autofill\", \"metrics\"]\nagencies = [\"H01.*\"]\n\
             services = [\"*\"]\nattributes = [\"*\"]\njwt = {{ issuer = \"https://sso.example\", audience = \"diensan\", \
             algorithms = [\"EdDSA\"], keys_file = \"sso.jwks\" }}\n",
            root = root().display()
        );
        fs::write(folder.path().join("diensan.toml"), config).expect("written");
        let service = Process::serve_configured(&folder.path().join("diensan.toml"), "trace");
        Self { service, key: EncodingKey::from_ed_der(private.as_ref()), _folder: folder }
    }

    /// A token for one request.
    fn token(&self, id: usize, more: &Value) -> String {
        let now = jiff::Timestamp::now().as_second();
        let mut claims = json!({ "iss": "https://sso.example", "aud": "diensan", "iat": now, "exp": now + 300,
                                 "jti": format!("t-{id}") });
        claims.as_object_mut().expect("claims").extend(more.as_object().expect("claims").clone());
        let header = Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, &claims, &self.key).expect("a token")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_repeat_the_claims_of_the_token_and_nothing_else() {
    let issuer = Issuer::start();
    let mut wrong = Vec::new();
    for (index, row) in rows_with("claims").iter().enumerate() {
        let mut body = json!({ "service": "1.000894", "citizen": { "id": "999198000022" }, "dossier": "H01.12-1" });
        body.as_object_mut().expect("an object").extend(row["asks"].as_object().expect("members").clone());
        let request = client().post(format!("{}/v1/autofill", issuer.service.address));
        let request =
            request.bearer_auth(issuer.token(index, &row["claims"])).header("Content-Type", "application/json");
        let reply = Reply::of(request.body(body.to_string()).send().await.expect("an answer")).await;
        wrong.extend(judge(row, reply.status, &code_of(&reply)));
    }
    assert_right(&wrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_asked_by_an_officer_of_an_agency_for_a_dossier_only() {
    let upstream = Upstream::start();
    let service = upstream.serve("direct");
    let mut wrong = Vec::new();
    for row in rows_with("over_connection") {
        let mut body = row["over_connection"].clone();
        body["service"] = "1.000656".into();
        body["citizen"] = slow_citizen();
        let reply = service.autofill(&body).await;
        wrong.extend(judge(&row, reply.status, &code_of(&reply)));
    }
    assert_right(&wrong);
    assert_eq!(upstream.calls("/direct/037").await, 0, "somebody was asked");
}

fn slow_citizen() -> Value {
    json!({ "id": SLOW, "name": "NGUYỄN VĂN MẪU LỖI", "birth_date": "1999-09-09" })
}

/// The lines about requests: not the one that says that a writer began.
fn journal_lines(folder: &Path) -> usize {
    let files = fs::read_dir(folder).expect("the journal").filter_map(Result::ok).map(|entry| entry.path());
    let segments = files.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    let about_requests = |path| {
        let text = fs::read_to_string(path).expect("a segment");
        text.lines().filter(|line| !line.contains("\"kind\":\"start\"")).count()
    };
    segments.map(about_requests).sum()
}

/// Waits until something holds, at most ten seconds.
async fn reached(mut holds: impl AsyncFnMut() -> bool) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10) {
        if holds().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_equal_requests_are_one_call_and_twenty_lines_even_when_everybody_hangs_up() {
    for row in rows_with("times") {
        let upstream = Upstream::start();
        let config = upstream.config("direct", "", "");
        let folder = config.parent().expect("a folder");
        write_keys(folder);
        let text = fs::read_to_string(&config).expect("the configuration");
        fs::write(&config, format!("{text}{JOURNAL}")).expect("written");
        let service = Process::serve_configured(&config, "debug");
        let body = json!({ "service": "1.000656", "officer": "cb-0123", "agency": "H01.12", "dossier": "H01.12-1",
                           "citizen": slow_citizen() })
        .to_string();
        let head = format!(
            "POST /v1/autofill HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let times = usize::try_from(row["times"].as_u64().expect("a count")).expect("small");
        let address = service.address.strip_prefix("http://").expect("an address");
        let mut streams = Vec::new();
        for _ in 0..times {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            stream.write_all(head.as_bytes()).await.expect("sent");
            streams.push(stream);
        }
        assert!(reached(async || upstream.calls("/direct/037").await > 0).await, "nobody was asked");
        if row["hang_up"] == true {
            streams.clear();
        } else {
            for stream in &mut streams {
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await.expect("an answer");
                assert!(answer.starts_with("HTTP/1.1 200 "), "{}", text_of_status(&answer));
            }
        }
        let (journal, lines) = (folder.join("journal"), row["lines"].as_u64().expect("a count"));
        let recorded = reached(async || journal_lines(&journal) as u64 == lines).await;
        assert!(recorded, "{}: {} lines", row["name"], journal_lines(&journal));
        assert_eq!(upstream.calls("/direct/037").await, row["calls"].as_u64().expect("a count"), "{}", row["name"]);
        // What was learnt for those who left is there for the next one, over a connection that is not half read.
        assert_eq!(service.post("/v1/autofill", &body).await.status, 200);
        assert_eq!(service.get("/healthz").await.status, 200);
    }
}

fn text_of_status(answer: &str) -> &str {
    answer.lines().next().unwrap_or("no answer")
}
