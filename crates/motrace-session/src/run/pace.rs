use crate::game::{Ball, waiting_scene};
use crate::markers;
use crate::timeline::{Look, Scheduled};
use crate::{FeedbackKind, FeedbackPlan, Frame, Outcome, Scene, Side, StepKind, Symbol, TrialTiming};

/// Brain Pong: how long a result is shown at most, and the next ball waits at most, in seconds.
const PONG_AFTER_SECS: [f64; 2] = [1.0, 0.5];

/// The course of a run's trials.
#[derive(Debug, Clone)]
pub(super) enum Pace {
    Calibration { timing: TrialTiming, beep: bool },
    Feedback(FeedbackPlan),
}

/// What is known of a trial when it begins.
pub(super) struct TrialSteps {
    pub steps: Vec<Scheduled>,
    pub cue_secs: f64,
    /// When decisions begin to move something.
    pub control_secs: f64,
    pub end_secs: Option<f64>,
}

impl Pace {
    /// The steps up to where the trial ends or a game decides.
    pub fn trial(
        &self,
        start_secs: f64,
        side: Side,
        symbol: &Symbol,
        ball: Ball,
        marker: String,
        score: Option<[u32; 2]>,
    ) -> TrialSteps {
        match self {
            Self::Calibration { timing, beep } => calibration_trial(timing, *beep, start_secs, symbol, marker),
            Self::Feedback(plan) => {
                let scene = waiting_scene(plan, side, symbol, ball);
                let frame = Frame { score, ..Frame::of(scene) };
                let target_secs = if plan.kind == FeedbackKind::Pong { 0.0 } else { plan.target_secs };
                let control_secs = start_secs + target_secs;
                let control = Scheduled::fixed(control_secs, StepKind::Control, frame.clone());
                let look = Look::Game { score: score.unwrap_or_default() };
                TrialSteps {
                    steps: vec![
                        Scheduled::fixed(start_secs, StepKind::TrialStart, frame.clone()).marked(markers::TRIAL_START),
                        Scheduled::fixed(start_secs, StepKind::Cue, frame).marked(marker),
                        Scheduled { look, ..control.marked(markers::CONTROL) },
                    ],
                    cue_secs: start_secs,
                    control_secs,
                    end_secs: None,
                }
            }
        }
    }

    /// How long the result is shown, and how long nothing after it.
    pub fn after_secs(&self) -> [f64; 2] {
        match self {
            Self::Calibration { .. } => [0.0; 2],
            Self::Feedback(plan) if plan.kind == FeedbackKind::Pong => {
                [plan.result_secs.min(PONG_AFTER_SECS[0]), plan.blank_secs.min(PONG_AFTER_SECS[1])]
            }
            Self::Feedback(plan) => [plan.result_secs, plan.blank_secs],
        }
    }

    /// The pause after a calibration trial, for a number from 0 to 1.
    pub fn pause_secs(&self, share: f64) -> f64 {
        match self {
            Self::Calibration { timing, .. } => {
                let [low, high] = timing.pause_secs;
                low + (high - low) * share
            }
            Self::Feedback(_) => 0.0,
        }
    }

    pub fn pause_every(&self) -> usize {
        match self {
            Self::Calibration { .. } => 0,
            Self::Feedback(plan) => plan.pause_every,
        }
    }

    pub fn break_secs(&self) -> f64 {
        match self {
            Self::Calibration { .. } => 0.0,
            Self::Feedback(plan) => plan.break_secs,
        }
    }

    pub fn bar_width(&self) -> f64 {
        match self {
            Self::Calibration { .. } => 0.0,
            Self::Feedback(plan) => plan.bar_width,
        }
    }

    /// What is seen between trials, where it is not nothing.
    pub fn between_scene(&self, ball: Ball) -> Option<Scene> {
        match self {
            Self::Feedback(plan) if plan.kind == FeedbackKind::Pong => {
                Some(waiting_scene(plan, Side::Left, &Symbol::Rest, ball))
            }
            _ => None,
        }
    }

    /// How long so many trials take, with the breaks between them.
    pub fn expected_secs(&self, trials: usize, ready_secs: f64) -> f64 {
        let trial_secs = match self {
            Self::Calibration { timing, .. } => timing.end_at_secs + timing.pause_secs.iter().sum::<f64>() / 2.0,
            Self::Feedback(plan) => {
                let [result_secs, blank_secs] = self.after_secs();
                let active_secs = match plan.kind {
                    FeedbackKind::Pong => plan.fall_secs,
                    FeedbackKind::Bar | FeedbackKind::Cursor => plan.target_secs + plan.control_secs,
                };
                active_secs + result_secs + blank_secs
            }
        };
        let breaks = match self.pause_every() {
            0 => 0,
            every => trials.saturating_sub(1) / every,
        };
        trials as f64 * trial_secs + breaks as f64 * (self.break_secs() + ready_secs)
    }
}

fn calibration_trial(timing: &TrialTiming, beep: bool, start_secs: f64, symbol: &Symbol, marker: String) -> TrialSteps {
    let cross = Frame::of(Scene::Fixation);
    let cue_secs = start_secs + timing.cue_at_secs;
    let end_secs = start_secs + timing.end_at_secs;
    let mut steps = vec![
        Scheduled::fixed(start_secs, StepKind::TrialStart, cross.clone()).marked(markers::TRIAL_START),
        Scheduled::fixed(start_secs, StepKind::Fixation, cross.clone()).marked(markers::FIXATION),
    ];
    if beep {
        let frame = Frame { beep: true, ..cross };
        steps.push(Scheduled::fixed(start_secs + timing.beep_at_secs, StepKind::Beep, frame).marked(markers::BEEP));
    }
    steps.push(Scheduled::fixed(cue_secs, StepKind::Cue, Frame::of(Scene::Cue(symbol.clone()))).marked(marker));
    if timing.cue_at_secs + timing.cue_secs < timing.end_at_secs {
        let frame = Frame::of(Scene::Imagery(None));
        steps.push(Scheduled::fixed(cue_secs + timing.cue_secs, StepKind::Imagery, frame));
    }
    steps.push(Scheduled::fixed(end_secs, StepKind::End, Frame::of(Scene::Blank)).marked(markers::IMAGERY_END));
    TrialSteps { steps, cue_secs, control_secs: cue_secs, end_secs: Some(end_secs) }
}

/// What is to be seen when a game has been decided.
pub(super) fn result_scene(game: Option<Scene>, outcome: Outcome) -> Scene {
    match game {
        Some(Scene::Pong(mut pong)) => {
            pong.last = Some(outcome);
            Scene::Pong(pong)
        }
        _ => Scene::Result(outcome),
    }
}
