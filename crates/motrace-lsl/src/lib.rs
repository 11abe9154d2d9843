//! Lab Streaming Layer: streams in and out, on time and checked; the only crate of motrace that knows LSL.
//!
//! [`discover`] and [`find_one`] look around, [`LslSource`] reads a regular stream with its marker streams and the
//! markers of a [`MarkerSender`], [`TextInlet`] reads a stream of texts, [`Collector`] opens
//! everything there is as a [`RawInlet`] each, to be recorded as it is, [`Outlet`] publishes. Nothing a stream claims is believed before it is checked, and nothing is allocated for one that is
//! refused. Stamps are taken raw; index ↔ time and the clocks of the sources are fitted here, gaps are found here,
//! and a stream that went away is looked for, and checked again from top to bottom, here.
//!
//! Two libraries can do the transport: `labstream`, in Rust, by default; the reference liblsl with the cargo feature
//! `liblsl`. [`backend_name`] says which. Discovery reaches as far as [`Scope`] says; [`use_loopback`] keeps it on
//! this computer.

mod backend;
mod collector;
mod connection;
mod description;
mod discovery;
mod error;
mod health;
mod marker_sender;
mod markers;
mod offsets;
mod outlet;
mod query;
mod raw_inlet;
mod scope;
mod source;
mod text_feed;
mod text_inlet;
mod timeline;
mod unstamped;

pub use collector::{Arrival, Collector};
pub use discovery::{Survey, discover, find_one, survey};
pub use error::LslError;
pub use health::{Counters, StateChange, StreamHealth, StreamState};
pub use marker_sender::MarkerSender;
pub use outlet::Outlet;
pub use query::StreamQuery;
pub use raw_inlet::{ClockMeasurement, RawInlet};
pub use scope::{Scope, loopback_config, use_loopback};
pub use source::{LslOptions, LslSource};
pub use text_inlet::{TextInlet, TimedText};

/// The LSL clock of this computer, in seconds since an arbitrary moment.
#[must_use]
pub fn clock() -> f64 {
    backend::clock()
}

/// Which library does the transport.
#[must_use]
pub fn backend_name() -> &'static str {
    backend::NAME
}
