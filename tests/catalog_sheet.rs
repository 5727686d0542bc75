//! Mappings as a table for spreadsheets: out and back without loss, and nothing written when a cell is wrong.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::harness::root;

/// A copy of the parts of the catalogue that `import` reads and writes.
struct Copy(tempfile::TempDir);

impl Copy {
    fn new() -> Self {
        let copy = Self(tempfile::tempdir().expect("a folder"));
        for part in ["service-catalog/mappings", "service-catalog/code-lists", "schemas/forms"] {
            copy_folder(&root().join(part), &copy.path(part));
        }
        let attributes = "service-catalog/attributes.json";
        std::fs::copy(root().join(attributes), copy.path(attributes)).expect("a copy");
        copy
    }

    fn path(&self, part: &str) -> PathBuf {
        self.0.path().join(part)
    }

    fn mapping(&self, form: &str) -> String {
        let path = self.path(&format!("service-catalog/mappings/{form}.json"));
        std::fs::read_to_string(path).expect("a mapping")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run(self.0.path(), arguments)
    }

    /// The table of a form with one text in place of another, imported.
    fn import_changed(&self, form: &str, from: &str, to: &str, flags: &[&str]) -> (Output, usize) {
        let table = String::from_utf8(self.run(&["catalog", "export", form]).stdout).expect("UTF-8");
        let row = table.lines().position(|line| line.contains(from)).expect("the text to replace") + 1;
        std::fs::write(self.path("table.csv"), table.replacen(from, to, 1)).expect("a table");
        (self.run(&[&["catalog", "import", "table.csv"], flags].concat()), row)
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        std::fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("a copy");
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_diensan"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn all_mappings_come_back_byte_for_byte_even_into_an_empty_folder() {
    let copy = Copy::new();
    for flags in [&[][..], &["--bom"]] {
        let exported = copy.run(&[&["catalog", "export", "-o", "all.csv"], flags].concat());
        assert_eq!(exported.status.code(), Some(0), "{}", text(&exported.stderr));
        let dry = copy.run(&["catalog", "import", "all.csv", "--dry-run"]);
        assert_eq!(text(&dry.stdout), "212 ánh xạ, 0 sẽ đổi (212 mappings, 0 would change)\n");
        let mappings = copy.path("service-catalog/mappings");
        std::fs::remove_dir_all(&mappings).expect("removed");
        std::fs::create_dir(&mappings).expect("a folder");
        let imported = copy.run(&["catalog", "import", "all.csv"]);
        assert_eq!(imported.status.code(), Some(0), "{}", text(&imported.stdout));
        let mut count = 0;
        for entry in std::fs::read_dir(root().join("service-catalog/mappings")).expect("mappings") {
            let original = entry.expect("an entry").path();
            let written = mappings.join(original.file_name().expect("a name"));
            assert!(
                std::fs::read(&original).expect("bytes") == std::fs::read(&written).expect("bytes"),
                "{} came back changed",
                original.display()
            );
            count += 1;
        }
        assert_eq!((count, std::fs::read_dir(&mappings).expect("mappings").count()), (212, 212));
    }
}

#[test]
fn a_changed_cell_changes_one_line_and_a_dry_run_none() {
    let copy = Copy::new();
    let before = copy.mapping("ct01");
    let (from, to) = ("nguoi_khai.ngay_sinh,from,,", "nguoi_khai.ngay_sinh,from,false,=ghi chú");
    let (dry, _) = copy.import_changed("ct01", from, to, &["--dry-run"]);
    let minus = "-    \"nguoi_khai_ngay_sinh\": \"nguoi_khai.ngay_sinh\",\n";
    let plus = "+    \"nguoi_khai_ngay_sinh\": { \"from\": \"nguoi_khai.ngay_sinh\", \"lock\": false, \"note\": \"=ghi chú\" },\n";
    assert!(text(&dry.stdout).contains(&format!("{minus}{plus}")), "{}", text(&dry.stdout));
    assert_eq!((dry.status.code(), copy.mapping("ct01")), (Some(0), before.clone()));
    let (done, _) = copy.import_changed("ct01", from, to, &[]);
    assert_eq!(done.status.code(), Some(0));
    assert_eq!(copy.mapping("ct01"), before.replace(&minus[1..], &plus[1..]));
    // What begins like a formula leaves the file with a quote before it.
    let again = copy.run(&["catalog", "export", "ct01"]);
    assert!(text(&again.stdout).contains("nguoi_khai.ngay_sinh,from,false,'=ghi chú"));
}

#[test]
fn every_bad_cell_is_told_with_row_and_column_and_nothing_is_written() {
    let copy = Copy::new();
    let before = copy.mapping("ct01");
    // What is wrong, its column, and the word that was meant.
    let wrong = [
        ("nguoi_khai.ngay_sinh,from", "nguoi_khai.ngay_sin,from", "cột F (source)", Some("ngay_sinh")),
        ("nguoi_khai.gioi_tinh,from", "nguoi_kha.gioi_tinh,from", "cột F (source)", Some("nguoi_khai")),
        (
            "thanh_vien.gioi_tinh,from; format=code_label",
            "thanh_vien.gioi_tinh,from; format=code_lable",
            "cột G (how)",
            Some("code_label"),
        ),
        ("thanh_vien.gioi_tinh,from; format=code_label", "thanh_vien.gioi_tinh,from", "cột F (source)", None),
        ("thanh_vien,rows", "thanh_vin,rows", "cột F (source)", Some("thanh_vien")),
        ("nguoi_khai | none,applicant; ask", "nguoi_kai | none,applicant; ask", "cột F (source)", Some("nguoi_khai")),
        ("kinh_gui,", "kinh_gyi,", "cột D (target)", Some("kinh_gui")),
        ("confidence=high", "confidence=hihg", "cột G (how)", Some("high")),
        ("manual", "by hand", "cột G (how)", None),
        ("ct01,1,,,", "ct02x,1,,,", "cột A (form)", Some("ct02")),
    ];
    for (from, to, place, meant) in wrong {
        let (refused, row) = copy.import_changed("ct01", from, to, &[]);
        let told = text(&refused.stdout);
        assert_eq!(refused.status.code(), Some(1), "{to}: {told}");
        let line = told.lines().find(|line| line.starts_with(&format!("table.csv: dòng {row}, {place}: ")));
        let line = line.unwrap_or_else(|| panic!("{to}: row {row}, {place} in {told}"));
        assert_eq!(line.contains("có phải"), meant.is_some(), "{line}");
        assert!(meant.is_none_or(|meant| line.contains(&format!("`{meant}`"))), "{line}");
        assert!(copy.mapping("ct01") == before);
    }
    // A row that is gone leaves its property without source.
    let table = text(&copy.run(&["catalog", "export", "ct01", "ct02"]).stdout).to_owned();
    let gone: Vec<&str> = table.lines().filter(|line| !line.contains(",kinh_gui,")).collect();
    std::fs::write(copy.path("table.csv"), gone.join("\n").replace("from,,", "from,maybe,")).expect("a table");
    let refused = copy.run(&["catalog", "import", "table.csv"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stdout).matches("cột H (lock)").count() > 4, "every bad cell in one run");
    std::fs::write(copy.path("table.csv"), gone.join("\n")).expect("a table");
    let refused = copy.run(&["catalog", "import", "table.csv"]);
    assert!(text(&refused.stdout).contains("`kinh_gui`"), "{}", text(&refused.stdout));
    assert!(copy.mapping("ct01") == before);
}

#[test]
fn forms_are_exported_by_name_and_unknown_names_are_refused() {
    let two = run(root(), &["catalog", "export", "ct01", "ct02"]);
    let forms: std::collections::BTreeSet<&str> =
        text(&two.stdout).lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert!(forms.contains("ct01") && forms.contains("ct02"));
    assert!(!text(&two.stdout).contains("01-lptb"));
    let unknown = run(root(), &["catalog", "export", "ct-01"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("`ct01`"), "{}", text(&unknown.stderr));
    assert_eq!(run(root(), &["catalog", "import", "no-such-table.csv"]).status.code(), Some(2));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_diensan"))
        .args(["catalog", "export"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    let done = child.wait_with_output().expect("the end");
    assert_eq!((done.status.code(), text(&done.stderr)), (Some(0), ""));
}
