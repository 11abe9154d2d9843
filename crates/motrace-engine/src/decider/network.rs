use super::Evidence;
use crate::sample_ring::Missed;
use crate::{EngineError, InputStage, Logits, NetworkDecoder, NetworkReader, Preparation, WindowBuffer};
use motrace_core::{Gap, StreamInfo};
use motrace_net::Sliding;
use ndarray::Array2;

/// From samples to the values of a network: all channels are filtered and standardised, and a value is what the network says
/// of a window of them.
///
/// Where the network can slide, each sample is worked on once and a window costs its last layers alone; the bits are those of
/// the whole window.
#[derive(Debug, Clone)]
pub(super) struct NetworkPath {
    reader: NetworkReader,
    sliding: Option<Box<Sliding>>,
    /// The newest sample as the network reads it.
    sample: Vec<f32>,
    buffer: WindowBuffer,
    /// Where the windows of sliding decisions and of trials are copied to, `[channels, samples]`.
    windows: [Array2<f64>; 2],
}

impl NetworkPath {
    pub fn new(
        decoder: &NetworkDecoder,
        preparation: &Preparation,
        info: &StreamInfo,
        first: u64,
    ) -> Result<Self, EngineError> {
        let channels = preparation.channels.len();
        let lengths = [preparation.sliding_samples(), preparation.window_samples()];
        let reader = NetworkReader::new(decoder, preparation)?;
        let mut sliding = match preparation.input {
            // What a network reads of an envelope depends on where the window begins.
            InputStage::Envelope { .. } => None,
            InputStage::Filtered | InputStage::Standardised { .. } => {
                Sliding::new(reader.runner(), preparation.retained_samples()).ok().map(Box::new)
            }
        };
        if let Some(sliding) = &mut sliding {
            sliding.begin_at(first);
        }
        Ok(Self {
            reader,
            sliding,
            sample: vec![0.0; channels],
            buffer: WindowBuffer::new(preparation, info, first)?,
            windows: lengths.map(|samples| Array2::zeros((channels, samples))),
        })
    }

    pub fn next(&self) -> u64 {
        self.buffer.next_index()
    }

    pub fn begin_at(&mut self, first: u64) {
        self.buffer.begin_at(first);
        if let Some(sliding) = &mut self.sliding {
            sliding.begin_at(first);
        }
    }

    pub fn push_frame(&mut self, frame: &[f32]) {
        let row = self.buffer.push_frame(frame);
        if let Some(sliding) = &mut self.sliding {
            self.sample.iter_mut().zip(row).for_each(|(to, from)| *to = *from as f32);
            sliding.push(&self.sample);
        }
    }

    pub fn gap(&mut self, gap: &Gap) {
        let before = self.buffer.next_index();
        self.buffer.gap(gap);
        let after = self.buffer.next_index();
        if after > before
            && let Some(sliding) = &mut self.sliding
        {
            sliding.begin_at(after);
        }
    }

    pub fn evidence(&mut self, start: u64, end: u64) -> Result<Evidence, Missed> {
        let Self { reader, sliding, buffer, windows, .. } = self;
        let samples = end.saturating_sub(start) as usize;
        if let Some(sliding) = sliding {
            let veto = buffer.veto(start, end)?;
            let of = |at: usize| Logits::of_outputs(sliding.outputs(start + at as u64)?);
            if let Some(logits) = reader.mean_over(samples, of) {
                return Ok(Evidence { logits, frozen_value: None, veto });
            }
        }
        let window = windows.iter_mut().find(|window| window.ncols() == samples).ok_or(Missed::Gone)?;
        let veto = buffer.copy_window(start, window.view_mut())?;
        let logits = reader.logits(window.view()).ok_or(Missed::Gone)?;
        Ok(Evidence { logits, frozen_value: None, veto })
    }
}
