//! Writing replies as SOAP (PROTOCOL §5), in one of the styles.
//!
//! The values arrive the same whatever the style; only names of prefixes and the look of "not given" change.

use std::io;

use super::reply_style::{Blank, Nobody, Style};
use super::reply_tree::{self, Content, Node};
use super::soap::{self, OPERATION_NAMESPACE, Xml};
use crate::citizen::Record;

/// Namespace of the record (QCVN 109:2017/BTTTT, PROTOCOL §5).
pub const RECORD_NAMESPACE: &str = "http://www.mic.gov.vn/dancu/1.0";
/// The time of the data that collections with attributes tell; any fixed one does.
pub const DATA_TIME: &str = "2026-01-05T08:00:00";

/// The reply with these people, none of them "nobody"; see [`nobody`] for that.
pub fn people(records: &[&Record], style: Style, namespace: &str) -> io::Result<String> {
    soap::envelope(style.soap_prefix, |xml| {
        let mut reply = Reply { xml, style };
        reply.open_collection(namespace, records.len())?;
        for record in records {
            reply.open("CongDan")?;
            for node in reply_tree::person(record, &style) {
                reply.node(&node)?;
            }
            reply.close("CongDan")?;
        }
        reply.close("CongdanCollection")
    })
}

/// The reply that says that nobody matches (PROTOCOL §6.1, §11).
pub fn nobody(style: Style) -> io::Result<String> {
    soap::envelope(style.soap_prefix, |xml| {
        let mut reply = Reply { xml, style };
        if style.nobody == Nobody::NoCollection {
            return Ok(());
        }
        reply.open_collection(RECORD_NAMESPACE, 0)?;
        if style.nobody == Nobody::EmptyPerson {
            reply.empty("CongDan")?;
        }
        reply.close("CongdanCollection")
    })
}

/// The reply of operation 033 (PROTOCOL §2).
pub fn existence(exists: bool, style: Style) -> io::Result<String> {
    soap::envelope(style.soap_prefix, |xml| {
        xml.start("dan:KetQuaXacThuc", &[("xmlns:dan", OPERATION_NAMESPACE)])?;
        xml.text("dan:TonTai", if exists { "true" } else { "false" })?;
        xml.end("dan:KetQuaXacThuc")
    })
}

struct Reply<'a> {
    xml: &'a mut Xml,
    style: Style,
}

impl Reply<'_> {
    fn node(&mut self, node: &Node<'_>) -> io::Result<()> {
        match &node.content {
            Content::Text(Some(text)) => self.text(node.name, text),
            Content::Code(Some(code)) => self.text(node.name, code),
            Content::Text(None) | Content::Code(None) => self.blank(node.name),
            Content::Group { given, children } => self.group(node.name, *given, children),
        }
    }

    /// A group; one of which nothing is given looks as the style says.
    fn group(&mut self, name: &str, given: bool, children: &[Node<'_>]) -> io::Result<()> {
        if !given && self.style.blank == Blank::Absent {
            return Ok(());
        }
        if !given && matches!(self.style.blank, Blank::Empty | Blank::Null) {
            return self.empty(name);
        }
        self.open(name)?;
        for child in children {
            self.node(child)?;
        }
        self.close(name)
    }

    /// A leaf that is not given (PROTOCOL §5.2 rule 2).
    fn blank(&mut self, name: &str) -> io::Result<()> {
        match self.style.blank {
            Blank::Absent => Ok(()),
            Blank::Empty | Blank::EmptyChildren => self.empty(name),
            Blank::Spaces => self.text(name, " \n "),
            Blank::Null => self.text(name, "null"),
        }
    }

    /// The collection, with the attributes of the standard where the style wants them.
    fn open_collection(&mut self, namespace: &str, count: usize) -> io::Result<()> {
        let declaration = match self.style.prefix {
            "" => "xmlns".to_owned(),
            prefix => format!("xmlns:{prefix}"),
        };
        let count = count.to_string();
        let all = [(declaration.as_str(), namespace), ("SoCongDan", &count), ("ThoiDiemDuLieu", DATA_TIME)];
        let attributes = if self.style.attributes { &all[..] } else { &all[..1] };
        self.xml.start(&self.tag("CongdanCollection"), attributes)
    }

    fn open(&mut self, name: &str) -> io::Result<()> {
        self.xml.start(&self.tag(name), &[])
    }

    fn close(&mut self, name: &str) -> io::Result<()> {
        self.xml.end(&self.tag(name))
    }

    fn empty(&mut self, name: &str) -> io::Result<()> {
        self.xml.empty(&self.tag(name), &[])
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.xml.text(&self.tag(name), text)
    }

    fn tag(&self, name: &str) -> String {
        match self.style.prefix {
            "" => name.to_owned(),
            prefix => format!("{prefix}:{name}"),
        }
    }
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
