//! What the memory of a running service holds of people whose entries have expired: read through `/proc/PID/mem`, in
//! seven encodings (RISKS R9). `docs/memory.md` states what is left and why; `--nocapture` shows the counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aho_corasick::AhoCorasick;
use rcgen::{CertifiedKey, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::audit_commands::private_file;
use crate::harness::{Process, Reply, person};
use crate::leaks::encodings;
use crate::road::Road;

/// How many people are looked up.
const PEOPLE: usize = 24;
/// How long their entries live.
const LIFE: Duration = Duration::from_secs(4);
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

/// How often a text stands there: by person, kind and encoding. The texts themselves are never shown.
type Found = BTreeMap<(usize, String), usize>;

/// The counts without the people.
fn by_kind(found: &Found) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for ((_, kind), count) in found {
        *counts.entry(kind.as_str()).or_default() += count;
    }
    counts
}

/// Every text in every encoding.
struct Search {
    names: Vec<(usize, String)>,
    automaton: AhoCorasick,
}

impl Search {
    fn of(people: &[Canary]) -> Self {
        let (mut names, mut needles) = (Vec::new(), Vec::<Vec<u8>>::new());
        let marks =
            people.iter().enumerate().flat_map(|(index, person)| person.marks.iter().map(move |mark| (index, mark)));
        for (index, (kind, text)) in marks {
            let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let named = |encoding, encoded: &str| if encoded == text { "plain" } else { encoding };
            let all = encodings(text).into_iter().map(|(encoding, text)| (named(encoding, &text), text.into_bytes()));
            for (encoding, needle) in all.chain([("UTF-16", utf16)]) {
                names.push((index, format!("{kind}, {encoding}")));
                needles.push(needle);
            }
        }
        Self { names, automaton: AhoCorasick::new(&needles).expect("an automaton") }
    }
}

/// Every writable mapping of a process, chunk by chunk with an overlap; what was found and how many bytes were read.
/// `None`: only root may read it, because the service forbids it to everybody else.
fn scan(pid: u32, search: &Search) -> Option<(Found, usize)> {
    const CHUNK: usize = 4 << 20;
    const OVERLAP: usize = 512;
    let opened = File::open(format!("/proc/{pid}/mem")).and_then(|memory| {
        let maps = fs::read_to_string(format!("/proc/{pid}/maps"))?;
        Ok((memory, maps))
    });
    let (memory, maps) = match opened {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            eprintln!("not tried: the memory of a process that may not be dumped is root's to read");
            return None;
        }
        opened => opened.expect("the memory"),
    };
    let (mut found, mut read) = (Found::new(), 0);
    let mut bytes = vec![0; CHUNK + OVERLAP];
    for line in maps.lines() {
        let parts: Vec<&str> = line.split_whitespace().collect();
        if !parts[1].starts_with("rw") {
            continue;
        }
        let (begin, end) = parts[0].split_once('-').expect("two addresses");
        let address = |text: &str| u64::from_str_radix(text, 16).expect("an address");
        let (mut at, end) = (address(begin), address(end));
        while at < end {
            let wanted = usize::try_from((end - at).min(bytes.len() as u64)).expect("small");
            // What was given back to the system meanwhile holds nothing.
            let Ok(count) = memory.read_at(&mut bytes[..wanted], at) else { break };
            read += count.min(CHUNK);
            for hit in search.automaton.find_iter(&bytes[..count]).filter(|hit| hit.start() < CHUNK) {
                *found.entry(search.names[hit.pattern().as_usize()].clone()).or_default() += 1;
            }
            at += CHUNK as u64;
        }
    }
    Some((found, read))
}

/// A server with TLS that hands everything on to `address`; where it listens.
fn tls_before(address: &str, issued: &CertifiedKey<KeyPair>) -> String {
    let key = PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key.into())
        .expect("a certificate and its key");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("for tokio");
    let base = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
    let listener = TcpListener::from_std(listener).expect("inside the runtime");
    let behind = address.strip_prefix("http://").expect("plain HTTP").to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                let Ok(mut outside) = acceptor.accept(stream).await else { return };
                let mut inside = TcpStream::connect(behind).await.expect("the simulator");
                let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    base
}

/// The people, the simulator that knows them, and a service over three kinds of connection.
struct Stage {
    people: Vec<Canary>,
    search: Search,
    service: Process,
    /// Where the service is asked, and the certificate that callers trust.
    base: String,
    certificate: reqwest::Certificate,
    _simulator: Process,
}

/// The agency of each connection.
const AGENCIES: [(&str, &str); 3] = [("direct", "H01.12"), ("lgsp-soap", "H02.12"), ("json-pascal", "H03.12")];

