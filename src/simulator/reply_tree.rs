//! A record as the observed 037 reply has it (PROTOCOL §5), before it is written as XML or JSON.
//!
//! The order and grouping of the elements are here; how "not given" looks, prefixes and JSON flavours belong to the
//! writers.

use std::borrow::Cow;

use super::reply_style::{AddressForm, NameShape, Style};
use crate::citizen::{Address, BirthDate, HouseholdHead, PartialDate, PersonName, PersonalText, Record, Relative};

/// An element or member.
pub struct Node<'a> {
    pub name: &'static str,
    pub content: Content<'a>,
}

/// What stands in it.
pub enum Content<'a> {
    /// A text; `None` is not given.
    Text(Option<Cow<'a, str>>),
    /// A code that the standard's JSON writes as a number (PROTOCOL §6.4).
    Code(Option<&'a str>),
    /// A group; of one that is not given the children are not given either.
    Group { given: bool, children: Vec<Node<'a>> },
}

/// The children of `CongDan` in the observed order (PROTOCOL §5).
pub fn person<'a>(record: &'a Record, style: &Style) -> Vec<Node<'a>> {
    let mut nodes = vec![
        text("SoDinhDanh", &record.so_dinh_danh),
        text("SoCMND", &record.so_cmnd),
        name_group(record.ho_va_ten.as_ref()),
        code("GioiTinh", &record.gioi_tinh),
        coded("DanToc", "MaDanToc", &record.dan_toc, style),
        coded("TonGiao", "MaTonGiao", &record.ton_giao, style),
        code("TinhTrangHonNhan", &record.tinh_trang_hon_nhan),
        text("NhomMau", &record.nhom_mau),
        birth_date(record.ngay_sinh, style),
        address("NoiDangKyKhaiSinh", &record.noi_dang_ky_khai_sinh, style),
        text("QuocTich", &record.quoc_tich),
        address("QueQuan", &record.que_quan, style),
        address("ThuongTru", &record.thuong_tru, style),
        address("NoiOHienTai", &record.noi_o_hien_tai, style),
        relative("Cha", &record.cha, style),
        relative("Me", &record.me, style),
        relative("VoChong", &record.vo_chong, style),
        relative("NguoiDaiDien", &record.nguoi_dai_dien, style),
        household_head(&record.chu_ho, style),
        text("SoSoHoKhau", &record.so_so_ho_khau),
    ];
    if record.trang_thai_cong_dan.is_some() {
        nodes.push(text("TrangThaiCongDan", &record.trang_thai_cong_dan));
    }
    if style.unknown_element {
        nodes.push(leaf("PhanMoPhong", Some("MẪU".into())));
    }
    nodes
}

/// `Ho`, `ChuDem`, `Ten`; a name in one piece stands in `Ten` alone (PROTOCOL §5).
fn name_group(name: Option<&PersonName>) -> Node<'_> {
    let (ho, chu_dem, ten) = match name {
        None => (None, None, None),
        Some(PersonName::Whole(whole)) => (None, None, Some(whole)),
        Some(PersonName::Parts { ho, chu_dem, ten }) => (ho.as_ref(), chu_dem.as_ref(), ten.as_ref()),
    };
    let children = [("Ho", ho), ("ChuDem", chu_dem), ("Ten", ten)];
    group(
        "HoVaTen",
        name.is_some(),
        children.map(|(name, part)| leaf(name, part.map(|part| part.reveal().into()))).into(),
    )
}

/// A relative's name: text or group for a name in one piece, always a group for one in parts.
fn relative_name<'a>(name: Option<&'a PersonName>, style: &Style) -> Node<'a> {
    match name {
        Some(PersonName::Whole(whole)) if style.relatives == NameShape::Text => {
            leaf("HoVaTen", Some(whole.reveal().into()))
        }
        None if style.relatives == NameShape::Text => leaf("HoVaTen", None),
        name => name_group(name),
    }
}

/// A code as text, or as a group in the standard form (PROTOCOL §5.2 rule 4).
fn coded<'a>(name: &'static str, inner: &'static str, value: &'a Option<PersonalText>, style: &Style) -> Node<'a> {
    if style.standard_forms {
        group(name, value.is_some(), vec![text(inner, value), leaf("TenGoiKhac", None)])
    } else {
        text(name, value)
    }
}

