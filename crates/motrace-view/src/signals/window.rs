use super::SignalInfo;
use motrace_core::ChannelQuality;

/// Drift below this is taken out of what is drawn (and only out of that), in hertz.
const DISPLAY_HIGHPASS_HZ: f64 = 0.5;

/// So many values of a channel are ranked.
const MOST_RANKED: usize = 2000;

/// The samples a browser needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalRequest {
    /// The first sample.
    pub first: u64,
    /// One past the last.
    pub end: u64,
    /// Whether they are to be filtered.
    pub is_filtered: bool,
}

/// A part of a recording.
#[derive(Debug, Clone)]
pub struct SignalWindow {
    /// What was asked for.
    pub request: SignalRequest,
    /// Interleaved `[samples, channels]`; in microvolts where the channel is a voltage, else in its unit.
    pub values: Vec<f32>,
    /// The quality of each channel over this window; `None` for those that are not judged.
    pub quality: Vec<Option<ChannelQuality>>,
}

/// A window as it is drawn: without drift and without what comes before it.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) request: SignalRequest,
    /// By channel, in the recording's order.
    pub(super) quality: Vec<Option<ChannelQuality>>,
    channels: usize,
    values: Vec<f32>,
}

impl Held {
    pub(super) fn new(window: SignalWindow, info: &SignalInfo, shown_from: u64) -> Self {
        let SignalWindow { request, mut values, mut quality } = window;
        let channels = info.channels.len();
        values.truncate(values.len() / channels.max(1) * channels);
        if !request.is_filtered {
            let restarts: Vec<u64> = info.gaps.iter().map(|g| g.index).collect();
            take_drift_out(&mut values, channels, info.rate_hz, request.first, &restarts);
        }
        let lead = usize::try_from(shown_from.saturating_sub(request.first)).unwrap_or(0) * channels;
        values.drain(..lead.min(values.len()));
        quality.resize(channels, None);
        for (quality, channel) in quality.iter_mut().zip(&info.channels) {
            // Shown under the name that the channel has here.
            if let Some(quality) = quality {
                quality.label.clone_from(&channel.label);
            }
        }
        Self { request, quality, channels, values }
    }

    pub(super) fn samples(&self) -> usize {
        self.values.len() / self.channels.max(1)
    }

    fn at(&self, channel: usize, sample: usize) -> Option<f32> {
        self.values.get(sample * self.channels + channel).copied().filter(|v| v.is_finite())
    }

    /// Smallest and largest value of a channel in one of `columns` columns; the value between two samples where there
    /// are fewer samples than columns. `None` where nothing finite is known.
    pub(super) fn extremes(&self, channel: usize, column: usize, columns: usize) -> Option<[f32; 2]> {
        let samples = self.samples();
        if channel >= self.channels || columns == 0 || samples == 0 {
            return None;
        }
        if samples < columns {
            let place =
                ((column as f64 + 0.5) / columns as f64 * samples as f64 - 0.5).clamp(0.0, samples as f64 - 1.0);
            let (before, share) = (place as usize, place.fract() as f32);
            let (left, right) = (self.at(channel, before)?, self.at(channel, (before + 1).min(samples - 1)));
            let value = left + (right.unwrap_or(left) - left) * share;
            return Some([value, value]);
        }
        let from = column * samples / columns;
        let to = ((column + 1) * samples / columns).max(from + 1).min(samples);
        let found = (from..to)
            .filter_map(|sample| self.at(channel, sample))
            .fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], value| [low.min(value), high.max(value)]);
        (found[0] <= found[1]).then_some(found)
    }

    /// What the middle 95 % of a channel's values span, so that a blink does not make all traces small.
    pub(super) fn usual_span(&self, channel: usize) -> Option<f32> {
        let step = (self.samples() / MOST_RANKED).max(1);
        let mut values: Vec<f32> = (0..self.samples()).step_by(step).filter_map(|s| self.at(channel, s)).collect();
        values.sort_by(f32::total_cmp);
        let [low, high] = [0.025, 0.975].map(|share| values.get((share * values.len() as f64) as usize));
        Some(high? - low?)
    }

    /// What a channel spans over the whole window.
    pub(super) fn span(&self, channel: usize) -> Option<[f32; 2]> {
        self.extremes(channel, 0, 1)
    }
}

/// A high-pass of one pole that begins at the first sample and anew after each gap, so that electrode offsets of tens of
/// millivolts do not leave the screen.
fn take_drift_out(values: &mut [f32], channels: usize, rate_hz: f64, first: u64, restarts: &[u64]) {
    if channels == 0 {
        return;
    }
    let smoothing = 1.0 - (-2.0 * std::f64::consts::PI * DISPLAY_HIGHPASS_HZ / rate_hz.max(1e-9)).exp();
    let mut baseline: Vec<Option<f64>> = vec![None; channels];
    for (index, frame) in (first..).zip(values.chunks_exact_mut(channels)) {
        if restarts.binary_search(&index).is_ok() {
            baseline.fill(None);
        }
        for (value, baseline) in frame.iter_mut().zip(&mut baseline).filter(|(value, _)| value.is_finite()) {
            let base = baseline.get_or_insert(f64::from(*value));
            *base += smoothing * (f64::from(*value) - *base);
            *value = (f64::from(*value) - *base) as f32;
        }
    }
}
