use crate::FeedbackPlan;
use crate::Side;
use crate::order::share;
use rand_chacha::ChaCha8Rng;

/// From the start of the ball until decisions can follow: seeing where it goes, and a window of imagery, in seconds.
const REACTION_SECS: f64 = 1.0;
/// A steady decision of this many class means takes the bar to the wall in time.
const FULL_DEFLECTION: f64 = 0.6;

/// How far the bar moves for a decision value: its centre is 0.5 + 0.5·gain·value, within the walls.
///
/// A person who sees the ball start, and imagines from [one second](REACTION_SECS) on, has a smoothed value of
/// r = 1 − exp(−(fall − 1)/τ) class means when it lands (0.82 by default). The bar has to travel to the wall, which is
/// (1 − width)/2 away, with 0.6 of that, as real decisions scatter below their mean: gain = (1 − width)/(0.6·r),
/// 1.43 by default. Where a whole class mean is held, there is time to spare; where nothing is decided, the bar stays
/// in the middle, where no ball lands.
#[must_use]
pub fn pong_gain(plan: &FeedbackPlan) -> f64 {
    let left_secs = plan.fall_secs - REACTION_SECS.min(plan.fall_secs / 2.0);
    let reached = if plan.smoothing_secs > 0.0 { -(-left_secs / plan.smoothing_secs).exp_m1() } else { 1.0 };
    (1.0 - plan.bar_width) / (FULL_DEFLECTION * reached.max(1e-3))
}

/// The centre of the bar for a smoothed value; the bar stays within the walls.
pub(crate) fn bar_centre(value: f64, gain: f64, bar_width: f64) -> f64 {
    let half = if bar_width > 0.0 { (bar_width / 2.0).min(0.5) } else { 0.0 };
    (0.5 + 0.5 * (value * gain).clamp(-1.0, 1.0)).clamp(half, 1.0 - half)
}

/// The way of a ball: from a place at the ceiling straight to one at the bar, as shares of the field's width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ball {
    pub start: f64,
    pub landing: f64,
}

impl Ball {
    /// Starts anywhere around the middle, which tells nothing of the side it goes to.
    pub fn start(rng: &mut ChaCha8Rng) -> f64 {
        0.3 + 0.4 * share(rng)
    }

    /// Where a ball to a side lands: where the bar reaches it at the wall, but neither from the middle nor from the
    /// other side; not quite at the ends of that stretch.
    pub fn landing(side: Side, bar_width: f64, rng: &mut ChaCha8Rng) -> f64 {
        let inner = (1.0 - bar_width).max(0.5 + bar_width / 2.0).min(1.0);
        let right = inner + (1.0 - inner) * (0.2 + 0.6 * share(rng));
        match side {
            Side::Left => 1.0 - right,
            Side::Right => right,
        }
    }

    /// Where it is after a share of its fall.
    pub fn at(self, fallen: f64) -> [f64; 2] {
        let fallen = fallen.clamp(0.0, 1.0);
        [self.start + (self.landing - self.start) * fallen, fallen]
    }
}
