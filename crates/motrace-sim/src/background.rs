use crate::head::{Dipole, leadfield};
use crate::noise::{Dice, Pink};
use std::f64::consts::PI;

/// How many dipoles stand for the whole cortex.
const DIPOLES: usize = 400;

/// How deep they lie.
const ECCENTRICITY: f64 = 0.83;

/// The 1/f activity of the whole cortex, as the electrodes see it.
///
/// Independent dipoles everywhere make channel noise whose covariance is G·Gᵀ, G being their lead field. A
/// triangular factor of that covariance gives noise with the same statistics from one source per channel.
#[derive(Debug, Clone)]
pub(crate) struct Background {
    /// Row i holds the weights of sources 0 … i.
    factor: Vec<Vec<f64>>,
    pink: Vec<Pink>,
    sources: Vec<f64>,
    dice: Dice,
}

impl Background {
    /// Background whose mean variance over channels is `rms`².
    pub(crate) fn new(electrodes: &[[f64; 3]], rms: f64, dice: Dice) -> Self {
        let field = leadfield(electrodes, &cortex());
        let mut covariance = field.dot(&field.t());
        let channels = electrodes.len();
        let mean = covariance.diag().sum() / channels as f64;
        covariance.mapv_inplace(|v| v / mean * rms * rms);
        // Electrodes may share a place; a millionth of own noise keeps the factor well defined.
        covariance.diag_mut().mapv_inplace(|v| v + 1e-6 * rms * rms);
        let mut factor: Vec<Vec<f64>> = Vec::with_capacity(channels);
        for i in 0..channels {
            let mut row: Vec<f64> = Vec::with_capacity(i + 1);
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| row[k] * if j == i { row[k] } else { factor[j][k] }).sum();
                let rest = covariance[[i, j]] - known;
                row.push(if i == j {
                    rest.max(0.0).sqrt()
                } else if factor[j][j] > 0.0 {
                    rest / factor[j][j]
                } else {
                    0.0
                });
            }
            factor.push(row);
        }
        let mut background = Self { factor, pink: vec![Pink::default(); channels], sources: vec![0.0; channels], dice };
        // The slowest stage forgets its start within some thousand samples.
        for _ in 0..6000 {
            background.advance();
        }
        background
    }

    fn advance(&mut self) {
        for (source, pink) in self.sources.iter_mut().zip(&mut self.pink) {
            *source = pink.step(self.dice.normal());
        }
    }

    /// Adds one sample to every channel.
    pub(crate) fn add(&mut self, volts: &mut [f64]) {
        self.advance();
        for (channel, row) in volts.iter_mut().zip(&self.factor) {
            *channel += row.iter().zip(&self.sources).map(|(w, s)| w * s).sum::<f64>();
        }
    }
}

/// Dipoles spread evenly (golden angle) over a sphere without its lower part, pointing outwards.
fn cortex() -> Vec<Dipole> {
    let golden = PI * (3.0 - 5.0_f64.sqrt());
    (0..DIPOLES)
        .map(|i| {
            let z = 1.0 - 1.5 * (i as f64 + 0.5) / DIPOLES as f64;
            let across = (1.0 - z * z).sqrt();
            let angle = golden * i as f64;
            let outward = [across * angle.cos(), across * angle.sin(), z];
            Dipole { position: outward.map(|v| v * ECCENTRICITY), moment: outward }
        })
        .collect()
}
