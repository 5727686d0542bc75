//! The configuration: `diensan.toml`, read so that every problem is reported in one run with its line and key path.
//!
//! Environment variables and flags (read by the command line) override single values. This room must not know what
//! its values are used for.

mod connection;
mod secret_file;
mod section;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use connection::{ConnectionSettings, ProfileSettings};
use section::Section;
pub use section::{Problem, duration};
use toml::de::DeTable;

/// Everything that can be configured.
pub struct Settings {
    pub listen: SocketAddr,
    /// Where the file says so; 1 when it does not.
    pub listen_line: usize,
    pub services: PathBuf,
    pub schemas: PathBuf,
    /// Whether the catalogue is reloaded when its files change.
    pub watch: bool,
    /// `None`: the embedded sandbox.
    pub connection: Option<ConnectionSettings>,
    pub cache_ttl: Duration,
    pub cache_max_bytes: u64,
}

/// The configuration was refused: every problem of the run.
#[derive(Debug)]
pub struct ConfigRefused {
    pub file: String,
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigRefused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "configuration refused: {} problem(s)", self.problems.len())?;
        for problem in &self.problems {
            writeln!(formatter, "{}:{}: `{}` {}", self.file, problem.line, problem.key, problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigRefused {}

impl Default for Settings {
    /// The sandbox on loopback: what runs without any configuration.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8236)),
            listen_line: 1,
            services: PathBuf::from("service-catalog"),
            schemas: PathBuf::from("schemas"),
            watch: true,
            connection: None,
            cache_ttl: Duration::from_secs(600),
            cache_max_bytes: 64 << 20,
        }
    }
}

impl Settings {
    /// Reads a configuration file; paths in it are relative to its folder.
    ///
    /// # Errors
    /// Every problem of the file.
    pub fn read(file: &Path) -> Result<Self, ConfigRefused> {
        let shown = file.display().to_string();
        let refused = |problems| ConfigRefused { file: shown.clone(), problems };
        let text = std::fs::read_to_string(file)
            .map_err(|error| refused(vec![problem(1, "", format!("cannot be read: {error}"))]))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let mut problems = Vec::new();
        match Self::parse(&text, folder, &mut problems) {
            Some(settings) if problems.is_empty() => Ok(settings),
            _ => Err(refused(problems)),
        }
    }

    fn parse(text: &str, folder: &Path, problems: &mut Vec<Problem>) -> Option<Self> {
        let root = match DeTable::parse(text) {
            Ok(root) => root,
            Err(error) => {
                let start = error.span().map_or(0, |span| span.start);
                let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
                problems.push(problem(line, "", format!("is not TOML: {}", error.message())));
                return None;
            }
        };
        let mut settings = Self::default();
        let mut file = Section::new(root.get_ref(), 0..0, "", text, problems);
        let server = file.table("server");
        let catalog = file.table("catalog");
        let connections = file.tables("connection");
        let cache = file.table("cache");
        file.finish();
        if let Some((table, span)) = server {
            let mut server = Section::new(table, span, "server", text, problems);
            if let Some((listen, line)) = server.socket("listen") {
                (settings.listen, settings.listen_line) = (listen, line);
            }
            server.finish();
        }
        if let Some((table, span)) = catalog {
            let mut catalog = Section::new(table, span, "catalog", text, problems);
            settings.services = catalog.path("services", folder).unwrap_or(settings.services);
            settings.schemas = catalog.path("schemas", folder).unwrap_or(settings.schemas);
            settings.watch = catalog.bool("watch").unwrap_or(settings.watch);
            catalog.finish();
        }
        for (index, (table, span)) in connections.iter().enumerate() {
            let mut section = Section::new(table, span.clone(), format!("connection[{index}]"), text, problems);
            if index > 0 {
                section.missing("name", "is a second connection; this version uses exactly one");
            }
            settings.connection = connection::read(section, folder).or(settings.connection);
        }
        // Also for a connection that could not be read: otherwise one mistake would be reported as three.
        let real = connections.iter().any(|(table, _)| !connection::is_rehearsal(table));
        let (cache_table, cache_span) = cache.map_or((None, 0..0), |(table, span)| (Some(table), span));
        let empty = DeTable::default();
        let section = Section::new(cache_table.unwrap_or(&empty), cache_span, "cache", text, problems);
        settings.read_cache(section, real);
        for (table, span) in connections.iter().filter(|(table, _)| !connection::is_rehearsal(table)) {
            let mut section = Section::new(table, span.clone(), "connection", text, problems);
            section.missing(
                "rehearsal",
                "is not true, so this is a real connection: it needs configured callers and a journal of disclosures, \
                 which this version does not have yet. With a stand-in on loopback (diensan simulate) write \
                 `rehearsal = true`",
            );
        }
        Some(settings)
    }

    /// With a real connection the life time is a decision that somebody must own (DESIGN §5, RISKS R13).
    fn read_cache(&mut self, mut section: Section<'_, '_>, must_decide: bool) {
        let day = Duration::from_secs(24 * 3600);
        let ttl = section.duration("ttl", Duration::ZERO..=day);
        let approved_by = section.text("approved_by").map(str::trim).filter(|name| !name.is_empty());
        if must_decide && ttl.is_none() {
            let mend = "is needed with a real connection: a decided life time such as \"10m\", or \"0s\" for off";
            section.missing("ttl", mend);
        }
        if must_decide && approved_by.is_none() {
            section.missing("approved_by", "is needed with a real connection: who decided on the life time");
        }
        self.cache_ttl = ttl.unwrap_or(self.cache_ttl);
        self.cache_max_bytes = section.bytes("max_bytes").unwrap_or(self.cache_max_bytes);
        section.finish();
    }

    /// What the start refuses whatever the file says: without callers only loopback is served (DESIGN §8).
    ///
    /// # Errors
    /// The address that was asked for; `file` is where it was written.
    pub fn check_start(&self, file: &str) -> Result<(), ConfigRefused> {
        if self.listen.ip().is_loopback() {
            return Ok(());
        }
        let message = format!(
            "{} is not loopback: without configured callers anybody on the network could ask. This version serves \
             loopback only; use \"127.0.0.1:8236\" (or \"[::1]:8236\")",
            self.listen
        );
        Err(ConfigRefused {
            file: file.to_owned(),
            problems: vec![problem(self.listen_line, "server.listen", message)],
        })
    }
}

fn problem(line: usize, key: &str, message: String) -> Problem {
    Problem { line, key: key.to_owned(), message }
}

#[cfg(test)]
mod tests;
