//! Nothing but what a form's mapping takes is in the answer or on record, shown with people of whom every attribute has
//! a value of its own (RISKS R2, R3, T11, T24; DESIGN §5, §7).
//!
//! What the cache holds cannot be seen from outside; the unit tests of `autofill/register` look at every entry. Here is
//! shown whom it serves.

mod canaries;
mod forms;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::harness::{Process, Reply, client, root};
use canaries::{Canary, FIRST, SECOND, Token};
use forms::{Form, Way, attributes};

/// Requests at a time.
const AT_ONCE: usize = 12;

/// May receive everything, and everything but what is sensitive.
const CALLERS: [(&str, &str); 2] = [("everything", "[\"*\", \"sensitive:*\"]"), ("ordinary", "[\"*\"]")];

/// One request of one form, asked for the citizen and for somebody who shares with the citizen what is taken.
struct Task {
    index: usize,
    way: Way,
    further: Vec<(String, bool)>,
    alike: Canary,
}

/// Service, journal and simulator with the canary people.
struct Bench {
    service: Process,
    simulator: Process,
    folder: tempfile::TempDir,
    keys: BTreeMap<&'static str, String>,
    citizen: Canary,
    second: Canary,
}

/// A service for each form, with a legal basis (`true`) and without.
fn service(index: usize, with_basis: bool) -> String {
    format!("9.{}{index:05}", u8::from(with_basis))
}

impl Bench {
    fn start(forms: &[Form], tasks: &[Task]) -> Self {
        let (citizen, second) = (Canary::of(FIRST, 900_001), Canary::of(SECOND, 900_002));
        let folder = tempfile::tempdir().expect("a folder");
        let catalog = folder.path().join("service-catalog");
        for part in ["code-lists", "administrative-units", "mappings"] {
            copy(&root().join("service-catalog").join(part), &catalog.join(part));
        }
        fs::copy(root().join("service-catalog/attributes.json"), catalog.join("attributes.json")).expect("copied");
        for part in ["people", "commune", "district", "province"] {
            fs::create_dir_all(catalog.join(part)).expect("a folder");
        }
        for (index, form) in forms.iter().enumerate() {
            for with_basis in [true, false] {
                let code = service(index, with_basis);
                let file = json!({
                    "$schema": "../../schemas/catalog/service.schema.json", "code": code,
                    "name": { "vi": "Thủ tục mẫu", "en": "Invented procedure" }, "level": "commune", "field": "Mẫu",
                    "ministry": "Mẫu", "agency": "Mẫu", "subject": "citizen",
                    "legal_basis": if with_basis { vec!["70/2024/NĐ-CP"] } else { vec![] }, "forms": [{ "form": form.id }],
                    "provenance": { "source": ["test"], "confidence": "high" },
                });
                fs::write(catalog.join(format!("commune/{code}.json")), file.to_string()).expect("written");
            }
        }
        for person in [&citizen, &second].into_iter().chain(tasks.iter().map(|task| &task.alike)) {
            fs::write(catalog.join(format!("people/{}.json", person.number)), person.file.to_string())
                .expect("written");
        }
        let people = catalog.join("people");
        let people = people.to_str().expect("a path in UTF-8");
        let simulator = Process::start(&["simulate", "--listen", "127.0.0.1:0", "--people", people], "info");
        let (config, keys) = configuration(folder.path(), &simulator.address);
        let service = Process::serve_configured(&config, "info");
        Self { service, simulator, folder, keys, citizen, second }
    }

    async fn ask(&self, caller: &str, body: &Value) -> Reply {
        let request = client().post(format!("{}/v1/autofill", self.service.address));
        let request = request.header("X-Api-Key", &self.keys[caller]).header("Content-Type", "application/json");
        Reply::of(request.body(body.to_string()).send().await.expect("an answer")).await
    }

    /// The lines of the journal by request, of those where somebody was asked for.
    fn lines(&self) -> BTreeMap<String, String> {
        let mut lines = BTreeMap::new();
        for entry in fs::read_dir(self.folder.path().join("journal")).expect("the journal") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "jsonl") {
                for line in fs::read_to_string(path).expect("a segment").lines() {
                    let read: Value = serde_json::from_str(line).expect("JSON");
                    if let Some(id) = read["request_id"].as_str() {
                        assert!(lines.insert(id.to_owned(), line.to_owned()).is_none(), "two lines for one request");
                    }
                }
            }
        }
        lines
    }

    fn body(&self, task: &Task, with_basis: bool, citizen: &Canary) -> Value {
        let mut body = json!({
            "service": service(task.index, with_basis), "citizen": citizen.query, "officer": format!("cb-{}", task.index),
            "agency": "H01.12", "dossier": format!("H01.12-261120-{:04}", task.index), "dossier_date": "2026-11-20",
        });
        if let Some(role) = &task.way.said {
            body["citizen_role"] = json!(role);
        }
        for (role, is_list) in &task.further {
            body["persons"][role] = if *is_list { json!([self.second.query]) } else { self.second.query.clone() };
        }
        body
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("copied");
    }
}

