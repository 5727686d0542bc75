//! How a reply is worded: the same values in the many shapes that clients have met (PROTOCOL §5, §5.2, §6.4, §11).
//!
//! The last digit of a number chooses the style, so a person always answers in the same way and ten neighbours cover
//! everything that a tolerant reader must accept. `person-styles.csv` and the control interface override the digit with
//! words, which `style_words` reads. A style never changes a value: where a shape could not carry all of them, the usual
//! shape is sent (see [`AddressForm::Standard`] and [`JsonFlavour::Qcvn109`]).

/// How "not given" looks on the wire (PROTOCOL §5.2 rule 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blank {
    /// The element is not there.
    Absent,
    /// `<x/>`, for a group in place of its children; in JSON `""`.
    Empty,
    /// `<x/>`; a group keeps its children, each `<x/>` (the recorded form).
    EmptyChildren,
    /// White space only; a group keeps its children.
    Spaces,
    /// The text `null`, in JSON the literal; a group is `<x/>`, in JSON the literal.
    Null,
}

/// How a relative's name in one piece is sent (PROTOCOL §5.2 rule 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameShape {
    /// Plain text.
    Text,
    /// A group, with `Ten` holding the whole name.
    Group,
}

/// How "nobody" is said (PROTOCOL §6.1, §11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nobody {
    /// An empty `CongdanCollection`.
    EmptyCollection,
    /// A SOAP body without children.
    NoCollection,
    /// A `CongdanCollection` with an empty `CongDan`.
    EmptyPerson,
}

/// Which elements an address group has (PROTOCOL §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressForm {
    /// Province, district, commune, as observed.
    Old,
    /// As `Old`, but without a district element where none is given.
    New,
    /// One `MaDonViHanhChinh`, but only where it carries everything: the length of the one code must tell its level, so
    /// an address with two or three codes is sent as `Old`.
    Standard,
}

/// How a JSON door shapes its reply (PROTOCOL §6.4); SOAP doors do not look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonFlavour {
    Envelope,
    Bare,
    Wrapped,
    /// Close to the standard: ISO date, ethnicity and religion as objects, two codes as numbers where a number keeps
    /// the text (`2`, never `02`), unit codes as [`AddressForm::Standard`].
    Qcvn109,
}

/// How a JSON reply holds a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonShape {
    /// One person is an object; several are a list.
    Object,
    /// Also one person is a list (PROTOCOL §5.2 rule 6).
    List,
}

/// The shape of one reply; never changes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    pub blank: Blank,
    /// Prefix of the SOAP elements.
    pub soap_prefix: &'static str,
    /// Prefix of the record; empty for a default namespace.
    pub prefix: &'static str,
    pub relatives: NameShape,
    pub nobody: Nobody,
    /// Attributes on the collection, as the standard has them.
    pub attributes: bool,
    /// An element that no specification knows, at the end of the record.
    pub unknown_element: bool,
    /// ISO date, ethnicity and religion as groups, as in QCVN 109:2017/BTTTT.
    pub standard_forms: bool,
    pub address: AddressForm,
    pub json: JsonFlavour,
    /// Texts in JSON as `{"#text":{"__text":"…"}}` (PROTOCOL §6.4).
    pub text_nodes: bool,
    pub person: PersonShape,
}

/// The recorded shape.
pub const PLAIN: Style = Style {
    blank: Blank::EmptyChildren,
    soap_prefix: "soapenv",
    prefix: "ns1",
    relatives: NameShape::Text,
    nobody: Nobody::EmptyCollection,
    attributes: false,
    unknown_element: false,
    standard_forms: false,
    address: AddressForm::Old,
    json: JsonFlavour::Envelope,
    text_nodes: false,
    person: PersonShape::Object,
};

/// One style a last digit; 1 is the recorded one.
const STYLES: [Style; 10] = [
    Style { blank: Blank::Absent, nobody: Nobody::NoCollection, json: JsonFlavour::Bare, ..PLAIN },
    PLAIN,
    Style {
        blank: Blank::Empty,
        soap_prefix: "SOAP-ENV",
        prefix: "dc",
        relatives: NameShape::Group,
        nobody: Nobody::EmptyPerson,
        json: JsonFlavour::Wrapped,
        ..PLAIN
    },
    Style {
        blank: Blank::Spaces,
        soap_prefix: "S",
        prefix: "",
        address: AddressForm::New,
        json: JsonFlavour::Bare,
        text_nodes: true,
        ..PLAIN
    },
    Style {
        blank: Blank::Absent,
        soap_prefix: "soap",
        prefix: "ns2",
        relatives: NameShape::Group,
        nobody: Nobody::NoCollection,
        attributes: true,
        person: PersonShape::List,
        ..PLAIN
    },
    Style { relatives: NameShape::Group, nobody: Nobody::EmptyPerson, json: JsonFlavour::Bare, ..PLAIN },
    Style { blank: Blank::Empty, prefix: "", unknown_element: true, json: JsonFlavour::Qcvn109, ..PLAIN },
    Style {
        blank: Blank::Null,
        soap_prefix: "soap",
        prefix: "dancu",
        nobody: Nobody::NoCollection,
        address: AddressForm::Standard,
        text_nodes: true,
        ..PLAIN
    },
    Style {
        blank: Blank::Absent,
        relatives: NameShape::Group,
        nobody: Nobody::EmptyPerson,
        json: JsonFlavour::Qcvn109,
        person: PersonShape::List,
        ..PLAIN
    },
    Style {
        blank: Blank::Spaces,
        soap_prefix: "S",
        prefix: "ns3",
        relatives: NameShape::Group,
        standard_forms: true,
        json: JsonFlavour::Wrapped,
        ..PLAIN
    },
];

impl Style {
    /// The style of a number: that of its last digit.
    pub fn of_number(number: &str) -> Self {
        let digit = number.bytes().last().filter(u8::is_ascii_digit).map_or(1, |byte| usize::from(byte - b'0'));
        STYLES.get(digit).copied().unwrap_or(PLAIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_neighbours_cover_every_shape() {
        let styles: Vec<Style> = (0..10).map(|digit| Style::of_number(&format!("99908500000{digit}"))).collect();
        for blank in [Blank::Absent, Blank::Empty, Blank::EmptyChildren, Blank::Spaces, Blank::Null] {
            assert!(styles.iter().any(|style| style.blank == blank), "{blank:?}");
        }
        for nobody in [Nobody::EmptyCollection, Nobody::NoCollection, Nobody::EmptyPerson] {
            assert!(styles.iter().any(|style| style.nobody == nobody), "{nobody:?}");
        }
        for shape in [NameShape::Text, NameShape::Group] {
            assert!(styles.iter().any(|style| style.relatives == shape), "{shape:?}");
        }
        for address in [AddressForm::Old, AddressForm::New, AddressForm::Standard] {
            assert!(styles.iter().any(|style| style.address == address), "{address:?}");
        }
        for json in [JsonFlavour::Envelope, JsonFlavour::Bare, JsonFlavour::Wrapped, JsonFlavour::Qcvn109] {
            assert!(styles.iter().any(|style| style.json == json), "{json:?}");
        }
        for person in [PersonShape::Object, PersonShape::List] {
            assert!(styles.iter().any(|style| style.person == person), "{person:?}");
        }
        for on in [true, false] {
            assert!(styles.iter().any(|style| style.text_nodes == on && style.json != JsonFlavour::Wrapped));
        }
    }
}
