//! What is remembered of content that is passed over: whether it says anything, and a mark by which two such contents
//! are compared, so that also a block that nobody wants must not contradict itself (RISKS T7).
//!
//! The mark is a 64-bit hash (FNV-1a, public domain): no content can be had back from it, and nothing is allocated.

/// FNV-1a, 64 bits: offset basis and prime.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// The running mark of one element.
#[derive(Clone, Copy)]
pub struct Mark {
    /// Hash of the text up to its last character that is no white space.
    text: u64,
    /// Hash of the text with the white space behind it, in case more follows.
    running: u64,
    /// Bytes that `text` stands for.
    length: usize,
    /// Bytes that `running` stands for.
    running_length: usize,
    /// The first bytes, to know the text `null`.
    head: [u8; 4],
    /// Hash of the child elements.
    inner: u64,
    inner_given: bool,
}

impl Default for Mark {
    fn default() -> Self {
        Self {
            text: BASIS,
            running: BASIS,
            length: 0,
            running_length: 0,
            head: [0; 4],
            inner: BASIS,
            inner_given: false,
        }
    }
}

impl Mark {
    /// Takes a piece of the element's text.
    pub fn text(&mut self, piece: &str) {
        let piece = if self.running_length == 0 { piece.trim_start() } else { piece };
        let end = piece.trim_end().len();
        if end > 0 {
            self.bytes(&piece.as_bytes()[..end]);
            (self.text, self.length) = (self.running, self.running_length);
        }
        self.bytes(&piece.as_bytes()[end..]);
    }

    /// Takes a piece of the text of an unknown element: that something is said there is all that will be asked.
    pub fn unknown_text(&mut self, piece: &str) {
        if self.inner_given || piece.trim().len() > self.head.len() {
            self.inner_given = true;
        } else {
            self.text(piece);
        }
    }

    /// Takes a finished child that the protocol knows.
    pub fn child(&mut self, name: &str, child: &Self) {
        self.inner = hash(self.inner, name.as_bytes());
        self.inner = hash(self.inner, &child.value().to_le_bytes());
        self.inner_given |= child.is_given();
    }

    /// Takes a finished child that the protocol does not know: it counts as content, but is not compared.
    pub fn unknown_child(&mut self, child: &Self) {
        self.inner_given |= child.is_given();
    }

    /// Whether anything is said here or below (PROTOCOL §5.2 rule 2).
    pub fn is_given(&self) -> bool {
        self.inner_given || self.says_text()
    }

    /// The mark itself; equal contents have equal marks.
    pub fn value(&self) -> u64 {
        let text = if self.says_text() { self.text } else { BASIS };
        hash(text, &self.inner.to_le_bytes())
    }

    fn says_text(&self) -> bool {
        self.length > 0 && !(self.length == 4 && matches!(&self.head, b"null" | b"NULL"))
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let room = self.head.len().saturating_sub(self.running_length);
        for (at, byte) in bytes.iter().take(room).enumerate() {
            self.head[self.running_length + at] = *byte;
        }
        self.running = hash(self.running, bytes);
        self.running_length += bytes.len();
    }
}

/// The mark of a name.
pub fn of_name(name: &str) -> u64 {
    hash(BASIS, name.as_bytes())
}

fn hash(from: u64, bytes: &[u8]) -> u64 {
    // A line end is CR LF or LF, depending on who wrote it (XML 1.0 §2.11).
    bytes.iter().filter(|byte| **byte != b'\r').fold(from, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pieces: &[&str]) -> Mark {
        let mut mark = Mark::default();
        for piece in pieces {
            mark.text(piece);
        }
        mark
    }

    #[test]
    fn how_a_text_is_cut_and_padded_does_not_change_its_mark() {
        let whole = of(&["MẪU MỘT"]).value();
        for pieces in [&["MẪU", " MỘT"][..], &[" \n", "MẪU MỘ", "T\t"], &["  MẪU ", "MỘT", " ", "\n"], &["MẪU MỘT\r\n"]]
        {
            assert!(of(pieces).value() == whole);
        }
        for other in [&["MẪU MỐT"][..], &["MẪU"], &["MẪU  MỘT"], &[]] {
            assert!(of(other).value() != whole);
        }
    }

    #[test]
    fn blank_and_null_are_not_given() {
        for blank in [&[][..], &["", " \n"], &["nu", "ll"], &[" NULL "]] {
            assert!(!of(blank).is_given());
            assert!(of(blank).value() == Mark::default().value());
        }
        for given in [&["x"][..], &["nul"], &["nulls"], &["null", " x"], &["0"]] {
            assert!(of(given).is_given());
        }
    }

    #[test]
    fn unknown_text_is_given_or_not_like_any_other() {
        let cases: [(&[&str], bool); 8] = [
            (&[], false),
            (&[" ", "\n\t  "], false),
            (&["null"], false),
            (&["nu", "ll  "], false),
            (&["nu ", "ll"], true),
            (&["null", "s"], true),
            (&["x"], true),
            (&["dài hơn", " "], true),
        ];
        for (pieces, expected) in cases {
            let mut mark = Mark::default();
            pieces.iter().for_each(|piece| mark.unknown_text(piece));
            assert_eq!((mark.is_given(), of(pieces).is_given()), (expected, expected), "{pieces:?}");
        }
    }

    #[test]
    fn children_count_by_name_content_and_order() {
        let with = |children: &[(&str, &str)]| {
            let mut mark = Mark::default();
            for (name, text) in children {
                mark.child(name, &of(&[text]));
            }
            mark
        };
        assert!(with(&[("a", "1"), ("b", "2")]).value() == with(&[("a", " 1 "), ("b", "2")]).value());
        for other in
            [&[("b", "2"), ("a", "1")][..], &[("a", "1"), ("b", "3")], &[("a", "1")], &[("a", "1"), ("c", "2")]]
        {
            assert!(with(other).value() != with(&[("a", "1"), ("b", "2")]).value());
        }
        assert!(with(&[("a", "x")]).is_given() && !with(&[("a", " ")]).is_given());
    }
}
