//! Traces against a collector of this file: what arrives, whose child it is, what never stands in it, and that a collector
//! that is away or slow changes no answer.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Attribute;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::access::{Guarded, request};
use crate::connections::Upstream;
use crate::harness::{Process, assert_clean, binary, client, people, query_of, root};

/// More than anything takes, also on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);
/// A parent as a caller names it.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// What the collector does with a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Takes,
    Refuses,
    /// Reads and never answers.
    Mute,
}

/// What arrived: the heads, and the bodies.
#[derive(Default)]
struct Arrived {
    heads: Vec<String>,
    bodies: Vec<Vec<u8>>,
}

struct Collector {
    address: String,
    arrived: Arc<Mutex<Arrived>>,
}

impl Collector {
    async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let arrived = Arc::new(Mutex::new(Arrived::default()));
        let kept = Arc::clone(&arrived);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, manner, Arc::clone(&kept)));
            }
        });
        Self { address, arrived }
    }

    /// The same behind TLS, with a certificate that only its own root vouches for; the root in PEM form.
    async fn start_encrypted() -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("versions").with_no_client_auth();
        let config = config.with_single_cert(vec![made.cert.der().clone()], key).expect("a configuration");
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
        let arrived = Arc::new(Mutex::new(Arrived::default()));
        let kept = Arc::clone(&arrived);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, kept) = (acceptor.clone(), Arc::clone(&kept));
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        answer(stream, Manner::Takes, kept).await;
                    }
                });
            }
        });
        (Self { address, arrived }, made.cert.pem())
    }

    fn table(&self, more: &str) -> String {
        format!("[traces]\nendpoint = \"{}\"\n{more}\n", self.address)
    }

    fn spans(&self) -> Vec<Seen> {
        let arrived = self.arrived.lock().expect("no panic");
        let requests = arrived
            .bodies
            .iter()
            .map(|body| ExportTraceServiceRequest::decode(body.as_slice()).expect("a request of the protocol"));
        let scopes = requests.flat_map(|request| request.resource_spans).flat_map(|spans| spans.scope_spans);
        scopes.flat_map(|scope| scope.spans).map(Seen::of).collect()
    }

    /// Waits until enough spans of a name are there.
    async fn until(&self, name: &str, count: usize) -> Vec<Seen> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let spans = self.spans();
            if spans.iter().filter(|span| span.name == name).count() >= count {
                return spans;
            }
            let names: BTreeSet<&str> = spans.iter().map(|span| span.name.as_str()).collect();
            assert!(Instant::now() < deadline, "{count} times {name} never arrive, only {names:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, manner: Manner, arrived: Arc<Mutex<Arrived>>) {
    let mut held = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = held.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut held).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let head = String::from_utf8(held.drain(..end).collect()).expect("a head in ASCII").to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.expect("a length").trim().parse().expect("a number");
        while held.len() < length {
            if stream.read_buf(&mut held).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let body = held.drain(..length).collect();
        if manner == Manner::Takes {
            let mut arrived = arrived.lock().expect("no panic");
            arrived.heads.push(head);
            arrived.bodies.push(body);
        }
        let line = match manner {
            Manner::Takes => "200 OK",
            Manner::Refuses => "503 Service Unavailable",
            Manner::Mute => std::future::pending().await,
        };
        let reply = format!("HTTP/1.1 {line}\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n");
        if stream.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// A span as it arrived.
#[derive(Debug)]
struct Seen {
    name: String,
    trace: String,
    id: String,
    parent: String,
    kind: i32,
    attributes: BTreeMap<String, String>,
    took: Duration,
}

impl Seen {
    fn of(span: Span) -> Self {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert!(span.events.is_empty() && span.links.is_empty() && span.trace_state.is_empty(), "{}", span.name);
        let told = |value| match value {
            Some(Attribute::StringValue(text)) => text,
            Some(Attribute::IntValue(number)) => number.to_string(),
            other => panic!("an attribute of another type: {other:?}"),
        };
        let attributes = span.attributes.into_iter();
        Self {
            name: span.name,
            trace: hex(&span.trace_id),
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            kind: span.kind,
            attributes: attributes.map(|one| (one.key, told(one.value.and_then(|value| value.value)))).collect(),
            took: Duration::from_nanos(
                span.end_time_unix_nano.checked_sub(span.start_time_unix_nano).expect("an order"),
            ),
        }
    }

    fn said(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }
}

fn sandbox(folder: &Path, more: &str) -> Process {
    let (root, file) = (root().display(), folder.join("diensan.toml"));
    let catalog = format!("[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n");
    std::fs::write(&file, format!("{catalog}{more}")).expect("a configuration");
    Process::serve_configured(&file, "debug")
}

async fn ask(address: &str, parent: &str, body: &Value) -> u16 {
    let request = client().post(format!("{address}/v1/autofill")).header("Content-Type", "application/json");
    let request = request.header("traceparent", parent).body(body.to_string());
    request.send().await.expect("an answer").status().as_u16()
}

fn simple() -> Value {
    json!({ "service": "1.000894", "citizen": { "id": "999198000022" } })
}

async fn end(mut service: Process) -> Process {
    service.terminate();
    let ended = tokio::task::spawn_blocking(move || (service.wait(), service));
    let (code, service) = tokio::time::timeout(PATIENCE, ended).await.expect("it ends").expect("waited");
    assert_eq!(code, Some(0));
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_tree_of_steps_below_the_parent_that_its_caller_names() {
    let collector = Collector::start(Manner::Takes).await;
    let guarded = Guarded::start_with(&collector.table("service_name = \"o-mot-cua\"\n"));
    let body = request("1.000894", "999198000022", "H01.12", "H01.12-261120-0007");
    let call = |key: Option<&str>| {
        let request = client().post(format!("{}/v1/autofill", guarded.service.address));
        let request = request.header("Content-Type", "application/json").body(body.to_string());
        let request = request.header("traceparent", format!("00-{TRACE}-{PARENT}-01")).header("tracestate", "x=y");
        let request = request.header("X-Request-Id", "cua-so-1");
        match key {
            Some(key) => request.header("Authorization", format!("Bearer {key}")),
            None => request,
        }
    };
    let answered = call(Some(guarded.key("everything"))).send().await.expect("an answer");
    assert_eq!(answered.status(), 200);
    let refused = call(None).send().await.expect("an answer");
    assert_eq!(refused.status(), 401);
    let spans = collector.until("POST /v1/autofill", 2).await;

    let of = |status: &str| {
        let found = spans.iter().find(|span| span.said("http.response.status_code") == status);
        found.expect("the request's own step")
    };
    let root = of("200");
    assert_eq!((root.trace.as_str(), root.parent.as_str(), root.kind), (TRACE, PARENT, 2));
    assert_eq!((root.said("http.route"), root.said("http.request.method")), ("/v1/autofill", "POST"));
    assert_eq!((root.said("diensan.request_id"), root.said("diensan.problem")), ("cua-so-1", ""));
    assert!(!root.said("diensan.form").is_empty());
    let children = |of: &Seen| {
        let children = spans.iter().filter(|span| span.parent == of.id && span.trace == of.trace);
        children.map(|span| span.name.as_str()).collect::<BTreeSet<_>>()
    };
    assert_eq!(children(root), ["access", "permit", "lookup", "fill", "audit"].into());
    let step = |name: &str| spans.iter().find(|span| span.name == name && span.parent == root.id).expect("a step");
    assert_eq!((step("access").said("diensan.result"), step("access").attributes.len()), ("proved", 1));
    let lookup = step("lookup");
    let told = ["diensan.connection", "diensan.cache", "diensan.outcome"].map(|key| lookup.said(key));
    assert_eq!(told, ["sandbox", "miss", "found"]);
    assert!(lookup.took <= root.took);

    // Whoever may not call decides nothing, and is not a part of anybody's trace.
    let stranger = of("401");
    assert!(stranger.trace != TRACE && stranger.parent.is_empty(), "{stranger:?}");
    assert_eq!((stranger.said("diensan.problem"), children(stranger)), ("credentials_missing", ["access"].into()));
    let heads = collector.arrived.lock().expect("no panic").heads.join("\n");
    assert!(heads.starts_with("post /v1/traces http/1.1") && heads.contains("application/x-protobuf"), "{heads}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_valid_parent_is_believed_and_it_decides_whether_a_request_is_traced() {
    let zero = "0".repeat(32);
    let digits = format!("{:0>32}", ["9991", "98000022"].concat());
    let invalid = [
        format!("00-{TRACE}-{PARENT}-01-x"),
        format!("ff-{TRACE}-{PARENT}-01"),
        format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
        format!("00-{zero}-{PARENT}-01"),
        format!("00-{TRACE}-0000000000000000-01"),
        format!("00-{digits}-{PARENT}-01"),
        format!("00-{TRACE}-{}-01", &digits[16..]),
        format!("00-{TRACE}-{PARENT}"),
        "x".to_owned(),
    ];
    let collector = Collector::start(Manner::Takes).await;
    let folder = tempfile::tempdir().expect("a folder");
    let service = sandbox(folder.path(), &collector.table(""));
    for parent in &invalid {
        assert_eq!(ask(&service.address, parent, &simple()).await, 200);
    }
    // Not to be traced, says the caller.
    assert_eq!(ask(&service.address, &format!("00-{TRACE}-{PARENT}-00"), &simple()).await, 200);
    assert_eq!(ask(&service.address, &format!("cc-{TRACE}-{PARENT}-01-later"), &simple()).await, 200);
    let service = end(service).await;
    let (spans, log) = (collector.spans(), service.log_text());
    let roots: Vec<&Seen> = spans.iter().filter(|span| span.kind == 2).collect();
    assert_eq!(roots.len(), invalid.len() + 1, "{roots:?}");
    // From a trace to its log line.
    assert!(roots.iter().all(|root| log.contains(&format!("\"trace_id\":\"{}\"", root.trace))));
    assert_eq!(roots.iter().filter(|root| root.trace == TRACE && root.parent == PARENT).count(), 1);
    assert_eq!(roots.iter().filter(|root| root.trace != TRACE && root.parent.is_empty()).count(), invalid.len());

    let collector = Collector::start(Manner::Takes).await;
    let service = sandbox(folder.path(), &collector.table("sample = 0"));
    for _ in 0..20 {
        assert_eq!(ask(&service.address, "", &simple()).await, 200);
    }
    assert_eq!(ask(&service.address, &format!("00-{TRACE}-{PARENT}-01"), &simple()).await, 200);
    end(service).await;
    let spans = collector.spans();
    assert!(!spans.is_empty() && spans.iter().all(|span| span.trace == TRACE), "{spans:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_to_upstream_show_their_phases_and_carry_nothing_of_the_trace() {
    let collector = Collector::start(Manner::Takes).await;
    let upstream = Upstream::start();
    let config = upstream.config("lgsp-soap", "", "");
    let text = std::fs::read_to_string(&config).expect("the configuration");
    std::fs::write(&config, format!("{}{text}", collector.table(""))).expect("written");
    let service = Process::serve_configured(&config, "debug");
    let person = crate::harness::person("999085000001");
    let body = json!({
        "service": "1.000656", "officer": "cb-0123", "agency": "H01.12", "dossier": "H01.12-261120-0007",
        "citizen": query_of(person),
    });
    assert_eq!(ask(&service.address, &format!("00-{TRACE}-{PARENT}-01"), &body).await, 200);
    let spans = collector.until("POST /v1/autofill", 1).await;
    let lookup = spans.iter().find(|span| span.name == "lookup").expect("a look-up");
    assert_eq!((lookup.said("diensan.connection"), lookup.said("diensan.outcome")), ("lgsp-soap", "found"));
    let call = |address: &str| {
        let found = spans.iter().find(|span| span.name == "upstream" && span.said("diensan.address") == address);
        found.expect("a call")
    };
    for address in ["token", "data"] {
        let call = call(address);
        assert_eq!((call.kind, call.said("diensan.result"), &call.parent), (3, "2xx", &lookup.id), "{address}");
        assert_eq!(call.trace, TRACE);
        let phases: BTreeSet<&str> =
            spans.iter().filter(|span| span.parent == call.id).map(|span| span.name.as_str()).collect();
        assert!(phases.is_superset(&["first_byte", "body"].into()), "{address}: {phases:?}");
        assert_eq!(phases.contains("parse"), address == "data", "{phases:?}");
    }
    assert!(spans.iter().any(|span| span.name == "token" && span.parent == lookup.id));
    let received = upstream.simulator.get("/control/received").await.text.to_lowercase();
    assert!(received.contains("/lgsp/") && !received.contains("traceparent") && !received.contains(TRACE));
}

/// The keys and names that the table of the documentation tells.
fn documented() -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("docs/traces.md")).expect("the documentation");
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| row.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_span_holds_anything_of_a_person_and_every_attribute_is_in_the_table() {
    let collector = Collector::start(Manner::Takes).await;
    let folder = tempfile::tempdir().expect("a folder");
    let service = sandbox(folder.path(), &collector.table(""));
    let mut asked = 0;
    for person in people() {
        let query = query_of(person);
        let name = query["name"].as_str().expect("a name");
        let typed = json!({ "service": "1.004746", "citizen": query, "officer": name, "agency": "H01.12",
                            "dossier": "H01.12-261120-0007", "typed": { "ho_ten": name } });
        for (path, body) in [
            ("/v1/autofill".to_owned(), typed.clone()),
            ("/v1/verify".to_owned(), typed),
            // A service, a form, an address and a query string that are somebody's.
            ("/v1/autofill".to_owned(), json!({ "service": person.number, "citizen": { "id": person.number } })),
            (format!("/v1/forms/{}/validate", person.number), json!({ "name": name })),
            (format!("/{}", person.number), Value::Null),
            (format!("/v1/verify?so={}", person.number), Value::Null),
        ] {
            let request = client().post(format!("{}{path}", service.address)).header("X-Request-Id", &person.number);
            let request =
                request.header("Content-Type", "application/json").header("tracestate", format!("a={}", person.number));
            request.body(body.to_string()).send().await.expect("an answer");
            asked += 1;
        }
    }
    end(service).await;
    let bodies = collector.arrived.lock().expect("no panic").bodies.concat();
    assert_clean("the spans", &bodies);
    for word in ["cb-0123", "H01.12", "?so="] {
        assert!(!bodies.windows(word.len()).any(|bytes| bytes == word.as_bytes()), "{word}");
    }
    let (spans, documented) = (collector.spans(), documented());
    assert_eq!(spans.iter().filter(|span| span.kind == 2).count(), asked);
    for span in &spans {
        let name = if span.kind == 2 { "METHOD route" } else { &span.name };
        assert!(documented.contains(name), "{name} is not in the table");
        for (key, value) in &span.attributes {
            assert!(documented.contains(key), "{key} is not in the table");
            assert!(value.len() <= 64, "{key}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_or_refuses_or_is_mute_changes_no_answer() {
    let nobody = "http://127.0.0.1:1".to_owned();
    for (manner, lost) in [(None, "failed"), (Some(Manner::Refuses), "failed"), (Some(Manner::Mute), "dropped")] {
        let collector = match manner {
            Some(manner) => Some(Collector::start(manner).await),
            None => None,
        };
        let address = collector.as_ref().map_or(&nobody, |collector| &collector.address);
        let folder = tempfile::tempdir().expect("a folder");
        let service = sandbox(folder.path(), &format!("[traces]\nendpoint = \"{address}\"\n"));
        let counter = format!("diensan_trace_spans_total{{result=\"{lost}\"}} ");
        let deadline = Instant::now() + PATIENCE;
        let mut answered = 0;
        // Until more spans were lost than can ever wait.
        while service.metric(&counter).await == 0.0 {
            assert!(Instant::now() < deadline, "{lost}: {answered} answers, and nothing is counted");
            let body = simple();
            let asked: Vec<_> = (0..64).map(|_| ask(&service.address, "", &body)).collect();
            let began = Instant::now();
            let statuses = futures_util::future::join_all(asked).await;
            assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
            // A call to the collector takes eight seconds before it is given up: nobody waits for one.
            assert!(began.elapsed() < Duration::from_secs(6), "{lost}: {:?}", began.elapsed());
            answered += statuses.len();
        }
        let began = Instant::now();
        let service = end(service).await;
        assert!(began.elapsed() < Duration::from_secs(30), "{lost}: the end waits for the collector");
        let log = service.log_text();
        let told = if lost == "failed" { "does not take our traces" } else { "could not be delivered in time" };
        assert!(log.contains(told), "{lost}");
        assert!(!log.contains("panicked"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_table_nothing_is_sent_whatever_the_environment_says() {
    let collector = Collector::start(Manner::Takes).await;
    let mut command = Command::new(binary());
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.address).env("OTEL_TRACES_SAMPLER", "always_on");
    command.env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", format!("{}/v1/traces", collector.address));
    let service = Process::start_by(command, &["serve", "--listen", "127.0.0.1:0"], "debug");
    for _ in 0..10 {
        assert_eq!(ask(&service.address, &format!("00-{TRACE}-{PARENT}-01"), &simple()).await, 200);
    }
    let metrics = service.get("/metrics").await.text;
    assert!(metrics.contains("diensan_http_requests_total") && !metrics.contains("diensan_trace_spans_total"));
    end(service).await;
    assert!(collector.arrived.lock().expect("no panic").heads.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_header_is_sent_with_every_batch_and_a_replaced_file_is_taken_up() {
    let collector = Collector::start(Manner::Takes).await;
    let folder = tempfile::tempdir().expect("a folder");
    let write = |secret: &str| {
        let (path, new) = (folder.path().join("header"), folder.path().join("header.new"));
        std::fs::write(&new, format!("X-Collector-Key: {secret}\n")).expect("a secret");
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o600)).expect("mode 600");
        std::fs::rename(new, path).expect("renamed");
    };
    write("chia-khoa-thu-nhat");
    let more = "headers_file = \"header\"\nattributes = { \"deployment.environment.name\" = \"tap-huan\" }";
    let service = sandbox(folder.path(), &collector.table(more));
    assert_eq!(ask(&service.address, "", &simple()).await, 200);
    collector.until("POST /v1/autofill", 1).await;
    write("chia-khoa-thu-hai");
    assert_eq!(ask(&service.address, "", &simple()).await, 200);
    end(service).await;
    let arrived = collector.arrived.lock().expect("no panic");
    let sent =
        |secret: &str| arrived.heads.iter().filter(|head| head.contains(&format!("x-collector-key: {secret}"))).count();
    assert!(sent("chia-khoa-thu-nhat") > 0 && sent("chia-khoa-thu-hai") > 0);
    assert_eq!(sent("chia-khoa-thu"), arrived.heads.len());
    let body = String::from_utf8_lossy(&arrived.bodies[0]).into_owned();
    for word in ["deployment.environment.name", "tap-huan", "service.version"] {
        assert!(body.contains(word), "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_collector_is_believed_by_its_configured_root_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, root_of_first) = Collector::start_encrypted().await;
    let (second, _) = Collector::start_encrypted().await;
    std::fs::write(folder.path().join("ca.pem"), root_of_first).expect("written");
    for (collector, believed) in [(&first, true), (&second, false)] {
        let service = sandbox(folder.path(), &collector.table("trust = \"ca.pem\""));
        assert_eq!(ask(&service.address, "", &simple()).await, 200);
        let service = end(service).await;
        assert_eq!(collector.spans().is_empty(), !believed);
        assert_eq!(service.log_text().contains("does not take our traces"), !believed);
    }
}