fn configuration(folder: &Path, upstream: &str) -> (std::path::PathBuf, BTreeMap<&'static str, String>) {
    for (name, secret) in
        [("mac", "a".repeat(64)), ("hash", "b".repeat(64)), ("secret", "khong-phai-bi-mat".to_owned())]
    {
        fs::write(folder.join(name), secret).expect("a secret");
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).expect("mode 600");
    }
    let mut text = format!(
        "[catalog]\nservices = \"service-catalog\"\nschemas = \"{}/schemas\"\n[[connection]]\nname = \"upstream\"\n\
         profile = \"direct\"\nbase = \"{upstream}\"\nrehearsal = true\nprocedure_code = \"service\"\n\
         officer_code = \"request\"\nuser = \"mo-phong\"\nsecret_file = \"secret\"\nsigning_url = \"/direct/037\"\n\
         operation_path = {{ \"037\" = \"/direct/037\", \"033\" = \"/direct/033\" }}\n[connection.guard]\n\
         calls_per_second = 0\nofficer_at_once = 0\n[cache]\nttl = \"10m\"\n[journal]\ndirectory = \"journal\"\n\
         mac_key_file = \"mac\"\ncitizen_key_file = \"hash\"\n[access]\nstate_directory = \"state\"\n",
        root().display()
    );
    let mut keys = BTreeMap::new();
    for (name, licence) in CALLERS {
        let made = Command::new(env!("CARGO_BIN_EXE_diensan")).args(["key", "new", "--caller", name]).output();
        let made = String::from_utf8(made.expect("ran").stdout).expect("UTF-8");
        let hash = made.lines().find(|line| line.starts_with("keys = ")).expect("its hash");
        text.push_str(&format!(
            "[[caller]]\nname = \"{name}\"\n{hash}\nscopes = [\"autofill\"]\nagencies = [\"*\"]\nservices = [\"*\"]\n\
             attributes = {licence}\nquota = {{ requests_per_second = 1000, citizens_per_day = 10000 }}\n"
        ));
        keys.insert(name, made.lines().next().expect("a key").to_owned());
    }
    fs::write(folder.join("diensan.toml"), text).expect("written");
    (folder.join("diensan.toml"), keys)
}

/// What an answer tells: every text in `data`, and in `fields` beside the names of boxes, sources and states.
fn told(answer: &Value) -> Vec<String> {
    fn leaves(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
            Value::Object(members) => {
                let names = ["path", "state", "source", "sources", "reason"];
                members
                    .iter()
                    .filter(|(key, _)| !names.contains(&key.as_str()))
                    .for_each(|(_, value)| leaves(value, found));
            }
            Value::String(text) => found.push(text.clone()),
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => found.push(number.to_string()),
        }
    }
    let mut found = Vec::new();
    leaves(&answer["data"], &mut found);
    leaves(&answer["fields"], &mut found);
    found
}

/// The sets of attributes of which each one must have been told, one for each canary that is found.
fn given_away<'t>(tokens: &'t [Token], answer: &Value) -> Vec<&'t Token> {
    let texts = told(answer);
    let mut rest = answer.clone();
    for own in ["request_id", "data", "fields"] {
        rest.as_object_mut().expect("an object").remove(own);
    }
    let rest = rest.to_string();
    let found = |token: &&Token| match token.whole {
        true => texts.contains(&token.text),
        false => texts.iter().any(|text| text.contains(&token.text)) || rest.contains(&token.text),
    };
    tokens.iter().filter(found).collect()
}

/// An answer without what differs from one request to the next, and with one word for the citizen's number.
fn essence(answer: &Value, number: &str) -> String {
    let answer = json!({ "data": answer["data"], "fields": answer["fields"], "status": answer["status"], "warnings": answer["warnings"] });
    answer.to_string().replace(number, "NUMBER")
}

fn licensed(taken: &BTreeSet<String>, may_sensitive: bool) -> BTreeSet<String> {
    taken.iter().filter(|path| may_sensitive || !attributes()[*path]).cloned().collect()
}

