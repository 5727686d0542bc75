//! Full disks, deleted directories, lost permissions: nothing is claimed that is not there, and it mends itself.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::*;

/// Waits for what another thread brings about; a deadline far beyond what any machine needs.
fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::yield_now();
    }
}

/// A small file system of its own, where this machine permits one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, size: &str) -> Option<Self> {
        let options = format!("size={size}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|done| done.status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l"]).arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_refuses_everything_until_there_is_room_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let Some(_disk) = SmallDisk::mount(folder.path(), "256k") else {
        eprintln!("not tried: this machine permits no mount; see the same under a file size limit");
        return;
    };
    let journal = Journal::open(&settings(folder.path())).expect("a journal");
    let filler = folder.path().join("filler");
    std::fs::write(&filler, vec![0; 128 << 10]).expect("written");
    let mut acknowledged = 0;
    let reason = loop {
        match record(&journal, acknowledged) {
            Ok(_) => acknowledged += 1,
            Err(NotWritable::Failing(reason)) => break reason,
            Err(other) => panic!("{other}"),
        }
        assert!(acknowledged < 10_000, "the disk never got full");
    };
    assert!(reason.contains("space"), "{reason}");
    assert!(journal.health().failing.is_some());
    for index in 0..5 {
        assert!(record(&journal, 50_000 + index).is_err(), "still full");
    }
    std::fs::remove_file(&filler).expect("removed");
    assert!(record(&journal, 60_000).is_ok(), "the next event finds the room");
    assert!(journal.health().failing.is_none());
    journal.close();
    let verified = verified(folder.path());
    assert_eq!(faults(&verified), []);
    let lines = lines_on_disk(folder.path()).concat();
    for index in 0..acknowledged {
        assert!(lines.contains(&format!("\"request_id\":\"r-{index}\"")), "{index} was acknowledged");
    }
    for index in 0..5 {
        assert!(!lines.contains(&format!("\"request_id\":\"r-{}\"", 50_000 + index)), "refused, so not on record");
    }
    assert!(lines.contains("\"alarm\":\"journal_not_writable\",\"since\":\""), "the failure is on record");
}

/// The kernel makes nothing read-only while a file is open for writing, but a failing disk does; a new segment on a
/// read-only bind of the same directory comes to the same.
#[test]
fn a_read_only_mount_refuses_until_it_can_be_written_again() {
    let parent = tempfile::tempdir().expect("folder");
    let directory = parent.path().join("journal");
    std::fs::create_dir(&directory).expect("created");
    let journal = Journal::open(&settings(&directory)).expect("a journal");
    record(&journal, 0).expect("recorded");
    let mount = |arguments: &[&str]| {
        let done = Command::new("mount").args(arguments).arg(&directory).output();
        done.is_ok_and(|done| done.status.success())
    };
    let bound = Command::new("mount").arg("--bind").args([&directory, &directory]).output();
    let Some(_mounted) = bound.is_ok_and(|done| done.status.success()).then(|| SmallDisk(directory.clone())) else {
        eprintln!("not tried: this machine permits no mount");
        return;
    };
    assert!(mount(&["-o", "remount,ro,bind"]));
    // The file that is open was opened before; it is replaced, so that the journal must open one.
    let path = first_segment(&directory);
    assert!(mount(&["-o", "remount,rw,bind"]));
    std::fs::rename(&path, directory.join("aside")).expect("moved");
    assert!(mount(&["-o", "remount,ro,bind"]));
    assert!(record(&journal, 1).is_err(), "the file is not there");
    let Err(NotWritable::Failing(reason)) = record(&journal, 2) else { panic!("written to a read-only mount") };
    assert!(reason.contains("Read-only"), "{reason}");
    assert!(mount(&["-o", "remount,rw,bind"]));
    std::fs::rename(directory.join("aside"), &path).expect("back");
    assert!(record(&journal, 3).is_ok(), "recovers by itself");
    journal.close();
    assert_eq!(faults(&verified(&directory)), []);
}

