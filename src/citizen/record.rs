//! The record of one citizen as the register gave it: typed, reduced to what a form needs, wiped on drop.
//!
//! Field names are the register's slugs (DESIGN words: Vietnamese for what is in the register). Nothing here is
//! completed or corrected; "absent", "empty", "blank" and "null" arrive as `None`.

use std::borrow::Cow;

use zeroize::Zeroize;

use super::attribute::{Attribute, AttributeSet};
use super::partial_date::PartialDate;
use super::personal_text::PersonalText;

/// A name as the register sent it: in one piece (the usual case: `Ten` alone holds the whole name) or in parts.
#[derive(Clone, PartialEq, Eq)]
pub enum PersonName {
    /// The whole name; it is never split into parts (family name first is not a rule that holds for everybody).
    Whole(PersonalText),
    /// Parts that the register gave separately; at least one is present.
    Parts { ho: Option<PersonalText>, chu_dem: Option<PersonalText>, ten: Option<PersonalText> },
}

impl PersonName {
    /// A whole name; `None` when blank.
    pub fn whole(text: impl Into<String>) -> Option<Self> {
        PersonalText::given(text).map(Self::Whole)
    }

    /// A name from the three parts of a `HoVaTen` group: only `ten` filled means the whole name stands there
    /// (observed 037 replies), otherwise the parts are kept apart. `None` when all are missing.
    pub fn from_parts(
        ho: Option<PersonalText>,
        chu_dem: Option<PersonalText>,
        ten: Option<PersonalText>,
    ) -> Option<Self> {
        match (ho, chu_dem, ten) {
            (None, None, None) => None,
            (None, None, Some(ten)) => Some(Self::Whole(ten)),
            (ho, chu_dem, ten) => Some(Self::Parts { ho, chu_dem, ten }),
        }
    }

    /// The full name: non-blank parts joined by one space; no copy of one that came whole.
    pub fn full(&self) -> Cow<'_, str> {
        match self {
            Self::Whole(text) => Cow::Borrowed(text.reveal()),
            Self::Parts { ho, chu_dem, ten } => {
                let parts: Vec<&str> = [ho, chu_dem, ten].into_iter().flatten().map(PersonalText::reveal).collect();
                Cow::Owned(parts.join(" "))
            }
        }
    }

    fn heap_bytes(&self) -> usize {
        match self {
            Self::Whole(text) => text.heap_bytes(),
            Self::Parts { ho, chu_dem, ten } => heap(ho) + heap(chu_dem) + heap(ten),
        }
    }
}

/// The birth date in a record.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum BirthDate {
    /// Absent, blank, or impossible (then with [`Hint::ImpossibleDate`]).
    #[default]
    NotGiven,
    /// As precise as the register knows it.
    Given(PartialDate),
    /// `Nam` and the year of `NgayThangNam` differ: nothing is filled (PROTOCOL §9). Both are kept only to tell
    /// whether a query names one of them.
    Conflict { nam: u16, ngay_thang_nam: PartialDate },
}

impl Zeroize for BirthDate {
    fn zeroize(&mut self) {
        match self {
            Self::NotGiven => {}
            Self::Given(date) => date.zeroize(),
            Self::Conflict { nam, ngay_thang_nam } => {
                nam.zeroize();
                ngay_thang_nam.zeroize();
            }
        }
        *self = Self::NotGiven;
    }
}

/// An address group. Codes are text and keep their leading zeros; values of two groups are never mixed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// Province code, 2 digits.
    pub tinh: Option<PersonalText>,
    /// District code, 3 digits; only in records of before 1 July 2025.
    pub huyen: Option<PersonalText>,
    /// Commune code, 5 digits.
    pub xa: Option<PersonalText>,
    /// Free text; often repeats the names of the units.
    pub chi_tiet: Option<PersonalText>,
    /// ISO 3166-1 alpha-2.
    pub quoc_gia: Option<PersonalText>,
}

impl Address {
    /// Whether the register gave anything of this group.
    pub fn is_given(&self) -> bool {
        self.tinh.is_some()
            || self.huyen.is_some()
            || self.xa.is_some()
            || self.chi_tiet.is_some()
            || self.quoc_gia.is_some()
    }

