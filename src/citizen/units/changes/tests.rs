//! What the strict reader of the changes refuses, on a small invented country.

use super::super::tests::{BEFORE, SINCE, address};
use super::super::{REFORM, Successor, Units};
use super::*;

const OLD: &str = "province_code,province_name,district_code,district_name,commune_code,commune_name,type\n\
                   01,Tỉnh Mẫu,001,Huyện Mẫu,00001,Xã Một,xã\n\
                   01,Tỉnh Mẫu,001,Huyện Mẫu,00002,Xã Hai,xã\n\
                   01,Tỉnh Mẫu,002,Huyện Đảo,,,\n\
                   02,Tỉnh Khác,003,Huyện Khác,00003,Xã Ba,xã\n";
const NEW: &str = "province_code,province_name,commune_code,commune_name,type\n\
                   01,Tỉnh Mẫu,00001,Xã Một,xã\n\
                   01,Tỉnh Mẫu,00002,Xã Hai,xã\n\
                   01,Tỉnh Mẫu,00009,Đặc khu Đảo,đặc khu\n\
                   03,Tỉnh Mới,00003,Xã Ba,xã\n";
const AMENDMENTS: &str = "effective_date,level,code,name_before,name_after,instrument\n";
const HEADER: &str = "old_commune_code,new_commune_code,kind,old_district_code,new_province_code,share\n";
/// Lines 2 to 5.
const SOUND: [&str; 4] = [
    "00001,00001,merged,001,01,residents-all",
    "00002,00002,unchanged,001,01,all",
    "00003,00003,merged,003,03,all",
    ",00009,renamed,002,01,all",
];

fn load(lines: &[&str]) -> Result<Units, UnitsError> {
    Units::load(OLD, NEW, AMENDMENTS, &format!("{HEADER}{}\n", lines.join("\n")))
}

#[test]
fn a_sound_file_is_read() {
    let units = load(&SOUND).expect("a sound file");
    assert_eq!((units.changes.communes.len(), units.changes.islands.len()), (3, 1));
    assert_eq!(units.changes.of_province(1), Some(1));
    assert_eq!(units.changes.of_province(2), Some(3));
    assert_eq!(units.changes.of_province(3), None);
}

#[test]
fn a_bad_line_is_refused_with_its_number() {
    for (line, problem) in [
        ("00001,00002,partial,001,01", UnitsProblem::Csv),
        ("1,00002,partial,001,01,land-only", UnitsProblem::Code),
        ("00001,2,partial,001,01,land-only", UnitsProblem::Code),
        ("00001,,partial,001,01,land-only", UnitsProblem::Code),
        ("00001,00002,partial,,01,land-only", UnitsProblem::Code),
        ("00001,00002,partial,001,1,land-only", UnitsProblem::Code),
        ("00009,00002,partial,001,01,land-only", UnitsProblem::UnknownCode),
        ("00001,00008,partial,001,01,land-only", UnitsProblem::UnknownCode),
        ("00001,00002,partial,009,01,land-only", UnitsProblem::UnknownCode),
        ("00001,00002,partial,001,02,land-only", UnitsProblem::UnknownCode),
        ("00001,00002,partial,003,01,land-only", UnitsProblem::Contradiction),
        ("00001,00002,partial,001,03,land-only", UnitsProblem::Contradiction),
        ("00001,00001,partial,001,01,land-only", UnitsProblem::Duplicate),
        (",00009,partial,002,01,land-only", UnitsProblem::Duplicate),
        ("00001,00002,moved,001,01,all", UnitsProblem::Kind),
        ("00001,00002,,001,01,", UnitsProblem::Kind),
        ("00001,00002,partial,001,01,part", UnitsProblem::Kind),
        ("00001,00002,split,001,01,land-only", UnitsProblem::Kind),
        ("00001,00002,unchanged,001,01,part", UnitsProblem::Kind),
        // A second home for all people, or for some of them, beside a sure one.
        ("00001,00002,merged,001,01,all", UnitsProblem::Rivals),
        ("00001,00002,split,001,01,part", UnitsProblem::Rivals),
        (",00001,renamed,002,01,all", UnitsProblem::Rivals),
    ] {
        let lines: Vec<&str> = SOUND.into_iter().chain([line]).collect();
        let expected = UnitsError { file: UnitsFile::Changes, line: 6, problem };
        assert_eq!(load(&lines).err(), Some(expected), "{line}");
    }
    let error = Units::load(OLD, NEW, AMENDMENTS, "old,new\n").err();
    assert_eq!(error, Some(UnitsError { file: UnitsFile::Changes, line: 1, problem: UnitsProblem::Columns }));
    let error = UnitsError { file: UnitsFile::Changes, line: 6, problem: UnitsProblem::Rivals };
    let told = "changes.csv, line 6: the lines of this old unit do not agree on where its people went";
    assert_eq!(error.to_string(), told);
}

#[test]
fn a_commune_whose_people_vanish_or_cross_provinces_is_refused() {
    for (lines, problem) in [
        (&["00001,00001,partial,001,01,land-only"][..], UnitsProblem::Rivals),
        (&["00001,00001,split,001,01,part"], UnitsProblem::Rivals),
        (&["00001,00001,split,001,01,part", "00001,00003,split,001,03,part"], UnitsProblem::Rivals),
    ] {
        let line = u64::try_from(SOUND.len() + lines.len()).expect("a small number");
        let lines: Vec<&str> = SOUND[1..].iter().chain(lines).copied().collect();
        let expected = UnitsError { file: UnitsFile::Changes, line, problem };
        assert_eq!(load(&lines).err(), Some(expected), "{lines:?}");
    }
}

#[test]
fn a_file_that_breaks_off_is_refused() {
    for missing in SOUND {
        let lines: Vec<&str> = SOUND.into_iter().filter(|line| *line != missing).collect();
        let expected = UnitsError { file: UnitsFile::Changes, line: 0, problem: UnitsProblem::Missing };
        assert_eq!(load(&lines).err(), Some(expected), "{missing}");
    }
    let error = Units::load(BEFORE, SINCE, AMENDMENTS, HEADER).err();
    assert!(error.is_some_and(|error| error.problem == UnitsProblem::Missing));
}

#[test]
fn an_old_province_that_went_to_two_new_ones_has_no_successor_without_a_commune() {
    let mut lines = SOUND;
    lines[1] = "00002,00003,merged,001,03,all";
    let units = load(&lines).expect("a sound file");
    assert_eq!(units.changes.of_province(1), None);
    assert!(units.successor(&address(["01", "001", "", ""]), REFORM) == Successor::None);
    let one = units.successor(&address(["01", "001", "00002", ""]), REFORM);
    assert!(matches!(one, Successor::Sure { tinh, .. } if tinh.code == "03"));
}
