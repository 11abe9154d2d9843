//! A running session with everything that hangs on it: the engine's threads, the keeper, the picture.

use crate::failure::Failure;
use crate::keeper::{Keeper, Keeping, Kept, Observation};
use crate::publication::Publication;
use crate::recorder::StreamTotal;
use crate::recordings::Described;
use crate::session_feed::{SessionFeed, Story, names_of};
use crossbeam_channel::{Receiver, bounded};
use motrace_core::{Source, StreamInfo};
use motrace_engine::{LatencyBin, Live, LiveCounters, LiveOptions, Plan, ReplaySummary, StreamCount};
use motrace_lsl::{LslSource, StreamHealth};
use motrace_record::ClockOffset;
use motrace_view::Session;
use serde::Serialize;
use std::path::Path;
use std::time::{Duration, Instant};

/// Between two looks at the state of the stream.
const HEALTH_EVERY: Duration = Duration::from_millis(200);
/// Between two clock offsets in the recording.
const OFFSET_EVERY: Duration = Duration::from_secs(5);

/// A session under way.
pub struct LiveRun {
    /// The engine's threads.
    pub live: Live,
    /// What is shown.
    pub feed: SessionFeed,
    keeper: Keeper,
    class_names: Vec<String>,
    rate_hz: f64,
    source_error: Option<String>,
}

/// What a source on the network has beside its samples: its state, its streams where all others are recorded, and where
/// decisions are sent.
type OfNetwork = (Option<Receiver<StreamHealth>>, Option<Vec<StreamInfo>>, Option<Publication>);

/// How a session went.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Decisions, trials, conservation, latency.
    #[serde(flatten)]
    pub summary: ReplaySummary,
    /// Samples that did not reach the decoder in time.
    pub dropped_samples: u64,
    /// Decisions that were not explained because the explainer was busy.
    pub dropped_relevances: u64,
    /// Decisions from data older than the latency budget.
    pub stale: u64,
    /// Decisions later than their deadline.
    pub deadline_missed: u64,
    /// How long decisions took, as a histogram.
    #[serde(skip)]
    pub latency_bins: Vec<LatencyBin>,
    /// Everything that was counted.
    #[serde(skip)]
    pub counters: LiveCounters,
    /// What was recorded of the other streams on the network.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_streams: Vec<StreamTotal>,
    /// Why some were not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused_streams: Vec<String>,
    /// What went wrong with the stream, the recording or the log.
    pub error: Option<String>,
}

impl LiveRun {
    /// Starts a session on an LSL stream; what is decided goes to other programs, too, where there is a publication.
    pub fn on_lsl(
        source: Described<LslSource>,
        plan: Plan,
        recording: Option<&Path>,
        log: Option<&Path>,
        publication: Option<Publication>,
    ) -> Result<Self, Failure> {
        Self::on_lsl_keeping(source, plan, recording, log, false, publication)
    }

    /// As [`on_lsl`](Self::on_lsl); with `all_streams`, every other stream on the network is recorded too, as it is.
    fn on_lsl_keeping(
        source: Described<LslSource>,
        plan: Plan,
        recording: Option<&Path>,
        log: Option<&Path>,
        all_streams: bool,
        publication: Option<Publication>,
    ) -> Result<Self, Failure> {
        let own = std::iter::once(source.inner.info()).chain(source.inner.marker_infos()).cloned().collect();
        let own = all_streams.then_some(own);
        let (observations, observed) = bounded(4096);
        let (health, healths) = bounded(8);
        let (mut looked, mut measured): (Option<Instant>, Option<Instant>) = (None, None);
        let due = |last: Option<Instant>, every: Duration| last.is_none_or(|at| at.elapsed() >= every);
        let mut received = 0;
        let observe = move |source: &mut Described<LslSource>| {
            let stamps = source.inner.last_stamps();
            if !stamps.is_empty() {
                let _ = observations.try_send(Observation::Stamps { first: received, stamps: stamps.to_vec() });
                received += stamps.len() as u64;
            }
            if due(looked, HEALTH_EVERY) {
                looked = Some(Instant::now());
                let now: StreamHealth = source.inner.health();
                if due(measured, OFFSET_EVERY)
                    && let (Some(offset_secs), Some(stamp)) = (now.clock_offset_secs, source.inner.last_raw_stamp())
                {
                    measured = Some(Instant::now());
                    let _ = observations.try_send(Observation::Offset(ClockOffset { time_secs: stamp, offset_secs }));
                }
                let _ = health.try_send(now);
            }
        };
        Self::start(
            source,
            plan,
            &LiveOptions::default(),
            recording,
            log,
            observe,
            observed,
            (Some(healths), own, publication),
        )
    }

