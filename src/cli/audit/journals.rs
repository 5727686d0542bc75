//! Searching several journals as if they were one: each in a thread of its own, their lines merged in the order of time.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, sync_channel};

use anyhow::Context as _;

use super::place::Opened;
use crate::audit::{self, Entry, Wanted};
use crate::cli::screen::Progress;

/// Lines that a journal may be ahead of the others.
const AHEAD: usize = 1024;

/// Hands every line that fits to `found`, with the name of its journal. Within a journal the order is the journal's own,
/// also where its clock was set back. How many lines could not be read.
///
/// # Errors
/// A journal cannot be read.
pub fn search(
    journals: &[Opened],
    wanted: &Wanted,
    found: &mut dyn FnMut(&str, Entry) -> ControlFlow<()>,
) -> anyhow::Result<u64> {
    let mut total = 0;
    for journal in journals {
        total += audit::segment_count(&journal.directory).with_context(|| journal.shown())?;
    }
    let mut progress = Progress::new(total);
    if let [journal] = journals {
        let searched = audit::search(&journal.directory, wanted, &mut |name| progress.step(name), &mut |entry| {
            found(&journal.name, entry)
        });
        return Ok(searched.with_context(|| journal.shown())?.unreadable);
    }
    let progress = Mutex::new(progress);
    std::thread::scope(|scope| {
        let mut sources = Vec::new();
        let mut searching = Vec::new();
        for journal in journals {
            let (sender, receiver) = sync_channel(AHEAD);
            let progress = &progress;
            searching.push(scope.spawn(move || {
                let mut tick = |name: &str| {
                    if let Ok(mut progress) = progress.lock() {
                        progress.step(name);
                    }
                };
                let searched = audit::search(&journal.directory, wanted, &mut tick, &mut |entry| {
                    // Nobody takes lines any more when the reader of the output went away.
                    if sender.send(entry).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
                });
                searched.with_context(|| journal.shown())
            }));
            sources.push((journal.name.as_str(), receiver));
        }
        merge(sources, found);
        let mut unreadable = 0;
        for thread in searching {
            let searched = thread.join().map_err(|_| anyhow::anyhow!("a search ended in a panic"))?;
            unreadable += searched?.unreadable;
        }
        Ok(unreadable)
    })
}

/// Of the lines that come next, always the oldest; of equal ones that of the journal named first.
fn merge(sources: Vec<(&str, Receiver<Entry>)>, found: &mut dyn FnMut(&str, Entry) -> ControlFlow<()>) {
    let mut next: Vec<_> = sources.into_iter().map(|(name, lines)| (name, lines.recv().ok(), lines)).collect();
    loop {
        let waiting = next.iter_mut().filter(|(_, line, _)| line.is_some());
        let oldest = waiting.min_by(|(_, a, _), (_, b, _)| {
            let time = |line: &Option<Entry>| line.as_ref().map(|line| line.time.clone());
            time(a).cmp(&time(b))
        });
        let Some((name, line, lines)) = oldest else { return };
        let Some(entry) = line.take() else { return };
        if found(name, entry).is_break() {
            return;
        }
        *line = lines.recv().ok();
    }
}
