//! The people, and what a form says about each of them.
//!
//! Sixty people in twenty households, each made from a person of the repository by putting other texts in the place of
//! that person's. What a form must say comes from the golden example of that person in the same way, and so from nothing
//! that the program computes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use aho_corasick::AhoCorasick;
use serde_json::{Map, Value, json};

use crate::harness::{person, root};

pub const HOUSEHOLDS: usize = 20;
/// People of a household: one of each pattern.
pub const PATTERNS: usize = 3;

/// Who people are made from.
struct Pattern {
    stem: &'static str,
    /// What stands before the serial in the number, and the name without its last words.
    number: &'static str,
    names: &'static str,
    year: u16,
    streets: &'static [&'static str],
    father: &'static str,
    forms: [Form; 2],
}

/// A form of a service, with an example for one pattern.
#[derive(Clone, Copy)]
pub struct Form {
    pub service: &'static str,
    pub form: &'static str,
}

/// Places in a household.
pub const BRIDE: usize = 1;
pub const GROOM: usize = 2;

const CAST: [Pattern; PATTERNS] = [
    Pattern {
        stem: "999187000004",
        number: "9991870",
        names: "LÊ THỊ MẪU",
        year: 1987,
        streets: &["SỐ 1 ĐƯỜNG MẪU THỬ"],
        father: "LÊ VĂN MẪU NGOẠI",
        forms: [
            Form { service: "1.001071", form: "tp-cc-dang-ky-tap-su" },
            Form { service: "1.005099", form: "don-chuyen-truong-tieu-hoc" },
        ],
    },
    Pattern {
        stem: "999198000022",
        number: "9991980",
        names: "TÔN NỮ MẪU",
        year: 1998,
        streets: &["SỐ 3 KIỆT 15 ĐƯỜNG MẪU HƯƠNG", "SỐ 40 ĐƯỜNG MẪU BIỂN"],
        father: "TÔN THẤT MẪU HÒA",
        forms: [
            Form { service: "1.000390", form: "tp-tvpl-the-tu-van-vien" },
            Form { service: "1.000894", form: "to-khai-dang-ky-ket-hon" },
        ],
    },
    Pattern {
        stem: "999096000021",
        number: "9990960",
        names: "ĐỖ MINH MẪU",
        year: 1996,
        streets: &["SỐ 22 NGÕ 7 ĐƯỜNG MẪU XANH"],
        father: "ĐỖ VĂN MẪU SƠN",
        forms: [
            Form { service: "1.001122", form: "tp-gd-bo-nhiem-giam-dinh-vien" },
            Form { service: "1.004873", form: "to-khai-xac-nhan-tinh-trang-hon-nhan" },
        ],
    },
];

/// The form that groom and bride fill together.
pub const COUPLE: Form = Form { service: "1.000894", form: "to-khai-dang-ky-ket-hon" };

/// Every service that is asked for.
pub fn services() -> BTreeSet<&'static str> {
    CAST.iter().flat_map(|pattern| pattern.forms).map(|form| form.service).collect()
}

/// What an answer must hold for a form.
#[derive(Clone)]
pub struct Expected {
    pub data: Map<String, Value>,
    pub reasons: Map<String, Value>,
    pub suggested: Map<String, Value>,
    /// What the request has besides people and dossier.
    request: Value,
}

/// An invented person.
pub struct Invented {
    pub number: String,
    pub name: String,
    pub birth: String,
    pub pattern: usize,
    /// Text of the pattern, and what stands in its place.
    replaced: Vec<(String, String)>,
    /// Texts that nobody else has.
    marks: Vec<String>,
    /// By place in the pattern's forms.
    pub expected: [Expected; 2],
}

/// All people. Those of household `h` have the indices `3h`, `3h + 1` and `3h + 2`.
pub struct Cast {
    pub people: Vec<Invented>,
    automaton: AhoCorasick,
    owners: Vec<usize>,
}

/// Two syllables that no other index has.
fn word(index: usize) -> String {
    const FIRST: [&str; 8] = ["BÌNH", "CHÂU", "DŨNG", "GIANG", "HẠNH", "KHÔI", "LỘC", "NGỌC"];
    const SECOND: [&str; 8] = ["PHÚC", "QUỲNH", "TRƯỜNG", "THẢO", "UYÊN", "VIỆT", "XUÂN", "YẾN"];
    format!("{} {}", FIRST[index / SECOND.len()], SECOND[index % SECOND.len()])
}

