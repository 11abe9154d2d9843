//! A live session over a source gives the decisions and relevances of a replay of the same source, bit for bit.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{
    Between, MemorySource, Trace, architectures, csp_lda_mut, gap, info, marker, model, network_model,
    network_model_of, preparation_of_four, replay, replay_with, samples,
};
use motrace_core::{Decision, DecisionKind, Poll, Source, SourceError, StreamInfo};
use motrace_engine::{Adaptation, Change, Explain, Live, LiveEvent, LiveOptions, Model, Plan, RecordItem};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const RATE_HZ: f64 = 125.0;

/// So many samples have fewer decisions than can wait for the explainer: none is dropped, however long it stands still.
const SAMPLES: u64 = 3400;

fn session() -> (Vec<f32>, Vec<(u64, Between)>) {
    let mut samples = samples(9, SAMPLES as usize, 11);
    samples[2000 * 9 + 3] = f32::NAN;
    let between = vec![
        (100, marker(100, "1")),
        (600, gap(600)),
        (900, marker(850, "2")),
        (1500, marker(1100, "1.0")),
        (2500, marker(2500, "irrelevant")),
        (2500, gap(2500)),
        (2600, marker(2600, "2")),
        (3390, marker(3390, "1")),
    ];
    (samples, between)
}

/// Waits for what comes sooner or later, however busy this machine is.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(120), "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn wait_for(live: &Live, wanted: impl Fn(&LiveEvent) -> bool) {
    while !wanted(&live.events().recv_timeout(Duration::from_secs(120)).unwrap()) {}
}

/// Decisions with the digests of their relevances, in order, as recorded.
fn recorded(items: impl IntoIterator<Item = RecordItem>) -> Vec<Trace> {
    let mut decisions = Vec::new();
    let mut digests = HashMap::new();
    let key = |d: &Decision| match d.kind {
        DecisionKind::Sliding => (d.end, 0),
        DecisionKind::Trial(number) => (d.end, number),
    };
    for item in items {
        match item {
            RecordItem::Decision { decision, .. } => decisions.push(decision),
            RecordItem::Relevance { decision, digest, .. } => {
                digests.insert(key(&decision), digest);
            }
            _ => {}
        }
    }
    decisions.iter().map(|d| Trace::new(d, digests.get(&key(d)).copied())).collect()
}

#[test]
fn live_is_replay() {
    live_is_replay_of(&model(RATE_HZ), &[vec![1], vec![7, 1, 64], vec![500]]);
}

#[test]
fn live_is_replay_with_networks() {
    for architecture in architectures() {
        live_is_replay_of(&network_model(RATE_HZ, architecture), &[vec![7, 1, 64]]);
    }
}

#[test]
fn live_is_replay_with_four_classes() {
    for architecture in architectures() {
        live_is_replay_of(&network_model_of(preparation_of_four(RATE_HZ), architecture), &[vec![7, 1, 64]]);
    }
}

fn live_is_replay_of(model: &Model, chunkings: &[Vec<usize>]) {
    let (samples, between) = session();
    for chunks in chunkings.iter().cloned() {
        let source = MemorySource {
            pace: Some(Duration::from_micros(40)),
            ..MemorySource::new(info(RATE_HZ), samples.clone(), between.clone(), chunks)
        };
        let (expected, _) = replay(model, &mut MemorySource { pace: None, ..source.clone() }, Explain::All, 0);
        let polls = Arc::new(AtomicU64::new(0));
        let observed = Arc::clone(&polls);
        let options = LiveOptions { buffer_secs: 60.0, ..LiveOptions::default() };
        let live = Live::start(source, Plan::Decode(Box::new(model.clone())), &options, true, move |_| {
            observed.fetch_add(1, Ordering::Relaxed);
        })
        .unwrap();
        let record = live.record().clone();
        let (counters, latency) = live.wait();
        let items: Vec<RecordItem> = record.try_iter().collect();
        assert_eq!((counters.samples, counters.markers, counters.gaps), (SAMPLES, 6, 2));
        assert_eq!(counters.samples_lost + counters.record_dropped + counters.explanations_dropped, 0, "{counters:?}");
        assert_eq!(counters.decisions as usize, expected.len());
        assert_eq!(counters.trials_skipped, 1, "the last cue has no window");
        assert!(polls.load(Ordering::Relaxed) >= 15, "the observer sees each poll");
        println!("newest sample acquired → decision: {latency:?}");
        assert_eq!(latency.unwrap().count, counters.decisions);
        let all: Vec<f32> = items
            .iter()
            .filter_map(|item| match item {
                RecordItem::Samples { samples, .. } => Some(samples.to_vec()),
                _ => None,
            })
            .flatten()
            .collect();
        assert!(all.iter().zip(&samples).all(|(a, b)| a.to_bits() == b.to_bits()), "the record is what was acquired");
        assert_eq!(recorded(items), expected);
    }
}

