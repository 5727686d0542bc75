//! What lies in `deploy/` fits this program: manifests hold together and pass the schemas of others, every configuration is
//! one that the service starts with, every command, option and variable exists, and units are as tight as is said.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::Value;

use crate::harness::{Process, binary, root};

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn run(arguments: &[&str]) -> String {
    let done =
        Command::new("sh").args(arguments).current_dir(root()).env("DIENSAN", binary()).output().expect("sh runs");
    let (told, errors) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{arguments:?}: {told}{errors}");
    told.trim_end().lines().last().unwrap_or_default().to_owned()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text")).collect()
}

/// Every file of `deploy/` that is a text of ours, and the Dockerfile.
fn deploy_files() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            // Secrets of somebody's rehearsal are nobody else's business.
            match path.file_name().and_then(|name| name.to_str()) {
                Some("local" | "secrets") => {}
                _ if path.is_dir() => walk(&path, found),
                _ => found.push(path),
            }
        }
    }
    let mut found = vec![root().join("Dockerfile"), root().join("Makefile")];
    walk(&root().join("deploy"), &mut found);
    found
}

/// A command and its options exist.
fn assert_exists(words: &[&str], place: &str) {
    let command: Vec<&str> = words.iter().copied().take_while(|word| !word.starts_with('-')).collect();
    let help = Command::new(binary()).args(&command).arg("--help").output().expect("ran");
    assert!(help.status.success(), "{place}: there is no command {command:?}");
    let help = String::from_utf8(help.stdout).expect("UTF-8");
    let known: BTreeSet<&str> = help.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').collect();
    for option in words.iter().filter(|word| word.starts_with("--")) {
        let option = option.split('=').next().unwrap_or_default();
        assert!(known.contains(option), "{place}: {command:?} has no {option}");
    }
}

/// What is written as a command of ours: after `diensan ` at the start of a line, of a comment, a unit's line or a quoted word.
fn written_commands(text: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim().trim_start_matches('#').trim();
        let starts = ["", "ExecStart=/usr/bin/", "target/$(PROFILE)/"];
        let whole = starts.iter().find_map(|start| line.strip_prefix(start)?.strip_prefix("diensan "));
        let quoted = line.split('`').skip(1).step_by(2).filter_map(|span| span.strip_prefix("diensan "));
        for command in whole.into_iter().chain(quoted) {
            let plain = |word: &&str| {
                word.starts_with("--") || word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            };
            let words: Vec<&str> = command.split_whitespace().collect();
            let path = words.iter().copied().take_while(plain).take_while(|word| !word.starts_with('-'));
            let options = words.iter().copied().filter(|word| word.starts_with("--"));
            found.push(path.chain(options).collect());
        }
    }
    found
}

#[test]
fn every_command_option_and_variable_in_a_deploy_file_exists() {
    let sources: String =
        ["src/cli", "src/telemetry", "src"].iter().map(|folder| all_text(&root().join(folder))).collect();
    // What the Makefile says to the tests.
    let tests = all_text(&root().join("tests"));
    let (mut commands, mut variables) = (0, 0);
    for file in deploy_files() {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let place = file.strip_prefix(root()).expect("inside").display().to_string();
        for words in written_commands(&text) {
            assert_exists(&words, &place);
            commands += 1;
        }
        let names =
            text.split(|c: char| !c.is_ascii_uppercase() && c != '_').filter(|word| word.starts_with("DIENSAN_"));
        for name in names {
            let to_tests = place == "Makefile" && tests.contains(&format!("\"{name}\""));
            assert!(to_tests || sources.contains(&format!("env = \"{name}\"")), "{place}: nobody reads {name}");
            variables += 1;
        }
    }
    assert!(commands >= 10 && variables >= 8, "{commands} commands, {variables} variables");
}

fn all_text(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text += &all_text(&path);
        } else {
            text += &fs::read_to_string(&path).unwrap_or_default();
        }
    }
    text
}

