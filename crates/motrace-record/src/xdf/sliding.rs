use super::frame::{self, Frame};
use super::read::{Reader, View};
use crate::bytes::READ_BYTES;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// More than is looked at of a chunk to see whether it can be one.
pub(super) const LOOK_AHEAD_BYTES: usize = 64;

/// An XDF file that is read from the front through a window, chunk by chunk.
///
/// Each chunk is in the window together with the beginning of the next one, so the reader sees all that it would look at
/// in the whole file. Where a chunk is not followed by another, it would look further: then the rest of the file is read.
#[derive(Debug)]
pub(super) struct Sliding {
    file: File,
    window: Vec<u8>,
    /// Where the window begins in the file.
    begin: usize,
    /// Where the next chunk begins in the window.
    pos: usize,
    is_at_end: bool,
}

impl Sliding {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut sliding = Self { file: File::open(path)?, window: Vec::new(), begin: 0, pos: 4, is_at_end: false };
        sliding.reach(4)?;
        Ok(sliding)
    }

    /// Lets a reader take the next chunk, and gives the number of the stream that it belongs to (0 for none); `None` at
    /// the end of the file.
    pub(super) fn step(&mut self, reader: &mut Reader) -> io::Result<Option<u32>> {
        if self.pos >= READ_BYTES.max(self.window.len() / 2) {
            self.window.drain(..self.pos);
            self.begin += self.pos;
            self.pos = 0;
        }
        self.reach(self.pos.saturating_add(LOOK_AHEAD_BYTES))?;
        if self.pos >= self.window.len() {
            return Ok(None);
        }
        let frame = Frame::at(&self.window, self.pos);
        if let Some(frame) = frame {
            self.reach(frame.end.saturating_add(LOOK_AHEAD_BYTES))?;
        }
        let view = View { bytes: &self.window, begin: self.begin };
        if !frame.is_some_and(|f| is_enough(reader, view, f)) {
            self.reach(usize::MAX)?;
        }
        let view = View { bytes: &self.window, begin: self.begin };
        self.pos = reader.step(view, self.pos);
        Ok(Some(frame.map_or(0, |f| f.stream)))
    }

    /// Reads until the window is as long, or at the end of the file.
    fn reach(&mut self, length: usize) -> io::Result<()> {
        while !self.is_at_end && self.window.len() < length {
            let wanted = (length - self.window.len()).max(READ_BYTES);
            self.is_at_end = (&self.file).take(wanted as u64).read_to_end(&mut self.window)? < wanted;
        }
        Ok(())
    }
}

/// Whether the reader will not look further than this for a chunk that is in it.
pub(super) fn is_enough(reader: &Reader, view: View, frame: Frame) -> bool {
    if reader.is_plausible(view, frame.end) {
        return true;
    }
    // What follows a header can be a chunk of the stream that it announces; it looks for the end of its text only.
    let Some(body) = view.bytes.get(frame.body..frame.end) else { return false };
    let is_text = matches!(frame.tag, frame::FILE_HEADER | frame::STREAM_HEADER | frame::STREAM_FOOTER);
    is_text && (!body.starts_with(b"<") || body.windows(frame::TEXT_END.len()).any(|w| w == frame::TEXT_END))
}
