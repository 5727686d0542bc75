//! JSON read strictly, with the place of every value: for the catalogue's files and for request bodies.
//!
//! RFC 8259 and nothing more: no comments, no trailing commas, no duplicate keys (readers that take the first and
//! readers that take the last would disagree: RISKS A9, C2). Values keep their byte range for a caret and get a JSON
//! pointer for an answer. This room must not know what the JSON is about.

mod reader;

use std::borrow::Cow;
use std::ops::Range;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::ParseErrorKind;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

pub use reader::ObjectReader;

/// A JSON value and where it stands (byte range in the text).
#[derive(Clone)]
pub struct Node {
    pub kind: Kind,
    pub span: Range<usize>,
}

/// The seven shapes of JSON; numbers keep their spelling.
#[derive(Clone)]
pub enum Kind {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Member>),
}

/// One `"key": value` of an object, in file order.
#[derive(Clone)]
pub struct Member {
    pub key: String,
    pub key_span: Range<usize>,
    pub value: Node,
}

/// One thing that is wrong, with its place and the mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable id of the rule that was broken.
    pub rule: &'static str,
    /// RFC 6901 pointer to the value (or to the object that lacks a member).
    pub pointer: String,
    pub span: Range<usize>,
    /// The sentence in Vietnamese and in English. Never quotes a value.
    pub vi: String,
    pub en: String,
    /// The nearest word that would have been right.
    pub did_you_mean: Option<String>,
}

impl Finding {
    /// A finding without suggestion.
    pub fn new(
        rule: &'static str,
        pointer: impl Into<String>,
        span: Range<usize>,
        vi: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { rule, pointer: pointer.into(), span, vi: vi.into(), en: en.into(), did_you_mean: None }
    }

    /// The same finding with the nearest of the right words, when one is near.
    #[must_use]
    pub fn suggesting<'w>(mut self, wrong: &str, right: impl IntoIterator<Item = &'w str>) -> Self {
        self.did_you_mean = nearest(wrong, right);
        self
    }
}

/// Parses a whole text. A byte order mark is tolerated; everything else must be RFC 8259.
///
/// # Errors
/// All syntax errors (one) or duplicate keys (every one of them).
pub fn parse(text: &str) -> Result<Node, Vec<Finding>> {
    let (text, offset) = text.strip_prefix('\u{feff}').map_or((text, 0), |rest| (rest, 3));
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let collect = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
    let syntax = |range: Range<usize>, english: String| {
        vec![Finding::new(
            "json_syntax",
            "",
            range,
            "Không phải JSON đúng cú pháp (RFC 8259): xem lại dấu phẩy, dấu ngoặc, dấu nháy ở chỗ này.",
            format!("Not valid JSON (RFC 8259): {english}."),
        )]
    };
    match parse_to_ast(text, &collect, &strict) {
        Err(error) => {
            let range = error.range();
            // What the parser says of texts repeats them.
            let reason = match error.kind() {
                ParseErrorKind::String(_) => "a text is not written as JSON writes texts".to_owned(),
                kind => kind.to_string().to_lowercase(),
            };
            Err(syntax(range.start + offset..range.end + offset, reason))
        }
        Ok(parsed) => match parsed.value {
            Some(_) if forbidden_character(text).is_some() => {
                let at = forbidden_character(text).unwrap_or_default();
                // Whole letters only: whoever shows the place cuts the text there.
                let length = text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
                let at = at + offset;
                let reason = "a control character in a text, or something other than JSON's white space between values";
                Err(syntax(at..at + length, reason.to_owned()))
            }
            None => Err(syntax(0..0, "the text is empty".to_owned())),
            Some(value) => {
                let mut duplicates = Vec::new();
                let node = node(&value, offset, &mut String::new(), &mut duplicates);
                if duplicates.is_empty() { Ok(node) } else { Err(duplicates) }
            }
        },
    }
}

/// Reads a request body: `read` takes what it needs of the tree and says in `findings` what is wrong with it. Keys are the
/// caller's text, so every pointer is made fit to be shown.
///
/// # Errors
/// Every finding; also when `read` gave something in spite of one.
pub fn read<T>(text: &str, read: impl FnOnce(&Node, &mut Vec<Finding>) -> Option<T>) -> Result<T, Vec<Finding>> {
    let root = parse(text)?;
    let mut findings = Vec::new();
    match read(&root, &mut findings) {
        Some(taken) if findings.is_empty() => Ok(taken),
        _ => {
            for finding in &mut findings {
                finding.pointer = printable(&finding.pointer);
            }
            Err(findings)
        }
    }
}

