//! An invented person of the catalogue (`service-catalog/people/<number>.json`), read into a record.
//!
//! Sandbox, simulator, examples and tests share these files (DESIGN §2 "Person file"). They are strict where the
//! register is not: unknown keys are refused, codes are text, and every number starts with 999 (IDENTITY §3.2).
//! Findings name the place, never a value.

use std::ops::Range;

use super::name::{has_lookalike_letter, tidy};
use super::{Address, BirthDate, Hint, HouseholdHead, Number, PartialDate, PersonName, PersonalText, Record, Relative};
use crate::strict_json::{self, Finding, Node, ObjectReader, expected_text};

/// One file: the number under which the person is found, what the file is for, and the record.
pub struct Person {
    /// 12 or 9 digits, starting with 999.
    pub number: String,
    /// Vietnamese, for the maintainer; empty when the file has none.
    #[cfg_attr(not(test), expect(dead_code, reason = "for people who read the file"))]
    pub note: String,
    /// What the register would give, complete.
    pub record: Record,
}

/// Reads a person file. `record.so_dinh_danh` is `number` where the file leaves it out and `number` has 12 digits.
///
/// # Errors
/// Everything that is wrong with the file.
pub fn read(text: &str) -> Result<Person, Vec<Finding>> {
    let root = strict_json::parse(text)?;
    let mut findings = Vec::new();
    match read_person(&root, &mut findings) {
        Some(person) if findings.is_empty() => Ok(person),
        _ => Err(findings),
    }
}

fn read_person(root: &Node, findings: &mut Vec<Finding>) -> Option<Person> {
    let mut file = ObjectReader::new(root, "", findings)?;
    file.text("$schema");
    let number = file.required_spanned("number");
    let note = file.text("note").unwrap_or_default().to_owned();
    let record = file.required_node("record");
    file.finish();
    let number = number.and_then(|number| own_number(number, findings));
    let mut record = read_record(record?, findings)?;
    let (number, kind) = number?;
    if record.so_dinh_danh.is_none() && matches!(kind, Number::Personal(_)) {
        record.so_dinh_danh = PersonalText::given(number.as_str());
    }
    Some(Person { number, note, record })
}

/// The number of the file: 12 or 9 digits and nothing else.
fn own_number((text, span): (String, Range<usize>), findings: &mut Vec<Finding>) -> Option<(String, Number)> {
    let place = Place { pointer: "/number", span };
    match Number::parse(&text) {
        Ok(number) if number.digits() == text && number.is_invented() => Some((text, number)),
        Ok(number) if number.digits() == text => place.report("not_invented", findings),
        _ => place.report("person_number", findings),
    }
}

struct Place<'a> {
    pointer: &'a str,
    span: Range<usize>,
}

impl Place<'_> {
    fn report<T>(&self, rule: &'static str, findings: &mut Vec<Finding>) -> Option<T> {
        let (vi, en) = match rule {
            "not_invented" => (
                "Số của người mẫu phải bắt đầu bằng 999, để không trùng với người thật.",
                "Numbers of invented people start with 999, so that nobody real is meant.",
            ),
            "person_number" => (
                "Số định danh có 12 chữ số, số CMND có 9 chữ số, không có dấu cách.",
                "A personal number has 12 digits, an old card's number 9, without spaces.",
            ),
            _ => (
                "Ngày viết yyyy, yyyy-mm hoặc yyyy-mm-dd và phải có thật.",
                "A date is written yyyy, yyyy-mm or yyyy-mm-dd and must exist.",
            ),
        };
        findings.push(Finding::new(rule, self.pointer, self.span.clone(), vi, en));
        None
    }
}

