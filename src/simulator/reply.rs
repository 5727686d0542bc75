//! Writing a record as the observed 037 reply has it (PROTOCOL §5), in one of the styles.
//!
//! The values arrive the same whatever the style; only names of prefixes and the look of "not given" change.

use std::io;

use super::reply_style::{Blank, NameShape, Nobody, Style};
use super::soap::{self, Xml};
use crate::citizen::{Address, BirthDate, HouseholdHead, PartialDate, PersonName, PersonalText, Record, Relative};

/// Namespace of the record (QCVN 109:2017/BTTTT, PROTOCOL §5).
pub const RECORD_NAMESPACE: &str = "http://www.mic.gov.vn/dancu/1.0";

/// The reply with these people, none of them "nobody"; see [`nobody`] for that.
pub fn people(records: &[&Record], style: Style, namespace: &str) -> io::Result<String> {
    soap::envelope(style.soap_prefix, |xml| {
        let mut reply = Reply { xml, style };
        reply.open_collection(namespace, records.len())?;
        for record in records {
            reply.open("CongDan")?;
            reply.person(record)?;
            reply.close("CongDan")?;
        }
        reply.close("CongdanCollection")
    })
}

/// The reply that says that nobody matches (PROTOCOL §6.1, §11).
pub fn nobody(style: Style) -> io::Result<String> {
    soap::envelope(style.soap_prefix, |xml| {
        let mut reply = Reply { xml, style };
        if style.nobody == Nobody::NoCollection {
            return Ok(());
        }
        reply.open_collection(RECORD_NAMESPACE, 0)?;
        if style.nobody == Nobody::EmptyPerson {
            reply.empty("CongDan")?;
        }
        reply.close("CongdanCollection")
    })
}

struct Reply<'a> {
    xml: &'a mut Xml,
    style: Style,
}

