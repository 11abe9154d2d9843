use crate::{Provenance, RecordedStream, Recording, Samples};
use motrace_core::{Channel, Condition, Role};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is in a recording, for people and scripts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The file.
    pub path: String,
    /// Its format.
    pub format: &'static str,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// When it began, as the file says it.
    pub start: Option<String>,
    /// The files it was read from, and what wrote them.
    pub provenance: Provenance,
    /// From the first sample of any stream to the last, in seconds.
    pub duration_secs: f64,
    /// Its streams, in the file's order.
    pub streams: Vec<StreamSummary>,
    /// The texts of all markers, and how often each occurs, most frequent first.
    pub markers: Vec<MarkerCount>,
    /// What was repaired, skipped or missing.
    pub warnings: Vec<String>,
}

/// One stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StreamSummary {
    /// Its number in the file.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Its content type.
    pub kind: String,
    /// Whether its samples are strings.
    pub is_text: bool,
    /// How many samples it has.
    pub samples: usize,
    /// The declared rate in hertz; 0 for irregular streams.
    pub nominal_rate_hz: f64,
    /// Samples per second, gaps included.
    pub effective_rate_hz: f64,
    /// The device's own rate, measured between gaps.
    pub rate_between_gaps_hz: f64,
    /// When its first sample was taken, in the recording's clock; absent without samples.
    pub first_secs: Option<f64>,
    /// From its first sample to its last, in seconds.
    pub duration_secs: f64,
    /// Where samples are missing.
    pub gaps: Vec<GapSummary>,
    /// All gaps together, in seconds.
    pub missing_secs: f64,
    /// Whether its clock was compared with the recorder's.
    pub clock_offsets: usize,
    /// Its channels.
    pub channels: Vec<ChannelSummary>,
}

/// One gap.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GapSummary {
    /// The first sample after it.
    pub index: u64,
    /// The time of that sample, in the recording's clock.
    pub time_secs: f64,
    /// How many samples are missing.
    pub missing_samples: u64,
    /// How long it lasted, in seconds.
    pub length_secs: f64,
}

/// One channel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelSummary {
    /// Its label as declared; empty where none is.
    pub label: String,
    /// What it measures.
    pub role: &'static str,
    /// The unit of the figures below; empty where none is declared.
    pub unit: String,
    /// Where its electrode is: to the right, to the front, up; absent where the file does not say.
    pub position: Option<[f64; 3]>,
    /// `good`, `flat`, `railed` or `not finite`; empty for strings.
    pub condition: &'static str,
    /// The least value.
    pub minimum: Option<f64>,
    /// The greatest value.
    pub maximum: Option<f64>,
    /// The mean.
    pub mean: Option<f64>,
    /// Root mean square around the mean.
    pub rms: Option<f64>,
    /// The share of samples that are not numbers or infinite.
    pub not_finite_fraction: f64,
    /// The share of samples at the least or the greatest value.
    pub extreme_fraction: f64,
}

/// How often a marker occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarkerCount {
    /// What it says, as it was written.
    pub text: String,
    /// What it is called in its format, where that is something else: `left (OVTK_GDF_Left)` for the code 769.
    pub name: String,
    /// How often.
    pub count: usize,
}

impl Summary {
    /// More different markers than this are not listed.
    const MOST_MARKERS: usize = 200;

    /// Looks through a recording once.
    #[must_use]
    pub fn of(recording: &Recording) -> Self {
        let mut counts: BTreeMap<String, (String, usize)> = BTreeMap::new();
        for event in recording.events() {
            counts.entry(event.text).or_insert((event.detail.name, 0)).1 += 1;
        }
        let mut markers: Vec<_> =
            counts.into_iter().map(|(text, (name, count))| MarkerCount { text, name, count }).collect();
        markers.sort_by_key(|m| std::cmp::Reverse(m.count));
        let mut warnings = recording.warnings.clone();
        if markers.len() > Self::MOST_MARKERS {
            warnings.push(format!("{} different markers; the most frequent are listed", markers.len()));
            markers.truncate(Self::MOST_MARKERS);
        }
        let times =
            || recording.streams.iter().flat_map(|s| s.stamps_secs.first().into_iter().chain(s.stamps_secs.last()));
        let (first, last) = times().fold((f64::MAX, f64::MIN), |(a, b), t| (a.min(*t), b.max(*t)));
        Self {
            path: recording.path.display().to_string(),
            format: recording.format.name(),
            sha256: recording.sha256.clone(),
            start: recording.start.clone(),
            provenance: recording.provenance.clone(),
            duration_secs: (last - first).max(0.0),
            streams: recording.streams.iter().map(StreamSummary::of).collect(),
            markers,
            warnings,
        }
    }
}

