//! Acceptance 7: ten thousand look-ups through a bad day. Whatever happens upstream, no answer is wrong: a form is filled
//! with exactly the data of the citizen who was asked for, and everything else is told as what it is.
//!
//! The oracle is the sandbox, which shares no code with the road to upstream. Every phase has the answers that may come
//! in it; a form for somebody who does not exist, and "no such citizen" for somebody who does, are never among them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::{Offset, offset};
use serde_json::{Value, json};

use crate::harness::{PersonFile, Process, client, people, query_of};
use crate::road::Road;

const LOOK_UPS: usize = 10_000;
const AT_ONCE: usize = 16;
const VIET_NAM: Offset = offset(7);
/// How long until the maintenance window of the day begins, and how long it is.
const UNTIL_WINDOW: Duration = Duration::from_secs(12);
const WINDOW: Duration = Duration::from_secs(4);
const FIRST_BYTE: Duration = Duration::from_millis(800);
const PROBE_AFTER: Duration = Duration::from_millis(500);
const AHEAD_S: i64 = 600;
const ROADS: [&str; 2] = ["direct", "lgsp-soap"];

/// What the sandbox answers about one person.
struct Expected {
    person: &'static PersonFile,
    data: Value,
}

/// A day: the two processes, the oracle, and what came of it.
struct Day {
    simulator: Process,
    service: Process,
    road: Road,
    oracle: Arc<Vec<Expected>>,
    next: Arc<AtomicUsize>,
    wrong: Vec<String>,
    counts: BTreeMap<(&'static str, String), usize>,
}

/// How long a phase goes on.
enum Until {
    LookUps(usize),
    Moment(Timestamp),
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_look_ups_through_a_bad_day_have_no_wrong_outcome() {
    let began = Instant::now();
    let oracle = Arc::new(oracle().await);
    let window_begins = round_up(Timestamp::now() + UNTIL_WINDOW);
    let window_ends = window_begins + WINDOW;
    let mut day = Day::begin(oracle, window_begins, window_ends);

    // Tokens that live for two seconds: first told, then found out by a 401.
    day.control("PUT", "/control/tokens", json!({ "lifetime_s": 2, "tell_lifetime": true })).await;
    day.phase("short tokens, told", &["found"], Until::LookUps(1200)).await;
    day.control("PUT", "/control/tokens", json!({ "lifetime_s": 2, "tell_lifetime": false })).await;
    day.phase("short tokens, not told", &["found"], Until::Moment(window_begins - Duration::from_millis(300))).await;

    sleep_until(window_begins + Duration::from_millis(20)).await;
    day.phase("maintenance window", &["maintenance"], Until::Moment(window_ends - Duration::from_millis(300))).await;
    sleep_until(window_ends + Duration::from_millis(20)).await;
    day.control("PUT", "/control/tokens", json!({ "lifetime_s": 3600, "tell_lifetime": true })).await;
    day.phase("after the window", &["found"], Until::LookUps(600)).await;

    day.control("POST", "/control/faults", json!({ "fault": "unavailable", "where": "any" })).await;
    let allowed: &[&str] = &["upstream_fault/gateway_fault", "upstream_fault/breaker_open"];
    day.phase("outage, 503", allowed, Until::LookUps(600)).await;
    day.control("DELETE", "/control/faults", Value::Null).await;
    day.recovery("after the outage").await;
    day.phase("good again", &["found"], Until::LookUps(1000)).await;

    day.control("POST", "/control/faults", json!({ "fault": "hang", "where": "any" })).await;
    let allowed: &[&str] = &["timeout/first_byte", "timeout/budget", "upstream_fault/breaker_open"];
    day.phase("outage, silence", allowed, Until::LookUps(600)).await;
    day.control("DELETE", "/control/faults", Value::Null).await;
    day.recovery("after the silence").await;
    day.phase("good once more", &["found"], Until::LookUps(1000)).await;

    day.rotate_credentials().await;
    day.phase("with new credentials", &["found"], Until::LookUps(800)).await;

    day.jump_of_the_clock().await;
    let left = LOOK_UPS.saturating_sub(day.next.load(Ordering::SeqCst)).max(500);
    day.phase("the evening", &["found"], Until::LookUps(left)).await;

    let asked = day.next.load(Ordering::SeqCst);
    for ((phase, outcome), count) in &day.counts {
        println!("{phase:28} {outcome:32} {count:6}");
    }
    println!("{asked} look-ups in {:?}, {} wrong outcomes", began.elapsed(), day.wrong.len());
    assert!(asked >= LOOK_UPS, "{asked}");
    assert!(
        day.wrong.is_empty(),
        "{} wrong outcomes, such as\n{}",
        day.wrong.len(),
        day.wrong[..day.wrong.len().min(20)].join("\n")
    );
    day.check_what_upstream_saw().await;
}

impl Day {
    fn begin(oracle: Arc<Vec<Expected>>, window_begins: Timestamp, window_ends: Timestamp) -> Self {
        let simulator = Process::simulate();
        let mut road = Road::new("ttl = \"0s\"");
        let here = |moment: Timestamp| VIET_NAM.to_datetime(moment).strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let window = format!("[{{ from = \"{}\", to = \"{}\" }}]", here(window_begins), here(window_ends));
        let breaker = format!("{{ faults = 5, within = \"30s\", probe_after = \"{}ms\" }}", PROBE_AFTER.as_millis());
        let first_byte = format!("\"{}ms\"", FIRST_BYTE.as_millis());
        for profile in ROADS {
            let serves = format!("{{ agencies = [\"{profile}\"] }}");
            let keys = [
                ("budget", "\"5s\""),
                ("guard.first_byte_timeout", first_byte.as_str()),
                ("guard.breaker", breaker.as_str()),
                ("guard.maintenance", window.as_str()),
                ("guard.repeat_pause", "\"50ms\""),
                ("serves", serves.as_str()),
            ];
            road.connection(profile, profile, &simulator.address, &keys);
        }
        let service = Process::serve_configured(&road.write(), "info");
        Self { simulator, service, road, oracle, next: Arc::default(), wrong: Vec::new(), counts: BTreeMap::new() }
    }

