//! The journal loses its disk under load, in every way that this machine permits: from the next request on nothing is
//! disclosed, the catalogue is still read, readiness says why, it mends itself, and every answer that a caller got is on
//! record (RISKS T15).

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Process, binary, client, person};
use crate::journal::{lines, prepare, request};

const CALLERS: usize = 64;
/// How long the callers ask before the trouble, in it, and after it.
const A_WHILE: Duration = Duration::from_millis(500);
/// Lines that may still find room on a disk that is full: the rest of a page.
const LAST_LINES: usize = 16;

/// Runs the binary without the right of root to pass over permissions, and without the signal that ends a process whose
/// file may not grow.
fn confined() -> Command {
    let script = "trap '' XFSZ; if [ \"$(id -u)\" = 0 ]; then exec setpriv \
                  --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search -- \"$@\"; fi; \
                  exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(binary());
    command
}

/// Runs a command of the system; whether it succeeded.
fn done(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// A mount that goes away again.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        done("umount", &["-l", text(&self.0)]);
    }
}

/// Where the service writes, with whatever callers were told.
struct Stage {
    service: Process,
    folder: tempfile::TempDir,
    told: Vec<Told>,
}

/// An answer that a caller got: how, and under which id.
struct Told {
    status: u16,
    code: String,
    request_id: String,
}

async fn ask(client: &reqwest::Client, address: &str, body: &str) -> Told {
    let asked = client.post(format!("{address}/v1/autofill")).header("Content-Type", "application/json");
    let answer = asked.body(body.to_owned()).send().await.expect("an answer");
    let status = answer.status().as_u16();
    let answer: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
    assert_eq!(answer.get("data").is_some(), status == 200, "data with {status}");
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    Told { status, code: text("code"), request_id: text("request_id") }
}

async fn ask_on(address: String, body: String, stop: Arc<AtomicBool>, given: Arc<AtomicUsize>) -> Vec<Told> {
    let (client, mut told) = (client(), Vec::new());
    while !stop.load(Ordering::SeqCst) {
        let answer = ask(&client, &address, &body).await;
        given.fetch_add(usize::from(answer.status == 200), Ordering::SeqCst);
        told.push(answer);
    }
    told
}

impl Stage {
    fn set(folder: tempfile::TempDir) -> Self {
        let config = folder.path().join("diensan.toml");
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--config", text(&config)];
        Self { service: Process::start_by(confined(), &arguments, "info"), folder, told: Vec::new() }
    }

