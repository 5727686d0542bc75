//! A record as bytes, for keeping and for sealing. Every field is written in a fixed order; what does not read back exactly is
//! refused as a whole. [`LAYOUT`] changes with every change here.

use zeroize::Zeroizing;

use crate::citizen::{
    Address, BirthDate, Hint, HouseholdHead, PartialDate, PersonName, PersonalText, Record, Relative,
};

/// Names the layout; part of every key, so that two versions of the program never read each other's bytes.
pub const LAYOUT: &str = "record 2";

/// Room beside the texts: their lengths, a date, hints (each attribute has one length, nearly always of one byte).
const ROOM: usize = 256;
/// Longer texts are no attribute of a person.
const LONGEST_TEXT: usize = 64 << 10;

/// The bytes of a record.
pub fn encode(record: &Record) -> Zeroizing<Vec<u8>> {
    // Taken apart by name, without `..`: a new attribute does not compile until it is written here.
    let Record {
        so_dinh_danh,
        so_cmnd,
        ho_va_ten,
        gioi_tinh,
        dan_toc,
        ton_giao,
        tinh_trang_hon_nhan,
        nhom_mau,
        ngay_sinh,
        quoc_tich,
        noi_dang_ky_khai_sinh,
        que_quan,
        thuong_tru,
        noi_o_hien_tai,
        cha,
        me,
        vo_chong,
        nguoi_dai_dien,
        chu_ho,
        so_so_ho_khau,
        trang_thai_cong_dan,
        hints,
    } = record;
    // Room for the whole, because a vector that grows leaves copies behind.
    let mut out = Writer(Zeroizing::new(Vec::with_capacity(record.text_bytes() + ROOM)));
    for text in [so_dinh_danh, so_cmnd, gioi_tinh, dan_toc, ton_giao, tinh_trang_hon_nhan, nhom_mau, quoc_tich] {
        out.text(text);
    }
    for text in [so_so_ho_khau, trang_thai_cong_dan] {
        out.text(text);
    }
    out.name(ho_va_ten);
    out.birth(*ngay_sinh);
    for address in [noi_dang_ky_khai_sinh, que_quan, thuong_tru, noi_o_hien_tai] {
        let Address { tinh, huyen, xa, chi_tiet, quoc_gia } = address;
        [tinh, huyen, xa, chi_tiet, quoc_gia].into_iter().for_each(|text| out.text(text));
    }
    for relative in [cha, me, vo_chong, nguoi_dai_dien] {
        let Relative { ho_va_ten, quoc_tich, so_dinh_danh, so_cmnd } = relative;
        out.name(ho_va_ten);
        [quoc_tich, so_dinh_danh, so_cmnd].into_iter().for_each(|text| out.text(text));
    }
    let HouseholdHead { ho_va_ten, so_dinh_danh, so_cmnd, quan_he } = chu_ho;
    out.name(ho_va_ten);
    [so_dinh_danh, so_cmnd, quan_he].into_iter().for_each(|text| out.text(text));
    out.0.push(u8::try_from(hints.len()).unwrap_or(u8::MAX));
    out.0.extend(hints.iter().take(usize::from(u8::MAX)).map(|hint| hint_number(*hint)));
    out.0
}

/// The record that these bytes are, all of them; `None`: they are none of this layout.
pub fn decode(bytes: &[u8]) -> Option<Record> {
    let mut read = Reader(bytes);
    let mut record = Record::default();
    record.so_dinh_danh = read.text()?;
    record.so_cmnd = read.text()?;
    record.gioi_tinh = read.text()?;
    record.dan_toc = read.text()?;
    record.ton_giao = read.text()?;
    record.tinh_trang_hon_nhan = read.text()?;
    record.nhom_mau = read.text()?;
    record.quoc_tich = read.text()?;
    record.so_so_ho_khau = read.text()?;
    record.trang_thai_cong_dan = read.text()?;
    record.ho_va_ten = read.name()?;
    record.ngay_sinh = read.birth()?;
    record.noi_dang_ky_khai_sinh = read.address()?;
    record.que_quan = read.address()?;
    record.thuong_tru = read.address()?;
    record.noi_o_hien_tai = read.address()?;
    record.cha = read.relative()?;
    record.me = read.relative()?;
    record.vo_chong = read.relative()?;
    record.nguoi_dai_dien = read.relative()?;
    record.chu_ho = HouseholdHead {
        ho_va_ten: read.name()?,
        so_dinh_danh: read.text()?,
        so_cmnd: read.text()?,
        quan_he: read.text()?,
    };
    let count = read.byte()?;
    record.hints = (0..count).map(|_| read.byte().and_then(hint_of)).collect::<Option<_>>()?;
    read.0.is_empty().then_some(record)
}

