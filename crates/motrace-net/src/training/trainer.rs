use crate::training::checkpoint::Stamp;
use crate::training::examples::Examples;
use crate::training::loss::{cross_entropy, decided};
use crate::training::pass::{Pass, Tally};
use crate::training::settings::Chosen;
use crate::training::stage::Learning;
use crate::training::trained::trial_outputs;
use crate::training::{
    AdamW, Checkpoint, ClassWeights, Ended, Progress, Schedule, Score, SeedReport, TrainedNetwork, TrainingError,
    TrainingSettings, TrainingWarning, Trials, constraints,
};
use crate::{Architecture, NetError, Network};
use std::ops::ControlFlow;
use std::sync::OnceLock;

/// The weights that training begins with.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a> {
    /// Drawn anew for each seed.
    Drawn,
    /// Those of this network, for each seed: one that was trained before, or imported.
    From(&'a Network<f32>),
}

/// Trains a network epoch by epoch, seed by seed.
pub struct Trainer<'a> {
    architecture: &'a Architecture,
    trials: &'a Trials,
    pub(crate) settings: &'a TrainingSettings,
    start: Start<'a>,
    chosen: Chosen,
    examples: Examples,
    class_weights: Vec<f64>,
    warnings: Vec<TrainingWarning>,
    pass: Pass,
    /// Computed when the first checkpoint is made.
    stamp: OnceLock<Stamp>,
    pub(crate) state: State,
}

/// All that changes while it trains.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    /// The place of the seed that is trained, or as many as there are seeds where all are done.
    pub seed: usize,
    /// Epochs done with it.
    pub epoch: usize,
    pub network: Network<f32>,
    pub optimiser: AdamW,
    /// Its best weights.
    pub best: Option<Best>,
    /// The best weights of the seeds before it, and the seed's place.
    pub kept: Option<(usize, Network<f32>)>,
    /// How the seeds before it went.
    pub reports: Vec<SeedReport>,
}

/// The weights after the best epoch of a seed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Best {
    pub epoch: usize,
    pub network: Network<f32>,
    pub training: Score,
    pub validation: Option<Score>,
}

impl Best {
    fn loss(&self) -> f64 {
        self.validation.unwrap_or(self.training).loss
    }
}

