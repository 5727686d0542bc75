//! Two hundred callers, fifty invented people, two connections upstream, callers who hang up, replies that come late or
//! break off: whatever is answered is about the person who was asked for, and about nobody else (RISKS T6).
//!
//! It asks until three thousand answers came, or as many as `DIENSAN_ROUNDS` says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aho_corasick::AhoCorasick;
use serde_json::{Value, json};

use crate::harness::{Process, client};
use crate::road::Road;

const TASKS: usize = 200;
const PEOPLE: usize = 50;
const ROUNDS: usize = 3000;
/// Far beyond what any machine needs for the usual rounds.
const LONGEST: Duration = Duration::from_secs(120);
/// Forms of one citizen that print number, name, dates or addresses.
const SERVICES: [&str; 3] = ["1.000656", "1.005099", "1.000894"];

/// What stands in the record of one person and of nobody else.
struct Invented {
    number: String,
    name: String,
    birth: String,
    /// Texts that tell whose record a value came from.
    marks: Vec<String>,
}

/// A word that no other index has: two syllables of which neither is part of another.
fn word(index: usize) -> String {
    const FIRST: [&str; 8] = ["BÌNH", "CHÂU", "DŨNG", "GIANG", "HẠNH", "KHÔI", "LỘC", "NGỌC"];
    const SECOND: [&str; 7] = ["PHÚC", "QUỲNH", "SƠN", "THẢO", "UYÊN", "VIỆT", "XUÂN"];
    format!("{} {}", FIRST[index / SECOND.len()], SECOND[index % SECOND.len()])
}

/// Writes the files of the people, each like somebody of the sandbox, with texts of their own.
fn invent(folder: &Path) -> Vec<Invented> {
    let pattern = &crate::harness::person("999187000004").record;
    (0..PEOPLE)
        .map(|index| {
            let number = format!("9991870{index:05}");
            let word = word(index);
            let (name, birth) = (format!("LÊ THỊ MẪU {word}"), format!("{}-{:02}-17", 1960 + index, 1 + index % 12));
            let (street, father) = (format!("SỐ {} NGÕ MẪU {word}", 100 + index), format!("LÊ VĂN CỤ {word}"));
            let mut record = pattern.clone();
            record["so_dinh_danh"] = json!(number);
            record["so_cmnd"] = json!(format!("9990{index:05}"));
            record["ho_va_ten"] = json!(name);
            record["ngay_sinh"] = json!(birth);
            for group in ["thuong_tru", "noi_o_hien_tai", "que_quan", "noi_dang_ky_khai_sinh"] {
                record[group]["chi_tiet"] = json!(street);
            }
            record["cha"]["ho_va_ten"] = json!(father);
            let file = json!({ "number": number, "note": "Người giả.", "record": record });
            fs::write(folder.join(format!("{number}.json")), file.to_string()).expect("a person");
            let marks = vec![number.clone(), name.clone(), birth.clone(), street, father];
            Invented { number, name, birth, marks }
        })
        .collect()
}

/// Numbers without a pattern (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % count as u64).expect("below a usize")
    }
}

/// What all callers came to.
#[derive(Default)]
struct Tally {
    answers: AtomicUsize,
    cached: AtomicUsize,
    hung_up: AtomicUsize,
    /// Look-ups that failed, as faults and pauses are meant to.
    refused: AtomicUsize,
    stop: AtomicBool,
}

impl Tally {
    fn is_enough(&self, rounds: usize) -> bool {
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        count(&self.answers) >= rounds && count(&self.cached) > TASKS && count(&self.hung_up) > TASKS
    }
}

/// Finds whose texts an answer holds.
struct Search {
    automaton: AhoCorasick,
    owners: Vec<usize>,
}

impl Search {
    fn of(people: &[Invented]) -> Self {
        let owned =
            people.iter().enumerate().flat_map(|(index, person)| person.marks.iter().map(move |mark| (index, mark)));
        let (owners, marks): (Vec<usize>, Vec<&String>) = owned.unzip();
        Self { automaton: AhoCorasick::new(marks).expect("an automaton"), owners }
    }

    /// The people by index, each once.
    fn people_in(&self, text: &str) -> Vec<usize> {
        let hits = self.automaton.find_overlapping_iter(text);
        let people: BTreeSet<usize> = hits.map(|hit| self.owners[hit.pattern().as_usize()]).collect();
        people.into_iter().collect()
    }
}

/// The people and how to find them.
struct Known {
    people: Vec<Invented>,
    search: Search,
}

/// One caller of two hundred.
struct Caller {
    address: String,
    known: Arc<Known>,
    tally: Arc<Tally>,
    task: usize,
    /// What was wrong, without any value.
    wrong: Vec<String>,
}

impl Caller {
    /// Asks on and on, mostly for one person and sometimes for three at once, until all callers are told to stop.
    async fn ask_on(mut self, seed: u64) -> Vec<String> {
        let (client, mut dice) = (client(), Dice((seed + self.task as u64 * 0x9e37_79b9) | 1));
        while !self.tally.stop.load(Ordering::SeqCst) {
            let asked: Vec<usize> = match dice.below(6) {
                0 => (0..3).map(|_| dice.below(PEOPLE)).collect(),
                _ => vec![dice.below(PEOPLE)],
            };
            let (path, body) = self.question(&asked, &mut dice);
            let sent = client.post(format!("{}{path}", self.address)).header("Content-Type", "application/json");
            let answered = async { sent.body(body.to_string()).send().await?.text().await };
            // One in four hangs up, some before upstream was asked and some while its answer is read.
            let patience = Duration::from_millis(if dice.below(4) == 0 { dice.below(60) as u64 } else { 60_000 });
            let Ok(text) = tokio::time::timeout(patience, answered).await else {
                self.tally.hung_up.fetch_add(1, Ordering::SeqCst);
                continue;
            };
            let answer: Value = serde_json::from_str(&text.expect("an answer")).expect("JSON");
            let answers: Vec<&Value> = match answer["items"].as_array() {
                None => vec![&answer],
                Some(items) => items.iter().map(|item| item.get("answer").unwrap_or(&item["problem"])).collect(),
            };
            assert_eq!(answers.len(), asked.len());
            let answered = asked.into_iter().zip(answers).map(|(index, answer)| self.judge(index, answer));
            // Whoever was refused waits before the next try, or two hundred callers would only be refused.
            if answered.filter(|answered| !answered).count() > 0 {
                tokio::time::sleep(Duration::from_millis(50 + dice.below(200) as u64)).await;
            }
        }
        self.wrong
    }

