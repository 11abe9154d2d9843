use super::part::border;
use super::{
    DecisionStream, Detector, EventScore, EventSettings, OperatingPoint, Part, PseudoOnlineError, ThresholdRule,
    choose_threshold, operating_curve, score_events,
};
use crate::{
    Engine, Explain, Model, Preparation, RecordingStamp, Tape, TrainSettings, TrainingCheckpoints, TrainingError,
    run_replay, train_with,
};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// How a pseudo-online evaluation is made.
#[derive(Debug, Clone, PartialEq)]
pub struct PseudoOnlineSettings {
    /// What counts as an event, and when one is right.
    pub events: EventSettings,
    /// How the threshold is found.
    pub threshold: ThresholdRule,
    /// In how many blocks of trials that follow each other the first part is decided by decoders that did not see them, for
    /// the choice of the threshold.
    pub folds: usize,
    /// Markers of tasks that are neither a class nor idling, such as the imagery of other classes.
    pub other_cues: Vec<String>,
}

/// What a pseudo-online evaluation found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PseudoOnline {
    /// The names of the classes.
    pub classes: Vec<String>,
    /// What the decoder is called.
    pub decoder: String,
    /// The recordings that were trained on.
    pub trained_on: Vec<String>,
    /// The trials of each class that were trained on.
    pub trained_trials: Vec<usize>,
    /// The recordings that were scored.
    pub scored_on: Vec<String>,
    /// The detector, with its threshold.
    pub detector: Detector,
    /// How the threshold was found.
    pub rule: ThresholdRule,
    /// What the threshold gave where it was chosen; `None` where it was given.
    pub chosen: Option<OperatingPoint>,
    /// How long imagery lasts after a cue, in seconds, and for how long after it decisions count as neither.
    pub imagery_secs: f64,
    /// See [`Timing::after_secs`](super::Timing::after_secs).
    pub after_secs: f64,
    /// From one decision to the next, in seconds.
    pub hop_secs: f64,
    /// What it is worth on the recordings that were not trained on.
    pub score: EventScore,
    /// What other thresholds would have given there, for looking at.
    pub curve: Vec<OperatingPoint>,
}

/// Trains a model on some parts of recordings, chooses the threshold of a detector within them, and scores what it finds
/// in other parts when they go through the engine.
///
/// The threshold is chosen by decisions on the first parts that a decoder made which had not seen them: its trials are cut into
/// blocks that follow each other, and each block is decided by a decoder trained on the others. A recording is replayed from
/// its beginning, as it was live, and scored in its part only; what is trained on ends where the part ends. `on` hears how
/// many steps of how many are done, often, and can interrupt.
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
    settings.events.check()?;
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
        ThresholdRule::At(threshold) if (0.0..=1.0).contains(&threshold) => None,
        ThresholdRule::At(threshold) => return Err(PseudoOnlineError::Threshold(threshold)),
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
    if !streams.iter().any(|stream| stream.trials.iter().any(|trial| trial.counts)) {
        return Err(PseudoOnlineError::NothingToScore);
    }
    let threshold = match (chosen, settings.threshold) {
        (Some(point), _) => point.threshold,
        (None, ThresholdRule::At(threshold)) => threshold,
        (None, _) => return Err(PseudoOnlineError::NothingToChooseBy),
    };
    let detector = settings.events.detector(threshold);
    let classes = preparation.class_names().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let names = |parts: &[Part<'_>]| parts.iter().map(|part| part.stamp.name.clone()).collect();
    Ok(PseudoOnline {
        decoder: model.decoder.title().to_owned(),
        trained_on: names(training),
        trained_trials: model.about.trained_trials,
        scored_on: names(test),
        detector,
        rule: settings.threshold,
        chosen,
        imagery_secs: settings.events.timing.imagery_secs,
        after_secs: settings.events.timing.after_secs,
        hop_secs: preparation.hop_secs,
        score: score_events(&streams, &detector, classes.len(), &settings.events),
        curve: operating_curve(&streams, &settings.events),
        classes,
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
            Err(source) => Err(PseudoOnlineError::Training { what: what.to_owned(), source }),
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
