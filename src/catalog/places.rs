//! Where a catalogue stands on disk, for whoever watches it for changes. The people and the examples are not part of
//! it: they are read at the start, or only by tests.

use std::path::{Path, PathBuf};

/// A folder that a catalogue is read from, and what the files end in that are read; names with a dot in front are not.
pub struct Place {
    pub folder: PathBuf,
    suffix: &'static str,
}

/// Folders below `service-catalog`; the first is `service-catalog` itself.
const SERVICES: &[(&str, &str)] = &[
    ("", "attributes.json"),
    ("administrative-units", ".csv"),
    ("code-lists", ".csv"),
    ("commune", ".json"),
    ("district", ".json"),
    ("mappings", ".json"),
    ("province", ".json"),
];
/// Folders below `schemas`.
const SCHEMAS: &[(&str, &str)] = &[("forms", ".schema.json")];

/// Every folder that a catalogue with these roots is read from.
pub fn places(services: &Path, schemas: &Path) -> Vec<Place> {
    let below = |root: &Path, (folder, suffix): &(&str, &'static str)| Place {
        // `join("")` would leave a separator at the end.
        folder: if folder.is_empty() { root.to_owned() } else { root.join(folder) },
        suffix,
    };
    let services = SERVICES.iter().map(|place| below(services, place));
    services.chain(SCHEMAS.iter().map(|place| below(schemas, place))).collect()
}

impl Place {
    /// Whether the catalogue reads this path as a file of the folder. Editors' temporary names are none
    /// (`.x.json.swp`, `x.json~`, `#x.json#`, `4913`).
    pub fn reads(&self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str());
        path.parent() == Some(&*self.folder)
            && name.is_some_and(|name| name.ends_with(self.suffix) && !name.starts_with('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_of_the_catalogue_is_a_place_except_people_and_examples() {
        let places = places(Path::new("service-catalog"), Path::new("schemas"));
        for entry in std::fs::read_dir("service-catalog").expect("the folder") {
            let path = entry.expect("an entry").path();
            let apart = path.ends_with("people") || path.ends_with("examples");
            let read = places.iter().any(|place| place.folder == path || place.reads(&path));
            assert_eq!(read, !apart, "{}", path.display());
        }
        assert!(places.iter().all(|place| place.folder.is_dir()));
    }

    #[test]
    fn editors_names_are_not_read() {
        let places = places(Path::new("/a/services"), Path::new("/a/schemas"));
        let read = |path: &str| places.iter().any(|place| place.reads(Path::new(path)));
        for part in [
            "/a/services/attributes.json",
            "/a/services/mappings/x.json",
            "/a/services/code-lists/gioi-tinh.csv",
            "/a/schemas/forms/x.schema.json",
        ] {
            assert!(read(part), "{part}");
        }
        for other in [
            "/a/services/mappings/.x.json.swp",
            "/a/services/mappings/.x.json",
            "/a/services/mappings/x.json~",
            "/a/services/mappings/#x.json#",
            "/a/services/mappings/4913",
            "/a/services/mappings/old/x.json",
            "/a/services/people/999000000001.json",
            "/a/services/attributes.json.bak",
            "/a/schemas/forms/x.json",
            "/a/schemas/catalog/mapping.schema.json",
        ] {
            assert!(!read(other), "{other}");
        }
    }
}