    fn question(&self, asked: &[usize], dice: &mut Dice) -> (&'static str, Value) {
        let citizen = |index: &usize| {
            let person = &self.known.people[*index];
            json!({ "id": person.number, "name": person.name, "birth_date": person.birth })
        };
        let mut body = json!({
            "service": (SERVICES[dice.below(SERVICES.len())]),
            "officer": (format!("cb-{}", self.task)), "agency": (["H01.12", "H01.13"][dice.below(2)]),
            "dossier": "H01.12-261120-0007", "dossier_date": "2026-11-20", "refresh": dice.below(6) == 0,
        });
        if let [index] = asked {
            body["citizen"] = citizen(index);
            return ("/v1/autofill", body);
        }
        let items = asked.iter().map(|index| json!({ "citizen": citizen(index) }));
        body["items"] = items.collect();
        ("/v1/autofill/batch", body)
    }

    /// Counts the answer for this person, and says what is wrong with it; whether it is one.
    fn judge(&mut self, index: usize, answer: &Value) -> bool {
        if answer.get("data").is_none() {
            self.tally.refused.fetch_add(1, Ordering::SeqCst);
            if !matches!(answer["status"].as_u64(), Some(502..=504)) {
                self.wrong.push(format!("person {index}: refused with {}", answer["code"]));
            }
            return false;
        }
        self.tally.answers.fetch_add(1, Ordering::SeqCst);
        self.tally.cached.fetch_add(usize::from(answer["lookups"][0]["cached"] == true), Ordering::SeqCst);
        let told = self.known.search.people_in(&answer.to_string());
        if told != [index] {
            self.wrong.push(format!("person {index} was asked for, the answer is about {told:?}"));
        }
        true
    }
}

/// Changes which replies are late and which break off, all the time.
async fn trouble(simulator: &Process, people: &[Invented], tally: &Tally, rounds: usize) {
    let (mut dice, begun) = (Dice(99), Instant::now());
    let longest = LONGEST * u32::try_from(rounds.div_ceil(ROUNDS)).expect("fewer rounds");
    while !tally.is_enough(rounds) && begun.elapsed() < longest {
        for _ in 0..6 {
            let number = &people[dice.below(people.len())].number;
            let rule = json!({ "fault": "delay", "parameter": 5 + dice.below(60), "number": number, "calls": 3 });
            assert_eq!(simulator.send("POST", "/control/faults", Some(&rule)).await.status, 201);
        }
        for fault in ["reset", "half-close", "truncated"] {
            let number = &people[dice.below(people.len())].number;
            let rule = json!({ "fault": fault, "number": number, "calls": 1 });
            let added = simulator.send("POST", "/control/faults", Some(&rule)).await;
            assert_eq!(added.status, 201, "{}", added.text);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        simulator.send("DELETE", "/control/faults", None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_callers_over_two_connections_are_never_told_about_somebody_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let people = invent(folder.path());
    let known = Arc::new(Known { search: Search::of(&people), people });
    let folder = folder.path().to_str().expect("a path in UTF-8");
    let simulator = Process::start(&["simulate", "--listen", "127.0.0.1:0", "--people", folder], "info");
    let mut road = Road::new("ttl = \"1s\"");
    let keys = [("permits", "2"), ("budget", "\"6s\""), ("guard.breaker", "{ faults = 100000 }")];
    road.connection("hai-duong", "direct", &simulator.address, &keys);
    let service = Process::serve_configured(&road.write(), "info");
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let tally = Arc::new(Tally::default());
    let callers: Vec<_> = (0..TASKS)
        .map(|task| {
            let (address, known, tally) = (service.address.clone(), Arc::clone(&known), Arc::clone(&tally));
            tokio::spawn(Caller { address, known, tally, task, wrong: Vec::new() }.ask_on(seed))
        })
        .collect();
    let rounds = std::env::var("DIENSAN_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    trouble(&simulator, &known.people, &tally, rounds).await;
    tally.stop.store(true, Ordering::SeqCst);
    let mut wrong = BTreeMap::<String, usize>::new();
    for caller in callers {
        for found in caller.await.expect("no panic") {
            *wrong.entry(found).or_default() += 1;
        }
    }
    let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
    let (answers, cached, hung_up) = (count(&tally.answers), count(&tally.cached), count(&tally.hung_up));
    let refused = count(&tally.refused);
    println!("seed {seed}: {answers} answers, {cached} from the cache, {hung_up} hung up, {refused} look-ups failed");
    assert!(wrong.is_empty(), "seed {seed}: {} wrong of {answers}: {wrong:#?}", wrong.values().sum::<usize>());
    assert!(tally.is_enough(rounds), "too few to show anything");
    let log = [service.log_text(), simulator.log_text()].concat();
    assert!(known.search.people_in(&log).is_empty(), "the logs hold personal data");
}
