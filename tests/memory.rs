//! What the memory of a running service holds of people whose entries have expired: read through `/proc/PID/mem`, in
//! seven encodings (RISKS R9). `docs/memory.md` states what is left and why.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use aho_corasick::AhoCorasick;
use serde_json::{Value, json};

use crate::harness::{Process, person};
use crate::leaks::encodings;
use crate::road::Road;

/// How many people are looked up.
const PEOPLE: usize = 24;
/// How long their entries live.
const LIFE: Duration = Duration::from_secs(2);
/// What may pass after that: five seconds, and the second of the cache's own maintenance.
const AFTERWARDS: Duration = Duration::from_secs(6);
/// Forms of one citizen that print number, name, dates, addresses and parents.
const SERVICES: [&str; 3] = ["1.000656", "1.005099", "1.000894"];

/// A person whose texts are nobody else's.
struct Canary {
    number: String,
    name: String,
    /// Kind and text: `record` texts come from the register only, `asked` ones stand in requests too.
    marks: Vec<(&'static str, String)>,
}

/// Two syllables that no other index has and no dictionary either.
fn word(index: usize) -> String {
    const FIRST: [&str; 5] = ["QUỲNHCẢ", "NGHIÊNGBƠ", "THUYỀNDỪA", "KHUYÊNGỌ", "PHƯỢNGHÈ"];
    const SECOND: [&str; 5] = ["VƯỢTXA", "NGOẰNMÂY", "TRƯỢTĐÈO", "SƯỚNGMÀ", "GHIỀNLÁ"];
    format!("{} {}", FIRST[index / SECOND.len()], SECOND[index % SECOND.len()])
}

/// Writes the files of the people.
fn invent(folder: &Path) -> Vec<Canary> {
    let pattern = &person("999187000004").record;
    (0..PEOPLE)
        .map(|index| {
            let (number, word) = (format!("9991876{index:05}"), word(index));
            let name = format!("LÊ THỊ {word}");
            let (street, father) = (format!("SỐ {} NGÕ {word}", 100 + index), format!("LÊ VĂN {word}"));
            let mut record = pattern.clone();
            record["so_dinh_danh"] = json!(number);
            record["ho_va_ten"] = json!(name);
            record["ngay_sinh"] = json!("1961-02-17");
            for group in ["thuong_tru", "noi_o_hien_tai", "que_quan", "noi_dang_ky_khai_sinh"] {
                record[group]["chi_tiet"] = json!(street);
            }
            record["cha"]["ho_va_ten"] = json!(father);
            let file = json!({ "number": number, "note": "Người giả.", "record": record });
            fs::write(folder.join(format!("{number}.json")), file.to_string()).expect("a person");
            let marks = vec![
                ("asked: number", number.clone()),
                ("asked: name", name.clone()),
                ("record: address", street),
                ("record: father", father),
            ];
            Canary { number, name, marks }
        })
        .collect()
}

/// Where a text stands: kind, encoding, mapping.
type Found = BTreeMap<(String, String), usize>;

/// Every text in every encoding.
struct Search {
    names: Vec<String>,
    automaton: AhoCorasick,
}

impl Search {
    fn of(people: &[Canary]) -> Self {
        let (mut names, mut needles) = (Vec::new(), Vec::<Vec<u8>>::new());
        for (kind, text) in people.iter().flat_map(|person| &person.marks) {
            let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let all = encodings(text).into_iter().map(|(encoding, text)| (encoding, text.into_bytes()));
            for (encoding, needle) in all.chain([("UTF-16", utf16)]) {
                names.push(format!("{kind}, {encoding}"));
                needles.push(needle);
            }
        }
        Self { names, automaton: AhoCorasick::new(&needles).expect("an automaton") }
    }
}

/// Every writable mapping of a process, chunk by chunk with an overlap.
fn scan(pid: u32, search: &Search) -> (Found, usize) {
    const CHUNK: usize = 4 << 20;
    const OVERLAP: usize = 512;
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("the mappings");
    let memory = File::open(format!("/proc/{pid}/mem")).expect("the memory");
    let (mut found, mut read) = (Found::new(), 0);
    let mut bytes = vec![0; CHUNK + OVERLAP];
    for line in maps.lines() {
        let parts: Vec<&str> = line.split_whitespace().collect();
        if !parts[1].starts_with("rw") {
            continue;
        }
        let (begin, end) = parts[0].split_once('-').expect("two addresses");
        let address = |text: &str| u64::from_str_radix(text, 16).expect("an address");
        let (begin, end) = (address(begin), address(end));
        let name = parts.get(5).copied().unwrap_or("anonymous").to_owned();
        let mut at = begin;
        while at < end {
            let wanted = usize::try_from((end - at).min(bytes.len() as u64)).expect("small");
            // Guard pages and what was given back meanwhile.
            let Ok(count) = memory.read_at(&mut bytes[..wanted], at) else { break };
            read += count.min(CHUNK);
            for hit in search.automaton.find_iter(&bytes[..count]) {
                if hit.start() < CHUNK {
                    *found.entry((search.names[hit.pattern().as_usize()].clone(), name.clone())).or_default() += 1;
                }
            }
            at += CHUNK as u64;
        }
    }
    (found, read)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_expired_is_no_longer_in_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let people = invent(folder.path());
    let search = Search::of(&people);
    let folder = folder.path().to_str().expect("a path in UTF-8");
    let simulator = Process::start(&["simulate", "--listen", "127.0.0.1:0", "--people", folder], "info");
    let mut road = Road::new("ttl = \"2s\"");
    road.connection("hai-duong", "direct", &simulator.address, &[]);
    let service = Process::serve_configured(&road.write(), "info");
    let started = Instant::now();
    for (index, person) in people.iter().enumerate() {
        let body = json!({
            "service": SERVICES[index % SERVICES.len()],
            "citizen": { "id": person.number, "name": person.name, "birth_date": "1961-02-17" },
            "officer": "cb-0123", "agency": "H01.12", "dossier": "H01.12-261120-0007", "dossier_date": "2026-11-20",
        });
        for _ in 0..2 {
            let reply = service.autofill(&body).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
            let _: Value = reply.json();
        }
    }
    let last = Instant::now();
    println!("asked in {:?}", last - started);
    let (found, read) = scan(service.pid(), &search);
    println!("while cached, {} KiB read in {:?}: {found:#?}", read >> 10, last.elapsed());
    tokio::time::sleep((LIFE + AFTERWARDS).saturating_sub(last.elapsed())).await;
    let (found, read) = scan(service.pid(), &search);
    println!("after, {} KiB: {found:#?}", read >> 10);
    assert!(found.is_empty());
}
