use crate::{Collected, SkipReason};
use motrace_core::{Decision, Gap, Ledger, Marker, Relevance, Trial, View};
use motrace_decode::Adaptation;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a view is told. Nothing waits for it: what does not fit is dropped and counted.
#[derive(Debug, Clone)]
pub enum LiveEvent {
    /// Samples as acquired, interleaved, in the stream's units.
    Samples {
        /// The index of the first one.
        first: u64,
        /// All channels.
        samples: Arc<[f32]>,
    },
    /// A marker.
    Marker(Marker),
    /// Samples are missing.
    Gap(Gap),
    /// A decision, marked stale where it is.
    Decision {
        /// The decision.
        decision: Decision,
        /// Its trial.
        trial: Option<Trial>,
        /// From the arrival of its newest sample to this decision.
        latency: Duration,
    },
    /// A trial without a decision.
    Skipped(Trial, SkipReason),
    /// A calibration trial.
    Calibration(Collected),
    /// A model decodes from this sample on.
    ModelSet {
        /// The first sample it sees; a replay starts there too.
        first: u64,
        /// Its [`digest`](crate::Model::digest).
        digest: Arc<str>,
    },
    /// The decoder adapts at these rates from this sample on, or no longer does.
    AdaptationSet {
        /// The first sample.
        from: u64,
        /// The rates that hold: what was asked for, as far as the model allows it.
        adaptation: Option<Adaptation>,
    },
    /// A part of the session begins.
    Phase {
        /// Its first sample.
        from: u64,
        /// What it is called.
        name: Arc<str>,
    },
    /// A trial was taken out of the session.
    TrialLeftOut {
        /// Its number.
        trial: usize,
        /// Why.
        why: Arc<str>,
    },
    /// The source cannot go on for now: what it delivers does not fit any more. Decoding pauses.
    Paused(String),
    /// The source goes on after a pause.
    Resumed,
    /// Samples between acquisition and decoder were lost, because it was too slow.
    Lost {
        /// The first one that was lost.
        from: u64,
        /// The first one that was not.
        to: u64,
    },
    /// The source failed; the session is over.
    Failed(String),
    /// The source ended.
    Ended,
}

/// A decision and its relevance.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The decision.
    pub decision: Decision,
    /// Its relevance.
    pub relevance: Arc<Relevance>,
    /// The relevance of what the calibration model says: for trials, while the decoder adapts.
    pub frozen: Option<Arc<Relevance>>,
}

/// What a recorder is told: what was acquired, before any filter, and what was made of it.
#[derive(Debug, Clone)]
pub enum RecordItem {
    /// Samples as acquired, interleaved, in the stream's units.
    Samples {
        /// The index of the first one.
        first: u64,
        /// All channels.
        samples: Arc<[f32]>,
        /// When they were acquired.
        acquired: Instant,
    },
    /// A marker.
    Marker {
        /// The marker.
        marker: Marker,
        /// So many samples were acquired before it was: more than its index where it came late, fewer where early.
        after: u64,
    },
    /// Samples are missing.
    Gap(Gap),
    /// A decision, as a replay gives it too.
    Decision {
        /// The decision.
        decision: Decision,
        /// Its trial.
        trial: Option<Trial>,
        /// From the arrival of its newest sample to this decision.
        latency: Duration,
    },
    /// A decision's relevance, as a replay gives it too.
    Relevance {
        /// The decision.
        decision: Decision,
        /// The digest of all views.
        digest: u64,
        /// The view that stands for all, see [`Relevance::main_view`].
        view: View,
        /// That view's relevance per channel.
        per_channel: Vec<f64>,
        /// Its ledger.
        ledger: Ledger,
        /// The same of what the calibration model says: for trials, while the decoder adapts.
        frozen_per_channel: Option<Vec<f64>>,
    },
    /// A model decodes from this sample on.
    ModelSet {
        /// The first sample it sees.
        first: u64,
        /// Its [`digest`](crate::Model::digest).
        digest: Arc<str>,
    },
    /// The decoder adapts at these rates from this sample on, or no longer does.
    AdaptationSet {
        /// The first sample.
        from: u64,
        /// The rates that hold.
        adaptation: Option<Adaptation>,
    },
    /// A part of the session begins.
    Phase {
        /// Its first sample.
        from: u64,
        /// What it is called.
        name: Arc<str>,
    },
    /// A trial was taken out of the session.
    TrialLeftOut {
        /// Its number.
        trial: usize,
        /// Why.
        why: Arc<str>,
    },
    /// These samples are recorded, but did not reach the decoder.
    Lost {
        /// The first one that was lost.
        from: u64,
        /// The first one that was not.
        to: u64,
    },
}
