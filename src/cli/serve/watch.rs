//! Watching the catalogue's folders.
//!
//! Folders are watched, not files: editors replace a file by renaming another one over it. The folders' parents are
//! watched too, so that a whole folder may be replaced. What is named like an editor's temporary file is passed over.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use crate::catalog::places;

/// A change is taken up when nothing more has changed for this long …
const QUIET: Duration = Duration::from_millis(300);
/// … or this long after the first.
const LONGEST: Duration = Duration::from_secs(2);

/// Tells when files of the catalogue have changed.
pub struct Watch {
    services: PathBuf,
    schemas: PathBuf,
    changed: Arc<Notify>,
    /// `None`: this machine could not watch, as of the last attempt.
    watcher: Option<RecommendedWatcher>,
}

impl Watch {
    /// Watches nothing before the first [`Watch::renew`].
    pub fn new(services: &Path, schemas: &Path) -> Self {
        Self {
            services: services.to_owned(),
            schemas: schemas.to_owned(),
            changed: Arc::new(Notify::new()),
            watcher: None,
        }
    }

    /// Watches the folders that stand at the paths now; a folder that was replaced is another folder. On an error
    /// what was watched stays watched.
    ///
    /// # Errors
    /// The machine's reason, for example its limit of watches.
    pub fn renew(&mut self) -> notify::Result<()> {
        self.watcher = Some(watcher(&self.services, &self.schemas, Arc::clone(&self.changed))?);
        Ok(())
    }

    /// Waits for a change, and then until it seems complete.
    pub async fn settled(&self) {
        self.changed.notified().await;
        let quiet = async { while tokio::time::timeout(QUIET, self.changed.notified()).await.is_ok() {} };
        // A folder that never comes to rest must not keep the old catalogue in use for ever.
        let _ = tokio::time::timeout(LONGEST, quiet).await;
    }
}

fn watcher(services: &Path, schemas: &Path, changed: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let (services, schemas) = (anchored(services)?, anchored(schemas)?);
    let places = places(&services, &schemas);
    let mut folders: BTreeSet<PathBuf> = places.iter().map(|place| place.folder.clone()).collect();
    folders.insert(schemas);
    let parents: Vec<PathBuf> = folders.iter().filter_map(|folder| folder.parent()).map(Path::to_owned).collect();
    let of_catalogue = folders.clone();
    folders.extend(parents);
    let concerns = move |path: &Path| of_catalogue.contains(path) || places.iter().any(|place| place.reads(path));
    let told = move |event: notify::Result<Event>| {
        if is_change(&event, &concerns) {
            changed.notify_one();
        }
    };
    let mut watcher = notify::recommended_watcher(told)?;
    for folder in folders {
        match watcher.watch(&folder, RecursiveMode::NonRecursive) {
            // The load tells about it; when it appears, its parent's watch tells.
            Err(error) if is_missing(&error) => {}
            other => other?,
        }
    }
    Ok(watcher)
}

/// An absolute path whose last name is kept: when that is a link or a folder, it may be replaced.
fn anchored(path: &Path) -> io::Result<PathBuf> {
    let (Some(name), Some(parent)) = (path.file_name(), path.parent()) else { return path.canonicalize() };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    Ok(parent.canonicalize()?.join(name))
}

/// Reading changes nothing: the loader's own reading must not start it again.
fn is_change(event: &notify::Result<Event>, concerns: &impl Fn(&Path) -> bool) -> bool {
    // An error or a full queue may have swallowed a change.
    let Ok(event) = event else { return true };
    let writes = match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    };
    event.need_rescan() || writes && event.paths.iter().any(|path| concerns(path))
}

fn is_missing(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
        _ => false,
    }
}
