//! The fit of another computer's clock to this one's.

use crate::backend::MeasuredOffset;
use std::collections::VecDeque;

/// Measurements kept: a minute of them, one every two seconds.
const KEPT: usize = 30;
/// Older measurements count for less.
const MEMORY_SECS: f64 = 30.0;
/// A measurement that is off the line by more than this, beyond its own uncertainty, is another clock.
const RESET_SECS: f64 = 0.005;
/// No measurement for this long: the clocks count as unsynchronised.
const SYNCHRONISED_FOR_SECS: f64 = 8.0;
/// Measurements of one clock differ by so much beyond their stated errors.
const SAME_CLOCK_NOISE_SECS: f64 = 200e-6;
/// No two crystals drift apart faster than this.
const MOST_DRIFT: f64 = 2e-3;

#[derive(Debug, Clone, Copy)]
struct Point {
    local_secs: f64,
    offset_secs: f64,
    round_trip_secs: f64,
}

impl Point {
    /// The offset cannot be further off than that, however long either way took.
    fn error_secs(&self) -> f64 {
        self.round_trip_secs / 2.0
    }
}

/// `local time = stamp + offset`, the offset being a straight line in local time, since clocks drift apart.
#[derive(Debug, Default)]
pub(crate) struct OffsetTrack {
    points: VecDeque<Point>,
    newest: Option<MeasuredOffset>,
    /// offset = intercept + slope · (local − reference)
    reference_secs: f64,
    intercept_secs: f64,
    slope: f64,
    known: bool,
}

impl OffsetTrack {
    /// Takes the library's newest measurement, which may be the one it already had. Returns whether it was new.
    pub(crate) fn observe(&mut self, measured: MeasuredOffset, local_secs: f64) -> bool {
        if self.newest == Some(measured) || !measured.offset_secs.is_finite() {
            return false;
        }
        self.newest = Some(measured);
        let point = Point {
            local_secs,
            offset_secs: measured.offset_secs,
            round_trip_secs: measured.round_trip_secs.clamp(0.0, 10.0),
        };
        if let Some(last) = self.points.back() {
            let tolerance = RESET_SECS + point.round_trip_secs + MOST_DRIFT * (local_secs - last.local_secs).abs();
            if (point.offset_secs - self.at(local_secs)).abs() > tolerance {
                self.points.clear();
            }
        }
        self.points.push_back(point);
        if self.points.len() > KEPT {
            self.points.pop_front();
        }
        self.fit();
        true
    }

    /// The source's clock was seen to jump by `jump_secs` (its stamps grew by so much). The offset follows at
    /// once; the next measurement confirms or corrects it.
    pub(crate) fn follow_jump(&mut self, jump_secs: f64) {
        if self.known {
            self.points.clear();
            self.intercept_secs -= jump_secs;
            self.slope = 0.0;
        }
    }

    /// What to add to a stamp of about this local time; 0 before the first measurement.
    pub(crate) fn at(&self, local_secs: f64) -> f64 {
        if self.known { self.intercept_secs + self.slope * (local_secs - self.reference_secs) } else { 0.0 }
    }

    pub(crate) fn is_known(&self) -> bool {
        self.known
    }

    /// Half the shortest recent round trip: the offset cannot be further off than that.
    pub(crate) fn error_secs(&self) -> Option<f64> {
        self.points.iter().map(Point::error_secs).reduce(f64::min)
    }

    /// What to add to a time by the source's clock. Where it is this computer's clock, nothing is added, and no
    /// measurement noise either.
    pub(crate) fn to_local(&self, local_secs: f64) -> f64 {
        if self.is_this_clock() { 0.0 } else { self.at(local_secs) }
    }

    /// Whether stamps are by this computer's clock: where they are, each measurement allows it, however busy the
    /// computer is. (The fitted line does not have to: it may follow a measurement that took long.) Where they are not,
    /// taking the two for one is as near the truth as the measurements are.
    fn is_this_clock(&self) -> bool {
        let allows_it = |p: &Point| p.offset_secs.abs() <= p.error_secs() + SAME_CLOCK_NOISE_SECS;
        !self.points.is_empty() && self.points.iter().all(allows_it)
    }

    /// Whether the stamps of two sources can be by one clock: whether each two of their measurements allow it.
    pub(crate) fn is_clock_of(&self, other: &Self) -> bool {
        let allow_it = |a: &Point, b: &Point| {
            let drift = MOST_DRIFT * (a.local_secs - b.local_secs).abs();
            let error = a.error_secs() + b.error_secs() + SAME_CLOCK_NOISE_SECS;
            (a.offset_secs - b.offset_secs).abs() <= error + drift
        };
        let are_known = !self.points.is_empty() && !other.points.is_empty();
        are_known && self.points.iter().all(|a| other.points.iter().all(|b| allow_it(a, b)))
    }

