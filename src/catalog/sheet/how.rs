//! The small syntax of the cells `how` and `source`: words with options, and sources in a row.

use super::BadCell;

/// A cell `how`, taken apart: its word and its options in order.
#[derive(Default)]
pub struct How {
    pub word: String,
    pub options: Vec<Choice>,
}

/// One option: `suggest`, `format=NAME`, `when PATH=CODE,CODE`.
pub struct Choice {
    pub name: String,
    pub value: Option<String>,
    /// Of `when`: the attribute asked.
    pub path: String,
}

/// What is wrong with a cell, in Vietnamese and English.
pub type Trouble = (String, String);

impl How {
    /// Takes a cell apart.
    ///
    /// # Errors
    /// A quote that does not end, or an option that is written in no known way.
    pub fn read(cell: &str) -> Result<Self, Trouble> {
        let mut parts = split(cell, ';')?.into_iter();
        let word = parts.next().unwrap_or_default();
        Ok(Self { word, options: parts.map(|part| choice(&part)).collect::<Result<_, _>>()? })
    }

    /// Reports options that this word does not take.
    pub fn check(&self, row: usize, known: &[&str], bad: &mut Vec<BadCell>) {
        for (index, option) in self.options.iter().enumerate() {
            if !known.contains(&option.name.as_str()) {
                let list = if known.is_empty() { "—".to_owned() } else { known.join(", ") };
                let cell = BadCell::new(
                    row,
                    "how",
                    format!("`{}` không nhận từ này; chỉ nhận: {list}.", self.word),
                    format!("`{}` does not take this word; it takes: {list}.", self.word),
                );
                bad.push(cell.suggesting(&option.name, known.iter().copied()));
            }
            let twice =
                self.options[..index].iter().any(|other| other.name == option.name && other.path == option.path);
            let valued =
                matches!(option.name.as_str(), "format" | "when" | "separator" | "confidence" | "required_basis");
            if twice {
                bad.push(BadCell::new(row, "how", "Một từ được nêu hai lần.", "A word stands twice."));
            } else if known.contains(&option.name.as_str()) && option.value.is_some() != valued {
                let (vi, en) = if valued {
                    (format!("`{}` cần giá trị: viết {0}=…", option.name), format!("`{}` needs a value", option.name))
                } else {
                    (format!("`{}` không có giá trị.", option.name), format!("`{}` takes no value.", option.name))
                };
                bad.push(BadCell::new(row, "how", vi, en));
            }
        }
    }

    /// Whether an option without value is there.
    pub fn has(&self, name: &str) -> bool {
        self.options.iter().any(|option| option.name == name)
    }

    /// The value of an option.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|option| option.name == name)?.value.as_deref()
    }
}

fn choice(part: &str) -> Result<Choice, Trouble> {
    if let Some(condition) = part.strip_prefix("when ") {
        let Some((path, codes)) = condition.split_once('=') else {
            return Err(("Viết: when vai.thuoc_tinh=mã,mã".into(), "Write: when role.attribute=code,code".into()));
        };
        return Ok(Choice { name: "when".into(), value: Some(codes.trim().into()), path: path.trim().into() });
    }
    Ok(match part.split_once('=') {
        Some((name, value)) => {
            Choice { name: name.trim().into(), value: Some(unquote(value.trim())?), path: String::new() }
        }
        None => Choice { name: part.into(), value: None, path: String::new() },
    })
}

/// Codes or sources in a cell: split at a sign that stands outside quotes and brackets.
pub fn split(cell: &str, at: char) -> Result<Vec<String>, Trouble> {
    let (mut parts, mut part, mut quoted, mut escaped, mut depth) = (Vec::new(), String::new(), false, false, 0_usize);
    for sign in cell.chars() {
        match sign {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ if sign == at && !quoted && depth == 0 => {
                parts.push(std::mem::take(&mut part).trim().to_owned());
                continue;
            }
            _ => {}
        }
        part.push(sign);
    }
    if quoted || depth > 0 {
        return Err(("Thiếu dấu nháy kép hoặc dấu ngoặc đóng.".into(), "A quote or bracket is not closed.".into()));
    }
    parts.push(part.trim().to_owned());
    Ok(parts)
}

/// A word as written: plain, or a JSON text in double quotes.
pub fn unquote(word: &str) -> Result<String, Trouble> {
    if !word.starts_with('"') {
        return Ok(word.to_owned());
    }
    serde_json::from_str(word).map_err(|_| {
        ("Chữ trong nháy kép viết như chuỗi JSON.".into(), "Text in double quotes is written as a JSON text.".into())
    })
}

/// A word for a cell: plain when it is made of name signs only, else a JSON text.
pub fn quote(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|sign| sign.is_ascii_alphanumeric() || "_.-".contains(sign));
    if plain { word.to_owned() } else { serde_json::Value::from(word).to_string() }
}

/// One source of `first_of`: `path`, `path (suggest)`, `path (suggest; note="…")`.
pub fn inner(part: &str) -> Result<(String, How), Trouble> {
    let Some((path, rest)) = part.split_once('(') else { return Ok((part.to_owned(), How::default())) };
    let Some(options) = rest.trim().strip_suffix(')') else {
        return Err(("Thiếu dấu ngoặc đóng.".into(), "A bracket is not closed.".into()));
    };
    let options = split(options, ';')?.iter().map(|part| choice(part)).collect::<Result<Vec<_>, _>>()?;
    match options
        .iter()
        .find(|option| !matches!((option.name.as_str(), &option.value), ("suggest", None) | ("note", Some(_))))
    {
        None => Ok((path.trim().to_owned(), How { word: String::new(), options })),
        Some(_) => Err(("Trong ngoặc chỉ có suggest, note=\"…\".".into(), "Brackets hold suggest, note=\"…\".".into())),
    }
}
