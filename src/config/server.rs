//! `[server]`: where we listen, and who may reach us there.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeTable;

use super::secret_file::SecretFile;
use super::section::Section;
use super::{ConfigRefused, problem};

/// A balancer that needs longer to notice a replica that leaves is not watching it.
const DRAIN_MAX: Duration = Duration::from_secs(120);
/// Whoever waits longer has hung up.
const SHUTDOWN_MAX: Duration = Duration::from_secs(600);

/// What an answer needs besides its look-up.
const MARGIN: Duration = Duration::from_secs(5);

/// The door of the service.
pub struct ServerSettings {
    pub listen: SocketAddr,
    /// Where the file says so; 1 when it does not.
    pub listen_line: usize,
    pub tls: Option<ServerTls>,
    /// Plain HTTP on an address that others reach is wanted: a proxy in front of it does TLS.
    pub behind_proxy: bool,
    /// Metrics and health have a door of their own; without it they are on `listen`.
    pub admin_listen: Option<SocketAddr>,
    /// How long requests are still taken after SIGTERM, so that a balancer can take the replica out; zero: not at all.
    pub drain: Duration,
    /// How long requests in flight may take once no more are taken; longer than a look-up.
    pub shutdown_timeout: Duration,
}

/// Files of our own TLS (PEM).
#[derive(Clone)]
pub struct ServerTls {
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Authorities of client certificates.
    pub client_ca: Option<PathBuf>,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8236)),
            listen_line: 1,
            tls: None,
            behind_proxy: false,
            admin_listen: None,
            drain: Duration::ZERO,
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}

impl ServerSettings {
    /// Reads `[server]` of a file and nothing else: whoever only wants to know where the door is must not trip over a
    /// mistake in another section.
    ///
    /// # Errors
    /// The file is no TOML, or problems of this table.
    pub fn read_alone(file: &Path) -> Result<Self, ConfigRefused> {
        let refused = |problems| ConfigRefused { file: file.display().to_string(), problems };
        let text = std::fs::read_to_string(file)
            .map_err(|error| refused(vec![problem(1, "", format!("cannot be read: {error}"))]))?;
        let root = DeTable::parse(&text)
            .map_err(|error| refused(vec![problem(1, "", format!("is not TOML: {}", error.message()))]))?;
        let mut problems = Vec::new();
        let table = Section::new(root.get_ref(), 0..0, "", &text, &mut problems).table("server");
        let settings = table.map_or_else(Self::default, |(table, span)| {
            let section = Section::new(table, span, "server", &text, &mut problems);
            read(section, file.parent().unwrap_or(Path::new("")))
        });
        if problems.is_empty() { Ok(settings) } else { Err(refused(problems)) }
    }
}

/// Reads the table.
pub fn read(mut section: Section<'_, '_>, folder: &Path) -> ServerSettings {
    let mut settings = ServerSettings::default();
    if let Some((listen, line)) = section.socket("listen") {
        (settings.listen, settings.listen_line) = (listen, line);
    }
    settings.behind_proxy = section.bool("behind_proxy").unwrap_or(false);
    settings.admin_listen = section.socket("admin_listen").map(|(address, _)| address);
    settings.drain = section.duration("drain", Duration::ZERO..=DRAIN_MAX).unwrap_or(settings.drain);
    let time = section.duration("shutdown_timeout", Duration::from_secs(1)..=SHUTDOWN_MAX);
    settings.shutdown_timeout = time.unwrap_or(settings.shutdown_timeout);
    if let Some(tls) = section.section("tls") {
        settings.tls = read_tls(tls, folder);
    }
    section.finish();
    settings
}

/// Holds the end against the longest look-up that a connection allows: whoever waits for it is answered.
pub fn settle(mut section: Section<'_, '_>, settings: &mut ServerSettings, longest: Duration) {
    if !section.has("shutdown_timeout") {
        settings.shutdown_timeout = settings.shutdown_timeout.max(longest + MARGIN);
    } else if settings.shutdown_timeout <= longest {
        let message = "must be longer than the longest `budget` of a connection: what is in flight is answered";
        section.missing("shutdown_timeout", message);
    }
}

fn read_tls(mut section: Section<'_, '_>, folder: &Path) -> Option<ServerTls> {
    let certificate = section.required_text("certificate", "(PEM file of our certificate chain)");
    let key = match section.spanned_text("key") {
        None => {
            section.missing("key", "is needed: the file of the certificate's key");
            None
        }
        Some((path, span)) => match SecretFile::check_mode(&folder.join(path)) {
            Ok(()) => Some(path),
            Err(message) => {
                section.report(&span, "key", message);
                None
            }
        },
    };
    let client_ca = section.path("client_ca", folder);
    section.finish();
    Some(ServerTls { certificate: folder.join(certificate?), key: folder.join(key?), client_ca })
}
