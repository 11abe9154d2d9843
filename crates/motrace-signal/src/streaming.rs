use crate::Sections;

/// Channels are filtered this many at a time, which the compiler turns into vector instructions.
const LANES: usize = 4;

/// How often states are searched for vanishing values, in samples.
const SWEEP_SAMPLES: u32 = 1024;

/// States below this are set to zero: far below any signal, far above where floating point becomes slow.
const VANISHING: f64 = 1e-200;

/// A causal filter over all channels of a stream, one sample at a time, in 64-bit floating point.
///
/// The first sample after [`Self::new`] or [`Self::reset`] sets every channel's state to the one that a constant
/// input of that value settles to (scipy's `sosfilt_zi` times the first value), so an electrode offset of tens of
/// millivolts causes no transient. The output does not depend on how the stream was cut into blocks, bit for bit.
///
/// A value that is not finite stays in a channel's state until the next [`Self::reset`]; whoever feeds the filter
/// has to replace such values first.
#[derive(Debug, Clone)]
pub struct StreamingFilter {
    coefficients: Vec<[f64; 5]>,
    steady: Vec<[f64; 2]>,
    channels: usize,
    /// `[group of channels][section]`
    states: Vec<State>,
    is_started: bool,
    samples_to_sweep: u32,
}

/// The transposed direct form II state of one section, for a group of channels.
#[derive(Debug, Clone, Copy)]
struct State {
    first: [f64; LANES],
    second: [f64; LANES],
}

impl StreamingFilter {
    /// A filter at rest for this many channels.
    #[must_use]
    pub fn new(sections: &Sections, channels: usize) -> Self {
        let at_rest = State { first: [0.0; LANES], second: [0.0; LANES] };
        Self {
            coefficients: sections.as_slice().to_vec(),
            steady: sections.steady_state(),
            channels,
            states: vec![at_rest; channels.div_ceil(LANES) * sections.as_slice().len()],
            is_started: false,
            samples_to_sweep: SWEEP_SAMPLES,
        }
    }

    /// How many channels it filters.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Filters one sample of all channels in place; it does not allocate.
    ///
    /// # Panics
    /// When the frame's length is not the number of channels.
    pub fn apply(&mut self, frame: &mut [f64]) {
        assert_eq!(frame.len(), self.channels, "a frame holds one value for each channel");
        if self.coefficients.is_empty() || frame.is_empty() {
            return;
        }
        if !self.is_started {
            self.start(frame);
        }
        self.step(frame);
    }

    /// Filters a block of samples, interleaved `[samples, channels]`, in place, as if sample by sample.
    ///
    /// # Panics
    /// When the block's length is not a multiple of the number of channels.
    pub fn apply_block(&mut self, block: &mut [f64]) {
        if block.is_empty() {
            return;
        }
        assert!(
            self.channels > 0 && block.len().is_multiple_of(self.channels),
            "a block holds whole samples of {} channels",
            self.channels
        );
        for frame in block.chunks_exact_mut(self.channels) {
            self.apply(frame);
        }
    }

    /// Forgets everything; the next sample starts the filter anew.
    pub fn reset(&mut self) {
        self.is_started = false;
        self.samples_to_sweep = SWEEP_SAMPLES;
    }

    fn start(&mut self, frame: &[f64]) {
        let groups = self.states.chunks_exact_mut(self.coefficients.len());
        for (values, states) in frame.chunks(LANES).zip(groups) {
            let mut constant = [0.0; LANES];
            constant[..values.len()].copy_from_slice(values);
            for (state, &[first, second]) in states.iter_mut().zip(&self.steady) {
                state.first = constant.map(|x| first * x);
                state.second = constant.map(|x| second * x);
            }
        }
        self.is_started = true;
    }

