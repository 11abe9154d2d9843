//! From a stream to decisions, and from decisions back to channels and time.
//!
//! The sample index is the clock: nothing after a source reads any other, so a decision and its
//! relevance are a function of the stream alone, bit for bit, whatever chunks it came in, live or replayed.
//!
//! - A [`Preparation`] says what lies between a stream and a decoder; a [`Model`] adds the trained
//!   decoder and where it comes from, and is one file.
//! - A [`Decider`] is the deadline path (samples in, decisions out); a [`Tracer`] explains decisions away
//!   from it; an [`Engine`] is both, for replay.
#![forbid(unsafe_code)]

mod channel_map;
mod decider;
mod engine;
mod error;
mod front_end;
mod model;
mod preparation;
mod projection;
mod sample_ring;
mod sanitise;
mod tracer;
mod trial_queue;
mod window_buffer;

pub use channel_map::{ChannelMap, ModelMismatch, RATE_TOLERANCE};
pub use decider::{Decider, Outcome};
pub use engine::{Engine, Event, Explain};
pub use error::EngineError;
pub use model::{About, Model, ModelFileError, RecordingStamp};
pub use preparation::{ClassSpec, Preparation, PreparationError, RAIL_VOLTS, STUCK_SECS};
pub use sample_ring::Missed;
pub use tracer::Tracer;
pub use trial_queue::SkipReason;
pub use window_buffer::WindowBuffer;
