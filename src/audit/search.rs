//! Finding lines: the whole journal as a stream, read as JSON only where the bytes already fit.
//!
//! Searching proves nothing: what is found is only as good as `verify` says.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use memchr::memmem::Finder;

use super::entry::Entry;
use super::keys::CitizenToken;
use super::line::{Frame, TimeText, ascii};
use super::segments::{Line, Lines, list};

/// What is looked for; everything that is given must fit.
#[derive(Default)]
pub struct Wanted {
    /// Any of what stands for one citizen.
    pub citizen: Option<Vec<CitizenToken>>,
    pub officer: Option<String>,
    pub dossier: Option<String>,
    pub caller: Option<String>,
    /// Inclusive.
    pub since: Option<TimeText>,
    /// Exclusive.
    pub until: Option<TimeText>,
    /// Only lines of these kinds; empty: of all.
    pub kinds: Vec<&'static str>,
}

/// How much was looked through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Searched {
    pub lines: u64,
    /// Lines that could not be read; `verify` says more.
    pub unreadable: u64,
}

/// The bytes that a line must hold for one of the conditions.
struct Needles(Vec<Vec<Finder<'static>>>);

impl Needles {
    fn of(wanted: &Wanted) -> Self {
        let member = |name: &str, value: &Option<String>| {
            let value = value.as_ref()?;
            // The same writer that writes the lines, so the same escapes.
            let text = serde_json::to_string(value).ok()?;
            Some(vec![Finder::new(format!("\"{name}\":{text}").as_bytes()).into_owned()])
        };
        let tokens = wanted.citizen.as_ref();
        let tokens = tokens.map(|all| all.iter().map(|one| Finder::new(one.text()).into_owned()).collect());
        let kinds: Vec<Finder<'static>> =
            wanted.kinds.iter().map(|kind| Finder::new(&format!("\"kind\":\"{kind}\"")).into_owned()).collect();
        let kinds = Some(kinds).filter(|kinds| !kinds.is_empty());
        let members =
            [member("officer", &wanted.officer), member("dossier", &wanted.dossier), member("caller", &wanted.caller)];
        Self([tokens, kinds].into_iter().chain(members).flatten().collect())
    }

    fn all_in(&self, line: &[u8]) -> bool {
        self.0.iter().all(|any| any.iter().any(|needle| needle.find(line).is_some()))
    }
}

impl Wanted {
    fn fits(&self, entry: &Entry) -> bool {
        let same = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        let citizen = self.citizen.as_ref().is_none_or(|tokens| {
            entry.people.iter().any(|person| tokens.iter().any(|token| token.text() == person.citizen))
        });
        let time = |limit: &Option<TimeText>| limit.as_ref().map(|limit| ascii(limit));
        citizen
            && same(&self.officer, &entry.officer)
            && same(&self.dossier, &entry.dossier)
            && same(&self.caller, &entry.caller)
            && time(&self.since).is_none_or(|since| entry.time >= since)
            && time(&self.until).is_none_or(|until| entry.time < until)
            && (self.kinds.is_empty() || self.kinds.contains(&entry.kind.as_str()))
    }
}

/// Hands every line that fits to `found`, in the order of the journal, until it breaks off. `tick` is told after each
/// segment.
///
/// # Errors
/// The files cannot be read.
pub fn search(
    directory: &Path,
    wanted: &Wanted,
    tick: &mut dyn FnMut(&str),
    found: &mut dyn FnMut(Entry) -> ControlFlow<()>,
) -> io::Result<Searched> {
    let needles = Needles::of(wanted);
    let mut searched = Searched::default();
    for segment in list(directory)? {
        let mut lines = Lines::open(&segment.path)?;
        while let Some(line) = lines.next()? {
            let Line::Whole(line) = line else { break };
            searched.lines += 1;
            let Some(frame) = Frame::read(line) else {
                searched.unreadable += 1;
                continue;
            };
            let early = wanted.since.as_ref().is_some_and(|since| frame.time < &since[..]);
            let late = wanted.until.as_ref().is_some_and(|until| frame.time >= &until[..]);
            if early || late || !needles.all_in(line) {
                continue;
            }
            let Some(entry) = Entry::read(line) else {
                searched.unreadable += 1;
                continue;
            };
            if wanted.fits(&entry) && found(entry).is_break() {
                return Ok(searched);
            }
        }
        tick(&segment.name());
    }
    Ok(searched)
}

/// The number of segments, for a counter of progress.
///
/// # Errors
/// The directory cannot be read.
pub fn segment_count(directory: &Path) -> io::Result<usize> {
    Ok(list(directory)?.len())
}
