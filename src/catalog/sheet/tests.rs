use proptest::prelude::*;

use super::how::{How, inner, quote, split};
use super::table::Table;
use super::*;
use crate::strict_json::{Node, parse};

const SCHEMA: &str = r#"{"title":"Tờ khai mẫu","properties":{
    "ho_ten":{"title":"=Họ và tên","x-print":{"section":"A","order":1}},
    "dia_chi":{"title":"Địa chỉ"},
    "con":{"title":"Con","items":{"properties":{"ten":{"title":"Tên"},"lop":{"title":"Lớp"}}}},
    "ngay":{"title":"Ngày"}}}"#;
const MAPPING: &str = r#"{"$schema":"../../schemas/catalog/mapping.schema.json","form":"mau",
    "persons":{"a":{"label":"Người A","lookup":true},"b":{"label":"Người B","filer":true,"note":"n"},"c":{"label":"C"}},
    "applicant":{"ask":["a","none"],"note":"x"},"note":"-ghi chú\nhai dòng, \"nháy\"",
    "fields":{
      "ho_ten":{"first_of":["a.ho_va_ten",{"from":"b.ho_va_ten","suggest":true,"note":"(; | \")"}],"format":"upper_case",
        "when":{"a.gioi_tinh":["1","2"],"a.dan_toc":["01","a,b"]},"lock":false,"note":"'=không phải công thức"},
      "dia_chi":{"compose":["a.thuong_tru.xa","a.thuong_tru.tinh"],"separator":" ; ","format":"code_label","suggest":true},
      "con":{"rows":"c","columns":{"ten":"c.ho_va_ten"},"manual":["lop"],"note":"dòng"}},
    "manual":["ngay"],
    "provenance":{"source":["một; hai","@ba"],"confidence":"low","required_basis":null,"note":"g"}}"#;

fn node(text: &str) -> Node {
    parse(text).expect("JSON")
}

fn csv(rows: &[&str]) -> Table {
    let text = format!("{}\n{}\n", COLUMNS.join(","), rows.join("\n"));
    read_table(text.as_bytes()).unwrap_or_else(|bad| panic!("{}", bad[0]))
}

fn bad_of(table: &Table) -> Vec<(usize, &'static str, Option<String>)> {
    let schema = node(SCHEMA);
    let read = read_mappings(table, &|form| (form == "mau").then_some(&schema), &["mau"]);
    read.err().unwrap_or_default().into_iter().map(|cell| (cell.row, cell.column, cell.did_you_mean)).collect()
}

/// Rows that are right; tests put one wrong row beside them.
const RIGHT: [&str; 4] = [
    "mau,,,a,Người A,,person,,",
    "mau,,,,,a,applicant,,",
    "mau,,,,,nguồn,provenance; confidence=low,,",
    "mau,,,ngay,,,manual,,",
];

#[test]
fn every_word_of_a_mapping_comes_back_from_its_table() {
    let (mapping, schema) = (node(MAPPING), node(SCHEMA));
    let rows = rows_of("mau", &mapping, &schema).expect("rows");
    for bom in [false, true] {
        let bytes = write_table(&rows, bom);
        assert_eq!(bytes.starts_with("\u{feff}".as_bytes()), bom);
        let table = read_table(&bytes).unwrap_or_else(|bad| panic!("{}", bad[0]));
        assert_eq!(table.rows, rows);
        let read = read_mappings(&table, &|_| Some(&schema), &[]).unwrap_or_else(|bad| panic!("{}", bad[0]));
        assert_eq!(node(&read[0].text).to_value(), mapping.to_value());
    }
}

