use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::*;

fn problems(text: &str) -> Vec<(usize, String)> {
    let mut problems = Vec::new();
    Settings::parse(text, Path::new("."), Purpose::Serve, &mut problems);
    problems.into_iter().map(|problem| (problem.line, problem.key)).collect()
}

#[test]
fn an_empty_file_is_the_sandbox_on_loopback() {
    let mut problems = Vec::new();
    let settings = Settings::parse("", Path::new("."), Purpose::Serve, &mut problems).expect("settings");
    assert!(problems.is_empty());
    assert!(settings.connections.is_empty() && settings.server.listen.ip().is_loopback());
    assert_eq!(settings.cache_ttl, Duration::from_secs(600));
}

#[test]
fn the_catalogue_is_watched_unless_the_file_says_otherwise() {
    let watch = |text: &str| {
        Settings::parse(text, Path::new("."), Purpose::Serve, &mut Vec::new()).map(|settings| settings.watch)
    };
    assert_eq!(watch(""), Some(true));
    assert_eq!(watch("[catalog]\nservices = \"x\"\n"), Some(true));
    assert_eq!(watch("[catalog]\nwatch = false\n"), Some(false));
    assert_eq!(problems("[catalog]\nwatch = \"no\"\n"), [(2, "catalog.watch".to_owned())]);
}

#[test]
fn every_problem_is_reported_in_one_run_with_line_and_key() {
    let text = "[server]\nlisten = \"8236\"\nport = 1\n[cache]\nttl = \"ten\"\nmax_byte = 3\n[catlog]\n";
    assert_eq!(
        problems(text),
        [
            (7, "catlog".to_owned()),
            (2, "server.listen".to_owned()),
            (3, "server.port".to_owned()),
            (5, "cache.ttl".to_owned()),
            (6, "cache.max_byte".to_owned()),
        ]
    );
}

#[test]
fn an_unknown_key_is_told_with_the_nearest_known_one() {
    let mut found = Vec::new();
    Settings::parse(
        "[server]\nlisten_on = \"127.0.0.1:1\"\nlistn = \"127.0.0.1:1\"\n",
        Path::new("."),
        Purpose::Serve,
        &mut found,
    );
    assert!(found.iter().any(|problem| problem.message.contains("did you mean `listen`?")));
    assert!(found.iter().all(|problem| problem.message.contains("llowed here: listen")));
}

fn secret(folder: &Path, name: &str, mode: u32) {
    let path = folder.join(name);
    std::fs::write(&path, "khong-phai-bi-mat\n").expect("write");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("chmod");
}

fn connection(base: &str, more: &str) -> String {
    format!(
        "[[connection]]\nname = \"dien-tap\"\nprofile = \"lgsp-soap\"\nbase = \"{base}\"\ntoken_path = \"/token\"\n\
         operation_path = {{ \"037\" = \"/TraCuu\" }}\nconnection_string_file = \"cs\"\nauth_hash_file = \"ah\"\n\
         procedure_code = \"service\"\nofficer_code = \"request\"\n{more}\n"
    )
}

fn parse_in(folder: &Path, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    Settings::parse(text, folder, Purpose::Serve, &mut problems);
    problems.into_iter().map(|problem| format!("{}: {}", problem.key, problem.message)).collect()
}

#[test]
fn a_real_connection_needs_a_cache_decision() {
    let folder = tempfile::tempdir().expect("folder");
    secret(folder.path(), "cs", 0o600);
    secret(folder.path(), "ah", 0o600);
    let found = parse_in(folder.path(), &connection("https://lgsp.tinh.example", ""));
    for key in ["cache.ttl", "cache.approved_by"] {
        assert!(found.iter().any(|problem| problem.starts_with(key)), "{key} in {found:?}");
    }
}

#[test]
fn a_rehearsal_on_loopback_needs_neither() {
    let folder = tempfile::tempdir().expect("folder");
    secret(folder.path(), "cs", 0o600);
    secret(folder.path(), "ah", 0o600);
    assert_eq!(parse_in(folder.path(), &connection("http://127.0.0.1:8237/", "rehearsal = true")), [""; 0]);
}