    fn heap_bytes(&self) -> usize {
        heap(&self.tinh) + heap(&self.huyen) + heap(&self.xa) + heap(&self.chi_tiet) + heap(&self.quoc_gia)
    }
}

/// A relative's block in a record: name, nationality and numbers, never a birth date.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Relative {
    pub ho_va_ten: Option<PersonName>,
    pub quoc_tich: Option<PersonalText>,
    pub so_dinh_danh: Option<PersonalText>,
    pub so_cmnd: Option<PersonalText>,
}

impl Relative {
    fn heap_bytes(&self) -> usize {
        name_heap(&self.ho_va_ten) + heap(&self.quoc_tich) + heap(&self.so_dinh_danh) + heap(&self.so_cmnd)
    }
}

/// The head of the present household and the person's relation to him or her.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct HouseholdHead {
    pub ho_va_ten: Option<PersonName>,
    pub so_dinh_danh: Option<PersonalText>,
    pub so_cmnd: Option<PersonalText>,
    /// Relation code; only `CH01` (is the head) is known.
    pub quan_he: Option<PersonalText>,
}

/// What the reader noticed in a reply and the officer should know; never holds a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hint {
    /// A date that does not exist was received and not used.
    ImpossibleDate,
    /// `Nam` and `NgayThangNam` name different years.
    BirthYearConflict,
    /// A text holds U+FFFD or looks like a legacy Vietnamese encoding; shown as received.
    LegacyEncoding,
    /// Ð or Ɖ stands for Đ in a name.
    LookalikeLetter,
    /// The reply's namespace was not the standard one; elements were matched by local name.
    UnknownNamespace,
    /// The birth date of the query and the register's are not equally precise.
    BirthDatePrecision,
    /// The query's month of birth is another than the register's (it was asked with the year alone).
    BirthDateDiffers,
    /// A relative carries the subject's own number; that block was ignored.
    RelativeIsSubject,
}

impl Hint {
    /// Stable code used in the answer's `warnings`.
    pub fn code(self) -> &'static str {
        match self {
            Self::ImpossibleDate => "impossible_date",
            Self::BirthYearConflict => "birth_year_conflict",
            Self::LegacyEncoding => "legacy_encoding",
            Self::LookalikeLetter => "lookalike_letter",
            Self::UnknownNamespace => "unknown_namespace",
            Self::BirthDatePrecision => "birth_date_precision",
            Self::BirthDateDiffers => "birth_date_differs",
            Self::RelativeIsSubject => "relative_is_subject",
        }
    }
}

/// One citizen's record. No `Debug`, no `Serialize`; texts are wiped on drop.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Record {
    pub so_dinh_danh: Option<PersonalText>,
    pub so_cmnd: Option<PersonalText>,
    pub ho_va_ten: Option<PersonName>,
    pub gioi_tinh: Option<PersonalText>,
    pub dan_toc: Option<PersonalText>,
    pub ton_giao: Option<PersonalText>,
    pub tinh_trang_hon_nhan: Option<PersonalText>,
    pub nhom_mau: Option<PersonalText>,
    pub ngay_sinh: BirthDate,
    pub quoc_tich: Option<PersonalText>,
    pub noi_dang_ky_khai_sinh: Address,
    pub que_quan: Address,
    pub thuong_tru: Address,
    pub noi_o_hien_tai: Address,
    pub cha: Relative,
    pub me: Relative,
    pub vo_chong: Relative,
    pub nguoi_dai_dien: Relative,
    pub chu_ho: HouseholdHead,
    pub so_so_ho_khau: Option<PersonalText>,
    /// Status of the person (code list `trang-thai-cong-dan`); always kept, because 2 and 3 stop the filling.
    pub trang_thai_cong_dan: Option<PersonalText>,
    pub hints: Vec<Hint>,
}

