//! Who answers in which style: the table of people first, then the last digit of the number.

use std::collections::HashMap;

use serde::Deserialize;

use super::reply_style::Style;

const TABLE: &str = include_str!("person-styles.csv");

/// Styles by number.
pub struct PersonStyles(HashMap<String, Style>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    number: String,
    style: String,
    #[serde(rename = "note")]
    _note: String,
}

impl PersonStyles {
    /// The table that comes with the program.
    ///
    /// # Errors
    /// A row cannot be read, or its number stands there twice or is no invented one.
    pub fn embedded() -> Result<Self, String> {
        Self::read(TABLE)
    }

    fn read(table: &str) -> Result<Self, String> {
        let mut styles = HashMap::new();
        for (index, row) in csv::Reader::from_reader(table.as_bytes()).deserialize().enumerate() {
            let refuse = |why: &str| format!("person-styles.csv, row {}: {why}", index + 1);
            let row: Row = row.map_err(|error| refuse(&error.to_string()))?;
            if !row.number.starts_with("999") {
                return Err(refuse("the number is not an invented one"));
            }
            let style = Style::of_number(&row.number).with(&row.style).map_err(|why| refuse(&why))?;
            if styles.insert(row.number, style).is_some() {
                return Err(refuse("the number stands there twice"));
            }
        }
        Ok(Self(styles))
    }

    /// The style of a number.
    pub fn of(&self, number: &str) -> Style {
        self.0.get(number).copied().unwrap_or_else(|| Style::of_number(number))
    }
}

#[cfg(test)]
mod tests {
    use super::super::reply_style::JsonFlavour;
    use super::*;

    #[test]
    fn the_table_is_read_and_overrides_the_digit() {
        let styles = PersonStyles::embedded().expect("read");
        assert_eq!(styles.of("999219000006").json, JsonFlavour::Bare);
        assert_eq!(styles.of("999219000006").blank, Style::of_number("999219000006").blank, "the rest is the digit's");
        assert_eq!(styles.of("999085000001"), Style::of_number("999085000001"));
    }

    #[test]
    fn a_wrong_row_is_named() {
        let refused = |rows: &str| PersonStyles::read(&format!("number,style,note\n{rows}\n")).err().expect("refused");
        assert!(refused("999085000001,json=yaml,x").contains("row 1: json=\"yaml\""));
        assert!(refused("999085000001,json=bare,x\n999085000001,json=bare,x").contains("row 2"));
        assert!(refused("123,json=bare,x").contains("invented"));
    }
}
