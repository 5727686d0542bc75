//! The metrics as they are served: against the table of `docs/metrics.md`, against the rules for names, and against the
//! bound on series when everything that a caller can choose is made up.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::future::join_all;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};

use crate::harness::{Process, people, person_of_number, query_of, root};
use crate::house::{House, Plan, write_secret};

/// Requests of the made-up kind; `DIENSAN_CARDINALITY_REQUESTS` says otherwise.
const REQUESTS: usize = 5_000;
/// Requests at a time.
const AT_ONCE: usize = 16;
/// Series that the second half of the requests may add: a reason that no box of a service had before. One made-up text as a
/// label would add 250.
const MOST_NEW: usize = 100;
/// Stands in every made-up text, and in nothing else.
const MADE_UP: &str = "zzqx";
const SERVICE: &str = "1.000656";

/// One family as it is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Family {
    kind: String,
    /// Every label of any of its series but the bounds of buckets.
    labels: BTreeSet<String>,
}

/// One row of the table.
pub struct Row {
    pub name: String,
    kind: String,
    labels: BTreeSet<String>,
    when: String,
}

/// The table of every metric.
pub fn table() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("docs/metrics.md")).expect("the table");
    let rows = text.lines().filter(|line| line.starts_with("| `diensan_") || line.starts_with("| `process_"));
    let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 6, "{row}");
        Row {
            name: words(cells[0]).remove(0),
            kind: cells[1].to_owned(),
            labels: words(cells[3]).into_iter().collect(),
            when: cells[4].to_owned(),
        }
    })
    .collect()
}

fn labels_of(series: &str) -> BTreeMap<String, String> {
    let Some((_, labels)) = series.split_once('{') else { return BTreeMap::new() };
    let pairs = labels.trim_end_matches('}').split("\",").filter_map(|pair| pair.split_once("=\""));
    pairs.map(|(name, value)| (name.to_owned(), value.trim_end_matches('"').to_owned())).collect()
}

/// Every series without its value.
fn series(text: &str) -> BTreeSet<&str> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| Some(line.rsplit_once(' ')?.0)).collect()
}

fn families(text: &str) -> BTreeMap<String, Family> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let mut families: BTreeMap<String, Family> = types
        .map(|(name, kind)| (name.to_owned(), Family { kind: kind.to_owned(), labels: BTreeSet::new() }))
        .collect();
    for each in series(text) {
        let name = each.split('{').next().unwrap_or_default();
        let of_histogram = ["_bucket", "_sum", "_count"].into_iter().filter_map(|end| name.strip_suffix(end));
        let family = of_histogram.chain([name]).find(|name| families.contains_key(*name)).expect("a type").to_owned();
        let labels = labels_of(each).into_keys().filter(|label| label != "le");
        families.entry(family).or_default().labels.extend(labels);
    }
    families
}

fn self_signed() -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    let parameters = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    (parameters.self_signed(&key).expect("a certificate").pem(), key.serialize_pem())
}

/// Lints by the tool of those who read the metrics.
fn assert_promtool_finds_nothing(text: &str) {
    let mut tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool; make test-tools installs it");
    tool.stdin.take().expect("its input").write_all(text.as_bytes()).expect("written");
    let done = tool.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    assert!(done.status.success() && said.trim().is_empty(), "{said}");
}

/// Callers, a journal and a connection that needs tokens and names the roots that it trusts.
fn whole_house(simulator: &Process) -> House {
    let connection = format!(
        "[[connection]]\nname = \"lgsp\"\nprofile = \"lgsp-json\"\nbody = \"json-camel\"\nbase = \"{}\"\n\
         token_path = \"/lgsp-json/camel/token\"\noperation_path = {{ \"037\" = \"/lgsp-json/camel/037\" }}\n\
         auth_file = \"camel-auth\"\nrehearsal = true\nprocedure_code = \"service\"\nofficer_code = \"request\"\n\
         trust = \"roots.pem\"\n[cache]\nttl = \"10m\"",
        simulator.address
    );
    let (roots, _) = self_signed();
    House::start(&Plan {
        more: &connection,
        callers: &[("mot-cua", WIDE)],
        files: &[("camel-auth", "mo-phong-khong-phai-bi-mat"), ("roots.pem", &roots)],
        ..Plan::default()
    })
}

const WIDE: &str = "scopes = [\"autofill\", \"verify\", \"catalog:read\"]\nagencies = [\"*\"]\nservices = [\"*\"]\n\
                    attributes = [\"*\"]\nquota = { requests_per_second = 100000, citizens_per_officer_hour = 10000, \
                    citizens_per_officer_day = 100000, citizens_per_day = 1000000 }";

fn question() -> Value {
    json!({ "service": SERVICE, "citizen": query_of(person_of_number("999085000001")), "officer": "cb-1",
            "agency": "H01.12", "dossier": "H01.12-261120-0001", "dossier_date": "2026-11-20" })
}