    pub(crate) fn is_synchronised(&self, local_secs: f64) -> bool {
        self.points.back().is_some_and(|p| local_secs - p.local_secs < SYNCHRONISED_FOR_SECS)
    }

    /// Weighted least squares; the last measurement alone while there are fewer than three.
    fn fit(&mut self) {
        let Some(last) = self.points.back().copied() else { return };
        self.known = true;
        self.reference_secs = last.local_secs;
        (self.intercept_secs, self.slope) = (last.offset_secs, 0.0);
        if self.points.len() < 3 {
            return;
        }
        let weight = |p: &Point| {
            let sigma = p.error_secs() + 20e-6;
            ((p.local_secs - last.local_secs) / MEMORY_SECS).exp() / (sigma * sigma)
        };
        let (mut w0, mut wx, mut wy, mut wxx, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for p in &self.points {
            let (w, x, y) = (weight(p), p.local_secs - last.local_secs, p.offset_secs - last.offset_secs);
            w0 += w;
            wx += w * x;
            wy += w * y;
            wxx += w * x * x;
            wxy += w * x * y;
        }
        let determinant = w0 * wxx - wx * wx;
        if determinant > 1e-9 * w0 * wxx {
            // A steeper line is noise over a short span.
            self.slope = ((w0 * wxy - wx * wy) / determinant).clamp(-MOST_DRIFT, MOST_DRIFT);
            self.intercept_secs = last.offset_secs + (wy - self.slope * wx) / w0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(track: &mut OffsetTrack, local: f64, offset: f64, round_trip: f64) {
        track.observe(MeasuredOffset { offset_secs: offset, round_trip_secs: round_trip }, local);
    }

    #[test]
    fn a_clock_drifting_by_1000_ppm_is_followed_within_a_millisecond() {
        let mut track = OffsetTrack::default();
        let truth = |local: f64| -3600.0 + 1e-3 * local;
        for k in 0..30 {
            let local = 1000.0 + 2.0 * f64::from(k);
            let noise = 1e-4 * f64::from(k * 7 % 5 - 2);
            measure(&mut track, local, truth(local) + noise, 5e-4);
            if k >= 3 {
                for ahead in [0.0, 1.0, 2.0] {
                    let error = (track.at(local + ahead) - truth(local + ahead)).abs();
                    assert!(error < 1e-3, "after {k} measurements, {ahead} s ahead: {error}");
                }
            }
        }
        assert!(track.error_secs().is_some_and(|e| e < 3e-4));
    }

    #[test]
    fn a_reset_clock_starts_afresh() {
        let mut track = OffsetTrack::default();
        for k in 0..10 {
            measure(&mut track, f64::from(k) * 2.0, 5.0 + f64::from(k) * 1e-6, 1e-4);
        }
        measure(&mut track, 20.0, -100.0, 1e-4);
        assert!((track.at(20.0) + 100.0).abs() < 1e-9);
        assert!(track.is_synchronised(25.0) && !track.is_synchronised(30.0));
    }

    /// A good measurement, then ones whose answers waited for a busy computer.
    #[test]
    fn one_clock_is_one_however_slow_the_answers_are() {
        let (mut ours, mut theirs) = (OffsetTrack::default(), OffsetTrack::default());
        for (k, round_trip) in [2e-4, 5e-3, 0.3, 1e-4, 2.0].into_iter().enumerate() {
            let local = 10.0 + 2.0 * k as f64;
            // All of it on the way there, or all of it on the way back.
            measure(&mut ours, local, round_trip / 2.0, round_trip);
            measure(&mut theirs, local + 0.7, -round_trip / 2.0, round_trip);
            assert_eq!((ours.to_local(local), theirs.to_local(local)), (0.0, 0.0), "after {round_trip}");
            assert!(ours.is_clock_of(&theirs) && theirs.is_clock_of(&ours), "after {round_trip}");
        }
        // A clock 10 ms off is another one as soon as one measurement can tell.
        let mut other = OffsetTrack::default();
        assert!(!other.is_clock_of(&ours), "nothing is known of it");
        measure(&mut other, 18.0, 0.01, 0.1);
        assert_eq!(other.to_local(18.0), 0.0);
        measure(&mut other, 20.0, 0.01, 1e-3);
        assert!((other.to_local(20.0) - 0.01).abs() < 1e-3);
        let mut near = OffsetTrack::default();
        measure(&mut near, 20.0, 0.0, 1e-3);
        assert!(!other.is_clock_of(&near));
    }

    #[test]
    fn a_jump_seen_in_the_stamps_is_followed_before_it_is_measured() {
        let mut track = OffsetTrack::default();
        measure(&mut track, 0.0, 2.0, 1e-4);
        track.follow_jump(50.0);
        assert!((track.at(1.0) + 48.0).abs() < 1e-9);
    }
}
