//! Bad requests: every one is answered by a problem document with its own code, and nothing of it is echoed or logged.

mod built;
mod headers;
mod rows;
mod wire;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use base64::Engine as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Process, Reply, client, json_files, root};

/// A request as it goes over the wire, and the problem that must come back.
pub struct Case {
    pub name: String,
    pub method: Method,
    pub path: String,
    /// `None`: no header at all.
    pub content_type: Option<String>,
    pub body: Vec<u8>,
    pub expected: Expected,
}

/// What a problem must say; an absent member of the case must be absent in the problem too.
pub struct Expected {
    pub status: u16,
    pub code: String,
    pub pointer: Option<String>,
    pub did_you_mean: Option<String>,
}

impl Case {
    /// `POST /v1/autofill` with a JSON body.
    pub fn post(name: &str, body: &Value, status: u16, code: &str, pointer: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            method: Method::POST,
            path: "/v1/autofill".to_owned(),
            content_type: Some("application/json".to_owned()),
            body: body.to_string().into_bytes(),
            expected: Expected {
                status,
                code: code.to_owned(),
                pointer: pointer.map(str::to_owned),
                did_you_mean: None,
            },
        }
    }

    /// A case of `bad-requests.json`.
    fn read(case: &Value) -> Self {
        let text = |key: &str| case[key].as_str().map(str::to_owned);
        let body = match (&case["body"], text("raw"), text("raw_base64")) {
            (Value::Null, Some(raw), None) => raw.into_bytes(),
            (Value::Null, None, Some(raw)) => base64::engine::general_purpose::STANDARD.decode(raw).expect("base64"),
            (Value::Null, None, None) => Vec::new(),
            (body, None, None) => expanded(body).to_string().into_bytes(),
            _ => panic!("one of body, raw and raw_base64"),
        };
        let json = "application/json".to_owned();
        Self {
            name: text("name").expect("a name"),
            method: text("method").map_or(Method::POST, |method| method.parse().expect("a method")),
            path: text("path").unwrap_or_else(|| "/v1/autofill".to_owned()),
            content_type: case.get("content_type").map_or(Some(json), |value| value.as_str().map(str::to_owned)),
            body,
            expected: Expected {
                status: case["status"].as_u64().and_then(|status| status.try_into().ok()).expect("a status"),
                code: text("code").expect("a code"),
                pointer: text("pointer"),
                did_you_mean: text("did_you_mean"),
            },
        }
    }

    /// Sends it and says what is wrong with the answer; never a value of the request.
    pub async fn run(&self, service: &Process) -> Vec<String> {
        let address = format!("{}{}", service.address, self.path);
        let mut request = client().request(self.method.clone(), address).body(self.body.clone());
        if let Some(content_type) = &self.content_type {
            request = request.header("Content-Type", content_type);
        }
        let reply = reply_of(request).await;
        let mut wrong = problem_faults(&reply, &self.expected);
        let log = log_without_measures(service);
        for (index, text) in texts_of(&self.body).iter().enumerate() {
            if reply.text.contains(text) {
                wrong.push(format!("text {index} of the request is echoed"));
            }
            if log.contains(text) {
                wrong.push(format!("text {index} of the request is logged"));
            }
        }
        wrong.into_iter().map(|what| format!("{}: {what}", self.name)).collect()
    }
}

/// The answer to a request that the harness has no words for.
pub async fn reply_of(request: reqwest::RequestBuilder) -> Reply {
    Reply::of(request.send().await.expect("an answer")).await
}

/// Values that would be unreadable or out of date in a file: `@repeat <count> <text>` and `@tomorrow`.
fn expanded(value: &Value) -> Value {
    match value {
        Value::String(text) if text == "@tomorrow" => {
            let viet_nam = jiff::tz::TimeZone::fixed(jiff::tz::offset(7));
            viet_nam.to_datetime(jiff::Timestamp::now()).date().tomorrow().expect("a day").to_string().into()
        }
        Value::String(text) => match text.strip_prefix("@repeat ").and_then(|rest| rest.split_once(' ')) {
            Some((count, what)) => what.repeat(count.parse().expect("a count")).into(),
            None => value.clone(),
        },
        Value::Array(items) => items.iter().map(expanded).collect(),
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), expanded(value))).collect(),
        _ => value.clone(),
    }
}

