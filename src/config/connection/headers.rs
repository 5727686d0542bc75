//! Names and fixed values of headers (PROTOCOL §3, §13).

use std::collections::BTreeMap;
use std::path::Path;

use super::super::secret_file::SecretFile;
use super::super::section::Section;
use super::HeaderSettings;

/// The table `headers`. Secrets stand in files (`from_files`); a header whose name sounds like one is refused inline.
pub fn read(section: &mut Section<'_, '_>, folder: &Path) -> Option<HeaderSettings> {
    let mut settings = HeaderSettings::default();
    let Some(mut table) = section.section("headers") else { return Some(settings) };
    let mut good = true;
    if let Some(mut names) = table.section("names") {
        let named = [
            ("timestamp", &mut settings.timestamp),
            ("connection_string", &mut settings.connection_string),
            ("auth_hash", &mut settings.auth_hash),
            ("token_auth", &mut settings.token_auth),
        ];
        for (key, value) in named {
            match names.spanned_text(key) {
                Some((name, _)) if is_header_name(name) => name.clone_into(value),
                Some((_, span)) => {
                    names.report(&span, key, "must be the name of a header");
                    good = false;
                }
                None => {}
            }
        }
        names.finish();
    }
    settings.content_type = table.text("content_type").map(str::to_owned);
    settings.soap_action = table.text("soap_action").map(str::to_owned);
    settings.accept = table.text("accept").map(str::to_owned);
    settings.fixed = table.text_table("fixed").unwrap_or_default();
    for name in settings.fixed.keys() {
        if !is_header_name(name) {
            table.missing("fixed", "must be a table of header names and values");
            good = false;
        }
        if sounds_secret(name) {
            table.missing("fixed", "holds what sounds like a secret; name its file in `from_files` instead");
            good = false;
        }
    }
    let mut secret = BTreeMap::new();
    for (name, file) in table.text_table("from_files").unwrap_or_default() {
        match SecretFile::read(folder.join(file)) {
            Ok(value) if is_header_name(&name) => {
                secret.insert(name, value);
            }
            Ok(_) => {
                table.missing("from_files", "must be a table of header names and files");
                good = false;
            }
            Err(message) => {
                table.missing("from_files", message);
                good = false;
            }
        }
    }
    settings.secret = secret;
    table.finish();
    good.then_some(settings)
}

/// A token of RFC 9110 §5.6.2.
fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["key", "secret", "password", "auth", "token"].iter().any(|word| name.contains(word))
}