/// A value that the register gave, borrowed from the record.
pub enum Given<'a> {
    /// A code or a free text.
    Text(&'a str),
    Name(&'a PersonName),
    Date(PartialDate),
    /// The year of the birth date.
    Year(u16),
    Address(&'a Address),
    /// The record contradicts itself here; nothing may be filled.
    Conflict,
}

/// Why a record may not be used for filling (status codes of `trang-thai-cong-dan`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// Status 2.
    Dead,
    /// Status 3.
    Missing,
}

impl Record {
    /// What the register gave for an attribute; `None` means not given.
    pub fn given(&self, attribute: Attribute) -> Option<Given<'_>> {
        use Attribute as A;
        match attribute {
            A::SoDinhDanh => text(&self.so_dinh_danh),
            A::SoCmnd => text(&self.so_cmnd),
            A::HoVaTen => name(&self.ho_va_ten),
            A::HoVaTenHo | A::HoVaTenChuDem | A::HoVaTenTen => self.name_part(attribute),
            A::GioiTinh => text(&self.gioi_tinh),
            A::DanToc => text(&self.dan_toc),
            A::TonGiao => text(&self.ton_giao),
            A::TinhTrangHonNhan => text(&self.tinh_trang_hon_nhan),
            A::NhomMau => text(&self.nhom_mau),
            A::NgaySinh => match self.ngay_sinh {
                BirthDate::NotGiven => None,
                BirthDate::Given(date) => Some(Given::Date(date)),
                BirthDate::Conflict { .. } => Some(Given::Conflict),
            },
            A::NgaySinhNam => match self.ngay_sinh {
                BirthDate::NotGiven => None,
                BirthDate::Given(date) => Some(Given::Year(date.year())),
                BirthDate::Conflict { .. } => Some(Given::Conflict),
            },
            A::QuocTich => text(&self.quoc_tich),
            A::NoiDangKyKhaiSinh => address(&self.noi_dang_ky_khai_sinh),
            A::NoiDangKyKhaiSinhTinh => text(&self.noi_dang_ky_khai_sinh.tinh),
            A::NoiDangKyKhaiSinhHuyen => text(&self.noi_dang_ky_khai_sinh.huyen),
            A::NoiDangKyKhaiSinhXa => text(&self.noi_dang_ky_khai_sinh.xa),
            A::NoiDangKyKhaiSinhChiTiet => text(&self.noi_dang_ky_khai_sinh.chi_tiet),
            A::NoiDangKyKhaiSinhQuocGia => text(&self.noi_dang_ky_khai_sinh.quoc_gia),
            A::QueQuan => address(&self.que_quan),
            A::QueQuanTinh => text(&self.que_quan.tinh),
            A::QueQuanHuyen => text(&self.que_quan.huyen),
            A::QueQuanXa => text(&self.que_quan.xa),
            A::QueQuanChiTiet => text(&self.que_quan.chi_tiet),
            A::QueQuanQuocGia => text(&self.que_quan.quoc_gia),
            A::ThuongTru => address(&self.thuong_tru),
            A::ThuongTruTinh => text(&self.thuong_tru.tinh),
            A::ThuongTruHuyen => text(&self.thuong_tru.huyen),
            A::ThuongTruXa => text(&self.thuong_tru.xa),
            A::ThuongTruChiTiet => text(&self.thuong_tru.chi_tiet),
            A::ThuongTruQuocGia => text(&self.thuong_tru.quoc_gia),
            A::NoiOHienTai => address(&self.noi_o_hien_tai),
            A::NoiOHienTaiTinh => text(&self.noi_o_hien_tai.tinh),
            A::NoiOHienTaiHuyen => text(&self.noi_o_hien_tai.huyen),
            A::NoiOHienTaiXa => text(&self.noi_o_hien_tai.xa),
            A::NoiOHienTaiChiTiet => text(&self.noi_o_hien_tai.chi_tiet),
            A::NoiOHienTaiQuocGia => text(&self.noi_o_hien_tai.quoc_gia),
            A::ChaHoVaTen => name(&self.cha.ho_va_ten),
            A::ChaQuocTich => text(&self.cha.quoc_tich),
            A::ChaSoDinhDanh => text(&self.cha.so_dinh_danh),
            A::ChaSoCmnd => text(&self.cha.so_cmnd),
            A::MeHoVaTen => name(&self.me.ho_va_ten),
            A::MeQuocTich => text(&self.me.quoc_tich),
            A::MeSoDinhDanh => text(&self.me.so_dinh_danh),
            A::MeSoCmnd => text(&self.me.so_cmnd),
            A::VoChongHoVaTen => name(&self.vo_chong.ho_va_ten),
            A::VoChongQuocTich => text(&self.vo_chong.quoc_tich),
            A::VoChongSoDinhDanh => text(&self.vo_chong.so_dinh_danh),
            A::VoChongSoCmnd => text(&self.vo_chong.so_cmnd),
            A::NguoiDaiDienHoVaTen => name(&self.nguoi_dai_dien.ho_va_ten),
            A::NguoiDaiDienQuocTich => text(&self.nguoi_dai_dien.quoc_tich),
            A::NguoiDaiDienSoDinhDanh => text(&self.nguoi_dai_dien.so_dinh_danh),
            A::NguoiDaiDienSoCmnd => text(&self.nguoi_dai_dien.so_cmnd),
            A::ChuHoHoVaTen => name(&self.chu_ho.ho_va_ten),
            A::ChuHoSoDinhDanh => text(&self.chu_ho.so_dinh_danh),
            A::ChuHoSoCmnd => text(&self.chu_ho.so_cmnd),
            A::ChuHoQuanHe => text(&self.chu_ho.quan_he),
            A::SoSoHoKhau => text(&self.so_so_ho_khau),
        }
    }

    /// Whether the person's status forbids filling: dead or missing records fill nothing, the officer is told.
    pub fn blocked(&self) -> Option<Blocked> {
        match self.trang_thai_cong_dan.as_ref().map(PersonalText::reveal) {
            Some("2") => Some(Blocked::Dead),
            Some("3") => Some(Blocked::Missing),
            _ => None,
        }
    }

    /// The record with nothing but the wanted attributes and what filling itself needs (status and hints): everything
    /// else is wiped here, before anything is cached or answered (RISKS R2).
    #[must_use]
    pub fn reduced(mut self, keep: AttributeSet) -> Self {
        use Attribute as A;
        let wanted = |attributes: &[Attribute]| attributes.iter().any(|attribute| keep.contains(*attribute));
        drop_unless(wanted(&[A::SoDinhDanh]), &mut self.so_dinh_danh);
        drop_unless(wanted(&[A::SoCmnd]), &mut self.so_cmnd);
        drop_unless(wanted(&[A::HoVaTen, A::HoVaTenHo, A::HoVaTenChuDem, A::HoVaTenTen]), &mut self.ho_va_ten);
        drop_unless(wanted(&[A::GioiTinh]), &mut self.gioi_tinh);
        drop_unless(wanted(&[A::DanToc]), &mut self.dan_toc);
        drop_unless(wanted(&[A::TonGiao]), &mut self.ton_giao);
        drop_unless(wanted(&[A::TinhTrangHonNhan]), &mut self.tinh_trang_hon_nhan);
        drop_unless(wanted(&[A::NhomMau]), &mut self.nhom_mau);
        drop_unless(wanted(&[A::QuocTich]), &mut self.quoc_tich);
        drop_unless(wanted(&[A::SoSoHoKhau]), &mut self.so_so_ho_khau);
        if !wanted(&[A::NgaySinh, A::NgaySinhNam]) {
            self.ngay_sinh.zeroize();
        }
        reduce_address(&mut self.noi_dang_ky_khai_sinh, keep, A::NoiDangKyKhaiSinh);
        reduce_address(&mut self.que_quan, keep, A::QueQuan);
        reduce_address(&mut self.thuong_tru, keep, A::ThuongTru);
        reduce_address(&mut self.noi_o_hien_tai, keep, A::NoiOHienTai);
        reduce_relative(&mut self.cha, keep, [A::ChaHoVaTen, A::ChaQuocTich, A::ChaSoDinhDanh, A::ChaSoCmnd]);
        reduce_relative(&mut self.me, keep, [A::MeHoVaTen, A::MeQuocTich, A::MeSoDinhDanh, A::MeSoCmnd]);
        reduce_relative(
            &mut self.vo_chong,
            keep,
            [A::VoChongHoVaTen, A::VoChongQuocTich, A::VoChongSoDinhDanh, A::VoChongSoCmnd],
        );
        reduce_relative(
            &mut self.nguoi_dai_dien,
            keep,
            [A::NguoiDaiDienHoVaTen, A::NguoiDaiDienQuocTich, A::NguoiDaiDienSoDinhDanh, A::NguoiDaiDienSoCmnd],
        );
        drop_unless(wanted(&[A::ChuHoHoVaTen]), &mut self.chu_ho.ho_va_ten);
        drop_unless(wanted(&[A::ChuHoSoDinhDanh]), &mut self.chu_ho.so_dinh_danh);
        drop_unless(wanted(&[A::ChuHoSoCmnd]), &mut self.chu_ho.so_cmnd);
        drop_unless(wanted(&[A::ChuHoQuanHe]), &mut self.chu_ho.quan_he);
        self
    }

    /// Bytes of its texts on the heap.
    pub fn text_bytes(&self) -> usize {
        let texts = [
            &self.so_dinh_danh,
            &self.so_cmnd,
            &self.gioi_tinh,
            &self.dan_toc,
            &self.ton_giao,
            &self.tinh_trang_hon_nhan,
            &self.nhom_mau,
            &self.quoc_tich,
            &self.so_so_ho_khau,
            &self.trang_thai_cong_dan,
        ];
        let addresses = [&self.noi_dang_ky_khai_sinh, &self.que_quan, &self.thuong_tru, &self.noi_o_hien_tai];
        let relatives = [&self.cha, &self.me, &self.vo_chong, &self.nguoi_dai_dien];
        texts.into_iter().map(heap).sum::<usize>()
            + name_heap(&self.ho_va_ten)
            + addresses.into_iter().map(Address::heap_bytes).sum::<usize>()
            + relatives.into_iter().map(Relative::heap_bytes).sum::<usize>()
            + name_heap(&self.chu_ho.ho_va_ten)
            + heap(&self.chu_ho.so_dinh_danh)
            + heap(&self.chu_ho.so_cmnd)
            + heap(&self.chu_ho.quan_he)
    }

    fn name_part(&self, attribute: Attribute) -> Option<Given<'_>> {
        let Some(PersonName::Parts { ho, chu_dem, ten }) = &self.ho_va_ten else { return None };
        match attribute {
            Attribute::HoVaTenHo => text(ho),
            Attribute::HoVaTenChuDem => text(chu_dem),
            _ => text(ten),
        }
    }
}

