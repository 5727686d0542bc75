//! Secrets come from files that nobody else can read, never from the configuration itself.
//!
//! A file of our own has mode 600 or less. One that belongs to root may be read by its group besides (root:diensan, 440
//! or 640): only root can have put the service into that group, and an orchestrator hands secrets to a service that is not root
//! in no other way.
//!
//! A file may be replaced while the service runs (rotation without a restart): [`SecretFile::refresh`] takes up what it
//! holds now, and keeps the old secret while the new file cannot be used.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use secrecy::{ExposeSecret as _, SecretString};

/// A secret and the file it comes from.
pub struct SecretFile {
    path: PathBuf,
    current: ArcSwap<SecretString>,
}

impl SecretFile {
    /// Reads a secret; surrounding white space (the editor's last newline) is not part of it.
    ///
    /// # Errors
    /// An English sentence with the mend; never the content.
    pub fn read(path: PathBuf) -> Result<Self, String> {
        let secret = read(&path)?;
        Ok(Self { path, current: ArcSwap::from_pointee(secret) })
    }

    /// Whether a file is one that only its owner can read.
    ///
    /// # Errors
    /// An English sentence with the mend.
    pub fn check_mode(path: &Path) -> Result<(), String> {
        check(path)
    }

    /// A secret that is in no file, for tests.
    #[cfg(test)]
    pub fn fixed(secret: &str) -> Self {
        Self { path: PathBuf::new(), current: ArcSwap::from_pointee(SecretString::from(secret)) }
    }

    /// The secret in use.
    pub fn current(&self) -> Arc<SecretString> {
        self.current.load_full()
    }

    /// Takes up the file's content; `true` when it is another secret than before.
    ///
    /// # Errors
    /// The file cannot be used; the old secret stays. Never the content.
    pub fn refresh(&self) -> Result<bool, String> {
        let secret = read(&self.path)?;
        if secret.expose_secret() == self.current.load().expose_secret() {
            return Ok(false);
        }
        self.current.store(Arc::new(secret));
        Ok(true)
    }
}

fn check(path: &Path) -> Result<(), String> {
    let metadata = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if !metadata.is_file() {
        return Err("must be a file".to_owned());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let mode = metadata.permissions().mode() & 0o777;
        if mode & closed_to_others(metadata.uid(), rustix::process::geteuid().is_root()) != 0 {
            return Err(format!("has mode {mode:o}: others could read it; run chmod 600 on it"));
        }
    }
    Ok(())
}

/// The bits that must not be set. When the service itself is root a file of root's is its own.
#[cfg(unix)]
fn closed_to_others(owner: u32, are_root: bool) -> u32 {
    if owner == 0 && !are_root { 0o037 } else { 0o077 }
}

fn read(path: &Path) -> Result<SecretString, String> {
    check(path)?;
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    let secret = text.trim();
    if secret.is_empty() || secret.chars().any(char::is_control) {
        return Err("must hold one line of text".to_owned());
    }
    Ok(SecretString::from(secret))
}

#[cfg(all(test, unix))]
mod tests {
    use super::closed_to_others;

    #[test]
    fn only_a_file_of_roots_may_be_read_by_a_group_and_nobody_elses_by_more_than_its_owner() {
        const SERVICE: u32 = 65532;
        for (owner, are_root, mode, good) in [
            (SERVICE, false, 0o600, true),
            (SERVICE, false, 0o400, true),
            (SERVICE, false, 0o440, false),
            (SERVICE, false, 0o640, false),
            (0, false, 0o440, true),
            (0, false, 0o640, true),
            (0, false, 0o660, false),
            (0, false, 0o444, false),
            (0, false, 0o441, false),
            (0, true, 0o600, true),
            (0, true, 0o640, false),
        ] {
            assert_eq!(mode & closed_to_others(owner, are_root) == 0, good, "{owner} {are_root} {mode:o}");
        }
    }
}
