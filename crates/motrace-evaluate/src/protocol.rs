use crate::EvaluateError;
use crate::material::Material;
use motrace_decode::Folds;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A decoder needs as many trials of each class.
pub(crate) const FEWEST_TRIALS_PER_CLASS: usize = 4;

/// How trials are divided into those that a decoder is trained on and those that it is tested on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Protocol {
    /// Contiguous blocks of a subject's trials in their order, each the test set once. The headline: neighbouring trials
    /// resemble each other, and shuffled folds flatter a decoder.
    Chronological {
        /// How many blocks.
        folds: usize,
    },
    /// Shuffled folds with the classes' shares kept, for each of some seeds; comparable with MOABB.
    Stratified {
        /// How many folds.
        folds: usize,
        /// How many times they are shuffled anew.
        seeds: usize,
    },
    /// Each of a subject's recordings is the test set once.
    LeaveOneRunOut,
    /// Each of a subject's sessions is the test set once.
    LeaveOneSessionOut,
    /// Trained on some recordings of a subject and tested on others, as they are named.
    Transfer,
    /// Each subject is the test set once, and all others are trained on.
    LeaveOneSubjectOut,
    /// Chronological folds, with fewer and fewer trials to train on: the first of those that are not tested.
    LearningCurve {
        /// How many blocks.
        folds: usize,
    },
    /// Recordings go through the engine as they did live, idle time included, and what is detected in sliding decisions is
    /// scored: trained on the first of a subject's trials and scored on the rest, or trained on some recordings and scored
    /// on others, as they are named. See [`PseudoOnlineRecipe`](crate::PseudoOnlineRecipe).
    PseudoOnline,
}

impl Protocol {
    /// What it is called on the command line and in the names of files.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Chronological { .. } => "chronological",
            Self::Stratified { .. } => "stratified",
            Self::LeaveOneRunOut => "leave-one-run-out",
            Self::LeaveOneSessionOut => "leave-one-session-out",
            Self::Transfer => "transfer",
            Self::LeaveOneSubjectOut => "leave-one-subject-out",
            Self::LearningCurve { .. } => "learning-curve",
            Self::PseudoOnline => "pseudo-online",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chronological { folds } => write!(f, "chronological {folds}-fold"),
            Self::Stratified { folds, seeds } => write!(f, "stratified {folds}-fold, {seeds} seed(s)"),
            Self::LeaveOneRunOut => f.write_str("leave one run out"),
            Self::LeaveOneSessionOut => f.write_str("leave one session out"),
            Self::Transfer => f.write_str("trained on some recordings, tested on others"),
            Self::LeaveOneSubjectOut => f.write_str("leave one subject out"),
            Self::LearningCurve { folds } => write!(f, "learning curve, chronological {folds}-fold"),
            Self::PseudoOnline => f.write_str("pseudo-online"),
        }
    }
}

/// What a decoder is trained on, and what it is tested on; both ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Split {
    /// Which seed of a protocol that shuffles.
    pub repeat: usize,
    /// Which of its test sets.
    pub fold: usize,
    pub train: Vec<usize>,
    pub test: Vec<usize>,
}

/// The splits of one part of a protocol on one subject's trials.
pub(crate) fn splits(
    protocol: Protocol,
    part: usize,
    subject: usize,
    material: &Material,
) -> Result<Vec<Split>, EvaluateError> {
    let name = || material.subjects.get(subject).map(|s| s.name.clone()).unwrap_or_default();
    let refused = |why: String| EvaluateError::Subject { subject: name(), why };
    let all: Vec<usize> = (0..material.trials.len()).filter(|&t| !material.trials[t].is_test).collect();
    let rest = |test: &[usize]| all.iter().copied().filter(|trial| test.binary_search(trial).is_err()).collect();
    let one = |repeat, fold, test: Vec<usize>| vec![Split { repeat, fold, train: rest(&test), test }];
    let of_recordings = |wanted: &dyn Fn(usize) -> bool| -> Vec<usize> {
        all.iter().copied().filter(|&trial| wanted(material.trials[trial].recording)).collect()
    };
    let blocks = |folds| {
        let test_sets = Folds::Chronological(folds).test_sets(&vec![0; all.len()]);
        test_sets.map_err(|e| refused(format!("{e} (--folds says how many)"))).map(|sets| {
            sets.into_iter().map(|set| set.into_iter().map(|place| all[place]).collect()).collect::<Vec<Vec<usize>>>()
        })
    };
    Ok(match protocol {
        Protocol::Chronological { folds } => one(0, part, blocks(folds)?.swap_remove(part)),
        Protocol::Stratified { folds, seeds: _ } => {
            if folds > all.len() {
                return Err(refused(format!(
                    "{folds} folds need as many trials, and there are {} (--folds)",
                    all.len()
                )));
            }
            let (seed, fold) = (part / folds, part % folds);
            one(seed, fold, stratified(&all, &material.labels, folds, seed as u64).swap_remove(fold))
        }
        Protocol::LeaveOneRunOut => {
            let mut runs = (0..material.recordings.len()).filter(|&recording| !material.recordings[recording].is_test);
            let run = runs.nth(part);
            one(0, part, of_recordings(&|recording| Some(recording) == run))
        }
        Protocol::LeaveOneSessionOut => {
            let sessions = material.sessions();
            let session = sessions.get(part);
            one(0, part, of_recordings(&|recording| Some(&material.recordings[recording].session) == session))
        }
        Protocol::LeaveOneSubjectOut => {
            let test: Vec<usize> =
                all.iter().copied().filter(|&trial| material.trials[trial].subject == subject).collect();
            one(0, 0, test)
        }
        Protocol::Transfer => {
            let test: Vec<usize> = (0..material.trials.len()).filter(|&t| material.trials[t].is_test).collect();
            if test.is_empty() {
                return Err(refused("the recordings to test on have no trial that can be used".into()));
            }
            vec![Split { repeat: 0, fold: 0, train: all.clone(), test }]
        }
        Protocol::LearningCurve { folds } => {
            let blocks = blocks(folds)?;
            let trains: Vec<Vec<usize>> = blocks.iter().map(|test| rest(test)).collect();
            let sizes = curve_sizes(&trains, &material.labels, material.class_names.len());
            if sizes.is_empty() {
                return Err(refused(format!(
                    "{} trials in {folds} folds never leave {FEWEST_TRIALS_PER_CLASS} of each class to train on: record more, or ask for more folds",
                    all.len()
                )));
            }
            sizes
                .into_iter()
                .map(|size| Split {
                    repeat: 0,
                    fold: part,
                    train: trains[part][..size].to_vec(),
                    test: blocks[part].clone(),
                })
                .collect()
        }
        // What is divided there is time, not trials.
        Protocol::PseudoOnline => Vec::new(),
    })
}

