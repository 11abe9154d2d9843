//! The course of a signal: its stretches between pauses, and where they lie in a file whose samples are even.

use crate::RecordedStream;

/// How pauses are written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pauses {
    /// No pause of known length is shorter than this.
    pub(crate) least_secs: f64,
    /// A pause whose length the source does not know is this long.
    pub(crate) unknown_secs: f64,
}

/// Samples without interruption.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stretch {
    /// Its first sample.
    pub(crate) first: usize,
    /// How many there are.
    pub(crate) count: usize,
    /// The time of its first sample in the source.
    pub(crate) start_secs: f64,
    /// The time of its last sample in the source.
    pub(crate) last_secs: f64,
    /// The time of its first sample in what is written.
    pub(crate) written_secs: f64,
    /// Whether how long the pause before it was is known.
    pub(crate) is_pause_known: bool,
}

/// A signal's stretches, and the even rate at which they are written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Course {
    pub(crate) stretches: Vec<Stretch>,
    rate_hz: f64,
}

impl Course {
    /// The course of a stream with samples. It is written from `start_secs` on, at its nominal rate; pauses
    /// keep their length where `pauses` allows it.
    pub(crate) fn of(stream: &RecordedStream, start_secs: f64, pauses: Pauses) -> Self {
        let rate_hz = stream.info.rate_hz;
        let total = stream.sample_count();
        let mut breaks: Vec<(usize, Option<f64>)> = vec![(0, Some(0.0))];
        for gap in &stream.gaps {
            let Ok(index) = usize::try_from(gap.index) else { continue };
            let is_new = breaks.last().is_some_and(|(before, _)| *before < index);
            if is_new && index < total {
                breaks.push((index, Some(gap.length_secs).filter(|secs| *secs > 0.0)));
            }
        }
        let mut stretches: Vec<Stretch> = Vec::with_capacity(breaks.len());
        for (number, (first, pause)) in breaks.iter().enumerate() {
            let end = breaks.get(number + 1).map_or(total, |next| next.0);
            let written_secs = match stretches.last() {
                None => start_secs,
                Some(before) => {
                    let pause_secs = pause.map_or(pauses.unknown_secs, |secs| secs.max(pauses.least_secs));
                    before.written_secs + before.count as f64 / rate_hz + pause_secs
                }
            };
            let time = |i: usize| stream.stamps_secs.get(i).copied().unwrap_or_default();
            stretches.push(Stretch {
                first: *first,
                count: end - first,
                start_secs: time(*first),
                last_secs: time(end - 1),
                written_secs,
                is_pause_known: pause.is_some(),
            });
        }
        Self { stretches, rate_hz }
    }

    /// When something that happens at `secs` in the source happens in what is written: at the same sample, or as long
    /// after the last sample before it.
    pub(crate) fn written_time(&self, secs: f64) -> f64 {
        let half = 0.5 / self.rate_hz;
        let within = |s: &&Stretch| (s.start_secs - half..=s.last_secs + half).contains(&secs);
        let before = |s: &&Stretch| s.start_secs <= secs;
        let found = self.stretches.iter().find(within).or_else(|| self.stretches.iter().rev().find(before));
        let Some(stretch) = found.or(self.stretches.first()) else { return secs };
        let intervals = stretch.count.saturating_sub(1) as f64;
        let period = (stretch.last_secs - stretch.start_secs) / intervals;
        let since = secs - stretch.start_secs;
        let is_inside = period > 0.0 && since >= 0.0 && since <= intervals * period;
        let samples = if is_inside { since / period } else { since * self.rate_hz };
        let beyond = if !is_inside && since > 0.0 {
            // Behind the last sample time goes on from there.
            (secs - stretch.last_secs).max(0.0) * self.rate_hz + intervals
        } else {
            samples
        };
        // A marker on a sample stays on it, whatever the last digit of its time.
        let place = if (beyond - beyond.round()).abs() < 1e-5 { beyond.round() } else { beyond };
        stretch.written_secs + place / self.rate_hz
    }