impl Drop for Record {
    /// Texts wipe themselves; the birth date is wiped here.
    fn drop(&mut self) {
        self.ngay_sinh.zeroize();
    }
}

fn drop_unless<T>(wanted: bool, value: &mut Option<T>) {
    if !wanted {
        *value = None;
    }
}

/// The leaves of an address follow their group in dictionary order; a wanted group keeps all of them.
fn reduce_address(address: &mut Address, keep: AttributeSet, group: Attribute) {
    if keep.contains(group) {
        return;
    }
    let leaf = |offset: usize| keep.contains(Attribute::ALL[group as usize + offset]);
    // The unit codes of one group are only meaningful together: a commune code is looked up with its district.
    let any_code = leaf(1) || leaf(2) || leaf(3) || leaf(4);
    drop_unless(any_code, &mut address.tinh);
    drop_unless(any_code, &mut address.huyen);
    drop_unless(any_code, &mut address.xa);
    drop_unless(leaf(4), &mut address.chi_tiet);
    drop_unless(any_code || leaf(5), &mut address.quoc_gia);
}

fn reduce_relative(relative: &mut Relative, keep: AttributeSet, [name, nationality, number, card]: [Attribute; 4]) {
    drop_unless(keep.contains(name), &mut relative.ho_va_ten);
    drop_unless(keep.contains(nationality), &mut relative.quoc_tich);
    drop_unless(keep.contains(number), &mut relative.so_dinh_danh);
    drop_unless(keep.contains(card), &mut relative.so_cmnd);
}

fn name_heap(name: &Option<PersonName>) -> usize {
    name.as_ref().map_or(0, PersonName::heap_bytes)
}

fn text(value: &Option<PersonalText>) -> Option<Given<'_>> {
    value.as_ref().map(|text| Given::Text(text.reveal()))
}

fn name(value: &Option<PersonName>) -> Option<Given<'_>> {
    value.as_ref().map(Given::Name)
}

fn address(value: &Address) -> Option<Given<'_>> {
    value.is_given().then_some(Given::Address(value))
}

fn heap(value: &Option<PersonalText>) -> usize {
    value.as_ref().map_or(0, PersonalText::heap_bytes)
}
