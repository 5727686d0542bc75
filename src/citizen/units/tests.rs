//! Against the shipped tables: addresses by code, printed lines, streets, pick lists.

use std::collections::BTreeSet;

use jiff::civil::date;

use super::*;

pub(super) const BEFORE: &str = include_str!("../../../service-catalog/administrative-units/before-2025-07-01.csv");
pub(super) const SINCE: &str = include_str!("../../../service-catalog/administrative-units/since-2025-07-01.csv");
const AMENDMENTS: &str = include_str!("../../../service-catalog/administrative-units/amendments.csv");
pub(super) const CHANGES: &str = include_str!("../../../service-catalog/administrative-units/changes.csv");
pub(super) const TODAY: Date = date(2026, 11, 20);

pub(super) fn units() -> Units {
    Units::load(BEFORE, SINCE, AMENDMENTS, CHANGES).expect("the shipped tables")
}

/// `[tinh, huyen, xa, chi_tiet]`, empty for not given.
pub(super) fn address([tinh, huyen, xa, chi_tiet]: [&str; 4]) -> Address {
    let text = |text: &str| PersonalText::given(text);
    Address { tinh: text(tinh), huyen: text(huyen), xa: text(xa), chi_tiet: text(chi_tiet), quoc_gia: None }
}

pub(super) fn abroad(codes: [&str; 4], country: &str) -> Address {
    Address { quoc_gia: PersonalText::given(country), ..address(codes) }
}

fn country(code: &str) -> Option<&'static str> {
    (code == "US").then_some("Hoa Kỳ")
}

/// `table: province > district > commune`, or `clash`, `foreign`, `nothing`.
fn told(resolved: Resolved<'_>) -> String {
    let Some(table) = resolved.table else {
        let silent = resolved.tinh.is_none() && resolved.huyen.is_none() && resolved.xa.is_none();
        assert!(silent, "no names without a table");
        let told = match (resolved.clash, resolved.foreign) {
            (true, false) => "clash",
            (false, true) => "foreign",
            _ => "nothing",
        };
        return told.to_owned();
    };
    let names: Vec<&str> = [resolved.tinh, resolved.huyen, resolved.xa]
        .into_iter()
        .map(|unit| unit.map_or("-", |unit| unit.name))
        .collect();
    format!("{table:?}: {}", names.join(" > "))
}

#[test]
fn the_codes_choose_the_table() {
    let units = units();
    for (codes, expected) in [
        (["01", "001", "00001", ""], "Before: Thành phố Hà Nội > Quận Ba Đình > Phường Phúc Xá"),
        (["01", "", "00004", ""], "Since: Thành phố Hà Nội > - > Phường Ba Đình"),
        (["01", "001", "00004", ""], "Before: Thành phố Hà Nội > Quận Ba Đình > Phường Trúc Bạch"),
        (["24", "", "", ""], "Since: Thành phố Bắc Ninh > - > -"),
        (["74", "", "", ""], "Before: Tỉnh Bình Dương > - > -"),
        (["01", "", "00001", ""], "Before: Thành phố Hà Nội > - > Phường Phúc Xá"),
        (["", "755", "", ""], "Before: - > Huyện Côn Đảo > -"),
        (["77", "755", "", ""], "Before: Tỉnh Bà Rịa - Vũng Tàu > Huyện Côn Đảo > -"),
        (["79", "", "26732", ""], "Since: Thành phố Hồ Chí Minh > - > Đặc khu Côn Đảo"),
        (["", "", "00004", ""], "Since: - > - > Phường Ba Đình"),
        (["", "", "00001", ""], "Before: - > - > Phường Phúc Xá"),
        (["", "001", "00001", ""], "Before: - > Quận Ba Đình > Phường Phúc Xá"),
        ([" 01 ", "000", "00004", ""], "Since: Thành phố Hà Nội > - > Phường Ba Đình"),
        (["01", "NULL", "0", ""], "Since: Thành phố Hà Nội > - > -"),
        (["24", "256", "", ""], "clash"),
        (["24", "256", "00004", ""], "clash"),
        (["01", "001", "26740", ""], "clash"),
        (["79", "", "00004", ""], "clash"),
        (["01", "", "99999", ""], "clash"),
        (["99", "", "", ""], "clash"),
        (["1", "", "", ""], "clash"),
        (["01", "1", "", ""], "clash"),
        (["+1", "", "", ""], "clash"),
        (["0", "00", "00000", "SỐ 1"], "nothing"),
        (["", "", "", ""], "nothing"),
        (["null", "NULL", "Null", ""], "nothing"),
    ] {
        assert_eq!(told(units.resolve(&address(codes), TODAY)), expected, "{codes:?}");
    }
    assert_eq!(told(units.resolve(&abroad(["01", "", "", ""], "US"), TODAY)), "foreign");
    for home in ["VN", "vn", "NULL", " VN "] {
        let told = told(units.resolve(&abroad(["01", "", "", ""], home), TODAY));
        assert_eq!(told, "Since: Thành phố Hà Nội > - > -", "{home}");
    }
}