    /// The sample on which something that is written at `secs` falls: the first that is not before it.
    pub(crate) fn sample_at(&self, secs: f64) -> usize {
        for stretch in &self.stretches {
            let place = ((secs - stretch.written_secs) * self.rate_hz - 1e-5).ceil().max(0.0);
            if place < stretch.count as f64 {
                return stretch.first + place as usize;
            }
        }
        let Some(last) = self.stretches.last() else { return 0 };
        let place = ((secs - last.written_secs) * self.rate_hz - 1e-5).ceil().max(0.0);
        // Positions are 64 bit wide, and nothing is recorded for centuries.
        last.first.saturating_add(place.min(1e15) as usize)
    }

    /// The time at which a sample is written; beyond the last one it goes on.
    pub(crate) fn time_of(&self, sample: usize) -> f64 {
        let found = self.stretches.iter().rev().find(|s| s.first <= sample);
        found.map_or(0.0, |s| s.written_secs + (sample - s.first) as f64 / self.rate_hz)
    }

    /// How many pauses have no known length.
    pub(crate) fn unknown_pauses(&self) -> usize {
        self.stretches.iter().filter(|s| !s.is_pause_known).count()
    }

    /// How far the source's clock has run from the even rate at the end of its longest stretch, in seconds.
    pub(crate) fn drift_secs(&self) -> f64 {
        let drift = |s: &Stretch| s.last_secs - s.start_secs - s.count.saturating_sub(1) as f64 / self.rate_hz;
        let drifts = self.stretches.iter().map(drift);
        drifts.fold(0.0, |most: f64, secs| if secs.abs() > most.abs() { secs } else { most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Stretch as Read;
    use crate::{RecordedStream, Samples};
    use motrace_core::{Channel, StreamInfo};

    fn stream() -> RecordedStream {
        let info = StreamInfo { rate_hz: 10.0, channels: vec![Channel::default()], ..StreamInfo::default() };
        let stretches = [(0, 5.0), (10, 8.0), (20, 9.0)].map(|(first, start_secs)| Read { first, start_secs });
        let (stream, timeline) = RecordedStream::sampled(1, info, &stretches, 30);
        RecordedStream { samples: Samples::F32(vec![0.0; 30]), stamps_secs: timeline.into_stamps(), ..stream }
    }

    #[test]
    fn pauses_keep_their_length_and_markers_their_sample() {
        let course = Course::of(&stream(), 0.25, Pauses { least_secs: 0.01, unknown_secs: 1.0 });
        let found: Vec<_> = course.stretches.iter().map(|s| (s.first, s.count, s.is_pause_known)).collect();
        assert_eq!(found, [(0, 10, true), (10, 10, true), (20, 10, false)]);
        let written: Vec<f64> = course.stretches.iter().map(|s| s.written_secs).collect();
        // 2 s are missing behind the first stretch, and an unknown time behind the second.
        for (found, expected) in written.iter().zip([0.25, 3.25, 5.25]) {
            assert!((found - expected).abs() < 1e-9, "{written:?}");
        }
        for (secs, expected) in [(5.0, 0.25), (5.5, 0.75), (4.0, -0.75), (6.5, 1.75), (8.05, 3.3), (12.0, 8.25)] {
            assert!((course.written_time(secs) - expected).abs() < 1e-9, "{secs}: {}", course.written_time(secs));
        }
        let samples: Vec<usize> = [0.0, 0.75, 0.76, 2.0, 3.25, 8.25].map(|s| course.sample_at(s)).to_vec();
        assert_eq!(samples, [0, 5, 6, 10, 10, 50]);
        assert!((course.time_of(12) - 3.45).abs() < 1e-9);
        assert_eq!(course.unknown_pauses(), 1);
    }
}
