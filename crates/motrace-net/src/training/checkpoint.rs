use crate::training::trainer::{Best, State, Trainer};
use crate::training::{AdamW, Ended, Score, SeedReport, TrainingSettings};
use crate::{Layer, Network};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use thiserror::Error;

const FORMAT: &str = "motrace training checkpoint 1";

/// Why a checkpoint cannot be gone on from.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// Not a whole checkpoint.
    #[error("this is not a whole training checkpoint ({0}): train from the beginning")]
    Damaged(String),
    /// Made with other settings.
    #[error(
        "the checkpoint was made with another {0}: take the settings it was made with, or train from the beginning"
    )]
    OtherSettings(String),
    /// Made for another network.
    #[error("the checkpoint was made for another network: train from the beginning")]
    OtherNetwork,
    /// Made from other trials.
    #[error("the checkpoint was made from other trials: train from the beginning")]
    OtherTrials,
    /// Training began with other weights.
    #[error("the checkpoint comes from training that began with other weights: train from the beginning")]
    OtherStart,
}

/// A moment between two epochs, from which training goes on to the same bits as if it had not been interrupted.
///
/// It knows what it belongs to: settings (all but the number of threads), network and trials.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    stamp: Stamp,
    place: Place,
    tensors: BTreeMap<String, Vec<f32>>,
}

/// What a checkpoint belongs to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stamp {
    pub settings: serde_json::Value,
    pub network: String,
    /// SHA-256.
    pub trials: String,
    pub start: String,
}

/// Loss and accuracy.
type Bits = [u64; 2];
/// The fields of a [`SeedReport`].
type Report = (u64, usize, usize, Option<Bits>, Option<Bits>, Ended);

/// Where in the training it is. Scores are kept as bits: text may change the last of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    seed: usize,
    epoch: usize,
    steps: u64,
    best: Option<(usize, Bits, Option<Bits>)>,
    kept: Option<usize>,
    reports: Vec<Report>,
}

impl Place {
    /// Whether it is one that training comes to.
    fn check(&self, seeds: &[u64], epochs: usize) -> Result<(), CheckpointError> {
        let done = seeds.get(..self.seed).ok_or_else(|| damaged("it stands at a seed that is not there"))?;
        if !self.reports.iter().map(|(seed, ..)| seed).eq(done) || self.kept.is_some_and(|kept| kept >= self.seed) {
            return Err(damaged("its reports are not those of the seeds before"));
        }
        let best = self.best.as_ref().map_or(0, |(epoch, ..)| *epoch);
        // More steps than this would take centuries.
        if self.epoch > epochs || best > self.epoch || self.steps > 1 << 48 {
            return Err(damaged("it stands at an epoch that is not there"));
        }
        let scores = self.reports.iter().flat_map(|report| [report.3, report.4]);
        let best = self.best.iter().flat_map(|best| [Some(best.1), best.2]);
        if scores.chain(best).flatten().flatten().any(|bits| !f64::from_bits(bits).is_finite()) {
            return Err(damaged("a score in it is not finite"));
        }
        Ok(())
    }
}

fn bits(score: Score) -> Bits {
    [score.loss.to_bits(), score.accuracy.to_bits()]
}

fn score(bits: Bits) -> Score {
    let [loss, accuracy] = bits.map(f64::from_bits);
    Score { loss, accuracy }
}

fn damaged(why: impl std::fmt::Display) -> CheckpointError {
    CheckpointError::Damaged(motrace_core::clean_text(&why.to_string(), 120))
}

impl Checkpoint {
    pub(crate) fn of(trainer: &Trainer<'_>) -> Self {
        let state = &trainer.state;
        let mut tensors = BTreeMap::new();
        put(&mut tensors, "network", &state.network);
        for (number, moments) in state.optimiser.moments.iter().enumerate() {
            for (part, [first, second]) in moments.iter().enumerate() {
                tensors.insert(format!("first.{number}.{part}"), first.clone());
                tensors.insert(format!("second.{number}.{part}"), second.clone());
            }
        }
        if let Some(best) = &state.best {
            put(&mut tensors, "best", &best.network);
        }
        if let Some((_, network)) = &state.kept {
            put(&mut tensors, "kept", network);
        }
        let report =
            |r: &SeedReport| (r.seed, r.epochs, r.best_epoch, r.training.map(bits), r.validation.map(bits), r.ended);
        let place = Place {
            seed: state.seed,
            epoch: state.epoch,
            steps: state.optimiser.steps,
            best: state.best.as_ref().map(|b| (b.epoch, bits(b.training), b.validation.map(bits))),
            kept: state.kept.as_ref().map(|(place, _)| *place),
            reports: state.reports.iter().map(report).collect(),
        };
        Self { stamp: trainer.stamp().clone(), place, tensors }
    }

