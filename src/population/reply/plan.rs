//! What the protocol knows: which element may stand where, what it is, and who wants it (PROTOCOL §5, §6.2, §6.4).
//!
//! One table for every reply, so that reading, skipping and counting agree. It must not know of XML or JSON, nor what a
//! value means.

use std::borrow::Cow;

use crate::citizen::{Attribute, AttributeSet};

/// What a document is read for.
#[derive(Clone, Copy)]
pub enum Plan {
    /// A record (037), of which these attributes are wanted; with none of them, also a yes or no (033) or a fault.
    Record(AttributeSet),
    /// The answer to a token request.
    Token,
    /// Everything is kept.
    #[cfg(test)]
    Everything,
}

/// What an element is, told by its name and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The nameless root of a JSON document.
    Top,
    TokenTop,
    Envelope,
    Body,
    Collection,
    Person,
    /// A name in one piece or three.
    Name,
    /// Ethnicity or religion: a text, or a group with a code.
    Coded,
    BirthDate,
    Address,
    Relative,
    HouseholdHead,
    /// `KetQuaXacThuc` of 033.
    Verification,
    GatewayFault,
    /// One value.
    Leaf,
    /// How long a token lives; what is not understood there is not believed, and no reason to refuse the token.
    Lifetime,
    /// SOAP text inside JSON (`wrapped`): as long as the body.
    Message,
    /// Known, but its content is nobody's business.
    Sealed,
    /// Not in the protocol.
    Unknown,
    #[cfg(test)]
    Anything,
}

/// What is done with an element while reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// Kept.
    Keep,
    /// That it is there is kept; of its content only a mark.
    PassOver,
    /// Only counted.
    Drop,
    /// Not even that: an attribute that a converter made a JSON member of.
    Ignore,
}

/// How an element is to be taken.
#[derive(Clone)]
pub struct Ticket {
    pub name: Cow<'static, str>,
    pub kind: Kind,
    pub care: Care,
}

impl Ticket {
    /// For an element that the protocol does not know here.
    pub const UNKNOWN: Self = Self { name: Cow::Borrowed(""), kind: Kind::Unknown, care: Care::Drop };
    /// For an attribute in JSON.
    pub const ATTRIBUTE: Self = Self { name: Cow::Borrowed(""), kind: Kind::Unknown, care: Care::Ignore };

    /// Whether the protocol does not know it, so that what is in it is not our affair.
    pub fn is_unread(&self) -> bool {
        matches!(self.care, Care::Drop | Care::Ignore)
    }

    pub fn is_attribute(&self) -> bool {
        self.care == Care::Ignore
    }

    fn new(name: &'static str, kind: Kind, care: Care) -> Self {
        Self { name: Cow::Borrowed(name), kind, care }
    }
}

/// Who wants an element.
enum Want {
    /// Everybody: the identity check, the status, the frame around the record.
    Always,
    /// Whoever keeps the attribute or one of that many following ones in dictionary order (the rest of its block).
    Block(Attribute, usize),
    Never,
}