const HINTS: [Hint; 8] = [
    Hint::ImpossibleDate,
    Hint::BirthYearConflict,
    Hint::LegacyEncoding,
    Hint::LookalikeLetter,
    Hint::UnknownNamespace,
    Hint::BirthDatePrecision,
    Hint::BirthDateDiffers,
    Hint::RelativeIsSubject,
];

fn hint_number(hint: Hint) -> u8 {
    match hint {
        Hint::ImpossibleDate => 0,
        Hint::BirthYearConflict => 1,
        Hint::LegacyEncoding => 2,
        Hint::LookalikeLetter => 3,
        Hint::UnknownNamespace => 4,
        Hint::BirthDatePrecision => 5,
        Hint::BirthDateDiffers => 6,
        Hint::RelativeIsSubject => 7,
    }
}

fn hint_of(number: u8) -> Option<Hint> {
    HINTS.get(usize::from(number)).copied()
}

struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// Length and one, then the bytes; 0: not given.
    fn text(&mut self, text: &Option<PersonalText>) {
        self.given(text.as_ref().map(PersonalText::reveal));
    }

    fn given(&mut self, text: Option<&str>) {
        let bytes = text.map(str::as_bytes);
        self.length(bytes.map_or(0, |bytes| bytes.len() + 1));
        self.0.extend_from_slice(bytes.unwrap_or_default());
    }

    /// Seven bits a byte, the lowest first; the highest bit says that more follow. Nearly every length takes one byte.
    fn length(&mut self, mut length: usize) {
        while length >= 0x80 {
            self.0.push(length.to_le_bytes()[0] | 0x80);
            length >>= 7;
        }
        self.0.push(length.to_le_bytes()[0]);
    }

    fn name(&mut self, name: &Option<PersonName>) {
        match name {
            None => self.0.push(0),
            Some(PersonName::Whole(whole)) => {
                self.0.push(1);
                self.given(Some(whole.reveal()));
            }
            Some(PersonName::Parts { ho, chu_dem, ten }) => {
                self.0.push(2);
                [ho, chu_dem, ten].into_iter().for_each(|text| self.text(text));
            }
        }
    }

    fn birth(&mut self, birth: BirthDate) {
        match birth {
            BirthDate::NotGiven => self.0.push(0),
            BirthDate::Given(date) => {
                self.0.push(1);
                self.date(date);
            }
            BirthDate::Conflict { nam, ngay_thang_nam } => {
                self.0.push(2);
                self.0.extend_from_slice(&nam.to_le_bytes());
                self.date(ngay_thang_nam);
            }
        }
    }

    /// Year, then month and day, of which 0 is "not known".
    fn date(&mut self, date: PartialDate) {
        self.0.extend_from_slice(&date.year().to_le_bytes());
        self.0.push(date.month().unwrap_or(0));
        self.0.push(date.day().unwrap_or(0));
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn number(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    /// The outer `None`: not of this layout; the inner one: not given.
    fn text(&mut self) -> Option<Option<PersonalText>> {
        let Some(length) = self.length()?.checked_sub(1) else { return Some(None) };
        let text = std::str::from_utf8(self.take(length)?).ok()?;
        PersonalText::given(text).map(Some)
    }

    /// In the shortest way only, so that a record has one spelling.
    fn length(&mut self) -> Option<usize> {
        let mut length = 0;
        for shift in [0, 7, 14] {
            let byte = self.byte()?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let shortest = shift == 0 || byte != 0;
                return (shortest && length <= LONGEST_TEXT + 1).then_some(length);
            }
        }
        None
    }

    fn name(&mut self) -> Option<Option<PersonName>> {
        Some(match self.byte()? {
            0 => None,
            1 => Some(PersonName::Whole(self.text()??)),
            2 => Some(PersonName::Parts { ho: self.text()?, chu_dem: self.text()?, ten: self.text()? }),
            _ => return None,
        })
    }

    fn birth(&mut self) -> Option<BirthDate> {
        Some(match self.byte()? {
            0 => BirthDate::NotGiven,
            1 => BirthDate::Given(self.date()?),
            2 => BirthDate::Conflict { nam: self.number()?, ngay_thang_nam: self.date()? },
            _ => return None,
        })
    }

    fn date(&mut self) -> Option<PartialDate> {
        let year = self.number()?;
        let known = |part: u8| (part != 0).then_some(part);
        let (month, day) = (known(self.byte()?), known(self.byte()?));
        PartialDate::new(year, month, day).ok()
    }

    fn address(&mut self) -> Option<Address> {
        Some(Address {
            tinh: self.text()?,
            huyen: self.text()?,
            xa: self.text()?,
            chi_tiet: self.text()?,
            quoc_gia: self.text()?,
        })
    }

    fn relative(&mut self) -> Option<Relative> {
        Some(Relative {
            ho_va_ten: self.name()?,
            quoc_tich: self.text()?,
            so_dinh_danh: self.text()?,
            so_cmnd: self.text()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Parts = (Vec<String>, (u16, u8, u8, u8), Vec<usize>);

    /// What a record is made of, in types that can be printed: invented words, a date, hints.
    fn parts() -> impl Strategy<Value = Parts> {
        let texts = proptest::collection::vec("[A-ZĐàế0-9 ]{0,12}", 80);
        (texts, (1880_u16..2100, 0_u8..=12, 0_u8..=28, 0_u8..3), proptest::collection::vec(0_usize..HINTS.len(), 0..4))
    }

    fn birth((year, month, day, kind): (u16, u8, u8, u8)) -> BirthDate {
        let month = (month > 0).then_some(month);
        let date = PartialDate::new(year, month, month.and((day > 0).then_some(day))).expect("a date");
        match kind {
            0 => BirthDate::NotGiven,
            1 => BirthDate::Given(date),
            _ => BirthDate::Conflict { nam: year - 1, ngay_thang_nam: date },
        }
    }

    fn record((texts, date, hints): &Parts) -> Record {
        let mut texts = texts.iter();
        let mut text = || PersonalText::given(texts.next().expect("enough texts").as_str());
        let mut record = Record::default();
        record.so_dinh_danh = text();
        record.so_cmnd = text();
        record.gioi_tinh = text();
        record.dan_toc = text();
        record.ton_giao = text();
        record.tinh_trang_hon_nhan = text();
        record.nhom_mau = text();
        record.quoc_tich = text();
        record.so_so_ho_khau = text();
        record.trang_thai_cong_dan = text();
        record.ho_va_ten = PersonName::from_parts(text(), text(), text());
        record.ngay_sinh = birth(*date);
        for address in [
            &mut record.noi_dang_ky_khai_sinh,
            &mut record.que_quan,
            &mut record.thuong_tru,
            &mut record.noi_o_hien_tai,
        ] {
            *address = Address { tinh: text(), huyen: text(), xa: text(), chi_tiet: text(), quoc_gia: text() };
        }
        for relative in [&mut record.cha, &mut record.me, &mut record.vo_chong, &mut record.nguoi_dai_dien] {
            let ho_va_ten = PersonName::from_parts(text(), text(), text());
            *relative = Relative { ho_va_ten, quoc_tich: text(), so_dinh_danh: text(), so_cmnd: text() };
        }
        let ho_va_ten = PersonName::from_parts(None, None, text());
        record.chu_ho = HouseholdHead { ho_va_ten, so_dinh_danh: text(), so_cmnd: text(), quan_he: text() };
        record.hints = hints.iter().map(|hint| HINTS[*hint]).collect();
        record
    }

    proptest! {
        #[test]
        fn a_record_comes_back_as_it_was(parts in parts()) {
            let record = record(&parts);
            prop_assert!(decode(&encode(&record)) == Some(record));
        }

        #[test]
        fn bytes_that_lack_or_add_anything_are_no_record(parts in parts(), cut in 0_usize..200) {
            let whole = encode(&record(&parts));
            let mut more = whole.to_vec();
            more.push(0);
            prop_assert!(decode(&more).is_none());
            let shorter = whole.len().saturating_sub(cut + 1);
            prop_assert!(decode(&whole[..shorter]).is_none());
        }

        #[test]
        fn any_bytes_are_read_without_a_fault(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Some(record) = decode(&bytes) {
                prop_assert!(decode(&encode(&record)) == Some(record));
            }
        }
    }

    #[test]
    fn every_hint_has_its_own_number() {
        for (number, hint) in HINTS.iter().enumerate() {
            let own = hint_number(*hint);
            assert_eq!((usize::from(own), hint_of(own)), (number, Some(*hint)));
        }
    }
}