    /// How many epochs were trained of the seed it stands in, and that seed's place among the seeds, counted from 0.
    #[must_use]
    pub fn epoch_and_seed(&self) -> (usize, usize) {
        (self.place.epoch, self.place.seed)
    }

    /// As a safetensors file.
    ///
    /// # Errors
    /// Where it cannot be written as one.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CheckpointError> {
        let text = |value| serde_json::to_string(value).map_err(damaged);
        let metadata = HashMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            ("settings".to_owned(), self.stamp.settings.to_string()),
            ("network".to_owned(), self.stamp.network.clone()),
            ("trials".to_owned(), self.stamp.trials.clone()),
            ("start".to_owned(), self.stamp.start.clone()),
            ("place".to_owned(), text(&self.place)?),
        ]);
        let bytes = |values: &Vec<f32>| -> Vec<u8> { values.iter().flat_map(|value| value.to_le_bytes()).collect() };
        let raw: Vec<(&String, Vec<u8>)> = self.tensors.iter().map(|(name, values)| (name, bytes(values))).collect();
        let views = raw
            .iter()
            .map(|(name, bytes)| {
                let view = TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes).map_err(damaged)?;
                Ok((name.as_str(), view))
            })
            .collect::<Result<Vec<_>, CheckpointError>>()?;
        safetensors::serialize(views, Some(metadata)).map_err(damaged)
    }

    /// Reads what [`Checkpoint::to_bytes`] wrote.
    ///
    /// # Errors
    /// Where it is no whole checkpoint.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let field = |name: &str| metadata.get(name).cloned().ok_or_else(|| damaged(format!("it has no {name}")));
        if field("format")? != FORMAT {
            return Err(damaged("it has another format"));
        }
        let mut tensors = BTreeMap::new();
        for (name, view) in file.tensors() {
            if view.dtype() != Dtype::F32 {
                return Err(damaged(format!("the tensor {name} is not f32")));
            }
            let values: Vec<f32> =
                view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            if values.iter().any(|value| !value.is_finite()) {
                return Err(damaged(format!("the tensor {name} holds a number that is not finite")));
            }
            tensors.insert(name, values);
        }
        let settings = serde_json::from_str(&field("settings")?).map_err(damaged)?;
        let stamp = Stamp { settings, network: field("network")?, trials: field("trials")?, start: field("start")? };
        let place = serde_json::from_str(&field("place")?).map_err(damaged)?;
        Ok(Self { stamp, place, tensors })
    }

    /// The state of a trainer that it belongs to.
    pub(crate) fn state(&self, trainer: &Trainer<'_>) -> Result<State, CheckpointError> {
        self.stamp.check(trainer.stamp())?;
        let (place, like) = (&self.place, &trainer.state.network);
        place.check(&trainer.settings.seeds, trainer.epochs())?;
        let mut optimiser = AdamW::new(like);
        optimiser.steps = place.steps;
        for (number, moments) in optimiser.moments.iter_mut().enumerate() {
            for (part, [first, second]) in moments.iter_mut().enumerate() {
                self.get(&format!("first.{number}.{part}"), first)?;
                self.get(&format!("second.{number}.{part}"), second)?;
            }
        }
        let best = match place.best {
            None => None,
            Some((epoch, training, validation)) => Some(Best {
                epoch,
                network: self.network("best", like)?,
                training: score(training),
                validation: validation.map(score),
            }),
        };
        let kept = match place.kept {
            None => None,
            Some(place) => Some((place, self.network("kept", like)?)),
        };
        let reports = place.reports.iter().map(|(seed, epochs, best_epoch, training, validation, ended)| SeedReport {
            seed: *seed,
            epochs: *epochs,
            best_epoch: *best_epoch,
            training: training.map(score),
            validation: validation.map(score),
            ended: *ended,
        });
        Ok(State {
            seed: place.seed,
            epoch: place.epoch,
            network: self.network("network", like)?,
            optimiser,
            best,
            kept,
            reports: reports.collect(),
        })
    }

    fn network(&self, prefix: &str, like: &Network<f32>) -> Result<Network<f32>, CheckpointError> {
        let mut network = like.clone();
        for (number, layer) in network.layers_mut().iter_mut().enumerate() {
            for (part, values) in layer.parameters_mut().into_iter().enumerate() {
                self.get(&format!("{prefix}.{number}.{part}"), values)?;
            }
            if let Layer::BatchNorm(norm) = layer {
                self.get(&format!("{prefix}.{number}.mean"), &mut norm.mean)?;
                self.get(&format!("{prefix}.{number}.variance"), &mut norm.variance)?;
            }
        }
        network.check().map_err(damaged)?;
        Ok(network)
    }

    fn get(&self, name: &str, into: &mut [f32]) -> Result<(), CheckpointError> {
        let values = self.tensors.get(name).ok_or_else(|| damaged(format!("the tensor {name} is missing")))?;
        if values.len() != into.len() {
            return Err(damaged(format!("the tensor {name} has {} values instead of {}", values.len(), into.len())));
        }
        into.copy_from_slice(values);
        Ok(())
    }
}