/// Has nothing more from a sample on until it may deliver more.
struct Gated {
    inner: MemorySource,
    until: Arc<AtomicU64>,
}

impl Source for Gated {
    fn info(&self) -> &StreamInfo {
        self.inner.info()
    }

    fn poll(&mut self, into: &mut Vec<f32>) -> Result<Poll, SourceError> {
        if self.inner.position >= self.until.load(Ordering::Relaxed) {
            return Ok(Poll::Idle);
        }
        self.inner.poll(into)
    }
}

#[test]
fn a_model_set_under_way_decodes_as_a_replay_from_there() {
    let (samples, between) = session();
    let model = model(RATE_HZ);
    let source = MemorySource {
        pace: Some(Duration::from_micros(100)),
        ..MemorySource::new(info(RATE_HZ), samples, between, vec![9])
    };
    let options = LiveOptions { buffer_secs: 60.0, ..LiveOptions::default() };
    let plan = Plan::Calibrate(Box::new(model.preparation.clone()));
    let gate = Arc::new(AtomicU64::new(2000));
    let gated = Gated { inner: source.clone(), until: Arc::clone(&gate) };
    let live = Live::start(gated, plan, &options, true, |_| ()).unwrap();
    let record = live.record().clone();
    // What was acquired need not have come to the tape yet.
    let mut copy = live.copy_tape().unwrap();
    wait_until("a part of the session is collected", || {
        copy = live.copy_tape().unwrap();
        copy.len() > 500
    });
    let tape = live.take_tape().unwrap();
    assert!(copy.len() <= tape.len(), "a copy leaves the tape running");
    assert!(tape.markers().count() >= 1);
    assert!(live.take_tape().is_none(), "it is given once");
    live.set_model(&model).unwrap();
    // The rest comes only when the model is in use, however busy this machine is.
    let first = loop {
        if let LiveEvent::ModelSet { first, .. } = live.events().recv_timeout(Duration::from_secs(120)).unwrap() {
            break first;
        }
    };
    gate.store(u64::MAX, Ordering::Relaxed);
    let (counters, _) = live.wait();
    assert_eq!(counters.samples_lost, 0);
    let (expected, _) = replay(&model, &mut MemorySource { pace: None, ..source }, Explain::All, first);
    assert!(!expected.is_empty());
    assert_eq!(recorded(record.try_iter()), expected);
}

/// What a recording of the session would say of how it was decoded.
fn changes(items: &[RecordItem]) -> Vec<(u64, Change)> {
    let change = |item: &RecordItem| match item {
        RecordItem::AdaptationSet { from, adaptation } => Some((*from, Change::Adaptation(*adaptation))),
        RecordItem::Lost { from, to } => Some((*from, Change::NotDecoded { until: *to })),
        _ => None,
    };
    items.iter().filter_map(change).collect()
}

