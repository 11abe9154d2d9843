use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// Counts shared by the threads of a session.
        #[derive(Debug, Default)]
        pub(super) struct Counters {
            $(pub(super) $name: AtomicU64,)+
        }

        /// What was counted in a session.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
        pub struct LiveCounters {
            $($(#[$doc])* pub $name: u64,)+
        }

        impl Counters {
            pub(super) fn read(&self) -> LiveCounters {
                LiveCounters { $($name: self.$name.load(Relaxed),)+ }
            }
        }
    };
}

counters! {
    /// Samples acquired.
    samples,
    /// Markers acquired.
    markers,
    /// Gaps in the stream.
    gaps,
    /// Samples missing there.
    missing_samples,
    /// Decisions made.
    decisions,
    /// Decisions with a reason not to trust them, staleness included.
    vetoed,
    /// Decisions from data older than the latency budget.
    stale,
    /// Decisions later than their deadline.
    deadline_missed,
    /// Trials without a decision.
    trials_skipped,
    /// Decisions that were explained.
    explained,
    /// Decisions that should have been explained and were not, because the explainer was too slow.
    explanations_dropped,
    /// Samples lost between acquisition and decoder, because it was too slow.
    samples_lost,
    /// Events that a slow view did not take.
    view_dropped,
    /// Items that a slow recorder did not take.
    record_dropped,
}