impl Reply<'_> {
    /// The children of `CongDan` in the observed order (PROTOCOL §5).
    fn person(&mut self, record: &Record) -> io::Result<()> {
        self.leaf("SoDinhDanh", &record.so_dinh_danh)?;
        self.leaf("SoCMND", &record.so_cmnd)?;
        self.name_group(record.ho_va_ten.as_ref())?;
        self.leaf("GioiTinh", &record.gioi_tinh)?;
        self.coded("DanToc", "MaDanToc", &record.dan_toc)?;
        self.coded("TonGiao", "MaTonGiao", &record.ton_giao)?;
        self.leaf("TinhTrangHonNhan", &record.tinh_trang_hon_nhan)?;
        self.leaf("NhomMau", &record.nhom_mau)?;
        self.birth_date(record.ngay_sinh)?;
        self.address("NoiDangKyKhaiSinh", &record.noi_dang_ky_khai_sinh)?;
        self.leaf("QuocTich", &record.quoc_tich)?;
        self.address("QueQuan", &record.que_quan)?;
        self.address("ThuongTru", &record.thuong_tru)?;
        self.address("NoiOHienTai", &record.noi_o_hien_tai)?;
        self.relative("Cha", &record.cha)?;
        self.relative("Me", &record.me)?;
        self.relative("VoChong", &record.vo_chong)?;
        self.relative("NguoiDaiDien", &record.nguoi_dai_dien)?;
        self.household_head(&record.chu_ho)?;
        self.leaf("SoSoHoKhau", &record.so_so_ho_khau)?;
        if record.trang_thai_cong_dan.is_some() {
            self.leaf("TrangThaiCongDan", &record.trang_thai_cong_dan)?;
        }
        if self.style.unknown_element {
            self.text("PhanMoPhong", "MẪU")?;
        }
        Ok(())
    }

    /// `Ho`, `ChuDem`, `Ten`; a name in one piece stands in `Ten` alone (PROTOCOL §5).
    fn name_group(&mut self, name: Option<&PersonName>) -> io::Result<()> {
        let (ho, chu_dem, ten) = match name {
            None => (&None, &None, None),
            Some(PersonName::Whole(whole)) => (&None, &None, Some(whole)),
            Some(PersonName::Parts { ho, chu_dem, ten }) => (ho, chu_dem, ten.as_ref()),
        };
        self.group("HoVaTen", name.is_some(), |reply| {
            reply.leaf("Ho", ho)?;
            reply.leaf("ChuDem", chu_dem)?;
            reply.given_or_blank("Ten", ten)
        })
    }

    /// A relative's name: text or group for a name in one piece, always a group for one in parts.
    fn relative_name(&mut self, name: Option<&PersonName>) -> io::Result<()> {
        match name {
            Some(PersonName::Whole(whole)) if self.style.relatives == NameShape::Text => {
                self.given_or_blank("HoVaTen", Some(whole))
            }
            None if self.style.relatives == NameShape::Text => self.blank("HoVaTen"),
            name => self.name_group(name),
        }
    }

    /// A code as text, or as a group in the standard form (PROTOCOL §5.2 rule 4).
    fn coded(&mut self, element: &str, code: &str, value: &Option<PersonalText>) -> io::Result<()> {
        if !self.style.standard_forms {
            return self.leaf(element, value);
        }
        self.group(element, value.is_some(), |reply| {
            reply.leaf(code, value)?;
            reply.blank("TenGoiKhac")
        })
    }

    /// `Nam` and `NgayThangNam`: both for a day, only `Nam` for a year, `yyyymm00` for a month (PROTOCOL §5).
    fn birth_date(&mut self, birth: BirthDate) -> io::Result<()> {
        let whole = |date: PartialDate| {
            let month = date.month().map(u32::from);
            month.map(|month| self.date(u32::from(date.year()), month, date.day().map_or(0, u32::from)))
        };
        let (year, day) = match birth {
            BirthDate::NotGiven => (None, None),
            BirthDate::Given(date) => (Some(format!("{:04}", date.year())), whole(date)),
            BirthDate::Conflict { nam, ngay_thang_nam } => (Some(format!("{nam:04}")), whole(ngay_thang_nam)),
        };
        self.group("NgayThangNamSinh", year.is_some(), |reply| {
            reply.text_or_blank("Nam", year.as_deref())?;
            reply.text_or_blank("NgayThangNam", day.as_deref())
        })
    }

    /// `yyyymmdd`, in the standard form ISO; an unknown day stays `00` and compact.
    fn date(&self, year: u32, month: u32, day: u32) -> String {
        if self.style.standard_forms && day != 0 {
            return format!("{year:04}-{month:02}-{day:02}");
        }
        format!("{year:04}{month:02}{day:02}")
    }

    /// An address group with the observed children (PROTOCOL §5.1).
    fn address(&mut self, element: &str, address: &Address) -> io::Result<()> {
        self.group(element, address.is_given(), |reply| {
            reply.leaf("MaTinhThanh", &address.tinh)?;
            reply.leaf("MaQuanHuyen", &address.huyen)?;
            reply.leaf("MaPhuongXa", &address.xa)?;
            reply.leaf("ChiTiet", &address.chi_tiet)?;
            reply.leaf("QuocGia", &address.quoc_gia)
        })
    }

    fn relative(&mut self, element: &str, relative: &Relative) -> io::Result<()> {
        self.group(element, *relative != Relative::default(), |reply| {
            reply.relative_name(relative.ho_va_ten.as_ref())?;
            reply.leaf("QuocTich", &relative.quoc_tich)?;
            reply.leaf("SoDinhDanh", &relative.so_dinh_danh)?;
            reply.leaf("SoCMND", &relative.so_cmnd)
        })
    }

    fn household_head(&mut self, head: &HouseholdHead) -> io::Result<()> {
        self.group("ChuHo", *head != HouseholdHead::default(), |reply| {
            reply.leaf("QuanHe", &head.quan_he)?;
            reply.leaf("SoDinhDanh", &head.so_dinh_danh)?;
            reply.leaf("SoCMND", &head.so_cmnd)?;
            reply.relative_name(head.ho_va_ten.as_ref())
        })
    }

    /// A group; one of which nothing is given looks as the style says.
    fn group(&mut self, name: &str, given: bool, children: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<()> {
        if !given && self.style.blank == Blank::Absent {
            return Ok(());
        }
        if !given && matches!(self.style.blank, Blank::Empty | Blank::Null) {
            return self.empty(name);
        }
        self.open(name)?;
        children(self)?;
        self.close(name)
    }

    fn leaf(&mut self, name: &str, value: &Option<PersonalText>) -> io::Result<()> {
        self.given_or_blank(name, value.as_ref())
    }

    fn given_or_blank(&mut self, name: &str, value: Option<&PersonalText>) -> io::Result<()> {
        self.text_or_blank(name, value.map(PersonalText::reveal))
    }

    fn text_or_blank(&mut self, name: &str, value: Option<&str>) -> io::Result<()> {
        match value {
            Some(text) => self.text(name, text),
            None => self.blank(name),
        }
    }

    /// A leaf that is not given (PROTOCOL §5.2 rule 2).
    fn blank(&mut self, name: &str) -> io::Result<()> {
        match self.style.blank {
            Blank::Absent => Ok(()),
            Blank::Empty | Blank::EmptyChildren => self.empty(name),
            Blank::Spaces => self.text(name, " \n "),
            Blank::Null => self.text(name, "null"),
        }
    }

    /// The collection, with the attributes of the standard where the style wants them.
    fn open_collection(&mut self, namespace: &str, count: usize) -> io::Result<()> {
        let declaration = match self.style.prefix {
            "" => "xmlns".to_owned(),
            prefix => format!("xmlns:{prefix}"),
        };
        let count = count.to_string();
        let all = [(declaration.as_str(), namespace), ("SoCongDan", &count), ("ThoiDiemDuLieu", "2026-01-05T08:00:00")];
        let attributes = if self.style.attributes { &all[..] } else { &all[..1] };
        self.xml.start(&self.tag("CongdanCollection"), attributes)
    }

    fn open(&mut self, name: &str) -> io::Result<()> {
        self.xml.start(&self.tag(name), &[])
    }

    fn close(&mut self, name: &str) -> io::Result<()> {
        self.xml.end(&self.tag(name))
    }

    fn empty(&mut self, name: &str) -> io::Result<()> {
        self.xml.empty(&self.tag(name), &[])
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.xml.text(&self.tag(name), text)
    }

    fn tag(&self, name: &str) -> String {
        match self.style.prefix {
            "" => name.to_owned(),
            prefix => format!("{prefix}:{name}"),
        }
    }
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
