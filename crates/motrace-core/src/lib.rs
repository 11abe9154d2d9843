//! The nouns and the seams of motrace.
//!
//! Everything that crosses from one crate to another is defined here and nowhere else: channels and
//! their [`Montage`], [`StreamInfo`], [`Marker`], [`Gap`], [`Decision`], [`Relevance`] with its
//! [`Ledger`], and the [`Source`] that samples come from. Time is the sample index: a stream's first
//! sample has index 0, windows fire at indices, and nothing after a source reads a clock.
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]
#![forbid(unsafe_code)]

mod decision;
mod electrodes;
mod layer_ledger;
mod montage;
mod probabilities;
mod quality;
mod relevance;
mod sample_format;
mod sample_values;
mod source;
mod stream;
mod text;
mod trial;
mod unit;

pub use decision::{Decision, DecisionKind, Veto};
pub use electrodes::{canonical_label, electrode_position};
pub use layer_ledger::LayerLedger;
pub use montage::{Montage, MontageMismatch};
pub use probabilities::{MAX_CLASSES, Probabilities};
pub use quality::{ChannelQuality, Condition};
pub use relevance::{Ledger, Relevance, View};
pub use sample_format::SampleFormat;
pub use sample_values::SampleValues;
pub use source::{Poll, Source, SourceError};
pub use stream::{Channel, Role, StreamInfo, StreamLimitError};
pub use text::clean_text;
pub use trial::{Gap, Marker, Trial};
pub use unit::Unit;