/// A machine as the configuration expects it, in a folder: whatever is mounted, with invented secrets.
struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new(secrets: &[&str]) -> Self {
        let machine = Self { folder: tempfile::tempdir().expect("a folder") };
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["diensan.example".to_owned()]).expect("a certificate");
        let connection = r#"{"AccessKey":"mo-phong","SecretKey":"khong-phai-bi-mat","AppName":"diensan-mo-phong","PartnerCode":"999","PartnerCodeCus":"999"}"#;
        for (number, path) in secrets.iter().enumerate() {
            let text = match path.rsplit('/').next().unwrap_or_default() {
                "ca.pem" | "tls.crt" => cert.pem(),
                "tls.key" => signing_key.serialize_pem(),
                "sso.jwks" => signing_key.public_key_pem(),
                "connection-string" => STANDARD.encode(connection),
                "auth-hash" => STANDARD.encode("mo-phong:khong-phai-bi-mat"),
                "password" | "simulator-secret" => "khong-phai-bi-mat".to_owned(),
                // A key of its own for every purpose.
                _ => format!("{:02x}", 0xa1 + number).repeat(32),
            };
            machine.write(path, &text);
        }
        fs::create_dir_all(machine.folder.path().join("var/lib/diensan")).expect("a folder");
        machine
    }

    fn write(&self, path: &str, text: &str) -> PathBuf {
        let place = self.folder.path().join(path.trim_start_matches('/'));
        fs::create_dir_all(place.parent().expect("a folder")).expect("folders");
        fs::write(&place, text).expect("written");
        fs::set_permissions(&place, fs::Permissions::from_mode(0o600)).expect("mode 600");
        place
    }

    /// The file as it will lie there, with the places of this machine; ports are any free ones.
    fn install(&self, path: &str, text: &str) -> PathBuf {
        let here = self.folder.path().display();
        let mut text = text.to_owned();
        for place in ["/run/", "/etc/diensan/", "/var/lib/"] {
            text = text.replace(&format!("\"{place}"), &format!("\"{here}{place}"));
        }
        let text = text.replace("/usr/share/diensan", root().to_str().expect("UTF-8"));
        self.write(path, &text.replace("0.0.0.0:8236", "0.0.0.0:0").replace("0.0.0.0:8238", "127.0.0.1:0"))
    }
}

/// The same with every part switched on.
fn switched_on(text: &str) -> String {
    text.replace("\n#- ", "\n")
}

/// What keeps the service from starting; nothing when it starts.
fn refusals(config: &Path) -> Vec<String> {
    let mut child = Command::new(binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(config)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let first = BufReader::new(child.stdout.take().expect("piped")).lines().next();
    let started = first.is_some_and(|line| line.expect("UTF-8").starts_with("listening on "));
    if started {
        child.kill().expect("stopped");
    }
    let output = child.wait_with_output().expect("ended");
    if started {
        return Vec::new();
    }
    String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned).collect()
}

