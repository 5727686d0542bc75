//! The small languages inside a caller's lists: agencies, services, attributes, certificates, digests.

use unicode_normalization::UnicodeNormalization as _;

/// A text, the beginning of texts (`H01.*`), or all (`*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    All,
    Prefix(String),
    Exactly(String),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// The sentence to show.
    pub fn parse(text: &str) -> Result<Self, String> {
        let inner = text.strip_suffix('*').unwrap_or(text);
        if inner.contains('*') || text.trim() != text || text.is_empty() || text.chars().any(char::is_control) {
            return Err("`*` stands only alone or at the end, as in \"H01.*\"; no blanks around".to_owned());
        }
        Ok(match (inner.is_empty(), inner.len() < text.len()) {
            (true, _) => Self::All,
            (false, true) => Self::Prefix(inner.to_owned()),
            (false, false) => Self::Exactly(text.to_owned()),
        })
    }

    /// Whether a text is meant.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::All => true,
            Self::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Self::Exactly(exactly) => text == exactly,
        }
    }
}

/// Services: all, a code, a field of the catalogue, a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServicePattern {
    All,
    Code(String),
    Field(String),
    Level(&'static str),
}

impl ServicePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// The sentence to show.
    pub fn parse(text: &str) -> Result<Self, String> {
        const LEVELS: [&str; 3] = ["province", "district", "commune"];
        let allowed = "must be a service code, \"field:…\", \"level:province|district|commune\" or \"*\"";
        if text == "*" {
            return Ok(Self::All);
        }
        if let Some(field) = text.strip_prefix("field:") {
            let field: String = field.trim().nfc().collect();
            return if field.is_empty() { Err(allowed.to_owned()) } else { Ok(Self::Field(field)) };
        }
        if let Some(level) = text.strip_prefix("level:") {
            let known = LEVELS.iter().find(|known| **known == level);
            return known.map(|level| Self::Level(level)).ok_or_else(|| allowed.to_owned());
        }
        let code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if text.is_empty() || !text.chars().all(code) {
            return Err(allowed.to_owned());
        }
        Ok(Self::Code(text.to_owned()))
    }
}

/// Attributes by dictionary path. A path with `*` means ordinary attributes only; sensitive ones are named exactly, or
/// by a pattern that says `sensitive:` (RISKS R3), so that nobody licenses them by a careless star.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributePattern {
    pub sensitive: bool,
    pub pattern: Pattern,
}

impl AttributePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// The sentence to show.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (sensitive, path) = text.strip_prefix("sensitive:").map_or((false, text), |path| (true, path));
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '*');
        if path.is_empty() || !path.chars().all(known) {
            return Err("must be a path of the dictionary, one ending in `*`, \"*\" or \"sensitive:…\"".to_owned());
        }
        Ok(Self { sensitive, pattern: Pattern::parse(path)? })
    }

    /// Whether an attribute is meant.
    pub fn matches(&self, path: &str, sensitive: bool) -> bool {
        let kind = match (&self.pattern, self.sensitive) {
            (Pattern::Exactly(_), false) => true,
            (_, true) => sensitive,
            (_, false) => !sensitive,
        };
        kind && self.pattern.matches(path)
    }
}

/// How a client certificate is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateName {
    /// SHA-256 of the certificate.
    Fingerprint([u8; 32]),
    /// The subject in the order of the certificate: `C=VN,O=…,CN=…`.
    Subject(String),
}

impl CertificateName {
    /// Reads a fingerprint or a subject.
    ///
    /// # Errors
    /// The sentence to show.
    pub fn parse(text: &str) -> Result<Self, String> {
        match hex_digest(text) {
            Some(digest) => Ok(Self::Fingerprint(digest)),
            None if text.contains('=') && !text.starts_with("sha256:") => {
                Ok(Self::Subject(text.trim().nfc().collect()))
            }
            None => Err("must be \"sha256:\" and 64 hexadecimal digits, or a subject such as \"O=…,CN=…\"".to_owned()),
        }
    }
}

/// `sha256:` and 64 hexadecimal digits, with or without colons between the bytes.
pub fn hex_digest(text: &str) -> Option<[u8; 32]> {
    let digits: String = text.strip_prefix("sha256:")?.chars().filter(|c| *c != ':').collect();
    if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut digest = [0; 32];
    for (index, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_never_means_sensitive_attributes() {
        let cases = [
            ("*", "ho_va_ten", false, true),
            ("*", "ton_giao", true, false),
            ("cha.*", "cha.ho_va_ten", true, false),
            ("ton_giao", "ton_giao", true, true),
            ("sensitive:*", "ton_giao", true, true),
            ("sensitive:*", "ho_va_ten", false, false),
            ("sensitive:cha.*", "cha.ho_va_ten", true, true),
            ("sensitive:cha.*", "me.ho_va_ten", true, false),
            ("ho_va_ten", "ho_va_ten.ho", false, false),
            ("ho_va_ten*", "ho_va_ten.ho", false, true),
        ];
        for (pattern, path, sensitive, expected) in cases {
            let read = AttributePattern::parse(pattern).expect("a pattern");
            assert_eq!(read.matches(path, sensitive), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn patterns_that_mean_nothing_are_refused() {
        for wrong in ["", "*a", "a*b", "**", " a", "a\n"] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong:?}");
        }
        for wrong in ["", "level:ward", "level:", "field:", "1.0*", "a b", "cấp xã"] {
            assert!(ServicePattern::parse(wrong).is_err(), "{wrong:?}");
        }
        for wrong in ["", "sensitive:", "Ho_va_ten", "họ", "secret:*"] {
            assert!(AttributePattern::parse(wrong).is_err(), "{wrong:?}");
        }
        for wrong in ["", "sha256:12", "mot cua", "sha256:CN=a"] {
            assert!(CertificateName::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
