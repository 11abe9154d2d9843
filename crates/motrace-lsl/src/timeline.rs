//! Sample index ↔ time for one regular stream, from its raw stamps.
//!
//! Stamps jitter: a busy source stamps late and then catches up, a driver hands over several samples at once. A
//! sample that is missing moves all stamps after it, for good. So a stamp that is off by half a sample beyond the
//! usual jitter is held back, with those that follow it, until they show which it was: if they fall back into
//! line it was a delay, if they stay away it is a gap (or, where they run ahead of this computer's clock, or
//! backward, a clock that was set). Holding lasts a few samples and happens at suspicions only.
//!
//! Within a segment, time is a straight line in the index: recursive least squares with a memory of a minute
//! (a Kalman filter with the state `[time, period]`), which large residuals reach only clipped.

mod segments;

use motrace_core::Gap;
use segments::{Segment, Segments};
use std::collections::VecDeque;

const MEMORY_SECS: f64 = 60.0;
/// The jitter estimate follows within this: quickly at first, slowly later.
const JITTER_MEMORY_SECS: (f64, f64) = (0.25, 5.0);
const LEARNING_SECS: f64 = 3.0;
/// No stamp is trusted to be better than this.
const STAMP_NOISE_SECS: f64 = 20e-6;
/// Nothing is measured before it happens: stamps so far ahead of this computer's clock belong to another clock.
const AHEAD_SECS: f64 = 0.05;
/// When a stream comes back: by so much its stamps may have grown more or less than the time that has passed here, if it
/// is the same clock. Either end may have been held up for seconds before; a clock that began anew is off by far more.
const HELD_UP_SECS: f64 = 10.0;
/// Samples held at most while a suspicion is open.
const MOST_HELD: usize = 64;

/// Where a stream's samples do not follow each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Break {
    /// Samples are missing.
    Missing(Gap),
    /// The source's clock jumped; nothing need be missing.
    ClockJump { gap: Gap, jump_secs: f64 },
}

#[derive(Debug, Clone, Copy)]
struct Held {
    stamp: f64,
    arrival: f64,
}

#[derive(Debug)]
pub(crate) struct Timeline {
    nominal_period: f64,
    segments: Segments,
    /// First sample of the current segment.
    start: u64,
    /// Samples accepted so far; the state below belongs to the last of them.
    next: u64,
    time: f64,
    period: f64,
    covariance: [f64; 3],
    variance: f64,
    held: VecDeque<Held>,
    passing_late: bool,
    last_stamp: f64,
    last_arrival: f64,
    /// What to add to a stamp to get this computer's clock, where it has been measured.
    offset: Option<f64>,
    pub(crate) duplicate_stamps: u64,
    pub(crate) backward_stamps: u64,
}

impl Timeline {
    pub(crate) fn new(rate_hz: f64, remembered_secs: f64) -> Self {
        let period = 1.0 / rate_hz;
        let sigma = 0.01 + 2.0 * period;
        Self {
            nominal_period: period,
            segments: Segments::new(remembered_secs),
            start: 0,
            next: 0,
            time: 0.0,
            period,
            covariance: [sigma * sigma, 0.0, (0.005 * period).powi(2)],
            variance: sigma * sigma,
            held: VecDeque::with_capacity(MOST_HELD + 1),
            passing_late: false,
            last_stamp: f64::NEG_INFINITY,
            last_arrival: f64::NEG_INFINITY,
            offset: None,
            duplicate_stamps: 0,
            backward_stamps: 0,
        }
    }

    /// The clock offset as measured now; stamps that run ahead of this computer's clock are told by it.
    pub(crate) fn set_offset(&mut self, offset_secs: Option<f64>) {
        self.offset = offset_secs;
    }

    /// Takes the next sample's raw stamp and the local time it arrived at; breaks found go into `breaks`.
    pub(crate) fn observe(&mut self, stamp: f64, arrival: f64, breaks: &mut Vec<Break>) {
        // 0 stands for "not stamped", and a stamp that is no number says as little.
        let expected = self.time + self.period * (self.held.len() + 1) as f64;
        let stamp = if is_meaningful(stamp) { stamp } else { expected };
        self.duplicate_stamps += u64::from(stamp == self.last_stamp);
        self.backward_stamps += u64::from(stamp < self.last_stamp);
        self.last_stamp = stamp;
        self.last_arrival = arrival;
        self.step(Held { stamp, arrival }, breaks);
    }

