//! Reading the catalogue's folders from disk: the only I/O of this room.
//!
//! Only regular files of the known folders are read, in name order, with a size limit; editors' swap files and other
//! names are left out. Symbolic links are refused, of files and of folders: they could lead out of the tree. One file
//! that cannot be read hides no other.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::parallel;
use super::stamp::Stamp;
use crate::clock;

/// Larger than any table that belongs here.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;
/// More files than a folder of the catalogue ever has.
const MAX_FILES: usize = 20_000;

/// One file: its path as a maintainer names it, its stem, its text.
#[derive(Clone)]
pub struct SourceFile {
    pub path: Arc<str>,
    pub stem: Box<str>,
    pub text: Arc<str>,
    /// By which the file on disk is known again; `None` when that cannot be relied on.
    pub stamp: Option<Stamp>,
}

/// A file or folder that could not be read, and why.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{path}: {en}")]
pub struct Unreadable {
    pub path: Arc<str>,
    /// Empty for a folder.
    pub stem: Box<str>,
    pub vi: String,
    pub en: String,
}

impl Unreadable {
    /// A file that should be there and is not, or is not what it should be.
    pub fn new(path: &Path, stem: &str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { path: path.display().to_string().into(), stem: stem.into(), vi: vi.into(), en: en.into() }
    }

    fn io(path: &Path, stem: &str, error: &std::io::Error) -> Self {
        let vi = match error.kind() {
            std::io::ErrorKind::NotFound => "không có ở đây",
            std::io::ErrorKind::PermissionDenied => "không có quyền đọc",
            _ => "hệ thống báo lỗi khi đọc",
        };
        Self::new(path, stem, vi, error.to_string())
    }
}

/// What a folder gave, both in name order.
#[derive(Default)]
pub struct Folder {
    pub files: Vec<SourceFile>,
    pub unreadable: Vec<Unreadable>,
}

impl Folder {
    /// Whether there is a file with this stem, readable or not.
    pub fn has(&self, stem: &str) -> bool {
        self.files.iter().any(|file| &*file.stem == stem) || self.unreadable.iter().any(|file| &*file.stem == stem)
    }

    /// The file with this stem, when it could be read.
    pub fn file(&self, stem: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| &*file.stem == stem)
    }
}

/// All files of a folder that end in `suffix`. A missing folder is unreadable.
pub fn read_folder(folder: &Path, suffix: &str) -> Folder {
    let mut found = Folder::default();
    match names(folder, suffix) {
        Err(unreadable) => found.unreadable.push(unreadable),
        Ok(names) => {
            for read in parallel::map(&names, |(name, stem)| read_file(&folder.join(name), stem)) {
                match read {
                    Ok(file) => found.files.push(file),
                    Err(unreadable) => found.unreadable.push(unreadable),
                }
            }
        }
    }
    found
}

/// The JSON files of every folder in a folder, by the inner folder's name; nothing when there is no such folder.
pub fn read_folders(folder: &Path) -> Vec<(Box<str>, Folder)> {
    let inner = names(folder, "").unwrap_or_default().into_iter();
    inner
        .map(|(name, _)| (Box::from(name.as_str()), folder.join(name)))
        .filter(|(_, path)| path.is_dir())
        .map(|(name, path)| (name, read_folder(&path, ".json")))
        .collect()
}

/// The names of a folder that end in `suffix`, in order, with their stems.
pub fn names(folder: &Path, suffix: &str) -> Result<Vec<(String, String)>, Unreadable> {
    let io = |error| Unreadable::io(folder, "", &error);
    if fs::symlink_metadata(folder).map_err(io)?.is_symlink() {
        let (vi, en) = ("là liên kết tượng trưng; hãy đặt thư mục thật", "is a symbolic link; links are refused");
        return Err(Unreadable::new(folder, "", vi, en));
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        if let Some(name) = entry.map_err(io)?.file_name().to_str()
            && let Some(stem) = name.strip_suffix(suffix)
            && !name.starts_with('.')
        {
            names.push((name.to_owned(), stem.to_owned()));
        }
        if names.len() > MAX_FILES {
            let (vi, en) = (format!("có hơn {MAX_FILES} tệp"), format!("has more than {MAX_FILES} files"));
            return Err(Unreadable::new(folder, "", vi, en));
        }
    }
    names.sort();
    Ok(names)
}

