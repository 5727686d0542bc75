//! The files of a journal: their names, their order, and their lines as a stream.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::line::MAX_LINE;

/// One file of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// From 1, without gaps as long as nothing was pruned.
    pub index: u64,
    pub path: PathBuf,
}

impl Segment {
    /// The name without folder.
    pub fn name(&self) -> String {
        name(self.index)
    }
}

/// The file name of a segment.
pub fn name(index: u64) -> String {
    format!("journal-{index:06}.jsonl")
}

/// All segments of a directory in their order.
///
/// # Errors
/// The directory cannot be read.
pub fn list(directory: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let file_name = entry.file_name();
        let index = file_name.to_str().and_then(|text| text.strip_prefix("journal-")?.strip_suffix(".jsonl"));
        if let Some(index) = index.and_then(|digits| digits.parse().ok())
            && file_name.to_str() == Some(&name(index))
        {
            segments.push(Segment { index, path: entry.path() });
        }
    }
    segments.sort_by_key(|segment| segment.index);
    Ok(segments)
}

/// Options to write a file that only its owner may read.
pub fn private() -> OpenOptions {
    let mut options = File::options();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a new or removed name in a directory durable.
///
/// # Errors
/// The directory cannot be opened or written back.
pub fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Writes a small file whole or not at all: beside it, made durable, then renamed.
///
/// # Errors
/// Any of the steps.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file = private().create(true).truncate(true).open(&beside)?;
    io::Write::write_all(&mut file, content)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    sync_directory(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

/// What [`Lines`] gives.
pub enum Line<'b> {
    /// A line without its line feed.
    Whole(&'b [u8]),
    /// The bytes behind the last line feed, or a line longer than any that is written.
    Torn,
}

/// Lines of a reader in one reused buffer.
pub struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
}

const CHUNK: usize = 256 << 10;

impl Lines<File> {
    /// The lines of a file.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self::new(File::open(path)?))
    }
}

impl<R: Read> Lines<R> {
    /// The lines of a reader.
    pub fn new(reader: R) -> Self {
        Self { reader, buffer: vec![0; CHUNK], start: 0, end: 0, ended: false }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// The reader's.
    pub fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = self.start;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[searched..self.end]) {
                let line = self.start..searched + at;
                self.start = line.end + 1;
                return Ok(Some(Line::Whole(&self.buffer[line])));
            }
            searched = self.end;
            if self.ended || self.end - self.start > MAX_LINE {
                // Nothing behind a line of endless length can be trusted to be a line.
                let left = self.start < self.end;
                (self.start, self.ended) = (self.end, true);
                return Ok(left.then_some(Line::Torn));
            }
            self.buffer.copy_within(self.start..self.end, 0);
            (searched, self.end, self.start) = (searched - self.start, self.end - self.start, 0);
            if self.buffer.len() - self.end < CHUNK / 2 {
                self.buffer.resize(self.buffer.len() + CHUNK, 0);
            }
            let read = self.reader.read(&mut self.buffer[self.end..])?;
            self.end += read;
            self.ended = read == 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_the_reader_hands_them_out() {
        struct Drips<'t>(&'t [u8], usize);
        impl Read for Drips<'_> {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                let count = self.1.min(self.0.len()).min(out.len());
                let (given, left) = self.0.split_at(count);
                out[..count].copy_from_slice(given);
                self.0 = left;
                Ok(count)
            }
        }
        let long = vec![b'x'; 700_000];
        let text = [b"one\n\nthree\n".as_slice(), &long, b"\ntorn"].concat();
        for step in [1, 7, 4096, usize::MAX] {
            let mut lines = Lines::new(Drips(&text, step));
            let mut lengths = Vec::new();
            while let Some(line) = lines.next().expect("a read") {
                lengths.push(match line {
                    Line::Whole(line) => line.len(),
                    Line::Torn => usize::MAX,
                });
            }
            assert_eq!(lengths, [3, 0, 5, 700_000, usize::MAX], "{step}");
        }
    }

    #[test]
    fn an_endless_line_ends_the_stream_instead_of_the_memory() {
        let mut lines = Lines::new(io::repeat(b'x'));
        assert!(matches!(lines.next(), Ok(Some(Line::Torn))));
        assert!(matches!(lines.next(), Ok(None)));
    }
}
