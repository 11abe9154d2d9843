/// An event in time: a cue, an annotation, a string from a marker stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    /// The sample it falls on: the first one whose time is not before the marker's.
    pub index: u64,
    /// Its time in the stream's own clock, in seconds (the first sample of a file is not always at 0).
    pub time_secs: f64,
    /// What it says, as it was written (not cleaned for display).
    pub text: String,
}

/// A place where samples are missing. The sample index counts received samples only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// The first sample after the gap.
    pub index: u64,
    /// How many samples are missing; 0 where only the clock jumped.
    pub missing_samples: u64,
    /// How long it lasted, in seconds.
    pub length_secs: f64,
}

/// One trial: a cue that belongs to a class, and the window that is decoded after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Counts from 1 within a recording or session.
    pub number: usize,
    /// The class of its cue: an index into the model's class names.
    pub class: usize,
    /// The sample of its cue.
    pub cue: u64,
    /// The first sample of its window.
    pub start: u64,
    /// One past the last sample of its window.
    pub end: u64,
}
