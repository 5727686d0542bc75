//! Reading TOML so that every problem of a run is reported, with line and key path, and nothing unknown slips through.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::strict_json::nearest;

/// One thing wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// For example `connection[0].base`.
    pub key: String,
    /// What is wrong and what is allowed.
    pub message: String,
}

/// One table of the file; members are taken by name, the rest is reported at the end.
pub struct Section<'t, 'p> {
    table: &'t DeTable<'t>,
    span: Range<usize>,
    path: String,
    text: &'t str,
    taken: Vec<&'static str>,
    problems: &'p mut Vec<Problem>,
}

impl<'t, 'p> Section<'t, 'p> {
    /// The whole file, or a table in it.
    pub fn new(
        table: &'t DeTable<'t>,
        span: Range<usize>,
        path: impl Into<String>,
        text: &'t str,
        problems: &'p mut Vec<Problem>,
    ) -> Self {
        Self { table, span, path: path.into(), text, taken: Vec::new(), problems }
    }

    /// The path of a key of this table.
    pub fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Reports a problem at a place of the file.
    pub fn report(&mut self, span: &Range<usize>, key: &str, message: impl Into<String>) {
        let line = self.line(span);
        let key: String = self.key(key).chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        self.problems.push(Problem { line, key, message: message.into() });
    }

    fn line(&self, span: &Range<usize>) -> usize {
        self.text.get(..span.start).unwrap_or_default().matches('\n').count() + 1
    }

    /// The line where this table begins.
    pub fn own_line(&self) -> usize {
        self.line(&self.span)
    }

    /// Reports that a key is needed.
    pub fn missing(&mut self, key: &str, message: impl Into<String>) {
        let span = self.span.clone();
        self.report(&span, key, message);
    }

    fn take(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.taken.push(key);
        self.table.iter().find(|(name, _)| name.get_ref().as_ref() == key).map(|(_, value)| value)
    }

    /// A table member.
    pub fn table(&mut self, key: &'static str) -> Option<(&'t DeTable<'t>, Range<usize>)> {
        let value = self.take(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some((table, value.span())),
            _ => {
                self.report(&value.span(), key, "must be a table");
                None
            }
        }
    }

    /// A table member as a section of its own; it is read and finished before this one goes on.
    pub fn section(&mut self, key: &'static str) -> Option<Section<'t, '_>> {
        let (table, span) = self.table(key)?;
        let path = self.key(key);
        Some(Section::new(table, span, path, self.text, self.problems))
    }

