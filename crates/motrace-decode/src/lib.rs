//! Decoders of motor imagery, their training and their honest evaluation.
//!
//! [`Epochs`] go in; [`CspLda::fit`] turns them into spatial filters and a linear discriminant, and
//! [`cross_validate`] says what such a decoder is worth on trials it has not seen, with everything
//! refitted inside each fold. [`metrics`] holds the figures that go beside an accuracy.
#![forbid(unsafe_code)]

mod adaptation;
mod artefacts;
mod choice;
mod cross_validation;
mod csp;
mod csp_lda;
mod discriminant;
mod eigen;
mod epochs;
mod error;
mod lda;
mod median;
pub mod metrics;
mod moments;
mod shrinkage;
#[cfg(test)]
mod simulated;

pub use adaptation::{Adaptation, Adapter};
pub use artefacts::{ArtefactTrial, Artefacts, Noise, NoisyChannel, OffChannel, TrialVariances};
pub use choice::{LogPowers, SMALLEST_BAND_HZ};
pub use cross_validation::{CrossValidation, Folds, TrialPrediction, cross_validate, cross_validate_with};
pub use csp_lda::{Component, CspLda, CspLdaSettings, POWER_FLOOR, check_trials};
pub use discriminant::Discriminant;
pub use epochs::Epochs;
pub use error::TrainError;
pub use moments::TrialMoments;
