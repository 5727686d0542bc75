//! What the officer typed, as the page's own form sends it. Pure: names and texts, no HTTP.

use std::collections::HashMap;

use zeroize::Zeroize as _;

/// Rows that a page of the counter ever has; a sent form that names a later one was not made by the page.
pub const MOST_ROWS: usize = 20;

/// The texts of a sent form by name. Personal: no `Debug`, wiped on drop.
#[derive(Default)]
pub struct Entry(HashMap<String, String>);

impl Entry {
    /// Of the pairs that a browser sends; the last of each name counts.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// The text of this name, trimmed; empty when it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map(|text| text.trim()).unwrap_or_default()
    }

    /// Whether anything stands under a name.
    pub fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// What is kept for the page beside a box, as JSON; `Null` when there is nothing readable.
    pub fn kept(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(self.get(name)).unwrap_or_default()
    }

    /// How many rows of a list hold anything: the number behind the last one.
    pub fn rows(&self, prefix: &str) -> usize {
        let index = |(name, text): (&String, &String)| {
            let rest = name.strip_prefix(prefix)?.strip_prefix('.')?;
            let row = rest.split('.').next()?.parse::<usize>().ok().filter(|row| *row < MOST_ROWS)?;
            (!text.trim().is_empty()).then_some(row + 1)
        };
        self.0.iter().filter_map(index).max().unwrap_or(0)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.0.values_mut().for_each(String::zeroize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_up_to_the_last_that_holds_anything() {
        let pairs =
            [("p.con.0.id", ""), ("p.con.2.name", "MẪU"), ("p.con.3.id", " "), ("p.con2.7.id", "x"), ("p.con.x", "y")];
        let entry = Entry::new(pairs.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
        assert_eq!(entry.rows("p.con"), 3);
        assert_eq!(entry.rows("p.me"), 0);
        let far = ["20", "18446744073709551615", "99999999999999999999", "-1"];
        let far = Entry::new(far.map(|row| (format!("p.con.{row}.id"), "x".to_owned())).into());
        assert_eq!(far.rows("p.con"), 0, "no page has so many rows, and nobody counts up to them");
        assert_eq!(entry.get("p.con.3.id"), "");
    }
}