/// What a problem document lacks.
pub fn problem_faults(reply: &Reply, expected: &Expected) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |good: bool, what: &str| {
        if !good {
            wrong.push(what.to_owned());
        }
    };
    check(reply.header("content-type") == "application/problem+json", "not a problem document");
    check(reply.header("cache-control") == "no-store", "may be stored");
    check(reply.header("x-content-type-options") == "nosniff", "may be sniffed");
    let Ok(problem) = serde_json::from_str::<Value>(&reply.text) else {
        return vec![format!("answered {} with {} bytes that are no JSON", reply.status, reply.text.len())];
    };
    let code = problem["code"].as_str().unwrap_or_default();
    if (reply.status, code) != (expected.status, &*expected.code) {
        wrong.push(format!("expected {} {}, answered {} {code}", expected.status, expected.code, reply.status));
        return wrong;
    }
    let text = |member: &str| problem[member].as_str().unwrap_or_default();
    check(problem["status"] == reply.status, "status member and status line differ");
    check(text("type") == format!("urn:problem-type:diensan:{}", code.replace('_', "-")), "another type");
    let english = |letter: char| letter.is_ascii() || ('\u{2010}'..='\u{2026}').contains(&letter);
    check(!text("title").is_empty() && text("title").chars().all(english), "no English title");
    check(!text("detail").is_empty() && !text("detail").is_ascii(), "no Vietnamese detail");
    let id = text("request_id");
    check(!id.is_empty() && id == reply.header("x-request-id"), "request_id is not the X-Request-Id header");
    check(!has_digit_run(&reply.text.replace(id, "")), "a run of eight digits in the body");
    for (member, expected) in [("pointer", &expected.pointer), ("did_you_mean", &expected.did_you_mean)] {
        let answered = problem.get(member).and_then(Value::as_str);
        if answered != expected.as_deref() {
            wrong.push(format!("{member}: expected {expected:?}, answered {answered:?}"));
        }
    }
    wrong
}

/// The log without what only measures or numbers its lines, where any digits can stand.
fn log_without_measures(service: &Process) -> String {
    let mut lines = String::new();
    // A last line without its end is still being written.
    let log = service.log_text();
    for line in log.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let mut line: Value = serde_json::from_str(line).expect("a log line in JSON");
        for key in ["timestamp", "request_id", "took_us"] {
            line[key].take();
        }
        lines.push_str(&line.to_string());
    }
    lines
}

fn has_digit_run(text: &str) -> bool {
    text.as_bytes().windows(8).any(|run| run.iter().all(u8::is_ascii_digit))
}

/// The text values of a request body (not its keys) that may neither come back nor be logged: four characters and
/// more, and no words of the API or the catalogue.
fn texts_of(body: &[u8]) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    let raw = String::from_utf8_lossy(body);
    match serde_json::from_str::<Value>(&raw) {
        Ok(value) => collect(&value, &mut texts),
        // Not JSON: whatever stands between quotes and is no key.
        Err(_) => {
            let parts: Vec<&str> = raw.split('"').collect();
            let quoted = parts.iter().enumerate().filter(|(index, _)| index % 2 == 1);
            let values = quoted.filter(|(index, _)| !parts.get(index + 1).is_some_and(|next| next.starts_with(':')));
            texts.extend(values.map(|(_, text)| (*text).to_owned()));
        }
    }
    texts.retain(|text| text.trim().chars().count() >= 4 && !words().contains(text));
    texts
}

