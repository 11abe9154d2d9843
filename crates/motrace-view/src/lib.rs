//! What people see of motrace: topographies and figures, and the dashboard in the terminal.
//!
//! [`Session`] is what is known so far, fed with the events of the core; [`Dashboard`] draws it and
//! understands keys; [`Participant`] draws what the person whose EEG it is looks at; [`SignalBrowser`] shows the
//! signals of a recording that nothing decodes; [`terminal`] owns the screen and gives it back, whatever happens. The views are
//! pure functions of a session, so the same ones serve a live session and a recording.

pub mod dashboard;
pub mod evaluation;
pub mod figure;
pub mod palette;
pub mod participant;
pub mod session;
pub mod signals;
pub mod terminal;
pub mod topography;

pub use dashboard::{Action, CourseKey, Dashboard};
pub use evaluation::EvaluationPage;
pub use participant::Participant;
pub use session::{
    Agreement, Check, Comparison, Counters, Course, CourseStep, Latency, Phase, Prompt, Score, Session, SessionSetup,
    Shadow, StepState, StreamHealth, StreamState, TimingFigures, TrainedFigures, TrialEntry, TrialRecord, Verdict,
};
pub use signals::{SignalBrowser, SignalChannel, SignalInfo, SignalRequest, SignalWindow};
