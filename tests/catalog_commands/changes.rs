//! Comparing two states of the catalogue, beginning new files, and taking over golden examples.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::{Copy, catalog};
use crate::harness::people;

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|item| item.as_str().expect("a text")).collect()
}

#[test]
fn a_diff_names_exactly_the_forms_boxes_and_people_that_change() {
    let changed = Copy::new();
    let mapping = |form: &str| format!("service-catalog/mappings/{form}.json");
    // One lock less, one other attribute, one box by hand.
    changed.edit(
        &mapping("to-khai-dang-ky-ket-hon"),
        r#""ben_nam_ho_ten": "ben_nam.ho_va_ten""#,
        r#""ben_nam_ho_ten": { "from": "ben_nam.ho_va_ten", "lock": false }"#,
    );
    changed.edit(
        &mapping("to-khai-dang-ky-giam-ho"),
        r#""nguoi_yeu_cau_ho_ten": "nguoi_yeu_cau.ho_va_ten""#,
        r#""nguoi_yeu_cau_ho_ten": "nguoi_yeu_cau.cha.ho_va_ten""#,
    );
    let by_hand = mapping("to-khai-dang-ky-khai-tu");
    changed.edit(&by_hand, "    \"nguoi_yeu_cau_ho_ten\": \"nguoi_yeu_cau.ho_va_ten\",\n", "");
    changed.edit(&by_hand, "  \"manual\": [\n", "  \"manual\": [\n    \"nguoi_yeu_cau_ho_ten\",\n");
    let ran = catalog(&["diff", ".", changed.path(), "--format", "json", "--date", "2026-11-20"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let json = ran.json();
    assert_eq!(json["changed"], true);
    assert_eq!(json["services"].as_array().map(Vec::len), Some(0));
    let mut told = Vec::new();
    for form in json["forms"].as_array().expect("forms") {
        let mut people = BTreeSet::new();
        for field in form["fields"].as_array().expect("fields") {
            people.extend(texts(&field["people"]));
            told.push((form["form"].as_str(), field["path"].as_str(), texts(&field["kinds"]).join(" ")));
        }
        check_people(form["form"].as_str().expect("a form"), &people);
    }
    told.sort();
    told.dedup();
    let expected = [
        ("to-khai-dang-ky-giam-ho", "/nguoi_yeu_cau_ho_ten", "changed lock"),
        ("to-khai-dang-ky-giam-ho", "/nguoi_yeu_cau_ho_ten", "state lock"),
        ("to-khai-dang-ky-ket-hon", "/ben_nam_ho_ten", "lock"),
        ("to-khai-dang-ky-khai-tu", "/nguoi_yeu_cau_ho_ten", "state lock"),
        ("to-khai-dang-ky-khai-tu", "/nguoi_yeu_cau_ho_ten", "state"),
    ];
    let mut expected = expected.map(|(form, path, kinds)| (Some(form), Some(path), kinds.to_owned())).to_vec();
    expected.sort();
    assert_eq!(told, expected);
}

/// Everybody with one living record sees a change of a name's lock or source; when a box is left to people, the dead
/// person's box gets another reason too.
fn check_people(form: &str, named: &BTreeSet<&str>) {
    let all = people().iter().map(|person| person.number.as_str());
    let dead_too = form == "to-khai-dang-ky-khai-tu";
    let expected: BTreeSet<&str> =
        all.filter(|number| *number != "999064000031" && (dead_too || *number != "999058000002")).collect();
    assert_eq!(*named, expected, "{form}");
}

#[test]
fn a_diff_is_markdown_to_paste_and_says_when_nothing_changes() {
    let same = catalog(&["diff", ".", "."]);
    assert_eq!(same.code, 0, "{}", same.err);
    assert!(same.out.contains("Không có gì đổi"), "{}", same.out);
    let changed = Copy::new();
    changed.edit(
        "service-catalog/mappings/to-khai-dang-ky-ket-hon.json",
        r#""ben_nam_ho_ten": "ben_nam.ho_va_ten""#,
        r#""ben_nam_ho_ten": { "from": "ben_nam.ho_va_ten", "lock": false }"#,
    );
    changed.edit("service-catalog/commune/1.000894.json", r#""en": "Marriage registration""#, r#""en": "Marriage""#);
    let ran = catalog(&["diff", ".", changed.path()]);
    let (head, row) = ("| Ô | Thay đổi | Trước | Sau | Người mẫu |", "| `/ben_nam_ho_ten` Họ, chữ đệm, tên | khóa |");
    for expected in ["### Dịch vụ `1.000894`", "- `name.en`: Marriage registration → Marriage", head, row] {
        assert!(ran.out.contains(expected), "{expected} in\n{}", ran.out);
    }
    assert!(ran.err.is_empty(), "no progress when nobody looks: {}", ran.err);
    let english = catalog(&["diff", ".", changed.path(), "--lang", "en"]).out;
    assert!(english.contains("| Box | Change | Before | After | People |"), "{english}");
}

#[test]
fn a_diff_takes_git_revisions_and_refuses_what_is_neither() {
    let copy = Copy::new();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=Mẫu", "-c", "user.email=mau@example.invalid", "-c", "commit.gpgsign=false"];
        let mut git = Command::new("git");
        let done = git.args(identity).args(arguments).current_dir(copy.folder.path()).output().expect("git");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "first"]);
    copy.edit(
        "service-catalog/mappings/to-khai-dang-ky-ket-hon.json",
        r#""ben_nam_ho_ten": "ben_nam.ho_va_ten""#,
        r#""ben_nam_ho_ten": { "from": "ben_nam.ho_va_ten", "lock": false }"#,
    );
    let working = copy.catalog(&["diff", "HEAD", "."]);
    assert_eq!(working.code, 1, "{}", working.err);
    git(&["commit", "--quiet", "-a", "-m", "second"]);
    assert_eq!(
        copy.catalog(&["diff", "HEAD~1", "HEAD"]).out.lines().skip(1).collect::<Vec<_>>(),
        working.out.lines().skip(1).collect::<Vec<_>>()
    );
    let neither = copy.catalog(&["diff", "--", "--output=x", "HEAD"]);
    assert_eq!(neither.code, 2);
    assert!(neither.err.contains("neither such a folder nor a git revision"), "{}", neither.err);
}

#[test]
fn a_new_form_and_a_new_service_pass_the_loader_and_are_never_written_twice() {
    let copy = Copy::new();
    let form = ["new", "form", "to-khai-mau-moi", "--title", "Tờ khai \"mẫu\" mới"];
    let ran = copy.catalog(&form);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let service =
        ["new", "service", "9.123456", "--level", "district", "--name", "Dịch vụ mẫu", "--form", "to-khai-mau-moi"];
    let ran = copy.catalog(&service);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let written = copy.read("service-catalog/district/9.123456.json");
    assert!(written.contains("\"confidence\": \"low\"") && written.contains("chưa đối chiếu"), "{written}");
    for (file, schema) in [
        ("service-catalog/district/9.123456.json", "service"),
        ("service-catalog/mappings/to-khai-mau-moi.json", "mapping"),
    ] {
        let read = |name: &str| serde_json::from_str::<Value>(&copy.read(name)).expect("JSON");
        let schema = jsonschema::validator_for(&read(&format!("schemas/catalog/{schema}.schema.json")));
        assert!(schema.expect("a schema").is_valid(&read(file)), "{file}");
    }
    let preview = copy.catalog(&["preview", "9.123456", "--person", "999085000001"]);
    assert!(preview.out.contains("NGUYỄN VĂN MẪU MỘT") && !preview.out.contains("🔒 đã điền"), "{}", preview.out);
    let before = copy.read("service-catalog/mappings/to-khai-mau-moi.json");
    assert_eq!((copy.catalog(&form).code, copy.catalog(&service).code), (2, 2));
    assert_eq!(copy.read("service-catalog/mappings/to-khai-mau-moi.json"), before);
    for wrong in [
        &["new", "form", "../x", "--title", "x"][..],
        &["new", "form", "to-khai-y", "--title", " "],
        &["new", "service", "1.1", "--level", "commune", "--name", "x", "--form", "to-khai-mau-moi"],
        &["new", "service", "9.123457", "--level", "commune", "--name", "x", "--form", "to-khai-mau-mo"],
    ] {
        assert_eq!(copy.catalog(wrong).code, 2, "{wrong:?}");
    }
    assert!(!copy.file("service-catalog/commune/9.123457.json").exists());
}

#[test]
fn bless_shows_a_damaged_example_and_repairs_it_only_when_told() {
    let copy = Copy::new();
    let name = "service-catalog/examples/to-khai-dang-ky-ket-hon/999096000021.json";
    let good = copy.read(name);
    let mut example: Value = serde_json::from_str(&good).expect("JSON");
    example["data"]["ben_nam_ho_ten"] = "SAI MẪU".into();
    example["reasons"].as_object_mut().expect("reasons").shift_remove("/kinh_gui");
    std::fs::write(copy.file(name), serde_json::to_string(&example).expect("JSON")).expect("written");
    let damaged = copy.read(name);
    let shown = copy.catalog(&["bless"]);
    assert_eq!(shown.code, 1, "{}", shown.err);
    for expected in [
        name,
        "data ben_nam_ho_ten",
        "- \"SAI MẪU\"",
        "+ \"ĐỖ MINH MẪU AN\"",
        "reasons kinh_gui",
        "+ \"manual\"",
        "--yes",
    ] {
        assert!(shown.out.contains(expected), "{expected} in\n{}", shown.out);
    }
    assert_eq!(copy.read(name), damaged, "nothing is written without --yes");
    assert_eq!(copy.catalog(&["bless", "to-khai-dang-ky-khai-tu", "--yes"]).code, 0, "another form");
    assert_eq!(copy.catalog(&["bless", "--person", "999187000004", "--yes"]).code, 0, "another person");
    assert_eq!(copy.read(name), damaged);
    let repaired = copy.catalog(&["bless", "to-khai-dang-ky-ket-hon", "--person", "999096000021", "--yes"]);
    assert_eq!(repaired.code, 0, "{}", repaired.err);
    assert_eq!(copy.read(name), good, "to the byte, in the order of the form");
    assert_eq!(copy.catalog(&["bless"]).code, 0);
}

#[test]
fn bless_never_rewrites_what_is_refused_and_knows_its_forms() {
    let copy = Copy::new();
    let name = "service-catalog/examples/to-khai-dang-ky-ket-hon/999096000021.json";
    copy.edit(name, "\"dossier_date\"", "\"citizen_role\": \"ben_namm\",\n    \"dossier_date\"");
    let damaged = copy.read(name);
    let ran = copy.catalog(&["bless", "to-khai-dang-ky-ket-hon", "--yes", "--lang", "en"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("The form has no such role."), "{}", ran.out);
    assert_eq!(copy.read(name), damaged);
    let unknown = catalog(&["bless", "to-khai-dang-ky-ket-ho"]);
    assert!(unknown.code == 2 && unknown.err.contains("có phải `to-khai-dang-ky-ket-hon`?"), "{}", unknown.err);
}
