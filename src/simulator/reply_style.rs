//! How a reply is worded: the same values in the many shapes that clients have met (PROTOCOL §5, §5.2, §11).
//!
//! The last digit of a number chooses the style, so a person always answers in the same way and ten neighbours cover
//! everything that a tolerant reader must accept.

/// How "not given" looks on the wire (PROTOCOL §5.2 rule 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blank {
    /// The element is not there.
    Absent,
    /// `<x/>`, for a group in place of its children.
    Empty,
    /// `<x/>`; a group keeps its children, each `<x/>` (the recorded form).
    EmptyChildren,
    /// White space only; a group keeps its children.
    Spaces,
    /// The text `null`; a group is `<x/>`.
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

/// The shape of one reply; never changes a value.
#[derive(Clone, Copy, Debug)]
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
}

const PLAIN: Style = Style {
    blank: Blank::EmptyChildren,
    soap_prefix: "soapenv",
    prefix: "ns1",
    relatives: NameShape::Text,
    nobody: Nobody::EmptyCollection,
    attributes: false,
    unknown_element: false,
    standard_forms: false,
};

/// One style a last digit; 1 is the recorded one.
const STYLES: [Style; 10] = [
    Style { blank: Blank::Absent, nobody: Nobody::NoCollection, ..PLAIN },
    PLAIN,
    Style {
        blank: Blank::Empty,
        soap_prefix: "SOAP-ENV",
        prefix: "dc",
        relatives: NameShape::Group,
        nobody: Nobody::EmptyPerson,
        ..PLAIN
    },
    Style { blank: Blank::Spaces, soap_prefix: "S", prefix: "", ..PLAIN },
    Style {
        blank: Blank::Absent,
        soap_prefix: "soap",
        prefix: "ns2",
        relatives: NameShape::Group,
        nobody: Nobody::NoCollection,
        attributes: true,
        ..PLAIN
    },
    Style { relatives: NameShape::Group, nobody: Nobody::EmptyPerson, ..PLAIN },
    Style { blank: Blank::Empty, prefix: "", unknown_element: true, ..PLAIN },
    Style { blank: Blank::Null, soap_prefix: "soap", prefix: "dancu", nobody: Nobody::NoCollection, ..PLAIN },
    Style { blank: Blank::Absent, relatives: NameShape::Group, nobody: Nobody::EmptyPerson, ..PLAIN },
    Style {
        blank: Blank::Spaces,
        soap_prefix: "S",
        prefix: "ns3",
        relatives: NameShape::Group,
        standard_forms: true,
        ..PLAIN
    },
];

impl Style {
    /// The style of a number: that of its last digit.
    pub fn of_number(number: &str) -> Self {
        let digit = number.bytes().last().filter(u8::is_ascii_digit).map_or(1, |byte| usize::from(byte - b'0'));
        STYLES.get(digit).copied().unwrap_or(PLAIN)
    }

    /// The style that words describe. None are known yet.
    ///
    /// # Errors
    /// Always: which words are allowed is not decided here.
    pub fn parse(_words: &str) -> Result<Self, String> {
        Err("styles cannot be chosen by words in this build".to_owned())
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
    }
}
