//! The figures of a report, each with one sentence that says what there is to see.

mod accuracy;
mod relevance;
mod signal;

pub use accuracy::{chance_words, confusion, folds, over_time, so_far};
pub use relevance::{class_courses, class_means, difference, gallery, patterns, rim};
pub use signal::{channels, latency, presentation, timeline};

/// A figure as SVG, and its sentence.
pub type Drawn = (String, String);
