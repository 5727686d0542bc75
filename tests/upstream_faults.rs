//! The fault matrix: every way in which upstream fails (PROTOCOL §6.1, §6.2), where it can fail, and what then must
//! happen, from `upstream-faults.csv`. One service holds one connection for each row, so that breakers, tokens and
//! metrics of rows are apart. All deviations are told together.

mod page;
mod script;
mod table;
mod watched;

use std::time::Duration;

use serde_json::{Value, json};

use self::script::{Peer, Script};
use self::table::{Asks, Row, rows};
use self::watched::Watched;
use crate::harness::{Process, Reply, assert_clean};
use crate::raw_peer::NAME;
use crate::road::Road;

/// The limits of every row: short, but long enough for a debug build of both sides on a busy machine.
const LIMITS: &[(&str, &str)] = &[
    ("budget", "\"5s\""),
    ("connect_timeout", "\"500ms\""),
    ("guard.first_byte_timeout", "\"1s\""),
    ("guard.body_timeout", "\"1s\""),
    ("guard.repeat_pause", "\"20ms\""),
];
/// How long a token of the warm-up lives; afterwards every row gets its own.
const WARM_TOKEN_S: u64 = 1;

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_the_protocol_is_told_as_what_it_is_and_never_as_a_missing_citizen() {
    let rows = rows();
    let simulator = Process::simulate();
    // What the connections ask for before their rows begin must be over when they do.
    control(&simulator, "PUT", "/control/tokens", json!({ "lifetime_s": WARM_TOKEN_S, "tell_lifetime": true })).await;
    let mut road = Road::new("ttl = \"0s\"");
    let mut peers = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let script = Script::parse(&row.script).unwrap_or_else(|error| panic!("{}: {error}", row.id));
        let peer = script.peer();
        let base = peer.as_ref().map_or(simulator.address.as_str(), |peer| peer.base());
        let serves = format!("{{ agencies = [\"{}\"] }}", agency(index));
        let breaker = format!("{{ faults = {}, within = \"60s\", probe_after = \"60s\" }}", row.faults.max(1));
        let mut keys = LIMITS.to_vec();
        keys.extend([("serves", serves.as_str()), ("guard.breaker", breaker.as_str())]);
        keys.extend(row.settings());
        road.connection(&connection(index), &row.profile, base, &keys);
        peers.push((script, peer));
    }
    let service = road.serve();
    wait_until_ready(&service).await;
    tokio::time::sleep(Duration::from_millis(WARM_TOKEN_S * 1000 + 100)).await;
    control(&simulator, "PUT", "/control/tokens", json!({ "lifetime_s": 3600, "tell_lifetime": true })).await;
    let mut deviations = Vec::new();
    for (index, (row, (script, peer))) in rows.iter().zip(&peers).enumerate() {
        let mut found = Vec::new();
        check(&simulator, &service, index, row, script, peer.as_ref(), &mut found).await;
        deviations.extend(found.into_iter().map(|deviation| format!("{}: {deviation}", row.id)));
    }
    let metrics = service.get("/metrics").await.text;
    assert_clean("the metrics", &metrics);
    assert_clean("the log", &service.log_text());
    assert!(service.log_text().lines().count() > rows.len(), "the log was talkative");
    assert!(deviations.is_empty(), "{} deviations:\n{}", deviations.len(), deviations.join("\n"));
}

/// One row: what is answered, what upstream saw, what the metrics say.
async fn check(
    simulator: &Process,
    service: &Process,
    index: usize,
    row: &Row,
    script: &Script,
    peer: Option<&Peer>,
    found: &mut Vec<String>,
) {
    if script.begins_well {
        control(simulator, "POST", "/control/faults", json!({ "fault": "chunked" })).await;
        let good = service.autofill(&request(index)).await;
        if good.status != 200 {
            found.push(format!("the look-up before it: {} {}", good.status, good.text.len()));
        }
    }
    if let Err(refusal) = script.switch_on(simulator, peer).await {
        found.push(refusal);
    }
    control(simulator, "DELETE", "/control/received", Value::Null).await;
    let before = Watched::of(service, &connection(index)).await;
    let (reply, lookups) = ask(simulator, service, index, row).await;
    let after = Watched::of(service, &connection(index)).await;
    let mut differs = |what: &str, is: &str, expected: &str| {
        if is != expected {
            found.push(format!("{what}: {is:?}, expected {expected:?}"));
        }
    };
    let (outcome, cause, code) = told(&reply);
    differs("status", &reply.status.to_string(), &row.status.to_string());
    differs("code", &code, &row.code);
    differs("outcome", &outcome, &row.outcome);
    differs("cause", &cause, &row.cause);
    differs("look-ups in the metrics", &lookups, &row.lookup_label());
    differs("calls in the metrics", &after.calls_since(&before), &row.calls());
    differs("breaker", &after.breaker(), &row.breaker);
    let seen = Seen::of(simulator, peer).await;
    differs("data calls", &seen.data.to_string(), &row.data_calls.to_string());
    differs("token calls", &seen.token.to_string(), &row.token_calls.to_string());
    differs("questions", &seen.probing, "");
    if !row.accepts_wait(reply.header("retry-after")) {
        differs("Retry-After", reply.header("retry-after"), &row.retry_after);
    }
    if row.status != 200 {
        differs("sentence", reply.json()["detail"].as_str().unwrap_or_default(), &page::officer_sees(&row.code));
    }
    control(simulator, "DELETE", "/control/faults", Value::Null).await;
    control(simulator, "DELETE", "/control/styles", Value::Null).await;
}

