//! `diensan catalog check`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use annotate_snippets::Renderer;
use anyhow::Context as _;

use super::folders::offline;
use super::print;
use crate::autofill::{Offline, golden};
use crate::catalog::lint::{self, Difference, Report, Surroundings, output, rules, tidy};
use crate::catalog::{Catalog, FileFinding, Language, Severity, Tree};
use crate::clock;
use crate::strict_json::{Node, escape};

/// Options of `catalog check`.
#[derive(clap::Args)]
pub struct Options {
    /// Only findings in these files and folders; the whole catalogue is read all the same.
    paths: Vec<PathBuf>,
    /// The language that comes first.
    #[arg(long, value_enum, default_value = "vi")]
    lang: Language,
    /// How findings are printed.
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Only findings in files that differ from the last commit, and in new ones.
    #[arg(long)]
    changed: bool,
    /// Every warning with its place; otherwise they are counted by rule unless files are named.
    #[arg(long)]
    warnings: bool,
    /// Rewrite files that have no error but their layout or decomposed letters.
    #[arg(long)]
    fix: bool,
    /// The folder of services, mappings and tables.
    #[arg(long, default_value = "service-catalog")]
    services: PathBuf,
    /// The folder of the form schemas.
    #[arg(long, default_value = "schemas")]
    schemas: PathBuf,
}

/// How findings are printed.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// With a caret under the text.
    Human,
    Json,
    /// Annotations of a GitHub workflow.
    Github,
    /// SARIF 2.1.0.
    Sarif,
}

/// Checks the catalogue; exit code 1 when there is an error.
///
/// # Errors
/// A folder is missing, a path does not exist, git cannot be asked, or a file cannot be rewritten.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    for folder in [&options.services, &options.schemas] {
        anyhow::ensure!(
            folder.is_dir(),
            "{}: không có thư mục này; chạy ở gốc dự án hoặc dùng --services và --schemas (no such folder)",
            folder.display()
        );
    }
    let scope = Scope::of(options)?;
    // Only a catalogue without errors fills forms; with errors nobody asks whether the examples are stale.
    let offline = offline(&options.services, &options.schemas).ok();
    let stale = |_: &Catalog, example: &Node| offline.as_ref().map_or_else(Vec::new, |desk| differences(desk, example));
    let surroundings = Surroundings { today: clock::today_in_viet_nam(), example: Some(&stale) };
    let mut tree = Tree::with_examples(&options.services, &options.schemas);
    let mut report = lint::check(&tree, &surroundings);
    let mut fixed = 0;
    if options.fix {
        fixed = fix(&tree, &report, &scope)?;
        if fixed > 0 {
            tree = Tree::with_examples(&options.services, &options.schemas);
            report = lint::check(&tree, &surroundings);
        }
    }
    let findings: Vec<&FileFinding> = report.findings.iter().filter(|finding| scope.holds(&finding.file)).collect();
    let text = match options.format {
        Format::Human => human(options, &scope, &report, &findings, fixed),
        Format::Json => output::json(&findings),
        Format::Github => output::github(&findings, options.lang),
        Format::Sarif => output::sarif(&findings, options.lang),
    };
    print(&text)?;
    let refused = findings.iter().any(|finding| finding.severity() == Severity::Error);
    Ok(if refused { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// What the catalogue fills otherwise than an example says. A request that is refused is a difference too.
fn differences(desk: &Offline, example: &Node) -> Vec<Difference> {
    let example = example.to_value();
    let (request, day) = golden::request_of(&example);
    let Ok(answer) = desk.answer(&request, day.unwrap_or_else(clock::today_in_viet_nam)) else {
        let (vi, en) = ("Yêu cầu của ví dụ bị từ chối.", "The example's request is refused.");
        return vec![Difference { pointer: "/request".to_owned(), vi: vi.to_owned(), en: en.to_owned() }];
    };
    let blessed = golden::blessed(&example, &answer);
    let found = golden::differences(&example, &blessed).into_iter();
    found
        .map(|difference| Difference {
            vi: format!("`{}` nay được điền khác: chạy `diensan catalog bless`.", difference.place),
            en: format!("`{}` is filled otherwise now: run `diensan catalog bless`.", difference.place),
            pointer: match difference.place.split_once(' ') {
                Some((part, key)) => format!("/{part}/{}", escape(key)),
                None => difference.place,
            },
        })
        .collect()
}

/// The files whose findings are shown.
enum Scope {
    Everything,
    /// Absolute paths of files and folders.
    Within(BTreeSet<PathBuf>),
}

impl Scope {
    fn of(options: &Options) -> anyhow::Result<Self> {
        if options.paths.is_empty() && !options.changed {
            return Ok(Self::Everything);
        }
        let mut within = BTreeSet::new();
        for path in &options.paths {
            let path = path.canonicalize().with_context(|| format!("{}: không có (not found)", path.display()))?;
            within.insert(path);
        }
        if options.changed {
            within.extend(changed()?);
        }
        Ok(Self::Within(within))
    }

    fn holds(&self, file: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Within(paths) => {
                // A file that is missing has no real path; its folder has.
                let path = Path::new(file);
                let absolute = path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_default();
                paths.iter().any(|within| absolute.starts_with(within))
            }
        }
    }
}

/// The files that git calls changed or new, as absolute paths.
fn changed() -> anyhow::Result<Vec<PathBuf>> {
    let git = |folder: &Path, arguments: &[&str]| -> anyhow::Result<Vec<u8>> {
        let output = Command::new("git").arg("-C").arg(folder).args(arguments).output();
        let output = output.context("--changed cần git (needs git)")?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "--changed: git {}: {}", arguments.join(" "), said.trim());
        Ok(output.stdout)
    };
    let top = String::from_utf8(git(Path::new("."), &["rev-parse", "--show-toplevel"])?)?;
    let top = Path::new(top.trim_end_matches('\n'));
    let mut names = git(top, &["diff", "--name-only", "-z", "HEAD", "--"])?;
    names.extend(git(top, &["ls-files", "--others", "--exclude-standard", "-z"])?);
    let names = String::from_utf8(names)?;
    // A deleted file has no path any more.
    Ok(names
        .split('\0')
        .filter(|name| !name.is_empty())
        .filter_map(|name| top.join(name).canonicalize().ok())
        .collect())
}