    /// Starts a session with a person on an LSL stream: its score is kept by who conducts it. With `all_streams`,
    /// every other stream on the network is recorded too, but for what the session publishes itself.
    pub fn of_session(
        source: Described<LslSource>,
        plan: Plan,
        recording: &Path,
        log: &Path,
        all_streams: bool,
    ) -> Result<Self, Failure> {
        let mut run = Self::on_lsl_keeping(source, plan, Some(recording), Some(log), all_streams, None)?;
        run.feed.leave_score_to_others();
        Ok(run)
    }

    /// Starts a session on a source that is not live, such as a paced recording.
    pub fn on_source<S: Source + Send + 'static>(source: S, plan: Plan, log: Option<&Path>) -> Result<Self, Failure> {
        let (_, observed) = bounded(1);
        Self::start(source, plan, &LiveOptions::default(), None, log, |_| (), observed, (None, None, None))
    }

    #[expect(clippy::too_many_arguments, reason = "private; the two public ways to call it have four and three")]
    fn start<S: Source + Send + 'static>(
        source: S,
        plan: Plan,
        options: &LiveOptions,
        recording: Option<&Path>,
        log: Option<&Path>,
        observe: impl FnMut(&mut S) + Send + 'static,
        observed: Receiver<Observation>,
        (healths, own_streams, publication): OfNetwork,
    ) -> Result<Self, Failure> {
        let preparation = plan.preparation().clone();
        let class_names = names_of(&preparation);
        let feed = SessionFeed::new(&preparation, source.info(), healths)?;
        let keeping = Keeping {
            info: source.info().clone(),
            class_names: class_names.clone(),
            rate_hz: preparation.rate_hz,
            relevance_labels: preparation.channels.labels().to_vec(),
            all_streams: own_streams.is_some(),
            own_streams: own_streams.unwrap_or_default(),
            publication,
        };
        let live = Live::start(source, plan, options, true, observe)?;
        let keeper = Keeper::start(keeping, recording, log, live.record().clone(), observed)?;
        Ok(Self { live, feed, keeper, class_names, rate_hz: preparation.rate_hz, source_error: None })
    }

    /// Brings the picture up to date; false once the source is over and everything was taken.
    pub fn turn(&mut self, session: &mut Session, tell: &mut dyn FnMut(Story)) -> bool {
        let is_over = self.live.is_over();
        let error = &mut self.source_error;
        self.feed.turn(&self.live, session, &mut |story| {
            if let Story::Over(Some(why)) = &story {
                *error = Some(why.clone());
            }
            tell(story);
        });
        !is_over || !self.live.events().is_empty()
    }

    /// What went wrong with the recording so far.
    pub fn keeping_error(&self) -> Option<&str> {
        self.keeper.error()
    }

    /// Ends the session and says how it went.
    pub fn finish(self) -> Outcome {
        let (counters, _): (LiveCounters, _) = self.live.stop();
        let Kept { score, other_streams, refused_streams, error } = self.keeper.finish();
        let stream = StreamCount {
            samples: counters.samples,
            markers: counters.markers,
            gaps: counters.gaps,
            missing_samples: counters.missing_samples,
        };
        let names: Vec<&str> = self.class_names.iter().map(String::as_str).collect();
        let error = match (self.source_error, counters.record_dropped) {
            (Some(why), _) => Some(why),
            (None, 0) => error,
            (None, lost) => error.or_else(|| Some(format!("the recorder was too slow and lost {lost} items"))),
        };
        Outcome {
            summary: score.summary(stream, &names, self.rate_hz),
            dropped_samples: counters.samples_lost,
            dropped_relevances: counters.explanations_dropped,
            stale: counters.stale,
            deadline_missed: counters.deadline_missed,
            latency_bins: score.latencies().bins(),
            counters,
            other_streams,
            refused_streams,
            error,
        }
    }
}