    /// The next stamp is the first after a connection was lost: a break in any case.
    pub(crate) fn observe_after_loss(&mut self, stamp: f64, arrival: f64, breaks: &mut Vec<Break>) {
        self.release_held(breaks);
        if self.next == 0 || !is_meaningful(stamp) {
            self.observe(stamp, arrival, breaks);
            return;
        }
        let jump = stamp - (self.time + self.period);
        let waited = arrival - self.last_arrival;
        // Where the same clock goes on, the stamps have grown by the time that has passed here.
        let same_clock = (jump - waited).abs() < HELD_UP_SECS + 0.01 * waited;
        let length_secs = if same_clock { jump } else { waited - self.period }.max(0.0);
        let missing_samples = (length_secs / self.period).round() as u64;
        let gap = Gap { index: self.next, missing_samples, length_secs };
        self.begin_segment(stamp);
        (self.last_stamp, self.last_arrival) = (stamp, arrival);
        breaks.push(if same_clock { Break::Missing(gap) } else { Break::ClockJump { gap, jump_secs: jump - waited } });
    }

    /// Decides open suspicions on what has arrived, when nothing more has come for a while.
    pub(crate) fn settle(&mut self, now: f64, breaks: &mut Vec<Break>) {
        let patience = 0.05_f64.max(2.0 * self.window() as f64 * self.nominal_period);
        if self.held.back().is_some_and(|h| now - h.arrival > patience) {
            self.release_held(breaks);
        }
    }

    fn release_held(&mut self, breaks: &mut Vec<Break>) {
        while !self.held.is_empty() {
            self.break_at_held(breaks);
        }
    }

    /// One past the last sample that may be delivered.
    pub(crate) fn released(&self) -> u64 {
        self.next
    }

    /// The estimated rate in hertz, and its standard error.
    pub(crate) fn rate_hz(&self) -> (f64, f64) {
        let rate = 1.0 / self.period;
        (rate, self.covariance[2].max(0.0).sqrt() * rate * rate)
    }

    /// The standard deviation of the stamps about the line.
    pub(crate) fn jitter_secs(&self) -> f64 {
        self.variance.sqrt()
    }

    /// The time of a sample by the source's clock; `None` for samples that are forgotten or have not come.
    pub(crate) fn time_of_index(&self, index: u64) -> Option<f64> {
        if index >= self.next {
            return None;
        }
        if index >= self.start { Some(self.line().time_at(index as f64)) } else { self.segments.time_of_index(index) }
    }

    /// The time of the newest sample by the source's clock.
    pub(crate) fn newest_time(&self) -> Option<f64> {
        (self.next > 0).then_some(self.time)
    }

    /// The first sample whose time is not before `local_secs`, which is a time by the local clock; `offset_secs`
    /// is what to add to the source's stamps now. Can lie beyond the newest sample. `None` where it is forgotten.
    pub(crate) fn index_of_local_time(&self, local_secs: f64, offset_secs: f64) -> Option<u64> {
        if self.next == 0 {
            return None;
        }
        let line = self.line();
        let steps = line.steps_to(local_secs - offset_secs);
        if steps > -1.0 || (self.start == 0 && steps > -(1.0 + 1.0 / self.period)) {
            return Some(self.start + steps.max(0.0).ceil() as u64);
        }
        self.segments.index_of_local_time(local_secs, offset_secs)
    }

    /// Fixes the clock offset of all samples so far; those that follow are stamped by another clock.
    pub(crate) fn fix_offset(&mut self, offset_secs: f64) {
        self.segments.fix_offset(offset_secs);
    }

    fn line(&self) -> Segment {
        let end_index = self.next as f64 - 1.0;
        let start_time = self.time - (end_index - self.start as f64) * self.period;
        Segment { start: self.start, end: self.next, start_time, period: self.period, offset: None }
    }

    fn sigma(&self) -> f64 {
        self.variance.sqrt().max(STAMP_NOISE_SECS)
    }

    /// Beyond this a stamp is suspicious. Stamps are late more often than early, and clocks are seldom set by less
    /// than tens of milliseconds, so early ones are given more room.
    fn is_suspicious(&self, residual: f64) -> bool {
        let bound = 0.5 * self.period + 3.0 * self.sigma();
        residual > bound || residual < -(bound + 0.02)
    }

    /// How many stamps in a row must stay away before it is believed.
    fn window(&self) -> usize {
        let quiet = (0.02 / self.nominal_period).ceil() as usize;
        let jittery = (0.1 / self.nominal_period).ceil() as usize;
        let wanted = if self.sigma() < self.period / 6.0 { quiet } else { jittery };
        wanted.clamp(4, MOST_HELD)
    }

    fn step(&mut self, sample: Held, breaks: &mut Vec<Break>) {
        if self.next == 0 {
            self.begin_segment(sample.stamp);
            return;
        }
        if self.held.is_empty() && !self.is_suspicious(sample.stamp - (self.time + self.period)) {
            self.accept(sample);
            return;
        }
        self.held.push_back(sample);
        self.judge(breaks);
    }

    /// How far the `k`-th held stamp is from where the line says it should be.
    fn held_residual(&self, k: usize) -> f64 {
        self.held.get(k).map_or(0.0, |h| h.stamp - (self.time + self.period * (k + 1) as f64))
    }

