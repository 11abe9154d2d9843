//! The course of a session: which cue comes when, what the participant sees, and how feedback moves.
//!
//! Everything here is a state machine in seconds that somebody else's clock drives: nothing waits, draws or
//! sends. A [`Protocol`] says what a session consists of; [`Scene`] and [`Frame`] are what the participant sees;
//! [`StageMessage`] and [`ScreenMessage`] carry them to a second terminal and the times of drawing back.
#![forbid(unsafe_code)]

mod game;
mod interlude;
pub mod markers;
mod order;
mod protocol;
mod run;
mod scene;
mod smoothing;
mod stage;
mod step;
mod symbols;
pub mod texts;
mod timeline;
mod timing;

pub use game::{CURSOR_EDGE, VALUE_LIMIT, pong_gain};
pub use interlude::{Baseline, Rest};
pub use protocol::{CalibrationPlan, FeedbackKind, FeedbackPlan, Protocol, ProtocolError, Symbols, TrialTiming};
pub use run::{READY_SECS, Run};
pub use scene::{Evidence, Frame, Outcome, PongScene, Scene, Side, Symbol};
pub use smoothing::{HOLD_SECS, Smoothing};
pub use stage::{SCREEN_KIND, STAGE_KIND, ScreenMessage, StageMessage};
pub use step::{Progress, RunKind, Step, StepKind, TrialResult};
pub use timeline::LEAD_SECS;
pub use timing::{LATE_SECS, Timing, TimingLog, TimingSummary};
