use crate::{Epochs, TrainError};
use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayViewMut2, Axis, linalg::general_mat_mul};
use std::thread;

/// Fewer multiplications than this are done on the calling thread: starting another costs more.
const WORK_FOR_ANOTHER_THREAD: usize = 4_000_000;
/// Beyond this a fourth power could overflow; no voltage is anywhere near.
const LARGEST_SAMPLE: f64 = 1e70;

/// What training needs to know of each trial, so that the samples are read once however many folds there are.
#[derive(Debug, Clone)]
pub struct TrialMoments {
    /// mean_t x_t x_tᵀ, `[trials, channels, channels]`.
    second: Array3<f64>,
    /// mean_t ‖x_t‖⁴ for each trial, from which the Ledoit–Wolf shrinkage follows.
    fourth: Vec<f64>,
    samples: usize,
}

/// The moments of all samples of some trials.
#[derive(Debug, Clone)]
pub(crate) struct PooledMoments {
    /// mean x xᵀ, `[channels, channels]`.
    pub second: Array2<f64>,
    /// mean ‖x‖⁴.
    pub fourth: f64,
    /// How many samples there were.
    pub samples: usize,
}

impl TrialMoments {
    /// Computes the moments of each trial, on all cores where that pays. A trial's moments are computed
    /// by one thread, so the bits do not depend on how many there are.
    ///
    /// # Errors
    /// [`TrainError::NonFinite`] where a sample is not finite.
    pub fn of(epochs: &Epochs) -> Result<Self, TrainError> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Self::on_threads(epochs, threads)
    }

    fn on_threads(epochs: &Epochs, threads: usize) -> Result<Self, TrainError> {
        let (trials, channels, samples) = epochs.data.dim();
        let data = epochs.data.as_standard_layout();
        let mut second = Array3::zeros((trials, channels, channels));
        let mut fourth = vec![0.0; trials];
        let work = trials * channels * channels * samples;
        let threads = threads.min(work / WORK_FOR_ANOTHER_THREAD + 1).clamp(1, trials.max(1));
        let share = trials.div_ceil(threads).max(1);

        let parts = data
            .axis_chunks_iter(Axis(0), share)
            .zip(second.axis_chunks_iter_mut(Axis(0), share))
            .zip(fourth.chunks_mut(share));
        let run =
            |((data, mut second), fourth): ((ndarray::ArrayView3<f64>, ndarray::ArrayViewMut3<f64>), &mut [f64])| {
                let mut scratch = Scratch::new(channels, samples);
                for ((trial, moment), fourth) in data.outer_iter().zip(second.outer_iter_mut()).zip(fourth) {
                    *fourth = trial_moments(trial, moment, &mut scratch);
                }
            };
        thread::scope(|scope| {
            let mut parts = parts.into_iter();
            let own = parts.next();
            for part in parts {
                scope.spawn(|| run(part));
            }
            own.into_iter().for_each(run);
        });

        let moments = Self { second, fourth, samples };
        if moments.fourth.iter().any(|m| !m.is_finite()) {
            return Err(first_bad_sample(epochs));
        }
        Ok(moments)
    }

    /// The moments of several sets of trials of one shape, one after the other.
    pub(crate) fn joined<'a>(sets: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let channels = sets.clone().next().map_or(0, |set| set.second.dim().1);
        let mut second = Array3::zeros((0, channels, channels));
        for set in sets.clone() {
            // Shapes are alike: whoever joins has made sure.
            let _ = second.append(Axis(0), set.second.view());
        }
        Self {
            second,
            fourth: sets.clone().flat_map(|set| set.fourth.iter().copied()).collect(),
            samples: sets.clone().next().map_or(0, Self::samples),
        }
    }

    /// How many samples each trial has.
    pub(crate) fn samples(&self) -> usize {
        self.samples
    }

    /// mean_t ‖x_t‖⁴ of one trial.
    pub(crate) fn fourth(&self, trial: usize) -> f64 {
        self.fourth[trial]
    }

    /// mean_t x_t x_tᵀ of one trial, `[channels, channels]`.
    pub(crate) fn second(&self, trial: usize) -> ArrayView2<'_, f64> {
        self.second.index_axis(Axis(0), trial)
    }

    /// wᵀ(mean_t x xᵀ)w of one trial: the mean power behind a spatial filter.
    pub(crate) fn power(&self, trial: usize, filter: &[f64]) -> f64 {
        let moment = self.second.index_axis(Axis(0), trial);
        let power: f64 = filter
            .iter()
            .zip(moment.outer_iter())
            .map(|(w, row)| w * row.iter().zip(filter).map(|(m, w)| m * w).sum::<f64>())
            .sum();
        power.max(0.0)
    }

    /// The moments of these trials together, summed in the given order.
    pub(crate) fn pool(&self, trials: impl IntoIterator<Item = usize>) -> PooledMoments {
        let channels = self.second.dim().1;
        let mut second = Array2::zeros((channels, channels));
        let (mut fourth, mut count) = (0.0, 0);
        for trial in trials {
            second += &self.second.index_axis(Axis(0), trial);
            fourth += self.fourth[trial];
            count += 1;
        }
        let share = 1.0 / f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX));
        second *= share;
        PooledMoments { second, fourth: fourth * share, samples: count * self.samples }
    }
}

