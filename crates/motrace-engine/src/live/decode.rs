use super::acquire::{Batch, Happened, What};
use super::explain::{JOBS_RESERVED, Job};
use super::{Control, LiveEvent, RecordItem, Reporter};
use crate::{Collected, Decider, EpochCollector, Explain, Latencies, Outcome, Tape, Tracer};
use crossbeam_channel::{Receiver, Sender};
use motrace_core::{Decision, Gap, StreamInfo, Veto};
use motrace_decode::{Adaptation, Discriminant};
use ringbuf::traits::{Consumer, Observer, Producer};
use ringbuf::{HeapCons, HeapProd};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Samples are taken from the ring in pieces of at most this many.
const PIECE_SAMPLES: usize = 256;
/// Without news the thread looks around this often.
const LOOK_AROUND: Duration = Duration::from_millis(5);

/// What is done with the samples.
pub(super) enum Decoding {
    Decider(Box<Decider>),
    Calibration { collector: Box<EpochCollector>, tape: Option<Box<Tape>> },
}

/// The thread with the deadline: it decides, and hands on the rest.
pub(super) struct DecodeThread {
    pub decoding: Decoding,
    pub info: StreamInfo,
    pub samples: HeapCons<f32>,
    pub batches: HeapCons<Batch>,
    pub happened: Receiver<Happened>,
    pub controls: Receiver<Control>,
    pub explain: Explain,
    pub explain_samples: HeapProd<f32>,
    pub jobs: Sender<Job>,
    pub decoded: Arc<AtomicU64>,
    pub decoded_all: Arc<AtomicBool>,
    pub acquired_all: Arc<AtomicBool>,
    pub latency_budget: Duration,
    pub deadline: Duration,
    pub reporter: Reporter,
}

/// What changes while it runs, apart from the decoder, so that both can be borrowed at once.
struct Desk {
    batches: HeapCons<Batch>,
    latencies: Latencies,
    explain: Explain,
    jobs: Sender<Job>,
    latency_budget: Duration,
    deadline: Duration,
    reporter: Reporter,
    /// One past the newest sample that the explainer gets.
    explained_until: u64,
    /// The first sample that the explainer did not get, while that lasts.
    explain_lost_from: Option<u64>,
    /// What the explainer has to know all the same, once it gets samples again.
    owed: Owed,
    /// What was asked for and holds from the next sample on.
    adaptation: Option<Option<Adaptation>>,
}

/// The newest of each, not yet sent to the explainer.
#[derive(Default)]
struct Owed {
    tracer: Option<Box<Tracer>>,
    discriminant: Option<Discriminant>,
}

impl DecodeThread {
    pub fn run(mut self) -> Latencies {
        let channels = self.info.channels.len().max(1);
        let mut waiting: VecDeque<Happened> = VecDeque::with_capacity(2 * super::acquire::EVENTS_WAITING);
        let mut piece = vec![0.0; PIECE_SAMPLES * channels];
        let mut index = 0_u64;
        let mut desk = Desk {
            batches: self.batches,
            latencies: Latencies::new(),
            explain: self.explain,
            jobs: self.jobs,
            latency_budget: self.latency_budget,
            deadline: self.deadline,
            reporter: self.reporter,
            explained_until: 0,
            explain_lost_from: None,
            owed: Owed::default(),
            adaptation: None,
        };
        loop {
            while let Ok(control) = self.controls.try_recv() {
                desk.control(control, &mut self.decoding, index);
            }
            // In this order: what happened before a sample was sent before it.
            let is_last = self.acquired_all.load(Ordering::Acquire);
            let mut available = (self.samples.occupied_len() / channels) as u64;
            waiting.extend(self.happened.try_iter());
            let has_news = available > 0 || waiting.front().is_some_and(|first| first.after <= index);
            loop {
                while waiting.front().is_some_and(|first| first.after <= index) {
                    let Some(Happened { what, .. }) = waiting.pop_front() else { break };
                    index = desk.happened(what, &mut self.decoding, index);
                }
                let until_next = waiting.front().map_or(u64::MAX, |first| first.after - index);
                let count = available.min(until_next).min(PIECE_SAMPLES as u64);
                if count == 0 {
                    break;
                }
                let taken = &mut piece[..count as usize * channels];
                self.samples.pop_slice(taken);
                // The explainer's samples first: it may be told of a decision at any moment.
                let has_room = self.explain_samples.vacant_len() >= taken.len();
                if has_room {
                    desk.end_explain_loss(index);
                }
                if has_room && desk.explain_lost_from.is_none() {
                    self.explain_samples.push_slice(taken);
                    desk.explained_until = index + count;
                } else {
                    let _ = desk.explain_lost_from.get_or_insert(index);
                }
                desk.samples(taken, &mut self.decoding, index);
                index += count;
                available -= count;
            }
            self.decoded.store(index, Ordering::Release);
            if is_last && !has_news {
                break;
            }
            if !has_news {
                std::thread::park_timeout(LOOK_AROUND);
            }
        }
        desk.finish(&mut self.decoding);
        self.decoded_all.store(true, Ordering::Release);
        desk.latencies
    }
}

