use motrace_core::Poll;
use std::collections::VecDeque;

/// Samples that were received and wait to be delivered, with the gaps and markers that belong between them.
pub(super) struct Staging {
    channels: usize,
    values: Vec<f32>,
    stamps: Vec<f64>,
    /// Staged samples that were delivered already.
    delivered: usize,
    /// The index of the next sample to deliver.
    next: u64,
    events: VecDeque<(u64, Poll)>,
    last_stamps: Vec<f64>,
}

impl Staging {
    pub(super) fn new(channels: usize) -> Self {
        Self {
            channels,
            values: Vec::with_capacity(channels * 1024),
            stamps: Vec::with_capacity(1024),
            delivered: 0,
            next: 0,
            events: VecDeque::with_capacity(64),
            last_stamps: Vec::with_capacity(1024),
        }
    }

    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    pub(super) fn last_stamps(&self) -> &[f64] {
        &self.last_stamps
    }

    pub(super) fn extend(&mut self, values: &[f32], stamps: &[f64]) {
        self.values.extend_from_slice(values);
        self.stamps.extend_from_slice(stamps);
    }

    /// Puts a gap or a marker before the sample of this index, after what is there already.
    pub(super) fn queue(&mut self, index: u64, event: Poll) {
        let at = self.events.partition_point(|(i, _)| *i <= index);
        self.events.insert(at, (index, event));
    }

    /// The next thing to deliver, of samples only those before `released`.
    pub(super) fn deliver(&mut self, released: u64, into: &mut Vec<f32>) -> Option<Poll> {
        self.last_stamps.clear();
        if self.events.front().is_some_and(|(index, _)| *index <= self.next) {
            return self.events.pop_front().map(|(_, event)| event);
        }
        let end = self.events.front().map_or(released, |(index, _)| released.min(*index));
        let count = end.saturating_sub(self.next) as usize;
        if count == 0 {
            return None;
        }
        let (from, to) = (self.delivered, self.delivered + count);
        into.extend_from_slice(self.values.get(from * self.channels..to * self.channels).unwrap_or(&[]));
        self.last_stamps.extend_from_slice(self.stamps.get(from..to).unwrap_or(&[]));
        self.delivered = to;
        self.next = end;
        if self.delivered == self.stamps.len() {
            self.values.clear();
            self.stamps.clear();
            self.delivered = 0;
        } else if self.delivered >= 8192 {
            self.values.drain(..self.delivered * self.channels);
            self.stamps.drain(..self.delivered);
            self.delivered = 0;
        }
        Some(Poll::Samples(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use motrace_core::{Gap, Marker};

    #[test]
    fn events_come_between_the_samples_they_belong_to() {
        let mut staging = Staging::new(2);
        staging.extend(&[0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5], &[10.0, 11.0, 12.0, 13.0]);
        let marker = |index, text: &str| Poll::Marker(Marker { index, time_secs: 0.0, text: text.into() });
        let gap = Poll::Gap(Gap { index: 2, missing_samples: 5, length_secs: 0.0 });
        staging.queue(2, gap.clone());
        staging.queue(2, marker(2, "after the gap"));
        staging.queue(0, marker(0, "first"));
        let mut into = Vec::new();
        assert_eq!(staging.deliver(3, &mut into), Some(marker(0, "first")));
        assert_eq!(staging.deliver(3, &mut into), Some(Poll::Samples(2)));
        assert_eq!(staging.last_stamps(), [10.0, 11.0]);
        assert_eq!(staging.deliver(3, &mut into), Some(gap));
        assert_eq!(staging.deliver(3, &mut into), Some(marker(2, "after the gap")));
        assert_eq!(staging.deliver(3, &mut into), Some(Poll::Samples(1)));
        assert_eq!(staging.deliver(3, &mut into), None, "the last sample is held back");
        staging.queue(1, marker(1, "late"));
        assert_eq!(staging.deliver(4, &mut into), Some(marker(1, "late")));
        assert_eq!(staging.deliver(4, &mut into), Some(Poll::Samples(1)));
        assert_eq!(into, [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]);
    }
}
