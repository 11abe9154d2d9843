//! The signal path of motrace: from raw samples to what a decoder reads.
//!
//! Filters are designed as [`Sections`] of second order ([`FilterSpec::design`], [`butterworth_bandpass`],
//! [`notch`]), run causally sample by sample in a [`StreamingFilter`], or forward and backward over a whole
//! recording with [`filter_zero_phase`]. A [`Reference`] is a matrix over channels, so it commutes with every
//! filter. A [`MovingStandardiser`] and an [`Envelope`] make of channels what networks read. [`QualityMeter`] watches channels while they stream, [`assess`] judges a recording, and
//! [`welch_psd`] estimates spectra.
//!
//! Nothing here reads a clock, and nothing depends on how samples were cut into chunks.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod butterworth;
mod envelope;
mod error;
mod notch;
mod quality;
mod reference;
mod sections;
mod spec;
mod spectrum;
mod standardise;
mod streaming;
mod tally;
mod zero_phase;

pub use butterworth::{butterworth_bandpass, butterworth_highpass, butterworth_lowpass};
pub use envelope::Envelope;
pub use error::FilterError;
pub use notch::notch;
pub use quality::{QualityMeter, assess};
pub use reference::{Reference, ReferenceError};
pub use sections::Sections;
pub use spec::FilterSpec;
pub use spectrum::{Spectrum, welch_psd};
pub use standardise::MovingStandardiser;
pub use streaming::StreamingFilter;
pub use zero_phase::filter_zero_phase;
