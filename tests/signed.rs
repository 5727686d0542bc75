//! Signed answers: what an outside reader and a forger make of them, and what became of locked boxes (another
//! implementation of JOSE: `tests/jose`).

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::sync::Once;

use serde_json::{Value, json};

use crate::connections::{Upstream, request as complete};
use crate::harness::{Process, person, root};

const SERVICE: &str = "1.005392";
const ADULT: &str = "999085000001";
/// Of the deployment that these tests start, and of a stranger.
const SEED: &str = "0707070707070707070707070707070707070707070707070707070707070707";
const FOREIGN: &str = "0909090909090909090909090909090909090909090909090909090909090909";

/// A deployment over the invented people whose signing keys are known.
fn serve(seeds: &[&str]) -> (Process, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut names = Vec::new();
    for (index, seed) in seeds.iter().enumerate() {
        key_file(&folder, &format!("signing-{index}"), seed);
        names.push(format!("\"signing-{index}\""));
    }
    let root = root().display();
    let config = format!(
        "[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n[signing]\nkey_files = [{}]\n",
        names.join(", ")
    );
    let path = folder.path().join("diensan.toml");
    std::fs::write(&path, config).expect("written");
    (Process::serve_configured(&path, "info"), folder)
}

fn key_file(folder: &tempfile::TempDir, name: &str, seed: &str) -> std::path::PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, seed).expect("a key");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("mode 600");
    path
}

