//! Secrets come from files that only their owner can read, never from the configuration itself.

use std::path::Path;

use secrecy::SecretString;

/// Reads a secret; surrounding white space (the editor's last newline) is not part of it.
///
/// # Errors
/// An English sentence with the mend; never the content.
pub fn read(path: &Path) -> Result<SecretString, String> {
    let metadata = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if !metadata.is_file() {
        return Err("must be a file".to_owned());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(format!("has mode {mode:o}: others could read it; run chmod 600 on it"));
        }
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    let secret = text.trim();
    if secret.is_empty() || secret.chars().any(char::is_control) {
        return Err("must hold one line of text".to_owned());
    }
    Ok(SecretString::from(secret))
}
