//! The two operator's guides name only what there is: commands and flags of the built program, settings, files, anchors, metrics
//! and alerts; and both say the same.

mod commands;
mod pages;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use self::commands::{Help, Line, complaints};
use self::pages::{Page, is_setting, settings_of, slug};
use crate::harness::{binary, root};

const ENGLISH: &str = "docs/operators.md";
const VIETNAMESE: &str = "docs/operators.vi.md";

/// Both guides.
fn guides() -> [Page; 2] {
    [ENGLISH, VIETNAMESE].map(Page::read)
}

/// Fails with every complaint at once.
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_command_is_taken_by_the_program() {
    let mut help = Help::default();
    let mut wrong = Vec::new();
    for guide in guides() {
        let lines = Line::all(&guide);
        let whole = lines.iter().filter(|line| line.is_whole).count();
        assert!(whole >= 25, "{}: {whole} commands", guide.path);
        for line in lines {
            wrong
                .extend(complaints(&line, &mut help).into_iter().map(|what| format!("{}: {line}: {what}", guide.path)));
        }
    }
    none(&wrong);
}

#[test]
fn a_command_that_there_is_not_is_noticed() {
    let mut help = Help::default();
    for wrong in [
        "diensan doktor",
        "diensan audit verify --anchor file",
        "diensan key new --purpose cache FILE",
        "diensan audit breach --from 2026-11-20",
        "diensan doctor now --config diensan.toml",
        "diensan audit lost --config diensan.toml",
        "diensan health --config",
    ] {
        assert!(!complaints(&Line::new(wrong, true), &mut help).is_empty(), "{wrong}");
    }
    for right in
        ["diensan key new --purpose shared-cache FILE", "diensan audit breach --from 2026-11-20 --to=2026-11-22"]
    {
        assert_eq!(complaints(&Line::new(right, true), &mut help), Vec::<String>::new(), "{right}");
    }
}

#[test]
fn every_configuration_is_read_by_the_program() {
    for guide in guides() {
        let blocks = guide.blocks("toml");
        assert!(blocks.len() >= 2, "{}", guide.path);
        for block in blocks {
            let folder = tempfile::tempdir().expect("a folder");
            let config = folder.path().join("diensan.toml");
            fs::write(&config, &block).expect("written");
            make_secrets(folder.path(), &block);
            let mut command = Command::new(binary());
            command.args(["privacy", "sheet", "--config"]).arg(&config).current_dir(root());
            let output = command.output().expect("it runs");
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{}:\n{block}\n{told}", guide.path);
        }
    }
}

/// A key of its own in every file below `secrets/` that a configuration names, and an empty list of callers.
fn make_secrets(folder: &Path, block: &str) {
    fs::create_dir(folder.join("secrets")).expect("a folder");
    fs::write(folder.join("callers.toml"), "").expect("written");
    let names = block.split('"').filter(|text| text.starts_with("secrets/"));
    for (number, name) in names.collect::<BTreeSet<_>>().into_iter().enumerate() {
        let file = folder.join(name);
        fs::write(&file, format!("{:064x}", number + 0x00c0_ffee)).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("mode 600");
    }
}

#[test]
fn every_setting_that_is_named_exists() {
    let known = settings_of(root());
    assert!(known.contains("server drain") && known.contains("connection.guard maintenance"), "{known:?}");
    assert!(!known.contains("server secret"));
    let mut wrong = Vec::new();
    for guide in guides() {
        let named: Vec<String> = guide.spans().into_iter().filter(|span| is_setting(span)).collect();
        assert!(named.len() >= 60, "{}: {}", guide.path, named.len());
        for span in named {
            let (section, key) = span.split_once("] ").expect("a section and a key");
            let section = section.trim_matches(['[', ']']);
            if !known.contains(&format!("{section} {key}")) {
                wrong.push(format!("{}: `{span}`", guide.path));
            }
        }
    }
    none(&wrong);
}

