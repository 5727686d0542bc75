//! Taking an object's members by name, so that nothing unknown slips through.

use std::ops::Range;

use super::{Finding, Kind, Member, Node, escape, expected, expected_text, printable};

/// Takes the members of one object by name and reports what is missing, of the wrong shape, or left over.
pub struct ObjectReader<'n, 'f> {
    members: &'n [Member],
    span: Range<usize>,
    pointer: String,
    taken: Vec<&'static str>,
    findings: &'f mut Vec<Finding>,
}

impl<'n, 'f> ObjectReader<'n, 'f> {
    /// Starts on a node; `None` (with a finding) when it is no object.
    pub fn new(node: &'n Node, pointer: impl Into<String>, findings: &'f mut Vec<Finding>) -> Option<Self> {
        let pointer = pointer.into();
        let Some(members) = node.as_object() else {
            findings.push(expected("expected_object", &pointer, node, "một đối tượng { … }", "an object { … }"));
            return None;
        };
        Some(Self { members, span: node.span.clone(), pointer, taken: Vec::new(), findings })
    }

    /// The pointer of a member of this object.
    pub fn pointer_of(&self, key: &str) -> String {
        format!("{}/{}", self.pointer, escape(key))
    }

    /// The findings list, for checks that the caller makes itself.
    pub fn findings(&mut self) -> &mut Vec<Finding> {
        self.findings
    }

    /// A member of any shape; JSON `null` is kept as a value.
    pub fn node(&mut self, key: &'static str) -> Option<&'n Node> {
        if !self.taken.contains(&key) {
            self.taken.push(key);
        }
        self.members.iter().find(|member| member.key == key).map(|member| &member.value)
    }

    /// A member of any shape that must be there.
    pub fn required_node(&mut self, key: &'static str) -> Option<&'n Node> {
        let found = self.node(key);
        if found.is_none() {
            self.findings.push(Finding::new(
                "missing_member",
                self.pointer.clone(),
                self.span.start..(self.span.start + 1).min(self.span.end),
                format!("Thiếu khóa bắt buộc `{key}`."),
                format!("The member `{key}` is required."),
            ));
        }
        found
    }

    /// A text member.
    pub fn text(&mut self, key: &'static str) -> Option<&'n str> {
        let node = self.node(key)?;
        self.as_text(key, node)
    }

    /// A text member that must be there.
    pub fn required_text(&mut self, key: &'static str) -> Option<&'n str> {
        let node = self.required_node(key)?;
        self.as_text(key, node)
    }

    /// A text member that must be there, with its place.
    pub fn required_spanned(&mut self, key: &'static str) -> Option<(String, Range<usize>)> {
        let node = self.required_node(key)?;
        self.as_text(key, node).map(|text| (text.to_owned(), node.span.clone()))
    }

    /// A `true`/`false` member.
    pub fn bool(&mut self, key: &'static str) -> Option<bool> {
        let node = self.node(key)?;
        if let Kind::Bool(value) = node.kind {
            return Some(value);
        }
        let pointer = self.pointer_of(key);
        self.findings.push(expected("expected_boolean", &pointer, node, "true hoặc false", "true or false"));
        None
    }

    /// A list of texts that must be there.
    pub fn required_texts(&mut self, key: &'static str) -> Vec<(&'n str, Range<usize>)> {
        self.required_node(key);
        self.texts(key)
    }

    /// A list of texts; an absent member is an empty list.
    pub fn texts(&mut self, key: &'static str) -> Vec<(&'n str, Range<usize>)> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let pointer = self.pointer_of(key);
        let Some(items) = node.as_list() else {
            self.findings.push(expected("expected_list", &pointer, node, "một danh sách [ … ]", "a list [ … ]"));
            return Vec::new();
        };
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item.as_text() {
                Some(text) => texts.push((text, item.span.clone())),
                None => self.findings.push(expected_text(&format!("{pointer}/{index}"), item)),
            }
        }
        texts
    }

    /// Reports every member that nobody took, with the nearest known name.
    pub fn finish(self) {
        for member in self.members {
            if self.taken.contains(&member.key.as_str()) {
                continue;
            }
            let known = self.taken.join(", ");
            self.findings.push(
                Finding::new(
                    "unknown_member",
                    printable(&format!("{}/{}", self.pointer, escape(&member.key))),
                    member.key_span.clone(),
                    format!("Khóa lạ. Ở đây chỉ có: {known}."),
                    format!("Unknown member. Known here: {known}."),
                )
                .suggesting(&member.key, self.taken.iter().copied()),
            );
        }
    }

    fn as_text(&mut self, key: &str, node: &'n Node) -> Option<&'n str> {
        let text = node.as_text();
        if text.is_none() {
            let pointer = self.pointer_of(key);
            self.findings.push(expected_text(&pointer, node));
        }
        text
    }
}
