//! `[journal]`: where disclosures are put on record, under which keys, and who else learns the head of the chain.

use std::fmt;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::SecretFile;
use super::section::Section;

/// Smallest and largest segment: below it a day would be thousands of files, above it a file is unwieldy (ASM).
const SEGMENT_BYTES: std::ops::RangeInclusive<u64> = (64 << 10)..=(4 << 30);
/// Longest retention that can be written: 50 years (ASM; no law asks for more).
const MOST_MONTHS: u32 = 600;

/// 32 bytes that nobody but the owner of the file may read.
#[derive(Clone)]
pub struct JournalKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for JournalKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JournalKey(…)")
    }
}

impl JournalKey {
    /// A key that is in no file, for tests.
    #[cfg(test)]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads a key file: one line, 64 hexadecimal digits or base64 of 32 bytes, mode 600.
    ///
    /// # Errors
    /// An English sentence with the mend; never the content.
    pub fn read(path: &Path) -> Result<Self, String> {
        let secret = SecretFile::read(path.to_owned())?.current();
        let text = secret.expose_secret();
        let mut bytes = Zeroizing::new([0_u8; 32]);
        let decoded = Zeroizing::new(decode(text).unwrap_or_default());
        if decoded.len() != bytes.len() {
            return Err("must hold 32 bytes as hexadecimal or base64; `diensan key new` writes such a file".to_owned());
        }
        bytes.copy_from_slice(&decoded);
        Ok(Self(bytes))
    }

    /// The bytes, for the crypto library only.
    pub fn reveal(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether two keys are the same.
    pub fn is(&self, other: &Self) -> bool {
        verify_slices_are_equal(&*self.0, &*other.0).is_ok()
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return (0..64).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect();
    }
    let standard = base64::engine::general_purpose::STANDARD.decode(text);
    standard.or_else(|_| base64::engine::general_purpose::STANDARD_NO_PAD.decode(text)).ok()
}

/// The log collector that is told the head of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyslogTarget {
    /// RFC 5425; only these roots are trusted.
    Tls { host: String, port: u16, trust: PathBuf },
    /// RFC 5426, to a collector on this machine only: the text is neither secret nor proof against loss on the way.
    Udp(SocketAddr),
}

/// The section `[journal]`.
#[derive(Clone, Debug)]
pub struct JournalSettings {
    pub directory: PathBuf,
    pub mac_key: JournalKey,
    /// Earlier keys, for verifying what was written under them.
    pub old_mac_keys: Vec<JournalKey>,
    pub citizen_key: JournalKey,
    /// Earlier keys, for finding citizens in what was written under them.
    pub old_citizen_keys: Vec<JournalKey>,
    /// A segment that has reached this size is followed by a new one.
    pub segment_bytes: u64,
    /// The service removes older segments; `None`: nobody decided yet, and everything stays.
    pub retention_months: Option<u32>,
    /// Where the head of the chain is appended every minute; should lie on another disk than the journal.
    pub anchor_file: Option<PathBuf>,
    pub anchor_syslog: Option<SyslogTarget>,
}

impl JournalSettings {
    /// Whether one of the journal's keys is this one.
    pub fn holds(&self, key: &JournalKey) -> bool {
        let old = self.old_mac_keys.iter().chain(&self.old_citizen_keys);
        [&self.mac_key, &self.citizen_key].into_iter().chain(old).any(|own| own.is(key))
    }
}

/// A span of months as it is written in the file and on the command line: `"24mo"`.
pub fn months(text: &str) -> Option<u32> {
    let number: u32 = text.strip_suffix("mo")?.parse().ok()?;
    (1..=MOST_MONTHS).contains(&number).then_some(number)
}

