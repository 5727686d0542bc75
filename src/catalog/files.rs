//! Reading the catalogue's folders from disk: the only I/O of this room.
//!
//! Only regular files of the known folders are read, in name order, with a size limit; editors' swap files and other
//! names are left out. Symbolic links are refused: they could lead out of the tree.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Larger than any table that belongs here.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;
/// More files than a folder of the catalogue ever has.
const MAX_FILES: usize = 10_000;

/// One file: its path as a maintainer names it, its stem, its text.
pub struct SourceFile {
    pub path: Arc<str>,
    pub stem: Box<str>,
    pub text: Arc<str>,
}

/// A file or folder that could not be read, with an English reason.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct Unreadable {
    pub path: String,
    pub reason: String,
}

/// All files of a folder that end in `suffix`, in name order. A missing folder is an error.
pub fn read_folder(folder: &Path, suffix: &str) -> Result<Vec<SourceFile>, Unreadable> {
    let unreadable = |path: &Path, reason: String| Unreadable { path: path.display().to_string(), reason };
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error.to_string()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(folder, error.to_string()))?;
        if let Some(name) = entry.file_name().to_str()
            && let Some(stem) = name.strip_suffix(suffix)
            && !name.starts_with('.')
        {
            names.push((name.to_owned(), Box::from(stem)));
        }
        if names.len() > MAX_FILES {
            return Err(unreadable(folder, format!("more than {MAX_FILES} files")));
        }
    }
    names.sort();
    names.into_iter().map(|(name, stem)| read_file(&folder.join(name), stem)).collect()
}

/// Path and text of every file of a folder that ends in `suffix`, in name order.
///
/// # Errors
/// The folder or one of the files cannot be read.
pub fn read_texts(folder: &Path, suffix: &str) -> Result<Vec<(PathBuf, String)>, Unreadable> {
    let files = read_folder(folder, suffix)?.into_iter();
    Ok(files.map(|file| (folder.join(format!("{}{suffix}", file.stem)), file.text.to_string())).collect())
}

/// One file with a known name.
pub fn read_file(path: &Path, stem: Box<str>) -> Result<SourceFile, Unreadable> {
    let unreadable = |reason: String| Unreadable { path: path.display().to_string(), reason };
    let metadata = fs::symlink_metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if !metadata.is_file() {
        return Err(unreadable("is no regular file (links are refused)".to_owned()));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(unreadable(format!("is larger than {MAX_FILE_BYTES} bytes")));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| unreadable(error.to_string()))?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("is not UTF-8".to_owned()))?;
    Ok(SourceFile { path: path.display().to_string().into(), stem, text: text.into() })
}
