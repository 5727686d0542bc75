//! One `CongDan` element to a record: the tolerant reader of PROTOCOL §5 and §5.2.
//!
//! Tolerant of shape (text or group, absent or empty, old or new address, four ways to write a date), never of content:
//! nothing is completed, mapped or guessed. Unknown elements and blocks that nobody wants are not in the tree any more
//! ([`plan`](super::plan)); number, name and birth date always are, because the identity check needs them.

use super::plan::person_elements;
use super::tree::Element;
use super::value::{Read, code_text, coded, leaf, looks_legacy, number, subject_number, text, unit_code};
use crate::citizen::partial_date::RegisterDate;
use crate::citizen::{
    Address, BirthDate, Hint, HouseholdHead, PartialDate, PersonName, PersonalText, Record, Relative, name,
};
use crate::population::outcome::MalformedCause;

/// Reads the record of one person. Hints may be repeated and are in no order.
pub fn read(person: &Element) -> Read<Record> {
    let mut reader = Reader { hints: Vec::new() };
    let group = Group::of(person)?;
    group.check_duplicates()?;
    let so_dinh_danh = group.child("SoDinhDanh")?.map(subject_number).transpose()?.flatten();
    let ho_va_ten = group.child("HoVaTen")?.map(|element| reader.name(element)).transpose()?.flatten();
    if so_dinh_danh.is_none() && ho_va_ten.is_none() {
        return Err(MalformedCause::NoIdentity);
    }
    let subject = so_dinh_danh.as_ref();
    Ok(Record {
        so_cmnd: group.child("SoCMND")?.map(number).transpose()?.flatten(),
        gioi_tinh: code(&group, "GioiTinh")?,
        dan_toc: code_or_group(&group, "DanToc", "MaDanToc")?,
        ton_giao: code_or_group(&group, "TonGiao", "MaTonGiao")?,
        tinh_trang_hon_nhan: code(&group, "TinhTrangHonNhan")?,
        nhom_mau: code(&group, "NhomMau")?,
        ngay_sinh: reader.birth_date(&group)?,
        quoc_tich: nationality(&group)?,
        noi_dang_ky_khai_sinh: reader.address(&group, "NoiDangKyKhaiSinh")?,
        que_quan: reader.address(&group, "QueQuan")?,
        thuong_tru: reader.address(&group, "ThuongTru")?,
        noi_o_hien_tai: reader.address(&group, "NoiOHienTai")?,
        cha: reader.relative(&group, "Cha", subject)?,
        me: reader.relative(&group, "Me", subject)?,
        vo_chong: reader.relative(&group, "VoChong", subject)?,
        nguoi_dai_dien: reader.relative(&group, "NguoiDaiDien", subject)?,
        chu_ho: reader.household_head(&group)?,
        so_so_ho_khau: code(&group, "SoSoHoKhau")?,
        trang_thai_cong_dan: code(&group, "TrangThaiCongDan")?,
        so_dinh_danh,
        ho_va_ten,
        hints: reader.hints,
    })
}

/// An element seen as a group of children in its own namespace.
struct Group<'a> {
    element: &'a Element,
}

impl<'a> Group<'a> {
    /// A group has children; text beside them means that two shapes were mixed.
    fn of(element: &'a Element) -> Read<Self> {
        if element.has_children() && element.given_text().is_some() {
            return Err(MalformedCause::UnexpectedElement);
        }
        Ok(Self { element })
    }

    /// The single-valued child of this name, where somebody wants it; twice with different content cannot be trusted.
    fn child(&self, name: &str) -> Read<Option<&'a Element>> {
        let mut named = self.all(name);
        let Some(first) = named.next() else { return Ok(None) };
        if !named.all(|other| other.says_the_same(first)) {
            return Err(MalformedCause::DuplicateElement);
        }
        Ok(Some(first).filter(|first| !first.is_passed_over()))
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &'a Element> {
        self.element.children.iter().filter(move |child| child.name == name)
    }

    /// Also the blocks that nobody wants must not contradict themselves. Nationality may repeat (QCVN 109).
    fn check_duplicates(&self) -> Read<()> {
        for name in person_elements().filter(|name| *name != "QuocTich") {
            self.child(name)?;
        }
        Ok(())
    }
}

