//! `[traces]`: where traces are sent. Without the table there are none.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::secret_file::SecretFile;
use super::section::Section;

/// Most attributes of the process.
const ATTRIBUTES: usize = 16;
/// Longest name or value of one.
const LONGEST: usize = 128;

/// Where traces go, and how many.
pub struct TracesSettings {
    /// The collector's address for traces: the configured one and `/v1/traces`.
    pub endpoint: String,
    /// Share of the requests that are traced, from 0 to 1.
    pub sample: f64,
    /// One line `Name: value` that is sent with every batch.
    pub header: Option<SecretFile>,
    /// The only roots of the collector's certificate; without them those of the system.
    pub trust: Option<PathBuf>,
    pub service_name: String,
    /// Further attributes of the process, such as the environment.
    pub attributes: Vec<(String, String)>,
}

/// Reads the table.
pub fn read(mut section: Section<'_, '_>, folder: &Path) -> Option<TracesSettings> {
    let endpoint = read_endpoint(&mut section);
    let sample = section.ratio("sample").unwrap_or(1.0);
    let header = section.spanned_text("headers_file").and_then(|(path, span)| {
        SecretFile::read(folder.join(path)).map_err(|message| section.report(&span, "headers_file", message)).ok()
    });
    let trust = section.path("trust", folder);
    let service_name = read_service_name(&mut section);
    let attributes = read_attributes(&mut section);
    section.finish();
    Some(TracesSettings { endpoint: endpoint?, sample, header, trust, service_name, attributes })
}

/// Spans say which services are used when, and by whom is not far: they leave the machine encrypted or not at all.
fn read_endpoint(section: &mut Section<'_, '_>) -> Option<String> {
    let Some((text, span)) = section.spanned_text("endpoint") else {
        if !section.has("endpoint") {
            section.missing("endpoint", "is needed: the collector's address, for example \"http://127.0.0.1:4318\"");
        }
        return None;
    };
    let problem = match reqwest::Url::parse(text) {
        Err(_) => Some("must be an address that starts with https://"),
        Ok(url) if !matches!(url.scheme(), "https" | "http") => Some("must be an address that starts with https://"),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Some("must hold no credentials; they belong into `headers_file`")
        }
        Ok(url) if url.query().is_some() || url.fragment().is_some() => Some("must have neither query nor fragment"),
        Ok(url) if url.scheme() == "http" && !is_loopback(&url) => {
            Some("plain http:// is accepted for loopback only; use https://")
        }
        Ok(_) => None,
    };
    if let Some(problem) = problem {
        section.report(&span, "endpoint", problem);
        return None;
    }
    Some(format!("{}/v1/traces", text.trim_end_matches('/').trim_end_matches("/v1/traces")))
}

fn is_loopback(url: &reqwest::Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

fn read_service_name(section: &mut Section<'_, '_>) -> String {
    let usual = || env!("CARGO_PKG_NAME").to_owned();
    let Some((name, span)) = section.spanned_text("service_name") else { return usual() };
    if is_plain(name) {
        return name.to_owned();
    }
    section.report(&span, "service_name", PLAIN);
    usual()
}

fn read_attributes(section: &mut Section<'_, '_>) -> Vec<(String, String)> {
    let attributes: Vec<_> = section.text_table("attributes").unwrap_or_default().into_iter().collect();
    if attributes.len() > ATTRIBUTES || attributes.iter().any(|(name, value)| !is_plain(name) || !is_plain(value)) {
        section.missing("attributes", format!("takes at most {ATTRIBUTES}; each name and value {PLAIN}"));
        return Vec::new();
    }
    attributes
}

const PLAIN: &str = "must be 1 to 128 visible letters of ASCII";

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic())
}
