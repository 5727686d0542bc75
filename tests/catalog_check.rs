//! `diensan catalog check` and `catalog explain`: formats, scopes, mending, exit codes.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::catalog_strictness::copy;
use crate::configuration::diensan;
use crate::harness::root;

const MAPPING: &str = "service-catalog/mappings/to-khai-dang-ky-ket-hon.json";
const SERVICE: &str = "service-catalog/commune/1.000894.json";

/// A copy of the catalogue.
struct Copy(tempfile::TempDir);

impl Copy {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for part in ["service-catalog", "schemas"] {
            copy(&root().join(part), &folder.path().join(part));
        }
        Self(folder)
    }

    fn edit(&self, file: &str, find: &str, replace: &str) {
        let path = self.0.path().join(file);
        let text = fs::read_to_string(&path).expect("a text");
        assert!(text.contains(find), "{file} has no {find}");
        fs::write(path, text.replacen(find, replace, 1)).expect("written");
    }

    fn check(&self, arguments: &[&str]) -> Output {
        catalog(self.0.path(), &[&["check"], arguments].concat())
    }
}

fn catalog(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(diensan());
    command.current_dir(folder).arg("catalog").args(arguments).output().expect("the binary runs")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn json(output: &Output) -> Vec<Value> {
    serde_json::from_slice(&output.stdout).expect("a JSON array")
}

/// The rules of the findings in order, without the layout of a file that a test edits by hand.
fn rules(found: &[Value]) -> Vec<&str> {
    found.iter().filter_map(|found| found["rule"].as_str()).filter(|rule| *rule != "layout").collect()
}

fn git(folder: &Path, arguments: &[&str]) {
    let names = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"];
    let done = Command::new("git").current_dir(folder).args(names).args(arguments).output().expect("git");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn the_catalogue_has_no_error_and_the_summary_counts_it() {
    let output = catalog(root(), &["check"]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("\n236 = 183 + 37 + 16 dịch vụ, 212 tờ khai, 0 lỗi, "), "{text}");
    assert!(text.lines().count() < 40 && !text.contains('\u{1b}'), "{text}");
    let english = out(&catalog(root(), &["check", "--lang", "en"]));
    assert!(english.contains("236 = 183 + 37 + 16 services, 212 forms, 0 errors, "), "{english}");
}

#[test]
fn one_mistake_is_shown_with_a_caret_and_a_suggestion_in_every_format() {
    let copy = Copy::new();
    copy.edit(MAPPING, "\"ben_nu.dan_toc\"", "\"ben_nu.dan_tocc\"");
    let output = copy.check(&[]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(text.starts_with("error: [unknown_attribute] Từ điển không có thuộc tính này."), "{text}");
    assert!(
        text.contains(&format!("{MAPPING}:13:23")) && text.contains("^^^^^^") && text.contains("có phải `dan_toc`?")
    );
    assert!(text.lines().count() <= 40 && text.contains(", 1 lỗi, "), "{text}");
    let english = out(&copy.check(&["--lang", "en"]));
    assert!(english.starts_with("error: [unknown_attribute] The dictionary has no such attribute."), "{english}");
    assert!(english.contains("did you mean `dan_toc`?"));

    let output = copy.check(&["--format", "json", MAPPING]);
    assert_eq!(output.status.code(), Some(1));
    let found = json(&output);
    assert_eq!(found.len(), 1);
    let expected = serde_json::json!({
        "rule": "unknown_attribute", "severity": "error", "file": MAPPING, "line": 13, "column": 23,
        "message": { "vi": "Từ điển không có thuộc tính này.", "en": "The dictionary has no such attribute." },
        "did_you_mean": "dan_toc",
    });
    assert_eq!(found[0], expected);

    let github = out(&copy.check(&["--format", "github", MAPPING]));
    let expected = format!("::error file={MAPPING},line=13,col=23,title=unknown_attribute::Từ điển không có");
    assert!(github.starts_with(&expected) && github.lines().count() == 1, "{github}");
}

#[test]
fn sarif_has_its_rules_and_every_result_names_one_of_them() {
    let copy = Copy::new();
    copy.edit(MAPPING, "\"ben_nu.dan_toc\"", "\"ben_nuu.dan_toc\"");
    let output = copy.check(&["--format", "sarif"]);
    assert_eq!(output.status.code(), Some(1));
    let log: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().is_some_and(|schema| schema.ends_with("sarif-2.1.0.json")));
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(run["tool"]["driver"]["name"], "diensan");
    for rule in rules {
        for part in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[part]["text"].as_str().is_some_and(|text| !text.is_empty()), "{rule}");
        }
        assert!(matches!(rule["defaultConfiguration"]["level"].as_str(), Some("error" | "warning")));
    }
    let results = run["results"].as_array().expect("results");
    let mut levels = std::collections::BTreeMap::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        *levels.entry(result["level"].as_str().expect("a level")).or_insert(0) += 1;
        assert!(result["message"]["text"].is_string());
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].as_str().is_some_and(|uri| !uri.starts_with('/')));
        assert!(place["region"]["startLine"].as_u64() >= Some(1) && place["region"]["startColumn"].as_u64() >= Some(1));
    }
    assert!(levels["error"] == 1 && levels["warning"] > 1, "{levels:?}");
}