/// A code, as it was sent.
fn code(group: &Group<'_>, name: &str) -> Read<Option<PersonalText>> {
    Ok(group.child(name)?.map(code_text).transpose()?.flatten())
}

/// Ethnicity and religion: a code as text, or a group that holds it (PROTOCOL §5.2 rule 4).
fn code_or_group(group: &Group<'_>, name: &str, inner: &str) -> Read<Option<PersonalText>> {
    match group.child(name)? {
        Some(element) if element.has_children() => code(&Group::of(element)?, inner),
        Some(element) => code_text(element),
        None => Ok(None),
    }
}

struct Reader {
    hints: Vec<Hint>,
}

impl Reader {
    /// A name as text or as the group `Ho`, `ChuDem`, `Ten`, everywhere (PROTOCOL §5.2 rule 3). Never split.
    fn name(&mut self, element: &Element) -> Read<Option<PersonName>> {
        if !element.has_children() {
            return Ok(self.free_text(element, true)?.map(PersonName::Whole));
        }
        let group = Group::of(element)?;
        let mut part = |name: &str| -> Read<Option<PersonalText>> {
            Ok(group.child(name)?.map(|part| self.free_text(part, true)).transpose()?.flatten())
        };
        Ok(PersonName::from_parts(part("Ho")?, part("ChuDem")?, part("Ten")?))
    }

    /// Names and details: tidied (NFC, single spaces), with a hint where the text looks damaged.
    fn free_text(&mut self, element: &Element, is_name: bool) -> Read<Option<PersonalText>> {
        let Some(text) = leaf(element)? else { return Ok(None) };
        let text = name::tidy(text);
        if looks_legacy(&text) {
            self.hints.push(Hint::LegacyEncoding);
        }
        if is_name && name::has_lookalike_letter(&text) {
            self.hints.push(Hint::LookalikeLetter);
        }
        Ok(PersonalText::given(text))
    }

    /// `NgayThangNam`, else `Nam`; a contradiction fills nothing (PROTOCOL §5, §5.2 rule 5, §9).
    fn birth_date(&mut self, group: &Group<'_>) -> Read<BirthDate> {
        let Some(element) = group.child("NgayThangNamSinh")? else { return Ok(BirthDate::NotGiven) };
        if !element.has_children() {
            let date = self.date(element)?;
            return Ok(date.map_or(BirthDate::NotGiven, BirthDate::Given));
        }
        let group = Group::of(element)?;
        let date = group.child("NgayThangNam")?.map(|element| self.date(element)).transpose()?.flatten();
        let year = group.child("Nam")?.map(|element| self.date(element)).transpose()?.flatten();
        Ok(match (date, year) {
            (Some(date), Some(year)) if date.year() != year.year() => {
                self.hints.push(Hint::BirthYearConflict);
                BirthDate::Conflict { nam: year.year(), ngay_thang_nam: date }
            }
            (Some(date), _) => BirthDate::Given(date),
            (None, Some(year)) => {
                PartialDate::new(year.year(), None, None).map_or(BirthDate::NotGiven, BirthDate::Given)
            }
            (None, None) => BirthDate::NotGiven,
        })
    }

    /// A date may also be a JSON integer: eight or four digits without a leading zero lose nothing.
    fn date(&mut self, element: &Element) -> Read<Option<PartialDate>> {
        let Some(text) = coded(element)? else { return Ok(None) };
        match PartialDate::read_register(text) {
            RegisterDate::Date(date) => Ok(Some(date)),
            RegisterDate::NotGiven => Ok(None),
            RegisterDate::Impossible => {
                self.hints.push(Hint::ImpossibleDate);
                Ok(None)
            }
        }
    }

