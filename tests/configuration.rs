//! The configuration file, environment and flags, and what the service prints when it starts or refuses to.
//!
//! Bad configurations are data: `tests/bad-configurations.json`. Each has a `text`, and the `problems` that must be
//! printed, all of them and no other: line number, key and the beginning of the message. `not_yet` tells what the
//! program is known to do wrong with a case; a case that has become right fails until its `not_yet` is taken away.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::harness::{Process, client, root};

/// More than any start or refusal takes, also on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a process ended: it refused with a code, or it listens (and was stopped).
pub struct End {
    pub code: Option<i32>,
    /// The first line of standard output.
    pub out: String,
    pub err: String,
}

/// The built binary.
pub fn diensan() -> &'static str {
    env!("CARGO_BIN_EXE_diensan")
}

/// Runs a command until it ends or listens. Panics when it does neither, or when the program panicked.
pub fn end_of(command: &mut Command) -> End {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let (sender, first_line) = mpsc::channel();
    let mut out = BufReader::new(child.stdout.take().expect("standard output"));
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = out.read_line(&mut line);
        let _ = sender.send(line);
        let _ = out.read_to_end(&mut Vec::new());
    });
    let mut err = child.stderr.take().expect("standard error");
    let err = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        err.read_to_end(&mut bytes).expect("standard error is read");
        String::from_utf8(bytes).expect("standard error is UTF-8")
    });
    let deadline = Instant::now() + PATIENCE;
    let mut first = String::new();
    let code = loop {
        if let Ok(line) = first_line.recv_timeout(Duration::from_millis(5)) {
            first = line;
        }
        if first.starts_with("listening on ") {
            child.kill().expect("stopped");
            child.wait().expect("stopped");
            break None;
        }
        if let Some(status) = child.try_wait().expect("a status") {
            break Some(status.code().expect("an exit code, not a signal"));
        }
        if Instant::now() > deadline {
            child.kill().expect("stopped");
            panic!("neither listens nor ends: {command:?}");
        }
    };
    let err = err.join().expect("standard error");
    assert!(!err.contains("panicked at"), "{command:?}:\n{err}");
    End { code, out: first, err }
}

/// The binary in the repository's root, without the environment of whoever runs the tests.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(diensan());
    for name in ["DIENSAN_LISTEN", "DIENSAN_CONFIG", "DIENSAN_LOG", "DIENSAN_LOG_FORMAT", "DIENSAN_WORKERS"] {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(root());
    command
}