#[test]
fn names_are_those_of_the_day() {
    let units = units();
    let lang_giang = address(["24", "", "07375", ""]);
    for (on, expected) in [
        (date(2020, 1, 1), "Since: Tỉnh Bắc Ninh > - > Xã Lạng Giang"),
        (REFORM, "Since: Tỉnh Bắc Ninh > - > Xã Lạng Giang"),
        (date(2026, 9, 19), "Since: Tỉnh Bắc Ninh > - > Xã Lạng Giang"),
        (date(2026, 9, 20), "Since: Thành phố Bắc Ninh > - > Phường Lạng Giang"),
        (TODAY, "Since: Thành phố Bắc Ninh > - > Phường Lạng Giang"),
    ] {
        assert_eq!(told(units.resolve(&lang_giang, on)), expected, "{on}");
    }
    let before = address(["75", "", "", ""]);
    assert_eq!(told(units.resolve(&before, date(2026, 4, 29))), "Since: Tỉnh Đồng Nai > - > -");
}

#[test]
fn a_line_appends_only_what_the_detail_does_not_say() {
    let units = units();
    let old = ["01", "001", "00001"];
    let numbered = numbered_ward();
    let numbered = numbered.each_ref().map(String::as_str);
    for (codes, detail, expected) in [
        (old, "", "Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội"),
        (old, "SỐ 1 PHỐ MẪU", "SỐ 1 PHỐ MẪU, Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội"),
        (old, "SỐ 1 PHỐ MẪU, ", "SỐ 1 PHỐ MẪU, Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội"),
        (old, "SỐ 1, PHƯỜNG PHÚC XÁ, QUẬN BA ĐÌNH, THÀNH PHỐ HÀ NỘI", ""),
        (old, "SO 1 PHUONG PHUC XA QUAN BA DINH THANH PHO HA NOI", ""),
        (old, "Số 1, P. Phúc Xá, Q. Ba Đình, TP. Hà Nội", ""),
        (old, "Số 1, P.Phúc Xá - Q.Ba Đình - HANOI", ""),
        (old, "Số 1, Phúc Xá, Ba Đình, Hà Nội", ""),
        (old, "Số 1 Phúc Xá, Ba Đình Hà Nội", "+, Phường Phúc Xá, Quận Ba Đình"),
        (old, "Số 1, PHƯỜNG PHÚC XÁ", "+, Quận Ba Đình, Thành phố Hà Nội"),
        (old, "Số 1 đường Phúc Xá, Ba Đình, Hà Nội", "+, Phường Phúc Xá"),
        (old, "Số 1 đường Hà Nội", "+, Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội"),
        (old, ".", "Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội"),
        (old, " .. ", "Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội"),
        (["", "", ""], "SỐ 1\u{a0} PHỐ  MẪU", "SỐ 1 PHỐ MẪU"),
        (["0", "000", "00000"], "SỐ 1", ""),
        (["01", "001", ""], "SỐ 1", "SỐ 1, Quận Ba Đình, Thành phố Hà Nội"),
        (["24", "256", "00004"], "SỐ 1, XÃ MẪU", ""),
        (["24", "", "07375"], "THÔN MẪU, XÃ LẠNG GIANG, TỈNH BẮC NINH", ""),
        (["24", "", "07375"], "THÔN LẠNG GIANG", "+, Phường Lạng Giang, Thành phố Bắc Ninh"),
        (["01", "", "00004"], "SỐ 1, PHƯỜNG TRÚC BẠCH, QUẬN BA ĐÌNH, HÀ NỘI", "+, Phường Ba Đình"),
        (["79", "", "26732"], "ĐẶC KHU CÔN ĐẢO", "+, Thành phố Hồ Chí Minh"),
        (["77", "755", ""], "KHU 1, CÔN ĐẢO, BÀ RỊA - VŨNG TÀU", ""),
        (numbered, "SỐ 1 PHỐ MẪU", "+, Phường Mỹ Đình 1, Quận Nam Từ Liêm, Thành phố Hà Nội"),
        (numbered, "TỔ 1, MỸ ĐÌNH 01, Q NAM TỪ LIÊM, HÀ NỘI", ""),
    ] {
        let [tinh, huyen, xa] = codes;
        let expected = match expected.strip_prefix('+') {
            Some(appended) => format!("{detail}{appended}"),
            None if expected.is_empty() => detail.to_owned(),
            None => expected.to_owned(),
        };
        let line = units.line(&address([tinh, huyen, xa, detail]), TODAY, country);
        assert_eq!(line.as_deref(), Some(expected.as_str()), "{codes:?} {detail}");
    }
    for nothing in [["", "", "", ""], ["0", "", "00000", " "], ["24", "256", "", "."], ["99", "", "", ""]] {
        assert_eq!(units.line(&address(nothing), TODAY, country), None, "{nothing:?}");
    }
}