fn collect(value: &Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            texts.insert(text.clone());
        }
        Value::Number(number) => {
            texts.insert(number.to_string());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(members) => members.values().for_each(|value| collect(value, texts)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// Keys of the API, service codes, form ids and roles: no personal data, and an answer may name them.
fn words() -> &'static BTreeSet<String> {
    static WORDS: OnceLock<BTreeSet<String>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let api = "service citizen persons officer agency dossier dossier_date form citizen_role refresh typed qr same_as id \
                   name birth_date none";
        let mut words: BTreeSet<String> = api.split_whitespace().map(str::to_owned).collect();
        for level in ["province", "district", "commune"] {
            words.extend(json_files(&root().join("service-catalog").join(level)).into_iter().map(|(code, _)| code));
        }
        for (form, mapping) in json_files(&root().join("service-catalog/mappings")) {
            words.insert(form);
            words.extend(mapping["persons"].as_object().expect("persons").keys().cloned());
        }
        words
    })
}

fn cases() -> Vec<Value> {
    let text = include_str!("bad-requests.json");
    serde_json::from_str(text).expect("a list of cases")
}

async fn run_all(cases: impl Iterator<Item = &Value>) -> (Process, usize) {
    let service = Process::serve(&[]);
    let (mut wrong, mut count) = (Vec::new(), 0);
    for case in cases {
        wrong.extend(Case::read(case).run(&service).await);
        count += 1;
    }
    assert!(wrong.is_empty(), "{} faults in {count} cases:\n{}", wrong.len(), wrong.join("\n"));
    (service, count)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_request_gets_its_own_problem_and_nobody_is_looked_up() {
    let cases = cases();
    let (service, count) = run_all(cases.iter()).await;
    assert!(count >= 250, "{count} cases");
    let metrics = service.get("/metrics").await.text;
    assert!(!metrics.contains("diensan_lookups_total{"), "somebody was looked up");
    assert!(!metrics.contains("diensan_cache_requests_total{"), "the cache was asked");
}

#[test]
fn case_names_are_unique_and_no_case_holds_a_number_that_could_be_real() {
    let cases = cases();
    let names: BTreeSet<&str> = cases.iter().filter_map(|case| case["name"].as_str()).collect();
    assert_eq!(names.len(), cases.len());
    for case in &cases {
        let text = case.to_string();
        let runs = text.split(|letter: char| !letter.is_ascii_digit()).filter(|run| run.len() == 12);
        assert!(runs.into_iter().all(|run| run.starts_with("999")), "{}", case["name"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_names_its_methods_in_a_problem_and_in_allow() {
    let service = Process::serve(&[]);
    let mut wrong = Vec::new();
    let reading = "GET, HEAD";
    let routes = [
        ("/v1/autofill", "POST"),
        ("/v1/services", reading),
        ("/v1/services/1.000894", reading),
        ("/v1/services/9.999999", reading),
        ("/v1/forms/nd20-mau-1a", reading),
        ("/healthz", reading),
        ("/readyz", reading),
        ("/metrics", reading),
    ];
    let expected = Expected { status: 405, code: "method_not_allowed".to_owned(), pointer: None, did_you_mean: None };
    for (path, allow) in routes {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            if allow.split(", ").any(|allowed| allowed == method) {
                continue;
            }
            let address = format!("{}{path}", service.address);
            let request = client().request(method.parse().expect("a method"), address);
            let reply = reply_of(request.header("Content-Type", "application/json").body(json!({}).to_string())).await;
            let mut faults = match method {
                "HEAD" => Vec::new(),
                _ => problem_faults(&reply, &expected),
            };
            if (reply.status, reply.header("allow")) != (405, allow) {
                faults.push(format!("answered {} and allows {:?}", reply.status, reply.header("allow")));
            }
            if method == "HEAD" && !reply.text.is_empty() {
                faults.push("HEAD has a body".to_owned());
            }
            wrong.extend(faults.into_iter().map(|what| format!("{method} {path}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
