//! The invented people behind the numbers that misbehave.

use crate::citizen::{Address, BirthDate, PartialDate, PersonName, PersonalText, Record};

/// Name of the person behind every number of the fault table.
pub const FAULTY_NAME: &str = "NGUYỄN VĂN MẪU LỖI";
/// Somebody else, for the reply with the wrong person.
pub const WRONG_NUMBER: &str = "999185099999";

/// The person with a number of the fault table: born 9 September 1999, male.
pub fn faulty(number: &str) -> Record {
    let mut record = person(number, FAULTY_NAME, "1", (1999, 9, 9));
    record.thuong_tru = Address {
        tinh: PersonalText::given("01"),
        huyen: PersonalText::given("001"),
        xa: PersonalText::given("00001"),
        chi_tiet: PersonalText::given("SỐ 9 ĐƯỜNG MẪU THỬ, PHƯỜNG PHÚC XÁ, QUẬN BA ĐÌNH, THÀNH PHỐ HÀ NỘI"),
        quoc_gia: PersonalText::given("VN"),
    };
    record
}

/// Another person under the same number, with the same compact name and birth date: nothing tells which is meant.
pub fn faulty_double(number: &str) -> Record {
    person(number, "NGUYỄN VĂN MẪU LỘI", "1", (1999, 9, 9))
}

/// A person whom nobody asked for.
pub fn wrong_person() -> Record {
    person(WRONG_NUMBER, "TRẦN THỊ MẪU NHẦM", "2", (1985, 3, 12))
}

/// The number that was asked, and another name.
pub fn other_name(number: &str) -> Record {
    let mut record = faulty(number);
    record.ho_va_ten = PersonName::whole("TRẦN THỊ MẪU NHẦM");
    record
}

/// The number and the name that were asked, and another birth date.
pub fn other_birth_date(number: &str) -> Record {
    person(number, FAULTY_NAME, "1", (1985, 3, 12))
}

/// [`faulty`] without its number.
pub fn without_number(number: &str) -> Record {
    let mut record = faulty(number);
    record.so_dinh_danh = None;
    record
}

/// [`faulty`] with an address text of a given size in bytes, at least.
pub fn oversized(number: &str, bytes: usize) -> Record {
    let mut record = faulty(number);
    record.thuong_tru.chi_tiet = PersonalText::given("MẪU ".repeat(bytes.div_ceil("MẪU ".len()) + 1));
    record
}

fn person(number: &str, name: &str, gender: &str, (year, month, day): (u16, u8, u8)) -> Record {
    let mut record = Record::default();
    record.so_dinh_danh = PersonalText::given(number);
    record.ho_va_ten = PersonName::whole(name);
    record.gioi_tinh = PersonalText::given(gender);
    record.dan_toc = PersonalText::given("01");
    record.quoc_tich = PersonalText::given("VN");
    record.ngay_sinh = PartialDate::new(year, Some(month), Some(day)).map_or(BirthDate::NotGiven, BirthDate::Given);
    record
}
