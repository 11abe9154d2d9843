//! Public recordings: fetched, checked and kept.
//!
//! [`Dataset`] says what there is, under which licence and how it is cited; [`Selection`] which part of it is wanted;
//! [`fetch`](fn@fetch) brings that part into a folder. A download that was interrupted goes on where it stopped, and a file gets its
//! name only once it is whole and its checksum is right. Where the source publishes no checksums, those of the first
//! download are written into a lock file and hold from then on.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod checksums;
mod client;
mod dataset;
mod download;
mod error;
mod fetch;
mod folder;
mod lock_file;
mod part;
mod selection;

pub use client::Patience;
pub use dataset::{Dataset, Published};
pub use error::FetchError;
pub use fetch::{Checked, FetchPlan, Fetched, PlannedFile, Progress, State, fetch};
pub use folder::cache_folder;
pub use selection::{Selection, SelectionError, parse_numbers};