    fn directory(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    /// The trouble under load from its first moment to its end. `reasons`: one of these words must stand in what
    /// readiness says.
    async fn suffer(&mut self, reasons: &[&str], most_after: usize, begin: impl FnOnce(), end: impl FnOnce()) {
        let address = self.service.address.clone();
        let (stop, given) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let body = request("1.005099", &person("999187000004").number).to_string();
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| tokio::spawn(ask_on(address.clone(), body.clone(), Arc::clone(&stop), Arc::clone(&given))))
            .collect();
        let client = client();
        while given.load(Ordering::SeqCst) < CALLERS {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(A_WHILE).await;
        begin();
        // What was asked before may still have been on its way; what is asked now comes after.
        let mut late = Vec::new();
        while late.last().is_none_or(|told: &Told| told.status == 200) {
            assert!(late.len() <= most_after, "{} answers after the disk was gone", late.len());
            late.push(ask(&client, &address, &body).await);
        }
        let last = late.last().expect("an answer");
        assert_eq!((last.status, last.code.as_str()), (503, "journal_unavailable"));
        println!("{} answers before the first 503", late.len() - 1);
        let until = Instant::now() + A_WHILE;
        let before = given.load(Ordering::SeqCst);
        while Instant::now() < until {
            let read = self.service.get("/v1/services/1.005099").await;
            assert_eq!(read.status, 200, "the catalogue can be read");
            assert_eq!(self.service.get("/healthz").await.status, 200, "alive");
        }
        self.says_why(reasons).await;
        // Each caller may have had one answer on its way whose line was written before.
        assert!(given.load(Ordering::SeqCst) <= before + CALLERS + most_after, "disclosed without a disk");
        end();
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.service.get("/readyz").await.status != 200 {
            assert!(Instant::now() < deadline, "it does not mend itself");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let before = given.load(Ordering::SeqCst);
        while given.load(Ordering::SeqCst) < before + CALLERS {
            assert!(Instant::now() < deadline, "ready, but nothing is disclosed");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.store(true, Ordering::SeqCst);
        for caller in callers {
            self.told.extend(caller.await.expect("no panic"));
        }
        self.told.extend(late);
        let refused = self.told.iter().filter(|told| told.status != 200);
        assert!(refused.clone().all(|told| (told.status, told.code.as_str()) == (503, "journal_unavailable")));
        println!("{} disclosed, {} refused", given.load(Ordering::SeqCst), refused.count());
    }

    async fn says_why(&self, reasons: &[&str]) {
        // The first failure may be a word for the file; within a second the journal is tried again as a whole.
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let ready = self.service.get("/readyz").await;
            let journal = &ready.json()["journal"];
            assert_eq!((ready.status, &journal["state"]), (503, &json!("failing")));
            assert!(journal["since"].as_str().is_some_and(|since| since.ends_with('Z')));
            let said = journal["reason"].as_str().expect("a reason").to_owned();
            if reasons.iter().any(|reason| said.contains(reason)) {
                assert_eq!(self.service.metric("diensan_journal_failing").await, 1.0);
                println!("readiness says: {said}");
                return;
            }
            assert!(Instant::now() < deadline, "readiness says only: {said}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The faults that `audit verify` finds in the end, by code, after everything that callers were told was found in
    /// these folders.
    fn ends(&mut self, folders: &[&Path]) -> Vec<String> {
        self.service.terminate();
        assert_eq!(self.service.wait(), Some(0));
        let on_record: HashSet<String> = folders
            .iter()
            .flat_map(|folder| lines(folder))
            .filter(|line| line["kind"] == "disclosure")
            .filter_map(|line| line["request_id"].as_str().map(str::to_owned))
            .collect();
        let told = self.told.iter().filter(|told| told.status == 200);
        let lost = told.filter(|told| !on_record.contains(&told.request_id)).count();
        assert_eq!(lost, 0, "answers that are not on record");
        let alarms = lines(folders[0]).into_iter().filter(|line| line["alarm"] == "journal_not_writable");
        assert!(alarms.count() >= 1, "the failure itself is on record");
        let mut verify = Command::new(binary());
        verify.args(["audit", "verify", "--format", "json", "--config", "diensan.toml"]).current_dir(&self.folder);
        let told: Value = serde_json::from_slice(&verify.output().expect("ran").stdout).expect("JSON");
        let findings = told["findings"].as_array().expect("findings").iter();
        let faults = findings.filter(|finding| finding["notice"] == false);
        faults.map(|finding| finding["code"].as_str().expect("a code").to_owned()).collect()
    }
}

/// A mount as a test needs one. Where this machine permits none, that is said, and the kind of trouble is only tried by
/// the tests of this file that need no mount.
fn mounted(arguments: &[&str], at: &Path) -> Option<Mounted> {
    let arguments = [arguments, &[text(at)]].concat();
    if done("mount", &arguments) {
        return Some(Mounted(at.to_owned()));
    }
    eprintln!("NOT TRIED: this machine permits no `mount {}`", arguments.join(" "));
    assert!(std::env::var_os("DIENSAN_MOUNTS").is_none(), "DIENSAN_MOUNTS demands it");
    None
}

/// Writes until there is no room.
fn fill_up(path: &Path) {
    let mut file = fs::File::create(path).expect("a file that fills");
    for size in [64 << 10, 4 << 10, 512, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_load() {
    let folder = prepare();
    let directory = folder.path().join("journal");
    fs::create_dir(&directory).expect("a folder");
    let Some(_disk) = mounted(&["-t", "tmpfs", "-o", "size=16m", "tmpfs"], &directory) else { return };
    let mut stage = Stage::set(folder);
    let filler = directory.join("filler");
    let begin = || fill_up(&filler);
    stage.suffer(&["space"], LAST_LINES, begin, || fs::remove_file(&filler).expect("removed")).await;
    assert_eq!(stage.ends(&[&directory]), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_grow_under_load() {
    let mut stage = Stage::set(prepare());
    let directory = stage.directory();
    let pid = stage.service.pid().to_string();
    let limit = |size: &str| {
        assert!(done("prlimit", &["--pid", &pid, &format!("--fsize={size}:unlimited")]), "prlimit");
    };
    let segment = directory.join("journal-000001.jsonl");
    let begin = || limit(&fs::metadata(&segment).expect("a segment").len().to_string());
    stage.suffer(&["large"], 0, begin, || limit("unlimited")).await;
    assert_eq!(stage.ends(&[&directory]), [""; 0]);
}

/// The kernel makes nothing read-only while a file is open for writing; a disk with damage does. To the journal it is the
/// same when its segment is out of sight and a new one cannot be made.
#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_mount_under_load() {
    let mut stage = Stage::set(prepare());
    let directory = stage.directory();
    let view = stage.folder.path().join("view");
    fs::create_dir(&view).expect("a folder");
    // Another way to the same files, which stays writable.
    let Some(_view) = mounted(&["--bind", text(&directory)], &view) else { return };
    let Some(_bound) = mounted(&["--bind", text(&directory)], &directory) else { return };
    let remount = |how: &str| assert!(done("mount", &["-o", &format!("remount,{how},bind"), text(&directory)]));
    let (segment, aside) = (view.join("journal-000001.jsonl"), view.join("aside"));
    let begin = || {
        remount("ro");
        fs::rename(&segment, &aside).expect("moved");
    };
    let end = || {
        fs::rename(&aside, &segment).expect("back");
        remount("rw");
    };
    stage.suffer(&["Read-only"], 0, begin, end).await;
    assert_eq!(stage.ends(&[&directory]), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_goes_and_comes_back_under_load() {
    let mut stage = Stage::set(prepare());
    let (directory, away) = (stage.directory(), stage.folder.path().join("away"));
    let begin = || fs::rename(&directory, &away).expect("away");
    stage.suffer(&["No such file"], 0, begin, || fs::rename(&away, &directory).expect("back")).await;
    assert_eq!(stage.ends(&[&directory]), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_directory_under_load() {
    let mut stage = Stage::set(prepare());
    let (directory, copy) = (stage.directory(), stage.folder.path().join("copy"));
    fs::create_dir(&copy).expect("a folder");
    let name = "journal-000001.jsonl";
    let begin = || {
        // A second name keeps what was deleted, as a backup would.
        fs::hard_link(directory.join(name), copy.join(name)).expect("a second name");
        // While lines come in, a new file may be made between listing and deleting.
        while fs::remove_dir_all(&directory).is_err() {}
        assert!(!directory.exists());
    };
    stage.suffer(&["No such file"], 0, begin, || fs::create_dir(&directory).expect("created")).await;
    let found = stage.ends(&[&directory, &copy]);
    assert_eq!(found, ["missing"], "what was deleted is a gap, and nothing else is wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_permission_under_load() {
    let mut stage = Stage::set(prepare());
    let directory = stage.directory();
    let mode = |mode| fs::set_permissions(&directory, fs::Permissions::from_mode(mode)).expect("a mode");
    stage.suffer(&["ermission denied"], 0, || mode(0), || mode(0o700)).await;
    assert_eq!(stage.ends(&[&directory]), [""; 0]);
}
