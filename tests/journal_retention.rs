//! The service removes what is older than `retention` without being told, and the rest still proves itself.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::audit_commands::{Sealer, private_file};
use crate::configuration::diensan;
use crate::harness::{Process, root};
use crate::journal::{lines, request};

/// Three closed segments of two lines each; this many days old.
const AGES: [i64; 3] = [4 * 366, 3 * 366, 40];

fn prepare(folder: &Path) {
    let sealer = Sealer::new();
    private_file(&folder.join("mac"), &sealer.mac_key());
    private_file(&folder.join("citizen"), &"b".repeat(64));
    fs::create_dir(folder.join("journal")).expect("a folder");
    let (mut seq, mut prev) = (0, "0".repeat(64));
    for (index, age) in AGES.into_iter().enumerate() {
        let mut segment = String::new();
        for hour in 0..2 {
            seq += 1;
            let time = Timestamp::now() - SignedDuration::from_hours(24 * age - hour);
            let (line, mac) = sealer.line(&format!("{time:.3}"), seq, "\"kind\":\"alarm\"", &prev);
            segment.push_str(&line);
            prev = mac;
        }
        fs::write(folder.join(format!("journal/journal-{:06}.jsonl", index + 1)), segment).expect("written");
    }
    let config = format!(
        "[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n[journal]\n\
         directory = \"journal\"\nmac_key_file = \"mac\"\ncitizen_key_file = \"citizen\"\nretention = \"24mo\"\n",
        root = root().display()
    );
    fs::write(folder.join("diensan.toml"), config).expect("written");
}

/// What `audit verify` says of it, which must be that it is whole.
fn verified(folder: &Path) -> String {
    let config = folder.join("diensan.toml");
    let ran = std::process::Command::new(diensan())
        .args(["audit", "verify", "--lang", "en", "--config"])
        .arg(config)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_service_removes_what_is_too_old_and_the_rest_still_verifies() {
    let folder = tempfile::tempdir().expect("a folder");
    prepare(folder.path());
    let before = verified(folder.path());
    assert!(!before.contains("pruned"), "{before}");
    let there = |index: usize| folder.path().join(format!("journal/journal-{index:06}.jsonl")).exists();
    let mut service = Process::serve_configured(&folder.path().join("diensan.toml"), "info");
    let until = Instant::now() + Duration::from_secs(20);
    while there(1) || there(2) || !service.log_text().contains("old segments of the journal removed") {
        assert!(Instant::now() < until, "still there; log:\n{}", service.log_text());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(there(3), "what is young enough stays");
    // It goes on writing, verifies beside the writer, after its end and through another start.
    let answer = service.autofill(&request("1.005099", "999187000004")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let during = verified(folder.path());
    assert!(during.contains("2 segments were pruned"), "{during}");
    service.terminate();
    assert_eq!(service.wait(), Some(0));
    verified(folder.path());
    let again = Process::serve_configured(&folder.path().join("diensan.toml"), "info");
    assert_eq!(again.autofill(&request("1.005099", "999187000004")).await.status, 200);
    let during = verified(folder.path());
    assert!(during.contains("2 segments were pruned"), "{during}");
    let kinds: Vec<String> =
        lines(&folder.path().join("journal")).iter().map(|line| line["kind"].to_string()).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "\"disclosure\"").count(), 2, "{kinds:?}");
}
