//! Rules, dashboards and runbooks against each other, against the table of metrics, and against promtool: every alert
//! fires and recovers, has its runbook in two languages, and no query names a metric that there is not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::root;
use crate::metrics;

/// What every section of a runbook answers, in the two languages.
const RUNBOOKS: [(&str, [&str; 5]); 2] = [
    ("docs/alerts.md", ["**Means:**", "**The officer sees:**", "**Look first:**", "**Do:**", "**Do not:**"]),
    ("docs/alerts.vi.md", ["**Nghĩa là:**", "**Cán bộ thấy:**", "**Xem trước:**", "**Làm:**", "**Không làm:**"]),
];

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(root().join(folder)).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == extension)).collect();
    found.sort();
    assert!(!found.is_empty(), "no file in {folder}");
    found
}

fn promtool(arguments: &[&str], paths: &[PathBuf]) -> String {
    let done =
        Command::new("promtool").args(arguments).args(paths).output().expect("promtool; make test-tools installs it");
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    assert!(done.status.success(), "promtool {}:\n{said}", arguments.join(" "));
    said
}

/// One alert as it stands in the file.
#[derive(Default)]
struct Alert {
    name: String,
    text: String,
}

impl Alert {
    /// The value of a line `key: value` of this alert, without its quotes.
    fn line(&self, key: &str) -> &str {
        let found = self.text.lines().find_map(|line| line.trim_start().strip_prefix(key)?.strip_prefix(": "));
        found.unwrap_or_else(|| panic!("{} has no {key}", self.name)).trim_matches('\'')
    }
}

fn alerts() -> Vec<Alert> {
    let text = read("deploy/prometheus/rules/alerts.yml");
    let mut alerts: Vec<Alert> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.trim_start().strip_prefix("- alert: ") {
            alerts.push(Alert { name: name.to_owned(), ..Alert::default() });
        } else if let Some(alert) = alerts.last_mut() {
            alert.text.push_str(line);
            alert.text.push('\n');
        }
    }
    assert!(alerts.len() >= 20, "{} alerts", alerts.len());
    alerts
}

/// What a query asks for: every word that is a metric's or a recording rule's.
fn names_in(query: &str) -> BTreeSet<&str> {
    let words = query.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_' || letter == ':'));
    words
        .filter(|word| word.contains(":diensan_") || word.starts_with("diensan_") || word.starts_with("process_"))
        .collect()
}

/// Every name that a query may ask for.
fn known_names() -> BTreeSet<String> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for row in metrics::table() {
        known.extend(["_bucket", "_sum", "_count"].map(|end| format!("{}{end}", row.name)));
        known.insert(row.name);
    }
    let recording = read("deploy/prometheus/rules/recording.yml");
    known.extend(recording.lines().filter_map(|line| line.trim_start().strip_prefix("- record: ")).map(str::to_owned));
    known
}

/// Lines of a file of rules that are no comment.
fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n")
}

#[test]
fn promtool_takes_configuration_and_rules() {
    promtool(&["check", "config", "--syntax-only"], &[root().join("deploy/prometheus/prometheus.yml")]);
    let said = promtool(&["check", "rules"], &files("deploy/prometheus/rules", "yml"));
    assert!(said.contains(&format!("SUCCESS: {} rules found", alerts().len())), "{said}");
}

