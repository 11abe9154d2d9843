//! From a stream to decisions, and from decisions back to channels and time.
//!
//! The sample index is the clock: nothing after a source reads any other, so a decision and its
//! relevance are a function of the stream alone, bit for bit, whatever chunks it came in, live or replayed.
//!
//! - A [`Preparation`] says what lies between a stream and a decoder; a [`Model`] adds the trained [`Decoder`],
//!   CSP + LDA or a small network, and where it comes from, and is one file.
//! - A [`Decider`] is the deadline path (samples in, decisions out); a [`Tracer`] explains decisions away
//!   from it; an [`Engine`] is both, for replay ([`run_replay`]).
//! - [`Live`] runs the same decider and tracer on threads, beside a source that is under way.
//! - A [`Tape`] holds what a model is [`train`]ed on, and a [`Score`] adds up what a model is worth.
//! - [`pseudo_online`] says what would have been detected in a recording, idle time included, and how often for nothing.
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]
#![forbid(unsafe_code)]

mod band_windows;
mod channel_map;
mod decider;
mod decision_record;
mod decoder;
mod engine;
mod epochs;
mod error;
mod front_end;
mod input_stage;
mod live;
mod model;
mod pace;
mod preparation;
mod projection;
mod pseudo_online;
mod replay;
mod sample_ring;
mod sanitise;
mod score;
mod tape;
mod tracer;
mod train;
mod trial_queue;
mod window_buffer;

pub use band_windows::{BandWindows, collect_bands};
pub use channel_map::{ChannelMap, ModelMismatch, RATE_TOLERANCE};
pub use decider::{Decider, Outcome};
pub use decision_record::DecisionRecord;
pub use decoder::{Decoder, Logits, NetworkDecoder, NetworkReader, NetworkTraining};
pub use engine::{Change, Engine, Event, Explain};
pub use epochs::{Collected, EpochCollector, EpochsError, collect_epochs, stack_epochs};
pub use error::EngineError;
pub use input_stage::InputStage;
pub use live::{Explained, Live, LiveCounters, LiveEvent, LiveOptions, Plan, RecordItem};
pub use model::{About, Model, ModelFileError, RecordingStamp};
pub use motrace_decode::Adaptation;
pub use pace::hop_duration;
pub use preparation::{
    ClassSpec, IMPOSSIBLE_VOLTS, Preparation, PreparationError, RAIL_REPEATS, RAIL_VOLTS, STUCK_SECS,
};
pub use pseudo_online::{
    ChanceFigure, CuedTrial, DecisionStream, Detection, Detector, Estimate, EventChance, EventScore, EventSettings,
    OperatingPoint, Part, PseudoOnline, PseudoOnlineError, PseudoOnlineSettings, Step, ThresholdRule, Timing,
    choose_threshold, chronological_parts, operating_curve, pseudo_online, score_events,
};
pub use replay::{StreamCount, run_replay, run_replay_timed};
pub use sample_ring::Missed;
pub use score::{Latencies, LatencyBin, LatencyFigures, ReplaySummary, Score};
pub use tape::{Tape, TapePlayer};
pub use tracer::{Traced, Tracer, WindowExplainer};
pub use train::{
    Artefact, DecoderSettings, ImportError, Imported, NetworkSettings, TrainSettings, TrainStep, Trained,
    TrainingCheckpoints, TrainingError, Tuning, import_network, train, train_with, unusable_channels,
};
pub use trial_queue::SkipReason;
pub use window_buffer::WindowBuffer;