/// One answer that is to be compared with its line on record.
struct Answered {
    name: String,
    request_id: String,
    /// What the form takes of the citizen, and of the further people together, and this caller may have.
    citizen: BTreeSet<String>,
    further: BTreeSet<String>,
    held: Option<String>,
    /// For each canary that was told, the attributes one of which must be on record.
    told: Vec<Vec<String>>,
}

/// What came of all requests.
#[derive(Default)]
struct Found {
    wrong: Vec<String>,
    answers: Vec<Answered>,
    /// Answers that say of a box that its attribute is not licensed.
    withheld: usize,
}

/// What the people of one answer may be known by.
struct Tokens {
    citizen: Vec<Token>,
    second: Vec<Token>,
}

/// Asks for everything that is to be known of one way of coming to the counter for one form.
async fn examine(bench: &Bench, tokens: &Tokens, form: &Form, task: &Task, is_first: bool) -> Found {
    let mut found = Found::default();
    let (citizen, further) = (form.of(task.way.held.as_deref()), form.of_all(&task.further));
    let cells: &[(&str, bool)] = match (form.is_sensitive(), is_first) {
        (true, _) => &[("everything", true), ("ordinary", true), ("everything", false), ("ordinary", false)],
        (false, true) => &[("everything", true), ("ordinary", true)],
        (false, false) => &[("everything", true)],
    };
    for (caller, with_basis) in cells {
        let may = *caller == "everything" && *with_basis;
        let name =
            format!("{} as {} for {caller}, basis {with_basis}", form.id, task.way.said.as_deref().unwrap_or("-"));
        let reply = bench.ask(caller, &bench.body(task, *with_basis, &bench.citizen)).await;
        if reply.status != 200 {
            found.wrong.push(format!("{name}: {}", reply.code()));
            continue;
        }
        let answer = reply.json();
        // Never said when everything is licensed. It need not be said otherwise: another source may stand in.
        let withheld = answer["fields"].to_string().contains("\"not_licensed\"");
        if withheld && (may || !form.is_sensitive()) {
            found.wrong.push(format!("{name}: not licensed"));
        }
        found.withheld += usize::from(withheld);
        if is_first && *with_basis {
            // An entry serves the same form, for whoever may have the same of it.
            let expected = *caller == "ordinary" && !form.is_sensitive();
            found.wrong.extend(not_so_cached(&name, task, &answer, expected));
        }
        let (citizen, further) = (licensed(&citizen, may), licensed(&further, may));
        let mut told = Vec::new();
        for (tokens, taken, who) in
            [(&tokens.citizen, &citizen, "citizen"), (&tokens.second, &further, "further person")]
        {
            for token in given_away(tokens, &answer) {
                if !token.attributes.iter().any(|path| taken.contains(path)) {
                    found.wrong.push(format!("{name}: tells {} of the {who} by {}", token.attributes[0], token.text));
                }
                told.push([token.attributes.clone(), vec![format!("by {}", token.text)]].concat());
            }
        }
        // Somebody who shares with the citizen nothing but what the form takes gets the same answer, byte for byte.
        if may {
            let alike = bench.ask(caller, &bench.body(task, *with_basis, &task.alike)).await;
            if alike.status != 200
                || essence(&alike.json(), &task.alike.number) != essence(&answer, &bench.citizen.number)
            {
                found.wrong.push(format!("{name}: depends on what the form does not take"));
            }
        }
        let request_id = answer["request_id"].as_str().expect("an id").to_owned();
        found.answers.push(Answered { name, request_id, citizen, further, held: task.way.held.clone(), told });
    }
    found
}

/// What is said of the cache and should not be. The further people of a request are one person: of them only the first
/// look-up can be a new one.
fn not_so_cached(name: &str, task: &Task, answer: &Value, expected: bool) -> Option<String> {
    let look_ups = answer["lookups"].as_array().expect("look-ups");
    let of_citizen = look_ups.iter().find(|one| one["person"].as_str() == task.way.held.as_deref());
    let mut of_further = look_ups.iter().filter(|one| one["person"].as_str() != task.way.held.as_deref());
    let right = match expected {
        true => look_ups.iter().all(|one| one["cached"] == true),
        false => {
            of_citizen.is_none_or(|one| one["cached"] == false)
                && (of_further.clone().count() == 0 || of_further.any(|one| one["cached"] == false))
        }
    };
    (!right).then(|| format!("{name}: not cached = {expected}"))
}

