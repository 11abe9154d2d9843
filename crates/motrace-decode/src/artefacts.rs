use crate::{Epochs, csp_lda::FEWEST_TRIALS_PER_CLASS, median::median};
use motrace_core::MAX_CLASSES;
use ndarray::{Array2, Axis};

/// A trial is an artefact where the log-variance of a channel is this many robust standard deviations from the
/// channel's median over trials.
const LARGEST_Z: f64 = 5.0;
/// Log-variances that differ by less than this (twice the standard deviation) are never told apart: the rhythms that
/// the decoder lives on rise and fall by as much.
const SMALLEST_DISTANCE: f64 = 2.0 * std::f64::consts::LN_2;
/// Variances below this share of the channel's mean variance count as that share, so that a silent trial
/// has a finite logarithm.
const SMALLEST_SHARE: f64 = 1e-12;
/// A channel that is off in more than this share of the trials is unsteady, and no trial is rejected for it.
const UNSTEADY_SHARE: f64 = 0.2;
/// A channel is loud where its usual standard deviation is at least this many times that of the other channels.
const LOUD_RATIO: f64 = 4.0;
/// What is usual among channels can be told from this many on.
const FEWEST_CHANNELS: usize = 5;
/// At most one in this many trials of a class is rejected: beyond that, nothing says what is usual.
const ONE_IN: usize = 3;

/// How much each channel varies in each trial, from which artefacts are told.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialVariances {
    /// Variances, `[trials, channels]`, in V²; not finite where a sample is not.
    volts2: Array2<f64>,
    labels: Vec<usize>,
}

/// What does not look like the rest of some trials.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Artefacts {
    /// Trials in which some channels vary unusually, ascending.
    pub trials: Vec<ArtefactTrial>,
    /// Channels that are persistently off, ascending.
    pub channels: Vec<NoisyChannel>,
}

/// A trial in which some channels vary unusually.
#[derive(Debug, Clone, PartialEq)]
pub struct ArtefactTrial {
    /// The trial, from 0.
    pub trial: usize,
    /// The channels, the most unusual first.
    pub channels: Vec<OffChannel>,
}

/// A channel that varies unusually in a trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OffChannel {
    /// The channel, from 0.
    pub channel: usize,
    /// Its standard deviation over the usual one: above 1 where it is louder, below where it is more silent, not
    /// finite where a sample is not.
    pub ratio: f64,
}

/// A channel that is persistently off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoisyChannel {
    /// The channel, from 0.
    pub channel: usize,
    /// In which way.
    pub noise: Noise,
}

/// In which way a channel is persistently off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Noise {
    /// Its standard deviation is usually this many times that of the other channels.
    Loud(f64),
    /// Its variance is off in this share of the trials.
    Unsteady(f64),
}

impl std::fmt::Display for Noise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Loud(ratio) => write!(f, "varies {ratio:.0}\u{d7} as much as the other channels"),
            Self::Unsteady(share) => write!(f, "varies unusually in {:.0} % of the trials", 100.0 * share),
        }
    }
}

impl TrialVariances {
    /// The variance of each trial and channel.
    #[must_use]
    pub fn of(epochs: &Epochs) -> Self {
        let (trials, channels, samples) = epochs.data.dim();
        let count = samples.max(1) as f64;
        let volts2 = Array2::from_shape_fn((trials, channels), |(trial, channel)| {
            let trial = epochs.data.index_axis(Axis(0), trial);
            let row = trial.row(channel);
            let mean = row.sum() / count;
            row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count
        });
        Self { volts2, labels: epochs.labels.clone() }
    }

