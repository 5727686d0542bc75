//! Where a form field's value comes from: an attribute of a person's record, of the request, or derived.

use crate::citizen::Attribute;

/// Everything that may stand right of the role in a mapping (or after `request.`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceAttribute {
    /// Given by the population register.
    Register(Attribute),
    /// The number on the scanned card (`the.so`).
    CardNumber,
    /// The card's date of issue (`the.ngay_cap`).
    CardIssueDate,
    /// The card's place of issue by its date (`the.noi_cap`), a suggestion only.
    CardIssuePlace,
    /// Derived: full years of age on the dossier's date, only from a full birth date.
    Age,
    /// The officer who asks (`request.officer`).
    Officer,
    /// The agency that asks (`request.agency`).
    Agency,
    /// Today in Viet Nam (`request.today`).
    Today,
}

impl SourceAttribute {
    /// Every attribute, in dictionary order.
    pub fn all() -> impl Iterator<Item = Self> {
        let small = [
            Self::CardNumber,
            Self::CardIssueDate,
            Self::CardIssuePlace,
            Self::Age,
            Self::Officer,
            Self::Agency,
            Self::Today,
        ];
        Attribute::ALL.iter().copied().map(Self::Register).chain(small)
    }

    /// The path as written in the dictionary.
    pub fn path(self) -> &'static str {
        match self {
            Self::Register(attribute) => attribute.path(),
            Self::CardNumber => "the.so",
            Self::CardIssueDate => "the.ngay_cap",
            Self::CardIssuePlace => "the.noi_cap",
            Self::Age => "tuoi",
            Self::Officer => "request.officer",
            Self::Agency => "request.agency",
            Self::Today => "request.today",
        }
    }

    /// The attribute with exactly this path.
    pub fn from_path(path: &str) -> Option<Self> {
        match path {
            "the.so" => Some(Self::CardNumber),
            "the.ngay_cap" => Some(Self::CardIssueDate),
            "the.noi_cap" => Some(Self::CardIssuePlace),
            "tuoi" => Some(Self::Age),
            "request.officer" => Some(Self::Officer),
            "request.agency" => Some(Self::Agency),
            "request.today" => Some(Self::Today),
            _ => Attribute::from_path(path).map(Self::Register),
        }
    }

    /// The register attributes that must be kept of a record for this source.
    pub fn needs(self) -> Option<Attribute> {
        match self {
            Self::Register(attribute) => Some(attribute),
            Self::Age => Some(Attribute::NgaySinh),
            Self::CardNumber | Self::CardIssueDate | Self::CardIssuePlace => None,
            Self::Officer | Self::Agency | Self::Today => None,
        }
    }
}

/// One resolved source of a plan: no name is looked up when it is used.
#[derive(Clone)]
pub struct SourceSlot {
    /// Index of the person role; `None` for `request.*`.
    pub role: Option<usize>,
    /// As written in the mapping, for the answer's `source`.
    pub path: Box<str>,
    /// A value from here is offered for confirmation, never filled.
    pub suggest: bool,
}
