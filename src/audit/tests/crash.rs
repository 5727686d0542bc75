//! A writer that is killed at any moment has on disk whatever it acknowledged.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;

/// Tells a process of this test binary that it is the writer to be killed.
const CHILD: &str = "DIENSAN_TEST_JOURNAL_CHILD";
const ROUNDS: u64 = 50;

/// Not a test of its own: the process that the test below starts and kills.
#[test]
fn child_of_the_kill_test() {
    let Some(directory) = std::env::var_os(CHILD) else { return };
    let small = JournalSettings { segment_bytes: 40 << 10, ..settings(Path::new(&directory)) };
    let journal = Journal::open(&small).expect("a journal");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    let journal = std::sync::Arc::new(journal);
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let journal = std::sync::Arc::clone(&journal);
            runtime.spawn(async move {
                for round in 0.. {
                    let id = format!("{}-{task}-{round}", std::process::id());
                    let event = Event { request_id: Some(&id), ..Event::new(Kind::Disclosure) };
                    let waiting = journal.record(&event);
                    if waiting.await.is_ok() {
                        // One write a line: what is in the pipe was acknowledged.
                        let _ = std::io::stdout().lock().write_all(format!("acknowledged {id}\n").as_bytes());
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        let _ = runtime.block_on(task);
    }
}

#[test]
fn whatever_was_acknowledged_before_a_kill_is_on_disk() {
    let folder = tempfile::tempdir().expect("folder");
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().expect("this binary"))
            .args(["--exact", "audit::tests::crash::child_of_the_kill_test", "--nocapture"])
            .env(CHILD, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a child");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        // Killed after another number of lines each time, so at another moment of a group.
        let enough = 1 + round * 7 % 60;
        let mut seen = 0;
        for line in lines.map_while(Result::ok) {
            let Some((_, id)) = line.split_once("acknowledged ") else { continue };
            acknowledged.push(id.to_owned());
            seen += 1;
            if seen == enough {
                child.kill().expect("killed");
            }
        }
        child.wait().expect("ended");
        assert!(seen >= enough, "round {round}: the child ended by itself after {seen}");
    }
    // A next writer finds its way in, whatever the last one left.
    Journal::open(&settings(folder.path())).expect("opened").close();
    let verified = verified(folder.path());
    assert_eq!(faults(&verified), []);
    let on_disk: std::collections::HashSet<String> = lines_on_disk(folder.path())
        .iter()
        .filter_map(|line| Some(line.split_once("\"request_id\":\"")?.1.split_once('"')?.0.to_owned()))
        .collect();
    let lost: Vec<&String> = acknowledged.iter().filter(|id| !on_disk.contains(*id)).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged lines are lost", lost.len(), acknowledged.len());
    assert!(acknowledged.len() as u64 >= ROUNDS);
}
