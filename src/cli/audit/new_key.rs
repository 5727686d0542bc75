//! `diensan key new --purpose journal-…`: the journal's two keys.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum KeyPurpose {
    /// Proves the journal's lines: `mac_key_file`.
    JournalMac,
    /// Hides citizens' numbers in the journal: `citizen_key_file`.
    JournalCitizen,
    /// Signs answers on request: `key_files` of `[signing]`.
    AnswerSigning,
    /// Seals, or names, what replicas share: `keys` and `hash_key_file` of `[cache.shared]`, a file each.
    SharedCache,
}

/// Writes 32 random bytes as hexadecimal digits, mode 600.
///
/// # Errors
/// The file exists or cannot be written.
pub fn write_key(purpose: KeyPurpose, path: &Path) -> anyhow::Result<ExitCode> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    SystemRandom::new().fill(&mut *bytes).ok().context("this machine gives no random numbers")?;
    let mut text = Zeroizing::new(String::with_capacity(65));
    for byte in bytes.iter() {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    text.push('\n');
    let shown = path.display();
    let mut file = std::fs::File::options();
    file.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    let mut file = file.open(path).with_context(|| {
        format!("{shown}: a key is never written over another one, whose lines could no longer be proven or found")
    })?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(|| format!("{shown}"))?;
    let line = match purpose {
        KeyPurpose::JournalMac => "mac_key_file",
        KeyPurpose::JournalCitizen => "citizen_key_file",
        KeyPurpose::AnswerSigning => {
            eprintln!("written: {shown}. In the configuration, below [signing]: key_files = [\"{shown}\"]");
            eprintln!(
                "To rotate, put the new file first and leave the old one behind it until its signatures have ended."
            );
            return Ok(ExitCode::SUCCESS);
        }
        KeyPurpose::SharedCache => {
            eprintln!(
                "written: {shown}. In the configuration of every replica, below [cache.shared]: keys = [\"{shown}\"]"
            );
            eprintln!("or hash_key_file = \"{shown}\"; the two need a file each, the same ones in all replicas.");
            return Ok(ExitCode::SUCCESS);
        }
    };
    eprintln!("written: {shown}. In the configuration, below [journal]: {line} = \"{shown}\"");
    eprintln!("Keep a copy away from this machine and from the backups of the journal.");
    Ok(ExitCode::SUCCESS)
}
