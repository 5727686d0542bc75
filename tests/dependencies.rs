//! What the service leans on, taken away while officers ask: the store of the counters, the journal, the keys of the
//! tokens. Each has its own refusal, none is an open door, and what needs none of them goes on (RISKS T26).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::Reply;
use crate::house::{House, Issuer, Plan};

/// Officers who ask without a pause.
const OFFICERS: usize = 6;
/// Answers that are waited for in each state: enough that a door that is open now and then shows.
const ANSWERS: usize = 60;
/// The longest wait for those, and for the recovery.
const PATIENCE: Duration = Duration::from_secs(60);
const AGENCY: &str = "H01.12";
const SERVICE: &str = "1.005099";

const KEY: &str = "scopes = [\"autofill\", \"catalog:read\"]\nagencies = [\"*\"]\nservices = [\"*\"]\nattributes = [\"*\"]\n\
                   quota = { requests_per_second = 100000 }";

/// One answer under load.
struct Answer {
    asked: Instant,
    came: Instant,
    word: String,
    request_id: String,
    /// Whether the credential was one to be believed.
    true_credential: bool,
}

/// The load: who asks, how many answers came, and whether it is over.
#[derive(Default)]
struct Load {
    came: AtomicUsize,
    over: AtomicBool,
}

impl Load {
    /// Asks until it is over; every officer the next thing when the last is answered.
    async fn run(&self, house: &House, credential: impl Fn(usize, usize) -> (String, bool)) -> Vec<Answer> {
        let officer = async |officer: usize| {
            let mut answers = Vec::new();
            while !self.over.load(Ordering::Relaxed) {
                let (credential, true_credential) = credential(officer, answers.len());
                let body = request(officer, answers.len());
                let asked = Instant::now();
                let reply = house.send(&credential, "POST", "/v1/autofill", Some(&body)).await;
                let request_id = reply.header("x-request-id").to_owned();
                answers.push(Answer { asked, came: Instant::now(), word: word(&reply), request_id, true_credential });
                self.came.fetch_add(1, Ordering::Relaxed);
            }
            answers
        };
        join_all((0..OFFICERS).map(officer)).await.into_iter().flatten().collect()
    }

