use crate::tally::Tally;
use motrace_core::{ChannelQuality, Condition, Montage};
use ndarray::{ArrayView2, Axis};

/// Broadband EEG, blinks included, stays below this; more is a loose electrode or muscle.
const NOISY_VOLTS: f64 = 200e-6;

/// A channel is also noisy where it is this many times larger than the median channel …
const NOISY_RATIO: f64 = 5.0;

/// … and larger than this, so that a quiet montage does not make a normal channel noisy.
const NOISY_FROM_VOLTS: f64 = 50e-6;

/// The window is kept in this many parts; the oldest is dropped when a new one begins.
const PARTS: usize = 10;

/// A recording's channel is left out where more than this part of its seconds is unusable.
const UNUSABLE_FRACTION: f64 = 0.1;

/// Watches the channels of a stream over about the last second.
///
/// It takes raw samples, before any filter, because rails and offsets are gone after one.
#[derive(Debug, Clone)]
pub struct QualityMeter {
    labels: Vec<String>,
    volts_per_unit: Vec<f64>,
    part_samples: usize,
    in_part: usize,
    current: usize,
    /// `[PARTS][channels]`
    tallies: Vec<Tally>,
}

impl QualityMeter {
    /// A meter for channels of these labels, whose samples times `volts_per_unit` are volts.
    ///
    /// A channel for which no scale is given is taken to be in volts.
    #[must_use]
    pub fn new(montage: &Montage, volts_per_unit: &[f64], rate_hz: f64) -> Self {
        let labels = montage.labels().to_vec();
        let mut volts_per_unit = volts_per_unit.to_vec();
        volts_per_unit.resize(labels.len(), 1.0);
        Self {
            tallies: vec![Tally::EMPTY; PARTS * labels.len()],
            labels,
            volts_per_unit,
            part_samples: seconds_to_samples(1.0 / PARTS as f64, rate_hz),
            in_part: 0,
            current: 0,
        }
    }

    /// Takes one sample of all channels, in the stream's units; it does not allocate.
    ///
    /// # Panics
    /// When the frame's length is not the number of channels.
    pub fn push_frame(&mut self, frame: &[f32]) {
        assert_eq!(frame.len(), self.labels.len(), "a frame holds one value for each channel");
        let channels = frame.len();
        if self.in_part == self.part_samples {
            self.in_part = 0;
            self.current = (self.current + 1) % PARTS;
            self.tallies[self.current * channels..][..channels].fill(Tally::EMPTY);
        }
        self.in_part += 1;
        let part = &mut self.tallies[self.current * channels..][..channels];
        for ((tally, &value), scale) in part.iter_mut().zip(frame).zip(&self.volts_per_unit) {
            tally.add(f64::from(value) * scale);
        }
    }

    /// The quality of every channel over the last second, in order. Before the first sample all are good.
    #[must_use]
    pub fn read(&self) -> Vec<ChannelQuality> {
        let channels = self.labels.len();
        let totals: Vec<Tally> = (0..channels)
            .map(|channel| {
                // Oldest part first.
                (1..=PARTS)
                    .map(|age| &self.tallies[(self.current + age) % PARTS * channels + channel])
                    .fold(Tally::EMPTY, Tally::merge)
            })
            .collect();
        let conditions = judge(&totals);
        totals
            .iter()
            .zip(conditions)
            .zip(&self.labels)
            .map(|((tally, condition), label)| ChannelQuality {
                label: label.clone(),
                condition,
                rms_volts: tally.rms_volts(),
                mean_volts: tally.mean_volts(),
            })
            .collect()
    }

    /// Forgets everything, as after a gap.
    pub fn reset(&mut self) {
        self.tallies.fill(Tally::EMPTY);
        (self.in_part, self.current) = (0, 0);
    }
}

/// Judges every channel of a recording `[channels, samples]` in volts, unfiltered: which to leave out of training.
///
/// The recording is judged second by second. A channel gets the condition that it has most often among the bad
/// ones, provided more than a tenth of its seconds is bad; its rms is the median over seconds, its mean that of
/// all finite samples.
#[must_use]
pub fn assess(data: ArrayView2<f64>, montage: &Montage, rate_hz: f64) -> Vec<ChannelQuality> {
    let channels = data.nrows().min(montage.len());
    let mut counts = vec![[0_usize; 5]; channels];
    let mut rms = vec![Vec::new(); channels];
    let mut totals = vec![Tally::EMPTY; channels];
    let mut seconds = 0_usize;
    for second in data.axis_chunks_iter(Axis(1), seconds_to_samples(1.0, rate_hz)) {
        let tallies: Vec<Tally> = second
            .rows()
            .into_iter()
            .take(channels)
            .map(|row| {
                let mut tally = Tally::EMPTY;
                row.iter().for_each(|&volts| tally.add(volts));
                tally
            })
            .collect();
        seconds += 1;
        for (channel, condition) in judge(&tallies).into_iter().enumerate() {
            counts[channel][rank(condition)] += 1;
            rms[channel].push(tallies[channel].rms_volts());
            totals[channel] = totals[channel].merge(&tallies[channel]);
        }
    }
    (0..channels)
        .map(|channel| ChannelQuality {
            label: montage.labels()[channel].clone(),
            condition: prevailing(&counts[channel], seconds),
            rms_volts: median(&mut rms[channel]),
            mean_volts: totals[channel].mean_volts(),
        })
        .collect()
}

