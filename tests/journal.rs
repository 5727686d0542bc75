//! Every answer is on record before it leaves, every refusal too, and without a journal nothing is disclosed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Process, root};

/// A service in the sandbox with a journal of its own.
struct Recorded {
    service: Process,
    folder: tempfile::TempDir,
}

impl Recorded {
    fn start() -> Self {
        let folder = prepare();
        Self { service: Process::serve_configured(&folder.path().join("diensan.toml"), "debug"), folder }
    }

    fn directory(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    fn lines(&self) -> Vec<Value> {
        lines(&self.directory())
    }
}

/// A folder with keys and a configuration; the journal comes into `journal` beside them.
pub fn prepare() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, digit) in [("mac", "a"), ("citizen", "b")] {
        let path = folder.path().join(name);
        fs::write(&path, digit.repeat(64)).expect("a key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode 600");
    }
    let config = format!(
        "[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n[journal]\ndirectory = \"journal\"\n\
             mac_key_file = \"mac\"\ncitizen_key_file = \"citizen\"\n",
        root = root().display()
    );
    fs::write(folder.path().join("diensan.toml"), config).expect("written");
    folder
}

/// All lines of a journal.
pub fn lines(directory: &Path) -> Vec<Value> {
    let mut files: Vec<PathBuf> = fs::read_dir(directory)
        .expect("the journal")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    let text: String = files.iter().map(|file| fs::read_to_string(file).expect("a segment")).collect();
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// A usual request of an officer.
pub fn request(service: &str, number: &str) -> Value {
    json!({ "service": service, "citizen": { "id": number }, "officer": "cb-0123", "agency": "H01.12",
            "dossier": "H01.12-261120-0007", "dossier_date": "2026-11-20" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disclosure_is_on_record_with_who_what_for_and_which_attributes_but_no_value() {
    let recorded = Recorded::start();
    let answer = recorded.service.autofill(&request("1.005099", "999187000004")).await.json();
    let line = recorded.lines().into_iter().find(|line| line["kind"] == "disclosure").expect("a disclosure");
    assert_eq!(line["request_id"], answer["request_id"]);
    for (member, value) in [
        ("officer", "cb-0123"),
        ("agency", "H01.12"),
        ("dossier", "H01.12-261120-0007"),
        ("service", "1.005099"),
        ("form", "don-chuyen-truong-tieu-hoc"),
    ] {
        assert_eq!(line[member], value);
    }
    let people = line["people"].as_array().expect("people");
    assert_eq!(people.len(), 1);
    assert_eq!((&people[0]["role"], &people[0]["outcome"]), (&json!("cha_me"), &json!("found")));
    assert_eq!(people[0]["attributes"], json!(["ho_va_ten", "noi_o_hien_tai"]));
    let text = line.to_string();
    for value in ["999187000004", "LÊ THỊ MẪU VỢ", "ĐƯỜNG MẪU"] {
        assert!(!text.contains(value));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cached_answers_refusals_and_unreadable_bodies_are_each_one_line() {
    let recorded = Recorded::start();
    let known = request("1.005099", "999187000004");
    recorded.service.autofill(&known).await;
    recorded.service.autofill(&known).await;
    recorded.service.autofill(&request("1.005099", "999087000099")).await;
    recorded.service.autofill(&request("9.000000", "999187000004")).await;
    recorded.service.post("/v1/autofill", "{").await;
    let lines = recorded.lines();
    let told: Vec<(String, String)> = lines
        .iter()
        .map(|line| {
            let word = |member: &str| line[member].as_str().unwrap_or("").to_owned();
            (word("kind"), word("refusal"))
        })
        .collect();
    let expected = [
        ("start", ""),
        ("disclosure", ""),
        ("disclosure", ""),
        ("refusal", "not_found"),
        ("refusal", "service_unknown"),
        ("refusal", "json_syntax"),
    ];
    assert_eq!(told, expected.map(|(kind, refusal)| (kind.to_owned(), refusal.to_owned())));
    assert_eq!(
        lines.iter().filter_map(|line| line["people"][0]["cached"].as_bool()).collect::<Vec<_>>(),
        [false, true, false]
    );
    assert_eq!(lines[3]["people"][0]["outcome"], "not_found", "who was asked for is on record though nobody was found");
    let citizens: Vec<&Value> = lines[1..4].iter().map(|line| &line["people"][0]["citizen"]).collect();
    assert!(citizens[0] == citizens[1] && citizens[1] != citizens[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_served_verifies_and_can_be_searched_by_citizen() {
    let mut recorded = Recorded::start();
    for number in ["999187000004", "999198000022", "999187000004"] {
        recorded.service.autofill(&request("1.005099", number)).await;
    }
    recorded.service.terminate();
    assert_eq!(recorded.service.wait(), Some(0));
    let lines = recorded.lines();
    assert_eq!(lines.last().map(|line| line["kind"].clone()), Some(json!("close")));
    let audit = |arguments: &[&str]| {
        let keys = ["--config", "diensan.toml"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_diensan"));
        command.arg("audit").args(arguments).args(keys).current_dir(recorded.folder.path()).output().expect("ran")
    };
    let verified = audit(&["verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let number = recorded.folder.path().join("number");
    fs::write(&number, "999187000004\n").expect("written");
    let found = audit(&["search", "--citizen-from", "number", "--format", "json"]);
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
    let text = String::from_utf8(found.stdout).expect("UTF-8");
    assert_eq!(text.matches("\"disclosure\"").count(), 2, "{text}");
    assert!(!text.contains("999187000004"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_journal_nothing_is_disclosed_the_catalogue_is_still_read_and_it_recovers_by_itself() {
    let recorded = Recorded::start();
    let known = request("1.005099", "999187000004");
    assert_eq!(recorded.service.autofill(&known).await.status, 200);
    let (here, away) = (recorded.directory(), recorded.folder.path().join("away"));
    fs::rename(&here, &away).expect("moved away");
    // A file where the directory was: it cannot be made anew.
    fs::write(&here, "").expect("in the way");
    let refused = recorded.service.autofill(&known).await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "journal_unavailable"));
    assert!(refused.json().get("data").is_none());
    let ready = recorded.service.get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["journal"]["state"]), (503, &json!("failing")));
    assert_eq!(recorded.service.get("/v1/services/1.005099").await.status, 200);
    assert_eq!(recorded.service.metric("diensan_journal_failing").await, 1.0);

    fs::remove_file(&here).expect("out of the way");
    fs::rename(&away, &here).expect("back");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while recorded.service.autofill(&known).await.status != 200 {
        assert!(std::time::Instant::now() < deadline, "it does not recover");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(recorded.service.get("/readyz").await.status, 200);
    let disclosures = recorded.lines().iter().filter(|line| line["kind"] == "disclosure").count();
    assert_eq!(disclosures, 2, "nothing that was acknowledged is lost, nothing more is claimed");
}

/// Kills that are made; more by hand: `DIENSAN_KILLS=200 cargo test --release --test main journal::killed`.
fn kills() -> usize {
    std::env::var("DIENSAN_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

/// Asks without a pause until the service is gone; the request ids of whole answers that came.
async fn ask_until_gone(address: String, body: String) -> Vec<String> {
    let client = crate::harness::client();
    let mut answered = Vec::new();
    loop {
        let request = client.post(format!("{address}/v1/autofill")).header("Content-Type", "application/json");
        let Ok(response) = request.body(body.clone()).send().await else { return answered };
        let Ok(text) = response.text().await else { return answered };
        let answer: Value = serde_json::from_str(&text).expect("a whole answer is JSON");
        answered.push(answer["request_id"].as_str().expect("a request id").to_owned());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_nothing_was_disclosed_that_is_not_on_record() {
    let mut recorded = Recorded::start();
    let (mut answers, mut lost) = (0, Vec::new());
    for round in 0..kills() {
        let address = recorded.service.address.clone();
        let asking: Vec<_> = ["999187000004", "999198000022", "999087000099", "999085000001"]
            .iter()
            .cycle()
            .take(8)
            .map(|number| tokio::spawn(ask_until_gone(address.clone(), request("1.005099", number).to_string())))
            .collect();
        // Moments without a pattern, none of them chosen.
        let moment = 20 + chance() % 280;
        tokio::time::sleep(std::time::Duration::from_millis(moment)).await;
        recorded.service.signal("KILL");
        recorded.service.wait();
        let mut told = Vec::new();
        for task in asking {
            told.extend(task.await.expect("no panic"));
        }
        answers += told.len();
        // The next start cuts a torn tail; what was acknowledged must still be there.
        recorded.service = Process::serve_configured(&recorded.folder.path().join("diensan.toml"), "info");
        let on_record: std::collections::HashSet<String> = recorded
            .lines()
            .iter()
            .filter(|line| matches!(line["kind"].as_str(), Some("disclosure" | "refusal")))
            .filter_map(|line| line["request_id"].as_str().map(str::to_owned))
            .collect();
        lost.extend(told.into_iter().filter(|id| !on_record.contains(id)).map(|id| format!("round {round}: {id}")));
    }
    println!("{} kills, {answers} answers, {} not on record", kills(), lost.len());
    assert!(answers > kills() * 10, "{answers} answers are too few to show anything");
    assert!(lost.is_empty(), "{lost:?}");
    let keys = ["audit", "verify", "--config", "diensan.toml"];
    recorded.service.terminate();
    recorded.service.wait();
    let verified = Command::new(env!("CARGO_BIN_EXE_diensan")).args(keys).current_dir(recorded.folder.path()).output();
    assert!(verified.expect("ran").status.success());
}

/// A number without a pattern.
fn chance() -> u64 {
    u64::from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").subsec_nanos())
        / 1000
}
