//! How strictly requests are read: order and unknown elements, name form, date form (PROTOCOL §4.1, §4.2, §11).

/// The name forms that are accepted (PROTOCOL §4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum NameForms {
    /// `TRANTHIMAU`, the default of the protocol.
    #[default]
    CompactAscii,
    /// `TRẦN THỊ MẪU`: trimmed, capitals, diacritics and spaces kept. A name without either cannot be told apart.
    Upper,
    Any,
}

/// The forms of a full birth date that are accepted (PROTOCOL §4.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum DateForms {
    /// `19850312`, the default of the protocol.
    #[default]
    Yyyymmdd,
    /// `1985-03-12`.
    Iso,
    Any,
}

/// The rules for one request.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Element order is enforced and unknown elements are refused; otherwise any order passes and unknown elements are
    /// passed over.
    pub strict: bool,
    pub name: NameForms,
    pub date: DateForms,
}

impl NameForms {
    pub fn compact(self) -> bool {
        self != Self::Upper
    }

    pub fn upper(self) -> bool {
        self != Self::CompactAscii
    }
}

impl DateForms {
    pub fn compact(self) -> bool {
        self != Self::Iso
    }

    pub fn iso(self) -> bool {
        self != Self::Yyyymmdd
    }
}
