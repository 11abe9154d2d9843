use crate::front_end::Flags;
use thiserror::Error;

/// Why a window is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Missed {
    /// Its last samples have not arrived.
    #[error("the window is not complete yet")]
    NotYet,
    /// Its first samples are no longer kept, or came before the start.
    #[error("the window is no longer, or was never, in the buffer")]
    Gone,
    /// Samples of it were lost before they arrived here.
    #[error("samples of the window were lost")]
    Lost,
}

/// The newest samples of a stream, each a row of values and a byte of flags, by absolute index.
#[derive(Debug, Clone)]
pub(crate) struct SampleRing {
    width: usize,
    capacity: usize,
    values: Vec<f64>,
    flags: Vec<u8>,
    /// Where the next sample goes.
    place: usize,
    first: u64,
    next: u64,
}

/// A stretch of samples: in two parts where it wraps around, the older one first.
pub(crate) struct Stretch<'a> {
    /// Rows, `[samples, width]`.
    pub values: [&'a [f64]; 2],
    /// One byte for each sample.
    pub flags: [&'a [u8]; 2],
}

impl SampleRing {
    /// Room for `capacity` samples of `width` values; the first one will have the index `first`.
    pub fn new(width: usize, capacity: usize, first: u64) -> Self {
        let capacity = capacity.max(1);
        let values = vec![0.0; width * capacity];
        Self { width, capacity, values, flags: vec![0; capacity], place: 0, first, next: first }
    }

    /// Gives the first sample this index, as long as there is none.
    pub fn begin_at(&mut self, first: u64) {
        (self.first, self.next, self.place) = (first, first, 0);
    }

    /// The index of the next sample.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The oldest index that is kept.
    pub fn oldest(&self) -> u64 {
        self.first.max(self.next.saturating_sub(self.capacity as u64))
    }

    /// Where the next sample's row goes, for it to be written in place; then [`Self::advance`].
    pub fn slot(&mut self) -> &mut [f64] {
        &mut self.values[self.place * self.width..(self.place + 1) * self.width]
    }

    /// Takes what is in the slot as the next sample.
    pub fn advance(&mut self, flags: Flags) {
        self.flags[self.place] = flags.0;
        self.place += 1;
        if self.place == self.capacity {
            self.place = 0;
        }
        self.next += 1;
    }

    /// The samples up to `index` were lost: their places stay, marked.
    pub fn skip_to(&mut self, index: u64) {
        let lost = index.saturating_sub(self.next);
        if lost >= self.capacity as u64 {
            // Nothing older remains; the order of places does not matter then.
            self.flags.fill(Flags::LOST);
            self.next = index;
            return;
        }
        for _ in 0..lost {
            self.advance(Flags(Flags::LOST));
        }
    }

    /// The samples `start..end`.
    pub fn stretch(&self, start: u64, end: u64) -> Result<Stretch<'_>, Missed> {
        if end > self.next {
            return Err(Missed::NotYet);
        }
        if start < self.oldest() || start > end {
            return Err(Missed::Gone);
        }
        let back = (self.next - start) as usize; // at most the capacity
        let length = (end - start) as usize;
        let begin = (self.place + self.capacity - back) % self.capacity;
        let older = length.min(self.capacity - begin);
        let newer = length - older;
        Ok(Stretch {
            values: [
                &self.values[begin * self.width..(begin + older) * self.width],
                &self.values[..newer * self.width],
            ],
            flags: [&self.flags[begin..begin + older], &self.flags[..newer]],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kept_stretch_is_found_and_no_other() {
        let mut ring = SampleRing::new(2, 5, 100);
        assert!(matches!(ring.stretch(100, 101), Err(Missed::NotYet)));
        for i in 100..117_u64 {
            ring.slot().copy_from_slice(&[i as f64, -(i as f64)]);
            ring.advance(Flags((i % 7) as u8));
            let oldest = 100.max((i + 1).saturating_sub(5));
            for start in 95..=i {
                for end in start..=i + 1 {
                    match ring.stretch(start, end) {
                        Ok(found) => {
                            assert!(start >= oldest);
                            let rows: Vec<f64> = found.values.concat().chunks(2).map(|row| row[0]).collect();
                            assert_eq!(rows, (start..end).map(|i| i as f64).collect::<Vec<_>>());
                            assert_eq!(found.flags.concat(), (start..end).map(|i| (i % 7) as u8).collect::<Vec<_>>());
                        }
                        Err(missed) => assert!(missed == Missed::Gone && start < oldest, "{start}..{end} at {i}"),
                    }
                }
            }
        }
    }

    #[test]
    fn lost_samples_keep_their_places() {
        for lost in [1, 3, 5, 9] {
            let mut ring = SampleRing::new(1, 5, 0);
            ring.advance(Flags(0));
            ring.skip_to(1 + lost);
            ring.advance(Flags(Flags::AFTER_GAP));
            assert_eq!(ring.next(), lost + 2);
            let found = ring.stretch(lost, lost + 2).map(|found| found.flags.concat());
            assert_eq!(found, Ok(vec![Flags::LOST, Flags::AFTER_GAP]));
        }
    }
}
