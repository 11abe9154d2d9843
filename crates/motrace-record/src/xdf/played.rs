use super::read::Reader;
use super::sliding::Sliding;
use crate::stored::Blocks;
use std::io;
use std::path::Path;

/// The samples of one stream of an XDF file, chunk by chunk.
#[derive(Debug)]
pub(crate) struct Played {
    file: Sliding,
    reader: Reader,
    id: u32,
}

impl Played {
    pub(crate) fn open(path: &Path, id: u32) -> io::Result<Self> {
        Ok(Self { file: Sliding::open(path)?, reader: Reader::default(), id })
    }
}

impl Blocks for Played {
    fn next(&mut self, into: &mut Vec<f32>) -> io::Result<()> {
        while let Some(id) = self.file.step(&mut self.reader)? {
            let Some(stream) = self.reader.stream(id) else { continue };
            let is_wanted = id == self.id && !stream.samples.is_empty();
            if is_wanted {
                stream.samples.extend_f32(0..stream.samples.len(), into);
            }
            stream.forget_values();
            stream.forget_stamps();
            if is_wanted {
                break;
            }
        }
        Ok(())
    }
}
