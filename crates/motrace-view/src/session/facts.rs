use motrace_core::clean_text;

/// What the session is doing.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Phase {
    /// Looking for the stream.
    #[default]
    Connecting,
    /// Looking at streams, signals, clocks and screens before a session.
    Checking,
    /// Sitting still before the first cue.
    Baseline,
    /// Collecting labelled trials to train on.
    Calibrating {
        /// The running trial, counting from 1.
        trial: usize,
        /// How many there will be.
        of: usize,
    },
    /// Fitting the decoder.
    Training,
    /// Deciding and explaining as the data comes in.
    Deciding,
    /// Trials with feedback.
    Feedback {
        /// The running trial, counting from 1.
        trial: usize,
        /// How many there will be.
        of: usize,
    },
    /// A break between runs.
    Break,
    /// The operator has halted the session.
    PausedByOperator,
    /// Browsing trials of a recording.
    Reviewing,
    /// Done; the text says how it ended.
    Finished(String),
}

impl Phase {
    pub(super) fn cleaned(self) -> Self {
        match self {
            Self::Finished(text) => Self::Finished(clean_text(&text, 80)),
            other => other,
        }
    }
}

/// The state of a stream.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum StreamState {
    /// Not found yet, or not open yet.
    #[default]
    Connecting,
    /// Samples are coming in.
    Live,
    /// Connected, but nothing has come in for longer than it should.
    Stalled,
    /// Gone; it is being looked for again.
    Lost,
    /// Found, but not what is needed; the text says why.
    Refused(String),
    /// The samples come from a file.
    File,
}

/// A stream and how it is doing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamHealth {
    /// The stream's name.
    pub name: String,
    /// The computer it comes from; empty for files.
    pub host: String,
    /// Its content type, `EEG` for instance.
    pub kind: String,
    /// How many channels it has.
    pub channels: usize,
    /// The sampling rate it declares, in hertz.
    pub rate_nominal_hz: f64,
    /// The sampling rate measured, in hertz.
    pub rate_effective_hz: Option<f64>,
    /// The sender's clock minus this computer's, in seconds.
    pub clock_offset_secs: Option<f64>,
    /// How far that may be off, in seconds.
    pub clock_error_secs: Option<f64>,
    /// Its state.
    pub state: StreamState,
    /// How long ago the newest sample came in, in seconds.
    pub age_secs: Option<f64>,
}

impl StreamHealth {
    pub(super) fn cleaned(self) -> Self {
        let state = match self.state {
            StreamState::Refused(why) => StreamState::Refused(clean_text(&why, 160)),
            other => other,
        };
        Self {
            name: clean_text(&self.name, 40),
            host: clean_text(&self.host, 30),
            kind: clean_text(&self.kind, 16),
            state,
            ..self
        }
    }
}

/// What went missing, and where; everything that is ever dropped is counted here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Gaps in the stream.
    pub gaps: u64,
    /// Samples lost on the way to the decoder.
    pub dropped_samples: u64,
    /// Decisions that were not explained because the explainer was busy.
    pub dropped_relevances: u64,
    /// Markers that came after the samples they belong to were decoded.
    pub late_markers: u64,
    /// Decisions with a reason not to trust them.
    pub vetoed: u64,
    /// Decisions later than the latency budget.
    pub deadline_misses: u64,
}

/// How long the session's work takes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Latency {
    /// Newest sample available → decision, median, in seconds.
    pub p50_secs: f64,
    /// The same, 99th percentile.
    pub p99_secs: f64,
    /// The same, maximum.
    pub max_secs: f64,
    /// Explaining one decision, median, in seconds.
    pub explain_p50_secs: Option<f64>,
    /// The same, 99th percentile.
    pub explain_p99_secs: Option<f64>,
}

/// How well it decides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Share of trials decided right, 0 to 1.
    pub accuracy: f64,
    /// Over this many trials.
    pub trials: usize,
    /// The upper end of the 95 % interval that guessing reaches, 0 to 1.
    pub chance_upper: f64,
    /// Cohen's κ.
    pub kappa: f64,
}
