mod presets;

use serde::{Deserialize, Serialize};

/// What a session consists of: the `[session]` part of a configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Protocol {
    /// The seed of the order of the cues and of the pauses; a new one for each session where it is left out.
    pub seed: Option<u64>,
    /// Sitting still before the first run, in seconds.
    pub baseline_secs: f64,
    /// What cues look like.
    pub symbols: Symbols,
    /// Whether the terminal's bell sounds before a cue.
    pub beep: bool,
    /// Whether feedback shows the live topography of why.
    pub show_why: bool,
    /// Trials to train on.
    pub calibration: CalibrationPlan,
    /// Runs with feedback, one after the other, `[[session.feedback]]`.
    pub feedback: Vec<FeedbackPlan>,
}

impl Default for Protocol {
    fn default() -> Self {
        Self {
            seed: None,
            baseline_secs: 20.0,
            symbols: Symbols::default(),
            beep: true,
            show_why: false,
            calibration: CalibrationPlan::default(),
            feedback: vec![FeedbackPlan::default()],
        }
    }
}

/// What cues look like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symbols {
    /// Arrows: left for the first class, right for the second.
    #[default]
    Arrows,
    /// Hands and feet, by the names of the classes; a word where a name is neither.
    Limbs,
    /// The names of the classes.
    Words,
}

/// The course of a calibration trial, in seconds from its beginning.
///
/// The default is the Graz protocol: cross, beep at 2 s, cue at 3 s for 1.25 s, imagery until 7 s, and a pause of
/// random length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrialTiming {
    /// When the bell sounds.
    pub beep_at_secs: f64,
    /// When the cue comes.
    pub cue_at_secs: f64,
    /// How long it is shown; the cross stays.
    pub cue_secs: f64,
    /// When the imagery ends.
    pub end_at_secs: f64,
    /// The pause after it: at least and at most.
    pub pause_secs: [f64; 2],
}

impl Default for TrialTiming {
    fn default() -> Self {
        Self { beep_at_secs: 2.0, cue_at_secs: 3.0, cue_secs: 1.25, end_at_secs: 7.0, pause_secs: [1.5, 3.5] }
    }
}

/// `[session.calibration]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalibrationPlan {
    /// How many runs.
    pub runs: usize,
    /// Trials of each class in a run.
    pub trials_per_class: usize,
    /// So many trials of each class are shuffled together; all of a run where it is 0.
    pub block_per_class: usize,
    /// The break between two runs, in seconds; the operator may end it earlier.
    pub break_secs: f64,
    /// The course of a trial.
    pub timing: TrialTiming,
}

impl Default for CalibrationPlan {
    fn default() -> Self {
        Self { runs: 2, trials_per_class: 10, block_per_class: 5, break_secs: 30.0, timing: TrialTiming::default() }
    }
}

/// How feedback looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedbackKind {
    /// A bar that grows to the side that is decided for.
    #[default]
    Bar,
    /// A cursor that has to reach a target and stay on it.
    Cursor,
    /// Brain Pong: a bar that has to be under the ball when it comes down.
    Pong,
}

/// `[[session.feedback]]`: one run.
///
/// A trial of bar or cursor lasts, by default, 7 s: 1 s with the target, 3 s of control, 1 s with the result, 2 s blank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeedbackPlan {
    /// How it looks.
    pub kind: FeedbackKind,
    /// Trials of each class (balls to each side).
    pub trials_per_class: usize,
    /// So many trials of each class are shuffled together.
    pub block_per_class: usize,
    /// The target is shown for so long before control begins, in seconds.
    pub target_secs: f64,
    /// Control lasts so long at most, in seconds.
    pub control_secs: f64,
    /// The result is shown for so long, in seconds.
    pub result_secs: f64,
    /// Nothing is shown for so long before the next trial, in seconds.
    pub blank_secs: f64,
    /// The time constant of the exponential smoothing, in seconds.
    pub smoothing_secs: f64,
    /// A cursor has to stay on a target for so long, in seconds.
    pub dwell_secs: f64,
    /// Decision values between −this and this move nothing.
    pub idle_threshold: f64,
    /// Brain Pong: the time of the ball from ceiling to bar, in seconds.
    pub fall_secs: f64,
    /// Brain Pong: the bar's width as a share of the field's.
    pub bar_width: f64,
    /// A pause after so many trials; none where it is 0.
    pub pause_every: usize,
    /// Its length, in seconds; the operator may end it earlier.
    pub break_secs: f64,
}

