use super::{Explained, RecordItem, Reporter};
use crate::{Missed, Traced, Tracer};
use crossbeam_channel::{Receiver, Sender};
use motrace_core::{Decision, DecisionKind, Gap};
use motrace_decode::Discriminant;
use ringbuf::HeapCons;
use ringbuf::traits::{Consumer, Observer};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// This many jobs can wait for the explainer.
pub(super) const JOBS_WAITING: usize = 1024;
/// Decisions leave this many places for gaps and models, which must not be dropped.
pub(super) const JOBS_RESERVED: usize = 256;
/// This many relevances can wait for a view.
pub(super) const RELEVANCES_WAITING: usize = 16;
/// Relevances of sliding decisions are dropped where this many wait already: the newest ones matter.
const SLIDING_WAITING: usize = 2;
/// How often it looks for something to do. The decoder does not wake it: that would be a system call.
const LOOK_AROUND: Duration = Duration::from_millis(2);
/// Samples are taken from the ring in pieces of at most this many.
const PIECE_SAMPLES: usize = 256;

/// What the decoder asks for, in order.
#[expect(clippy::large_enum_variant, reason = "a box would be allocated by the deciding thread")]
pub(super) enum Job {
    /// A model, from the sample after this many on.
    Begin { after: u64, tracer: Box<Tracer> },
    /// A gap after this many samples.
    Gap { after: u64, gap: Gap },
    /// The samples after this many, until that one, are not in the ring: it was full.
    Lost { after: u64, until: u64 },
    /// The decisions that follow were made with this.
    Adapted { after: u64, discriminant: Discriminant },
    /// A decision.
    Explain(Decision),
}

impl Job {
    pub fn after(&self) -> u64 {
        match self {
            Self::Begin { after, .. }
            | Self::Gap { after, .. }
            | Self::Lost { after, .. }
            | Self::Adapted { after, .. } => *after,
            Self::Explain(decision) => decision.end,
        }
    }
}

/// Explains decisions, behind the decoder and never before it.
pub(super) struct ExplainThread {
    pub tracer: Option<Box<Tracer>>,
    pub channels: usize,
    pub samples: HeapCons<f32>,
    pub jobs: Receiver<Job>,
    pub decoded: Arc<AtomicU64>,
    pub decoded_all: Arc<AtomicBool>,
    pub explained: Sender<Explained>,
    pub reporter: Reporter,
}

impl ExplainThread {
    pub fn run(mut self) {
        let mut waiting: VecDeque<Job> = VecDeque::with_capacity(JOBS_WAITING);
        let mut piece = vec![0.0; PIECE_SAMPLES * self.channels];
        let mut index = 0_u64;
        // Whether a replay of the recording would give the same bits: not after samples were lost here.
        let mut is_faithful = true;
        loop {
            // In this order: jobs up to this sample were sent before it was published.
            let is_last = self.decoded_all.load(Ordering::Acquire);
            let decoded = self.decoded.load(Ordering::Acquire);
            waiting.extend(self.jobs.try_iter());
            let mut has_worked = false;
            loop {
                while waiting.front().is_some_and(|job| job.after() <= index) {
                    has_worked = true;
                    match waiting.pop_front() {
                        Some(Job::Begin { tracer, .. }) => {
                            self.tracer = Some(tracer);
                            is_faithful = true;
                        }
                        Some(Job::Gap { gap, .. }) => {
                            if let Some(tracer) = &mut self.tracer {
                                tracer.gap(&gap);
                            }
                            index = index.max(gap.index);
                        }
                        Some(Job::Lost { until, .. }) => {
                            if let Some(tracer) = &mut self.tracer {
                                tracer.gap(&Gap { index: until, missing_samples: 0, length_secs: 0.0 });
                            }
                            index = index.max(until);
                            is_faithful = false;
                        }
                        Some(Job::Explain(decision)) => {
                            if let Some(tracer) = &mut self.tracer {
                                let traced = tracer.trace(&decision);
                                report(&self.explained, &self.reporter, &decision, traced, is_faithful);
                            }
                        }
                        Some(Job::Adapted { discriminant, .. }) => {
                            if let Some(tracer) = &mut self.tracer {
                                tracer.set_discriminant(&discriminant);
                            }
                        }
                        None => {}
                    }
                }
                let until = waiting.front().map_or(decoded, |job| job.after().min(decoded)).saturating_sub(index);
                let available = (self.samples.occupied_len() / self.channels) as u64;
                let count = until.min(available).min(PIECE_SAMPLES as u64);
                if count == 0 {
                    break;
                }
                has_worked = true;
                let taken = &mut piece[..count as usize * self.channels];
                self.samples.pop_slice(taken);
                if let Some(tracer) = &mut self.tracer {
                    tracer.push(taken);
                }
                index += count;
            }
            if is_last && !has_worked {
                break;
            }
            if !has_worked {
                std::thread::sleep(LOOK_AROUND);
            }
        }
    }
}

fn report(
    explained: &Sender<Explained>,
    reporter: &Reporter,
    decision: &Decision,
    traced: Result<Traced, Missed>,
    is_faithful: bool,
) {
    let Ok(Traced { relevance, frozen }) = traced else {
        reporter.counters.explanations_dropped.fetch_add(1, Ordering::Relaxed);
        return;
    };
    reporter.counters.explained.fetch_add(1, Ordering::Relaxed);
    if is_faithful {
        reporter.record(RecordItem::Relevance {
            decision: *decision,
            digest: relevance.digest(),
            view: relevance.main_view(),
            per_channel: relevance.main_per_channel(),
            ledger: relevance.ledger.clone(),
            frozen_per_channel: frozen.map(motrace_core::Relevance::main_per_channel),
        });
    }
    let is_trial = matches!(decision.kind, DecisionKind::Trial(_));
    if !is_trial && explained.len() >= SLIDING_WAITING {
        return;
    }
    let shared = |relevance: &motrace_core::Relevance| Arc::new(relevance.clone());
    let (relevance, frozen) = (shared(relevance), frozen.map(shared));
    let sent = explained.try_send(Explained { decision: *decision, relevance, frozen });
    if sent.is_err() {
        reporter.counters.view_dropped.fetch_add(1, Ordering::Relaxed);
    }
}
