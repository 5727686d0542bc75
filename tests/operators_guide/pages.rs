//! What stands in a page: headings, blocks, code, links; and which settings the example and the documents show.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::harness::root;

/// Settings that stand in running text, or in a block without their section: where, and how.
const SHOWN_OTHERWISE: [(&str, &str, &str); 4] = [
    ("server tls", "deploy/diensan.example.toml", "tls = { certificate = "),
    ("caller jwt", "docs/access.md", "\njwt = { issuer = "),
    ("access watch_list_file", "docs/access.md", "`access.watch_list_file`"),
    ("access watch_list_key_file", "docs/access.md", "`access.watch_list_key_file`"),
];

/// A page in Markdown.
pub struct Page {
    pub path: String,
    pub text: String,
}

impl Page {
    /// A page of this repository.
    pub fn read(path: &str) -> Self {
        let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self::of(path, text)
    }

    /// A page that somebody has read.
    pub fn of(path: &str, text: String) -> Self {
        Self { path: path.to_owned(), text }
    }

    /// The lines with the language of the block that they stand in; `None` outside of blocks. Fences are left out.
    fn lines(&self) -> Vec<(Option<&str>, &str)> {
        let mut block = None;
        let mut lines = Vec::new();
        for line in self.text.lines() {
            match line.trim_start().strip_prefix("```") {
                Some(language) if block.is_none() => block = Some(language.trim()),
                Some(_) => {
                    block = None;
                    lines.push((Some("end"), ""));
                }
                None => lines.push((block, line)),
            }
        }
        lines
    }

    /// Level and title of every heading.
    pub fn headings(&self) -> Vec<(usize, String)> {
        let titles = self.lines().into_iter().filter(|(block, line)| block.is_none() && line.starts_with('#'));
        titles
            .map(|(_, line)| {
                let title = line.trim_start_matches('#');
                (line.len() - title.len(), title.trim().to_owned())
            })
            .collect()
    }

    /// The blocks of a language.
    pub fn blocks(&self, language: &str) -> Vec<String> {
        let mut blocks = Vec::new();
        let mut open = String::new();
        for (block, line) in self.lines() {
            if block == Some(language) {
                open.push_str(line);
                open.push('\n');
            } else if block == Some("end") && !open.is_empty() {
                blocks.push(std::mem::take(&mut open));
            }
        }
        blocks
    }

    /// The text outside of blocks, lines of a paragraph joined.
    fn prose(&self) -> String {
        let lines = self.lines();
        lines.iter().filter(|(block, _)| block.is_none()).map(|(_, line)| format!("{line} ")).collect()
    }

    /// What stands in backticks outside of blocks, in order.
    pub fn spans(&self) -> Vec<String> {
        self.prose().split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    /// Where links lead to.
    pub fn links(&self) -> Vec<String> {
        let prose = self.prose();
        prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link.to_owned()).collect()
    }
}

/// The anchor of a heading, as the hosts of repositories make it.
pub fn slug(title: &str) -> String {
    let kept = title.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

/// Whether a text names a setting: `[section] key`.
pub fn is_setting(span: &str) -> bool {
    span.starts_with('[') && span.contains("] ")
}

/// Every setting that the example or a page other than the guides shows, as `section key`.
pub fn settings_of(root: &Path) -> BTreeSet<String> {
    let mut texts = vec![fs::read_to_string(root.join("deploy/diensan.example.toml")).expect("the example")];
    for entry in fs::read_dir(root.join("docs")).expect("docs").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") && !name.starts_with("operators") {
            texts.extend(Page::read(&format!("docs/{name}")).blocks("toml"));
        }
    }
    let mut found: BTreeSet<String> = texts.iter().flat_map(|text| settings_in(text)).collect();
    for (setting, page, shown) in SHOWN_OTHERWISE {
        assert!(fs::read_to_string(root.join(page)).is_ok_and(|text| text.contains(shown)), "{page}: {shown}");
        found.insert(setting.to_owned());
    }
    found
}

fn settings_in(text: &str) -> Vec<String> {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches(['#', ':', ' ']);
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name) {
            section = name.trim_matches('[').to_owned();
        } else if let Some((key, _)) = line.split_once(" = ") {
            let plain = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            if plain && !section.is_empty() {
                found.push(format!("{section} {key}"));
            }
        }
    }
    found
}
