//! What the recording says of the signal: gaps, time, and the channels over the session.

use super::figures::{ChannelFigures, GapFigures, RecordingFigures};
use super::material::Material;
use super::scores::median;
use motrace_core::{Condition, Gap, Montage, Poll, Role, Source};
use motrace_record::SessionEvent;
use motrace_signal::assess;
use ndarray::{Array2, ArrayView2};
use std::collections::BTreeMap;

/// Columns of the map of the channels over the session, at most.
const MOST_COLUMNS: usize = 160;

/// From sample indices to seconds since the first sample, gaps included.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clock {
    rate_hz: f64,
    samples: u64,
    gaps: Vec<Gap>,
}

impl Clock {
    /// When a sample came.
    pub fn secs(&self, index: u64) -> f64 {
        if self.rate_hz <= 0.0 {
            return 0.0;
        }
        // A gap's length counts from one sample to the next.
        let lost: f64 = self.gaps.iter().filter(|g| g.index <= index).map(|g| self.lost_secs(g)).sum();
        index as f64 / self.rate_hz + lost
    }

    /// The length of the session, in seconds.
    pub fn length_secs(&self) -> f64 {
        self.secs(self.samples)
    }

    /// Where samples are missing.
    pub fn gaps(&self) -> Vec<GapFigures> {
        let figures = |g: &Gap| GapFigures {
            at_secs: self.secs(g.index) - self.lost_secs(g),
            length_secs: g.length_secs,
            missing_samples: g.missing_samples,
        };
        self.gaps.iter().map(figures).collect()
    }

    fn lost_secs(&self, gap: &Gap) -> f64 {
        (gap.length_secs - 1.0 / self.rate_hz).max(0.0)
    }
}

/// Size and condition of every EEG channel over the session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Course {
    /// The channels, over the whole session.
    pub figures: Vec<ChannelFigures>,
    /// The labels, in the same order.
    pub labels: Vec<String>,
    /// Median root mean square, `[channels, columns]`, in volts; NaN where there is none.
    pub rms_volts: Array2<f64>,
    /// Whether a channel was not good for most of the column; the same shape.
    pub is_bad: Vec<bool>,
    /// Where the last column ends, in samples.
    pub end: u64,
}

/// Looks through the recording once.
pub fn look(material: &Material) -> (Clock, Option<Course>) {
    let noted = Clock { rate_hz: material.rate_hz(), ..Clock::default() };
    let Some(mut replay) = material.loaded.as_ref().and_then(|loaded| loaded.replay(4096).ok()) else {
        return (noted, None);
    };
    let info = replay.info().clone();
    let scales: Vec<(usize, f64)> = info
        .channels
        .iter()
        .enumerate()
        .filter(|(_, channel)| channel.role == Role::Eeg)
        .filter_map(|(place, channel)| Some((place, channel.unit.in_volts()?)))
        .collect();
    let labels: Vec<String> = scales.iter().map(|(place, _)| info.channels[*place].label.clone()).collect();
    let mut seconds = Seconds::new(Montage::new(&labels), scales, info.channels.len(), info.rate_hz);
    let mut clock = Clock { rate_hz: info.rate_hz, ..noted };
    let mut samples = Vec::new();
    // A source from memory does not idle; what it cannot read ends the look.
    while let Ok(poll) = replay.poll(&mut samples) {
        match poll {
            Poll::Samples(count) => {
                clock.samples += count as u64;
                seconds.push(&samples);
                samples.clear();
            }
            Poll::Gap(gap) => clock.gaps.push(gap),
            Poll::Marker(_) | Poll::Idle => {}
            Poll::End => break,
        }
    }
    let decoded = material.model.as_ref().map(|m| m.preparation.channels.clone()).unwrap_or_default();
    let course = seconds.course(&decoded, clock.samples);
    (clock, course)
}

/// The channels second by second.
struct Seconds {
    montage: Montage,
    /// Places in the stream, and what one unit is in volts.
    scales: Vec<(usize, f64)>,
    width: usize,
    rate_hz: f64,
    per_second: usize,
    /// Interleaved samples of the second under way.
    current: Vec<f32>,
    /// Root mean square and condition of each channel, second by second.
    rows: Vec<Vec<(f64, Condition)>>,
}