/// Rewrites the files that have no error except those that rewriting mends. Gives how many.
fn fix(tree: &Tree, report: &Report, scope: &Scope) -> anyhow::Result<usize> {
    let fixable = |finding: &&FileFinding| rules::find(finding.finding.rule).is_some_and(|rule| rule.fixable);
    let mut fixed = 0;
    for (file, kind) in lint::files(tree) {
        let of_file = || report.findings.iter().filter(|finding| finding.file == file.path);
        let hopeless = of_file().any(|finding| finding.severity() == Severity::Error && !fixable(&finding));
        if hopeless || !of_file().any(|finding| fixable(&finding)) || !scope.holds(&file.path) {
            continue;
        }
        if let Some(text) = tidy::tidied(file, kind) {
            replace(Path::new(&*file.path), &text).with_context(|| format!("{}: cannot be rewritten", file.path))?;
            fixed += 1;
        }
    }
    Ok(fixed)
}

/// Puts a new text in the place of a file, whole or not at all.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let done = std::fs::write(&beside, text)
        .and_then(|()| std::fs::set_permissions(&beside, std::fs::metadata(path)?.permissions()))
        .and_then(|()| std::fs::rename(&beside, path));
    if done.is_err() {
        // What is left of the attempt would be untidy, not wrong.
        let _ = std::fs::remove_file(&beside);
    }
    done
}

fn human(options: &Options, scope: &Scope, report: &Report, findings: &[&FileFinding], fixed: usize) -> String {
    let language = options.lang;
    let renderer = Renderer::styled();
    let all_warnings = options.warnings || matches!(scope, Scope::Within(_));
    let mut out = String::new();
    let mut counted: BTreeMap<&str, Vec<&FileFinding>> = BTreeMap::new();
    let (mut errors, mut warnings) = (0, 0);
    for finding in findings {
        match finding.severity() {
            Severity::Error => errors += 1,
            Severity::Warning => warnings += 1,
        }
        if finding.severity() == Severity::Error || all_warnings {
            out.push_str(&finding.render(language, &renderer));
            out.push_str("\n\n");
        } else {
            counted.entry(finding.finding.rule).or_default().push(finding);
        }
    }
    for (rule, findings) in counted {
        let what = rules::find(rule).map_or("", |rule| language.pick(rule.vi, rule.en)[0]);
        let word = language.pick("cảnh báo", "warning");
        out.push_str(&format!("{word} [{rule}] × {}: {what}\n", findings.len()));
    }
    if fixed > 0 {
        out.push_str(&language.pick(format!("đã sửa {fixed} tệp\n"), format!("{fixed} files rewritten\n")));
    }
    let [province, district, commune] = report.services;
    let (all, forms) = (province + district + commune, report.forms);
    out.push_str(&language.pick(
        format!("{all} = {province} + {district} + {commune} dịch vụ, {forms} tờ khai, {errors} lỗi, {warnings} cảnh báo\n"),
        format!(
            "{all} = {province} + {district} + {commune} services, {forms} forms, {errors} errors, {warnings} warnings\n"
        ),
    ));
    if errors + warnings > 0 {
        out.push_str(language.pick(
            "giải thích một quy tắc: diensan catalog explain <quy tắc>\n",
            "about a rule: diensan catalog explain <rule>\n",
        ));
    }
    out
}