#[test]
fn a_deleted_directory_refuses_and_a_new_one_goes_on_with_the_chain() {
    let parent = tempfile::tempdir().expect("folder");
    let directory = parent.path().join("journal");
    let journal = Journal::open(&settings(&directory)).expect("a journal");
    record(&journal, 0).expect("recorded");
    std::fs::remove_dir_all(&directory).expect("deleted");
    for index in 1..4 {
        assert!(matches!(record(&journal, index), Err(NotWritable::Failing(_))), "never written into nothing");
    }
    assert!(!directory.exists(), "where a disk is not mounted, no other is written");
    std::fs::create_dir(&directory).expect("created");
    assert!(record(&journal, 4).is_ok());
    journal.close();
    // The deleted lines stay a gap that everybody sees.
    let found = faults(&verified(&directory));
    assert_eq!(found, [("journal-000002.jsonl".to_owned(), 1, "missing")]);
}

#[test]
fn a_directory_that_comes_back_goes_on_as_if_nothing_had_been() {
    let parent = tempfile::tempdir().expect("folder");
    let (directory, away) = (parent.path().join("journal"), parent.path().join("away"));
    let journal = Journal::open(&settings(&directory)).expect("a journal");
    record(&journal, 0).expect("recorded");
    std::fs::rename(&directory, &away).expect("moved");
    assert!(record(&journal, 1).is_err(), "the path leads nowhere");
    std::fs::rename(&away, &directory).expect("moved back");
    assert!(record(&journal, 2).is_ok());
    journal.close();
    assert_eq!(faults(&verified(&directory)), []);
    let lines = lines_on_disk(&directory).concat();
    assert!(lines.contains("\"r-0\"") && !lines.contains("\"r-1\"") && lines.contains("\"r-2\""));
}

#[test]
fn a_failing_journal_mends_itself_while_nobody_asks() {
    let parent = tempfile::tempdir().expect("folder");
    let (directory, away) = (parent.path().join("journal"), parent.path().join("away"));
    let journal = Journal::open(&settings(&directory)).expect("a journal");
    std::fs::rename(&directory, &away).expect("moved");
    assert!(record(&journal, 1).is_err());
    let failing: Failing = journal.health().failing.expect("failing");
    assert!(!failing.reason.is_empty());
    std::fs::rename(&away, &directory).expect("moved back");
    eventually("healthy again", || journal.health().failing.is_none());
    journal.close();
    assert_eq!(faults(&verified(&directory)), []);
}

#[test]
fn a_segment_that_was_replaced_while_it_was_written_is_seen() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = Journal::open(&settings(folder.path())).expect("a journal");
    record(&journal, 0).expect("recorded");
    let path = first_segment(folder.path());
    let copy = std::fs::read(&path).expect("bytes");
    std::fs::remove_file(&path).expect("removed");
    std::fs::write(&path, copy).expect("another file of the same name");
    assert!(record(&journal, 1).is_err(), "written into the deleted file");
    assert!(record(&journal, 2).is_ok(), "and then into the one that is there");
    journal.close();
    assert_eq!(faults(&verified(folder.path())), []);
}

#[test]
fn a_stolen_lock_stops_the_writer() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = Journal::open(&settings(folder.path())).expect("a journal");
    record(&journal, 0).expect("recorded");
    std::fs::remove_file(folder.path().join("journal.lock")).expect("removed");
    let second = Journal::open(&settings(folder.path())).expect("the lock is gone, so nobody stops a second");
    record(&second, 1).expect("recorded");
    assert!(record(&journal, 2).is_err());
    assert!(record(&journal, 3).is_err(), "the second holds the lock now");
    second.close();
    assert!(record(&journal, 4).is_ok(), "goes on behind what the second wrote");
    journal.close();
    let lines = lines_on_disk(folder.path()).concat();
    assert!(lines.contains("\"r-1\"") && lines.contains("\"r-4\""));
    assert!(!lines.contains("\"r-3\""));
}