async fn metrics_of(house: &House) -> String {
    house.send(house.key("watcher"), "GET", "/metrics", None).await.text
}

/// The metrics of a service whose own door speaks TLS; they stand at the operator's door.
async fn metrics_of_a_tls_door(folder: &Path) -> String {
    let (certificate, key) = self_signed();
    write_secret(folder, "door.pem", &certificate);
    write_secret(folder, "door-key.pem", &key);
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let config = format!(
        "[server]\nadmin_listen = \"{free}\"\ntls = {{ certificate = \"door.pem\", key = \"door-key.pem\" }}\n\
         [catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\nwatch = false\n",
        root = root().display()
    );
    std::fs::write(folder.join("diensan.toml"), config).expect("written");
    let _service = Process::serve_configured(&folder.join("diensan.toml"), "info");
    let reply = crate::harness::client().get(format!("http://{free}/metrics")).send().await.expect("an answer");
    reply.text().await.expect("a text")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_that_is_served_stands_in_the_table_and_every_row_is_served() {
    let simulator = Process::simulate();
    let house = whole_house(&simulator);
    let key = house.key("mot-cua");
    let filled = house.send(key, "POST", "/v1/autofill", Some(&question())).await;
    assert_eq!(filled.status, 200, "{}", filled.text);
    let (path, _) = filled.json()["data"]
        .as_object()
        .and_then(|data| data.iter().next())
        .map(|(k, v)| (k.clone(), v.clone()))
        .expect("a box");
    let mut typed = question();
    typed["typed"] = json!({ path: "Mẫu" });
    house.send(key, "POST", "/v1/verify", Some(&typed)).await;
    let text = metrics_of(&house).await;
    let folder = tempfile::tempdir().expect("a folder");
    let behind_tls = metrics_of_a_tls_door(folder.path()).await;
    let mut served = families(&text);
    let sandbox = families(&behind_tls);
    for text in [&text, &behind_tls] {
        assert_promtool_finds_nothing(text);
    }
    let table = table();
    for row in &table {
        match row.when.as_str() {
            "always" => assert!(sandbox.contains_key(&row.name), "{} is not always served", row.name),
            "asked" | "callers" | "journal" | "connection" => {
                assert!(!sandbox.contains_key(&row.name), "{} is served before", row.name);
            }
            "tls" | "shared tier" | "traces" => {}
            other => panic!("{}: no such time: {other}", row.name),
        }
    }
    served.extend(sandbox);
    let named: BTreeSet<&str> = table.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(named.len(), table.len(), "a metric has two rows");
    let unnamed: Vec<&String> = served.keys().filter(|name| !named.contains(name.as_str())).collect();
    assert!(unnamed.is_empty(), "served, but not in docs/metrics.md: {unnamed:?}");
    // What a shared tier and a collector tell is seen where there is one: `shared_tier` and `traces`.
    for row in table.iter().filter(|row| !matches!(row.when.as_str(), "shared tier" | "traces")) {
        let family = served.get(&row.name).unwrap_or_else(|| panic!("{} is never served", row.name));
        assert_eq!((&family.kind, &family.labels), (&row.kind, &row.labels), "{}", row.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_phase_of_a_request_is_measured_once() {
    let simulator = Process::simulate();
    let house = whole_house(&simulator);
    let answer = house.send(house.key("mot-cua"), "POST", "/v1/autofill", Some(&question())).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let text = metrics_of(&house).await;
    let count = |phase: &str, connection: &str| {
        let line = format!("diensan_phase_duration_seconds_count{{connection=\"{connection}\",phase=\"{phase}\"}} ");
        text.lines().find_map(|found| found.strip_prefix(&line)).map_or(0, |count| count.parse().expect("a count"))
    };
    // The reading of the metrics has proved its caller too.
    for (phase, connection, expected) in [
        ("authenticate", "", 2),
        ("access", "", 1),
        ("cache", "", 1),
        ("token", "lgsp", 1),
        ("parse", "lgsp", 1),
        ("fill", "", 1),
        ("audit", "", 1),
    ] {
        assert_eq!(count(phase, connection), expected, "{phase}");
    }
    // Of the token and of the question.
    for phase in ["first_byte", "body"] {
        assert_eq!(count(phase, "lgsp"), 2, "{phase}");
    }
    assert!((1..=2).contains(&count("connect", "lgsp")), "connections opened: {}", count("connect", "lgsp"));
    let counted = "diensan_requests_total{caller=\"mot-cua\",operation=\"autofill\",result=\"answered\"} 1";
    assert!(text.lines().any(|line| line == counted), "no {counted}");
}

/// A text that nobody has configured, another one each time.
fn made_up(number: usize) -> String {
    format!("{MADE_UP}-{number}")
}

/// Sends the request of this number: everything that a caller can choose is made up in turn, and every service of the
/// catalogue is asked for as well.
async fn send(house: &House, services: &[String], number: usize) {
    let text = made_up(number);
    let known = &services[number / 10 % services.len()];
    // In some of the kinds somebody whom the register has, in the others mostly nobody.
    let people = people();
    let found = || people[number / 10 % people.len()].number.clone();
    let id = if matches!(number % 10, 0 | 7) { found() } else { format!("999085{:06}", number % 1_000_000) };
    let mut body = json!({ "service": known, "citizen": { "id": id },
        "officer": text, "agency": text, "dossier": text, "dossier_date": "2026-11-20" });
    let key = house.key("mot-cua");
    let (credential, method, path) = match number % 10 {
        0 => (key, "POST", "/v1/autofill".to_owned()),
        1 => {
            body["service"] = text.clone().into();
            (key, "POST", "/v1/autofill".to_owned())
        }
        2 => {
            body["form"] = text.clone().into();
            (key, "POST", "/v1/autofill".to_owned())
        }
        3 => (text.as_str(), "POST", "/v1/autofill".to_owned()),
        4 => (key, "GET", format!("/{text}/{text}")),
        5 => (key, "GET", format!("/v1/services/{text}")),
        6 => (key, "ZZQX", format!("/v1/forms/{text}")),
        7 => {
            body["typed"] = json!({ "ho_va_ten": text });
            (key, "POST", "/v1/verify".to_owned())
        }
        8 => {
            body["persons"] = json!({ &text: { "id": "999198000022" } });
            body[&text] = text.clone().into();
            (key, "POST", "/v1/verify".to_owned())
        }
        _ => (key, "DELETE", format!("/v1/samples/{text}?{text}={text}")),
    };
    let with_body = matches!(method, "POST" | "DELETE").then_some(&body);
    let request = house.request(credential, method, &path, with_body).header("X-Request-Id", &text);
    // A caller that is told to wait is an answer too; a connection that breaks is not.
    request.timeout(Duration::from_secs(60)).send().await.expect("an answer");
}

/// The bound that the documentation states, for one connection.
fn bound(services: usize, callers: usize) -> usize {
    let text = std::fs::read_to_string(root().join("docs/metrics.md")).expect("the table");
    let line = text.lines().find_map(|line| line.strip_prefix("**series = ")).expect("the bound");
    let numbers: Vec<usize> = line.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
    let &[base, of_service, of_connection, of_caller] = numbers.as_slice() else { panic!("{line}") };
    let example = base + of_service * 236 + of_connection + of_caller * 10;
    let told = format!("{},{:03}", example / 1000, example % 1000);
    assert!(text.contains(&told), "the example should say {told}");
    base + of_service * services + of_connection + of_caller * callers
}

#[tokio::test(flavor = "multi_thread")]
async fn after_many_made_up_requests_the_series_stay_below_the_stated_bound() {
    let requests = std::env::var("DIENSAN_CARDINALITY_REQUESTS").ok();
    let requests = requests.map_or(REQUESTS, |text| text.parse().expect("a number"));
    let house = House::start(&Plan { callers: &[("mot-cua", WIDE)], ..Plan::default() });
    let known = house.send(house.key("mot-cua"), "GET", "/v1/services", None).await.json();
    let known = known["services"].as_array().expect("services");
    let services: Vec<String> =
        known.iter().map(|service| service["code"].as_str().expect("a code").to_owned()).collect();
    assert!(services.len() > 200, "{} services", services.len());
    let numbers: Vec<usize> = (0..requests).collect();
    let mut counts = Vec::new();
    // The second half has another text for everything, and so nothing new to count but what came of it.
    for half in numbers.chunks(requests.div_ceil(2)) {
        for chunk in half.chunks(AT_ONCE) {
            join_all(chunk.iter().map(|number| send(&house, &services, *number))).await;
        }
        counts.push(series(&metrics_of(&house).await).len());
    }
    let text = metrics_of(&house).await;
    let (count, bound) = (series(&text).len(), bound(services.len(), 2));
    println!("{requests} requests, {counts:?} series after each half, at most {bound} stated");
    assert!(count < bound, "{count} series, {bound} stated");
    assert!(counts[1] - counts[0] < MOST_NEW, "{counts:?} series after each half");
    assert!(!text.to_ascii_lowercase().contains(MADE_UP), "a label repeats what a caller made up");
    let codes: BTreeSet<&str> = services.iter().map(String::as_str).collect();
    let callers = BTreeSet::from(["mot-cua", "watcher"]);
    let (mut seen, mut methods) = (0, BTreeSet::new());
    for labels in series(&text).into_iter().map(labels_of) {
        if let Some(service) = labels.get("service") {
            assert!(codes.contains(service.as_str()), "{service} is no service");
            seen += 1;
        }
        if let Some(caller) = labels.get("caller") {
            assert!(callers.contains(caller.as_str()), "{caller} is no caller");
        }
        methods.extend(labels.get("method").cloned());
    }
    assert!(seen > services.len() && methods.contains("other"), "{seen} series of services, methods {methods:?}");
    assert!(text.contains("route=\"unmatched\""), "no route that there is not");
}
