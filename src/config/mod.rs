//! The configuration: `diensan.toml`, read so that every problem is reported in one run with its line and key path.
//!
//! Environment variables and flags (read by the command line) override single values. This room must not know what
//! its values are used for.

mod caller;
mod connection;
mod disclosures;
mod journal;
mod maintenance;
mod pattern;
mod secret_file;
mod section;
mod server;
mod shared;
mod signing;
mod traces;

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use caller::{
    AccessSettings, CallerSettings, JwtSettings, QuotaSettings, Scope, TokenAlgorithm, TokenKeys, is_caller_name,
    read_callers,
};
pub use connection::{
    BirthDateForm, BreakerSettings, Code, ConnectionSettings, FaultOutcome, FaultRule, GuardSettings, HeaderSettings,
    JsonBody, NameForm, PerOperation, ProfileSettings, ReplyFlavour, ReplySettings, RequestField, RequestSettings,
    Serves, TimestampUnit, TlsSettings, TokenRequest,
};
#[cfg(test)]
pub use connection::{ClientCertificate, NotFoundForms, TokenSettings};
pub use disclosures::{DisclosureSettings, RegisterPlace, is_journal_name};
pub use journal::{JournalKey, JournalSettings, SyslogTarget, months};
pub use maintenance::MaintenanceWindow;
pub use pattern::{AttributePattern, CertificateName, Pattern, ServicePattern};
pub use secret_file::SecretFile;
use section::Section;
pub use section::{Problem, duration};
pub use server::{ServerSettings, ServerTls};
pub use shared::{SharedSettings, StoreAddress, StoreKind};
pub use signing::{SigningSettings, VALID_FOR as SIGNATURE_VALID_FOR};
use toml::de::DeTable;
pub use traces::TracesSettings;

/// Everything that can be configured.
pub struct Settings {
    pub server: ServerSettings,
    pub services: PathBuf,
    pub schemas: PathBuf,
    /// Whether the catalogue is reloaded when its files change.
    pub watch: bool,
    /// Whether the catalogue's pages answer on the public door without a credential where callers are configured.
    pub pages_are_public: bool,
    /// In the order of the file, which is the order in which their rules are tried. None: the embedded sandbox.
    pub connections: Vec<ConnectionSettings>,
    pub cache_ttl: Duration,
    /// Who decided on the life time.
    pub cache_approved_by: Option<String>,
    pub cache_max_bytes: u64,
    /// The tier that replicas share; `None`: each has its own cache only.
    pub cache_shared: Option<SharedSettings>,
    /// Where disclosures are put on record; `None`: nowhere.
    pub journal: Option<JournalSettings>,
    /// The central register of what the journals hold; `None`: there is none.
    pub disclosures: Option<DisclosureSettings>,
    /// The keys of signed answers; `None`: answers cannot be signed, but for the sandbox and rehearsals.
    pub signing: Option<SigningSettings>,
    /// The addresses of another one-stop system's front end are answered.
    pub opencps: Option<OpenCpsSettings>,
    /// Where traces are sent; `None`: there are none.
    pub traces: Option<TracesSettings>,
    /// Those of this file; `access.callers_file` holds them instead when it is given.
    pub callers: Vec<CallerSettings>,
    /// Where the access room keeps its state.
    pub access: AccessSettings,
}

/// What a configuration is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To answer requests: everything must be decided.
    Serve,
    /// To look at the road upstream: what only serving needs may still be open.
    Examine,
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
            server: ServerSettings::default(),
            services: PathBuf::from("service-catalog"),
            schemas: PathBuf::from("schemas"),
            watch: true,
            pages_are_public: false,
            connections: Vec::new(),
            cache_ttl: Duration::from_secs(600),
            cache_approved_by: None,
            cache_max_bytes: 64 << 20,
            cache_shared: None,
            journal: None,
            disclosures: None,
            signing: None,
            opencps: None,
            traces: None,
            callers: Vec::new(),
            access: AccessSettings::default(),
        }
    }
}

/// `[opencps]`: what stands for members that the front end of that system leaves empty.
#[derive(Clone, Default)]
pub struct OpenCpsSettings {
    /// Procedure code.
    pub service: Option<String>,
    pub agency: Option<String>,
}

impl Settings {
    /// Reads a configuration file; paths in it are relative to its folder.
    ///
    /// # Errors
    /// Every problem of the file.
    pub fn read(file: &Path, purpose: Purpose) -> Result<Self, ConfigRefused> {
        let shown = file.display().to_string();
        let refused = |problems| ConfigRefused { file: shown.clone(), problems };
        let text = std::fs::read_to_string(file)
            .map_err(|error| refused(vec![problem(1, "", format!("cannot be read: {error}"))]))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let mut problems = Vec::new();
        match Self::parse(&text, folder, purpose, &mut problems) {
            Some(settings) if problems.is_empty() => Ok(settings),
            _ => Err(refused(problems)),
        }
    }