#[test]
fn no_cell_of_a_table_looks_like_a_formula() {
    let rows = rows_of("mau", &node(MAPPING), &node(SCHEMA)).expect("rows");
    let bytes = write_table(&rows, false);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
    let cells: Vec<String> =
        reader.records().flat_map(|row| row.expect("a row").iter().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert!(cells.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t'])));
    for guarded in ["'=Họ và tên", "'-ghi chú\nhai dòng, \"nháy\"", "''=không phải công thức", "'@ba"] {
        assert!(cells.iter().any(|cell| cell == guarded), "{guarded}");
    }
}

#[test]
fn tables_of_other_spreadsheets_are_read() {
    let schema = node(SCHEMA);
    let rows = rows_of("mau", &node(MAPPING), &schema).expect("rows");
    let read = |table: &Table| {
        let read = read_mappings(table, &|_| Some(&schema), &[]).unwrap_or_else(|bad| panic!("{}", bad[0]));
        read[0].text.clone()
    };
    let expected = read(&read_table(&write_table(&rows, false)).unwrap_or_else(|bad| panic!("{}", bad[0])));
    for separator in [b';', b'\t'] {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(separator)
            .terminator(csv::Terminator::CRLF)
            .from_writer("\u{feff}".as_bytes().to_vec());
        // Columns and rows in another order, words in capitals, an empty row at the end.
        let backwards =
            |cells: [&str; 9]| cells.iter().rev().map(|cell| cell.replace("false", "FALSE")).collect::<Vec<_>>();
        writer.write_record(backwards(COLUMNS)).expect("memory");
        let plain = write_table(&rows, false);
        let mut reader = csv::Reader::from_reader(plain.as_slice());
        let records: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
        for record in records.iter().rev() {
            let cells: Vec<&str> = record.iter().collect();
            writer.write_record(backwards(cells.try_into().expect("nine cells"))).expect("memory");
        }
        writer.write_record([""; 9]).expect("memory");
        let bytes = writer.into_inner().expect("memory");
        assert_eq!(read(&read_table(&bytes).unwrap_or_else(|bad| panic!("{}", bad[0]))), expected);
    }
}

#[test]
fn a_table_that_is_no_table_is_refused() {
    let bad = |bytes: &[u8]| read_table(bytes).err().unwrap_or_default();
    assert_eq!(bad(b"\xff\xfe")[0].row, 1);
    assert_eq!(bad(b"").len(), 1);
    let missing = bad(b"form,order,section,targte,label,source,how,lock,note\n");
    assert_eq!(missing[0].did_you_mean.as_deref(), Some("target"));
    assert_eq!((missing[0].letter, missing[1].column), (Some('D'), "target"));
    assert_eq!(bad(b"form,order,section,target,label,source,how,lock,note\na,b\n")[0].row, 2);
    assert_eq!(bad(b"form,order,section,target,label,source,how,lock,note,note\n").len(), 1);
}

#[test]
fn every_wrong_cell_is_named_with_its_row_and_column() {
    assert!(bad_of(&csv(&RIGHT)).is_empty());
    let wrong: [(&str, &str, Option<&str>); 25] = [
        ("mao,,,ngay,,,manual,,", "form", Some("mau")),
        ("mau,x,,dia_chi,,,manual,,", "order", None),
        ("mau,,,dia_chy,,,manual,,", "target", Some("dia_chi")),
        ("mau,,,ngay,,,manual,,", "target", None),
        ("mau,,,con/ten,,,manual,,", "target", None),
        ("mau,,,dia_chi,Đia chỉ,,manual,,", "label", Some("Địa chỉ")),
        ("mau,,B,ho_ten,,,manual,,", "section", Some("A")),
        ("mau,,,dia_chi,,,,,", "how", None),
        ("mau,,,dia_chi,,,manuel,,", "how", Some("manual")),
        ("mau,,,dia_chi,,a.tuoi,from; fromat=year,,", "how", Some("format")),
        ("mau,,,dia_chi,,a.tuoi,from; format,,", "how", None),
        ("mau,,,dia_chi,,a.tuoi,from; suggest; suggest,,", "how", None),
        ("mau,,,dia_chi,,a.tuoi,\"from; format=\"\"x\",,", "how", None),
        ("mau,,,dia_chi,,a.tuoi,from; when a.dan_toc,,", "how", None),
        ("mau,,,dia_chi,,a.tuoi,from,maybe,", "lock", None),
        ("mau,,,dia_chi,,,from,,", "source", None),
        ("mau,,,dia_chi,,a.tuoi | a.tuoi (sugest),first_of,,", "source", None),
        ("mau,,,dia_chi,,a.tuoi,manual,,", "source", None),
        ("mau,,,dia_chi,,,manual,,ghi chú", "note", None),
        ("mau,,,a,A,,person,,", "target", None),
        ("mau,,,,,a,applicant,,", "how", None),
        ("mau,,,B,B,,person,,", "target", None),
        ("mau,,,b,,,person,,", "label", None),
        ("mau,,,,,,provenance,,", "source", None),
        ("mau,,,dia_chi,,a.tuoi,first_of,,", "source", None),
    ];
    for (row, column, meant) in wrong {
        let table = csv(&[&RIGHT[..], &[row]].concat());
        assert_eq!(bad_of(&table), [(6, column, meant.map(str::to_owned))], "{row}");
    }
    let (no_applicant, no_provenance) = (csv(&[RIGHT[0], RIGHT[2]]), csv(&[RIGHT[0], RIGHT[1]]));
    assert_eq!(bad_of(&no_applicant), [(2, "", None)]);
    assert_eq!(bad_of(&no_provenance), [(2, "", None)]);
}

#[test]
fn a_forgotten_property_gets_a_row_that_asks_for_its_source() {
    let mapping = MAPPING.replace(r#""manual":["ngay"]"#, r#""manual":[]"#);
    let rows = rows_of("mau", &node(&mapping), &node(SCHEMA)).expect("rows");
    let row = rows.iter().find(|row| row.target == "ngay").expect("a row");
    assert_eq!(row.how, "");
}

#[test]
fn what_the_table_cannot_say_is_not_exported() {
    for (from, to) in [(r#""manual":["ngay"]"#, r#""manual":["ngay"],"x":1"#), (r#""confidence":"low","#, "")] {
        assert!(rows_of("mau", &node(&MAPPING.replace(from, to)), &node(SCHEMA)).is_err(), "{to}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_texts_come_back(note in "\\PC*", label in "\\PC*[^\\p{Z}\\p{C}]\\PC*", code in "\\PC+", separator in "\\PC+", guard in "'*[=+@\t-]\\PC*") {
        let nfc = |text: &str| crate::catalog::layout::nfc(text).into_owned();
        let mut mapping = node(MAPPING).to_value();
        mapping["note"] = nfc(&format!("n{note}")).into();
        mapping["persons"]["a"]["label"] = nfc(&label).into();
        mapping["persons"]["b"]["note"] = nfc(&guard).into();
        mapping["fields"]["ho_ten"]["when"]["a.dan_toc"] = vec![nfc(&code)].into();
        mapping["fields"]["dia_chi"]["separator"] = nfc(&separator).into();
        let rows = rows_of("mau", &node(&mapping.to_string()), &node(SCHEMA));
        prop_assert!(rows.is_ok());
        let rows = rows.unwrap_or_default();
        let table = read_table(&write_table(&rows, false));
        prop_assert_eq!(table.map(|table| table.rows).ok(), Some(rows));
    }

    #[test]
    fn no_cell_makes_the_reader_panic(cell in "\\PC*") {
        let _ = (How::read(&cell).is_ok(), inner(&cell).is_ok());
        prop_assert_eq!(split(&quote(&cell), ',').ok(), Some(vec![quote(&cell)]));
    }
}
