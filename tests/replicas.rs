//! One upstream call for a citizen, a service and a life time, however many replicas are asked at once; and a replica
//! that dies while it asks holds nobody up.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fleet::cast::BRIDE;
use crate::fleet::replica::{Replica, Settings};
use crate::fleet::{Fleet, REPLICAS, control};
use crate::harness::client;

const CALLERS: usize = 300;
const ROUTE: &str = "/direct/037";
/// Whom the simulator answers for after five seconds and after three, and what it says of them (docs/simulator.md).
const SLOW: [&str; 2] = ["999099000905", "999099000903"];
const SLOW_NAME: &str = "NGUYỄN VĂN MẪU LỖI";
const SLOW_BIRTH: &str = "1999-09-09";
/// A replica that dies holds its lease for a second and a half at most, and upstream takes five; the rest is for two cores
/// that do everything.
const BOUND: Duration = Duration::from_secs(15);

async fn fleet() -> Fleet {
    let settings = Settings {
        ttl: "10m",
        // Nobody may go on alone because this machine is slow: exactly one call is what is looked at.
        tier: "timeout = \"2s\"\nfollow = \"30s\"",
        drain: "0s",
        connection: &[],
    };
    Fleet::start(&settings).await
}

/// Look-ups that reached upstream.
async fn calls(fleet: &Fleet) -> u64 {
    control(&fleet.simulator, "GET", "/counters", None).await["routes"][ROUTE].as_u64().unwrap_or(0)
}

/// A question about somebody slow, asked at one replica.
struct Asking {
    url: String,
    key: String,
    body: Value,
}

impl Asking {
    fn at(fleet: &Fleet, replica: &Replica, number: &str, officer: usize) -> Self {
        let mut body = fleet.cast.people[BRIDE].request(0);
        body["citizen"] = json!({ "id": number, "name": SLOW_NAME, "birth_date": SLOW_BIRTH });
        body["officer"] = json!(format!("cb-{officer}"));
        body["agency"] = json!("H01.12");
        body["dossier"] = json!("H01.12-261120-0007");
        Self { url: format!("http://127.0.0.1:{}/v1/autofill", replica.port), key: fleet.keys.caller.clone(), body }
    }

    /// Status and text; nothing when the replica is gone.
    async fn ask(self) -> Option<(u16, String)> {
        let request = client().post(self.url).header("X-Api-Key", self.key).header("Content-Type", "application/json");
        let response = request.body(self.body.to_string()).send().await.ok()?;
        Some((response.status().as_u16(), response.text().await.ok()?))
    }
}

/// Whether an answer is about this number.
fn is_right(number: &str, answer: Option<&(u16, String)>) -> bool {
    let Some((200, text)) = answer else { return false };
    let data = &serde_json::from_str::<Value>(text).expect("JSON")["data"];
    let told = ["so_dinh_danh", "ho_ten", "ngay_sinh"].map(|part| data[format!("nguoi_de_nghi_{part}")].as_str());
    told == [Some(number), Some(SLOW_NAME), Some(SLOW_BIRTH)]
}

/// Asks with all callers at once, a third at each replica; what was not right, by status and code.
async fn ask_all(fleet: &Fleet, number: &str) -> BTreeMap<String, usize> {
    let asked = (0..CALLERS)
        .map(|index| tokio::spawn(Asking::at(fleet, &fleet.replicas[index % REPLICAS], number, index).ask()));
    let answers = futures_util::future::join_all(asked.collect::<Vec<_>>()).await;
    let mut wrong = BTreeMap::new();
    for answer in answers {
        let answer = answer.expect("no panic");
        if !is_right(number, answer.as_ref()) {
            let code = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default()["code"].to_string();
            let told =
                answer.map_or_else(|| "no answer".to_owned(), |(status, text)| format!("{status} {}", code(&text)));
            *wrong.entry(told).or_default() += 1;
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_callers_of_three_replicas_make_one_upstream_call_for_a_citizen() {
    let fleet = fleet().await;
    let [first, second] = SLOW;
    assert_eq!(ask_all(&fleet, first).await, BTreeMap::new());
    assert_eq!(calls(&fleet).await, 1, "from a cold start");
    assert_eq!(ask_all(&fleet, first).await, BTreeMap::new());
    assert_eq!(calls(&fleet).await, 1, "within the life time");
    assert_eq!(ask_all(&fleet, second).await, BTreeMap::new());
    assert_eq!(calls(&fleet).await, 2, "another citizen is another call");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_dies_while_it_asks_holds_up_no_caller_of_another_one() {
    let mut fleet = fleet().await;
    let number = SLOW[0];
    // Only the first call, which is the one of the replica that dies.
    let rule = json!({ "fault": "delay", "parameter": 25_000, "path": ROUTE, "calls": 1 });
    control(&fleet.simulator, "POST", "/control/faults", Some(&rule)).await;
    let at = |fleet: &Fleet, replica: usize, callers: usize| -> Vec<_> {
        let asking = |index| tokio::spawn(Asking::at(fleet, &fleet.replicas[replica], number, index).ask());
        (0..callers).map(asking).collect()
    };
    let of_the_dead = at(&fleet, 0, CALLERS / REPLICAS);
    let until = Instant::now() + BOUND;
    while calls(&fleet).await == 0 {
        assert!(Instant::now() < until, "nobody asks upstream");
    }
    let mut others = at(&fleet, 1, CALLERS / REPLICAS);
    others.extend(at(&fleet, 2, CALLERS / REPLICAS));
    // They wait: for the tier says that somebody asks already.
    let until = Instant::now() + BOUND;
    for replica in &fleet.replicas[1..] {
        let refused = "diensan_shared_tier_operations_total{operation=\"lease\",result=\"ok\"} ";
        while replica.metric(refused).await < 2.0 {
            assert!(Instant::now() < until, "{} never tries to ask", replica.name);
        }
    }
    assert_eq!(calls(&fleet).await, 1);
    let killed = Instant::now();
    tokio::task::block_in_place(|| fleet.replicas[0].kill());
    let answers = futures_util::future::join_all(others).await;
    let took = killed.elapsed();
    let right = answers.iter().filter(|answer| is_right(number, answer.as_ref().expect("no panic").as_ref()));
    assert_eq!(right.count(), CALLERS / REPLICAS * 2, "right answers");
    assert!(took < BOUND, "{took:?}");
    assert_eq!(calls(&fleet).await, 2, "one call of the dead replica, one of all the others");
    for dead in of_the_dead {
        assert!(dead.await.expect("no panic").is_none(), "an answer of a dead replica");
    }
}
