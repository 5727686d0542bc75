//! Heads of the chain outside its lines: how far it had gone at a moment, under a MAC of their own.
//!
//! Three uses: `head.json` in the journal's directory (a cut tail is seen at once), anchors that lie elsewhere (a file,
//! a log collector: they prove something against the owner of the directory), and `sealed.json`, from which the rest
//! verifies after older segments were pruned.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use jiff::Timestamp;

use super::hex::MacText;
use super::keys::MacKeys;
use super::line::{Chain, TimeText, ascii, time_text};

/// The current head, in the journal's directory.
pub const HEAD_FILE: &str = "head.json";
/// Where the chain begins after pruning, in the journal's directory.
pub const SEALED_FILE: &str = "sealed.json";

const START: &str = "{\"head\":";
/// Bytes at the end of a file of heads in which the last one surely stands.
const END: u64 = 4096;
const SEAL: &str = ",\"seal\":\"";

/// How far the chain had gone.
#[derive(Clone, PartialEq, Eq)]
pub struct Head {
    pub seq: u64,
    pub mac: MacText,
    /// Time of the line.
    pub time: TimeText,
    /// When the head was taken.
    pub taken: TimeText,
    /// Of a sealed head: segments that were removed below it, and the time of the first line removed.
    pub removed: Option<(u64, TimeText)>,
}

#[derive(serde::Deserialize)]
struct Written {
    head: u64,
    mac: String,
    time: String,
    taken: String,
    removed_segments: Option<u64>,
    removed_from: Option<String>,
    key: String,
    seal: String,
}

impl Head {
    /// The head of this chain, taken now; `None` before the first line.
    pub fn of(chain: &Chain, now: Timestamp) -> Option<Self> {
        Some(Self { seq: chain.seq, mac: chain.mac, time: chain.time?, taken: time_text(now), removed: None })
    }

    /// The chain up to here.
    pub fn chain(&self) -> Chain {
        Chain { seq: self.seq, mac: self.mac, time: Some(self.time) }
    }

    /// One line of JSON under a seal, without line feed.
    pub fn text(&self, keys: &MacKeys) -> String {
        let mut text = format!(
            "{START}{},\"mac\":\"{}\",\"time\":\"{}\",\"taken\":\"{}\"",
            self.seq,
            ascii(&self.mac),
            ascii(&self.time),
            ascii(&self.taken)
        );
        if let Some((segments, from)) = &self.removed {
            text.push_str(&format!(",\"removed_segments\":{segments},\"removed_from\":\"{}\"", ascii(from)));
        }
        text.push_str(&format!(",\"key\":\"{}\"", ascii(keys.id())));
        let seal = keys.mac(text.as_bytes());
        text.push_str(&format!("{SEAL}{}\"}}", ascii(&seal)));
        text
    }

    /// Reads a head and proves its seal. What stands before it in the line (a syslog header) does not matter.
    ///
    /// # Errors
    /// An English word for what is wrong; `Ok(None)`: the line holds no head.
    pub fn read(line: &str, keys: &MacKeys) -> Result<Option<Self>, &'static str> {
        let Some(start) = line.find(START) else { return Ok(None) };
        let text = line[start..].trim_end();
        let written: Written = serde_json::from_str(text).map_err(|_| "is not a whole head")?;
        let signed = text.rfind(SEAL).and_then(|end| text.get(..end)).ok_or("is not a whole head")?;
        match keys.mac_with(written.key.as_bytes(), signed.as_bytes()) {
            None => return Err("is under a key that is not at hand"),
            Some(seal) if seal != written.seal.as_bytes() => return Err("has a wrong seal"),
            Some(_) => {}
        }
        // What stands behind the seal is under none: a removal that nobody sealed would excuse missing segments.
        if text.get(signed.len()..) != Some(format!("{SEAL}{}\"}}", written.seal).as_str()) {
            return Err("is not a whole head");
        }
        let head = Self {
            seq: written.head,
            mac: fixed(&written.mac).ok_or("is not a whole head")?,
            time: fixed(&written.time).ok_or("is not a whole head")?,
            taken: fixed(&written.taken).ok_or("is not a whole head")?,
            removed: match (written.removed_segments, written.removed_from.as_deref().and_then(fixed)) {
                (Some(segments), Some(from)) => Some((segments, from)),
                _ => None,
            },
        };
        Ok(Some(head))
    }
}

fn fixed<const N: usize>(text: &str) -> Option<[u8; N]> {
    text.as_bytes().try_into().ok()
}

/// A head in a file of its own.
pub enum HeadFile {
    Absent,
    Good(Head),
    /// What is wrong with it.
    Bad(&'static str),
}

/// Reads a file that holds one head.
///
/// # Errors
/// It is there and cannot be read.
pub fn read_file(path: &Path, keys: &MacKeys) -> io::Result<HeadFile> {
    let text = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HeadFile::Absent),
        Err(error) => return Err(error),
    };
    let Ok(text) = String::from_utf8(text) else { return Ok(HeadFile::Bad("is not text")) };
    Ok(match Head::read(&text, keys) {
        Ok(Some(head)) => HeadFile::Good(head),
        Ok(None) => HeadFile::Bad("holds no head"),
        Err(wrong) => HeadFile::Bad(wrong),
    })
}

/// The last head of a file that holds one a line (also of a file that holds only one). Only the end of the file is read.
///
/// # Errors
/// It is there and cannot be read.
pub fn last_of(path: &Path, keys: &MacKeys) -> io::Result<HeadFile> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HeadFile::Absent),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let text = String::from_utf8_lossy(&end);
    // A last line that is torn was being written when the machine stopped; the one before it is whole.
    let mut found = HeadFile::Absent;
    for line in text.lines().rev() {
        match Head::read(line, keys) {
            Ok(Some(head)) => return Ok(HeadFile::Good(head)),
            Ok(None) => {}
            Err(wrong) => found = HeadFile::Bad(wrong),
        }
    }
    Ok(found)
}