/// Asks as often as the row says: the last answer, and the look-ups that the metrics counted for it.
async fn ask(simulator: &Process, service: &Process, index: usize, row: &Row) -> (Reply, String) {
    let (request, name) = (request(index), connection(index));
    match row.asks() {
        Asks::Times(times) => {
            for _ in 1..times {
                service.autofill(&request).await;
            }
            let before = Watched::of(service, &name).await;
            let reply = service.autofill(&request).await;
            (reply, Watched::of(service, &name).await.lookups_since(&before))
        }
        Asks::Overlapping => {
            let first = async { service.autofill(&request).await };
            let second = async {
                // The first look-up is under way when upstream has its question.
                while simulator.get("/control/received?last=1").await.json() == json!([]) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                let before = Watched::of(service, &name).await;
                // About somebody else: the same look-up twice at once is one look-up.
                let mut other = request.clone();
                other["citizen"]["id"] = json!("999099009002");
                let reply = service.autofill(&other).await;
                (reply, Watched::of(service, &name).await.lookups_since(&before))
            };
            let (_, answer) = tokio::join!(first, second);
            answer
        }
    }
}

/// What upstream saw of a row.
struct Seen {
    data: usize,
    token: usize,
    /// Why the questions look like probing; empty when they do not.
    probing: String,
}

impl Seen {
    async fn of(simulator: &Process, peer: Option<&Peer>) -> Self {
        if let Some(peer) = peer {
            let (data, token) = peer.calls();
            return Self { data, token, probing: probing(&peer.questions()) };
        }
        let received = simulator.get("/control/received?last=1000").await.json();
        let entries = received.as_array().expect("a list");
        let is_token = |entry: &&Value| crate::road::is_token_path(entry["route"].as_str().unwrap_or_default());
        let questions: Vec<String> = entries
            .iter()
            .filter(|entry| !is_token(entry))
            .map(|entry| entry["body"].as_str().unwrap_or_default().to_owned())
            .collect();
        let token = entries.iter().filter(is_token).count();
        Self { data: questions.len(), token, probing: probing(&questions) }
    }
}

/// Every repeat asks the same under a new `MaYeuCau` (PROTOCOL §6.1 "MUST NOT try variants", §7).
fn probing(questions: &[String]) -> String {
    let parted: Vec<(String, String)> = questions.iter().map(|question| without_request_id(question)).collect();
    let same = parted.windows(2).all(|pair| pair[0].1 == pair[1].1);
    let mut ids: Vec<&str> = parted.iter().map(|(id, _)| id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    match (same, ids.len() == questions.len()) {
        (false, _) => "a repeat asks something else".to_owned(),
        (true, false) => "a MaYeuCau was used twice".to_owned(),
        (true, true) => String::new(),
    }
}

/// The `MaYeuCau` of a question, and the rest of it. XML and JSON name it alike but for the case of its first letter.
fn without_request_id(question: &str) -> (String, String) {
    let Some(at) = question.find("aYeuCau") else { return (String::new(), question.to_owned()) };
    let after = &question[at + "aYeuCau".len()..];
    let skipped = after.len() - after.trim_start_matches(['>', '"', ':', ' ']).len();
    let id: String = after[skipped..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let rest = question.replace(&id, "…");
    (id, rest)
}

/// Outcome, cause and problem code of an answer.
fn told(reply: &Reply) -> (String, String, String) {
    let answer = reply.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if reply.status == 200 {
        let look_up = &answer["lookups"][0];
        return (text(&look_up["outcome"]), text(&look_up["cause"]), String::new());
    }
    (text(&answer["outcome"]), text(&answer["cause"]), text(&answer["code"]))
}

async fn control(simulator: &Process, method: &str, path: &str, body: Value) {
    try_control(simulator, method, path, body).await.unwrap_or_else(|refusal| panic!("{refusal}"));
}

async fn try_control(simulator: &Process, method: &str, path: &str, body: Value) -> Result<(), String> {
    let reply = simulator.send(method, path, Some(&body).filter(|body| !body.is_null())).await;
    match reply.status {
        201 | 204 => Ok(()),
        status => Err(format!("{method} {path}: {status} {}", reply.text)),
    }
}

/// The connections have done what they do before the service calls itself ready.
async fn wait_until_ready(service: &Process) {
    for _ in 0..600 {
        if service.get("/readyz").await.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not ready");
}

fn connection(index: usize) -> String {
    format!("row-{index}")
}

fn agency(index: usize) -> String {
    format!("F.{index}")
}

/// The same citizen in every row; no number of the fault table, so only the row's script decides.
fn request(index: usize) -> Value {
    json!({
        "service": "1.000656", "officer": "cb-0123", "agency": agency(index), "dossier": "F-261120-0007",
        "citizen": { "id": "999099009001", "name": NAME, "birth_date": "1999-09-09" },
    })
}
