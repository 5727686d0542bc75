//! `diensan doctor` against the simulator and against nothing: states, exit codes, both languages, and nothing personal.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use serde_json::{Value, json};

use crate::harness::{Process, client, personal_data_in, root};

/// What nobody may see.
const SECRETS: [&str; 3] = ["khong-phai-bi-mat", "eyJBY2Nlc3NLZXkiOiJtby1waG9uZyIsIlNlY3JldEtleSI6", "bW8tcGhvbmc6"];

struct Surgery {
    folder: tempfile::TempDir,
}

impl Surgery {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let surgery = Self { folder };
        for (name, secret) in [
            ("direct-secret", "khong-phai-bi-mat"),
            (
                "lgsp-connection-string",
                "eyJBY2Nlc3NLZXkiOiJtby1waG9uZyIsIlNlY3JldEtleSI6Imtob25nLXBoYWktYmktbWF0IiwiQXBwTmFtZSI6ImRpZW5zYW4tbW8tcGhvbmciLCJQYXJ0bmVyQ29kZSI6Ijk5OSIsIlBhcnRuZXJDb2RlQ3VzIjoiOTk5In0=",
            ),
            ("lgsp-auth-hash", "bW8tcGhvbmc6a2hvbmctcGhhaS1iaS1tYXQ="),
            ("camel-auth", "mo-phong-khong-phai-bi-mat"),
        ] {
            surgery.write(name, secret);
        }
        surgery
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode 600");
        path
    }

    /// A configuration with one connection of each given profile.
    fn config(&self, base: &str, profiles: &[&str], more: &str) -> PathBuf {
        let root = root().display();
        let mut text = format!("[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n");
        for profile in profiles {
            let own = match *profile {
                "direct" => {
                    "profile = \"direct\"\noperation_path = { \"037\" = \"/direct/037\", \"033\" = \"/direct/033\" }\n\
                     user = \"mo-phong\"\nsecret_file = \"direct-secret\"\nsigning_url = { \"037\" = \"/direct/037\", \"033\" = \
                     \"/direct/037\" }"
                }
                "lgsp-soap" => {
                    "profile = \"lgsp-soap\"\ntoken_path = \"/token\"\noperation_path = { \"037\" = \
                     \"/lgsp/TraCuuThongTinCongDan\" }\nconnection_string_file = \"lgsp-connection-string\"\nauth_hash_file = \
                     \"lgsp-auth-hash\""
                }
                "json-pascal" => {
                    "profile = \"lgsp-json\"\nbody = \"json-pascal\"\ntoken_path = \"/token\"\noperation_path = { \"037\" = \
                     \"/lgsp-json/pascal/037\" }\nconnection_string_file = \"lgsp-connection-string\"\nauth_hash_file = \
                     \"lgsp-auth-hash\""
                }
                _ => {
                    "profile = \"lgsp-json\"\nbody = \"json-camel\"\ntoken_path = \"/lgsp-json/camel/token\"\n\
                     operation_path = { \"037\" = \"/lgsp-json/camel/037\" }\nauth_file = \"camel-auth\""
                }
            };
            let serves = format!("serves = {{ agencies = [\"{profile}.*\"] }}");
            text.push_str(&format!(
                "[[connection]]\nname = \"{profile}\"\nbase = \"{base}\"\nrehearsal = true\nprocedure_code = \"service\"\n\
                 officer_code = \"request\"\n{serves}\n{own}\n{more}\n"
            ));
        }
        self.write("diensan.toml", &text)
    }
}

fn doctor(config: &Path, arguments: &[&str]) -> Output {
    doctor_told(config, arguments, "")
}

/// The same with something on its standard input.
fn doctor_told(config: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_diensan"));
    command.arg("doctor").arg("--config").arg(config).args(arguments).current_dir(root());
    command.env("DIENSAN_LOG", "trace").env("RUST_BACKTRACE", "full");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    // Who does not want the input may be gone.
    let _ = child.stdin.take().expect("standard input").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("ran");
    let all = [&output.stdout[..], &output.stderr[..]].concat();
    let all = String::from_utf8_lossy(&all);
    for secret in SECRETS {
        assert!(!all.contains(secret), "a secret is shown");
    }
    assert_eq!(personal_data_in(&all), [""; 0]);
    output
}