    /// A table given to this section as one of a list (`[[key]]`, `key = [{ … }]`).
    pub fn item(&mut self, key: &str, index: usize, table: &'t DeTable<'t>, span: Range<usize>) -> Section<'t, '_> {
        let path = format!("{}[{index}]", self.key(key));
        Section::new(table, span, path, self.text, self.problems)
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &'static str) -> Option<Vec<(&'t str, Range<usize>)>> {
        let value = self.take(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.report(&value.span(), key, "must be a list of texts such as [\"a\", \"b\"]");
            return None;
        };
        let mut texts = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(text) => texts.push((text.as_ref(), item.span())),
                _ => {
                    self.report(&item.span(), key, "must be a list of texts such as [\"a\", \"b\"]");
                    return None;
                }
            }
        }
        Some(texts)
    }

    /// A list of words from a closed set, each at most once.
    pub fn words<T: Copy + PartialEq>(&mut self, key: &'static str, words: &[(&'static str, T)]) -> Option<Vec<T>> {
        let mut found = Vec::new();
        for (text, span) in self.texts(key)? {
            match words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value) {
                Some(value) if found.contains(&value) => {
                    self.report(&span, key, "stands twice in the list");
                    return None;
                }
                Some(value) => found.push(value),
                None => {
                    let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                    self.report(&span, key, format!("allowed: {}", allowed.join(", ")));
                    return None;
                }
            }
        }
        Some(found)
    }

    /// A list of texts that are read one by one; those that cannot be are reported and left out.
    pub fn parsed<T>(&mut self, key: &'static str, read: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let mut found = Vec::new();
        for (text, span) in self.texts(key).unwrap_or_default() {
            match read(text) {
                Ok(value) => found.push(value),
                Err(message) => self.report(&span, key, message),
            }
        }
        found
    }

    /// A table of texts by any key: `{ "a" = "b" }`.
    pub fn text_table(&mut self, key: &'static str) -> Option<BTreeMap<String, String>> {
        let (table, _) = self.table(key)?;
        let mut found = BTreeMap::new();
        for (name, value) in table {
            match value.get_ref() {
                DeValue::String(text) => {
                    found.insert(name.get_ref().to_string(), text.to_string());
                }
                _ => {
                    self.report(&value.span(), key, "must be a table of texts such as { \"a\" = \"b\" }");
                    return None;
                }
            }
        }
        Some(found)
    }

    /// Whether a member is there and is a table.
    pub fn is_table(&self, key: &str) -> bool {
        self.table
            .iter()
            .any(|(name, value)| name.get_ref().as_ref() == key && matches!(value.get_ref(), DeValue::Table(_)))
    }

    /// Whether a member is there, of whatever type.
    pub fn has(&self, key: &str) -> bool {
        self.table.iter().any(|(name, _)| name.get_ref().as_ref() == key)
    }

    /// Takes a member so that it is known here, without reading it.
    pub fn ignore(&mut self, keys: &[&'static str]) {
        self.taken.extend(keys);
    }

    /// An array of tables (`[[key]]`).
    pub fn tables(&mut self, key: &'static str) -> Vec<(&'t DeTable<'t>, Range<usize>)> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.report(&value.span(), key, format!("must be written [[{key}]]"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::Table(table) => tables.push((table, item.span())),
                _ => self.report(&item.span(), key, format!("must be written [[{key}]]")),
            }
        }
        tables
    }

    /// A text member and its place.
    pub fn spanned_text(&mut self, key: &'static str) -> Option<(&'t str, Range<usize>)> {
        let value = self.take(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some((text.as_ref(), value.span())),
            _ => {
                self.report(&value.span(), key, "must be text in quotes");
                None
            }
        }
    }

    /// A text member.
    pub fn text(&mut self, key: &'static str) -> Option<&'t str> {
        self.spanned_text(key).map(|(text, _)| text)
    }

    /// A text member that must be there.
    pub fn required_text(&mut self, key: &'static str, needed_for: &str) -> Option<&'t str> {
        let text = self.text(key);
        if text.is_none() && !self.table.iter().any(|(name, _)| name.get_ref().as_ref() == key) {
            self.missing(key, format!("is needed {needed_for}"));
        }
        text
    }

    /// One of some words.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        let (text, span) = self.spanned_text(key)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.report(&span, key, format!("allowed: {}", allowed.join(", ")));
        }
        found
    }

    /// `true` or `false`.
    pub fn bool(&mut self, key: &'static str) -> Option<bool> {
        let value = self.take(key)?;
        match value.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            _ => {
                self.report(&value.span(), key, "must be true or false");
                None
            }
        }
    }

    /// A whole number in a range.
    pub fn number(&mut self, key: &'static str, range: std::ops::RangeInclusive<usize>) -> Option<usize> {
        let value = self.take(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.report(
                &value.span(),
                key,
                format!("must be a whole number from {} to {}", range.start(), range.end()),
            );
        }
        number
    }

    /// A share from 0 to 1.
    pub fn ratio(&mut self, key: &'static str) -> Option<f64> {
        let value = self.take(key)?;
        let number: Option<f64> = match value.get_ref() {
            DeValue::Float(float) => float.as_str().parse().ok(),
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| (0.0..=1.0).contains(number));
        if number.is_none() {
            self.report(&value.span(), key, "must be a number from 0 to 1, for example 0.1");
        }
        number
    }

    /// A duration in words: `"500ms"`, `"12s"`, `"10m"`, `"2h"`, `"7d"`.
    pub fn duration(&mut self, key: &'static str, range: std::ops::RangeInclusive<Duration>) -> Option<Duration> {
        let (text, span) = self.spanned_text(key)?;
        let found = duration(text);
        match found {
            Some(found) if range.contains(&found) => Some(found),
            Some(_) => {
                let (from, to) = (in_words(*range.start()), in_words(*range.end()));
                self.report(&span, key, format!("must be from \"{from}\" to \"{to}\""));
                None
            }
            None => {
                self.report(&span, key, "must be a duration such as \"500ms\", \"12s\", \"10m\", \"2h\", \"7d\"");
                None
            }
        }
    }

    /// A size in words: `"64MiB"`.
    pub fn bytes(&mut self, key: &'static str) -> Option<u64> {
        self.spanned_bytes(key).map(|(bytes, _)| bytes)
    }

    /// A size in words and its place.
    pub fn spanned_bytes(&mut self, key: &'static str) -> Option<(u64, Range<usize>)> {
        let (text, span) = self.spanned_text(key)?;
        let found = bytes(text);
        if found.is_none() {
            self.report(&span, key, "must be a size such as \"512KiB\", \"64MiB\", \"1GiB\"");
        }
        found.map(|bytes| (bytes, span))
    }

    /// An address and port, and the line where it stands.
    pub fn socket(&mut self, key: &'static str) -> Option<(SocketAddr, usize)> {
        let (text, span) = self.spanned_text(key)?;
        let line = self.line(&span);
        let found = text.parse().ok().map(|address| (address, line));
        if found.is_none() {
            self.report(&span, key, "must be an address with port such as \"127.0.0.1:8236\" or \"[::1]:8236\"");
        }
        found
    }

    /// A path, relative to the configuration file's folder.
    pub fn path(&mut self, key: &'static str, base: &Path) -> Option<PathBuf> {
        self.text(key).map(|text| base.join(text))
    }

    /// Reports every key that nobody took.
    pub fn finish(mut self) {
        let unknown: Vec<(String, Range<usize>)> = self
            .table
            .iter()
            .filter(|(name, _)| !self.taken.contains(&name.get_ref().as_ref()))
            .map(|(name, _)| (name.get_ref().to_string(), name.span()))
            .collect();
        for (name, span) in unknown {
            let mut message = format!("is not known; allowed here: {}", self.taken.join(", "));
            if let Some(near) = nearest(&name, self.taken.iter().copied()) {
                message = format!("is not known, did you mean `{near}`? Allowed here: {}", self.taken.join(", "));
            }
            self.report(&span, &name, message);
        }
    }
}