    /// An address group, observed or standard form (PROTOCOL §5.1).
    fn address(&mut self, group: &Group<'_>, name: &str) -> Read<Address> {
        let element = match group.child(name)? {
            Some(element) if element.has_children() => element,
            _ => return Ok(Address::default()),
        };
        let group = Group::of(element)?;
        let unit =
            |name: &str| -> Read<Option<PersonalText>> { Ok(group.child(name)?.map(unit_code).transpose()?.flatten()) };
        let mut address = Address {
            tinh: unit("MaTinhThanh")?,
            huyen: unit("MaQuanHuyen")?,
            xa: unit("MaPhuongXa")?,
            chi_tiet: group.child("ChiTiet")?.map(|detail| self.free_text(detail, false)).transpose()?.flatten(),
            quoc_gia: group.child("QuocGia")?.map(text).transpose()?.flatten(),
        };
        if address.tinh.is_none() && address.huyen.is_none() && address.xa.is_none() {
            place_by_length(unit("MaDonViHanhChinh")?, &mut address);
        }
        let abroad = address.quoc_gia.as_ref().is_some_and(|country| !country.reveal().eq_ignore_ascii_case("VN"));
        if abroad {
            // Codes of Vietnamese units mean nothing abroad: the detail text only (RISKS U13).
            (address.tinh, address.huyen, address.xa) = (None, None, None);
        }
        Ok(address)
    }

    /// A relative's block; one that carries the subject's own number is somebody's mistake and is ignored (RISKS U20).
    fn relative(&mut self, group: &Group<'_>, name: &str, subject: Option<&PersonalText>) -> Read<Relative> {
        let element = match group.child(name)? {
            // QCVN 109 JSON may send a text instead of the group: it is not said what the text means.
            Some(element) if element.has_children() => element,
            _ => return Ok(Relative::default()),
        };
        let group = Group::of(element)?;
        let relative = Relative {
            so_dinh_danh: group.child("SoDinhDanh")?.map(number).transpose()?.flatten(),
            so_cmnd: group.child("SoCMND")?.map(number).transpose()?.flatten(),
            quoc_tich: nationality(&group)?,
            ho_va_ten: group.child("HoVaTen")?.map(|element| self.name(element)).transpose()?.flatten(),
        };
        if relative.so_dinh_danh.is_some() && relative.so_dinh_danh.as_ref() == subject {
            self.hints.push(Hint::RelativeIsSubject);
            return Ok(Relative::default());
        }
        Ok(relative)
    }

    /// The head of the household; may well be the subject.
    fn household_head(&mut self, group: &Group<'_>) -> Read<HouseholdHead> {
        let element = match group.child("ChuHo")? {
            Some(element) if element.has_children() => element,
            _ => return Ok(HouseholdHead::default()),
        };
        let group = Group::of(element)?;
        Ok(HouseholdHead {
            ho_va_ten: group.child("HoVaTen")?.map(|element| self.name(element)).transpose()?.flatten(),
            so_dinh_danh: group.child("SoDinhDanh")?.map(number).transpose()?.flatten(),
            so_cmnd: group.child("SoCMND")?.map(number).transpose()?.flatten(),
            quan_he: group.child("QuanHe")?.map(text).transpose()?.flatten(),
        })
    }
}

/// The standard's single unit code: its length tells the level (PROTOCOL §5.1).
fn place_by_length(code: Option<PersonalText>, address: &mut Address) {
    match code.as_ref().map(|code| code.reveal().len()) {
        Some(5) => address.xa = code,
        Some(3) => address.huyen = code,
        Some(2) => address.tinh = code,
        _ => {}
    }
}

/// May repeat in the standard; of several different ones none is chosen.
fn nationality(group: &Group<'_>) -> Read<Option<PersonalText>> {
    let mut given = None;
    for element in group.all("QuocTich").filter(|element| !element.is_passed_over()) {
        let this = text(element)?;
        match (&given, &this) {
            (_, None) => {}
            (None, Some(_)) => given = this,
            (Some(first), Some(second)) if first == second => {}
            (Some(_), Some(_)) => return Ok(None),
        }
    }
    Ok(given)
}
