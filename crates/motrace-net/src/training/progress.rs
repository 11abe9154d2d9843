use serde::{Deserialize, Serialize};

/// How well a network does on some examples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Mean cross-entropy, in nats, by the class weights.
    pub loss: f64,
    /// The share that is decided right.
    pub accuracy: f64,
}

/// How it went in an epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Which seed is being trained.
    pub seed: u64,
    /// Its place among the seeds, counted from 1.
    pub seed_number: usize,
    /// How many seeds there are.
    pub seeds: usize,
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// How many there are at most.
    pub epochs: usize,
    /// The learning rate in it.
    pub learning_rate: f64,
    /// On what was learnt from, while it was learnt from: with dropout and augmentations.
    pub training: Score,
    /// On the validation part, trial by trial, after the epoch; absent where there is none.
    pub validation: Option<Score>,
    /// The epoch with the smallest validation loss so far, whose weights would be kept.
    pub best_epoch: usize,
    /// Whether the seed ended with this epoch, and why.
    pub ended: Option<Ended>,
}

/// Why the training of a seed ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// After the last epoch.
    AllEpochs,
    /// The validation loss had not become smaller for as many epochs as the patience.
    NoBetter,
    /// It was told to stop.
    Stopped,
    /// Loss, weights, or weights with the batch norms merged into them were no finite numbers any more.
    Diverged,
}

impl Ended {
    /// Why it ended, where the epoch `best_epoch` gave the weights that count, or none did: 0.
    #[must_use]
    pub fn in_words(self, best_epoch: usize) -> String {
        match (self, best_epoch) {
            (Self::AllEpochs, _) => "all epochs were trained".to_owned(),
            (Self::NoBetter, _) => "the validation loss did not become smaller any more".to_owned(),
            (Self::Stopped, _) => "it was stopped".to_owned(),
            (Self::Diverged, 0) => "it diverged before there were any weights to keep".to_owned(),
            (Self::Diverged, best) => {
                format!(
                    "it diverged after that, and the weights of epoch {best} count; a smaller learning rate may help"
                )
            }
        }
    }
}

/// How the training of one seed went.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SeedReport {
    /// The seed.
    pub seed: u64,
    /// How many epochs were trained.
    pub epochs: usize,
    /// The epoch whose weights were kept, counted from 1; 0 where not even the first gave any.
    pub best_epoch: usize,
    /// On what was learnt from, in that epoch.
    pub training: Option<Score>,
    /// On the validation part after that epoch, if there is one.
    pub validation: Option<Score>,
    /// Why it ended.
    pub ended: Ended,
}