impl Default for FeedbackPlan {
    fn default() -> Self {
        Self {
            kind: FeedbackKind::Bar,
            trials_per_class: 10,
            block_per_class: 5,
            target_secs: 1.0,
            control_secs: 3.0,
            result_secs: 1.0,
            blank_secs: 2.0,
            smoothing_secs: 1.0,
            dwell_secs: 1.0,
            idle_threshold: 0.0,
            fall_secs: 2.7,
            bar_width: 0.3,
            pause_every: 10,
            break_secs: 15.0,
        }
    }
}

/// What is impossible in a protocol, with the key it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtocolError(pub String);

impl std::fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ProtocolError {}

impl Protocol {
    /// Checks that it can be run; `window_end_secs` is where the decoded window ends after a cue.
    ///
    /// # Errors
    /// The first thing that cannot be, with its key.
    pub fn check(&self, window_end_secs: f64) -> Result<(), ProtocolError> {
        let within = |key: &str, value: f64, low: f64, high: f64| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(ProtocolError(format!("{key} = {value}: {low} to {high} is possible")))
            }
        };
        within("[session] baseline_secs", self.baseline_secs, 0.0, 3600.0)?;
        let calibration = &self.calibration;
        within("[session.calibration] trials_per_class", calibration.trials_per_class as f64, 1.0, 1000.0)?;
        within("[session.calibration] runs", calibration.runs as f64, 0.0, 100.0)?;
        within("[session.calibration] break_secs", calibration.break_secs, 0.0, 3600.0)?;
        let timing = &calibration.timing;
        within("[session.calibration.timing] cue_at_secs", timing.cue_at_secs, 0.0, 60.0)?;
        within("[session.calibration.timing] beep_at_secs", timing.beep_at_secs, 0.0, timing.cue_at_secs)?;
        within("[session.calibration.timing] cue_secs", timing.cue_secs, 0.1, 60.0)?;
        let [low, high] = timing.pause_secs;
        within("[session.calibration.timing] pause_secs, the shorter one", low, 0.1, 600.0)?;
        within("[session.calibration.timing] pause_secs, the longer one", high, low, 600.0)?;
        // The next trial must not begin before the window of this one is over.
        let needed = timing.cue_at_secs + timing.cue_secs.max(window_end_secs - low);
        within("[session.calibration.timing] end_at_secs", timing.end_at_secs, needed, 600.0)?;
        for run in &self.feedback {
            within("[[session.feedback]] trials_per_class", run.trials_per_class as f64, 1.0, 1000.0)?;
            within("[[session.feedback]] target_secs", run.target_secs, 0.0, 60.0)?;
            within("[[session.feedback]] control_secs", run.control_secs, 0.5, 600.0)?;
            within("[[session.feedback]] result_secs", run.result_secs, 0.0, 60.0)?;
            within("[[session.feedback]] blank_secs", run.blank_secs, 0.1, 600.0)?;
            within("[[session.feedback]] smoothing_secs", run.smoothing_secs, 0.0, 60.0)?;
            within("[[session.feedback]] dwell_secs", run.dwell_secs, 0.0, run.control_secs)?;
            within("[[session.feedback]] idle_threshold", run.idle_threshold, 0.0, 10.0)?;
            within("[[session.feedback]] fall_secs", run.fall_secs, 0.5, 60.0)?;
            within("[[session.feedback]] bar_width", run.bar_width, 0.05, 0.9)?;
            within("[[session.feedback]] break_secs", run.break_secs, 0.0, 3600.0)?;
        }
        Ok(())
    }
}
