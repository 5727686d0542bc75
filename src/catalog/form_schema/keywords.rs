//! The words of a form schema: what a validator would silently ignore, and references that lead away or in a circle.

use crate::strict_json::{Finding, Kind, Member, Node, escape, expected_text};

/// The words of `type`.
pub const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "array", "object", "null"];

/// The words of `format` that the validator knows and forms may use.
const FORMATS: [&str; 5] = ["date", "date-time", "time", "email", "uri"];

const KEYWORDS: &[&str] = &[
    "$schema",
    "$id",
    "$ref",
    "$defs",
    "$comment",
    "title",
    "description",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "enum",
    "const",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "examples",
    "default",
    "x-code-list",
    "x-person",
    "x-print",
];

/// Reports what is wrong with the words of a whole schema.
pub fn check(root: &Node, findings: &mut Vec<Finding>) {
    let definitions = root.member("$defs").and_then(|member| member.value.as_object()).unwrap_or_default();
    let mut walk = Walk { definitions, pointer: String::new(), findings };
    walk.schema(root);
    for definition in definitions {
        circle(definitions, definition, findings);
    }
}

/// Whether something in this part of the file was already found wrong.
pub fn has_finding(node: &Node, findings: &[Finding]) -> bool {
    findings.iter().any(|finding| node.span.start <= finding.span.start && finding.span.end <= node.span.end)
}

struct Walk<'n, 'f> {
    definitions: &'n [Member],
    pointer: String,
    findings: &'f mut Vec<Finding>,
}

impl Walk<'_, '_> {
    fn schema(&mut self, node: &Node) {
        for member in node.as_object().unwrap_or_default() {
            self.inside(&member.key, |walk| walk.keyword(member));
        }
    }

    fn inside(&mut self, key: &str, check: impl FnOnce(&mut Self)) {
        let parent = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&escape(key));
        check(self);
        self.pointer.truncate(parent);
    }

    fn report(&mut self, rule: &'static str, node: &Node, vi: &str, en: &str) -> &mut Finding {
        self.findings.push(Finding::new(rule, self.pointer.clone(), node.span.clone(), vi, en));
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    fn keyword(&mut self, member: &Member) {
        let (key, value) = (member.key.as_str(), &member.value);
        if !KEYWORDS.contains(&key) {
            let finding = Finding::new(
                "schema_keyword",
                self.pointer.clone(),
                member.key_span.clone(),
                "Từ khóa JSON Schema lạ: bộ kiểm tra sẽ bỏ qua nó.",
                "Unknown JSON Schema keyword: validators would ignore it.",
            );
            self.findings.push(finding.suggesting(key, KEYWORDS.iter().copied()));
        }
        match key {
            "title" | "x-code-list" | "x-person" | "pattern" | "format"
                if value.as_text().is_none() && self.pointer != "/title" =>
            {
                let mut finding = expected_text(&self.pointer, value);
                finding.span.start = member.key_span.start;
                self.findings.push(finding);
            }
            "$ref" => self.reference(value),
            "type" => self.one_of("schema_type", value, &TYPES, "`type` này không có.", "There is no such `type`."),
            "format" => self.one_of(
                "schema_format",
                value,
                &FORMATS,
                "`format` này không có, hoặc bộ kiểm tra không xét.",
                "There is no such `format`, or it would not be checked.",
            ),
            "properties" | "$defs" => {
                for property in value.as_object().unwrap_or_default() {
                    self.inside(&property.key, |walk| walk.schema(&property.value));
                }
            }
            "items" => self.schema(value),
            _ => {}
        }
    }

    fn one_of(&mut self, rule: &'static str, value: &Node, words: &[&str], vi: &str, en: &str) {
        // A list of types is for the validator; the boxes of a form have one.
        if let Kind::Text(word) = &value.kind
            && !words.contains(&word.as_str())
        {
            let finding = Finding::new(rule, self.pointer.clone(), value.span.clone(), vi, en);
            self.findings.push(finding.suggesting(word, words.iter().copied()));
        }
    }

    fn reference(&mut self, value: &Node) {
        let Some(name) = value.as_text().and_then(|target| target.strip_prefix("#/$defs/")) else {
            self.report(
                "schema_reference",
                value,
                "`$ref` chỉ được trỏ vào `#/$defs/…` của chính tệp này.",
                "`$ref` may only point into `#/$defs/…` of this file.",
            );
            return;
        };
        if !self.definitions.iter().any(|definition| definition.key == name) {
            let known: Vec<String> = self.definitions.iter().map(|member| format!("#/$defs/{}", member.key)).collect();
            let wrong = format!("#/$defs/{name}");
            let (vi, en) = ("`$ref` trỏ vào chỗ không có.", "`$ref` points at nothing.");
            let suggestion = crate::strict_json::nearest(&wrong, known.iter().map(String::as_str));
            self.report("schema_reference", value, vi, en).did_you_mean = suggestion;
        }
    }
}

/// The names of the definitions that a part of a schema refers to.
fn references<'n>(node: &'n Node, found: &mut Vec<(&'n str, &'n Node)>) {
    match &node.kind {
        Kind::Object(members) => {
            for member in members {
                match member.value.as_text().and_then(|target| target.strip_prefix("#/$defs/")) {
                    Some(name) if member.key == "$ref" => found.push((name, &member.value)),
                    _ => references(&member.value, found),
                }
            }
        }
        Kind::List(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// Reports a definition that leads back to itself, at the reference with which the circle begins.
fn circle(definitions: &[Member], start: &Member, findings: &mut Vec<Finding>) {
    let mut first = Vec::new();
    references(&start.value, &mut first);
    for (name, place) in first {
        let mut open = vec![name];
        let mut seen: Vec<&str> = Vec::new();
        while let Some(name) = open.pop() {
            if name == start.key {
                let (vi, en) = ("`$ref` dẫn vòng về chính nó.", "`$ref` leads back to itself in a circle.");
                findings.push(Finding::new("schema_circle", "/$defs", place.span.clone(), vi, en));
                break;
            }
            if !seen.contains(&name) {
                seen.push(name);
                let mut next = Vec::new();
                if let Some(definition) = definitions.iter().find(|definition| definition.key == name) {
                    references(&definition.value, &mut next);
                }
                open.extend(next.into_iter().map(|(name, _)| name));
            }
        }
    }
}