fn refusal(command: &mut Command) -> String {
    let end = end_of(command);
    assert_eq!(end.code, Some(2), "{command:?}: {}{}", end.out, end.err);
    assert!(end.err.lines().count() <= 20, "{}", end.err);
    end.err
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BadConfiguration {
    name: String,
    text: String,
    problems: Vec<String>,
    #[serde(default)]
    not_yet: Option<String>,
}

fn write_secret(folder: &Path, name: &str, text: &str, mode: u32) {
    let path = folder.join(name);
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("chmod");
}

/// What differs between the printed problems and the expected ones.
fn differences(case: &BadConfiguration, end: &End) -> Vec<String> {
    // Lines to add are indented.
    let told = |line: &&str| !line.is_empty() && !line.starts_with("    ");
    let mut lines: Vec<&str> = end.err.lines().skip(1).filter(told).collect();
    let mut wrong = Vec::new();
    let counted = format!("configuration refused: {} problem(s)", case.problems.len());
    if end.err.lines().next() != Some(counted.as_str()) {
        wrong.push(format!("not {counted}"));
    }
    for problem in &case.problems {
        // A problem that begins with a colon leaves file and line open.
        let is_it = |line: &&str| match problem.strip_prefix(':') {
            Some(_) => line.contains(problem.as_str()),
            None => line.starts_with(&format!("diensan.toml:{problem}")),
        };
        match lines.iter().position(is_it) {
            Some(index) => drop(lines.remove(index)),
            None => wrong.push(format!("not told: {problem}")),
        }
    }
    wrong.extend(lines.into_iter().map(|line| format!("told besides: {line}")));
    wrong
}

#[test]
fn every_bad_configuration_is_refused_with_all_its_problems() {
    let text = fs::read_to_string(root().join("tests/bad-configurations.json")).expect("the cases");
    let cases: Vec<BadConfiguration> = serde_json::from_str(&text).expect("cases");
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_secret(folder.path(), "secret-1", "khong-phai-bi-mat\n", 0o600);
    write_secret(folder.path(), "secret-2", "khong-phai-bi-mat\n", 0o600);
    write_secret(folder.path(), "open-secret", "khong-phai-bi-mat\n", 0o644);
    write_secret(folder.path(), "empty-secret", "\n", 0o600);
    let mut wrong = Vec::new();
    for case in cases {
        fs::write(folder.path().join("diensan.toml"), &case.text).expect("written");
        let end = end_of(command(&["serve", "--config", "diensan.toml"]).current_dir(folder.path()));
        assert_eq!(end.code, Some(2), "{}: {}", case.name, end.err);
        assert!(!end.err.contains("khong-phai-bi-mat"), "{}: shows a secret", case.name);
        let differences = differences(&case, &end);
        match (&case.not_yet, differences.is_empty()) {
            (None, false) => wrong.push(format!("{}: {}\n{}", case.name, differences.join("; "), end.err)),
            (Some(_), true) => wrong.push(format!("{}: is right now, take `not_yet` away", case.name)),
            (None, true) | (Some(_), false) => {}
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_configuration_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let told = refusal(command(&["serve", "--config", "no-such.toml"]).current_dir(folder.path()));
    assert!(told.contains("no-such.toml:1: ") && told.contains("cannot be read: No such file"), "{told}");
    let told = refusal(command(&["serve", "--config", "."]).current_dir(folder.path()));
    assert!(told.contains("cannot be read: Is a directory"), "{told}");
    fs::write(folder.path().join("latin-1.toml"), b"# c\xe1n b\xf4\n").expect("written");
    let told = refusal(command(&["serve", "--config", "latin-1.toml"]).current_dir(folder.path()));
    assert!(told.contains("latin-1.toml:1: ") && told.contains("UTF-8"), "{told}");
}

#[test]
fn an_address_that_is_not_loopback_is_refused_also_as_flag_and_environment() {
    let told = refusal(&mut command(&["serve", "--listen", "0.0.0.0:0"]));
    assert!(
        told.contains("`caller` without callers only loopback is served") && told.contains("127.0.0.1:8236"),
        "{told}"
    );
    let told = refusal(command(&["serve"]).env("DIENSAN_LISTEN", "[::]:0"));
    assert!(told.contains("`caller` without callers only loopback is served"), "{told}");
    let told = refusal(&mut command(&["simulate", "--listen", "0.0.0.0:0"]));
    assert!(told.contains("--listen: the simulator serves loopback only"), "{told}");
}

#[test]
fn a_port_in_use_is_refused_with_a_sentence_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let told = refusal(&mut command(&["serve", "--listen", &address]));
    assert!(told.contains(&format!("cannot listen on {address}; is another instance running?")), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    refusal(&mut command(&["simulate", "--listen", &address]));
}

#[test]
fn the_simulator_names_the_port_that_is_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let told = refusal(&mut command(&["simulate", "--listen", &address]));
    assert!(told.contains(&address), "{told}");
}

#[test]
fn help_lists_the_commands_and_the_environment() {
    let help = |arguments: &[&str]| {
        let output = command(arguments).output().expect("the binary runs");
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let text = help(&["--help"]);
    assert!(text.contains("Usage: diensan") && text.contains("  serve ") && text.contains("  simulate "), "{text}");
    let text = help(&["serve", "--help"]);
    for name in ["--listen", "--config", "DIENSAN_LISTEN", "DIENSAN_CONFIG", "DIENSAN_LOG", "DIENSAN_WORKERS"] {
        assert!(text.contains(name), "{name} in {text}");
    }
    assert!(help(&["simulate", "--help"]).contains("--people"));
    assert!(help(&["--version"]).starts_with("diensan "));
}

#[test]
fn a_wrong_command_or_value_is_refused_with_what_is_allowed() {
    let told = refusal(&mut command(&["serv"]));
    assert!(told.contains("'serve'"), "{told}");
    let told = refusal(command(&["serve"]).env("DIENSAN_LOG_FORMAT", "xml"));
    assert!(told.contains("pretty, json"), "{told}");
    let told = refusal(command(&["serve"]).env("DIENSAN_LISTEN", "8236"));
    assert!(told.contains("--listen"), "{told}");
    for nonsense in ["diensan=lots", "a=b=c"] {
        let told = refusal(command(&["serve", "--listen", "127.0.0.1:0"]).env("DIENSAN_LOG", nonsense));
        assert!(told.contains("allowed: error, warn, info, debug, trace, or target=level"), "{nonsense}: {told}");
    }
}

#[test]
fn a_misspelt_log_level_is_refused() {
    let told = refusal(command(&["serve", "--listen", "127.0.0.1:0"]).env("DIENSAN_LOG", "inof"));
    assert!(told.contains("allowed: error, warn, info, debug, trace, or target=level"), "{told}");
}

#[test]
fn flags_win_over_the_environment_and_the_environment_over_the_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, listen: &str| {
        let path = folder.path().join(name);
        let catalog = root().join("service-catalog");
        let schemas = root().join("schemas");
        let text =
            format!("[server]\nlisten = \"{listen}\"\n[catalog]\nservices = {catalog:?}\nschemas = {schemas:?}\n");
        fs::write(&path, text).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    };
    let (good, other) = (write("good.toml", "127.0.0.1:0"), write("other.toml", "127.0.0.3:0"));
    let listens = |command: &mut Command| {
        let end = end_of(command);
        assert_eq!(end.code, None, "{}", end.err);
        end.out.trim().strip_prefix("listening on http://").expect("an address").to_owned()
    };
    assert!(listens(command(&["serve"]).env("DIENSAN_LISTEN", "127.0.0.2:0")).starts_with("127.0.0.2:"));
    assert!(listens(command(&["serve"]).env("DIENSAN_CONFIG", &other)).starts_with("127.0.0.3:"));
    let both = |arguments: &[&str]| {
        let mut command = command(arguments);
        command.env("DIENSAN_CONFIG", &other).env("DIENSAN_LISTEN", "127.0.0.2:0");
        listens(&mut command)
    };
    assert!(both(&["serve"]).starts_with("127.0.0.2:"), "environment over file");
    assert!(both(&["serve", "--listen", "127.0.0.4:0"]).starts_with("127.0.0.4:"), "flag over environment");
    let listen = listens(command(&["serve", "--config", &good]).env("DIENSAN_CONFIG", &other));
    assert!(listen.starts_with("127.0.0.1:"), "--config over DIENSAN_CONFIG");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_greeting_holds_a_request_that_can_be_pasted() {
    let service = Process::serve(&[]);
    let greeting = service.greeting.join("\n");
    let (_, pasted) = greeting.split_once("try:\n").expect("a request to paste");
    let pasted = pasted.replace("\\\n", " ");
    let quoted: Vec<&str> = pasted.split('\'').collect();
    let url = pasted.split_whitespace().find(|word| word.starts_with("http")).expect("an address");
    assert!(pasted.trim().starts_with("curl -s ") && url.starts_with(&service.address), "{pasted}");
    let ([_, header, _, body, ..], true) = (&quoted[..], pasted.contains(" -d '")) else { panic!("{pasted}") };
    let (name, value) = header.split_once(": ").expect("a header");
    let request = client().post(url).header(name, value).body((*body).to_owned());
    let reply = request.send().await.expect("an answer");
    assert_eq!(reply.status().as_u16(), 200);
    let answer: serde_json::Value = serde_json::from_str(&reply.text().await.expect("a body")).expect("JSON");
    assert!(answer["data"].as_object().is_some_and(|data| !data.is_empty()));
}

/// Starts a command with a standard output that nobody reads any more, and whether it then serves a path.
async fn serves_with_closed_output(command: &str, path: &str) -> bool {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let listen = format!("127.0.0.1:{port}");
    let mut child = self::command(&[command, "--listen", &listen])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    let url = format!("http://{listen}{path}");
    let mut served = 0;
    // Once is not enough: it could be on its way out.
    while child.try_wait().expect("a status").is_none() && served < 3 {
        served += usize::from(client().get(&url).send().await.is_ok());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let _ = child.kill();
    child.wait().expect("stopped");
    served == 3
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_standard_output_does_not_stop_the_service() {
    assert!(serves_with_closed_output("serve", "/healthz").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_standard_output_does_not_stop_the_simulator() {
    assert!(serves_with_closed_output("simulate", "/").await);
}
