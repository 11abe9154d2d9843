//! A seeded motor-imagery brain whose truth is known.
//!
//! Current dipoles in a spherical head of four shells make the EEG at 10-10 electrodes: a 1/f background from all
//! over the cortex, occipital alpha, and µ and β rhythms at the hand areas and the foot area that weaken while the
//! person imagines a movement (event-related desynchronisation). Blinks, muscle bursts, mains hum and drop-outs
//! come on top. A [`Simulation`] gives one sample at a time for as long as is wanted, and is a
//! [`motrace_core::Source`]; its [`Truth`] says which dipole, which channels and which samples carry the class.
//!
//! The same settings give the same bits on the same platform: randomness is ChaCha8 turned into numbers by integer
//! and IEEE operations only. The sines, exponentials and roots of the set-up come from the platform's library
//! and can differ in their last bit between platforms, which in 32-bit samples hardly ever shows.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod artefacts;
mod background;
mod error;
mod head;
mod imagery;
mod noise;
mod person;
mod protocol;
mod settings;
mod simulation;
mod source;
mod truth;

pub use error::SimulationError;
pub use head::{Dipole, leadfield};
pub use imagery::{Area, Imagery};
pub use settings::{Cues, SimulationSettings, TrialTiming};
pub use simulation::{Simulation, Step};
pub use truth::{ArtefactKind, ArtefactTruth, RhythmSource, TrialTruth, Truth};