/// The first byte that the parser lets pass and RFC 8259 does not: an unescaped control character inside a text (§7),
/// or white space other than §2 names between values.
fn forbidden_character(text: &str) -> Option<usize> {
    let (mut inside, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        let allowed = if inside { byte >= 0x20 } else { matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x21..=0x7e) };
        if !allowed {
            return Some(text.floor_char_boundary(at));
        }
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            _ => {}
        }
    }
    None
}

fn node(value: &ast::Value<'_>, offset: usize, pointer: &mut String, duplicates: &mut Vec<Finding>) -> Node {
    let range = value.range();
    let kind = match value {
        ast::Value::NullKeyword(_) => Kind::Null,
        ast::Value::BooleanLit(literal) => Kind::Bool(literal.value),
        ast::Value::NumberLit(literal) => Kind::Number(literal.value.to_owned()),
        ast::Value::StringLit(literal) => Kind::Text(literal.value.clone().into_owned()),
        ast::Value::Array(array) => {
            let mut items = Vec::with_capacity(array.elements.len());
            for (index, element) in array.elements.iter().enumerate() {
                let parent = pointer.len();
                pointer.push('/');
                pointer.push_str(&index.to_string());
                items.push(node(element, offset, pointer, duplicates));
                pointer.truncate(parent);
            }
            Kind::List(items)
        }
        ast::Value::Object(object) => {
            let mut members: Vec<Member> = Vec::with_capacity(object.properties.len());
            for property in &object.properties {
                let key = property.name.as_str().to_owned();
                let name = property.name.range();
                let key_span = name.start + offset..name.end + offset;
                let parent = pointer.len();
                pointer.push('/');
                pointer.push_str(&escape(&key));
                if members.iter().any(|member| member.key == key) {
                    duplicates.push(Finding::new(
                        "duplicate_key",
                        printable(pointer),
                        key_span.clone(),
                        "Khóa này đã có trong cùng đối tượng; chỉ giữ một.",
                        "This key stands twice in the same object; keep one.",
                    ));
                }
                let value = node(&property.value, offset, pointer, duplicates);
                pointer.truncate(parent);
                members.push(Member { key, key_span, value });
            }
            Kind::Object(members)
        }
    };
    Node { kind, span: range.start + offset..range.end + offset }
}

