use crate::training::examples::{Example, Examples};
use crate::training::pass::Pass;
use crate::training::{SeedReport, TrainingError, TrainingSettings, TrainingWarning, Trials, augment};
use crate::{Architecture, Batch, Network, Shape};

/// What training gives.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedNetwork {
    /// The network with the weights that were kept. Its window may be shorter than a trial, where crops were trained.
    pub network: Network<f32>,
    /// The seed it comes from.
    pub seed: u64,
    /// How each seed went that was trained.
    pub reports: Vec<SeedReport>,
    /// What deserves a look.
    pub warnings: Vec<TrainingWarning>,
}

impl TrainedNetwork {
    /// What the network says about each trial: the mean over the windows that the settings cut from it, `[trials, classes]`.
    ///
    /// # Errors
    /// Where the settings cut windows that the network does not take, or the trials are of another shape.
    pub fn outputs(&self, trials: &Trials, settings: &TrainingSettings) -> Result<Batch<f32>, TrainingError> {
        settings.check()?;
        trials.check_form()?;
        let all = TrainingSettings { validation_share: 0.0, augmentations: Default::default(), ..settings.clone() };
        let examples = Examples::new(trials, &all)?;
        let window = Shape::window(trials.channels(), examples.samples);
        if self.network.input() != window {
            return Err(TrainingError::Start(format!(
                "takes windows of {}, and these are {window}",
                self.network.input()
            )));
        }
        let threads = settings.chosen(&Architecture::EegNet(Default::default())).threads;
        let mut pass = Pass::new(&self.network, threads);
        let outputs = trial_outputs(&mut pass, &self.network, trials, &examples.learnt, settings.batch_size);
        let values = outputs.into_iter().flat_map(|(_, outputs)| outputs).collect();
        Ok(Batch { shape: Shape::list(self.network.classes()), values })
    }
}

/// The mean of what comes out for the examples of each trial, in the order of the examples.
pub(crate) fn trial_outputs(
    pass: &mut Pass,
    network: &Network<f32>,
    trials: &Trials,
    examples: &[Example],
    batch_size: usize,
) -> Vec<(usize, Vec<f32>)> {
    let mut sums: Vec<(usize, Vec<f64>, usize)> = Vec::new();
    for batch in examples.chunks(batch_size) {
        let labels: Vec<usize> = batch.iter().map(|example| trials.labels[example.trial]).collect();
        pass.fill(&labels, 0, |place, window| augment::copy(trials, batch[place], window));
        let mut trials = batch.iter().map(|example| example.trial);
        pass.decide(network, |outputs| {
            let Some(trial) = trials.next() else { return };
            if sums.last().is_none_or(|(last, ..)| *last != trial) {
                sums.push((trial, vec![0.0; outputs.len()], 0));
            }
            if let Some((_, sum, count)) = sums.last_mut() {
                sum.iter_mut().zip(outputs).for_each(|(sum, z)| *sum += f64::from(*z));
                *count += 1;
            }
        });
    }
    let mean = |(trial, sum, count): (usize, Vec<f64>, usize)| {
        (trial, sum.into_iter().map(|sum| (sum / count as f64) as f32).collect())
    };
    sums.into_iter().map(mean).collect()
}
