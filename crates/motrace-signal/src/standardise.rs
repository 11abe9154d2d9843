/// Exponential moving standardisation of each channel, one sample at a time (Schirrmeister et al. 2017, section 2.4.1).
///
/// ```text
/// m_t = Σ_i (1 − a)^i x_{t−i} / Σ_i (1 − a)^i
/// v_t = Σ_i (1 − a)^i (x_{t−i} − m_{t−i})² / Σ_i (1 − a)^i
/// y_t = (x_t − m_t) / max(ε, √v_t)
/// ```
///
/// This is what braindecode's `exponential_moving_standardize` gives where it has no initial block. There the first block
/// is standardised by its own mean and standard deviation, which a stream cannot: they need its end. Here the sums
/// simply begin with the first sample, so early values are relative to what was seen so far, and who uses them waits for
/// [`settling_samples`](Self::settling_samples).
///
/// The output depends on the samples since the start or the last [`reset`](Self::reset) alone, bit for bit, whatever the
/// chunks they came in. Nothing here allocates after construction.
#[derive(Debug, Clone)]
pub struct MovingStandardiser {
    factor: f64,
    epsilon: f64,
    /// `Σ_i (1 − a)^i`, the same for each channel.
    weight: f64,
    means: Vec<f64>,
    variances: Vec<f64>,
}

impl MovingStandardiser {
    /// The share of each new sample that is usual, at 250 Hz: it forgets within about 4 s.
    pub const USUAL_FACTOR: f64 = 1e-3;

    /// A standardiser at rest for this many channels: `factor` is a, `epsilon` the least standard deviation, in the
    /// unit of the channels.
    #[must_use]
    pub fn new(factor: f64, epsilon: f64, channels: usize) -> Self {
        Self { factor, epsilon, weight: 0.0, means: vec![0.0; channels], variances: vec![0.0; channels] }
    }

    /// How many channels it standardises.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.means.len()
    }

    /// After this many samples mean and variance rest on as many samples as they ever will: `1/a`.
    #[must_use]
    pub fn settling_samples(&self) -> usize {
        (1.0 / self.factor).ceil() as usize
    }

    /// Standardises one sample of all channels in place; it does not allocate.
    ///
    /// # Panics
    /// When the frame's length is not the number of channels.
    pub fn apply(&mut self, frame: &mut [f64]) {
        assert_eq!(frame.len(), self.means.len(), "a frame holds one value for each channel");
        self.weight = 1.0 + (1.0 - self.factor) * self.weight;
        let share = 1.0 / self.weight;
        for ((x, mean), variance) in frame.iter_mut().zip(&mut self.means).zip(&mut self.variances) {
            *mean += (*x - *mean) * share;
            let deviation = *x - *mean;
            *variance += (deviation * deviation - *variance) * share;
            *x = deviation / variance.sqrt().max(self.epsilon);
        }
    }

    /// Forgets everything; the next sample starts anew.
    pub fn reset(&mut self) {
        self.weight = 0.0;
        self.means.fill(0.0);
        self.variances.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_channel_gives_zeros_and_no_infinity() {
        let mut standardiser = MovingStandardiser::new(1e-3, 1e-10, 2);
        for _ in 0..5000 {
            let mut frame = [-0.08, 0.0];
            standardiser.apply(&mut frame);
            assert!(frame.iter().all(|y| y.abs() < 1e-3), "{frame:?}");
        }
    }

    #[test]
    fn the_unit_cancels_out() {
        let (mut volts, mut microvolts) =
            (MovingStandardiser::new(1e-2, 1e-10, 1), MovingStandardiser::new(1e-2, 1e-4, 1));
        for t in 0..2000 {
            let x = (f64::from(t) * 0.3).sin() + 0.2 * (f64::from(t) * 1.7).cos();
            let (mut a, mut b) = ([x * 1e-5], [x * 10.0]);
            volts.apply(&mut a);
            microvolts.apply(&mut b);
            assert!((a[0] - b[0]).abs() < 1e-9, "{a:?} {b:?}");
        }
    }

    #[test]
    fn reset_starts_over() {
        let mut standardiser = MovingStandardiser::new(1e-3, 1e-10, 1);
        let run = |standardiser: &mut MovingStandardiser| -> Vec<f64> {
            (0..50)
                .map(|t| {
                    let mut frame = [f64::from(t % 7)];
                    standardiser.apply(&mut frame);
                    frame[0]
                })
                .collect()
        };
        let first = run(&mut standardiser);
        standardiser.reset();
        assert_eq!(run(&mut standardiser), first);
    }
}
