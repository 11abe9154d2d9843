//! Recorded time as it passes on the wall clock.

use crate::arguments::Speed;
use motrace_core::{Poll, Source, SourceError, StreamInfo};
use std::time::{Duration, Instant};

/// A source that delivers its samples when they are due: sample n at n / (rate × speed) after the first poll.
pub struct Paced<S> {
    inner: S,
    speed: Speed,
    begin: Option<Instant>,
    delivered: u64,
    held: Option<(Poll, Vec<f32>)>,
}

impl<S: Source> Paced<S> {
    /// Paces a source; chunks should be a few hundredths of a second long.
    pub fn new(inner: S, speed: Speed) -> Self {
        Self { inner, speed, begin: None, delivered: 0, held: None }
    }

    /// How long it is until this many samples are due.
    fn until(&self, samples: u64) -> Duration {
        let (Speed::Times(times), Some(begin)) = (self.speed, self.begin) else { return Duration::ZERO };
        let due = samples as f64 / (self.inner.info().rate_hz * times);
        Duration::try_from_secs_f64(due).map_or(Duration::ZERO, |due| due.saturating_sub(begin.elapsed()))
    }
}

impl<S: Source> Source for Paced<S> {
    fn info(&self) -> &StreamInfo {
        self.inner.info()
    }

    fn poll(&mut self, into: &mut Vec<f32>) -> Result<Poll, SourceError> {
        self.begin.get_or_insert_with(Instant::now);
        if self.held.is_none() {
            let mut samples = Vec::new();
            let poll = self.inner.poll(&mut samples)?;
            self.held = Some((poll, samples));
        }
        if let Some((Poll::Samples(count), _)) = &self.held {
            let early = self.until(self.delivered + *count as u64);
            if !early.is_zero() {
                std::thread::sleep(early.min(Duration::from_millis(20)));
                if !self.until(self.delivered + *count as u64).is_zero() {
                    return Ok(Poll::Idle);
                }
            }
            self.delivered += *count as u64;
        }
        let Some((poll, samples)) = self.held.take() else { return Ok(Poll::Idle) };
        into.extend_from_slice(&samples);
        Ok(poll)
    }
}