impl StreamSummary {
    fn of(stream: &RecordedStream) -> Self {
        let gaps: Vec<_> = stream
            .gaps
            .iter()
            .map(|gap| GapSummary {
                index: gap.index,
                time_secs: stream.time_of_index(gap.index),
                missing_samples: gap.missing_samples,
                length_secs: gap.length_secs,
            })
            .collect();
        Self {
            id: stream.id,
            name: stream.info.name.clone(),
            kind: stream.info.kind.clone(),
            is_text: stream.info.is_text,
            samples: stream.sample_count(),
            nominal_rate_hz: stream.info.rate_hz,
            effective_rate_hz: stream.effective_rate_hz,
            rate_between_gaps_hz: stream.rate_between_gaps_hz,
            first_secs: stream.stamps_secs.first().copied(),
            duration_secs: stream.duration_secs(),
            missing_secs: gaps.iter().fold(0.0, |sum, g| sum + g.length_secs),
            gaps,
            clock_offsets: stream.clock_offsets.len(),
            channels: channels(stream),
        }
    }
}

/// Running figures of one channel.
#[derive(Debug, Clone, Copy)]
struct Figures {
    count: usize,
    not_finite: usize,
    /// The first value; sums are taken relative to it, as electrode offsets are large.
    origin: f64,
    sum: f64,
    squares: f64,
    minimum: f64,
    maximum: f64,
    at_minimum: usize,
    at_maximum: usize,
}

impl Figures {
    const NONE: Self = Self {
        count: 0,
        not_finite: 0,
        origin: 0.0,
        sum: 0.0,
        squares: 0.0,
        minimum: f64::INFINITY,
        maximum: f64::NEG_INFINITY,
        at_minimum: 0,
        at_maximum: 0,
    };

    fn add(&mut self, value: f64) {
        if !value.is_finite() {
            self.not_finite += 1;
            return;
        }
        if self.count == 0 {
            self.origin = value;
        }
        self.count += 1;
        let x = value - self.origin;
        self.sum += x;
        self.squares += x * x;
        if value < self.minimum {
            (self.minimum, self.at_minimum) = (value, 0);
        }
        if value > self.maximum {
            (self.maximum, self.at_maximum) = (value, 0);
        }
        self.at_minimum += usize::from(value == self.minimum);
        self.at_maximum += usize::from(value == self.maximum);
    }

    fn summary(&self, channel: &Channel, position: Option<[f64; 3]>, is_text: bool) -> ChannelSummary {
        let count = self.count as f64;
        let all = (self.count + self.not_finite).max(1) as f64;
        let mean = self.sum / count;
        let variance = (self.squares / count - mean * mean).max(0.0);
        let extreme = if self.minimum == self.maximum { self.count } else { self.at_minimum + self.at_maximum };
        let extreme_fraction = extreme as f64 / all;
        let not_finite_fraction = self.not_finite as f64 / all;
        let is_voltage = matches!(channel.role, Role::Eeg | Role::Eog | Role::Emg | Role::Ecg);
        let condition = if is_text {
            ""
        } else if not_finite_fraction > 0.001 {
            Condition::NotFinite.name()
        } else if self.count > 1 && self.minimum == self.maximum {
            // An input that is stuck anywhere but at zero is stuck at the end of its range.
            if self.minimum == 0.0 { Condition::Flat.name() } else { Condition::Railed.name() }
        } else if is_voltage && self.count > 100 && extreme_fraction > 0.05 {
            Condition::Railed.name()
        } else {
            Condition::Good.name()
        };
        let given = |value: f64| (self.count > 0).then_some(value);
        ChannelSummary {
            label: channel.label.clone(),
            role: channel.role.name(),
            unit: channel.unit.name().to_owned(),
            position,
            condition,
            minimum: given(self.minimum),
            maximum: given(self.maximum),
            mean: given(self.origin + mean),
            rms: given(variance.sqrt()),
            not_finite_fraction,
            extreme_fraction,
        }
    }
}

fn channels(stream: &RecordedStream) -> Vec<ChannelSummary> {
    let mut figures = vec![Figures::NONE; stream.info.channels.len()];
    match &stream.samples {
        Samples::F32(v) => accumulate(v, &mut figures, |x| f64::from(*x)),
        Samples::F64(v) => accumulate(v, &mut figures, |x| *x),
        Samples::I8(v) => accumulate(v, &mut figures, |x| f64::from(*x)),
        Samples::I16(v) => accumulate(v, &mut figures, |x| f64::from(*x)),
        Samples::I32(v) => accumulate(v, &mut figures, |x| f64::from(*x)),
        Samples::I64(v) => accumulate(v, &mut figures, |x| *x as f64),
        Samples::Text(_) => {}
    }
    let position = |i: usize| stream.positions.get(i).copied().flatten();
    let channels = figures.iter().zip(&stream.info.channels).enumerate();
    channels.map(|(i, (figures, channel))| figures.summary(channel, position(i), stream.info.is_text)).collect()
}

fn accumulate<T>(values: &[T], figures: &mut [Figures], to_f64: impl Fn(&T) -> f64) {
    for row in values.chunks_exact(figures.len().max(1)) {
        for (value, figures) in row.iter().zip(figures.iter_mut()) {
            figures.add(to_f64(value));
        }
    }
}