/// Trains a network on labelled trials; `on_epoch` is called after each epoch, and can stop it. The weights kept are then
/// the best so far.
///
/// # Errors
/// Where settings or trials are impossible, the checkpoint belongs to others, or no seed gave weights.
pub fn train(
    architecture: &Architecture,
    trials: &Trials,
    settings: &TrainingSettings,
    checkpoint: Option<&Checkpoint>,
    mut on_epoch: impl FnMut(&Trainer<'_>, &Progress) -> ControlFlow<()>,
) -> Result<TrainedNetwork, TrainingError> {
    let mut trainer = Trainer::new(architecture, trials, settings, Start::Drawn)?;
    if let Some(checkpoint) = checkpoint {
        trainer.resume(checkpoint)?;
    }
    while let Some(progress) = trainer.advance()? {
        if on_epoch(&trainer, &progress).is_break() {
            break;
        }
    }
    trainer.finish()
}

impl<'a> Trainer<'a> {
    /// Checks settings and trials and makes everything ready.
    ///
    /// # Errors
    /// The first thing that keeps from training.
    pub fn new(
        architecture: &'a Architecture,
        trials: &'a Trials,
        settings: &'a TrainingSettings,
        start: Start<'a>,
    ) -> Result<Self, TrainingError> {
        settings.check()?;
        let warnings = trials.check(settings)?;
        let examples = Examples::new(trials, settings)?;
        let chosen = settings.chosen(architecture);
        let network = begun(architecture, trials, examples.samples, start, settings.seeds[0])?;
        let split = trials.split(settings);
        let learnt = &trials.labels[..split.learnt];
        let of_class = |class| match settings.class_weights {
            ClassWeights::None => 1.0,
            ClassWeights::Balanced => {
                let count = learnt.iter().filter(|label| **label == class).count();
                learnt.len() as f64 / (trials.classes * count.max(1)) as f64
            }
        };
        let pass = Pass::new(&network, chosen.threads);
        let state = State::new(0, network, None, Vec::new());
        Ok(Self {
            class_weights: (0..trials.classes).map(of_class).collect(),
            architecture,
            trials,
            settings,
            start,
            chosen,
            examples,
            warnings,
            pass,
            stamp: OnceLock::new(),
            state,
        })
    }

    /// Goes on from a checkpoint; what comes out has the same bits as without the interruption.
    ///
    /// # Errors
    /// Where the checkpoint belongs to other settings, trials or another network.
    pub fn resume(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainingError> {
        self.state = checkpoint.state(self)?;
        Ok(())
    }

    /// All that is needed to go on later.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::of(self)
    }

    /// What its checkpoints belong to.
    pub(crate) fn stamp(&self) -> &Stamp {
        self.stamp.get_or_init(|| Stamp::of(self.architecture, self.settings, self.trials, self.start))
    }

    /// How many epochs a seed has at most.
    pub(crate) fn epochs(&self) -> usize {
        self.chosen.epochs
    }

    /// What deserves a look.
    #[must_use]
    pub fn warnings(&self) -> &[TrainingWarning] {
        &self.warnings
    }

    /// Trains one more epoch, and says how it went; nothing where all seeds are trained.
    ///
    /// # Errors
    /// Where the network for the next seed cannot be made.
    pub fn advance(&mut self) -> Result<Option<Progress>, TrainingError> {
        let Some(seed) = self.settings.seeds.get(self.state.seed).copied() else { return Ok(None) };
        let epoch = self.state.epoch;
        let learning_rate = self.learning_rate(epoch);
        let training = self.learn(seed, epoch, learning_rate);
        let mut validation = None;
        let mut good = training.loss.is_finite() && self.state.network.check().is_ok();
        if good && !self.examples.held.is_empty() {
            let score = self.validate();
            good = score.loss.is_finite();
            validation = Some(score);
        }
        self.state.epoch += 1;
        let state = &mut self.state;
        if good {
            let loss = validation.map(|score| score.loss);
            // Without a validation part the last weights count.
            let better = match (&state.best, loss) {
                (Some(best), Some(loss)) => loss < best.loss(),
                _ => true,
            };
            // What is kept runs with its batch norms merged, where products of large weights can overflow.
            if better && matches!(state.network.merged_is_finite(), Err(NetError::NotFinite { .. })) {
                good = false;
            } else if better {
                let network = state.network.clone();
                state.best = Some(Best { epoch: epoch + 1, network, training, validation });
            }
        }
        let best_epoch = state.best.as_ref().map_or(0, |best| best.epoch);
        let ended = if !good {
            Some(Ended::Diverged)
        } else if state.epoch >= self.chosen.epochs {
            Some(Ended::AllEpochs)
        } else if validation.is_some() && state.epoch - best_epoch >= self.chosen.patience {
            Some(Ended::NoBetter)
        } else {
            None
        };
        let progress = Progress {
            seed,
            seed_number: state.seed + 1,
            seeds: self.settings.seeds.len(),
            epoch: epoch + 1,
            epochs: self.chosen.epochs,
            learning_rate,
            training,
            validation,
            best_epoch,
            ended,
        };
        if let Some(ended) = ended {
            self.end_seed(ended)?;
        }
        Ok(Some(progress))
    }

    /// The best network of all seeds so far. Where a seed is not through, it counts with its best weights.
    ///
    /// # Errors
    /// Where no epoch was trained, or all seeds diverged before they gave any weights.
    pub fn finish(mut self) -> Result<TrainedNetwork, TrainingError> {
        if self.state.seed < self.settings.seeds.len() && self.state.epoch > 0 {
            self.state.close(self.settings.seeds[self.state.seed], Ended::Stopped);
        }
        match self.state.kept {
            Some((place, network)) => Ok(TrainedNetwork {
                network,
                seed: self.settings.seeds[place],
                reports: self.state.reports,
                warnings: self.warnings,
            }),
            None => {
                Err(self.state.reports.last().map_or(TrainingError::NotTrained, |report| TrainingError::Diverged {
                    seed: report.seed,
                    epoch: report.epochs,
                    learning_rate: self.chosen.learning_rate,
                }))
            }
        }
    }

    fn end_seed(&mut self, ended: Ended) -> Result<(), TrainingError> {
        self.state.close(self.settings.seeds[self.state.seed], ended);
        let next = self.state.seed + 1;
        let network = match self.settings.seeds.get(next) {
            Some(seed) => begun(self.architecture, self.trials, self.examples.samples, self.start, *seed)?,
            None => self.state.network.clone(),
        };
        let (kept, reports) = (self.state.kept.take(), std::mem::take(&mut self.state.reports));
        self.state = State::new(next, network, kept, reports);
        Ok(())
    }

    fn learning_rate(&self, epoch: usize) -> f64 {
        let highest = self.chosen.learning_rate;
        match self.settings.schedule {
            Schedule::Constant => highest,
            Schedule::Cosine => {
                let share = epoch as f64 / self.chosen.epochs as f64;
                0.5 * highest * (1.0 + (std::f64::consts::PI * share).cos())
            }
        }
    }

    /// One epoch: every example once, a step for each batch.
    fn learn(&mut self, seed: u64, epoch: usize, learning_rate: f64) -> Score {
        let order = self.examples.order(seed, epoch);
        let (trials, examples) = (self.trials, &self.examples);
        let mut tally = Tally::default();
        for (number, batch) in order.chunks(self.settings.batch_size).enumerate() {
            let labels: Vec<usize> = batch.iter().map(|n| trials.labels[examples.learnt[*n].trial]).collect();
            let first = number * self.settings.batch_size;
            self.pass.fill(&labels, first, |place, window| {
                let example = examples.learnt[batch[place]];
                examples.change.copy_changed(trials, example, window, [seed, epoch as u64, (first + place) as u64]);
            });
            let State { network, optimiser, .. } = &mut self.state;
            let learnt = self.pass.learn(network, &self.class_weights, Learning { seed, epoch });
            tally.add(learnt);
            if !learnt.loss.is_finite() {
                break;
            }
            let Chosen { weight_decay, threads, .. } = self.chosen;
            optimiser.step(network, &self.pass.gradients, learning_rate, weight_decay, threads);
            constraints::apply(self.architecture, network);
        }
        tally.score()
    }

    /// How well the network decides the trials it does not learn from.
    fn validate(&mut self) -> Score {
        let Self { pass, state, trials, examples, settings, .. } = self;
        let means = trial_outputs(pass, &state.network, trials, &examples.held, settings.batch_size);
        let mut tally = Tally::default();
        for (trial, outputs) in means {
            let label = trials.labels[trial];
            let weight = self.class_weights[label];
            let (loss, _) = cross_entropy(&outputs, label, 0.0, &mut []);
            tally.add(Tally { loss: weight * loss, weight, right: usize::from(decided(&outputs) == label), count: 1 });
        }
        tally.score()
    }
}

impl State {
    fn new(seed: usize, network: Network<f32>, kept: Option<(usize, Network<f32>)>, reports: Vec<SeedReport>) -> Self {
        let optimiser = AdamW::new(&network);
        Self { seed, epoch: 0, network, optimiser, best: None, kept, reports }
    }

    /// Reports the seed, and keeps its best weights if they are the best of all.
    fn close(&mut self, seed: u64, ended: Ended) {
        let best = self.best.take();
        self.reports.push(SeedReport {
            seed,
            epochs: self.epoch,
            best_epoch: best.as_ref().map_or(0, |best| best.epoch),
            training: best.as_ref().map(|best| best.training),
            validation: best.as_ref().and_then(|best| best.validation),
            ended,
        });
        let Some(best) = best else { return };
        let loss_of = |report: &SeedReport| report.validation.or(report.training).map(|score| score.loss);
        let before = self.kept.as_ref().and_then(|(place, _)| self.reports.get(*place).and_then(loss_of));
        if before.is_none_or(|before| best.loss() < before) {
            self.kept = Some((self.seed, best.network));
        }
    }
}

/// The network that a seed begins with.
fn begun(
    architecture: &Architecture,
    trials: &Trials,
    samples: usize,
    start: Start<'_>,
    seed: u64,
) -> Result<Network<f32>, TrainingError> {
    let (channels, classes) = (trials.channels(), trials.classes);
    let drawn = architecture.network(channels, samples, trials.rate_hz, classes, seed)?;
    let Start::From(network) = start else { return Ok(drawn) };
    let wrong = |why: String| Err(TrainingError::Start(why));
    if network.input() != drawn.input() {
        return wrong(format!("takes windows of {}, and these are {}", network.input(), drawn.input()));
    }
    if network.classes() != classes {
        return wrong(format!("tells {} classes apart, and there are {classes}", network.classes()));
    }
    network.check()?;
    Ok(network.clone())
}
