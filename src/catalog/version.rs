//! What a catalogue was read from, file by file, and its version: a short hash over all of them.

use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest;

use super::files::SourceFile;
use super::stamp::Stamp;

/// One file that a catalogue was read from.
#[derive(Clone)]
pub struct Ingredient {
    /// As in [`SourceFile`].
    pub path: Arc<str>,
    /// Where in the path the name below the roots begins.
    below: usize,
    /// SHA-256 of the text: equal digests are equal texts.
    pub digest: [u8; 32],
    pub stamp: Option<Stamp>,
}

impl Ingredient {
    /// A file that was read below one of the roots.
    pub fn new(file: &SourceFile, services: &Path, schemas: &Path) -> Self {
        let path = Path::new(&*file.path);
        let below = path.strip_prefix(services).or_else(|_| path.strip_prefix(schemas)).unwrap_or(path);
        let below = file.path.len() - below.as_os_str().len();
        Self { path: Arc::clone(&file.path), below, digest: digest_of(&file.text), stamp: file.stamp }
    }

    /// The same file read again.
    #[must_use]
    pub fn read_again(&self, file: &SourceFile) -> Self {
        Self { path: Arc::clone(&self.path), below: self.below, digest: digest_of(&file.text), stamp: file.stamp }
    }
}

fn digest_of(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    bytes
}

/// The first 12 hexadecimal digits of SHA-256 over names (below the roots) and the SHA-256 of texts, in the order of the
/// names: the same files give the same version wherever they stand.
pub fn version(ingredients: &[Ingredient]) -> Box<str> {
    let mut files: Vec<(&str, &[u8; 32])> = ingredients
        .iter()
        .map(|ingredient| (ingredient.path.get(ingredient.below..).unwrap_or_default(), &ingredient.digest))
        .collect();
    files.sort();
    let mut context = digest::Context::new(&digest::SHA256);
    for (name, digest) in files {
        // Its length in front, so that no two catalogues run into one text.
        context.update(&(name.len() as u64).to_be_bytes());
        context.update(name.as_bytes());
        context.update(digest);
    }
    let hash = context.finish();
    hash.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(root: &str, files: &[(&str, &str)]) -> Box<str> {
        let (services, schemas) = (Path::new(root).join("services"), Path::new(root).join("schemas"));
        let ingredient = |(name, text): &(&str, &str)| {
            let path = format!("{root}/{name}").into();
            let file = SourceFile { path, stem: "".into(), text: (*text).into(), stamp: None };
            Ingredient::new(&file, &services, &schemas)
        };
        version(&files.iter().map(ingredient).collect::<Vec<_>>())
    }

    #[test]
    fn the_same_files_have_the_same_version_wherever_they_stand_and_in_whatever_order_they_are_read() {
        let files = [("services/mappings/a.json", "{}"), ("schemas/forms/a.schema.json", "[]")];
        let version = of("/here", &files);
        assert_eq!(version.len(), 12);
        assert!(version.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(version, of("/there/further", &[files[1], files[0]]));
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
