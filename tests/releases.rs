//! A second officer releases a look-up of somebody on the watch list; officers explain look-ups that were sampled
//! (RISKS T2).

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Process, Reply};
use crate::house::{House, Plan, write_secret};

const WATCHED: &str = "999187000004";
const NOT_WATCHED: &str = "999198000022";
const SERVICE: &str = "1.005099";
const AGENCY: &str = "H01.12";
const DOSSIER: &str = "H01.12-261120-0007";
const WATCH_KEY: &str = "0c1d2e3f0c1d2e3f0c1d2e3f0c1d2e3f";

const TOKENS: &str = "jwt = { issuer = \"https://sso.example\", audience = \"diensan\", algorithms = [\"ES256\"], \
                      keys_file = \"issuer.pem\" }\nscopes = [\"autofill\", \"verify\"]\nagencies = [\"H01.*\"]\n\
                      services = [\"*\"]\nattributes = [\"*\"]";
const KEY: &str = "scopes = [\"autofill\"]\nagencies = [\"*\"]\nservices = [\"*\"]\nattributes = [\"*\"]";
const READER: &str = "scopes = [\"catalog:read\"]\nagencies = [\"*\"]\nservices = [\"*\"]";

/// The watch list with one person, as operators make it.
fn watch_list() -> String {
    let folder = tempfile::tempdir().expect("a folder");
    write_secret(folder.path(), "key", WATCH_KEY);
    let mut add = Command::new(env!("CARGO_BIN_EXE_diensan"))
        .args(["watch-list", "add", "--list", "list", "--key-file", "key", "--number-from", "-"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("started");
    add.stdin.take().expect("standard input").write_all(WATCHED.as_bytes()).expect("written");
    assert!(add.wait().expect("ended").success());
    std::fs::read_to_string(folder.path().join("list")).expect("the list")
}

fn house(access: &str) -> House {
    House::start(&Plan {
        access: &format!("watch_list_file = \"watch-list\"\nwatch_list_key_file = \"watch-key\"\n{access}"),
        files: &[("watch-list", &watch_list()), ("watch-key", WATCH_KEY)],
        callers: &[("mot-cua", TOKENS), ("khoa", KEY), ("reader", READER)],
        ..Plan::default()
    })
}

fn look_up(number: &str, dossier: &str) -> Value {
    json!({ "service": SERVICE, "citizen": { "id": number }, "dossier": dossier, "dossier_date": "2026-11-20" })
}

fn release(number: &str, dossier: &str) -> Value {
    json!({ "citizen": { "id": number }, "dossier": dossier })
}

fn word(reply: &Reply) -> String {
    if reply.status < 400 { reply.status.to_string() } else { format!("{} {}", reply.status, reply.code()) }
}

impl House {
    /// As an officer whom a token names.
    async fn by(&self, officer: &str, path: &str, body: &Value) -> Reply {
        self.send(&self.token(officer, AGENCY), "POST", path, Some(body)).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_on_the_watch_list_is_looked_up_only_when_a_second_officer_has_released_it() {
    let mut house = house("");
    let ask = async |house: &House, officer, number, dossier| {
        word(&house.by(officer, "/v1/autofill", &look_up(number, dossier)).await)
    };
    const REFUSED: &str = "403 second_person_needed";
    assert_eq!(ask(&house, "cb-1", WATCHED, DOSSIER).await, REFUSED);
    assert_eq!(ask(&house, "cb-1", NOT_WATCHED, DOSSIER).await, "200");
    // Nobody is his own second.
    assert_eq!(house.by("cb-1", "/v1/releases", &release(WATCHED, DOSSIER)).await.status, 201);
    assert_eq!(ask(&house, "cb-1", WATCHED, DOSSIER).await, REFUSED);
    let released = house.by("cb-2", "/v1/releases", &release(WATCHED, DOSSIER)).await;
    assert_eq!(released.status, 201);
    // Whether somebody is on the list is not told by releasing.
    let other = house.by("cb-2", "/v1/releases", &release(NOT_WATCHED, DOSSIER)).await;
    let members = |reply: &Reply| reply.json().as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!((other.status, members(&other)), (201, members(&released)));
    assert_eq!(members(&released), ["request_id", "released_until"]);
    house.restart("TERM");
    let alarm = &house.lines_of("alarm")[0];
    assert_eq!(
        (&alarm["alarm"], &alarm["caller"]),
        (&json!("watch_list_hit"), &json!("mot-cua")),
        "told before the end"
    );
    assert!(alarm["since"].as_str().is_some_and(|since| since.ends_with('Z')) && alarm["people"].is_null());
    assert_eq!(ask(&house, "cb-1", WATCHED, DOSSIER).await, "200", "also after a restart");
    assert_eq!(ask(&house, "cb-1", WATCHED, "H01.12-261120-0008").await, REFUSED, "another dossier");
    assert_eq!(house.alarms().await, BTreeMap::from([("watch_list_hit".to_owned(), 2)]), "released or not");
    let releases = house.lines_of("release");
    let told: Vec<_> = releases.iter().map(|line| (line["officer"].as_str(), line["dossier"].as_str())).collect();
    assert_eq!(told, [(Some("cb-1"), Some(DOSSIER)), (Some("cb-2"), Some(DOSSIER)), (Some("cb-2"), Some(DOSSIER))]);
    assert_eq!(releases[1]["request_id"], released.json()["request_id"]);
    assert!(releases.iter().all(|line| line["people"][0]["outcome"] == "released"));
    let watched: Vec<bool> =
        house.lines_of("disclosure").iter().map(|line| line["people"][0]["watched"] == true).collect();
    assert_eq!(watched, [false, true], "the journal knows who is on the list");
    let citizen = |line: &Value| line["people"][0]["citizen"].clone();
    assert_eq!(citizen(&releases[1]), citizen(&house.lines_of("disclosure")[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reason_not_to_release_has_its_code_and_one_line_on_record() {
    let house = house("");
    let good = release(WATCHED, DOSSIER);
    let with = |member: &str, value: Value| {
        let mut body = good.clone();
        body[member] = value;
        body
    };
    let used = house.token("cb-2", AGENCY);
    assert_eq!(house.send(&used, "POST", "/v1/releases", Some(&good)).await.status, 201);
    let token = || house.token("cb-2", AGENCY);
    let real = concat!("0010", "8500", "0001");
    for (credential, body, expected) in [
        (String::new(), good.clone(), "401 credentials_missing"),
        (used, good.clone(), "401 token_replayed"),
        (house.key("reader").to_owned(), good.clone(), "403 scope_missing"),
        (house.key("khoa").to_owned(), good.clone(), "403 release_needs_token"),
        (house.token("cb-2", "H02.1"), good.clone(), "403 agency_not_licensed"),
        (token(), with("officer", json!("cb-3")), "403 claim_mismatch"),
        (token(), with("agency", json!("H01.13")), "403 claim_mismatch"),
        (token(), json!({ "dossier": DOSSIER }), "400 missing_member"),
        (token(), json!({ "citizen": { "id": WATCHED } }), "400 missing_member"),
        (token(), with("citizen", json!({ "id": 17 })), "400 expected_text"),
        (token(), with("citizen", json!({ "id": "99918700000" })), "400 number_leading_zero"),
        (token(), with("citizen", json!({ "id": real })), "422 number_not_invented"),
        (token(), with("reason", json!("x")), "400 unknown_member"),
    ] {
        let before = house.lines_of("refusal").len();
        let reply = house.send(&credential, "POST", "/v1/releases", Some(&body)).await;
        assert_eq!(word(&reply), expected);
        let lines = house.lines_of("refusal");
        assert_eq!(lines.len(), before + 1, "{expected}");
        let code = expected.split(' ').nth(1).unwrap_or_default();
        // One reason on record, two sentences for callers.
        let code = if code == "number_not_invented" { "number_not_allowed" } else { code };
        assert_eq!(lines[before]["refusal"], code);
        assert!(lines[before]["people"].is_null());
    }
    assert_eq!(house.lines_of("release").len(), 1);
    let wrong = house.send(&token(), "GET", "/v1/releases", None).await;
    assert_eq!((word(&wrong), wrong.header("allow")), ("405 method_not_allowed".to_owned(), "POST"));
    // Nobody has callers in the sandbox, and nobody a list.
    let sandbox = Process::serve(&[]);
    assert_eq!(word(&sandbox.post("/v1/releases", &good.to_string()).await), "409 watch_list_off");
    assert_eq!(sandbox.get("/v1/samples").await.json()["samples"], json!([]));
    let answered = sandbox.post("/v1/samples/1", "{\"reason\":\"Công dân nộp hồ sơ\"}").await;
    assert_eq!(word(&answered), "404 sample_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sampled_look_up_is_explained_by_the_officer_who_made_it_and_the_reason_is_on_record() {
    let mut house = house("sampled_per_thousand = 1000");
    let mut asked = look_up(NOT_WATCHED, DOSSIER);
    let first = house.by("cb-1", "/v1/autofill", &asked).await.json()["request_id"].clone();
    assert_eq!(house.by("cb-2", "/v1/autofill", &asked).await.status, 200);
    asked["citizen"]["id"] = json!("999198000922");
    assert_eq!(house.by("cb-1", "/v1/autofill", &asked).await.status, 404, "nothing was disclosed");
    house.restart("TERM");
    let open = async |house: &House, credential: &str| {
        let listed = house.send(credential, "GET", "/v1/samples", None).await;
        assert_eq!(listed.header("cache-control"), "no-store");
        listed.json()["samples"].as_array().expect("a list").clone()
    };
    let questions = open(&house, &house.token("cb-1", AGENCY)).await;
    assert_eq!(questions.len(), 1, "an officer sees his own");
    let question = &questions[0];
    for (member, value) in [
        ("looked_up", &first),
        ("officer", &json!("cb-1")),
        ("agency", &json!(AGENCY)),
        ("dossier", &json!(DOSSIER)),
        ("service", &json!(SERVICE)),
    ] {
        assert_eq!(&question[member], value);
    }
    assert_eq!(open(&house, house.key("khoa")).await, [] as [Value; 0], "another caller's");
    let path = format!("/v1/samples/{}", question["id"].as_str().expect("an id"));
    let reason = |text: &str| json!({ "reason": text });
    let good = reason("Công dân nộp hồ sơ chuyển trường cho con");
    for (officer, body, expected) in [
        ("cb-2", good.clone(), "403 sample_of_another"),
        ("cb-1", reason("vì"), "400 reason_form"),
        ("cb-1", reason("Công dân\nnộp hồ sơ"), "400 reason_form"),
        ("cb-1", reason("Tra cứu cho số 999 198 000 022"), "400 reason_number"),
        ("cb-1", json!({ "reason": "Công dân nộp hồ sơ", "officer": "cb-2" }), "403 claim_mismatch"),
        ("cb-1", json!({}), "400 missing_member"),
        ("cb-1", good.clone(), "200"),
        ("cb-1", good.clone(), "404 sample_unknown"),
    ] {
        assert_eq!(word(&house.by(officer, &path, &body).await), expected);
    }
    // A key names nobody: the officer must be said, and this caller has no such question.
    let by_key = async |body: &Value| word(&house.send(house.key("khoa"), "POST", &path, Some(body)).await);
    assert_eq!(by_key(&good).await, "422 dossier_incomplete");
    assert_eq!(by_key(&json!({ "reason": "Công dân nộp hồ sơ", "officer": "cb-1" })).await, "404 sample_unknown");
    let explained = house.lines_of("explanation");
    assert_eq!(explained.len(), 1);
    assert_eq!((&explained[0]["about"], &explained[0]["reason"]), (&first, &good["reason"]));
    assert_eq!((&explained[0]["officer"], &explained[0]["caller"]), (&json!("cb-1"), &json!("mot-cua")));
    assert_eq!(house.lines_of("refusal").len(), 1 + 9, "not found, and each answer that was not taken");
    let metrics = house.send(house.key("watcher"), "GET", "/metrics", None).await.text;
    assert!(metrics.contains("\ndiensan_access_samples_open 1\n"), "the other officer's");
    // What is asked is what was looked up, and a restart brings no answered question back.
    house.restart("KILL");
    assert_eq!(open(&house, &house.token("cb-1", AGENCY)).await, [] as [Value; 0]);
    assert_eq!(open(&house, &house.token("cb-2", AGENCY)).await.len(), 1);
}
