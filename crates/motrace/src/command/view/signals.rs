//! `motrace view` without a model: the signals themselves.

use crate::config::Config;
use crate::failure::Failure;
use crate::recordings::Loaded;
use crate::stopping;
use motrace_core::{ChannelQuality, Montage, Role, canonical_label};
use motrace_engine::Tape;
use motrace_signal::{FilterSpec, Sections, StreamingFilter};
use motrace_view::terminal::{Keys, Screen};
use motrace_view::{Action, SignalBrowser, SignalChannel, SignalInfo, SignalRequest, SignalWindow};
use ndarray::Array2;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long a key is waited for before the program looks whether it is to end.
const PATIENCE: Duration = Duration::from_millis(100);
/// What is left of the filter's transient where a window begins.
const SETTLED: f64 = 1e-3;
/// A filter that takes longer than this to settle is not waited for.
const LONGEST_LEAD_SECS: f64 = 30.0;

/// Browses the signals and markers of a recording.
pub fn run(path: &Path, config: &Config) -> Result<(), Failure> {
    let loaded = Loaded::open(path, config)?;
    let signals = Signals::new(&loaded, config)?;
    let mut browser = SignalBrowser::detect(signals.info(&loaded));
    let mut screen = Screen::enter()?;
    let stop = stopping::on_request();
    let keys = Keys::listen()?;
    while !stop.load(Ordering::Relaxed) {
        if let Some(request) = browser.request() {
            browser.show(signals.window(request));
        }
        screen.draw(|frame| browser.render(frame))?;
        // Drawn again only where something changed; keys that came meanwhile are handled before.
        let mut key = None;
        while key.is_none() && keys.resized().try_recv().is_err() && !stop.load(Ordering::Relaxed) {
            key = keys.next(PATIENCE)?;
        }
        while let Some(pressed) = key {
            if browser.on_key(pressed) == Action::Quit {
                return Ok(());
            }
            key = keys.pressed().try_recv().ok().transpose()?;
        }
    }
    Ok(())
}

/// The stream that is looked at.
struct Signals {
    tape: Tape,
    rate_hz: f64,
    /// From the stream's units to microvolts, for the channels that are voltages.
    scales: Vec<Option<f32>>,
    roles: Vec<Role>,
    labels: Vec<String>,
    filter: Result<Sections, String>,
    /// What the filter leaves, in words.
    band: String,
    gaps: Vec<u64>,
}

impl Signals {
    fn new(loaded: &Loaded, config: &Config) -> Result<Self, Failure> {
        let tape = loaded.tape()?;
        let rate_hz = loaded.info.rate_hz;
        let spec = FilterSpec {
            band_hz: Some(config.band_hz()),
            order: config.filter.order,
            notch_hz: config.filter.notch_hz,
        };
        Ok(Self {
            band: match (config.band_hz(), config.filter.notch_hz) {
                ([low, high], Some(notch)) => format!("{low}–{high} Hz causal, without {notch} Hz"),
                ([low, high], None) => format!("{low}–{high} Hz causal"),
            },
            filter: spec.design(rate_hz).map_err(|e| e.to_string()),
            scales: loaded.info.channels.iter().map(|c| c.unit.in_volts().map(|v| (v * 1e6) as f32)).collect(),
            roles: loaded.info.channels.iter().map(|c| c.role).collect(),
            labels: loaded.info.channels.iter().map(|c| canonical_label(&c.label)).collect(),
            gaps: tape.gaps().map(|g| g.index).collect(),
            rate_hz,
            tape,
        })
    }

    fn info(&self, loaded: &Loaded) -> SignalInfo {
        SignalInfo {
            name: loaded.name(),
            format: loaded.format().name().to_owned(),
            rate_hz: self.rate_hz,
            samples: self.tape.len(),
            channels: (0..self.labels.len())
                .map(|c| SignalChannel {
                    label: self.labels[c].clone(),
                    role: self.roles[c],
                    is_voltage: self.scales[c].is_some(),
                })
                .collect(),
            markers: self.tape.markers().cloned().collect(),
            gaps: self.tape.gaps().copied().collect(),
            filter: self.filter.as_ref().map(|_| self.band.clone()).map_err(Clone::clone),
        }
    }

    fn window(&self, request: SignalRequest) -> SignalWindow {
        let values = match (&self.filter, request.is_filtered) {
            (Ok(sections), true) => self.filtered(sections, request),
            _ => self.microvolts(request.first, request.end),
        };
        SignalWindow { request, values, quality: self.quality(request) }
    }

    /// Samples as they were recorded, in microvolts where they are voltages.
    fn microvolts(&self, first: u64, end: u64) -> Vec<f32> {
        let channels = self.scales.len().max(1);
        let place = |sample: u64| usize::try_from(sample.min(self.tape.len())).unwrap_or(0) * channels;
        let values = self.tape.samples().get(place(first)..place(end)).unwrap_or_default();
        let scaled = values
            .chunks_exact(channels)
            .flat_map(|frame| frame.iter().zip(&self.scales).map(|(value, scale)| value * scale.unwrap_or(1.0)));
        scaled.collect()
    }

    /// The same through the causal filter, which has settled before the window begins.
    fn filtered(&self, sections: &Sections, request: SignalRequest) -> Vec<f32> {
        let channels = self.scales.len().max(1);
        let most = (LONGEST_LEAD_SECS * self.rate_hz) as usize;
        let lead = sections.settling_samples(SETTLED).min(most) as u64;
        let begin = request.first.saturating_sub(lead);
        let mut values = self.microvolts(begin, request.end);
        let mut filter = StreamingFilter::new(sections, channels);
        let (mut last_good, mut frame) = (vec![0.0; channels], vec![0.0; channels]);
        for (index, sample) in (begin..).zip(values.chunks_exact_mut(channels)) {
            if self.gaps.binary_search(&index).is_ok() {
                filter.reset();
            }
            for ((value, good), into) in sample.iter().zip(&mut last_good).zip(&mut frame) {
                if value.is_finite() {
                    *good = f64::from(*value);
                }
                *into = *good;
            }
            filter.apply(&mut frame);
            for ((value, filtered), scale) in sample.iter_mut().zip(&frame).zip(&self.scales) {
                // What was not there is not drawn, and triggers are not smoothed.
                if scale.is_some() && value.is_finite() {
                    *value = *filtered as f32;
                }
            }
        }
        let lead = usize::try_from(request.first - begin).unwrap_or(0) * channels;
        values.drain(..lead.min(values.len()));
        values
    }

    /// The quality of the EEG channels in the window, of the signal as it was recorded.
    fn quality(&self, request: SignalRequest) -> Vec<Option<ChannelQuality>> {
        let judged: Vec<usize> =
            (0..self.scales.len()).filter(|c| self.roles[*c] == Role::Eeg && self.scales[*c].is_some()).collect();
        let values = self.microvolts(request.first, request.end);
        let channels = self.scales.len().max(1);
        let volts = Array2::from_shape_fn((judged.len(), values.len() / channels), |(row, sample)| {
            f64::from(values[sample * channels + judged[row]]) * 1e-6
        });
        let labels: Vec<&str> = judged.iter().map(|c| self.labels[*c].as_str()).collect();
        let found = motrace_signal::assess(volts.view(), &Montage::new(labels), self.rate_hz);
        let mut quality = vec![None; self.scales.len()];
        for (channel, found) in judged.into_iter().zip(found) {
            quality[channel] = Some(found);
        }
        quality
    }
}
