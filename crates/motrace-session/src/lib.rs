//! The course of a session: which cue comes when, what the participant sees, and how feedback moves.
//!
//! Everything here is a state machine in seconds that somebody else's clock drives: nothing waits, draws or
//! sends. A [`Protocol`] says what a session consists of; [`Scene`] and [`Frame`] are what the participant sees;
//! [`StageMessage`] and [`ScreenMessage`] carry them to a second terminal and the times of drawing back.
//!
//! # Driving a run
//!
//! ```
//! use motrace_session::{Protocol, Run, TimingLog};
//!
//! let classes = ["left_hand", "right_hand"].map(str::to_owned);
//! let cue_markers = ["769", "770"].map(str::to_owned);
//! let mut run = Run::calibration(&Protocol::default(), &classes, &cue_markers, 7).numbered(1, 1, 1);
//! let mut timing = TimingLog::default();
//! let mut clock_secs = 0.0; // somebody's monotonic clock
//! let mut sent = Vec::new();
//! run.start(clock_secs);
//! while !run.is_over() {
//!     for step in run.advance(clock_secs) {
//!         if step.revokes {
//!             // Screens forget what they were given and have not drawn.
//!         }
//!         // A screen draws `step.frame` at `step.due_secs` and tells when it did; then the marker goes out with
//!         // that time. Steps that draw nothing have theirs sent with the due time.
//!         let shown_secs = step.due_secs + 0.004;
//!         timing.push(step.id, step.due_secs, shown_secs);
//!         sent.extend(step.marker.map(|text| (shown_secs, text)));
//!     }
//!     // Sleeps until then, or until a decision or the operator comes, which it is told by `control`, `pause`, …
//!     clock_secs = run.next_due_secs().unwrap_or(clock_secs);
//! }
//! assert_eq!(run.progress().done, 20);
//! assert_eq!(sent.last().map(|(_, text)| text.as_str()), Some("run-end"));
//! ```
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
