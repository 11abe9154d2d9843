use super::{
    DecisionStream, Detector, EventScore, EventSettings, OperatingPoint, PseudoOnlineError, ThresholdRule,
    choose_threshold, operating_curve, score_events,
};
use crate::{Model, Preparation};
use motrace_core::clean_text;
use serde::{Deserialize, Serialize};

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
    /// The class that means idling, by its name: it makes no events, and its trials are idle time.
    pub idle_class: Option<String>,
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
    /// Whether the decoder's probabilities were calibrated by trials that it had not seen.
    pub is_calibrated: bool,
    /// The recordings that were scored.
    pub scored_on: Vec<String>,
    /// The detector, with its threshold.
    pub detector: Detector,
    /// How the threshold was found.
    pub rule: ThresholdRule,
    /// The class that means idling, where one does.
    pub idle_class: Option<String>,
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

impl PseudoOnlineSettings {
    /// The usual settings, see [`EventSettings::usual`]: the threshold after Youden's index, by decisions in five blocks.
    #[must_use]
    pub fn usual(imagery_secs: f64, sliding_secs: f64) -> Self {
        let events = EventSettings::usual(imagery_secs, sliding_secs);
        Self { events, threshold: ThresholdRule::Youden, folds: 5, other_cues: Vec::new(), idle_class: None }
    }

    /// The place of the class that means idling.
    pub(super) fn idle_class_of(&self, preparation: &Preparation) -> Result<Option<usize>, PseudoOnlineError> {
        let Some(wanted) = &self.idle_class else { return Ok(None) };
        let names = preparation.class_names();
        let unknown = || PseudoOnlineError::NoSuchClass { wanted: clean_text(wanted, 40), classes: names.join(", ") };
        names.iter().position(|name| name == wanted).map(Some).ok_or_else(unknown)
    }

    /// Checks that everything is possible for a decoder with this preparation.
    ///
    /// # Errors
    /// The first thing that is not.
    pub fn check_for(&self, preparation: &Preparation) -> Result<(), PseudoOnlineError> {
        self.check()?;
        self.idle_class_of(preparation).map(|_| ())
    }

    /// Checks that everything is possible.
    ///
    /// # Errors
    /// The first thing that is not.
    pub fn check(&self) -> Result<(), PseudoOnlineError> {
        self.events.check()?;
        match self.threshold {
            ThresholdRule::At(threshold) if !(0.0..=1.0).contains(&threshold) => {
                Err(PseudoOnlineError::Threshold(threshold))
            }
            ThresholdRule::FalseAlarmsPerMinute(most) if !(most >= 0.0 && most.is_finite()) => {
                Err(PseudoOnlineError::Rate(most))
            }
            _ => Ok(()),
        }
    }
}

impl PseudoOnline {
    /// What a model that was trained elsewhere is worth on one recording, given the sliding decisions that it made there.
    ///
    /// A threshold that is not given is chosen by the first half of the trials, and the rest alone is scored.
    ///
    /// # Errors
    /// Where there is nothing to choose by, or to score.
    pub fn of_model(
        model: &Model,
        recording: &str,
        mut stream: DecisionStream,
        settings: &PseudoOnlineSettings,
    ) -> Result<Self, PseudoOnlineError> {
        settings.check()?;
        stream.idle_class = settings.idle_class_of(&model.preparation)?;
        let (chosen, scored) = match settings.threshold {
            ThresholdRule::At(_) => (None, stream),
            rule => {
                let border = stream.middle(settings.events.timing).ok_or(PseudoOnlineError::NothingToChooseBy)?;
                let first = stream.clone().between(0, border);
                (Some(choose_threshold(&[first], rule, &settings.events)?), stream.between(border, u64::MAX))
            }
        };
        if !scored.has_trials() {
            return Err(PseudoOnlineError::NothingToScore);
        }
        Self::of(model, &[scored], vec![recording.to_owned()], chosen, settings)
    }

    /// What a model is worth on recordings, given what it decided there and the choice of the threshold where it was not given.
    pub(super) fn of(
        model: &Model,
        streams: &[DecisionStream],
        scored_on: Vec<String>,
        chosen: Option<OperatingPoint>,
        settings: &PseudoOnlineSettings,
    ) -> Result<Self, PseudoOnlineError> {
        let threshold = match (chosen, settings.threshold) {
            (Some(point), _) => point.threshold,
            (None, ThresholdRule::At(threshold)) => threshold,
            (None, _) => return Err(PseudoOnlineError::NothingToChooseBy),
        };
        let detector = settings.events.detector(threshold);
        let classes: Vec<String> = model.preparation.class_names().into_iter().map(str::to_owned).collect();
        Ok(Self {
            decoder: model.decoder.title().to_owned(),
            trained_on: model.about.recordings.iter().map(|stamp| stamp.name.clone()).collect(),
            is_calibrated: model.about.accuracy.is_some(),
            trained_trials: model.about.trained_trials.clone(),
            scored_on,
            detector,
            rule: settings.threshold,
            idle_class: settings.idle_class.clone(),
            chosen,
            imagery_secs: settings.events.timing.imagery_secs,
            after_secs: settings.events.timing.after_secs,
            hop_secs: model.preparation.hop_secs,
            score: score_events(streams, &detector, classes.len(), &settings.events),
            curve: operating_curve(streams, &settings.events),
            classes,
        })
    }
}