impl Node {
    /// The text of a JSON string.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The members of a JSON object.
    pub fn as_object(&self) -> Option<&[Member]> {
        match &self.kind {
            Kind::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The items of a JSON array.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value that a JSON pointer (RFC 6901) leads to.
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        let mut node = self;
        for token in pointer.split('/').skip(1) {
            let key = token.replace("~1", "/").replace("~0", "~");
            node = match &node.kind {
                Kind::Object(members) => &members.iter().find(|member| member.key == key)?.value,
                Kind::List(items) => items.get(key.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(node)
    }

    /// The member of an object with this key, or nothing.
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.as_object().unwrap_or_default().iter().find(|member| member.key == key)
    }

    /// The same value for crates that speak `serde_json`.
    pub fn to_value(&self) -> serde_json::Value {
        match &self.kind {
            Kind::Null => serde_json::Value::Null,
            Kind::Bool(value) => serde_json::Value::Bool(*value),
            // A number that serde_json cannot hold (1e999) becomes null and then fails every type check.
            Kind::Number(spelling) => {
                spelling.parse::<serde_json::Number>().map_or(serde_json::Value::Null, serde_json::Value::Number)
            }
            Kind::Text(text) => serde_json::Value::String(text.clone()),
            Kind::List(items) => items.iter().map(Node::to_value).collect(),
            Kind::Object(members) => serde_json::Value::Object(
                members.iter().map(|member| (member.key.clone(), member.value.to_value())).collect(),
            ),
        }
    }
}

/// The finding for a value that should have been a JSON string.
pub fn expected_text(pointer: &str, node: &Node) -> Finding {
    let mut finding = expected("expected_text", pointer, node, "một chuỗi trong dấu nháy kép", "text in double quotes");
    if matches!(node.kind, Kind::Number(_)) {
        finding.vi.push_str(" Mã và số hiệu là chữ, để giữ số 0 ở đầu.");
        finding.en.push_str(" Codes and numbers of papers are text, so that leading zeros stay.");
    }
    finding
}

fn expected(rule: &'static str, pointer: &str, node: &Node, vi: &str, en: &str) -> Finding {
    Finding::new(
        rule,
        printable(pointer),
        node.span.clone(),
        format!("Chỗ này phải là {vi}."),
        format!("This must be {en}."),
    )
}

/// A reference token of a JSON pointer (RFC 6901 §3).
pub fn escape(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) { Cow::Owned(key.replace('~', "~0").replace('/', "~1")) } else { Cow::Borrowed(key) }
}

/// A pointer that may be shown: keys of a request are the caller's text and could hold anything, so a pointer with
/// other than plain name characters, or with a run of digits as long as a card number, is cut before the odd key.
pub fn printable(pointer: &str) -> String {
    let mut shown = String::new();
    for token in pointer.split('/').skip(1) {
        let plain = token.len() <= 60 && token.chars().all(|c| c.is_ascii_alphanumeric() || "_-.$~".contains(c));
        let digits = token.chars().filter(char::is_ascii_digit).count();
        if !plain || digits > 8 {
            shown.push_str("/…");
            break;
        }
        shown.push('/');
        shown.push_str(token);
    }
    shown
}

/// Longest wrong word that is compared, in bytes: the comparison takes the product of both lengths.
const LONGEST_COMPARED: usize = 256;

/// The nearest of the right words, when it is near enough to be meant.
pub fn nearest<'w>(wrong: &str, right: impl IntoIterator<Item = &'w str>) -> Option<String> {
    // One letter is as near to any other, and so is one code to the next.
    let tells = |word: &str| word.chars().nth(1).is_some();
    let is_code = |word: &str| word.len() < 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    if wrong.len() > LONGEST_COMPARED || !tells(wrong) || is_code(wrong) {
        return None;
    }
    right
        .into_iter()
        .filter(|word| tells(word) && *word != wrong)
        .map(|word| (strsim::damerau_levenshtein(&wrong.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, word)| *distance <= (word.len().max(wrong.len()) / 3).max(1))
        .min()
        .map(|(_, word)| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_foreign_white_space_is_a_whole_letter() {
        for text in ["1\u{a0}", "{\u{2003}}", "\u{feff}[1,\u{3000}2]"] {
            let findings = parse(text).err().expect("refused");
            let shown = text.get(findings[0].span.clone());
            assert!(shown.is_some_and(|shown| shown.chars().count() == 1 && !shown.is_ascii()), "{text:?}");
        }
    }

    fn rules(text: &str) -> Vec<&'static str> {
        parse(text).err().unwrap_or_default().into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn only_rfc_8259_is_read() {
        for wrong in
            ["", "{,}", "{\"a\":1,}", "[1 2]", "{a:1}", "'a'", "// c\n1", "0x10", "+1", ".5", "NaN", "{\"a\":1} x"]
        {
            assert_eq!(rules(wrong), ["json_syntax"], "{wrong}");
        }
        assert!(parse("\u{feff}{\"a\": [null, true, -1.5e3, \"\\u0111\"]}").is_ok());
    }

    #[test]
    fn lone_surrogates_are_refused() {
        assert_eq!(rules(r#"{"a":"\ud800"}"#), ["json_syntax"]);
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = "[".repeat(5000) + &"]".repeat(5000);
        assert_eq!(rules(&deep), ["json_syntax"]);
    }

    #[test]
    fn every_duplicate_key_is_named_by_its_pointer() {
        let Err(findings) = parse(r#"{"a":{"b":1,"b":2},"a":3}"#) else { panic!("findings") };
        let pointers: Vec<&str> = findings.iter().map(|finding| finding.pointer.as_str()).collect();
        assert_eq!(pointers, ["/a/b", "/a"]);
    }

    #[test]
    fn leftover_members_are_reported_with_the_nearest_name() {
        let node = parse(r#"{"officer":"x","oficer":"y"}"#).expect("valid");
        let mut findings = Vec::new();
        let mut reader = ObjectReader::new(&node, "", &mut findings).expect("object");
        reader.text("officer");
        reader.finish();
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].rule, findings[0].pointer.as_str()), ("unknown_member", "/oficer"));
        assert_eq!(findings[0].did_you_mean.as_deref(), Some("officer"));
    }

    #[test]
    fn a_pointer_leads_to_its_value() {
        let node = parse(r#"{"a/b":[{"c~":1},"x"]}"#).expect("valid");
        assert_eq!(node.at("/a~1b/1").and_then(Node::as_text), Some("x"));
        assert!(node.at("/a~1b/0/c~0").is_some() && node.at("").is_some());
        assert!(node.at("/a~1b/2").is_none() && node.at("/a").is_none());
    }

    #[test]
    fn nothing_is_suggested_for_one_letter_or_for_a_number() {
        assert_eq!(nearest("7", ["1", "2"]), None);
        assert_eq!(nearest("55", ["54", "01"]), None);
        assert_eq!(nearest("mee", ["me", "cha"]).as_deref(), Some("me"));
    }

    #[test]
    fn a_pointer_never_shows_a_long_number_or_odd_text() {
        assert_eq!(printable("/typed/999085000001"), "/typed/…");
        assert_eq!(printable("/typed/Nguyễn"), "/typed/…");
        assert_eq!(printable("/typed/me_ho_ten"), "/typed/me_ho_ten");
    }
}
