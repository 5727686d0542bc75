//! `diensan catalog bless`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::Value;

use super::folders::{Folders, day_or_today, problem_of, unknown};
use crate::autofill::{Offline, golden};
use crate::catalog;
use crate::cli::screen::{BAD, FAINT, GOOD, HEADING, Lang, Progress, paint, print};

const EXIT: &str = "Exit code: 0 nothing differs (or, with --yes, everything was rewritten), 1 something differs, 2 \
could not run. An example that is refused is never rewritten.";

/// Options of `catalog bless`.
#[derive(clap::Args)]
#[command(after_help = EXIT)]
pub struct Options {
    #[command(flatten)]
    folders: Folders,
    /// The forms whose examples are computed; all when none is named.
    #[arg(value_name = "FORM")]
    forms: Vec<String>,
    /// Only the examples of this person.
    #[arg(long, value_name = "NUMBER")]
    person: Option<String>,
    /// Rewrite the examples that differ; without it they are only shown.
    #[arg(long)]
    yes: bool,
}

/// An example file: where it stands and what it says.
struct Example {
    path: PathBuf,
    text: String,
    value: Value,
}

/// Computes, shows and, when asked, rewrites.
///
/// # Errors
/// The catalogue has findings, or a file cannot be read or written.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let lang = options.folders.lang;
    let offline = options.folders.offline()?;
    let examples = examples(options, &offline)?;
    let (mut out, mut differing, mut refused) = (String::new(), 0, 0);
    let mut progress = Progress::new(examples.len());
    for example in &examples {
        progress.step(&example.path.display().to_string());
        match outcome(&offline, example)? {
            Outcome::Same => {}
            Outcome::Differs { text, lines } => {
                differing += 1;
                show(&mut out, lang, example, &lines);
                if options.yes {
                    replace(&example.path, &text)?;
                }
            }
            Outcome::Refused(sentences) => {
                refused += 1;
                let (en, vi) = sentences;
                let _ = writeln!(out, "{}", paint(HEADING, &example.path.display().to_string()));
                let _ = writeln!(out, "  {}", paint(BAD, lang.say(&vi, &en)));
            }
        }
    }
    drop(progress);
    let _ = writeln!(out, "{}", summary(lang, examples.len(), differing, refused, options.yes));
    print(&out)?;
    let found = refused > 0 || (differing > 0 && !options.yes);
    Ok(if found { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// The examples that the options name, in order of form and person.
fn examples(options: &Options, offline: &Offline) -> anyhow::Result<Vec<Example>> {
    let lang = options.folders.lang;
    let known: Vec<&str> = offline.catalog().forms().into_iter().map(|form| &*form.id).collect();
    if let Some(form) = options.forms.iter().find(|form| !known.contains(&form.as_str())) {
        return Err(unknown(lang, "không có tờ khai này", "there is no such form", form, known));
    }
    let root = options.folders.services.join("examples");
    let forms = known.into_iter().filter(|form| options.forms.is_empty() || options.forms.iter().any(|f| f == form));
    let mut examples = Vec::new();
    for folder in forms.map(|form| root.join(form)).filter(|folder| folder.is_dir()) {
        for (path, text) in catalog::read_texts(&folder, ".json")? {
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            if options.person.as_deref().is_some_and(|person| stem != Some(person)) {
                continue;
            }
            let value = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
            examples.push(Example { path, text, value });
        }
    }
    anyhow::ensure!(!examples.is_empty(), "{}", lang.say("không có ví dụ nào như vậy", "there are no such examples"));
    Ok(examples)
}

enum Outcome {
    Same,
    /// The text as it would be, and what differs; nothing but order or layout when there are no lines.
    Differs {
        text: String,
        lines: Vec<golden::Difference>,
    },
    /// English and Vietnamese.
    Refused((String, String)),
}

fn outcome(offline: &Offline, example: &Example) -> anyhow::Result<Outcome> {
    let (request, day) = golden::request_of(&example.value);
    let answer = match offline.answer(&request, day_or_today(day)) {
        Ok(answer) => answer,
        Err(unanswered) => {
            let problem = problem_of(unanswered)?;
            let (en, vi) = problem.sentences();
            return Ok(Outcome::Refused((en.to_owned(), vi.to_owned())));
        }
    };
    let blessed = golden::blessed(&example.value, &answer);
    let text = golden::layout(&blessed)?;
    if text == example.text {
        return Ok(Outcome::Same);
    }
    Ok(Outcome::Differs { text, lines: golden::differences(&example.value, &blessed) })
}

fn show(out: &mut String, lang: Lang, example: &Example, lines: &[golden::Difference]) {
    let _ = writeln!(out, "{}", paint(HEADING, &example.path.display().to_string()));
    if lines.is_empty() {
        let _ = writeln!(out, "  {}", lang.say("chỉ khác thứ tự hoặc cách trình bày", "only order or layout differs"));
    }
    for line in lines {
        let _ = writeln!(out, "  {}", line.place);
        let side = |value: &Option<Value>| match value {
            Some(value) => value.to_string(),
            None => paint(FAINT, lang.say("(không có)", "(nothing)")),
        };
        let _ = writeln!(out, "    {}", paint(BAD, &format!("- {}", side(&line.before))));
        let _ = writeln!(out, "    {}", paint(GOOD, &format!("+ {}", side(&line.after))));
    }
}

/// Writes beside the file and renames, so that a broken run leaves no half file.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".bless").tempfile_in(folder).context("temporary file")?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(std::fs::metadata(path)?.permissions())?;
    file.persist(path).with_context(|| path.display().to_string())?;
    Ok(())
}

fn summary(lang: Lang, examples: usize, differing: usize, refused: usize, yes: bool) -> String {
    match (lang, yes) {
        (Lang::Vi, true) => format!("{examples} ví dụ: đã ghi lại {differing}, bị từ chối {refused}."),
        (Lang::En, true) => format!("{examples} examples: {differing} rewritten, {refused} refused."),
        (Lang::Vi, false) if differing > 0 => {
            format!("{examples} ví dụ: {differing} khác, {refused} bị từ chối. Thêm --yes để ghi lại.")
        }
        (Lang::En, false) if differing > 0 => {
            format!("{examples} examples: {differing} differ, {refused} refused. Add --yes to rewrite them.")
        }
        (Lang::Vi, false) => format!("{examples} ví dụ: không khác, {refused} bị từ chối."),
        (Lang::En, false) => format!("{examples} examples: none differs, {refused} refused."),
    }
}
