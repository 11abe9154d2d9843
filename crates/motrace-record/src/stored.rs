//! Signals that stay in their file and are read in blocks.

use crate::bytes::{Bytes, FileBytes};
use crate::timeline::Timeline;
use crate::xdf;
use std::fmt::Debug;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// One signal of a file: when its samples are, and where.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) timeline: Timeline,
    pub(crate) samples: StoredSamples,
}

/// Where the samples of a signal are.
#[derive(Debug, Clone)]
pub(crate) enum StoredSamples {
    /// At places that follow from their numbers.
    Placed(PathBuf, Arc<dyn Placed>),
    /// In the chunks of an XDF file, of the stream of this number.
    Xdf(PathBuf, u32),
}

/// Samples whose places in a file follow from their numbers.
pub(crate) trait Placed: Debug + Send + Sync {
    /// How many there are, of each channel.
    fn count(&self) -> usize;

    fn channels(&self) -> usize;

    /// Appends a block of samples as replay gives them, `[samples × channels]`: the one that begins with sample `from`,
    /// which is the first or the one behind the last block. At least one sample, where there is one.
    fn read(&self, bytes: &mut dyn Bytes, from: usize, into: &mut Vec<f32>) -> io::Result<()>;
}

/// The blocks of a signal, one after another.
pub(crate) trait Blocks: Debug + Send {
    /// Appends the next block, `[samples × channels]`; nothing behind the last one.
    fn next(&mut self, into: &mut Vec<f32>) -> io::Result<()>;
}

impl StoredSamples {
    /// Opens the file again, at the first sample.
    pub(crate) fn blocks(&self) -> io::Result<Box<dyn Blocks>> {
        Ok(match self {
            Self::Placed(path, placed) => {
                Box::new(InOrder { placed: Arc::clone(placed), bytes: FileBytes::open(path)?, next: 0 })
            }
            Self::Xdf(path, id) => Box::new(xdf::Played::open(path, *id)?),
        })
    }

    pub(crate) fn path(&self) -> &PathBuf {
        match self {
            Self::Placed(path, _) | Self::Xdf(path, _) => path,
        }
    }
}

#[derive(Debug)]
struct InOrder {
    placed: Arc<dyn Placed>,
    bytes: FileBytes,
    next: usize,
}

impl Blocks for InOrder {
    fn next(&mut self, into: &mut Vec<f32>) -> io::Result<()> {
        if self.next < self.placed.count() {
            let before = into.len();
            self.placed.read(&mut self.bytes, self.next, into)?;
            self.next += (into.len() - before) / self.placed.channels().max(1);
        }
        Ok(())
    }
}