impl Desk {
    fn samples(&mut self, samples: &[f32], decoding: &mut Decoding, index: u64) {
        match decoding {
            Decoding::Decider(decider) => {
                // Here, and nowhere else: after every marker and gap before this sample. So does a replay.
                if let Some(adaptation) = self.adaptation.take() {
                    self.adapt(adaptation, decider, index);
                }
                decider.push(samples, &mut |outcome| self.tell(outcome));
            }
            Decoding::Calibration { collector, tape } => {
                if let Some(tape) = tape {
                    tape.push_samples(samples);
                }
                collector.push(samples, &mut |collected| self.collected(collected));
            }
        }
    }

    /// Gives the index of the next sample.
    fn happened(&mut self, what: What, decoding: &mut Decoding, index: u64) -> u64 {
        match what {
            What::Marker(marker) => match decoding {
                Decoding::Decider(decider) => decider.marker(&marker, &mut |outcome| self.tell(outcome)),
                Decoding::Calibration { collector, tape } => {
                    collector.marker(&marker, &mut |collected| self.collected(collected));
                    if let Some(tape) = tape {
                        tape.push_marker(marker);
                    }
                }
            },
            What::Gap(gap) => self.gap(gap, decoding, index),
            What::LostUntil(until) => {
                let gap = Gap { index: until, missing_samples: 0, length_secs: 0.0 };
                self.gap(gap, decoding, index);
                return until.max(index);
            }
        }
        index
    }

    fn gap(&mut self, gap: Gap, decoding: &mut Decoding, index: u64) {
        self.send_job(Job::Gap { after: index, gap });
        match decoding {
            Decoding::Decider(decider) => decider.gap(&gap, &mut |outcome| self.tell(outcome)),
            Decoding::Calibration { collector, tape } => {
                collector.gap(&gap, &mut |collected| self.collected(collected));
                if let Some(tape) = tape {
                    tape.push_gap(gap);
                }
            }
        }
    }

    fn finish(&mut self, decoding: &mut Decoding) {
        match decoding {
            Decoding::Decider(decider) => decider.finish(&mut |outcome| self.tell(outcome)),
            Decoding::Calibration { collector, .. } => {
                collector.finish(&mut |collected| self.collected(collected));
            }
        }
    }

    fn control(&mut self, control: Control, decoding: &mut Decoding, index: u64) {
        match control {
            Control::Model { pair, digest } => {
                let (mut decider, mut tracer) = *pair;
                match decoding {
                    Decoding::Decider(before) => decider.begin_at(index, before.trials_mut()),
                    Decoding::Calibration { collector, .. } => decider.begin_at(index, collector.trials_mut()),
                }
                tracer.begin_at(index);
                *decoding = Decoding::Decider(Box::new(decider));
                self.end_explain_loss(index);
                self.send_job(Job::Begin { after: index, tracer: Box::new(tracer) });
                self.reporter.record(RecordItem::ModelSet { first: index, digest: Arc::clone(&digest) });
                self.reporter.view(LiveEvent::ModelSet { first: index, digest });
            }
            Control::Adaptation(adaptation) => self.adaptation = Some(adaptation),
            Control::Phase(name) => {
                self.reporter.record(RecordItem::Phase { from: index, name: Arc::clone(&name) });
                self.reporter.view(LiveEvent::Phase { from: index, name });
            }
            Control::LeaveOut { trial, why } => {
                self.reporter.record(RecordItem::TrialLeftOut { trial, why: Arc::clone(&why) });
                self.reporter.view(LiveEvent::TrialLeftOut { trial, why });
            }
            Control::CopyTape(answer) => {
                let tape = match decoding {
                    Decoding::Decider(_) => None,
                    Decoding::Calibration { tape, .. } => tape.as_deref().cloned(),
                };
                let _ = answer.try_send(tape);
            }
            Control::Tape(answer) => {
                let kept = match decoding {
                    Decoding::Decider(_) => &mut None,
                    Decoding::Calibration { tape, .. } => tape,
                };
                // Who asked may have given up; then it is there for who asks again.
                if let Err(refused) = answer.try_send(kept.take().map(|tape| *tape)) {
                    *kept = refused.into_inner().map(Box::new);
                }
            }
            Control::Latency(answer) => {
                let _ = answer.try_send(self.latencies.figures());
            }
        }
    }

