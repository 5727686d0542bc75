//! From the events of a parser to a tree of what somebody reads: the rest is passed over without being kept.
//!
//! What is passed over is still counted, bounded in depth and number, and marked, so that contradictions are seen and
//! "nothing was said" is told from "something was said that nobody reads". The largest tree that can come out holds
//! [`MAX_KEPT`] elements and [`MAX_TEXT`] bytes of text (and one wrapped message, as long as the body): below 4 MiB for
//! a body of 1 MiB (RISKS U4). It must not know of XML or JSON.

use std::sync::Arc;

use super::mark::Mark;
use super::plan::{Care, Kind, Plan, Ticket};
use super::tree::{Element, Literal, Namespace, Skipped};
use super::{MAX_DEPTH, MAX_ELEMENTS, MAX_KEPT, MAX_TEXT};
use crate::population::outcome::MalformedCause;

type Read<T> = Result<T, MalformedCause>;

/// A namespace as the parser has it.
#[derive(Clone, Copy)]
pub enum Space<'a> {
    Json,
    Unbound,
    Bound(&'a str),
}

impl Space<'_> {
    fn is(self, namespace: &Namespace) -> bool {
        match (self, namespace) {
            (Self::Json, Namespace::Json) | (Self::Unbound, Namespace::Unbound) => true,
            (Self::Bound(uri), namespace) => namespace.is(uri),
            _ => false,
        }
    }
}

/// What was read and how much of it there is.
pub struct Sifted {
    pub root: Element,
    /// Elements of the record and its groups that the protocol does not know. One inside another counts once.
    pub unknown: u64,
}

/// The elements that are open, from the root down, and the finished root.
pub struct Sieve {
    plan: Plan,
    open: Vec<Frame>,
    root: Option<Element>,
    elements: usize,
    kept: usize,
    kept_text: usize,
    unknown: u64,
    last_namespace: Option<Arc<str>>,
}

struct Frame {
    kind: Kind,
    care: Care,
    element: Element,
    mark: Mark,
}

