//! Old addresses in new units, against the shipped tables: the spot checks of the admin-units README §4 by number,
//! then what holds for every unit.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use jiff::civil::date;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::REFORM;
use super::super::tests::{BEFORE, CHANGES, SINCE, TODAY, abroad, address, units};
use super::*;

static UNITS: LazyLock<Units> = LazyLock::new(units);
static OLD: LazyLock<Vec<Vec<&str>>> = LazyLock::new(|| cells(BEFORE));
/// Commune to province, of today.
static NEW: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| cells(SINCE).into_iter().map(|line| (line[2], line[0])).collect());

fn cells(csv: &'static str) -> Vec<Vec<&'static str>> {
    csv.lines().skip(1).map(|line| line.split(',').collect()).collect()
}

fn unit_told(unit: Unit<'_>) -> String {
    format!("{} {}", unit.code, unit.name)
}

/// `province > commune`, `province > commune | commune`, `province`, or `none`.
fn told(successor: &Successor<'_>) -> String {
    match successor {
        Successor::None => "none".to_owned(),
        Successor::Sure { tinh, xa: None } => unit_told(*tinh),
        Successor::Sure { tinh, xa: Some(xa) } => format!("{} > {}", unit_told(*tinh), unit_told(*xa)),
        Successor::Choices { tinh, xa } => {
            assert!(xa.len() > 1, "a choice has two sides");
            let xa: Vec<String> = xa.iter().copied().map(unit_told).collect();
            format!("{} > {}", unit_told(*tinh), xa.join(" | "))
        }
    }
}

fn of_codes([tinh, huyen, xa]: [&str; 3], on: Date) -> String {
    told(&UNITS.successor(&address([tinh, huyen, xa, "SỐ 1 PHỐ MẪU"]), on))
}

/// What became of an old commune, given with all three codes.
fn of_commune(code: &str, name: &str) -> String {
    let line = OLD.iter().find(|line| line[4] == code).expect("an old commune");
    assert_eq!(line[5], name);
    of_codes([line[0], line[2], code], TODAY)
}

/// The new province of an old one on 1 July 2025: the same for each of its communes and each of its districts.
fn of_province(code: &str, name: &str) -> String {
    let lines: Vec<_> = OLD.iter().filter(|line| line[0] == code).collect();
    assert!(lines.iter().all(|line| line[1] == name) && !lines.is_empty(), "{code}");
    let mut found = BTreeSet::new();
    for line in lines {
        for xa in [line[4], ""] {
            let answer = of_codes([code, line[2], xa], REFORM);
            found.insert(answer.split(" > ").next().unwrap_or_default().to_owned());
        }
    }
    assert_eq!(found.len(), 1, "{found:?}");
    found.pop_first().expect("a province")
}

#[test]
fn check_1_ha_giang_became_a_part_of_tuyen_quang() {
    assert_eq!(of_province("02", "Tỉnh Hà Giang"), "08 Tỉnh Tuyên Quang");
    assert_eq!(of_province("08", "Tỉnh Tuyên Quang"), "08 Tỉnh Tuyên Quang");
}

#[test]
fn check_2_bac_giang_and_bac_ninh_became_bac_ninh_with_the_code_of_bac_giang() {
    assert_eq!(of_province("24", "Tỉnh Bắc Giang"), "24 Tỉnh Bắc Ninh");
    assert_eq!(of_province("27", "Tỉnh Bắc Ninh"), "24 Tỉnh Bắc Ninh");
}

#[test]
fn check_3_binh_duong_and_ba_ria_vung_tau_joined_ho_chi_minh_city() {
    assert_eq!(of_province("74", "Tỉnh Bình Dương"), "79 Thành phố Hồ Chí Minh");
    assert_eq!(of_province("77", "Tỉnh Bà Rịa - Vũng Tàu"), "79 Thành phố Hồ Chí Minh");
    assert_eq!(of_province("79", "Thành phố Hồ Chí Minh"), "79 Thành phố Hồ Chí Minh");
}

#[test]
fn check_4_yen_bai_and_lao_cai_became_lao_cai_with_the_code_of_yen_bai() {
    assert_eq!(of_province("15", "Tỉnh Yên Bái"), "15 Tỉnh Lào Cai");
    assert_eq!(of_province("10", "Tỉnh Lào Cai"), "15 Tỉnh Lào Cai");
}

#[test]
fn check_5_hoa_binh_and_vinh_phuc_joined_phu_tho() {
    assert_eq!(of_province("17", "Tỉnh Hoà Bình"), "25 Tỉnh Phú Thọ");
    assert_eq!(of_province("26", "Tỉnh Vĩnh Phúc"), "25 Tỉnh Phú Thọ");
}

#[test]
fn check_6_quang_nam_joined_da_nang() {
    assert_eq!(of_province("49", "Tỉnh Quảng Nam"), "48 Thành phố Đà Nẵng");
}

#[test]
fn check_7_kien_giang_and_an_giang_became_an_giang_with_the_code_of_kien_giang() {
    assert_eq!(of_province("91", "Tỉnh Kiên Giang"), "91 Tỉnh An Giang");
    assert_eq!(of_province("89", "Tỉnh An Giang"), "91 Tỉnh An Giang");
}

#[test]
fn check_8_long_an_and_tay_ninh_became_tay_ninh_with_the_code_of_long_an() {
    assert_eq!(of_province("80", "Tỉnh Long An"), "80 Tỉnh Tây Ninh");
    assert_eq!(of_province("72", "Tỉnh Tây Ninh"), "80 Tỉnh Tây Ninh");
}

#[test]
fn check_9_binh_phuoc_joined_dong_nai() {
    assert_eq!(of_province("70", "Tỉnh Bình Phước"), "75 Tỉnh Đồng Nai");
}

#[test]
fn check_10_phu_yen_joined_dak_lak() {
    assert_eq!(of_province("54", "Tỉnh Phú Yên"), "66 Tỉnh Đắk Lắk");
}

#[test]
fn check_11_duong_dong_became_the_special_zone_phu_quoc() {
    assert_eq!(of_commune("31078", "Phường Dương Đông"), "91 Tỉnh An Giang > 31078 Đặc khu Phú Quốc");
}

#[test]
fn check_12_tho_chau_became_a_special_zone() {
    assert_eq!(of_commune("31105", "Xã Thổ Châu"), "91 Tỉnh An Giang > 31105 Đặc khu Thổ Châu");
}

#[test]
fn check_13_con_dao_a_district_without_communes_became_a_special_zone() {
    let con_dao = "79 Thành phố Hồ Chí Minh > 26732 Đặc khu Côn Đảo";
    assert_eq!(of_codes(["77", "755", ""], TODAY), con_dao);
    assert_eq!(of_codes(["", "755", ""], TODAY), con_dao);
}

#[test]
fn check_14_ben_nghe_became_sai_gon_under_the_same_code() {
    assert_eq!(of_commune("26740", "Phường Bến Nghé"), "79 Thành phố Hồ Chí Minh > 26740 Phường Sài Gòn");
}

#[test]
fn check_15_da_kao_was_split_and_the_officer_chooses() {
    let choices = "79 Thành phố Hồ Chí Minh > 26737 Phường Tân Định | 26740 Phường Sài Gòn";
    assert_eq!(of_commune("26737", "Phường Đa Kao"), choices);
}

#[test]
fn check_16_hang_bac_became_hoan_kiem() {
    assert_eq!(of_commune("00061", "Phường Hàng Bạc"), "01 Thành phố Hà Nội > 00070 Phường Hoàn Kiếm");
}

#[test]
fn check_17_minh_an_of_quang_nam_became_hoi_an_of_da_nang() {
    assert_eq!(of_commune("20398", "Phường Minh An"), "48 Thành phố Đà Nẵng > 20410 Phường Hội An");
}

#[test]
fn check_18_long_son_and_thanh_an_are_unchanged() {
    assert_eq!(of_commune("26545", "Xã Long Sơn"), "79 Thành phố Hồ Chí Minh > 26545 Xã Long Sơn");
    assert_eq!(of_commune("27676", "Xã Thạnh An"), "79 Thành phố Hồ Chí Minh > 27676 Xã Thạnh An");
}

#[test]
fn check_19_quang_trung_was_split_into_ha_giang_1_and_2() {
    let choices = "08 Tỉnh Tuyên Quang > 00691 Phường Hà Giang 2 | 00694 Phường Hà Giang 1";
    assert_eq!(of_commune("00688", "Phường Quang Trung"), choices);
}

#[test]
fn dai_mo_was_split_into_five_and_its_own_name_is_only_one_of_them() {
    let choices = "01 Thành phố Hà Nội > 00622 Phường Xuân Phương | 00634 Phường Tây Mỗ | 00637 Phường Đại Mỗ | \
                   09556 Phường Hà Đông | 09886 Phường Dương Nội";
    assert_eq!(of_commune("00634", "Phường Đại Mỗ"), choices);
}

#[test]
fn ky_loi_was_split_although_one_unit_got_all_its_land() {
    let choices = "42 Tỉnh Hà Tĩnh > 18754 Phường Sông Trí | 18823 Phường Vũng Áng | 18832 Phường Hoành Sơn";
    assert_eq!(of_commune("18796", "Xã Kỳ Lợi"), choices);
}

#[test]
fn a_second_successor_of_land_only_leaves_the_first_one_sure() {
    // A part of the land went to Phường Ba Đình 00004, and to Phường Việt Hưng 00127.
    assert_eq!(of_commune("00112", "Phường Thụy Khuê"), "01 Thành phố Hà Nội > 00103 Phường Tây Hồ");
    assert_eq!(of_commune("00136", "Phường Phúc Lợi"), "01 Thành phố Hà Nội > 00136 Phường Phúc Lợi");
}

#[test]
fn a_successor_of_land_only_is_no_choice() {
    // A part of the land went to Phường Long Biên 00145.
    let choices = "01 Thành phố Hà Nội > 00118 Phường Bồ Đề | 00127 Phường Việt Hưng";
    assert_eq!(of_commune("00130", "Phường Gia Thụy"), choices);
}

#[test]
fn a_new_name_of_2026_is_used_from_its_day_on() {
    let voi = ["24", "217", "07375"];
    let then = "24 Tỉnh Bắc Ninh > 07375 Xã Lạng Giang";
    let now = "24 Thành phố Bắc Ninh > 07375 Phường Lạng Giang";
    let days = [(date(2020, 1, 1), then), (REFORM, then), (date(2026, 9, 19), then), (date(2026, 9, 20), now)];
    for (on, expected) in days {
        assert_eq!(of_codes(voi, on), expected, "{on}");
        let province = expected.split(" > ").next().unwrap_or_default();
        assert_eq!(of_codes(["24", "217", ""], on), province, "{on}");
    }
}

#[test]
fn codes_that_are_not_given_are_concluded_only_from_the_commune() {
    let hong_ha = "01 Thành phố Hà Nội > 00097 Phường Hồng Hà";
    for codes in [["01", "001", "00001"], ["01", "", "00001"], ["", "001", "00001"], ["", "", "00001"]] {
        assert_eq!(of_codes(codes, TODAY), hong_ha, "{codes:?}");
    }
    for codes in [["74", "", ""], ["74", "000", "NULL"], ["74", "718", ""]] {
        assert_eq!(of_codes(codes, TODAY), "79 Thành phố Hồ Chí Minh", "{codes:?}");
    }
    // A district says nothing new, and the coast of Kim Sơn (376) is not the whole district.
    assert_eq!(of_codes(["", "718", ""], TODAY), "none");
    assert_eq!(of_codes(["", "376", ""], TODAY), "none");
    assert_eq!(of_codes(["37", "376", ""], TODAY), "37 Tỉnh Ninh Bình");
}

#[test]
fn blanks_clashes_and_addresses_abroad_have_no_successor() {
    for codes in [
        ["", "", ""],
        ["0", "000", "00000"],
        ["NULL", "null", " "],
        ["24", "256", ""],
        ["24", "256", "00004"],
        ["01", "001", "26740"],
        ["79", "", "00004"],
        ["01", "001", "99999"],
        ["99", "", ""],
        ["1", "001", "00001"],
    ] {
        assert_eq!(of_codes(codes, TODAY), "none", "{codes:?}");
    }
    let hang_bac = ["01", "002", "00061", "SỐ 1"];
    assert_eq!(told(&UNITS.successor(&abroad(hang_bac, "US"), TODAY)), "none");
    assert_ne!(told(&UNITS.successor(&abroad(hang_bac, "VN"), TODAY)), "none");
}

#[test]
fn an_address_of_two_levels_is_never_converted_back() {
    for (commune, province) in &*NEW {
        for codes in [[*province, "", *commune], ["", "", *commune], [*province, "", ""]] {
            for on in [date(2025, 6, 30), TODAY] {
                assert_eq!(of_codes(codes, on), "none", "{codes:?}");
            }
        }
    }
    // Read without a district, Sài Gòn is Sài Gòn, not the former Bến Nghé that became it.
    assert_eq!(of_codes(["79", "", "26740"], TODAY), "none");
}

#[test]
fn of_10_035_old_communes_9_654_are_sure_and_381_are_not() {
    let mut rows: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
    for line in cells(CHANGES) {
        rows.entry(line[0]).or_default().push((line[2], line[1]));
    }
    let (mut sure, mut split) = (0, HashMap::new());
    for line in OLD.iter().filter(|line| !line[4].is_empty()) {
        let rows = &rows[line[4]];
        let whole = rows.iter().filter(|(kind, _)| matches!(*kind, "unchanged" | "renamed" | "merged"));
        let whole: Vec<&str> = whole.map(|(_, code)| *code).collect();
        match UNITS.successor(&address([line[0], line[2], line[4], ""]), TODAY) {
            Successor::Sure { xa, .. } => {
                assert_eq!(xa.map(|xa| xa.code), whole.first().copied(), "{}", line[4]);
                assert_eq!(whole.len(), 1, "{}", line[4]);
                sure += 1;
            }
            Successor::Choices { xa, .. } => {
                let split_rows = rows.iter().filter(|(kind, _)| *kind == "split").map(|(_, code)| *code);
                let found: BTreeSet<&str> = xa.iter().map(|xa| xa.code).collect();
                assert_eq!(found, split_rows.collect(), "{}", line[4]);
                assert!(whole.is_empty(), "{}", line[4]);
                *split.entry(xa.len()).or_insert(0) += 1;
            }
            Successor::None => panic!("{} has no successor", line[4]),
        }
    }
    assert_eq!(sure, 9_654);
    assert_eq!(split, HashMap::from([(2, 326), (3, 45), (4, 9), (5, 1)]));
}

#[test]
fn all_63_old_provinces_and_the_five_island_districts_are_sure() {
    let provinces: BTreeSet<(&str, &str)> = OLD.iter().map(|line| (line[0], line[1])).collect();
    let new: BTreeSet<String> = provinces.iter().map(|(code, name)| of_province(code, name)).collect();
    assert_eq!((provinces.len(), new.len()), (63, 34));
    let islands = OLD.iter().filter(|line| line[4].is_empty()).map(|line| of_codes([line[0], line[2], ""], TODAY));
    let expected = [
        "31 Thành phố Hải Phòng > 11948 Đặc khu Bạch Long Vĩ",
        "44 Tỉnh Quảng Trị > 19742 Đặc khu Cồn Cỏ",
        "48 Thành phố Đà Nẵng > 20333 Đặc khu Hoàng Sa",
        "51 Tỉnh Quảng Ngãi > 21548 Đặc khu Lý Sơn",
        "79 Thành phố Hồ Chí Minh > 26732 Đặc khu Côn Đảo",
    ];
    assert_eq!(islands.collect::<BTreeSet<_>>(), expected.map(str::to_owned).into());
}

fn any_code(column: usize) -> impl Strategy<Value = &'static str> {
    let old: BTreeSet<&str> = OLD.iter().map(|line| line[column]).collect();
    let new = NEW.iter().map(|(xa, tinh)| if column == 0 { *tinh } else { *xa });
    let codes = old.into_iter().chain(new.filter(|_| column != 2)).chain(["", "", "0", "NULL", "99"]);
    select(codes.collect::<Vec<_>>())
}