/// Reads the section; every problem is reported.
pub(super) fn read(mut section: Section<'_, '_>, folder: &Path) -> Option<JournalSettings> {
    let directory = section.required_text("directory", "for the journal's files").map(|text| folder.join(text));
    let mac = one_key(&mut section, "mac_key_file", folder);
    let old_macs = several_keys(&mut section, "old_mac_key_files", folder);
    let citizen = one_key(&mut section, "citizen_key_file", folder);
    let old_citizens = several_keys(&mut section, "old_citizen_key_files", folder);
    let segment = section.spanned_bytes("segment_bytes");
    if let Some((_, span)) = segment.as_ref().filter(|(bytes, _)| !SEGMENT_BYTES.contains(bytes)) {
        section.report(span, "segment_bytes", "must be from \"64KiB\" to \"4GiB\"");
    }
    let retention = section.spanned_text("retention");
    let retention_months = retention.as_ref().and_then(|(text, span)| {
        let found = months(text);
        if found.is_none() {
            section.report(span, "retention", "must be months such as \"24mo\", from \"1mo\" to \"600mo\"");
        }
        found
    });
    let anchor_file = section.path("anchor_file", folder);
    let anchor_trust = section.path("anchor_trust", folder);
    let syslog = section.spanned_text("anchor_syslog");
    let anchor_syslog = syslog.and_then(|(text, span)| match syslog_target(text, anchor_trust) {
        Ok(target) => Some(target),
        Err(message) => {
            section.report(&span, "anchor_syslog", message);
            None
        }
    });
    let all: Vec<&Placed> = mac.iter().chain(&old_macs).chain(citizen.iter()).chain(&old_citizens).collect();
    for (index, placed) in all.iter().enumerate() {
        if all[..index].iter().any(|earlier| earlier.key.is(&placed.key)) {
            let mend = "holds the same key as another file here: one key for two purposes links what must stay apart; \
                        write a new one with `diensan key new`";
            section.report(&placed.span, placed.name, mend);
        }
    }
    section.finish();
    Some(JournalSettings {
        directory: directory?,
        mac_key: mac?.key,
        old_mac_keys: old_macs.into_iter().map(|placed| placed.key).collect(),
        citizen_key: citizen?.key,
        old_citizen_keys: old_citizens.into_iter().map(|placed| placed.key).collect(),
        segment_bytes: segment.map_or(64 << 20, |(bytes, _)| bytes),
        retention_months,
        anchor_file,
        anchor_syslog,
    })
}

/// A key and where its file is named.
struct Placed {
    key: JournalKey,
    name: &'static str,
    span: Range<usize>,
}

fn one_key(section: &mut Section<'_, '_>, name: &'static str, folder: &Path) -> Option<Placed> {
    if !section.has(name) {
        section.missing(name, "is needed for the journal; `diensan key new` writes such a file");
    }
    let (path, span) = section.spanned_text(name)?;
    placed(section, name, &folder.join(path), span)
}

fn several_keys(section: &mut Section<'_, '_>, name: &'static str, folder: &Path) -> Vec<Placed> {
    let paths = section.texts(name).unwrap_or_default();
    paths.into_iter().filter_map(|(path, span)| placed(section, name, &folder.join(path), span)).collect()
}

fn placed(section: &mut Section<'_, '_>, name: &'static str, path: &Path, span: Range<usize>) -> Option<Placed> {
    match JournalKey::read(path) {
        Ok(key) => Some(Placed { key, name, span }),
        Err(message) => {
            section.report(&span, name, message);
            None
        }
    }
}

