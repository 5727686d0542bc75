//! Damages every file of the catalogue in every way that its kind allows: each time the finding must name the right
//! file, rule and line, in no more text than a maintainer reads.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use annotate_snippets::Renderer;
use unicode_normalization::UnicodeNormalization as _;

use super::super::code_list::CodeLists;
use super::super::compile::Vocabulary;
use super::super::files::{SourceFile, source_file};
use super::super::finding::{FileFinding, Language};
use super::super::load::{code_lists, dictionary, form_names};
use super::super::read::{self, FormNames};
use super::super::service_file::Level;
use super::super::tree::Tree;
use super::{FileKind, tidy};
use crate::strict_json::{self, Kind, Node};

/// More lines than a maintainer reads about one mistake.
const MAX_LINES: usize = 40;

/// The catalogue around the damaged file.
struct Context<'t> {
    tree: &'t Tree,
    lists: CodeLists,
    vocabulary: Vocabulary<'t>,
    names: FormNames,
}

/// A file, damaged in one place.
struct Damage {
    name: &'static str,
    bytes: Vec<u8>,
    rule: &'static str,
    /// The place of the damage in the damaged text.
    place: Range<usize>,
    /// Rules that may follow from the same mistake.
    also: &'static [&'static str],
}

/// A file to damage: its text, its tree, and a number by which places are chosen.
struct Patient<'t> {
    text: &'t str,
    root: Node,
    pick: usize,
    damages: Vec<Damage>,
}