/// Exit code, and the state of each check of the only connection.
fn examined(config: &Path, arguments: &[&str]) -> (Option<i32>, Vec<(String, String)>, Value) {
    let output = doctor(config, &[arguments, &["--format", "json"]].concat());
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let checks = told["connections"][0]["checks"].as_array().expect("checks").clone();
    let word = |check: &Value, member: &str| check[member].as_str().unwrap_or_default().to_owned();
    let states = checks.iter().map(|check| (word(check, "id"), word(check, "state"))).collect();
    (output.status.code(), states, told)
}

fn state<'s>(states: &'s [(String, String)], id: &str) -> &'s str {
    states.iter().rev().find(|(found, _)| found == id).map_or("", |(_, state)| state)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_profile_is_healthy_against_the_simulator_with_one_token_and_one_look_up() {
    let (simulator, surgery) = (Process::simulate(), Surgery::new());
    let profiles = ["direct", "lgsp-soap", "json-pascal", "json-camel"];
    let config = surgery.config(&simulator.address, &profiles, "");
    let output = doctor(&config, &["--format", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(output.status.code(), Some(0), "{told:#}");
    assert_eq!((told["version"].clone(), told["connections"].as_array().map(Vec::len)), (json!(1), Some(4)));
    for connection in told["connections"].as_array().expect("connections") {
        let checks = connection["checks"].as_array().expect("checks");
        let found = checks.iter().find(|check| check["id"] == "look_up").expect("a look-up");
        assert_eq!((&found["state"], &found["facts"]["outcome"]), (&json!("ok"), &json!("found")), "{connection:#}");
        assert!(found["facts"]["given"].as_array().is_some_and(|given| given.contains(&json!("ho_va_ten"))));
        assert!(checks.iter().all(|check| check["vi"].is_string() && check["en"].is_string()));
    }
    let counters = simulator.get("/counters").await.json();
    let calls: u64 = counters["routes"].as_object().expect("routes").values().filter_map(Value::as_u64).sum();
    assert_eq!(calls, 7, "four look-ups and three tokens: {counters}");
}

#[tokio::test(flavor = "multi_thread")]
async fn service_033_can_be_asked_and_the_sentences_are_vietnamese_unless_english_is_wanted() {
    let (simulator, surgery) = (Process::simulate(), Surgery::new());
    let config = surgery.config(&simulator.address, &["direct"], "");
    let (code, _, told) = examined(&config, &["--operation", "033"]);
    let checks = told["connections"][0]["checks"].as_array().expect("checks");
    let asked = checks.iter().find(|check| check["id"] == "look_up").expect("a look-up");
    assert_eq!((code, &asked["facts"]["exists"]), (Some(0), &json!(true)), "{told:#}");
    let vietnamese = String::from_utf8(doctor(&config, &[]).stdout).expect("UTF-8");
    let english = String::from_utf8(doctor(&config, &["--lang", "en"]).stdout).expect("UTF-8");
    assert!(vietnamese.contains("Tra cứu được một người") && english.contains("A person was found"));
    assert!(!vietnamese.contains("A person was found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_ten_minutes_off_and_a_wrong_secret_are_told_with_the_mend() {
    let (simulator, surgery) = (Process::simulate(), Surgery::new());
    let config = surgery.config(&simulator.address, &["direct"], "");
    let clock = client().put(format!("{}/control/clock", simulator.address)).body("{\"ahead_s\": 600}");
    clock.header("Content-Type", "application/json").send().await.expect("an answer");
    let (code, states, told) = examined(&config, &[]);
    assert_eq!((code, state(&states, "look_up"), state(&states, "clock")), (Some(1), "failed", "failed"), "{told:#}");
    let clock = client().delete(format!("{}/control/clock", simulator.address));
    clock.send().await.expect("an answer");

    surgery.write("direct-secret", "something-else");
    let (code, states, told) = examined(&config, &[]);
    assert_eq!((code, state(&states, "look_up")), (Some(1), "failed"));
    let checks = told["connections"][0]["checks"].as_array().expect("checks");
    let refused = checks.iter().find(|check| check["id"] == "look_up").expect("a look-up");
    assert_eq!(refused["facts"]["outcome"], "auth_failed");
    assert!(refused["mend_vi"].as_str().is_some_and(|mend| mend.contains("tài khoản")));

    let (code, states, _) = examined(&config, &["--skip-look-up"]);
    assert_eq!((code, state(&states, "look_up")), (Some(0), "skipped"));
}

#[test]
fn nothing_listening_an_unknown_name_and_an_unreadable_configuration_are_told_apart() {
    let surgery = Surgery::new();
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
    let (code, states, _) = examined(&surgery.config(&format!("http://{free}"), &["direct"], ""), &[]);
    assert_eq!((code, state(&states, "tcp"), state(&states, "look_up")), (Some(1), "failed", "skipped"));
    assert_eq!([state(&states, "tls"), state(&states, "token"), state(&states, "clock")], ["", "", "skipped"]);
    let bad = surgery.write("bad.toml", "[[connection]]\nname = \"x\"\n");
    let output = doctor(&bad, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`connection[0].profile` is needed"));
    let config = surgery.config(&format!("http://{free}"), &["direct"], "");
    let unknown = doctor(&config, &["--connection", "lgsp"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("there are: direct"));
}

/// An authority that signs certificates for a name, valid in some years.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).expect("parameters");
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(parameters, KeyPair::generate().expect("key")).expect("certificate"))
    }

    fn issue(&self, name: &str, years: (i32, i32)) -> (String, String) {
        let key = KeyPair::generate().expect("key");
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        parameters.not_before = date_time_ymd(years.0, 1, 1);
        parameters.not_after = date_time_ymd(years.1, 1, 1);
        (parameters.signed_by(&key, &self.0).expect("certificate").pem(), key.serialize_pem())
    }
}

/// The simulator with TLS; stopped when dropped.
struct Sealed(std::process::Child, String);

impl Sealed {
    fn start(surgery: &Surgery, certificate: &(String, String), more: &[&str]) -> Self {
        surgery.write("server.pem", &certificate.0);
        surgery.write("server-key.pem", &certificate.1);
        let folder = surgery.folder.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_diensan"));
        command.args(["simulate", "--listen", "127.0.0.1:0", "--tls-certificate"]).arg(folder.join("server.pem"));
        command.arg("--tls-key").arg(folder.join("server-key.pem"));
        for argument in more {
            command.arg(argument.replace('@', &format!("{}/", folder.display())));
        }
        command.current_dir(root()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("starts");
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().expect("output")));
        let first = lines.next().and_then(Result::ok).unwrap_or_default();
        std::thread::spawn(move || lines.for_each(drop));
        let base = first.replace("listening on ", "").replace("127.0.0.1", "localhost");
        Self(child, base)
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_certificate_that_fails_says_why() {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let surgery = Surgery::new();
    surgery.write("root.pem", &ours.0.pem());
    let good = (2020, 2090);
    let cases = [
        ("good", ours.issue("localhost", good), "ok", ""),
        ("unknown root", other.issue("localhost", good), "failed", "not issued by anybody whom we trust"),
        ("expired", ours.issue("localhost", (2020, 2021)), "failed", "has expired"),
        ("not yet valid", ours.issue("localhost", (2080, 2090)), "failed", "not valid yet"),
        ("wrong name", ours.issue("elsewhere.example", good), "failed", "for another name"),
    ];
    for (what, certificate, expected, sentence) in cases {
        let sealed = Sealed::start(&surgery, &certificate, &[]);
        let config = surgery.config(&sealed.1, &["direct"], "trust = \"root.pem\"");
        let (code, states, told) = examined(&config, &[]);
        assert_eq!(state(&states, "tls"), expected, "{what}: {told:#}");
        assert_eq!(code, Some(i32::from(expected == "failed")), "{what}: {told:#}");
        let checks = told["connections"][0]["checks"].as_array().expect("checks");
        let tls = checks.iter().find(|check| check["id"] == "tls").expect("TLS");
        assert!(tls["en"].as_str().is_some_and(|en| en.contains(sentence)), "{what}: {tls}");
        assert_eq!(
            tls["facts"]["chain"].as_array().map(Vec::len),
            Some(1),
            "{what}: the chain is shown also when refused"
        );
    }
}

#[test]
fn a_gateway_that_wants_our_certificate_gets_it_or_is_told_about() {
    let (ours, clients) = (Authority::new("ours"), Authority::new("clients"));
    let surgery = Surgery::new();
    surgery.write("root.pem", &ours.0.pem());
    surgery.write("clients.pem", &clients.0.pem());
    let (certificate, key) = clients.issue("diensan", (2020, 2090));
    surgery.write("client.pem", &certificate);
    surgery.write("client-key.pem", &key);
    let sealed = Sealed::start(&surgery, &ours.issue("localhost", (2020, 2090)), &["--client-ca", "@clients.pem"]);
    let without = surgery.config(&sealed.1, &["direct"], "trust = \"root.pem\"");
    let (code, _, told) = examined(&without, &[]);
    assert_eq!(code, Some(1));
    assert!(told.to_string().contains("wants a certificate of ours"), "{told:#}");
    let more = "trust = \"root.pem\"\nclient_certificate = \"client.pem\"\nclient_key = \"client-key.pem\"";
    let (code, states, told) = examined(&surgery.config(&sealed.1, &["direct"], more), &[]);
    assert_eq!((code, state(&states, "tls"), state(&states, "look_up")), (Some(0), "ok", "ok"), "{told:#}");
}

/// The check of the only connection with this id.
fn check<'t>(told: &'t Value, id: &str) -> &'t Value {
    let checks = told["connections"][0]["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["id"] == id).unwrap_or(&Value::Null)
}

async fn calls(simulator: &Process) -> u64 {
    let counters = simulator.get("/counters").await.json();
    counters["routes"].as_object().expect("routes").values().filter_map(Value::as_u64).sum()
}

fn told(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Number, name, birth date, officer, agency, dossier, service. The person is invented at run time.
fn question(number: &str, agency: &str) -> String {
    format!("{number}\nNguyễn Văn Thử Nghiệm\n1985-03-12\ncb-0123\n{agency}\nhs-1\n1.000894\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_connection_is_asked_only_what_somebody_hands_in_and_never_for_invented_people() {
    let (simulator, surgery) = (Process::simulate(), Surgery::new());
    let rehearsal = surgery.config(&simulator.address, &["direct"], "");
    let text = fs::read_to_string(&rehearsal).expect("read").replace("rehearsal = true", "rehearsal = false");
    let config = surgery.write("real.toml", &text);
    // Looks real to the program, and is nobody's: the simulator knows only invented people.
    let (real, invented) = (concat!("001085", "000001"), "999085000001");
    let json = ["--format", "json"];

    let output = doctor(&config, &json);
    assert_eq!(check(&told(&output), "look_up")["state"], "skipped");
    assert!(check(&told(&output), "look_up")["en"].as_str().is_some_and(|en| en.contains("--question-from")));
    let undecided = told(&output)["checks"].as_array().expect("checks").clone();
    assert!(undecided.iter().any(|check| check["id"] == "cache" && check["state"] == "warning"));
    for (number, agency, why) in [(invented, "direct.1", "999"), (real, "elsewhere", "`serves`")] {
        let output = doctor_told(&config, &["--question-from", "-", "--format", "json"], &question(number, agency));
        let looked_up = check(&told(&output), "look_up").clone();
        assert_eq!(looked_up["state"], "skipped", "{looked_up}");
        assert!(looked_up["en"].as_str().is_some_and(|en| en.contains(why)), "{looked_up}");
    }
    assert_eq!(calls(&simulator).await, 0, "nothing was asked");

    let file = surgery.write("question", &question(real, "direct.1"));
    let file = file.to_str().expect("UTF-8");
    for language in ["vi", "en"] {
        let output = doctor(&config, &["--question-from", file, "--lang", language]);
        let all = String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned();
        for personal in [real, "Thử Nghiệm", "NGUYENVANTHUNGHIEM", "1985-03-12", "19850312", "cb-0123"] {
            assert!(!all.contains(personal), "a part of the question is shown");
        }
    }
    assert_eq!(calls(&simulator).await, 2);
    let output = doctor(&config, &["--question-from", file, "--format", "json"]);
    assert_eq!(check(&told(&output), "look_up")["facts"]["outcome"], "not_found");
    assert_eq!(output.status.code(), Some(0), "nobody of that name is no failure of the road");
}

#[test]
fn a_question_that_others_can_read_or_that_is_incomplete_is_refused_without_its_content() {
    let surgery = Surgery::new();
    let config = surgery.config("http://127.0.0.1:9", &["direct"], "");
    let number = concat!("001085", "000001");
    let open = surgery.write("open", &question(number, "direct.1"));
    fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).expect("mode 644");
    let output = doctor(&config, &["--question-from", open.to_str().expect("UTF-8")]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("others could read it"), "{said}");
    for (text, expected) in [
        (question("12", "direct.1"), "line 1"),
        (question(number, "direct.1").replace("1985-03-12", "12031985"), "line 3"),
        (question(number, ""), "seven lines"),
        (String::new(), "seven lines"),
    ] {
        let output = doctor_told(&config, &["--question-from", "-"], &text);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2));
        assert!(said.contains(expected) && !said.contains(number) && !said.contains("Nghiệm"), "{expected}");
        assert!(output.stdout.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_called_in_a_maintenance_window() {
    let (simulator, surgery) = (Process::simulate(), Surgery::new());
    let always = "[connection.guard]\nmaintenance = [{ from = \"00:00\", to = \"00:00\" }]";
    let config = surgery.config(&simulator.address, &["lgsp-soap"], always);
    let (code, states, _) = examined(&config, &[]);
    assert_eq!((code, state(&states, "maintenance"), state(&states, "tcp")), (Some(0), "warning", "ok"));
    for id in ["token", "look_up", "clock"] {
        assert_eq!(state(&states, id), "skipped", "{id}");
    }
    assert_eq!(calls(&simulator).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_connection_string_is_told_at_the_token_and_nobody_is_looked_up() {
    let (simulator, surgery) = (Process::simulate(), Surgery::new());
    let config = surgery.config(&simulator.address, &["lgsp-soap"], "");
    surgery.write("lgsp-connection-string", "something-else");
    let (code, states, told) = examined(&config, &[]);
    assert_eq!((code, state(&states, "token"), state(&states, "look_up")), (Some(1), "failed", "skipped"));
    assert_eq!(check(&told, "token")["facts"]["outcome"], "auth_failed");
    assert_eq!(calls(&simulator).await, 1);
}

/// A gateway that gives this token and answers everything else with 503; the paths that were asked.
fn giving(token: &str) -> (String, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (kept, token) = (std::sync::Arc::clone(&asked), token.to_owned());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream);
            let (mut lines, mut length) = (Vec::new(), 0);
            loop {
                let mut line = String::new();
                let count = reader.read_line(&mut line).unwrap_or(0);
                if count == 0 || line.trim().is_empty() {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap_or(0);
                }
                lines.push(line);
            }
            // Opened and closed by the step that only connects.
            let Some(path) = lines.first().and_then(|line| line.split(' ').nth(1)) else { continue };
            kept.lock().expect("paths").push(path.to_owned());
            let _ = reader.read_exact(&mut vec![0_u8; length]);
            let (status, body) = if path == "/token" { ("200 OK", token.as_str()) } else { ("503 Busy", "") };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = reader.get_mut().write_all(format!("{head}{body}").as_bytes());
        }
    });
    (base, asked)
}

#[test]
fn a_token_is_never_shown_and_nothing_is_asked_twice_even_where_the_service_would() {
    let surgery = Surgery::new();
    let canary = "CANARY-TOKEN-4";
    let data = "/lgsp/TraCuuThongTinCongDan";
    let cases = [(3600, vec!["/token", data], "token", "ok"), (0, vec!["/token"], "look_up", "skipped")];
    for (life, expected, id, state_then) in cases {
        let (base, asked) = giving(&format!("{{\"access_token\":\"{canary}\",\"expires_in\":{life}}}"));
        let config = surgery.config(&base, &["lgsp-soap"], "");
        let output = doctor(&config, &["--format", "json"]);
        let all = String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned();
        assert!(!all.contains(canary), "a token is shown");
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(check(&told(&output), id)["state"], state_then, "{life}");
        assert_eq!(*asked.lock().expect("paths"), expected, "{life}");
    }
}

#[test]
fn the_tables_of_the_catalogue_are_counted_and_dated() {
    let surgery = Surgery::new();
    let output = doctor(&surgery.config("http://127.0.0.1:9", &["direct"], ""), &["--format", "json"]);
    let told = told(&output);
    let catalogue = told["checks"].as_array().expect("checks").iter().find(|check| check["id"] == "catalogue");
    let facts = &catalogue.expect("the catalogue")["facts"];
    // The numbers of the administrative units' README.
    assert_eq!(facts["administrative_units"]["since-2025-07-01"], 3321);
    assert_eq!(facts["administrative_units"]["before-2025-07-01"], 10040);
    assert!(facts["code_lists"]["gioi-tinh"].as_u64().is_some_and(|rows| rows > 2));
    let newest = facts["newest_row"].as_str().expect("a day");
    assert!(newest.parse::<jiff::civil::Date>().is_ok_and(|day| day >= jiff::civil::date(2026, 9, 20)), "{newest}");
}
