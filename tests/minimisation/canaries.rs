//! Invented people of whom every attribute has a value that nothing else has, and what tells such a value in an answer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::harness::root;

/// The four address groups of a record, in the order of [`World::units`].
const ADDRESSES: [&str; 4] = ["noi_dang_ky_khai_sinh", "que_quan", "thuong_tru", "noi_o_hien_tai"];
const RELATIVES: [&str; 4] = ["cha", "me", "vo_chong", "nguoi_dai_dien"];

/// One set of values; no two worlds share one.
#[derive(Clone, Copy)]
pub struct World {
    /// A word in every text of the world.
    word: &'static str,
    /// A digit in every number of the world.
    digit: usize,
    birth: (&'static str, &'static str, &'static str),
    gender: &'static str,
    ethnicity: &'static str,
    religion: &'static str,
    marriage: &'static str,
    blood: &'static str,
    /// To the head of the household; the only code that the register is known to give is `CH01`.
    relation: &'static str,
    /// Of the citizen, then of father, mother, spouse, representative.
    countries: [&'static str; 5],
    parted_name: bool,
}

/// Comes to the counter.
pub const FIRST: World = World {
    word: "CANARIMOT",
    digit: 1,
    birth: ("1971", "04", "17"),
    gender: "2",
    ethnicity: "37",
    religion: "05",
    marriage: "3",
    blood: "04",
    relation: "CH01",
    countries: ["BN", "KH", "TH", "FR", "DE"],
    parted_name: true,
};

/// The further person of forms that license one.
pub const SECOND: World = World {
    word: "CANARIHAI",
    digit: 2,
    birth: ("1973", "08", "29"),
    gender: "1",
    ethnicity: "34",
    religion: "08",
    marriage: "1",
    blood: "03",
    relation: "LOCAL-VO",
    countries: ["JP", "KR", "MY", "IT", "ES"],
    parted_name: false,
};

/// Takes the place of whatever of [`FIRST`] a form does not take.
pub const OTHER: World = World {
    word: "CANARIBA",
    digit: 3,
    birth: ("1982", "11", "06"),
    gender: "1",
    ethnicity: "31",
    religion: "06",
    marriage: "2",
    blood: "01",
    relation: "LOCAL-CON_DE",
    countries: ["SE", "NO", "FI", "DK", "PL"],
    parted_name: false,
};

/// A value as it can stand in an answer, and the attributes that license it, one of which must have been taken.
pub struct Token {
    pub text: String,
    /// A word of a code list is the whole of a value; a text may stand inside of one.
    pub whole: bool,
    pub attributes: Vec<String>,
}

/// Codes and names of one place.
struct Unit {
    codes: Vec<(&'static str, String)>,
    names: Vec<(&'static str, String)>,
}

/// Provinces that were not merged in 2025, so that the present units of an old address are of no other address.
const OLD_PROVINCES: [&str; 6] = ["11", "12", "14", "20", "38", "40"];
const PRESENT_PROVINCES: [&str; 6] = ["22", "42", "79", "91", "92", "96"];

/// The first commune of each of these provinces whose name no other commune has, now or before.
fn units() -> (Vec<Unit>, Vec<Unit>) {
    let read = |file: &str| -> Vec<csv::StringRecord> {
        let path = root().join("service-catalog/administrative-units").join(file);
        csv::Reader::from_path(path).expect("units").into_records().collect::<Result<_, _>>().expect("rows")
    };
    let (old, present) = (read("before-2025-07-01.csv"), read("since-2025-07-01.csv"));
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for name in old.iter().map(|row| &row[5]).chain(present.iter().map(|row| &row[3])) {
        *names.entry(name).or_default() += 1;
    }
    let of = |rows: &[csv::StringRecord], province: &str, keys: &[&'static str]| {
        let name = keys.len() * 2 - 1;
        let row = rows.iter().find(|row| &row[0] == province && names[&row[name]] == 1).expect("a commune");
        let column =
            |shift: usize| keys.iter().enumerate().map(|(at, key)| (*key, row[at * 2 + shift].to_owned())).collect();
        Unit { codes: column(0), names: column(1) }
    };
    (
        OLD_PROVINCES.map(|province| of(&old, province, &["tinh", "huyen", "xa"])).into(),
        PRESENT_PROVINCES.map(|province| of(&present, province, &["tinh", "xa"])).into(),
    )
}

/// The Vietnamese name of a code.
fn label(list: &str, code: &str) -> String {
    let path = root().join("service-catalog/code-lists").join(format!("{list}.csv"));
    let rows = csv::Reader::from_path(path).expect("a list").into_records();
    let found = rows.map(|row| row.expect("a row")).find(|row| &row[0] == code);
    found.expect("a code of the list")[1].to_owned()
}

impl World {
    /// Old and present units in turn.
    fn units(self) -> Vec<Unit> {
        let (old, present) = units();
        let skipped = (self.digit - 1) * 2;
        let pairs = old.into_iter().zip(present).skip(skipped).take(2);
        pairs.flat_map(|(old, present)| [old, present]).collect()
    }

    fn text(self, what: &str) -> String {
        format!("{} {what}", self.word)
    }

    fn old_card(self, of: usize) -> String {
        format!("9990{}{of}077", self.digit)
    }

    /// The number of a person of this world, of which there may be many.
    pub fn number(self, serial: usize) -> String {
        // Century and year of birth as numbers carry them: a number that contradicts a birth date is worth a warning.
        format!("9990{}{serial:06}", &self.birth.0[2..])
    }

    fn relative_number(self, of: usize) -> String {
        format!("9990{}8{of}20077", self.digit)
    }

    fn name(self) -> (String, Vec<(&'static str, String)>) {
        let parts: Vec<(&str, String)> = [("ho", "HO"), ("chu_dem", "DEM"), ("ten", "TEN")]
            .map(|(key, what)| (key, self.word.to_owned() + what))
            .into();
        (parts.iter().map(|(_, part)| part.as_str()).collect::<Vec<_>>().join(" "), parts)
    }

    /// The complete record, by the first part of its attributes' paths.
    pub fn record(self) -> serde_json::Map<String, Value> {
        let (name, parts) = self.name();
        let parts: serde_json::Map<String, Value> =
            parts.into_iter().map(|(key, part)| (key.to_owned(), part.into())).collect();
        let (year, month, day) = self.birth;
        let mut record = json!({
            "so_cmnd": self.old_card(0),
            "ho_va_ten": if self.parted_name { Value::Object(parts) } else { name.into() },
            "gioi_tinh": self.gender, "dan_toc": self.ethnicity, "ton_giao": self.religion,
            "tinh_trang_hon_nhan": self.marriage, "nhom_mau": self.blood,
            "ngay_sinh": format!("{year}-{month}-{day}"), "quoc_tich": self.countries[0],
            "chu_ho": { "ho_va_ten": self.text("CHU HO"), "so_dinh_danh": self.relative_number(5), "so_cmnd": self.old_card(5),
                        "quan_he": self.relation },
            "so_so_ho_khau": self.text("SO HO KHAU"),
        });
        for (group, unit) in ADDRESSES.iter().zip(self.units()) {
            record[group] = json!({ "quoc_gia": "VN", "chi_tiet": self.text(&group.to_uppercase()) });
            for (key, code) in unit.codes {
                record[group][key] = code.into();
            }
        }
        for (index, relative) in RELATIVES.iter().enumerate() {
            record[relative] = json!({
                "ho_va_ten": self.text(&relative.to_uppercase().replace('_', " ")),
                "quoc_tich": self.countries[index + 1], "so_dinh_danh": self.relative_number(index + 1),
                "so_cmnd": self.old_card(index + 1),
            });
        }
        let Value::Object(record) = record else { unreachable!("an object") };
        record
    }

    /// Everything that gives away a value of this world's person.
    pub fn tokens(self, number: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut token = |text: String, whole: bool, attributes: &[&str]| {
            let attributes = attributes.iter().map(|path| (*path).to_owned()).collect();
            tokens.push(Token { text, whole, attributes });
        };
        let (year, month, day) = self.birth;
        token(number.to_owned(), false, &["so_dinh_danh"]);
        token(self.old_card(0), false, &["so_cmnd"]);
        for (key, part) in self.name().1 {
            token(part, false, &["ho_va_ten", &format!("ho_va_ten.{key}")]);
        }
        for date in [format!("{year}-{month}-{day}"), format!("{day}/{month}/{year}")] {
            token(date, false, &["ngay_sinh"]);
        }
        token(year.to_owned(), false, &["ngay_sinh", "ngay_sinh.nam"]);
        for (attribute, list, code) in [
            ("gioi_tinh", "gioi-tinh", self.gender),
            ("dan_toc", "dan-toc", self.ethnicity),
            ("ton_giao", "ton-giao", self.religion),
            ("tinh_trang_hon_nhan", "tinh-trang-hon-nhan", self.marriage),
            ("nhom_mau", "nhom-mau", self.blood),
            ("quoc_tich", "quoc-gia", self.countries[0]),
            ("chu_ho.quan_he", "quan-he-chu-ho", self.relation),
        ] {
            // There are too few codes of one digit to have one for each; their words differ.
            if code.len() > 1 {
                token(code.to_owned(), true, &[attribute]);
            }
            token(label(list, code), true, &[attribute]);
        }
        for (group, unit) in ADDRESSES.iter().zip(self.units()) {
            token(self.text(&group.to_uppercase()), false, &[group, &format!("{group}.chi_tiet")]);
            for (key, code) in unit.codes {
                token(code, true, &[group, &format!("{group}.{key}")]);
            }
            for (key, name) in unit.names {
                token(name, false, &[group, &format!("{group}.{key}")]);
            }
        }
        for (index, relative) in RELATIVES.iter().enumerate() {
            let name = self.text(&relative.to_uppercase().replace('_', " "));
            token(name, false, &[&format!("{relative}.ho_va_ten")]);
            token(self.relative_number(index + 1), false, &[&format!("{relative}.so_dinh_danh")]);
            token(self.old_card(index + 1), false, &[&format!("{relative}.so_cmnd")]);
            let country = self.countries[index + 1];
            token(country.to_owned(), true, &[&format!("{relative}.quoc_tich")]);
            token(label("quoc-gia", country), true, &[&format!("{relative}.quoc_tich")]);
        }
        token(self.text("CHU HO"), false, &["chu_ho.ho_va_ten"]);
        token(self.relative_number(5), false, &["chu_ho.so_dinh_danh"]);
        token(self.old_card(5), false, &["chu_ho.so_cmnd"]);
        token(self.text("SO HO KHAU"), false, &["so_so_ho_khau"]);
        tokens
    }
}

/// A person file and the query that finds the person.
pub struct Canary {
    pub number: String,
    pub query: Value,
    pub file: Value,
}

impl Canary {
    /// The person of a world.
    pub fn of(world: World, serial: usize) -> Self {
        Self::from_record(world.number(serial), world.record())
    }

    /// [`FIRST`] in what is taken, [`OTHER`] in everything else. The unit codes of an address are one: a commune is
    /// read with its district.
    pub fn same_in(taken: &BTreeSet<String>, serial: usize) -> Self {
        let (first, mut record) = (FIRST.record(), OTHER.record());
        for path in taken.iter().filter(|path| *path != "so_dinh_danh") {
            let (group, rest) = path.split_once('.').unwrap_or((path, ""));
            match (group, rest) {
                ("ho_va_ten" | "ngay_sinh", _) | (_, "") => {
                    record.insert(group.to_owned(), first[group].clone());
                }
                (_, "tinh" | "huyen" | "xa" | "chi_tiet") => {
                    let theirs = record[group]["chi_tiet"].clone();
                    record.insert(group.to_owned(), first[group].clone());
                    if rest != "chi_tiet" && !taken.contains(&format!("{group}.chi_tiet")) && !taken.contains(group) {
                        record[group]["chi_tiet"] = theirs;
                    }
                }
                _ => record[group][rest] = first[group][rest].clone(),
            }
        }
        let born_alike = record["ngay_sinh"] == first["ngay_sinh"];
        let number = if born_alike { FIRST.number(serial) } else { OTHER.number(serial) };
        Self::from_record(number, record)
    }

    fn from_record(number: String, mut record: serde_json::Map<String, Value>) -> Self {
        record.insert("so_dinh_danh".to_owned(), number.clone().into());
        let name = match &record["ho_va_ten"] {
            Value::Object(parts) => {
                let word = |key: &str| parts[key].as_str().expect("a part").to_owned();
                [word("ho"), word("chu_dem"), word("ten")].join(" ")
            }
            name => name.as_str().expect("a name").to_owned(),
        };
        let query = json!({ "id": number, "name": name, "birth_date": record["ngay_sinh"] });
        let file = json!({
            "$schema": "../../schemas/catalog/person.schema.json", "number": number, "note": "Mẫu.", "record": record,
        });
        Self { number, query, file }
    }
}