impl Patient<'_> {
    /// Replaces a range.
    fn replace(&mut self, name: &'static str, range: Range<usize>, with: &str, rule: &'static str) {
        let text = format!("{}{with}{}", &self.text[..range.start], &self.text[range.end..]);
        let place = range.start..range.start + with.len();
        self.damages.push(Damage { name, bytes: text.into_bytes(), rule, place, also: &[] });
    }

    fn also(&mut self, rules: &'static [&'static str]) {
        self.damages.last_mut().expect("a damage").also = rules;
    }

    /// Replaces the value at a pointer.
    fn value(&mut self, name: &'static str, pointer: &str, with: &str, rule: &'static str) {
        let node = self.root.at(pointer).unwrap_or_else(|| panic!("{name}: no {pointer}"));
        self.replace(name, node.span.clone(), with, rule);
    }

    /// Takes a member of the root away; what is missing is told at the beginning of the object.
    fn without(&mut self, key: &'static str) {
        let member = self.root.member(key).unwrap_or_else(|| panic!("no {key}"));
        let (mut start, mut end) = (member.key_span.start, member.value.span.end);
        match self.text[end..].find(|c: char| !c.is_whitespace()).filter(|at| self.text[end + at..].starts_with(',')) {
            Some(at) => end += at + 1,
            None => start = self.text[..start].rfind(',').expect("a comma"),
        }
        self.replace("a required key taken away", start..end, "", "missing_member");
        self.damages.last_mut().expect("a damage").place = 0..1;
    }

    /// Every text value with its key, at any depth.
    fn texts(&self) -> Vec<Range<usize>> {
        fn walk(node: &Node, found: &mut Vec<Range<usize>>) {
            match &node.kind {
                Kind::Text(_) => found.push(node.span.clone()),
                Kind::List(items) => items.iter().for_each(|item| walk(item, found)),
                Kind::Object(members) => members.iter().for_each(|member| walk(&member.value, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        walk(&self.root, &mut found);
        found
    }

    /// What happens to files of every kind.
    fn any_file(&mut self) {
        let (text, all) = (self.text, 0..self.text.len());
        self.replace("a byte order mark", 0..0, "\u{feff}", "layout");
        let lines = text.replace('\n', "\r\n");
        self.replace("lines of Windows", all.clone(), &lines, "layout");
        let wide = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        self.damages.push(Damage { name: "UTF-16", bytes: wide, rule: "unreadable", place: 0..0, also: &[] });
        let latin = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'\xe9')).collect();
        self.damages.push(Damage { name: "Latin-1", bytes: latin, rule: "unreadable", place: 0..0, also: &[] });
        let half = text.floor_char_boundary(text.len() / 3 + self.pick % (text.len() / 2));
        self.replace("cut off", all.clone(), &text[..half], "json_syntax");
        self.replace("empty", all.clone(), "", "json_syntax");
        self.replace("a list", all.clone(), "[]\n", "expected_object");
        let end = text.rfind('}').expect("an end");
        self.replace("a trailing comma", end..end, ",", "json_syntax");
        self.damages.last_mut().expect("a damage").place = end.saturating_sub(2)..end + 1;
        self.replace("text behind the end", text.len()..text.len(), "}\n", "json_syntax");
        let members = self.root.as_object().expect("an object");
        let member = &members[self.pick % members.len()];
        let (start, copy) = (member.key_span.start, text[member.key_span.start..member.value.span.end].to_owned());
        self.replace("a key twice", start..start, &format!("{copy},\n  "), "duplicate_key");
        self.damages.last_mut().expect("a damage").place = start..start + 2 * copy.len() + 4;
        self.replace("a comment", start..start, "// xem lại\n  ", "json_syntax");
        let texts = self.texts();
        let with_marks: Vec<&Range<usize>> = texts.iter().filter(|span| !text[(*span).clone()].is_ascii()).collect();
        if let Some(span) = with_marks.get(self.pick % with_marks.len().max(1)).map(|span| (*span).clone()) {
            let apart: String = text[span.clone()].nfd().collect();
            if apart != text[span.clone()] {
                self.replace("decomposed letters", span, &apart, "not_nfc");
            }
        }
    }

    fn service(&mut self) {
        for key in ["code", "name", "field", "ministry", "legal_basis", "forms", "provenance"] {
            self.without(key);
        }
        let key = self.root.member("ministry").expect("a ministry").key_span.clone();
        self.replace("a misspelt key", key, "\"minstry\"", "unknown_member");
        self.also(&["missing_member"]);
        self.value("a number instead of a text", "/field", "7", "expected_text");
        self.value("a code as number", "/code", "1.000894", "expected_text");
        self.value("another code", "/code", "\"9.999999\"", "service_code");
        self.value("no such level", "/level", "\"ward\"", "level_folder");
        self.value("no such subject", "/subject", "\"citizn\"", "service_subject");
        self.value("no such form", "/forms/0/form", "\"to-khai-khong-co\"", "unknown_form");
        self.value("no form", "/forms", "[]", "no_form");
        self.value("no such confidence", "/provenance/confidence", "\"hihg\"", "confidence");
        let item = self.root.at("/forms/0").expect("a form").span.clone();
        let twice = format!("{0}, {0}", &self.text[item.clone()]);
        self.replace("a period that overlaps", item, &twice, "period_overlap");
        let form = &self.text[self.root.at("/forms/0/form").expect("a form").span.clone()];
        for (name, day, rule) in [
            ("a gap", "\"to\": \"2021-06-30\"", "period_gap"),
            ("a day that does not exist", "\"from\": \"2023-02-29\"", "period_date"),
            ("a day as number", "\"from\": 20230228", "period_date"),
        ] {
            let with = format!("[{{ \"form\": {form}, {day} }}]");
            self.value(name, "/forms", &with, rule);
        }
    }

    fn mapping(&mut self) {
        for key in ["form", "persons", "applicant", "fields", "manual", "provenance"] {
            self.without(key);
        }
        let key = self.root.member("applicant").expect("an applicant").key_span.clone();
        self.replace("a misspelt key", key, "\"aplicant\"", "unknown_member");
        self.also(&["missing_member"]);
        self.value("another form", "/form", "\"to-khai-khong-co\"", "form_name");
        self.value("a note as number", "/provenance/confidence", "1", "expected_text");
        self.value("an applicant of no role", "/applicant", "\"khong_co_vai\"", "unknown_role");
        self.value("an applicant of no form", "/applicant", "[]", "applicant_form");
        let manual = self.root.at("/manual").expect("manual").span.clone();
        self.replace("a manual that is text", manual.clone(), "\"kinh_gui\"", "expected_list");
        self.also(&["forgotten_property"]);
        self.replace(
            "a target that does not exist",
            manual.start + 1..manual.start + 1,
            "\"o_nay_khong_co\", ",
            "unknown_target",
        );
        if self.text[manual.clone()].trim_matches(['[', ']']).trim().is_empty() {
            // A trailing comma would be another mistake.
            self.damages.pop();
        }
        let fields = self.root.at("/fields").and_then(Node::as_object).expect("fields").to_vec();
        let lines: Vec<_> = fields.iter().filter(|field| source_of(&field.value).is_some()).collect();
        if lines.is_empty() {
            return;
        }
        let line = lines[self.pick % lines.len()];
        let source = source_of(&line.value).expect("a source");
        let path = source.as_text().expect("a path").to_owned();
        self.replace("a misspelt attribute", source.span.clone(), &format!("\"{path}x\""), "unknown_attribute");
        self.replace("a misspelt role", source.span.clone(), &format!("\"x{path}\""), "unknown_role");
        self.replace("a source as number", source.span.clone(), "1", "expected_text");
        if line.value.as_text().is_some() {
            self.damages.last_mut().expect("a damage").rule = "expected_object";
        }
        if path.starts_with("request.") {
            self.damages.truncate(self.damages.len() - 2);
        }
        let whole = line.value.span.clone();
        let with = |rest: &str| format!("{{ \"from\": \"{path}\", {rest} }}");
        self.replace("an unknown format", whole.clone(), &with("\"format\": \"khong_co\""), "unknown_format");
        self.replace("a misspelt word", whole.clone(), &with("\"sugest\": true"), "unknown_member");
        self.also(&["does_not_fit"]);
        self.replace("lock as text", whole.clone(), &with("\"lock\": \"true\""), "expected_boolean");
        self.also(&["does_not_fit"]);
        self.replace("no source", whole.clone(), "{ \"first_of\": [] }", "empty_list");
        self.replace(
            "a mapped field in manual",
            manual.start + 1..manual.start + 1,
            &format!("\"{}\"", line.key),
            "mapped_twice",
        );
        if !self.text[manual.start + 1..].trim_start().starts_with(']') {
            let damage = self.damages.last_mut().expect("a damage");
            damage.bytes.splice(damage.place.end..damage.place.end, *b", ");
        }
        self.replace("a misspelt target", line.key_span.clone(), "\"o_nay_khong_co\"", "unknown_target");
        self.also(&["forgotten_property"]);
    }

    fn schema(&mut self) {
        for key in ["$schema", "title", "type", "additionalProperties", "properties"] {
            self.without(key);
            self.also(&["schema_invalid"]);
        }
        let key = self.root.member("title").expect("a title").key_span.clone();
        self.replace("a misspelt keyword", key, "\"titel\"", "schema_keyword");
        self.also(&["missing_member"]);
        self.value("another dialect", "/$schema", "\"http://json-schema.org/draft-07/schema#\"", "schema_dialect");
        self.value("an open form", "/additionalProperties", "true", "schema_open");
        self.value("a form that is a list", "/type", "\"array\"", "schema_type");
        self.value("a title as number", "/title", "1", "expected_text");
        let properties = self.root.at("/properties").and_then(Node::as_object).expect("properties").to_vec();
        let property = &properties[self.pick % properties.len()];
        let start = property.value.span.start + 1;
        for (name, word, rule) in [
            ("a misspelt length", "\"maxLenght\": 1,", "schema_keyword"),
            ("a bad length", "\"maxLength\": \"1\",", "schema_invalid"),
            ("a length without end", "\"minItems\": -1,", "schema_invalid"),
            ("a person without role", "\"x-person\": \"vai_khong_co\",", "schema_person"),
            ("a remote reference", "\"$ref\": \"https://example.org/x\",", "schema_reference"),
            ("a reference to nothing", "\"$ref\": \"#/$defs/khong_co\",", "schema_reference"),
            ("a list that does not exist", "\"x-code-list\": \"khong-co\",", "unknown_code_list"),
            ("a format that does not exist", "\"format\": \"dat\",", "schema_format"),
        ] {
            let keyword = word.split('"').nth(1).expect("a keyword");
            let text_box = property.value.at("/type").and_then(Node::as_text) == Some("string");
            if property.value.member(keyword).is_none() && (keyword != "x-code-list" || text_box) {
                self.replace(name, start..start, word, rule);
                self.also(&["does_not_fit", "property_kind"]);
            }
        }
        let title = property.value.member("title").expect("a title").value.span.clone();
        self.replace("a property's title as number", title, "1", "expected_text");
        if let Some(kind) = property.value.member("type").map(|member| member.value.span.clone()) {
            self.replace("a misspelt type", kind, "\"strin\"", "schema_type");
        }
    }

    fn dictionary(&mut self) {
        for key in ["$schema", "attributes"] {
            self.without(key);
        }
        for index in 0..self.root.at("/attributes").and_then(Node::as_list).expect("attributes").len() {
            let at = |key: &str| format!("/attributes/{index}/{key}");
            self.value("a misspelt path", &at("path"), "\"khong_co\"", "unknown_attribute");
            self.also(&["missing_attribute"]);
            self.value("a wrong type", &at("type"), "\"cde\"", "attribute_type");
            self.value("a wrong sensitivity", &at("sensitivity"), "\"secret\"", "attribute_sensitivity");
            self.value("lock as number", &at("lock"), "1", "expected_boolean");
            self.value("a label as text", &at("label"), "\"Nhãn\"", "expected_object");
            if self.root.at(&at("code_list")).is_some() {
                self.value("no such list", &at("code_list"), "\"khong-co\"", "unknown_code_list");
                self.value("a list as number", &at("code_list"), "1", "expected_text");
            }
        }
        // The text of a hundred damages of a large file is not kept.
        let step = 1 + self.damages.len() / 150;
        self.damages = std::mem::take(&mut self.damages).into_iter().step_by(step).collect();
    }

    fn person(&mut self) {
        for key in ["number", "record"] {
            self.without(key);
        }
        self.value("a number as number", "/number", "999085000001", "expected_text");
        self.value("somebody's number", "/number", concat!("\"001", "085000001\""), "not_invented");
        self.value("a number with a space", "/number", "\"999085 00001\"", "person_number");
        self.value("another person's number", "/number", "\"999000001\"", "person_file_name");
        let record = self.root.at("/record").and_then(Node::as_object).expect("a record").to_vec();
        let member = &record[self.pick % record.len()];
        self.replace("a misspelt key", member.key_span.clone(), "\"khong_co_khoa_nay\"", "unknown_member");
        self.replace("a list instead of a value", member.value.span.clone(), "[]", "any");
        self.value("a record that is text", "/record", "\"\"", "expected_object");
        let start = self.root.at("/record").expect("a record").span.start + 1;
        for (name, word, rule) in [
            ("a birth date that does not exist", "\"ngay_sinh\": \"2023-02-29\",", "person_date"),
            ("an old number of twelve digits", "\"so_cmnd\": \"999085000001\",", "person_number"),
            ("a relative's real number", concat!("\"me\": { \"so_cmnd\": \"001", "085000\" },"), "not_invented"),
            ("a code as number", "\"dan_toc\": 1,", "expected_text"),
        ] {
            let key = word.split('"').nth(1).expect("a key");
            if !record.iter().any(|member| member.key == key) {
                self.replace(name, start..start, word, rule);
            }
        }
    }
}

/// The first source of a line that is no list of rows.
fn source_of(line: &Node) -> Option<&Node> {
    if line.as_text().is_some() {
        return Some(line);
    }
    let source = line.at("/from").or_else(|| line.at("/first_of/0")).or_else(|| line.at("/compose/0"))?;
    if source.as_text().is_some() { Some(source) } else { source.at("/from") }
}

impl Context<'_> {
    /// What is found when a file of the catalogue has other bytes.
    fn check(&self, kind: FileKind, file: &SourceFile, level: Level, bytes: Vec<u8>) -> Vec<FileFinding> {
        let file = match source_file(Path::new(&*file.path), &file.stem, bytes) {
            Ok(file) => file,
            Err(unreadable) => return vec![FileFinding::unreadable(&unreadable)],
        };
        let plain = |findings: Vec<_>| findings.into_iter().map(|finding| FileFinding::new(&file, finding)).collect();
        let mut findings: Vec<FileFinding> = match kind {
            FileKind::Service => read::service(&file, level, &self.names).findings,
            FileKind::Mapping => read::form(&file, self.tree.schemas.file(&file.stem), &self.vocabulary).findings,
            FileKind::FormSchema => {
                let mapping = self.tree.mappings.file(&file.stem).expect("a mapping");
                read::form(mapping, Some(&file), &self.vocabulary).findings
            }
            FileKind::Attributes => plain(read::dictionary(&file, &self.lists).1),
            FileKind::Person | FileKind::Example => read::person(&file).1,
        };
        findings.extend(tidy::check(&file, Some(kind)).map(|finding| FileFinding::new(&file, finding)));
        findings
    }
}

