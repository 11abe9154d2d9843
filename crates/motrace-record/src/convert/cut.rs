//! Parts of recordings.

use super::start::Start;
use crate::select::is_session_events;
use crate::{Format, RecordedStream, Recording, Samples};
use motrace_core::Gap;
use std::ops::Range;

impl Recording {
    /// The part from `from_secs` to before `to_secs`, both in the recording's clock. Samples keep their times.
    ///
    /// What a live session wrote of itself is left out, because it speaks of samples by their numbers.
    #[must_use]
    pub fn between(&self, from_secs: f64, to_secs: f64) -> Self {
        let mut part = Self {
            path: self.path.clone(),
            format: self.format,
            streams: self.streams.iter().map(|s| s.between(from_secs, to_secs)).collect(),
            warnings: self.warnings.clone(),
            sha256: self.sha256.clone(),
            start: self.start.clone(),
            provenance: self.provenance.clone(),
        };
        let events = part.streams.iter().filter(|s| is_session_events(s)).count();
        part.streams.retain(|s| !is_session_events(s));
        if events > 0 {
            part.warnings.push("the events of the live session are left out: they number its samples".into());
        }
        // Times in XDF are those of a computer's clock, which says nothing about the date; elsewhere they count from it.
        let earliest = self.streams.iter().filter_map(|s| s.stamps_secs.first()).fold(f64::INFINITY, |a, b| a.min(*b));
        if self.format == Format::Xdf
            && let Some(start) = self.start.as_deref().and_then(Start::parse)
        {
            part.start = Some(start.later((from_secs - earliest).max(0.0)).text());
        }
        part
    }
}

impl RecordedStream {
    /// The samples from `from_secs` to before `to_secs`.
    fn between(&self, from_secs: f64, to_secs: f64) -> Self {
        let is_inside = |t: &f64| *t >= from_secs && *t < to_secs;
        let channels = self.info.channels.len();
        if self.info.is_irregular() && !self.stamps_secs.is_sorted() {
            // Events need not stand in the order of their times.
            let rows: Vec<usize> =
                self.stamps_secs.iter().enumerate().filter(|(_, t)| is_inside(t)).map(|(i, _)| i).collect();
            return self.of_rows(rows.iter().copied().map(|i| i..i + 1), channels);
        }
        // Where a clock was reset, times go back: the part is what lies between the first and the last inside.
        let first = self.stamps_secs.iter().position(is_inside).unwrap_or(0);
        let end = self.stamps_secs.iter().rposition(is_inside).map_or(first, |last| last + 1);
        self.of_rows(std::iter::once(first..end), channels)
    }

    fn of_rows(&self, rows: impl Iterator<Item = Range<usize>> + Clone, channels: usize) -> Self {
        fn pick<T: Clone>(values: &[T], rows: impl Iterator<Item = Range<usize>>, width: usize) -> Vec<T> {
            rows.flat_map(|r| values.get(r.start * width..r.end * width).unwrap_or_default()).cloned().collect()
        }
        let (begin, end) = rows.clone().fold((usize::MAX, 0), |(a, b), r| (a.min(r.start), b.max(r.end)));
        let inside = |gap: &&Gap| ((begin as u64).saturating_add(1)..end as u64).contains(&gap.index);
        let gaps: Vec<Gap> =
            self.gaps.iter().filter(inside).map(|g| Gap { index: g.index - begin as u64, ..*g }).collect();
        let mut part = Self {
            info: self.info.clone(),
            id: self.id,
            samples: match &self.samples {
                Samples::F32(v) => Samples::F32(pick(v, rows.clone(), channels)),
                Samples::F64(v) => Samples::F64(pick(v, rows.clone(), channels)),
                Samples::I8(v) => Samples::I8(pick(v, rows.clone(), channels)),
                Samples::I16(v) => Samples::I16(pick(v, rows.clone(), channels)),
                Samples::I32(v) => Samples::I32(pick(v, rows.clone(), channels)),
                Samples::I64(v) => Samples::I64(pick(v, rows.clone(), channels)),
                Samples::Text(v) => Samples::Text(pick(v, rows.clone(), channels)),
            },
            stamps_secs: pick(&self.stamps_secs, rows.clone(), 1),
            arrival_secs: pick(&self.arrival_secs, rows.clone(), 1),
            durations_secs: pick(&self.durations_secs, rows.clone(), channels),
            event_details: pick(&self.event_details, rows, channels),
            positions: self.positions.clone(),
            resolutions: self.resolutions.clone(),
            gaps,
            effective_rate_hz: self.effective_rate_hz,
            rate_between_gaps_hz: self.rate_between_gaps_hz,
            clock_offsets: self.clock_offsets.clone(),
        };
        let duration = part.duration_secs();
        if duration > 0.0 && !part.info.is_irregular() {
            part.effective_rate_hz = (part.sample_count() - 1) as f64 / duration;
        }
        part
    }
}