/// As it stands it starts under the eyes of the harness; with everything switched on nothing is refused either.
fn assert_starts(machine: &Machine, text: &str, log_level: &str) {
    let config = machine.install("/etc/diensan/diensan.toml", text);
    drop(Process::serve_configured(&config, log_level));
    let all = machine.install("/etc/diensan/all.toml", &switched_on(text));
    let wrong = refusals(&all);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A copy of `deploy/k8s` with what a rehearsal needs, and with the register in the province.
fn copied() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let k8s = folder.path().join("k8s");
    let copy = Command::new("cp").arg("-r").arg(root().join("deploy/k8s")).arg(&k8s).status().expect("cp");
    assert!(copy.success());
    let local = k8s.join("overlays/rehearsal/local");
    let _ = fs::remove_dir_all(&local);
    run(&["deploy/rehearsal/prepare.sh", local.to_str().expect("UTF-8")]);
    let province = k8s.join("overlays/province/kustomization.yaml");
    let text = fs::read_to_string(&province).expect("a text");
    let more = text.replace("  # - ../../components/register", "  - ../../components/register");
    assert_ne!(more, text);
    fs::write(province, more).expect("written");
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn manifests_of_kubernetes_hold_together_and_their_configuration_starts() {
    let folder = copied();
    let k8s = folder.path().join("k8s").to_str().expect("UTF-8").to_owned();
    for overlay in ["province", "rehearsal"] {
        let told = json(&run(&["tests/deploy/run.sh", "k8s", &k8s, overlay]));
        let noticed: usize = run(&["tests/deploy/run.sh", "planted", &k8s, overlay]).parse().expect("a number");
        assert!(noticed >= 25, "{noticed}");
        for command in told["commands"].as_array().expect("commands") {
            assert_exists(&texts(command), overlay);
        }
        let machine = Machine::new(&texts(&told["secrets"]));
        machine.install("/etc/diensan/callers.toml", told["config"]["callers.toml"].as_str().expect("a file"));
        assert_starts(&machine, told["config"]["diensan.toml"].as_str().expect("a file"), "info");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn compose_holds_together_its_secrets_are_made_and_its_configuration_starts() {
    let told = json(&run(&["tests/deploy/run.sh", "compose"]));
    for command in told["commands"].as_array().expect("commands") {
        assert_exists(&texts(command), "compose.yaml");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let made = folder.path().join("secrets");
    run(&["deploy/rehearsal/prepare.sh", made.to_str().expect("UTF-8"), "stores"]);
    let files = told["files"].as_object().expect("files");
    for file in files.values().filter_map(Value::as_str) {
        let there =
            file.strip_prefix("./secrets/").map_or_else(|| root().join("deploy").join(file), |name| made.join(name));
        assert!(there.is_file(), "nobody makes {file}");
    }
    let machine = Machine::new(&[]);
    for (target, source) in told["mounts"].as_object().expect("mounts") {
        let file = files[source.as_str().expect("a name")].as_str().expect("a file");
        if let Some(name) = file.strip_prefix("./secrets/") {
            machine.install(target, &fs::read_to_string(made.join(name)).expect("a text"));
        }
    }
    assert_starts(&machine, &read("deploy/compose/diensan.toml"), "info");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_package_holds_what_exists_and_starts_as_the_sandbox() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("TOML");
    let deb = &manifest["package"]["metadata"]["deb"];
    let makefile = read("Makefile");
    let assets = deb["assets"].as_array().expect("assets");
    assert!(assets.len() > 10);
    for asset in assets {
        let source = asset[0].as_str().expect("a path");
        let fixed = source.split('*').next().unwrap_or_default();
        let made = fixed
            .strip_prefix("target/deb-files/")
            .is_some_and(|name| makefile.contains(&format!("$(DEB_FILES)/{name}")));
        assert!(made || source == "target/release/diensan" || root().join(fixed).exists(), "{source}");
    }
    for unit in deb["systemd-units"].as_array().expect("units") {
        let name = unit["unit-name"].as_str().expect("a name");
        assert!(root().join(format!("deploy/{name}.service")).is_file(), "{name}");
        // Nobody's first installation opens a door before it was configured.
        assert_eq!((unit["enable"].as_bool(), unit["start"].as_bool()), (Some(false), Some(false)), "{name}");
    }
    for script in ["postinst", "postrm"] {
        run(&["-n", &format!("deploy/debian/{script}")]);
        assert!(read(&format!("deploy/debian/{script}")).contains("#DEBHELPER#"));
    }
    // Evidence and keys stay, also at a purge.
    assert!(!read("deploy/debian/postrm").contains("rm -"));
    assert_starts(&Machine::new(&[]), &read("deploy/debian/diensan.toml"), "info");
}

#[test]
fn units_are_rated_below_2_by_systemd_and_name_the_program_of_the_package() {
    for unit in ["diensan.service", "diensan-ship.service"] {
        let file = root().join("deploy").join(unit);
        let rated = Command::new("systemd-analyze")
            .args(["security", "--offline=true", "--no-pager", "--threshold=20"])
            .arg(&file)
            .output()
            .expect("systemd-analyze");
        let text = String::from_utf8_lossy(&rated.stdout);
        let line = text.lines().rfind(|line| line.contains("Overall exposure level")).unwrap_or_default();
        println!("{}", line.trim());
        assert!(rated.status.success() && line.contains(unit), "{text}");
        let score: f64 = line.split_whitespace().find_map(|word| word.parse().ok()).expect("a number");
        assert!(score < 2.0, "{line}");
        assert!(read(&format!("deploy/{unit}")).contains("\nExecStart=/usr/bin/diensan "));
    }
}