#[test]
fn every_alert_fires_and_recovers() {
    let tests = files("deploy/prometheus/tests", "yml");
    promtool(&["test", "rules"], &tests);
    let text: String = tests.iter().map(|path| std::fs::read_to_string(path).expect("a text")).collect();
    let mut cases: BTreeMap<&str, &str> = BTreeMap::new();
    for case in text.split("  - name: ").skip(1) {
        let name = case.split(' ').next().expect("a name");
        assert!(cases.insert(name, case).is_none(), "{name} has two cases");
    }
    for alert in alerts() {
        let name = &alert.name;
        let case = cases.remove(name.as_str()).unwrap_or_else(|| panic!("{name} is never tried"));
        // The parts of the case that ask whether this alert fires, in the order of time.
        let asked = format!("- expr: ALERTS{{alertname=\"{name}\", alertstate=\"firing\"}}");
        let parts: Vec<&str> = case.split("      - expr: ").skip(1).collect();
        let parts: Vec<&str> = parts.into_iter().filter(|part| format!("- expr: {part}").starts_with(&asked)).collect();
        let time = |part: &str| -> u32 {
            let line = part.lines().find_map(|line| line.trim_start().strip_prefix("eval_time: ")).expect("a time");
            line.trim_end_matches('m').parse().expect("minutes")
        };
        let [fires, over] = parts.as_slice() else { panic!("{name}: {} moments", parts.len()) };
        assert!(
            fires.contains(&format!("alertname=\"{name}\",alertstate=\"firing\"")) && fires.contains("value: 1"),
            "{name}"
        );
        assert!(over.contains("exp_samples: []") && time(fires) < time(over), "{name} never recovers");
        // What its texts name stands among the labels with which it fires.
        for label in alert.text.split("$labels.").skip(1).filter_map(|rest| rest.split([' ', '}']).next()) {
            assert!(fires.contains(&format!("{label}=\"")), "{name} fires without {label}");
        }
    }
    assert!(cases.is_empty(), "cases of no alert: {:?}", cases.keys());
}

#[test]
fn every_alert_has_texts_in_two_languages_and_a_runbook_that_answers_five_questions() {
    let mut named: BTreeSet<String> = BTreeSet::new();
    for alert in alerts() {
        assert!(matches!(alert.line("severity"), "critical" | "warning" | "info"), "{}", alert.name);
        for (vietnamese, english) in [("summary", "summary_en"), ("description", "description_en")] {
            assert!(!alert.line(vietnamese).is_ascii(), "{}: {vietnamese} in Vietnamese", alert.name);
            assert!(alert.line(english).is_ascii(), "{}: {english} in English", alert.name);
        }
        let anchor = alert.name.to_ascii_lowercase();
        assert_eq!(alert.line("runbook_url"), format!("docs/alerts.vi.md#{anchor}"));
        assert_eq!(alert.line("runbook_url_en"), format!("docs/alerts.md#{anchor}"));
        assert!(named.insert(alert.name.clone()), "{} stands twice", alert.name);
    }
    for (file, questions) in RUNBOOKS {
        let text = read(file);
        let mut sections: BTreeSet<String> = BTreeSet::new();
        for section in text.split("\n### ").skip(1) {
            let (name, rest) = section.split_once('\n').expect("a heading");
            let section = rest.split("\n## ").next().expect("a section");
            let places: Vec<Option<usize>> = questions.iter().map(|question| section.find(question)).collect();
            assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{file}: {name}: {places:?}");
            let first = section.lines().filter(|line| ["1. ", "2. ", "3. "].iter().any(|mark| line.starts_with(mark)));
            assert_eq!(first.count(), 3, "{file}: {name}: three things to look at");
            let severity =
                alerts().into_iter().find(|alert| alert.name == name).map(|alert| alert.line("severity").to_owned());
            assert!(severity.is_some_and(|word| section.contains(&format!("`{word}`\n"))), "{file}: {name}: severity");
            sections.insert(name.to_owned());
        }
        assert_eq!(sections, named, "{file}");
    }
}

#[test]
fn no_query_names_a_metric_that_there_is_not() {
    let known = known_names();
    let mut used = BTreeSet::new();
    let rules = files("deploy/prometheus/rules", "yml").into_iter().chain(files("deploy/grafana/dashboards", "json"));
    let texts = rules.map(|path| (path.display().to_string(), std::fs::read_to_string(&path).expect("a text")));
    let pages = ["docs/alerts.md", "docs/alerts.vi.md"].map(|path| (path.to_owned(), read(path)));
    for (path, text) in texts.chain(pages) {
        let text = without_comments(&text);
        let names = names_in(&text);
        let unknown: Vec<&&str> = names.iter().filter(|name| !known.contains(**name)).collect();
        assert!(unknown.is_empty(), "{path}: {unknown:?}");
        used.extend(names.into_iter().map(str::to_owned));
    }
    assert!(used.len() > 30, "{used:?}");
    let recorded = known.iter().filter(|name| name.contains(":diensan_"));
    let idle: Vec<&String> = recorded.filter(|name| !used.contains(*name)).collect();
    assert!(idle.is_empty(), "recorded for nobody: {idle:?}");
}

