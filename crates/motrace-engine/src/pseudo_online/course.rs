use super::part::border;
use super::{
    DecisionStream, Part, PseudoOnline, PseudoOnlineError, PseudoOnlineSettings, ThresholdRule, choose_threshold,
};
use crate::{
    Engine, Explain, Model, Preparation, RecordingStamp, Tape, TrainSettings, TrainingCheckpoints, TrainingError,
    run_replay, train_with,
};
use motrace_decode::TrainError;
use std::ops::ControlFlow;

/// Trains a model on some parts of recordings, chooses the threshold of a detector within them, and scores what it finds
/// in other parts when they go through the engine.
///
/// The threshold is chosen by decisions on the first parts that a decoder made which had not seen them: its trials are cut into
/// blocks that follow each other, and each block is decided by a decoder trained on the others. A recording is replayed from
/// its beginning, as it was live, and scored in its part only; what is trained on ends where the part ends. `on` hears how
/// many steps of how many are done, often, and can interrupt.
///
/// Where a block has too few trials for the validation that probabilities are calibrated by, no decoder is calibrated
/// ([`PseudoOnline::is_calibrated`]).
///
/// # Errors
/// Where a decoder cannot be trained, a recording does not fit, there is nothing to choose by or to score, or `on` interrupts.
pub fn pseudo_online(
    training: &[Part<'_>],
    test: &[Part<'_>],
    preparation: &Preparation,
    train_settings: &TrainSettings,
    settings: &PseudoOnlineSettings,
    on: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<PseudoOnline, PseudoOnlineError> {
    match run(training, test, preparation, train_settings, settings, on) {
        // All decoders are calibrated, or none is: a threshold means the same for each of them.
        Err(PseudoOnlineError::Training { source, .. }) if is_of_a_fold(&source) => {
            let uncalibrated = TrainSettings { folds: None, ..train_settings.clone() };
            run(training, test, preparation, &uncalibrated, settings, on)
        }
        result => result,
    }
}

/// Whether there were trials enough for a decoder, but not for its validation.
fn is_of_a_fold(error: &TrainingError) -> bool {
    matches!(error, TrainingError::InFold { .. } | TrainingError::Decoder(TrainError::InFold { .. }))
}

fn run(
    training: &[Part<'_>],
    test: &[Part<'_>],
    preparation: &Preparation,
    train_settings: &TrainSettings,
    settings: &PseudoOnlineSettings,
    on: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<PseudoOnline, PseudoOnlineError> {
    settings.check()?;
    let tapes: Vec<(RecordingStamp, Tape)> =
        training.iter().map(|part| (part.stamp.clone(), part.tape.until(part.until))).collect();
    let blocks = match settings.threshold {
        ThresholdRule::At(_) => Vec::new(),
        _ => blocks(training, preparation, settings)?,
    };
    let mut course = Course {
        preparation,
        train_settings,
        other_cues: &settings.other_cues,
        idle_class: settings.idle_class_of(preparation)?,
        done: 0,
        of: blocks.len() + 1 + test.len(),
        on,
    };
    course.step(0)?;

    let mut unseen = Vec::new();
    for (fold, block) in blocks.iter().enumerate() {
        let mut others = tapes.clone();
        for (stretch, (_, tape)) in block.iter().zip(&mut others) {
            let discarded = tape.discarded().iter().copied();
            tape.discard(discarded.chain(stretch.trials.iter().copied()).collect());
        }
        let model = course.train(&others, &format!("block {} of {} of the first part", fold + 1, blocks.len()))?;
        for (stretch, (stamp, tape)) in block.iter().zip(&tapes) {
            if stretch.from < stretch.until {
                unseen.push(course.decide(&model, stamp, tape, stretch.from, stretch.until)?);
            }
        }
        course.step(1)?;
    }
    let chosen = match settings.threshold {
        ThresholdRule::At(_) => None,
        rule => Some(choose_threshold(&unseen, rule, &settings.events)?),
    };
    drop(unseen);

    let model = course.train(&tapes, "the first part")?;
    course.step(1)?;
    let mut streams = Vec::new();
    for part in test {
        streams.push(course.decide(&model, part.stamp, part.tape, part.from, part.until)?);
        course.step(1)?;
    }
    if !streams.iter().any(DecisionStream::has_trials) {
        return Err(PseudoOnlineError::NothingToScore);
    }
    let names = |parts: &[Part<'_>]| parts.iter().map(|part| part.stamp.name.clone()).collect();
    Ok(PseudoOnline {
        trained_on: names(training),
        ..PseudoOnline::of(&model, &streams, names(test), chosen, settings)?
    })
}

/// The stretch of a recording that belongs to a block, and its trials by their numbers.
struct Stretch {
    from: u64,
    until: u64,
    trials: Vec<usize>,
}

/// For each block of trials that follow each other its stretch of each part.
fn blocks(
    parts: &[Part<'_>],
    preparation: &Preparation,
    settings: &PseudoOnlineSettings,
) -> Result<Vec<Vec<Stretch>>, PseudoOnlineError> {
    let cues: Vec<Vec<(u64, usize)>> = parts.iter().map(|part| part.cues(preparation)).collect();
    let trials: usize = cues.iter().map(Vec::len).sum();
    let folds = settings.folds.max(2);
    if trials < folds {
        return Err(PseudoOnlineError::TooFewTrials { trials, least: folds });
    }
    let blocks = (0..folds).map(|fold| {
        let (begin, end) = (fold * trials / folds, (fold + 1) * trials / folds);
        let mut before = 0;
        let stretches = parts.iter().zip(&cues).map(|(part, cues)| {
            let place = |trial: usize| trial.saturating_sub(before).min(cues.len());
            let (first, last) = (place(begin), place(end));
            let at = |count: usize| match count {
                0 => part.from,
                count if count == cues.len() => part.until,
                count => border(cues, count, part, preparation.rate_hz, settings.events.timing),
            };
            // A recording without trials is all idle time; the first block takes it.
            let stretch = match (first == last, cues.is_empty() && fold == 0) {
                (_, true) => Stretch { from: part.from, until: part.until, trials: Vec::new() },
                (true, _) => Stretch { from: part.from, until: part.from, trials: Vec::new() },
                _ => {
                    let trials = cues[first..last].iter().map(|(_, number)| *number).collect();
                    Stretch { from: at(first), until: at(last), trials }
                }
            };
            before += cues.len();
            stretch
        });
        stretches.collect()
    });
    Ok(blocks.collect())
}

struct Course<'a> {
    preparation: &'a Preparation,
    train_settings: &'a TrainSettings,
    other_cues: &'a [String],
    idle_class: Option<usize>,
    done: usize,
    of: usize,
    on: &'a mut dyn FnMut(usize, usize) -> ControlFlow<()>,
}

impl Course<'_> {
    fn step(&mut self, steps: usize) -> Result<(), PseudoOnlineError> {
        self.done += steps;
        match (self.on)(self.done, self.of) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(PseudoOnlineError::Interrupted),
        }
    }

    fn train(&mut self, tapes: &[(RecordingStamp, Tape)], what: &str) -> Result<Model, PseudoOnlineError> {
        let recordings: Vec<_> = tapes.iter().map(|(stamp, tape)| (stamp.clone(), tape)).collect();
        let (done, of) = (self.done, self.of);
        let mut checkpoints = TrainingCheckpoints::default();
        let trained = train_with(&recordings, self.preparation, self.train_settings, &mut checkpoints, &mut |_| {
            (self.on)(done, of)
        });
        match trained {
            Ok(trained) => Ok(trained.model),
            Err(TrainingError::Interrupted) => Err(PseudoOnlineError::Interrupted),
            Err(source) => Err(PseudoOnlineError::Training { what: what.to_owned(), source: Box::new(source) }),
        }
    }

    /// What a model decides in a stretch of a recording that is replayed from its beginning.
    fn decide(
        &mut self,
        model: &Model,
        stamp: &RecordingStamp,
        tape: &Tape,
        from: u64,
        until: u64,
    ) -> Result<DecisionStream, PseudoOnlineError> {
        let fault = |source| PseudoOnlineError::Recording { recording: stamp.name.clone(), source };
        let mut engine = Engine::new(model, tape.info(), Explain::None).map_err(fault)?;
        let mut stream = DecisionStream::of(&model.preparation);
        tape.discarded().iter().for_each(|number| stream.leave_out(*number));
        stream.other_cues = other_cues(tape, self.other_cues);
        stream.idle_class = self.idle_class;
        run_replay(&mut tape.play(4096), &mut engine, &mut |event| stream.take(&event))?;
        self.step(0)?;
        Ok(stream.between(from, until))
    }
}

/// The samples of markers with these texts.
fn other_cues(tape: &Tape, texts: &[String]) -> Vec<u64> {
    let other = crate::ClassSpec::new("other", texts.iter().cloned());
    tape.markers().filter(|marker| other.has_cue(&marker.text)).map(|marker| marker.index).collect()
}
