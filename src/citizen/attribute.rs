//! The closed set of attributes that a population record can give.
//!
//! The paths are those of the catalogue's dictionary (`service-catalog/attributes.json`); the catalogue refuses to
//! load when dictionary and enum differ, so a path is looked up by name once, at load, and never while answering.

macro_rules! attributes {
    ($($variant:ident = $path:literal,)*) => {
        /// One attribute of a population record; the order is that of the dictionary.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Attribute {
            $(#[doc = concat!("`", $path, "`")] $variant,)*
        }

        impl Attribute {
            /// Every attribute, in dictionary order.
            pub const ALL: &'static [Attribute] = &[$(Attribute::$variant,)*];

            /// The path as written in mappings, for example `thuong_tru.xa`.
            pub fn path(self) -> &'static str {
                match self {
                    $(Attribute::$variant => $path,)*
                }
            }

            /// The attribute with exactly this path.
            pub fn from_path(path: &str) -> Option<Self> {
                match path {
                    $($path => Some(Attribute::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

attributes! {
    SoDinhDanh = "so_dinh_danh",
    SoCmnd = "so_cmnd",
    HoVaTen = "ho_va_ten",
    HoVaTenHo = "ho_va_ten.ho",
    HoVaTenChuDem = "ho_va_ten.chu_dem",
    HoVaTenTen = "ho_va_ten.ten",
    GioiTinh = "gioi_tinh",
    DanToc = "dan_toc",
    TonGiao = "ton_giao",
    TinhTrangHonNhan = "tinh_trang_hon_nhan",
    NhomMau = "nhom_mau",
    NgaySinh = "ngay_sinh",
    NgaySinhNam = "ngay_sinh.nam",
    QuocTich = "quoc_tich",
    NoiDangKyKhaiSinh = "noi_dang_ky_khai_sinh",
    NoiDangKyKhaiSinhTinh = "noi_dang_ky_khai_sinh.tinh",
    NoiDangKyKhaiSinhHuyen = "noi_dang_ky_khai_sinh.huyen",
    NoiDangKyKhaiSinhXa = "noi_dang_ky_khai_sinh.xa",
    NoiDangKyKhaiSinhChiTiet = "noi_dang_ky_khai_sinh.chi_tiet",
    NoiDangKyKhaiSinhQuocGia = "noi_dang_ky_khai_sinh.quoc_gia",
    QueQuan = "que_quan",
    QueQuanTinh = "que_quan.tinh",
    QueQuanHuyen = "que_quan.huyen",
    QueQuanXa = "que_quan.xa",
    QueQuanChiTiet = "que_quan.chi_tiet",
    QueQuanQuocGia = "que_quan.quoc_gia",
    ThuongTru = "thuong_tru",
    ThuongTruTinh = "thuong_tru.tinh",
    ThuongTruHuyen = "thuong_tru.huyen",
    ThuongTruXa = "thuong_tru.xa",
    ThuongTruChiTiet = "thuong_tru.chi_tiet",
    ThuongTruQuocGia = "thuong_tru.quoc_gia",
    NoiOHienTai = "noi_o_hien_tai",
    NoiOHienTaiTinh = "noi_o_hien_tai.tinh",
    NoiOHienTaiHuyen = "noi_o_hien_tai.huyen",
    NoiOHienTaiXa = "noi_o_hien_tai.xa",
    NoiOHienTaiChiTiet = "noi_o_hien_tai.chi_tiet",
    NoiOHienTaiQuocGia = "noi_o_hien_tai.quoc_gia",
    ChaHoVaTen = "cha.ho_va_ten",
    ChaQuocTich = "cha.quoc_tich",
    ChaSoDinhDanh = "cha.so_dinh_danh",
    ChaSoCmnd = "cha.so_cmnd",
    MeHoVaTen = "me.ho_va_ten",
    MeQuocTich = "me.quoc_tich",
    MeSoDinhDanh = "me.so_dinh_danh",
    MeSoCmnd = "me.so_cmnd",
    VoChongHoVaTen = "vo_chong.ho_va_ten",
    VoChongQuocTich = "vo_chong.quoc_tich",
    VoChongSoDinhDanh = "vo_chong.so_dinh_danh",
    VoChongSoCmnd = "vo_chong.so_cmnd",
    NguoiDaiDienHoVaTen = "nguoi_dai_dien.ho_va_ten",
    NguoiDaiDienQuocTich = "nguoi_dai_dien.quoc_tich",
    NguoiDaiDienSoDinhDanh = "nguoi_dai_dien.so_dinh_danh",
    NguoiDaiDienSoCmnd = "nguoi_dai_dien.so_cmnd",
    ChuHoHoVaTen = "chu_ho.ho_va_ten",
    ChuHoSoDinhDanh = "chu_ho.so_dinh_danh",
    ChuHoSoCmnd = "chu_ho.so_cmnd",
    ChuHoQuanHe = "chu_ho.quan_he",
    SoSoHoKhau = "so_so_ho_khau",
}

/// A set of attributes: what one plan wants of one person's record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttributeSet(u64);

impl AttributeSet {
    /// The set of nothing.
    pub const EMPTY: Self = Self(0);

    /// The set of all attributes.
    pub fn all() -> Self {
        Attribute::ALL.iter().copied().collect()
    }

    /// The same set with one more attribute.
    #[must_use]
    pub fn with(self, attribute: Attribute) -> Self {
        Self(self.0 | Self::bit(attribute))
    }

    /// Whether the attribute is in the set.
    pub fn contains(self, attribute: Attribute) -> bool {
        self.0 & Self::bit(attribute) != 0
    }

    /// What both sets have.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What either set has.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What only this set has.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The attributes of the set in dictionary order.
    pub fn iter(self) -> impl Iterator<Item = Attribute> {
        Attribute::ALL.iter().copied().filter(move |attribute| self.contains(*attribute))
    }

    /// The set as a mask; equal masks, equal sets. Only of this build: the order of the attributes may change.
    pub fn bits(self) -> u64 {
        self.0
    }

    fn bit(attribute: Attribute) -> u64 {
        1 << (attribute as u8)
    }
}

impl FromIterator<Attribute> for AttributeSet {
    fn from_iter<I: IntoIterator<Item = Attribute>>(attributes: I) -> Self {
        attributes.into_iter().fold(Self::EMPTY, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_leads_back_to_its_attribute() {
        for attribute in Attribute::ALL {
            assert_eq!(Attribute::from_path(attribute.path()), Some(*attribute));
        }
        assert_eq!(Attribute::from_path("ho_va_tenn"), None);
    }

    #[test]
    fn a_set_holds_all_attributes_without_clashes() {
        assert_eq!(AttributeSet::all().iter().count(), Attribute::ALL.len());
        assert!(Attribute::ALL.len() <= 64, "AttributeSet is a 64-bit mask");
        let one = AttributeSet::EMPTY.with(Attribute::SoSoHoKhau);
        assert!(one.contains(Attribute::SoSoHoKhau) && !one.contains(Attribute::SoDinhDanh));
    }
}
