//! Decoders of motor imagery, their training and their honest evaluation.
//!
//! [`Epochs`] go in; [`CspLda::fit`] turns them into spatial filters and a linear discriminant, and
//! [`cross_validate`] says what such a decoder is worth on trials it has not seen, with everything
//! refitted inside each fold. [`metrics`] holds the figures that go beside an accuracy.
//!
//! That is the decoder of sessions, of two classes. [`pipeline`] holds more of them, for two classes or more, which are
//! trained and compared offline: a [`TrialSet`] goes in, and the probability of each class comes out.
#![forbid(unsafe_code)]

mod adaptation;
mod artefacts;
mod choice;
mod class_lda;
mod covariance;
mod cross_validation;
mod csp;
mod csp_lda;
mod discriminant;
mod eigen;
mod epochs;
mod error;
mod filter_bank;
mod joint_diagonal;
mod lda;
mod logistic;
mod logits;
mod matrix;
mod median;
pub mod metrics;
mod moments;
mod mutual_information;
pub mod pipeline;
mod recentring;
pub mod riemann;
mod shrinkage;
#[cfg(test)]
mod simulated;
mod span;
mod trial_set;

pub use adaptation::{Adaptation, Adapter};
pub use artefacts::{ArtefactTrial, Artefacts, Noise, NoisyChannel, OffChannel, TrialVariances};
pub use choice::{LogPowers, SMALLEST_BAND_HZ};
pub use covariance::Shrinkage;
pub use cross_validation::{CrossValidation, Folds, TrialPrediction, cross_validate, cross_validate_with};
pub use csp_lda::{Component, CspLda, CspLdaSettings, POWER_FLOOR, check_trials};
pub use discriminant::Discriminant;
pub use epochs::Epochs;
pub use error::TrainError;
pub use filter_bank::{CutWindow, FilterBank, filter_and_cut};
pub use moments::TrialMoments;
pub use recentring::{CentreMean, Recentring};
pub use trial_set::TrialSet;
