/// Without a newer value for so long, what is smoothed stays where it is, in seconds.
pub const HOLD_SECS: f64 = 0.5;

/// Exponential smoothing of values that come whenever they come.
///
/// First order, τ·ds/dt = v − s with the newest value as v: s moves continuously, and over any step dt it is exactly
/// s + (1 − exp(−dt/τ))·(v − s), so it does not matter how often it is looked at. Where no value comes for
/// [`HOLD_SECS`], it is held.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoothing {
    tau_secs: f64,
    /// Where it was, and when: at the last value that came.
    anchor: f64,
    anchor_secs: f64,
    input: f64,
    input_secs: f64,
    stalled_secs: f64,
}

impl Smoothing {
    /// Begins with 0 at a time; `tau_secs` is the time constant, none where it is 0.
    #[must_use]
    pub fn new(tau_secs: f64, now_secs: f64) -> Self {
        Self {
            tau_secs: if tau_secs > 0.0 { tau_secs } else { 0.0 },
            anchor: 0.0,
            anchor_secs: now_secs,
            input: 0.0,
            input_secs: f64::NEG_INFINITY,
            stalled_secs: 0.0,
        }
    }

    /// A new value. One from before the beginning is what it begins with; one that is not a number is none.
    pub fn update(&mut self, value: f64, now_secs: f64) {
        if !value.is_finite() || now_secs.is_nan() || now_secs < self.input_secs {
            return;
        }
        if now_secs > self.anchor_secs {
            self.stalled_secs = self.stalled_secs_at(now_secs);
            self.anchor = self.value_at(now_secs);
            self.anchor_secs = now_secs;
        }
        self.input = value;
        self.input_secs = now_secs;
    }

    /// Where it is at a time not before the last value.
    #[must_use]
    pub fn value_at(&self, now_secs: f64) -> f64 {
        let moving_secs = now_secs.min(self.held_from_secs()) - self.anchor_secs;
        if moving_secs.is_nan() || moving_secs <= 0.0 {
            self.anchor
        } else if self.tau_secs == 0.0 {
            self.input
        } else {
            self.input + (self.anchor - self.input) * (-moving_secs / self.tau_secs).exp()
        }
    }

    /// When it passes a level on its way to the newest value, where it does.
    #[must_use]
    pub fn passes_at(&self, level: f64) -> Option<f64> {
        let (from, to) = (self.anchor - level, self.input - level);
        let moves = self.held_from_secs() > self.anchor_secs;
        if !moves || from == 0.0 || to == 0.0 || from.signum() == to.signum() {
            return None;
        }
        let at = self.anchor_secs + self.tau_secs * ((self.anchor - self.input) / (level - self.input)).ln();
        (at <= self.held_from_secs()).then_some(at)
    }

    /// From when on it is held unless another value comes.
    #[must_use]
    pub fn held_from_secs(&self) -> f64 {
        self.input_secs + HOLD_SECS
    }

    /// Whether it is held because no value came for too long.
    #[must_use]
    pub fn is_held(&self, now_secs: f64) -> bool {
        now_secs > self.held_from_secs()
    }

    /// How long it was held since its beginning, in seconds.
    #[must_use]
    pub fn stalled_secs_at(&self, now_secs: f64) -> f64 {
        self.stalled_secs + (now_secs - self.held_from_secs().max(self.anchor_secs)).max(0.0)
    }

    /// When the newest value came, or when it began.
    pub(crate) fn anchor_secs(&self) -> f64 {
        self.anchor_secs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_step_is_answered_exponentially() {
        let mut smoothing = Smoothing::new(2.0, 10.0);
        smoothing.update(1.0, 10.0);
        for step in 1..=20 {
            smoothing.update(1.0, 10.0 + 0.1 * f64::from(step));
        }
        assert!((smoothing.value_at(12.0) - (1.0 - (-1.0f64).exp())).abs() < 1e-12);
    }

    #[test]
    fn without_values_it_stays() {
        let mut smoothing = Smoothing::new(1.0, 0.0);
        smoothing.update(1.0, 0.0);
        let held = 1.0 - (-HOLD_SECS).exp();
        assert!((smoothing.value_at(5.0) - held).abs() < 1e-12);
        assert!(smoothing.is_held(0.6) && !smoothing.is_held(0.4));
        assert!((smoothing.stalled_secs_at(5.0) - 4.5).abs() < 1e-12);
        smoothing.update(1.0, 5.0);
        assert!((smoothing.value_at(5.0) - held).abs() < 1e-12);
        assert!((smoothing.stalled_secs_at(5.2) - 4.5).abs() < 1e-12);
    }

    #[test]
    fn without_a_time_constant_it_follows() {
        let mut smoothing = Smoothing::new(0.0, 0.0);
        smoothing.update(0.7, 0.0);
        assert_eq!(smoothing.value_at(0.1), 0.7);
        smoothing.update(-0.3, 0.2);
        assert_eq!(smoothing.value_at(0.3), -0.3);
    }

    #[test]
    fn what_is_no_number_is_no_value() {
        let mut smoothing = Smoothing::new(1.0, 0.0);
        smoothing.update(f64::NAN, 0.1);
        smoothing.update(f64::INFINITY, 0.1);
        smoothing.update(1.0, f64::NAN);
        assert_eq!(smoothing.value_at(1.0), 0.0);
        assert!(smoothing.is_held(0.0));
    }

    proptest! {
        // Against the differential equation, in small steps.
        #[test]
        fn it_solves_its_equation(
            tau in 0.05f64..3.0,
            inputs in proptest::collection::vec((0.001f64..0.9, -2.0f64..2.0), 1..12),
        ) {
            let mut smoothing = Smoothing::new(tau, 0.0);
            let (mut time, mut slow, mut input, mut input_at) = (0.0, 0.0, 0.0, f64::NEG_INFINITY);
            for (gap, value) in inputs {
                let steps = 4000;
                let dt = gap / f64::from(steps);
                for step in 0..steps {
                    // The middle of the step says whether it is held.
                    if time + dt * (f64::from(step) + 0.5) < input_at + HOLD_SECS {
                        slow += dt / tau * (input - slow);
                    }
                }
                time += gap;
                prop_assert!((smoothing.value_at(time) - slow).abs() < 2e-2, "{} {}", smoothing.value_at(time), slow);
                smoothing.update(value, time);
                (input, input_at) = (value, time);
            }
        }

        #[test]
        fn it_is_at_a_level_when_it_passes_it(tau in 0.05f64..3.0, a in -1.0f64..1.0, b in -1.0f64..1.0, level in -1.0f64..1.0) {
            let mut smoothing = Smoothing::new(tau, 0.0);
            smoothing.update(a, 0.0);
            smoothing.update(b, 0.4);
            if let Some(at) = smoothing.passes_at(level) {
                prop_assert!((0.4..=0.4 + HOLD_SECS).contains(&at));
                prop_assert!((smoothing.value_at(at) - level).abs() < 1e-9);
            } else {
                let (from, to) = (smoothing.value_at(0.4), smoothing.value_at(9.0));
                prop_assert!((from - level) * (to - level) >= 0.0);
            }
        }
    }
}
