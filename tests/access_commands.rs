//! `diensan key` and `diensan watch-list`: what operators type, and what must never be shown.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::configuration::diensan;

fn run(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(diensan());
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    // It may have refused before it read anything.
    let _ = child.stdin.take().expect("standard input").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn a_new_key_is_shown_once_with_the_lines_to_paste_and_is_then_known() {
    let made = run(&["key", "new", "--caller", "mot-cua"], "");
    assert_eq!(made.status.code(), Some(0));
    let out = text(&made.stdout);
    let key = out.lines().next().expect("the key");
    assert!(key.starts_with("dsk_") && key.len() == 47, "{}", key.len());
    assert_eq!(out.matches(key).count(), 1);
    assert_eq!(text(&made.stderr), "");
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("callers.toml");
    // What was printed below the key is a configuration as it stands.
    std::fs::write(&file, out.lines().skip(1).collect::<Vec<_>>().join("\n")).expect("write");
    let check = |input: &str| run(&["key", "check", "--config", path(&file)], input);
    let known = check(&format!("{key}\n"));
    assert_eq!((known.status.code(), text(&known.stdout).as_str()), (Some(0), "mot-cua\n"));
    let unknown = check("dsk_canary-of-a-key\n");
    assert_eq!(unknown.status.code(), Some(1));
    assert!(!(text(&unknown.stdout) + &text(&unknown.stderr)).contains("canary"));
    let another = run(&["key", "new", "--caller", "mot-cua"], "");
    assert_ne!(text(&another.stdout).lines().next(), Some(key));
}

#[test]
fn a_caller_is_named_as_in_the_configuration() {
    for name in ["", "Một cửa", "a b", "UPPER"] {
        let told = run(&["key", "new", "--caller", name], "");
        assert_eq!(told.status.code(), Some(2), "{name}");
        assert_eq!(text(&told.stdout), "");
    }
}

#[test]
fn people_go_on_the_watch_list_by_standard_input_and_leave_no_trace_of_their_number() {
    let folder = tempfile::tempdir().expect("folder");
    let (list, key) = (folder.path().join("list"), folder.path().join("key"));
    std::fs::write(&key, "0123456789abcdef0123456789abcdef").expect("write");
    let add = |input: &str| {
        run(&["watch-list", "add", "--list", path(&list), "--key-file", path(&key), "--number-from", "-"], input)
    };
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("chmod");
    let told = add("999085000001\n");
    assert_eq!(told.status.code(), Some(2));
    assert!(text(&told.stderr).contains("chmod 600"));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("chmod");
    let added = add("999085000001\n\n999 085 000 002\n999085000001\n");
    assert_eq!((added.status.code(), text(&added.stdout).as_str()), (Some(0), "added 2, on the list before 1\n"));
    let held = std::fs::read_to_string(&list).expect("read");
    assert_eq!(held.lines().count(), 2);
    assert_eq!(std::fs::metadata(&list).expect("there").permissions().mode() & 0o777, 0o600);
    let broken = add("999085000003\n99908500004\n");
    assert_eq!(broken.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&list).expect("read"), held, "nobody was added");
    for shown in [&added.stdout, &added.stderr, &broken.stdout, &broken.stderr] {
        assert!(!text(shown).contains("99908"));
    }
    assert!(!held.contains("999085") && text(&broken.stderr).contains("line 2"));
    assert_eq!(add("").status.code(), Some(2));
}
