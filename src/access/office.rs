//! The whole room in one value: what the service holds and hands to its handlers.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::alarm::{Alarm, Alarms};
use super::authenticate::Authenticator;
use super::callers::CallersHandle;
use super::keyed_hash::HashKey;
use super::moment::Moment;
use super::quota::{Quotas, SharedQuotas};
use super::release::Releases;
use super::replay::ReplayStore;
use super::sampling::{Sample, Samples};
use super::state_log::{Held, StateError, StateLog, make_private};
use super::token;
use super::watch_list::WatchList;
use crate::config::{AccessSettings, CallerSettings, ConfigRefused, read_callers};
use crate::telemetry::AccessState;

/// A reason that nobody has given for so long is told in the metrics.
const OVERDUE: Duration = Duration::from_secs(24 * 3600);

/// Callers, counters, watch list and samples.
pub struct Office {
    pub callers: Arc<CallersHandle>,
    pub authenticator: Authenticator,
    pub quotas: Quotas,
    /// The counters of all replicas together; `None`: this is the only one.
    pub shared_quotas: Option<SharedQuotas>,
    pub watch_list: Option<WatchList>,
    pub releases: Releases,
    pub samples: Samples,
    pub alarms: Arc<Alarms>,
    replay: Arc<ReplayStore>,
}

/// A look-up that was answered.
pub struct LookedUp<'a> {
    pub request_id: &'a str,
    pub caller: &'a str,
    pub agency: Option<&'a str>,
    pub officer: Option<&'a str>,
    pub dossier: Option<&'a str>,
    pub service: &'a str,
}

/// Why the room cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    #[error(transparent)]
    Callers(#[from] ConfigRefused),
    #[error("{file}: {error}")]
    State { file: String, error: StateError },
    #[error("{0}")]
    Other(String),
}

impl Office {
    /// Opens the room. `main_file` is where `callers` were read from: it is read again on change unless
    /// `access.callers_file` holds them. Without a state folder everything is forgotten with the process (sandbox).
    ///
    /// # Errors
    /// Callers that cannot be used, state that another process holds, a key or list that cannot be read.
    pub fn open(
        settings: &AccessSettings,
        callers: &[CallerSettings],
        main_file: Option<&Path>,
    ) -> Result<Self, OfficeError> {
        token::self_test().map_err(OfficeError::Other)?;
        let file = settings.callers_file.clone().or_else(|| main_file.map(Path::to_owned));
        let refused = |problems| {
            let shown = file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
            OfficeError::Callers(ConfigRefused { file: shown, problems })
        };
        let read = settings.callers_file.as_ref().map(|file| read_callers(file)).transpose().map_err(refused)?;
        let handle = CallersHandle::new(read.as_deref().unwrap_or(callers), file.clone()).map_err(refused)?;
        let callers = Arc::new(handle);
        let key = Arc::new(state_key(settings)?);
        let alarms = Arc::<Alarms>::default();
        let open = |name| -> Result<Option<(StateLog, Held)>, OfficeError> {
            let Some(folder) = &settings.state_directory else { return Ok(None) };
            let opened = StateLog::open(folder, name, Arc::clone(&key));
            let (log, held) = opened.map_err(|error| OfficeError::State { file: state_file(folder, name), error })?;
            if held.created {
                tracing::info!(name, "no state was found: it begins at zero");
            }
            if held.damaged > 0 {
                alarms.raise(Alarm::StateDamaged, "");
            }
            Ok(Some((log, held)))
        };
        let replay = Arc::new(ReplayStore::new(Arc::clone(&key), Arc::clone(&alarms), open("tokens")?));
        let watch_list = match (&settings.watch_list, &settings.watch_list_key) {
            (Some(file), Some(secret)) => {
                let key = HashKey::of_file(secret).map_err(OfficeError::Other)?;
                Some(WatchList::open(file.clone(), key).map_err(OfficeError::Other)?)
            }
            _ => None,
        };
        let per_thousand = settings.sampled_per_thousand;
        Ok(Self {
            authenticator: Authenticator::new(Arc::clone(&callers), Arc::clone(&replay)),
            callers,
            quotas: Quotas::new(Arc::clone(&key), Arc::clone(&alarms), open("quota")?),
            shared_quotas: None,
            watch_list,
            releases: Releases::new(Arc::clone(&key), Arc::clone(&alarms), open("releases")?),
            samples: Samples::new(Arc::clone(&key), Arc::clone(&alarms), per_thousand, open("samples")?),
            alarms,
            replay,
        })
    }

    /// What the metrics tell.
    pub fn state(&self, now: Moment) -> AccessState {
        AccessState {
            alarms: self.alarms.states(),
            samples_open: self.samples.count(),
            samples_overdue: self.samples.older_than(OVERDUE, now),
        }
    }

    /// Puts a look-up on the list of those to be explained when it is in the share. Nobody is asked who has no name.
    pub fn sample(&self, done: &LookedUp<'_>, now: Moment) {
        let Some(officer) = done.officer else { return };
        let Some(id) = self.samples.pick() else { return };
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        self.samples.ask(Sample {
            id,
            request_id: done.request_id.to_owned(),
            caller: done.caller.to_owned(),
            agency: text(done.agency),
            officer: officer.to_owned(),
            dossier: text(done.dossier),
            service: done.service.to_owned(),
            at: now.millis(),
        });
    }

    /// What a timer does once a second, on a thread that may wait for the disk.
    pub fn maintain(&self, now: Moment) {
        self.quotas.maintain(now);
        self.replay.maintain(now);
        self.releases.maintain(now);
        self.samples.maintain();
    }

    /// Reads callers and watch list again (SIGHUP, or a file changed); how many callers there are.
    ///
    /// # Errors
    /// What is refused stays as it was; the other is taken.
    pub fn reload(&self) -> Result<usize, OfficeError> {
        let list = self.watch_list.as_ref().map_or(Ok(0), WatchList::reload);
        let callers = self.callers.reload().map_err(|problems| {
            let file = self.callers.file().map(|file| file.display().to_string()).unwrap_or_default();
            OfficeError::Callers(ConfigRefused { file, problems })
        })?;
        list.map_err(OfficeError::Other)?;
        Ok(callers)
    }

    /// The files whose change calls for [`Office::reload`].
    pub fn files(&self) -> Vec<PathBuf> {
        let list = self.watch_list.as_ref().map(|list| list.file().to_owned());
        self.callers.file().cloned().into_iter().chain(list).collect()
    }
}

fn state_file(folder: &Path, name: &str) -> String {
    folder.join(format!("{name}.state")).display().to_string()
}

fn state_key(settings: &AccessSettings) -> Result<HashKey, OfficeError> {
    match (&settings.state_key, &settings.state_directory) {
        (Some(secret), _) => {
            HashKey::of_file(secret).map_err(|error| OfficeError::Other(format!("access.state_key_file {error}")))
        }
        (None, Some(folder)) => {
            make_private(folder).map_err(|error| OfficeError::Other(format!("{}: {error}", folder.display())))?;
            HashKey::open_or_make(&folder.join("access.key")).map_err(OfficeError::Other)
        }
        (None, None) => HashKey::random().map_err(OfficeError::Other),
    }
}

#[cfg(test)]
mod tests;