    /// Waits for so many answers more.
    async fn more(&self, answers: usize) {
        let (began, wanted) = (Instant::now(), self.came.load(Ordering::Relaxed) + answers);
        while self.came.load(Ordering::Relaxed) < wanted {
            assert!(began.elapsed() < PATIENCE, "no answers come");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn request(officer: usize, turn: usize) -> Value {
    json!({ "service": SERVICE, "citizen": { "id": "999187000004" }, "officer": format!("cb-{officer}"),
            "agency": AGENCY, "dossier": format!("D-{officer}-{turn}"), "dossier_date": "2026-11-20" })
}

fn word(reply: &Reply) -> String {
    if reply.status == 200 {
        return "ok".to_owned();
    }
    let problem = reply.json();
    assert!(problem.get("data").is_none() && problem.get("fields").is_none());
    format!("{} {}", reply.status, reply.code())
}

/// Whatever was taken away, this needs none of it.
async fn what_needs_nothing_goes_on(house: &House) {
    assert_eq!(house.send("", "GET", "/healthz", None).await.status, 200);
    assert_eq!(house.send(house.key("khoa"), "GET", &format!("/v1/services/{SERVICE}"), None).await.status, 200);
    assert_eq!(house.send(house.key("watcher"), "GET", "/metrics", None).await.status, 200);
}

/// Waits until a look-up is answered again.
async fn until_it_recovers(house: &House, credential: impl Fn() -> String) {
    let began = Instant::now();
    while house.send(&credential(), "POST", "/v1/autofill", Some(&request(0, 0))).await.status != 200 {
        assert!(began.elapsed() < PATIENCE, "it does not recover");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Takes a folder away while officers ask, and puts it back; what they were answered before, meanwhile and after.
async fn without(house: &House, folder: &str) -> (Vec<Answer>, [Instant; 2]) {
    let load = Load::default();
    let (here, away) = (house.path(folder), house.path("away"));
    let key = house.key("khoa");
    let driver = async {
        load.more(ANSWERS).await;
        fs::rename(&here, &away).expect("moved away");
        // A file where the folder was: it cannot be made anew.
        fs::write(&here, "").expect("in the way");
        let gone = Instant::now();
        load.more(ANSWERS).await;
        what_needs_nothing_goes_on(house).await;
        let back = Instant::now();
        put_back(&here, &away);
        until_it_recovers(house, || key.to_owned()).await;
        load.more(ANSWERS).await;
        load.over.store(true, Ordering::Relaxed);
        [gone, back]
    };
    let (answers, times) = tokio::join!(load.run(house, |_, _| (key.to_owned(), true)), driver);
    (answers, times)
}

fn put_back(here: &Path, away: &Path) {
    fs::remove_file(here).expect("out of the way");
    fs::rename(away, here).expect("back");
}

/// The words of the answers to what was asked and answered between two moments.
fn words(answers: &[Answer], [from, to]: [Instant; 2]) -> BTreeSet<&str> {
    let within = answers.iter().filter(|answer| answer.asked > from && answer.came < to);
    within.map(|answer| answer.word.as_str()).collect()
}

/// Each answer with data is on record, and nothing that is on record as disclosed was refused.
fn assert_all_on_record(house: &House, answers: &[Answer]) {
    let disclosed: BTreeSet<String> = house
        .lines_of("disclosure")
        .iter()
        .map(|line| line["request_id"].as_str().expect("an id").to_owned())
        .collect();
    let answered: BTreeSet<&String> =
        answers.iter().filter(|answer| answer.word == "ok").map(|answer| &answer.request_id).collect();
    assert!(answered.len() >= 2 * ANSWERS - 2 * OFFICERS, "{} answers with data", answered.len());
    assert!(answered.iter().all(|id| disclosed.contains(*id)), "disclosed but not on record");
}

fn key_house() -> House {
    House::start(&Plan { callers: &[("khoa", KEY)], ..Plan::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_store_of_the_counters_nobody_is_looked_up_and_it_recovers_by_itself() {
    let house = key_house();
    let (answers, outage) = without(&house, "state").await;
    assert_eq!(words(&answers, outage), BTreeSet::from(["503 quota_store_unavailable"]));
    let all: BTreeSet<&str> = answers.iter().map(|answer| answer.word.as_str()).collect();
    assert_eq!(all, BTreeSet::from(["503 quota_store_unavailable", "ok"]));
    assert!(house.alarms().await.contains_key("state_unavailable"));
    assert_all_on_record(&house, &answers);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_journal_nothing_is_disclosed_under_load_and_it_recovers_by_itself() {
    let house = key_house();
    let (answers, outage) = without(&house, "journal").await;
    assert_eq!(words(&answers, outage), BTreeSet::from(["503 journal_unavailable"]));
    let all: BTreeSet<&str> = answers.iter().map(|answer| answer.word.as_str()).collect();
    assert_eq!(all, BTreeSet::from(["503 journal_unavailable", "ok"]));
    assert_all_on_record(&house, &answers);
}

/// Gives the keys of an issuer, or takes a question and never answers.
struct KeyServer {
    address: String,
    /// `None`: it hangs.
    keys: Arc<Mutex<Option<String>>>,
    asked: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl KeyServer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/keys", listener.local_addr().expect("an address"));
        let (keys, asked) = (Arc::<Mutex<Option<String>>>::default(), Arc::<AtomicUsize>::default());
        let (held, counted) = (Arc::clone(&keys), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            let mut hanging = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let keys = held.lock().expect("no panic").clone();
                match keys {
                    Some(keys) => give(stream, &keys).await,
                    None => hanging.push(stream),
                }
            }
        });
        Self { address, keys, asked, task }
    }

    /// From now on it answers.
    fn give(&self, keys: String) {
        *self.keys.lock().expect("no panic") = Some(keys);
    }

    fn kill(&self) {
        self.task.abort();
    }
}

async fn give(mut stream: TcpStream, keys: &str) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{keys}", keys.len());
    let _ = stream.write_all(answer.as_bytes()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_key_server_no_token_is_believed_unjudged_and_a_false_one_never() {
    let server = KeyServer::start().await;
    let tokens = format!(
        "jwt = {{ issuer = \"https://sso.example\", audience = \"diensan\", algorithms = [\"ES256\"], \
         keys_url = \"{}\" }}\n{KEY}",
        server.address
    );
    let house = House::start(&Plan { callers: &[("tokens", &tokens), ("khoa", KEY)], ..Plan::default() });
    let false_issuer = Issuer::new();
    let load = Load::default();
    // One officer in three comes with tokens that somebody else has signed.
    let credential = |officer: usize, _| {
        let by = format!("cb-{officer}");
        if officer % 3 == 2 { (false_issuer.token(&by, AGENCY), false) } else { (house.token(&by, AGENCY), true) }
    };
    let driver = async {
        // It takes the question and never answers: everybody waits for one fetch and is refused.
        let hanging = Instant::now();
        load.more(ANSWERS).await;
        what_needs_nothing_goes_on(&house).await;
        let by_key = house.send(house.key("khoa"), "POST", "/v1/autofill", Some(&request(9, 0))).await;
        assert_eq!(by_key.status, 200, "a caller with a key needs no key server");
        let asked = server.asked.load(Ordering::Relaxed);
        assert!(asked <= 2, "the issuer was asked {asked} times by {ANSWERS} officers");
        let answers_now = Instant::now();
        server.give(fs::read_to_string(house.path("issuer.pem")).expect("keys"));
        until_it_recovers(&house, || house.token("cb-0", AGENCY)).await;
        let there = Instant::now();
        load.more(ANSWERS).await;
        server.kill();
        let gone = Instant::now();
        load.more(ANSWERS).await;
        let end = Instant::now();
        load.over.store(true, Ordering::Relaxed);
        ([hanging, answers_now], [there, end], [gone, end])
    };
    let (answers, (hanging, there, gone)) = tokio::join!(load.run(&house, credential), driver);
    assert_eq!(words(&answers, hanging), BTreeSet::from(["503 key_source_unavailable"]));
    let (right, wrong): (Vec<Answer>, Vec<Answer>) = answers.into_iter().partition(|answer| answer.true_credential);
    // Keys that were had ten minutes ago at most are good without the server; an hour is shown beside the code.
    for span in [there, gone] {
        assert_eq!(words(&right, span), BTreeSet::from(["ok"]));
        assert_eq!(words(&wrong, span), BTreeSet::from(["401 token_signature"]));
    }
    assert!(wrong.iter().all(|answer| answer.word != "ok"));
    assert!(house.lines_of("disclosure").iter().all(|line| line["officer"] != "cb-2" && line["officer"] != "cb-5"));
}
