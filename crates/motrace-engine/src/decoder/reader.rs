use super::{Logits, NetworkDecoder};
use crate::{EngineError, Preparation};
use motrace_net::Runner;
use ndarray::ArrayView2;

/// Reads windows with a network: what the deciding thread runs. It allocates nothing after construction.
#[derive(Debug, Clone)]
pub struct NetworkReader {
    runner: Runner,
    input: WindowInput,
    crop_stride_samples: usize,
}

impl NetworkReader {
    /// For a network and what is prepared for it.
    ///
    /// # Errors
    /// Where they do not fit each other, or the network cannot be merged.
    pub fn new(decoder: &NetworkDecoder, preparation: &Preparation) -> Result<Self, EngineError> {
        decoder.check(preparation)?;
        let runner = Runner::new(&decoder.network).map_err(|e| EngineError::Network(e.to_string()))?;
        Ok(Self { runner, input: WindowInput::new(preparation), crop_stride_samples: decoder.crop_stride_samples })
    }

    /// What the network says of a window `[channels, samples]` as it is prepared; of one that is longer than the network's, the
    /// mean over the network's windows in it. `None` where the window does not fit.
    pub fn logits(&mut self, window: ArrayView2<f64>) -> Option<Logits> {
        let Self { runner, input, crop_stride_samples } = self;
        let starts = input.starts(window.ncols(), *crop_stride_samples);
        Logits::mean(starts.map(|start| Logits::of_outputs(runner.run(input.fill(window, start)?))))
    }

    /// The mean over the network's windows in one of so many samples, which begin where `of` is asked; `None` where one of
    /// them has no outputs, or there is none.
    pub(crate) fn mean_over(&self, samples: usize, of: impl FnMut(usize) -> Option<Logits>) -> Option<Logits> {
        Logits::mean(self.input.starts(samples, self.crop_stride_samples).map(of))
    }

    pub(crate) fn runner(&self) -> &Runner {
        &self.runner
    }
}

/// Lays a window out as a network takes it.
#[derive(Debug, Clone)]
pub(crate) struct WindowInput {
    channels: usize,
    /// Samples of the stream in a window.
    samples: usize,
    /// Values of each channel that the network reads of them; fewer for envelopes.
    values: usize,
    laid_out: Vec<f32>,
}

impl WindowInput {
    pub fn new(preparation: &Preparation) -> Self {
        let (channels, samples) = (preparation.channels.len(), preparation.sliding_samples());
        Self::of_shape(channels, samples, preparation.input.values(samples, preparation.rate_hz))
    }

    /// For windows of `[channels, samples]` of which so many values of each channel are read.
    pub fn of_shape(channels: usize, samples: usize, values: usize) -> Self {
        Self { channels, samples, values, laid_out: vec![0.0; channels * values] }
    }

    /// Where the network's windows begin in one of so many samples.
    pub fn starts(&self, window_samples: usize, stride: usize) -> impl Iterator<Item = usize> + use<> {
        let last = window_samples.checked_sub(self.samples);
        (0..last.map_or(0, |last| last + 1)).step_by(stride.max(1))
    }

    /// The samples of the stream that a value stands for, counted from the window's first.
    pub fn samples_of(&self, value: usize) -> std::ops::Range<usize> {
        value * self.samples / self.values..(value + 1) * self.samples / self.values
    }

    /// The network's window that begins at `start`, row after row; `None` where it is not there.
    pub fn fill(&mut self, window: ArrayView2<f64>, start: usize) -> Option<&[f32]> {
        if window.nrows() != self.channels || start + self.samples > window.ncols() {
            return None;
        }
        let values = self.values;
        if values == self.samples {
            for (row, to) in window.outer_iter().zip(self.laid_out.chunks_exact_mut(values.max(1))) {
                for (to, x) in to.iter_mut().zip(row.iter().skip(start)) {
                    *to = *x as f32;
                }
            }
            return Some(&self.laid_out);
        }
        for (channel, row) in window.outer_iter().enumerate() {
            for value in 0..values {
                let range = self.samples_of(value);
                let count = range.len().max(1) as f64;
                let sum: f64 = row.iter().skip(start + range.start).take(range.len()).sum();
                self.laid_out[channel * values + value] = (sum / count) as f32;
            }
        }
        Some(&self.laid_out)
    }
}
