//! The catalogue commands as a maintainer runs them: the built binary on the catalogue and on damaged copies of it.

mod changes;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::harness::{people, root};

/// What a command printed and how it ended.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code().expect("a code"), out: text(output.stdout), err: text(output.stderr) }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_diensan"));
    command.arg("catalog").args(arguments).current_dir(root()).env_remove("DIENSAN_LOG").stdin(Stdio::null());
    command
}

fn catalog(arguments: &[&str]) -> Ran {
    Ran::of(command(arguments).output().expect("the binary runs"))
}

/// A copy of catalogue and schemas that a test may change.
struct Copy {
    folder: tempfile::TempDir,
}

impl Copy {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for part in ["service-catalog", "schemas"] {
            copy_folder(&root().join(part), &folder.path().join(part));
        }
        Self { folder }
    }

    fn path(&self) -> &str {
        self.folder.path().to_str().expect("a path in UTF-8")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).expect("a text")
    }

    /// Replaces a text that stands in a file exactly once.
    fn edit(&self, name: &str, before: &str, after: &str) {
        let text = self.read(name);
        assert_eq!(text.matches(before).count(), 1, "{before} in {name}");
        std::fs::write(self.file(name), text.replace(before, after)).expect("written");
    }

    /// Runs a command on the copy.
    fn catalog(&self, arguments: &[&str]) -> Ran {
        let mut command = command(arguments);
        Ran::of(command.current_dir(self.folder.path()).output().expect("the binary runs"))
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn coverage_counts_services_forms_and_boxes_under_stable_keys() {
    let ran = catalog(&["coverage", "--format", "json", "--date", "2026-11-20"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report = ran.json();
    let keys: Vec<&String> = report.as_object().expect("an object").keys().collect();
    let expected = [
        "date",
        "services",
        "forms",
        "fields",
        "row_columns",
        "by_confidence",
        "by_field",
        "dates",
        "people",
        "by_form",
    ];
    assert_eq!(keys, expected);
    let help = catalog(&["coverage", "--help"]).out;
    assert!(expected.iter().all(|key| help.contains(&format!("  {key} "))), "the keys stand in the help");
    assert_eq!(report["services"]["total"], 236);
    let levels = &report["services"]["by_level"];
    assert_eq!((&levels["province"], &levels["district"], &levels["commune"]), (&183.into(), &37.into(), &16.into()));
    assert_eq!(report["forms"]["total"], 212);
    let sum = |counts: &Value| ["mapped", "suggested", "manual", "rows"].map(|key| counts[key].as_u64().expect(key));
    assert_eq!(sum(&report["fields"]).iter().sum::<u64>(), report["fields"]["total"].as_u64().expect("a total"));
    assert_eq!(report["fields"]["total"], boxes_of_all_forms());
    let groups = report["by_confidence"].as_object().expect("groups").values();
    assert_eq!(groups.map(|group| group["forms"].as_u64().expect("a count")).sum::<u64>(), 212);
    let fields = report["by_field"].as_array().expect("fields").iter();
    assert_eq!(fields.map(|field| field["services"].as_u64().expect("a count")).sum::<u64>(), 236);
    let dates = &report["dates"];
    let told = (&dates["from"], &dates["to"], &dates["complete"]);
    assert_eq!(told, (&"2021-07-01".into(), &"2026-11-20".into(), &true.into()));
    assert_eq!(dates["gaps"].as_array().map(Vec::len), Some(0));
}

fn boxes_of_all_forms() -> usize {
    let mut boxes = 0;
    for entry in std::fs::read_dir(root().join("schemas/forms")).expect("forms") {
        let text = std::fs::read_to_string(entry.expect("a form").path()).expect("a text");
        let form: Value = serde_json::from_str(&text).expect("JSON");
        boxes += form["properties"].as_object().expect("properties").len();
    }
    boxes
}

#[test]
fn coverage_tells_how_much_each_person_and_each_form_is_filled() {
    let report = catalog(&["coverage", "--format", "json", "--date", "2026-11-20"]).json();
    let ratio_of = |number: &str| {
        let people = report["people"].as_array().expect("people");
        let person = people.iter().find(|person| person["person"] == number).expect("the person");
        (person["refused"].as_u64().expect("a count"), person["ratio"].as_f64())
    };
    let numbers: BTreeSet<&str> = people().iter().map(|person| person.number.as_str()).collect();
    assert_eq!(report["people"].as_array().map(Vec::len), Some(numbers.len()));
    let (full, sparse) = (ratio_of("999187000004").1.expect("a ratio"), ratio_of("999095000010").1.expect("a ratio"));
    assert!(full > 0.85 && sparse < 0.65, "{full} {sparse}");
    assert_eq!(ratio_of("999058000002"), (0, Some(0.0)), "dead: nothing is filled");
    let (refused, ratio) = ratio_of("999064000031");
    assert!(refused > 200 && ratio.is_none(), "two records of one number: {refused}");
    let forms = report["by_form"].as_array().expect("forms");
    assert_eq!(forms.len(), 212);
    for form in forms {
        assert_eq!(form["people"].as_object().map(serde_json::Map::len), Some(numbers.len()));
        let nothing = form["fields"]["mapped"] == 0 && form["fields"]["rows"] == 0;
        assert_eq!(form["ratio"].is_null(), nothing, "{}", form["form"]);
    }
    let csv = catalog(&["coverage", "--format", "csv"]).out;
    assert_eq!(csv.lines().count(), 213);
    assert!(csv.starts_with("form,title,confidence,services,fields,mapped,suggested,manual,rows,ratio,999"));
}

#[test]
fn a_preview_of_a_marriage_fills_both_columns() {
    let marriage = ["preview", "1.000894", "--person", "999096000021", "--with", "ben_nu=999198000022"];
    let ran = catalog(&marriage);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for expected in [
        "Tờ khai đăng ký kết hôn",
        "\nBên nữ\n",
        "\nBên nam\n",
        "………… → TÔN NỮ MẪU BÌNH  🔒 đã điền ← ben_nu.ho_va_ten",
        "………… → ĐỖ MINH MẪU AN  🔒 đã điền ← ben_nam.ho_va_ten",
        "để trống: nhập tay",
        "Trước: 19 ô trống",
    ] {
        assert!(ran.out.contains(expected), "{expected} in\n{}", ran.out);
    }
    let english = catalog(&[&marriage[..], &["--lang", "en"]].concat()).out;
    assert!(english.contains("filled ← ben_nu.ho_va_ten") && english.contains("Before: 19 empty boxes"), "{english}");
    let json = catalog(&[&marriage[..], &["--format", "json", "--date", "2026-11-20"]].concat()).json();
    let field = |path: &str| {
        let fields = json["fields"].as_array().expect("fields");
        fields.iter().find(|field| field["path"] == path).expect("the box").clone()
    };
    let name = field("/ben_nu_ho_ten");
    assert_eq!((&name["section"], &name["before"]), (&"Bên nữ".into(), &Value::Null));
    assert_eq!((&name["after"], &name["locked"]), (&"TÔN NỮ MẪU BÌNH".into(), &true.into()));
    assert_eq!(field("/ben_nam_lan_ket_hon")["reason"], "manual");
    assert_eq!(json["request"]["dossier_date"], "2026-11-20");
}

#[test]
fn a_preview_lists_the_roles_when_only_the_officer_knows() {
    let ran = catalog(&["preview", "1.001699", "--person", "999085000001"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("--role ") && ran.out.contains("citizen_role"), "{}", ran.out);
    let json = catalog(&["preview", "1.001699", "--person", "999085000001", "--format", "json"]);
    let choices = json.json()["problem"]["choices"].as_array().expect("choices").clone();
    assert_eq!((json.code, json.json()["problem"]["code"].as_str()), (1, Some("citizen_role_needed")));
    let role = choices[0]["value"].as_str().expect("a role");
    assert_eq!(catalog(&["preview", "1.001699", "--person", "999085000001", "--role", role]).code, 0);
}

#[test]
fn a_preview_fills_the_rows_of_a_list_and_forms_that_no_service_uses() {
    let children = ["--with", "con=999219000006", "--with", "con=999312000011"];
    let (form, role) = form_with_rows();
    let children = children.map(|word| word.replace("con=", &format!("{role}=")));
    let mut arguments = vec!["preview", &form, "--person", "999085000001", "--role", "none", "--format", "json"];
    arguments.extend(children.iter().map(String::as_str));
    let ran = catalog(&arguments);
    let json = ran.json();
    let rows =
        json["fields"].as_array().expect("fields").iter().filter(|field| {
            field["path"].as_str().is_some_and(|path| path.contains("/1/")) && field["state"] == "filled"
        });
    assert!(rows.count() > 0, "{}", ran.out);
    assert_eq!(catalog(&["preview", "999", "--person", "999085000001"]).code, 2);
    let near = catalog(&["preview", "1.000895", "--person", "99908500001"]);
    assert!(near.code == 2 && near.err.contains("có phải `999085000001`?"), "{}", near.err);
}

/// A form with a list whose people may be looked up, and their role.
fn form_with_rows() -> (String, String) {
    for (form, mapping) in crate::harness::json_files(&root().join("service-catalog/mappings")) {
        for line in mapping["fields"].as_object().expect("fields").values() {
            if let Some(role) = line["rows"].as_str()
                && mapping["persons"][role]["lookup"] == true
            {
                return (form, role.to_owned());
            }
        }
    }
    panic!("no form has rows");
}

#[test]
fn show_tells_of_a_service_a_form_and_an_attribute() {
    let service = catalog(&["show", "1.000894"]).out;
    for expected in ["Thủ tục đăng ký kết hôn", "123/2015/NĐ-CP", "to-khai-dang-ky-ket-hon", "độ tin cậy"]
    {
        assert!(service.contains(expected), "{expected} in\n{service}");
    }
    let form = catalog(&["show", "to-khai-dang-ky-ket-hon"]).out;
    for expected in
        ["1.000894", "ben_nu.ho_va_ten 🔒", "ben_nu.thuong_tru / hoặc ben_nu.noi_o_hien_tai?", "nationality"]
    {
        assert!(form.contains(expected), "{expected} in\n{form}");
    }
    let attribute = catalog(&["show", "so_cmnd", "--lang", "en"]).out;
    for expected in ["Nine-digit identity card number", "remarks: ", "ct01-2021", "nguoi_khai_so_dinh_danh"] {
        assert!(attribute.contains(expected), "{expected} in\n{attribute}");
    }
}

#[test]
fn show_asks_whether_the_nearest_word_was_meant() {
    for (wrong, right) in
        [("1.00894", "1.000894"), ("to-khai-dang-ki-ket-hon", "to-khai-dang-ky-ket-hon"), ("so_cmn", "so_cmnd")]
    {
        let ran = catalog(&["show", wrong]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{wrong}");
        assert!(ran.err.contains(&format!("có phải `{right}`?")), "{}", ran.err);
        assert!(catalog(&["show", wrong, "--lang", "en"]).err.contains(&format!("did you mean `{right}`?")));
    }
}

#[test]
fn formats_describes_every_transform_in_both_languages() {
    let out = catalog(&["formats"]).out;
    for expected in ["title_case", "NGUYỄN VĂN MẪU MỘT → Nguyễn Văn Mẫu Một", "Năm sinh.", "The year of birth."]
    {
        assert!(out.contains(expected), "{expected} in\n{out}");
    }
}

#[test]
fn a_reader_who_goes_away_is_no_fault() {
    for arguments in [&["coverage"][..], &["show", "so_dinh_danh"], &["formats"]] {
        let mut command = command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        drop(child.stdout.take());
        let ended = Ran::of(child.wait_with_output().expect("it ends"));
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn output_is_plain_for_a_file_and_coloured_only_where_it_is_wanted() {
    let marriage = ["preview", "1.000894", "--person", "999096000021"];
    assert!(!catalog(&marriage).out.contains('\u{1b}'));
    let forced = Ran::of(command(&marriage).env("CLICOLOR_FORCE", "1").output().expect("runs"));
    assert!(forced.out.contains("\u{1b}[32m"), "{}", forced.out);
    let plain = Ran::of(command(&marriage).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().expect("runs"));
    assert!(!plain.out.contains('\u{1b}') && plain.out.contains("Bên nữ"), "{}", plain.out);
}

#[test]
fn a_catalogue_with_findings_is_told_and_nothing_else_is_printed() {
    let copy = Copy::new();
    copy.edit("service-catalog/mappings/to-khai-dang-ky-ket-hon.json", "ben_nam.dan_toc", "ben_nam.dan_tocc");
    for arguments in [&["coverage"][..], &["show", "so_cmnd"], &["bless"], &["diff", ".", "."]] {
        let ran = copy.catalog(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.err.contains("có phải `dan_toc`?"), "{}", ran.err);
    }
}