impl Sieve {
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            open: Vec::with_capacity(8),
            root: None,
            elements: 0,
            kept: 0,
            kept_text: 0,
            unknown: 0,
            last_namespace: None,
        }
    }

    /// Whether no root was opened yet.
    pub fn is_untouched(&self) -> bool {
        self.open.is_empty() && self.root.is_none()
    }

    /// Whether nothing is open: before the root, or behind it.
    pub fn is_outside(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether the text of the element that is open is wanted as it is.
    pub fn keeps_text(&self) -> bool {
        self.open.last().is_some_and(|frame| frame.care == Care::Keep)
    }

    /// Whether what is open is in no protocol: what is said there, and how, is not our affair.
    pub fn is_in_unknown(&self) -> bool {
        self.open.last().is_some_and(|frame| matches!(frame.care, Care::Drop | Care::Ignore))
    }

    /// How an element of this name would be taken where we are; an XML element is the root when nothing is open.
    pub fn recognise(&self, name: &str, space: Space<'_>) -> Ticket {
        let Some(holder) = self.open.last() else { return self.plan.xml_root(name) };
        if matches!(holder.care, Care::Drop | Care::Ignore) {
            return Ticket::UNKNOWN;
        }
        let mut ticket = self.plan.child(holder.kind, name);
        if holder.care == Care::PassOver && ticket.care == Care::Keep {
            ticket.care = Care::PassOver;
        }
        let foreign = holder.care == Care::Keep
            && holder.kind.must_belong(ticket.kind)
            && !matches!(space, Space::Unbound)
            && !space.is(&holder.element.namespace);
        if foreign { Ticket::UNKNOWN } else { ticket }
    }

    /// Opens an element.
    pub fn open(&mut self, ticket: &Ticket, space: Space<'_>) -> Read<()> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(MalformedCause::TooLarge);
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(MalformedCause::TooDeep);
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(MalformedCause::NotWellFormed);
        }
        let mut care = ticket.care;
        if let Some(holder) = self.open.last() {
            if care == Care::Drop && holder.kind.is_of_the_record() {
                self.unknown += 1;
            }
            // Nothing is read of a second person: that there is one decides.
            if ticket.kind == Kind::Person && holder.element.child("CongDan").is_some() {
                care = Care::PassOver;
            }
        }
        let is_kept = match (care, self.open.last()) {
            (Care::Keep, _) | (Care::PassOver, None) => true,
            (Care::PassOver, Some(holder)) => holder.care == Care::Keep,
            (Care::Drop | Care::Ignore, _) => false,
        };
        let element = if is_kept {
            self.kept += 1;
            if self.kept > MAX_KEPT {
                return Err(MalformedCause::TooLarge);
            }
            Element::new(self.namespace(space), ticket.name.clone())
        } else {
            Element::new(Namespace::Unbound, ticket.name.clone())
        };
        self.open.push(Frame { kind: ticket.kind, care, element, mark: Mark::default() });
        Ok(())
    }

    /// Text of the element that is open. The characters were checked.
    pub fn text(&mut self, text: &str) -> Read<()> {
        let Some(frame) = self.open.last_mut() else { return Err(MalformedCause::NotWellFormed) };
        match frame.care {
            Care::Keep => {}
            Care::PassOver => {
                frame.mark.text(text);
                return Ok(());
            }
            Care::Drop | Care::Ignore => {
                frame.mark.unknown_text(text);
                return Ok(());
            }
        }
        if frame.kind != Kind::Message {
            self.kept_text += text.len();
            if self.kept_text > MAX_TEXT {
                return Err(MalformedCause::TooLarge);
            }
        }
        frame.element.push_text(text);
        Ok(())
    }

    /// As what the value of the element that is open was written.
    pub fn literal(&mut self, literal: Literal) {
        if let Some(frame) = self.open.last_mut() {
            frame.element.literal = literal;
        }
    }

    /// Closes the element that is open.
    pub fn close(&mut self) -> Read<()> {
        let Some(mut frame) = self.open.pop() else { return Err(MalformedCause::NotWellFormed) };
        if frame.care == Care::PassOver {
            let (given, mark) = (frame.mark.is_given(), Some(frame.mark.value()));
            frame.element.skipped = Skipped { elements: 0, given, mark };
        }
        let Some(holder) = self.open.last_mut() else {
            self.root = Some(frame.element);
            return Ok(());
        };
        match (frame.care, holder.care) {
            (Care::Keep, _) | (Care::PassOver, Care::Keep) => holder.element.children.push(frame.element),
            (Care::PassOver, _) => holder.mark.child(&frame.element.name, &frame.mark),
            (Care::Drop, Care::Keep) => {
                holder.element.skipped.elements += 1;
                holder.element.skipped.given |= frame.mark.is_given();
            }
            (Care::Drop, _) => holder.mark.unknown_child(&frame.mark),
            (Care::Ignore, _) => {}
        }
        Ok(())
    }

    /// The whole document.
    pub fn finish(mut self) -> Read<Sifted> {
        if !self.open.is_empty() {
            return Err(MalformedCause::Truncated);
        }
        let root = self.root.take().ok_or(MalformedCause::NotWellFormed)?;
        Ok(Sifted { root, unknown: self.unknown })
    }

    /// The same namespace comes again and again: kept once.
    fn namespace(&mut self, space: Space<'_>) -> Namespace {
        let uri = match space {
            Space::Json => return Namespace::Json,
            Space::Unbound => return Namespace::Unbound,
            Space::Bound(uri) => uri,
        };
        match &self.last_namespace {
            Some(last) if **last == *uri => Namespace::Bound(Arc::clone(last)),
            _ => {
                let shared: Arc<str> = Arc::from(uri);
                self.last_namespace = Some(Arc::clone(&shared));
                Namespace::Bound(shared)
            }
        }
    }
}