const CONDITIONS: [Condition; 5] =
    [Condition::Good, Condition::Noisy, Condition::Flat, Condition::Railed, Condition::NotFinite];

fn rank(condition: Condition) -> usize {
    CONDITIONS.iter().position(|c| *c == condition).unwrap_or(0)
}

fn prevailing(counts: &[usize; 5], seconds: usize) -> Condition {
    let share = |count: usize| count as f64 > UNUSABLE_FRACTION * seconds as f64;
    if !share(counts[1..].iter().sum()) {
        return Condition::Good;
    }
    // Unusable conditions go before noise, which can still be decoded.
    let candidates = if share(counts[2..].iter().sum()) { 2..5 } else { 1..2 };
    candidates.max_by_key(|&i| counts[i]).map_or(Condition::Good, |i| CONDITIONS[i])
}

fn judge(tallies: &[Tally]) -> Vec<Condition> {
    let mut conditions: Vec<Condition> = tallies.iter().map(Tally::condition).collect();
    let mut usable: Vec<f64> = tallies
        .iter()
        .zip(&conditions)
        .filter(|(tally, condition)| !condition.is_unusable() && !tally.is_empty())
        .map(|(tally, _)| tally.rms_volts())
        .collect();
    let typical = median(&mut usable);
    for (condition, tally) in conditions.iter_mut().zip(tallies) {
        let rms = tally.rms_volts();
        if *condition == Condition::Good
            && (rms > NOISY_VOLTS || (rms > NOISY_FROM_VOLTS && rms > NOISY_RATIO * typical))
        {
            *condition = Condition::Noisy;
        }
    }
    conditions
}

fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn seconds_to_samples(secs: f64, rate_hz: f64) -> usize {
    let samples = (secs * rate_hz).round();
    // A float beyond the range saturates, and NaN becomes 0.
    (samples as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    const LABELS: [&str; 6] = ["C3", "Cz", "C4", "Fp1", "Pz", "Oz"];

    /// Good, flat, railed at the amplifier's end, NaN at times, noisy, good on a large offset; in microvolts.
    fn frame(sample: usize) -> [f32; 6] {
        let t = sample as f32;
        let wave = 10.0 * (t * 0.35).sin() + 4.0 * (t * 1.13).cos();
        let broken = if sample % 50 == 3 { f32::NAN } else { wave };
        let noise = 400.0 * (t * 2.1).sin();
        [wave, 0.0, -187_500.0, broken, noise, wave - 80_000.0]
    }

    fn expected() -> [Condition; 6] {
        use Condition::{Flat, Good, Noisy, NotFinite, Railed};
        [Good, Flat, Railed, NotFinite, Noisy, Good]
    }

    #[test]
    fn each_fault_is_told_within_a_second() {
        let mut meter = QualityMeter::new(&Montage::new(LABELS), &[1e-6; 6], 250.0);
        assert!(meter.read().iter().all(|q| q.condition == Condition::Good));
        for sample in 0..250 {
            meter.push_frame(&frame(sample));
        }
        let read = meter.read();
        assert_eq!(read.iter().map(|q| q.condition).collect::<Vec<_>>(), expected());
        assert!((read[0].rms_volts - 7.6e-6).abs() < 0.5e-6, "{}", read[0].rms_volts);
        assert!((read[5].mean_volts + 0.08).abs() < 1e-5);
        assert!((read[5].rms_volts - read[0].rms_volts).abs() < 1e-8, "the offset does not blur the rms");
        // All good again a second later.
        for sample in 0..250 {
            meter.push_frame(&[frame(sample)[0]; 6]);
        }
        assert!(meter.read().iter().all(|q| q.condition == Condition::Good));
    }

    #[test]
    fn a_recording_is_judged_as_a_whole() {
        let data = Array2::from_shape_fn((6, 2000), |(channel, sample)| f64::from(frame(sample)[channel]) * 1e-6);
        let conditions = |data: &Array2<f64>| -> Vec<Condition> {
            assess(data.view(), &Montage::new(LABELS), 250.0).iter().map(|q| q.condition).collect()
        };
        assert_eq!(conditions(&data), expected());
        // One bad moment does not condemn a channel.
        let mut once = Array2::from_shape_fn((6, 4000), |(_, sample)| f64::from(frame(sample)[0]) * 1e-6);
        once[[2, 700]] = f64::NAN;
        assert_eq!(conditions(&once), [Condition::Good; 6]);
        assert!(assess(Array2::zeros((0, 0)).view(), &Montage::default(), 250.0).is_empty());
    }
}
