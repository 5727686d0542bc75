//! The bytes of one line: what stands where, so that a chain can be proven without reading JSON.
//!
//! `{"time":"…24…","seq":N,` body `,"key":"…8…","prev":"…64…","mac":"…64…"}`. The MAC covers every byte before
//! `,"mac":`, so also the MAC of the line before. Time, counter, key, previous MAC and MAC stand at fixed places.

use jiff::Timestamp;

use super::keys::MacKeys;

/// A MAC as 64 hexadecimal digits in small letters.
pub type MacText = [u8; 64];
/// A time as `2026-11-25T04:25:00.123Z`.
pub type TimeText = [u8; 24];

/// What stands for the line before the first.
pub const GENESIS: MacText = [b'0'; 64];
/// Longer lines are not written and not accepted (ASM: many times the largest request).
pub const MAX_LINE: usize = 1 << 20;

const START: &[u8] = b"{\"time\":\"";
const SEQ: &[u8] = b"\",\"seq\":";
const KEY: &[u8] = b",\"key\":\"";
const PREV: &[u8] = b"\",\"prev\":\"";
const MAC: &[u8] = b",\"mac\":\"";
const END: &[u8] = b"\"}";
const SEALED: usize = MAC.len() + 64 + END.len();
const CLOCK_BACK: &[u8] = b",\"clock_back\":true";

/// Where the chain stands: the last line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    pub seq: u64,
    pub mac: MacText,
    /// `None` before the first line.
    pub time: Option<TimeText>,
}

impl Chain {
    /// Before the first line.
    pub const START: Self = Self { seq: 0, mac: GENESIS, time: None };
}

/// A line taken apart; nothing is proven yet.
pub struct Frame<'l> {
    pub time: &'l [u8],
    pub seq: u64,
    pub key: &'l [u8],
    pub prev: &'l [u8],
    pub mac: &'l [u8],
    /// What the MAC covers.
    pub signed: &'l [u8],
}

impl<'l> Frame<'l> {
    /// Takes a line apart (without its line feed); `None` when it has not the shape of one.
    pub fn read(line: &'l [u8]) -> Option<Self> {
        let (signed, sealed) = line.split_at_checked(line.len().checked_sub(SEALED)?)?;
        let mac = sealed.strip_prefix(MAC)?.strip_suffix(END)?;
        let rest = signed.strip_prefix(START)?;
        let (time, rest) = rest.split_at_checked(24)?;
        let rest = rest.strip_prefix(SEQ)?.strip_suffix(b"\"")?;
        let (rest, prev) = rest.split_at_checked(rest.len().checked_sub(64)?)?;
        let rest = rest.strip_suffix(PREV)?;
        let (rest, key) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
        let rest = rest.strip_suffix(KEY)?;
        let digits = rest.iter().position(|byte| *byte == b',')?;
        let seq = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
        Some(Self { time, seq, key, prev, mac, signed })
    }

    /// Whether the line's own MAC is right; `None`: its key is not at hand.
    pub fn is_proven(&self, keys: &MacKeys) -> Option<bool> {
        keys.mac_with(self.key, self.signed).map(|mac| mac == self.mac)
    }

    /// Whether the line itself says that the clock was set back before it.
    pub fn says_clock_back(&self) -> bool {
        let before_key = self.signed.len().checked_sub(1 + 64 + PREV.len() + 8 + KEY.len());
        before_key.and_then(|end| self.signed.get(..end)).is_some_and(|body| body.ends_with(CLOCK_BACK))
    }

    /// The chain after this line.
    pub fn chain(&self) -> Chain {
        let (mut mac, mut time) = (GENESIS, [0; 24]);
        mac.copy_from_slice(self.mac);
        time.copy_from_slice(self.time);
        Chain { seq: self.seq, mac, time: Some(time) }
    }
}

/// Appends a line with line feed to `out`; `body` is members without braces. The clock may slew by less than a second,
/// then the time of the line before stands; if it was set back further, the line says so.
pub fn append(out: &mut Vec<u8>, chain: &mut Chain, now: Timestamp, body: &str, keys: &MacKeys) {
    let mut time = time_text(now);
    let mut back = false;
    if let Some(before) = chain.time.filter(|before| *before > time) {
        back = since(&before, now) >= 1000;
        if !back {
            time = before;
        }
    }
    let start = out.len();
    out.extend_from_slice(START);
    out.extend_from_slice(&time);
    out.extend_from_slice(SEQ);
    out.extend_from_slice((chain.seq + 1).to_string().as_bytes());
    out.push(b',');
    out.extend_from_slice(body.as_bytes());
    if back {
        out.extend_from_slice(CLOCK_BACK);
    }
    out.extend_from_slice(KEY);
    out.extend_from_slice(keys.id());
    out.extend_from_slice(PREV);
    out.extend_from_slice(&chain.mac);
    out.push(b'"');
    let mac = keys.mac(&out[start..]);
    out.extend_from_slice(MAC);
    out.extend_from_slice(&mac);
    out.extend_from_slice(END);
    out.push(b'\n');
    *chain = Chain { seq: chain.seq + 1, mac, time: Some(time) };
}

/// Milliseconds by which `before` is later than `now`; the most there is when it cannot be read.
fn since(before: &TimeText, now: Timestamp) -> i64 {
    let before: Option<Timestamp> = std::str::from_utf8(before).ok().and_then(|text| text.parse().ok());
    before.map_or(i64::MAX, |before| before.as_millisecond() - now.as_millisecond())
}

/// A time as the journal writes it. Years of other than four digits do not occur on a working clock.
pub fn time_text(time: Timestamp) -> TimeText {
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let written = format!("{time:.3}");
    if written.len() == text.len() {
        text.copy_from_slice(written.as_bytes());
    }
    text
}

/// Hexadecimal digits of 32 bytes.
pub fn hex(bytes: &[u8]) -> MacText {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = GENESIS;
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    text
}

/// Text of ASCII bytes, for messages.
pub fn ascii(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '\u{fffd}' }).collect()
}