/// Codes of one old unit, some of them perhaps left out or exchanged for any other code of their level.
fn any_codes() -> impl Strategy<Value = [&'static str; 3]> {
    let own = || select(OLD.clone());
    (own(), any_code(0), any_code(2), any_code(4), 0..8_u8).prop_map(|(line, tinh, huyen, xa, exchanged)| {
        let pick = |bit: u8, own, other| if exchanged & bit == 0 { own } else { other };
        [pick(1, line[0], tinh), pick(2, line[2], huyen), pick(4, line[4], xa)]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn every_successor_is_in_the_new_table_under_its_province(codes in any_codes()) {
        let [tinh, huyen, xa] = codes;
        let given = address([tinh, huyen, xa, ""]);
        let is_old = UNITS.resolve(&given, TODAY).table == Some(UnitTable::Before);
        let (province, communes) = match UNITS.successor(&given, TODAY) {
            Successor::None => (None, Vec::new()),
            Successor::Sure { tinh, xa } => (Some(tinh), xa.into_iter().collect()),
            Successor::Choices { tinh, xa } => (Some(tinh), xa),
        };
        prop_assert!(province.is_none() || is_old);
        for commune in communes {
            prop_assert_eq!(NEW.get(commune.code).copied(), province.map(|province| province.code));
            let found = UNITS.resolve(&address(["", "", commune.code, ""]), TODAY);
            prop_assert!(found.table == Some(UnitTable::Since) && found.xa == Some(commune));
        }
        if let Some(province) = province {
            let found = UNITS.resolve(&address([province.code, "", "", ""]), TODAY);
            prop_assert!(found.table == Some(UnitTable::Since) && found.tinh == Some(province));
        }
    }
}