/// `Nam` and `NgayThangNam`: both for a day, only `Nam` for a year, `yyyymm00` for a month (PROTOCOL §5).
fn birth_date(birth: BirthDate, style: &Style) -> Node<'static> {
    let whole = |date: PartialDate| {
        let month = date.month().map(u32::from)?;
        Some(written_date(u32::from(date.year()), month, date.day().map_or(0, u32::from), style))
    };
    let (year, day) = match birth {
        BirthDate::NotGiven => (None, None),
        BirthDate::Given(date) => (Some(date.year()), whole(date)),
        BirthDate::Conflict { nam, ngay_thang_nam } => (Some(nam), whole(ngay_thang_nam)),
    };
    let year = year.map(|year| format!("{year:04}"));
    let children = vec![leaf("Nam", year.map(Cow::Owned)), leaf("NgayThangNam", day.map(Cow::Owned))];
    group("NgayThangNamSinh", birth != BirthDate::NotGiven, children)
}

/// `yyyymmdd`, in the standard form ISO; an unknown day stays `00` and compact.
fn written_date(year: u32, month: u32, day: u32, style: &Style) -> String {
    if style.standard_forms && day != 0 {
        return format!("{year:04}-{month:02}-{day:02}");
    }
    format!("{year:04}{month:02}{day:02}")
}

/// An address group (PROTOCOL §5.1).
fn address<'a>(name: &'static str, address: &'a Address, style: &Style) -> Node<'a> {
    let mut children = match only_code(address).filter(|_| style.address == AddressForm::Standard) {
        Some(code) => vec![leaf("MaDonViHanhChinh", Some(code.into()))],
        None => vec![
            text("MaTinhThanh", &address.tinh),
            text("MaQuanHuyen", &address.huyen),
            text("MaPhuongXa", &address.xa),
        ],
    };
    if style.address == AddressForm::New && address.huyen.is_none() {
        children.retain(|child| child.name != "MaQuanHuyen");
    }
    children.push(text("ChiTiet", &address.chi_tiet));
    children.push(text("QuocGia", &address.quoc_gia));
    group(name, address.is_given(), children)
}

/// The code of an address that has just one, if its length tells the level (2, 3 or 5 digits).
fn only_code(address: &Address) -> Option<&str> {
    let codes = [(&address.tinh, 2), (&address.huyen, 3), (&address.xa, 5)];
    let mut given = codes.iter().filter_map(|(code, length)| code.as_ref().map(|code| (code.reveal(), *length)));
    let (code, length) = given.next()?;
    let one = given.next().is_none();
    (one && code.len() == length && code.bytes().all(|byte| byte.is_ascii_digit())).then_some(code)
}

fn relative<'a>(name: &'static str, relative: &'a Relative, style: &Style) -> Node<'a> {
    let children = vec![
        relative_name(relative.ho_va_ten.as_ref(), style),
        text("QuocTich", &relative.quoc_tich),
        text("SoDinhDanh", &relative.so_dinh_danh),
        text("SoCMND", &relative.so_cmnd),
    ];
    group(name, *relative != Relative::default(), children)
}

fn household_head<'a>(head: &'a HouseholdHead, style: &Style) -> Node<'a> {
    let children = vec![
        text("QuanHe", &head.quan_he),
        text("SoDinhDanh", &head.so_dinh_danh),
        text("SoCMND", &head.so_cmnd),
        relative_name(head.ho_va_ten.as_ref(), style),
    ];
    group("ChuHo", *head != HouseholdHead::default(), children)
}

fn text<'a>(name: &'static str, value: &'a Option<PersonalText>) -> Node<'a> {
    leaf(name, value.as_ref().map(|value| value.reveal().into()))
}

fn code<'a>(name: &'static str, value: &'a Option<PersonalText>) -> Node<'a> {
    Node { name, content: Content::Code(value.as_ref().map(PersonalText::reveal)) }
}

fn leaf<'a>(name: &'static str, value: Option<Cow<'a, str>>) -> Node<'a> {
    Node { name, content: Content::Text(value) }
}

fn group<'a>(name: &'static str, given: bool, children: Vec<Node<'a>>) -> Node<'a> {
    Node { name, content: Content::Group { given, children } }
}