fn read_record(node: &Node, findings: &mut Vec<Finding>) -> Option<Record> {
    let mut part = Part::new(node, "/record", findings)?;
    let ngay_sinh = part.birth_date("ngay_sinh");
    let ho_va_ten = part.name("ho_va_ten");
    let mut hints = Vec::new();
    if matches!(ngay_sinh, BirthDate::Conflict { .. }) {
        hints.push(Hint::BirthYearConflict);
    }
    // The reply reader gives the same hint for the same letter.
    if ho_va_ten.as_ref().is_some_and(|name| has_lookalike_letter(&name.full())) {
        hints.push(Hint::LookalikeLetter);
    }
    let record = Record {
        so_dinh_danh: part.personal_number("so_dinh_danh"),
        so_cmnd: part.old_number("so_cmnd"),
        ho_va_ten,
        gioi_tinh: part.text("gioi_tinh"),
        dan_toc: part.text("dan_toc"),
        ton_giao: part.text("ton_giao"),
        tinh_trang_hon_nhan: part.text("tinh_trang_hon_nhan"),
        nhom_mau: part.text("nhom_mau"),
        ngay_sinh,
        quoc_tich: part.text("quoc_tich"),
        noi_dang_ky_khai_sinh: part.address("noi_dang_ky_khai_sinh"),
        que_quan: part.address("que_quan"),
        thuong_tru: part.address("thuong_tru"),
        noi_o_hien_tai: part.address("noi_o_hien_tai"),
        cha: part.relative("cha"),
        me: part.relative("me"),
        vo_chong: part.relative("vo_chong"),
        nguoi_dai_dien: part.relative("nguoi_dai_dien"),
        chu_ho: part.household_head("chu_ho"),
        so_so_ho_khau: part.text("so_so_ho_khau"),
        trang_thai_cong_dan: part.text("trang_thai_cong_dan"),
        hints,
    };
    part.reader.finish();
    Some(record)
}

/// One object of a record; a value that is absent, empty or blank is not given.
struct Part<'n, 'f> {
    reader: ObjectReader<'n, 'f>,
}

impl<'n, 'f> Part<'n, 'f> {
    fn new(node: &'n Node, pointer: &str, findings: &'f mut Vec<Finding>) -> Option<Self> {
        ObjectReader::new(node, pointer, findings).map(|reader| Self { reader })
    }

    fn text(&mut self, key: &'static str) -> Option<PersonalText> {
        self.reader.text(key).and_then(PersonalText::given)
    }

    /// A part of this object that is an object itself; absent: the default.
    fn group<T: Default>(&mut self, key: &'static str, read: impl FnOnce(&mut Part<'n, '_>) -> T) -> T {
        let Some(node) = self.reader.node(key) else { return T::default() };
        let pointer = self.reader.pointer_of(key);
        let Some(mut part) = Part::new(node, &pointer, self.reader.findings()) else { return T::default() };
        let value = read(&mut part);
        part.reader.finish();
        value
    }

    fn name(&mut self, key: &'static str) -> Option<PersonName> {
        let node = self.reader.node(key)?;
        if let Some(name) = node.as_text() {
            return PersonName::whole(tidy(name));
        }
        if node.as_object().is_none() {
            let mut finding = expected_text(&self.reader.pointer_of(key), node);
            finding.vi = "Tên là một chuỗi, hoặc { ho, chu_dem, ten }.".to_owned();
            finding.en = "A name is a text, or { ho, chu_dem, ten }.".to_owned();
            self.reader.findings().push(finding);
            return None;
        }
        self.group(key, |name| {
            let mut word = |key| name.reader.text(key).and_then(|text| PersonalText::given(tidy(text)));
            PersonName::from_parts(word("ho"), word("chu_dem"), word("ten"))
        })
    }