fn split_unit(text: &str) -> Option<(u64, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    Some((text[..digits].parse().ok()?, text[digits..].trim()))
}

/// A duration in words: `500ms`, `12s`, `10m`, `2h`, `7d`.
pub fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split_unit(text)?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        "d" => number.checked_mul(24 * 3600).map(Duration::from_secs),
        _ => None,
    }
}

/// A duration as the file writes it, in the largest unit that fits.
fn in_words(duration: Duration) -> String {
    match (duration.as_millis(), duration.as_secs()) {
        (millis, seconds) if millis % 1000 != 0 || seconds == 0 && millis > 0 => format!("{millis}ms"),
        (_, seconds) if seconds > 24 * 3600 && seconds % (24 * 3600) == 0 => format!("{}d", seconds / (24 * 3600)),
        (_, seconds) if seconds > 0 && seconds % 3600 == 0 => format!("{}h", seconds / 3600),
        (_, seconds) if seconds > 0 && seconds % 60 == 0 => format!("{}m", seconds / 60),
        (_, seconds) => format!("{seconds}s"),
    }
}

fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = split_unit(text)?;
    let factor = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_are_written_in_words() {
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("10m"), Some(Duration::from_secs(600)));
        assert_eq!(duration("0s"), Some(Duration::ZERO));
        assert_eq!(duration("7d"), Some(Duration::from_secs(7 * 24 * 3600)));
        for wrong in ["10", "m", "-1s", "1.5s", "10 minutes", ""] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        assert_eq!(bytes("64MiB"), Some(64 << 20));
        assert_eq!(bytes("64MB"), None);
    }
}