/// Asks the other implementation.
fn jose(asked: &Value) -> Value {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let installed = Command::new(root().join("tests/jose/run.sh")).arg("install").status();
        assert!(installed.expect("the script runs").success());
    });
    let mut child = Command::new(root().join("tests/jose/run.sh"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node and npm are installed");
    child.stdin.take().expect("a pipe").write_all(asked.to_string().as_bytes()).expect("written");
    let output = child.wait_with_output().expect("an answer");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

async fn keys(service: &Process) -> Value {
    let reply = service.get("/.well-known/jwks.json").await;
    assert_eq!(reply.header("content-type"), "application/jwk-set+json");
    reply.json()
}

async fn filled(service: &Process) -> Value {
    let body = json!({ "service": SERVICE, "citizen": { "id": ADULT }, "dossier": "H01-1", "sign": true });
    let reply = service.post("/v1/autofill", &body.to_string()).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

async fn delivered(service: &Process, signed: &Value, typed: &Value) -> Value {
    let body = json!({ "service": SERVICE, "dossier": "H01-1", "signed": signed, "typed": typed });
    let reply = service.post("/v1/verify", &body.to_string()).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()["delivered"].clone()
}

fn result_of<'a>(delivered: &'a Value, path: &str) -> &'a str {
    let fields = delivered["fields"].as_array().expect("fields");
    fields.iter().find(|field| field["path"] == path).and_then(|field| field["result"].as_str()).unwrap_or("not named")
}

fn statement(signed: &Value) -> Value {
    serde_json::from_str(signed["statement"].as_str().expect("a text")).expect("JSON")
}

/// A statement signed with a key by the other implementation.
fn forged(seed: &str, kid: &Value, statement: &Value) -> Value {
    let statement = statement.to_string();
    let header = json!({ "alg": "EdDSA", "typ": "diensan-statement+jws", "kid": kid });
    let made = jose(&json!({ "do": "sign", "seed": seed, "statement": statement, "header": header }));
    json!({ "statement": statement, "jws": made["jws"] })
}

#[tokio::test]
async fn an_outside_reader_verifies_a_signed_answer_with_the_published_keys_and_refuses_a_changed_one() {
    let (service, _folder) = serve(&[SEED]);
    let (answer, keys) = (filled(&service).await, keys(&service).await);
    let (told, jws) = (&answer["signed"]["statement"], &answer["signed"]["jws"]);
    let good = jose(&json!({ "do": "check", "keys": keys, "statement": told, "jws": jws }));
    assert_eq!(
        good["header"],
        json!({ "alg": "EdDSA", "typ": "diensan-statement+jws", "kid": keys["keys"][0]["kid"] })
    );
    let changed = told.as_str().expect("a text").replace("H01-1", "H01-2");
    let bad = jose(&json!({ "do": "check", "keys": keys, "statement": changed, "jws": jws }));
    assert_eq!(bad["refused"], "ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
    assert!(keys["keys"][0].get("d").is_none(), "the private half is published");
}

#[tokio::test]
async fn a_statement_holds_digests_that_its_holder_can_check_and_nothing_of_the_person() {
    let (service, _folder) = serve(&[SEED]);
    let answer = filled(&service).await;
    let told = statement(&answer["signed"]);
    let fields = told["fields"].as_array().expect("fields");
    assert!(fields.len() >= 5, "{told}");
    for field in fields {
        let path = field["path"].as_str().expect("a path");
        let value = &answer["data"][&path[1..]];
        let asked = json!({ "do": "digest", "salt": told["salt"], "path": path, "value": value });
        assert_eq!(jose(&asked)["digest"], field["digest"], "{path}");
        if let Some(value) = value.as_str().filter(|value| value.len() > 3) {
            assert!(!told.to_string().contains(value), "{path}: the value is in the statement");
        }
    }
    let lifetime = told["exp"].as_i64().zip(told["iat"].as_i64()).map(|(end, start)| end - start);
    assert_eq!(
        (lifetime, &told["request_id"], &told["dossier"]),
        (Some(30 * 24 * 3600), &answer["request_id"], &json!("H01-1"))
    );
}

#[tokio::test]
async fn a_changed_locked_box_is_told_from_an_honest_change_of_a_free_one() {
    let (service, _folder) = serve(&[SEED]);
    let answer = filled(&service).await;
    let signed = &answer["signed"];
    let told = statement(signed);
    let path_of = |locked: bool| {
        let fields = told["fields"].as_array().expect("fields");
        let field = fields.iter().find(|field| {
            field["locked"] == locked && answer["data"][&field["path"].as_str().unwrap_or("/")[1..]].is_string()
        });
        field.and_then(|field| field["path"].as_str()).expect("a box").to_owned()
    };
    let (locked, free) = (path_of(true), path_of(false));

    let same = delivered(&service, signed, &answer["data"]).await;
    assert_eq!((&same["signature"], &same["locked_changed"]), (&json!("valid"), &json!(0)), "{same}");
    assert!(same["fields"].as_array().is_some_and(|fields| fields.iter().all(|field| field["result"] == "unchanged")));
    assert_eq!(same["request_id"], answer["request_id"]);

    let mut tampered = answer["data"].clone();
    tampered[&locked[1..]] = json!("KHÁC");
    let tampered = delivered(&service, signed, &tampered).await;
    assert_eq!(
        (&tampered["signature"], &tampered["locked_changed"], result_of(&tampered, &locked)),
        (&json!("valid"), &json!(1), "changed")
    );

    let mut honest = answer["data"].clone();
    honest[&free[1..]] = json!("Khác");
    let honest = delivered(&service, signed, &honest).await;
    assert_eq!((&honest["locked_changed"], result_of(&honest, &free)), (&json!(0), "changed"));

    let mut without = answer["data"].clone();
    without.as_object_mut().expect("an object").remove(&locked[1..]);
    let without = delivered(&service, signed, &without).await;
    assert_eq!((&without["locked_changed"], result_of(&without, &locked)), (&json!(1), "removed"));

    // NFD and two spaces are the same text.
    let mut spelled = answer["data"].clone();
    let decomposed: String = spelled[&locked[1..]]
        .as_str()
        .expect("a text")
        .chars()
        .map(|c| if c == 'Ễ' { "Ê\u{303}".to_owned() } else { c.to_string() })
        .collect();
    spelled[&locked[1..]] = json!(decomposed.replace(' ', "  "));
    assert_eq!(delivered(&service, signed, &spelled).await["locked_changed"], 0);
}

#[tokio::test]
async fn an_expired_a_foreign_a_changed_and_another_forms_signature_each_have_their_word() {
    let (service, _folder) = serve(&[SEED]);
    let answer = filled(&service).await;
    let kid = keys(&service).await["keys"][0]["kid"].clone();
    let (signed, told) = (&answer["signed"], statement(&answer["signed"]));
    let word = async |signed: &Value| delivered(&service, signed, &answer["data"]).await["signature"].clone();

    let mut early = told.clone();
    early["exp"] = json!(told["iat"].as_i64().expect("a time") - 1);
    let expired = delivered(&service, &forged(SEED, &kid, &early), &answer["data"]).await;
    assert_eq!((&expired["signature"], &expired["locked_changed"]), (&json!("expired"), &json!(0)), "{expired}");
    assert_eq!(word(&forged(FOREIGN, &json!("somebody"), &told)).await, "unknown_key");
    assert_eq!(word(&forged(FOREIGN, &kid, &told)).await, "changed", "the name of our key does not make it ours");

    let mut changed = signed.clone();
    changed["statement"] =
        json!(signed["statement"].as_str().expect("a text").replace("\"locked\":true", "\"locked\":false"));
    let changed = delivered(&service, &changed, &answer["data"]).await;
    assert_eq!((&changed["signature"], &changed["fields"]), (&json!("changed"), &json!([])), "nothing is read from it");
    assert!(changed.get("locked_changed").is_none(), "no count where nothing is known");

    for (member, other) in [("dossier", "H01-2"), ("service", "1.000894"), ("form", "khac")] {
        let mut another = told.clone();
        another[member] = json!(other);
        let body = json!({ "service": SERVICE, "dossier": "H01-1", "form": told["form"], "signed": forged(SEED, &kid, &another), "typed": answer["data"] });
        let reply = service.post("/v1/verify", &body.to_string()).await.json();
        assert_eq!(
            (&reply["delivered"]["signature"], &reply["delivered"]["fields"]),
            (&json!("of_another"), &json!([])),
            "{member}"
        );
    }

    let header = |header: Value| {
        let made = jose(&json!({ "do": "sign", "seed": SEED, "statement": told.to_string(), "header": header }));
        json!({ "statement": told.to_string(), "jws": made["jws"] })
    };
    assert_eq!(
        word(&header(json!({ "alg": "EdDSA", "typ": "JWT", "kid": kid }))).await,
        "malformed",
        "a token is no statement"
    );
    let none = json!({ "statement": told.to_string(), "jws": "eyJhbGciOiJub25lIn0.." });
    assert_eq!(word(&none).await, "malformed", "alg none");
}

#[tokio::test]
async fn a_rotated_key_still_proves_what_it_signed_and_another_deployment_does_not_know_it() {
    let (first, _folder) = serve(&[SEED]);
    let answer = filled(&first).await;
    let (rotated, _second) = serve(&[FOREIGN, SEED]);
    assert_eq!(delivered(&rotated, &answer["signed"], &answer["data"]).await["signature"], "valid");
    let fresh = filled(&rotated).await;
    assert_eq!(delivered(&first, &fresh["signed"], &fresh["data"]).await["signature"], "unknown_key");
    let other = Process::serve(&[]);
    assert_eq!(delivered(&other, &answer["signed"], &answer["data"]).await["signature"], "unknown_key");
}

#[tokio::test]
async fn a_resumed_draft_is_told_what_the_register_says_otherwise_since() {
    let (service, _folder) = serve(&[SEED]);
    let answer = filled(&service).await;
    let kid = keys(&service).await["keys"][0]["kid"].clone();
    let resume = async |signed: Value| {
        let body = json!({ "service": SERVICE, "citizen": { "id": ADULT }, "dossier": "H01-1", "typed": answer["data"], "signed": signed });
        let reply = service.post("/v1/autofill", &body.to_string()).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    };
    let same = resume(answer["signed"].clone()).await;
    assert_eq!(
        (&same["since"]["signature"], &same["since"]["changed"], &same["since"]["gone"], &same["since"]["new"]),
        (&json!("valid"), &json!([]), &json!([]), &json!([])),
        "{same}"
    );
    // As if the register had held another value then, one more, and one less.
    let mut earlier = statement(&answer["signed"]);
    let (name, gone) = (earlier["fields"][0]["path"].clone(), json!("/nguoi_du_tuyen_khong_con"));
    let path = name.as_str().expect("a path");
    let old = jose(&json!({ "do": "digest", "salt": earlier["salt"], "path": path, "value": "TÊN CŨ" }));
    earlier["fields"][0]["digest"] = old["digest"].clone();
    earlier["fields"]
        .as_array_mut()
        .expect("fields")
        .push(json!({ "path": gone, "state": "filled", "locked": true, "digest": "x" }));
    let told = resume(forged(SEED, &kid, &earlier)).await;
    assert_eq!(
        (&told["since"]["changed"], &told["since"]["gone"]),
        (&json!([name]), &json!([gone])),
        "{}",
        told["since"]
    );
    let worthless = resume(forged(FOREIGN, &kid, &earlier)).await;
    assert_eq!((&worthless["since"]["signature"], &worthless["since"]["changed"]), (&json!("changed"), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_draft_is_looked_up_again_whatever_the_cache_holds() {
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().expect("a folder");
    let signing = format!("[signing]\nkey_files = [\"{}\"]", key_file(&folder, "signing", SEED).display());
    let service = Process::serve_configured(&upstream.config("direct", "", &signing), "info");
    let mut body = complete("1.000894", person("999198000022"));
    body["sign"] = json!(true);
    let first = service.post("/v1/autofill", &body.to_string()).await.json();
    let before = upstream.calls("/direct/037").await;
    body["signed"] = first["signed"].clone();
    let fresh = service.post("/v1/autofill", &body.to_string()).await;
    assert_eq!(upstream.calls("/direct/037").await, before, "a fresh draft is answered from the cache");
    assert_eq!(fresh.json()["since"]["signature"], "valid", "{}", fresh.text);

    let mut old = statement(&first["signed"]);
    old["iat"] = json!(old["iat"].as_i64().expect("a time") - 3602);
    body["signed"] = forged(SEED, &keys(&service).await["keys"][0]["kid"], &old);
    let again = service.post("/v1/autofill", &body.to_string()).await;
    assert_eq!(again.json()["since"]["signature"], "valid", "{}", again.text);
    assert_eq!(upstream.calls("/direct/037").await, before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_that_could_not_be_made_gives_a_signed_note_without_the_person() {
    let upstream = Upstream::start();
    let service = Process::serve_configured(&upstream.config("direct", "", ""), "info");
    drop(upstream);
    let mut body = complete("1.000894", person("999198000022"));
    body["sign"] = json!(true);
    body["dossier"] = json!("H01-7");
    let reply = service.post("/v1/autofill", &body.to_string()).await;
    assert_eq!((reply.status, reply.code().as_str()), (502, "upstream_unreachable"), "{}", reply.text);
    let proof = &reply.json()["proof"];
    let checked = jose(
        &json!({ "do": "check", "keys": keys(&service).await, "statement": proof["statement"], "jws": proof["jws"] }),
    );
    assert_eq!(checked["header"]["alg"], "EdDSA", "{checked}");
    let told = statement(proof);
    assert_eq!(
        (&told["kind"], &told["dossier"], &told["request_id"]),
        (&json!("attempt"), &json!("H01-7"), &reply.json()["request_id"])
    );
    let text = proof["text"].as_str().expect("a text");
    for words in ["XÁC NHẬN ĐÃ TRA CỨU", "H01-7", "không nói gì về công dân"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    for secret in ["999198000022", "Mẫu", "MẪU"] {
        assert!(!proof.to_string().contains(secret), "{proof}");
    }
    let without = complete("1.000894", person("999198000022"));
    let without = service.post("/v1/autofill", &without.to_string()).await;
    assert!(without.json().get("proof").is_none(), "nobody asked for it");
}

#[tokio::test]
async fn nobody_found_is_another_note_than_an_outage() {
    let service = Process::serve(&[]);
    let body = json!({ "service": SERVICE, "citizen": { "id": "999099099099" }, "sign": true });
    let reply = service.post("/v1/autofill", &body.to_string()).await;
    assert_eq!(reply.status, 404, "{}", reply.text);
    let told = statement(&reply.json()["proof"]);
    assert_eq!(told["outcome"], "not_found");
    let text = reply.json()["proof"]["text"].as_str().expect("a text").to_owned();
    assert!(text.contains("không có dữ liệu khớp") && !text.contains("999099099099"), "{text}");
}
