//! How often, and how much, the heap is asked for: of single steps, and of a whole request on the thread that answers it.
//!
//! Counts are the same on every machine, so they are held; times are not. A change that raises a bound must say why in
//! its commit. A change that makes a count smaller lowers the bound with it: what is printed when a bound does not hold
//! (set one to 0 to see it) is the table to paste.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::System;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use allocation_counter::measure;

use super::{BODY, Steps};
use crate::access::{Office, api_key};
use crate::audit::Journal;
use crate::autofill::{Desk, Numbers, Register};
use crate::cache::{CacheSettings, RecordCache};
use crate::catalog::{self, CatalogHandle};
use crate::config::{
    AccessSettings, AttributePattern, CallerSettings, JournalKey, JournalSettings, Pattern, QuotaSettings, Scope,
    ServicePattern,
};
use crate::http::{self, App};
use crate::population::{Connections, SandboxSource};
use crate::telemetry::Metrics;

/// What is done, and the most allocations and bytes that it may take once it is warm. A buffer that grows counts anew, with
/// its new size. Measured without optimisation, where nothing is left out.
const BOUNDS: &[(&str, u64, u64)] = &[
    ("read_request", 7, 195),
    ("cache_hit", 17, 1788),
    ("read_reply", 84, 19539),
    ("fill", 19, 7365),
    ("render", 1, 5664),
    ("seal", 5, 4989),
    ("open", 16, 570),
    ("chain", 10, 3249),
    ("POST /v1/autofill", 113, 26_500),
];

/// A step is repeated, and the fewest count: now and then a cache tidies itself up, or a number has a digit more.
const REPEATS: usize = 64;

const KEY: &str = "dsk_for_the_counts_of_allocations";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The fewest allocations and the fewest bytes of a step.
fn fewest(mut step: impl FnMut()) -> (u64, u64) {
    let counted = (0..REPEATS).map(|_| measure(&mut step)).map(|info| (info.count_total, info.bytes_total));
    counted.reduce(|a, b| (a.0.min(b.0), a.1.min(b.1))).unwrap_or_default()
}

/// The single steps.
fn of_steps() -> Vec<(&'static str, (u64, u64))> {
    let steps = Steps::prepare(root()).expect("every step does what it is measured for");
    vec![
        ("read_request", fewest(|| assert!(steps.read_request(BODY)))),
        ("cache_hit", fewest(|| assert!(steps.cache_hit()))),
        ("read_reply", fewest(|| assert!(steps.read_reply()))),
        ("fill", fewest(|| assert!(steps.fill() > 0))),
        ("render", fewest(|| assert!(!steps.render().is_empty()))),
        ("seal", fewest(|| assert!(steps.seal() > 0))),
        ("open", fewest(|| assert!(steps.open()))),
        ("chain", fewest(|| assert!(steps.chain() > 0))),
    ]
}

/// Everything that a service with callers, a journal and a cache has; the state of all lies in `folder`.
fn app(folder: &Path) -> App {
    let services = root().join("service-catalog");
    let catalog = catalog::load(&services, &root().join("schemas")).expect("the catalogue");
    let people = catalog::load_people(&services.join("people")).expect("people");
    let caller = CallerSettings {
        name: "motcua".to_owned(),
        keys: vec![api_key::sha256(KEY.as_bytes())],
        scopes: vec![Scope::Autofill],
        agencies: vec![Pattern::All],
        services: vec![ServicePattern::All],
        attributes: vec![AttributePattern { sensitive: false, pattern: Pattern::All }],
        quota: QuotaSettings { requests_per_second: 100_000, ..QuotaSettings::default() },
        ..CallerSettings::default()
    };
    let access = AccessSettings { state_directory: Some(folder.join("access")), ..AccessSettings::default() };
    let journal = JournalSettings {
        directory: folder.join("journal"),
        mac_key: JournalKey::new([1; 32]),
        old_mac_keys: Vec::new(),
        citizen_key: JournalKey::new([2; 32]),
        old_citizen_keys: Vec::new(),
        segment_bytes: 1 << 26,
        retention_months: None,
        anchor_file: None,
        anchor_syslog: None,
    };
    let cache = RecordCache::new(CacheSettings { ttl: Duration::from_secs(3600), max_bytes: 1 << 24 });
    App {
        desk: Desk {
            catalog: Arc::new(CatalogHandle::new(catalog)),
            register: Register {
                connections: Connections::only(Arc::new(SandboxSource::new(people))),
                cache: Arc::new(cache.expect("random numbers")),
                numbers: Numbers::InventedOnly,
                metrics: Arc::new(Metrics::new().expect("metrics")),
                runtime: tokio::runtime::Handle::current(),
            },
            journal: Some(Arc::new(Journal::open(&journal).expect("a journal"))),
            signing: None,
        },
        office: Some(Arc::new(Office::open(&access, &[caller], None).expect("an office"))),
        pages_are_public: false,
        opencps: None,
    }
}

/// A whole request of a known caller for a record that is kept: routes, middleware, access, journal and log line.
fn of_a_request() -> (u64, u64) {
    // The log as the service writes it, for this thread only.
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_writer(std::io::sink).finish();
    let _logging = tracing::subscriber::set_default(log);
    let folder = tempfile::tempdir().expect("a folder");
    let system = System::new();
    let app = system.block_on(async { app(folder.path()) });
    let service = system.block_on(init_service(http::app_alone(Arc::new(app))));
    let ask = || {
        let request = TestRequest::post().uri("/v1/autofill").insert_header(("content-type", "application/json"));
        request.insert_header(("x-api-key", KEY)).set_payload(BODY).to_request()
    };
    let first = system.block_on(call_service(&service, ask()));
    assert_eq!(first.status(), 200);
    let mut counted = Vec::new();
    for _ in 0..REPEATS {
        let (request, mut answered) = (ask(), None);
        let info = measure(|| answered = Some(system.block_on(call_service(&service, request))));
        counted.push((info.count_total, info.bytes_total));
        let body = system.block_on(read_body(answered.expect("an answer")));
        assert!(body.windows(13).any(|part| part == b"\"cached\":true"), "no warm answer");
    }
    counted.into_iter().reduce(|a, b| (a.0.min(b.0), a.1.min(b.1))).unwrap_or_default()
}

#[test]
fn a_request_and_its_steps_ask_the_heap_for_no_more_than_they_did() {
    let mut counted = of_steps();
    counted.push(("POST /v1/autofill", of_a_request()));
    let table: String =
        counted.iter().map(|(what, (count, bytes))| format!("    (\"{what}\", {count}, {bytes}),\n")).collect();
    let named: Vec<&str> = counted.iter().map(|(what, _)| *what).collect();
    let bounded: Vec<&str> = BOUNDS.iter().map(|(what, ..)| *what).collect();
    assert_eq!(named, bounded);
    for ((what, (count, bytes)), (_, most, most_bytes)) in counted.iter().zip(BOUNDS) {
        assert!(count <= most && bytes <= most_bytes, "{what} asks the heap for more; counted now:\n{table}");
    }
}
