use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::f64::consts::PI;

/// Seeded randomness. Each part of the simulation has a stream of its own, so that changing one (more blinks,
/// say) leaves the others as they were.
#[derive(Debug, Clone)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self(generator)
    }

    /// A number with mean 0 and variance 1, within ±6: the sum of twelve uniform 16-bit numbers.
    ///
    /// Integers make it the same on every platform; its fourth moment is 2.9 instead of 3.
    pub(crate) fn normal(&mut self) -> f64 {
        let mut sum = 0_u64;
        for _ in 0..3 {
            let bits = self.0.next_u64();
            sum += (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
        }
        (sum as f64 - 12.0 * 32_767.5) / 65_536.0
    }

    /// A number within [0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number within [low, high).
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// A whole number below `count`, which is small, so that the remainder's bias is none to speak of.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.0.next_u64() % count.max(1) as u64) as usize
    }
}

/// White noise in, pink (1/f power) noise of variance 1 out, from 1/5000 of the rate upwards.
///
/// Paul Kellet's sum of first-order low-passes (musicdsp.org 76), within ±0.05 dB of 1/f.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pink {
    stages: [f64; 6],
    delayed: f64,
}

const PINK_POLES: [f64; 6] = [0.998_86, 0.993_32, 0.969_00, 0.866_50, 0.550_00, -0.761_6];
const PINK_GAINS: [f64; 6] = [0.055_517_9, 0.075_075_9, 0.153_852_0, 0.310_485_6, 0.532_952_2, -0.016_898_0];

impl Pink {
    pub(crate) fn step(&mut self, white: f64) -> f64 {
        let mut sum = self.delayed + white * 0.536_2;
        for ((stage, pole), gain) in self.stages.iter_mut().zip(PINK_POLES).zip(PINK_GAINS) {
            *stage = pole * *stage + gain * white;
            sum += *stage;
        }
        self.delayed = white * 0.115_926;
        sum / Self::STANDARD_DEVIATION
    }

    /// The root of the energy of the impulse response before scaling; a test works it out.
    const STANDARD_DEVIATION: f64 = 3.052_527_5;
}

/// A rhythm: white noise through a resonance (an autoregressive process of order 2), of variance 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rhythm {
    feedback: [f64; 2],
    gain: f64,
    past: [f64; 2],
}

impl Rhythm {
    /// A rhythm at `freq_hz` whose spectrum falls to half its peak within `width_hz`.
    pub(crate) fn new(freq_hz: f64, width_hz: f64, rate_hz: f64) -> Self {
        let radius = (-PI * width_hz / rate_hz).exp();
        let first = 2.0 * radius * (2.0 * PI * freq_hz / rate_hz).cos();
        let second = -radius * radius;
        // The variance of the process for white noise of variance 1 (Box and Jenkins, 3.2.27).
        let variance = (1.0 - second) / ((1.0 + second) * ((1.0 - second) * (1.0 - second) - first * first));
        Self { feedback: [first, second], gain: 1.0 / variance.sqrt(), past: [0.0; 2] }
    }

    pub(crate) fn step(&mut self, white: f64) -> f64 {
        let next = self.feedback[0] * self.past[0] + self.feedback[1] * self.past[1] + self.gain * white;
        self.past = [next, self.past[0]];
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(mut next: impl FnMut() -> f64, count: u32) -> (f64, f64) {
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..count {
            let v = next();
            sum += v;
            squares += v * v;
        }
        let mean = sum / f64::from(count);
        (mean, squares / f64::from(count) - mean * mean)
    }

    #[test]
    fn normal_numbers_have_mean_0_and_variance_1() {
        let mut dice = Dice::new(1, 0);
        let (mean, variance) = moments(|| dice.normal(), 200_000);
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.01, "{mean} {variance}");
    }

    #[test]
    fn streams_of_a_seed_differ() {
        assert_ne!(Dice::new(1, 0).normal(), Dice::new(1, 1).normal());
        assert_ne!(Dice::new(1, 0).normal(), Dice::new(2, 0).normal());
        assert_eq!(Dice::new(1, 0).normal(), Dice::new(1, 0).normal());
    }

    #[test]
    fn pink_noise_has_variance_1() {
        let mut pink = Pink::default();
        let mut energy = pink.step(1.0).powi(2);
        for _ in 0..100_000 {
            energy += pink.step(0.0).powi(2);
        }
        assert!((energy - 1.0).abs() < 1e-4, "set STANDARD_DEVIATION to {}", Pink::STANDARD_DEVIATION * energy.sqrt());
    }

    #[test]
    fn rhythms_have_variance_1() {
        for rate in [160.0, 250.0, 1000.0] {
            let mut rhythm = Rhythm::new(11.0, 1.5, rate);
            let mut energy = rhythm.step(1.0).powi(2);
            for _ in 0..100_000 {
                energy += rhythm.step(0.0).powi(2);
            }
            assert!((energy - 1.0).abs() < 1e-9, "{energy}");
        }
    }
}
