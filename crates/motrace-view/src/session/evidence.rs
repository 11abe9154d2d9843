use super::view_index;
use motrace_core::{Ledger, Relevance, View, clean_text};
use std::ops::Range;

/// Length of a bin of the condensed maps, in seconds, where that gives at most [`MAX_BINS`].
const BIN_SECS: f64 = 0.05;
const MAX_BINS: usize = 64;
/// A warning is cut after this many characters, and no more than so many are kept.
const WARNING_CHARS: usize = 200;
const MAX_WARNINGS: usize = 8;
/// A held peak fades by this factor with each relevance: to a half within about 70.
const FADE: f32 = 0.99;

/// One decision's relevance, condensed to what a screen can show, with its ledger and warnings.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The first sample of the window.
    pub start: u64,
    /// One past the last sample of the window.
    pub end: u64,
    /// The class that positive relevance speaks for.
    pub class: usize,
    /// Where all of the relevance went.
    pub ledger: Ledger,
    /// What the ledger gives rise to, in words.
    pub warnings: Vec<String>,
    /// Relevance of each spatial filter, in units of the decision value.
    pub components: Vec<f64>,
    channels: usize,
    bins: usize,
    per_channel: [Vec<f32>; 3],
    /// `[channels, bins]`, relevance per 100 ms.
    density: [Vec<f32>; 3],
    /// Per view, the largest |value| seen lately in topographies and in maps.
    peaks: [[f32; 2]; 3],
}

impl Evidence {
    /// Condenses a relevance: each view summed over time, and averaged in bins of about 50 ms.
    #[must_use]
    pub fn new(relevance: &Relevance, warnings: &[String], rate_hz: f64) -> Self {
        let (channels, samples) = relevance.input.dim();
        let wanted = (samples as f64 / rate_hz / BIN_SECS).round();
        let bins = if wanted.is_finite() { (wanted as usize).clamp(1, MAX_BINS).min(samples.max(1)) } else { 1 };
        let mut density: [Vec<f32>; 3] = std::array::from_fn(|_| Vec::new());
        let mut per_channel: [Vec<f32>; 3] = std::array::from_fn(|_| Vec::new());
        for view in relevance.views() {
            let v = view_index(view);
            (per_channel[v], density[v]) = (vec![0.0; channels], vec![0.0; channels * bins]);
            for (c, row) in relevance.view(view).rows().into_iter().take(channels).enumerate() {
                per_channel[v][c] = row.sum() as f32;
                for b in 0..bins {
                    let range = bin_range(b, bins, row.len());
                    let (length, sum) = (range.len(), row.iter().skip(range.start).take(range.len()).sum::<f64>());
                    density[v][c * bins + b] = (sum / length.max(1) as f64 * rate_hz * 0.1) as f32;
                }
            }
        }
        let peaks = std::array::from_fn(|v| [peak(&per_channel[v]), peak(&density[v])]);
        Self {
            start: relevance.start,
            end: relevance.end,
            class: relevance.class,
            ledger: relevance.ledger.clone(),
            warnings: warnings.iter().take(MAX_WARNINGS).map(|w| clean_text(w, WARNING_CHARS)).collect(),
            components: relevance.components.iter().copied().take(64).collect(),
            channels,
            bins,
            per_channel,
            density,
            peaks,
        }
    }

    /// Keeps the colour scale calm from one decision to the next: earlier peaks fade, they do not vanish.
    pub(super) fn hold_peaks_of(&mut self, before: &Self) {
        for (now, before) in self.peaks.iter_mut().flatten().zip(before.peaks.iter().flatten()) {
            *now = now.max(before * FADE);
        }
    }

    /// Whether this view is there; that of a network has INPUT alone.
    #[must_use]
    pub fn has(&self, view: View) -> bool {
        !self.per_channel[view_index(view)].is_empty()
    }

    /// The view that is shown where this one is wanted: itself, or the first that is there.
    #[must_use]
    pub fn nearest(&self, wanted: View) -> View {
        if self.has(wanted) { wanted } else { View::ALL.into_iter().find(|view| self.has(*view)).unwrap_or(wanted) }
    }

    /// How many channels there are.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// How many bins of time there are.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// A view summed over time, one value per channel, in units of the decision value; empty where it is not there.
    #[must_use]
    pub fn per_channel(&self, view: View) -> &[f32] {
        &self.per_channel[view_index(view)]
    }

    /// A channel's relevance over time, one value per bin, in units of the decision value per 100 ms.
    #[must_use]
    pub fn over_time(&self, view: View, channel: usize) -> &[f32] {
        let at = channel * self.bins;
        self.density[view_index(view)].get(at..at + self.bins).unwrap_or(&[])
    }

    /// The largest |value| of [`Evidence::per_channel`], held from earlier decisions in a running session.
    #[must_use]
    pub fn channel_peak(&self, view: View) -> f32 {
        self.peaks[view_index(view)][0]
    }

    /// The largest |value| of [`Evidence::over_time`], held from earlier decisions in a running session.
    #[must_use]
    pub fn time_peak(&self, view: View) -> f32 {
        self.peaks[view_index(view)][1]
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let values = 3 * self.channels * (self.bins + 1);
        let words: usize = self.warnings.iter().map(String::len).sum();
        let layers = size_of_val(self.ledger.layers.as_slice());
        size_of::<Self>() + 4 * values + 8 * self.components.len() + words + layers
    }
}

fn bin_range(bin: usize, bins: usize, samples: usize) -> Range<usize> {
    bin * samples / bins..(bin + 1) * samples / bins
}

fn peak(values: &[f32]) -> f32 {
    values.iter().filter(|v| v.is_finite()).fold(0.0, |peak, v| peak.max(v.abs()))
}