    /// The artefacts among some trials, by nothing but these trials.
    ///
    /// A channel is off in a trial where its log-variance is more than 5 robust standard deviations (1.4826 times the
    /// median absolute deviation) from the channel's median over these trials, and its standard deviation at least
    /// twice or at most half the usual one. One such channel makes the trial an artefact, unless the channel is off
    /// in more than a fifth of the trials: then the channel is at fault, and is named instead. At most a third of a
    /// class is rejected, the most unusual trials first, and never so many that no decoder could be trained.
    ///
    /// After the variance criterion of the Berlin toolbox (`reject_varEventsAndChannels`), with median and median
    /// absolute deviation for its percentiles, and with silence counted as well.
    #[must_use]
    pub fn artefacts(&self, trials: &[usize]) -> Artefacts {
        let channels = self.volts2.ncols();
        let usual: Vec<Option<Usual>> = (0..channels).map(|channel| self.usual(trials, channel)).collect();
        let is_off = |trial: usize, channel: usize| {
            usual[channel].as_ref().and_then(|usual| usual.log_ratio_if_off(self.volts2[[trial, channel]]))
        };

        let noisy = noisy_channels(&usual, |channel| {
            let off = trials.iter().filter(|&&trial| is_off(trial, channel).is_some()).count();
            off as f64 / trials.len().max(1) as f64
        });
        let is_unsteady = |channel: usize| {
            noisy.iter().any(|noisy| noisy.channel == channel && matches!(noisy.noise, Noise::Unsteady(_)))
        };
        let mut found: Vec<(f64, ArtefactTrial)> = trials
            .iter()
            .filter_map(|&trial| {
                let mut off: Vec<(f64, usize)> = (0..channels)
                    .filter(|&channel| !is_unsteady(channel))
                    .filter_map(|channel| Some((is_off(trial, channel)?, channel)))
                    .collect();
                off.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()).then(a.1.cmp(&b.1)));
                let worst = off.first()?.0.abs();
                let channels =
                    off.into_iter().map(|(log, channel)| OffChannel { channel, ratio: (0.5 * log).exp() }).collect();
                Some((worst, ArtefactTrial { trial, channels }))
            })
            .collect();

        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.trial.cmp(&b.1.trial)));
        let of_class = |class| {
            let count = trials.iter().filter(|&&trial| self.labels[trial] == class).count();
            (count / ONE_IN).min(count.saturating_sub(FEWEST_TRIALS_PER_CLASS))
        };
        let mut left = [0; MAX_CLASSES];
        left.iter_mut().enumerate().for_each(|(class, left)| *left = of_class(class));
        let mut rejected: Vec<ArtefactTrial> = found
            .into_iter()
            .filter_map(|(_, artefact)| {
                let left = left.get_mut(self.labels[artefact.trial])?;
                *left = left.checked_sub(1)?;
                Some(artefact)
            })
            .collect();
        rejected.sort_by_key(|artefact| artefact.trial);
        Artefacts { trials: rejected, channels: noisy }
    }

    /// What is usual of a channel; `None` where it has no variance in any of the trials.
    fn usual(&self, trials: &[usize], channel: usize) -> Option<Usual> {
        let finite: Vec<f64> =
            trials.iter().map(|&trial| self.volts2[[trial, channel]]).filter(|v| v.is_finite()).collect();
        let floor = SMALLEST_SHARE * finite.iter().sum::<f64>() / finite.len().max(1) as f64;
        if floor <= 0.0 {
            return None;
        }
        let logs: Vec<f64> = finite.iter().map(|v| v.max(floor).ln()).collect();
        let centre = median(&logs);
        let deviations: Vec<f64> = logs.iter().map(|log| (log - centre).abs()).collect();
        Some(Usual { floor, centre, limit: (LARGEST_Z * 1.4826 * median(&deviations)).max(SMALLEST_DISTANCE) })
    }
}

/// What is usual of a channel's log-variance.
struct Usual {
    floor: f64,
    centre: f64,
    limit: f64,
}

impl Usual {
    /// ln of the variance over the usual one, where it is off.
    fn log_ratio_if_off(&self, volts2: f64) -> Option<f64> {
        if !volts2.is_finite() {
            return Some(f64::INFINITY);
        }
        let log_ratio = volts2.max(self.floor).ln() - self.centre;
        (log_ratio.abs() > self.limit).then_some(log_ratio)
    }
}

