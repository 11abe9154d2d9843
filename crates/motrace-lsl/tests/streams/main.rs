//! Streams over the loopback: what is sent arrives, and what goes wrong is noticed.
#![allow(clippy::unwrap_used, missing_docs)]

mod faults;
mod hostile;
mod impostor;
mod raw;
mod reference;
mod round_trip;
mod support;
mod texts;