fn replace(text: &str, pairs: &[(String, String)]) -> String {
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn example(form: &str, stem: &str) -> String {
    let path = root().join(format!("service-catalog/examples/{form}/{stem}.json"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl Expected {
    fn read(text: &str) -> Self {
        let example: Value = serde_json::from_str(text).expect("an example");
        let map = |member: &str| example[member].as_object().cloned().unwrap_or_default();
        Self {
            data: map("data"),
            reasons: map("reasons"),
            suggested: map("suggested"),
            request: example["request"].clone(),
        }
    }
}

impl Invented {
    fn make(household: usize, pattern: usize) -> Self {
        let (of, index) = (&CAST[pattern], household * PATTERNS + pattern);
        let record = &person(of.stem).record;
        let text = |key: &str| record[key].as_str().expect("a text").to_owned();
        // Serials far apart: officers who ask for neighbours are stopped (docs/access.md).
        let serial = 10_000 + household * 37;
        let (number, word) = (format!("{}{serial}", of.number), word(index));
        let name = format!("{} {word}", of.names);
        let birth = format!("{}-{:02}-{:02}", of.year, 1 + household % 12, 10 + household % 17);
        let printed: Vec<&str> = birth.rsplit('-').collect();
        let father = format!("CỤ ÔNG MẪU {word}");
        let mut replaced = vec![
            (of.stem.to_owned(), number.clone()),
            (text("ho_va_ten"), name.clone()),
            (text("ngay_sinh"), birth.clone()),
            (of.father.to_owned(), father.clone()),
        ];
        let mut marks = vec![number.clone(), name.clone(), birth.clone(), printed.join("/"), father];
        if let Some(old) = record["so_cmnd"].as_str() {
            replaced.push((old.to_owned(), format!("9990{serial}")));
        }
        for (place, street) in of.streets.iter().enumerate() {
            let new = format!("SỐ {} NGÕ MẪU {word}", 100 + index + place * 500);
            replaced.push(((*street).to_owned(), new.clone()));
            marks.push(new);
        }
        let expected = of.forms.map(|form| Expected::read(&replace(&example(form.form, of.stem), &replaced)));
        Self { number, name, birth, pattern, replaced, marks, expected }
    }

    /// The forms that there is an example for.
    pub fn form(&self, place: usize) -> Form {
        CAST[self.pattern].forms[place]
    }

    /// Number, name and birth date, as a request has them.
    pub fn query(&self) -> Value {
        json!({ "id": self.number, "name": self.name, "birth_date": self.birth })
    }

    /// Another name for the same number: nobody.
    pub fn query_of_nobody(&self) -> Value {
        json!({ "id": self.number, "name": "KHÔNG CÓ AI TÊN NHƯ VẬY", "birth_date": self.birth })
    }

    /// A request for one of the forms, without officer, agency and dossier.
    pub fn request(&self, place: usize) -> Value {
        let form = self.form(place);
        let mut request = json!({ "service": form.service, "form": form.form, "citizen": self.query() });
        let more = self.expected[place].request.as_object().expect("an object").clone();
        request.as_object_mut().expect("an object").extend(more);
        request
    }
}

impl Cast {
    /// The same people every time.
    pub fn invent() -> Self {
        let people: Vec<Invented> =
            (0..HOUSEHOLDS * PATTERNS).map(|index| Invented::make(index / PATTERNS, index % PATTERNS)).collect();
        let owned = people.iter().enumerate().flat_map(|(at, one)| one.marks.iter().map(move |mark| (at, mark)));
        let (owners, marks): (Vec<usize>, Vec<&String>) = owned.unzip();
        let automaton = AhoCorasick::new(&marks).expect("an automaton");
        let cast = Self { people, automaton, owners };
        let apart = marks_are_apart(&cast.people);
        assert!(apart, "a mix-up of two people would not show");
        cast
    }

    /// Writes the files that the simulator reads.
    pub fn write(&self, folder: &Path) {
        for invented in &self.people {
            let stem = CAST[invented.pattern].stem;
            let file = json!({ "number": stem, "note": "Người giả.", "record": person(stem).record });
            let path = folder.join(format!("{}.json", invented.number));
            fs::write(path, replace(&file.to_string(), &invented.replaced)).expect("a person");
        }
    }

    /// Whose texts stand in an answer, each once.
    pub fn people_in(&self, text: &str) -> BTreeSet<usize> {
        self.automaton.find_overlapping_iter(text).map(|hit| self.owners[hit.pattern().as_usize()]).collect()
    }

    /// The request of a groom with his bride of the same household, and what its form must say.
    pub fn couple(&self, household: usize) -> (Value, Expected) {
        let (bride, groom) = (&self.people[household * PATTERNS + BRIDE], &self.people[household * PATTERNS + GROOM]);
        let text = replace(&example(COUPLE.form, CAST[GROOM].stem), &groom.replaced);
        let expected = Expected::read(&replace(&text, &bride.replaced));
        let request = json!({
            "service": COUPLE.service, "form": COUPLE.form, "citizen": groom.query(),
            "persons": { "ben_nu": bride.query() }, "dossier_date": "2026-11-20",
        });
        (request, expected)
    }
}

fn marks_are_apart(people: &[Invented]) -> bool {
    let others = |at: usize| people.iter().enumerate().filter(move |(other, _)| *other != at).map(|(_, one)| one);
    people.iter().enumerate().all(|(at, one)| {
        others(at).all(|other| one.marks.iter().all(|mark| other.marks.iter().all(|far| !far.contains(mark.as_str()))))
    })
}