    /// A date, or the two elements of the register's group where they shall contradict each other.
    fn birth_date(&mut self, key: &'static str) -> BirthDate {
        let Some(node) = self.reader.node(key) else { return BirthDate::NotGiven };
        let pointer = self.reader.pointer_of(key);
        if let Some(text) = node.as_text() {
            if text.trim().is_empty() {
                return BirthDate::NotGiven;
            }
            return date(text, &pointer, node, self.reader.findings()).map_or(BirthDate::NotGiven, BirthDate::Given);
        }
        if node.as_object().is_none() {
            let mut finding = expected_text(&pointer, node);
            finding.vi = "Ngày sinh là một chuỗi, hoặc { nam, ngay_thang_nam }.".to_owned();
            finding.en = "A birth date is a text, or { nam, ngay_thang_nam }.".to_owned();
            self.reader.findings().push(finding);
            return BirthDate::NotGiven;
        }
        let Some(mut group) = ObjectReader::new(node, pointer.as_str(), self.reader.findings()) else {
            return BirthDate::NotGiven;
        };
        let (nam, whole) = (group.required_text("nam"), group.required_text("ngay_thang_nam"));
        group.finish();
        let (Some(nam), Some(whole)) = (nam, whole) else { return BirthDate::NotGiven };
        let findings = self.reader.findings();
        let year = date(nam, &pointer, node, findings).filter(|year| {
            let only_a_year = year.month().is_none();
            if !only_a_year {
                Place { pointer: &pointer, span: node.span.clone() }.report::<()>("person_date", findings);
            }
            only_a_year
        });
        match (year, date(whole, &pointer, node, findings)) {
            (Some(year), Some(whole)) if year.year() == whole.year() => BirthDate::Given(whole),
            (Some(year), Some(whole)) => BirthDate::Conflict { nam: year.year(), ngay_thang_nam: whole },
            _ => BirthDate::NotGiven,
        }
    }

    fn address(&mut self, key: &'static str) -> Address {
        self.group(key, |address| Address {
            tinh: address.text("tinh"),
            huyen: address.text("huyen"),
            xa: address.text("xa"),
            chi_tiet: address.text("chi_tiet"),
            quoc_gia: address.text("quoc_gia"),
        })
    }

    fn relative(&mut self, key: &'static str) -> Relative {
        self.group(key, |relative| Relative {
            ho_va_ten: relative.name("ho_va_ten"),
            quoc_tich: relative.text("quoc_tich"),
            so_dinh_danh: relative.personal_number("so_dinh_danh"),
            so_cmnd: relative.old_number("so_cmnd"),
        })
    }

    fn household_head(&mut self, key: &'static str) -> HouseholdHead {
        self.group(key, |head| HouseholdHead {
            ho_va_ten: head.name("ho_va_ten"),
            so_dinh_danh: head.personal_number("so_dinh_danh"),
            so_cmnd: head.old_number("so_cmnd"),
            quan_he: head.text("quan_he"),
        })
    }

    fn personal_number(&mut self, key: &'static str) -> Option<PersonalText> {
        self.invented(key, |number| matches!(number, Number::Personal(_)))
    }

    fn old_number(&mut self, key: &'static str) -> Option<PersonalText> {
        self.invented(key, |number| matches!(number, Number::OldCard(_)))
    }

    fn invented(&mut self, key: &'static str, is_kind: impl Fn(&Number) -> bool) -> Option<PersonalText> {
        let given = self.text(key)?;
        let span = self.reader.node(key).map_or(0..1, |node| node.span.clone());
        let pointer = self.reader.pointer_of(key);
        let place = Place { pointer: &pointer, span };
        match Number::parse(given.reveal()) {
            Ok(number) if is_kind(&number) && number.digits() == given.reveal() => {
                if number.is_invented() {
                    Some(given)
                } else {
                    place.report("not_invented", self.reader.findings())
                }
            }
            _ => place.report("person_number", self.reader.findings()),
        }
    }
}

fn date(iso: &str, pointer: &str, node: &Node, findings: &mut Vec<Finding>) -> Option<PartialDate> {
    match PartialDate::from_iso(iso) {
        Ok(date) => Some(date),
        Err(_) => Place { pointer, span: node.span.clone() }.report("person_date", findings),
    }
}

#[cfg(test)]
mod tests;