struct Known(&'static str, Kind, Want);

const ENVELOPE: &[Known] = &[Known("Header", Kind::Sealed, Want::Never), Known("Body", Kind::Body, Want::Always)];
const BODY: &[Known] = &[
    Known("Fault", Kind::Sealed, Want::Never),
    Known("CongdanCollection", Kind::Collection, Want::Always),
    Known("KetQuaXacThuc", Kind::Verification, Want::Always),
];
const COLLECTION: &[Known] = &[
    Known("CongDan", Kind::Person, Want::Always),
    Known("SoCongDan", Kind::Leaf, Want::Always),
    Known("GhiChu", Kind::Leaf, Want::Always),
    Known("ThoiDiemDuLieu", Kind::Sealed, Want::Never),
    Known("Id", Kind::Sealed, Want::Never),
    Known("id", Kind::Sealed, Want::Never),
];
const TOP: &[Known] = &[
    Known("Envelope", Kind::Envelope, Want::Always),
    Known("KetQuaXacThuc", Kind::Verification, Want::Always),
    Known("error_code", Kind::Leaf, Want::Always),
    Known("message", Kind::Message, Want::Always),
    Known("fault", Kind::GatewayFault, Want::Always),
    Known("code", Kind::Leaf, Want::Always),
    Known("type", Kind::Sealed, Want::Never),
];
const TOKEN_TOP: &[Known] = &[
    Known("access_token", Kind::Leaf, Want::Always),
    Known("expires_in", Kind::Lifetime, Want::Always),
    Known("token", Kind::Leaf, Want::Always),
    Known("expiryDate", Kind::Lifetime, Want::Always),
    Known("fault", Kind::Sealed, Want::Never),
];
const GATEWAY_FAULT: &[Known] = &[Known("code", Kind::Leaf, Want::Always)];
const VERIFICATION: &[Known] = &[Known("TonTai", Kind::Leaf, Want::Always)];
const PERSON: &[Known] = &[
    Known("SoDinhDanh", Kind::Leaf, Want::Always),
    Known("SoCMND", Kind::Leaf, Want::Always),
    Known("HoVaTen", Kind::Name, Want::Always),
    Known("GioiTinh", Kind::Leaf, Want::Block(Attribute::GioiTinh, 0)),
    Known("DanToc", Kind::Coded, Want::Block(Attribute::DanToc, 0)),
    Known("TonGiao", Kind::Coded, Want::Block(Attribute::TonGiao, 0)),
    Known("TinhTrangHonNhan", Kind::Leaf, Want::Block(Attribute::TinhTrangHonNhan, 0)),
    Known("NhomMau", Kind::Leaf, Want::Block(Attribute::NhomMau, 0)),
    Known("NgayThangNamSinh", Kind::BirthDate, Want::Always),
    Known("NoiDangKyKhaiSinh", Kind::Address, Want::Block(Attribute::NoiDangKyKhaiSinh, 5)),
    Known("QuocTich", Kind::Leaf, Want::Block(Attribute::QuocTich, 0)),
    Known("QueQuan", Kind::Address, Want::Block(Attribute::QueQuan, 5)),
    Known("ThuongTru", Kind::Address, Want::Block(Attribute::ThuongTru, 5)),
    Known("NoiOHienTai", Kind::Address, Want::Block(Attribute::NoiOHienTai, 5)),
    Known("Cha", Kind::Relative, Want::Block(Attribute::ChaHoVaTen, 3)),
    Known("Me", Kind::Relative, Want::Block(Attribute::MeHoVaTen, 3)),
    Known("VoChong", Kind::Relative, Want::Block(Attribute::VoChongHoVaTen, 3)),
    Known("NguoiDaiDien", Kind::Relative, Want::Block(Attribute::NguoiDaiDienHoVaTen, 3)),
    Known("ChuHo", Kind::HouseholdHead, Want::Block(Attribute::ChuHoHoVaTen, 3)),
    Known("SoSoHoKhau", Kind::Leaf, Want::Block(Attribute::SoSoHoKhau, 0)),
    Known("TrangThaiCongDan", Kind::Leaf, Want::Always),
];
const NAME: &[Known] = &[
    Known("Ho", Kind::Leaf, Want::Always),
    Known("ChuDem", Kind::Leaf, Want::Always),
    Known("Ten", Kind::Leaf, Want::Always),
];
const CODED: &[Known] = &[
    Known("MaDanToc", Kind::Leaf, Want::Always),
    Known("MaTonGiao", Kind::Leaf, Want::Always),
    // Another name of the group in QCVN 109; no form asks for it.
    Known("TenGoiKhac", Kind::Sealed, Want::Never),
];
const BIRTH_DATE: &[Known] = &[Known("Nam", Kind::Leaf, Want::Always), Known("NgayThangNam", Kind::Leaf, Want::Always)];
const ADDRESS: &[Known] = &[
    Known("MaTinhThanh", Kind::Leaf, Want::Always),
    Known("MaQuanHuyen", Kind::Leaf, Want::Always),
    Known("MaPhuongXa", Kind::Leaf, Want::Always),
    Known("ChiTiet", Kind::Leaf, Want::Always),
    Known("QuocGia", Kind::Leaf, Want::Always),
    Known("MaDonViHanhChinh", Kind::Leaf, Want::Always),
];
const RELATIVE: &[Known] = &[
    Known("HoVaTen", Kind::Name, Want::Always),
    Known("QuocTich", Kind::Leaf, Want::Always),
    Known("SoDinhDanh", Kind::Leaf, Want::Always),
    Known("SoCMND", Kind::Leaf, Want::Always),
];
const HOUSEHOLD_HEAD: &[Known] = &[
    Known("HoVaTen", Kind::Name, Want::Always),
    Known("SoDinhDanh", Kind::Leaf, Want::Always),
    Known("SoCMND", Kind::Leaf, Want::Always),
    Known("QuanHe", Kind::Leaf, Want::Always),
];

/// The names of the children of `CongDan`, in the observed order (PROTOCOL §5).
pub fn person_elements() -> impl Iterator<Item = &'static str> {
    PERSON.iter().map(|known| known.0)
}

