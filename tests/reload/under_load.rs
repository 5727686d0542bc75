//! Reloads while 24 callers ask without a pause: no request fails, and no answer mixes two catalogues.
//!
//! Every version of the catalogue has its number in three files: in the service's name, and in the keys and titles of
//! two boxes of the form (schema and mapping). An answer that shows two numbers was made from two catalogues.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::copy::{self, Copy};
use super::{FAILED, OK, wait_for};
use crate::connections::Upstream;
use crate::harness::{Process, client};

const CALLERS: usize = 24;
/// Every tenth is broken.
const RELOADS: u32 = 100;
const MARK: &str = "phienban";

/// The three files of a copy, to write any version from.
struct Original {
    service: String,
    mapping: String,
    schema: String,
}

impl Original {
    fn of(copy: &Copy) -> Self {
        Self {
            service: copy.text(copy::SERVICE_FILE),
            mapping: copy.text(copy::MAPPING),
            schema: copy.text(copy::SCHEMA),
        }
    }

    fn write(&self, copy: &Copy, number: u32) {
        let marked = |text: &str| {
            text.replace("\"noi_lap\"", &format!("\"noi_lap_{MARK}{number}\""))
                .replace("\"ngay_lap\"", &format!("\"ngay_lap_{MARK}{number}\""))
                .replace("\"Kính gửi\"", &format!("\"Kính gửi {MARK}{number}\""))
                .replace("Thủ tục đăng ký khai tử", &format!("Thủ tục đăng ký khai tử {MARK}{number}"))
        };
        copy.write(copy::SERVICE_FILE, &marked(&self.service));
        copy.write(copy::MAPPING, &marked(&self.mapping));
        copy.write(copy::SCHEMA, &marked(&self.schema));
    }
}

/// Every number in an answer.
fn marks(text: &str) -> Vec<u32> {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    text.split(MARK).skip(1).map(|rest| digits(rest).parse().expect("a number")).collect()
}

#[derive(Default)]
struct Seen {
    answers: usize,
    versions: BTreeSet<u32>,
    wrong: Vec<String>,
}

async fn call(address: String, stop: Arc<AtomicBool>, index: usize) -> Seen {
    let (client, mut seen, mut newest) = (client(), Seen::default(), 0);
    let body = json!({ "service": copy::SERVICE, "citizen": { "id": "999085000001" } }).to_string();
    while !stop.load(Ordering::Relaxed) {
        // Name of the service and two boxes; name, two boxes with key, one title.
        let (request, expected) = match (index + seen.answers) % 4 {
            0 => (client.get(format!("{address}/v1/services/{}", copy::SERVICE)), 4),
            _ => {
                let post = client.post(format!("{address}/v1/autofill")).header("Content-Type", "application/json");
                (post.body(body.clone()), 3)
            }
        };
        let answer = async {
            let response = request.send().await.map_err(|error| format!("{error:?}"))?;
            let status = response.status().as_u16();
            let text = response.text().await.map_err(|error| format!("{error:?}"))?;
            if status == 200 { Ok(text) } else { Err(format!("{status}: {text}")) }
        };
        match answer.await {
            Err(failed) => seen.wrong.push(failed),
            Ok(text) => {
                let marks = marks(&text);
                let first = marks.first().copied().unwrap_or_default();
                if marks.len() != expected || marks.iter().any(|mark| *mark != first) || first < newest {
                    seen.wrong.push(format!("{marks:?} after {newest}"));
                }
                newest = first;
                seen.versions.insert(first);
            }
        }
        seen.answers += 1;
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn reloads_under_load_fail_no_request_and_mix_no_answer() {
    // With `DIENSAN_TEST_WHOLE_CATALOGUE` every reload compiles all services: for a release build.
    let copy = if std::env::var_os("DIENSAN_TEST_WHOLE_CATALOGUE").is_some() { Copy::new() } else { Copy::small() };
    let original = Original::of(&copy);
    original.write(&copy, 1);
    // Access lines of every answer would only make a large file.
    let service = Process::serve_configured(&copy.config(false), "warn");
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> =
        (0..CALLERS).map(|index| tokio::spawn(call(service.address.clone(), Arc::clone(&stop), index))).collect();
    let started = Instant::now();
    let (mut good, mut broken) = (0_u32, 0_u32);
    for reload in 1..=RELOADS {
        if reload % 10 == 0 {
            let mapping = copy.text(copy::MAPPING);
            copy.write(copy::MAPPING, mapping.split_at(mapping.find("\"manual\"").expect("a member")).0);
            service.signal("HUP");
            broken += 1;
            wait_for(&service, FAILED, f64::from(broken)).await;
        } else {
            original.write(&copy, reload + 1);
            service.signal("HUP");
            good += 1;
            wait_for(&service, OK, f64::from(good)).await;
        }
    }
    let took = started.elapsed();
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.store(true, Ordering::Relaxed);
    let mut all = Seen::default();
    for caller in callers {
        let seen = caller.await.expect("no panic");
        all.answers += seen.answers;
        all.versions.extend(seen.versions);
        all.wrong.extend(seen.wrong);
    }
    println!("{RELOADS} reloads, {broken} of them broken, {} answers in {took:?}", all.answers);
    assert!(
        broken * 10 == RELOADS && all.wrong.is_empty(),
        "{} of {}: {:?}",
        all.wrong.len(),
        all.answers,
        all.wrong.first()
    );
    assert!(all.answers > 500, "{} answers", all.answers);
    // Every version that was in use was seen by somebody.
    assert_eq!(u32::try_from(all.versions.len()), Ok(good + 1), "{:?}", all.versions);
    assert_eq!((service.metric(OK).await, service.metric(FAILED).await), (f64::from(good), f64::from(broken)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_ends_with_the_catalogue_that_it_began_with() {
    let (copy, upstream) = (Copy::small(), Upstream::start());
    let original = Original::of(&copy);
    original.write(&copy, 1);
    let service = Process::serve_configured(&copy.move_in(&upstream.config("direct", "", "")), "info");
    // Upstream takes a second for this number.
    let asked = json!({
        "service": copy::SERVICE, "officer": "cb-0123", "agency": "H01.12", "dossier": "H01.12-261120-0007",
        "citizen": { "id": "999099000901", "name": "NGUYỄN VĂN MẪU LỖI", "birth_date": "1999-09-09" },
    });
    let reload = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        original.write(&copy, 2);
        service.signal("HUP");
        wait_for(&service, OK, 1.0).await;
        Instant::now()
    };
    let ask = async { (service.autofill(&asked).await, Instant::now()) };
    let (reloaded, (answer, answered)) = tokio::join!(reload, ask);
    assert!(reloaded < answered, "the reload ended while the request waited");
    assert_eq!((answer.status, marks(&answer.text)), (200, vec![1, 1, 1]));
    assert_eq!(marks(&service.autofill(&asked).await.text), [2, 2, 2]);
}