fn line_of(text: &[u8], at: usize) -> usize {
    text[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// What is wrong with the findings of a damage.
fn complaint(damage: &Damage, file: &SourceFile, findings: &[FileFinding]) -> Option<String> {
    let lines = line_of(&damage.bytes, damage.place.start)..=line_of(&damage.bytes, damage.place.end);
    let is_right = |found: &&FileFinding| {
        (damage.rule == "any" || found.finding.rule == damage.rule)
            && found.file == file.path
            && lines.contains(&found.line_and_column().0)
    };
    let shown: Vec<String> = findings.iter().map(|found| found.render(Language::Vi, &Renderer::plain())).collect();
    if !findings.iter().any(|found| is_right(&found)) {
        return Some(format!("no {} in lines {lines:?}", damage.rule));
    }
    let fits = |found: &&FileFinding| {
        // The layout of a damaged file is not what matters.
        is_right(found) || damage.also.contains(&found.finding.rule) || found.finding.rule == "layout"
    };
    if let Some(extra) = findings.iter().find(|found| !fits(found)) {
        return Some(format!("also {}", extra.finding.rule));
    }
    let count: usize = shown.iter().map(|text| text.lines().count() + 1).sum();
    (count > MAX_LINES).then(|| format!("{count} lines"))
}

#[test]
fn every_damage_of_every_file_is_named_with_file_rule_and_line() {
    let tree = Tree::read(Path::new("service-catalog"), Path::new("schemas"));
    let mut none = Vec::new();
    let lists = code_lists(&tree, &mut none);
    let dictionary = dictionary(&tree, &lists, &mut none);
    assert!(none.is_empty());
    let again = code_lists(&tree, &mut none);
    let vocabulary = Vocabulary { dictionary: &dictionary, code_lists: &lists };
    let context = Context { tree: &tree, lists: again, vocabulary, names: form_names(&tree) };
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let (mut files, mut total) = (0, 0);
    for (file, kind) in super::files(&tree) {
        let Some(kind) = kind else { continue };
        let root = strict_json::parse(&file.text).expect("JSON");
        files += 1;
        let mut patient = Patient { text: &file.text, root, pick: files * 7919, damages: Vec::new() };
        let word = match kind {
            FileKind::Service => {
                patient.service();
                "service"
            }
            FileKind::Mapping => {
                patient.mapping();
                "mapping"
            }
            FileKind::FormSchema => {
                patient.schema();
                "schema"
            }
            FileKind::Attributes => {
                patient.dictionary();
                "dictionary"
            }
            FileKind::Person | FileKind::Example => {
                patient.person();
                "person"
            }
        };
        patient.any_file();
        let level = Level::ALL.into_iter().find(|level| file.path.contains(level.word())).unwrap_or(Level::Commune);
        assert!(patient.damages.len() >= 12, "{}", file.path);
        for damage in patient.damages {
            total += 1;
            kinds.entry(word).or_default().insert(damage.name);
            let findings = context.check(kind, file, level, damage.bytes.clone());
            if let Some(complaint) = complaint(&damage, file, &findings) {
                let rules: Vec<String> = findings
                    .iter()
                    .map(|found| format!("{}@{}:{}", found.finding.rule, found.file, found.line_and_column().0))
                    .collect();
                let entry = format!("{}: {complaint}: {rules:?}", file.path);
                wrong.entry(format!("{word}, {}", damage.name)).or_default().push(entry);
            }
        }
    }
    for (damage, files) in &wrong {
        println!("{damage} × {}\n  {}", files.len(), files[0]);
    }
    println!(
        "{files} files, {total} damages, kinds: {:?}",
        kinds.iter().map(|(k, d)| (k, d.len())).collect::<Vec<_>>()
    );
    assert!(wrong.is_empty());
    assert!(kinds.values().all(|kinds| kinds.len() >= 12) && files > 680);
}