    async fn control(&self, method: &str, path: &str, body: Value) {
        let reply = self.simulator.send(method, path, Some(&body).filter(|body| !body.is_null())).await;
        assert!(matches!(reply.status, 201 | 204), "{method} {path}: {} {}", reply.status, reply.text);
    }

    /// Look-ups over both roads; every answer is judged.
    async fn phase(&mut self, name: &'static str, allowed: &'static [&'static str], until: Until) {
        self.phase_by_road(name, [allowed, allowed], until).await;
    }

    async fn phase_by_road(&mut self, name: &'static str, allowed: [&'static [&'static str]; 2], until: Until) {
        let left = Arc::new(AtomicUsize::new(match until {
            Until::LookUps(count) => count,
            Until::Moment(_) => usize::MAX,
        }));
        let ends = match until {
            Until::Moment(moment) => Some(moment),
            Until::LookUps(_) => None,
        };
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE {
            let (oracle, next, left) = (Arc::clone(&self.oracle), Arc::clone(&self.next), Arc::clone(&left));
            let address = self.service.address.clone();
            workers.spawn(async move {
                let (client, mut judged) = (client(), Vec::new());
                while ends.is_none_or(|ends| Timestamp::now() < ends)
                    && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
                {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    judged.push(look_up(&client, &address, &oracle, number, allowed[number % 2]).await);
                }
                judged
            });
        }
        while let Some(judged) = workers.join_next().await {
            for (outcome, wrong) in judged.expect("a worker") {
                if let Some(wrong) = wrong {
                    self.wrong.push(format!("{name}: {wrong}"));
                }
                *self.counts.entry((name, outcome)).or_default() += 1;
            }
        }
    }

    /// After an outage the breakers are open; with the next probe they close, and until then that is said.
    async fn recovery(&mut self, name: &'static str) {
        let began = Instant::now();
        loop {
            let allowed: &[&str] = &["found", "upstream_fault/breaker_open"];
            self.phase(name, allowed, Until::LookUps(AT_ONCE)).await;
            if self.all_closed().await {
                return;
            }
            assert!(began.elapsed() < PROBE_AFTER + Duration::from_secs(5), "{name}: the breakers do not close");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn all_closed(&self) -> bool {
        let text = self.service.get("/metrics").await.text;
        let mut open = text.lines().filter(|line| {
            line.starts_with("diensan_upstream_breaker_state{")
                && !line.contains("state=\"closed\"")
                && line.ends_with(" 1")
        });
        open.next().is_none()
    }

    /// New credentials upstream and in the service's files, under load: until both have them a refusal is the truth.
    async fn rotate_credentials(&mut self) {
        let new = json!({
            "direct_secret": "CANARY-thay-the-1", "connection_string": "CANARY-thay-the-2", "auth_hash": "CANARY-thay-the-3",
        });
        self.control("PUT", "/control/credentials", new).await;
        for (file, secret) in [
            ("direct-secret", "CANARY-thay-the-1"),
            ("connection-string", "CANARY-thay-the-2"),
            ("auth-hash", "CANARY-thay-the-3"),
        ] {
            self.road.write_secret(file, secret);
        }
        let began = Instant::now();
        loop {
            self.phase("credentials replaced", &["found", "auth_failed"], Until::LookUps(100)).await;
            let mut taken = 0.0;
            for road in ROADS {
                let line =
                    format!("diensan_upstream_credentials_reloads_total{{connection=\"{road}\",result=\"taken\"}} ");
                taken += self.service.metric(&line).await;
            }
            // Files are replaced one after the other; the last one is taken up two seconds later at most.
            if taken >= 2.0 && began.elapsed() > Duration::from_secs(3) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(10), "new credentials are not taken up");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Upstream's clock is ten minutes ahead: time stamps are refused, tokens are not, and the metrics say why.
    async fn jump_of_the_clock(&mut self) {
        self.control("PUT", "/control/clock", json!({ "ahead_s": AHEAD_S })).await;
        self.phase_by_road("clock ten minutes ahead", [&["auth_failed"], &["found"]], Until::LookUps(400)).await;
        for road in ROADS {
            let line = format!("diensan_upstream_clock_skew_seconds{{connection=\"{road}\"}} ");
            let skew = self.service.metric(&line).await;
            let told = (skew - 600.0).abs() <= 2.0;
            if !told {
                self.wrong.push(format!("{road}: a skew of {skew} is told"));
            }
        }
        self.control("DELETE", "/control/clock", Value::Null).await;
    }

    /// No `MaYeuCau` was used twice, and every refused token cost one renewal, not one for each look-up that met it.
    async fn check_what_upstream_saw(&self) {
        let counters = self.simulator.get("/counters").await.json();
        assert_eq!(counters["repeated_request_ids"], 0);
        let tokens = counters["tokens"].as_u64().unwrap_or(u64::MAX);
        assert!(tokens < 100, "{tokens} tokens");
        assert_eq!(counters["in_flight"], 0, "nothing is left under way");
    }
}

/// One look-up and its judgement: the outcome, and what is wrong with it.
async fn look_up(
    client: &reqwest::Client,
    address: &str,
    oracle: &[Expected],
    number: usize,
    allowed: &[&str],
) -> (String, Option<String>) {
    let expected = &oracle[number / 2 % oracle.len()];
    // Every eleventh question is about somebody who does not exist: the right number with another name.
    let exists = !number.is_multiple_of(11);
    let mut request = request(expected.person, ROADS[number % 2]);
    request["officer"] = json!(format!("cb-{}", number % 97));
    if !exists {
        request["citizen"]["name"] = json!("KHÔNG CÓ AI TÊN NHƯ VẬY");
    }
    let sent = client.post(format!("{address}/v1/autofill")).header("Content-Type", "application/json");
    let response = match sent.body(request.to_string()).send().await {
        Ok(response) => response,
        Err(_) => return ("no answer".to_owned(), Some("the service did not answer".to_owned())),
    };
    let status = response.status().as_u16();
    let text = response.text().await.unwrap_or_default();
    let answer: Value = serde_json::from_str(&text).unwrap_or_default();
    let outcome = match (status, answer["outcome"].as_str(), answer["cause"].as_str()) {
        (200, ..) => "found".to_owned(),
        (_, Some(outcome), Some(cause)) => format!("{outcome}/{cause}"),
        (_, Some(outcome), None) => outcome.to_owned(),
        (status, None, _) => format!("{status} {}", answer["code"]),
    };
    let wrong = match (outcome.as_str(), exists) {
        ("found", false) => Some("found, and there is nobody".to_owned()),
        ("not_found", true) => Some("not_found, and the person exists".to_owned()),
        ("found", true) if answer["data"] != expected.data => Some(format!("{}: other data", expected.person.stem)),
        ("not_found", false) if allowed.contains(&"found") => None,
        (outcome, _) if allowed.contains(&outcome) => None,
        (outcome, exists) => Some(format!("{outcome} is not the truth now (exists: {exists})")),
    };
    (outcome, wrong)
}

fn request(person: &PersonFile, agency: &str) -> Value {
    json!({
        "service": "1.000656", "citizen": query_of(person), "officer": "cb-0123", "agency": agency,
        "dossier": "H01.12-261120-0007", "dossier_date": "2026-11-20",
    })
}

/// What the sandbox fills for everybody who can be looked up.
async fn oracle() -> Vec<Expected> {
    let sandbox = Process::serve(&[]);
    let mut oracle = Vec::new();
    for person in people() {
        let reply = sandbox.autofill(&request(person, "direct")).await;
        if reply.status == 200 {
            oracle.push(Expected { person, data: reply.json()["data"].clone() });
        }
    }
    assert!(oracle.len() > 20, "{} people", oracle.len());
    let all_differ = oracle.iter().enumerate().all(|(at, one)| oracle[..at].iter().all(|other| other.data != one.data));
    assert!(all_differ, "a mix-up of two people would not show");
    oracle
}

/// Maintenance windows begin and end with a second.
fn round_up(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second() + 1).expect("a moment")
}

async fn sleep_until(moment: Timestamp) {
    while Timestamp::now() < moment {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
