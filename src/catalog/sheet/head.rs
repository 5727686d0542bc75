//! The rows that are no property: the form, its roles, the person at the counter, where the mapping comes from.

use super::BadCell;
use super::build::{list, member, node, note, object, words, yes};
use super::properties::text;
use super::read::{Line, Reader};
use crate::strict_json::{Kind, Member, Node};

const BASES: [&str; 3] = ["marked", "judged", "null"];

/// As `$defs/role` of the mappings' schema; `request` and `none` have a meaning of their own.
fn is_role(name: &str) -> bool {
    let plain = name.chars().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_');
    plain && name.starts_with(|sign: char| sign.is_ascii_lowercase()) && !matches!(name, "request" | "none")
}

impl Reader {
    pub(super) fn form_note(&mut self, lines: &[Line<'_>], schema: &Node) -> Option<Member> {
        let mut found = None;
        for line in lines.iter().filter(|line| line.is("form")) {
            let row = line.row;
            line.how.check(row.number, &[], &mut self.bad);
            self.empty(row, &[("target", &row.target), ("source", &row.source), ("lock", &row.lock)]);
            self.label(row, "label", &row.label, text(schema, "title"));
            if found.replace(row).is_some() {
                self.report(row, "how", "Chỉ có một dòng `form`.", "There is one row `form` only.");
            }
        }
        found.filter(|row| !row.note.is_empty()).map(|row| member("note", words(&row.note)))
    }

    pub(super) fn persons(&mut self, lines: &[Line<'_>]) -> Node {
        let mut persons: Vec<Member> = Vec::new();
        for line in lines.iter().filter(|line| line.is("person")) {
            let row = line.row;
            line.how.check(row.number, &["lookup", "filer"], &mut self.bad);
            self.empty(row, &[("source", &row.source), ("lock", &row.lock), ("section", &row.section)]);
            if row.target.is_empty() || persons.iter().any(|person| person.key == row.target) {
                self.report(
                    row,
                    "target",
                    "Cần tên vai, mỗi vai một dòng.",
                    "A role's name is needed, one row a role.",
                );
                continue;
            }
            if !is_role(&row.target) {
                let (vi, en) =
                    ("Tên vai gồm chữ thường không dấu, số, _.", "A role's name has lower-case letters, digits, _.");
                self.report(row, "target", vi, en);
            }
            if row.label.trim().is_empty() {
                self.report(row, "label", "Thiếu tên vai bằng tiếng Việt.", "The role's Vietnamese name is missing.");
            }
            let mut role = vec![member("label", words(&row.label))];
            role.extend(
                ["lookup", "filer"].into_iter().filter(|word| line.how.has(word)).map(|word| member(word, yes(true))),
            );
            role.extend(note(row));
            persons.push(member(&row.target, object(role)));
        }
        object(persons)
    }

    pub(super) fn applicant(&mut self, lines: &[Line<'_>]) -> Option<Node> {
        let mut applicants = lines.iter().filter(|line| line.is("applicant"));
        let Some(line) = applicants.next() else {
            let (vi, en) = ("Thiếu dòng `applicant`: ai ở quầy giữ vai nào.", "The row `applicant` is missing.");
            self.bad.push(BadCell::new(self.first, "", vi, en));
            return None;
        };
        let row = line.row;
        if let Some(second) = applicants.next() {
            self.report(second.row, "how", "Chỉ có một dòng `applicant`.", "There is one row `applicant` only.");
        }
        line.how.check(row.number, &["ask", "by_gender"], &mut self.bad);
        self.empty(row, &[("target", &row.target), ("label", &row.label), ("lock", &row.lock)]);
        let roles: Vec<&str> = row.source.split('|').map(str::trim).collect();
        let inside = if line.how.has("by_gender") {
            let mut table: Vec<Member> = Vec::new();
            for pair in roles {
                match pair.split_once('=').map(|(code, role)| (code.trim(), role.trim())) {
                    Some((code, role)) if table.iter().all(|member| member.key != code) => {
                        table.push(member(code, words(role)));
                    }
                    _ => self.report(row, "source", "Viết: 1=vai | 2=vai", "Write: 1=role | 2=role"),
                }
            }
            member("by_gender", object(table))
        } else if line.how.has("ask") {
            member("ask", list(roles.into_iter().map(words).collect()))
        } else {
            self.empty(row, &[("note", &row.note)]);
            return Some(words(&row.source));
        };
        Some(object(std::iter::once(inside).chain(note(row)).collect()))
    }

    pub(super) fn provenance(&mut self, lines: &[Line<'_>]) -> Option<Node> {
        let lines: Vec<&Line<'_>> = lines.iter().filter(|line| line.is("provenance")).collect();
        let Some(head) = lines.first() else {
            let (vi, en) = ("Thiếu dòng `provenance`: nguồn gốc của ánh xạ.", "The row `provenance` is missing.");
            self.bad.push(BadCell::new(self.first, "", vi, en));
            return None;
        };
        for (index, line) in lines.iter().enumerate() {
            let row = line.row;
            let known: &[&str] = if index == 0 { &["confidence", "required_basis"] } else { &[] };
            line.how.check(row.number, known, &mut self.bad);
            self.empty(row, &[("target", &row.target), ("label", &row.label), ("lock", &row.lock)]);
            if row.source.is_empty() {
                self.report(row, "source", "Thiếu nguồn đã xem.", "What was seen is missing.");
            }
            if index > 0 {
                self.empty(row, &[("note", &row.note)]);
            }
        }
        let sources = lines.iter().filter(|line| !line.row.source.is_empty()).map(|line| words(&line.row.source));
        let mut members = vec![member("source", list(sources.collect()))];
        match head.how.value("confidence") {
            Some(confidence) => members.push(member("confidence", words(confidence))),
            None => self.report(
                head.row,
                "how",
                "Thiếu confidence=high|medium|low.",
                "confidence=high|medium|low is missing.",
            ),
        }
        if let Some(basis) = head.how.value("required_basis") {
            if !BASES.contains(&basis) {
                let (vi, en) =
                    ("required_basis là marked, judged hoặc null.", "required_basis is marked, judged or null.");
                self.bad.push(BadCell::new(head.row.number, "how", vi, en).suggesting(basis, BASES));
            }
            let basis = if basis == "null" { node(Kind::Null) } else { words(basis) };
            members.push(member("required_basis", basis));
        }
        members.extend(note(head.row));
        Some(object(members))
    }
}
