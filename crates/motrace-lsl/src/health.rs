/// What a stream is doing now.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamState {
    /// Data arrives.
    Live,
    /// The connection stands, but nothing has come for longer than the watchdog allows.
    Stalled {
        /// When the last data came, in seconds on the local LSL clock.
        since: f64,
    },
    /// The connection is gone; the source is being looked for.
    Lost,
    /// Data arrives again, for the first two seconds after it was gone.
    Reconnected,
    /// What answers in its place must not be used, for the reason given; the search goes on.
    Refused(String),
}

/// A change of state, and when it was noticed.
#[derive(Debug, Clone, PartialEq)]
pub struct StateChange {
    /// Seconds on the local LSL clock.
    pub at_secs: f64,
    /// The stream it is about: its name, cleaned for display.
    pub stream: String,
    /// The state from then on.
    pub state: StreamState,
}

/// What has happened since the source was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Samples received.
    pub samples: u64,
    /// Old samples that were thrown away before going live.
    pub flushed: u64,
    /// Samples lost because nobody polled in time and the library's buffer ran over.
    pub dropped: u64,
    /// Gaps reported, jumps of the source's clock included.
    pub gaps: u64,
    /// Samples missing in them.
    pub missing_samples: u64,
    /// Stamps equal to the one before.
    pub duplicate_stamps: u64,
    /// Stamps before the one before.
    pub backward_stamps: u64,
    /// Markers delivered.
    pub markers: u64,
    /// Markers dropped because they belong to samples that are forgotten.
    pub late_markers: u64,
    /// Markers dropped because they are stamped further ahead than is buffered.
    pub early_markers: u64,
    /// Markers dropped because they are longer than 64 KiB, or too many wait.
    pub oversized_markers: u64,
    /// Markers placed without a measured clock offset.
    pub unsynchronised_markers: u64,
    /// Times the stream stalled.
    pub stalls: u64,
    /// Times it was found again.
    pub reconnections: u64,
}

/// A snapshot of how a stream is doing, cheap to take and to hand to a display.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamHealth {
    /// What it is doing now.
    pub state: StreamState,
    /// What to add to its stamps to get the local LSL clock, in seconds; `None` until it has been measured.
    pub clock_offset_secs: Option<f64>,
    /// How far the offset can be off: half the shortest recent round trip.
    pub clock_error_secs: Option<f64>,
    /// Whether the clocks of this stream and of all marker streams have been compared within the last 8 s.
    pub clocks_synchronised: bool,
    /// The effective rate, from the stamps.
    pub rate_hz: f64,
    /// Its standard error.
    pub rate_error_hz: f64,
    /// The standard deviation of the stamps about a regular spacing.
    pub jitter_secs: f64,
    /// How old the newest sample is now; `None` before the first.
    pub age_secs: Option<f64>,
    /// What has happened so far.
    pub counters: Counters,
}