    #[inline]
    fn step(&mut self, frame: &mut [f64]) {
        let mut groups = self.states.chunks_exact_mut(self.coefficients.len());
        let (whole, rest) = frame.as_chunks_mut::<LANES>();
        for (values, states) in whole.iter_mut().zip(&mut groups) {
            *values = cascade(*values, &self.coefficients, states);
        }
        if let Some(states) = groups.next() {
            let mut values = [0.0; LANES];
            values[..rest.len()].copy_from_slice(rest);
            let filtered = cascade(values, &self.coefficients, states);
            rest.copy_from_slice(&filtered[..rest.len()]);
        }
        self.samples_to_sweep -= 1;
        if self.samples_to_sweep == 0 {
            self.sweep();
        }
    }

    /// A channel that has gone silent decays into subnormal numbers, on which processors are many times slower.
    /// Counting samples keeps this independent of the chunking.
    #[cold]
    fn sweep(&mut self) {
        self.samples_to_sweep = SWEEP_SAMPLES;
        for state in &mut self.states {
            for value in state.first.iter_mut().chain(&mut state.second) {
                if value.abs() < VANISHING {
                    *value = 0.0;
                }
            }
        }
    }
}

#[inline]
fn cascade(mut x: [f64; LANES], coefficients: &[[f64; 5]], states: &mut [State]) -> [f64; LANES] {
    for (&[b0, b1, b2, a1, a2], state) in coefficients.iter().zip(states) {
        let mut y = [0.0; LANES];
        for lane in 0..LANES {
            y[lane] = b0 * x[lane] + state.first[lane];
            state.first[lane] = b1 * x[lane] - a1 * y[lane] + state.second[lane];
            state.second[lane] = b2 * x[lane] - a2 * y[lane];
        }
        x = y;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{butterworth_bandpass, butterworth_lowpass};

    #[test]
    fn a_constant_offset_causes_no_transient() {
        let sections = butterworth_bandpass(4, 8.0, 30.0, 250.0).unwrap();
        let mut filter = StreamingFilter::new(&sections, 3);
        for _ in 0..1000 {
            let mut frame = [-0.08, 0.2, 0.0];
            filter.apply(&mut frame);
            assert!(frame.iter().all(|y| y.abs() < 1e-12), "{frame:?}");
        }
        let mut low = StreamingFilter::new(&butterworth_lowpass(3, 8.0, 250.0).unwrap(), 1);
        let mut frame = [-0.08];
        low.apply(&mut frame);
        assert!((frame[0] + 0.08).abs() < 1e-12, "a low-pass starts at the constant itself");
    }

    #[test]
    fn a_channel_that_falls_silent_stays_fast() {
        let sections = butterworth_bandpass(4, 8.0, 30.0, 250.0).unwrap();
        let mut filter = StreamingFilter::new(&sections, 1);
        filter.apply(&mut [0.0]);
        filter.apply(&mut [1e-4]);
        for _ in 0..200_000 {
            filter.apply(&mut [0.0]);
        }
        assert!(filter.states.iter().all(|s| s.first[0] == 0.0 || s.first[0].is_normal()));
    }

    #[test]
    fn reset_starts_over() {
        let sections = butterworth_bandpass(2, 8.0, 30.0, 250.0).unwrap();
        let mut filter = StreamingFilter::new(&sections, 2);
        let run = |filter: &mut StreamingFilter| {
            let mut block: Vec<f64> = (0..40).map(|i| f64::from(i % 7) - 3.0).collect();
            filter.apply_block(&mut block);
            block
        };
        let first = run(&mut filter);
        filter.reset();
        assert_eq!(run(&mut filter), first);
    }

    #[test]
    fn without_sections_or_channels_nothing_happens() {
        let mut nothing = StreamingFilter::new(&Sections::default(), 2);
        let mut frame = [1.0, -2.0];
        nothing.apply(&mut frame);
        assert_eq!(frame, [1.0, -2.0]);
        let mut nobody = StreamingFilter::new(&butterworth_bandpass(2, 8.0, 30.0, 250.0).unwrap(), 0);
        nobody.apply(&mut []);
        nobody.apply_block(&mut []);
    }
}
