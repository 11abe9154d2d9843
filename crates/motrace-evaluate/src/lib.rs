//! How good decoders are, in a way that survives review.
//!
//! An [`Evaluation`] is planned from recordings and [`Settings`], consists of jobs (one decoder, one protocol, one test
//! set, one subject each), and is done on as many threads, processes or machines as there are; what each job found is a
//! [`JobResult`], kept in a [`ResultsFolder`] or in memory. A [`Report`] is made of the [`Plan`] and these results alone.
//!
//! Everything that learns is trained inside each job on its training trials: spatial filters, classifiers, standardisation,
//! rejection of artefacts, and on request the choice of band, window and patterns by a validation within them. Results are
//! the same in whatever order and on however many threads the jobs are done.
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]
#![forbid(unsafe_code)]

mod decoder;
mod error;
mod evaluation;
mod headline;
mod job;
mod material;
mod people;
mod pipelines;
mod plan;
mod protocol;
mod recording_input;
mod report;
mod results;
mod results_folder;
mod settings;

pub use decoder::{DecoderId, DecoderKind};
pub use error::EvaluateError;
pub use evaluation::{Evaluation, Outcome, Step};
pub use headline::headline;
pub use people::{Provenance, person_of};
pub use plan::{Plan, PlannedJob};
pub use protocol::Protocol;
pub use recording_input::{RecordingInput, Tapes};
pub use report::{
    Cell, Chance, Comparison, Course, CoursePoint, CurvePoint, Mean, MeanRelevance, MetricFigure, Patterns,
    PseudoOnlineCell, PseudoOnlineMean, Relevance, Report, ReportSettings,
};
pub use results::{
    Choice, ClassRelevance, FoldCourse, FoldFigures, FoldPattern, FoldRelevance, FoldResult, Job, JobResult,
    LeftOutTrial, Prediction, RecordingSummary, SubjectSummary,
};
pub use results_folder::{Merged, ResultsFolder, merge};
pub use settings::{NetworkRecipe, PseudoOnlineRecipe, Selection, Settings, Training};
