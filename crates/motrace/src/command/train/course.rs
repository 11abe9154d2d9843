//! Training with its progress on the screen, and its checkpoints beside the model.

use crate::failure::Failure;
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
use std::sync::atomic::Ordering;
use std::time::Instant;

/// A larger file is no checkpoint.
const MOST_CHECKPOINT_BYTES: u64 = 2 << 30;

/// Trains; a network goes on where it was interrupted, if its checkpoint is beside the output.
pub fn train(
    recordings: &[(RecordingStamp, &Tape)],
    preparation: &Preparation,
    settings: &TrainSettings,
    output: Option<&Path>,
    explain: impl Fn(&str) -> String,
) -> Result<Trained, Failure> {
    let is_network = matches!(settings.decoder, DecoderSettings::Network(_));
    let beside = output.filter(|_| is_network).map(checkpoint_path);
    let mut checkpoints = match &beside {
        Some(path) if path.exists() => read(path)?,
        _ => TrainingCheckpoints::default(),
    };
    if !checkpoints.is_empty() {
        output::note(&format!("going on from {}", shown(beside.as_deref())));
    }
    let stop = is_network.then(stopping::on_request);
    let mut screen = Screen::new();
    let trained = train_with(recordings, preparation, settings, &mut checkpoints, &mut |step| {
        screen.show(step);
        let asked = stop.as_ref().is_some_and(|stop| stop.load(Ordering::SeqCst));
        if asked { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    screen.bar.finish_and_clear();
    match trained {
        Ok(trained) => {
            if let Some(path) = beside.filter(|path| path.exists()) {
                std::fs::remove_file(path)?;
            }
            Ok(trained)
        }
        Err(TrainingError::Interrupted) => Err(interrupted(&checkpoints, beside.as_deref())),
        Err(e @ TrainingError::Network(motrace_net::training::TrainingError::Checkpoint(_))) => {
            Err(Failure::failed(format_args!("{}: {e}; remove that file", shown(beside.as_deref()))))
        }
        Err(e) => Err(Failure::failed(explain(&e.to_string()))),
    }
}

fn shown(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| path.display().to_string())
}

fn checkpoint_path(model: &Path) -> PathBuf {
    let mut name = model.file_name().unwrap_or_default().to_owned();
    name.push(".checkpoint");
    model.with_file_name(name)
}

fn read(path: &Path) -> Result<TrainingCheckpoints, Failure> {
    let failed =
        |why: String| Failure::failed(format_args!("checkpoint {}: {why}; remove it to begin anew", path.display()));
    if std::fs::metadata(path)?.len() > MOST_CHECKPOINT_BYTES {
        return Err(failed("it is too large".to_owned()));
    }
    TrainingCheckpoints::from_bytes(&std::fs::read(path)?).map_err(failed)
}

/// Keeps what was done, and says how to go on.
fn interrupted(checkpoints: &TrainingCheckpoints, path: Option<&Path>) -> Failure {
    let Some(path) = path else {
        return Failure::failed("training was interrupted; with -o MODEL, what was done would have been kept");
    };
    let written = checkpoints.to_bytes().and_then(|bytes| {
        let new = path.with_extension(format!("checkpoint-{}", std::process::id()));
        std::fs::write(&new, bytes).and_then(|()| std::fs::rename(&new, path)).map_err(|e| e.to_string())
    });
    match written {
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
        }
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
            let line = format!(
                "{}, seed {}: {} epochs, best {}; {}; {ended}",
                what(part, parts),
                progress.seed,
                progress.epoch,
                progress.best_epoch,
                scores(progress)
            );
            if self.bar.is_hidden() { output::note(&line) } else { self.bar.println(line) }
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