/// Path and text of every file of a folder that ends in `suffix`, in name order.
///
/// # Errors
/// The folder or one of the files cannot be read.
pub fn read_texts(folder: &Path, suffix: &str) -> Result<Vec<(PathBuf, String)>, Unreadable> {
    let found = read_folder(folder, suffix);
    match found.unreadable.into_iter().next() {
        Some(unreadable) => Err(unreadable),
        None => {
            let files = found.files.into_iter();
            Ok(files.map(|file| (folder.join(format!("{}{suffix}", file.stem)), file.text.to_string())).collect())
        }
    }
}

/// One file with a known name.
pub fn read_file(path: &Path, stem: &str) -> Result<SourceFile, Unreadable> {
    let (metadata, stamp) = look_at(path, stem)?;
    read_regular(path, stem, &metadata, stamp)
}

/// One file with a known name; `None`: it is the one that this stamp was taken of, and was not read.
pub fn read_changed(path: &Path, stem: &str, known: Option<Stamp>) -> Result<Option<SourceFile>, Unreadable> {
    let (metadata, stamp) = look_at(path, stem)?;
    if stamp.is_some() && stamp == known {
        return Ok(None);
    }
    read_regular(path, stem, &metadata, stamp).map(Some)
}

/// The clock and the file are looked at before it is read: whatever is written from then on changes the stamp.
fn look_at(path: &Path, stem: &str) -> Result<(fs::Metadata, Option<Stamp>), Unreadable> {
    let now = clock::now();
    let metadata = fs::symlink_metadata(path).map_err(|error| Unreadable::io(path, stem, &error))?;
    let stamp = Stamp::of(&metadata, now);
    Ok((metadata, stamp))
}

fn read_regular(
    path: &Path,
    stem: &str,
    metadata: &fs::Metadata,
    stamp: Option<Stamp>,
) -> Result<SourceFile, Unreadable> {
    if !metadata.is_file() {
        let (vi, en) = ("không phải tệp thường (không nhận liên kết)", "is no regular file (links are refused)");
        return Err(Unreadable::new(path, stem, vi, en));
    }
    if metadata.len() > MAX_FILE_BYTES {
        let (vi, en) = (format!("lớn hơn {MAX_FILE_BYTES} byte"), format!("is larger than {MAX_FILE_BYTES} bytes"));
        return Err(Unreadable::new(path, stem, vi, en));
    }
    let io = |error| Unreadable::io(path, stem, &error);
    // One byte more than there should be, so that the end is seen without growing.
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1);
    let file = fs::File::open(path).map_err(io)?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    Ok(SourceFile { stamp, ..source_file(path, stem, bytes)? })
}

/// The text of a file's bytes; UTF-8 only.
pub fn source_file(path: &Path, stem: &str, bytes: Vec<u8>) -> Result<SourceFile, Unreadable> {
    let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let text = String::from_utf8(bytes).map_err(|_| {
        let (vi, en) = if wide {
            ("là UTF-16; hãy lưu lại bằng UTF-8", "is UTF-16, not UTF-8; save it as UTF-8")
        } else {
            ("không phải UTF-8; hãy lưu lại bằng UTF-8", "is not UTF-8; save it as UTF-8")
        };
        Unreadable::new(path, stem, vi, en)
    })?;
    Ok(SourceFile { path: path.display().to_string().into(), stem: stem.into(), text: text.into(), stamp: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_a_symbolic_link_is_refused() {
        let place = tempfile::tempdir().expect("a folder");
        fs::create_dir(place.path().join("real")).expect("a folder");
        fs::write(place.path().join("real/a.json"), "{}").expect("written");
        std::os::unix::fs::symlink("real", place.path().join("link")).expect("a link");
        assert_eq!(read_folder(&place.path().join("real"), ".json").files.len(), 1);
        let linked = read_folder(&place.path().join("link"), ".json");
        assert!(linked.files.is_empty() && linked.unreadable[0].en.contains("symbolic link"));
    }

    #[test]
    fn one_unreadable_file_hides_no_other() {
        let place = tempfile::tempdir().expect("a folder");
        fs::write(place.path().join("a.json"), [0xff]).expect("written");
        fs::write(place.path().join("b.json"), "{}").expect("written");
        fs::create_dir(place.path().join("c.json")).expect("a folder");
        let folder = read_folder(place.path(), ".json");
        assert_eq!((folder.files.len(), folder.unreadable.len()), (1, 2));
        assert!(folder.has("a") && folder.file("a").is_none() && folder.file("b").is_some());
    }
}