impl Seconds {
    fn new(montage: Montage, scales: Vec<(usize, f64)>, width: usize, rate_hz: f64) -> Self {
        let per_second = (rate_hz.round() as usize).max(1);
        Self { montage, scales, width: width.max(1), rate_hz, per_second, current: Vec::new(), rows: Vec::new() }
    }

    fn push(&mut self, samples: &[f32]) {
        for frame in samples.chunks_exact(self.width) {
            self.current.extend_from_slice(frame);
            if self.current.len() == self.per_second * self.width {
                self.second();
                self.current.clear();
            }
        }
    }

    fn second(&mut self) {
        let Ok(frames) = ArrayView2::from_shape((self.per_second, self.width), &self.current) else { return };
        let volts = Array2::from_shape_fn((self.scales.len(), self.per_second), |(channel, sample)| {
            let (place, scale) = self.scales[channel];
            f64::from(frames[[sample, place]]) * scale
        });
        let row = assess(volts.view(), &self.montage, self.rate_hz).into_iter().map(|q| (q.rms_volts, q.condition));
        self.rows.push(row.collect());
    }

    fn course(&self, decoded: &Montage, samples: u64) -> Option<Course> {
        let channels = self.scales.len();
        if channels == 0 || self.rows.is_empty() {
            return None;
        }
        let per_column = self.rows.len().div_ceil(MOST_COLUMNS).max(1);
        let columns: Vec<&[Vec<(f64, Condition)>]> = self.rows.chunks(per_column).collect();
        let mut rms_volts = Array2::from_elem((channels, columns.len()), f64::NAN);
        let mut is_bad = vec![false; channels * columns.len()];
        for (at, column) in columns.iter().enumerate() {
            for channel in 0..channels {
                let of_channel = || column.iter().filter_map(|row| row.get(channel));
                let bad = of_channel().filter(|(_, condition)| *condition != Condition::Good).count();
                is_bad[channel * columns.len() + at] = 2 * bad > column.len();
                rms_volts[[channel, at]] = median(of_channel().map(|(rms, _)| *rms).collect()).unwrap_or(f64::NAN);
            }
        }
        let labels = self.montage.labels().to_vec();
        let figures = (0..channels).map(|channel| self.figures(channel, &labels[channel], decoded)).collect();
        let end = (columns.len() * per_column * self.per_second) as u64;
        Some(Course { figures, labels, rms_volts, is_bad, end: end.max(samples.min(end)) })
    }

    fn figures(&self, channel: usize, label: &str, decoded: &Montage) -> ChannelFigures {
        let all: Vec<(f64, Condition)> = self.rows.iter().filter_map(|row| row.get(channel).copied()).collect();
        let mut bad: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, condition) in all.iter().filter(|(_, condition)| *condition != Condition::Good) {
            *bad.entry(condition.name()).or_default() += 1;
        }
        let bad_share = bad.values().sum::<usize>() as f64 / all.len().max(1) as f64;
        let worst = bad.iter().max_by_key(|(_, count)| **count).map(|(name, _)| *name);
        ChannelFigures {
            label: label.to_owned(),
            rms_volts: median(all.iter().map(|(rms, _)| *rms).collect()),
            condition: worst.filter(|_| bad_share > 0.1).unwrap_or(Condition::Good.name()).to_owned(),
            bad_share,
            is_decoded: decoded.index_of(label).is_some(),
        }
    }
}

/// What identifies the recording.
pub fn recording(material: &Material, clock: &Clock) -> Option<RecordingFigures> {
    let loaded = material.loaded.as_ref()?;
    let info = &loaded.info;
    Some(RecordingFigures {
        sha256: loaded.stamp().ok()?.sha256,
        stream: info.name.clone(),
        channels: info.channels.len(),
        samples: clock.samples,
        rate_hz: info.rate_hz,
        measured_rate_hz: loaded.rate_between_gaps_hz().unwrap_or(0.0),
        seconds: clock.length_secs(),
    })
}

/// From where to where samples did not reach the decoder in time, as the session wrote it down.
pub fn not_decoded(material: &Material) -> Vec<(u64, u64)> {
    let stretch = |event: &SessionEvent| match event {
        SessionEvent::NotDecoded { from, to } => Some((*from, *to)),
        _ => None,
    };
    material.events().iter().filter_map(stretch).filter(|(from, to)| from < to).collect()
}