#[test]
fn lost_permission_refuses_and_returned_permission_mends() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("folder");
    let journal = Journal::open(&settings(folder.path())).expect("a journal");
    record(&journal, 0).expect("recorded");
    let mode = |mode| {
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).expect("mode");
    };
    mode(0);
    let bites = std::fs::read_dir(folder.path()).is_err();
    let refused = record(&journal, 1);
    mode(0o700);
    if bites {
        assert!(refused.is_err());
    } else {
        eprintln!("not tried: permissions do not bind this user (root)");
    }
    assert!(record(&journal, 2).is_ok());
    journal.close();
    assert_eq!(faults(&verified(folder.path())), []);
}

/// Tells a process of this test binary that it writes under a limit of the file size.
const LIMITED: &str = "DIENSAN_TEST_JOURNAL_LIMITED";

/// Not a test of its own: the process that the test below starts.
#[test]
fn child_of_the_limit_test() {
    let Some(directory) = std::env::var_os(LIMITED) else { return };
    let journal = Journal::open(&settings(Path::new(&directory))).expect("a journal");
    let mut index = 0;
    while record(&journal, index).is_ok() {
        index += 1;
    }
    assert!(journal.health().failing.is_some());
    assert!(record(&journal, index).is_err(), "the limit stays");
    // Room again: the limit is lifted from outside, as an operator frees a disk.
    let me = std::process::id().to_string();
    let lifted = Command::new("prlimit").args(["--pid", &me, "--fsize=unlimited"]).status();
    if lifted.is_ok_and(|done| done.success()) {
        assert!(record(&journal, index + 1).is_ok());
    }
    journal.close();
    println!("acknowledged {index}");
}

/// Stands in for a full disk where nothing may be mounted: writes fail in the middle of a line.
#[test]
fn a_file_that_may_not_grow_refuses_and_keeps_what_was_acknowledged() {
    let folder = tempfile::tempdir().expect("folder");
    let binary = std::env::current_exe().expect("this binary");
    let run = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -S -f 16; exec \"$0\" --exact \"$1\" --nocapture"])
        .arg(binary)
        .arg("audit::tests::disk::child_of_the_limit_test")
        .env(LIMITED, folder.path())
        .output()
        .expect("sh");
    let out = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{out}{}", String::from_utf8_lossy(&run.stderr));
    let count = out.split_once("acknowledged ").and_then(|(_, rest)| rest.lines().next()?.trim().parse().ok());
    let count: usize = count.expect("a count");
    assert!(count > 3);
    Journal::open(&settings(folder.path())).expect("opened").close();
    assert_eq!(faults(&verified(folder.path())), []);
    let lines = lines_on_disk(folder.path()).concat();
    assert!((0..count).all(|index| lines.contains(&format!("\"request_id\":\"r-{index}\""))));
    assert!(!lines.contains(&format!("\"request_id\":\"r-{count}\"")), "refused, so cut away");
}

#[test]
fn health_knows_since_when_the_oldest_event_waits_as_long_as_one_does() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = Journal::open(&settings(folder.path())).expect("a journal");
    let (mut waiting, mut seen) = (Vec::new(), 0);
    for index in 0..400 {
        disclosure(&journal, &format!("w-{index}"), index, |event| waiting.push(journal.record(event)));
        let health = journal.health();
        assert_eq!(health.waiting > 0, health.oldest.is_some(), "{} wait", health.waiting);
        seen += usize::from(health.waiting > 0);
    }
    assert!(seen > 0, "the disk was never waited for");
    for one in waiting {
        runtime().block_on(one).expect("on record");
    }
    let health = journal.health();
    assert_eq!((health.waiting, health.oldest, health.oldest_waiting()), (0, None, Duration::ZERO));
}
