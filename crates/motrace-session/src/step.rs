use crate::{FeedbackKind, Frame, Outcome};
use serde::{Deserialize, Serialize};

/// What a run consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// Trials to train on.
    Calibration,
    /// Trials with feedback.
    Feedback(FeedbackKind),
}

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Words that say what comes.
    Instruction,
    /// Sitting still begins.
    BaselineStart,
    /// Sitting still is over.
    BaselineEnd,
    /// A run begins.
    RunStart,
    /// A trial begins.
    TrialStart,
    /// The cross.
    Fixation,
    /// The warning.
    Beep,
    /// The cue, the target, or the start of the ball.
    Cue,
    /// The cue goes, imagery goes on.
    Imagery,
    /// The imagery is over.
    End,
    /// Decisions move something from here on.
    Control,
    /// How the trial ended.
    Result,
    /// Nothing, between trials.
    Blank,
    /// A break of the protocol begins.
    Break,
    /// The operator's pause begins.
    Pause,
    /// A break or a pause is over.
    Resume,
    /// A trial counts not. Nothing is drawn for it but where the trial was running.
    BrokenOff,
    /// A run is over.
    RunEnd,
}

/// Something to present at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Counts up over the session.
    pub id: u64,
    /// When, on the clock that drives the run.
    pub due_secs: f64,
    /// What it is.
    pub kind: StepKind,
    /// What is to be seen from then on.
    pub frame: Frame,
    /// The text of the marker that goes out when it has been drawn; `None` for what is no event.
    pub marker: Option<String>,
    /// The number of the trial it belongs to.
    pub trial: Option<usize>,
    /// Whether there is anything to draw. Where there is not, its marker goes out with the due time.
    pub draws: bool,
    /// Whether something intervened: steps handed out earlier that are due later than this one are void, and so are
    /// their markers. Screens are told to cancel.
    pub revokes: bool,
}

/// A trial whose cue was presented.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialResult {
    /// Counts the cues, from the number the run began with.
    pub number: usize,
    /// The class of its cue.
    pub class: usize,
    /// How it ended, where it had feedback and came to its end.
    pub outcome: Option<Outcome>,
    /// Why it counts not: the fault that hit it, or that it was broken off.
    pub spoiled: Option<String>,
    /// The step that showed its cue.
    pub cue_id: u64,
    /// For how long the feedback had no decision to go by, in seconds.
    pub stalled_secs: f64,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Trials that are done and count.
    pub done: usize,
    /// Trials there will be.
    pub of: usize,
    /// The number of the trial that is running.
    pub current: Option<usize>,
    /// Whether there is a break of the protocol.
    pub in_break: bool,
}
