//! A record in the `bare` shape (PROTOCOL §6.4): every group and member is there, what is not given or not allowed is `""`.

use serde_json::{Value, json};

use crate::citizen::{
    Address, Attribute as A, AttributeSet, BirthDate, HouseholdHead, PersonName, PersonalText, Record, Relative,
};

/// The answer with the record, of which only the attributes of `keep` are given.
pub fn record(record: &Record, keep: AttributeSet) -> String {
    let text = |value: &Option<PersonalText>| value.as_ref().map_or("", PersonalText::reveal).to_owned();
    enveloped(json!({ "CongdanCollection": { "CongDan": {
        "SoDinhDanh": text(&record.so_dinh_danh),
        "SoCMND": text(&record.so_cmnd),
        "HoVaTen": name(record.ho_va_ten.as_ref(), keep),
        "GioiTinh": text(&record.gioi_tinh),
        "DanToc": text(&record.dan_toc),
        "TonGiao": text(&record.ton_giao),
        "TinhTrangHonNhan": text(&record.tinh_trang_hon_nhan),
        "NhomMau": text(&record.nhom_mau),
        "NgayThangNamSinh": birth_date(record.ngay_sinh, keep),
        "NoiDangKyKhaiSinh": address(&record.noi_dang_ky_khai_sinh),
        "QuocTich": text(&record.quoc_tich),
        "QueQuan": address(&record.que_quan),
        "ThuongTru": address(&record.thuong_tru),
        "NoiOHienTai": address(&record.noi_o_hien_tai),
        "Cha": relative(&record.cha),
        "Me": relative(&record.me),
        "VoChong": relative(&record.vo_chong),
        "NguoiDaiDien": relative(&record.nguoi_dai_dien),
        "ChuHo": household_head(&record.chu_ho),
        "SoSoHoKhau": text(&record.so_so_ho_khau),
    } } }))
}

/// The answer when nobody matches.
pub fn nobody() -> String {
    enveloped(json!({ "CongdanCollection": "" }))
}

/// The answer to the question whether somebody exists. No reply of 033 in this shape was ever seen (ASM: as in SOAP).
pub fn existence(exists: bool) -> String {
    enveloped(json!({ "KetQuaXacThuc": { "TonTai": if exists { "true" } else { "false" } } }))
}

fn enveloped(body: Value) -> String {
    json!({ "Header": "", "Body": body }).to_string()
}

fn given(value: Option<&PersonalText>) -> Value {
    value.map_or("", PersonalText::reveal).into()
}

/// The whole name stands in `Ten`, as it does in the register's own replies; parts only where the form takes them.
fn name(name: Option<&PersonName>, keep: AttributeSet) -> Value {
    let part = |attribute: A, part: &Option<PersonalText>| match keep.contains(A::HoVaTen) || keep.contains(attribute) {
        true => given(part.as_ref()),
        false => "".into(),
    };
    match name {
        Some(PersonName::Whole(whole)) if keep.contains(A::HoVaTen) => {
            json!({ "Ho": "", "ChuDem": "", "Ten": whole.reveal() })
        }
        Some(PersonName::Parts { ho, chu_dem, ten }) => json!({
            "Ho": part(A::HoVaTenHo, ho), "ChuDem": part(A::HoVaTenChuDem, chu_dem), "Ten": part(A::HoVaTenTen, ten),
        }),
        Some(PersonName::Whole(_)) | None => json!({ "Ho": "", "ChuDem": "", "Ten": "" }),
    }
}

/// A record that contradicts itself gives no date; one that is asked for its year only gives no day.
fn birth_date(birth: BirthDate, keep: AttributeSet) -> Value {
    let BirthDate::Given(date) = birth else { return json!({ "Nam": "", "NgayThangNam": "" }) };
    let year = format!("{:04}", date.year());
    let day = match date.month() {
        Some(month) if keep.contains(A::NgaySinh) => format!("{year}{month:02}{:02}", date.day().unwrap_or(0)),
        _ => String::new(),
    };
    json!({ "Nam": year, "NgayThangNam": day })
}