/// Test sets of shuffled folds in which each class is spread evenly.
fn stratified(trials: &[usize], labels: &[usize], folds: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut sets = vec![Vec::new(); folds.max(1)];
    let classes = trials.iter().map(|&t| labels[t] + 1).max().unwrap_or(0);
    // Where one class stops the next goes on, so that the folds are as equal as they can be.
    let mut next = 0;
    for class in 0..classes {
        let mut own: Vec<usize> = trials.iter().copied().filter(|&t| labels[t] == class).collect();
        own.shuffle(&mut rng);
        for trial in own {
            sets[next].push(trial);
            next = (next + 1) % sets.len();
        }
    }
    sets.iter_mut().for_each(|set| set.sort_unstable());
    sets
}

/// How many trials the points of a learning curve are trained on: about equal steps of the logarithm, the last one all
/// that every fold has; only such that every fold has enough of each class.
fn curve_sizes(trains: &[Vec<usize>], labels: &[usize], classes: usize) -> Vec<usize> {
    let most = trains.iter().map(Vec::len).min().unwrap_or(0);
    let tens = (0..7).flat_map(|power| [10, 15, 20, 30, 40, 60, 80].map(|step| step * 10_usize.pow(power)));
    let mut sizes: Vec<usize> = tens.filter(|size| *size < most).collect();
    sizes.push(most);
    sizes.dedup();
    let has_enough = |train: &[usize]| {
        (0..classes).all(|class| train.iter().filter(|&&t| labels[t] == class).count() >= FEWEST_TRIALS_PER_CLASS)
    };
    // The last point needs not be much more than the one before.
    if let [.., before, last] = sizes[..]
        && before * 10 > last * 9
    {
        sizes.remove(sizes.len() - 2);
    }
    sizes.retain(|&size| size > 0 && trains.iter().all(|train| has_enough(&train[..size])));
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stratified_folds_hold_each_trial_once_and_classes_evenly() {
        let trials: Vec<usize> = (3..50).collect();
        let labels: Vec<usize> = (0..50).map(|trial| usize::from(trial % 3 == 0)).collect();
        let sets = stratified(&trials, &labels, 5, 7);
        let mut all = sets.concat();
        all.sort_unstable();
        assert_eq!(all, trials);
        for class in 0..2 {
            let counts: Vec<usize> =
                sets.iter().map(|set| set.iter().filter(|&&t| labels[t] == class).count()).collect();
            assert!(counts.iter().max().zip(counts.iter().min()).is_some_and(|(a, b)| a - b <= 1), "{counts:?}");
        }
        assert_eq!(sets, stratified(&trials, &labels, 5, 7), "the same seed");
        assert_ne!(sets, stratified(&trials, &labels, 5, 8));
    }

    #[test]
    fn curves_end_with_all_trials_and_begin_with_enough() {
        let labels: Vec<usize> = (0..100).map(|trial| trial % 2).collect();
        let trains = vec![(20..100).collect::<Vec<_>>(), (0..80).collect()];
        assert_eq!(curve_sizes(&trains, &labels, 2), [10, 15, 20, 30, 40, 60, 80]);
        // The first ten trials are all of one class.
        let late: Vec<usize> = (0..100).map(|trial| usize::from(trial >= 30)).collect();
        assert_eq!(curve_sizes(&[(0..85).collect()], &late, 2), [40, 60, 85]);
        assert!(curve_sizes(&[(0..7).collect()], &labels, 2).is_empty());
        assert!(curve_sizes(&[], &labels, 2).is_empty());
    }
}