fn numbered_ward() -> [String; 3] {
    let line = BEFORE.lines().find(|line| line.contains("Phường Mỹ Đình 1,")).expect("a ward with a number");
    let cells: Vec<&str> = line.split(',').collect();
    [cells[0], cells[2], cells[4]].map(str::to_owned)
}

#[test]
fn a_numbered_ward_is_not_found_in_a_house_number() {
    let line = BEFORE.lines().find(|line| line.contains(",Phường 1,")).expect("a ward that is only a number");
    let cells: Vec<&str> = line.split(',').collect();
    let units = units();
    let at = |detail| address([cells[0], cells[2], cells[4], detail]);
    let line = units.line(&at("SỐ 2, 1"), TODAY, country).expect("a line");
    assert!(line.starts_with("SỐ 2, 1, Phường 1, "), "{line}");
    assert_eq!(units.street(&at("SỐ 2, 1"), TODAY).as_deref(), Some("SỐ 2, 1"));
    for spelling in ["SỐ 2, PHƯỜNG 1", "SỐ 2, PHƯỜNG 01", "SỐ 2, P1", "SỐ 2, P.1"] {
        let line = units.line(&at(spelling), TODAY, country).expect("a line");
        assert!(!line.contains("Phường 1"), "{line}");
        assert_eq!(units.street(&at(spelling), TODAY).as_deref(), Some("SỐ 2"), "{spelling}");
    }
}

#[test]
fn a_shared_name_must_be_written_with_its_type() {
    let units = units();
    // Thị trấn Đông Anh in Huyện Đông Anh, and the city of Bắc Ninh in the province of Bắc Ninh.
    let row = |name: &str| {
        let line = BEFORE.lines().find(|line| line.contains(name)).expect("a unit");
        let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        [cells[0].clone(), cells[2].clone(), cells[4].clone()]
    };
    for (name, detail, appended) in [
        ("Thị trấn Đông Anh,", "TỔ 1, HUYỆN ĐÔNG ANH, HÀ NỘI", ", Thị trấn Đông Anh"),
        ("Thị trấn Đông Anh,", "TỔ 1, TT ĐÔNG ANH, H. ĐÔNG ANH, HÀ NỘI", ""),
        ("Thành phố Bắc Ninh,", "SỐ 1, TP BẮC NINH", ", Tỉnh Bắc Ninh"),
        ("Thành phố Bắc Ninh,", "SỐ 1, TỈNH BẮC NINH", ", Thành phố Bắc Ninh"),
    ] {
        let [tinh, huyen, xa] = row(name);
        let xa = if name.contains("Thị trấn") { xa } else { String::new() };
        let line = units.line(&address([&tinh, &huyen, &xa, detail]), TODAY, country);
        assert_eq!(line, Some(format!("{detail}{appended}")), "{name}");
    }
}

