use std::collections::VecDeque;

/// A marker that is this close before a sample falls on it: clocks agree no better, and a marker that was
/// stamped together with a sample must not move to the next one by a rounding error.
const TOLERANCE_SECS: f64 = 250e-6;
/// At most this many are remembered, however many gaps there are.
const MOST_SEGMENTS: usize = 4096;

/// A run of samples without a break: time is a straight line in the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) start_time: f64,
    pub(super) period: f64,
    /// What to add to its stamps, where its clock is no longer the current one.
    pub(super) offset: Option<f64>,
}

impl Segment {
    pub(super) fn time_at(&self, index: f64) -> f64 {
        self.start_time + (index - self.start as f64) * self.period
    }

    /// Samples from the segment's first to `time`, less the tolerance.
    pub(super) fn steps_to(&self, time: f64) -> f64 {
        (time - self.start_time - TOLERANCE_SECS.min(self.period / 4.0)) / self.period
    }
}

/// The segments that ended, oldest first.
#[derive(Debug)]
pub(super) struct Segments {
    ended: VecDeque<Segment>,
    remembered_secs: f64,
}

impl Segments {
    pub(super) fn new(remembered_secs: f64) -> Self {
        Self { ended: VecDeque::new(), remembered_secs }
    }

    pub(super) fn push(&mut self, segment: Segment) {
        self.ended.push_back(segment);
        let samples: u64 = self.ended.iter().map(|s| s.end - s.start).sum();
        let beyond = |kept: u64, s: &Segment| kept as f64 * s.period > self.remembered_secs;
        let mut kept = samples;
        while let Some(oldest) = self.ended.front() {
            kept -= oldest.end - oldest.start;
            if self.ended.len() > MOST_SEGMENTS || (self.ended.len() > 1 && beyond(kept, oldest)) {
                self.ended.pop_front();
            } else {
                break;
            }
        }
    }

    pub(super) fn fix_offset(&mut self, offset: f64) {
        for segment in &mut self.ended {
            segment.offset.get_or_insert(offset);
        }
    }

    pub(super) fn time_of_index(&self, index: u64) -> Option<f64> {
        let segment = self.ended.iter().rev().find(|s| (s.start..s.end).contains(&index))?;
        Some(segment.time_at(index as f64))
    }

    pub(super) fn index_of_local_time(&self, local_secs: f64, offset_now: f64) -> Option<u64> {
        let oldest = self.ended.front()?.start;
        self.ended.iter().rev().find_map(|segment| {
            let steps = segment.steps_to(local_secs - segment.offset.unwrap_or(offset_now));
            let near_enough = steps > -1.0 || (segment.start == oldest && oldest == 0 && steps * segment.period > -1.0);
            near_enough.then(|| (segment.start + steps.max(0.0).ceil() as u64).min(segment.end))
        })
    }
}
