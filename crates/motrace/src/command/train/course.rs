//! Training with its progress on the screen, and its checkpoints beside the model.

use super::checkpoint;
use crate::failure::Failure;
use crate::figures::{self, Relevance};
use crate::output::{self, duration, percent};
use crate::stopping;
use indicatif::ProgressBar;
use motrace_engine::{
    DecoderSettings, Preparation, RecordingStamp, Tape, TrainSettings, TrainStep, Trained, TrainingCheckpoints,
    TrainingError, train_with,
};
use motrace_net::training::Progress;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// A training of which nothing is lost: a network goes on where it was interrupted, if its checkpoint is beside the output.
pub struct Course {
    /// Where the checkpoints of a network go, if it has an output.
    beside: Option<PathBuf>,
    checkpoints: TrainingCheckpoints,
    stop: Option<Arc<AtomicBool>>,
}

impl Course {
    /// Looks for checkpoints of an earlier training.
    ///
    /// # Errors
    /// Where there are some that cannot be read.
    pub fn new(settings: &TrainSettings, output: Option<&Path>) -> Result<Self, Failure> {
        let is_network = matches!(settings.decoder, DecoderSettings::Network(_));
        let beside = output.filter(|_| is_network).map(checkpoint::path);
        let checkpoints = match &beside {
            Some(path) if path.exists() => checkpoint::read(path)?,
            _ => TrainingCheckpoints::default(),
        };
        if !checkpoints.is_empty() {
            output::note(&format!("going on from {}", shown(beside.as_deref())));
        }
        Ok(Self { beside, checkpoints, stop: is_network.then(stopping::on_request) })
    }

    /// Trains, and keeps what was done from time to time; `explain` says why it could not be.
    pub fn train(
        &mut self,
        recordings: &[(RecordingStamp, &Tape)],
        preparation: &Preparation,
        settings: &TrainSettings,
        explain: impl Fn(&TrainingError) -> String,
    ) -> Result<Trained, Failure> {
        let Self { beside, checkpoints, stop } = self;
        let mut screen = Screen::new();
        let (mut is_written, mut failed_before) = (false, false);
        let trained = train_with(recordings, preparation, settings, checkpoints, &mut |step| {
            match (step, &beside) {
                (TrainStep::Checkpoint(checkpoints), Some(path)) => {
                    let written = checkpoint::write(path, checkpoints);
                    if let Err(why) = &written
                        && !failed_before
                    {
                        screen.line(&format!("what was done cannot be kept in {}: {why}", path.display()));
                    }
                    failed_before = written.is_err();
                    is_written |= written.is_ok();
                }
                _ => screen.show(step),
            }
            let asked = stop.as_ref().is_some_and(|stop| stop.load(Ordering::SeqCst));
            if asked { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        screen.bar.finish_and_clear();
        match trained {
            Ok(trained) => Ok(trained),
            Err(TrainingError::Interrupted) => Err(self.interrupted()),
            Err(e) if is_of_checkpoint(&e) => {
                Err(Failure::failed(format_args!("{}: {e}; remove that file", shown(self.beside.as_deref()))))
            }
            Err(e) => {
                // The same training would fail again, and with other settings the checkpoint could not be gone on from.
                if is_written {
                    self.is_done()?;
                }
                Err(Failure::failed(explain(&e)))
            }
        }
    }

    /// What to say where all was trained and the model could not be written.
    pub fn kept(&self, failure: &Failure) -> Failure {
        match &self.beside {
            Some(path) if path.exists() => Failure::failed(format_args!(
                "{failure}\nwhat was trained is in {}; the same command with room for the model takes it from there",
                path.display()
            )),
            _ => Failure::failed(failure),
        }
    }

    /// Forgets the checkpoints: the model is written.
    pub fn is_done(&self) -> Result<(), Failure> {
        match self.beside.as_ref().filter(|path| path.exists()) {
            Some(path) => Ok(std::fs::remove_file(path)?),
            None => Ok(()),
        }
    }

    /// The mean relevance of the trials, unless it is asked to end: the model is written already.
    pub fn relevance(&self, trained: &Trained) -> Result<Relevance, Failure> {
        let goes_on = || !self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::SeqCst));
        figures::mean_relevance(trained, goes_on)?.ok_or_else(|| {
            Failure::failed(if self.beside.is_some() {
                "asked to end before the relevance of all trials was known; the model is trained and saved"
            } else {
                "asked to end before the relevance of all trials was known"
            })
        })
    }

    /// Keeps what was done, and says how to go on.
    fn interrupted(&self) -> Failure {
        let Some(path) = &self.beside else {
            return Failure::failed("training was interrupted; with -o MODEL, what was done would have been kept");
        };
        match checkpoint::write(path, &self.checkpoints) {
            Ok(()) => Failure::failed(format_args!(
                "training was interrupted; what was done is in {}, and the same command goes on from there",
                path.display()
            )),
            Err(why) => Failure::failed(format_args!(
                "training was interrupted, and what was done could not be kept in {}: {why}",
                path.display()
            )),
        }
    }
}

/// Whether the checkpoint belongs to something else; in a fold as well, where there are others of them now.
fn is_of_checkpoint(error: &TrainingError) -> bool {
    match error {
        TrainingError::Network(motrace_net::training::TrainingError::Checkpoint(_)) => true,
        TrainingError::InFold { source, .. } => is_of_checkpoint(source),
        _ => false,
    }
}

fn shown(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| path.display().to_string())
}

