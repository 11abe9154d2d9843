//! Recordings: XDF, EDF, EDF+, BDF, GDF, BrainVision and BCI2000 in; XDF, EDF+, BDF+ and BrainVision out; and replay.
//!
//! [`Recording::open`] reads a whole file into [`RecordedStream`]s whose stamps are in one clock, with
//! drop-outs found and reported as gaps. [`Recording::signal`] picks the stream that is decoded,
//! [`Replay`] plays it as a [`motrace_core::Source`], also of a [`Reel`], which leaves the samples in the file; [`Summary`] describes what is in the file, and
//! [`XdfWriter`] writes a recording that stays readable whenever its writer is killed. [`convert`](fn@convert) writes a
//! recording in another format, and says what that format does not hold.
//!
//! Readers take untrusted bytes: they never panic, and the memory they take is bounded by the file's size.
#![forbid(unsafe_code)]

mod bci2000;
mod bids;
mod brainvision;
mod bytes;
mod convert;
mod edf;
mod error;
mod event;
mod field;
mod format;
mod gdf;
mod hashing;
mod provenance;
mod recording;
mod reel;
mod replay;
mod resolution;
mod samples;
mod select;
mod session_event;
mod stored;
mod stream;
mod summary;
mod timeline;
mod timing;
mod warnings;
mod whole;
mod xdf;

pub use bids::{BidsFolder, bids_entity, bids_recordings, has_bids_tables, is_beside_bids, leads_back};
pub use convert::{
    Compared, Conversion, ConvertError, ConvertOptions, ConvertedChannel, ConvertedStream, convert, unfinished_folder,
};
pub use error::{RecordError, SelectError};
pub use event::{EventDetail, RecordedEvent};
pub use format::Format;
pub use gdf::event_name as gdf_event_name;
pub use provenance::{Provenance, SourceFile};
pub use recording::Recording;
pub use reel::{Reel, ReelSignal};
pub use replay::{Replay, ReplayOverrides};
pub use resolution::Resolution;
pub use samples::Samples;
pub use select::StreamQuery;
pub use session_event::{SESSION_EVENTS, SessionEvent, SessionGap, SessionMarker};
pub use stream::{ClockOffset, RecordedStream};
pub use summary::{ChannelSummary, GapSummary, MarkerCount, StreamSummary, Summary};
pub use xdf::{StreamHandle, XdfWriter, utc_text};
