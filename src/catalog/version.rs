//! The version of a catalogue: a short hash over every file that it was read from.

use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest;

/// The first 12 hexadecimal digits of SHA-256 over names (below the roots) and texts, in the order of the names: the
/// same files give the same version wherever they stand.
pub fn version(read: &[(Arc<str>, Arc<str>)], services: &Path, schemas: &Path) -> Box<str> {
    let mut files: Vec<(&Path, &str)> = read
        .iter()
        .map(|(path, text)| {
            let path = Path::new(&**path);
            let below = path.strip_prefix(services).or_else(|_| path.strip_prefix(schemas)).unwrap_or(path);
            (below, &**text)
        })
        .collect();
    files.sort_unstable();
    let mut context = digest::Context::new(&digest::SHA256);
    let mut part = |bytes: &[u8]| {
        // Lengths in front, so that no two catalogues run into one text.
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    for (name, text) in files {
        part(name.as_os_str().as_encoded_bytes());
        part(text.as_bytes());
    }
    let hash = context.finish();
    hash.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(root: &str, files: &[(&str, &str)]) -> Box<str> {
        let read: Vec<(Arc<str>, Arc<str>)> =
            files.iter().map(|(name, text)| (format!("{root}/{name}").into(), (*text).into())).collect();
        version(&read, &Path::new(root).join("services"), &Path::new(root).join("schemas"))
    }

    #[test]
    fn the_same_files_have_the_same_version_wherever_they_stand_and_in_whatever_order_they_are_read() {
        let files = [("services/mappings/a.json", "{}"), ("schemas/forms/a.schema.json", "[]")];
        let version = of("/here", &files);
        assert_eq!(version.len(), 12);
        assert!(version.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(version, of("/there", &[files[1], files[0]]));
    }

    #[test]
    fn another_name_another_text_or_a_shifted_border_is_another_version() {
        let version = of("/here", &[("services/a.json", "xy"), ("services/b.json", "z")]);
        assert_ne!(version, of("/here", &[("services/a.json", "xY"), ("services/b.json", "z")]));
        assert_ne!(version, of("/here", &[("services/c.json", "xy"), ("services/b.json", "z")]));
        assert_ne!(version, of("/here", &[("services/a.json", "x"), ("services/b.json", "yz")]));
        assert_ne!(version, of("/here", &[("services/a.json", "xy")]));
    }
}
