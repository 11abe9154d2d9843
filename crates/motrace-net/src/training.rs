//! Training of networks on labelled trials.
//!
//! [`Trials`] hold the windows of EEG and their classes, in the order they were recorded; [`TrainingSettings`] say how to
//! learn from them; [`train`] does, and tells after each epoch how it goes. A [`Trainer`] goes epoch by epoch instead, and
//! gives a [`Checkpoint`] to go on from.
//!
//! The result follows from trials, settings and seed to the bit, whatever the number of threads: a batch is cut into parts
//! of a fixed size, what comes out of the parts is added in their order, and random numbers are drawn by seed, epoch and
//! place in the epoch.

mod adamw;
mod augment;
mod checkpoint;
mod constraints;
#[cfg(test)]
mod definition;
mod error;
mod examples;
mod loss;
mod pass;
mod place;
mod progress;
mod settings;
mod stage;
mod stamp;
mod trained;
mod trainer;
mod trials;
mod wide;
mod workers;

pub use adamw::AdamW;
pub use checkpoint::{Checkpoint, CheckpointError};
pub use error::{TrainingError, TrainingWarning};
pub use progress::{Ended, Progress, Score, SeedReport};
pub use settings::{Augmentations, ClassWeights, ConstantChannels, Crops, Schedule, TrainingSettings};
pub use trained::TrainedNetwork;
pub use trainer::{Start, Trainer, train};
pub use trials::Trials;