#[test]
fn addresses_abroad_are_text_and_country() {
    let units = units();
    for (detail, country_code, expected) in [
        ("1 MAU STREET", "US", Some("1 MAU STREET, Hoa Kỳ")),
        ("1 MAU STREET, HOA KY", "US", Some("1 MAU STREET, HOA KY")),
        ("", "US", Some("Hoa Kỳ")),
        ("1 MAU STREET", "XX", Some("1 MAU STREET")),
        ("", "XX", None),
    ] {
        let line = units.line(&abroad(["01", "001", "00001", detail], country_code), TODAY, country);
        assert_eq!(line.as_deref(), expected);
        let street = units.street(&abroad(["01", "001", "00001", detail], country_code), TODAY);
        assert_eq!(street.as_deref(), (!detail.is_empty()).then_some(detail));
    }
}

#[test]
fn a_street_loses_only_the_names_of_its_own_units() {
    let units = units();
    let old = ["01", "001", "00001"];
    for (codes, detail, expected) in [
        (old, "SỐ 1 PHỐ MẪU, PHƯỜNG PHÚC XÁ, QUẬN BA ĐÌNH, THÀNH PHỐ HÀ NỘI", Some("SỐ 1 PHỐ MẪU")),
        (old, "Số 1, ngõ 2, P. Phúc Xá, Ba Đình, Ha Noi", Some("Số 1, ngõ 2")),
        (old, "Số 1, PHÚC XÁ, HÀ NỘI", Some("Số 1")),
        (old, "Số 1, HÀ NỘI, PHÚC XÁ", Some("Số 1, HÀ NỘI")),
        (old, "PHƯỜNG PHÚC XÁ, QUẬN BA ĐÌNH, HÀ NỘI", None),
        (old, "SỐ 1 PHƯỜNG PHÚC XÁ QUẬN BA ĐÌNH", Some("SỐ 1 PHƯỜNG PHÚC XÁ QUẬN BA ĐÌNH")),
        (old, "SỐ 1, PHƯỜNG TRÚC BẠCH, QUẬN BA ĐÌNH", Some("SỐ 1, PHƯỜNG TRÚC BẠCH")),
        (old, "SỐ 1, QUẬN TÂY HỒ, HÀ NỘI", Some("SỐ 1, QUẬN TÂY HỒ")),
        (old, "HÀ NỘI, SỐ 1", Some("HÀ NỘI, SỐ 1")),
        (old, "SỐ 1 PHỐ MẪU,", Some("SỐ 1 PHỐ MẪU,")),
        (old, "", None),
        (old, "..", None),
        (["24", "256", ""], "SỐ 1, TỈNH BẮC GIANG", Some("SỐ 1, TỈNH BẮC GIANG")),
        (["", "", ""], "SỐ 1, HÀ NỘI", Some("SỐ 1, HÀ NỘI")),
        (["24", "", "07375"], "THÔN MẪU, XÃ LẠNG GIANG, TỈNH BẮC NINH", Some("THÔN MẪU")),
    ] {
        let [tinh, huyen, xa] = codes;
        let street = units.street(&address([tinh, huyen, xa, detail]), TODAY);
        assert_eq!(street.as_deref(), expected, "{codes:?} {detail}");
    }
}

