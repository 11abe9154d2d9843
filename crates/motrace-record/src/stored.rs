//! Signals that stay in their file and are read in blocks.

use crate::bytes::{Bytes, FileBytes, Unreadable};
use crate::recording::Contents;
use crate::timeline::Timeline;
use crate::whole::{self, Whence};
use crate::xdf;
use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
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

    /// Samples that lie in one piece of the file; parts that are multiples of it are read best.
    fn unit(&self) -> usize {
        1
    }

    /// How many samples are read at a time from this one on, which is the first or the one behind the last block. At
    /// least one, where there is one, and none behind the last.
    fn block(&self, from: usize) -> usize;

    /// Whether single precision does not tell all stored numbers apart.
    fn is_wide(&self) -> bool {
        false
    }

    /// Whether samples can be missing, and then are not numbers.
    fn may_miss(&self) -> bool {
        false
    }

    /// What is to be said where samples are missing, so many of each channel.
    fn remark_missing(&self, _missing: &[usize]) -> Option<String> {
        None
    }

    /// Reads samples of all channels, `[samples × channels]`, from this one on: as many as `into` has room for, which
    /// is no more than a block.
    fn read_f32(&self, bytes: &mut dyn Bytes, from: usize, into: &mut [f32]) -> io::Result<()>;

    /// The same in double precision.
    fn read_f64(&self, bytes: &mut dyn Bytes, from: usize, into: &mut [f64]) -> io::Result<()>;

    /// Appends a block of samples as replay gives them.
    fn read(&self, bytes: &mut dyn Bytes, from: usize, into: &mut Vec<f32>) -> io::Result<()> {
        let before = into.len();
        into.resize(before + self.block(from) * self.channels(), 0.0);
        self.read_f32(bytes, from, &mut into[before..])
    }
}

/// What a reader of a format with places finds: everything but the samples, where those are, and when. The signals come
/// first among the streams.
#[derive(Debug)]
pub(crate) struct Outline {
    pub(crate) contents: Contents,
    pub(crate) signals: Vec<(Arc<dyn Placed>, Timeline)>,
}

impl Outline {
    /// With all samples and stamps.
    pub(crate) fn into_whole(mut self, whence: Whence<'_>) -> Result<Contents, Unreadable> {
        for (stream, (signals, timeline)) in self.contents.streams.iter_mut().zip(self.signals) {
            stream.samples = whole::all(&*signals, whence)?;
            if signals.may_miss()
                && let Some(missing) = whole::missing_of(&stream.samples, signals.channels())
                && let Some(remark) = signals.remark_missing(&missing)
            {
                self.contents.warnings.push(remark);
            }
            stream.stamps_secs = timeline.into_stamps();
        }
        Ok(self.contents)
    }

    /// With the places of samples in the file at `path`, and no stamps.
    pub(crate) fn into_stored(mut self, path: &Path) -> Result<(Contents, Vec<Stored>), Unreadable> {
        let mut stored = Vec::with_capacity(self.signals.len());
        for (signals, timeline) in self.signals {
            if signals.may_miss()
                && let Some(missing) = whole::missing_in(&*signals, path)?
                && let Some(remark) = signals.remark_missing(&missing)
            {
                self.contents.warnings.push(remark);
            }
            stored.push(Stored { timeline, samples: StoredSamples::Placed(path.to_owned(), signals) });
        }
        Ok((self.contents, stored))
    }
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