    fn parse(text: &str, folder: &Path, purpose: Purpose, problems: &mut Vec<Problem>) -> Option<Self> {
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
        let journal = file.table("journal");
        let callers = file.tables("caller");
        let access = file.table("access");
        let pages = file.table("pages");
        let signing = file.table("signing");
        let opencps = file.table("opencps");
        let traces = file.table("traces");
        let disclosures = file.table("disclosures");
        file.finish();
        if let Some((table, span)) = server.clone() {
            let section = Section::new(table, span, "server", text, problems);
            settings.server = server::read(section, folder);
        }
        if let Some((table, span)) = catalog {
            let mut catalog = Section::new(table, span, "catalog", text, problems);
            settings.services = catalog.path("services", folder).unwrap_or(settings.services);
            settings.schemas = catalog.path("schemas", folder).unwrap_or(settings.schemas);
            settings.watch = catalog.bool("watch").unwrap_or(settings.watch);
            catalog.finish();
        }
        if let Some((table, span)) = pages {
            let mut pages = Section::new(table, span, "pages", text, problems);
            settings.pages_are_public = pages.bool("public").unwrap_or(false);
            pages.finish();
        }
        for (index, (table, span)) in connections.iter().enumerate() {
            let section = Section::new(table, span.clone(), format!("connection[{index}]"), text, problems);
            settings.connections.extend(connection::read(section, folder));
        }
        settings.callers = caller::read_all(&callers, text, folder, problems);
        if let Some((table, span)) = access {
            settings.access = caller::read_access(Section::new(table, span, "access", text, problems), folder);
        }
        if let (Some(_), Some((table, span))) = (&settings.access.callers_file, callers.first()) {
            let mut section = Section::new(table, span.clone(), "caller[0]", text, problems);
            section.missing("name", "stands here and in `access.callers_file`: callers belong into one file");
        }
        let longest = settings.connections.iter().map(|connection| connection.guard.budget).max().unwrap_or_default();
        let empty = DeTable::default();
        let (server, span) = server.unwrap_or((&empty, 0..0));
        server::settle(Section::new(server, span, "server", text, problems), &mut settings.server, longest);
        check_connections(&settings.connections, &connections, text, problems);
        // Also for a connection that could not be read: otherwise one mistake would be reported as three.
        let real = connections.iter().any(|(table, _)| !connection::is_rehearsal(table));
        let (cache, span) = cache.unwrap_or((&empty, 0..0));
        let section = Section::new(cache, span, "cache", text, problems);
        settings.read_cache(section, folder, real && purpose == Purpose::Serve);
        if let Some((table, span)) = journal {
            let section = Section::new(table, span, "journal", text, problems);
            settings.journal = journal::read(section, folder);
        }
        if let Some((table, span)) = disclosures {
            let section = Section::new(table, span, "disclosures", text, problems);
            settings.disclosures = disclosures::read(section, folder);
        }
        if let Some((table, span)) = opencps {
            let mut section = Section::new(table, span, "opencps", text, problems);
            let word = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            settings.opencps = Some(OpenCpsSettings {
                service: section.text("service").and_then(word),
                agency: section.text("agency").and_then(word),
            });
            section.finish();
        }
        if let Some((table, span)) = traces {
            settings.traces = traces::read(Section::new(table, span, "traces", text, problems), folder);
        }
        if let Some((table, span)) = signing {
            let section = Section::new(table, span, "signing", text, problems);
            settings.signing = signing::read(section, folder, settings.journal.as_ref());
        }
        Some(settings)
    }

    /// With a real connection the life time is a decision that somebody must own (DESIGN §5, RISKS R13).
    fn read_cache(&mut self, mut section: Section<'_, '_>, folder: &Path, must_decide: bool) {
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
        self.cache_approved_by = approved_by.map(str::to_owned);
        self.cache_ttl = ttl.unwrap_or(self.cache_ttl);
        self.cache_max_bytes = section.bytes("max_bytes").unwrap_or(self.cache_max_bytes);
        self.cache_shared = section.section("shared").and_then(|shared| shared::read(shared, folder));
        section.finish();
    }
}

/// What several connections must not be: of one name, some rehearsals and some not, or never used.
fn check_connections(
    read: &[ConnectionSettings],
    tables: &[(&DeTable<'_>, Range<usize>)],
    text: &str,
    problems: &mut Vec<Problem>,
) {
    if read.len() != tables.len() {
        return;
    }
    for (index, (connection, (table, span))) in read.iter().zip(tables).enumerate() {
        let before = &read[..index];
        let mut section = Section::new(table, span.clone(), format!("connection[{index}]"), text, problems);
        if before.iter().any(|other| other.name == connection.name) {
            section.missing("name", "is the name of an earlier connection");
        }
        if before.first().is_some_and(|first| first.rehearsal != connection.rehearsal) {
            section.missing("rehearsal", "must be the same for all connections: invented and real people never mix");
        }
        if before.iter().any(|other| other.serves.is_everything()) {
            section.missing("serves", "is never reached: an earlier connection serves every service and agency");
        }
    }
}

fn problem(line: usize, key: &str, message: String) -> Problem {
    Problem { line, key: key.to_owned(), message }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
