//! The frame of every page, and what protects it.

use askama::Template;

use super::asset::{ICON, SCRIPT, STYLE};
use super::visit::Visit;

/// The headers of every page. Nothing is loaded from elsewhere, nothing stands inline, nobody frames us, and an address
/// is never told to the next site.
pub const HEADERS: &[(&str, &str)] = &[
    ("Content-Type", "text/html; charset=utf-8"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
];

/// A rendered page.
pub struct Page {
    pub status: u16,
    pub html: String,
}

impl Page {
    /// A page with a status. A template that cannot be rendered (its parts are texts: it always can) is an error page
    /// without any detail.
    pub fn of(status: u16, template: &impl Template) -> Self {
        match template.render() {
            Ok(html) => Self { status, html },
            Err(_) => Self { status: 500, html: "<!doctype html><title>500</title>".to_owned() },
        }
    }
}

/// Which entry of the navigation a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Counter,
    Services,
    Attributes,
    Coverage,
    Status,
    /// Pages that stand beside the navigation.
    None,
}

/// The frame of one page; templates know it as `shell`.
pub struct Shell {
    pub title: String,
    section: Section,
    visit: Visit,
}

/// One entry of the navigation.
pub struct NavigationItem {
    pub href: String,
    pub label: &'static str,
    pub current: bool,
}

impl Shell {
    /// The frame for a visit; the title is also the page's heading.
    pub fn new(visit: &Visit, section: Section, title: impl Into<String>) -> Self {
        Self { title: title.into(), section, visit: visit.clone() }
    }

    /// The text of the page's language.
    pub fn say<'t>(&self, vi: &'t str, en: &'t str) -> &'t str {
        self.visit.lang.pick(vi, en)
    }

    /// The language of the page, for `lang` attributes.
    pub fn lang_code(&self) -> &'static str {
        self.visit.lang.pick("vi", "en")
    }

    /// The word of the language in addresses: empty for Vietnamese, which needs none.
    pub fn lang_word(&self) -> &'static str {
        self.visit.lang.pick("", "en")
    }

    /// An address on this site in the page's language.
    pub fn href(&self, path: &str) -> String {
        self.visit.href(path)
    }

    /// The same page in the other language.
    pub fn other_language(&self) -> String {
        self.visit.other_language()
    }

    /// Whether this is the sandbox or a rehearsal, with the counter open to everybody: only invented people are there.
    pub fn is_open_counter(&self) -> bool {
        self.visit.counter
    }

    /// Where the stylesheet is.
    pub fn stylesheet(&self) -> String {
        STYLE.address()
    }

    /// Where the script is.
    pub fn script(&self) -> String {
        SCRIPT.address()
    }

    /// Where the icon is.
    pub fn icon(&self) -> String {
        ICON.address()
    }

    /// The entries of the navigation that this door offers.
    pub fn navigation(&self) -> Vec<NavigationItem> {
        let mut entries = vec![
            (Section::Services, "/catalog", ("Dịch vụ", "Services")),
            (Section::Attributes, "/catalog/attributes", ("Thuộc tính", "Attributes")),
            (Section::Coverage, "/catalog/coverage", ("Độ phủ", "Coverage")),
        ];
        if self.visit.counter {
            entries.insert(0, (Section::Counter, "/counter", ("Quầy", "Counter")));
        }
        if self.visit.operators {
            entries.push((Section::Status, "/status", ("Tình trạng", "Status")));
        }
        let item = |(section, path, (vi, en)): (Section, &str, (&'static str, &'static str))| NavigationItem {
            href: self.href(path),
            label: self.visit.lang.pick(vi, en),
            current: section == self.section,
        };
        entries.into_iter().map(item).collect()
    }
}