impl Kind {
    /// Tables of the children; in several ones where flavours put different things at the same place.
    fn children(self) -> [&'static [Known]; 3] {
        match self {
            // `qcvn109` has the collection at the top, `bare` the envelope.
            Self::Top => [TOP, COLLECTION, ENVELOPE],
            Self::TokenTop => [TOKEN_TOP, &[], &[]],
            Self::Envelope => [ENVELOPE, &[], &[]],
            Self::Body => [BODY, &[], &[]],
            Self::Collection => [COLLECTION, &[], &[]],
            Self::Person => [PERSON, &[], &[]],
            Self::Name => [NAME, &[], &[]],
            Self::Coded => [CODED, &[], &[]],
            Self::BirthDate => [BIRTH_DATE, &[], &[]],
            Self::Address => [ADDRESS, &[], &[]],
            Self::Relative => [RELATIVE, &[], &[]],
            Self::HouseholdHead => [HOUSEHOLD_HEAD, &[], &[]],
            Self::Verification => [VERIFICATION, &[], &[]],
            Self::GatewayFault => [GATEWAY_FAULT, &[], &[]],
            _ => [&[], &[], &[]],
        }
    }

    /// Whether unknown elements in it are counted: the record and its groups.
    pub fn is_of_the_record(self) -> bool {
        matches!(
            self,
            Self::Person
                | Self::Name
                | Self::Coded
                | Self::BirthDate
                | Self::Address
                | Self::Relative
                | Self::HouseholdHead
        )
    }

    /// Whether a child of this kind counts only in its holder's namespace, or in none (RISKS T7).
    pub fn must_belong(self, child: Self) -> bool {
        self.is_of_the_record() || self == Self::Verification || child == Self::Person
    }
}

impl Plan {
    /// The root element of an XML document. Any other one is not understood, but an HTML page is told from nonsense.
    pub fn xml_root(self, name: &str) -> Ticket {
        #[cfg(test)]
        if matches!(self, Self::Everything) {
            return anything(name);
        }
        match name {
            "Envelope" => Ticket::new("Envelope", Kind::Envelope, Care::Keep),
            "fault" => Ticket::new("fault", Kind::GatewayFault, Care::Keep),
            name if name.eq_ignore_ascii_case("html") => Ticket::new("html", Kind::Sealed, Care::PassOver),
            _ => Ticket::new("", Kind::Sealed, Care::PassOver),
        }
    }

    /// The nameless root of a JSON document.
    pub fn json_root(self) -> Ticket {
        match self {
            Self::Record(_) => Ticket::new("", Kind::Top, Care::Keep),
            Self::Token => Ticket::new("", Kind::TokenTop, Care::Keep),
            #[cfg(test)]
            Self::Everything => anything(""),
        }
    }

    /// How a child of this name is taken.
    pub fn child(self, holder: Kind, name: &str) -> Ticket {
        #[cfg(test)]
        if holder == Kind::Anything {
            return anything(name);
        }
        let known = holder.children().into_iter().flatten().find(|known| known.0 == name);
        known.map_or(Ticket::UNKNOWN, |Known(name, kind, want)| {
            Ticket::new(name, *kind, if self.wants(want) { Care::Keep } else { Care::PassOver })
        })
    }

    fn wants(self, want: &Want) -> bool {
        match (want, self) {
            (Want::Always, _) => true,
            (Want::Block(first, following), Self::Record(keep)) => {
                let block = Attribute::ALL.iter().skip(*first as usize).take(1 + following);
                block.into_iter().any(|attribute| keep.contains(*attribute))
            }
            (Want::Block(..) | Want::Never, _) => false,
        }
    }
}

#[cfg(test)]
fn anything(name: &str) -> Ticket {
    Ticket { name: name.to_owned().into(), kind: Kind::Anything, care: Care::Keep }
}
