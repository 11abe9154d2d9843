//! The course of a session: which cue comes when, what the participant sees, and how feedback moves.
//!
//! Everything here is a state machine in seconds that somebody else's clock drives: nothing waits, draws or
//! sends. A [`Protocol`] says what a session consists of; [`Scene`] and [`Frame`] are what the participant sees;
//! [`StageMessage`] and [`ScreenMessage`] carry them to a second terminal and the times of drawing back.
#![forbid(unsafe_code)]

mod protocol;
mod scene;
mod stage;

pub use protocol::{CalibrationPlan, FeedbackKind, FeedbackPlan, Protocol, ProtocolError, Symbols, TrialTiming};
pub use scene::{Evidence, Frame, Outcome, PongScene, Scene, Side, Symbol};
pub use stage::{SCREEN_KIND, STAGE_KIND, ScreenMessage, StageMessage};
