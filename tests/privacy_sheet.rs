//! `diensan privacy sheet` tells of everything that is processed (RISKS R19): every attribute that a form takes, every time
//! for which something is kept, every caller with its purposes.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;

use crate::harness::{json_files, root};

/// Everything that can be set about retention and callers, with values that stand nowhere by default.
const CONFIGURATION: &str = r#"
[cache]
ttl = "7m"
approved_by = "Phòng Mẫu 41"
[journal]
directory = "journal"
mac_key_file = "mac"
citizen_key_file = "citizen"
retention = "37mo"
anchor_file = "elsewhere/anchors"
anchor_syslog = "udp://127.0.0.1:5140"
[signing]
key_files = ["sign"]
valid_for = "19d"
[access]
state_directory = "state-folder"
sampled_per_thousand = 13
watch_list_file = "watched"
watch_list_key_file = "watch"
[[caller]]
name = "mot-cua-mau"
keys = ["sha256:1111111111111111111111111111111111111111111111111111111111111111"]
scopes = ["autofill", "verify"]
agencies = ["H01.*", "H02.7"]
services = ["field:Hộ tịch", "1.004772"]
attributes = ["*", "sensitive:cha.*", "dan_toc"]
quota = { citizens_per_dossier = 11, citizens_per_officer_hour = 111, citizens_per_officer_day = 777, citizens_per_day = 4321, year_only_per_day = 17 }
[[caller]]
name = "giam-sat"
keys = ["sha256:2222222222222222222222222222222222222222222222222222222222222222"]
scopes = ["metrics", "audit:read"]
"#;

fn sheet(lang: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, digit) in [("mac", "a"), ("citizen", "b"), ("sign", "c"), ("watch", "d")] {
        let path = folder.path().join(name);
        std::fs::write(&path, digit.repeat(64)).expect("a key");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("mode 600");
    }
    let catalog =
        format!("[catalog]\nservices = \"{0}/service-catalog\"\nschemas = \"{0}/schemas\"\n", root().display());
    let config = folder.path().join("diensan.toml");
    std::fs::write(&config, catalog + CONFIGURATION).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_diensan"))
        .args(["privacy", "sheet", "--lang", lang, "--config"])
        .arg(&config)
        .output()
        .expect("ran");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").replace(&folder.path().display().to_string(), "")
}

/// The text between a heading and the next one of its level.
fn section<'s>(sheet: &'s str, heading: &str) -> &'s str {
    let start = sheet.find(heading).unwrap_or_else(|| panic!("no heading {heading}"));
    let rest = &sheet[start + heading.len()..];
    let level = heading.split(' ').next().expect("marks");
    &rest[..rest.find(&format!("\n{level} ")).unwrap_or(rest.len())]
}

/// How many forms take each register attribute, from the mapping files.
fn taken() -> BTreeMap<String, usize> {
    let text = std::fs::read_to_string(root().join("service-catalog/attributes.json")).expect("the dictionary");
    let dictionary: Value = serde_json::from_str(&text).expect("JSON");
    let of_register =
        dictionary["attributes"].as_array().expect("a list").iter().filter(|one| one["source"] == "register");
    let known: Vec<&str> = of_register.map(|one| one["path"].as_str().expect("a path")).collect();
    let mut forms = BTreeMap::new();
    for (_, file) in json_files(&root().join("service-catalog/mappings")) {
        let fields = file["fields"].to_string();
        for path in &known {
            let roles = file["persons"].as_object().expect("persons").keys();
            let is_taken = roles.into_iter().any(|role| fields.contains(&format!("\"{role}.{path}\"")));
            let chooses = *path == "gioi_tinh" && file["applicant"]["by_gender"].is_object();
            if is_taken || chooses {
                *forms.entry((*path).to_owned()).or_default() += 1;
            }
        }
    }
    forms
}

#[test]
fn the_sheet_names_every_attribute_every_retention_and_every_caller_with_its_purposes() {
    let sheet = sheet("en");
    let data = section(&sheet, "## 2. Personal data");
    let taken = taken();
    assert!(taken.len() > 40, "{} attributes", taken.len());
    for (path, forms) in &taken {
        let row = data.lines().find(|line| line.starts_with(&format!("| `{path}` |")));
        assert!(row.is_some_and(|row| row.ends_with(&format!("| {forms} |"))), "{path}: {row:?}");
    }
    assert_eq!(data.matches("\n| `").count(), taken.len(), "an attribute that no form takes");
    for (path, expected) in [("dan_toc", true), ("cha.ho_va_ten", true), ("thuong_tru", false)] {
        let row = data.lines().find(|line| line.starts_with(&format!("| `{path}` |"))).expect("a row");
        assert_eq!(row.contains("| yes |"), expected, "{path}");
    }
    let stores = section(&sheet, "## 4. Stores and retention");
    for kept in [
        "420 s; decided by: Phòng Mẫu 41",
        "37 months",
        "`/elsewhere/anchors`, `udp://127.0.0.1:5140`",
        "30 days for a dossier",
        "an hour at most: `/state-folder`",
        "13 ‰",
        "`/watched`",
        "a signature counts for: 19 days",
        "technical logs and metrics",
    ] {
        assert!(stores.contains(kept), "{kept} is missing in:\n{stores}");
    }
    let who = section(&sheet, "## 5. Who may ask");
    let first = section(who, "### `mot-cua-mau`");
    for said in [
        "may: `autofill`, `verify`",
        "`field:Hộ tịch`, `1.004772` (",
        "agencies: `H01.*`, `H02.7`",
        "`*`, `sensitive:cha.*`, `dan_toc`",
        "sensitive ones among them: `dan_toc`, `cha.ho_va_ten`",
        "11 a dossier, 111 an officer and hour, 777 an officer and day, 4321 a day in all, 17 an officer",
        "key (the caller names the officer)",
    ] {
        assert!(first.contains(said), "{said} is missing in:\n{first}");
    }
    let second = section(who, "### `giam-sat`");
    assert!(second.contains("may: `metrics`, `audit:read`") && second.contains("(0 procedures"), "{second}");
    assert!(!sheet.contains("1111") && !sheet.contains("2222"), "a hash of a key");
}

#[test]
fn the_sheet_of_an_officer_is_vietnamese_and_says_the_same() {
    let (vi, en) = (sheet("vi"), sheet("en"));
    assert_eq!(vi.lines().count(), en.lines().count());
    for word in ["Hệ thống được phép hỏi", "`mot-cua-mau`", "37 tháng", "13 ‰", "30 ngày"] {
        assert!(vi.contains(word), "{word}");
    }
    assert!(!vi.contains(" the "), "English in the Vietnamese sheet");
}

#[test]
fn the_sheet_of_the_sandbox_says_what_nobody_decided() {
    let output = Command::new(env!("CARGO_BIN_EXE_diensan"))
        .args(["privacy", "sheet", "--lang", "en"])
        .current_dir(root())
        .output()
        .expect("ran");
    let sheet = String::from_utf8(output.stdout).expect("UTF-8");
    for open in ["[nobody decided]", "[not configured]", "[in memory only]", "Nobody is configured"] {
        assert!(sheet.contains(open), "{open}");
    }
}
