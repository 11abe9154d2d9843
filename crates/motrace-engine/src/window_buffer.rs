use crate::front_end::{FrontEnd, veto_of};
use crate::sample_ring::{Missed, SampleRing};
use crate::{ChannelMap, EngineError, Preparation};
use motrace_core::{Gap, StreamInfo, Veto};
use ndarray::{ArrayView2, ArrayViewMut2};

/// The newest samples as a decoder reads them: selected, held where bad, re-referenced, filtered, in volts or as
/// [`crate::InputStage`] makes them.
///
/// Networks read their windows here. For CSP + LDA it is the full-channel twin of what a [`crate::Decider`] computes on its components: explanations read
/// their window here, and training its epochs.
#[derive(Debug, Clone)]
pub struct WindowBuffer {
    front_end: FrontEnd,
    volts: SampleRing,
    channels: usize,
    width: usize,
    stream_channels: usize,
}

impl WindowBuffer {
    /// For a stream, whose first sample here has the index `first`.
    ///
    /// # Errors
    /// Where the stream does not fit.
    pub fn new(preparation: &Preparation, info: &StreamInfo, first: u64) -> Result<Self, EngineError> {
        Self::of_derivations(preparation, info, first, None)
    }

    /// For derivations of the channels, `[derivations, channels]`, in place of the channels themselves.
    pub(crate) fn of_derivations(
        preparation: &Preparation,
        info: &StreamInfo,
        first: u64,
        derivations: Option<ArrayView2<f64>>,
    ) -> Result<Self, EngineError> {
        preparation.check()?;
        let map = ChannelMap::resolve(preparation, info)?;
        let front_end = FrontEnd::new(preparation, &map, derivations)?;
        let width = front_end.padded_outputs();
        Ok(Self {
            volts: SampleRing::new(width, preparation.retained_samples(), first),
            front_end,
            channels: derivations.map_or(preparation.channels.len(), |derivations| derivations.nrows()),
            width,
            stream_channels: map.stream_channels,
        })
    }

    /// How many channels, or derivations, a window has.
    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// The index of the next sample.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.volts.next()
    }

    /// Lets a buffer that was pushed nothing yet begin at this sample.
    pub(crate) fn begin_at(&mut self, first: u64) {
        self.volts.begin_at(first);
    }

    /// The next samples, interleaved `[samples, channels of the stream]`, in the stream's units.
    pub fn push(&mut self, samples: &[f32]) {
        for frame in samples.chunks_exact(self.stream_channels) {
            self.push_frame(frame);
        }
    }

    /// Gives the sample as it was kept, a value for each channel and some to spare.
    pub(crate) fn push_frame(&mut self, frame: &[f32]) -> &[f64] {
        let (row, flags) = self.front_end.step(frame);
        self.volts.slot().copy_from_slice(row);
        self.volts.advance(flags);
        row
    }

    /// What speaks against a window.
    pub(crate) fn veto(&self, start: u64, end: u64) -> Result<Veto, Missed> {
        veto_of(self.volts.stretch(start, end)?.flags).ok_or(Missed::Lost)
    }

    /// Samples are missing before the next one; see [`crate::Decider::gap`].
    pub fn gap(&mut self, gap: &Gap) {
        self.front_end.gap();
        self.volts.skip_to(gap.index);
    }

    /// Copies the samples from `start` on, as many as `out` has columns, to `out`, `[channels, samples]`, and
    /// says what speaks against them.
    ///
    /// # Errors
    /// Where they are not all there, or `out` has another number of channels (then it is [`Missed::Gone`]).
    pub fn copy_window(&self, start: u64, mut out: ArrayViewMut2<f64>) -> Result<Veto, Missed> {
        let (channels, samples) = out.dim();
        if channels != self.channels {
            return Err(Missed::Gone);
        }
        let stretch = self.volts.stretch(start, start.saturating_add(samples as u64))?;
        let veto = veto_of(stretch.flags).ok_or(Missed::Lost)?;
        let rows = stretch.values.into_iter().flat_map(|part| part.chunks_exact(self.width));
        for (mut column, row) in out.columns_mut().into_iter().zip(rows) {
            for (to, from) in column.iter_mut().zip(row) {
                *to = *from;
            }
        }
        Ok(veto)
    }
}
