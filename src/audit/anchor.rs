//! Telling the head of the chain to places outside the journal, so that a rewritten journal is found even when its
//! directory and its key were in the same hands. A place that does not answer never delays a disclosure.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::head::Head;
use super::keys::MacKeys;
use super::segments::private;
use super::syslog::Collector;
use super::writer::Health;
use crate::config::JournalSettings;

/// Where the head is told.
pub struct Anchors {
    keys: Arc<MacKeys>,
    file: Option<PathBuf>,
    collector: Option<(SyncSender<Head>, JoinHandle<()>)>,
    health: Arc<Mutex<Health>>,
}

impl Anchors {
    /// Prepares the places of the configuration; nobody is called yet.
    ///
    /// # Errors
    /// The collector's roots cannot be used, or no thread can be started.
    pub fn start(settings: &JournalSettings, keys: Arc<MacKeys>, health: Arc<Mutex<Health>>) -> io::Result<Self> {
        let collector = match &settings.anchor_syslog {
            None => None,
            Some(target) => {
                let collector = Collector::new(target)?;
                let (sender, receiver) = sync_channel::<Head>(4);
                let (keys, health) = (Arc::clone(&keys), Arc::clone(&health));
                let thread = std::thread::Builder::new().name("journal-anchor".to_owned()).spawn(move || {
                    for head in receiver {
                        if let Err(error) = collector.send(&head.taken, &head.text(&keys)) {
                            tracing::warn!(%error, "the head of the journal was not told to the log collector");
                            count_failure(&health);
                        }
                    }
                })?;
                Some((sender, thread))
            }
        };
        Ok(Self { keys, file: settings.anchor_file.clone(), collector, health })
    }

    /// Tells every place.
    pub fn tell(&self, head: &Head) {
        if let Some(file) = &self.file
            && let Err(error) = append(file, &head.text(&self.keys))
        {
            tracing::warn!(%error, "the head of the journal was not written to the anchor file");
            count_failure(&self.health);
        }
        if let Some((sender, _)) = &self.collector
            && sender.try_send(head.clone()).is_err()
        {
            count_failure(&self.health);
        }
    }

    /// Waits until the last head was told, or could not be.
    pub fn stop(&mut self) {
        if let Some((sender, thread)) = self.collector.take() {
            drop(sender);
            let _ = thread.join();
        }
    }
}

fn count_failure(health: &Mutex<Health>) {
    health.lock().unwrap_or_else(PoisonError::into_inner).failed_anchors += 1;
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = private().append(true).create(true).open(path)?;
    file.write_all(format!("{text}\n").as_bytes())?;
    file.sync_data()
}