#[test]
fn a_pick_list_gets_a_code_only_of_its_own_table() {
    use UnitLevel::{Huyen, Tinh, Xa};
    let units = units();
    let (then, now) = (date(2025, 6, 30), REFORM);
    for (level, codes, list_on, expected) in [
        (Xa, ["01", "001", "00001"], then, "00001"),
        (Huyen, ["01", "001", "00001"], then, "001"),
        (Tinh, ["01", "001", "00001"], then, "01"),
        (Xa, ["01", "001", "00004"], now, "not in list"),
        (Huyen, ["01", "001", "00004"], now, "not in list"),
        (Tinh, ["01", "001", "00004"], now, "01"),
        (Xa, ["01", "", "00004"], now, "00004"),
        (Xa, ["01", "", "00004"], then, "not in list"),
        (Huyen, ["01", "", "00004"], now, "not given"),
        (Tinh, ["01", "", "00004"], then, "01"),
        (Tinh, ["79", "760", ""], now, "79"),
        (Tinh, ["74", "", ""], now, "not in list"),
        (Tinh, ["24", "", ""], then, "not in list"),
        (Tinh, ["22", "193", ""], TODAY, "22"),
        // The present city 79 holds what was Bình Dương (74) and Bà Rịa - Vũng Tàu (77).
        (Tinh, ["79", "", "26740"], then, "not in list"),
        (Tinh, ["24", "256", ""], now, "clash"),
        (Xa, ["24", "256", ""], now, "not given"),
        (Tinh, ["", "", ""], now, "not given"),
        (Tinh, ["00", "", ""], now, "not given"),
    ] {
        let [tinh, huyen, xa] = codes;
        let address = address([tinh, huyen, xa, ""]);
        let told = match units.pick(level, &address, list_on) {
            Pick::Code(code) => code,
            Pick::NotGiven => "not given",
            Pick::NotInList => "not in list",
            Pick::Clash => "clash",
        };
        assert_eq!(told, expected, "{level:?} {codes:?} {list_on}");
    }
    assert!(units.pick(Tinh, &abroad(["01", "", "", ""], "US"), now) == Pick::NotGiven);
}

#[test]
fn provinces_carry_over_only_where_the_reform_moved_nobody() {
    let units = units();
    let is_same = |list| -> BTreeSet<&str> {
        let codes = units.since.provinces.iter().map(|row| units.since.code(UnitLevel::Tinh, *row));
        codes.filter(|code| units.is_same_province(code, list)).collect()
    };
    // README §3 rule 3: seven of 34 codes changed their name.
    assert_eq!(is_same(UnitTable::Since).len(), 27);
    for changed in ["15", "24", "44", "52", "80", "82", "91"] {
        assert!(!is_same(UnitTable::Since).contains(changed));
    }
    let left_alone = ["01", "04", "11", "12", "14", "20", "22", "38", "40", "42", "46"];
    assert_eq!(is_same(UnitTable::Before), BTreeSet::from(left_alone));
}

#[test]
fn the_shipped_tables_are_whole() {
    let units = units();
    let size = |table: &Table| (table.provinces.len(), table.districts.len(), table.communes.len());
    assert_eq!(size(&units.before), (63, 696, 10_035));
    assert_eq!(size(&units.since), (34, 0, 3_321));
    assert_eq!(units.amendments.len(), 25);
    for line in BEFORE.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>()) {
        let resolved = units.resolve(&address([line[0], line[2], line[4], ""]), TODAY);
        assert!(resolved.tinh == Some(Unit { code: line[0], name: line[1] }));
        assert!(resolved.huyen == Some(Unit { code: line[2], name: line[3] }));
        assert!(resolved.xa == (!line[4].is_empty()).then_some(Unit { code: line[4], name: line[5] }));
    }
    for line in SINCE.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>()) {
        let resolved = units.resolve(&address([line[0], "", line[2], ""]), TODAY);
        assert!(resolved.tinh == Some(Unit { code: line[0], name: line[1] }));
        assert!(resolved.xa == Some(Unit { code: line[2], name: line[3] }));
    }
}

