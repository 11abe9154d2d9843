use crate::{Gap, Marker, StreamInfo};
use thiserror::Error;

/// What a source has to say next. Samples, markers and gaps come in the order of their sample indices,
/// but for markers that arrived late.
#[derive(Debug, Clone, PartialEq)]
pub enum Poll {
    /// This many samples (each of all channels, interleaved) were appended to `into`.
    Samples(usize),
    /// An event. Its index can lie before samples that were delivered already.
    Marker(Marker),
    /// Samples are missing before the next one; its index is that of the next sample.
    Gap(Gap),
    /// Nothing now; more may come.
    Idle,
    /// Nothing will come any more.
    End,
}

/// Why a source cannot go on.
#[derive(Debug, Error)]
pub enum SourceError {
    /// Reading failed.
    #[error("{0}")]
    Read(String),
    /// The stream came back as something else; going on would decode nonsense.
    #[error("{0}")]
    Changed(String),
}

/// Where samples come from: a file, or a stream on the network.
pub trait Source {
    /// The stream the samples belong to.
    fn info(&self) -> &StreamInfo;

    /// The next thing that happened. Samples are appended to `into`, interleaved `[samples × channels]`, in the
    /// unit of each channel.
    ///
    /// # Errors
    /// When the source cannot go on; what was delivered before remains valid.
    fn poll(&mut self, into: &mut Vec<f32>) -> Result<Poll, SourceError>;
}
