use motrace_core::Condition;

/// A channel that moves by no more than this within a second is flat; amplifier noise alone is larger.
const FLAT_VOLTS: f64 = 1e-7;

/// No electrode offset reaches this; a value that stands still here is the end of the amplifier's range.
const RAIL_VOLTS: f64 = 0.1;

/// A channel is railed where it stands still at its own extremes for this part of the time.
const RAILED_FRACTION: f64 = 0.2;

/// What is counted of one channel over a stretch of samples, in volts; merging two gives that of both.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tally {
    finite: u64,
    not_finite: u64,
    /// Sums are taken around the first value, so that an offset of 80 mV does not swallow microvolts.
    origin: f64,
    sum: f64,
    squares: f64,
    max: f64,
    min: f64,
    /// How many samples repeated their predecessor at the extreme.
    held_at_max: u64,
    held_at_min: u64,
    last: f64,
}

impl Tally {
    pub(crate) const EMPTY: Self = Self {
        finite: 0,
        not_finite: 0,
        origin: 0.0,
        sum: 0.0,
        squares: 0.0,
        max: f64::NEG_INFINITY,
        min: f64::INFINITY,
        held_at_max: 0,
        held_at_min: 0,
        last: f64::NAN,
    };

    pub(crate) fn add(&mut self, volts: f64) {
        if !volts.is_finite() {
            self.not_finite += 1;
            self.last = f64::NAN;
            return;
        }
        if self.finite == 0 {
            self.origin = volts;
        }
        self.finite += 1;
        let away = volts - self.origin;
        self.sum += away;
        self.squares += away * away;
        let held = u64::from(volts == self.last);
        if volts > self.max {
            self.max = volts;
            self.held_at_max = 0;
        } else if volts == self.max {
            self.held_at_max += held;
        }
        if volts < self.min {
            self.min = volts;
            self.held_at_min = 0;
        } else if volts == self.min {
            self.held_at_min += held;
        }
        self.last = volts;
    }

    pub(crate) fn merge(mut self, other: &Self) -> Self {
        if other.finite == 0 {
            self.not_finite += other.not_finite;
            return self;
        }
        if self.finite == 0 {
            return Self { not_finite: self.not_finite + other.not_finite, ..*other };
        }
        // Move the other's sums to this origin.
        let shift = other.origin - self.origin;
        let count = other.finite as f64;
        self.squares += other.squares + 2.0 * shift * other.sum + count * shift * shift;
        self.sum += other.sum + count * shift;
        self.finite += other.finite;
        self.not_finite += other.not_finite;
        if other.max >= self.max {
            self.held_at_max = other.held_at_max + if other.max == self.max { self.held_at_max } else { 0 };
            self.max = other.max;
        }
        if other.min <= self.min {
            self.held_at_min = other.held_at_min + if other.min == self.min { self.held_at_min } else { 0 };
            self.min = other.min;
        }
        self.last = other.last;
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.finite + self.not_finite == 0
    }

    /// The mean in volts, 0 where nothing finite was counted.
    pub(crate) fn mean_volts(&self) -> f64 {
        if self.finite == 0 { 0.0 } else { self.origin + self.sum / self.finite as f64 }
    }

    /// Root mean square around the mean in volts, 0 where nothing finite was counted.
    pub(crate) fn rms_volts(&self) -> f64 {
        if self.finite == 0 {
            return 0.0;
        }
        let count = self.finite as f64;
        let mean = self.sum / count;
        (self.squares / count - mean * mean).max(0.0).sqrt()
    }

    /// What the channel's own values say; whether it is noisy takes the other channels to tell.
    pub(crate) fn condition(&self) -> Condition {
        if self.not_finite > 0 {
            return Condition::NotFinite;
        }
        let extent = self.max - self.min;
        if self.finite < 2 {
            Condition::Good
        } else if extent <= FLAT_VOLTS {
            if self.mean_volts().abs() >= RAIL_VOLTS { Condition::Railed } else { Condition::Flat }
        } else if (self.held_at_max + self.held_at_min) as f64 >= RAILED_FRACTION * self.finite as f64 {
            Condition::Railed
        } else {
            Condition::Good
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[f64]) -> Tally {
        let mut tally = Tally::EMPTY;
        values.iter().for_each(|&v| tally.add(v));
        tally
    }

    proptest! {
        #[test]
        fn merging_is_counting_both(values in prop::collection::vec(-3..3i32, 2..60), cut in 1..59usize) {
            let values: Vec<f64> = values.into_iter().map(|v| -0.08 + 1e-5 * f64::from(v)).collect();
            let cut = cut.min(values.len());
            let whole = of(&values);
            let merged = of(&values[..cut]).merge(&of(&values[cut..]));
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let power = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
            for tally in [whole, merged] {
                prop_assert!((tally.mean_volts() - mean).abs() < 1e-12);
                prop_assert!((tally.rms_volts() - power.sqrt()).abs() < 1e-10);
            }
            prop_assert_eq!((merged.max, merged.min, merged.finite), (whole.max, whole.min, whole.finite));
        }
    }

    #[test]
    fn conditions_follow_from_the_values() {
        let wave: Vec<f64> = (0..250).map(|i| 1e-5 * (f64::from(i) * 0.3).sin()).collect();
        assert_eq!(of(&wave).condition(), Condition::Good);
        assert_eq!(of(&[-0.03; 250]).condition(), Condition::Flat);
        assert_eq!(of(&[-0.1875; 250]).condition(), Condition::Railed);
        let clipped: Vec<f64> = wave.iter().map(|v| v.clamp(-4e-6, 4e-6)).collect();
        assert_eq!(of(&clipped).condition(), Condition::Railed);
        let mut broken = wave.clone();
        broken[7] = f64::NAN;
        assert_eq!(of(&broken).condition(), Condition::NotFinite);
        // Coarse steps repeat their extremes now and then; that is no rail.
        let coarse: Vec<f64> = wave.iter().map(|v| (v / 1e-6).round() * 1e-6).collect();
        assert_eq!(of(&coarse).condition(), Condition::Good);
    }
}