#[test]
fn a_bad_table_is_refused_with_file_and_line() {
    let before = "province_code,province_name,district_code,district_name,commune_code,commune_name,type\n";
    let since = "province_code,province_name,commune_code,commune_name,type\n01,Tỉnh Mẫu,00001,Xã Mẫu,xã\n";
    let amendments = "effective_date,level,code,name_before,name_after,instrument\n";
    let ward = "01,Tỉnh Mẫu,001,Huyện Mẫu,00001,Xã Mẫu,xã\n";
    let changes = "old_commune_code,new_commune_code,kind,old_district_code,new_province_code,share\n\
                   00001,00001,unchanged,001,01,all\n";
    let load = |before: &str, amendments: &str| Units::load(before, since, amendments, changes);
    assert!(load(&format!("{before}{ward}"), amendments).is_ok());
    let bad_before = [
        ("", 1, UnitsProblem::Columns),
        ("1,Tỉnh Mẫu,001,Huyện Mẫu,00001,Xã Mẫu,xã\n", 3, UnitsProblem::Code),
        ("01,Tỉnh Mẫu,001,Huyện Mẫu,0001,Xã Mẫu,xã\n", 3, UnitsProblem::Code),
        ("01,Tỉnh Mẫu,002,,00002,Xã Mẫu,xã\n", 3, UnitsProblem::Name),
        ("01,Tỉnh Mẫu,001,Huyện Mẫu,,Xã Mẫu,xã\n", 3, UnitsProblem::Code),
        ("01,Tỉnh Mẫu,001,Huyện Mẫu,00001,Xã Mẫu,xã\n", 3, UnitsProblem::Duplicate),
        ("01,Tỉnh Khác,001,Huyện Mẫu,00002,Xã Mẫu,xã\n", 3, UnitsProblem::Contradiction),
        ("02,Tỉnh Khác,001,Huyện Mẫu,00002,Xã Mẫu,xã\n", 3, UnitsProblem::Contradiction),
        ("01,Tỉnh Mẫu\n", 3, UnitsProblem::Csv),
    ];
    for (line, at, problem) in bad_before {
        let csv = if line.is_empty() { "code,name\n".to_owned() } else { format!("{before}{ward}{line}") };
        let error = load(&csv, amendments).err();
        assert_eq!(error, Some(UnitsError { file: UnitsFile::Before, line: at, problem }), "{line}");
    }
    for (line, problem) in [
        ("2025-07-01,commune,00001,Xã Cũ,Xã Mẫu,mẫu", UnitsProblem::Date),
        ("30/04/2026,commune,00001,Xã Cũ,Xã Mẫu,mẫu", UnitsProblem::Date),
        ("2026-04-30,district,001,Xã Cũ,Xã Mẫu,mẫu", UnitsProblem::Level),
        ("2026-04-30,commune,00009,Xã Cũ,Xã Mẫu,mẫu", UnitsProblem::UnknownCode),
        ("2026-04-30,commune,00001,,Xã Mẫu,mẫu", UnitsProblem::Name),
        ("2026-04-30,commune,00001,Xã Cũ,Phường Mẫu,mẫu", UnitsProblem::Chain),
    ] {
        let error = load(&format!("{before}{ward}"), &format!("{amendments}{line}\n")).err();
        assert_eq!(error, Some(UnitsError { file: UnitsFile::Amendments, line: 2, problem }), "{line}");
    }
    let chain = "2026-09-20,commune,00001,Xã Giữa,Xã Mẫu,mẫu\n2026-04-30,commune,00001,Xã Cũ,Xã Giữa,mẫu\n";
    let units = load(&format!("{before}{ward}"), &format!("{amendments}{chain}")).expect("a chain");
    let mau = address(["01", "", "00001", ""]);
    for (on, name) in [(date(2026, 1, 1), "Xã Cũ"), (date(2026, 4, 30), "Xã Giữa"), (date(2026, 9, 20), "Xã Mẫu")]
    {
        assert!(units.resolve(&mau, on).xa.is_some_and(|unit| unit.name == name), "{on}");
    }
    let error = UnitsError { file: UnitsFile::Since, line: 7, problem: UnitsProblem::Code };
    assert_eq!(error.to_string(), "since-2025-07-01.csv, line 7: a code has the wrong number of digits");
}