fn address(address: &Address) -> Value {
    json!({
        "MaTinhThanh": given(address.tinh.as_ref()),
        "MaQuanHuyen": given(address.huyen.as_ref()),
        "MaPhuongXa": given(address.xa.as_ref()),
        "ChiTiet": given(address.chi_tiet.as_ref()),
        "QuocGia": given(address.quoc_gia.as_ref()),
    })
}

fn relative(relative: &Relative) -> Value {
    json!({
        "HoVaTen": full(relative.ho_va_ten.as_ref()),
        "QuocTich": given(relative.quoc_tich.as_ref()),
        "SoDinhDanh": given(relative.so_dinh_danh.as_ref()),
        "SoCMND": given(relative.so_cmnd.as_ref()),
    })
}

fn household_head(head: &HouseholdHead) -> Value {
    json!({
        "QuanHe": given(head.quan_he.as_ref()),
        "SoDinhDanh": given(head.so_dinh_danh.as_ref()),
        "SoCMND": given(head.so_cmnd.as_ref()),
        "HoVaTen": full(head.ho_va_ten.as_ref()),
    })
}

fn full(name: Option<&PersonName>) -> Value {
    name.map_or_else(String::new, |name| name.full().into_owned()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citizen::PartialDate;

    fn answered(held: &Record, keep: AttributeSet) -> Value {
        let whole: Value = serde_json::from_str(&record(held, keep)).expect("JSON");
        whole["Body"]["CongdanCollection"]["CongDan"].clone()
    }

    /// Members of a text, with their places.
    fn places(value: &Value, at: &str, found: &mut Vec<String>) {
        match value.as_object() {
            Some(members) => members.iter().for_each(|(key, value)| places(value, &format!("{at}/{key}"), found)),
            None => found.push(at.to_owned()),
        }
    }

    #[test]
    fn the_members_are_exactly_those_of_the_sample_in_its_order() {
        let sample: Value =
            serde_json::from_str(include_str!("../../tests/upstream-samples/response-037-child.bare.json"))
                .expect("JSON");
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        places(&serde_json::from_str(&record(&Record::default(), AttributeSet::all())).expect("JSON"), "", &mut ours);
        places(&sample, "", &mut theirs);
        assert_eq!(ours, theirs);
    }

    #[test]
    fn a_form_that_takes_the_year_is_not_given_the_day_and_a_partial_date_is_not_completed() {
        let born = |text: &str| {
            let mut held = Record::default();
            let day = PartialDate::parse_iso(text, jiff::civil::date(2026, 11, 20)).expect("a date");
            held.ngay_sinh = BirthDate::Given(day);
            held
        };
        let day = |held: &Record, keep| answered(held, keep)["NgayThangNamSinh"].clone();
        let year_only = AttributeSet::EMPTY.with(A::NgaySinhNam);
        assert_eq!(day(&born("1985-03-12"), AttributeSet::all()), json!({ "Nam": "1985", "NgayThangNam": "19850312" }));
        assert_eq!(day(&born("1985-03-12"), year_only), json!({ "Nam": "1985", "NgayThangNam": "" }));
        assert_eq!(day(&born("1985-03"), AttributeSet::all()), json!({ "Nam": "1985", "NgayThangNam": "19850300" }));
        assert_eq!(day(&born("1985"), AttributeSet::all()), json!({ "Nam": "1985", "NgayThangNam": "" }));
    }

    #[test]
    fn a_whole_name_is_not_split_for_a_form_that_takes_parts() {
        let mut held = Record::default();
        held.ho_va_ten = PersonName::whole("TRẦN THỊ MẪU");
        let parts = AttributeSet::EMPTY.with(A::HoVaTenTen);
        assert_eq!(answered(&held, parts)["HoVaTen"]["Ten"], "");
        assert_eq!(
            answered(&held, AttributeSet::all())["HoVaTen"],
            json!({ "Ho": "", "ChuDem": "", "Ten": "TRẦN THỊ MẪU" })
        );
    }
}