/// Every query of a panel, a variable or an annotation, with the places that Grafana fills.
fn queries(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().expect("targets"));
    let annotations = dashboard["annotations"]["list"].as_array().expect("annotations").iter();
    let all = targets.chain(annotations).map(|each| each["expr"].as_str().expect("a query"));
    all.map(|query| query.replace("$__rate_interval", "5m").replace("$service", ".*").replace("$connection", ".*"))
        .collect()
}

fn assert_panels_do_not_overlap(path: &Path, panels: &[Value]) {
    let mut taken = BTreeSet::new();
    for panel in panels {
        let number = |key: &str| panel["gridPos"][key].as_u64().expect("a number");
        assert!(number("x") + number("w") <= 24, "{}: {}", path.display(), panel["title"]);
        for x in number("x")..number("x") + number("w") {
            for y in number("y")..number("y") + number("h") {
                assert!(taken.insert((x, y)), "{}: {} lies over another", path.display(), panel["title"]);
            }
        }
    }
}

#[test]
fn dashboards_are_whole_and_promtool_reads_every_query() {
    let source = read("deploy/grafana/provisioning/datasources/diensan.yml");
    let source = source.lines().find_map(|line| line.trim_start().strip_prefix("uid: ")).expect("a data source");
    let (mut uids, mut all) = (BTreeSet::new(), Vec::new());
    for path in files("deploy/grafana/dashboards", "json") {
        let dashboard: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("a text")).expect("JSON");
        let uid = dashboard["uid"].as_str().expect("a uid").to_owned();
        assert_eq!(path.file_stem().and_then(|stem| stem.to_str()), Some(uid.as_str()));
        assert!(uids.insert(uid.clone()) && uid.len() <= 40, "{uid}");
        let panels = dashboard["panels"].as_array().expect("panels");
        let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().expect("an id")).collect();
        assert_eq!(ids.len(), panels.len(), "{uid}: ids");
        for each in panels.iter().chain([&dashboard]) {
            let (title, description) = (each["title"].as_str(), each["description"].as_str());
            assert!(title.is_some_and(|title| !title.is_ascii()), "{uid}: {title:?} in Vietnamese");
            assert!(
                description.is_some_and(|text| text.is_ascii() && text.len() > 10),
                "{uid}: {title:?} told in English"
            );
        }
        let text = dashboard.to_string();
        let sources: BTreeSet<&str> = text
            .split("\"type\":\"prometheus\",\"uid\":\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert_eq!(sources, BTreeSet::from([source]), "{uid}");
        assert_panels_do_not_overlap(&path, panels);
        all.extend(queries(&dashboard));
    }
    // This promtool has no command for a query alone; a rule holds one.
    let named = |(number, query): (usize, &String)| json!({ "record": format!("a:query{number}"), "expr": query });
    let rules: Vec<Value> = all.iter().enumerate().map(named).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("queries.yml");
    std::fs::write(&file, json!({ "groups": [{ "name": "queries", "rules": rules }] }).to_string()).expect("written");
    let said = promtool(&["check", "rules"], &[file]);
    assert!(said.contains(&format!("SUCCESS: {} rules found", all.len())) && all.len() > 30, "{said}");
    let provider = read("deploy/grafana/provisioning/dashboards/diensan.yml");
    assert!(provider.contains("type: file") && provider.contains("path: /var/lib/grafana/dashboards/"), "{provider}");
}