/// A line names what was told, of what the form takes, and holds no value.
fn examine_line(line: &str, answered: &Answered, tokens: &Tokens) -> Vec<String> {
    let mut wrong = Vec::new();
    let read: Value = serde_json::from_str(line).expect("JSON");
    let mut named = BTreeSet::new();
    for person in read["people"].as_array().into_iter().flatten() {
        let is_citizen = person["role"].as_str() == answered.held.as_deref();
        let may = if is_citizen { &answered.citizen } else { &answered.further };
        for path in person["attributes"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !may.contains(path) {
                wrong.push(format!("{}: {path} on record for {}", answered.name, person["role"]));
            }
            named.insert(path.to_owned());
        }
    }
    for told in &answered.told {
        if !told.iter().any(|path| named.contains(path)) {
            wrong.push(format!("{}: {} was told and is not on record", answered.name, told.join(" ")));
        }
    }
    for token in tokens.citizen.iter().chain(&tokens.second) {
        // A year can stand inside of a MAC.
        let whole = token.whole || token.text.len() < 8;
        let needle = if whole { format!("\"{}\"", token.text) } else { token.text.clone() };
        if line.contains(&needle) {
            wrong.push(format!("{}: the line holds a value of {}", answered.name, token.attributes[0]));
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_what_the_form_takes_is_in_the_answer_the_cache_or_the_journal() {
    let forms = forms::all("2");
    assert_eq!(forms.len(), 212);
    let mut tasks = Vec::new();
    for (index, form) in forms.iter().enumerate() {
        for way in &form.ways {
            let alike = Canary::same_in(&form.of(way.held.as_deref()), 100 + tasks.len());
            tasks.push(Task { index, way: way.clone(), further: form.further(way), alike });
        }
    }
    let bench = Bench::start(&forms, &tasks);
    let tokens = Tokens { citizen: FIRST.tokens(&bench.citizen.number), second: SECOND.tokens(&bench.second.number) };
    let (mut wrong, mut answers, mut withheld) = (Vec::new(), Vec::new(), 0);
    let of_form = |index: usize| tasks.iter().filter(move |task| task.index == index);
    let mut all = futures_util::stream::iter(forms.iter().enumerate().map(async |(index, form)| {
        let mut found = Vec::new();
        for (place, task) in of_form(index).enumerate() {
            found.push(examine(&bench, &tokens, form, task, place == 0).await);
        }
        found
    }))
    .buffer_unordered(AT_ONCE);
    while let Some(found) = all.next().await {
        for found in found {
            wrong.extend(found.wrong);
            answers.extend(found.answers);
            withheld += found.withheld;
        }
    }
    let lines = bench.lines();
    for answered in &answers {
        match lines.get(&answered.request_id) {
            None => wrong.push(format!("{}: no line", answered.name)),
            Some(line) => wrong.extend(examine_line(line, answered, &tokens)),
        }
    }
    let log = bench.service.log_text() + &bench.simulator.log_text();
    for token in tokens.citizen.iter().chain(&tokens.second).filter(|token| token.text.contains("CANARI")) {
        assert!(!log.contains(&token.text), "a log holds {}", token.attributes[0]);
    }
    assert!(wrong.is_empty(), "{} findings, such as\n{}", wrong.len(), wrong[..wrong.len().min(30)].join("\n"));
    assert!(answers.len() > 3 * forms.len() && withheld > 200, "{} answers, {withheld} withheld", answers.len());
    // What a mapping takes comes through, or the search would prove nothing. The two that never do: an old number that
    // stands behind the personal number of the same person, and the country of an address, which has no canary.
    let seen: BTreeSet<&String> = answers.iter().flat_map(|one| one.told.iter().flatten()).collect();
    let taken: BTreeSet<String> = forms.iter().flat_map(Form::everything).collect();
    let never: Vec<&str> = taken.iter().filter(|path| !seen.contains(path)).map(String::as_str).collect();
    assert_eq!(never, ["nguoi_dai_dien.so_cmnd", "thuong_tru.quoc_gia"]);
}

/// The test above would find nothing if a canary could be taken for another, or were no canary.
#[test]
fn every_attribute_has_a_canary_and_no_two_people_share_one() {
    let mut texts = BTreeSet::new();
    let mut covered = BTreeSet::new();
    for (world, number) in [(FIRST, FIRST.number(1)), (SECOND, SECOND.number(2))] {
        for token in world.tokens(&number) {
            assert!(texts.insert(token.text), "{} has another's value", token.attributes[0]);
            covered.extend(token.attributes);
        }
    }
    let without: Vec<String> = attributes().keys().filter(|path| !covered.contains(*path)).cloned().collect();
    // A present address has no district, and the country of an address decides how its codes are read: all are at home.
    let absent = ["que_quan.huyen", "noi_o_hien_tai.huyen"];
    assert!(without.iter().all(|path| path.ends_with(".quoc_gia") || absent.contains(&path.as_str())), "{without:?}");
}