fn noisy_channels(usual: &[Option<Usual>], share_off: impl Fn(usize) -> f64) -> Vec<NoisyChannel> {
    let centres: Vec<f64> = usual.iter().flatten().map(|usual| usual.centre).collect();
    let centre = median(&centres);
    let deviations: Vec<f64> = centres.iter().map(|c| (c - centre).abs()).collect();
    let limit = (LARGEST_Z * 1.4826 * median(&deviations)).max(2.0 * LOUD_RATIO.ln());
    usual
        .iter()
        .enumerate()
        .filter_map(|(channel, usual)| {
            let above = usual.as_ref()?.centre - centre;
            let share = share_off(channel);
            if share > UNSTEADY_SHARE {
                Some(NoisyChannel { channel, noise: Noise::Unsteady(share) })
            } else if centres.len() >= FEWEST_CHANNELS && above > limit {
                Some(NoisyChannel { channel, noise: Noise::Loud((0.5 * above).exp()) })
            } else {
                None
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulated::{mixed_epochs, noise_epochs};
    use ndarray::Array3;
    use proptest::prelude::*;

    fn artefacts(epochs: &Epochs) -> Artefacts {
        let all: Vec<usize> = (0..epochs.trials()).collect();
        TrialVariances::of(epochs).artefacts(&all)
    }

    fn scale(epochs: &mut Epochs, trial: usize, channel: usize, factor: f64) {
        epochs.data.index_axis_mut(Axis(0), trial).row_mut(channel).map_inplace(|x| *x *= factor);
    }

    fn rejected(epochs: &Epochs) -> Vec<usize> {
        artefacts(epochs).trials.iter().map(|artefact| artefact.trial).collect()
    }

    #[test]
    fn loud_silent_and_broken_trials_are_named_with_their_channels() {
        let mut epochs = mixed_epochs(40, 5, 120, 2.0, 11);
        assert_eq!(artefacts(&epochs), Artefacts::default());
        scale(&mut epochs, 7, 2, 12.0);
        scale(&mut epochs, 7, 4, 50.0);
        epochs.data.index_axis_mut(Axis(0), 19).row_mut(0).fill(0.0);
        epochs.data[[30, 4, 5]] = f64::NAN;
        let found = artefacts(&epochs);
        assert_eq!(found.channels, []);
        let named: Vec<(usize, Vec<usize>)> =
            found.trials.iter().map(|a| (a.trial, a.channels.iter().map(|c| c.channel).collect())).collect();
        assert_eq!(named, [(7, vec![4, 2]), (19, vec![0]), (30, vec![4])]);
        let ratio = found.trials[0].channels[1].ratio;
        assert!((6.0..24.0).contains(&ratio), "12 times its own, which is near the usual: {ratio}");
        assert!(found.trials[1].channels[0].ratio < 1e-3 && found.trials[2].channels[0].ratio.is_infinite());
    }

    #[test]
    fn only_the_given_trials_say_what_is_usual() {
        let mut epochs = noise_epochs(60, 4, 100, 3);
        (30..60).for_each(|trial| scale(&mut epochs, trial, 1, 30.0));
        let variances = TrialVariances::of(&epochs);
        let late: Vec<usize> = (30..60).collect();
        assert_eq!(variances.artefacts(&late), Artefacts::default());
        let mostly_early: Vec<usize> = (0..32).collect();
        let found: Vec<usize> = variances.artefacts(&mostly_early).trials.iter().map(|a| a.trial).collect();
        assert_eq!(found, [30, 31]);
    }

    #[test]
    fn a_channel_at_fault_costs_no_trials() {
        let mut epochs = noise_epochs(40, 8, 100, 5);
        (0..40).step_by(4).for_each(|trial| scale(&mut epochs, trial, 3, 20.0));
        (0..40).for_each(|trial| scale(&mut epochs, trial, 6, 9.0));
        let found = artefacts(&epochs);
        assert_eq!(found.trials, []);
        assert_eq!(found.channels[0], NoisyChannel { channel: 3, noise: Noise::Unsteady(0.25) });
        assert_eq!(found.channels[1].channel, 6);
        assert!(matches!(found.channels[1].noise, Noise::Loud(ratio) if (7.0..11.0).contains(&ratio)));
        assert_eq!(found.channels.len(), 2);
    }

    #[test]
    fn enough_trials_are_left_to_train_on() {
        // Each bad trial has a bad channel of its own, so that no channel is at fault.
        let mut epochs = noise_epochs(20, 20, 100, 5);
        (0..12).for_each(|trial| scale(&mut epochs, trial, trial, 10.0 + 3.0 * trial as f64));
        assert_eq!(rejected(&epochs), (6..12).collect::<Vec<_>>(), "a third of each class, the loudest");
        let variances = TrialVariances::of(&epochs);
        assert_eq!(variances.artefacts(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 16]).trials.len(), 3, "4 have to stay");
    }

    #[test]
    fn nothing_to_compare_names_nothing() {
        let mut epochs = noise_epochs(6, 2, 30, 1);
        epochs.data = Array3::zeros((6, 2, 30));
        assert_eq!(artefacts(&epochs), Artefacts::default());
        assert_eq!(TrialVariances::of(&epochs).artefacts(&[]), Artefacts::default());
    }

    proptest! {
        /// The rule written down once more, slowly, with a sort for each question.
        #[test]
        fn artefacts_follow_their_definition(
            seed in 0_u64..500,
            loud in prop::collection::vec((0_usize..24, 0_usize..6, 0.05_f64..20.0), 0..6),
        ) {
            let mut epochs = mixed_epochs(24, 6, 40, 1.5, seed);
            for (trial, channel, factor) in loud {
                scale(&mut epochs, trial, channel, factor);
            }
            let middle = |mut values: Vec<f64>| {
                values.sort_by(f64::total_cmp);
                (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0
            };
            let log_variance = |trial: usize, channel: usize| {
                let row: Vec<f64> = epochs.data.index_axis(Axis(0), trial).row(channel).to_vec();
                let square = row.iter().map(|x| x * x).sum::<f64>() / 40.0;
                (square - (row.iter().sum::<f64>() / 40.0).powi(2)).ln()
            };
            let mut expected = [false; 24];
            for channel in 0..6 {
                let logs: Vec<f64> = (0..24).map(|trial| log_variance(trial, channel)).collect();
                let centre = middle(logs.clone());
                let spread = 1.4826 * middle(logs.iter().map(|l| (l - centre).abs()).collect());
                let is_off = |log: f64| (log - centre).abs() > 5.0 * spread && (log - centre).abs() > 4.0_f64.ln();
                if logs.iter().filter(|log| is_off(**log)).count() <= 4 {
                    for (expected, log) in expected.iter_mut().zip(&logs) {
                        *expected |= is_off(*log);
                    }
                }
            }
            let expected: Vec<usize> = (0..24).filter(|&t| expected[t]).collect();
            let per_class = |class: usize| expected.iter().filter(|&&t| epochs.labels[t] == class).count();
            prop_assume!(per_class(0) <= 4 && per_class(1) <= 4);
            prop_assert_eq!(rejected(&epochs), expected);
        }
    }
}
