use crate::training::examples::Example;
use crate::training::{Trials, place};
use rand::{Rng, RngExt};
use std::f64::consts::TAU;

/// What is changed at random in a window; see [`crate::training::Augmentations`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    /// By up to this many samples it begins earlier or later.
    pub shift: usize,
    pub channel_dropout: f64,
    pub noise: f64,
}

impl Change {
    /// Copies an example, changed at random, to `window`, `[channels, samples]`.
    pub fn copy_changed(&self, trials: &Trials, example: Example, window: &mut [f32], [seed, epoch, place]: [u64; 3]) {
        if self.shift == 0 && self.channel_dropout == 0.0 && self.noise == 0.0 {
            copy(trials, example, window);
            return;
        }
        let mut rng = place::random_at(seed, place::Purpose::Augment, epoch as usize, place as usize);
        // The trials have at least this much margin.
        let start = example.start - self.shift + rng.random_range(0..=2 * self.shift as u64) as usize;
        copy(trials, Example { start, ..example }, window);
        let channels = trials.channels();
        let samples = window.len() / channels.max(1);
        if self.noise > 0.0 {
            for row in window.chunks_exact_mut(samples) {
                add_noise(row, self.noise, &mut rng);
            }
        }
        if self.channel_dropout > 0.0 {
            let stays = rng.random_range(0..channels as u64) as usize;
            for (channel, row) in window.chunks_exact_mut(samples).enumerate() {
                let drops = rng.random::<f64>() < self.channel_dropout;
                if drops && channel != stays {
                    row.fill(0.0);
                }
            }
        }
    }
}

/// Copies an example to `window`, `[channels, samples]`.
pub(crate) fn copy(trials: &Trials, example: Example, window: &mut [f32]) {
    let shape = trials.windows.shape;
    let samples = window.len() / shape.rows.max(1);
    let trial = &trials.windows.values[example.trial * shape.len()..][..shape.len()];
    for (row, to) in trial.chunks_exact(shape.samples).zip(window.chunks_exact_mut(samples)) {
        to.copy_from_slice(&row[example.start..][..samples]);
    }
}

/// Adds noise of this standard deviation, relative to the root mean square of the row.
fn add_noise(row: &mut [f32], relative: f64, rng: &mut impl Rng) {
    let square = row.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>() / row.len() as f64;
    let deviation = relative * square.sqrt();
    for pair in row.chunks_mut(2) {
        // Box and Muller 1958; 1 − u is never 0.
        let radius = deviation * (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
        let (sin, cos) = (TAU * rng.random::<f64>()).sin_cos();
        for (x, normal) in pair.iter_mut().zip([cos, sin]) {
            *x += (radius * normal) as f32;
        }
    }
}