/// What [`trial_moments`] writes to on its way, kept from trial to trial.
struct Scratch {
    /// `[samples, channels]`
    by_sample: Array2<f64>,
    /// ‖x_t‖² of each sample.
    norms: Array1<f64>,
}

impl Scratch {
    fn new(channels: usize, samples: usize) -> Self {
        Self { by_sample: Array2::zeros((samples, channels)), norms: Array1::zeros(samples) }
    }
}

/// Writes mean x xᵀ into `second` and returns mean ‖x‖⁴.
fn trial_moments(trial: ArrayView2<f64>, mut second: ArrayViewMut2<f64>, scratch: &mut Scratch) -> f64 {
    let share = 1.0 / trial.ncols().max(1) as f64;
    // The product packs both factors by sample; one transposition is cheaper than two strided packings.
    scratch.by_sample.assign(&trial.t());
    general_mat_mul(share, &scratch.by_sample.t(), &scratch.by_sample, 0.0, &mut second);
    scratch.norms.fill(0.0);
    for channel in trial.outer_iter() {
        scratch.norms.zip_mut_with(&channel, |norm, x| *norm += x * x);
    }
    scratch.norms.iter().map(|norm| norm * norm).sum::<f64>() * share
}

fn first_bad_sample(epochs: &Epochs) -> TrainError {
    let is_bad = |x: &f64| !x.is_finite() || x.abs() > LARGEST_SAMPLE;
    let ((trial, channel, sample), _) =
        epochs.data.indexed_iter().find(|(_, x)| is_bad(x)).unwrap_or(((0, 0, 0), &f64::NAN));
    TrainError::NonFinite { trial: trial + 1, channel: channel + 1, sample: sample + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulated::noise_epochs;

    #[test]
    fn moments_follow_their_definition() -> Result<(), TrainError> {
        let epochs = noise_epochs(5, 4, 37, 1);
        let moments = TrialMoments::of(&epochs)?;
        for trial in 0..5 {
            let x = epochs.data.index_axis(Axis(0), trial);
            let mut fourth = 0.0;
            for t in 0..37 {
                fourth += (0..4).map(|c| x[[c, t]].powi(2)).sum::<f64>().powi(2) / 37.0;
            }
            approx::assert_relative_eq!(moments.fourth[trial], fourth, max_relative = 1e-12);
            for (a, b) in [(0, 0), (1, 3), (3, 1)] {
                let slow: f64 = (0..37).map(|t| x[[a, t]] * x[[b, t]]).sum::<f64>() / 37.0;
                approx::assert_relative_eq!(moments.second[[trial, a, b]], slow, max_relative = 1e-10);
            }
            let filter = [0.3, -1.0, 0.2, 2.0];
            let slow: f64 =
                (0..37).map(|t| (0..4).map(|c| filter[c] * x[[c, t]]).sum::<f64>().powi(2)).sum::<f64>() / 37.0;
            approx::assert_relative_eq!(moments.power(trial, &filter), slow, max_relative = 1e-10);
        }
        Ok(())
    }

    #[test]
    fn bits_do_not_depend_on_the_threads() -> Result<(), TrainError> {
        let epochs = noise_epochs(60, 22, 500, 2);
        let one = TrialMoments::on_threads(&epochs, 1)?;
        for threads in [2, 3, 7] {
            let several = TrialMoments::on_threads(&epochs, threads)?;
            assert_eq!(one.second, several.second);
            assert_eq!(one.fourth, several.fourth);
        }
        Ok(())
    }
}