#[test]
fn plain_http_and_rehearsals_are_for_loopback_only() {
    let folder = tempfile::tempdir().expect("folder");
    secret(folder.path(), "cs", 0o600);
    secret(folder.path(), "ah", 0o600);
    for base in
        ["http://10.0.0.1", "https://lgsp.tinh.example", "http://127.0.0.1@evil.example", "ftp://127.0.0.1", "x"]
    {
        let found = parse_in(folder.path(), &connection(base, "rehearsal = true"));
        assert!(found.iter().any(|problem| problem.starts_with("connection[0].base")), "{base}: {found:?}");
    }
}

#[test]
fn a_secret_that_others_can_read_is_refused_with_the_mend() {
    let folder = tempfile::tempdir().expect("folder");
    secret(folder.path(), "cs", 0o644);
    secret(folder.path(), "ah", 0o600);
    let found = parse_in(folder.path(), &connection("http://127.0.0.1:1", "rehearsal = true"));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("connection[0].connection_string_file: has mode 644") && found[0].contains("chmod 600")
    );
}

/// The example with its secrets, as somebody would have them who copied it.
fn example(change: impl Fn(&str) -> String) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("deploy/diensan.example.toml")).expect("the example");
    let folder = tempfile::tempdir().expect("folder");
    std::fs::create_dir(folder.path().join("secrets")).expect("folder");
    for name in
        ["lgsp-connection-string", "lgsp-auth-hash", "lgsp-ca.pem", "direct-secret", "direct-api-key", "camel-auth"]
    {
        secret(&folder.path().join("secrets"), name, 0o600);
    }
    let mut problems = Vec::new();
    let settings = Settings::parse(&change(&text), folder.path(), Purpose::Examine, &mut problems);
    assert_eq!(settings.map(|settings| settings.connections.len()), Some(4));
    problems.into_iter().map(|problem| format!("{}: {}: {}", problem.line, problem.key, problem.message)).collect()
}

#[test]
fn the_example_configuration_is_accepted_as_it_stands() {
    assert_eq!(example(str::to_owned), [""; 0]);
}

#[test]
fn every_default_that_the_example_shows_is_a_key_that_is_accepted() {
    let shown = |line: &str| {
        let key = line.strip_prefix("# ").and_then(|rest| rest.split_once(" = ")).map(|(key, _)| key);
        key.is_some_and(|key| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
    };
    let mut count = 0;
    let uncommented = std::cell::RefCell::new(&mut count);
    let problems = example(|text| {
        let lines: Vec<&str> = text
            .lines()
            .map(|line| {
                **uncommented.borrow_mut() += usize::from(shown(line));
                if shown(line) { &line[2..] } else { line }
            })
            .collect();
        lines.join("\n")
    });
    assert_eq!(problems, [""; 0]);
    assert!(count > 30, "{count} defaults are shown");
}

#[test]
fn requests_in_flight_have_longer_than_any_look_up() {
    let folder = tempfile::tempdir().expect("folder");
    let settings = |server: &str, budget: &str| {
        secret(folder.path(), "cs", 0o600);
        secret(folder.path(), "ah", 0o600);
        let more = format!("rehearsal = true\nbudget = \"{budget}\"");
        let text = format!("[server]\n{server}\n{}", connection("http://127.0.0.1:1", &more));
        let mut problems = Vec::new();
        let settings = Settings::parse(&text, folder.path(), Purpose::Serve, &mut problems).expect("settings");
        (settings.server, problems.into_iter().map(|problem| (problem.line, problem.key)).collect::<Vec<_>>())
    };
    for (server, budget, seconds) in
        [("", "12s", 30), ("", "60s", 65), ("shutdown_timeout = \"13s\"", "12s", 13), ("drain = \"2m\"", "12s", 30)]
    {
        let (read, problems) = settings(server, budget);
        assert_eq!((read.shutdown_timeout.as_secs(), problems), (seconds, Vec::new()), "{server} {budget}");
    }
    let (_, problems) = settings("shutdown_timeout = \"12s\"", "12s");
    assert_eq!(problems, [(1, "server.shutdown_timeout".to_owned())]);
}
