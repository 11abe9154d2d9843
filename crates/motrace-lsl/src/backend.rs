//! The seam to the LSL library: one module per library, with the same functions, chosen at compile time.
//!
//! A backend knows `resolve`, `Inlet`, `Outlet`, `clock` and `set_configuration`. It delivers raw stamps and never
//! recovers a stream by itself; everything that needs judgement lies above it.

#[cfg(not(feature = "liblsl"))]
mod labstream;
#[cfg(not(feature = "liblsl"))]
pub(crate) use labstream::{Handle, Inlet, NAME, Outlet, WAVE, clock, description, resolve, set_configuration};

#[cfg(feature = "liblsl")]
mod liblsl;
#[cfg(feature = "liblsl")]
pub(crate) use liblsl::{Handle, Inlet, NAME, Outlet, WAVE, clock, description, resolve, set_configuration};

use motrace_core::{SampleFormat, clean_text};

/// A stream as it answered a discovery query, before anything it claims is believed.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) source_id: String,
    pub(crate) uid: String,
    pub(crate) host: String,
    pub(crate) channel_count: usize,
    pub(crate) rate_hz: f64,
    pub(crate) format: SampleFormat,
    pub(crate) handle: Handle,
}

impl Found {
    /// The stream in words, cleaned for display.
    pub(crate) fn describe(&self) -> String {
        let shown = |text: &str| clean_text(text, 60);
        let rate = if self.rate_hz == 0.0 { "irregular".to_owned() } else { format!("{} Hz", self.rate_hz) };
        format!(
            "`{}` (type {}, {} channels, {rate}, source_id `{}`, uid {}, on {})",
            shown(&self.name),
            shown(&self.kind),
            self.channel_count,
            shown(&self.source_id),
            shown(&self.uid),
            shown(&self.host)
        )
    }
}

/// One measurement of another clock: what to add to its stamps to get this computer's LSL clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MeasuredOffset {
    pub(crate) offset_secs: f64,
    pub(crate) round_trip_secs: f64,
}