fn syslog_target(text: &str, trust: Option<PathBuf>) -> Result<SyslogTarget, &'static str> {
    const FORM: &str = "must be \"tls://host:6514\", or \"udp://127.0.0.1:514\" for a collector on this machine";
    if let Some(address) = text.strip_prefix("udp://") {
        let address: SocketAddr = address.parse().map_err(|_| FORM)?;
        if !address.ip().is_loopback() {
            return Err("is plain text over a network: use tls://, udp:// is for loopback only");
        }
        return Ok(SyslogTarget::Udp(address));
    }
    let (host, port) = text.strip_prefix("tls://").and_then(|rest| rest.rsplit_once(':')).ok_or(FORM)?;
    let port = port.parse().ok().filter(|port| *port != 0).ok_or(FORM)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    if host.is_empty() || !host.bytes().all(plain) {
        return Err(FORM);
    }
    let trust = trust.ok_or("needs `anchor_trust`: the file of the root certificates that the collector's hangs on")?;
    if !trust.is_file() {
        return Err("has an `anchor_trust` that is no file");
    }
    Ok(SyslogTarget::Tls { host: host.to_owned(), port, trust })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::{Purpose, Settings};

    fn key_file(folder: &Path, name: &str, content: &str, mode: u32) {
        std::fs::write(folder.join(name), content).expect("written");
        std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(mode)).expect("mode");
    }

    /// The folder with its keys, and what reading this text says.
    fn read(text: &str) -> (Option<JournalSettings>, Vec<String>) {
        let folder = tempfile::tempdir().expect("folder");
        for (name, digit) in [("mac", "1"), ("old", "2"), ("citizen", "3"), ("open", "4")] {
            let mode = if name == "open" { 0o644 } else { 0o600 };
            key_file(folder.path(), name, &format!("{}\n", digit.repeat(64)), mode);
        }
        let same_in_base64 = base64::engine::general_purpose::STANDARD.encode([0x11; 32]);
        key_file(folder.path(), "mac-again", &same_in_base64, 0o600);
        key_file(folder.path(), "short", &"1".repeat(62), 0o600);
        key_file(folder.path(), "roots.pem", "", 0o644);
        let mut problems = Vec::new();
        let settings = Settings::parse(text, folder.path(), Purpose::Examine, &mut problems);
        let said = problems.into_iter().map(|found| format!("{}: {}: {}", found.line, found.key, found.message));
        (settings.and_then(|settings| settings.journal), said.collect())
    }

    const WHOLE: &str = "[journal]\ndirectory = \"j\"\nmac_key_file = \"mac\"\ncitizen_key_file = \"citizen\"\n";

    #[test]
    fn what_is_left_out_has_a_default_and_retention_has_none() {
        let (settings, problems) = read(WHOLE);
        assert_eq!(problems, [""; 0]);
        let settings = settings.expect("settings");
        assert!(settings.directory.ends_with("j"));
        assert_eq!((settings.segment_bytes, settings.retention_months), (64 << 20, None));
        assert!(settings.anchor_file.is_none() && settings.anchor_syslog.is_none());
        assert!(settings.mac_key.is(&JournalKey::new([0x11; 32])), "hexadecimal");
        assert_eq!(format!("{:?}", settings.mac_key), "JournalKey(…)");
    }

    #[test]
    fn everything_that_can_be_set_is_read() {
        let (settings, problems) = read(&format!(
            "{WHOLE}old_mac_key_files = [\"old\"]\nsegment_bytes = \"1MiB\"\nretention = \"24mo\"\n\
             anchor_file = \"a\"\nanchor_syslog = \"tls://[::1]:6514\"\nanchor_trust = \"roots.pem\"\n"
        ));
        assert_eq!(problems, [""; 0]);
        let settings = settings.expect("settings");
        assert_eq!((settings.segment_bytes, settings.retention_months), (1 << 20, Some(24)));
        assert_eq!(settings.old_mac_keys.len(), 1);
        let Some(SyslogTarget::Tls { host, port, .. }) = settings.anchor_syslog else { panic!("no collector") };
        assert_eq!((host.as_str(), port), ("::1", 6514));
    }

    #[test]
    fn every_problem_is_told_with_line_and_key() {
        let cases = [
            ("[journal]\n", "1: journal.directory: is needed"),
            ("[journal]\n", "1: journal.mac_key_file: is needed"),
            ("[journal]\n", "1: journal.citizen_key_file: is needed"),
            ("[journal]\nmac_key_file = \"open\"\n", "2: journal.mac_key_file: has mode 644"),
            ("[journal]\nmac_key_file = \"short\"\n", "2: journal.mac_key_file: must hold 32 bytes"),
            ("[journal]\nmac_key_file = \"none\"\n", "2: journal.mac_key_file: cannot be read"),
            ("[journal]\nmac_key_file = 3\n", "2: journal.mac_key_file: must be text"),
            ("[journal]\nretention = \"2y\"\n", "2: journal.retention: must be months"),
            ("[journal]\nretention = \"0mo\"\n", "2: journal.retention: must be months"),
            ("[journal]\nsegment_bytes = \"1KiB\"\n", "2: journal.segment_bytes: must be from"),
            ("[journal]\nanchor_syslog = \"udp://10.0.0.1:514\"\n", "2: journal.anchor_syslog: is plain text over"),
            (
                "[journal]\nanchor_syslog = \"tls://log.example:6514\"\n",
                "2: journal.anchor_syslog: needs `anchor_trust`",
            ),
            ("[journal]\nanchor_syslog = \"log.example\"\n", "2: journal.anchor_syslog: must be \"tls://"),
            (
                "[journal]\nanchor_syslog = \"tls://a b:1\"\nanchor_trust = \"roots.pem\"\n",
                "2: journal.anchor_syslog: must",
            ),
            ("[journal]\ndirektory = \"x\"\n", "2: journal.direktory: is not known, did you mean `directory`"),
        ];
        for (text, expected) in cases {
            let (_, problems) = read(text);
            assert!(problems.iter().any(|said| said.starts_with(expected)), "{expected} in {problems:?}");
        }
    }

    #[test]
    fn one_key_never_serves_two_purposes_however_it_is_written() {
        let (settings, problems) = read(&WHOLE.replace("\"citizen\"", "\"mac-again\""));
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("4: journal.citizen_key_file: holds the same key"), "{problems:?}");
        assert!(settings.is_some(), "the caller refuses because there is a problem");
        let (_, problems) = read(&format!("{WHOLE}old_citizen_key_files = [\"old\", \"mac\"]\n"));
        assert!(problems[0].starts_with("5: journal.old_citizen_key_files: holds the same key"), "{problems:?}");
    }
}