#[test]
fn adapting_is_replayed_from_the_sample_on_where_it_began() {
    let (samples, mut between) = session();
    between.extend((0..27).map(|trial| {
        let cue = 700 + trial * 100;
        (cue, marker(cue, if trial % 3 == 0 { "1" } else { "2" }))
    }));
    between.sort_by_key(|(after, _)| *after);
    let mut model = model(RATE_HZ);
    // Rates of its own, and a decoder whose root is where the samples are.
    csp_lda_mut(&mut model).root_log_power.iter_mut().for_each(|root| *root = -23.0);
    let source = MemorySource {
        pace: Some(Duration::from_micros(50)),
        ..MemorySource::new(info(RATE_HZ), samples, between, vec![9, 1, 30])
    };
    let options = LiveOptions { buffer_secs: 60.0, ..LiveOptions::default() };
    let gate = Arc::new(AtomicU64::new(1100));
    let gated = Gated { inner: source.clone(), until: Arc::clone(&gate) };
    let live = Live::start(gated, Plan::Decode(Box::new(model.clone())), &options, true, |_| ()).unwrap();
    let record = live.record().clone();
    wait_until("the source is at the first gate", || live.counters().samples >= 1100);
    // The first value is for the samples up to the gate, wherever exactly the decoder is.
    live.set_adaptation(Some(Adaptation { bias_rate: 0.1, covariance_rate: 0.05 })).unwrap();
    live.phase("feedback run 1").unwrap();
    live.leave_out(3, "the chair creaked").unwrap();
    wait_for(&live, |event| matches!(event, LiveEvent::TrialLeftOut { .. }));
    gate.store(2600, Ordering::Relaxed);
    // Of two values that hold from the same sample on, only the later one would be heard of.
    wait_for(&live, |event| matches!(event, LiveEvent::AdaptationSet { .. }));
    wait_until("the source is at the second gate", || live.counters().samples >= 2600);
    live.set_adaptation(Some(Adaptation { bias_rate: 0.02, covariance_rate: 0.0 })).unwrap();
    live.leave_out(4, "it creaked again").unwrap();
    wait_for(&live, |event| matches!(event, LiveEvent::TrialLeftOut { .. }));
    gate.store(u64::MAX, Ordering::Relaxed);
    let explained = live.explained().clone();
    let (counters, _) = live.wait();
    assert_eq!(counters.samples_lost + counters.record_dropped + counters.explanations_dropped, 0, "{counters:?}");
    let items: Vec<RecordItem> = record.try_iter().collect();
    let changes = changes(&items);
    // The decoder may be behind what was acquired, by how much depends on this machine; never ahead of it.
    assert!(
        matches!(changes[..], [(first, _), (second, _)] if first <= 1100 && first < second && second <= 2600),
        "{changes:?}"
    );
    // Nobody took any while it ran: what fits is there, sliding decisions at most two.
    let frozen = explained.try_iter().filter(|explained| explained.frozen.is_some()).count();
    assert!(items.iter().any(|i| matches!(i, RecordItem::Phase { name, .. } if &**name == "feedback run 1")));
    assert!(items.iter().any(|i| matches!(i, RecordItem::TrialLeftOut { trial: 3, .. })));
    assert!(
        matches!(&items[0], RecordItem::ModelSet { first: 0, digest } if **digest == *model.digest()),
        "the recording names the model"
    );
    let frozen_patterns =
        items.iter().filter(|i| matches!(i, RecordItem::Relevance { frozen_per_channel: Some(_), .. })).count();
    let mut again = MemorySource { pace: None, ..source.clone() };
    let (expected, _) = replay_with(&model, &mut again, Explain::All, 0, &changes);
    let (plain, _) = replay(&model, &mut MemorySource { pace: None, ..source }, Explain::All, 0);
    let recorded = recorded(items);
    assert_eq!(recorded.len(), expected.len());
    for (recorded, expected) in recorded.iter().zip(&expected) {
        assert_eq!(recorded, expected);
    }
    assert!(frozen_patterns >= 15 && frozen > 0, "{frozen_patterns} {frozen}");
    let adapted = recorded.iter().zip(&plain).filter(|(a, b)| a.value_bits != b.value_bits);
    assert!(adapted.clone().count() > 400, "adapting changes what is decided");
    for (adapted, plain) in adapted {
        assert_eq!(adapted.frozen_bits, Some(plain.value_bits), "the frozen model decides as it would have alone");
    }
}

/// A decoder that is held up: here, by a source that delivers more at once than the ring holds.
#[test]
fn what_does_not_fit_is_counted_and_marked() {
    let (samples, _) = session();
    // 20 s at once into a ring of 8 s: nothing of that chunk fits. All that comes before and after it does, even if nobody
    // takes any of it meanwhile.
    let source = MemorySource::new(info(RATE_HZ), samples, vec![], vec![100, 2500, 100]);
    let options = LiveOptions { buffer_secs: 8.0, ..LiveOptions::default() };
    let source = MemorySource { pace: Some(Duration::from_micros(100)), ..source };
    let live = Live::start(source.clone(), Plan::Decode(Box::new(model(RATE_HZ))), &options, true, |_| ()).unwrap();
    let (record, events) = (live.record().clone(), live.events().clone());
    let (counters, _) = live.wait();
    assert_eq!((counters.samples, counters.samples_lost), (SAMPLES, 2500));
    let lost: Vec<(u64, u64)> = events
        .try_iter()
        .filter_map(|event| match event {
            LiveEvent::Lost { from, to } => Some((from, to)),
            _ => None,
        })
        .collect();
    assert_eq!(lost, [(100, 2600)]);
    let items: Vec<RecordItem> = record.try_iter().collect();
    let changes = changes(&items);
    let recorded = recorded(items);
    let (expected, _) =
        replay_with(&model(RATE_HZ), &mut MemorySource { pace: None, ..source }, Explain::All, 0, &changes);
    assert_eq!(recorded, expected, "a replay leaves the same samples out");
    assert!(recorded.iter().any(|trace| trace.end <= 100) && recorded.iter().any(|trace| trace.start >= 2600));
    for trace in recorded {
        assert!(lost.iter().all(|&(from, to)| trace.end <= from || trace.start >= to), "{trace:?} {lost:?}");
    }
}

