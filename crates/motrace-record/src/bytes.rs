//! The bytes of a file, in memory or read piece by piece.

use crate::{Format, RecordError};
use motrace_core::clean_text;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

/// No more of a file than this is in memory at a time, in bytes, where it is played.
pub(crate) const WINDOW_BYTES: usize = 1 << 20;
/// How much is read at a time: so little that it is still in the cache when it is decoded.
pub(crate) const READ_BYTES: usize = 1 << 18;

/// Why a reader gives up.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// The operating system refused.
    Io(io::Error),
    /// The file makes no sense.
    Damaged(String),
}

impl Unreadable {
    /// The same for those who opened this file.
    pub(crate) fn told_of(self, path: &Path, format: Format) -> RecordError {
        match self {
            Self::Io(source) => RecordError::Io { doing: "read", path: path.to_owned(), source },
            // Some of it is quoted from the file, which can say anything.
            Self::Damaged(what) => {
                let what = clean_text(&what, 500);
                RecordError::Damaged { path: path.to_owned(), format: format.name(), what }
            }
        }
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<String> for Unreadable {
    fn from(what: String) -> Self {
        Self::Damaged(what)
    }
}

impl From<&str> for Unreadable {
    fn from(what: &str) -> Self {
        Self::Damaged(what.into())
    }
}

/// Bytes that can be looked at in any place.
pub(crate) trait Bytes {
    /// How many there are.
    fn len(&self) -> usize;

    /// Those of a range, which has to lie within them. Those behind it are likely to be wanted next.
    fn get(&mut self, range: Range<usize>) -> io::Result<&[u8]>;

    /// Those of a range, when what is behind it will not be wanted.
    fn get_alone(&mut self, range: Range<usize>) -> io::Result<&[u8]> {
        self.get(range)
    }

    /// The first ones, as many as are there.
    fn first(&mut self, count: usize) -> io::Result<&[u8]> {
        let count = count.min(self.len());
        self.get(0..count)
    }
}

impl Bytes for &[u8] {
    fn len(&self) -> usize {
        (**self).len()
    }

    fn get(&mut self, range: Range<usize>) -> io::Result<&[u8]> {
        <[u8]>::get(self, range).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

/// A file of which a window is in memory.
#[derive(Debug)]
pub(crate) struct FileBytes {
    file: File,
    len: usize,
    /// Where the window begins.
    begin: usize,
    window: Vec<u8>,
}

impl FileBytes {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = usize::try_from(file.metadata()?.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        Ok(Self { file, len, begin: 0, window: Vec::new() })
    }

    fn read(&mut self, begin: usize, count: usize) -> io::Result<()> {
        // A single large piece does not stay in memory for ever.
        if self.window.capacity() > 4 * WINDOW_BYTES.max(count) {
            self.window = Vec::new();
        }
        self.window.clear();
        self.begin = begin;
        self.window.resize(count, 0);
        self.file.seek(SeekFrom::Start(begin as u64))?;
        self.file.read_exact(&mut self.window).inspect_err(|_| self.window.clear())
    }

    fn window(&mut self, range: Range<usize>, least: usize) -> io::Result<&[u8]> {
        let is_inside = range.start >= self.begin && range.end <= self.begin + self.window.len();
        if !is_inside {
            if range.end > self.len || range.start > range.end {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let count = range.len().max(least).min(self.len - range.start);
            self.read(range.start, count)?;
        }
        let begin = range.start - self.begin;
        self.window.get(begin..begin + range.len()).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl Bytes for FileBytes {
    fn len(&self) -> usize {
        self.len
    }

    fn get(&mut self, range: Range<usize>) -> io::Result<&[u8]> {
        self.window(range, READ_BYTES)
    }

    fn get_alone(&mut self, range: Range<usize>) -> io::Result<&[u8]> {
        self.window(range, 0)
    }
}