fn put(tensors: &mut BTreeMap<String, Vec<f32>>, prefix: &str, network: &Network<f32>) {
    for (number, layer) in network.layers().iter().enumerate() {
        for (part, (_, values)) in layer.parameters().into_iter().enumerate() {
            tensors.insert(format!("{prefix}.{number}.{part}"), values.to_vec());
        }
        if let Layer::BatchNorm(norm) = layer {
            tensors.insert(format!("{prefix}.{number}.mean"), norm.mean.clone());
            tensors.insert(format!("{prefix}.{number}.variance"), norm.variance.clone());
        }
    }
}

impl Stamp {
    /// All settings that the result depends on.
    pub fn settings_of(settings: &TrainingSettings) -> serde_json::Value {
        let plain = TrainingSettings { threads: None, ..settings.clone() };
        // Settings are plain numbers and names, which JSON can hold.
        serde_json::to_value(plain).unwrap_or_default()
    }

    fn check(&self, other: &Self) -> Result<(), CheckpointError> {
        if let Some(name) = first_difference(&self.settings, &other.settings) {
            return Err(CheckpointError::OtherSettings(name));
        }
        match () {
            () if self.network != other.network => Err(CheckpointError::OtherNetwork),
            () if self.trials != other.trials => Err(CheckpointError::OtherTrials),
            () if self.start != other.start => Err(CheckpointError::OtherStart),
            () => Ok(()),
        }
    }
}

/// The name of the first setting that differs, with names from `ours` only.
fn first_difference(theirs: &serde_json::Value, ours: &serde_json::Value) -> Option<String> {
    if theirs == ours {
        return None;
    }
    let missing = serde_json::Value::Null;
    let fields = ours.as_object().into_iter().flatten();
    let different = fields.filter(|(name, value)| theirs.get(name.as_str()).unwrap_or(&missing) != *value);
    Some(different.map(|(name, _)| name.clone()).next().unwrap_or_else(|| "setting".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_training_does_not_come_to_is_refused() {
        let half = 0.5_f64.to_bits();
        let report = (7, 20, 12, Some([half, half]), None, Ended::NoBetter);
        let place = Place {
            seed: 1,
            epoch: 5,
            steps: 100,
            best: Some((4, [half, half], Some([half, half]))),
            kept: Some(0),
            reports: vec![report],
        };
        let refused = |change: &dyn Fn(&mut Place)| {
            let mut place = place.clone();
            change(&mut place);
            place.check(&[7, 8], 20).is_err()
        };
        assert!(!refused(&|_| ()));
        assert!(refused(&|place| place.seed = 3));
        assert!(refused(&|place| place.seed = 0));
        assert!(refused(&|place| place.reports[0].0 = 8));
        assert!(refused(&|place| place.kept = Some(1)));
        assert!(refused(&|place| place.epoch = 21));
        assert!(refused(&|place| place.epoch = 3));
        assert!(refused(&|place| place.steps = u64::MAX));
        assert!(refused(&|place| place.best = Some((4, [f64::NAN.to_bits(), half], None))));
        assert!(refused(&|place| place.reports[0].3 = Some([f64::INFINITY.to_bits(), half])));
    }
}