    fn adapt(&mut self, adaptation: Option<Adaptation>, decider: &mut Decider, index: u64) {
        let adaptation = decider.set_adaptation(adaptation);
        if let Some(discriminant) = decider.discriminant() {
            self.send_job(Job::Adapted { after: index, discriminant: *discriminant });
        }
        self.reporter.record(RecordItem::AdaptationSet { from: index, adaptation });
        self.reporter.view(LiveEvent::AdaptationSet { from: index, adaptation });
    }

    fn tell(&mut self, outcome: Outcome) {
        let counters = &self.reporter.counters;
        let (decision, trial) = match outcome {
            Outcome::Sliding(decision) => (decision, None),
            Outcome::Trial(decision, trial) => (decision, Some(trial)),
            Outcome::Skipped(trial, reason) => {
                counters.trials_skipped.fetch_add(1, Ordering::Relaxed);
                return self.reporter.view(LiveEvent::Skipped(trial, reason));
            }
            Outcome::Adapted(discriminant) => {
                // Jobs are taken in their order, so right after the decision that it was learnt from.
                return self.send_job(Job::Adapted { after: 0, discriminant: *discriminant });
            }
        };
        let (latency, age) = self.latency(&decision);
        let counters = &self.reporter.counters;
        counters.decisions.fetch_add(1, Ordering::Relaxed);
        let mut shown = decision;
        if age > self.latency_budget {
            shown.veto = shown.veto.and(Veto::STALE);
            counters.stale.fetch_add(1, Ordering::Relaxed);
        }
        if !shown.veto.is_clear() {
            counters.vetoed.fetch_add(1, Ordering::Relaxed);
        }
        if latency > self.deadline {
            counters.deadline_missed.fetch_add(1, Ordering::Relaxed);
        }
        self.reporter.view(LiveEvent::Decision { decision: shown, trial: trial.clone(), latency });
        self.reporter.record(RecordItem::Decision { decision, trial, latency });
        if self.explain.includes(&decision) {
            if self.jobs.len() + JOBS_RESERVED < self.jobs.capacity().unwrap_or(usize::MAX) {
                self.send_job(Job::Explain(decision));
            } else {
                self.reporter.counters.explanations_dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// From the arrival of the decision's newest sample until now, and the age of that sample.
    fn latency(&mut self, decision: &Decision) -> (Duration, Duration) {
        while self.batches.try_peek().is_some_and(|batch| batch.end < decision.end) {
            self.batches.try_pop();
        }
        let Some(batch) = self.batches.try_peek() else { return (Duration::ZERO, Duration::ZERO) };
        let latency = Instant::now().saturating_duration_since(batch.acquired);
        // A trial whose marker came late is as old as the marker made it; that says nothing of the path.
        self.latencies.add(latency);
        let lateness = Duration::try_from_secs_f32(batch.lateness_secs).unwrap_or_default();
        (latency, latency.saturating_add(lateness))
    }

    /// Decisions leave room for everything else; were there none all the same, the explainer would have to
    /// start anew.
    fn send_job(&mut self, job: Job) {
        let job = match self.explain_lost_from {
            Some(_) => job,
            None => match self.jobs.try_send(job) {
                Ok(()) => return,
                Err(refused) => refused.into_inner(),
            },
        };
        match job {
            Job::Explain(_) => {
                self.reporter.counters.explanations_dropped.fetch_add(1, Ordering::Relaxed);
                return;
            }
            Job::Begin { tracer, .. } => self.owed = Owed { tracer: Some(tracer), discriminant: None },
            Job::Adapted { discriminant, .. } => self.owed.discriminant = Some(discriminant),
            Job::Gap { .. } | Job::Lost { .. } => {}
        }
        let _ = self.explain_lost_from.get_or_insert(self.explained_until);
    }

    /// Tells the explainer which samples it did not get, where there are any, and what it missed besides.
    fn end_explain_loss(&mut self, index: u64) {
        let Some(from) = self.explain_lost_from else { return };
        let has_room = self.jobs.capacity().is_none_or(|capacity| self.jobs.len() + 3 <= capacity);
        if !has_room {
            return;
        }
        // Only this thread sends jobs, so there is room for all three.
        if let Some(tracer) = self.owed.tracer.take() {
            let _ = self.jobs.try_send(Job::Begin { after: from, tracer });
        }
        let _ = self.jobs.try_send(Job::Lost { after: from, until: index });
        if let Some(discriminant) = self.owed.discriminant.take() {
            let _ = self.jobs.try_send(Job::Adapted { after: index, discriminant });
        }
        self.explain_lost_from = None;
    }

    fn collected(&mut self, collected: Collected) {
        if matches!(collected, Collected::LeftOut(..)) {
            self.reporter.counters.trials_skipped.fetch_add(1, Ordering::Relaxed);
        }
        self.reporter.view(LiveEvent::Calibration(collected));
    }
}
