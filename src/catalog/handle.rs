//! The catalogue in use: replaced as a whole while requests are answered.
//!
//! A request takes [`CatalogHandle::current`] once and keeps it to its end; taking it never waits. What was replaced is
//! freed when its last request has ended.

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;

use super::Catalog;

/// How a reload ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReloadResult {
    /// The new catalogue is in use.
    Ok,
    /// The old one stayed; this many findings were reported.
    Failed { findings: usize },
}

impl ReloadResult {
    /// The metric's label and the word of `/readyz`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed { .. } => "failed",
        }
    }

    /// The number of findings.
    pub fn findings(self) -> usize {
        match self {
            Self::Ok => 0,
            Self::Failed { findings } => findings,
        }
    }
}

/// The catalogue in use and how the last reload ended: always of the same moment.
pub struct CatalogState {
    pub catalog: Arc<Catalog>,
    /// `None`: nothing was reloaded since the start.
    pub last_reload: Option<(ReloadResult, Timestamp)>,
}

/// The place where everybody finds the catalogue. Only one task may replace it.
pub struct CatalogHandle(ArcSwap<CatalogState>);

impl CatalogHandle {
    /// Holds the catalogue that was loaded at the start.
    pub fn new(catalog: Catalog) -> Self {
        Self(ArcSwap::from_pointee(CatalogState { catalog: Arc::new(catalog), last_reload: None }))
    }

    /// The catalogue now; wait-free.
    pub fn current(&self) -> Arc<Catalog> {
        Arc::clone(&self.0.load().catalog)
    }

    /// The catalogue now and the last reload.
    pub fn state(&self) -> Arc<CatalogState> {
        self.0.load_full()
    }

    /// Puts a new catalogue in use and returns the old one.
    pub fn replace(&self, catalog: Catalog, at: Timestamp) -> Arc<Catalog> {
        let state = CatalogState { catalog: Arc::new(catalog), last_reload: Some((ReloadResult::Ok, at)) };
        Arc::clone(&self.0.swap(Arc::new(state)).catalog)
    }

    /// Notes that a reload was refused; the catalogue stays.
    pub fn keep(&self, findings: usize, at: Timestamp) {
        let last_reload = Some((ReloadResult::Failed { findings }, at));
        self.0.store(Arc::new(CatalogState { catalog: self.current(), last_reload }));
    }
}
