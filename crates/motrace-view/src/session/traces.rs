use std::collections::VecDeque;

/// Drift below this is taken out of the traces (and only out of the traces), in hertz.
const DISPLAY_HIGHPASS_HZ: f64 = 0.5;
/// As many bins per second are kept; more than a screen has columns.
const BINS_PER_SEC: f64 = 100.0;
/// Bins × channels never exceed this, whatever a stream declares.
const CAPACITY: usize = 1 << 20;

/// The newest seconds of all traced channels, as the smallest and largest value of short bins.
///
/// Drift is removed by a one-pole high-pass at 0.5 Hz that starts at the first sample, so electrode
/// offsets of tens of millivolts do not leave the screen. Extremes survive the binning: a spike of one
/// sample is seen however many samples a column stands for.
#[derive(Debug, Clone)]
pub struct Traces {
    channels: usize,
    samples_per_bin: usize,
    capacity_bins: usize,
    /// Sample index of the oldest bin kept.
    first: u64,
    /// One past the newest sample.
    end: u64,
    bins: VecDeque<[f32; 2]>,
    open: Vec<[f32; 2]>,
    open_samples: usize,
    baseline: Vec<Option<f64>>,
    smoothing: f64,
    history_samples: u64,
}

/// A bin without a single finite sample.
const EMPTY: [f32; 2] = [f32::INFINITY, f32::NEG_INFINITY];

impl Traces {
    /// An empty history of this many channels.
    #[must_use]
    pub fn new(channels: usize, rate_hz: f64, history_secs: f64) -> Self {
        Self::starting_at(0, channels, rate_hz, history_secs)
    }

    /// An empty history whose first sample will have the index `first`.
    #[must_use]
    pub fn starting_at(first: u64, channels: usize, rate_hz: f64, history_secs: f64) -> Self {
        let history_secs = if history_secs.is_finite() { history_secs.clamp(1.0, 600.0) } else { 10.0 };
        let samples_per_bin = (rate_hz / BINS_PER_SEC).floor().max(1.0) as usize;
        let wanted_bins = (history_secs * rate_hz / samples_per_bin as f64).ceil() as usize;
        let capacity_bins = wanted_bins.clamp(1, (CAPACITY / channels.max(1)).max(1));
        Self {
            channels,
            samples_per_bin,
            capacity_bins,
            first,
            end: first,
            bins: VecDeque::new(),
            open: vec![EMPTY; channels],
            open_samples: 0,
            baseline: vec![None; channels],
            smoothing: 1.0 - (-2.0 * std::f64::consts::PI * DISPLAY_HIGHPASS_HZ / rate_hz).exp(),
            history_samples: (capacity_bins * samples_per_bin) as u64,
        }
    }

    pub(super) fn push(&mut self, microvolts: &[f32]) {
        if self.channels == 0 {
            return;
        }
        for frame in microvolts.chunks_exact(self.channels) {
            for ((value, baseline), bin) in frame.iter().zip(&mut self.baseline).zip(&mut self.open) {
                if !value.is_finite() {
                    continue;
                }
                let value = f64::from(*value);
                let base = baseline.get_or_insert(value);
                *base += self.smoothing * (value - *base);
                let shown = (value - *base) as f32;
                *bin = [bin[0].min(shown), bin[1].max(shown)];
            }
            self.end += 1;
            self.open_samples += 1;
            if self.open_samples == self.samples_per_bin {
                self.close_bin();
            }
        }
    }

    fn close_bin(&mut self) {
        while self.bins.len() >= self.capacity_bins * self.channels {
            self.bins.drain(..self.channels);
            self.first += self.samples_per_bin as u64;
        }
        self.bins.extend(&self.open);
        self.open.fill(EMPTY);
        self.open_samples = 0;
    }

    /// How many channels are traced.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// One past the index of the newest sample.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.end
    }

    /// The index of the oldest sample that is kept.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// How many samples the history holds when it is full.
    #[must_use]
    pub fn history_samples(&self) -> u64 {
        self.history_samples
    }

    /// How many values are held, for all channels together.
    #[must_use]
    pub fn held(&self) -> usize {
        self.bins.len() * 2
    }

    /// Smallest and largest value of a channel over samples `start..end`, in microvolts; `None` where nothing
    /// finite is known.
    #[must_use]
    pub fn extremes(&self, channel: usize, start: u64, end: u64) -> Option<[f32; 2]> {
        if channel >= self.channels || end <= self.first || start >= end {
            return None;
        }
        let per_bin = self.samples_per_bin as u64;
        let from = (start.max(self.first) - self.first) / per_bin;
        let to = (end - self.first).div_ceil(per_bin).min((self.bins.len() / self.channels) as u64);
        let found = (from..to).fold(EMPTY, |found, bin| {
            let [low, high] = self.bins.get(bin as usize * self.channels + channel).copied().unwrap_or(EMPTY);
            [found[0].min(low), found[1].max(high)]
        });
        (found[0] <= found[1]).then_some(found)
    }
}