impl Stage {
    fn set() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let people = invent(folder.path());
        let search = Search::of(&people);
        let folder = folder.path().to_str().expect("a path in UTF-8");
        let simulator = Process::start(&["simulate", "--listen", "127.0.0.1:0", "--people", folder], "info");
        let mut road = Road::new(&format!("ttl = \"{}s\"", LIFE.as_secs()));
        // TLS at the door and upstream: what was decrypted has buffers of its own.
        let issued = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let upstream = tls_before(&simulator.address, &issued);
        for (profile, agency) in AGENCIES {
            let serves = format!("{{ agencies = [\"{agency}\"] }}");
            road.connection(profile, profile, &upstream, &[("serves", &serves), ("trust", "\"door.pem\"")]);
        }
        let (pem, config) = (issued.cert.pem(), road.write());
        fs::write(road.folder().join("door.pem"), &pem).expect("written");
        private_file(&road.folder().join("door.key"), &issued.signing_key.serialize_pem());
        let door = "[server.tls]\ncertificate = \"door.pem\"\nkey = \"door.key\"\n";
        let text = fs::read_to_string(&config).expect("the configuration");
        fs::write(&config, format!("{text}{door}")).expect("written");
        let service = Process::serve_configured(&config, "info");
        let base = service.address.replace("127.0.0.1", "localhost");
        let certificate = reqwest::Certificate::from_pem(pem.as_bytes()).expect("PEM");
        Self { people, search, service, base, certificate, _simulator: simulator }
    }

    fn body(&self, index: usize) -> Value {
        let person = &self.people[index];
        json!({
            "service": SERVICES[index % SERVICES.len()],
            "citizen": { "id": person.number, "name": person.name, "birth_date": "1961-02-17" },
            "officer": "cb-0123", "agency": (AGENCIES[index / SERVICES.len() % AGENCIES.len()].1),
            "dossier": "H01.12-261120-0007", "dossier_date": "2026-11-20",
        })
    }

    /// A caller with connections of its own, which end with it.
    fn caller(&self) -> reqwest::Client {
        let builder = reqwest::Client::builder().no_proxy().tls_certs_only([self.certificate.clone()]);
        // A second connection would hold a second answer.
        let builder = builder.pool_max_idle_per_host(1);
        builder.build().expect("a client")
    }

    async fn ask(&self, client: &reqwest::Client, path: &str, body: &Value) -> Reply {
        let asked = client.post(format!("{}{path}", self.base)).header("Content-Type", "application/json");
        Reply::of(asked.body(body.to_string()).send().await.expect("an answer")).await
    }

    /// Asks for the form of one person.
    async fn found_for(&self, client: &reqwest::Client, index: usize) {
        let answer = self.ask(client, "/v1/autofill", &self.body(index)).await;
        assert_eq!(answer.status, 200, "person {index}: {}", answer.text);
    }

    /// One person: a form, the same again, a typed name compared, two people at once, and a caller who hangs up.
    async fn case(&self, index: usize) {
        let client = self.caller();
        let mut body = self.body(index);
        self.found_for(&client, index).await;
        let name = &self.people[index].name;
        let data = self.ask(&client, "/v1/autofill", &body).await.json()["data"].clone();
        let named = data.as_object().expect("boxes").iter().find(|(_, value)| *value == name);
        let path = named.expect("a box with the name").0;
        body["typed"] = json!({ (path.as_str()): name.to_lowercase() });
        let verified = self.ask(&client, "/v1/verify", &body).await;
        assert_eq!(verified.json()["summary"]["match"], 1, "person {index}: {}", verified.text);
        let body_of_one = body.as_object_mut().expect("an object");
        body_of_one.remove("typed");
        let mut batch = body_of_one.clone();
        let citizen = batch.remove("citizen");
        batch.insert(
            "items".to_owned(),
            json!([{ "citizen": citizen }, { "citizen": self.body(PEOPLE - 1)["citizen"] }]),
        );
        let answered = self.ask(&client, "/v1/autofill/batch", &Value::Object(batch)).await;
        assert_eq!(answered.json()["answered"], 2, "person {index}: {}", answered.text);
        body["refresh"] = json!(true);
        let _ = tokio::time::timeout(Duration::from_millis(8), self.ask(&client, "/v1/autofill", &body)).await;
    }

    /// What memory holds now.
    fn found(&self, when: &str) -> Option<Found> {
        let (found, read) = scan(self.service.pid(), &self.search)?;
        println!("{when}, {} KiB: {:?}", read >> 10, by_kind(&found));
        Some(found)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_expired_is_no_longer_in_memory() {
    let stage = Stage::set();
    let everybody = futures_util::future::join_all((0..PEOPLE).map(|index| stage.case(index)));
    everybody.await;
    // Whoever does not find everybody now proves nothing later. On a busy machine the first may have expired already.
    let mut last = Instant::now();
    for attempt in 0.. {
        let Some(found) = stage.found("while cached") else { return };
        if found.keys().filter(|(_, kind)| kind == "record: address, plain").count() == PEOPLE {
            break;
        }
        assert!(attempt < 10, "not everybody is found while cached: {found:?}");
        let caller = stage.caller();
        futures_util::future::join_all((0..PEOPLE).map(|index| stage.found_for(&caller, index))).await;
        last = Instant::now();
    }
    tokio::time::sleep((LIFE + AFTERWARDS).saturating_sub(last.elapsed())).await;
    let found = stage.found("5 s after the end of life").expect("as before");
    assert!(found.is_empty(), "{found:?}");
}

/// A caller's connection stays open: its buffers hold what came and went last. When it ends they are wiped, too.
#[tokio::test(flavor = "multi_thread")]
async fn an_open_connection_holds_its_last_messages_and_a_closed_one_nothing() {
    let stage = Stage::set();
    let client = stage.caller();
    for index in 0..PEOPLE {
        stage.found_for(&client, index).await;
    }
    let last = Instant::now();
    tokio::time::sleep((LIFE + AFTERWARDS).saturating_sub(last.elapsed())).await;
    let Some(found) = stage.found("with a caller's connection open") else { return };
    let of_record: BTreeSet<usize> =
        found.keys().filter(|(_, kind)| kind.starts_with("record")).map(|key| key.0).collect();
    // One connection, one answer in its buffer.
    assert!(of_record.len() <= 1, "records of {of_record:?}");
    drop(client);
    let until = Instant::now() + Duration::from_secs(10);
    while !stage.found("and closed").expect("as before").is_empty() {
        assert!(Instant::now() < until, "closed connections still hold something");
    }
}