#[test]
fn named_files_and_folders_limit_what_is_told_and_the_exit_code() {
    let copy = Copy::new();
    copy.edit(MAPPING, "\"ben_nu.dan_toc\"", "\"ben_nu.dan_tocc\"");
    copy.edit(SERVICE, "\"level\": \"commune\"", "\"level\": \"district\"");
    assert_eq!(
        json(&copy.check(&["--format", "json", "service-catalog/mappings", SERVICE]))
            .iter()
            .filter(|f| f["severity"] == "error")
            .count(),
        2
    );
    let output = copy.check(&["--format", "json", "service-catalog/people"]);
    assert_eq!((output.status.code(), json(&output).len()), (Some(0), 0));
    let output = copy.check(&["service-catalog/khong-co"]);
    assert_eq!(output.status.code(), Some(2));
    let output = copy.check(&["--services", "khong-co"]);
    assert_eq!((output.status.code(), out(&output).as_str()), (Some(2), ""));
    // The files may also be elsewhere than where the command runs.
    let place = copy.0.path().display().to_string();
    let (services, schemas) = (format!("{place}/service-catalog"), format!("{place}/schemas"));
    let output = catalog(root(), &["check", "--services", &services, "--schemas", &schemas]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn changed_asks_git_for_changed_and_new_files() {
    let copy = Copy::new();
    let folder = copy.0.path();
    git(folder, &["init", "-q"]);
    copy.edit(MAPPING, "\"ben_nu.dan_toc\"", "\"ben_nu.dan_tocc\"");
    git(folder, &["add", "."]);
    git(folder, &["commit", "-q", "-m", "all"]);
    let output = copy.check(&["--changed", "--format", "json"]);
    assert_eq!((output.status.code(), json(&output).len()), (Some(0), 0), "the committed mistake is not told");
    copy.edit(SERVICE, "\"level\": \"commune\"", "\"level\": \"district\"");
    fs::write(folder.join("service-catalog/people/999.json"), "{}\n").expect("written");
    // From a folder inside, too.
    let mut command = Command::new(diensan());
    command.current_dir(folder.join("schemas")).args(["catalog", "check", "--changed", "--format", "json"]);
    let output = command.args(["--services", "../service-catalog", "--schemas", "."]).output().expect("runs");
    let found = json(&output);
    let mut files: Vec<&str> = found.iter().map(|found| found["file"].as_str().expect("a file")).collect();
    files.dedup();
    assert_eq!(files, [&format!("../{SERVICE}"), "../service-catalog/people/999.json"]);
    let nowhere = Copy::new();
    let output = nowhere.check(&["--changed"]);
    assert_eq!(output.status.code(), Some(2), "{}", out(&output));
}

#[test]
fn fix_mends_marks_line_ends_and_letters_and_nothing_else() {
    let copy = Copy::new();
    let path = |file: &str| copy.0.path().join(file);
    let read = |file: &str| fs::read(path(file)).expect("a file");
    let (mapping, service, list) = (read(MAPPING), read(SERVICE), read("service-catalog/code-lists/dan-toc.csv"));
    fs::write(path(MAPPING), [b"\xef\xbb\xbf".as_slice(), &mapping].concat()).expect("written");
    let windows = String::from_utf8(list.clone()).expect("UTF-8").replace('\n', "\r\n");
    fs::write(path("service-catalog/code-lists/dan-toc.csv"), windows).expect("written");
    copy.edit(SERVICE, "Hộ tịch", "Ho\u{323}\u{302} ti\u{323}ch");
    let person = "service-catalog/people/999085000001.json";
    let broken = String::from_utf8(read(person)).expect("UTF-8").replace("\"gioi_tinh\"", "\"gioitinh\"");
    fs::write(path(person), format!("\u{feff}{broken}")).expect("written");

    let found = json(&copy.check(&["--format", "json"]));
    let count = |rule: &str| found.iter().filter(|found| found["rule"] == rule).count();
    assert_eq!((count("layout"), count("not_nfc"), count("unknown_member")), (4, 1, 1)); // letters that are not composed are no layout either
    let output = copy.check(&["--fix"]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("đã sửa 3 tệp") && text.contains(", 1 lỗi, "), "{text}");
    assert_eq!((read(MAPPING), read(SERVICE)), (mapping, service));
    assert_eq!(read("service-catalog/code-lists/dan-toc.csv"), list);
    assert!(read(person).starts_with(b"\xef\xbb\xbf"), "a file with another mistake is left alone");
    let left: Vec<_> = fs::read_dir(path("service-catalog/mappings")).expect("a folder").collect();
    assert_eq!(left.len(), 212);
}

#[test]
fn warnings_do_not_keep_the_service_from_starting() {
    let copy = Copy::new();
    let all = "[\n    \"87/2020/NĐ-CP\",\n    \"123/2015/NĐ-CP\",\n    \"106/2021/TT-BTC\"\n  ]";
    copy.edit(SERVICE, all, "[\"47/2020/NĐ-CP\"],\n  \"successor\": \"9.999999\"");
    let output = copy.check(&["--format", "json", SERVICE]);
    assert_eq!(output.status.code(), Some(0));
    let found = json(&output);
    let told = rules(&found);
    assert_eq!(told[..2], ["repealed_basis", "successor_outside"]);
    assert!(found.iter().any(|found| found["message"]["en"].as_str().is_some_and(|text| text.contains("278/2025/"))));
    let human = out(&copy.check(&[SERVICE]));
    assert!(human.contains("warning: [repealed_basis]") && human.contains("278/2025/NĐ-CP"), "{human}");
    copy.edit(SERVICE, "[\"47/2020/NĐ-CP\"]", "[]");
    copy.edit(SERVICE, "\"9.999999\"", "\"1.000894\"");
    let output = copy.check(&["--format", "json", SERVICE]);
    let found = json(&output);
    let told = rules(&found);
    assert_eq!((output.status.code(), told[..2].to_vec()), (Some(1), vec!["no_legal_basis", "successor_circle"]));
}

#[test]
fn what_a_mapping_puts_into_a_box_is_held_against_the_box() {
    let copy = Copy::new();
    let schema = "schemas/forms/to-khai-dang-ky-ket-hon.schema.json";
    let pattern = "\"pattern\": \"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$\"";
    copy.edit(schema, pattern, "\"format\": \"date\"");
    copy.edit(schema, "\"x-code-list\": \"dan-toc\"", "\"x-code-list\": \"dan-toc\", \"enum\": [\"01\", \"02\"]");
    copy.edit(
        MAPPING,
        "{ \"first_of\": [\"ben_nu.so_dinh_danh\", \"ben_nu.so_cmnd\"], \"format\": \"identity_paper\", \"lock\": false }",
        "{ \"from\": \"ben_nu.so_cmnd\", \"lock\": true }",
    );
    copy.edit(schema, "\"title\": \"Giấy tờ tùy thân\",", "\"title\": \"Giấy tờ tùy thân\", \"maxLength\": 8,");
    copy.edit(MAPPING, "\"Bên nam\"", "\"Bên nam <script>\"");
    let found = json(&copy.check(&["--format", "json", MAPPING]));
    let told = rules(&found);
    let expected = ["odd_character", "partial_date", "list_lacks_values", "never_fits", "locked_required"];
    assert_eq!(told.iter().filter(|rule| expected.contains(rule)).count(), 5, "{told:?}");
}

#[test]
fn every_rule_is_explained_and_an_unknown_one_is_refused() {
    let listed = out(&catalog(root(), &["explain"]));
    assert!(listed.lines().count() > 80);
    for line in listed.lines() {
        let rule = line.split(' ').next().expect("a rule");
        let output = catalog(root(), &["explain", rule]);
        let text = out(&output);
        assert!(output.status.code() == Some(0) && text.starts_with(&format!("[{rule}] ")), "{text}");
        for part in ["Vì sao: ", "Sửa: ", "Why: ", "Mend: ", "Ví dụ: "] {
            assert!(text.contains(part), "{text}");
        }
    }
    let output = catalog(root(), &["explain", "unknown_atribute"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("Có phải `unknown_attribute`?"), "{said}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = Command::new(diensan())
        .current_dir(root())
        .args(["catalog", "check", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().expect("standard error").read_to_string(&mut said).expect("UTF-8");
    assert_eq!((child.wait().expect("the end").code(), said.as_str()), (Some(0), ""));
}

#[test]
fn the_order_is_the_same_in_every_run() {
    let copy = Copy::new();
    copy.edit(MAPPING, "\"form\":", "\"from\":");
    copy.edit(SERVICE, "\"eform-dang-ky-ket-hon\"", "\"eform-dang-ki-ket-hon\"");
    let first = out(&copy.check(&["--format", "json"]));
    for _ in 0..3 {
        assert_eq!(out(&copy.check(&["--format", "json"])), first);
    }
}