    fn judge(&mut self, breaks: &mut Vec<Break>) {
        let count = self.held.len();
        let newest = self.held_residual(count - 1);
        if !self.is_suspicious(newest) {
            while let Some(sample) = self.held.pop_front() {
                if self.held.is_empty() {
                    self.accept(sample);
                } else {
                    self.pass_late();
                }
            }
            return;
        }
        if count < self.window() {
            return;
        }
        let first = self.held_residual(0);
        let fell = (first - newest) * first.signum();
        if fell > 0.5 * self.period + 4.0 * self.sigma() {
            // Catching up: the oldest was merely late.
            self.held.pop_front();
            self.pass_late();
        } else {
            self.break_at_held(breaks);
        }
    }

    /// How far the line has jumped: the mean of the held residuals, as the line itself runs through the mean of the
    /// stamps; but only of those within the jitter of their median, as there may be delays among them. Of two middle
    /// ones the nearer counts as the median, in case a second gap follows at once.
    fn jump_of_held(&self) -> f64 {
        let mut residuals: Vec<f64> = (0..self.held.len()).map(|k| self.held_residual(k)).collect();
        residuals.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        let median = residuals.get(residuals.len().saturating_sub(1) / 2).copied().unwrap_or(0.0);
        residuals.retain(|r| (r - median).abs() <= 0.5 * self.period + 3.0 * self.sigma());
        if residuals.is_empty() { median } else { residuals.iter().sum::<f64>() / residuals.len() as f64 }
    }

    /// The stamps stay away: a new segment begins with the first that is held.
    fn break_at_held(&mut self, breaks: &mut Vec<Break>) {
        let jump = self.jump_of_held();
        let Some(first) = self.held.front().copied() else { return };
        let ahead = self.offset.is_some_and(|o| first.stamp + o > first.arrival + AHEAD_SECS);
        let index = self.next;
        if jump < 0.0 || ahead {
            let gap = Gap { index, missing_samples: 0, length_secs: 0.0 };
            breaks.push(Break::ClockJump { gap, jump_secs: jump });
            self.offset = self.offset.map(|o| o - jump);
        } else {
            let missing_samples = ((jump / self.period).round() as u64).max(1);
            let length_secs = missing_samples as f64 * self.period;
            breaks.push(Break::Missing(Gap { index, missing_samples, length_secs }));
        }
        let expected = self.time + self.period;
        self.begin_segment(expected + jump);
        let rest: Vec<Held> = self.held.drain(..).skip(1).collect();
        for sample in rest {
            self.step(sample, breaks);
        }
    }

    /// Starts a segment whose first sample, the next one, has this time. What is known of the rate is kept.
    fn begin_segment(&mut self, time: f64) {
        if self.next > self.start {
            self.segments.push(self.line());
        }
        self.start = self.next;
        self.next += 1;
        self.time = time;
        self.covariance[0] = self.sigma().powi(2);
        self.covariance[1] = 0.0;
    }

    /// Counts a sample whose stamp says when it was handed over rather than when it was measured.
    fn pass_late(&mut self) {
        let first_of_run = !std::mem::replace(&mut self.passing_late, true);
        if first_of_run {
            // A stream that is late again and again has a wider jitter.
            self.widen(4.0 * self.sigma());
        }
        let [tt, tp, pp] = self.covariance;
        self.covariance = [tt + 2.0 * tp + pp, tp + pp, pp];
        self.time += self.period;
        self.next += 1;
    }

    fn widen(&mut self, residual: f64) {
        let learning = (self.next as f64) * self.nominal_period < LEARNING_SECS;
        let memory = if learning { JITTER_MEMORY_SECS.0 } else { JITTER_MEMORY_SECS.1 };
        let share = (self.nominal_period / memory).min(0.1);
        self.variance += share * (residual * residual - self.variance);
    }

    fn accept(&mut self, sample: Held) {
        self.passing_late = false;
        let [tt, tp, pp] = self.covariance;
        let growth = (self.nominal_period / MEMORY_SECS).exp();
        let (tt, tp, pp) = ((tt + 2.0 * tp + pp) * growth, (tp + pp) * growth, pp * growth);
        let sigma = self.sigma();
        let residual = sample.stamp - (self.time + self.period);
        let clipped = residual.clamp(-4.0 * sigma, 4.0 * sigma);
        let noise = tt + sigma * sigma;
        let (gain_time, gain_period) = (tt / noise, tp / noise);
        self.time += self.period + gain_time * clipped;
        // A device's rate is never further than 5 % from what it claims, or it is another rate.
        let bounds = (0.95 * self.nominal_period, 1.05 * self.nominal_period);
        self.period = (self.period + gain_period * clipped).clamp(bounds.0, bounds.1);
        self.covariance = [(1.0 - gain_time) * tt, (1.0 - gain_time) * tp, pp - gain_period * tp];

        self.widen(clipped);
        self.next += 1;
    }
}

/// Not zero, a number, and within 30,000 years of any epoch.
fn is_meaningful(stamp: f64) -> bool {
    stamp != 0.0 && stamp.abs() < 1e12
}

#[cfg(test)]
mod tests;
