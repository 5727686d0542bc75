//! Command lines of a page, held against the program's own help.

use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;

use super::pages::Page;
use crate::harness::binary;

/// One call of the program: its words after the name.
pub struct Line {
    words: Vec<String>,
    /// To be typed as it stands, and so with everything that is required; in running text a command may be named only.
    pub is_whole: bool,
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "diensan {}", self.words.join(" "))
    }
}

impl Line {
    /// The call in a text that begins with the program's name.
    pub fn new(text: &str, is_whole: bool) -> Self {
        let words = text.split_whitespace().skip(1).take_while(|word| !matches!(*word, ">" | ">>" | "<" | "#"));
        Self { words: words.map(str::to_owned).collect(), is_whole }
    }

    /// Every call in a page: of its shell blocks, of a pipe each part, and in running text what stands in backticks.
    pub fn all(page: &Page) -> Vec<Self> {
        let shell = page.blocks("sh").concat().replace("\\\n", " ");
        let mut lines = Vec::new();
        for part in shell.lines().flat_map(|line| line.split(['|', ';', '&'])) {
            let part = part.trim();
            let part = part.strip_prefix("sudo -u diensan ").unwrap_or(part);
            if part.starts_with("diensan ") {
                lines.push(Self::new(part, true));
            }
        }
        let spans = page.spans();
        lines.extend(spans.iter().filter(|span| span.starts_with("diensan ")).map(|span| Self::new(span, false)));
        lines
    }
}

/// What the program says of its commands, asked once each.
#[derive(Default)]
pub struct Help(BTreeMap<Vec<String>, String>);

impl Help {
    fn of(&mut self, chain: &[String]) -> &str {
        self.0.entry(chain.to_vec()).or_insert_with(|| {
            let output = Command::new(binary()).args(chain).arg("--help").output().expect("it runs");
            assert!(output.status.success(), "{chain:?}");
            String::from_utf8(output.stdout).expect("UTF-8")
        })
    }
}

/// The lines below a title of a help text, up to the next title.
fn part<'text>(help: &'text str, title: &str) -> impl Iterator<Item = &'text str> {
    let lines = help.lines().skip_while(move |line| *line != title).skip(1);
    lines.take_while(|line| line.is_empty() || line.starts_with(' '))
}

fn is_command(help: &str, word: &str) -> bool {
    part(help, "Commands:").any(|line| line.split_whitespace().next() == Some(word))
}

/// Head and description of a flag.
fn flag<'text>(help: &'text str, name: &str) -> Option<(&'text str, String)> {
    let heads = |line: &&str| line.trim_start().starts_with('-');
    let is_it = |line: &&str| heads(line) && line.split([' ', ',']).any(|word| word == name);
    let mut lines = part(help, "Options:").skip_while(|line| !is_it(line));
    let head = lines.next()?;
    Some((
        head,
        lines
            .take_while(|line| !line.starts_with("  -") && !line.starts_with("      --"))
            .collect::<Vec<_>>()
            .join("\n"),
    ))
}

/// The values that are allowed, where they are named.
fn allowed(description: &str) -> Option<Vec<String>> {
    if let Some((_, rest)) = description.split_once("[possible values: ") {
        let values = rest.split(']').next().unwrap_or_default().split(',');
        return Some(values.map(|value| value.trim().to_owned()).collect());
    }
    let (_, rest) = description.split_once("Possible values:")?;
    let named = rest.lines().filter_map(|line| line.trim().strip_prefix("- "));
    Some(named.map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect())
}

/// What the program would refuse.
pub fn complaints(line: &Line, help: &mut Help) -> Vec<String> {
    let mut words = line.words.iter().map(String::as_str).peekable();
    let mut chain = Vec::new();
    while let Some(word) = words.next_if(|word| is_command(help.of(&chain), word)) {
        chain.push(word.to_owned());
    }
    let help = help.of(&chain);
    let mut wrong = Vec::new();
    let mut given = Vec::new();
    let mut free = 0;
    while let Some(word) = words.next() {
        if !word.starts_with('-') || word == "-" {
            free += 1;
            continue;
        }
        let (name, mut value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        given.push(name);
        let Some((head, description)) = flag(help, name) else {
            wrong.push(format!("no flag {name}"));
            continue;
        };
        if head.contains('<') && value.is_none() {
            value = words.next_if(|next| *next == "-" || !next.starts_with('-'));
            if value.is_none() {
                wrong.push(format!("{name} needs a value"));
            }
        }
        if let (Some(allowed), Some(value)) = (allowed(&description), value)
            && !allowed.iter().any(|one| one == value)
        {
            wrong.push(format!("{name} takes {allowed:?}"));
        }
    }
    if free > 0 && !help.contains("\nArguments:\n") {
        wrong.push("takes no arguments, and no such command".to_owned());
    }
    if line.is_whole && chain.is_empty() && given != ["--version"] {
        wrong.push("no such command".to_owned());
    }
    if line.is_whole {
        let usage = help.lines().find(|line| line.starts_with("Usage: ")).unwrap_or_default();
        let usage = usage.replace("[OPTIONS]", "");
        let required = usage.split_whitespace().filter(|word| word.starts_with("--"));
        wrong.extend(required.filter(|name| !given.contains(name)).map(|name| format!("{name} is required")));
        if usage.contains("<COMMAND>") && !chain.is_empty() {
            wrong.push("a command is missing".to_owned());
        }
    }
    wrong
}
