use super::CURSOR_EDGE;
use crate::{Side, Smoothing};

/// How long the cursor has been on a target.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dwell {
    needed_secs: f64,
    on: Option<Side>,
    secs: f64,
    decided: Option<(f64, Side)>,
}

impl Dwell {
    pub fn new(needed_secs: f64) -> Self {
        Self { needed_secs, on: None, secs: 0.0, decided: None }
    }

    /// How much of the time is over, 0 to 1.
    pub fn share(&self) -> f64 {
        if self.decided.is_some() {
            1.0
        } else if self.needed_secs > 0.0 {
            (self.secs / self.needed_secs).clamp(0.0, 1.0)
        } else {
            0.0
        }
    }

    /// Follows the cursor from one time to another, between which no value came; when the dwell time was over, and
    /// on which target. Time without decisions does not count.
    pub fn follow(&mut self, path: &Smoothing, from_secs: f64, to_secs: f64) -> Option<(f64, Side)> {
        let to_secs = to_secs.min(path.held_from_secs());
        // The path between two values is monotone: it passes each edge once at most.
        let mut times = [from_secs, to_secs, to_secs, to_secs];
        for (time, level) in times[1..3].iter_mut().zip([-CURSOR_EDGE, CURSOR_EDGE]) {
            *time = path.passes_at(level).unwrap_or(to_secs).min(to_secs).max(from_secs);
        }
        times[1..3].sort_by(f64::total_cmp);
        for part in times.windows(2) {
            let (start_secs, length_secs) = (part[0], part[1] - part[0]);
            if self.decided.is_some() {
                break;
            }
            // A part of no length is a place where the cursor is not; NaN is none either.
            if length_secs > 0.0 {
                self.stay(start_secs, length_secs, side_at(path.value_at(start_secs + length_secs / 2.0)));
            }
        }
        self.decided
    }

    fn stay(&mut self, start_secs: f64, length_secs: f64, side: Option<Side>) {
        if side != self.on {
            self.on = side;
            self.secs = 0.0;
        }
        let Some(side) = side else { return };
        let missing_secs = self.needed_secs - self.secs;
        if length_secs >= missing_secs {
            self.decided = Some((start_secs + missing_secs.max(0.0), side));
        }
        self.secs += length_secs;
    }
}

fn side_at(position: f64) -> Option<Side> {
    (position.abs() >= CURSOR_EDGE).then(|| Side::of_class(usize::from(position > 0.0)))
}
