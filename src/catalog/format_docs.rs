//! What a maintainer is told of each named transform: one line in both languages and an example, in and out.

/// The line about one named transform.
pub struct FormatDoc {
    pub name: &'static str,
    pub vi: &'static str,
    pub en: &'static str,
    /// The attribute of the example, what the register gives, and what stands in the box.
    pub attribute: &'static str,
    pub given: &'static str,
    pub filled: &'static str,
}

/// One line for every entry of [`super::transform::FORMATS`], in the same order.
pub const FORMAT_DOCS: &[FormatDoc] = &[
    FormatDoc {
        name: "identity_paper",
        vi: "Loại giấy tờ và số trong một ô: 12 chữ số hoặc 9 chữ số.",
        en: "Kind of paper and number in one box: 12 or 9 digits.",
        attribute: "so_dinh_danh",
        given: "999085000001",
        filled: "Số định danh cá nhân/Căn cước: 999085000001",
    },
    FormatDoc {
        name: "document_kind",
        vi: "Chỉ loại giấy tờ, theo số chữ số.",
        en: "The kind of paper only, by the number of digits.",
        attribute: "so_cmnd",
        given: "999000001",
        filled: "Chứng minh nhân dân (9 số)",
    },
    FormatDoc {
        name: "upper_case",
        vi: "Chữ in hoa, cho ô ghi “chữ in hoa”.",
        en: "Capitals, for labels that ask for them.",
        attribute: "ho_va_ten",
        given: "Trần Thị Mẫu",
        filled: "TRẦN THỊ MẪU",
    },
    FormatDoc {
        name: "title_case",
        vi: "Viết hoa chữ đầu mỗi từ; từ một chữ cái giữ nguyên.",
        en: "The first letter of every word in capitals; one-letter words stay.",
        attribute: "ho_va_ten",
        given: "NGUYỄN VĂN MẪU MỘT",
        filled: "Nguyễn Văn Mẫu Một",
    },
    FormatDoc {
        name: "nationality",
        vi: "Mã quốc tịch; để trống trong cơ sở dữ liệu thì gợi ý Việt Nam, cán bộ xác nhận.",
        en: "The nationality's code; blank in the register: Việt Nam is suggested for confirmation.",
        attribute: "quoc_tich",
        given: "VN",
        filled: "VN",
    },
    FormatDoc {
        name: "code_label",
        vi: "Tên của mã, cho ô ghi chữ.",
        en: "The name of a code, for boxes that take words.",
        attribute: "dan_toc",
        given: "01",
        filled: "Kinh",
    },
    FormatDoc {
        name: "address_line",
        vi: "Cả địa chỉ trên một dòng, như in trên giấy.",
        en: "The whole address on one line, as printed.",
        attribute: "thuong_tru",
        given: "SỐ 1 ĐƯỜNG MẪU THỬ; 00001, 001, 01",
        filled: "SỐ 1 ĐƯỜNG MẪU THỬ, Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội",
    },
    FormatDoc {
        name: "date_dmy",
        vi: "Ngày sinh dạng dd/mm/yyyy; thiếu ngày thì mm/yyyy, chỉ có năm thì yyyy.",
        en: "A birth date as dd/mm/yyyy; mm/yyyy or yyyy when no more is known.",
        attribute: "ngay_sinh",
        given: "1985-03-12",
        filled: "12/03/1985",
    },
    FormatDoc {
        name: "date_words",
        vi: "Ngày sinh viết bằng chữ; thiếu ngày, tháng thì chỉ viết phần có.",
        en: "A birth date in words; only as much as is known.",
        attribute: "ngay_sinh",
        given: "1985-03-12",
        filled: "Ngày mười hai tháng ba năm một nghìn chín trăm tám mươi lăm",
    },
    FormatDoc {
        name: "year",
        vi: "Năm sinh.",
        en: "The year of birth.",
        attribute: "ngay_sinh",
        given: "1985-03-12",
        filled: "1985",
    },
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::catalog::transform::{FORMATS, Input, TransformContext, Value};
    use crate::catalog::{CodeList, load};
    use crate::citizen::{Address, Attribute, BirthDate, Given, PartialDate, PersonName, PersonalText, Record};

    /// The record that the example's `given` describes.
    fn record_of(doc: &FormatDoc) -> Record {
        let mut record = Record::default();
        let text = || PersonalText::given(doc.given);
        match doc.attribute {
            "so_dinh_danh" => record.so_dinh_danh = text(),
            "so_cmnd" => record.so_cmnd = text(),
            "ho_va_ten" => record.ho_va_ten = PersonName::whole(doc.given),
            "quoc_tich" => record.quoc_tich = text(),
            "dan_toc" => record.dan_toc = text(),
            "ngay_sinh" => record.ngay_sinh = BirthDate::Given(PartialDate::from_iso(doc.given).expect("a date")),
            "thuong_tru" => {
                let (detail, codes) = doc.given.split_once("; ").expect("detail; codes");
                let mut codes = codes.split(", ").map(PersonalText::given);
                let (xa, huyen, tinh) = (codes.next(), codes.next(), codes.next());
                record.thuong_tru = Address {
                    tinh: tinh.flatten(),
                    huyen: huyen.flatten(),
                    xa: xa.flatten(),
                    chi_tiet: PersonalText::given(detail),
                    quoc_gia: None,
                };
            }
            other => panic!("an example with {other} needs a line here"),
        }
        record
    }

    #[test]
    fn every_named_transform_is_described_and_does_what_its_example_says() {
        let described: Vec<&str> = FORMAT_DOCS.iter().map(|doc| doc.name).collect();
        assert_eq!(described, FORMATS.iter().map(|format| format.name).collect::<Vec<_>>());
        let catalog = load(Path::new("service-catalog"), Path::new("schemas")).expect("the catalogue");
        let list = |name: &str| {
            let text = std::fs::read_to_string(format!("service-catalog/code-lists/{name}.csv")).expect("a list");
            CodeList::read(&text, &mut Vec::new()).expect("a list")
        };
        let (ethnic, countries) = (list("dan-toc"), list("quoc-gia"));
        let context = TransformContext {
            units: &catalog.units,
            countries: &catalog.countries,
            form_day: jiff::civil::date(2026, 11, 20),
        };
        for (doc, format) in FORMAT_DOCS.iter().zip(FORMATS) {
            let record = record_of(doc);
            let attribute = Attribute::from_path(doc.attribute).expect("an attribute");
            let given: Given<'_> = record.given(attribute).expect("given");
            let list = match doc.attribute {
                "dan_toc" => Some(&ethnic),
                "quoc_tich" => Some(&countries),
                _ => None,
            };
            let input = Input { record: &record, attribute, given, list };
            let filled = (format.apply)(&input, &context).map(|fitted| match fitted.value {
                Value::Text(text) => text.into_owned(),
                Value::Integer(number) => number.to_string(),
                Value::Address(_) => "an address".to_owned(),
            });
            assert_eq!(filled.ok().as_deref(), Some(doc.filled), "{}", doc.name);
        }
    }
}
