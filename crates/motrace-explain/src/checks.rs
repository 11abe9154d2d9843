//! What an explanation can be tested with.
//!
//! - [`flipping`]: does the decision fall when the most relevant patches are replaced, and hold when the least
//!   relevant ones are?
//! - [`relevance_mass`] and [`time_mass`]: on simulated data, how much relevance lies where the truth is?
//! - [`randomised_weights`], [`randomised_filters`], [`randomised_layers`] and [`mean_absolute_rank_correlation`]: does the
//!   map change when the model does?
//! - [`max_sensitivity`]: does the map stay when the data hardly changes?
//! - [`gradient_times_input`] and [`square_share`]: two baselines, each wrong in a way that the checks must see.

mod baselines;
mod flipping;
mod ground_truth;
mod network_randomisation;
mod noise;
mod randomisation;
mod sensitivity;

pub use baselines::{gradient_times_input, square_share};
pub use flipping::{Flipping, FlippingSettings, flipping, random_flipping};
pub use ground_truth::{evidence_map, mean_map, relevance_mass, time_mass};
pub use network_randomisation::randomised_layers;
pub use randomisation::{
    binned, mean_absolute_rank_correlation, randomised_filters, randomised_weights, rank_correlation,
};
pub use sensitivity::max_sensitivity;

use thiserror::Error;

/// Why a check cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CheckError {
    /// The lists or arrays do not belong together.
    #[error("{what}: {found} given where {expected} are needed")]
    Shape {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A class has too few trials to take replacements from.
    #[error("class {class} has {trials} trial(s); at least 2 are needed to take replacements from")]
    TooFewTrials {
        /// The class, 0 or 1.
        class: usize,
        /// Its trials.
        trials: usize,
    },
    /// A setting that leaves nothing to do.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
}