#[test]
fn every_link_leads_to_a_file_and_every_anchor_to_a_heading() {
    let mut wrong = Vec::new();
    for guide in guides() {
        let links = guide.links();
        assert!(links.len() >= 50, "{}: {}", guide.path, links.len());
        for link in links.iter().filter(|link| !link.contains("://")) {
            let (file, anchor) =
                link.split_once('#').map_or((link.as_str(), None), |(file, anchor)| (file, Some(anchor)));
            let path = root().join("docs").join(file);
            let there = match anchor {
                None => path.exists(),
                Some(anchor) => fs::read_to_string(&path)
                    .is_ok_and(|text| Page::of(file, text).headings().iter().any(|(_, title)| slug(title) == anchor)),
            };
            if !there {
                wrong.push(format!("{}: {link}", guide.path));
            }
        }
    }
    none(&wrong);
}

#[test]
fn every_path_and_metric_that_is_named_exists() {
    let metrics = fs::read_to_string(root().join("docs/metrics.md")).expect("the table of metrics");
    let mut wrong = Vec::new();
    for guide in guides() {
        for span in guide.spans() {
            let one = !span.contains(' ');
            let path = ["deploy/", "docs/", "service-catalog/", "tests/"].iter().any(|start| span.starts_with(start));
            if one && path && !root().join(&span).exists() {
                wrong.push(format!("{}: there is no {span}", guide.path));
            }
            if one && span.starts_with("diensan_") && !metrics.contains(&format!("| `{span}` |")) {
                wrong.push(format!("{}: no metric {span}", guide.path));
            }
        }
    }
    none(&wrong);
}

#[test]
fn both_languages_have_the_same_sections_commands_settings_and_files() {
    let [english, vietnamese] = guides();
    let shape = |guide: &Page| {
        let number =
            |title: &str| title.split(' ').next().filter(|word| word.starts_with(char::is_numeric)).map(str::to_owned);
        guide.headings().iter().map(|(level, title)| (*level, number(title))).collect::<Vec<_>>()
    };
    assert_eq!(shape(&english), shape(&vietnamese));
    let whole = |guide: &Page| {
        let lines = Line::all(guide).into_iter().filter(|line| line.is_whole);
        lines.map(|line| line.to_string().replace("--lang en", "--lang vi")).collect::<Vec<_>>()
    };
    assert_eq!(whole(&english), whole(&vietnamese));
    let counted = |guide: &Page| {
        let mut counts = BTreeMap::<String, usize>::new();
        for span in guide.spans() {
            *counts.entry(span).or_default() += 1;
        }
        counts
    };
    let (of_english, of_vietnamese) = (counted(&english), counted(&vietnamese));
    let spans: BTreeSet<&String> = of_english.keys().chain(of_vietnamese.keys()).collect();
    let differs = spans.into_iter().filter(|span| of_english.get(*span) != of_vietnamese.get(*span));
    none(&differs.map(|span| format!("`{span}` is not as often in one as in the other")).collect::<Vec<_>>());
    let keys = |guide: &Page| {
        let keys = |block: &String| {
            block.lines().filter(|line| !line.starts_with("approved_by")).collect::<Vec<_>>().join("\n")
        };
        guide.blocks("toml").iter().map(keys).collect::<Vec<_>>()
    };
    assert_eq!(keys(&english), keys(&vietnamese));
}

#[test]
fn the_fourteen_questions_have_a_row_each() {
    for guide in guides() {
        let rows: Vec<usize> = guide
            .text
            .lines()
            .skip_while(|line| !line.starts_with("## 3. "))
            .take_while(|line| !line.starts_with("## 4. "))
            .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok())
            .collect();
        assert_eq!(rows, (1..=14).collect::<Vec<_>>(), "{}", guide.path);
    }
}

#[test]
fn every_alert_is_linked_with_its_page_of_the_same_language() {
    let rules = fs::read_to_string(root().join("deploy/prometheus/rules/alerts.yml")).expect("the rules");
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() >= 30, "{}", alerts.len());
    for (guide, page) in guides().iter().zip(["alerts.md", "alerts.vi.md"]) {
        let links = guide.links();
        for alert in &alerts {
            let link = format!("{page}#{}", alert.to_lowercase());
            assert!(links.contains(&link), "{}: no link {link}", guide.path);
        }
        let linked = links.iter().filter(|link| link.starts_with(&format!("{page}#diensan"))).collect::<BTreeSet<_>>();
        assert_eq!(linked.len(), alerts.len(), "{}: links to alerts that there are not", guide.path);
    }
}