/// Fits, does not fit, fits again, and fails at last.
struct Moody {
    info: StreamInfo,
    polls: usize,
}

impl Source for Moody {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn poll(&mut self, into: &mut Vec<f32>) -> Result<Poll, SourceError> {
        self.polls += 1;
        match self.polls {
            1 | 5 => {
                into.extend(samples(9, 10, self.polls as u64));
                Ok(Poll::Samples(10))
            }
            2 | 3 => Err(SourceError::Changed("the stream came back at 500 Hz".into())),
            4 => Ok(Poll::Idle),
            _ => Err(SourceError::Read("gone".into())),
        }
    }
}

#[test]
fn a_source_that_changed_pauses_the_session_and_one_that_failed_ends_it() {
    let source = Moody { info: info(RATE_HZ), polls: 0 };
    let live =
        Live::start(source, Plan::Decode(Box::new(model(RATE_HZ))), &LiveOptions::default(), false, |_| ()).unwrap();
    let events = live.events().clone();
    let (counters, _) = live.wait();
    assert_eq!(counters.samples, 20);
    let story: Vec<String> = events
        .try_iter()
        .filter_map(|event| match event {
            LiveEvent::Paused(message) | LiveEvent::Failed(message) => Some(message),
            LiveEvent::Resumed => Some("resumed".into()),
            _ => None,
        })
        .collect();
    assert_eq!(story, ["the stream came back at 500 Hz", "resumed", "gone"]);
}

/// Delivers at its rate, stands still for a while, and then delivers all that was due at once.
struct Stalling {
    inner: MemorySource,
    begin: Option<Instant>,
    /// One past the samples of the last chunk.
    delivered: Option<u64>,
    /// By how much the sample came late that came earliest, at most.
    least_secs: f64,
}

impl Stalling {
    const STALL: std::ops::Range<u64> = 200..275;
    /// How late the first samples after the stall come, whatever held up those before it.
    const LATE_SECS: f64 = 0.6;

    fn new(inner: MemorySource) -> Self {
        Self { inner, begin: None, delivered: None, least_secs: f64::INFINITY }
    }
}

impl Source for Stalling {
    fn info(&self) -> &StreamInfo {
        self.inner.info()
    }

    fn poll(&mut self, into: &mut Vec<f32>) -> Result<Poll, SourceError> {
        let now_secs = self.begin.get_or_insert_with(Instant::now).elapsed().as_secs_f64();
        // Who asks again has noted the arrival of the chunk before.
        if let Some(end) = self.delivered.take() {
            self.least_secs = self.least_secs.min(now_secs - end as f64 / RATE_HZ);
        }
        let position = self.inner.position;
        let nominal_secs = (position + 5) as f64 / RATE_HZ;
        let due_secs = if position == Self::STALL.start {
            nominal_secs + self.least_secs + Self::LATE_SECS
        } else if Self::STALL.contains(&position) {
            0.0
        } else {
            nominal_secs
        };
        if now_secs < due_secs {
            return Ok(Poll::Idle);
        }
        let polled = self.inner.poll(into);
        self.delivered = Some(self.inner.position);
        polled
    }
}

#[test]
fn what_arrives_late_is_marked_stale_and_decided_all_the_same() {
    let samples = samples(9, 375, 2);
    let inner = MemorySource::new(info(RATE_HZ), samples, vec![], vec![5]);
    let model = model(RATE_HZ);
    let source = Stalling::new(inner.clone());
    let plan = Plan::Decode(Box::new(model.clone()));
    let live = Live::start(source, plan, &LiveOptions::default(), true, |_| ()).unwrap();
    let (events, record) = (live.events().clone(), live.record().clone());
    let (counters, _) = live.wait();
    // The first decisions of the burst are of samples that were due 0.6 s before.
    let stale: Vec<u64> = events
        .try_iter()
        .filter_map(|event| match event {
            LiveEvent::Decision { decision, .. } if decision.veto.has(motrace_core::Veto::STALE) => Some(decision.end),
            _ => None,
        })
        .collect();
    assert!(stale.contains(&205) && stale.contains(&225), "{stale:?}");
    assert_eq!(counters.stale as usize, stale.len());
    let (expected, _) = replay(&model, &mut inner.clone(), Explain::All, 0);
    assert_eq!(recorded(record.try_iter()), expected, "what is recorded knows nothing of it");
}