/// Progress: a bar where there is a terminal, a line for each seed where there is none.
struct Screen {
    bar: ProgressBar,
    begin: Instant,
    epochs: usize,
}

impl Screen {
    fn new() -> Self {
        Self { bar: output::progress("training and validating", 1), begin: Instant::now(), epochs: 0 }
    }

    fn show(&mut self, step: TrainStep<'_>) {
        match step {
            TrainStep::Part { done, of } => {
                self.bar.set_length(of as u64);
                self.bar.set_position(done as u64);
            }
            TrainStep::Epoch { part, parts, progress } => self.epoch(part, parts, progress),
            TrainStep::Checkpoint(_) => {}
        }
    }

    /// A line that stays.
    fn line(&self, line: &str) {
        if self.bar.is_hidden() { output::note(line) } else { self.bar.println(line) }
    }

    fn epoch(&mut self, part: usize, parts: usize, progress: &Progress) {
        self.epochs += 1;
        if self.epochs == 3 {
            // The first epochs make room for everything; the third is as the others are.
            let secs = self.begin.elapsed().as_secs_f64() / 3.0;
            let most = (progress.seeds + parts.saturating_sub(1)) * progress.epochs;
            output::note(&format!(
                "an epoch takes {}; at most {most} for {parts} network(s), so up to {}, and less where a network stops getting \
                 better",
                duration(secs),
                duration(secs * most as f64)
            ));
        }
        self.bar.set_length(parts as u64);
        self.bar.set_message(format!(
            "{}, seed {}, epoch {} of {}: {}",
            what(part, parts),
            progress.seed,
            progress.epoch,
            progress.epochs,
            scores(progress)
        ));
        if let Some(ended) = progress.ended {
            self.line(&format!(
                "{}, seed {}: {}; in the last epoch {}; {}",
                what(part, parts),
                progress.seed,
                super::super::info::network::epochs(progress.epoch, progress.best_epoch),
                scores(progress),
                ended.in_words(progress.best_epoch)
            ));
        }
    }
}

fn what(part: usize, parts: usize) -> String {
    if part == 0 { "all trials".to_owned() } else { format!("fold {part} of {}", parts - 1) }
}

fn scores(progress: &Progress) -> String {
    let validation = progress.validation.map_or_else(String::new, |score| {
        format!(", validation loss {:.3}, {} right", score.loss, percent(score.accuracy))
    });
    format!("loss {:.3}, {} right{validation}", progress.training.loss, percent(progress.training.accuracy))
}
